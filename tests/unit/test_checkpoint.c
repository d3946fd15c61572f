#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/log.h"
#include "tests/unit/ledger_fixture.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define ORIGIN "xianjie/110000-market"

/* A log of three entries, and a checkpoint of it. */
struct place {
    char dir[64], path[128];
    uint64_t tick;
    struct xj_env env;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_sign_key key, other;
    struct xj_hash root;
    struct xj_buf note;
};

static int arrive(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    uint8_t seed[32] = {1};
    fixture_dir_make(p->dir);
    (void)snprintf(p->path, sizeof p->path, "%s/log.db", p->dir);
    p->env = fixture_env(&p->tick);
    struct xj_db_options o = {.path = p->path, .format = "xianjie ledger 1", .owner = "110000-market", .create = true,
                              .volatile_ok = true};
    must(xj_db_open(&o, &p->env, &p->db, NULL));
    must(xj_log_open(p->db, &p->log));
    xj_sign_key_from_seed(seed, &p->key);
    seed[0] = 2;
    xj_sign_key_from_seed(seed, &p->other);
    xj_buf_init(&p->note, 4096);
    must(xj_db_begin(p->db));
    for (int i = 0; i < 3; i++)
        must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, i, xj_slice_cstr("x"), xj_slice_of(NULL, 0), NULL));
    p->root = xj_log_root(p->log);
    must(xj_log_checkpoint(p->log, ORIGIN, &p->key, INT64_C(1790000000123), &p->note));
    must(xj_db_commit(p->db));
    *state = p;
    return 0;
}

static int leave(void **state)
{
    struct place *p = *state;
    xj_buf_free(&p->note);
    xj_log_close(p->log);
    xj_db_close(p->db);
    fixture_dir_remove(p->dir);
    free(p);
    return 0;
}

static enum xj_err verify(const struct place *p, struct xj_slice note, const char *origin, const struct xj_sign_key *key)
{
    uint64_t size = 0;
    int64_t time_ms = 0;
    struct xj_hash root;
    enum xj_err err = xj_checkpoint_verify(note, origin, key->public_key, &size, &root, &time_ms);
    if (err == XJ_OK) {
        assert_int_equal(size, 3);
        assert_int_equal(time_ms, INT64_C(1790000000123));
        assert_memory_equal(root.b, p->root.b, XJ_HASH_SIZE);
    }
    return err;
}

static void checkpoint__says_size_root_and_time_in_the_lines_of_a_signed_note(void **state)
{
    struct place *p = *state;
    const char *text = xj_buf_cstr(&p->note);
    const char start[] = ORIGIN "\n3\n", time[] = "=\ntime 1790000000123\n\n\xe2\x80\x94 " ORIGIN " ";
    assert_memory_equal(text, start, strlen(start));
    assert_memory_equal(text + strlen(start) + 43, time, strlen(time));
    assert_int_equal(p->note.n, strlen(start) + 43 + strlen(time) + 92 + 1);
    must(verify(p, xj_buf_slice(&p->note), ORIGIN, &p->key));
}

static void checkpoint__is_spoken_of_by_the_entry_behind_it(void **state)
{
    struct place *p = *state;
    struct xj_entry e;
    struct xj_buf buf;
    xj_buf_init(&buf, 1024);
    assert_int_equal(xj_log_size(p->log), 4);
    must(xj_log_get(p->log, 4, &buf, &e));
    assert_int_equal(e.kind, XJ_ENTRY_CHECKPOINTED);
    assert_int_equal(e.sig.n, 0);
    assert_int_equal(e.head.n, 4 + XJ_HASH_SIZE);
    assert_memory_equal(e.head.p, "\x92\x03\xc4\x20", 4);
    assert_memory_equal(e.head.p + 4, p->root.b, XJ_HASH_SIZE);
    xj_buf_free(&buf);
}

static void checkpoint_verify__refuses_another_key_and_another_origin(void **state)
{
    struct place *p = *state;
    assert_int_equal(verify(p, xj_buf_slice(&p->note), ORIGIN, &p->other), XJ_ESIGNATURE);
    assert_int_equal(verify(p, xj_buf_slice(&p->note), "xianjie/110000-police", &p->key), XJ_EMALFORMED);
    assert_int_equal(verify(p, xj_buf_slice(&p->note), "xianjie/110000-marke", &p->key), XJ_EMALFORMED);
}

