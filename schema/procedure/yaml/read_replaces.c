#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model_private.h"
#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR

/* "~", an empty value or null: no image. */
static bool is_nothing(const yaml_node_t *node)
{
    struct xj_slice s = xj_ynode_text(node);
    return node != NULL && node->type == YAML_SCALAR_NODE && (s.n == 0 || xj_slice_is(s, "~") || xj_slice_is(s, "null"));
}

/* A name of the old procedure, which nobody here can look up. */
static const char *was_of(struct xj_yread *r, struct xj_slice id, uint32_t line, bool capital)
{
    const char *copy = xj_arena_text(r->m->arena, id);
    if (!xj_model_good_id(id, capital))
        xj_findings_add(r->y->f, ERR, line, "bad_name", "“%s”不能作名称", "%s cannot be a name", copy != NULL ? copy : "");
    return copy != NULL ? copy : "";
}

/* {ended: [zh, en]} */
static void read_ended(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_rename *ret)
{
    static const char *const keys[] = {"ended", NULL};
    if (!xj_ydoc_keys(r->y, e->value, keys))
        return;
    struct xj_yentry reason = {.id = e->id, .value = xj_ydoc_get(r->y, e->value, "ended"), .line = e->line};
    struct xj_name name = {"", "", ""};
    if (reason.value == NULL || reason.value->type != YAML_SEQUENCE_NODE) {
        xj_yread_bad(r, e->value, e->line, "此处应为 ended: [中文理由, 英文理由]", "ended: [why in Chinese, in English] is wanted here");
        return;
    }
    xj_yread_name(r, &reason, true, &name);
    ret->zh = name.zh;
    ret->en = name.en;
}

static struct xj_m_rename *read_renames(struct xj_yread *r, yaml_node_t *map, enum xj_what what, uint16_t *ret_count)
{
    struct xj_yentry *list = NULL;
    size_t n = 0;
    bool duties = what == XJ_WHAT_DUTY;
    *ret_count = 0;
    if (xj_ydoc_entries(r->y, map, &list, &n) != XJ_OK)
        return NULL;
    if (n > XJ_MODEL_LIST_MAX) {
        xj_findings_add(r->y->f, ERR, xj_ynode_line(map), "too_many", "“%s”过多", "too many %s", "replaces");
        n = 0;
    }
    struct xj_m_rename *made = xj_yread_array(r, n, sizeof *made);
    for (size_t i = 0; made != NULL && i < n; i++) {
        struct xj_m_rename *one = &made[(*ret_count)++];
        one->was = was_of(r, list[i].id, list[i].line, duties);
        one->is = XJ_NONE;
        if (duties && list[i].value != NULL && list[i].value->type == YAML_MAPPING_NODE)
            read_ended(r, &list[i], one);
        else if (!is_nothing(list[i].value))
            one->is = xj_yread_index(r, list[i].value, what);
    }
    free(list);
    return made;
}

/* "track.state" as two slices; false with a finding. */
static bool split(struct xj_yread *r, struct xj_slice s, uint32_t line, struct xj_slice *ret_track, struct xj_slice *ret_state)
{
    const uint8_t *dot = s.n > 0 ? memchr(s.p, '.', s.n) : NULL;
    if (dot == NULL) {
        xj_yread_bad(r, NULL, line, "此处应为“轨道.状态”", "\"track.state\" is wanted here");
        return false;
    }
    *ret_track = xj_slice_of(s.p, (size_t)(dot - s.p));
    *ret_state = xj_slice_of(dot + 1, s.n - ret_track->n - 1);
    return true;
}

