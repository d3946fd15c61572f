#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/shell/host_private.h"
#include "schema/base/say.h"
#include "schema/ledger/snapshot.h"

/* One turn: the events that are ready, one transaction, then what may leave only after its COMMIT. */
struct turn {
    struct xj_host_event *requests[XJ_HOST_BATCH];
    size_t request_count;
    struct xj_host_told *told[XJ_HOST_BATCH]; /* answered in this order */
    size_t told_count, told_next;
    bool stop;
};

_Noreturn void xj_host_die(const char *what, enum xj_err err)
{
    xj_say(XJ_SAY_ERROR, "%s: %s; stopping, the ledger is as of its last commit", what, xj_err_name(err));
    _exit(1);
}

void xj_host_event_free(struct xj_host_event *event)
{
    if (event == NULL)
        return;
    xj_link_event_free(event->link);
    xj_outgoing_free(event->outgoing);
    xj_buf_free(&event->bytes);
    xj_buf_free(&event->signature);
    free(event);
}

void xj_host_publish(struct xj_agent_host *host)
{
    struct xj_agent_figures figures;
    struct xj_link_figures link = {0};
    struct xj_store store = xj_db_store(host->db);
    struct xj_reg_head head = {0};
    xj_agent_figures(host->core, &figures);
    if (host->link != NULL)
        xj_link_figures(host->link, &link);
    struct xj_hash root = xj_log_root(host->log);
    (void)xj_reg_head(&store, &head); /* a broken store shows itself at the next step */
    pthread_mutex_lock(&host->lock);
    host->figures.agent = figures;
    host->figures.ledger_root = root;
    host->figures.register_digest = head.digest;
    host->figures.connected = link.connected;
    host->figures.frames_in = link.in;
    host->figures.frames_out = link.out;
    host->figures.frames_dropped = link.dropped;
    host->figures.checkpoint_size = host->checkpoint_size;
    host->figures.checkpoint_ms = host->checkpoint_ms;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

/* ---- one event into the core ---- */

static enum xj_err step(struct xj_agent_host *host, struct xj_host_event *event)
{
    struct xj_agent_event ev = {.kind = XJ_AE_INVALID};
    if (event->kind == XJ_HE_LINK) {
        ev.kind = event->link->kind;
        ev.bytes = xj_buf_slice(&event->link->frame);
    } else if (event->kind == XJ_HE_SUBMIT) {
        ev.kind = XJ_AE_SUBMIT;
        ev.outgoing = event->outgoing;
        event->outgoing = NULL;
    } else if (event->kind == XJ_HE_OVERRIDE) {
        ev.kind = XJ_AE_OVERRIDE;
        ev.bytes = xj_buf_slice(&event->bytes);
    } else if (event->kind == XJ_HE_POISON) {
        ev.kind = XJ_AE_POISON;
        ev.number = event->number;
    } else if (event->kind == XJ_HE_REGISTER) {
        ev.kind = XJ_AE_REGISTER;
        ev.bytes = xj_buf_slice(&event->bytes);
        ev.signature = xj_buf_slice(&event->signature);
    }
    return xj_agent_step(host->core, &ev);
}

static enum xj_err tell(struct xj_agent_host *host, struct turn *turn, struct xj_host_told *told)
{
    enum xj_err err = XJ_OK;
    if (told->count > 0)
        turn->told[turn->told_count++] = told;
    for (size_t i = 0; i < told->count && err == XJ_OK; i++)
        err = xj_agent_step(host->core, &(struct xj_agent_event){.kind = XJ_AE_TOLD, .bytes = told->heads[i]});
    return err;
}

static enum xj_err take_in(struct xj_agent_host *host, struct turn *turn, struct xj_host_event *event)
{
    enum xj_err err = XJ_OK;
    if (event->request != NULL) {
        turn->requests[turn->request_count++] = event;
        return XJ_OK;
    }
    if (event->kind == XJ_HE_STOP)
        turn->stop = true;
    else if (event->kind == XJ_HE_TOLD)
        err = tell(host, turn, event->told);
    else
        err = step(host, event);
    xj_host_event_free(event);
    return err;
}

/* ---- after the commit ---- */

static void tell_waiters(struct xj_agent_host *host, struct xj_agent_action *action, uint64_t size)
{
    pthread_mutex_lock(&host->lock);
    for (struct xj_host_waiter *w = host->waiters; w != NULL; w = w->next) {
        if (!xj_id_eq(&w->id, &action->id))
            continue;
        w->decided = true;
        pthread_cond_signal(&w->moved);
        if (action->kind == XJ_AA_NOT_TAKEN) {
            const char *text = xj_buf_cstr(&action->bytes);
            const char *line = text == NULL ? NULL : strchr(text, '\n');
            if (line != NULL) {
                snprintf(w->answer.why_zh, sizeof w->answer.why_zh, "%.*s", (int)(line - text), text);
                snprintf(w->answer.why_en, sizeof w->answer.why_en, "%s", line + 1);
            }
            continue;
        }
        w->answer.number = action->number;
        if (action->kind == XJ_AA_QUEUED && w->answer.progress < XJ_HOST_QUEUED)
            w->answer.progress = XJ_HOST_QUEUED;
        if (action->kind == XJ_AA_ANSWERED && w->answer.progress < XJ_HOST_ANSWERED) {
            xj_buf_reset(&w->answer.statement);
            xj_buf_add_slice(&w->answer.statement, xj_buf_slice(&action->bytes));
            w->answer.admitted = action->admitted;
            w->need_view = size;
            w->answer.progress = XJ_HOST_ANSWERED;
        }
    }
    pthread_mutex_unlock(&host->lock);
}

static void tell_registrar(struct xj_agent_host *host, const struct xj_agent_action *action)
{
    pthread_mutex_lock(&host->lock);
    if (host->register_busy && !host->register_done) {
        host->register_done = true;
        host->register_taken = action->admitted;
        host->register_number = action->number;
        xj_buf_reset(&host->register_why);
        xj_buf_add_slice(&host->register_why, xj_buf_slice(&action->bytes));
    }
    pthread_mutex_unlock(&host->lock);
}

/* A notice may hold a peer's words: its control characters become spaces, so that they cannot forge a line of the log. */
static void say_notice(struct xj_buf *text)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->p[i] < 0x20 || text->p[i] == 0x7f)
            text->p[i] = ' ';
    xj_say(XJ_SAY_WARNING, "%.*s", (int)text->n, (const char *)text->p);
}

