/* A case and a revision published in place of its own: when it moves, what it keeps, which clock runs on how. The procedure is
 * tests/procedures/relay.yaml, then relay.next.yaml. Spec: schema/spec/09-fold.md, section 12; 06-register.md, section 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/base/civil.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/engineworld.h"

#define DAY_MS INT64_C(86400000)

static struct xj_model *relay(void)
{
    struct xj_buf text = read_text(RELAY_YAML);
    struct xj_model *m = model_of_text(&text);
    xj_buf_free(&text);
    return m;
}

/* relay.next.yaml in place of `was`, with one piece of it replaced (from NULL: none). */
static struct xj_model *next_of(const struct xj_model *was, const char *from, const char *to)
{
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, was), changed;
    xj_buf_init(&changed, 0);
    if (from != NULL)
        changed = replaced(&named, from, to);
    struct xj_model *m = model_of_text(from != NULL ? &changed : &named);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&changed);
    return m;
}

static int up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    world_up_under(w, relay());
    *state = w;
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    free(*state);
    return 0;
}

static void publish(struct world *w, const char *from, const char *to)
{
    world_revise(w, next_of(w->model, from, to), w->now_ms);
}

static void later(struct world *w, int days)
{
    w->now_ms += days * DAY_MS;
}

static struct xj_id transferred(struct world *w)
{
    DO(w, .from = MARKET, .act = "plan", .subject1 = 1);
    DO(w, .from = MARKET, .act = "plan_agreed");
    return DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1);
}

static struct xj_duty_view only(struct world *w, int view, const char *name)
{
    struct xj_duty_view v;
    memset(&v, 0, sizeof v);
    assert_int_equal(duty(w, view, name, 0, &v), 1);
    return v;
}

/* ---- when it moves ---- */

static void case__moves_with_the_next_act_under_the_new_revision(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    assert_ptr_equal(model_at(w, -1), w->model);
    DO(w, .from = POLICE, .act = "longer", .old = true); /* either will do until it moves */
    assert_ptr_equal(model_at(w, -1), w->model);
    DO(w, .from = POLICE, .act = "receipt");
    assert_ptr_equal(model_at(w, -1), w->later[0].model);
    assert_ptr_equal(model_at(w, POLICE), w->later[0].model);
    assert_ptr_equal(model_at(w, PROC), w->later[0].model);
}

static void old_revision__is_refused_after_the_move_and_not_before(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    assert_null(TRY(w, .from = POLICE, .act = "filed", .subject1 = 1, .old = true)); /* drafted, not sent */
    struct xj_header drafted = w->h;
    DO(w, .from = PROC, .act = "inquiry", .to1 = MARKET + 1);
    assert_ptr_equal(model_at(w, POLICE), w->model); /* did not see it */
    w->h = drafted;
    assert_int_equal(world_judge(w), XJ_OK);
    assert_string_equal(w->verdict.refusal.code, "revision_unknown");
    DO(w, .from = POLICE, .act = "docketed", .subject1 = 1); /* the same, under the new one */
    assert_ptr_equal(model_at(w, POLICE), w->later[0].model);
}

static void new_revision__waits_for_its_day(void **state)
{
    struct world *w = *state;
    transferred(w);
    world_revise(w, next_of(w->model, NULL, NULL), w->now_ms + DAY_MS);
    DO(w, .from = POLICE, .act = "receipt");
    assert_ptr_equal(model_at(w, -1), w->model);
    later(w, 1);
    DO(w, .from = POLICE, .act = "docketed", .subject1 = 1);
    assert_ptr_equal(model_at(w, -1), w->later[0].model);
}

static void closed_cases__stay_when_open_ones_move(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "plan");
    DO(w, .from = MARKET, .act = "plan_agreed");
    publish(w, NULL, NULL);
    assert_ptr_equal(model_for(w, MARKET, false), w->model);
    DO(w, .from = MARKET, .act = "memo"); /* the old revision's act */
    assert_ptr_equal(model_at(w, -1), w->model);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_ptr_equal(model_at(w, -1), w->model); /* it was closed when this was drafted */
    assert_ptr_equal(model_for(w, MARKET, false), w->later[0].model);
}

