/* The rebuilding of a journal that was lost: found out by proof, asked back from every agency. Spec: spec/04-exchange.md,
 * section 13. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/ledger/rebuilt.h"

static const struct key state_key = {.b = {'C', 'b'}, .n = 2};

enum xj_err xj_recover_save(struct xj_exchange *x)
{
    const struct rebuilding *r = &x->rebuilding;
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 6);
    xj_put_uint(&x->tmp, r->number);
    xj_put_bool(&x->tmp, r->under_way);
    xj_put_bin(&x->tmp, r->store.b, XJ_ID_SIZE);
    xj_put_uint(&x->tmp, r->offset);
    xj_put_int(&x->tmp, r->begun_ms);
    xj_put_bin(&x->tmp, r->lost, r->lost_count * sizeof r->lost[0]);
    return x->tmp.err ? x->tmp.err : x->store.put(x->store.ctx, xj_key_slice(&state_key), xj_buf_slice(&x->tmp));
}

enum xj_err xj_recover_open(struct xj_exchange *x)
{
    struct rebuilding *r = &x->rebuilding;
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&state_key), &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 16)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 6, 6);
    r->number = xj_take_uint(&c, UINT64_MAX);
    r->under_way = xj_take_bool(&c);
    xj_take_bin_to(&c, r->store.b, XJ_ID_SIZE);
    r->offset = xj_take_uint(&c, UINT64_MAX);
    r->begun_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    const struct xj_slice lost = xj_take_bin(&c, 0, sizeof r->lost);
    r->lost_count = lost.n / sizeof r->lost[0];
    if (lost.n) memcpy(r->lost, lost.p, r->lost_count * sizeof r->lost[0]);
    err = xj_cur_end(&c) == XJ_OK ? XJ_OK : XJ_ECORRUPT;
    xj_doc_close(&doc);
    return err;
}

struct xj_id xj_exchange_store(const struct xj_exchange *x)
{
    return x->rebuilding.number ? x->rebuilding.store : xj_db_store_id(x->o.db);
}

bool xj_recovering(const struct xj_exchange *x, const struct peer *p)
{
    return x->rebuilding.under_way || p->account.heard < x->rebuilding.number;
}

enum xj_err xj_recover_notice(struct xj_exchange *x, struct peer *p, struct xj_slice conn)
{
    return xj_out_notice(x, p, conn, "recovering", p->account.own_number + 1, xj_slice_of(NULL, 0),
                         "交换中心的账本正在由各单位所存重建：暂不登记新文书，本机已排队的保留，恢复后自动发送。",
                         "The exchange's journal is being rebuilt from what the agencies hold: nothing is consumed for now; what is queued "
                         "here is kept and sent when it is done.");
}

/* ---- saying HELLO again ---- */

static enum xj_err greet(struct xj_exchange *x, struct peer *p)
{
    p->greet_ms = x->now_ms;
    return xj_out_notice(x, p, xj_slice_of(p->conn, p->conn_bytes), "hello", 0, xj_slice_of(NULL, 0), "请重新发送 HELLO。",
                         "Say HELLO again.");
}

static enum xj_err send_off(struct xj_exchange *x, struct peer *p)
{
    if (!p->live) return XJ_OK;
    p->live = false;
    p->greet = true;
    x->figures.live--;
    return greet(x, p);
}

enum xj_err xj_recover_greet_all(struct xj_exchange *x)
{
    enum xj_err err = XJ_OK;
    for (unsigned i = 0; !err && i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; !err && p; p = p->next) err = send_off(x, p);
    return err;
}

/* ---- beginning ---- */

static void note_lost(struct rebuilding *r, const struct xj_id *id)
{
    if (xj_id_among(r->lost, r->lost_count, id)) return;
    if (xj_id_is_nil(id) || xj_id_eq(id, &r->store) || r->lost_count == sizeof r->lost / sizeof r->lost[0]) return;
    r->lost[r->lost_count++] = *id;
}

/* Statements that this journal holds, for the first rebuilding of it: an older copy holds some. */
static enum xj_err note_held(struct xj_exchange *x)
{
    struct xj_buf buf;
    struct xj_entry e;
    enum xj_err err = XJ_OK;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t n = 1; !err && n <= xj_log_size(x->o.log); n++) {
        err = xj_log_get(x->o.log, n, &buf, &e);
        if (err == XJ_ENOTFOUND) err = XJ_OK; /* of this batch, not yet signed: noted when it is */
        else if (!err && xj_taken_context(e.kind)) err = xj_taken_note(x, e.kind, e.head, n);
    }
    xj_buf_free(&buf);
    return err;
}

static enum xj_err begin(struct xj_exchange *x, struct peer *p)
{
    struct rebuilding *r = &x->rebuilding;
    const struct xj_id before = xj_exchange_store(x);
    if (!r->number) {
        const enum xj_err err = note_held(x);
        if (err) return err;
    }
    r->number++;
    r->under_way = true;
    r->begun_ms = x->now_ms;
    r->lost_count = 0;
    x->o.env->random(x->o.env->ctx, r->store.b, sizeof r->store.b);
    note_lost(r, &before);
    const struct xj_rebuilt entry = {.stage = XJ_REBUILT_BEGUN, .store = r->store};
    xj_buf_reset(&x->tmp);
    xj_rebuilt_encode(&entry, &x->tmp);
    enum xj_err err = x->tmp.err;
    if (!err) err = xj_log_append(x->o.log, XJ_ENTRY_REBUILD, x->now_ms, xj_buf_slice(&x->tmp), xj_slice_of(NULL, 0), NULL);
    if (!err)
        err = xj_out_incident(x, p, xj_slice_cstr(p->facts.id), "journal_lost", "holds proof of more than this journal does",
                              xj_slice_of(NULL, 0));
    if (!err) err = xj_recover_save(x);
    return err ? err : xj_recover_greet_all(x);
}

