#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/magic.h>

#include "schema/base/file.h"
#include "schema/ledger/memory_store.h"
#include "schema/ledger/snapshot.h"
#include "schema/ledger/sql.h"
#include "tests/unit/db_place.h"
#include "tests/unit/ledger_cases.h"
#include "tests/unit/memstore.h"

/* ---- opening ---- */

static void assert_pragma(struct xj_db *db, const char *name, const char *want)
{
    char sql[64];
    sqlite3_stmt *st = NULL;
    (void)snprintf(sql, sizeof sql, "PRAGMA %s", name);
    assert_int_equal(sqlite3_prepare_v2(db->handle, sql, -1, &st, NULL), SQLITE_OK);
    const char *got = sqlite3_step(st) == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "0";
    assert_string_equal(got, want);
    sqlite3_finalize(st);
}

static void db_open__holds_the_profile_of_the_specification(void **state)
{
    static const char *const wanted[][2] = {{"journal_mode", "wal"}, {"synchronous", "3"}, {"locking_mode", "exclusive"},
                                            {"page_size", "8192"}, {"mmap_size", "0"}, {"wal_autocheckpoint", "4000"},
                                            {"foreign_keys", "1"}, {"trusted_schema", "0"}, {"cell_size_check", "1"}};
    struct place *p = *state;
    struct xj_db *db = NULL;
    struct xj_db_options o = options(p);
    struct stat st;
    o.volatile_ok = false;
    must(xj_db_open(&o, &p->env, &db, NULL));
    assert_int_equal(stat(p->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    sqlite3_set_authorizer(db->handle, NULL, NULL); /* it denies pragmas, too */
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_pragma(db, wanted[i][0], wanted[i][1]);
    int defensive = 0, extensions = 1;
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_DEFENSIVE, -1, &defensive);
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, -1, &extensions);
    assert_int_equal(defensive, 1);
    assert_int_equal(extensions, 0);
    xj_db_close(db);
}

static void db_open__keeps_store_id_owner_and_root_key(void **state)
{
    struct place *p = *state;
    struct xj_db *db = NULL;
    struct xj_db_options o = options(p);
    uint8_t root[32] = {1, 2, 3};
    o.root_key = root;
    must(xj_db_open(&o, &p->env, &db, NULL));
    struct xj_id id = xj_db_store_id(db);
    assert_false(xj_id_is_nil(&id));
    xj_db_close(db);
    o.create = false;
    must(xj_db_open(&o, &p->env, &db, NULL));
    struct xj_id again = xj_db_store_id(db);
    assert_true(xj_id_eq(&id, &again));
    assert_string_equal(xj_db_owner(db), "110000-market");
    assert_memory_equal(xj_db_root_key(db), root, 32);
    assert_true(xj_db_free_bytes(db) > 0);
    xj_db_close(db);
}

static int64_t before_all_clocks(void *ctx)
{
    (void)ctx;
    return -1;
}

/* A store id begins with the time. */
static void db_open__makes_no_file_at_a_time_that_no_id_has(void **state)
{
    struct place *p = *state;
    struct xj_db *db = NULL;
    struct xj_env env = p->env;
    const struct xj_db_options o = options(p);
    env.now_ms = before_all_clocks;
    assert_int_not_equal(xj_db_open(&o, &env, &db, NULL), XJ_OK);
    assert_null(db);
    xj_db_close(opened(p));
}

static void assert_refused(struct place *p, const struct xj_db_options *o, enum xj_err want)
{
    struct xj_db *db = NULL;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    assert_int_equal(xj_db_open(o, &p->env, &db, &text), want);
    assert_null(db);
    assert_true(want == XJ_ENOTFOUND || text.n > 0);
    xj_buf_free(&text);
}

static void db_open__refuses_a_file_of_another_owner_format_or_root(void **state)
{
    struct place *p = *state;
    uint8_t root[32] = {9};
    struct xj_db_options o = options(p);
    assert_refused(p, &(struct xj_db_options){.path = p->path, .format = o.format, .owner = o.owner}, XJ_ENOTFOUND);
    xj_db_close(opened(p));
    o.owner = "110000-police";
    assert_refused(p, &o, XJ_ECONFIG);
    o = options(p);
    o.format = "xianjie journal 1";
    assert_refused(p, &o, XJ_ECONFIG);
    o = options(p);
    o.root_key = root;
    assert_refused(p, &o, XJ_ECONFIG); /* it has none */
    char other[160];
    struct xj_db *db = NULL;
    (void)snprintf(other, sizeof other, "%s/other.db", p->dir);
    o.path = other;
    must(xj_db_open(&o, &p->env, &db, NULL));
    xj_db_close(db);
    root[31] ^= 1;
    assert_refused(p, &o, XJ_ECONFIG);
}

