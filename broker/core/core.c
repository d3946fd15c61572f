#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

#define RUN_TRIES 3u

/* The exchange's own key must be the one the register names, or nothing it signs could be checked. */
/* With another transport key no agency would come in, and none would be told why. */
static enum xj_err keys_match(struct xj_exchange *x)
{
    uint8_t sign[32], transport[32];
    enum xj_err err = xj_reg_exchange_sign(&x->store, UINT64_MAX, sign);
    if (!err) err = xj_reg_exchange_transport(&x->store, UINT64_MAX, transport);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECONFIG : err;
    const struct xj_exchange_keys *k = x->o.keys;
    return memcmp(sign, k->sign.public_key, 32) == 0 && memcmp(transport, k->transport_public, 32) == 0 ? XJ_OK : XJ_ECONFIG;
}

enum xj_err xj_exchange_open(const struct xj_exchange_options *o, struct xj_exchange **ret)
{
    *ret = NULL;
    struct xj_exchange *x = calloc(1, sizeof *x);
    if (!x) return XJ_ENOMEM;
    x->o = *o;
    if (!x->o.retry_ms) x->o.retry_ms = 5000;
    x->store = xj_db_store(o->db);
    x->now_ms = o->env->now_ms(o->env->ctx);
    xj_buf_init(&x->tmp, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&x->tmp2, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_db_begin(o->db);
    if (!err) err = xj_stream_open(x);
    if (!err) err = keys_match(x);
    if (!err) err = xj_recover_open(x);
    if (!err) err = xj_db_commit(o->db);
    else xj_db_rollback(o->db);
    if (err) {
        xj_exchange_close(x);
        return err;
    }
    *ret = x;
    return XJ_OK;
}

void xj_exchange_close(struct xj_exchange *x)
{
    if (!x) return;
    xj_peers_free(x);
    xj_models_free(x);
    xj_pending_clear(x);
    free(x->pending);
    free(x->due);
    for (size_t i = x->action_next; i < x->action_count; i++) xj_buf_free(&x->actions[i].bytes);
    free(x->actions);
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        xj_buf_free(&x->cache[i].message);
        xj_buf_free(&x->cache[i].statement);
        xj_buf_free(&x->cache[i].signature);
    }
    xj_buf_free(&x->tmp);
    xj_buf_free(&x->tmp2);
    free(x);
}

static bool waits(enum xj_frame_type type)
{
    return type != XJ_F_HANDBACK && type != XJ_F_PAPER_PUT && type != XJ_F_REGISTER_GET && type != XJ_F_HEARTBEAT;
}

static enum xj_err frame_of_peer(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f)
{
    const bool recovering = xj_recovering(x, p);
    if (recovering && waits(f->type)) return xj_recover_notice(x, p, conn);
    switch (f->type) {
    case XJ_F_SUBMIT: return xj_submit_frame(x, p, conn, f);
    case XJ_F_HANDBACK: return xj_recover_handback(x, p, conn, f);
    case XJ_F_PAPER_PUT:
        if (recovering) return xj_recover_paper(x, p, &f->digest, f->bytes);
        return xj_paper_put(x, p, conn, &f->digest, f->bytes);
    case XJ_F_STORED: return xj_mail_stored(x, p, conn, f);
    case XJ_F_FEED_GET: p->feed_from = f->n ? f->n : 1; return XJ_OK;
    case XJ_F_PAST_GET: p->past_from = f->n ? f->n : 1; return XJ_OK;
    case XJ_F_REGISTER_GET: return xj_stream_get(x, p, conn, f->n);
    case XJ_F_PAPER_GET: return xj_paper_get(x, p, conn, &f->digest);
    case XJ_F_REGISTER_PUT: return xj_stream_put(x, p, conn, f->bytes, f->signature);
    case XJ_F_CONFIRM: return xj_exchange_orders_confirm(x, p, conn, f);
    case XJ_F_ORDER_GET: return xj_exchange_orders_get(x, p, conn, &f->id);
    case XJ_F_HEARTBEAT: p->pulse = true; return XJ_OK;
    default:
        return xj_out_notice(x, p, conn, "denied", 0, xj_slice_of(NULL, 0), "此类帧不由机关发出。",
                             "An agency does not send this type of frame.");
    }
}

