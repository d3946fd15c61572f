/* Ledgers on a disk that fails once, at each call of SQLite in turn. What looks at a file says that it could not, and never calls a
 * sound file bad nor a bad one sound; what writes one says so, and after a rollback the ledger is what it was.
 * Spec: spec/05-ledger.md, section 5; spec/17-reconcile.md. */
#include "tests/unit/faulty_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/ledger/reconcile.h"
#include "schema/ledger/snapshot.h"
#include "schema/ledger/verify.h"
#include "tests/unit/ledger_hand.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* What SQLite says, and what must be told of it. */
static const struct {
    int code;
    enum xj_err err;
} faults[] = {{SQLITE_IOERR_READ, XJ_EIO}, {SQLITE_FULL, XJ_EFULL}, {SQLITE_NOMEM, XJ_ENOMEM}, {SQLITE_BUSY, XJ_ESTATE}};
#define FAULTS (sizeof faults / sizeof faults[0])

struct work {
    struct fixture *f;
    char dir[64];
};

static int up(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    *state = w;
    if (w == NULL || (w->f = calloc(1, sizeof *w->f)) == NULL)
        return -1;
    fixture_dir_make(w->dir);
    fixture_build(w->f, w->dir, DEFECT_NONE);
    return 0;
}

static int down(void **state)
{
    struct work *w = *state;
    fixture_dir_remove(w->dir);
    free(w->f);
    free(w);
    return 0;
}

/* ---- verifying ---- */

struct verdicts {
    char text[512];
};

static void note(void *arg, const struct xj_check_result *r)
{
    struct verdicts *v = arg;
    const size_t n = strlen(v->text);
    snprintf(v->text + n, sizeof v->text - n, "%s %d %llu\n", r->check, (int)r->kind, (unsigned long long)r->entry);
}

static enum xj_err verified(const char *path, const uint8_t root[32], struct verdicts *ret)
{
    struct xj_verify_summary s;
    memset(ret, 0, sizeof *ret);
    return xj_verify_file(path, root, note, ret, &s);
}

/* Whatever call fails, the verdict is the one of a sound disk, or there is none. */
static void same_or_none(const char *path, const uint8_t root[32], size_t fault)
{
    struct verdicts whole, faulty;
    bool struck = true;
    must(verified(path, root, &whole));
    faulty_code = faults[fault].code;
    for (size_t n = 1; struck; n++) {
        faulty_at(n);
        const enum xj_err err = verified(path, root, &faulty);
        struck = faulty_over();
        if (err != (struck ? faults[fault].err : XJ_OK) || (err == XJ_OK && strcmp(whole.text, faulty.text) != 0))
            fail_msg("call %zu of %s: %s\n%s", n, path, xj_err_name(err), faulty.text);
    }
}

