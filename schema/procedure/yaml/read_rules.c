#include <stdlib.h>
#include <string.h>

#include "schema/procedure/figures.h"
#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR

/* A machine name (of a breach, its detail, a kind of party), or NULL with a finding. */
static const char *word_of(struct xj_yread *r, const yaml_node_t *node)
{
    struct xj_slice s = xj_ynode_text(node);
    if (xj_model_good_id(s, false) || xj_model_good_id(s, true))
        return xj_arena_text(r->m->arena, s);
    xj_yread_bad(r, node, 0, "此处应为一个名称", "a name is wanted here");
    return NULL;
}

/* code, or [code, detail] */
static void read_breach(struct xj_yread *r, yaml_node_t *node, struct xj_m_when *w)
{
    size_t n = xj_ydoc_count(node);
    if (node == NULL)
        return;
    if (n < 1 || n > 2) {
        xj_yread_bad(r, node, 0, "此处应为违规代码或[违规代码, 细目]", "a breach or [breach, detail] is wanted here");
        return;
    }
    w->breach = word_of(r, xj_ydoc_at(r->y, node, 0));
    w->detail = n == 2 ? word_of(r, xj_ydoc_at(r->y, node, 1)) : NULL;
}

static void read_times(struct xj_yread *r, yaml_node_t *map, struct xj_m_when *w)
{
    const yaml_node_t *node = xj_ydoc_get(r->y, map, "times");
    struct xj_slice s = xj_ynode_text(node);
    char *end = NULL;
    w->times = 1;
    if (node == NULL)
        return;
    unsigned long n = s.n > 0 && s.n < 5 && s.p[0] != '0' ? strtoul((const char *)s.p, &end, 10) : 0;
    if (n < 1 || n > XJ_MODEL_LIST_MAX || end != (const char *)s.p + s.n)
        xj_yread_bad(r, node, 0, "此处应为次数", "a number of times is wanted here");
    else
        w->times = (uint32_t)n;
}

