#include <stdio.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/render_private.h"
#include "schema/base/civil.h"

struct alerts {
    struct xj_view *v;
    const struct xj_engine *e;
    const struct xj_model *model;
    struct xj_id case_id;
    json_t *list;
};

/* ---- what rules ask ---- */

static bool in_breaches(const struct xj_st_breach *list, size_t n, const char *code, const char *detail)
{
    for (size_t i = 0; i < n; i++)
        if (xj_slice_is(list[i].code, code) && (detail == NULL || xj_slice_is(list[i].detail, detail)))
            return true;
    return false;
}

static bool row_has_breach(const struct alerts *p, sqlite3_stmt *st, const char *code, const char *detail)
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
    uint16_t act = xj_model_act(p->model, h->act);
    size_t n = body.p == NULL ? 0 : xj_body_breaches(act != XJ_NONE ? &p->model->acts[act] : NULL, h, a->breaches, a->breach_count, body, found);
    return in_breaches(found, n, code, detail);
}

static bool has_breach(void *ctx, const struct xj_id *act, const char *code, const char *detail)
{
    struct alerts *p = ctx;
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
    struct alerts *p = ctx;
    sqlite3_stmt *st = xj_vq(p->v, "SELECT 1 FROM party WHERE case_id = ?1 AND kind = ?2", "bs", xj_id_slice(&p->case_id), xj_slice_cstr(kind));
    if (!xj_vq_row(p->v, st))
        return false;
    xj_vq_end(st);
    return true;
}

/* ---- one alert ---- */

static const char *alarm_name(enum xj_alarm a)
{
    return a == XJ_ALARM_RED ? "red" : a == XJ_ALARM_AMBER ? "amber" : "notice";
}

/* The act as one line of the reason. */
static json_t *evidence_json(const struct alerts *p, const struct xj_alert_view *a, size_t i)
{
    struct xj_header *h = &p->v->scratch->header;
    json_t *made = json_object();
    unsigned field;
    sqlite3_stmt *st = xj_vq(p->v, "SELECT header FROM act WHERE case_id = ?1 AND seq = ?2", "bi", xj_id_slice(&p->case_id), (int64_t)a->seqs[i]);
    if (xj_vq_row(p->v, st)) {
        uint16_t act = XJ_NONE;
        if (xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK)
            act = xj_model_act(p->model, h->act);
        else
            xj_view_fail(p->v, XJ_ECORRUPT);
        xj_rset(p->v, made, "act", act != XJ_NONE ? json_string(p->model->acts[act].name.id) : json_null());
        xj_rset(p->v, made, "zh", act != XJ_NONE ? json_string(p->model->acts[act].name.zh) : json_null());
        xj_rset(p->v, made, "en", act != XJ_NONE ? json_string(p->model->acts[act].name.en) : json_null());
        xj_rinstant(p->v, made, "occurred", h->has_occurred, h->occurred_from_ms);
        xj_vq_end(st);
    }
    xj_rset(p->v, made, "id", xj_rid(xj_id_slice(&a->evidence[i])));
    xj_rset(p->v, made, "seq", json_integer((json_int_t)a->seqs[i]));
    return made;
}

static void add_words(struct xj_buf *out, const json_t *evidence, const char *lang)
{
    const json_t *one;
    size_t i;
    json_array_foreach(evidence, i, one)
    {
        const char *name = json_string_value(json_object_get(one, lang)), *day = json_string_value(json_object_get(one, "occurred"));
        xj_buf_addf(out, "%s%s", i == 0 ? "" : lang[0] == 'z' ? "；" : "; ", name != NULL ? name : "?");
        if (day != NULL)
            xj_buf_addf(out, " %.10s", day);
    }
}

/* What the rule says, the duty with its date, the acts it was found in. */
static json_t *why_text(const struct alerts *p, const struct xj_alert_view *a, const json_t *evidence, bool zh)
{
    const struct xj_m_rule *rule = &p->model->rules[a->rule];
    struct xj_buf out;
    char due[30];
    xj_buf_init(&out, 4096);
    xj_buf_addf(&out, "%s%s", zh ? rule->name.zh : rule->name.en, zh ? "：" : ": ");
    if (a->duty != XJ_NONE) {
        const struct xj_m_duty *d = &p->model->duties[a->duty];
        xj_instant_format(a->since_ms, due);
        xj_buf_addf(&out, zh ? "%s %s，应于 %.10s 前完成；" : "%s %s, due %.10s; ", d->name.id, zh ? d->name.zh : d->name.en, due);
    }
    add_words(&out, evidence, zh ? "zh" : "en");
    const char *text = xj_buf_cstr(&out);
    json_t *made = text != NULL ? json_string(text) : NULL;
    xj_buf_free(&out);
    return made;
}

