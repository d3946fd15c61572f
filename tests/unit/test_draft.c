/* Drafting: what it builds is admitted, what it refuses is explained, what it seals opens for its readers and nobody else. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft.h"
#include "agents/agent/view/view_private.h"
#include "schema/wire/pack.h"
#include "schema/wire/statement.h"

struct drafted {
    enum xj_err err;
    struct xj_outgoing *out;
    struct xj_draft_refusal refusal;
    json_t *parties;
};

/* Takes the request. */
static struct drafted draft(struct city *c, const char *who, json_t *request)
{
    struct drafted d = {.out = NULL};
    struct node *n = world_agent(c->w, who);
    d.err = xj_draft_build_named(n->view, &n->env, &n->keys, n->pairs, request, &d.out, &d.refusal, &d.parties);
    assert_true((d.err == XJ_OK) == (d.out != NULL));
    json_decref(request);
    return d;
}

static void drop(struct drafted *d)
{
    xj_outgoing_free(d->out);
    json_decref(d->parties);
}

static void refuses(struct city *c, const char *who, json_t *request, const char *code, const char *detail, bool malformed)
{
    struct drafted d = draft(c, who, request);
    assert_int_equal(d.err, XJ_EDENIED);
    assert_string_equal(d.refusal.code, code);
    assert_string_equal(d.refusal.detail, detail);
    assert_int_equal(d.refusal.malformed, malformed);
    assert_true(d.refusal.text_zh[0] && d.refusal.text_en[0] && d.refusal.rule[0] && d.refusal.remedy_zh[0] && d.refusal.remedy_en[0]);
    drop(&d);
}

/* The request with one field set; takes both. */
static json_t *with(json_t *request, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(request, key, value), 0);
    return request;
}

static json_t *with_body(json_t *request, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(json_object_get(request, "body"), key, value), 0);
    return request;
}

static json_t *transfer(const struct city *c)
{
    json_t *r = city_request("transfer", c->case_id, "transfer_letter investigation_report item_list test_report");
    return with(r, "subjects", json_pack("[{s:s}]", "party", "张三"));
}

/* Report and approval, so that a transfer is due. */
static void report(struct city *c)
{
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    city_do(c, CITY_BUREAU, with_body(r, "parties", json_pack("[{s:s}]", "name", "张三")));
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
}

/* ---- what it fills in ---- */

static struct xj_buf opened(struct city *c, const char *reader, const struct xj_outgoing *out, const char **ret_why)
{
    struct xj_buf plain;
    xj_buf_init(&plain, XJ_MAX_BODY_BYTES);
    *ret_why = xj_view_open_body(world_agent(c->w, reader)->view, &out->header, xj_buf_slice(&out->body), xj_buf_slice(&out->keys), &plain);
    return plain;
}

static bool goes_to(const struct xj_header *h, const char *agency, enum xj_to_role role)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_is(h->to[i].agency, agency))
            return h->to[i].role == role;
    return false;
}

static void draft_build__fills_recipients_tracks_and_ids(void **state)
{
    struct city *c = *state;
    report(c);
    struct drafted d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.err, XJ_OK);
    const struct xj_header *h = &d.out->header;
    assert_true(goes_to(h, CITY_POLICE, XJ_TO_PRINCIPAL));
    assert_true(goes_to(h, CITY_PROC, XJ_TO_COPY));
    assert_int_equal(h->track_count, 1);
    assert_true(xj_slice_is(h->tracks[0].name, "transfer"));
    assert_int_equal(h->subject_count, 1);
    assert_int_equal(h->paper_count, 4);
    assert_int_equal(json_object_size(d.parties), 1);
    struct xj_header *again = calloc(1, sizeof *again);
    struct xj_buf bytes;
    unsigned field;
    xj_buf_init(&bytes, XJ_MAX_HEADER_BYTES);
    d.out->header.number = 1; /* the core's part */
    xj_header_encode(h, &bytes);
    assert_int_equal(xj_header_decode(xj_buf_slice(&bytes), again, &field), XJ_OK);
    xj_buf_free(&bytes);
    free(again);
    drop(&d);
}

