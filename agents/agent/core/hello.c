#include <stdio.h>
#include <string.h>

#include "agents/agent/core/state.h"

void xj_hello_again(struct xj_agent *a)
{
    a->hello_due = true;
}

enum xj_err xj_hello_pump(struct xj_agent *a)
{
    bool waiting = a->hello_sent && xj_retry_due(a, &a->hello);
    if (!a->connected || xj_agent_is_stopped(a->state) || !(a->hello_due || waiting) || !xj_retry_may(a, &a->hello))
        return XJ_OK;
    struct xj_hello h = {
        .store = xj_db_store_id(a->o.db), .nonce = a->o.nonce, .last_epoch = a->epoch_said > a->epoch ? a->epoch_said : a->epoch,
        .ledger_size = xj_log_size(a->o.log), .ledger_head = xj_log_root(a->o.log),
        .own_number = a->own_number, .has_own_digest = a->own_number > 0, .own_digest = a->own_digest,
        .mailbox = a->mailbox, .feed = a->feed, .register_number = a->register_number,
        .credit = xj_mailbox_credit(a), .software = xj_slice_cstr(XJ_AGENT_SOFTWARE),
    };
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_hello(&frame, ++a->frame_number, &h);
    a->hello_due = false;
    a->hello_sent = true;
    xj_retry_sent(a, &a->hello);
    return xj_agent_send(a, &frame);
}

/* The exchange's figures against this ledger (spec 04, 4). */
enum verdict { EQUAL_OR_AHEAD, SHORTER, RECOVERING, EXCHANGE_LOST, OLD_EPOCH, INCONSISTENT };

/* The record is of the ledger that was lost, not of this one. */
static bool is_of_lost(const struct xj_agent *a, const struct xj_welcome *w)
{
    const struct xj_recovering *r = &a->recovering;
    return r->known && w->ledger_size == r->lost.size && xj_hash_eq(&w->ledger_head, &r->lost.head);
}

/* True in *ret when the two accounts of one ledger contradict each other: same length, other content. Where the statement that
 * the record rests on is not here (its messages are not), it may be of what was lost; an older copy has grown by notes since. */
static enum xj_err contradicts(struct xj_agent *a, const struct xj_welcome *w, bool *ret)
{
    struct xj_hash root;
    enum xj_err err;
    *ret = false;
    if (w->ledger_size <= xj_log_size(a->o.log) && w->mailbox_stored <= a->mailbox && !is_of_lost(a, w)) {
        err = xj_log_root_at(a->o.log, w->ledger_size, &root);
        if (err != XJ_OK)
            return err == XJ_ERANGE ? XJ_ECORRUPT : err;
        *ret = !xj_hash_eq(&root, &w->ledger_head);
    }
    if (w->has_own_digest != (w->own_number > 0))
        *ret = true;
    if (*ret || w->own_number == 0 || w->own_number > a->own_number)
        return XJ_OK;
    struct xj_own own;
    err = xj_own_load(a, w->own_number, &own);
    if (err == XJ_OK)
        *ret = !xj_hash_eq(&own.digest, &w->own_digest);
    return err;
}

static enum xj_err compare(struct xj_agent *a, const struct xj_welcome *w, enum verdict *ret)
{
    bool bad = false;
    enum xj_err err = contradicts(a, w, &bad);
    if (err != XJ_OK)
        return err;
    if (bad)
        *ret = INCONSISTENT;
    else if (w->mailbox_head < a->mailbox || w->feed_head < a->feed || w->own_number < a->consumed_proof ||
             w->register_head < a->register_number)
        *ret = EXCHANGE_LOST;
    else if (w->epoch < a->epoch || (a->has_peer && !xj_id_eq(&a->peer, &w->store) && w->epoch <= a->epoch))
        *ret = OLD_EPOCH;
    else if (is_of_lost(a, w) && w->own_number == a->recovering.lost.own_number && w->mailbox_stored == a->recovering.lost.mailbox)
        *ret = RECOVERING;
    else if ((a->recovering.known && a->recovering.entry == 0) || w->ledger_size > xj_log_size(a->o.log) ||
             w->own_number > a->own_number || w->mailbox_stored > a->mailbox)
        *ret = SHORTER;
    else
        *ret = EQUAL_OR_AHEAD;
    return XJ_OK;
}

/* The epoch is in the ledger before the first frame that carries it leaves: frames go out after COMMIT only. */
static enum xj_err keep_epoch(struct xj_agent *a, const struct xj_welcome *w)
{
    if (a->has_peer && w->epoch == a->epoch)
        return XJ_OK;
    struct xj_buf head;
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_put_array(&head, 4);
    xj_put_bins(&head, xj_id_slice(&w->store));
    xj_put_uint(&head, w->epoch);
    xj_put_uint(&head, w->ledger_size);
    xj_put_bins(&head, xj_hash_slice(&w->ledger_head));
    enum xj_err err = head.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_EPOCH, xj_agent_now(a), xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&head);
    a->dirty = true;
    return err == XJ_OK ? xj_peer_set(a, &w->store, w->epoch) : err;
}

