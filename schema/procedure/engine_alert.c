/* What the rules of a procedure find in a case. Spec: spec/12-detection.md, section 2. Nothing here writes. */
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/engine_duty.h"

/* An act, or a record of a duty with one way in which it reads. */
struct trigger {
    const struct xj_fold_act *act;
    const struct xj_duty_view *duty; /* NULL: the act itself */
    struct xj_slice answerable;
    const struct xj_subject *subjects;
    size_t subject_count;
    bool cleared;
};

struct finder {
    struct xj_fold *f;
    const struct xj_alert_facts *facts;
    struct xj_fold_act **acts; /* on record, ascending seq */
    size_t act_count;
    struct xj_duty_view *duties;
    size_t duty_count, duty_cap;
    struct trigger *fired; /* those for which the rule being looked at was raised: an act at most twice, for doer and principal */
    size_t fired_count;
    xj_alert_visit *visit;
    void *arg;
    bool stopped;
};

/* ---- time ---- */

/* By their dates where these tell, else in the order of the record. */
static bool earlier(const struct xj_fold_act *a, const struct xj_fold_act *b)
{
    if (xj_fold_dated(a) && xj_fold_dated(b) && (xj_fold_to(a) < xj_fold_from(b) || xj_fold_to(b) < xj_fold_from(a)))
        return xj_fold_to(a) < xj_fold_from(b);
    return a->seq < b->seq;
}

/* ---- conditions ---- */

static const struct xj_fold_act *first_of(const struct finder *d, const uint16_t *list, uint16_t count, const struct xj_fold_act *t,
                                          int side)
{
    for (size_t i = 0; i < d->act_count; i++) {
        const struct xj_fold_act *a = d->acts[i];
        if (a == t || !xj_fold_listed(list, count, a->act) || (side < 0 && !earlier(a, t)) || (side > 0 && !earlier(t, a)))
            continue;
        return a;
    }
    return NULL;
}

static bool relates(const struct trigger *t, const struct xj_fold_act *a)
{
    return xj_fold_sets_relate(t->subjects, t->subject_count, a->subjects, a->subject_count);
}

static bool has_role(const struct finder *d, xj_roles roles, struct xj_slice agency)
{
    return roles == XJ_ROLES_ANY || (xj_fold_role(d->f, agency, NULL) & roles) != 0;
}

/* without, and not_before. */
static bool nothing_against(const struct finder *d, const struct xj_m_when *w, const struct trigger *t)
{
    for (size_t i = 0; i < d->act_count; i++) {
        const struct xj_fold_act *a = d->acts[i];
        bool without = xj_fold_listed(w->without, w->without_count, a->act) && has_role(d, w->without_by, xj_fold_doer(a));
        bool before = xj_fold_listed(w->not_before, w->not_before_count, a->act) && earlier(a, t->act);
        if (a != t->act && (without || before) && relates(t, a))
            return false;
    }
    return true;
}

static bool is_time(const struct finder *d, const struct xj_m_when *w, const struct trigger *t)
{
    uint32_t n = 1;
    for (size_t i = 0; i < d->act_count && d->acts[i]->seq < t->act->seq; i++)
        n += xj_fold_listed(w->acts, w->act_count, d->acts[i]->act) && relates(t, d->acts[i]);
    return w->times == 1 || n == w->times;
}

static bool is_backdated(const struct finder *d, const struct xj_fold_act *a)
{
    for (size_t i = 0; i < a->answer_count; i++) {
        const struct xj_fold_act *asked = xj_fold_act_by_id(d->f, &a->answers[i].id);
        if (asked != NULL && a->has_occurred && asked->has_occurred && a->occurred_to_ms < asked->occurred_from_ms)
            return true;
    }
    return false;
}

/* ---- one alert ---- */

static void add_evidence(struct xj_alert_view *v, const struct xj_fold_act *a)
{
    if (a == NULL || v->evidence_count == XJ_ALERT_EVIDENCE)
        return;
    v->evidence[v->evidence_count++] = a->id;
}

static void note_time(struct xj_alert_view *v, const struct xj_fold_act *a)
{
    if (a == NULL)
        return;
    if (!xj_fold_dated(a))
        v->since_known = false;
    else if (v->since_known && xj_fold_to(a) > v->since_ms)
        v->since_ms = xj_fold_to(a);
}

static bool figures_hold(const struct finder *d, const struct xj_m_when *w, const struct trigger *t, struct xj_alert_view *v)
{
    for (uint16_t i = 0; i < w->figure_count; i++) {
        const struct xj_m_figure *f = &w->figures[i];
        uint64_t *value = &v->figure_values[i];
        if (d->facts->figure == NULL || !d->facts->figure(d->facts->ctx, &t->act->id, f->word, value) || *value < f->least || *value > f->most)
            return false;
    }
    v->figures = w->figures;
    v->figure_count = w->figure_count;
    return true;
}

