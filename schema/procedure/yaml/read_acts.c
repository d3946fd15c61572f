#include <stdlib.h>
#include <string.h>

#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR

static int by_track(const void *a, const void *b)
{
    const struct xj_m_move *x = a, *y = b;
    return (x->track > y->track) - (x->track < y->track);
}

static int by_u16(const void *a, const void *b)
{
    const uint16_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* [track, owner, state, from-state or nil …] */
static void read_move(struct xj_yread *r, yaml_node_t *node, struct xj_m_move *ret)
{
    static const char *const owners[] = {"self", "asked", "to", NULL};
    size_t n = xj_ydoc_count(node);
    if (node->type != YAML_SEQUENCE_NODE || n < 3) {
        xj_yread_bad(r, node, 0, "此处应为[轨道, 归属, 状态, 原状态…]", "[track, owner, state, from …] is wanted here");
        ret->track = XJ_NONE;
        return;
    }
    ret->track = xj_yread_index(r, xj_ydoc_at(r->y, node, 0), XJ_WHAT_TRACK);
    ret->owner = (enum xj_owner)xj_yread_word(r, xj_ydoc_at(r->y, node, 1), owners);
    ret->state = xj_yread_state(r, xj_ydoc_at(r->y, node, 2), ret->track);
    ret->from = xj_yread_array(r, n - 3, sizeof *ret->from);
    if (ret->from == NULL)
        return;
    for (size_t i = 3; i < n; i++) {
        const yaml_node_t *from = xj_ydoc_at(r->y, node, i);
        bool nil = xj_slice_is(xj_ynode_text(from), "nil");
        ret->from[ret->from_count++] = nil ? (uint16_t)XJ_NONE : xj_yread_state(r, from, ret->track);
    }
    qsort(ret->from, ret->from_count, sizeof *ret->from, by_u16);
    for (uint16_t i = 1; i < ret->from_count; i++) {
        if (ret->from[i] == ret->from[i - 1])
            xj_yread_bad(r, node, 0, "原状态重复", "a from-state is listed twice");
    }
}

static struct xj_m_move *read_moves(struct xj_yread *r, yaml_node_t *seq, uint16_t *ret_count)
{
    size_t n = xj_ydoc_count(seq);
    struct xj_m_move *moves = xj_yread_array(r, n, sizeof *moves);
    *ret_count = 0;
    if (moves == NULL)
        return NULL;
    if (seq != NULL && seq->type != YAML_SEQUENCE_NODE) {
        xj_yread_bad(r, seq, 0, "此处应为列表", "a list is wanted here");
        return moves;
    }
    for (size_t i = 0; i < n; i++) {
        read_move(r, xj_ydoc_at(r->y, seq, i), &moves[*ret_count]);
        if (moves[*ret_count].track != XJ_NONE)
            (*ret_count)++;
    }
    qsort(moves, *ret_count, sizeof *moves, by_track);
    for (uint16_t i = 1; i < *ret_count; i++) {
        if (moves[i].track == moves[i - 1].track)
            xj_findings_add(r->y->f, ERR, xj_ynode_line(seq), "track_twice", "“%s”在同一处移动两次", "%s is moved twice in one place",
                            r->m->tracks[moves[i].track].name.id);
    }
    return moves;
}

/* Entries are sorted by name and so are the tables, hence the lists come out ascending by index. */
static enum xj_err read_opens(struct xj_yread *r, yaml_node_t *map, struct xj_m_act *act)
{
    static const char *const others[] = {"transferor", "self", NULL};
    struct xj_yentry *list;
    size_t count;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK)
        return err;
    act->opens = xj_yread_array(r, count, sizeof *act->opens);
    for (size_t i = 0; act->opens != NULL && i < count; i++) {
        struct xj_m_opens *o = &act->opens[act->opens_count];
        unsigned who = 0;
        uint16_t q = xj_model_question(r->m, list[i].id);
        if (q == XJ_NONE) {
            xj_findings_add(r->y->f, ERR, list[i].line, "unknown_name", "没有名为“%.*s”的事项", "%.*s is not the name of a question",
                            (int)list[i].id.n, (const char *)list[i].id.p);
            continue;
        }
        o->question = q;
        o->asked = xj_yread_roles(r, list[i].value, others, &who);
        o->asked_transferor = (who & 1u) != 0;
        o->asked_self = (who & 2u) != 0;
        if ((o->asked == 0 && who == 0) || (o->asked_self && (o->asked != 0 || o->asked_transferor)))
            xj_yread_bad(r, list[i].value, list[i].line, "应写明向谁提出：角色、transferor，或单独的 self",
                         "say who is asked: roles, transferor, or self alone");
        act->opens_count++;
    }
    free(list);
    return xj_arena_err(r->m->arena);
}

