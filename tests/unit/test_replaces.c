/* The section `replaces` of a procedure: reading, compiled form, the proof of its map against the revision replaced, and what
 * differs. Each test of a finding breaks tests/procedures/small.yaml or relay.next.yaml in one place.
 * Spec: schema/spec/07-procedure.md, sections 3c, 5 and 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/against.h"
#include "schema/procedure/yaml/encode.h"
#include "tests/procedures/fixture.h"

/* ---- reading ---- */

static void refuses(const char *from, const char *to, const char *code)
{
    struct xj_buf text = read_text(SMALL_YAML), changed = replaced(&text, from, to), bytes;
    struct xj_findings f;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    enum xj_err err = xj_procedure_compile(xj_buf_slice(&changed), nothing(), &bytes, &f);
    const struct xj_finding *one = xj_findings_get(&f, code);
    if (one == NULL)
        fail_msg("no finding %s; the first is %s", code, f.count > 0 ? f.list[0].code : "none");
    assert_int_equal(one->severity, XJ_SEVERITY_ERROR);
    assert_true(one->line > 0);
    assert_true(err != XJ_OK && bytes.n == 0);
    xj_findings_free(&f);
    xj_buf_free(&text);
    xj_buf_free(&changed);
    xj_buf_free(&bytes);
}

static void replaces__is_refused_when_it_is_unsound(void **state)
{
    static const char *const cases[][3] = {
        {"revision: 5a1b", "revision: 5a1", "bad_value"},
        {"cases: open", "cases: some", "bad_value"},
        {"  cases: open\n", "", "missing_key"},
        {"cases: open", "cases: none", "bad_value"}, /* with a map */
        {"cases: open", "cases: open\n  roles: {}", "unknown_key"},
        {"handing.over: matter.sent", "handing: matter.sent", "bad_value"},
        {"handing.over: matter.sent", "handing.over: matter", "bad_value"},
        {"handing.over: matter.sent", "handing.over: matter.nowhere", "unknown_name"},
        {"handing.over: matter.sent", "handing.over: ~", "bad_value"}, /* a row stands somewhere */
        {"handing.over: matter.sent", "handing.over: filing.open", "bad_value"}, /* one track cannot become two */
        {"handing.over: matter.sent", "given.over: matter.sent", "bad_value"}, /* nor two one */
        {"handing.over: matter.sent", "matter.sent: matter.sent", "bad_value"},
        {"gave: transfer", "gave: nothing", "unknown_name"},
        {"gave: transfer", "Gave: transfer", "bad_name"},
        {"gave: transfer", "transfer: transfer", "bad_value"},
        {"hint: ~", "hint: decision", "bad_value"}, /* two questions cannot become one */
        {"A10: ~", "A10: A3", "bad_value"},
        {"A10: ~", "a10: ~", "bad_name"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{ended: gone}", "bad_value"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{ended: [原规则第8条废止]}", "bad_value"},
        {"{ended: [原规则第8条废止, rule 8 was repealed]}", "{over: [原规则第8条废止, rule 8 was repealed]}", "unknown_key"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refuses(cases[i][0], cases[i][1], cases[i][2]);
}

static void overlay__names_the_city_s_own_old_revision(void **state)
{
    static const char overlay[] = "overlay: demo\nprocedure: small\nzh: 某市\nen: a city\nduties: {}\n"
                                  "replaces: {revision: 00000000000000000000000000000000000000000000000000000000000000ff}\n";
    struct xj_buf text = read_text(SMALL_YAML), bytes;
    struct xj_findings f;
    struct xj_model *m = NULL;
    (void)state;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&text), xj_slice_cstr(overlay), &bytes, &f), XJ_OK);
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    assert_int_equal(m->replaces->revision.b[31], 0xff);
    assert_int_equal(m->replaces->revision.b[0], 0);
    assert_int_equal(m->replaces->act_count, 3);
    xj_model_free(m);
    xj_buf_free(&text);
    xj_buf_free(&bytes);
    text = read_text(HANDOVER_YAML);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    struct xj_buf mine, other;
    xj_buf_init(&mine, 4096);
    xj_buf_add_str(&mine, overlay);
    other = replaced(&mine, "procedure: small", "procedure: handover");
    xj_buf_free(&mine);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&text), xj_buf_slice(&other), &bytes, &f), XJ_EMALFORMED); /* it replaces nothing */
    xj_findings_free(&f);
    xj_buf_free(&text);
    xj_buf_free(&other);
    xj_buf_free(&bytes);
}

