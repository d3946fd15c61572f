#include <string.h>

#include "schema/base/limits.h"
#include "schema/procedure/model_flags.h"
#include "schema/procedure/model_private.h"

static void take_move(struct xj_dec *d, struct xj_cur *c, struct xj_m_move *ret)
{
    struct xj_cur one = xj_take_array(c, 4, 4);
    uint16_t states = 0;
    ret->track = xj_model_take_index(&one, d->m->track_count);
    if (ret->track < d->m->track_count)
        states = d->m->tracks[ret->track].state_count;
    ret->state = xj_model_take_index(&one, states);
    ret->owner = (enum xj_owner)xj_take_uint(&one, XJ_OWNER_TO);
    ret->from = xj_model_take_indices(d, &one, states, true, &ret->from_count);
    if (ret->owner == XJ_OWNER_INVALID)
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

static struct xj_m_move *take_moves(struct xj_dec *d, struct xj_cur *c, uint16_t *ret_count)
{
    struct xj_cur list = xj_model_take_list(c, ret_count);
    struct xj_m_move *moves = xj_arena_array(d->m->arena, *ret_count, sizeof *moves);
    if (moves == NULL) {
        *ret_count = 0;
        return NULL;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        take_move(d, &list, &moves[i]);
        if (i > 0 && moves[i].track <= moves[i - 1].track)
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
    return moves;
}

static void take_opens(struct xj_dec *d, struct xj_cur *c, struct xj_m_act *act)
{
    struct xj_cur list = xj_model_take_list(c, &act->opens_count);
    act->opens = xj_arena_array(d->m->arena, act->opens_count, sizeof *act->opens);
    if (act->opens == NULL) {
        act->opens_count = 0;
        return;
    }
    for (uint16_t i = 0; i < act->opens_count; i++) {
        struct xj_m_opens *o = &act->opens[i];
        struct xj_cur one = xj_take_array(&list, 3, 3);
        o->question = xj_model_take_index(&one, d->m->question_count);
        o->asked = xj_model_take_roles(d, &one);
        uint64_t flags = xj_take_uint(&one, XJ_OPENS_FLAGS_ALL);
        o->asked_transferor = (flags & XJ_OPENS_TRANSFEROR) != 0;
        o->asked_self = (flags & XJ_OPENS_SELF) != 0;
        bool nobody = o->asked == 0 && flags == 0;
        bool both = o->asked_self && (o->asked != 0 || o->asked_transferor);
        if (nobody || both || (i > 0 && o->question <= act->opens[i - 1].question))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static void take_answers(struct xj_dec *d, struct xj_cur *c, struct xj_m_act *act)
{
    struct xj_cur list = xj_model_take_list(c, &act->answer_count);
    act->answers = xj_arena_array(d->m->arena, act->answer_count, sizeof *act->answers);
    if (act->answers == NULL) {
        act->answer_count = 0;
        return;
    }
    for (uint16_t i = 0; i < act->answer_count; i++) {
        struct xj_m_answer *a = &act->answers[i];
        struct xj_cur one = xj_take_array(&list, 3, 3);
        a->question = xj_model_take_index(&one, d->m->question_count);
        a->mode = (enum xj_answer_mode)xj_take_uint(&one, XJ_ANSWER_OPT);
        a->moves = take_moves(d, &one, &a->move_count);
        if (a->mode == XJ_ANSWER_INVALID || (i > 0 && a->question <= act->answers[i - 1].question))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static bool group_before(const struct xj_m_group *a, const struct xj_m_group *b)
{
    for (uint16_t i = 0; i < a->act_count && i < b->act_count; i++) {
        if (a->acts[i] != b->acts[i])
            return a->acts[i] < b->acts[i];
    }
    return a->act_count < b->act_count;
}

static struct xj_m_group *take_groups(struct xj_dec *d, struct xj_cur *c, uint16_t *ret_count)
{
    struct xj_cur list = xj_model_take_list(c, ret_count);
    struct xj_m_group *groups = xj_arena_array(d->m->arena, *ret_count, sizeof *groups);
    if (groups == NULL) {
        *ret_count = 0;
        return NULL;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        groups[i].acts = xj_model_take_indices(d, &list, d->m->act_count, false, &groups[i].act_count);
        if (groups[i].act_count == 0 || (i > 0 && !group_before(&groups[i - 1], &groups[i])))
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
    return groups;
}

static void take_papers(struct xj_dec *d, struct xj_cur *c, struct xj_m_act *act)
{
    struct xj_cur list = xj_model_take_list(c, &act->paper_count);
    act->papers = xj_arena_array(d->m->arena, act->paper_count, sizeof *act->papers);
    if (act->papers == NULL) {
        act->paper_count = 0;
        return;
    }
    for (uint16_t i = 0; i < act->paper_count; i++) {
        struct xj_m_paper *p = &act->papers[i];
        struct xj_cur one = xj_take_array(&list, 3, 3);
        p->kind = xj_model_take_index(&one, d->m->paper_count);
        p->instrument = xj_take_bool(&one);
        p->or_kind = xj_model_take_index_or_nil(&one, d->m->paper_count);
        if (p->or_kind == p->kind || (i > 0 && p->kind <= act->papers[i - 1].kind))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static struct xj_m_bar_state *take_bars(struct xj_dec *d, struct xj_cur *c, uint16_t *ret_count)
{
    struct xj_cur list = xj_model_take_list(c, ret_count);
    struct xj_m_bar_state *bars = xj_arena_array(d->m->arena, *ret_count, sizeof *bars);
    if (bars == NULL) {
        *ret_count = 0;
        return NULL;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        struct xj_cur one = xj_take_array(&list, 2, 2);
        bars[i].track = xj_model_take_index(&one, d->m->track_count);
        uint16_t states = bars[i].track < d->m->track_count ? d->m->tracks[bars[i].track].state_count : 0;
        bars[i].state = xj_model_take_index(&one, states);
        bool later = i == 0 || bars[i].track > bars[i - 1].track ||
                     (bars[i].track == bars[i - 1].track && bars[i].state > bars[i - 1].state);
        if (!later)
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
    return bars;
}

static void set_flags(struct xj_m_act *act, uint64_t flags)
{
    act->internal = (flags & XJ_ACT_INTERNAL) != 0;
    act->opens_case = (flags & XJ_ACT_OPENS_CASE) != 0;
    act->joins = (flags & XJ_ACT_JOINS) != 0;
    act->again = (flags & XJ_ACT_AGAIN) != 0;
    act->late_only = (flags & XJ_ACT_LATE_ONLY) != 0;
    act->reasons = (flags & XJ_ACT_REASONS) != 0;
    act->party_required = (flags & XJ_ACT_PARTY_REQUIRED) != 0;
    act->transfers = (flags & XJ_ACT_TRANSFERS) != 0;
    act->receives = (flags & XJ_ACT_RECEIVES) != 0;
    act->accepts = (flags & XJ_ACT_ACCEPTS) != 0;
    act->copy_transferor = (flags & XJ_ACT_COPY_TRANSFEROR) != 0;
}

/* A header holds XJ_MAX_TRACKS tracks and XJ_MAX_ANSWERS answers, so an act may not need more. */
static bool fits_header(const struct xj_m_act *act)
{
    size_t moves = act->move_count;
    for (uint16_t i = 0; i < act->answer_count; i++)
        moves += act->answers[i].move_count;
    return moves <= XJ_MAX_TRACKS && act->answer_count <= XJ_MAX_ANSWERS;
}

static void take_act(struct xj_dec *d, struct xj_cur *c, struct xj_m_act *act)
{
    struct xj_model *m = d->m;
    struct xj_cur one = xj_take_array(c, 20, 20);
    xj_model_take_name(d, &one, false, &act->name);
    act->roles = xj_model_take_roles(d, &one);
    act->moves = take_moves(d, &one, &act->move_count);
    take_opens(d, &one, act);
    take_answers(d, &one, act);
    act->passes = xj_model_take_indices(d, &one, m->question_count, false, &act->pass_count);
    act->expects = take_groups(d, &one, &act->expect_count);
    act->implies = take_groups(d, &one, &act->imply_count);
    take_papers(d, &one, act);
    act->copies = xj_model_take_roles(d, &one);
    act->principal = xj_model_take_roles(d, &one);
    act->vis = (enum xj_visibility)xj_take_uint(&one, XJ_VIS_AFTER);
    act->vis_after = xj_model_take_index_or_nil(&one, m->act_count);
    set_flags(act, xj_take_uint(&one, XJ_ACT_FLAGS_ALL));
    act->barred = take_bars(d, &one, &act->barred_count);
    act->lifted = take_bars(d, &one, &act->lifted_count);
    act->cite = xj_model_take_text(d, &one);
    act->tag = (enum xj_tag)xj_take_uint(&one, XJ_TAG_U);
    bool after = act->vis == XJ_VIS_AFTER;
    if (act->roles == 0 || act->vis == XJ_VIS_INVALID || act->tag == XJ_TAG_INVALID || after != (act->vis_after != XJ_NONE) ||
        !fits_header(act))
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

void xj_model_take_acts(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->act_count);
    m->acts = xj_arena_array(m->arena, m->act_count, sizeof *m->acts);
    if (m->acts == NULL) {
        m->act_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->act_count; i++) {
        take_act(d, &list, &m->acts[i]);
        if (i > 0 && strcmp(m->acts[i - 1].name.id, m->acts[i].name.id) >= 0)
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
}
