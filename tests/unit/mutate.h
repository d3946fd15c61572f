/* A value in MessagePack with one thing in it made another, for tests of decoders. Tests only. */
#ifndef XJ_TEST_MUTATE_H
#define XJ_TEST_MUTATE_H

#include "schema/wire/read.h"

enum mutation {
    MUTATE_TO_MAP,   /* a type that stands nowhere in a statement */
    MUTATE_ONE_MORE, /* a list with a nil behind its last */
    MUTATE_CUT       /* bytes without their last */
};
/* Appends the value with its target-th part (counted as it is written, from 0) so changed; false: nothing can be changed so there.
 * Of a list of more than eight elements the first two and the last are looked into. *ret_total: how many parts there are. */
bool mutate(const msgpack_object *o, enum mutation how, size_t target, struct xj_buf *out, size_t *ret_total);
/* Appends the value with what stands at that path of indices (-1 ends it) replaced by these bytes. */
void mutate_at(const msgpack_object *o, const int *path, struct xj_slice bytes, struct xj_buf *out);

#endif
