/* A bureau is merged into another in the middle of a case: its history is handed on, the case goes on under the successor, and
 * once more. In calm and under every fault. Spec: 06-register 8, 03-message 3b, 09-fold 10.3. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/view/paper.h"
#include "agents/agent/view/render.h"
#include "agents/agent/view/view_private.h"
#include "schema/ledger/db.h"
#include "tests/sim/world.h"

#define MERGED "370800-scjgj"
#define HEIR "370800-zhzfj"
#define LAST "370800-csglj"
#define POLICE "370800-gaj"
#define PROC "370800-jcy"
#define DAY_ONE INT64_C(1790000000000) /* the simulator's first instant */

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true}, {MERGED, "济宁市市场监督管理局", "bureau", "market", true},
    {HEIR, "济宁市综合行政执法局", "bureau", "urban", true}, {LAST, "济宁市城市管理局", "bureau", "urban", true},
    {POLICE, "济宁市公安局", "police", NULL, true},        {PROC, "济宁市人民检察院", "procuratorate", NULL, true},
};

struct merger {
    struct world *w;
    char dir[64], case_id[40];
    uint64_t drafts;
};

static void open_city(struct merger *m, const struct faults *f, uint64_t seed)
{
    memset(m, 0, sizeof *m);
    m->drafts = seed * 1000;
    snprintf(m->dir, sizeof m->dir, "/dev/shm/xianjie-merge-%ld-XXXXXX", (long)getpid());
    assert_non_null(mkdtemp(m->dir));
    m->w = calloc(1, sizeof *m->w);
    assert_non_null(m->w);
    assert_int_equal(world_open(m->w, m->dir, seed, f, city, 6), XJ_OK);
}

static void close_city(struct merger *m)
{
    world_close(m->w);
    free(m->w);
    world_remove_dir(m->dir);
}

static json_t *request(const struct merger *m, const char *act, const char *papers)
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain", "content_base64",
                                              "5qC35L6L"));
    json_t *r = json_pack("{s:s, s:o, s:{s:s, s:s}}", "act", act, "papers", list, "body", "drafted_by", "甲", "approved_by", "乙");
    json_object_set_new(r, "case", *m->case_id ? json_string(m->case_id) : json_null());
    return r;
}

/* Takes the request. */
static void act(struct merger *m, const char *who, json_t *r, const char *expected)
{
    json_t *a = world_act(m->w, who, r, ++m->drafts);
    if (a == NULL)
        fail_msg("%s: %s", json_string_value(json_object_get(r, "act")), m->w->failed);
    const char *status = json_string_value(json_object_get(a, "status")), *code = json_string_value(json_object_get(a, "code"));
    const bool good = code != NULL ? strcmp(code, expected) == 0 : strcmp(expected, "") == 0 && strncmp(status, "admitted", 8) == 0;
    if (!good) {
        char *text = json_dumps(a, 0), *asked = json_dumps(r, 0);
        print_error("%s\n%s\n", asked, text);
        fail();
    }
    if (json_object_get(a, "case") != NULL)
        snprintf(m->case_id, sizeof m->case_id, "%s", json_string_value(json_object_get(a, "case")));
    json_decref(a);
    json_decref(r);
}

static json_t *the_case(const struct merger *m, const char *who)
{
    struct xj_id id;
    json_t *made = NULL;
    assert_true(xj_id_parse(m->case_id, &id));
    assert_int_equal(xj_render_case(world_agent(m->w, who)->view, id, m->w->now_ms, &made), XJ_OK);
    return made;
}

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static void succeed(struct merger *m, const char *agency, const char *next)
{
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_succession(&c, agency, next, DAY_ONE);
    assert_int_equal(world_publish(m->w, &c), XJ_OK);
    xj_changes_free(&c);
}

/* As `case share` does it: every act that this agency is a party to and the other is not. */
static void hand_over(struct merger *m, const char *from, const char *to)
{
    json_t *j = the_case(m, from), *a;
    size_t i;
    json_array_foreach(json_object_get(j, "acts"), i, a) {
        if (json_is_object(json_object_get(a, "shared_by")))
            continue;
        json_t *r = request(m, text(a, "act"), "");
        json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "shares", "id", text(a, "id")));
        json_object_set_new(r, "principals", json_pack("[s]", to));
        act(m, from, r, "");
    }
    json_decref(j);
}

