/* Signatures of form 0 and 1. Spec: spec/02-trust.md, section 3; RFC 8032, section 7.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/env.h"
#include "schema/base/limits.h"
#include "schema/base/tree.h"
#include "schema/trust/sign.h"
#include "schema/wire/pack.h"
#include "tests/unit/mutate.h"

static struct xj_sign_key key_of(uint8_t fill)
{
    uint8_t seed[XJ_SIGN_SEED_SIZE];
    struct xj_sign_key key;
    memset(seed, fill, sizeof seed);
    xj_sign_key_from_seed(seed, &key);
    return key;
}

static struct xj_hash digest_of(size_t i)
{
    uint8_t b[4] = {(uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
    return xj_digest("test", xj_slice_of(b, sizeof b));
}

/* RFC 8032 section 7.1, tests 1 and 2: seed and public key. */
static void key_from_seed__gives_the_published_public_keys(void **state)
{
    (void)state;
    static const char *const seeds[] = {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                                        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"};
    static const char *const publics[] = {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                                          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t seed[XJ_SIGN_SEED_SIZE];
        struct xj_sign_key key;
        char hex[65];
        assert_true(xj_unhex(seeds[i], seed, sizeof seed));
        xj_sign_key_from_seed(seed, &key);
        xj_hex(key.public_key, 32, hex);
        assert_string_equal(hex, publics[i]);
    }
}

static void key_wipe__leaves_no_secret(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(1), zero;
    memset(&zero, 0, sizeof zero);
    xj_sign_key_wipe(&key);
    assert_memory_equal(&key, &zero, sizeof key);
}

static void sign_one__is_form_0_over_the_digest_itself(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(1);
    struct xj_hash d = digest_of(1);
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&key, &d, &out);
    assert_int_equal(out.n, 4 + 64);
    static const uint8_t head[4] = {0x92, 0x00, 0xc4, 0x40};
    assert_memory_equal(out.p, head, sizeof head);
    assert_int_equal(crypto_sign_verify_detached(out.p + 4, d.b, 32, key.public_key), 0);
    assert_int_equal(xj_verify(NULL, key.public_key, &d, xj_buf_slice(&out)), XJ_OK);
    assert_true(xj_signature_sound(xj_buf_slice(&out)));
    xj_buf_free(&out);
}

static void verify__refuses_every_changed_bit(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(1), other = key_of(2);
    struct xj_hash d = digest_of(1), e = digest_of(2);
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&key, &d, &out);
    assert_int_equal(xj_verify(NULL, other.public_key, &d, xj_buf_slice(&out)), XJ_ESIGNATURE);
    assert_int_equal(xj_verify(NULL, key.public_key, &e, xj_buf_slice(&out)), XJ_ESIGNATURE);
    for (size_t bit = 0; bit < 8 * out.n; bit++) {
        out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum xj_err err = xj_verify(NULL, key.public_key, &d, xj_buf_slice(&out));
        assert_int_equal(err, bit < 32 ? XJ_EMALFORMED : XJ_ESIGNATURE);
        out.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    xj_buf_free(&out);
}

/* s + L, where L is the order of the group: a second encoding of the same signature unless it is refused. */
static void verify__refuses_a_scalar_that_is_not_reduced(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                      0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    struct xj_sign_key key = key_of(1);
    struct xj_hash d = digest_of(1);
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&key, &d, &out);
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)out.p[4 + 32 + i] + order[i];
        out.p[4 + 32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_int_equal(xj_verify(NULL, key.public_key, &d, xj_buf_slice(&out)), XJ_ESIGNATURE);
    xj_buf_free(&out);
}

static void verify__refuses_a_small_order_key(void **state)
{
    (void)state;
    uint8_t identity[32] = {1}, sig[64] = {1}; /* R = identity, s = 0 satisfies the bare equation for every digest */
    struct xj_hash d = digest_of(1);
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_SIGNATURE_BYTES);
    xj_put_array(&out, 2);
    xj_put_uint(&out, 0);
    xj_put_bin(&out, sig, sizeof sig);
    assert_true(xj_signature_sound(xj_buf_slice(&out)));
    assert_int_equal(xj_verify(NULL, identity, &d, xj_buf_slice(&out)), XJ_ESIGNATURE);
    xj_buf_free(&out);
}

