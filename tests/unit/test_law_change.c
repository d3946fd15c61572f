/* The referral procedure changes mid-year while cases are open: exchange, agents, ledgers and views together. One limit, the
 * police's decision whether to file (D08, 3 days), becomes longer or shorter.
 * Spec: schema/spec/06-register.md, section 6; 09-fold.md, section 12; 10-api.md. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft.h"
#include "tests/procedures/fixture.h"
#include "tests/sim/world_private.h"

#define DAY_MS INT64_C(86400000)
#define TRANSFER_PAPERS "transfer_letter investigation_report item_list test_report"

/* ---- acting, by the city's own clock ---- */

static struct xj_outgoing *drafted(struct city *c, const char *who, json_t *request)
{
    struct node *n = world_agent(c->w, who);
    struct xj_outgoing *out = NULL;
    struct xj_draft_refusal refusal;
    if (xj_draft_build(n->view, &n->env, &n->keys, n->pairs, request, &out, &refusal) != XJ_OK)
        fail_msg("not drafted: %s %s", refusal.code, refusal.detail);
    json_decref(request);
    return out;
}

/* Takes what was drafted; how the submission stands then, the caller's. */
static json_t *submitted(struct city *c, const char *who, struct xj_outgoing *out)
{
    struct node *n = world_agent(c->w, who);
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    struct xj_id id = out->header.id;
    json_t *answer = NULL;
    xj_id_format(&out->header.case_id, c->case_id);
    world_agent_batch(c->w, (int)(n - c->w->agent), &ev, false);
    if (!world_settle(c->w, 40000))
        fail_msg("the city failed: %s", c->w->failed);
    assert_int_equal(xj_render_submission(n->view, id, &answer), XJ_OK);
    return answer;
}

static const char *status_of(const json_t *answer)
{
    return json_string_value(json_object_get(answer, "status"));
}

/* Admitted; true when with that breach (code and detail). */
static bool done(struct city *c, const char *who, json_t *request, const char *code, const char *detail)
{
    json_t *answer = submitted(c, who, drafted(c, who, request)), *one;
    bool found = false;
    size_t i;
    if (strncmp(status_of(answer), "admitted", 8) != 0) {
        char *text = json_dumps(answer, 0);
        fail_msg("%s", text);
    }
    json_array_foreach(json_object_get(answer, "breaches"), i, one)
        found = found || (strcmp(json_string_value(json_object_get(one, "code")), code) == 0 &&
                          strcmp(json_string_value(json_object_get(one, "detail")), detail) == 0);
    json_decref(answer);
    return found;
}

static void transfer(struct city *c)
{
    done(c, CITY_BUREAU, city_request("transfer_report", NULL, "transfer_report"), "", "");
    done(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""), "", "");
    done(c, CITY_BUREAU, city_request("transfer", c->case_id, TRANSFER_PAPERS), "", "");
    done(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"), "", "");
    done(c, CITY_POLICE, city_request("acceptance", c->case_id, ""), "", "");
}

static json_t *file_request(struct city *c)
{
    return city_request("filed", c->case_id, "filing_decision");
}

/* ---- the law ---- */

static struct xj_model *referral(void)
{
    struct xj_buf text = read_text(REFERRAL_YAML);
    struct xj_model *m = model_of_text(&text);
    xj_buf_free(&text);
    return m;
}

/* The main procedure with another limit for D08, in place of itself; its revision in hex. */
static void enact(struct city *c, const char *limit, const char *cases, int64_t from_ms, char ret_hex[65])
{
    struct xj_model *was = referral(), *now;
    struct xj_buf text = read_text(REFERRAL_YAML), with, changed, compiled;
    struct xj_findings f;
    char hex[65], line[128], tail[256];
    xj_hex(was->revision.b, XJ_HASH_SIZE, hex);
    snprintf(line, sizeof line, "limit: %s, extend: {decision_verification: 7d,", limit);
    snprintf(tail, sizeof tail, "\nreplaces:\n  revision: %s\n  cases: %s\n", hex, cases);
    with = replaced(&text, "limit: 3d, extend: {decision_verification: 7d,", line);
    xj_buf_init(&changed, 1u << 20);
    xj_buf_add_slice(&changed, xj_buf_slice(&with));
    xj_buf_add_str(&changed, tail);
    xj_findings_init(&f);
    xj_buf_init(&compiled, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&changed), nothing(), &compiled, &f), XJ_OK);
    assert_int_equal(xj_model_decode(xj_buf_slice(&compiled), &now), XJ_OK);
    xj_hex(now->revision.b, XJ_HASH_SIZE, ret_hex);
    struct xj_changes changes;
    xj_changes_init(&changes);
    xj_changes_procedure(&changes, "referral", xj_buf_slice(&compiled), from_ms);
    assert_int_equal(world_publish(c->w, &changes), XJ_OK);
    xj_changes_free(&changes);
    xj_model_free(was);
    xj_model_free(now);
    xj_findings_free(&f);
    xj_buf_free(&text);
    xj_buf_free(&with);
    xj_buf_free(&changed);
    xj_buf_free(&compiled);
}

