/* Officers and entrustments: what the sender is warned of before it signs is what the rules find afterwards, day by day. Spec:
 * spec/06-register.md, section 7; spec/10-api.md, section 3; 行政处罚法 20, 42. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/draft.h"
#include "agents/agent/view/view_private.h"
#include "agents/cli/regfacts.h"
#include "schema/base/civil.h"

#define TOWNSHIP "370881-wzz" /* 王庄镇 */

static json_int_t day(const char *date)
{
    int64_t days = 0;
    assert_true(xj_date_parse(date, &days));
    return days;
}

static void register_certificate(struct city *c, const char *agency, const char *number, const char *from, const char *to)
{
    char id[33];
    xj_reg_paired_id("certificate", xj_slice_cstr(agency), xj_slice_cstr(number), id);
    json_t *value = from == NULL ? json_null()
                                 : json_pack("{s:s, s:s, s:s, s:I, s:I}", "agency", agency, "number", number, "name", "某", "from", day(from), "to", day(to));
    city_register(c, "certificate", id, value);
}

static void register_entrustment(struct city *c, const char *bureau, const char *number, json_t *items)
{
    char id[33];
    xj_reg_paired_id("entrustment", xj_slice_cstr(bureau), xj_slice_cstr(number), id);
    json_t *value = items == NULL ? json_null()
                                  : json_pack("{s:s, s:s, s:s, s:o, s:[], s:I, s:I}", "bureau", bureau, "township", TOWNSHIP, "number", number, "items", items,
                                              "powers", "from", day("2026-01-01"), "to", day("2026-12-31"));
    city_register(c, "entrustment", id, value);
}

/* A penalty of that day by officers 甲 and 乙 with these numbers (NULL: not named), under an entrustment (NULL: none). */
static json_t *penalty(const char *date, const char *first, const char *second, const char *entrustment)
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision"), *officers = json_array(), *refs = json_array();
    json_t *body = json_object_get(r, "body");
    char ref[XJ_ID_TEXT];
    if (first != NULL)
        json_array_append_new(officers, json_pack("[s, s]", "甲", first));
    if (second != NULL)
        json_array_append_new(officers, json_pack("[s, s]", "乙", second));
    json_object_set_new(body, "officers", officers);
    json_object_set_new(body, "penalty", json_pack("{s:s}", "violation", "占道经营"));
    json_object_set_new(r, "occurred", json_string(date));
    if (entrustment != NULL) {
        xj_entrustment_ref(CITY_BUREAU, xj_slice_cstr(entrustment), ref);
        json_array_append_new(refs, json_string(ref));
    }
    json_object_set_new(r, "refs", refs);
    return r;
}

/* What drafting says: NULL when it makes the act, else the code; the refusal stays in *ret. */
static const char *warned(struct city *c, const json_t *request, struct xj_draft_refusal *ret)
{
    struct xj_outgoing *out = NULL;
    struct node *n = world_agent(c->w, CITY_BUREAU);
    const enum xj_err err = xj_draft_build(n->view, &n->env, &n->keys, n->pairs, request, &out, ret);
    assert_true(err == XJ_OK || err == XJ_EDENIED);
    xj_outgoing_free(out);
    return err == XJ_OK ? NULL : ret->code;
}

static json_t *case_of(struct city *c)
{
    json_t *seen = NULL;
    assert_int_equal(xj_render_case(world_agent(c->w, CITY_BUREAU)->view, city_case(c), c->w->now_ms, &seen), XJ_OK);
    return seen;
}

static bool has_alert(const json_t *seen, const char *rule)
{
    const json_t *a;
    size_t i;
    json_array_foreach(json_object_get(seen, "alerts"), i, a)
        if (strcmp(json_string_value(json_object_get(a, "rule")), rule) == 0)
            return true;
    return false;
}

/* The sender is warned with that code (NULL: not at all), and sent all the same the act is found by the rules, and by no other of
 * the two. Takes the request. */
