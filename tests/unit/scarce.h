/* Memory that runs out: the n-th allocation of the whole process, its libraries too, fails once. For a test program that says what
 * must come of it. Include it in the one file that holds main, which calls scarce_begin first; one thread. Digests are spared: without
 * them the program stops by its own rule (schema/base/hash.c). Under a sanitizer, which has an allocator of its own, nothing fails.
 * Tests only. */
#ifndef XJ_TEST_SCARCE_H
#define XJ_TEST_SCARCE_H

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define SCARCE 1
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef SCARCE
#define SCARCE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef SCARCE
#define SCARCE 0
#endif
#endif

static size_t scarce_left; /* allocations until the one that fails; 0: none does */
static bool scarce_struck;
static size_t scarce_least, scarce_most; /* sizes of those that count; most 0: all */
static bool (*scarce_may_fail)(void);    /* NULL, or says of each allocation whether it fails, in place of a number */

/* Lets the n-th allocation from now on fail, n from 1. */
static inline void scarce_at(size_t n)
{
    scarce_left = SCARCE ? n : 0;
    scarce_struck = false;
    scarce_least = scarce_most = 0;
    scarce_may_fail = NULL;
}

/* The same of those of least to most bytes: of one kind that a size tells from others. */
static inline void scarce_sized(size_t n, size_t least, size_t most)
{
    scarce_at(n);
    scarce_least = least;
    scarce_most = most;
}

/* No allocation fails any more; whether one did. */
static inline bool scarce_over(void)
{
    scarce_left = 0;
    return scarce_struck;
}

/* The next n to try: every one of the first hundred, then wider apart, so that long work is tried in reasonable time. */
static inline size_t scarce_next(size_t n)
{
    return n + 1 + n / 100;
}

#if SCARCE
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);

static bool scarce_asked(void)
{
    if (scarce_struck || scarce_may_fail == NULL || !scarce_may_fail())
        return false;
    scarce_struck = true;
    errno = ENOMEM;
    return true;
}

static bool scarce_now(size_t n)
{
    if (scarce_may_fail != NULL)
        return scarce_asked();
    if (scarce_left == 0 || n < scarce_least || (scarce_most > 0 && n > scarce_most) || --scarce_left > 0)
        return false;
    scarce_struck = true;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n)
{
    return scarce_now(n) ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t n)
{
    return scarce_now(count * n) ? NULL : __libc_calloc(count, n);
}

void *realloc(void *p, size_t n)
{
    return scarce_now(n) ? NULL : __libc_realloc(p, n);
}

static void *spared_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return __libc_malloc(n);
}

static void *spared_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return __libc_realloc(p, n);
}

static void spared_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}
#endif

/* False when libcrypto has allocated something already. */
static inline bool scarce_begin(void)
{
#if SCARCE
    return CRYPTO_set_mem_functions(spared_malloc, spared_realloc, spared_free) == 1;
#else
    return true;
#endif
}

#endif
