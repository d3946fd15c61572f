/* Files that the system refuses: what a snapshot, the opening of a ledger and the keeping of keys tell of it, and what they leave.
 * Spec: spec/05-ledger.md, section 1; spec/02-trust.md, section 7. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/base/config.h"
#include "schema/base/file.h"
#include "schema/ledger/snapshot.h"
#include "schema/ledger/verify.h"
#include "schema/trust/keys.h"
#include "tests/unit/ledger_cases.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- the system, refusing one call ---- */

static const char *refused_call, *refused_end; /* of a path; NULL: any */
static int refused_errno;
static unsigned long told_type; /* of a file system; 0: the real one */

static void refuse(const char *call, const char *end, int error)
{
    refused_call = call;
    refused_end = end;
    refused_errno = error;
}

static bool is_refused(const char *call, const char *path)
{
    const char *end = refused_end != NULL ? refused_end : "";
    const size_t n = strlen(path), m = strlen(end);
    if (refused_call == NULL || strcmp(call, refused_call) != 0 || n < m || strcmp(path + n - m, end) != 0)
        return false;
    errno = refused_errno;
    return true;
}

#define REAL(name, pointer)                         \
    do {                                            \
        void *at = dlsym(RTLD_NEXT, name);          \
        memcpy(&(pointer), &at, sizeof (pointer));  \
    } while (0)

int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (is_refused(flags & O_DIRECTORY ? "open directory" : "open", path))
        return -1;
    REAL("open", real);
    return real(path, flags, mode);
}

/* Those of the program's own descriptors: SQLite opens its files for both. */
int fsync(int fd)
{
    static int (*real)(int);
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY && is_refused("fsync", ""))
        return -1;
    REAL("fsync", real);
    return real(fd);
}

int close(int fd)
{
    static int (*real)(int);
    const bool refused = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY && is_refused("close", "");
    REAL("close", real);
    const int rc = real(fd);
    if (refused)
        errno = refused_errno;
    return refused ? -1 : rc;
}

int stat(const char *restrict path, struct stat *restrict st)
{
    static int (*real)(const char *, struct stat *);
    if (is_refused("stat", path))
        return -1;
    REAL("stat", real);
    return real(path, st);
}

int lstat(const char *restrict path, struct stat *restrict st)
{
    static int (*real)(const char *, struct stat *);
    if (is_refused("lstat", path))
        return -1;
    REAL("lstat", real);
    return real(path, st);
}

int chmod(const char *path, mode_t mode)
{
    static int (*real)(const char *, mode_t);
    if (is_refused("chmod", path))
        return -1;
    REAL("chmod", real);
    return real(path, mode);
}

int statfs(const char *path, struct statfs *fs)
{
    static int (*real)(const char *, struct statfs *);
    if (is_refused("statfs", path))
        return -1;
    REAL("statfs", real);
    const int rc = real(path, fs);
    if (told_type != 0)
        memcpy(&fs->f_type, &told_type, sizeof fs->f_type);
    return rc;
}

static off_t lost_page = -1; /* where the one begins that the disk does not give */

ssize_t pread64(int fd, void *to, size_t n, off_t from)
{
    static ssize_t (*real)(int, void *, size_t, off_t);
    if (lost_page >= 0 && from < lost_page + 8192 && from + (off_t)n > lost_page) {
        errno = EIO;
        return -1;
    }
    REAL("pread64", real);
    return real(fd, to, n, from);
}

/* ---- a ledger in a directory ---- */

struct work {
    char dir[64], path[160], copy[160];
    struct xj_env env;
    uint64_t tick;
};

static int up(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    *state = w;
    if (w == NULL)
        return -1;
    refuse(NULL, NULL, 0);
    told_type = 0;
    fixture_dir_make(w->dir);
    w->env = fixture_env(&w->tick);
    (void)snprintf(w->path, sizeof w->path, "%s/ledger.db", w->dir);
    (void)snprintf(w->copy, sizeof w->copy, "%s/copy.db", w->dir);
    return 0;
}

static int down(void **state)
{
    struct work *w = *state;
    refuse(NULL, NULL, 0);
    told_type = 0;
    fixture_dir_remove(w->dir);
    free(w);
    return 0;
}

