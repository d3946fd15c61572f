#include "schema/procedure/yaml/draft.h"

#include <stdlib.h>
#include <string.h>

#include "schema/procedure/yaml/read.h"

#define ERR XJ_SEVERITY_ERROR
#define ARENA_BYTES (8u * 1024 * 1024)
#define ROLES_MAX 32u

/* One section of the file: its entries sorted by name. */
struct section {
    struct xj_yentry *list;
    size_t count;
};

struct sections {
    struct section roles, papers, questions, tracks, acts, duties, rules, statistics;
};

static enum xj_err open_section(struct xj_yread *r, const char *key, bool wanted, size_t max, struct section *ret)
{
    yaml_node_t *node = xj_ydoc_get(r->y, xj_ydoc_root(r->y), key);
    if (node == NULL && wanted)
        xj_findings_add(r->y->f, ERR, 1, "missing_key", "缺少“%s”", "%s is missing", key);
    enum xj_err err = xj_ydoc_entries(r->y, node, &ret->list, &ret->count);
    if (err == XJ_OK && ret->count > max) {
        xj_findings_add(r->y->f, ERR, xj_ynode_line(node), "too_many", "“%s”过多", "too many %s", key);
        err = XJ_ELIMIT;
    }
    return err;
}

static enum xj_err open_sections(struct xj_yread *r, struct sections *s)
{
    enum xj_err err = open_section(r, "roles", true, ROLES_MAX, &s->roles);
    if (err == XJ_OK)
        err = open_section(r, "papers", true, XJ_MODEL_LIST_MAX, &s->papers);
    if (err == XJ_OK)
        err = open_section(r, "questions", true, XJ_MODEL_LIST_MAX, &s->questions);
    if (err == XJ_OK)
        err = open_section(r, "tracks", true, XJ_MODEL_LIST_MAX, &s->tracks);
    if (err == XJ_OK)
        err = open_section(r, "acts", true, XJ_MODEL_LIST_MAX, &s->acts);
    if (err == XJ_OK)
        err = open_section(r, "duties", true, XJ_MODEL_LIST_MAX, &s->duties);
    if (err == XJ_OK)
        err = open_section(r, "rules", false, XJ_MODEL_LIST_MAX, &s->rules);
    if (err == XJ_OK)
        err = open_section(r, "statistics", false, XJ_MODEL_LIST_MAX, &s->statistics);
    return err;
}

static void close_sections(struct sections *s)
{
    free(s->roles.list);
    free(s->papers.list);
    free(s->questions.list);
    free(s->tracks.list);
    free(s->acts.list);
    free(s->duties.list);
    free(s->rules.list);
    free(s->statistics.list);
}

static struct xj_name *read_names(struct xj_yread *r, const struct section *s, uint16_t *ret_count)
{
    struct xj_name *names = xj_yread_array(r, s->count, sizeof *names);
    *ret_count = 0;
    if (names == NULL)
        return NULL;
    for (size_t i = 0; i < s->count; i++)
        xj_yread_name(r, &s->list[i], false, &names[i]);
    *ret_count = (uint16_t)s->count;
    return names;
}

static enum xj_err read_questions(struct xj_yread *r, const struct section *s)
{
    static const char *const keys[] = {"zh", "en", "asked", "reported_only", NULL};
    struct xj_model *m = r->m;
    m->questions = xj_yread_array(r, s->count, sizeof *m->questions);
    r->d->question_line = xj_yread_array(r, s->count, sizeof *r->d->question_line);
    r->d->reported_only = xj_yread_array(r, s->count, sizeof *r->d->reported_only);
    if (m->questions == NULL || r->d->question_line == NULL || r->d->reported_only == NULL)
        return xj_arena_err(m->arena);
    m->question_count = (uint16_t)s->count;
    for (size_t i = 0; i < s->count; i++) {
        struct xj_m_question *q = &m->questions[i];
        r->d->question_line[i] = s->list[i].line;
        xj_yread_name(r, &s->list[i], false, &q->name);
        if (!xj_ydoc_keys(r->y, s->list[i].value, keys))
            continue;
        q->asked = xj_yread_roles(r, xj_ydoc_get(r->y, s->list[i].value, "asked"), NULL, NULL);
        r->d->reported_only[i] = xj_ydoc_bool(r->y, s->list[i].value, "reported_only");
        if (q->asked == 0)
            xj_findings_add(r->y->f, ERR, s->list[i].line, "missing_key", "“%s”没有写明可向谁提出", "%s does not say who may be asked",
                            q->name.id);
    }
    return xj_arena_err(m->arena);
}

