#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

static unsigned bucket_of(struct xj_slice agency)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < agency.n; i++) h = (h ^ agency.p[i]) * 16777619u;
    return h % PEER_BUCKETS;
}

static enum xj_err account_load(struct xj_exchange *x, struct peer *p)
{
    struct key k = xj_key_agency('P', peer_id(p));
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err == XJ_ENOTFOUND) {
        p->account.ledger_head = xj_sha256(NULL, 0);
        return XJ_OK;
    }
    if (err) return err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 64)) != XJ_OK) return err;
    struct account *a = &p->account;
    struct xj_cur c = xj_cur_over(&doc.root, 11, 13); /* 11: before journals could be rebuilt */
    xj_take_bin_to(&c, a->store.b, 16);
    a->epoch = xj_take_uint(&c, UINT64_MAX);
    a->ledger_size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, a->ledger_head.b, XJ_HASH_SIZE);
    a->own_number = xj_take_uint(&c, UINT64_MAX);
    a->has_own_digest = !xj_take_nil(&c);
    if (a->has_own_digest) xj_take_bin_to(&c, a->own_digest.b, XJ_HASH_SIZE);
    a->mailbox_head = xj_take_uint(&c, UINT64_MAX);
    a->mailbox_stored = xj_take_uint(&c, UINT64_MAX);
    a->feed_head = xj_take_uint(&c, UINT64_MAX);
    a->staged_bytes = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, a->last_stored.b, XJ_HASH_SIZE);
    if (c.left) {
        a->heard = xj_take_uint(&c, UINT64_MAX);
        a->cursor = xj_take_uint(&c, UINT64_MAX);
    }
    err = xj_cur_end(&c) == XJ_OK && a->has_own_digest == (a->own_number > 0) ? XJ_OK : XJ_ECORRUPT;
    xj_doc_close(&doc);
    return err;
}

static enum xj_err account_save(struct xj_exchange *x, const struct peer *p)
{
    const struct account *a = &p->account;
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 13);
    xj_put_bin(&x->tmp, a->store.b, 16);
    xj_put_uint(&x->tmp, a->epoch);
    xj_put_uint(&x->tmp, a->ledger_size);
    xj_put_bin(&x->tmp, a->ledger_head.b, XJ_HASH_SIZE);
    xj_put_uint(&x->tmp, a->own_number);
    if (a->has_own_digest) xj_put_bin(&x->tmp, a->own_digest.b, XJ_HASH_SIZE);
    else xj_put_nil(&x->tmp);
    xj_put_uint(&x->tmp, a->mailbox_head);
    xj_put_uint(&x->tmp, a->mailbox_stored);
    xj_put_uint(&x->tmp, a->feed_head);
    xj_put_uint(&x->tmp, a->staged_bytes);
    xj_put_bin(&x->tmp, a->last_stored.b, XJ_HASH_SIZE);
    xj_put_uint(&x->tmp, a->heard);
    xj_put_uint(&x->tmp, a->cursor);
    if (x->tmp.err) return x->tmp.err;
    struct key k = xj_key_agency('P', peer_id(p));
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

static enum xj_err facts_fresh(struct xj_exchange *x, struct peer *p, struct xj_slice agency)
{
    if (p->facts_at == x->reg.number) return XJ_OK;
    struct xj_agency facts;
    enum xj_err err = xj_reg_agency(&x->store, agency, UINT64_MAX, &facts);
    if (err && err != XJ_ENOTFOUND) return err;
    if (err == XJ_ENOTFOUND) p->facts.state = XJ_AGENCY_UNKNOWN;
    else p->facts = facts;
    p->facts_at = x->reg.number;
    return XJ_OK;
}

enum xj_err xj_peer_get(struct xj_exchange *x, struct xj_slice agency, struct peer **ret)
{
    *ret = NULL;
    if (!agency.n || agency.n > XJ_MAX_AGENCY_BYTES) return XJ_OK;
    struct peer **at = &x->peers[bucket_of(agency)];
    for (struct peer *p = *at; p; p = p->next) {
        if (!xj_slice_eq(peer_id(p), agency)) continue;
        enum xj_err err = facts_fresh(x, p, agency);
        if (!err && p->facts.state != XJ_AGENCY_UNKNOWN) *ret = p;
        return err;
    }
    struct xj_agency facts;
    enum xj_err err = xj_reg_agency(&x->store, agency, UINT64_MAX, &facts);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    struct peer *p = calloc(1, sizeof *p);
    if (!p) return XJ_ENOMEM;
    p->facts = facts;
    p->facts_at = x->reg.number;
    if ((err = account_load(x, p)) != XJ_OK) {
        free(p);
        return err;
    }
    p->next = *at;
    *at = p;
    p->index = (uint32_t)x->figures.peers++;
    *ret = p;
    return XJ_OK;
}

enum xj_err xj_peers_save(struct xj_exchange *x)
{
    for (unsigned i = 0; i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; p; p = p->next) {
            if (!p->dirty) continue;
            enum xj_err err = account_save(x, p);
            if (err) return err;
            p->dirty = false;
        }
    return XJ_OK;
}

