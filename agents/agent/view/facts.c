#include "agents/agent/view/facts.h"

#include <string.h>

static const struct xj_slice none = {NULL, 0};

static bool look_up(struct xj_facts_ctx *c, struct xj_slice id, struct xj_agency *ret)
{
    if (xj_slice_is(id, ret->id) && ret->id[0] != '\0')
        return true;
    enum xj_err err = xj_reg_agency(c->store, id, c->at, ret);
    if (err == XJ_OK)
        return true;
    ret->id[0] = '\0';
    if (err != XJ_ENOTFOUND && c->err == XJ_OK)
        c->err = err;
    return false;
}

static struct xj_slice fact_role(void *ctx, struct xj_slice agency)
{
    struct xj_facts_ctx *c = ctx;
    return look_up(c, agency, &c->agency) ? xj_slice_cstr(c->agency.role) : none;
}

static struct xj_slice fact_sector(void *ctx, struct xj_slice agency)
{
    struct xj_facts_ctx *c = ctx;
    return look_up(c, agency, &c->agency) ? xj_slice_cstr(c->agency.sector) : none;
}

static struct xj_slice fact_counterpart(void *ctx, struct xj_slice agency, struct xj_slice role, size_t i)
{
    struct xj_facts_ctx *c = ctx;
    struct xj_slice sector = none;
    if (look_up(c, agency, &c->agency))
        sector = xj_slice_cstr(c->agency.sector);
    enum xj_err err = xj_reg_counterpart(c->store, agency, role, sector, i, c->counterpart);
    if (err == XJ_OK)
        return xj_slice_cstr(c->counterpart);
    if (err != XJ_ENOTFOUND && c->err == XJ_OK)
        c->err = err;
    return none;
}

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener)
{
    struct xj_facts_ctx *c = ctx;
    bool granted;
    enum xj_err err = xj_reg_granted(c->store, agency, opener, &granted);
    if (err != XJ_OK && c->err == XJ_OK)
        c->err = err;
    return granted;
}

struct xj_facts xj_facts_at(struct xj_facts_ctx *ctx, const struct xj_store *store, uint64_t at)
{
    *ctx = (struct xj_facts_ctx){.store = store, .at = at};
    return (struct xj_facts){.ctx = ctx, .role = fact_role, .sector = fact_sector, .counterpart = fact_counterpart,
                             .granted = fact_granted};
}
