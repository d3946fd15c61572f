#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR

static int by_act(const void *a, const void *b)
{
    const struct xj_m_start *x = a, *y = b;
    return (x->act > y->act) - (x->act < y->act);
}

/* [act, instant] or [act, instant, on_receipt] */
static void read_start(struct xj_yread *r, yaml_node_t *node, struct xj_m_start *ret)
{
    static const char *const instants[] = {"occurred", "received", "accepted", "sent", NULL};
    static const char *const marks[] = {"on_receipt", NULL};
    size_t n = xj_ydoc_count(node);
    ret->act = XJ_NONE;
    if (node == NULL || node->type != YAML_SEQUENCE_NODE || n < 2 || n > 3) {
        xj_yread_bad(r, node, 0, "此处应为[行为, 起算时刻]", "[act, instant] is wanted here");
        return;
    }
    ret->act = xj_yread_index(r, xj_ydoc_at(r->y, node, 0), XJ_WHAT_ACT);
    ret->instant = (enum xj_instant)xj_yread_word(r, xj_ydoc_at(r->y, node, 1), instants);
    ret->on_receipt = n == 3 && xj_yread_word(r, xj_ydoc_at(r->y, node, 2), marks) == 1;
}

static void read_starts(struct xj_yread *r, yaml_node_t *seq, struct xj_m_duty *duty)
{
    size_t n = xj_ydoc_count(seq);
    duty->starts = xj_yread_array(r, n, sizeof *duty->starts);
    for (size_t i = 0; duty->starts != NULL && i < n; i++) {
        read_start(r, xj_ydoc_at(r->y, seq, i), &duty->starts[duty->start_count]);
        if (duty->starts[duty->start_count].act != XJ_NONE)
            duty->start_count++;
    }
    if (duty->starts != NULL)
        qsort(duty->starts, duty->start_count, sizeof *duty->starts, by_act);
    for (uint16_t i = 1; i < duty->start_count; i++) {
        if (duty->starts[i].act == duty->starts[i - 1].act)
            xj_yread_bad(r, seq, 0, "同一起算行为列了两次", "a starting act is listed twice");
    }
}

static void read_stops(struct xj_yread *r, yaml_node_t *node, struct xj_m_duty *duty)
{
    duty->stop_self = xj_slice_is(xj_ynode_text(node), "self");
    if (!duty->stop_self)
        duty->stops = xj_yread_indices(r, node, XJ_WHAT_ACT, &duty->stop_count);
}

/* "3d", or [3d, 6d] with the limit after extension */
static void read_sector(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_sector *ret)
{
    const char *copy = xj_arena_text(r->m->arena, e->id);
    ret->sector = copy != NULL ? copy : "";
    if (!xj_model_good_id(e->id, false))
        xj_findings_add(r->y->f, ERR, e->line, "bad_name", "“%s”不能作名称", "%s cannot be a name", ret->sector);
    size_t n = xj_ydoc_count(e->value);
    xj_yread_clock(r, xj_ydoc_at(r->y, e->value, 0), &ret->kind, &ret->limit);
    if (n == 2) {
        enum xj_clock_kind kind;
        xj_yread_clock(r, xj_ydoc_at(r->y, e->value, 1), &kind, &ret->extended_limit);
        if (kind != ret->kind || !xj_clock_longer(kind, ret->extended_limit, ret->limit))
            xj_yread_bad(r, e->value, e->line, "延长后的期限应同种且更长", "an extended limit is of the same kind and longer");
    } else if (n != 1) {
        xj_yread_bad(r, e->value, e->line, "此处应为期限或[期限, 延长后的期限]", "a limit or [limit, extended limit] is wanted here");
    }
}

static enum xj_err read_sectors(struct xj_yread *r, yaml_node_t *map, struct xj_m_duty *duty)
{
    struct xj_yentry *list;
    size_t count;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK)
        return err;
    duty->sectors = xj_yread_array(r, count, sizeof *duty->sectors);
    for (size_t i = 0; duty->sectors != NULL && i < count; i++)
        read_sector(r, &list[i], &duty->sectors[duty->sector_count++]);
    free(list);
    return xj_arena_err(r->m->arena);
}

