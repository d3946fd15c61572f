/* What a case adds to the statistics of its procedure. Spec: spec/14-statistics.md, sections 2 to 4. Nothing here writes. */
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/engine_duty.h"

struct counter {
    struct xj_fold *f;
    const struct xj_tally_facts *facts;
    struct xj_fold_act **acts; /* on record, ascending seq */
    size_t act_count;
    struct xj_fold_act **chosen; /* those that the statistic being looked at counts */
    size_t chosen_count;
    struct xj_slice source;
    xj_tally_visit *visit;
    void *arg;
    bool stopped;
};

/* Where the case comes from: who transferred it first, else who opened it. */
static struct xj_slice source_of(const struct counter *c)
{
    for (size_t i = 0; i < c->act_count; i++)
        if (c->acts[i]->act != XJ_NONE && c->f->m->acts[c->acts[i]->act].transfers)
            return xj_fold_doer(c->acts[i]);
    return c->act_count > 0 ? xj_fold_doer(c->acts[0]) : (struct xj_slice){NULL, 0};
}

static bool has_role(const struct counter *c, xj_roles by, const struct xj_id *act, struct xj_slice agency)
{
    return by == XJ_ROLES_ANY || (xj_model_role(c->f->m, c->facts->role(c->facts->ctx, act, agency)) & by) != 0;
}

static void tell(struct counter *c, const struct xj_tally_view *v)
{
    if (!c->stopped && c->f->err == XJ_OK)
        c->stopped = !c->visit(c->arg, v);
}

/* ---- acts ---- */

static struct xj_tally_view unit_of(const struct counter *c, uint16_t statistic, const struct xj_fold_act *a)
{
    const bool principal = statistic != XJ_NONE && c->f->m->statistics[statistic].principal;
    return (struct xj_tally_view){.statistic = statistic, .duty = XJ_NONE, .act = a->id,
                                  .agency = principal ? a->principals.at[0] : xj_fold_doer(a), .source = c->source, .subjects = a->subjects,
                                  .subject_count = a->subject_count, .dated = xj_fold_dated(a), .at_ms = xj_fold_to(a)};
}

/* By date, the undated last, then in the order of the record. */
static int by_date(const void *a, const void *b)
{
    const struct xj_fold_act *x = *(struct xj_fold_act *const *)a, *y = *(struct xj_fold_act *const *)b;
    if (xj_fold_dated(x) != xj_fold_dated(y))
        return xj_fold_dated(x) ? -1 : 1;
    if (xj_fold_dated(x) && xj_fold_to(x) != xj_fold_to(y))
        return xj_fold_to(x) < xj_fold_to(y) ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static void choose(struct counter *c, const struct xj_m_statistic *s)
{
    c->chosen_count = 0;
    for (size_t i = 0; i < c->act_count; i++) {
        struct xj_fold_act *a = c->acts[i];
        if (xj_fold_listed(s->acts, s->act_count, a->act) && (!s->principal || a->principals.n > 0) && has_role(c, s->by, &a->id, xj_fold_doer(a)))
            c->chosen[c->chosen_count++] = a;
    }
    if (s->once != XJ_ONCE_NEVER)
        qsort(c->chosen, c->chosen_count, sizeof(struct xj_fold_act *), by_date);
}

struct parties {
    uint8_t (*at)[8];
    size_t n, cap;
};

/* False when it was there already. */
static bool add_party(struct counter *c, struct parties *p, const uint8_t party[8])
{
    for (size_t i = 0; i < p->n; i++)
        if (memcmp(p->at[i], party, 8) == 0)
            return false;
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 16 : 2 * p->cap;
        uint8_t(*more)[8] = xj_fold_array(c->f, cap, sizeof *more);
        if (more == NULL)
            return false;
        if (p->n > 0)
            memcpy(more, p->at, p->n * sizeof *more);
        p->at = more;
        p->cap = cap;
    }
    memcpy(p->at[p->n++], party, 8);
    return true;
}

static void count_party(struct counter *c, struct parties *p, struct xj_tally_view v, const uint8_t party[8])
{
    if (!add_party(c, p, party))
        return;
    v.has_party = true;
    memcpy(v.party, party, 8);
    tell(c, &v);
}

/* An act that names nobody speaks of all; where nobody is named at all, of one, once. */
static void count_parties(struct counter *c, uint16_t statistic)
{
    static const uint8_t nobody[8] = {0};
    struct parties seen = {.n = 0};
    for (size_t i = 0; i < c->chosen_count; i++) {
        const struct xj_fold_act *a = c->chosen[i];
        struct xj_tally_view v = unit_of(c, statistic, a);
        for (size_t k = 0; k < a->subject_count; k++)
            count_party(c, &seen, v, a->subjects[k].party);
        for (size_t k = 0; a->subject_count == 0 && k < c->facts->party_count; k++)
            count_party(c, &seen, v, c->facts->parties[k]);
        if (a->subject_count == 0 && c->facts->party_count == 0 && add_party(c, &seen, nobody))
            tell(c, &v);
    }
}

