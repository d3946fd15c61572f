/* Duties of the fold: live clocks, and what cannot be dated. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/base/civil.h"
#include "tests/unit/engineworld.h"

struct duty_count {
    size_t n;
};

static bool count_duty(void *arg, const struct xj_duty_view *d)
{
    struct duty_count *c = arg;
    c->n += d->duty != XJ_NONE;
    return true;
}

static struct xj_memstore copy_of(const struct xj_memstore *m)
{
    struct xj_memstore out = {0};
    struct xj_store s = xj_memstore_of(&out);
    for (size_t i = 0; i < m->n; i++)
        assert_int_equal(s.put(s.ctx, xj_slice_of(m->at[i].key, m->at[i].key_n), xj_slice_of(m->at[i].value, m->at[i].value_n)),
                         XJ_OK);
    return out;
}

/* ---- live ---- */

static struct xj_id live_transfer(struct world *w)
{
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer_report");
    w->now_ms = at("2026-03-02T10:00");
    DO(w, .from = MARKET, .act = "transfer_approved");
    w->now_ms = at("2026-03-02T11:00");
    return DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
}

static void live__a_transfer_starts_provisionally_and_with_delivery_for_good(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = live_transfer(w);
    assert_int_equal(duty(w, -1, "D02", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_true(d.provisional);
    assert_int_equal(d.start_ms, at("2026-03-02T11:00"));
    assert_due(&d, "2026-03-05");
    world_delivered(w, id, POLICE, "2026-03-03T08:00");
    world_delivered(w, id, POLICE, "2026-03-04T08:00");
    duty(w, -1, "D08", 0, &d);
    assert_false(d.provisional);
    assert_int_equal(d.start_ms, at("2026-03-03T08:00"));
    assert_due(&d, "2026-03-06");
    assert_int_equal(d.status, XJ_DUTY_OPEN);
}

static void live__delivery_may_be_known_before_the_act(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = {{0}};
    uint64_t made = 3;
    memcpy(id.b, &made, sizeof made);
    id.b[15] = 1;
    world_delivered(w, id, POLICE, "2026-03-03T08:00");
    struct xj_id same = live_transfer(w);
    assert_true(xj_id_eq(&id, &same));
    duty(w, -1, "D08", 0, &d);
    assert_false(d.provisional);
    assert_int_equal(d.start_ms, at("2026-03-03T08:00"));
}

static void live__acceptance_comes_before_receipt_and_delivery(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = live_transfer(w);
    world_delivered(w, id, POLICE, "2026-03-02T12:00");
    w->now_ms = at("2026-03-03T09:00");
    DO(w, .from = POLICE, .act = "receipt");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.start_ms, at("2026-03-03T09:00"));
    w->now_ms = at("2026-03-03T12:00"); /* within a day of the delivery */
    DO(w, .from = POLICE, .act = "acceptance");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.start_ms, at("2026-03-03T12:00"));
    assert_int_equal(duty(w, -1, "D03", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

/* Whoever signs more than a day after the paper was there moves no clock: what was overdue stays overdue. */
static void live__a_late_signature_moves_no_clock(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = live_transfer(w);
    world_delivered(w, id, POLICE, "2026-03-02T12:00");
    w->now_ms = at("2026-03-03T12:01");
    DO(w, .from = POLICE, .act = "receipt");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.start_ms, at("2026-03-02T12:00"));
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = POLICE, .act = "acceptance");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.start_ms, at("2026-03-02T12:00"));
    assert_int_equal(d.due_ms, at("2026-03-06T00:00") - 1);
    DO(w, .from = POLICE, .act = "filed");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_LATE);
}

