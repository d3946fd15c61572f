#include "agents/cli/replay_roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void xj_roster_init(struct xj_roster *r, const char *division)
{
    memset(r, 0, sizeof *r);
    snprintf(r->division, sizeof r->division, "%s", division);
    r->next = 1;
}

void xj_roster_free(struct xj_roster *r)
{
    free(r->list);
    memset(r, 0, sizeof *r);
}

/* Cut where a character begins. */
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static struct xj_roster_entry *add(struct xj_roster *r, enum xj_actor_kind role, const char *name)
{
    if (r->count == r->cap) {
        size_t cap = r->cap == 0 ? 32 : r->cap * 2;
        struct xj_roster_entry *more = realloc(r->list, cap * sizeof *more);
        if (more == NULL)
            return NULL;
        r->list = more;
        r->cap = cap;
    }
    struct xj_roster_entry *e = &r->list[r->count++];
    memset(e, 0, sizeof *e);
    e->role = role;
    e->file = SIZE_MAX;
    copy_cut(e->name, sizeof e->name, name);
    return e;
}

static bool id_taken(const struct xj_roster *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->list[i].id, id) == 0)
            return true;
    return false;
}

static const struct xj_roster_entry *standing_of(const struct xj_roster *r, enum xj_actor_kind role)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->list[i].standing && r->list[i].role == role)
            return &r->list[i];
    return NULL;
}

enum xj_err xj_roster_add_city(struct xj_roster *r, const struct xj_city *city)
{
    for (size_t i = 0; i < xj_city_agency_count(city); i++) {
        const struct xj_agency_spec *a = xj_city_agency(city, i);
        enum xj_actor_kind role = xj_actor_kind_of(xj_slice_cstr(a->role));
        if (role == XJ_ACTOR_INVALID || role == XJ_ACTOR_OTHER)
            continue;
        bool first = a->connected && standing_of(r, role) == NULL;
        struct xj_roster_entry *e = add(r, role, a->connected ? a->name : "");
        if (e == NULL)
            return XJ_ENOMEM;
        copy_cut(e->id, sizeof e->id, a->id);
        copy_cut(e->sector, sizeof e->sector, a->sector != NULL ? a->sector : "");
        e->known = true;
        e->standing = first;
    }
    return XJ_OK;
}

enum xj_err xj_roster_add_standing(struct xj_roster *r)
{
    static const char *const names[XJ_ACTOR_COUNT] = {"", "本市行政机关", "本市公安局", "本市人民检察院", "本市人民法院",
                                                      "本市监察委员会", "本市司法局", ""};
    for (unsigned k = XJ_ACTOR_BUREAU; k < XJ_ACTOR_OTHER; k++) {
        enum xj_actor_kind role = (enum xj_actor_kind)k;
        if (standing_of(r, role) != NULL)
            continue;
        struct xj_roster_entry *e = add(r, role, names[k]);
        if (e == NULL)
            return XJ_ENOMEM;
        e->standing = true;
        snprintf(e->id, sizeof e->id, "%s-%s", r->division, xj_actor_role(role));
        if (role == XJ_ACTOR_BUREAU)
            snprintf(e->sector, sizeof e->sector, "other");
    }
    return XJ_OK;
}

/* ---- the agencies of a plan ---- */

static void mark(bool *used, const size_t *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        used[list[i]] = true;
}

static void mark_used(const struct xj_replay_plan *plan, bool *used)
{
    for (size_t i = 0; i < plan->intent_count; i++) {
        const struct xj_replay_intent *in = &plan->intents[i];
        used[in->doer] = true;
        mark(used, in->joint, in->joint_count);
        mark(used, in->principals, in->principal_count);
        mark(used, in->copies, in->copy_count);
    }
}

/* A file's own agencies are never found: the cast holds each once. */
static size_t find(const struct xj_roster *r, const struct xj_cast_agency *a)
{
    char name[XJ_ROSTER_NAME_BYTES];
    copy_cut(name, sizeof name, a->name);
    for (size_t i = 0; i < r->count; i++) {
        const struct xj_roster_entry *e = &r->list[i];
        if (e->role != a->role)
            continue;
        if (a->standing ? e->standing : !a->local && e->file == SIZE_MAX && strcmp(e->name, name) == 0)
            return i;
    }
    return SIZE_MAX;
}

static size_t place(struct xj_roster *r, const struct xj_cast_agency *a, size_t file)
{
    size_t found = find(r, a);
    if (found != SIZE_MAX)
        return found;
    struct xj_roster_entry *e = add(r, a->role, a->name);
    if (e == NULL)
        return SIZE_MAX;
    e->file = a->local ? file : SIZE_MAX;
    copy_cut(e->sector, sizeof e->sector, a->sector);
    do
        snprintf(e->id, sizeof e->id, "%s-%c%04u", r->division, xj_actor_role(a->role)[0], r->next++);
    while (id_taken(&(struct xj_roster){.list = r->list, .count = r->count - 1}, e->id));
    return r->count - 1;
}

enum xj_err xj_roster_assign(struct xj_roster *r, const struct xj_replay_plan *plan, size_t file, size_t *ret)
{
    bool *used = calloc(plan->cast.count + 1, sizeof *used);
    if (used == NULL)
        return XJ_ENOMEM;
    mark_used(plan, used);
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < plan->cast.count; i++) {
        ret[i] = used[i] ? place(r, &plan->cast.agencies[i], file) : SIZE_MAX;
        if (used[i] && ret[i] == SIZE_MAX)
            err = XJ_ENOMEM;
    }
    free(used);
    return err;
}
