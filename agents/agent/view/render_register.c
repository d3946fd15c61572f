#include <string.h>

#include "agents/agent/view/render_private.h"

struct agencies {
    struct xj_view *v;
    json_t *list;
};

static const char *state_name(enum xj_agency_state s)
{
    switch (s) {
    case XJ_AGENCY_ACTIVE:
        return "active";
    case XJ_AGENCY_SUSPENDED:
        return "suspended";
    case XJ_AGENCY_REVOKED:
        return "revoked";
    default:
        return "unknown";
    }
}

static json_t *text_or_null(const char *s)
{
    return s[0] != '\0' ? json_string(s) : json_null();
}

/* What else people call it. */
static json_t *aliases(struct xj_view *v, struct xj_slice value)
{
    struct xj_doc doc;
    json_t *made = json_array();
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return made;
    struct xj_cur c = xj_cur_over(xj_map_get(&doc.root, "aliases"), 0, UINT32_MAX);
    while (c.left > 0 && !c.bad)
        xj_radd(v, made, xj_rtext(xj_take_str(&c, 0, SIZE_MAX)));
    xj_doc_close(&doc);
    return made;
}

/* The fact, ahead of its day, too; null: there is none. */
static json_t *successor(struct xj_view *v, struct xj_slice id)
{
    struct xj_buf value;
    struct xj_doc doc;
    json_t *made = json_null();
    xj_buf_init(&value, XJ_MAX_REGISTER_ENTRY_BYTES);
    enum xj_err err = xj_reg_get(&v->store, "succeeded_by", id, UINT64_MAX, &value);
    if (err == XJ_OK && xj_doc_open(&doc, xj_buf_slice(&value), XJ_MAX_REGISTER_NODES) == XJ_OK) {
        const msgpack_object *at = xj_map_get(&doc.root, "at");
        made = xj_ragency(v, xj_map_str(&doc.root, "agency"), NULL);
        bool known = at != NULL && (at->type == MSGPACK_OBJECT_POSITIVE_INTEGER || at->type == MSGPACK_OBJECT_NEGATIVE_INTEGER);
        xj_rinstant(v, made, "at", known, known ? at->via.i64 : 0);
        xj_doc_close(&doc);
    } else if (err != XJ_OK && err != XJ_ENOTFOUND) {
        xj_view_fail(v, err);
    }
    xj_buf_free(&value);
    return made;
}

static bool agency_seen(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct agencies *p = arg;
    struct xj_view *v = p->v;
    struct xj_agency a;
    enum xj_err err = xj_reg_agency(&v->store, id, UINT64_MAX, &a);
    if (err != XJ_OK) {
        xj_view_fail(v, err);
        return false;
    }
    json_t *one = json_object();
    xj_rset(v, one, "id", xj_rtext(id));
    xj_rset(v, one, "name", json_string(a.name));
    xj_rset(v, one, "aliases", aliases(v, value));
    xj_rset(v, one, "role", json_string(a.role));
    xj_rset(v, one, "sector", text_or_null(a.sector));
    xj_rset(v, one, "division", text_or_null(a.division));
    xj_rset(v, one, "superior", text_or_null(a.superior));
    xj_rset(v, one, "vertical", json_boolean(a.vertical));
    xj_rset(v, one, "connected", json_boolean(a.connected));
    xj_rset(v, one, "state", json_string(state_name(a.state)));
    xj_rset(v, one, "successor", successor(v, id));
    xj_radd(v, p->list, one);
    return v->err == XJ_OK;
}

enum xj_err xj_render_agencies(struct xj_view *v, json_t **ret)
{
    struct agencies p = {.v = v};
    xj_view_begin(v, false);
    json_t *made = json_object();
    p.list = json_array();
    enum xj_err err = xj_reg_each(&v->store, "agency", (struct xj_slice){NULL, 0}, agency_seen, &p);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    xj_rset(v, made, "agencies", p.list);
    return xj_rend(v, made, ret);
}

enum xj_err xj_render_register_head(struct xj_view *v, json_t **ret)
{
    struct xj_reg_head head;
    xj_view_begin(v, false);
    enum xj_err err = xj_reg_head(&v->store, &head);
    if (err != XJ_OK) {
        xj_view_fail(v, err);
        return xj_rend(v, json_null(), ret);
    }
    json_t *made = json_object();
    xj_rset(v, made, "number", json_integer((json_int_t)head.number));
    xj_rset(v, made, "digest", xj_rhex(xj_hash_slice(&head.digest)));
    return xj_rend(v, made, ret);
}

/* ---- a procedure, as far as a form needs it ---- */

static json_t *roles(struct xj_view *v, const struct xj_model *m, xj_roles set)
{
    json_t *made = json_array();
    for (uint16_t i = 0; i < m->role_count; i++)
        if ((set >> i & 1u) != 0)
            xj_radd(v, made, json_string(m->roles[i].id));
    return made;
}

