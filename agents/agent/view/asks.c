/* Late grants: what a full grant asks for that was sealed before it, at who can answer and at who waits. The grant's fact is the asking.
 * Spec: spec/06-register.md, section 5; spec/10-api.md. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render_private.h"

#define READERS_MAX 64u /* agencies with grants over one act */
#define ASKS_MAX 2000u

/* ---- which grants there are, and since when ---- */

void xj_view_note_grants(struct xj_view *v, struct xj_slice entry)
{
    struct xj_doc doc;
    if (xj_doc_open(&doc, entry, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    const uint64_t number = xj_take_uint(&c, UINT64_MAX);
    const int64_t at_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    (void)xj_take_any(&c);
    struct xj_cur list = xj_take_array(&c, 0, UINT32_MAX);
    while (list.left > 0 && !list.bad) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_slice kind = xj_take_str(&one, 0, SIZE_MAX), id = xj_take_str(&one, 0, SIZE_MAX);
        const msgpack_object *value = xj_take_any(&one);
        if (one.bad || !xj_slice_is(kind, "grant"))
            continue;
        xj_vq_run(v, xj_vq(v, "DELETE FROM granted WHERE id = ?1", "s", id));
        if (value != NULL && value->type == MSGPACK_OBJECT_MAP && xj_slice_is(xj_map_str(value, "mode"), "full"))
            xj_vq_run(v, xj_vq(v, "INSERT INTO granted(id, number, at_ms) VALUES(?1, ?2, ?3)", "sii", id, (int64_t)number, at_ms));
    }
    xj_doc_close(&doc);
}

struct readers {
    char at[READERS_MAX][XJ_MAX_AGENCY_BYTES + 1];
    size_t n;
};

static bool see_reader(void *arg, struct xj_slice agency, bool full)
{
    struct readers *r = arg;
    bool before = false;
    for (size_t i = 0; i < r->n; i++)
        before = before || xj_slice_is(agency, r->at[i]);
    if (!full || before || agency.n > XJ_MAX_AGENCY_BYTES)
        return true;
    memcpy(r->at[r->n], agency.p, agency.n);
    r->at[r->n++][agency.n] = '\0';
    return r->n < READERS_MAX;
}

static void opener_of(struct xj_view *v, const struct xj_id *case_id, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    unsigned field;
    struct xj_header *first = malloc(sizeof *first);
    ret[0] = '\0';
    if (first == NULL)
        xj_view_fail(v, XJ_ENOMEM);
    sqlite3_stmt *st = first != NULL ? xj_vq(v, "SELECT header FROM act WHERE case_id = ?1 ORDER BY seq LIMIT 1", "b", xj_id_slice(case_id)) : NULL;
    if (xj_vq_row(v, st) && xj_header_decode(xj_vq_slice(st, 0), first, &field) == XJ_OK && first->from.n <= XJ_MAX_AGENCY_BYTES) {
        memcpy(ret, first->from.p, first->from.n);
        ret[first->from.n] = '\0';
    }
    if (st != NULL)
        xj_vq_end(st);
    free(first);
}

static bool is_open_act(struct xj_view *v, const struct xj_header *h)
{
    const struct xj_model *m = xj_view_model(v, h->procedure, &h->revision);
    uint16_t act = m != NULL ? xj_model_act(m, h->act) : XJ_NONE;
    return act != XJ_NONE && m->acts[act].vis == XJ_VIS_OPEN && !m->acts[act].internal && xj_view_correction(h) == NULL;
}

/* The agencies whose full grants cover the act as the register stands. */
static void find_readers(struct xj_view *v, const struct xj_header *h, struct readers *ret)
{
    char opener[XJ_MAX_AGENCY_BYTES + 1];
    ret->n = 0;
    if (xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM granted", ""), 0) == 0 || !is_open_act(v, h))
        return;
    opener_of(v, &h->case_id, opener);
    const int64_t now_ms = xj_vq_int(v, xj_vq(v, "SELECT i FROM basis WHERE name = 'last_ms'", ""), 0);
    enum xj_err err = xj_succession_subscribers(&v->succession, &v->store, h->procedure, h->act, h->from, xj_slice_cstr(opener), now_ms,
                                                see_reader, ret);
    if (err != XJ_OK)
        xj_view_fail(v, err);
}

/* When the first of the agency's full grants that came after the act asked for it. */
static bool asked_at(struct xj_view *v, const char *agency, uint64_t register_number, int64_t *ret_ms)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT at_ms FROM granted WHERE id LIKE ?1 || '/%' AND number > ?2 ORDER BY number LIMIT 1", "si",
                             xj_slice_cstr(agency), (int64_t)register_number);
    if (!xj_vq_row(v, st))
        return false;
    *ret_ms = sqlite3_column_int64(st, 0);
    xj_vq_end(st);
    return true;
}