void xj_peers_free(struct xj_exchange *x)
{
    for (unsigned i = 0; i < PEER_BUCKETS; i++)
        while (x->peers[i]) {
            struct peer *p = x->peers[i];
            x->peers[i] = p->next;
            free(p);
        }
}

bool xj_peer_may_enter(const struct peer *p, struct xj_slice key)
{
    return p->facts.state != XJ_AGENCY_REVOKED && p->facts.state != XJ_AGENCY_UNKNOWN && p->facts.connected &&
           xj_slice_eq(key, xj_slice_of(p->facts.keys.transport, sizeof p->facts.keys.transport));
}

enum xj_err xj_peer_hears(struct xj_exchange *x, struct peer *p, bool *ret)
{
    const enum xj_err err = p->live ? facts_fresh(x, p, peer_id(p)) : XJ_OK;
    *ret = p->live && !err && xj_peer_may_enter(p, xj_slice_of(p->conn_key, sizeof p->conn_key));
    return err;
}

bool xj_peer_is_current(const struct peer *p, struct xj_slice conn)
{
    return p->live && xj_slice_eq(conn, xj_slice_of(p->conn, p->conn_bytes));
}

/* Of two machines that speak with one key the newer wins; the other is told. A restart (its old connection is dead) and a
 * reconnection (the same nonce) are no twins. */
static enum xj_err replace_connection(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice key,
                                      const struct xj_hello *h)
{
    enum xj_err err = XJ_OK;
    const struct xj_slice old = xj_slice_of(p->conn, p->conn_bytes);
    if (p->live && !xj_slice_eq(old, conn) && !xj_id_eq(&p->nonce, &h->nonce)) {
        memcpy(p->stale_conn, p->conn, p->conn_bytes);
        p->stale_conn_bytes = p->conn_bytes;
        err = xj_out_notice(x, p, old, "superseded", 0, xj_slice_of(NULL, 0),
                            "本机关的另一台机器已用同一密钥连接；本机停止收发，请核实后再启动。",
                            "Another machine has connected with this agency's key; this one stops until an operator decides.");
    }
    p->conn_bytes = conn.n < sizeof p->conn ? conn.n : sizeof p->conn;
    memcpy(p->conn, conn.p, p->conn_bytes);
    memcpy(p->conn_key, key.p, sizeof p->conn_key); /* 32 bytes: it equals the one of the register */
    if (!p->live) x->figures.live++;
    p->live = true;
    p->nonce = h->nonce;
    return err;
}

static enum xj_err epoch_entry(struct xj_exchange *x, const struct peer *p, const struct xj_hello *h)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 5);
    xj_put_str(&x->tmp, peer_id(p));
    xj_put_bin(&x->tmp, h->store.b, 16);
    xj_put_uint(&x->tmp, p->account.epoch);
    xj_put_uint(&x->tmp, h->ledger_size);
    xj_put_bin(&x->tmp, h->ledger_head.b, XJ_HASH_SIZE);
    if (x->tmp.err) return x->tmp.err;
    return xj_log_append(x->o.log, XJ_ENTRY_EPOCH, x->now_ms, xj_buf_slice(&x->tmp), xj_slice_of(NULL, 0), NULL);
}

enum xj_err xj_peer_hello(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice key, const struct xj_hello *h)
{
    struct account *a = &p->account;
    enum xj_err err = replace_connection(x, p, conn, key, h);
    if (err) return err;
    const uint64_t last = h->last_epoch < INT64_MAX ? h->last_epoch : 0;
    const bool first = a->epoch == 0 && last == 0;
    p->behind = h->ledger_size < a->ledger_size || h->own_number < a->own_number || h->mailbox < a->mailbox_stored;
    const bool same = a->epoch && xj_id_eq(&a->store, &h->store) && !p->behind && last <= a->epoch;
    if (first) a->heard = x->rebuilding.number; /* it never spoke to any exchange */
    if (!same) {
        if (!xj_id_eq(&a->store, &h->store)) a->cursor = 0; /* another ledger */
        a->epoch = (last > a->epoch ? last : a->epoch) + 1;
        a->store = h->store;
        p->dirty = true;
        if ((err = epoch_entry(x, p, h)) != XJ_OK) return err;
    }
    p->past_from = p->feed_from = 0;
    p->greet = p->ended = false;
    p->stands = h->mailbox;
    p->run_tries = 0;
    xj_mail_rewind(p);
    p->sent_ms = x->now_ms;
    p->credit = h->credit > XJ_MAX_CREDIT ? XJ_MAX_CREDIT : h->credit;
    p->pulse = false;
    const struct xj_welcome w = {.store = xj_exchange_store(x), .epoch = a->epoch, .ledger_size = a->ledger_size,
                                 .ledger_head = a->ledger_head, .own_number = a->own_number,
                                 .has_own_digest = a->has_own_digest, .own_digest = a->own_digest,
                                 .mailbox_stored = a->mailbox_stored, .mailbox_head = a->mailbox_head,
                                 .feed_head = a->feed_head, .register_head = x->reg.number, .time_ms = x->now_ms};
    struct xj_buf *out = xj_out_frame(x, p, conn);
    if (!out) return XJ_ENOMEM;
    xj_frame_welcome(out, ++p->frames, &w);
    return out->err ? out->err : xj_recover_hello(x, p);
}
