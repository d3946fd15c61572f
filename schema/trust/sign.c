#undef NDEBUG /* signing that silently failed would leave the machine: stop instead, in every build */
#include "schema/trust/sign.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/env.h"
#include "schema/base/limits.h"
#include "schema/base/tree.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"
#include "schema/wire/span.h"

#define BATCH_MAX 65536u
#define BATCH_PATH_MAX 16u /* log2 of BATCH_MAX */
#define SIGNATURE_NODES (BATCH_PATH_MAX + 6u)
#define BATCH_CONTEXT "xianjie/1 batch"

/* A signature array taken apart; sig points into it. */
struct parts {
    bool batch;
    uint64_t index, size;
    struct xj_hash path[BATCH_PATH_MAX];
    size_t path_count;
    const uint8_t *sig;
};

void xj_sign_key_from_seed(const uint8_t seed[XJ_SIGN_SEED_SIZE], struct xj_sign_key *ret)
{
    (void)xj_env_system(); /* initialises libsodium */
    int rc = crypto_sign_seed_keypair(ret->public_key, ret->secret, seed);
    assert(rc == 0);
}

void xj_sign_key_wipe(struct xj_sign_key *key)
{
    sodium_memzero(key, sizeof *key);
}

static void sign_raw(const struct xj_sign_key *key, const struct xj_hash *d, uint8_t sig[crypto_sign_BYTES])
{
    (void)xj_env_system();
    int rc = crypto_sign_detached(sig, NULL, d->b, XJ_HASH_SIZE, key->secret);
    assert(rc == 0);
}

void xj_sign_one(const struct xj_sign_key *key, const struct xj_hash *d, struct xj_buf *out)
{
    uint8_t sig[crypto_sign_BYTES];
    sign_raw(key, d, sig);
    xj_put_array(out, 2);
    xj_put_uint(out, 0);
    xj_put_bin(out, sig, sizeof sig);
}

static void put_batch(struct xj_buf *out, const struct xj_hash *nodes, size_t count, size_t index,
                      const uint8_t sig[crypto_sign_BYTES])
{
    struct xj_hash path[XJ_TREE_MAX_PATH];
    size_t n = xj_tree_filled_path(nodes, count, index, path);
    xj_put_array(out, 5);
    xj_put_uint(out, 1);
    xj_put_uint(out, index);
    xj_put_uint(out, count);
    xj_put_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        xj_put_bin(out, path[i].b, XJ_HASH_SIZE);
    xj_put_bin(out, sig, crypto_sign_BYTES);
}

enum xj_err xj_sign_batch(const struct xj_sign_key *key, const struct xj_hash *digests, size_t count, struct xj_buf *outs)
{
    assert(count <= BATCH_MAX);
    if (count == 0)
        return XJ_OK;
    if (count == 1) {
        xj_sign_one(key, &digests[0], &outs[0]);
        return outs[0].err;
    }
    size_t node_count = xj_tree_node_count(count);
    struct xj_hash *nodes = malloc(node_count * sizeof *nodes);
    if (nodes == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < count; i++)
        nodes[i] = xj_tree_leaf(xj_hash_slice(&digests[i]));
    xj_tree_fill(nodes, count);
    struct xj_hash d = xj_digest(BATCH_CONTEXT, xj_hash_slice(&nodes[node_count - 1]));
    uint8_t sig[crypto_sign_BYTES];
    sign_raw(key, &d, sig);
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < count; i++) {
        put_batch(&outs[i], nodes, count, i, sig);
        if (err == XJ_OK)
            err = outs[i].err;
    }
    free(nodes);
    return err;
}

/* The next value; nothing, which is neither number nor bytes, at the end. */
static struct xj_slice take(struct xj_slice *rest)
{
    struct xj_slice span = {NULL, 0};
    (void)xj_span_next(rest, &span);
    return span;
}

static bool take_uint(struct xj_slice *rest, uint64_t max, uint64_t *ret)
{
    return xj_span_uint(take(rest), ret) && *ret <= max;
}

