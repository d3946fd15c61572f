/* The store a core works in: an ordered map of bytes inside the transaction its shell has open. The thread that owns the
 * database. Spec: spec/05-ledger.md, section 6. It is real SQLite in daemons and simulator alike (schema/ledger/kv.h).
 * Keys order bytewise. Every call may fail with XJ_EIO or XJ_ENOMEM; then the whole step fails, the shell rolls back and
 * stops the process. */
#ifndef XJ_STORE_H
#define XJ_STORE_H

#include "schema/base/buf.h"

/* Called for each pair in key order; both slices are borrowed until it returns. Return false to stop the scan. */
typedef bool xj_store_visit(void *arg, struct xj_slice key, struct xj_slice value);

struct xj_store {
    void *ctx;
    /* Replaces value's content. XJ_ENOTFOUND leaves value empty. */
    enum xj_err (*get)(void *ctx, struct xj_slice key, struct xj_buf *value);
    enum xj_err (*put)(void *ctx, struct xj_slice key, struct xj_slice value);
    enum xj_err (*del)(void *ctx, struct xj_slice key); /* XJ_OK when absent, too */
    /* All pairs with from <= key and key beginning with prefix, ascending; or from the last such key downwards when
     * reverse (then from is ignored). The visitor may not change the store. */
    enum xj_err (*scan)(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit,
                        void *arg);
};

#endif