static void judged(struct city *c, json_t *request, const char *code, const char *detail)
{
    struct xj_draft_refusal refusal;
    const char *got = warned(c, request, &refusal);
    if ((got == NULL) != (code == NULL) || (code != NULL && (strcmp(got, code) != 0 || strstr(refusal.detail, detail) == NULL)))
        fail_msg("warned %s: %s", got != NULL ? got : "not at all", got != NULL ? refusal.detail : "");
    if (code != NULL) {
        assert_false(refusal.malformed);
        assert_string_equal(refusal.rule, strcmp(code, "certificate") == 0 ? "R33" : "R34");
        assert_non_null(strstr(refusal.article, "行政处罚法"));
        assert_true(refusal.remedy_zh[0] && refusal.remedy_en[0] && refusal.text_zh[0] && refusal.text_en[0]);
        json_object_set_new(request, "override", json_pack("{s:s}", code, "上级交办"));
    }
    city_do(c, CITY_BUREAU, request);
    json_t *seen = case_of(c);
    const json_t *overrides = json_object_get(json_object_get(json_array_get(json_object_get(seen, "acts"), 0), "body"), "overrides");
    assert_int_equal(json_array_size(overrides), code != NULL);
    if (code != NULL) {
        assert_string_equal(json_string_value(json_object_get(json_array_get(overrides, 0), "code")), code);
        assert_string_equal(json_string_value(json_object_get(json_array_get(overrides, 0), "reason")), "上级交办");
    }
    assert_int_equal(has_alert(seen, "R33"), code != NULL && strcmp(code, "certificate") == 0);
    assert_int_equal(has_alert(seen, "R34"), code != NULL && strcmp(code, "entrustment") == 0);
    json_decref(seen);
}

static void standing__two_officers_where_officers_are_named(void **state)
{
    struct city *c = *state;
    judged(c, penalty("2026-03-02", "1", NULL, NULL), "certificate", "");
    judged(c, penalty("2026-03-02", "1", "2", NULL), NULL, ""); /* the register has no certificate of this agency: nothing is known */
    judged(c, penalty("2026-03-02", NULL, NULL, NULL), NULL, "");
}

static void standing__a_certificate_holds_from_its_first_to_its_last_day(void **state)
{
    struct city *c = *state;
    register_certificate(c, CITY_BUREAU, "1", "2026-01-01", "2026-12-31");
    register_certificate(c, CITY_BUREAU, "2", "2026-03-02", "2026-03-05");
    judged(c, penalty("2026-03-01", "1", "2", NULL), "certificate", "乙 2 2026-03-02/2026-03-05");
    judged(c, penalty("2026-03-02", "1", "2", NULL), NULL, "");
    judged(c, penalty("2026-03-05", "1", "2", NULL), NULL, "");
    judged(c, penalty("2026-03-05T23:59:59+08:00", "1", "2", NULL), NULL, "");
    judged(c, penalty("2026-03-06T00:00:00+08:00", "1", "2", NULL), "certificate", "乙 2");
    judged(c, penalty("2026-03", "1", "2", NULL), "certificate", "乙 2"); /* its day is the last of the month */
}

static void standing__withdrawn_unknown_and_other_agencies_certificates_do_not_count(void **state)
{
    struct city *c = *state;
    register_certificate(c, CITY_BUREAU, "1", "2026-01-01", "2026-12-31");
    register_certificate(c, CITY_BUREAU, "2", "2026-01-01", "2026-12-31");
    register_certificate(c, CITY_POLICE, "3", "2026-01-01", "2026-12-31");
    judged(c, penalty("2026-03-02", "1", "2", NULL), NULL, "");
    judged(c, penalty("2026-03-02", "1", "3", NULL), "certificate", "乙 3");
    judged(c, penalty("2026-03-02", "9", "2", NULL), "certificate", "甲 9");
    register_certificate(c, CITY_BUREAU, "2", NULL, NULL);
    judged(c, penalty("2026-03-02", "1", "2", NULL), "certificate", "乙 2");
}