static void closed_cases__move_when_all_do(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "plan");
    DO(w, .from = MARKET, .act = "plan_agreed");
    publish(w, "cases: open", "cases: all");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_ptr_equal(model_at(w, -1), w->later[0].model);
}

static void no_case__moves_when_none_may(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->model), changed = replaced(&named, "cases: open", "cases: none");
    *strstr((char *)changed.p, "  states: {filing") = '\0';
    changed.n = strlen((char *)changed.p);
    world_revise(w, model_of_text(&changed), w->now_ms);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&changed);
    DO(w, .from = POLICE, .act = "receipt");
    assert_ptr_equal(model_at(w, -1), w->model);
    w->h.revision = w->later[0].model->revision;
    assert_int_equal(world_judge(w), XJ_OK);
    assert_string_equal(w->verdict.refusal.code, "revision_unknown");
}

static void refused_act__moves_nothing(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    struct xj_memstore before = {.n = 0};
    struct xj_store copy = xj_memstore_of(&before);
    for (size_t i = 0; i < w->exchange.n; i++)
        assert_int_equal(copy.put(copy.ctx, xj_slice_of(w->exchange.at[i].key, w->exchange.at[i].key_n),
                                  xj_slice_of(w->exchange.at[i].value, w->exchange.at[i].value_n)), XJ_OK);
    assert_non_null(TRY(w, .from = POLICE, .act = "not_filed", .no_papers = true, .to1 = COURT + 1, .unfilled = true));
    assert_true(xj_memstore_eq(&before, &w->exchange));
    xj_memstore_free(&before);
}

static void map__that_is_not_total_moves_nothing(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, "questions: {decision: ruling}", "questions: {}");
    DO(w, .from = POLICE, .act = "receipt");
    assert_ptr_equal(model_at(w, -1), w->model);
}

/* ---- what it keeps ---- */

static void rows_and_questions__go_by_their_images(void **state)
{
    struct world *w = *state;
    struct xj_id transfer = transferred(w);
    DO(w, .from = POLICE, .act = "filed", .subject1 = 11);
    DO(w, .from = POLICE, .act = "halt", .subject1 = 11);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 11), "held");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 2);
    publish(w, NULL, NULL);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    assert_string_equal(row_state(w, -1, "register", POLICE, 11), "open");
    assert_string_equal(row_state(w, -1, "matter", MARKET, 2), "sent");
    assert_int_equal(open_questions(w, -1, "ruling", POLICE), 2); /* party 2; and of party 1 but for its charge */
    assert_int_equal(open_questions(w, POLICE, "ruling", POLICE), 2);
    DO(w, .from = POLICE, .act = "not_filed", .subject1 = 2);
    assert_int_equal(w->h.answer_count, 1);
    assert_string_equal(row_state(w, -1, "matter", MARKET, 2), "settled");
    assert_int_equal(open_questions(w, -1, "ruling", POLICE), 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "not_filed", .subject1 = 11, .unfilled = true, .answer = transfer, .question = "ruling"),
                        "answer_taken"); /* in part, before the move */
}

static void passed_question__stays_with_whom_it_was_passed_to(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1, .subject1 = 1);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE2, .act = "docketed", .subject1 = 1);
    assert_int_equal(open_questions(w, -1, "ruling", POLICE2), 0);
    struct xj_duty_view v = only(w, -1, "B3");
    assert_true(v.done && xj_slice_eq(v.obligor, name_of(POLICE2)));
}

static void dropped_act__is_shown_by_nobody_and_in_the_way_of_nothing(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_id memo = DO(w, .from = POLICE, .act = "memo", .to1 = MARKET + 1);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .relation = "voids", .target = memo), "relates");
}

static void voiding__undoes_an_act_of_before_the_move(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_id filed = DO(w, .from = POLICE, .act = "filed", .subject1 = 1);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    assert_true(only(w, -1, "B3").done);
    assert_int_equal(open_questions(w, -1, "ruling", POLICE), 0);
    DO(w, .from = POLICE, .act = "docketed", .relation = "voids", .target = filed);
    for (int view = -1; view <= POLICE; view += POLICE + 1) {
        assert_false(only(w, view, "B3").done);
        assert_int_equal(open_questions(w, view, "ruling", POLICE), 1);
        assert_null(row_state(w, view, "register", POLICE, 1));
        assert_int_equal(duty(w, view, "A5", 0, &(struct xj_duty_view){.duty = 0}), 0);
    }
}