static void verify_each(void *arg, const struct ledger_case *c, const char *path)
{
    static const char *const asked[] = {"hand-good-a", "hand-good-journal", "hand-no-paper-a", "hand-destroyed-a", "hand-rebuilt-journal",
                                        "hand-recovered-other-head-a", "hand-checkpoint-never-made-a"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        if (strcmp(asked[i], c->name) == 0) {
            for (size_t fault = 0; fault < FAULTS; fault++)
                same_or_none(path, c->root, fault);
            ++*(size_t *)arg;
        }
}

static void verify__from_a_disk_that_fails_says_nothing_of_the_file(void **state)
{
    struct work *w = *state;
    size_t seen = 0;
    ledger_hand_each(w->f, w->dir, verify_each, &seen);
    assert_int_equal(seen, 7);
}

/* A page that SQLite calls malformed is the file's fault: it is no file of ours, corrupt, or its bytes are bad; never sound. */
static void damage_each(void *arg, const struct ledger_case *c, const char *path)
{
    struct verdicts v;
    bool struck = true;
    if (strcmp(c->name, "hand-run-a") != 0 && strcmp(c->name, "hand-rebuilt-journal") != 0)
        return;
    faulty_code = SQLITE_CORRUPT;
    for (size_t n = 1; struck; n++) {
        faulty_at(n);
        const enum xj_err err = verified(path, c->root, &v);
        struck = faulty_over();
        const bool bad = err == XJ_OK && strncmp(v.text, "bytes 2 ", 8) == 0;
        if (struck ? err != XJ_ECONFIG && err != XJ_ECORRUPT && !bad : err != XJ_OK || bad)
            fail_msg("call %zu of %s: %s\n%s", n, path, xj_err_name(err), v.text);
    }
    ++*(size_t *)arg;
}

static void verify__of_a_page_that_is_malformed_finds_the_bytes_bad(void **state)
{
    struct work *w = *state;
    size_t seen = 0;
    ledger_hand_each(w->f, w->dir, damage_each, &seen);
    assert_int_equal(seen, 2);
}

/* Rows that end too early, as a tree with a damaged page shows them, hide nothing: a bad file is not called sound. */
static void end_each(void *arg, const struct ledger_case *c, const char *path)
{
    struct xj_verify_summary s;
    bool struck = true;
    if (strcmp(c->name, "hand-refused-by-another-a") != 0 && strcmp(c->name, "hand-no-paper-journal") != 0)
        return;
    for (size_t n = 1; struck; n++) {
        faulty_end_at = n;
        const enum xj_err err = xj_verify_file(path, c->root, NULL, NULL, &s);
        struck = faulty_end_at == 0;
        faulty_end_at = 0;
        if (err == XJ_OK && s.ok)
            fail_msg("step %zu of %s", n, path);
    }
    ++*(size_t *)arg;
}

static void verify__of_rows_that_end_early_never_calls_a_bad_file_sound(void **state)
{
    struct work *w = *state;
    size_t seen = 0;
    ledger_hand_each(w->f, w->dir, end_each, &seen);
    assert_int_equal(seen, 2);
}

/* ---- columns that cannot be had ---- */

static size_t lost_column_at; /* calls until the one that gives nothing; 0: none does */
static bool column_lost;      /* SQLite's word for it stands until its next call */

static bool counts_down(size_t *at)
{
    return *at > 0 && !faulty_inside && --*at == 0;
}

/* A column of a row that was read takes memory to be given out. */
static bool loses_column(void)
{
    if (faulty_said != SQLITE_NOMEM)
        column_lost = false;
    if (!counts_down(&lost_column_at))
        return false;
    column_lost = true;
    faulty_said = SQLITE_NOMEM;
    return true;
}

const void *sqlite3_column_blob(sqlite3_stmt *st, int column)
{
    static const void *(*real)(sqlite3_stmt *, int);
    if (loses_column())
        return NULL;
    FAULTY_REAL("sqlite3_column_blob", real);
    return real(st, column);
}

const unsigned char *sqlite3_column_text(sqlite3_stmt *st, int column)
{
    static const unsigned char *(*real)(sqlite3_stmt *, int);
    if (loses_column())
        return NULL;
    FAULTY_REAL("sqlite3_column_text", real);
    return real(st, column);
}

int sqlite3_column_bytes(sqlite3_stmt *st, int column)
{
    static int (*real)(sqlite3_stmt *, int);
    FAULTY_REAL("sqlite3_column_bytes", real);
    return column_lost && faulty_said == SQLITE_NOMEM ? 0 : real(st, column);
}

/* A node that covers nothing yet, so that there is one to be read. */
static void add_node(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "INSERT INTO node (level, idx, hash) VALUES (8, 0, zeroblob(32))", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void lose_each(void *arg, const struct ledger_case *c, const char *path)
{
    struct verdicts whole, lost;
    bool struck = true;
    if (strcmp(c->name, "hand-good-a") != 0 && strcmp(c->name, "hand-good-journal") != 0 && strcmp(c->name, "hand-no-paper-a") != 0)
        return;
    if (strcmp(c->name, "hand-good-journal") != 0)
        add_node(path);
    must(verified(path, c->root, &whole));
    for (size_t n = 1; struck; n++) {
        lost_column_at = n;
        const enum xj_err err = verified(path, c->root, &lost);
        struck = lost_column_at == 0;
        lost_column_at = 0;
        (void)faulty_over();
        if (err != (struck ? XJ_ENOMEM : XJ_OK) || (err == XJ_OK && strcmp(whole.text, lost.text) != 0))
            fail_msg("column %zu of %s: %s\n%s", n, path, xj_err_name(err), lost.text);
    }
    ++*(size_t *)arg;
}

static void verify__of_a_column_that_cannot_be_had_says_nothing_of_the_file(void **state)
{
    struct work *w = *state;
    size_t seen = 0;
    ledger_hand_each(w->f, w->dir, lose_each, &seen);
    assert_int_equal(seen, 3);
}

/* ---- reconciling ---- */

static enum xj_err held(const struct work *w, const char *a, const char *b, bool whole, struct xj_buf *ret)
{
    struct xj_account *x = NULL, *y = NULL;
    struct xj_reconciled found = {0};
    xj_buf_reset(ret);
    enum xj_err err = xj_account_open(a, w->f->root.public_key, &x, NULL);
    if (err == XJ_OK)
        err = xj_account_open(b, w->f->root.public_key, &y, NULL);
    if (err == XJ_OK)
        err = xj_reconcile(x, y, whole, &found);
    for (size_t i = 0; err == XJ_OK && i < found.count; i++) {
        const struct xj_reconcile_finding *f = &found.items[i];
        xj_buf_addf(ret, "%s %d %s %lu %u %d %d\n", f->code, (int)f->kind, f->agency, (unsigned long)f->number, f->lacking,
                    (int)f->is_signed[0], (int)f->is_signed[1]);
    }
    xj_reconciled_free(&found);
    xj_account_close(x);
    xj_account_close(y);
    return err;
}

static void keep(void *arg, const struct ledger_case *c, const char *path)
{
    (void)arg;
    (void)c;
    (void)path;
}

static void reconcile__from_a_disk_that_fails_finds_nothing_else(void **state)
{
    struct work *w = *state;
    char cut[128];
    struct xj_buf whole, faulty;
    sqlite3 *db = NULL;
    snprintf(cut, sizeof cut, "%s/cut.db", w->dir);
    ledger_copy(w->f->file[FIXTURE_A].path, cut);
    assert_int_equal(sqlite3_open(cut, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "DELETE FROM entry WHERE n > 310; DELETE FROM checkpoint WHERE size > 310", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    const struct {
        const char *a, *b;
    } pairs[] = {{cut, w->f->file[FIXTURE_JOURNAL].path}, {w->f->file[FIXTURE_B].path, cut}, {w->f->file[FIXTURE_A].path, cut},
                 {w->f->file[FIXTURE_C].path, w->f->file[FIXTURE_JOURNAL].path}};
    xj_buf_init(&whole, 1024 * 1024);
    xj_buf_init(&faulty, 1024 * 1024);
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        bool struck = true;
        must(held(w, pairs[p].a, pairs[p].b, true, &whole));
        assert_true(whole.n > 0);
        faulty_code = SQLITE_IOERR_READ;
        for (size_t n = 1; struck; n += 1 + n / 100) {
            faulty_at(n);
            const enum xj_err err = held(w, pairs[p].a, pairs[p].b, true, &faulty);
            struck = faulty_over();
            if (err != XJ_EIO && (err != XJ_OK || !xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&faulty))))
                fail_msg("pair %zu, call %zu: %s\n%s", p, n, xj_err_name(err), xj_buf_cstr(&faulty));
        }
    }
    xj_buf_free(&whole);
    xj_buf_free(&faulty);
}

/* Of small files, at each call. */
static void reconcile__of_small_files_tells_every_failure(void **state)
{
    static const struct {
        const char *ledger, *journal;
    } pairs[] = {{"hand-good-a", "hand-good-journal"}, {"hand-recovered-a", "hand-recovered-journal"}, {"hand-good-a", "hand-no-paper-a"},
                 {"hand-recovered-other-head-behind-a-gap-a", "hand-good-journal"}};
    struct work *w = *state;
    struct xj_buf whole, faulty;
    char a[128], b[128];
    ledger_hand_each(w->f, w->dir, keep, NULL);
    xj_buf_init(&whole, 1024 * 1024);
    xj_buf_init(&faulty, 1024 * 1024);
    for (size_t p = 0; p < sizeof pairs / sizeof pairs[0]; p++) {
        bool struck = true;
        snprintf(a, sizeof a, "%s/%s.db", w->dir, pairs[p].ledger);
        snprintf(b, sizeof b, "%s/%s.db", w->dir, pairs[p].journal);
        must(held(w, a, b, true, &whole));
        faulty_code = SQLITE_IOERR_READ;
        for (size_t n = 1; struck; n++) {
            faulty_at(n);
            const enum xj_err err = held(w, a, b, true, &faulty);
            struck = faulty_over();
            if (err != (struck ? XJ_EIO : XJ_OK) || (err == XJ_OK && !xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&faulty))))
                fail_msg("pair %zu, call %zu: %s\n%s", p, n, xj_err_name(err), xj_buf_cstr(&faulty));
        }
    }
    xj_buf_free(&whole);
    xj_buf_free(&faulty);
}

