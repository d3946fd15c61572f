/* The statements of a ledger or journal file, prepared once, and the open database they belong to. Only schema/ledger/ may
 * include this; the logic thread. Spec: spec/05-ledger.md, section 1. */
#ifndef XJ_SQL_H
#define XJ_SQL_H

#include <sqlite3.h>

#include "schema/base/limits.h"
#include "schema/ledger/db.h"

enum xj_sql {
    XJ_SQL_BEGIN = 0, XJ_SQL_COMMIT, XJ_SQL_ROLLBACK,
    XJ_SQL_KV_GET, XJ_SQL_KV_PUT, XJ_SQL_KV_DEL, XJ_SQL_KV_CLEAR, XJ_SQL_KV_CLEAR_KIND, XJ_SQL_KV_UP, XJ_SQL_KV_DOWN, XJ_SQL_KV_DOWN_BELOW,
    XJ_SQL_OBJECT_PUT, XJ_SQL_OBJECT_GET, XJ_SQL_OBJECT_HAS, XJ_SQL_OBJECT_DROP, XJ_SQL_OBJECT_ALL,
    XJ_SQL_ENTRY_ADD, XJ_SQL_ENTRY_GET, XJ_SQL_ENTRY_FROM, XJ_SQL_ENTRY_LEAF, XJ_SQL_ENTRY_LAST, XJ_SQL_ENTRY_ROWS,
    XJ_SQL_NODE_ADD, XJ_SQL_NODE_GET, XJ_SQL_NODE_LAST, XJ_SQL_NODE_ALL,
    XJ_SQL_CHECKPOINT_ADD, XJ_SQL_CHECKPOINT_LAST, XJ_SQL_CHECKPOINT_NEWEST, XJ_SQL_CHECKPOINT_ALL, XJ_SQL_FOREIGN, XJ_SQL_PAGES,
    XJ_SQL_COUNT
};

struct xj_db {
    sqlite3 *handle;
    sqlite3_stmt *statements[XJ_SQL_COUNT];
    char *path;
    bool setting_up;  /* schema and settings may change: only inside xj_db_open */
    bool dropping;    /* an object may be deleted: only inside xj_object_drop_staged and xj_object_destroy */
    bool read_only;
    bool unknown;     /* a COMMIT failed: nothing more is begun */
    uint64_t reserved; /* entries promised to the log and not yet given */
    struct xj_id store_id;
    char owner[XJ_MAX_AGENCY_BYTES + 1], format[32]; /* "": no text, or a longer one, which no file of ours has */
    bool has_store_id, has_root_key; /* of their lengths */
    uint8_t root_key[32];
    struct xj_buf row; /* of kv while it is written */
};

/* A statement ready to be bound: the cached one, or a fresh one while that is being stepped (a scan inside a scan).
 * Give every one back. XJ_ENOMEM, XJ_ECORRUPT, XJ_EIO; *ret is then NULL. */
enum xj_err xj_sql_take(struct xj_db *db, enum xj_sql which, sqlite3_stmt **ret);
void xj_sql_give(struct xj_db *db, enum xj_sql which, sqlite3_stmt *statement); /* NULL is fine */
/* Runs a bound statement that returns no row. */
enum xj_err xj_sql_run(struct xj_db *db, sqlite3_stmt *statement);
/* What an SQLite result means here: XJ_OK, XJ_EFULL, XJ_ENOMEM, XJ_ECORRUPT, XJ_ESTATE (locked) or XJ_EIO. */
enum xj_err xj_sql_error(struct xj_db *db, int rc);
/* Whether such an error says nothing of what is in the file: memory, a disk that fails or is full, somebody else who has it. */
bool xj_sql_says_nothing(enum xj_err err);
/* Binds bytes without copying: they must live until the statement is given back. An empty slice is an empty blob. */
void xj_sql_bind(sqlite3_stmt *statement, int at, struct xj_slice bytes);
void xj_sql_bind_number(sqlite3_stmt *statement, int at, uint64_t number); /* at most INT64_MAX */
/* A column's bytes, borrowed until the next step. */
struct xj_slice xj_sql_bytes(sqlite3_stmt *statement, int column);

/* Makes the tables of a new file and its meta rows, in one transaction. */
enum xj_err xj_schema_make(struct xj_db *db, const struct xj_db_options *o, const struct xj_env *env);
/* Reads and compares meta. XJ_ECONFIG with the reason in text when the file is not the one that o describes. */
enum xj_err xj_schema_check(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text);
/* Every pair of kv is as it was put, and found by its key. XJ_ECONFIG with the reason in text (may be NULL). */
enum xj_err xj_kv_whole(struct xj_db *db, struct xj_buf *text);
/* *ret: no table at all. */
enum xj_err xj_schema_is_empty(struct xj_db *db, bool *ret);
/* Sets and reads back what must hold before the first look at the file, and after it. XJ_ECONFIG with the reason. */
enum xj_err xj_profile_before(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text);
enum xj_err xj_profile_after(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text);
/* XJ_ECONFIG when the path lies on a file system that forgets or that does not lock. */
enum xj_err xj_profile_file_system(const char *path, struct xj_buf *text);

#endif
