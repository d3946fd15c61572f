#include <string.h>

#include "agents/agent/core/state.h"

enum xj_err xj_agent_verify_exchange(struct xj_agent *a, const char *context, struct xj_slice statement,
                                     struct xj_slice signature, uint64_t at)
{
    uint8_t key[32];
    a->agencies.head = a->register_number;
    enum xj_err err = xj_reg_cache_exchange(&a->agencies, &a->store, at, key);
    if (err == XJ_ENOTFOUND)
        return XJ_ESIGNATURE;
    if (err != XJ_OK)
        return err;
    struct xj_hash digest = xj_digest(context, statement);
    err = xj_verify(&a->cache, key, &digest, signature);
    return xj_err_is_world(err) || err == XJ_OK ? err : XJ_ESIGNATURE;
}

enum xj_err xj_agent_verify_agency(struct xj_agent *a, struct xj_slice agency, const struct xj_hash *digest,
                                   struct xj_slice signature, uint64_t at)
{
    const struct xj_agency *facts;
    a->agencies.head = a->register_number;
    enum xj_err err = xj_reg_cache_agency(&a->agencies, &a->store, agency, at, &facts);
    if (err == XJ_ENOTFOUND || (err == XJ_OK && !facts->connected))
        return XJ_ESIGNATURE;
    if (err != XJ_OK)
        return xj_err_is_world(err) ? err : XJ_ESIGNATURE;
    err = xj_verify(&a->cache, facts->keys.sign, digest, signature);
    return xj_err_is_world(err) || err == XJ_OK ? err : XJ_ESIGNATURE;
}

enum xj_err xj_agent_look_at_keys(struct xj_agent *a)
{
    struct xj_agency facts;
    if (a->keyed_at == a->register_number)
        return XJ_OK;
    enum xj_err err = xj_reg_agency(&a->store, xj_slice_cstr(a->agency), UINT64_MAX, &facts);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        return err;
    a->keyed = err == XJ_ENOTFOUND || !facts.connected || memcmp(facts.keys.sign, a->o.keys->sign.public_key, 32) == 0;
    a->keyed_at = a->register_number;
    return XJ_OK;
}
