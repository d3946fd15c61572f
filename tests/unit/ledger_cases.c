#include "tests/unit/ledger_hand.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/base/file.h"

#define FILE_CEILING (64u * 1024 * 1024)
#define must(call) assert_int_equal((call), XJ_OK)

void ledger_copy(const char *from, const char *to)
{
    struct xj_buf bytes;
    must(xj_file_read(from, FILE_CEILING, &bytes));
    ledger_write(to, xj_buf_slice(&bytes));
    xj_buf_free(&bytes);
}

void ledger_write(const char *path, struct xj_slice bytes)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes.p, 1, bytes.n, out), bytes.n);
    assert_int_equal(fclose(out), 0);
}

/* ---- reading and changing a closed file behind the ledger's back ---- */

struct raw {
    sqlite3 *db;
    const struct fixture *f;
    size_t file;
    struct ledger_case *c;
};

static void expect(struct raw *r, const char *check, uint64_t entry)
{
    r->c->blame[r->c->blames++] = (struct fixture_blame){check, entry};
}

static void run(struct raw *r, const char *sql)
{
    assert_int_equal(sqlite3_exec(r->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void run_on(struct raw *r, const char *sql, uint64_t a, uint64_t b)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(r->db, sql, -1, &st, NULL), SQLITE_OK);
    for (int i = 1; i <= sqlite3_bind_parameter_count(st); i++)
        sqlite3_bind_int64(st, i, (sqlite3_int64)(i == 1 ? a : b));
    assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    assert_int_equal(sqlite3_changes(r->db), 1);
    sqlite3_finalize(st);
}

static uint64_t number(struct raw *r, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(r->db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* The first stored statement of the file's owner: the first place where the owner vouches for its tree. */
static uint64_t own_stored(struct raw *r)
{
    sqlite3_stmt *st = NULL;
    uint64_t n = 0;
    assert_int_equal(sqlite3_prepare_v2(r->db, "SELECT n, head FROM entry WHERE kind = 5 ORDER BY n", -1, &st, NULL), SQLITE_OK);
    while (n == 0 && sqlite3_step(st) == SQLITE_ROW) {
        struct xj_stored s;
        struct xj_slice head = xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1));
        must(xj_stored_decode(head, &s));
        if (xj_slice_is(s.agency, r->f->agency[r->file].id))
            n = (uint64_t)sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    assert_int_not_equal(n, 0);
    return n;
}

static uint64_t first_checkpoint(struct raw *r)
{
    return number(r, "SELECT min(size) FROM checkpoint");
}

/* Flips one bit of head or sig of entry n; releaf makes the leaf fit again, as a careful forger would. */
static void flip(struct raw *r, uint64_t n, bool in_head, size_t at, unsigned bit, bool releaf)
{
    sqlite3_stmt *st = NULL;
    struct xj_buf bytes[2], scratch;
    struct xj_hash leaf;
    assert_int_equal(sqlite3_prepare_v2(r->db, "SELECT kind, time_ms, head, sig, leaf FROM entry WHERE n = ?1", -1, &st, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)n);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    for (int i = 0; i < 2; i++) {
        xj_buf_init(&bytes[i], XJ_MAX_REGISTER_ENTRY_BYTES);
        xj_buf_add(&bytes[i], sqlite3_column_blob(st, 2 + i), (size_t)sqlite3_column_bytes(st, 2 + i));
    }
    struct xj_buf *target = &bytes[in_head || bytes[1].n == 0 ? 0 : 1];
    target->p[at % target->n] ^= (uint8_t)(1u << bit);
    struct xj_entry e = {.n = n, .kind = (enum xj_entry_kind)sqlite3_column_int(st, 0), .time_ms = sqlite3_column_int64(st, 1),
                         .head = xj_buf_slice(&bytes[0]), .sig = xj_buf_slice(&bytes[1])};
    memcpy(leaf.b, sqlite3_column_blob(st, 4), XJ_HASH_SIZE);
    xj_buf_init(&scratch, XJ_MAX_REGISTER_ENTRY_BYTES);
    if (releaf)
        must(xj_entry_leaf(&e, &scratch, &leaf));
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_prepare_v2(r->db, "UPDATE entry SET head = ?1, sig = ?2, leaf = ?3 WHERE n = ?4", -1, &st, NULL),
                     SQLITE_OK);
    sqlite3_bind_blob64(st, 1, e.head.p, e.head.n, SQLITE_STATIC);
    sqlite3_bind_blob64(st, 2, e.sig.n > 0 ? (const void *)e.sig.p : "", e.sig.n, SQLITE_STATIC); /* not NULL */
    sqlite3_bind_blob64(st, 3, leaf.b, XJ_HASH_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, (sqlite3_int64)n);
    assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    sqlite3_finalize(st);
    xj_buf_free(&scratch);
    xj_buf_free(&bytes[0]);
    xj_buf_free(&bytes[1]);
}

/* ---- the tampers, all on A's ledger unless their list entry says otherwise ---- */

static void leaf_flipped(struct raw *r)
{
    run(r, "UPDATE entry SET leaf = zeroblob(32) WHERE n = 10");
    expect(r, "bytes", 10);
}

static void node_changed(struct raw *r)
{
    run(r, "UPDATE node SET hash = zeroblob(32)");
    expect(r, "bytes", 256);
}

static void node_dropped(struct raw *r)
{
    run(r, "DELETE FROM node");
    expect(r, "bytes", 256);
}

static void node_too_many(struct raw *r)
{
    run(r, "INSERT INTO node (level, idx, hash) VALUES (8, 1, zeroblob(32))");
    expect(r, "bytes", 512);
}

/* One that covers nothing known; and one far behind, in the place of the first. */
static void node_of_no_level(struct raw *r)
{
    run(r, "PRAGMA ignore_check_constraints = ON; INSERT INTO node (level, idx, hash) VALUES (5, 0, zeroblob(32))");
    expect(r, "bytes", 0);
}

static void node_below_zero(struct raw *r)
{
    run(r, "PRAGMA ignore_check_constraints = ON; INSERT INTO node (level, idx, hash) VALUES (8, -1, zeroblob(32))");
    expect(r, "bytes", 0);
}

/* Behind the next one, which is not complete yet. */
static void node_far_ahead(struct raw *r)
{
    run(r, "INSERT INTO node (level, idx, hash) VALUES (8, 5, zeroblob(32))");
    expect(r, "bytes", 1536);
}

static void node_replaced(struct raw *r)
{
    run(r, "DELETE FROM node; INSERT INTO node (level, idx, hash) VALUES (8, 5, zeroblob(32))");
    expect(r, "bytes", 256);
}

static void node_of_level_16(struct raw *r)
{
    run(r, "INSERT INTO node (level, idx, hash) VALUES (16, 0, zeroblob(32)), (24, 0, zeroblob(32))");
    expect(r, "bytes", 65536);
}

/* Where the tree differs from there on: the owner's next own words about it. */
static void expect_tree(struct raw *r)
{
    expect(r, "numbering", own_stored(r));
    expect(r, "checkpoints", first_checkpoint(r));
}

#define ADMITTED_TIME_LOW 12 /* of [seq uint16, time uint64, …]: 1 + 3 + 8 bytes come before */

static void statement_flipped(struct raw *r)
{
    uint64_t n = number(r, "SELECT min(n) FROM entry WHERE kind = 3");
    flip(r, n, true, ADMITTED_TIME_LOW, 0, false);
    expect(r, "bytes", n);
    expect(r, "signatures", n);
    expect_tree(r);
}

static void statement_rewritten(struct raw *r)
{
    uint64_t n = number(r, "SELECT min(n) FROM entry WHERE kind = 3");
    flip(r, n, true, ADMITTED_TIME_LOW, 0, true);
    expect(r, "signatures", n);
    expect_tree(r);
}

static void signature_rewritten(struct raw *r)
{
    uint64_t n = number(r, "SELECT min(n) FROM entry WHERE kind = 1");
    flip(r, n, false, 20, 0, true);
    expect(r, "signatures", n);
    expect_tree(r);
}

static void row_dropped(struct raw *r)
{
    run(r, "DELETE FROM entry WHERE n = 100");
    expect(r, "bytes", 100);
}

static void first_row_dropped(struct raw *r)
{
    run(r, "DELETE FROM entry WHERE n = 1");
    expect(r, "bytes", 1);
    expect(r, "register", 2);
}

static void last_two_dropped(struct raw *r)
{
    uint64_t size = number(r, "SELECT max(size) FROM checkpoint");
    run(r, "DELETE FROM entry WHERE n >= (SELECT max(n) - 1 FROM entry)");
    expect(r, "checkpoints", size);
}

/* The row of the last checkpoint's entry goes: the file itself cannot show it, and no verifier may pretend so. */
static void last_dropped(struct raw *r)
{
    run(r, "DELETE FROM entry WHERE n = (SELECT max(n) FROM entry)");
}

static void rows_swapped(struct raw *r)
{
    run(r, "UPDATE entry SET n = 1000000 WHERE n = 20; UPDATE entry SET n = 20 WHERE n = 21;"
           "UPDATE entry SET n = 21 WHERE n = 1000000");
    expect(r, "bytes", 20);
    expect_tree(r);
}

static void renumbered(struct raw *r)
{
    uint64_t last = number(r, "SELECT max(n) FROM entry");
    run_on(r, "UPDATE entry SET n = ?2 WHERE n = ?1", last, last + 5);
    expect(r, "bytes", last);
}

static void number_zero(struct raw *r)
{
    run(r, "PRAGMA ignore_check_constraints = ON; INSERT INTO entry (n, kind, time_ms, leaf, head, sig)"
           " SELECT 0, kind, time_ms, leaf, head, sig FROM entry WHERE n = 20");
    expect(r, "bytes", 0);
}

static void checkpoint_dropped(struct raw *r)
{
    uint64_t n = number(r, "SELECT min(n) FROM entry WHERE kind = 10");
    run_on(r, "DELETE FROM checkpoint WHERE size = ?1", first_checkpoint(r), 0);
    expect(r, "checkpoints", n);
}

static void checkpoint_edited(struct raw *r)
{
    uint64_t size = first_checkpoint(r);
    run_on(r, "UPDATE checkpoint SET note = replace(note, 'time 1', 'time 2') WHERE size = ?1", size, 0);
    expect(r, "checkpoints", size);
}

static void checkpoint_moved(struct raw *r)
{
    uint64_t size = first_checkpoint(r);
    run_on(r, "UPDATE checkpoint SET size = ?2 WHERE size = ?1", size, size - 1);
    expect(r, "checkpoints", size - 1);
}

static void root_key_changed(struct raw *r)
{
    run(r, "UPDATE meta SET value = zeroblob(32) WHERE name = 'root_key'");
    expect(r, "register", 0);
}

static void store_id_cut(struct raw *r)
{
    run(r, "UPDATE meta SET value = zeroblob(15) WHERE name = 'store_id'");
    expect(r, "bytes", 0);
}

static void store_id_long(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST(value || x'00' AS BLOB) WHERE name = 'store_id'");
    expect(r, "bytes", 0);
}

static void root_key_long(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST(value || x'00' AS BLOB) WHERE name = 'root_key'");
    expect(r, "bytes", 0);
}

/* A text that C ends too early is another all the same. */
static void owner_with_a_nul(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST(value || x'0078' AS BLOB) WHERE name = 'owner'");
    expect(r, "bytes", 0);
}

static void format_with_a_nul(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST(value || x'00' AS BLOB) WHERE name = 'format'");
    expect(r, "bytes", 0);
}

static void format_long(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST(value || zeroblob(64) AS BLOB) WHERE name = 'format'");
    expect(r, "bytes", 0);
}

static void root_key_gone(struct raw *r)
{
    run(r, "DELETE FROM meta WHERE name = 'root_key'");
    expect(r, "bytes", 0);
}

static void format_changed(struct raw *r)
{
    run(r, "UPDATE meta SET value = CAST('xianjie ledger 2' AS BLOB) WHERE name = 'format'");
    expect(r, "bytes", 0);
}

/* Nothing else can be looked at then. */
static void table_gone(struct raw *r)
{
    run(r, "DROP TABLE node");
    expect(r, "bytes", 0);
}

static void working_table_gone(struct raw *r)
{
    run(r, "DROP TABLE kv");
    expect(r, "bytes", 0);
}

static void column_renamed(struct raw *r)
{
    run(r, "ALTER TABLE checkpoint RENAME COLUMN note TO text");
    expect(r, "bytes", 0);
}

static void view_added(struct raw *r)
{
    run(r, "CREATE VIEW v AS SELECT n FROM entry");
    expect(r, "bytes", 0);
}

static void digest_too_long(struct raw *r)
{
    run(r, "PRAGMA ignore_check_constraints = ON; INSERT INTO object (digest, bytes) VALUES (zeroblob(65), x'00')");
    expect(r, "bytes", 0);
}

static void working_state_gone(struct raw *r)
{
    run(r, "DELETE FROM kv; INSERT INTO kv (k, v) VALUES (x'45', x'ff')");
}

static void trigger_added(struct raw *r)
{
    run(r, "CREATE TRIGGER t AFTER INSERT ON entry BEGIN DELETE FROM kv; END");
    expect(r, "bytes", 0);
}

static void object_replaced(struct raw *r)
{
    sqlite3_stmt *st = NULL;
    struct xj_header h;
    unsigned field;
    assert_int_equal(sqlite3_prepare_v2(r->db, "SELECT n, head FROM entry WHERE kind = 1 ORDER BY n LIMIT 1 OFFSET 1", -1, &st,
                                        NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    expect(r, "bytes", (uint64_t)sqlite3_column_int64(st, 0));
    must(xj_header_decode(xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)), &h, &field));
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_prepare_v2(r->db, "UPDATE object SET bytes = x'00ff' WHERE digest = ?1", -1, &st, NULL), SQLITE_OK);
    sqlite3_bind_blob64(st, 1, h.keys_digest.b, XJ_HASH_SIZE, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(st), SQLITE_DONE);
    sqlite3_finalize(st);
}

