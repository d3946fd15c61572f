#include <string.h>

#include "schema/base/limits.h"
#include "schema/procedure/model_flags.h"
#include "schema/procedure/model_private.h"

const char *xj_model_take_word(struct xj_dec *d, struct xj_cur *c)
{
    if (xj_take_nil(c))
        return NULL;
    const char *s = xj_model_take_text(d, c);
    if (strlen(s) > XJ_MAX_NAME_BYTES)
        xj_cur_spoil(c);
    return s;
}

/* What a rule asks for makes sense: one kind of trigger, and nothing about acts where the trigger is a duty. */
static bool sound(const struct xj_m_when *w)
{
    bool duty = w->duty_count > 0;
    if (duty == (w->act_count > 0) || (w->detail != NULL && w->breach == NULL) || w->times == 0)
        return false;
    return !duty || (w->breach == NULL && w->times == 1 && !w->backdated && !w->principal && w->figure_count == 0);
}

static void take_figure(struct xj_dec *d, struct xj_cur *list, struct xj_m_figure *f)
{
    struct xj_cur one = xj_take_array(list, 3, 3);
    const char *word = xj_model_take_word(d, &one);
    f->word = word != NULL ? word : "";
    f->least = xj_take_uint(&one, UINT64_MAX - 1);
    f->most = xj_take_nil(&one) ? UINT64_MAX : xj_take_uint(&one, UINT64_MAX - 1);
    if (word == NULL || f->most < f->least)
        xj_cur_spoil(&one);
    xj_model_end_list(list, &one);
}

static void take_figures(struct xj_dec *d, struct xj_cur *c, struct xj_m_when *w)
{
    struct xj_cur list = xj_model_take_list(c, &w->figure_count);
    w->figures = xj_arena_array(d->m->arena, w->figure_count, sizeof *w->figures);
    if (w->figures == NULL || w->figure_count > XJ_MODEL_FIGURES_MAX) {
        w->figure_count = 0;
        xj_cur_spoil(c);
        return;
    }
    for (uint16_t i = 0; i < w->figure_count; i++) {
        take_figure(d, &list, &w->figures[i]);
        if (i > 0 && strcmp(w->figures[i - 1].word, w->figures[i].word) >= 0)
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
}

static void take_when(struct xj_dec *d, struct xj_cur *c, struct xj_m_when *w)
{
    const struct xj_model *m = d->m;
    struct xj_cur one = xj_take_array(c, 17, 17);
    w->acts = xj_model_take_indices(d, &one, m->act_count, false, &w->act_count);
    w->duties = xj_model_take_indices(d, &one, m->duty_count, false, &w->duty_count);
    w->by = xj_model_take_roles(d, &one);
    w->breach = xj_model_take_word(d, &one);
    w->detail = xj_model_take_word(d, &one);
    w->before = xj_model_take_indices(d, &one, m->act_count, false, &w->before_count);
    w->after = xj_model_take_indices(d, &one, m->act_count, false, &w->after_count);
    w->not_before = xj_model_take_indices(d, &one, m->act_count, false, &w->not_before_count);
    w->with = xj_model_take_indices(d, &one, m->act_count, false, &w->with_count);
    w->without = xj_model_take_indices(d, &one, m->act_count, false, &w->without_count);
    w->without_by = xj_model_take_roles(d, &one);
    w->kind = xj_model_take_word(d, &one);
    w->times = (uint32_t)xj_take_uint(&one, XJ_MODEL_LIST_MAX);
    xj_model_take_clock(&one, &w->longer, &w->limit);
    uint64_t flags = xj_take_uint(&one, XJ_WHEN_FLAGS_ALL);
    w->backdated = (flags & XJ_WHEN_BACKDATED) != 0;
    w->principal = (flags & XJ_WHEN_PRINCIPAL) != 0;
    take_figures(d, &one, w);
    if (!sound(w))
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

static void take_whens(struct xj_dec *d, struct xj_cur *c, struct xj_m_rule *rule)
{
    struct xj_cur list = xj_model_take_list(c, &rule->when_count);
    rule->whens = xj_arena_array(d->m->arena, rule->when_count, sizeof *rule->whens);
    if (rule->whens == NULL) {
        rule->when_count = 0;
        return;
    }
    for (uint16_t i = 0; i < rule->when_count; i++)
        take_when(d, &list, &rule->whens[i]);
    xj_model_end_list(c, &list);
}

/* The one list whose order means something: no act twice, any order. */
static void take_escalate(struct xj_dec *d, struct xj_cur *c, struct xj_m_rule *rule)
{
    struct xj_cur list = xj_model_take_list(c, &rule->escalate_count);
    rule->escalate = xj_arena_array(d->m->arena, rule->escalate_count, sizeof *rule->escalate);
    if (rule->escalate == NULL || rule->escalate_count > XJ_MODEL_ESCALATE_MAX) {
        rule->escalate_count = 0;
        xj_cur_spoil(c);
        return;
    }
    for (uint16_t i = 0; i < rule->escalate_count; i++) {
        rule->escalate[i] = xj_model_take_index(&list, d->m->act_count);
        for (uint16_t k = 0; k < i; k++)
            if (rule->escalate[k] == rule->escalate[i])
                xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
}

static bool waits(const struct xj_m_rule *rule)
{
    for (uint16_t i = 0; i < rule->when_count; i++)
        if (rule->whens[i].longer != XJ_CLOCK_NONE && rule->stop_count == 0)
            return true;
    return false;
}

static void take_rule(struct xj_dec *d, struct xj_cur *c, struct xj_m_rule *rule)
{
    struct xj_cur one = xj_take_array(c, 14, 14);
    xj_model_take_name(d, &one, true, &rule->name);
    rule->mode_zh = xj_model_take_text(d, &one);
    rule->mode_en = xj_model_take_text(d, &one);
    rule->live = (enum xj_alarm)xj_take_uint(&one, XJ_ALARM_RED);
    rule->history = (enum xj_alarm)xj_take_uint(&one, XJ_ALARM_RED);
    rule->tell = xj_model_take_roles(d, &one);
    rule->tell_self = (xj_take_uint(&one, XJ_RULE_FLAGS_ALL) & XJ_RULE_TELL_SELF) != 0;
    take_whens(d, &one, rule);
    take_escalate(d, &one, rule);
    rule->stops = xj_model_take_indices(d, &one, d->m->act_count, false, &rule->stop_count);
    rule->cite = xj_model_take_text(d, &one);
    rule->tag = (enum xj_tag)xj_take_uint(&one, XJ_TAG_U);
    bool told = rule->tell != 0 || rule->tell_self;
    if (!told || rule->when_count == 0 || rule->live == XJ_ALARM_INVALID || rule->history == XJ_ALARM_INVALID ||
        rule->tag == XJ_TAG_INVALID || waits(rule))
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

void xj_model_take_rules(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->rule_count);
    m->rules = xj_arena_array(m->arena, m->rule_count, sizeof *m->rules);
    if (m->rules == NULL) {
        m->rule_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->rule_count; i++) {
        take_rule(d, &list, &m->rules[i]);
        if (i > 0 && strcmp(m->rules[i - 1].name.id, m->rules[i].name.id) >= 0)
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
}
