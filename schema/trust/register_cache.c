#include "schema/trust/register_cache.h"

#include <string.h>

static uint64_t reached(const struct xj_reg_cache *c, uint64_t at)
{
    return at < c->head ? at : c->head;
}

static size_t place(struct xj_slice id, uint64_t number)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ number; /* FNV-1a */
    for (size_t i = 0; i < id.n; i++) h = (h ^ id.p[i]) * UINT64_C(0x100000001b3);
    return (size_t)(h ^ h >> 32) % XJ_REG_CACHE_SLOTS;
}

enum xj_err xj_reg_cache_agency(struct xj_reg_cache *c, const struct xj_store *store, struct xj_slice id, uint64_t at,
                                const struct xj_agency **ret)
{
    const uint64_t number = reached(c, at);
    const size_t i = place(id, number);
    struct xj_agency *a = &c->slot[i].agency;
    *ret = a;
    if (number && c->slot[i].at == number && xj_slice_is(id, a->id)) return XJ_OK;
    c->slot[i].at = 0;
    const enum xj_err err = xj_reg_agency(store, id, at, a);
    if (err) *ret = NULL;
    else c->slot[i].at = number;
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
