/* SHA-256 and the digests of suite 1. Any thread. Spec: spec/02-trust.md, section 2 (FIPS 180-4). */
#ifndef XJ_HASH_H
#define XJ_HASH_H

#include "schema/base/buf.h"

#define XJ_HASH_SIZE 32

struct xj_hash {
    uint8_t b[XJ_HASH_SIZE];
};

/* SHA-256 over the concatenation of count slices. Cannot fail short of memory exhaustion in OpenSSL: asserts. */
struct xj_hash xj_sha256(const struct xj_slice *parts, size_t count);
/* The digest of bytes in a context: SHA-256(context || 0x00 || bytes); context is ASCII without NUL. */
struct xj_hash xj_digest(const char *context, struct xj_slice bytes);
bool xj_hash_eq(const struct xj_hash *a, const struct xj_hash *b);
struct xj_slice xj_hash_slice(const struct xj_hash *h);
/* Lower-case hex; out holds 2 * n + 1 bytes. */
void xj_hex(const void *p, size_t n, char *out);
/* Reads exactly 2 * n hex digits of either case. False on anything else. */
bool xj_unhex(const char *s, void *out, size_t n);

#endif
