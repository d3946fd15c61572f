/* Reading, checking and compiling procedures. One test for each finding of schema/spec/07-procedure.md, section 6: each breaks
 * tests/procedures/small.yaml, which uses every key and has no findings, in one place. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/ydoc.h"
#include "tests/procedures/fixture.h"

static void assert_told(const struct xj_findings *f, enum xj_severity severity, const char *code)
{
    const struct xj_finding *one = xj_findings_get(f, code);
    if (one == NULL)
        fail_msg("no finding %s; the first is %s: %s", code, f->count > 0 ? f->list[0].code : "none",
                 f->count > 0 ? f->list[0].en : "");
    assert_int_equal(one->severity, severity);
    assert_true(one->zh[0] != '\0' && one->en[0] != '\0');
    assert_string_not_equal(one->zh, one->en);
}

/* Compiling text must tell the code; an error leaves no bytes, anything else compiles. */
static void assert_compiles_with(struct xj_buf *text, struct xj_slice overlay, enum xj_severity severity, const char *code)
{
    struct xj_findings f;
    struct xj_buf bytes;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    enum xj_err err = xj_procedure_compile(xj_buf_slice(text), overlay, &bytes, &f);
    assert_told(&f, severity, code);
    bool refused = severity == XJ_SEVERITY_ERROR;
    assert_true(refused ? err == XJ_EMALFORMED || err == XJ_ELIMIT : err == XJ_OK);
    assert_true(refused ? bytes.n == 0 && f.errors > 0 : bytes.n > 0 && f.errors == 0);
    xj_findings_free(&f);
    xj_buf_free(&bytes);
}

static void told(const char *from, const char *to, enum xj_severity severity, const char *code)
{
    struct xj_buf text = read_text(SMALL_YAML), changed = replaced(&text, from, to);
    assert_compiles_with(&changed, nothing(), severity, code);
    xj_buf_free(&text);
    xj_buf_free(&changed);
}

#define REFUSES(NAME, FROM, TO, CODE)                 \
    static void check__refuses_##NAME(void **state)   \
    {                                                 \
        (void)state;                                  \
        told(FROM, TO, XJ_SEVERITY_ERROR, CODE);      \
    }
#define WARNS(NAME, FROM, TO, CODE)                   \
    static void check__warns_of_##NAME(void **state)  \
    {                                                 \
        (void)state;                                  \
        told(FROM, TO, XJ_SEVERITY_WARNING, CODE);    \
    }

/* ---- the file ---- */
REFUSES(what_is_not_yaml, "procedure: small", "procedure: [small", "yaml_syntax")
REFUSES(a_second_document, "duties:\n", "---\nduties:\n", "yaml_syntax")
REFUSES(an_anchor, "opens: {draft: self}", "opens: &a {draft: self}", "yaml_alias")
REFUSES(an_alias, "opens: {draft: self}", "opens: *a", "yaml_alias")
REFUSES(a_tag, "zh: 小程序", "zh: !!str 小程序", "yaml_tag")
REFUSES(a_key_that_is_a_truth_value, "late_only: false", "on: false", "boolean_key")
REFUSES(an_act_that_is_there_twice, "  resume: {", "  halt: {", "duplicate_key")
REFUSES(a_key_that_is_there_twice, "late_only: false", "again: false", "duplicate_key")
REFUSES(an_unknown_key, "late_only: false", "later_only: false", "unknown_key")
REFUSES(an_unknown_section, "duties:\n", "extras: {}\nduties:\n", "unknown_key")
REFUSES(an_act_without_visibility, "vis: open, again: true, late_only", "again: true, late_only", "missing_key")
REFUSES(an_act_that_nobody_may_do, "en: taken, roles: police,", "en: taken,", "missing_key")
REFUSES(a_missing_section, "questions:\n", "papers2:\n", "missing_key")
REFUSES(a_track_without_owner, "scope: party, owners: bureau,", "scope: party,", "missing_key")
REFUSES(a_missing_english_term, "{zh: 延长, en: longer, ", "{zh: 延长, ", "missing_key")
REFUSES(a_limit_in_words, "limit: 10d", "limit: 10 days", "bad_value")
REFUSES(a_limit_over_the_cap, "limit: 10d", "limit: 10000d", "bad_value")
REFUSES(a_truth_value_in_another_word, "late_only: false", "late_only: no", "bad_value")
REFUSES(a_date_that_does_not_exist, "since: 2001-07-09", "since: 2001-02-29", "bad_value")
REFUSES(an_extension_that_is_not_longer, "{longer: 30d}", "{longer: 3d}", "bad_value")
REFUSES(an_extension_by_another_clock, "{longer: 30d}", "{longer: 30w}", "bad_value")
REFUSES(a_sector_extension_that_is_not_longer, "market: [5w, 10w]", "market: [5w, 4w]", "bad_value")
REFUSES(an_unknown_scope, "scope: charge", "scope: person", "bad_value")
REFUSES(an_unknown_mode, "answers: {draft: req}", "answers: {draft: must}", "bad_value")
REFUSES(a_term_of_two_lines, "zh: 小程序", "zh: \"小\\n程序\"", "bad_value")
REFUSES(a_name_with_capitals, "  no_list: [", "  No_list: [", "bad_name")
REFUSES(a_reserved_name, "  stamp: [", "  transferor: [", "bad_name")
REFUSES(a_stop_listed_twice, "stop: [receipt, taken]", "stop: [receipt, receipt]", "listed_twice")