/* The header outlives the reader it was drafted with: nothing in it may point into the view, the model or the request. */
static void draft_build__leaves_nothing_that_points_into_the_view(void **state)
{
    struct city *c = *state;
    report(c);
    struct drafted d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.err, XJ_OK);
    const struct xj_header *h = &d.out->header;
    const uint8_t *from = d.out->arena.p, *to = from + d.out->arena.n;
    const struct xj_slice all[] = {h->procedure, h->act, h->from, h->tracks[0].name, h->tracks[0].owner, h->to[0].agency, h->papers[0].kind};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        assert_true(all[i].p >= from && all[i].p + all[i].n <= to);
    drop(&d);
}

/* ---- grants ---- */

static json_t *grant_value(const char *mode, const char *division)
{
    return json_pack("{s:[], s:[], s:s, s:s, s:s}", "acts", "agencies", "division", division, "mode", mode, "procedure", "referral");
}

static void draft_build__adds_whoever_holds_a_grant(void **state)
{
    struct city *c = *state;
    report(c);
    struct drafted d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.out->header.to_count, 2);
    drop(&d);
    city_register(c, "grant", CITY_REGISTRAR "/elsewhere", grant_value("full", "3709"));
    d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.out->header.to_count, 2);
    drop(&d);
    city_register(c, "grant", CITY_REGISTRAR "/look", grant_value("header", "3708"));
    d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.out->header.to_count, 3);
    assert_true(goes_to(&d.out->header, CITY_REGISTRAR, XJ_TO_NOTICE));
    const char *why;
    struct xj_buf plain = opened(c, CITY_REGISTRAR, d.out, &why);
    assert_string_equal(why, "not_for_us");
    xj_buf_free(&plain);
    drop(&d);
    city_register(c, "grant", CITY_REGISTRAR "/read", grant_value("full", ""));
    d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.out->header.to_count, 3);
    assert_true(goes_to(&d.out->header, CITY_REGISTRAR, XJ_TO_COPY));
    plain = opened(c, CITY_REGISTRAR, d.out, &why);
    assert_null(why);
    xj_buf_free(&plain);
    drop(&d);
    city_do(c, CITY_BUREAU, transfer(c));
    json_t *seen = NULL;
    assert_int_equal(xj_render_case(world_agent(c->w, CITY_REGISTRAR)->view, city_case(c), 0, &seen), XJ_OK);
    const json_t *act = json_array_get(json_object_get(seen, "acts"), 0);
    assert_true(json_is_object(json_object_get(act, "body")));
    assert_int_equal(json_array_size(json_object_get(act, "breaches")), 0); /* none is missing, so no breach "subscriber" */
    json_decref(seen);
}

/* ---- parties ---- */

static void draft_build__names_and_places_lead_to_one_party(void **state)
{
    struct city *c = *state;
    struct drafted d;
    report(c);
    d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.err, XJ_OK);
    uint8_t known[8];
    memcpy(known, d.out->header.subjects[0].party, 8);
    drop(&d);
    /* The same name again is the same party; "new" makes another of that name. */
    json_t *r = with_body(transfer(c), "parties", json_pack("[{s:s}, {s:s, s:s}]", "name", "张三", "id", "new", "name", "张三"));
    with_body(r, "charges", json_pack("[{s:s}]", "name", "销售假药罪"));
    with(r, "subjects", json_pack("[{s:s}, {s:s, s:s}]", "party", "new:1", "party", "new:2", "charge", "销售假药罪"));
    d = draft(c, CITY_BUREAU, r);
    assert_int_equal(d.err, XJ_OK);
    size_t same = 0, charged = 0;
    for (size_t i = 0; i < d.out->header.subject_count; i++) {
        same += memcmp(d.out->header.subjects[i].party, known, 8) == 0;
        charged += d.out->header.subjects[i].has_charge;
    }
    assert_int_equal(d.out->header.subject_count, 2);
    assert_int_equal(same, 1);
    assert_int_equal(charged, 1);
    drop(&d);
    char hex[17];
    xj_hex(known, 8, hex);
    d = draft(c, CITY_BUREAU, with(transfer(c), "subjects", json_pack("[{s:s}]", "party", hex)));
    assert_int_equal(d.err, XJ_OK);
    drop(&d);
    refuses(c, CITY_BUREAU, with(transfer(c), "subjects", json_pack("[{s:s}]", "party", "李四")), "party_unknown", "李四", false);
    refuses(c, CITY_BUREAU, with(transfer(c), "subjects", json_pack("[{s:s}]", "party", "new:1")), "party_unknown", "new:1", false);
    refuses(c, CITY_BUREAU, with(transfer(c), "subjects", json_pack("[{s:s}]", "party", "0011223344556677")), "party_unknown",
            "0011223344556677", false);
    refuses(c, CITY_BUREAU, with(transfer(c), "subjects", json_pack("[{s:s}, {s:s}]", "party", "张三", "party", hex)), "request", "subjects", true);
}

