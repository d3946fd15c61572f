/* 行政执法机关移送涉嫌犯罪案件的规定 (国务院令第310号, amended by 730号), articles 9 to 13: after the police have decided. As
 * test_310.c, which has 3 to 8.
 *
 * Sentences that leave no trace in messages:
 *  9     whether the bureau holds that the case should have been filed, and still disagrees: its judgement;
 *  10    which penalty is due: what the decision says;
 *  11(3) that the court offsets the fine against its own: amounts stand in bodies and judgments (R39 is not among the rules);
 *  12    that also without exhibits the other materials of the case go to the police: no act and no paper says that there are any;
 *  13    "timely": no number of days; the two months of R24 are this system's prompt, not law. */
#include "tests/unit/lawcase.h"

#include <string.h>

/* ---- art 9: reconsideration and supervision ---- */

static void art_9_1__reconsideration_is_asked_within_three_days_of_the_notice(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < THREE_DAYS_COUNT; i++) {
        w->case_id.b[0]++;
        refused(w, three_days[i].from);
        DONE_IN_TIME_UNTIL(w, LIMIT("D11", "OVERDUE", MARKET, end_of(three_days[i].last_day)), .from = MARKET,
                           .act = "reconsideration_requested");
    }
}

static void art_9_1__of_the_police_that_refused(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    LAWFUL(w, .from = POLICE2, .act = "not_filed");
    LAWFUL(w, .from = MARKET, .act = "reconsideration_requested"); /* unasked, it goes to those that decided */
    assert_int_equal(open_questions(w, -1, "reconsideration", POLICE2), 1);
    assert_int_equal(open_questions(w, -1, "reconsideration", POLICE), 0);
    assert_string_equal(TRY(w, .from = POLICE, .act = "reconsideration_upheld"), "answer_missing");
}

static void art_9_1__another_police_organ_is_the_wrong_one(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    DO(w, .from = MARKET, .act = "reconsideration_requested", .to1 = POLICE3 + 1);
    assert_true(has_breach(w, "organ", "police"));
}

static void art_9_1__or_supervision_is_suggested_at_once(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
    assert_int_equal(open_questions(w, -1, "supervision", PROC), 1);
    assert_int_equal(raised(w, "OVERDUE", "2026-12-01T00:00", NULL), 0); /* without asking for reconsideration first */
}

static void art_9_1__not_without_a_refusal(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = MARKET, .act = "reconsideration_requested"), "answer_missing");
}

static void art_9_2__police_decide_within_three_days_of_the_request(void **state)
{
    static const char *const decisions[] = {"reconsideration_upheld", "reconsideration_overturned"};
    struct world *w = *state;
    for (size_t i = 0; i < THREE_DAYS_COUNT; i++) {
        w->case_id.b[0]++;
        refused(w, "2026-03-02T18:00");
        struct xj_id id = LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
        world_delivered(w, id, POLICE, three_days[i].from);
        for (size_t k = 0; k < 2; k++)
            IN_TIME_UNTIL(w, LIMIT("D12", "OVERDUE", POLICE, end_of(three_days[i].last_day)), .from = POLICE, .act = decisions[k]);
    }
}

static void art_9_2__the_request_is_a_document(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    assert_string_equal(TRY(w, .from = MARKET, .act = "reconsideration_requested", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "reconsideration_request");
}

static void art_9_2__the_decision_is_told_in_writing(void **state)
{
    static const char *const decisions[] = {"reconsideration_upheld", "reconsideration_overturned"};
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
    for (size_t k = 0; k < 2; k++) {
        assert_string_equal(TRY(w, .from = POLICE, .act = decisions[k], .no_papers = true), "instrument");
        assert_string_equal(refused_for(w), "reconsideration_decision");
        assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = decisions[k]), "recipient_missing");
    }
    LAWFUL(w, .from = POLICE, .act = "reconsideration_overturned");
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "filed");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
}

static void art_9_2__supervision_is_suggested_within_three_days_of_the_decision(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < THREE_DAYS_COUNT; i++) {
        w->case_id.b[0]++;
        refused(w, "2026-03-02T18:00");
        LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
        struct xj_id id = LAWFUL(w, .from = POLICE, .act = "reconsideration_upheld");
        world_delivered(w, id, MARKET, three_days[i].from);
        DONE_IN_TIME_UNTIL(w, LIMIT("D13", "OVERDUE", MARKET, end_of(three_days[i].last_day)), .from = MARKET,
                           .act = "supervision_suggested", .to1 = PROC + 1);
    }
}