static void told(struct xj_agent_host *host, struct turn *turn, const struct xj_agent_action *action)
{
    if (turn->told_next == turn->told_count)
        return;
    struct xj_host_told *t = turn->told[turn->told_next];
    pthread_mutex_lock(&host->lock);
    t->entries[t->answered++] = action->admitted ? action->number : 0;
    t->done = t->answered == t->count;
    turn->told_next += t->done;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

static void release(struct xj_agent_host *host, struct turn *turn)
{
    struct xj_agent_action action;
    uint64_t size = xj_log_size(host->log);
    while (xj_agent_take(host->core, &action)) {
        switch (action.kind) {
        case XJ_AA_SEND:
            xj_link_send(host->link, &action.bytes);
            break;
        case XJ_AA_RECONNECT:
            xj_link_reconnect(host->link);
            break;
        case XJ_AA_QUEUED:
        case XJ_AA_ANSWERED:
        case XJ_AA_NOT_TAKEN:
            tell_waiters(host, &action, size);
            break;
        case XJ_AA_REGISTERED:
            tell_registrar(host, &action);
            break;
        case XJ_AA_TOLD:
            told(host, turn, &action);
            break;
        case XJ_AA_FOLD:
            if (xj_db_checkpoint(host->db, true) != XJ_OK)
                xj_say(XJ_SAY_WARNING, "the write-ahead log could not be folded after an order was carried out");
            break;
        case XJ_AA_NOTICE:
            say_notice(&action.bytes);
            break;
        case XJ_AA_INVALID:
            break;
        }
        xj_buf_free(&action.bytes);
    }
}

static enum xj_err objects(struct xj_agent_host *host, struct xj_host_request *r)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < r->count; i++)
        err = xj_object_get(host->db, &r->digests[i], &r->objects[i]);
    return err;
}

static void serve(struct xj_agent_host *host, struct xj_host_event *event)
{
    struct xj_host_request *r = event->request;
    enum xj_err err = event->kind == XJ_HE_SNAPSHOT  ? xj_db_snapshot(host->db, r->path)
                      : event->kind == XJ_HE_OBJECTS ? objects(host, r)
                                                     : xj_ledger_items(host->db, host->log, r->after, r->max, r->items, &r->count);
    pthread_mutex_lock(&host->lock);
    r->err = err;
    r->done = true;
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
    xj_host_event_free(event);
}

