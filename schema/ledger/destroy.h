/* Destroying the content of the messages that an order covers, in one ledger or journal. The logic thread, in its open transaction.
 * Spec: spec/18-orders.md, section 2. */
#ifndef XJ_DESTROY_H
#define XJ_DESTROY_H

#include "schema/ledger/log.h"
#include "schema/trust/order.h"
#include "schema/wire/destroyed.h"

/* How a message of the log was answered. */
struct xj_destroy_answer {
    bool answered, admitted; /* false: not yet; refused */
    uint64_t register_number;
};
struct xj_destroy_hooks {
    void *ctx;
    enum xj_err (*answer)(void *ctx, const struct xj_entry *message, const struct xj_header *h, struct xj_destroy_answer *ret);
    /* Whether the content of that message was destroyed in an earlier round, or by an earlier order. */
    enum xj_err (*gone)(void *ctx, const struct xj_id *message, bool *ret);
    /* Told of each message whose content goes, in the order of the log; may be NULL. h is borrowed. */
    enum xj_err (*going)(void *ctx, const struct xj_header *h);
};

/* One round over entries *from and on: as many covered messages as one statement holds. Deletes their objects but those that a message
 * not covered names, sets *from to where the next round begins and *ret_more when there is something behind. Fills the lists of
 * ret, which the caller frees (xj_destroyed_free), also after an error; messages that are gone already are listed once more. */
enum xj_err xj_destroy_round(struct xj_log *log, const struct xj_order *order, const struct xj_destroy_hooks *hooks, uint64_t *from,
                             bool *ret_more, struct xj_destroyed *ret);

#endif