/* ---- bodies and papers ---- */

static void draft_build__the_body_is_canonical_and_keeps_unknown_keys(void **state)
{
    struct city *c = *state;
    const char *why;
    struct xj_doc doc;
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    with_body(r, "zz", json_pack("{s:i, s:[i,b,n], s:s}", "bb", 1, "a", 2, 1, "ccc", "文"));
    with_body(r, "a_key_of_more_than_thirty_one_characters_in_all", json_integer(-5));
    with_body(r, "amounts", json_pack("[{s:s, s:I}]", "name", "货值", "value", (json_int_t)123456));
    with_body(r, "officers", json_pack("[{s:s, s:s}]", "name", "王五", "certificate", "鲁执001"));
    with_body(r, "fine", json_integer(0));
    struct drafted d = draft(c, CITY_BUREAU, r);
    assert_int_equal(d.err, XJ_OK);
    struct xj_buf plain = opened(c, CITY_BUREAU, d.out, &why);
    assert_null(why);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&plain), 4096), XJ_OK); /* which refuses all that is not canonical */
    assert_int_equal(xj_map_uint(xj_map_get(&doc.root, "zz"), "bb", 9), 1);
    const msgpack_object *amounts = xj_map_get(&doc.root, "amounts");
    assert_int_equal(amounts->via.array.ptr[0].via.array.ptr[1].via.u64, 123456);
    assert_int_equal(amounts->via.array.ptr[0].via.array.ptr[2].via.str.size, 3); /* fen */
    const msgpack_object *papers = xj_map_get(&doc.root, "papers");
    assert_memory_equal(papers->via.array.ptr[0].via.array.ptr[0].via.bin.ptr, d.out->papers[0].digest.b, 32);
    xj_doc_close(&doc);
    xj_buf_free(&plain);
    drop(&d);
}

static void title_is(struct city *c, json_t *request, const char *title)
{
    const char *why;
    struct xj_doc doc;
    struct drafted d = draft(c, CITY_BUREAU, request);
    assert_int_equal(d.err, XJ_OK);
    struct xj_buf plain = opened(c, CITY_BUREAU, d.out, &why);
    assert_null(why);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&plain), 4096), XJ_OK);
    struct xj_slice found = xj_map_str(&doc.root, "title");
    assert_true(title != NULL ? xj_slice_is(found, title) : found.n == 0);
    xj_doc_close(&doc);
    xj_buf_free(&plain);
    drop(&d);
}

static void draft_build__the_title_goes_along_with_what_leaves_the_agency(void **state)
{
    struct city *c = *state;
    json_t *r = with_body(city_request("transfer_report", NULL, "transfer_report"), "title", json_string("某案"));
    city_do(c, CITY_BUREAU, with_body(r, "parties", json_pack("[{s:s}]", "name", "张三")));
    title_is(c, transfer(c), "某案");
    title_is(c, with_body(transfer(c), "title", json_string("另名")), "另名");
    title_is(c, city_request("transfer_approved", c->case_id, ""), NULL); /* stays inside */
}

struct readers {
    size_t count, body, police, procuratorate, own;
    const struct xj_hash *body_digest;
};

static bool wrap_seen(void *arg, const struct xj_wrap_entry *e)
{
    struct readers *r = arg;
    r->count++;
    r->body += xj_hash_eq(&e->object, r->body_digest);
    r->police += xj_slice_is(e->reader, CITY_POLICE);
    r->procuratorate += xj_slice_is(e->reader, CITY_PROC);
    r->own += xj_slice_is(e->reader, CITY_BUREAU);
    return true;
}

