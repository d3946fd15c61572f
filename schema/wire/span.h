/* Byte spans of values inside MessagePack that passed the pre-check, without allocating: for parts that are hashed or signed
 * as sent. Any thread. Spec: spec/01-encoding.md, section 3.
 * Bytes that did not pass xj_wire_check do no harm here: they give false or a meaningless span inside the bytes. */
#ifndef XJ_SPAN_H
#define XJ_SPAN_H

#include "schema/base/buf.h"

/* Takes the first whole value off *rest. False (rest unchanged) when there is none. */
bool xj_span_next(struct xj_slice *rest, struct xj_slice *ret);
/* Takes the head of an array off *rest, so that its elements follow. False (rest unchanged) when no array begins there. */
bool xj_span_enter(struct xj_slice *rest, uint32_t *ret_count);
/* The i-th element of the array that begins at array.p. False when it is no array or has not so many. */
bool xj_span_element(struct xj_slice array, uint32_t i, struct xj_slice *ret);
/* The value of a span that is a non-negative integer, or of one that is a bin. False for anything else. */
bool xj_span_uint(struct xj_slice span, uint64_t *ret);
bool xj_span_bin(struct xj_slice span, struct xj_slice *ret);
bool xj_span_is_nil(struct xj_slice span);

#endif