static void amending__redates_an_act_of_before_the_move(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_id asked = DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    struct xj_id filed = DO(w, .from = POLICE, .act = "filed", .subject1 = 1, .occurred = "2026-03-02");
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "reasons_given");
    (void)asked;
    int64_t due = only(w, -1, "A5").due_ms;
    DO(w, .from = POLICE, .act = "docketed", .relation = "amends", .target = filed, .occurred = "2026-02-10", .subject1 = 1);
    assert_true(only(w, -1, "A5").due_ms < due);
}

static void papers_on_record__count_after_the_move(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "receipt"); /* carries the stamp that the new duty asks for */
    publish(w, NULL, NULL);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1, .subject1 = 2);
    assert_true(xj_slice_eq(only(w, -1, "B9").obligor, name_of(POLICE2)));
}

/* ---- clocks ---- */

/* In this revision receipt and acceptance put the question which the transfer put before; the duty starts with the acceptance. */
static void stop__must_answer_what_the_old_act_opened(void **state)
{
    struct world *w = *state;
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->model), asks, puts, takes, starts;
    struct xj_id transfer = transferred(w);
    asks = replaced(&named, "opens: {receipt: police, ruling: police}", "opens: {receipt: police}");
    puts = replaced(&asks, "instrument: stamp,", "opens: {ruling: self}, instrument: stamp,");
    takes = replaced(&puts, "answers: {receipt: opt}", "answers: {receipt: opt}, opens: {ruling: self}");
    starts = replaced(&takes, "start: [[transfer, accepted]]", "start: [[taken, occurred]]");
    world_revise(w, model_of_text(&starts), w->now_ms);
    struct xj_id receipt = DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = POLICE, .act = "docketed", .subject1 = 1, .unfilled = true, .answer = receipt, .question = "ruling");
    assert_false(only(w, -1, "B3").done); /* it could answer what the transfer opened, and has not */
    DO(w, .from = POLICE, .act = "docketed", .subject1 = 1, .unfilled = true, .answer = transfer, .question = "ruling");
    assert_true(only(w, -1, "B3").done);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&asks);
    xj_buf_free(&puts);
    xj_buf_free(&takes);
    xj_buf_free(&starts);
}

static void running_clock__keeps_a_limit_that_becomes_longer(void **state)
{
    struct world *w = *state;
    world_delivered(w, transferred(w), POLICE, "2026-03-02T09:00");
    struct xj_duty_view before = only(w, -1, "A2");
    publish(w, NULL, NULL);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    struct xj_duty_view after = only(w, -1, "A2");
    assert_int_equal(before.due_ms, after.due_ms); /* 24 hours, now 48 */
    assert_ptr_equal(after.row, &w->model->duties[xj_model_duty(w->model, xj_slice_cstr("A2"))]);
    assert_true(after.revision != NULL && xj_hash_eq(after.revision, &w->model->revision));
    later(w, 2);
    DO(w, .from = POLICE, .act = "receipt");
    assert_true(has_breach(w, "late", "A2"));
    assert_int_equal(only(w, -1, "A2").status, XJ_DUTY_LATE);
}

static void running_clock__keeps_a_limit_that_becomes_shorter(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_duty_view before = only(w, -1, "A3");
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    struct xj_duty_view after = only(w, -1, "B3");
    assert_int_equal(before.due_ms, after.due_ms); /* 5 working days for the market, now 2 */
    later(w, 4);
    DO(w, .from = POLICE, .act = "docketed", .subject1 = 1);
    assert_false(has_breach(w, "late", "B3"));
    assert_int_equal(only(w, -1, "B3").status, XJ_DUTY_MET);
    assert_null(only(w, -1, "A5").revision); /* started by an act of the new one */
}