static json_t *escalation(const struct alerts *p, const struct xj_m_rule *rule)
{
    json_t *made = json_array();
    for (uint16_t i = 0; i < rule->escalate_count; i++) {
        const struct xj_name *n = &p->model->acts[rule->escalate[i]].name;
        xj_radd(p->v, made, json_pack("{s:s, s:s, s:s}", "act", n->id, "zh", n->zh, "en", n->en));
    }
    return made;
}

static void add_rule(const struct alerts *p, json_t *made, const struct xj_alert_view *a)
{
    const struct xj_m_rule *rule = &p->model->rules[a->rule];
    xj_rset(p->v, made, "rule", json_string(rule->name.id));
    xj_rset(p->v, made, "zh", json_string(rule->name.zh));
    xj_rset(p->v, made, "en", json_string(rule->name.en));
    xj_rset(p->v, made, "mode", json_string(rule->mode_zh));
    xj_rset(p->v, made, "mode_en", json_string(rule->mode_en));
    xj_rset(p->v, made, "severity", json_string(alarm_name(a->severity)));
    xj_rset(p->v, made, "cite", json_string(rule->cite));
    xj_rset(p->v, made, "tag", json_string(xj_rtag(rule->tag)));
    xj_rset(p->v, made, "escalate", escalation(p, rule));
}

/* Told: one of the roles the rule names, or the agency that is answerable. */
static bool for_us(const struct alerts *p, const struct xj_alert_view *a)
{
    const struct xj_m_rule *rule = &p->model->rules[a->rule];
    if (rule->tell_self && xj_slice_is(a->answerable, p->v->agency))
        return true;
    struct xj_slice role = p->e->facts.role(p->e->facts.ctx, xj_slice_cstr(p->v->agency));
    return role.n > 0 && (rule->tell & xj_model_role(p->model, role)) != 0;
}

static bool alert_seen(void *arg, const struct xj_alert_view *a)
{
    struct alerts *p = arg;
    struct xj_view *v = p->v;
    if (!for_us(p, a))
        return v->err == XJ_OK;
    json_t *made = json_object(), *subjects = json_array(), *evidence = json_array();
    for (size_t i = 0; i < a->subject_count; i++)
        xj_radd(v, subjects, xj_rsubject(&a->subjects[i]));
    for (size_t i = 0; i < a->evidence_count; i++)
        xj_radd(v, evidence, evidence_json(p, a, i));
    add_rule(p, made, a);
    xj_rset(v, made, "answerable", xj_ragency(v, a->answerable, NULL));
    xj_rset(v, made, "subjects", subjects);
    xj_rset(v, made, "duty", a->duty != XJ_NONE ? json_string(p->model->duties[a->duty].name.id) : json_null());
    xj_rinstant(v, made, "since", a->since_known, a->since_ms);
    xj_rset(v, made, "history", json_boolean(a->history));
    xj_rset(v, made, "cleared", json_boolean(a->cleared));
    xj_rset(v, made, "cleared_by", a->cleared && !xj_id_is_nil(&a->cleared_by) ? xj_rid(xj_id_slice(&a->cleared_by)) : json_null());
    xj_rset(v, made, "why", why_text(p, a, evidence, true));
    xj_rset(v, made, "why_en", why_text(p, a, evidence, false));
    xj_rset(v, made, "evidence", evidence);
    xj_radd(v, p->list, made);
    return v->err == XJ_OK;
}

json_t *xj_ralerts(struct xj_view *v, const struct xj_engine *e, struct xj_id case_id, int64_t now_ms)
{
    struct alerts p = {.v = v, .case_id = case_id, .list = json_array()};
    if (e == NULL)
        return p.list;
    p.e = e;
    p.model = e->model;
    const struct xj_alert_facts facts = {&p, has_breach, has_kind};
    enum xj_err err = xj_engine_alerts(e, case_id, now_ms, &facts, alert_seen, &p);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    return p.list;
}
