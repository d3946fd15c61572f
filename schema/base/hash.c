#undef NDEBUG /* a digest that silently failed would be signed: stop instead, in every build */
#include "schema/base/hash.h"

#include <assert.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

/* Looked up once: asking the library by name for every digest costs more than a short digest. */
static EVP_MD *sha256;
static pthread_once_t fetched = PTHREAD_ONCE_INIT;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    assert(sha256 != NULL);
}

struct xj_hash xj_sha256(const struct xj_slice *parts, size_t count)
{
    struct xj_hash hash;
    unsigned int len = 0;
    (void)pthread_once(&fetched, fetch);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert(ctx != NULL);
    int ok = EVP_DigestInit_ex2(ctx, sha256, NULL);
    for (size_t i = 0; i < count; i++)
        if (parts[i].n > 0)
            ok &= EVP_DigestUpdate(ctx, parts[i].p, parts[i].n);
    ok &= EVP_DigestFinal_ex(ctx, hash.b, &len);
    EVP_MD_CTX_free(ctx);
    assert(ok == 1 && len == XJ_HASH_SIZE);
    return hash;
}

struct xj_hash xj_digest(const char *context, struct xj_slice bytes)
{
    /* The context's own NUL is the separator of the rule. */
    struct xj_slice parts[2] = {xj_slice_of(context, strlen(context) + 1), bytes};
    return xj_sha256(parts, 2);
}

bool xj_hash_eq(const struct xj_hash *a, const struct xj_hash *b)
{
    return memcmp(a->b, b->b, XJ_HASH_SIZE) == 0;
}

struct xj_slice xj_hash_slice(const struct xj_hash *h)
{
    return xj_slice_of(h->b, XJ_HASH_SIZE);
}

void xj_hex(const void *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *b = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[b[i] >> 4];
        out[2 * i + 1] = digits[b[i] & 15];
    }
    out[2 * n] = 0;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool xj_unhex(const char *s, void *out, size_t n)
{
    uint8_t *b = out;
    for (size_t i = 0; i < n; i++) {
        int high = nibble(s[2 * i]);
        int low = high < 0 ? -1 : nibble(s[2 * i + 1]);
        if (low < 0)
            return false;
        b[i] = (uint8_t)(high << 4 | low);
    }
    return s[2 * n] == 0;
}
