/* What a case has to do with others, and its charges from stage to stage. Spec: 09-fold 10.6, 10-api 2. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/view_private.h"

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static json_t *case_seen(struct city *c, const char *who, const char *case_id)
{
    struct xj_id id;
    json_t *made = NULL;
    assert_true(xj_id_parse(case_id, &id));
    assert_int_equal(xj_render_case(world_agent(c->w, who)->view, id, c->w->now_ms, &made), XJ_OK);
    return made;
}

/* A case of the bureau, told to the police: its id goes to ret. more: JSON laid into the body. */
static void opened(struct city *c, const char *title, const char *more, char ret[37])
{
    json_t *r = city_request("inspection", NULL, ""), *body = json_object_get(r, "body"), *m = json_loads(more, 0, NULL);
    assert_non_null(m);
    json_object_set_new(body, "title", json_string(title));
    json_object_update(body, m);
    json_object_set_new(r, "copies", json_pack("[s]", CITY_POLICE));
    json_decref(m);
    city_do(c, CITY_BUREAU, r);
    snprintf(ret, 37, "%s", c->case_id);
}

/* who states in `in` that it has that relation to `other`; the id of the act goes to ret. */
static void links(struct city *c, const char *who, const char *in, const char *relation, const char *other, char ret[37])
{
    json_t *r = city_request("disposal_note", in, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", relation, "id", other));
    json_object_set_new(r, "copies", json_pack("[s]", strcmp(who, CITY_POLICE) == 0 ? CITY_BUREAU : CITY_POLICE));
    city_do(c, who, r);
    json_t *j = case_seen(c, who, in), *acts = json_object_get(j, "acts");
    snprintf(ret, 37, "%s", text(json_array_get(acts, json_array_size(acts) - 1), "id"));
    json_decref(j);
}

static void link_is(struct city *c, const char *who, const char *in, size_t i, const char *relation, const char *direction, const char *other, const char *by,
                    bool confirmed)
{
    json_t *j = case_seen(c, who, in);
    const json_t *one = json_array_get(json_object_get(j, "links"), i);
    assert_string_equal(text(one, "relation"), relation);
    assert_string_equal(text(one, "direction"), direction);
    assert_string_equal(text(one, "case"), other);
    assert_string_equal(text(one, "by"), by);
    assert_int_equal(json_is_true(json_object_get(one, "confirmed")), confirmed);
    assert_true(text(one, "zh")[0] != '\0' && text(one, "en")[0] != '\0');
    json_decref(j);
}

static size_t count_of(struct city *c, const char *who, const char *in, const char *key)
{
    json_t *j = case_seen(c, who, in);
    size_t n = json_array_size(json_object_get(j, key));
    json_decref(j);
    return n;
}

static size_t listed(struct city *c, const char *who, const char *q)
{
    json_t *made = NULL;
    struct xj_cases_query query = {.limit = 50, .text = xj_slice_cstr(q)};
    assert_int_equal(xj_render_cases(world_agent(c->w, who)->view, &query, 0, &made), XJ_OK);
    size_t n = json_array_size(json_object_get(made, "cases"));
    json_decref(made);
    return n;
}

/* ---- links ---- */

static void links__are_seen_from_both_sides(void **state)
{
    struct city *c = *state;
    char first[37], second[37], third[37], act[37];
    opened(c, "甲公司假药案", "{}", first);
    opened(c, "乙药店销售案", "{}", second);
    opened(c, "无关案", "{}", third);
    assert_int_equal(listed(c, CITY_POLICE, "乙药店"), 1);
    links(c, CITY_BUREAU, first, "merged_into", second, act);
    for (int i = 0; i < 2; i++) {
        const char *who = i == 0 ? CITY_BUREAU : CITY_POLICE;
        link_is(c, who, first, 0, "merged_into", "out", second, CITY_BUREAU, false);
        link_is(c, who, second, 0, "merged_into", "in", first, CITY_BUREAU, false);
        assert_int_equal(count_of(c, who, third, "links"), 0);
        assert_int_equal(listed(c, who, "乙药店"), 2); /* the merged case by the other's title, */
        assert_int_equal(listed(c, who, "甲公司"), 2); /* and the other way about */
        assert_int_equal(listed(c, who, "无关"), 1);
    }
    json_t *j = case_seen(c, CITY_POLICE, first);
    assert_string_equal(text(json_array_get(json_object_get(j, "links"), 0), "title"), "乙药店销售案");
    assert_string_equal(text(json_array_get(json_object_get(j, "links"), 0), "act"), act);
    json_decref(j);
    links(c, CITY_BUREAU, third, "split_from", "00000000-0000-7000-8000-00000000abcd", act); /* a case that is not here */
    j = case_seen(c, CITY_POLICE, third);
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(j, "links"), 0), "title")));
    json_decref(j);
}

