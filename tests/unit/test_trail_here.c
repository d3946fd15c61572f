/* The same trail as in test_trail.c, within one process that outlives its signals: what is noted of a defect, of whom, and what a damaged
 * file is worth. Spec: spec/00-conventions.md, section 8. */
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
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/trail.h"

#define TRAILS 4 /* as many as are noted at once */

static char path[64];
static sigjmp_buf outlived;
static volatile sig_atomic_t jumps, raised;

/* The end of a process, which here goes on. */
int raise(int signal)
{
    raised = signal;
    if (jumps)
        siglongjmp(outlived, 1);
    return 0;
}

static int arrive(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/xj-trail-XXXXXX");
    const int fd = mkstemp(path);
    jumps = raised = 0;
    return fd >= 0 && close(fd) == 0 && unlink(path) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    (void)unlink(path);
    return 0;
}

/* Opened with no handler of anybody else's in the way. */
static struct xj_trail *opened(const char *name)
{
    struct xj_trail *t = NULL;
    for (int s = 1; s < 32; s++)
        if (s != SIGKILL && s != SIGSTOP)
            (void)signal(s, SIG_DFL);
    assert_int_equal(xj_trail_open(name, &t), XJ_OK);
    assert_non_null(t);
    return t;
}

/* Closes it as a death would: what was under way stays so. */
static unsigned deaths_after(const char *what)
{
    struct xj_trail *t = opened(path);
    const unsigned n = xj_trail_deaths(t, xj_slice_cstr(what));
    xj_trail_close(t);
    return n;
}

static void at(struct xj_trail *t, const char *what)
{
    xj_trail_at(t, xj_slice_cstr(what));
}

static void signal__of_the_process_itself_is_a_death_at_what_is_under_way(void **state)
{
    (void)state;
    struct xj_trail *t = opened(path);
    at(t, "a");
    assert_int_equal(kill(getpid(), SIGABRT), 0);
    assert_int_equal(raised, SIGABRT);
    assert_int_equal(deaths_after("a"), 1);
    xj_trail_close(t);
    assert_int_equal(deaths_after("a"), 1);
}

static void fault__is_a_death(void **state)
{
    volatile uint8_t *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)state;
    assert_true(forbidden != MAP_FAILED);
    struct xj_trail *t = opened(path);
    at(t, "a");
    jumps = 1;
    if (sigsetjmp(outlived, 1) == 0)
        forbidden[7] = 1;
    jumps = 0;
    assert_int_equal(munmap((void *)(uintptr_t)forbidden, 4096), 0);
    assert_int_equal(raised, SIGSEGV);
    assert_int_equal(deaths_after("a"), 1);
    xj_trail_close(t);
}

static void signal__when_nothing_is_under_way_is_no_death(void **state)
{
    (void)state;
    struct xj_trail *t = opened(path);
    at(t, "a");
    xj_trail_past(t);
    assert_int_equal(kill(getpid(), SIGBUS), 0);
    assert_int_equal(raised, SIGBUS);
    xj_trail_died(t); /* nor when the program says so itself */
    assert_int_equal(deaths_after("a"), 0);
    xj_trail_close(t);
}

static void *abort_here(void *arg)
{
    (void)arg;
    (void)pthread_kill(pthread_self(), SIGABRT);
    return NULL;
}

static void signal__of_another_thread_or_process_is_no_death(void **state)
{
    (void)state;
    pthread_t other;
    int status = 0;
    struct xj_trail *t = opened(path);
    at(t, "a");
    assert_int_equal(pthread_create(&other, NULL, abort_here, NULL), 0);
    assert_int_equal(pthread_join(other, NULL), 0);
    assert_int_equal(raised, SIGABRT);
    xj_trail_close(t);
    raised = 0;
    t = opened(path);
    at(t, "a");
    const pid_t child = fork();
    if (child == 0)
        _exit(kill(getppid(), SIGILL) == 0 ? 0 : 1);
    while (waitpid(child, &status, 0) != child)
        ;
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(raised, SIGILL);
    assert_int_equal(deaths_after("a"), 0);
    xj_trail_close(t);
}

static void word__of_the_program_counts_like_a_death(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= XJ_TRAIL_DEATHS; n++) {
        struct xj_trail *t = opened(path);
        at(t, "a");
        xj_trail_died(t);
        assert_int_equal(deaths_after("a"), n);
        xj_trail_close(t);
    }
    struct xj_trail *t = opened(path);
    at(t, "a");
    xj_trail_past(t);
    assert_int_equal(xj_trail_deaths(t, xj_slice_cstr("a")), XJ_TRAIL_DEATHS); /* for good */
    xj_trail_close(t);
}

