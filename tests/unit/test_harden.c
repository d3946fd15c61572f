/* What a daemon gives up at its start. Each test gives it up in a child. Spec: spec/00-conventions.md, section 7. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/harden.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* Runs what() in a child; its result is what the child's exit status says. */
static int in_child(int (*what)(struct xj_buf *text))
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        struct xj_buf text;
        xj_buf_init(&text, 4096);
        _exit(what(&text));
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int no_program(struct xj_buf *text)
{
    char *argv[] = {"true", NULL};
    if (xj_harden(&(struct xj_harden){.memory_bytes = 0}, text) != XJ_OK)
        return 1;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 2;
    if (SANITIZED)
        return 0;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != -1 || errno != EPERM)
        return 3;
    (void)execv("/bin/true", argv);
    return errno == EPERM ? 0 : 4;
}

static void harden__no_other_program_is_started_and_no_process_looked_into(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_program), 0);
}

/* Neither by the calls that are refused by name, nor by clone, which threads need. clone3 is not there at all: what it asks for lies
 * in memory, where a filter does not look. */
static int no_namespace(struct xj_buf *text)
{
    const struct xj_harden h = {0};
    if (xj_harden(&h, text) != XJ_OK)
        return 1;
    if (SANITIZED)
        return 0;
    if (syscall(SYS_unshare, CLONE_NEWUSER) != -1 || errno != EPERM)
        return 2;
    const long child = syscall(SYS_clone, (unsigned long)(CLONE_NEWUSER | SIGCHLD), NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(0);
    if (child != -1 || errno != EPERM)
        return 3;
    uint64_t arguments[8] = {CLONE_NEWUSER, [4] = SIGCHLD};
    const long third = syscall(SYS_clone3, arguments, sizeof arguments);
    if (third == 0)
        _exit(0);
    return third == -1 && errno == ENOSYS ? 0 : 4;
}

static void harden__no_namespace_is_opened(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_namespace), 0);
}

static int no_dump(struct xj_buf *text)
{
    struct rlimit core, files;
    if (xj_harden(&(struct xj_harden){.files = 64}, text) != XJ_OK)
        return 1;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return 3;
    return getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == 64 ? 0 : 4;
}

static void harden__leaves_no_core_file_and_lets_nobody_look_in(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_dump), 0);
}

static int capped(struct xj_buf *text)
{
    if (xj_harden(&(struct xj_harden){.memory_bytes = 64u * 1024 * 1024}, text) != XJ_OK)
        return 1;
    void *much = mmap(NULL, 80u * 1024 * 1024, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *some = malloc(1024 * 1024);
    const int rc = some == NULL ? 2 : much != MAP_FAILED && !SANITIZED ? 3 : 0;
    free(some);
    return rc;
}

static void harden__memory_beyond_the_cap_is_not_given(void **state)
{
    (void)state;
    assert_int_equal(in_child(capped), 0);
}

static int another_user(struct xj_buf *text)
{
    if (xj_harden(&(struct xj_harden){.user = "nobody"}, text) != XJ_OK)
        return 1;
    if (geteuid() == 0 || getuid() == 0 || getegid() == 0 || setresuid(0, 0, 0) == 0)
        return 2;
    /* and what is nobody's cannot become somebody */
    return xj_harden(&(struct xj_harden){.user = "root"}, text) == XJ_ECONFIG ? 0 : 3;
}

static void harden__started_as_root_becomes_the_user_named_for_good(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_child(another_user), 0);
}

static int no_such_user(struct xj_buf *text)
{
    if (xj_harden(&(struct xj_harden){.user = "xj-no-such-user"}, text) != XJ_ECONFIG)
        return 1;
    const char *why = xj_buf_cstr(text);
    return why != NULL && strstr(why, "xj-no-such-user") != NULL ? 0 : 2;
}

static void harden__a_user_that_is_not_there_is_named(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_such_user), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harden__no_other_program_is_started_and_no_process_looked_into),
        cmocka_unit_test(harden__no_namespace_is_opened),
        cmocka_unit_test(harden__leaves_no_core_file_and_lets_nobody_look_in),
        cmocka_unit_test(harden__memory_beyond_the_cap_is_not_given),
        cmocka_unit_test(harden__started_as_root_becomes_the_user_named_for_good),
        cmocka_unit_test(harden__a_user_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