static enum xj_err read_states(struct xj_yread *r, yaml_node_t *node, uint16_t track)
{
    struct section s = {.list = NULL};
    struct xj_m_track *t = &r->m->tracks[track];
    enum xj_err err = xj_ydoc_entries(r->y, node, &s.list, &s.count);
    if (err != XJ_OK)
        goto out;
    t->states = read_names(r, &s, &t->state_count);
    r->d->state_line[track] = xj_yread_array(r, s.count, sizeof **r->d->state_line);
    for (size_t i = 0; r->d->state_line[track] != NULL && i < s.count; i++)
        r->d->state_line[track][i] = s.list[i].line;
    err = xj_arena_err(r->m->arena);
out:
    free(s.list);
    return err;
}

static enum xj_err read_track(struct xj_yread *r, const struct xj_yentry *e, uint16_t i)
{
    static const char *const keys[] = {"zh", "en", "scope", "owners", "states", NULL};
    static const char *const scopes[] = {"case", "party", "charge", NULL};
    struct xj_m_track *t = &r->m->tracks[i];
    r->d->track_line[i] = e->line;
    xj_yread_name(r, e, false, &t->name);
    if (!xj_ydoc_keys(r->y, e->value, keys))
        return XJ_OK;
    t->scope = (enum xj_scope)xj_yread_word(r, xj_ydoc_get(r->y, e->value, "scope"), scopes);
    t->owners = xj_yread_roles(r, xj_ydoc_get(r->y, e->value, "owners"), NULL, NULL);
    if (t->owners == 0)
        xj_findings_add(r->y->f, ERR, e->line, "missing_key", "“%s”没有写明归谁", "%s has no owners", t->name.id);
    return read_states(r, xj_ydoc_get(r->y, e->value, "states"), i);
}

static enum xj_err read_tracks(struct xj_yread *r, const struct section *s)
{
    struct xj_model *m = r->m;
    enum xj_err err = XJ_OK;
    m->tracks = xj_yread_array(r, s->count, sizeof *m->tracks);
    r->d->track_line = xj_yread_array(r, s->count, sizeof *r->d->track_line);
    r->d->state_line = xj_yread_array(r, s->count, sizeof *r->d->state_line);
    if (m->tracks == NULL || r->d->track_line == NULL || r->d->state_line == NULL)
        return xj_arena_err(m->arena);
    m->track_count = (uint16_t)s->count;
    for (size_t i = 0; err == XJ_OK && i < s->count; i++)
        err = read_track(r, &s->list[i], (uint16_t)i);
    return err;
}

static void read_head(struct xj_yread *r)
{
    static const char *const keys[] = {"procedure", "zh", "en", "sources", "roles", "papers", "questions", "tracks", "acts", "duties", "rules", "statistics",
                                       "replaces", NULL};
    yaml_node_t *root = xj_ydoc_root(r->y);
    xj_ydoc_keys(r->y, root, keys);
    struct xj_yentry e = {.id = xj_ynode_text(xj_ydoc_get(r->y, root, "procedure")), .value = root, .line = 1};
    xj_yread_name(r, &e, false, &r->m->name);
    xj_yread_sources(r);
}

static enum xj_err read_all(struct xj_yread *r, struct sections *s)
{
    enum xj_err err = open_sections(r, s);
    if (err != XJ_OK)
        return err;
    read_head(r);
    r->m->roles = read_names(r, &s->roles, &r->m->role_count);
    r->m->papers = read_names(r, &s->papers, &r->m->paper_count);
    err = read_questions(r, &s->questions);
    if (err == XJ_OK)
        err = read_tracks(r, &s->tracks);
    if (err == XJ_OK)
        err = xj_yread_acts(r, s->acts.list, s->acts.count);
    if (err == XJ_OK)
        err = xj_yread_duties(r, s->duties.list, s->duties.count);
    if (err == XJ_OK)
        err = xj_yread_rules(r, s->rules.list, s->rules.count);
    if (err == XJ_OK)
        err = xj_yread_statistics(r, s->statistics.list, s->statistics.count);
    if (err == XJ_OK)
        err = xj_yread_replaces(r, xj_ydoc_get(r->y, xj_ydoc_root(r->y), "replaces"));
    return err;
}

enum xj_err xj_draft_read(struct xj_ydoc *y, struct xj_draft *ret)
{
    memset(ret, 0, sizeof *ret);
    struct sections s = {.roles = {.list = NULL}};
    struct xj_arena *arena = xj_arena_new(ARENA_BYTES);
    ret->m = arena == NULL ? NULL : xj_arena_array(arena, 1, sizeof *ret->m);
    if (ret->m == NULL) {
        xj_arena_free(arena);
        return XJ_ENOMEM;
    }
    ret->m->arena = arena;
    struct xj_yread r = {.y = y, .m = ret->m, .d = ret};
    enum xj_err err = read_all(&r, &s);
    if (err == XJ_OK)
        err = xj_arena_err(arena);
    if (err == XJ_OK)
        err = y->f->err;
    close_sections(&s);
    if (err != XJ_OK)
        xj_draft_free(ret);
    return err;
}

void xj_draft_free(struct xj_draft *d)
{
    xj_model_free(d->m);
    memset(d, 0, sizeof *d);
}