/* {act: limit}; sorted by name, so by index */
static enum xj_err read_extends(struct xj_yread *r, yaml_node_t *map, struct xj_m_duty *duty)
{
    struct xj_yentry *list;
    size_t count;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK)
        return err;
    duty->extends = xj_yread_array(r, count, sizeof *duty->extends);
    for (size_t i = 0; duty->extends != NULL && i < count; i++) {
        struct xj_m_extend *e = &duty->extends[duty->extend_count];
        enum xj_clock_kind kind;
        e->act = xj_model_act(r->m, list[i].id);
        if (e->act == XJ_NONE) {
            xj_findings_add(r->y->f, ERR, list[i].line, "unknown_name", "没有名为“%.*s”的行为", "%.*s is not the name of an act",
                            (int)list[i].id.n, (const char *)list[i].id.p);
            continue;
        }
        xj_yread_clock(r, list[i].value, &kind, &e->limit);
        if (kind != duty->kind || !xj_clock_longer(kind, e->limit, duty->limit))
            xj_yread_bad(r, list[i].value, list[i].line, "延长后的期限应同种且更长", "an extended limit is of the same kind and longer");
        duty->extend_count++;
    }
    free(list);
    return xj_arena_err(r->m->arena);
}

static uint16_t index_under(struct xj_yread *r, yaml_node_t *map, const char *key, enum xj_what what)
{
    const yaml_node_t *node = xj_ydoc_get(r->y, map, key);
    return node == NULL ? (uint16_t)XJ_NONE : xj_yread_index(r, node, what);
}

static void read_conditions(struct xj_yread *r, yaml_node_t *map, struct xj_m_duty *duty)
{
    duty->if_answers = xj_yread_indices(r, xj_ydoc_get(r->y, map, "if_answers"), XJ_WHAT_QUESTION, &duty->if_answer_count);
    duty->if_act = index_under(r, map, "if_act", XJ_WHAT_ACT);
    duty->unless_act = index_under(r, map, "unless_act", XJ_WHAT_ACT);
    duty->or_paper = index_under(r, map, "or_paper", XJ_WHAT_PAPER);
    yaml_node_t *track = xj_ydoc_get(r->y, map, "if_track");
    if (track != NULL && (track->type != YAML_SEQUENCE_NODE || xj_ydoc_count(track) != 2)) {
        xj_yread_bad(r, track, 0, "此处应为[轨道, 状态]", "[track, state] is wanted here");
    } else if (track != NULL) {
        duty->if_track = xj_yread_index(r, xj_ydoc_at(r->y, track, 0), XJ_WHAT_TRACK);
        duty->if_state = xj_yread_state(r, xj_ydoc_at(r->y, track, 1), duty->if_track);
    }
    if (duty->or_paper != XJ_NONE && track == NULL)
        xj_yread_bad(r, map, 0, "or_paper 须与 if_track 同用", "or_paper goes with if_track");
    yaml_node_t *pause = xj_ydoc_get(r->y, map, "pause");
    if (pause != NULL && (pause->type != YAML_SEQUENCE_NODE || xj_ydoc_count(pause) != 2 || xj_ydoc_count(xj_ydoc_at(r->y, pause, 0)) == 0 ||
                          xj_ydoc_count(xj_ydoc_at(r->y, pause, 1)) == 0)) {
        xj_yread_bad(r, pause, 0, "此处应为[中止行为, 恢复行为]", "[pausing act, resuming act] is wanted here");
    } else if (pause != NULL) {
        duty->pause_from = xj_yread_indices(r, xj_ydoc_at(r->y, pause, 0), XJ_WHAT_ACT, &duty->pause_from_count);
        duty->pause_to = xj_yread_indices(r, xj_ydoc_at(r->y, pause, 1), XJ_WHAT_ACT, &duty->pause_to_count);
    }
}