static void first_revision(char ret_hex[65])
{
    struct xj_model *m = referral();
    xj_hex(m->revision.b, XJ_HASH_SIZE, ret_hex);
    xj_model_free(m);
}

/* ---- looking ---- */

static json_t *seen(struct city *c, const char *who, const char *case_id)
{
    struct xj_id id;
    json_t *j = NULL;
    assert_true(xj_id_parse(case_id, &id));
    assert_int_equal(xj_render_case(world_agent(c->w, who)->view, id, c->w->now_ms, &j), XJ_OK);
    return j;
}

static void stands_under(struct city *c, const char *who, const char *case_id, const char *hex)
{
    json_t *j = seen(c, who, case_id);
    assert_string_equal(json_string_value(json_object_get(j, "revision")), hex);
    json_decref(j);
}

/* The one duty of that id as the agency shows it; the caller's. */
static json_t *duty_of(struct city *c, const char *who, const char *case_id, const char *id)
{
    json_t *j = seen(c, who, case_id), *one, *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(j, "duties"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0)
            found = json_incref(one);
    assert_non_null(found);
    json_decref(j);
    return found;
}

/* Days from the day it began to the day it is due. */
static int64_t days_of(const json_t *duty)
{
    int64_t start = json_integer_value(json_object_get(duty, "start_ms")), due = json_integer_value(json_object_get(duty, "due_ms"));
    return (due + 8 * 3600000) / DAY_MS - (start + 8 * 3600000) / DAY_MS;
}

/* Every agency's view, folded anew from its ledger in batches of any size, is the same. */
static void folds_anew(struct city *c)
{
    static const char *const all[] = {CITY_REGISTRAR, CITY_BUREAU, CITY_POLICE, CITY_PROC};
    for (size_t a = 0; a < 4; a++)
        for (size_t step = 1; step < 200; step = step * 7 + 1) {
            char name[32];
            size_t n;
            struct xj_hash here, anew;
            struct xj_ledger_item *items = city_items(c, all[a], &n);
            snprintf(name, sizeof name, "anew-%zu-%zu", a, step);
            struct xj_view *v = city_view(c, all[a], name);
            for (size_t i = 0; i < n; i += step)
                assert_int_equal(xj_view_apply(v, items + i, n - i < step ? n - i : step), XJ_OK);
            assert_int_equal(xj_view_digest(world_agent(c->w, all[a])->view, false, &here), XJ_OK);
            assert_int_equal(xj_view_digest(v, false, &anew), XJ_OK);
            assert_true(xj_hash_eq(&here, &anew));
            xj_view_close(v);
            city_items_free(items, n);
        }
    assert_true(world_verify(c->w));
}

/* ---- tests ---- */

static void limit__that_becomes_longer_saves_nobody_who_is_late(void **state)
{
    struct city *c = *state;
    char was[65], now[65], old_case[37];
    first_revision(was);
    transfer(c);
    memcpy(old_case, c->case_id, sizeof old_case);
    enact(c, "6d", "open", c->w->now_ms, now);
    stands_under(c, CITY_POLICE, old_case, was);
    c->w->now_ms += 5 * DAY_MS;
    assert_true(done(c, CITY_POLICE, file_request(c), "late", "D08"));
    stands_under(c, CITY_POLICE, old_case, now);
    stands_under(c, CITY_PROC, old_case, now);
    json_t *d = duty_of(c, CITY_PROC, old_case, "D08");
    assert_string_equal(json_string_value(json_object_get(d, "status")), "late");
    assert_string_equal(json_string_value(json_object_get(d, "revision")), was);
    assert_int_equal(days_of(d), 3);
    json_decref(d);
    transfer(c); /* another case, under the new law */
    d = duty_of(c, CITY_POLICE, c->case_id, "D08");
    assert_true(json_is_null(json_object_get(d, "revision")));
    assert_true(days_of(d) >= 6);
    json_decref(d);
    folds_anew(c);
}

