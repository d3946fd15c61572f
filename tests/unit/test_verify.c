#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/base/file.h"
#include "schema/ledger/verify.h"
#include "tests/unit/ledger_cases.h"

#define must(call) assert_int_equal((call), XJ_OK)

struct findings {
    struct fixture_blame bad[8];
    size_t bads, lines, open;
    bool completeness_is_open;
};

static void collect(void *arg, const struct xj_check_result *r)
{
    struct findings *f = arg;
    f->lines++;
    assert_int_not_equal(r->kind, XJ_CHECK_INVALID);
    if (r->kind == XJ_CHECK_BAD) {
        assert_true(r->text_zh[0] != 0 && r->text_en[0] != 0);
        f->bad[f->bads++] = (struct fixture_blame){r->check, r->entry};
    }
    if (r->kind == XJ_CHECK_NOT_CHECKABLE) {
        f->open++;
        f->completeness_is_open = f->completeness_is_open || strcmp(r->check, "completeness") == 0;
    }
}

static size_t differences(const struct ledger_case *c, const struct findings *found)
{
    size_t differ = found->bads != c->blames;
    for (size_t i = 0; i < c->blames; i++) {
        bool same = false;
        for (size_t j = 0; j < found->bads; j++)
            same = same || (strcmp(found->bad[j].check, c->blame[i].check) == 0 && found->bad[j].entry == c->blame[i].entry);
        differ += !same;
    }
    for (size_t i = 0; differ > 0 && i < c->blames; i++)
        print_message("%s: expected %s@%lu\n", c->name, c->blame[i].check, (unsigned long)c->blame[i].entry);
    for (size_t i = 0; differ > 0 && i < found->bads; i++)
        print_message("%s: found    %s@%lu\n", c->name, found->bad[i].check, (unsigned long)found->bad[i].entry);
    if (differ > 0 && found->bads == 0)
        print_message("%s: found nothing\n", c->name);
    return differ;
}

struct tally {
    size_t cases, wrong, good;
};

static void judge(void *arg, const struct ledger_case *c, const char *path)
{
    struct tally *t = arg;
    struct findings found = {.bads = 0};
    struct xj_verify_summary s;
    must(xj_verify_file(path, c->root, collect, &found, &s));
    t->cases++;
    t->good += c->blames == 0;
    t->wrong += differences(c, &found) > 0 || s.ok != (c->blames == 0) || found.lines != 8 || !found.completeness_is_open;
    assert_int_equal(unlink(path), 0);
}

static void verify_file__names_exactly_the_bad_check_and_its_first_entry_in_every_case(void **state)
{
    char dir[64];
    struct tally t = {0, 0, 0};
    (void)state;
    fixture_dir_make(dir);
    ledger_cases_each(dir, judge, &t);
    fixture_dir_remove(dir);
    assert_int_equal(t.wrong, 0);
    assert_true(t.good >= 50 && t.cases - t.good >= 100);
}

static void verify_file__finds_another_root_key(void **state)
{
    char dir[64];
    struct fixture *f = calloc(1, sizeof *f);
    struct findings found = {.bads = 0};
    struct xj_verify_summary s;
    (void)state;
    assert_non_null(f);
    fixture_dir_make(dir);
    fixture_build(f, dir, DEFECT_NONE);
    must(xj_verify_file(f->file[FIXTURE_A].path, f->registrar.public_key, collect, &found, &s));
    assert_int_equal(found.bads, 1);
    assert_string_equal(found.bad[0].check, "register");
    assert_int_equal(found.bad[0].entry, 0);
    assert_false(s.ok);
    fixture_dir_remove(dir);
    free(f);
}

static void verify_file__says_whose_file_it_is_how_long_and_under_which_root(void **state)
{
    char dir[64];
    struct fixture *f = calloc(1, sizeof *f);
    struct xj_verify_summary s;
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    (void)state;
    assert_non_null(f);
    fixture_dir_make(dir);
    fixture_build(f, dir, DEFECT_NONE);
    must(xj_verify_file(f->file[FIXTURE_B].path, f->root.public_key, NULL, NULL, &s));
    struct xj_db_options o = {.path = f->file[FIXTURE_B].path, .read_only = true};
    must(xj_db_open(&o, &f->env, &db, NULL));
    must(xj_log_open(db, &log));
    struct xj_hash root = xj_log_root(log);
    assert_int_equal(s.entries, xj_log_size(log));
    assert_true(xj_hash_eq(&root, &s.root));
    assert_string_equal(s.owner, f->agency[FIXTURE_B].id);
    assert_true(s.ok);
    xj_log_close(log);
    xj_db_close(db);
    fixture_dir_remove(dir);
    free(f);
}

static void verify_file__reports_a_missing_file_and_one_that_is_no_database(void **state)
{
    char dir[64], path[128];
    uint8_t root[32] = {0};
    struct xj_verify_summary s;
    (void)state;
    fixture_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/none.db", dir);
    assert_int_equal(xj_verify_file(path, root, NULL, NULL, &s), XJ_ENOTFOUND);
    ledger_write(path, xj_slice_cstr("no database at all, only a line of text"));
    assert_int_equal(xj_verify_file(path, root, NULL, NULL, &s), XJ_ECONFIG);
    fixture_dir_remove(dir);
}

