#undef NDEBUG /* a key that silently failed would seal nothing: stop instead, in every build */
#include "schema/trust/seal.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/base/limits.h"
#include "schema/wire/names.h"
#include "schema/wire/pack.h"

#define INNER_HEAD (XJ_SALT_SIZE + 4u) /* salt and length */
#define KEY_SIZE crypto_aead_chacha20poly1305_ietf_KEYBYTES
#define TAG_SIZE crypto_aead_chacha20poly1305_ietf_ABYTES
#define WRAP_SIZE (KEY_SIZE + TAG_SIZE)
#define SMALLEST_CLASS 512u

/* Every key here seals one plaintext only, so the nonce may be constant (spec 02, sections 4 and 5). */
static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

void xj_key_id(const uint8_t public_key[32], uint8_t out[XJ_KEY_ID_SIZE])
{
    struct xj_slice part = xj_slice_of(public_key, 32);
    struct xj_hash h = xj_sha256(&part, 1);
    memcpy(out, h.b, XJ_KEY_ID_SIZE);
}

void xj_seal_key_from_secret(const uint8_t secret[32], struct xj_seal_key *ret)
{
    (void)xj_env_system(); /* initialises libsodium */
    memcpy(ret->secret, secret, 32);
    int rc = crypto_scalarmult_base(ret->public_key, secret);
    assert(rc == 0);
    xj_key_id(ret->public_key, ret->id);
}

size_t xj_size_class(size_t plaintext_bytes)
{
    if (plaintext_bytes > XJ_MAX_PAPER_BYTES)
        return 0;
    size_t need = INNER_HEAD + plaintext_bytes;
    for (size_t class = SMALLEST_CLASS;; class *= 2) {
        if (need <= class)
            return class;
        if (need <= class / 2 * 3)
            return class / 2 * 3;
    }
}

struct xj_hash xj_commit(const uint8_t salt[XJ_SALT_SIZE], struct xj_slice plaintext)
{
    struct xj_slice parts[2] = {xj_slice_of(salt, XJ_SALT_SIZE), plaintext};
    return xj_sha256(parts, 2);
}

enum xj_err xj_seal(const struct xj_env *env, const char *context, struct xj_slice plaintext, struct xj_buf *sealed,
                    uint8_t ret_key[32], struct xj_hash *ret_commit)
{
    (void)xj_env_system();
    _Static_assert(XJ_MAX_BODY_BYTES <= XJ_MAX_PAPER_BYTES, "what is sealed has a size class");
    size_t max = strcmp(context, XJ_SEAL_BODY) == 0 ? XJ_MAX_BODY_BYTES : XJ_MAX_PAPER_BYTES;
    if (plaintext.n > max)
        return XJ_ELIMIT;
    size_t class = xj_size_class(plaintext.n);
    uint8_t *inner = xj_buf_room(sealed, class + TAG_SIZE); /* the padding is zero from here on */
    if (inner == NULL)
        return sealed->err;
    env->random(env->ctx, ret_key, KEY_SIZE);
    env->random(env->ctx, inner, XJ_SALT_SIZE);
    *ret_commit = xj_commit(inner, plaintext);
    xj_be_put(plaintext.n, inner + XJ_SALT_SIZE, 4);
    if (plaintext.n > 0)
        memcpy(inner + INNER_HEAD, plaintext.p, plaintext.n);
    int rc = crypto_aead_chacha20poly1305_ietf_encrypt(inner, NULL, inner, class, (const uint8_t *)context,
                                                       strlen(context), NULL, zero_nonce, ret_key);
    assert(rc == 0);
    return XJ_OK;
}

/* The plaintext within a decrypted inner of class bytes. False when length, class or padding are not what the rule gives.
 * The padding is looked at as a whole, so that time tells nothing of where it differs. */
static bool open_inner(const uint8_t *inner, size_t class, struct xj_slice *ret)
{
    const size_t length = xj_be_get(inner + XJ_SALT_SIZE, 4);
    if (xj_size_class(length) != class)
        return false;
    uint8_t any = 0;
    for (size_t i = INNER_HEAD + length; i < class; i++)
        any |= inner[i];
    *ret = xj_slice_of(inner + INNER_HEAD, length);
    return any == 0;
}

enum xj_err xj_unseal(const char *context, struct xj_slice sealed, const uint8_t key[32], const struct xj_hash *commit,
                      struct xj_buf *plaintext)
{
    uint8_t salt[XJ_SALT_SIZE];
    return xj_unseal_salted(context, sealed, key, commit, salt, plaintext);
}

