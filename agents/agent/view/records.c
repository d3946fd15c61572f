/* What penalties say of themselves, by act, and whom acts concern, by what identifies people: so that rules can look beyond one
 * case. Spec: spec/12-detection.md, section 4. */
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"
#include "schema/base/civil.h"

static bool flag_of(const msgpack_object *map, const char *key)
{
    const msgpack_object *o = xj_map_get(map, key);
    return o != NULL && o->type == MSGPACK_OBJECT_BOOLEAN && o->via.boolean;
}

/* A sum of money, or false when the key is absent or no uint that fits. */
static bool money_of(const msgpack_object *map, const char *key, int64_t *ret)
{
    uint64_t value = xj_map_uint(map, key, UINT64_MAX);
    *ret = (int64_t)(value & INT64_MAX);
    return value <= INT64_MAX;
}

static bool days_of(const msgpack_object *penalty, int64_t *ret_from, int64_t *ret_to)
{
    char text[64];
    struct xj_slice s = xj_map_str(penalty, "conduct");
    if (s.n == 0 || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (!xj_date_range_parse(text, ret_from, ret_to))
        return false;
    *ret_from = xj_day_of_ms(*ret_from);
    *ret_to = xj_day_of_ms(*ret_to);
    return true;
}

static bool day_of(const struct xj_header *h, const struct xj_admitted *a, int64_t *ret)
{
    *ret = xj_day_of_ms(h->has_occurred ? h->occurred_to_ms : a->time_ms);
    return h->has_occurred || h->mode == XJ_MODE_LIVE;
}

/* The contents of a record, from a body that has them; the row is there. */
static void fill(struct xj_view *v, struct xj_slice case_id, struct xj_slice id, const msgpack_object *body)
{
    const msgpack_object *p = xj_map_get(body, "penalty");
    int64_t from, to, minimum, fine;
    bool conduct = days_of(p, &from, &to), least = money_of(p, "minimum", &minimum);
    if (!money_of(body, "fine", &fine))
        fine = 0;
    struct xj_slice lenient = xj_map_str(p, "lenient");
    xj_vq_run(v, xj_vq(v, "UPDATE record SET penalty = 1, number = ?3, violation = ?4, place = ?5, goods = ?6, appraisal = ?7,"
                          " conduct_from = ?8, conduct_to = ?9, fine = ?10, minimum = ?11, lenient = ?12, discussed = ?13, serious = ?14,"
                          " appraised = ?15 WHERE case_id = ?1 AND id = ?2",
                       "bbsssssIIiIsiii", case_id, id, xj_map_str(p, "number"), xj_map_str(p, "violation"), xj_map_str(p, "place"),
                       xj_map_str(p, "goods"), xj_map_str(p, "appraisal"), conduct ? &from : NULL, conduct ? &to : NULL, fine,
                       least ? &minimum : NULL, lenient, (int64_t)flag_of(p, "discussed"), (int64_t)flag_of(p, "serious"),
                       (int64_t)flag_of(p, "appraised")));
}

static void insert(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a, bool transfers)
{
    int64_t day;
    bool known = day_of(h, a, &day);
    struct xj_slice case_id = xj_id_slice(&h->case_id);
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO record(case_id, seq, id, doer, penalty, transfers, day, fine, discussed, serious, appraised)"
                          " VALUES(?1, ?2, ?3, ?4, 0, ?5, ?6, 0, 0, 0, 0)",
                       "bibsiI", case_id, (int64_t)a->seq, xj_id_slice(&h->id), h->actor.n > 0 ? h->actor : h->from, (int64_t)transfers,
                       known ? &day : NULL));
    for (size_t i = 0; i < h->subject_count; i++)
        xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO record_party(case_id, seq, party) VALUES(?1, ?2, ?3)", "bib", case_id, (int64_t)a->seq,
                           xj_slice_of(h->subjects[i].party, 8)));
}

static void amend(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a, struct xj_id target, const msgpack_object *body)
{
    int64_t day;
    struct xj_slice case_id = xj_id_slice(&h->case_id), id = xj_id_slice(&target);
    xj_view_stale_with_neighbours(v, h->case_id); /* those by what it said before */
    if (h->has_occurred && day_of(h, a, &day))
        xj_vq_run(v, xj_vq(v, "UPDATE record SET day = ?3 WHERE case_id = ?1 AND id = ?2", "bbi", case_id, id, day));
    if (body != NULL)
        fill(v, case_id, id, body);
}

static void forget(struct xj_view *v, struct xj_id case_id, struct xj_id id)
{
    struct xj_slice c = xj_id_slice(&case_id), i = xj_id_slice(&id);
    xj_view_stale_with_neighbours(v, case_id);
    xj_vq_run(v, xj_vq(v, "DELETE FROM record_party WHERE case_id = ?1 AND seq = (SELECT seq FROM record WHERE case_id = ?1 AND id = ?2)",
                       "bb", c, i));
    xj_vq_run(v, xj_vq(v, "DELETE FROM record WHERE case_id = ?1 AND id = ?2", "bb", c, i));
}

