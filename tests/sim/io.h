/* Disk calls that fail: every step of a statement of SQLite's, of the whole process, goes through here first, and one of them may be
 * answered with an I/O error or a full disk instead. For a test program that says what must come of it. Include it in the one file that
 * holds main. One thread. Tests only.
 *
 * Which call of a batch fails: under IO_EACH_WAY the first that is made by a way (a chain of callers) on which none has failed before in
 * this process, so that in the end every one has; under IO_ANY any one, drawn. Under IO_NO_ROW a row is withheld, on each way once, as if
 * it had never been written; under the two behind it a value of the working state, or the head of an entry, is other than what was put
 * there, though the value's check holds (spec 05, 6): without its last byte, or nil. A COMMIT that fails was carried out half of the
 * times: what came of it nobody can know (reliability 1.3). */
#ifndef XJ_SIM_IO_H
#define XJ_SIM_IO_H

#include <dlfcn.h>
#include <execinfo.h>
#include <sodium.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/world.h"

enum io_which { IO_NONE = 0, IO_EACH_WAY, IO_ANY, IO_NO_ROW, IO_CUT_VALUE, IO_NO_VALUE };

#define IO_WAYS (1u << 16)
#define IO_DEEP 40

static struct {
    enum io_which which;
    bool armed, struck;
    size_t left; /* IO_ANY: calls until the one that fails */
    struct rng random;
    uint64_t ways[IO_WAYS]; /* a hash table */
    unsigned long failed, way_count;
    void *at[IO_DEEP]; /* the way of the call looked at last */
    sqlite3_stmt *other; /* whose value is another */
    uint8_t key[1024], value[64 * 1024];
    size_t key_n, value_n;
    int deep, outside; /* how many callers are those of the batch, who make no other way of it */
} io;

/* True when no call on this way has failed yet; one has then. */
static bool io_is_new_way(void)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    io.deep = backtrace(io.at, IO_DEEP);
    for (int i = 1; i < io.deep - io.outside; i++) hash = (hash ^ (uint64_t)(uintptr_t)io.at[i]) * UINT64_C(1099511628211);
    hash |= 1;
    size_t slot = (size_t)(hash >> 32) % IO_WAYS;
    for (; io.ways[slot]; slot = (slot + 1) % IO_WAYS)
        if (io.ways[slot] == hash) return false;
    if (io.way_count == IO_WAYS / 2) return false;
    io.ways[slot] = hash;
    io.way_count++;
    return true;
}

static bool io_fails_now(void)
{
    if (!io.armed || io.struck) return false;
    io.struck = io.which == IO_ANY ? io.left > 0 && --io.left == 0 : io_is_new_way();
    io.failed += io.struck;
    if (io.struck) io.deep = backtrace(io.at, IO_DEEP);
    return io.struck;
}

static void io_real(const char *name, void *ret)
{
    void *const found = dlsym(RTLD_NEXT, name);
    memcpy(ret, &found, sizeof found);
}

static const void *io_real_blob(sqlite3_stmt *statement, int column)
{
    static const void *(*real)(sqlite3_stmt *, int);
    if (!real) io_real("sqlite3_column_blob", &real);
    return real(statement, column);
}

static int io_real_bytes(sqlite3_stmt *statement, int column)
{
    static int (*real)(sqlite3_stmt *, int);
    if (!real) io_real("sqlite3_column_bytes", &real);
    return real(statement, column);
}

#define IO_OF_VALUES 1 /* the last column with a value of the working state; behind it those with the head of an entry */

/* The column of a statement that may have another value; -1: none. */
static int io_value_column(const char *sql)
{
    static const char *const texts[] = {"SELECT v FROM kv", "SELECT k, v FROM kv", "SELECT kind, time_ms, head, sig FROM entry",
                                        "SELECT n, kind, time_ms, head, sig, leaf FROM entry"};
    for (int i = 0; i < 4; i++)
        if (strncmp(sql, texts[i], strlen(texts[i])) == 0) return i;
    return -1;
}