static void suspect__is_forgotten_when_somebody_came_past(void **state)
{
    (void)state;
    struct xj_trail *t = opened(path);
    at(t, "a");
    xj_trail_died(t);
    assert_int_equal(deaths_after("a"), 1);
    xj_trail_close(t);
    t = opened(path);
    at(t, "a");
    xj_trail_past(t);
    xj_trail_past(t);
    assert_int_equal(xj_trail_deaths(t, xj_slice_cstr("a")), 0);
    xj_trail_close(t);
}

static void names__are_told_apart_up_to_their_limit(void **state)
{
    char longer[XJ_TRAIL_WHAT + 2], other[XJ_TRAIL_WHAT + 2];
    (void)state;
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    memcpy(other, longer, sizeof other);
    other[XJ_TRAIL_WHAT] = 'b';
    const char *const names[] = {"", "x", longer};
    for (size_t i = 0; i < 3; i++) {
        struct xj_trail *t = opened(path);
        at(t, names[i]);
        xj_trail_died(t);
        assert_int_equal(deaths_after(names[i]), 1);
        xj_trail_close(t);
    }
    assert_int_equal(deaths_after(other), 1); /* cut alike */
    assert_int_equal(deaths_after("y"), 0);
}

static void suspects__that_are_oldest_make_room(void **state)
{
    char what[16];
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct xj_trail *t = opened(path);
        snprintf(what, sizeof what, "w%d", i % 17);
        at(t, what);
        xj_trail_died(t);
        assert_true(deaths_after(what) > 0);
        xj_trail_close(t);
    }
    assert_int_equal(deaths_after("w3"), 0); /* it had come back before the last places were given */
    assert_int_equal(deaths_after("w16"), 1);
}

static void file__of_another_form_is_begun_anew(void **state)
{
    char form[4096];
    (void)state;
    memset(form, 'x', sizeof form);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, form, sizeof form), sizeof form);
    close(fd);
    assert_int_equal(deaths_after("x"), 0);
    struct xj_trail *t = opened(path);
    at(t, "x");
    xj_trail_died(t);
    assert_int_equal(deaths_after("x"), 1);
    xj_trail_close(t);
}

/* Bytes of a name that says it is longer than any can be. */
static void name__of_an_impossible_length_is_like_none(void **state)
{
    (void)state;
    struct xj_trail *t = opened(path);
    at(t, "a");
    xj_trail_died(t);
    const int fd = open(path, O_RDWR);
    uint8_t bytes[64];
    assert_true(fd >= 0);
    assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
    bool found = false;
    for (size_t i = 16; i + 5 < sizeof bytes && !found; i += 4)
        if (bytes[i] == 1 && bytes[i + 4] == 'a') {
            const uint8_t huge[4] = {0xff, 0xff, 0xff, 0x7f};
            assert_int_equal(pwrite(fd, huge, 4, (off_t)i), 4);
            found = true;
        }
    close(fd);
    assert_true(found);
    assert_int_equal(deaths_after("a"), 0);
    xj_trail_close(t);
}

static void trails__beyond_those_noted_are_kept_like_files(void **state)
{
    struct xj_trail *all[TRAILS + 1];
    (void)state;
    for (int i = 0; i <= TRAILS; i++) {
        all[i] = opened(path);
        at(all[i], "a");
    }
    for (int i = TRAILS; i >= 0; i--)
        xj_trail_close(all[i]);
    assert_int_equal(deaths_after("a"), 0);
}

static void trail__that_cannot_be_kept_is_an_error(void **state)
{
    struct xj_trail *t = (struct xj_trail *)(void *)path;
    struct rlimit before, none;
    (void)state;
    assert_int_equal(xj_trail_open("/nowhere/at/all", &t), XJ_EIO);
    assert_null(t);
    assert_int_equal(xj_trail_open("/dev/null", &t), XJ_EIO); /* it gets no size */
    assert_null(t);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 16;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    const enum xj_err err = xj_trail_open(path, &t);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(err, XJ_EIO);
    assert_null(t);
}

#define T(name) cmocka_unit_test_setup_teardown(name, arrive, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(signal__of_the_process_itself_is_a_death_at_what_is_under_way),
        T(fault__is_a_death),
        T(signal__when_nothing_is_under_way_is_no_death),
        T(signal__of_another_thread_or_process_is_no_death),
        T(word__of_the_program_counts_like_a_death),
        T(suspect__is_forgotten_when_somebody_came_past),
        T(names__are_told_apart_up_to_their_limit),
        T(suspects__that_are_oldest_make_room),
        T(file__of_another_form_is_begun_anew),
        T(name__of_an_impossible_length_is_like_none),
        T(trails__beyond_those_noted_are_kept_like_files),
        T(trail__that_cannot_be_kept_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