/* Corrections are no acts on record (09-fold, 10). */
const struct xj_header_relate *xj_view_correction(const struct xj_header *h)
{
    static const char *const relations[] = {"amends", "shares", "unreadable", "voids"};
    for (size_t i = 0; i < h->relate_count; i++)
        for (size_t k = 0; k < sizeof relations / sizeof relations[0]; k++)
            if (xj_slice_is(h->relates[i].relation, relations[k]))
                return &h->relates[i];
    return NULL;
}

bool xj_view_by_its_role(const struct xj_admitted *a)
{
    for (size_t i = 0; i < a->breach_count; i++)
        if (xj_slice_is(a->breaches[i].code, "role"))
            return false;
    return true;
}

/* Two decisions under one number concern each other's rules whoever they are about (spec 12, 4: same_number): told before a record of
 * the case changes, and after, since what it was tells as much as what it is. */
static void stale_by_number(struct xj_view *v, struct xj_id case_id)
{
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO temp.stale(case_id) SELECT o.case_id FROM record m JOIN record o ON o.doer = m.doer AND o.number = m.number"
                          " WHERE m.case_id = ?1 AND m.number <> ''", "b", xj_id_slice(&case_id)));
}

void xj_view_note_record(struct xj_view *v, const struct xj_model *model, const struct xj_header *h, const struct xj_admitted *a,
                         struct xj_slice body)
{
    struct xj_doc doc;
    uint16_t act = xj_model_act(model, h->act);
    bool open = body.p != NULL && xj_body_sound(body) && xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) == XJ_OK;
    const msgpack_object *p = open ? xj_map_get(&doc.root, "penalty") : NULL;
    bool penalty = p != NULL && p->type == MSGPACK_OBJECT_MAP, transfers = act != XJ_NONE && model->acts[act].transfers;
    const struct xj_header_relate *r = xj_view_correction(h);
    stale_by_number(v, h->case_id);
    if (r != NULL && xj_slice_is(r->relation, "voids"))
        forget(v, h->case_id, r->id);
    else if (r != NULL && xj_slice_is(r->relation, "amends"))
        amend(v, h, a, r->id, penalty ? &doc.root : NULL);
    else if (r == NULL && xj_view_by_its_role(a) && (penalty || transfers)) {
        insert(v, h, a, transfers);
        if (penalty)
            fill(v, xj_id_slice(&h->case_id), xj_id_slice(&h->id), &doc.root);
    }
    stale_by_number(v, h->case_id);
    if (open)
        xj_doc_close(&doc);
}

void xj_view_forget_records(struct xj_view *v, struct xj_id case_id)
{
    struct xj_slice c = xj_id_slice(&case_id);
    xj_view_stale_with_neighbours(v, case_id);
    xj_vq_run(v, xj_vq(v, "DELETE FROM identity WHERE case_id = ?1", "b", c));
    xj_vq_run(v, xj_vq(v, "DELETE FROM record WHERE case_id = ?1", "b", c));
    xj_vq_run(v, xj_vq(v, "DELETE FROM record_party WHERE case_id = ?1", "b", c));
}

/* Spec 12, 4.1: by what each record's persons can be known again. A name is behind '=', which begins no kind of identity. */
void xj_view_write_concern(struct xj_view *v, struct xj_id case_id)
{
    struct xj_slice c = xj_id_slice(&case_id);
    xj_vq_run(v, xj_vq(v, "DELETE FROM concern WHERE case_id = ?1", "b", c));
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO concern(key, case_id, seq) SELECT k.key, r.case_id, r.seq FROM record r, ("
                          "SELECT i.party AS party, i.kind || ':' || i.number AS key FROM identity i WHERE i.case_id = ?1"
                          " UNION SELECT p.id, '=' || p.name FROM party p WHERE p.case_id = ?1 AND p.kind = 'unit') k"
                          " WHERE r.case_id = ?1 AND NOT EXISTS(SELECT 1 FROM party p WHERE p.case_id = ?1 AND p.id = k.party AND p.kind = 'victim')"
                          " AND (NOT EXISTS(SELECT 1 FROM record_party n WHERE n.case_id = ?1 AND n.seq = r.seq)"
                          " OR EXISTS(SELECT 1 FROM record_party n WHERE n.case_id = ?1 AND n.seq = r.seq AND n.party = k.party))",
                       "b", c));
}

void xj_view_stale_with_neighbours(struct xj_view *v, struct xj_id case_id)
{
    struct xj_slice c = xj_id_slice(&case_id);
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO temp.stale(case_id) VALUES(?1)", "b", c));
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO temp.stale(case_id) SELECT o.case_id FROM concern m JOIN concern o ON o.key = m.key"
                          " WHERE m.case_id = ?1", "b", c));
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO temp.stale(case_id) SELECT o.case_id FROM record m JOIN record o ON o.doer = m.doer"
                          " AND o.number = m.number WHERE m.case_id = ?1 AND m.number <> ''", "b", c));
}

bool xj_view_take_stale(struct xj_view *v, struct xj_id *ret)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM temp.stale ORDER BY case_id LIMIT 1", "");
    if (!xj_vq_row(v, st))
        return false;
    *ret = xj_vq_id(st, 0);
    xj_vq_end(st);
    xj_vq_run(v, xj_vq(v, "DELETE FROM temp.stale WHERE case_id = ?1", "b", xj_id_slice(ret)));
    return v->err == XJ_OK;
}
