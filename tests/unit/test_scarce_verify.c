/* Verifying without memory: a verifier that cannot look says so. It never calls a sound file bad, nor a bad one sound.
 * Spec: spec/05-ledger.md, section 5; spec/16-evidence.md, section 6. */
#include "tests/unit/scarce.h"

#include <stdio.h>
#include <string.h>

#include "schema/evidence/judge.h"
#include "schema/ledger/reconcile.h"
#include "schema/ledger/verify.h"
#include "tests/sim/world_private.h"
#include "tests/unit/evidence_tamper.h"
#include "tests/unit/ledger_hand.h"
#include "tests/unit/view_city.h"

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

/* How many allocations it takes to open a file: those of one are like those of any other. */
static size_t opening(const char *path)
{
    struct xj_db *db = NULL;
    const struct xj_db_options o = {.path = path, .read_only = true};
    scarce_at(SIZE_MAX);
    assert_int_equal(xj_db_open(&o, xj_env_system(), &db, NULL), XJ_OK);
    const size_t made = scarce_left > 0 ? SIZE_MAX - scarce_left : 0;
    (void)scarce_over();
    xj_db_close(db);
    return made;
}

/* Verifies while an allocation fails that was named before, the n-th: the verdict is the one with memory, or there is none.
 * Whether it failed. */
static bool is_same_or_none(size_t n, const char *path, const uint8_t root[32], const struct verdicts *whole)
{
    struct verdicts scarce;
    const enum xj_err err = verified(path, root, &scarce);
    const bool struck = scarce_over();
    if (err == XJ_OK && strcmp(whole->text, scarce.text) != 0)
        fail_msg("allocation %zu of %s:\n%s", n, path, scarce.text);
    if (err != XJ_OK && err != XJ_ENOMEM)
        fail_msg("allocation %zu of %s: %s", n, path, xj_err_name(err));
    return struck;
}

/* Whatever allocation after the first fails. */
static void same_or_none_after(size_t first, const char *path, const uint8_t root[32])
{
    struct verdicts whole, again;
    bool struck = true;
    assert_int_equal(verified(path, root, &whole), XJ_OK);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        scarce_at(first + n);
        struck = is_same_or_none(n, path, root, &whole);
    }
    assert_int_equal(verified(path, root, &again), XJ_OK);
    assert_string_equal(whole.text, again.text);
}

/* Whatever document cannot be opened, each in turn: for each msgpack-c takes a piece of 8 KiB, as nothing else here does so often. */
static void same_or_none_of_documents(const char *path, const uint8_t root[32])
{
    struct verdicts whole;
    bool struck = true;
    assert_int_equal(verified(path, root, &whole), XJ_OK);
    for (size_t n = 1; struck; n++) {
        scarce_sized(n, 8192, 8192 + 64);
        struck = is_same_or_none(n, path, root, &whole);
    }
}

static void same_or_none(const char *path, const uint8_t root[32])
{
    same_or_none_after(0, path, root);
}

static void verify__without_memory_says_nothing_else(void **state)
{
    struct city *c = *state;
    city_history(c);
    struct node *police = world_agent(c->w, CITY_POLICE);
    world_exchange_down(c->w);
    world_agent_down(police);
    same_or_none(c->w->exchange.path, c->w->anchor.root);
    same_or_none(police->path, c->w->anchor.root);
}

