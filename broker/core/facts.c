/* What the engine asks the register, and the models it works with. Spec: spec/06-register.md, spec/09-fold.md. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

static void note(struct xj_exchange *x, enum xj_err err)
{
    if (!x->facts_err && err != XJ_ENOTFOUND) x->facts_err = err;
}

static struct xj_slice agency_fact(struct xj_exchange *x, struct xj_slice agency, bool sector)
{
    struct peer *p;
    if (x->facts_as_of) { /* of an act folded anew, as when it was judged */
        const enum xj_err err = xj_reg_agency(&x->store, agency, x->facts_as_of, &x->as_of);
        note(x, err);
        return err ? xj_slice_of(NULL, 0) : xj_slice_cstr(sector ? x->as_of.sector : x->as_of.role);
    }
    note(x, xj_peer_get(x, agency, &p));
    if (!p) return xj_slice_of(NULL, 0);
    return xj_slice_cstr(sector ? p->facts.sector : p->facts.role);
}

static struct xj_slice fact_role(void *ctx, struct xj_slice agency)
{
    return agency_fact(ctx, agency, false);
}

static struct xj_slice fact_sector(void *ctx, struct xj_slice agency)
{
    return agency_fact(ctx, agency, true);
}

static struct xj_slice fact_counterpart(void *ctx, struct xj_slice agency, struct xj_slice role, size_t i)
{
    struct xj_exchange *x = ctx;
    const struct xj_slice sector = agency_fact(x, agency, true);
    const enum xj_err err = xj_reg_counterpart(&x->store, agency, role, sector, i, x->name);
    note(x, err);
    return err ? xj_slice_of(NULL, 0) : xj_slice_cstr(x->name);
}

static bool fact_granted(void *ctx, struct xj_slice agency, struct xj_slice opener, int64_t at_ms)
{
    struct xj_exchange *x = ctx;
    bool granted = false;
    note(x, xj_succession_granted(&x->succession, &x->store, agency, opener, at_ms, &granted));
    return granted;
}

static struct xj_slice fact_holder(void *ctx, struct xj_slice agency, int64_t at_ms)
{
    struct xj_exchange *x = ctx;
    note(x, xj_succession_holder(&x->succession, &x->store, agency, UINT64_MAX, at_ms, x->holder));
    return xj_slice_cstr(x->holder);
}

static bool fact_heir(void *ctx, struct xj_slice heir, struct xj_slice agency)
{
    return xj_succession_heir(&((struct xj_exchange *)ctx)->succession, heir, agency);
}

enum xj_err xj_pin_get(struct xj_exchange *x, struct xj_id case_id, struct pin *ret)
{
    const struct key k = xj_key_bytes('K', case_id.b, sizeof case_id.b);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp2);
    if (err) return err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp2), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    ret->procedure = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    xj_take_bin_to(&c, ret->revision.b, XJ_HASH_SIZE);
    ret->opener = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    err = xj_cur_end(&c) == XJ_OK ? XJ_OK : XJ_ECORRUPT;
    xj_doc_close(&doc);
    return err;
}

enum xj_err xj_pin_put(struct xj_exchange *x, const struct xj_header *h, struct xj_slice opener)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 3);
    xj_put_str(&x->tmp, h->procedure);
    xj_put_bin(&x->tmp, h->revision.b, XJ_HASH_SIZE);
    xj_put_str(&x->tmp, opener);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = xj_key_bytes('K', h->case_id.b, sizeof h->case_id.b);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

/* A slot for a model: an empty one, else the one used longest ago. */
static struct model_slot *slot_for(struct xj_exchange *x)
{
    struct model_slot *oldest = &x->models[0];
    for (size_t i = 0; i < sizeof x->models / sizeof x->models[0]; i++) {
        if (!x->models[i].model) return &x->models[i];
        if (x->models[i].used < oldest->used) oldest = &x->models[i];
    }
    xj_model_free(oldest->model);
    oldest->model = NULL;
    return oldest;
}