/* ---- asking ---- */

struct wanted {
    struct xj_exchange *x;
    struct key keys[XJ_MAX_HANDBACK_PAPERS];
    struct xj_hash digest[XJ_MAX_HANDBACK_PAPERS];
    size_t count;
};

static bool collect_wanted(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct wanted *w = arg;
    memcpy(w->keys[w->count].b, key.p, key.n);
    w->keys[w->count].n = key.n;
    memcpy(w->digest[w->count++].b, value.p, value.n < XJ_HASH_SIZE ? value.n : XJ_HASH_SIZE);
    return w->count < XJ_MAX_HANDBACK_PAPERS;
}

/* Papers to ask of it; those that somebody else has sent meanwhile are crossed off. */
static enum xj_err wanted_of(struct xj_exchange *x, const struct peer *p, struct wanted *w)
{
    const struct key k = xj_key_agency('W', xj_slice_cstr(p->facts.id));
    size_t gone;
    do {
        w->count = gone = 0;
        enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&k), xj_key_slice(&k), false, collect_wanted, w);
        for (size_t i = 0; !err && i < w->count; i++) {
            bool here;
            if ((err = xj_object_has(x->o.db, &w->digest[i], &here)) != XJ_OK || !here) continue;
            err = x->store.del(x->store.ctx, xj_key_slice(&w->keys[i]));
            gone++;
        }
        if (err) return err;
    } while (gone);
    return XJ_OK;
}

enum xj_err xj_recover_ask(struct xj_exchange *x, struct peer *p)
{
    struct wanted w = {.x = x};
    enum xj_err err = wanted_of(x, p, &w);
    if (err) return err;
    p->asked_ms = x->now_ms;
    if (p->ended && !w.count) {
        p->account.heard = x->rebuilding.number;
        p->dirty = true;
        if (!x->rebuilding.under_way) x->settle_due = p;
        return XJ_OK;
    }
    struct xj_buf *out = xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (!out) return XJ_ENOMEM;
    xj_frame_handback_get(out, p->account.epoch, ++p->frames, p->ended ? 0 : p->account.cursor + 1,
                          xj_slice_of(w.digest[0].b, w.count * XJ_HASH_SIZE));
    return out->err;
}

enum xj_err xj_recover_hello(struct xj_exchange *x, struct peer *p)
{
    if (!xj_recovering(x, p)) return XJ_OK;
    enum xj_err err = xj_recover_notice(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (err || p->account.heard == x->rebuilding.number) return err;
    return xj_recover_ask(x, p);
}

/* ---- answers ---- */

static enum xj_err cross_off(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest)
{
    struct key k = xj_key_agency('W', xj_slice_cstr(p->facts.id));
    memcpy(k.b + k.n, digest->b, 16);
    k.n += 16;
    return x->store.del(x->store.ctx, xj_key_slice(&k));
}

enum xj_err xj_recover_handback(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f)
{
    bool news;
    (void)conn;
    const bool asked = xj_recovering(x, p);
    if (asked && p->account.heard == x->rebuilding.number) return XJ_OK;
    enum xj_err err = xj_taken_frame(x, p, f, !asked, &news);
    if (err || f->items.bad) return err; /* the rest of such a frame is not read: it is asked for again */
    if (!asked) return news ? begin(x, p) : XJ_OK;
    const struct xj_handback *h = &f->handback;
    const size_t known = x->rebuilding.lost_count;
    note_lost(&x->rebuilding, &h->exchange);
    if (known != x->rebuilding.lost_count) err = xj_recover_save(x);
    if (h->from == p->account.cursor + 1 && !p->ended) {
        p->account.cursor = h->next - 1;
        p->ended = h->next > h->ledger_size;
        p->dirty = true;
    } else if (h->from) {
        return err; /* an older answer; the present question is under way */
    }
    struct xj_hash absent;
    while (!err && xj_frame_next_digest(f, &absent)) err = cross_off(x, p, &absent);
    return err ? err : xj_recover_ask(x, p);
}

/* Only what was asked for: nobody fills the disk while nothing is consumed. */
enum xj_err xj_recover_paper(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, struct xj_slice bytes)
{
    struct key k = xj_key_agency('W', xj_slice_cstr(p->facts.id));
    memcpy(k.b + k.n, digest->b, 16);
    k.n += 16;
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    const struct xj_hash actual = xj_digest(XJ_SEAL_PAPER, bytes);
    if (!xj_hash_eq(&actual, digest) || bytes.n > XJ_MAX_SEALED_PAPER_BYTES)
        return xj_out_incident(x, p, xj_slice_cstr(p->facts.id), "handback", "a paper that has not the digest asked for",
                               xj_hash_slice(digest));
    bool gone; /* an order was carried out since it was asked for */
    err = xj_exchange_object_gone(x, digest, &gone);
    if (!err && !gone) err = xj_object_put(x->o.db, digest, bytes);
    return err ? err : cross_off(x, p, digest);
}

enum xj_err xj_recover_tick(struct xj_exchange *x)
{
    enum xj_err err = XJ_OK;
    for (unsigned i = 0; !err && i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; !err && p; p = p->next) {
            if (p->greet && x->now_ms - p->greet_ms >= x->o.retry_ms) err = greet(x, p);
            else if (p->live && p->account.heard < x->rebuilding.number && x->now_ms - p->asked_ms >= x->o.retry_ms)
                err = xj_recover_ask(x, p);
        }
    return err;
}