static void links__are_confirmed_by_somebody_else_of_the_other_case(void **state)
{
    struct city *c = *state;
    char first[37], second[37], act[37];
    opened(c, "甲案", "{}", first);
    opened(c, "乙案", "{}", second);
    links(c, CITY_BUREAU, first, "continues", second, act);
    links(c, CITY_BUREAU, second, "same_matter", first, act); /* one voice from both sides */
    link_is(c, CITY_POLICE, first, 0, "continues", "out", second, CITY_BUREAU, false);
    links(c, CITY_POLICE, second, "same_matter", first, act);
    link_is(c, CITY_POLICE, first, 0, "continues", "out", second, CITY_BUREAU, true);
    link_is(c, CITY_BUREAU, first, 0, "continues", "out", second, CITY_BUREAU, true);
    link_is(c, CITY_BUREAU, second, 1, "same_matter", "out", first, CITY_POLICE, true);
}

/* The same, stated in the same case: by a party of the other one. */
static void links__are_confirmed_from_the_same_side_by_a_party_of_the_other(void **state)
{
    struct city *c = *state;
    char first[37], second[37], act[37];
    opened(c, "甲案", "{}", first);
    json_t *r = city_request("inspection", NULL, ""); /* the bureau's own: the police have no part in it */
    city_do(c, CITY_BUREAU, r);
    snprintf(second, sizeof second, "%s", c->case_id);
    links(c, CITY_BUREAU, first, "merged_into", second, act);
    links(c, CITY_POLICE, first, "merged_into", second, act);
    link_is(c, CITY_BUREAU, first, 0, "merged_into", "out", second, CITY_BUREAU, false);
    link_is(c, CITY_BUREAU, first, 1, "merged_into", "out", second, CITY_POLICE, true); /* the bureau, which opened it, says so too */
    r = city_request("disposal_note", second, "");
    json_object_set_new(r, "copies", json_pack("[s]", CITY_POLICE));
    city_do(c, CITY_BUREAU, r);
    link_is(c, CITY_BUREAU, first, 0, "merged_into", "out", second, CITY_BUREAU, true);
}

static void links__go_with_the_act_that_states_them(void **state)
{
    struct city *c = *state;
    char first[37], second[37], third[37], act[37];
    opened(c, "甲案", "{}", first);
    opened(c, "乙案", "{}", second);
    opened(c, "丙案", "{}", third);
    links(c, CITY_BUREAU, first, "merged_into", second, act);
    json_t *r = city_request("disposal_note", first, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}, {s:s, s:s}]", "relation", "amends", "id", act, "relation", "merged_into", "id", third));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(count_of(c, CITY_POLICE, first, "links"), 1);
    link_is(c, CITY_POLICE, first, 0, "merged_into", "out", third, CITY_BUREAU, false);
    assert_int_equal(count_of(c, CITY_POLICE, second, "links"), 0);
    r = city_request("disposal_note", first, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "voids", "id", act));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(count_of(c, CITY_POLICE, first, "links"), 0);
    assert_int_equal(count_of(c, CITY_BUREAU, third, "links"), 0);
}