static void standing__a_township_acts_under_its_entrustment(void **state)
{
    struct city *c = *state;
    city_register(c, "agency", TOWNSHIP, json_pack("{s:s, s:s, s:s}", "name", "王庄镇人民政府", "role", "bureau", "division", "370881"));
    register_certificate(c, CITY_BUREAU, "1", "2026-01-01", "2026-12-31");
    register_certificate(c, TOWNSHIP, "2", "2026-01-01", "2026-12-31");
    register_entrustment(c, CITY_BUREAU, "委1", json_pack("[s, s]", "占道经营", "乱倒垃圾"));
    judged(c, penalty("2026-03-02", "1", "2", NULL), "certificate", "乙 2"); /* the entrustment is not named */
    judged(c, penalty("2026-03-02", "1", "2", "委1"), NULL, "");
    judged(c, penalty("2026-12-31", "1", "2", "委1"), NULL, "");
    register_certificate(c, CITY_BUREAU, "3", "2026-01-01", "2027-12-31");
    register_certificate(c, TOWNSHIP, "4", "2026-01-01", "2027-12-31");
    struct xj_draft_refusal refusal;
    json_t *r = penalty("2027-01-01", "3", "4", "委1"); /* the day after the entrustment's last: neither it nor who acts under it */
    assert_string_equal(warned(c, r, &refusal), "certificate");
    assert_non_null(strstr(refusal.detail, "乙 4"));
    json_object_set_new(r, "override", json_pack("{s:s}", "certificate", "一"));
    assert_string_equal(warned(c, r, &refusal), "entrustment");
    json_decref(r);
    judged(c, penalty("2026-03-02", "1", "1", "委9"), NULL, ""); /* the register never had such an entrustment: another reference */
}

static void standing__an_entrustment_holds_for_its_items_and_its_term(void **state)
{
    struct city *c = *state;
    register_entrustment(c, CITY_BUREAU, "委1", json_pack("[s]", "乱倒垃圾"));
    register_entrustment(c, CITY_BUREAU, "委2", json_array());
    register_entrustment(c, CITY_POLICE, "委3", json_array());
    judged(c, penalty("2026-03-02", "1", "2", "委1"), "entrustment", "委1 2026-01-01/2026-12-31"); /* 占道经营 is not in its list */
    judged(c, penalty("2026-03-02", "1", "2", "委2"), NULL, ""); /* no list: all */
    judged(c, penalty("2026-12-31", "1", "2", "委2"), NULL, "");
    judged(c, penalty("2025-12-31", "1", "2", "委2"), "entrustment", "委2");
    judged(c, penalty("2027-01-01", "1", "2", "委2"), "entrustment", "委2");
    json_t *r = penalty("2026-03-02", "1", "2", NULL);
    char ref[XJ_ID_TEXT];
    xj_entrustment_ref(CITY_POLICE, xj_slice_cstr("委3"), ref);
    json_object_set_new(r, "refs", json_pack("[s]", ref));
    judged(c, r, "entrustment", "委3"); /* another agency's */
    register_entrustment(c, CITY_BUREAU, "委2", NULL);
    judged(c, penalty("2026-03-02", "1", "2", "委2"), "entrustment", ""); /* withdrawn */
}

static void standing__each_warning_needs_its_own_reason(void **state)
{
    struct city *c = *state;
    struct xj_draft_refusal refusal;
    register_entrustment(c, CITY_BUREAU, "委1", json_pack("[s]", "乱倒垃圾"));
    json_t *r = penalty("2026-03-02", "1", NULL, "委1");
    assert_string_equal(warned(c, r, &refusal), "certificate");
    json_object_set_new(r, "override", json_pack("{s:s}", "certificate", "一"));
    assert_string_equal(warned(c, r, &refusal), "entrustment");
    json_object_set_new(r, "override", json_pack("{s:s}", "entrustment", "二"));
    assert_string_equal(warned(c, r, &refusal), "certificate");
    json_object_set_new(r, "override", json_pack("{s:s, s:s}", "entrustment", "二", "certificate", "一"));
    city_do(c, CITY_BUREAU, r);
    json_t *seen = case_of(c), *want = json_pack("[{s:s, s:s}, {s:s, s:s}]", "code", "certificate", "reason", "一", "code", "entrustment", "reason", "二");
    assert_true(json_equal(json_object_get(json_object_get(json_array_get(json_object_get(seen, "acts"), 0), "body"), "overrides"), want));
    assert_true(has_alert(seen, "R33") && has_alert(seen, "R34"));
    json_decref(seen);
    json_decref(want);
}

