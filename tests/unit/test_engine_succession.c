/* An agency in the place of another (机构改革): what it may do, what it owns, what it owes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/base/civil.h"
#include "tests/unit/engineworld.h"

#define MERGER "2026-03-10T00:00"

static void assert_who(struct xj_slice agency, enum who who)
{
    assert_true(xj_slice_eq(agency, name_of(who)));
}

static bool named(const struct world *w, enum who who, enum xj_to_role role)
{
    for (size_t i = 0; i < w->h.to_count; i++)
        if (xj_slice_eq(w->h.to[i].agency, name_of(who)))
            return w->h.to[i].role == role;
    return false;
}

/* The market bureau transfers; the police have it; then `agency` is succeeded by `next`, which has its history. */
static struct xj_id merged(struct world *w, enum who agency, enum who next)
{
    DO(w, .from = MARKET, .act = "items_seized");
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    world_delivered(w, id, POLICE, "2026-03-02T10:00");
    world_succeeds(w, agency, next, MERGER);
    w->now_ms = at("2026-03-11T09:00");
    world_hand_over(w, agency, next);
    return id;
}

static void before_its_day__nothing_changes(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    world_succeeds(w, POLICE, POLICE2, MERGER);
    w->now_ms = at("2026-03-09T23:59");
    assert_string_equal(TRY(w, .from = POLICE2, .act = "receipt"), "may_not_act");
    DO(w, .from = POLICE, .act = "receipt");
    assert_true(named(w, MARKET, XJ_TO_COPY));
    w->now_ms = at(MERGER);
    assert_string_equal(TRY(w, .from = POLICE, .act = "acceptance"), "succeeded");
    assert_string_equal(w->refused.detail, "370800-police-east");
}

static void holder__answers_what_its_predecessor_was_asked(void **state)
{
    struct world *w = *state;
    struct xj_duty_view v;
    merged(w, POLICE, POLICE2);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
    DO(w, .from = POLICE2, .act = "receipt", .occurred = "2026-03-03");
    assert_int_equal(open_questions(w, -1, "receipt", POLICE), 0);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "received");
    DO(w, .from = POLICE2, .act = "acceptance");
    assert_null(TRY(w, .from = POLICE2, .act = "filed"));
    w->h.from = name_of(POLICE3);
    assert_int_equal(world_judge(w), XJ_OK);
    assert_string_equal(w->verdict.refusal.code, "may_not_act");
    DO(w, .from = POLICE2, .act = "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
    assert_string_equal(row_state(w, -1, "filing", POLICE2, 0), "filed");
    assert_int_equal(duty(w, -1, "D08", 0, &v), 1);
    assert_who(v.obligor, POLICE); /* on record; who reads it shows the holder */
    assert_true(v.done);
}

/* The clock of a duty goes on from where it stood: the day of delivery to the predecessor, or the holder's own receipt. */
static void clocks__neither_restart_nor_die(void **state)
{
    struct world *w = *state;
    struct xj_duty_view before, after;
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    world_delivered(w, id, POLICE, "2026-03-04T10:00");
    assert_int_equal(duty(w, -1, "D08", 0, &before), 1);
    world_succeeds(w, POLICE, POLICE2, MERGER);
    w->now_ms = at("2026-03-11T09:00");
    world_hand_over(w, POLICE, POLICE2);
    for (int view = -1; view <= POLICE2; view += POLICE2 + 1) {
        assert_int_equal(duty(w, view, "D08", 0, &after), 1);
        assert_true(after.start_ms == before.start_ms && after.due_ms == before.due_ms && after.status == XJ_DUTY_OPEN);
    }
    DO(w, .from = POLICE2, .act = "acceptance", .occurred = "2026-03-03");
    assert_int_equal(duty(w, -1, "D08", 0, &after), 1);
    assert_true(after.start_ms == at("2026-03-03T00:00")); /* accepted: by whoever it falls to */
    DO(w, .from = POLICE2, .act = "not_filed");
    assert_true(has_breach(w, "late", "D08"));
    assert_int_equal(duty(w, -1, "D08", 0, &after), 1);
    assert_int_equal(after.status, XJ_DUTY_LATE);
}

