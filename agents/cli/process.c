#include "agents/cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "schema/base/file.h"

#define PATIENCE_MS 10000
#define CMDLINE_BYTES 65536

void xj_process_init(struct xj_process *p)
{
    *p = (struct xj_process){.pid = 0, .fd = -1, .child = false};
}

void xj_process_forget(struct xj_process *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    xj_process_init(p);
}

/* In the child, between fork and exec: async-signal-safe calls only. Returns only when something failed. */
static int become(const char *program, char *const *argv, int null_fd, int log_fd, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
        return errno;
    if (parent != 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
            return errno;
        if (getppid() != parent)
            return ESRCH; /* the parent died before it could be watched */
    } else if (setsid() < 0) {
        return errno;
    }
    if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(log_fd, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0)
        return errno;
    (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC); /* libraries' sockets and databases are no heirloom */
    (void)execv(program, argv);
    return errno;
}

/* What the child says of its failure: 0 when the pipe closes by exec. */
static int wait_for_exec(int fd)
{
    int code = 0;
    ssize_t n;
    do
        n = read(fd, &code, sizeof code);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)sizeof code ? code : 0;
}

static enum xj_err start_with(struct xj_process *p, const char *program, char *const *argv, int null_fd, int log_fd,
                              bool bound, int *ret_errno)
{
    int pipe_fd[2];
    if (pipe2(pipe_fd, O_CLOEXEC) != 0) {
        *ret_errno = errno;
        return XJ_EIO;
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        int code = become(program, argv, null_fd, log_fd, bound ? parent : 0);
        ssize_t n = write(pipe_fd[1], &code, sizeof code);
        _exit(n == (ssize_t)sizeof code ? 126 : 127);
    }
    *ret_errno = pid < 0 ? errno : 0;
    (void)close(pipe_fd[1]);
    if (pid > 0)
        *ret_errno = wait_for_exec(pipe_fd[0]);
    (void)close(pipe_fd[0]);
    if (pid > 0 && *ret_errno != 0)
        (void)waitpid(pid, NULL, 0);
    if (pid < 0 || *ret_errno != 0)
        return *ret_errno == ENOENT ? XJ_ENOTFOUND : *ret_errno == EACCES ? XJ_EDENIED : XJ_EIO;
    *p = (struct xj_process){.pid = pid, .fd = pidfd_open(pid, 0), .child = true};
    if (p->fd >= 0)
        return XJ_OK;
    *ret_errno = errno; /* a process that cannot be watched is not left behind */
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    xj_process_init(p);
    return XJ_EIO;
}

enum xj_err xj_process_start(struct xj_process *p, const char *program, char *const *argv, const char *log, bool bound,
                             struct xj_buf *text)
{
    int code = 0;
    enum xj_err err = XJ_EIO;
    int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (null_fd < 0 || log_fd < 0)
        code = errno;
    else
        err = start_with(p, program, argv, null_fd, log_fd, bound, &code);
    if (null_fd >= 0)
        (void)close(null_fd);
    if (log_fd >= 0)
        (void)close(log_fd);
    if (err != XJ_OK && text != NULL)
        xj_buf_addf(text, "启动不了 %s：%s / cannot start %s: %s\n", program, strerrordesc_np(code), program,
                    strerrordesc_np(code));
    return err;
}

static bool has_argument(pid_t pid, const char *mark)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/cmdline", (long)pid);
    char *line = malloc(CMDLINE_BYTES);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = line != NULL && fd >= 0 ? read(fd, line, CMDLINE_BYTES - 1) : -1;
    bool found = false;
    if (n > 0) {
        line[n] = '\0';
        for (char *at = line; at < line + n && !found; at += strlen(at) + 1)
            found = strcmp(at, mark) == 0;
    }
    if (fd >= 0)
        (void)close(fd);
    free(line);
    return found;
}

enum xj_err xj_process_find(struct xj_process *p, const char *pid_file, const char *mark)
{
    struct xj_buf text;
    enum xj_err err = xj_file_read(pid_file, 64, &text);
    if (err != XJ_OK)
        return XJ_ENOTFOUND;
    const char *digits = xj_buf_cstr(&text);
    char *end = NULL;
    long pid = digits != NULL ? strtol(digits, &end, 10) : 0;
    xj_buf_free(&text);
    if (pid <= 1)
        return XJ_ENOTFOUND;
    int fd = pidfd_open((pid_t)pid, 0);
    if (fd < 0)
        return XJ_ENOTFOUND;
    /* Held first, looked at second: what is looked at cannot be replaced by another process any more. */
    *p = (struct xj_process){.pid = (pid_t)pid, .fd = fd, .child = false};
    if (has_argument(p->pid, mark) && xj_process_runs(p, 0))
        return XJ_OK;
    xj_process_forget(p);
    return XJ_ENOTFOUND;
}

enum xj_err xj_process_note(const struct xj_process *p, const char *pid_file)
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%ld\n", (long)p->pid);
    return xj_file_write_atomic(pid_file, xj_slice_of(digits, (size_t)n), 0600);
}

bool xj_process_runs(struct xj_process *p, int wait_ms)
{
    if (p->pid == 0)
        return false;
    struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
    int n;
    do
        n = poll(&pfd, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0 || (pfd.revents & POLLIN) == 0)
        return true;
    if (p->child)
        (void)waitpid(p->pid, NULL, 0);
    xj_process_forget(p);
    return false;
}

void xj_process_ask(struct xj_process *p)
{
    if (xj_process_runs(p, 0))
        (void)pidfd_send_signal(p->fd, SIGTERM, NULL, 0);
}

enum xj_err xj_process_end(struct xj_process *p, bool kill_now)
{
    if (!xj_process_runs(p, 0))
        return XJ_OK;
    (void)pidfd_send_signal(p->fd, kill_now ? SIGKILL : SIGTERM, NULL, 0);
    if (!xj_process_runs(p, PATIENCE_MS))
        return XJ_OK;
    (void)pidfd_send_signal(p->fd, SIGKILL, NULL, 0);
    return xj_process_runs(p, PATIENCE_MS) ? XJ_EIO : XJ_OK;
}
