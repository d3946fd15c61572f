/* The fold over a store that fails, and over records that are not as they were written: every call says so and none goes on with half of
 * it. Specs: schema/spec/05-ledger.md, section 6; schema/spec/09-fold.md; codes: schema/spec/00-conventions.md, section 5. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/engine_state.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/engineworld.h"

#define DAY_MS INT64_C(86400000)

/* ---- a case with something of everything, and the act that comes next ---- */

struct scene {
    struct world w;
    struct xj_memstore before; /* the exchange's store */
    struct xj_id first;        /* the transfer */
    struct deed next;
    const struct xj_model *to; /* the revision that the case could move to, or NULL */
};

static struct xj_model *relay(void)
{
    struct xj_buf text = read_text(RELAY_YAML);
    struct xj_model *m = model_of_text(&text);
    xj_buf_free(&text);
    return m;
}

static void publish_next(struct world *w)
{
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->model);
    world_revise(w, model_of_text(&named), w->now_ms);
    xj_buf_free(&text);
    xj_buf_free(&named);
}

static void copy_store(const struct xj_memstore *from, struct xj_memstore *to)
{
    struct xj_store s = xj_memstore_of(to);
    xj_memstore_free(to);
    for (size_t i = 0; i < from->n; i++)
        assert_int_equal(s.put(s.ctx, xj_slice_of(from->at[i].key, from->at[i].key_n), xj_slice_of(from->at[i].value, from->at[i].value_n)),
                         XJ_OK);
    to->calls = 0;
}

/* Sent for two parties, taken, one filed on by charge, passed on, extended, halted, watched, dated anew, one act void. */
static void go_far(struct scene *s)
{
    struct world *w = &s->w;
    DO(w, .from = MARKET, .act = "plan", .subject1 = 1, .subject2 = 2);
    DO(w, .from = MARKET, .act = "plan_agreed");
    s->first = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    world_delivered(w, s->first, POLICE, "2026-03-02T11:00");
    w->now_ms += 2 * 3600000;
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = POLICE, .act = "taken", .subject1 = 1);
    w->now_ms += DAY_MS;
    struct xj_id memo = DO(w, .from = POLICE, .act = "memo", .subject1 = 1);
    DO(w, .from = POLICE, .act = "memo", .relation = "voids", .target = memo);
    DO(w, .from = POLICE, .act = "filed", .subject1 = 11);
    DO(w, .from = POLICE, .act = "longer");
    DO(w, .from = POLICE, .act = "halt", .subject1 = 11);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "reasons_given");
    DO(w, .from = MARKET, .act = "transfer", .relation = "amends", .target = s->first, .occurred = "2026-03-01", .subject1 = 1,
       .subject2 = 2);
    DO(w, .from = MARKET, .act = "memo", .late = true, .occurred = "2026-02");
    DO(w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1);
    w->now_ms += 9 * DAY_MS;
}

/* relay.yaml in which reasons may be handed on, and who gives them asks somebody in turn. */
static struct xj_model *relay_that_asks_back(void)
{
    struct xj_buf text = read_text(RELAY_YAML);
    struct xj_buf a = replaced(&text, "  reasons: {zh: 说明理由", "  noted: {zh: 已阅, en: noted, asked: procuratorate}\n  reasons: {zh: 说明理由");
    struct xj_buf b = replaced(&a, "moves: [[oversight, asked, settled]]}}, vis",
                               "moves: [[oversight, asked, settled]]}}, opens: {noted: procuratorate}, vis");
    struct xj_buf c = replaced(&b, "passes: [decision]", "passes: [decision, reasons]");
    struct xj_buf d = replaced(
        &c, "  memo: {zh: 记事",
        "  seen: {zh: 已阅, en: seen, roles: procuratorate, answers: {noted: opt}, vis: open, cite: 规则7, tag: C}\n  memo: {zh: 记事");
    struct xj_model *m = model_of_text(&d);
    struct xj_buf *const done[] = {&text, &a, &b, &c, &d};
    for (size_t i = 0; i < sizeof done / sizeof done[0]; i++)
        xj_buf_free(done[i]);
    return m;
}