/* ---- names ---- */
REFUSES(an_unknown_act, "stop: plan_agreed", "stop: plan_agree", "unknown_name")
REFUSES(an_unknown_question_opened, "opens: {draft: self}", "opens: {drafts: self}", "unknown_name")
REFUSES(an_unknown_question_answered, "answers: {draft: req}", "answers: {drafts: req}", "unknown_name")
REFUSES(an_unknown_paper, "instrument: stamp", "instrument: stamps", "unknown_name")
REFUSES(an_unknown_track, "[[filing, to, assigned]]", "[[filings, to, assigned]]", "unknown_name")
REFUSES(an_unknown_state, "[[filing, to, assigned]]", "[[filing, to, planned]]", "unknown_name")
REFUSES(an_unknown_role, "copies: court", "copies: courts", "unknown_name")
REFUSES(an_unknown_barred_track, "barred: {matter: [sent, received]}", "barred: {matters: [sent]}", "unknown_name")
REFUSES(an_unknown_extending_act, "{longer: 30d}", "{longest: 30d}", "unknown_name")

/* ---- acts ---- */
REFUSES(an_act_without_citation, "late_only: false, cite: 规则5, tag", "late_only: false, tag", "no_citation")
REFUSES(a_dash_for_a_citation, "late_only: false, cite: 规则5", "late_only: false, cite: \"-\"", "no_citation")
REFUSES(a_duty_without_citation, "limit: none, cite: 规则3,", "limit: none,", "no_citation")
REFUSES(a_track_moved_twice, "moves: [[filing, self, open]]", "moves: [[filing, self, open], [filing, self, closed]]", "track_twice")
REFUSES(two_acts_of_one_term, "en: halt", "en: resume", "term_twice")
REFUSES(a_state_no_act_moves_to, "moves: [[filing, to, assigned]], ", "", "unreachable_state")
REFUSES(a_state_reached_only_from_itself, "closed, open]]", "closed, closed]]", "unreachable_state")
REFUSES(a_required_answer_nobody_asked_for, "opens: {receipt: police, decision: police}", "opens: {decision: police}", "req_unasked")
REFUSES(an_answer_nobody_asked_for, "opens: {receipt: police, decision: police}", "opens: {decision: police}", "answer_unasked")
REFUSES(a_question_nobody_can_answer, "reported_only: true", "reported_only: false", "question_unanswered")
REFUSES(a_question_put_to_who_cannot_answer, "decision: police}, expects", "decision: bureau}, expects", "question_role")
REFUSES(a_question_put_to_a_role_it_does_not_name, "asked: [police, court]}", "asked: [court]}", "question_role")
REFUSES(a_question_passed_to_who_cannot_answer, "principal: police", "principal: bureau", "question_role")
REFUSES(a_mover_that_cannot_own, "scope: charge, owners: [police, court]", "scope: charge, owners: police", "owner_role")
REFUSES(passing_on_to_nobody, "principal: police, passes", "passes", "no_principal")
REFUSES(a_move_on_a_track_the_chain_never_moved, "[[matter, asked, settled]]", "[[filing, asked, closed]]", "move_never")
REFUSES(an_internal_act_with_recipients, "en: plan agreed, roles: bureau,", "en: plan agreed, roles: bureau, copies: police,", "internal_sends")
REFUSES(visibility_after_a_hidden_act, "vis: open, opens_case: true, transfers", "vis: parties, opens_case: true, transfers", "vis_hidden")
REFUSES(a_bar_that_nothing_lifts, "lifted: {filing: [closed]}, ", "", "barred_for_good")

/* ---- duties ---- */
REFUSES(a_clock_nothing_stops, "stop: filed, limit", "stop: [], limit", "clock_never_stops")
REFUSES(a_clock_whose_stop_answers_nothing, "stop: filed, limit", "stop: longer, limit", "clock_never_stops")
REFUSES(a_clock_whose_stop_the_obligor_cannot_do, "obligor: bureau, start: [[plan, occurred]], stop: plan_agreed",
        "obligor: police, start: [[plan, occurred]], stop: plan_agreed", "clock_never_stops")