static json_t *name_json(struct xj_view *v, const char *key, const struct xj_name *n)
{
    json_t *made = json_object();
    xj_rset(v, made, key, json_string(n->id));
    xj_rset(v, made, "zh", json_string(n->zh));
    xj_rset(v, made, "en", json_string(n->en));
    return made;
}

static json_t *act_papers(struct xj_view *v, const struct xj_model *m, const struct xj_m_act *a)
{
    json_t *made = json_array();
    for (uint16_t i = 0; i < a->paper_count; i++) {
        const struct xj_m_paper *p = &a->papers[i];
        json_t *one = name_json(v, "kind", &m->papers[p->kind]);
        xj_rset(v, one, "instrument", json_boolean(p->instrument));
        xj_rset(v, one, "or", p->or_kind != XJ_NONE ? json_string(m->papers[p->or_kind].id) : json_null());
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *act_asks(struct xj_view *v, const struct xj_model *m, const struct xj_m_act *a)
{
    json_t *made = json_array();
    for (uint16_t i = 0; i < a->opens_count; i++) {
        json_t *one = name_json(v, "question", &m->questions[a->opens[i].question].name);
        xj_rset(v, one, "roles", roles(v, m, a->opens[i].asked));
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *act_answers(struct xj_view *v, const struct xj_model *m, const struct xj_m_act *a)
{
    static const char *const modes[] = {"", "req", "once", "opt"};
    json_t *made = json_array();
    for (uint16_t i = 0; i < a->answer_count; i++) {
        json_t *one = name_json(v, "question", &m->questions[a->answers[i].question].name);
        xj_rset(v, one, "mode", json_string(modes[a->answers[i].mode <= XJ_ANSWER_OPT ? a->answers[i].mode : 0]));
        xj_radd(v, made, one);
    }
    return made;
}

static json_t *act_json(struct xj_view *v, const struct xj_model *m, const struct xj_m_act *a)
{
    json_t *made = name_json(v, "name", &a->name), *passes = json_array();
    for (uint16_t i = 0; i < a->pass_count; i++)
        xj_radd(v, passes, name_json(v, "question", &m->questions[a->passes[i]].name));
    xj_rset(v, made, "roles", roles(v, m, a->roles));
    xj_rset(v, made, "principal", roles(v, m, a->principal));
    xj_rset(v, made, "copies", roles(v, m, a->copies));
    xj_rset(v, made, "papers", act_papers(v, m, a));
    xj_rset(v, made, "asks", act_asks(v, m, a));
    xj_rset(v, made, "answers", act_answers(v, m, a));
    xj_rset(v, made, "passes", passes);
    xj_rset(v, made, "opens_case", json_boolean(a->opens_case));
    xj_rset(v, made, "joins", json_boolean(a->joins));
    xj_rset(v, made, "again", json_boolean(a->again));
    xj_rset(v, made, "late_only", json_boolean(a->late_only));
    xj_rset(v, made, "internal", json_boolean(a->internal));
    xj_rset(v, made, "reasons", json_boolean(a->reasons));
    xj_rset(v, made, "cite", json_string(a->cite));
    return made;
}

static json_t *procedure_json(struct xj_view *v, const struct xj_model *m)
{
    json_t *made = name_json(v, "name", &m->name);
    json_t *acts = json_array(), *tracks = json_array(), *papers = json_array();
    for (uint16_t i = 0; i < m->act_count; i++)
        xj_radd(v, acts, act_json(v, m, &m->acts[i]));
    for (uint16_t i = 0; i < m->track_count; i++) {
        json_t *track = name_json(v, "track", &m->tracks[i].name), *states = json_array();
        for (uint16_t s = 0; s < m->tracks[i].state_count; s++)
            xj_radd(v, states, name_json(v, "state", &m->tracks[i].states[s]));
        xj_rset(v, track, "states", states);
        xj_radd(v, tracks, track);
    }
    for (uint16_t i = 0; i < m->paper_count; i++)
        xj_radd(v, papers, name_json(v, "kind", &m->papers[i]));
    xj_rset(v, made, "revision", xj_rhex(xj_hash_slice(&m->revision)));
    xj_rset(v, made, "acts", acts);
    xj_rset(v, made, "tracks", tracks);
    xj_rset(v, made, "papers", papers);
    return made;
}

enum xj_err xj_render_procedure(struct xj_view *v, struct xj_slice name, int64_t now_ms, json_t **ret)
{
    struct xj_hash revision;
    json_t *made = NULL;
    xj_view_begin(v, false);
    enum xj_err err = xj_reg_procedure_current(&v->store, name, now_ms, &revision);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    const struct xj_model *m = err == XJ_OK ? xj_view_model(v, name, &revision) : NULL;
    if (m != NULL)
        made = procedure_json(v, m);
    err = xj_rend(v, m == NULL ? json_null() : made, ret);
    if (err == XJ_OK && m == NULL) {
        *ret = NULL;
        return XJ_ENOTFOUND;
    }
    return err;
}
