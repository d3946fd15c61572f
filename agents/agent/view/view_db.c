#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/agent/view/view_private.h"
#include "agents/agent/view/view_schema.h"
#include "schema/ledger/refused.h"

void xj_view_fail(struct xj_view *v, enum xj_err err)
{
    if (v->err == XJ_OK)
        v->err = err;
}

enum xj_err xj_view_err(const struct xj_view *v)
{
    return v->err;
}

static enum xj_err err_of(const struct xj_view *v, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return XJ_OK;
    case SQLITE_NOMEM:
        return XJ_ENOMEM;
    case SQLITE_FULL:
        return XJ_EFULL;
    case SQLITE_CORRUPT:
        return xj_disk_refused(v->db) ? XJ_EIO : XJ_ECORRUPT;
    case SQLITE_NOTADB:
        return XJ_ECORRUPT;
    default:
        return XJ_EIO;
    }
}

/* ---- statements ---- */

static sqlite3_stmt *cached(struct xj_view *v, const char *sql)
{
    for (size_t i = 0; i < v->statement_count; i++)
        if (v->statements[i].sql == sql)
            return v->statements[i].st;
    sqlite3_stmt *st = NULL;
    if (v->statement_count == XJ_VIEW_STATEMENTS) {
        xj_view_fail(v, XJ_ELIMIT);
        return NULL;
    }
    int rc = sqlite3_prepare_v3(v->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
    if (rc != SQLITE_OK) {
        xj_view_fail(v, err_of(v, rc));
        return NULL;
    }
    v->statements[v->statement_count].sql = sql;
    v->statements[v->statement_count++].st = st;
    return st;
}

static int bind_slice(sqlite3_stmt *st, int at, struct xj_slice s, bool text)
{
    if (s.p == NULL)
        return sqlite3_bind_null(st, at);
    if (text)
        return sqlite3_bind_text64(st, at, (const char *)s.p, s.n, SQLITE_STATIC, SQLITE_UTF8);
    return sqlite3_bind_blob64(st, at, s.p, s.n, SQLITE_STATIC);
}

sqlite3_stmt *xj_vq(struct xj_view *v, const char *sql, const char *format, ...)
{
    if (v->err != XJ_OK)
        return NULL;
    sqlite3_stmt *st = cached(v, sql);
    if (st == NULL)
        return NULL;
    sqlite3_reset(st);
    va_list ap;
    va_start(ap, format);
    int rc = SQLITE_OK;
    for (int i = 0; format[i] != '\0' && rc == SQLITE_OK; i++) {
        if (format[i] == 'i') {
            rc = sqlite3_bind_int64(st, i + 1, va_arg(ap, int64_t));
        } else if (format[i] == 'I') {
            const int64_t *value = va_arg(ap, const int64_t *);
            rc = value != NULL ? sqlite3_bind_int64(st, i + 1, *value) : sqlite3_bind_null(st, i + 1);
        } else {
            rc = bind_slice(st, i + 1, va_arg(ap, struct xj_slice), format[i] == 's');
        }
    }
    va_end(ap);
    if (rc != SQLITE_OK) {
        xj_view_fail(v, err_of(v, rc));
        return NULL;
    }
    return st;
}

bool xj_vq_row(struct xj_view *v, sqlite3_stmt *st)
{
    if (st == NULL || v->err != XJ_OK) {
        xj_vq_end(st);
        return false;
    }
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        return true;
    sqlite3_reset(st);
    if (rc != SQLITE_DONE)
        xj_view_fail(v, err_of(v, rc));
    return false;
}

void xj_vq_end(sqlite3_stmt *st)
{
    if (st != NULL)
        sqlite3_reset(st);
}

void xj_vq_run(struct xj_view *v, sqlite3_stmt *st)
{
    while (xj_vq_row(v, st))
        continue;
}

int64_t xj_vq_int(struct xj_view *v, sqlite3_stmt *st, int64_t dflt)
{
    int64_t value = dflt;
    if (xj_vq_row(v, st)) {
        value = sqlite3_column_int64(st, 0);
        xj_vq_end(st);
    }
    return value;
}

struct xj_slice xj_vq_slice(sqlite3_stmt *st, int column)
{
    if (sqlite3_column_type(st, column) == SQLITE_NULL)
        return (struct xj_slice){NULL, 0};
    static const uint8_t nothing = 0;
    const void *p = sqlite3_column_blob(st, column); /* for TEXT, too: the same bytes */
    int n = sqlite3_column_bytes(st, column);
    if (p == NULL || n <= 0)
        return xj_slice_of(&nothing, 0);
    return xj_slice_of(p, (size_t)n);
}

struct xj_id xj_vq_id(sqlite3_stmt *st, int column)
{
    struct xj_id id = {{0}};
    struct xj_slice s = xj_vq_slice(st, column);
    if (s.n == sizeof id.b)
        memcpy(id.b, s.p, s.n);
    return id;
}

void xj_view_begin(struct xj_view *v, bool write)
{
    v->err = XJ_OK;
    if (write)
        xj_vq_run(v, xj_vq(v, "BEGIN IMMEDIATE", ""));
    else
        xj_vq_run(v, xj_vq(v, "BEGIN", ""));
}

enum xj_err xj_view_end(struct xj_view *v)
{
    xj_vq_run(v, xj_vq(v, "COMMIT", ""));
    if (v->err != XJ_OK && sqlite3_get_autocommit(v->db) == 0)
        sqlite3_exec(v->db, "ROLLBACK", NULL, NULL, NULL);
    return v->err;
}

/* ---- the kv table as a store ---- */

static enum xj_err kv_get(void *ctx, struct xj_slice key, struct xj_buf *value)
{
    struct xj_view *v = ctx;
    xj_buf_reset(value);
    if (value->ceiling == 0)
        xj_buf_init(value, SIZE_MAX / 2);
    sqlite3_stmt *st = xj_vq(v, "SELECT v FROM kv WHERE k = ?1", "b", key);
    if (!xj_vq_row(v, st))
        return v->err == XJ_OK ? XJ_ENOTFOUND : v->err;
    xj_buf_add_slice(value, xj_vq_slice(st, 0));
    xj_vq_end(st);
    return value->err;
}

static enum xj_err kv_put(void *ctx, struct xj_slice key, struct xj_slice value)
{
    struct xj_view *v = ctx;
    static const uint8_t nothing = 0;
    if (value.p == NULL)
        value = xj_slice_of(&nothing, 0);
    xj_vq_run(v, xj_vq(v, "INSERT INTO kv(k, v) VALUES(?1, ?2) ON CONFLICT(k) DO UPDATE SET v = excluded.v", "bb", key, value));
    return v->err;
}

static enum xj_err kv_del(void *ctx, struct xj_slice key)
{
    struct xj_view *v = ctx;
    xj_vq_run(v, xj_vq(v, "DELETE FROM kv WHERE k = ?1", "b", key));
    return v->err;
}

/* The least key above all that begin with prefix; for a prefix of 0xff only, above all keys there are. */
static struct xj_slice upper_bound(struct xj_slice prefix, uint8_t out[256])
{
    size_t n = prefix.n < 256 ? prefix.n : 256;
    if (n > 0)
        memcpy(out, prefix.p, n);
    while (n > 0 && out[n - 1] == 0xff)
        n--;
    if (n == 0) {
        memset(out, 0xff, 256);
        return xj_slice_of(out, 256);
    }
    out[n - 1]++;
    return xj_slice_of(out, n);
}

static sqlite3_stmt *scan_take(struct xj_view *v, bool reverse)
{
    static const char *const sql[2] = {"SELECT k, v FROM kv WHERE k >= ?1 AND k < ?2 ORDER BY k",
                                       "SELECT k, v FROM kv WHERE k >= ?1 AND k < ?2 ORDER BY k DESC"};
    size_t *count = &v->scan_count[reverse];
    if (*count > 0)
        return v->scans[reverse][--*count];
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v3(v->db, sql[reverse], -1, SQLITE_PREPARE_PERSISTENT, &st, NULL);
    if (rc != SQLITE_OK)
        xj_view_fail(v, err_of(v, rc));
    return st;
}

static void scan_give(struct xj_view *v, sqlite3_stmt *st, bool reverse)
{
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    size_t *count = &v->scan_count[reverse];
    if (*count < XJ_VIEW_SCANS)
        v->scans[reverse][(*count)++] = st;
    else
        sqlite3_finalize(st);
}

static enum xj_err kv_scan(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit, void *arg)
{
    struct xj_view *v = ctx;
    uint8_t bound[256];
    static const uint8_t nothing = 0;
    if (v->err != XJ_OK)
        return v->err;
    sqlite3_stmt *st = scan_take(v, reverse);
    if (st == NULL)
        return v->err;
    struct xj_slice low = !reverse && xj_slice_cmp(from, prefix) > 0 ? from : prefix;
    if (low.p == NULL)
        low = xj_slice_of(&nothing, 0);
    bind_slice(st, 1, low, false);
    bind_slice(st, 2, upper_bound(prefix, bound), false);
    int rc = SQLITE_ROW;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        if (!visit(arg, xj_vq_slice(st, 0), xj_vq_slice(st, 1)))
            break;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        xj_view_fail(v, err_of(v, rc));
    scan_give(v, st, reverse);
    return v->err;
}

/* ---- opening ---- */

static void say(struct xj_buf *text, const char *what, sqlite3 *db)
{
    if (text != NULL)
        xj_buf_addf(text, "%s%s%s", what, db != NULL ? ": " : "", db != NULL ? sqlite3_errmsg(db) : "");
}

static enum xj_err exec(struct xj_view *v, const char *sql, struct xj_buf *text)
{
    int rc = sqlite3_exec(v->db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        say(text, "view.db", v->db);
    if (rc == SQLITE_OK && sqlite3_db_readonly(v->db, "main") != 0) { /* what SQLite makes do with when it cannot open it as asked */
        say(text, "view.db cannot be opened for writing", NULL);
        return XJ_EIO;
    }
    return err_of(v, rc);
}

static enum xj_err profile(struct xj_view *v, struct xj_buf *text)
{
    sqlite3_busy_timeout(v->db, 5000);
    sqlite3_db_config(v->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(v->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(v->db, SQLITE_LIMIT_LENGTH, 8 * 1024 * 1024);
    if (v->reader) {
        /* A reader that checkpoints would make the writer wait, and would write a file it is meant only to read. */
        sqlite3_db_config(v->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        return exec(v, "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=1; PRAGMA mmap_size=0;", text);
    }
    return exec(v, "PRAGMA secure_delete=ON; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA locking_mode=NORMAL;"
                   "PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-16384; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"
                   "CREATE TEMP TABLE IF NOT EXISTS stale(case_id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;", text);
}

/* Every table that is there, whatever the format that made it. */
static enum xj_err drop_all(struct xj_view *v, struct xj_buf *text)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = XJ_OK;
    for (bool more = true; more && err == XJ_OK;) {
        char *sql = NULL;
        int rc = sqlite3_prepare_v2(v->db, "SELECT 'DROP TABLE \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master WHERE type = 'table'"
                                           " AND name NOT LIKE 'sqlite_%' LIMIT 1", -1, &st, NULL);
        more = rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
        if (more)
            sql = sqlite3_mprintf("%s", (const char *)sqlite3_column_text(st, 0));
        rc = sqlite3_finalize(st);
        err = rc != SQLITE_OK ? err_of(v, rc) : more && sql == NULL ? XJ_ENOMEM : XJ_OK;
        if (err == XJ_OK && more)
            err = exec(v, sql, text);
        sqlite3_free(sql);
    }
    return err;
}

static enum xj_err create_all(struct xj_view *v, struct xj_buf *text)
{
    char last[96];
    enum xj_err err = XJ_OK;
    for (size_t i = 0; xj_view_table_at(i) != NULL && err == XJ_OK; i++)
        err = exec(v, xj_view_table_at(i)->create, text);
    snprintf(last, sizeof last, "INSERT INTO meta(name, i) VALUES('applied_to', 0); PRAGMA user_version = %d", XJ_VIEW_FORMAT);
    return err == XJ_OK ? exec(v, last, text) : err;
}

/* All that a database says of its tables and indices, as malloc'd text. */
static int schema_text(sqlite3 *db, char **ret)
{
    sqlite3_stmt *st = NULL;
    *ret = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT group_concat(printf('%s %s %s %s', type, name, tbl_name, sql), char(10))"
                                    " FROM (SELECT * FROM sqlite_schema ORDER BY name)", -1, &st, NULL);
    if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const bool none = sqlite3_column_type(st, 0) == SQLITE_NULL; /* no table at all */
        const char *text = none ? "" : (const char *)sqlite3_column_text(st, 0);
        *ret = text != NULL ? strdup(text) : NULL;
        rc = *ret != NULL ? SQLITE_OK : SQLITE_NOMEM;
    }
    sqlite3_finalize(st);
    return rc;
}

/* Whether the tables are, word for word, those that are made here: a name in them that changed on the disk is no damage to SQLite. */
static enum xj_err has_our_tables(struct xj_view *v, bool *ret)
{
    sqlite3 *model = NULL;
    char *have = NULL, *want = NULL;
    int rc = sqlite3_open_v2(":memory:", &model, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    for (size_t i = 0; xj_view_table_at(i) != NULL && rc == SQLITE_OK; i++)
        rc = sqlite3_exec(model, xj_view_table_at(i)->create, NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = schema_text(model, &want);
    if (rc == SQLITE_OK)
        rc = schema_text(v->db, &have);
    *ret = rc == SQLITE_OK && strcmp(have, want) == 0;
    free(have);
    free(want);
    sqlite3_close(model);
    return err_of(v, rc);
}

/* An existing view of another format, or with other tables, is thrown away: it is derived, and the caller sees applied_to 0. */
static enum xj_err prepare_schema(struct xj_view *v, struct xj_buf *text)
{
    sqlite3_stmt *st = NULL;
    int version = 0;
    int rc = sqlite3_prepare_v2(v->db, "PRAGMA user_version", -1, &st, NULL);
    if (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        version = sqlite3_column_int(st, 0);
    rc = sqlite3_finalize(st);
    if (rc != SQLITE_OK)
        return err_of(v, rc);
    bool ours = version == XJ_VIEW_FORMAT;
    enum xj_err err = ours && !v->reader ? has_our_tables(v, &ours) : XJ_OK;
    if (err != XJ_OK || ours)
        return err;
    if (v->reader) {
        say(text, "view.db is of another format or not made yet", NULL);
        return XJ_ECONFIG;
    }
    v->was_changed = version == XJ_VIEW_FORMAT;
    err = exec(v, "BEGIN IMMEDIATE", text);
    if (err == XJ_OK && version != 0)
        err = drop_all(v, text);
    if (err == XJ_OK)
        err = create_all(v, text);
    if (err == XJ_OK)
        err = exec(v, "COMMIT", text);
    return err;
}

/* A view that was folded for another agency opens other bodies and names other tasks: it is not this one's. */
static enum xj_err check_owner(struct xj_view *v, struct xj_buf *text)
{
    xj_view_begin(v, !v->reader);
    sqlite3_stmt *st = xj_vq(v, "SELECT t FROM meta WHERE name = 'agency'", "");
    bool other = false;
    if (xj_vq_row(v, st)) {
        other = !xj_slice_is(xj_vq_slice(st, 0), v->agency);
        xj_vq_end(st);
    } else if (!v->reader) {
        xj_vq_run(v, xj_vq(v, "INSERT INTO meta(name, t) VALUES('agency', ?1)", "s", xj_slice_cstr(v->agency)));
    }
    enum xj_err err = xj_view_end(v);
    if (err == XJ_OK && other) {
        say(text, "view.db belongs to another agency", NULL);
        return XJ_ECONFIG;
    }
    return err;
}

/* The file holds opened bodies, so it must never exist with a wider mode, not even for a moment; SQLite gives its side files
 * the mode of the main one. O_EXCL, because closing a descriptor of a file that SQLite has open would drop its locks. */
static enum xj_err make_private(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return close(fd) == 0 ? XJ_OK : XJ_EIO;
    if (errno == EEXIST)
        return chmod(path, 0600) == 0 ? XJ_OK : XJ_EIO;
    return errno == ENOSPC || errno == EDQUOT ? XJ_EFULL : errno == ENOENT ? XJ_ENOTFOUND : XJ_EIO;
}

static enum xj_err open_file(struct xj_view *v, const char *path, struct xj_buf *text)
{
    enum xj_err err = v->reader ? XJ_OK : make_private(path);
    if (err != XJ_OK) {
        say(text, "view.db cannot be made", NULL);
        return err;
    }
    int rc = sqlite3_open_v2(path, &v->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        say(text, "view.db", v->db);
    return err_of(v, rc);
}

static bool keep_options(struct xj_view *v, const struct xj_view_options *o)
{
    size_t n = strlen(o->agency);
    if (n == 0 || n > XJ_MAX_AGENCY_BYTES)
        return false;
    memcpy(v->agency, o->agency, n + 1);
    v->trail = o->trail;
    v->reader = o->reader;
    v->ledger = o->ledger;
    if (o->root_key != NULL)
        memcpy(v->root_key, o->root_key, sizeof v->root_key);
    if (o->keys != NULL) {
        v->keys = *o->keys;
        v->has_keys = true;
    }
    v->store = (struct xj_store){.ctx = v, .get = kv_get, .put = kv_put, .del = kv_del, .scan = kv_scan};
    return true;
}

enum xj_err xj_view_whole(struct xj_view *v, bool *ret)
{
    v->err = XJ_OK;
    sqlite3_stmt *st = xj_vq(v, "PRAGMA integrity_check(1)", "");
    *ret = xj_vq_row(v, st) && xj_slice_is(xj_vq_slice(st, 0), "ok") && !v->was_changed;
    xj_vq_end(st);
    return v->err == XJ_ECORRUPT ? XJ_OK : v->err;
}

enum xj_err xj_view_open(const struct xj_view_options *o, struct xj_view **ret, struct xj_buf *ret_text)
{
    *ret = NULL;
    struct xj_view *v = calloc(1, sizeof *v);
    if (v == NULL)
        return XJ_ENOMEM;
    enum xj_err err = keep_options(v, o) ? XJ_OK : XJ_ECONFIG;
    v->pairs = xj_pairs_new();
    v->scratch = calloc(1, sizeof *v->scratch);
    if (v->pairs == NULL || v->scratch == NULL)
        err = XJ_ENOMEM;
    if (err == XJ_OK)
        err = open_file(v, o->path, ret_text);
    if (err == XJ_OK)
        err = profile(v, ret_text);
    if (err == XJ_OK && o->volatile_ok && !o->reader)
        err = exec(v, "PRAGMA synchronous=OFF", ret_text);
    if (err == XJ_OK)
        err = prepare_schema(v, ret_text);
    if (err == XJ_OK)
        err = check_owner(v, ret_text);
    if (err != XJ_OK) {
        xj_view_close(v);
        return err;
    }
    *ret = v;
    return XJ_OK;
}

void xj_view_close(struct xj_view *v)
{
    if (v == NULL)
        return;
    for (size_t i = 0; i < v->statement_count; i++)
        sqlite3_finalize(v->statements[i].st);
    xj_buf_free(&v->mine);
    for (size_t r = 0; r < 2; r++)
        for (size_t i = 0; i < v->scan_count[r]; i++)
            sqlite3_finalize(v->scans[r][i]);
    sqlite3_close(v->db);
    xj_view_models_free(v);
    xj_view_tally_free(v);
    xj_pairs_free(v->pairs);
    if (v->scratch != NULL)
        xj_buf_wipe(&v->scratch->body);
    free(v->scratch);
    xj_agency_keys_wipe(&v->keys);
    free(v);
}
