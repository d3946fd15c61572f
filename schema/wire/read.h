/* Reading MessagePack from a peer or a disk: structural pre-check, then msgpack-c, then typed takes. Any thread.
 * Spec: spec/01-encoding.md. Decoded values are views into the bytes, which must outlive the document.
 *
 * Use: xj_doc_open, then a cursor over the root array; every take checks type and range; the first failure sticks and
 * later takes return zero values; xj_cur_end says at the end whether all was well and all was consumed. */
#ifndef XJ_READ_H
#define XJ_READ_H

#include <msgpack.h>

#include "schema/base/buf.h"

#define XJ_WIRE_DEPTH_MAX 16 /* containers inside one another; a scalar alone has depth 0 */

/* The structural pre-check without allocation: one value, exact length, depth <= 16, at most max_nodes values in all,
 * every count no larger than the bytes left, shortest forms, valid UTF-8 in str, no ext, no float, map keys strictly
 * ascending by encoded bytes. XJ_OK; XJ_ELIMIT for depth and nodes (keys count as nodes); XJ_EMALFORMED for the rest. */
enum xj_err xj_wire_check(struct xj_slice bytes, uint32_t max_nodes);

struct xj_doc {
    msgpack_zone zone;
    msgpack_object root;
    bool open;
};

/* Pre-check and unpack; the zone takes at most 48 bytes for each node beside its first 8 KiB. On any error nothing needs closing. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_doc_open(struct xj_doc *doc, struct xj_slice bytes, uint32_t max_nodes);
/* What the error of reading bytes says that were sound when they were written here: XJ_ECORRUPT whatever is wrong with them, and
 * XJ_ENOMEM, which says nothing against them. */
enum xj_err xj_kept(enum xj_err err);
/* Whether bytes from outside could be read. Want of memory is no fault of theirs: it goes to *world, which else stays as it is. */
bool xj_legible(enum xj_err got, enum xj_err *world);
/* xj_doc_open for such bytes. */
enum xj_err xj_doc_kept(struct xj_doc *doc, struct xj_slice bytes, uint32_t max_nodes);
void xj_doc_close(struct xj_doc *doc); /* safe on a zeroed struct and twice */

struct xj_cur {
    const msgpack_object *at; /* next element */
    uint32_t left;            /* elements left */
    uint32_t index;           /* index of the next element in its array, for error texts */
    bool bad;
    uint32_t bad_index; /* where it went bad */
};

/* A cursor over the array o (NULL allowed); min..max elements or it is bad from the start. A failed take consumes nothing;
 * taking when nothing is left is a failure, so loop on c.left and not on what a take returns. */
struct xj_cur xj_cur_over(const msgpack_object *o, uint32_t min, uint32_t max);
uint64_t xj_take_uint(struct xj_cur *c, uint64_t max);
int64_t xj_take_int(struct xj_cur *c, int64_t min, int64_t max);
bool xj_take_bool(struct xj_cur *c);
/* Takes of bytes give {NULL,0} when bad and a pointer that is not NULL, even to nothing, when well. */
struct xj_slice xj_take_bin(struct xj_cur *c, size_t min, size_t max);
/* Like xj_take_bin with min = max = n, copied to out; zeroes out when bad. */
void xj_take_bin_to(struct xj_cur *c, void *out, size_t n);
struct xj_slice xj_take_str(struct xj_cur *c, size_t min, size_t max);
/* True and consumed when the next element is nil; false and untouched otherwise, never bad by itself. */
bool xj_take_nil(struct xj_cur *c);
/* The next element whatever it is, or NULL when bad or none is left. */
const msgpack_object *xj_take_any(struct xj_cur *c);
/* A cursor over the next element, which must be an array of min..max elements; a bad sub-cursor also spoils c.
 * What goes wrong in the sub-cursor later does not reach c: end it with xj_cur_end and spoil c when that fails. */
struct xj_cur xj_take_array(struct xj_cur *c, uint32_t min, uint32_t max);
/* XJ_OK when nothing went bad and nothing is left; XJ_EMALFORMED otherwise. */
enum xj_err xj_cur_end(const struct xj_cur *c);
/* Marks the cursor bad at the element taken last. */
void xj_cur_spoil(struct xj_cur *c);

/* The value under the str key in the map o, or NULL. */
const msgpack_object *xj_map_get(const msgpack_object *o, const char *key);
/* Typed map reads; a wrong type counts as absent. */
uint64_t xj_map_uint(const msgpack_object *o, const char *key, uint64_t dflt);
struct xj_slice xj_map_str(const msgpack_object *o, const char *key); /* {NULL,0} when absent */
struct xj_slice xj_map_bin(const msgpack_object *o, const char *key); /* {NULL,0} when absent */
/* Appends the canonical encoding of o, map entries in the order they have: for o from xj_doc_open, the very bytes it was
 * read from. Sets buf->err to XJ_EMALFORMED for an ext or float and XJ_ELIMIT past the depth, which no document holds. */
void xj_put_object(struct xj_buf *buf, const msgpack_object *o);

#endif
