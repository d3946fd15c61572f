/* Power cuts. A published case is played through the city under faults, on disks that remember; then nodes start from states
 * that a cut at any write could have left, and hold all that had left them. In other runs the machines lose power on the way,
 * go on from what was left, and the case ends as it does in calm. XJ_CRASH_STATES: how many states in all (1000). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/crash/watch.h"

#define STATES_OF_A_RUN 100u
#define RUN_SHARE 10u /* of so many states one is gone on from to the end */

static const char *const files[] = {"22-jl062-jiangyan-pesticide", "05-fx-tongjiang-zhao-yao", "40-ck1289-deqing-copper", "27-jl092-qingpu-refuse-judgment"};
#define FILES (sizeof files / sizeof files[0])

static unsigned states_wanted(void)
{
    const char *n = getenv("XJ_CRASH_STATES");
    return n ? (unsigned)strtoul(n, NULL, 10) : 1000;
}

static const char *file(uint64_t seed)
{
    static char path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", files[seed % FILES]);
    return path;
}

static struct faults faults(uint64_t seed)
{
    struct faults f = sim_storm(seed);
    f.fold = 30;
    return f;
}

struct tally {
    unsigned states, bad, torn;
};

/* One run; then so many of its states. */
static void states(uint64_t seed, unsigned wanted, enum disk_lie lie, bool hasty, struct tally *t)
{
    struct crash c;
    struct played p;
    const struct faults f = faults(seed);
    assert_true(crash_begin(&c, seed, lie));
    c.wanted = wanted;
    c.quiet = lie || hasty;
    c.watch.hasty = hasty;
    sim_play(file(seed), c.live, seed, &f, &c.watch, &p);
    if (p.failed[0]) fail_msg("seed %llu: %s", (unsigned long long)seed, p.failed);
    assert_int_equal(c.states, wanted);
    t->states += c.states;
    t->bad += c.bad;
    t->torn += c.torn;
    sim_played_free(&p);
    crash_end(&c);
}

static void cut__leaves_every_node_with_all_that_had_left_it(void **state)
{
    (void)state;
    struct tally t = {0};
    const unsigned wanted = states_wanted();
    for (uint64_t seed = 1; t.states < wanted; seed++)
        states(seed, wanted - t.states < STATES_OF_A_RUN ? wanted - t.states : STATES_OF_A_RUN, DISK_HONEST, false, &t);
    printf("  %u states, %u without their last commit, %u broken\n", t.states, t.torn, t.bad);
    assert_int_equal(t.bad, 0);
    assert_true(t.torn > 0);
}

/* The same harness, where something is wrong: it must see it. */
static void cut__after_which_something_is_lost_is_seen(void **state)
{
    (void)state;
    const struct {
        const char *what;
        enum disk_lie lie;
        bool hasty;
    } wrong[] = {{"a disk that syncs nothing", DISK_SYNCS_NOTHING, false},
                 {"a log that is not synced (synchronous=NORMAL)", DISK_SYNCS_NO_WAL, false},
                 {"names that are not synced", DISK_SYNCS_NO_NAMES, false},
                 {"an answer before its commit", DISK_HONEST, true}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct tally t = {0};
        for (uint64_t seed = 1; seed < 4; seed++) states(seed, STATES_OF_A_RUN, wrong[i].lie, wrong[i].hasty, &t);
        printf("  %s: %u of %u states broken\n", wrong[i].what, t.bad, t.states);
        assert_true(t.bad > 0);
    }
}

/* Without faults, in memory: what a run with cuts is compared with. */
static void calmly(uint64_t seed, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-calm-XXXXXX";
    const struct faults none = {0};
    assert_non_null(mkdtemp(dir));
    sim_play(file(seed), dir, 1, &none, NULL, ret);
    if (ret->failed[0]) fail_msg("%s in calm: %s", file(seed), ret->failed);
    world_remove_dir(dir);
}

static void cuts__on_the_way_change_neither_acts_nor_views(void **state)
{
    (void)state;
    struct played calm[FILES];
    unsigned cuts = 0, bad = 0;
    for (uint64_t i = 0; i < FILES; i++) calmly(i, &calm[i]);
    for (uint64_t seed = 1; cuts < states_wanted() / RUN_SHARE; seed++) {
        struct crash c;
        struct played p;
        struct faults f = faults(seed);
        f.power = 10 + (unsigned)(seed % 5) * 10;
        assert_true(crash_begin(&c, seed, DISK_HONEST));
        sim_play(file(seed), c.live, seed, &f, &c.watch, &p);
        bad += !sim_same(&calm[seed % FILES], &p, file(seed), seed);
        cuts += (unsigned)p.cuts;
        sim_played_free(&p);
        crash_end(&c);
    }
    for (uint64_t i = 0; i < FILES; i++) sim_played_free(&calm[i]);
    printf("  %u cuts gone on from, %u runs broken\n", cuts, bad);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut__leaves_every_node_with_all_that_had_left_it),
        cmocka_unit_test(cut__after_which_something_is_lost_is_seen),
        cmocka_unit_test(cuts__on_the_way_change_neither_acts_nor_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
