/* What is refused, what is admitted with a breach, and what an act moves. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/engineworld.h"

static void assert_refused(struct world *w, const char *code, const char *detail)
{
    assert_int_equal(world_judge(w), XJ_OK);
    assert_non_null(w->verdict.refusal.code);
    assert_string_equal(w->verdict.refusal.code, code);
    if (detail != NULL)
        assert_string_equal(w->verdict.refusal.detail, detail);
}

static struct xj_id transferred(struct world *w)
{
    return DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
}

/* ---- refusals ---- */

static void judge__refuses_an_unknown_act(void **state)
{
    struct world *w = *state;
    assert_null(TRY(w, .from = MARKET, .act = "inspection"));
    w->h.act = xj_slice_cstr("abduct");
    assert_refused(w, "act_unknown", "abduct");
}

static void judge__refuses_a_role_live_and_admits_it_late_without_effect(void **state)
{
    struct world *w = *state;
    assert_string_equal(TRY(w, .from = MARKET, .act = "filed"), "role");
    DO(w, .from = MARKET, .act = "filed", .late = true);
    assert_true(has_breach(w, "role", "bureau"));
    assert_int_equal(w->h.track_count, 0);
    assert_int_equal(w->verdict.after_count, 0);
    assert_null(row_state(w, -1, "filing", MARKET, 0));
    w->h.from = name_of(STRANGER);
    assert_refused(w, "role", "unknown");
}

static void judge__refuses_live_what_exists_only_on_paper(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "not_filed");
    DO(w, .from = MARKET, .act = "reconsideration_requested", .to1 = POLICE + 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "reconsideration_decided"), "late_only");
    DO(w, .from = POLICE, .act = "reconsideration_decided", .late = true);
}

static void judge__lets_strangers_act_only_by_joining_grant_or_late_entry(void **state)
{
    struct world *w = *state;
    assert_string_equal(TRY(w, .from = POLICE, .act = "decision_extended"), "may_not_act");
    transferred(w);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "decision_extended"), "may_not_act");
    DO(w, .from = POLICE, .act = "disposal_note");
    assert_null(TRY(w, .from = POLICE, .act = "decision_extended"));
    w->h.from = name_of(POLICE2);
    w->h.tracks[0].owner = name_of(POLICE2);
    assert_refused(w, "may_not_act", "decision_extended");
    w->granted = true;
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code);
    w->granted = false;
    assert_null(TRY(w, .from = PROC2, .act = "overdue_asked", .to1 = POLICE + 1));
    assert_null(TRY(w, .from = POLICE2, .act = "decision_extended", .late = true));
    assert_null(TRY(w, .from = PROC2, .act = "early_intervention"));
}

static void judge__refuses_answers_that_do_not_exist_or_were_put_to_another(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w), other = id;
    other.b[3] ^= 1;
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .answer = other, .question = "receipt"), "answer_unknown");
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .answer = id, .question = "decision"), "answer_unknown");
    assert_null(TRY(w, .from = POLICE, .act = "receipt"));
    w->h.from = name_of(PROC);
    assert_refused(w, "answer_not_asked", "receipt");
    w->h.from = name_of(POLICE2);
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_refused(w, "answer_not_visible", "receipt");
}

static void judge__wants_an_answer_once_for_each_subject(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    DO(w, .from = POLICE, .act = "filed", .subject1 = 1);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 1), "decided_file");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 2), "sent");
    assert_string_equal(TRY(w, .from = POLICE, .act = "not_filed", .subject1 = 1, .answer = id, .question = "decision"),
                        "answer_taken");
    DO(w, .from = POLICE, .act = "not_filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 2), "decided_refuse");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 1), "decided_file");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
}

static void judge__takes_a_charge_as_part_of_its_party(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1);
    DO(w, .from = POLICE, .act = "filed", .subject1 = 11);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 11), "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 1), "decided_file");
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .subject1 = 11, .answer = id, .question = "decision"),
                        "answer_taken");
    DO(w, .from = POLICE, .act = "not_filed", .subject1 = 12);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 12), "not_filed");
}

static void judge__wants_owed_answers(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .unfilled = true), "answer_missing");
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .unfilled = true, .late = true), "answer_missing");
    w->case_id.b[0]++;
    assert_null(TRY(w, .from = POLICE, .act = "filed")); /* once: unasked it is free */
    DO(w, .from = POLICE, .act = "report");
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt"), "answer_missing");
    assert_null(TRY(w, .from = POLICE, .act = "receipt", .late = true));
}

