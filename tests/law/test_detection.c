/* What the rules of the main procedure find, rule by rule, with the lawful course beside it: spec/12-detection.md. Expected
 * values are written by hand from the articles the rules cite. */
#include "tests/unit/lawcase.h"

/* ---- 有案不移 ---- */

static void r5_r6__report_and_approval_run_against_the_bureau(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer_report");
    assert_int_equal(raised(w, "R5", "2026-03-05T23:59", NULL), 0); /* the third day */
    assert_int_equal(raised(w, "R5", "2026-03-06T00:01", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_RED && !x.last.cleared && !x.last.history);
    w->now_ms = at("2026-03-06T09:00");
    DO(w, .from = MARKET, .act = "transfer_approved");
    assert_int_equal(raised(w, "R5", "2026-03-06T10:00", &x), 1); /* late, and done */
    assert_true(x.last.cleared);
    assert_int_equal(raised(w, "R6", "2026-03-07T08:59", NULL), 0);
    assert_int_equal(raised(w, "R6", "2026-03-07T09:01", NULL), 1); /* 24 hours */
}

static void r7__declined_without_reasons(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer_report");
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer_declined");
    assert_int_equal(raised(w, "R7", "2026-03-02T10:00", NULL), 0);
    note_breach(id, "reasons", "transfer_declined");
    assert_int_equal(raised(w, "R7", "2026-03-02T10:00", NULL), 1);
}

static void r1__official_prosecuted_where_the_bureau_only_fined(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2020-03-01", .subject1 = 1);
    DO(w, .from = PROC, .act = "prosecuted", .to1 = COURT + 1, .late = true, .occurred = "2021-05", .subject1 = 2);
    assert_int_equal(raised(w, "R1", "2026-03-02T10:00", NULL), 0); /* a prosecution alone says nothing of the bureau */
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
    party_is("official");
    assert_int_equal(raised(w, "R1", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.history && x.last.severity == XJ_ALARM_RED && x.last.evidence_count == 2);
    assert_true(x.last.since_known && x.last.since_ms == at("2021-06-01T00:00") - 1); /* the end of May, for all that is known */
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 1);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2020-02-01", .subject1 = 2);
    assert_int_equal(raised(w, "R1", "2026-03-02T10:00", NULL), 1); /* another party's transfer is none of this one's */
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2020-02-01", .subject1 = 1);
    assert_int_equal(raised(w, "R1", "2026-03-02T10:00", NULL), 0);
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
}

static void r1a__demanded_by_the_procuratorate_then_transferred(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "admin_filed");
    DO(w, .from = PROC, .act = "transfer_opinion", .to1 = MARKET + 1);
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && !x.last.cleared);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.cleared);
}

/* Police that filed before the penalty had the case already: no penalty took its place (310 art 11; 环16). */
static void r1_r10__penalty_after_the_police_had_filed(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    party_is("official");
    DO(w, .from = MARKET, .act = "crime_suspected", .late = true, .occurred = "2020-01-01");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2020-02-01");
    DO(w, .from = POLICE, .act = "case_withdrawn", .late = true, .occurred = "2020-06-01");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2020-08-01");
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
    assert_int_equal(raised(w, "R10A", "2026-03-02T10:00", NULL), 0);
}

static void r10a__penalised_then_filed_by_the_police_themselves(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2020-01-01");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2020-02-01");
    assert_int_equal(raised(w, "R10A", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER);
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", NULL), 1);
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0); /* nobody says that the bureau knew */
}

static void r21a__nothing_done_after_a_non_prosecution(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1, .late = true, .occurred = "2020-01-01");
    DO(w, .from = PROC, .act = "not_prosecuted", .late = true, .occurred = "2020-02-03");
    assert_int_equal(raised(w, "R21A", "2020-04-03T23:00", NULL), 0);
    assert_int_equal(raised(w, "R21A", "2020-04-04T00:01", &x), 1);
    assert_true(x.last.severity == XJ_ALARM_NOTICE && !x.last.cleared);
    DO(w, .from = PROC, .act = "opinion", .to1 = MARKET + 1, .late = true, .occurred = "2020-03-03");
    assert_int_equal(raised(w, "R21A", "2026-03-02T10:00", NULL), 0);
}

