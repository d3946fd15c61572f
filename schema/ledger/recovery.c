#include "schema/ledger/recovery.h"

#include "schema/wire/pack.h"
#include "schema/wire/read.h"

void xj_recovery_encode(const struct xj_recovery *r, struct xj_buf *out)
{
    xj_put_array(out, 7);
    xj_put_bins(out, xj_id_slice(&r->exchange));
    xj_put_uint(out, r->epoch);
    xj_put_uint(out, r->lost.size);
    xj_put_bins(out, xj_hash_slice(&r->lost.head));
    xj_put_uint(out, r->lost.own_number);
    xj_put_uint(out, r->lost.mailbox);
    xj_put_uint(out, r->lost.feed);
}

enum xj_err xj_recovery_decode(struct xj_slice head, struct xj_recovery *ret)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, head, 16);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 7, 7);
    xj_take_bin_to(&c, ret->exchange.b, sizeof ret->exchange.b);
    ret->epoch = xj_take_uint(&c, UINT64_MAX);
    ret->lost.size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->lost.head.b, XJ_HASH_SIZE);
    ret->lost.own_number = xj_take_uint(&c, UINT64_MAX);
    ret->lost.mailbox = xj_take_uint(&c, UINT64_MAX);
    ret->lost.feed = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c);
    xj_doc_close(&doc);
    return err;
}
