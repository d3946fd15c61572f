#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/figures.h"
#include "agents/agent/view/render_private.h"
#include "schema/base/civil.h"
#include "schema/procedure/figures.h"
#include "schema/procedure/standards_look.h"
#include "schema/procedure/standards_text.h"

#define COLUMNS                                                                                                               \
    "a.case_id, a.rule, a.severity, a.answerable, a.duty, a.subjects, a.evidence, a.since_ms, a.history, a.cleared, a.cleared_by, a.figures, a.key"

struct alert {
    struct xj_view *v;
    const struct xj_model *model;
    const struct xj_m_rule *rule; /* NULL: the model is not here */
    struct xj_slice case_id;
};

static const char *alarm_name(int64_t severity)
{
    return severity == XJ_ALARM_RED ? "red" : severity == XJ_ALARM_AMBER ? "amber" : "notice";
}

json_t *xj_revidence(struct xj_view *v, const struct xj_model *model, struct xj_slice case_id, struct xj_slice id)
{
    struct xj_header *h = &v->scratch->header;
    json_t *made = json_object();
    unsigned field;
    char name[256];
    xj_rset(v, made, "id", xj_rid(id));
    sqlite3_stmt *st = xj_vq(v, "SELECT header, seq, entry FROM act WHERE id = ?1 AND case_id = ?2", "bb", id, case_id);
    if (!xj_vq_row(v, st))
        return made;
    if (xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK) {
        model = xj_ract_model(v, model, h);
        uint16_t act = model != NULL ? xj_model_act(model, h->act) : XJ_NONE;
        xj_rset(v, made, "act", xj_rtext(h->act));
        xj_rset(v, made, "zh", act != XJ_NONE ? json_string(model->acts[act].name.zh) : json_null());
        xj_rset(v, made, "en", act != XJ_NONE ? json_string(model->acts[act].name.en) : json_null());
        xj_rset(v, made, "from", xj_rtext(h->from));
        xj_rset(v, made, "from_name", xj_render_agency_name(v, h->from, name) ? json_string(name) : json_null());
        xj_rinstant(v, made, "occurred", h->has_occurred, h->occurred_from_ms);
        xj_rset(v, made, "seq", json_integer(sqlite3_column_int64(st, 1)));
        xj_rset(v, made, "entry", json_integer(sqlite3_column_int64(st, 2)));
    } else {
        xj_view_fail(v, XJ_ECORRUPT);
    }
    xj_vq_end(st);
    return made;
}

