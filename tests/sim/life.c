#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/changes.h"
#include "schema/ledger/told.h"
#include "tests/procedures/fixture.h"
#include "tests/sim/life.h"
#include "tests/sim/world_private.h"

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true},
    {"370800-scjgj", "济宁市市场监督管理局", "bureau", "market", true},
    {"370800-sthjj", "济宁市生态环境局", "bureau", "environment", true},
    {"370800-gaj", "济宁市公安局", "police", NULL, true},
    {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true},
    {"370800-zjj", "济宁市住房和城乡建设局", "bureau", "housing", false}, /* without keys */
};
enum { JUSTICE, BUREAU, BUREAU2, POLICE, PROCURATORATE, ON_PAPER, ALL };
#define CASES 4
#define DAY_ONE_MS INT64_C(1790000000000) /* the first instant of a world */

struct life {
    struct world w;
    char dir[64], cases[CASES][40];
    uint64_t acts;
    struct played played;
};

/* Late entries, so that no view depends on when a frame came. */
static json_t *request(const char *act, const char *papers)
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain", "content_base64",
                                              "5qC35L6L"));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s, s:s, s:s}}", "act", act, "procedure", "referral", "mode", "late_entry",
                     "occurred", "2026-09-01", "papers", list, "body", "title", "样例", "source", "卷宗", "drafted_by", "甲", "approved_by", "乙");
}

/* Does it in that case; takes the request. */
static void does(struct life *l, int who, size_t of, json_t *r)
{
    char *const case_id = l->cases[of];
    json_object_set_new(r, "case", *case_id ? json_string(case_id) : json_null());
    json_t *a = world_act(&l->w, city[who].id, r, 100 + ++l->acts);
    if (!a) fail_msg("act %llu: %s", (unsigned long long)l->acts, l->w.failed);
    char *text = json_dumps(a, JSON_SORT_KEYS | JSON_COMPACT);
    xj_buf_addf(&l->played.account, "%s %s\n", city[who].id, text);
    if (strncmp(json_string_value(json_object_get(a, "status")), "admitted", 8) != 0) fail_msg("%s", text);
    snprintf(case_id, 40, "%s", json_string_value(json_object_get(a, "case")));
    free(text);
    json_decref(a);
    json_decref(r);
}

static void settle(struct life *l)
{
    if (!world_settle(&l->w, 200000)) fail_msg("%s", l->w.failed);
}

static uint64_t own_number(struct life *l, int who)
{
    struct xj_agent_figures f;
    xj_agent_figures(l->w.agent[who].core, &f);
    return f.own_number;
}

/* An act under a revision that never was: the agent does not ask, the exchange refuses it. */
static void is_refused(struct life *l, int who, size_t of)
{
    json_t *refused, *r = request("transfer_report", "transfer_report");
    const uint64_t before = own_number(l, who), seed = 100 + ++l->acts;
    json_object_set_new(r, "case", *l->cases[of] ? json_string(l->cases[of]) : json_null());
    while (own_number(l, who) == before) { /* it may die with its process */
        struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = world_draft(&l->w, city[who].id, r, seed, &refused)};
        assert_non_null(ev.outgoing);
        ev.outgoing->header.revision.b[0] ^= 1;
        world_agent_batch(&l->w, who, &ev, false);
        settle(l);
    }
    struct xj_buf buf;
    struct xj_entry e;
    bool found = false;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t n = xj_log_size(l->w.agent[who].log); n && !found; n--)
        found = xj_log_get(l->w.agent[who].log, n, &buf, &e) == XJ_OK && e.kind == XJ_ENTRY_REFUSED;
    assert_true(found);
    xj_buf_free(&buf);
    json_decref(r);
}

static void transfer(struct life *l, int who, size_t of)
{
    json_t *report = request("transfer_report", "transfer_report");
    json_object_set_new(report, "copies", json_pack("[s, s]", city[JUSTICE].id, city[ON_PAPER].id));
    const int other = who == BUREAU ? BUREAU2 : BUREAU;
    if (!l->w.absent[other]) json_object_set_new(report, "joint", json_pack("[s]", city[other].id));
    does(l, who, of, report);
    does(l, who, of, request("transfer_approved", ""));
    does(l, who, of, request("transfer", "transfer_letter investigation_report item_list test_report"));
}

static void register_json(struct life *l, const char *kind, const char *id, json_t *value)
{
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_json(&c, kind, id, value, "/", NULL);
    assert_int_equal(world_publish(&l->w, &c), XJ_OK);
    xj_changes_free(&c);
    json_decref(value);
}

static void order(struct life *l, const char *id, size_t of)
{
    struct xj_id case_id;
    char hex[2 * XJ_ID_SIZE + 1];
    assert_true(xj_id_parse(l->cases[of], &case_id));
    xj_hex(case_id.b, sizeof case_id.b, hex);
    register_json(l, "order", id, json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "kind", "destroy", "number", "1号", "basis", "依法", "organ",
                                            city[PROCURATORATE].id, "date", 20000, "case", "hex", hex));
    settle(l);
}