static struct xj_db_options options(const char *path)
{
    return (struct xj_db_options){.path = path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1",
                                  .owner = "110000-market"};
}

/* ---- writing ---- */

/* Opened on a faulty disk a file is not opened, and is not called another's; then it opens. */
static void db_open__tells_the_disks_error(void **state)
{
    struct work *w = *state;
    struct xj_env env = w->f->env;
    char path[128];
    for (size_t fault = 0; fault < FAULTS; fault++) {
        bool struck = true;
        for (size_t n = 1; struck; n++) {
            struct xj_db *db = NULL;
            snprintf(path, sizeof path, "%s/new-%zu-%zu.db", w->dir, fault, n);
            struct xj_db_options o = options(path);
            faulty_code = faults[fault].code;
            faulty_at(n);
            const enum xj_err err = xj_db_open(&o, &env, &db, NULL);
            struck = faulty_over();
            assert_int_equal(err, struck ? faults[fault].err : XJ_OK);
            assert_int_equal(db == NULL, struck);
            xj_db_close(db);
            must(xj_db_open(&o, &env, &db, NULL)); /* what the first left is nothing, or whole */
            assert_string_equal(xj_db_owner(db), "110000-market");
            xj_db_close(db);
            faulty_at(n); /* and so is what is there */
            const enum xj_err again = xj_db_open(&o, &env, &db, NULL);
            assert_int_equal(again, faulty_over() ? faults[fault].err : XJ_OK);
            xj_db_close(db);
        }
    }
}