static void live__received_is_the_earlier_of_receipt_and_delivery(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-03T09:00");
    DO(w, .from = POLICE, .act = "not_filed");
    struct xj_id id = w->h.id;
    w->now_ms = at("2026-03-04T09:00");
    world_delivered(w, id, MARKET, "2026-03-03T10:00");
    DO(w, .from = MARKET, .act = "reconsideration_requested", .to1 = POLICE + 1);
    assert_int_equal(duty(w, -1, "D11", 0, &d), 1);
    assert_int_equal(d.start_ms, at("2026-03-03T10:00"));
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void live__a_late_decision_is_late_and_a_breach(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-09T09:00");
    DO(w, .from = POLICE, .act = "filed");
    assert_true(has_breach(w, "late", "D08"));
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_LATE);
    assert_true(xj_id_eq(&d.done_by, &w->h.id));
}

static void late_entry__a_late_decision_with_a_dated_acceptance_is_a_breach(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = ENV, .act = "transfer", .occurred = "2018-06-25", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "acceptance", .occurred = "2018-06-26", .late = true);
    DO(w, .from = POLICE, .act = "filed", .occurred = "2018-07-05", .late = true);
    assert_true(has_breach(w, "late", "D08"));
    duty(w, -1, "D08", 0, &d);
    assert_start(&d, "2018-06-26", false);
    assert_due(&d, "2018-06-29");
    assert_int_equal(d.status, XJ_DUTY_LATE);
}

static void late_entry__late_after_an_open_ended_start_cannot_be_told(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = ENV, .act = "transfer", .occurred = "2018-06-25", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed", .occurred = "2018-07-05", .late = true);
    assert_false(has_breach(w, "late", "D08"));
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "start_unknown");
}

static void late_entry__an_undated_start_is_not_dated_by_delivery(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = DO(w, .from = ENV, .act = "transfer", .late = true, .to1 = POLICE + 1);
    world_delivered(w, id, POLICE, "2026-03-03T08:00");
    duty(w, -1, "D08", 0, &d);
    assert_false(d.start_known);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "start_unknown");
}

static void late_entry__done_within_a_range_that_crosses_the_due_date_cannot_be_told(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = ENV, .act = "transfer", .occurred = "2018-06-25", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "acceptance", .occurred = "2018-06-25", .late = true);
    DO(w, .from = POLICE, .act = "filed", .occurred = "2018-06-27/2018-07-02", .late = true);
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
    assert_string_equal(d.undatable_why, "done_unknown");
}

static void extension__counts_only_before_the_limit_has_run_out(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-05T09:00");
    DO(w, .from = POLICE, .act = "decision_extended");
    duty(w, -1, "D08", 0, &d);
    assert_true(d.extended);
    assert_due(&d, "2026-04-01");
}

static void extension__made_too_late_changes_nothing(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-06T09:00");
    DO(w, .from = POLICE, .act = "decision_extended");
    duty(w, -1, "D08", 0, &d);
    assert_false(d.extended);
    assert_due(&d, "2026-03-05");
}

