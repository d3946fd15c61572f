/* One signature for all statements of a batch. Spec: spec/02-trust.md section 3, spec/04-exchange.md section 7. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

enum xj_err xj_pending_add(struct xj_exchange *x, enum xj_entry_kind kind, struct pending **ret)
{
    if (x->pending_count == x->pending_cap) {
        size_t cap = x->pending_cap ? x->pending_cap * 2 : 64;
        struct pending *more = realloc(x->pending, cap * sizeof *more);
        if (!more) return XJ_ENOMEM;
        x->pending = more;
        x->pending_cap = cap;
    }
    struct pending *p = &x->pending[x->pending_count];
    memset(p, 0, sizeof *p);
    enum xj_err err = xj_log_reserve(x->o.log, kind, x->now_ms, &p->n);
    if (err) return err;
    p->kind = kind;
    xj_buf_init(&p->statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&p->signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&p->message, XJ_MAX_FRAME_BYTES);
    x->pending_count++;
    *ret = p;
    return XJ_OK;
}

enum xj_err xj_pending_sign(struct xj_exchange *x)
{
    const size_t n = x->pending_count;
    if (!n) return XJ_OK;
    enum xj_err err = XJ_OK;
    struct xj_hash *digests = calloc(n, sizeof *digests);
    struct xj_buf *sigs = calloc(n, sizeof *sigs);
    if (!digests || !sigs) {
        err = XJ_ENOMEM;
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        struct pending *p = &x->pending[i];
        if ((err = p->statement.err) != XJ_OK) goto out;
        digests[i] = xj_digest(xj_taken_context(p->kind), xj_buf_slice(&p->statement));
        xj_buf_init(&sigs[i], XJ_MAX_SIGNATURE_BYTES);
    }
    if ((err = xj_sign_batch(&x->o.keys->sign, digests, n, sigs)) != XJ_OK) goto out;
    for (size_t i = 0; i < n; i++) {
        struct pending *p = &x->pending[i];
        xj_buf_free(&p->signature);
        p->signature = sigs[i];
        memset(&sigs[i], 0, sizeof sigs[i]);
        err = xj_log_complete(x->o.log, p->n, xj_buf_slice(&p->statement), xj_buf_slice(&p->signature));
        if (!err && x->rebuilding.number) err = xj_taken_note(x, p->kind, xj_buf_slice(&p->statement), p->n);
        if (err) goto out;
    }
out:
    for (size_t i = 0; sigs && i < n; i++) xj_buf_free(&sigs[i]);
    free(sigs);
    free(digests);
    return err;
}

void xj_pending_clear(struct xj_exchange *x)
{
    for (size_t i = 0; i < x->pending_count; i++) {
        xj_buf_free(&x->pending[i].statement);
        xj_buf_free(&x->pending[i].signature);
        xj_buf_free(&x->pending[i].message);
    }
    x->pending_count = 0;
}