static void check_batch(size_t count)
{
    struct xj_sign_key key = key_of(3);
    struct xj_hash *digests = calloc(count, sizeof *digests);
    struct xj_buf *outs = calloc(count, sizeof *outs);
    struct xj_verify_cache cache = {.next = 0};
    assert_true(digests != NULL && outs != NULL);
    for (size_t i = 0; i < count; i++) {
        digests[i] = digest_of(i);
        xj_buf_init(&outs[i], XJ_MAX_SIGNATURE_BYTES);
    }
    assert_int_equal(xj_sign_batch(&key, digests, count, outs), XJ_OK);
    for (size_t i = 0; i < count; i++) {
        assert_true(xj_signature_sound(xj_buf_slice(&outs[i])));
        assert_int_equal(xj_verify(&cache, key.public_key, &digests[i], xj_buf_slice(&outs[i])), XJ_OK);
        if (count > 1)
            assert_int_equal(xj_verify(&cache, key.public_key, &digests[i], xj_buf_slice(&outs[(i + 1) % count])),
                             XJ_ESIGNATURE);
    }
    assert_int_equal(cache.next, count > 1 ? 1 : 0); /* one curve operation that succeeded, however many members */
    for (size_t i = 0; i < count; i++)
        xj_buf_free(&outs[i]);
    free(outs);
    free(digests);
}

static void sign_batch__every_member_verifies_and_no_other(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 33};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        check_batch(counts[i]);
}

static void sign_batch__of_one_is_form_0(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(3);
    struct xj_hash d = digest_of(0);
    struct xj_buf one, batch;
    xj_buf_init(&one, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&batch, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&key, &d, &one);
    assert_int_equal(xj_sign_batch(&key, &d, 1, &batch), XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&batch)));
    assert_int_equal(xj_sign_batch(&key, &d, 0, &batch), XJ_OK);
    xj_buf_free(&one);
    xj_buf_free(&batch);
}

static void sign_batch__tells_of_signatures_that_have_no_room(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(3);
    struct xj_hash digests[3] = {digest_of(0), digest_of(1), digest_of(2)};
    struct xj_buf outs[3];
    for (size_t roomy = 0; roomy < 4; roomy++) { /* 3: none has room */
        for (size_t i = 0; i < 3; i++)
            xj_buf_init(&outs[i], i == roomy ? XJ_MAX_SIGNATURE_BYTES : 16);
        assert_int_equal(xj_sign_batch(&key, digests, 3, outs), XJ_ELIMIT);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(xj_signature_sound(xj_buf_slice(&outs[i])), i == roomy);
            xj_buf_free(&outs[i]);
        }
    }
}

static void sign_batch__of_65536_fits_the_signature_limit(void **state)
{
    (void)state;
    const size_t count = 65536;
    struct xj_sign_key key = key_of(3);
    struct xj_hash *digests = calloc(count, sizeof *digests);
    struct xj_buf *outs = calloc(count, sizeof *outs);
    assert_true(digests != NULL && outs != NULL);
    for (size_t i = 0; i < count; i++) {
        digests[i] = digest_of(i);
        xj_buf_init(&outs[i], XJ_MAX_SIGNATURE_BYTES);
    }
    assert_int_equal(xj_sign_batch(&key, digests, count, outs), XJ_OK);
    assert_int_equal(xj_verify(NULL, key.public_key, &digests[0], xj_buf_slice(&outs[0])), XJ_OK);
    assert_int_equal(xj_verify(NULL, key.public_key, &digests[count - 1], xj_buf_slice(&outs[count - 1])), XJ_OK);
    for (size_t i = 0; i < count; i++)
        xj_buf_free(&outs[i]);
    free(outs);
    free(digests);
}

