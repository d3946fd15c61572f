/* Admission, refusal by refusal and breach by breach, in a procedure that asks for things the referral does not: two answers at once,
 * copies to anybody and to a role that nobody has, a question to the transferor from the transferor itself, more papers than breaches.
 * Spec: schema/spec/09-fold.md, sections 4 to 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/procedures/fixture.h"
#include "tests/unit/engineworld.h"

#define KINDS 40u /* more than a verdict holds breaches */

static const char *const additions[][2] = {
    {"  procuratorate: [检察机关, procuratorate]\n", "  customs: [海关, customs]\n  procuratorate: [检察机关, procuratorate]\n"},
    {"  reasons: {zh: 说明理由",
     "  goods: {zh: 物品, en: goods, asked: bureau}\n  first: {zh: 其一, en: first, asked: police}\n  second: {zh: 其二, en: second, "
     "asked: police}\n"
     "  reasons: {zh: 说明理由"},
    {"  memo: {zh: 记事",
     "  ask_goods: {zh: 询问物品, en: ask for goods, roles: [bureau, police], opens: {goods: transferor}, vis: open, again: true, "
     "cite: 规则11, tag: C}\n"
     "  goods_told: {zh: 告知物品, en: goods told, roles: bureau, answers: {goods: req}, vis: open, again: true, cite: 规则11, tag: C}\n"
     "  ask_two: {zh: 两问, en: ask two, roles: bureau, opens: {first: police, second: police}, vis: open, again: true, "
     "opens_case: true, cite: 规则12, tag: C}\n"
     "  both_told: {zh: 两答, en: both told, roles: police, answers: {first: req, second: req}, vis: open, again: true, cite: 规则12, tag: C}\n"
     "  circular: {zh: 通报, en: circular, roles: [bureau, police], copies: any, vis: open, again: true, joins: true, cite: 规则13, tag: C}\n"
     "  declare: {zh: 申报, en: declare, roles: police, copies: customs, vis: open, again: true, joins: true, cite: 规则14, tag: C}\n"
     "  bundle: {zh: 案卷, en: bundle, roles: police, papers: [%s], vis: open, again: true, joins: true, cite: 规则15, tag: C}\n"
     "  note_to: {zh: 通知, en: note to, roles: police, principal: [court, procuratorate], vis: open, again: true, joins: true, "
     "cite: 规则16, tag: C}\n"
     "  note_any: {zh: 函告, en: note any, roles: police, principal: any, vis: open, again: true, joins: true, cite: 规则16, tag: C}\n"
     "  hand_both: {zh: 转交, en: hand both, roles: police, principal: police, passes: [decision, reasons], vis: open, again: true, "
     "cite: 规则17, tag: C}\n"
     "  settle: {zh: 一并答复, en: settle, roles: police, answers: {decision: {mode: opt, moves: [[matter, asked, settled]]}, "
     "reasons: {mode: opt, moves: "
     "[[oversight, asked, settled]]}}, vis: open, again: true, cite: 规则17, tag: C}\n"
     "  memo: {zh: 记事"},
};

/* relay.yaml with more acts, and as many kinds of paper as KINDS says. */
static struct xj_model *more_of_relay(void)
{
    struct xj_buf text = read_text(RELAY_YAML), kinds, papers, acts;
    xj_buf_init(&kinds, 4096);
    xj_buf_init(&papers, 4096);
    xj_buf_init(&acts, 16 * 1024);
    for (unsigned i = 0; i < KINDS; i++) {
        xj_buf_addf(&kinds, "%sk%02u", i == 0 ? "" : ", ", i);
        xj_buf_addf(&papers, "  k%02u: [第%u种, kind %u]\n", i, i, i);
    }
    xj_buf_addf(&papers, "  letter: [移送书, letter]\n");
    const char *all = additions[2][1], *at = strstr(all, "%s");
    xj_buf_add(&acts, all, (size_t)(at - all));
    xj_buf_add_slice(&acts, xj_buf_slice(&kinds));
    xj_buf_add_str(&acts, at + 2);
    struct xj_buf a = replaced(&text, "  letter: [移送书, letter]\n", xj_buf_cstr(&papers)),
                  b = replaced(&a, additions[0][0], additions[0][1]), c = replaced(&b, additions[1][0], additions[1][1]),
                  d = replaced(&c, additions[2][0], xj_buf_cstr(&acts));
    struct xj_model *m = model_of_text(&d);
    struct xj_buf *const done[] = {&text, &kinds, &papers, &acts, &a, &b, &c, &d};
    for (size_t i = 0; i < sizeof done / sizeof done[0]; i++)
        xj_buf_free(done[i]);
    return m;
}

