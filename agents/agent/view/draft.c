#include "agents/agent/view/draft.h"

#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft_private.h"
#include "schema/ledger/memory_store.h"
#include "schema/wire/texts.h"

#define ARENA_BYTES (64u * 1024) /* more than the names of the largest header; it must never move */

/* ---- refusing ---- */

static void copy(char *to, size_t size, const char *from)
{
    size_t n = strlen(from);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--; /* not in the middle of a character */
    }
    memcpy(to, from, n);
    to[n] = '\0';
}

static void with_detail(char *to, size_t size, const char *text, const char *colon, const char *detail)
{
    copy(to, size, text);
    if (detail[0] == '\0')
        return;
    size_t n = strlen(to);
    copy(to + n, size - n, colon);
    n = strlen(to);
    copy(to + n, size - n, detail);
}

static void fill(struct xj_draft *d, bool malformed, const char *code, struct xj_slice detail, const char *zh, const char *en)
{
    struct xj_draft_refusal *r = d->refusal;
    memset(r, 0, sizeof *r);
    char *text = xj_slice_dup(detail);
    copy(r->detail, sizeof r->detail, text != NULL ? text : "");
    free(text);
    copy(r->code, sizeof r->code, code);
    with_detail(r->text_zh, sizeof r->text_zh, zh, "：", r->detail);
    with_detail(r->text_en, sizeof r->text_en, en, ": ", r->detail);
    r->malformed = malformed;
    d->err = XJ_EDENIED;
}

void xj_draft_refuse(struct xj_draft *d, bool malformed, const char *code, struct xj_slice detail, const char *zh,
                     const char *en, const char *remedy_zh, const char *remedy_en)
{
    if (d->err != XJ_OK)
        return;
    fill(d, malformed, code, detail, zh, en);
    copy(d->refusal->rule, sizeof d->refusal->rule, "10-api 3");
    copy(d->refusal->remedy_zh, sizeof d->refusal->remedy_zh, remedy_zh);
    copy(d->refusal->remedy_en, sizeof d->refusal->remedy_en, remedy_en);
}

void xj_draft_bad(struct xj_draft *d, const char *field)
{
    xj_draft_refuse(d, true, "request", xj_slice_cstr(field), "请求格式不正确", "the request has the wrong form",
                    "请按接口说明更正该字段", "correct the field as the description of the interface says");
}

void xj_draft_refuse_code(struct xj_draft *d, const char *code, struct xj_slice detail)
{
    const struct xj_text *t = xj_text_refusal(code);
    if (d->err != XJ_OK)
        return;
    fill(d, false, code, detail, t->zh, t->en);
    copy(d->refusal->rule, sizeof d->refusal->rule, t->rule);
    copy(d->refusal->article, sizeof d->refusal->article, t->article);
    copy(d->refusal->remedy_zh, sizeof d->refusal->remedy_zh, t->remedy_zh);
    copy(d->refusal->remedy_en, sizeof d->refusal->remedy_en, t->remedy_en);
}

void xj_draft_refuse_by_law(struct xj_draft *d, const char *code, struct xj_slice detail)
{
    if (d->err != XJ_OK)
        return;
    xj_draft_refuse_code(d, code, detail);
    if (d->refusal->article[0] == '\0')
        copy(d->refusal->article, sizeof d->refusal->article, d->act->cite);
}

void xj_draft_by_rule(struct xj_draft *d, const char *rule, const char *article)
{
    copy(d->refusal->rule, sizeof d->refusal->rule, rule);
    copy(d->refusal->article, sizeof d->refusal->article, article);
}

struct xj_slice xj_draft_slice(const json_t *string)
{
    return json_is_string(string) ? xj_slice_of(json_string_value(string), json_string_length(string)) : (struct xj_slice){NULL, 0};
}

