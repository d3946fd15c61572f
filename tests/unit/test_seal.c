/* Sealing, wrapping and keys bytes. Spec: spec/02-trust.md, sections 4 and 5; RFC 7748, section 6.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/limits.h"
#include "schema/trust/seal.h"
#include "schema/wire/pack.h"

#define TAG 16u
#define SEALED_MAX (XJ_MAX_SEALED_PAPER_BYTES + TAG)

static void counting_random(void *ctx, void *p, size_t n)
{
    uint8_t *next = ctx;
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (*next)++;
}

static int64_t no_clock(void *ctx)
{
    (void)ctx;
    return 0;
}

static struct xj_env env_from(uint8_t *next)
{
    return (struct xj_env){next, no_clock, counting_random};
}

static struct xj_seal_key key_of(uint8_t fill)
{
    uint8_t secret[32];
    struct xj_seal_key key;
    memset(secret, fill, sizeof secret);
    xj_seal_key_from_secret(secret, &key);
    return key;
}

static void is_hex(const void *p, size_t n, const char *hex)
{
    char got[256];
    assert_true(n < 128);
    xj_hex(p, n, got);
    assert_string_equal(got, hex);
}

static void size_class__is_the_smallest_that_holds_the_text(void **state)
{
    (void)state;
    static const struct {
        size_t plain, class;
    } cases[] = {{0, 512},        {476, 512},      {477, 768},          {732, 768},           {733, 1024},
                 {988, 1024},     {989, 1536},     {1500, 1536},        {1501, 2048},         {196608, 262144},
                 {262108, 262144}, {262109, 393216}, {1048540, 1048576}, {1048541, 1572864},   {1048576, 1572864},
                 {1048577, 0},    {SIZE_MAX, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(xj_size_class(cases[i].plain), cases[i].class);
}

/* Key 00 01 … 1f, salt 20 21 … 3f: sealed by another implementation (Python's cryptography) from the words of the spec. */
static void seal__gives_the_bytes_another_implementation_gives(void **state)
{
    (void)state;
    uint8_t next = 0, key[32];
    struct xj_env env = env_from(&next);
    struct xj_hash commit;
    struct xj_buf sealed;
    xj_buf_init(&sealed, SEALED_MAX);
    assert_int_equal(xj_seal(&env, XJ_SEAL_BODY, xj_slice_cstr("衔接 body"), &sealed, key, &commit), XJ_OK);
    assert_int_equal(sealed.n, 512 + TAG);
    struct xj_slice part = xj_buf_slice(&sealed);
    struct xj_hash digest = xj_sha256(&part, 1);
    is_hex(digest.b, 32, "bcb7bcddafca13f5cb0d8c3e224f51a597317817f19367d75d9f905d21afb0d7");
    is_hex(commit.b, 32, "fb2d9f2c0ff88aa717ab15a430066b9432ac81123bc0198c09e6dcdd937ca306");
    xj_buf_free(&sealed);
}

static void roundtrip(const char *context, size_t n)
{
    struct xj_buf sealed, again;
    uint8_t key[32], *text = malloc(n + 1);
    struct xj_hash commit;
    assert_non_null(text);
    memset(text, 0x5a, n + 1);
    xj_buf_init(&sealed, SEALED_MAX);
    xj_buf_init(&again, XJ_MAX_PAPER_BYTES);
    struct xj_slice plain = xj_slice_of(text, n);
    assert_int_equal(xj_seal(xj_env_system(), context, plain, &sealed, key, &commit), XJ_OK);
    assert_int_equal(sealed.n, xj_size_class(n) + TAG);
    uint8_t salt[XJ_SALT_SIZE];
    assert_int_equal(xj_unseal_salted(context, xj_buf_slice(&sealed), key, &commit, salt, &again), XJ_OK);
    struct xj_hash shown = xj_commit(salt, xj_buf_slice(&again));
    assert_true(xj_hash_eq(&shown, &commit)); /* without the key */
    xj_buf_reset(&again);
    assert_int_equal(xj_unseal(context, xj_buf_slice(&sealed), key, &commit, &again), XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&again), plain));
    xj_buf_free(&sealed);
    xj_buf_free(&again);
    free(text);
}