/* That it was told of something, in its ledger. */
static void tell(struct life *l, int who, size_t of, enum xj_told_event event)
{
    struct xj_buf head;
    struct xj_told t = {.event = event, .name = xj_slice_cstr("R7"), .answerable = xj_slice_cstr(city[who].id), .severity = 4,
                        .at_ms = l->w.now_ms, .by = xj_slice_cstr(event == XJ_TOLD_DELIVERED || event == XJ_TOLD_ACKNOWLEDGED ? "甲" : ""),
                        .reason = xj_slice_cstr(event == XJ_TOLD_CLEARED ? "已处理" : "")};
    assert_true(xj_id_parse(l->cases[of], &t.case_id));
    t.trigger = t.case_id;
    xj_told_key(t.case_id, t.name, xj_slice_cstr(""), t.trigger, t.answerable, t.key);
    xj_buf_init(&head, 4096);
    xj_told_encode(&t, &head);
    unsigned long before;
    do { /* it may die with its process */
        settle(l);
        before = l->w.io_errors;
    } while (!world_tell(&l->w, &l->w.agent[who], xj_buf_slice(&head)) && l->w.io_errors > before && !l->w.failed);
    xj_buf_free(&head);
}

static void rebuild_agent(struct life *l, int who)
{
    struct node *n = &l->w.agent[who];
    if (!city[who].connected) return;
    assert_int_equal(xj_db_begin(n->db), XJ_OK);
    assert_int_equal(xj_db_kv_clear(n->db), XJ_OK);
    assert_int_equal(xj_db_commit(n->db), XJ_OK);
    world_restart_agent(&l->w, n);
    settle(l);
}

/* Work, lost ledgers, an older copy of one, an order and what it destroyed. */
void life_of_ledgers(struct life *l)
{
    transfer(l, BUREAU, 0);
    is_refused(l, BUREAU, 3);
    world_copy_agent(&l->w, &l->w.agent[POLICE]);
    is_refused(l, POLICE, 3);
    does(l, POLICE, 0, request("receipt", "receipt"));
    does(l, POLICE, 0, request("acceptance", ""));
    tell(l, BUREAU, 0, XJ_TOLD_RAISED);
    tell(l, BUREAU, 0, XJ_TOLD_RAISED); /* once is enough */
    tell(l, BUREAU, 0, XJ_TOLD_CLEARED);
    for (int i = 0; i < ALL; i++) {
        if (!city[i].connected) continue;
        world_lose_agent(&l->w, &l->w.agent[i], i == POLICE);
        settle(l);
    }
    transfer(l, BUREAU2, 1);
    for (int event = XJ_TOLD_RAISED; event <= XJ_TOLD_CLEARED; event++) tell(l, BUREAU2, 1, (enum xj_told_event)event);
    order(l, "00112233445566778899aabbccddeeff", 0);
    world_lose_agent(&l->w, &l->w.agent[POLICE], false);
    settle(l);
    does(l, POLICE, 1, request("receipt", "receipt"));
    for (int i = 0; i < ALL; i++) rebuild_agent(l, i);
}

/* The exchange's disk, lost and set back, while some are away. */
void life_of_journal(struct life *l)
{
    struct world *const w = &l->w;
    w->recovery_wait_ms = 20000;
    transfer(l, BUREAU, 0);
    is_refused(l, BUREAU, 3);
    does(l, BUREAU2, 3, request("transfer", "")); /* without report, approval and papers: admitted, with breaches */
    world_lose_exchange(w, true);
    settle(l);
    is_refused(l, POLICE, 3);
    does(l, POLICE, 0, request("receipt", "receipt"));
    does(l, BUREAU, 1, request("transfer_report", "transfer_report"));
    does(l, BUREAU, 1, request("transfer_approved", ""));
    w->absent[POLICE] = w->absent[PROCURATORATE] = true;
    w->hurried_ms = 60000;
    does(l, BUREAU, 1, request("transfer", "transfer_letter investigation_report item_list test_report"));
    w->hurried_ms = 0;
    w->absent[POLICE] = w->absent[PROCURATORATE] = false;
    w->absent[BUREAU] = true;
    world_lose_exchange(w, true);
    settle(l);
    transfer(l, BUREAU2, 2);
    w->absent[BUREAU] = false;
    settle(l);
    does(l, POLICE, 1, request("receipt", "receipt"));
    order(l, "00112233445566778899aabbccddeeff", 2);
    is_refused(l, BUREAU, 3);
    world_lose_exchange(w, true);
    settle(l);
    does(l, POLICE, 0, request("acceptance", ""));
    for (int i = 0; i < ALL; i++) rebuild_agent(l, i);
}