struct xj_slice xj_draft_str(struct xj_draft *d, const json_t *object, const char *key, const char *field)
{
    const json_t *value = json_object_get(object, key);
    if (value != NULL && !json_is_null(value) && !json_is_string(value))
        xj_draft_bad(d, field);
    return xj_draft_slice(value);
}

/* ---- which act of which case ---- */

static void check_keys(struct xj_draft *d)
{
    static const char *const known[] = {"act", "procedure", "case", "mode", "occurred", "actor", "principals", "joint", "copies",
                                        "subjects", "answers", "papers", "relates", "refs", "body", "reissue", "override", "wait_ms", "id"};
    const char *key;
    json_t *value;
    if (!json_is_object(d->request)) {
        xj_draft_bad(d, "{}");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)d->request, key, value) {
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || strcmp(key, known[i]) == 0;
        if (!found)
            xj_draft_bad(d, key);
    }
    d->body = json_object_get(d->request, "body");
    if (json_is_null(d->body))
        d->body = NULL;
    if (d->body != NULL && !json_is_object(d->body))
        xj_draft_bad(d, "body");
}

static void new_case(struct xj_draft *d)
{
    uint8_t random[XJ_ID_SIZE];
    d->env->random(d->env->ctx, random, sizeof random);
    if (xj_id_from(d->now_ms, random, &d->out->header.case_id) != XJ_OK)
        d->err = XJ_ERANGE;
    d->case_new = true;
}

/* Whose grants cover the case: the signer of its first act, as the exchange has it. */
static void find_opener(struct xj_draft *d)
{
    struct xj_header *first = &d->v->scratch->header;
    unsigned field;
    sqlite3_stmt *st = xj_vq(d->v, "SELECT header FROM act WHERE case_id = ?1 ORDER BY seq LIMIT 1", "b",
                             xj_id_slice(&d->out->header.case_id));
    if (!xj_vq_row(d->v, st))
        return;
    if (xj_header_decode(xj_vq_slice(st, 0), first, &field) == XJ_OK)
        memcpy(d->opener, first->from.p, first->from.n);
    xj_vq_end(st);
}

static void find_case(struct xj_draft *d)
{
    struct xj_slice text = xj_draft_str(d, d->request, "case", "case");
    struct xj_id *id = &d->out->header.case_id;
    if (d->err != XJ_OK)
        return;
    if (text.p == NULL) {
        new_case(d);
        return;
    }
    if (!xj_id_parse((const char *)text.p, id) || xj_id_is_nil(id)) {
        xj_draft_bad(d, "case");
        return;
    }
    d->case_known = xj_view_pin(d->v, *id, d->procedure, &d->revision);
    find_opener(d);
}

static void find_procedure(struct xj_draft *d)
{
    struct xj_slice name = xj_draft_str(d, d->request, "procedure", "procedure");
    if (d->err != XJ_OK)
        return;
    if (d->case_known) {
        if (name.p != NULL && !xj_slice_is(name, d->procedure))
            xj_draft_refuse_code(d, "revision_unknown", name);
        xj_draft_newest(d);
        return;
    }
    if (name.p == NULL)
        name = xj_slice_cstr("referral");
    enum xj_err err = name.n > XJ_MAX_NAME_BYTES ? XJ_ENOTFOUND
                                                 : xj_reg_procedure_current(&d->v->store, name, d->now_ms, &d->revision);
    if (err == XJ_ENOTFOUND)
        xj_draft_refuse_code(d, "revision_unknown", name);
    else if (err != XJ_OK)
        d->err = err;
    else
        memcpy(d->procedure, name.p, name.n);
    if (!d->case_new)
        xj_draft_newest(d);
}

