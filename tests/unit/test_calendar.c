/* The calendar module on small calendars made here; the real one is tested in tests/law/test_clock.c. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "schema/base/civil.h"
#include "schema/procedure/calendar.h"
#include "schema/wire/pack.h"

static int64_t day_of(const char *date)
{
    int64_t day;
    assert_true(xj_date_parse(date, &day));
    return day;
}

static struct xj_calendar begin(const char *from, const char *to)
{
    struct xj_calendar cal;
    assert_int_equal(xj_calendar_init(&cal, xj_slice_cstr("cn"), day_of(from), day_of(to), xj_slice_cstr("test")), XJ_OK);
    return cal;
}

static void off(struct xj_calendar *cal, const char *date, const char *name)
{
    assert_int_equal(xj_calendar_add_off(cal, day_of(date), xj_slice_cstr(name)), XJ_OK);
}

static void work(struct xj_calendar *cal, const char *date)
{
    assert_int_equal(xj_calendar_add_work(cal, day_of(date)), XJ_OK);
}

/* The first ten days of May 2025 in no order: off 1-5, worked on Saturday the 10th. */
static struct xj_calendar may(void)
{
    struct xj_calendar cal = begin("2025-05-01", "2025-05-10");
    work(&cal, "2025-05-10");
    off(&cal, "2025-05-05", "劳动节");
    off(&cal, "2025-05-02", "劳动节");
    off(&cal, "2025-05-01", "劳动节");
    off(&cal, "2025-05-04", "青年节");
    off(&cal, "2025-05-03", "劳动节");
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_OK);
    return cal;
}

static void assert_workday(const struct xj_calendar *cal, const char *date, bool want)
{
    bool got = !want;
    assert_int_equal(xj_calendar_is_workday(cal, day_of(date), &got), XJ_OK);
    if (got != want)
        fail_msg("%s: working day %d", date, got);
}

static void is_workday__is_true_from_monday_to_friday_and_on_make_up_days(void **state)
{
    (void)state;
    struct xj_calendar cal = may();
    assert_workday(&cal, "2025-05-06", true);
    assert_workday(&cal, "2025-05-09", true);
    assert_workday(&cal, "2025-05-10", true);
    assert_true(xj_calendar_is_makeup(&cal, day_of("2025-05-10")));
    assert_false(xj_calendar_is_makeup(&cal, day_of("2025-05-09")));
    xj_calendar_free(&cal);
}

static void is_workday__is_false_on_days_off_and_plain_weekends(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-05-01", "2025-05-31");
    off(&cal, "2025-05-01", "劳动节");
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_OK);
    assert_workday(&cal, "2025-05-01", false);
    assert_workday(&cal, "2025-05-17", false);
    assert_workday(&cal, "2025-05-18", false);
    xj_calendar_free(&cal);
}

static void is_workday__outside_the_covered_range_is_an_error_and_no_answer(void **state)
{
    (void)state;
    struct xj_calendar cal = may();
    bool got = true;
    assert_int_equal(xj_calendar_is_workday(&cal, cal.from_day - 1, &got), XJ_ERANGE);
    assert_int_equal(xj_calendar_is_workday(&cal, cal.to_day + 1, &got), XJ_ERANGE);
    assert_int_equal(xj_calendar_is_workday(&cal, INT64_MIN, &got), XJ_ERANGE);
    assert_int_equal(xj_calendar_is_workday(&cal, INT64_MAX, &got), XJ_ERANGE);
    assert_true(got);
    assert_int_equal(xj_calendar_is_workday(&cal, cal.from_day, &got), XJ_OK);
    assert_false(got);
    assert_int_equal(xj_calendar_is_workday(&cal, cal.to_day, &got), XJ_OK);
    assert_true(got);
    xj_calendar_free(&cal);
}

static void off_name__gives_the_holiday_of_that_day_only(void **state)
{
    (void)state;
    struct xj_calendar cal = may();
    assert_string_equal(xj_calendar_off_name(&cal, day_of("2025-05-04")), "青年节");
    assert_string_equal(xj_calendar_off_name(&cal, day_of("2025-05-05")), "劳动节");
    assert_null(xj_calendar_off_name(&cal, day_of("2025-05-06")));
    assert_null(xj_calendar_off_name(&cal, day_of("2024-05-04")));
    xj_calendar_free(&cal);
}

