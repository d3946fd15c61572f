/* Entries of kind recovery: this ledger was lost, and what the exchange's WELCOME said of it. Pure; any thread.
 * Spec: spec/04-exchange.md, section 12; spec/05-ledger.md, section 2. */
#ifndef XJ_RECOVERY_H
#define XJ_RECOVERY_H

#include "schema/wire/statement.h"

struct xj_recovery {
    struct xj_id exchange; /* store id */
    uint64_t epoch;
    struct xj_lost lost;
};
/* Appends the head. */
void xj_recovery_encode(const struct xj_recovery *r, struct xj_buf *out);
/* XJ_EMALFORMED, XJ_ENOMEM. */
enum xj_err xj_recovery_decode(struct xj_slice head, struct xj_recovery *ret);

#endif