static void limit__that_becomes_shorter_makes_nobody_late(void **state)
{
    struct city *c = *state;
    char was[65], now[65], old_case[37];
    first_revision(was);
    transfer(c);
    memcpy(old_case, c->case_id, sizeof old_case);
    enact(c, "1d", "open", c->w->now_ms, now);
    done(c, CITY_PROC, city_request("disposal_note", old_case, ""), "", ""); /* sees it open, so it moves */
    stands_under(c, CITY_PROC, old_case, now);
    stands_under(c, CITY_POLICE, old_case, was); /* was not told */
    transfer(c);
    json_t *d = duty_of(c, CITY_POLICE, c->case_id, "D08");
    assert_int_equal(days_of(d), 1);
    json_decref(d);
    char new_case[37];
    memcpy(new_case, c->case_id, sizeof new_case);
    c->w->now_ms += 2 * DAY_MS;
    assert_true(done(c, CITY_POLICE, city_request("filed", new_case, "filing_decision"), "late", "D08"));
    assert_false(done(c, CITY_POLICE, city_request("filed", old_case, "filing_decision"), "late", "D08"));
    d = duty_of(c, CITY_BUREAU, old_case, "D08");
    assert_string_equal(json_string_value(json_object_get(d, "status")), "met");
    assert_string_equal(json_string_value(json_object_get(d, "revision")), was);
    json_decref(d);
    folds_anew(c);
}

/* The exchange folds each case anew under the revisions it stood under, one after the other. */
static void journal__lost_after_a_move_is_rebuilt_under_both_revisions(void **state)
{
    struct city *c = *state;
    char was[65], now[65], case_id[37];
    first_revision(was);
    transfer(c);
    memcpy(case_id, c->case_id, sizeof case_id);
    enact(c, "6d", "open", c->w->now_ms, now);
    done(c, CITY_POLICE, file_request(c), "", "");
    stands_under(c, CITY_POLICE, case_id, now);
    world_lose_exchange(c->w, true);
    assert_true(world_settle(c->w, 40000));
    done(c, CITY_BUREAU, city_request("disposal_note", case_id, ""), "", ""); /* refused, were it judged under another */
    stands_under(c, CITY_BUREAU, case_id, now);
    folds_anew(c);
}

static void why__reckons_by_the_row_of_the_day(void **state)
{
    struct city *c = *state;
    char now[65];
    struct xj_id id;
    json_t *why = NULL;
    transfer(c);
    enact(c, "6d", "all", c->w->now_ms, now);
    done(c, CITY_POLICE, file_request(c), "", "");
    assert_true(xj_id_parse(c->case_id, &id));
    assert_int_equal(xj_render_why(world_agent(c->w, CITY_POLICE)->view, id, xj_slice_cstr("D08"), c->w->now_ms, &why), XJ_OK);
    const json_t *d = json_array_get(json_object_get(why, "duties"), 0), *lines = json_object_get(d, "reckoning");
    assert_true(json_array_size(lines) > 0);
    assert_int_equal(days_of(d), 3);
    const json_t *chain = json_object_get(d, "chain");
    assert_string_equal(json_string_value(json_object_get(json_array_get(chain, 0), "act")), "transfer");
    assert_true(json_is_string(json_object_get(json_array_get(chain, 0), "zh")));
    json_decref(why);
}

static void message__drafted_before_the_move_is_refused_and_sent_anew(void **state)
{
    struct city *c = *state;
    char was[65], now[65], case_id[37], old_id[37];
    first_revision(was);
    transfer(c);
    memcpy(case_id, c->case_id, sizeof case_id);
    struct xj_outgoing *out = drafted(c, CITY_POLICE, file_request(c));
    xj_id_format(&out->header.id, old_id);
    enact(c, "6d", "open", c->w->now_ms, now);
    done(c, CITY_BUREAU, city_request("disposal_note", case_id, ""), "", "");
    json_t *answer = submitted(c, CITY_POLICE, out), *refusal = json_object_get(answer, "refusal");
    assert_string_equal(status_of(answer), "refused");
    assert_string_equal(json_string_value(json_object_get(refusal, "code")), "revision_unknown");
    assert_string_equal(json_string_value(json_object_get(refusal, "detail")), now);
    json_decref(answer);
    json_t *again = city_request("filed", case_id, "filing_decision");
    json_object_set_new(again, "reissue", json_string(old_id));
    done(c, CITY_POLICE, again, "", "");
    stands_under(c, CITY_POLICE, case_id, now);
    folds_anew(c);
}

