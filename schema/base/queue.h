/* A bounded queue of pointers between two threads, with a file descriptor that a poll loop can wait on. Shells only; a core
 * never sees one. Full means: the producer waits or refuses, so memory stays bounded and credit runs out upstream. */
#ifndef XJ_QUEUE_H
#define XJ_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "schema/base/err.h"

struct xj_queue;

/* capacity items; XJ_ENOMEM or XJ_EIO (no eventfd). */
enum xj_err xj_queue_new(size_t capacity, struct xj_queue **ret);
/* Frees the queue, not what is in it: drain it first. NULL is fine. */
void xj_queue_free(struct xj_queue *q);

/* Takes the item over. False when full or closed: the caller still owns it. */
bool xj_queue_try_push(struct xj_queue *q, void *item);
/* Waits for room. False only when the queue was closed. */
bool xj_queue_push(struct xj_queue *q, void *item);
/* The oldest item, or NULL when there is none; never waits. */
void *xj_queue_try_pop(struct xj_queue *q);
/* Waits up to timeout_ms (negative: without end) for an item; NULL on time-out or when closed and empty. */
void *xj_queue_pop(struct xj_queue *q, int timeout_ms);
/* Ends waiting on both sides; what is in the queue can still be popped. */
void xj_queue_close(struct xj_queue *q);
bool xj_queue_is_closed(struct xj_queue *q);
/* Readable while the queue is not empty. */
int xj_queue_fd(const struct xj_queue *q);

#endif
