/* Ledger files changed behind the ledger's back: one cell edited, a row taken out, or bytes of the file itself. The verifier
 * comes to an end on each, and a changed entry never passes. Input: what to do, which row, where, how, then the bytes.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/05-ledger.md, section 5. */
#include <fcntl.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "schema/base/file.h"
#include "schema/ledger/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/ledger_fixture.h"

#define HEAD_BYTES 7

/* Where the fuzzer may write: the row is the ?1-th; ?2 is what is written. */
static const struct place {
    const char *read, *write;
    bool entry;
} places[] = {
    {"SELECT n, head FROM entry ORDER BY n LIMIT 1 OFFSET ?1", "UPDATE entry SET head = ?2 WHERE n = ?1", true},
    {"SELECT n, sig FROM entry ORDER BY n LIMIT 1 OFFSET ?1", "UPDATE entry SET sig = ?2 WHERE n = ?1", true},
    {"SELECT n, leaf FROM entry ORDER BY n LIMIT 1 OFFSET ?1", "UPDATE entry SET leaf = ?2 WHERE n = ?1", true},
    {"SELECT rowid, bytes FROM object ORDER BY rowid LIMIT 1 OFFSET ?1", "UPDATE object SET bytes = ?2 WHERE rowid = ?1", false},
    {"SELECT rowid, digest FROM object ORDER BY rowid LIMIT 1 OFFSET ?1", "UPDATE object SET digest = ?2 WHERE rowid = ?1", false},
    {"SELECT size, note FROM checkpoint ORDER BY size LIMIT 1 OFFSET ?1",
     "UPDATE checkpoint SET note = CAST(?2 AS TEXT) WHERE size = ?1", false},
    {"SELECT rowid, v FROM kv ORDER BY rowid LIMIT 1 OFFSET ?1", "UPDATE kv SET v = ?2 WHERE rowid = ?1", false},
    {"SELECT rowid, value FROM meta ORDER BY rowid LIMIT 1 OFFSET ?1", "UPDATE meta SET value = ?2 WHERE rowid = ?1", false},
};
#define PLACES (sizeof places / sizeof *places)
/* ?1 is a row's number, ?2 a number out of the input. */
static const char *const numbers[] = {
    "UPDATE entry SET kind = ?2 WHERE n = ?1",        "UPDATE entry SET time_ms = ?2 WHERE n = ?1",
    "UPDATE OR IGNORE entry SET n = ?2 WHERE n = ?1", "UPDATE OR IGNORE checkpoint SET size = ?2 WHERE size = ?1",
    "DELETE FROM entry WHERE n = ?1 AND ?2 <> 0",     "DELETE FROM object WHERE rowid = ?1 AND ?2 <> 0",
    "DELETE FROM node WHERE idx = ?1 AND level = ?2", "DELETE FROM meta WHERE rowid = ?1 AND ?2 <> 0",
};
#define NUMBERS (sizeof numbers / sizeof *numbers)

static struct xj_buf file[FIXTURE_FILES];
static uint8_t root[32];
static char dir[] = "/dev/shm/xianjie-fuzz-ledger-XXXXXX", path[64];
static int fd;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct fixture f;
    char made[64];
    (void)argc;
    (void)argv;
    fixture_dir_make(made);
    fixture_build(&f, made, DEFECT_NONE);
    memcpy(root, f.root.public_key, sizeof root);
    for (size_t i = 0; i < FIXTURE_FILES; i++)
        must(xj_file_read(f.file[i].path, 64u << 20, &file[i]) == XJ_OK);
    fixture_dir_remove(made);
    must(mkdtemp(dir) != NULL && snprintf(path, sizeof path, "%s/ledger.db", dir) > 0);
    fuzz_remove_at_exit(dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0);
    return 0;
}

static void write_file(struct xj_slice s)
{
    must(ftruncate(fd, 0) == 0 && pwrite(fd, s.p, s.n, 0) == (ssize_t)s.n);
}