static enum xj_err bad_frame(struct xj_exchange *x, struct peer *p, struct xj_slice conn, enum xj_err why)
{
    enum xj_err err = xj_out_incident(x, p, peer_id(p), "malformed", "a frame could not be read", xj_slice_of(NULL, 0));
    if (err) return err;
    return xj_out_notice(x, p, conn, why == XJ_ELIMIT ? "oversize" : "malformed", 0, xj_slice_of(NULL, 0),
                         "帧格式不符合规范，未处理。", "The frame does not have the form the specification gives; it was dropped.");
}

static bool is_replaced(const struct peer *p, struct xj_slice conn)
{
    return p->stale_conn_bytes && xj_slice_eq(conn, xj_slice_of(p->stale_conn, p->stale_conn_bytes));
}

/* A frame from a connection that is not the agency's current one: say HELLO, or you were replaced. */
static enum xj_err stranger(struct xj_exchange *x, struct peer *p, struct xj_slice conn)
{
    if (is_replaced(p, conn))
        return xj_out_notice(x, p, conn, "superseded", 0, xj_slice_of(NULL, 0),
                             "本机关的另一台机器已连接；本机停止收发。", "Another machine of this agency is connected; this one stops.");
    return xj_out_notice(x, p, conn, "hello", 0, xj_slice_of(NULL, 0), "请先发送 HELLO。", "Say HELLO first.");
}

static enum xj_err on_frame(struct xj_exchange *x, const struct xj_exchange_event *ev)
{
    struct peer *p;
    enum xj_err err = xj_peer_get(x, ev->agency, &p);
    if (err) return err;
    if (!p || !xj_peer_may_enter(p, ev->key)) {
        err = xj_out_incident(x, p, ev->agency, "unknown", "a frame from an agency or with a key the register does not let in", ev->conn);
        return err || !p ? err : xj_out_notice(x, p, ev->conn, "denied", 0, xj_slice_of(NULL, 0), "登记簿已不允许本单位以此密钥接入。",
                                               "The register does not let this agency in any more, or not with this key.");
    }
    struct xj_frame f;
    const enum xj_err shape = xj_frame_open(ev->bytes, &f);
    if (shape == XJ_ENOMEM) return shape;
    if (shape) return bad_frame(x, p, ev->conn, shape);
    if (f.type == XJ_F_HELLO && !is_replaced(p, ev->conn))
        err = xj_peer_hello(x, p, ev->conn, ev->key, &f.hello);
    else if (!xj_peer_is_current(p, ev->conn))
        err = stranger(x, p, ev->conn);
    else if (f.epoch != p->account.epoch)
        err = xj_out_notice(x, p, ev->conn, "epoch", p->account.epoch, xj_slice_of(NULL, 0), "期次不符，请重新发送 HELLO。",
                            "The frame is of another epoch; say HELLO again.");
    else
        err = frame_of_peer(x, p, ev->conn, &f);
    if (!err && f.items.bad) err = bad_frame(x, p, ev->conn, XJ_EMALFORMED);
    xj_frame_close(&f);
    return err;
}

/* A delivery sent later than now: the clock was set back, and to wait until it comes round again could take hours. */
static bool delivery_is_due(const struct xj_exchange *x, const struct peer *p)
{
    return x->now_ms < p->sent_ms || x->now_ms - p->sent_ms >= x->o.retry_ms;
}

/* Deliveries that are not acknowledged; a run unrecovered, which cannot be, is told a few times, and again at the next HELLO. */
static bool is_outstanding(const struct peer *p)
{
    return p->sent > p->passed || (p->passed > p->account.mailbox_stored && p->run_tries < RUN_TRIES);
}

static enum xj_err on_tick(struct xj_exchange *x)
{
    x->low_disk = x->o.reserve_bytes && xj_db_free_bytes(x->o.db) < x->o.reserve_bytes;
    for (unsigned i = 0; i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; p; p = p->next)
            if (p->live && is_outstanding(p) && delivery_is_due(x, p)) xj_mail_rewind(p);
    const enum xj_err err = xj_recover_tick(x);
    return err ? err : xj_papers_sweep(x);
}

static enum xj_err on_dropped(struct xj_exchange *x, const struct xj_exchange_event *ev)
{
    struct peer *p;
    const enum xj_err err = xj_peer_get(x, ev->agency, &p);
    return err ? err : xj_out_incident(x, p, ev->agency, "malformed", "a message that is empty or of several parts",
                                       xj_slice_of(NULL, 0));
}

