/* Figures of acts, through real bodies, ledgers and views: spec/12-detection.md, section 4. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/figures.h"

/* A penalty of its own case: `penalty` and `more` are JSON objects laid into penalty and body. */
static void penalise(struct city *c, const char *party, const char *penalty, const char *more)
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision"), *body = json_object_get(r, "body");
    json_t *p = json_loads(penalty, 0, NULL), *m = more != NULL ? json_loads(more, 0, NULL) : json_object();
    json_t *who = json_loads(party, 0, NULL);
    assert_true(p != NULL && m != NULL && who != NULL);
    json_object_set_new(body, "penalty", p);
    json_object_set_new(body, "parties", json_pack("[o]", who));
    json_object_update(body, m);
    json_decref(m);
    if (json_object_get(body, "when") != NULL) {
        json_object_set(r, "occurred", json_object_get(body, "when"));
        json_object_del(body, "when");
    }
    if (json_object_get(body, "override") != NULL) {
        json_object_set(r, "override", json_object_get(body, "override"));
        json_object_del(body, "override");
    }
    city_do(c, CITY_BUREAU, r);
}

#define UNIT "{\"kind\":\"unit\",\"name\":\"甲公司\"}"
#define WANG "{\"kind\":\"person\",\"name\":\"王某\",\"identity\":{\"kind\":\"id_card\",\"number\":\"11010519491231002X\"}}"

/* The figure of the last act of the case last touched, in the bureau's own view; -1: unknown. */
static long long figure_of(struct city *c, const char *case_id, const char *word)
{
    struct xj_view *v = world_agent(c->w, CITY_BUREAU)->view;
    struct xj_figures f;
    struct xj_id id, act;
    uint64_t value;
    assert_true(xj_id_parse(case_id, &id));
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT id FROM act WHERE case_id = ?1 ORDER BY seq DESC LIMIT 1", "b", xj_id_slice(&id));
    assert_true(xj_vq_row(v, st));
    act = xj_vq_id(st, 0);
    xj_vq_end(st);
    assert_int_equal(xj_figures_init(&f, v, id), XJ_OK);
    bool known = xj_figure(&f, &act, word, &value);
    xj_figures_free(&f);
    assert_int_equal(xj_view_end(v), XJ_OK);
    return known ? (long long)value : -1;
}

static long long figure(struct city *c, const char *word)
{
    return figure_of(c, c->case_id, word);
}

/* Alerts of the rule that the bureau is shown, over all cases, whatever the time. */
static int alerts(struct city *c, const char *who, const char *rule)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_alerts(world_agent(c->w, who)->view, true, xj_slice_cstr(rule), INT64_MAX, &made), XJ_OK);
    int n = (int)json_array_size(json_object_get(made, "alerts"));
    json_decref(made);
    return n;
}

/* Voids the first act of the case last touched. */
static void void_last(struct city *c)
{
    json_t *r = city_request("penalty_decided", c->case_id, "");
    struct xj_id id;
    char target[37];
    assert_true(xj_id_parse(c->case_id, &id));
    struct xj_view *v = world_agent(c->w, CITY_BUREAU)->view;
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT id FROM act WHERE case_id = ?1 ORDER BY seq", "b", xj_id_slice(&id));
    assert_true(xj_vq_row(v, st));
    id = xj_vq_id(st, 0);
    xj_vq_end(st);
    assert_int_equal(xj_view_end(v), XJ_OK);
    xj_id_format(&id, target);
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "voids", "id", target));
    city_do(c, CITY_BUREAU, r);
}

static void repeats__same_unit_same_violation_within_two_years(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2024-03-02\"}");
    assert_int_equal(figure(c, "repeats"), 0);
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-02\"}"); /* the 730th day after */
    assert_int_equal(figure(c, "repeats"), 1);
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    assert_int_equal(figure(c, "repeats"), 1); /* the first lies 731 days back */
    penalise(c, UNIT, "{\"violation\":\"虚假宣传\"}", "{\"when\":\"2026-03-04\"}");
    assert_int_equal(figure(c, "repeats"), 0);
    penalise(c, UNIT, "{}", "{\"when\":\"2026-03-04\"}");
    assert_int_equal(figure(c, "repeats"), -1); /* no violation named */
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 2);
}