static void sum_act(struct counter *c, uint16_t statistic, const struct xj_fold_act *a)
{
    struct xj_tally_view v = unit_of(c, statistic, a);
    if (c->facts->figure(c->facts->ctx, &a->id, a->act, c->f->m->statistics[statistic].figure, &v.value, &v.unread))
        tell(c, &v);
}

static void count_acts(struct counter *c, uint16_t statistic)
{
    const struct xj_m_statistic *s = &c->f->m->statistics[statistic];
    choose(c, s);
    if (s->once == XJ_ONCE_PARTY) {
        count_parties(c, statistic);
        return;
    }
    for (size_t i = 0; i < c->chosen_count && (i == 0 || s->once == XJ_ONCE_NEVER); i++) {
        struct xj_tally_view v = unit_of(c, statistic, c->chosen[i]);
        if (s->kind == XJ_COUNT_SUM)
            sum_act(c, statistic, c->chosen[i]);
        else
            tell(c, &v);
    }
}

/* ---- duties ---- */

/* Spec 4.3. */
static void date_duty(const struct xj_duty_view *d, struct xj_tally_view *v)
{
    const bool met = d->status == XJ_DUTY_MET;
    const bool sure = d->due_known && d->sure_ms != INT64_MAX;
    v->dated = sure || (met && (d->due_known || d->done_dated));
    v->at_ms = sure ? d->sure_ms : d->due_known ? d->due_ms : d->done_to_ms;
}

/* What became of it, as far as the acts tell: an open one may become overdue, if it has a date at all. */
static unsigned outcomes_of(const struct xj_m_duty *row, const struct xj_duty_view *d)
{
    switch (d->status) {
    case XJ_DUTY_MET:
        return XJ_OUTCOME_MET;
    case XJ_DUTY_LATE:
        return XJ_OUTCOME_LATE;
    case XJ_DUTY_UNDATABLE:
        return XJ_OUTCOME_UNDATABLE;
    case XJ_DUTY_OPEN:
    case XJ_DUTY_INVALID:
    default:
        return XJ_OUTCOME_PENDING | (d->due_known && d->sure_ms != INT64_MAX && !d->paused && !row->may ? (unsigned)XJ_OUTCOME_OVERDUE : 0u);
    }
}

static enum xj_tally_open open_of(unsigned wanted, unsigned possible)
{
    unsigned both = wanted & possible;
    if (both == possible)
        return XJ_TALLY_SETTLED;
    return (both & XJ_OUTCOME_OVERDUE) != 0 ? XJ_TALLY_ONCE_OVERDUE : XJ_TALLY_UNTIL_OVERDUE;
}

static bool count_duty(void *arg, const struct xj_duty_view *d)
{
    struct counter *c = arg;
    const struct xj_model *m = c->f->m;
    const struct xj_m_duty *row = d->row;
    const unsigned possible = outcomes_of(row, d);
    struct xj_tally_view v = {.duty = d->duty, .row = d->row, .act = d->started_by, .agency = d->obligor, .source = c->source,
                              .subjects = d->subjects,
                              .subject_count = d->subject_count};
    if (!d->limited)
        return true;
    date_duty(d, &v);
    for (uint16_t i = 0; i < m->statistic_count; i++) {
        const struct xj_m_statistic *s = &m->statistics[i];
        bool named = s->duty_count == 0 ? !row->may : xj_fold_listed(s->duties, s->duty_count, d->duty);
        if (s->kind != XJ_COUNT_DUTIES || !named || (s->outcomes & possible) == 0 || !has_role(c, s->by, &d->started_by, d->obligor))
            continue;
        v.statistic = i;
        v.open = open_of(s->outcomes, possible);
        tell(c, &v);
    }
    return !c->stopped && c->f->err == XJ_OK;
}

enum xj_err xj_engine_tally(const struct xj_engine *e, struct xj_id case_id, const struct xj_tally_facts *facts,
                            xj_tally_visit *visit, void *arg)
{
    struct xj_fold f;
    struct counter c = {.f = &f, .facts = facts, .visit = visit, .arg = arg};
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    c.acts = xj_fold_record(&f, &c.act_count);
    c.chosen = xj_fold_array(&f, c.act_count, sizeof(struct xj_fold_act *));
    if (c.acts == NULL || c.chosen == NULL)
        goto out;
    c.source = source_of(&c);
    for (size_t i = 0; i < c.act_count; i++) {
        struct xj_tally_view v = unit_of(&c, XJ_NONE, c.acts[i]);
        tell(&c, &v);
    }
    for (uint16_t i = 0; i < f.m->statistic_count; i++)
        if (f.m->statistics[i].kind == XJ_COUNT_ACTS || f.m->statistics[i].kind == XJ_COUNT_SUM)
            count_acts(&c, i);
    xj_fold_duties_show(&f, count_duty, &c);
out:
    return xj_fold_close(&f);
}