static void rows__keep_their_name_and_are_the_holders(void **state)
{
    struct world *w = *state;
    struct xj_duty_view v;
    merged(w, MARKET, ENV);
    DO(w, .from = POLICE, .act = "receipt");
    assert_true(named(w, ENV, XJ_TO_COPY)); /* not the predecessor, which was a party to what is answered */
    DO(w, .from = POLICE, .act = "filed");
    assert_true(named(w, ENV, XJ_TO_PRINCIPAL)); /* the transferor that the exhibits are asked of */
    assert_int_equal(open_questions(w, ENV, "exhibits", ENV), 1);
    assert_int_equal(duty(w, ENV, "D10", 0, &v), 1);
    assert_who(v.obligor, ENV);
    DO(w, .from = ENV, .act = "items_handed_over", .to1 = POLICE + 1);
    assert_int_equal(w->h.track_count, 1);
    assert_who(w->h.tracks[0].owner, MARKET);
    assert_string_equal(row_state(w, -1, "exhibits", MARKET, 0), "handed_over");
    assert_null(row_state(w, -1, "exhibits", ENV, 0));
    assert_int_equal(duty(w, -1, "D10", 0, &v), 1);
    assert_int_equal(v.status, XJ_DUTY_MET);
    DO(w, .from = POLICE, .act = "items_confirmed");
    assert_string_equal(row_state(w, -1, "exhibits", MARKET, 0), "confirmed");
    /* one transfer, so a penalty of the holder is one while it stands */
    DO(w, .from = ENV, .act = "penalty_decided");
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
}

static void holder__does_once_what_its_predecessor_did(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "not_filed");
    DO(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed");
    world_succeeds(w, POLICE, POLICE2, MERGER);
    w->now_ms = at("2026-03-11T09:00");
    world_hand_over(w, POLICE, POLICE2);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "filed"), "already");
    assert_string_equal(TRY(w, .from = POLICE2, .act = "not_filed", .answer = id, .question = "decision"), "answer_taken");
}

static void predecessor__records_late_what_it_did_before(void **state)
{
    struct world *w = *state;
    merged(w, POLICE, POLICE2);
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt"), "succeeded");
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2026-03-10"), "succeeded");
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2026-03-12"), "succeeded");
    assert_null(TRY(w, .from = POLICE, .act = "receipt", .late = true));
    assert_null(TRY(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2026-03-09/2026-03-12"));
    DO(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2026-03-03");
    assert_true(named(w, POLICE2, XJ_TO_COPY)); /* its holder hears of it */
    assert_null(TRY(w, .from = POLICE, .act = "acceptance", .late = true, .occurred = "2026-03-04"));
    for (size_t i = 0; i < w->h.to_count; i++)
        if (xj_slice_eq(w->h.to[i].agency, name_of(POLICE2)))
            w->h.to[i] = w->h.to[--w->h.to_count];
    assert_int_equal(world_judge(w), XJ_OK);
    assert_string_equal(w->verdict.refusal.code, "recipient_missing");
    assert_string_equal(w->verdict.refusal.detail, "370800-police-east");
    DO(w, .from = POLICE2, .act = "filed");
}

/* Its keys gone, the holder records for it. */
static void holder__records_for_a_predecessor_without_keys(void **state)
{
    struct world *w = *state;
    DO(w, .from = POLICE, .act = "transfer", .late = true, .actor = PAPER + 1, .to1 = POLICE + 1, .occurred = "2026-02-10");
    world_succeeds(w, PAPER, ENV, MERGER);
    w->now_ms = at("2026-03-11T09:00");
    world_hand_over(w, POLICE, ENV);
    DO(w, .from = ENV, .act = "supplement", .late = true, .actor = PAPER + 1, .occurred = "2026-02-12");
    assert_who(w->h.actor, PAPER);
    assert_string_equal(row_state(w, -1, "transfer", PAPER, 0), "supplemented");
    assert_string_equal(TRY(w, .from = ENV, .act = "disposal_note", .late = true, .actor = PAPER + 1, .occurred = "2026-03-11"), "succeeded");
    DO(w, .from = ENV, .act = "supplement", .late = true, .occurred = "2026-03-11");
    assert_string_equal(row_state(w, -1, "transfer", PAPER, 0), "supplemented");
    assert_null(row_state(w, -1, "transfer", ENV, 0));
}

static void corrections__are_the_holders(void **state)
{
    struct world *w = *state;
    struct xj_id id = merged(w, MARKET, ENV);
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id), "succeeded");
    assert_string_equal(TRY(w, .from = POLICE2, .act = "transfer", .relation = "voids", .target = id), "relates");
    DO(w, .from = ENV, .act = "transfer", .relation = "amends", .target = id, .occurred = "2026-03-01");
    assert_true(named(w, POLICE, XJ_TO_PRINCIPAL) && named(w, PROC, XJ_TO_COPY));
    DO(w, .from = ENV, .act = "transfer", .relation = "voids", .target = id);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_null(row_state(w, -1, "transfer", MARKET, 0));
}

static void predecessor__hands_its_history_on(void **state)
{
    struct world *w = *state;
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    struct xj_id receipt = DO(w, .from = POLICE, .act = "receipt");
    world_succeeds(w, MARKET, ENV, MERGER);
    DO(w, .from = MARKET, .act = "receipt", .relation = "shares", .target = receipt, .to1 = ENV + 1); /* ahead of the day */
    assert_true(w->h.to_count == 1 && named(w, ENV, XJ_TO_PRINCIPAL)); /* the police need not hear of it */
    w->now_ms = at("2026-03-11T09:00");
    DO(w, .from = MARKET, .act = "transfer", .relation = "shares", .target = id, .to1 = ENV + 1);
    DO(w, .from = MARKET, .act = "receipt", .relation = "shares", .target = receipt, .to1 = COURT + 1);
    assert_true(w->h.to_count == 2 && named(w, POLICE, XJ_TO_COPY)); /* of this it does */
    struct xj_id amended = DO(w, .from = POLICE, .act = "receipt", .relation = "amends", .target = receipt, .occurred = "2026-03-02");
    DO(w, .from = POLICE, .act = "receipt", .relation = "shares", .target = amended, .to1 = COURT + 1); /* a correction, too */
}

static void chains__lead_to_their_end(void **state)
{
    struct world *w = *state;
    merged(w, POLICE, POLICE2);
    world_succeeds(w, POLICE2, POLICE3, "2026-03-20T00:00");
    w->now_ms = at("2026-03-21T09:00");
    world_hand_over(w, POLICE2, POLICE3);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "filed"), "succeeded");
    assert_string_equal(w->refused.detail, "370800-police-west");
    DO(w, .from = POLICE3, .act = "filed");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
}

