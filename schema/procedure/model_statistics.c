#include <string.h>

#include "schema/procedure/model_flags.h"
#include "schema/procedure/model_private.h"

#define PLACE_MAX 9999u

bool xj_model_statistic_sound(const struct xj_m_statistic *s)
{
    const bool acts = s->act_count > 0, refers = s->of != XJ_NONE || s->per != XJ_NONE;
    const bool of_acts = s->once != XJ_ONCE_NEVER || s->principal;
    if (s->by == 0)
        return false;
    switch (s->kind) {
    case XJ_COUNT_ACTS:
        return acts && s->duty_count == 0 && s->figure == XJ_FIGURE_NONE && s->outcomes == 0 && !refers && s->outlier == NULL;
    case XJ_COUNT_SUM:
        return acts && s->duty_count == 0 && s->figure != XJ_FIGURE_NONE && s->outcomes == 0 && !refers && s->outlier == NULL &&
               s->once == XJ_ONCE_NEVER;
    case XJ_COUNT_DUTIES:
        return !acts && s->figure == XJ_FIGURE_NONE && s->outcomes != 0 && !refers && s->outlier == NULL && !of_acts;
    case XJ_COUNT_RATE:
        return !acts && s->duty_count == 0 && s->figure == XJ_FIGURE_NONE && s->outcomes == 0 && !of_acts && s->by == XJ_ROLES_ANY &&
               s->of != XJ_NONE && s->per != XJ_NONE;
    case XJ_COUNT_INVALID:
    default:
        return false;
    }
}

static bool is_count(const struct xj_model *m, uint16_t i)
{
    return m->statistics[i].kind == XJ_COUNT_ACTS || m->statistics[i].kind == XJ_COUNT_DUTIES;
}

static void take_statistic(struct xj_dec *d, struct xj_cur *c, struct xj_m_statistic *s)
{
    const struct xj_model *m = d->m;
    struct xj_cur one = xj_take_array(c, 16, 16);
    xj_model_take_name(d, &one, false, &s->name);
    s->kind = (enum xj_count)xj_take_uint(&one, XJ_COUNT_RATE);
    s->place = (uint16_t)xj_take_uint(&one, PLACE_MAX);
    s->acts = xj_model_take_indices(d, &one, m->act_count, false, &s->act_count);
    s->duties = xj_model_take_indices(d, &one, m->duty_count, false, &s->duty_count);
    s->by = xj_model_take_roles(d, &one);
    s->once = (enum xj_once)xj_take_uint(&one, XJ_ONCE_PARTY);
    s->figure = (enum xj_figure)xj_take_uint(&one, XJ_FIGURE_REDUCED);
    s->outcomes = (unsigned)xj_take_uint(&one, XJ_OUTCOME_ALL);
    s->of = xj_model_take_index_or_nil(&one, m->statistic_count);
    s->per = xj_model_take_index_or_nil(&one, m->statistic_count);
    s->stage = xj_model_take_index_or_nil(&one, m->track_count);
    s->outlier = xj_model_take_word(d, &one);
    s->principal = (xj_take_uint(&one, XJ_STATISTIC_FLAGS_ALL) & XJ_STATISTIC_PRINCIPAL) != 0;
    if (!xj_model_statistic_sound(s) || (s->outlier != NULL && !xj_model_good_id(xj_slice_cstr(s->outlier), true)))
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

void xj_model_take_statistics(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->statistic_count);
    m->statistics = xj_arena_array(m->arena, m->statistic_count, sizeof *m->statistics);
    if (m->statistics == NULL) {
        m->statistic_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->statistic_count; i++) {
        take_statistic(d, &list, &m->statistics[i]);
        if (i > 0 && strcmp(m->statistics[i - 1].name.id, m->statistics[i].name.id) >= 0)
            xj_cur_spoil(&list);
    }
    for (uint16_t i = 0; i < m->statistic_count && !list.bad; i++)
        if (m->statistics[i].kind == XJ_COUNT_RATE && (!is_count(m, m->statistics[i].of) || !is_count(m, m->statistics[i].per)))
            xj_cur_spoil(&list);
    xj_model_end_list(c, &list);
}