static void read_answer(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_answer *ret)
{
    static const char *const modes[] = {"req", "once", "opt", NULL};
    static const char *const keys[] = {"mode", "moves", NULL};
    yaml_node_t *mode = e->value, *moves = NULL;
    if (e->value != NULL && e->value->type == YAML_MAPPING_NODE) {
        xj_ydoc_keys(r->y, e->value, keys);
        mode = xj_ydoc_get(r->y, e->value, "mode");
        moves = xj_ydoc_get(r->y, e->value, "moves");
    }
    if (mode == NULL)
        xj_yread_bad(r, e->value, e->line, "缺少回答方式", "the mode of the answer is missing");
    else
        ret->mode = (enum xj_answer_mode)xj_yread_word(r, mode, modes);
    ret->moves = read_moves(r, moves, &ret->move_count);
}

static enum xj_err read_answers(struct xj_yread *r, yaml_node_t *map, struct xj_m_act *act)
{
    struct xj_yentry *list;
    size_t count;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK)
        return err;
    act->answers = xj_yread_array(r, count, sizeof *act->answers);
    for (size_t i = 0; act->answers != NULL && i < count; i++) {
        uint16_t q = xj_model_question(r->m, list[i].id);
        if (q == XJ_NONE) {
            xj_findings_add(r->y->f, ERR, list[i].line, "unknown_name", "没有名为“%.*s”的事项", "%.*s is not the name of a question",
                            (int)list[i].id.n, (const char *)list[i].id.p);
            continue;
        }
        act->answers[act->answer_count].question = q;
        read_answer(r, &list[i], &act->answers[act->answer_count++]);
    }
    free(list);
    return xj_arena_err(r->m->arena);
}

static int by_acts(const void *a, const void *b)
{
    const struct xj_m_group *x = a, *y = b;
    for (uint16_t i = 0; i < x->act_count && i < y->act_count; i++) {
        if (x->acts[i] != y->acts[i])
            return x->acts[i] < y->acts[i] ? -1 : 1;
    }
    return (x->act_count > y->act_count) - (x->act_count < y->act_count);
}

/* [[a, b], [c]]: one of a and b, and c */
static struct xj_m_group *read_groups(struct xj_yread *r, yaml_node_t *seq, uint16_t *ret_count)
{
    size_t n = xj_ydoc_count(seq);
    struct xj_m_group *groups = xj_yread_array(r, n, sizeof *groups);
    *ret_count = 0;
    for (size_t i = 0; groups != NULL && i < n; i++) {
        yaml_node_t *one = xj_ydoc_at(r->y, seq, i);
        struct xj_m_group *g = &groups[*ret_count];
        if (one == NULL || one->type != YAML_SEQUENCE_NODE) {
            xj_yread_bad(r, seq, 0, "此处应为[[行为, …], …]", "[[act, …], …] is wanted here");
            break;
        }
        g->acts = xj_yread_indices(r, one, XJ_WHAT_ACT, &g->act_count);
        if (g->act_count > 0)
            (*ret_count)++;
    }
    if (groups != NULL)
        qsort(groups, *ret_count, sizeof *groups, by_acts);
    for (uint16_t i = 1; i < *ret_count; i++) {
        if (by_acts(&groups[i - 1], &groups[i]) == 0)
            xj_yread_bad(r, seq, 0, "同一组列了两次", "a group is listed twice");
    }
    return groups;
}

static int by_kind(const void *a, const void *b)
{
    const struct xj_m_paper *x = a, *y = b;
    return (x->kind > y->kind) - (x->kind < y->kind);
}

/* kind, or [kind, or_kind] */
static void read_paper(struct xj_yread *r, yaml_node_t *node, bool instrument, struct xj_m_paper *ret)
{
    ret->or_kind = XJ_NONE;
    ret->instrument = instrument;
    ret->kind = xj_yread_index(r, xj_ydoc_at(r->y, node, 0), XJ_WHAT_PAPER);
    if (xj_ydoc_count(node) > 1)
        ret->or_kind = xj_yread_index(r, xj_ydoc_at(r->y, node, 1), XJ_WHAT_PAPER);
    if (xj_ydoc_count(node) > 2 || (ret->or_kind == ret->kind && ret->kind != XJ_NONE))
        xj_yread_bad(r, node, 0, "最多写两种不同的文书", "at most two different kinds are wanted here");
}

