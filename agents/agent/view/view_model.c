#include <string.h>

#include "agents/agent/view/view_private.h"

static struct xj_view_model *slot_of(struct xj_view *v, const struct xj_hash *revision)
{
    for (size_t i = 0; i < XJ_VIEW_MODELS; i++)
        if (v->models[i].model != NULL && xj_hash_eq(&v->models[i].revision, revision)) {
            v->models[i].used = ++v->model_clock;
            return &v->models[i];
        }
    return NULL;
}

/* An empty slot, else the one used longest ago. */
static struct xj_view_model *free_slot(struct xj_view *v)
{
    struct xj_view_model *oldest = &v->models[0];
    for (size_t i = 0; i < XJ_VIEW_MODELS; i++) {
        if (v->models[i].model == NULL)
            return &v->models[i];
        if (v->models[i].used < oldest->used)
            oldest = &v->models[i];
    }
    xj_model_free(oldest->model);
    return oldest;
}

const struct xj_model *xj_view_model(struct xj_view *v, struct xj_slice procedure, const struct xj_hash *revision)
{
    struct xj_view_model *slot = slot_of(v, revision);
    if (slot != NULL)
        return xj_slice_is(procedure, slot->model->name.id) ? slot->model : NULL;
    struct xj_buf compiled;
    struct xj_model *model = NULL;
    xj_buf_init(&compiled, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_procedure(&v->store, procedure, revision, &compiled);
    if (err == XJ_OK)
        err = xj_model_decode(xj_buf_slice(&compiled), &model);
    xj_buf_free(&compiled);
    if (err == XJ_ENOMEM || err == XJ_EIO || err == XJ_EFULL)
        xj_view_fail(v, err);
    if (err != XJ_OK)
        return NULL;
    slot = free_slot(v);
    *slot = (struct xj_view_model){.revision = *revision, .model = model, .used = ++v->model_clock};
    return model;
}

/* Other revisions, for a case that moved or may. */
static const struct xj_model *other_model(void *ctx, const char *procedure, const struct xj_hash *revision)
{
    return xj_view_model(ctx, xj_slice_cstr(procedure), revision);
}

static bool other_effective(void *ctx, const char *procedure, const struct xj_hash *revision, int64_t *ret_ms)
{
    struct xj_view *v = ctx;
    enum xj_err err = xj_reg_procedure_effective(&v->store, xj_slice_cstr(procedure), revision, ret_ms);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    return err == XJ_OK;
}

/* Opens the law data that the register holds under (kind, "cn"), and hands its bytes to decode. */
static bool load_law(struct xj_view *v, const char *kind, enum xj_err (*decode)(struct xj_view *v, struct xj_slice bytes))
{
    struct xj_buf fact;
    struct xj_doc doc;
    xj_buf_init(&fact, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(&v->store, kind, xj_slice_cstr("cn"), UINT64_MAX, &fact);
    if (err == XJ_OK && (err = xj_doc_open(&doc, xj_buf_slice(&fact), XJ_MAX_REGISTER_NODES)) == XJ_OK) {
        err = decode(v, xj_map_bin(&doc.root, "bytes"));
        xj_doc_close(&doc);
    }
    if (err == XJ_ENOMEM || err == XJ_EIO)
        xj_view_fail(v, err);
    xj_buf_free(&fact);
    return err == XJ_OK;
}

static enum xj_err decode_calendar(struct xj_view *v, struct xj_slice bytes)
{
    return xj_calendar_decode(bytes, &v->calendar);
}

static enum xj_err decode_standards(struct xj_view *v, struct xj_slice bytes)
{
    return xj_standards_decode(bytes, &v->standards, NULL);
}

/* The number the register stands at, in *ret; false on failure. */
static bool register_number(struct xj_view *v, uint64_t *ret)
{
    struct xj_reg_head head = {.number = 0};
    enum xj_err err = xj_reg_head(&v->store, &head);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    *ret = head.number;
    return err == XJ_OK;
}

const struct xj_calendar *xj_view_calendar(struct xj_view *v)
{
    uint64_t number;
    if (!register_number(v, &number))
        return NULL;
    if (number != v->calendar_register) {
        xj_calendar_free(&v->calendar);
        v->has_calendar = load_law(v, "calendar", decode_calendar);
        enum xj_err err = xj_succession_read(&v->succession, &v->store, number);
        if (err != XJ_OK)
            xj_view_fail(v, err);
        v->calendar_register = number;
    }
    v->agencies.head = number;
    return v->has_calendar ? &v->calendar : NULL;
}

const struct xj_standards *xj_view_standards(struct xj_view *v)
{
    uint64_t number;
    if (!register_number(v, &number))
        return NULL;
    if (number != v->standards_register) {
        xj_standards_free(&v->standards);
        v->has_standards = load_law(v, "standards", decode_standards);
        v->standards_register = number;
    }
    return v->has_standards ? &v->standards : NULL;
}

bool xj_view_engine(struct xj_view *v, struct xj_slice procedure, const struct xj_hash *revision, uint64_t at,
                    struct xj_engine *ret)
{
    const struct xj_model *model = xj_view_model(v, procedure, revision);
    if (model == NULL)
        return false;
    *ret = (struct xj_engine){.store = v->store, .model = model, .calendar = xj_view_calendar(v),
                              .facts = xj_facts_at(&v->facts, &v->store, &v->agencies, &v->succession, at),
                              .revisions = {.ctx = v, .model = other_model, .effective = other_effective}};
    return v->err == XJ_OK;
}

bool xj_view_pin(struct xj_view *v, struct xj_id case_id, char ret_procedure[XJ_MAX_NAME_BYTES + 1], struct xj_hash *ret_revision)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT procedure, revision FROM case_index WHERE case_id = ?1", "b", xj_id_slice(&case_id));
    if (!xj_vq_row(v, st))
        return false;
    struct xj_slice name = xj_vq_slice(st, 0), revision = xj_vq_slice(st, 1);
    bool good = name.n <= XJ_MAX_NAME_BYTES && revision.n == XJ_HASH_SIZE;
    if (good) {
        memcpy(ret_procedure, name.p, name.n);
        ret_procedure[name.n] = '\0';
        memcpy(ret_revision->b, revision.p, XJ_HASH_SIZE);
    } else {
        xj_view_fail(v, XJ_ECORRUPT);
    }
    xj_vq_end(st);
    return good;
}

void xj_view_models_free(struct xj_view *v)
{
    xj_view_orders_forget(v);
    for (size_t i = 0; i < XJ_VIEW_MODELS; i++)
        xj_model_free(v->models[i].model);
    memset(v->models, 0, sizeof v->models);
    xj_calendar_free(&v->calendar);
    v->has_calendar = false;
    v->calendar_register = 0;
    xj_standards_free(&v->standards);
    v->has_standards = false;
    v->standards_register = 0;
    memset(&v->agencies, 0, sizeof v->agencies);
    xj_succession_free(&v->succession);
}