static void art_9_3__police_accept_the_supervision(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "explanation_given");
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "objection", .to1 = PROC + 1); /* against a notice to file the law knows no objection */
    assert_true(has_breach(w, "step", "arrest_refused"));
    assert_int_equal(open_questions(w, -1, "filing", POLICE), 1); /* and they still have to file */
    LAWFUL(w, .from = POLICE, .act = "filed_after_notice");
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "complied");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
}

/* ---- art 10: after a refusal the bureau deals with it ---- */

static void art_10__a_penalty_after_the_refusal_is_lawful(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-03T08:00");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R10", "2026-12-01T00:00", NULL), 0);
    assert_int_equal(raised(w, "R11A", "2026-12-01T00:00", NULL), 0);
    assert_int_equal(raised(w, "R25", "2026-12-01T00:00", NULL), 0);
}

/* The article names no number of days: 90 are those of 处罚法 60, once the refusal stands. */
static void art_10__a_refused_case_left_lying_is_told(void **state)
{
    static const char *const courses[] = {"refused", "upheld"};
    struct world *w = *state;
    struct want x;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        refused(w, "2026-03-03T08:00");
        if (strcmp(courses[i], "upheld") == 0) {
            LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
            LAWFUL(w, .from = POLICE, .act = "reconsideration_upheld");
        }
        assert_int_equal(raised(w, "R25", "2026-05-31T00:00", NULL), 0);
        assert_int_equal(raised(w, "R25", "2026-06-02T00:00", &x), 1);
        assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER && !x.last.cleared);
        clock_is(w, "2026-06-02T09:00");
        LAWFUL(w, .from = MARKET, .act = "no_penalty");
        assert_int_equal(raised(w, "R25", "2026-06-02T10:00", &x), 1);
        assert_true(x.last.cleared);
    }
}

static void art_10__what_no_bureau_had_transferred_is_not_its_to_deal_with(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = POLICE, .act = "report");
    LAWFUL(w, .from = POLICE, .act = "not_filed");
    assert_int_equal(raised(w, "R25", "2026-12-01T00:00", NULL), 0);
}

/* ---- art 11: no penalty in place of the transfer ---- */

static void art_11_1__a_penalty_where_no_crime_was_suspected_replaces_nothing(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "admin_filed");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided");
    assert_int_equal(raised(w, "R10", "2026-12-01T00:00", NULL), 0);
}

static void art_11_1__no_penalty_in_place_of_the_transfer(void **state)
{
    static const char *const known_by[] = {"crime_suspected", "transfer_report", "transfer_approved"};
    struct world *w = *state;
    struct want x;
    for (size_t i = 0; i < 3; i++) {
        w->case_id.b[0]++;
        if (i == 2)
            LAWFUL(w, .from = MARKET, .act = "transfer_report");
        LAWFUL(w, .from = MARKET, .act = known_by[i]);
        DO(w, .from = MARKET, .act = "penalty_decided");
        assert_int_equal(has_breach(w, "penalty_after_transfer", "penalty_decided"), i == 2); /* approved: it was to go within a day */
        assert_int_equal(raised(w, "R10", "2026-03-02T10:00", &x), 1);
        assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_RED);
    }
}