/* ---- 以罚代刑 ---- */

static void r10__penalty_once_a_crime_was_suspected(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "crime_suspected");
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
    DO(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 1);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0); /* 310 art 11(2)-(3): a penalty before the transfer may stand */
}

static void r10__penalty_alone_or_after_a_refused_report_is_lawful(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer_report");
    DO(w, .from = MARKET, .act = "transfer_declined");
    DO(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
}

static void r10__order_is_by_date_when_a_history_tells_it(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2020-03-01");
    DO(w, .from = MARKET, .act = "crime_suspected", .late = true, .occurred = "2020-05-01"); /* found later: no penalty in its place */
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
    DO(w, .from = MARKET, .act = "crime_suspected", .late = true, .occurred = "2020-01-01"); /* entered last, happened first */
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 1);
}

static void r11__fine_after_the_transfer(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    struct xj_id id = DO(w, .from = MARKET, .act = "penalty_decided");
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    note_breach(id, "penalty_after_transfer", "penalty_decided");
    assert_int_equal(raised(w, "R11A", "2026-03-02T10:00", NULL), 1);
    assert_int_equal(raised(w, "R11", "2026-03-02T10:00", NULL), 0); /* a warning or a closure, for all the header shows */
    note_breach(id, "fine_after_transfer", "penalty_decided");
    assert_int_equal(raised(w, "R11", "2026-03-02T10:00", NULL), 1);
}

/* ---- 有案不立 ---- */

static void r13__no_receipt_within_24_hours(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R13", "2026-03-03T09:00", NULL), 0);
    assert_int_equal(raised(w, "R13", "2026-03-03T09:01", &x), 1);
    assert_true(is_agency(&x, POLICE)); /* the police are silent, not the bureau */
    w->now_ms = at("2026-03-03T12:00");
    DO(w, .from = POLICE, .act = "receipt");
    assert_int_equal(raised(w, "R13", "2026-03-04T00:00", &x), 1);
    assert_true(x.last.cleared);
}

static void r13__a_receipt_in_time_raises_nothing(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    w->now_ms = at("2026-03-02T11:00");
    DO(w, .from = POLICE, .act = "receipt");
    assert_int_equal(raised(w, "R13", "2026-04-01T00:00", NULL), 0);
}

static void r13__an_acceptance_in_time_counts_beside_a_receipt_dated_later(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    w->now_ms = at("2026-03-02T11:00");
    DO(w, .from = POLICE, .act = "receipt", .occurred = "2026-03-04");
    DO(w, .from = POLICE, .act = "acceptance");
    assert_int_equal(raised(w, "R13", "2026-04-01T00:00", NULL), 0);
}

static void r14__filing_not_decided_in_three_days(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "receipt");
    assert_int_equal(raised(w, "R14", "2026-03-05T23:00", NULL), 0);
    assert_int_equal(raised(w, "R14", "2026-03-06T00:01", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.duty != XJ_NONE && x.last.since_ms == at("2026-03-06T00:00") - 1);
    DO(w, .from = POLICE, .act = "decision_verification"); /* 公通字〔2015〕32号: seven days once verification is ordered */
    assert_int_equal(raised(w, "R14", "2026-03-06T00:01", NULL), 0);
    assert_int_equal(raised(w, "R14", "2026-03-10T00:01", NULL), 1);
}

