/* Entries of kind told: what became of an alert or of a limit that runs, in the ledger of the agency that was told.
 * Spec: spec/05-ledger.md, section 2, and spec/12-detection.md, section 5. Any thread; pure. */
#ifndef XJ_TOLD_H
#define XJ_TOLD_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"

#define XJ_TOLD_KEY_SIZE 16u
#define XJ_TOLD_TEXT_MAX 1024u /* bytes of a reason */

enum xj_told_event { XJ_TOLD_INVALID = 0, XJ_TOLD_RAISED, XJ_TOLD_DELIVERED, XJ_TOLD_ACKNOWLEDGED, XJ_TOLD_CLEARED };
const char *xj_told_event_name(enum xj_told_event event); /* "raised" … */

struct xj_told {
    enum xj_told_event event;
    uint8_t key[XJ_TOLD_KEY_SIZE];
    struct xj_id case_id;
    struct xj_slice name;       /* the rule, or the duty that runs */
    uint32_t stage;             /* 0: an alert of a rule; 1..100: percent of a duty's limit */
    struct xj_slice answerable; /* agency */
    struct xj_id trigger;       /* the act */
    uint32_t severity;          /* of the rule, 2 notice .. 4 red; 0 for stages */
    int64_t at_ms;              /* when it became due to be told */
    bool coalesced;             /* late, or in place of stages passed by */
    struct xj_slice by;         /* the person; n = 0: the agent itself */
    struct xj_slice reason;     /* cleared: why; acknowledged: a note, may be empty */
};
/* What an alert or a duty is known by, whatever becomes of it: duty n = 0 for alerts that rest on acts. */
void xj_told_key(struct xj_id case_id, struct xj_slice name, struct xj_slice duty, struct xj_id trigger, struct xj_slice answerable,
                 uint8_t ret[XJ_TOLD_KEY_SIZE]);
/* Appends the head. */
void xj_told_encode(const struct xj_told *t, struct xj_buf *out);
/* Checks every rule of the form; slices point into head, which must outlive them. XJ_EMALFORMED, XJ_ENOMEM. */
enum xj_err xj_told_decode(struct xj_slice head, struct xj_told *ret);

#endif
