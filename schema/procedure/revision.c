#include "schema/procedure/revision.h"

#include <string.h>

static bool is_in_place_of(const struct xj_model *to, const struct xj_model *from)
{
    return to->replaces != NULL && xj_hash_eq(&to->replaces->revision, &from->revision);
}

const struct xj_m_rename *xj_rename_of(const struct xj_m_rename *list, uint16_t count, const char *was)
{
    for (uint16_t i = 0; i < count; i++)
        if (strcmp(list[i].was, was) == 0)
            return &list[i];
    return NULL;
}

/* ---- one step ---- */

/* The track that the entries for an old one name, else the one of the same name. */
static uint16_t track_image(const struct xj_model *to, const struct xj_m_replaces *map, const char *track)
{
    for (uint16_t i = 0; map != NULL && i < map->state_count; i++)
        if (strcmp(map->states[i].track, track) == 0)
            return map->states[i].to_track;
    return xj_model_track(to, xj_slice_cstr(track));
}

static uint16_t state_image(const struct xj_model *to, const struct xj_m_replaces *map, const char *track, const char *state, uint16_t to_track)
{
    for (uint16_t i = 0; map != NULL && i < map->state_count; i++)
        if (strcmp(map->states[i].track, track) == 0 && strcmp(map->states[i].state, state) == 0)
            return map->states[i].to_state;
    return to_track == XJ_NONE ? XJ_NONE : xj_model_state(&to->tracks[to_track], xj_slice_cstr(state));
}

static uint16_t renamed(const struct xj_m_rename *list, uint16_t count, const char *was, uint16_t same)
{
    const struct xj_m_rename *r = xj_rename_of(list, count, was);
    return r != NULL ? r->is : same;
}

static void map_tracks(struct xj_arena *arena, const struct xj_m_replaces *map, struct xj_images *im)
{
    const struct xj_model *from = im->from;
    for (uint16_t t = 0; t < from->track_count; t++) {
        const struct xj_m_track *track = &from->tracks[t];
        im->tracks[t] = track_image(im->to, map, track->name.id);
        im->states[t] = xj_arena_array(arena, track->state_count, sizeof **im->states);
        for (uint16_t s = 0; im->states[t] != NULL && s < track->state_count; s++)
            im->states[t][s] = state_image(im->to, map, track->name.id, track->states[s].id, im->tracks[t]);
    }
}

static bool take_lists(struct xj_arena *arena, const struct xj_model *from, struct xj_images *ret)
{
    ret->tracks = xj_arena_array(arena, from->track_count, sizeof *ret->tracks);
    ret->states = xj_arena_array(arena, from->track_count, sizeof *ret->states);
    ret->questions = xj_arena_array(arena, from->question_count, sizeof *ret->questions);
    ret->papers = xj_arena_array(arena, from->paper_count, sizeof *ret->papers);
    ret->acts = xj_arena_array(arena, from->act_count, sizeof *ret->acts);
    ret->duties = xj_arena_array(arena, from->duty_count, sizeof *ret->duties);
    return xj_arena_err(arena) == XJ_OK;
}

enum xj_err xj_images_make(struct xj_arena *arena, const struct xj_model *from, const struct xj_model *to, struct xj_images *ret)
{
    static const struct xj_m_replaces none;
    const struct xj_m_replaces *map = is_in_place_of(to, from) ? to->replaces : &none;
    *ret = (struct xj_images){.from = from, .to = to};
    if (!take_lists(arena, from, ret))
        return xj_arena_err(arena);
    map_tracks(arena, map, ret);
    for (uint16_t i = 0; i < from->question_count; i++) {
        const char *was = from->questions[i].name.id;
        ret->questions[i] = renamed(map->questions, map->question_count, was, xj_model_question(to, xj_slice_cstr(was)));
    }
    for (uint16_t i = 0; i < from->paper_count; i++)
        ret->papers[i] = xj_model_paper(to, xj_slice_cstr(from->papers[i].id));
    for (uint16_t i = 0; i < from->act_count; i++) {
        const char *was = from->acts[i].name.id;
        ret->acts[i] = renamed(map->acts, map->act_count, was, xj_model_act(to, xj_slice_cstr(was)));
    }
    for (uint16_t i = 0; i < from->duty_count; i++) {
        const char *was = from->duties[i].name.id;
        ret->duties[i] = renamed(map->duties, map->duty_count, was, xj_model_duty(to, xj_slice_cstr(was)));
    }
    return xj_arena_err(arena);
}

/* ---- whether it is total ---- */

static bool once(const uint16_t *images, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++)
        for (uint16_t k = 0; images[i] != XJ_NONE && k < i; k++)
            if (images[k] == images[i])
                return false;
    return true;
}

static bool tracks_total(const struct xj_images *im)
{
    for (uint16_t t = 0; t < im->from->track_count; t++) {
        if (im->tracks[t] == XJ_NONE || im->to->tracks[im->tracks[t]].scope != im->from->tracks[t].scope)
            return false;
        for (uint16_t s = 0; s < im->from->tracks[t].state_count; s++)
            if (im->states[t][s] == XJ_NONE)
                return false;
    }
    return once(im->tracks, im->from->track_count);
}

