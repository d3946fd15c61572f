/* What an agency hands back of its ledger: checked, and appended where the journal does not hold it. Spec: spec/04-exchange.md,
 * section 13. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/ledger/rebuilt.h"

const char *xj_taken_context(enum xj_entry_kind kind)
{
    switch (kind) {
    case XJ_ENTRY_ADMITTED: return XJ_CTX_ADMITTED;
    case XJ_ENTRY_REFUSED: return XJ_CTX_REFUSED;
    case XJ_ENTRY_STORED: return XJ_CTX_STORED;
    case XJ_ENTRY_DELIVERED: return XJ_CTX_DELIVERED;
    case XJ_ENTRY_UNRECOVERED: return XJ_CTX_UNRECOVERED;
    default: return NULL;
    }
}

enum xj_err xj_taken_known(struct xj_exchange *x, const struct xj_hash *statement, uint64_t *ret_n)
{
    const struct key k = xj_key_bytes('B', statement->b, XJ_HASH_SIZE);
    const enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    *ret_n = err ? 0 : xj_key_number_of(xj_buf_slice(&x->tmp));
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_taken_note(struct xj_exchange *x, enum xj_entry_kind kind, struct xj_slice statement, uint64_t n)
{
    const struct xj_hash digest = xj_digest(xj_taken_context(kind), statement);
    const struct key k = xj_key_bytes('B', digest.b, XJ_HASH_SIZE);
    struct key value = {.n = 0};
    xj_key_add(&value, n);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_key_slice(&value));
}

/* One item that passed; views into the frame. */
struct piece {
    enum xj_entry_kind kind;
    struct xj_slice statement, signature, header, header_signature;
    struct xj_hash digest;
};

struct work {
    struct xj_exchange *x;
    struct peer *p;
    bool only_prove, *ret_new;
    struct piece piece[XJ_MAX_BATCH];
    size_t count;
    struct xj_admitted admitted;
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_unrecovered unrecovered;
    struct xj_message parts;
    struct xj_verify_cache exchange_cache, agency_cache;
};

/* ---- signatures ---- */

static enum xj_err by_exchange(struct work *w, const struct piece *p, uint64_t at, bool *ret)
{
    uint8_t key[32];
    *ret = false;
    if (at > w->x->reg.number) return XJ_OK;
    enum xj_err err = xj_reg_exchange_sign(&w->x->store, at, key);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    err = xj_verify(&w->exchange_cache, key, &p->digest, p->signature);
    *ret = err == XJ_OK;
    return xj_err_is_world(err) ? err : XJ_OK;
}

static enum xj_err by_agency(struct work *w, struct xj_slice agency, const struct xj_hash *digest, struct xj_slice signature, uint64_t at,
                             bool *ret)
{
    struct xj_agency facts;
    *ret = false;
    if (at > w->x->reg.number) return XJ_OK;
    enum xj_err err = xj_reg_agency(&w->x->store, agency, at, &facts);
    if (err || !facts.connected) return err == XJ_ENOTFOUND ? XJ_OK : err;
    err = xj_verify(&w->agency_cache, facts.keys.sign, digest, signature);
    *ret = err == XJ_OK;
    return xj_err_is_world(err) ? err : XJ_OK;
}

/* ---- a message and the statement about it ---- */

static bool is_recipient(const struct work *w)
{
    for (size_t i = 0; i < w->admitted.recipient_count; i++)
        if (xj_slice_eq(w->admitted.recipients[i].agency, peer_id(w->p))) return true;
    return false;
}

/* Body and keys are those of the header, or both nil; a refused message may have none that is known. */
static bool content_fits(const struct work *w, bool decoded)
{
    if (!w->parts.body.n && !w->parts.keys.n) return true;
    if (!decoded) return false;
    const struct xj_header *h = &w->x->header;
    const struct xj_hash body = xj_digest(XJ_SEAL_BODY, w->parts.body), keys = xj_digest(XJ_CTX_KEYS, w->parts.keys);
    return xj_hash_eq(&body, &h->body_digest) && xj_hash_eq(&keys, &h->keys_digest);
}

