/* What each kind of fact must look like, and where facts lie in the store. For register.c and its neighbours only.
 * Spec: spec/06-register.md, section 2. */
#ifndef XJ_REGISTER_FACTS_H
#define XJ_REGISTER_FACTS_H

#include "schema/trust/register.h"

/* Static text of the rule that a change breaks, or NULL when it is well-formed. value NULL: withdrawn. */
const char *xj_fact_fault(struct xj_slice kind, struct xj_slice id, const msgpack_object *value);
/* Only the root may sign a change of this kind after entry 1. */
bool xj_fact_is_root(struct xj_slice kind);

/* 'R' kind 0x00 id 0x00; a version is this and the entry's number, 8 bytes big-endian. Indices begin with 'R' 0x01. */
void xj_fact_prefix(struct xj_buf *key, struct xj_slice kind, struct xj_slice id);
void xj_fact_number(struct xj_buf *key, uint64_t number);

/* The index of procedures: 'R' 0x01 'p' id -> effective_from (8 bytes, big-endian) and revision, of the fact present now. An id
 * that ends in '/' makes a prefix. read: false when the value is of another form. */
void xj_fact_revision_key(struct xj_buf *key, struct xj_slice id);
void xj_fact_revision_put(struct xj_buf *value, const msgpack_object *fact);
bool xj_fact_revision_read(struct xj_slice value, int64_t *ret_ms, struct xj_hash *ret_revision);

#endif
