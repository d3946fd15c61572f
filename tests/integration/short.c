/* Stands between a program and the C library: every other write at an offset writes half of what was asked for, as the system may
 * do at any time. The file XJ_SHORT_MARK is made at the first. With XJ_SHORT_FULL=n the disk is full behind the first half of the
 * n-th: the rest of it fails, once. For test_io_errors.py. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int calls, halves;
static _Thread_local int full;

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    ssize_t (*const real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    const char *mark = getenv("XJ_SHORT_MARK"), *at_half = getenv("XJ_SHORT_FULL");
    if (full) {
        full = 0;
        errno = ENOSPC;
        return -1;
    }
    if (n < 2 || atomic_fetch_add(&calls, 1) % 2 == 0)
        return real(fd, p, n, at);
    const int half = atomic_fetch_add(&halves, 1) + 1;
    if (half == 1 && mark != NULL)
        close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    full = at_half != NULL && half == atoi(at_half);
    return real(fd, p, n / 2, at);
}