static enum xj_err model_for(struct xj_exchange *x, struct xj_slice procedure, const struct xj_hash *revision,
                             const struct xj_model **ret)
{
    for (size_t i = 0; i < sizeof x->models / sizeof x->models[0]; i++) {
        struct model_slot *s = &x->models[i];
        if (!s->model || !xj_slice_is(procedure, s->name) || !xj_hash_eq(&s->model->revision, revision)) continue;
        s->used = ++x->model_clock;
        *ret = s->model;
        return XJ_OK;
    }
    if (procedure.n > XJ_MAX_NAME_BYTES) return XJ_ENOTFOUND;
    struct xj_buf compiled;
    xj_buf_init(&compiled, XJ_MAX_REGISTER_ENTRY_BYTES);
    struct xj_model *model = NULL;
    enum xj_err err = xj_reg_procedure(&x->store, procedure, revision, &compiled);
    if (!err) err = xj_model_decode(xj_buf_slice(&compiled), &model);
    xj_buf_free(&compiled);
    if (err) return xj_err_is_world(err) ? err : XJ_ENOTFOUND;
    struct model_slot *s = slot_for(x);
    memcpy(s->name, procedure.p, procedure.n);
    s->name[procedure.n] = 0;
    s->model = model;
    s->used = ++x->model_clock;
    *ret = model;
    return XJ_OK;
}

/* Other revisions, for a case that moved or may. */
static const struct xj_model *other_model(void *ctx, const char *procedure, const struct xj_hash *revision)
{
    struct xj_exchange *x = ctx;
    const struct xj_model *model = NULL;
    note(x, model_for(x, xj_slice_cstr(procedure), revision, &model));
    return model;
}

static bool other_effective(void *ctx, const char *procedure, const struct xj_hash *revision, int64_t *ret_ms)
{
    struct xj_exchange *x = ctx;
    const enum xj_err err = xj_reg_procedure_effective(&x->store, xj_slice_cstr(procedure), revision, ret_ms);
    note(x, err);
    return !err;
}

enum xj_err xj_facts_fresh(struct xj_exchange *x)
{
    if (x->facts_at == x->reg.number && x->facts_at) return XJ_OK;
    struct xj_buf value;
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(&x->store, "calendar", xj_slice_cstr("cn"), UINT64_MAX, &value);
    struct xj_doc doc = {0};
    if (x->has_calendar) xj_calendar_free(&x->calendar);
    x->has_calendar = false;
    if (!err && (err = xj_doc_kept(&doc, xj_buf_slice(&value), XJ_MAX_REGISTER_NODES)) == XJ_OK) {
        const enum xj_err read = xj_calendar_decode(xj_map_bin(&doc.root, "bytes"), &x->calendar);
        x->has_calendar = !read;
        if (read == XJ_ENOMEM) err = read;
        xj_doc_close(&doc);
    }
    xj_buf_free(&value);
    if (err && err != XJ_ENOTFOUND) return err;
    if ((err = xj_succession_read(&x->succession, &x->store, x->reg.number)) != XJ_OK) return err;
    x->facts_at = x->reg.number;
    return XJ_OK;
}

enum xj_err xj_engine_for(struct xj_exchange *x, struct xj_slice procedure, const struct xj_hash *revision,
                          struct xj_engine *ret)
{
    const struct xj_model *model;
    enum xj_err err = model_for(x, procedure, revision, &model);
    if (!err) err = xj_facts_fresh(x);
    if (err) return err;
    const bool any = x->succession.count > 0;
    x->facts_err = XJ_OK;
    *ret = (struct xj_engine){.store = x->store, .model = model, .calendar = x->has_calendar ? &x->calendar : NULL,
                              .facts = {.ctx = x, .role = fact_role, .sector = fact_sector,
                                        .counterpart = fact_counterpart, .granted = fact_granted,
                                        .holder = any ? fact_holder : NULL, .heir = any ? fact_heir : NULL},
                              .revisions = {.ctx = x, .model = other_model, .effective = other_effective}};
    return XJ_OK;
}

enum xj_err xj_engine_of_case(struct xj_exchange *x, struct xj_id case_id, struct xj_engine *ret)
{
    struct pin pin;
    enum xj_err err = xj_pin_get(x, case_id, &pin);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err; /* an act of the case was admitted */
    return xj_engine_for(x, pin.procedure, &pin.revision, ret);
}

void xj_models_free(struct xj_exchange *x)
{
    for (size_t i = 0; i < sizeof x->models / sizeof x->models[0]; i++) xj_model_free(x->models[i].model);
    if (x->has_calendar) xj_calendar_free(&x->calendar);
    xj_succession_free(&x->succession);
}
