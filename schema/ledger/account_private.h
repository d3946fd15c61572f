/* What the parts of an account share. Only schema/ledger/account*.c and bisect.c. Spec: spec/17-reconcile.md. */
#ifndef XJ_ACCOUNT_PRIVATE_H
#define XJ_ACCOUNT_PRIVATE_H

#include "schema/ledger/account.h"
#include "schema/ledger/memory_store.h"
#include "schema/ledger/sql.h"

struct xj_account_inside {
    struct xj_db *db; /* NULL: a note */
    const uint8_t *root_key;
    struct xj_memory_store *facts; /* the register, folded */
    bool register_broken;
    struct xj_buf note; /* text of a note */
    int64_t row_kind;   /* of the row that is shown, as it stands there */
    enum xj_err err;    /* a world error met by something that has no room to tell it: what was said since is worth nothing */
    struct xj_verify_cache cache;
};

/* Whether something could be read or decoded; a world error stays in the account, and xj_reconcile ends with it. */
bool xj_acc_good(struct xj_account *a, enum xj_err err);

/* The row of an entry: views until the next. False stops. */
typedef bool xj_acc_row(void *arg, const struct xj_entry *e);
enum xj_err xj_acc_rows(struct xj_account *a, xj_acc_row *visit, void *arg);

#endif
