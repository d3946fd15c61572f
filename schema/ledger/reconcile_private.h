/* What the parts of the comparison share. Only schema/ledger/reconcile*.c. Spec: spec/17-reconcile.md. */
#ifndef XJ_RECONCILE_PRIVATE_H
#define XJ_RECONCILE_PRIVATE_H

#include "schema/ledger/reconcile.h"

struct xj_reconciling {
    struct xj_account *side[2];
    const struct xj_account *reg; /* of the two, the one whose register reaches further */
    struct xj_reconciled *ret;
    enum xj_err err;
};

/* Appends a finding; signatures are for the caller to have asked. */
void xj_rc_add(struct xj_reconciling *r, const struct xj_reconcile_finding *f);
/* Loads both accounts and picks the register. Copies of one file are loaded only when something is found: it reads all of them. */
enum xj_err xj_rc_load(struct xj_reconciling *r);
/* The parts, in the order of spec 17. */
void xj_rc_register(struct xj_reconciling *r);
void xj_rc_messages(struct xj_reconciling *r);
void xj_rc_stored(struct xj_reconciling *r);
void xj_rc_delivered(struct xj_reconciling *r);
void xj_rc_heads(struct xj_reconciling *r);
void xj_rc_copies(struct xj_reconciling *r, bool whole);

#endif
