#include "schema/procedure/yaml/read.h"

#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model_private.h"

#define ERR XJ_SEVERITY_ERROR

void xj_yread_bad(struct xj_yread *r, const yaml_node_t *node, uint32_t line, const char *zh, const char *en)
{
    xj_findings_add(r->y->f, ERR, node != NULL ? xj_ynode_line(node) : line, "bad_value", "%s%.0s", "%.0s%s", zh, en);
}

void *xj_yread_array(struct xj_yread *r, size_t count, size_t size)
{
    if (count > XJ_MODEL_LIST_MAX)
        xj_findings_add(r->y->f, ERR, r->line, "too_many", "“%s”过多", "too many %s", "elements of one list");
    return xj_arena_array(r->m->arena, count, size);
}

static const char *keep(struct xj_yread *r, struct xj_slice s)
{
    const char *copy = xj_arena_text(r->m->arena, s);
    return copy != NULL ? copy : "";
}

static const char *text_of(struct xj_yread *r, const yaml_node_t *node)
{
    struct xj_slice s = xj_ynode_text(node);
    if (!xj_model_good_text(s)) {
        xj_yread_bad(r, node, 0, "此处应为一行不太长的文字", "one line of text, not too long, is wanted here");
        return "";
    }
    return keep(r, s);
}

const char *xj_yread_text(struct xj_yread *r, yaml_node_t *map, const char *key, bool wanted)
{
    const yaml_node_t *node = xj_ydoc_get(r->y, map, key);
    if (node != NULL)
        return text_of(r, node);
    if (wanted)
        xj_findings_add(r->y->f, ERR, xj_ynode_line(map), "missing_key", "缺少“%s”", "%s is missing", key);
    return "";
}

enum xj_tag xj_yread_tag(struct xj_yread *r, yaml_node_t *map, uint32_t line)
{
    static const char *const words[] = {"C", "C2", "U", NULL};
    const yaml_node_t *node = xj_ydoc_get(r->y, map, "tag");
    if (node == NULL) {
        xj_findings_add(r->y->f, ERR, line, "missing_key", "缺少“%s”", "%s is missing", "tag");
        return XJ_TAG_INVALID;
    }
    return (enum xj_tag)xj_yread_word(r, node, words);
}

static uint16_t look_up(struct xj_yread *r, struct xj_slice name, enum xj_what what)
{
    switch (what) {
    case XJ_WHAT_ACT: return xj_model_act(r->m, name);
    case XJ_WHAT_QUESTION: return xj_model_question(r->m, name);
    case XJ_WHAT_PAPER: return xj_model_paper(r->m, name);
    case XJ_WHAT_TRACK: return xj_model_track(r->m, name);
    case XJ_WHAT_DUTY: return xj_model_duty(r->m, name);
    case XJ_WHAT_STATISTIC: return xj_model_statistic(r->m, name);
    case XJ_WHAT_INVALID:
    default: return XJ_NONE;
    }
}

static void unknown(struct xj_yread *r, const yaml_node_t *node, const char *zh, const char *en)
{
    struct xj_slice s = xj_ynode_text(node);
    int n = s.n > 64 ? 64 : (int)s.n;
    const char *p = s.n == 0 ? "" : (const char *)s.p;
    xj_findings_add(r->y->f, ERR, xj_ynode_line(node), "unknown_name", "没有名为“%.*s”的%s%.0s",
                    "%.*s%.0s is not the name of %s", n, p, zh, en);
}

uint16_t xj_yread_index(struct xj_yread *r, const yaml_node_t *node, enum xj_what what)
{
    static const char *const zh[] = {"", "行为", "事项", "文书种类", "轨道", "期限", "统计项"};
    static const char *const en[] = {"", "an act", "a question", "a paper kind", "a track", "a duty", "a statistic"};
    uint16_t i = look_up(r, xj_ynode_text(node), what);
    if (i == XJ_NONE)
        unknown(r, node, zh[what], en[what]);
    return i;
}

uint16_t xj_yread_state(struct xj_yread *r, const yaml_node_t *node, uint16_t track)
{
    if (track == XJ_NONE)
        return XJ_NONE;
    uint16_t i = xj_model_state(&r->m->tracks[track], xj_ynode_text(node));
    if (i == XJ_NONE)
        unknown(r, node, "该轨道的状态", "a state of this track");
    return i;
}

