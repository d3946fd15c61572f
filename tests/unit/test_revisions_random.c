/* Random histories that run over two revisions of a procedure. Whatever happened and in whatever order it arrived: the exchange's
 * fold, every agency's, and a fold anew from the first act hold the same; and no clock that ran reads otherwise after the move.
 * Procedure: tests/procedures/relay.yaml, then relay.next.yaml. Spec: schema/spec/09-fold.md, section 12. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/procedures/fixture.h"
#include "tests/unit/agreement.h"
#include "tests/unit/engineworld.h"

#define HISTORIES 400
#define STEPS 40
#define PEOPLE SUPER /* those whose roles the procedure names, without the last two */

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

/* An act as it was admitted, with nothing that the world will write over; and who received it. */
struct kept {
    struct xj_header h;
    struct xj_after after[XJ_MAX_AFTER];
    struct xj_breach breaches[XJ_MAX_BREACHES];
    struct xj_admitted_act act;
    bool party[WHO_COUNT];
};

struct history {
    struct world *w;
    struct rng r;
    struct kept kept[STEPS];
    size_t n;
    struct {
        struct xj_id id;
        enum who to;
        int64_t at_ms;
    } delivered[STEPS];
    size_t delivered_n;
};

struct tally {
    size_t admitted, refused, moved, unseen, voided, rearranged, clocks, ended;
};

static enum who who_is(struct xj_slice agency)
{
    for (int i = 0; i < STRANGER; i++)
        if (xj_slice_eq(agency, name_of((enum who)i)))
            return (enum who)i;
    return STRANGER;
}

static void keep_act(struct history *x)
{
    struct kept *k = &x->kept[x->n++];
    const struct xj_verdict *v = &x->w->verdict;
    memset(k->party, 0, sizeof k->party);
    k->h = x->w->h;
    for (size_t i = 0; i < k->h.track_count; i++)
        k->h.tracks[i].owner = name_of(who_is(k->h.tracks[i].owner));
    k->party[who_is(k->h.from)] = true;
    for (size_t i = 0; i < k->h.to_count; i++) {
        k->h.to[i].agency = name_of(who_is(k->h.to[i].agency));
        k->party[who_is(k->h.to[i].agency)] = true;
    }
    for (size_t i = 0; i < v->after_count; i++) {
        k->after[i] = v->after[i];
        k->after[i].owner = name_of(who_is(v->after[i].owner));
    }
    memcpy(k->breaches, v->breaches, sizeof k->breaches);
    k->act = (struct xj_admitted_act){.header = &k->h, .seq = x->w->seq, .admitted_ms = x->w->now_ms, .after = k->after,
                                      .after_count = v->after_count, .breaches = k->breaches, .breach_count = v->breach_count};
}

/* ---- what to do next ---- */

static const char *fitting_act(struct history *x, const struct xj_model *m, enum who who)
{
    struct xj_engine e = engine_at(x->w, -1);
    xj_roles role = xj_model_role(m, e.facts.role(e.facts.ctx, name_of(who)));
    for (int tries = 0; tries < 100; tries++) {
        const struct xj_m_act *a = &m->acts[pick(&x->r, m->act_count)];
        if ((a->roles & role) != 0)
            return a->name.id;
    }
    return m->acts[0].name.id;
}

struct open_search {
    struct rng *r;
    struct xj_slice who;
    unsigned n;
    const struct xj_model *m;
    const char *question;
};

static bool see_open(void *arg, const struct xj_question_view *q)
{
    struct open_search *s = arg;
    for (size_t i = 0; q->open && i < q->asked_count; i++)
        if (xj_slice_eq(q->asked[i], s->who) && pick(s->r, ++s->n) == 0)
            s->question = s->m->questions[q->question].name.id;
    return true;
}

/* An act of the model that answers or hands on something put to the agency, or NULL. */
static const char *answering_act(struct history *x, const struct xj_model *m, enum who who)
{
    struct open_search s = {.r = &x->r, .who = name_of(who), .m = model_at(x->w, (int)who)};
    struct xj_engine e = engine_at(x->w, (int)who);
    assert_int_equal(xj_engine_questions(&e, x->w->case_id, see_open, &s), XJ_OK);
    uint16_t q = s.question == NULL ? (uint16_t)XJ_NONE : xj_model_question(m, xj_slice_cstr(s.question));
    if (q == XJ_NONE && s.question != NULL && strcmp(s.question, "decision") == 0)
        q = xj_model_question(m, xj_slice_cstr("ruling"));
    const char *act = NULL;
    unsigned n = 0;
    for (uint16_t a = 0; q != XJ_NONE && a < m->act_count; a++) {
        bool fits = false;
        for (uint16_t i = 0; i < m->acts[a].answer_count; i++)
            fits = fits || m->acts[a].answers[i].question == q;
        for (uint16_t i = 0; i < m->acts[a].pass_count; i++)
            fits = fits || m->acts[a].passes[i] == q;
        if (fits && pick(&x->r, ++n) == 0)
            act = m->acts[a].name.id;
    }
    return act;
}