static void judge__refuses_a_second_time_live_only(void **state)
{
    struct world *w = *state;
    DO(w, .from = POLICE, .act = "filed", .subject1 = 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .subject1 = 1), "already");
    assert_null(TRY(w, .from = POLICE, .act = "filed", .subject1 = 2));
    assert_null(TRY(w, .from = POLICE, .act = "filed", .subject1 = 1, .late = true));
}

static void judge__compares_tracks_exactly(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "acceptance"));
    assert_int_equal(w->h.track_count, 2);
    assert_true(xj_slice_is(w->h.tracks[1].name, "transfer") && xj_slice_eq(w->h.tracks[1].owner, name_of(MARKET)));
    w->h.tracks[1].owner = name_of(ENV);
    assert_refused(w, "track", "transfer 370800-market");
    w->h.track_count = 1;
    assert_refused(w, "track", "transfer 370800-market");
    assert_null(TRY(w, .from = POLICE, .act = "acceptance"));
    w->h.tracks[2] = (struct xj_header_track){xj_slice_cstr("penalty"), name_of(POLICE)};
    w->h.track_count = 3;
    assert_refused(w, "track", NULL);
}

static void judge__wants_recipients(void **state)
{
    struct world *w = *state;
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1));
    assert_int_equal(w->h.to_count, 2);
    w->h.to_count = 1;
    assert_refused(w, "recipient_missing", "procuratorate");
    w->h.to[0] = (struct xj_header_to){name_of(PROC), XJ_TO_PRINCIPAL};
    assert_refused(w, "recipient_missing", "police");
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code); /* on paper the addressee may be unknown: then nobody is asked */
    transferred(w);
    assert_null(TRY(w, .from = POLICE, .act = "receipt"));
    assert_int_equal(w->h.to_count, 2); /* the sender and the copy of the transfer */
    w->h.to_count = 1;
    assert_refused(w, "recipient_missing", NULL);
    assert_null(TRY(w, .from = POLICE, .act = "filed"));
    assert_int_equal(w->h.to[0].role, XJ_TO_PRINCIPAL); /* asked about the exhibits */
    w->h.to[0].role = XJ_TO_COPY;
    assert_refused(w, "recipient_missing", "370800-market");
}

static void judge__wants_the_instrument_live_only(void **state)
{
    struct world *w = *state;
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .no_paper = "transfer_letter"), "instrument");
    assert_string_equal(w->refused.detail, "transfer_letter");
    w->h.mode = XJ_MODE_LATE_ENTRY;
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code);
}

/* ---- corrections ---- */

static void voids__only_ones_own_act_while_unanswered(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w);
    assert_string_equal(TRY(w, .from = ENV, .act = "transfer", .relation = "voids", .target = id), "relates");
    DO(w, .from = POLICE, .act = "receipt");
    struct xj_id receipt = w->h.id;
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id), "relates");
    DO(w, .from = POLICE, .act = "receipt", .relation = "voids", .target = receipt);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "sent");
    assert_int_equal(open_questions(w, -1, "receipt", POLICE), 1);
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id);
    assert_null(row_state(w, -1, "transfer", MARKET, 0));
    assert_null(row_state(w, POLICE, "transfer", MARKET, 0));
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .answer = id, .question = "receipt"), "answer_taken");
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id), "relates");
}

static void voids__must_reach_whoever_had_it(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w);
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id));
    w->h.to_count = 1;
    assert_refused(w, "recipient_missing", "370800-procuratorate");
}

static void amends__changes_neither_tracks_nor_recipients(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w);
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .relation = "amends", .target = id, .occurred = "2026-03-01"));
    w->h.to_count = 1;
    assert_refused(w, "relates", "amends");
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .relation = "amends", .target = id));
    w->h.track_count = 0;
    assert_refused(w, "relates", "amends");
    assert_string_equal(TRY(w, .from = MARKET, .act = "clue", .relation = "amends", .target = id), "relates");
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "amends", .target = id, .subject1 = 1), "relates");
}

static void reissues__only_what_was_refused(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w), unknown = id;
    unknown.b[3] ^= 1;
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .relation = "reissues", .target = id),
                        "relates");
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .relation = "reissues", .target = unknown));
}

static void shares__by_whoever_holds_it_without_effect(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "transfer", .relation = "shares", .target = id), "relates");
    DO(w, .from = POLICE, .act = "transfer", .relation = "shares", .target = id, .to1 = COURT + 1);
    assert_int_equal(w->verdict.after_count, 0);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
}

/* ---- breaches ---- */

