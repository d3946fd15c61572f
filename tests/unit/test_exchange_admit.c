/* What the exchange refuses before the procedure is asked, in the order of spec 04, section 6, and what it takes with a breach. */
#include "tests/unit/exchange_hand.h"

#include <string.h>

#include "agents/cli/regfacts.h"
#include "schema/wire/pack.h"
#include "tests/procedures/fixture.h"

/* The bureau's report of a new case, wrong in what the caller changed, and its answer. */
static void refused_as(struct hand *h, struct xj_outgoing *out, const char *code, const char *detail)
{
    hand_send(h, CITY_BUREAU, out);
    hand_refused(h, CITY_BUREAU, code, detail);
    xj_outgoing_free(out);
}

/* A refusal leaves nothing behind but itself: the same act, sound, is admitted next. */
static void sound_is_admitted(struct hand *h)
{
    struct xj_outgoing *out = hand_report(h);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
}

static void sender__must_be_who_signed(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.from = xj_slice_cstr(CITY_POLICE);
    refused_as(h, out, "forged", "");
    sound_is_admitted(h);
}

static void actor__must_be_registered_and_without_keys(void **state)
{
    struct hand *h = *state;
    static const char *const actors[] = {CITY_POLICE, "370800-nobody"};
    hand_hello(h, CITY_BUREAU);
    for (size_t i = 0; i < 2; i++) {
        struct xj_outgoing *out = hand_report(h);
        out->header.mode = XJ_MODE_LATE_ENTRY;
        out->header.actor = xj_slice_cstr(actors[i]);
        refused_as(h, out, "forged", "");
    }
    sound_is_admitted(h);
}

/* What an agency without keys did goes on record by the hand of another. */
static void actor__without_keys_has_its_act_recorded_by_another(void **state)
{
    struct hand *h = *state;
    city_register(h->city, "agency", "370800-old", json_pack("{s:s, s:s, s:s}", "name", "旧局", "role", "bureau", "division", "370800"));
    hand_hello(h, CITY_BUREAU);
    json_t *r = city_request("report", NULL, "");
    json_object_set_new(json_object_get(r, "body"), "title", json_string("报案"));
    json_object_set_new(json_object_get(r, "body"), "source", json_string("卷宗"));
    json_object_set_new(r, "mode", json_string("late_entry"));
    json_object_set_new(r, "occurred", json_string("2026-09-01"));
    json_object_set_new(r, "actor", json_string("370800-old"));
    json_object_set_new(r, "principals", json_pack("[s]", CITY_POLICE));
    struct xj_outgoing *out = hand_draft(h, CITY_BUREAU, r);
    assert_true(xj_slice_is(out->header.actor, "370800-old"));
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
}

static void content__must_have_the_digests_stated(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->body.p[0] ^= 1;
    refused_as(h, out, "digest", "");
    out = hand_report(h);
    out->keys.p[out->keys.n - 1] ^= 1;
    refused_as(h, out, "digest", "");
    sound_is_admitted(h);
}

static void acts__are_chained_one_to_the_next(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.previous.b[31] ^= 1;
    refused_as(h, out, "previous", "");
    out = hand_report(h); /* the refused one was consumed: it is the one before */
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
}

/* An agency's first act is behind none, and only its first. */
static void acts__of_an_agency_begin_with_one_that_names_none_before(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_PROC);
    assert_int_equal(hand_of(h, CITY_PROC)->number, 0);
    for (int i = 0; i < 2; i++) {
        json_t *r = city_request("report", NULL, "");
        json_object_set_new(json_object_get(r, "body"), "title", json_string("报案"));
        json_object_set_new(r, "principals", json_pack("[s]", CITY_POLICE));
        struct xj_outgoing *out = hand_draft(h, CITY_PROC, r);
        const bool first = i == 0;
        out->header.has_previous = first; /* the other way than it is */
        memset(out->header.previous.b, 7, XJ_HASH_SIZE);
        hand_send(h, CITY_PROC, out);
        hand_refused(h, CITY_PROC, "malformed", "field 23");
        hand_number(h, CITY_PROC, out);
        assert_true(out->header.has_previous);
        out->header.id.b[15] ^= 1;
        hand_send(h, CITY_PROC, out);
        hand_admitted(h, CITY_PROC, "");
        xj_outgoing_free(out);
    }
}

