/* Which duties an act starts, stops and changes. Spec: spec/09-fold.md, sections 7 and 8. */
#include "schema/procedure/engine_duty.h"

#include <string.h>

#define EVENTS_MAX 256u /* notes of one kind in one record; more are not kept (spec 8.9) */

struct xj_slice xj_fold_obligor_now(const struct xj_fold_duty *d)
{
    struct xj_slice who = d->obligor;
    for (size_t i = 0; i < d->event_count; i++)
        if (d->events[i].what == XJ_FOLD_PASS)
            who = d->events[i].agency;
    return who;
}

static uint64_t mask_of(const struct xj_fold_duty *d, uint8_t what)
{
    uint64_t mask = 0;
    for (size_t i = 0; i < d->event_count; i++)
        if (d->events[i].what == what)
            mask |= d->events[i].mask;
    return mask;
}

static size_t count_of(const struct xj_fold_duty *d, uint8_t what)
{
    size_t n = 0;
    for (size_t i = 0; i < d->event_count; i++)
        n += d->events[i].what == what;
    return n;
}

/* In memory only. */
static void add_event(struct xj_fold *f, struct xj_fold_duty *d, struct xj_fold_event e)
{
    if (e.mask == 0 || count_of(d, e.what) >= EVENTS_MAX)
        return;
    struct xj_fold_event *events = xj_fold_array(f, d->event_count + 1, sizeof *events);
    if (events == NULL)
        return;
    if (d->event_count > 0)
        memcpy(events, d->events, d->event_count * sizeof *events);
    events[d->event_count] = e;
    d->events = events;
    d->event_count++;
}

static void save(struct xj_fold *f, const struct xj_fold_duty *d)
{
    xj_fold_put_duty(f, d);
    struct xj_fold_key k = xj_fold_duty_key(f, d->duty, d->seq, d->obligor);
    xj_fold_touch(f, &k);
}

static struct xj_fold_key started_key(const struct xj_fold *f, uint64_t seq)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_STARTED);
    xj_fold_key_u64(&k, seq);
    return k;
}

static void save_new(struct xj_fold *f, const struct xj_fold_duty *d)
{
    struct xj_fold_key k = started_key(f, d->seq);
    xj_fold_key_u16(&k, d->duty);
    xj_fold_key_agency(&k, d->obligor);
    xj_fold_put(f, &k, (struct xj_slice){NULL, 0});
    save(f, d);
}

struct records {
    struct xj_fold_duty **at;
    size_t n;
};

static struct records records_of(struct xj_fold *f, uint16_t duty)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_DUTY);
    xj_fold_key_u16(&k, duty);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    struct records out = {xj_fold_array(f, pairs.n, sizeof *out.at), 0};
    for (size_t i = 0; out.at != NULL && i < pairs.n; i++) {
        struct xj_fold_duty *d = xj_fold_duty_of(f, pairs.at[i]);
        if (d == NULL)
            return (struct records){NULL, 0};
        out.at[out.n++] = d;
    }
    return out;
}

static bool holds(const uint16_t *list, uint16_t n, uint16_t v)
{
    for (uint16_t i = 0; i < n; i++)
        if (list[i] == v)
            return true;
    return false;
}

/* Subjects the act speaks of, for duties: none means all. */
static uint64_t mask_in(const struct xj_fold_duty *d, const struct xj_fold_in *in)
{
    return xj_fold_mask(d->subjects, d->subject_count, in->subjects.at, in->subjects.whole ? 0 : in->subjects.n);
}

/* ---- starting ---- */

static bool answers_one(const struct xj_fold_in *in, const uint16_t *questions, uint16_t n)
{
    for (size_t i = 0; i < in->h->answer_count; i++)
        if (in->answered[i].answer != NULL && holds(questions, n, in->answered[i].question))
            return true;
    return n == 0;
}

static bool track_stands(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_duty *row)
{
    struct xj_fold_rows all = xj_fold_rows_of_track(f, row->if_track);
    for (size_t i = 0; i < in->subjects.n + 1; i++) {
        const struct xj_subject *s = i < in->subjects.n ? &in->subjects.at[i] : NULL;
        if (s == NULL && !in->subjects.whole)
            continue;
        struct xj_fold_rows rows = xj_fold_rows_for(f, all, s);
        for (size_t r = 0; r < rows.n; r++)
            if (xj_fold_state_of(rows.at[r]) == row->if_state)
                return true;
    }
    return false;
}

