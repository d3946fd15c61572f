/* One bit of a write-ahead log changes while its process is dead. SQLite drops that commit and all behind it without a word, and
 * no check of the file can see it. Nodes of a city at rest start again so: the node is as it was, or it or those who know better
 * notice as soon as they talk (HELLO: shorter, exchange_lost, inconsistent), or nothing is missing that had ever left it.
 * XJ_FLIPS: how many (50), beside those of seeds kept in tests/sim/seeds. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "schema/base/file.h"
#include "tests/crash/watch.h"
#include "tests/sim/world_private.h"

#define FLIPS_OF_A_RUN 25u
#define WAL_HEADER 32u

struct trial {
    struct crash crash; /* first: what its watch is called with is the trial, too */
    unsigned wanted, dropped, unchanged, noticed, without_loss, refused;
    bool deaf; /* nobody listens to what the others know: for showing that the checks see a loss */
    unsigned unseen;
    off_t log_bytes[SIM_CAST + 1]; /* of the exchange, of each agency */
};

/* ---- files of the city ---- */

static void copy(const char *from, const char *to)
{
    struct xj_buf b;
    assert_int_equal(xj_file_read(from, SIZE_MAX / 2, &b), XJ_OK);
    FILE *out = fopen(to, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(b.p, 1, b.n, out), b.n);
    assert_int_equal(fclose(out), 0);
    xj_buf_free(&b);
}

/* Replaces what is in one directory by what is in another. */
static void copy_all(const char *from, const char *to)
{
    char a[512], b[512];
    DIR *d = opendir(to);
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        snprintf(b, sizeof b, "%s/%.200s", to, e->d_name);
        if (e->d_name[0] != '.') assert_int_equal(remove(b), 0);
    }
    closedir(d);
    assert_non_null(d = opendir(from));
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        snprintf(a, sizeof a, "%s/%.200s", from, e->d_name);
        snprintf(b, sizeof b, "%s/%.200s", to, e->d_name);
        if (e->d_name[0] != '.' && !strstr(e->d_name, "-shm")) copy(a, b);
    }
    closedir(d);
}

static off_t wal_bytes(const struct node *n)
{
    char path[1100];
    struct stat st;
    snprintf(path, sizeof path, "%s-wal", n->path);
    return stat(path, &st) == 0 ? st.st_size : 0;
}

static void flip(const struct node *n, uint64_t at, unsigned bit)
{
    char path[1100];
    snprintf(path, sizeof path, "%s-wal", n->path);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    const int c = fgetc(f);
    assert_int_equal(fseek(f, (long)at, SEEK_SET), 0);
    assert_int_not_equal(fputc(c ^ 1 << bit, f), EOF);
    assert_int_equal(fclose(f), 0);
}

/* ---- the city ---- */

static void close_all(struct world *w)
{
    if (w->core) world_exchange_down(w);
    world_cut(w, EXCHANGE);
    for (int i = 0; i < w->agents; i++) {
        struct node *n = &w->agent[i];
        xj_view_close(n->view);
        n->view = NULL;
        if (n->core) world_agent_down(n);
    }
    w->failed = NULL;
}

/* False: a node does not open. */
static bool open_all(struct world *w)
{
    bool ok = world_exchange_open(w) == XJ_OK;
    for (int i = 0; i < w->agents; i++) ok &= world_agent_open(w, &w->agent[i]) == XJ_OK;
    return ok;
}

/* What became of a node whose store is not what it was: what had left it comes back from the others, or it stops. */
static void judge(struct trial *t, struct world *w, struct node *n)
{
    const bool loss = crash_promises_kept(&t->crash, w, n) != NULL;
    t->dropped++;
    if (t->deaf) {
        t->unseen += loss;
        return;
    }
    if (!world_settle(w, 40000)) {
        const char *f = w->failed ? w->failed : "";
        if (strcmp(f, "inconsistent"))
            fail_msg("seed %llu, %s: %s", (unsigned long long)t->crash.seed, n->path, f);
    } else {
        const char *why = crash_promises_kept(&t->crash, w, n);
        if (why) fail_msg("seed %llu, %s: %s, and nobody noticed", (unsigned long long)t->crash.seed, n->path, why);
    }
    t->noticed += loss;
    t->without_loss += !loss;
}

