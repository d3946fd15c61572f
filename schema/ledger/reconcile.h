/* Two accounts held against each other by somebody who believes neither: what agrees, what differs, who can prove it. Tools; one
 * thread. Spec: spec/17-reconcile.md. */
#ifndef XJ_RECONCILE_H
#define XJ_RECONCILE_H

#include "schema/ledger/account.h"

enum xj_finding_kind {
    XJ_FINDING_INVALID = 0,
    XJ_FINDING_DIFFERS,      /* one of the two is wrong, or somebody said two things */
    XJ_FINDING_OPEN,         /* one side does not have it, and nothing shows that it must by now */
    XJ_FINDING_NOT_CHECKABLE /* said once of what these two cannot show */
};
enum xj_subject_kind {
    XJ_ABOUT_NOTHING = 0, XJ_ABOUT_MESSAGE, XJ_ABOUT_STORED, XJ_ABOUT_FEED, XJ_ABOUT_REGISTER, XJ_ABOUT_HEAD, XJ_ABOUT_ENTRY
};

#define XJ_SIDE_NONE 2u
struct xj_reconcile_finding {
    enum xj_finding_kind kind;
    const char *code;        /* of spec 17, 3 and 4; texts: xj_reconcile_words */
    enum xj_subject_kind about;
    char agency[XJ_MAX_AGENCY_BYTES + 1]; /* sender, who stored, whose feed or ledger; empty: none */
    uint64_t number;         /* submission, first mailbox number, feed number, register number, ledger size, entry */
    struct xj_id id;         /* of a message */
    const char *signer;      /* who had to sign: an agency (borrowed from an account), "exchange", "registrar"; NULL: nobody */
    unsigned lacking;        /* 0, 1: the account that does not have it; XJ_SIDE_NONE: both have something */
    uint64_t entry[2];       /* where it is; 0: nowhere, or not in an entry */
    enum xj_signed is_signed[2];
};

struct xj_reconciled {
    struct xj_reconcile_finding *items;
    size_t count;
    size_t differing, open;
    struct {
        uint64_t messages, answers, stored, delivered, registered, heads, entries; /* compared and alike */
        uint64_t nodes, leaves; /* read of each file to find the first difference of two copies */
    } compared;
};

/* Compares two accounts that were opened, and loads them. whole: copies of one file are also compared row by row, not by what their tree nodes say alone.
 * A world error leaves *ret to be freed. */
enum xj_err xj_reconcile(struct xj_account *a, struct xj_account *b, bool whole, struct xj_reconciled *ret);
void xj_reconciled_free(struct xj_reconciled *r); /* safe on a zeroed struct */

struct xj_reconcile_words {
    const char *code;
    const char *zh, *en;
};
/* The text of a code; never NULL. The i-th code, for tests; NULL past the last. */
const struct xj_reconcile_words *xj_reconcile_words(const char *code);
const struct xj_reconcile_words *xj_reconcile_words_at(size_t i);
/* Appends what the finding's signatures show, as a sentence; a and b are what the reader calls the two accounts. */
void xj_reconcile_proof(const struct xj_reconcile_finding *f, bool zh, const char *a, const char *b, struct xj_buf *out);

#endif