json_t *xj_rasked(struct xj_view *v, const struct xj_header *h, uint64_t register_number)
{
    struct readers r;
    int64_t at_ms = 0;
    (void)xj_view_calendar(v); /* reads the successions, too */
    find_readers(v, h, &r);
    for (size_t i = 0; i < r.n; i++)
        if (strcmp(r.at[i], v->agency) == 0 && asked_at(v, v->agency, register_number, &at_ms)) {
            json_t *made = json_object();
            xj_rinstant(v, made, "at", true, at_ms);
            xj_rset(v, made, "of", xj_ragency(v, h->from, NULL));
            return made;
        }
    return json_null();
}

/* ---- what this agency is asked for ---- */

/* Whether the agency gets the act's content by the act itself. */
static bool reads(const struct xj_header *h, const char *agency)
{
    bool found = xj_slice_is(h->from, agency);
    for (size_t i = 0; i < h->to_count; i++)
        found = found || (h->to[i].role != XJ_TO_NOTICE && xj_slice_is(h->to[i].agency, agency));
    for (size_t i = 0; i < h->joint_count; i++)
        found = found || xj_slice_is(h->joint[i], agency);
    return found;
}

/* Whether somebody has shared it with that agency already, as far as is seen here. */
static bool is_shared(struct xj_view *v, struct xj_header *h, struct xj_id case_id, struct xj_id act, const char *agency)
{
    bool found = false;
    unsigned field;
    sqlite3_stmt *st = xj_vq(v, "SELECT header FROM act WHERE case_id = ?1", "b", xj_id_slice(&case_id));
    while (!found && xj_vq_row(v, st)) {
        const struct xj_id *shared = xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK ? xj_order_shared(h) : NULL;
        found = shared != NULL && xj_id_eq(shared, &act) && reads(h, agency);
    }
    if (found)
        xj_vq_end(st);
    return found;
}

struct listing {
    struct xj_view *v;
    struct xj_header *h, *other;
    struct xj_admitted *a;
    json_t *list;
};

static void add(struct listing *l, const char *reader, int64_t at_ms)
{
    struct xj_view *v = l->v;
    const struct xj_model *m = xj_view_model(v, l->h->procedure, &l->h->revision);
    const uint16_t act = m != NULL ? xj_model_act(m, l->h->act) : XJ_NONE;
    json_t *one = json_object();
    xj_rset(v, one, "case", xj_rid(xj_id_slice(&l->h->case_id)));
    xj_rset(v, one, "title", xj_rtitle(v, xj_id_slice(&l->h->case_id)));
    xj_rset(v, one, "id", xj_rid(xj_id_slice(&l->h->id)));
    xj_rset(v, one, "act", xj_rtext(l->h->act));
    xj_rset(v, one, "zh", act != XJ_NONE ? json_string(m->acts[act].name.zh) : json_null());
    xj_rset(v, one, "en", act != XJ_NONE ? json_string(m->acts[act].name.en) : json_null());
    xj_rset(v, one, "by", xj_ragency(v, xj_slice_cstr(reader), NULL));
    xj_rinstant(v, one, "asked", true, at_ms);
    xj_radd(v, l->list, one);
}

/* An own act that was admitted: who asks for it. */
static void look(struct listing *l)
{
    struct readers r;
    int64_t at_ms = 0;
    find_readers(l->v, l->h, &r);
    for (size_t i = 0; i < r.n && json_array_size(l->list) < ASKS_MAX; i++)
        if (!reads(l->h, r.at[i]) && asked_at(l->v, r.at[i], l->a->register_number, &at_ms) &&
            !is_shared(l->v, l->other, l->h->case_id, l->h->id, r.at[i]))
            add(l, r.at[i], at_ms);
}

static void look_at_all(struct listing *l)
{
    struct xj_view *v = l->v;
    unsigned field;
    (void)xj_view_calendar(v);
    if (xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM granted", ""), 0) == 0)
        return;
    sqlite3_stmt *st = xj_vq(v, "SELECT act.header, act.statement FROM own JOIN act ON act.id = own.id WHERE own.state = 1 AND act.via IS NULL"
                                " AND act.body IS NOT NULL ORDER BY own.number", "");
    while (json_array_size(l->list) < ASKS_MAX && xj_vq_row(v, st))
        if (xj_header_decode(xj_vq_slice(st, 0), l->h, &field) == XJ_OK && xj_admitted_decode(xj_vq_slice(st, 1), l->a) == XJ_OK)
            look(l);
    xj_vq_end(st);
}

enum xj_err xj_render_asks(struct xj_view *v, json_t **ret)
{
    struct listing l = {.v = v, .h = malloc(sizeof *l.h), .other = malloc(sizeof *l.other), .a = malloc(sizeof *l.a), .list = json_array()};
    xj_view_begin(v, false);
    if (l.h == NULL || l.other == NULL || l.a == NULL)
        xj_view_fail(v, XJ_ENOMEM);
    else
        look_at_all(&l);
    json_t *made = json_object();
    xj_rset(v, made, "asks", l.list);
    free(l.h);
    free(l.other);
    free(l.a);
    return xj_rend(v, made, ret);
}