static struct scene *scene_under(struct xj_model *model, struct deed next)
{
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    world_up_under(&s->w, model);
    go_far(s);
    s->next = next;
    return s;
}

static struct scene *scene_of(struct deed next)
{
    return scene_under(relay(), next);
}

/* The act that comes next, judged; what the store then holds is kept. */
static void stand(struct scene *s)
{
    const char *code = world_try(&s->w, &s->next);
    if (code != NULL)
        fail_msg("%s is refused: %s %s%s", s->next.act, code, s->w.refused.detail, s->w.verdict.refusal.detail);
    copy_store(&s->w.exchange, &s->before);
}

static void scene_down(struct scene *s)
{
    xj_memstore_free(&s->before);
    world_down(&s->w);
    free(s);
}

/* ---- the calls ---- */

typedef enum xj_err call(struct scene *s, const struct xj_engine *e);

static enum xj_err judge(struct scene *s, const struct xj_engine *e)
{
    static struct xj_verdict v;
    return xj_engine_judge(e, &s->w.h, s->w.now_ms, &v);
}

static enum xj_err apply(struct scene *s, const struct xj_engine *e)
{
    const struct xj_verdict *v = &s->w.verdict;
    const struct xj_admitted_act act = {.header = &s->w.h, .seq = s->w.seq + 1, .admitted_ms = s->w.now_ms, .after = v->after,
                                        .after_count = v->after_count, .breaches = v->breaches, .breach_count = v->breach_count};
    return xj_engine_apply(e, &act);
}

static enum xj_err apply_in_a_view(struct scene *s, const struct xj_engine *e)
{
    const struct xj_verdict *v = &s->w.verdict;
    const struct xj_admitted_act act = {.header = &s->w.h, .seq = s->w.seq + 1, .admitted_ms = s->w.now_ms, .after = v->after,
                                        .after_count = v->after_count,
                                        .viewer = name_of(POLICE)};
    return xj_engine_apply(e, &act);
}

static enum xj_err plan(struct scene *s, const struct xj_engine *e)
{
    static struct xj_header h;
    const struct xj_slice principal = name_of(POLICE2);
    struct xj_refusal refusal;
    struct xj_buf arena;
    const struct xj_plan_in in = {.case_id = s->w.case_id, .act = xj_model_act(e->model, s->w.h.act), .now_ms = s->w.now_ms,
                                  .from = s->w.h.from, .mode = s->w.h.mode, .subjects = s->w.h.subjects,
                                  .subject_count = s->w.h.subject_count, .principals = &principal, .principal_count = 1,
                                  .fill_answers = true};
    h = (struct xj_header){.has_occurred = s->w.h.has_occurred,
                           .occurred_from_ms = s->w.h.occurred_from_ms,
                           .occurred_to_ms = s->w.h.occurred_to_ms,
                           .relate_count = s->w.h.relate_count};
    memcpy(h.relates, s->w.h.relates, sizeof h.relates);
    xj_buf_init(&arena, 1 << 20);
    const enum xj_err err = xj_engine_plan(e, &in, &arena, &h, &refusal);
    xj_buf_free(&arena);
    return err;
}

static enum xj_err deliver(struct scene *s, const struct xj_engine *e)
{
    return xj_engine_delivered(e, s->w.case_id, s->first, name_of(POLICE), s->w.now_ms - 10 * DAY_MS);
}

static enum xj_err forget(struct scene *s, const struct xj_engine *e)
{
    return xj_engine_forget(e, s->w.case_id);
}

static enum xj_err revision(struct scene *s, const struct xj_engine *e)
{
    struct xj_hash r;
    return xj_engine_revision(&e->store, s->w.case_id, &r);
}

