#include "schema/base/queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct xj_queue {
    pthread_mutex_t lock;
    pthread_cond_t room, items;
    void **ring;
    size_t capacity, head, count;
    bool closed;
    int fd;
};

enum xj_err xj_queue_new(size_t capacity, struct xj_queue **ret)
{
    *ret = NULL;
    struct xj_queue *q = calloc(1, sizeof *q);
    if (!q) return XJ_ENOMEM;
    q->capacity = capacity;
    q->ring = calloc(capacity, sizeof *q->ring);
    if (!q->ring) {
        free(q);
        return XJ_ENOMEM;
    }
    q->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (q->fd < 0) {
        free(q->ring);
        free(q);
        return XJ_EIO;
    }
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->room, NULL);
    pthread_cond_init(&q->items, &attr);
    pthread_condattr_destroy(&attr);
    *ret = q;
    return XJ_OK;
}

void xj_queue_free(struct xj_queue *q)
{
    if (!q) return;
    close(q->fd);
    pthread_cond_destroy(&q->room);
    pthread_cond_destroy(&q->items);
    pthread_mutex_destroy(&q->lock);
    free(q->ring);
    free(q);
}

/* The descriptor is a level, not a count: set on the first item, cleared with the last. Neither call waits, so no signal cuts it. */
static void fd_set_level(struct xj_queue *q, bool on)
{
    uint64_t v = 1;
    const ssize_t n = on ? write(q->fd, &v, sizeof v) : read(q->fd, &v, sizeof v);
    (void)n;
}

static void put(struct xj_queue *q, void *item)
{
    q->ring[(q->head + q->count) % q->capacity] = item;
    if (q->count++ == 0) fd_set_level(q, true);
    pthread_cond_signal(&q->items);
}

static void *take(struct xj_queue *q)
{
    void *item = q->ring[q->head];
    q->head = (q->head + 1) % q->capacity;
    if (--q->count == 0) fd_set_level(q, false);
    pthread_cond_signal(&q->room);
    return item;
}

bool xj_queue_try_push(struct xj_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    const bool ok = !q->closed && q->count < q->capacity;
    if (ok) put(q, item);
    pthread_mutex_unlock(&q->lock);
    return ok;
}

bool xj_queue_push(struct xj_queue *q, void *item)
{
    pthread_mutex_lock(&q->lock);
    while (!q->closed && q->count == q->capacity) pthread_cond_wait(&q->room, &q->lock);
    const bool ok = !q->closed;
    if (ok) put(q, item);
    pthread_mutex_unlock(&q->lock);
    return ok;
}

void *xj_queue_try_pop(struct xj_queue *q)
{
    pthread_mutex_lock(&q->lock);
    void *item = q->count ? take(q) : NULL;
    pthread_mutex_unlock(&q->lock);
    return item;
}

void *xj_queue_pop(struct xj_queue *q, int timeout_ms)
{
    struct timespec until = {0};
    if (timeout_ms >= 0) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
        if (until.tv_nsec >= 1000000000L) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000L;
        }
    }
    pthread_mutex_lock(&q->lock);
    int rc = 0;
    while (!q->count && !q->closed && rc != ETIMEDOUT)
        rc = timeout_ms < 0 ? pthread_cond_wait(&q->items, &q->lock) : pthread_cond_timedwait(&q->items, &q->lock, &until);
    void *item = q->count ? take(q) : NULL;
    pthread_mutex_unlock(&q->lock);
    return item;
}

void xj_queue_close(struct xj_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->items);
    pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}

bool xj_queue_is_closed(struct xj_queue *q)
{
    pthread_mutex_lock(&q->lock);
    const bool closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return closed;
}

int xj_queue_fd(const struct xj_queue *q)
{
    return q->fd;
}
