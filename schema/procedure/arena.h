/* A bump allocator: many small pieces that live and die together. Any thread, one owner at a time.
 * Spec: spec/07-procedure.md, section 7 (memory of a decoded procedure).
 * An arena's error is sticky: after the first failure every request gives NULL, and the caller checks once at the end. */
#ifndef XJ_ARENA_H
#define XJ_ARENA_H

#include "schema/base/buf.h"

struct xj_arena;

/* An empty arena that hands out at most ceiling bytes in all; NULL when memory is out. Free with xj_arena_free. */
struct xj_arena *xj_arena_new(size_t ceiling_bytes);
void xj_arena_free(struct xj_arena *arena); /* NULL is fine */
/* count zeroed elements of size bytes, aligned for any type; borrowed until the arena is freed. For count 0 a pointer that
 * is not NULL and must not be read. NULL on failure, which sticks. */
void *xj_arena_array(struct xj_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy of s; NULL on failure (sticky). A NUL byte inside s is the caller's to refuse. */
const char *xj_arena_text(struct xj_arena *arena, struct xj_slice s);
/* XJ_OK, XJ_ENOMEM or XJ_ELIMIT: the first failure. */
enum xj_err xj_arena_err(const struct xj_arena *arena);

#endif
