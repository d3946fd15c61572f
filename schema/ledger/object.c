#include "schema/ledger/sql.h"

enum xj_err xj_object_put(struct xj_db *db, const struct xj_hash *digest, struct xj_slice bytes)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_OBJECT_PUT, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, xj_hash_slice(digest));
        xj_sql_bind(st, 2, bytes);
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_OBJECT_PUT, st);
    return err;
}

enum xj_err xj_object_get(struct xj_db *db, const struct xj_hash *digest, struct xj_buf *ret)
{
    sqlite3_stmt *st = NULL;
    xj_buf_reset(ret);
    enum xj_err err = xj_sql_take(db, XJ_SQL_OBJECT_GET, &st);
    if (err != XJ_OK)
        return err;
    xj_sql_bind(st, 1, xj_hash_slice(digest));
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        xj_buf_add_slice(ret, xj_sql_bytes(st, 0));
        err = xj_sql_error(db, sqlite3_errcode(db->handle)); /* a column that could not be had reads as empty */
        err = err == XJ_OK ? ret->err : err;
    } else {
        err = rc == SQLITE_DONE ? XJ_ENOTFOUND : xj_sql_error(db, rc);
    }
    xj_sql_give(db, XJ_SQL_OBJECT_GET, st);
    return err;
}

enum xj_err xj_object_has(struct xj_db *db, const struct xj_hash *digest, bool *ret)
{
    sqlite3_stmt *st = NULL;
    *ret = false;
    enum xj_err err = xj_sql_take(db, XJ_SQL_OBJECT_HAS, &st);
    if (err != XJ_OK)
        return err;
    xj_sql_bind(st, 1, xj_hash_slice(digest));
    int rc = sqlite3_step(st);
    *ret = rc == SQLITE_ROW;
    xj_sql_give(db, XJ_SQL_OBJECT_HAS, st);
    return xj_sql_error(db, rc);
}

static enum xj_err drop(struct xj_db *db, const struct xj_hash *digest)
{
    sqlite3_stmt *st = NULL;
    db->dropping = true;
    enum xj_err err = xj_sql_take(db, XJ_SQL_OBJECT_DROP, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, xj_hash_slice(digest));
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_OBJECT_DROP, st);
    db->dropping = false;
    return err;
}

enum xj_err xj_object_drop_staged(struct xj_db *db, const struct xj_hash *digest)
{
    return drop(db, digest);
}

enum xj_err xj_object_destroy(struct xj_db *db, const struct xj_hash *digest)
{
    return drop(db, digest);
}