/* The old value with the input's bytes over it, put in, or in place of its end. */
static void edit(struct xj_slice old, size_t at, unsigned how, struct xj_slice bytes, struct xj_buf *out)
{
    at = old.n > 0 ? at % (old.n + 1) : 0;
    xj_buf_init(out, old.n + bytes.n);
    xj_buf_add(out, old.p, at);
    xj_buf_add_slice(out, bytes);
    size_t rest = how % 3 == 0 ? at + bytes.n : how % 3 == 1 ? at : old.n;
    if (rest < old.n)
        xj_buf_add(out, old.p + rest, old.n - rest);
    must(out->err == XJ_OK);
}

/* True when an entry is another now. */
static bool change_cell(sqlite3 *db, const struct place *p, unsigned row, size_t at, unsigned how, struct xj_slice bytes)
{
    sqlite3_stmt *read = NULL, *write = NULL;
    struct xj_buf value;
    bool changed = false;
    must(sqlite3_prepare_v2(db, p->read, -1, &read, NULL) == SQLITE_OK);
    must(sqlite3_prepare_v2(db, p->write, -1, &write, NULL) == SQLITE_OK);
    sqlite3_bind_int64(read, 1, row);
    if (sqlite3_step(read) == SQLITE_ROW) {
        struct xj_slice old = xj_slice_of(sqlite3_column_blob(read, 1), (size_t)sqlite3_column_bytes(read, 1));
        edit(old, at, how, bytes, &value);
        changed = !xj_slice_eq(old, xj_buf_slice(&value));
        sqlite3_bind_int64(write, 1, sqlite3_column_int64(read, 0));
        sqlite3_bind_blob64(write, 2, value.n > 0 ? value.p : (const uint8_t *)"", value.n, SQLITE_TRANSIENT);
        sqlite3_reset(read);
        changed = sqlite3_step(write) == SQLITE_DONE && changed && p->entry;
        xj_buf_free(&value);
    }
    sqlite3_finalize(read);
    sqlite3_finalize(write);
    return changed;
}

static void change_number(sqlite3 *db, const char *sql, unsigned row, struct xj_slice bytes)
{
    sqlite3_stmt *st = NULL;
    int64_t n = 0;
    memcpy(&n, bytes.p, bytes.n < sizeof n ? bytes.n : sizeof n);
    must(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK);
    sqlite3_bind_int64(st, 1, row + 1);
    sqlite3_bind_int64(st, 2, n);
    (void)sqlite3_step(st);
    sqlite3_finalize(st);
}

static void see(void *arg, const struct xj_check_result *r)
{
    must(r->check != NULL && r->kind != XJ_CHECK_INVALID && r->text_zh != NULL && r->text_en != NULL);
    *(bool *)arg = *(bool *)arg || r->kind == XJ_CHECK_BAD;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES)
        return 0;
    const struct xj_buf *whole = &file[data[0] % 2 == 0 ? FIXTURE_B : FIXTURE_JOURNAL];
    unsigned what = data[1], row = data[2] | (unsigned)data[3] << 8;
    size_t at = data[4] | (size_t)data[5] << 8;
    struct xj_slice bytes = xj_slice_of(data + HEAD_BYTES, size - HEAD_BYTES);
    struct xj_verify_summary s = {.ok = true};
    bool changed = false, bad = false;
    write_file(xj_buf_slice(whole));
    if (what % 16 == 15) {
        must(pwrite(fd, bytes.p, bytes.n, (off_t)((row * 65536u + at) % whole->n)) == (ssize_t)bytes.n);
    } else {
        sqlite3 *db = NULL;
        must(sqlite3_open(path, &db) == SQLITE_OK);
        must(sqlite3_exec(db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF", NULL, NULL, NULL) == SQLITE_OK);
        if (what % 16 < PLACES)
            changed = change_cell(db, &places[what % 16], row, at, data[6], bytes);
        else
            change_number(db, numbers[what % 16 % NUMBERS], row, bytes);
        must(sqlite3_close(db) == SQLITE_OK);
    }
    enum xj_err err = xj_verify_file(path, root, see, &bad, &s);
    if (err == XJ_OK)
        must(s.ok == !bad && !(changed && s.ok));
    return 0;
}