/* In the journal: the answer to message 2 vanishes, so its message stands alone, and nobody is known to have sent it. */
static void answer_dropped(struct raw *r)
{
    uint64_t n = number(r, "SELECT n FROM entry WHERE kind = 3 ORDER BY n LIMIT 1 OFFSET 1");
    uint64_t told = number(r, "SELECT min(n) FROM entry WHERE kind = 6");
    run_on(r, "DELETE FROM entry WHERE n = ?1", n, 0);
    expect(r, "bytes", n);
    expect(r, "numbering", n - 1);
    expect(r, "proofs", told);
}

/* One bit on the root page of that name, in the file itself: what stands there is no row that anybody reads. */
static void flip_on_page(struct raw *r, const char *sql, size_t at, unsigned bit)
{
    FILE *file = fopen(sqlite3_db_filename(r->db, "main"), "r+b");
    const long place = (long)(number(r, sql) - 1) * (long)number(r, "PRAGMA page_size") + (long)at;
    assert_non_null(file);
    assert_int_equal(fseek(file, place, SEEK_SET), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, place, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1 << bit, file), byte ^ 1 << bit);
    assert_int_equal(fclose(file), 0);
    expect(r, "bytes", 0);
}

#define OBJECT_INDEX "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_object_1'"
#define ENTRY_TABLE "SELECT rootpage FROM sqlite_schema WHERE name = 'entry'"

