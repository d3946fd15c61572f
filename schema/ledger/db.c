#undef NDEBUG /* a commit that leaves a reserved number empty would be a ledger with a hole: stop instead */
#include "schema/ledger/db.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "schema/ledger/sql.h"

#define ROW_CEILING (16u * 1024 * 1024) /* bytes; SQLite's own limit (profile.c) */

static bool only_grows(const char *table)
{
    static const char *const names[] = {"entry", "node", "object", "checkpoint", "meta"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(table, names[i]) == 0)
            return true;
    return false;
}

/* What statements may do once the file is open. It runs when a statement is compiled, so it costs nothing per row. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
    const struct xj_db *db = arg;
    (void)b;
    (void)c;
    (void)d;
    if (db->setting_up)
        return SQLITE_OK;
    switch (action) {
    case SQLITE_PRAGMA: /* only looks */
        return strcmp(a, "integrity_check") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_TRANSACTION:
    case SQLITE_INSERT:
    case SQLITE_FUNCTION:
        return SQLITE_OK;
    case SQLITE_DELETE:
        if (db->dropping && strcmp(a, "object") == 0)
            return SQLITE_OK;
        return only_grows(a) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_UPDATE:
        return only_grows(a) ? SQLITE_DENY : SQLITE_OK;
    default: /* tables, attaching: none of it after opening */
        return SQLITE_DENY;
    }
}

static bool is_plain(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("/-_.~", c) != NULL;
}

/* A closed file is read as immutable, so that nothing is made beside it. A -wal beside it says that it was not closed, or
 * is in use: then SQLite's own locks decide. */
static void read_only_uri(const char *path, struct xj_buf *uri)
{
    struct stat st;
    xj_buf_addf(uri, "%s-wal", path);
    const char *wal = xj_buf_cstr(uri);
    bool closed = wal != NULL && stat(wal, &st) != 0 && errno == ENOENT;
    xj_buf_reset(uri);
    xj_buf_add_str(uri, "file:");
    for (const char *p = path; *p != 0; p++) {
        if (is_plain((unsigned char)*p))
            xj_buf_add(uri, p, 1);
        else
            xj_buf_addf(uri, "%%%02x", (unsigned)(unsigned char)*p);
    }
    if (closed)
        xj_buf_add_str(uri, "?immutable=1");
}

/* Figures about SQLite's memory that nobody reads cost every allocation of every thread one lock. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused once SQLite is in use: then it is as it was */
}

static enum xj_err open_handle(struct xj_db *db, const struct xj_db_options *o)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    struct xj_buf uri;
    (void)pthread_once(&configured, configure);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    xj_buf_init(&uri, 16384);
    if (o->read_only) {
        read_only_uri(o->path, &uri);
        flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    } else {
        xj_buf_add_str(&uri, o->path);
        flags |= SQLITE_OPEN_READWRITE | (o->create ? SQLITE_OPEN_CREATE : 0);
    }
    const char *name = xj_buf_cstr(&uri);
    enum xj_err err = name == NULL ? XJ_ENOMEM : xj_sql_error(db, sqlite3_open_v2(name, &db->handle, flags, NULL));
    xj_buf_free(&uri);
    return err;
}

/* From a bare handle to a file with the tables, the settings and the owner asked for. Settings that change a file come
 * after the look at whose it is. */
static enum xj_err set_up(struct xj_db *db, const struct xj_db_options *o, const struct xj_env *env, struct xj_buf *text)
{
    bool empty = false;
    enum xj_err err = xj_profile_before(db, o, text);
    if (err == XJ_OK)
        err = xj_schema_is_empty(db, &empty);
    if (err == XJ_OK && empty && (!o->create || o->read_only)) {
        if (text != NULL)
            xj_buf_add_str(text, "文件是空的。The file holds nothing.");
        err = XJ_ECONFIG;
    }
    if (err == XJ_OK && !empty)
        err = xj_schema_check(db, o, text);
    if (err == XJ_OK)
        err = xj_profile_after(db, o, text);
    if (err == XJ_OK && !empty && !o->read_only)
        err = xj_kv_whole(db, text);
    if (err != XJ_OK || !empty)
        return err;
    /* The WAL takes its permissions from the file, so they come first. */
    if (chmod(o->path, S_IRUSR | S_IWUSR) != 0)
        return XJ_EIO;
    err = xj_schema_make(db, o, env);
    return err != XJ_OK ? err : xj_schema_check(db, o, text);
}