static void empty__calendar_knows_weekends_only(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2026-03-02", "2026-03-08");
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_OK);
    assert_workday(&cal, "2026-03-02", true);
    assert_workday(&cal, "2026-03-06", true);
    assert_workday(&cal, "2026-03-07", false);
    assert_null(xj_calendar_off_name(&cal, cal.from_day));
    xj_calendar_free(&cal);
}

/* Finishes, expects a refusal, and compares its text. */
static void assert_refused(struct xj_calendar *cal, const char *want)
{
    struct xj_buf text;
    xj_buf_init(&text, 1024);
    assert_int_equal(xj_calendar_finish(cal, &text), XJ_EMALFORMED);
    assert_string_equal(xj_buf_cstr(&text), want);
    assert_false(cal->finished);
    xj_buf_free(&text);
    xj_calendar_free(cal);
}

static void finish__refuses_a_day_off_listed_twice(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    off(&cal, "2025-10-06", "中秋");
    off(&cal, "2025-10-01", "国庆节");
    off(&cal, "2025-10-06", "国庆节");
    assert_refused(&cal, "2025-10-06 is listed as off twice");
}

static void finish__refuses_a_make_up_day_listed_twice(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    work(&cal, "2025-10-11");
    work(&cal, "2025-09-28");
    work(&cal, "2025-10-11");
    assert_refused(&cal, "2025-10-11 is listed as a make-up working day twice");
}

static void finish__refuses_a_day_both_off_and_worked(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    off(&cal, "2025-10-04", "国庆节");
    work(&cal, "2025-10-04");
    assert_refused(&cal, "2025-10-04 is listed both as off and as a make-up working day");
}

static void finish__refuses_a_day_off_outside_the_covered_range(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    off(&cal, "2026-01-01", "元旦");
    assert_refused(&cal, "2026-01-01 is off outside the covered range");
}

static void finish__refuses_a_make_up_day_outside_the_covered_range(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    assert_int_equal(xj_calendar_add_work(&cal, -2), XJ_OK);
    assert_refused(&cal, "day -2 is a make-up working day outside the covered range");
}

static void finish__refuses_a_make_up_day_on_an_ordinary_working_day(void **state)
{
    (void)state;
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    work(&cal, "2025-10-10");
    assert_refused(&cal, "2025-10-10 is listed as a make-up working day but is no Saturday or Sunday");
}

static void finished__calendar_takes_nothing_more(void **state)
{
    (void)state;
    struct xj_calendar cal = may();
    assert_int_equal(xj_calendar_add_off(&cal, cal.to_day, xj_slice_cstr("x")), XJ_ESTATE);
    assert_int_equal(xj_calendar_add_work(&cal, cal.to_day), XJ_ESTATE);
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_ESTATE);
    assert_int_equal(cal.off_count, 5);
    assert_int_equal(cal.work_count, 1);
    xj_calendar_free(&cal);
}

static enum xj_err try_init(const char *name, int64_t from, int64_t to, const char *source)
{
    struct xj_calendar cal;
    enum xj_err err = xj_calendar_init(&cal, xj_slice_cstr(name), from, to, xj_slice_cstr(source));
    xj_calendar_free(&cal);
    return err;
}

