/* What a process was at when it died. Each death is a child's. Spec: spec/00-conventions.md, section 8. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/trail.h"

static char path[64];

static int arrive(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/xj-trail-XXXXXX");
    const int fd = mkstemp(path);
    return fd >= 0 && close(fd) == 0 && unlink(path) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    return unlink(path);
}

enum end { BY_ABORT, BY_FAULT, BY_KILL, BY_SOMEBODY, BY_WORD, BY_ANOTHER_THREAD, CLEAN };

static void *abort_here(void *arg)
{
    (void)arg;
    abort();
}

/* A process that is at `what` when it ends so. */
static void live_and_die(const char *what, enum end end)
{
    int told[2];
    assert_int_equal(pipe(told), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        const struct rlimit none = {0, 0};
        struct xj_trail *t;
        (void)setrlimit(RLIMIT_CORE, &none);
        for (int s = 1; s < 32; s++) /* what the test's own library does at a signal is not of interest here */
            (void)signal(s, SIG_DFL);
        if (xj_trail_open(path, &t) != XJ_OK)
            _exit(9);
        xj_trail_at(t, xj_slice_cstr(what));
        if (write(told[1], "r", 1) != 1)
            _exit(9);
        if (end == BY_ABORT)
            abort();
        if (end == BY_FAULT)
            (void)raise(SIGSEGV);
        if (end == BY_KILL)
            (void)raise(SIGKILL);
        if (end == BY_SOMEBODY)
            for (;;)
                (void)pause();
        if (end == BY_WORD)
            xj_trail_died(t);
        if (end == BY_ANOTHER_THREAD) {
            pthread_t other;
            (void)pthread_create(&other, NULL, abort_here, NULL);
            (void)pthread_join(other, NULL);
        }
        if (end == CLEAN)
            xj_trail_past(t);
        _exit(0);
    }
    int status = 0;
    if (end == BY_SOMEBODY) {
        char ready = 0;
        assert_int_equal(read(told[0], &ready, 1), 1);
        assert_int_equal(kill(pid, SIGABRT), 0);
    }
    close(told[0]);
    close(told[1]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    assert_int_equal(WIFSIGNALED(status), end != BY_WORD && end != CLEAN);
}

static unsigned deaths(const char *what)
{
    struct xj_trail *t = NULL;
    assert_int_equal(xj_trail_open(path, &t), XJ_OK);
    const unsigned n = xj_trail_deaths(t, xj_slice_cstr(what));
    xj_trail_close(t);
    return n;
}

static void trail__counts_the_deaths_at_one_thing(void **state)
{
    (void)state;
    assert_int_equal(deaths("a"), 0);
    live_and_die("a", BY_ABORT);
    assert_int_equal(deaths("a"), 1);
    assert_int_equal(deaths("a"), 1); /* counted once, however often it is looked at */
    live_and_die("a", BY_FAULT);
    live_and_die("b", BY_WORD);
    live_and_die("a", BY_ABORT);
    assert_int_equal(deaths("a"), XJ_TRAIL_DEATHS);
    assert_int_equal(deaths("b"), 1);
    assert_int_equal(deaths("c"), 0);
}

static void trail__does_not_count_what_is_no_defect_of_that_thread(void **state)
{
    (void)state;
    live_and_die("a", BY_KILL);
    live_and_die("a", BY_SOMEBODY);
    live_and_die("a", BY_ANOTHER_THREAD);
    assert_int_equal(deaths("a"), 0);
}

static void trail__forgets_what_somebody_came_past_before_the_third_death(void **state)
{
    (void)state;
    live_and_die("a", BY_ABORT);
    live_and_die("a", BY_ABORT);
    live_and_die("a", CLEAN);
    assert_int_equal(deaths("a"), 0);
    for (int i = 0; i < 3; i++)
        live_and_die("a", BY_ABORT);
    live_and_die("a", CLEAN); /* put aside, not read */
    assert_int_equal(deaths("a"), XJ_TRAIL_DEATHS);
}

static void trail__keeps_the_latest_suspects_and_begins_anew_over_damage(void **state)
{
    char what[16];
    (void)state;
    for (int i = 0; i < 20; i++) {
        snprintf(what, sizeof what, "w%d", i);
        live_and_die(what, BY_WORD);
    }
    assert_int_equal(deaths("w0"), 0);
    assert_int_equal(deaths("w19"), 1);
    const int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "nonsense", 8), 8);
    close(fd);
    assert_int_equal(deaths("w19"), 0);
    live_and_die("w19", BY_ABORT);
    assert_int_equal(deaths("w19"), 1);
}

/* A name longer than any, in the midst of a death: nobody's, and nothing is read behind it. */
static void trail__bears_rubbish_behind_its_own_first_bytes(void **state)
{
    unsigned char rubbish[4096];
    (void)state;
    assert_int_equal(deaths("a"), 0);
    memset(rubbish, 0xff, sizeof rubbish);
    const int fd = open(path, O_RDWR);
    const off_t n = lseek(fd, 0, SEEK_END);
    assert_true(n > 16);
    for (off_t at = 16; at < n; at += (off_t)sizeof rubbish) {
        const size_t part = n - at < (off_t)sizeof rubbish ? (size_t)(n - at) : sizeof rubbish;
        assert_int_equal(pwrite(fd, rubbish, part, at), (ssize_t)part);
    }
    close(fd);
    assert_int_equal(deaths("a"), 0);
    live_and_die("a", BY_ABORT);
    assert_int_equal(deaths("a"), 1);
}

static void trail__none_notes_nothing(void **state)
{
    (void)state;
    xj_trail_at(NULL, xj_slice_cstr("a"));
    xj_trail_past(NULL);
    xj_trail_died(NULL);
    assert_int_equal(xj_trail_deaths(NULL, xj_slice_cstr("a")), 0);
    xj_trail_close(NULL);
    assert_int_equal(deaths("a"), 0); /* makes the file that leave() takes away */
}

#define T(name) cmocka_unit_test_setup_teardown(name, arrive, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(trail__counts_the_deaths_at_one_thing),
        T(trail__does_not_count_what_is_no_defect_of_that_thread),
        T(trail__forgets_what_somebody_came_past_before_the_third_death),
        T(trail__keeps_the_latest_suspects_and_begins_anew_over_damage),
        T(trail__bears_rubbish_behind_its_own_first_bytes),
        T(trail__none_notes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
