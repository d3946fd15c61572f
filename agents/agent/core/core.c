#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

#define CREDIT_DEFAULT 256u
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define TICK_MIN_MS 20

const char *xj_agent_state_name(enum xj_agent_state s)
{
    switch (s) {
    case XJ_AGENT_OFFLINE: return "offline";
    case XJ_AGENT_READY: return "ready";
    case XJ_AGENT_RECOVERING: return "recovering";
    case XJ_AGENT_EXCHANGE_LOST: return "exchange_lost";
    case XJ_AGENT_INCONSISTENT: return "inconsistent";
    case XJ_AGENT_SUPERSEDED: return "superseded";
    case XJ_AGENT_FAULTY: return "faulty";
    case XJ_AGENT_INVALID: break;
    }
    return "invalid";
}

int64_t xj_agent_now(const struct xj_agent *a)
{
    return a->o.env->now_ms(a->o.env->ctx);
}

bool xj_agent_may_receive(const struct xj_agent *a)
{
    return a->state == XJ_AGENT_READY || a->state == XJ_AGENT_RECOVERING;
}

bool xj_agent_is_stopped(enum xj_agent_state s)
{
    return s == XJ_AGENT_INCONSISTENT || s == XJ_AGENT_SUPERSEDED || s == XJ_AGENT_FAULTY;
}

void xj_agent_set_state(struct xj_agent *a, enum xj_agent_state s, const char *why_zh, const char *why_en)
{
    a->state = s;
    snprintf(a->why_zh, sizeof a->why_zh, "%s", why_zh);
    snprintf(a->why_en, sizeof a->why_en, "%s", why_en);
}

/* Asked of the system at most once a second: it is asked of us for every act. */
static uint64_t disk_free(struct xj_agent *a)
{
    const int64_t now = xj_agent_now(a);
    if (a->disk_asked_ms == 0 || now < a->disk_asked_ms || now - a->disk_asked_ms >= 1000) {
        a->disk_free_bytes = xj_db_free_bytes(a->o.db);
        a->disk_asked_ms = now;
    }
    return a->disk_free_bytes;
}

bool xj_agent_disk_low(struct xj_agent *a)
{
    return disk_free(a) < XJ_AGENT_DISK_RESERVE_BYTES;
}

/* ---- actions ---- */

enum xj_err xj_agent_act(struct xj_agent *a, enum xj_agent_action_kind kind, struct xj_buf *bytes, const struct xj_id *id,
                         uint64_t number, bool admitted)
{
    struct xj_action_node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return XJ_ENOMEM;
    node->action.kind = kind;
    node->action.number = number;
    node->action.admitted = admitted;
    if (id != NULL)
        node->action.id = *id;
    if (bytes != NULL) {
        node->action.bytes = *bytes;
        memset(bytes, 0, sizeof *bytes);
    }
    *a->actions_last = node;
    a->actions_last = &node->next;
    return XJ_OK;
}

enum xj_err xj_agent_send(struct xj_agent *a, struct xj_buf *frame)
{
    enum xj_err err = frame->err;
    if (err == XJ_OK)
        err = xj_agent_act(a, XJ_AA_SEND, frame, NULL, 0, false);
    xj_buf_free(frame);
    return err;
}

enum xj_err xj_agent_notice(struct xj_agent *a, const char *text)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, 4096);
    xj_buf_add_str(&bytes, text);
    enum xj_err err = bytes.err == XJ_ENOMEM ? XJ_ENOMEM : xj_agent_act(a, XJ_AA_NOTICE, &bytes, NULL, 0, false);
    xj_buf_free(&bytes);
    return err;
}

bool xj_agent_take(struct xj_agent *a, struct xj_agent_action *ret)
{
    struct xj_action_node *node = a->actions_first;
    if (node == NULL)
        return false;
    a->actions_first = node->next;
    if (a->actions_first == NULL)
        a->actions_last = &a->actions_first;
    *ret = node->action;
    free(node);
    return true;
}

/* ---- incidents ---- */