static enum xj_err go_on(struct xj_agent *a, const struct xj_welcome *w)
{
    enum xj_err err = keep_epoch(a, w);
    a->mailbox_head = w->mailbox_head;
    a->feed_head = w->feed_head;
    xj_regfollow_heads(a, w->register_head);
    xj_outbox_restart(a);
    /* Statements the exchange never got: the same bytes, oldest first, because it takes them only in order. */
    if (w->mailbox_stored < a->mailbox) {
        a->stored_again = w->mailbox_stored + 1;
        a->stored_resent_ms = 0;
    }
    return err;
}

static enum xj_err recovering(struct xj_agent *a, const struct xj_welcome *w)
{
    xj_agent_set_state(a, XJ_AGENT_RECOVERING,
                       "本机账本丢失或为旧备份：正从交换平台逐笔取回，完成前可查阅、不收不发；从未到达平台的文书须重新办理",
                       "this ledger was lost or is an older copy: it comes back from the exchange, nothing is sent until then; "
                       "acts that never reached the exchange must be done again");
    enum xj_err err = go_on(a, w);
    return err == XJ_OK ? xj_recover_restate(a) : err;
}

/* What was confirmed since this start stays so: the ledger is not the one that became shorter. */
static enum xj_err exchange_lost(struct xj_agent *a, const struct xj_welcome *w, struct xj_slice bytes)
{
    a->lost = *w;
    xj_retry_progress(a, &a->proof);
    bool told = a->state == XJ_AGENT_EXCHANGE_LOST;
    xj_agent_set_state(a, XJ_AGENT_EXCHANGE_LOST, "交换平台所存少于本机账本可证明的内容：暂停发送，正在把本机所存交还平台以恢复",
                       "the exchange holds less than this ledger proves: not sending; what is here is being handed back to it");
    return told ? XJ_OK : xj_agent_incident(a, "exchange_lost", "the exchange holds less than this ledger proves", bytes);
}

/* No limit runs from this machine's clock and no order comes from it, but people read it; and of two clocks that are apart one is
 * wrong. Said once a connection. */
static enum xj_err clock_apart(struct xj_agent *a, int64_t theirs_ms)
{
    char text[128];
    const int64_t now = xj_agent_now(a);
    const bool behind = now < theirs_ms;
    const uint64_t apart_ms = behind ? (uint64_t)theirs_ms - (uint64_t)now : (uint64_t)now - (uint64_t)theirs_ms;
    if (apart_ms <= XJ_AGENT_CLOCK_MS)
        return XJ_OK;
    snprintf(text, sizeof text, "this machine's clock is %llu s %s the exchange's", (unsigned long long)(apart_ms / 1000),
             behind ? "behind" : "ahead of");
    return xj_agent_incident(a, "clock", text, xj_slice_of(NULL, 0));
}

/* A second HELLO of one connection may bring a second WELCOME: the first was acted upon, and a heartbeat corrects the heads. */
enum xj_err xj_hello_welcome(struct xj_agent *a, const struct xj_frame *f, struct xj_slice bytes)
{
    const struct xj_welcome *w = &f->welcome;
    enum verdict v = INCONSISTENT;
    if (!a->hello_sent)
        return XJ_OK;
    a->hello_sent = a->asked_back = false;
    a->lost.epoch = 0;
    /* An exchange that answers every frame with "say HELLO" gets one in a retry time, not one in a round trip. */
    xj_retry_progress(a, &a->hello);
    xj_retry_sent(a, &a->hello);
    enum xj_err err = compare(a, w, &v);
    a->overridden = false; /* the comparison says more */
    if (err == XJ_OK)
        err = clock_apart(a, w->time_ms);
    if (err != XJ_OK)
        return err;
    switch (v) {
    case EQUAL_OR_AHEAD:
        a->compared_before = a->compared;
        a->compared = true;
        xj_agent_set_state(a, XJ_AGENT_READY, "", "");
        return go_on(a, w);
    case SHORTER:
        err = xj_recover_begin(a, w, bytes);
        if (err != XJ_OK)
            return err;
        /* fall through */
    case RECOVERING:
        a->compared = false;
        return recovering(a, w);
    case EXCHANGE_LOST:
        return exchange_lost(a, w, bytes);
    case OLD_EPOCH: /* set back, or rebuilt twice, with nothing lacking here: it only has to give another epoch */
        a->epoch_said = a->epoch + 1;
        xj_hello_again(a);
        return XJ_OK;
    case INCONSISTENT:
        break;
    }
    a->compared = false;
    xj_agent_set_state(a, XJ_AGENT_INCONSISTENT, "本机账本与交换平台所记不一致：已停止，证据已保存，请联系平台",
                       "this ledger and the exchange's account of it contradict each other: stopped, evidence kept");
    return xj_agent_incident(a, "inconsistent", "the exchange's account of this ledger contradicts it", bytes);
}
