#include "schema/procedure/yaml/against.h"

#include <string.h>

#include "schema/procedure/yaml/check.h"

#define ERR XJ_SEVERITY_ERROR
#define ARENA_BYTES (8u * 1024 * 1024)

struct proof {
    const struct xj_model *was, *now;
    const struct xj_m_replaces *map;
    struct xj_images im;
    struct xj_findings *f;
};

/* ---- roles ---- */

/* The first role of `roles` in the old procedure that `in` does not hold in the new one, "any", or NULL. */
static const char *role_lost(const struct proof *p, xj_roles roles, xj_roles in)
{
    if (in == XJ_ROLES_ANY)
        return NULL;
    if (roles == XJ_ROLES_ANY)
        return "any";
    for (uint16_t i = 0; i < p->was->role_count; i++)
        if ((roles >> i & 1) != 0 && (xj_model_role(p->now, xj_slice_cstr(p->was->roles[i].id)) & in) == 0)
            return p->was->roles[i].id;
    return NULL;
}

static void check_roles(const struct proof *p, const char *name, xj_roles was, xj_roles now)
{
    const char *lost = role_lost(p, was, now);
    if (lost != NULL)
        xj_findings_add(p->f, ERR, 0, "image_role", "“%s”的对应项不再包括“%s”", "the image of %s no longer holds %s", name, lost);
}

/* ---- images ---- */

/* One kind of names, with its word in both languages. */
struct list {
    const char *zh, *en;
    const struct xj_m_rename *map;
    uint16_t map_count;
    const uint16_t *images;
    uint16_t count;
    bool (*droppable)(const struct xj_model *m, uint16_t i);
    const char *(*name)(const struct xj_model *m, uint16_t i);
};

static const char *act_name(const struct xj_model *m, uint16_t i)
{
    return m->acts[i].name.id;
}

static const char *question_name(const struct xj_model *m, uint16_t i)
{
    return m->questions[i].name.id;
}

static const char *duty_name(const struct xj_model *m, uint16_t i)
{
    return m->duties[i].name.id;
}

static void check_missing(const struct proof *p, const struct list *l)
{
    for (uint16_t i = 0; i < l->count; i++) {
        const char *name = l->name(p->was, i);
        const struct xj_m_rename *r = xj_rename_of(l->map, l->map_count, name);
        if (l->images[i] != XJ_NONE)
            continue;
        if (r == NULL)
            xj_findings_add(p->f, ERR, 0, "image_missing", "旧%s%.0s“%s”没有对应项", "the old %.0s%s %s has no image", l->zh, l->en, name);
        else if (r->zh != NULL)
            xj_findings_add(p->f, XJ_SEVERITY_NOTE, 0, "duty_ended", "义务“%s”随案件转入而终止：%s%.0s",
                            "the duty %s ends when a case moves: %.0s%s", name, r->zh, r->en);
        else if (!l->droppable(p->was, i))
            xj_findings_add(p->f, ERR, 0, "image_dropped", "旧%s%.0s“%s”可能仍有未了之事，不能没有对应项",
                            "something of the old %.0s%s %s may still run or stand: it cannot go without image", l->zh, l->en, name);
    }
}

static void check_unknown(const struct proof *p, const struct list *l)
{
    for (uint16_t i = 0; i < l->map_count; i++) {
        bool found = false;
        for (uint16_t k = 0; k < l->count && !found; k++)
            found = strcmp(l->map[i].was, l->name(p->was, k)) == 0;
        if (!found)
            xj_findings_add(p->f, ERR, 0, "image_unknown", "旧版本没有名为“%s”的%s%.0s",
                            "the old procedure has nothing of the name %s among its %.0s%s entries", l->map[i].was, l->zh, l->en);
    }
}

static void check_once(const struct proof *p, const uint16_t *images, uint16_t count, const char *(*name)(const struct xj_model *m, uint16_t i))
{
    for (uint16_t i = 0; i < count; i++)
        for (uint16_t k = 0; images[i] != XJ_NONE && k < i; k++)
            if (images[k] == images[i])
                xj_findings_add(p->f, ERR, 0, "image_twice", "“%s”与“%s”有同一对应项", "%s and %s have one image", name(p->was, k), name(p->was, i));
}

static void check_list(const struct proof *p, const struct list *l)
{
    check_unknown(p, l);
    check_missing(p, l);
}

/* ---- tracks ---- */

static const char *track_name(const struct xj_model *m, uint16_t i)
{
    return m->tracks[i].name.id;
}

