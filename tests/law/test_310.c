/* 行政执法机关移送涉嫌犯罪案件的规定 (国务院令第310号, amended by 730号), articles 3 to 8, sentence by sentence (9 to 13:
 * test_310_after.c): the lawful course, the last instant in time and the first one late, and what is refused, admitted with a
 * breach, or told by an alert. Expected values are written by hand from the text. Its three days are natural days with roll
 * (spec/08-clocks.md, section 4), its 24 hours exact.
 *
 * Sentences that leave no trace in messages, so that no test can hold the procedure to them:
 *  3(1)  what makes an act a suspected crime (amounts, circumstances, consequences): a judgement on the facts;
 *  4(1)  the bureau keeps the evidence it collects: done inside the bureau;
 *  4(2)  goods are dealt with as the state prescribes, evidence is kept of perishable ones, tests are made by a statutory body, the
 *        list is truthful: what the papers contain, not that they are there;
 *  5(1)  a team of two officers or more verifies: `officers` stands in the sealed body; that the head himself reads the report:
 *        inside the bureau, only the act of report and the decision show;
 *  6(5)  other relevant materials: none is required by name;
 *  8     whether there are facts of a crime, whether they are plainly minor, by which standards: a judgement. */
#include "tests/unit/lawcase.h"

/* ---- art 3: what must be transferred ---- */

static void art_3_1__a_suspected_crime_must_be_transferred(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "crime_suspected");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    LAWFUL(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_int_equal(raised(w, "R1A", "2026-12-01T00:00", NULL), 0);
}

static void art_3_1__suspected_and_not_transferred_shows_once_the_police_file_by_themselves(void **state)
{
    struct world *w = *state;
    struct want x;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "crime_suspected");
    LAWFUL(w, .from = MARKET, .act = "consultation_asked", .to1 = POLICE + 1); /* the police hear of it, no transfer comes */
    clock_is(w, "2026-05-06T09:00");
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_int_equal(raised(w, "R1A", "2026-05-06T09:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_RED);
}

/* In matters of intellectual property a reasonable suspicion is enough: the police get the evidence that decides. */
static void art_3_2__a_transfer_on_suspicion_needs_no_test(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    assert_null(WITH_PAPERS(w, PAPERS("transfer_letter", "investigation_report", "no_items", "no_test"), .from = MARKET,
                            .act = "transfer", .to1 = POLICE + 1));
    assert_int_equal(w->verdict.breach_count, 0);
}

/* ---- art 4: evidence ---- */

static void art_4_2__seized_goods_are_listed(void **state)
{
    struct world *w = *state;
    assert_null(WITH_PAPERS(w, PAPERS("other"), .from = MARKET, .act = "items_seized"));
    assert_true(has_breach(w, "paper", "item_list"));
    assert_null(WITH_PAPERS(w, PAPERS("item_list"), .from = MARKET, .act = "items_seized"));
    assert_int_equal(w->verdict.breach_count, 0);
}

static void art_4_2__perishable_goods_may_be_dealt_with_before_the_transfer(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "items_seized");
    LAWFUL(w, .from = MARKET, .act = "items_disposed");
    assert_string_equal(row_state(w, -1, "exhibits", MARKET, 0), "disposed");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
}

static void art_4_2__goods_that_need_it_are_tested(void **state)
{
    struct world *w = *state;
    struct want x;
    LAWFUL(w, .from = MARKET, .act = "expert_opinion");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    struct xj_id id = DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .no_paper = "test_report");
    assert_true(has_breach(w, "paper", "test_report"));
    note_breach(id, "paper", "test_report");
    assert_int_equal(raised(w, "R35", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER);
}

/* ---- art 5: report, decision, 24 hours ---- */

static void art_5_1__the_report_is_written(void **state)
{
    struct world *w = *state;
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer_report", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "transfer_report");
}

static void art_5_1__the_report_goes_to_the_bureaus_own_head(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    assert_int_equal(open_questions(w, -1, "approval", MARKET), 1);
    assert_int_equal(w->h.to_count, 0); /* it stays in the bureau */
    assert_string_equal(TRY(w, .from = ENV, .act = "transfer_approved"), "may_not_act");
    assert_string_equal(TRY(w, .from = POLICE, .act = "transfer_approved"), "role");
}