/* A correction of something that was done, under the name that its act has in the model. */
static bool correct(struct history *x, const struct xj_model *m, struct deed *d)
{
    static const char *const kinds[] = {"voids", "amends", "unreadable", "shares"};
    static const char *const renamed[][2] = {{"assign", "hand_on"}, {"filed", "docketed"}, {"longer", "extended"}};
    const struct kept *k = &x->kept[pick(&x->r, (unsigned)x->n)];
    d->relation = kinds[pick(&x->r, 4)];
    d->target = k->h.id;
    bool moved = m != x->w->model && xj_hash_eq(&k->h.revision, &x->w->model->revision);
    uint16_t a = xj_model_act(m, k->h.act);
    for (size_t i = 0; moved && i < 3; i++)
        if (xj_slice_is(k->h.act, renamed[i][0]))
            a = xj_model_act(m, xj_slice_cstr(renamed[i][1]));
    if (a == XJ_NONE)
        return false;
    d->act = m->acts[a].name.id;
    d->subject1 = d->subject2 = 0;
    if (strcmp(d->relation, "unreadable") == 0 || strcmp(d->relation, "shares") == 0)
        return true;
    d->from = who_is(k->h.from);
    d->late = k->h.mode == XJ_MODE_LATE_ENTRY;
    for (size_t s = 0; s < k->h.subject_count && s < 2; s++) {
        int code = k->h.subjects[s].party[0];
        code = k->h.subjects[s].has_charge ? code * 10 + k->h.subjects[s].charge[0] - 1 : code;
        *(s == 0 ? &d->subject1 : &d->subject2) = code;
    }
    return true;
}

static struct deed next_deed(struct history *x)
{
    static const int subjects[] = {1, 2, 11, 12, 21};
    static const char *const dates[] = {"2026-02-11", "2025-12", "2024-05-01/2024-05-09"};
    struct deed d = {.from = (enum who)pick(&x->r, PEOPLE), .old = pick(&x->r, 4) == 0, .late = pick(&x->r, 8) == 0};
    const struct xj_model *m = model_for(x->w, d.from, d.old);
    d.act = fitting_act(x, m, d.from);
    const char *answering = pick(&x->r, 4) > 0 ? answering_act(x, m, d.from) : NULL;
    if (answering != NULL)
        d.act = answering;
    if (pick(&x->r, answering != NULL ? 4 : 2) == 0)
        d.subject1 = subjects[pick(&x->r, 5)];
    if (pick(&x->r, 2) == 0)
        d.to1 = (int)pick(&x->r, PEOPLE) + 1;
    if (pick(&x->r, 4) == 0)
        d.to2 = (int)pick(&x->r, PEOPLE) + 1;
    if (pick(&x->r, 3) == 0)
        d.occurred = dates[pick(&x->r, 3)];
    struct deed plain = d;
    if (x->n > 0 && pick(&x->r, 7) == 0 && !correct(x, m, &d))
        d = plain;
    /* a correction comes from its target's sender, who may have the case under another revision */
    if (d.relation != NULL && model_for(x->w, d.from, d.old) != m)
        d = plain;
    return d;
}

/* ---- clocks over the move ---- */

struct clock {
    uint64_t seq;
    enum who obligor;
    const struct xj_m_duty *row;
    bool due_known, done;
    int64_t start_ms, due_ms;
    enum xj_duty_status status;
    size_t subject_count;
    bool ended;
};
struct clocks {
    struct clock at[256];
    size_t n;
};

static bool see_clock(void *arg, const struct xj_duty_view *d)
{
    struct clocks *c = arg;
    assert_true(c->n < 256);
    c->at[c->n++] = (struct clock){d->seq, who_is(d->obligor), d->row, d->due_known, d->done, d->start_ms, d->due_ms, d->status, d->subject_count, d->duty == XJ_NONE};
    return true;
}

static const struct clock *same_clock(const struct clocks *c, const struct clock *like)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct clock *x = &c->at[i];
        if (x->seq == like->seq && x->obligor == like->obligor && x->row == like->row && x->done == like->done &&
            x->subject_count == like->subject_count && x->due_ms == like->due_ms)
            return x;
    }
    return NULL;
}

