/* What the rules of the procedure 行政执法监督 find, each fired and cleared, with the lawful course beside it: spec/12-detection.md.
 * The days are those of tests/procedures/supervision_city.yaml, an example and no law; the prompts' are the rules' own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/alertworld.h"

#define PROCEDURE "schema/procedures/supervision.yaml"

static int up_with(void **state, const char *overlay)
{
    static struct world w;
    alerts_reset();
    world_up_with(&w, PROCEDURE, overlay);
    w.now_ms = at("2026-03-02T09:00"); /* a Monday */
    *state = &w;
    return 0;
}

static int up(void **state)
{
    return up_with(state, NULL);
}

static int up_city(void **state)
{
    return up_with(state, "tests/procedures/supervision_city.yaml");
}

static int down(void **state)
{
    world_down(*state);
    return 0;
}

/* Stands against that agency, so coloured, uncleared, both at the exchange and in the view. */
static void stands(struct world *w, const char *rule, const char *now, enum who who, int view, int colour)
{
    const int views[] = {-1, view};
    for (size_t i = 0; i < 2; i++) {
        struct want x;
        assert_int_equal(raised_in(w, views[i], rule, now, &x), 1);
        assert_true(is_agency(&x, who));
        assert_int_equal(x.last.severity, colour);
        assert_false(x.last.cleared);
    }
}

static void cleared(struct world *w, const char *rule, const char *now)
{
    struct want x;
    assert_int_equal(raised(w, rule, now, &x), 1);
    assert_true(x.last.cleared);
}

static void silent(struct world *w, const char *rule, const char *now)
{
    assert_int_equal(raised(w, rule, now, NULL), 0);
}

static bool next_is(const struct world *w, const char *rule, const char *act)
{
    const struct xj_m_rule *r = &w->model->rules[xj_model_rule(w->model, xj_slice_cstr(rule))];
    return r->escalate_count > 0 && r->escalate[0] == act_of(w->model, act);
}

/* ---- 逾期未整改, 久未整改 ---- */

static void not_corrected__each_demand_runs_for_itself(void **state)
{
    (void)state;
    static const struct {
        const char *act, *last_minute, *first_minute;
    } t[] = {{"inspection_findings", "2026-03-23T23:59", "2026-03-24T00:00"},
             {"supervision_letter", "2026-03-17T23:59", "2026-03-18T00:00"},
             {"oversight_opinion", "2026-04-01T23:59", "2026-04-02T00:00"}};
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        void *s;
        up_city(&s);
        struct world *w = s;
        DO(w, .from = JUSTICE, .act = t[i].act, .to1 = MARKET + 1);
        silent(w, "NOT_CORRECTED", t[i].last_minute);
        stands(w, "NOT_CORRECTED", t[i].first_minute, MARKET, JUSTICE, XJ_ALARM_RED);
        stands(w, "NOT_CORRECTED", t[i].first_minute, MARKET, MARKET, XJ_ALARM_RED);
        w->now_ms = at("2026-04-10T09:00");
        DO(w, .from = MARKET, .act = "correction_report");
        cleared(w, "NOT_CORRECTED", "2026-04-10T10:00"); /* late and done */
        down(&s);
    }
}

static void not_corrected__in_time_is_nothing(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    w->now_ms = at("2026-03-20T09:00");
    DO(w, .from = MARKET, .act = "correction_report");
    silent(w, "NOT_CORRECTED", "2026-12-01T00:00");
    silent(w, "LONG_UNCORRECTED", "2026-12-01T00:00");
    assert_true(next_is(w, "NOT_CORRECTED", "reminder"));
}

static void not_corrected__a_review_rests_while_the_objection_is_open(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "file_submitted");
    DO(w, .from = JUSTICE, .act = "review_defective");
    stands(w, "NOT_CORRECTED", "2026-03-13T00:00", MARKET, JUSTICE, XJ_ALARM_RED);
    w->now_ms = at("2026-03-05T09:00");
    DO(w, .from = MARKET, .act = "objection");
    silent(w, "NOT_CORRECTED", "2026-12-01T00:00");
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = JUSTICE, .act = "objection_dismissed");
    silent(w, "NOT_CORRECTED", "2026-03-17T23:59");
    stands(w, "NOT_CORRECTED", "2026-03-18T00:00", MARKET, JUSTICE, XJ_ALARM_RED);
}

