/* The exchange's disk lost, or set back to an older copy, at any moment of a published case: nothing that was accepted is
 * missing, every act is admitted once, every view is as in calm, and every ledger and the journal verify (I30).
 * XJ_LOST_SEEDS widens it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/cases.h"

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_LOST_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-lost-XXXXXX", path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", file);
    assert_non_null(mkdtemp(dir));
    sim_play(path, dir, seed, f, ret);
    if (getenv("XJ_KEEP")) printf("  seed %llu: %s\n", (unsigned long long)seed, dir);
    else world_remove_dir(dir);
}

static const char *text(struct xj_buf *b)
{
    const char *s = xj_buf_cstr(b);
    return s ? s : "";
}

static const char *first_difference(const char *a, const char *b)
{
    static char line[700];
    size_t at = 0, begin = 0;
    while (a[at] && a[at] == b[at]) {
        if (a[at] == '\n') begin = at + 1;
        at++;
    }
    snprintf(line, sizeof line, "calm: %.300s\nseed: %.300s", a + begin, b + begin);
    return line;
}

static bool same(struct played *calm, struct played *lost, const char *file, uint64_t seed)
{
    const char *why = lost->failed[0] ? lost->failed : NULL;
    if (!why && strcmp(text(&calm->account), text(&lost->account)) != 0) why = first_difference(text(&calm->account), text(&lost->account));
    for (int i = 0; !why && i < calm->agents; i++)
        if (strcmp(text(&calm->view[i]), text(&lost->view[i])) != 0) why = first_difference(text(&calm->view[i]), text(&lost->view[i]));
    if (why) fprintf(stderr, "%s seed %llu (%lu losses): %s\n", file, (unsigned long long)seed, lost->losses, why);
    return !why;
}

static void campaign(const char *file, uint64_t first, uint64_t count, const struct faults *f, unsigned long at_least)
{
    const struct faults none = {0};
    struct played calm;
    play(file, 1, &none, &calm);
    if (calm.failed[0]) fail_msg("%s in calm: %s", file, calm.failed);
    unsigned long losses = 0, bad = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (getenv("XJ_SEED") && seed != strtoull(getenv("XJ_SEED"), NULL, 10)) continue;
        struct played lost;
        play(file, seed, f, &lost);
        bad += !same(&calm, &lost, file, seed);
        losses += lost.losses;
        sim_played_free(&lost);
    }
    printf("  %s: %llu seeds, the exchange's disk lost %lu times\n", file, (unsigned long long)count, losses);
    sim_played_free(&calm);
    assert_int_equal(bad, 0);
    assert_true(losses >= at_least);
}

static void lost_exchange__is_rebuilt_from_the_agents(void **state)
{
    (void)state;
    const struct faults f = {.lose = 60};
    campaign("17-jl007-tianjin-no-transfer", 1000, seeds(20), &f, 1);
}

static void exchange_set_back__is_rebuilt_from_the_agents(void **state)
{
    (void)state;
    const struct faults f = {.copy = 60, .set_back = 40};
    campaign("27-jl092-qingpu-refuse-judgment", 2000, seeds(20), &f, 1);
}

static void lost_exchange__amid_every_other_fault_ends_alike(void **state)
{
    (void)state;
    const struct faults f = {.drop = 30, .twice = 30, .delay = 30, .crash_before = 15, .crash_after = 15, .disconnect = 5,
                             .copy = 40, .lose = 10, .set_back = 20};
    campaign("05-fx-tongjiang-zhao-yao", 3000, seeds(20), &f, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_exchange__is_rebuilt_from_the_agents),
        cmocka_unit_test(exchange_set_back__is_rebuilt_from_the_agents),
        cmocka_unit_test(lost_exchange__amid_every_other_fault_ends_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