static void without_memory(void *arg, const struct ledger_case *c, const char *path)
{
    static const char *const asked[] = {
        "hand-good-a", "hand-waited-over-a-withdrawal-a", "hand-late-a", "hand-run-a", "hand-recovered-a", "hand-recovered-other-head-a",
        "hand-checkpoint-before-new-keys-a", "hand-destroyed-a", "hand-destroyed-share-a", "hand-destroyed-came-back-a", "hand-good-journal", "hand-junk-admitted-journal",
        "hand-rebuilt-journal", "hand-rebuilt-too-few-journal", "hand-run-used-twice-journal", "hand-recovered-journal",
        "hand-recovered-other-head-journal", "hand-destroyed-journal"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
        if (strcmp(asked[i], c->name) == 0) {
            same_or_none_after(opening(path), path, c->root);
            same_or_none_of_documents(path, c->root);
            ++*(size_t *)arg;
        }
}

static void verify__without_memory_says_nothing_else_of_any_kind_of_entry(void **state)
{
    char dir[64];
    size_t seen = 0;
    struct fixture *f = calloc(1, sizeof *f);
    (void)state;
    assert_non_null(f);
    fixture_dir_make(dir);
    fixture_build(f, dir, DEFECT_NONE);
    ledger_hand_each(f, dir, without_memory, &seen);
    assert_int_equal(seen, 18);
    fixture_dir_remove(dir);
    free(f);
}

/* ---- two accounts ---- */

/* Every finding, as text. */
static enum xj_err held(const char *a, const char *b, const uint8_t root[32], struct xj_buf *ret)
{
    struct xj_account *x = NULL, *y = NULL;
    struct xj_reconciled found = {0};
    enum xj_err err = xj_account_open(a, root, &x, NULL);
    if (err == XJ_OK)
        err = xj_account_open(b, root, &y, NULL);
    if (err == XJ_OK)
        err = xj_reconcile(x, y, true, &found);
    const size_t left = scarce_left; /* what is written down here is no part of the comparison */
    const bool struck = scarce_over();
    xj_buf_reset(ret);
    for (size_t i = 0; err == XJ_OK && i < found.count; i++)
        xj_buf_addf(ret, "%s %d %s %lu %u %d %d\n", found.items[i].code, (int)found.items[i].kind, found.items[i].agency,
                    (unsigned long)found.items[i].number, found.items[i].lacking, (int)found.items[i].is_signed[0],
                    (int)found.items[i].is_signed[1]);
    scarce_left = left;
    scarce_struck = struck;
    xj_reconciled_free(&found);
    xj_account_close(x);
    xj_account_close(y);
    return err;
}

static void same_findings_or_none(const char *a, const char *b, const uint8_t root[32])
{
    struct xj_buf whole, scarce;
    bool struck = true;
    xj_buf_init(&whole, 1024 * 1024);
    xj_buf_init(&scarce, 1024 * 1024);
    assert_int_equal(held(a, b, root, &whole), XJ_OK);
    assert_true(whole.n > 0);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        scarce_at(n);
        const enum xj_err err = held(a, b, root, &scarce);
        struck = scarce_over();
        if (err != XJ_ENOMEM && (err != XJ_OK || !xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&scarce))))
            fail_msg("allocation %zu of %s and %s: %s\n%s", n, a, b, xj_err_name(err), xj_buf_cstr(&scarce));
    }
    xj_buf_free(&whole);
    xj_buf_free(&scarce);
}

static void write_note(const struct fixture *f, const char *path)
{
    struct xj_buf note;
    const struct xj_hash root = xj_sha256(NULL, 0);
    xj_buf_init(&note, 4096);
    assert_int_equal(xj_checkpoint_sign("xianjie/110000-market", &f->agency[FIXTURE_A].sign, 5, &root, 1000, &note), XJ_OK);
    ledger_write(path, xj_buf_slice(&note));
    xj_buf_free(&note);
}

static void made(void *arg, const struct ledger_case *c, const char *path)
{
    (void)arg;
    (void)c;
    (void)path;
}

static void reconcile__without_memory_finds_nothing_else(void **state)
{
    static const char *const pairs[][2] = {{"hand-good-a", "hand-good-journal"}, {"hand-recovered-journal", "hand-recovered-a"},
                                           {"hand-good-a", "hand-late-a"}, {"note", "hand-good-a"}, {"note", "hand-good-journal"}};
    char dir[64], a[128], b[128];
    struct fixture *f = calloc(1, sizeof *f);
    (void)state;
    assert_non_null(f);
    fixture_dir_make(dir);
    fixture_build(f, dir, DEFECT_NONE);
    ledger_hand_each(f, dir, made, NULL);
    (void)snprintf(a, sizeof a, "%s/note.db", dir);
    write_note(f, a);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        (void)snprintf(a, sizeof a, "%s/%s.db", dir, pairs[i][0]);
        (void)snprintf(b, sizeof b, "%s/%s.db", dir, pairs[i][1]);
        same_findings_or_none(a, b, f->root.public_key);
    }
    fixture_dir_remove(dir);
    free(f);
}

/* ---- bundles ---- */

/* Every claim and item of the judgement, as text; "malformed" for bytes that are no bundle. */
static enum xj_err judged(struct xj_slice a, struct xj_slice b, const uint8_t root[32], struct xj_buf *ret)
{
    struct xj_bundle bundles[2];
    struct xj_ev_result r;
    const char *fault = NULL;
    size_t count = 0;
    enum xj_err err = xj_bundle_decode(a, &bundles[0], &fault);
    if (err == XJ_OK) {
        count = 1;
        err = xj_bundle_decode(b, &bundles[1], &fault);
    }
    if (err == XJ_OK) {
        count = 2;
        err = xj_evidence_judge(bundles, 2, root, &r);
    }
    const size_t left = scarce_left; /* what is written down here is no part of the judging */
    const bool struck = scarce_over();
    xj_buf_reset(ret);
    for (int c = XJ_CLAIM_ISSUED; err == XJ_OK && c < XJ_CLAIM_END; c++)
        xj_buf_addf(ret, "P%d %d %s\n", c, (int)r.claims[c].verdict, r.claims[c].code);
    for (size_t i = 0; err == XJ_OK && i < r.count; i++)
        xj_buf_addf(ret, "%d %d %s\n", (int)r.items[i].claim, (int)r.items[i].verdict, r.items[i].code);
    if (err == XJ_OK)
        xj_ev_result_free(&r);
    while (count > 0)
        xj_bundle_free(&bundles[--count]);
    scarce_left = left;
    scarce_struck = struck;
    return err;
}