/* The procedure with another limit, in place of itself in every case. */
static void enact(struct life *l)
{
    struct xj_slice now;
    struct xj_model *was;
    struct xj_buf text = read_text(REFERRAL_YAML), next, compiled;
    struct xj_findings findings;
    struct xj_changes c;
    char hex[2 * XJ_HASH_SIZE + 1];
    assert_int_equal(world_referral(&now), XJ_OK);
    assert_int_equal(xj_model_decode(now, &was), XJ_OK);
    xj_hex(was->revision.b, XJ_HASH_SIZE, hex);
    next = replaced(&text, "limit: 3d, extend: {decision_verification: 7d,", "limit: 5d, extend: {decision_verification: 7d,");
    xj_buf_addf(&next, "\nreplaces:\n  revision: %s\n  cases: open\n", hex);
    xj_findings_init(&findings);
    xj_buf_init(&compiled, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&next), nothing(), &compiled, &findings), XJ_OK);
    xj_changes_init(&c);
    xj_changes_procedure(&c, "referral", xj_buf_slice(&compiled), DAY_ONE_MS);
    assert_int_equal(world_publish(&l->w, &c), XJ_OK);
    xj_changes_free(&c);
    xj_findings_free(&findings);
    xj_model_free(was);
    xj_buf_free(&text);
    xj_buf_free(&next);
    xj_buf_free(&compiled);
}

static bool see_own(void *arg, const struct xj_entry *e)
{
    struct xj_header h;
    unsigned field;
    if (e->kind == XJ_ENTRY_OWN && xj_header_decode(e->head, &h, &field) == XJ_OK) *(struct xj_id *)arg = h.id;
    return true;
}

/* Hands on the act that it did last, in that case. */
static void share(struct life *l, int who, size_t of, int to)
{
    struct xj_id last = {{0}};
    char id[XJ_ID_TEXT];
    json_t *r = request("transfer", "");
    assert_int_equal(xj_log_scan(l->w.agent[who].log, 1, see_own, &last), XJ_OK);
    xj_id_format(&last, id);
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "shares", "id", id));
    json_object_set_new(r, "principals", json_pack("[s]", city[to].id));
    does(l, who, of, r);
}

/* Who may hear of everything, what the procedure says, and what agency one is, each other than it was in the middle of a case; one act
 * is of an agency without keys. Then the journal is lost. */
void life_of_law(struct life *l)
{
    json_t *report = request("report", "");
    register_json(l, "grant", "370800-jcy/all", json_pack("{s:s, s:[], s:s, s:[], s:s}", "procedure", "referral", "acts", "mode", "full",
                                                          "agencies", "division", "370800"));
    json_object_set_new(report, "actor", json_string(city[ON_PAPER].id));
    json_object_set_new(report, "principals", json_pack("[s]", city[POLICE].id));
    does(l, BUREAU, 1, report);
    transfer(l, BUREAU, 0);
    does(l, POLICE, 0, request("receipt", "receipt"));
    enact(l);
    does(l, POLICE, 0, request("acceptance", ""));
    register_json(l, "succeeded_by", city[BUREAU].id, json_pack("{s:s, s:I}", "agency", city[BUREAU2].id, "at", (json_int_t)DAY_ONE_MS));
    share(l, BUREAU, 0, BUREAU2);
    does(l, POLICE, 0, request("filed", "filing_decision"));
    world_lose_exchange(&l->w, true);
    settle(l);
    does(l, BUREAU2, 0, request("items_handed_over", "handover_list"));
    for (int i = 0; i < ALL; i++) rebuild_agent(l, i);
}

struct life *life_live(a_life *life, uint64_t seed, const struct faults *f)
{
    struct life *l = calloc(1, sizeof *l);
    assert_non_null(l);
    snprintf(l->dir, sizeof l->dir, "/dev/shm/xianjie-life-XXXXXX");
    assert_non_null(mkdtemp(l->dir));
    xj_buf_init(&l->played.account, 1024 * 1024);
    assert_int_equal(world_open(&l->w, l->dir, seed, f, city, ALL), XJ_OK);
    life(l);
    for (int i = 0; i < ALL; i++) {
        if (!city[i].connected) continue;
        xj_buf_init(&l->played.view[i], 4 * 1024 * 1024);
        for (size_t k = 0; k < CASES; k++) {
            struct xj_id id;
            if (xj_id_parse(l->cases[k], &id)) assert_true(sim_portrait(l->w.agent[i].view, id, &l->played.view[i]));
        }
    }
    l->played.agents = ALL;
    assert_true(world_verify(&l->w));
    world_close(&l->w);
    world_remove_dir(l->dir);
    return l;
}

void life_assert_same(struct life *calm, struct life *other)
{
    assert_true(sim_same(&calm->played, &other->played, "a life", 1));
}

unsigned long life_garbled(const struct life *l)
{
    return l->w.garbled;
}

void life_free(struct life *l)
{
    sim_played_free(&l->played);
    free(l);
}
