#include "agents/agent/view/body.h"
#include "agents/agent/view/render_private.h"
#include "agents/agent/view/view_schema.h"
#include "schema/wire/texts.h"

static json_t *name_of(const struct xj_name *n, bool zh)
{
    return n != NULL ? json_string(zh ? n->zh : n->en) : json_null();
}

static const struct xj_name *act_name(const struct xj_model *m, struct xj_slice act)
{
    uint16_t i = m != NULL ? xj_model_act(m, act) : XJ_NONE;
    return i != XJ_NONE ? &m->acts[i].name : NULL;
}

static json_t *recipients(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->to_count; i++)
        xj_radd(v, made, xj_ragency(v, h->to[i].agency, xj_to_role_name(h->to[i].role)));
    return made;
}

static json_t *joint(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->joint_count; i++)
        xj_radd(v, made, xj_ragency(v, h->joint[i], NULL));
    return made;
}

static json_t *answers(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->answer_count; i++) {
        json_t *one = json_object();
        xj_rset(v, one, "id", xj_rid(xj_id_slice(&h->answers[i].id)));
        xj_rset(v, one, "question", xj_rtext(h->answers[i].question));
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *subjects(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->subject_count; i++)
        xj_radd(v, made, xj_rsubject(&h->subjects[i]));
    return made;
}