/* ---- the compiled form ---- */

static struct xj_model *small(void)
{
    struct xj_buf text = read_text(SMALL_YAML);
    struct xj_model *m = model_of_text(&text);
    xj_buf_free(&text);
    return m;
}

static bool decodes(const struct xj_model *m)
{
    struct xj_buf bytes;
    struct xj_model *again = NULL;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    xj_model_encode(m, &bytes);
    enum xj_err err = xj_model_decode(xj_buf_slice(&bytes), &again);
    assert_true(err == XJ_OK || (err == XJ_EMALFORMED && again == NULL));
    xj_model_free(again);
    xj_buf_free(&bytes);
    return err == XJ_OK;
}

static void model_decode__gives_the_map_back(void **state)
{
    struct xj_model *m = small();
    const struct xj_m_replaces *r = m->replaces;
    (void)state;
    assert_int_equal(r->revision.b[0], 0x5a);
    assert_int_equal(r->cases, XJ_MOVING_OPEN);
    assert_int_equal(r->state_count, 2);
    assert_string_equal(r->states[1].track, "handing");
    assert_string_equal(r->states[1].state, "over");
    assert_string_equal(m->tracks[r->states[1].to_track].states[r->states[1].to_state].id, "sent");
    assert_string_equal(r->acts[0].was, "gave");
    assert_string_equal(m->acts[r->acts[0].is].name.id, "transfer");
    assert_int_equal(r->acts[1].is, XJ_NONE);
    assert_string_equal(r->duties[0].was, "A10");
    assert_null(r->duties[0].zh);
    assert_string_equal(r->duties[1].en, "rule 8 was repealed");
    xj_model_free(m);
}

static void model_decode__refuses_a_map_that_cannot_be(void **state)
{
    struct xj_model *m = small();
    struct xj_m_replaces *r = m->replaces, saved = *r;
    struct xj_m_rename act = r->acts[0], duty = r->duties[1];
    struct xj_m_restate restate = r->states[0];
    (void)state;
    assert_true(decodes(m));
    r->cases = XJ_MOVING_NONE;
    assert_false(decodes(m)); /* nothing moves, so nothing is mapped */
    *r = saved;
    r->cases = XJ_MOVING_INVALID;
    assert_false(decodes(m));
    *r = saved;
    r->acts[0].was = "transfer";
    assert_false(decodes(m)); /* an equal name needs no entry */
    r->acts[0].was = "zeal";
    assert_false(decodes(m)); /* out of order */
    r->acts[0] = act;
    r->duties[1].en = NULL;
    assert_false(decodes(m)); /* a reason in one language */
    r->duties[1] = duty;
    r->duties[1].is = 0;
    assert_false(decodes(m)); /* ended, yet with an image */
    r->duties[1] = duty;
    r->states[0].to_track = 0; /* filing: one track in two */
    r->states[0].to_state = 0;
    assert_false(decodes(m));
    r->states[0] = restate;
    r->states[0].track = "given"; /* two tracks in one */
    assert_false(decodes(m));
    r->states[0] = restate;
    assert_true(decodes(m));
    xj_model_free(m);
}

/* ---- the proof ---- */

struct proof {
    struct xj_model *was, *now;
    struct xj_findings f;
};