static bool conditions_hold(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_duty *row)
{
    if (!answers_one(in, row->if_answers, row->if_answer_count))
        return false;
    if (row->if_act != XJ_NONE && !xj_fold_on_record(f, row->if_act))
        return false;
    if (row->unless_act != XJ_NONE && xj_fold_on_record(f, row->unless_act))
        return false;
    if (row->if_track == XJ_NONE)
        return row->or_paper == XJ_NONE || xj_fold_paper_on_record(f, row->or_paper);
    return track_stands(f, in, row) || (row->or_paper != XJ_NONE && xj_fold_paper_on_record(f, row->or_paper));
}

/* Index of the sector's row, XJ_NONE where the row's own clock holds. */
static uint16_t sector_of(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_m_duty *row, struct xj_slice obligor)
{
    if (row->sector_count == 0)
        return XJ_NONE;
    struct xj_slice bureau = in->transferor;
    if (bureau.n == 0 && (xj_fold_role(f, obligor, NULL) & xj_model_role(f->m, xj_slice_cstr("bureau"))) != 0)
        bureau = obligor;
    if (bureau.n == 0)
        bureau = f->first_bureau;
    struct xj_slice sector = bureau.n > 0 ? f->e->facts.sector(f->e->facts.ctx, bureau) : (struct xj_slice){NULL, 0};
    uint16_t dflt = XJ_NONE;
    for (uint16_t i = 0; i < row->sector_count; i++) {
        if (sector.n > 0 && xj_slice_is(sector, row->sectors[i].sector))
            return i;
        if (strcmp(row->sectors[i].sector, "default") == 0)
            dflt = i;
    }
    return dflt;
}

/* Takes out the subjects for which a record of the same row and obligor runs; true when nothing is left to start. */
static bool swallowed(struct xj_fold *f, const struct xj_m_duty *row, struct xj_fold_duty *d)
{
    if (row->arises_done || row->stop_self)
        return false;
    struct records all = records_of(f, d->duty);
    struct xj_subject *left = xj_fold_array(f, d->subject_count, sizeof *left);
    uint64_t gone = 0;
    for (size_t r = 0; left != NULL && r < all.n; r++) {
        struct xj_fold_duty *old = all.at[r];
        if (old->seq >= d->seq || !xj_fold_falls_to(f, xj_fold_obligor_now(old), d->obligor))
            continue;
        uint64_t running = xj_fold_all(old->subject_count) & ~mask_of(old, XJ_FOLD_STOP) & ~mask_of(old, XJ_FOLD_PRESUMED) &
                           ~mask_of(old, XJ_FOLD_UNREADABLE);
        uint64_t noted = 0;
        for (size_t o = 0; o < old->subject_count || o == 0; o++) {
            bool whole = old->subject_count == 0;
            for (size_t s = 0; (running >> o & 1) != 0 && (s < d->subject_count || s == 0); s++)
                if (whole || (d->subject_count > 0 && xj_fold_covers(&old->subjects[o], &d->subjects[s]))) {
                    gone |= UINT64_C(1) << s;
                    noted |= UINT64_C(1) << o;
                }
        }
        if (noted != 0) {
            add_event(f, old, (struct xj_fold_event){.seq = d->seq, .mask = noted, .what = XJ_FOLD_ALSO, .id = d->id});
            save(f, old);
        }
    }
    size_t n = 0;
    for (size_t s = 0; left != NULL && s < d->subject_count; s++)
        if ((gone >> s & 1) == 0)
            left[n++] = d->subjects[s];
    bool nothing = gone != 0 && n == 0;
    d->subjects = left;
    d->subject_count = n;
    return nothing;
}

/* Rows that not everybody sees the stop of are only for whoever does: the obligor, and who has its history by succession. */
static bool kept_here(const struct xj_fold *f, struct xj_slice viewer, struct xj_slice obligor)
{
    const struct xj_facts *facts = &f->e->facts;
    return viewer.n == 0 || xj_slice_eq(viewer, obligor) || (facts->heir != NULL && facts->heir(facts->ctx, viewer, obligor));
}