/* before, after, with, without, party, breach, times, backdated, figures; what was found goes into v. */
static bool conditions(const struct finder *d, const struct xj_m_when *w, const struct trigger *t, struct xj_alert_view *v)
{
    const struct xj_fold_act *before = first_of(d, w->before, w->before_count, t->act, -1),
                             *after = first_of(d, w->after, w->after_count, t->act, 1),
                             *with = first_of(d, w->with, w->with_count, t->act, 0);
    if ((w->before_count > 0 && before == NULL) || (w->after_count > 0 && after == NULL) || (w->with_count > 0 && with == NULL) ||
        !nothing_against(d, w, t) || (w->kind != NULL && !d->facts->kind(d->facts->ctx, w->kind)))
        return false;
    if (t->duty == NULL && ((w->breach != NULL && !d->facts->breach(d->facts->ctx, &t->act->id, w->breach, w->detail)) ||
                            !is_time(d, w, t) || (w->backdated && !is_backdated(d, t->act)) || !figures_hold(d, w, t, v)))
        return false;
    v->fires_ms = INT64_MIN;
    add_evidence(v, t->act);
    add_evidence(v, before);
    add_evidence(v, after);
    add_evidence(v, with);
    v->since_known = true;
    v->since_ms = INT64_MIN;
    note_time(v, t->act);
    note_time(v, before);
    note_time(v, after);
    note_time(v, with);
    return true;
}

static bool stops(const struct xj_m_rule *rule, const struct trigger *t, const struct xj_fold_act *a)
{
    return a != t->act && xj_fold_listed(rule->stops, rule->stop_count, a->act) && relates(t, a) && earlier(t->act, a);
}

/* The first stop after the trigger for related subjects. */
static const struct xj_fold_act *stop_of(const struct finder *d, const struct xj_m_rule *rule, const struct trigger *t)
{
    for (size_t i = 0; i < d->act_count; i++)
        if (stops(rule, t, d->acts[i]))
            return d->acts[i];
    return NULL;
}

/* Whether some stop was done by then, or has no date: not only the first on record, which may bear a later date. */
static bool stopped_by(const struct finder *d, const struct xj_m_rule *rule, const struct trigger *t, int64_t latest)
{
    for (size_t i = 0; i < d->act_count; i++)
        if (stops(rule, t, d->acts[i]) && (!xj_fold_dated(d->acts[i]) || !xj_clock_overdue(latest, xj_fold_from(d->acts[i]))))
            return true;
    return false;
}

/* Spec 2.5: the limit has run since the trigger, and no stop came before its end. */
static bool waited(const struct finder *d, const struct xj_m_rule *rule, const struct xj_m_when *w, const struct trigger *t,
                   struct xj_alert_view *v)
{
    int64_t earliest, latest;
    if (w->longer == XJ_CLOCK_NONE)
        return true;
    if (!xj_fold_dated(t->act))
        return false;
    enum xj_err err = xj_clock_due_range(d->f->e->calendar, w->longer, w->limit, xj_fold_from(t->act), xj_fold_to(t->act), NULL, 0, &earliest,
                                         &latest);
    if (err != XJ_OK || latest == INT64_MAX || stopped_by(d, rule, t, latest))
        return false;
    v->since_known = true;
    v->since_ms = latest;
    v->fires_ms = latest + 1;
    return true;
}

/* silence: it rests on nothing but that an act is not on record, which in a history proves nothing. */
static void tell(struct finder *d, const struct xj_m_rule *rule, struct xj_alert_view *v, const struct trigger *t, bool silence)
{
    v->history = t->act->late;
    v->severity = v->history ? rule->history : rule->live;
    if (v->history && silence && v->severity == XJ_ALARM_RED)
        v->severity = XJ_ALARM_AMBER;
    v->answerable = t->answerable;
    v->subjects = t->subjects;
    v->subject_count = t->subject_count;
    if (v->severity != XJ_ALARM_NONE && !d->visit(d->arg, v))
        d->stopped = true;
}

/* One agency, or one in the place of the other; by the newest register and without a clock, like all of an alert. */
static bool same_answerable(struct xj_fold *f, struct xj_slice a, struct xj_slice b)
{
    return xj_slice_eq(a, b) || xj_slice_eq(xj_fold_holder(f, a), xj_fold_holder(f, b));
}

/* Whether the rule was raised for this act, or stands against the same agency for a related subject. */
static bool raised(const struct finder *d, const struct trigger *t)
{
    for (size_t i = 0; i < d->fired_count; i++) {
        const struct trigger *x = &d->fired[i];
        if (!same_answerable(d->f, x->answerable, t->answerable))
            continue;
        if (x->act == t->act || (!x->cleared && xj_fold_sets_relate(x->subjects, x->subject_count, t->subjects, t->subject_count)))
            return true;
    }
    return false;
}

static struct xj_slice answerable(const struct xj_m_when *w, const struct xj_fold_act *a)
{
    return w->principal && a->principals.n > 0 ? a->principals.at[0] : xj_fold_doer(a);
}