/* The last 32 bytes of the page are the first object's digest and, behind it, its row: all objects are there, and one is not found. */
static void index_changed(struct raw *r)
{
    flip_on_page(r, OBJECT_INDEX, 8192 - 20, 0);
}

/* Where the cells of a page begin: what is written next lies over them. */
static void page_head_changed(struct raw *r)
{
    flip_on_page(r, ENTRY_TABLE, 5, 0);
}

static const struct {
    const char *name;
    size_t file;
    void (*tamper)(struct raw *r);
} tampers[] = {
    {"index-changed", FIXTURE_A, index_changed},
    {"page-head-changed", FIXTURE_JOURNAL, page_head_changed},
    {"leaf-changed", FIXTURE_A, leaf_flipped},
    {"node-changed", FIXTURE_A, node_changed},
    {"node-dropped", FIXTURE_JOURNAL, node_dropped},
    {"node-too-many", FIXTURE_A, node_too_many},
    {"node-of-no-level", FIXTURE_A, node_of_no_level},
    {"node-below-zero", FIXTURE_A, node_below_zero},
    {"node-far-ahead", FIXTURE_A, node_far_ahead},
    {"node-replaced", FIXTURE_A, node_replaced},
    {"node-of-level-16", FIXTURE_A, node_of_level_16},
    {"statement-flipped", FIXTURE_A, statement_flipped},
    {"statement-rewritten", FIXTURE_A, statement_rewritten},
    {"signature-rewritten", FIXTURE_A, signature_rewritten},
    {"row-dropped", FIXTURE_A, row_dropped},
    {"first-row-dropped", FIXTURE_B, first_row_dropped},
    {"last-two-dropped", FIXTURE_B, last_two_dropped},
    {"last-dropped", FIXTURE_B, last_dropped},
    {"rows-swapped", FIXTURE_A, rows_swapped},
    {"renumbered", FIXTURE_C, renumbered},
    {"number-zero", FIXTURE_A, number_zero},
    {"checkpoint-dropped", FIXTURE_A, checkpoint_dropped},
    {"checkpoint-edited", FIXTURE_JOURNAL, checkpoint_edited},
    {"checkpoint-moved", FIXTURE_A, checkpoint_moved},
    {"root-key-changed", FIXTURE_A, root_key_changed},
    {"store-id-cut", FIXTURE_C, store_id_cut},
    {"store-id-long", FIXTURE_C, store_id_long},
    {"root-key-long", FIXTURE_C, root_key_long},
    {"owner-with-a-nul", FIXTURE_JOURNAL, owner_with_a_nul},
    {"format-with-a-nul", FIXTURE_B, format_with_a_nul},
    {"format-long", FIXTURE_C, format_long},
    {"root-key-gone", FIXTURE_B, root_key_gone},
    {"format-changed", FIXTURE_B, format_changed},
    {"table-gone", FIXTURE_B, table_gone},
    {"working-table-gone", FIXTURE_C, working_table_gone},
    {"column-renamed", FIXTURE_JOURNAL, column_renamed},
    {"view-added", FIXTURE_C, view_added},
    {"digest-too-long", FIXTURE_C, digest_too_long},
    {"working-state-gone", FIXTURE_A, working_state_gone},
    {"trigger-added", FIXTURE_A, trigger_added},
    {"object-replaced", FIXTURE_A, object_replaced},
    {"answer-dropped", FIXTURE_JOURNAL, answer_dropped},
};

