#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/log.h"
#include "tests/unit/ledger_fixture.h"

#define must(call) assert_int_equal((call), XJ_OK)
#define MANY 1500

struct place {
    char dir[64], path[128];
    uint64_t tick;
    struct xj_env env;
    struct xj_db *db;
    struct xj_log *log;
};

static void open_log(struct place *p)
{
    struct xj_db_options o = {.path = p->path, .format = "xianjie ledger 1", .owner = "110000-market", .create = true,
                              .volatile_ok = true};
    must(xj_db_open(&o, &p->env, &p->db, NULL));
    must(xj_log_open(p->db, &p->log));
}

static void close_log(struct place *p)
{
    xj_log_close(p->log);
    xj_db_close(p->db);
    p->log = NULL;
    p->db = NULL;
}

static int arrive(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    fixture_dir_make(p->dir);
    (void)snprintf(p->path, sizeof p->path, "%s/log.db", p->dir);
    p->env = fixture_env(&p->tick);
    open_log(p);
    *state = p;
    return 0;
}

static int leave(void **state)
{
    struct place *p = *state;
    close_log(p);
    fixture_dir_remove(p->dir);
    free(p);
    return 0;
}

/* Entry n of a series that every test makes alike, and its leaf by the words of the specification. */
static struct xj_slice head_of(uint64_t n, uint8_t room[8])
{
    memset(room, 0, 8);
    memcpy(room, &n, sizeof n);
    return xj_slice_of(room, n % 9);
}

static struct xj_hash leaf_of(uint64_t n)
{
    uint8_t room[8];
    struct xj_buf scratch;
    struct xj_hash leaf;
    struct xj_entry e = {.n = n, .kind = XJ_ENTRY_INCIDENT, .time_ms = (int64_t)n * 1000, .head = head_of(n, room)};
    xj_buf_init(&scratch, 256);
    must(xj_entry_leaf(&e, &scratch, &leaf));
    xj_buf_free(&scratch);
    return leaf;
}

static void append(struct place *p, uint64_t count)
{
    must(xj_db_begin(p->db));
    for (uint64_t i = 0; i < count; i++) {
        uint8_t room[8];
        uint64_t n = xj_log_size(p->log) + 1, got = 0;
        must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, (int64_t)n * 1000, head_of(n, room), xj_slice_of(NULL, 0), &got));
        assert_int_equal(got, n);
    }
    must(xj_db_commit(p->db));
}

static struct xj_hash *leaves_to(uint64_t count)
{
    struct xj_hash *leaves = calloc(count, sizeof *leaves);
    assert_non_null(leaves);
    for (uint64_t i = 0; i < count; i++)
        leaves[i] = leaf_of(i + 1);
    return leaves;
}

static void assert_hash(const struct xj_hash *a, const struct xj_hash *b)
{
    assert_memory_equal(a->b, b->b, XJ_HASH_SIZE);
}

/* ---- vectors ---- */

static void tree__gives_the_roots_that_certificate_transparency_publishes(void **state)
{
    static const char *const data[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                       "606162636465666768696a6b6c6d6e6f"};
    static const char *const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    struct xj_hash leaves[8];
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[16];
        char hex[65];
        assert_true(xj_unhex(data[i], bytes, strlen(data[i]) / 2));
        leaves[i] = xj_tree_leaf(xj_slice_of(bytes, strlen(data[i]) / 2));
        struct xj_hash root = xj_tree_root(leaves, i + 1);
        xj_hex(root.b, XJ_HASH_SIZE, hex);
        assert_string_equal(hex, roots[i]);
    }
}

/* 95 cd012c 09 cf000001a0c4506c00 c40468656164 c400: the form of spec 05, 2, hashed by other software. */
static void entry_leaf__is_the_hash_of_the_canonical_row(void **state)
{
    struct xj_entry e = {.n = 300, .kind = XJ_ENTRY_INCIDENT, .time_ms = INT64_C(1790000000000), .head = xj_slice_cstr("head")};
    struct xj_buf scratch;
    struct xj_hash leaf;
    char hex[65];
    (void)state;
    xj_buf_init(&scratch, 256);
    must(xj_entry_leaf(&e, &scratch, &leaf));
    xj_hex(leaf.b, XJ_HASH_SIZE, hex);
    assert_string_equal(hex, "df1c9ae7290c1f421275a4b2d4b87a6931343498d55f67b7576edbcb653d1cfa");
    xj_buf_free(&scratch);
}

/* ---- roots and paths ---- */