static void look_at_acts(struct finder *d, uint16_t rule_index, uint16_t when)
{
    const struct xj_m_rule *rule = &d->f->m->rules[rule_index];
    const struct xj_m_when *w = &rule->whens[when];
    for (size_t i = 0; i < d->act_count && !d->stopped && d->f->err == XJ_OK; i++) {
        const struct xj_fold_act *a = d->acts[i];
        struct trigger t = {a, NULL, answerable(w, a), a->subjects, a->subject_count, false};
        struct xj_alert_view v = {.rule = rule_index, .duty = XJ_NONE};
        if (!xj_fold_listed(w->acts, w->act_count, a->act) || !has_role(d, w->by, xj_fold_doer(a)) || raised(d, &t) ||
            !conditions(d, w, &t, &v))
            continue;
        const struct xj_fold_act *stop = stop_of(d, rule, &t);
        if (!waited(d, rule, w, &t, &v))
            continue;
        v.cleared = t.cleared = stop != NULL;
        d->fired[d->fired_count++] = t;
        if (stop != NULL)
            v.cleared_by = stop->id;
        tell(d, rule, &v, &t, w->longer != XJ_CLOCK_NONE && stop == NULL);
    }
}

/* ---- duties ---- */

static bool keep_duty(void *arg, const struct xj_duty_view *duty)
{
    struct finder *d = arg;
    if (d->duty_count == d->duty_cap) {
        size_t cap = d->duty_cap == 0 ? 16 : 2 * d->duty_cap;
        struct xj_duty_view *more = xj_fold_array(d->f, cap, sizeof *more);
        if (more == NULL)
            return false;
        if (d->duty_count > 0)
            memcpy(more, d->duties, d->duty_count * sizeof *more);
        d->duties = more;
        d->duty_cap = cap;
    }
    struct xj_subject *subjects = xj_fold_array(d->f, duty->subject_count, sizeof *subjects);
    if (subjects == NULL)
        return false;
    if (duty->subject_count > 0)
        memcpy(subjects, duty->subjects, duty->subject_count * sizeof *subjects);
    d->duties[d->duty_count] = *duty;
    d->duties[d->duty_count++].subjects = subjects;
    return true;
}

/* Spec 2.4, or will be once its due date has passed. */
static bool overrun(const struct xj_m_duty *row, const struct xj_duty_view *v)
{
    if (!v->due_known || v->sure_ms == INT64_MAX || v->paused)
        return false;
    if (v->status == XJ_DUTY_LATE || v->status == XJ_DUTY_OPEN)
        return true;
    return row->may && v->status == XJ_DUTY_MET && v->done_dated && xj_clock_overdue(v->sure_ms, v->done_from_ms);
}

static void look_at_duty(struct finder *d, uint16_t rule_index, uint16_t when, const struct xj_duty_view *duty)
{
    const struct xj_m_rule *rule = &d->f->m->rules[rule_index];
    const struct xj_m_when *w = &rule->whens[when];
    if (!xj_fold_listed(w->duties, w->duty_count, duty->duty) || !overrun(duty->row, duty) || !has_role(d, w->by, duty->obligor))
        return;
    const struct xj_fold_act *start = xj_fold_act(d->f, duty->seq);
    struct xj_alert_view v = {.rule = rule_index, .duty = duty->duty};
    if (start == NULL)
        return;
    struct trigger t = {start, duty, duty->obligor, duty->subjects, duty->subject_count, duty->done};
    if (!conditions(d, w, &t, &v))
        return;
    v.since_known = true;
    v.since_ms = duty->sure_ms;
    v.fires_ms = duty->sure_ms + 1;
    v.cleared = duty->done;
    v.cleared_by = duty->done_by;
    tell(d, rule, &v, &t, !duty->done);
}

static void look_by_rule(struct finder *d, uint16_t rule)
{
    const struct xj_m_rule *r = &d->f->m->rules[rule];
    d->fired_count = 0;
    for (uint16_t w = 0; w < r->when_count && !d->stopped && d->f->err == XJ_OK; w++) {
        if (r->whens[w].act_count > 0) {
            look_at_acts(d, rule, w);
        } else {
            for (size_t i = 0; i < d->duty_count && !d->stopped && d->f->err == XJ_OK; i++)
                look_at_duty(d, rule, w, &d->duties[i]);
        }
    }
}

enum xj_err xj_engine_alerts(const struct xj_engine *e, struct xj_id case_id, const struct xj_alert_facts *facts,
                             xj_alert_visit *visit, void *arg)
{
    struct xj_fold f;
    struct finder d = {.f = &f, .facts = facts, .visit = visit, .arg = arg};
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    f.at_ms = INT64_MAX;
    d.acts = xj_fold_record(&f, &d.act_count);
    xj_fold_duties_show(&f, keep_duty, &d);
    d.fired = xj_fold_array(&f, d.act_count * 2, sizeof *d.fired);
    for (uint16_t i = 0; i < f.m->rule_count && d.fired != NULL && !d.stopped && f.err == XJ_OK; i++)
        look_by_rule(&d, i);
out:
    return xj_fold_close(&f);
}