static void start_one(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, uint16_t duty,
                      const struct xj_m_start *start, struct xj_slice obligor, struct xj_slice viewer)
{
    const struct xj_m_duty *row = &f->m->duties[duty];
    if (row->inside && !kept_here(f, viewer, obligor))
        return;
    struct xj_fold_duty d = {.seq = a->seq, .duty = duty, .id = a->id, .obligor = obligor, .receiver = obligor,
                             .instant = (uint8_t)start->instant, .on_receipt = start->on_receipt};
    if (xj_slice_eq(obligor, in->doer) && in->principals.n > 0)
        d.receiver = in->principals.at[0];
    d.sector = sector_of(f, in, row, obligor);
    if (d.sector != XJ_NONE && row->sectors[d.sector].kind == XJ_CLOCK_NONE)
        return;
    d.subjects = in->subjects.whole ? NULL : in->subjects.at;
    d.subject_count = in->subjects.whole ? 0 : in->subjects.n;
    struct xj_fold_key k = xj_fold_duty_key(f, duty, a->seq, obligor);
    struct xj_slice v;
    if (!xj_fold_get(f, &k, &v) && !swallowed(f, row, &d))
        save_new(f, &d);
}

static void start_row(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, uint16_t duty,
                      const struct xj_m_start *start, struct xj_slice viewer)
{
    const struct xj_m_duty *row = &f->m->duties[duty];
    bool doer_fits = row->obligor == XJ_ROLES_ANY ? start->instant == XJ_INSTANT_OCCURRED : (in->role & row->obligor) != 0;
    bool doer_first = start->instant == XJ_INSTANT_OCCURRED;
    size_t found = 0;
    for (size_t i = 0; !(doer_first && doer_fits) && i < in->principals.n; i++) {
        struct xj_slice who = in->principals.at[i];
        bool signer = in->h->actor.n > 0 && xj_slice_eq(who, in->signer);
        if ((signer && found > 0) ||
            (row->obligor != XJ_ROLES_ANY && (xj_fold_role(f, who, NULL) & row->obligor) == 0))
            continue;
        found++;
        start_one(f, in, a, duty, start, who, viewer);
    }
    if (found == 0 && doer_fits)
        start_one(f, in, a, duty, start, in->doer, viewer);
}

void xj_fold_duties_start(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, struct xj_slice viewer)
{
    for (uint16_t duty = 0; duty < f->m->duty_count; duty++) {
        const struct xj_m_duty *row = &f->m->duties[duty];
        for (uint16_t i = 0; !row->disabled && i < row->start_count; i++)
            if (row->starts[i].act == in->act && conditions_hold(f, in, row)) {
                start_row(f, in, a, duty, &row->starts[i], viewer);
                break;
            }
    }
}

/* ---- stopping and changing ---- */

static bool answers_start(const struct xj_fold_in *in, const struct xj_fold_duty *d)
{
    for (size_t i = 0; i < in->h->answer_count; i++) {
        const struct xj_id *id = &in->h->answers[i].id;
        if (in->answered[i].answer == NULL)
            continue;
        if (xj_id_eq(id, &d->id))
            return true;
        for (size_t e = 0; e < d->event_count; e++)
            if (d->events[e].what == XJ_FOLD_ALSO && xj_id_eq(id, &d->events[e].id))
                return true;
    }
    return false;
}

static bool answers_question(const struct xj_m_act *m, uint16_t question)
{
    for (uint16_t j = 0; j < m->answer_count; j++)
        if (m->answers[j].question == question)
            return true;
    return false;
}

/* Whether such an act can answer a question that an act of an earlier revision opened (spec 12.4). */
static bool could_answer_past(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_duty *d)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_QUESTION);
    xj_fold_key_u64(&k, d->seq);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_question *q = xj_fold_question_of(f, pairs.at[i]);
        if (q != NULL && xj_id_eq(&q->id, &d->id) && answers_question(in->m, q->question))
            return true;
    }
    return false;
}

