/* A ledger or journal file: SQLite with the one profile, opened, read back, and its one transaction at a time. The logic
 * thread of its process. Spec: spec/05-ledger.md, sections 1 and 6. SQL lives in this folder only. */
#ifndef XJ_DB_H
#define XJ_DB_H

#include "schema/base/env.h"
#include "schema/base/hash.h"
#include "schema/base/ids.h"
#include "schema/base/store.h"

struct xj_db;

struct xj_db_options {
    const char *path;
    const char *format;      /* "xianjie ledger 1", "xianjie journal 1", "xianjie view 1"; NULL when read_only: any */
    const char *owner;       /* agency id or "exchange"; must match an existing file's; NULL when read_only: any */
    const uint8_t *root_key; /* 32 bytes, kept in meta; NULL for a view */
    bool create;             /* make it when absent; else XJ_ENOTFOUND */
    bool read_only;          /* tools on a closed file: no exclusive lock is kept, nothing is written */
    bool volatile_ok;        /* tests: allow tmpfs and skip syncing (synchronous=OFF); never in a daemon */
};

/* Opens, sets the profile, reads it back. XJ_EIO; XJ_ECONFIG when the file is another's, another format, on tmpfs or NFS,
 * or a setting does not hold; XJ_ESTATE when another process has it. ret_text (may be NULL) says why. */
enum xj_err xj_db_open(const struct xj_db_options *o, const struct xj_env *env, struct xj_db **ret, struct xj_buf *ret_text);
void xj_db_close(struct xj_db *db); /* rolls back what is open; NULL is fine */

struct xj_id xj_db_store_id(const struct xj_db *db);
const char *xj_db_owner(const struct xj_db *db);
const uint8_t *xj_db_root_key(const struct xj_db *db); /* 32 bytes or NULL */

enum xj_err xj_db_begin(struct xj_db *db);  /* BEGIN IMMEDIATE */
/* XJ_OK: durable. Anything else: unknown; the process must stop and re-read. */
enum xj_err xj_db_commit(struct xj_db *db);
void xj_db_rollback(struct xj_db *db);
/* Folds the WAL into the file (PASSIVE, or TRUNCATE when full), outside a transaction. */
enum xj_err xj_db_checkpoint(struct xj_db *db, bool full);

/* The kv table as the store a core works in; valid until close. */
struct xj_store xj_db_store(struct xj_db *db);
/* Deletes every kv pair: before a rebuild. */
enum xj_err xj_db_kv_clear(struct xj_db *db);
/* Deletes those whose key begins with that byte. */
enum xj_err xj_db_kv_clear_kind(struct xj_db *db, char kind);
/* Free bytes on the file's disk, for refusing before it is full. */
uint64_t xj_db_free_bytes(const struct xj_db *db);

/* ---- objects by digest: sealed bodies, papers, keys ---- */
/* Keeps bytes under digest; already there is XJ_OK. The caller has checked the digest. */
enum xj_err xj_object_put(struct xj_db *db, const struct xj_hash *digest, struct xj_slice bytes);
/* Replaces ret's content. XJ_ENOTFOUND. */
enum xj_err xj_object_get(struct xj_db *db, const struct xj_hash *digest, struct xj_buf *ret);
enum xj_err xj_object_has(struct xj_db *db, const struct xj_hash *digest, bool *ret);
/* Only for staged papers that no entry names. */
enum xj_err xj_object_drop_staged(struct xj_db *db, const struct xj_hash *digest);
/* Only as schema/ledger/destroy.c does it, under an order (spec 18); one that is not there is XJ_OK. */
enum xj_err xj_object_destroy(struct xj_db *db, const struct xj_hash *digest);

#endif
