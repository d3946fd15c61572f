/* Statistics of two revisions compared. They have no image: what has the same id is the same. */
#include <stdio.h>
#include <string.h>

#include "schema/procedure/yaml/differ_private.h"

static uint16_t statistic_of(const struct xj_model *m, const char *id)
{
    for (uint16_t i = 0; i < m->statistic_count; i++)
        if (strcmp(m->statistics[i].name.id, id) == 0)
            return i;
    return XJ_NONE;
}

static const char *id_at(const struct xj_model *m, uint16_t i)
{
    return i != XJ_NONE ? m->statistics[i].name.id : "—";
}

static void differ_number(struct xj_differ *d, const char *zh, const char *en, unsigned was, unsigned now)
{
    char a[16], b[16];
    snprintf(a, sizeof a, "%u", was);
    snprintf(b, sizeof b, "%u", now);
    xj_differ_text(d, zh, en, a, b);
}

static void differ_outcomes(struct xj_differ *d, unsigned was, unsigned now)
{
    static const char *const words[][2] = {{"计入按期", "counts met"}, {"计入迟延", "counts late"}, {"计入逾期未办", "counts overdue"},
                                           {"计入无法推算", "counts undatable"}, {"计入未到期", "counts pending"}};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        xj_differ_bool(d, words[i][0], words[i][1], (was >> i & 1) != 0, (now >> i & 1) != 0);
}

static void differ_statistic(struct xj_differ *d, const struct xj_m_statistic *was, const struct xj_m_statistic *now)
{
    static const char *const kinds[] = {"", "acts", "sum", "duties", "rate"}, *const onces[] = {"never", "case", "party"},
                      *const sums[] = {"—", "fine", "penalty.confiscated", "penalty.minimum", "penalty.reduced"};
    const struct xj_differ_list acts = xj_differ_acts_of(d), duties = xj_differ_duties_of(d);
    xj_differ_text(d, "种类", "kind", kinds[was->kind], kinds[now->kind]);
    differ_number(d, "次序", "place", was->place, now->place);
    xj_differ_indices(d, "行为", "acts", &acts, was->acts, was->act_count, now->acts, now->act_count);
    xj_differ_indices(d, "义务", "duties", &duties, was->duties, was->duty_count, now->duties, now->duty_count);
    xj_differ_roles(d, "机关", "by", was->by, now->by);
    xj_differ_bool(d, "计入首个收件单位", "counted to the first principal", was->principal, now->principal);
    xj_differ_text(d, "只计一次", "once", onces[was->once], onces[now->once]);
    xj_differ_text(d, "金额", "sum", sums[was->figure], sums[now->figure]);
    differ_outcomes(d, was->outcomes, now->outcomes);
    xj_differ_text(d, "分子", "of", id_at(d->was, was->of), id_at(d->now, now->of));
    xj_differ_text(d, "分母", "per", id_at(d->was, was->per), id_at(d->now, now->per));
    xj_differ_text(d, "阶段", "stage", was->stage != XJ_NONE ? d->was->tracks[was->stage].name.id : "—",
                   now->stage != XJ_NONE ? d->now->tracks[now->stage].name.id : "—");
    xj_differ_text(d, "离群预警", "outlier", was->outlier != NULL ? was->outlier : "—", now->outlier != NULL ? now->outlier : "—");
    xj_differ_tell(d, "statistic_changed", "统计指标", "statistic", &now->name);
}

void xj_differ_statistics(struct xj_differ *d)
{
    uint16_t images[XJ_MODEL_LIST_MAX];
    for (uint16_t i = 0; i < d->was->statistic_count; i++)
        images[i] = statistic_of(d->now, d->was->statistics[i].name.id);
    xj_differ_list(d, &(struct xj_differ_list){"统计指标", "statistic", "statistic_renamed", "statistic_added", "statistic_removed",
                                               d->was->statistics, d->now->statistics, sizeof *d->was->statistics,
                                               d->was->statistic_count, d->now->statistic_count, images});
    for (uint16_t i = 0; i < d->was->statistic_count; i++)
        if (images[i] != XJ_NONE)
            differ_statistic(d, &d->was->statistics[i], &d->now->statistics[images[i]]);
}