/* Whether such an act can answer a question that the starting act opens. */
static bool could_answer(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_duty *d)
{
    if (d->past > 0)
        return could_answer_past(f, in, d);
    const struct xj_fold_act *start = xj_fold_act(f, d->seq);
    if (start == NULL || start->act == XJ_NONE)
        return false;
    const struct xj_m_act *m = &f->m->acts[start->act];
    for (uint16_t i = 0; i < m->opens_count; i++)
        if (answers_question(in->m, m->opens[i].question))
            return true;
    return false;
}

/* Bits of d that the act stops. */
static uint64_t stopped_by(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a,
                           const struct xj_fold_duty *d)
{
    const struct xj_m_duty *row = &f->m->duties[d->duty];
    if (row->stop_self || xj_fold_own(f, d).row->stop_self || d->seq >= a->seq || !holds(row->stops, row->stop_count, in->act) ||
        !xj_fold_falls_to(f, xj_fold_obligor_now(d), in->doer))
        return 0;
    uint64_t bits = mask_in(d, in) & ~mask_of(d, XJ_FOLD_STOP) & ~mask_of(d, XJ_FOLD_UNREADABLE);
    if (bits == 0 || row->link_case || answers_start(in, d) || !could_answer(f, in, d))
        return bits;
    return 0;
}

/* When the act was done: live its admission, late its occurred. */
static struct xj_fold_event event_at(const struct xj_fold_act *a, uint8_t what, uint64_t mask)
{
    struct xj_fold_event e = {.seq = a->seq, .mask = mask, .what = what, .id = a->id, .known = !a->late || a->has_occurred};
    e.from_ms = a->late ? a->occurred_from_ms : a->admitted_ms;
    e.to_ms = a->late ? a->occurred_to_ms : a->admitted_ms;
    return e;
}

/* A record of an earlier revision may be extended and paused by acts that this row does not know. */
static bool concerns_row(const struct xj_fold *f, const struct xj_m_duty *row, uint16_t act)
{
    if (f->past_count > 0)
        return true;
    for (uint16_t i = 0; i < row->extend_count; i++)
        if (row->extends[i].act == act)
            return true;
    return holds(row->pause_from, row->pause_from_count, act) || holds(row->pause_to, row->pause_to_count, act) || (!row->stop_self && holds(row->stops, row->stop_count, act));
}

/* Whether an act that the record's own row lists is the one at hand. */
static bool is_own_act(const struct xj_fold_own *own, uint16_t listed, uint16_t act)
{
    return (own->acts == NULL ? listed : own->acts[listed]) == act;
}

static bool holds_own(const struct xj_fold_own *own, const uint16_t *list, uint16_t n, uint16_t act)
{
    for (uint16_t i = 0; i < n; i++)
        if (is_own_act(own, list[i], act))
            return true;
    return false;
}

static void extend(struct xj_fold *f, const struct xj_fold_own *own, const struct xj_fold_act *a, uint64_t bits, struct xj_fold_duty *d)
{
    const struct xj_m_duty *row = own->row;
    for (uint16_t i = 0; i < row->extend_count; i++) {
        if (!is_own_act(own, row->extends[i].act, a->act))
            continue;
        struct xj_fold_event e = event_at(a, XJ_FOLD_EXTEND, bits);
        e.limit = row->extends[i].limit;
        if (own->sector != XJ_NONE) /* a sector without an extension of its own has none */
            e.limit = row->sectors[own->sector].extended_limit;
        if (e.limit > 0)
            add_event(f, d, e);
    }
}

static bool change(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, struct xj_fold_duty *d)
{
    struct xj_fold_own own = xj_fold_own(f, d);
    size_t before = d->event_count;
    add_event(f, d, event_at(a, XJ_FOLD_STOP, stopped_by(f, in, a, d)));
    if (d->seq >= a->seq)
        return d->event_count > before;
    uint64_t bits = mask_in(d, in);
    if (xj_fold_falls_to(f, xj_fold_obligor_now(d), in->doer))
        extend(f, &own, a, bits, d);
    if (holds_own(&own, own.row->pause_from, own.row->pause_from_count, in->act))
        add_event(f, d, event_at(a, XJ_FOLD_PAUSE, bits));
    if (holds_own(&own, own.row->pause_to, own.row->pause_to_count, in->act))
        add_event(f, d, event_at(a, XJ_FOLD_RESUME, bits));
    return d->event_count > before;
}