/* relay.yaml (with one piece replaced) against relay.next.yaml (likewise); NULL: as it is. */
static struct proof prove(const char *old_from, const char *old_to, const char *from, const char *to)
{
    struct proof p;
    struct xj_buf text = read_text(RELAY_YAML), old = {0}, next = read_text(RELAY_NEXT_YAML), changed = {0};
    xj_findings_init(&p.f);
    if (old_from != NULL)
        old = replaced(&text, old_from, old_to);
    p.was = model_of_text(old_from != NULL ? &old : &text);
    struct xj_buf named = in_place_of(&next, p.was);
    if (from != NULL)
        changed = replaced(&named, from, to);
    p.now = model_of_text(from != NULL ? &changed : &named);
    assert_int_equal(xj_procedure_prove(p.was, p.now, &p.f), XJ_OK);
    xj_buf_free(&text);
    xj_buf_free(&old);
    xj_buf_free(&next);
    xj_buf_free(&changed);
    xj_buf_free(&named);
    return p;
}

static void proof_free(struct proof *p)
{
    xj_model_free(p->was);
    xj_model_free(p->now);
    xj_findings_free(&p->f);
}

static bool is_total(const struct proof *p)
{
    struct xj_arena *arena = xj_arena_new(1u << 20);
    struct xj_images im;
    assert_non_null(arena);
    assert_int_equal(xj_images_make(arena, p->was, p->now, &im), XJ_OK);
    bool total = xj_images_total(&im);
    xj_arena_free(arena);
    return total;
}

static void proof__finds_nothing_wrong_with_a_sound_map(void **state)
{
    struct proof p = prove(NULL, NULL, NULL, NULL);
    (void)state;
    if (p.f.errors > 0)
        fail_msg("%s: %s", p.f.list[0].code, p.f.list[0].en);
    assert_true(is_total(&p));
    const struct xj_finding *ended = xj_findings_get(&p.f, "duty_ended");
    assert_non_null(ended);
    assert_non_null(strstr(ended->zh, "原规则第5条已取消报告期限"));
    assert_non_null(strstr(ended->en, "rule 5 no longer sets a time for reports"));
    assert_non_null(xj_findings_get(&p.f, "paper_gone"));
    proof_free(&p);
}