/* Of bundles taken apart before each single allocation of the judging: without it there is no judgement. */
static void no_judgement_without_each(const struct xj_buf *const files[], size_t count, const uint8_t root[32])
{
    struct xj_bundle b[2];
    const char *fault;
    bool struck = true;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(xj_bundle_decode(xj_buf_slice(files[i]), &b[i], &fault), XJ_OK);
    for (size_t n = 1; struck; n++) {
        struct xj_ev_result r;
        scarce_at(n);
        const enum xj_err err = xj_evidence_judge(b, count, root, &r);
        struck = scarce_over();
        if (err != (struck ? XJ_ENOMEM : XJ_OK))
            fail_msg("allocation %zu: %s", n, xj_err_name(err));
        if (err == XJ_OK)
            xj_ev_result_free(&r);
    }
    for (size_t i = 0; i < count; i++)
        xj_bundle_free(&b[i]);
}

static void same_judgement_or_none(struct xj_slice a, struct xj_slice b, const uint8_t root[32])
{
    struct xj_buf whole, scarce;
    bool struck = true;
    xj_buf_init(&whole, 1024 * 1024);
    xj_buf_init(&scarce, 1024 * 1024);
    assert_int_equal(judged(a, b, root, &whole), XJ_OK);
    assert_true(whole.n > 0);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        scarce_at(n);
        const enum xj_err err = judged(a, b, root, &scarce);
        struck = scarce_over();
        if (err != XJ_OK && err != XJ_ENOMEM)
            fail_msg("allocation %zu: %s", n, xj_err_name(err));
        if (err == XJ_OK && !xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&scarce)))
            fail_msg("allocation %zu: another judgement:\n%s", n, xj_buf_cstr(&scarce));
    }
    xj_buf_free(&whole);
    xj_buf_free(&scarce);
}

/* Two good ones; and one whose owner lost its ledger, with one without the sequence. */
static void bundle__judged_without_memory_is_not_judged(void **state)
{
    (void)state;
    struct evidence_city e;
    struct xj_buf lost;
    evidence_city_up(&e);
    const uint8_t *root = e.city->w->anchor.root;
    same_judgement_or_none(xj_buf_slice(&e.file[BUREAU_1S]), xj_buf_slice(&e.file[POLICE_1S]), root);
    xj_buf_init(&lost, XJ_ZIP_FILE_MAX);
    tamper_bundle(&e, &e.file[BUREAU_1], tamper_stored_of_lost, &lost);
    same_judgement_or_none(xj_buf_slice(&lost), xj_buf_slice(&e.file[POLICE_1]), root);
    xj_buf_free(&lost);
    evidence_city_down(&e);
}

static void refused_and_lost(struct tamper *t)
{
    tamper_refused_sequence(t);
    tamper_loss_claimed(t);
}

/* One with every kind of entry, refused, told, of a ledger that was lost; one with what came of an order; and two of which one has
 * hardly anything of the other. */
static void bundle__without_any_one_allocation_is_not_judged(void **state)
{
    (void)state;
    struct evidence_city e;
    struct xj_buf all, little, destroyed;
    evidence_city_up(&e);
    const uint8_t *root = e.city->w->anchor.root;
    xj_buf_init(&all, XJ_ZIP_FILE_MAX);
    tamper_bundle(&e, &e.file[BUREAU_1T], refused_and_lost, &all);
    no_judgement_without_each((const struct xj_buf *[]){&all}, 1, root);
    xj_buf_init(&little, XJ_ZIP_FILE_MAX);
    tamper_bundle(&e, &e.file[BUREAU_1], tamper_one_internal, &little);
    no_judgement_without_each((const struct xj_buf *[]){&e.file[POLICE_1], &little}, 2, root);
    evidence_city_destroy(&e, 2);
    evidence_export(&e, CITY_BUREAU, 2, true, false, &destroyed);
    no_judgement_without_each((const struct xj_buf *[]){&destroyed}, 1, root);
    xj_buf_free(&all);
    xj_buf_free(&little);
    xj_buf_free(&destroyed);
    evidence_city_down(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verify__without_memory_says_nothing_else, city_up, city_down),
        cmocka_unit_test(verify__without_memory_says_nothing_else_of_any_kind_of_entry),
        cmocka_unit_test(reconcile__without_memory_finds_nothing_else),
        cmocka_unit_test(bundle__judged_without_memory_is_not_judged),
        cmocka_unit_test(bundle__without_any_one_allocation_is_not_judged),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
