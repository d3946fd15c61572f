#include "schema/procedure/model.h"

#include <stdlib.h>
#include <string.h>

#include "schema/base/limits.h"
#include "schema/procedure/model_private.h"
#include "schema/wire/read.h"

#define ROLES_MAX 32u
#define ARENA_BYTES (8u * 1024 * 1024)

static bool lower(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

static bool upper(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool xj_model_good_id(struct xj_slice s, bool capital)
{
    uint8_t first = capital ? 'A' : 'a';
    if (s.n == 0 || s.n > XJ_MAX_NAME_BYTES || s.p[0] < first || s.p[0] > first + 25)
        return false;
    for (size_t i = 1; i < s.n; i++) {
        if (!(capital ? upper(s.p[i]) : lower(s.p[i])))
            return false;
    }
    return true;
}

/* Terms and citations are printed on terminals inside one line, so C0, DEL and C1 controls are out. */
bool xj_model_good_text(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
        if (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0)
            return false;
    }
    return s.n > 0 && s.n <= XJ_MODEL_TEXT_MAX;
}

/* ---- takes: one value each; anything wrong spoils the cursor ---- */

const char *xj_model_take_text(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_slice s = xj_take_str(c, 1, XJ_MODEL_TEXT_MAX);
    if (!xj_model_good_text(s)) {
        xj_cur_spoil(c);
        return "";
    }
    const char *copy = xj_arena_text(d->m->arena, s);
    return copy != NULL ? copy : "";
}

/* The next three values: id, zh, en. */
void xj_model_take_name(struct xj_dec *d, struct xj_cur *c, bool capital, struct xj_name *ret)
{
    struct xj_slice id = xj_take_str(c, 1, XJ_MAX_NAME_BYTES);
    ret->id = "";
    if (xj_model_good_id(id, capital)) {
        const char *copy = xj_arena_text(d->m->arena, id);
        ret->id = copy != NULL ? copy : "";
    } else {
        xj_cur_spoil(c);
    }
    ret->zh = xj_model_take_text(d, c);
    ret->en = xj_model_take_text(d, c);
}

uint16_t xj_model_take_index(struct xj_cur *c, uint16_t count)
{
    uint64_t v = xj_take_uint(c, XJ_MODEL_LIST_MAX);
    if (v >= count) {
        xj_cur_spoil(c);
        return 0;
    }
    return (uint16_t)v;
}

uint16_t xj_model_take_index_or_nil(struct xj_cur *c, uint16_t count)
{
    return xj_take_nil(c) ? (uint16_t)XJ_NONE : xj_model_take_index(c, count);
}

xj_roles xj_model_take_roles(struct xj_dec *d, struct xj_cur *c)
{
    xj_roles v = (xj_roles)xj_take_uint(c, UINT32_MAX);
    if (v != XJ_ROLES_ANY && d->m->role_count < ROLES_MAX && v >> d->m->role_count != 0)
        xj_cur_spoil(c);
    return v;
}

struct xj_cur xj_model_take_list(struct xj_cur *c, uint16_t *ret_count)
{
    struct xj_cur sub = xj_take_array(c, 0, XJ_MODEL_LIST_MAX);
    *ret_count = sub.bad ? 0 : (uint16_t)sub.left;
    return sub;
}

void xj_model_end_list(struct xj_cur *c, const struct xj_cur *sub)
{
    if (xj_cur_end(sub) != XJ_OK)
        xj_cur_spoil(c);
}

uint16_t *xj_model_take_indices(struct xj_dec *d, struct xj_cur *c, uint16_t count, bool nil_too, uint16_t *ret_count)
{
    struct xj_cur sub = xj_model_take_list(c, ret_count);
    uint16_t *list = xj_arena_array(d->m->arena, *ret_count, sizeof *list);
    if (list == NULL) {
        *ret_count = 0;
        xj_cur_spoil(c);
        return NULL;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        list[i] = nil_too ? xj_model_take_index_or_nil(&sub, count) : xj_model_take_index(&sub, count);
        if (i > 0 && list[i] <= list[i - 1])
            xj_cur_spoil(&sub);
    }
    xj_model_end_list(c, &sub);
    return list;
}

/* ---- the name tables ---- */

static bool ascending(const struct xj_name *a, const struct xj_name *b)
{
    return strcmp(a->id, b->id) < 0;
}

static struct xj_name *take_names(struct xj_dec *d, struct xj_cur *c, uint32_t max, uint16_t *ret_count)
{
    struct xj_cur list = xj_model_take_list(c, ret_count);
    struct xj_name *names = xj_arena_array(d->m->arena, *ret_count, sizeof *names);
    if (names == NULL || *ret_count > max) {
        *ret_count = 0;
        xj_cur_spoil(c);
        return names;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        xj_model_take_name(d, &one, false, &names[i]);
        if (i > 0 && !ascending(&names[i - 1], &names[i]))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
    return names;
}

static void take_questions(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->question_count);
    m->questions = xj_arena_array(m->arena, m->question_count, sizeof *m->questions);
    if (m->questions == NULL) {
        m->question_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->question_count; i++) {
        struct xj_cur one = xj_take_array(&list, 4, 4);
        xj_model_take_name(d, &one, false, &m->questions[i].name);
        m->questions[i].asked = xj_model_take_roles(d, &one);
        if (i > 0 && !ascending(&m->questions[i - 1].name, &m->questions[i].name))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static void take_tracks(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->track_count);
    m->tracks = xj_arena_array(m->arena, m->track_count, sizeof *m->tracks);
    if (m->tracks == NULL) {
        m->track_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->track_count; i++) {
        struct xj_m_track *t = &m->tracks[i];
        struct xj_cur one = xj_take_array(&list, 6, 6);
        xj_model_take_name(d, &one, false, &t->name);
        t->scope = (enum xj_scope)xj_take_uint(&one, XJ_SCOPE_CHARGE);
        t->owners = xj_model_take_roles(d, &one);
        t->states = take_names(d, &one, XJ_MODEL_LIST_MAX, &t->state_count);
        if (t->scope == XJ_SCOPE_INVALID || (i > 0 && !ascending(&m->tracks[i - 1].name, &t->name)))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

/* ---- the whole ---- */

static void take_model(struct xj_dec *d, struct xj_cur *root)
{
    struct xj_model *m = d->m;
    if (xj_take_uint(root, XJ_MODEL_VERSION) != XJ_MODEL_VERSION)
        xj_cur_spoil(root);
    struct xj_cur name = xj_take_array(root, 3, 3);
    xj_model_take_name(d, &name, false, &m->name);
    xj_model_end_list(root, &name);
    m->roles = take_names(d, root, ROLES_MAX, &m->role_count);
    m->papers = take_names(d, root, XJ_MODEL_LIST_MAX, &m->paper_count);
    take_questions(d, root);
    take_tracks(d, root);
    xj_model_take_acts(d, root);
    xj_model_take_duties(d, root);
    xj_model_take_rules(d, root);
    xj_model_take_statistics(d, root);
    xj_model_take_replaces(d, root);
}

enum xj_err xj_model_decode(struct xj_slice compiled, struct xj_model **ret)
{
    struct xj_doc doc = {.open = false};
    struct xj_model *m = NULL;
    *ret = NULL;
    if (compiled.n > XJ_MODEL_BYTES_MAX)
        return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&doc, compiled, XJ_MAX_REGISTER_NODES);
    if (err != XJ_OK)
        return err;
    struct xj_arena *arena = xj_arena_new(ARENA_BYTES);
    m = arena == NULL ? NULL : xj_arena_array(arena, 1, sizeof *m);
    if (m == NULL) {
        err = XJ_ENOMEM;
        xj_arena_free(arena);
        goto out;
    }
    m->arena = arena;
    struct xj_dec d = {.m = m};
    struct xj_cur root = xj_cur_over(&doc.root, 11, 11);
    take_model(&d, &root);
    err = xj_arena_err(arena) != XJ_OK ? xj_arena_err(arena) : xj_cur_end(&root);
    if (err == XJ_OK) {
        m->revision = xj_digest(XJ_MODEL_CONTEXT, compiled);
        *ret = m;
        m = NULL;
    }
out:
    xj_model_free(m);
    xj_doc_close(&doc);
    return err;
}

void xj_model_free(struct xj_model *model)
{
    if (model != NULL)
        xj_arena_free(model->arena); /* the model itself lies in it */
}

/* ---- look-ups ---- */

static uint16_t find(const void *base, size_t stride, uint16_t count, struct xj_slice name)
{
    uint16_t lo = 0, hi = count;
    while (lo < hi) {
        uint16_t mid = (uint16_t)(lo + (hi - lo) / 2);
        const struct xj_name *n = (const struct xj_name *)(const void *)((const uint8_t *)base + stride * mid);
        int cmp = xj_slice_cmp(xj_slice_cstr(n->id), name);
        if (cmp == 0)
            return mid;
        if (cmp < 0)
            lo = (uint16_t)(mid + 1);
        else
            hi = mid;
    }
    return XJ_NONE;
}

/* find() reads the name at the front of each element. */
_Static_assert(offsetof(struct xj_m_act, name) == 0, "name leads");
_Static_assert(offsetof(struct xj_m_track, name) == 0, "name leads");
_Static_assert(offsetof(struct xj_m_question, name) == 0, "name leads");
_Static_assert(offsetof(struct xj_m_duty, name) == 0, "name leads");
_Static_assert(offsetof(struct xj_m_rule, name) == 0, "name leads");
_Static_assert(offsetof(struct xj_m_statistic, name) == 0, "name leads");

uint16_t xj_model_act(const struct xj_model *m, struct xj_slice name)
{
    return find(m->acts, sizeof *m->acts, m->act_count, name);
}

uint16_t xj_model_track(const struct xj_model *m, struct xj_slice name)
{
    return find(m->tracks, sizeof *m->tracks, m->track_count, name);
}

uint16_t xj_model_state(const struct xj_m_track *t, struct xj_slice name)
{
    return find(t->states, sizeof *t->states, t->state_count, name);
}

uint16_t xj_model_question(const struct xj_model *m, struct xj_slice name)
{
    return find(m->questions, sizeof *m->questions, m->question_count, name);
}

uint16_t xj_model_paper(const struct xj_model *m, struct xj_slice name)
{
    return find(m->papers, sizeof *m->papers, m->paper_count, name);
}

uint16_t xj_model_duty(const struct xj_model *m, struct xj_slice name)
{
    return find(m->duties, sizeof *m->duties, m->duty_count, name);
}

uint16_t xj_model_rule(const struct xj_model *m, struct xj_slice name)
{
    return find(m->rules, sizeof *m->rules, m->rule_count, name);
}

uint16_t xj_model_statistic(const struct xj_model *m, struct xj_slice name)
{
    return find(m->statistics, sizeof *m->statistics, m->statistic_count, name);
}

xj_roles xj_model_role(const struct xj_model *m, struct xj_slice name)
{
    uint16_t i = find(m->roles, sizeof *m->roles, m->role_count, name);
    return i == XJ_NONE ? 0 : (xj_roles)1 << i;
}
