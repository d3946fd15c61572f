/* Agencies and the exchange's key as the register had them, remembered: they are asked for with every act and change seldom.
 * One thread each. Spec: spec/06-register.md, section 3. */
#ifndef XJ_REGISTER_CACHE_H
#define XJ_REGISTER_CACHE_H

#include "schema/trust/register.h"

#define XJ_REG_CACHE_SLOTS 512u /* about as many as a city has agencies */

/* All zero is an empty one. head: the register's present number in that store, kept by the owner; what was said at a number
 * that has been reached does not change, so nothing ever goes stale. 0: nothing is remembered. */
struct xj_reg_cache {
    uint64_t head;
    struct {
        uint64_t at; /* 0: empty */
        struct xj_agency agency;
    } slot[XJ_REG_CACHE_SLOTS]; /* by id and number: each has one place, which the last that wanted it has */
    uint64_t exchange_at;
    uint8_t exchange_sign[32];
};

/* As xj_reg_agency; *ret is borrowed until the next call, NULL on error. */
enum xj_err xj_reg_cache_agency(struct xj_reg_cache *c, const struct xj_store *store, struct xj_slice id, uint64_t at,
                                const struct xj_agency **ret);
/* As xj_reg_exchange_sign. */
enum xj_err xj_reg_cache_exchange(struct xj_reg_cache *c, const struct xj_store *store, uint64_t at, uint8_t ret[32]);

#endif
