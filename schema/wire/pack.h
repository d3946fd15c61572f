/* Canonical MessagePack writing: shortest forms only, map keys ascending (the caller's duty, checked by the pre-check
 * in debug builds and by every reader). Any thread. Spec: spec/01-encoding.md.
 * Each function appends to buf; failures are sticky in buf->err. */
#ifndef XJ_PACK_H
#define XJ_PACK_H

#include "schema/base/buf.h"

void xj_put_array(struct xj_buf *buf, uint32_t count);
void xj_put_map(struct xj_buf *buf, uint32_t count);
void xj_put_uint(struct xj_buf *buf, uint64_t v);
void xj_put_int(struct xj_buf *buf, int64_t v);
void xj_put_str(struct xj_buf *buf, struct xj_slice s);
void xj_put_cstr(struct xj_buf *buf, const char *s); /* NULL writes nil */
void xj_put_bin(struct xj_buf *buf, const void *p, size_t n);
void xj_put_bins(struct xj_buf *buf, struct xj_slice s);
void xj_put_nil(struct xj_buf *buf);
void xj_put_bool(struct xj_buf *buf, bool v);
/* Appends bytes that are one whole canonical value already. */
void xj_put_raw(struct xj_buf *buf, struct xj_slice s);

#endif
