#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agents/agent/shell/host_private.h"
#include "schema/base/say.h"

#define VIEW_NICE 10
#define WATCH_MS 1000  /* between two looks at what time has brought */
#define SETTLE_MS 50   /* with nothing new for so long the view is at rest, and worth a look */
#define PATIENCE_MS 10000 /* where it never comes to rest, time is looked at all the same */
#define WATCH_BATCH 64u

enum outlook { STOPPING, BEHIND, AT_HEAD };

/* Whether the ledger holds more than the view; waits until it does, at most wait_ms. */
static enum outlook look(struct xj_agent_host *host, uint64_t applied, int64_t wait_ms)
{
    struct timespec end = xj_host_until(wait_ms);
    int rc = 0;
    pthread_mutex_lock(&host->lock);
    while (!host->stopping && host->figures.agent.ledger_size <= applied && rc != ETIMEDOUT)
        rc = pthread_cond_timedwait(&host->changed, &host->lock, &end);
    enum outlook now = host->stopping ? STOPPING : host->figures.agent.ledger_size > applied ? BEHIND : AT_HEAD;
    pthread_mutex_unlock(&host->lock);
    return now;
}

/* After a recovery, not before the view has read all that came back: what is told of half a ledger are false alarms. */
static bool may_tell(struct xj_agent_host *host)
{
    pthread_mutex_lock(&host->lock);
    bool may = host->figures.view_applied >= host->figures.agent.recovered_entry;
    pthread_mutex_unlock(&host->lock);
    return may;
}

static void publish(struct xj_agent_host *host)
{
    uint64_t applied = xj_view_applied(host->view);
    pthread_mutex_lock(&host->lock);
    host->figures.view_applied = applied;
    xj_host_wake_waiters(host);
    pthread_cond_broadcast(&host->changed);
    pthread_mutex_unlock(&host->lock);
}

/* The view is derived: one that cannot take an entry is thrown away once and folded anew; a second time is not the view's
 * doing. */
static enum xj_err apply(struct xj_agent_host *host, struct xj_host_request *r, bool *ret_cleared)
{
    enum xj_err err = xj_view_apply(host->view, r->items, r->count);
    if (err == XJ_OK || err == XJ_ENOMEM || err == XJ_EFULL || err == XJ_EIO || *ret_cleared)
        return err;
    xj_say(XJ_SAY_ERROR, "the view cannot take an entry after %llu (%s); folding it anew", (unsigned long long)r->after,
           xj_err_name(err));
    *ret_cleared = true;
    return xj_view_clear(host->view);
}

/* An entry that ended this program each time it was folded is on record as such. */
static void tell_put_aside(struct xj_agent_host *host)
{
    const uint64_t entry = xj_view_put_aside(host->view);
    if (entry == 0)
        return;
    xj_say(XJ_SAY_ERROR, "entry %llu ended this program each time it was folded; it is shown unread", (unsigned long long)entry);
    (void)xj_host_push(host, &(struct xj_host_event){.kind = XJ_HE_POISON, .number = entry}); /* false: stopping */
}

static enum xj_err fold(struct xj_agent_host *host, struct xj_host_request *r, bool *ret_cleared)
{
    r->after = xj_view_applied(host->view);
    r->count = 0;
    r->max = XJ_HOST_ITEMS;
    enum xj_err err = xj_host_ask(host, XJ_HE_ITEMS, r);
    if (err == XJ_OK)
        err = apply(host, r, ret_cleared);
    tell_put_aside(host);
    for (size_t i = 0; i < r->count; i++)
        xj_ledger_item_free(&r->items[i]);
    if (err == XJ_OK)
        publish(host);
    return err;
}

/* ---- alerts and limits, when the view is at the ledger's head ---- */

struct findings {
    struct xj_buf heads[WATCH_BATCH];
    size_t count;
};

static bool find(void *arg, const struct xj_told *t)
{
    struct findings *f = arg;
    struct xj_buf *head = &f->heads[f->count++];
    xj_buf_init(head, XJ_MAX_STATEMENT_BYTES);
    xj_told_encode(t, head);
    return f->count < WATCH_BATCH;
}

static enum xj_err watch(struct xj_agent_host *host, struct findings *f)
{
    struct xj_slice heads[WATCH_BATCH];
    uint64_t entries[WATCH_BATCH];
    size_t stages = 0;
    f->count = 0;
    while (stages < XJ_HOST_STAGES && host->o.warn_percent[stages] > 0)
        stages++;
    enum xj_err err = xj_view_watch(host->view, host->o.env->now_ms(host->o.env->ctx), host->o.warn_percent, stages, find, f);
    for (size_t i = 0; i < f->count; i++) {
        heads[i] = xj_buf_slice(&f->heads[i]);
        if (err == XJ_OK)
            err = f->heads[i].err;
    }
    if (err == XJ_OK)
        err = xj_host_told(host, heads, f->count, entries);
    for (size_t i = 0; i < f->count; i++)
        xj_buf_free(&f->heads[i]);
    return err;
}

void *xj_host_viewer(void *arg)
{
    struct xj_agent_host *host = arg;
    struct xj_host_request *r = calloc(1, sizeof *r);
    struct findings *f = calloc(1, sizeof *f);
    bool cleared = false;
    enum xj_err err = r == NULL || f == NULL ? XJ_ENOMEM : XJ_OK;
    int64_t wait_ms = 0, watched_ms = 0;
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), VIEW_NICE); /* recording goes before showing; no harm if not allowed */
    for (enum outlook now = AT_HEAD; err == XJ_OK && now != STOPPING;) {
        now = look(host, xj_view_applied(host->view), wait_ms);
        if (now == BEHIND)
            err = fold(host, r, &cleared);
        const int64_t clock = host->o.env->now_ms(host->o.env->ctx);
        if (err == XJ_OK && may_tell(host) && (now == AT_HEAD || (now == BEHIND && clock - watched_ms > PATIENCE_MS))) {
            err = watch(host, f);
            watched_ms = clock;
        }
        wait_ms = now == AT_HEAD ? WATCH_MS : SETTLE_MS;
    }
    if (err != XJ_OK && err != XJ_ESTATE) {
        if (err != XJ_EIO && err != XJ_EFULL && err != XJ_ENOMEM)
            xj_trail_died(host->trail);
        xj_host_die("view", err);
    }
    free(f);
    free(r);
    return NULL;
}
