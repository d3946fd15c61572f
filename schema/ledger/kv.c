#include <string.h>

#include "schema/ledger/sql.h"

#define PREFIX_MAX 1024 /* bytes; far above any key of spec 05, 6 */

static enum xj_err kv_get(void *ctx, struct xj_slice key, struct xj_buf *value)
{
    struct xj_db *db = ctx;
    sqlite3_stmt *st = NULL;
    xj_buf_reset(value);
    enum xj_err err = xj_sql_take(db, XJ_SQL_KV_GET, &st);
    if (err != XJ_OK)
        goto out;
    xj_sql_bind(st, 1, key);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        xj_buf_add_slice(value, xj_sql_bytes(st, 0));
        err = value->err;
    } else {
        err = rc == SQLITE_DONE ? XJ_ENOTFOUND : xj_sql_error(db, rc);
    }
out:
    xj_sql_give(db, XJ_SQL_KV_GET, st);
    return err;
}

static enum xj_err kv_put(void *ctx, struct xj_slice key, struct xj_slice value)
{
    struct xj_db *db = ctx;
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_KV_PUT, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, key);
        xj_sql_bind(st, 2, value);
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_KV_PUT, st);
    return err;
}

static enum xj_err kv_del(void *ctx, struct xj_slice key)
{
    struct xj_db *db = ctx;
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_KV_DEL, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, key);
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_KV_DEL, st);
    return err;
}

/* The smallest key behind all that begin with prefix; false when there is none (no prefix, or all its bytes are 0xff). */
static bool successor(struct xj_slice prefix, uint8_t out[PREFIX_MAX], size_t *ret_n)
{
    size_t n = prefix.n;
    while (n > 0 && prefix.p[n - 1] == 0xff)
        n--;
    if (n == 0)
        return false;
    memcpy(out, prefix.p, n);
    out[n - 1]++;
    *ret_n = n;
    return true;
}

static bool begins(struct xj_slice key, struct xj_slice prefix)
{
    return key.n >= prefix.n && (prefix.n == 0 || memcmp(key.p, prefix.p, prefix.n) == 0);
}

static enum xj_err kv_scan(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit,
                           void *arg)
{
    struct xj_db *db = ctx;
    uint8_t behind[PREFIX_MAX];
    size_t behind_n = 0;
    sqlite3_stmt *st = NULL;
    if (prefix.n > PREFIX_MAX)
        return XJ_ELIMIT;
    bool bounded = reverse && successor(prefix, behind, &behind_n);
    enum xj_sql which = !reverse ? XJ_SQL_KV_UP : bounded ? XJ_SQL_KV_DOWN_BELOW : XJ_SQL_KV_DOWN;
    enum xj_err err = xj_sql_take(db, which, &st);
    if (err != XJ_OK)
        return err;
    if (!reverse)
        xj_sql_bind(st, 1, xj_slice_cmp(from, prefix) > 0 ? from : prefix);
    else if (bounded)
        xj_sql_bind(st, 1, xj_slice_of(behind, behind_n));
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct xj_slice key = xj_sql_bytes(st, 0);
        if (!begins(key, prefix) || !visit(arg, key, xj_sql_bytes(st, 1)))
            break;
    }
    err = xj_sql_error(db, rc);
    xj_sql_give(db, which, st);
    return err;
}

struct xj_store xj_db_store(struct xj_db *db)
{
    return (struct xj_store){.ctx = db, .get = kv_get, .put = kv_put, .del = kv_del, .scan = kv_scan};
}

enum xj_err xj_db_kv_clear(struct xj_db *db)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_KV_CLEAR, &st);
    if (err == XJ_OK)
        err = xj_sql_run(db, st);
    xj_sql_give(db, XJ_SQL_KV_CLEAR, st);
    return err;
}

enum xj_err xj_db_kv_clear_kind(struct xj_db *db, char kind)
{
    const uint8_t from = (uint8_t)kind, behind = (uint8_t)(kind + 1);
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_KV_CLEAR_KIND, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, xj_slice_of(&from, 1));
        xj_sql_bind(st, 2, xj_slice_of(&behind, 1));
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_KV_CLEAR_KIND, st);
    return err;
}
