/* Beijing dates and instants. Spec: spec/08-clocks.md, section 1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/base/civil.h"

#define FIRST_DAY INT64_C(-719162) /* 0001-01-01 */
#define LAST_DAY INT64_C(2932896)  /* 9999-12-31 */

/* Counts on from the first day by month lengths alone: an independent calendar. */
static void civil__agrees_with_counting_every_day_of_9999_years(void **state)
{
    (void)state;
    struct xj_civil want = {1, 1, 1};
    for (int64_t days = FIRST_DAY; days <= LAST_DAY; days++) {
        struct xj_civil got = xj_civil_from_days(days);
        if (got.year != want.year || got.month != want.month || got.day != want.day || xj_days_from_civil(want) != days ||
            !xj_civil_valid(got))
            fail_msg("day %lld", (long long)days);
        if (++want.day > xj_days_in_month(want.year, want.month)) {
            want.day = 1;
            if (++want.month > 12) {
                want.month = 1;
                want.year++;
            }
        }
    }
    assert_int_equal(want.year, 10000);
}

static void civil__has_no_date_outside_its_years(void **state)
{
    (void)state;
    static const int64_t outside[] = {FIRST_DAY - 1, LAST_DAY + 1, INT64_MIN, INT64_MAX};
    char date[11], instant[30];
    for (size_t i = 0; i < 4; i++) {
        assert_false(xj_civil_valid(xj_civil_from_days(outside[i])));
        xj_date_format(outside[i], date);
        assert_string_equal(date, "\?\?\?\?-\?\?-\?\?");
    }
    xj_instant_format(INT64_MAX, instant);
    assert_string_equal(instant, "\?\?\?\?-\?\?-\?\?T\?\?:\?\?:\?\?.\?\?\?+08:00");
    xj_instant_format(INT64_MIN, instant);
    assert_int_equal(instant[0], '?');
}

static void civil_valid__knows_leap_years_and_bounds(void **state)
{
    (void)state;
    assert_true(xj_civil_valid((struct xj_civil){2024, 2, 29}));
    assert_true(xj_civil_valid((struct xj_civil){2000, 2, 29}));
    assert_false(xj_civil_valid((struct xj_civil){1900, 2, 29}));
    assert_false(xj_civil_valid((struct xj_civil){2026, 2, 29}));
    assert_false(xj_civil_valid((struct xj_civil){0, 1, 1}));
    assert_false(xj_civil_valid((struct xj_civil){10000, 1, 1}));
    assert_false(xj_civil_valid((struct xj_civil){2026, 0, 1}));
    assert_false(xj_civil_valid((struct xj_civil){2026, 13, 1}));
    assert_false(xj_civil_valid((struct xj_civil){2026, 4, 31}));
    assert_false(xj_civil_valid((struct xj_civil){2026, 4, 0}));
    assert_int_equal(xj_days_in_month(2026, 0), 0);
    assert_int_equal(xj_days_in_month(2026, 13), 0);
}

static void weekday__is_right_on_known_days_and_runs_in_sevens(void **state)
{
    (void)state;
    assert_int_equal(xj_weekday(0), 4);
    assert_int_equal(xj_weekday(xj_days_from_civil((struct xj_civil){2026, 2, 12})), 4);
    assert_int_equal(xj_weekday(xj_days_from_civil((struct xj_civil){2000, 1, 1})), 6);
    assert_int_equal(xj_weekday(FIRST_DAY), 1);
    for (int64_t days = -1000; days < 1000; days++)
        assert_int_equal(xj_weekday(days + 1), xj_weekday(days) % 7 + 1);
    assert_in_range(xj_weekday(INT64_MIN), 1, 7);
    assert_in_range(xj_weekday(INT64_MAX), 1, 7);
}