static void not_corrected__the_silence_of_a_history_is_amber(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1, .late = true, .occurred = "2026-02-10");
    silent(w, "NOT_CORRECTED", "2026-12-01T00:00"); /* when it was received nobody says */
    DO(w, .from = MARKET, .act = "receipt", .late = true, .occurred = "2026-02-11");
    stands(w, "NOT_CORRECTED", "2026-03-14T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
}

/* Without an overlay no day is the law's: only the prompt speaks, after two months. */
static void long_uncorrected__prompts_where_the_law_sets_no_day(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    silent(w, "LONG_UNCORRECTED", "2026-05-04T23:59"); /* 05-02 is a Saturday */
    stands(w, "LONG_UNCORRECTED", "2026-05-05T00:00", MARKET, MARKET, XJ_ALARM_AMBER);
    silent(w, "NOT_CORRECTED", "2026-12-01T00:00");
    w->now_ms = at("2026-05-06T09:00");
    DO(w, .from = MARKET, .act = "correction_report");
    cleared(w, "LONG_UNCORRECTED", "2026-05-06T10:00");
}

/* ---- 拒不整改, 整改不到位 ---- */

/* 监督条例 29: not corrected as the opinion asked, so the government decides. */
static void defied__a_decision_after_an_opinion_that_nobody_answered(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    silent(w, "DEFIED", "2026-12-01T00:00");
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    stands(w, "DEFIED", "2026-03-02T10:00", MARKET, JUSTICE, XJ_ALARM_RED);
    assert_true(next_is(w, "DEFIED", "circular"));
    DO(w, .from = MARKET, .act = "decision_executed");
    cleared(w, "DEFIED", "2026-03-02T10:00");
}

static void defied__not_by_a_decision_of_its_own_or_after_a_report(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1); /* a weighty matter, decided at once */
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    silent(w, "DEFIED", "2026-12-01T00:00");
    DO(w, .from = MARKET, .act = "correction_report");
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    silent(w, "DEFIED", "2026-12-01T00:00");
}

static void defied__a_decision_not_carried_out_in_time(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    silent(w, "DEFIED", "2026-04-01T23:59");
    stands(w, "DEFIED", "2026-04-02T00:00", MARKET, JUSTICE, XJ_ALARM_RED);
    w->now_ms = at("2026-04-02T09:00");
    DO(w, .from = MARKET, .act = "decision_executed");
    cleared(w, "DEFIED", "2026-04-02T10:00");
}

static void insufficient__once_and_again(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "correction_report");
    silent(w, "INSUFFICIENT", "2026-03-02T10:00");
    DO(w, .from = JUSTICE, .act = "correction_insufficient");
    stands(w, "INSUFFICIENT", "2026-03-02T10:00", MARKET, MARKET, XJ_ALARM_AMBER);
    silent(w, "DEFIED_AGAIN", "2026-03-02T10:00");
    DO(w, .from = MARKET, .act = "correction_report");
    stands(w, "INSUFFICIENT", "2026-03-02T10:00", MARKET, JUSTICE, XJ_ALARM_AMBER); /* said to be corrected, not yet seen */
    DO(w, .from = JUSTICE, .act = "correction_insufficient");
    stands(w, "DEFIED_AGAIN", "2026-03-02T10:00", MARKET, JUSTICE, XJ_ALARM_AMBER); /* no text counts to two: it prompts */
    DO(w, .from = MARKET, .act = "correction_report");
    DO(w, .from = JUSTICE, .act = "correction_verified");
    struct want x;
    assert_int_equal(raised(w, "INSUFFICIENT", "2026-03-02T10:00", &x), 2); /* what is cleared hides no second one */
    assert_true(x.last.cleared);
    cleared(w, "DEFIED_AGAIN", "2026-03-02T10:00");
}

