/* What the rules of the main procedure find in figures of acts: what their bodies, the register and other cases of the same person
 * show (spec/12-detection.md, section 4). Expected values are written by hand from the articles the rules cite; what the figures
 * are worth is tests/unit/test_figures.c's matter. */
#include <string.h>

#include "tests/unit/lawcase.h"

/* 310 articles 3 and 5: three days to decide, one to send; a transfer in time and one in another case quiet it. */
static void r1b__penalised_at_the_filing_standard_and_not_transferred(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00"); /* a Monday; the fourth day is a Friday */
    DO(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R1B", "2026-12-01T09:00", NULL), 0); /* nothing known of the amounts */
    figure_is("standard", 100);
    assert_int_equal(raised(w, "R1B", "2026-12-01T09:00", NULL), 0); /* nor of other cases */
    figure_is("elsewhere", 0);
    assert_int_equal(raised(w, "R1B", "2026-03-06T23:59", NULL), 0);
    assert_int_equal(raised(w, "R1B", "2026-03-07T00:01", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_RED && x.last.figure_count == 2);
    assert_true(x.last.figure_values[0] == 0 && x.last.figure_values[1] == 100); /* by their names */
    assert_int_equal(raised(w, "R1C", "2026-03-07T00:01", NULL), 0);
    figure_is("elsewhere", 1);
    assert_int_equal(raised(w, "R1B", "2026-03-07T00:01", NULL), 0);
    figure_is("elsewhere", 0);
    w->now_ms = at("2026-03-05T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2026-03-05");
    assert_int_equal(raised(w, "R1B", "2026-12-01T09:00", NULL), 0);
}

static void r1c_r1d__near_the_standard_prompts(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided");
    figure_is("elsewhere", 0);
    figure_is("prompt", 1);
    figure_is("standard", 79);
    assert_int_equal(raised(w, "R1C", "2026-03-02T09:01", NULL), 0);
    assert_int_equal(raised(w, "R1D", "2026-03-02T09:01", &x), 1);
    assert_int_equal(x.last.severity, XJ_ALARM_NOTICE);
    figure_is("prompt", 0);
    figure_is("standard", 80);
    assert_int_equal(raised(w, "R1C", "2026-03-02T09:01", &x), 1);
    assert_int_equal(x.last.severity, XJ_ALARM_AMBER);
    assert_int_equal(raised(w, "R1D", "2026-03-02T09:01", NULL), 0);
    figure_is("standard", 99);
    assert_int_equal(raised(w, "R1C", "2026-03-02T09:01", NULL), 1);
    figure_is("standard", 100);
    assert_int_equal(raised(w, "R1C", "2026-03-02T09:01", NULL), 0);
}

static void r9__suspected_and_no_report_within_four_days(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "crime_suspected");
    assert_int_equal(raised(w, "R9", "2026-03-06T23:59", NULL), 0);
    assert_int_equal(raised(w, "R9", "2026-03-07T00:01", NULL), 1);
    w->now_ms = at("2026-03-06T09:00");
    DO(w, .from = MARKET, .act = "transfer_report");
    assert_int_equal(raised(w, "R9", "2026-12-01T09:00", NULL), 0); /* from here on the report's own clock runs */
}

static void r10b__signs_count_together(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided");
    figure_is("elsewhere", 0);
    figure_is("flags", 2);
    assert_int_equal(raised(w, "R10B", "2026-03-02T09:01", NULL), 0);
    figure_is("flags", 3);
    assert_int_equal(raised(w, "R10B", "2026-03-02T09:01", NULL), 1);
    figure_is("flags", 2);
    figure_is("repeats", 1);
    figure_is("discussed", 0);
    assert_int_equal(raised(w, "R10B", "2026-03-02T09:01", NULL), 0);
    figure_is("discussed", 1);
    assert_int_equal(raised(w, "R10B", "2026-03-02T09:01", NULL), 1);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2026-03-01");
    assert_int_equal(raised(w, "R10B", "2026-03-02T09:01", NULL), 0);
}

static void r23__replied_without_having_done_anything(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1, .late = true, .occurred = "2026-01-05");
    DO(w, .from = PROC, .act = "not_prosecuted", .late = true, .occurred = "2026-02-05");
    struct xj_id opinion = DO(w, .from = PROC, .act = "opinion", .to1 = MARKET + 1);
    world_delivered(w, opinion, MARKET, "2026-03-02T09:10");
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = MARKET, .act = "reply");
    assert_int_equal(raised(w, "R23", "2026-03-10T09:01", NULL), 1);
    DO(w, .from = MARKET, .act = "no_penalty");
    assert_int_equal(raised(w, "R23", "2026-03-10T09:01", NULL), 0);
}