static void draft_build__wraps_for_readers_and_their_recovery_keys(void **state)
{
    struct city *c = *state;
    uint8_t sender[XJ_KEY_ID_SIZE];
    const char *why;
    report(c);
    struct drafted d = draft(c, CITY_BUREAU, transfer(c));
    assert_int_equal(d.err, XJ_OK);
    struct readers r = {.body_digest = &d.out->header.body_digest};
    assert_int_equal(xj_keys_decode(xj_buf_slice(&d.out->keys), sender, wrap_seen, &r), XJ_OK);
    /* Body and four papers, each for two keys; the copy is the letter and the list, not the file. */
    assert_int_equal(r.own, 2 * 5);
    assert_int_equal(r.police, 2 * 5);
    assert_int_equal(r.procuratorate, 2 * 3);
    assert_int_equal(r.body, 2 * 3);
    assert_int_equal(r.count, r.own + r.police + r.procuratorate);
    static const char *const in[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};
    for (size_t i = 0; i < 3; i++) {
        struct xj_buf plain = opened(c, in[i], d.out, &why);
        assert_null(why);
        xj_buf_free(&plain);
    }
    struct xj_buf plain = opened(c, CITY_REGISTRAR, d.out, &why);
    assert_string_equal(why, "not_for_us");
    assert_int_equal(plain.n, 0);
    xj_buf_free(&plain);
    drop(&d);
}

/* ---- refusals ---- */