static bool take_bin(struct xj_slice *rest, size_t n, const uint8_t **ret)
{
    struct xj_slice bin;
    if (!xj_span_bin(take(rest), &bin) || bin.n != n)
        return false;
    *ret = bin.p;
    return true;
}

static bool take_path(struct xj_slice *rest, struct parts *ret)
{
    uint32_t count;
    if (!take_uint(rest, BATCH_MAX - 1, &ret->index) || !take_uint(rest, BATCH_MAX, &ret->size) || ret->index >= ret->size)
        return false;
    if (!xj_span_enter(rest, &count) || count != xj_tree_path_length(ret->index, ret->size))
        return false;
    ret->path_count = count;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *node;
        if (!take_bin(rest, XJ_HASH_SIZE, &node))
            return false;
        memcpy(ret->path[i].b, node, XJ_HASH_SIZE);
    }
    return true;
}

static bool take_apart(struct xj_slice s, struct parts *ret)
{
    uint32_t count;
    uint64_t form;
    if (s.n > XJ_MAX_SIGNATURE_BYTES || xj_wire_check(s, SIGNATURE_NODES) != XJ_OK)
        return false;
    if (!xj_span_enter(&s, &count) || count < 2 || !take_uint(&s, 1, &form))
        return false;
    ret->batch = form == 1;
    if (count != (ret->batch ? 5u : 2u) || (ret->batch && !take_path(&s, ret)))
        return false;
    return take_bin(&s, crypto_sign_BYTES, &ret->sig);
}

static bool cache_has(const struct xj_verify_cache *cache, const uint8_t *public_key, const struct xj_hash *root,
                      const uint8_t *sig)
{
    for (size_t i = 0; i < sizeof cache->slot / sizeof *cache->slot; i++)
        if (cache->slot[i].used && xj_hash_eq(&cache->slot[i].root, root) &&
            memcmp(cache->slot[i].sig, sig, crypto_sign_BYTES) == 0 &&
            memcmp(cache->slot[i].public_key, public_key, XJ_SIGN_PUBLIC_SIZE) == 0)
            return true;
    return false;
}

static void cache_add(struct xj_verify_cache *cache, const uint8_t *public_key, const struct xj_hash *root,
                      const uint8_t *sig)
{
    size_t i = cache->next++ % (sizeof cache->slot / sizeof *cache->slot);
    memcpy(cache->slot[i].public_key, public_key, XJ_SIGN_PUBLIC_SIZE);
    cache->slot[i].root = *root;
    memcpy(cache->slot[i].sig, sig, crypto_sign_BYTES);
    cache->slot[i].used = true;
}

static bool verify_raw(const uint8_t *public_key, const struct xj_hash *d, const uint8_t *sig)
{
    (void)xj_env_system();
    return crypto_sign_verify_detached(sig, d->b, XJ_HASH_SIZE, public_key) == 0;
}

enum xj_err xj_verify(struct xj_verify_cache *cache, const uint8_t public_key[XJ_SIGN_PUBLIC_SIZE], const struct xj_hash *d,
                      struct xj_slice signature)
{
    struct parts parts;
    if (!take_apart(signature, &parts))
        return XJ_EMALFORMED;
    if (!parts.batch)
        return verify_raw(public_key, d, parts.sig) ? XJ_OK : XJ_ESIGNATURE;
    struct xj_hash leaf = xj_tree_leaf(xj_hash_slice(d)), root;
    const bool leads = xj_tree_root_from_path(&leaf, parts.index, parts.size, parts.path, parts.path_count, &root);
    assert(leads); /* take_path has seen to index and length */
    if (cache != NULL && cache_has(cache, public_key, &root, parts.sig))
        return XJ_OK;
    struct xj_hash signed_digest = xj_digest(BATCH_CONTEXT, xj_hash_slice(&root));
    if (!verify_raw(public_key, &signed_digest, parts.sig))
        return XJ_ESIGNATURE;
    if (cache != NULL)
        cache_add(cache, public_key, &root, parts.sig);
    return XJ_OK;
}

bool xj_signature_sound(struct xj_slice signature)
{
    struct parts parts;
    return take_apart(signature, &parts);
}