static enum xj_err put_pair(struct xj_db *db, const char *key, const char *value)
{
    struct xj_store s = xj_db_store(db);
    return s.put(s.ctx, xj_slice_cstr(key), xj_slice_cstr(value));
}

static bool one_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)key;
    ++*(size_t *)arg;
    return value.n > 0;
}

/* One transaction with everything that a ledger does. The first error ends it. */
static enum xj_err transaction(struct xj_db *db, struct xj_log *log, const struct xj_sign_key *key)
{
    struct xj_store s = xj_db_store(db);
    struct xj_buf buf;
    struct xj_hash digest = xj_digest("x", xj_slice_cstr("y")), path[XJ_TREE_MAX_PATH + 1];
    size_t count = 0;
    uint64_t n, size;
    bool has = false;
    const struct xj_slice head = xj_slice_cstr("head"), none = {NULL, 0};
    xj_buf_init(&buf, 1024 * 1024);
    enum xj_err err = xj_db_begin(db);
    for (size_t i = 0; err == XJ_OK && i < 3; i++)
        err = xj_log_append(log, XJ_ENTRY_INCIDENT, 1, head, none, &n);
    if (err == XJ_OK)
        err = xj_log_reserve(log, XJ_ENTRY_ADMITTED, 2, &n);
    if (err == XJ_OK)
        err = xj_log_append(log, XJ_ENTRY_INCIDENT, 3, head, none, NULL);
    if (err == XJ_OK)
        err = xj_log_complete(log, n, head, head);
    if (err == XJ_OK)
        err = xj_object_put(db, &digest, head);
    if (err == XJ_OK)
        err = xj_object_get(db, &digest, &buf);
    if (err == XJ_OK)
        err = xj_object_has(db, &digest, &has);
    if (err == XJ_OK)
        err = xj_object_drop_staged(db, &digest);
    if (err == XJ_OK)
        err = put_pair(db, "one", "1");
    if (err == XJ_OK)
        err = s.get(s.ctx, xj_slice_cstr("one"), &buf);
    if (err == XJ_OK)
        err = s.scan(s.ctx, xj_slice_cstr("o"), xj_slice_cstr("o"), true, one_pair, &count);
    if (err == XJ_OK)
        err = s.scan(s.ctx, none, none, false, one_pair, &count);
    if (err == XJ_OK)
        err = s.del(s.ctx, xj_slice_cstr("one"));
    if (err == XJ_OK)
        err = xj_db_kv_clear_kind(db, 'k');
    if (err == XJ_OK)
        err = xj_log_checkpoint(log, "xianjie/110000-market", key, 4, &buf);
    if (err == XJ_OK)
        err = xj_log_checkpoint_newest(log, &size, &buf);
    if (err == XJ_OK)
        err = xj_log_path(log, 3, xj_log_size(log), path, &count);
    if (err == XJ_OK)
        err = xj_log_consistency(log, 3, xj_log_size(log), path, &count);
    if (err == XJ_OK)
        err = xj_log_root_at(log, 3, &digest);
    if (err == XJ_OK)
        err = xj_db_commit(db);
    xj_buf_free(&buf);
    return err;
}