REFUSES(a_stop_not_sent_to_all_who_see_the_start, "copies: [bureau], ", "", "stop_hidden")
REFUSES(a_stop_subscribers_cannot_see, "copies: [bureau], vis: open", "copies: [bureau], vis: parties", "stop_hidden")
REFUSES(an_internal_stop_of_an_open_start, "stop: fined, link: case, inside: true", "stop: plan_agreed, link: case", "stop_hidden")
REFUSES(an_inside_duty_others_can_start, "start: [[transfer, occurred]], stop: fined", "start: [[receipt, occurred]], stop: fined", "inside_wrong")
REFUSES(receipt_of_an_internal_act, "start: [[plan, occurred]]", "start: [[plan, received]]", "start_internal")
REFUSES(a_condition_that_never_holds, "if_answers: [decision]", "if_answers: [receipt]", "never_starts")
REFUSES(a_start_the_obligor_never_receives, "[[transfer, accepted, on_receipt]]", "[[fined, accepted, on_receipt]]", "never_starts")
REFUSES(an_extension_by_who_does_not_owe, "{longer: 30d}", "{plan_agreed: 30d}", "extend_role")
REFUSES(an_unconfirmed_duty_that_is_on, "disabled: true, limit: 10d", "limit: 10d", "unconfirmed_enabled")
/* ---- rules ---- */
REFUSES(a_rule_without_mode, "mode: [有案不立, not filed], ", "", "bad_value")
REFUSES(a_severity_of_its_own, "severity: amber", "severity: loud", "bad_value")
REFUSES(a_rule_that_tells_nobody, "tell: court", "tell: []", "missing_key")
REFUSES(a_rule_without_conditions, "when: [{acts: [fined, plan]", "stop: [{acts: [fined, plan]", "missing_key")
REFUSES(a_condition_without_trigger, "{duty: A3, by: police}", "{by: police}", "bad_value")
REFUSES(a_condition_with_two_triggers, "{duty: A3, by: police}", "{duty: A3, acts: [filed]}", "bad_value")
REFUSES(a_duty_that_is_backdated, "{duty: A3, by: police}", "{duty: A3, backdated: true}", "bad_value")
REFUSES(a_condition_on_an_unknown_duty, "{duty: A3, by: police}", "{duty: A9}", "unknown_name")
REFUSES(a_condition_key_nobody_knows, "party: official", "parties: official", "unknown_key")
REFUSES(times_that_are_none, "times: 2", "times: 0", "bad_value")
REFUSES(a_breach_with_three_parts, "breach: [paper, list]", "breach: [paper, list, more]", "bad_value")
REFUSES(waiting_for_what_nothing_stops, "stop: [taken, receipt],\n     when", "stop: [],\n     when", "clock_never_stops")
REFUSES(a_step_of_escalation_twice, "escalate: [filed, assign]", "escalate: [filed, filed]", "listed_twice")
REFUSES(a_rule_nobody_can_break, "{duty: A3, by: police}", "{duty: A3, by: court}", "rule_never")
REFUSES(a_red_rule_not_confirmed, "severity: amber", "severity: red", "unconfirmed_red")

/* ---- statistics ---- */
REFUSES(a_statistic_of_two_kinds, "acts: [fined], sum: fine", "acts: [fined], sum: fine, duties: [A1]", "bad_value")
REFUSES(a_statistic_of_no_kind, "stage: matter, acts: [transfer], by: bureau", "by: bureau", "bad_value")
REFUSES(a_sum_of_what_no_body_has, "sum: fine", "sum: penalty", "bad_value")
REFUSES(duties_without_outcome, "duties: any, outcome: due", "duties: any", "bad_value")
REFUSES(an_outcome_there_is_not, "outcome: due", "outcome: [met, open]", "bad_value")
REFUSES(a_rate_of_half_a_pair, "of: in_time, per: judged", "of: in_time", "bad_value")
REFUSES(a_rate_of_a_sum, "of: in_time", "of: fines", "bad_value")
REFUSES(a_rate_of_itself, "of: in_time", "of: rate", "bad_value")
REFUSES(a_rate_of_what_is_not_there, "of: in_time", "of: in_tyme", "unknown_name")
REFUSES(a_place_out_of_range, "place: 9999", "place: 10000", "bad_value")
REFUSES(a_statistic_nobody_can_raise, "stage: matter, acts: [transfer], by: bureau", "acts: [transfer], by: court", "statistic_never")
REFUSES(duties_nobody_owes, "duties: [A1, A3], outcome: met", "duties: [A1], outcome: met, by: court", "statistic_never")
REFUSES(two_statistics_of_one_term, "zh: 应办", "zh: 按期", "term_twice")
REFUSES(a_statistic_with_a_role_left_out, "stage: matter, acts: [transfer], by: bureau", "acts: [transfer], by: []", "bad_value")
REFUSES(an_outlier_that_is_no_rule_id, "outlier: B3", "outlier: b3", "bad_value")


