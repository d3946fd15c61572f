/* What the threads of the running agent share. Only the files of this folder.
 * Locking: `lock` guards everything under it; the core, the ledger and the log belong to the logic thread alone, the view's
 * writer to the view thread alone. Who waits for an act sleeps on a condition of his own, so that a busy moment wakes each
 * submitter once and not all of them with every commit; everybody else sleeps on `changed`, which is broadcast whenever
 * anything under the lock moves. */
#ifndef XJ_HOST_PRIVATE_H
#define XJ_HOST_PRIVATE_H

#include <pthread.h>
#include <time.h>

#include "agents/agent/shell/host.h"
#include "agents/agent/shell/link.h"
#include "agents/agent/view/view.h"

#define XJ_HOST_EVENTS 64u     /* in the logic thread's queue: at most 64 frames of 2 MiB */
#define XJ_HOST_BATCH 256u     /* events of one commit */
#define XJ_HOST_ITEMS 512u     /* ledger entries handed to the view at once */

enum xj_host_event_kind {
    XJ_HE_INVALID = 0,
    XJ_HE_LINK,     /* link */
    XJ_HE_SUBMIT,   /* outgoing */
    XJ_HE_REGISTER, /* bytes, signature */
    XJ_HE_ITEMS,    /* request: ledger entries for the view */
    XJ_HE_SNAPSHOT, /* request: a copy of the ledger */
    XJ_HE_OBJECTS,  /* request: sealed bytes by their digests */
    XJ_HE_TOLD,     /* told */
    XJ_HE_OVERRIDE, /* bytes: who and why */
    XJ_HE_POISON,   /* number: an entry that the view put aside */
    XJ_HE_STOP
};
struct xj_host_event {
    enum xj_host_event_kind kind;
    struct xj_link_event *link;
    struct xj_outgoing *outgoing;
    struct xj_buf bytes, signature;
    uint64_t number;
    struct xj_host_told *told;
    struct xj_host_request *request; /* the asker's, who waits until done */
};
/* Served between two transactions: what it reads is committed. */
struct xj_host_request {
    uint64_t after;
    struct xj_ledger_item items[XJ_HOST_ITEMS];
    size_t max, count;
    const char *path;
    const struct xj_hash *digests; /* count of them */
    struct xj_buf *objects;
    enum xj_err err;
    bool done;
};

/* Entries of kind told to append in one transaction; lives with its asker, who waits until done. */
struct xj_host_told {
    const struct xj_slice *heads;
    uint64_t *entries;
    size_t count, answered;
    enum xj_err err;
    bool done;
};

/* Somebody who waits for an act; lives on that thread's stack. */
struct xj_host_waiter {
    struct xj_id id;
    struct xj_host_answer answer;
    bool decided;       /* NOT_TAKEN, or QUEUED at least */
    uint64_t need_view; /* ledger size that holds the answer */
    pthread_cond_t moved;
    struct xj_host_waiter *next;
};

struct xj_agent_host {
    struct xj_host_options o;
    struct xj_queue *events; /* of struct xj_host_event */
    struct xj_link *link;
    pthread_t logic_thread, view_thread;
    bool logic_running, view_running;

    /* the logic thread's alone */
    struct xj_db *db;
    struct xj_log *log;
    struct xj_agent *core;
    uint64_t checkpoint_size;
    int64_t checkpoint_ms;

    struct xj_view *view; /* the view thread's alone */
    struct xj_trail *trail; /* of the entries it folds */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    struct xj_host_figures figures;
    struct xj_host_waiter *waiters;
    bool register_busy, register_done, register_taken;
    uint64_t register_number;
    struct xj_buf register_why;
};

void *xj_host_logic(void *host); /* thread */
void *xj_host_viewer(void *host); /* thread */
/* Copies the core's figures and wakes whoever waits; the logic thread, after a commit and before the first. */
void xj_host_publish(struct xj_agent_host *host);
/* So many ms from now on the monotonic clock, at most a day. */
struct timespec xj_host_until(int64_t wait_ms);
/* A condition on the monotonic clock. XJ_ENOMEM. */
enum xj_err xj_host_cond_init(pthread_cond_t *cond);
/* With the lock held: wakes those whose answer the view now holds; all of them when stopping. */
void xj_host_wake_waiters(struct xj_agent_host *host);
/* Puts an event into the queue; false when the host is stopping (the caller still owns what is in it). Waits for room. */
bool xj_host_push(struct xj_agent_host *host, const struct xj_host_event *event);
/* Hands a request to the logic thread and waits until it is served. XJ_ESTATE when stopping, else request->err. */
enum xj_err xj_host_ask(struct xj_agent_host *host, enum xj_host_event_kind kind, struct xj_host_request *request);
void xj_host_event_free(struct xj_host_event *event);
/* Logs and ends the process: what was committed is safe, what was not is as if it had never been (spec 00, 5). */
_Noreturn void xj_host_die(const char *what, enum xj_err err);

#endif