static void day_of_ms__changes_at_beijing_midnight(void **state)
{
    (void)state;
    static const int64_t days[] = {FIRST_DAY, -1, 0, 1, 20496, LAST_DAY};
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        int64_t start = xj_day_start_ms(days[i]), end = xj_day_end_ms(days[i]);
        assert_int_equal(end - start, XJ_DAY_MS - 1);
        assert_int_equal(xj_day_of_ms(start), days[i]);
        assert_int_equal(xj_day_of_ms(end), days[i]);
        assert_int_equal(xj_day_of_ms(start - 1), days[i] - 1);
        assert_int_equal(xj_day_of_ms(end + 1), days[i] + 1);
    }
    assert_int_equal(xj_day_start_ms(0), -8 * 3600 * 1000);
}

static void day_ms__saturates_at_the_ends(void **state)
{
    (void)state;
    assert_true(xj_day_start_ms(INT64_MAX) == INT64_MAX && xj_day_end_ms(INT64_MAX) == INT64_MAX);
    assert_true(xj_day_start_ms(INT64_MIN) == INT64_MIN);
    assert_true(xj_day_start_ms(INT64_MIN / XJ_DAY_MS) == INT64_MIN); /* in UTC it would still have a number */
    assert_true(xj_day_of_ms(INT64_MAX) > xj_day_of_ms(INT64_MAX - 2 * XJ_DAY_MS));
    assert_true(xj_day_of_ms(INT64_MIN) < 0);
}

static void format__writes_beijing_time(void **state)
{
    (void)state;
    char date[11], instant[30];
    xj_date_format(20496, date);
    assert_string_equal(date, "2026-02-12");
    xj_instant_format(0, instant);
    assert_string_equal(instant, "1970-01-01T08:00:00.000+08:00");
    xj_instant_format(-1, instant);
    assert_string_equal(instant, "1970-01-01T07:59:59.999+08:00");
    xj_instant_format(INT64_C(1770856200123), instant);
    assert_string_equal(instant, "2026-02-12T08:30:00.123+08:00");
    xj_date_format(FIRST_DAY, date);
    assert_string_equal(date, "0001-01-01");
    xj_instant_format(xj_day_end_ms(LAST_DAY), instant);
    assert_string_equal(instant, "9999-12-31T23:59:59.999+08:00");
}