static void new_clock__has_the_new_limit(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1, .subject1 = 2);
    struct xj_duty_view v;
    assert_int_equal(duty(w, -1, "B3", 1, &v), 2);
    assert_true(v.due_ms - v.start_ms < 4 * DAY_MS); /* 2 working days, no longer 5 */
    assert_null(v.revision);
    assert_int_equal(duty(w, -1, "B9", 0, &v), 1);           /* and a duty of the new one has not started for the old act */
    assert_true(xj_slice_eq(v.obligor, name_of(POLICE2)));
}

static void running_clock__rests_by_the_acts_of_its_own_revision(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = POLICE, .act = "rest");
    assert_false(only(w, -1, "B3").paused); /* pauses only what the new revision starts */
    DO(w, .from = POLICE, .act = "halt");
    assert_true(only(w, -1, "B3").paused);
    assert_true(only(w, POLICE, "B3").paused);
    DO(w, .from = POLICE, .act = "resume");
    assert_false(only(w, -1, "B3").paused);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1, .subject1 = 2);
    DO(w, .from = POLICE, .act = "rest");
    struct xj_duty_view v;
    assert_int_equal(duty(w, -1, "B3", 1, &v), 2);
    assert_true(v.paused);
}

static void running_clock__is_extended_as_its_own_revision_says(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_duty_view before = only(w, -1, "A3");
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = POLICE, .act = "extended");
    struct xj_duty_view v = only(w, -1, "B3");
    assert_true(v.extended);
    assert_true(v.due_ms - before.due_ms >= 7 * DAY_MS); /* 10 working days and no 4 */
}

static void paused_before__is_resumed_after(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "halt");
    assert_true(only(w, -1, "A3").paused);
    publish(w, NULL, NULL);
    later(w, 3);
    DO(w, .from = POLICE, .act = "resume");
    assert_false(only(w, -1, "B3").paused);
}

static void ended_duty__is_shown_and_runs_no_more(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_int_equal(only(w, -1, "A6").status, XJ_DUTY_OPEN);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "extended"); /* would have stopped it */
    struct xj_duty_view v = only(w, -1, "A6");
    assert_int_equal(v.duty, XJ_NONE);
    assert_int_equal(v.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(v.undatable_why, "ended");
    assert_false(v.done);
    struct xj_buf out;
    struct xj_engine e = engine_at(w, -1);
    xj_buf_init(&out, 8192);
    assert_int_equal(xj_engine_reckon(&e, w->case_id, xj_slice_cstr("A6"), v.seq, NULL, &out), XJ_OK);
    assert_true(out.n > 0);
    xj_buf_free(&out);
}

struct counted {
    int undatable, met;
    bool named;
};

static bool see_unit(void *arg, const struct xj_tally_view *t)
{
    struct counted *c = arg;
    if (t->statistic != XJ_NONE && t->row != NULL && strcmp(t->row->name.id, "A6") == 0) {
        c->undatable += t->statistic == 0;
        c->met += t->statistic == 1;
        c->named = c->named || t->duty != XJ_NONE;
    }
    return true;
}

static struct xj_slice same_role(void *ctx, const struct xj_id *act, struct xj_slice agency)
{
    const struct xj_engine *e = ctx;
    (void)act;
    return e->facts.role(e->facts.ctx, agency);
}

static struct counted counted_at(struct world *w)
{
    struct counted c = {0};
    const struct xj_engine e = engine_at(w, -1);
    const struct xj_tally_facts facts = {.ctx = (void *)(uintptr_t)&e, .role = same_role};
    assert_int_equal(xj_engine_tally(&e, w->case_id, &facts, see_unit, &c), XJ_OK);
    return c;
}

#define COUNTING "statistics:\n  a_left: {zh: 无法推算, en: undatable, duties: any, outcome: undatable}\n" \
                 "  b_met: {zh: 按期, en: met, duties: any, outcome: met}\nreplaces:\n"

/* Spec 14, 4.1: what is shown counts by its own row, which the case's revision no longer has. */
static void ended_duty__is_counted_among_all_duties(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, "replaces:\n", COUNTING);
    DO(w, .from = POLICE, .act = "receipt");
    assert_string_equal(only(w, -1, "A6").undatable_why, "ended");
    const struct counted c = counted_at(w);
    assert_true(c.undatable == 1 && c.met == 0 && !c.named);
}