static void find_act(struct xj_draft *d)
{
    struct xj_slice name = xj_draft_str(d, d->request, "act", "act");
    if (d->err != XJ_OK)
        return;
    if (name.p == NULL) {
        xj_draft_bad(d, "act");
        return;
    }
    if (!xj_view_engine(d->v, xj_slice_cstr(d->procedure), &d->revision, UINT64_MAX, &d->engine)) {
        xj_draft_refuse_code(d, "revision_unknown", xj_slice_cstr(d->procedure));
        return;
    }
    xj_draft_stand(d);
    uint16_t act = xj_model_act(d->engine.model, name);
    if (act == XJ_NONE) {
        xj_draft_refuse_code(d, "act_unknown", name);
        return;
    }
    d->act = &d->engine.model->acts[act];
    /* Whoever joins a case, or records afterwards what it did in one (09-fold, may act), may know of it from paper only;
     * everybody else knows it from an act received. */
    bool late = xj_slice_is(xj_draft_slice(json_object_get(d->request, "mode")), "late_entry");
    if (!d->case_known && !d->case_new && !d->act->joins && !late)
        xj_draft_refuse(d, false, "case_unknown", xj_draft_str(d, d->request, "case", "case"), "本单位没有该案件", "there is no such case here",
                        "请核对案件编号，或者等待对方将案件告知本单位", "check the id, or wait until an act of the case has been received");
    /* The planner cannot know whether others opened the case (09-fold, 11); here it is known that nobody has. */
    if (d->err == XJ_OK && d->case_new && !d->act->opens_case && !late)
        xj_draft_refuse_by_law(d, "may_not_act", name);
}

/* ---- planning ---- */

struct subscribers {
    const struct xj_draft *d;
    char full[XJ_DRAFT_SUBSCRIBERS][XJ_MAX_AGENCY_BYTES + 1], header[XJ_DRAFT_SUBSCRIBERS][XJ_MAX_AGENCY_BYTES + 1];
    size_t full_count, header_count;
};

static bool subscriber_seen(void *arg, struct xj_slice agency, bool full)
{
    struct subscribers *s = arg;
    size_t *count = full ? &s->full_count : &s->header_count;
    if (xj_slice_is(agency, s->d->v->agency) || agency.n > XJ_MAX_AGENCY_BYTES || *count == XJ_DRAFT_SUBSCRIBERS)
        return true;
    char *to = full ? s->full[*count] : s->header[*count];
    for (size_t i = 0; i < *count; i++)
        if (xj_slice_is(agency, full ? s->full[i] : s->header[i]))
            return true;
    memcpy(to, agency.p, agency.n);
    to[agency.n] = '\0';
    (*count)++;
    return true;
}

static void find_subscribers(struct xj_draft *d, struct subscribers *s)
{
    struct xj_slice from = xj_slice_cstr(d->v->agency);
    if (d->act->vis != XJ_VIS_OPEN || d->act->internal || d->share.on)
        return;
    enum xj_err err = xj_succession_subscribers(&d->v->succession, &d->v->store, xj_slice_cstr(d->procedure), xj_slice_cstr(d->act->name.id),
                                                from, d->opener[0] != '\0' ? xj_slice_cstr(d->opener) : from, d->now_ms, subscriber_seen, s);
    if (err != XJ_OK)
        d->err = err;
}

static bool addressed(const struct xj_header *h, struct xj_slice agency)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, agency))
            return true;
    for (size_t i = 0; i < h->joint_count; i++)
        if (xj_slice_eq(h->joint[i], agency))
            return true;
    return xj_slice_eq(h->from, agency);
}

static void add_to(struct xj_draft *d, struct xj_slice agency, enum xj_to_role role)
{
    struct xj_header *h = &d->out->header;
    if (d->err != XJ_OK || addressed(h, agency))
        return;
    if (h->to_count == XJ_MAX_TO) {
        xj_draft_refuse_code(d, "oversize", xj_slice_cstr("to"));
        return;
    }
    h->to[h->to_count++] = (struct xj_header_to){agency, role};
}

/* Every name of the header moves into the act's own arena: what the plan gave lives in the model, in the request or in
 * buffers of this call, and the act outlives them all. */
