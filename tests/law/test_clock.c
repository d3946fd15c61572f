/* Counting time against the real calendar: the vectors of the law notes and dates worked out by hand from the printed
 * calendar. The same against a second implementation: test_clock_reference.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/law/cn_calendar.h"

/* For days the due instant must be the last millisecond of the wanted day. */
static void due_paused(void **state, enum xj_clock_kind kind, uint32_t limit, const char *start,
                       const struct xj_pause *pauses, size_t count, const char *want)
{
    int64_t due = 0;
    char got[30];
    enum xj_err err = xj_clock_due(*state, kind, limit, at(start), pauses, count, &due);
    if (err != XJ_OK)
        fail_msg("%s + %u: %s, want %s", start, limit, xj_err_name(err), want);
    int64_t wanted = kind == HOURS ? at(want) : xj_day_end_ms(day_of(want));
    xj_instant_format(due, got);
    if (due != wanted)
        fail_msg("%s + %u = %s, want %s", start, limit, got, want);
}

static void due(void **state, enum xj_clock_kind kind, uint32_t limit, const char *start, const char *want)
{
    due_paused(state, kind, limit, start, NULL, 0, want);
}

static void due_error(void **state, enum xj_clock_kind kind, uint32_t limit, const char *start, enum xj_err want)
{
    int64_t got = 42;
    assert_int_equal(xj_clock_due(*state, kind, limit, at(start), NULL, 0, &got), want);
    assert_int_equal(got, 42);
}

/* ---- the law ---- */

static void law_xingsu_105__the_starting_day_is_not_counted(void **state)
{
    due(state, DAYS, 1, "2026-03-02", "2026-03-03");
    due(state, DAYS, 3, "2026-03-02T00:00+08:00", "2026-03-05");
    due(state, DAYS, 3, "2026-03-02T23:59:59.999+08:00", "2026-03-05");
    due(state, DAYS, 3, "2026-03-01T16:00Z", "2026-03-05");
    due(state, DAYS, 3, "2026-03-02T16:00Z", "2026-03-06");
}

static void law_xingsu_105__last_day_on_an_ordinary_monday_stays(void **state)
{
    due(state, DAYS, 3, "2025-01-24", "2025-01-27");
}

static void law_xingsu_105__last_day_on_a_holiday_rolls_to_the_next_working_day(void **state)
{
    due(state, DAYS, 3, "2026-02-12", "2026-02-24");
    due(state, DAYS, 3, "2026-04-30", "2026-05-06");
    due(state, DAYS, 1, "2026-09-30", "2026-10-08");
    due(state, DAYS, 7, "2024-02-09", "2024-02-18"); /* 02-16 is off, the first working day is Sunday 02-18 */
}

static void law_xingsu_105__a_weekend_day_rolls_to_monday(void **state)
{
    due(state, DAYS, 3, "2015-08-12", "2015-08-17");
    due(state, DAYS, 1, "2026-03-06", "2026-03-09");
    due(state, DAYS, 2, "2026-03-06", "2026-03-09");
    due(state, DAYS, 3, "2026-03-06", "2026-03-09");
    due(state, DAYS, 4, "2026-03-06", "2026-03-10");
}

static void law_xingsu_105__only_the_last_day_rolls_not_holidays_within(void **state)
{
    due(state, DAYS, 10, "2026-02-14", "2026-02-24");
    due(state, DAYS, 15, "2025-09-28", "2025-10-13");
    due(state, DAYS, 30, "2026-01-25", "2026-02-24");
}

static void law_xingsu_105__a_start_on_a_holiday_counts_from_the_next_day_even_if_off(void **state)
{
    due(state, DAYS, 3, "2026-10-01", "2026-10-08");
    due(state, DAYS, 10, "2026-10-01", "2026-10-12"); /* 10-11 is Sunday */
    due(state, DAYS, 3, "2026-02-21", "2026-02-24");
}

static void law_xingsu_105__a_make_up_day_is_a_day_to_act_on(void **state)
{
    due(state, DAYS, 2, "2026-02-26", "2026-02-28"); /* Saturday, worked */
    due(state, DAYS, 3, "2026-01-01", "2026-01-04"); /* Sunday, worked */
    due(state, DAYS, 1, "2026-01-02", "2026-01-04"); /* 01-03 is off and rolls to a Sunday */
    due(state, DAYS, 1, "2024-09-13", "2024-09-14");
}

static void law_fangjia_2024__a_bridge_day_off_is_a_day_off_for_rolling(void **state)
{
    due(state, DAYS, 1, "2025-02-03", "2025-02-05"); /* 02-04 is off only by exchange with 02-08 */
    due(state, DAYS, 2, "2018-12-29", "2019-01-02"); /* 12-31 is off by exchange with 12-29 */
}

