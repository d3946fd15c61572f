/* An act on its way from the drafting side (view, API) to the logic thread: sealed, addressed, not yet numbered or signed.
 * Built by agents/agent/view/draft.h, owned by whoever holds the pointer. Spec: spec/03-message.md. */
#ifndef XJ_OUTGOING_H
#define XJ_OUTGOING_H

#include "schema/wire/message.h"

struct xj_outgoing_paper {
    struct xj_hash digest;
    struct xj_buf sealed;
};
struct xj_outgoing {
    struct xj_header header;  /* every field but number and previous; slices point into arena */
    struct xj_buf arena;
    struct xj_buf body, keys; /* sealed body, keys bytes */
    struct xj_outgoing_paper *papers;
    size_t paper_count;
};
struct xj_outgoing *xj_outgoing_new(void); /* NULL when memory is out */
void xj_outgoing_free(struct xj_outgoing *out); /* NULL is fine */

#endif