static void init__refuses_bad_names_sources_and_ranges(void **state)
{
    (void)state;
    assert_int_equal(try_init("cn", 0, 0, "s"), XJ_OK);
    assert_int_equal(try_init("", 0, 0, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("CN", 0, 0, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("c n", 0, 0, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("0123456789-0123456789-0123456789", 0, 0, "s"), XJ_OK);
    assert_int_equal(try_init("0123456789-0123456789-0123456789x", 0, 0, "s"), XJ_ELIMIT);
    assert_int_equal(try_init("cn", 0, 0, ""), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", 0, 0, "two\nlines"), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", 0, 0, "\xff"), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", -1, 5, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", 5, 4, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", XJ_CALENDAR_DAY_MAX, XJ_CALENDAR_DAY_MAX, "s"), XJ_OK);
    assert_int_equal(try_init("cn", XJ_CALENDAR_DAY_MAX, XJ_CALENDAR_DAY_MAX + 1, "s"), XJ_EMALFORMED);
    assert_int_equal(try_init("cn", 0, XJ_CALENDAR_SPAN_MAX - 1, "s"), XJ_OK);
    assert_int_equal(try_init("cn", 0, XJ_CALENDAR_SPAN_MAX, "s"), XJ_ELIMIT);
}

static void add_off__refuses_names_that_would_disturb_a_terminal(void **state)
{
    (void)state;
    char longest[XJ_CALENDAR_TEXT_MAX + 2];
    struct xj_calendar cal = begin("2025-01-01", "2025-12-31");
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("")), XJ_EMALFORMED);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("a\tb")), XJ_EMALFORMED);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("\x7f")), XJ_EMALFORMED);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_of("a\0b", 3)), XJ_EMALFORMED);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("\xc2\x9b" "31m")), XJ_EMALFORMED);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("\xe6\x98")), XJ_EMALFORMED);
    memset(longest, 'x', sizeof longest);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_of(longest, XJ_CALENDAR_TEXT_MAX + 1)), XJ_ELIMIT);
    assert_int_equal(cal.off_count, 0);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_of(longest, XJ_CALENDAR_TEXT_MAX)), XJ_OK);
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day + 1, xj_slice_cstr("caf\xc3\xa9 \xc2\xa0")), XJ_OK);
    xj_calendar_free(&cal);
}

