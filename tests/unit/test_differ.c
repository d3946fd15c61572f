/* Two procedures that are not alike in one place: the difference is told, and what is alike is not. Spec: schema/spec/07-procedure.md,
 * sections 3c and 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/against.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/yamlnodes.h"

/* NULL: it does not compile. */
static struct xj_model *model_or_null(struct xj_slice text)
{
    struct xj_findings f;
    struct xj_buf bytes;
    struct xj_model *m = NULL;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    if (xj_procedure_compile(text, nothing(), &bytes, &f) == XJ_OK)
        assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    xj_findings_free(&f);
    xj_buf_free(&bytes);
    return m;
}

static size_t differences(const struct xj_model *was, const struct xj_model *now)
{
    struct xj_findings f;
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_differ(was, now, &f), XJ_OK);
    assert_int_equal(f.errors, 0);
    for (size_t i = 0; i < f.count; i++)
        assert_true(f.list[i].severity == XJ_SEVERITY_NOTE && f.list[i].zh[0] != '\0' && f.list[i].en[0] != '\0');
    const size_t n = f.count;
    xj_findings_free(&f);
    return n;
}

/* One after the other: the words that stand somewhere in the procedure, each tried in many places. */
static const char *const words[] = {"any", "self", "bureau", "police", "court", "[police, court]", "plan", "transfer", "receipt", "filed",
                                    "[halt, taken]", "longer", "[[halt]]", "[[matter, self, planned]]", "sent", "open", "parties",
                                    "{after: closed}", "decision", "{remark: police}", "{decision: [police, transferor]}", "letter",
                                    "[letter, [list, no_list]]", "none", "4d", "9w", "2m", "1m15d", "[3d, 9d]", "true", "false", "req",
                                    "once", "opt", "occurred", "sent", "A1", "[A1, A3]", "[A6]", "red", "[notice, none]", "U", "C", "C2",
                                    "due", "late", "case", "party", "9", "30", "另", "别的说法", "other", "other words", "2003-03-03", "[]",
                                    "{}", "[[filing, closed]]", "{fine: [1, 5]}", "fine", "other_name", "OTHER_NAME", "[halt, resume]",
                                    NULL};

/* The procedure's own name, short names of sources and the map are no differences of the law. */
static bool is_law(struct xj_buf *text, const struct node *node)
{
    const char *all = xj_buf_cstr(text);
    const size_t from = (size_t)(strstr(all, "roles:") - all), to = (size_t)(strstr(all, "replaces:") - all);
    return node->from > from && node->from < to;
}

/* A difference is told whichever of the two was first. */
static void assert_told_when_there(const struct xj_model *was, const struct xj_model *now, const char *other)
{
    const bool alike = xj_hash_eq(&was->revision, &now->revision);
    if ((differences(was, now) == 0) != alike || (differences(now, was) == 0) != alike)
        fail_msg("of %s it is not told that it %s", other, alike ? "changes nothing" : "changes something");
}

static void differ__tells_whatever_is_not_alike(void **state)
{
    static struct nodes nodes;
    struct xj_buf text = read_text(SMALL_YAML);
    struct xj_model *was = model_of_text(&text);
    size_t changes = 0, n = 0;
    (void)state;
    nodes_of(xj_buf_slice(&text), &nodes);
    assert_int_equal(differences(was, was), 0);
    for (size_t i = 0; i < nodes.n; i++)
        for (size_t k = 0; words[k] != NULL; k++) {
            if (n++ % 11 != 0 || !is_law(&text, &nodes.at[i]))
                continue;
            struct xj_buf changed = text_with(xj_buf_slice(&text), &nodes.at[i], words[k]);
            struct xj_model *now = model_or_null(xj_buf_slice(&changed));
            if (now != NULL) {
                assert_told_when_there(was, now, words[k]);
                changes++;
            }
            xj_model_free(now);
            xj_buf_free(&changed);
        }
    assert_true(changes > 100);
    xj_model_free(was);
    xj_buf_free(&text);
}

/* ---- of another cut ---- */

static size_t told_as(const struct xj_model *was, const struct xj_model *now, const char *code)
{
    struct xj_findings f;
    size_t n = 0;
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_differ(was, now, &f), XJ_OK);
    for (size_t i = 0; i < f.count; i++)
        n += strcmp(f.list[i].code, code) == 0;
    xj_findings_free(&f);
    return n;
}

