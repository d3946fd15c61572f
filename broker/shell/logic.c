#include "broker/shell/logic.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "schema/base/say.h"

#define BATCH_FRAMES 64 /* one transaction: bounded work, and at most 64 x 256 statements under one signature */
#define TICK_MS 1000

static enum xj_err step_frame(struct xj_logic *l, struct xj_net_in *in)
{
    const struct xj_exchange_event ev = {.kind = in->dropped ? XJ_XE_DROPPED : XJ_XE_FRAME, .conn = xj_slice_of(in->conn, in->conn_bytes),
                                         .agency = xj_slice_cstr(in->agency), .key = xj_slice_of(in->key, sizeof in->key),
                                         .bytes = xj_slice_of(zmq_msg_data(&in->frame), zmq_msg_size(&in->frame))};
    return xj_exchange_step(l->core, &ev);
}

static int64_t monotonic_ms(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Time passes for a busy exchange, too: a peer that never lets the queue run empty must not keep it from looking at the disk,
 * and from delivering again. */
static enum xj_err tick(struct xj_logic *l)
{
    const struct xj_exchange_event ev = {.kind = XJ_XE_TICK};
    const int64_t now = monotonic_ms();
    if (l->ticked_ms && now - l->ticked_ms < TICK_MS) return XJ_OK;
    l->ticked_ms = now;
    return xj_exchange_step(l->core, &ev);
}

/* Inside the batch's transaction, when so many entries are behind the last one. */
static enum xj_err checkpoint(struct xj_logic *l, uint64_t entries)
{
    if (xj_log_unchecked(l->log) < entries) return XJ_OK;
    struct xj_buf note;
    xj_buf_init(&note, 4096);
    const struct xj_env *env = xj_env_system();
    const enum xj_err err = xj_log_checkpoint(l->log, l->origin, l->sign, env->now_ms(env->ctx), &note);
    xj_buf_free(&note);
    return err;
}

static enum xj_err run_batch(struct xj_logic *l, struct xj_net_in *first)
{
    enum xj_err err = xj_db_begin(l->db);
    if (err) {
        xj_net_in_free(first);
        return err;
    }
    err = tick(l);
    for (int i = 0; first && !err; i++) {
        err = step_frame(l, first);
        xj_net_in_free(first);
        first = i + 1 < BATCH_FRAMES ? xj_queue_try_pop(l->in) : NULL;
    }
    xj_net_in_free(first);
    if (!err) err = xj_exchange_flush(l->core);
    if (!err) err = checkpoint(l, XJ_LOG_CHECKPOINT);
    if (err) {
        xj_db_rollback(l->db);
        return err;
    }
    return xj_db_commit(l->db);
}

/* Said when it changes: an operator must know why nothing is consumed. */
static void tell_recovering(struct xj_logic *l)
{
    struct xj_exchange_figures f;
    xj_exchange_figures(l->core, &f);
    if (f.recovering == l->recovering) return;
    l->recovering = f.recovering;
    xj_say(XJ_SAY_WARNING, f.recovering ? "the journal lacks what agencies prove to hold: it is being rebuilt, nothing is consumed"
                                        : "the journal is rebuilt: serving again");
}

static enum xj_err release(struct xj_logic *l)
{
    tell_recovering(l);
    struct xj_exchange_action a;
    enum xj_err err = XJ_OK;
    while (xj_exchange_take(l->core, &a)) {
        if (a.kind == XJ_XA_ZAP_CHANGED && !err) err = xj_zap_load(xj_net_zap(l->net), l->core);
        if (a.kind == XJ_XA_FOLD && !err) err = xj_db_checkpoint(l->db, true);
        struct xj_net_out *out = a.kind == XJ_XA_SEND ? calloc(1, sizeof *out) : NULL;
        if (!out) {
            xj_buf_free(&a.bytes);
            continue;
        }
        memcpy(out->conn, a.conn, a.conn_bytes);
        out->conn_bytes = a.conn_bytes;
        out->reader = a.reader;
        out->bytes = a.bytes;
        if (!xj_queue_push(l->out, out)) {
            xj_buf_free(&out->bytes);
            free(out);
        }
    }
    return err;
}

enum xj_err xj_logic_run(struct xj_logic *l)
{
    for (;;) {
        struct xj_net_in *first = xj_queue_pop(l->in, TICK_MS);
        if (!first && xj_queue_is_closed(l->in)) return XJ_OK;
        enum xj_err err = run_batch(l, first);
        if (!err) err = release(l);
        if (err) return err;
        /* the WAL is folded in when nobody waits, so that a busy moment does not pay for it */
        if (!first && (err = xj_db_checkpoint(l->db, false)) != XJ_OK)
            xj_say(XJ_SAY_WARNING, "checkpoint: %s", xj_err_name(err));
    }
}

enum xj_err xj_logic_close(struct xj_logic *l)
{
    enum xj_err err = xj_db_begin(l->db);
    if (err) return err;
    if ((err = checkpoint(l, 1)) != XJ_OK) {
        xj_db_rollback(l->db);
        return err;
    }
    if ((err = xj_db_commit(l->db)) != XJ_OK) return err;
    return xj_db_checkpoint(l->db, true);
}