static void art_5_2__head_decides_within_three_days(void **state)
{
    static const struct {
        const char *reported, *last_day;
    } cases[] = {
        {"2026-03-02T00:00", "2026-03-05"}, {"2026-03-02T23:59", "2026-03-05"}, /* the day of the report does not count */
        {"2026-03-04T09:00", "2026-03-09"}, /* the third day is a Saturday */
        {"2026-03-05T09:00", "2026-03-09"}, /* a Sunday */
        {"2026-03-06T09:00", "2026-03-09"}, /* a weekend within the three days counts */
    };
    static const char *const decisions[] = {"transfer_approved", "transfer_declined"};
    struct world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        clock_is(w, cases[i].reported);
        LAWFUL(w, .from = MARKET, .act = "transfer_report");
        for (size_t k = 0; k < 2; k++)
            IN_TIME_UNTIL(w, LIMIT("D01", "R5", MARKET, end_of(cases[i].last_day)), .from = MARKET, .act = decisions[k]);
    }
}

static void art_5_2__approved_goes_to_the_police_within_24_hours(void **state)
{
    static const struct {
        const char *approved, *last;
    } cases[] = {
        {"2026-03-02T09:00", "2026-03-03T09:00"},
        {"2026-03-06T16:30", "2026-03-07T16:30"}, /* a Friday: hours do not roll over the weekend */
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        clock_is(w, cases[i].approved);
        LAWFUL(w, .from = MARKET, .act = "transfer_report");
        LAWFUL(w, .from = MARKET, .act = "transfer_approved");
        IN_TIME_UNTIL(w, LIMIT("D02", "R6", MARKET, at(cases[i].last)), .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    }
}

static void art_5_2__no_transfer_without_the_heads_approval(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_true(has_breach(w, "step", "transfer_approved"));
    LAWFUL(w, .from = MARKET, .act = "transfer_declined"); /* and then it was declined: the step is still missing */
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_true(has_breach(w, "step", "transfer_approved"));
}

static void art_5_2__to_the_police_of_the_same_level(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE2 + 1); /* not its counterpart in the register */
    assert_true(has_breach(w, "organ", "police"));
    assert_string_equal(WITHOUT(w, POLICE, .from = MARKET, .act = "transfer"), "recipient_missing");
    assert_string_equal(refused_for(w), "police");
}

static void art_5_2__declined_with_reasons_on_file(void **state)
{
    struct world *w = *state;
    struct want x;
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    assert_true(wants_reasons(w, "transfer_declined"));
    struct xj_id id = LAWFUL(w, .from = MARKET, .act = "transfer_declined");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "declined");
    assert_int_equal(raised(w, "R7", "2026-03-02T10:00", NULL), 0);
    note_breach(id, "reasons", "transfer_declined");
    assert_int_equal(raised(w, "R7", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER);
    LAWFUL(w, .from = MARKET, .act = "penalty_decided"); /* no crime, so the bureau deals with it */
    assert_int_equal(raised(w, "R10", "2026-12-01T00:00", NULL), 0);
}

/* ---- art 6: what goes with the transfer ---- */

static void art_6__letter_report_list_and_test_go_along(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *papers[5], *refused, *breach;
    } cases[] = {
        {{"transfer_letter", "investigation_report", "item_list", "test_report"}, NULL, NULL},
        {{"investigation_report", "item_list", "test_report"}, "transfer_letter", NULL}, /* no letter, no transfer */
        {{"transfer_letter", "item_list", "test_report"}, NULL, "investigation_report"},
        {{"transfer_letter", "investigation_report", "test_report"}, NULL, "item_list"},
        {{"transfer_letter", "investigation_report", "no_items", "test_report"}, NULL, NULL}, /* nothing was seized */
        {{"transfer_letter", "investigation_report", "item_list"}, NULL, "test_report"},
        {{"transfer_letter", "investigation_report", "item_list", "no_test"}, NULL, NULL}, /* nothing needed a test */
    };
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *code = WITH_PAPERS(w, cases[i].papers, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
        if (cases[i].refused != NULL) {
            assert_string_equal(code, "instrument");
            assert_string_equal(refused_for(w), cases[i].refused);
            continue;
        }
        assert_null(code);
        assert_int_equal(w->verdict.breach_count, cases[i].breach != NULL);
        assert_true(cases[i].breach == NULL || has_breach(w, "paper", cases[i].breach));
    }
}

/* ---- art 7: receipt, jurisdiction ---- */

static void art_7__police_sign_the_receipt(void **state)
{
    struct world *w = *state;
    struct want x;
    struct xj_duty_view d;
    transferred(w);
    assert_int_equal(duty(w, -1, "D03", 0, &d), 1);
    assert_true(d.status == XJ_DUTY_OPEN && !d.due_known); /* the article names no time for it */
    assert_int_equal(raised(w, "R13", "2026-03-03T09:00", NULL), 0);
    assert_int_equal(raised(w, "R13", "2026-03-03T09:01", &x), 1); /* a day is this system's prompt, hence amber */
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER);
    assert_string_equal(TRY(w, .from = POLICE, .act = "receipt", .no_papers = true), "instrument");
    assert_string_equal(TRY(w, .from = POLICE2, .act = "receipt"), "may_not_act");
    LAWFUL(w, .from = POLICE, .act = "receipt");
    assert_int_equal(duty(w, -1, "D03", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "received");
    assert_int_equal(raised(w, "R13", "2026-12-01T00:00", NULL), 0);
}