static void urged_in_vain__fifteen_days_after_the_reminder(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "suggestion", .to1 = MARKET + 1);
    DO(w, .from = JUSTICE, .act = "reminder", .to1 = MARKET + 1);
    silent(w, "URGED_IN_VAIN", "2026-03-17T23:59");
    stands(w, "URGED_IN_VAIN", "2026-03-18T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
    w->now_ms = at("2026-03-17T09:00");
    DO(w, .from = MARKET, .act = "suggestion_reply");
    silent(w, "URGED_IN_VAIN", "2026-12-01T00:00"); /* answered before the fifteen days were over */
}

/* ---- 拒绝监督, 逾期未提交 ---- */

static void refused__materials_or_file(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    silent(w, "REFUSED", "2026-12-01T00:00");
    DO(w, .from = MARKET, .act = "file_refused");
    stands(w, "REFUSED", "2026-03-02T10:00", MARKET, JUSTICE, XJ_ALARM_RED);
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "file_submitted");
    cleared(w, "REFUSED", "2026-03-02T10:00");
}

static void refused__obstruction_is_the_organs_not_the_justice_bureaus(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "obstruction_recorded", .to1 = MARKET + 1);
    stands(w, "REFUSED", "2026-03-02T10:00", MARKET, MARKET, XJ_ALARM_RED);
}

static void not_submitted__after_the_days_of_the_city(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "materials_demanded", .to1 = MARKET + 1);
    silent(w, "NOT_SUBMITTED", "2026-03-09T23:59");
    stands(w, "NOT_SUBMITTED", "2026-03-10T00:00", MARKET, JUSTICE, XJ_ALARM_RED);
    DO(w, .from = MARKET, .act = "materials_submitted");
    silent(w, "NOT_SUBMITTED", "2026-12-01T00:00");
}

/* ---- 逾期未回复 ---- */

static void procuratorate__unanswered_by_the_citys_day_and_by_the_prompt(void **state)
{
    struct world *w = *state;
    DO(w, .from = PROC, .act = "procuratorial_opinion", .to1 = MARKET + 1);
    silent(w, "PROCURATORATE_UNANSWERED", "2026-04-02T23:59");
    stands(w, "PROCURATORATE_UNANSWERED", "2026-04-03T00:00", MARKET, PROC, XJ_ALARM_RED);
    silent(w, "PROCURATORATE_SILENT", "2026-05-04T23:59");
    stands(w, "PROCURATORATE_SILENT", "2026-05-05T00:00", MARKET, PROC, XJ_ALARM_AMBER);
    w->now_ms = at("2026-05-06T09:00");
    DO(w, .from = MARKET, .act = "procuratorial_reply");
    cleared(w, "PROCURATORATE_UNANSWERED", "2026-05-06T10:00");
    cleared(w, "PROCURATORATE_SILENT", "2026-05-06T10:00");
}

static void procuratorate__without_a_day_only_the_prompt_speaks(void **state)
{
    struct world *w = *state;
    DO(w, .from = PROC, .act = "procuratorial_opinion", .to1 = MARKET + 1);
    silent(w, "PROCURATORATE_UNANSWERED", "2026-12-01T00:00");
    stands(w, "PROCURATORATE_SILENT", "2026-05-05T00:00", MARKET, PROC, XJ_ALARM_AMBER);
}

static void suggestion__unanswered(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "suggestion", .to1 = MARKET + 1);
    silent(w, "SUGGESTION_UNANSWERED", "2026-05-04T23:59");
    stands(w, "SUGGESTION_UNANSWERED", "2026-05-05T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER); /* U: never red */
    w->now_ms = at("2026-05-06T09:00");
    DO(w, .from = MARKET, .act = "suggestion_reply");
    cleared(w, "SUGGESTION_UNANSWERED", "2026-05-06T10:00");
}

static void suggestion__unanswered_by_the_citys_day(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "suggestion", .to1 = MARKET + 1);
    silent(w, "SUGGESTION_UNANSWERED", "2026-04-02T23:59");
    stands(w, "SUGGESTION_UNANSWERED", "2026-04-03T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
}

/* ---- the justice bureau itself, reasons, reports, dates ---- */

