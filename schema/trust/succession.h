/* Who came in the place of whom (机构改革): the facts `succeeded_by` of a register, read once and asked often. One thread each.
 * Spec: spec/06-register.md, section 8. */
#ifndef XJ_SUCCESSION_H
#define XJ_SUCCESSION_H

#include "schema/trust/register.h"

/* One version of a fact, ascending by (agency, number). */
struct xj_succession_fact {
    char agency[XJ_MAX_AGENCY_BYTES + 1], next[XJ_MAX_AGENCY_BYTES + 1]; /* next "": withdrawn */
    uint64_t number;
    int64_t at_ms;
};
/* All zero is one that has read nothing. */
struct xj_succession {
    struct xj_succession_fact *list;
    size_t count;
    uint64_t head; /* register number it was read at */
};

/* Reads the facts anew unless they were read at that head of the register. On error nothing is held: XJ_EIO, XJ_ENOMEM,
 * XJ_ECORRUPT. */
enum xj_err xj_succession_read(struct xj_succession *s, const struct xj_store *store, uint64_t head);
void xj_succession_free(struct xj_succession *s); /* safe on a zeroed struct and twice */

/* The present holder of an agency at a register number (UINT64_MAX: now) and an instant; the agency itself when it was not
 * succeeded. World errors only; ret is then "". An id too long to be one is given back cut: it falls to nobody. */
enum xj_err xj_succession_holder(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                                 uint64_t number, int64_t at_ms, char ret[XJ_MAX_AGENCY_BYTES + 1]);
/* Whether heir comes behind agency in its chain of successors, by the newest register and at any instant, past or to come. */
bool xj_succession_heir(const struct xj_succession *s, struct xj_slice heir, struct xj_slice agency);
/* Every other agency that falls to this one. The slice is borrowed during the call; stop with false. */
typedef bool xj_succession_visit(void *arg, struct xj_slice agency);
enum xj_err xj_succession_held(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                               uint64_t number, int64_t at_ms, xj_succession_visit *visit, void *arg);

/* As xj_reg_granted, with what the agency's and the opener's holders and predecessors have. */
enum xj_err xj_succession_granted(const struct xj_succession *s, const struct xj_store *store, struct xj_slice agency,
                                  struct xj_slice opener, int64_t at_ms, bool *ret);
/* As xj_reg_subscribers, for acts of an agency in the place of all that fall to it, and a case in the place of its opener's
 * holder; each subscriber through its present holder, perhaps more than once. */
enum xj_err xj_succession_subscribers(const struct xj_succession *s, const struct xj_store *store, struct xj_slice procedure,
                                      struct xj_slice act, struct xj_slice sender, struct xj_slice opener, int64_t at_ms,
                                      xj_subscriber_visit *visit, void *arg);

#endif
