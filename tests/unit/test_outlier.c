/* Shares that stand out: spec/14-statistics.md, section 7. The expected odds were computed apart, from the binomial coefficients
 * as whole numbers, and by the recipe of the spec in another language. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agents/agent/view/outlier.h"

static void outlier__gives_the_odds_of_the_exact_test(void **state)
{
    static const struct {
        int64_t of, per, rest_of, rest_per, odds;
    } known[] = {{8, 20, 10, 200, 36691},        {0, 20, 10, 200, 1},      {5, 10, 5, 10, 1},     {30, 100, 200, 2000, 13702518},
                 {12, 40, 12, 160, 2485},        {3, 10, 30, 100, 1},      {1, 10, 0, 1000, 101}, {20, 20, 0, 20, 1000000000},
                 {300, 1000, 2000, 20000, 1000000000}, {500000, 1000000, 10000000, 20000000, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t odds = -1;
        assert_true(xj_outlier(known[i].of, known[i].per, known[i].rest_of, known[i].rest_per, &odds));
        assert_int_equal(odds, known[i].odds);
    }
}

static void outlier__says_nothing_of_few_or_impossible_counts(void **state)
{
    int64_t odds;
    (void)state;
    assert_false(xj_outlier(9, 9, 0, 1000, &odds));
    assert_false(xj_outlier(10, 10, 0, 9, &odds));
    assert_true(xj_outlier(10, 10, 0, 10, &odds));
    assert_false(xj_outlier(11, 10, 0, 100, &odds));
    assert_false(xj_outlier(5, 10, 101, 100, &odds));
    assert_false(xj_outlier(-1, 10, 0, 100, &odds));
    assert_false(xj_outlier(1, 10, 0, INT64_MAX, &odds));
    assert_false(xj_outlier(1, INT64_MAX, 0, 100, &odds));
}

/* More refusals out of as many are never likelier, and nobody who refuses like the rest stands out. */
static void outlier__grows_with_the_share(void **state)
{
    (void)state;
    for (int64_t per = 10; per <= 200; per += 19) {
        int64_t last = 0, odds;
        for (int64_t of = 0; of <= per; of++) {
            assert_true(xj_outlier(of, per, 100, 1000, &odds));
            assert_true(odds >= last);
            last = odds;
            if (10 * of <= per)
                assert_false(xj_outlier_stands_out(odds, 1));
        }
        assert_true(xj_outlier_stands_out(last, 100));
    }
}

static void outlier__asks_for_more_where_more_are_compared(void **state)
{
    (void)state;
    assert_true(xj_outlier_stands_out(2485, 24));
    assert_false(xj_outlier_stands_out(2485, 25));
    assert_false(xj_outlier_stands_out(99, 1));
    assert_true(xj_outlier_stands_out(100, 1));
    assert_false(xj_outlier_stands_out(1000000000, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outlier__gives_the_odds_of_the_exact_test),
        cmocka_unit_test(outlier__says_nothing_of_few_or_impossible_counts),
        cmocka_unit_test(outlier__grows_with_the_share),
        cmocka_unit_test(outlier__asks_for_more_where_more_are_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
