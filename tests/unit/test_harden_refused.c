/* What a daemon gives up at its start, step by step, on a system that is only played: which steps there are, and that a step that the
 * system refuses is the last. Spec: spec/00-conventions.md, section 7. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "schema/base/harden.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

/* The system: what it allows, who runs, and the call that it refuses, by number. */
static struct {
    bool played;
    uid_t uid;
    struct rlimit limits[RLIM_NLIMITS];
    size_t steps, failing;
    bool root_comes_back;
    bool no_filter; /* no memory for one */
    size_t rules;
    bool loaded;
} sys;

static int step(void)
{
    if (++sys.steps != sys.failing)
        return 0;
    errno = EPERM;
    return -1;
}

int getrlimit(__rlimit_resource_t which, struct rlimit *ret)
{
    if (!sys.played)
        return (int)syscall(SYS_prlimit64, 0, which, NULL, ret);
    *ret = sys.limits[which];
    return step();
}

int setrlimit(__rlimit_resource_t which, const struct rlimit *set)
{
    if (!sys.played)
        return (int)syscall(SYS_prlimit64, 0, which, set, NULL);
    if (step() != 0)
        return -1;
    sys.limits[which] = *set;
    return 0;
}

int prctl(int option, ...)
{
    va_list ap;
    unsigned long a[4];
    va_start(ap, option);
    for (size_t i = 0; i < 4; i++)
        a[i] = va_arg(ap, unsigned long);
    va_end(ap);
    return sys.played ? step() : (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

uid_t geteuid(void)
{
    return sys.played ? sys.uid : (uid_t)syscall(SYS_geteuid);
}

struct passwd *getpwnam(const char *name)
{
    static char clerk[] = "clerk", root[] = "root";
    static struct passwd users[] = {{.pw_name = clerk, .pw_uid = 1000, .pw_gid = 1000}, {.pw_name = root, .pw_uid = 0, .pw_gid = 0}};
    for (size_t i = 0; i < 2; i++)
        if (strcmp(users[i].pw_name, name) == 0)
            return &users[i];
    return NULL;
}

int initgroups(const char *user, gid_t group)
{
    (void)user;
    (void)group;
    return step();
}

int setresgid(gid_t r, gid_t e, gid_t s)
{
    (void)r, (void)e, (void)s;
    return step();
}

int setresuid(uid_t r, uid_t e, uid_t s)
{
    (void)r, (void)s;
    if (e == 0 && sys.uid != 0 && !sys.root_comes_back)
        return -1; /* no step: it is to be refused */
    if (step() != 0)
        return -1;
    sys.uid = e;
    return 0;
}

scmp_filter_ctx seccomp_init(uint32_t action)
{
    (void)action;
    return sys.no_filter ? NULL : &sys;
}

int seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int call, unsigned int n, ...)
{
    (void)ctx, (void)action, (void)call, (void)n;
    sys.rules++;
    return step() != 0 ? -EPERM : 0;
}

int seccomp_load(const scmp_filter_ctx ctx)
{
    (void)ctx;
    sys.loaded = step() == 0;
    return sys.loaded ? 0 : -EPERM;
}

void seccomp_release(scmp_filter_ctx ctx)
{
    (void)ctx;
}

static void play(uid_t uid, size_t failing)
{
    memset(&sys, 0, sizeof sys);
    for (size_t i = 0; i < RLIM_NLIMITS; i++)
        sys.limits[i] = (struct rlimit){1024, 1u << 30};
    sys.uid = uid;
    sys.failing = failing;
    sys.played = true;
}

/* What it says ends up in text, at most 4095 bytes. */
static enum xj_err harden(const struct xj_harden *h, char text[4096])
{
    struct xj_buf out;
    xj_buf_init(&out, 4095);
    const enum xj_err err = xj_harden(h, &out);
    sys.played = false;
    assert_int_equal(out.err, XJ_OK);
    memcpy(text, xj_buf_cstr(&out), out.n + 1);
    xj_buf_free(&out);
    return err;
}

static const struct xj_harden all = {.files = 4096, .user = "clerk", .memory_bytes = 1u << 28};

static void harden__gives_up_all_that_it_can(void **state)
{
    char text[4096];
    (void)state;
    play(0, 0);
    assert_int_equal(harden(&all, text), XJ_OK);
    assert_string_equal(text, "");
    assert_int_equal(sys.uid, 1000);
    assert_int_equal(sys.limits[RLIMIT_CORE].rlim_max, 0);
    assert_int_equal(sys.limits[RLIMIT_NOFILE].rlim_cur, 4096);
    assert_true(SANITIZED || (sys.limits[RLIMIT_DATA].rlim_max == all.memory_bytes && sys.loaded && sys.rules > 40));
}

static void harden__stops_at_the_first_step_that_is_refused(void **state)
{
    char text[4096];
    size_t steps = 0;
    (void)state;
    play(0, 0);
    assert_int_equal(harden(&all, text), XJ_OK);
    steps = sys.steps;
    for (size_t n = 1; n <= steps; n++) {
        play(0, n);
        assert_int_equal(harden(&all, text), XJ_EDENIED);
        assert_non_null(strstr(text, "the system refuses"));
        assert_non_null(strstr(text, strerror(EPERM)));
        assert_int_equal(sys.steps, n);
        assert_false(sys.loaded);
    }
}

static void harden__wants_memory_for_its_filter(void **state)
{
    char text[4096];
    (void)state;
    if (SANITIZED)
        skip();
    play(0, 0);
    sys.no_filter = true;
    assert_int_equal(harden(&all, text), XJ_EDENIED);
    assert_non_null(strstr(text, "seccomp"));
    assert_false(sys.loaded);
}

static void harden__is_refused_when_root_comes_back(void **state)
{
    char text[4096];
    (void)state;
    play(0, 0);
    sys.root_comes_back = true;
    assert_int_equal(harden(&all, text), XJ_EDENIED);
    assert_non_null(strstr(text, "setresuid"));
    assert_false(sys.loaded);
}

static void harden__says_who_it_cannot_become(void **state)
{
    char text[4096];
    (void)state;
    play(1000, 0);
    assert_int_equal(harden(&all, text), XJ_OK); /* it is that user already */
    assert_string_equal(text, "");
    play(1001, 0);
    assert_int_equal(harden(&all, text), XJ_ECONFIG);
    assert_non_null(strstr(text, "cannot become user clerk"));
    play(0, 0);
    assert_int_equal(harden(&(struct xj_harden){.user = "stranger"}, text), XJ_ECONFIG);
    assert_non_null(strstr(text, "there is no user stranger"));
    play(0, 0);
    assert_int_equal(harden(&(struct xj_harden){.user = "root"}, text), XJ_OK);
    assert_int_equal(sys.uid, 0);
}

static void harden__warns_of_root_and_of_few_files(void **state)
{
    char text[4096];
    (void)state;
    play(0, 0);
    assert_int_equal(harden(&(struct xj_harden){.files = 0}, text), XJ_OK);
    assert_non_null(strstr(text, "running as root"));
    play(0, 0);
    assert_int_equal(harden(&(struct xj_harden){.user = ""}, text), XJ_OK);
    assert_non_null(strstr(text, "running as root"));
    play(1000, 0);
    assert_int_equal(harden(&(struct xj_harden){.files = 0}, text), XJ_OK);
    assert_string_equal(text, "");
    play(1000, 0);
    sys.limits[RLIMIT_NOFILE].rlim_max = 100;
    assert_int_equal(harden(&(struct xj_harden){.files = 4096}, text), XJ_OK);
    assert_non_null(strstr(text, "only 100 open files allowed; 4096 are recommended"));
    assert_int_equal(sys.limits[RLIMIT_NOFILE].rlim_cur, 100);
}

static void harden__keeps_a_limit_that_is_stricter(void **state)
{
    char text[4096];
    (void)state;
    if (SANITIZED)
        skip();
    play(1000, 0);
    sys.limits[RLIMIT_DATA].rlim_max = 1u << 20;
    assert_int_equal(harden(&(struct xj_harden){.memory_bytes = 1u << 28}, text), XJ_OK);
    assert_int_equal(sys.limits[RLIMIT_DATA].rlim_max, 1u << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harden__gives_up_all_that_it_can),
        cmocka_unit_test(harden__stops_at_the_first_step_that_is_refused),
        cmocka_unit_test(harden__wants_memory_for_its_filter),
        cmocka_unit_test(harden__is_refused_when_root_comes_back),
        cmocka_unit_test(harden__says_who_it_cannot_become),
        cmocka_unit_test(harden__warns_of_root_and_of_few_files),
        cmocka_unit_test(harden__keeps_a_limit_that_is_stricter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