static void unseal__gives_back_every_length_at_the_edges(void **state)
{
    (void)state;
    static const size_t lengths[] = {0, 1, 475, 476, 477, 732, 733, XJ_MAX_BODY_BYTES - 1, XJ_MAX_BODY_BYTES};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        roundtrip(XJ_SEAL_BODY, lengths[i]);
    roundtrip(XJ_SEAL_PAPER, XJ_MAX_PAPER_BYTES);
}

static void seal__refuses_a_text_over_the_limit_of_its_kind(void **state)
{
    (void)state;
    uint8_t key[32], *text = calloc(1, XJ_MAX_PAPER_BYTES + 1);
    struct xj_hash commit;
    struct xj_buf sealed;
    assert_non_null(text);
    xj_buf_init(&sealed, SEALED_MAX);
    struct xj_slice body = xj_slice_of(text, XJ_MAX_BODY_BYTES + 1), paper = xj_slice_of(text, XJ_MAX_PAPER_BYTES + 1);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_BODY, body, &sealed, key, &commit), XJ_ELIMIT);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_PAPER, paper, &sealed, key, &commit), XJ_ELIMIT);
    assert_int_equal(sealed.n, 0);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_PAPER, body, &sealed, key, &commit), XJ_OK);
    xj_buf_free(&sealed);
    xj_buf_init(&sealed, 512 + TAG - 1); /* and what its buffer may not hold */
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_BODY, xj_slice_cstr("x"), &sealed, key, &commit), XJ_ELIMIT);
    assert_int_equal(sealed.n, 0);
    xj_buf_free(&sealed);
    free(text);
}

static void seal__appends_and_takes_a_fresh_key_each_time(void **state)
{
    (void)state;
    uint8_t one[32], two[32];
    struct xj_hash commit;
    struct xj_buf sealed;
    xj_buf_init(&sealed, SEALED_MAX);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_BODY, xj_slice_cstr("a"), &sealed, one, &commit), XJ_OK);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_BODY, xj_slice_cstr("a"), &sealed, two, &commit), XJ_OK);
    assert_int_equal(sealed.n, 2 * (512 + TAG));
    assert_memory_not_equal(one, two, 32);
    assert_memory_not_equal(sealed.p, sealed.p + 512 + TAG, 512 + TAG);
    xj_buf_free(&sealed);
}

static void unseal__refuses_what_was_changed_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t key[32];
    struct xj_hash commit;
    struct xj_buf sealed, again;
    xj_buf_init(&sealed, SEALED_MAX);
    xj_buf_init(&again, SEALED_MAX);
    assert_int_equal(xj_seal(xj_env_system(), XJ_SEAL_BODY, xj_slice_cstr("text"), &sealed, key, &commit), XJ_OK);
    struct xj_slice whole = xj_buf_slice(&sealed);
    for (size_t i = 0; i < sealed.n; i++) {
        sealed.p[i] ^= 0x10;
        assert_int_equal(xj_unseal(XJ_SEAL_BODY, whole, key, NULL, &again), XJ_ESIGNATURE);
        sealed.p[i] ^= 0x10;
    }
    assert_int_equal(xj_unseal(XJ_SEAL_PAPER, whole, key, NULL, &again), XJ_ESIGNATURE);
    for (size_t n = 0; n < whole.n; n++)
        assert_int_equal(xj_unseal(XJ_SEAL_BODY, xj_slice_of(whole.p, n), key, NULL, &again), XJ_ESIGNATURE);
    commit.b[0] ^= 1;
    assert_int_equal(xj_unseal(XJ_SEAL_BODY, whole, key, &commit, &again), XJ_ESIGNATURE);
    key[0] ^= 1;
    assert_int_equal(xj_unseal(XJ_SEAL_BODY, whole, key, NULL, &again), XJ_ESIGNATURE);
    assert_int_equal(again.n, 0);
    xj_buf_free(&sealed);
    xj_buf_free(&again);
}