static void log_root__equals_the_tree_at_every_size_to_1500(void **state)
{
    struct place *p = *state;
    struct xj_hash *leaves = leaves_to(MANY), root = xj_log_root(p->log), empty = xj_sha256(NULL, 0);
    assert_hash(&root, &empty);
    for (uint64_t size = 1; size <= MANY; size++) {
        append(p, 1);
        struct xj_hash want = xj_tree_root(leaves, size);
        root = xj_log_root(p->log);
        assert_hash(&root, &want);
    }
    for (uint64_t size = 0; size <= MANY; size++) {
        struct xj_hash want = xj_tree_root(leaves, size);
        must(xj_log_root_at(p->log, size, &root));
        assert_hash(&root, &want);
    }
    assert_int_equal(xj_log_root_at(p->log, MANY + 1, &root), XJ_ERANGE);
    free(leaves);
}

static void log_path__equals_the_tree_and_leads_to_the_root_at_every_size_to_1500(void **state)
{
    struct place *p = *state;
    struct xj_hash *leaves = leaves_to(MANY), mine[XJ_TREE_MAX_PATH], theirs[XJ_TREE_MAX_PATH];
    size_t count = 0;
    append(p, MANY);
    for (uint64_t size = 1; size <= MANY; size++) {
        uint64_t drawn = 0;
        p->env.random(p->env.ctx, &drawn, sizeof drawn);
        const uint64_t indices[] = {0, size - 1, size / 2, drawn % size};
        struct xj_hash want = xj_tree_root(leaves, size), root;
        for (size_t i = 0; i < 4; i++) {
            must(xj_log_path(p->log, indices[i] + 1, size, mine, &count));
            assert_int_equal(count, xj_tree_path(leaves, size, indices[i], theirs));
            for (size_t k = 0; k < count; k++)
                assert_hash(&mine[k], &theirs[k]);
            assert_true(xj_tree_root_from_path(&leaves[indices[i]], indices[i], size, mine, count, &root));
            assert_hash(&root, &want);
        }
    }
    assert_int_equal(xj_log_path(p->log, 0, 10, mine, &count), XJ_ERANGE);
    assert_int_equal(xj_log_path(p->log, 11, 10, mine, &count), XJ_ERANGE);
    assert_int_equal(xj_log_path(p->log, 1, MANY + 1, mine, &count), XJ_ERANGE);
    free(leaves);
}

static void log_consistency__proves_that_the_tree_grew_from_every_earlier_one(void **state)
{
    enum { SOME = 700 }; /* past two kept nodes */
    struct place *p = *state;
    struct xj_hash proof[XJ_TREE_MAX_PATH + 1], was, is;
    size_t count = 0;
    append(p, SOME);
    for (uint64_t size = 1; size <= SOME; size += size < 40 ? 1 : 33) {
        must(xj_log_root_at(p->log, size, &is));
        for (uint64_t old = 1; old <= size; old++) {
            must(xj_log_root_at(p->log, old, &was));
            must(xj_log_consistency(p->log, old, size, proof, &count));
            assert_true(xj_tree_consistent(old, &was, size, &is, proof, count));
        }
    }
    assert_int_equal(xj_log_consistency(p->log, 0, 10, proof, &count), XJ_ERANGE);
    assert_int_equal(xj_log_consistency(p->log, 11, 10, proof, &count), XJ_ERANGE);
    assert_int_equal(xj_log_consistency(p->log, 1, SOME + 1, proof, &count), XJ_ERANGE);
}

static void log__past_65536_entries_uses_its_second_level_of_nodes(void **state)
{
    enum { BIG = 65536 + 700 };
    struct place *p = *state;
    struct xj_hash *leaves = leaves_to(BIG), want = xj_tree_root(leaves, BIG), path[XJ_TREE_MAX_PATH], root;
    size_t count = 0;
    append(p, BIG);
    close_log(p);
    open_log(p);
    root = xj_log_root(p->log);
    assert_hash(&root, &want);
    want = xj_tree_root(leaves, 65536 + 256);
    must(xj_log_root_at(p->log, 65536 + 256, &root));
    assert_hash(&root, &want);
    must(xj_log_path(p->log, 70, 65536 + 256, path, &count));
    assert_true(xj_tree_root_from_path(&leaves[69], 69, 65536 + 256, path, count, &root));
    assert_hash(&root, &want);
    free(leaves);
}

/* ---- opening again ---- */

static void log_open__finds_the_same_root_at_every_edge(void **state)
{
    static const uint64_t sizes[] = {0, 1, 2, 255, 256, 257, 511, 512, 513, 767, 1024, 1300};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        append(p, sizes[i] - xj_log_size(p->log));
        struct xj_hash before = xj_log_root(p->log);
        close_log(p);
        open_log(p);
        struct xj_hash after = xj_log_root(p->log);
        assert_int_equal(xj_log_size(p->log), sizes[i]);
        assert_hash(&before, &after);
    }
}

