/* The calendar data against the notices, and the clocks against a second, naive implementation that walks day by day (or
 * minute by minute) and shares no code with the first. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/law/cn_calendar.h"

/* ---- the data ---- */

/* Every day from first to last year is off, or a make-up day, exactly when the lists say so. A range is "from..to". */
static void assert_year(const struct xj_calendar *cal, int year, const char *const *offs, const char *const *works)
{
    int64_t from = xj_days_from_civil((struct xj_civil){year, 1, 1});
    int64_t to = xj_days_from_civil((struct xj_civil){year, 12, 31});
    char date[11];
    for (int64_t day = from; day <= to; day++) {
        bool is_off = false, is_work = false;
        xj_date_format(day, date);
        for (size_t i = 0; offs[i] != NULL; i++)
            is_off = is_off || (strncmp(date + 5, offs[i], 5) >= 0 && strcmp(date + 5, offs[i] + strlen(offs[i]) - 5) <= 0);
        for (size_t i = 0; works[i] != NULL; i++)
            is_work = is_work || strcmp(date + 5, works[i]) == 0;
        if (is_off != (xj_calendar_off_name(cal, day) != NULL) || is_work != xj_calendar_is_makeup(cal, day))
            fail_msg("%s: off %d, work %d by the notice", date, is_off, is_work);
    }
}

#define LIST(...) (const char *const[]){__VA_ARGS__, NULL}

static void notice_2022__is_what_the_calendar_holds(void **state)
{
    assert_year(*state, 2022,
                LIST("01-01..01-03", "01-31..02-06", "04-03..04-05", "04-30..05-04", "06-03..06-05", "09-10..09-12",
                     "10-01..10-07", "12-31"),
                LIST("01-29", "01-30", "04-02", "04-24", "05-07", "10-08", "10-09"));
}

static void notice_2023__is_what_the_calendar_holds(void **state)
{
    assert_year(*state, 2023,
                LIST("01-01..01-02", "01-21..01-27", "04-05", "04-29..05-03", "06-22..06-24", "09-29..10-06"),
                LIST("01-28", "01-29", "04-23", "05-06", "06-25", "10-07", "10-08"));
}

static void notice_2024__is_what_the_calendar_holds(void **state)
{
    assert_year(*state, 2024,
                LIST("01-01", "02-10..02-17", "04-04..04-06", "05-01..05-05", "06-10", "09-15..09-17", "10-01..10-07"),
                LIST("02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"));
}

static void notice_2025__is_what_the_calendar_holds(void **state)
{
    assert_year(*state, 2025,
                LIST("01-01", "01-28..02-04", "04-04..04-06", "05-01..05-05", "05-31..06-02", "10-01..10-08"),
                LIST("01-26", "02-08", "04-27", "09-28", "10-11"));
}

static void notice_2026__is_what_the_calendar_holds(void **state)
{
    assert_year(*state, 2026,
                LIST("01-01..01-03", "02-15..02-23", "04-04..04-06", "05-01..05-05", "06-19..06-21", "09-25..09-27",
                     "10-01..10-07"),
                LIST("01-04", "02-14", "02-28", "05-09", "09-20", "10-10"));
}

/* Exchanging days (调休) neither makes nor takes working time: weekdays off less weekend days worked are the statutory
 * holidays of the year, up to exchanges across New Year and special days, which are named here. */
static void data__exchanged_days_balance_in_every_year(void **state)
{
    const struct xj_calendar *cal = *state;
    /* 2005: Saturday 12-31 was worked for 2006-01-03 (国办发明电〔2005〕35号), one less; data without that day is one day
     * out, in this year alone, and both states of the data are told apart here. */
    int worked_2005 = xj_calendar_is_makeup(cal, day_of("2005-12-31")) ? 1 : 0;
    const int want[] = {10, 10 - worked_2005,
                        10 + 1 - 2,                         /* 2006: 01-03; 12-30 and 12-31 worked for 2007 */
                        10 + 2, 11, 11, 11, 11 - 1, 11 + 1, /* 2011-12-31 worked for 2012-01-03 */
                        11, 11, 11 + 1,                     /* 2015-09-03, once */
                        11, 11, 11, 11, 11 + 2,             /* 2020-01-31 and 02-01: 春节 lengthened, one swap withdrawn */
                        11, 11, 11, 11, 13, 13};
    for (int year = 2004; year <= 2026; year++) {
        int net = 0;
        for (int64_t d = xj_days_from_civil((struct xj_civil){year, 1, 1}); xj_civil_from_days(d).year == year; d++) {
            bool work;
            assert_int_equal(xj_calendar_is_workday(cal, d, &work), XJ_OK);
            net += (xj_weekday(d) <= 5) - (int)work;
        }
        if (net != want[year - 2004])
            fail_msg("%d: %d days, want %d", year, net, want[year - 2004]);
    }
}

