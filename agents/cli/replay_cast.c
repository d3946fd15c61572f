#include "agents/cli/replay_cast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SHOWN_BYTES 240u /* the register keeps at most 255 */

static struct xj_cast_agency *add_agency(struct xj_cast *cast, enum xj_actor_kind role)
{
    if (cast->count == cast->cap) {
        size_t cap = cast->cap == 0 ? 16 : cast->cap * 2;
        struct xj_cast_agency *more = realloc(cast->agencies, cap * sizeof *more);
        if (more == NULL)
            return NULL;
        cast->agencies = more;
        cast->cap = cap;
    }
    struct xj_cast_agency *a = &cast->agencies[cast->count++];
    memset(a, 0, sizeof *a);
    a->role = role;
    return a;
}

size_t xj_cast_standing(struct xj_cast *cast, enum xj_actor_kind role)
{
    for (size_t i = 0; i < cast->count; i++)
        if (cast->agencies[i].standing && cast->agencies[i].role == role)
            return i;
    struct xj_cast_agency *a = add_agency(cast, role);
    if (a == NULL)
        return SIZE_MAX;
    a->standing = true;
    return cast->count - 1;
}

static bool fit_sector(struct xj_cast_agency *a, const char *sector)
{
    if (sector == NULL || sector[0] == '\0' || strlen(sector) >= sizeof a->sector)
        return false;
    for (const char *p = sector; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
            return false; /* no name of the register (spec 00, section 4) */
    memcpy(a->sector, sector, strlen(sector) + 1);
    return true;
}

/* One more name for the agency. People see the fullest: that of bureaus[] if there is one, else the longest that reads as
 * the name of one organ, else the longest. */
static void know_as(struct xj_cast_agency *a, const struct xj_org_name *name)
{
    for (size_t i = 0; i < a->alias_count; i++)
        if (memcmp(&a->aliases[i], name, sizeof *name) == 0)
            return;
    bool good = xj_org_presentable(name), first = a->alias_count == 0;
    if (a->alias_count < XJ_CAST_ALIASES)
        a->aliases[a->alias_count++] = *name;
    char text[XJ_NAME_BYTES];
    xj_org_name_text(name, text);
    size_t n = strlen(text);
    if (n > NAME_SHOWN_BYTES) {
        n = NAME_SHOWN_BYTES;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80) /* cut where a character begins */
            n--;
        text[n] = '\0';
    }
    if (first || (!a->listed && (good > a->presentable || (good == a->presentable && strlen(text) > strlen(a->name))))) {
        memcpy(a->name, text, sizeof text);
        a->presentable = good;
    }
}

/* The agency of that role most like the name, or SIZE_MAX. *ret_several: others are like it as well. */
static size_t most_alike(const struct xj_cast *cast, enum xj_actor_kind role, const struct xj_org_name *name, bool *ret_several)
{
    size_t found = SIZE_MAX;
    int best = -1;
    *ret_several = false;
    for (size_t i = 0; i < cast->count; i++) {
        const struct xj_cast_agency *a = &cast->agencies[i];
        int mine = -1;
        for (size_t k = 0; a->role == role && k < a->alias_count; k++) {
            int d = xj_org_alike(&a->aliases[k], name);
            if (d >= 0 && (mine < 0 || d < mine))
                mine = d;
        }
        if (mine < 0)
            continue;
        *ret_several = found != SIZE_MAX;
        if (best < 0 || mine < best) {
            best = mine;
            found = i;
        }
    }
    return found;
}

/* The only agency of the role (and sector, when given) that is a certain organ or an entry of bureaus[], or SIZE_MAX. */
static size_t the_only(const struct xj_cast *cast, enum xj_actor_kind role, const char *sector)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < cast->count; i++) {
        const struct xj_cast_agency *a = &cast->agencies[i];
        if (a->role != role || !(a->listed || a->kind == XJ_NAME_ORGAN) || (sector != NULL && strcmp(a->sector, sector) != 0))
            continue;
        if (found != SIZE_MAX)
            return SIZE_MAX;
        found = i;
    }
    return found;
}

static const char *generic_name(enum xj_actor_kind role)
{
    static const char *const names[XJ_ACTOR_COUNT] = {"", "行政机关", "公安机关", "检察机关", "法院", "监察机关", "司法行政机关", ""};
    return names[role];
}

static size_t new_agency(struct xj_cast *cast, enum xj_actor_kind role, const struct xj_org_name *name, enum xj_name_kind kind)
{
    struct xj_cast_agency *a = add_agency(cast, role);
    if (a == NULL)
        return SIZE_MAX;
    a->kind = kind;
    a->local = kind != XJ_NAME_ORGAN;
    know_as(a, name);
    if (a->name[0] == '\0')
        snprintf(a->name, sizeof a->name, "%s", generic_name(role));
    if (role == XJ_ACTOR_BUREAU && !fit_sector(a, xj_org_sector(name)))
        memcpy(a->sector, "other", sizeof "other");
    return cast->count - 1;
}

/* Every agency but those known by generic names, so that later "the only one" can be told. */
static enum xj_err note_organ(struct xj_cast *cast, enum xj_actor_kind role, const struct xj_org_name *name)
{
    bool several;
    if (xj_org_kind(name, role) != XJ_NAME_ORGAN)
        return XJ_OK;
    size_t i = most_alike(cast, role, name, &several);
    if (i == SIZE_MAX)
        return new_agency(cast, role, name, XJ_NAME_ORGAN) != SIZE_MAX ? XJ_OK : XJ_ENOMEM;
    know_as(&cast->agencies[i], name);
    if (cast->agencies[i].kind != XJ_NAME_ORGAN && !cast->agencies[i].listed)
        cast->agencies[i].kind = XJ_NAME_ORGAN;
    return XJ_OK;
}