/* x->header holds the header afterwards, where there is one. */
static enum xj_err message_sound(struct work *w, struct piece *p, const struct xj_frame_item *item, const struct xj_hash *stated,
                                 uint64_t at, bool *ret)
{
    unsigned field;
    *ret = false;
    enum xj_err err = XJ_OK;
    if (!xj_legible(xj_message_split(item->message, &w->parts), &err)) return err;
    const struct xj_hash digest = xj_header_digest(w->parts.header);
    const bool admitted = p->kind == XJ_ENTRY_ADMITTED;
    const bool decoded = xj_legible(xj_header_decode(w->parts.header, &w->x->header, &field), &err);
    if (err) return err;
    if (!xj_hash_eq(&digest, stated) || (admitted && !decoded) || !content_fits(w, decoded)) return XJ_OK;
    const struct xj_slice from = admitted ? w->x->header.from : peer_id(w->p);
    if (admitted && !xj_slice_eq(from, peer_id(w->p)) && !is_recipient(w)) return XJ_OK;
    p->header = w->parts.header;
    p->header_signature = w->parts.signature;
    return by_agency(w, from, &digest, w->parts.signature, at, ret);
}

/* ---- what the agency showed to hold ---- */

static enum xj_err hold(struct work *w, uint64_t number, const struct xj_hash *digest)
{
    struct xj_exchange *x = w->x;
    const struct key by_digest = xj_key_held(peer_id(w->p), digest), by_number = xj_key_numbered('H', peer_id(w->p), number);
    struct key value = {.n = 0};
    xj_key_add(&value, number);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&by_digest), &x->tmp);
    if (err != XJ_ENOTFOUND) return err;
    if ((err = x->store.put(x->store.ctx, xj_key_slice(&by_digest), xj_key_slice(&value))) != XJ_OK) return err;
    err = x->store.get(x->store.ctx, xj_key_slice(&by_number), &x->tmp);
    if (err != XJ_ENOTFOUND) return err; /* two under one number: the first was in its place */
    return x->store.put(x->store.ctx, xj_key_slice(&by_number), xj_hash_slice(digest));
}

static enum xj_err want_papers(struct work *w)
{
    struct xj_exchange *x = w->x;
    enum xj_err err = XJ_OK;
    for (size_t i = 0; !err && w->parts.keys.n && i < x->header.paper_count; i++) {
        const struct xj_hash *d = &x->header.papers[i].sealed;
        bool here;
        if ((err = xj_object_has(x->o.db, d, &here)) != XJ_OK || here) continue;
        struct key k = xj_key_agency('W', peer_id(w->p));
        memcpy(k.b + k.n, d->b, 16);
        k.n += 16;
        err = x->store.put(x->store.ctx, xj_key_slice(&k), xj_hash_slice(d));
    }
    return err;
}

/* Objects, and what an admitted message says about who holds what: also of one that the journal holds already, whose body may
 * have been lacking. */
static enum xj_err gather(struct work *w, const struct piece *p)
{
    struct xj_exchange *x = w->x;
    const struct xj_header *h = &x->header;
    bool gone; /* its content stays away (spec 18, 4) */
    if (p->kind != XJ_ENTRY_ADMITTED) return XJ_OK;
    enum xj_err err = xj_exchange_message_gone(x, &h->id, &gone);
    if (!err && !gone && w->parts.body.n) err = xj_object_put(x->o.db, &h->body_digest, w->parts.body);
    if (!err && !gone && w->parts.keys.n) err = xj_object_put(x->o.db, &h->keys_digest, w->parts.keys);
    if (!err && !gone) err = want_papers(w);
    if (err || xj_slice_eq(h->from, peer_id(w->p))) return err;
    for (size_t i = 0; !err && i < w->admitted.recipient_count; i++)
        if (xj_slice_eq(w->admitted.recipients[i].agency, peer_id(w->p)))
            err = hold(w, w->admitted.recipients[i].number, &w->admitted.message);
    return err;
}

/* ---- each kind ---- */

