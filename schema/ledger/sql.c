#include "schema/ledger/sql.h"

#include <errno.h>

#include "schema/ledger/refused.h"

/* ?NNN parameters throughout: a statement's order of binding is then its text's business alone. */
static const char *const texts[XJ_SQL_COUNT] = {
    [XJ_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [XJ_SQL_COMMIT] = "COMMIT",
    [XJ_SQL_ROLLBACK] = "ROLLBACK",
    [XJ_SQL_KV_GET] = "SELECT v FROM kv WHERE k = ?1",
    [XJ_SQL_KV_PUT] = "INSERT INTO kv (k, v) VALUES (?1, ?2) ON CONFLICT (k) DO UPDATE SET v = excluded.v",
    [XJ_SQL_KV_DEL] = "DELETE FROM kv WHERE k = ?1",
    [XJ_SQL_KV_CLEAR] = "DELETE FROM kv",
    [XJ_SQL_KV_CLEAR_KIND] = "DELETE FROM kv WHERE k >= ?1 AND k < ?2",
    [XJ_SQL_KV_UP] = "SELECT k, v FROM kv WHERE k >= ?1 ORDER BY k",
    [XJ_SQL_KV_DOWN] = "SELECT k, v FROM kv ORDER BY k DESC",
    [XJ_SQL_KV_DOWN_BELOW] = "SELECT k, v FROM kv WHERE k < ?1 ORDER BY k DESC",
    [XJ_SQL_OBJECT_PUT] = "INSERT INTO object (digest, bytes) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
    [XJ_SQL_OBJECT_GET] = "SELECT bytes FROM object WHERE digest = ?1",
    [XJ_SQL_OBJECT_HAS] = "SELECT 1 FROM object WHERE digest = ?1",
    [XJ_SQL_OBJECT_DROP] = "DELETE FROM object WHERE digest = ?1",
    [XJ_SQL_OBJECT_ALL] = "SELECT digest, bytes FROM object ORDER BY rowid",
    [XJ_SQL_ENTRY_ADD] = "INSERT INTO entry (n, kind, time_ms, leaf, head, sig) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [XJ_SQL_ENTRY_GET] = "SELECT kind, time_ms, head, sig FROM entry WHERE n = ?1",
    [XJ_SQL_ENTRY_FROM] = "SELECT n, kind, time_ms, head, sig, leaf FROM entry WHERE n >= ?1 ORDER BY n",
    [XJ_SQL_ENTRY_LEAF] = "SELECT leaf FROM entry WHERE n = ?1",
    [XJ_SQL_ENTRY_LAST] = "SELECT max(n) FROM entry",
    [XJ_SQL_ENTRY_ROWS] = "SELECT count(*) FROM entry",
    [XJ_SQL_NODE_ADD] = "INSERT INTO node (level, idx, hash) VALUES (?1, ?2, ?3)",
    [XJ_SQL_NODE_GET] = "SELECT hash FROM node WHERE level = ?1 AND idx = ?2",
    [XJ_SQL_NODE_LAST] = "SELECT max(idx) FROM node WHERE level = ?1",
    [XJ_SQL_NODE_ALL] = "SELECT level, idx, hash FROM node ORDER BY level, idx",
    [XJ_SQL_CHECKPOINT_ADD] = "INSERT INTO checkpoint (size, note) VALUES (?1, ?2)",
    [XJ_SQL_PAGES] = "PRAGMA integrity_check(1)",
    [XJ_SQL_FOREIGN] = "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')",
    [XJ_SQL_CHECKPOINT_LAST] = "SELECT max(size) FROM checkpoint",
    [XJ_SQL_CHECKPOINT_NEWEST] = "SELECT size, note FROM checkpoint ORDER BY size DESC LIMIT 1",
    [XJ_SQL_CHECKPOINT_ALL] = "SELECT size, note FROM checkpoint ORDER BY size",
};

bool xj_sql_says_nothing(enum xj_err err)
{
    return err == XJ_ENOMEM || err == XJ_EIO || err == XJ_EFULL || err == XJ_ESTATE;
}

enum xj_err xj_sql_error(struct xj_db *db, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return XJ_OK;
    case SQLITE_FULL:
        return XJ_EFULL;
    case SQLITE_NOMEM:
        return XJ_ENOMEM;
    case SQLITE_CORRUPT:
        return xj_disk_refused(db != NULL ? db->handle : NULL) ? XJ_EIO : XJ_ECORRUPT;
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT: /* the rows contradict the caller's memory of them */
        return XJ_ECORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return XJ_ESTATE;
    case SQLITE_TOOBIG:
        return XJ_ELIMIT;
    default: {
        int system = db != NULL ? sqlite3_system_errno(db->handle) : 0; /* 0 of none */
        return system == ENOSPC || system == EDQUOT ? XJ_EFULL : XJ_EIO;
    }
    }
}

enum xj_err xj_sql_take(struct xj_db *db, enum xj_sql which, sqlite3_stmt **ret)
{
    sqlite3_stmt *cached = db->statements[which];
    *ret = NULL;
    if (cached != NULL && !sqlite3_stmt_busy(cached)) {
        *ret = cached;
        return XJ_OK;
    }
    unsigned flags = cached == NULL ? SQLITE_PREPARE_PERSISTENT : 0;
    int rc = sqlite3_prepare_v3(db->handle, texts[which], -1, flags, ret, NULL);
    if (rc != SQLITE_OK)
        return xj_sql_error(db, rc);
    if (cached == NULL)
        db->statements[which] = *ret;
    return XJ_OK;
}

void xj_sql_give(struct xj_db *db, enum xj_sql which, sqlite3_stmt *statement)
{
    if (statement == NULL)
        return;
    if (statement != db->statements[which]) {
        sqlite3_finalize(statement);
        return;
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

enum xj_err xj_sql_run(struct xj_db *db, sqlite3_stmt *statement)
{
    return xj_sql_error(db, sqlite3_step(statement));
}

void xj_sql_bind(sqlite3_stmt *statement, int at, struct xj_slice bytes)
{
    /* SQLite takes a null pointer for NULL, which STRICT NOT NULL columns refuse. */
    sqlite3_bind_blob64(statement, at, bytes.n > 0 ? (const void *)bytes.p : "", bytes.n, SQLITE_STATIC);
}

void xj_sql_bind_number(sqlite3_stmt *statement, int at, uint64_t number)
{
    sqlite3_bind_int64(statement, at, (sqlite3_int64)number);
}

struct xj_slice xj_sql_bytes(sqlite3_stmt *statement, int column)
{
    const void *p = sqlite3_column_blob(statement, column); /* before the length: SQLite converts in this order */
    return xj_slice_of(p, (size_t)sqlite3_column_bytes(statement, column));
}
