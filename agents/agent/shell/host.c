#include "agents/agent/shell/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents/agent/shell/host_private.h"

/* ---- waiting ---- */

struct timespec xj_host_until(int64_t wait_ms)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    if (wait_ms > 86400000)
        wait_ms = 86400000;
    t.tv_sec += (time_t)(wait_ms / 1000);
    t.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_sec++;
        t.tv_nsec -= 1000000000L;
    }
    return t;
}

/* With the lock held; false when the time is over. */
static bool sleep_on(struct xj_agent_host *host, pthread_cond_t *cond, const struct timespec *end)
{
    return pthread_cond_timedwait(cond, &host->lock, end) != ETIMEDOUT;
}

enum xj_err xj_host_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr) != 0)
        return XJ_ENOMEM;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    const bool made = pthread_cond_init(cond, &attr) == 0;
    pthread_condattr_destroy(&attr);
    return made ? XJ_OK : XJ_ENOMEM;
}

void xj_host_wake_waiters(struct xj_agent_host *host)
{
    for (struct xj_host_waiter *w = host->waiters; w != NULL; w = w->next)
        if (host->stopping || (w->answer.progress == XJ_HOST_ANSWERED && host->figures.view_applied >= w->need_view))
            pthread_cond_signal(&w->moved);
}

bool xj_host_push(struct xj_agent_host *host, const struct xj_host_event *event)
{
    struct xj_host_event *copy = malloc(sizeof *copy);
    if (copy == NULL)
        return false;
    *copy = *event;
    if (xj_queue_push(host->events, copy))
        return true;
    free(copy);
    return false;
}

/* The request lives with its asker, so the asker leaves only when it has been served; the logic thread serves whatever is
 * in its queue before it ends. */
enum xj_err xj_host_ask(struct xj_agent_host *host, enum xj_host_event_kind kind, struct xj_host_request *request)
{
    struct xj_host_event event = {.kind = kind, .request = request};
    request->done = false;
    if (!xj_host_push(host, &event))
        return XJ_ESTATE;
    pthread_mutex_lock(&host->lock);
    while (!request->done)
        pthread_cond_wait(&host->changed, &host->lock);
    pthread_mutex_unlock(&host->lock);
    return request->err;
}

/* ---- for the API ---- */

const struct xj_host_options *xj_host_options(const struct xj_agent_host *host)
{
    return &host->o;
}

void xj_host_figures(struct xj_agent_host *host, struct xj_host_figures *ret)
{
    pthread_mutex_lock(&host->lock);
    *ret = host->figures;
    pthread_mutex_unlock(&host->lock);
}

bool xj_host_wait_view(struct xj_agent_host *host, uint64_t n, int64_t wait_ms)
{
    struct timespec end = xj_host_until(wait_ms);
    pthread_mutex_lock(&host->lock);
    while (!host->stopping && host->figures.view_applied < n && sleep_on(host, &host->changed, &end))
        continue;
    bool there = host->figures.view_applied >= n;
    pthread_mutex_unlock(&host->lock);
    return there;
}

static bool waiter_content(const struct xj_agent_host *host, const struct xj_host_waiter *w, int64_t wait_ms)
{
    if (host->stopping || (w->decided && (w->answer.progress == XJ_HOST_NOT_TAKEN || wait_ms == 0)))
        return true;
    return w->answer.progress == XJ_HOST_ANSWERED && host->figures.view_applied >= w->need_view;
}

/* Whether an act is in the ledger is said only by the logic thread. So the time-out counts from there on: a caller that
 * left before could not know whether to try again. A commit takes milliseconds; a disk that hangs ends the process. */
static void wait_for(struct xj_agent_host *host, struct xj_host_waiter *w, int64_t wait_ms)
{
    struct timespec end = xj_host_until(wait_ms);
    while (!host->stopping && !w->decided)
        pthread_cond_wait(&w->moved, &host->lock);
    while (!waiter_content(host, w, wait_ms) && sleep_on(host, &w->moved, &end))
        continue;
    if (w->answer.progress == XJ_HOST_ANSWERED && host->figures.view_applied >= w->need_view)
        w->answer.progress = XJ_HOST_APPLIED;
}

static void waiter_leave(struct xj_agent_host *host, const struct xj_host_waiter *w)
{
    struct xj_host_waiter **at = &host->waiters;
    while (*at != NULL && *at != w)
        at = &(*at)->next;
    if (*at != NULL)
        *at = w->next;
}

enum xj_err xj_host_submit(struct xj_agent_host *host, struct xj_outgoing **out, int64_t wait_ms, struct xj_host_answer *ret)
{
    struct xj_host_waiter w = {.id = (*out)->header.id};
    struct xj_host_event event = {.kind = XJ_HE_SUBMIT, .outgoing = *out};
    memset(ret, 0, sizeof *ret);
    if (xj_host_cond_init(&w.moved) != XJ_OK) {
        xj_outgoing_free(*out);
        *out = NULL;
        return XJ_ENOMEM;
    }
    xj_buf_init(&w.answer.statement, XJ_MAX_STATEMENT_BYTES);
    pthread_mutex_lock(&host->lock);
    w.next = host->waiters;
    host->waiters = &w;
    pthread_mutex_unlock(&host->lock);
    bool pushed = xj_host_push(host, &event);
    if (!pushed)
        xj_outgoing_free(*out);
    *out = NULL;
    pthread_mutex_lock(&host->lock);
    if (pushed)
        wait_for(host, &w, wait_ms);
    waiter_leave(host, &w);
    pthread_mutex_unlock(&host->lock);
    pthread_cond_destroy(&w.moved);
    enum xj_err err = !pushed || !w.decided ? XJ_ESTATE : w.answer.statement.err;
    if (err == XJ_OK)
        *ret = w.answer;
    else
        xj_buf_free(&w.answer.statement);
    return err;
}