static void repeats__a_penalty_not_imposed_and_a_person_known_by_name_alone_do_not_count(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"无证经营\",\"lenient\":\"no_penalty\"}", "{\"when\":\"2026-03-02\"}");
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    assert_int_equal(figure(c, "repeats"), 0);
    penalise(c, "{\"kind\":\"person\",\"name\":\"李某\"}", "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    penalise(c, "{\"kind\":\"person\",\"name\":\"李某\"}", "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-04\"}");
    assert_int_equal(figure(c, "repeats"), 0);
    penalise(c, WANG, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    penalise(c, WANG, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-04\"}");
    assert_int_equal(figure(c, "repeats"), 1);
}

/* What is entered later about an earlier day changes what an earlier case shows. */
static void repeats__found_in_a_case_that_did_not_move(void **state)
{
    struct city *c = *state;
    char first[37];
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    memcpy(first, c->case_id, sizeof first);
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 0);
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-01-03\"}");
    assert_int_equal(figure_of(c, first, "repeats"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 1);
    void_last(c);
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 0); /* the earlier penalty is void */
}

static void fragments__one_appraisal_or_one_place_and_goods(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"销售假烟\",\"appraisal\":\"鉴1号\",\"place\":\"甲仓\",\"goods\":\"卷烟\"}", "{\"when\":\"2026-01-05\"}");
    assert_int_equal(figure(c, "fragments"), 0);
    penalise(c, UNIT, "{\"violation\":\"销售假烟\",\"appraisal\":\"鉴1号\"}", "{\"when\":\"2026-04-05\"}"); /* 90 days */
    assert_int_equal(figure(c, "fragments"), 1);
    penalise(c, UNIT, "{\"violation\":\"销售假烟\",\"place\":\"甲仓\",\"goods\":\"卷烟\"}", "{\"when\":\"2026-04-06\"}");
    assert_int_equal(figure(c, "fragments"), 0); /* 91 days from the first, and neither appraisal nor place of the second */
    penalise(c, UNIT, "{\"violation\":\"销售假烟\",\"place\":\"甲仓\",\"goods\":\"雪茄\"}", "{\"when\":\"2026-04-06\"}");
    assert_int_equal(figure(c, "fragments"), 0);
    assert_int_equal(alerts(c, CITY_BUREAU, "R4"), 2); /* the first and the second, each in its own case */
}

