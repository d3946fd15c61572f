/* What a duty reads as: the instants of its start, its due date, its end. Spec: spec/09-fold.md, section 9. */
#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/engine_duty.h"

struct span {
    bool known;
    int64_t from_ms, to_ms; /* to_ms INT64_MAX: open-ended */
    bool provisional;
};

struct xj_fold_key xj_fold_taken_key(const struct xj_fold *f, const struct xj_id *id, uint8_t kind, struct xj_slice agency)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_TAKEN);
    xj_fold_key_id(&k, id);
    xj_fold_key_u16(&k, kind);
    xj_fold_key_agency(&k, agency);
    return k;
}

struct xj_fold_key xj_fold_delivered_key(const struct xj_fold *f, const struct xj_id *id, struct xj_slice agency)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_DELIVERED);
    xj_fold_key_id(&k, id);
    xj_fold_key_agency(&k, agency);
    return k;
}

bool xj_fold_taken(struct xj_fold *f, const struct xj_fold_key *k, struct xj_fold_taken *ret)
{
    struct xj_slice v;
    if (!xj_fold_get(f, k, &v))
        return false;
    if (v.n != 25) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return false;
    }
    ret->seq = xj_fold_read_u64(v.p);
    ret->known = v.p[8] != 0;
    ret->from_ms = (int64_t)xj_fold_read_u64(v.p + 9);
    ret->to_ms = (int64_t)xj_fold_read_u64(v.p + 17);
    return true;
}

void xj_fold_put_taken(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_taken *t)
{
    struct xj_fold_key v = {.n = 0};
    xj_fold_key_u64(&v, t->seq);
    v.b[v.n++] = t->known;
    xj_fold_key_u64(&v, (uint64_t)t->from_ms);
    xj_fold_key_u64(&v, (uint64_t)t->to_ms);
    xj_fold_put(f, k, xj_slice_of(v.b, v.n));
}

/* ---- the start ---- */

static struct span occurred(const struct xj_fold_act *a)
{
    if (a->has_occurred)
        return (struct span){.known = true, .from_ms = a->occurred_from_ms, .to_ms = a->occurred_to_ms};
    return (struct span){.known = !a->late, .from_ms = a->admitted_ms, .to_ms = a->admitted_ms};
}

static struct span taken_by(struct xj_fold *f, const struct xj_fold_duty *d, uint8_t kind)
{
    struct xj_fold_key k = xj_fold_taken_key(f, &d->id, kind, d->receiver);
    struct xj_fold_taken t;
    if (!xj_fold_taken(f, &k, &t))
        return (struct span){.known = false};
    return (struct span){.known = t.known, .from_ms = t.from_ms, .to_ms = t.to_ms};
}

static struct span delivered(struct xj_fold *f, const struct xj_fold_duty *d)
{
    struct xj_fold_key k = xj_fold_delivered_key(f, &d->id, d->receiver);
    struct xj_slice v;
    if (!xj_fold_get(f, &k, &v))
        return (struct span){.known = false};
    if (v.n != 8) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return (struct span){.known = false};
    }
    int64_t at = (int64_t)xj_fold_read_u64(v.p);
    return (struct span){.known = true, .from_ms = at, .to_ms = at};
}

/* Spec 9.2: what is signed more than a day after the paper was there moves no clock. Nothing known to compare with: in time. */
static bool in_a_day(const struct span *signed_at, const struct span *there)
{
    return !there->known || signed_at->from_ms - there->from_ms <= XJ_DAY_MS;
}

static struct span reached_live(struct xj_fold *f, const struct xj_fold_duty *d, const struct xj_fold_act *a)
{
    struct span receipt = taken_by(f, d, XJ_FOLD_BY_RECEIPT), got = delivered(f, d);
    if (d->instant == XJ_INSTANT_ACCEPTED) {
        struct span accepted = taken_by(f, d, XJ_FOLD_BY_ACCEPTANCE);
        if (accepted.known && in_a_day(&accepted, &got) && (!receipt.known || in_a_day(&accepted, &receipt)))
            return accepted;
        if (receipt.known && in_a_day(&receipt, &got))
            return receipt;
        if (accepted.known && !receipt.known && !got.known)
            return accepted;
    }
    if (receipt.known && got.known)
        return got.from_ms < receipt.from_ms ? got : receipt;
    if (receipt.known)
        return receipt;
    if (got.known)
        return got;
    return (struct span){.known = true, .from_ms = a->admitted_ms, .to_ms = a->admitted_ms, .provisional = true};
}

static struct span reached_late(struct xj_fold *f, const struct xj_fold_duty *d, const struct xj_fold_act *a)
{
    if (d->instant == XJ_INSTANT_ACCEPTED) {
        struct span accepted = taken_by(f, d, XJ_FOLD_BY_ACCEPTANCE);
        if (accepted.known)
            return accepted;
    }
    struct span receipt = taken_by(f, d, XJ_FOLD_BY_RECEIPT);
    if (receipt.known)
        return receipt;
    struct span at = occurred(a);
    at.to_ms = INT64_MAX;
    return at;
}

