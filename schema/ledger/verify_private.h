/* What the parts of the verifier share: the file under examination, what has been found, and the notes one check leaves for
 * the next. Only schema/ledger/verify*.c. Spec: spec/05-ledger.md, section 5. */
#ifndef XJ_VERIFY_PRIVATE_H
#define XJ_VERIFY_PRIVATE_H

#include "schema/ledger/memory_store.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/sql.h"
#include "schema/ledger/verify.h"
#include "schema/trust/order.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/statement.h"

enum xj_check {
    XJ_V_BYTES, XJ_V_REGISTER, XJ_V_SIGNATURES, XJ_V_NUMBERING, XJ_V_PROOFS, XJ_V_CHECKPOINTS, XJ_V_OBJECTS,
    XJ_V_COMPLETENESS, XJ_V_CHECKS
};

enum xj_fault {
    XJ_FAULT_NONE = 0,
    XJ_FAULT_TABLES, XJ_FAULT_META, XJ_FAULT_READ, XJ_FAULT_GAP, XJ_FAULT_KIND, XJ_FAULT_SHAPE, XJ_FAULT_LEAF,
    XJ_FAULT_NODE, XJ_FAULT_OBJECT_DIGEST, XJ_FAULT_PAGES,
    XJ_FAULT_ROOT_KEY, XJ_FAULT_REGISTER_ENTRY,
    XJ_FAULT_FROM, XJ_FAULT_KEY, XJ_FAULT_REGISTER_AHEAD, XJ_FAULT_SIGNATURE,
    XJ_FAULT_OWN_NUMBER, XJ_FAULT_PREVIOUS, XJ_FAULT_ALONE, XJ_FAULT_SEQ, XJ_FAULT_REBUILD, XJ_FAULT_UNRECOVERED, XJ_FAULT_MAILBOX, XJ_FAULT_ANSWER,
    XJ_FAULT_ANSWER_TWICE, XJ_FAULT_REFUSED, XJ_FAULT_FEED, XJ_FAULT_STORED_RANGE, XJ_FAULT_STORED_ROOT,
    XJ_FAULT_STORED_HEAD, XJ_FAULT_RECOVERED,
    XJ_FAULT_STORED_ABSENT, XJ_FAULT_PATH, XJ_FAULT_PATH_ABSENT,
    XJ_FAULT_CHECKPOINT_NOTE, XJ_FAULT_CHECKPOINT_ROOT, XJ_FAULT_CHECKPOINT_GONE,
    XJ_FAULT_BODY, XJ_FAULT_KEYS, XJ_FAULT_PAPER, XJ_FAULT_CAME_BACK,
    XJ_FAULT_COUNT
};

/* What an object's bytes are, by the context under which they give its digest. */
enum xj_use { XJ_USE_NONE = 0, XJ_USE_BODY, XJ_USE_KEYS, XJ_USE_PAPER };

#define XJ_V_LEVELS 64
struct xj_v_level {
    struct xj_hash *hash;
    size_t count, cap;
};

struct xj_verify {
    struct xj_db *db;
    bool journal;
    const char *owner;
    const uint8_t *root_key;
    struct {
        uint64_t entry, count;
        enum xj_fault fault; /* NONE: nothing bad so far */
        bool skipped;        /* nothing of it could be looked at */
    } checks[XJ_V_CHECKS];
    uint64_t rows, last; /* entry rows; the largest number */
    uint64_t bad_objects;
    uint64_t whole;      /* entries before the first gap: the tree is known up to there */
    struct xj_v_level tree[XJ_V_LEVELS];
    /* By the row's place in the file: the register number under which a message entry is verified. UINT64_MAX: unanswered. */
    uint64_t *judged_at;
    uint8_t *formless; /* by place: has not the kind or form it must have, and counts as of no kind from then on */
    size_t formless_cap;
    int64_t row_kind; /* of the row that is shown, as it stands there */
    struct xj_memory_store *register_pairs, *notes;
    uint64_t register_number;
    bool register_broken;
    /* The message entry directly before, while its statement is awaited (open_n 0: none). */
    uint64_t open_n;
    struct xj_hash open;
    struct xj_buf open_head;
    struct xj_lost lost; /* of the last entry of kind recovery (a ledger) */
    bool recovering;     /* no recovered statement has followed it yet */
    /* A journal rebuilt: what positions are above entry numbers; entries of the present `taken` still to come. */
    uint64_t offset, recovered_left;
    /* A ledger: the exchange's store id as first named; whether it named another later. */
    bool has_exchange, two_exchanges;
    struct xj_id exchange;
    struct xj_verify_cache cache;
    struct xj_buf scratch, value;
    enum xj_err err; /* a world error: everything stops */
};