static json_t *relates(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->relate_count; i++) {
        json_t *one = json_object();
        xj_rset(v, one, "relation", xj_rtext(h->relates[i].relation));
        xj_rset(v, one, "id", xj_rid(xj_id_slice(&h->relates[i].id)));
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *refs(struct xj_view *v, const struct xj_header *h)
{
    json_t *made = json_array();
    for (size_t i = 0; i < h->ref_count; i++)
        xj_radd(v, made, xj_rid(xj_id_slice(&h->refs[i])));
    return made;
}

/* Name and media type stand in the body, in the order of the header (spec 03, section 3). */
static json_t *papers(struct xj_view *v, const struct xj_model *m, const struct xj_header *h, const json_t *body)
{
    json_t *made = json_array();
    const json_t *named = json_object_get(body, "papers");
    for (size_t i = 0; i < h->paper_count; i++) {
        json_t *one = json_object();
        uint16_t kind = m != NULL ? xj_model_paper(m, h->papers[i].kind) : XJ_NONE;
        const json_t *in_body = json_array_get(named, i);
        const char *name = json_string_value(json_object_get(in_body, "name"));
        const char *type = json_string_value(json_object_get(in_body, "media_type"));
        xj_rset(v, one, "kind", xj_rtext(h->papers[i].kind));
        xj_rset(v, one, "zh", name_of(kind != XJ_NONE ? &m->papers[kind] : NULL, true));
        xj_rset(v, one, "digest", xj_rhex(xj_hash_slice(&h->papers[i].sealed)));
        xj_rset(v, one, "size_class_bytes", json_integer((json_int_t)h->papers[i].size_class_bytes));
        xj_rset(v, one, "name", name != NULL ? json_string(name) : json_null());
        xj_rset(v, one, "media_type", type != NULL ? json_string(type) : json_null());
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *occurred(struct xj_view *v, const struct xj_header *h)
{
    if (!h->has_occurred)
        return json_null();
    json_t *made = json_object();
    xj_rinstant(v, made, "from", true, h->occurred_from_ms);
    xj_rinstant(v, made, "to", true, h->occurred_to_ms);
    return made;
}

json_t *xj_rheader(struct xj_view *v, const struct xj_model *model, const struct xj_header *h, struct xj_slice body, struct xj_slice why)
{
    json_t *made = json_object(), *opened = xj_rbody(v, body);
    const struct xj_name *name = act_name(model, h->act);
    char agency[256];
    struct xj_slice none = {NULL, 0};
    xj_rset(v, made, "id", xj_rid(xj_id_slice(&h->id)));
    xj_rset(v, made, "case", xj_rid(xj_id_slice(&h->case_id)));
    xj_rset(v, made, "procedure", xj_rtext(h->procedure));
    xj_rset(v, made, "act", xj_rtext(h->act));
    xj_rset(v, made, "zh", name_of(name, true));
    xj_rset(v, made, "en", name_of(name, false));
    xj_rset(v, made, "from", xj_rtext(h->from));
    xj_rset(v, made, "from_name", xj_render_agency_name(v, h->from, agency) ? json_string(agency) : json_null());
    xj_rset(v, made, "actor", h->actor.n > 0 ? xj_ragency(v, h->actor, NULL) : json_null());
    xj_rset(v, made, "to", recipients(v, h));
    xj_rset(v, made, "joint", joint(v, h));
    xj_rset(v, made, "mode", json_string(xj_mode_name(h->mode)));
    xj_rset(v, made, "occurred", occurred(v, h));
    xj_rset(v, made, "answers", answers(v, h));
    xj_rset(v, made, "subjects", subjects(v, h));
    xj_rset(v, made, "papers", papers(v, model, h, opened));
    xj_rset(v, made, "relates", relates(v, h));
    xj_rset(v, made, "refs", refs(v, h));
    xj_rset(v, made, "number", json_integer((json_int_t)h->number));
    xj_rset(v, made, "body", opened);
    xj_rset(v, made, "unreadable", xj_rtext(body.p == NULL ? why : none));
    xj_rset(v, made, "order", body.p == NULL && (xj_slice_is(why, "destroyed") || xj_slice_is(why, "restricted")) ? xj_rorder(v, &h->id) : json_null());
    return made;
}

json_t *xj_rbreach(struct xj_view *v, struct xj_slice code, struct xj_slice detail, const char *seen_by)
{
    const struct xj_text *t = xj_text_breach_of(code);
    json_t *made = json_object();
    xj_rset(v, made, "code", xj_rtext(code));
    xj_rset(v, made, "detail", xj_rtext(detail));
    xj_rset(v, made, "seen_by", json_string(seen_by));
    xj_rset(v, made, "text_zh", json_string(t->zh));
    xj_rset(v, made, "text_en", json_string(t->en));
    xj_rset(v, made, "rule", json_string(t->rule));
    xj_rset(v, made, "article", json_string(t->article));
    xj_rset(v, made, "remedy_zh", json_string(t->remedy_zh));
    xj_rset(v, made, "remedy_en", json_string(t->remedy_en));
    return made;
}

static json_t *after(struct xj_view *v, const struct xj_model *m, const struct xj_admitted *a)
{
    json_t *made = json_array();
    for (size_t i = 0; i < a->after_count; i++) {
        const struct xj_st_after *f = &a->after[i];
        json_t *one = json_object();
        uint16_t track = m != NULL ? xj_model_track(m, f->track) : XJ_NONE;
        uint16_t state = track != XJ_NONE ? xj_model_state(&m->tracks[track], f->state) : XJ_NONE;
        xj_rset(v, one, "track", xj_rtext(f->track));
        xj_rset(v, one, "track_zh", name_of(track != XJ_NONE ? &m->tracks[track].name : NULL, true));
        xj_rset(v, one, "owner", xj_rtext(f->owner));
        xj_rset(v, one, "subject", f->has_subject ? xj_rsubject(&f->subject) : json_null());
        xj_rset(v, one, "state", xj_rtext(f->state));
        xj_rset(v, one, "state_zh", name_of(state != XJ_NONE ? &m->tracks[track].states[state] : NULL, true));
        xj_radd(v, made, one);
    }
    return made;
}

/* The key it was signed with is reported compromised since before it was admitted: who signed it does not show (spec 06, 10). */
static void key_reported(struct xj_view *v, json_t *object, const struct xj_header *h, const struct xj_admitted *a)
{
    const struct xj_agency *facts;
    int64_t since = 0;
    enum xj_err err = xj_reg_cache_agency(&v->agencies, &v->store, h->from, a->register_number, &facts);
    if (err == XJ_OK)
        err = facts->connected ? xj_reg_compromised(&v->store, h->from, facts->keys.sign, &since) : XJ_ENOTFOUND;
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    xj_rinstant(v, object, "key_compromised_since", err == XJ_OK && since <= a->time_ms, since);
}

void xj_radmitted(struct xj_view *v, json_t *object, const struct xj_model *model, const struct xj_header *h,
                  const struct xj_admitted *a, struct xj_slice body)
{
    struct xj_st_breach found[XJ_MAX_BODY_BREACHES];
    uint16_t act = model != NULL ? xj_model_act(model, h->act) : XJ_NONE;
    json_t *breaches = json_array();
    for (size_t i = 0; i < a->breach_count; i++)
        xj_radd(v, breaches, xj_rbreach(v, a->breaches[i].code, a->breaches[i].detail, "exchange"));
    size_t n = body.p == NULL ? 0 : xj_body_breaches(act != XJ_NONE ? &model->acts[act] : NULL, h, a->breaches, a->breach_count, body, found);
    for (size_t i = 0; i < n; i++)
        xj_radd(v, breaches, xj_rbreach(v, found[i].code, found[i].detail, "reader"));
    xj_rset(v, object, "seq", json_integer((json_int_t)a->seq));
    xj_rinstant(v, object, "admitted", true, a->time_ms);
    key_reported(v, object, h, a);
    xj_rset(v, object, "breaches", breaches);
    xj_rset(v, object, "after", after(v, model, a));
}

static const char *admitted_status(const json_t *act)
{
    return json_array_size(json_object_get(act, "breaches")) > 0 ? "admitted_with_breach" : "admitted";
}

/* Who handed it on, and by which act: {"agency", "name", "act"}; null for what came by itself. */
static json_t *shared_by(struct xj_view *v, struct xj_slice via)
{
    struct xj_header *h = &v->scratch->header;
    unsigned field;
    if (via.p == NULL)
        return json_null();
    json_t *made = json_null();
    sqlite3_stmt *st = xj_vq(v, "SELECT header FROM act WHERE id = ?1", "b", via);
    if (!xj_vq_row(v, st))
        return made;
    if (xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK) {
        made = xj_ragency(v, h->from, NULL);
        xj_rset(v, made, "act", xj_rid(via));
    }
    xj_vq_end(st);
    return made;
}

json_t *xj_ract_row(struct xj_view *v, const struct xj_model *model, sqlite3_stmt *st, int column)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_admitted *a = &v->scratch->admitted;
    struct xj_slice body = xj_vq_slice(st, column + 2);
    unsigned field;
    if (xj_header_decode(xj_vq_slice(st, column), h, &field) != XJ_OK || xj_admitted_decode(xj_vq_slice(st, column + 1), a) != XJ_OK) {
        xj_view_fail(v, XJ_ECORRUPT);
        return NULL;
    }
    model = xj_ract_model(v, model, h);
    json_t *made = xj_rheader(v, model, h, body, xj_vq_slice(st, column + 3));
    xj_radmitted(v, made, model, h, a, body);
    xj_rset(v, made, "status", json_string(admitted_status(made)));
    const struct xj_slice why = xj_vq_slice(st, column + 3);
    const bool sealed = body.p == NULL && (xj_slice_is(why, "header_only") || xj_slice_is(why, "not_for_us"));
    xj_rset(v, made, "asked", sealed ? xj_rasked(v, h, a->register_number) : json_null());
    xj_rset(v, made, "shared_by", shared_by(v, xj_vq_slice(st, column + 4)));
    return made;
}

json_t *xj_rrefusal(struct xj_view *v, struct xj_slice statement)
{
    struct xj_refused r;
    if (statement.p == NULL || xj_refused_decode(statement, &r) != XJ_OK)
        return json_null();
    const struct xj_text *t = xj_text_refusal_of(r.code);
    json_t *made = json_object();
    xj_rset(v, made, "code", xj_rtext(r.code));
    xj_rset(v, made, "detail", xj_rtext(r.detail));
    xj_rset(v, made, "text_zh", json_string(t->zh));
    xj_rset(v, made, "text_en", json_string(t->en));
    xj_rset(v, made, "rule", xj_rtext(r.rule));
    xj_rset(v, made, "article", xj_rtext(r.article));
    xj_rset(v, made, "remedy_zh", xj_rtext(r.remedy_zh));
    xj_rset(v, made, "remedy_en", xj_rtext(r.remedy_en));
    xj_rinstant(v, made, "refused", true, r.time_ms);
    return made;
}

/* ---- one act by its id ---- */

static json_t *deliveries(struct xj_view *v, struct xj_slice digest)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT recipient, mailbox_number, at_ms, recipient_ms, proved FROM delivery WHERE digest = ?1"
                                " ORDER BY recipient", "b", digest);
    while (xj_vq_row(v, st)) {
        json_t *one = xj_ragency(v, xj_vq_slice(st, 0), NULL);
        bool stored = sqlite3_column_type(st, 2) != SQLITE_NULL;
        xj_rset(v, one, "mailbox_number", json_integer(sqlite3_column_int64(st, 1)));
        xj_rinstant(v, one, "stored_at", stored, sqlite3_column_int64(st, 2));
        xj_rinstant(v, one, "recipient_time", stored, sqlite3_column_int64(st, 3));
        xj_rset(v, one, "proved", json_boolean(sqlite3_column_int64(st, 4) != 0));
        xj_radd(v, made, one);
    }
    return made;
}