static struct span start_of(struct xj_fold *f, const struct xj_fold_duty *d, const struct xj_fold_act *a)
{
    if (d->instant == XJ_INSTANT_OCCURRED)
        return occurred(a);
    if (d->instant == XJ_INSTANT_SENT)
        return a->late ? occurred(a) : (struct span){.known = true, .from_ms = a->admitted_ms, .to_ms = a->admitted_ms};
    return a->late ? reached_late(f, d, a) : reached_live(f, d, a);
}

static bool receipt_on_record(struct xj_fold *f, const struct xj_id *id)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_TAKEN);
    xj_fold_key_id(&k, id);
    xj_fold_key_u16(&k, XJ_FOLD_BY_RECEIPT);
    return xj_fold_scan(f, &k, false, 1).n > 0;
}

/* ---- the due date ---- */

struct pauses {
    struct xj_pause *at;
    size_t n;
    bool undated;
};

struct due {
    enum xj_err err; /* of the clock */
    int64_t earliest_ms, latest_ms;
    bool extended, paused;
    enum xj_clock_kind kind; /* what it was counted by */
    uint32_t limit;
    struct pauses pauses;
};

static struct pauses pauses_of(struct xj_fold *f, const struct xj_fold_duty *d, uint64_t bit)
{
    struct pauses p = {xj_fold_array(f, d->event_count, sizeof *p.at), 0, false};
    bool running = false;
    for (size_t i = 0; p.at != NULL && i < d->event_count; i++) {
        const struct xj_fold_event *e = &d->events[i];
        if ((e->mask & bit) == 0 || (e->what != XJ_FOLD_PAUSE && e->what != XJ_FOLD_RESUME))
            continue;
        if (!e->known) {
            p.undated = true;
        } else if (e->what == XJ_FOLD_PAUSE && !running) {
            p.at[p.n++] = (struct xj_pause){e->from_ms, INT64_MAX};
            running = true;
        } else if (e->what == XJ_FOLD_RESUME && running) {
            p.at[p.n - 1].to_ms = e->from_ms > p.at[p.n - 1].from_ms ? e->from_ms : p.at[p.n - 1].from_ms;
            running = false;
        }
    }
    return p;
}

static struct due due_of(struct xj_fold *f, const struct xj_fold_duty *d, const struct xj_fold_own *own, uint64_t bit, struct span start)
{
    const struct xj_m_duty *row = own->row;
    enum xj_clock_kind kind = own->sector == XJ_NONE ? row->kind : row->sectors[own->sector].kind;
    uint32_t limit = own->sector == XJ_NONE ? row->limit : row->sectors[own->sector].limit;
    struct pauses p = pauses_of(f, d, bit);
    struct due out = {.err = XJ_ERANGE, .kind = kind, .limit = limit, .pauses = p};
    if (kind == XJ_CLOCK_NONE) {
        out.err = XJ_ENOTFOUND;
        return out;
    }
    if (!start.known || p.undated)
        return out;
    out.err = xj_clock_due_range(f->e->calendar, kind, limit, start.from_ms, start.to_ms, p.at, p.n, &out.earliest_ms,
                                 &out.latest_ms);
    for (size_t i = 0; out.err == XJ_OK && i < d->event_count; i++) {
        const struct xj_fold_event *e = &d->events[i];
        if (e->what != XJ_FOLD_EXTEND || (e->mask & bit) == 0 || !e->known || e->to_ms > out.earliest_ms || !xj_clock_longer(kind, e->limit, limit))
            continue;
        limit = e->limit;
        out.extended = true;
        out.err = xj_clock_due_range(f->e->calendar, kind, limit, start.from_ms, start.to_ms, p.at, p.n, &out.earliest_ms,
                                     &out.latest_ms);
    }
    out.paused = out.err == XJ_ESTATE;
    out.limit = limit;
    return out;
}

/* ---- the end ---- */

static const struct xj_fold_event *event_of(const struct xj_fold_duty *d, uint8_t what, uint64_t bit)
{
    for (size_t i = 0; i < d->event_count; i++)
        if (d->events[i].what == what && (d->events[i].mask & bit) != 0)
            return &d->events[i];
    return NULL;
}

static void set_end(const struct xj_fold_duty *d, const struct xj_m_duty *row, const struct xj_fold_act *a, uint64_t bit,
                    struct xj_duty_view *v)
{
    const struct xj_fold_event *stop = event_of(d, XJ_FOLD_STOP, bit);
    if (row->stop_self) {
        v->done = true;
        v->done_dated = !a->late;
        v->done_from_ms = v->done_to_ms = a->late ? 0 : a->admitted_ms;
        v->done_by = d->id;
    } else if (stop != NULL) {
        v->done = true;
        v->done_dated = stop->known;
        v->done_from_ms = stop->from_ms;
        v->done_to_ms = stop->to_ms;
        v->done_by = stop->id;
    }
}

