#include <stdlib.h>
#include <string.h>

#include "schema/ledger/sql.h"

/* kv has a rowid: measured, random keys are written half again as fast as WITHOUT ROWID, ordered keys alike.
 * leaf stands before head and sig so that reading it never walks their overflow pages. */
static const char *const tables[] = {
    "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) STRICT",
    "CREATE TABLE entry (n INTEGER PRIMARY KEY CHECK (n > 0), kind INTEGER NOT NULL, time_ms INTEGER NOT NULL,"
    " leaf BLOB NOT NULL CHECK (length(leaf) = 32), head BLOB NOT NULL, sig BLOB NOT NULL) STRICT",
    "CREATE TABLE node (level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL CHECK (length(hash) = 32),"
    " PRIMARY KEY (level, idx)) STRICT, WITHOUT ROWID",
    "CREATE TABLE object (digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), bytes BLOB NOT NULL) STRICT",
    "CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT",
    "CREATE TABLE kv (k BLOB NOT NULL PRIMARY KEY, v BLOB NOT NULL) STRICT",
};

static enum xj_err exec(struct xj_db *db, const char *sql)
{
    return xj_sql_error(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static enum xj_err put_meta(struct xj_db *db, const char *name, struct xj_slice value)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "INSERT INTO meta (name, value) VALUES (?1, ?2)", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
        xj_sql_bind(st, 2, value);
        rc = sqlite3_step(st);
    }
    sqlite3_finalize(st);
    return xj_sql_error(db, rc);
}

/* Copies a meta value of at most size bytes; *ret_n is its length, and of a longer one nothing is copied. XJ_ENOTFOUND. */
static enum xj_err get_meta(struct xj_db *db, const char *name, void *out, size_t size, size_t *ret_n)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = XJ_OK;
    int rc = sqlite3_prepare_v2(db->handle, "SELECT value FROM meta WHERE name = ?1", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
        rc = sqlite3_step(st);
    }
    *ret_n = 0;
    if (rc == SQLITE_ROW) {
        struct xj_slice value = xj_sql_bytes(st, 0);
        if (value.n > 0 && value.n <= size)
            memcpy(out, value.p, value.n);
        *ret_n = value.n;
        err = xj_sql_error(db, sqlite3_errcode(db->handle)); /* of the column read */
    } else {
        err = rc == SQLITE_DONE || rc == SQLITE_ERROR ? XJ_ENOTFOUND : xj_sql_error(db, rc); /* ERROR: there is no such table */
    }
    sqlite3_finalize(st);
    return err;
}

/* The same of a text for a zeroed room of size bytes: "" for one that has no room there, or that a NUL cuts. */
static enum xj_err get_text(struct xj_db *db, const char *name, char *out, size_t size)
{
    size_t n;
    const enum xj_err err = get_meta(db, name, out, size - 1, &n);
    if (strlen(out) != n)
        out[0] = '\0';
    return err;
}

static enum xj_err finds_nothing(struct xj_db *db, const char *sql, bool *ret)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    *ret = rc == SQLITE_DONE;
    sqlite3_finalize(st);
    return xj_sql_error(db, rc);
}

enum xj_err xj_schema_is_empty(struct xj_db *db, bool *ret)
{
    return finds_nothing(db, "SELECT 1 FROM sqlite_schema LIMIT 1", ret);
}

/* Somebody's statements that would run with ours (spec 05, 1). A tool looks at such a file all the same. */
static enum xj_err no_foreign_code(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text)
{
    bool none = true;
    enum xj_err err = o->read_only ? XJ_OK
                                   : finds_nothing(db, "SELECT 1 FROM sqlite_schema WHERE type IN ('trigger', 'view') LIMIT 1", &none);
    if (err != XJ_OK || none)
        return err;
    if (text != NULL)
        xj_buf_add_str(text, "文件中被人加入了触发器或视图，停止启动并保留证据。Somebody has put a trigger or a view into the file; it is not used.");
    return XJ_ECONFIG;
}

enum xj_err xj_schema_make(struct xj_db *db, const struct xj_db_options *o, const struct xj_env *env)
{
    uint8_t random[XJ_ID_SIZE];
    struct xj_id id;
    env->random(env->ctx, random, sizeof random);
    enum xj_err err = xj_id_from(env->now_ms(env->ctx), random, &id);
    if (err == XJ_OK)
        err = exec(db, "BEGIN IMMEDIATE");
    for (size_t i = 0; err == XJ_OK && i < sizeof tables / sizeof tables[0]; i++)
        err = exec(db, tables[i]);
    if (err == XJ_OK)
        err = put_meta(db, "format", xj_slice_cstr(o->format));
    if (err == XJ_OK)
        err = put_meta(db, "owner", xj_slice_cstr(o->owner));
    if (err == XJ_OK)
        err = put_meta(db, "store_id", xj_id_slice(&id));
    if (err == XJ_OK && o->root_key != NULL)
        err = put_meta(db, "root_key", xj_slice_of(o->root_key, 32));
    return err != XJ_OK ? err : exec(db, "COMMIT");
}

static enum xj_err differs(struct xj_buf *text, const char *what, const char *got)
{
    if (text != NULL)
        xj_buf_addf(text, "文件不是所要的那个。This is another file: its %s is \"%s\".", what, got);
    return XJ_ECONFIG;
}

enum xj_err xj_schema_check(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text)
{
    size_t n = 0;
    enum xj_err err = get_text(db, "format", db->format, sizeof db->format);
    if (err != XJ_OK)
        return err == XJ_ECORRUPT || err == XJ_ENOTFOUND ? differs(text, "format", "?") : err;
    if (o->format != NULL && strcmp(db->format, o->format) != 0)
        return differs(text, "format", db->format);
    err = get_text(db, "owner", db->owner, sizeof db->owner);
    if (err == XJ_ENOTFOUND) /* the row: the file is there */
        return differs(text, "owner", "?");
    if (err == XJ_OK && o->owner != NULL && strcmp(db->owner, o->owner) != 0)
        return differs(text, "owner", db->owner);
    if (err == XJ_OK) {
        err = get_meta(db, "store_id", db->store_id.b, XJ_ID_SIZE, &n);
        db->has_store_id = err == XJ_OK && n == XJ_ID_SIZE;
        if ((err == XJ_OK && !db->has_store_id) || err == XJ_ENOTFOUND) /* a tool looks at it all the same */
            err = o->read_only ? XJ_OK : differs(text, "store_id", "?");
    }
    if (err != XJ_OK)
        return err;
    err = get_meta(db, "root_key", db->root_key, sizeof db->root_key, &n);
    db->has_root_key = err == XJ_OK && n == sizeof db->root_key;
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        return err;
    if (o->root_key != NULL && (!db->has_root_key || memcmp(o->root_key, db->root_key, 32) != 0))
        return differs(text, "root key", "another");
    return no_foreign_code(db, o, text);
}