static void cache__never_vouches_for_another_key_or_signature(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(3), other = key_of(4);
    struct xj_hash digests[2] = {digest_of(0), digest_of(1)};
    struct xj_buf outs[2];
    struct xj_verify_cache cache = {.next = 0};
    for (size_t i = 0; i < 2; i++)
        xj_buf_init(&outs[i], XJ_MAX_SIGNATURE_BYTES);
    assert_int_equal(xj_sign_batch(&key, digests, 2, outs), XJ_OK);
    assert_int_equal(xj_verify(&cache, key.public_key, &digests[0], xj_buf_slice(&outs[0])), XJ_OK);
    assert_int_equal(xj_verify(&cache, other.public_key, &digests[1], xj_buf_slice(&outs[1])), XJ_ESIGNATURE);
    outs[1].p[outs[1].n - 1] ^= 1;
    assert_int_equal(xj_verify(&cache, key.public_key, &digests[1], xj_buf_slice(&outs[1])), XJ_ESIGNATURE);
    assert_int_equal(cache.next, 1);
    xj_buf_free(&outs[0]);
    xj_buf_free(&outs[1]);
}

static void cache__forgets_the_oldest_and_still_answers_rightly(void **state)
{
    (void)state;
    struct xj_sign_key key = key_of(3);
    struct xj_verify_cache cache = {.next = 0};
    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < 20; i++) {
            struct xj_hash digests[2] = {digest_of(2 * i), digest_of(2 * i + 1)};
            struct xj_buf outs[2];
            xj_buf_init(&outs[0], XJ_MAX_SIGNATURE_BYTES);
            xj_buf_init(&outs[1], XJ_MAX_SIGNATURE_BYTES);
            assert_int_equal(xj_sign_batch(&key, digests, 2, outs), XJ_OK);
            assert_int_equal(xj_verify(&cache, key.public_key, &digests[0], xj_buf_slice(&outs[0])), XJ_OK);
            assert_int_equal(xj_verify(&cache, key.public_key, &digests[0], xj_buf_slice(&outs[1])), XJ_ESIGNATURE);
            xj_buf_free(&outs[0]);
            xj_buf_free(&outs[1]);
        }
}

/* A batch array with the figures given; the signature itself is not looked at. */
static void put_batch(struct xj_buf *out, uint64_t index, uint64_t size, uint32_t path, size_t node_bytes, size_t sig_bytes)
{
    static const uint8_t zero[65];
    xj_buf_reset(out);
    xj_put_array(out, 5);
    xj_put_uint(out, 1);
    xj_put_uint(out, index);
    xj_put_uint(out, size);
    xj_put_array(out, path);
    for (uint32_t i = 0; i < path; i++)
        xj_put_bin(out, zero, node_bytes);
    xj_put_bin(out, zero, sig_bytes);
}

static void signature_sound__enforces_the_figures_of_a_batch(void **state)
{
    (void)state;
    static const struct {
        uint64_t index, size;
        uint32_t path;
        size_t node_bytes, sig_bytes;
        bool sound;
    } cases[] = {
        {0, 1, 0, 32, 64, true},           {2, 3, 1, 32, 64, true},       {65535, 65536, 16, 32, 64, true},
        {0, 0, 0, 32, 64, false},          {3, 3, 1, 32, 64, false},      {2, 3, 2, 32, 64, false},
        {2, 3, 0, 32, 64, false},          {0, 65537, 17, 32, 64, false}, {0, 2, 1, 31, 64, false},
        {0, 2, 1, 32, 63, false},          {0, 2, 1, 32, 65, false},      {UINT64_MAX, 3, 1, 32, 64, false},
        {0, UINT64_MAX, 64, 32, 64, false},
    };
    struct xj_buf out;
    struct xj_hash d = digest_of(0);
    struct xj_sign_key key = key_of(1);
    xj_buf_init(&out, 8192);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_batch(&out, cases[i].index, cases[i].size, cases[i].path, cases[i].node_bytes, cases[i].sig_bytes);
        assert_int_equal(xj_signature_sound(xj_buf_slice(&out)), cases[i].sound);
        assert_int_equal(xj_verify(NULL, key.public_key, &d, xj_buf_slice(&out)),
                         cases[i].sound ? XJ_ESIGNATURE : XJ_EMALFORMED);
    }
    xj_buf_free(&out);
}