/* ---- warnings ---- */
WARNS(a_question_nobody_asks, "opens: {remark: police}, ", "", "question_unused")
WARNS(one_stop_that_never_can, "stop: [receipt, taken]", "stop: [receipt, taken, transfer]", "stop_never")

static void check__notes_how_many_acts_are_unconfirmed(void **state)
{
    (void)state;
    told("late_only: false, cite: 规则5, tag: C}", "late_only: false, cite: 规则5, tag: U}", XJ_SEVERITY_NOTE, "unconfirmed_acts");
}

static void check__refuses_a_procedure_that_cannot_begin(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML);
    struct xj_buf one = replaced(&text, "     opens_case: true, cite: 规则1, tag: C}", "     cite: 规则1, tag: C}");
    struct xj_buf two = replaced(&one, "opens_case: true, transfers", "transfers");
    assert_compiles_with(&two, nothing(), XJ_SEVERITY_ERROR, "no_opening");
    xj_buf_free(&text);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

static void check__refuses_more_than_32_roles(void **state)
{
    (void)state;
    struct xj_buf roles, text = read_text(SMALL_YAML);
    xj_buf_init(&roles, 4096);
    for (unsigned i = 0; i < 30; i++)
        xj_buf_addf(&roles, "  role%u: [角色%u, role %u]\n", i, i, i);
    xj_buf_add_str(&roles, "papers:\n");
    struct xj_buf changed = replaced(&text, "papers:\n", xj_buf_cstr(&roles));
    assert_compiles_with(&changed, nothing(), XJ_SEVERITY_ERROR, "too_many");
    xj_buf_free(&roles);
    xj_buf_free(&text);
    xj_buf_free(&changed);
}

static void check__refuses_an_act_that_no_header_can_hold(void **state)
{
    (void)state;
    struct xj_buf tracks, moves, text = read_text(SMALL_YAML);
    xj_buf_init(&tracks, 8192);
    xj_buf_init(&moves, 8192);
    xj_buf_add_str(&moves, "en: resume, roles: police, moves: [");
    for (unsigned i = 0; i < 17; i++) {
        xj_buf_addf(&tracks, "  track%u: {zh: 轨, en: track, scope: case, owners: police, states: {on_it: [在, on it]}}\n", i);
        xj_buf_addf(&moves, "%s[track%u, self, on_it]", i == 0 ? "" : ", ", i);
    }
    xj_buf_add_str(&tracks, "acts:\n");
    xj_buf_add_str(&moves, "],");
    struct xj_buf one = replaced(&text, "acts:\n", xj_buf_cstr(&tracks));
    struct xj_buf two = replaced(&one, "en: resume, roles: police,", xj_buf_cstr(&moves));
    assert_compiles_with(&two, nothing(), XJ_SEVERITY_ERROR, "too_many");
    xj_buf_free(&tracks);
    xj_buf_free(&moves);
    xj_buf_free(&text);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

static void check__refuses_a_file_over_the_size_limit(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML);
    while (text.n <= XJ_YAML_BYTES_MAX)
        xj_buf_add_str(&text, "# padding padding padding padding padding padding padding padding\n");
    assert_compiles_with(&text, nothing(), XJ_SEVERITY_ERROR, "yaml_limit");
    xj_buf_free(&text);
}

static void check__refuses_deep_nesting(void **state)
{
    (void)state;
    told("opens: {draft: self}", "opens: [[[[[[[[[[[[[[[]]]]]]]]]]]]]]]", XJ_SEVERITY_ERROR, "yaml_limit");
}

static void check__refuses_what_is_not_utf8(void **state)
{
    (void)state;
    told("zh: 小程序", "zh: \xc3(", XJ_SEVERITY_ERROR, "yaml_syntax");
}

static void check__refuses_an_empty_file(void **state)
{
    (void)state;
    struct xj_buf text;
    xj_buf_init(&text, 16);
    assert_compiles_with(&text, nothing(), XJ_SEVERITY_ERROR, "yaml_syntax");
    xj_buf_free(&text);
}

static void check__tells_the_line(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML), changed = replaced(&text, "stop: plan_agreed", "stop: plan_agree");
    struct xj_findings f;
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_check(xj_buf_slice(&changed), nothing(), &f, NULL), XJ_OK);
    const char *at = strstr(xj_buf_cstr(&changed), "stop: plan_agree");
    uint32_t line = 1;
    for (const char *p = xj_buf_cstr(&changed); p < at; p++)
        line += *p == '\n';
    assert_int_equal(xj_findings_get(&f, "unknown_name")->line, line);
    xj_findings_free(&f);
    xj_buf_free(&text);
    xj_buf_free(&changed);
}