static void suspended__agencies_are_read_and_refused(void **state)
{
    struct hand *h = *state;
    struct xj_outgoing *out = hand_report(h);
    city_register(h->city, "status", CITY_BUREAU, json_pack("{s:s}", "state", "suspended"));
    hand_hello(h, CITY_BUREAU);
    hand_number(h, CITY_BUREAU, out);
    refused_as(h, out, "suspended", "");
}

static void recipients__must_be_registered(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr("370800-nobody"), XJ_TO_COPY};
    refused_as(h, out, "recipient_unknown", "370800-nobody");
    out = hand_report(h);
    out->header.joint[out->header.joint_count++] = xj_slice_cstr("370800-nowhere");
    refused_as(h, out, "recipient_unknown", "370800-nowhere");
    sound_is_admitted(h);
}

static void recipients__that_are_no_more_are_told_with_their_heir(void **state)
{
    struct hand *h = *state;
    city_register(h->city, "agency", "370800-old", json_pack("{s:s, s:s, s:s}", "name", "旧局", "role", "bureau", "division", "370800"));
    city_register(h->city, "succeeded_by", "370800-old", json_pack("{s:s, s:I}", "agency", CITY_POLICE, "at", (json_int_t)0));
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr("370800-old"), XJ_TO_COPY};
    refused_as(h, out, "recipient_succeeded", "370800-old " CITY_POLICE);
    out = hand_report(h);
    out->header.joint[out->header.joint_count++] = xj_slice_cstr("370800-old");
    refused_as(h, out, "recipient_succeeded", "370800-old " CITY_POLICE);
    sound_is_admitted(h);
}

static void revision__must_be_registered(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = hand_report(h);
    out->header.revision.b[0] ^= 1;
    refused_as(h, out, "revision_unknown", "");
    out = hand_report(h);
    out->header.procedure = xj_slice_cstr("unheard_of");
    refused_as(h, out, "revision_unknown", "");
    sound_is_admitted(h);
}

static void revision__of_a_case_is_the_one_it_stands_under(void **state)
{
    struct hand *h = *state;
    char stands[2 * XJ_HASH_SIZE + 1];
    hand_hello(h, CITY_POLICE);
    json_t *request = city_request("case_withdrawn", h->city->case_id, "withdrawal_decision");
    struct xj_outgoing *out = hand_draft(h, CITY_POLICE, json_incref(request));
    xj_hex(out->header.revision.b, XJ_HASH_SIZE, stands);
    out->header.revision.b[0] ^= 1;
    hand_send(h, CITY_POLICE, out);
    hand_refused(h, CITY_POLICE, "revision_unknown", stands);
    xj_outgoing_free(out);
    out = hand_draft(h, CITY_POLICE, request);
    out->header.procedure = xj_slice_cstr("supervision");
    hand_send(h, CITY_POLICE, out);
    hand_refused(h, CITY_POLICE, "revision_unknown", stands);
    xj_outgoing_free(out);
}

/* A procedure of its own whose only revision is in force from then on. */
static void publish(struct hand *h, struct xj_buf *yaml, int64_t effective_ms, struct xj_hash *ret_revision)
{
    struct xj_buf compiled;
    struct xj_findings findings;
    struct xj_changes c;
    xj_findings_init(&findings);
    xj_changes_init(&c);
    xj_buf_init(&compiled, XJ_MAX_REGISTER_ENTRY_BYTES);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(yaml), xj_slice_of(NULL, 0), &compiled, &findings), XJ_OK);
    xj_changes_procedure(&c, "small", xj_buf_slice(&compiled), effective_ms);
    assert_int_equal(world_publish(h->w, &c), XJ_OK);
    struct xj_model *m;
    assert_int_equal(xj_model_decode(xj_buf_slice(&compiled), &m), XJ_OK);
    *ret_revision = m->revision;
    xj_model_free(m);
    xj_changes_free(&c);
    xj_findings_free(&findings);
    xj_buf_free(yaml);
    xj_buf_free(&compiled);
}

