/* What a holder says of an order to destroy, and how a restricted record was read: the heads of entries of kinds 17 and 18. Any
 * thread; pure. Spec: spec/18-orders.md, sections 2.3 and 6.2. Decoded structures are views into the bytes, but for the lists. */
#ifndef XJ_DESTROYED_H
#define XJ_DESTROYED_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"
#include "schema/base/limits.h"

#define XJ_CTX_DESTROYED "xianjie/1 destroyed"
#define XJ_DESTROYED_MESSAGES 1024u
#define XJ_DESTROYED_DIGESTS 8192u
#define XJ_DESTROYED_HOLDERS 1024u
#define XJ_OPENED_REASON_BYTES 1024u

struct xj_destroyed {
    struct xj_slice holder; /* agency id, or "exchange" */
    uint8_t order[XJ_ID_SIZE];
    uint64_t order_number, register_number; /* N; under which key it is signed */
    int64_t time_ms;
    bool last;
    struct xj_id *messages;
    size_t message_count;
    struct xj_hash *digests;
    size_t digest_count;
    struct xj_slice *holders;
    size_t holder_count;
};
void xj_destroyed_encode(const struct xj_destroyed *d, struct xj_buf *out);
/* Allocates the lists: xj_destroyed_free, also after an error. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_destroyed_decode(struct xj_slice bytes, struct xj_destroyed *ret);
void xj_destroyed_free(struct xj_destroyed *d); /* the lists */

struct xj_opened {
    uint8_t order[XJ_ID_SIZE];
    uint64_t order_number;
    struct xj_id message;
    bool has_paper;
    struct xj_hash paper; /* sealed digest */
    struct xj_slice by, second, reason;
};
void xj_opened_encode(const struct xj_opened *o, struct xj_buf *out);
/* Two persons that are not one, and a reason. XJ_EMALFORMED, XJ_ENOMEM. */
enum xj_err xj_opened_decode(struct xj_slice bytes, struct xj_opened *ret);

#endif
