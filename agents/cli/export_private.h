/* What the parts of the exporter share: the ledger, what of it was chosen, and the bundle that grows. Only agents/cli/export*.c.
 * Spec: spec/16-evidence.md, section 8. */
#ifndef XJ_EXPORT_PRIVATE_H
#define XJ_EXPORT_PRIVATE_H

#include <jansson.h>

#include "agents/cli/export.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/memory_store.h"
#include "schema/trust/register.h"
#include "schema/wire/statement.h"

struct xj_ex_key {
    struct xj_hash digest;
    size_t index;
};
struct xj_ex_message {
    uint64_t n;
    struct xj_id id;
    struct xj_hash digest;
    bool own;
    uint64_t mailbox; /* received: its number here */
};
struct xj_ex_stored {
    uint64_t n, first, last, size;
    struct xj_hash digest;
    bool own, confirmed; /* a delivered statement of this ledger names it */
    bool of_lost;        /* of a ledger that was lost: its size is not of this one */
    uint64_t confirmed_by;
};
/* A growing list; elements of one size. */
struct xj_ex_list {
    struct xj_buf bytes;
    size_t size;
};

struct xj_ex {
    struct xj_db *db;
    struct xj_log *log;
    const struct xj_export_options *o;
    const char *owner;
    struct xj_bundle b;
    void **kept; /* copies that the bundle's slices point at */
    size_t kept_count, kept_cap;
    struct xj_memory_store *pairs;
    struct xj_store store; /* the register, all of it */
    uint64_t registered, needed_register;
    struct xj_ex_list registers; /* uint64_t: entries of kind 7 */
    struct xj_ex_list messages;  /* struct xj_ex_message: of the case */
    struct xj_ex_list mail;      /* struct xj_hash: digests by mailbox number - 1 */
    struct xj_ex_list own;       /* struct xj_hash: digests by submission number - 1 */
    struct xj_ex_list stored;    /* struct xj_ex_stored */
    struct xj_ex_list chosen;    /* uint64_t: entries of the bundle */
    struct xj_ex_list sequence_own, sequence_mail, sequence_stored; /* elements of struct xj_bundle */
    struct xj_ex_key *by_digest; /* messages */
    struct xj_ex_key *own_keys;  /* submissions; with the sequence */
    uint64_t lost_mailbox;       /* largest mailbox of the entries of kind recovery so far */
    uint64_t size;               /* of the checkpoint, 0: none */
    int64_t last_ms, now_ms;     /* of the last entry; as of which the report speaks */
    bool signs;                  /* the keys are the owner's by the register */
    enum xj_err err;             /* the first failure; then nothing more is done */
    struct xj_header *header;    /* scratch */
    struct xj_admitted *admitted;
};

/* ---- export.c ---- */
void xj_ex_fail(struct xj_ex *x, enum xj_err err);
/* A copy that lives as long as x; n = 0 after a failure. */
struct xj_slice xj_ex_keep(struct xj_ex *x, struct xj_slice bytes);
void xj_ex_push(struct xj_ex *x, struct xj_ex_list *list, const void *element);
size_t xj_ex_count(const struct xj_ex_list *list);
void *xj_ex_at(const struct xj_ex_list *list, size_t i);
void xj_ex_add_file(struct xj_ex *x, const char *folder, const struct xj_hash *object, const char *ending, struct xj_slice bytes);
/* The first key of that digest, or NULL. */
const struct xj_ex_key *xj_ex_find(const struct xj_ex_key *keys, size_t count, const struct xj_hash *digest);

/* ---- the steps ---- */
void xj_ex_scan(struct xj_ex *x);    /* export_scan.c: what the ledger holds, and what is chosen of it */
void xj_ex_prove(struct xj_ex *x);   /* export_prove.c: entries, register, checkpoint, paths */
void xj_ex_open(struct xj_ex *x);    /* export_open.c: objects, and plaintexts as far as the keys open them */
/* export_view.c: what the case looks like, folded from the entries of the bundle alone; the silences go into the bundle. */
struct xj_ex_picture {
    json_t *the_case, *why, *acts; /* acts: GET /api/acts/ID of each message, in the order of entries */
};
void xj_ex_look(struct xj_ex *x, struct xj_ex_picture *ret);
void xj_ex_picture_free(struct xj_ex_picture *p);
/* export_report.c: report.html. */
void xj_ex_report(const struct xj_ex *x, const struct xj_ex_picture *p, const struct xj_ev_result *claims, struct xj_buf *out);

#endif
