/* A store for tests: an array sorted by key, in memory. One thread. Contract: schema/base/store.h.
 * With fail_at = n the n-th call (calls counts them, and may be set back to 0) and all later ones fail with XJ_EIO; with fail_once
 * that one alone. */
#ifndef XJ_TEST_MEMSTORE_H
#define XJ_TEST_MEMSTORE_H

#include "schema/base/store.h"
#include "schema/ledger/db.h"

struct xj_memstore_pair {
    uint8_t *key, *value;
    size_t key_n, value_n;
};
struct xj_memstore {
    struct xj_memstore_pair *at;
    size_t n, cap;
    size_t calls, fail_at; /* fail_at 0: never */
    bool fail_once;
};

struct xj_store xj_memstore_of(struct xj_memstore *m);
void xj_memstore_free(struct xj_memstore *m);
/* Whether a real store holds an object; aborts when it cannot be read. */
bool test_object_has(struct xj_db *db, const struct xj_hash *digest);
/* Same keys and values. */
bool xj_memstore_eq(const struct xj_memstore *a, const struct xj_memstore *b);

#endif
