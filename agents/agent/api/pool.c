#include "agents/agent/api/pool.h"

static enum xj_err one_item(void *ctx, uint64_t n, struct xj_ledger_item *ret)
{
    return xj_host_item(ctx, n, ret);
}

bool xj_pool_init(struct xj_pool *pool, struct xj_agent_host *host)
{
    *pool = (struct xj_pool){.options = xj_host_options(host), .host = host};
    if (pthread_mutex_init(&pool->lock, NULL) != 0)
        return false;
    if (pthread_cond_init(&pool->given, NULL) == 0)
        return true;
    pthread_mutex_destroy(&pool->lock);
    return false;
}

void xj_pool_free(struct xj_pool *pool)
{
    for (size_t i = 0; i < pool->idle_count; i++) {
        xj_view_close(pool->idle[i].view);
        xj_pairs_free(pool->idle[i].pairs);
    }
    pool->idle_count = 0;
    pthread_cond_destroy(&pool->given);
    pthread_mutex_destroy(&pool->lock);
}

static enum xj_err open_reader(const struct xj_pool *pool, struct xj_pool_reader *ret)
{
    const struct xj_host_options *o = pool->options;
    struct xj_view_options view = {.path = o->view_path, .agency = o->agency, .root_key = o->anchor != NULL ? o->anchor->root : NULL,
                                   .keys = o->keys, .reader = true, .volatile_ok = o->volatile_ok,
                                   .ledger = {pool->host, one_item}};
    ret->pairs = xj_pairs_new();
    if (ret->pairs == NULL)
        return XJ_ENOMEM;
    enum xj_err err = xj_view_open(&view, &ret->view, NULL);
    if (err != XJ_OK)
        xj_pairs_free(ret->pairs);
    return err;
}

enum xj_err xj_pool_take(struct xj_pool *pool, struct xj_pool_reader *ret)
{
    enum xj_err err = XJ_OK;
    *ret = (struct xj_pool_reader){NULL, NULL};
    pthread_mutex_lock(&pool->lock);
    while (pool->idle_count == 0 && pool->open_count == XJ_POOL_READERS)
        pthread_cond_wait(&pool->given, &pool->lock);
    if (pool->idle_count > 0) {
        *ret = pool->idle[--pool->idle_count];
    } else {
        pool->open_count++;
        pthread_mutex_unlock(&pool->lock);
        err = open_reader(pool, ret);
        pthread_mutex_lock(&pool->lock);
        if (err != XJ_OK) {
            pool->open_count--;
            pthread_cond_signal(&pool->given);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return err;
}

void xj_pool_give(struct xj_pool *pool, struct xj_pool_reader reader)
{
    pthread_mutex_lock(&pool->lock);
    pool->idle[pool->idle_count++] = reader;
    pthread_cond_signal(&pool->given);
    pthread_mutex_unlock(&pool->lock);
}
