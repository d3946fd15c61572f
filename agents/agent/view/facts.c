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

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener, int64_t at_ms)
{
    struct xj_facts_ctx *c = ctx;
    bool granted = false;
    note(c, xj_succession_granted(c->succession, c->store, agency, opener, at_ms, &granted));
    return granted;
}

static struct xj_slice fact_holder(void *ctx, struct xj_slice agency, int64_t at_ms)
{
    struct xj_facts_ctx *c = ctx;
    note(c, xj_succession_holder(c->succession, c->store, agency, c->at, at_ms, c->holder));
    return xj_slice_cstr(c->holder);
}

static bool fact_heir(void *ctx, struct xj_slice heir, struct xj_slice agency)
{
    return xj_succession_heir(((struct xj_facts_ctx *)ctx)->succession, heir, agency);
}

struct xj_facts xj_facts_at(struct xj_facts_ctx *ctx, const struct xj_store *store, struct xj_reg_cache *cache,
                            const struct xj_succession *succession, uint64_t at)
{
    const bool any = succession->count > 0;
    *ctx = (struct xj_facts_ctx){.store = store, .cache = cache, .succession = succession, .at = at};
    return (struct xj_facts){.ctx = ctx, .role = fact_role, .sector = fact_sector, .counterpart = fact_counterpart,
                             .granted = fact_granted, .holder = any ? fact_holder : NULL, .heir = any ? fact_heir : NULL};
}