static void art_7__the_competent_organ_gets_it_within_24_hours(void **state)
{
    struct world *w = *state;
    received(w);
    DONE_IN_TIME_UNTIL(w, LIMIT("D06", "OVERDUE", POLICE, at("2026-03-03T10:00")), .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "forwarded");
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "forwarded");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_int_equal(open_questions(w, -1, "decision", POLICE2), 1);
}

static void art_7__the_transferor_is_told_in_writing(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1, .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "forward_notice");
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1), "recipient_missing");
    assert_null(TRY(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1));
    assert_int_equal(w->verdict.breach_count, 0);
}

/* ---- art 8: three days, and how the bureau is told ---- */

static void art_8__police_decide_within_three_days(void **state)
{
    static const struct {
        const char *taken, *last_day;
    } cases[] = {
        {"2026-03-02T10:00", "2026-03-05"},
        {"2026-03-04T10:00", "2026-03-09"}, /* a Saturday rolls */
        {"2026-03-06T10:00", "2026-03-09"},
        {"2026-04-30T10:00", "2026-05-06"}, /* into 劳动节 */
        {"2026-02-12T10:00", "2026-02-24"}, /* into 春节 */
        {"2026-02-11T10:00", "2026-02-14"}, /* a Saturday that is worked does not roll */
    };
    static const char *const decisions[] = {"filed", "not_filed"};
    struct world *w = *state;
    law_holidays(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        w->now_ms = at(cases[i].taken) - 24 * 3600 * 1000; /* the day it was sent is of no account */
        DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
        clock_is(w, cases[i].taken);
        LAWFUL(w, .from = POLICE, .act = "receipt");
        for (size_t k = 0; k < 2; k++)
            IN_TIME_UNTIL(w, LIMIT("D08", "R14", POLICE, end_of(cases[i].last_day)), .from = POLICE, .act = decisions[k]);
    }
}

static void art_8__the_bureau_is_told_of_the_filing_in_writing(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "filing_decision");
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "filed"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
    assert_string_equal(row_state(w, MARKET, "transfer", MARKET, 0), "decided_file");
}

static void art_8__a_refusal_states_reasons(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    assert_true(wants_reasons(w, "not_filed"));
    struct xj_id id = LAWFUL(w, .from = POLICE, .act = "not_filed");
    assert_int_equal(raised(w, "R15", "2026-03-02T12:00", NULL), 0);
    note_breach(id, "reasons", "not_filed");
    assert_int_equal(raised(w, "R15", "2026-03-02T12:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_RED);
}

static void art_8__the_bureau_is_told_of_the_refusal_in_writing(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "not_filed", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "not_filed_notice");
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "not_filed"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "not_filed");
    assert_string_equal(row_state(w, MARKET, "transfer", MARKET, 0), "decided_refuse");
}

static void art_8__a_refusal_returns_the_file(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    struct xj_id id = DO(w, .from = POLICE, .act = "not_filed", .no_paper = "file_list");
    assert_true(has_breach(w, "paper", "file_list"));
    note_breach(id, "paper", "file_list");
    assert_int_equal(raised(w, "R15", "2026-03-02T12:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_RED);
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(art_3_1__a_suspected_crime_must_be_transferred),
        T(art_3_1__suspected_and_not_transferred_shows_once_the_police_file_by_themselves),
        T(art_3_2__a_transfer_on_suspicion_needs_no_test),
        T(art_4_2__seized_goods_are_listed),
        T(art_4_2__perishable_goods_may_be_dealt_with_before_the_transfer),
        T(art_4_2__goods_that_need_it_are_tested),
        T(art_5_1__the_report_is_written),
        T(art_5_1__the_report_goes_to_the_bureaus_own_head),
        T(art_5_2__head_decides_within_three_days),
        T(art_5_2__approved_goes_to_the_police_within_24_hours),
        T(art_5_2__no_transfer_without_the_heads_approval),
        T(art_5_2__to_the_police_of_the_same_level),
        T(art_5_2__declined_with_reasons_on_file),
        T(art_6__letter_report_list_and_test_go_along),
        T(art_7__police_sign_the_receipt),
        T(art_7__the_competent_organ_gets_it_within_24_hours),
        T(art_7__the_transferor_is_told_in_writing),
        T(art_8__police_decide_within_three_days),
        T(art_8__the_bureau_is_told_of_the_filing_in_writing),
        T(art_8__a_refusal_states_reasons),
        T(art_8__the_bureau_is_told_of_the_refusal_in_writing),
        T(art_8__a_refusal_returns_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