/* What a dishonest sender can make: a sound seal around an inner of its own. */
static enum xj_err unseal_inner(const uint8_t *inner, size_t n)
{
    static const uint8_t nonce[12], key[32] = {7};
    uint8_t *sealed = malloc(n + TAG);
    struct xj_buf out;
    assert_non_null(sealed);
    xj_buf_init(&out, SEALED_MAX);
    crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, inner, n, (const uint8_t *)XJ_SEAL_BODY, strlen(XJ_SEAL_BODY),
                                              NULL, nonce, key);
    enum xj_err err = xj_unseal(XJ_SEAL_BODY, xj_slice_of(sealed, n + TAG), key, NULL, &out);
    assert_int_equal(out.n > 0, err == XJ_OK);
    xj_buf_free(&out);
    free(sealed);
    return err;
}

static void unseal__refuses_padding_that_is_not_zero_anywhere(void **state)
{
    (void)state;
    uint8_t inner[512] = {0};
    inner[35] = 4; /* a text of four bytes */
    memcpy(inner + 36, "text", 4);
    assert_int_equal(unseal_inner(inner, sizeof inner), XJ_OK);
    for (size_t i = 40; i < sizeof inner; i++) {
        inner[i] = 0x80;
        assert_int_equal(unseal_inner(inner, sizeof inner), XJ_ESIGNATURE);
        inner[i] = 0;
    }
}

static void unseal__refuses_a_length_that_does_not_give_this_class(void **state)
{
    (void)state;
    static const uint32_t bad[] = {477, 512, 0xffffffff, 0xffffffdc, 0x80000000};
    uint8_t inner[1024] = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        for (unsigned k = 0; k < 4; k++)
            inner[32 + k] = (uint8_t)(bad[i] >> (24 - 8 * k));
        assert_int_equal(unseal_inner(inner, 512), XJ_ESIGNATURE);
    }
    memset(inner, 0, sizeof inner);
    inner[35] = 4;
    assert_int_equal(unseal_inner(inner, 1024), XJ_ESIGNATURE); /* padded more than the rule gives */
    assert_int_equal(unseal_inner(inner, 513), XJ_ESIGNATURE);
    assert_int_equal(unseal_inner(inner, 384), XJ_ESIGNATURE);
    assert_int_equal(unseal_inner(inner, 512), XJ_OK);
}

