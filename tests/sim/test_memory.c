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

/* ---- each way to an allocation, once ---- */

#define WAYS (1u << 18)
#define DEEP 64

extern const char __executable_start, etext; /* the linker's: callers in libraries make no other way */

static struct {
    uint64_t at[WAYS]; /* a hash table */
    unsigned long count;
    bool armed, inside;
    int outside; /* how many callers are those of the batch, who make no other way of it */
} ways;

/* Whether no allocation on this way, a chain of callers, has failed yet; one has then. */
static bool is_new_way(void)
{
    void *at[DEEP];
    uint64_t hash = UINT64_C(14695981039346656037);
    if (!ways.armed || ways.inside)
        return false;
    ways.inside = true;
    const int deep = backtrace(at, DEEP);
    ways.inside = false;
    for (int i = 3; i < deep - ways.outside; i++)
        if ((const char *)at[i] >= &__executable_start && (const char *)at[i] < &etext)
            hash = (hash ^ (uint64_t)(uintptr_t)at[i]) * UINT64_C(1099511628211);
    hash |= 1;
    size_t slot = (size_t)(hash >> 32) % WAYS;
    for (; ways.at[slot] != 0; slot = (slot + 1) % WAYS)
        if (ways.at[slot] == hash)
            return false;
    if (ways.count == WAYS / 2)
        return false;
    ways.at[slot] = hash;
    ways.count++;
    ways.armed = false;
    return true;
}

static void each_way_may_fail(void)
{
    void *at[DEEP];
    scarce_may_fail = NULL;
    ways.outside = backtrace(at, DEEP) - 3;
    scarce_struck = false;
    ways.armed = true;
    scarce_may_fail = is_new_way;
}

static bool each_way_over(void)
{
    const bool struck = scarce_struck;
    scarce_may_fail = NULL;
    ways.armed = scarce_struck = false;
    memory.failed += struck;
    return struck;
}

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

static const struct world_io each_way = {.may_fail = each_way_may_fail, .has_failed = has_failed, .over = each_way_over, .show = show,
                                         .memory = true};

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_IO_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

/* Lived until there is hardly a way left: in a batch that fails time and again nobody comes to rest. */
static void each_way_in(a_life *life)
{
    struct life *calm = life_live(life, 1, NULL);
    memory.failed = 100;
    for (uint64_t round = 0; memory.failed > 10 && round < seeds(20); round++) {
        const struct faults short_of_it = {.io = 200, .failing = &each_way};
        memory.failed = 0;
        struct life *stormy = life_live(life, 1, &short_of_it);
        life_assert_same(calm, stormy);
        life_free(stormy);
        assert_true(!SCARCE || memory.failed > 0 || round > 0);
        printf("  %lu allocations failed\n", memory.failed);
    }
    life_free(calm);
}

static void way_to_memory__that_fails_once_changes_nothing(void **state)
{
    (void)state;
    each_way_in(life_of_ledgers);
    each_way_in(life_of_journal);
    each_way_in(life_of_law);
}

static void same_life(a_life *life, uint64_t usual)
{
    const uint64_t count = seeds(usual);
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
        cmocka_unit_test(way_to_memory__that_fails_once_changes_nothing),
        cmocka_unit_test(memory__that_agents_want_for_a_moment_changes_nothing),
        cmocka_unit_test(memory__that_an_exchange_wants_for_a_moment_changes_nothing),
        cmocka_unit_test(memory__wanted_for_a_moment_while_the_law_changes_changes_nothing),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