static void db_open__leaves_a_strangers_database_as_it_was(void **state)
{
    struct place *p = *state;
    sqlite3 *other = NULL;
    struct xj_buf before, after;
    struct xj_db_options o = options(p);
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    must(xj_file_read(p->path, 1 << 20, &before));
    assert_refused(p, &o, XJ_ECONFIG);
    must(xj_file_read(p->path, 1 << 20, &after));
    assert_true(xj_slice_eq(xj_buf_slice(&before), xj_buf_slice(&after)));
    xj_buf_free(&before);
    xj_buf_free(&after);
}

/* Somebody with the file in hand, while nobody uses it. */
static void by_hand(const struct place *p, const char *sql)
{
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
}

static void db_open__refuses_a_file_with_somebodys_trigger_or_view(void **state)
{
    static const char *const planted[][2] = {
        {"CREATE TRIGGER later AFTER INSERT ON entry BEGIN DELETE FROM kv; END", "DROP TRIGGER later"},
        {"CREATE VIEW look AS SELECT * FROM entry", "DROP VIEW look"}};
    struct place *p = *state;
    xj_db_close(opened(p));
    for (size_t i = 0; i < 2; i++) {
        struct xj_db *db = NULL;
        struct xj_buf text;
        struct xj_db_options o = options(p);
        xj_buf_init(&text, 1024);
        by_hand(p, planted[i][0]);
        assert_int_equal(xj_db_open(&o, &p->env, &db, &text), XJ_ECONFIG);
        assert_non_null(strstr(xj_buf_cstr(&text), "trigger"));
        assert_int_equal(xj_db_open(&o, &p->env, &db, NULL), XJ_ECONFIG);
        o.create = false;
        o.read_only = true; /* a verifier looks at it all the same, and says so */
        must(xj_db_open(&o, &p->env, &db, NULL));
        xj_db_close(db);
        by_hand(p, planted[i][1]);
        xj_db_close(opened(p));
        xj_buf_free(&text);
    }
}

static void db_open__says_of_a_file_without_its_own_rows_that_it_is_another(void **state)
{
    static const char *const names[] = {"format", "owner", "store_id"};
    struct place *p = *state;
    struct xj_db_options o = options(p);
    for (size_t i = 0; i < 3; i++) {
        char sql[96];
        xj_db_close(opened(p));
        (void)snprintf(sql, sizeof sql, "DELETE FROM meta WHERE name = '%s'", names[i]);
        by_hand(p, sql);
        assert_refused(p, &o, XJ_ECONFIG); /* not XJ_ENOTFOUND: the file is there */
        assert_int_equal(unlink(p->path), 0);
    }
}

static void put_pair(struct place *p, const char *key, const char *value)
{
    struct xj_db *db = opened(p);
    struct xj_store store = xj_db_store(db);
    must(xj_db_begin(db));
    must(store.put(store.ctx, xj_slice_cstr(key), xj_slice_cstr(value)));
    must(xj_db_commit(db));
    xj_db_close(db);
}

/* A tool gets no value that is not what was put; an owner does not get the file. */
static void assert_kv_refused(struct place *p, const char *key, const char *put)
{
    struct xj_db *db = NULL;
    struct xj_buf text, value;
    struct xj_db_options o = options(p);
    xj_buf_init(&text, 1024);
    xj_buf_init(&value, 1024);
    assert_int_equal(xj_db_open(&o, &p->env, &db, &text), XJ_ECONFIG);
    assert_non_null(strstr(xj_buf_cstr(&text), "kv"));
    o.create = false;
    o.read_only = true;
    must(xj_db_open(&o, &p->env, &db, NULL));
    struct xj_store store = xj_db_store(db);
    if (store.get(store.ctx, xj_slice_cstr(key), &value) == XJ_OK)
        assert_true(xj_slice_is(xj_buf_slice(&value), put));
    xj_db_close(db);
    xj_buf_free(&text);
    xj_buf_free(&value);
}

