/* Feeds: who has stored what, told to every party, with the proof for the sender. Spec: spec/04-exchange.md, sections 7, 9. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

#define FEED_BYTES (XJ_MAX_FRAME_BYTES / 2)

enum xj_err xj_parties_put(struct xj_exchange *x, uint64_t place, const struct xj_header *h, struct xj_id case_id)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, (uint32_t)(3 + h->to_count + h->joint_count));
    xj_put_bin(&x->tmp, case_id.b, sizeof case_id.b);
    xj_put_bin(&x->tmp, h->id.b, sizeof h->id.b);
    xj_put_str(&x->tmp, h->from);
    for (size_t i = 0; i < h->to_count; i++) xj_put_str(&x->tmp, h->to[i].agency);
    for (size_t i = 0; i < h->joint_count; i++) xj_put_str(&x->tmp, h->joint[i]);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = xj_key_number('D', place);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

/* The record of an admitted message; names[0] is its sender. Views into buf, which stays open with doc. */
struct parties {
    struct xj_buf buf;
    struct xj_doc doc;
    struct xj_id case_id, id;
    struct xj_slice names[1 + XJ_MAX_TO + XJ_MAX_JOINT];
    size_t count;
};

static void parties_free(struct parties *p)
{
    xj_doc_close(&p->doc);
    xj_buf_free(&p->buf);
}

static enum xj_err parties_get(struct xj_exchange *x, uint64_t place, struct parties *ret)
{
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ret->buf, XJ_MAX_HEADER_BYTES);
    const struct key k = xj_key_number('D', place);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &ret->buf);
    if (!err) err = xj_doc_kept(&ret->doc, xj_buf_slice(&ret->buf), 128);
    if (err) {
        xj_buf_free(&ret->buf);
        return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    }
    struct xj_cur c = xj_cur_over(&ret->doc.root, 3, 3 + XJ_MAX_TO + XJ_MAX_JOINT);
    xj_take_bin_to(&c, ret->case_id.b, 16);
    xj_take_bin_to(&c, ret->id.b, 16);
    while (c.left && !c.bad) ret->names[ret->count++] = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    if (xj_cur_end(&c) == XJ_OK) return XJ_OK;
    parties_free(ret);
    return XJ_ECORRUPT;
}

enum xj_err xj_party_of(struct xj_exchange *x, uint64_t place, struct xj_slice agency, bool *ret)
{
    struct parties p;
    *ret = false;
    enum xj_err err = parties_get(x, place, &p);
    if (err) return err;
    for (size_t i = 0; i < p.count; i++) *ret |= xj_slice_eq(p.names[i], agency);
    parties_free(&p);
    return XJ_OK;
}

/* Live clocks that begin with delivery begin now, in the exchange's own fold. */
enum xj_err xj_delivered_fold(struct xj_exchange *x, uint64_t place, struct xj_slice recipient, int64_t at_ms)
{
    struct parties p;
    enum xj_err err = parties_get(x, place, &p);
    if (err) return err;
    struct xj_engine e;
    err = xj_engine_of_case(x, p.case_id, &e);
    const bool unread = err == XJ_ENOTFOUND; /* a procedure of a version of before: no clock of the case runs here */
    if (!err) err = xj_engine_delivered(&e, p.case_id, p.id, recipient, at_ms);
    if (!err) err = x->facts_err;
    parties_free(&p);
    return unread ? XJ_OK : err;
}

/* Items of one stored statement, gathered by the agency they are told to. */
struct share {
    struct peer *owner;
    struct xj_delivered_item *items;
    size_t count;
};

static struct share *share_of(struct share *shares, size_t *count, size_t cap, struct peer *owner, size_t items)
{
    for (size_t i = 0; i < *count; i++)
        if (shares[i].owner == owner) return &shares[i];
    if (*count == cap) return NULL;
    struct share *s = &shares[(*count)++];
    s->owner = owner;
    s->count = 0;
    s->items = calloc(items, sizeof *s->items);
    return s->items ? s : NULL;
}

/* tree: the whole tree over the numbers that s covers (xj_tree_fill). */
static enum xj_err share_add(struct xj_exchange *x, const struct xj_stored *s, const struct xj_hash *tree, uint64_t number,
                             const struct mail *m, struct share *shares, size_t *count, size_t cap)
{
    struct parties p;
    enum xj_err err = parties_get(x, m->place, &p);
    if (err) return err;
    const size_t total = (size_t)(s->last - s->first + 1), index = (size_t)(number - s->first);
    for (size_t i = 0; i < p.count; i++) {
        struct peer *owner;
        if ((err = xj_peer_get(x, p.names[i], &owner)) != XJ_OK) break;
        if (!owner || !owner->facts.connected) continue;
        struct share *share = share_of(shares, count, cap, owner, total);
        if (!share) {
            err = XJ_ENOMEM;
            break;
        }
        struct xj_delivered_item *item = &share->items[share->count++];
        item->message = m->digest;
        item->mailbox_number = number;
        item->has_path = i == 0;
        if (item->has_path) {
            item->index = index;
            item->path_count = xj_tree_filled_path(tree, total, index, item->path);
        }
    }
    parties_free(&p);
    return err;
}

