#include "schema/trust/register_cache.h"

#include <string.h>

static uint64_t reached(const struct xj_reg_cache *c, uint64_t at)
{
    return at < c->head ? at : c->head;
}

enum xj_err xj_reg_cache_agency(struct xj_reg_cache *c, const struct xj_store *store, struct xj_slice id, uint64_t at,
                                const struct xj_agency **ret)
{
    const uint64_t number = reached(c, at);
    for (size_t i = 0; number && i < XJ_REG_CACHE_SLOTS; i++)
        if (c->slot[i].at == number && xj_slice_is(id, c->slot[i].agency.id)) {
            *ret = &c->slot[i].agency;
            return XJ_OK;
        }
    struct xj_agency *a = &c->slot[c->next].agency;
    c->slot[c->next].at = 0;
    const enum xj_err err = xj_reg_agency(store, id, at, a);
    *ret = err ? NULL : a;
    if (!err && number) {
        c->slot[c->next].at = number;
        c->next = (c->next + 1) % XJ_REG_CACHE_SLOTS;
    }
    return err;
}

enum xj_err xj_reg_cache_exchange(struct xj_reg_cache *c, const struct xj_store *store, uint64_t at, uint8_t ret[32])
{
    const uint64_t number = reached(c, at);
    if (!number || c->exchange_at != number) {
        c->exchange_at = 0;
        const enum xj_err err = xj_reg_exchange_sign(store, at, c->exchange_sign);
        if (err) return err;
        c->exchange_at = number;
    }
    memcpy(ret, c->exchange_sign, sizeof c->exchange_sign);
    return XJ_OK;
}