/* A single one and a batch: each value of another type, a list with one more, bytes with one less. */
static void signature_sound__refuses_one_value_made_another(void **state)
{
    struct xj_buf good, out;
    struct xj_doc doc;
    (void)state;
    xj_buf_init(&good, 8192);
    xj_buf_init(&out, 8192);
    for (int batch = 0; batch < 2; batch++) {
        const struct xj_hash d = digest_of(0);
        const struct xj_sign_key key = key_of(1);
        xj_buf_reset(&good);
        if (batch)
            put_batch(&good, 2, 5, 3, 32, 64);
        else
            xj_sign_one(&key, &d, &good);
        assert_true(xj_signature_sound(xj_buf_slice(&good)));
        assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&good), 64), XJ_OK);
        for (int how = MUTATE_TO_MAP; how <= MUTATE_CUT; how++)
            for (size_t target = 0, total = 1, passed; target < total; target++) {
                xj_buf_reset(&out);
                (void)mutate(&doc.root, (enum mutation)how, SIZE_MAX, &out, &total);
                xj_buf_reset(&out);
                if (mutate(&doc.root, (enum mutation)how, target, &out, &passed))
                    assert_false(xj_signature_sound(xj_buf_slice(&out)));
            }
        xj_doc_close(&doc);
    }
    xj_buf_free(&good);
    xj_buf_free(&out);
}

static void signature_sound__refuses_other_shapes(void **state)
{
    (void)state;
    static const char *const hex[] = {
        "",       "90",     "9100",       "9200",       "c0",           "00",           "9200c400", "9202c400",
        "930000", "82",     "920000",     "9500000090", "950100019000", "dc000200c400", "92cc00c400",
    };
    for (size_t i = 0; i < sizeof hex / sizeof *hex; i++) {
        uint8_t bytes[16];
        size_t n = strlen(hex[i]) / 2;
        assert_true(xj_unhex(hex[i], bytes, n));
        assert_false(xj_signature_sound(xj_slice_of(bytes, n)));
    }
}

static void signature_sound__refuses_trailing_bytes_and_every_cut(void **state)
{
    (void)state;
    struct xj_buf out;
    xj_buf_init(&out, 8192);
    put_batch(&out, 2, 3, 1, 32, 64);
    for (size_t n = 0; n < out.n; n++)
        assert_false(xj_signature_sound(xj_slice_of(out.p, n)));
    xj_put_nil(&out);
    assert_false(xj_signature_sound(xj_buf_slice(&out)));
    xj_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_from_seed__gives_the_published_public_keys),
        cmocka_unit_test(key_wipe__leaves_no_secret),
        cmocka_unit_test(sign_one__is_form_0_over_the_digest_itself),
        cmocka_unit_test(verify__refuses_every_changed_bit),
        cmocka_unit_test(verify__refuses_a_scalar_that_is_not_reduced),
        cmocka_unit_test(verify__refuses_a_small_order_key),
        cmocka_unit_test(sign_batch__every_member_verifies_and_no_other),
        cmocka_unit_test(sign_batch__of_one_is_form_0),
        cmocka_unit_test(sign_batch__tells_of_signatures_that_have_no_room),
        cmocka_unit_test(sign_batch__of_65536_fits_the_signature_limit),
        cmocka_unit_test(cache__never_vouches_for_another_key_or_signature),
        cmocka_unit_test(cache__forgets_the_oldest_and_still_answers_rightly),
        cmocka_unit_test(signature_sound__enforces_the_figures_of_a_batch),
        cmocka_unit_test(signature_sound__refuses_one_value_made_another),
        cmocka_unit_test(signature_sound__refuses_other_shapes),
        cmocka_unit_test(signature_sound__refuses_trailing_bytes_and_every_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