enum xj_err xj_exchange_step(struct xj_exchange *x, const struct xj_exchange_event *ev)
{
    x->now_ms = x->o.env->now_ms(x->o.env->ctx);
    switch (ev->kind) {
    case XJ_XE_FRAME: return on_frame(x, ev);
    case XJ_XE_TICK: return on_tick(x);
    case XJ_XE_DROPPED: return on_dropped(x, ev);
    default: return XJ_OK;
    }
}

/* The answers of this batch, one frame per run of answers to the same connection. */
static enum xj_err send_answers(struct xj_exchange *x)
{
    for (size_t i = 0; i < x->pending_count;) {
        const struct pending *first = &x->pending[i];
        if (!first->peer) {
            i++;
            continue;
        }
        struct xj_buf items;
        xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
        uint32_t count = 0;
        size_t j = i;
        for (; j < x->pending_count && count < XJ_MAX_BATCH && items.n < XJ_MAX_FRAME_BYTES / 2; j++) {
            const struct pending *p = &x->pending[j];
            if (!p->peer) continue;
            if (p->peer != first->peer || p->conn_bytes != first->conn_bytes ||
                memcmp(p->conn, first->conn, p->conn_bytes) != 0)
                break;
            xj_frame_put_answer(&items, p->kind == XJ_ENTRY_ADMITTED ? 1 : 2, xj_buf_slice(&p->statement),
                                xj_buf_slice(&p->signature));
            count++;
        }
        struct xj_buf *out = xj_out_frame(x, first->peer, xj_slice_of(first->conn, first->conn_bytes));
        if (out) {
            xj_frame_list(out, XJ_F_ANSWER, first->peer->account.epoch, ++first->peer->frames, 0, count);
            xj_buf_add_slice(out, xj_buf_slice(&items));
        }
        const enum xj_err err = !out ? XJ_ENOMEM : items.err ? items.err : out->err;
        xj_buf_free(&items);
        if (err) return err;
        i = j;
    }
    return XJ_OK;
}

static enum xj_err send_pulse(struct xj_exchange *x, struct peer *p)
{
    p->pulse = false;
    struct xj_buf *out = xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (!out) return XJ_ENOMEM;
    const struct xj_pulse pulse = {.time_ms = x->now_ms, .mailbox_head = p->account.mailbox_head,
                                   .feed_head = p->account.feed_head, .register_head = x->reg.number};
    xj_frame_pulse(out, p->account.epoch, ++p->frames, &pulse);
    return out->err;
}

static enum xj_err sign_all(struct xj_exchange *x)
{
    enum xj_err err = xj_pending_sign(x);
    if (!err) err = send_answers(x);
    for (size_t i = 0; i < x->pending_count; i++)
        if (x->pending[i].kind == XJ_ENTRY_ADMITTED) xj_mail_cache(x, &x->pending[i]);
    xj_pending_clear(x);
    return err;
}

/* Behind the batch's own statements, because all entries are read for it. */
static enum xj_err settle(struct xj_exchange *x)
{
    enum xj_err err = xj_resume_if_due(x);
    struct peer *late = x->settle_due;
    x->settle_due = NULL;
    if (err || (!x->resume_due && !late)) return err;
    const bool whole = x->resume_due;
    x->resume_due = false;
    err = xj_resume(x, whole ? NULL : late);
    return err ? err : sign_all(x);
}

enum xj_err xj_exchange_flush(struct xj_exchange *x)
{
    enum xj_err err = sign_all(x);
    if (!err) err = settle(x);
    if (!err) err = xj_exchange_orders_run(x);
    for (unsigned i = 0; !err && i < PEER_BUCKETS; i++)
        for (struct peer *p = x->peers[i]; !err && p; p = p->next) {
            bool hears;
            err = xj_peer_hears(x, p, &hears);
            if (err || !hears) continue;
            if (!xj_recovering(x, p)) err = xj_mail_deliver(x, p);
            if (!err && p->feed_from) err = xj_feed_send(x, p);
            if (!err && p->past_from) err = xj_past_send(x, p);
            if (!err && p->pulse) err = send_pulse(x, p);
        }
    x->figures.journal_size = xj_log_size(x->o.log);
    return err ? err : xj_peers_save(x);
}

enum xj_err xj_exchange_transports(struct xj_exchange *x, xj_transport_visit *visit, void *arg)
{
    return xj_reg_transports(&x->store, visit, arg);
}

void xj_exchange_figures(const struct xj_exchange *x, struct xj_exchange_figures *ret)
{
    *ret = x->figures;
    ret->recovering = x->rebuilding.under_way;
}