static void undatable(struct xj_duty_view *v, const char *why)
{
    v->status = XJ_DUTY_UNDATABLE;
    v->undatable_why = why;
}

static void set_status(const struct xj_m_duty *row, const struct due *due, bool presumed, bool range, struct xj_duty_view *v)
{
    if (!v->done && presumed)
        undatable(v, "presumed");
    else if (!v->done && v->duty == XJ_NONE)
        undatable(v, "ended");
    else if (due->err == XJ_ENOTFOUND)
        v->status = v->done ? XJ_DUTY_MET : XJ_DUTY_OPEN;
    else if (!v->start_known)
        undatable(v, "start_unknown");
    else if (due->err != XJ_OK && due->err != XJ_ESTATE)
        undatable(v, "outside_calendar");
    else if (!v->done)
        v->status = XJ_DUTY_OPEN;
    else if (!v->done_dated)
        undatable(v, "done_unknown");
    else if (due->err == XJ_ESTATE || v->done_to_ms <= due->earliest_ms)
        v->status = XJ_DUTY_MET;
    else if (v->done_from_ms > due->latest_ms)
        v->status = row->may ? XJ_DUTY_MET : XJ_DUTY_LATE;
    else
        undatable(v, range && v->done_from_ms > due->earliest_ms ? "start_unknown" : "done_unknown");
}

/* A limit counted in days that starts before the calendar begins is shown as undatable, whatever was in force then: outside
 * the calendar nothing is claimed either way. */
static bool before_source(const struct xj_fold *f, const struct xj_m_duty *row, const struct span *start)
{
    if (!start->known || start->from_ms >= row->since_ms)
        return false;
    bool counted = row->kind == XJ_CLOCK_DAYS || row->kind == XJ_CLOCK_WORKDAYS || row->kind == XJ_CLOCK_MONTHS;
    return !counted || (f->e->calendar != NULL && xj_day_of_ms(start->from_ms) >= f->e->calendar->from_day);
}

bool xj_fold_evaluate(struct xj_fold *f, const struct xj_fold_duty *d, size_t bit_index, struct xj_duty_view *ret)
{
    struct xj_fold_own own = xj_fold_own(f, d);
    const struct xj_m_duty *row = own.row;
    uint64_t bit = UINT64_C(1) << bit_index;
    const struct xj_fold_act *a = xj_fold_act(f, d->seq);
    if (a == NULL) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return false;
    }
    if (row == NULL)
        return false;
    struct span start = start_of(f, d, a);
    *ret = (struct xj_duty_view){.duty = xj_fold_ended(d) ? (uint16_t)XJ_NONE : d->duty, .row = row,
                                 .revision = own.model == f->m ? NULL : &own.model->revision, .obligor = xj_fold_obligor_now(d), .started_by = d->id, .seq = d->seq};
    if (event_of(d, XJ_FOLD_UNREADABLE, bit) != NULL || (d->on_receipt && !receipt_on_record(f, &d->id)) ||
        before_source(f, row, &start))
        return false;
    set_end(d, row, a, bit, ret);
    if (row->arises_done && !ret->done)
        return false;
    ret->start_known = start.known;
    ret->start_ms = start.known ? start.from_ms : 0;
    ret->start_open_ended = start.known && start.to_ms == INT64_MAX;
    ret->provisional = start.provisional;
    struct due due = due_of(f, d, &own, bit, start);
    ret->limited = due.err != XJ_ENOTFOUND;
    ret->due_known = start.known && due.err == XJ_OK;
    ret->due_ms = ret->due_known ? due.earliest_ms : 0;
    ret->sure_ms = ret->due_known ? due.latest_ms : INT64_MAX;
    ret->extended = due.extended;
    ret->paused = due.paused && !ret->done;
    set_status(row, &due, event_of(d, XJ_FOLD_PRESUMED, bit) != NULL, start.to_ms > start.from_ms, ret);
    return f->err == XJ_OK;
}

void xj_fold_reckon(struct xj_fold *f, const struct xj_fold_duty *d, size_t bit_index, struct xj_buf *out)
{
    const struct xj_fold_act *a = xj_fold_act(f, d->seq);
    if (a == NULL) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return;
    }
    struct xj_fold_own own = xj_fold_own(f, d);
    struct span start = start_of(f, d, a);
    if (own.row == NULL)
        return;
    struct due due = due_of(f, d, &own, UINT64_C(1) << bit_index, start);
    if (due.err == XJ_ENOTFOUND || !start.known || due.pauses.undated)
        return;
    (void)xj_clock_explain(f->e->calendar, due.kind, due.limit, start.from_ms, due.pauses.at, due.pauses.n, out);
    xj_buf_add_str(out, "\n");
    if (start.to_ms == start.from_ms || start.to_ms == INT64_MAX)
        return;
    (void)xj_clock_explain(f->e->calendar, due.kind, due.limit, start.to_ms, due.pauses.at, due.pauses.n, out);
    xj_buf_add_str(out, "\n");
}
