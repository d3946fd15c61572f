/* Files that must be there after a power cut: their bytes are synced, then their names. Spec: spec/00-conventions.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "schema/base/file.h"

/* Every fsync of this program, in its order: 'd' for a directory, 'f' for a file. The one with that number fails. */
static char synced[64];
static size_t sync_count, failing;

int fsync(int fd)
{
    struct stat st;
    if (++sync_count == failing) {
        errno = EIO;
        return -1;
    }
    if (fstat(fd, &st) == 0 && strlen(synced) + 1 < sizeof synced)
        strcat(synced, S_ISDIR(st.st_mode) ? "d" : "f");
    return (int)syscall(SYS_fsync, fd);
}

static int up(void **state)
{
    char *dir = strdup("/tmp/xj-file-XXXXXX");
    *state = dir;
    synced[0] = 0;
    sync_count = failing = 0;
    return dir != NULL && mkdtemp(dir) != NULL ? 0 : -1;
}

static int down(void **state)
{
    char path[64];
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    (void)unlink(path);
    snprintf(path, sizeof path, "%s/a/b", (char *)*state);
    (void)rmdir(path);
    path[strlen(path) - 2] = 0;
    (void)rmdir(path);
    (void)rmdir(*state);
    free(*state);
    return 0;
}

static void write__syncs_the_bytes_and_then_the_name(void **state)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("text"), 0640), XJ_OK);
    assert_string_equal(synced, "fd");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(st.st_size, 4);
}

static void write__that_is_not_synced_is_no_write(void **state)
{
    char path[64];
    snprintf(path, sizeof path, "%s/file", (char *)*state);
    failing = 1;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("text"), 0600), XJ_EIO);
    assert_int_not_equal(access(path, F_OK), 0); /* nothing is left under the name */
    sync_count = 0;
    failing = 2;
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("text"), 0600), XJ_EIO);
}

static void mkdirs__syncs_each_name_it_makes(void **state)
{
    char path[64];
    snprintf(path, sizeof path, "%s/a/b", (char *)*state);
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_OK);
    assert_string_equal(synced, "dd");
    synced[0] = 0;
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_OK);
    assert_string_equal(synced, "");
    assert_int_equal(xj_file_mkdirs("", 0700), XJ_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(write__syncs_the_bytes_and_then_the_name, up, down),
        cmocka_unit_test_setup_teardown(write__that_is_not_synced_is_no_write, up, down),
        cmocka_unit_test_setup_teardown(mkdirs__syncs_each_name_it_makes, up, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