static enum xj_err sound(struct work *w, struct piece *p, const struct xj_frame_item *item, bool *ret)
{
    enum xj_err err = XJ_OK;
    struct xj_delivered d;
    *ret = false;
    switch (p->kind) {
    case XJ_ENTRY_ADMITTED:
        if (!xj_legible(xj_admitted_decode(p->statement, &w->admitted), &err)) return err;
        err = by_exchange(w, p, w->admitted.register_number, ret);
        return err || !*ret ? err : message_sound(w, p, item, &w->admitted.message, w->admitted.register_number, ret);
    case XJ_ENTRY_REFUSED:
        if (!xj_legible(xj_refused_decode(p->statement, &w->refused), &err) || !xj_slice_eq(w->refused.agency, peer_id(w->p))) return err;
        err = by_exchange(w, p, w->refused.register_number, ret);
        return err || !*ret ? err : message_sound(w, p, item, &w->refused.message, w->refused.register_number, ret);
    case XJ_ENTRY_STORED:
        if (!xj_legible(xj_stored_decode(p->statement, &w->stored), &err) || w->stored.last - w->stored.first >= XJ_MAX_CREDIT) return err;
        return by_agency(w, w->stored.agency, &p->digest, p->signature, w->stored.register_number, ret);
    case XJ_ENTRY_DELIVERED:
        if (!xj_legible(xj_delivered_decode(p->statement, &d), &err)) return err;
        free(d.items);
        return xj_slice_eq(d.owner, peer_id(w->p)) ? by_exchange(w, p, d.register_number, ret) : XJ_OK;
    case XJ_ENTRY_UNRECOVERED:
        if (!xj_legible(xj_unrecovered_decode(p->statement, &w->unrecovered), &err) || !xj_slice_eq(w->unrecovered.agency, peer_id(w->p)))
            return err;
        return by_exchange(w, p, w->unrecovered.register_number, ret);
    default: return XJ_OK;
    }
}

/* ---- whether the journal holds it ---- */

/* Entry that kv names as the n-th uint of the array under a key; 0: nothing there. */
static enum xj_err entry_of(struct xj_exchange *x, const struct key *k, uint32_t at, uint64_t *ret)
{
    struct xj_doc doc = {0};
    *ret = 0;
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(k), &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    if (at) xj_take_any(&c);
    *ret = xj_take_uint(&c, UINT64_MAX);
    xj_doc_close(&doc);
    return XJ_OK;
}

/* In a journal that was never rebuilt: statements are found by what they speak of. */
static enum xj_err held_plainly(struct work *w, const struct piece *p, bool *ret)
{
    struct xj_exchange *x = w->x;
    struct key k;
    *ret = true; /* what cannot be found by a key proves nothing */
    if (p->kind == XJ_ENTRY_ADMITTED || p->kind == XJ_ENTRY_REFUSED) {
        const struct xj_id *id = p->kind == XJ_ENTRY_ADMITTED ? &x->header.id : &w->refused.id;
        k = xj_key_bytes('I', id->b, sizeof id->b);
        if (p->kind == XJ_ENTRY_REFUSED && xj_slice_is(w->refused.code, "id_reused")) return XJ_OK;
    } else if (p->kind == XJ_ENTRY_DELIVERED) {
        struct xj_delivered d;
        enum xj_err err = xj_delivered_decode(p->statement, &d);
        if (err) return err;
        free(d.items);
        k = xj_key_numbered('F', d.owner, d.number);
    } else {
        *ret = p->kind != XJ_ENTRY_UNRECOVERED; /* stated by an exchange that was rebuilt, which this one never was */
        return XJ_OK;
    }
    uint64_t n;
    enum xj_err err = entry_of(x, &k, p->kind != XJ_ENTRY_DELIVERED, &n);
    *ret = false;
    if (err || !n) return err;
    struct xj_entry e;
    if ((err = xj_log_get(x->o.log, n, &x->tmp, &e)) != XJ_OK) return err == XJ_ENOTFOUND ? XJ_OK : err;
    *ret = e.kind == p->kind && xj_slice_eq(e.head, p->statement);
    return XJ_OK;
}