static void read_restate(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_replaces *ret)
{
    struct xj_slice track, state, to_track, to_state;
    struct xj_m_restate *one = &ret->states[ret->state_count];
    if (!split(r, e->id, e->line, &track, &state) || !split(r, xj_ynode_text(e->value), e->line, &to_track, &to_state))
        return;
    one->track = was_of(r, track, e->line, false);
    one->state = was_of(r, state, e->line, false);
    one->to_track = xj_model_track(r->m, to_track);
    one->to_state = one->to_track == XJ_NONE ? XJ_NONE : xj_model_state(&r->m->tracks[one->to_track], to_state);
    if (one->to_state == XJ_NONE) {
        struct xj_slice s = xj_ynode_text(e->value);
        xj_findings_add(r->y->f, ERR, e->line, "unknown_name", "没有名为“%.*s”的状态", "%.*s is not the name of a state", (int)s.n,
                        (const char *)s.p);
        return;
    }
    ret->state_count++;
}

static void read_restates(struct xj_yread *r, yaml_node_t *map, struct xj_m_replaces *ret)
{
    struct xj_yentry *list = NULL;
    size_t n = 0;
    if (xj_ydoc_entries(r->y, map, &list, &n) != XJ_OK)
        return;
    if (n > XJ_MODEL_LIST_MAX) {
        xj_findings_add(r->y->f, ERR, xj_ynode_line(map), "too_many", "“%s”过多", "too many %s", "states");
        n = 0;
    }
    ret->states = xj_yread_array(r, n, sizeof *ret->states);
    for (size_t i = 0; ret->states != NULL && i < n; i++)
        read_restate(r, &list[i], ret);
    free(list);
}

void xj_yread_revision(struct xj_yread *r, yaml_node_t *map, uint32_t line, struct xj_m_replaces *ret)
{
    char hex[2 * XJ_HASH_SIZE + 1] = "";
    const yaml_node_t *node = xj_ydoc_get(r->y, map, "revision");
    struct xj_slice s = xj_ynode_text(node);
    if (s.n == sizeof hex - 1)
        memcpy(hex, s.p, s.n);
    if (!xj_unhex(hex, ret->revision.b, XJ_HASH_SIZE))
        xj_yread_bad(r, node, line, "此处应为所代替版本的 64 位十六进制数", "the 64 hex digits of the revision replaced are wanted here");
}

enum xj_err xj_yread_replaces(struct xj_yread *r, yaml_node_t *map)
{
    static const char *const keys[] = {"revision", "cases", "states", "acts", "questions", "duties", NULL};
    static const char *const cases[] = {"none", "open", "all", NULL};
    if (map == NULL)
        return XJ_OK;
    struct xj_m_replaces *ret = xj_yread_array(r, 1, sizeof *ret);
    r->d->replaces_line = xj_ynode_line(map);
    if (ret == NULL || !xj_ydoc_keys(r->y, map, keys))
        return xj_arena_err(r->m->arena);
    size_t before = r->y->f->errors;
    xj_yread_revision(r, map, r->d->replaces_line, ret);
    const yaml_node_t *moving = xj_ydoc_get(r->y, map, "cases");
    if (moving == NULL)
        xj_findings_add(r->y->f, ERR, r->d->replaces_line, "missing_key", "缺少“%s”", "%s is missing", "cases");
    else
        ret->cases = (enum xj_moving)xj_yread_word(r, moving, cases);
    read_restates(r, xj_ydoc_get(r->y, map, "states"), ret);
    ret->acts = read_renames(r, xj_ydoc_get(r->y, map, "acts"), XJ_WHAT_ACT, &ret->act_count);
    ret->questions = read_renames(r, xj_ydoc_get(r->y, map, "questions"), XJ_WHAT_QUESTION, &ret->question_count);
    ret->duties = read_renames(r, xj_ydoc_get(r->y, map, "duties"), XJ_WHAT_DUTY, &ret->duty_count);
    if (r->y->f->errors == before && xj_arena_err(r->m->arena) == XJ_OK && !xj_model_good_replaces(r->m, ret))
        xj_yread_bad(r, map, r->d->replaces_line, "对应关系有误：同名无需写明；一条轨道不能分到两条，两条轨道、事项、期限不能并为一条；cases 为 none 时不写对应关系",
                     "the map is unsound: equal names need no entry, a track cannot become two, two tracks, questions or duties cannot become one, and with cases none nothing is mapped");
    r->m->replaces = ret;
    return xj_arena_err(r->m->arena);
}