static void sector__decides_whether_and_how_long(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-03T09:00");
    DO(w, .from = POLICE, .act = "filed", .occurred = "2026-03-02");
    assert_int_equal(duty(w, -1, "D09", 0, &d), 0); /* off for the market sector */
    w->case_id.b[0]++;
    DO(w, .from = ENV, .act = "transfer", .to1 = POLICE + 1);
    w->now_ms = at("2026-03-04T09:00");
    DO(w, .from = POLICE, .act = "filed", .occurred = "2026-03-03");
    assert_int_equal(duty(w, -1, "D09", 0, &d), 1);
    assert_start(&d, "2026-03-03", false);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void self__is_undatable_in_late_entry(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = ENV, .act = "transfer", .occurred = "2018-06-25", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed", .occurred = "2018-06-26", .late = true);
    assert_int_equal(duty(w, -1, "D09", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_UNDATABLE);
}

static void arises__shows_only_when_done(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    assert_int_equal(duty(w, -1, "D04", 0, &d), 0);
    w->now_ms = at("2026-03-02T20:00");
    DO(w, .from = POLICE, .act = "supplement_requested");
    assert_int_equal(duty(w, -1, "D04", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_int_equal(duty(w, -1, "D05", 0, &d), 1);
    assert_true(xj_slice_eq(d.obligor, name_of(MARKET)));
}

static void exhibits__are_owed_only_when_something_was_seized(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "transfer", .late = true, .no_papers = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed", .late = true, .no_papers = true);
    assert_int_equal(duty(w, -1, "D10", 0, &d), 0);
    w->case_id.b[0]++;
    DO(w, .from = MARKET, .act = "items_seized", .late = true, .no_papers = true);
    DO(w, .from = MARKET, .act = "transfer", .late = true, .no_papers = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed", .late = true, .no_papers = true);
    assert_int_equal(duty(w, -1, "D10", 0, &d), 1);
    assert_true(xj_slice_eq(d.obligor, name_of(MARKET)));
    w->case_id.b[0]++;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1); /* with an item_list */
    DO(w, .from = POLICE, .act = "filed");
    assert_int_equal(duty(w, -1, "D10", 0, &d), 1);
}

static void pause__stops_the_count(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = PROC, .act = "not_prosecuted", .to1 = POLICE + 1);
    DO(w, .from = PROC, .act = "reverse_review");
    duty(w, -1, "D26", 0, &d);
    assert_due(&d, "2026-03-16");
    w->now_ms = at("2026-03-04T09:00");
    DO(w, .from = PROC, .act = "review_suspended");
    duty(w, -1, "D26", 0, &d);
    assert_true(d.paused && !d.due_known);
    assert_int_equal(d.status, XJ_DUTY_OPEN);
    w->now_ms = at("2026-03-09T09:00");
    DO(w, .from = PROC, .act = "review_resumed");
    duty(w, -1, "D26", 0, &d);
    assert_false(d.paused);
    assert_due(&d, "2026-03-19");
}

/* The same act by somebody who does not owe it is none of the duty's. */
static void stop__is_the_obligor_s_own(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "crime_suspected", .occurred = "2006-03-16", .late = true);
    DO(w, .from = MARKET, .act = "penalty_decided", .occurred = "2006-04-11", .late = true);
    DO(w, .from = ENV, .act = "penalty_copied", .occurred = "2006-04-12", .late = true);
    assert_int_equal(duty(w, -1, "D23", 0, &d), 1);
    assert_false(d.done);
    DO(w, .from = MARKET, .act = "penalty_copied", .occurred = "2006-04-13", .late = true);
    assert_int_equal(duty(w, -1, "D23", 0, &d), 1);
    assert_true(d.done);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void inside__is_kept_by_obligor_and_exchange_only(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = PROC, .act = "not_prosecuted", .to1 = POLICE + 1);
    assert_int_equal(duty(w, -1, "D25", 0, &d), 1);
    assert_int_equal(duty(w, PROC, "D25", 0, &d), 1);
    assert_int_equal(duty(w, POLICE, "D25", 0, &d), 0);
}

static void clue__binds_only_once_received(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = MARKET, .act = "clue", .to1 = POLICE + 1);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 0);
    w->now_ms = at("2026-03-04T09:00");
    DO(w, .from = POLICE, .act = "receipt");
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_start(&d, "2026-03-04", false);
}

static void may__is_never_late(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = PROC, .act = "notice_to_file", .occurred = "2018-01-02", .late = true, .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed_after_notice", .occurred = "2018-01-10", .late = true);
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .occurred = "2018-06-10", .late = true, .to1 = PROC + 1);
    assert_false(has_breach(w, "late", "D19"));
    assert_int_equal(duty(w, -1, "D19", 0, &d), 1);
    assert_true(d.done);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void second_start__does_not_restart_a_running_duty(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-03T11:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_int_equal(d.start_ms, at("2026-03-02T11:00"));
    w->now_ms = at("2026-03-04T11:00");
    DO(w, .from = POLICE, .act = "filed"); /* answers the second */
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void voiding_the_first_start__lets_the_second_take_its_place(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id first = live_transfer(w);
    w->now_ms = at("2026-03-03T11:00");
    struct xj_id second = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    w->now_ms = at("2026-03-03T12:00");
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = first, .no_papers = true);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_true(xj_id_eq(&d.started_by, &second));
    assert_int_equal(d.start_ms, at("2026-03-03T11:00"));
    w->now_ms = at("2026-03-03T13:00");
    DO(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = second, .no_papers = true);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 0);
}