static void proof__finds_each_fault(void **state)
{
    static const struct {
        const char *old_from, *old_to, *from, *to, *code;
        bool total; /* of shape: cases could move, though they should not */
    } cases[] = {
        {NULL, NULL, "questions: {decision: ruling}", "questions: {}", "image_missing", false},
        {NULL, NULL, "acts: {assign: hand_on,", "acts: {", "image_missing", false},
        {NULL, NULL, ", memo: ~}", "}", "image_missing", false},
        {NULL, NULL, "{A3: B3, A6:", "{A6:", "image_missing", false},
        {NULL, NULL, "filing.held: register.open, ", "", "image_missing", false},
        {NULL, NULL, ", memo: ~}", ", memo: ~, memento: plan}", "image_unknown", true},
        {NULL, NULL, "matter.planned: matter.draft", "matter.planned: matter.draft, matter.plotted: matter.draft", "image_unknown", true},
        {NULL, NULL, "filed: docketed", "filed: ~", "image_dropped", false}, /* it starts duties */
        {NULL, NULL, "questions: {decision: ruling}", "questions: {decision: ~}", "image_dropped", false},
        {NULL, NULL, "A3: B3", "A3: ~", "image_dropped", false},
        {NULL, NULL, "questions: {decision: ruling}", "questions: {decision: receipt}", "image_twice", false},
        {NULL, NULL, "{A3: B3,", "{A3: A2,", "image_twice", false},
        {"scope: charge, owners: police", "scope: party, owners: police", NULL, NULL, "image_scope", false},
        {"scope: party, owners: bureau", "scope: party, owners: [bureau, court]", NULL, NULL, "image_role", true},
        {"reasons: {zh: 说明理由, en: reasons, asked: police}", "reasons: {zh: 说明理由, en: reasons, asked: any}", NULL, NULL, "image_role", true},
        {"A4: {zh: 说明理由, en: give reasons, obligor: police", "A4: {zh: 说明理由, en: give reasons, obligor: [court, police]", NULL, NULL, "image_role", true},
        {NULL, NULL, "filed: docketed, longer: extended", "filed: docketed, longer: transfer", "image_mark", true},
        {NULL, NULL, "en: not filed, roles: police, answers: {ruling:", "en: not filed, roles: court, answers: {ruling:", NULL, true},
        {"en: reasons given, roles: police", "en: reasons given, roles: [court, police]", NULL, NULL, NULL, true}, /* court was never asked */
        {"reasons: {zh: 说明理由, en: reasons, asked: police}", "reasons: {zh: 说明理由, en: reasons, asked: [court, police]}", "reasons: {zh: 说明理由, en: reasons, asked: police}",
         "reasons: {zh: 说明理由, en: reasons, asked: [court, police]}", NULL, true}, /* nor could it answer */
        {NULL, NULL, "start: [[docketed, occurred]], stop: self, limit: 1d", "start: [[docketed, occurred]], stop: closed, link: case, limit: 1d", "duty_stuck", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct proof p = prove(cases[i].old_from, cases[i].old_to, cases[i].from, cases[i].to);
        const struct xj_finding *one = cases[i].code != NULL ? xj_findings_get(&p.f, cases[i].code) : NULL;
        if (cases[i].code == NULL ? p.f.errors > 0 : one == NULL)
            fail_msg("case %zu: no %s; %s: %s", i, cases[i].code != NULL ? cases[i].code : "peace", p.f.count > 0 ? p.f.list[0].code : "nothing",
                     p.f.count > 0 ? p.f.list[0].en : "");
        assert_true(one == NULL || one->severity == XJ_SEVERITY_ERROR);
        if (is_total(&p) != cases[i].total)
            fail_msg("case %zu: total %d", i, (int)is_total(&p));
        proof_free(&p);
    }
}

static void proof__finds_a_question_that_nobody_can_answer_any_more(void **state)
{
    /* the court could be asked and answer; now only the police can */
    struct proof p = prove("reasons: {zh: 说明理由, en: reasons, asked: police}", "reasons: {zh: 说明理由, en: reasons, asked: [court, police]}", NULL, NULL);
    (void)state;
    assert_non_null(xj_findings_get(&p.f, "image_role"));
    assert_null(xj_findings_get(&p.f, "question_lost"));
    proof_free(&p);
    struct xj_buf text = read_text(RELAY_YAML), asked, answered, next = read_text(RELAY_NEXT_YAML), may;
    asked = replaced(&text, "reasons: {zh: 说明理由, en: reasons, asked: police}", "reasons: {zh: 说明理由, en: reasons, asked: [court, police]}");
    answered = replaced(&asked, "en: reasons given, roles: police", "en: reasons given, roles: [court, police]");
    may = replaced(&next, "reasons: {zh: 说明理由, en: reasons, asked: police}", "reasons: {zh: 说明理由, en: reasons, asked: [court, police]}");
    p.was = model_of_text(&answered);
    struct xj_buf named = in_place_of(&may, p.was);
    p.now = model_of_text(&named);
    assert_int_equal(xj_procedure_prove(p.was, p.now, &p.f), XJ_OK);
    const struct xj_finding *one = xj_findings_get(&p.f, "question_lost");
    assert_non_null(one);
    assert_non_null(strstr(one->en, "court"));
    proof_free(&p);
    xj_buf_free(&text);
    xj_buf_free(&asked);
    xj_buf_free(&answered);
    xj_buf_free(&next);
    xj_buf_free(&may);
    xj_buf_free(&named);
}

static void proof__finds_a_clock_that_nothing_would_stop(void **state)
{
    /* who must give reasons would have to answer another question than the one that was put */
    struct xj_buf next = read_text(RELAY_NEXT_YAML), was_text = read_text(RELAY_YAML), opens, answers, stops;
    struct proof p;
    (void)state;
    xj_findings_init(&p.f);
    p.was = model_of_text(&was_text);
    struct xj_buf named = in_place_of(&next, p.was);
    opens = replaced(&named, "opens: {reasons: police}, copies: bureau", "opens: {reasons: police, receipt: police}, copies: bureau");
    answers = replaced(&opens, "start: [[ask_reasons, received]], stop: reasons_given", "start: [[ask_reasons, received]], stop: taken");
    stops = replaced(&answers, "A4: {zh: 说明理由, en: give reasons", "A4: {zh: 说明理由, en: give the reasons");
    p.now = model_of_text(&stops);
    assert_int_equal(xj_procedure_prove(p.was, p.now, &p.f), XJ_OK);
    const struct xj_finding *one = xj_findings_get(&p.f, "duty_stuck");
    assert_non_null(one);
    assert_non_null(strstr(one->en, "A4"));
    proof_free(&p);
    xj_buf_free(&next);
    xj_buf_free(&was_text);
    xj_buf_free(&named);
    xj_buf_free(&opens);
    xj_buf_free(&answers);
    xj_buf_free(&stops);
}

static void proof__wants_the_revision_named(void **state)
{
    struct xj_buf text = read_text(RELAY_YAML), other = replaced(&text, "limit: 24h", "limit: 25h"), next = read_text(RELAY_NEXT_YAML);
    struct proof p = {.was = model_of_text(&other)};
    struct xj_model *named_in_it = model_of_text(&text);
    struct xj_buf named = in_place_of(&next, named_in_it);
    (void)state;
    xj_findings_init(&p.f);
    p.now = model_of_text(&named);
    assert_int_equal(xj_procedure_prove(p.was, p.now, &p.f), XJ_OK);
    assert_non_null(xj_findings_get(&p.f, "replaces_other"));
    assert_int_equal(p.f.errors, 1);
    assert_false(is_total(&p));
    proof_free(&p);
    xj_model_free(named_in_it);
    xj_buf_free(&text);
    xj_buf_free(&other);
    xj_buf_free(&next);
    xj_buf_free(&named);
}

/* ---- what differs ---- */

static void has_note(const struct xj_findings *f, const char *code, const char *zh, const char *en)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->list[i].code, code) == 0 && strstr(f->list[i].zh, zh) != NULL && strstr(f->list[i].en, en) != NULL)
            return;
    fail_msg("no %s with %s", code, en);
}

