#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/base/file.h"
#include "schema/ledger/reconcile.h"
#include "tests/unit/ledger_cases.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* Two cities of the same keys and the same story, the second with a defect from some point on. */
struct world {
    char dir[2][64];
    struct fixture *f[2];
    struct xj_reconciled found;
};

static void up(struct world *w, enum defect defect)
{
    memset(w, 0, sizeof *w);
    for (size_t i = 0; i < 2; i++) {
        w->f[i] = calloc(1, sizeof *w->f[i]);
        assert_non_null(w->f[i]);
        fixture_dir_make(w->dir[i]);
        fixture_build(w->f[i], w->dir[i], i == 0 ? DEFECT_NONE : defect);
    }
}

static void down(struct world *w)
{
    xj_reconciled_free(&w->found);
    for (size_t i = 0; i < 2; i++) {
        fixture_dir_remove(w->dir[i]);
        free(w->f[i]);
    }
}

static void hold(struct world *w, const char *a, const char *b, bool whole)
{
    struct xj_account *x = NULL, *y = NULL;
    xj_reconciled_free(&w->found);
    must(xj_account_open(a, w->f[0]->root.public_key, &x, NULL));
    must(xj_account_open(b, w->f[0]->root.public_key, &y, NULL));
    must(xj_reconcile(x, y, whole, &w->found));
    for (size_t i = 0; i < w->found.count; i++)
        w->found.items[i].signer = NULL; /* borrowed from an account that closes now */
    xj_account_close(x);
    xj_account_close(y);
}

static const struct xj_reconcile_finding *find(const struct world *w, const char *code)
{
    for (size_t i = 0; i < w->found.count; i++)
        if (strcmp(w->found.items[i].code, code) == 0)
            return &w->found.items[i];
    for (size_t i = 0; i < w->found.count; i++)
        print_message("  found %s %s #%lu\n", w->found.items[i].code, w->found.items[i].agency, (unsigned long)w->found.items[i].number);
    fail_msg("%s was not found", code);
    return NULL;
}

static void expect(const struct world *w, const char *code, uint64_t number, unsigned lacking, enum xj_signed a, enum xj_signed b)
{
    const struct xj_reconcile_finding *f = find(w, code);
    if (f->number != number || f->lacking != lacking || f->is_signed[0] != a || f->is_signed[1] != b)
        fail_msg("%s: number %lu, lacking %u, %s, %s", code, (unsigned long)f->number, f->lacking, xj_signed_name(f->is_signed[0]),
                 xj_signed_name(f->is_signed[1]));
}