static struct xj_db *made(struct work *w)
{
    struct xj_db *db = NULL;
    struct xj_db_options o = {.path = w->path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    must(xj_db_open(&o, &w->env, &db, NULL));
    return db;
}

/* ---- snapshots ---- */

static void snapshot__tells_why_the_system_refused_it_and_leaves_no_file(void **state)
{
    static const char *const calls[] = {"open", "close", "fsync", "open directory"};
    static const struct {
        int error;
        enum xj_err err;
    } errors[] = {{EEXIST, XJ_EEXISTS}, {ENOENT, XJ_ENOTFOUND}, {ENOTDIR, XJ_ENOTFOUND}, {EACCES, XJ_EDENIED}, {EPERM, XJ_EDENIED},
                  {EROFS, XJ_EDENIED},  {ENOSPC, XJ_EFULL},     {EDQUOT, XJ_EFULL},      {ENOMEM, XJ_ENOMEM},  {EIO, XJ_EIO}};
    struct work *w = *state;
    struct xj_db *db = made(w);
    for (size_t c = 0; c < sizeof calls / sizeof calls[0]; c++)
        for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
            refuse(calls[c], strcmp(calls[c], "open") == 0 ? "copy.db" : NULL, errors[i].error);
            assert_int_equal(xj_db_snapshot(db, w->copy), errors[i].err);
            refuse(NULL, NULL, 0);
            const bool there = access(w->copy, F_OK) == 0;
            assert_int_equal(there, strcmp(calls[c], "close") == 0); /* an empty file that could not even be closed */
            (void)unlink(w->copy);
        }
    must(xj_db_snapshot(db, w->copy));
    xj_db_close(db);
}

static void snapshot__is_not_made_inside_a_transaction(void **state)
{
    struct work *w = *state;
    struct xj_db *db = made(w);
    must(xj_db_begin(db));
    assert_int_equal(xj_db_snapshot(db, w->copy), XJ_ESTATE);
    xj_db_rollback(db);
    must(xj_db_snapshot(db, w->copy));
    xj_db_close(db);
}

static void snapshot__goes_to_a_name_in_the_working_directory(void **state)
{
    struct work *w = *state;
    char before[512];
    struct xj_db *db = made(w);
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(w->dir), 0);
    must(xj_db_snapshot(db, "copy.db"));
    assert_int_equal(access(w->copy, F_OK), 0);
    assert_int_equal(chdir(before), 0);
    xj_db_close(db);
}

/* ---- opening ---- */

static void db_open__refuses_file_systems_that_lose_or_do_not_lock(void **state)
{
    static const struct {
        unsigned long type;
        const char *says;
    } types[] = {{TMPFS_MAGIC, "tmpfs"}, {0x858458f6, "tmpfs"}, {NFS_SUPER_MAGIC, "network"}, {SMB_SUPER_MAGIC, "network"},
                 {0xff534d42, "network"}, {0xfe534d42, "network"}, {0x01021997, "network"}};
    struct work *w = *state;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct xj_db *db = NULL;
        struct xj_db_options o = {.path = w->path, .create = true, .format = "xianjie ledger 1", .owner = "110000-market"};
        told_type = types[i].type;
        xj_buf_reset(&text);
        assert_int_equal(xj_db_open(&o, &w->env, &db, &text), XJ_ECONFIG);
        assert_non_null(strstr(xj_buf_cstr(&text), types[i].says));
        assert_int_equal(access(w->path, F_OK), -1); /* nothing was made */
        assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_ECONFIG);
    }
    told_type = EXT4_SUPER_MAGIC;
    struct xj_db *db = NULL;
    struct xj_db_options o = {.path = w->path, .create = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    must(xj_db_open(&o, &w->env, &db, &text));
    xj_db_close(db);
    refuse("statfs", NULL, ENOENT);
    assert_int_equal(xj_db_open(&o, &w->env, &db, &text), XJ_ENOTFOUND);
    xj_buf_free(&text);
}

static void db_open__tells_what_the_system_refused(void **state)
{
    struct work *w = *state;
    struct xj_db *db = NULL;
    struct xj_db_options o = {.path = w->path, .volatile_ok = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_ENOTFOUND); /* it may not be made */
    o.create = o.read_only = true;
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_ENOTFOUND);
    o.read_only = false;
    refuse("stat", "ledger.db", EACCES);
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_EIO);
    refuse("chmod", "ledger.db", EPERM); /* nobody else shall read it */
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_EIO);
    assert_null(db);
    refuse(NULL, NULL, 0);
    must(xj_db_open(&o, &w->env, &db, NULL));
    assert_null(xj_db_root_key(db));
    assert_true(xj_db_free_bytes(db) > 0);
    xj_db_close(db);
}

