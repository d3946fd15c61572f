#include "schema/ledger/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/ledger/sql.h"

static enum xj_err file_error(void)
{
    switch (errno) {
    case EEXIST: return XJ_EEXISTS;
    case ENOENT:
    case ENOTDIR: return XJ_ENOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS: return XJ_EDENIED;
    case ENOSPC:
    case EDQUOT: return XJ_EFULL;
    case ENOMEM: return XJ_ENOMEM;
    default: return XJ_EIO;
    }
}

/* VACUUM INTO fills an empty file, which so has its permissions before it has content. */
static enum xj_err make_empty(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return file_error();
    return close(fd) == 0 ? XJ_OK : file_error();
}

static enum xj_err sync_path(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    if (fd < 0)
        return file_error();
    enum xj_err err = fsync(fd) == 0 ? XJ_OK : file_error();
    close(fd);
    return err;
}

static enum xj_err sync_both(const char *path)
{
    enum xj_err err = sync_path(path, 0);
    char *directory = strdup(path);
    if (directory == NULL)
        return XJ_ENOMEM;
    char *slash = strrchr(directory, '/');
    if (slash != NULL)
        slash[1] = 0;
    if (err == XJ_OK)
        err = sync_path(slash == NULL ? "." : directory, O_DIRECTORY);
    free(directory);
    return err;
}

/* The copy is attached while it is written, which the profile forbids at any other time. */
static enum xj_err copy(struct xj_db *db, const char *path)
{
    sqlite3_stmt *st = NULL;
    int attached = sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
    db->setting_up = true;
    int rc = sqlite3_prepare_v2(db->handle, "VACUUM INTO ?1", -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(st, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    enum xj_err err = xj_sql_error(db, rc);
    sqlite3_finalize(st);
    db->setting_up = false;
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, attached);
    return err;
}

enum xj_err xj_db_snapshot(struct xj_db *db, const char *path)
{
    if (db->unknown || !sqlite3_get_autocommit(db->handle))
        return XJ_ESTATE;
    enum xj_err err = make_empty(path);
    if (err != XJ_OK)
        return err;
    err = copy(db, path);
    if (err == XJ_OK)
        err = sync_both(path);
    if (err != XJ_OK)
        (void)unlink(path);
    return err;
}
