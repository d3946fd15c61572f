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

struct grant_search {
    struct xj_slice opener, opener_division;
    bool found;
};

static bool names_opener(const msgpack_object *agencies, struct xj_slice opener)
{
    struct xj_cur c = xj_cur_over(agencies, 0, UINT32_MAX);
    if (c.bad || c.left == 0)
        return true; /* no list or an empty one: all */
    while (c.left > 0 && !c.bad)
        if (xj_slice_eq(xj_take_str(&c, 0, SIZE_MAX), opener))
            return true;
    return false;
}

static bool grant_seen(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct grant_search *g = arg;
    struct xj_doc doc;
    (void)id;
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return true;
    struct xj_slice division = xj_map_str(&doc.root, "division");
    bool inside = division.n == 0 || (division.n <= g->opener_division.n && memcmp(division.p, g->opener_division.p, division.n) == 0);
    g->found = inside && names_opener(xj_map_get(&doc.root, "agencies"), g->opener);
    xj_doc_close(&doc);
    return !g->found;
}

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener)
{
    struct xj_facts_ctx *c = ctx;
    uint8_t prefix[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_agency known;
    if (agency.n == 0 || agency.n > XJ_MAX_AGENCY_BYTES || !look_up(c, opener, &known))
        return false;
    memcpy(prefix, agency.p, agency.n);
    prefix[agency.n] = '/';
    struct grant_search g = {.opener = opener, .opener_division = xj_slice_cstr(known.division)};
    enum xj_err err = xj_reg_each(c->store, "grant", xj_slice_of(prefix, agency.n + 1), grant_seen, &g);
    if (err != XJ_OK && c->err == XJ_OK)
        c->err = err;
    return g.found;
}

struct xj_facts xj_facts_at(struct xj_facts_ctx *ctx, const struct xj_store *store, uint64_t at)
{
    *ctx = (struct xj_facts_ctx){.store = store, .at = at};
    return (struct xj_facts){.ctx = ctx, .role = fact_role, .sector = fact_sector, .counterpart = fact_counterpart,
                             .granted = fact_granted};
}
