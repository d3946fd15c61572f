#include "agents/agent/view/facts.h"

static const struct xj_slice none = {NULL, 0};

static void note(struct xj_facts_ctx *c, enum xj_err err)
{
    if (err != XJ_OK && err != XJ_ENOTFOUND && c->err == XJ_OK)
        c->err = err;
}

static const struct xj_agency *look_up(struct xj_facts_ctx *c, struct xj_slice id)
{
    const struct xj_agency *a;
    note(c, xj_reg_cache_agency(c->cache, c->store, id, c->at, &a));
    return a;
}

static struct xj_slice fact_role(void *ctx, struct xj_slice agency)
{
    const struct xj_agency *a = look_up(ctx, agency);
    return a != NULL ? xj_slice_cstr(a->role) : none;
}

static struct xj_slice fact_sector(void *ctx, struct xj_slice agency)
{
    const struct xj_agency *a = look_up(ctx, agency);
    return a != NULL ? xj_slice_cstr(a->sector) : none;
}

static struct xj_slice fact_counterpart(void *ctx, struct xj_slice agency, struct xj_slice role, size_t i)
{
    struct xj_facts_ctx *c = ctx;
    enum xj_err err = xj_reg_counterpart(c->store, agency, role, fact_sector(c, agency), i, c->counterpart);
    note(c, err);
    return err == XJ_OK ? xj_slice_cstr(c->counterpart) : none;
}

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener)
{
    struct xj_facts_ctx *c = ctx;
    bool granted;
    note(c, xj_reg_granted(c->store, agency, opener, &granted));
    return granted;
}

struct xj_facts xj_facts_at(struct xj_facts_ctx *ctx, const struct xj_store *store, struct xj_reg_cache *cache, uint64_t at)
{
    *ctx = (struct xj_facts_ctx){.store = store, .cache = cache, .at = at};
    return (struct xj_facts){.ctx = ctx, .role = fact_role, .sector = fact_sector, .counterpart = fact_counterpart,
                             .granted = fact_granted};
}