static void ended_duty__that_was_done_is_counted_as_met(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "longer");
    publish(w, "replaces:\n", COUNTING);
    DO(w, .from = POLICE, .act = "receipt");
    const struct counted c = counted_at(w);
    assert_true(c.undatable == 0 && c.met == 1 && !c.named);
}

static void ended_duty__that_was_done_stays_done(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "longer");
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    assert_int_equal(only(w, -1, "A6").status, XJ_DUTY_MET);
}

static void ended_duty__goes_with_the_act_that_started_it(void **state)
{
    struct world *w = *state;
    struct xj_id transfer = transferred(w);
    publish(w, NULL, NULL);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = transfer);
    assert_int_equal(duty(w, -1, "A6", 0, &(struct xj_duty_view){.duty = 0}), 0);
    assert_int_equal(duty(w, POLICE, "A6", 0, &(struct xj_duty_view){.duty = 0}), 0);
}

static void noted_start__takes_over_by_its_own_revision(void **state)
{
    struct world *w = *state;
    struct xj_id first = transferred(w);
    publish(w, NULL, NULL);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    later(w, 1);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1);
    assert_non_null(only(w, -1, "B3").revision); /* one at a time: noted */
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = first);
    struct xj_duty_view v = only(w, -1, "B3");
    assert_null(v.revision);
    assert_ptr_equal(v.row, &w->later[0].model->duties[xj_model_duty(w->later[0].model, xj_slice_cstr("B3"))]);
    assert_true(v.due_ms - v.start_ms < 4 * DAY_MS); /* 2 working days */
}

static void withdrawn_revision__leaves_the_clock_to_the_new_one(void **state)
{
    struct world *w = *state;
    transferred(w);
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    int64_t due = only(w, -1, "B3").due_ms;
    w->model_gone = true;
    struct xj_duty_view v = only(w, -1, "B3");
    assert_null(v.revision);
    assert_true(v.due_ms < due); /* 2 working days: the row of the same sector */
    assert_int_equal(duty(w, -1, "A6", 0, &v), 0);
}

/* ---- further revisions ---- */

static void case__moves_over_two_revisions_at_once(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_duty_view before = only(w, -1, "A3");
    publish(w, NULL, NULL);
    /* the same again, with all of its names the same */
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->later[0].model), changed;
    char *map = strstr((char *)named.p, "  states: {filing");
    *map = '\0';
    named.n = strlen((char *)named.p);
    changed = replaced(&named, "limit: 3d, extend", "limit: 2d, extend");
    world_revise(w, model_of_text(&changed), w->now_ms);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&changed);
    DO(w, .from = POLICE, .act = "receipt");
    assert_ptr_equal(model_at(w, -1), w->later[1].model);
    struct xj_duty_view v = only(w, -1, "B3");
    assert_int_equal(v.due_ms, before.due_ms);
    assert_true(xj_hash_eq(v.revision, &w->model->revision));
    assert_string_equal(only(w, -1, "A6").undatable_why, "ended");
    w->later[0].gone = true; /* without the step between nothing leads back */
    v = only(w, -1, "B3");
    assert_null(v.revision);
}

static void case__moves_once_and_again(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_duty_view before = only(w, -1, "A3");
    publish(w, NULL, NULL);
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1, .subject1 = 2);
    struct xj_duty_view second;
    assert_int_equal(duty(w, -1, "B3", 1, &second), 2);
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->later[0].model), changed;
    *strstr((char *)named.p, "  states: {filing") = '\0';
    named.n = strlen((char *)named.p);
    xj_buf_add_str(&named, "  duties: {A2: {ended: [不再要求, no more]}}\n");
    changed = replaced(&named, "  A2: {zh: 出具回执, en: give the receipt,", "  C2: {zh: 出具回执, en: give the receipt,");
    world_revise(w, model_of_text(&changed), w->now_ms);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&changed);
    DO(w, .from = POLICE2, .act = "docketed", .subject1 = 2);
    assert_ptr_equal(model_at(w, -1), w->later[1].model);
    struct xj_duty_view v[2];
    assert_int_equal(duty(w, -1, "B3", 0, &v[0]), 2);
    assert_int_equal(duty(w, -1, "B3", 1, &v[1]), 2);
    assert_int_equal(v[0].due_ms, before.due_ms);
    assert_int_equal(v[1].due_ms, second.due_ms);
    assert_true(xj_hash_eq(v[0].revision, &w->model->revision));
    assert_true(xj_hash_eq(v[1].revision, &w->later[0].model->revision));
    assert_int_equal(duty(w, -1, "A2", 0, &v[0]), 2); /* one met, one ended, by different own rows */
    assert_int_equal(duty(w, -1, "A2", 1, &v[1]), 2);
    assert_int_equal(v[0].status, XJ_DUTY_MET);
    assert_string_equal(v[1].undatable_why, "ended");
}