/* Runs SQL on a closed file; every ?1 is the number. */
static void edit(const char *path, const char *sql, uint64_t n)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    for (const char *rest = sql; *rest != '\0';) {
        assert_int_equal(sqlite3_prepare_v2(db, rest, -1, &st, &rest), SQLITE_OK);
        if (sqlite3_bind_parameter_count(st) == 1)
            sqlite3_bind_int64(st, 1, (sqlite3_int64)n);
        assert_int_equal(sqlite3_step(st), SQLITE_DONE);
        sqlite3_finalize(st);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Another signature array of the same form, which is nobody's. */
#define UNSIGN "UPDATE entry SET sig = CAST(x'9200c440' || zeroblob(64) AS BLOB) WHERE n = ?1"

/* The leaf of row n anew, and the node rows of a tree whose leaves are as they are: what somebody who covers his tracks does. */
static void hash_anew(const char *path, uint64_t n)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    struct xj_buf scratch;
    struct xj_hash leaf, leaves[256];
    xj_buf_init(&scratch, 1u << 20);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT kind, time_ms, head, sig FROM entry WHERE n = ?1", -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)n);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const struct xj_entry e = {.n = n, .kind = (enum xj_entry_kind)sqlite3_column_int(st, 0), .time_ms = sqlite3_column_int64(st, 1),
                               .head = xj_slice_of(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2)),
                               .sig = xj_slice_of(sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3))};
    must(xj_entry_leaf(&e, &scratch, &leaf));
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_prepare_v2(db, "UPDATE entry SET leaf = ?2 WHERE n = ?1", -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)n);
    sqlite3_bind_blob(st, 2, leaf.b, XJ_HASH_SIZE, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    sqlite3_finalize(st);
    size_t count = 0;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT leaf FROM entry WHERE n <= 256 ORDER BY n", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        memcpy(leaves[count++].b, sqlite3_column_blob(st, 0), XJ_HASH_SIZE);
    sqlite3_finalize(st);
    if (count == 256) {
        struct xj_hash node = xj_tree_root(leaves, 256);
        assert_int_equal(sqlite3_prepare_v2(db, "UPDATE node SET hash = ?1 WHERE level = 8 AND idx = 0", -1, &st, NULL), SQLITE_OK);
        sqlite3_bind_blob(st, 1, node.b, XJ_HASH_SIZE, SQLITE_STATIC);
        assert_int_equal(sqlite3_step(st), SQLITE_DONE);
        sqlite3_finalize(st);
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    xj_buf_free(&scratch);
}

static uint64_t ask(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const uint64_t n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    sqlite3_close(db);
    return n;
}

static void cut(const char *path, uint64_t size)
{
    edit(path, "DELETE FROM entry WHERE n > ?1; DELETE FROM node WHERE (idx + 1) << level > ?1; "
         "DELETE FROM checkpoint WHERE size >= ?1", size);
}

/* ---- accounts that agree ---- */

static void reconcile__finds_every_pair_of_a_city_at_rest_alike(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    for (size_t i = 0; i < FIXTURE_FILES; i++)
        for (size_t k = 0; k < FIXTURE_FILES; k++) {
            hold(&w, w.f[0]->file[i].path, w.f[1]->file[k].path, true);
            assert_int_equal(w.found.differing, 0);
            const bool waiting = (i == FIXTURE_A && k == FIXTURE_JOURNAL) || (k == FIXTURE_A && i == FIXTURE_JOURNAL);
            assert_int_equal(w.found.open, waiting ? 1 : 0);
            if (i == k) {
                assert_true(w.found.compared.entries > 15);
                continue;
            }
            assert_true(w.found.compared.messages >= 4 && w.found.compared.answers == w.found.compared.messages);
            assert_true(w.found.compared.stored >= 1 && w.found.compared.delivered >= 3 && w.found.compared.registered == 3);
            assert_true(w.found.compared.heads >= 1);
        }
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_JOURNAL].path, true);
    expect(&w, "submission_under_way", 5, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    down(&w);
}

/* ---- two stories ---- */

static void reconcile__names_two_messages_of_one_number(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_PREVIOUS);
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_B].path, true);
    expect(&w, "message_differs", 2, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    hold(&w, w.f[1]->file[FIXTURE_JOURNAL].path, w.f[0]->file[FIXTURE_A].path, true);
    expect(&w, "message_differs", 2, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    down(&w);
}

static void reconcile__names_two_answers_to_one_message(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_MAILBOX);
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_B].path, true);
    expect(&w, "answer_differs", 2, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    down(&w);
    up(&w, DEFECT_REGISTER_AHEAD);
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_B].path, true);
    expect(&w, "answer_differs", 2, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_UNKNOWN);
    down(&w);
}

static void reconcile__names_two_stored_statements_and_tells_the_unsigned_one(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_STORED_ROOT);
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_B].path, true);
    expect(&w, "stored_differs", 1, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    /* The same bytes with one bit of the signature turned: it is not what B signed. */
    const uint64_t at = ask(w.f[1]->file[FIXTURE_B].path, "SELECT min(n) FROM entry WHERE kind = 5");
    edit(w.f[1]->file[FIXTURE_B].path, UNSIGN, at);
    hash_anew(w.f[1]->file[FIXTURE_B].path, at);
    hold(&w, w.f[1]->file[FIXTURE_B].path, w.f[0]->file[FIXTURE_A].path, true);
    expect(&w, "stored_differs", 1, XJ_SIDE_NONE, XJ_SIGNED_NO, XJ_SIGNED_YES);
    down(&w);
}