static void one_flip(struct trial *t, struct world *w)
{
    struct node *n;
    uint64_t i;
    do {
        i = rng_next(&t->crash.random) % ((uint64_t)w->agents + 1);
        n = i ? &w->agent[i - 1] : &w->exchange;
    } while (t->log_bytes[i] <= WAL_HEADER);
    const struct xj_hash before = crash_content(n);
    close_all(w);
    copy_all(t->crash.state, t->crash.live);
    flip(n, rng_next(&t->crash.random) % (uint64_t)t->log_bytes[i], (unsigned)(rng_next(&t->crash.random) % 8));
    if (open_all(w)) {
        const struct xj_hash now = crash_content(n);
        if (xj_hash_eq(&before, &now)) t->unchanged++;
        else judge(t, w, n);
    } else {
        t->refused++;
    }
    close_all(w);
    copy_all(t->crash.state, t->crash.live);
    assert_true(open_all(w));
    assert_true(world_settle(w, 40000));
}

static void played(void *arg, struct world *w)
{
    struct trial *t = arg;
    disk_pause(""); /* nothing of this is a step of the run */
    t->crash.over = true;
    w->quiet = true;
    w->faults = (struct faults){0};
    for (int i = 0; i < w->agents; i++) w->agent[i].clock_ms = 0;
    w->exchange.clock_ms = 0;
    off_t most = 0;
    for (int i = 0; i <= w->agents; i++) { /* a store that is opened folds its log: these are of the copies */
        t->log_bytes[i] = wal_bytes(i ? &w->agent[i - 1] : &w->exchange);
        most = t->log_bytes[i] > most ? t->log_bytes[i] : most;
    }
    assert_true(most > WAL_HEADER);
    copy_all(t->crash.live, t->crash.state);
    for (unsigned i = 0; i < t->wanted; i++) one_flip(t, w);
}

static void run(struct trial *t, uint64_t seed, unsigned wanted)
{
    struct played p;
    const struct faults f = {.drop = 20, .delay = 20, .crash_before = 5};
    assert_true(crash_begin(&t->crash, seed, DISK_HONEST));
    t->wanted = wanted;
    t->crash.watch.played = played;
    sim_play(XJ_SOURCE_DIR "/tests/cases/published/22-jl062-jiangyan-pesticide.json", t->crash.live, seed, &f, &t->crash.watch, &p);
    if (p.failed[0]) fail_msg("seed %llu: %s", (unsigned long long)seed, p.failed);
    sim_played_free(&p);
    crash_end(&t->crash);
}

static void a_flipped_bit_in_the_log__is_noticed_or_loses_nothing(void **state)
{
    (void)state;
    const char *n = getenv("XJ_FLIPS");
    const unsigned wanted = n ? (unsigned)strtoul(n, NULL, 10) : 50;
    struct trial t = {.wanted = 0};
    struct sim_seed once[16];
    unsigned done = 0;
    const size_t kept = sim_seeds("wal", once, sizeof once / sizeof once[0]);
    for (size_t i = 0; i < kept; i++) run(&t, once[i].seed, (unsigned)strtoul(once[i].name, NULL, 10));
    for (uint64_t seed = 1; done < wanted; seed++) {
        const unsigned part = wanted - done < FLIPS_OF_A_RUN ? wanted - done : FLIPS_OF_A_RUN;
        run(&t, seed, part);
        done += part;
    }
    printf("  %u flips: %u changed nothing, %u kept it from starting, %u dropped commits: %u noticed, %u of nothing that had left\n",
           t.unchanged + t.refused + t.dropped, t.unchanged, t.refused, t.dropped, t.noticed, t.without_loss);
    assert_true(t.noticed > 0);
}

/* Without the others' knowledge, the same flips lose what had left, and the check says so. */
static void a_flipped_bit_in_the_log__loses_what_had_left_where_nobody_compares(void **state)
{
    (void)state;
    struct trial t = {.deaf = true};
    run(&t, 1, FLIPS_OF_A_RUN);
    assert_true(t.unseen > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_in_the_log__is_noticed_or_loses_nothing),
        cmocka_unit_test(a_flipped_bit_in_the_log__loses_what_had_left_where_nobody_compares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
