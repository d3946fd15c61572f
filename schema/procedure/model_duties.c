#include <string.h>

#include "schema/procedure/model_flags.h"
#include "schema/procedure/model_private.h"

void xj_model_take_clock(struct xj_cur *c, enum xj_clock_kind *ret_kind, uint32_t *ret_limit)
{
    *ret_kind = (enum xj_clock_kind)xj_take_uint(c, XJ_CLOCK_MONTHS);
    *ret_limit = (uint32_t)xj_take_uint(c, UINT32_MAX);
    if (*ret_kind == XJ_CLOCK_INVALID || !xj_clock_good_limit(*ret_kind, *ret_limit))
        xj_cur_spoil(c);
}

static void take_starts(struct xj_dec *d, struct xj_cur *c, struct xj_m_duty *duty)
{
    struct xj_cur list = xj_model_take_list(c, &duty->start_count);
    duty->starts = xj_arena_array(d->m->arena, duty->start_count, sizeof *duty->starts);
    if (duty->starts == NULL) {
        duty->start_count = 0;
        return;
    }
    for (uint16_t i = 0; i < duty->start_count; i++) {
        struct xj_m_start *s = &duty->starts[i];
        struct xj_cur one = xj_take_array(&list, 3, 3);
        s->act = xj_model_take_index(&one, d->m->act_count);
        s->instant = (enum xj_instant)xj_take_uint(&one, XJ_INSTANT_SENT);
        s->on_receipt = xj_take_bool(&one);
        if (s->instant == XJ_INSTANT_INVALID || (i > 0 && s->act <= duty->starts[i - 1].act))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

/* An extended limit is longer than the limit, and nothing extends what has no limit. */
static bool good_extension(enum xj_clock_kind kind, uint32_t limit, uint32_t extended)
{
    return extended == 0 || (kind != XJ_CLOCK_NONE && xj_clock_good_limit(kind, extended) && xj_clock_longer(kind, extended, limit));
}

static void take_sectors(struct xj_dec *d, struct xj_cur *c, struct xj_m_duty *duty)
{
    struct xj_cur list = xj_model_take_list(c, &duty->sector_count);
    duty->sectors = xj_arena_array(d->m->arena, duty->sector_count, sizeof *duty->sectors);
    if (duty->sectors == NULL) {
        duty->sector_count = 0;
        return;
    }
    for (uint16_t i = 0; i < duty->sector_count; i++) {
        struct xj_m_sector *s = &duty->sectors[i];
        struct xj_cur one = xj_take_array(&list, 4, 4);
        s->sector = xj_model_take_text(d, &one);
        xj_model_take_clock(&one, &s->kind, &s->limit);
        s->extended_limit = (uint32_t)xj_take_uint(&one, UINT32_MAX);
        if (!xj_model_good_id(xj_slice_cstr(s->sector), false) || !good_extension(s->kind, s->limit, s->extended_limit) ||
            (i > 0 && strcmp(duty->sectors[i - 1].sector, s->sector) >= 0))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static void take_extends(struct xj_dec *d, struct xj_cur *c, struct xj_m_duty *duty)
{
    struct xj_cur list = xj_model_take_list(c, &duty->extend_count);
    duty->extends = xj_arena_array(d->m->arena, duty->extend_count, sizeof *duty->extends);
    if (duty->extends == NULL) {
        duty->extend_count = 0;
        return;
    }
    for (uint16_t i = 0; i < duty->extend_count; i++) {
        struct xj_m_extend *e = &duty->extends[i];
        struct xj_cur one = xj_take_array(&list, 2, 2);
        e->act = xj_model_take_index(&one, d->m->act_count);
        e->limit = (uint32_t)xj_take_uint(&one, UINT32_MAX);
        if (e->limit == 0 || !good_extension(duty->kind, duty->limit, e->limit) ||
            (i > 0 && e->act <= duty->extends[i - 1].act))
            xj_cur_spoil(&one);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

static void take_conditions(struct xj_dec *d, struct xj_cur *c, struct xj_m_duty *duty)
{
    const struct xj_model *m = d->m;
    duty->if_answers = xj_model_take_indices(d, c, m->question_count, false, &duty->if_answer_count);
    duty->if_track = xj_model_take_index_or_nil(c, m->track_count);
    uint16_t states = duty->if_track < m->track_count ? m->tracks[duty->if_track].state_count : 0;
    duty->if_state = xj_model_take_index_or_nil(c, states);
    duty->or_paper = xj_model_take_index_or_nil(c, m->paper_count);
    duty->if_act = xj_model_take_index_or_nil(c, m->act_count);
    duty->unless_act = xj_model_take_index_or_nil(c, m->act_count);
    bool no_track = duty->if_track == XJ_NONE;
    if (no_track != (duty->if_state == XJ_NONE) || (no_track && duty->or_paper != XJ_NONE))
        xj_cur_spoil(c);
}

static void take_flags(struct xj_cur *c, struct xj_m_duty *duty)
{
    uint64_t flags = xj_take_uint(c, XJ_DUTY_FLAGS_ALL);
    duty->stop_self = (flags & XJ_DUTY_STOP_SELF) != 0;
    duty->link_case = (flags & XJ_DUTY_LINK_CASE) != 0;
    duty->arises_done = (flags & XJ_DUTY_ARISES_DONE) != 0;
    duty->may = (flags & XJ_DUTY_MAY) != 0;
    duty->disabled = (flags & XJ_DUTY_DISABLED) != 0;
    duty->inside = (flags & XJ_DUTY_INSIDE) != 0;
}

static void take_since(struct xj_cur *c, struct xj_m_duty *duty)
{
    duty->since_ms = xj_take_nil(c) ? INT64_MIN : xj_take_int(c, INT64_MIN + 1, INT64_MAX);
}

static void take_duty(struct xj_dec *d, struct xj_cur *c, struct xj_m_duty *duty)
{
    const struct xj_model *m = d->m;
    struct xj_cur one = xj_take_array(c, 22, 22);
    xj_model_take_name(d, &one, true, &duty->name);
    duty->obligor = xj_model_take_roles(d, &one);
    take_starts(d, &one, duty);
    duty->stops = xj_model_take_indices(d, &one, m->act_count, false, &duty->stop_count);
    take_flags(&one, duty);
    xj_model_take_clock(&one, &duty->kind, &duty->limit);
    take_sectors(d, &one, duty);
    take_extends(d, &one, duty);
    duty->pause_from = xj_model_take_indices(d, &one, m->act_count, false, &duty->pause_from_count);
    duty->pause_to = xj_model_take_indices(d, &one, m->act_count, false, &duty->pause_to_count);
    take_conditions(d, &one, duty);
    take_since(&one, duty);
    duty->cite = xj_model_take_text(d, &one);
    duty->tag = (enum xj_tag)xj_take_uint(&one, XJ_TAG_U);
    bool stops = duty->stop_self != (duty->stop_count > 0); /* one of the two, never both */
    bool pauses = (duty->pause_from_count == 0) == (duty->pause_to_count == 0);
    if (duty->obligor == 0 || duty->start_count == 0 || duty->tag == XJ_TAG_INVALID || !stops || !pauses)
        xj_cur_spoil(&one);
    xj_model_end_list(c, &one);
}

void xj_model_take_duties(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &m->duty_count);
    m->duties = xj_arena_array(m->arena, m->duty_count, sizeof *m->duties);
    if (m->duties == NULL) {
        m->duty_count = 0;
        return;
    }
    for (uint16_t i = 0; i < m->duty_count; i++) {
        take_duty(d, &list, &m->duties[i]);
        if (i > 0 && strcmp(m->duties[i - 1].name.id, m->duties[i].name.id) >= 0)
            xj_cur_spoil(&list);
    }
    xj_model_end_list(c, &list);
}