static void links__of_a_case_with_itself_are_refused(void **state)
{
    struct city *c = *state;
    char first[37];
    opened(c, "甲案", "{}", first);
    json_t *r = city_request("disposal_note", first, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "same_matter", "id", first));
    json_t *a = world_act(c->w, CITY_BUREAU, r, 77);
    assert_string_equal(text(a, "status"), "refused");
    assert_string_equal(text(a, "code"), "relates");
    json_decref(a);
    json_decref(r);
}

/* Merging moves no row, closes no question and stops no clock. */
static void links__leave_every_clock_running(void **state)
{
    struct city *c = *state;
    static const char *const keys[] = {"rows", "questions", "duties"};
    char first[37], second[37], act[37];
    opened(c, "乙案", "{}", second);
    city_history(c);
    snprintf(first, sizeof first, "%s", c->case_id);
    json_t *before = case_seen(c, CITY_POLICE, first);
    assert_true(json_array_size(json_object_get(before, "duties")) > 1);
    static const char *const relations[] = {"merged_into", "split_from", "continues", "same_matter"};
    for (size_t i = 0; i < 4; i++)
        links(c, CITY_POLICE, first, relations[i], second, act);
    json_t *after = case_seen(c, CITY_POLICE, first);
    for (size_t i = 0; i < 3; i++)
        assert_true(json_equal(json_object_get(before, keys[i]), json_object_get(after, keys[i])));
    assert_int_equal(json_array_size(json_object_get(after, "links")), 4);
    json_decref(before);
    json_decref(after);
}

/* ---- candidates ---- */


static void person_case(struct city *c, const char *name, const char *charge, char ret[37])
{
    char more[512];
    snprintf(more, sizeof more, "{\"parties\":[{\"kind\":\"%s\",\"name\":\"%s\",\"identity\":{\"kind\":\"id_card\",\"number\":"
                                "\"11010519491231002X\"}}],\"charges\":[{\"name\":\"%s\",\"code\":\"\"}]}",
             strcmp(name, "受害人") == 0 ? "victim" : "person", name, charge);
    opened(c, name, more, ret);
}

static void candidates__share_a_person_and_a_charge(void **state)
{
    struct city *c = *state;
    char mine[37], same[37], other_charge[37], victim[37], act[37];
    person_case(c, "张某", "销售假药罪", mine);
    person_case(c, "张三", "销售假药罪", same);
    person_case(c, "张三丰", "诈骗罪", other_charge);
    person_case(c, "受害人", "销售假药罪", victim);
    for (int i = 0; i < 2; i++) {
        const char *who = i == 0 ? CITY_BUREAU : CITY_POLICE;
        json_t *j = case_seen(c, who, mine), *list = json_object_get(j, "candidates");
        const json_t *one = json_array_get(list, 0), *person = json_array_get(json_object_get(one, "persons"), 0);
        assert_int_equal(json_array_size(list), 1);
        assert_string_equal(text(one, "case"), same);
        assert_string_equal(text(one, "title"), "张三");
        assert_string_equal(text(person, "name"), "张某");
        assert_string_equal(text(person, "kind"), "id_card");
        assert_string_equal(json_string_value(json_array_get(json_object_get(one, "charges"), 0)), "销售假药罪");
        assert_int_equal(json_array_size(json_object_get(one, "violations")), 0);
        json_decref(j);
        assert_int_equal(count_of(c, who, victim, "candidates"), 0);
        assert_int_equal(count_of(c, who, other_charge, "candidates"), 0);
    }
    assert_int_equal(listed(c, CITY_PROC, "张"), 0); /* who cannot open the bodies raises nothing */
    links(c, CITY_POLICE, same, "same_matter", mine, act);
    assert_int_equal(count_of(c, CITY_BUREAU, mine, "candidates"), 0);
    assert_int_equal(count_of(c, CITY_BUREAU, same, "candidates"), 0);
}