static void elsewhere__a_transfer_of_the_same_person_quiets_the_suspicion(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-01-02\"}");
    penalise(c, UNIT, "{\"violation\":\"无证经营\"}", "{\"when\":\"2026-03-03\"}");
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 1);
    char last[37];
    memcpy(last, c->case_id, sizeof last);
    json_t *report = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(report, "body"), "parties", json_loads("[" UNIT "]", 0, NULL));
    city_do(c, CITY_BUREAU, report);
    city_do(c, CITY_BUREAU, city_request("transfer_approved", c->case_id, ""));
    city_do(c, CITY_BUREAU, city_request("transfer", c->case_id, "transfer_letter investigation_report item_list test_report"));
    assert_int_equal(figure_of(c, last, "elsewhere"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R3"), 0);
}

static void records__numbers_minimum_and_signs(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"number\":\"〔2026〕1号\",\"violation\":\"甲\",\"minimum\":500000,\"discussed\":true,\"serious\":true}",
             "{\"when\":\"2026-01-02\",\"fine\":499999}");
    assert_int_equal(figure(c, "below_minimum"), 1);
    assert_int_equal(figure(c, "discussed"), 1);
    assert_int_equal(figure(c, "flags"), 3);
    assert_int_equal(figure(c, "same_number"), 0);
    assert_int_equal(alerts(c, CITY_BUREAU, "R2"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R10B"), 1);
    penalise(c, WANG, "{\"number\":\"〔2026〕1号\",\"violation\":\"乙\",\"minimum\":500000,\"appraised\":true}",
             "{\"when\":\"2026-01-02\",\"fine\":500000}");
    assert_int_equal(figure(c, "below_minimum"), 0);
    assert_int_equal(figure(c, "discussed"), 1);
    assert_int_equal(figure(c, "flags"), 1);
    assert_int_equal(figure(c, "same_number"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R37"), 2); /* each of the two */
    void_last(c);
    assert_int_equal(alerts(c, CITY_BUREAU, "R37"), 0);
    penalise(c, WANG, "{\"violation\":\"丙\"}", "{\"when\":\"2026-01-02\"}");
    assert_int_equal(figure(c, "below_minimum"), -1);
    assert_int_equal(figure(c, "same_number"), -1);
    assert_int_equal(figure(c, "rivals"), -1); /* no day of the conduct */
}

static void items__what_was_listed_and_did_not_come(void **state)
{
    struct city *c = *state;
    city_history(c);
    json_t *r = city_request("items_seized", c->case_id, "item_list");
    json_object_set_new(json_object_get(r, "body"), "items", json_loads("[{\"name\":\"假药\",\"quantity\":10,\"unit\":\"盒\"},{\"name\":\"手机\",\"quantity\":1}]", 0, NULL));
    city_do(c, CITY_BUREAU, r);
    r = city_request("items_handed_over", c->case_id, "handover_list");
    json_object_set_new(json_object_get(r, "body"), "items", json_loads("[{\"name\":\"假药\",\"quantity\":8,\"unit\":\"盒\"}]", 0, NULL));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(figure(c, "items_short"), 3);
    assert_int_equal(alerts(c, CITY_BUREAU, "R30"), 1);
    assert_int_equal(alerts(c, CITY_POLICE, "R30"), 0); /* the police did not see the list of the seizure: unknown to them */
}

static void officers__one_alone_is_too_few(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"甲\"}", "{\"officers\":[{\"name\":\"王五\",\"certificate\":\"鲁1\"},{\"name\":\"赵六\",\"certificate\":\"鲁2\"}]}");
    assert_int_equal(figure(c, "officers"), 2);
    assert_int_equal(figure(c, "officers_invalid"), -1); /* the register has no certificate of this bureau */
    assert_int_equal(alerts(c, CITY_BUREAU, "R33"), 0);
    penalise(c, UNIT, "{\"violation\":\"乙\"}", "{\"officers\":[{\"name\":\"王五\",\"certificate\":\"鲁1\"}],\"override\":{\"certificate\":\"另一人临时离岗\"}}");
    assert_int_equal(alerts(c, CITY_BUREAU, "R33"), 1);
}

/* `why` of the case's R1B says which line was reached. */
static void expect_line(struct city *c, const char *case_id, const char *charge, const char *amount)
{
    struct xj_id id;
    json_t *made = NULL;
    assert_true(xj_id_parse(case_id, &id));
    assert_int_equal(xj_render_why(world_agent(c->w, CITY_BUREAU)->view, id, xj_slice_cstr("R1B"), INT64_MAX, &made), XJ_OK);
    const json_t *figures = json_object_get(json_array_get(json_object_get(made, "alerts"), 0), "figures"), *one;
    const char *line = NULL;
    size_t i;
    json_array_foreach(figures, i, one)
        if (json_object_get(one, "line") != NULL)
            line = json_string_value(json_object_get(one, "line"));
    assert_non_null(line);
    assert_non_null(strstr(line, charge));
    assert_non_null(strstr(line, amount));
    json_decref(made);
}

/* 烟草: 非法经营 5万元以上, from 2010-03-26 on (法释〔2010〕7号 3); 80 % of it is near. Not charged, not dated: nothing is said. */
static void standard__percent_of_the_line_on_the_days_of_the_conduct(void **state)
{
    struct city *c = *state;
    static const char tobacco[] = "\"charges\":[{\"name\":\"非法经营罪（烟草专卖品）\"}]";
    static const struct {
        long long value;
        const char *conduct;
        long long percent;
        const char *rule; /* the one of R1B, R1C that it fires */
    } cases[] = {{5000000, "2026-01-05", 100, "R1B"}, {4999999, "2026-01-05", 99, "R1C"}, {4000000, "2026-01-05", 80, "R1C"},
                 {3999999, "2026-01-05", 79, NULL}, {5000000, "2009-01-05", -1, NULL}};
    char more[512], penalty[256], party[128], first[37] = "";
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int b = alerts(c, CITY_BUREAU, "R1B"), n = alerts(c, CITY_BUREAU, "R1C");
        snprintf(more, sizeof more, "{%s,\"amounts\":[{\"name\":\"illegal_business\",\"value\":%lld,\"unit\":\"fen\"}]}", tobacco, cases[i].value);
        snprintf(penalty, sizeof penalty, "{\"violation\":\"无证运输\",\"conduct\":\"%s\"}", cases[i].conduct);
        snprintf(party, sizeof party, "{\"kind\":\"unit\",\"name\":\"公司%zu\"}", i);
        penalise(c, party, penalty, more);
        if (i == 0)
            memcpy(first, c->case_id, sizeof first);
        assert_int_equal(figure(c, "standard"), cases[i].percent);
        assert_int_equal(alerts(c, CITY_BUREAU, "R1B") - b, cases[i].rule != NULL && strcmp(cases[i].rule, "R1B") == 0);
        assert_int_equal(alerts(c, CITY_BUREAU, "R1C") - n, cases[i].rule != NULL && strcmp(cases[i].rule, "R1C") == 0);
    }
    expect_line(c, first, "非法经营罪（烟草专卖品）：", "5万元");
    penalise(c, UNIT, "{\"violation\":\"无证运输\",\"conduct\":\"2026-01-05\"}", "{\"amounts\":[{\"name\":\"illegal_business\",\"value\":9000000}]}");
    assert_int_equal(figure(c, "standard"), -1); /* no charge named */
    snprintf(more, sizeof more, "{%s,\"amounts\":[{\"name\":\"illegal_business\",\"value\":9000000}]}", tobacco);
    penalise(c, WANG, "{\"violation\":\"无证运输\"}", more);
    assert_int_equal(figure(c, "standard"), -1); /* no day of the conduct */
}

/* 烟草, 3: twice penalised within three years and 3万元 (C); the kin's days count. */
static void standard__earlier_penalties_lower_the_line(void **state)
{
    struct city *c = *state;
    static const char more[] = "{\"when\":\"%s\",\"charges\":[{\"name\":\"非法经营罪（烟草专卖品）\"}],\"amounts\":[{\"name\":\"illegal_business\",\"value\":%d}]}";
    char text[512];
    static const char *const days[] = {"2024-02-01", "2025-02-01", "2026-02-01"};
    static const long long wanted[] = {60, 60, 100}; /* 3万 of 5万; then of 3万 */
    for (size_t i = 0; i < 3; i++) {
        char penalty[128];
        snprintf(text, sizeof text, more, days[i], 3000000);
        snprintf(penalty, sizeof penalty, "{\"violation\":\"无证运输\",\"conduct\":\"%.7s-01\"}", i == 0 ? "2024-01" : i == 1 ? "2025-01" : "2026-01");
        penalise(c, UNIT, penalty, text);
        assert_int_equal(figure(c, "standard"), wanted[i]);
    }
}

/* 有毒有害食品罪 has no amount: a person must judge, and nothing is concluded. */
static void prompt__conduct_is_for_people_to_judge(void **state)
{
    struct city *c = *state;
    penalise(c, UNIT, "{\"violation\":\"掺入\",\"conduct\":\"2026-01-05\"}", "{\"charges\":[{\"name\":\"生产、销售有毒、有害食品罪\"}]}");
    assert_int_equal(figure(c, "standard"), -1);
    assert_int_equal(figure(c, "prompt"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R1D"), 1);
    assert_int_equal(alerts(c, CITY_BUREAU, "R1B") + alerts(c, CITY_BUREAU, "R1C"), 0);
}

/* Folding the same entries anew, in batches of any size, finds the same. */
static void figures__do_not_depend_on_batches(void **state)
{
    struct city *c = *state;
    static const size_t steps[] = {1, 3, 1000};
    size_t count;
    struct xj_hash live, other;
    penalise(c, UNIT, "{\"violation\":\"无证经营\",\"number\":\"1\"}", "{\"when\":\"2026-03-03\"}");
    penalise(c, UNIT, "{\"violation\":\"无证经营\",\"number\":\"1\"}", "{\"when\":\"2026-01-03\"}");
    penalise(c, UNIT, "{\"violation\":\"无证经营\",\"appraisal\":\"1\"}", "{\"when\":\"2026-02-03\"}");
    penalise(c, UNIT, "{\"violation\":\"无证经营\",\"appraisal\":\"1\"}", "{\"when\":\"2026-02-04\"}");
    assert_true(alerts(c, CITY_BUREAU, "R3") >= 3);
    assert_int_equal(xj_view_digest(world_agent(c->w, CITY_BUREAU)->view, false, &live), XJ_OK);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        char name[16];
        snprintf(name, sizeof name, "again%zu", s);
        struct xj_view *v = city_view(c, CITY_BUREAU, name);
        for (size_t i = 0; i < count; i += steps[s])
            assert_int_equal(xj_view_apply(v, items + i, count - i < steps[s] ? count - i : steps[s]), XJ_OK);
        assert_int_equal(xj_view_digest(v, false, &other), XJ_OK);
        assert_memory_equal(live.b, other.b, 32);
        xj_view_close(v);
    }
    city_items_free(items, count);
}

static void draft__refuses_a_record_of_another_form(void **state)
{
    struct city *c = *state;
    static const char *const bad[] = {"{\"penalty\":[]}", "{\"penalty\":{\"number\":1}}", "{\"penalty\":{\"minimum\":-1}}",
                                      "{\"penalty\":{\"conduct\":\"2026-13-01\"}}", "{\"penalty\":{\"discussed\":\"yes\"}}",
                                      "{\"items\":[{\"name\":\"a\",\"quantity\":-1}]}", "{\"identities\":[]}",
                                      "{\"parties\":[{\"name\":\"a\",\"identity\":{\"kind\":\"tax\",\"number\":\"1\"}}]}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        json_t *r = city_request("penalty_decided", NULL, "penalty_decision"), *more = json_loads(bad[i], 0, NULL);
        struct node *n = world_agent(c->w, CITY_BUREAU);
        struct xj_outgoing *out = NULL;
        struct xj_draft_refusal refusal = {.code = ""};
        assert_non_null(more);
        json_object_update(json_object_get(r, "body"), more);
        assert_int_equal(xj_draft_build(n->view, &n->env, &n->keys, n->pairs, r, &out, &refusal), XJ_EDENIED);
        assert_string_equal(refusal.code, "request");
        json_decref(more);
        json_decref(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(repeats__same_unit_same_violation_within_two_years, city_up, city_down),
        cmocka_unit_test_setup_teardown(repeats__a_penalty_not_imposed_and_a_person_known_by_name_alone_do_not_count, city_up, city_down),
        cmocka_unit_test_setup_teardown(repeats__found_in_a_case_that_did_not_move, city_up, city_down),
        cmocka_unit_test_setup_teardown(fragments__one_appraisal_or_one_place_and_goods, city_up, city_down),
        cmocka_unit_test_setup_teardown(elsewhere__a_transfer_of_the_same_person_quiets_the_suspicion, city_up, city_down),
        cmocka_unit_test_setup_teardown(records__numbers_minimum_and_signs, city_up, city_down),
        cmocka_unit_test_setup_teardown(items__what_was_listed_and_did_not_come, city_up, city_down),
        cmocka_unit_test_setup_teardown(officers__one_alone_is_too_few, city_up, city_down),
        cmocka_unit_test_setup_teardown(standard__percent_of_the_line_on_the_days_of_the_conduct, city_up, city_down),
        cmocka_unit_test_setup_teardown(standard__earlier_penalties_lower_the_line, city_up, city_down),
        cmocka_unit_test_setup_teardown(prompt__conduct_is_for_people_to_judge, city_up, city_down),
        cmocka_unit_test_setup_teardown(figures__do_not_depend_on_batches, city_up, city_down),
        cmocka_unit_test_setup_teardown(draft__refuses_a_record_of_another_form, city_up, city_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