static void check_track(const struct proof *p, uint16_t t)
{
    const struct xj_m_track *was = &p->was->tracks[t], *now;
    if (p->im.tracks[t] == XJ_NONE) {
        xj_findings_add(p->f, ERR, 0, "image_missing", "旧轨道“%s”没有对应项", "the old track %s has no image", was->name.id);
        return;
    }
    now = &p->now->tracks[p->im.tracks[t]];
    if (now->scope != was->scope)
        xj_findings_add(p->f, ERR, 0, "image_scope", "“%s”与其对应轨道“%s”的范围不同", "%s and its image %s differ in scope", was->name.id,
                        now->name.id);
    for (uint16_t s = 0; s < was->state_count; s++)
        if (p->im.states[t][s] == XJ_NONE)
            xj_findings_add(p->f, ERR, 0, "image_missing", "旧状态“%s.%s”没有对应项", "the old state %s.%s has no image", was->name.id,
                            was->states[s].id);
    check_roles(p, was->name.id, was->owners, now->owners);
}

static bool has_state(const struct xj_model *m, const struct xj_m_restate *s)
{
    uint16_t t = xj_model_track(m, xj_slice_cstr(s->track));
    return t != XJ_NONE && xj_model_state(&m->tracks[t], xj_slice_cstr(s->state)) != XJ_NONE;
}

static void check_tracks(const struct proof *p)
{
    for (uint16_t t = 0; t < p->was->track_count; t++)
        check_track(p, t);
    for (uint16_t i = 0; i < p->map->state_count; i++)
        if (!has_state(p->was, &p->map->states[i]))
            xj_findings_add(p->f, ERR, 0, "image_unknown", "旧版本没有状态“%s.%s”", "%s.%s is no state of the old procedure",
                            p->map->states[i].track, p->map->states[i].state);
    check_once(p, p->im.tracks, p->was->track_count, track_name);
}

/* ---- acts ---- */

/* Whether an act that makes its doer the transferor moves the track as its own. */
static bool marks_transferor(const struct xj_model *m, uint16_t track)
{
    for (uint16_t a = 0; a < m->act_count; a++)
        for (uint16_t i = 0; m->acts[a].transfers && i < m->acts[a].move_count; i++)
            if (m->acts[a].moves[i].track == track && m->acts[a].moves[i].owner == XJ_OWNER_SELF)
                return true;
    return false;
}

static void check_marks(const struct proof *p)
{
    for (uint16_t a = 0; a < p->was->act_count; a++) {
        uint16_t image = p->im.acts[a];
        if (image != XJ_NONE && p->was->acts[a].transfers != p->now->acts[image].transfers)
            xj_findings_add(p->f, ERR, 0, "image_mark", "“%s”与其对应行为“%s”只有一个是移送", "of %s and its image %s only one transfers",
                            p->was->acts[a].name.id, p->now->acts[image].name.id);
    }
    for (uint16_t t = 0; t < p->was->track_count; t++) {
        uint16_t image = p->im.tracks[t];
        if (image != XJ_NONE && marks_transferor(p->was, t) != marks_transferor(p->now, image))
            xj_findings_add(p->f, ERR, 0, "image_mark", "“%s”与其对应轨道“%s”只有一个表明移送机关",
                            "of the track %s and its image %s only one tells the transferor", p->was->tracks[t].name.id,
                            p->now->tracks[image].name.id);
    }
}

/* ---- questions ---- */

static bool can_answer(const struct xj_model *m, uint16_t question, xj_roles role)
{
    for (uint16_t a = 0; a < m->act_count; a++)
        if (xj_check_answer(&m->acts[a], question) != NULL && (m->acts[a].roles & role) != 0)
            return true;
    return false;
}

static void check_question(const struct proof *p, uint16_t q)
{
    const struct xj_m_question *was = &p->was->questions[q];
    uint16_t image = p->im.questions[q];
    if (image == XJ_NONE)
        return;
    check_roles(p, was->name.id, was->asked, p->now->questions[image].asked);
    for (uint16_t i = 0; i < p->was->role_count; i++) {
        xj_roles role = (xj_roles)1 << i;
        const char *id = p->was->roles[i].id;
        if ((was->asked & role) != 0 && can_answer(p->was, q, role) && !can_answer(p->now, image, xj_model_role(p->now, xj_slice_cstr(id))))
            xj_findings_add(p->f, ERR, 0, "question_lost", "对已提出的“%s”，“%s”再没有行为能回答",
                            "the question %s, once put to %s, no act of theirs could answer any more", was->name.id, id);
    }
}

/* ---- duties ---- */

/* Whether what `start` started can be ended by an act of that role: one that is linked to the case, or answers what `start`
 * opened. images NULL: all in one procedure. */