static void read_papers(struct xj_yread *r, yaml_node_t *map, struct xj_m_act *act)
{
    yaml_node_t *instrument = xj_ydoc_get(r->y, map, "instrument"), *papers = xj_ydoc_get(r->y, map, "papers");
    size_t n = xj_ydoc_count(papers);
    act->papers = xj_arena_array(r->m->arena, n + 1, sizeof *act->papers); /* more than there are kinds would be a kind twice */
    if (act->papers == NULL)
        return;
    if (instrument != NULL)
        read_paper(r, instrument, true, &act->papers[act->paper_count++]);
    for (size_t i = 0; i < n; i++) {
        yaml_node_t *one = xj_ydoc_at(r->y, papers, i);
        read_paper(r, one != NULL ? one : papers, false, &act->papers[act->paper_count++]);
    }
    qsort(act->papers, act->paper_count, sizeof *act->papers, by_kind);
    for (uint16_t i = 1; i < act->paper_count; i++) {
        if (act->papers[i].kind == act->papers[i - 1].kind && act->papers[i].kind != XJ_NONE)
            xj_yread_bad(r, papers, 0, "同一种文书列了两次", "a paper kind is listed twice");
    }
}

static int by_state(const void *a, const void *b)
{
    const struct xj_m_bar_state *x = a, *y = b;
    if (x->track != y->track)
        return x->track < y->track ? -1 : 1;
    return (x->state > y->state) - (x->state < y->state);
}

/* {track: [state, …], …} */
static enum xj_err read_bars(struct xj_yread *r, yaml_node_t *map, struct xj_m_bar_state **ret, uint16_t *ret_count)
{
    struct xj_yentry *list;
    size_t count, total = 0;
    enum xj_err err = xj_ydoc_entries(r->y, map, &list, &count);
    if (err != XJ_OK)
        return err;
    for (size_t i = 0; i < count; i++)
        total += xj_ydoc_count(list[i].value);
    *ret = xj_yread_array(r, total, sizeof **ret);
    for (size_t i = 0; *ret != NULL && i < count; i++) {
        uint16_t track = xj_model_track(r->m, list[i].id);
        if (track == XJ_NONE)
            xj_findings_add(r->y->f, ERR, list[i].line, "unknown_name", "没有名为“%.*s”的轨道", "%.*s is not the name of a track",
                            (int)list[i].id.n, (const char *)list[i].id.p);
        for (size_t k = 0; track != XJ_NONE && k < xj_ydoc_count(list[i].value); k++) {
            yaml_node_t *one = xj_ydoc_at(r->y, list[i].value, k);
            (*ret)[*ret_count] = (struct xj_m_bar_state){track, xj_yread_state(r, one != NULL ? one : list[i].value, track)};
            (*ret_count)++;
        }
    }
    if (*ret != NULL)
        qsort(*ret, *ret_count, sizeof **ret, by_state);
    for (uint16_t i = 1; i < *ret_count; i++) {
        if (by_state(&(*ret)[i - 1], &(*ret)[i]) == 0)
            xj_yread_bad(r, map, 0, "同一状态列了两次", "a state is listed twice");
    }
    free(list);
    return xj_arena_err(r->m->arena);
}

/* open, parties, or {after: act} */
static void read_visibility(struct xj_yread *r, yaml_node_t *map, uint32_t line, struct xj_m_act *act)
{
    static const char *const words[] = {"open", "parties", NULL};
    static const char *const keys[] = {"after", NULL};
    yaml_node_t *vis = xj_ydoc_get(r->y, map, "vis");
    act->vis_after = XJ_NONE;
    if (vis == NULL) {
        xj_findings_add(r->y->f, ERR, line, "missing_key", "缺少“%s”", "%s is missing", "vis");
    } else if (vis->type == YAML_MAPPING_NODE) {
        xj_ydoc_keys(r->y, vis, keys);
        act->vis = XJ_VIS_AFTER;
        act->vis_after = xj_yread_index(r, xj_ydoc_get(r->y, vis, "after"), XJ_WHAT_ACT);
    } else {
        act->vis = (enum xj_visibility)xj_yread_word(r, vis, words);
    }
}