/* The store's case, carried to the act's revision: every clock reads as it did, but for those that end. */
static void compare_clocks(struct world *w, int view, const struct xj_model *to, struct tally *t)
{
    static struct clocks before, after;
    struct xj_engine e = engine_at(w, view);
    struct xj_store from = e.store;
    before.n = after.n = 0;
    assert_int_equal(xj_engine_duties(&e, w->case_id, see_clock, &before), XJ_OK);
    xj_memstore_free(&w->apart);
    e.store = xj_memstore_of(&w->apart);
    e.model = to;
    assert_int_equal(xj_engine_carry(&e, &from, w->case_id), XJ_OK);
    assert_int_equal(xj_engine_duties(&e, w->case_id, see_clock, &after), XJ_OK);
    assert_int_equal(before.n, after.n);
    for (size_t i = 0; i < before.n; i++) {
        const struct clock *a = same_clock(&after, &before.at[i]);
        if (a == NULL)
            fail_msg("%s of seq %d reads otherwise after the move", before.at[i].row->name.id, (int)before.at[i].seq);
        assert_int_equal(a->start_ms, before.at[i].start_ms);
        assert_int_equal(a->due_known, before.at[i].due_known);
        if (!a->ended || a->done)
            assert_int_equal(a->status, before.at[i].status);
        t->clocks++;
        t->ended += a->ended;
    }
}

/* ---- folding anew ---- */

/* As a view folds what arrives: an act below the last seq folds the case anew from all that is there. */
static void arrive(struct history *x, struct xj_memstore *m, const size_t *order, size_t n, enum who viewer, bool is_view)
{
    bool here[STEPS] = {false};
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        struct kept *k = &x->kept[order[i]];
        here[order[i]] = true;
        k->act.viewer = is_view ? name_of(viewer) : (struct xj_slice){NULL, 0};
        if (k->act.seq > last) {
            assert_int_equal(world_fold(x->w, m, &k->act), XJ_OK);
            last = k->act.seq;
            continue;
        }
        xj_memstore_free(m);
        for (size_t a = 0; a < x->n; a++) {
            x->kept[a].act.viewer = k->act.viewer;
            if (here[a])
                assert_int_equal(world_fold(x->w, m, &x->kept[a].act), XJ_OK);
        }
    }
}

static void deliver_all(struct history *x, struct xj_memstore *m, int view)
{
    struct xj_engine e = engine_at(x->w, view);
    e.store = xj_memstore_of(m);
    for (size_t i = 0; i < x->delivered_n; i++)
        if (view < 0 || x->delivered[i].to == (enum who)view)
            assert_int_equal(xj_engine_delivered(&e, x->w->case_id, x->delivered[i].id, name_of(x->delivered[i].to), x->delivered[i].at_ms), XJ_OK);
}

static void shuffle(struct rng *r, size_t *order, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = pick(r, (unsigned)i), t = order[i - 1];
        order[i - 1] = order[k];
        order[k] = t;
    }
}

static void compare_folds(struct history *x, int view, const struct xj_memstore *store, struct tally *t)
{
    struct xj_memstore anew = {.n = 0}, mixed = {.n = 0};
    size_t order[STEPS], n = 0;
    for (size_t i = 0; i < x->n; i++)
        if (view < 0 || x->kept[i].party[view])
            order[n++] = i;
    if (n == 0)
        return;
    arrive(x, &anew, order, n, (enum who)(view < 0 ? 0 : view), view >= 0);
    deliver_all(x, &anew, view);
    shuffle(&x->r, order, n);
    arrive(x, &mixed, order, n, (enum who)(view < 0 ? 0 : view), view >= 0);
    deliver_all(x, &mixed, view);
    assert_true(xj_memstore_eq(&anew, store));
    assert_true(xj_memstore_eq(&mixed, store));
    t->rearranged++;
    xj_memstore_free(&anew);
    xj_memstore_free(&mixed);
}

/* ---- views against the exchange ---- */

/* A view that has not seen the case move is compared as it would be once it does. */
static void compare_view(struct history *x, int view, struct tally *t)
{
    struct world *w = x->w;
    struct xj_engine e = engine_at(w, view);
    if (w->view[view].n == 0)
        return;
    if (e.model != model_at(w, -1)) {
        struct xj_store from = e.store;
        xj_memstore_free(&w->apart);
        e.store = xj_memstore_of(&w->apart);
        e.model = model_at(w, -1);
        assert_int_equal(xj_engine_carry(&e, &from, w->case_id), XJ_OK);
        t->unseen++;
    }
    (void)assert_agrees(w, &e);
}

/* ---- one history ---- */

static void fresh(struct history *x)
{
    struct world *w = x->w;
    world_forget(w);
    w->later[0].from_ms = w->now_ms + (int64_t)pick(&x->r, 20) * 86400000;
    x->n = x->delivered_n = 0;
}