static void reconcile__names_a_feed_that_is_not_what_the_journal_has(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_FEED);
    hold(&w, w.f[0]->file[FIXTURE_A].path, w.f[1]->file[FIXTURE_JOURNAL].path, true);
    expect(&w, "feed_lost", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "feed_differs", 2, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    down(&w);
}

/* ---- what is gone ---- */

static void reconcile__names_what_a_cut_ledger_lacks_and_what_proves_it(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *a = w.f[0]->file[FIXTURE_A].path, *b = w.f[1]->file[FIXTURE_B].path, *journal = w.f[0]->file[FIXTURE_JOURNAL].path;
    cut(b, ask(b, "SELECT min(n) - 1 FROM entry WHERE kind = 2")); /* B never received anything */
    hold(&w, a, b, true);
    expect(&w, "message_missing", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "message_lost", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "stored_lost", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "stored_denied", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    /* B's last statement, directly before its last checkpoint, names the size before itself. */
    expect(&w, "ledger_cut", ask(w.f[0]->file[FIXTURE_B].path, "SELECT max(size) - 1 FROM checkpoint"), 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    hold(&w, b, journal, true);
    expect(&w, "message_missing", 1, 0, XJ_SIGNED_NONE, XJ_SIGNED_YES);
    expect(&w, "ledger_cut", find(&w, "ledger_cut")->number, 0, XJ_SIGNED_NONE, XJ_SIGNED_YES);
    down(&w);
}

static void reconcile__calls_open_what_may_be_under_way(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *b = w.f[1]->file[FIXTURE_B].path, *a = w.f[1]->file[FIXTURE_A].path;
    /* B has received all and not said so; A knows of nothing that came after its first answer. */
    cut(b, ask(b, "SELECT min(n) - 1 FROM entry WHERE kind = 5"));
    cut(a, ask(a, "SELECT min(n) FROM entry WHERE kind = 3"));
    hold(&w, a, b, true);
    assert_int_equal(w.found.differing, 1);
    expect(&w, "message_lost", 2, 0, XJ_SIGNED_NONE, XJ_SIGNED_YES); /* A's own second message is gone: that is no delay */
    cut(b, ask(b, "SELECT max(n) - 2 FROM entry WHERE kind = 2 AND n <= (SELECT max(n) FROM entry)"));
    hold(&w, a, b, true);
    assert_int_equal(w.found.differing, 0);
    hold(&w, b, w.f[0]->file[FIXTURE_JOURNAL].path, true);
    assert_true(w.found.differing > 0); /* the journal has B's word that it stored them */
    down(&w);
}

static void reconcile__names_what_a_cut_journal_lacks(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *journal = w.f[1]->file[FIXTURE_JOURNAL].path;
    cut(journal, ask(journal, "SELECT min(n) + 1 FROM entry WHERE kind = 11"));
    hold(&w, w.f[0]->file[FIXTURE_A].path, journal, true);
    expect(&w, "answer_lost", 2, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "feed_lost", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "register_lost", 3, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    expect(&w, "stored_under_way", 1, 1, XJ_SIGNED_YES, XJ_SIGNED_NONE);
    down(&w);
}

/* ---- rewritten ledgers and copies ---- */

static void reconcile__sees_a_rewritten_ledger_in_what_it_stated_of_itself(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *b = w.f[1]->file[FIXTURE_B].path;
    const uint64_t epoch = ask(b, "SELECT min(n) FROM entry WHERE kind = 8");
    edit(b, "UPDATE entry SET time_ms = time_ms + 1 WHERE n = ?1", epoch);
    hash_anew(b, epoch);
    hold(&w, w.f[0]->file[FIXTURE_A].path, b, true);
    assert_int_equal(w.found.differing, 1);
    assert_int_equal(find(&w, "ledger_rewritten")->is_signed[0], XJ_SIGNED_YES);
    hold(&w, b, w.f[0]->file[FIXTURE_JOURNAL].path, true);
    assert_int_equal(w.found.differing, 1);
    assert_int_equal(find(&w, "ledger_rewritten")->is_signed[1], XJ_SIGNED_YES);
    down(&w);
}

static void reconcile__finds_the_first_entry_in_which_two_copies_differ(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *a = w.f[0]->file[FIXTURE_A].path, *copy = w.f[1]->file[FIXTURE_A].path;
    edit(copy, "UPDATE entry SET time_ms = time_ms + 1 WHERE n = ?1", 100);
    hold(&w, a, copy, false);
    assert_int_equal(w.found.differing, 0); /* by the nodes nothing shows, and that is said */
    assert_int_equal(find(&w, "rows")->kind, XJ_FINDING_NOT_CHECKABLE);
    hold(&w, a, copy, true);
    expect(&w, "entry_differs", 100, XJ_SIDE_NONE, XJ_SIGNED_NONE, XJ_SIGNED_NONE);
    hash_anew(copy, 100);
    for (int whole = 0; whole < 2; whole++) {
        hold(&w, a, copy, whole == 1);
        expect(&w, "entry_differs", 100, XJ_SIDE_NONE, XJ_SIGNED_NONE, XJ_SIGNED_NONE);
        expect(&w, "forked", 100, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_NO); /* the checkpoint is of the other tree */
        assert_int_equal(w.found.compared.entries, 99);
    }
    const uint64_t answer = ask(copy, "SELECT min(n) FROM entry WHERE kind = 3");
    edit(copy, "UPDATE entry SET time_ms = time_ms - 1 WHERE n = ?1", 100);
    hash_anew(copy, 100);
    edit(copy, UNSIGN, answer);
    hash_anew(copy, answer);
    hold(&w, a, copy, true);
    expect(&w, "entry_differs", answer, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_NO);
    down(&w);
}

static void reconcile__calls_an_older_copy_shorter(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *copy = w.f[1]->file[FIXTURE_A].path;
    cut(copy, 301);
    hold(&w, copy, w.f[0]->file[FIXTURE_A].path, true);
    assert_int_equal(w.found.differing, 0);
    expect(&w, "shorter", 301, 0, XJ_SIGNED_NONE, XJ_SIGNED_YES);
    assert_int_equal(w.found.compared.entries, 301);
    down(&w);
}

static void reconcile__tells_nodes_that_are_not_what_the_entries_give(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *copy = w.f[1]->file[FIXTURE_A].path;
    edit(copy, "UPDATE node SET hash = zeroblob(32)", 0);
    hold(&w, w.f[0]->file[FIXTURE_A].path, copy, false);
    assert_int_equal(w.found.differing, 1);
    assert_int_equal(find(&w, "nodes_differ")->kind, XJ_FINDING_DIFFERS);
    down(&w);
}

/* The nodes of the first block differ, though its rows do not; in a later one a row does: that one is named. */
static void reconcile__looks_behind_nodes_that_lie(void **state)
{
    struct world w;
    (void)state;
    up(&w, DEFECT_NONE);
    const char *copy = w.f[1]->file[FIXTURE_A].path;
    edit(copy, "UPDATE node SET hash = zeroblob(32)", 0);
    edit(copy, "UPDATE entry SET time_ms = time_ms + 1 WHERE n = ?1", 300);
    hold(&w, w.f[0]->file[FIXTURE_A].path, copy, false);
    assert_int_equal(find(&w, "entry_differs")->number, 300);
    down(&w);
}

/* ---- notes ---- */

static void write_note(const char *path, const char *origin, const struct xj_sign_key *key, uint64_t size, const struct xj_hash *root)
{
    struct xj_buf note;
    xj_buf_init(&note, 4096);
    must(xj_checkpoint_sign(origin, key, size, root, 1790000000000, &note));
    ledger_write(path, xj_buf_slice(&note));
    xj_buf_free(&note);
}

static void reconcile__holds_a_checkpoint_against_ledgers_journals_and_other_checkpoints(void **state)
{
    struct world w;
    char one[128], two[128], unsigned_one[128];
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    struct xj_hash root;
    (void)state;
    up(&w, DEFECT_NONE);
    struct fixture *f = w.f[0];
    const char *b = f->file[FIXTURE_B].path;
    const uint64_t size = ask(b, "SELECT max(n) - 1 FROM entry WHERE kind = 5"); /* the last own stored statement names it */
    struct xj_db_options o = {.path = b, .read_only = true};
    must(xj_db_open(&o, &f->env, &db, NULL));
    must(xj_log_open(db, &log));
    must(xj_log_root_at(log, size, &root));
    xj_log_close(log);
    xj_db_close(db);
    (void)snprintf(one, sizeof one, "%s/one.note", w.dir[0]);
    (void)snprintf(two, sizeof two, "%s/two.note", w.dir[0]);
    (void)snprintf(unsigned_one, sizeof unsigned_one, "%s/three.note", w.dir[0]);
    write_note(one, "xianjie/110000-police", &f->agency[FIXTURE_B].sign, size, &root);
    root.b[0] ^= 1;
    write_note(two, "xianjie/110000-police", &f->agency[FIXTURE_B].sign, size, &root);
    write_note(unsigned_one, "xianjie/110000-police", &f->agency[FIXTURE_A].sign, size, &root);

    hold(&w, one, b, true);
    assert_int_equal(w.found.differing + w.found.open, 0);
    assert_int_equal(w.found.compared.heads, 1);
    hold(&w, one, f->file[FIXTURE_JOURNAL].path, true); /* the journal has B's stored statement of that size */
    assert_int_equal(w.found.differing, 0);
    assert_int_equal(w.found.compared.heads, 1);
    hold(&w, two, b, true);
    expect(&w, "ledger_rewritten", size, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    hold(&w, f->file[FIXTURE_JOURNAL].path, two, true);
    expect(&w, "head_differs", size, XJ_SIDE_NONE, XJ_SIGNED_YES, XJ_SIGNED_YES);
    hold(&w, unsigned_one, b, true);
    expect(&w, "ledger_rewritten", size, XJ_SIDE_NONE, XJ_SIGNED_NO, XJ_SIGNED_YES);
    hold(&w, one, two, true);
    expect(&w, "head_differs", size, XJ_SIDE_NONE, XJ_SIGNED_UNKNOWN, XJ_SIGNED_UNKNOWN); /* two notes alone have no register */
    hold(&w, one, f->file[FIXTURE_C].path, true);
    assert_int_equal(find(&w, "no_common_head")->kind, XJ_FINDING_NOT_CHECKABLE);
    write_note(one, "xianjie/110000-police", &f->agency[FIXTURE_B].sign, 1000, &root);
    hold(&w, b, one, true);
    expect(&w, "ledger_cut", 1000, 0, XJ_SIGNED_NONE, XJ_SIGNED_YES);
    down(&w);
}

/* ---- what it costs, and what damage does ---- */

#define LONG 66500u

static void make_long(const char *path, uint64_t other_at)
{
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    uint64_t tick = 0;
    struct xj_env env = fixture_env(&tick);
    struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .format = "xianjie ledger 1", .owner = "110000-market"};
    must(xj_db_open(&o, &env, &db, NULL));
    must(xj_log_open(db, &log));
    must(xj_db_begin(db));
    for (uint64_t n = 1; n <= LONG; n++)
        must(xj_log_append(log, XJ_ENTRY_INCIDENT, n == other_at ? 2 : 1, xj_slice_cstr("x"), xj_slice_of(NULL, 0), NULL));
    must(xj_db_commit(db));
    xj_log_close(log);
    xj_db_close(db);
}

static void reconcile__reads_few_nodes_and_one_block_of_leaves(void **state)
{
    static const uint64_t places[] = {1, 256, 257, 40000, 65536, 65537, 66400, LONG};
    struct world w;
    char one[128], other[128];
    (void)state;
    up(&w, DEFECT_NONE);
    (void)snprintf(one, sizeof one, "%s/long.db", w.dir[0]);
    make_long(one, 0);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(other, sizeof other, "%s/other%zu.db", w.dir[0], i);
        make_long(other, places[i]);
        hold(&w, one, other, false);
        assert_int_equal(find(&w, "entry_differs")->number, places[i]);
        assert_true(w.found.compared.nodes <= 2 * 256 + 3 && w.found.compared.leaves <= 256);
    }
    hold(&w, one, one, false);
    assert_int_equal(w.found.compared.entries, LONG);
    assert_true(w.found.compared.nodes <= 2 * 256 + 3 && w.found.compared.leaves <= 256);
    down(&w);
}

struct damaged {
    struct world *w;
    size_t cases, seen;
};

static void hold_damaged(void *arg, const struct ledger_case *c, const char *path)
{
    struct damaged *d = arg;
    struct xj_account *x = NULL, *y = NULL;
    (void)c;
    for (size_t i = 0; i < FIXTURE_FILES; i++) {
        const enum xj_err err = xj_account_open(path, d->w->f[0]->root.public_key, &x, NULL);
        if (err == XJ_OK) {
            must(xj_account_open(d->w->f[0]->file[i].path, d->w->f[0]->root.public_key, &y, NULL));
            const enum xj_err held = xj_reconcile(x, y, true, &d->w->found);
            assert_true(held == XJ_OK || held == XJ_ECORRUPT);
            d->seen += held != XJ_OK || d->w->found.differing > 0;
            xj_reconciled_free(&d->w->found);
            xj_account_close(y);
        }
        xj_account_close(x);
        x = y = NULL;
    }
    d->cases++;
    (void)remove(path);
}

static void reconcile__survives_whatever_a_file_holds(void **state)
{
    struct world w;
    struct damaged d = {.w = &w};
    char dir[64];
    (void)state;
    up(&w, DEFECT_NONE);
    fixture_dir_make(dir);
    ledger_cases_each(dir, hold_damaged, &d);
    ledger_cases_random(dir, 20261, 60, hold_damaged, &d);
    assert_true(d.cases > 150 && d.seen > 100);
    fixture_dir_remove(dir);
    down(&w);
}

static void reconcile_words__has_both_languages_for_every_code(void **state)
{
    size_t count = 0;
    (void)state;
    for (const struct xj_reconcile_words *x; (x = xj_reconcile_words_at(count)) != NULL; count++) {
        assert_true(x->zh[0] != '\0' && x->en[0] != '\0');
        assert_ptr_equal(xj_reconcile_words(x->code), x);
    }
    assert_true(count > 25);
    assert_string_equal(xj_reconcile_words("no such code")->en, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reconcile__finds_every_pair_of_a_city_at_rest_alike),
        cmocka_unit_test(reconcile__names_two_messages_of_one_number),
        cmocka_unit_test(reconcile__names_two_answers_to_one_message),
        cmocka_unit_test(reconcile__names_two_stored_statements_and_tells_the_unsigned_one),
        cmocka_unit_test(reconcile__names_a_feed_that_is_not_what_the_journal_has),
        cmocka_unit_test(reconcile__names_what_a_cut_ledger_lacks_and_what_proves_it),
        cmocka_unit_test(reconcile__calls_open_what_may_be_under_way),
        cmocka_unit_test(reconcile__names_what_a_cut_journal_lacks),
        cmocka_unit_test(reconcile__sees_a_rewritten_ledger_in_what_it_stated_of_itself),
        cmocka_unit_test(reconcile__finds_the_first_entry_in_which_two_copies_differ),
        cmocka_unit_test(reconcile__calls_an_older_copy_shorter),
        cmocka_unit_test(reconcile__tells_nodes_that_are_not_what_the_entries_give),
        cmocka_unit_test(reconcile__looks_behind_nodes_that_lie),
        cmocka_unit_test(reconcile__holds_a_checkpoint_against_ledgers_journals_and_other_checkpoints),
        cmocka_unit_test(reconcile__reads_few_nodes_and_one_block_of_leaves),
        cmocka_unit_test(reconcile__survives_whatever_a_file_holds),
        cmocka_unit_test(reconcile_words__has_both_languages_for_every_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