/* ---- the loop ---- */

static enum xj_err checkpoint(struct xj_agent_host *host, bool always)
{
    char origin[XJ_MAX_AGENCY_BYTES + 16];
    struct xj_buf note;
    struct xj_agent_figures f;
    xj_agent_figures(host->core, &f);
    if (!f.keyed || xj_log_unchecked(host->log) < (always ? 1 : XJ_LOG_CHECKPOINT))
        return XJ_OK; /* a key that the register does not have signs nothing */
    snprintf(origin, sizeof origin, "xianjie/%s", host->o.agency);
    xj_buf_init(&note, 4096);
    int64_t now = host->o.env->now_ms(host->o.env->ctx);
    enum xj_err err = xj_log_checkpoint(host->log, origin, &host->o.keys->sign, now, &note);
    xj_buf_free(&note);
    host->checkpoint_size = xj_log_size(host->log);
    host->checkpoint_ms = now;
    return err;
}

static int wait_ms(const struct xj_agent_host *host)
{
    struct xj_agent_figures f;
    xj_agent_figures(host->core, &f);
    int64_t wait = f.next_tick_ms - host->o.env->now_ms(host->o.env->ctx);
    return wait < 0 ? 0 : wait > 1000 ? 1000 : (int)wait;
}

static void one_turn(struct xj_agent_host *host, struct turn *turn)
{
    struct xj_host_event *event = xj_queue_pop(host->events, wait_ms(host));
    struct xj_agent_event tick = {.kind = XJ_AE_TICK};
    const bool idle = event == NULL; /* the log is folded in when nobody waits */
    turn->request_count = turn->told_count = turn->told_next = 0;
    enum xj_err err = xj_db_begin(host->db);
    if (err == XJ_OK)
        err = xj_agent_step(host->core, &tick);
    for (size_t i = 1; err == XJ_OK && event != NULL; i++) {
        err = take_in(host, turn, event);
        event = err == XJ_OK && i < XJ_HOST_BATCH && !turn->stop ? xj_queue_try_pop(host->events) : NULL;
    }
    if (err == XJ_OK)
        err = xj_agent_flush(host->core);
    if (err == XJ_OK)
        err = checkpoint(host, turn->stop);
    if (err != XJ_OK) {
        xj_db_rollback(host->db);
        xj_host_die("ledger", err);
    }
    err = xj_db_commit(host->db);
    if (err != XJ_OK)
        xj_host_die("commit", err);
    release(host, turn);
    xj_host_publish(host); /* before serving: reading for the view takes longer than telling that something is there */
    for (size_t i = 0; i < turn->request_count; i++)
        serve(host, turn->requests[i]);
    if (idle && (err = xj_db_checkpoint(host->db, false)) != XJ_OK)
        xj_say(XJ_SAY_WARNING, "the write-ahead log could not be folded: %s", xj_err_name(err));
}

/* States that an operator must know of are logged once, when they begin. */
static void watch_state(const struct xj_agent_host *host, enum xj_agent_state *last)
{
    struct xj_agent_figures f;
    xj_agent_figures(host->core, &f);
    if (f.state == *last)
        return;
    *last = f.state;
    bool fine = f.state == XJ_AGENT_READY || f.state == XJ_AGENT_OFFLINE;
    xj_say(fine ? XJ_SAY_INFO : XJ_SAY_ERROR, "state %s%s%s / %s", xj_agent_state_name(f.state),
           f.why_en[0] != 0 ? ": " : "", f.why_en, f.why_zh);
}

void *xj_host_logic(void *arg)
{
    struct xj_agent_host *host = arg;
    struct turn turn = {.stop = false};
    enum xj_agent_state last = XJ_AGENT_INVALID;
    while (!turn.stop) {
        one_turn(host, &turn);
        watch_state(host, &last);
    }
    enum xj_err err = xj_db_checkpoint(host->db, true);
    if (err != XJ_OK)
        xj_say(XJ_SAY_WARNING, "the write-ahead log could not be folded at the stop: %s", xj_err_name(err));
    return NULL;
}
