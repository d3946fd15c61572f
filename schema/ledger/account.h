/* One account of what happened, opened to be held against another: a ledger, a journal, or a checkpoint note, with the records that
 * two accounts have in common. Tools, on closed files or snapshots; one thread. Spec: spec/17-reconcile.md, sections 1 and 2.
 * Nothing here is believed: who signed what is asked with xj_account_signed. */
#ifndef XJ_ACCOUNT_H
#define XJ_ACCOUNT_H

#include "schema/base/ids.h"
#include "schema/base/limits.h"
#include "schema/ledger/log.h"

enum xj_account_kind { XJ_ACCOUNT_INVALID = 0, XJ_ACCOUNT_LEDGER, XJ_ACCOUNT_JOURNAL, XJ_ACCOUNT_NOTE };

/* A message, with what answered it. */
struct xj_acc_message {
    char from[XJ_MAX_AGENCY_BYTES + 1];
    uint64_t number; /* the sender's */
    struct xj_id id;
    struct xj_hash digest;
    struct xj_hash answer;           /* digest of the statement in its context; zero while there is none */
    enum xj_entry_kind answer_kind;  /* XJ_ENTRY_ADMITTED, XJ_ENTRY_REFUSED, or XJ_ENTRY_INVALID: none */
    uint64_t judged_at;              /* register number of the answer; UINT64_MAX: none */
    uint64_t n, answer_n;            /* entries */
    uint64_t mail_own, mail_other;   /* mailbox numbers of this account's owner and of the other's; 0: none */
    bool shared;                     /* the other account must know of it, too */
};
struct xj_acc_stored {
    bool own; /* the owner's; else the other's */
    uint64_t first, last, ledger_size, register_number, n;
    struct xj_hash digest, ledger_head;
    bool shared;
};
/* A delivered statement: by feed number where the journal is the other account, else one that names the other as recipient. */
struct xj_acc_delivered {
    uint64_t number, register_number, n;
    struct xj_hash digest, stored;
};
/* What an account says the other's ledger looked like: from a journal's notes of HELLO. */
struct xj_acc_claim {
    uint64_t size, n;
    struct xj_hash head;
    struct xj_id store_id;
};

struct xj_account {
    enum xj_account_kind kind;
    char owner[64];
    struct xj_id store_id; /* zero: a note */
    uint64_t size;   /* entries; of a note: what it says */
    struct xj_log *log; /* NULL: a note, or a file whose tree edge is unsound */
    struct xj_acc_message *messages; /* by (from, number) */
    size_t message_count;
    struct xj_acc_stored *stored;    /* by (own, first) */
    size_t stored_count;
    struct xj_acc_delivered *delivered;
    size_t delivered_count;
    struct xj_acc_claim *claims;
    size_t claim_count;
    struct xj_hash *registered; /* digests of the register entries that fold, in order */
    size_t register_count;
    uint64_t mailbox;           /* largest number of the owner's mailbox */
    /* The owner's newest statement that its ledger was lost and came back (04-exchange, 12): what was signed of it before, up to
     * this mailbox number and ledger size, speaks of the lost one. */
    uint64_t lost_mailbox, lost_size;
    bool was_lost;
    struct xj_hash note_root;
    int64_t note_ms;
    struct xj_account_inside *inside;
};

enum xj_signed { XJ_SIGNED_NONE = 0, XJ_SIGNED_YES, XJ_SIGNED_NO, XJ_SIGNED_UNKNOWN };
const char *xj_signed_name(enum xj_signed s); /* "none", "signed", "unsigned", "unknown" */

/* Opens a file; the root key (32 bytes) is borrowed until close. XJ_ENOTFOUND, XJ_ECONFIG (no ledger, journal or note),
 * XJ_EMALFORMED (a note that is none), a world error; text (may be NULL) says why. */
enum xj_err xj_account_open(const char *path, const uint8_t root_key[32], struct xj_account **ret, struct xj_buf *text);
void xj_account_close(struct xj_account *a); /* NULL is fine */

/* Reads what a has in common with the other, all in one pass. Entries that have not the form of their kind are left out: the
 * verifier names them. Of accounts of one owner only the register is read. Nothing for a note. */
enum xj_err xj_account_load(struct xj_account *a, const struct xj_account *other);

/* Whether the message, statement or register entry in entry n is signed by who must have signed it, under the register of reg (an
 * account that is loaded). judged_at counts for messages only. XJ_SIGNED_UNKNOWN when the register does not reach there. */
enum xj_signed xj_account_signed(struct xj_account *a, uint64_t n, uint64_t judged_at, const struct xj_account *reg);
/* The same of a note's text, or of the newest checkpoint that the file keeps if its size is at least from: with any key that the
 * register ever gave the owner, and in a file only if its root is that of the tree. XJ_SIGNED_NONE when there is none. */
enum xj_signed xj_account_note_signed(struct xj_account *a, uint64_t from, const struct xj_account *reg, uint64_t *ret_size);

/* Roots at sizes (ascending, not past the end), computed from the rows of the file and from nothing kept. XJ_ECORRUPT when a
 * number is missing. */
enum xj_err xj_account_roots(struct xj_account *a, const uint64_t *sizes, size_t count, struct xj_hash *ret);

#endif
