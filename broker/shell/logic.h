/* The exchange's logic thread: owns the core and the journal; drains what is ready into one transaction and releases the
 * actions only after its COMMIT. Spec: spec/04-exchange.md, section 7. */
#ifndef XJ_BROKER_LOGIC_H
#define XJ_BROKER_LOGIC_H

#include "broker/shell/net.h"

struct xj_logic {
    struct xj_exchange *core;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_net *net;
    struct xj_queue *in, *out;
    bool recovering;   /* as last said to the operator */
    int64_t ticked_ms; /* when the core was last told that time passes, by CLOCK_MONOTONIC; 0: never */
    const struct xj_sign_key *sign; /* of checkpoints */
    char origin[64];                /* their first line */
};

/* Runs until the in-queue is closed and empty. XJ_OK then; any other value is a world error after which the process must
 * end: the outcome of the last batch is unknown and a restart re-reads it. */
enum xj_err xj_logic_run(struct xj_logic *l);

/* A clean stop leaves a signed checkpoint and one whole file. After xj_logic_run, on the same rules. */
enum xj_err xj_logic_close(struct xj_logic *l);

#endif