/* A counterpart fact that names an agency succeeded means its holder; going there is no breach. */
static void counterparts__are_their_holders(void **state)
{
    struct world *w = *state;
    world_succeeds(w, POLICE, POLICE2, MERGER);
    w->now_ms = at("2026-03-11T09:00");
    DO(w, .from = MARKET, .act = "transfer");
    assert_true(named(w, POLICE2, XJ_TO_PRINCIPAL));
    assert_false(has_breach(w, "organ", "police"));
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1); /* a wish for it, too */
    assert_true(named(w, POLICE2, XJ_TO_PRINCIPAL));
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE3 + 1);
    assert_true(has_breach(w, "organ", "police"));
    world_succeeds(w, PROC, PROC2, MERGER);
    DO(w, .from = MARKET, .act = "transfer");
    assert_true(named(w, PROC2, XJ_TO_COPY) && !named(w, PROC, XJ_TO_COPY));
}

/* Rows kept inside the obligor come with its history, and so do acts that never left it. */
static void inside__goes_with_the_history(void **state)
{
    struct world *w = *state;
    struct xj_duty_view v;
    DO(w, .from = MARKET, .act = "admin_filed", .to1 = JUSTICE + 1);
    DO(w, .from = MARKET, .act = "transfer_report");
    assert_int_equal(duty(w, MARKET, "D32", 0, &v), 1);
    assert_int_equal(duty(w, JUSTICE, "D32", 0, &v), 0);
    world_hand_over(w, MARKET, ENV);
    assert_int_equal(duty(w, ENV, "D32", 0, &v), 0);
    world_succeeds(w, MARKET, ENV, MERGER);
    world_hand_over(w, MARKET, ENV);
    assert_int_equal(duty(w, ENV, "D32", 0, &v), 1);
    w->now_ms = at("2026-03-11T09:00");
    DO(w, .from = ENV, .act = "transfer_approved");
    assert_int_equal(duty(w, ENV, "D01", 0, &v), 1);
    assert_int_equal(v.status, XJ_DUTY_LATE);
    assert_string_equal(row_state(w, ENV, "transfer", MARKET, 0), "approved");
    DO(w, .from = ENV, .act = "no_penalty");
    assert_int_equal(duty(w, ENV, "D32", 0, &v), 1);
    assert_int_equal(v.status, XJ_DUTY_MET);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(before_its_day__nothing_changes),
        T(holder__answers_what_its_predecessor_was_asked),
        T(clocks__neither_restart_nor_die),
        T(rows__keep_their_name_and_are_the_holders),
        T(holder__does_once_what_its_predecessor_did),
        T(predecessor__records_late_what_it_did_before),
        T(holder__records_for_a_predecessor_without_keys),
        T(corrections__are_the_holders),
        T(predecessor__hands_its_history_on),
        T(chains__lead_to_their_end),
        T(counterparts__are_their_holders),
        T(inside__goes_with_the_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
