#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR
#define PLACE_MAX 9999ul

static const char *const outcome_words[] = {"met", "late", "overdue", "undatable", "pending", "due", NULL};

/* One word or a list; `due` is all of them. */
static unsigned read_outcomes(struct xj_yread *r, yaml_node_t *node)
{
    unsigned set = 0;
    for (size_t i = 0; i < xj_ydoc_count(node); i++) {
        unsigned word = xj_yread_word(r, xj_ydoc_at(r->y, node, i), outcome_words);
        if (word > 0)
            set |= word == 6 ? (unsigned)XJ_OUTCOME_ALL : 1u << (word - 1);
    }
    return set;
}

static uint16_t read_place(struct xj_yread *r, const yaml_node_t *node)
{
    struct xj_slice s = xj_ynode_text(node);
    char *end = NULL;
    unsigned long n = s.n > 0 && s.n < 5 && (s.p[0] >= '1' && s.p[0] <= '9') ? strtoul((const char *)s.p, &end, 10) : 0;
    if (node == NULL)
        return 0;
    if (n < 1 || n > PLACE_MAX || end != (const char *)s.p + s.n) {
        xj_yread_bad(r, node, 0, "此处应为 1 到 9999 的次序", "a place from 1 to 9999 is wanted here");
        return 0;
    }
    return (uint16_t)n;
}

static const char *read_outlier(struct xj_yread *r, const yaml_node_t *node)
{
    struct xj_slice s = xj_ynode_text(node);
    if (node == NULL)
        return NULL;
    if (xj_model_good_id(s, true))
        return xj_arena_text(r->m->arena, s);
    xj_yread_bad(r, node, 0, "此处应为规则编号", "the id of a rule is wanted here");
    return NULL;
}

/* `any` is no list: a row that a later overlay switches on is among them. */
static void read_duties(struct xj_yread *r, yaml_node_t *node, struct xj_m_statistic *s)
{
    if (!xj_slice_is(xj_ynode_text(node), "any"))
        s->duties = xj_yread_indices(r, node, XJ_WHAT_DUTY, &s->duty_count);
}

static uint16_t index_under(struct xj_yread *r, yaml_node_t *map, const char *key, enum xj_what what)
{
    const yaml_node_t *node = xj_ydoc_get(r->y, map, key);
    return node != NULL ? xj_yread_index(r, node, what) : XJ_NONE;
}

static enum xj_count kind_of(struct xj_yread *r, yaml_node_t *map)
{
    if (xj_ydoc_get(r->y, map, "of") != NULL)
        return XJ_COUNT_RATE;
    if (xj_ydoc_get(r->y, map, "duties") != NULL)
        return XJ_COUNT_DUTIES;
    return xj_ydoc_get(r->y, map, "sum") != NULL ? XJ_COUNT_SUM : XJ_COUNT_ACTS;
}

static void read_statistic(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_statistic *s)
{
    static const char *const keys[] = {"zh", "en", "place", "stage", "acts", "duties", "by", "principal", "once", "sum", "outcome", "of", "per",
                                       "outlier", NULL};
    static const char *const once[] = {"case", "party", NULL};
    static const char *const figures[] = {"fine", "penalty.confiscated", "penalty.minimum", "penalty.reduced", NULL};
    yaml_node_t *map = e->value, *by;
    const yaml_node_t *node;
    r->line = e->line;
    s->of = s->per = s->stage = XJ_NONE;
    if (!xj_ydoc_keys(r->y, map, keys))
        return;
    s->kind = kind_of(r, map);
    s->place = read_place(r, xj_ydoc_get(r->y, map, "place"));
    s->stage = index_under(r, map, "stage", XJ_WHAT_TRACK);
    s->acts = xj_yread_indices(r, xj_ydoc_get(r->y, map, "acts"), XJ_WHAT_ACT, &s->act_count);
    read_duties(r, xj_ydoc_get(r->y, map, "duties"), s);
    s->by = (by = xj_ydoc_get(r->y, map, "by")) != NULL ? xj_yread_roles(r, by, NULL, NULL) : XJ_ROLES_ANY;
    s->principal = xj_ydoc_bool(r->y, map, "principal");
    s->once = (node = xj_ydoc_get(r->y, map, "once")) != NULL ? (enum xj_once)xj_yread_word(r, node, once) : XJ_ONCE_NEVER;
    s->figure = (node = xj_ydoc_get(r->y, map, "sum")) != NULL ? (enum xj_figure)xj_yread_word(r, node, figures) : XJ_FIGURE_NONE;
    s->outcomes = read_outcomes(r, xj_ydoc_get(r->y, map, "outcome"));
    s->of = index_under(r, map, "of", XJ_WHAT_STATISTIC);
    s->per = index_under(r, map, "per", XJ_WHAT_STATISTIC);
    s->outlier = read_outlier(r, xj_ydoc_get(r->y, map, "outlier"));
}

static bool counts(const struct xj_model *m, uint16_t i)
{
    return i != XJ_NONE && (m->statistics[i].kind == XJ_COUNT_ACTS || m->statistics[i].kind == XJ_COUNT_DUTIES);
}

static void check_shape(struct xj_yread *r, uint32_t line, const struct xj_m_statistic *s)
{
    if (r->y->f->errors > 0)
        return; /* an unknown name leaves a gap that would be reported here a second time */
    if (!xj_model_statistic_sound(s))
        xj_yread_bad(r, NULL, line, "统计项应为 acts、acts 与 sum、duties 与 outcome、of 与 per 之一，且只有该类的其他键",
                     "a statistic has acts, or acts and sum, or duties and outcome, or of and per, and only keys of that kind");
    else if (s->kind == XJ_COUNT_RATE && (!counts(r->m, s->of) || !counts(r->m, s->per)))
        xj_yread_bad(r, NULL, line, "of 与 per 应为计数的统计项", "of and per name statistics that count");
}

/* Names first, since a rate may name what stands behind it. */
enum xj_err xj_yread_statistics(struct xj_yread *r, const struct xj_yentry *list, size_t count)
{
    struct xj_model *m = r->m;
    m->statistics = xj_yread_array(r, count, sizeof *m->statistics);
    r->d->statistic_line = xj_yread_array(r, count, sizeof *r->d->statistic_line);
    if (m->statistics == NULL || r->d->statistic_line == NULL)
        return xj_arena_err(m->arena);
    m->statistic_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        r->d->statistic_line[i] = list[i].line;
        xj_yread_name(r, &list[i], false, &m->statistics[i].name);
    }
    for (size_t i = 0; i < count; i++)
        read_statistic(r, &list[i], &m->statistics[i]);
    for (size_t i = 0; i < count; i++)
        check_shape(r, list[i].line, &m->statistics[i]);
    return xj_arena_err(m->arena);
}
