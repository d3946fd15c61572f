/* SHA-256, context digests and hex. Spec: spec/02-trust.md, section 2. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/base/hash.h"

static void is_hash(struct xj_hash h, const char *hex)
{
    char got[2 * XJ_HASH_SIZE + 1];
    xj_hex(h.b, XJ_HASH_SIZE, got);
    assert_string_equal(got, hex);
}

/* FIPS 180-4 example vectors, as published by NIST. */
static void sha256__gives_the_published_vectors(void **state)
{
    (void)state;
    struct xj_slice s = xj_slice_cstr("abc");
    is_hash(xj_sha256(NULL, 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    is_hash(xj_sha256(&s, 1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    s = xj_slice_cstr("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    is_hash(xj_sha256(&s, 1), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void sha256__does_not_depend_on_how_the_bytes_are_cut(void **state)
{
    (void)state;
    struct xj_slice parts[5] = {xj_slice_cstr("a"), {NULL, 0}, xj_slice_cstr("b"), xj_slice_cstr(""), xj_slice_cstr("c")};
    is_hash(xj_sha256(parts, 5), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void digest__puts_a_zero_byte_between_context_and_bytes(void **state)
{
    (void)state;
    struct xj_slice whole = xj_slice_of("xj/entry\0body", 13);
    struct xj_hash a = xj_digest("xj/entry", xj_slice_cstr("body")), b = xj_sha256(&whole, 1);
    assert_true(xj_hash_eq(&a, &b));
    struct xj_hash c = xj_digest("xj/entryb", xj_slice_cstr("ody"));
    assert_false(xj_hash_eq(&a, &c));
    assert_int_equal(xj_hash_slice(&a).n, XJ_HASH_SIZE);
    assert_ptr_equal(xj_hash_slice(&a).p, a.b);
}

static void hash_eq__sees_every_bit(void **state)
{
    (void)state;
    struct xj_hash a = xj_sha256(NULL, 0);
    for (unsigned bit = 0; bit < 8 * XJ_HASH_SIZE; bit++) {
        struct xj_hash b = a;
        b.b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(xj_hash_eq(&a, &b));
    }
}

static void hex__goes_there_and_back(void **state)
{
    (void)state;
    uint8_t all[256], back[256];
    char text[513];
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    xj_hex(all, sizeof all, text);
    assert_int_equal(strlen(text), 512);
    assert_true(xj_unhex(text, back, sizeof back));
    assert_memory_equal(all, back, sizeof all);
    xj_hex(all, 0, text);
    assert_string_equal(text, "");
}

static void unhex__refuses_other_lengths_and_characters(void **state)
{
    (void)state;
    uint8_t out[2];
    assert_true(xj_unhex("aBCd", out, 2));
    assert_int_equal(out[0], 0xab);
    assert_int_equal(out[1], 0xcd);
    assert_true(xj_unhex("", out, 0));
    static const char *const bad[] = {"", "a", "ab", "abc", "abcde", "abcdef", "ab g", "abcg", "gbcd", "0x12", "ab\xff" "d",
                                      "/000", ":000", "@000", "G000", "`000"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(xj_unhex(bad[i], out, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256__gives_the_published_vectors),
        cmocka_unit_test(sha256__does_not_depend_on_how_the_bytes_are_cut),
        cmocka_unit_test(digest__puts_a_zero_byte_between_context_and_bytes),
        cmocka_unit_test(hash_eq__sees_every_bit),
        cmocka_unit_test(hex__goes_there_and_back),
        cmocka_unit_test(unhex__refuses_other_lengths_and_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
