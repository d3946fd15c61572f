#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render_private.h"

#define PER_IDENTITY 200 /* cases looked at for one identity, those with the highest ids */
#define LOOKED_AT 400u   /* in all */
#define SHOWN 20u

/* ---- links ---- */

static const char *relation_name(struct xj_slice relation, bool zh)
{
    static const char *const names[][3] = {{"merged_into", "并入", "merged into"}, {"split_from", "分自", "split from"},
                                           {"continues", "续办", "continues"}, {"same_matter", "同一事项", "same matter as"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (xj_slice_is(relation, names[i][0]))
            return names[i][zh ? 1 : 2];
    return "";
}

static bool took_part(struct xj_view *v, struct xj_id case_id, struct xj_slice agency)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    struct xj_engine e;
    bool party = false;
    if (!xj_view_pin(v, case_id, procedure, &revision) || !xj_view_engine(v, xj_slice_cstr(procedure), &revision, UINT64_MAX, &e))
        return false;
    enum xj_err err = xj_engine_party(&e, case_id, agency, &party);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    return party;
}

/* Spec 09, 10.6: somebody else states it, too, from the other case, or as one who has to do with that. */
static bool confirmed(struct xj_view *v, struct xj_id from, struct xj_id to, struct xj_slice relation, struct xj_slice doer)
{
    struct xj_slice f = xj_id_slice(&from), t = xj_id_slice(&to);
    bool found = xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM link WHERE case_id = ?1 AND other = ?2 AND doer <> ?3", "bbs", t, f, doer), 0) > 0;
    sqlite3_stmt *st = xj_vq(v, "SELECT DISTINCT doer FROM link WHERE case_id = ?1 AND other = ?2 AND relation = ?3 AND doer <> ?4 ORDER BY doer",
                             "bbss", f, t, relation, doer);
    while (xj_vq_row(v, st))
        found = found || took_part(v, to, xj_vq_slice(st, 0));
    return found;
}

/* A row (case_id, other, relation, seq, act, doer), seen from one of the two. */
static json_t *link_json(struct xj_view *v, sqlite3_stmt *st, bool out)
{
    struct xj_id from = xj_vq_id(st, 0), to = xj_vq_id(st, 1), other = out ? to : from;
    struct xj_slice relation = xj_vq_slice(st, 2), doer = xj_vq_slice(st, 5);
    char name[256];
    json_t *made = json_object();
    xj_rset(v, made, "relation", xj_rtext(relation));
    xj_rset(v, made, "zh", json_string(relation_name(relation, true)));
    xj_rset(v, made, "en", json_string(relation_name(relation, false)));
    xj_rset(v, made, "direction", json_string(out ? "out" : "in"));
    xj_rset(v, made, "case", xj_rid(xj_id_slice(&other)));
    xj_rset(v, made, "title", xj_rtitle(v, xj_id_slice(&other)));
    xj_rset(v, made, "act", xj_rid(xj_vq_slice(st, 4)));
    xj_rset(v, made, "seq", json_integer(sqlite3_column_int64(st, 3)));
    xj_rset(v, made, "by", xj_rtext(doer));
    xj_rset(v, made, "by_name", xj_render_agency_name(v, doer, name) ? json_string(name) : json_null());
    xj_rset(v, made, "confirmed", json_boolean(confirmed(v, from, to, relation, doer)));
    return made;
}

json_t *xj_rlinks(struct xj_view *v, struct xj_id case_id)
{
    json_t *made = json_array();
    struct xj_slice id = xj_id_slice(&case_id);
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id, other, relation, seq, act, doer FROM link WHERE case_id = ?1 ORDER BY seq, other, relation", "b", id);
    while (xj_vq_row(v, st))
        xj_radd(v, made, link_json(v, st, true));
    st = xj_vq(v, "SELECT case_id, other, relation, seq, act, doer FROM link WHERE other = ?1 ORDER BY seq, case_id, relation", "b", id);
    while (xj_vq_row(v, st))
        xj_radd(v, made, link_json(v, st, false));
    return made;
}

/* ---- candidates ---- */

struct found {
    struct xj_id case_id;
    json_t *persons;
};
struct search {
    struct xj_view *v;
    struct xj_id case_id;
    struct found list[LOOKED_AT];
    size_t count;
};

static struct found *place_of(struct search *s, struct xj_id id)
{
    for (size_t i = 0; i < s->count; i++)
        if (xj_id_eq(&s->list[i].case_id, &id))
            return &s->list[i];
    if (s->count == LOOKED_AT)
        return NULL;
    s->list[s->count] = (struct found){id, json_array()};
    return &s->list[s->count++];
}

/* Notes a person of ours that the other case has, too. */
static void note(struct search *s, struct xj_id other, struct xj_slice party, struct xj_slice name, struct xj_slice kind, struct xj_slice number)
{
    struct found *f = place_of(s, other);
    if (f == NULL)
        return;
    json_t *one = json_object();
    xj_rset(s->v, one, "party", xj_rhex(party));
    xj_rset(s->v, one, "name", xj_rtext(name));
    xj_rset(s->v, one, "kind", xj_rtext(kind));
    xj_rset(s->v, one, "number", xj_rtext(number));
    xj_radd(s->v, f->persons, one);
}

/* Our persons' identities, and the newest cases that have a person of the same. */
static void by_identity(struct search *s)
{
    sqlite3_stmt *st = xj_vq(s->v, "SELECT i.party, i.kind, i.number, (SELECT p.name FROM party p WHERE p.case_id = i.case_id AND p.id = i.party)"
                                   " FROM identity i WHERE i.case_id = ?1 AND NOT EXISTS(SELECT 1 FROM party p WHERE p.case_id = i.case_id"
                                   " AND p.id = i.party AND p.kind = 'victim') ORDER BY i.kind, i.number, i.party", "b", xj_id_slice(&s->case_id));
    while (xj_vq_row(s->v, st) && s->count < LOOKED_AT) {
        sqlite3_stmt *other = xj_vq(s->v, "SELECT DISTINCT i.case_id FROM identity i WHERE i.kind = ?1 AND i.number = ?2 AND i.case_id <> ?3"
                                          " AND NOT EXISTS(SELECT 1 FROM party p WHERE p.case_id = i.case_id AND p.id = i.party AND p.kind = 'victim')"
                                          " ORDER BY i.case_id DESC LIMIT ?4",
                                    "ssbi", xj_vq_slice(st, 1), xj_vq_slice(st, 2), xj_id_slice(&s->case_id), (int64_t)PER_IDENTITY);
        while (xj_vq_row(s->v, other))
            note(s, xj_vq_id(other, 0), xj_vq_slice(st, 0), xj_vq_slice(st, 3), xj_vq_slice(st, 1), xj_vq_slice(st, 2));
    }
    xj_vq_end(st);
}

static void by_unit(struct search *s)
{
    sqlite3_stmt *st = xj_vq(s->v, "SELECT id, name FROM party WHERE case_id = ?1 AND kind = 'unit' ORDER BY name, id", "b", xj_id_slice(&s->case_id));
    while (xj_vq_row(s->v, st) && s->count < LOOKED_AT) {
        sqlite3_stmt *other = xj_vq(s->v, "SELECT DISTINCT case_id FROM party WHERE kind = 'unit' AND name = ?1 AND case_id <> ?2"
                                          " ORDER BY case_id DESC LIMIT ?3", "sbi", xj_vq_slice(st, 1), xj_id_slice(&s->case_id), (int64_t)PER_IDENTITY);
        while (xj_vq_row(s->v, other))
            note(s, xj_vq_id(other, 0), xj_vq_slice(st, 0), xj_vq_slice(st, 1), xj_slice_cstr("name"), xj_vq_slice(st, 1));
    }
    xj_vq_end(st);
}

static json_t *texts(struct xj_view *v, sqlite3_stmt *st)
{
    json_t *made = json_array();
    while (xj_vq_row(v, st))
        xj_radd(v, made, xj_rtext(xj_vq_slice(st, 0)));
    return made;
}

static bool linked(struct search *s, struct xj_id other)
{
    return xj_vq_int(s->v, xj_vq(s->v, "SELECT (SELECT count(*) FROM link WHERE case_id = ?1 AND other = ?2) +"
                                       " (SELECT count(*) FROM link WHERE case_id = ?2 AND other = ?1)", "bb", xj_id_slice(&s->case_id),
                                 xj_id_slice(&other)), 0) > 0;
}

/* Takes f->persons. NULL: the two share no charge and no violation. */
static json_t *candidate(struct search *s, struct found *f)
{
    struct xj_view *v = s->v;
    struct xj_slice mine = xj_id_slice(&s->case_id), other = xj_id_slice(&f->case_id), opener = {NULL, 0};
    json_t *charges = texts(v, xj_vq(v, "SELECT DISTINCT a.name FROM charge a JOIN charge b ON b.case_id = ?2 AND b.name = a.name WHERE a.case_id = ?1"
                                        " AND a.name <> '' ORDER BY a.name", "bb", mine, other));
    json_t *violations = texts(v, xj_vq(v, "SELECT DISTINCT a.violation FROM record a JOIN record b ON b.case_id = ?2 AND b.violation = a.violation"
                                           " WHERE a.case_id = ?1 AND a.violation <> '' ORDER BY a.violation", "bb", mine, other));
    json_t *made = NULL;
    char name[256];
    if (json_array_size(charges) + json_array_size(violations) > 0 && !linked(s, f->case_id)) {
        sqlite3_stmt *st = xj_vq(v, "SELECT opener FROM case_index WHERE case_id = ?1", "b", other);
        bool known = xj_vq_row(v, st);
        opener = known ? xj_vq_slice(st, 0) : opener;
        made = json_object();
        xj_rset(v, made, "case", xj_rid(other));
        xj_rset(v, made, "title", xj_rtitle(v, other));
        xj_rset(v, made, "opener", xj_rtext(opener));
        xj_rset(v, made, "opener_name", known && xj_render_agency_name(v, opener, name) ? json_string(name) : json_null());
        xj_rset(v, made, "persons", json_incref(f->persons));
        xj_rset(v, made, "charges", json_incref(charges));
        xj_rset(v, made, "violations", json_incref(violations));
        xj_vq_end(st);
    }
    json_decref(charges);
    json_decref(violations);
    return made;
}

static struct found *newest(struct search *s)
{
    struct found *best = NULL;
    for (size_t i = 0; i < s->count; i++)
        if (s->list[i].persons != NULL && (best == NULL || xj_id_cmp(&s->list[i].case_id, &best->case_id) > 0))
            best = &s->list[i];
    return best;
}

json_t *xj_rcandidates(struct xj_view *v, struct xj_id case_id)
{
    static const size_t size = sizeof(struct search);
    json_t *made = json_array();
    struct search *s = calloc(1, size);
    if (s == NULL) {
        xj_view_fail(v, XJ_ENOMEM);
        return made;
    }
    s->v = v;
    s->case_id = case_id;
    by_identity(s);
    by_unit(s);
    for (struct found *f; v->err == XJ_OK && (f = newest(s)) != NULL;) {
        json_t *one = json_array_size(made) < SHOWN ? candidate(s, f) : NULL;
        if (one != NULL)
            xj_radd(v, made, one);
        json_decref(f->persons);
        f->persons = NULL;
    }
    for (size_t i = 0; i < s->count; i++)
        json_decref(s->list[i].persons);
    free(s);
    return made;
}