/* 强制法 25: thirty days and thirty more. */
static void r31__seized_and_left(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "items_seized");
    assert_int_equal(raised(w, "R31", "2026-05-01T23:59", NULL), 0); /* the sixtieth day */
    assert_int_equal(raised(w, "R31", "2026-05-02T00:01", NULL), 1); /* the fixture's calendar: plain weekends, 05-01 a Friday */
    w->now_ms = at("2026-04-20T09:00");
    DO(w, .from = MARKET, .act = "items_returned");
    assert_int_equal(raised(w, "R31", "2026-12-01T09:00", NULL), 0);
}

/* 处罚法 35: no fine after a criminal fine, and an earlier fine is offset. */
static void r39__fine_and_criminal_fine(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = COURT, .act = "judged", .late = true, .occurred = "2026-02-05");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2026-02-20");
    figure_is("fine_not_offset", 0);
    figure_is("fine", 500000);
    assert_int_equal(raised(w, "R39", "2026-03-02T09:01", NULL), 0);
    figure_is("criminal_fine_before", 1000000);
    assert_int_equal(raised(w, "R39", "2026-03-02T09:01", &x), 1);
    assert_true(is_agency(&x, MARKET));
    figure_is("criminal_fine_before", 0);
    figure_is("fine_not_offset", 1);
    assert_int_equal(raised(w, "R39", "2026-03-02T09:01", &x), 1);
    assert_true(is_agency(&x, COURT));
}

/* Rules that ask for one figure each: below the range nothing, in it once, against the agency that acted. */
static void figures__fire_in_their_range(void **state)
{
    static const struct {
        const char *rule, *act, *word;
        uint64_t below, in;
        enum xj_alarm severity;
    } cases[] = {{"R3", "penalty_decided", "repeats", 0, 1, XJ_ALARM_AMBER},
                 {"R4", "penalty_decided", "fragments", 0, 1, XJ_ALARM_AMBER},
                 {"R30", "items_confirmed", "items_short", 0, 1, XJ_ALARM_RED},
                 {"R33", "penalty_decided", "officers_invalid", 0, 1, XJ_ALARM_AMBER},
                 {"R33", "no_penalty", "officers", 2, 1, XJ_ALARM_AMBER},
                 {"R34", "penalty_decided", "entrustment_invalid", 0, 1, XJ_ALARM_AMBER},
                 {"R37", "penalty_decided", "same_number", 0, 1, XJ_ALARM_AMBER},
                 {"R38", "penalty_decided", "rivals", 0, 1, XJ_ALARM_AMBER}};
    struct want x;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct world w;
        bool police = strcmp(cases[i].act, "items_confirmed") == 0;
        alerts_reset();
        world_up(&w);
        w.now_ms = at("2026-03-02T09:00");
        if (police)
            DO(&w, .from = MARKET, .act = "items_handed_over", .to1 = POLICE + 1, .late = true, .occurred = "2026-03-01");
        DO(&w, .from = police ? POLICE : MARKET, .act = cases[i].act);
        figure_is("elsewhere", 0);
        figure_is(cases[i].word, cases[i].below);
        assert_int_equal(raised(&w, cases[i].rule, "2026-03-02T09:01", NULL), 0);
        figure_is(cases[i].word, cases[i].in);
        assert_int_equal(raised(&w, cases[i].rule, "2026-03-02T09:01", &x), police ? 2 : 1); /* handed over, confirmed: each its own */
        assert_int_equal(x.last.severity, cases[i].severity);
        assert_true(is_agency(&x, police ? POLICE : MARKET));
        world_down(&w);
    }
    (void)state;
}

static void r2__below_the_minimum_after_discussion(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided");
    figure_is("elsewhere", 0);
    figure_is("below_minimum", 1);
    assert_int_equal(raised(w, "R2", "2026-03-02T09:01", NULL), 0);
    figure_is("discussed", 1);
    assert_int_equal(raised(w, "R2", "2026-03-02T09:01", NULL), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(r1b__penalised_at_the_filing_standard_and_not_transferred),
        T(r1c_r1d__near_the_standard_prompts),
        T(r9__suspected_and_no_report_within_four_days),
        T(r10b__signs_count_together),
        T(r23__replied_without_having_done_anything),
        T(r31__seized_and_left),
        T(r39__fine_and_criminal_fine),
        T(figures__fire_in_their_range),
        T(r2__below_the_minimum_after_discussion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
