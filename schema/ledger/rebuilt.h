/* Entries of kind rebuild: how a journal that was lost came to be again. Spec: spec/05-ledger.md, section 2, and
 * spec/04-exchange.md, section 13. Any thread; pure. */
#ifndef XJ_REBUILT_H
#define XJ_REBUILT_H

#include "schema/base/buf.h"
#include "schema/base/ids.h"

#define XJ_REBUILT_LOST 16u /* store ids that one entry names at most */

enum xj_rebuilt_stage { XJ_REBUILT_INVALID = 0, XJ_REBUILT_BEGUN, XJ_REBUILT_TAKEN, XJ_REBUILT_RESUMED };
struct xj_rebuilt {
    enum xj_rebuilt_stage stage;
    struct xj_id store;     /* begun: the new store id */
    struct xj_slice agency; /* taken: who handed back the next `count` entries */
    uint64_t count;
    uint64_t offset;        /* resumed: what seq and journal position are above the entry number */
    struct xj_id lost[XJ_REBUILT_LOST];
    size_t lost_count;
    struct xj_slice heard, missing; /* resumed: agencies, each followed by a NUL when encoding; not kept when decoding */
};
/* Appends the head. */
void xj_rebuilt_encode(const struct xj_rebuilt *r, struct xj_buf *out);
/* Checks every rule of the form; slices point into head, which must outlive them. XJ_EMALFORMED, XJ_ENOMEM. */
enum xj_err xj_rebuilt_decode(struct xj_slice head, struct xj_rebuilt *ret);

#endif
