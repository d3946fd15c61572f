#include "agents/cli/replay_table.h"

#include <stdlib.h>
#include <string.h>

#include "schema/procedure/yaml/ydoc.h"

#define NAME_BYTES 64u
#define WISHES_MAX 4u

struct row {
    char event[NAME_BYTES];
    struct xj_replay_mapped by[XJ_ACTOR_COUNT];
};
struct rule {
    char event[NAME_BYTES], followed_by_own[NAME_BYTES];
    enum xj_actor_kind actor;
    uint16_t act;
};
struct wishes {
    uint16_t act;
    struct xj_replay_wish list[WISHES_MAX];
    size_t count;
};
struct xj_replay_table {
    const struct xj_model *model;
    struct row *rows;
    size_t row_count;
    struct rule *rules;
    size_t rule_count;
    struct wishes *wishes;
    size_t wish_count;
    uint16_t note; /* the act a note is */
};

static void bad(struct xj_ydoc *y, uint32_t line, const char *code, const char *zh, const char *en)
{
    xj_findings_add(y->f, XJ_SEVERITY_ERROR, line, code, "%s%.0s", "%.0s%s", zh, en); /* each format takes its own of the two */
}

static bool copy_name(struct xj_ydoc *y, const yaml_node_t *node, char out[NAME_BYTES])
{
    struct xj_slice s = xj_ynode_text(node);
    if (node == NULL || s.n == 0 || s.n >= NAME_BYTES || memchr(s.p, 0, s.n) != NULL) {
        bad(y, xj_ynode_line(node), "bad_value", "应为名称", "must be a name");
        return false;
    }
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

static uint16_t act_named(struct xj_ydoc *y, const struct xj_replay_table *t, struct xj_slice name, uint32_t line)
{
    uint16_t act = xj_model_act(t->model, name);
    if (act == XJ_NONE)
        bad(y, line, "unknown_name", "程序中没有这个行为", "the procedure has no such act");
    return act;
}

/* "act", "act@role" or "note". */
static void read_mapped(struct xj_ydoc *y, const struct xj_replay_table *t, const yaml_node_t *node, struct xj_replay_mapped *ret)
{
    struct xj_slice s = xj_ynode_text(node);
    *ret = (struct xj_replay_mapped){XJ_NONE, XJ_ACTOR_INVALID};
    if (xj_slice_is(s, "note"))
        return;
    const uint8_t *at = s.n > 0 ? memchr(s.p, '@', s.n) : NULL;
    if (at != NULL) {
        ret->recorder = xj_actor_kind_of(xj_slice_of(at + 1, (size_t)(s.p + s.n - at) - 1));
        if (ret->recorder == XJ_ACTOR_INVALID || ret->recorder == XJ_ACTOR_OTHER)
            bad(y, xj_ynode_line(node), "unknown_name", "没有这种机关", "no such role");
        s.n = (size_t)(at - s.p);
    }
    ret->act = act_named(y, t, s, xj_ynode_line(node));
}

static void read_row(struct xj_ydoc *y, const struct xj_replay_table *t, const struct xj_yentry *e, struct row *row)
{
    struct xj_yentry *list = NULL;
    size_t count = 0;
    struct xj_replay_mapped any = {XJ_NONE, XJ_ACTOR_INVALID};
    bool seen[XJ_ACTOR_COUNT] = {false};
    if (e->id.n >= NAME_BYTES || xj_ydoc_entries(y, e->value, &list, &count) != XJ_OK) {
        bad(y, e->line, "bad_value", "名称过长或内存不足", "name too long, or memory is out");
        return;
    }
    memcpy(row->event, e->id.p, e->id.n);
    row->event[e->id.n] = '\0';
    for (size_t i = 0; i < count; i++) {
        enum xj_actor_kind kind = xj_actor_kind_of(list[i].id);
        if (xj_slice_is(list[i].id, "any")) {
            read_mapped(y, t, list[i].value, &any);
        } else if (kind == XJ_ACTOR_INVALID) {
            bad(y, list[i].line, "unknown_name", "没有这种行为人", "no such kind of actor");
        } else {
            read_mapped(y, t, list[i].value, &row->by[kind]);
            seen[kind] = true;
        }
    }
    for (unsigned k = 1; k < XJ_ACTOR_COUNT; k++)
        if (!seen[k])
            row->by[k] = k == XJ_ACTOR_OTHER ? (struct xj_replay_mapped){XJ_NONE, XJ_ACTOR_INVALID} : any;
    free(list);
}

static enum xj_err read_rows(struct xj_ydoc *y, struct xj_replay_table *t)
{
    struct xj_yentry *list = NULL;
    size_t count = 0;
    enum xj_err err = xj_ydoc_entries(y, xj_ydoc_get(y, xj_ydoc_root(y), "events"), &list, &count);
    if (err != XJ_OK || count == 0)
        return err;
    t->rows = calloc(count, sizeof *t->rows);
    if (t->rows == NULL)
        err = XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < count; i++)
        read_row(y, t, &list[i], &t->rows[t->row_count++]);
    free(list);
    return err;
}