static void differ__tells_what_is_gone_and_what_is_new(void **state)
{
    static const struct {
        const char *from, *to, *there, *back;
    } rows[] = {
        {", {acts: [transfer], by: bureau, longer: 24h, principal: true, without: [filed], without_by: police}", "", "rule_changed",
         "rule_changed"},
        {"tell: [self, court]", "tell: [self, any]", "rule_changed", "rule_changed"},
        {"  A5: {zh: 通知, en: tell, obligor: [police, court], start: [[filed, occurred]], stop: self, "
         "arises: start, limit: 3d, cite: 规则6, tag: C}\n",
         "", "duty_removed", "duty_added"},
        {"  fines: {zh: 罚款金额, en: fines, acts: [fined], sum: fine}\n", "", "statistic_removed", "statistic_added"},
        {"  stamp: [回执, stamp]\n", "  stamp: [回执, stamp]\n  extra: [附件, extra]\n", "paper_added", "paper_removed"},
        {"  court: [法院, court]\n", "  court: [法院, court]\n  justice: [司法, justice]\n", "role_added", "role_removed"},
        {"  court: [法院, court]\n", "  court: [人民法院, court]\n", "role_renamed", "role_renamed"},
        {"settled: [已办结, settled]", "settled: [办结, settled]", "track_changed", "track_changed"},
        {"lifted: {filing: [closed]}", "lifted: {filing: [closed, open]}", "act_changed", "act_changed"},
        {"since: 2001-07-09, ", "", "duty_changed", "duty_changed"},
        {"papers: [[list, no_list]]", "papers: [list]", "act_changed", "act_changed"},
        {"vis: {after: transfer}, internal: true, cite", "vis: parties, internal: true, cite", "act_changed", "act_changed"},
    };
    struct xj_buf text = read_text(SMALL_YAML);
    struct xj_model *was = model_of_text(&text);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xj_buf changed = replaced(&text, rows[i].from, rows[i].to);
        struct xj_model *now = model_of_text(&changed);
        if (told_as(was, now, rows[i].there) != 1 || told_as(now, was, rows[i].back) != 1)
            fail_msg("%s is not told once as %s, %s", rows[i].from, rows[i].there, rows[i].back);
        assert_int_equal(differences(was, now), 1);
        xj_model_free(now);
        xj_buf_free(&changed);
    }
    xj_model_free(was);
    xj_buf_free(&text);
}

/* How many names of the one the other does not have, asked of the models themselves. */
static size_t acts_gone(const struct xj_model *was, const struct xj_model *now)
{
    size_t n = 0;
    for (uint16_t i = 0; i < was->act_count; i++)
        n += xj_model_act(now, xj_slice_cstr(was->acts[i].name.id)) == XJ_NONE;
    return n;
}

/* Procedures that share a few names, under which other things stand: states, conditions, bars whose tracks the other does not know. */
static void differ__of_two_procedures_tells_every_name_that_only_one_has(void **state)
{
    static const char *const files[] = {SMALL_YAML, HANDOVER_YAML, RELAY_YAML, REFERRAL_YAML};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        for (size_t k = 0; k < 4; k++) {
            struct xj_buf a = read_text(files[i]), b = read_text(files[k]);
            struct xj_model *was = model_of_text(&a), *now = model_of_text(&b);
            if (was->replaces == NULL && now->replaces == NULL) {
                assert_int_equal(told_as(was, now, "act_removed"), acts_gone(was, now));
                assert_int_equal(told_as(was, now, "act_added"), acts_gone(now, was));
            }
            assert_int_equal(differences(was, now) == 0, i == k);
            xj_model_free(was);
            xj_model_free(now);
            xj_buf_free(&a);
            xj_buf_free(&b);
        }
}

/* ---- the proof ---- */

static void prove__asks_nothing_of_what_moves_no_case(void **state)
{
    struct xj_buf text = read_text(RELAY_YAML);
    struct xj_model *m = model_of_text(&text);
    struct xj_findings f;
    (void)state;
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_prove(m, m, &f), XJ_OK);
    assert_int_equal(f.count, 0);
    xj_model_free(m);
    xj_buf_free(&text);
}