static void db_open__refuses_a_pair_that_is_not_what_was_put(void **state)
{
    static const char *const edits[][2] = {
        {"UPDATE kv SET v = CAST(replace(v, 'worth', 'wurth') AS BLOB)", "UPDATE kv SET v = CAST(replace(v, 'wurth', 'worth') AS BLOB)"},
        {"UPDATE kv SET k = CAST('a kez' AS BLOB)", "UPDATE kv SET k = CAST('a key' AS BLOB)"},
        {"UPDATE kv SET v = x'00'", NULL}};
    struct place *p = *state;
    put_pair(p, "a key", "is worth much");
    for (size_t i = 0; i < 3; i++) {
        by_hand(p, edits[i][0]);
        assert_kv_refused(p, "a key", "is worth much");
        if (edits[i][1] == NULL)
            break;
        by_hand(p, edits[i][1]);
        xj_db_close(opened(p));
    }
}

/* The key stands in the row and in the index over it: a bit changed in either is seen. */
static void db_open__refuses_an_index_that_leads_to_no_pair(void **state)
{
    struct place *p = *state;
    struct xj_buf file;
    const char *key = "a key like no other";
    put_pair(p, key, "value");
    must(xj_file_read(p->path, 1 << 20, &file));
    unsigned places = 0;
    for (uint8_t *at = file.p; (at = memmem(at, file.n - (size_t)(at - file.p), key, strlen(key))) != NULL; at++, places++) {
        at[3] ^= 4;
        ledger_write(p->path, xj_buf_slice(&file));
        assert_kv_refused(p, key, "value");
        at[3] ^= 4;
    }
    assert_int_equal(places, 2);
    ledger_write(p->path, xj_buf_slice(&file));
    xj_db_close(opened(p));
    xj_buf_free(&file);
}

static void kv_put__writes_the_row_that_the_spec_says(void **state)
{
    struct place *p = *state;
    put_pair(p, "k", "v");
    by_hand(p, "CREATE TABLE t (v CHECK (hex(v) = '7645240C3083B1D02F')); INSERT INTO t SELECT v FROM kv; DROP TABLE t"); /* and asserts that it runs */
}

static void db_open__refuses_a_page_size_that_does_not_hold(void **state)
{
    struct place *p = *state;
    sqlite3 *raw = NULL;
    struct xj_db_options o = options(p);
    xj_db_close(opened(p));
    assert_int_equal(sqlite3_open(p->path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096; VACUUM", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(raw);
    assert_refused(p, &o, XJ_ECONFIG);
}

static void db_open__refuses_a_second_opener(void **state)
{
    struct place *p = *state;
    struct xj_db_options o = options(p);
    struct xj_db *db = opened(p);
    assert_refused(p, &o, XJ_ESTATE);
    o.read_only = true;
    assert_refused(p, &o, XJ_ESTATE);
    xj_db_close(db);
}

static void db_open__refuses_memory_disks_unless_told(void **state)
{
    struct place *p = *state;
    struct statfs fs;
    if (statfs("/dev/shm", &fs) != 0 || (unsigned long)fs.f_type != TMPFS_MAGIC)
        skip();
    struct xj_db_options o = options(p);
    o.path = "/dev/shm/xj-test-never-made.db";
    o.volatile_ok = false;
    assert_refused(p, &o, XJ_ECONFIG);
    struct stat st;
    assert_int_equal(stat(o.path, &st), -1);
}

static void db_open__read_only_makes_nothing_beside_a_closed_file(void **state)
{
    struct place *p = *state;
    struct xj_db *db = NULL;
    struct stat st;
    char beside[160];
    struct xj_db_options o = options(p);
    xj_db_close(opened(p));
    o.read_only = true;
    must(xj_db_open(&o, &p->env, &db, NULL));
    for (size_t i = 0; i < 2; i++) {
        (void)snprintf(beside, sizeof beside, "%s%s", p->path, i == 0 ? "-wal" : "-shm");
        assert_int_equal(stat(beside, &st), -1);
        assert_int_equal(errno, ENOENT);
    }
    struct xj_store s = xj_db_store(db);
    assert_int_not_equal(s.put(s.ctx, xj_slice_cstr("a"), xj_slice_cstr("b")), XJ_OK);
    xj_db_close(db);
}

static void db_open__reads_the_wal_of_a_process_that_was_killed(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p), *copy = NULL;
    struct xj_hash digest = xj_sha256(NULL, 0);
    char path[160], wal[170];
    must(xj_db_begin(db));
    must(xj_object_put(db, &digest, xj_slice_cstr("only in the WAL")));
    must(xj_db_commit(db));
    (void)snprintf(path, sizeof path, "%s/copy.db", p->dir);
    ledger_copy(p->path, path);
    (void)snprintf(wal, sizeof wal, "%s-wal", path);
    (void)snprintf(p->path + strlen(p->path), 8, "-wal");
    ledger_copy(p->path, wal);
    struct xj_db_options o = {.path = path, .read_only = true};
    must(xj_db_open(&o, &p->env, &copy, NULL));
    assert_true(test_object_has(copy, &digest));
    xj_db_close(copy);
    xj_db_close(db);
}

/* ---- what may not be done ---- */

static void db_authorizer__denies_changing_what_only_grows(void **state)
{
    static const char *const denied[] = {
        "UPDATE entry SET head = x'00'", "DELETE FROM entry", "UPDATE node SET hash = x'00'", "DELETE FROM node",
        "UPDATE object SET bytes = x'00'", "DELETE FROM object", "UPDATE checkpoint SET note = ''", "DELETE FROM checkpoint",
        "UPDATE meta SET value = x'00'", "DELETE FROM meta", "DROP TABLE entry", "ALTER TABLE entry RENAME TO e",
        "CREATE TABLE t (a)", "CREATE TRIGGER t AFTER INSERT ON kv BEGIN SELECT 1; END", "PRAGMA synchronous = OFF",
        "PRAGMA writable_schema = ON", "ATTACH ':memory:' AS m"};
    struct xj_db *db = opened(*state);
    for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
        sqlite3_stmt *st = NULL;
        assert_int_equal(sqlite3_prepare_v2(db->handle, denied[i], -1, &st, NULL), SQLITE_AUTH);
        assert_null(st);
    }
    xj_db_close(db);
}