/* The market bureau's case up to the receipt of the police. */
static void begin(struct merger *m)
{
    json_t *r = request(m, "transfer_report", "transfer_report");
    json_object_set_new(json_object_get(r, "body"), "title", json_string("销售假药案"));
    json_object_set_new(json_object_get(r, "body"), "parties", json_pack("[{s:s, s:s}]", "kind", "person", "name", "张三"));
    act(m, MERGED, r, "");
    act(m, MERGED, request(m, "transfer_approved", ""), "");
    act(m, MERGED, request(m, "items_seized", "item_list"), "");
    r = request(m, "transfer", "transfer_letter investigation_report item_list test_report");
    json_object_set_new(r, "subjects", json_pack("[{s:s}]", "party", "张三"));
    act(m, MERGED, r, "");
    act(m, POLICE, request(m, "receipt", "receipt"), "");
}

static const json_t *find(const json_t *list, const char *key, const char *value)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(text(one, key), value) == 0)
            return one;
    return NULL;
}

static size_t own_acts(const json_t *j)
{
    const json_t *one;
    size_t i, n = 0;
    json_array_foreach(json_object_get(j, "acts"), i, one)
        n += json_array_size(json_object_get(one, "relates")) == 0;
    return n;
}

/* ---- what the successor has ---- */

/* All acts there are so far, most of them not sent to it. */
static void reads_everything(const struct merger *m, const char *who, const char *shared_by, size_t count)
{
    json_t *mine = the_case(m, who);
    const json_t *acts = json_object_get(mine, "acts"), *transfer = find(acts, "act", "transfer");
    assert_int_equal(own_acts(mine), count);
    assert_string_equal(text(mine, "title"), "销售假药案");
    assert_non_null(find(json_object_get(mine, "parties"), "name", "张三"));
    assert_true(json_is_object(json_object_get(transfer, "body")));
    assert_null(json_object_get(json_object_get(transfer, "body"), "shared"));
    assert_string_equal(text(json_object_get(transfer, "shared_by"), "agency"), shared_by);
    assert_string_equal(text(transfer, "from"), MERGED);
    assert_int_equal(json_array_size(json_object_get(transfer, "papers")), 4);
    json_decref(mine);
}

/* A paper of the predecessor's transfer opens with the successor's own key. */
static void opens_its_papers(const struct merger *m, const char *who)
{
    struct node *n = world_agent(m->w, who);
    json_t *j = the_case(m, who);
    const json_t *transfer = find(json_object_get(j, "acts"), "act", "transfer");
    const json_t *paper = find(json_object_get(transfer, "papers"), "kind", "test_report");
    struct xj_id id;
    struct xj_hash digest;
    struct xj_paper p;
    struct xj_buf sealed, keys, plain;
    const char *why = "";
    assert_string_equal(text(paper, "name"), "test_report");
    assert_true(xj_id_parse(text(transfer, "id"), &id) && xj_unhex(text(paper, "digest"), digest.b, sizeof digest.b));
    assert_int_equal(xj_paper_find(n->view, id, &digest, &p), XJ_OK);
    xj_buf_init(&sealed, XJ_MAX_SEALED_PAPER_BYTES);
    xj_buf_init(&keys, XJ_MAX_KEYS_BYTES);
    xj_buf_init(&plain, XJ_MAX_PAPER_BYTES);
    assert_int_equal(xj_object_get(n->db, &p.sealed, &sealed), XJ_OK);
    assert_int_equal(xj_object_get(n->db, &p.keys, &keys), XJ_OK);
    assert_int_equal(xj_paper_open(n->view, &p, xj_buf_slice(&sealed), xj_buf_slice(&keys), &plain, &why), XJ_OK);
    assert_null(why);
    assert_true(xj_slice_is(xj_buf_slice(&plain), "样例"));
    xj_buf_free(&sealed);
    xj_buf_free(&keys);
    xj_buf_free(&plain);
    json_decref(j);
}