static void open_at(const struct work *w, const char *path, struct xj_db **db, struct xj_log **log)
{
    struct xj_db_options o = options(path);
    must(xj_db_open(&o, &w->f->env, db, NULL));
    must(xj_log_open(*db, log));
}

static void close_both(struct xj_db *db, struct xj_log *log)
{
    xj_log_close(log);
    xj_db_close(db);
}

/* A ledger of so many entries that the transaction completes the 255th and with it the first node, and one pair. */
static void make_ledger(const struct work *w, const char *path)
{
    struct xj_db *db;
    struct xj_log *log;
    open_at(w, path, &db, &log);
    must(xj_db_begin(db));
    for (size_t i = 0; i < 251; i++)
        must(xj_log_append(log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("head"), xj_slice_of(NULL, 0), NULL));
    must(put_pair(db, "kept", "1"));
    must(xj_db_commit(db));
    close_both(db, log);
}

static void transaction__that_a_disk_breaks_is_told_and_leaves_the_ledger_as_it_was(void **state)
{
    struct work *w = *state;
    bool struck = true;
    char path[128];
    struct xj_db *db;
    struct xj_log *log;
    snprintf(path, sizeof path, "%s/written.db", w->dir);
    make_ledger(w, path);
    for (size_t n = 1; struck; n++) {
        open_at(w, path, &db, &log);
        const uint64_t size = xj_log_size(log);
        const struct xj_hash root = xj_log_root(log);
        faulty_code = faults[n % FAULTS].code;
        faulty_at(n);
        const enum xj_err err = transaction(db, log, &w->f->agency[0].sign);
        struck = faulty_over();
        if (err != (struck ? faults[n % FAULTS].err : XJ_OK))
            fail_msg("call %zu: %s", n, xj_err_name(err));
        xj_db_rollback(db);
        must(xj_log_reload(log));
        const struct xj_hash now = xj_log_root(log);
        assert_int_equal(xj_log_size(log), struck ? size : size + 6);
        assert_int_equal(xj_hash_eq(&now, &root), struck);
        close_both(db, log);
    }
}

