/* Borrowed bytes (slice) and a growing buffer with a mandatory ceiling. Any thread, one owner at a time.
 * Spec: spec/00-conventions.md, section 4.
 * A buffer's error is sticky: after the first failure every append does nothing, and the caller checks once at the end. */
#ifndef XJ_BUF_H
#define XJ_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/err.h"

struct xj_slice {
    const uint8_t *p; /* borrowed; may be NULL only when n is 0 */
    size_t n;         /* bytes */
};

struct xj_buf {
    uint8_t *p;
    size_t n, cap, ceiling; /* bytes */
    enum xj_err err;        /* XJ_OK, XJ_ENOMEM or XJ_ELIMIT; sticky */
};

/* An empty buffer that will refuse to grow past ceiling bytes. Allocates nothing yet. */
void xj_buf_init(struct xj_buf *buf, size_t ceiling);
/* Frees the bytes and zeroes the struct; safe on a zeroed struct and twice. */
void xj_buf_free(struct xj_buf *buf);
/* Wipes the bytes before freeing: for keys and plaintext. */
void xj_buf_wipe(struct xj_buf *buf);
/* Keeps the memory, forgets content and error. */
void xj_buf_reset(struct xj_buf *buf);
/* Appends n bytes; p may be NULL when n is 0, and must not point into buf. On failure buf->err is set and content is
 * unchanged. */
void xj_buf_add(struct xj_buf *buf, const void *p, size_t n);
void xj_buf_add_slice(struct xj_buf *buf, struct xj_slice s);
/* Appends a C string without its NUL. */
void xj_buf_add_str(struct xj_buf *buf, const char *s);
/* printf-style append, without NUL in the content. */
void xj_buf_addf(struct xj_buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Appends n zero bytes and returns where they begin, or NULL on failure; valid until the next append. */
uint8_t *xj_buf_room(struct xj_buf *buf, size_t n);
/* Content plus a NUL that is not counted, or NULL when err is set; valid until the next append. */
const char *xj_buf_cstr(struct xj_buf *buf);
struct xj_slice xj_buf_slice(const struct xj_buf *buf);

struct xj_slice xj_slice_of(const void *p, size_t n);
struct xj_slice xj_slice_cstr(const char *s);
bool xj_slice_eq(struct xj_slice a, struct xj_slice b);
bool xj_slice_is(struct xj_slice a, const char *cstr);
int xj_slice_cmp(struct xj_slice a, struct xj_slice b); /* bytewise, shorter first on a common prefix */
/* A NUL-terminated copy to be freed by the caller; NULL when memory is out or s holds a NUL byte. */
char *xj_slice_dup(struct xj_slice s);

#endif
