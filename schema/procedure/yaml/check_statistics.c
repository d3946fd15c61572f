#include <string.h>

#include "schema/procedure/yaml/check.h"

#define ERR XJ_SEVERITY_ERROR

/* Whether somebody of `by` can do one of the acts, owe one of the duties. */
static bool can_count(const struct xj_model *m, const struct xj_m_statistic *s)
{
    const bool every = s->kind == XJ_COUNT_DUTIES && s->duty_count == 0;
    xj_roles who = 0;
    if (s->kind == XJ_COUNT_RATE)
        return true;
    for (uint16_t i = 0; i < s->act_count; i++)
        who |= xj_check_roles(m, m->acts[s->acts[i]].roles);
    for (uint16_t i = 0; i < (every ? m->duty_count : s->duty_count); i++)
        who |= xj_check_roles(m, m->duties[every ? i : s->duties[i]].obligor);
    return (xj_check_roles(m, s->by) & who) != 0;
}

static bool same_term(const struct xj_name *a, const struct xj_name *b)
{
    return strcmp(a->zh, b->zh) == 0 || strcmp(a->en, b->en) == 0;
}

void xj_check_statistics(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    for (uint16_t i = 0; i < m->statistic_count; i++) {
        const struct xj_m_statistic *s = &m->statistics[i];
        if (!can_count(m, s))
            xj_findings_add(f, ERR, d->statistic_line[i], "statistic_never", "“%s”无可统计：所限角色不能作出这些行为或者不承担这些期限",
                            "%s counts nothing: nobody of its roles can do the acts or owe the duties", s->name.id);
        for (uint16_t k = 0; k < i; k++)
            if (same_term(&m->statistics[k].name, &s->name))
                xj_findings_add(f, ERR, d->statistic_line[i], "term_twice", "“%s”与“%s”名称相同，无法区分",
                                "%s and %s bear the same term and cannot be told apart", m->statistics[k].name.id, s->name.id);
    }
}
