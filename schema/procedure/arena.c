#include "schema/procedure/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES 16384u

struct block {
    struct block *next;
    size_t used, cap;
    alignas(max_align_t) uint8_t bytes[];
};

struct xj_arena {
    struct block *blocks; /* the newest, the only one that is filled, first */
    size_t total, ceiling;
    enum xj_err err;
};

struct xj_arena *xj_arena_new(size_t ceiling_bytes)
{
    struct xj_arena *arena = calloc(1, sizeof *arena);
    if (arena != NULL)
        arena->ceiling = ceiling_bytes;
    return arena;
}

void xj_arena_free(struct xj_arena *arena)
{
    if (arena == NULL)
        return;
    while (arena->blocks != NULL) {
        struct block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    free(arena);
}

static struct block *block_with_room(struct xj_arena *arena, size_t n)
{
    struct block *b = arena->blocks;
    if (b != NULL && b->cap - b->used >= n)
        return b;
    size_t cap = n > BLOCK_BYTES ? n : BLOCK_BYTES;
    b = calloc(1, sizeof *b + cap);
    if (b == NULL)
        return NULL;
    b->cap = cap;
    b->next = arena->blocks;
    arena->blocks = b;
    return b;
}

void *xj_arena_array(struct xj_arena *arena, size_t count, size_t size)
{
    size_t align = alignof(max_align_t);
    if (arena->err != XJ_OK)
        return NULL;
    if (size != 0 && count > (SIZE_MAX - align) / size) {
        arena->err = XJ_ELIMIT;
        return NULL;
    }
    size_t n = (count * size + align) / align * align; /* at least one unit: never NULL for an empty array */
    if (n > arena->ceiling - arena->total) {
        arena->err = XJ_ELIMIT;
        return NULL;
    }
    struct block *b = block_with_room(arena, n);
    if (b == NULL) {
        arena->err = XJ_ENOMEM;
        return NULL;
    }
    void *p = b->bytes + b->used;
    b->used += n;
    arena->total += n;
    return p;
}

const char *xj_arena_text(struct xj_arena *arena, struct xj_slice s)
{
    char *copy = xj_arena_array(arena, s.n + 1, 1);
    if (copy != NULL && s.n > 0)
        memcpy(copy, s.p, s.n);
    return copy;
}

enum xj_err xj_arena_err(const struct xj_arena *arena)
{
    return arena->err;
}
