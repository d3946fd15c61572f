#include "schema/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64u

void xj_buf_init(struct xj_buf *buf, size_t ceiling)
{
    *buf = (struct xj_buf){.ceiling = ceiling};
}

void xj_buf_free(struct xj_buf *buf)
{
    free(buf->p);
    *buf = (struct xj_buf){0};
}

void xj_buf_wipe(struct xj_buf *buf)
{
    if (buf->p != NULL)
        explicit_bzero(buf->p, buf->cap);
    xj_buf_free(buf);
}

void xj_buf_reset(struct xj_buf *buf)
{
    buf->n = 0;
    buf->err = XJ_OK;
}

/* Makes the allocation hold at least need bytes. Not realloc: it would leave a copy of the old bytes in freed memory, out
 * of reach of xj_buf_wipe. */
static bool reserve(struct xj_buf *buf, size_t need)
{
    if (need <= buf->cap)
        return true;
    size_t cap = buf->cap < FIRST_CAP ? FIRST_CAP : 2 * buf->cap; /* what was had is never half of all that could be */
    if (cap < need)
        cap = need;
    if (cap > buf->ceiling)
        cap = need > buf->ceiling ? need : buf->ceiling;
    uint8_t *p = malloc(cap);
    if (p == NULL) {
        buf->err = XJ_ENOMEM;
        return false;
    }
    if (buf->n > 0)
        memcpy(p, buf->p, buf->n);
    if (buf->p != NULL)
        explicit_bzero(buf->p, buf->cap);
    free(buf->p);
    buf->p = p;
    buf->cap = cap;
    return true;
}

/* Room for n more content bytes and extra bytes that are not content (a NUL, or what keeps a pointer from being NULL); the latter
 * only for n far below SIZE_MAX. */
static bool room(struct xj_buf *buf, size_t n, size_t extra)
{
    if (buf->err != XJ_OK)
        return false;
    if (n > buf->ceiling || buf->n > buf->ceiling - n) {
        buf->err = XJ_ELIMIT;
        return false;
    }
    return reserve(buf, buf->n + n + extra);
}

void xj_buf_add(struct xj_buf *buf, const void *p, size_t n)
{
    if (n == 0 || !room(buf, n, 0))
        return;
    memcpy(buf->p + buf->n, p, n);
    buf->n += n;
}

void xj_buf_add_slice(struct xj_buf *buf, struct xj_slice s)
{
    xj_buf_add(buf, s.p, s.n);
}

void xj_buf_add_str(struct xj_buf *buf, const char *s)
{
    xj_buf_add(buf, s, strlen(s));
}

void xj_buf_addf(struct xj_buf *buf, const char *fmt, ...)
{
    if (buf->err != XJ_OK)
        return;
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        buf->err = XJ_ELIMIT;
    } else if (room(buf, (size_t)len, 1)) {
        (void)vsnprintf((char *)buf->p + buf->n, (size_t)len + 1, fmt, again);
        buf->n += (size_t)len;
    }
    va_end(again);
}

uint8_t *xj_buf_room(struct xj_buf *buf, size_t n)
{
    if (!room(buf, n, n == 0 ? 1 : 0))
        return NULL;
    uint8_t *at = buf->p + buf->n;
    if (n > 0)
        memset(at, 0, n);
    buf->n += n;
    return at;
}

const char *xj_buf_cstr(struct xj_buf *buf)
{
    if (!room(buf, 0, 1))
        return NULL;
    buf->p[buf->n] = 0;
    return (const char *)buf->p;
}

struct xj_slice xj_buf_slice(const struct xj_buf *buf)
{
    return (struct xj_slice){buf->p, buf->n};
}

struct xj_slice xj_slice_of(const void *p, size_t n)
{
    return (struct xj_slice){p, n};
}

struct xj_slice xj_slice_cstr(const char *s)
{
    return (struct xj_slice){(const uint8_t *)s, strlen(s)};
}

bool xj_slice_eq(struct xj_slice a, struct xj_slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool xj_slice_is(struct xj_slice a, const char *cstr)
{
    return xj_slice_eq(a, xj_slice_cstr(cstr));
}

int xj_slice_cmp(struct xj_slice a, struct xj_slice b)
{
    size_t common = a.n < b.n ? a.n : b.n;
    int order = common == 0 ? 0 : memcmp(a.p, b.p, common);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.n < b.n ? -1 : a.n > b.n;
}

char *xj_slice_dup(struct xj_slice s)
{
    if (s.n == SIZE_MAX || (s.n > 0 && memchr(s.p, 0, s.n) != NULL))
        return NULL;
    char *copy = malloc(s.n + 1);
    if (copy == NULL)
        return NULL;
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    return copy;
}