static enum xj_err read_rules(struct xj_ydoc *y, struct xj_replay_table *t)
{
    static const char *const keys[] = {"event", "actor", "followed_by_own", "act", NULL};
    yaml_node_t *seq = xj_ydoc_get(y, xj_ydoc_root(y), "rules");
    size_t count = seq != NULL ? xj_ydoc_count(seq) : 0;
    if (count == 0)
        return XJ_OK;
    t->rules = calloc(count, sizeof *t->rules);
    if (t->rules == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        yaml_node_t *map = xj_ydoc_at(y, seq, i);
        struct rule *r = &t->rules[t->rule_count++];
        if (!xj_ydoc_keys(y, map, keys) || !copy_name(y, xj_ydoc_get(y, map, "event"), r->event) ||
            !copy_name(y, xj_ydoc_get(y, map, "followed_by_own"), r->followed_by_own))
            continue;
        r->actor = xj_actor_kind_of(xj_ynode_text(xj_ydoc_get(y, map, "actor")));
        if (r->actor == XJ_ACTOR_INVALID)
            bad(y, xj_ynode_line(map), "unknown_name", "没有这种行为人", "no such kind of actor");
        r->act = act_named(y, t, xj_ynode_text(xj_ydoc_get(y, map, "act")), xj_ynode_line(map));
    }
    return XJ_OK;
}

static bool read_wish(struct xj_slice word, struct xj_replay_wish *ret)
{
    static const struct {
        const char *word;
        enum xj_replay_who who;
    } words[] = {{"answering", XJ_WHO_ANSWERING}, {"asker", XJ_WHO_ASKER}, {"same", XJ_WHO_SAME}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (xj_slice_is(word, words[i].word)) {
            *ret = (struct xj_replay_wish){words[i].who, XJ_ACTOR_INVALID};
            return true;
        }
    }
    *ret = (struct xj_replay_wish){XJ_WHO_ROLE, xj_actor_kind_of(word)};
    return ret->role != XJ_ACTOR_INVALID && ret->role != XJ_ACTOR_OTHER;
}

static enum xj_err read_wishes(struct xj_ydoc *y, struct xj_replay_table *t)
{
    struct xj_yentry *list = NULL;
    size_t count = 0;
    enum xj_err err = xj_ydoc_entries(y, xj_ydoc_get(y, xj_ydoc_root(y), "counterparts"), &list, &count);
    if (err != XJ_OK || count == 0)
        return err;
    t->wishes = calloc(count, sizeof *t->wishes);
    if (t->wishes == NULL)
        err = XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < count; i++) {
        struct wishes *w = &t->wishes[t->wish_count++];
        w->act = act_named(y, t, list[i].id, list[i].line);
        size_t n = xj_ydoc_count(list[i].value);
        if (n > WISHES_MAX)
            bad(y, list[i].line, "bad_value", "项数过多", "too many items");
        for (size_t k = 0; k < n && k < WISHES_MAX; k++)
            if (!read_wish(xj_ynode_text(xj_ydoc_at(y, list[i].value, k)), &w->list[w->count++]))
                bad(y, list[i].line, "unknown_name", "应为 answering、asker、same 或机关种类",
                    "must be answering, asker, same or a role");
    }
    free(list);
    return err;
}