static size_t incident_slot(struct xj_agent *a, const char *code)
{
    size_t last = sizeof a->incident / sizeof a->incident[0] - 1;
    for (size_t i = 0; i < last; i++) {
        if (a->incident[i].code[0] == 0)
            snprintf(a->incident[i].code, sizeof a->incident[i].code, "%s", code);
        if (strcmp(a->incident[i].code, code) == 0)
            return i;
    }
    return last; /* more codes than slots share the last one */
}

enum xj_err xj_agent_incident(struct xj_agent *a, const char *code, const char *text, struct xj_slice detail)
{
    size_t slot = incident_slot(a, code);
    int64_t now = xj_agent_now(a), last = a->incident[slot].last_ms;
    a->incidents++;
    if (last != 0 && now >= last && now - last < XJ_AGENT_INCIDENT_MS) {
        a->incident[slot].suppressed++;
        return XJ_OK;
    }
    char said[512];
    int n = a->incident[slot].suppressed == 0
                ? snprintf(said, sizeof said, "%s", text)
                : snprintf(said, sizeof said, "%s (and %llu more since the last entry)", text,
                           (unsigned long long)a->incident[slot].suppressed);
    (void)n;
    a->incident[slot].last_ms = now == 0 ? 1 : now;
    a->incident[slot].suppressed = 0;
    struct xj_buf head;
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_put_array(&head, 3);
    xj_put_cstr(&head, code);
    xj_put_cstr(&head, said);
    xj_put_bin(&head, detail.p, detail.n > 1024 ? 1024 : detail.n);
    enum xj_err err = head.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_INCIDENT, now, xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&head);
    a->dirty = true;
    char line[600];
    snprintf(line, sizeof line, "%s: %s", code, said);
    return err == XJ_OK ? xj_agent_notice(a, line) : err;
}

/* ---- opening ---- */

static enum xj_err load(struct xj_agent *a)
{
    bool found = false;
    struct xj_reg_head head;
    enum xj_err err = xj_counters_load(a, &found);
    if (err == XJ_OK && !found && xj_log_size(a->o.log) > 0)
        err = xj_agent_rebuild(a);
    if (err == XJ_OK)
        err = xj_peer_load(a);
    if (err == XJ_OK)
        err = xj_recovering_load(a);
    if (err == XJ_OK)
        err = xj_reg_head(&a->store, &head);
    if (err != XJ_OK)
        return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    a->register_number = head.number;
    a->keyed_at = UINT64_MAX;
    a->size_at_start = xj_log_size(a->o.log);
    err = xj_agent_look_at_keys(a);
    if (err != XJ_OK || a->own_number == 0)
        return err;
    struct xj_own own;
    err = xj_own_load(a, a->own_number, &own);
    return err != XJ_OK ? err : xj_hash_eq(&own.digest, &a->own_digest) ? XJ_OK : XJ_ECORRUPT;
}

enum xj_err xj_agent_open(const struct xj_agent_options *o, struct xj_agent **ret)
{
    *ret = NULL;
    struct xj_agent *a = calloc(1, sizeof *a);
    if (a == NULL)
        return XJ_ENOMEM;
    a->o = *o;
    snprintf(a->agency, sizeof a->agency, "%s", o->agency);
    a->o.agency = a->agency;
    a->o.credit = o->credit == 0 ? CREDIT_DEFAULT : o->credit > XJ_MAX_CREDIT ? XJ_MAX_CREDIT : o->credit;
    a->o.retry_min_ms = o->retry_min_ms == 0 ? RETRY_MIN_MS : o->retry_min_ms;
    a->o.retry_max_ms = o->retry_max_ms == 0 ? RETRY_MAX_MS : o->retry_max_ms;
    a->store = xj_db_store(o->db);
    a->actions_last = &a->actions_first;
    a->unsigned_last = &a->unsigned_first;
    a->pending_last = &a->pending_first;
    a->parked_last = &a->parked_first;
    a->orders_due = a->orders_open = true; /* until looked at */
    xj_agent_set_state(a, XJ_AGENT_OFFLINE, "尚未与交换平台核对账本", "the ledger has not been compared with the exchange yet");
    enum xj_err err = load(a);
    if (err != XJ_OK) {
        xj_agent_close(a);
        return err;
    }
    *ret = a;
    return XJ_OK;
}

