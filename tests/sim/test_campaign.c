/* Published cases under faults: whatever is lost, doubled, late, overtaken or crashed, however clocks are set, the same acts are admitted once each
 * in the same order and every view is the same. 16 seeds for each of eight cases; XJ_SEEDS and XJ_CASES=all widen it, XJ_SEED is the first;
 * a tenth of them again while agencies lose their ledgers or get older copies back;
 * XJ_KEEP leaves the stores of a run in /dev/shm for looking at. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/cases.h"

static const char *const chosen[] = {"05-fx-tongjiang", "11-food-nanyang", "17-jl007", "22-jl062", "27-jl092", "40-ck1289",
                                     "60-safety", "69-fish"};

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-campaign-XXXXXX";
    assert_non_null(mkdtemp(dir));
    sim_play(file, dir, seed, f, NULL, ret);
    if (!getenv("XJ_KEEP")) world_remove_dir(dir);
}

/* The same with ledgers lost or put back to an older copy, at any commit, amid a recovery, too. */
static struct faults lost(uint64_t seed)
{
    struct rng r = {.s = seed * 104729};
    struct faults f = {0};
    if (rng_next(&r) % 3) f = sim_storm(seed);
    f.lose = 2 + (unsigned)(rng_next(&r) % 30);
    f.copy = 5 + (unsigned)(rng_next(&r) % 60);
    return f;
}

static void campaign(const char *file, uint64_t first, uint64_t count, struct faults (*faults)(uint64_t seed))
{
    const struct faults none = {0};
    struct played calm;
    play(file, 1, &none, &calm);
    if (calm.failed[0]) fail_msg("%s in calm: %s\n%s", file, calm.failed, xj_buf_cstr(&calm.account));
    unsigned long crashes = 0, jumps = 0, frames = 0, ledgers = 0, bad = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        const struct faults f = faults(seed);
        struct played stormy;
        play(file, seed, &f, &stormy);
        bad += !sim_same(&calm, &stormy, file, seed);
        crashes += stormy.crashes;
        jumps += stormy.jumps;
        frames += stormy.lost;
        ledgers += stormy.ledgers_lost;
        sim_played_free(&stormy);
    }
    if (calm.refused) printf("%s", xj_buf_cstr(&calm.account));
    printf("  %s: %llu seeds, %lu crashes, %lu clocks set, %lu frames and %lu ledgers lost, %u refused in calm\n", strrchr(file, '/') + 1,
           (unsigned long long)count, crashes, jumps, frames, ledgers, calm.refused);
    sim_played_free(&calm);
    assert_int_equal(bad, 0);
}

static void campaign__seeds_that_failed_once_do_not_fail_again(void **state)
{
    (void)state;
    struct sim_seed seeds[256];
    const size_t n = sim_seeds("campaign", seeds, sizeof seeds / sizeof seeds[0]);
    for (size_t i = 0; i < n; i++) {
        char path[512];
        snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%.95s", seeds[i].name);
        campaign(path, seeds[i].seed, 1, sim_storm);
    }
}

static bool is_chosen(const char *path)
{
    const char *all = getenv("XJ_CASES");
    if (all && strcmp(all, "all") == 0) return true;
    for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++)
        if (strstr(path, chosen[i])) return true;
    return false;
}

static uint64_t seeds(void)
{
    const char *n = getenv("XJ_SEEDS");
    return n ? strtoull(n, NULL, 10) : 16;
}

static uint64_t first_seed(void)
{
    const char *n = getenv("XJ_SEED");
    return n ? strtoull(n, NULL, 10) : 100;
}

static void play_all(uint64_t count, struct faults (*faults)(uint64_t seed))
{
    glob_t g;
    assert_int_equal(glob(XJ_SOURCE_DIR "/tests/cases/published/*.json", 0, NULL, &g), 0);
    unsigned played_cases = 0;
    for (size_t i = 0; i < g.gl_pathc; i++) {
        if (!is_chosen(g.gl_pathv[i])) continue;
        campaign(g.gl_pathv[i], first_seed() + played_cases * count, count, faults); /* no seed twice */
        played_cases++;
    }
    globfree(&g);
    assert_true(played_cases >= sizeof chosen / sizeof chosen[0]);
}

static void campaign__faults_change_neither_acts_nor_views(void **state)
{
    (void)state;
    play_all(seeds(), sim_storm);
}

static void campaign__lost_ledgers_change_neither_acts_nor_views(void **state)
{
    (void)state;
    play_all((seeds() + 9) / 10, lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(campaign__seeds_that_failed_once_do_not_fail_again),
                                       cmocka_unit_test(campaign__faults_change_neither_acts_nor_views),
                                       cmocka_unit_test(campaign__lost_ledgers_change_neither_acts_nor_views)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
