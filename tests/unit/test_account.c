/* Accounts: what is one, and who signed what in it. Spec: spec/17-reconcile.md, sections 1 and 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "schema/ledger/account.h"
#include "schema/ledger/reconcile.h"
#include "tests/unit/ledger_hand.h"

#define must(call) assert_int_equal((call), XJ_OK)

struct work {
    char dir[64], path[160];
    struct fixture *f;
};

static int up(void **state)
{
    struct work *w = calloc(1, sizeof *w);
    *state = w;
    if (w == NULL || (w->f = calloc(1, sizeof *w->f)) == NULL)
        return -1;
    fixture_dir_make(w->dir);
    fixture_build(w->f, w->dir, DEFECT_NONE);
    (void)snprintf(w->path, sizeof w->path, "%s/file", w->dir);
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

static enum xj_err opened(struct work *w, const char *text, size_t n, struct xj_account **ret)
{
    ledger_write(w->path, xj_slice_of(text, n));
    return xj_account_open(w->path, w->f->root.public_key, ret, NULL);
}

/* ---- notes ---- */

static void make_note(struct work *w, const char *origin, struct xj_buf *note)
{
    const struct xj_hash root = xj_sha256(NULL, 0);
    xj_buf_init(note, 4096);
    must(xj_checkpoint_sign(origin, &w->f->exchange, 7, &root, 1000, note));
}

static void note__names_its_owner_in_its_first_line(void **state)
{
    static const char *const owners[][2] = {{"xianjie/110000-market", "110000-market"}, {"xianjie/exchange-110000", "exchange"},
                                            {"xianjie/exchange-1100001", "exchange-1100001"},
                                            {"xianjie/exchanges110000", "exchanges110000"}};
    struct work *w = *state;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        struct xj_buf note;
        struct xj_account *a = NULL;
        make_note(w, owners[i][0], &note);
        must(opened(w, (const char *)note.p, note.n, &a));
        assert_true(a->kind == XJ_ACCOUNT_NOTE && a->size == 7 && a->note_ms == 1000);
        assert_string_equal(a->owner, owners[i][1]);
        assert_int_equal(xj_account_signed(a, 1, UINT64_MAX, a), XJ_SIGNED_NONE); /* there are no entries in it */
        xj_account_close(a);
        xj_buf_free(&note);
    }
}

static void note__cut_anywhere_is_no_account(void **state)
{
    struct work *w = *state;
    struct xj_buf note;
    struct xj_account *a = NULL;
    make_note(w, "xianjie/110000-market", &note);
    for (size_t n = 0; n < note.n; n++) {
        const enum xj_err err = opened(w, (const char *)note.p, n, &a);
        assert_int_equal(err, n <= strlen("xianjie/") ? XJ_ECONFIG : XJ_EMALFORMED);
        assert_null(a);
    }
    xj_buf_free(&note);
}

static void note__of_another_form_is_malformed(void **state)
{
    static const char *const texts[] = {
        "xianjie/no line end at all", "xianjie/\n7\n", "xianjie/a\n", "xianjie/a\n7\nAAAA\ntime 1\n\n\xe2\x80\x94 xianjie/a AAAA\n",
        "xianjie/0123456789012345678901234567890123456789012345678901234567890123\n7\n", "xianjie/a\nseven\n\n\n\n\n",
        "xianjie/a\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime\n\n\xe2\x80\x94 xianjie/a AAAA\n",
        "xianjie/a\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 1\nmore\n\xe2\x80\x94 xianjie/a AAAA\n",
        "xianjie/a\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 1\n\n\xe2\x80\x94 xianjie/a \n",
        "xianjie/a\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 1234567890123456789\n\n\xe2\x80\x94 xianjie/a AAAA\n",
        "xianjie/a\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\ntime 1\n\n\xe2\x80\x94 xianjie/a AAAA\n",
    };
    struct work *w = *state;
    struct xj_account *a = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(opened(w, texts[i], strlen(texts[i]), &a), XJ_EMALFORMED);
}

