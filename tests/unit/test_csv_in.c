/* CSV as spreadsheets write it: quoting, line ends, encodings, and what is refused. Spec: spec/15-penalty-records.md, section 1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "agents/cli/csv_in.h"
#include "schema/base/utf8.h"

/* What a file reads as: fields parted by '|', records by '/', behind each record its faults as letters. */
static void reads(const char *bytes, size_t n, enum xj_csv_encoding encoding, const char *want)
{
    struct xj_csv *r = NULL;
    struct xj_buf got;
    const struct xj_csv_fault *faults;
    xj_buf_init(&got, 1 << 20);
    assert_int_equal(xj_csv_open(xj_slice_of(bytes, n), encoding, &r), XJ_OK);
    while (xj_csv_next(r)) {
        for (size_t i = 0; i < xj_csv_count(r); i++) {
            assert_true(xj_utf8_valid(xj_csv_field(r, i)));
            xj_buf_addf(&got, "%s%.*s", i > 0 ? "|" : "", (int)xj_csv_field(r, i).n, (const char *)xj_csv_field(r, i).p);
        }
        size_t count = xj_csv_faults(r, &faults);
        for (size_t i = 0; i < count; i++)
            xj_buf_addf(&got, " !%d@%zu", (int)faults[i].wrong, faults[i].field);
        xj_buf_add_str(&got, "/");
    }
    assert_int_equal(xj_csv_err(r), XJ_OK);
    assert_string_equal(xj_buf_cstr(&got), want);
    xj_csv_close(r);
    xj_buf_free(&got);
}

#define READS(text, want) reads(text, sizeof(text) - 1, XJ_CSV_GUESS, want)
#define READS_GB(text, want) reads(text, sizeof(text) - 1, XJ_CSV_GB18030, want)

static void csv__parts_fields_and_records(void **state)
{
    (void)state;
    READS("", "");
    READS("a", "a/");
    READS("a,b\nc,d\n", "a|b/c|d/");
    READS("a,b\r\nc,d\r\n", "a|b/c|d/");
    READS("a,b\nc,d", "a|b/c|d/");
    READS("a,\n,\n", "a|/|/");
    READS("a,b,", "a|b|/");
    READS("\n\r\na\n\n", "//a//");
    READS(" a , b \n", " a | b /");
}

static void csv__quoted_fields_hold_commas_quotes_and_line_ends(void **state)
{
    (void)state;
    READS("\"a,b\",c\n", "a,b|c/");
    READS("\"he said \"\"no\"\"\"\n", "he said \"no\"/");
    READS("\"one\r\ntwo\nthree\",x\r\ny,z", "one\ntwo\nthree|x/y|z/");
    READS("\"\",\"\"\n", "|/");
    READS("\"\"\"\"\n", "\"/");
    READS("\"a\"", "a/");
    READS("\"a\",", "a|/");
    READS("\"a\rb\"\n", "a\rb/"); /* a CR inside quotes is part of the text */
}

static void csv__says_what_is_wrong_and_reads_on(void **state)
{
    (void)state;
    READS("a\"b,c\nd\n", "a\"b|c !3@0/d/");
    READS("\"a\"b,c\nd\n", "ab|c !4@0/d/");
    READS("a,b\rc\nd\n", "a|b\rc !5@1/d/");
    READS("a\nb,\"c\nd,e\n", "a/b|c\nd,e\n !6@1/");
    READS("a\0b,c\0\nd\n", "ab|c !2@0 !2@1/d/");
    READS("x\"y\"z\n", "x\"y\"z !3@0/"); /* the same fault of one field is told once */
}

static void csv__refuses_what_is_too_long(void **state)
{
    (void)state;
    const size_t n = XJ_CSV_RECORD_BYTES * 2;
    char *text = malloc(n);
    struct xj_csv *r = NULL;
    const struct xj_csv_fault *faults;
    assert_non_null(text);
    memset(text, 'x', n);
    text[XJ_CSV_FIELD_BYTES] = '\n'; /* exactly as long as a field may be */
    text[n - 2] = '\n';
    assert_int_equal(xj_csv_open(xj_slice_of(text, n), XJ_CSV_GUESS, &r), XJ_OK);
    assert_true(xj_csv_next(r));
    assert_int_equal(xj_csv_field(r, 0).n, XJ_CSV_FIELD_BYTES);
    assert_int_equal(xj_csv_faults(r, &faults), 0);
    assert_true(xj_csv_next(r));
    assert_int_equal(xj_csv_faults(r, &faults), 1);
    assert_int_equal(faults[0].wrong, XJ_CSV_FIELD_LONG);
    assert_true(xj_csv_next(r)); /* and the last byte is a record again */
    assert_int_equal(xj_csv_field(r, 0).n, 1);
    assert_int_equal(xj_csv_faults(r, &faults), 0);
    xj_csv_close(r);
    for (size_t i = 0; i < n; i += XJ_CSV_FIELD_BYTES / 2)
        text[i] = ','; /* sound fields, in a record that is too long */
    text[XJ_CSV_FIELD_BYTES] = 'x';
    assert_int_equal(xj_csv_open(xj_slice_of(text, n - 2), XJ_CSV_GUESS, &r), XJ_OK);
    assert_true(xj_csv_next(r));
    assert_true(xj_csv_faults(r, &faults) >= 1);
    bool long_record = false;
    for (size_t i = 0; i < xj_csv_faults(r, &faults); i++)
        long_record = long_record || faults[i].wrong == XJ_CSV_RECORD_LONG;
    assert_true(long_record);
    xj_csv_close(r);
    memset(text, ',', XJ_CSV_FIELDS);
    assert_int_equal(xj_csv_open(xj_slice_of(text, XJ_CSV_FIELDS), XJ_CSV_GUESS, &r), XJ_OK);
    assert_true(xj_csv_next(r));
    assert_int_equal(xj_csv_count(r), XJ_CSV_FIELDS);
    assert_int_equal(xj_csv_faults(r, &faults), 1);
    assert_int_equal(faults[0].wrong, XJ_CSV_FIELDS_MANY);
    assert_int_equal(faults[0].field, XJ_CSV_FIELDS);
    xj_csv_close(r);
    free(text);
}

