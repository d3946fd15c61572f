/* Sealed bytes and wraps that arrive under a key: what a sender with keys can make of them, and what nobody sealed. The first
 * byte chooses: a plaintext framed at will and truly sealed, sealed bytes as they are, a wrap. Nothing but what was sealed by
 * the rules opens. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/02-trust.md, sections 4 and 5. */
#include <sodium.h>

#include "schema/trust/seal.h"
#include "schema/wire/message.h"
#include "tests/fuzz/fuzz.h"

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

static void same_bytes(void *ctx, void *p, size_t n)
{
    (void)ctx;
    memset(p, 7, n);
}

static const struct xj_env env = {NULL, no_time, same_bytes};

/* What was sealed opens to itself, and not with one bit turned. */
static void try_sealed(struct xj_slice plaintext, const char *context)
{
    struct xj_buf sealed, again;
    struct xj_hash commit;
    uint8_t key[32];
    xj_buf_init(&sealed, XJ_MAX_SEALED_PAPER_BYTES);
    xj_buf_init(&again, XJ_MAX_PAPER_BYTES);
    must(xj_seal(&env, context, plaintext, &sealed, key, &commit) == XJ_OK);
    must(xj_unseal(context, xj_buf_slice(&sealed), key, &commit, &again) == XJ_OK);
    must(xj_slice_eq(xj_buf_slice(&again), plaintext));
    sealed.p[plaintext.n % sealed.n] ^= 1;
    xj_buf_reset(&again);
    must(xj_unseal(context, xj_buf_slice(&sealed), key, &commit, &again) == XJ_ESIGNATURE && again.n == 0);
    xj_buf_free(&sealed);
    xj_buf_free(&again);
}

static void try_bytes(struct xj_slice sealed, const char *context)
{
    struct xj_buf out;
    uint8_t key[32];
    memset(key, 7, sizeof key);
    xj_buf_init(&out, sealed.n + 64);
    must(xj_unseal(context, sealed, key, NULL, &out) != XJ_OK && out.n == 0);
    xj_buf_free(&out);
}

static void try_wrap(struct xj_slice bytes)
{
    struct xj_seal_key own;
    struct xj_hash object;
    uint8_t secret[32], sender[32], wrap[48], key[32];
    if (bytes.n < sizeof object + sizeof sender + sizeof wrap)
        return;
    struct xj_pairs *pairs = xj_pairs_new();
    must(pairs != NULL);
    memset(secret, 9, sizeof secret);
    xj_seal_key_from_secret(secret, &own);
    memcpy(sender, bytes.p, sizeof sender);
    memcpy(object.b, bytes.p + 32, sizeof object.b);
    memcpy(wrap, bytes.p + 64, sizeof wrap);
    must(xj_unwrap(pairs, &own, sender, &object, wrap, key) == XJ_ESIGNATURE);
    enum xj_err err = xj_wrap(pairs, &own, sender, &object, secret, wrap);
    must(err == XJ_OK || err == XJ_ESIGNATURE);
    xj_pairs_free(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || sodium_init() < 0)
        return 0;
    struct xj_slice bytes = xj_slice_of(data + 1, size - 1);
    const char *context = data[0] & 4 ? XJ_SEAL_PAPER : XJ_SEAL_BODY;
    switch (data[0] % 4) {
    case 0: try_sealed(bytes, context); break;
    case 1: try_wrap(bytes); break;
    default: try_bytes(bytes, context); break;
    }
    return 0;
}