static int up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    world_up_under(w, more_of_relay());
    *state = w;
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    free(*state);
    return 0;
}

static void assert_refused(struct world *w, const char *code, const char *detail)
{
    assert_int_equal(world_judge(w), XJ_OK);
    if (w->verdict.refusal.code == NULL)
        fail_msg("admitted, not refused %s", code);
    assert_string_equal(w->verdict.refusal.code, code);
    assert_string_equal(w->verdict.refusal.detail, detail);
}

static void assert_admitted(struct world *w)
{
    assert_int_equal(world_judge(w), XJ_OK);
    if (w->verdict.refusal.code != NULL)
        fail_msg("refused %s %s", w->verdict.refusal.code, w->verdict.refusal.detail);
}

static void send_to(struct world *w, enum who who, enum xj_to_role role)
{
    w->h.to[w->h.to_count++] = (struct xj_header_to){name_of(who), role};
}

static struct xj_id transferred(struct world *w)
{
    return DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1);
}

/* ---- answers ---- */

static void answers__of_two_required_questions_are_both_owed(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = MARKET, .act = "ask_two", .to1 = POLICE + 1);
    assert_null(TRY(w, .from = POLICE, .act = "both_told"));
    assert_int_equal(w->h.answer_count, 2);
    w->h.answer_count = 1;
    assert_refused(w, "answer_missing", "second");
    w->h.answers[0] = w->h.answers[1];
    assert_refused(w, "answer_missing", "first");
    w->h.answer_count = 0;
    assert_refused(w, "answer_missing", "first");
    DO(w, .from = POLICE, .act = "both_told");
    assert_int_equal(open_questions(w, -1, "first", POLICE) + open_questions(w, -1, "second", POLICE), 0);
    assert_string_equal(TRY(w, .from = POLICE, .act = "both_told", .answer = id, .question = "first"), "answer_taken");
    assert_string_equal(TRY(w, .from = POLICE, .act = "both_told"), "answer_missing"); /* nothing is asked any more */
}

static void answers__by_a_grant_are_visible_and_still_not_asked(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "filed", .subject1 = 1));
    w->h.from = name_of(POLICE2);
    assert_refused(w, "may_not_act", "filed");
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_refused(w, "answer_not_visible", "decision");
    w->granted = true;
    assert_refused(w, "answer_not_asked", "decision");
}

/* ---- what a late entry of another role may hold ---- */

static void role__of_a_late_entry_moves_no_track(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_plan(w, &(struct deed){.from = MARKET, .act = "filed", .late = true}), XJ_OK);
    assert_admitted(w);
    assert_true(has_breach(w, "role", "bureau"));
    w->h.tracks[w->h.track_count++] = (struct xj_header_track){xj_slice_cstr("filing"), name_of(MARKET)};
    assert_refused(w, "track", "filing");
}

/* ---- recipients ---- */

static void transferor__is_the_first_principal_of_what_asks_it(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "ask_goods"));
    assert_true(xj_slice_eq(w->h.to[0].agency, name_of(MARKET)) && w->h.to[0].role == XJ_TO_PRINCIPAL);
    w->h.to[0].role = XJ_TO_COPY;
    assert_refused(w, "recipient_missing", "370800-market"); /* no principal at all */
    w->h.to_count = 0;
    send_to(w, ENV, XJ_TO_PRINCIPAL);
    send_to(w, MARKET, XJ_TO_PRINCIPAL);
    assert_refused(w, "recipient_missing", "370800-market"); /* not the first */
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_refused(w, "recipient_missing", "370800-market");
    DO(w, .from = POLICE, .act = "ask_goods");
    assert_int_equal(open_questions(w, -1, "goods", MARKET), 1);
}

static void transferor__need_not_write_to_itself(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = MARKET, .act = "ask_goods"); /* nobody is asked, and nothing is opened */
    assert_int_equal(open_questions(w, -1, "goods", MARKET), 0);
    assert_null(TRY(w, .from = MARKET, .actor = PAPER + 1, .act = "ask_goods", .late = true)); /* it signs for another */
}