/* What may be deleted while an object is dropped is objects. */
static void db_authorizer__lets_the_dropping_of_an_object_delete_nothing_else(void **state)
{
    struct xj_db *db = opened(*state);
    sqlite3_stmt *st = NULL;
    db->dropping = true;
    assert_int_equal(sqlite3_prepare_v2(db->handle, "DELETE FROM entry", -1, &st, NULL), SQLITE_AUTH);
    assert_int_equal(sqlite3_prepare_v2(db->handle, "DELETE FROM object", -1, &st, NULL), SQLITE_OK);
    db->dropping = false;
    sqlite3_finalize(st);
    xj_db_close(db);
}

static void object__is_kept_once_and_dropped_only_as_staged(void **state)
{
    struct xj_db *db = opened(*state);
    struct xj_hash a = xj_digest("a", xj_slice_cstr("a")), b = xj_digest("b", xj_slice_cstr("b"));
    struct xj_buf value;
    sqlite3_stmt *st = NULL;
    xj_buf_init(&value, 64);
    must(xj_db_begin(db));
    must(xj_object_put(db, &a, xj_slice_cstr("bytes")));
    must(xj_object_put(db, &a, xj_slice_cstr("bytes")));
    must(xj_object_put(db, &b, xj_slice_of(NULL, 0)));
    must(xj_object_get(db, &a, &value));
    assert_true(xj_slice_is(xj_buf_slice(&value), "bytes"));
    must(xj_object_get(db, &b, &value));
    assert_int_equal(value.n, 0);
    must(xj_object_drop_staged(db, &a));
    assert_false(test_object_has(db, &a));
    assert_int_equal(xj_object_get(db, &a, &value), XJ_ENOTFOUND);
    must(xj_db_commit(db));
    /* The permission ended with the call. */
    assert_int_equal(sqlite3_prepare_v2(db->handle, "DELETE FROM object", -1, &st, NULL), SQLITE_AUTH);
    xj_buf_free(&value);
    xj_db_close(db);
}

/* ---- transactions ---- */

static void db_rollback__forgets(void **state)
{
    struct xj_db *db = opened(*state);
    struct xj_store s = xj_db_store(db);
    struct xj_buf value;
    xj_buf_init(&value, 64);
    must(xj_db_begin(db));
    must(s.put(s.ctx, xj_slice_cstr("k"), xj_slice_cstr("v")));
    xj_db_rollback(db);
    xj_db_rollback(db); /* twice does no harm */
    assert_int_equal(s.get(s.ctx, xj_slice_cstr("k"), &value), XJ_ENOTFOUND);
    xj_buf_free(&value);
    xj_db_close(db);
}

static int refuse_commit(void *arg)
{
    int *calls = arg;
    return ++*calls;
}