static const json_t *duty(const json_t *j, const char *id)
{
    return find(json_object_get(j, "duties"), "id", id);
}

/* What a folding from the ledger alone gives is what the running view has. */
static void rebuilds_alike(const struct merger *m, const char *who)
{
    struct node *n = world_agent(m->w, who);
    struct xj_hash live, again;
    assert_int_equal(xj_view_digest(n->view, false, &live), XJ_OK);
    for (size_t step = 1; step < 64; step += 30) {
        char path[128];
        struct xj_view *v = NULL;
        snprintf(path, sizeof path, "%s/again.view", m->dir);
        const struct xj_view_options o = {.path = path, .agency = who, .root_key = m->w->anchor.root, .keys = &n->keys, .volatile_ok = true};
        assert_int_equal(xj_view_open(&o, &v, NULL), XJ_OK);
        for (size_t count = 1; count > 0;) {
            struct xj_ledger_item items[64];
            assert_int_equal(xj_ledger_items(n->db, n->log, xj_view_applied(v), step, items, &count), XJ_OK);
            assert_int_equal(xj_view_apply(v, items, count), XJ_OK);
            for (size_t i = 0; i < count; i++)
                xj_ledger_item_free(&items[i]);
        }
        assert_int_equal(xj_view_digest(v, false, &again), XJ_OK);
        assert_memory_equal(live.b, again.b, sizeof live.b);
        xj_view_close(v);
        assert_int_equal(remove(path), 0);
    }
}

/* Its own acts are refused before they leave; what others address to it goes to its holder. */
static void the_merged_bureau_is_refused(struct merger *m)
{
    struct xj_outgoing *out = NULL;
    struct xj_draft_refusal refusal;
    struct node *police = world_agent(m->w, POLICE);
    act(m, MERGED, request(m, "disposal_note", ""), "succeeded");
    json_t *r = request(m, "disposal_note", "");
    json_object_set_new(r, "copies", json_pack("[s, s]", MERGED, HEIR));
    assert_int_equal(xj_draft_build(police->view, &police->env, &police->keys, police->pairs, r, &out, &refusal), XJ_OK);
    assert_int_equal(out->header.to_count, 1);
    assert_true(xj_slice_is(out->header.to[0].agency, HEIR));
    xj_outgoing_free(out);
    json_decref(r);
}

static void merged_in_the_middle(const struct faults *f, uint64_t seed)
{
    struct merger m;
    open_city(&m, f, seed);
    begin(&m);
    json_t *before = the_case(&m, POLICE);
    succeed(&m, MERGED, HEIR);
    the_merged_bureau_is_refused(&m);

    /* The answer of the police reaches the successor, who knows nothing of the case yet. */
    act(&m, POLICE, request(&m, "acceptance", ""), "");
    json_t *alone = the_case(&m, HEIR);
    assert_int_equal(json_array_size(json_object_get(alone, "acts")), 1);
    json_decref(alone);

    hand_over(&m, MERGED, HEIR);
    reads_everything(&m, HEIR, MERGED, 6);
    opens_its_papers(&m, HEIR);
    json_t *heir = the_case(&m, HEIR), *police = the_case(&m, POLICE);
    assert_true(json_equal(json_object_get(duty(heir, "D08"), "start"), json_object_get(duty(police, "D08"), "start")));
    assert_true(json_equal(json_object_get(duty(heir, "D08"), "due"), json_object_get(duty(police, "D08"), "due")));
    assert_true(json_equal(json_object_get(duty(before, "D03"), "start"), json_object_get(duty(police, "D03"), "start")));
    json_decref(heir);
    json_decref(police);
    json_decref(before);

    act(&m, POLICE, request(&m, "filed", "filing_decision"), "");
    json_t *shown = the_case(&m, PROC);
    const json_t *owed = duty(shown, "D10");
    assert_string_equal(text(owed, "obligor"), HEIR);
    assert_true(json_is_null(json_object_get(owed, "obligor_on_record"))); /* asked of it by name */
    json_decref(shown);
    act(&m, HEIR, request(&m, "items_handed_over", "handover_list"), "");
    shown = the_case(&m, HEIR);
    const json_t *row = find(json_object_get(shown, "rows"), "track", "exhibits");
    assert_string_equal(text(row, "owner"), MERGED);
    assert_string_equal(text(row, "state"), "handed_over");
    assert_string_equal(text(duty(shown, "D10"), "status"), "met");
    json_decref(shown);

    /* And once more: the shares are shared. */
    succeed(&m, HEIR, LAST);
    hand_over(&m, HEIR, LAST);
    reads_everything(&m, LAST, MERGED, 8);
    opens_its_papers(&m, LAST);
    act(&m, HEIR, request(&m, "disposal_note", ""), "succeeded");
    act(&m, POLICE, request(&m, "items_confirmed", "handover_list"), "");
    shown = the_case(&m, LAST);
    assert_non_null(find(json_object_get(shown, "acts"), "act", "items_confirmed"));
    assert_string_equal(text(find(json_object_get(shown, "rows"), "track", "exhibits"), "state"), "confirmed");
    json_decref(shown);
    rebuilds_alike(&m, HEIR);
    rebuilds_alike(&m, LAST);
    rebuilds_alike(&m, MERGED);
    assert_true(world_verify(m.w));
    close_city(&m);
}

