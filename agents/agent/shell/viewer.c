#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agents/agent/shell/host_private.h"
#include "schema/base/say.h"

#define VIEW_NICE 10

/* Waits until the ledger holds more than the view; false when the host is stopping. */
static bool behind(struct xj_agent_host *host, uint64_t applied)
{
    pthread_mutex_lock(&host->lock);
    while (!host->stopping && host->figures.agent.ledger_size <= applied)
        pthread_cond_wait(&host->changed, &host->lock);
    bool go = !host->stopping;
    pthread_mutex_unlock(&host->lock);
    return go;
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

void *xj_host_viewer(void *arg)
{
    struct xj_agent_host *host = arg;
    struct xj_host_request *r = calloc(1, sizeof *r);
    bool cleared = false;
    if (r == NULL)
        xj_host_die("view", XJ_ENOMEM);
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), VIEW_NICE); /* recording goes before showing; no harm if not allowed */
    while (behind(host, xj_view_applied(host->view))) {
        r->after = xj_view_applied(host->view);
        r->count = 0;
        enum xj_err err = xj_host_ask(host, XJ_HE_ITEMS, r);
        if (err == XJ_ESTATE)
            break;
        if (err == XJ_OK)
            err = apply(host, r, &cleared);
        for (size_t i = 0; i < r->count; i++)
            xj_ledger_item_free(&r->items[i]);
        if (err != XJ_OK)
            xj_host_die("view", err);
        publish(host);
    }
    free(r);
    return NULL;
}