void xj_fold_duties_act(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a)
{
    for (uint16_t duty = 0; duty < f->m->duty_count; duty++) {
        if (!concerns_row(f, &f->m->duties[duty], in->act))
            continue;
        struct records all = records_of(f, duty);
        for (size_t i = 0; i < all.n; i++)
            if (change(f, in, a, all.at[i]))
                save(f, all.at[i]);
    }
}

size_t xj_fold_duties_late(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, const char **ret,
                           size_t max)
{
    size_t n = 0;
    for (uint16_t duty = 0; duty < f->m->duty_count && n < max; duty++) {
        const struct xj_m_duty *row = &f->m->duties[duty];
        if (row->stop_self || !holds(row->stops, row->stop_count, in->act))
            continue;
        struct records all = records_of(f, duty);
        bool late = false;
        for (size_t i = 0; i < all.n && !late; i++) {
            uint64_t bits = stopped_by(f, in, a, all.at[i]);
            add_event(f, all.at[i], event_at(a, XJ_FOLD_STOP, bits));
            struct xj_duty_view v;
            for (size_t b = 0; b < 64 && !late; b++)
                late = (bits >> b & 1) != 0 && xj_fold_evaluate(f, all.at[i], b, &v) && v.status == XJ_DUTY_LATE;
        }
        if (late)
            ret[n++] = row->name.id;
    }
    return n;
}

/* ---- presumed ---- */

static void presume_group(struct xj_fold *f, const struct xj_m_group *g, bool *presumed, unsigned depth);

static void presume_before(struct xj_fold *f, uint16_t act, bool *presumed, unsigned depth)
{
    const struct xj_m_act *m = &f->m->acts[act];
    for (uint16_t i = 0; i < m->expect_count; i++)
        presume_group(f, &m->expects[i], presumed, depth);
    for (uint16_t i = 0; i < m->imply_count; i++)
        presume_group(f, &m->implies[i], presumed, depth);
}

static void presume_group(struct xj_fold *f, const struct xj_m_group *g, bool *presumed, unsigned depth)
{
    /* A chain of groups of one ends at an act presumed already; the depth only bounds the stack. */
    if (g->act_count == 0 || depth > 64 || (g->act_count == 1 && presumed[g->acts[0]]) || xj_fold_group_on_record(f, g))
        return;
    for (uint16_t i = 0; i < g->act_count; i++)
        presumed[g->acts[i]] = true;
    if (g->act_count == 1)
        presume_before(f, g->acts[0], presumed, depth + 1);
}

/* Late entry: a question that had to be answered was put by somebody. */
static void presume_asked(struct xj_fold *f, const struct xj_fold_in *in, bool *presumed)
{
    for (size_t i = 0; i < in->h->answer_count; i++)
        if (in->answered[i].answer != NULL && in->answered[i].answer->mode == XJ_ANSWER_REQ)
            return;
    for (uint16_t i = 0; i < in->m->answer_count; i++) {
        if (in->m->answers[i].mode != XJ_ANSWER_REQ)
            continue;
        uint16_t *acts = xj_fold_array(f, f->m->act_count, sizeof *acts);
        struct xj_m_group g = {acts, 0};
        for (uint16_t act = 0; acts != NULL && act < f->m->act_count; act++)
            for (uint16_t o = 0; o < f->m->acts[act].opens_count; o++)
                if (f->m->acts[act].opens[o].question == in->m->answers[i].question) {
                    acts[g.act_count++] = act;
                    break;
                }
        presume_group(f, &g, presumed, 0);
    }
}