static void check__has_nothing_to_say_of_the_small_procedures(void **state)
{
    (void)state;
    const char *files[] = {SMALL_YAML, HANDOVER_YAML};
    for (size_t i = 0; i < 2; i++) {
        struct xj_buf text = read_text(files[i]);
        struct xj_findings f;
        xj_findings_init(&f);
        assert_int_equal(xj_procedure_check(xj_buf_slice(&text), nothing(), &f, NULL), XJ_OK);
        assert_int_equal(f.count, 0);
        xj_findings_free(&f);
        xj_buf_free(&text);
    }
}

static void check__prints_needs_and_expects(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML), tables;
    struct xj_findings f;
    xj_findings_init(&f);
    xj_buf_init(&tables, 65536);
    assert_int_equal(xj_procedure_check(xj_buf_slice(&text), nothing(), &f, &tables), XJ_OK);
    const char *out = xj_buf_cstr(&tables);
    assert_non_null(strstr(out, "receipt\treceipt\treq\ttransfer\n"));
    assert_non_null(strstr(out, "filed\tdecision\tonce\ttransfer\n"));
    assert_non_null(strstr(out, "transfer\texpects\tplan_agreed\n"));
    assert_non_null(strstr(out, "resume\timplies\thalt\n"));
    xj_buf_free(&tables);
    xj_findings_free(&f);
    xj_buf_free(&text);
}

static void findings_print__writes_a_line_each(void **state)
{
    (void)state;
    struct xj_findings f;
    struct xj_buf out;
    xj_findings_init(&f);
    xj_buf_init(&out, 4096);
    xj_findings_add(&f, XJ_SEVERITY_ERROR, 12, "some_code", "中文 %d", "english %d", 7);
    f.in_overlay = true;
    xj_findings_add(&f, XJ_SEVERITY_NOTE, 3, "other_code", "注", "note");
    xj_findings_print(&f, &out);
    assert_string_equal(xj_buf_cstr(&out), "错误 error 12 some_code: 中文 7 / english 7\n说明 note overlay:3 other_code: 注 / note\n");
    xj_buf_free(&out);
    xj_findings_free(&f);
}

static void findings__count_errors_past_the_cap(void **state)
{
    (void)state;
    struct xj_findings f;
    xj_findings_init(&f);
    for (unsigned i = 0; i < XJ_FINDINGS_MAX + 5; i++)
        xj_findings_add(&f, XJ_SEVERITY_ERROR, i, "code", "中 %u", "en %u", i);
    assert_int_equal(f.count, XJ_FINDINGS_MAX);
    assert_int_equal(f.errors, XJ_FINDINGS_MAX + 5);
    xj_findings_free(&f);
}

/* ---- compiling ---- */

static struct xj_model *compiled_with(const char *path, struct xj_slice overlay, struct xj_findings *f)
{
    struct xj_buf text = read_text(path), bytes;
    struct xj_model *m = NULL;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&text), overlay, &bytes, f), XJ_OK);
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    xj_buf_free(&bytes);
    xj_buf_free(&text);
    return m;
}

static void compile__does_not_depend_on_the_order_of_the_file(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML), bytes;
    const char *halt = "  halt: {zh: 中止, en: halt, roles: police, vis: open, again: true, cite: 规则8, tag: C}\n";
    struct xj_buf without = replaced(&text, halt, ""), moved = replaced(&without, "duties:\n", "");
    struct xj_buf head = replaced(&moved, "acts:\n", "duties_come_first:\nacts:\n");
    /* The duties, cut from the end, go before the acts, and halt behind the other acts. */
    const char *all = xj_buf_cstr(&head), *acts = strstr(all, "duties_come_first:\n"), *a1 = strstr(all, "  A1: {");
    struct xj_buf other, want = compiled_file(SMALL_YAML);
    struct xj_findings f;
    xj_buf_init(&other, 65536);
    xj_buf_add(&other, all, (size_t)(acts - all));
    xj_buf_addf(&other, "duties:\n%s", a1);
    xj_buf_add(&other, acts + strlen("duties_come_first:\n"), (size_t)(a1 - acts) - strlen("duties_come_first:\n"));
    xj_buf_add_str(&other, halt);
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&other), nothing(), &bytes, &f), XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&bytes), xj_buf_slice(&want)));
    xj_findings_free(&f);
    xj_buf_free(&bytes);
    xj_buf_free(&want);
    xj_buf_free(&other);
    xj_buf_free(&head);
    xj_buf_free(&moved);
    xj_buf_free(&without);
    xj_buf_free(&text);
}

static const struct xj_m_duty *duty_of(const struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_duty(m, xj_slice_cstr(id));
    assert_int_not_equal(i, XJ_NONE);
    return &m->duties[i];
}