static void merged__in_the_middle_of_a_case(void **state)
{
    static const struct faults none = {0};
    (void)state;
    merged_in_the_middle(&none, 3);
}

static void merged__under_every_fault(void **state)
{
    static const struct faults all = {.drop = 30, .twice = 40, .delay = 60, .crash_before = 8, .crash_after = 8, .disconnect = 5};
    (void)state;
    merged_in_the_middle(&all, 5);
}

/* Duties of the predecessor are the successor's to read, and to be told of. */
static bool see_told(void *arg, const struct xj_told *t)
{
    size_t *n = arg;
    *n += t->event == XJ_TOLD_RAISED && t->stage > 0;
    return true;
}

static size_t warnings_of(const struct merger *m, const char *who, int64_t now_ms)
{
    static const uint32_t percents[] = {50, 80, 100};
    size_t n = 0;
    assert_int_equal(xj_view_watch(world_agent(m->w, who)->view, now_ms, percents, 3, see_told, &n), XJ_OK);
    return n;
}

static void duties__are_told_to_the_holder(void **state)
{
    static const struct faults none = {0};
    struct merger m;
    (void)state;
    open_city(&m, &none, 9);
    begin(&m);
    act(&m, POLICE, request(&m, "acceptance", ""), "");
    act(&m, POLICE, request(&m, "filed", "filing_decision"), "");
    const int64_t later = m.w->now_ms + INT64_C(4) * 86400000;
    assert_true(warnings_of(&m, MERGED, later) > 0);
    assert_int_equal(warnings_of(&m, HEIR, later), 0);
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_succession(&c, MERGED, HEIR, later); /* registered ahead: it takes effect by itself */
    assert_int_equal(world_publish(m.w, &c), XJ_OK);
    xj_changes_free(&c);
    hand_over(&m, MERGED, HEIR);
    assert_true(warnings_of(&m, MERGED, later - 1) > 0);
    assert_int_equal(warnings_of(&m, HEIR, later - 1), 0);
    assert_int_equal(warnings_of(&m, MERGED, later), 0);
    assert_true(warnings_of(&m, HEIR, later) > 0);
    struct xj_id id;
    json_t *made = NULL;
    assert_true(xj_id_parse(m.case_id, &id));
    assert_int_equal(xj_render_case(world_agent(m.w, HEIR)->view, id, later, &made), XJ_OK);
    assert_string_equal(text(duty(made, "D10"), "obligor"), HEIR);
    assert_true(json_is_true(json_object_get(duty(made, "D10"), "ours")));
    assert_string_equal(text(json_object_get(duty(made, "D10"), "obligor_on_record"), "agency"), MERGED);
    const json_t *asked = find(json_object_get(made, "questions"), "question", "exhibits");
    assert_true(json_is_true(json_object_get(asked, "ours")));
    assert_string_equal(text(json_array_get(json_object_get(asked, "asked"), 0), "agency"), HEIR);
    json_decref(made);
    rebuilds_alike(&m, HEIR);
    close_city(&m);
}