static void r14__silence_of_a_history_is_amber_lateness_is_red(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    struct xj_id transfer = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2024-03-04");
    (void)transfer;
    DO(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2024-03-04");
    assert_int_equal(raised(w, "R14", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.severity == XJ_ALARM_AMBER && !x.last.cleared);
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2024-03-20");
    assert_int_equal(raised(w, "R14", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.severity == XJ_ALARM_RED && x.last.cleared);
}

/* Received some time in a month: overrun only once that is sure. */
static void r14__a_start_known_as_a_range_is_given_its_latest_date(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2024-03-01");
    DO(w, .from = POLICE, .act = "receipt", .late = true, .occurred = "2024-03");
    assert_int_equal(raised(w, "R14", "2024-04-03T23:00", NULL), 0);
    assert_int_equal(raised(w, "R14", "2024-04-04T00:01", &x), 1); /* 03-31 and three days */
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2024-03-20");
    assert_int_equal(raised(w, "R14", "2026-03-02T10:00", NULL), 0); /* late or not: it cannot be told */
}

static void r16_r18__demanded_and_forwarded_again_and_again(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "receipt");
    DO(w, .from = POLICE, .act = "supplement_requested");
    assert_int_equal(raised(w, "R16", "2026-03-02T10:00", NULL), 0);
    DO(w, .from = MARKET, .act = "supplement");
    DO(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    DO(w, .from = POLICE2, .act = "forward", .to1 = POLICE3 + 1);
    assert_int_equal(raised(w, "R18", "2026-03-02T10:00", NULL), 0);
    DO(w, .from = POLICE3, .act = "forward", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R18", "2026-03-02T10:00", NULL), 1);
}

static void r20__notified_to_file(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    struct xj_id refused = DO(w, .from = POLICE, .act = "not_filed");
    assert_int_equal(raised(w, "R15", "2026-03-02T10:00", NULL), 0);
    note_breach(refused, "paper", "file_list");
    assert_int_equal(raised(w, "R15", "2026-03-02T10:00", NULL), 1);
    DO(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "explanation_given");
    assert_int_equal(raised(w, "R20A", "2026-03-02T10:00", NULL), 0); /* reasons are only asked for */
    DO(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R20A", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && !x.last.cleared);
    assert_int_equal(raised(w, "R20", "2026-03-17T23:00", NULL), 0); /* 规则 563: fifteen days */
    assert_int_equal(raised(w, "R20", "2026-03-18T00:01", NULL), 1);
    DO(w, .from = POLICE, .act = "filed_after_notice");
    assert_int_equal(raised(w, "R20A", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.cleared);
    assert_int_equal(raised(w, "R20", "2026-03-18T00:01", NULL), 0);
}

/* ---- 移而不交, 挂案, 不刑不罚, 倒签 ---- */

static void r29__exhibits_kept(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "items_seized");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    struct xj_id filed = DO(w, .from = POLICE, .act = "filed");
    world_delivered(w, filed, MARKET, "2026-03-02T10:00");
    assert_int_equal(raised(w, "R29", "2026-03-05T23:00", NULL), 0);
    assert_int_equal(raised(w, "R29", "2026-03-06T00:01", NULL), 1);
}

static void long_open__two_years_without_result(void **state)
{
    struct world *w = *state;
    struct want x;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2011-10-14");
    assert_int_equal(raised(w, "LONG_OPEN", "2013-10-13T00:00", NULL), 0);
    DO(w, .from = POLICE, .act = "case_withdrawn", .late = true, .occurred = "2019-09-30");
    assert_int_equal(raised(w, "LONG_OPEN", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.cleared && x.last.severity == XJ_ALARM_AMBER && w->model->rules[x.last.rule].tag == XJ_TAG_U);
}

static void r40__decided_before_what_it_answers(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .occurred = "2026-03-09");
    DO(w, .from = POLICE, .act = "filed", .occurred = "2026-03-05");
    assert_int_equal(raised(w, "R40", "2026-03-10T10:00", NULL), 1);
}

/* ---- the clocks of penalty, arrest and review ---- */

static bool is_due(struct world *w, int view, const char *name, const char *last, struct xj_duty_view *ret)
{
    assert_int_equal(duty(w, view, name, 0, ret), 1);
    return ret->due_known && ret->due_ms == at(last) - 1; /* the last millisecond of the day before */
}

/* 处罚法 60: 90 days from filing; they rest from the day the police accept (环16, 税务程序47) until they refuse. */
static void d32__ninety_days_that_rest_while_the_police_have_it(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "admin_filed");
    assert_true(is_due(w, -1, "D32", "2026-06-02T00:00", &d)); /* 05-31 is a Sunday, so 06-01 */
    w->now_ms = at("2026-03-12T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "acceptance");
    assert_int_equal(duty(w, -1, "D32", 0, &d), 1);
    assert_true(d.paused && !d.due_known);
    assert_int_equal(raised(w, "OVERDUE", "2027-03-02T00:00", NULL), 0);
    w->now_ms = at("2026-03-22T09:00");
    DO(w, .from = POLICE, .act = "not_filed");
    assert_true(is_due(w, -1, "D32", "2026-06-11T00:00", &d)); /* ten days later: 06-10 */
    assert_true(is_due(w, MARKET, "D32", "2026-06-11T00:00", &d));
    struct want x;
    assert_int_equal(raised(w, "OVERDUE", "2026-06-11T00:00", &x), 1);
    assert_true(is_agency(&x, MARKET));
}

/* The police file after all, on the bureau's request (310/9): the bureau's days rest again. */
static void d32__rests_when_the_police_file_upon_reconsideration(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "admin_filed");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "acceptance");
    DO(w, .from = POLICE, .act = "not_filed");
    DO(w, .from = MARKET, .act = "reconsideration_requested");
    assert_int_equal(duty(w, MARKET, "D32", 0, &d), 1);
    assert_true(!d.paused);
    DO(w, .from = POLICE, .act = "reconsideration_overturned");
    assert_int_equal(duty(w, MARKET, "D32", 0, &d), 1);
    assert_true(d.paused);
}

/* 刑诉 91: seven days. */
static void d34__arrest_decided_in_seven_days(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "filed");
    struct xj_id id = DO(w, .from = POLICE, .act = "arrest_requested", .to1 = PROC + 1);
    world_delivered(w, id, PROC, "2026-03-02T10:00");
    assert_true(is_due(w, -1, "D34", "2026-03-10T00:00", &d));
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = PROC, .act = "arrest_approved");
    assert_true(has_breach(w, "late", "D34"));
}

/* Filed on 2 March, and sent to the procuratorate, which has it that day. */
static void at_the_prosecutor(struct world *w)
{
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "filed");
    struct xj_id id = DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1);
    world_delivered(w, id, PROC, "2026-03-02T10:00");
}

