/* Buffers, slices, UTF-8, error names and whole files. Spec: spec/00-conventions.md, sections 4 and 5. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <dirent.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "schema/base/buf.h"
#include "schema/base/env.h"
#include "schema/base/file.h"
#include "schema/base/utf8.h"

static void buf__grows_to_its_ceiling_and_no_further(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++) {
        uint8_t b = (uint8_t)i;
        xj_buf_add(&buf, &b, 1);
    }
    assert_int_equal(buf.err, XJ_OK);
    assert_int_equal(buf.n, 1000);
    assert_true(buf.cap <= 1000);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(buf.p[i], (uint8_t)i);
    xj_buf_add(&buf, "x", 1);
    assert_int_equal(buf.err, XJ_ELIMIT);
    assert_int_equal(buf.n, 1000);
    xj_buf_free(&buf);
}

static void buf__keeps_its_first_error_and_content(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 8);
    xj_buf_add_str(&buf, "abc");
    xj_buf_add_str(&buf, "defghi");
    assert_int_equal(buf.err, XJ_ELIMIT);
    xj_buf_add_str(&buf, "d");
    xj_buf_addf(&buf, "%d", 1);
    xj_buf_add_slice(&buf, xj_slice_cstr("e"));
    assert_null(xj_buf_room(&buf, 1));
    assert_null(xj_buf_cstr(&buf));
    assert_true(xj_slice_is(xj_buf_slice(&buf), "abc"));
    xj_buf_reset(&buf);
    assert_int_equal(buf.err, XJ_OK);
    xj_buf_add_str(&buf, "defghijk");
    assert_string_equal(xj_buf_cstr(&buf), "defghijk");
    xj_buf_free(&buf);
}

static void buf__refuses_sizes_that_would_wrap(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, SIZE_MAX);
    xj_buf_add_str(&buf, "a");
    xj_buf_add(&buf, "b", SIZE_MAX);
    assert_int_equal(buf.err, XJ_ELIMIT);
    xj_buf_reset(&buf);
    xj_buf_add_str(&buf, "a");
    assert_null(xj_buf_room(&buf, SIZE_MAX));
    assert_int_equal(buf.err, XJ_ELIMIT);
    assert_int_equal(buf.n, 1);
    xj_buf_free(&buf);
}

/* A wide character that no locale of a daemon has. */
static void buf_addf__of_what_cannot_be_written_is_over_the_limit(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 64);
    xj_buf_add_str(&buf, "a");
    xj_buf_addf(&buf, "%lc", (wint_t)0x110000);
    assert_int_equal(buf.err, XJ_ELIMIT);
    assert_true(xj_slice_is(xj_buf_slice(&buf), "a"));
    xj_buf_free(&buf);
}

static void buf_addf__formats_across_growth(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 4096);
    for (int i = 0; i < 100; i++)
        xj_buf_addf(&buf, "%03d,", i);
    assert_int_equal(buf.n, 400);
    assert_memory_equal(buf.p + 396, "099,", 4);
    xj_buf_addf(&buf, "%s", "");
    assert_int_equal(buf.n, 400);
    xj_buf_free(&buf);
}

static void buf_room__is_zeroed_and_never_null_on_success(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 16);
    assert_non_null(xj_buf_room(&buf, 0));
    xj_buf_add_str(&buf, "xxxxxxxxxxxxxxxx");
    xj_buf_reset(&buf);
    uint8_t *at = xj_buf_room(&buf, 16);
    assert_non_null(at);
    for (int i = 0; i < 16; i++)
        assert_int_equal(at[i], 0);
    xj_buf_free(&buf);
}

static void buf_cstr__fits_a_full_buffer(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 64);
    for (int i = 0; i < 64; i++)
        xj_buf_add_str(&buf, "a");
    const char *s = xj_buf_cstr(&buf);
    assert_non_null(s);
    assert_int_equal(strlen(s), 64);
    assert_int_equal(buf.n, 64);
    xj_buf_free(&buf);
}