static void db_open__of_an_empty_file_makes_a_ledger_only_where_one_may_be_made(void **state)
{
    struct work *w = *state;
    struct xj_db *db = NULL;
    struct xj_buf text;
    struct xj_db_options o = {.path = w->path, .volatile_ok = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    xj_buf_init(&text, 4096);
    ledger_write(w->path, xj_slice_cstr(""));
    assert_int_equal(xj_db_open(&o, &w->env, &db, NULL), XJ_ECONFIG);
    assert_int_equal(xj_db_open(&o, &w->env, &db, &text), XJ_ECONFIG);
    assert_non_null(strstr(xj_buf_cstr(&text), "holds nothing"));
    o.create = o.read_only = true;
    assert_int_equal(xj_db_open(&o, &w->env, &db, &text), XJ_ECONFIG);
    o.read_only = false;
    must(xj_db_open(&o, &w->env, &db, &text));
    xj_db_close(db);
    xj_buf_free(&text);
}

/* Every byte that a path may have, and those that an URI takes for its own. */
static void db_open__reads_a_file_of_any_name(void **state)
{
    static const char *const names[] = {"账本 ?#%25&.db", "AZaz09/-_.~@[`{:.db", "file:x.db"};
    struct work *w = *state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct xj_db *db = NULL;
        char path[300], slash[160];
        (void)snprintf(slash, sizeof slash, "%s/AZaz09", w->dir);
        (void)mkdir(slash, 0700);
        (void)snprintf(path, sizeof path, "%s/%s", w->dir, names[i]);
        struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1",
                                  .owner = "110000-market"};
        must(xj_db_open(&o, &w->env, &db, NULL));
        xj_db_close(db);
        o = (struct xj_db_options){.path = path, .read_only = true};
        must(xj_db_open(&o, &w->env, &db, NULL));
        assert_string_equal(xj_db_owner(db), "110000-market");
        xj_db_close(db);
        assert_int_equal(unlink(path), 0);
        (void)rmdir(slash);
    }
}

/* ---- keys ---- */

static void remove_keys(const char *dir)
{
    static const char *const files[] = {"public.keys", "secret.keys", "recovery.keys"};
    char path[200];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(dir), 0);
}

/* Nothing is written where it cannot be seen whether something is there; the same again then makes what is missing. */
static void keygen__tells_what_the_system_refused_and_is_completed_by_the_same_again(void **state)
{
    static const char *const files[] = {"public.keys", "secret.keys", "recovery.keys"};
    struct work *w = *state;
    struct xj_public_keys keys;
    struct xj_agency_keys loaded;
    struct xj_buf text;
    char dir[160], path[200];
    xj_buf_init(&text, 16384);
    (void)snprintf(dir, sizeof dir, "%s/keys", w->dir);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        refuse("lstat", files[i], EACCES);
        assert_int_equal(xj_keygen_agency(&w->env, dir, &keys), XJ_EIO);
        refuse(NULL, NULL, 0);
        assert_int_equal(access(path, F_OK), -1);
        must(xj_keygen_agency(&w->env, dir, &keys));
        must(xj_agency_keys_load(dir, &loaded, &text));
        assert_memory_equal(loaded.sign.public_key, keys.sign, 32);
        remove_keys(dir);
    }
    (void)snprintf(path, sizeof path, "%s/file", w->dir);
    ledger_write(path, xj_slice_cstr("x"));
    assert_int_equal(xj_keygen_agency(&w->env, path, &keys), XJ_EEXISTS); /* no directory */
    xj_buf_free(&text);
}