static void prove__refuses_another_procedure_of_the_revision_named(void **state)
{
    struct xj_buf text = read_text(RELAY_YAML), next = read_text(RELAY_NEXT_YAML), named, other;
    struct xj_findings f;
    (void)state;
    struct xj_model *was = model_of_text(&text);
    named = in_place_of(&next, was);
    other = replaced(&named, "procedure: relay", "procedure: another");
    struct xj_model *now = model_of_text(&other);
    xj_findings_init(&f);
    assert_int_equal(xj_procedure_prove(was, now, &f), XJ_OK);
    assert_non_null(xj_findings_get(&f, "replaces_other"));
    xj_findings_free(&f);
    xj_model_free(now);
    now = model_of_text(&next); /* another revision */
    assert_int_equal(xj_procedure_prove(was, now, &f), XJ_OK);
    assert_non_null(xj_findings_get(&f, "replaces_other"));
    xj_findings_free(&f);
    xj_model_free(now);
    xj_model_free(was);
    xj_buf_free(&text);
    xj_buf_free(&next);
    xj_buf_free(&named);
    xj_buf_free(&other);
}

/* One place of the new procedure is not as it should be for the cases under the old one. */
static void prove__tells_what_a_case_under_way_would_lose(void **state)
{
    static const struct {
        const char *from, *to, *code; /* NULL: nothing is lost */
    } rows[] = {
        {"owners: [bureau, justice]", "owners: any", NULL},
        {"matter.planned: matter.draft", "matter.planned: matter.sent", NULL},
        {", matter.planned: matter.draft", "", "image_missing"},
        {"filing.held: register.open", "filing.hold: register.open", "image_unknown"},
        {"matter.planned: matter.draft", "matter.planned: matter.draft, fillings.held: oversight.put", "image_unknown"},
        {"memo: ~", "memo: ~, reasons_given: ~", NULL},
        {"memo: ~", "memo: ~, receipt: ~", "image_dropped"},
        {"memo: ~", "memo: ~, transfer: ~", "image_dropped"},
        {"memo: ~", "memo: ~, jotting: ~", "image_unknown"},
        {"memo: ~", "memo: halt", NULL},
        {"questions: {decision: ruling}", "questions: {decision: ruling, reasons: ~}", "image_dropped"},
        {"scope: party, owners: [bureau, justice]", "scope: case, owners: [bureau, justice]", "image_scope"},
        {"vis: open, opens_case: true, transfers: true,", "vis: open, opens_case: true,", "image_mark"},
        {"memo: ~", "memo: transfer", "image_mark"},
    };
    struct xj_buf text = read_text(RELAY_YAML), next = read_text(RELAY_NEXT_YAML);
    struct xj_model *was = model_of_text(&text);
    struct xj_buf named = in_place_of(&next, was);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct xj_buf changed = replaced(&named, rows[i].from, rows[i].to);
        struct xj_findings f;
        struct xj_model *now = model_or_null(xj_buf_slice(&changed));
        if (now == NULL)
            fail_msg("%s does not compile", rows[i].to);
        xj_findings_init(&f);
        assert_int_equal(xj_procedure_prove(was, now, &f), XJ_OK);
        if (rows[i].code == NULL ? f.errors > 0 : xj_findings_get(&f, rows[i].code) == NULL)
            fail_msg("%s: %s instead of %s", rows[i].to, f.count > 0 ? f.list[0].code : "nothing",
                     rows[i].code != NULL ? rows[i].code : "nothing");
        assert_true(differences(was, now) > 0);
        xj_findings_free(&f);
        xj_model_free(now);
        xj_buf_free(&changed);
    }
    xj_model_free(was);
    xj_buf_free(&text);
    xj_buf_free(&next);
    xj_buf_free(&named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differ__tells_what_is_gone_and_what_is_new),
        cmocka_unit_test(differ__of_two_procedures_tells_every_name_that_only_one_has),
        cmocka_unit_test(prove__asks_nothing_of_what_moves_no_case),
        cmocka_unit_test(prove__refuses_another_procedure_of_the_revision_named),
        cmocka_unit_test(prove__tells_what_a_case_under_way_would_lose),
        cmocka_unit_test(differ__tells_whatever_is_not_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