static void forward__ends_the_review_and_starts_another(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-03T09:00");
    DO(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    assert_int_equal(duty(w, -1, "D06", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 2);
    assert_int_equal(d.status, XJ_DUTY_MET);
    duty(w, -1, "D08", 1, &d);
    assert_true(xj_slice_eq(d.obligor, name_of(POLICE2)));
    assert_int_equal(d.status, XJ_DUTY_OPEN);
}

static void assign__hands_the_clock_on_unchanged(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    w->now_ms = at("2026-03-03T09:00");
    DO(w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_int_equal(open_questions(w, -1, "decision", POLICE2), 1);
    assert_int_equal(open_questions(w, POLICE2, "decision", POLICE2), 1);
    duty(w, -1, "D08", 0, &d);
    assert_true(xj_slice_eq(d.obligor, name_of(POLICE2)));
    assert_int_equal(d.start_ms, at("2026-03-02T11:00"));
    w->now_ms = at("2026-03-04T09:00");
    DO(w, .from = POLICE2, .act = "filed");
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
}

static void subjects__read_apart_when_they_end_apart(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T11:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_int_equal(d.subject_count, 2);
    w->now_ms = at("2026-03-03T11:00");
    DO(w, .from = POLICE, .act = "filed", .subject1 = 1);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 2);
    w->now_ms = at("2026-03-10T11:00");
    DO(w, .from = POLICE, .act = "not_filed", .subject1 = 2);
    assert_true(has_breach(w, "late", "D08"));
    duty(w, -1, "D08", 1, &d);
    assert_int_equal(d.status, XJ_DUTY_LATE);
}

static void amends__moves_the_dates_of_what_it_did(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id sent = DO(w, .from = ENV, .act = "transfer", .occurred = "2018-06-25", .late = true, .to1 = POLICE + 1);
    struct xj_id taken = DO(w, .from = POLICE, .act = "acceptance", .occurred = "2018-06-25", .late = true);
    struct xj_id filed = DO(w, .from = POLICE, .act = "filed", .late = true);
    duty(w, -1, "D08", 0, &d);
    assert_string_equal(d.undatable_why, "done_unknown");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2018-06-27", .relation = "amends", .target = filed);
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_MET);
    DO(w, .from = POLICE, .act = "acceptance", .late = true, .occurred = "2018-06-20", .relation = "amends", .target = taken);
    duty(w, -1, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_LATE);
    DO(w, .from = ENV, .act = "transfer", .late = true, .occurred = "2018-06-19", .relation = "amends", .target = sent);
    duty(w, POLICE, "D08", 0, &d);
    assert_int_equal(d.status, XJ_DUTY_LATE);
}

static void unreadable__ends_the_readers_duties(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct xj_id id = live_transfer(w);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    DO(w, .from = POLICE, .act = "transfer", .relation = "unreadable", .target = id, .no_papers = true);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 0);
    assert_int_equal(duty(w, MARKET, "D08", 0, &d), 0);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
}