/* ---- the list ---- */

static const char *const defects[DEFECT_COUNT] = {
    "good", "own-signature", "admitted-signature", "stored-signature", "register-ahead", "number", "previous", "mailbox",
    "alone", "stored-root", "stored-head", "stored-size", "stored-twice", "path", "path-absent", "stored-absent", "feed",
    "answer-twice", "answer-stranger", "refused-number", "seq", "checkpoint-key", "checkpoint-root", "register-signature",
    "register-chain", "body-absent", "keys-absent", "paper-absent", "object-bytes", "object-unnamed", "kind", "shape",
};
static const char *const files[FIXTURE_FILES] = {"a", "b", "c", "journal"};

static void show(const char *dir, const struct fixture *f, size_t file, struct ledger_case *c, ledger_case_visit *visit,
                 void *arg, void (*tamper)(struct raw *r))
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s.db", dir, c->name);
    memcpy(c->root, f->root.public_key, 32);
    ledger_copy(f->file[file].path, path);
    if (tamper != NULL) {
        struct raw r = {.f = f, .file = file, .c = c};
        assert_int_equal(sqlite3_open(path, &r.db), SQLITE_OK);
        tamper(&r);
        assert_int_equal(sqlite3_close(r.db), SQLITE_OK);
    }
    visit(arg, c, path);
}