static enum xj_err move(struct scene *s, const struct xj_engine *e)
{
    struct xj_engine next = *e;
    next.model = s->to;
    return s->to != NULL ? xj_engine_carry(&next, &e->store, s->w.case_id) : XJ_OK;
}

static enum xj_err may_move(struct scene *s, const struct xj_engine *e)
{
    struct xj_engine next = *e;
    bool may = false;
    next.model = s->to;
    return s->to != NULL ? xj_engine_may_move(&next, s->w.case_id, s->w.now_ms, &may) : XJ_OK;
}

static bool any_row(void *arg, const struct xj_row_view *v)
{
    (void)arg;
    return v->owner.n > 0;
}

static enum xj_err rows(struct scene *s, const struct xj_engine *e)
{
    return xj_engine_rows(e, s->w.case_id, any_row, NULL);
}

static bool any_question(void *arg, const struct xj_question_view *v)
{
    (void)arg;
    (void)v;
    return true;
}

static enum xj_err questions(struct scene *s, const struct xj_engine *e)
{
    return xj_engine_questions(e, s->w.case_id, any_question, NULL);
}

static bool any_duty(void *arg, const struct xj_duty_view *v)
{
    (void)arg;
    (void)v;
    return true;
}

static enum xj_err duties(struct scene *s, const struct xj_engine *e)
{
    return xj_engine_duties(e, s->w.case_id, any_duty, NULL);
}