static void lists__are_capped_and_the_largest_calendar_still_encodes(void **state)
{
    (void)state;
    char name[XJ_CALENDAR_TEXT_MAX];
    static char source[XJ_CALENDAR_SOURCE_MAX];
    struct xj_calendar cal, again;
    struct xj_buf buf;
    memset(name, 'n', sizeof name);
    memset(source, 's', sizeof source);
    assert_int_equal(xj_calendar_init(&cal, xj_slice_cstr("cn"), XJ_CALENDAR_DAY_MAX - XJ_CALENDAR_SPAN_MAX + 1,
                                      XJ_CALENDAR_DAY_MAX, xj_slice_of(source, sizeof source)),
                     XJ_OK);
    int64_t sunday = cal.from_day + 7 - xj_weekday(cal.from_day);
    for (int i = 0; i < XJ_CALENDAR_LIST_MAX; i++) {
        assert_int_equal(xj_calendar_add_off(&cal, cal.to_day - 7 * i, xj_slice_of(name, sizeof name)), XJ_OK);
        assert_int_equal(xj_calendar_add_work(&cal, sunday + 7 * i), XJ_OK);
    }
    assert_int_equal(xj_calendar_add_off(&cal, cal.from_day, xj_slice_cstr("x")), XJ_ELIMIT);
    assert_int_equal(xj_calendar_add_work(&cal, cal.from_day), XJ_ELIMIT);
    assert_int_equal(xj_calendar_finish(&cal, NULL), XJ_OK);
    xj_buf_init(&buf, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(&cal, &buf);
    assert_int_equal(buf.err, XJ_OK);
    assert_int_equal(xj_calendar_decode(xj_buf_slice(&buf), &again), XJ_OK);
    assert_int_equal(again.off_count, XJ_CALENDAR_LIST_MAX);
    xj_calendar_free(&again);
    xj_calendar_free(&cal);
    xj_buf_free(&buf);
}

/* The bytes and the digest that spec/08-clocks.md, section 2 gives as a vector. */
static void encode__gives_the_vector_of_the_spec(void **state)
{
    (void)state;
    static const char want[] = "9701a2636ecd4ef1cd4efa9592cd4ef1a9e58ab3e58aa8e88a8292cd4ef2a9e58ab3e58aa8e88a8292cd4ef3a9e5"
                               "8ab3e58aa8e88a8292cd4ef4a9e99d92e5b9b4e88a8292cd4ef5a9e58ab3e58aa8e88a8291cd4efaa474657374";
    struct xj_calendar cal = may();
    struct xj_buf buf;
    struct xj_hash digest;
    char hex[1024];
    xj_buf_init(&buf, 500);
    xj_calendar_encode(&cal, &buf);
    assert_int_equal(buf.err, XJ_OK);
    xj_hex(buf.p, buf.n, hex);
    assert_string_equal(hex, want);
    assert_int_equal(xj_calendar_digest(&cal, &digest), XJ_OK);
    xj_hex(digest.b, sizeof digest.b, hex);
    assert_string_equal(hex, "ec95f7f9be26edd4d3955bd7bc66cb03fe0f480665063255e11b4f7e57e4e657");
    xj_buf_free(&buf);
    xj_calendar_free(&cal);
}

static void decode__gives_back_what_was_encoded(void **state)
{
    (void)state;
    struct xj_calendar cal = may(), again;
    struct xj_buf one, two;
    xj_buf_init(&one, 500);
    xj_buf_init(&two, 500);
    xj_calendar_encode(&cal, &one);
    assert_int_equal(xj_calendar_decode(xj_buf_slice(&one), &again), XJ_OK);
    assert_string_equal(again.name, "cn");
    assert_string_equal(again.source, "test");
    assert_int_equal(again.from_day, cal.from_day);
    assert_int_equal(again.to_day, cal.to_day);
    assert_int_equal(again.off_count, 5);
    assert_int_equal(again.work_count, 1);
    assert_string_equal(xj_calendar_off_name(&again, day_of("2025-05-04")), "青年节");
    xj_calendar_encode(&again, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    xj_calendar_free(&again);
    xj_calendar_free(&cal);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

static void decode__refuses_every_truncation_and_a_trailing_byte(void **state)
{
    (void)state;
    struct xj_calendar cal = may(), again;
    struct xj_buf buf;
    xj_buf_init(&buf, 500);
    xj_calendar_encode(&cal, &buf);
    for (size_t n = 0; n < buf.n; n++)
        assert_int_not_equal(xj_calendar_decode(xj_slice_of(buf.p, n), &again), XJ_OK);
    xj_put_nil(&buf);
    assert_int_equal(xj_calendar_decode(xj_buf_slice(&buf), &again), XJ_EMALFORMED);
    xj_calendar_free(&cal);
    xj_buf_free(&buf);
}

/* Any one changed byte is refused or gives a calendar that encodes to just those bytes: two encodings never exist. */
static void decode__of_any_flipped_byte_is_refused_or_canonical(void **state)
{
    (void)state;
    struct xj_calendar cal = may(), again;
    struct xj_buf buf, out;
    xj_buf_init(&buf, 500);
    xj_buf_init(&out, 500);
    xj_calendar_encode(&cal, &buf);
    int refused = 0;
    for (size_t i = 0; i < buf.n; i++) {
        for (int v = 0; v < 256; v++) {
            uint8_t before = buf.p[i];
            buf.p[i] = (uint8_t)v;
            if (xj_calendar_decode(xj_buf_slice(&buf), &again) == XJ_OK) {
                xj_buf_reset(&out);
                xj_calendar_encode(&again, &out);
                assert_true(xj_slice_eq(xj_buf_slice(&buf), xj_buf_slice(&out)));
                xj_calendar_free(&again);
            } else {
                refused++;
            }
            buf.p[i] = before;
        }
    }
    assert_true(refused > 10000);
    xj_calendar_free(&cal);
    xj_buf_free(&buf);
    xj_buf_free(&out);
}

/* A calendar of raw values; 0 in a list ends it. */
static enum xj_err decode_raw(uint64_t version, uint64_t from, uint64_t to, const uint64_t *offs, const uint64_t *works)
{
    struct xj_buf buf;
    struct xj_calendar cal;
    uint32_t n = 0, m = 0;
    while (offs[n] != 0)
        n++;
    while (works[m] != 0)
        m++;
    xj_buf_init(&buf, 4096);
    xj_put_array(&buf, 7);
    xj_put_uint(&buf, version);
    xj_put_cstr(&buf, "cn");
    xj_put_uint(&buf, from);
    xj_put_uint(&buf, to);
    xj_put_array(&buf, n);
    for (uint32_t i = 0; i < n; i++) {
        xj_put_array(&buf, 2);
        xj_put_uint(&buf, offs[i]);
        xj_put_cstr(&buf, "x");
    }
    xj_put_array(&buf, m);
    for (uint32_t i = 0; i < m; i++)
        xj_put_uint(&buf, works[i]);
    xj_put_cstr(&buf, "s");
    enum xj_err err = xj_calendar_decode(xj_buf_slice(&buf), &cal);
    if (err == XJ_OK)
        xj_calendar_free(&cal);
    xj_buf_free(&buf);
    return err;
}

static void decode__refuses_what_the_builder_would_refuse(void **state)
{
    (void)state;
    static const uint64_t none[] = {0};
    /* Day 9 is Saturday 1970-01-10, day 10 Sunday. */
    assert_int_equal(decode_raw(1, 1, 30, (const uint64_t[]){5, 6, 0}, (const uint64_t[]){9, 10, 0}), XJ_OK);
    assert_int_equal(decode_raw(0, 1, 30, none, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(2, 1, 30, none, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 30, 1, none, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, XJ_CALENDAR_DAY_MAX + 1, none, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 0, XJ_CALENDAR_SPAN_MAX, none, none), XJ_ELIMIT);
    assert_int_equal(decode_raw(1, 1, 30, (const uint64_t[]){6, 5, 0}, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, (const uint64_t[]){6, 6, 0}, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, (const uint64_t[]){6, 31, 0}, none), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, none, (const uint64_t[]){10, 9, 0}), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, none, (const uint64_t[]){9, 9, 0}), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, none, (const uint64_t[]){8, 0}), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 10, 30, none, (const uint64_t[]){9, 0}), XJ_EMALFORMED);
    assert_int_equal(decode_raw(1, 1, 30, (const uint64_t[]){9, 0}, (const uint64_t[]){9, 0}), XJ_EMALFORMED);
}