static void unit_penalty(struct city *c, const char *violation, char ret[37])
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision"), *body = json_object_get(r, "body");
    json_object_set_new(body, "penalty", json_pack("{s:s}", "violation", violation));
    json_object_set_new(body, "parties", json_pack("[{s:s, s:s}]", "kind", "unit", "name", "甲公司"));
    city_do(c, CITY_BUREAU, r);
    snprintf(ret, 37, "%s", c->case_id);
}

static void candidates__share_a_unit_and_a_violation(void **state)
{
    struct city *c = *state;
    char a[37], b[37], other[37];
    unit_penalty(c, "销售假药", a);
    unit_penalty(c, "销售假药", b);
    unit_penalty(c, "无证经营", other);
    json_t *j = case_seen(c, CITY_BUREAU, a), *list = json_object_get(j, "candidates");
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(text(json_array_get(list, 0), "case"), b);
    assert_string_equal(text(json_array_get(json_object_get(json_array_get(list, 0), "persons"), 0), "kind"), "name");
    assert_string_equal(json_string_value(json_array_get(json_object_get(json_array_get(list, 0), "violations"), 0)), "销售假药");
    json_decref(j);
    assert_int_equal(count_of(c, CITY_BUREAU, other, "candidates"), 0);
}

/* 100,000 cases in the index, 5,000 of them of one unit under one charge: no table is read from end to end, and the newest come. */
static void candidates__cost_the_same_among_many_cases(void **state)
{
    struct city *c = *state;
    struct xj_view *v = city_view(c, CITY_BUREAU, "many");
    struct xj_id first = {{0}};
    json_t *made = NULL;
    xj_view_begin(v, true);
    for (uint32_t n = 1; n <= 100000; n++) {
        struct xj_id id = {{0}};
        char title[16];
        for (size_t k = 0; k < 4; k++)
            id.b[15 - k] = (uint8_t)(n >> (8 * k));
        snprintf(title, sizeof title, "T%u", n);
        xj_vq_run(v, xj_vq(v, "INSERT INTO case_index(case_id, procedure, revision, opener, title, opened_ms, last_ms, last_seq, acts, open_duties,"
                              " open_questions) VALUES(?1, 'referral', zeroblob(32), '370800-scjgj', ?2, 0, 0, ?3, 1, 0, 0)", "bsi",
                           xj_id_slice(&id), xj_slice_cstr(title), (int64_t)n));
    }
    xj_vq_run(v, xj_vq(v, "INSERT INTO party(case_id, id, kind, name) SELECT case_id, zeroblob(8), 'unit', CASE WHEN last_seq % 20 = 1 THEN 'A' ELSE 'B' || last_seq END"
                          " FROM case_index", ""));
    xj_vq_run(v, xj_vq(v, "INSERT INTO charge(case_id, id, name, code, seq, place) SELECT case_id, zeroblob(8), CASE WHEN last_seq % 40 = 1 THEN 'X' ELSE 'Y' END, '', last_seq, 0 FROM case_index", ""));
    assert_int_equal(xj_view_end(v), XJ_OK);
    first.b[15] = 1;
    assert_int_equal(xj_render_case(v, first, 0, &made), XJ_OK);
    const json_t *list = json_object_get(made, "candidates");
    assert_int_equal(json_array_size(list), 20);
    for (size_t i = 0; i < 20; i++) { /* 99961 is the last of both kinds */
        char id[37], title[16];
        snprintf(title, sizeof title, "T%d", 99961 - (int)i * 40);
        snprintf(id, sizeof id, "00000000-0000-0000-0000-%012x", 99961 - (int)i * 40);
        assert_string_equal(text(json_array_get(list, i), "title"), title);
        assert_string_equal(text(json_array_get(list, i), "case"), id);
    }
    json_decref(made);
    int scanned = 0, steps = 0;
    for (size_t i = 0; i < v->statement_count; i++) {
        if (sqlite3_stmt_readonly(v->statements[i].st) == 0)
            continue;
        scanned += sqlite3_stmt_status(v->statements[i].st, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0);
        steps += sqlite3_stmt_status(v->statements[i].st, SQLITE_STMTSTATUS_VM_STEP, 0);
    }
    print_message("full scan steps %d, steps of the machine %d\n", scanned, steps);
    assert_true(scanned < 100);
    assert_true(steps < 100000);
    xj_view_close(v);
}