static void law_xingsu_105__hours_are_exact_and_never_roll(void **state)
{
    due(state, HOURS, 24, "2026-02-14T17:30+08:00", "2026-02-15T17:30+08:00");
    due(state, HOURS, 24, "2026-03-31T23:59:59.999+08:00", "2026-04-01T23:59:59.999+08:00");
    due(state, HOURS, 1, "2024-02-28T23:30+08:00", "2024-02-29T00:30+08:00");
    due(state, HOURS, 24, "2024-12-31T08:00+08:00", "2025-01-01T08:00+08:00");
    due(state, HOURS, 72, "2026-09-30T00:00+08:00", "2026-10-03T00:00+08:00");
    due(state, HOURS, 24, "2026-07-01T10:00Z", "2026-07-02T18:00+08:00");
}

static void law_chufa_85__working_days_skip_weekends_and_holidays(void **state)
{
    due(state, WORKDAYS, 3, "2025-01-24", "2025-02-05");
    due(state, WORKDAYS, 3, "2026-02-12", "2026-02-24"); /* 13, 14 (Saturday, worked), 24 */
    due(state, WORKDAYS, 3, "2026-04-30", "2026-05-08");
    due(state, WORKDAYS, 7, "2026-09-30", "2026-10-15"); /* 08, 09, 10 (Saturday, worked), 12 .. 15 */
    due(state, WORKDAYS, 1, "2024-09-28", "2024-09-29"); /* Sunday, worked */
    due(state, WORKDAYS, 5, "2026-03-02", "2026-03-09");
    due(state, WORKDAYS, 2, "2026-10-04", "2026-10-09"); /* a start within the holiday */
    due(state, WORKDAYS, 15, "2025-09-24", "2025-10-21"); /* 09-28 and 10-11 are worked */
}

static void law_xingsujieshi_202__a_month_ends_on_the_same_day_number(void **state)
{
    due(state, MONTHS, 1, "2026-03-10", "2026-04-10");
    due(state, MONTHS, xj_clock_months_days(1, 15), "2026-03-10", "2026-04-27"); /* 04-25 is Saturday */
    due(state, MONTHS, xj_clock_months_days(1, 15), "2026-01-31", "2026-03-16"); /* 02-28, then 15 days: 03-15 is Sunday */
    due(state, MONTHS, xj_clock_months_days(1, 1), "2026-08-31", "2026-10-08");  /* 09-30, then 10-01, a holiday */
    due(state, MONTHS, 2, "2026-01-15", "2026-03-16"); /* 03-15 is Sunday */
    due(state, MONTHS, 3, "2025-11-12", "2026-02-12");
    due(state, MONTHS, 12, "2024-03-05", "2025-03-05");
    due(state, MONTHS, 1, "2025-12-08", "2026-01-08");
}

static void law_xingsujieshi_202__a_start_on_the_last_day_of_a_month_ends_on_a_last_day(void **state)
{
    due(state, MONTHS, 2, "2026-07-31", "2026-09-30");
    due(state, MONTHS, 2, "2025-12-31", "2026-02-28"); /* Saturday, worked */
    due(state, MONTHS, 1, "2025-02-28", "2025-03-31");
    due(state, MONTHS, 1, "2024-02-29", "2024-04-01"); /* 03-31 is Sunday */
    due(state, MONTHS, 1, "2025-04-30", "2025-06-03"); /* 05-31 to 06-02 off */
    due(state, MONTHS, 12, "2023-02-28", "2024-02-29");
    due(state, MONTHS, 1, "2025-06-30", "2025-07-31");
}

static void law_xingsujieshi_202__a_day_the_month_lacks_gives_its_last_day(void **state)
{
    due(state, MONTHS, 1, "2024-01-30", "2024-02-29");
    due(state, MONTHS, 1, "2025-01-30", "2025-02-28");
    due(state, MONTHS, 1, "2025-01-29", "2025-02-28");
    due(state, MONTHS, 1, "2025-01-28", "2025-02-28");
    due(state, MONTHS, 1, "2024-01-29", "2024-02-29");
    due(state, MONTHS, 1, "2024-02-28", "2024-03-28"); /* not the last day in a leap year */
    due(state, MONTHS, 1, "2025-08-31", "2025-09-30");
    due(state, MONTHS, 12, "2024-02-29", "2025-02-28");
}

static void law_xingsujieshi_202__months_roll_like_days(void **state)
{
    due(state, MONTHS, 1, "2026-09-03", "2026-10-08");
    due(state, MONTHS, 2, "2025-12-17", "2026-02-24");
    due(state, MONTHS, 1, "2025-09-11", "2025-10-11"); /* Saturday, worked */
}

static void law_huanjing_38__three_natural_days_over_a_weekend_and_over_none(void **state)
{
    due(state, DAYS, 3, "2018-06-25", "2018-06-28");
    due(state, DAYS, 3, "2019-08-12", "2019-08-15");
    due(state, DAYS, 15, "2019-08-06", "2019-08-21");
    due(state, DAYS, 10, "2006-04-11", "2006-04-21");
    due(state, DAYS, 3, "2020-03-01", "2020-03-04");
    due(state, DAYS, 7, "2019-07-09", "2019-07-16");
}