enum xj_err xj_unseal_salted(const char *context, struct xj_slice sealed, const uint8_t key[32], const struct xj_hash *commit,
                             uint8_t ret_salt[XJ_SALT_SIZE], struct xj_buf *plaintext)
{
    (void)xj_env_system();
    if (sealed.n < TAG_SIZE || !xj_size_class_ok(sealed.n - TAG_SIZE))
        return XJ_ESIGNATURE;
    size_t class = sealed.n - TAG_SIZE;
    uint8_t *inner = malloc(class);
    if (inner == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_ESIGNATURE;
    struct xj_slice text;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(inner, NULL, NULL, sealed.p, sealed.n, (const uint8_t *)context,
                                                  strlen(context), zero_nonce, key) != 0)
        goto out;
    if (!open_inner(inner, class, &text))
        goto out;
    struct xj_hash found = xj_commit(inner, text);
    if (commit != NULL && !xj_hash_eq(commit, &found))
        goto out;
    memcpy(ret_salt, inner, XJ_SALT_SIZE);
    xj_buf_add_slice(plaintext, text);
    err = plaintext->err;
out:
    sodium_memzero(inner, class);
    free(inner);
    return err;
}

/* ---- shared secrets ---- */

#define PAIR_SETS 1024u
#define PAIR_WAYS 4u

struct pair {
    bool used;
    uint8_t own[32], other[32], shared[32];
};

struct xj_pairs {
    struct pair slot[PAIR_SETS][PAIR_WAYS];
    uint8_t next[PAIR_SETS]; /* the way to be given up next */
};

struct xj_pairs *xj_pairs_new(void)
{
    return calloc(1, sizeof(struct xj_pairs));
}

void xj_pairs_free(struct xj_pairs *pairs)
{
    if (pairs == NULL)
        return;
    sodium_memzero(pairs, sizeof *pairs);
    free(pairs);
}

/* Public keys are as good as random; somebody who picks one to collide wins no more than a cold cache. */
static size_t pair_set(const uint8_t own[32], const uint8_t other[32])
{
    uint32_t a, b;
    memcpy(&a, own, sizeof a);
    memcpy(&b, other, sizeof b);
    return (a ^ b * 2654435761u) >> 7 & (PAIR_SETS - 1);
}

static bool shared_secret(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t other[32], uint8_t ret[32])
{
    size_t set = pair_set(own->public_key, other);
    for (unsigned i = 0; i < PAIR_WAYS; i++) {
        const struct pair *p = &pairs->slot[set][i];
        if (p->used && memcmp(p->own, own->public_key, 32) == 0 && memcmp(p->other, other, 32) == 0) {
            memcpy(ret, p->shared, 32);
            return true;
        }
    }
    (void)xj_env_system();
    if (crypto_scalarmult(ret, own->secret, other) != 0)
        return false;
    struct pair *p = &pairs->slot[set][pairs->next[set]++ % PAIR_WAYS];
    p->used = true;
    memcpy(p->own, own->public_key, 32);
    memcpy(p->other, other, 32);
    memcpy(p->shared, ret, 32);
    return true;
}

/* K of spec 02, section 5. */
static bool wrap_key(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t other[32], bool sender_is_own,
                     const struct xj_hash *object, struct xj_hash *ret)
{
    static const char context[] = "xianjie/1 wrap"; /* its NUL is the separator */
    uint8_t shared[32];
    if (!shared_secret(pairs, own, other, shared))
        return false;
    struct xj_slice parts[5] = {
        xj_slice_of(context, sizeof context),
        xj_slice_of(shared, sizeof shared),
        xj_slice_of(sender_is_own ? own->public_key : other, 32),
        xj_slice_of(sender_is_own ? other : own->public_key, 32),
        xj_hash_slice(object),
    };
    *ret = xj_sha256(parts, 5);
    sodium_memzero(shared, sizeof shared);
    return true;
}

enum xj_err xj_wrap(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t reader_public[32],
                    const struct xj_hash *object, const uint8_t object_key[32], uint8_t ret_wrap[48])
{
    struct xj_hash k;
    if (!wrap_key(pairs, own, reader_public, true, object, &k))
        return XJ_ESIGNATURE;
    int rc = crypto_aead_chacha20poly1305_ietf_encrypt(ret_wrap, NULL, object_key, KEY_SIZE, NULL, 0, NULL, zero_nonce,
                                                       k.b);
    assert(rc == 0);
    sodium_memzero(&k, sizeof k);
    return XJ_OK;
}