/* Of every duty that the transfer started; that none is there is no failure. */
static enum xj_err reckon(struct scene *s, const struct xj_engine *e)
{
    enum xj_err err = XJ_OK;
    struct xj_buf out;
    xj_buf_init(&out, 1 << 20);
    for (uint16_t i = 0; (err == XJ_OK || err == XJ_ENOTFOUND) && i < e->model->duty_count; i++)
        err = xj_engine_reckon(e, s->w.case_id, xj_slice_cstr(e->model->duties[i].name.id), 3, NULL, &out);
    xj_buf_free(&out);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static bool has_breach_of(void *ctx, const struct xj_id *act, const char *code, const char *detail)
{
    (void)ctx, (void)act, (void)code, (void)detail;
    return true;
}

static bool is_of_kind(void *ctx, const char *kind)
{
    (void)ctx, (void)kind;
    return true;
}

static bool any_alert(void *arg, const struct xj_alert_view *v)
{
    (void)arg, (void)v;
    return true;
}

static enum xj_err alerts(struct scene *s, const struct xj_engine *e)
{
    const struct xj_alert_facts facts = {.breach = has_breach_of, .kind = is_of_kind};
    return xj_engine_alerts(e, s->w.case_id, &facts, any_alert, NULL);
}

static struct xj_slice role_then(void *ctx, const struct xj_id *act, struct xj_slice agency)
{
    const struct xj_engine *e = ctx;
    (void)act;
    return e->facts.role(e->facts.ctx, agency);
}

static bool any_tally(void *arg, const struct xj_tally_view *v)
{
    (void)arg, (void)v;
    return true;
}

static enum xj_err tally(struct scene *s, const struct xj_engine *e)
{
    const struct xj_tally_facts facts = {.ctx = (void *)(uintptr_t)e, .role = role_then};
    return xj_engine_tally(e, s->w.case_id, &facts, any_tally, NULL);
}

static enum xj_err party(struct scene *s, const struct xj_engine *e)
{
    bool is = false;
    return xj_engine_party(e, s->w.case_id, name_of(COURT), &is);
}

static const struct {
    const char *name;
    call *call;
    bool writes;
} calls[] = {{"judge", judge, false},
             {"apply", apply, true},
             {"apply in a view", apply_in_a_view, true},
             {"plan", plan, false},
             {"deliver", deliver, true},
             {"forget", forget, true},
             {"revision", revision, false},
             {"move", move, true},
             {"may move", may_move, false},
             {"rows", rows, false},
             {"questions", questions, false},
             {"duties", duties, false},
             {"reckon", reckon, false},
             {"alerts", alerts, false},
             {"tally", tally, false},
             {"party", party, false}};
#define CALLS (sizeof calls / sizeof calls[0])

/* ---- a store that fails ---- */

/* Failing at its n-th use the store makes every call fail with the store's own error, n from the first to the last. */
static void assert_every_failure_is_told(struct scene *s)
{
    struct xj_engine e = engine_at(&s->w, -1);
    for (size_t c = 0; c < CALLS; c++)
        for (size_t n = 1;; n++) {
            s->w.exchange.calls = 0;
            s->w.exchange.fail_at = n;
            const enum xj_err err = calls[c].call(s, &e);
            const bool reached = s->w.exchange.calls >= n;
            s->w.exchange.fail_at = 0;
            if (err != (reached ? XJ_EIO : XJ_OK))
                fail_msg("%s with the %zu-th use failing: %s", calls[c].name, n, xj_err_name(err));
            if (!calls[c].writes)
                assert_true(xj_memstore_eq(&s->w.exchange, &s->before));
            else
                copy_store(&s->before, &s->w.exchange); /* the caller rolls back */
            if (!reached)
                break;
        }
}

/* ---- records that are not as they were written ---- */

static void assert_calls_bear_it(struct scene *s, const struct xj_engine *e, size_t *corrupt)
{
    struct xj_memstore damaged = {0};
    copy_store(&s->w.exchange, &damaged);
    for (size_t c = 0; c < CALLS; c++) {
        const enum xj_err err = calls[c].call(s, e);
        if (err != XJ_OK && err != XJ_ECORRUPT && err != XJ_ESTATE && err != XJ_ENOTFOUND && err != XJ_EEXISTS)
            fail_msg("%s of a damaged record: %s", calls[c].name, xj_err_name(err));
        *corrupt += err == XJ_ECORRUPT;
        if (calls[c].writes)
            copy_store(&damaged, &s->w.exchange);
    }
    xj_memstore_free(&damaged);
}

static void assert_damage_is_told(struct scene *s, bool by_bytes, size_t every)
{
    const struct xj_engine e = engine_at(&s->w, -1);
    size_t corrupt = 0, n = 0;
    for (size_t i = 0; i < s->before.n; i++) {
        const size_t size = s->before.at[i].value_n, key = s->before.at[i].key_n;
        for (size_t k = 0; k < (by_bytes ? size : size + key); k++) {
            if (n++ % every != 0)
                continue;
            struct xj_memstore_pair *p = &s->w.exchange.at[i];
            if (by_bytes)
                p->value[k] = (uint8_t)(n % 2 == 0 ? ~p->value[k] : p->value[k] + 1);
            else if (k < size)
                p->value_n = k;
            else if (k - size > 17)
                p->key_n = k - size;
            assert_calls_bear_it(s, &e, &corrupt);
            copy_store(&s->before, &s->w.exchange);
        }
    }
    assert_true(corrupt > 100);
}

/* ---- the scenes ---- */

static struct scene *answering(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE2, .act = "filed", .subject1 = 2});
    stand(s);
    return s;
}

static struct scene *correcting(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE, .act = "longer", .relation = "voids"});
    DO(&s->w, .from = POLICE, .act = "closed", .subject1 = 11);
    s->next.target = DO(&s->w, .from = POLICE, .act = "longer");
    stand(s);
    return s;
}

static struct scene *passing_on(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE2, .act = "assign", .to1 = POLICE3 + 1});
    stand(s);
    return s;
}

static struct scene *planning_more(void)
{
    struct scene *s = scene_of((struct deed){.from = MARKET, .act = "plan", .subject1 = 3});
    stand(s);
    return s;
}