/* The procuratorate has a note of the case and sees nothing open in it; the bureau moves it with an act of its own house. */
static void agency__that_saw_nothing_of_the_move_is_told_once(void **state)
{
    struct city *c = *state;
    char was[65], now[65], case_id[37];
    first_revision(was);
    json_t *note = city_request("disposal_note", NULL, "");
    json_object_set_new(note, "principals", json_pack("[s]", CITY_PROC));
    done(c, CITY_BUREAU, note, "", "");
    memcpy(case_id, c->case_id, sizeof case_id);
    done(c, CITY_BUREAU, city_request("transfer_report", case_id, "transfer_report"), "", "");
    enact(c, "6d", "open", c->w->now_ms, now);
    done(c, CITY_BUREAU, city_request("transfer_approved", case_id, ""), "", "");
    stands_under(c, CITY_BUREAU, case_id, now);
    json_t *answer = submitted(c, CITY_PROC, drafted(c, CITY_PROC, city_request("disposal_note", case_id, "")));
    assert_string_equal(status_of(answer), "refused");
    assert_string_equal(json_string_value(json_object_get(json_object_get(answer, "refusal"), "detail")), now);
    json_decref(answer);
    stands_under(c, CITY_PROC, case_id, was);
    note = city_request("disposal_note", case_id, "");
    json_object_set_new(note, "principals", json_pack("[s]", CITY_BUREAU));
    done(c, CITY_PROC, note, "", "");
    stands_under(c, CITY_PROC, case_id, now);
    folds_anew(c);
}

static void revision__not_yet_in_force_moves_nothing(void **state)
{
    struct city *c = *state;
    char was[65], now[65];
    first_revision(was);
    transfer(c);
    enact(c, "6d", "all", c->w->now_ms + 10 * DAY_MS, now);
    done(c, CITY_POLICE, file_request(c), "", "");
    stands_under(c, CITY_POLICE, c->case_id, was);
    c->w->now_ms += 11 * DAY_MS;
    done(c, CITY_PROC, city_request("disposal_note", c->case_id, ""), "", "");
    stands_under(c, CITY_PROC, c->case_id, now);
}

static void closed_case__stays_where_only_open_ones_move(void **state)
{
    struct city *c = *state;
    char was[65], now[65];
    first_revision(was);
    done(c, CITY_BUREAU, city_request("disposal_note", NULL, ""), "", "");
    enact(c, "6d", "open", c->w->now_ms, now);
    done(c, CITY_BUREAU, city_request("disposal_note", c->case_id, ""), "", "");
    stands_under(c, CITY_BUREAU, c->case_id, was);
}

/* The police's machine is off while the bureau transfers; when it comes back the revision of the case is withdrawn. */
static void revision__withdrawn_under_an_open_case_stops_nobody(void **state)
{
    struct city *c = *state;
    struct node *police = world_agent(c->w, CITY_POLICE), *bureau = world_agent(c->w, CITY_BUREAU);
    char hex[65], id[96];
    struct xj_changes changes;
    done(c, CITY_BUREAU, city_request("transfer_report", NULL, "transfer_report"), "", "");
    done(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""), "", "");
    police->agency.connected = false;
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = drafted(c, CITY_BUREAU, city_request("transfer", c->case_id, TRANSFER_PAPERS))};
    world_agent_batch(c->w, (int)(bureau - c->w->agent), &ev, false);
    assert_false(world_settle(c->w, 20000));
    c->w->failed = NULL;
    first_revision(hex);
    snprintf(id, sizeof id, "referral/%.16s", hex);
    xj_changes_init(&changes);
    xj_changes_raw(&changes, "procedure", id, xj_slice_of(NULL, 0));
    assert_int_equal(world_publish(c->w, &changes), XJ_ESTATE); /* the police have not read it */
    xj_changes_free(&changes);
    c->w->failed = NULL;
    police->agency.connected = true;
    assert_true(world_settle(c->w, 40000));
    done(c, CITY_POLICE, city_request("receipt", c->case_id, "receipt"), "", "");
    done(c, CITY_POLICE, city_request("acceptance", c->case_id, ""), "", "");
    json_t *d = duty_of(c, CITY_BUREAU, c->case_id, "D08");
    assert_string_equal(json_string_value(json_object_get(d, "status")), "open");
    json_decref(d);
    struct xj_outgoing *out = NULL; /* nothing begins under it */
    struct xj_draft_refusal refusal;
    json_t *request = city_request("disposal_note", NULL, "");
    assert_int_not_equal(xj_draft_build(bureau->view, &bureau->env, &bureau->keys, bureau->pairs, request, &out, &refusal), XJ_OK);
    json_decref(request);
    folds_anew(c);
}

#define T(name) cmocka_unit_test_setup_teardown(name, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(limit__that_becomes_longer_saves_nobody_who_is_late),
        T(limit__that_becomes_shorter_makes_nobody_late),
        T(journal__lost_after_a_move_is_rebuilt_under_both_revisions),
        T(why__reckons_by_the_row_of_the_day),
        T(message__drafted_before_the_move_is_refused_and_sent_anew),
        T(agency__that_saw_nothing_of_the_move_is_told_once),
        T(revision__not_yet_in_force_moves_nothing),
        T(closed_case__stays_where_only_open_ones_move),
        T(revision__withdrawn_under_an_open_case_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