static void draft_build__refuses_requests_of_the_wrong_form(void **state)
{
    struct city *c = *state;
    static const struct {
        const char *key, *value, *detail;
    } wrong[] = {
        {"act", "5", "act"}, {"act", "null", "act"}, {"colour", "1", "colour"}, {"case", "\"x\"", "case"}, {"case", "7", "case"},
        {"mode", "\"maybe\"", "mode"}, {"occurred", "\"2026-13\"", "occurred"}, {"occurred", "[\"2026-02\",\"2026-01\"]", "occurred"},
        {"occurred", "[\"1007-08\",\"2015-09-01\"]", "occurred"}, {"occurred", "\"1899-12-31\"", "occurred"},
        {"principals", "\"370800-gaj\"", "principals"}, {"principals", "[\"370800-gaj\",\"370800-gaj\"]", "principals"},
        {"principals", "[\"370800-scjgj\"]", "principals"}, {"answers", "[{\"id\":\"x\",\"question\":\"receipt\"}]", "answers"},
        {"papers", "[{\"kind\":\"transfer_letter\"}]", "papers"},
        {"papers", "[{\"kind\":\"transfer_letter\",\"content_base64\":\"***\"}]", "papers.content_base64"},
        {"relates", "[{\"relation\":\"loves\",\"id\":\"0192f0c1-2d3e-7000-8000-000000000001\"}]", "relates"}, {"refs", "[1]", "refs"},
        {"body", "[]", "body"}, {"body", "{\"a\":1.5}", "body: 1.5"}, {"body", "{\"fine\":-1}", "fine"}, {"body", "{\"title\":3}", "title"},
        {"body", "{\"papers\":[]}", "body.papers"}, {"body", "{\"parties\":[{\"name\":\"\"}]}", "body.parties"},
        {"body", "{\"parties\":[{\"name\":\"a\",\"kind\":\"animal\"}]}", "body.parties"},
        {"body", "{\"parties\":[{\"name\":\"a\",\"id\":\"zz\"}]}", "body.parties"}, {"actor", "\"370800-gaj\"", "actor"},
        {"subjects", "[{\"party\":null}]", "subjects"}, {"reissue", "\"x\"", "reissue"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *value = json_loads(wrong[i].value, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        refuses(c, CITY_BUREAU, with(city_request("transfer_report", NULL, "transfer_report"), wrong[i].key, value), "request", wrong[i].detail, true);
    }
    refuses(c, CITY_BUREAU, json_array(), "request", "{}", true);
    json_t *deep = json_integer(1);
    for (int i = 0; i < 40; i++)
        deep = json_pack("[o]", deep);
    refuses(c, CITY_BUREAU, with_body(city_request("transfer_report", NULL, "transfer_report"), "deep", deep), "request", "body", true);
}

static void draft_build__wants_to_know_who_drafted_and_who_approved(void **state)
{
    struct city *c = *state;
    refuses(c, CITY_BUREAU, with_body(city_request("transfer_report", NULL, "transfer_report"), "drafted_by", json_string("")), "signatory",
            "drafted_by", false);
    refuses(c, CITY_BUREAU, with_body(city_request("transfer_report", NULL, "transfer_report"), "approved_by", json_null()), "signatory",
            "approved_by", false);
}

static void draft_build__takes_the_id_that_the_request_chose(void **state)
{
    struct city *c = *state;
    static const char id[] = "0192f0c1-2d3e-7000-8000-000000000001";
    char text[XJ_ID_TEXT];
    json_t *r = with(city_request("transfer_report", NULL, "transfer_report"), "id", json_string(id));
    struct drafted d = draft(c, CITY_BUREAU, r);
    assert_int_equal(d.err, XJ_OK);
    xj_id_format(&d.out->header.id, text);
    assert_string_equal(text, id);
    drop(&d);
    refuses(c, CITY_BUREAU, with(city_request("transfer_report", NULL, "transfer_report"), "id", json_string("1")), "request", "id", true);
}

static void draft_build__refuses_what_cannot_be(void **state)
{
    struct city *c = *state;
    static const char elsewhere[] = "0192f0c1-2d3e-7000-8000-000000000001";
    report(c);
    refuses(c, CITY_BUREAU, city_request("dance", NULL, ""), "act_unknown", "dance", false);
    refuses(c, CITY_BUREAU, with(city_request("transfer", NULL, ""), "procedure", json_string("other")), "revision_unknown", "other", false);
    refuses(c, CITY_BUREAU, city_request("transfer_approved", elsewhere, ""), "case_unknown", elsewhere, false);
    refuses(c, CITY_BUREAU, with(transfer(c), "copies", json_pack("[s]", "370800-none")), "recipient_unknown", "370800-none", false);
    refuses(c, CITY_BUREAU, with(transfer(c), "papers", json_array()), "instrument", "transfer_letter", false);
    json_t *odd = json_pack("[{s:s, s:s}]", "kind", "love_letter", "content_base64", "QQ==");
    refuses(c, CITY_BUREAU, with(transfer(c), "papers", odd), "paper_unknown", "love_letter", false);
    refuses(c, CITY_POLICE, city_request("transfer", NULL, "transfer_letter"), "role", "police", false);
    refuses(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"), "case_unknown", c->case_id, false);
    json_t *late = with(transfer(c), "mode", json_string("late_entry"));
    refuses(c, CITY_BUREAU, late, "source", "", false);
    late = with_body(with(with(transfer(c), "mode", json_string("late_entry")), "actor", json_string(CITY_POLICE)), "source", json_string("卷宗"));
    refuses(c, CITY_BUREAU, late, "forged", CITY_POLICE, false); /* the police have keys of their own */
}

static void draft_build__refuses_what_is_too_large(void **state)
{
    struct city *c = *state;
    size_t n = XJ_MAX_BODY_BYTES;
    char *long_text = malloc(n + 1);
    assert_non_null(long_text);
    memset(long_text, 'x', n);
    long_text[n] = '\0';
    refuses(c, CITY_BUREAU, with_body(city_request("transfer_report", NULL, "transfer_report"), "note", json_string(long_text)), "request", "note", true);
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    long_text[60000] = '\0';
    for (int i = 0; i < 4; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        with_body(r, key, json_string(long_text));
    }
    refuses(c, CITY_BUREAU, r, "oversize", "body", false);
    free(long_text);
    char *paper = malloc((XJ_MAX_PAPER_BYTES + 6) / 3 * 4 + 1);
    assert_non_null(paper);
    size_t chars = (XJ_MAX_PAPER_BYTES + 6) / 3 * 4;
    memset(paper, 'A', chars);
    paper[chars] = '\0';
    r = city_request("transfer_report", NULL, "");
    with(r, "papers", json_pack("[{s:s, s:s, s:s}]", "kind", "transfer_report", "name", "大", "content_base64", paper));
    refuses(c, CITY_BUREAU, r, "oversize", "大", false);
    free(paper);
}

/* ---- the property ---- */

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* All paper kinds an act may want, so that chance falls on the law and not on enclosures. */
static json_t *random_request(const struct xj_model *m, const struct city *c, uint64_t *seed)
{
    const struct xj_m_act *act = &m->acts[next(seed) % m->act_count];
    char papers[256] = "";
    for (uint16_t i = 0; i < act->paper_count; i++) {
        size_t n = strlen(papers);
        snprintf(papers + n, sizeof papers - n, "%s ", m->papers[act->papers[i].kind].id);
    }
    bool fresh = c->case_id[0] == '\0' || next(seed) % 10 == 0;
    json_t *r = city_request(act->name.id, fresh ? NULL : c->case_id, papers);
    if (next(seed) % 3 == 0) {
        with(r, "mode", json_string("late_entry"));
        with_body(r, "source", json_string("卷宗"));
        if (next(seed) % 2 == 0)
            with(r, "occurred", json_string("2026-03"));
    }
    if (next(seed) % 3 == 0)
        with_body(r, "parties", json_pack("[{s:s}]", "name", next(seed) % 2 == 0 ? "张三" : "李四"));
    return r;
}

/* Whatever drafting builds, the engine admits by the drafter's own state, and so does the exchange by its own. */
static void draft_build__what_it_builds_is_admitted(void **state)
{
    struct city *c = *state;
    static const char *const all[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC, CITY_REGISTRAR};
    uint64_t seed = 20261124;
    size_t built = 0, refused = 0;
    struct xj_verdict *verdict = calloc(1, sizeof *verdict);
    assert_non_null(verdict);
    report(c);
    for (int round = 0; round < 400; round++) {
        const char *who = all[next(&seed) % 4];
        struct node *n = world_agent(c->w, who);
        struct xj_hash revision;
        assert_int_equal(xj_reg_procedure_current(&n->view->store, xj_slice_cstr("referral"), c->w->now_ms, &revision), XJ_OK);
        const struct xj_model *m = xj_view_model(n->view, xj_slice_cstr("referral"), &revision);
        assert_non_null(m);
        json_t *request = random_request(m, c, &seed);
        struct drafted d = draft(c, who, json_incref(request));
        if (d.err == XJ_EDENIED) {
            refused++;
            assert_string_not_equal(d.refusal.text_en, "unknown code");
            drop(&d);
            json_decref(request);
            continue;
        }
        assert_int_equal(d.err, XJ_OK);
        struct xj_engine e;
        assert_true(xj_view_engine(n->view, xj_slice_cstr("referral"), &revision, UINT64_MAX, &e));
        assert_int_equal(xj_engine_judge(&e, &d.out->header, c->w->now_ms, verdict), XJ_OK);
        /* Whoever joins a case known from paper only holds nothing of it: that it exists only the exchange can say. */
        bool from_paper = m->acts[xj_model_act(m, d.out->header.act)].joins;
        if (verdict->refusal.code != NULL && !(from_paper && strcmp(verdict->refusal.code, "may_not_act") == 0))
            fail_msg("round %d, %s: %s %s", round, json_string_value(json_object_get(request, "act")), verdict->refusal.code, verdict->refusal.detail);
        drop(&d);
        built++;
        city_do(c, who, request);
    }
    assert_true(built > 40);
    assert_true(refused > 40);
    free(verdict);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(draft_build__fills_recipients_tracks_and_ids),
        IN_CITY(draft_build__leaves_nothing_that_points_into_the_view),
        IN_CITY(draft_build__adds_whoever_holds_a_grant),
        IN_CITY(draft_build__names_and_places_lead_to_one_party),
        IN_CITY(draft_build__the_body_is_canonical_and_keeps_unknown_keys),
        IN_CITY(draft_build__the_title_goes_along_with_what_leaves_the_agency),
        IN_CITY(draft_build__wraps_for_readers_and_their_recovery_keys),
        IN_CITY(draft_build__refuses_requests_of_the_wrong_form),
        IN_CITY(draft_build__wants_to_know_who_drafted_and_who_approved),
        IN_CITY(draft_build__takes_the_id_that_the_request_chose),
        IN_CITY(draft_build__refuses_what_cannot_be),
        IN_CITY(draft_build__refuses_what_is_too_large),
        IN_CITY(draft_build__what_it_builds_is_admitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