enum xj_err xj_unwrap(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t sender_public[32],
                      const struct xj_hash *object, const uint8_t wrap[48], uint8_t ret_object_key[32])
{
    struct xj_hash k;
    if (!wrap_key(pairs, own, sender_public, false, object, &k))
        return XJ_ESIGNATURE;
    int rc = crypto_aead_chacha20poly1305_ietf_decrypt(ret_object_key, NULL, NULL, wrap, WRAP_SIZE, NULL, 0, zero_nonce,
                                                       k.b);
    sodium_memzero(&k, sizeof k);
    if (rc != 0)
        sodium_memzero(ret_object_key, KEY_SIZE);
    return rc == 0 ? XJ_OK : XJ_ESIGNATURE;
}

/* ---- keys bytes ---- */

#define KEYS_NODES (3u + 5u * XJ_MAX_WRAPS)

static int wrap_cmp(const void *left, const void *right)
{
    const struct xj_wrap_entry *a = left, *b = right;
    int order = memcmp(a->object.b, b->object.b, XJ_HASH_SIZE);
    if (order == 0)
        order = xj_slice_cmp(a->reader, b->reader);
    return order != 0 ? order : memcmp(a->key_id, b->key_id, XJ_KEY_ID_SIZE);
}

enum xj_err xj_keys_encode(const uint8_t sender_key_id[XJ_KEY_ID_SIZE], struct xj_wrap_entry *entries, size_t count,
                           struct xj_buf *out)
{
    size_t before = out->n;
    if (count > XJ_MAX_WRAPS)
        return XJ_ELIMIT;
    if (count > 1)
        qsort(entries, count, sizeof *entries, wrap_cmp);
    for (size_t i = 1; i < count; i++)
        if (wrap_cmp(&entries[i - 1], &entries[i]) == 0)
            return XJ_EMALFORMED;
    xj_put_array(out, 2);
    xj_put_bin(out, sender_key_id, XJ_KEY_ID_SIZE);
    xj_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        xj_put_array(out, 4);
        xj_put_bin(out, entries[i].object.b, XJ_HASH_SIZE);
        xj_put_str(out, entries[i].reader);
        xj_put_bin(out, entries[i].key_id, XJ_KEY_ID_SIZE);
        xj_put_bin(out, entries[i].wrap, WRAP_SIZE);
    }
    if (out->err == XJ_OK && out->n - before > XJ_MAX_KEYS_BYTES) {
        out->n = before;
        return XJ_ELIMIT;
    }
    return out->err;
}

static bool take_wrap(struct xj_cur *list, struct xj_wrap_entry *ret)
{
    struct xj_cur c = xj_take_array(list, 4, 4);
    xj_take_bin_to(&c, ret->object.b, XJ_HASH_SIZE);
    ret->reader = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    xj_take_bin_to(&c, ret->key_id, XJ_KEY_ID_SIZE);
    xj_take_bin_to(&c, ret->wrap, WRAP_SIZE);
    return xj_cur_end(&c) == XJ_OK && xj_agency_ok(ret->reader);
}

/* All wraps are checked before the first is shown, so a visitor never acts on keys that are refused in the end. */
static enum xj_err check_wraps(struct xj_cur list)
{
    struct xj_wrap_entry entry[2];
    for (unsigned i = 0; list.left > 0; i++) {
        if (!take_wrap(&list, &entry[i % 2]))
            return XJ_EMALFORMED;
        if (i > 0 && wrap_cmp(&entry[(i - 1) % 2], &entry[i % 2]) >= 0)
            return XJ_EMALFORMED;
    }
    return xj_cur_end(&list);
}

enum xj_err xj_keys_decode(struct xj_slice keys, uint8_t ret_sender_key_id[XJ_KEY_ID_SIZE], xj_wrap_visit *visit, void *arg)
{
    struct xj_doc doc;
    if (keys.n > XJ_MAX_KEYS_BYTES)
        return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&doc, keys, KEYS_NODES);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    xj_take_bin_to(&c, ret_sender_key_id, XJ_KEY_ID_SIZE);
    struct xj_cur list = xj_take_array(&c, 0, XJ_MAX_WRAPS);
    err = xj_cur_end(&c);
    if (err == XJ_OK)
        err = check_wraps(list);
    struct xj_wrap_entry entry;
    for (bool more = err == XJ_OK && visit != NULL; more && list.left > 0; more = visit(arg, &entry))
        (void)take_wrap(&list, &entry); /* looked at above */
    xj_doc_close(&doc);
    return err;
}
