#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>

#include "schema/ledger/sql.h"

#ifndef NFS_SUPER_MAGIC
#define NFS_SUPER_MAGIC 0x6969
#endif
#define CIFS_MAGIC 0xFF534D42u
#define SMB2_MAGIC 0xFE534D42u
#define PLAN9_MAGIC 0x01021997u
#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)
/* Most commits must not pay for folding the log in: the threads do that when they have nothing else to do (xj_db_checkpoint);
 * this is for the day on which that moment does not come. */
#define CHECKPOINT_PAGES 4000
#define CACHE_KIB "-16384" /* keys are digests: every act touches pages all over the file */
#define LENGTH_LIMIT (16 * 1024 * 1024) /* far above any object; a damaged length cannot ask for gigabytes */

static void say(struct xj_buf *text, const char *what)
{
    if (text != NULL)
        xj_buf_add_str(text, what);
}

enum xj_err xj_profile_file_system(const char *path, struct xj_buf *text)
{
    struct statfs fs;
    char *directory = strdup(path);
    if (directory == NULL)
        return XJ_ENOMEM;
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[1] = 0;
    int rc = statfs(slash != NULL ? directory : ".", &fs);
    free(directory);
    if (rc != 0) {
        say(text, "目录不存在或不可读。The directory does not exist or cannot be read.");
        return XJ_ENOTFOUND;
    }
    switch ((unsigned long)fs.f_type & 0xfffffffful) {
    case TMPFS_MAGIC:
    case RAMFS_MAGIC:
        say(text, "数据目录在内存盘上,断电即失。The path lies in memory (tmpfs), which a power cut empties.");
        return XJ_ECONFIG;
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case CIFS_MAGIC:
    case SMB2_MAGIC:
    case PLAN9_MAGIC:
        say(text, "数据目录在网络盘上,锁与落盘不可靠。The path lies on a network file system: locks and syncs cannot be relied on.");
        return XJ_ECONFIG;
    default:
        return XJ_OK;
    }
}

/* Runs a pragma and compares the first column of its first row, as text, with what it must be (NULL: not compared). */
static enum xj_err expect(struct xj_db *db, const char *pragma, const char *want, struct xj_buf *text)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = XJ_OK;
    int rc = sqlite3_prepare_v2(db->handle, pragma, -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        err = xj_sql_error(db, rc);
    } else if (want != NULL) {
        const char *got = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "0";
        err = xj_sql_error(db, sqlite3_errcode(db->handle)); /* no text for want of memory is no wrong setting */
        if (err == XJ_OK && (got == NULL || strcmp(got, want) != 0)) {
            if (text != NULL)
                xj_buf_addf(text, "设置不成立。A setting does not hold: %s is %s, not %s.", pragma, got == NULL ? "?" : got,
                            want);
            err = XJ_ECONFIG;
        }
    }
    sqlite3_finalize(st);
    return err;
}

static enum xj_err hold(struct xj_db *db, const char *set, const char *get, const char *want, struct xj_buf *text)
{
    enum xj_err err = set != NULL ? expect(db, set, NULL, text) : XJ_OK;
    return err != XJ_OK ? err : expect(db, get, want, text);
}

static enum xj_err switches(struct xj_db *db, struct xj_buf *text)
{
    static const struct {
        int option, want;
    } wanted[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        int got = -1;
        if (sqlite3_db_config(db->handle, wanted[i].option, wanted[i].want, &got) != SQLITE_OK || got != wanted[i].want) {
            say(text, "SQLite 安全开关不成立。A security switch of SQLite does not hold.");
            return XJ_ECONFIG;
        }
    }
    return XJ_OK;
}

static enum xj_err limits(struct xj_db *db, struct xj_buf *text)
{
    static const struct {
        int id, want;
    } wanted[] = {
        {SQLITE_LIMIT_LENGTH, LENGTH_LIMIT}, {SQLITE_LIMIT_SQL_LENGTH, 4096},   {SQLITE_LIMIT_COLUMN, 32},
        {SQLITE_LIMIT_ATTACHED, 0},          {SQLITE_LIMIT_TRIGGER_DEPTH, 1},   {SQLITE_LIMIT_WORKER_THREADS, 0},
        {SQLITE_LIMIT_VARIABLE_NUMBER, 16},  {SQLITE_LIMIT_COMPOUND_SELECT, 4},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        sqlite3_limit(db->handle, wanted[i].id, wanted[i].want);
        if (sqlite3_limit(db->handle, wanted[i].id, -1) != wanted[i].want) {
            say(text, "SQLite 上限不成立。A limit of SQLite does not hold.");
            return XJ_ECONFIG;
        }
    }
    return XJ_OK;
}

enum xj_err xj_profile_before(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text)
{
    enum xj_err err = switches(db, text);
    if (err == XJ_OK)
        err = limits(db, text);
    if (err == XJ_OK)
        err = hold(db, "PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1", text);
    if (err == XJ_OK)
        err = hold(db, "PRAGMA mmap_size=0", "PRAGMA mmap_size", "0", text);
    if (err != XJ_OK || o->read_only)
        return err;
    err = hold(db, "PRAGMA locking_mode=EXCLUSIVE", "PRAGMA locking_mode", "exclusive", text);
    /* Without effect on a file that exists: it then has the size it was made with, which xj_profile_after reads. */
    return err != XJ_OK ? err : expect(db, "PRAGMA page_size=8192", NULL, text);
}

enum xj_err xj_profile_after(struct xj_db *db, const struct xj_db_options *o, struct xj_buf *text)
{
    enum xj_err err = hold(db, NULL, "PRAGMA page_size", "8192", text);
    if (err == XJ_OK)
        err = hold(db, "PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0", text);
    if (err == XJ_OK)
        err = hold(db, "PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1", text);
    if (err == XJ_OK)
        err = hold(db, "PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2", text);
    if (err != XJ_OK)
        return err;
    if (o->read_only)
        return hold(db, "PRAGMA query_only=ON", "PRAGMA query_only", "1", text);
    err = hold(db, "PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal", text);
    if (err == XJ_OK)
        err = hold(db, o->volatile_ok ? "PRAGMA synchronous=OFF" : "PRAGMA synchronous=EXTRA", "PRAGMA synchronous",
                   o->volatile_ok ? "0" : "3", text);
    if (err != XJ_OK)
        return err;
    err = hold(db, "PRAGMA secure_delete=ON", "PRAGMA secure_delete", "1", text); /* spec 18, 2.1 */
    if (err != XJ_OK)
        return err;
    err = hold(db, "PRAGMA cache_size=" CACHE_KIB, "PRAGMA cache_size", CACHE_KIB, text);
    sqlite3_wal_autocheckpoint(db->handle, CHECKPOINT_PAGES);
    return err != XJ_OK ? err : hold(db, NULL, "PRAGMA wal_autocheckpoint", TEXT_OF(CHECKPOINT_PAGES), text);
}