/* An organ without a place of its own, 公安局 where there are 济南市公安局 and 商河县公安局, is none of them. */
static size_t resolve(struct xj_cast *cast, enum xj_actor_kind role, const struct xj_org_name *name)
{
    enum xj_name_kind kind = xj_org_kind(name, role);
    bool several = false;
    size_t i = name->base_count > 0 ? most_alike(cast, role, name, &several) : SIZE_MAX;
    if (i != SIZE_MAX && !(several && kind == XJ_NAME_GENERIC && xj_org_alike(&cast->agencies[i].aliases[0], name) != 0)) {
        know_as(&cast->agencies[i], name);
        return i;
    }
    if (kind == XJ_NAME_GENERIC || kind == XJ_NAME_PERSON)
        i = the_only(cast, role, NULL);
    else if (kind == XJ_NAME_BRANCH)
        i = xj_org_sector(name) != NULL ? the_only(cast, role, xj_org_sector(name)) : SIZE_MAX;
    else
        i = SIZE_MAX;
    return i != SIZE_MAX ? i : new_agency(cast, role, name, kind);
}

static enum xj_actor_kind listed_role(const struct xj_replay_bureau *b, const struct xj_org_name *name)
{
    if (strstr(b->type, "police") != NULL)
        return XJ_ACTOR_POLICE;
    if (strstr(b->type, "court") != NULL)
        return XJ_ACTOR_COURT;
    enum xj_actor_kind role = xj_org_role(name, XJ_ACTOR_BUREAU);
    return role == XJ_ACTOR_POLICE || role == XJ_ACTOR_COURT ? role : XJ_ACTOR_BUREAU;
}

static enum xj_err list_bureau(struct xj_cast *cast, const struct xj_replay_bureau *b)
{
    struct xj_org_name parts[XJ_NAME_PARTS];
    size_t n = xj_org_split(b->name, parts);
    for (size_t i = 0; i < n; i++) {
        enum xj_actor_kind role = listed_role(b, &parts[i]);
        bool several;
        size_t found = most_alike(cast, role, &parts[i], &several);
        if (found == SIZE_MAX)
            found = new_agency(cast, role, &parts[i], xj_org_kind(&parts[i], role));
        if (found == SIZE_MAX)
            return XJ_ENOMEM;
        struct xj_cast_agency *a = &cast->agencies[found];
        know_as(a, &parts[i]);
        a->listed = true;
        if (a->kind == XJ_NAME_PERSON)
            a->local = false; /* the file calls it an agency */
        if (role == XJ_ACTOR_BUREAU && i == 0)
            fit_sector(a, b->type);
    }
    return XJ_OK;
}

/* The role of the i-th agency that an event's string names. */
static enum xj_actor_kind part_role(const struct xj_replay_event *e, const struct xj_org_name *part, size_t i)
{
    if (i > 0)
        return xj_org_role(part, XJ_ACTOR_BUREAU);
    enum xj_actor_kind shown = xj_org_role(part, e->kind);
    /* police as penalising organ, a court's enforcement office: whatever column the file has them in */
    if (e->kind == XJ_ACTOR_BUREAU && (shown == XJ_ACTOR_POLICE || shown == XJ_ACTOR_COURT))
        return shown;
    return e->kind;
}

static enum xj_err note_event(struct xj_cast *cast, const struct xj_replay_event *e)
{
    struct xj_org_name parts[XJ_NAME_PARTS];
    size_t n = e->kind == XJ_ACTOR_OTHER ? 0 : xj_org_split(e->actor_name, parts);
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < n; i++)
        err = note_organ(cast, part_role(e, &parts[i], i), &parts[i]);
    return err;
}

static bool named_already(const struct xj_cast_event *out, size_t agency)
{
    for (size_t i = 0; i < out->joint_count; i++)
        if (out->joint[i] == agency)
            return true;
    return out->doer == agency;
}

static enum xj_err resolve_event(struct xj_cast *cast, const struct xj_replay_event *e, struct xj_cast_event *out)
{
    struct xj_org_name parts[XJ_NAME_PARTS];
    out->doer = SIZE_MAX;
    if (e->kind == XJ_ACTOR_OTHER)
        return XJ_OK;
    size_t n = xj_org_split(e->actor_name, parts);
    for (size_t i = 0; i < n; i++) {
        size_t a = resolve(cast, part_role(e, &parts[i], i), &parts[i]);
        if (a == SIZE_MAX)
            return XJ_ENOMEM;
        if (i == 0)
            out->doer = a;
        else if (!named_already(out, a))
            out->joint[out->joint_count++] = a;
    }
    return XJ_OK;
}

enum xj_err xj_cast_read(const struct xj_replay_case *c, struct xj_cast *ret)
{
    enum xj_err err = XJ_OK;
    memset(ret, 0, sizeof *ret);
    ret->events = calloc(c->event_count + 1, sizeof *ret->events);
    if (ret->events == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < c->bureau_count; i++)
        err = list_bureau(ret, &c->bureaus[i]);
    for (size_t i = 0; err == XJ_OK && i < c->event_count; i++)
        err = note_event(ret, &c->events[i]);
    for (size_t i = 0; err == XJ_OK && i < c->event_count; i++)
        err = resolve_event(ret, &c->events[i], &ret->events[i]);
    if (err != XJ_OK)
        xj_cast_free(ret);
    return err;
}

void xj_cast_free(struct xj_cast *cast)
{
    free(cast->agencies);
    free(cast->events);
    memset(cast, 0, sizeof *cast);
}
