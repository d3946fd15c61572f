#include <string.h>

#include "agents/agent/view/render_private.h"

struct part {
    struct xj_view *v;
    const struct xj_model *model;
    int64_t now_ms;
    json_t *list;
};

static json_t *agency_name(struct xj_view *v, struct xj_slice agency)
{
    char name[256];
    return xj_render_agency_name(v, agency, name) ? json_string(name) : json_null();
}

/* ---- rows, questions, duties, parties of one case ---- */

static json_t *row_json(struct xj_view *v, const struct xj_model *m, sqlite3_stmt *st)
{
    struct xj_slice track = xj_vq_slice(st, 0), owner = xj_vq_slice(st, 1), party = xj_vq_slice(st, 2), charge = xj_vq_slice(st, 3),
                    state = xj_vq_slice(st, 4);
    uint16_t t = m != NULL ? xj_model_track(m, track) : XJ_NONE;
    uint16_t s = t != XJ_NONE ? xj_model_state(&m->tracks[t], state) : XJ_NONE;
    json_t *made = json_object();
    json_t *subject = json_null();
    if (party.p != NULL) {
        subject = json_object();
        xj_rset(v, subject, "party", xj_rhex(party));
        xj_rset(v, subject, "charge", xj_rhex(charge));
    }
    xj_rset(v, made, "track", xj_rtext(track));
    xj_rset(v, made, "zh", t != XJ_NONE ? json_string(m->tracks[t].name.zh) : json_null());
    xj_rset(v, made, "owner", xj_rtext(owner));
    xj_rset(v, made, "owner_name", agency_name(v, owner));
    xj_rset(v, made, "subject", subject);
    xj_rset(v, made, "state", xj_rtext(state));
    xj_rset(v, made, "state_zh", s != XJ_NONE ? json_string(m->tracks[t].states[s].zh) : json_null());
    xj_rset(v, made, "seq", json_integer(sqlite3_column_int64(st, 5)));
    return made;
}

static json_t *rows(struct xj_view *v, const struct xj_model *m, struct xj_slice case_id)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT track, owner, party, charge, state, seq FROM case_row WHERE case_id = ?1 ORDER BY idx", "b", case_id);
    while (xj_vq_row(v, st))
        xj_radd(v, made, row_json(v, m, st));
    return made;
}

static bool question_seen(void *arg, const struct xj_question_view *q)
{
    struct part *p = arg;
    const struct xj_m_question *mq = &p->model->questions[q->question];
    json_t *one = json_object(), *asked = json_array(), *subjects = json_array();
    bool ours = false;
    for (size_t i = 0; i < q->asked_count; i++) {
        bool one_is = false;
        xj_radd(p->v, asked, xj_rholder(p->v, q->asked[i], p->now_ms, &one_is));
        ours = ours || one_is;
    }
    for (size_t i = 0; i < q->subject_count; i++)
        xj_radd(p->v, subjects, xj_rsubject(&q->subjects[i]));
    xj_rset(p->v, one, "id", xj_rid(xj_id_slice(&q->id)));
    xj_rset(p->v, one, "question", json_string(mq->name.id));
    xj_rset(p->v, one, "zh", json_string(mq->name.zh));
    xj_rset(p->v, one, "act", q->act != XJ_NONE ? json_string(p->model->acts[q->act].name.id) : json_null());
    xj_rset(p->v, one, "opener", xj_rtext(q->opener));
    xj_rset(p->v, one, "asked", asked);
    xj_rset(p->v, one, "subjects", subjects);
    xj_rset(p->v, one, "open", json_boolean(q->open));
    xj_rset(p->v, one, "ours", json_boolean(ours));
    xj_radd(p->v, p->list, one);
    return p->v->err == XJ_OK;
}

static json_t *questions(struct xj_view *v, const struct xj_engine *e, struct xj_id case_id, int64_t now_ms)
{
    struct part p = {.v = v, .now_ms = now_ms, .list = json_array()};
    if (e != NULL) {
        p.model = e->model;
        enum xj_err err = xj_engine_questions(e, case_id, question_seen, &p);
        if (err != XJ_OK)
            xj_view_fail(v, err);
    }
    return p.list;
}

static json_t *duties(struct xj_view *v, const struct xj_model *m, struct xj_slice case_id, int64_t now_ms)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT " XJ_DUTY_COLUMNS " FROM duty d WHERE d.case_id = ?1 ORDER BY d.idx", "b", case_id);
    while (xj_vq_row(v, st))
        xj_radd(v, made, xj_rduty(v, m, st, now_ms));
    return made;
}