enum xj_err xj_db_open(const struct xj_db_options *o, const struct xj_env *env, struct xj_db **ret, struct xj_buf *ret_text)
{
    struct stat st;
    *ret = NULL;
    bool absent = stat(o->path, &st) != 0;
    if (absent && (errno != ENOENT || !o->create || o->read_only))
        return errno == ENOENT ? XJ_ENOTFOUND : XJ_EIO;
    if (!o->volatile_ok && !o->read_only) {
        enum xj_err refused = xj_profile_file_system(o->path, ret_text);
        if (refused != XJ_OK)
            return refused;
    }
    struct xj_db *db = calloc(1, sizeof *db);
    enum xj_err err = db == NULL ? XJ_ENOMEM : XJ_OK;
    if (err != XJ_OK)
        return err;
    db->read_only = o->read_only;
    db->setting_up = true;
    xj_buf_init(&db->row, ROW_CEILING);
    db->path = strdup(o->path);
    err = db->path == NULL ? XJ_ENOMEM : open_handle(db, o);
    if (err == XJ_OK)
        err = set_up(db, o, env, ret_text);
    if (err == XJ_OK)
        err = xj_sql_error(db, sqlite3_set_authorizer(db->handle, authorize, db));
    /* What a process left in the log whose sync failed is readable, and may yet be on no disk: the system thinks that it has written
     * it. Folding writes it once more, into the file, before anybody is told of it. */
    if (err == XJ_OK && !o->read_only)
        err = xj_db_checkpoint(db, true);
    db->setting_up = false;
    if (err == XJ_ECORRUPT) /* not an SQLite file, or not one of ours */
        err = XJ_ECONFIG;
    if (err != XJ_OK) {
        if (err == XJ_ESTATE && ret_text != NULL)
            xj_buf_add_str(ret_text, "另一进程正在使用该文件。Another process has this file.");
        xj_db_close(db);
        return err;
    }
    *ret = db;
    return XJ_OK;
}

void xj_db_close(struct xj_db *db)
{
    if (db == NULL)
        return;
    xj_db_rollback(db);
    for (size_t i = 0; i < XJ_SQL_COUNT; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
    xj_buf_free(&db->row);
    free(db->path);
    free(db);
}

struct xj_id xj_db_store_id(const struct xj_db *db)
{
    return db->store_id;
}

const char *xj_db_owner(const struct xj_db *db)
{
    return db->owner;
}

const uint8_t *xj_db_root_key(const struct xj_db *db)
{
    return db->has_root_key ? db->root_key : NULL;
}

static enum xj_err run(struct xj_db *db, enum xj_sql which)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, which, &st);
    if (err == XJ_OK)
        err = xj_sql_run(db, st);
    xj_sql_give(db, which, st);
    return err;
}

enum xj_err xj_db_begin(struct xj_db *db)
{
    if (db->unknown)
        return XJ_EIO;
    return run(db, XJ_SQL_BEGIN);
}

enum xj_err xj_db_commit(struct xj_db *db)
{
    assert(db->reserved == 0);
    /* A statement that failed on a full or broken disk may have rolled all of it back already. */
    enum xj_err err = sqlite3_get_autocommit(db->handle) ? XJ_EIO : run(db, XJ_SQL_COMMIT);
    if (err != XJ_OK)
        db->unknown = true;
    return err;
}

void xj_db_rollback(struct xj_db *db)
{
    if (db->handle != NULL && !sqlite3_get_autocommit(db->handle))
        (void)run(db, XJ_SQL_ROLLBACK); /* a failure leaves the WAL without a commit record, which is the same */
    db->reserved = 0;
}

enum xj_err xj_db_checkpoint(struct xj_db *db, bool full)
{
    int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, full ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, NULL,
                                       NULL);
    return xj_sql_error(db, rc);
}

uint64_t xj_db_free_bytes(const struct xj_db *db)
{
    struct statvfs fs;
    if (statvfs(db->path, &fs) != 0)
        return 0;
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}
