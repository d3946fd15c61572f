/* Power cuts while our own files are written: configuration, anchor, keys and all that is written whole (xj_file_write_atomic);
 * snapshots for backups and verifiers; the three key files of an agency. A file is the old one or the new one, never a mixture, and
 * the new one once the call has returned. XJ_CRASH_STATES: how many states in all (1000). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schema/base/file.h"
#include "schema/ledger/snapshot.h"
#include "schema/trust/keys.h"
#include "tests/crash/watch.h"

static unsigned states_wanted(void)
{
    const char *n = getenv("XJ_CRASH_STATES");
    return n ? (unsigned)strtoul(n, NULL, 10) : 1000;
}

static const char *in(const char *dir, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void write_filled(const struct crash *c, char fill, size_t n)
{
    char *bytes = malloc(n);
    assert_non_null(bytes);
    memset(bytes, fill, n);
    assert_int_equal(xj_file_write_atomic(in(c->live, "x.conf"), xj_slice_of(bytes, n), 0644), XJ_OK);
    free(bytes);
}

/* ---- one file ---- */

#define OLD_BYTES 3000u
#define NEW_BYTES 9000u

/* '\0': there is none; 'a', 'b': whole and filled with it; '?': anything else. */
static char found(const struct crash *c)
{
    struct xj_buf b;
    if (xj_file_read(in(c->state, "x.conf"), 1024 * 1024, &b)) return 0;
    char all = b.n ? (char)b.p[0] : '?';
    for (size_t i = 0; i < b.n; i++)
        if ((char)b.p[i] != all) all = '?';
    if (b.n != (all == 'a' ? OLD_BYTES : NEW_BYTES)) all = '?';
    xj_buf_free(&b);
    return all;
}

/* Writes the file twice and looks at cuts in between; returns how many states were not the old or the new file. */
static unsigned replaced(uint64_t seed, unsigned states, enum disk_lie lie)
{
    struct crash c;
    unsigned bad = 0, seen[2] = {0, 0};
    assert_true(crash_begin(&c, seed, lie));
    write_filled(&c, 'a', OLD_BYTES);
    const uint64_t old = disk_steps();
    write_filled(&c, 'b', NEW_BYTES);
    disk_walk(old);
    for (uint64_t at = old; at <= disk_steps(); at++) {
        disk_walk(at);
        for (unsigned i = 0; i < states; i++) {
            disk_cut("x.conf", &c.random, c.state);
            const char f = found(&c);
            bad += f != 'b' && (f != 'a' || at == disk_steps());
            seen[f == 'b']++;
        }
    }
    crash_end(&c);
    assert_true(lie || (seen[0] && seen[1]));
    return bad;
}

static void a_file_that_is_replaced__is_the_old_or_the_new_one(void **state)
{
    (void)state;
    assert_int_equal(replaced(1, states_wanted() / 8 + 1, DISK_HONEST), 0);
}

static void a_file_on_a_disk_that_does_not_sync__is_seen_to_be_neither(void **state)
{
    (void)state;
    const enum disk_lie lies[] = {DISK_SYNCS_NOTHING, DISK_SYNCS_NO_NAMES};
    for (size_t i = 0; i < 2; i++) assert_true(replaced(1, 100, lies[i]) > 0);
}

/* ---- a snapshot ---- */

static struct xj_db *store_with_an_entry(const struct crash *c, struct xj_log **ret_log)
{
    struct xj_db *db = NULL;
    const struct xj_db_options o = {.path = in(c->live, "ledger.db"), .format = "xianjie ledger 1", .owner = "370800-gaj", .create = true};
    assert_int_equal(xj_db_open(&o, xj_env_system(), &db, NULL), XJ_OK);
    assert_int_equal(xj_log_open(db, ret_log), XJ_OK);
    assert_int_equal(xj_db_begin(db), XJ_OK);
    for (unsigned i = 0; i < 50; i++)
        assert_int_equal(xj_log_append(*ret_log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("an incident of some length"), xj_slice_of(NULL, 0), NULL), XJ_OK);
    assert_int_equal(xj_db_commit(db), XJ_OK);
    return db;
}

static bool opens_with(const struct crash *c, const struct xj_hash *root)
{
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    const struct xj_db_options o = {.path = in(c->state, "copy.db"), .read_only = true};
    bool ok = xj_db_open(&o, xj_env_system(), &db, NULL) == XJ_OK && xj_log_open(db, &log) == XJ_OK;
    if (ok) {
        const struct xj_hash is = xj_log_root(log);
        ok = xj_hash_eq(&is, root);
    }
    xj_log_close(log);
    xj_db_close(db);
    return ok;
}

static void a_snapshot__is_whole_once_the_call_has_returned(void **state)
{
    (void)state;
    struct crash c;
    struct xj_log *log;
    assert_true(crash_begin(&c, 1, DISK_HONEST));
    struct xj_db *db = store_with_an_entry(&c, &log);
    const struct xj_hash root = xj_log_root(log);
    char copy[256];
    snprintf(copy, sizeof copy, "%s", in(c.live, "copy.db"));
    assert_int_equal(xj_db_snapshot(db, copy), XJ_OK);
    disk_walk(disk_steps());
    for (unsigned i = 0; i < states_wanted() / 20 + 1; i++) {
        disk_cut("copy.db", &c.random, c.state);
        assert_true(opens_with(&c, &root));
    }
    xj_log_close(log);
    xj_db_close(db);
    crash_end(&c);
}

/* ---- keys ---- */

/* What a person finds who makes keys again after the cut: keys that load and that public.keys belongs to, or none at all. */
static bool usable(const struct crash *c)
{
    struct xj_agency_keys keys;
    struct xj_public_keys pub;
    struct xj_seal_key recovery;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_keygen_agency(xj_env_system(), c->state, &pub);
    if (err == XJ_EEXISTS) err = xj_public_keys_load(in(c->state, "public.keys"), &pub, &text);
    if (!err) err = xj_agency_keys_load(c->state, &keys, &text);
    if (!err) err = xj_recovery_key_load(in(c->state, "recovery.keys"), &recovery, &text);
    xj_buf_free(&text);
    return !err && memcmp(pub.sign, keys.sign.public_key, 32) == 0 && memcmp(pub.recovery, recovery.public_key, 32) == 0;
}

static void keys_cut_off_while_they_are_made__are_whole_or_can_be_made_again(void **state)
{
    (void)state;
    struct crash c;
    struct xj_public_keys pub;
    assert_true(crash_begin(&c, 1, DISK_HONEST));
    assert_int_equal(xj_keygen_agency(xj_env_system(), c.live, &pub), XJ_OK);
    unsigned bad = 0;
    for (uint64_t at = 0; at <= disk_steps(); at++) {
        disk_walk(at);
        for (unsigned i = 0; i < states_wanted() / 50 + 1; i++) {
            disk_cut("", &c.random, c.state);
            bad += !usable(&c);
        }
    }
    crash_end(&c);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_replaced__is_the_old_or_the_new_one),
        cmocka_unit_test(a_file_on_a_disk_that_does_not_sync__is_seen_to_be_neither),
        cmocka_unit_test(a_snapshot__is_whole_once_the_call_has_returned),
        cmocka_unit_test(keys_cut_off_while_they_are_made__are_whole_or_can_be_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