static void differences__are_told_as_people_read_them(void **state)
{
    struct proof p = prove(NULL, NULL, NULL, NULL);
    struct xj_findings d;
    (void)state;
    xj_findings_init(&d);
    assert_int_equal(xj_procedure_differ(p.was, p.now, &d), XJ_OK);
    assert_int_equal(d.errors, 0);
    has_note(&d, "act_added", "增加行为“inquiry”（询问）", "act inquiry (inquiry) is new");
    has_note(&d, "act_removed", "删去行为“memo”", "act memo (memo) is gone");
    has_note(&d, "act_renamed", "“filed”（立案）改称“docketed”", "filed (filed) is now docketed");
    has_note(&d, "act_changed", "须附文书增加清单", "papers: also list");
    has_note(&d, "act_changed", "抄送：检察机关 → 司法行政机关、检察机关", "copies: procuratorate → justice, procuratorate");
    has_note(&d, "duty_changed", "期限：24小时 → 48小时", "limit: 24 hours → 48 hours");
    has_note(&d, "duty_changed", "期限 market：5个工作日 → 2个工作日", "limit market: 5 working days → 2 working days");
    has_note(&d, "duty_changed", "期限 environment：20日 → —", "limit environment: 20 days → —");
    has_note(&d, "duty_changed", "中止行为增加待查", "paused by: also rest");
    has_note(&d, "duty_removed", "A6", "A6");
    has_note(&d, "rule_changed", "red → amber", "escalates to: also inquiry");
    has_note(&d, "track_renamed", "filing", "register");
    has_note(&d, "role_added", "司法行政机关", "justice");
    xj_findings_free(&d);
    proof_free(&p);
}

