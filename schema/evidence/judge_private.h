/* What the parts of the judgement share: each bundle with what was found out about its entries once, and the items so far.
 * Only schema/evidence/judge*.c. Spec: spec/16-evidence.md, sections 5 to 7. */
#ifndef XJ_JUDGE_PRIVATE_H
#define XJ_JUDGE_PRIVATE_H

#include "schema/evidence/judge.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/memory_store.h"
#include "schema/trust/register.h"
#include "schema/wire/statement.h"

#define XJ_EV_NO_ENTRY SIZE_MAX
#define XJ_EV_TOLERANCE_MS 600000 /* section 5.7 */

enum xj_ev_sound { XJ_EV_UNSOUND = 0, XJ_EV_SOUND, XJ_EV_UNKNOWN };

/* What decided an item. code NULL: proved. */
struct xj_ev_finding {
    const char *code;
    bool contradicts;
};
#define XJ_EV_HOLDS ((struct xj_ev_finding){NULL, false})
static inline struct xj_ev_finding xj_ev_open(const char *code)
{
    return (struct xj_ev_finding){code, false};
}
static inline struct xj_ev_finding xj_ev_contra(const char *code)
{
    return (struct xj_ev_finding){code, true};
}

/* Of one entry, by its index. */
struct xj_ev_note {
    struct xj_hash digest; /* message: its own; 3, 4: of the message named; 5: the statement's own; 6: of the stored one named */
    enum xj_ev_sound sound; /* of statements */
    int64_t time_ms;        /* of the statement; delivered: the exchange's */
    bool placed;
    bool about_us;          /* stored: the owner's; delivered: owner and recipient are the owner */
    struct xj_stored stored; /* kind 5 */
    bool of_lost;            /* stored: the owner's, of a ledger that was lost (spec 16, 5.6) */
};
/* One item of a delivered statement of the bundle's owner that speaks of a message of the bundle. */
struct xj_ev_delivery {
    struct xj_hash message;
    struct xj_slice recipient;
    size_t entry;
    uint64_t number;
    uint32_t item;
    bool has_path;
};
/* A message and one that received it. */
struct xj_ev_pair {
    struct xj_slice agency;
    uint64_t number;
    struct xj_ev_finding finding;
    size_t stored, delivered; /* entries that are sound, or NO_ENTRY */
};
struct xj_ev_message {
    size_t at; /* index of its entry */
    bool own;
    struct xj_hash digest, revision, previous;
    struct xj_id id, case_id;
    struct xj_slice from, actor, act, procedure;
    enum xj_mode mode;
    uint64_t number;
    size_t answer;  /* index of the entry, or NO_ENTRY */
    size_t answers; /* how many name it */
    /* Of the answer: */
    bool admitted; /* sound and of kind 3 */
    bool issued;   /* P1 holds: its header is what that agency signed */
    uint64_t seq, register_number, mailbox; /* mailbox: the owner's number, 0: none */
    struct xj_ev_pair *pairs;
    size_t pair_count;
};
/* A place in a list, sorted by what is found there. */
struct xj_ev_key {
    struct xj_hash digest;
    size_t index;
};
struct xj_ev_commitment {
    uint64_t size;
    struct xj_hash head;
    bool confirmed, consistent, has_time;
    int64_t time_ms;
};
struct xj_ev_book {
    const struct xj_bundle *b;
    size_t index;
    struct xj_memory_store *pairs;
    struct xj_store store; /* the register */
    uint64_t folded;       /* numbers up to this are held */
    bool broken;
    bool checkpoint_sound, checkpoint_formed;
    bool checkpoint_named; /* the owner has, or had, the key that it says signed it */
    uint64_t size;
    int64_t checkpoint_ms; /* as the owner states */
    struct xj_hash root;
    struct xj_ev_note *notes;
    struct xj_ev_message *messages; /* in the order of entries */
    size_t message_count;
    struct xj_ev_key *by_digest; /* of the messages, ascending by (digest, index) */
    struct xj_ev_delivery *deliveries; /* ascending by (message, entry, item) */
    size_t delivery_count;
    struct xj_ev_key *stored_keys; /* entries of kind 5, ascending by (digest, index) */
    size_t stored_count;
    size_t *own_stored; /* entries of kind 5 of the owner, ascending by (first, entry) */
    uint64_t *reach;    /* largest last among these so far */
    size_t own_stored_count;
    struct xj_ev_commitment *commitments;
    size_t commitment_count;
    struct xj_ev_finding sequence;
    bool recovered;        /* there is an entry of kind 13 */
    uint64_t lost_mailbox; /* largest mailbox of these so far; when all is noted, of all */
    int64_t mail_until_ms, own_until_ms; /* latest admission in the mailbox, latest answer, of the sequence; INT64_MIN: none */
    bool revision_asked; /* the revision looked up last, and when it came */
    struct xj_slice revision_of;
    struct xj_hash revision;
    bool revision_known;
    int64_t revision_ms;
};
struct xj_ev_judge {
    struct xj_ev_book *books;
    size_t count;
    const uint8_t *root_key;
    struct xj_buf items; /* struct xj_ev_item */
    struct xj_verify_cache cache;
    struct xj_buf value;
    struct xj_header *header; /* scratch, too large for the stack */
    struct xj_admitted *admitted;
    enum xj_err err; /* memory is out: everything stops */
};