static void date_parse__refuses_all_but_the_exact_form(void **state)
{
    (void)state;
    int64_t days = 77;
    static const char *const bad[] = {"",           "2026",        "2026-02",     "2026-2-12",   "2026-02-12 ", " 2026-02-12",
                                      "2026-02-30", "2026-13-01",  "2026-00-01",  "0000-01-01",  "2026/02/12",  "20260212",
                                      "+026-02-12", "2026-02-12T", "12026-02-12", "2026-02--1",  "2026-02-1x",  "-001-01-01"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (xj_date_parse(bad[i], &days))
            fail_msg("\"%s\" was accepted", bad[i]);
    assert_int_equal(days, 77);
    assert_true(xj_date_parse("2026-02-12", &days));
    assert_int_equal(days, 20496);
}

static int64_t instant(const char *s)
{
    int64_t ms;
    if (!xj_instant_parse(s, &ms))
        fail_msg("\"%s\" was refused", s);
    return ms;
}

static void instant_parse__reads_utc_and_beijing(void **state)
{
    (void)state;
    assert_int_equal(instant("1970-01-01T00:00Z"), 0);
    assert_int_equal(instant("1970-01-01T08:00+08:00"), 0);
    assert_int_equal(instant("2026-02-12T00:30:00.123Z"), INT64_C(1770856200123));
    assert_int_equal(instant("2026-02-12T08:30:00.123+08:00"), INT64_C(1770856200123));
    assert_int_equal(instant("2026-02-12T08:30:59+08:00"), INT64_C(1770856259000));
    assert_int_equal(instant("2026-02-12"), xj_day_start_ms(20496));
    assert_int_equal(instant("1969-12-31T23:59:59.999Z"), -1);
}

static void instant_parse__refuses_the_rest(void **state)
{
    (void)state;
    int64_t ms = 77;
    static const char *const bad[] = {
        "", "2026", "2026-02-12T", "2026-02-12T08", "2026-02-12T08:30", "2026-02-12T08:30:00", "2026-02-12 08:30Z",
        "2026-02-12T24:00Z", "2026-02-12T08:60Z", "2026-02-12T08:30:60Z", "2026-02-12T08:30:00.1Z",
        "2026-02-12T08:30:00.1234Z", "2026-02-12T08:30.123Z", "2026-02-12T08:30z", "2026-02-12T08:30+0800",
        "2026-02-12T08:30+09:00", "2026-02-12T08:30Z ", "2026-02-30T08:30Z", "2026-02-12T-8:30Z", "2026-02-12T08:3xZ", "2026-02-12T08:30:Z",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (xj_instant_parse(bad[i], &ms))
            fail_msg("\"%s\" was accepted", bad[i]);
    assert_int_equal(ms, 77);
}

static void instant__format_and_parse_are_inverse(void **state)
{
    (void)state;
    char text[30];
    uint64_t seed = 88172645463325252u;
    for (int i = 0; i < 20000; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        int64_t span = (LAST_DAY - FIRST_DAY + 1) * XJ_DAY_MS;
        int64_t ms = xj_day_start_ms(FIRST_DAY) + (int64_t)(seed % (uint64_t)span);
        xj_instant_format(ms, text);
        assert_int_equal(instant(text), ms);
    }
}

static void is_range(const char *s, const char *first, const char *last)
{
    int64_t from, to, first_day, last_day;
    if (!xj_date_range_parse(s, &from, &to))
        fail_msg("\"%s\" was refused", s);
    assert_true(xj_date_parse(first, &first_day) && xj_date_parse(last, &last_day));
    assert_int_equal(from, xj_day_start_ms(first_day));
    assert_int_equal(to, xj_day_end_ms(last_day));
}

static void date_range__covers_years_months_days_and_pairs(void **state)
{
    (void)state;
    is_range("2024", "2024-01-01", "2024-12-31");
    is_range("2024-02", "2024-02-01", "2024-02-29");
    is_range("2023-02", "2023-02-01", "2023-02-28");
    is_range("2024-02-12", "2024-02-12", "2024-02-12");
    is_range("2016/2018-06", "2016-01-01", "2018-06-30");
    is_range("2018-06-05/2018", "2018-06-05", "2018-12-31");
}

static void date_range__refuses_the_rest(void **state)
{
    (void)state;
    int64_t from = 77, to = 77;
    static const char *const bad[] = {"", "/", "2024/", "/2024", "2024/2023", "2024-13", "2024-00", "2024-02-30", "2024-1",
                                      "202", "20245", "2024-", "2024-02-", "2024/2025/2026", "2024 ", "0000", "2024-02/x",
                                      "2024-03/2024-02-28"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (xj_date_range_parse(bad[i], &from, &to))
            fail_msg("\"%s\" was accepted", bad[i]);
    assert_true(from == 77 && to == 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(civil__agrees_with_counting_every_day_of_9999_years),
        cmocka_unit_test(civil__has_no_date_outside_its_years),
        cmocka_unit_test(civil_valid__knows_leap_years_and_bounds),
        cmocka_unit_test(weekday__is_right_on_known_days_and_runs_in_sevens),
        cmocka_unit_test(day_of_ms__changes_at_beijing_midnight),
        cmocka_unit_test(day_ms__saturates_at_the_ends),
        cmocka_unit_test(format__writes_beijing_time),
        cmocka_unit_test(date_parse__refuses_all_but_the_exact_form),
        cmocka_unit_test(instant_parse__reads_utc_and_beijing),
        cmocka_unit_test(instant_parse__refuses_the_rest),
        cmocka_unit_test(instant__format_and_parse_are_inverse),
        cmocka_unit_test(date_range__covers_years_months_days_and_pairs),
        cmocka_unit_test(date_range__refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
