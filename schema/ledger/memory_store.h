/* The store interface in memory: an ordered map that dies with its owner. One thread; verifier, tools, tests, and whoever
 * looks at a case as it would stand.
 * Spec: spec/05-ledger.md, section 6 (keys in bytewise order). O(log n) a call. */
#ifndef XJ_MEMORY_STORE_H
#define XJ_MEMORY_STORE_H

#include "schema/base/store.h"

struct xj_memory_store;
struct xj_memory_store *xj_memory_store_new(void); /* NULL when memory is out */
void xj_memory_store_free(struct xj_memory_store *m); /* NULL is fine */
/* The interface of struct xj_store over it, valid until it is freed. Only XJ_ENOMEM and XJ_ENOTFOUND come up. */
struct xj_store xj_memory_store_of(struct xj_memory_store *m);

#endif
