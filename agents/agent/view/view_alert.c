/* Alerts of a case into the view: what the rules of its procedure tell this agency. Spec: spec/12-detection.md. */
#include <stdio.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/figures.h"
#include "agents/agent/view/view_private.h"

struct finding {
    struct xj_view *v;
    const struct xj_engine *e;
    const struct xj_model *model;
    struct xj_id case_id;
    int64_t idx;
    struct xj_figures figures;
};

/* ---- what rules ask ---- */

static bool in_breaches(const struct xj_st_breach *list, size_t n, const char *code, const char *detail)
{
    for (size_t i = 0; i < n; i++)
        if (xj_slice_is(list[i].code, code) && (detail == NULL || xj_slice_is(list[i].detail, detail)))
            return true;
    return false;
}

static bool row_has_breach(const struct finding *p, sqlite3_stmt *st, const char *code, const char *detail)
{
    struct xj_header *h = &p->v->scratch->header;
    struct xj_admitted *a = &p->v->scratch->admitted;
    struct xj_st_breach found[XJ_MAX_BODY_BREACHES];
    struct xj_slice body = xj_vq_slice(st, 2);
    unsigned field;
    if (xj_header_decode(xj_vq_slice(st, 0), h, &field) != XJ_OK || xj_admitted_decode(xj_vq_slice(st, 1), a) != XJ_OK) {
        xj_view_fail(p->v, XJ_ECORRUPT);
        return false;
    }
    if (in_breaches(a->breaches, a->breach_count, code, detail))
        return true;
    const struct xj_model *model = xj_hash_eq(&h->revision, &p->model->revision) ? p->model : xj_view_model(p->v, h->procedure, &h->revision);
    uint16_t act = model != NULL ? xj_model_act(model, h->act) : XJ_NONE;
    size_t n = body.p == NULL ? 0 : xj_body_breaches(act != XJ_NONE ? &model->acts[act] : NULL, h, a->breaches, a->breach_count, body, found);
    return in_breaches(found, n, code, detail);
}

static bool has_breach(void *ctx, const struct xj_id *act, const char *code, const char *detail)
{
    struct finding *p = ctx;
    bool found = false;
    sqlite3_stmt *st = xj_vq(p->v, "SELECT header, statement, body FROM act WHERE id = ?1 AND case_id = ?2", "bb", xj_id_slice(act),
                             xj_id_slice(&p->case_id));
    if (xj_vq_row(p->v, st)) {
        found = row_has_breach(p, st, code, detail);
        xj_vq_end(st);
    }
    return found;
}

static bool has_kind(void *ctx, const char *kind)
{
    struct finding *p = ctx;
    sqlite3_stmt *st = xj_vq(p->v, "SELECT 1 FROM party WHERE case_id = ?1 AND kind = ?2", "bs", xj_id_slice(&p->case_id), xj_slice_cstr(kind));
    if (!xj_vq_row(p->v, st))
        return false;
    xj_vq_end(st);
    return true;
}

static bool figure(void *ctx, const struct xj_id *act, const char *word, uint64_t *ret)
{
    struct finding *p = ctx;
    return xj_figure(&p->figures, act, word, ret);
}

/* ---- one alert ---- */

/* Told: one of the roles the rule names, or the agency that is answerable, or may become so by succession; self: only as that. */
static bool for_us(const struct finding *p, const struct xj_alert_view *a, bool *ret_self)
{
    const struct xj_m_rule *rule = &p->model->rules[a->rule];
    struct xj_slice agency = xj_slice_cstr(p->v->agency), role = p->e->facts.role(p->e->facts.ctx, agency);
    *ret_self = role.n == 0 || (rule->tell & xj_model_role(p->model, role)) == 0;
    return !*ret_self || (rule->tell_self && (xj_slice_eq(a->answerable, agency) ||
                                              (p->e->facts.heir != NULL && p->e->facts.heir(p->e->facts.ctx, agency, a->answerable))));
}

/* "word=value", parted by spaces: what the condition asked for. */
static struct xj_slice figures_text(const struct xj_alert_view *a, char *out, size_t size)
{
    size_t n = 0;
    for (size_t i = 0; i < a->figure_count && n < size; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%s=%llu", i > 0 ? " " : "", a->figures[i].word, (unsigned long long)a->figure_values[i]);
    return xj_slice_of(out, n < size ? n : size - 1);
}

static bool found(void *arg, const struct xj_alert_view *a)
{
    struct finding *p = arg;
    uint8_t subjects[XJ_MAX_SUBJECTS * 17], evidence[XJ_ALERT_EVIDENCE * sizeof(struct xj_id)], key[XJ_TOLD_KEY_SIZE];
    struct xj_slice none = {NULL, 0};
    char figures[XJ_MODEL_FIGURES_MAX * (XJ_MAX_NAME_BYTES + 24)];
    bool self;
    if (!for_us(p, a, &self))
        return p->v->err == XJ_OK;
    struct xj_slice rule = xj_slice_cstr(p->model->rules[a->rule].name.id);
    struct xj_slice duty = a->duty != XJ_NONE ? xj_slice_cstr(p->model->duties[a->duty].name.id) : none;
    xj_told_key(p->case_id, rule, duty, a->evidence[0], a->answerable, key);
    for (size_t i = 0; i < a->evidence_count; i++)
        memcpy(evidence + i * sizeof(struct xj_id), a->evidence[i].b, sizeof(struct xj_id));
    xj_vq_run(p->v, xj_vq(p->v, "INSERT INTO alert(case_id, idx, rule, severity, answerable, duty, subjects, evidence, fires_ms, history,"
                                " cleared, cleared_by, figures, key, since_ms, self) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
                          "bisissbbiiibsbIi", xj_id_slice(&p->case_id), p->idx++, rule,
                          (int64_t)a->severity, a->answerable, duty,
                          xj_view_pack_subjects(a->subjects, a->subject_count, subjects),
                          xj_slice_of(evidence, a->evidence_count * sizeof(struct xj_id)), a->fires_ms, (int64_t)a->history,
                          (int64_t)a->cleared, a->cleared && !xj_id_is_nil(&a->cleared_by) ? xj_id_slice(&a->cleared_by) : none, figures_text(a, figures, sizeof figures), xj_slice_of(key, sizeof key),
                          a->since_known ? &a->since_ms : NULL, (int64_t)self));
    return p->v->err == XJ_OK;
}

void xj_view_find_alerts(struct xj_view *v, const struct xj_engine *e, struct xj_id case_id)
{
    struct finding p = {.v = v, .e = e, .model = e->model, .case_id = case_id};
    const struct xj_alert_facts facts = {&p, has_breach, has_kind, figure};
    enum xj_err err = xj_figures_init(&p.figures, v, case_id);
    if (err == XJ_OK)
        err = xj_engine_alerts(e, case_id, &facts, found, &p);
    xj_figures_free(&p.figures);
    if (err != XJ_OK)
        xj_view_fail(v, err);
}