static json_t *named(struct xj_view *v, sqlite3_stmt *st, const char *second, const char *third)
{
    json_t *made = json_array();
    while (xj_vq_row(v, st)) {
        json_t *one = json_object();
        xj_rset(v, one, "id", xj_rhex(xj_vq_slice(st, 0)));
        xj_rset(v, one, second, xj_rtext(xj_vq_slice(st, 1)));
        xj_rset(v, one, third, xj_rtext(xj_vq_slice(st, 2)));
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *acts(struct xj_view *v, const struct xj_model *m, struct xj_slice case_id)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT header, statement, body, why_unreadable, via FROM act WHERE case_id = ?1 ORDER BY seq", "b", case_id);
    while (xj_vq_row(v, st)) {
        json_t *one = xj_ract_row(v, m, st, 0);
        if (one == NULL) {
            xj_vq_end(st);
            break;
        }
        xj_radd(v, made, one);
    }
    return made;
}

/* ---- what lists and the case page share ---- */

#define CASE_COLUMNS                                                                                                          \
    "c.case_id, coalesce(c.title, (SELECT group_concat(name, '、') FROM party WHERE party.case_id = c.case_id)), c.procedure,"  \
    " c.revision, c.opener, c.opened_ms, c.last_ms, c.last_seq, c.acts, c.open_duties,"                                       \
    " (SELECT count(*) FROM duty d WHERE d.case_id = c.case_id AND d.status = 1 AND d.open_ended = 0 AND d.due_ms < ?1), c.open_questions"

static json_t *case_json(struct xj_view *v, sqlite3_stmt *st)
{
    json_t *made = json_object();
    xj_rset(v, made, "id", xj_rid(xj_vq_slice(st, 0)));
    xj_rset(v, made, "title", xj_rtext(xj_vq_slice(st, 1)));
    xj_rset(v, made, "procedure", xj_rtext(xj_vq_slice(st, 2)));
    xj_rset(v, made, "revision", xj_rhex(xj_vq_slice(st, 3)));
    xj_rset(v, made, "opener", xj_rtext(xj_vq_slice(st, 4)));
    xj_rset(v, made, "opener_name", agency_name(v, xj_vq_slice(st, 4)));
    xj_rinstant(v, made, "opened", true, sqlite3_column_int64(st, 5));
    xj_rinstant(v, made, "last", true, sqlite3_column_int64(st, 6));
    xj_rset(v, made, "last_seq", json_integer(sqlite3_column_int64(st, 7)));
    xj_rset(v, made, "act_count", json_integer(sqlite3_column_int64(st, 8)));
    xj_rset(v, made, "open_duties", json_integer(sqlite3_column_int64(st, 9)));
    xj_rset(v, made, "open_questions", json_integer(sqlite3_column_int64(st, 11)));
    xj_rset(v, made, "overdue", json_integer(sqlite3_column_int64(st, 10)));
    return made;
}

static json_t *case_tracks(struct xj_view *v, const struct xj_model *m, struct xj_slice case_id)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT track, owner, party, charge, state, seq FROM case_row WHERE case_id = ?1 AND party IS NULL"
                                " ORDER BY idx", "b", case_id);
    while (xj_vq_row(v, st))
        xj_radd(v, made, row_json(v, m, st));
    return made;
}

static const struct xj_model *model_in_row(struct xj_view *v, sqlite3_stmt *st)
{
    struct xj_hash revision = {{0}};
    struct xj_slice digest = xj_vq_slice(st, 3);
    if (digest.n == sizeof revision.b)
        memcpy(revision.b, digest.p, digest.n);
    return xj_view_model(v, xj_vq_slice(st, 2), &revision);
}