void xj_agent_close(struct xj_agent *a)
{
    struct xj_agent_action action;
    if (a == NULL)
        return;
    while (xj_agent_take(a, &action))
        xj_buf_free(&action.bytes);
    xj_outbox_clear(a);
    xj_mailbox_clear(a);
    xj_parked_clear(a);
    free(a->leaves);
    xj_buf_free(&a->put_entry);
    xj_buf_free(&a->put_signature);
    free(a);
}

/* ---- steps ---- */

static void forget_connection(struct xj_agent *a)
{
    xj_parked_clear(a);
    xj_mailbox_clear(a);
    xj_outbox_restart(a);
    xj_recover_forget(a);
    a->register_want = 0;
    a->stored_again = 0;
    xj_retry_progress(a, &a->feed_retry);
    xj_retry_progress(a, &a->register_retry);
    xj_retry_progress(a, &a->put_retry);
    xj_retry_progress(a, &a->orders);
    xj_retry_progress(a, &a->redeliver);
    xj_retry_progress(a, &a->proof);
}

static void connected(struct xj_agent *a, bool up)
{
    a->connected = up;
    a->frame_number = 0;
    a->hello_sent = false;
    a->hello_due = up;
    a->silent_since_ms = a->last_heartbeat_ms = xj_agent_now(a);
    xj_retry_progress(a, &a->hello);
    forget_connection(a);
    if (!xj_agent_is_stopped(a->state))
        xj_agent_set_state(a, XJ_AGENT_OFFLINE, up ? "已连接，正在与交换平台核对账本" : "与交换平台的连接中断",
                           up ? "connected; comparing ledgers with the exchange" : "no connection to the exchange");
}

/* A frame whose statements need a register number that is not here yet is kept whole; reading it again later repeats
 * nothing, because what it brought already is known by then. */
static enum xj_err list_frame(struct xj_agent *a, struct xj_frame *f, struct xj_slice bytes, bool parked)
{
    uint64_t need = 0;
    bool go = a->state == XJ_AGENT_READY;
    enum xj_err err = XJ_OK;
    if (f->type == XJ_F_FEED && a->state == XJ_AGENT_RECOVERING)
        err = xj_recover_messages_back(a, &go);
    if (err != XJ_OK || f->epoch != a->epoch || !go)
        return err; /* of before the present HELLO, or before its turn: everything in it comes again */
    if (f->type == XJ_F_ANSWER)
        err = xj_answer_frame(a, f, &need);
    else if (f->type == XJ_F_DELIVER)
        err = xj_mailbox_frame(a, f, parked, &need);
    else if (f->type == XJ_F_UNRECOVERED)
        err = xj_handback_unrecovered(a, f, &need);
    else
        err = xj_feed_frame(a, f, &need);
    return err == XJ_OK && need > 0 ? xj_parked_add(a, bytes, need) : err;
}

static enum xj_err pulse(struct xj_agent *a, const struct xj_frame *f)
{
    if (f->epoch != a->epoch || !xj_agent_may_receive(a))
        return XJ_OK;
    if (f->pulse.mailbox_head > a->mailbox_head)
        a->mailbox_head = f->pulse.mailbox_head;
    if (f->pulse.feed_head > a->feed_head)
        a->feed_head = f->pulse.feed_head;
    xj_regfollow_heads(a, f->pulse.register_head);
    return XJ_OK;
}

static enum xj_err dispatch(struct xj_agent *a, struct xj_frame *f, struct xj_slice bytes, bool parked)
{
    bool here = f->epoch == a->epoch && xj_agent_may_receive(a);
    switch (f->type) {
    case XJ_F_WELCOME:
        return xj_hello_welcome(a, f, bytes);
    case XJ_F_NOTICE:
        return xj_notice_frame(a, f);
    case XJ_F_ANSWER:
    case XJ_F_DELIVER:
    case XJ_F_FEED:
        return list_frame(a, f, bytes, parked);
    case XJ_F_REGISTER_ENTRIES:
        return here ? xj_regfollow_frame(a, f) : XJ_OK;
    case XJ_F_PAPER:
        return here ? xj_papers_frame(a, f) : XJ_OK;
    case XJ_F_REGISTERED:
        return here ? xj_regfollow_registered(a, f->n) : XJ_OK;
    case XJ_F_CONFIRMED:
        return here ? xj_orders_frame(a, f) : XJ_OK;
    case XJ_F_PULSE:
        return pulse(a, f);
    case XJ_F_PAST:
        return here ? xj_recover_frame(a, f) : XJ_OK;
    case XJ_F_HANDBACK_GET:
        return xj_handback_get(a, f);
    case XJ_F_UNRECOVERED:
        return list_frame(a, f, bytes, parked);
    default:
        return xj_agent_incident(a, "frame", "a frame that only an agent sends", xj_slice_of(NULL, 0));
    }
}

