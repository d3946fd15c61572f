/* Duties of the fold: the values of published cases. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/engineworld.h"

static void transferred_and_filed(void **state, const char *sent, const char *filed, const char *due)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = ENV, .act = "transfer", .occurred = sent, .late = true, .no_papers = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed", .occurred = filed, .late = true, .no_papers = true);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_start(&d, sent, true);
    assert_due(&d, due);
    assert_true(d.done && d.done_dated);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void case_22__met_with_the_saturday_rolled(void **state)
{
    transferred_and_filed(state, "2015-08-12", "2015-08-14", "2015-08-17");
}

static void case_40__met_the_next_day(void **state)
{
    transferred_and_filed(state, "2018-06-25", "2018-06-26", "2018-06-28");
}

static void case_50__met_the_next_day(void **state)
{
    transferred_and_filed(state, "2019-08-12", "2019-08-13", "2019-08-15");
}

static void case_27__filed_by_notice_in_time_and_an_undated_explanation(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = POLICE, .act = "report", .occurred = "2019-05-06", .late = true);
    DO(w, .from = POLICE, .act = "not_filed", .late = true);
    DO(w, .from = PROC, .act = "supervision_applied", .occurred = "2019-06-03", .late = true);
    DO(w, .from = PROC, .act = "explanation_requested", .occurred = "2019-07-09", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "explanation_given", .late = true);
    DO(w, .from = PROC, .act = "notice_to_file", .occurred = "2019-08-06", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed_after_notice", .occurred = "2019-08-11", .late = true);
    assert_int_equal(duty(w, -1, "D14", 0, &d), 1);
    assert_start(&d, "2019-07-09", true);
    assert_due(&d, "2019-07-16");
    assert_true(d.done && !d.done_dated);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "done_unknown");
    assert_int_equal(duty(w, -1, "D16", 0, &d), 1);
    assert_start(&d, "2019-08-06", true);
    assert_due(&d, "2019-08-21");
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void case_17__the_penalty_was_never_copied(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "inspection", .occurred = "2006-01-11", .late = true);
    DO(w, .from = MARKET, .act = "crime_suspected", .occurred = "2006-03-16", .late = true);
    DO(w, .from = MARKET, .act = "penalty_decided", .occurred = "2006-04-11", .late = true, .subject1 = 1);
    DO(w, .from = MARKET, .act = "penalty_paid", .late = true, .subject1 = 2);
    DO(w, .from = POLICE, .act = "report", .late = true);
    DO(w, .from = POLICE, .act = "filed", .late = true, .subject1 = 2);
    DO(w, .from = PROC, .act = "sent_for_prosecution", .occurred = "2010-03-15", .late = true);
    DO(w, .from = PROC, .act = "prosecuted", .occurred = "2010-06-12", .late = true);
    DO(w, .from = COURT, .act = "judged", .occurred = "2010-09-14", .late = true);
    assert_int_equal(duty(w, -1, "D23", 0, &d), 1);
    assert_start(&d, "2006-04-11", false);
    assert_due(&d, "2006-04-21");
    assert_false(d.done);
    assert_int_equal(d.status, XJ_DUTY_OPEN);
}

static void case_42__an_arrest_presumes_the_filing(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "admin_filed", .occurred = "2020-02-10", .late = true);
    DO(w, .from = MARKET, .act = "transfer", .occurred = "2020-03-01", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "coercive_measure", .occurred = "2020-03-02", .late = true);
    DO(w, .from = PROC, .act = "prosecuted", .late = true);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_start(&d, "2020-03-01", true);
    assert_due(&d, "2020-03-04");
    assert_false(d.done);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "presumed");
}

static void penalty_of_2001(struct world *w)
{
    DO(w, .from = MARKET, .act = "crime_suspected", .occurred = "2001-04-18", .late = true);
    DO(w, .from = MARKET, .act = "penalty_decided", .occurred = "2001-04-27", .late = true, .subject1 = 1);
}

static void case_45__before_the_calendar_begins_it_is_undatable(void **state)
{
    struct xj_duty_view d;
    penalty_of_2001(*state);
    assert_int_equal(duty(*state, -1, "D23", 0, &d), 1);
    assert_start(&d, "2001-04-27", false);
    assert_false(d.due_known);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "outside_calendar");
}

static void duty__within_the_calendar_does_not_start_before_its_source_was_in_force(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "crime_suspected", .occurred = "2005-04-18", .late = true);
    DO(w, .from = MARKET, .act = "penalty_decided", .occurred = "2005-04-27", .late = true, .subject1 = 1);
    assert_int_equal(duty(w, -1, "D23", 0, &d), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(case_22__met_with_the_saturday_rolled),
        T(case_40__met_the_next_day),
        T(case_50__met_the_next_day),
        T(case_27__filed_by_notice_in_time_and_an_undated_explanation),
        T(case_17__the_penalty_was_never_copied),
        T(case_42__an_arrest_presumes_the_filing),
        T(case_45__before_the_calendar_begins_it_is_undatable),
        T(duty__within_the_calendar_does_not_start_before_its_source_was_in_force),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
