/* UUIDs of versions 7 and 5. Spec: spec/00-conventions.md; RFC 9562. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/base/ids.h"

/* RFC 9562, appendix A.6: 2022-02-22T14:22:22.00-05:00, rand_a cc3, rand_b 18c4dc0c0c07398f. */
static void id_from__gives_the_rfc_vector(void **state)
{
    (void)state;
    static const uint8_t random[16] = {9, 9, 9, 9, 9, 9, 0xfc, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f};
    struct xj_id id;
    char text[XJ_ID_TEXT];
    assert_int_equal(xj_id_from(INT64_C(1645557742000), random, &id), XJ_OK);
    xj_id_format(&id, text);
    assert_string_equal(text, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

static void id_from__fixes_version_and_variant_and_keeps_the_other_bits(void **state)
{
    (void)state;
    uint8_t random[16];
    struct xj_id id;
    memset(random, 0xff, sizeof random);
    assert_int_equal(xj_id_from(0, random, &id), XJ_OK);
    assert_memory_equal(id.b, "\0\0\0\0\0\0\x7f\xff\xbf\xff\xff\xff\xff\xff\xff\xff", 16);
    memset(random, 0, sizeof random);
    assert_int_equal(xj_id_from((INT64_C(1) << 48) - 1, random, &id), XJ_OK);
    assert_memory_equal(id.b, "\xff\xff\xff\xff\xff\xff\x70\0\x80\0\0\0\0\0\0\0", 16);
}

static void id_from__refuses_instants_out_of_range(void **state)
{
    (void)state;
    static const int64_t bad[] = {-1, INT64_MIN, INT64_C(1) << 48, INT64_MAX};
    uint8_t random[16] = {0};
    for (size_t i = 0; i < 4; i++) {
        struct xj_id id;
        memset(&id, 0xaa, sizeof id);
        assert_int_equal(xj_id_from(bad[i], random, &id), XJ_ERANGE);
        assert_true(xj_id_is_nil(&id));
        assert_int_equal(xj_id_new(bad[i], &id), XJ_ERANGE);
    }
}

static void id_new__differs_each_time_and_sorts_by_time(void **state)
{
    (void)state;
    struct xj_id last = {{0}};
    for (int64_t ms = 1770856200000; ms < 1770856201000; ms++) {
        struct xj_id a, b;
        assert_int_equal(xj_id_new(ms, &a), XJ_OK);
        assert_int_equal(xj_id_new(ms, &b), XJ_OK);
        assert_false(xj_id_eq(&a, &b));
        assert_int_equal(a.b[6] >> 4, 7);
        assert_int_equal(a.b[8] >> 6, 2);
        assert_int_equal(xj_id_cmp(&last, &a), -1);
        assert_int_equal(xj_id_cmp(&a, &last), 1);
        last = xj_id_cmp(&a, &b) < 0 ? b : a;
    }
    assert_int_equal(xj_id_cmp(&last, &last), 0);
}

/* RFC 9562, appendix A.4: DNS namespace, "www.example.com". */
static void id_name5__gives_the_rfc_vector(void **state)
{
    (void)state;
    struct xj_id dns, id;
    char text[XJ_ID_TEXT];
    assert_true(xj_id_parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8", &dns));
    id = xj_id_name5(&dns, xj_slice_cstr("www.example.com"));
    xj_id_format(&id, text);
    assert_string_equal(text, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

static void id_name5__depends_on_namespace_and_every_byte(void **state)
{
    (void)state;
    struct xj_id nil = {{0}}, one = {{1}};
    struct xj_id a = xj_id_name5(&nil, xj_slice_of("a\0b", 3)), b = xj_id_name5(&nil, xj_slice_of("a\0c", 3));
    struct xj_id c = xj_id_name5(&one, xj_slice_of("a\0b", 3)), d = xj_id_name5(&nil, xj_slice_of("a\0b", 3));
    assert_false(xj_id_eq(&a, &b));
    assert_false(xj_id_eq(&a, &c));
    assert_true(xj_id_eq(&a, &d));
    a = xj_id_name5(&nil, (struct xj_slice){NULL, 0});
    b = xj_id_name5(&nil, xj_slice_cstr(""));
    assert_true(xj_id_eq(&a, &b));
}

static void id__format_and_parse_are_inverse(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct xj_id id, back;
        char text[XJ_ID_TEXT];
        assert_int_equal(xj_id_new(i, &id), XJ_OK);
        xj_id_format(&id, text);
        assert_int_equal(strlen(text), 36);
        assert_true(xj_id_parse(text, &back));
        assert_true(xj_id_eq(&id, &back));
    }
    struct xj_id id;
    assert_true(xj_id_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", &id));
    assert_int_equal(id.b[1], 0x7f);
    assert_int_equal(xj_id_slice(&id).n, XJ_ID_SIZE);
    assert_ptr_equal(xj_id_slice(&id).p, id.b);
}

static void id_parse__refuses_all_but_the_canonical_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "-", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
        "urn:uuid:017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0", "017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "017f22e2-79b0-7cc3-98c4_dc0c0c07398f", "017f22e-279b0-7cc3-98c4-dc0c0c07398f",
        " 17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
        "0x7f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b07-cc3-98c4-dc0c0c07398f",
        "------------------------------------",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct xj_id id;
        memset(&id, 0xaa, sizeof id);
        if (xj_id_parse(bad[i], &id))
            fail_msg("\"%s\" was accepted", bad[i]);
        assert_true(xj_id_is_nil(&id));
    }
}

static void id_is_nil__is_true_of_the_nil_id_alone(void **state)
{
    (void)state;
    struct xj_id id;
    assert_true(xj_id_parse("00000000-0000-0000-0000-000000000000", &id));
    assert_true(xj_id_is_nil(&id));
    for (unsigned bit = 0; bit < 128; bit++) {
        struct xj_id other = {{0}};
        other.b[bit / 8] = (uint8_t)(1u << bit % 8);
        assert_false(xj_id_is_nil(&other));
        assert_false(xj_id_eq(&id, &other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_from__gives_the_rfc_vector),
        cmocka_unit_test(id_from__fixes_version_and_variant_and_keeps_the_other_bits),
        cmocka_unit_test(id_from__refuses_instants_out_of_range),
        cmocka_unit_test(id_new__differs_each_time_and_sorts_by_time),
        cmocka_unit_test(id_name5__gives_the_rfc_vector),
        cmocka_unit_test(id_name5__depends_on_namespace_and_every_byte),
        cmocka_unit_test(id__format_and_parse_are_inverse),
        cmocka_unit_test(id_parse__refuses_all_but_the_canonical_form),
        cmocka_unit_test(id_is_nil__is_true_of_the_nil_id_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