static void log_open__refuses_rows_that_disagree_with_the_edge(void **state)
{
    static const char *const changes[] = {
        "UPDATE entry SET leaf = zeroblob(32) WHERE n = 299", "UPDATE entry SET head = x'01' WHERE n = 299",
        "DELETE FROM entry WHERE n = 280", "DELETE FROM node", "UPDATE node SET hash = zeroblob(32)",
        "UPDATE entry SET leaf = zeroblob(32) WHERE n = 17", "DELETE FROM entry WHERE n = 200",
        "INSERT INTO node (level, idx, hash) VALUES (8, 1, zeroblob(32))", "DELETE FROM entry WHERE n = 1",
        "PRAGMA ignore_check_constraints = ON; UPDATE node SET hash = x'00'"};
    struct place *p = *state;
    append(p, 300);
    close_log(p);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char other[160];
        sqlite3 *raw = NULL;
        struct xj_db_options o = {.path = other, .read_only = true};
        (void)snprintf(other, sizeof other, "%s/other-%zu.db", p->dir, i);
        assert_int_equal(sqlite3_open(p->path, &raw), SQLITE_OK);
        char sql[200];
        (void)snprintf(sql, sizeof sql, "VACUUM INTO '%s'", other);
        assert_int_equal(sqlite3_exec(raw, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(raw);
        assert_int_equal(sqlite3_open(other, &raw), SQLITE_OK);
        assert_int_equal(sqlite3_exec(raw, changes[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(raw);
        struct xj_db *db = NULL;
        struct xj_log *log = NULL;
        must(xj_db_open(&o, &p->env, &db, NULL));
        assert_int_equal(xj_log_open(db, &log), XJ_ECORRUPT);
        assert_null(log);
        xj_db_close(db);
    }
    open_log(p);
}

/* Longer than any entry: refused, and the next is as if nothing had been. */
static void log_append__refuses_an_entry_that_is_too_long(void **state)
{
    struct place *p = *state;
    static uint8_t long_head[5u * 1024 * 1024];
    uint64_t n = 0;
    append(p, 3);
    const struct xj_hash root = xj_log_root(p->log);
    must(xj_db_begin(p->db));
    assert_int_equal(xj_log_append(p->log, XJ_ENTRY_INCIDENT, 1, xj_slice_of(long_head, sizeof long_head), xj_slice_of(NULL, 0), &n), XJ_ELIMIT);
    const struct xj_hash still = xj_log_root(p->log);
    assert_true(xj_hash_eq(&root, &still));
    must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("x"), xj_slice_of(NULL, 0), &n));
    assert_int_equal(n, 4);
    xj_db_rollback(p->db);
    must(xj_log_reload(p->log));
}

/* ---- transactions and reserved places ---- */

static void log_reload__forgets_what_was_rolled_back(void **state)
{
    struct place *p = *state;
    append(p, 250);
    struct xj_hash before = xj_log_root(p->log);
    uint64_t n = 0;
    must(xj_db_begin(p->db));
    for (size_t i = 0; i < 20; i++) /* over the edge of a node */
        must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("x"), xj_slice_of(NULL, 0), &n));
    must(xj_log_reserve(p->log, XJ_ENTRY_ADMITTED, 1, &n));
    assert_int_equal(n, 271);
    xj_db_rollback(p->db);
    must(xj_log_reload(p->log));
    struct xj_hash after = xj_log_root(p->log);
    assert_int_equal(xj_log_size(p->log), 250);
    assert_hash(&before, &after);
    append(p, 10);
    struct xj_hash *leaves = leaves_to(260), want = xj_tree_root(leaves, 260);
    after = xj_log_root(p->log);
    assert_hash(&after, &want);
    free(leaves);
}

/* Every third place from the first on is reserved, and completed once the batch is whole. */
static void log_reserve__completed_later_is_as_if_appended_in_place(void **state)
{
    struct place *p = *state;
    struct xj_hash *leaves = leaves_to(600), want = xj_tree_root(leaves, 600), root;
    uint8_t room[8];
    uint64_t n = 0;
    for (uint64_t base = 0; base < 600; base += 60) {
        must(xj_db_begin(p->db));
        for (uint64_t i = base + 1; i <= base + 60; i++) {
            if (i % 3 == 1)
                must(xj_log_reserve(p->log, XJ_ENTRY_INCIDENT, (int64_t)i * 1000, &n));
            else
                must(xj_log_append(p->log, XJ_ENTRY_INCIDENT, (int64_t)i * 1000, head_of(i, room), xj_slice_of(NULL, 0), &n));
            assert_int_equal(n, i);
        }
        assert_int_equal(xj_log_root_at(p->log, base + 1, &root), XJ_ESTATE);
        must(xj_log_root_at(p->log, base, &root));
        for (uint64_t i = base + 1; i <= base + 60; i += 3)
            must(xj_log_complete(p->log, i, head_of(i, room), xj_slice_of(NULL, 0)));
        must(xj_db_commit(p->db));
    }
    root = xj_log_root(p->log);
    assert_hash(&root, &want);
    close_log(p);
    open_log(p);
    root = xj_log_root(p->log);
    assert_hash(&root, &want);
    free(leaves);
}