static void revision__begins_no_live_case_before_its_day(void **state)
{
    struct hand *h = *state;
    struct xj_hash revision;
    const int64_t day_ms = INT64_C(86400000);
    struct xj_buf small = read_text(SMALL_YAML);
    publish(h, &small, h->w->now_ms + day_ms, &revision);
    hand_hello(h, CITY_BUREAU);
    for (int i = 0; i < 3; i++) { /* live before its day, a late entry, live on it: only the first is not judged by it */
        struct xj_outgoing *out = hand_report(h);
        out->header.procedure = xj_slice_cstr("small");
        out->header.revision = revision;
        if (i == 1)
            out->header.mode = XJ_MODE_LATE_ENTRY;
        if (i == 2)
            h->w->now_ms += 2 * day_ms;
        refused_as(h, out, i == 0 ? "revision_unknown" : "act_unknown", NULL);
    }
}

/* ---- shape and size ---- */

/* A message of these parts, the header signed by the bureau. */
static void submit_parts(struct hand *h, struct xj_slice header, struct xj_slice body, struct xj_slice keys)
{
    struct xj_buf signature, message;
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    const struct xj_hash digest = xj_header_digest(header);
    xj_sign_one(&hand_of(h, CITY_BUREAU)->node->keys.sign, &digest, &signature);
    const struct xj_message m = {header, body, keys, xj_buf_slice(&signature)};
    xj_message_join(&m, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    xj_buf_free(&signature);
    xj_buf_free(&message);
}

static struct xj_slice zeros(size_t n)
{
    static uint8_t bytes[XJ_MAX_FRAME_BYTES];
    assert_true(n <= sizeof bytes);
    return xj_slice_of(bytes, n);
}

static void size__over_a_limit_is_refused_by_name(void **state)
{
    struct hand *h = *state;
    struct xj_buf header;
    const struct {
        size_t body, keys;
        const char *detail;
    } cases[] = {{XJ_MAX_SEALED_BODY_BYTES + 1, 600, "body"}, {528, XJ_MAX_KEYS_BYTES + 1, "keys"}, {XJ_MAX_MESSAGE_BYTES, 600, "message"}};
    hand_hello(h, CITY_BUREAU);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xj_outgoing *out = hand_report(h);
        hand_papers(h, CITY_BUREAU, out);
        xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
        xj_header_encode(&out->header, &header);
        submit_parts(h, xj_buf_slice(&header), zeros(cases[i].body), zeros(cases[i].keys));
        hand_refused(h, CITY_BUREAU, "oversize", cases[i].detail);
        xj_buf_free(&header);
        xj_outgoing_free(out);
    }
    sound_is_admitted(h);
}

/* A header whose fields are those of a sound one, but the one at index is written by put. */
static void malformed_at(struct hand *h, unsigned index, const uint8_t *raw, size_t n, const char *code, const char *detail)
{
    struct xj_buf sound, header;
    struct xj_doc doc = {0};
    struct xj_outgoing *out = hand_report(h);
    xj_buf_init(&sound, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES * 4);
    xj_header_encode(&out->header, &sound);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&sound), XJ_MAX_HEADER_NODES), XJ_OK);
    assert_int_equal(doc.root.via.array.size, 24);
    xj_put_array(&header, 24);
    for (unsigned i = 0; i < 24; i++) {
        if (i == index)
            xj_buf_add(&header, raw, n);
        else
            xj_put_object(&header, &doc.root.via.array.ptr[i]);
    }
    submit_parts(h, xj_buf_slice(&header), xj_buf_slice(&out->body), xj_buf_slice(&out->keys));
    hand_refused(h, CITY_BUREAU, code, detail);
    xj_doc_close(&doc);
    xj_buf_free(&sound);
    xj_buf_free(&header);
    xj_outgoing_free(out);
}