static void compile__writes_citations_out(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"规则5", "某规则第5条"}, {"规则3-6; 规则/9(2)", "某规则第3-6条；某规则第9条第2款"}, {"规则8/35(1)", "某规则第8条、第35条第1款"},
        {"规则", "某规则"}, {"规则五", "规则五"}, {"规则5(", "规则5("}, {"规则5-", "规则5-"}, {"规则书7", "规则书7"}, {"另一规则7", "另一规则7"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct xj_findings f;
        struct xj_buf bytes, cite, text = read_text(SMALL_YAML);
        xj_findings_init(&f);
        xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
        xj_buf_init(&cite, 256);
        xj_buf_addf(&cite, "late_only: false, cite: \"%s\"", forms[i][0]);
        struct xj_buf changed = replaced(&text, "late_only: false, cite: 规则5", xj_buf_cstr(&cite));
        assert_int_equal(xj_procedure_compile(xj_buf_slice(&changed), nothing(), &bytes, &f), XJ_OK);
        struct xj_model *m = NULL;
        assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
        bool found = false;
        for (uint16_t a = 0; a < m->act_count; a++)
            found |= strcmp(m->acts[a].cite, forms[i][1]) == 0;
        if (!found)
            fail_msg("no act cites %s", forms[i][1]);
        xj_model_free(m);
        xj_findings_free(&f);
        xj_buf_free(&bytes);
        xj_buf_free(&cite);
        xj_buf_free(&text);
        xj_buf_free(&changed);
    }
}

static void overlay__changes_limits_sectors_and_rows(void **state)
{
    (void)state;
    struct xj_buf overlay = read_text(OVERLAY_YAML);
    struct xj_findings f;
    xj_findings_init(&f);
    struct xj_model *m = compiled_with(SMALL_YAML, xj_buf_slice(&overlay), &f);
    const struct xj_m_duty *a3 = duty_of(m, "A3"), *a6 = duty_of(m, "A6");
    assert_int_equal(a3->limit, 2);
    assert_int_equal(a3->sector_count, 4);
    assert_string_equal(a3->sectors[1].sector, "forest");
    assert_true(a3->sectors[2].limit == 4 && a3->sectors[2].extended_limit == 8);
    assert_string_equal(a3->cite, "某规则第6条；某市办法3");
    assert_true(!a6->disabled && a6->tag == XJ_TAG_C);
    assert_told(&f, XJ_SEVERITY_NOTE, "overlay_differs");
    assert_int_equal(f.count, 4); /* each difference once */
    assert_true(f.list[0].in_overlay && f.list[0].line == 7);
    xj_model_free(m);
    xj_findings_free(&f);
    xj_buf_free(&overlay);
}

static void overlay_told(const char *from, const char *to, enum xj_severity severity, const char *code)
{
    struct xj_buf text = read_text(SMALL_YAML), overlay = read_text(OVERLAY_YAML), changed = replaced(&overlay, from, to);
    assert_compiles_with(&text, xj_buf_slice(&changed), severity, code);
    xj_buf_free(&text);
    xj_buf_free(&overlay);
    xj_buf_free(&changed);
}

#define OVERLAY(NAME, FROM, TO, SEVERITY, CODE)  \
    static void overlay__##NAME(void **state)    \
    {                                            \
        (void)state;                             \
        overlay_told(FROM, TO, SEVERITY, CODE);  \
    }
OVERLAY(must_be_of_this_procedure, "procedure: small", "procedure: other", XJ_SEVERITY_ERROR, "overlay_other")
OVERLAY(cannot_name_a_duty_that_is_not_there, "A6:", "A7:", XJ_SEVERITY_ERROR, "unknown_name")
OVERLAY(must_cite_each_row, ", cite: 某市办法3", "", XJ_SEVERITY_ERROR, "no_citation")
OVERLAY(may_change_nothing_else, "limit: 2d, sectors", "stop: filed, sectors", XJ_SEVERITY_ERROR, "unknown_key")
OVERLAY(cannot_add_acts, "duties:", "acts: {}\nduties:", XJ_SEVERITY_ERROR, "unknown_key")
OVERLAY(needs_a_source_for_a_row_it_switches_on, "tag: C, ", "", XJ_SEVERITY_ERROR, "unconfirmed_enabled")
OVERLAY(cannot_pass_the_extended_limit, "limit: 2d,", "limit: 30d,", XJ_SEVERITY_ERROR, "bad_value")
OVERLAY(must_be_yaml, "duties:", "duties: [", XJ_SEVERITY_ERROR, "yaml_syntax")
OVERLAY(that_is_more_lenient_is_warned_of, "limit: 2d,", "limit: 4d,", XJ_SEVERITY_WARNING, "overlay_longer")