static void buf_free__is_safe_twice_and_on_zero(void **state)
{
    (void)state;
    struct xj_buf buf = {0};
    xj_buf_free(&buf);
    xj_buf_wipe(&buf);
    xj_buf_init(&buf, 10);
    xj_buf_add_str(&buf, "secret");
    xj_buf_wipe(&buf);
    assert_null(buf.p);
    xj_buf_free(&buf);
    xj_buf_add_str(&buf, "x");
    assert_int_equal(buf.err, XJ_ELIMIT);
}

static void slice__compares_bytewise_shorter_first(void **state)
{
    (void)state;
    struct xj_slice empty = {NULL, 0};
    assert_true(xj_slice_eq(empty, xj_slice_cstr("")));
    assert_int_equal(xj_slice_cmp(empty, xj_slice_cstr("")), 0);
    assert_int_equal(xj_slice_cmp(empty, xj_slice_cstr("a")), -1);
    assert_int_equal(xj_slice_cmp(xj_slice_cstr("ab"), xj_slice_cstr("a")), 1);
    assert_int_equal(xj_slice_cmp(xj_slice_cstr("a\x7f"), xj_slice_cstr("a\x80")), -1);
    assert_true(xj_slice_is(xj_slice_cstr("案"), "案"));
    assert_false(xj_slice_is(xj_slice_of("a\0b", 3), "a"));
}

static void slice_dup__refuses_a_nul_inside(void **state)
{
    (void)state;
    assert_null(xj_slice_dup(xj_slice_of("a\0b", 3)));
    assert_null(xj_slice_dup(xj_slice_of("a", SIZE_MAX))); /* no room for the NUL */
    char *copy = xj_slice_dup(xj_slice_of("abc", 2));
    assert_string_equal(copy, "ab");
    free(copy);
    copy = xj_slice_dup((struct xj_slice){NULL, 0});
    assert_string_equal(copy, "");
    free(copy);
}

static bool valid(const char *s, size_t n)
{
    return xj_utf8_valid(xj_slice_of(s, n));
}

static void utf8__accepts_the_ends_of_every_range(void **state)
{
    (void)state;
    assert_true(valid("", 0));
    assert_true(valid("\0\x7f", 2));
    assert_true(valid("\xc2\x80\xdf\xbf", 4));
    assert_true(valid("\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", 12));
    assert_true(valid("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", 8));
}

static void utf8__refuses_overlong_surrogates_and_beyond(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xc2\xc0", "\xe0\x9f\xbf", "\xe0\xa0", "\xe1\x80",
        "\xe1\x80\x7f", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff", "\xf1\x80\x80\xc0", "\xf1\x80\x41\x80",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (valid(bad[i], strlen(bad[i])))
            fail_msg("sequence %zu was accepted", i);
}