static bool stoppable(const struct xj_model *m, const struct xj_m_duty *row, const struct xj_m_act *start, const uint16_t *images, xj_roles role)
{
    for (uint16_t k = 0; k < row->stop_count; k++) {
        const struct xj_m_act *stop = &m->acts[row->stops[k]];
        if ((stop->roles & role) == 0)
            continue;
        bool answers = row->link_case;
        for (uint16_t i = 0; i < start->opens_count && !answers; i++) {
            uint16_t q = images == NULL ? start->opens[i].question : images[start->opens[i].question];
            answers = q != XJ_NONE && xj_check_answer(stop, q) != NULL;
        }
        if (answers)
            return true;
    }
    return false;
}

static void check_start(const struct proof *p, const struct xj_m_duty *was, const struct xj_m_duty *now, const struct xj_m_act *start)
{
    for (uint16_t i = 0; i < p->was->role_count; i++) {
        xj_roles role = (xj_roles)1 << i, image = xj_model_role(p->now, xj_slice_cstr(p->was->roles[i].id));
        if ((was->obligor & role) != 0 && stoppable(p->was, was, start, NULL, role) &&
            !stoppable(p->now, now, start, p->im.questions, image))
            xj_findings_add(p->f, ERR, 0, "duty_stuck", "“%s”由“%s”起算后，“%s”再也无法终止",
                            "%s, once started by %s, could no longer be stopped by %s", was->name.id, start->name.id, p->was->roles[i].id);
    }
}

static void check_duty(const struct proof *p, uint16_t d)
{
    const struct xj_m_duty *was = &p->was->duties[d];
    if (p->im.duties[d] == XJ_NONE)
        return;
    const struct xj_m_duty *now = &p->now->duties[p->im.duties[d]];
    check_roles(p, was->name.id, was->obligor, now->obligor);
    if (was->stop_self != now->stop_self) {
        xj_findings_add(p->f, ERR, 0, "duty_stuck", "“%s”与其对应义务“%s”只有一个随起算行为完成", "of %s and its image %s only one is met by the starting act",
                        was->name.id, now->name.id);
        return;
    }
    for (uint16_t i = 0; !was->disabled && !was->arises_done && !was->stop_self && i < was->start_count; i++)
        check_start(p, was, now, &p->was->acts[was->starts[i].act]);
}

/* ---- the whole ---- */

static void check_papers(const struct proof *p)
{
    for (uint16_t i = 0; i < p->was->paper_count; i++)
        if (p->im.papers[i] == XJ_NONE)
            xj_findings_add(p->f, XJ_SEVERITY_WARNING, 0, "paper_gone", "新版本没有文书种类“%s”", "there is no paper kind %s any more", p->was->papers[i].id);
}

static void prove(const struct proof *p)
{
    const struct xj_m_replaces *map = p->map;
    const struct xj_model *was = p->was;
    check_tracks(p);
    check_list(p, &(struct list){"行为", "act", map->acts, map->act_count, p->im.acts, was->act_count, xj_act_droppable, act_name});
    check_list(p, &(struct list){"事项", "question", map->questions, map->question_count, p->im.questions, was->question_count,
                                 xj_question_droppable, question_name});
    check_list(p, &(struct list){"义务", "duty", map->duties, map->duty_count, p->im.duties, was->duty_count, xj_duty_droppable, duty_name});
    check_once(p, p->im.questions, was->question_count, question_name);
    check_once(p, p->im.duties, was->duty_count, duty_name);
    check_marks(p);
    for (uint16_t q = 0; q < was->question_count; q++)
        check_question(p, q);
    for (uint16_t d = 0; d < was->duty_count; d++)
        check_duty(p, d);
    check_papers(p);
}

enum xj_err xj_procedure_prove(const struct xj_model *was, const struct xj_model *now, struct xj_findings *ret_findings)
{
    struct proof p = {.was = was, .now = now, .map = now->replaces, .f = ret_findings};
    if (now->replaces == NULL)
        return XJ_OK;
    if (!xj_hash_eq(&now->replaces->revision, &was->revision) || strcmp(was->name.id, now->name.id) != 0) {
        char hex[17];
        xj_hex(was->revision.b, 8, hex);
        xj_findings_add(ret_findings, ERR, 0, "replaces_other", "所代替的不是“%s”的版本 %s", "what it replaces is not %s, revision %s", was->name.id, hex);
        return ret_findings->err;
    }
    if (now->replaces->cases == XJ_MOVING_NONE)
        return XJ_OK;
    struct xj_arena *arena = xj_arena_new(ARENA_BYTES);
    enum xj_err err = arena == NULL ? XJ_ENOMEM : xj_images_make(arena, was, now, &p.im);
    if (err == XJ_OK)
        prove(&p);
    xj_arena_free(arena);
    return err != XJ_OK ? err : ret_findings->err;
}