static void read_flags(struct xj_yread *r, const yaml_node_t *map, struct xj_m_act *act)
{
    act->internal = xj_ydoc_bool(r->y, map, "internal");
    act->opens_case = xj_ydoc_bool(r->y, map, "opens_case");
    act->joins = xj_ydoc_bool(r->y, map, "joins");
    act->again = xj_ydoc_bool(r->y, map, "again");
    act->late_only = xj_ydoc_bool(r->y, map, "late_only");
    act->reasons = xj_ydoc_bool(r->y, map, "reasons");
    act->party_required = xj_ydoc_bool(r->y, map, "party_required");
    act->transfers = xj_ydoc_bool(r->y, map, "transfers");
    act->receives = xj_ydoc_bool(r->y, map, "receives");
    act->accepts = xj_ydoc_bool(r->y, map, "accepts");
}

static void read_people(struct xj_yread *r, yaml_node_t *map, uint32_t line, struct xj_m_act *act)
{
    static const char *const others[] = {"transferor", NULL};
    unsigned who = 0;
    act->roles = xj_yread_roles(r, xj_ydoc_get(r->y, map, "roles"), NULL, NULL);
    act->copies = xj_yread_roles(r, xj_ydoc_get(r->y, map, "copies"), others, &who);
    act->copy_transferor = who != 0;
    act->principal = xj_yread_roles(r, xj_ydoc_get(r->y, map, "principal"), NULL, NULL);
    if (act->roles == 0)
        xj_findings_add(r->y->f, ERR, line, "missing_key", "“%s”没有写明谁可以作出", "%s does not say who may do it", act->name.id);
}

static enum xj_err read_act(struct xj_yread *r, const struct xj_yentry *e, struct xj_m_act *act)
{
    static const char *const keys[] = {
        "zh",     "en",         "roles", "moves",  "opens",     "answers",        "passes",      "expects",   "implies",  "instrument",
        "papers", "copies",     "principal", "vis", "internal",  "opens_case",     "joins",       "again",     "late_only", "reasons",
        "party_required", "barred", "lifted", "transfers", "receives", "accepts", "cite", "tag", NULL};
    yaml_node_t *map = e->value;
    r->line = e->line;
    if (!xj_ydoc_keys(r->y, map, keys))
        return XJ_OK;
    read_people(r, map, e->line, act);
    act->moves = read_moves(r, xj_ydoc_get(r->y, map, "moves"), &act->move_count);
    enum xj_err err = read_opens(r, xj_ydoc_get(r->y, map, "opens"), act);
    if (err == XJ_OK)
        err = read_answers(r, xj_ydoc_get(r->y, map, "answers"), act);
    if (err == XJ_OK)
        err = read_bars(r, xj_ydoc_get(r->y, map, "barred"), &act->barred, &act->barred_count);
    if (err == XJ_OK)
        err = read_bars(r, xj_ydoc_get(r->y, map, "lifted"), &act->lifted, &act->lifted_count);
    if (err != XJ_OK)
        return err;
    act->passes = xj_yread_indices(r, xj_ydoc_get(r->y, map, "passes"), XJ_WHAT_QUESTION, &act->pass_count);
    act->expects = read_groups(r, xj_ydoc_get(r->y, map, "expects"), &act->expect_count);
    act->implies = read_groups(r, xj_ydoc_get(r->y, map, "implies"), &act->imply_count);
    read_papers(r, map, act);
    read_visibility(r, map, e->line, act);
    read_flags(r, map, act);
    act->cite = xj_yread_cite(r, map, e->line);
    act->tag = xj_yread_tag(r, map, e->line);
    return xj_arena_err(r->m->arena);
}

enum xj_err xj_yread_acts(struct xj_yread *r, const struct xj_yentry *list, size_t count)
{
    struct xj_model *m = r->m;
    m->acts = xj_yread_array(r, count, sizeof *m->acts);
    r->d->act_line = xj_yread_array(r, count, sizeof *r->d->act_line);
    if (m->acts == NULL || r->d->act_line == NULL)
        return xj_arena_err(m->arena);
    m->act_count = (uint16_t)count;
    /* All names first: acts name each other. */
    for (size_t i = 0; i < count; i++) {
        r->d->act_line[i] = list[i].line;
        m->acts[i].vis_after = XJ_NONE;
        xj_yread_name(r, &list[i], false, &m->acts[i].name);
    }
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < count; i++)
        err = read_act(r, &list[i], &m->acts[i]);
    return err;
}