/* False: it was refused, for a reason that is in order. */
static bool admit(struct history *x, const struct deed *d)
{
    struct world *w = x->w;
    assert_int_equal(world_plan(w, d), XJ_OK);
    if (w->refused.code != NULL)
        return false;
    assert_int_equal(world_judge(w), XJ_OK);
    const char *code = w->verdict.refusal.code;
    if (code == NULL)
        return true;
    /* who has nothing of the case cannot know that others have opened it; who did not see it move, or sees less that is open, learns it so */
    if (w->view[d->from].n == 0 && strcmp(code, "may_not_act") == 0)
        return false;
    if (strcmp(code, "revision_unknown") != 0)
        fail_msg("%s: planned, but refused %s (%s)", d->act, code, w->verdict.refusal.detail);
    assert_false(xj_hash_eq(&w->h.revision, &model_at(w, -1)->revision));
    return false;
}

static void step(struct history *x, struct tally *t)
{
    struct world *w = x->w;
    w->now_ms += (int64_t)pick(&x->r, 48) * 3600000;
    struct deed d = next_deed(x);
    if (!admit(x, &d)) {
        t->refused++;
        return;
    }
    const struct xj_model *to = xj_hash_eq(&w->h.revision, &w->model->revision) ? w->model : w->later[0].model;
    for (int view = -1; view < STRANGER; view++) {
        bool party = view < 0 || xj_slice_eq(w->h.from, name_of((enum who)view));
        for (size_t i = 0; i < w->h.to_count && !party; i++)
            party = xj_slice_eq(w->h.to[i].agency, name_of((enum who)view));
        const struct xj_memstore *m = view < 0 ? &w->exchange : &w->view[view];
        if (party && m->n > 0 && model_at(w, view) != to) {
            compare_clocks(w, view, to, t);
            t->moved += view < 0;
        }
    }
    world_apply(w);
    keep_act(x);
    t->admitted++;
    t->voided += d.relation != NULL && strcmp(d.relation, "voids") == 0;
    if (pick(&x->r, 3) == 0 && w->h.to_count > 0) {
        enum who to_whom = who_is(w->h.to[0].agency);
        x->delivered[x->delivered_n].id = w->h.id;
        x->delivered[x->delivered_n].to = to_whom;
        x->delivered[x->delivered_n++].at_ms = w->now_ms + 60000;
        struct xj_engine e = engine_at(w, -1);
        assert_int_equal(xj_engine_delivered(&e, w->case_id, w->h.id, name_of(to_whom), w->now_ms + 60000), XJ_OK);
        e = engine_at(w, (int)to_whom);
        assert_int_equal(xj_engine_delivered(&e, w->case_id, w->h.id, name_of(to_whom), w->now_ms + 60000), XJ_OK);
    }
}

static void run(struct history *x, struct tally *t)
{
    fresh(x);
    for (int i = 0; i < STEPS; i++)
        step(x, t);
    compare_folds(x, -1, &x->w->exchange, t);
    for (int view = 0; view < STRANGER; view++) {
        compare_folds(x, view, &x->w->view[view], t);
        compare_view(x, view, t);
    }
}

static void folds__over_two_revisions_agree_in_any_order(void **state)
{
    static struct world w;
    static struct history x;
    static const uint64_t seeds[] = {UINT64_C(0x9e3779b97f4a7c15), UINT64_C(0x1234567f4a7c1577), UINT64_C(0xd1b54a32d192ed03)};
    struct tally t = {0};
    struct xj_buf first = read_text(RELAY_YAML), text = read_text(RELAY_NEXT_YAML);
    (void)state;
    world_up_under(&w, model_of_text(&first));
    struct xj_buf next = in_place_of(&text, w.model);
    world_revise(&w, model_of_text(&next), w.now_ms);
    x.w = &w;
    for (size_t s = 0; s < sizeof seeds / sizeof seeds[0]; s++) {
        x.r = (struct rng){seeds[s]};
        for (int i = 0; i < HISTORIES; i++)
            run(&x, &t);
    }
    world_down(&w);
    xj_buf_free(&first);
    xj_buf_free(&text);
    xj_buf_free(&next);
    print_message("admitted %zu, refused %zu, moved %zu, views behind %zu, voided %zu, folds compared %zu, clocks over a move %zu, ended %zu\n",
                  t.admitted, t.refused, t.moved, t.unseen, t.voided, t.rearranged, t.clocks, t.ended);
    assert_true(t.moved > HISTORIES);
    assert_true(t.unseen > 10 && t.voided > 100 && t.clocks > 1000 && t.ended > 100);
    assert_true(t.admitted > HISTORIES * 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds__over_two_revisions_agree_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
