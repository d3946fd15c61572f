/* A queue between two threads: what it holds comes out in order, what is too much waits or is refused, and closing wakes everybody. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>

#include "schema/base/queue.h"

#define MANY 2000u

static int numbers[MANY];

static struct xj_queue *queue_of(size_t capacity)
{
    struct xj_queue *q = NULL;
    assert_int_equal(xj_queue_new(capacity, &q), XJ_OK);
    assert_non_null(q);
    return q;
}

static bool is_readable(const struct xj_queue *q)
{
    struct pollfd p = {.fd = xj_queue_fd(q), .events = POLLIN};
    assert_true(poll(&p, 1, 0) >= 0);
    return (p.revents & POLLIN) != 0;
}

static void queue__gives_in_order_and_refuses_what_is_too_much(void **state)
{
    (void)state;
    struct xj_queue *q = queue_of(2);
    assert_null(xj_queue_try_pop(q));
    assert_false(is_readable(q));
    assert_true(xj_queue_try_push(q, &numbers[0]));
    assert_true(is_readable(q));
    assert_true(xj_queue_push(q, &numbers[1]));
    assert_false(xj_queue_try_push(q, &numbers[2]));
    assert_ptr_equal(xj_queue_try_pop(q), &numbers[0]);
    assert_true(is_readable(q)); /* there is one left */
    assert_true(xj_queue_try_push(q, &numbers[2]));
    assert_ptr_equal(xj_queue_pop(q, -1), &numbers[1]);
    assert_ptr_equal(xj_queue_pop(q, 0), &numbers[2]);
    assert_false(is_readable(q));
    xj_queue_free(q);
    xj_queue_free(NULL);
}

static void queue__that_is_empty_gives_nothing_in_time(void **state)
{
    (void)state;
    struct xj_queue *q = queue_of(1);
    assert_null(xj_queue_pop(q, 0));
    assert_null(xj_queue_pop(q, 1));
    xj_queue_free(q);
}

static void queue__that_is_closed_takes_no_more_and_gives_what_it_has(void **state)
{
    (void)state;
    struct xj_queue *q = queue_of(2);
    assert_false(xj_queue_is_closed(q));
    assert_true(xj_queue_push(q, &numbers[0]));
    xj_queue_close(q);
    assert_true(xj_queue_is_closed(q));
    assert_false(xj_queue_push(q, &numbers[1]));
    assert_false(xj_queue_try_push(q, &numbers[1]));
    assert_ptr_equal(xj_queue_pop(q, -1), &numbers[0]);
    assert_null(xj_queue_pop(q, -1));
    xj_queue_free(q);
}

static void *push_many(void *arg)
{
    struct xj_queue *q = arg;
    for (size_t i = 0; i < MANY; i++)
        if (!xj_queue_push(q, &numbers[i]))
            return NULL;
    xj_queue_close(q);
    return q;
}

static void queue__hands_over_all_of_it_however_small_it_is(void **state)
{
    (void)state;
    struct xj_queue *q = queue_of(1);
    pthread_t other;
    void *done = NULL;
    assert_int_equal(pthread_create(&other, NULL, push_many, q), 0);
    for (size_t i = 0; i < MANY; i++)
        assert_ptr_equal(xj_queue_pop(q, -1), &numbers[i]);
    assert_null(xj_queue_pop(q, -1));
    assert_int_equal(pthread_join(other, &done), 0);
    assert_ptr_equal(done, q);
    xj_queue_free(q);
}

static void queue__that_is_full_lets_go_who_waits_when_it_is_closed(void **state)
{
    (void)state;
    struct xj_queue *q = queue_of(1);
    pthread_t other;
    void *done = q;
    assert_int_equal(pthread_create(&other, NULL, push_many, q), 0);
    assert_ptr_equal(xj_queue_pop(q, -1), &numbers[0]); /* it has begun */
    xj_queue_close(q);
    assert_int_equal(pthread_join(other, &done), 0);
    assert_null(done);
    xj_queue_free(q);
}

static void queue__without_a_descriptor_is_none(void **state)
{
    struct rlimit before, none;
    struct xj_queue *q = NULL;
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const enum xj_err err = xj_queue_new(4, &q);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(err, XJ_EIO);
    assert_null(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queue__gives_in_order_and_refuses_what_is_too_much),
        cmocka_unit_test(queue__that_is_empty_gives_nothing_in_time),
        cmocka_unit_test(queue__that_is_closed_takes_no_more_and_gives_what_it_has),
        cmocka_unit_test(queue__hands_over_all_of_it_however_small_it_is),
        cmocka_unit_test(queue__that_is_full_lets_go_who_waits_when_it_is_closed),
        cmocka_unit_test(queue__without_a_descriptor_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