void xj_fold_duties_presume(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a)
{
    bool *presumed = xj_fold_array(f, f->m->act_count, sizeof *presumed);
    if (presumed == NULL)
        return;
    presume_before(f, in->act, presumed, 0);
    if (a->late)
        presume_asked(f, in, presumed);
    for (uint16_t duty = 0; duty < f->m->duty_count; duty++) {
        const struct xj_m_duty *row = &f->m->duties[duty];
        bool any = false;
        for (uint16_t i = 0; !row->stop_self && i < row->stop_count; i++)
            any = any || presumed[row->stops[i]];
        if (!any)
            continue;
        struct records all = records_of(f, duty);
        for (size_t i = 0; i < all.n; i++) {
            struct xj_fold_duty *d = all.at[i];
            uint64_t bits = mask_in(d, in) & ~mask_of(d, XJ_FOLD_STOP) & ~mask_of(d, XJ_FOLD_PRESUMED);
            if (d->seq >= a->seq || bits == 0)
                continue;
            add_event(f, d, (struct xj_fold_event){.seq = a->seq, .mask = bits, .what = XJ_FOLD_PRESUMED});
            save(f, d);
        }
    }
}

/* ---- passing on, ending, undoing ---- */

static struct records started_by(struct xj_fold *f, uint64_t seq)
{
    struct xj_fold_key k = started_key(f, seq);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    struct records out = {xj_fold_array(f, pairs.n, sizeof *out.at), 0};
    for (size_t i = 0; out.at != NULL && i < pairs.n; i++) {
        struct xj_slice key = pairs.at[i].key; /* tag, seq 8, duty 2, obligor, 0x00 */
        struct xj_fold_duty *d = NULL;
        if (key.n >= 12) {
            struct xj_fold_key dk =
                xj_fold_duty_key(f, xj_fold_read_u16(key.p + 9), seq, xj_slice_of(key.p + 11, key.n - 12));
            d = xj_fold_duty(f, &dk);
        }
        if (d == NULL) {
            xj_fold_fail(f, XJ_ECORRUPT);
            return (struct records){NULL, 0};
        }
        out.at[out.n++] = d;
    }
    return out;
}

static bool some_stop_answers(const struct xj_fold *f, const struct xj_m_duty *row, uint16_t question)
{
    for (uint16_t i = 0; i < row->stop_count; i++) {
        const struct xj_m_act *m = &f->m->acts[row->stops[i]];
        for (uint16_t j = 0; j < m->answer_count; j++)
            if (m->answers[j].question == question)
                return true;
    }
    return false;
}

void xj_fold_duties_pass(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_question *q,
                         struct xj_fold_names asked_before)
{
    struct records all = started_by(f, q->seq);
    for (size_t i = 0; i < all.n; i++) {
        struct xj_fold_duty *d = all.at[i];
        if (xj_fold_ended(d))
            continue;
        const struct xj_m_duty *row = &f->m->duties[d->duty];
        if (xj_fold_find(asked_before, xj_fold_obligor_now(d)) == SIZE_MAX || !some_stop_answers(f, row, q->question))
            continue;
        for (size_t p = 0; p < in->principals.n; p++) {
            if (row->obligor != XJ_ROLES_ANY && (xj_fold_role(f, in->principals.at[p], NULL) & row->obligor) == 0)
                continue;
            add_event(f, d, (struct xj_fold_event){.seq = in->seq, .mask = xj_fold_all(d->subject_count),
                                                   .what = XJ_FOLD_PASS, .agency = in->principals.at[p]});
            save(f, d);
            break;
        }
    }
}

void xj_fold_duties_unreadable(struct xj_fold *f, uint64_t seq, uint64_t started_by_seq, struct xj_slice agency)
{
    struct records all = started_by(f, started_by_seq);
    for (size_t i = 0; i < all.n; i++)
        if (xj_fold_falls_to(f, xj_fold_obligor_now(all.at[i]), agency)) {
            add_event(f, all.at[i], (struct xj_fold_event){.seq = seq, .mask = xj_fold_all(all.at[i]->subject_count),
                                                           .what = XJ_FOLD_UNREADABLE});
            save(f, all.at[i]);
        }
}

static void drop_record(struct xj_fold *f, const struct xj_fold_duty *d)
{
    struct xj_fold_key k = xj_fold_duty_key(f, d->duty, d->seq, d->obligor);
    xj_fold_del(f, &k);
    k = started_key(f, d->seq);
    xj_fold_key_u16(&k, d->duty);
    xj_fold_key_agency(&k, d->obligor);
    xj_fold_del(f, &k);
}