void ledger_cases_each(const char *dir, ledger_case_visit *visit, void *arg)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    for (int d = DEFECT_COUNT - 1; d >= DEFECT_NONE; d--) { /* the good one last: the tampers work on copies of it */
        fixture_build(f, dir, (enum defect)d);
        for (size_t i = 0; i < FIXTURE_FILES; i++) {
            struct ledger_case c = {.blames = f->file[i].blames};
            memcpy(c.blame, f->file[i].blame, sizeof c.blame);
            (void)snprintf(c.name, sizeof c.name, "%s-%s", defects[d], files[i]);
            show(dir, f, i, &c, visit, arg, NULL);
        }
        for (size_t i = 0; d == DEFECT_NONE && i < sizeof tampers / sizeof tampers[0]; i++) {
            struct ledger_case c = {.blames = 0};
            (void)snprintf(c.name, sizeof c.name, "%s-%s", tampers[i].name, files[tampers[i].file]);
            show(dir, f, tampers[i].file, &c, visit, arg, tampers[i].tamper);
        }
        if (d == DEFECT_NONE)
            ledger_recovered_each(f, dir, visit, arg);
        if (d == DEFECT_NONE)
            ledger_hand_each(f, dir, visit, arg);
        for (size_t i = 0; i < FIXTURE_FILES; i++)
            assert_int_equal(unlink(f->file[i].path), 0);
    }
    free(f);
}

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13; /* xorshift64 */
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 16;
}