static void art_11_1__no_penalty_while_the_police_have_the_case(void **state)
{
    static const char *const stages[] = {"transfer", "receipt", "acceptance", "filed"};
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    for (size_t i = 0; i < 4; i++) {
        LAWFUL(w, .from = i == 0 ? MARKET : POLICE, .act = stages[i], .to1 = i == 0 ? POLICE + 1 : 0);
        assert_null(TRY(w, .from = MARKET, .act = "penalty_decided"));
        assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
    }
    struct want x;
    struct xj_id id = DO(w, .from = MARKET, .act = "penalty_decided");
    note_breach(id, "penalty_after_transfer", "penalty_decided");
    assert_int_equal(raised(w, "R11A", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER && !x.last.cleared);
    LAWFUL(w, .from = MARKET, .act = "penalty_revoked");
    assert_int_equal(raised(w, "R11A", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.cleared);
}

static void art_11_2__penalties_before_the_transfer_go_on(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided"); /* a warning, a closure, a licence */
    transferred(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_string_equal(row_state(w, -1, "penalty", MARKET, 0), "decided");
    assert_null(TRY(w, .from = MARKET, .act = "enforcement_applied"));
    assert_int_equal(w->verdict.breach_count, 0);
    LAWFUL(w, .from = MARKET, .act = "penalty_paid");
    assert_string_equal(row_state(w, -1, "penalty", MARKET, 0), "paid");
    assert_int_equal(raised(w, "R10", "2026-12-01T00:00", NULL) + raised(w, "R11A", "2026-12-01T00:00", NULL), 0);
}

/* "Lawfully fined before the transfer": a fine of that time is neither a breach nor told; the offset is the court's. */
static void art_11_3__a_fine_before_the_transfer_is_lawful(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided");
    clock_is(w, "2026-04-01T09:00");
    LAWFUL(w, .from = MARKET, .act = "crime_suspected");
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    LAWFUL(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R10", "2026-12-01T00:00", NULL) + raised(w, "R11", "2026-12-01T00:00", NULL), 0);
}

/* ---- art 12: exhibits ---- */

static void art_12__exhibits_are_handed_over_within_three_days_of_the_notice(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < THREE_DAYS_COUNT; i++) {
        w->case_id.b[0]++;
        clock_is(w, "2026-03-02T08:00");
        LAWFUL(w, .from = MARKET, .act = "items_seized");
        received(w);
        struct xj_id id = LAWFUL(w, .from = POLICE, .act = "filed");
        world_delivered(w, id, MARKET, three_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D10", "R29", MARKET, end_of(three_days[i].last_day)), .from = MARKET, .act = "items_handed_over");
    }
}

/* However the police come to file: the article speaks of every case they decide to file. */
static void art_12__whichever_way_the_case_came_to_be_filed(void **state)
{
    static const char *const ways[] = {"filed", "reconsideration_overturned", "on notice", "once asked for reasons", "on second thoughts"};
    struct world *w = *state;
    for (size_t i = 0; i < 5; i++) {
        w->case_id.b[0]++;
        received(w);
        if (i > 0)
            LAWFUL(w, .from = POLICE, .act = "not_filed");
        if (i == 1)
            LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
        if (i == 2 || i == 3)
            LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
        if (i == 2)
            LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
        struct xj_id id = LAWFUL(w, .from = POLICE, .act = i < 2 ? ways[i] : i < 4 ? "filed_after_notice" : "refiled");
        world_delivered(w, id, MARKET, "2026-03-03T08:00");
        IN_TIME_UNTIL(w, LIMIT("D10", "R29", MARKET, end_of("2026-03-06")), .from = MARKET, .act = "items_handed_over");
    }
}

static void art_12__the_handover_is_completed_in_form(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_string_equal(TRY(w, .from = MARKET, .act = "items_handed_over", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "handover_list");
    LAWFUL(w, .from = MARKET, .act = "items_handed_over");
    assert_int_equal(open_questions(w, -1, "handover", POLICE), 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "items_confirmed", .no_papers = true), "instrument");
    LAWFUL(w, .from = POLICE, .act = "items_confirmed");
    assert_string_equal(row_state(w, -1, "exhibits", MARKET, 0), "confirmed");
    assert_int_equal(raised(w, "R29", "2026-12-01T00:00", NULL), 0);
}

static void art_12__nothing_is_handed_over_before_the_filing(void **state)
{
    struct world *w = *state;
    received(w);
    DO(w, .from = MARKET, .act = "items_handed_over");
    assert_true(has_breach(w, "step", "filed"));
}

static void art_12__unless_a_law_says_otherwise(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_true(wants_reasons(w, "items_not_handed_over"));
    LAWFUL(w, .from = MARKET, .act = "items_not_handed_over");
    assert_int_equal(raised(w, "R29", "2026-12-01T00:00", NULL), 0);
    assert_int_equal(raised(w, "R29A", "2026-12-01T00:00", &x), 1); /* somebody looks at the reasons */
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_AMBER && !x.last.cleared);
    LAWFUL(w, .from = MARKET, .act = "items_handed_over");
    assert_int_equal(raised(w, "R29A", "2026-12-01T00:00", &x), 1);
    assert_true(x.last.cleared);
}

/* ---- art 13: back to the bureau ---- */

static void art_13__without_a_crime_police_move_it_to_the_bureau_of_their_level(void **state)
{
    static const char *const ends[] = {"not_filed", "case_withdrawn"};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        clock_is(w, "2026-03-02T09:00");
        LAWFUL(w, .from = POLICE, .act = "report", .to1 = MARKET + 1);
        if (i == 1)
            LAWFUL(w, .from = POLICE, .act = "filed");
        assert_null(TRY(w, .from = POLICE, .act = "reverse_transfer", .to1 = MARKET + 1));
        assert_true(has_breach(w, "step", "acquitted")); /* before anything is decided */
        LAWFUL(w, .from = POLICE, .act = ends[i]);
        assert_null(TRY(w, .from = POLICE, .act = "reverse_transfer", .to1 = ENV + 1)); /* no counterpart of these police */
        assert_true(has_breach(w, "organ", "bureau"));
        LAWFUL(w, .from = POLICE, .act = "reverse_transfer", .to1 = MARKET + 1);
        assert_string_equal(row_state(w, -1, "reverse", POLICE, 0), "moved");
    }
}

static void art_13__a_withdrawn_case_that_goes_nowhere_is_told(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    assert_int_equal(raised(w, "R24", "2026-05-06T00:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER && w->model->rules[x.last.rule].tag == XJ_TAG_U);
    LAWFUL(w, .from = POLICE, .act = "reverse_transfer", .to1 = MARKET + 1);
    assert_int_equal(raised(w, "R24", "2026-05-06T00:00", NULL), 0);
}

static void art_13__the_bureau_must_deal_with_it(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    LAWFUL(w, .from = POLICE, .act = "reverse_transfer", .to1 = MARKET + 1);
    assert_int_equal(open_questions(w, -1, "admin_filing", MARKET), 1);
    assert_int_equal(open_questions(w, -1, "opinion_reply", MARKET), 1);
    assert_true(wants_reasons(w, "admin_not_filed"));
    LAWFUL(w, .from = MARKET, .act = "admin_filed");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided"); /* the case of the police is over, so this is no second punishment */
    LAWFUL(w, .from = MARKET, .act = "reply");
    assert_string_equal(row_state(w, -1, "reverse", POLICE, 0), "replied");
}

/* ---- counting (刑诉 105: what leaves the sender before the end is in time) ---- */

static void counting__sent_before_the_end_is_in_time_however_long_it_travels(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    refused(w, "2026-03-03T08:00");
    w->now_ms = end_of("2026-03-06");
    struct xj_id id = LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
    world_delivered(w, id, POLICE, "2026-03-09T08:00");
    assert_int_equal(duty(w, -1, "D11", 0, &d), 1);
    assert_int_equal(d.status, XJ_DUTY_MET);
    assert_int_equal(due_of(w, "D12", POLICE), end_of("2026-03-12")); /* and the police count from when they have it */
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(art_9_1__reconsideration_is_asked_within_three_days_of_the_notice),
        T(art_9_1__of_the_police_that_refused),
        T(art_9_1__another_police_organ_is_the_wrong_one),
        T(art_9_1__or_supervision_is_suggested_at_once),
        T(art_9_1__not_without_a_refusal),
        T(art_9_2__police_decide_within_three_days_of_the_request),
        T(art_9_2__the_request_is_a_document),
        T(art_9_2__the_decision_is_told_in_writing),
        T(art_9_2__supervision_is_suggested_within_three_days_of_the_decision),
        T(art_9_3__police_accept_the_supervision),
        T(art_10__a_penalty_after_the_refusal_is_lawful),
        T(art_10__a_refused_case_left_lying_is_told),
        T(art_10__what_no_bureau_had_transferred_is_not_its_to_deal_with),
        T(art_11_1__a_penalty_where_no_crime_was_suspected_replaces_nothing),
        T(art_11_1__no_penalty_in_place_of_the_transfer),
        T(art_11_1__no_penalty_while_the_police_have_the_case),
        T(art_11_2__penalties_before_the_transfer_go_on),
        T(art_11_3__a_fine_before_the_transfer_is_lawful),
        T(art_12__exhibits_are_handed_over_within_three_days_of_the_notice),
        T(art_12__whichever_way_the_case_came_to_be_filed),
        T(art_12__the_handover_is_completed_in_form),
        T(art_12__nothing_is_handed_over_before_the_filing),
        T(art_12__unless_a_law_says_otherwise),
        T(art_13__without_a_crime_police_move_it_to_the_bureau_of_their_level),
        T(art_13__a_withdrawn_case_that_goes_nowhere_is_told),
        T(art_13__the_bureau_must_deal_with_it),
        T(counting__sent_before_the_end_is_in_time_however_long_it_travels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
