/* UUIDs: time-ordered (version 7) for things, name-based (version 5) for idempotency keys. Any thread.
 * Spec: spec/00-conventions.md; RFC 9562 sections 5.5 and 5.7. */
#ifndef XJ_IDS_H
#define XJ_IDS_H

#include "schema/base/buf.h"

#define XJ_ID_SIZE 16
#define XJ_ID_TEXT 37 /* 36 characters and a NUL */

struct xj_id {
    uint8_t b[XJ_ID_SIZE];
};

/* A new id of version 7 for the instant now_ms (UTC ms), its 74 random bits from libuuid. Ids of one millisecond are in
 * no particular order. XJ_ERANGE when now_ms is negative or over 48 bits; *ret is then nil. */
enum xj_err xj_id_new(int64_t now_ms, struct xj_id *ret);
/* The same from given random bytes: pure, for callers with a struct xj_env and for tests. Uses random[6..15], less the six
 * bits that hold version and variant. Errors as xj_id_new. */
enum xj_err xj_id_from(int64_t now_ms, const uint8_t random[XJ_ID_SIZE], struct xj_id *ret);
/* The id of version 5 for a name in the namespace ns: the same inputs give the same id everywhere. */
struct xj_id xj_id_name5(const struct xj_id *ns, struct xj_slice name);

bool xj_id_eq(const struct xj_id *a, const struct xj_id *b);
int xj_id_cmp(const struct xj_id *a, const struct xj_id *b); /* bytewise: for version 7 that is by millisecond; -1, 0, 1 */
bool xj_id_among(const struct xj_id *ids, size_t count, const struct xj_id *id); /* one of those; the list in any order */
bool xj_id_is_nil(const struct xj_id *id);
/* Borrows the bytes of *id. */
struct xj_slice xj_id_slice(const struct xj_id *id);
/* Lower-case 8-4-4-4-12 and a NUL. */
void xj_id_format(const struct xj_id *id, char out[XJ_ID_TEXT]);
/* Reads exactly 8-4-4-4-12 hex digits of either case (RFC 9562 section 4), any version, the nil id too. False on anything
 * else, *ret is then nil. */
bool xj_id_parse(const char *s, struct xj_id *ret);

#endif
