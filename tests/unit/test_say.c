/* What a daemon says: to whoever reads its lines, and to whoever started it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "schema/base/say.h"

/* What is written to the standard error while said() runs, through a pipe or a terminal. */
static void heard(bool terminal, void (*said)(void), char ret[4096])
{
    int ends[2], kept = dup(STDERR_FILENO);
    assert_true(kept >= 0);
    if (terminal) {
        ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
        assert_true(ends[0] >= 0);
        assert_true(grantpt(ends[0]) == 0 && unlockpt(ends[0]) == 0);
        ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    } else {
        assert_int_equal(pipe(ends), 0);
    }
    assert_true(ends[1] >= 0 && dup2(ends[1], STDERR_FILENO) == STDERR_FILENO);
    said();
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    const ssize_t n = read(ends[0], ret, 4095);
    close(ends[0]);
    close(ends[1]);
    close(kept);
    assert_true(n > 0);
    ret[n] = '\0';
}

static void one_line(void)
{
    xj_say(XJ_SAY_WARNING, "%d files in %s", 3, "/var");
}

static void long_line(void)
{
    char much[3000];
    memset(much, 'x', sizeof much);
    much[sizeof much - 1] = '\0';
    xj_say(XJ_SAY_WARNING, "%s", much);
}

static void say__writes_one_line_with_its_level(void **state)
{
    char line[4096], want[64];
    (void)state;
    heard(false, one_line, line);
    snprintf(want, sizeof want, "<%d>3 files in /var\n", XJ_SAY_WARNING);
    assert_string_equal(line, want);
    heard(false, long_line, line);
    assert_true(strlen(line) < 2049 && line[strlen(line) - 1] == '\n' && strchr(line, '\n') == line + strlen(line) - 1);
}

static void say__shows_a_person_no_level(void **state)
{
    char line[4096];
    (void)state;
    heard(true, one_line, line);
    assert_true(strncmp(line, "3 files in /var", 15) == 0);
}

/* A socket of that name; '@' stands for the NUL of an abstract one. */
static int listening(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    memcpy(at.sun_path, name, strlen(name));
    if (name[0] == '@')
        at.sun_path[0] = '\0';
    assert_int_equal(bind(fd, (const struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))), 0);
    return fd;
}

static void state__is_told_to_the_socket_that_is_named(void **state)
{
    char path[64], got[32];
    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/xj-say-%ld", i == 0 ? "/tmp" : "@xj", (long)getpid());
        const int fd = listening(path);
        assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
        xj_say_state("READY=1");
        assert_int_equal(recv(fd, got, sizeof got, 0), 7);
        assert_memory_equal(got, "READY=1", 7);
        close(fd);
        if (i == 0)
            assert_int_equal(unlink(path), 0);
    }
}

static void state__is_kept_to_oneself_where_nobody_asks(void **state)
{
    char path[64], longer[256], got[32];
    struct rlimit before, none;
    (void)state;
    snprintf(path, sizeof path, "@xj/xj-say-none-%ld", (long)getpid());
    const int fd = listening(path);
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    xj_say_state("READY=1");
    assert_int_equal(setenv("NOTIFY_SOCKET", "", 1), 0);
    xj_say_state("READY=1");
    memset(longer, 'a', sizeof longer - 1);
    longer[0] = '@';
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(setenv("NOTIFY_SOCKET", longer, 1), 0);
    xj_say_state("READY=1");
    assert_int_equal(setenv("NOTIFY_SOCKET", path, 1), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    xj_say_state("READY=1"); /* no descriptor is to be had */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(recv(fd, got, sizeof got, 0), -1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(say__writes_one_line_with_its_level),
        cmocka_unit_test(say__shows_a_person_no_level),
        cmocka_unit_test(state__is_told_to_the_socket_that_is_named),
        cmocka_unit_test(state__is_kept_to_oneself_where_nobody_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