static void failing_store__gives_its_error_from_every_call(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    live_transfer(w);
    assert_null(TRY(w, .from = POLICE, .act = "filed"));
    struct xj_engine e = engine_at(w, -1);
    struct xj_admitted_act act = {.header = &w->h, .seq = w->seq + 1, .admitted_ms = w->now_ms, .after = w->verdict.after,
                                  .after_count = w->verdict.after_count};
    bool judged = false, read = false, applied = false;
    for (size_t n = 1; !applied; n++) {
        struct xj_verdict v;
        w->exchange.fail_at = n;
        w->exchange.calls = 0;
        enum xj_err err = xj_engine_judge(&e, &w->h, w->now_ms, &v);
        judged = w->exchange.calls < n;
        assert_int_equal(err, judged ? XJ_OK : XJ_EIO);
        w->exchange.calls = 0;
        struct duty_count count = {0};
        err = xj_engine_duties(&e, w->case_id, count_duty, &count);
        read = w->exchange.calls < n;
        assert_int_equal(err, read ? XJ_OK : XJ_EIO);
        /* what a failed apply has written the caller rolls back: here a copy is thrown away */
        struct xj_memstore saved = copy_of(&w->exchange);
        w->exchange.calls = 0;
        err = xj_engine_apply(&e, &act);
        applied = w->exchange.calls < n;
        assert_int_equal(err, applied ? XJ_OK : XJ_EIO);
        w->exchange.fail_at = 0;
        if (!applied) {
            xj_memstore_free(&w->exchange);
            w->exchange = saved;
        } else {
            xj_memstore_free(&saved);
        }
    }
    assert_true(judged && read);
    assert_int_equal(duty(w, -1, "D08", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void damaged_records__are_called_corrupt(void **state)
{
    struct world *w = *state;
    live_transfer(w);
    struct xj_engine e = engine_at(w, -1);
    size_t corrupt = 0;
    for (size_t i = 0; i < w->exchange.n; i++) {
        struct xj_memstore_pair *p = &w->exchange.at[i];
        if (p->value_n < 3)
            continue;
        p->value_n -= 1;
        struct duty_count count = {0};
        enum xj_err err = xj_engine_duties(&e, w->case_id, count_duty, &count);
        assert_true(err == XJ_OK || err == XJ_ECORRUPT || err == XJ_ESTATE);
        corrupt += err == XJ_ECORRUPT;
        p->value_n += 1;
    }
    assert_true(corrupt > 3);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(live__a_transfer_starts_provisionally_and_with_delivery_for_good),
        T(live__delivery_may_be_known_before_the_act),
        T(live__acceptance_comes_before_receipt_and_delivery),
        T(live__a_late_signature_moves_no_clock),
        T(live__received_is_the_earlier_of_receipt_and_delivery),
        T(live__a_late_decision_is_late_and_a_breach),
        T(late_entry__a_late_decision_with_a_dated_acceptance_is_a_breach),
        T(late_entry__late_after_an_open_ended_start_cannot_be_told),
        T(late_entry__an_undated_start_is_not_dated_by_delivery),
        T(late_entry__done_within_a_range_that_crosses_the_due_date_cannot_be_told),
        T(extension__counts_only_before_the_limit_has_run_out),
        T(extension__made_too_late_changes_nothing),
        T(sector__decides_whether_and_how_long),
        T(self__is_undatable_in_late_entry),
        T(arises__shows_only_when_done),
        T(exhibits__are_owed_only_when_something_was_seized),
        T(pause__stops_the_count),
        T(stop__is_the_obligor_s_own),
        T(inside__is_kept_by_obligor_and_exchange_only),
        T(clue__binds_only_once_received),
        T(may__is_never_late),
        T(second_start__does_not_restart_a_running_duty),
        T(voiding_the_first_start__lets_the_second_take_its_place),
        T(forward__ends_the_review_and_starts_another),
        T(assign__hands_the_clock_on_unchanged),
        T(subjects__read_apart_when_they_end_apart),
        T(amends__moves_the_dates_of_what_it_did),
        T(unreadable__ends_the_readers_duties),
        T(failing_store__gives_its_error_from_every_call),
        T(damaged_records__are_called_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