static void differences__of_statistics_are_told(void **state)
{
    struct xj_buf text = read_text(SMALL_YAML), moved = replaced(&text, "place: 10, stage: matter, acts: [transfer]", "place: 11, acts: [transfer]");
    struct xj_buf wider = replaced(&moved, "duties: [A1, A3], outcome: met", "duties: [A1, A3], outcome: [met, late]");
    struct xj_buf other = replaced(&wider, "  persons:", "  people:");
    struct xj_model *was = model_of_text(&text), *now = model_of_text(&other);
    struct xj_findings d;
    (void)state;
    xj_findings_init(&d);
    assert_int_equal(xj_procedure_differ(was, now, &d), XJ_OK);
    has_note(&d, "statistic_changed", "次序：10 → 11", "place: 10 → 11");
    has_note(&d, "statistic_changed", "阶段：matter → —", "stage: matter → —");
    has_note(&d, "statistic_changed", "计入迟延：改为是", "counts late: now yes");
    has_note(&d, "statistic_added", "people", "people");
    has_note(&d, "statistic_removed", "persons", "persons");
    assert_int_equal(d.count, 4);
    xj_findings_free(&d);
    xj_model_free(was);
    xj_model_free(now);
    xj_buf_free(&text);
    xj_buf_free(&moved);
    xj_buf_free(&wider);
    xj_buf_free(&other);
}

static void differences__are_none_between_a_procedure_and_itself(void **state)
{
    const char *const files[] = {SMALL_YAML, HANDOVER_YAML, RELAY_YAML, REFERRAL_YAML};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct xj_buf text = read_text(files[i]);
        struct xj_model *a = model_of_text(&text), *b = model_of_text(&text);
        struct xj_findings d;
        xj_findings_init(&d);
        assert_int_equal(xj_procedure_differ(a, b, &d), XJ_OK);
        if (d.count > 0)
            fail_msg("%s: %s", files[i], d.list[0].en);
        xj_findings_free(&d);
        xj_model_free(a);
        xj_model_free(b);
        xj_buf_free(&text);
    }
}

/* One line of the law changed: that is told, and nothing else. */
static void differences__tell_a_limit_changed_in_the_main_procedure(void **state)
{
    struct xj_buf text = read_text(REFERRAL_YAML), changed = replaced(&text, "limit: 3d, extend: {decision_verification: 7d,", "limit: 5d, extend: {decision_verification: 7d,");
    struct xj_model *a = model_of_text(&text), *b = model_of_text(&changed);
    struct xj_findings d;
    (void)state;
    xj_findings_init(&d);
    assert_int_equal(xj_procedure_differ(a, b, &d), XJ_OK);
    assert_int_equal(d.count, 1);
    assert_string_equal(d.list[0].code, "duty_changed");
    has_note(&d, "duty_changed", "期限：3日 → 5日", "limit: 3 days → 5 days");
    xj_findings_free(&d);
    xj_model_free(a);
    xj_model_free(b);
    xj_buf_free(&text);
    xj_buf_free(&changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replaces__is_refused_when_it_is_unsound),
        cmocka_unit_test(overlay__names_the_city_s_own_old_revision),
        cmocka_unit_test(model_decode__gives_the_map_back),
        cmocka_unit_test(model_decode__refuses_a_map_that_cannot_be),
        cmocka_unit_test(proof__finds_nothing_wrong_with_a_sound_map),
        cmocka_unit_test(proof__finds_each_fault),
        cmocka_unit_test(proof__finds_a_question_that_nobody_can_answer_any_more),
        cmocka_unit_test(proof__finds_a_clock_that_nothing_would_stop),
        cmocka_unit_test(proof__wants_the_revision_named),
        cmocka_unit_test(differences__are_told_as_people_read_them),
        cmocka_unit_test(differences__of_statistics_are_told),
        cmocka_unit_test(differences__are_none_between_a_procedure_and_itself),
        cmocka_unit_test(differences__tell_a_limit_changed_in_the_main_procedure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