/* relay.next.yaml once more, in its own place, with other limits. */
static void publish_third(struct world *w)
{
    struct xj_buf text = read_text(RELAY_NEXT_YAML), named = in_place_of(&text, w->later[0].model), changed;
    *strstr((char *)named.p, "  states: {filing") = '\0';
    named.n = strlen((char *)named.p);
    changed = replaced(&named, "sectors: {market: [2w, 4w], default: 4d}", "sectors: {default: 6d}");
    world_revise(w, model_of_text(&changed), w->now_ms);
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&changed);
}

static void noted_start__takes_over_by_the_revision_between(void **state)
{
    struct world *w = *state;
    const struct xj_id first = transferred(w);
    publish(w, NULL, NULL);
    const struct xj_id second = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1);
    const int64_t started = w->now_ms;
    publish_third(w);
    later(w, 1);
    DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    assert_ptr_equal(model_at(w, -1), w->later[1].model);
    assert_true(xj_hash_eq(only(w, -1, "B3").revision, &w->model->revision));
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = first);
    struct xj_duty_view v = only(w, -1, "B3");
    assert_true(xj_id_eq(&v.started_by, &second));
    assert_true(xj_hash_eq(v.revision, &w->later[0].model->revision));
    int64_t due_day = xj_day_of_ms(started);
    for (int workdays = 2; workdays > 0;) /* market: 2w, plain weekends; day 0 was a Thursday */
        workdays -= (++due_day + 3) % 7 < 5;
    assert_int_equal(xj_day_of_ms(v.due_ms), due_day);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(case__moves_with_the_next_act_under_the_new_revision),
        T(old_revision__is_refused_after_the_move_and_not_before),
        T(new_revision__waits_for_its_day),
        T(closed_cases__stay_when_open_ones_move),
        T(closed_cases__move_when_all_do),
        T(no_case__moves_when_none_may),
        T(refused_act__moves_nothing),
        T(map__that_is_not_total_moves_nothing),
        T(rows_and_questions__go_by_their_images),
        T(passed_question__stays_with_whom_it_was_passed_to),
        T(dropped_act__is_shown_by_nobody_and_in_the_way_of_nothing),
        T(voiding__undoes_an_act_of_before_the_move),
        T(amending__redates_an_act_of_before_the_move),
        T(papers_on_record__count_after_the_move),
        T(stop__must_answer_what_the_old_act_opened),
        T(running_clock__keeps_a_limit_that_becomes_longer),
        T(running_clock__keeps_a_limit_that_becomes_shorter),
        T(new_clock__has_the_new_limit),
        T(running_clock__rests_by_the_acts_of_its_own_revision),
        T(running_clock__is_extended_as_its_own_revision_says),
        T(paused_before__is_resumed_after),
        T(ended_duty__is_shown_and_runs_no_more),
        T(ended_duty__is_counted_among_all_duties),
        T(ended_duty__that_was_done_is_counted_as_met),
        T(ended_duty__that_was_done_stays_done),
        T(ended_duty__goes_with_the_act_that_started_it),
        T(noted_start__takes_over_by_its_own_revision),
        T(withdrawn_revision__leaves_the_clock_to_the_new_one),
        T(case__moves_over_two_revisions_at_once),
        T(case__moves_once_and_again),
        T(noted_start__takes_over_by_the_revision_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
