#include <string.h>

#include "schema/base/be.h"
#include "schema/base/utf8.h"
#include "schema/wire/read.h"

enum shape { SHAPE_INVALID = 0, SHAPE_PLAIN, SHAPE_UINT, SHAPE_INT, SHAPE_STR, SHAPE_BIN, SHAPE_ARRAY, SHAPE_MAP };

/* What a head byte from 0xc0 to 0xdf announces. A number of width bytes follows; it is in shortest form when it is at
 * least limit, or for SHAPE_INT less than limit. */
struct form {
    uint8_t shape, width;
    int64_t limit;
};

static const struct form forms[32] = {
    [0x00] = {SHAPE_PLAIN, 0, 0},                                                      /* nil; 0xc1 is never used */
    [0x02] = {SHAPE_PLAIN, 0, 0},    [0x03] = {SHAPE_PLAIN, 0, 0},                     /* false, true */
    [0x04] = {SHAPE_BIN, 1, 0},      [0x05] = {SHAPE_BIN, 2, 256},
    [0x06] = {SHAPE_BIN, 4, 65536},                                                    /* then ext and float: refused */
    [0x0c] = {SHAPE_UINT, 1, 128},   [0x0d] = {SHAPE_UINT, 2, 256},
    [0x0e] = {SHAPE_UINT, 4, 65536}, [0x0f] = {SHAPE_UINT, 8, INT64_C(4294967296)},
    [0x10] = {SHAPE_INT, 1, -32},    [0x11] = {SHAPE_INT, 2, -128},
    [0x12] = {SHAPE_INT, 4, -32768}, [0x13] = {SHAPE_INT, 8, INT64_C(-2147483648)},    /* then fixext: refused */
    [0x19] = {SHAPE_STR, 1, 32},     [0x1a] = {SHAPE_STR, 2, 256},
    [0x1b] = {SHAPE_STR, 4, 65536},  [0x1c] = {SHAPE_ARRAY, 2, 16},
    [0x1d] = {SHAPE_ARRAY, 4, 65536}, [0x1e] = {SHAPE_MAP, 2, 16},
    [0x1f] = {SHAPE_MAP, 4, 65536},
};

/* A container not yet complete. Keys and values of a map count alike: before a key, left is even. */
struct frame {
    uint64_t left;
    bool map;
    size_t key_at;        /* where the present key begins */
    struct xj_slice last; /* the key before it; n is 0 before the first */
};

struct walk {
    const uint8_t *p;
    size_t n, i;
    struct frame stack[XJ_WIRE_DEPTH_MAX];
    unsigned depth;
};

/* Reads the number behind a head byte; false when it is cut off or not in shortest form. */
static bool take_number(struct walk *w, const struct form *form, uint64_t *ret)
{
    if (w->n - w->i < form->width)
        return false;
    const uint64_t v = xj_be_get(w->p + w->i, form->width);
    w->i += form->width;
    *ret = v;
    if (form->shape == SHAPE_INT) {
        /* Without the sign bit the value is not negative, so a uint form was due. */
        uint64_t sign = UINT64_C(1) << (8 * form->width - 1);
        return (v & sign) != 0 && v < (form->width == 8 ? (uint64_t)form->limit
                                                        : (uint64_t)form->limit & ((sign << 1) - 1));
    }
    return form->shape == SHAPE_PLAIN || v >= (uint64_t)form->limit;
}

/* Reads one head; *ret_n is the length of a str or bin and the count of an array or map. */
static enum shape take_head(struct walk *w, uint64_t *ret_n)
{
    uint8_t head = w->p[w->i++];
    *ret_n = 0;
    if (head < 0x80 || head >= 0xe0)
        return SHAPE_PLAIN;
    if (head < 0xc0) {
        *ret_n = head & (head < 0xa0 ? 0x0f : 0x1f);
        return head < 0x90 ? SHAPE_MAP : head < 0xa0 ? SHAPE_ARRAY : SHAPE_STR;
    }
    const struct form *form = &forms[head - 0xc0];
    if (form->shape == SHAPE_INVALID || !take_number(w, form, ret_n))
        return SHAPE_INVALID;
    return (enum shape)form->shape;
}

static enum xj_err take_bytes(struct walk *w, uint64_t n, bool str)
{
    if (n > w->n - w->i)
        return XJ_EMALFORMED;
    struct xj_slice bytes = {w->p + w->i, (size_t)n};
    if (str && (!xj_utf8_valid(bytes) || memchr(bytes.p, 0, bytes.n) != NULL)) /* no page allows NUL: C, JSON and people end at it */
        return XJ_EMALFORMED;
    w->i += (size_t)n;
    return XJ_OK;
}

/* Enters a container. Every element takes a byte at least, so a count over the bytes left is a lie. */
static enum xj_err enter(struct walk *w, uint64_t count, bool map)
{
    uint64_t left = map ? count * 2 : count;
    if (left > w->n - w->i)
        return XJ_EMALFORMED;
    if (w->depth == XJ_WIRE_DEPTH_MAX)
        return XJ_ELIMIT;
    w->stack[w->depth++] = (struct frame){.left = left, .map = map, .key_at = w->i};
    return XJ_OK;
}

static bool key_ascends(struct frame *f, struct xj_slice key)
{
    bool ok = f->last.n == 0 || xj_slice_cmp(f->last, key) < 0;
    f->last = key;
    return ok;
}

/* One value is complete: tells its container, and every container this completes in turn. */
static enum xj_err leave(struct walk *w)
{
    while (w->depth > 0) {
        struct frame *f = &w->stack[w->depth - 1];
        f->left--;
        if (f->map && f->left % 2 == 1 && !key_ascends(f, xj_slice_of(w->p + f->key_at, w->i - f->key_at)))
            return XJ_EMALFORMED;
        if (f->map && f->left % 2 == 0)
            f->key_at = w->i;
        if (f->left > 0)
            return XJ_OK;
        w->depth--;
    }
    return XJ_OK;
}

/* One head and what belongs to it; a container stays on the stack until its elements are done. */
static enum xj_err step(struct walk *w)
{
    uint64_t n;
    if (w->i == w->n)
        return XJ_EMALFORMED;
    enum shape shape = take_head(w, &n);
    enum xj_err err = XJ_OK;
    switch (shape) {
    case SHAPE_INVALID: return XJ_EMALFORMED;
    case SHAPE_PLAIN:
    case SHAPE_UINT:
    case SHAPE_INT: break;
    case SHAPE_STR:
    case SHAPE_BIN: err = take_bytes(w, n, shape == SHAPE_STR); break;
    case SHAPE_ARRAY:
    case SHAPE_MAP:
        err = enter(w, n, shape == SHAPE_MAP);
        if (err != XJ_OK || n > 0)
            return err;
        w->depth--;
        break;
    }
    return err != XJ_OK ? err : leave(w);
}

enum xj_err xj_wire_check(struct xj_slice bytes, uint32_t max_nodes)
{
    struct walk w = {.p = bytes.p, .n = bytes.n};
    uint32_t nodes = 0;
    do {
        if (nodes++ == max_nodes)
            return XJ_ELIMIT;
        enum xj_err err = step(&w);
        if (err != XJ_OK)
            return err;
    } while (w.depth > 0);
    return w.i == w.n ? XJ_OK : XJ_EMALFORMED;
}