/* What was admitted for it before that day still reaches the predecessor's own machine, which then hands it on. */
static void mailbox__stays_the_predecessors(void **state)
{
    static const struct faults none = {0};
    struct merger m;
    (void)state;
    open_city(&m, &none, 13);
    begin(&m);
    struct node *merged = world_agent(m.w, MERGED);
    struct xj_changes c;
    merged->agency.connected = false; /* its machine is off, so nothing comes to rest: what the police sent it is not proved */
    json_t *r = request(&m, "acceptance", "");
    assert_null(world_act(m.w, POLICE, r, ++m.drafts));
    json_decref(r);
    m.w->failed = NULL;
    xj_changes_init(&c);
    xj_changes_succession(&c, MERGED, HEIR, DAY_ONE);
    assert_int_equal(world_publish(m.w, &c), XJ_ESTATE);
    xj_changes_free(&c);
    m.w->failed = NULL;
    json_t *j = the_case(&m, MERGED);
    assert_null(find(json_object_get(j, "acts"), "act", "acceptance"));
    json_decref(j);
    merged->agency.connected = true;
    assert_true(world_settle(m.w, 40000));
    j = the_case(&m, MERGED);
    assert_non_null(find(json_object_get(j, "acts"), "act", "acceptance"));
    json_decref(j);
    hand_over(&m, MERGED, HEIR);
    j = the_case(&m, HEIR);
    assert_string_equal(text(json_object_get(find(json_object_get(j, "acts"), "act", "acceptance"), "shared_by"), "agency"), MERGED);
    json_decref(j);
    assert_true(world_verify(m.w));
    close_city(&m);
}

/* ---- what does not verify is not taken ---- */

/* Plaintext and header of the share of an act, as the view of its reader holds them. */
static void share_of(struct xj_view *v, const char *act_id, struct xj_buf *header, struct xj_buf *body, struct xj_id *ret_target)
{
    assert_true(xj_id_parse(act_id, ret_target));
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT s.header, s.body FROM act a JOIN act s ON s.id = a.via WHERE a.id = ?1", "b", xj_id_slice(ret_target));
    assert_true(xj_vq_row(v, st));
    xj_buf_add_slice(header, xj_vq_slice(st, 0));
    xj_buf_add_slice(body, xj_vq_slice(st, 1));
    xj_vq_end(st);
    assert_int_equal(xj_view_end(v), XJ_OK);
}

/* Whether that share brings the act into a view that has it not; nothing of it stays. */
static bool brings(struct xj_view *v, struct xj_slice header, struct xj_slice body, const struct xj_id *target)
{
    const struct xj_view_from from = {.entry = 1, .answer = 2};
    xj_view_begin(v, true);
    xj_vq_run(v, xj_vq(v, "DELETE FROM act WHERE id = ?1", "b", xj_id_slice(target)));
    xj_view_take_share(v, header, body, &from);
    const bool there = xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM act WHERE id = ?1", "b", xj_id_slice(target)), 0) > 0;
    xj_view_fail(v, XJ_ESTATE);
    assert_int_equal(xj_view_end(v), XJ_ESTATE);
    return there;
}

/* Shared in another case, the message is none of that case. */
static void stays_in_its_case(struct xj_view *v, struct xj_slice header, struct xj_slice body, const struct xj_id *target)
{
    static struct xj_header h;
    unsigned field;
    struct xj_buf other;
    xj_buf_init(&other, XJ_MAX_HEADER_BYTES);
    assert_int_equal(xj_header_decode(header, &h, &field), XJ_OK);
    h.case_id.b[15] ^= 1;
    xj_header_encode(&h, &other);
    assert_int_equal(other.err, XJ_OK);
    assert_true(brings(v, header, body, target));
    assert_false(brings(v, xj_buf_slice(&other), body, target));
    xj_buf_free(&other);
}

