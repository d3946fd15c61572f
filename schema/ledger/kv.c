#include <sodium.h>
#include <string.h>

#include "schema/ledger/sql.h"
#include "schema/ledger/refused.h"

#define PREFIX_MAX 1024 /* bytes; far above any key of spec 05, 6 */
#define CHECK_BYTES crypto_shorthash_BYTES
_Static_assert(CHECK_BYTES == 8 && crypto_shorthash_KEYBYTES == 16, "SipHash-2-4");

/* What stands behind a value in its row, so that a bit that the disk changes in either is seen when it is read (spec 05, 6). */
static void check_of(struct xj_slice key, struct xj_slice value, uint8_t ret[CHECK_BYTES])
{
    static const uint8_t zero[16] = {0};
    uint8_t under[16];
    crypto_shorthash(under, key.p, key.n, zero);
    memcpy(under + 8, under, 8);
    crypto_shorthash(ret, value.p, value.n, under);
}

/* The value in what a row holds. XJ_ECORRUPT: it is not what was put under this key. */
static enum xj_err checked(struct xj_slice key, struct xj_slice stored, struct xj_slice *ret)
{
    uint8_t check[CHECK_BYTES];
    if (stored.n < CHECK_BYTES)
        return XJ_ECORRUPT;
    *ret = xj_slice_of(stored.p, stored.n - CHECK_BYTES);
    check_of(key, *ret, check);
    return memcmp(check, stored.p + ret->n, CHECK_BYTES) == 0 ? XJ_OK : XJ_ECORRUPT;
}

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
        struct xj_slice found;
        err = checked(key, xj_sql_bytes(st, 0), &found);
        if (err == XJ_OK)
            xj_buf_add_slice(value, found);
        err = err == XJ_OK ? value->err : err;
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
    uint8_t check[CHECK_BYTES];
    check_of(key, value, check);
    xj_buf_reset(&db->row);
    xj_buf_add_slice(&db->row, value);
    xj_buf_add(&db->row, check, sizeof check);
    enum xj_err err = db->row.err != XJ_OK ? db->row.err : xj_sql_take(db, XJ_SQL_KV_PUT, &st);
    if (err == XJ_OK) {
        xj_sql_bind(st, 1, key);
        xj_sql_bind(st, 2, xj_buf_slice(&db->row));
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
    while (err == XJ_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct xj_slice key = xj_sql_bytes(st, 0), value;
        if (!begins(key, prefix))
            break;
        err = checked(key, xj_sql_bytes(st, 1), &value);
        if (err == XJ_OK && !visit(arg, key, value))
            break;
    }
    err = err != XJ_OK ? err : xj_sql_error(db, rc);
    xj_sql_give(db, which, st);
    return err;
}

static bool next_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)arg;
    (void)key;
    (void)value;
    return true; /* kv_scan has checked it */
}

/* A row that a key does not lead to is missed by no scan: the index must be whole, too. */
static enum xj_err index_is_whole(struct xj_db *db)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db->handle, "PRAGMA integrity_check(kv)", -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    enum xj_err err = xj_sql_error(db, rc);
    if (err == XJ_OK && !xj_slice_is(xj_sql_bytes(st, 0), "ok"))
        err = XJ_ECORRUPT;
    sqlite3_finalize(st);
    return err;
}

enum xj_err xj_kv_whole(struct xj_db *db, struct xj_buf *text)
{
    const struct xj_slice all = {NULL, 0};
    enum xj_err err = index_is_whole(db);
    if (err == XJ_OK)
        err = kv_scan(db, all, all, false, next_pair, NULL);
    if (err == XJ_ECORRUPT && xj_disk_refused(db->handle))
        err = XJ_EIO;
    if (err != XJ_ECORRUPT)
        return err;
    if (text != NULL)
        xj_buf_add_str(text, "工作状态（kv 表）损坏，停止启动：请用 xianjie verify 核验本文件，并检查磁盘。"
                             "The working state (table kv) is damaged: verify this file with xianjie verify, and look at the disk.");
    return XJ_ECONFIG;
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
