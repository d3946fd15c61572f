#include <string.h>

#include "agents/agent/core/state.h"
#include "schema/wire/span.h"

static enum xj_err append(struct xj_agent *a, struct xj_slice entry, struct xj_slice signature)
{
    struct xj_reg_head head;
    enum xj_err err = xj_log_append(a->o.log, XJ_ENTRY_REGISTER, xj_agent_now(a), entry, signature, NULL);
    if (err == XJ_OK)
        err = xj_reg_head(&a->store, &head);
    if (err != XJ_OK)
        return err;
    a->register_number = head.number;
    a->dirty = true;
    return xj_orders_begun(a, entry);
}

enum xj_err xj_regfollow_anchor(struct xj_agent *a)
{
    struct xj_slice entry = xj_buf_slice(&a->o.anchor->entry), signature = xj_buf_slice(&a->o.anchor->signature);
    const char *why = NULL;
    enum xj_err err = xj_reg_apply(&a->store, a->o.anchor->root, entry, signature, &why);
    if (err != XJ_OK)
        return xj_err_is_world(err) ? err : XJ_ECORRUPT; /* the anchor was verified when it was loaded */
    return append(a, entry, signature);
}

/* 0 when the bytes are no register entry. Takes no memory: for want of it an entry is not another one. */
static uint64_t entry_number(struct xj_slice entry)
{
    struct xj_slice field;
    uint64_t number;
    return xj_span_element(entry, 0, &field) && xj_span_uint(field, &number) ? number : 0;
}

/* An entry held already: the newest one is compared, because another under its number would be a second register. */
static enum xj_err held(struct xj_agent *a, const struct xj_frame_item *item, uint64_t number)
{
    struct xj_reg_head head;
    if (number != a->register_number)
        return XJ_OK;
    enum xj_err err = xj_reg_head(&a->store, &head);
    if (err != XJ_OK)
        return err;
    struct xj_hash digest = xj_digest(XJ_CTX_REGISTER, item->statement);
    return xj_hash_eq(&digest, &head.digest)
               ? XJ_OK
               : xj_agent_incident(a, "register_fork", "another register entry under a number held", item->statement);
}

static enum xj_err entry_one(struct xj_agent *a, const struct xj_frame_item *item, bool *ret_go)
{
    const char *why = NULL;
    uint64_t number = entry_number(item->statement);
    if (number != 0 && number <= a->register_number)
        return held(a, item, number);
    *ret_go = number == a->register_number + 1;
    if (number > a->register_number + 1)
        return XJ_OK; /* of an older question; the next one brings what is between */
    enum xj_err err = xj_reg_apply(&a->store, a->o.anchor->root, item->statement, item->signature, &why);
    if (err == XJ_OK)
        return append(a, item->statement, item->signature);
    *ret_go = false;
    if (xj_err_is_world(err))
        return err;
    return xj_agent_incident(a, "register", why == NULL ? "a register entry that does not verify" : why, item->statement);
}

enum xj_err xj_regfollow_frame(struct xj_agent *a, struct xj_frame *f)
{
    struct xj_frame_item item;
    bool go = true;
    uint64_t before = a->register_number;
    enum xj_err err = XJ_OK;
    xj_regfollow_heads(a, f->n);
    while (err == XJ_OK && go && xj_frame_next(f, &item))
        err = entry_one(a, &item, &go);
    if (err == XJ_OK && f->items.bad)
        err = xj_agent_incident(a, "frame", "a register list that cannot be read", xj_slice_of(NULL, 0));
    if (err != XJ_OK || a->register_number == before)
        return err;
    xj_retry_progress(a, &a->register_retry);
    return xj_parked_release(a);
}

void xj_regfollow_heads(struct xj_agent *a, uint64_t head)
{
    if (head > a->register_head)
        a->register_head = head;
}

static enum xj_err put_pump(struct xj_agent *a)
{
    if (a->put_entry.n == 0 || a->state != XJ_AGENT_READY || !xj_retry_may(a, &a->put_retry))
        return XJ_OK;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_register_put(&frame, a->epoch, ++a->frame_number, xj_buf_slice(&a->put_entry), xj_buf_slice(&a->put_signature));
    xj_retry_sent(a, &a->put_retry);
    return xj_agent_send(a, &frame);
}

enum xj_err xj_regfollow_pump(struct xj_agent *a)
{
    uint64_t want = a->register_want > a->register_head ? a->register_want : a->register_head;
    enum xj_err err = put_pump(a);
    if (err != XJ_OK)
        return err;
    if (!xj_agent_may_receive(a) || a->register_number >= want) {
        xj_retry_progress(a, &a->register_retry);
        return XJ_OK;
    }
    if (!xj_retry_may(a, &a->register_retry))
        return XJ_OK;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&frame, XJ_F_REGISTER_GET, a->epoch, ++a->frame_number, a->register_number + 1);
    xj_retry_sent(a, &a->register_retry);
    return xj_agent_send(a, &frame);
}

/* ---- handing an entry over: the registrar's agency only ---- */

static enum xj_err put_done(struct xj_agent *a, uint64_t number, bool taken, struct xj_slice why)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(&bytes, why);
    enum xj_err err = bytes.err == XJ_ENOMEM ? XJ_ENOMEM : xj_agent_act(a, XJ_AA_REGISTERED, &bytes, NULL, number, taken);
    xj_buf_free(&bytes);
    xj_buf_free(&a->put_entry);
    xj_buf_free(&a->put_signature);
    xj_retry_progress(a, &a->put_retry);
    return err;
}

/* One at a time: a later entry replaces one that its caller has given up. Not durable: the registrar's tool holds the
 * signed entry and hands it over again; the exchange takes the same bytes once. */
enum xj_err xj_regfollow_put(struct xj_agent *a, struct xj_slice entry, struct xj_slice signature)
{
    if (a->put_entry.n > 0 && xj_slice_eq(xj_buf_slice(&a->put_entry), entry))
        return XJ_OK; /* under way already */
    xj_buf_free(&a->put_entry);
    xj_buf_free(&a->put_signature);
    xj_retry_progress(a, &a->put_retry);
    if (entry_number(entry) == 0 || signature.n == 0 || signature.n > XJ_MAX_SIGNATURE_BYTES)
        return put_done(a, 0, false, xj_slice_cstr("not a register entry"));
    xj_buf_init(&a->put_entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&a->put_signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_slice(&a->put_entry, entry);
    xj_buf_add_slice(&a->put_signature, signature);
    if (a->put_entry.err == XJ_ENOMEM || a->put_signature.err == XJ_ENOMEM)
        return XJ_ENOMEM;
    if (a->put_entry.err != XJ_OK)
        return put_done(a, 0, false, xj_slice_cstr("a register entry over the limit"));
    return XJ_OK;
}

enum xj_err xj_regfollow_registered(struct xj_agent *a, uint64_t head)
{
    xj_regfollow_heads(a, head);
    if (a->put_entry.n == 0 || head < entry_number(xj_buf_slice(&a->put_entry)))
        return XJ_OK;
    return put_done(a, entry_number(xj_buf_slice(&a->put_entry)), true, xj_slice_of(NULL, 0));
}

enum xj_err xj_regfollow_denied(struct xj_agent *a, struct xj_slice text)
{
    return a->put_entry.n == 0 ? XJ_OK : put_done(a, 0, false, text);
}