const struct xj_model *xj_rmodel(struct xj_view *v, struct xj_id case_id)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    return xj_view_pin(v, case_id, procedure, &revision) ? xj_view_model(v, xj_slice_cstr(procedure), &revision) : NULL;
}

const struct xj_model *xj_ract_model(struct xj_view *v, const struct xj_model *model, const struct xj_header *h)
{
    if (model != NULL && xj_hash_eq(&model->revision, &h->revision))
        return model;
    const struct xj_model *named = xj_view_model(v, h->procedure, &h->revision);
    return named != NULL ? named : model;
}

static json_t *admitted_act(struct xj_view *v, struct xj_id id)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT header, statement, body, why_unreadable, via, case_id, digest FROM act WHERE id = ?1", "b", xj_id_slice(&id));
    if (!xj_vq_row(v, st))
        return NULL;
    json_t *made = xj_ract_row(v, xj_rmodel(v, xj_vq_id(st, 5)), st, 0);
    if (made != NULL)
        xj_rset(v, made, "delivery", deliveries(v, xj_vq_slice(st, 6)));
    xj_vq_end(st);
    return made;
}

static json_t *own_act(struct xj_view *v, struct xj_id id)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT header, body, why_unreadable, state, statement FROM own WHERE id = ?1 ORDER BY number DESC LIMIT 1",
                             "b", xj_id_slice(&id));
    struct xj_header *h = &v->scratch->header;
    json_t *made = NULL;
    unsigned field;
    if (!xj_vq_row(v, st))
        return NULL;
    if (xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK) {
        bool refused = sqlite3_column_int64(st, 3) == XJ_OWN_REFUSED;
        made = xj_rheader(v, xj_view_model(v, h->procedure, &h->revision), h, xj_vq_slice(st, 1), xj_vq_slice(st, 2));
        xj_rset(v, made, "status", json_string(refused ? "refused" : "queued"));
        xj_rset(v, made, "refusal", xj_rrefusal(v, xj_vq_slice(st, 4)));
        xj_rset(v, made, "delivery", json_array());
    } else {
        xj_view_fail(v, XJ_ECORRUPT);
    }
    xj_vq_end(st);
    return made;
}