static void clock_due__before_the_calendar_is_an_error(void **state)
{
    due_error(state, DAYS, 10, "2001-04-27", XJ_ERANGE);
    due_error(state, DAYS, 1, "2003-12-30", XJ_ERANGE);
    due_error(state, DAYS, 5, "2003-12-30", XJ_ERANGE); /* would end inside, but 2003-12-31 is unknown */
    due_error(state, MONTHS, 1, "2003-12-15", XJ_ERANGE);
    due_error(state, WORKDAYS, 1, "2003-12-30", XJ_ERANGE);
}

static void clock_due__may_start_on_the_day_before_the_calendar_begins(void **state)
{
    due(state, DAYS, 3, "2003-12-31", "2004-01-05"); /* 01-03 is Saturday */
    due(state, WORKDAYS, 1, "2003-12-31", "2004-01-02");
    due(state, MONTHS, 2, "2003-12-31", "2004-03-01"); /* 02-29 is Sunday */
    due(state, DAYS, 1, "2004-01-01", "2004-01-02");
}

static void clock_due__past_the_calendar_is_an_error(void **state)
{
    due_error(state, DAYS, 3, "2026-12-31", XJ_ERANGE);
    due_error(state, DAYS, 1, "2026-12-31", XJ_ERANGE);
    due_error(state, DAYS, 2, "2026-12-30", XJ_ERANGE);
    due_error(state, WORKDAYS, 2, "2026-12-30", XJ_ERANGE);
    due_error(state, MONTHS, 1, "2026-12-01", XJ_ERANGE);
    due_error(state, MONTHS, 9999, "2026-01-01", XJ_ERANGE);
    due_error(state, DAYS, 9999, "2004-01-01", XJ_ERANGE);
    due_error(state, DAYS, 3, "2027-01-05", XJ_ERANGE);
}

static void clock_due__ending_on_the_last_covered_day_is_fine(void **state)
{
    due(state, DAYS, 1, "2026-12-30", "2026-12-31");
    due(state, DAYS, 3, "2026-12-28", "2026-12-31");
    due(state, WORKDAYS, 4, "2026-12-25", "2026-12-31");
    due(state, MONTHS, 1, "2026-11-30", "2026-12-31");
    due(state, MONTHS, 6, "2026-06-30", "2026-12-31");
}