static void decode__refuses_oversize_input_unread(void **state)
{
    (void)state;
    static uint8_t big[XJ_CALENDAR_BYTES_MAX + 1];
    struct xj_calendar cal;
    assert_int_equal(xj_calendar_decode(xj_slice_of(big, sizeof big), &cal), XJ_ELIMIT);
    xj_calendar_free(&cal);
}

static void free__is_safe_twice(void **state)
{
    (void)state;
    struct xj_calendar cal = may();
    xj_calendar_free(&cal);
    xj_calendar_free(&cal);
    assert_null(cal.off);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_workday__is_true_from_monday_to_friday_and_on_make_up_days),
        cmocka_unit_test(is_workday__is_false_on_days_off_and_plain_weekends),
        cmocka_unit_test(is_workday__outside_the_covered_range_is_an_error_and_no_answer),
        cmocka_unit_test(off_name__gives_the_holiday_of_that_day_only),
        cmocka_unit_test(empty__calendar_knows_weekends_only),
        cmocka_unit_test(finish__refuses_a_day_off_listed_twice),
        cmocka_unit_test(finish__refuses_a_make_up_day_listed_twice),
        cmocka_unit_test(finish__refuses_a_day_both_off_and_worked),
        cmocka_unit_test(finish__refuses_a_day_off_outside_the_covered_range),
        cmocka_unit_test(finish__refuses_a_make_up_day_outside_the_covered_range),
        cmocka_unit_test(finish__refuses_a_make_up_day_on_an_ordinary_working_day),
        cmocka_unit_test(finished__calendar_takes_nothing_more),
        cmocka_unit_test(init__refuses_bad_names_sources_and_ranges),
        cmocka_unit_test(add_off__refuses_names_that_would_disturb_a_terminal),
        cmocka_unit_test(lists__are_capped_and_the_largest_calendar_still_encodes),
        cmocka_unit_test(encode__gives_the_vector_of_the_spec),
        cmocka_unit_test(decode__gives_back_what_was_encoded),
        cmocka_unit_test(decode__refuses_every_truncation_and_a_trailing_byte),
        cmocka_unit_test(decode__of_any_flipped_byte_is_refused_or_canonical),
        cmocka_unit_test(decode__refuses_what_the_builder_would_refuse),
        cmocka_unit_test(decode__refuses_oversize_input_unread),
        cmocka_unit_test(free__is_safe_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