/* The key under which the act's own voiding must find what now is its record. */
static void add_to_undo(struct xj_fold *f, const struct xj_fold_duty *d)
{
    struct xj_fold_key undo = xj_fold_key(f, XJ_FOLD_UNDO), k = xj_fold_duty_key(f, d->duty, d->seq, d->obligor);
    xj_fold_key_u64(&undo, d->seq);
    struct xj_slice old = {NULL, 0};
    xj_fold_get(f, &undo, &old);
    struct xj_buf b;
    xj_buf_init(&b, old.n + sizeof k.b);
    uint8_t n = (uint8_t)(k.n - 17);
    xj_buf_add_slice(&b, old);
    xj_buf_add(&b, &n, 1);
    xj_buf_add(&b, k.b + 17, n);
    xj_fold_fail(f, b.err);
    xj_fold_put(f, &undo, xj_buf_slice(&b));
    xj_buf_free(&b);
}

static uint16_t sector_named(const struct xj_m_duty *row, const char *sector)
{
    for (uint16_t i = 0; sector != NULL && i < row->sector_count; i++)
        if (strcmp(row->sectors[i].sector, sector) == 0)
            return i;
    return XJ_NONE;
}

/* A start noted while it ran takes the record over: it is then reckoned by the row of the revision that this act was done
 * under, in the same sector. */
static void take_row_of(struct xj_fold *f, struct xj_fold_duty *d)
{
    uint8_t past = xj_fold_past_of(f, d->seq);
    if (past == d->past || xj_fold_ended(d))
        return;
    struct xj_fold_own own = xj_fold_own(f, d);
    const char *sector = own.sector != XJ_NONE ? own.row->sectors[own.sector].sector : NULL;
    const struct xj_images *im = xj_fold_past(f, past);
    d->past = 0;
    for (uint16_t i = 0; im != NULL && i < im->from->duty_count; i++)
        if (im->duties[i] == d->duty) {
            d->past = past;
            d->own = i;
            d->own_sector = sector_named(&im->from->duties[i], sector);
        }
}

void xj_fold_duty_undo(struct xj_fold *f, const struct xj_fold_key *k, uint64_t seq)
{
    struct xj_fold_duty *d = xj_fold_duty(f, k);
    if (d == NULL)
        return;
    struct xj_fold_event *events = xj_fold_array(f, d->event_count, sizeof *events);
    if (events == NULL)
        return;
    bool gone = d->seq == seq;
    const struct xj_fold_event *heir = NULL;
    size_t n = 0;
    for (size_t i = 0; i < d->event_count; i++) {
        if (d->events[i].seq == seq)
            continue;
        if (gone && heir == NULL && d->events[i].what == XJ_FOLD_ALSO)
            heir = &d->events[i];
        else
            events[n++] = d->events[i];
    }
    if (gone)
        drop_record(f, d);
    if (gone && heir == NULL)
        return;
    d->events = events;
    d->event_count = n;
    if (gone) {
        d->seq = heir->seq;
        d->id = heir->id;
        take_row_of(f, d);
        add_to_undo(f, d);
        save_new(f, d);
    } else {
        xj_fold_put_duty(f, d);
    }
}

void xj_fold_duty_redate(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_act *a)
{
    struct xj_fold_duty *d = xj_fold_duty(f, k);
    struct xj_fold_event *events = d == NULL ? NULL : xj_fold_array(f, d->event_count, sizeof *events);
    if (events == NULL)
        return;
    for (size_t i = 0; i < d->event_count; i++) {
        events[i] = d->events[i];
        if (events[i].seq != a->seq || !a->late)
            continue;
        uint8_t what = events[i].what;
        if (what == XJ_FOLD_STOP || what == XJ_FOLD_EXTEND || what == XJ_FOLD_PAUSE || what == XJ_FOLD_RESUME) {
            struct xj_fold_event dated = event_at(a, what, events[i].mask);
            dated.limit = events[i].limit;
            events[i] = dated;
        }
    }
    d->events = events;
    xj_fold_put_duty(f, d);
}