enum xj_err xj_agent_frame(struct xj_agent *a, struct xj_slice bytes, bool parked)
{
    struct xj_frame f;
    memset(&f, 0, sizeof f);
    enum xj_err err = xj_frame_open(bytes, &f);
    if (xj_err_is_world(err))
        return err;
    if (err != XJ_OK)
        return xj_agent_incident(a, "frame", "a frame from the exchange that cannot be read", bytes);
    err = dispatch(a, &f, bytes, parked);
    xj_frame_close(&f);
    return err;
}

static enum xj_err put_aside(struct xj_agent *a, uint64_t entry)
{
    char text[96];
    snprintf(text, sizeof text, "entry %llu ended its reader each time; it is shown unread", (unsigned long long)entry);
    return xj_agent_incident(a, "poison", text, xj_slice_of(NULL, 0));
}

/* Only while nobody is reachable who could say better. What it costs if the ledger is an older copy: spec 04, 12.11. */
static enum xj_err override(struct xj_agent *a, struct xj_slice who)
{
    char text[400];
    if (a->compared || a->overridden || a->state != XJ_AGENT_OFFLINE || (a->recovering.known && a->recovering.entry == 0))
        return XJ_OK;
    a->overridden = true;
    snprintf(text, sizeof text, "acts get numbers although the ledger was not compared: %.*s", (int)(who.n < 320 ? who.n : 320),
             (const char *)who.p);
    return xj_agent_incident(a, "override", text, who);
}

enum xj_err xj_agent_step(struct xj_agent *a, const struct xj_agent_event *ev)
{
    switch (ev->kind) {
    case XJ_AE_CONNECTED:
    case XJ_AE_DISCONNECTED:
        connected(a, ev->kind == XJ_AE_CONNECTED);
        return XJ_OK;
    case XJ_AE_FRAME:
        if (xj_agent_is_stopped(a->state))
            return XJ_OK;
        a->connected = true; /* a frame may overtake the monitor's word that the connection is up */
        a->last_heard_ms = a->silent_since_ms = xj_agent_now(a);
        return xj_agent_frame(a, ev->bytes, false);
    case XJ_AE_SUBMIT:
        return ev->outgoing == NULL ? XJ_OK : xj_outbox_submit(a, ev->outgoing);
    case XJ_AE_REGISTER:
        return xj_regfollow_put(a, ev->bytes, ev->signature);
    case XJ_AE_TOLD:
        return xj_told_append(a, ev->bytes);
    case XJ_AE_OVERRIDE:
        return override(a, ev->bytes);
    case XJ_AE_POISON:
        return put_aside(a, ev->number);
    case XJ_AE_TICK:
    case XJ_AE_INVALID:
        break;
    }
    return XJ_OK; /* time is looked at in flush, for every batch */
}

/* ---- flush ---- */

static enum xj_err heartbeat(struct xj_agent *a)
{
    int64_t now = xj_agent_now(a);
    if (!a->connected || xj_agent_is_stopped(a->state))
        return XJ_OK;
    if (now < a->silent_since_ms || now < a->last_heartbeat_ms)
        a->silent_since_ms = a->last_heartbeat_ms = now; /* the clock was set back */
    if (now - a->silent_since_ms >= XJ_AGENT_SILENCE_MS) {
        connected(a, false);
        return xj_agent_act(a, XJ_AA_RECONNECT, NULL, NULL, 0, false);
    }
    if (!xj_agent_may_receive(a) || now - a->last_heartbeat_ms < XJ_AGENT_HEARTBEAT_MS)
        return XJ_OK;
    a->last_heartbeat_ms = now;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_heartbeat(&frame, a->epoch, ++a->frame_number);
    return xj_agent_send(a, &frame);
}