/* Decodes independently of the module: every three-byte sequence against the arithmetic of the encoding. */
static void utf8__agrees_with_arithmetic_on_all_three_byte_sequences(void **state)
{
    (void)state;
    for (unsigned lead = 0xe0; lead < 0xf0; lead++)
        for (unsigned rest = 0; rest < 0x10000; rest++) {
            uint8_t s[3] = {(uint8_t)lead, (uint8_t)(rest >> 8), (uint8_t)rest};
            bool tails = (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80;
            unsigned point = (lead & 0x0f) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
            bool want = tails && point >= 0x800 && (point < 0xd800 || point > 0xdfff);
            assert_int_equal(xj_utf8_valid(xj_slice_of(s, 3)), want);
        }
}

static void err_name__is_never_null_and_distinct(void **state)
{
    (void)state;
    for (int a = XJ_OK; a <= XJ_EDENIED; a++) {
        assert_string_not_equal(xj_err_name((enum xj_err)a), "unknown error");
        for (int b = a + 1; b <= XJ_EDENIED; b++)
            assert_string_not_equal(xj_err_name((enum xj_err)a), xj_err_name((enum xj_err)b));
    }
    assert_string_equal(xj_err_name((enum xj_err)999), "unknown error");
}

static void env_system__gives_a_clock_and_randomness(void **state)
{
    (void)state;
    const struct xj_env *env = xj_env_system();
    uint8_t a[32] = {0}, b[32] = {0};
    env->random(env->ctx, a, sizeof a);
    env->random(env->ctx, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(env->now_ms(env->ctx) > INT64_C(1700000000000));
}

static char *temp_dir(void)
{
    char *dir = strdup("/tmp/xj-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return dir;
}

static unsigned entries_in(const char *dir)
{
    unsigned n = 0;
    DIR *d = opendir(dir);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n;
}

static void join(char out[256], const char *dir, const char *name)
{
    assert_in_range(snprintf(out, 256, "%s/%s", dir, name), 1, 255);
}

static void file_write__replaces_whole_with_the_mode_and_leaves_nothing_else(void **state)
{
    (void)state;
    char *dir = temp_dir(), path[256];
    struct xj_buf buf;
    struct stat st;
    join(path, dir, "key");
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("a longer first text"), 0600), XJ_OK);
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("second"), 0640), XJ_OK);
    assert_int_equal(xj_file_read(path, 6, &buf), XJ_OK);
    assert_true(xj_slice_is(xj_buf_slice(&buf), "second"));
    xj_buf_free(&buf);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(entries_in(dir), 1);
    assert_int_equal(xj_file_write_atomic(path, (struct xj_slice){NULL, 0}, 0640), XJ_OK);
    assert_int_equal(xj_file_read(path, 0, &buf), XJ_OK);
    assert_int_equal(buf.n, 0);
    xj_buf_free(&buf);
    unlink(path);
    rmdir(dir);
    free(dir);
}

static void file_write__leaves_no_temporary_file_after_an_error(void **state)
{
    (void)state;
    char *dir = temp_dir(), path[256];
    join(path, dir, "taken");
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("x"), 0600), XJ_EEXISTS);
    assert_int_equal(entries_in(dir), 1);
    rmdir(path);
    join(path, dir, "missing/file");
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("x"), 0600), XJ_ENOTFOUND);
    rmdir(dir);
    free(dir);
}

static void file_write__refuses_a_directory_that_takes_no_files(void **state)
{
    (void)state;
    assert_int_not_equal(xj_file_write_atomic("/proc/xj-test", xj_slice_cstr("x"), 0600), XJ_OK);
}

/* The process's file size limit stands in for a full disk: write() fails half-way in the same manner. */
static void file_write__keeps_the_old_file_when_space_runs_out(void **state)
{
    (void)state;
    char *dir = temp_dir(), path[256];
    struct xj_buf buf;
    struct rlimit old, small;
    join(path, dir, "f");
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("old"), 0600), XJ_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){4, old.rlim_max};
    void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    enum xj_err err = xj_file_write_atomic(path, xj_slice_cstr("longer than four bytes"), 0600);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, before);
    assert_int_equal(err, XJ_EFULL);
    assert_int_equal(entries_in(dir), 1);
    assert_int_equal(xj_file_read(path, 100, &buf), XJ_OK);
    assert_true(xj_slice_is(xj_buf_slice(&buf), "old"));
    xj_buf_free(&buf);
    unlink(path);
    rmdir(dir);
    free(dir);
}

static void file__refuses_paths_that_are_too_long(void **state)
{
    (void)state;
    char path[8192];
    struct xj_buf buf;
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = 0;
    assert_int_equal(xj_file_read(path, 10, &buf), XJ_ELIMIT);
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("x"), 0600), XJ_ELIMIT);
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_ELIMIT);
}