static int word_at(struct xj_slice s, const char *const *words)
{
    for (int i = 0; words != NULL && words[i] != NULL; i++) {
        if (xj_slice_is(s, words[i]))
            return i;
    }
    return -1;
}

xj_roles xj_yread_roles(struct xj_yread *r, yaml_node_t *node, const char *const *others, unsigned *ret_others)
{
    xj_roles roles = 0;
    for (size_t i = 0; i < xj_ydoc_count(node); i++) {
        const yaml_node_t *one = xj_ydoc_at(r->y, node, i);
        struct xj_slice s = xj_ynode_text(one);
        int word = word_at(s, others);
        if (word >= 0) {
            *ret_others |= 1u << word;
            continue;
        }
        if (xj_slice_is(s, "any")) {
            roles = XJ_ROLES_ANY;
            continue;
        }
        xj_roles bit = xj_model_role(r->m, s);
        if (bit == 0)
            unknown(r, one != NULL ? one : node, "角色", "a role");
        roles |= bit;
    }
    return roles;
}

static int by_number(const void *a, const void *b)
{
    const uint16_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

uint16_t *xj_yread_indices(struct xj_yread *r, yaml_node_t *node, enum xj_what what, uint16_t *ret_count)
{
    size_t n = xj_ydoc_count(node);
    uint16_t *list = xj_yread_array(r, n, sizeof *list);
    *ret_count = 0;
    if (list == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const yaml_node_t *one = xj_ydoc_at(r->y, node, i);
        uint16_t index = xj_yread_index(r, one != NULL ? one : node, what);
        bool again = false;
        for (uint16_t k = 0; k < *ret_count; k++)
            again = again || list[k] == index;
        if (again)
            xj_findings_add(r->y->f, ERR, xj_ynode_line(node), "listed_twice", "同一名称列了两次（第 %zu 个）",
                            "a name is listed twice (number %zu)", i + 1);
        else if (index != XJ_NONE)
            list[(*ret_count)++] = index;
    }
    qsort(list, *ret_count, sizeof *list, by_number);
    return list;
}

unsigned xj_yread_word(struct xj_yread *r, const yaml_node_t *node, const char *const *words)
{
    int i = word_at(xj_ynode_text(node), words);
    if (i < 0)
        xj_yread_bad(r, node, 0, "不是此处允许的词", "not one of the words allowed here");
    return (unsigned)(i + 1);
}

void xj_yread_clock(struct xj_yread *r, const yaml_node_t *node, enum xj_clock_kind *ret_kind, uint32_t *ret_limit)
{
    struct xj_slice s = xj_ynode_text(node);
    *ret_kind = XJ_CLOCK_NONE;
    *ret_limit = 0;
    /* libyaml ends every scalar with a NUL; a NUL inside would cut the text short, so lengths are compared. */
    if (s.n == 0 || strlen((const char *)s.p) != s.n || !xj_clock_parse((const char *)s.p, ret_kind, ret_limit))
        xj_yread_bad(r, node, 0, "期限应写作 24h、3d、3w、2m 或 none", "a limit is written 24h, 3d, 3w, 2m or none");
}

static bool reserved(struct xj_slice id)
{
    static const char *const words[] = {"nil", "any", "self", "asked", "to", "transferor", "note", NULL};
    return word_at(id, words) >= 0;
}

void xj_yread_name(struct xj_yread *r, const struct xj_yentry *e, bool capital, struct xj_name *ret)
{
    r->line = e->line;
    ret->id = keep(r, e->id);
    if (!xj_model_good_id(e->id, capital) || reserved(e->id))
        xj_findings_add(r->y->f, ERR, e->line, "bad_name", "“%s”不能作名称", "%s cannot be a name", ret->id);
    if (e->value != NULL && e->value->type == YAML_SEQUENCE_NODE) {
        ret->zh = ret->en = "";
        if (xj_ydoc_count(e->value) != 2) {
            xj_yread_bad(r, e->value, e->line, "此处应为[中文, 英文]", "[Chinese, English] is wanted here");
            return;
        }
        ret->zh = text_of(r, xj_ydoc_at(r->y, e->value, 0));
        ret->en = text_of(r, xj_ydoc_at(r->y, e->value, 1));
        return;
    }
    ret->zh = xj_yread_text(r, e->value, "zh", true);
    ret->en = xj_yread_text(r, e->value, "en", true);
}