static struct scene *asking_back(void)
{
    struct scene *s = scene_under(relay_that_asks_back(), (struct deed){.from = POLICE2, .act = "reasons_given", .to1 = PROC2 + 1});
    DO(&s->w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    DO(&s->w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1);
    stand(s);
    return s;
}

static struct scene *by_a_successor(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE3, .act = "filed", .subject1 = 2});
    world_succeeds(&s->w, POLICE2, POLICE3, "2026-03-05T09:00");
    world_hand_over(&s->w, POLICE2, POLICE3);
    stand(s);
    return s;
}

static struct scene *before_moving(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE2, .act = "filed", .subject1 = 2, .old = true});
    publish_next(&s->w);
    s->to = s->w.later[0].model;
    stand(s);
    return s;
}

static struct scene *after_moving(void)
{
    struct scene *s = scene_of((struct deed){.from = POLICE2, .act = "docketed", .subject1 = 2});
    publish_next(&s->w);
    DO(&s->w, .from = POLICE, .act = "extended");
    DO(&s->w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 3);
    stand(s);
    return s;
}

typedef struct scene *scene_fn(void);
static scene_fn *const scenes[] = {answering,   correcting,     passing_on,    planning_more,
                                   asking_back, by_a_successor, before_moving, after_moving};
#define SCENES (sizeof scenes / sizeof scenes[0])

static void failing_store__makes_every_call_fail_with_its_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENES; i++) {
        struct scene *s = scenes[i]();
        assert_every_failure_is_told(s);
        scene_down(s);
    }
}

static void records__that_are_cut_are_corrupt_or_not_looked_at(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENES; i++) {
        struct scene *s = scenes[i]();
        assert_damage_is_told(s, false, 5);
        scene_down(s);
    }
}

static void records__with_another_byte_are_read_or_corrupt(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENES; i++) {
        struct scene *s = scenes[i]();
        assert_damage_is_told(s, true, 5);
        scene_down(s);
    }
}

/* The row's owner, with one byte more than the longest id there is; the rest as it was. */
static void lengthen_owner(struct xj_memstore_pair *p)
{
    uint8_t *v = calloc(1, p->value_n + XJ_MAX_AGENCY_BYTES + 1);
    const size_t head = 2, rest = head + 1u + p->value[head]; /* track, length, owner */
    assert_non_null(v);
    memcpy(v, p->value, head);
    v[head] = XJ_MAX_AGENCY_BYTES + 1;
    memset(v + head + 1, 'a', XJ_MAX_AGENCY_BYTES + 1);
    memcpy(v + head + 1 + XJ_MAX_AGENCY_BYTES + 1, p->value + rest, p->value_n - rest);
    p->value_n += XJ_MAX_AGENCY_BYTES + 1u - p->value[head];
    free(p->value);
    p->value = v;
}

/* What a judgement lends of owners has room for ids, and a record is no reason to write beyond it. */
static void records__with_an_owner_longer_than_any_id_are_corrupt(void **state)
{
    (void)state;
    struct scene *s = answering();
    const struct xj_engine e = engine_at(&s->w, -1);
    size_t rows_seen = 0;
    for (size_t i = 0; i < s->before.n; i++) {
        if (s->w.exchange.at[i].key[1 + XJ_ID_SIZE] != XJ_FOLD_ROW)
            continue;
        lengthen_owner(&s->w.exchange.at[i]);
        rows_seen++;
    }
    assert_true(rows_seen > 2);
    assert_int_equal(rows(s, &e), XJ_ECORRUPT);
    assert_int_equal(judge(s, &e), XJ_ECORRUPT);
    scene_down(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_store__makes_every_call_fail_with_its_error),
        cmocka_unit_test(records__that_are_cut_are_corrupt_or_not_looked_at),
        cmocka_unit_test(records__with_another_byte_are_read_or_corrupt),
        cmocka_unit_test(records__with_an_owner_longer_than_any_id_are_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