static void breach__step_live_only(void **state)
{
    struct world *w = *state;
    transferred(w);
    assert_true(has_breach(w, "step", "transfer_approved"));
    w->case_id.b[0]++;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true);
    assert_int_equal(w->verdict.breach_count, 0);
    w->case_id.b[0]++;
    DO(w, .from = MARKET, .act = "transfer_report");
    DO(w, .from = MARKET, .act = "transfer_approved");
    transferred(w);
    assert_int_equal(w->verdict.breach_count, 0);
}

static void breach__paper_live_only_and_not_with_its_alternative(void **state)
{
    struct world *w = *state;
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .no_paper = "item_list"));
    assert_true(has_breach(w, "paper", "item_list"));
    w->h.papers[w->h.paper_count++] = (struct xj_header_paper){.kind = xj_slice_cstr("no_items")};
    assert_int_equal(world_judge(w), XJ_OK);
    assert_false(has_breach(w, "paper", "item_list"));
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .no_papers = true, .late = true));
    assert_int_equal(w->verdict.breach_count, 0);
}

static void breach__wrong_organ_live_only(void **state)
{
    struct world *w = *state;
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1));
    assert_true(has_breach(w, "organ", "police"));
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1, .late = true));
    assert_false(has_breach(w, "organ", "police"));
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1));
    assert_false(has_breach(w, "organ", "police"));
}

static void breach__penalty_after_transfer_until_lifted(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 1));
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 3));
    assert_false(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    DO(w, .from = POLICE, .act = "not_filed", .subject1 = 1);
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 1, .late = true));
    assert_false(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    DO(w, .from = POLICE, .act = "filed", .subject1 = 2);
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .subject1 = 2, .to1 = PROC + 1);
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 2, .late = true));
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    DO(w, .from = PROC, .act = "not_prosecuted", .subject1 = 2);
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 2));
    assert_false(has_breach(w, "penalty_after_transfer", "penalty_decided"));
}

static void breach__dated_ahead_of_the_exchanges_time_by_more_than_clocks_differ(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2026-03-03"));
    assert_false(has_breach(w, "future", "transfer"));
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2026-03-04"));
    assert_true(has_breach(w, "future", "transfer"));
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .occurred = "2027"));
    assert_true(has_breach(w, "future", "transfer"));
}

/* ---- the fold ---- */

static void rows__of_several_police_stay_apart(void **state)
{
    struct world *w = *state;
    DO(w, .from = POLICE, .act = "filed", .late = true);
    DO(w, .from = POLICE2, .act = "not_filed", .late = true);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "filed");
    assert_string_equal(row_state(w, -1, "filing", POLICE2, 0), "not_filed");
}

static void paper_agency__has_its_acts_recorded_by_another(void **state)
{
    struct world *w = *state;
    DO(w, .from = POLICE, .actor = PAPER + 1, .act = "transfer", .late = true, .no_papers = true);
    assert_string_equal(row_state(w, -1, "transfer", PAPER, 0), "sent");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
    DO(w, .from = POLICE, .act = "filed");
    assert_string_equal(row_state(w, -1, "transfer", PAPER, 0), "decided_file");
}

static void forward__lets_the_second_police_answer_from_its_own_view(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    DO(w, .from = POLICE2, .act = "receipt");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "received");
    DO(w, .from = POLICE2, .act = "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
    assert_int_equal(open_questions(w, -1, "exhibits", MARKET), 1);
    assert_int_equal(open_questions(w, MARKET, "exhibits", MARKET), 1);
}

static void transfer__may_come_again_after_a_return(void **state)
{
    struct world *w = *state;
    transferred(w);
    DO(w, .from = POLICE, .act = "return");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "returned");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
}

static void apply__takes_acts_once_and_in_order(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_engine e = engine_at(w, -1);
    struct xj_admitted_act act = {.header = &w->h, .seq = w->seq, .admitted_ms = w->now_ms};
    assert_int_equal(xj_engine_apply(&e, &act), XJ_EEXISTS);
    w->seq = 8;
    DO(w, .from = POLICE, .act = "receipt");
    act.seq = 5;
    assert_int_equal(xj_engine_apply(&e, &act), XJ_ESTATE);
    assert_int_equal(xj_engine_forget(&e, w->case_id), XJ_OK);
    assert_int_equal(w->exchange.n, 0);
    assert_int_equal(xj_engine_apply(&e, &act), XJ_OK);
}

static void fold__refuses_another_revision_until_forgotten(void **state)
{
    struct world *w = *state;
    transferred(w);
    struct xj_engine e = engine_at(w, -1);
    w->model->revision.b[0] ^= 1;
    assert_int_equal(xj_engine_judge(&e, &w->h, w->now_ms, &w->verdict), XJ_ESTATE);
    assert_int_equal(xj_engine_forget(&e, w->case_id), XJ_OK);
    assert_int_equal(xj_engine_judge(&e, &w->h, w->now_ms, &w->verdict), XJ_OK);
}