/* A file of many entries, one of them longer than any entry may be: it is named, and what lies before it is still compared. */
static void verify_file__names_an_entry_that_is_too_long_in_a_long_file(void **state)
{
    char dir[64], path[128];
    uint64_t tick = 0;
    struct xj_env env = fixture_env(&tick);
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    struct findings found = {.bads = 0};
    struct xj_verify_summary s;
    sqlite3 *raw = NULL;
    const uint8_t root[32] = {1};
    (void)state;
    fixture_dir_make(dir);
    (void)snprintf(path, sizeof path, "%s/long.db", dir);
    struct xj_db_options o = {.path = path, .create = true, .volatile_ok = true, .root_key = root, .format = "xianjie ledger 1",
                              .owner = "110000-market"};
    must(xj_db_open(&o, &env, &db, NULL));
    must(xj_log_open(db, &log));
    must(xj_db_begin(db));
    for (size_t i = 0; i < 1100; i++)
        must(xj_log_append(log, XJ_ENTRY_INCIDENT, 1, xj_slice_of("\x93\xa1x\xa0\xc4\0", 6), xj_slice_of(NULL, 0), NULL));
    must(xj_db_commit(db));
    xj_log_close(log);
    xj_db_close(db);
    must(xj_verify_file(path, root, collect, &found, &s));
    assert_true(s.ok && s.entries == 1100);
    assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
    assert_int_equal(sqlite3_exec(raw, "UPDATE entry SET head = zeroblob(5000000) WHERE n = 1050; DELETE FROM node WHERE idx = 3", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(raw), SQLITE_OK);
    found = (struct findings){.bads = 0};
    must(xj_verify_file(path, root, collect, &found, &s));
    assert_int_equal(found.bads, 1);
    assert_string_equal(found.bad[0].check, "bytes");
    assert_int_equal(found.bad[0].entry, 1024);
    fixture_dir_remove(dir);
}

/* ---- any changed byte is found ---- */

/* A hash over everything that is evidence, as SQLite reads it; false when it cannot. */
static bool evidence(const char *path, struct xj_hash *ret)
{
    static const char *const queries[] = {"SELECT name, value FROM meta ORDER BY name",
                                          "SELECT n, kind, time_ms, leaf, head, sig FROM entry ORDER BY n",
                                          "SELECT level, idx, hash FROM node ORDER BY level, idx",
                                          "SELECT digest, bytes FROM object ORDER BY digest",
                                          "SELECT size, note FROM checkpoint ORDER BY size"};
    sqlite3 *db = NULL;
    bool ok = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        sqlite3_stmt *st = NULL;
        int rc = ok ? sqlite3_prepare_v2(db, queries[i], -1, &st, NULL) : SQLITE_ERROR;
        while (rc == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
            for (int c = 0; c < sqlite3_column_count(st); c++) {
                struct xj_slice parts[2] = {xj_hash_slice(ret)};
                parts[1] = xj_slice_of(sqlite3_column_blob(st, c), (size_t)sqlite3_column_bytes(st, c));
                *ret = xj_sha256(parts, 2);
            }
        ok = rc == SQLITE_OK && sqlite3_finalize(st) == SQLITE_OK;
    }
    (void)sqlite3_close(db);
    return ok;
}

static void verify_file__finds_every_flipped_bit_that_changes_what_is_read(void **state)
{
    enum { TRIALS = 400 };
    char dir[64], path[128];
    struct fixture *f = calloc(1, sizeof *f);
    struct xj_buf bytes;
    struct xj_hash good, now;
    size_t found = 0;
    uint64_t draw = 88172645463325252u;
    (void)state;
    assert_non_null(f);
    fixture_dir_make(dir);
    fixture_build(f, dir, DEFECT_NONE);
    (void)snprintf(path, sizeof path, "%s/flipped.db", dir);
    must(xj_file_read(f->file[FIXTURE_B].path, 64u * 1024 * 1024, &bytes));
    assert_true(evidence(f->file[FIXTURE_B].path, &good));
    for (size_t i = 0; i < TRIALS; i++) {
        struct xj_verify_summary s;
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        size_t at = (size_t)(draw % bytes.n);
        bytes.p[at] ^= (uint8_t)(1u << (draw >> 60 & 7));
        ledger_write(path, xj_buf_slice(&bytes));
        bytes.p[at] ^= (uint8_t)(1u << (draw >> 60 & 7));
        enum xj_err err = xj_verify_file(path, f->root.public_key, NULL, NULL, &s);
        bool said_ok = err == XJ_OK && s.ok;
        if (said_ok)
            assert_true(evidence(path, &now) && xj_hash_eq(&now, &good));
        found += !said_ok;
    }
    assert_true(found > TRIALS / 10);
    xj_buf_free(&bytes);
    fixture_dir_remove(dir);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_file__names_exactly_the_bad_check_and_its_first_entry_in_every_case),
        cmocka_unit_test(verify_file__finds_another_root_key),
        cmocka_unit_test(verify_file__says_whose_file_it_is_how_long_and_under_which_root),
        cmocka_unit_test(verify_file__reports_a_missing_file_and_one_that_is_no_database),
        cmocka_unit_test(verify_file__names_an_entry_that_is_too_long_in_a_long_file),
        cmocka_unit_test(verify_file__finds_every_flipped_bit_that_changes_what_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
