/* Whether those who act may act: officers with a certificate in force, entrustments that hold. The same for an act on record, for
 * the rules, and for one that is being drafted. Whoever holds the view. Spec: spec/06-register.md, section 7; spec/12-detection.md,
 * section 4 (officers, officers_invalid, entrustment_invalid). */
#ifndef XJ_STANDING_H
#define XJ_STANDING_H

#include "agents/agent/view/view_private.h"

/* An act as far as this is asked of it. Borrowed. */
struct xj_standing {
    struct xj_view *v;
    uint64_t register_number; /* the register as it stood; UINT64_MAX: now */
    bool day_known;
    int64_t day;              /* Beijing */
    const char *doer;
    const struct xj_header *header; /* refs */
    const msgpack_object *body;     /* its root map */
};

/* Is it one of the three figures? */
bool xj_standing_is(const char *word);
/* False: unknown, or the view failed. what (NULL allowed; not cleared) gets whom or what it is about, in short: the first officer
 * or entrustment that is wanting, and since when or until when. */
bool xj_standing(const struct xj_standing *s, const char *word, uint64_t *ret, struct xj_buf *what);

#endif