/* 刑诉 172: one month, in grave and complex cases fifteen days more; an extension after the month is over extends nothing. */
static void d35__prosecution_decided_in_a_month_and_fifteen_days_more(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    at_the_prosecutor(w);
    assert_true(is_due(w, -1, "D35", "2026-04-03T00:00", &d));
    assert_false(d.extended);
    w->now_ms = at("2026-04-02T23:00");
    DO(w, .from = PROC, .act = "prosecution_extended");
    assert_true(is_due(w, -1, "D35", "2026-04-18T00:00", &d)); /* 04-02 and fifteen days: Friday */
    assert_true(d.extended);
    w->now_ms = at("2026-04-17T23:00");
    DO(w, .from = PROC, .act = "prosecuted", .to1 = COURT + 1);
    assert_int_equal(duty(w, -1, "D35", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
}

static void d35__an_extension_after_the_month_comes_too_late(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    at_the_prosecutor(w);
    w->now_ms = at("2026-04-03T09:00");
    DO(w, .from = PROC, .act = "prosecution_extended");
    assert_true(is_due(w, -1, "D35", "2026-04-03T00:00", &d));
    assert_false(d.extended);
}

/* 刑诉 208: two months, three at most. */
static void d37__first_instance_in_two_months_three_at_most(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-12T09:00");
    DO(w, .from = POLICE, .act = "filed");
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1);
    struct xj_id id = DO(w, .from = PROC, .act = "prosecuted", .to1 = COURT + 1);
    world_delivered(w, id, COURT, "2026-03-12T10:00");
    assert_true(is_due(w, -1, "D37", "2026-05-13T00:00", &d));
    DO(w, .from = COURT, .act = "trial_extended");
    assert_true(is_due(w, -1, "D37", "2026-06-13T00:00", &d));
    assert_true(d.extended);
}

/* 刑诉 175: one month each time, twice at most. */
static void d36__supplementary_investigation_twice_a_month_each(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = POLICE, .act = "filed");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(raised(w, "R36A", "2026-03-02T09:00", NULL), 0);
        DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1);
        struct xj_id back = DO(w, .from = PROC, .act = "returned_for_supplement");
        world_delivered(w, back, POLICE, "2026-03-02T10:00");
    }
    assert_int_equal(duty(w, -1, "D36", 2, &d), 3);
    assert_true(d.due_ms == at("2026-04-03T00:00") - 1);
    assert_int_equal(raised(w, "R36A", "2026-03-02T09:00", NULL), 1);
}