static void keep(struct xj_draft *d, struct xj_slice *s)
{
    struct xj_buf *arena = &d->out->arena;
    if (s->n == 0 || d->err != XJ_OK)
        return;
    if (s->n > arena->cap - arena->n) {
        d->err = XJ_ELIMIT;
        return;
    }
    size_t at = arena->n;
    xj_buf_add_slice(arena, *s);
    if (arena->err != XJ_OK)
        d->err = arena->err;
    else
        s->p = arena->p + at;
}

static void keep_all(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    keep(d, &h->procedure);
    keep(d, &h->act);
    keep(d, &h->from);
    keep(d, &h->actor);
    for (size_t i = 0; i < h->track_count; i++) {
        keep(d, &h->tracks[i].name);
        keep(d, &h->tracks[i].owner);
    }
    for (size_t i = 0; i < h->answer_count; i++)
        keep(d, &h->answers[i].question);
    for (size_t i = 0; i < h->to_count; i++)
        keep(d, &h->to[i].agency);
    for (size_t i = 0; i < h->joint_count; i++)
        keep(d, &h->joint[i]);
    for (size_t i = 0; i < h->paper_count; i++)
        keep(d, &h->papers[i].kind);
    for (size_t i = 0; i < h->relate_count; i++)
        keep(d, &h->relates[i].relation);
}

static void plan(struct xj_draft *d, struct xj_buf *found)
{
    struct xj_header *h = &d->out->header;
    struct xj_slice principals[XJ_MAX_TO], copies[XJ_MAX_TO], subscribers[XJ_DRAFT_SUBSCRIBERS];
    struct xj_header_answer answers[XJ_MAX_ANSWERS];
    struct xj_subject subjects[XJ_MAX_SUBJECTS];
    size_t principal_count = 0, copy_count = 0, answer_count = h->answer_count;
    struct subscribers s = {.d = d};
    struct xj_refusal refusal = {.code = NULL};
    xj_draft_agency_list(d, "principals", principals, XJ_MAX_TO, &principal_count);
    xj_draft_agency_list(d, "copies", copies, XJ_MAX_TO, &copy_count);
    find_subscribers(d, &s);
    for (size_t i = 0; i < s.full_count; i++)
        subscribers[i] = xj_slice_cstr(s.full[i]);
    if (d->err != XJ_OK)
        return;
    memcpy(answers, h->answers, sizeof answers);
    memcpy(subjects, h->subjects, sizeof subjects);
    struct xj_plan_in in = {
        .case_id = h->case_id, .act = (uint16_t)(d->act - d->engine.model->acts), .now_ms = d->now_ms, .from = h->from, .actor = h->actor,
        .mode = h->mode, .subjects = subjects, .subject_count = h->subject_count, .answers = answers,
        .answer_count = answer_count, .fill_answers = !json_is_array(json_object_get(d->request, "answers")),
        .principals = principals, .principal_count = principal_count, .subscribers = subscribers,
        .subscriber_count = s.full_count, .papers_given = true};
    enum xj_err err = xj_engine_plan(&d->engine, &in, found, h, &refusal);
    if (err != XJ_OK)
        d->err = err;
    else if (d->v->facts.err != XJ_OK)
        d->err = d->v->facts.err;
    /* Whoever joins a case known from paper only has no state here that would let it act: the exchange will say. */
    bool joining = !d->case_known && !d->case_new && refusal.code != NULL && strcmp(refusal.code, "may_not_act") == 0;
    if (d->err == XJ_OK && refusal.code != NULL && !joining)
        xj_draft_refuse_by_law(d, refusal.code, xj_slice_cstr(refusal.detail));
    for (size_t i = 0; i < copy_count; i++)
        add_to(d, copies[i], XJ_TO_COPY);
    for (size_t i = 0; i < s.header_count; i++)
        add_to(d, xj_slice_cstr(s.header[i]), XJ_TO_NOTICE);
    keep_all(d);
}