/* ---- reading ---- */

static bool count_entries(void *arg, const struct xj_entry *e)
{
    ++*(size_t *)arg;
    return e->n > 0;
}

static enum xj_err read_all(struct xj_db *db)
{
    struct xj_log *log = NULL;
    struct xj_entry e;
    struct xj_buf buf;
    size_t count = 0;
    xj_buf_init(&buf, 1024 * 1024);
    enum xj_err err = xj_log_open(db, &log);
    if (err == XJ_OK)
        err = xj_log_get(log, 256, &buf, &e);
    if (err == XJ_OK)
        err = xj_log_scan(log, 250, count_entries, &count);
    assert_true(err != XJ_OK || count == xj_log_size(log) - 249);
    xj_log_close(log);
    xj_buf_free(&buf);
    return err;
}

static void log__read_from_a_disk_that_fails_is_not_called_corrupt(void **state)
{
    struct work *w = *state;
    char path[128];
    struct xj_db *db;
    struct xj_log *log;
    snprintf(path, sizeof path, "%s/read.db", w->dir);
    make_ledger(w, path);
    open_at(w, path, &db, &log);
    must(transaction(db, log, &w->f->agency[0].sign));
    xj_log_close(log);
    for (size_t fault = 0; fault < FAULTS; fault++) {
        bool struck = true;
        for (size_t n = 1; struck; n++) {
            faulty_code = faults[fault].code;
            faulty_at(n);
            const enum xj_err err = read_all(db);
            struck = faulty_over();
            assert_int_equal(err, struck ? faults[fault].err : XJ_OK);
        }
    }
    xj_db_close(db);
}

static void snapshot__that_a_disk_breaks_leaves_no_file(void **state)
{
    struct work *w = *state;
    bool struck = true;
    char path[128], copy[128];
    struct xj_db *db;
    struct xj_log *log;
    snprintf(path, sizeof path, "%s/source.db", w->dir);
    snprintf(copy, sizeof copy, "%s/copy.db", w->dir);
    make_ledger(w, path);
    open_at(w, path, &db, &log);
    for (size_t n = 1; struck; n++) {
        faulty_code = SQLITE_IOERR_WRITE;
        faulty_at(n);
        const enum xj_err err = xj_db_snapshot(db, copy);
        struck = faulty_over();
        assert_int_equal(err, struck ? XJ_EIO : XJ_OK);
        assert_int_equal(access(copy, F_OK) != 0, struck);
    }
    assert_int_equal(xj_db_snapshot(db, copy), XJ_EEXISTS); /* and what was there stays */
    assert_int_equal(access(copy, F_OK), 0);
    close_both(db, log);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(verify__from_a_disk_that_fails_says_nothing_of_the_file),
        T(verify__of_a_page_that_is_malformed_finds_the_bytes_bad),
        T(verify__of_rows_that_end_early_never_calls_a_bad_file_sound),
        T(verify__of_a_column_that_cannot_be_had_says_nothing_of_the_file),
        T(reconcile__from_a_disk_that_fails_finds_nothing_else),
        T(reconcile__of_small_files_tells_every_failure),
        T(db_open__tells_the_disks_error),
        T(transaction__that_a_disk_breaks_is_told_and_leaves_the_ledger_as_it_was),
        T(log__read_from_a_disk_that_fails_is_not_called_corrupt),
        T(snapshot__that_a_disk_breaks_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