static void header__that_breaks_a_rule_is_malformed_and_the_field_named(void **state)
{
    struct hand *h = *state;
    static const uint8_t nil[] = {0xc0}, nine[] = {9}, text[] = {0xa1, 'x'}, cut_id[] = {0xc4, 2, 1, 2};
    hand_hello(h, CITY_BUREAU);
    malformed_at(h, 0, nine, 1, "malformed", "field 0");
    malformed_at(h, 2, text, 2, "malformed", "field 2");   /* no id: the number still tells which it is */
    malformed_at(h, 2, cut_id, sizeof cut_id, "malformed", "field 2");
    malformed_at(h, 22, nil, 1, "malformed", "field 22");  /* no number: the next one is meant */
    malformed_at(h, 15, text, 2, "malformed", "field 15");
    sound_is_admitted(h);
}

static void header__that_is_no_header_takes_the_next_number(void **state)
{
    struct hand *h = *state;
    static const uint8_t text[] = {0xa1, 'x'}, short_list[] = {0x92, 1, 2}, cut[] = {0xdc, 0, 24, 1};
    const struct xj_slice headers[] = {{text, sizeof text}, {short_list, sizeof short_list}, {cut, sizeof cut}};
    hand_hello(h, CITY_BUREAU);
    for (size_t i = 0; i < 3; i++) {
        const uint64_t before = hand_of(h, CITY_BUREAU)->number;
        submit_parts(h, headers[i], zeros(528), zeros(10));
        hand_refused(h, CITY_BUREAU, "malformed", "header");
        assert_int_equal(hand_of(h, CITY_BUREAU)->number, before + 1);
    }
    sound_is_admitted(h);
}

static void header__with_too_many_of_something_is_oversize(void **state)
{
    struct hand *h = *state;
    struct xj_buf refs;
    hand_hello(h, CITY_BUREAU);
    xj_buf_init(&refs, 4096);
    xj_put_array(&refs, XJ_MAX_REFS + 1);
    for (unsigned i = 0; i <= XJ_MAX_REFS; i++) {
        uint8_t id[16] = {(uint8_t)(i + 1)};
        xj_put_bin(&refs, id, sizeof id);
    }
    malformed_at(h, 17, refs.p, refs.n, "oversize", "field 17");
    xj_buf_free(&refs);
    sound_is_admitted(h);
}

/* ---- what is taken all the same ---- */

/* The bureau reports a crime to the procuratorate: an act that everybody entitled hears of. */
static void open_act(struct hand *h, const char *joint, const char *breach)
{
    json_t *request = city_request("report", NULL, "");
    json_object_set_new(json_object_get(request, "body"), "title", json_string("报案"));
    struct xj_outgoing *out = hand_draft(h, CITY_BUREAU, request);
    size_t kept = 0;
    for (size_t i = 0; i < out->header.to_count; i++)
        if (!xj_slice_is(out->header.to[i].agency, CITY_POLICE))
            out->header.to[kept++] = out->header.to[i];
    out->header.to_count = kept;
    if (kept == 0)
        out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_PROC), XJ_TO_PRINCIPAL};
    if (joint != NULL)
        out->header.joint[out->header.joint_count++] = xj_slice_cstr(joint);
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, breach);
    xj_outgoing_free(out);
}

static void grant_all(struct hand *h, const char *who, const char *procedure)
{
    char id[64];
    snprintf(id, sizeof id, "%s/all", who);
    city_register(h->city, "grant", id, json_pack("{s:s, s:[], s:s, s:[], s:s}", "procedure", procedure, "acts", "mode", "full", "agencies",
                                                  "division", "370800"));
}

static void subscriber__left_out_is_a_breach(void **state)
{
    struct hand *h = *state;
    grant_all(h, CITY_POLICE, "referral");
    hand_hello(h, CITY_BUREAU);
    open_act(h, NULL, "subscriber");
    assert_string_equal(h->detail, CITY_POLICE);
    open_act(h, CITY_POLICE, "");
    open_act(h, CITY_REGISTRAR, "subscriber");
}