static enum xj_err feed_append(struct xj_exchange *x, const struct peer *recipient, const struct xj_stored *s,
                               uint64_t stored_entry, const struct xj_hash *stored_digest, struct share *share)
{
    struct pending *p;
    enum xj_err err = xj_pending_add(x, XJ_ENTRY_DELIVERED, &p);
    if (err) return err;
    struct peer *owner = share->owner;
    const struct xj_delivered d = {.owner = xj_slice_cstr(owner->facts.id), .number = ++owner->account.feed_head,
                                   .recipient = xj_slice_cstr(recipient->facts.id), .recipient_ms = s->time_ms,
                                   .exchange_ms = x->now_ms, .stored = *stored_digest, .register_number = x->reg.number,
                                   .item_count = share->count, .items = share->items};
    owner->dirty = owner->pulse = true;
    xj_delivered_encode(&d, &p->statement);
    bool proof = false;
    for (size_t i = 0; i < share->count; i++) proof |= share->items[i].has_path;
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 2);
    xj_put_uint(&x->tmp, p->n);
    xj_put_uint(&x->tmp, proof ? stored_entry : 0);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = xj_key_numbered('F', d.owner, d.number);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

/* Whether the owner's feed has it, or, as long as the owner was not heard, may have it. */
static enum xj_err feed_told(struct xj_exchange *x, const struct peer *owner, const struct xj_hash *stored, bool *ret)
{
    *ret = true;
    if (owner->account.heard < x->rebuilding.number) return XJ_OK;
    struct key k = xj_key_agency('T', xj_slice_cstr(owner->facts.id));
    memcpy(k.b + k.n, stored->b, 16);
    k.n += 16;
    const enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    *ret = err == XJ_OK;
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_feed_stored(struct xj_exchange *x, struct peer *recipient, const struct xj_stored *s, uint64_t stored_entry,
                           struct xj_slice statement, const struct xj_hash *tree, const struct mail *late)
{
    const size_t cap = (size_t)(s->last - s->first + 1) * (1 + XJ_MAX_TO + XJ_MAX_JOINT);
    struct share *shares = calloc(cap, sizeof *shares);
    if (!shares) return XJ_ENOMEM;
    size_t count = 0;
    enum xj_err err = XJ_OK;
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, statement);
    for (uint64_t n = s->first; !err && n <= s->last; n++) {
        struct mail m;
        if (late) m = *late;
        else err = xj_mail_get(x, recipient, n, &m);
        if (!err) err = share_add(x, s, tree, n, &m, shares, &count, cap);
    }
    for (size_t i = 0; !err && i < count; i++) {
        bool told = false;
        if (x->rebuilding.number) err = feed_told(x, shares[i].owner, &digest, &told);
        if (!err && !told) err = feed_append(x, recipient, s, stored_entry, &digest, &shares[i]);
    }
    for (size_t i = 0; i < count; i++) free(shares[i].items);
    free(shares);
    return err;
}

static enum xj_err feed_item(struct xj_exchange *x, const struct peer *p, uint64_t number, struct xj_buf *items)
{
    const struct key k = xj_key_numbered('F', xj_slice_cstr(p->facts.id), number);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err) return err; /* XJ_ENOTFOUND: no such number */
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    const uint64_t n = xj_take_uint(&c, UINT64_MAX), stored_n = xj_take_uint(&c, UINT64_MAX);
    xj_doc_close(&doc);
    struct xj_entry d, stored = {0};
    if ((err = xj_log_get(x->o.log, n, &x->tmp, &d)) != XJ_OK) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    if (stored_n && (err = xj_log_get(x->o.log, stored_n, &x->tmp2, &stored)) != XJ_OK)
        return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    xj_frame_put_feed(items, d.head, d.sig, stored.head, stored.sig);
    return items->err;
}

/* Answers the FEED_GET that waited for this batch's statements to be signed. */
enum xj_err xj_feed_send(struct xj_exchange *x, struct peer *p)
{
    uint64_t from = p->feed_from;
    p->feed_from = 0;
    enum xj_err err = XJ_OK;
    for (uint64_t last, run; !err && from <= p->account.feed_head; from = last + 1) {
        err = xj_run_at(x, xj_slice_cstr(p->facts.id), XJ_NUMBERS_FEED, from, &last, &run);
        if (err || !run) break;
        err = xj_run_send(x, p, run);
    }
    struct xj_buf items;
    xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
    uint32_t count = 0;
    for (uint64_t n = from; !err && n <= p->account.feed_head && items.n < FEED_BYTES &&
                            count < XJ_MAX_BATCH; n++, count++)
        if ((err = feed_item(x, p, n, &items)) == XJ_ENOTFOUND) break; /* a run unrecovered: asked for next */
    if (err == XJ_ENOTFOUND) err = x->rebuilding.number ? XJ_OK : XJ_ECORRUPT;
    struct xj_buf *out = err ? NULL : xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (!err && !out) err = XJ_ENOMEM;
    if (!err) {
        xj_frame_list(out, XJ_F_FEED, p->account.epoch, ++p->frames, p->account.feed_head, count);
        xj_buf_add_slice(out, xj_buf_slice(&items));
        err = out->err;
    }
    xj_buf_free(&items);
    return err;
}
