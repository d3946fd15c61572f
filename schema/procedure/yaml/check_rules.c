#include "schema/procedure/yaml/check.h"

#define ERR XJ_SEVERITY_ERROR

/* Whether somebody of `by` can be the doer of a trigger, the obligor of a duty. */
static bool can_fire(const struct xj_model *m, const struct xj_m_when *w)
{
    xj_roles by = xj_check_roles(m, w->by), who = 0;
    for (uint16_t i = 0; i < w->act_count; i++)
        who |= xj_check_roles(m, m->acts[w->acts[i]].roles);
    for (uint16_t i = 0; i < w->duty_count; i++)
        who |= xj_check_roles(m, m->duties[w->duties[i]].obligor);
    return (by & who) != 0;
}

void xj_check_rules(const struct xj_draft *d, struct xj_findings *f)
{
    const struct xj_model *m = d->m;
    for (uint16_t i = 0; i < m->rule_count; i++) {
        const struct xj_m_rule *rule = &m->rules[i];
        for (uint16_t k = 0; k < rule->when_count; k++)
            if (!can_fire(m, &rule->whens[k]))
                xj_findings_add(f, ERR, d->rule_line[i], "rule_never", "“%s”的条件从不成立（第 %u 个）", "%s has a condition that never holds (number %u)",
                                rule->name.id, k + 1u);
        if (rule->tag == XJ_TAG_U && (rule->live == XJ_ALARM_RED || rule->history == XJ_ALARM_RED))
            xj_findings_add(f, ERR, d->rule_line[i], "unconfirmed_red", "“%s”的依据未经核实（%s），只能提示",
                            "%s rests on a source not confirmed (%s) and may only prompt", rule->name.id, "tag: U");
    }
}