static void principal__wanted_is_of_a_role_that_the_act_names(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "note_to", .to1 = PROC + 1));
    w->h.to_count = 0;
    assert_refused(w, "recipient_missing", "court"); /* the first of those named */
    send_to(w, MARKET, XJ_TO_PRINCIPAL);
    assert_refused(w, "recipient_missing", "court");
    send_to(w, COURT, XJ_TO_PRINCIPAL);
    assert_admitted(w);
    assert_null(TRY(w, .from = POLICE, .act = "note_any", .to1 = ENV + 1));
    w->h.to_count = 0;
    assert_refused(w, "recipient_missing", "any");
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_admitted(w);
}

static void copies__to_any_want_nobody_in_particular(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "circular"));
    w->h.to_count = 0;
    assert_admitted(w);
}

static void copies__to_a_role_are_owed_live_and_late_only_where_the_register_has_somebody(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "declare"), "recipient_missing");
    assert_string_equal(w->refused.detail, "customs");
    assert_null(TRY(w, .from = POLICE, .act = "declare", .late = true)); /* nobody is of the customs */
    assert_null(TRY(w, .from = POLICE, .act = "longer", .late = true));
    w->h.to_count = 0;
    assert_refused(w, "recipient_missing", "bureau");
    send_to(w, MARKET, XJ_TO_COPY);
    assert_refused(w, "recipient_missing", "procuratorate");
    send_to(w, PROC, XJ_TO_COPY);
    assert_admitted(w);
}

static void copies__to_the_transferor_are_owed_where_there_is_one(void **state)
{
    struct world *w = *state;
    assert_null(TRY(w, .from = POLICE, .act = "closed", .late = true)); /* nobody has transferred anything */
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "closed", .late = true));
    for (size_t i = 0; i < w->h.to_count; i++)
        if (xj_slice_eq(w->h.to[i].agency, name_of(MARKET)))
            w->h.to[i].agency = name_of(ENV); /* another bureau, as the role wants one */
    assert_refused(w, "recipient_missing", "370800-market");
}

static void recipients__of_what_is_answered_must_hear_of_it(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1);
    assert_null(TRY(w, .from = POLICE2, .act = "not_filed", .subject1 = 1));
    for (size_t i = 0; i < w->h.to_count; i++)
        if (xj_slice_eq(w->h.to[i].agency, name_of(POLICE)))
            w->h.to[i] = w->h.to[--w->h.to_count];
    assert_refused(w, "recipient_missing", "370800-police"); /* who handed it on */
}

/* ---- done already ---- */

static void again__is_asked_for_each_subject_and_for_the_case_by_itself(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "plan", .subject1 = 1, .subject2 = 2);
    assert_string_equal(TRY(w, .from = MARKET, .act = "plan", .subject1 = 2), "already");
    assert_null(TRY(w, .from = MARKET, .act = "plan", .subject1 = 3));
    assert_null(TRY(w, .from = MARKET, .act = "plan"));
    assert_null(TRY(w, .from = MARKET, .act = "plan", .subject1 = 2, .late = true));
    DO(w, .from = MARKET, .act = "plan");
    assert_string_equal(TRY(w, .from = MARKET, .act = "plan"), "already");
}

/* ---- breaches ---- */

static void breaches__are_told_up_to_the_limit_in_order(void **state)
{
    struct world *w = *state;
    char kind[8];
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "bundle", .no_papers = true));
    assert_int_equal(w->verdict.breach_count, XJ_MAX_BREACHES);
    for (size_t i = 0; i < XJ_MAX_BREACHES; i++) {
        snprintf(kind, sizeof kind, "k%02zu", i);
        assert_string_equal(w->verdict.breaches[i].code, "paper");
        assert_string_equal(w->verdict.breaches[i].detail, kind);
    }
    assert_null(TRY(w, .from = POLICE, .act = "bundle"));
    assert_int_equal(w->verdict.breach_count, 0);
}

/* Who was handed two questions answers both: it saw neither act that asked, so its header names no owner, and the exchange moves the rows
 * of both who asked, for each subject. */