static bool read_bound(struct xj_yread *r, const yaml_node_t *node, uint64_t *ret)
{
    struct xj_slice s = xj_ynode_text(node);
    uint64_t value = 0;
    bool good = s.n > 0 && s.n <= 18 && (s.n == 1 || s.p[0] != '0');
    for (size_t i = 0; good && i < s.n; i++) {
        good = s.p[i] >= '0' && s.p[i] <= '9';
        value = value * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (!good)
        xj_yread_bad(r, node, 0, "此处应为不小于零的整数", "a whole number is wanted here");
    *ret = value;
    return good;
}

/* least, or [least, most] */
static void read_figure(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_figure *f)
{
    size_t n = xj_ydoc_count(e->value);
    const char *word = xj_model_good_id(e->id, false) ? xj_arena_text(r->m->arena, e->id) : NULL;
    f->word = word != NULL ? word : "";
    f->most = UINT64_MAX;
    if (xj_figure_name(f->word) == NULL)
        xj_findings_add(r->y->f, ERR, e->line, "unknown_name", "没有名为“%s”的数值%s", "there is no figure %s%s", f->word, "");
    if (n < 1 || n > 2) {
        xj_yread_bad(r, e->value, e->line, "此处应为下限或[下限, 上限]", "the least or [least, most] is wanted here");
        return;
    }
    bool good = read_bound(r, xj_ydoc_at(r->y, e->value, 0), &f->least);
    if (n == 2 && read_bound(r, xj_ydoc_at(r->y, e->value, 1), &f->most) && good && f->most < f->least)
        xj_yread_bad(r, e->value, e->line, "上限小于下限", "the most lies below the least");
}

static void read_figures(struct xj_yread *r, yaml_node_t *map, struct xj_m_when *w)
{
    struct xj_yentry *list = NULL;
    size_t n = 0;
    yaml_node_t *node = xj_ydoc_get(r->y, map, "figures");
    if (node == NULL || xj_ydoc_entries(r->y, node, &list, &n) != XJ_OK)
        return;
    if (n == 0 || n > XJ_MODEL_FIGURES_MAX)
        xj_yread_bad(r, node, 0, "数值条件应为一至八个", "one to eight figures are wanted here");
    w->figures = n <= XJ_MODEL_FIGURES_MAX ? xj_yread_array(r, n, sizeof *w->figures) : NULL;
    for (size_t i = 0; w->figures != NULL && i < n; i++)
        read_figure(r, &list[i], &w->figures[w->figure_count++]);
    free(list);
}

static void read_trigger(struct xj_yread *r, yaml_node_t *map, struct xj_m_when *w)
{
    const yaml_node_t *longer = xj_ydoc_get(r->y, map, "longer");
    yaml_node_t *by = xj_ydoc_get(r->y, map, "by");
    w->acts = xj_yread_indices(r, xj_ydoc_get(r->y, map, "acts"), XJ_WHAT_ACT, &w->act_count);
    w->duties = xj_yread_indices(r, xj_ydoc_get(r->y, map, "duty"), XJ_WHAT_DUTY, &w->duty_count);
    w->by = by != NULL ? xj_yread_roles(r, by, NULL, NULL) : XJ_ROLES_ANY;
    w->backdated = xj_ydoc_bool(r->y, map, "backdated");
    w->principal = xj_ydoc_bool(r->y, map, "principal");
    w->longer = XJ_CLOCK_NONE;
    if (longer != NULL)
        xj_yread_clock(r, longer, &w->longer, &w->limit);
    read_breach(r, xj_ydoc_get(r->y, map, "breach"), w);
    read_times(r, map, w);
    read_figures(r, map, w);
    if ((w->act_count > 0) == (w->duty_count > 0))
        xj_yread_bad(r, map, 0, "acts 与 duty 须写明其一", "one of acts and duty is wanted");
    if (w->duty_count > 0 && (w->breach != NULL || w->times != 1 || w->backdated || w->principal || w->figure_count > 0))
        xj_yread_bad(r, map, 0, "breach、times、backdated、principal、figures 只用于 acts",
                     "breach, times, backdated, principal and figures go with acts");
}

static void read_when(struct xj_yread *r, yaml_node_t *map, struct xj_m_when *w)
{
    static const char *const keys[] = {"acts", "duty",  "by",   "breach", "before", "after",    "not_before", "with",
                                       "without", "without_by", "party", "times", "longer", "backdated", "principal", "figures", NULL};
    w->times = 1;
    w->longer = XJ_CLOCK_NONE;
    if (!xj_ydoc_keys(r->y, map, keys))
        return;
    read_trigger(r, map, w);
    w->before = xj_yread_indices(r, xj_ydoc_get(r->y, map, "before"), XJ_WHAT_ACT, &w->before_count);
    w->after = xj_yread_indices(r, xj_ydoc_get(r->y, map, "after"), XJ_WHAT_ACT, &w->after_count);
    w->not_before = xj_yread_indices(r, xj_ydoc_get(r->y, map, "not_before"), XJ_WHAT_ACT, &w->not_before_count);
    w->with = xj_yread_indices(r, xj_ydoc_get(r->y, map, "with"), XJ_WHAT_ACT, &w->with_count);
    w->without = xj_yread_indices(r, xj_ydoc_get(r->y, map, "without"), XJ_WHAT_ACT, &w->without_count);
    yaml_node_t *by = xj_ydoc_get(r->y, map, "without_by");
    w->without_by = by != NULL ? xj_yread_roles(r, by, NULL, NULL) : XJ_ROLES_ANY;
    const yaml_node_t *party = xj_ydoc_get(r->y, map, "party");
    w->kind = party != NULL ? word_of(r, party) : NULL;
}

static void read_whens(struct xj_yread *r, yaml_node_t *seq, struct xj_m_rule *rule)
{
    size_t n = seq != NULL && seq->type == YAML_SEQUENCE_NODE ? xj_ydoc_count(seq) : 0;
    rule->whens = xj_yread_array(r, n, sizeof *rule->whens);
    for (size_t i = 0; rule->whens != NULL && i < n; i++)
        read_when(r, xj_ydoc_at(r->y, seq, i), &rule->whens[rule->when_count++]);
}

/* In the order written; a repeated act is a finding. */
static void read_escalate(struct xj_yread *r, yaml_node_t *seq, struct xj_m_rule *rule)
{
    size_t n = xj_ydoc_count(seq);
    if (seq == NULL)
        return;
    if (n > XJ_MODEL_ESCALATE_MAX) {
        xj_yread_bad(r, seq, 0, "升级步骤过多", "too many steps of escalation");
        return;
    }
    rule->escalate = xj_yread_array(r, n, sizeof *rule->escalate);
    for (size_t i = 0; rule->escalate != NULL && i < n; i++) {
        const yaml_node_t *node = xj_ydoc_at(r->y, seq, i);
        uint16_t act = xj_yread_index(r, node, XJ_WHAT_ACT);
        for (uint16_t k = 0; k < rule->escalate_count; k++)
            if (rule->escalate[k] == act && act != XJ_NONE)
                xj_findings_add(r->y->f, ERR, xj_ynode_line(node), "listed_twice", "同一名称列了两次（第 %zu 个）",
                                "a name is listed twice (number %zu)", i + 1);
        if (act != XJ_NONE)
            rule->escalate[rule->escalate_count++] = act;
    }
}

/* One word, or [live, history] */
static void read_severity(struct xj_yread *r, yaml_node_t *node, uint32_t line, struct xj_m_rule *rule)
{
    static const char *const words[] = {"none", "notice", "amber", "red", NULL};
    size_t n = xj_ydoc_count(node);
    if (node == NULL || n < 1 || n > 2) {
        xj_yread_bad(r, node, line, "severity 应为 red、amber、notice、none 或[实时, 补录]",
                     "severity is red, amber, notice, none, or [live, history]");
        return;
    }
    rule->live = (enum xj_alarm)xj_yread_word(r, xj_ydoc_at(r->y, node, 0), words);
    rule->history = (enum xj_alarm)xj_yread_word(r, xj_ydoc_at(r->y, node, n - 1), words);
}

static void read_mode(struct xj_yread *r, yaml_node_t *node, uint32_t line, struct xj_m_rule *rule)
{
    rule->mode_zh = rule->mode_en = "";
    if (node == NULL || node->type != YAML_SEQUENCE_NODE || xj_ydoc_count(node) != 2) {
        xj_yread_bad(r, node, line, "mode 应为[中文, 英文]", "mode is [Chinese, English]");
        return;
    }
    struct xj_slice zh = xj_ynode_text(xj_ydoc_at(r->y, node, 0)), en = xj_ynode_text(xj_ydoc_at(r->y, node, 1));
    if (!xj_model_good_text(zh) || !xj_model_good_text(en)) {
        xj_yread_bad(r, node, line, "mode 应为[中文, 英文]", "mode is [Chinese, English]");
        return;
    }
    rule->mode_zh = xj_arena_text(r->m->arena, zh);
    rule->mode_en = xj_arena_text(r->m->arena, en);
}

static void check_rule(struct xj_yread *r, uint32_t line, const struct xj_m_rule *rule)
{
    if (rule->when_count == 0 || (rule->tell == 0 && !rule->tell_self))
        xj_findings_add(r->y->f, ERR, line, "missing_key", "“%s”没有写明条件或者告知谁", "%s does not say when, or whom it tells",
                        rule->name.id);
    for (uint16_t i = 0; i < rule->when_count; i++)
        if (rule->whens[i].longer != XJ_CLOCK_NONE && rule->stop_count == 0)
            xj_findings_add(r->y->f, ERR, line, "clock_never_stops", "“%s”没有终止行为 (%s)", "%s has nothing that stops it (%s)",
                            rule->name.id, "longer");
}

static void read_rule(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_rule *rule)
{
    static const char *const keys[] = {"zh", "en", "mode", "severity", "tell", "when", "escalate", "stop", "cite", "tag", NULL};
    static const char *const self[] = {"self", NULL};
    unsigned told = 0;
    xj_yread_name(r, e, true, &rule->name);
    if (!xj_ydoc_keys(r->y, e->value, keys))
        return;
    read_mode(r, xj_ydoc_get(r->y, e->value, "mode"), e->line, rule);
    read_severity(r, xj_ydoc_get(r->y, e->value, "severity"), e->line, rule);
    rule->tell = xj_yread_roles(r, xj_ydoc_get(r->y, e->value, "tell"), self, &told);
    rule->tell_self = told != 0;
    read_whens(r, xj_ydoc_get(r->y, e->value, "when"), rule);
    read_escalate(r, xj_ydoc_get(r->y, e->value, "escalate"), rule);
    rule->stops = xj_yread_indices(r, xj_ydoc_get(r->y, e->value, "stop"), XJ_WHAT_ACT, &rule->stop_count);
    rule->cite = xj_yread_cite(r, e->value, e->line);
    rule->tag = xj_yread_tag(r, e->value, e->line);
    check_rule(r, e->line, rule);
}

enum xj_err xj_yread_rules(struct xj_yread *r, const struct xj_yentry *list, size_t count)
{
    struct xj_model *m = r->m;
    m->rules = xj_yread_array(r, count, sizeof *m->rules);
    r->d->rule_line = xj_yread_array(r, count, sizeof *r->d->rule_line);
    if (m->rules == NULL || r->d->rule_line == NULL)
        return xj_arena_err(m->arena);
    m->rule_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        r->d->rule_line[i] = list[i].line;
        read_rule(r, &list[i], &m->rules[i]);
    }
    return xj_arena_err(m->arena);
}
