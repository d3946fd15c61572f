/* Files on a disk that refuses, is slow or is interrupted: what is wrong is told by its code, nothing half done is left under the name, and
 * an interruption is no error. Spec: spec/00-conventions.md, section 5. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "schema/base/file.h"

/* The call of that name fails once, with that code, at its turn-th use. */
static struct {
    const char *call;
    int code;
    size_t turn;
    bool one_byte_at_a_time;
} disk;

static bool fails(const char *call)
{
    if (disk.call == NULL || strcmp(disk.call, call) != 0 || --disk.turn > 0)
        return false;
    disk.call = NULL;
    errno = disk.code;
    return true;
}

ssize_t read(int fd, void *to, size_t n)
{
    if (fails("read"))
        return -1;
    return syscall(SYS_read, fd, to, disk.one_byte_at_a_time && n > 1 ? 1 : n);
}

ssize_t write(int fd, const void *from, size_t n)
{
    if (fails("write"))
        return -1;
    return syscall(SYS_write, fd, from, disk.one_byte_at_a_time && n > 1 ? 1 : n);
}

int fchmod(int fd, mode_t mode)
{
    return fails("fchmod") ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int fsync(int fd)
{
    return fails("fsync") ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int close(int fd)
{
    const int rc = (int)syscall(SYS_close, fd);
    return fails("close") ? -1 : rc;
}

int fstat(int fd, struct stat *ret)
{
    return fails("fstat") ? -1 : fstatat(fd, "", ret, AT_EMPTY_PATH);
}

int mkdir(const char *path, mode_t mode)
{
    return fails("mkdir") ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

static char dir[64], path[96];

static int up(void **state)
{
    (void)state;
    memset(&disk, 0, sizeof disk);
    snprintf(dir, sizeof dir, "/tmp/xj-file-XXXXXX");
    if (mkdtemp(dir) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/file", dir);
    return 0;
}

static int down(void **state)
{
    char part[96];
    (void)state;
    memset(&disk, 0, sizeof disk);
    (void)unlink(path);
    snprintf(part, sizeof part, "%s/a/b", dir);
    (void)rmdir(part);
    part[strlen(part) - 2] = '\0';
    (void)rmdir(part);
    return rmdir(dir); /* nothing else was left */
}

static void refuse(const char *call, int code, size_t turn)
{
    disk.call = call;
    disk.code = code;
    disk.turn = turn;
}

static void assert_holds(const char *text)
{
    struct xj_buf got;
    assert_int_equal(xj_file_read(path, 4096, &got), XJ_OK);
    assert_true(xj_slice_is(xj_buf_slice(&got), text));
    xj_buf_free(&got);
}

static void write__that_is_refused_leaves_what_was_there(void **state)
{
    static const struct {
        const char *call;
        int code;
        enum xj_err err;
    } rows[] = {
        {"write", ENOSPC, XJ_EFULL}, {"write", EDQUOT, XJ_EFULL},   {"write", EFBIG, XJ_EFULL},   {"write", EIO, XJ_EIO},
        {"fchmod", EPERM, XJ_EDENIED}, {"fsync", EIO, XJ_EIO},      {"close", EIO, XJ_EIO},       {"close", ENOSPC, XJ_EFULL},
        {"rename", EACCES, XJ_EDENIED}, {"rename", EROFS, XJ_EDENIED}, {"rename", EISDIR, XJ_EEXISTS}, {"rename", ENOTDIR, XJ_ENOTFOUND},
        {"write", ENOMEM, XJ_ENOMEM},
    };
    (void)state;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("before"), 0600), XJ_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        refuse(rows[i].call, rows[i].code, 1);
        const enum xj_err err = xj_file_write_atomic(path, xj_slice_cstr("after"), 0600);
        if (err != rows[i].err)
            fail_msg("%s with %s: %s", rows[i].call, strerror(rows[i].code), xj_err_name(err));
        assert_holds("before");
    }
}

static void write__goes_on_after_an_interruption_and_in_pieces(void **state)
{
    (void)state;
    refuse("write", EINTR, 1);
    disk.one_byte_at_a_time = true;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("all of it"), 0600), XJ_OK);
    assert_holds("all of it");
}

