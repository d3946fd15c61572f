/* Memory that is short for a moment, in any batch and at any opening of both cores: the batch has no effect and nothing of it leaves, the
 * process starts again, and everything ends as it does in calm. Want of memory is nobody's fault: nothing is refused for it, no bytes are
 * called malformed, no store damaged, and no agent stops (spec 04, 7; I21). XJ_IO_SEEDS widens what is drawn. */
#include "tests/unit/scarce.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/sim/life.h"

static struct {
    struct rng random;
    unsigned long failed;
} memory;

/* One of the next thousands of allocations; near ones as often as those far away. */
static void may_fail(void)
{
    const uint64_t far = UINT64_C(1) << rng_next(&memory.random) % 13;
    scarce_at((size_t)(1 + far + rng_next(&memory.random) % far));
}

static bool has_failed(void)
{
    return scarce_struck;
}

static bool over(void)
{
    const bool struck = scarce_over();
    scarce_struck = false;
    memory.failed += struck;
    return struck;
}

static void show(void)
{
    void *at[8];
    backtrace_symbols_fd(at, backtrace(at, 8), STDERR_FILENO); /* the call that failed is over: who noticed */
}

static const struct world_io calls = {.may_fail = may_fail, .has_failed = has_failed, .over = over, .show = show, .memory = true};

static void same_life(a_life *life, uint64_t usual)
{
    const char *n = getenv("XJ_IO_SEEDS");
    const uint64_t count = n ? strtoull(n, NULL, 10) : usual;
    struct life *calm = life_live(life, 1, NULL);
    for (uint64_t seed = 1; seed <= count; seed++) {
        const struct faults short_of_it = {.io = 700, .failing = &calls};
        memory.failed = 0;
        memory.random.s = seed;
        struct life *stormy = life_live(life, 1, &short_of_it);
        printf("  %lu allocations failed\n", memory.failed);
        assert_true(!SCARCE || memory.failed > 50);
        life_assert_same(calm, stormy);
        life_free(stormy);
    }
    life_free(calm);
}

static void memory__that_agents_want_for_a_moment_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_ledgers, 1);
}

static void memory__that_an_exchange_wants_for_a_moment_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_journal, 1);
}

static void memory__wanted_for_a_moment_while_the_law_changes_changes_nothing(void **state)
{
    (void)state;
    same_life(life_of_law, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory__that_agents_want_for_a_moment_changes_nothing),
        cmocka_unit_test(memory__that_an_exchange_wants_for_a_moment_changes_nothing),
        cmocka_unit_test(memory__wanted_for_a_moment_while_the_law_changes_changes_nothing),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
