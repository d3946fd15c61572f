#include <string.h>

#include "schema/base/limits.h"
#include "schema/procedure/model_private.h"

/* A name of the old procedure, copied into the arena; "" when bad. */
static const char *take_was(struct xj_dec *d, struct xj_cur *c, bool capital)
{
    struct xj_slice s = xj_take_str(c, 1, XJ_MAX_NAME_BYTES);
    if (!xj_model_good_id(s, capital)) {
        xj_cur_spoil(c);
        return "";
    }
    const char *copy = xj_arena_text(d->m->arena, s);
    return copy != NULL ? copy : "";
}

static const char *take_reason(struct xj_dec *d, struct xj_cur *c)
{
    return xj_take_nil(c) ? NULL : xj_model_take_text(d, c);
}

static struct xj_m_rename *take_renames(struct xj_dec *d, struct xj_cur *c, bool duties, uint16_t of, uint16_t *ret_count)
{
    struct xj_cur list = xj_model_take_list(c, ret_count);
    struct xj_m_rename *at = xj_arena_array(d->m->arena, *ret_count, sizeof *at);
    if (at == NULL) {
        *ret_count = 0;
        xj_cur_spoil(c);
        return NULL;
    }
    for (uint16_t i = 0; i < *ret_count; i++) {
        struct xj_cur one = xj_take_array(&list, duties ? 4 : 2, duties ? 4 : 2);
        at[i].was = take_was(d, &one, duties);
        at[i].is = xj_model_take_index_or_nil(&one, of);
        if (duties) {
            at[i].zh = take_reason(d, &one);
            at[i].en = take_reason(d, &one);
        }
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
    return at;
}

static void take_restates(struct xj_dec *d, struct xj_cur *c, struct xj_m_replaces *r)
{
    const struct xj_model *m = d->m;
    struct xj_cur list = xj_model_take_list(c, &r->state_count);
    r->states = xj_arena_array(m->arena, r->state_count, sizeof *r->states);
    if (r->states == NULL) {
        r->state_count = 0;
        xj_cur_spoil(c);
        return;
    }
    for (uint16_t i = 0; i < r->state_count; i++) {
        struct xj_cur one = xj_take_array(&list, 4, 4);
        struct xj_m_restate *s = &r->states[i];
        s->track = take_was(d, &one, false);
        s->state = take_was(d, &one, false);
        s->to_track = xj_model_take_index(&one, m->track_count);
        s->to_state = xj_model_take_index(&one, s->to_track < m->track_count ? m->tracks[s->to_track].state_count : 0);
        xj_model_end_list(&list, &one);
    }
    xj_model_end_list(c, &list);
}

/* ---- what the shape does not say ---- */

static bool good_states(const struct xj_model *m, const struct xj_m_replaces *r)
{
    for (uint16_t i = 0; i < r->state_count; i++) {
        const struct xj_m_restate *s = &r->states[i];
        const struct xj_m_track *t = &m->tracks[s->to_track];
        if (strcmp(s->track, t->name.id) == 0 && strcmp(s->state, t->states[s->to_state].id) == 0)
            return false;
        for (uint16_t k = 0; k < i; k++)
            if ((strcmp(r->states[k].track, s->track) == 0) != (r->states[k].to_track == s->to_track))
                return false;
        int order = i == 0 ? -1 : strcmp(r->states[i - 1].track, s->track);
        if (order > 0 || (order == 0 && strcmp(r->states[i - 1].state, s->state) >= 0))
            return false;
    }
    return true;
}

/* names: the first name of the list the images lie in, stride apart; once: no image of two. */
static bool good_renames(const struct xj_m_rename *list, uint16_t count, const void *names, size_t stride, bool once)
{
    for (uint16_t i = 0; i < count; i++) {
        const struct xj_m_rename *r = &list[i];
        const uint8_t *at = (const uint8_t *)names + stride * (r->is == XJ_NONE ? 0 : r->is);
        if (r->is != XJ_NONE && strcmp(r->was, ((const struct xj_name *)(const void *)at)->id) == 0)
            return false;
        if ((r->zh == NULL) != (r->en == NULL) || (r->zh != NULL && r->is != XJ_NONE))
            return false;
        if (i > 0 && strcmp(list[i - 1].was, r->was) >= 0)
            return false;
        for (uint16_t k = 0; once && r->is != XJ_NONE && k < i; k++)
            if (list[k].is == r->is)
                return false;
    }
    return true;
}

bool xj_model_good_replaces(const struct xj_model *m, const struct xj_m_replaces *r)
{
    if (r->cases == XJ_MOVING_NONE)
        return r->state_count + r->act_count + r->question_count + r->duty_count == 0;
    return good_states(m, r) && good_renames(r->acts, r->act_count, m->acts, sizeof *m->acts, false) &&
           good_renames(r->questions, r->question_count, m->questions, sizeof *m->questions, true) &&
           good_renames(r->duties, r->duty_count, m->duties, sizeof *m->duties, true);
}

void xj_model_take_replaces(struct xj_dec *d, struct xj_cur *c)
{
    struct xj_model *m = d->m;
    if (xj_take_nil(c))
        return;
    struct xj_cur one = xj_take_array(c, 6, 6);
    struct xj_m_replaces *r = xj_arena_array(m->arena, 1, sizeof *r);
    if (r == NULL)
        return;
    xj_take_bin_to(&one, r->revision.b, XJ_HASH_SIZE);
    r->cases = (enum xj_moving)xj_take_uint(&one, XJ_MOVING_ALL);
    take_restates(d, &one, r);
    r->acts = take_renames(d, &one, false, m->act_count, &r->act_count);
    r->questions = take_renames(d, &one, false, m->question_count, &r->question_count);
    r->duties = take_renames(d, &one, true, m->duty_count, &r->duty_count);
    xj_model_end_list(c, &one);
    if (c->bad || r->cases == XJ_MOVING_INVALID || !xj_model_good_replaces(m, r))
        xj_cur_spoil(c);
    else
        m->replaces = r;
}