static enum xj_err read_all(struct xj_ydoc *y, struct xj_replay_table *t)
{
    static const char *const keys[] = {"procedure", "rules", "counterparts", "events", NULL};
    xj_ydoc_keys(y, xj_ydoc_root(y), keys);
    if (!xj_slice_is(xj_ynode_text(xj_ydoc_get(y, xj_ydoc_root(y), "procedure")), t->model->name.id))
        bad(y, 1, "bad_value", "不是这一程序的对照表", "not the table of this procedure");
    enum xj_err err = read_rules(y, t);
    if (err == XJ_OK)
        err = read_wishes(y, t);
    if (err == XJ_OK)
        err = read_rows(y, t);
    if (err == XJ_OK && y->f->err != XJ_OK)
        err = y->f->err;
    return err == XJ_OK && y->f->errors > 0 ? XJ_EMALFORMED : err;
}

enum xj_err xj_replay_table_read(struct xj_slice yaml, const struct xj_model *model, struct xj_replay_table **ret,
                                 struct xj_buf *text)
{
    struct xj_findings f;
    struct xj_ydoc y;
    *ret = NULL;
    xj_findings_init(&f);
    struct xj_replay_table *t = calloc(1, sizeof *t);
    enum xj_err err = t == NULL ? XJ_ENOMEM : xj_ydoc_load(&y, yaml, &f);
    if (err == XJ_OK) {
        t->model = model;
        t->note = xj_model_act(model, xj_slice_cstr("disposal_note"));
        if (t->note == XJ_NONE)
            bad(&y, 1, "unknown_name", "程序中没有 disposal_note", "the procedure has no disposal_note");
        err = read_all(&y, t);
        xj_ydoc_free(&y);
    }
    if (err == XJ_OK)
        *ret = t;
    else
        xj_replay_table_free(t);
    if (err != XJ_OK && text != NULL)
        xj_findings_print(&f, text);
    xj_findings_free(&f);
    return err;
}

void xj_replay_table_free(struct xj_replay_table *t)
{
    if (t == NULL)
        return;
    free(t->rows);
    free(t->rules);
    free(t->wishes);
    free(t);
}

static bool among(const char *name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

bool xj_replay_table_map(const struct xj_replay_table *t, const char *event, enum xj_actor_kind kind,
                         const char *const *later_own, size_t later_count, struct xj_replay_mapped *ret)
{
    *ret = (struct xj_replay_mapped){XJ_NONE, XJ_ACTOR_INVALID};
    for (size_t i = 0; i < t->rule_count; i++) {
        const struct rule *r = &t->rules[i];
        if (r->actor == kind && strcmp(r->event, event) == 0 && among(r->followed_by_own, later_own, later_count)) {
            ret->act = r->act;
            return true;
        }
    }
    for (size_t i = 0; i < t->row_count; i++) {
        if (strcmp(t->rows[i].event, event) == 0) {
            *ret = t->rows[i].by[kind];
            return true;
        }
    }
    uint16_t act = xj_model_act(t->model, xj_slice_cstr(event));
    if (kind != XJ_ACTOR_OTHER)
        ret->act = act;
    return act != XJ_NONE;
}

const struct xj_replay_wish *xj_replay_table_wishes(const struct xj_replay_table *t, uint16_t act, size_t *ret_count)
{
    for (size_t i = 0; i < t->wish_count; i++) {
        if (t->wishes[i].act == act) {
            *ret_count = t->wishes[i].count;
            return t->wishes[i].list;
        }
    }
    *ret_count = 0;
    return NULL;
}

const struct xj_model *xj_replay_table_model(const struct xj_replay_table *t)
{
    return t->model;
}
