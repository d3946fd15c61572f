/* Readers of the view, shared by the API's threads: each request takes one, nobody else uses it meanwhile. Any thread.
 * Spec: spec/10-api.md, section 1. Connections open when first needed and stay open. */
#ifndef XJ_API_POOL_H
#define XJ_API_POOL_H

#include <pthread.h>

#include "agents/agent/shell/host.h"
#include "agents/agent/view/view.h"

#define XJ_POOL_READERS 8u

struct xj_pool_reader {
    struct xj_view *view;
    struct xj_pairs *pairs; /* shared secrets of pairs met, for drafting */
};
struct xj_pool {
    const struct xj_host_options *options; /* borrowed, as is host */
    struct xj_agent_host *host;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct xj_pool_reader idle[XJ_POOL_READERS];
    size_t idle_count, open_count;
};

/* False when the lock cannot be made. */
bool xj_pool_init(struct xj_pool *pool, struct xj_agent_host *host);
/* No reader may be out. */
void xj_pool_free(struct xj_pool *pool);
/* Waits until a reader is free. An error when none can be opened (the view is not made yet, memory, disk). */
enum xj_err xj_pool_take(struct xj_pool *pool, struct xj_pool_reader *ret);
void xj_pool_give(struct xj_pool *pool, struct xj_pool_reader reader);

#endif
