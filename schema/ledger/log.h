/* The append-only entries of a ledger or journal and the Merkle tree over them. The logic thread.
 * Spec: spec/05-ledger.md, sections 2-4 (RFC 6962). Appends belong to the transaction that is open. */
#ifndef XJ_LOG_H
#define XJ_LOG_H

#include "schema/base/tree.h"
#include "schema/ledger/db.h"
#include "schema/trust/sign.h"

enum xj_entry_kind {
    XJ_ENTRY_INVALID = 0, XJ_ENTRY_OWN, XJ_ENTRY_RECEIVED, XJ_ENTRY_ADMITTED, XJ_ENTRY_REFUSED, XJ_ENTRY_STORED,
    XJ_ENTRY_DELIVERED, XJ_ENTRY_REGISTER, XJ_ENTRY_EPOCH, XJ_ENTRY_INCIDENT, XJ_ENTRY_CHECKPOINTED, XJ_ENTRY_MESSAGE,
    XJ_ENTRY_TOLD, XJ_ENTRY_RECOVERY, XJ_ENTRY_REBUILD, XJ_ENTRY_UNRECOVERED, XJ_ENTRY_RECOVERED, XJ_ENTRY_DESTROYED, XJ_ENTRY_OPENED
};
#define XJ_ENTRY_LAST XJ_ENTRY_OPENED
const char *xj_entry_kind_name(enum xj_entry_kind kind);

struct xj_entry {
    uint64_t n;
    enum xj_entry_kind kind;
    int64_t time_ms;
    struct xj_slice head, sig;
};

/* The leaf of an entry as section 2 says; scratch (ceiling 4 MiB) is overwritten. XJ_ENOMEM, XJ_ELIMIT. */
enum xj_err xj_entry_leaf(const struct xj_entry *e, struct xj_buf *scratch, struct xj_hash *ret);
/* The same of a row whose kind need be none of the above. */
enum xj_err xj_entry_leaf_as(const struct xj_entry *e, int64_t kind, struct xj_buf *scratch, struct xj_hash *ret);

/* The log of an open database: size and tree edge in memory, re-read after a rollback. */
struct xj_log;
enum xj_err xj_log_open(struct xj_db *db, struct xj_log **ret); /* XJ_ECORRUPT when edge and rows disagree */
void xj_log_close(struct xj_log *log);
struct xj_db *xj_log_db(struct xj_log *log); /* borrowed */

/* Appends; *ret_n (may be NULL) is its number. XJ_EIO, XJ_EFULL, XJ_ENOMEM: roll back and reload. */
enum xj_err xj_log_append(struct xj_log *log, enum xj_entry_kind kind, int64_t time_ms, struct xj_slice head,
                          struct xj_slice sig, uint64_t *ret_n);
/* A number reserved for an entry whose signature is made when the batch closes; entries may be appended behind it. Its row is
 * written in the same transaction by xj_log_complete, in ascending order of the reserved numbers (asserted); a commit before
 * that is asserted, too. Until then xj_log_root may not be asked, and root_at and path past it are XJ_ESTATE. */
enum xj_err xj_log_reserve(struct xj_log *log, enum xj_entry_kind kind, int64_t time_ms, uint64_t *ret_n);
enum xj_err xj_log_complete(struct xj_log *log, uint64_t n, struct xj_slice head, struct xj_slice sig);

uint64_t xj_log_size(const struct xj_log *log);
struct xj_hash xj_log_root(const struct xj_log *log);
/* Root when the log had size entries. XJ_ERANGE past the end. Reads at most 255 leaves and 255 nodes of a level; nothing
 * for the present size. */
enum xj_err xj_log_root_at(struct xj_log *log, uint64_t size, struct xj_hash *ret);
/* Audit path of entry n in the tree of that size. */
enum xj_err xj_log_path(struct xj_log *log, uint64_t n, uint64_t size, struct xj_hash path[XJ_TREE_MAX_PATH], size_t *ret_count);
/* What shows that the tree of that size begins with its first old_size entries (1 … size): RFC 6962, 2.1.2. */
enum xj_err xj_log_consistency(struct xj_log *log, uint64_t old_size, uint64_t size, struct xj_hash proof[XJ_TREE_MAX_PATH + 1],
                               size_t *ret_count);

/* Reads entry n into buf (head then sig; the entry's slices point into buf). XJ_ENOTFOUND. */
enum xj_err xj_log_get(struct xj_log *log, uint64_t n, struct xj_buf *buf, struct xj_entry *ret);
/* Entries from n on, ascending, until visit returns false. Slices are borrowed during the call. */
typedef bool xj_entry_visit(void *arg, const struct xj_entry *entry);
enum xj_err xj_log_scan(struct xj_log *log, uint64_t from, xj_entry_visit *visit, void *arg);

/* Forgets what the rolled-back transaction appended (call after xj_db_rollback). */
enum xj_err xj_log_reload(struct xj_log *log);

#define XJ_LOG_CHECKPOINT 1000u /* entries between two checkpoints at most (section 4) */
/* Entries behind the entry of the last checkpoint. */
uint64_t xj_log_unchecked(const struct xj_log *log);
/* Makes, signs and keeps a checkpoint of the present size (C2SP tlog-checkpoint), appends its text to note and, to the log,
 * the entry of kind 10 that speaks of it (so the log is one longer than the checkpoint). Inside a transaction. */
enum xj_err xj_log_checkpoint(struct xj_log *log, const char *origin, const struct xj_sign_key *key, int64_t time_ms,
                              struct xj_buf *note);
/* Appends the note of a checkpoint that is kept nowhere: for showing a closed ledger or a snapshot. */
enum xj_err xj_checkpoint_sign(const char *origin, const struct xj_sign_key *key, uint64_t size, const struct xj_hash *root,
                               int64_t time_ms, struct xj_buf *note);
/* Replaces note with that of the largest size kept. XJ_ENOTFOUND. */
enum xj_err xj_log_checkpoint_newest(struct xj_log *log, uint64_t *ret_size, struct xj_buf *note);
/* What a checkpoint note says, whoever signed it. XJ_EMALFORMED. */
enum xj_err xj_checkpoint_read(struct xj_slice note, const char *origin, uint64_t *ret_size,
                               struct xj_hash *ret_root, int64_t *ret_time_ms);
/* Whether a note says that it was signed with that key (by the first 4 bytes of its hash). XJ_EMALFORMED. */
enum xj_err xj_checkpoint_names(struct xj_slice note, const char *origin, const uint8_t public_key[32], bool *ret);
/* Reads a checkpoint note and verifies its signature. XJ_EMALFORMED, XJ_ESIGNATURE. */
enum xj_err xj_checkpoint_verify(struct xj_slice note, const char *origin, const uint8_t public_key[32], uint64_t *ret_size,
                                 struct xj_hash *ret_root, int64_t *ret_time_ms);

#endif