/* ---- charges from stage to stage ---- */

static void charge(json_t *r, const char *party, const char *name)
{
    json_object_set_new(json_object_get(r, "body"), "charges", json_pack("[{s:s, s:s}]", "name", name, "code", ""));
    json_object_set_new(r, "subjects", json_pack("[{s:s, s:s}]", "party", party, "charge", name));
}

static void stage_is(const json_t *stages, size_t i, const char *charge_name, const char *acts)
{
    const json_t *stage = json_array_get(stages, i), *one;
    char found[256] = "";
    size_t k;
    assert_int_equal(json_array_size(json_object_get(stage, "charges")), 1);
    assert_string_equal(text(json_array_get(json_object_get(stage, "charges"), 0), "name"), charge_name);
    json_array_foreach(json_object_get(stage, "acts"), k, one)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s ", text(one, "act"));
    assert_string_equal(found, acts);
}

static void charges__change_from_stage_to_stage(void **state)
{
    struct city *c = *state;
    char id[37];
    json_t *r = city_request("transfer", NULL, "transfer_letter investigation_report item_list test_report"), *body = json_object_get(r, "body");
    json_object_set_new(body, "parties", json_pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "kind", "person", "name", "张三", "kind", "person", "name", "李四",
                                                   "kind", "victim", "name", "王五"));
    json_object_set_new(body, "charges", json_pack("[{s:s, s:s}]", "name", "生产、销售伪劣产品罪", "code", ""));
    city_do(c, CITY_BUREAU, r);
    snprintf(id, sizeof id, "%s", c->case_id);
    city_do(c, CITY_POLICE, city_request("receipt", id, "receipt"));
    r = city_request("filed", id, "filing_decision");
    charge(r, "张三", "销售假药罪");
    city_do(c, CITY_POLICE, r);
    r = city_request("sent_for_prosecution", id, "prosecution_opinion");
    charge(r, "张三", "销售假药罪");
    city_do(c, CITY_POLICE, r);
    r = city_request("prosecuted", id, "indictment");
    charge(r, "张三", "妨害药品管理罪");
    json_object_set_new(r, "mode", json_string("late_entry")); /* no court is connected */
    json_object_set_new(json_object_get(r, "body"), "source", json_string("卷宗"));
    json_object_set_new(r, "copies", json_pack("[s, s]", CITY_BUREAU, CITY_POLICE));
    city_do(c, CITY_PROC, r);
    json_t *j = case_seen(c, CITY_BUREAU, id);
    const json_t *all = json_object_get(j, "charges_by_party"), *zhang = NULL, *li = NULL, *one;
    size_t i;
    json_array_foreach(all, i, one) {
        zhang = strcmp(text(one, "name"), "张三") == 0 ? one : zhang;
        li = strcmp(text(one, "name"), "李四") == 0 ? one : li;
    }
    assert_int_equal(json_array_size(all), 2); /* not the victim */
    assert_int_equal(json_array_size(json_object_get(zhang, "stages")), 3);
    stage_is(json_object_get(zhang, "stages"), 0, "生产、销售伪劣产品罪", "transfer ");
    stage_is(json_object_get(zhang, "stages"), 1, "销售假药罪", "filed sent_for_prosecution ");
    stage_is(json_object_get(zhang, "stages"), 2, "妨害药品管理罪", "prosecuted ");
    assert_int_equal(json_array_size(json_object_get(li, "stages")), 1);
    stage_is(json_object_get(li, "stages"), 0, "生产、销售伪劣产品罪", "transfer ");
    json_decref(j);
}