/* Own entries first, because the stored statement names size and root with them; it comes last of all entries, and HELLO,
 * which names the same for the committed ledger, last of all frames. */
enum xj_err xj_agent_flush(struct xj_agent *a)
{
    enum xj_err err = XJ_OK;
    if (a->register_number == 0)
        err = xj_regfollow_anchor(a);
    if (err == XJ_OK)
        err = xj_agent_look_at_keys(a);
    if (err == XJ_OK)
        err = xj_outbox_sign(a);
    if (err == XJ_OK)
        err = xj_mailbox_advance(a);
    if (err == XJ_OK)
        err = xj_orders_flush(a);
    if (err == XJ_OK)
        err = xj_stored_flush(a);
    if (err == XJ_OK)
        err = heartbeat(a);
    if (err == XJ_OK)
        err = xj_regfollow_pump(a);
    if (err == XJ_OK)
        err = xj_papers_pump(a);
    if (err == XJ_OK)
        err = xj_recover_pump(a);
    if (err == XJ_OK)
        err = xj_feed_pump(a);
    if (err == XJ_OK)
        err = xj_stored_pump(a);
    if (err == XJ_OK)
        err = xj_orders_pump(a);
    if (err == XJ_OK)
        err = xj_outbox_pump(a);
    if (err == XJ_OK)
        err = xj_handback_pump(a);
    if (err == XJ_OK)
        err = xj_hello_pump(a);
    if (err == XJ_OK && a->dirty)
        err = xj_counters_save(a);
    if (err == XJ_OK)
        a->dirty = false;
    return err;
}

void xj_agent_figures(struct xj_agent *a, struct xj_agent_figures *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->state = a->state;
    memcpy(ret->why_zh, a->why_zh, sizeof ret->why_zh);
    memcpy(ret->why_en, a->why_en, sizeof ret->why_en);
    ret->keyed = a->keyed;
    if (!a->keyed && a->state == XJ_AGENT_READY) {
        ret->state = XJ_AGENT_OFFLINE;
        snprintf(ret->why_zh, sizeof ret->why_zh, "登记簿里还没有本机的密钥：请登记机关登记，或检查 keys 目录");
        snprintf(ret->why_en, sizeof ret->why_en,
                 "the register does not have the keys of this machine yet: have them registered, or check the keys directory");
    }
    ret->epoch = a->epoch;
    ret->own_number = a->own_number;
    ret->own_answered = a->answered_count;
    ret->own_proved = a->proved_count;
    ret->mailbox = a->mailbox;
    ret->mailbox_head = a->mailbox_head > a->mailbox ? a->mailbox_head : a->mailbox;
    ret->feed = a->feed;
    ret->feed_head = a->feed_head > a->feed ? a->feed_head : a->feed;
    ret->register_number = a->register_number;
    ret->register_head = a->register_head > a->register_number ? a->register_head : a->register_number;
    ret->ledger_size = xj_log_size(a->o.log);
    ret->incidents = a->incidents;
    ret->disk_free_bytes = disk_free(a);
    ret->may_submit = xj_outbox_may_number(a);
    ret->overridden = a->overridden;
    ret->recovered_entry = a->recovering.entry;
    ret->last_heard_ms = a->last_heard_ms;
    ret->next_tick_ms = xj_agent_now(a) + 1000;
    if (a->state == XJ_AGENT_EXCHANGE_LOST && a->lost.epoch > 0 && !a->asked_back)
        xj_retry_min(&a->proof, &ret->next_tick_ms);
    if (a->hello_due || a->hello_sent)
        xj_retry_min(&a->hello, &ret->next_tick_ms);
    const struct xj_retry *const retries[] = {&a->outbox, &a->papers, &a->feed_retry, &a->register_retry,
                                              &a->put_retry, &a->recovering.retry, &a->orders};
    for (size_t i = 0; i < sizeof retries / sizeof retries[0]; i++)
        xj_retry_min(retries[i], &ret->next_tick_ms);
    /* What is due but cannot be done in this state must not make the shell spin. */
    if (ret->next_tick_ms < xj_agent_now(a) + TICK_MIN_MS)
        ret->next_tick_ms = xj_agent_now(a) + TICK_MIN_MS;
}