/* Notes: the first byte of their keys. */
#define XJ_NOTE_COUNTS 'A' /* agency: struct xj_v_counts */
#define XJ_NOTE_FROM 'F'   /* message digest: who sent it (own messages; in a journal, admitted ones) */
#define XJ_NOTE_ANSWERED 'Q' /* digest of an own message: struct xj_v_own */
#define XJ_NOTE_MAIL 'M'   /* agency, mailbox number: struct xj_v_mail_note */
#define XJ_NOTE_MAIL_LEAF 'L' /* agency, leaf of the mail tree: empty */
#define XJ_NOTE_RECOVERED 'Z' /* place of a row that was handed back: empty */
#define XJ_NOTE_RUN 'H'    /* agency, NUL, which, first: last, of numbers unrecovered */
#define XJ_NOTE_OWN_RUN 'U' /* agency, number: an own number unrecovered; 1 when it was used all the same */
#define XJ_NOTE_OBJECT 'O' /* digest: enum xj_use as a byte */
#define XJ_NOTE_ADMITTED 'W' /* place of a message row of a journal that was admitted: empty */
#define XJ_NOTE_SIGNER 'S' /* place of a message row that was refused: the agency whose connection brought it */
#define XJ_NOTE_STORED 'T' /* digest of a stored statement: struct xj_v_stored */
#define XJ_NOTE_CHECKPOINT 'C' /* size of a checkpoint kept: empty */
#define XJ_NOTE_GONE 'D' /* digest that an own entry of kind 17 lists: which, and its order (verify_objects.c) */
#define XJ_NOTE_GONE_MESSAGE 'E' /* message that such an entry names: the same */

struct xj_v_counts {
    uint64_t number, mailbox, stored, feed, ledger_size;
    struct xj_hash last, ledger_head; /* ledger_head: with ledger_size > 0 */
};
struct xj_v_mail_note {
    struct xj_hash message;
    bool doubtful; /* two messages were named with this number */
};
struct xj_v_stored {
    uint64_t first, last;
    struct xj_hash root;
    int64_t time_ms;
    char agency[XJ_MAX_AGENCY_BYTES + 1];
};

struct xj_v_own {
    size_t place;
    uint64_t number;
    struct xj_id id;
    bool answered, refused;
    bool back; /* entered while a recovery was open: refused ones have no body then */
};

/* Records a fault of an entry (0: of the file as a whole); the smallest entry of a check stays. */
void xj_v_report(struct xj_verify *v, enum xj_fault fault, uint64_t entry);
/* Whether something could be read or done. Without memory, from a disk that fails or while another has the file, nothing is known of the file: that goes into
 * v->err, and whatever is reported then is not told. */
bool xj_v_good(struct xj_verify *v, enum xj_err err);
/* The same of what sqlite3_step gave; with sqlite3_errcode, of the columns read since: one that could not be had reads as empty. */
bool xj_v_read(struct xj_verify *v, int rc);
void xj_v_counted(struct xj_verify *v, enum xj_check check);
/* Notes hold plain structs of this process. put is false when memory is out (v->err); get when there is none. */
bool xj_v_put(struct xj_verify *v, char kind, struct xj_slice key, const void *value, size_t n);
bool xj_v_get(struct xj_verify *v, char kind, struct xj_slice key, void *value, size_t n);
/* Root of the first size entries, computed from the rows. False past the first gap. */
bool xj_v_root_at(const struct xj_verify *v, uint64_t size, struct xj_hash *ret);

/* A row as read; place counts rows from 0. Views until the next. */
typedef void xj_v_row(struct xj_verify *v, const struct xj_entry *entry, size_t place, struct xj_slice leaf);
/* Every row, ascending. Unreadable rows are XJ_FAULT_READ. */
void xj_v_rows(struct xj_verify *v, xj_v_row *visit);

/* The checks, in their order; each leaves its findings and notes in v. */
bool xj_v_tables(struct xj_verify *v); /* false: nothing else can be read */
void xj_v_bytes(struct xj_verify *v);
void xj_v_pages(struct xj_verify *v); /* of the first check, and the last to be made: only where that found nothing */
void xj_v_register(struct xj_verify *v);
void xj_v_numbering_ledger(struct xj_verify *v);
void xj_v_numbering_journal(struct xj_verify *v);
void xj_v_recovered(struct xj_verify *v, const struct xj_entry *e);
/* Of both; a recovered one is noted and raises the numbers. */
void xj_v_stored(struct xj_verify *v, const struct xj_entry *e, bool recovered);
void xj_v_delivered(struct xj_verify *v, const struct xj_entry *e, bool recovered);
/* False: not the next. recovered: any number may come. */
bool xj_v_mail(struct xj_verify *v, struct xj_slice agency, uint64_t number, const struct xj_hash *message, bool recovered);
bool xj_v_is_recovered(struct xj_verify *v, size_t place);
/* An entry of kind unrecovered: notes its run and raises the numbers. */
void xj_v_unrecovered(struct xj_verify *v, const struct xj_entry *e);
/* Whether numbers that ended at `at` may go on with `next`: directly, or across runs unrecovered. */
bool xj_v_continues(struct xj_verify *v, struct xj_slice agency, enum xj_numbers which, uint64_t at, uint64_t next);
void xj_v_signatures(struct xj_verify *v);
void xj_v_proofs(struct xj_verify *v);
void xj_v_checkpoints(struct xj_verify *v);
void xj_v_objects(struct xj_verify *v);
bool xj_v_shape(struct xj_verify *v, const struct xj_entry *e);
/* The other side's store id of an entry of kind 8. */
bool xj_v_epoch(struct xj_verify *v, struct xj_slice head, struct xj_id *ret);
/* [size, root] of an entry of kind 10. */
bool xj_v_checkpointed(struct xj_verify *v, struct xj_slice head, uint64_t *ret_size, struct xj_hash *ret_root);
void xj_v_counts_get(struct xj_verify *v, struct xj_slice agency, struct xj_v_counts *ret);
void xj_v_counts_put(struct xj_verify *v, struct xj_slice agency, const struct xj_v_counts *counts);

#endif