static void read_since(struct xj_yread *r, yaml_node_t *map, struct xj_m_duty *duty)
{
    const yaml_node_t *node = xj_ydoc_get(r->y, map, "since");
    struct xj_slice s = xj_ynode_text(node);
    int64_t day;
    duty->since_ms = INT64_MIN;
    if (node == NULL)
        return;
    if (s.n == 10 && strlen((const char *)s.p) == 10 && xj_date_parse((const char *)s.p, &day))
        duty->since_ms = xj_day_start_ms(day);
    else
        xj_yread_bad(r, node, 0, "日期应写作 2001-07-09", "a date is written 2001-07-09");
}

static void read_duty_flags(struct xj_yread *r, yaml_node_t *map, uint32_t line, struct xj_m_duty *duty)
{
    static const char *const links[] = {"answer", "case", NULL};
    static const char *const arises[] = {"start", "done", NULL};
    const yaml_node_t *link = xj_ydoc_get(r->y, map, "link"), *arise = xj_ydoc_get(r->y, map, "arises");
    duty->link_case = link != NULL && xj_yread_word(r, link, links) == 2;
    duty->arises_done = arise != NULL && xj_yread_word(r, arise, arises) == 2;
    duty->may = xj_ydoc_bool(r->y, map, "may");
    duty->disabled = xj_ydoc_bool(r->y, map, "disabled");
    duty->inside = xj_ydoc_bool(r->y, map, "inside");
    duty->obligor = xj_yread_roles(r, xj_ydoc_get(r->y, map, "obligor"), NULL, NULL);
    if (duty->obligor == 0 || duty->start_count == 0)
        xj_findings_add(r->y->f, ERR, line, "missing_key", "“%s”没有写明义务人或起算", "%s has no obligor or no start", duty->name.id);
}

static enum xj_err read_duty(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_duty *duty)
{
    static const char *const keys[] = {"zh",      "en",     "obligor", "start",      "stop",     "link",     "arises",     "may",
                                       "disabled", "inside", "limit",   "sectors",    "extend",   "pause",    "if_answers", "if_track",
                                       "or_paper", "if_act", "unless_act", "since",   "cite",     "tag",      NULL};
    yaml_node_t *map = e->value;
    duty->if_track = duty->if_state = XJ_NONE;
    duty->if_act = duty->unless_act = duty->or_paper = XJ_NONE;
    duty->kind = XJ_CLOCK_NONE;
    xj_yread_name(r, e, true, &duty->name);
    if (!xj_ydoc_keys(r->y, map, keys))
        return XJ_OK;
    const yaml_node_t *limit = xj_ydoc_get(r->y, map, "limit");
    if (limit == NULL)
        xj_findings_add(r->y->f, ERR, e->line, "missing_key", "缺少“%s”", "%s is missing", "limit");
    else
        xj_yread_clock(r, limit, &duty->kind, &duty->limit);
    enum xj_err err = read_sectors(r, xj_ydoc_get(r->y, map, "sectors"), duty);
    if (err == XJ_OK)
        err = read_extends(r, xj_ydoc_get(r->y, map, "extend"), duty);
    if (err != XJ_OK)
        return err;
    read_starts(r, xj_ydoc_get(r->y, map, "start"), duty);
    read_stops(r, xj_ydoc_get(r->y, map, "stop"), duty);
    read_duty_flags(r, map, e->line, duty);
    read_conditions(r, map, duty);
    read_since(r, map, duty);
    duty->cite = xj_yread_cite(r, map, e->line);
    duty->tag = xj_yread_tag(r, map, e->line);
    return xj_arena_err(r->m->arena);
}

enum xj_err xj_yread_duties(struct xj_yread *r, const struct xj_yentry *list, size_t count)
{
    struct xj_model *m = r->m;
    enum xj_err err = XJ_OK;
    m->duties = xj_yread_array(r, count, sizeof *m->duties);
    r->d->duty_line = xj_yread_array(r, count, sizeof *r->d->duty_line);
    if (m->duties == NULL || r->d->duty_line == NULL)
        return xj_arena_err(m->arena);
    m->duty_count = (uint16_t)count;
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        r->d->duty_line[i] = list[i].line;
        err = read_duty(r, &list[i], &m->duties[i]);
    }
    return err;
}