static void checkpoint_verify__refuses_every_flipped_bit(void **state)
{
    struct place *p = *state;
    for (size_t bit = 0; bit < 8 * p->note.n; bit++) {
        p->note.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        enum xj_err err = verify(p, xj_buf_slice(&p->note), ORIGIN, &p->key);
        assert_true(err == XJ_EMALFORMED || err == XJ_ESIGNATURE);
        p->note.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    must(verify(p, xj_buf_slice(&p->note), ORIGIN, &p->key));
}

static void checkpoint_verify__refuses_every_shorter_note_and_anything_behind_it(void **state)
{
    struct place *p = *state;
    for (size_t n = 0; n < p->note.n; n++)
        assert_int_equal(verify(p, xj_slice_of(p->note.p, n), ORIGIN, &p->key), XJ_EMALFORMED);
    size_t whole = p->note.n;
    xj_buf_add_str(&p->note, "\n");
    assert_int_equal(verify(p, xj_buf_slice(&p->note), ORIGIN, &p->key), XJ_EMALFORMED);
    p->note.n = whole;
    must(verify(p, xj_buf_slice(&p->note), ORIGIN, &p->key));
}

/* Nor is anything kept of it. */
static void checkpoint__of_an_origin_that_is_too_long_is_not_made(void **state)
{
    struct place *p = *state;
    static char origin[8192], note[8192];
    struct xj_buf made;
    uint64_t size;
    int64_t time_ms;
    struct xj_hash root;
    memset(origin, 'x', sizeof origin - 1);
    xj_buf_init(&made, 65536);
    assert_int_equal(xj_checkpoint_sign(origin, &p->key, 3, &p->root, 5, &made), XJ_ELIMIT);
    must(xj_db_begin(p->db));
    assert_int_equal(xj_log_checkpoint(p->log, origin, &p->key, 5, &made), XJ_ELIMIT);
    xj_db_rollback(p->db);
    must(xj_log_reload(p->log));
    assert_int_equal(xj_log_size(p->log), 4);
    assert_int_equal(made.n, 0);
    memset(note, 'x', sizeof note);
    assert_int_equal(xj_checkpoint_verify(xj_slice_of(note, sizeof note), origin, p->key.public_key, &size, &root, &time_ms), XJ_EMALFORMED);
    xj_buf_free(&made);
}

static void log_checkpoint__can_be_made_again_at_once(void **state)
{
    struct place *p = *state;
    xj_buf_reset(&p->note);
    must(xj_db_begin(p->db));
    must(xj_log_checkpoint(p->log, ORIGIN, &p->key, 5, &p->note));
    must(xj_db_commit(p->db));
    assert_int_equal(xj_log_size(p->log), 5);
}

static void log_unchecked__counts_from_the_last_checkpoint_also_after_a_rollback_and_in_a_new_log(void **state)
{
    struct place *p = *state;
    assert_int_equal(xj_log_unchecked(p->log), 0);
    must(xj_db_begin(p->db));
    for (int i = 0; i < 2; i++)
        must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, i, xj_slice_cstr("y"), xj_slice_of(NULL, 0), NULL));
    must(xj_db_commit(p->db));
    assert_int_equal(xj_log_unchecked(p->log), 2);
    must(xj_db_begin(p->db));
    must(xj_log_checkpoint(p->log, ORIGIN, &p->key, 5, &p->note));
    assert_int_equal(xj_log_unchecked(p->log), 0);
    xj_db_rollback(p->db);
    must(xj_log_reload(p->log));
    assert_int_equal(xj_log_unchecked(p->log), 2);
    struct xj_log *again = NULL;
    must(xj_log_open(p->db, &again));
    assert_int_equal(xj_log_unchecked(again), 2);
    xj_log_close(again);
}

static void checkpoint_sign__gives_the_note_that_a_kept_one_has_and_newest_finds_that(void **state)
{
    struct place *p = *state;
    struct xj_buf made, kept;
    uint64_t size = 0;
    xj_buf_init(&made, 4096);
    xj_buf_init(&kept, 4096);
    must(xj_checkpoint_sign(ORIGIN, &p->key, 3, &p->root, INT64_C(1790000000123), &made));
    must(xj_log_checkpoint_newest(p->log, &size, &kept));
    assert_int_equal(size, 3);
    assert_true(xj_slice_eq(xj_buf_slice(&made), xj_buf_slice(&kept)));
    must(xj_db_begin(p->db));
    must(xj_log_checkpoint(p->log, ORIGIN, &p->key, 5, &p->note));
    must(xj_db_commit(p->db));
    must(xj_log_checkpoint_newest(p->log, &size, &kept));
    assert_int_equal(size, 4);
    xj_buf_free(&made);
    xj_buf_free(&kept);
}

#define with_place(f) cmocka_unit_test_setup_teardown(f, arrive, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_place(checkpoint__says_size_root_and_time_in_the_lines_of_a_signed_note),
        with_place(checkpoint__is_spoken_of_by_the_entry_behind_it),
        with_place(checkpoint_verify__refuses_another_key_and_another_origin),
        with_place(checkpoint_verify__refuses_every_flipped_bit),
        with_place(checkpoint_verify__refuses_every_shorter_note_and_anything_behind_it),
        with_place(checkpoint__of_an_origin_that_is_too_long_is_not_made),
        with_place(log_checkpoint__can_be_made_again_at_once),
        with_place(checkpoint_sign__gives_the_note_that_a_kept_one_has_and_newest_finds_that),
        with_place(log_unchecked__counts_from_the_last_checkpoint_also_after_a_rollback_and_in_a_new_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