enum xj_err xj_render_cases(struct xj_view *v, const struct xj_cases_query *q, int64_t now_ms, json_t **ret)
{
    int64_t limit = q->limit < 1 ? 50 : q->limit > 500 ? 500 : q->limit, count = 0, last = 0;
    int64_t after = q->after > 0 ? q->after : INT64_MAX;
    struct xj_slice none = {NULL, 0};
    struct xj_slice text = q->text.n > 0 ? q->text : none, track = q->track.n > 0 ? q->track : none,
                    state = q->state.n > 0 ? q->state : none;
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    /* instr on ordinary tables: the trigram index finds nothing in words of one or two characters, and Chinese names are that. */
    sqlite3_stmt *st = xj_vq(v, "SELECT " CASE_COLUMNS " FROM case_index c WHERE c.last_seq < ?2"
                                " AND (?3 IS NULL OR instr(lower(coalesce(c.title, '')), lower(?3)) > 0"
                                " OR instr(lower(hex(c.case_id)), lower(replace(?3, '-', ''))) = 1"
                                " OR EXISTS(SELECT 1 FROM party p WHERE p.case_id = c.case_id AND instr(lower(p.name), lower(?3)) > 0)"
                                " OR EXISTS(SELECT 1 FROM link l JOIN case_index o ON o.case_id = l.other WHERE l.case_id = c.case_id"
                                " AND instr(lower(o.title), lower(?3)) > 0)"
                                " OR EXISTS(SELECT 1 FROM link l JOIN case_index o ON o.case_id = l.case_id WHERE l.other = c.case_id"
                                " AND instr(lower(o.title), lower(?3)) > 0))"
                                " AND ((?4 IS NULL AND ?5 IS NULL) OR EXISTS(SELECT 1 FROM case_row r WHERE r.case_id = c.case_id"
                                " AND (?4 IS NULL OR r.track = ?4) AND (?5 IS NULL OR r.state = ?5)))"
                                " AND (?7 = 0 OR c.open_duties > 0 OR c.open_questions > 0)"
                                " ORDER BY c.last_seq DESC LIMIT ?6",
                             "iisssii", now_ms, after, text, track, state, limit, (int64_t)q->open);
    while (xj_vq_row(v, st)) {
        json_t *one = case_json(v, st);
        xj_rset(v, one, "tracks", case_tracks(v, model_in_row(v, st), xj_vq_slice(st, 0)));
        xj_radd(v, list, one);
        last = sqlite3_column_int64(st, 7);
        count++;
    }
    xj_rset(v, made, "cases", list);
    xj_rset(v, made, "next", count == limit ? json_integer(last) : json_null());
    return xj_rend(v, made, ret);
}

enum xj_err xj_render_case(struct xj_view *v, struct xj_id case_id, int64_t now_ms, json_t **ret)
{
    struct xj_slice id = xj_id_slice(&case_id);
    struct xj_engine e;
    json_t *made = NULL;
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT " CASE_COLUMNS " FROM case_index c WHERE c.case_id = ?2", "ib", now_ms, id);
    if (xj_vq_row(v, st)) {
        struct xj_hash revision = {{0}};
        struct xj_slice digest = xj_vq_slice(st, 3);
        if (digest.n == sizeof revision.b)
            memcpy(revision.b, digest.p, digest.n);
        bool known = xj_view_engine(v, xj_vq_slice(st, 2), &revision, UINT64_MAX, &e);
        const struct xj_model *m = known ? e.model : NULL;
        made = case_json(v, st);
        xj_rset(v, made, "parties", named(v, xj_vq(v, "SELECT id, kind, name FROM party WHERE case_id = ?1 ORDER BY id", "b", id), "kind", "name"));
        xj_rset(v, made, "charges", named(v, xj_vq(v, "SELECT id, name, code FROM charge WHERE case_id = ?1 ORDER BY id", "b", id), "name", "code"));
        xj_rset(v, made, "links", xj_rlinks(v, case_id));
        xj_rset(v, made, "candidates", xj_rcandidates(v, case_id));
        xj_rset(v, made, "acts", acts(v, m, id));
        xj_rset(v, made, "charges_by_party", xj_rcharges(v, json_object_get(made, "parties"), json_object_get(made, "charges"), json_object_get(made, "acts")));
        xj_rset(v, made, "rows", rows(v, m, id));
        xj_rset(v, made, "questions", questions(v, known ? &e : NULL, case_id, now_ms));
        xj_rset(v, made, "duties", duties(v, m, id, now_ms));
        xj_rset(v, made, "alerts", xj_ralerts(v, m, id, (struct xj_slice){NULL, 0}, now_ms));
        xj_vq_end(st);
    }
    bool absent = made == NULL && v->err == XJ_OK;
    enum xj_err err = xj_rend(v, absent ? json_null() : made, ret);
    if (err == XJ_OK && absent) {
        *ret = NULL;
        return XJ_ENOTFOUND;
    }
    return err;
}