static enum xj_err held(struct work *w, const struct piece *p, bool *ret)
{
    uint64_t n;
    if (!w->x->rebuilding.number) return held_plainly(w, p, ret);
    for (size_t i = 0; i < w->count; i++)
        if (xj_hash_eq(&w->piece[i].digest, &p->digest)) {
            *ret = true;
            return XJ_OK;
        }
    const enum xj_err err = xj_taken_known(w->x, &p->digest, &n);
    *ret = n != 0;
    return err;
}

/* ---- appending ---- */

static enum xj_err flush(struct work *w)
{
    struct xj_exchange *x = w->x;
    struct xj_rebuilt r = {.stage = XJ_REBUILT_TAKEN, .agency = peer_id(w->p), .count = w->count};
    if (!w->count) return XJ_OK;
    for (size_t i = 0; i < w->count; i++) r.count += w->piece[i].header.n > 0;
    xj_buf_reset(&x->tmp);
    xj_rebuilt_encode(&r, &x->tmp);
    enum xj_err err = x->tmp.err;
    if (!err) err = xj_log_append(x->o.log, XJ_ENTRY_REBUILD, x->now_ms, xj_buf_slice(&x->tmp), xj_slice_of(NULL, 0), NULL);
    for (size_t i = 0; !err && i < w->count; i++) {
        const struct piece *p = &w->piece[i];
        uint64_t n;
        if (p->header.n) err = xj_log_append(x->o.log, XJ_ENTRY_MESSAGE, x->now_ms, p->header, p->header_signature, NULL);
        if (!err) err = xj_log_append(x->o.log, p->kind, x->now_ms, p->statement, p->signature, &n);
        if (!err) err = xj_taken_note(x, p->kind, p->statement, n);
    }
    w->count = 0;
    return err;
}

static enum xj_err bad(struct work *w, struct xj_slice detail)
{
    return xj_out_incident(w->x, w->p, peer_id(w->p), "handback", "something handed back does not verify: not taken", detail);
}

/* Of the register only what continues it counts; what is held is compared when it is the newest. */
static enum xj_err register_item(struct work *w, const struct xj_frame_item *item)
{
    struct xj_exchange *x = w->x;
    struct xj_slice field;
    uint64_t number;
    if (!xj_span_element(item->statement, 0, &field) || !xj_span_uint(field, &number)) return bad(w, item->statement);
    if (number <= x->reg.number) return XJ_OK;
    enum xj_err err = flush(w);
    if (err) return err;
    err = xj_reg_apply(&x->store, x->o.anchor->root, item->statement, item->signature, NULL);
    if (err) return xj_err_is_world(err) ? err : bad(w, item->statement);
    *w->ret_new = true;
    return xj_stream_append(x, item->statement, item->signature);
}

static enum xj_err item(struct work *w, const struct xj_frame_item *it)
{
    struct piece p = {.kind = (enum xj_entry_kind)it->number, .statement = it->statement, .signature = it->signature};
    bool ok = false, has = true;
    if (p.kind == XJ_ENTRY_REGISTER) return register_item(w, it);
    if (!xj_taken_context(p.kind) || !xj_signature_sound(it->signature)) return bad(w, it->statement);
    p.digest = xj_digest(xj_taken_context(p.kind), it->statement);
    enum xj_err err = sound(w, &p, it, &ok);
    if (err || !ok) return err ? err : bad(w, it->statement);
    if ((err = held(w, &p, &has)) != XJ_OK) return err;
    *w->ret_new = *w->ret_new || !has;
    if (w->only_prove) return XJ_OK;
    if ((err = gather(w, &p)) != XJ_OK) return err;
    if (!has) w->piece[w->count++] = p;
    return XJ_OK;
}

enum xj_err xj_taken_frame(struct xj_exchange *x, struct peer *p, struct xj_frame *f, bool only_prove, bool *ret_new)
{
    struct xj_frame_item it;
    struct work *w = calloc(1, sizeof *w);
    *ret_new = false;
    if (!w) return XJ_ENOMEM;
    w->x = x;
    w->p = p;
    w->only_prove = only_prove;
    w->ret_new = ret_new;
    enum xj_err err = XJ_OK;
    while (!err && xj_frame_next(f, &it)) err = item(w, &it);
    if (!err) err = flush(w);
    free(w);
    return err;
}