/* A correction of the charge counts in the place of what it corrects; what is voided does not count. */
static void charges__follow_corrections(void **state)
{
    struct city *c = *state;
    char id[37];
    json_t *r = city_request("transfer", NULL, "transfer_letter investigation_report item_list test_report"), *body = json_object_get(r, "body");
    json_object_set_new(body, "parties", json_pack("[{s:s, s:s}]", "kind", "person", "name", "张三"));
    json_object_set_new(body, "charges", json_pack("[{s:s, s:s}]", "name", "非法经营罪", "code", ""));
    city_do(c, CITY_BUREAU, r);
    snprintf(id, sizeof id, "%s", c->case_id);
    json_t *j = case_seen(c, CITY_BUREAU, id);
    json_t *first = json_string(text(json_array_get(json_object_get(j, "acts"), 0), "id"));
    json_decref(j);
    r = city_request("transfer", id, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:O}]", "relation", "amends", "id", first));
    json_object_set_new(json_object_get(r, "body"), "charges", json_pack("[{s:s, s:s}]", "name", "销售假药罪", "code", ""));
    city_do(c, CITY_BUREAU, r);
    j = case_seen(c, CITY_POLICE, id);
    const json_t *stages = json_object_get(json_array_get(json_object_get(j, "charges_by_party"), 0), "stages");
    assert_int_equal(json_array_size(stages), 1);
    stage_is(stages, 0, "销售假药罪", "transfer ");
    json_decref(j);
    r = city_request("transfer", id, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:o}]", "relation", "voids", "id", first));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(count_of(c, CITY_POLICE, id, "charges_by_party"), 0);
}

/* Links and candidates come out alike whatever way the ledger is folded. */
static void links__and_candidates_are_stable_on_rebuild(void **state)
{
    struct city *c = *state;
    char a[37], b[37], d[37], act[37];
    struct xj_hash live, again;
    person_case(c, "张某", "销售假药罪", a);
    person_case(c, "张三", "销售假药罪", b);
    person_case(c, "张三", "销售假药罪", d);
    links(c, CITY_BUREAU, a, "merged_into", b, act);
    json_t *before = case_seen(c, CITY_POLICE, a);
    assert_int_equal(json_array_size(json_object_get(before, "candidates")), 1);
    assert_int_equal(xj_view_digest(world_agent(c->w, CITY_POLICE)->view, false, &live), XJ_OK);
    size_t count;
    struct xj_ledger_item *items = city_items(c, CITY_POLICE, &count);
    struct xj_view *v = city_view(c, CITY_POLICE, "again");
    for (size_t i = 0; i < count; i += 3)
        assert_int_equal(xj_view_apply(v, items + i, count - i < 3 ? count - i : 3), XJ_OK);
    assert_int_equal(xj_view_digest(v, false, &again), XJ_OK);
    assert_memory_equal(live.b, again.b, sizeof live.b);
    struct xj_id id;
    json_t *after = NULL;
    assert_true(xj_id_parse(a, &id));
    assert_int_equal(xj_render_case(v, id, c->w->now_ms, &after), XJ_OK);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
    xj_view_close(v);
    city_items_free(items, count);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, city_up, city_down)
    const struct CMUnitTest tests[] = {
        T(links__are_seen_from_both_sides),
        T(links__are_confirmed_by_somebody_else_of_the_other_case),
        T(links__are_confirmed_from_the_same_side_by_a_party_of_the_other),
        T(links__go_with_the_act_that_states_them),
        T(links__of_a_case_with_itself_are_refused),
        T(links__leave_every_clock_running),
        T(candidates__share_a_person_and_a_charge),
        T(candidates__share_a_unit_and_a_violation),
        T(candidates__cost_the_same_among_many_cases),
        T(charges__change_from_stage_to_stage),
        T(charges__follow_corrections),
        T(links__and_candidates_are_stable_on_rebuild),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