static void data__survives_encoding(void **state)
{
    const struct xj_calendar *cal = *state;
    struct xj_calendar again;
    struct xj_buf buf;
    struct xj_hash one, two;
    xj_buf_init(&buf, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(cal, &buf);
    assert_int_equal(buf.err, XJ_OK);
    assert_int_equal(xj_calendar_decode(xj_buf_slice(&buf), &again), XJ_OK);
    assert_int_equal(again.off_count, cal->off_count);
    assert_int_equal(xj_calendar_digest(cal, &one), XJ_OK);
    assert_int_equal(xj_calendar_digest(&again, &two), XJ_OK);
    assert_true(xj_hash_eq(&one, &two));
    xj_calendar_free(&again);
    xj_buf_free(&buf);
}

/* ---- a second opinion ---- */

#define N 8401       /* 2004-01-01 .. 2026-12-31 */
#define EPOCH 12418  /* 2004-01-01 is day 12418 from 1970-01-01 */

struct naive {
    struct {
        int y, m, d, weekday; /* weekday 0 = Monday */
        bool last_of_month, work, paused;
    } day[N];
};

static int length_of(int y, int m)
{
    if (m == 2)
        return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0 ? 29 : 28;
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

/* Walks the calendar on paper: days one after the other from Thursday 2004-01-01, lists searched in the JSON text itself. */
static struct naive *naive_new(void)
{
    struct naive *nv = calloc(1, sizeof *nv);
    json_t *root = json_load_file(CN_JSON, 0, NULL), *each;
    size_t i;
    int y = 2004, m = 1, d = 1;
    assert_non_null(nv);
    assert_non_null(root);
    for (int n = 0; n < N; n++) {
        nv->day[n].y = y;
        nv->day[n].m = m;
        nv->day[n].d = d;
        nv->day[n].weekday = (n + 3) % 7;
        nv->day[n].work = nv->day[n].weekday < 5;
        nv->day[n].last_of_month = d == length_of(y, m);
        if (++d > length_of(y, m)) {
            d = 1;
            if (++m > 12) {
                m = 1;
                y++;
            }
        }
    }
    for (int list = 0; list < 2; list++) {
        json_array_foreach(json_object_get(root, list == 0 ? "off" : "work"), i, each) {
            const char *s = list == 0 ? text_of(each, "date") : json_string_value(each);
            char here[40];
            int n = 0;
            do {
                assert_true(n < N);
                snprintf(here, sizeof here, "%04d-%02d-%02d", nv->day[n].y, nv->day[n].m, nv->day[n].d);
                n++;
            } while (strcmp(here, s) != 0);
            nv->day[n - 1].work = list == 1;
        }
    }
    json_decref(root);
    return nv;
}

/* The day index on which the limit runs out, or -1 when the calendar ends first. */
static int naive_due(const struct naive *nv, enum xj_clock_kind kind, int limit, int start)
{
    int n = start, count = 0, want = limit;
    if (kind == MONTHS) {
        int y = nv->day[start].y, m = nv->day[start].m + limit;
        while (m > 12) {
            m -= 12;
            y++;
        }
        while (n < N && !(nv->day[n].y == y && nv->day[n].m == m &&
                          (nv->day[n].last_of_month || (nv->day[n].d == nv->day[start].d && !nv->day[start].last_of_month))))
            n++;
        if (n >= N)
            return -1;
        want = n - start;
        n = start;
    }
    while (count < want) {
        if (++n >= N)
            return -1;
        if (!nv->day[n].paused && (kind != WORKDAYS || nv->day[n].work))
            count++;
    }
    while (!nv->day[n].work || nv->day[n].paused)
        if (++n >= N)
            return -1;
    return n;
}

static void compare(const struct xj_calendar *cal, const struct naive *nv, enum xj_clock_kind kind, int limit, int start,
                    const struct xj_pause *pauses, size_t count)
{
    int64_t due_ms = 0;
    int want = naive_due(nv, kind, limit, start);
    int64_t start_ms = xj_day_start_ms(EPOCH + start) + (start * INT64_C(7919) + limit) % XJ_DAY_MS;
    enum xj_err err = xj_clock_due(cal, kind, (uint32_t)limit, start_ms, pauses, count, &due_ms);
    bool same = want < 0 ? err == XJ_ERANGE : err == XJ_OK && due_ms == (EPOCH + want + 1) * XJ_DAY_MS - 28800001;
    if (!same)
        fail_msg("%04d-%02d-%02d kind %d limit %d: %s, day %lld; naive day %d", nv->day[start].y, nv->day[start].m,
                 nv->day[start].d, kind, limit, xj_err_name(err), (long long)(xj_day_of_ms(due_ms) - EPOCH), want);
}

static void due__agrees_with_a_naive_walk_for_every_start_and_limits_1_to_30(void **state)
{
    struct naive *nv = naive_new();
    assert_int_equal(nv->day[N - 1].y * 10000 + nv->day[N - 1].m * 100 + nv->day[N - 1].d, 20261231);
    for (int start = 0; start < N; start++) {
        for (int limit = 1; limit <= 30; limit++) {
            compare(*state, nv, DAYS, limit, start, NULL, 0);
            compare(*state, nv, WORKDAYS, limit, start, NULL, 0);
            if (limit <= 12)
                compare(*state, nv, MONTHS, limit, start, NULL, 0);
        }
    }
    free(nv);
}

/* A fixed sequence (Knuth's MMIX constants), so that a failure repeats. */
static int pick(uint64_t *seed, int below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((*seed >> 33) % (uint64_t)below);
}

static void due__agrees_with_a_naive_walk_under_pauses(void **state)
{
    struct naive *nv = naive_new();
    uint64_t seed = 20260212;
    for (int round = 0; round < 20000; round++) {
        struct xj_pause p[4];
        int start = pick(&seed, N), count = 1 + pick(&seed, 4), touched[4][2];
        for (int i = 0; i < count; i++) {
            int from = start - 10 + pick(&seed, 50), to = from + pick(&seed, 20);
            p[i].from_ms = xj_day_start_ms(EPOCH + from) + pick(&seed, 43200000);
            p[i].to_ms = xj_day_start_ms(EPOCH + to) + 43200000 + pick(&seed, 43200000);
            touched[i][0] = from < 0 ? 0 : from;
            touched[i][1] = to > N ? N : to;
            for (int n = touched[i][0]; n < touched[i][1]; n++)
                nv->day[n].paused = true;
        }
        compare(*state, nv, DAYS, 1 + pick(&seed, 30), start, p, (size_t)count);
        compare(*state, nv, WORKDAYS, 1 + pick(&seed, 30), start, p, (size_t)count);
        compare(*state, nv, MONTHS, 1 + pick(&seed, 6), start, p, (size_t)count);
        for (int i = 0; i < count; i++)
            for (int n = touched[i][0]; n < touched[i][1]; n++)
                nv->day[n].paused = false;
    }
    free(nv);
}

#define MINUTE INT64_C(60000)

/* Minute by minute: a minute counts unless a pause holds its beginning; all pauses begin and end on whole minutes. */
static int64_t naive_hours(int64_t start_ms, int hours, const struct xj_pause *p, int count)
{
    int64_t t = start_ms, left = hours * INT64_C(60);
    while (left > 0) {
        bool paused = false;
        for (int i = 0; i < count; i++)
            paused = paused || (p[i].from_ms <= t && t < p[i].to_ms);
        left -= !paused;
        t += MINUTE;
    }
    return t;
}

static void hours__agree_with_a_count_of_minutes_under_pauses(void **state)
{
    uint64_t seed = 24;
    int64_t base = at("2026-02-28T00:00+08:00"), got;
    for (int round = 0; round < 2000; round++) {
        struct xj_pause p[4];
        int count = pick(&seed, 5), hours = 1 + pick(&seed, 48);
        int64_t start = base + pick(&seed, 1440) * MINUTE;
        for (int i = 0; i < count; i++) {
            p[i].from_ms = base + pick(&seed, 4000) * MINUTE;
            p[i].to_ms = p[i].from_ms + pick(&seed, 600) * MINUTE;
        }
        assert_int_equal(xj_clock_due(*state, HOURS, (uint32_t)hours, start, p, (size_t)count, &got), XJ_OK);
        assert_int_equal(got, naive_hours(start, hours, p, count));
    }
}

/* Why earliest and latest of a range are those of its ends: no later start ever gives an earlier due date. */
static void due__never_goes_back_when_the_start_goes_on(void **state)
{
    for (int kind = DAYS; kind <= MONTHS; kind++) {
        for (uint32_t limit = 1; limit <= 12; limit++) {
            int64_t before = 0, now;
            for (int start = 0; start < N; start++) {
                if (xj_clock_due(*state, (enum xj_clock_kind)kind, limit, xj_day_start_ms(EPOCH + start), NULL, 0, &now) !=
                    XJ_OK)
                    break;
                assert_true(now >= before);
                before = now;
            }
            assert_true(before > xj_day_start_ms(EPOCH + N - 400));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notice_2022__is_what_the_calendar_holds),
        cmocka_unit_test(notice_2023__is_what_the_calendar_holds),
        cmocka_unit_test(notice_2024__is_what_the_calendar_holds),
        cmocka_unit_test(notice_2025__is_what_the_calendar_holds),
        cmocka_unit_test(notice_2026__is_what_the_calendar_holds),
        cmocka_unit_test(data__exchanged_days_balance_in_every_year),
        cmocka_unit_test(data__survives_encoding),
        cmocka_unit_test(due__agrees_with_a_naive_walk_for_every_start_and_limits_1_to_30),
        cmocka_unit_test(due__agrees_with_a_naive_walk_under_pauses),
        cmocka_unit_test(hours__agree_with_a_count_of_minutes_under_pauses),
        cmocka_unit_test(due__never_goes_back_when_the_start_goes_on),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