/* ---- reading ---- */

struct seen {
    uint64_t next, limit;
};

static bool see(void *arg, const struct xj_entry *e)
{
    struct seen *s = arg;
    uint8_t room[8];
    assert_int_equal(e->n, s->next++);
    assert_int_equal(e->kind, XJ_ENTRY_INCIDENT);
    assert_int_equal(e->time_ms, (int64_t)e->n * 1000);
    assert_true(xj_slice_eq(e->head, head_of(e->n, room)));
    assert_int_equal(e->sig.n, 0);
    return --s->limit > 0;
}

static void log_scan__ascends_from_where_it_is_told_until_it_is_stopped(void **state)
{
    struct place *p = *state;
    struct seen all = {.next = 1, .limit = UINT64_MAX}, some = {.next = 40, .limit = 7}, none = {.next = 101, .limit = 1};
    append(p, 100);
    must(xj_log_scan(p->log, 0, see, &all));
    assert_int_equal(all.next, 101);
    must(xj_log_scan(p->log, 40, see, &some));
    assert_int_equal(some.next, 47);
    must(xj_log_scan(p->log, UINT64_MAX, see, &none));
    assert_int_equal(none.next, 101);
}

static void log_get__gives_head_and_signature_or_says_there_is_none(void **state)
{
    struct place *p = *state;
    struct xj_buf buf;
    struct xj_entry e;
    xj_buf_init(&buf, 1024);
    must(xj_db_begin(p->db));
    must(xj_log_append(p->log, XJ_ENTRY_OWN, -5, xj_slice_cstr("header"), xj_slice_cstr("signature"), NULL));
    must(xj_db_commit(p->db));
    must(xj_log_get(p->log, 1, &buf, &e));
    assert_int_equal(e.kind, XJ_ENTRY_OWN);
    assert_int_equal(e.time_ms, -5);
    assert_true(xj_slice_is(e.head, "header") && xj_slice_is(e.sig, "signature"));
    assert_int_equal(xj_log_get(p->log, 0, &buf, &e), XJ_ENOTFOUND);
    assert_int_equal(xj_log_get(p->log, 2, &buf, &e), XJ_ENOTFOUND);
    assert_int_equal(xj_log_get(p->log, UINT64_MAX, &buf, &e), XJ_ENOTFOUND);
    assert_string_equal(xj_entry_kind_name(XJ_ENTRY_DELIVERED), "delivered");
    assert_string_equal(xj_entry_kind_name(XJ_ENTRY_RECOVERED), "recovered");
    assert_string_equal(xj_entry_kind_name(XJ_ENTRY_DESTROYED), "destroyed");
    assert_string_equal(xj_entry_kind_name(XJ_ENTRY_OPENED), "opened");
    assert_string_equal(xj_entry_kind_name(XJ_ENTRY_UNRECOVERED), "unrecovered");
    assert_string_equal(xj_entry_kind_name((enum xj_entry_kind)99), "invalid");
    xj_buf_free(&buf);
}

#define with_place(f) cmocka_unit_test_setup_teardown(f, arrive, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree__gives_the_roots_that_certificate_transparency_publishes),
        cmocka_unit_test(entry_leaf__is_the_hash_of_the_canonical_row),
        with_place(log_root__equals_the_tree_at_every_size_to_1500),
        with_place(log_path__equals_the_tree_and_leads_to_the_root_at_every_size_to_1500),
        with_place(log_consistency__proves_that_the_tree_grew_from_every_earlier_one),
        with_place(log__past_65536_entries_uses_its_second_level_of_nodes),
        with_place(log_open__finds_the_same_root_at_every_edge),
        with_place(log_open__refuses_rows_that_disagree_with_the_edge),
        with_place(log_append__refuses_an_entry_that_is_too_long),
        with_place(log_reload__forgets_what_was_rolled_back),
        with_place(log_reserve__completed_later_is_as_if_appended_in_place),
        with_place(log_scan__ascends_from_where_it_is_told_until_it_is_stopped),
        with_place(log_get__gives_head_and_signature_or_says_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