enum xj_err xj_render_act(struct xj_view *v, struct xj_id id, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = admitted_act(v, id);
    if (made == NULL && v->err == XJ_OK)
        made = own_act(v, id);
    bool absent = made == NULL && v->err == XJ_OK;
    if (absent)
        made = json_null();
    enum xj_err err = xj_rend(v, made, ret);
    if (err == XJ_OK && absent) {
        *ret = NULL;
        return XJ_ENOTFOUND;
    }
    return err;
}

/* ---- how a submission stands ---- */

static json_t *submission(struct xj_view *v, sqlite3_stmt *st)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_admitted *a = &v->scratch->admitted;
    struct xj_slice statement = xj_vq_slice(st, 3);
    int64_t state = sqlite3_column_int64(st, 2);
    unsigned field;
    json_t *made = json_object();
    const char *status = state == XJ_OWN_REFUSED ? "refused" : "queued";
    xj_rset(v, made, "id", xj_rid(xj_vq_slice(st, 4)));
    xj_rset(v, made, "case", xj_rid(xj_vq_slice(st, 5)));
    xj_rset(v, made, "act", json_string((const char *)sqlite3_column_text(st, 7)));
    xj_rset(v, made, "number", json_integer(sqlite3_column_int64(st, 0)));
    xj_rset(v, made, "seq", json_null());
    xj_rset(v, made, "breaches", json_array());
    xj_rset(v, made, "after", json_array());
    xj_rset(v, made, "refusal", state == XJ_OWN_REFUSED ? xj_rrefusal(v, statement) : json_null());
    if (state == XJ_OWN_ADMITTED && xj_header_decode(xj_vq_slice(st, 1), h, &field) == XJ_OK && xj_admitted_decode(statement, a) == XJ_OK) {
        xj_radmitted(v, made, xj_ract_model(v, NULL, h), h, a, xj_vq_slice(st, 6));
        status = admitted_status(made);
    }
    xj_rset(v, made, "status", json_string(status));
    return made;
}

enum xj_err xj_render_submission(struct xj_view *v, struct xj_id id, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = json_null();
    bool found = false;
    sqlite3_stmt *st = xj_vq(v, "SELECT own.number, own.header, own.state, own.statement, own.id, own.case_id, act.body, own.act FROM own"
                                " LEFT JOIN act ON act.case_id = own.case_id AND act.seq = own.seq WHERE own.id = ?1"
                                " ORDER BY own.number DESC LIMIT 1", "b", xj_id_slice(&id));
    if (xj_vq_row(v, st)) {
        found = true;
        made = submission(v, st);
        xj_vq_end(st);
    }
    enum xj_err err = xj_rend(v, made, ret);
    if (err == XJ_OK && !found) {
        *ret = NULL;
        return XJ_ENOTFOUND;
    }
    return err;
}