/* Another value in the row that the statement stands on. */
static void io_other_value(sqlite3_stmt *statement, const char *sql)
{
    static const uint8_t zero[16] = {0};
    uint8_t under[16];
    const int column = io_value_column(sql);
    if (column < 0) return;
    const size_t n = (size_t)io_real_bytes(statement, column);
    const size_t check = column > IO_OF_VALUES ? 0 : 8;
    if (n < check + 1 || n > sizeof io.value || !io_fails_now()) return;
    if (column == 1) {
        io.key_n = (size_t)io_real_bytes(statement, 0);
        memcpy(io.key, io_real_blob(statement, 0), io.key_n);
    }
    io.value_n = io.which == IO_CUT_VALUE ? n - check - 1 : 1;
    memcpy(io.value, io_real_blob(statement, column), io.value_n);
    if (io.which == IO_NO_VALUE) io.value[0] = 0xc0;
    io.other = statement;
    if (!check) return;
    crypto_shorthash(under, io.key, io.key_n, zero);
    memcpy(under + 8, under, 8);
    crypto_shorthash(io.value + io.value_n, io.value, io.value_n, under);
    io.value_n += 8;
}

int sqlite3_bind_blob64(sqlite3_stmt *statement, int at, const void *p, sqlite3_uint64 n, void (*done)(void *))
{
    static int (*real)(sqlite3_stmt *, int, const void *, sqlite3_uint64, void (*)(void *));
    if (!real) io_real("sqlite3_bind_blob64", &real);
    if (at == 1 && n <= sizeof io.key) {
        memcpy(io.key, p, (size_t)n);
        io.key_n = (size_t)n;
    }
    return real(statement, at, p, n, done);
}

const void *sqlite3_column_blob(sqlite3_stmt *statement, int column)
{
    const bool other = statement == io.other && column == io_value_column(sqlite3_sql(statement));
    return other ? io.value : io_real_blob(statement, column);
}

int sqlite3_column_bytes(sqlite3_stmt *statement, int column)
{
    const bool other = statement == io.other && column == io_value_column(sqlite3_sql(statement));
    return other ? (int)io.value_n : io_real_bytes(statement, column);
}

int sqlite3_step(sqlite3_stmt *statement)
{
    static int (*real)(sqlite3_stmt *);
    if (!real) io_real("sqlite3_step", &real);
    if (statement == io.other) io.other = NULL;
    const char *sql = sqlite3_sql(statement); /* NULL: one that SQLite makes for itself */
    if (sql && io.which >= IO_NO_ROW) {
        const int rc = real(statement);
        if (rc == SQLITE_ROW && io.which == IO_NO_ROW) return io_fails_now() ? SQLITE_DONE : rc;
        if (rc == SQLITE_ROW) io_other_value(statement, sql);
        return rc;
    }
    if (!sql || !io_fails_now()) return real(statement);
    const bool commit = strcmp(sql, "COMMIT") == 0;
    if (commit && rng_chance(&io.random, 500)) (void)real(statement);
    return rng_chance(&io.random, 500) ? SQLITE_IOERR : SQLITE_FULL;
}

static void io_may_fail(void)
{
    io.armed = io.which != IO_NONE;
    io.struck = false;
    io.outside = backtrace(io.at, IO_DEEP) - 3;
    io.left = (size_t)1 << rng_next(&io.random) % 12;
    io.left += rng_next(&io.random) % io.left;
}

static bool io_over(void)
{
    const bool struck = io.struck;
    io.armed = io.struck = false;
    return struck;
}

static bool io_has(void)
{
    return io.struck;
}

static void io_show(void)
{
    backtrace_symbols_fd(io.at, io.deep, STDERR_FILENO);
}

static const struct world_io io_calls = {.may_fail = io_may_fail, .has_failed = io_has, .over = io_over, .show = io_show};
static const struct world_io io_values = {.may_fail = io_may_fail, .has_failed = io_has, .over = io_over, .show = io_show, .spoils = true};
static const struct world_io io_rows = {.may_fail = io_may_fail, .has_failed = io_has, .over = io_over, .show = io_show, .spoils = true,
                                        .calm_openings = true};

/* For struct faults: in so many of a thousand batches and openings. */
static inline const struct world_io *io_begin(enum io_which which, uint64_t seed)
{
    if (io.which != which) memset(io.ways, 0, sizeof io.ways);
    if (io.which != which) io.way_count = 0;
    io.which = which;
    io.random.s = seed;
    return which == IO_NO_ROW ? &io_rows : which > IO_NO_ROW ? &io_values : &io_calls;
}

#endif
