/* Alerts of a case into the view: what the rules of its procedure tell this agency. Spec: spec/12-detection.md. */
#include <stdio.h>
#include <string.h>

#include "agents/agent/view/figures.h"
#include "agents/agent/view/view_private.h"

#define ACTS_HELD 6u /* rules go over the acts of a case one by one: these need not be read again for each */

struct finding {
    struct xj_view *v;
    const struct xj_engine *e;
    const struct xj_model *model;
    struct xj_id case_id;
    int64_t idx;
    struct xj_figures figures[ACTS_HELD];
    size_t held, next; /* those in use; the one given up last */
};

/* ---- what rules ask ---- */

/* Where the act is looked at, or one that was looked at longest ago; NULL: memory is out. */
static struct xj_figures *looked_at(struct finding *p, const struct xj_id *act)
{
    for (size_t i = 0; i < p->held; i++)
        if (xj_figures_hold(&p->figures[i], act))
            return &p->figures[i];
    if (p->held == ACTS_HELD) {
        p->next = (p->next + 1) % ACTS_HELD;
        return &p->figures[p->next];
    }
    struct xj_figures *f = &p->figures[p->held++];
    if (xj_figures_init(f, p->v, p->case_id) == XJ_OK)
        return f;
    xj_view_fail(p->v, XJ_ENOMEM);
    return NULL;
}

static bool has_breach(void *ctx, const struct xj_id *act, const char *code, const char *detail)
{
    struct finding *p = ctx;
    struct xj_figures *f = looked_at(p, act);
    return f != NULL && xj_figures_breach(f, act, code, detail);
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
    struct xj_figures *f = looked_at(ctx, act);
    return f != NULL && xj_figure(f, act, word, ret);
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
    enum xj_err err = xj_engine_alerts(e, case_id, &facts, found, &p);
    for (size_t i = 0; i < p.held; i++)
        xj_figures_free(&p.figures[i]);
    if (err != XJ_OK)
        xj_view_fail(v, err);
}
