/* Encoded bytes made wrong one value at a time. Tests only. */
#ifndef XJ_TEST_ELEMENTS_H
#define XJ_TEST_ELEMENTS_H

#include "schema/base/buf.h"

/* other_type: a value stands there that is of another type than the one that was there. */
typedef void elements_visit(void *arg, struct xj_slice changed, bool other_type);

/* Shows the bytes, which are sound, with every value in turn replaced by others of its own and of other types, every array with an
 * element less, one twice and two that change places. Returns how many it showed. */
size_t elements_each(struct xj_slice bytes, elements_visit *visit, void *arg);

#endif
