/* Random histories: what an agency plans from its own view is admitted, and views agree with the exchange. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "schema/base/hash.h"
#include "tests/unit/agreement.h"

#define HISTORIES 200
#define STEPS 60

struct rng {
    uint64_t s;
};

static unsigned pick(struct rng *r, unsigned n)
{
    r->s ^= r->s << 13;
    r->s ^= r->s >> 7;
    r->s ^= r->s << 17;
    return (unsigned)((r->s >> 20) % n);
}

static const char *fitting_act(struct world *w, struct rng *r, enum who who)
{
    struct xj_engine e = engine_at(w, -1);
    xj_roles role = xj_model_role(w->model, e.facts.role(e.facts.ctx, name_of(who)));
    for (int tries = 0; tries < 200; tries++) {
        const struct xj_m_act *m = &w->model->acts[pick(r, w->model->act_count)];
        if ((m->roles & role) != 0 || tries > 150)
            return m->name.id;
    }
    return "disposal_note";
}

struct open_search {
    struct rng *r;
    struct xj_slice who;
    unsigned n;
    uint16_t question;
};

/* One of the open questions put to the agency, each as likely. */
static bool see_open(void *arg, const struct xj_question_view *q)
{
    struct open_search *s = arg;
    for (size_t i = 0; q->open && i < q->asked_count; i++)
        if (xj_slice_eq(q->asked[i], s->who) && pick(s->r, ++s->n) == 0)
            s->question = q->question;
    return true;
}

/* An act that answers (or hands on) something put to the agency, or NULL. */
static const char *answering_act(struct world *w, struct rng *r, enum who who)
{
    struct open_search s = {.r = r, .who = name_of(who), .question = XJ_NONE};
    struct xj_engine e = engine_at(w, (int)who);
    assert_int_equal(xj_engine_questions(&e, w->case_id, see_open, &s), XJ_OK);
    const char *act = NULL;
    unsigned n = 0;
    for (uint16_t a = 0; s.question != XJ_NONE && a < w->model->act_count; a++) {
        const struct xj_m_act *m = &w->model->acts[a];
        bool fits = false;
        for (uint16_t i = 0; i < m->answer_count; i++)
            fits = fits || m->answers[i].question == s.question;
        for (uint16_t i = 0; i < m->pass_count; i++)
            fits = fits || m->passes[i] == s.question;
        if (fits && pick(r, ++n) == 0)
            act = m->name.id;
    }
    return act;
}

static struct deed random_deed(struct world *w, struct rng *r, const struct xj_id *done, size_t done_n)
{
    static const int subjects[] = {1, 2, 3, 11, 12, 21};
    static const char *const dates[] = {"2026-02-11", "2025-12", "2024-05-01/2024-05-09", "2003-01-01"};
    struct deed d = {.from = (enum who)pick(r, PAPER)};
    d.late = pick(r, 10) < 3;
    d.actor = d.late && pick(r, 4) == 0 && d.from != PAPER ? PAPER + 1 : 0;
    d.act = fitting_act(w, r, d.actor > 0 ? PAPER : d.from);
    const char *answering = d.actor == 0 && pick(r, 4) > 0 ? answering_act(w, r, d.from) : NULL;
    if (answering != NULL)
        d.act = answering;
    if (pick(r, answering != NULL ? 4 : 2) == 0)
        d.subject1 = subjects[pick(r, 6)];
    if (d.subject1 == 1 && pick(r, 2) == 0)
        d.subject2 = pick(r, 2) == 0 ? 2 : 21;
    if (pick(r, 2) == 0)
        d.to1 = (int)pick(r, PAPER) + 1;
    if (pick(r, 4) == 0)
        d.to2 = (int)pick(r, PAPER) + 1;
    if (pick(r, 2) == 0)
        d.occurred = dates[pick(r, 4)];
    if (done_n > 0 && pick(r, 8) == 0) {
        static const char *const kinds[] = {"voids", "amends", "unreadable", "shares"};
        d.relation = kinds[pick(r, 4)];
        d.target = done[pick(r, (unsigned)done_n)];
    }
    return d;
}