static void write__of_a_name_that_cannot_be_is_refused(void **state)
{
    char longer[PATH_MAX + 16];
    (void)state;
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(xj_file_write_atomic(longer, xj_slice_cstr("x"), 0600), XJ_ELIMIT);
    longer[300] = '\0'; /* longer than a name in a directory may be */
    assert_int_equal(xj_file_write_atomic(longer, xj_slice_cstr("x"), 0600), XJ_ELIMIT);
    assert_int_equal(xj_file_write_atomic("/nowhere/at/all", xj_slice_cstr("x"), 0600), XJ_ENOTFOUND);
    assert_int_equal(xj_file_write_atomic(dir, xj_slice_cstr("x"), 0600), XJ_EEXISTS); /* a directory stands there */
}

/* A name without a directory lies in the one the process is in. */
static void write__of_a_bare_name_goes_where_the_process_is(void **state)
{
    char before[PATH_MAX];
    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir), 0);
    const enum xj_err err = xj_file_write_atomic("file", xj_slice_cstr("bare"), 0600);
    refuse("fsync", EIO, 2); /* of the directory */
    const enum xj_err synced = xj_file_write_atomic("file", xj_slice_cstr("bare"), 0600);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(err, XJ_OK);
    assert_int_equal(synced, XJ_EIO);
    assert_holds("bare");
}

static void read__goes_on_after_an_interruption_and_in_pieces(void **state)
{
    (void)state;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("all of it"), 0600), XJ_OK);
    disk.one_byte_at_a_time = true;
    refuse("read", EINTR, 3);
    assert_holds("all of it");
    assert_null(disk.call);
}

static void read__that_is_refused_gives_nothing(void **state)
{
    struct xj_buf got;
    (void)state;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("secret"), 0600), XJ_OK);
    static const struct {
        const char *call;
        int code;
        enum xj_err err;
    } rows[] = {{"read", EIO, XJ_EIO}, {"read", EISDIR, XJ_EEXISTS}, {"fstat", EIO, XJ_EIO}, {"fstat", ENOMEM, XJ_ENOMEM}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        refuse(rows[i].call, rows[i].code, 1);
        assert_int_equal(xj_file_read(path, 4096, &got), rows[i].err);
        assert_int_equal(got.n, 0);
        xj_buf_free(&got);
    }
    assert_int_equal(xj_file_read(dir, 4096, &got), XJ_ESTATE);
    assert_int_equal(xj_file_read(path, 5, &got), XJ_ELIMIT);
    assert_int_equal(xj_file_read("/nowhere", 5, &got), XJ_ENOTFOUND);
}

static void mkdirs__makes_what_is_missing_or_says_why_not(void **state)
{
    char part[96], longer[PATH_MAX + 16];
    (void)state;
    snprintf(part, sizeof part, "%s//a/b/", dir);
    assert_int_equal(xj_file_mkdirs(part, 0700), XJ_OK);
    refuse("mkdir", EROFS, 1);
    assert_int_equal(xj_file_mkdirs(part, 0700), XJ_OK); /* they are there */
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("x"), 0600), XJ_OK);
    snprintf(part, sizeof part, "%s/file", dir);
    assert_int_equal(xj_file_mkdirs(part, 0700), XJ_EEXISTS);
    snprintf(part, sizeof part, "%s/file/b", dir);
    assert_int_equal(xj_file_mkdirs(part, 0700), XJ_EEXISTS);
    snprintf(part, sizeof part, "%s/c", dir);
    refuse("mkdir", EACCES, 3); /* of the three names in the path the last */
    assert_int_equal(xj_file_mkdirs(part, 0700), XJ_EDENIED);
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(xj_file_mkdirs(longer, 0700), XJ_ELIMIT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(write__that_is_refused_leaves_what_was_there),
        T(write__goes_on_after_an_interruption_and_in_pieces),
        T(write__of_a_name_that_cannot_be_is_refused),
        T(write__of_a_bare_name_goes_where_the_process_is),
        T(read__goes_on_after_an_interruption_and_in_pieces),
        T(read__that_is_refused_gives_nothing),
        T(mkdirs__makes_what_is_missing_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