void xj_host_answer_free(struct xj_host_answer *answer)
{
    xj_buf_free(&answer->statement);
}

enum xj_err xj_host_snapshot(struct xj_agent_host *host, const char *path)
{
    struct xj_host_request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->path = path;
    enum xj_err err = xj_host_ask(host, XJ_HE_SNAPSHOT, r);
    free(r);
    return err;
}

enum xj_err xj_host_objects(struct xj_agent_host *host, const struct xj_hash *digests, size_t count, struct xj_buf *ret)
{
    struct xj_host_request *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->digests = digests;
    r->count = count;
    r->objects = ret;
    enum xj_err err = xj_host_ask(host, XJ_HE_OBJECTS, r);
    free(r);
    return err;
}

enum xj_err xj_host_item(struct xj_agent_host *host, uint64_t n, struct xj_ledger_item *ret)
{
    struct xj_host_request *r = n > 0 ? calloc(1, sizeof *r) : NULL;
    if (r == NULL)
        return n > 0 ? XJ_ENOMEM : XJ_ENOTFOUND;
    r->after = n - 1;
    r->max = 1;
    enum xj_err err = xj_host_ask(host, XJ_HE_ITEMS, r);
    if (err == XJ_OK && r->count == 1)
        *ret = r->items[0];
    else if (err == XJ_OK)
        err = XJ_ENOTFOUND;
    free(r);
    return err;
}

enum xj_err xj_host_told(struct xj_agent_host *host, const struct xj_slice *heads, size_t count, uint64_t *entries)
{
    struct xj_host_told told = {.heads = heads, .entries = entries, .count = count};
    struct xj_host_event event = {.kind = XJ_HE_TOLD, .told = &told};
    if (count == 0)
        return XJ_OK;
    if (!xj_host_push(host, &event))
        return XJ_ESTATE;
    pthread_mutex_lock(&host->lock);
    while (!told.done)
        pthread_cond_wait(&host->changed, &host->lock);
    pthread_mutex_unlock(&host->lock);
    return told.err;
}

enum xj_err xj_host_override(struct xj_agent_host *host, struct xj_slice who)
{
    struct xj_host_event event = {.kind = XJ_HE_OVERRIDE};
    xj_buf_init(&event.bytes, 4096);
    xj_buf_add_slice(&event.bytes, who);
    enum xj_err err = event.bytes.err;
    if (err == XJ_OK && xj_host_push(host, &event))
        return XJ_OK;
    xj_buf_free(&event.bytes);
    return err == XJ_OK ? XJ_ESTATE : err;
}

static enum xj_err register_wait(struct xj_agent_host *host, int64_t wait_ms, uint64_t *ret_number, struct xj_buf *ret_why)
{
    struct timespec end = xj_host_until(wait_ms);
    pthread_mutex_lock(&host->lock);
    while (!host->stopping && !host->register_done && sleep_on(host, &host->changed, &end))
        continue;
    enum xj_err err = !host->register_done ? XJ_ESTATE : host->register_taken ? XJ_OK : XJ_EDENIED;
    *ret_number = host->register_number;
    if (err == XJ_EDENIED)
        xj_buf_add_slice(ret_why, xj_buf_slice(&host->register_why));
    host->register_busy = false;
    pthread_mutex_unlock(&host->lock);
    return err;
}

enum xj_err xj_host_register(struct xj_agent_host *host, struct xj_slice entry, struct xj_slice signature, int64_t wait_ms,
                             uint64_t *ret_number, struct xj_buf *ret_why)
{
    struct xj_host_event event = {.kind = XJ_HE_REGISTER};
    xj_buf_init(&event.bytes, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&event.signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_slice(&event.bytes, entry);
    xj_buf_add_slice(&event.signature, signature);
    enum xj_err err = event.bytes.err != XJ_OK ? event.bytes.err : event.signature.err;
    pthread_mutex_lock(&host->lock);
    if (err == XJ_OK && host->register_busy)
        err = XJ_ESTATE;
    if (err == XJ_OK) {
        host->register_busy = true;
        host->register_done = host->register_taken = false;
        host->register_number = 0;
    }
    pthread_mutex_unlock(&host->lock);
    if (err == XJ_OK && xj_host_push(host, &event))
        return register_wait(host, wait_ms, ret_number, ret_why);
    xj_buf_free(&event.bytes);
    xj_buf_free(&event.signature);
    if (err == XJ_OK) {
        pthread_mutex_lock(&host->lock);
        host->register_busy = false;
        pthread_mutex_unlock(&host->lock);
        err = XJ_ESTATE;
    }
    return err;
}