static void objection__open_for_thirty_days_is_the_justice_bureaus(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "objection");
    silent(w, "OBJECTION_OPEN", "2026-04-01T23:59");
    stands(w, "OBJECTION_OPEN", "2026-04-02T00:00", JUSTICE, MARKET, XJ_ALARM_AMBER);
    w->now_ms = at("2026-04-02T09:00");
    DO(w, .from = JUSTICE, .act = "objection_dismissed");
    cleared(w, "OBJECTION_OPEN", "2026-04-02T10:00");
}

static void objection__open_past_the_citys_day(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "objection");
    silent(w, "OBJECTION_OPEN", "2026-03-16T23:59");
    stands(w, "OBJECTION_OPEN", "2026-03-17T00:00", JUSTICE, MARKET, XJ_ALARM_AMBER);
}

static void unreasoned__an_objection_says_why(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    struct xj_id id = DO(w, .from = MARKET, .act = "objection");
    silent(w, "UNREASONED", "2026-03-02T10:00");
    note_breach(id, "reasons", "objection");
    stands(w, "UNREASONED", "2026-03-02T10:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
}

static void report__missing_after_the_last(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "zero_report");
    silent(w, "REPORT_MISSING", "2026-04-06T23:59");
    stands(w, "REPORT_MISSING", "2026-04-07T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
    w->now_ms = at("2026-04-02T09:00");
    DO(w, .from = MARKET, .act = "zero_report");
    silent(w, "REPORT_MISSING", "2026-04-07T00:00");
    stands(w, "REPORT_MISSING", "2026-05-09T00:00", MARKET, JUSTICE, XJ_ALARM_AMBER); /* 04-02 and 35 days: 05-07 */
}

static void backdated__a_report_from_before_the_opinion(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1, .occurred = "2026-03-09");
    DO(w, .from = MARKET, .act = "receipt", .occurred = "2026-03-10");
    silent(w, "BACKDATED", "2026-03-10T10:00");
    DO(w, .from = MARKET, .act = "correction_report", .occurred = "2026-03-05");
    stands(w, "BACKDATED", "2026-03-10T10:00", MARKET, JUSTICE, XJ_ALARM_AMBER);
}

static void backdated__an_opinion_from_the_future(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1, .occurred = "2026-03-20");
    assert_true(has_breach(w, "future", "oversight_opinion"));
    note_breach(id, "future", "oversight_opinion");
    stands(w, "BACKDATED", "2026-03-02T10:00", JUSTICE, JUSTICE, XJ_ALARM_AMBER);
}

#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
#define T_CITY(f) cmocka_unit_test_setup_teardown(f, up_city, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(not_corrected__each_demand_runs_for_itself),
        T_CITY(not_corrected__in_time_is_nothing),
        T_CITY(not_corrected__a_review_rests_while_the_objection_is_open),
        T_CITY(not_corrected__the_silence_of_a_history_is_amber),
        T(long_uncorrected__prompts_where_the_law_sets_no_day),
        T(defied__a_decision_after_an_opinion_that_nobody_answered),
        T(defied__not_by_a_decision_of_its_own_or_after_a_report),
        T_CITY(defied__a_decision_not_carried_out_in_time),
        T(insufficient__once_and_again),
        T(urged_in_vain__fifteen_days_after_the_reminder),
        T(refused__materials_or_file),
        T(refused__obstruction_is_the_organs_not_the_justice_bureaus),
        T_CITY(not_submitted__after_the_days_of_the_city),
        T_CITY(procuratorate__unanswered_by_the_citys_day_and_by_the_prompt),
        T(procuratorate__without_a_day_only_the_prompt_speaks),
        T(suggestion__unanswered),
        T_CITY(suggestion__unanswered_by_the_citys_day),
        T(objection__open_for_thirty_days_is_the_justice_bureaus),
        T_CITY(objection__open_past_the_citys_day),
        T(unreasoned__an_objection_says_why),
        T_CITY(report__missing_after_the_last),
        T(backdated__a_report_from_before_the_opinion),
        T(backdated__an_opinion_from_the_future),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