static void subscriber__that_sent_it_is_not_left_out(void **state)
{
    struct hand *h = *state;
    grant_all(h, CITY_BUREAU, "referral");
    hand_hello(h, CITY_BUREAU);
    open_act(h, NULL, "");
}

/* A link to another case does not make an errand of an act. */
static void subscriber__left_out_of_an_act_with_a_link_is_a_breach(void **state)
{
    struct hand *h = *state;
    struct xj_id other = {{9}};
    grant_all(h, CITY_PROC, "referral");
    hand_hello(h, CITY_BUREAU);
    json_t *request = city_request("report", NULL, "");
    json_object_set_new(json_object_get(request, "body"), "title", json_string("报案"));
    json_object_set_new(request, "principals", json_pack("[s]", CITY_POLICE));
    struct xj_outgoing *out = hand_draft(h, CITY_BUREAU, request);
    for (size_t i = 0; i < out->header.to_count; i++)
        if (xj_slice_is(out->header.to[i].agency, CITY_PROC))
            out->header.to[i] = out->header.to[--out->header.to_count];
    out->header.relates[out->header.relate_count++] = (struct xj_header_relate){xj_slice_cstr("same_matter"), other};
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "subscriber");
    assert_string_equal(h->detail, CITY_PROC);
    xj_outgoing_free(out);
}

static bool see_transfer(void *arg, const struct xj_entry *e)
{
    struct xj_header header;
    unsigned field;
    if (e->kind == XJ_ENTRY_MESSAGE && xj_header_decode(e->head, &header, &field) == XJ_OK && xj_slice_is(header.act, "transfer"))
        *(struct xj_id *)arg = header.id;
    return true;
}

/* That a message cannot be read is between its sender and who says so. */
static void subscriber__hears_nothing_of_what_cannot_be_read(void **state)
{
    struct hand *h = *state;
    struct xj_id transfer;
    char id[XJ_ID_TEXT];
    grant_all(h, CITY_PROC, "referral");
    hand_hello(h, CITY_POLICE);
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, see_transfer, &transfer), XJ_OK);
    xj_id_format(&transfer, id);
    json_t *request = city_request("transfer", h->city->case_id, "");
    json_object_set_new(request, "relates", json_pack("[{s:s, s:s}]", "relation", "unreadable", "id", id));
    json_object_set_new(request, "principals", json_pack("[s]", CITY_BUREAU));
    struct xj_outgoing *out = hand_draft(h, CITY_POLICE, request);
    for (size_t i = 0; i < out->header.to_count; i++)
        assert_false(xj_slice_is(out->header.to[i].agency, CITY_PROC));
    hand_send(h, CITY_POLICE, out);
    hand_admitted(h, CITY_POLICE, "");
    xj_outgoing_free(out);
}

/* small.yaml whose transfer wants more papers than a statement holds breaches, and no copy. */
static struct xj_buf wanting(unsigned kinds)
{
    struct xj_buf text = read_text(SMALL_YAML), named, listed, a, b;
    xj_buf_init(&named, 4096);
    xj_buf_init(&listed, 4096);
    xj_buf_add_str(&named, "  letter: [移送书, letter]\n");
    xj_buf_add_str(&listed, "instrument: letter, papers: [");
    for (unsigned i = 0; i < kinds; i++) {
        xj_buf_addf(&named, "  k%02u: [第%u种, kind %u]\n", i, i, i);
        xj_buf_addf(&listed, "k%02u, ", i);
    }
    xj_buf_add_str(&listed, "[list, no_list]], vis: open");
    a = replaced(&text, "  letter: [移送书, letter]\n", xj_buf_cstr(&named));
    b = replaced(&a, "instrument: letter, papers: [[list, no_list]], copies: court, vis: open", xj_buf_cstr(&listed));
    xj_buf_free(&text);
    xj_buf_free(&named);
    xj_buf_free(&listed);
    xj_buf_free(&a);
    return b;
}

