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

static void load_calendar(struct xj_view *v)
{
    struct xj_buf fact;
    struct xj_doc doc;
    xj_buf_init(&fact, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_calendar_free(&v->calendar);
    v->has_calendar = false;
    enum xj_err err = xj_reg_get(&v->store, "calendar", xj_slice_cstr("cn"), UINT64_MAX, &fact);
    if (err == XJ_OK && (err = xj_doc_open(&doc, xj_buf_slice(&fact), XJ_MAX_REGISTER_NODES)) == XJ_OK) {
        err = xj_calendar_decode(xj_map_bin(&doc.root, "bytes"), &v->calendar);
        v->has_calendar = err == XJ_OK;
        xj_doc_close(&doc);
    }
    if (err == XJ_ENOMEM || err == XJ_EIO)
        xj_view_fail(v, err);
    xj_buf_free(&fact);
}

const struct xj_calendar *xj_view_calendar(struct xj_view *v)
{
    struct xj_reg_head head;
    enum xj_err err = xj_reg_head(&v->store, &head);
    if (err != XJ_OK) {
        xj_view_fail(v, err);
        return NULL;
    }
    if (head.number != v->calendar_register) {
        load_calendar(v);
        v->calendar_register = head.number;
    }
    v->agencies.head = head.number;
    return v->has_calendar ? &v->calendar : NULL;
}

bool xj_view_engine(struct xj_view *v, struct xj_slice procedure, const struct xj_hash *revision, uint64_t at,
                    struct xj_engine *ret)
{
    const struct xj_model *model = xj_view_model(v, procedure, revision);
    if (model == NULL)
        return false;
    *ret = (struct xj_engine){.store = v->store, .model = model, .calendar = xj_view_calendar(v),
                              .facts = xj_facts_at(&v->facts, &v->store, &v->agencies, at),
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
    for (size_t i = 0; i < XJ_VIEW_MODELS; i++)
        xj_model_free(v->models[i].model);
    memset(v->models, 0, sizeof v->models);
    xj_calendar_free(&v->calendar);
    v->has_calendar = false;
    v->calendar_register = 0;
    memset(&v->agencies, 0, sizeof v->agencies);
}