static json_t *evidence_list(const struct alert *p, struct xj_slice ids)
{
    json_t *made = json_array();
    for (size_t at = 0; at + sizeof(struct xj_id) <= ids.n; at += sizeof(struct xj_id))
        xj_radd(p->v, made, xj_revidence(p->v, p->model, p->case_id, xj_slice_of(ids.p + at, sizeof(struct xj_id))));
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

static void add_figures(struct xj_buf *out, const json_t *figures, const char *lang)
{
    const json_t *one;
    size_t i;
    json_array_foreach(figures, i, one)
        xj_buf_addf(out, "%s %lld%s", json_string_value(json_object_get(one, lang)), (long long)json_integer_value(json_object_get(one, "value")),
                    lang[0] == 'z' ? "；" : "; ");
}

/* What the rule says, the duty with its date, the acts it was found in. */
static json_t *why_text(const struct alert *p, struct xj_slice duty, const int64_t *since_ms, const json_t *evidence, const json_t *figures, bool zh)
{
    struct xj_buf out;
    char due[30] = "?";
    uint16_t d = duty.p != NULL ? xj_model_duty(p->model, duty) : XJ_NONE;
    xj_buf_init(&out, 8192);
    xj_buf_addf(&out, "%s%s", zh ? p->rule->name.zh : p->rule->name.en, zh ? "：" : ": ");
    if (d != XJ_NONE) {
        const struct xj_name *n = &p->model->duties[d].name;
        if (since_ms != NULL)
            xj_instant_format(*since_ms, due);
        xj_buf_addf(&out, zh ? "%s %s，应于 %.10s 前完成；" : "%s %s, due %.10s; ", n->id, zh ? n->zh : n->en, due);
    }
    add_figures(&out, figures, zh ? "zh" : "en");
    add_words(&out, evidence, zh ? "zh" : "en");
    const char *text = xj_buf_cstr(&out);
    json_t *made = text != NULL ? json_string(text) : NULL;
    xj_buf_free(&out);
    return made;
}

/* [{"figure", "zh", "en", "value"}], from "word=value …" as the table holds them. */
static json_t *figures_of(struct xj_view *v, struct xj_slice text)
{
    json_t *made = json_array();
    char *copy = xj_slice_dup(text), *rest = copy;
    for (char *one; copy != NULL && (one = strtok_r(rest, " ", &rest)) != NULL;) {
        char *value = strchr(one, '=');
        if (value == NULL)
            continue;
        *value++ = '\0';
        const struct xj_figure_name *n = xj_figure_name(one);
        json_int_t number = strtoll(value, NULL, 10);
        xj_radd(v, made, json_pack("{s:s, s:s, s:s, s:I}", "figure", one, "zh", n != NULL ? n->zh : one, "en", n != NULL ? n->en : one, "value", number));
    }
    free(copy);
    return made;
}

static json_t *escalation(const struct alert *p)
{
    json_t *made = json_array();
    for (uint16_t i = 0; i < p->rule->escalate_count; i++) {
        const struct xj_name *n = &p->model->acts[p->rule->escalate[i]].name;
        xj_radd(p->v, made, json_pack("{s:s, s:s, s:s}", "act", n->id, "zh", n->zh, "en", n->en));
    }
    return made;
}

static void add_rule(const struct alert *p, json_t *made)
{
    if (p->rule == NULL)
        return;
    xj_rset(p->v, made, "zh", json_string(p->rule->name.zh));
    xj_rset(p->v, made, "en", json_string(p->rule->name.en));
    xj_rset(p->v, made, "mode", json_string(p->rule->mode_zh));
    xj_rset(p->v, made, "mode_en", json_string(p->rule->mode_en));
    xj_rset(p->v, made, "cite", json_string(p->rule->cite));
    xj_rset(p->v, made, "tag", json_string(xj_rtag(p->rule->tag)));
    xj_rset(p->v, made, "escalate", escalation(p));
}

static json_t *alert_json(struct xj_view *v, const struct xj_model *model, sqlite3_stmt *st, int64_t now_ms)
{
    struct alert p = {.v = v, .model = model, .case_id = xj_vq_slice(st, 0)};
    uint16_t rule = model != NULL ? xj_model_rule(model, xj_vq_slice(st, 1)) : XJ_NONE;
    p.rule = rule != XJ_NONE ? &model->rules[rule] : NULL;
    json_t *made = json_object(), *evidence = evidence_list(&p, xj_vq_slice(st, 6));
    const bool since = sqlite3_column_type(st, 7) != SQLITE_NULL;
    const int64_t since_ms = sqlite3_column_int64(st, 7);
    json_t *figures = figures_of(v, xj_vq_slice(st, 11));
    xj_rset(v, made, "case", xj_rid(p.case_id));
    xj_rset(v, made, "rule", xj_rtext(xj_vq_slice(st, 1)));
    xj_rset(v, made, "severity", json_string(alarm_name(sqlite3_column_int64(st, 2))));
    add_rule(&p, made);
    xj_rset(v, made, "answerable", xj_rholder(v, xj_vq_slice(st, 3), now_ms, NULL));
    xj_rset(v, made, "subjects", xj_rsubjects(v, xj_vq_slice(st, 5)));
    xj_rset(v, made, "duty", xj_rtext(xj_vq_slice(st, 4)));
    xj_rinstant(v, made, "since", since, since_ms);
    xj_rset(v, made, "history", json_boolean(sqlite3_column_int64(st, 8) != 0));
    xj_rset(v, made, "cleared", json_boolean(sqlite3_column_int64(st, 9) != 0));
    xj_rset(v, made, "cleared_by", xj_rid(xj_vq_slice(st, 10)));
    if (p.rule != NULL) {
        xj_rset(v, made, "why", why_text(&p, xj_vq_slice(st, 4), since ? &since_ms : NULL, evidence, figures, true));
        xj_rset(v, made, "why_en", why_text(&p, xj_vq_slice(st, 4), since ? &since_ms : NULL, evidence, figures, false));
    }
    xj_rset(v, made, "evidence", evidence);
    xj_rset(v, made, "figures", figures);
    xj_rset(v, made, "key", xj_rhex(xj_vq_slice(st, 12)));
    xj_rset(v, made, "told", xj_rtold(v, xj_vq_slice(st, 12), 0));
    return made;
}

static json_t *line_text(struct xj_view *v, const struct xj_std_answer *a, bool zh)
{
    const struct xj_std_charge *c = &a->charges[a->best];
    const struct xj_standards *standards = xj_view_standards(v);
    struct xj_buf out;
    if (c->row == NULL || standards == NULL)
        return json_null();
    xj_buf_init(&out, 16384);
    xj_standards_charge_text(c->entry, &out);
    xj_buf_add_str(&out, zh ? "：" : ": ");
    xj_standards_row_text(standards, c->row, zh, &out);
    xj_buf_addf(&out, zh ? "；达到 %d%%（" : "; %d %% of it (", (int)c->percent);
    xj_standards_cite_text(standards, c->row, zh, &out);
    xj_buf_add_str(&out, zh ? "）" : ")");
    const char *text = xj_buf_cstr(&out);
    json_t *made = text != NULL ? json_string(text) : NULL;
    xj_buf_free(&out);
    return made;
}

/* What stands behind the figure `standard` of the trigger: the row of the filing standards that decided. */
static void add_line(struct xj_view *v, struct xj_id case_id, json_t *alert)
{
    struct xj_figures f;
    struct xj_std_answer answer;
    struct xj_id act;
    uint64_t ignored;
    json_t *one;
    size_t i;
    const char *trigger = json_string_value(json_object_get(json_array_get(json_object_get(alert, "evidence"), 0), "id"));
    json_array_foreach(json_object_get(alert, "figures"), i, one)
    {
        const char *word = json_string_value(json_object_get(one, "figure"));
        if (word == NULL || strcmp(word, "standard") != 0 || trigger == NULL || !xj_id_parse(trigger, &act))
            continue;
        if (xj_figures_init(&f, v, case_id) != XJ_OK)
            xj_view_fail(v, XJ_ENOMEM);
        else if (xj_figure(&f, &act, "standard", &ignored) && xj_figure_look(&f, &answer)) {
            xj_rset(v, one, "line", line_text(v, &answer, true));
            xj_rset(v, one, "line_en", line_text(v, &answer, false));
        }
        xj_figures_free(&f);
    }
}

json_t *xj_ralerts(struct xj_view *v, const struct xj_model *model, struct xj_slice case_id, struct xj_slice of, int64_t now_ms)
{
    struct xj_slice none = {NULL, 0};
    json_t *made = json_array(), *one;
    struct xj_id id = {{0}};
    size_t i;
    sqlite3_stmt *st = xj_vq(v, "SELECT " COLUMNS " FROM alert a WHERE a.case_id = ?1 AND a.fires_ms <= ?2"
                                " AND (?3 IS NULL OR a.rule = ?3 OR a.duty = ?3) AND (a.self = 0 OR instr(?4, ',' || a.answerable || ',') > 0)"
                                " ORDER BY a.idx", "biss", case_id, now_ms, of.n > 0 ? of : none, xj_view_mine(v, now_ms));
    while (xj_vq_row(v, st))
        xj_radd(v, made, alert_json(v, model, st, now_ms));
    memcpy(id.b, case_id.p, case_id.n == sizeof id.b ? sizeof id.b : 0);
    json_array_foreach(made, i, one) add_line(v, id, one);
    return made;
}

enum xj_err xj_render_alerts(struct xj_view *v, bool all, struct xj_slice rule, int64_t now_ms, json_t **ret)
{
    struct xj_slice none = {NULL, 0};
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT " COLUMNS " FROM alert a WHERE (?1 = 1 OR (a.cleared = 0"
                                " AND NOT EXISTS(SELECT 1 FROM told t WHERE t.key = a.key AND t.stage = 0 AND t.state = 5))) AND a.fires_ms <= ?2 AND (?3 IS NULL OR a.rule = ?3)"
                                " AND (a.self = 0 OR instr(?4, ',' || a.answerable || ',') > 0)"
                                " ORDER BY a.severity DESC, a.since_ms IS NULL, a.since_ms, a.case_id, a.idx LIMIT 2000",
                             "iiss", (int64_t)all, now_ms, rule.n > 0 ? rule : none, xj_view_mine(v, now_ms));
    while (xj_vq_row(v, st)) {
        json_t *one = alert_json(v, xj_rmodel(v, xj_vq_id(st, 0)), st, now_ms);
        xj_rset(v, one, "title", xj_rtitle(v, xj_vq_slice(st, 0)));
        xj_radd(v, list, one);
    }
    xj_rset(v, made, "alerts", list);
    return xj_rend(v, made, ret);
}