/* An exchange keeps sixteen revisions in memory; which of them came first makes no difference. */
static void revisions__more_than_are_kept_in_memory_are_judged_all_the_same(void **state)
{
    enum { REVISIONS = 18 };
    struct hand *h = *state;
    struct xj_hash revision[REVISIONS];
    for (unsigned i = 0; i < REVISIONS; i++) {
        struct xj_buf text = wanting(i);
        publish(h, &text, h->w->now_ms, &revision[i]);
    }
    hand_hello(h, CITY_BUREAU);
    for (unsigned i = 0; i < 2 * REVISIONS; i++) {
        struct xj_outgoing *out = hand_report(h);
        out->header.procedure = xj_slice_cstr("small");
        out->header.revision = revision[i % 3 == 0 ? 0 : i % REVISIONS];
        refused_as(h, out, "act_unknown", "transfer_report");
    }
    sound_is_admitted(h);
}

static void subscriber__left_out_is_the_last_of_the_breaches_that_fit(void **state)
{
    struct hand *h = *state;
    static const unsigned kinds[] = {XJ_MAX_BREACHES - 3, XJ_MAX_BREACHES - 2, XJ_MAX_BREACHES}; /* and the step and the list */
    struct xj_hash revision[3];
    grant_all(h, CITY_PROC, "small");
    for (size_t i = 0; i < 3; i++) {
        struct xj_buf text = wanting(kinds[i]);
        publish(h, &text, h->w->now_ms, &revision[i]);
    }
    hand_hello(h, CITY_BUREAU);
    for (size_t i = 0; i < 3; i++) {
        static struct xj_admitted st;
        struct xj_frame f;
        struct xj_frame_item item;
        struct xj_outgoing *out = hand_report(h);
        struct xj_header *head = &out->header;
        head->procedure = xj_slice_cstr("small");
        head->revision = revision[i];
        head->act = xj_slice_cstr("transfer");
        head->tracks[0].name = xj_slice_cstr("matter");
        head->papers[0].kind = xj_slice_cstr("letter");
        head->to[0] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_PRINCIPAL};
        head->to_count = 1;
        hand_send(h, CITY_BUREAU, out);
        assert_true(hand_sent(h, hand_of(h, CITY_BUREAU)->conn, XJ_F_ANSWER, 0, &f) && xj_frame_next(&f, &item));
        assert_int_equal(xj_admitted_decode(item.statement, &st), XJ_OK);
        assert_int_equal(st.breach_count, XJ_MAX_BREACHES);
        assert_int_equal(xj_slice_is(st.breaches[XJ_MAX_BREACHES - 1].code, "subscriber"), i == 0);
        xj_frame_close(&f);
        hand_admitted(h, CITY_BUREAU, "step");
        xj_outgoing_free(out);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(sender__must_be_who_signed),
        TEST(actor__must_be_registered_and_without_keys),
        TEST(actor__without_keys_has_its_act_recorded_by_another),
        TEST(content__must_have_the_digests_stated),
        TEST(acts__are_chained_one_to_the_next),
        TEST(acts__of_an_agency_begin_with_one_that_names_none_before),
        TEST(suspended__agencies_are_read_and_refused),
        TEST(recipients__must_be_registered),
        TEST(recipients__that_are_no_more_are_told_with_their_heir),
        TEST(revision__must_be_registered),
        TEST(revision__of_a_case_is_the_one_it_stands_under),
        TEST(revision__begins_no_live_case_before_its_day),
        TEST(revisions__more_than_are_kept_in_memory_are_judged_all_the_same),
        TEST(size__over_a_limit_is_refused_by_name),
        TEST(header__that_breaks_a_rule_is_malformed_and_the_field_named),
        TEST(header__that_is_no_header_takes_the_next_number),
        TEST(header__with_too_many_of_something_is_oversize),
        TEST(subscriber__left_out_is_a_breach),
        TEST(subscriber__that_sent_it_is_not_left_out),
        TEST(subscriber__left_out_of_an_act_with_a_link_is_a_breach),
        TEST(subscriber__hears_nothing_of_what_cannot_be_read),
        TEST(subscriber__left_out_is_the_last_of_the_breaches_that_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