/* Whether what decoding had let through reads again. Without memory nothing is known of it, and the judgement ends. */
static inline bool xj_ev_good(struct xj_ev_judge *j, enum xj_err err)
{
    if (err == XJ_ENOMEM)
        j->err = err;
    return err == XJ_OK;
}

/* ---- judge.c ---- */
struct xj_ev_item xj_ev_about(const struct xj_ev_book *k, enum xj_claim claim, const struct xj_ev_message *m);
struct xj_ev_item xj_ev_whole(const struct xj_ev_book *k, enum xj_claim claim, const char *what);
void xj_ev_add(struct xj_ev_judge *j, struct xj_ev_item item, struct xj_ev_finding finding);
/* Soundness of a statement's signature at the register number it names; agency n = 0: the exchange's. */
enum xj_ev_sound xj_ev_sound(struct xj_ev_judge *j, const struct xj_ev_book *k, const char *context, struct xj_slice agency, uint64_t at,
                             struct xj_ev_signed statement);
/* Where in by_digest those of that digest begin, or would. */
size_t xj_ev_run_of(const struct xj_ev_book *k, const struct xj_hash *digest);
/* For lists of keys: ascending by (digest, index). */
int xj_ev_compare_key(const void *a, const void *b);
size_t xj_ev_first_key(const struct xj_ev_key *keys, size_t count, const struct xj_hash *digest);
/* The first message of that digest, or NULL. */
const struct xj_ev_message *xj_ev_message_of(const struct xj_ev_book *k, const struct xj_hash *digest);
/* The entry of the stored statement with that digest, or NO_ENTRY. */
size_t xj_ev_stored_of(const struct xj_ev_book *k, const struct xj_hash *digest);
/* Whether a stored statement of the owner's, of any bundle, is of a ledger that the owner lost. */
bool xj_ev_of_lost(const struct xj_ev_book *k, const struct xj_ev_note *stored);
/* Whether the register at that number holds this revision; its compiled form then is in j->value's map (see judge.c). */
bool xj_ev_revision(struct xj_ev_judge *j, const struct xj_ev_book *k, struct xj_slice procedure, const struct xj_hash *revision,
                    uint64_t at, struct xj_slice *ret_compiled);
/* Whether that key of the agency is reported compromised since no later than at_ms, by the register that reaches furthest of those at
 * hand; then *ret_since. */
bool xj_ev_reported(struct xj_ev_judge *j, struct xj_slice agency, const uint8_t sign[32], int64_t at_ms, int64_t *ret_since);
/* Scratch header of a message of the bundle. */
const struct xj_header *xj_ev_header(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m);

/* ---- the claims ---- */
void xj_ev_notes(struct xj_ev_judge *j, struct xj_ev_book *k);  /* judge_notes.c: everything above, once */
void xj_ev_issued(struct xj_ev_judge *j, struct xj_ev_book *k);  /* P1, P9 */
void xj_ev_unchanged(struct xj_ev_judge *j, struct xj_ev_book *k); /* P2 */
void xj_ev_stored(struct xj_ev_judge *j, struct xj_ev_book *k);  /* P3, P4 */
void xj_ev_place(struct xj_ev_judge *j, struct xj_ev_book *k);   /* P5 but for the sequence */
void xj_ev_sequence(struct xj_ev_judge *j, struct xj_ev_book *k);
void xj_ev_rewritten(struct xj_ev_judge *j, struct xj_ev_book *k); /* P6; looks into the other bundles */
void xj_ev_merge(struct xj_ev_judge *j);                          /* section 7, 1 */
void xj_ev_agree(struct xj_ev_judge *j);                          /* P7, and what is missing for P5 */
void xj_ev_silence(struct xj_ev_judge *j, struct xj_ev_book *k); /* P8; after the merging */

#endif