static void file__of_neither_kind_is_no_account(void **state)
{
    struct work *w = *state;
    struct xj_account *a = NULL;
    sqlite3 *db = NULL;
    assert_int_equal(xj_account_open("/nowhere/at.all", w->f->root.public_key, &a, NULL), XJ_ENOTFOUND);
    assert_int_equal(opened(w, "neither a note nor a ledger", 27, &a), XJ_ECONFIG);
    ledger_copy(w->f->file[FIXTURE_C].path, w->path);
    assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "UPDATE meta SET value = CAST('another 1' AS BLOB) WHERE name = 'format'", NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(xj_account_open(w->path, w->f->root.public_key, &a, NULL), XJ_ECONFIG);
    assert_null(a);
}

/* ---- who signed ---- */

struct tally {
    size_t files, yes, no, unknown;
};

static bool blamed(const struct ledger_case *c, uint64_t n)
{
    for (size_t i = 0; i < c->blames; i++)
        if (strcmp(c->blame[i].check, "signatures") == 0 && c->blame[i].entry == n)
            return true;
    return false;
}

/* In a file in which nothing is wrong every statement and message (but one that is no header) is signed; where the verifier finds one
 * that is not, so does this. */
static void sign_each(void *arg, const struct ledger_case *c, const char *path)
{
    struct tally *t = arg;
    struct xj_account *a = NULL;
    must(xj_account_open(path, c->root, &a, NULL));
    must(xj_account_load(a, a));
    for (uint64_t n = 0; n <= a->size + 1; n++) {
        const enum xj_signed s = xj_account_signed(a, n, UINT64_MAX, a);
        if (c->blames == 0 && strstr(c->name, "junk") == NULL && s != XJ_SIGNED_YES && s != XJ_SIGNED_NONE)
            fail_msg("%s: entry %lu is %s", c->name, (unsigned long)n, xj_signed_name(s));
        if (blamed(c, n) && strstr(c->name, "by-another") != NULL)
            assert_int_equal(s, XJ_SIGNED_NO);
        if (blamed(c, n) && strstr(c->name, "ahead") != NULL)
            assert_int_equal(s, XJ_SIGNED_UNKNOWN);
        t->yes += s == XJ_SIGNED_YES;
        t->no += s == XJ_SIGNED_NO;
        t->unknown += s == XJ_SIGNED_UNKNOWN;
    }
    assert_int_equal(xj_account_signed(a, UINT64_MAX, UINT64_MAX, a), XJ_SIGNED_NONE);
    xj_account_close(a);
    t->files++;
}

static void signed__is_what_the_verifier_finds(void **state)
{
    struct work *w = *state;
    struct tally t = {0, 0, 0, 0};
    ledger_hand_each(w->f, w->dir, sign_each, &t);
    assert_true(t.files > 150 && t.yes > 300 && t.no > 10 && t.unknown > 0);
}

/* ---- a row of a kind that nobody knows yet ---- */

/* It is no statement of any kind, and the tree that its owner stated is still the one that the rows give. */
static void unknown_kind__rewrites_no_tree(void **state)
{
    static const struct hand_case later = {"later", .steps = {{.op = HAND_RECEIVED}, {.op = HAND_ADMITTED}, {.op = HAND_STORED},
                                                              {.op = HAND_RAW, .k = XJ_ENTRY_LAST + 1}}};
    struct work *w = *state;
    struct ledger_case c = {.blames = 0};
    struct xj_account *a = NULL;
    hand_make(w->f, w->path, &later, &c);
    must(xj_account_open(w->path, w->f->root.public_key, &a, NULL));
    struct xj_hash root, kept;
    const uint64_t size = a->size;
    must(xj_account_roots(a, &size, 1, &root));
    must(xj_log_root_at(a->log, size, &kept));
    assert_true(xj_hash_eq(&root, &kept));
    assert_int_equal(xj_account_signed(a, size, UINT64_MAX, a), XJ_SIGNED_NONE);
    xj_account_close(a);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(note__names_its_owner_in_its_first_line),
        T(note__cut_anywhere_is_no_account),
        T(note__of_another_form_is_malformed),
        T(file__of_neither_kind_is_no_account),
        T(signed__is_what_the_verifier_finds),
        T(unknown_kind__rewrites_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