/* ---- all of it ---- */

static void start(struct xj_draft *d)
{
    uint8_t random[XJ_ID_SIZE];
    struct xj_header *h = &d->out->header;
    (void)xj_buf_room(&d->out->arena, ARENA_BYTES);
    if (d->out->arena.err != XJ_OK) {
        d->err = d->out->arena.err;
        return;
    }
    xj_buf_reset(&d->out->arena);
    d->env->random(d->env->ctx, random, sizeof random);
    d->err = xj_id_from(d->now_ms, random, &h->id);
    struct xj_slice id = xj_draft_str(d, d->request, "id", "id");
    if (id.p != NULL && (!xj_id_parse((const char *)id.p, &h->id) || xj_id_is_nil(&h->id)))
        xj_draft_bad(d, "id");
    h->suite = 1;
    check_keys(d);
    find_case(d);
    find_procedure(d);
    find_act(d);
}

static void build(struct xj_draft *d)
{
    struct xj_header *h = &d->out->header;
    struct xj_buf found;
    start(d);
    if (d->err != XJ_OK)
        return;
    xj_buf_init(&found, ARENA_BYTES);
    h->procedure = xj_slice_cstr(d->procedure);
    h->revision = d->revision;
    h->act = xj_slice_cstr(d->act->name.id);
    h->from = xj_slice_cstr(d->v->agency);
    xj_draft_fields(d);
    xj_draft_share(d);
    xj_draft_parties(d);
    xj_draft_subjects(d);
    xj_draft_papers(d);
    if (d->err == XJ_OK)
        plan(d, &found);
    xj_draft_body(d);
    xj_draft_standing(d);
    xj_draft_seal(d);
    xj_buf_free(&found);
}

enum xj_err xj_draft_build_named(struct xj_view *v, const struct xj_env *env, const struct xj_agency_keys *keys,
                                 struct xj_pairs *pairs, const json_t *request, struct xj_outgoing **ret,
                                 struct xj_draft_refusal *refusal, json_t **ret_parties)
{
    *ret = NULL;
    memset(refusal, 0, sizeof *refusal);
    if (ret_parties != NULL)
        *ret_parties = NULL;
    struct xj_draft *d = calloc(1, sizeof *d);
    if (d == NULL)
        return XJ_ENOMEM;
    *d = (struct xj_draft){.v = v, .env = env, .keys = keys, .pairs = pairs, .request = request, .refusal = refusal,
                           .now_ms = env->now_ms(env->ctx), .out = xj_outgoing_new(), .recalled = json_array()};
    enum xj_err err = XJ_ENOMEM;
    xj_buf_init(&d->plain, XJ_MAX_BODY_BYTES);
    if (d->out == NULL || d->recalled == NULL)
        goto out;
    xj_view_begin(v, false);
    build(d);
    err = xj_view_end(v);
    if (err == XJ_OK)
        err = d->err;
    if (err == XJ_OK && ret_parties != NULL && (*ret_parties = xj_draft_party_names(d)) == NULL)
        err = XJ_ENOMEM;
    if (err == XJ_OK) {
        *ret = d->out;
        d->out = NULL;
    }
out:
    xj_draft_share_free(d);
    xj_outgoing_free(d->out);
    xj_memory_store_free(d->apart);
    json_decref(d->recalled);
    xj_buf_wipe(&d->plain);
    explicit_bzero(d, sizeof *d);
    free(d);
    return err;
}

enum xj_err xj_draft_build(struct xj_view *v, const struct xj_env *env, const struct xj_agency_keys *keys,
                           struct xj_pairs *pairs, const json_t *request, struct xj_outgoing **ret,
                           struct xj_draft_refusal *refusal)
{
    return xj_draft_build_named(v, env, keys, pairs, request, ret, refusal, NULL);
}