/* Rows of interest are few beside the filler, so one is drawn among those that are no incident. */
static void random_tamper(struct raw *r, uint64_t *state)
{
    sqlite3_stmt *st = NULL;
    uint64_t rows = number(r, "SELECT count(*) FROM entry WHERE kind <> 9"), n = 0;
    assert_int_equal(sqlite3_prepare_v2(r->db, "SELECT n FROM entry WHERE kind <> 9 ORDER BY n LIMIT 1 OFFSET ?1", -1, &st, NULL),
                     SQLITE_OK);
    sqlite3_bind_int64(st, 1, (sqlite3_int64)(draw(state) % rows));
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = (uint64_t)sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    uint64_t what = draw(state) % 8, at = draw(state);
    unsigned bit = (unsigned)(draw(state) % 8);
    if (what == 0)
        run_on(r, "DELETE FROM entry WHERE n = ?1", n, 0);
    else
        flip(r, n, what < 6, (size_t)at, bit, what % 2 == 0);
}

void ledger_cases_random(const char *dir, uint64_t seed, size_t count, ledger_case_visit *visit, void *arg)
{
    struct fixture *f = calloc(1, sizeof *f);
    uint64_t state = seed;
    assert_non_null(f);
    fixture_build(f, dir, DEFECT_NONE);
    for (size_t i = 0; i < count; i++) {
        char path[256];
        struct ledger_case c = {.unknown = true};
        struct raw r = {.f = f, .file = i % FIXTURE_FILES, .c = &c};
        memcpy(c.root, f->root.public_key, 32);
        (void)snprintf(c.name, sizeof c.name, "random-%zu-%s", i, files[r.file]);
        (void)snprintf(path, sizeof path, "%s/%s.db", dir, c.name);
        ledger_copy(f->file[r.file].path, path);
        assert_int_equal(sqlite3_open(path, &r.db), SQLITE_OK);
        random_tamper(&r, &state);
        assert_int_equal(sqlite3_close(r.db), SQLITE_OK);
        visit(arg, &c, path);
    }
    for (size_t i = 0; i < FIXTURE_FILES; i++)
        assert_int_equal(unlink(f->file[i].path), 0);
    free(f);
}