static void compile__keeps_what_the_buffer_held(void **state)
{
    (void)state;
    struct xj_buf text = read_text(HANDOVER_YAML), bytes, want = compiled_file(HANDOVER_YAML);
    struct xj_findings f;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    xj_buf_add_str(&bytes, "before");
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&text), nothing(), &bytes, &f), XJ_OK);
    assert_int_equal(bytes.n, want.n + 6);
    assert_memory_equal(bytes.p + 6, want.p, want.n);
    xj_buf_free(&bytes);
    xj_buf_free(&want);
    xj_findings_free(&f);
    xj_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__refuses_what_is_not_yaml),
        cmocka_unit_test(check__refuses_a_second_document),
        cmocka_unit_test(check__refuses_an_anchor),
        cmocka_unit_test(check__refuses_an_alias),
        cmocka_unit_test(check__refuses_a_tag),
        cmocka_unit_test(check__refuses_a_key_that_is_a_truth_value),
        cmocka_unit_test(check__refuses_an_act_that_is_there_twice),
        cmocka_unit_test(check__refuses_a_key_that_is_there_twice),
        cmocka_unit_test(check__refuses_an_unknown_key),
        cmocka_unit_test(check__refuses_an_unknown_section),
        cmocka_unit_test(check__refuses_an_act_without_visibility),
        cmocka_unit_test(check__refuses_an_act_that_nobody_may_do),
        cmocka_unit_test(check__refuses_a_missing_section),
        cmocka_unit_test(check__refuses_a_track_without_owner),
        cmocka_unit_test(check__refuses_a_missing_english_term),
        cmocka_unit_test(check__refuses_a_limit_in_words),
        cmocka_unit_test(check__refuses_a_limit_over_the_cap),
        cmocka_unit_test(check__refuses_a_truth_value_in_another_word),
        cmocka_unit_test(check__refuses_a_date_that_does_not_exist),
        cmocka_unit_test(check__refuses_an_extension_that_is_not_longer),
        cmocka_unit_test(check__refuses_an_extension_by_another_clock),
        cmocka_unit_test(check__refuses_a_sector_extension_that_is_not_longer),
        cmocka_unit_test(check__refuses_an_unknown_scope),
        cmocka_unit_test(check__refuses_an_unknown_mode),
        cmocka_unit_test(check__refuses_a_term_of_two_lines),
        cmocka_unit_test(check__refuses_a_name_with_capitals),
        cmocka_unit_test(check__refuses_a_reserved_name),
        cmocka_unit_test(check__refuses_a_stop_listed_twice),
        cmocka_unit_test(check__refuses_an_unknown_act),
        cmocka_unit_test(check__refuses_an_unknown_question_opened),
        cmocka_unit_test(check__refuses_an_unknown_question_answered),
        cmocka_unit_test(check__refuses_an_unknown_paper),
        cmocka_unit_test(check__refuses_an_unknown_track),
        cmocka_unit_test(check__refuses_an_unknown_state),
        cmocka_unit_test(check__refuses_an_unknown_role),
        cmocka_unit_test(check__refuses_an_unknown_barred_track),
        cmocka_unit_test(check__refuses_an_unknown_extending_act),
        cmocka_unit_test(check__refuses_an_act_without_citation),
        cmocka_unit_test(check__refuses_a_dash_for_a_citation),
        cmocka_unit_test(check__refuses_a_duty_without_citation),
        cmocka_unit_test(check__refuses_a_track_moved_twice),
        cmocka_unit_test(check__refuses_two_acts_of_one_term),
        cmocka_unit_test(check__refuses_a_state_no_act_moves_to),
        cmocka_unit_test(check__refuses_a_state_reached_only_from_itself),
        cmocka_unit_test(check__refuses_a_required_answer_nobody_asked_for),
        cmocka_unit_test(check__refuses_an_answer_nobody_asked_for),
        cmocka_unit_test(check__refuses_a_question_nobody_can_answer),
        cmocka_unit_test(check__refuses_a_question_put_to_who_cannot_answer),
        cmocka_unit_test(check__refuses_a_question_put_to_a_role_it_does_not_name),
        cmocka_unit_test(check__refuses_a_question_passed_to_who_cannot_answer),
        cmocka_unit_test(check__refuses_a_mover_that_cannot_own),
        cmocka_unit_test(check__refuses_passing_on_to_nobody),
        cmocka_unit_test(check__refuses_a_move_on_a_track_the_chain_never_moved),
        cmocka_unit_test(check__refuses_an_internal_act_with_recipients),
        cmocka_unit_test(check__refuses_visibility_after_a_hidden_act),
        cmocka_unit_test(check__refuses_a_bar_that_nothing_lifts),
        cmocka_unit_test(check__refuses_a_clock_nothing_stops),
        cmocka_unit_test(check__refuses_a_clock_whose_stop_answers_nothing),
        cmocka_unit_test(check__refuses_a_clock_whose_stop_the_obligor_cannot_do),
        cmocka_unit_test(check__refuses_a_stop_not_sent_to_all_who_see_the_start),
        cmocka_unit_test(check__refuses_a_stop_subscribers_cannot_see),
        cmocka_unit_test(check__refuses_an_internal_stop_of_an_open_start),
        cmocka_unit_test(check__refuses_an_inside_duty_others_can_start),
        cmocka_unit_test(check__refuses_receipt_of_an_internal_act),
        cmocka_unit_test(check__refuses_a_condition_that_never_holds),
        cmocka_unit_test(check__refuses_a_start_the_obligor_never_receives),
        cmocka_unit_test(check__refuses_an_extension_by_who_does_not_owe),
        cmocka_unit_test(check__refuses_an_unconfirmed_duty_that_is_on),
        cmocka_unit_test(check__refuses_a_rule_without_mode),
        cmocka_unit_test(check__refuses_a_severity_of_its_own),
        cmocka_unit_test(check__refuses_a_rule_that_tells_nobody),
        cmocka_unit_test(check__refuses_a_rule_without_conditions),
        cmocka_unit_test(check__refuses_a_condition_without_trigger),
        cmocka_unit_test(check__refuses_a_condition_with_two_triggers),
        cmocka_unit_test(check__refuses_a_duty_that_is_backdated),
        cmocka_unit_test(check__refuses_a_condition_on_an_unknown_duty),
        cmocka_unit_test(check__refuses_a_condition_key_nobody_knows),
        cmocka_unit_test(check__refuses_times_that_are_none),
        cmocka_unit_test(check__refuses_a_breach_with_three_parts),
        cmocka_unit_test(check__refuses_waiting_for_what_nothing_stops),
        cmocka_unit_test(check__refuses_a_step_of_escalation_twice),
        cmocka_unit_test(check__refuses_a_rule_nobody_can_break),
        cmocka_unit_test(check__refuses_a_red_rule_not_confirmed),
        cmocka_unit_test(check__refuses_a_statistic_of_two_kinds),
        cmocka_unit_test(check__refuses_a_statistic_of_no_kind),
        cmocka_unit_test(check__refuses_a_sum_of_what_no_body_has),
        cmocka_unit_test(check__refuses_duties_without_outcome),
        cmocka_unit_test(check__refuses_an_outcome_there_is_not),
        cmocka_unit_test(check__refuses_a_rate_of_half_a_pair),
        cmocka_unit_test(check__refuses_a_rate_of_a_sum),
        cmocka_unit_test(check__refuses_a_rate_of_itself),
        cmocka_unit_test(check__refuses_a_rate_of_what_is_not_there),
        cmocka_unit_test(check__refuses_a_place_out_of_range),
        cmocka_unit_test(check__refuses_a_statistic_nobody_can_raise),
        cmocka_unit_test(check__refuses_duties_nobody_owes),
        cmocka_unit_test(check__refuses_two_statistics_of_one_term),
        cmocka_unit_test(check__refuses_a_statistic_with_a_role_left_out),
        cmocka_unit_test(check__refuses_an_outlier_that_is_no_rule_id),
        cmocka_unit_test(check__warns_of_a_question_nobody_asks),
        cmocka_unit_test(check__warns_of_one_stop_that_never_can),
        cmocka_unit_test(check__notes_how_many_acts_are_unconfirmed),
        cmocka_unit_test(check__refuses_a_procedure_that_cannot_begin),
        cmocka_unit_test(check__refuses_more_than_32_roles),
        cmocka_unit_test(check__refuses_an_act_that_no_header_can_hold),
        cmocka_unit_test(check__refuses_a_file_over_the_size_limit),
        cmocka_unit_test(check__refuses_deep_nesting),
        cmocka_unit_test(check__refuses_what_is_not_utf8),
        cmocka_unit_test(check__refuses_an_empty_file),
        cmocka_unit_test(check__tells_the_line),
        cmocka_unit_test(check__has_nothing_to_say_of_the_small_procedures),
        cmocka_unit_test(check__prints_needs_and_expects),
        cmocka_unit_test(findings_print__writes_a_line_each),
        cmocka_unit_test(findings__count_errors_past_the_cap),
        cmocka_unit_test(compile__does_not_depend_on_the_order_of_the_file),
        cmocka_unit_test(compile__writes_citations_out),
        cmocka_unit_test(overlay__changes_limits_sectors_and_rows),
        cmocka_unit_test(overlay__must_be_of_this_procedure),
        cmocka_unit_test(overlay__cannot_name_a_duty_that_is_not_there),
        cmocka_unit_test(overlay__must_cite_each_row),
        cmocka_unit_test(overlay__may_change_nothing_else),
        cmocka_unit_test(overlay__cannot_add_acts),
        cmocka_unit_test(overlay__needs_a_source_for_a_row_it_switches_on),
        cmocka_unit_test(overlay__cannot_pass_the_extended_limit),
        cmocka_unit_test(overlay__must_be_yaml),
        cmocka_unit_test(overlay__that_is_more_lenient_is_warned_of),
        cmocka_unit_test(compile__keeps_what_the_buffer_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