static void file_read__refuses_what_is_too_long_missing_or_no_file(void **state)
{
    (void)state;
    char *dir = temp_dir(), path[256], fifo[256];
    struct xj_buf buf;
    join(path, dir, "f");
    join(fifo, dir, "pipe");
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("1234567"), 0600), XJ_OK);
    assert_int_equal(xj_file_read(path, 6, &buf), XJ_ELIMIT);
    assert_null(buf.p);
    assert_int_equal(xj_file_read(path, 7, &buf), XJ_OK);
    assert_int_equal(buf.n, 7);
    xj_buf_free(&buf);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(xj_file_read(fifo, 7, &buf), XJ_ESTATE);
    assert_int_equal(xj_file_read(dir, 7, &buf), XJ_ESTATE);
    unlink(path);
    assert_int_equal(xj_file_read(path, 7, &buf), XJ_ENOTFOUND);
    unlink(fifo);
    rmdir(dir);
    free(dir);
}

static void file_read__reads_files_that_claim_no_size(void **state)
{
    (void)state;
    struct xj_buf buf;
    assert_int_equal(xj_file_read("/proc/self/status", 65536, &buf), XJ_OK);
    assert_true(buf.n > 100);
    xj_buf_free(&buf);
    assert_int_equal(xj_file_read("/proc/self/status", 100, &buf), XJ_ELIMIT);
    assert_null(buf.p);
}

static void file_mkdirs__makes_all_parts_and_bears_repetition(void **state)
{
    (void)state;
    char *dir = temp_dir(), path[256];
    struct stat st;
    join(path, dir, "a//b/c/");
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_OK);
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_OK);
    join(path, dir, "a/b/c");
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    join(path, dir, "a/b/c/f");
    assert_int_equal(xj_file_write_atomic(path, xj_slice_cstr("x"), 0600), XJ_OK);
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_EEXISTS);
    join(path, dir, "a/b/c/f/g");
    assert_int_equal(xj_file_mkdirs(path, 0700), XJ_EEXISTS);
    assert_int_equal(xj_file_mkdirs("", 0700), XJ_ENOTFOUND);
    assert_int_equal(xj_file_mkdirs("/", 0700), XJ_OK);
    static const char *const made[] = {"a/b/c/f", "a/b/c", "a/b", "a"};
    for (size_t i = 0; i < 4; i++) {
        join(path, dir, made[i]);
        assert_int_equal(remove(path), 0);
    }
    rmdir(dir);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf__grows_to_its_ceiling_and_no_further),
        cmocka_unit_test(buf__keeps_its_first_error_and_content),
        cmocka_unit_test(buf__refuses_sizes_that_would_wrap),
        cmocka_unit_test(buf_addf__of_what_cannot_be_written_is_over_the_limit),
        cmocka_unit_test(buf_addf__formats_across_growth),
        cmocka_unit_test(buf_room__is_zeroed_and_never_null_on_success),
        cmocka_unit_test(buf_cstr__fits_a_full_buffer),
        cmocka_unit_test(buf_free__is_safe_twice_and_on_zero),
        cmocka_unit_test(slice__compares_bytewise_shorter_first),
        cmocka_unit_test(slice_dup__refuses_a_nul_inside),
        cmocka_unit_test(utf8__accepts_the_ends_of_every_range),
        cmocka_unit_test(utf8__refuses_overlong_surrogates_and_beyond),
        cmocka_unit_test(utf8__agrees_with_arithmetic_on_all_three_byte_sequences),
        cmocka_unit_test(err_name__is_never_null_and_distinct),
        cmocka_unit_test(env_system__gives_a_clock_and_randomness),
        cmocka_unit_test(file_write__replaces_whole_with_the_mode_and_leaves_nothing_else),
        cmocka_unit_test(file_write__leaves_no_temporary_file_after_an_error),
        cmocka_unit_test(file_write__refuses_a_directory_that_takes_no_files),
        cmocka_unit_test(file_write__keeps_the_old_file_when_space_runs_out),
        cmocka_unit_test(file__refuses_paths_that_are_too_long),
        cmocka_unit_test(file_read__refuses_what_is_too_long_missing_or_no_file),
        cmocka_unit_test(file_read__reads_files_that_claim_no_size),
        cmocka_unit_test(file_mkdirs__makes_all_parts_and_bears_repetition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
