/* Spans of bytes that nobody has checked: false, or a span inside the bytes. Spec: schema/spec/01-encoding.md, section 3. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define LENGTH 12u

static bool is_inside(struct xj_slice span, struct xj_slice bytes)
{
    return span.p >= bytes.p && span.n <= bytes.n && (size_t)(span.p - bytes.p) <= bytes.n - span.n;
}

static void assert_stays_inside(struct xj_slice bytes)
{
    struct xj_slice rest = bytes, span = {NULL, 0}, inner;
    uint32_t count = 0;
    uint64_t number;
    if (xj_span_next(&rest, &span)) {
        assert_true(is_inside(span, bytes) && span.n > 0 && is_inside(rest, bytes) && span.n + rest.n == bytes.n);
        if (xj_span_bin(span, &inner))
            assert_true(is_inside(inner, span));
        if (xj_span_uint(span, &number))
            assert_true(span.n <= 9);
        (void)xj_span_is_nil(span);
    } else {
        assert_true(rest.p == bytes.p && rest.n == bytes.n);
    }
    rest = bytes;
    if (xj_span_enter(&rest, &count))
        assert_true(is_inside(rest, bytes) && rest.n < bytes.n);
    for (uint32_t i = 0; i < 3; i++)
        if (xj_span_element(bytes, i, &span))
            assert_true(i < count && is_inside(span, bytes));
}

static void span__of_any_two_bytes_and_what_is_cut_behind_them_stays_inside(void **state)
{
    uint8_t bytes[LENGTH];
    (void)state;
    for (unsigned first = 0; first < 256; first++)
        for (unsigned second = 0; second < 256; second++)
            for (size_t n = 0; n <= LENGTH; n += n < 3 ? 1 : 3) {
                memset(bytes, 0xa2, sizeof bytes); /* texts that need two bytes more */
                bytes[0] = (uint8_t)first;
                bytes[1] = (uint8_t)second;
                assert_stays_inside(xj_slice_of(bytes, n));
            }
}

static void span__of_a_text_that_is_cut_is_none(void **state)
{
    static const uint8_t cut[] = {0xa5, 'a', 'b'};
    struct xj_slice rest = xj_slice_of(cut, sizeof cut), span;
    (void)state;
    assert_false(xj_span_next(&rest, &span));
    assert_int_equal(rest.n, sizeof cut);
}

static void span__tells_numbers_and_bins_from_the_rest(void **state)
{
    static const uint64_t numbers[] = {0, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, UINT32_MAX, UINT64_C(0x100000000), UINT64_MAX};
    struct xj_buf out;
    struct xj_slice bin;
    uint64_t number = 7;
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        xj_buf_init(&out, 64);
        xj_put_uint(&out, numbers[i]);
        assert_true(xj_span_uint(xj_buf_slice(&out), &number));
        assert_true(number == numbers[i]);
        assert_false(xj_span_bin(xj_buf_slice(&out), &bin));
        xj_buf_free(&out);
    }
    xj_buf_init(&out, 200 * 1024);
    xj_put_bin(&out, "abc", 3);
    assert_true(xj_span_bin(xj_buf_slice(&out), &bin));
    assert_true(xj_slice_is(bin, "abc"));
    assert_false(xj_span_uint(xj_buf_slice(&out), &number));
    xj_buf_reset(&out);
    assert_non_null(xj_buf_room(&out, 70000));
    struct xj_buf large;
    xj_buf_init(&large, 200 * 1024);
    xj_put_bin(&large, out.p, out.n);
    assert_true(xj_span_bin(xj_buf_slice(&large), &bin));
    assert_int_equal(bin.n, 70000);
    xj_buf_free(&large);
    xj_buf_reset(&out);
    xj_put_nil(&out);
    assert_true(xj_span_is_nil(xj_buf_slice(&out)));
    assert_false(xj_span_uint(xj_buf_slice(&out), &number));
    assert_false(xj_span_bin(xj_buf_slice(&out), &bin));
    xj_buf_reset(&out);
    xj_put_cstr(&out, "abc");
    assert_false(xj_span_bin(xj_buf_slice(&out), &bin));
    assert_false(xj_span_is_nil(xj_buf_slice(&out)));
    assert_false(xj_span_uint(xj_slice_of(NULL, 0), &number));
    assert_false(xj_span_bin(xj_slice_of(NULL, 0), &bin));
    xj_buf_free(&out);
}

static void span__enters_arrays_of_every_width(void **state)
{
    static const uint32_t sizes[] = {0, 1, 15, 16, 70000};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct xj_buf out;
        struct xj_slice rest, span;
        uint32_t count = 9;
        xj_buf_init(&out, 200 * 1024);
        xj_put_array(&out, sizes[i]);
        for (uint32_t k = 0; k < sizes[i]; k++)
            xj_put_uint(&out, k & 0x7f);
        rest = xj_buf_slice(&out);
        assert_true(xj_span_enter(&rest, &count));
        assert_int_equal(count, sizes[i]);
        assert_int_equal(rest.n, sizes[i]);
        assert_int_equal(xj_span_element(xj_buf_slice(&out), 0, &span), sizes[i] > 0);
        assert_false(xj_span_element(xj_buf_slice(&out), sizes[i], &span));
        xj_buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span__of_any_two_bytes_and_what_is_cut_behind_them_stays_inside),
        cmocka_unit_test(span__of_a_text_that_is_cut_is_none),
        cmocka_unit_test(span__tells_numbers_and_bins_from_the_rest),
        cmocka_unit_test(span__enters_arrays_of_every_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
