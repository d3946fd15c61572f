/* Disk calls that fail, one after the other, wherever one is made: the batch in which it happens has no effect and nothing of it leaves,
 * the process starts again, and everything ends as it does in calm: the same acts are admitted once each, every view is the same, every
 * ledger verifies. Nothing is refused, no store is called damaged, and no agent stops, for a disk that failed (spec 04, 7; I21). A store
 * that is damaged unseen, a row gone or a value another, ends a process by a world error, or does nothing; there is no third thing.
 * XJ_IO_SEEDS widens what is drawn. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/io.h"
#include "tests/sim/life.h"

static void same_life(a_life *life, enum io_which which)
{
    struct life *calm = life_live(life, 1, NULL);
    const unsigned long before = io.failed;
    const struct faults each_way = {.io = 1000, .failing = io_begin(which, 1)};
    struct life *stormy = life_live(life, 1, &each_way);
    printf("  %lu disk calls failed\n", io.failed - before);
    assert_true(io.failed > before + 40);
    life_assert_same(calm, stormy);
    life_free(calm);
    life_free(stormy);
}

static void way_to_the_disk__of_agents_that_fails_once_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_ledgers, IO_EACH_WAY);
}

static void way_to_the_disk__of_an_exchange_that_fails_once_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_journal, IO_EACH_WAY);
}

static void way_to_the_disk__while_the_law_changes_that_fails_once_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_law, IO_EACH_WAY);
}

static void row__that_is_not_there_is_no_other_error_than_damage(void **state)
{
    (void)state;
    same_life(life_of_ledgers, IO_NO_ROW);
    same_life(life_of_journal, IO_NO_ROW);
    same_life(life_of_law, IO_NO_ROW);
}

static void value__that_is_not_what_was_kept_is_no_other_error_than_damage(void **state)
{
    (void)state;
    same_life(life_of_ledgers, IO_CUT_VALUE);
    same_life(life_of_journal, IO_CUT_VALUE);
    same_life(life_of_law, IO_CUT_VALUE);
    same_life(life_of_ledgers, IO_NO_VALUE);
    same_life(life_of_journal, IO_NO_VALUE);
    same_life(life_of_law, IO_NO_VALUE);
}

/* ---- published cases, amid other faults ---- */

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_IO_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-io-XXXXXX", path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", file);
    assert_non_null(mkdtemp(dir));
    sim_play(path, dir, seed, f, NULL, ret);
    if (!getenv("XJ_KEEP")) world_remove_dir(dir);
}

static void campaign(const char *file, uint64_t first, uint64_t count, const struct faults *f)
{
    const struct faults none = {0};
    struct played calm;
    play(file, 1, &none, &calm);
    if (calm.failed[0]) fail_msg("%s in calm: %s", file, calm.failed);
    const unsigned long before = io.failed;
    unsigned bad = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct faults faults = *f;
        struct played stormy;
        faults.failing = io_begin(IO_ANY, seed);
        play(file, seed, &faults, &stormy);
        bad += !sim_same(&calm, &stormy, file, seed);
        sim_played_free(&stormy);
    }
    printf("  %s: %llu seeds, %lu disk calls failed\n", file, (unsigned long long)count, io.failed - before);
    sim_played_free(&calm);
    assert_int_equal(bad, 0);
    assert_true(io.failed > before);
}

static void any_disk_call__that_fails_amid_other_faults_changes_nothing(void **state)
{
    (void)state;
    const struct faults storm = {.io = 100, .drop = 30, .twice = 30, .delay = 30, .crash_before = 15, .crash_after = 15, .disconnect = 5};
    const struct faults lost_ledgers = {.io = 100, .lose = 10, .copy = 30, .drop = 10, .crash_after = 10};
    const struct faults lost_journal = {.io = 100, .copy_exchange = 40, .lose_exchange = 30, .set_back = 20, .away = 300, .twice = 20};
    campaign("05-fx-tongjiang-zhao-yao", 1, seeds(4), &storm);
    campaign("27-jl092-qingpu-refuse-judgment", 100, seeds(4), &lost_ledgers);
    campaign("40-ck1289-deqing-copper", 200, seeds(4), &lost_journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(way_to_the_disk__of_agents_that_fails_once_changes_nothing),
        cmocka_unit_test(way_to_the_disk__of_an_exchange_that_fails_once_changes_nothing),
        cmocka_unit_test(way_to_the_disk__while_the_law_changes_that_fails_once_changes_nothing),
        cmocka_unit_test(row__that_is_not_there_is_no_other_error_than_damage),
        cmocka_unit_test(value__that_is_not_what_was_kept_is_no_other_error_than_damage),
        cmocka_unit_test(any_disk_call__that_fails_amid_other_faults_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
