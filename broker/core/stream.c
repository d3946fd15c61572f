/* The register stream: appended by the registrar, pulled by everybody. Spec: spec/04-exchange.md 10, spec/06-register.md. */
#include <string.h>

#include "broker/core/internal.h"

#define STREAM_BYTES (XJ_MAX_FRAME_BYTES - XJ_MAX_REGISTER_ENTRY_BYTES - 64u * 1024)

enum xj_err xj_stream_append(struct xj_exchange *x, struct xj_slice entry, struct xj_slice signature)
{
    uint64_t n;
    enum xj_err err = xj_log_append(x->o.log, XJ_ENTRY_REGISTER, x->now_ms, entry, signature, &n);
    if (err) return err;
    if ((err = xj_reg_head(&x->store, &x->reg)) != XJ_OK) return err;
    xj_buf_reset(&x->tmp);
    xj_put_uint(&x->tmp, n);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = xj_key_number('G', x->reg.number);
    err = x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
    x->figures.register_head = x->reg.number;
    if (!err) err = xj_exchange_orders_begun(x, entry);
    return err ? err : xj_out_zap_changed(x);
}

/* Entry 1 comes from the anchor, as a file, before anybody can connect. */
enum xj_err xj_stream_open(struct xj_exchange *x)
{
    enum xj_err err = xj_reg_head(&x->store, &x->reg);
    if (err) return err;
    x->figures.register_head = x->reg.number;
    if (x->reg.number) return XJ_OK;
    const struct xj_anchor *a = x->o.anchor;
    const struct xj_slice entry = xj_buf_slice(&a->entry), signature = xj_buf_slice(&a->signature);
    err = xj_reg_apply(&x->store, a->root, entry, signature, NULL);
    if (err) return xj_err_is_world(err) ? err : XJ_ECONFIG;
    return xj_stream_append(x, entry, signature);
}

/* The register entry of that number; *ret borrows from x->tmp. */
static enum xj_err entry_at(struct xj_exchange *x, uint64_t number, struct xj_entry *ret)
{
    const struct key k = xj_key_number('G', number);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 1)) != XJ_OK) return err;
    const uint64_t n = doc.root.type == MSGPACK_OBJECT_POSITIVE_INTEGER ? doc.root.via.u64 : 0;
    xj_doc_close(&doc);
    err = xj_log_get(x->o.log, n, &x->tmp, ret);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_stream_orders(struct xj_exchange *x)
{
    struct xj_entry e;
    enum xj_err err = XJ_OK;
    for (uint64_t n = 1; !err && n <= x->reg.number; n++) {
        err = entry_at(x, n, &e);
        if (!err) err = xj_exchange_orders_begun(x, e.head);
    }
    return err;
}

enum xj_err xj_stream_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, uint64_t from)
{
    struct xj_buf items;
    xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
    uint32_t count = 0;
    enum xj_err err = XJ_OK;
    if (!from) from = 1;
    for (uint64_t n = from; !err && n <= x->reg.number && items.n < STREAM_BYTES; n++, count++) {
        struct xj_entry e;
        err = entry_at(x, n, &e);
        if (!err) xj_frame_put_entry(&items, e.head, e.sig);
        if (!err) err = items.err;
    }
    struct xj_buf *out = err ? NULL : xj_out_frame(x, p, conn);
    if (!err && !out) err = XJ_ENOMEM;
    if (!err) {
        xj_frame_list(out, XJ_F_REGISTER_ENTRIES, p->account.epoch, ++p->frames, x->reg.number, count);
        xj_buf_add_slice(out, xj_buf_slice(&items));
        err = out->err;
    }
    xj_buf_free(&items);
    return err;
}

static enum xj_err registered(struct xj_exchange *x, struct peer *p, struct xj_slice conn)
{
    struct xj_buf *out = xj_out_frame(x, p, conn);
    if (!out) return XJ_ENOMEM;
    xj_frame_registered(out, p->account.epoch, ++p->frames, x->reg.number);
    return out->err;
}

static enum xj_err denied(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const char *why)
{
    enum xj_err err = xj_out_incident(x, p, xj_slice_cstr(p->facts.id), "register", why, xj_slice_of(NULL, 0));
    if (err) return err;
    struct xj_buf zh;
    xj_buf_init(&zh, 512);
    xj_buf_addf(&zh, "登记条目未被接受（%s）；请核对条目序号、前一条摘要和登记机关密钥。", why);
    err = xj_out_notice(x, p, conn, "denied", x->reg.number, xj_slice_of(NULL, 0), xj_buf_cstr(&zh) ? xj_buf_cstr(&zh) : "", why);
    xj_buf_free(&zh);
    return err;
}

/* Everybody who is connected learns the new head at once. */
static void pulse_all(struct xj_exchange *x)
{
    for (unsigned i = 0; i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; p; p = p->next) p->pulse = true;
}

enum xj_err xj_stream_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice entry,
                          struct xj_slice signature)
{
    char registrar[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t key[32];
    enum xj_err err = xj_reg_registrar(&x->store, registrar, key);
    if (err && err != XJ_ENOTFOUND) return err;
    if (err || !xj_slice_is(xj_slice_cstr(registrar), p->facts.id))
        return denied(x, p, conn, "only the registrar's agency may send register entries");
    const struct xj_hash digest = xj_digest(XJ_CTX_REGISTER, entry);
    if (xj_hash_eq(&digest, &x->reg.digest)) return registered(x, p, conn);
    const char *why = "";
    err = xj_reg_apply(&x->store, x->o.anchor->root, entry, signature, &why);
    if (xj_err_is_world(err)) return err;
    if (err) return denied(x, p, conn, why && *why ? why : xj_err_name(err));
    if ((err = xj_stream_append(x, entry, signature)) != XJ_OK) return err;
    pulse_all(x);
    return registered(x, p, conn);
}