static void after__names_owners_that_only_the_case_holds(void **state)
{
    struct world *w = *state;
    struct xj_id sent = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    struct xj_id asked = DO(w, .from = PROC, .act = "ask_reasons", .to1 = POLICE + 1);
    assert_null(TRY(w, .from = POLICE, .act = "hand_both", .to1 = POLICE2 + 1));
    w->h.answers[0] = (struct xj_header_answer){sent, xj_slice_cstr("decision")};
    w->h.answers[1] = (struct xj_header_answer){asked, xj_slice_cstr("reasons")};
    w->h.answer_count = 2;
    w->h.subject_count = 0;
    w->h.to_count = 0;
    send_to(w, POLICE2, XJ_TO_PRINCIPAL);
    send_to(w, MARKET, XJ_TO_COPY);
    send_to(w, PROC, XJ_TO_COPY);
    assert_admitted(w);
    world_apply(w);
    assert_int_equal(world_plan(w, &(struct deed){.from = POLICE2, .act = "settle"}), XJ_OK);
    w->h.answers[0] = (struct xj_header_answer){asked, xj_slice_cstr("reasons")};
    w->h.answers[1] = (struct xj_header_answer){sent, xj_slice_cstr("decision")};
    w->h.answer_count = 2;
    assert_int_equal(w->h.track_count, 0);
    assert_admitted(w);
    assert_int_equal(w->verdict.after_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct xj_after *a = &w->verdict.after[i];
        assert_true(xj_slice_eq(a->owner, name_of(a->has_subject ? MARKET : PROC)));
        assert_string_equal(w->model->tracks[a->track].name.id, a->has_subject ? "matter" : "oversight");
    }
}

/* ---- planning ---- */

static void plan__refuses_what_no_header_can_hold(void **state)
{
    struct world *w = *state;
    static const struct xj_subject many[XJ_MAX_SUBJECTS + 1];
    static struct xj_header h;
    struct xj_refusal r;
    struct xj_buf arena;
    const struct xj_engine e = engine_at(w, MARKET);
    struct xj_plan_in in = {
        .case_id = w->case_id, .act = w->model->act_count, .now_ms = w->now_ms, .from = name_of(MARKET), .mode = XJ_MODE_LIVE};
    xj_buf_init(&arena, 1 << 20);
    assert_int_equal(xj_engine_plan(&e, &in, &arena, &h, &r), XJ_OK);
    assert_string_equal(r.code, "act_unknown");
    in.act = act_of(w->model, "plan");
    in.subjects = many;
    in.subject_count = XJ_MAX_SUBJECTS + 1;
    assert_int_equal(xj_engine_plan(&e, &in, &arena, &h, &r), XJ_OK);
    assert_string_equal(r.code, "oversize");
    assert_int_equal(w->view[MARKET].n, 0);
    xj_buf_free(&arena);
}

/* Who signs with the sender is a recipient already. */
static void plan__sends_nothing_twice_to_who_is_named(void **state)
{
    struct world *w = *state;
    static struct xj_header h;
    struct xj_refusal r;
    struct xj_buf arena;
    (void)transferred(w);
    const struct xj_engine e = engine_at(w, POLICE);
    const struct xj_plan_in in = {.case_id = w->case_id, .act = act_of(w->model, "longer"), .now_ms = w->now_ms, .from = name_of(POLICE),
                                  .mode = XJ_MODE_LIVE,
                                  .fill_answers = true};
    h = (struct xj_header){.joint = {name_of(COURT), name_of(PROC)}, .joint_count = 2};
    xj_buf_init(&arena, 1 << 20);
    assert_int_equal(xj_engine_plan(&e, &in, &arena, &h, &r), XJ_OK);
    assert_null(r.code);
    assert_int_equal(h.to_count, 1); /* copies are owed to the bureau and the procuratorate */
    assert_true(xj_slice_eq(h.to[0].agency, name_of(MARKET)));
    xj_buf_free(&arena);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(answers__of_two_required_questions_are_both_owed),
        T(answers__by_a_grant_are_visible_and_still_not_asked),
        T(role__of_a_late_entry_moves_no_track),
        T(transferor__is_the_first_principal_of_what_asks_it),
        T(transferor__need_not_write_to_itself),
        T(principal__wanted_is_of_a_role_that_the_act_names),
        T(copies__to_any_want_nobody_in_particular),
        T(copies__to_a_role_are_owed_live_and_late_only_where_the_register_has_somebody),
        T(copies__to_the_transferor_are_owed_where_there_is_one),
        T(recipients__of_what_is_answered_must_hear_of_it),
        T(again__is_asked_for_each_subject_and_for_the_case_by_itself),
        T(breaches__are_told_up_to_the_limit_in_order),
        T(plan__refuses_what_no_header_can_hold),
        T(plan__sends_nothing_twice_to_who_is_named),
        T(after__names_owners_that_only_the_case_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