/* SQLite rolls back by itself when a disk is full or breaks: what is committed then would be nothing. */
static void db_commit__of_what_was_rolled_back_already_is_no_commit(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p);
    char copy[160];
    (void)snprintf(copy, sizeof copy, "%s/copy.db", p->dir);
    must(xj_db_begin(db));
    assert_int_equal(sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(xj_db_commit(db), XJ_EIO);
    assert_int_equal(xj_db_begin(db), XJ_EIO);
    assert_int_equal(xj_db_snapshot(db, copy), XJ_ESTATE);
    assert_true(xj_db_free_bytes(db) > 0);
    assert_int_equal(unlink(p->path), 0);
    assert_int_equal(xj_db_free_bytes(db), 0); /* of a disk that cannot be asked */
    xj_db_close(db);
}

static void db_commit__that_fails_is_tried_once_and_ends_the_database(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p);
    struct xj_store s = xj_db_store(db);
    int calls = 0;
    must(xj_db_begin(db));
    must(s.put(s.ctx, xj_slice_cstr("k"), xj_slice_cstr("v")));
    sqlite3_commit_hook(db->handle, refuse_commit, &calls);
    assert_int_not_equal(xj_db_commit(db), XJ_OK);
    sqlite3_commit_hook(db->handle, NULL, NULL);
    assert_int_equal(calls, 1);
    assert_int_equal(xj_db_begin(db), XJ_EIO);
    xj_db_close(db);
}

static void object_put__on_a_full_disk_is_full_and_commits_nothing(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p);
    struct xj_hash first = xj_digest("n", xj_slice_cstr("first"));
    static const uint8_t bytes[20000] = {1};
    enum xj_err err = XJ_OK;
    sqlite3_set_authorizer(db->handle, NULL, NULL);
    assert_int_equal(sqlite3_exec(db->handle, "PRAGMA max_page_count = 40", NULL, NULL, NULL), SQLITE_OK);
    must(xj_db_begin(db));
    must(xj_object_put(db, &first, xj_slice_of(bytes, sizeof bytes)));
    for (uint32_t i = 0; err == XJ_OK && i < 100; i++) {
        struct xj_hash digest = xj_digest("n", xj_slice_of(&i, sizeof i));
        err = xj_object_put(db, &digest, xj_slice_of(bytes, sizeof bytes));
    }
    assert_int_equal(err, XJ_EFULL);
    xj_db_rollback(db);
    assert_false(test_object_has(db, &first));
    must(xj_db_begin(db)); /* a statement that failed is no failed COMMIT */
    must(xj_db_commit(db));
    xj_db_close(db);
}

static void db_checkpoint__folds_the_wal(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p);
    struct xj_store s = xj_db_store(db);
    struct stat st;
    char wal[140];
    (void)snprintf(wal, sizeof wal, "%s-wal", p->path);
    must(xj_db_begin(db));
    must(s.put(s.ctx, xj_slice_cstr("k"), xj_slice_cstr("v")));
    must(xj_db_commit(db));
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 0);
    must(xj_db_checkpoint(db, false));
    must(xj_db_checkpoint(db, true));
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_size, 0);
    xj_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_place(db_open__holds_the_profile_of_the_specification),
        with_place(db_open__keeps_store_id_owner_and_root_key),
        with_place(db_open__refuses_a_file_of_another_owner_format_or_root),
        with_place(db_open__leaves_a_strangers_database_as_it_was),
        with_place(db_open__refuses_a_file_with_somebodys_trigger_or_view),
        with_place(db_open__says_of_a_file_without_its_own_rows_that_it_is_another),
        with_place(db_open__refuses_a_pair_that_is_not_what_was_put),
        with_place(db_open__refuses_an_index_that_leads_to_no_pair),
        with_place(db_open__refuses_a_page_size_that_does_not_hold),
        with_place(db_open__refuses_a_second_opener),
        with_place(db_open__refuses_memory_disks_unless_told),
        with_place(db_open__read_only_makes_nothing_beside_a_closed_file),
        with_place(db_open__reads_the_wal_of_a_process_that_was_killed),
        with_place(db_authorizer__denies_changing_what_only_grows),
        with_place(object__is_kept_once_and_dropped_only_as_staged),
        with_place(db_rollback__forgets),
        with_place(db_commit__that_fails_is_tried_once_and_ends_the_database),
        with_place(db_commit__of_what_was_rolled_back_already_is_no_commit),
        with_place(db_authorizer__lets_the_dropping_of_an_object_delete_nothing_else),
        with_place(db_open__makes_no_file_at_a_time_that_no_id_has),
        with_place(object_put__on_a_full_disk_is_full_and_commits_nothing),
        with_place(db_checkpoint__folds_the_wal),
        with_place(kv_put__writes_the_row_that_the_spec_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
