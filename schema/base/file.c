#undef NDEBUG /* a name cut short would be another file: stop instead, in every build */
#include "schema/base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_STEP 65536u

static enum xj_err from_errno(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR: return XJ_ENOTFOUND;
    case EACCES:
    case EPERM:
    case EROFS: return XJ_EDENIED;
    case ENOSPC:
    case EFBIG: /* the process's own limit on file size */
    case EDQUOT: return XJ_EFULL;
    case ENAMETOOLONG: return XJ_ELIMIT;
    case EEXIST:
    case EISDIR: return XJ_EEXISTS;
    case ENOMEM: return XJ_ENOMEM;
    default: return XJ_EIO;
    }
}

/* Reads to the end. The first step is the size the file had, so that secrets are not copied about by growth. */
static enum xj_err read_all(int fd, size_t first, struct xj_buf *buf)
{
    size_t want = first;
    for (;;) {
        size_t space = buf->ceiling - buf->n;
        size_t step = want < space ? want : space;
        uint8_t past_ceiling;
        uint8_t *to = step > 0 ? xj_buf_room(buf, step) : &past_ceiling;
        if (to == NULL)
            return buf->err;
        ssize_t got;
        do
            got = read(fd, to, step > 0 ? step : 1);
        while (got < 0 && errno == EINTR);
        if (got < 0)
            return from_errno(errno);
        if (step == 0 && got > 0)
            return XJ_ELIMIT;
        buf->n -= step - (step > 0 ? (size_t)got : 0);
        if (got == 0)
            return XJ_OK;
        want = READ_STEP;
    }
}

enum xj_err xj_file_read(const char *path, size_t ceiling, struct xj_buf *ret_buf)
{
    struct stat st;
    enum xj_err err;
    xj_buf_init(ret_buf, ceiling);
    /* Without O_NONBLOCK, opening a pipe that nobody writes would hang before fstat could refuse it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return from_errno(errno);
    if (fstat(fd, &st) != 0)
        err = from_errno(errno);
    else if (!S_ISREG(st.st_mode))
        err = XJ_ESTATE;
    else if ((uintmax_t)st.st_size > ceiling)
        err = XJ_ELIMIT;
    else
        err = read_all(fd, (size_t)st.st_size + 1, ret_buf);
    if (err != XJ_OK)
        xj_buf_wipe(ret_buf);
    (void)close(fd);
    return err;
}

static enum xj_err write_all(int fd, struct xj_slice bytes)
{
    while (bytes.n > 0) {
        ssize_t put = write(fd, bytes.p, bytes.n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return from_errno(errno);
        bytes.p += put;
        bytes.n -= (size_t)put;
    }
    return fsync(fd) == 0 ? XJ_OK : from_errno(errno);
}

/* Makes a change of names in the directory that holds path durable. No '/' ends the path: it is one that was just made. */
static enum xj_err sync_parent(const char *path)
{
    char dir[PATH_MAX];
    size_t n = strlen(path);
    while (n > 0 && path[n - 1] != '/')
        n--;
    assert(n < sizeof dir); /* who made the name had room for more */
    memcpy(dir, n > 0 ? path : ".", n > 0 ? n : 1);
    dir[n > 0 ? n : 1] = 0;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return from_errno(errno);
    enum xj_err err = fsync(fd) == 0 ? XJ_OK : from_errno(errno);
    (void)close(fd);
    return err;
}

enum xj_err xj_file_write_atomic(const char *path, struct xj_slice bytes, mode_t mode)
{
    char temp[PATH_MAX];
    int len = snprintf(temp, sizeof temp, "%s.XXXXXX", path);
    if ((size_t)len >= sizeof temp)
        return XJ_ELIMIT;
    int fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return from_errno(errno);
    /* The mode before the bytes: a key file is never open to more readers than it shall have. */
    enum xj_err err = fchmod(fd, mode) == 0 ? write_all(fd, bytes) : from_errno(errno);
    const int closed = close(fd);
    if (err == XJ_OK && closed != 0)
        err = from_errno(errno);
    if (err == XJ_OK && rename(temp, path) != 0)
        err = from_errno(errno);
    if (err != XJ_OK) {
        (void)unlink(temp);
        return err;
    }
    return sync_parent(path) == XJ_OK ? XJ_OK : XJ_EIO;
}

static enum xj_err make_one(const char *path, mode_t mode)
{
    struct stat st;
    if (mkdir(path, mode) == 0)
        return sync_parent(path);
    int code = errno;
    /* A directory above may refuse us (EACCES, EROFS) although this one is there: what counts is that it is. */
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? XJ_OK : XJ_EEXISTS;
    return from_errno(code);
}

enum xj_err xj_file_mkdirs(const char *path, mode_t mode)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n == 0)
        return XJ_ENOTFOUND;
    if (n >= sizeof part)
        return XJ_ELIMIT;
    memcpy(part, path, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if ((part[i] != '/' && part[i] != 0) || part[i - 1] == '/')
            continue;
        char kept = part[i];
        part[i] = 0;
        enum xj_err err = make_one(part, mode);
        if (err != XJ_OK)
            return err;
        part[i] = kept;
    }
    return XJ_OK;
}