/* 国办发〔2018〕118号: seven working days. */
static void d33__penalty_published_in_seven_working_days(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "penalty_decided");
    assert_true(is_due(w, MARKET, "D33", "2026-03-12T00:00", &d));
    assert_int_equal(raised(w, "UNPUBLISHED", "2026-03-12T00:00", NULL), 1);
    DO(w, .from = MARKET, .act = "penalty_published");
    assert_int_equal(raised(w, "UNPUBLISHED", "2026-03-12T00:00", NULL), 0);
}

/* A voided act is no trigger, no evidence and no stop. */
static void voided_acts_count_for_nothing(void **state)
{
    struct world *w = *state;
    w->now_ms = at("2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "crime_suspected");
    struct xj_id penalty = DO(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 1);
    DO(w, .from = MARKET, .act = "penalty_decided", .relation = "voids", .target = penalty);
    assert_int_equal(raised(w, "R10", "2026-03-02T10:00", NULL), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(r5_r6__report_and_approval_run_against_the_bureau),
        T(r7__declined_without_reasons),
        T(r1__official_prosecuted_where_the_bureau_only_fined),
        T(r1a__demanded_by_the_procuratorate_then_transferred),
        T(r1_r10__penalty_after_the_police_had_filed),
        T(r10a__penalised_then_filed_by_the_police_themselves),
        T(r21a__nothing_done_after_a_non_prosecution),
        T(r10__penalty_once_a_crime_was_suspected),
        T(r10__penalty_alone_or_after_a_refused_report_is_lawful),
        T(r10__order_is_by_date_when_a_history_tells_it),
        T(r11__fine_after_the_transfer),
        T(r13__no_receipt_within_24_hours),
        T(r13__a_receipt_in_time_raises_nothing),
        T(r13__an_acceptance_in_time_counts_beside_a_receipt_dated_later),
        T(r14__filing_not_decided_in_three_days),
        T(r14__silence_of_a_history_is_amber_lateness_is_red),
        T(r14__a_start_known_as_a_range_is_given_its_latest_date),
        T(r16_r18__demanded_and_forwarded_again_and_again),
        T(r20__notified_to_file),
        T(r29__exhibits_kept),
        T(long_open__two_years_without_result),
        T(r40__decided_before_what_it_answers),
        T(d32__ninety_days_that_rest_while_the_police_have_it),
        T(d32__rests_when_the_police_file_upon_reconsideration),
        T(d33__penalty_published_in_seven_working_days),
        T(d34__arrest_decided_in_seven_days),
        T(d35__prosecution_decided_in_a_month_and_fifteen_days_more),
        T(d35__an_extension_after_the_month_comes_too_late),
        T(d37__first_instance_in_two_months_three_at_most),
        T(d36__supplementary_investigation_twice_a_month_each),
        T(voided_acts_count_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