/* A correction names its target's act and, to amend or void, comes from the target's sender. */
static void fit_correction(const struct xj_header *headers, size_t n, struct deed *d, struct world *w)
{
    for (size_t i = 0; i < n; i++) {
        const struct xj_header *h = &headers[i];
        if (d->relation == NULL || !xj_id_eq(&h->id, &d->target))
            continue;
        d->act = w->model->acts[xj_model_act(w->model, h->act)].name.id;
        d->subject1 = d->subject2 = 0;
        if (strcmp(d->relation, "unreadable") == 0 || strcmp(d->relation, "shares") == 0) {
            d->actor = 0;
            return;
        }
        for (int k = 0; k < STRANGER; k++)
            if (xj_slice_eq(h->from, name_of((enum who)k)))
                d->from = (enum who)k;
        d->actor = h->actor.n > 0 ? PAPER + 1 : 0;
        d->late = h->mode == XJ_MODE_LATE_ENTRY;
        for (size_t s = 0; s < h->subject_count && s < 2; s++) {
            int code = h->subjects[s].party[0];
            code = h->subjects[s].has_charge ? code * 10 + h->subjects[s].charge[0] - 1 : code;
            *(s == 0 ? &d->subject1 : &d->subject2) = code;
        }
    }
}

/* ---- views against the exchange ---- */

static bool is_gone(const struct world *w, enum who who)
{
    for (size_t i = 0; i < w->heir_count; i++)
        if (w->heirs[i].agency == who)
            return true;
    return false;
}

static size_t compare_views(struct world *w)
{
    size_t compared = 0;
    for (int i = 0; i < STRANGER; i++) {
        struct xj_engine e = engine_at(w, i);
        if (i == PAPER || is_gone(w, (enum who)i))
            continue; /* unconnected; what came since went to its holder */
        compared += assert_agrees(w, &e);
    }
    return compared;
}

struct tally {
    size_t admitted, refused, corrected, answered, heirs;
    struct xj_hash trace; /* of all that was decided */
};

static void trace(struct tally *t, const void *p, size_t n)
{
    struct xj_slice parts[2] = {xj_hash_slice(&t->trace), xj_slice_of(p, n)};
    t->trace = xj_sha256(parts, 2);
}

static void trace_verdict(struct world *w, struct tally *t)
{
    struct xj_buf b;
    xj_buf_init(&b, 1u << 20);
    xj_header_encode(&w->h, &b);
    for (size_t i = 0; i < w->verdict.after_count; i++) {
        const struct xj_after *a = &w->verdict.after[i];
        xj_buf_addf(&b, "%d %d %.*s;", a->track, a->state, (int)a->owner.n, (const char *)a->owner.p);
        xj_buf_add(&b, a->subject.party, a->has_subject ? 8 : 0);
    }
    for (size_t i = 0; i < w->verdict.breach_count; i++)
        xj_buf_addf(&b, "%s %s;", w->verdict.breaches[i].code, w->verdict.breaches[i].detail);
    assert_int_equal(b.err, XJ_OK);
    trace(t, b.p, b.n);
    xj_buf_free(&b);
}

/* Some step on, three agencies are merged into others of their kind, which have their histories from then on. */
static const enum who heirs[][2] = {{MARKET, ENV}, {POLICE, POLICE2}, {PROC, PROC2}};