static void keys__of_a_path_that_is_too_long_are_refused(void **state)
{
    static char dir[5000];
    struct work *w = *state;
    struct xj_buf text;
    struct xj_public_keys keys;
    struct xj_agency_keys agency;
    struct xj_exchange_keys exchange;
    uint8_t public_key[32];
    memset(dir, 'x', sizeof dir - 1);
    dir[0] = '/';
    xj_buf_init(&text, 16384);
    assert_int_equal(xj_agency_keys_load(dir, &agency, &text), XJ_ECONFIG);
    assert_int_equal(xj_exchange_keys_load(dir, &exchange, &text), XJ_ECONFIG);
    assert_int_not_equal(xj_keygen_agency(&w->env, dir, &keys), XJ_OK);
    assert_int_not_equal(xj_keygen_exchange(&w->env, dir, &keys), XJ_OK);
    assert_int_not_equal(xj_keygen_single(&w->env, dir, "root", public_key), XJ_OK);
    xj_buf_free(&text);
}

static void retired_keys__that_cannot_be_looked_at_stop_the_loading(void **state)
{
    struct work *w = *state;
    struct xj_public_keys public_keys;
    struct xj_agency_keys keys;
    static const struct xj_agency_keys none;
    struct xj_buf text;
    char dir[160];
    xj_buf_init(&text, 16384);
    (void)snprintf(dir, sizeof dir, "%s/keys", w->dir);
    must(xj_keygen_agency(&w->env, dir, &public_keys));
    refuse("lstat", "retired.keys", EACCES);
    assert_int_not_equal(xj_agency_keys_load(dir, &keys, &text), XJ_OK);
    assert_memory_equal(&keys, &none, sizeof keys);
    refuse(NULL, NULL, 0);
    must(xj_agency_keys_load(dir, &keys, &text));
    remove_keys(dir);
    xj_buf_free(&text);
}

/* ---- single files ---- */

static void config__that_may_not_be_read_is_told_from_one_that_is_not_there(void **state)
{
    struct work *w = *state;
    struct xj_config *config = NULL;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    refuse("open", "ledger.db", EACCES);
    assert_int_equal(xj_config_load(w->path, NULL, 0, &config, &text), XJ_EDENIED);
    assert_non_null(strstr(xj_buf_cstr(&text), "not allowed to read it"));
    xj_buf_free(&text);
}

/* Rows, indexes, working state: whatever stands on it, a page that the disk does not give is no damage that anybody made. */
static void verify__of_a_page_that_the_disk_does_not_give_says_nothing_of_the_file(void **state)
{
    struct work *w = *state;
    struct fixture *f = calloc(1, sizeof *f);
    struct xj_verify_summary summary;
    struct stat st;
    assert_non_null(f);
    fixture_build(f, w->dir, DEFECT_NONE);
    const char *path = f->file[FIXTURE_A].path;
    assert_int_equal(stat(path, &st), 0);
    assert_true(st.st_size > 8 * 8192);
    for (lost_page = 0; lost_page < st.st_size; lost_page += 8192)
        assert_int_equal(xj_verify_file(path, f->root.public_key, NULL, NULL, &summary), XJ_EIO);
    lost_page = -1;
    must(xj_verify_file(path, f->root.public_key, NULL, NULL, &summary));
    assert_true(summary.ok);
    free(f);
}

/* The file is there whole, but a power cut may still take its name away. */
static void file_write__whose_directory_cannot_be_synced_is_not_said_to_be_kept(void **state)
{
    struct work *w = *state;
    refuse("open directory", NULL, EACCES);
    assert_int_equal(xj_file_write_atomic(w->path, xj_slice_cstr("x"), 0600), XJ_EIO);
    assert_int_equal(access(w->path, F_OK), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(snapshot__tells_why_the_system_refused_it_and_leaves_no_file),
        T(snapshot__is_not_made_inside_a_transaction),
        T(snapshot__goes_to_a_name_in_the_working_directory),
        T(db_open__refuses_file_systems_that_lose_or_do_not_lock),
        T(db_open__tells_what_the_system_refused),
        T(db_open__of_an_empty_file_makes_a_ledger_only_where_one_may_be_made),
        T(db_open__reads_a_file_of_any_name),
        T(keygen__tells_what_the_system_refused_and_is_completed_by_the_same_again),
        T(keys__of_a_path_that_is_too_long_are_refused),
        T(retired_keys__that_cannot_be_looked_at_stop_the_loading),
        T(config__that_may_not_be_read_is_told_from_one_that_is_not_there),
        T(verify__of_a_page_that_the_disk_does_not_give_says_nothing_of_the_file),
        T(file_write__whose_directory_cannot_be_synced_is_not_said_to_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