/* Where in the share's plaintext the 64 bytes of a signature begin. */
static size_t signature_at(struct xj_slice body, const char *key)
{
    struct xj_doc doc;
    assert_int_equal(xj_doc_open(&doc, body, XJ_MAX_FRAME_NODES), XJ_OK);
    const msgpack_object *signature = xj_map_get(xj_map_get(&doc.root, "shared"), key);
    assert_true(signature != NULL && signature->type == MSGPACK_OBJECT_ARRAY);
    const msgpack_object *last = &signature->via.array.ptr[signature->via.array.size - 1];
    assert_int_equal(last->via.bin.size, 64);
    const size_t at = (size_t)((const uint8_t *)last->via.bin.ptr - body.p);
    xj_doc_close(&doc);
    return at;
}

static void share__is_taken_whole_or_not_at_all(void **state)
{
    static const struct faults none = {0};
    struct merger m;
    struct xj_buf header, body, original;
    struct xj_id target;
    size_t taken = 0, refused = 0;
    (void)state;
    open_city(&m, &none, 11);
    begin(&m);
    succeed(&m, MERGED, HEIR);
    hand_over(&m, MERGED, HEIR);
    struct xj_view *v = world_agent(m.w, HEIR)->view;
    json_t *j = the_case(&m, HEIR);
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&body, XJ_MAX_BODY_BYTES);
    xj_buf_init(&original, XJ_MAX_MESSAGE_BYTES);
    share_of(v, text(find(json_object_get(j, "acts"), "act", "transfer"), "id"), &header, &body, &target);
    const struct xj_view_from from = {.entry = 1, .answer = 2};
    const size_t sender = signature_at(xj_buf_slice(&body), "signature"), exchange = signature_at(xj_buf_slice(&body), "admitted_signature");
    for (size_t at = 0; at < body.n; at += at < 600 ? 1 : 7) {
        for (int round = 0; round < 2; round++) { /* the first: what is there; the second: what a changed byte leaves of it */
            if (round == 1)
                body.p[at] ^= (uint8_t)(1u << (at % 8));
            xj_view_begin(v, true);
            xj_vq_run(v, xj_vq(v, "DELETE FROM act WHERE id = ?1", "b", xj_id_slice(&target)));
            xj_view_take_share(v, xj_buf_slice(&header), xj_buf_slice(&body), &from);
            sqlite3_stmt *st = xj_vq(v, "SELECT header, statement, body FROM act WHERE id = ?1", "b", xj_id_slice(&target));
            struct xj_buf found;
            xj_buf_init(&found, XJ_MAX_MESSAGE_BYTES);
            const bool there = xj_vq_row(v, st);
            for (int k = 0; there && k < 3; k++)
                xj_buf_add_slice(&found, xj_vq_slice(st, k));
            xj_vq_end(st);
            xj_view_fail(v, XJ_ESTATE); /* nothing of this stays */
            assert_int_equal(xj_view_end(v), XJ_ESTATE);
            if (round == 0 && at == 0)
                xj_buf_add_slice(&original, xj_buf_slice(&found));
            assert_true(round == 1 || there);
            if (round == 1 && (at - sender < 64 || at - exchange < 64))
                assert_false(there);
            if (there)
                assert_true(xj_slice_eq(xj_buf_slice(&found), xj_buf_slice(&original)));
            taken += round == 1 && there;
            refused += round == 1 && !there;
            xj_buf_free(&found);
            if (round == 1)
                body.p[at] ^= (uint8_t)(1u << (at % 8));
        }
    }
    stays_in_its_case(v, xj_buf_slice(&header), xj_buf_slice(&body), &target);
    print_message("one bit changed: taken %zu times (deliveries, title, names), refused %zu times\n", taken, refused);
    assert_true(refused > 400);
    xj_buf_free(&header);
    xj_buf_free(&body);
    xj_buf_free(&original);
    json_decref(j);
    close_city(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merged__in_the_middle_of_a_case),
        cmocka_unit_test(merged__under_every_fault),
        cmocka_unit_test(duties__are_told_to_the_holder),
        cmocka_unit_test(mailbox__stays_the_predecessors),
        cmocka_unit_test(share__is_taken_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
