/* Frames that a faulty or hostile machine makes out of honest ones, sent before these over the same connection: bits turned, cut, grown,
 * parts moved, fields replaced, another type. The exchange refuses or drops them: nothing but incidents comes of one (spec 04, 2). An
 * agent believes none that it can check, and none makes it stop. Everything ends as it does in calm. XJ_GARBLE_SEEDS widens it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/life.h"

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_GARBLE_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

static void same_life(a_life *life, const struct faults *f)
{
    struct life *calm = life_live(life, 1, NULL);
    for (uint64_t seed = 1; seed <= seeds(1); seed++) {
        struct life *other = life_live(life, seed, f);
        printf("  %lu garbled frames\n", life_garbled(other));
        assert_true(life_garbled(other) > 100);
        life_assert_same(calm, other);
        life_free(other);
    }
    life_free(calm);
}

static void garbled_frame__changes_nothing_at_the_exchange(void **state)
{
    (void)state;
    const struct faults f = {.garble = 12000};
    same_life(life_of_ledgers, &f);
    same_life(life_of_journal, &f);
}

static void garbled_frame__of_the_exchange_is_not_believed(void **state)
{
    (void)state;
    const struct faults f = {.garble_back = 5000};
    same_life(life_of_ledgers, &f);
    same_life(life_of_journal, &f);
}

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-garble-XXXXXX", path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", file);
    assert_non_null(mkdtemp(dir));
    sim_play(path, dir, seed, f, NULL, ret);
    world_remove_dir(dir);
}

static void garbled_frames__amid_other_faults_change_nothing(void **state)
{
    (void)state;
    static const char file[] = "05-fx-tongjiang-zhao-yao";
    const struct faults none = {0};
    const struct faults f = {.garble = 1500, .garble_back = 1500, .drop = 30, .twice = 30, .delay = 30, .crash_before = 15, .crash_after = 15,
                             .disconnect = 5, .copy_exchange = 20, .set_back = 20};
    struct played calm, stormy;
    play(file, 1, &none, &calm);
    assert_string_equal(calm.failed, "");
    for (uint64_t seed = 1; seed <= seeds(3); seed++) {
        play(file, seed, &f, &stormy);
        assert_true(sim_same(&calm, &stormy, file, seed));
        sim_played_free(&stormy);
    }
    sim_played_free(&calm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(garbled_frame__changes_nothing_at_the_exchange),
        cmocka_unit_test(garbled_frame__of_the_exchange_is_not_believed),
        cmocka_unit_test(garbled_frames__amid_other_faults_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