/* 中文,四字节: two-byte characters, and one of four bytes (U+3400 has the code 8139EE39). */
static void csv__reads_gb18030(void **state)
{
    (void)state;
    READS_GB("\xD6\xD0\xCE\xC4,\"\x81\x39\xEE\x39\"\r\n", "中文|㐀/");
    READS("\xD6\xD0\xCE\xC4\n", "中文/");                      /* nobody said so: it is no UTF-8 */
    READS_GB("\x84\x31\x95\x33\xD6\xD0\n", "中/");             /* a byte order mark */
    READS_GB("\x81\x5C,x\n", "乗|x/");                         /* its second byte is a backslash in ASCII */
    READS_GB("a\xFF,b\n\xD6\n\xD6", "a\xEF\xBF\xBD|b !1@0/\xEF\xBF\xBD !1@0/\xEF\xBF\xBD !1@0/");
}

static void csv__reads_utf8_and_refuses_other_bytes_in_it(void **state)
{
    (void)state;
    READS("\xEF\xBB\xBF中文,b\n", "中文|b/");
    READS("\xEF\xBB\xBF", "");
    READS("\xEF\xBB\xBF\xD6\xD0,b\nc\n", "??|b !1@0/c/"); /* the mark says UTF-8 */
    reads("a\xC3\x28,b\n", 6, XJ_CSV_UTF8, "a?(|b !1@0/");
    assert_int_equal(xj_csv_guess(xj_slice_cstr("中文")), XJ_CSV_UTF8);
    assert_int_equal(xj_csv_guess(xj_slice_cstr("\xD6\xD0")), XJ_CSV_GB18030);
    assert_int_equal(xj_csv_guess(xj_slice_cstr("plain")), XJ_CSV_UTF8);
}

/* The same records whatever the conversion's window cuts in two. */
static void csv__a_window_may_end_anywhere(void **state)
{
    (void)state;
    const size_t rows = 40000;
    char *text = malloc(rows * 16);
    size_t n = 0, seen = 0;
    struct xj_csv *r = NULL;
    assert_non_null(text);
    for (size_t i = 0; i < rows; i++) {
        memcpy(text + n, "\xD6\xD0\xCE\xC4,\"a\"\"\"\r\n", 13);
        n += 12;
    }
    assert_int_equal(xj_csv_open(xj_slice_of(text, n), XJ_CSV_GB18030, &r), XJ_OK);
    while (xj_csv_next(r)) {
        assert_int_equal(xj_csv_record(r), ++seen);
        assert_int_equal(xj_csv_line(r), seen);
        assert_int_equal(xj_csv_count(r), 2);
        assert_memory_equal(xj_csv_field(r, 0).p, "中文", 6);
        assert_memory_equal(xj_csv_field(r, 1).p, "a\"", 2);
    }
    assert_int_equal(seen, rows);
    xj_csv_close(r);
    free(text);
}

static void csv__counts_records_and_lines(void **state)
{
    (void)state;
    struct xj_csv *r = NULL;
    static const char text[] = "a\n\"b\nb\",x\r\n\nc\n";
    static const uint64_t lines[] = {1, 2, 4, 5};
    assert_int_equal(xj_csv_open(xj_slice_cstr(text), XJ_CSV_GUESS, &r), XJ_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_true(xj_csv_next(r));
        assert_int_equal(xj_csv_record(r), i + 1);
        assert_int_equal(xj_csv_line(r), lines[i]);
    }
    assert_false(xj_csv_next(r));
    assert_false(xj_csv_next(r));
    xj_csv_close(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv__parts_fields_and_records),
        cmocka_unit_test(csv__quoted_fields_hold_commas_quotes_and_line_ends),
        cmocka_unit_test(csv__says_what_is_wrong_and_reads_on),
        cmocka_unit_test(csv__refuses_what_is_too_long),
        cmocka_unit_test(csv__reads_gb18030),
        cmocka_unit_test(csv__reads_utf8_and_refuses_other_bytes_in_it),
        cmocka_unit_test(csv__a_window_may_end_anywhere),
        cmocka_unit_test(csv__counts_records_and_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