static void merge(struct world *w)
{
    char when[20];
    int64_t day_ms = w->now_ms;
    struct tm tm;
    time_t seconds = (time_t)(day_ms / 1000 + 8 * 3600);
    gmtime_r(&seconds, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M", &tm);
    for (size_t i = 0; i < 3; i++)
        world_succeeds(w, heirs[i][0], heirs[i][1], when);
    for (size_t i = 0; i < 3; i++)
        world_hand_over(w, heirs[i][0], heirs[i][1]);
}

static void run_history(struct world *w, struct rng *r, int merge_at, struct tally *t)
{
    static struct xj_header headers[STEPS];
    struct xj_id done[STEPS];
    size_t n = 0;
    world_forget(w);
    for (int step = 0; step < STEPS; step++) {
        if (step == merge_at)
            merge(w);
        struct deed d = random_deed(w, r, done, n);
        fit_correction(headers, n, &d, w);
        w->now_ms += (int64_t)pick(r, 36) * 3600000;
        assert_int_equal(world_plan(w, &d), XJ_OK);
        if (w->refused.code != NULL) {
            trace(t, w->refused.code, strlen(w->refused.code));
            t->refused++;
            continue;
        }
        assert_false(is_gone(w, d.from) && !d.late && (d.relation == NULL || strcmp(d.relation, "amends") == 0));
        assert_int_equal(world_judge(w), XJ_OK);
        /* who has nothing of the case cannot know that others have opened it */
        if (w->verdict.refusal.code != NULL && w->view[d.from].n == 0 && strcmp(w->verdict.refusal.code, "may_not_act") == 0) {
            t->refused++;
            continue;
        }
        /* nor can one that is succeeded know what its holder has done since */
        if (w->verdict.refusal.code != NULL && is_gone(w, d.from)) {
            t->refused++;
            continue;
        }
        if (w->verdict.refusal.code != NULL)
            fprintf(stderr, "%s by %s, step %d: planned, but refused %s (%s)\n", d.act, (const char *)name_of(d.from).p, step,
                    w->verdict.refusal.code, w->verdict.refusal.detail);
        assert_null(w->verdict.refusal.code);
        trace_verdict(w, t);
        world_apply(w);
        for (size_t i = 0; step >= merge_at && i < w->heir_count; i++)
            t->heirs += w->heirs[i].next == d.from;
        t->admitted++;
        t->corrected += d.relation != NULL;
        t->answered += w->h.answer_count;
        headers[n] = w->h;
        done[n++] = w->h.id;
        struct xj_duty_view v;
        duty(w, -1, "D08", 0, &v);
    }
    assert_true(compare_views(w) > 0);
}

static void run_all(bool knows_successions, bool merging, struct tally *t)
{
    static struct world w;
    static const uint64_t seeds[] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0x1234567f4a7c1577), UINT64_C(0xd1b54a32d192ed03)};
    world_up(&w);
    w.knows_successions = knows_successions;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        struct rng r = {seeds[s]};
        for (int i = 0; i < HISTORIES; i++)
            run_history(&w, &r, merging ? (int)pick(&r, STEPS) : STEPS, t);
    }
    world_down(&w);
    print_message("admitted %zu, refused %zu, corrections %zu, answers %zu, by successors %zu\n", t->admitted, t->refused, t->corrected,
                  t->answered, t->heirs);
    assert_true(t->admitted > HISTORIES * 10);
    assert_true(t->corrected > HISTORIES / 2);
    assert_true(t->answered > HISTORIES * 5);
}

static void plans__from_partial_views_are_admitted(void **state)
{
    struct tally t = {0};
    (void)state;
    run_all(false, false, &t);
}

/* A register in which somebody else was succeeded decides everything as one without such facts, byte for byte. */
static void successions__of_others_change_nothing(void **state)
{
    struct tally again = {0}, without = {0}, with = {0};
    (void)state;
    run_all(false, false, &again);
    run_all(false, false, &without);
    assert_memory_equal(without.trace.b, again.trace.b, sizeof without.trace.b);
    run_all(true, false, &with);
    assert_memory_equal(without.trace.b, with.trace.b, sizeof without.trace.b);
}

static void plans__of_successors_are_admitted(void **state)
{
    struct tally t = {0};
    (void)state;
    run_all(true, true, &t);
    assert_true(t.heirs > HISTORIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans__from_partial_views_are_admitted),
        cmocka_unit_test(successions__of_others_change_nothing),
        cmocka_unit_test(plans__of_successors_are_admitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