bool xj_act_droppable(const struct xj_model *m, uint16_t act)
{
    const struct xj_m_act *a = &m->acts[act];
    for (uint16_t d = 0; d < m->duty_count; d++)
        for (uint16_t i = 0; !m->duties[d].disabled && i < m->duties[d].start_count; i++)
            if (m->duties[d].starts[i].act == act)
                return false;
    return a->opens_count == 0 && !a->transfers && !a->receives && !a->accepts;
}

bool xj_question_droppable(const struct xj_model *m, uint16_t question)
{
    for (uint16_t a = 0; a < m->act_count; a++)
        for (uint16_t i = 0; i < m->acts[a].opens_count; i++)
            if (m->acts[a].opens[i].question == question)
                return false;
    return true;
}

bool xj_duty_droppable(const struct xj_model *m, uint16_t duty)
{
    return m->duties[duty].disabled;
}

/* Has an image, or rightly none. */
static bool has_image(const struct xj_m_rename *list, uint16_t count, const char *was, uint16_t image, bool droppable)
{
    const struct xj_m_rename *r = xj_rename_of(list, count, was);
    return image != XJ_NONE || (r != NULL && (droppable || r->zh != NULL));
}

bool xj_images_total(const struct xj_images *one)
{
    const struct xj_model *m = one->from;
    const struct xj_m_replaces *map = one->to->replaces;
    if (!is_in_place_of(one->to, m) || map->cases == XJ_MOVING_NONE || strcmp(m->name.id, one->to->name.id) != 0)
        return false;
    for (uint16_t i = 0; i < m->act_count; i++)
        if (!has_image(map->acts, map->act_count, m->acts[i].name.id, one->acts[i], xj_act_droppable(m, i)))
            return false;
    for (uint16_t i = 0; i < m->question_count; i++)
        if (!has_image(map->questions, map->question_count, m->questions[i].name.id, one->questions[i], xj_question_droppable(m, i)))
            return false;
    for (uint16_t i = 0; i < m->duty_count; i++)
        if (!has_image(map->duties, map->duty_count, m->duties[i].name.id, one->duties[i], xj_duty_droppable(m, i)))
            return false;
    return tracks_total(one) && once(one->questions, m->question_count) && once(one->duties, m->duty_count);
}

/* ---- ways ---- */

static void chain(uint16_t *ret, const uint16_t *a, const uint16_t *b, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++)
        ret[i] = a[i] == XJ_NONE ? XJ_NONE : b[a[i]];
}

enum xj_err xj_images_then(struct xj_arena *arena, const struct xj_images *a, const struct xj_images *b, struct xj_images *ret)
{
    const struct xj_model *from = a->from;
    *ret = (struct xj_images){.from = from, .to = b->to};
    if (!take_lists(arena, from, ret))
        return xj_arena_err(arena);
    for (uint16_t t = 0; t < from->track_count; t++) {
        uint16_t between = a->tracks[t], count = from->tracks[t].state_count;
        ret->tracks[t] = between == XJ_NONE ? XJ_NONE : b->tracks[between];
        ret->states[t] = xj_arena_array(arena, count, sizeof **ret->states);
        for (uint16_t s = 0; ret->states[t] != NULL && s < count; s++)
            ret->states[t][s] = between == XJ_NONE || a->states[t][s] == XJ_NONE ? XJ_NONE : b->states[between][a->states[t][s]];
    }
    chain(ret->questions, a->questions, b->questions, from->question_count);
    chain(ret->papers, a->papers, b->papers, from->paper_count);
    chain(ret->acts, a->acts, b->acts, from->act_count);
    chain(ret->duties, a->duties, b->duties, from->duty_count);
    return xj_arena_err(arena);
}

bool xj_revision_way(const struct xj_revisions *r, const struct xj_model *to, const struct xj_hash *from, struct xj_way *ret)
{
    const struct xj_model *back[XJ_REVISION_STEPS + 1];
    size_t n = 0;
    for (const struct xj_model *m = to; m != NULL && n <= XJ_REVISION_STEPS;) {
        back[n++] = m;
        if (xj_hash_eq(&m->revision, from)) {
            ret->n = n;
            for (size_t i = 0; i < n; i++)
                ret->at[i] = back[n - 1 - i];
            return true;
        }
        m = m->replaces != NULL && r->model != NULL ? r->model(r->ctx, to->name.id, &m->replaces->revision) : NULL;
    }
    return false;
}

enum xj_err xj_way_images(struct xj_arena *arena, const struct xj_way *way, struct xj_images *ret)
{
    struct xj_images whole, step, longer;
    enum xj_err err = xj_images_make(arena, way->at[0], way->at[way->n > 1 ? 1 : 0], &whole);
    if (err == XJ_OK && way->n > 1 && !xj_images_total(&whole))
        return XJ_ENOTFOUND;
    for (size_t i = 2; err == XJ_OK && i < way->n; i++) {
        err = xj_images_make(arena, way->at[i - 1], way->at[i], &step);
        if (err == XJ_OK && !xj_images_total(&step))
            return XJ_ENOTFOUND;
        if (err == XJ_OK)
            err = xj_images_then(arena, &whole, &step, &longer);
        whole = longer;
    }
    *ret = whole;
    return err;
}