static void seal_key__gives_the_published_public_key(void **state)
{
    (void)state;
    uint8_t secret[32];
    struct xj_seal_key key;
    assert_true(xj_unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", secret, 32));
    xj_seal_key_from_secret(secret, &key);
    is_hex(key.public_key, 32, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
}

static void wrap__gives_the_bytes_another_implementation_gives(void **state)
{
    (void)state;
    struct xj_seal_key a = key_of(1), b = key_of(2);
    struct xj_hash object;
    uint8_t object_key[32], wrap[48], again[32];
    struct xj_pairs *pairs = xj_pairs_new();
    assert_non_null(pairs);
    memset(object.b, 3, 32);
    memset(object_key, 4, 32);
    is_hex(a.id, 8, "1a92f23852dc908d");
    assert_int_equal(xj_wrap(pairs, &a, b.public_key, &object, object_key, wrap), XJ_OK);
    is_hex(wrap, 48, "65b4b9b7140583c7a42bcaf1e6e8fc0ee22ef6ef20d4d423608d07f96bff8f108cbe186a93a1175e1fb07a74bbb1ca70");
    assert_int_equal(xj_unwrap(pairs, &b, a.public_key, &object, wrap, again), XJ_OK);
    assert_memory_equal(again, object_key, 32);
    xj_pairs_free(pairs);
}

static void wrap__opens_for_the_sender_itself(void **state)
{
    (void)state;
    struct xj_seal_key a = key_of(1);
    struct xj_hash object = {{9}};
    uint8_t object_key[32] = {5}, wrap[48], again[32];
    struct xj_pairs *pairs = xj_pairs_new();
    assert_int_equal(xj_wrap(pairs, &a, a.public_key, &object, object_key, wrap), XJ_OK);
    assert_int_equal(xj_unwrap(pairs, &a, a.public_key, &object, wrap, again), XJ_OK);
    assert_memory_equal(again, object_key, 32);
    xj_pairs_free(pairs);
}

static void unwrap__refuses_another_reader_sender_object_or_bit(void **state)
{
    (void)state;
    struct xj_seal_key a = key_of(1), b = key_of(2), c = key_of(3);
    struct xj_hash object = {{9}}, other = {{8}};
    uint8_t object_key[32] = {5}, wrap[48], again[32];
    static const uint8_t zero[32];
    struct xj_pairs *pairs = xj_pairs_new();
    assert_int_equal(xj_wrap(pairs, &a, b.public_key, &object, object_key, wrap), XJ_OK);
    assert_int_equal(xj_unwrap(pairs, &c, a.public_key, &object, wrap, again), XJ_ESIGNATURE);
    assert_int_equal(xj_unwrap(pairs, &b, c.public_key, &object, wrap, again), XJ_ESIGNATURE);
    assert_int_equal(xj_unwrap(pairs, &b, a.public_key, &other, wrap, again), XJ_ESIGNATURE);
    assert_int_equal(xj_unwrap(pairs, &a, b.public_key, &object, wrap, again), XJ_ESIGNATURE); /* the way back is not the way */
    for (size_t bit = 0; bit < 8 * sizeof wrap; bit++) {
        wrap[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(again, 0xee, sizeof again);
        assert_int_equal(xj_unwrap(pairs, &b, a.public_key, &object, wrap, again), XJ_ESIGNATURE);
        assert_memory_equal(again, zero, sizeof zero);
        wrap[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    xj_pairs_free(pairs);
}

static void wrap__refuses_a_low_order_key(void **state)
{
    (void)state;
    struct xj_seal_key a = key_of(1);
    struct xj_hash object = {{9}};
    uint8_t zero[32] = {0}, one[32] = {1}, object_key[32] = {5}, wrap[48] = {0}, opened[32];
    struct xj_pairs *pairs = xj_pairs_new();
    for (int round = 0; round < 2; round++) { /* nor is it remembered as good */
        assert_int_equal(xj_unwrap(pairs, &a, zero, &object, wrap, opened), XJ_ESIGNATURE);
        assert_int_equal(xj_wrap(pairs, &a, zero, &object, object_key, wrap), XJ_ESIGNATURE);
        assert_int_equal(xj_wrap(pairs, &a, one, &object, object_key, wrap), XJ_ESIGNATURE);
    }
    xj_pairs_free(pairs);
}

static void pairs__stay_right_when_more_pairs_come_than_fit(void **state)
{
    (void)state;
    enum { READERS = 6000 };
    struct xj_seal_key a = key_of(1);
    struct xj_hash object = {{9}};
    uint8_t object_key[32] = {5}, (*publics)[32] = calloc(READERS, 32), wrap[48], again[48];
    struct xj_pairs *pairs = xj_pairs_new(), *fresh = xj_pairs_new();
    assert_non_null(publics);
    for (size_t i = 0; i < READERS; i++) {
        uint8_t secret[32] = {(uint8_t)i, (uint8_t)(i >> 8), 1};
        struct xj_seal_key reader;
        xj_seal_key_from_secret(secret, &reader);
        memcpy(publics[i], reader.public_key, 32);
        assert_int_equal(xj_wrap(pairs, &a, publics[i], &object, object_key, wrap), XJ_OK);
    }
    for (size_t i = 0; i < READERS; i += 37) {
        assert_int_equal(xj_wrap(pairs, &a, publics[i], &object, object_key, wrap), XJ_OK);
        assert_int_equal(xj_wrap(fresh, &a, publics[i], &object, object_key, again), XJ_OK);
        assert_memory_equal(wrap, again, sizeof wrap);
    }
    xj_pairs_free(pairs);
    xj_pairs_free(fresh);
    xj_pairs_free(NULL);
    free(publics);
}

/* An agency that was given new keys uses both for a while. */
static void pairs__of_one_key_are_not_those_of_another(void **state)
{
    (void)state;
    enum { READERS = 400 }; /* enough that some share a place in the memory of pairs */
    struct xj_seal_key owns[2] = {key_of(1), key_of(2)};
    struct xj_hash object = {{9}};
    uint8_t object_key[32] = {5}, wrap[48], opened[32];
    struct xj_pairs *pairs = xj_pairs_new(), *theirs = xj_pairs_new();
    for (size_t i = 0; i < READERS; i++) {
        uint8_t secret[32] = {(uint8_t)i, (uint8_t)(i >> 8), 1};
        struct xj_seal_key reader;
        xj_seal_key_from_secret(secret, &reader);
        assert_int_equal(xj_wrap(pairs, &owns[i % 2], reader.public_key, &object, object_key, wrap), XJ_OK);
        assert_int_equal(xj_unwrap(theirs, &reader, owns[i % 2].public_key, &object, wrap, opened), XJ_OK);
        assert_memory_equal(opened, object_key, sizeof opened);
    }
    xj_pairs_free(pairs);
    xj_pairs_free(theirs);
}

/* ---- keys bytes ---- */

struct seen {
    size_t count, stop_after;
    struct xj_wrap_entry last;
};

static bool count_wraps(void *arg, const struct xj_wrap_entry *entry)
{
    struct seen *seen = arg;
    seen->last = *entry;
    return ++seen->count != seen->stop_after;
}

static struct xj_wrap_entry wrap_of(uint8_t object, const char *reader, uint8_t key)
{
    struct xj_wrap_entry e = {.reader = xj_slice_cstr(reader)};
    memset(e.object.b, object, sizeof e.object.b);
    memset(e.key_id, key, sizeof e.key_id);
    memset(e.wrap, 0x77, sizeof e.wrap);
    return e;
}

static void keys_encode__sorts_and_decode_shows_all(void **state)
{
    (void)state;
    struct xj_wrap_entry e[4] = {wrap_of(2, "350000-a", 1), wrap_of(1, "350000-b", 1), wrap_of(1, "350000-a", 2),
                                 wrap_of(1, "350000-a", 1)};
    const uint8_t sender[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t got[8];
    struct seen seen = {0};
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_KEYS_BYTES);
    assert_int_equal(xj_keys_encode(sender, e, 4, &out), XJ_OK);
    assert_int_equal(xj_keys_decode(xj_buf_slice(&out), got, count_wraps, &seen), XJ_OK);
    assert_memory_equal(got, sender, 8);
    assert_int_equal(seen.count, 4);
    assert_int_equal(seen.last.object.b[0], 2);
    assert_memory_equal(seen.last.wrap, e[0].wrap, 48);
    seen = (struct seen){.stop_after = 2};
    assert_int_equal(xj_keys_decode(xj_buf_slice(&out), got, count_wraps, &seen), XJ_OK);
    assert_int_equal(seen.count, 2);
    xj_buf_free(&out);
}

static void keys_encode__refuses_the_same_wrap_twice_and_too_many(void **state)
{
    (void)state;
    struct xj_wrap_entry e[2] = {wrap_of(1, "350000-a", 1), wrap_of(1, "350000-a", 1)};
    const uint8_t sender[8] = {0};
    struct xj_buf out;
    xj_buf_init(&out, 4 * XJ_MAX_KEYS_BYTES);
    assert_int_equal(xj_keys_encode(sender, e, 2, &out), XJ_EMALFORMED);
    assert_int_equal(xj_keys_encode(sender, e, XJ_MAX_WRAPS + 1, &out), XJ_ELIMIT);
    struct xj_wrap_entry *many = calloc(XJ_MAX_WRAPS, sizeof *many);
    assert_non_null(many);
    for (size_t i = 0; i < XJ_MAX_WRAPS; i++) {
        many[i] = wrap_of((uint8_t)i, "350000-a-long-name-that-fills-forty-eight-bytes", 1);
        many[i].key_id[0] = (uint8_t)(i >> 8);
    }
    assert_int_equal(xj_keys_encode(sender, many, XJ_MAX_WRAPS, &out), XJ_ELIMIT); /* more bytes than keys may have */
    assert_int_equal(out.n, 0);
    free(many);
    xj_buf_free(&out);
}

/* Keys bytes as given, neither sorted nor checked. */
static enum xj_err decode_raw(const struct xj_wrap_entry *e, size_t count, size_t wrap_bytes, size_t *ret_seen)
{
    struct xj_buf out;
    struct seen seen = {0};
    uint8_t sender[8] = {0};
    xj_buf_init(&out, XJ_MAX_KEYS_BYTES);
    xj_put_array(&out, 2);
    xj_put_bin(&out, sender, 8);
    xj_put_array(&out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        xj_put_array(&out, 4);
        xj_put_bin(&out, e[i].object.b, 32);
        xj_put_str(&out, e[i].reader);
        xj_put_bin(&out, e[i].key_id, 8);
        xj_put_bin(&out, e[i].wrap, wrap_bytes);
    }
    enum xj_err err = xj_keys_decode(xj_buf_slice(&out), sender, count_wraps, &seen);
    *ret_seen = seen.count;
    xj_buf_free(&out);
    return err;
}

static void keys_decode__refuses_wrong_order_before_showing_any(void **state)
{
    (void)state;
    struct xj_wrap_entry good[3] = {wrap_of(1, "350000-a", 1), wrap_of(1, "350000-a", 2), wrap_of(2, "350000-a", 1)};
    struct xj_wrap_entry twice[3] = {good[0], good[1], good[1]}, back[3] = {good[0], good[2], good[1]};
    struct xj_wrap_entry name[3] = {good[0], good[1], wrap_of(2, "no agency", 1)};
    size_t seen;
    assert_int_equal(decode_raw(good, 3, 48, &seen), XJ_OK);
    assert_int_equal(seen, 3);
    assert_int_equal(decode_raw(good, 0, 48, &seen), XJ_OK);
    assert_int_equal(decode_raw(twice, 3, 48, &seen), XJ_EMALFORMED);
    assert_int_equal(seen, 0);
    assert_int_equal(decode_raw(back, 3, 48, &seen), XJ_EMALFORMED);
    assert_int_equal(seen, 0);
    assert_int_equal(decode_raw(name, 3, 48, &seen), XJ_EMALFORMED);
    assert_int_equal(seen, 0);
    assert_int_equal(decode_raw(good, 3, 47, &seen), XJ_EMALFORMED);
    assert_int_equal(seen, 0);
}

static void keys_decode__refuses_every_cut_and_bytes_over_the_limit(void **state)
{
    (void)state;
    struct xj_wrap_entry e[1] = {wrap_of(1, "350000-a", 1)};
    uint8_t sender[8] = {0}, *big = calloc(1, XJ_MAX_KEYS_BYTES + 1);
    struct xj_buf out;
    assert_non_null(big);
    xj_buf_init(&out, XJ_MAX_KEYS_BYTES);
    assert_int_equal(xj_keys_encode(sender, e, 1, &out), XJ_OK);
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(xj_keys_decode(xj_slice_of(out.p, n), sender, NULL, NULL), XJ_EMALFORMED);
    assert_int_equal(xj_keys_decode(xj_buf_slice(&out), sender, NULL, NULL), XJ_OK);
    assert_int_equal(xj_keys_decode(xj_slice_of(big, XJ_MAX_KEYS_BYTES + 1), sender, NULL, NULL), XJ_ELIMIT);
    xj_buf_free(&out);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(size_class__is_the_smallest_that_holds_the_text),
        cmocka_unit_test(seal__gives_the_bytes_another_implementation_gives),
        cmocka_unit_test(unseal__gives_back_every_length_at_the_edges),
        cmocka_unit_test(seal__refuses_a_text_over_the_limit_of_its_kind),
        cmocka_unit_test(seal__appends_and_takes_a_fresh_key_each_time),
        cmocka_unit_test(unseal__refuses_what_was_changed_and_writes_nothing),
        cmocka_unit_test(unseal__refuses_padding_that_is_not_zero_anywhere),
        cmocka_unit_test(unseal__refuses_a_length_that_does_not_give_this_class),
        cmocka_unit_test(seal_key__gives_the_published_public_key),
        cmocka_unit_test(wrap__gives_the_bytes_another_implementation_gives),
        cmocka_unit_test(wrap__opens_for_the_sender_itself),
        cmocka_unit_test(unwrap__refuses_another_reader_sender_object_or_bit),
        cmocka_unit_test(wrap__refuses_a_low_order_key),
        cmocka_unit_test(pairs__stay_right_when_more_pairs_come_than_fit),
        cmocka_unit_test(pairs__of_one_key_are_not_those_of_another),
        cmocka_unit_test(keys_encode__sorts_and_decode_shows_all),
        cmocka_unit_test(keys_encode__refuses_the_same_wrap_twice_and_too_many),
        cmocka_unit_test(keys_decode__refuses_wrong_order_before_showing_any),
        cmocka_unit_test(keys_decode__refuses_every_cut_and_bytes_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
