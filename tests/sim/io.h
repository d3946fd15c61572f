/* Disk calls that fail: every step of a statement of SQLite's, of the whole process, goes through here first, and one of them may be
 * answered with an I/O error or a full disk instead. For a test program that says what must come of it. Include it in the one file that
 * holds main. One thread. Tests only.
 *
 * Which call of a batch fails: under IO_EACH_WAY the first that is made by a way (a chain of callers) on which none has failed before in
 * this process, so that in the end every one has; under IO_ANY any one, drawn. A COMMIT that fails was carried out half of the times:
 * what came of it nobody can know (reliability 1.3). */
#ifndef XJ_SIM_IO_H
#define XJ_SIM_IO_H

#include <dlfcn.h>
#include <execinfo.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/world.h"

enum io_which { IO_NONE = 0, IO_EACH_WAY, IO_ANY };

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
    io.struck = io.which == IO_EACH_WAY ? io_is_new_way() : io.left > 0 && --io.left == 0;
    io.failed += io.struck;
    if (io.struck) io.deep = backtrace(io.at, IO_DEEP);
    return io.struck;
}

int sqlite3_step(sqlite3_stmt *statement)
{
    static int (*real)(sqlite3_stmt *);
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "sqlite3_step");
        memcpy(&real, &found, sizeof real);
    }
    const char *sql = sqlite3_sql(statement); /* NULL: one that SQLite makes for itself */
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

static void io_show(void)
{
    backtrace_symbols_fd(io.at, io.deep, STDERR_FILENO);
}

static const struct world_io io_calls = {.may_fail = io_may_fail, .over = io_over, .show = io_show};

/* For struct faults: in so many of a thousand batches and openings. */
static inline const struct world_io *io_begin(enum io_which which, uint64_t seed)
{
    io.which = which;
    io.random.s = seed;
    return &io_calls;
}

#endif