static void standing__reasons_that_nothing_needs_are_not_kept(void **state)
{
    struct city *c = *state;
    json_t *r = penalty("2026-03-02", "1", "2", NULL);
    json_object_set_new(r, "override", json_pack("{s:s}", "certificate", "备用"));
    judged(c, r, NULL, "");
}

static void standing__refuses_overrides_of_the_wrong_form(void **state)
{
    struct city *c = *state;
    static const char *const wrong[] = {"\"x\"", "[]", "{\"certificate\":\"\"}", "{\"certificate\":1}", "{\"other\":\"x\"}", "{\"certificate\":null}"};
    struct xj_draft_refusal refusal;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        json_t *r = penalty("2026-03-02", "1", "2", NULL);
        json_object_set_new(r, "override", json_loads(wrong[i], JSON_DECODE_ANY, NULL));
        assert_string_equal(warned(c, r, &refusal), "request");
        assert_string_equal(refusal.detail, "override");
        json_decref(r);
    }
    json_t *r = penalty("2026-03-02", "1", "2", NULL);
    json_object_set_new(json_object_get(r, "body"), "overrides", json_pack("[[s, s]]", "certificate", "x"));
    assert_string_equal(warned(c, r, &refusal), "request");
    assert_string_equal(refusal.detail, "body.overrides");
    json_decref(r);
}

/* Acts that no rule asks about, late entries of an unknown day, and corrections. */
static void standing__who_is_not_asked(void **state)
{
    struct city *c = *state;
    struct xj_draft_refusal refusal;
    register_certificate(c, CITY_BUREAU, "1", "2026-01-01", "2026-12-31");
    json_t *r = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(r, "body"), "officers", json_pack("[[s, s]]", "甲", "9"));
    assert_null(warned(c, r, &refusal));
    json_decref(r);
    r = penalty("2026-03-02", "8", "9", NULL);
    json_object_set_new(r, "mode", json_string("late_entry"));
    json_object_set_new(json_object_get(r, "body"), "source", json_string("卷宗"));
    assert_string_equal(warned(c, r, &refusal), "certificate"); /* an old act of a known day */
    json_object_set_new(r, "occurred", json_null());
    assert_null(warned(c, r, &refusal));
    json_decref(r);
    r = penalty("2026-03-02", "1", "1", NULL);
    city_do(c, CITY_BUREAU, json_incref(r));
    json_t *seen = case_of(c);
    const char *id = json_string_value(json_object_get(json_array_get(json_object_get(seen, "acts"), 0), "id"));
    json_object_set_new(r, "case", json_string(c->case_id));
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "amends", "id", id));
    json_object_set_new(json_object_get(r, "body"), "officers", json_pack("[[s, s]]", "甲", "9"));
    assert_null(warned(c, r, &refusal));
    json_decref(seen);
    json_decref(r);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(standing__two_officers_where_officers_are_named),
        IN_CITY(standing__a_certificate_holds_from_its_first_to_its_last_day),
        IN_CITY(standing__withdrawn_unknown_and_other_agencies_certificates_do_not_count),
        IN_CITY(standing__a_township_acts_under_its_entrustment),
        IN_CITY(standing__an_entrustment_holds_for_its_items_and_its_term),
        IN_CITY(standing__each_warning_needs_its_own_reason),
        IN_CITY(standing__reasons_that_nothing_needs_are_not_kept),
        IN_CITY(standing__refuses_overrides_of_the_wrong_form),
        IN_CITY(standing__who_is_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