/* A roll needs the days it passes over: with the calendar cut off within 春节 the answer is none, not the raw day. */
static void clock_due__rolling_past_the_calendar_is_an_error(void **state)
{
    (void)state;
    struct xj_calendar cal;
    int64_t got = 42;
    assert_int_equal(xj_calendar_init(&cal, xj_slice_cstr("x"), day_of("2026-02-01"), day_of("2026-02-15"),
                                      xj_slice_cstr("test")),
                     XJ_OK);
    assert_int_equal(xj_calendar_add_off(&cal, day_of("2026-02-15"), xj_slice_cstr("春节")), XJ_OK);
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_OK);
    assert_int_equal(xj_clock_due(&cal, DAYS, 3, at("2026-02-12"), NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(xj_clock_due(&cal, DAYS, 1, at("2026-02-12"), NULL, 0, &got), XJ_OK);
    assert_int_equal(got, xj_day_end_ms(day_of("2026-02-13")));
    xj_calendar_free(&cal);
}

static void clock_due__without_a_calendar_only_hours_can_be_counted(void **state)
{
    (void)state;
    int64_t got = 42;
    assert_int_equal(xj_clock_due(NULL, DAYS, 3, at("2026-02-12"), NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(xj_clock_due(NULL, WORKDAYS, 3, at("2026-02-12"), NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(xj_clock_due(NULL, MONTHS, 3, at("2026-02-12"), NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(got, 42);
    assert_int_equal(xj_clock_due(NULL, HOURS, 24, at("1998-02-12T08:00+08:00"), NULL, 0, &got), XJ_OK);
    assert_int_equal(got, at("1998-02-13T08:00+08:00"));
}

static void clock_due__refuses_what_is_no_limit(void **state)
{
    due_error(state, XJ_CLOCK_NONE, 0, "2026-02-12", XJ_ENOTFOUND);
    due_error(state, XJ_CLOCK_INVALID, 3, "2026-02-12", XJ_EMALFORMED);
    due_error(state, (enum xj_clock_kind)(XJ_CLOCK_MONTHS + 1), 3, "2026-02-12", XJ_EMALFORMED);
    due_error(state, DAYS, 0, "2026-02-12", XJ_EMALFORMED);
    due_error(state, DAYS, XJ_CLOCK_LIMIT_MAX + 1, "2026-02-12", XJ_ELIMIT);
    due_error(state, HOURS, UINT32_MAX, "2026-02-12", XJ_ELIMIT);
}

static void clock_due__any_instant_of_64_bits_is_answered_without_overflow(void **state)
{
    static const int64_t instants[] = {INT64_MIN, INT64_MIN + 1, -INT64_C(62135596800000) - 28800001, INT64_MAX - 1,
                                       INT64_MAX};
    int64_t got = 42;
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++)
        for (int kind = HOURS; kind <= MONTHS; kind++)
            assert_int_equal(xj_clock_due(*state, (enum xj_clock_kind)kind, 9999, instants[i], NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(xj_clock_due(*state, HOURS, 1, xj_day_end_ms(XJ_CALENDAR_DAY_MAX), NULL, 0, &got), XJ_ERANGE);
    assert_int_equal(got, 42);
    for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
        struct xj_pause p = {instants[i], i < 4 ? INT64_MAX - 1 : INT64_MAX};
        int64_t far = 0;
        for (int kind = HOURS; kind <= MONTHS; kind++) {
            enum xj_err err = xj_clock_due(*state, (enum xj_clock_kind)kind, 3, at("2026-03-02"), &p, 1, &far);
            assert_int_equal(err, i < 3 ? XJ_ERANGE : XJ_OK);
            err = xj_clock_due(*state, (enum xj_clock_kind)kind, 3, INT64_MIN, &p, 1, &far);
            assert_int_equal(err, XJ_ERANGE);
            err = xj_clock_due(*state, (enum xj_clock_kind)kind, 3, at("0001-01-02"), &p, 1, &far);
            assert_int_equal(err, kind == HOURS && i >= 3 ? XJ_OK : XJ_ERANGE);
        }
    }
}

static void clock_overdue__is_strictly_after_the_due_instant(void **state)
{
    int64_t end;
    assert_int_equal(xj_clock_due(*state, DAYS, 3, at("2026-03-02"), NULL, 0, &end), XJ_OK);
    assert_false(xj_clock_overdue(end, at("2026-03-05T23:59:59.999+08:00")));
    assert_true(xj_clock_overdue(end, at("2026-03-06T00:00+08:00")));
    assert_int_equal(xj_clock_due(*state, HOURS, 24, at("2026-03-02T09:15+08:00"), NULL, 0, &end), XJ_OK);
    assert_false(xj_clock_overdue(end, at("2026-03-03T09:15+08:00")));
    assert_true(xj_clock_overdue(end, at("2026-03-03T09:15:00.001+08:00")));
}

/* ---- pauses ---- */

static struct xj_pause pause(const char *from, const char *to)
{
    return (struct xj_pause){at(from), to == NULL ? INT64_MAX : at(to)};
}

static void pause__the_day_it_begins_does_not_count_and_the_day_it_ends_does(void **state)
{
    struct xj_pause p = pause("2026-03-05", "2026-03-10");
    /* 03, 04, then 10, 11, 12 */
    due_paused(state, DAYS, 5, "2026-03-02", &p, 1, "2026-03-12");
    due_paused(state, DAYS, 3, "2026-03-02", &p, 1, "2026-03-10");
    due_paused(state, DAYS, 2, "2026-03-02", &p, 1, "2026-03-04");
}

static void pause__of_working_days_does_not_count_its_weekend_twice(void **state)
{
    struct xj_pause p = pause("2026-03-06", "2026-03-11");
    /* 03, 04, 05, 11 .. 13, 16 .. 19 */
    due_paused(state, WORKDAYS, 10, "2026-03-02", &p, 1, "2026-03-19");
}

static void pause__begun_and_ended_on_one_day_takes_nothing(void **state)
{
    struct xj_pause p = pause("2026-03-05T09:00+08:00", "2026-03-05T17:00+08:00");
    due_paused(state, DAYS, 4, "2026-03-02", &p, 1, "2026-03-06");
    due_paused(state, WORKDAYS, 4, "2026-03-02", &p, 1, "2026-03-06");
}

static void pause__overlapping_ones_count_once_in_any_order(void **state)
{
    struct xj_pause p[] = {pause("2026-03-09", "2026-03-12"), pause("2026-03-04", "2026-03-06"),
                           pause("2026-03-10", "2026-03-11"), pause("2026-03-05", "2026-03-07")};
    /* 03, then 07, 08, then 12 */
    due_paused(state, DAYS, 4, "2026-03-02", p, 4, "2026-03-12");
}

static void pause__that_runs_makes_nothing_due(void **state)
{
    struct xj_pause p = pause("2026-03-05", NULL);
    int64_t got = 42;
    for (int kind = DAYS; kind <= MONTHS; kind++)
        assert_int_equal(xj_clock_due(*state, (enum xj_clock_kind)kind, 3, at("2026-03-02"), &p, 1, &got), XJ_ESTATE);
    assert_int_equal(xj_clock_due(*state, HOURS, 240, at("2026-03-02"), &p, 1, &got), XJ_ESTATE);
    assert_int_equal(got, 42);
}

static void pause__that_begins_after_the_limit_ran_out_changes_nothing(void **state)
{
    struct xj_pause p = pause("2026-03-06", NULL);
    due_paused(state, DAYS, 3, "2026-03-02", &p, 1, "2026-03-05");
    due_paused(state, HOURS, 24, "2026-03-02", &p, 1, "2026-03-03T12:00+08:00");
}

static void pause__before_the_start_changes_nothing(void **state)
{
    struct xj_pause p = pause("2026-02-01", "2026-03-02");
    due_paused(state, DAYS, 3, "2026-03-02", &p, 1, "2026-03-05");
    due_paused(state, HOURS, 3, "2026-03-02", &p, 1, "2026-03-02T15:00+08:00");
}

static void pause__while_the_last_day_rolls_moves_the_due_day_behind_it(void **state)
{
    struct xj_pause p = pause("2026-03-08", "2026-03-11"), open = pause("2026-03-08", NULL);
    int64_t got;
    /* The limit ends on Saturday 03-07 and would roll to 03-09, which is paused. */
    due_paused(state, DAYS, 5, "2026-03-02", &p, 1, "2026-03-11");
    assert_int_equal(xj_clock_due(*state, DAYS, 5, at("2026-03-02"), &open, 1, &got), XJ_ESTATE);
}

static void pause__lengthens_months_by_its_days(void **state)
{
    struct xj_pause p = pause("2026-03-20", "2026-03-25");
    due_paused(state, MONTHS, 1, "2026-03-10", &p, 1, "2026-04-15");
    struct xj_pause on_last = pause("2026-04-10", "2026-04-13");
    due_paused(state, MONTHS, 1, "2026-03-10", &on_last, 1, "2026-04-13");
}

static void pause__stops_hours_to_the_millisecond(void **state)
{
    struct xj_pause p[] = {pause("2026-03-02T20:00+08:00", "2026-03-03T08:30:00.250+08:00"),
                           pause("2026-03-02T18:00+08:00", "2026-03-02T21:00+08:00")};
    due_paused(state, HOURS, 24, "2026-03-02T12:00+08:00", p, 2, "2026-03-04T02:30:00.250+08:00");
    due_paused(state, HOURS, 6, "2026-03-02T12:00+08:00", p, 2, "2026-03-02T18:00+08:00");
    due_paused(state, HOURS, 6, "2026-03-02T19:00+08:00", p, 2, "2026-03-03T14:30:00.250+08:00");
}

static void pause__without_end_goes_before_one_whose_end_is_out_of_range(void **state)
{
    struct xj_pause p[] = {{at("2026-03-05"), INT64_MAX}, {at("2026-03-04"), INT64_MAX - 1}};
    int64_t got;
    for (int kind = HOURS; kind <= MONTHS; kind++) {
        assert_int_equal(xj_clock_due(*state, (enum xj_clock_kind)kind, 72, at("2026-03-05"), p, 2, &got), XJ_ESTATE);
        assert_int_equal(xj_clock_due(*state, (enum xj_clock_kind)kind, 72, at("2026-03-05"), p + 1, 1, &got), XJ_ERANGE);
    }
}

static void pause__past_the_calendar_is_an_error(void **state)
{
    struct xj_pause p = pause("2026-12-29", "2027-01-05");
    int64_t got;
    assert_int_equal(xj_clock_due(*state, DAYS, 3, at("2026-12-28"), &p, 1, &got), XJ_ERANGE);
}

static void pause__that_ends_before_it_begins_or_too_many_are_refused(void **state)
{
    static struct xj_pause many[XJ_CLOCK_PAUSES_MAX + 1];
    struct xj_pause p = {5, 4};
    int64_t got;
    assert_int_equal(xj_clock_due(*state, DAYS, 3, at("2026-03-02"), &p, 1, &got), XJ_EMALFORMED);
    assert_int_equal(xj_clock_due(*state, DAYS, 3, at("2026-03-02"), many, XJ_CLOCK_PAUSES_MAX + 1, &got), XJ_ELIMIT);
    assert_int_equal(xj_clock_due(*state, DAYS, 3, at("2026-03-02"), many, XJ_CLOCK_PAUSES_MAX, &got), XJ_OK);
}

/* ---- starts known as a range ---- */

static void range(void **state, enum xj_clock_kind kind, uint32_t limit, int64_t from, int64_t to, const char *earliest,
                  const char *latest)
{
    int64_t first = 0, last = 0;
    assert_int_equal(xj_clock_due_range(*state, kind, limit, from, to, NULL, 0, &first, &last), XJ_OK);
    assert_int_equal(first, kind == HOURS ? at(earliest) : xj_day_end_ms(day_of(earliest)));
    if (latest == NULL)
        assert_int_equal(last, INT64_MAX);
    else
        assert_int_equal(last, kind == HOURS ? at(latest) : xj_day_end_ms(day_of(latest)));
}

static void range__of_a_day_or_a_month_gives_earliest_and_latest_due(void **state)
{
    int64_t from, to;
    assert_true(xj_date_range_parse("2026-03-04", &from, &to));
    range(state, DAYS, 3, from, to, "2026-03-09", "2026-03-09");
    range(state, HOURS, 24, from, to, "2026-03-05T00:00+08:00", "2026-03-05T23:59:59.999+08:00");
    assert_true(xj_date_range_parse("2026-01", &from, &to));
    range(state, MONTHS, 1, from, to, "2026-02-02", "2026-02-28"); /* 02-01 is Sunday; 02-28 is worked */
    assert_true(xj_date_range_parse("2025/2026-11", &from, &to));
    range(state, WORKDAYS, 1, from, to, "2025-01-02", "2026-12-01");
}

static void range__without_a_known_end_has_no_latest_due(void **state)
{
    range(state, DAYS, 3, at("2015-08-12"), INT64_MAX, "2015-08-17", NULL);
    range(state, HOURS, 24, at("2015-08-12"), INT64_MAX, "2015-08-13T12:00+08:00", NULL);
    range(state, DAYS, 3, at("2026-12-01"), at("2027-03-01"), "2026-12-04", NULL);
}

static void range__outside_the_calendar_or_upside_down_is_an_error(void **state)
{
    int64_t first = 42, last = 42;
    assert_int_equal(xj_clock_due_range(*state, DAYS, 3, at("2001-04-27"), INT64_MAX, NULL, 0, &first, &last), XJ_ERANGE);
    assert_int_equal(xj_clock_due_range(*state, DAYS, 3, 5, 4, NULL, 0, &first, &last), XJ_EMALFORMED);
    assert_int_equal(xj_clock_due_range(*state, XJ_CLOCK_NONE, 0, 5, 6, NULL, 0, &first, &last), XJ_ENOTFOUND);
    assert_int_equal(first, 42);
    assert_int_equal(last, 42);
}

static void range__after_a_pause_that_has_ended_is_as_if_there_was_none(void **state)
{
    struct xj_pause days = pause("2026-02-25", "2026-03-03"), hours = pause("2026-02-25", "2026-03-02T12:00+08:00");
    int64_t first, last;
    assert_int_equal(xj_clock_due_range(*state, DAYS, 2, at("2026-03-02"), at("2026-03-03"), &days, 1, &first, &last), XJ_OK);
    assert_int_equal(first, xj_day_end_ms(day_of("2026-03-04")));
    assert_int_equal(last, xj_day_end_ms(day_of("2026-03-05")));
    assert_int_equal(xj_clock_due_range(*state, HOURS, 2, at("2026-03-02"), at("2026-03-03"), &hours, 1, &first, &last),
                     XJ_OK);
    assert_int_equal(first, at("2026-03-02T14:00+08:00"));
    assert_int_equal(last, at("2026-03-03T14:00+08:00"));
}

static void range__with_a_pause_inside_it_is_an_error(void **state)
{
    struct xj_pause p = pause("2026-03-04", "2026-03-06"), open = pause("2026-03-09", NULL);
    int64_t first, last;
    assert_int_equal(xj_clock_due_range(*state, DAYS, 3, at("2026-03-02"), at("2026-03-05"), &p, 1, &first, &last),
                     XJ_ERANGE);
    assert_int_equal(xj_clock_due_range(*state, HOURS, 3, at("2026-03-02"), at("2026-03-05"), &p, 1, &first, &last),
                     XJ_ERANGE);
    assert_int_equal(xj_clock_due_range(*state, DAYS, 3, at("2026-03-02"), at("2026-03-03"), &p, 1, &first, &last), XJ_OK);
    assert_int_equal(first, xj_day_end_ms(day_of("2026-03-09"))); /* 03, 06, 07 and a weekend */
    assert_int_equal(last, xj_day_end_ms(day_of("2026-03-09")));  /* 06, 07, 08 */
    assert_int_equal(xj_clock_due_range(*state, DAYS, 3, at("2026-03-02"), at("2026-03-08"), &open, 1, &first, &last),
                     XJ_OK);
    assert_int_equal(first, xj_day_end_ms(day_of("2026-03-05")));
    assert_int_equal(last, INT64_MAX);
}

/* ---- reading and explaining ---- */

static void parse__reads_the_four_units_and_none(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        enum xj_clock_kind kind;
        uint32_t limit;
    } good[] = {{"3d", DAYS, 3}, {"3w", WORKDAYS, 3}, {"2m", MONTHS, 2}, {"24h", HOURS, 24}, {"9999h", HOURS, 9999},
                {"10w", WORKDAYS, 10}, {"1m15d", MONTHS, 150001}, {"12m99d", MONTHS, 990012}, {"none", XJ_CLOCK_NONE, 0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        enum xj_clock_kind kind = XJ_CLOCK_INVALID;
        uint32_t limit = 77;
        assert_true(xj_clock_parse(good[i].s, &kind, &limit));
        assert_int_equal(kind, good[i].kind);
        assert_int_equal(limit, good[i].limit);
    }
}

static void parse__refuses_everything_else(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "d",    "3",   "0d",   "03d", "-3d",         "+3d",   " 3d", "3d ", "3D",
                                      "3dd", "3 d",  "3x",  "1.5d", "3y",  "10000d",      "none ", "NONE", "3d3h", "1m0d", "1m100d", "1m05d", "1m5", "1m5h", "1m5w", "1d1m", "1m1d1d", "1m999999999999d",
                                      "h24", "0x3d", "３d", "99999999999999999999d"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        enum xj_clock_kind kind = XJ_CLOCK_INVALID;
        uint32_t limit = 77;
        if (xj_clock_parse(bad[i], &kind, &limit))
            fail_msg("read \"%s\"", bad[i]);
        assert_int_equal(kind, XJ_CLOCK_INVALID);
        assert_int_equal(limit, 77);
    }
}

static void explain(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, const char *start,
                    const struct xj_pause *p, size_t count, enum xj_err err, const char *want)
{
    struct xj_buf buf;
    xj_buf_init(&buf, 4096);
    assert_int_equal(xj_clock_explain(cal, kind, limit, at(start), p, count, &buf), err);
    assert_string_equal(xj_buf_cstr(&buf), want);
    xj_buf_free(&buf);
}

static void explain__shows_the_arithmetic_in_one_line(void **state)
{
    const struct xj_calendar *cal = *state;
    struct xj_pause p = pause("2026-03-05", "2026-03-10"), one = pause("2026-03-05", "2026-03-06");
    explain(cal, DAYS, 3, "2026-02-12", NULL, 0, XJ_OK,
            "2026-02-12 + 3 natural days = 2026-02-15 (Sun, 春节) -> 2026-02-24");
    explain(cal, DAYS, 3, "2025-01-24", NULL, 0, XJ_OK, "2025-01-24 + 3 natural days = 2025-01-27 (Mon)");
    explain(cal, DAYS, 1, "2026-03-06", NULL, 0, XJ_OK, "2026-03-06 + 1 natural day = 2026-03-07 (Sat) -> 2026-03-09");
    explain(cal, WORKDAYS, 3, "2025-01-24", NULL, 0, XJ_OK, "2025-01-24 + 3 working days = 2025-02-05 (Wed)");
    explain(cal, MONTHS, xj_clock_months_days(1, 15), "2026-03-10", NULL, 0, XJ_OK,
            "2026-03-10 + 1 month + 15 natural days = 2026-04-25 (Sat) -> 2026-04-27");
    explain(cal, MONTHS, 2, "2025-12-31", NULL, 0, XJ_OK,
            "2025-12-31 + 2 months = 2026-02-28 (Sat, make-up working day)");
    explain(cal, HOURS, 24, "2026-02-14T17:30+08:00", NULL, 0, XJ_OK,
            "2026-02-14T17:30:00.000+08:00 + 24 hours = 2026-02-15T17:30:00.000+08:00");
    explain(cal, DAYS, 5, "2026-03-02", &p, 1, XJ_OK, "2026-03-02 + 5 natural days, 5 paused days = 2026-03-12 (Thu)");
    explain(cal, DAYS, 3, "2026-03-02", &one, 1, XJ_OK, "2026-03-02 + 3 natural days, 1 paused day = 2026-03-06 (Fri)");
    explain(cal, HOURS, 100, "2026-03-02", &one, 1, XJ_OK,
            "2026-03-02T12:00:00.000+08:00 + 100 hours, 24:00:00.000 paused = 2026-03-07T16:00:00.000+08:00");
}

static void explain__says_why_there_is_no_date(void **state)
{
    const struct xj_calendar *cal = *state;
    struct xj_pause open = pause("2026-03-05", NULL);
    explain(cal, DAYS, 3, "2026-12-31", NULL, 0, XJ_ERANGE,
            "2026-12-31 + 3 natural days: outside calendar cn, which covers 2004-01-01 to 2026-12-31");
    explain(NULL, WORKDAYS, 3, "2026-12-31", NULL, 0, XJ_ERANGE, "2026-12-31 + 3 working days: no calendar");
    explain(cal, DAYS, 7, "2026-03-02", &open, 1, XJ_ESTATE,
            "2026-03-02 + 7 natural days: not due while paused since 2026-03-05T12:00:00.000+08:00");
    explain(cal, XJ_CLOCK_NONE, 0, "2026-03-02", NULL, 0, XJ_ENOTFOUND, "2026-03-02: no time limit");
    explain(cal, DAYS, 0, "2026-03-02", NULL, 0, XJ_EMALFORMED, "2026-03-02 + 0 natural days: malformed");
    explain(NULL, HOURS, 9999, "9999-12-31", NULL, 0, XJ_ERANGE,
            "9999-12-31T12:00:00.000+08:00 + 9999 hours: outside the years 1 to 9999");
}

static void explain__reports_a_full_buffer(void **state)
{
    struct xj_buf buf;
    xj_buf_init(&buf, 20);
    assert_int_equal(xj_clock_explain(*state, DAYS, 3, at("2026-02-12"), NULL, 0, &buf), XJ_ELIMIT);
    xj_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_xingsu_105__the_starting_day_is_not_counted),
        cmocka_unit_test(law_xingsu_105__last_day_on_an_ordinary_monday_stays),
        cmocka_unit_test(law_xingsu_105__last_day_on_a_holiday_rolls_to_the_next_working_day),
        cmocka_unit_test(law_xingsu_105__a_weekend_day_rolls_to_monday),
        cmocka_unit_test(law_xingsu_105__only_the_last_day_rolls_not_holidays_within),
        cmocka_unit_test(law_xingsu_105__a_start_on_a_holiday_counts_from_the_next_day_even_if_off),
        cmocka_unit_test(law_xingsu_105__a_make_up_day_is_a_day_to_act_on),
        cmocka_unit_test(law_fangjia_2024__a_bridge_day_off_is_a_day_off_for_rolling),
        cmocka_unit_test(law_xingsu_105__hours_are_exact_and_never_roll),
        cmocka_unit_test(law_chufa_85__working_days_skip_weekends_and_holidays),
        cmocka_unit_test(law_xingsujieshi_202__a_month_ends_on_the_same_day_number),
        cmocka_unit_test(law_xingsujieshi_202__a_start_on_the_last_day_of_a_month_ends_on_a_last_day),
        cmocka_unit_test(law_xingsujieshi_202__a_day_the_month_lacks_gives_its_last_day),
        cmocka_unit_test(law_xingsujieshi_202__months_roll_like_days),
        cmocka_unit_test(law_huanjing_38__three_natural_days_over_a_weekend_and_over_none),
        cmocka_unit_test(clock_due__before_the_calendar_is_an_error),
        cmocka_unit_test(clock_due__may_start_on_the_day_before_the_calendar_begins),
        cmocka_unit_test(clock_due__past_the_calendar_is_an_error),
        cmocka_unit_test(clock_due__ending_on_the_last_covered_day_is_fine),
        cmocka_unit_test(clock_due__rolling_past_the_calendar_is_an_error),
        cmocka_unit_test(clock_due__without_a_calendar_only_hours_can_be_counted),
        cmocka_unit_test(clock_due__refuses_what_is_no_limit),
        cmocka_unit_test(clock_due__any_instant_of_64_bits_is_answered_without_overflow),
        cmocka_unit_test(clock_overdue__is_strictly_after_the_due_instant),
        cmocka_unit_test(pause__the_day_it_begins_does_not_count_and_the_day_it_ends_does),
        cmocka_unit_test(pause__of_working_days_does_not_count_its_weekend_twice),
        cmocka_unit_test(pause__begun_and_ended_on_one_day_takes_nothing),
        cmocka_unit_test(pause__overlapping_ones_count_once_in_any_order),
        cmocka_unit_test(pause__that_runs_makes_nothing_due),
        cmocka_unit_test(pause__that_begins_after_the_limit_ran_out_changes_nothing),
        cmocka_unit_test(pause__before_the_start_changes_nothing),
        cmocka_unit_test(pause__while_the_last_day_rolls_moves_the_due_day_behind_it),
        cmocka_unit_test(pause__lengthens_months_by_its_days),
        cmocka_unit_test(pause__stops_hours_to_the_millisecond),
        cmocka_unit_test(pause__without_end_goes_before_one_whose_end_is_out_of_range),
        cmocka_unit_test(pause__past_the_calendar_is_an_error),
        cmocka_unit_test(pause__that_ends_before_it_begins_or_too_many_are_refused),
        cmocka_unit_test(range__of_a_day_or_a_month_gives_earliest_and_latest_due),
        cmocka_unit_test(range__without_a_known_end_has_no_latest_due),
        cmocka_unit_test(range__outside_the_calendar_or_upside_down_is_an_error),
        cmocka_unit_test(range__after_a_pause_that_has_ended_is_as_if_there_was_none),
        cmocka_unit_test(range__with_a_pause_inside_it_is_an_error),
        cmocka_unit_test(parse__reads_the_four_units_and_none),
        cmocka_unit_test(parse__refuses_everything_else),
        cmocka_unit_test(explain__shows_the_arithmetic_in_one_line),
        cmocka_unit_test(explain__says_why_there_is_no_date),
        cmocka_unit_test(explain__reports_a_full_buffer),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