static void rows__keep_their_state_over_many_moves(void **state)
{
    struct world *w = *state;
    struct xj_id last = {{0}};
    for (int i = 0; i < 40; i++)
        last = DO(w, .from = MARKET, .act = i % 2 == 0 ? "penalty_notice" : "penalty_hearing");
    assert_string_equal(row_state(w, -1, "penalty", MARKET, 0), "heard");
    DO(w, .from = MARKET, .act = "penalty_hearing", .relation = "voids", .target = last);
    assert_string_equal(row_state(w, -1, "penalty", MARKET, 0), "noticed");
}

static enum xj_to_role role_of(const struct xj_header *h, enum who who)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, name_of(who)))
            return h->to[i].role;
    return XJ_TO_INVALID;
}

/* A transfer that somebody with a grant for headers sees as such, and that the procuratorate is sent as no more, either. */
static void transferred_with_notices(struct world *w)
{
    assert_int_equal(world_plan(w, &(struct deed){.from = MARKET, .act = "transfer", .to1 = POLICE + 1}), XJ_OK);
    for (size_t i = 0; i < w->h.to_count; i++)
        if (xj_slice_eq(w->h.to[i].agency, name_of(PROC)))
            w->h.to[i].role = XJ_TO_NOTICE;
    assert_int_equal(role_of(&w->h, PROC), XJ_TO_NOTICE);
    w->h.to[w->h.to_count++] = (struct xj_header_to){name_of(SUPER), XJ_TO_NOTICE};
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code);
    world_apply(w);
}

static void plan__whoever_saw_only_the_header_of_the_question_sees_only_that_of_the_answer(void **state)
{
    struct world *w = *state;
    transferred_with_notices(w);
    assert_int_equal(world_plan(w, &(struct deed){.from = POLICE, .act = "receipt"}), XJ_OK);
    assert_int_equal(role_of(&w->h, SUPER), XJ_TO_NOTICE);
    assert_int_equal(role_of(&w->h, MARKET), XJ_TO_COPY);
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code);
}

static void plan__whom_the_law_names_as_a_copy_gets_the_answer_all_the_same(void **state)
{
    struct world *w = *state;
    transferred_with_notices(w);
    assert_int_equal(world_plan(w, &(struct deed){.from = POLICE, .act = "not_filed"}), XJ_OK);
    assert_int_equal(role_of(&w->h, PROC), XJ_TO_COPY);
    assert_int_equal(role_of(&w->h, SUPER), XJ_TO_NOTICE);
    assert_int_equal(world_judge(w), XJ_OK);
    assert_null(w->verdict.refusal.code);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(judge__refuses_an_unknown_act),
        T(judge__refuses_a_role_live_and_admits_it_late_without_effect),
        T(judge__refuses_live_what_exists_only_on_paper),
        T(judge__lets_strangers_act_only_by_joining_grant_or_late_entry),
        T(judge__refuses_answers_that_do_not_exist_or_were_put_to_another),
        T(judge__wants_an_answer_once_for_each_subject),
        T(judge__takes_a_charge_as_part_of_its_party),
        T(judge__wants_owed_answers),
        T(judge__refuses_a_second_time_live_only),
        T(judge__compares_tracks_exactly),
        T(judge__wants_recipients),
        T(judge__wants_the_instrument_live_only),
        T(voids__only_ones_own_act_while_unanswered),
        T(voids__must_reach_whoever_had_it),
        T(amends__changes_neither_tracks_nor_recipients),
        T(reissues__only_what_was_refused),
        T(shares__by_whoever_holds_it_without_effect),
        T(breach__step_live_only),
        T(breach__paper_live_only_and_not_with_its_alternative),
        T(breach__wrong_organ_live_only),
        T(breach__penalty_after_transfer_until_lifted),
        T(breach__dated_ahead_of_the_exchanges_time_by_more_than_clocks_differ),
        T(rows__of_several_police_stay_apart),
        T(paper_agency__has_its_acts_recorded_by_another),
        T(forward__lets_the_second_police_answer_from_its_own_view),
        T(transfer__may_come_again_after_a_return),
        T(apply__takes_acts_once_and_in_order),
        T(fold__refuses_another_revision_until_forgotten),
        T(rows__keep_their_state_over_many_moves),
        T(plan__whoever_saw_only_the_header_of_the_question_sees_only_that_of_the_answer),
        T(plan__whom_the_law_names_as_a_copy_gets_the_answer_all_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
