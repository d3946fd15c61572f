#include "tests/unit/lawcase.h"

#include <string.h>

#include "schema/base/civil.h"
#include "tests/unit/cn_holidays.h"

int law_up(void **state)
{
    static struct world w;
    alerts_reset();
    world_up(&w);
    *state = &w;
    return 0;
}

int law_down(void **state)
{
    world_down(*state);
    return 0;
}

void law_holidays(struct world *w)
{
    xj_calendar_free(&w->calendar);
    cn_holidays(&w->calendar);
}

int64_t end_of(const char *date)
{
    char midnight[24];
    assert_int_equal(strlen(date), 10);
    memcpy(midnight, date, 10);
    memcpy(midnight + 10, "T00:00", 7);
    return at(midnight) + XJ_DAY_MS - 1;
}

/* ---- the lawful course ---- */

static void assert_no_breach(const struct world *w, const char *act)
{
    if (w->verdict.breach_count > 0)
        fail_msg("%s: breach %s %s", act, w->verdict.breaches[0].code, w->verdict.breaches[0].detail);
}

struct xj_id lawful(struct world *w, const struct deed *d)
{
    struct xj_id id = world_do(w, d);
    assert_no_breach(w, d->act);
    return id;
}

void clock_is(struct world *w, const char *when)
{
    w->now_ms = at(when);
}

struct xj_id transferred(struct world *w)
{
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    return LAWFUL(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
}

struct xj_id received(struct world *w)
{
    struct xj_id id = transferred(w);
    clock_is(w, "2026-03-02T10:00");
    LAWFUL(w, .from = POLICE, .act = "receipt");
    return id;
}

struct xj_id refused(struct world *w, const char *notice_received)
{
    received(w);
    clock_is(w, "2026-03-02T17:00");
    struct xj_id id = LAWFUL(w, .from = POLICE, .act = "not_filed");
    world_delivered(w, id, MARKET, notice_received);
    clock_is(w, notice_received);
    return id;
}

/* ---- limits ---- */

const struct span three_days[THREE_DAYS_COUNT] = {
    {"2026-03-03T08:00", "2026-03-06"},
    {"2026-03-04T08:00", "2026-03-09"},
    {"2026-03-05T23:59", "2026-03-09"},
    {"2026-03-06T00:00", "2026-03-09"},
};

const char *date_of(const char *when)
{
    static char date[11];
    memcpy(date, when, 10);
    return date;
}

/* The obligor's records of a duty: how many, and the last of them. */
static int records(struct world *w, const char *name, enum who obligor, bool open_only, struct xj_duty_view *ret)
{
    struct xj_duty_view d;
    int found = 0;
    for (int i = 0; i < duty(w, -1, name, i, &d); i++) {
        if (!xj_slice_eq(d.obligor, name_of(obligor)) || (open_only && d.status != XJ_DUTY_OPEN))
            continue;
        *ret = d;
        found++;
    }
    return found;
}

int64_t due_of(struct world *w, const char *name, enum who obligor)
{
    struct xj_duty_view d;
    if (records(w, name, obligor, false, &d) != 1 || !d.due_known)
        fail_msg("%s: not one record with a date", name);
    return d.due_ms;
}

/* Tried at that instant: whether it would be late for that duty. */
static bool late_at(struct world *w, const char *duty_name, int64_t ms, const struct deed *d)
{
    w->now_ms = ms;
    const char *code = world_try(w, d);
    if (code != NULL)
        fail_msg("%s: refused %s (%s)", d->act, code, refused_for(w));
    return has_breach(w, "late", duty_name);
}

static void assert_alert(struct world *w, const struct limit *l, int64_t now_ms, bool cleared)
{
    struct want x;
    if (raised_at(w, l->rule, now_ms, &x) != 1)
        fail_msg("%s: %d alerts", l->rule, x.count);
    assert_true(is_agency(&x, l->obligor) && x.last.severity == l->severity && x.last.cleared == cleared);
}

void in_time_until(struct world *w, const struct limit *l, const struct deed *d)
{
    struct xj_duty_view v;
    if (records(w, l->duty, l->obligor, true, &v) != 1)
        fail_msg("%s: not one open record", l->duty);
    assert_true(v.due_known);
    assert_int_equal(v.due_ms, l->last_ms);
    assert_int_equal(raised_at(w, l->rule, l->last_ms, NULL), 0);
    assert_alert(w, l, l->last_ms + 1, false);
    assert_false(late_at(w, l->duty, l->last_ms, d));
    assert_true(late_at(w, l->duty, l->last_ms + 1, d));
}

void done_in_time_until(struct world *w, const struct limit *l, const struct deed *d)
{
    struct xj_duty_view v;
    assert_int_equal(records(w, l->duty, l->obligor, true, &v), 0);
    assert_int_equal(raised_at(w, l->rule, l->last_ms + 1, NULL), 0);
    assert_false(late_at(w, l->duty, l->last_ms, d));
    w->now_ms = l->last_ms + 1;
    world_do(w, d);
    assert_true(has_breach(w, "late", l->duty));
    assert_int_equal(due_of(w, l->duty, l->obligor), l->last_ms);
    assert_alert(w, l, l->last_ms + 1, true);
}

void told(struct world *w, const struct limit *l, bool in_time, const struct deed *d)
{
    struct xj_duty_view v;
    assert_int_equal(records(w, l->duty, l->obligor, false, &v), 0);
    w->now_ms = in_time ? l->last_ms : l->last_ms + 1;
    lawful(w, d);
    assert_int_equal(records(w, l->duty, l->obligor, false, &v), 1);
    assert_int_equal(v.due_ms, l->last_ms);
    assert_int_equal(v.status, in_time ? XJ_DUTY_MET : XJ_DUTY_LATE);
    if (in_time)
        assert_int_equal(raised_at(w, l->rule, INT64_MAX, NULL), 0);
    else
        assert_alert(w, l, w->now_ms, true);
}

/* ---- the forbidden case ---- */

static void plan(struct world *w, const struct deed *d)
{
    memset(&w->verdict.refusal, 0, sizeof w->verdict.refusal);
    assert_int_equal(world_plan(w, d), XJ_OK);
}

static const char *judge(struct world *w)
{
    memset(&w->refused, 0, sizeof w->refused);
    assert_int_equal(world_judge(w), XJ_OK);
    return w->verdict.refusal.code;
}

const char *try_with_papers(struct world *w, const struct deed *d, const char *const *kinds)
{
    plan(w, d);
    w->h.paper_count = 0;
    for (size_t i = 0; kinds[i] != NULL; i++)
        w->h.papers[w->h.paper_count++] = (struct xj_header_paper){.kind = xj_slice_cstr(kinds[i])};
    return judge(w);
}

const char *try_without(struct world *w, enum who recipient, const struct deed *d)
{
    plan(w, d);
    if (w->refused.code != NULL)
        fail_msg("%s: refused %s (%s)", d->act, w->refused.code, w->refused.detail);
    size_t kept = 0;
    for (size_t i = 0; i < w->h.to_count; i++)
        if (!xj_slice_eq(w->h.to[i].agency, name_of(recipient)))
            w->h.to[kept++] = w->h.to[i];
    assert_int_equal(kept + 1, w->h.to_count); /* it was a recipient */
    w->h.to_count = kept;
    return judge(w);
}

const char *refused_for(const struct world *w)
{
    return w->refused.code != NULL ? w->refused.detail : w->verdict.refusal.detail;
}

bool wants_reasons(const struct world *w, const char *act)
{
    return w->model->acts[act_of(w->model, act)].reasons;
}
