/* 人民检察院刑事诉讼规则 (2019), articles 373(2) and 557 to 565, sentence by sentence: the lawful course, the last instant in time
 * and the first one late, and what is refused, admitted with a breach, or told by an alert. Expected values are written by hand
 * from the text. Days are natural days that roll off a day off (刑诉 105; spec/08-clocks.md).
 *
 * Sentences that leave no trace in messages, so that no test can hold the procedure to them:
 *  373(2), 557(3), 561(1)  the chief procurator approves: inside the procuratorate, the opinion or notice carries its seal;
 *  373(2)  "timely" result: no number of days; the two months of D28 are 高检2021/9;
 *  557(1)  complaints of victims and parties, 557(2) review on its own initiative, 558(1) which department has it: persons, inside;
 *  559     whether reasons are needed, whether an abuse is shown: a judgement. (2) before an arrest or prosecution is asked for only;
 *  561     whether reasons hold: a judgement; victims are told too: persons. (2) ten days from a judgement inside: shows from the
 *          day of the decision that the reply states;
 *  562     whether the limit has run is the procuratorate's to see; what is not overdue is passed to the police;
 *  564(2)  the upper procuratorate takes it up with the police of its level: organs outside a city;
 *  565(2)  review by the upper procuratorate in fifteen days, (3) what follows from it: one act stands for both instances, so only
 *          the seven days of the first are counted. */
#include "tests/unit/lawcase.h"

/* To a working day, and to a Saturday that rolls. */
static const struct span seven_days[] = {{"2026-03-10T09:00", "2026-03-17"}, {"2026-03-14T09:00", "2026-03-23"}},
                         fifteen_days[] = {{"2026-03-10T09:00", "2026-03-25"}, {"2026-03-06T09:00", "2026-03-23"}};

/* Refused, and the bureau suggests supervision on Monday 2026-03-02. */
static void suggested(struct world *w)
{
    refused(w, "2026-03-02T18:00");
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
}

/* And reasons are asked for and given. */
static void explained(struct world *w)
{
    suggested(w);
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "explanation_given");
}

/* An act of the procuratorate to the police, which reaches them at that time. */
static struct xj_id notified(struct world *w, const char *notice, const char *notice_received)
{
    struct xj_id id = LAWFUL(w, .from = PROC, .act = notice, .to1 = POLICE + 1);
    world_delivered(w, id, POLICE, notice_received);
    clock_is(w, notice_received);
    return id;
}

/* Filed, asked for the reasons of it, explained. */
static void filing_explained(struct world *w)
{
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "explanation_given");
}

/* Taken in and left undecided; the bureau turns to the procuratorate after the three days. */
static void left_undecided(struct world *w)
{
    received(w);
    clock_is(w, "2026-03-10T09:00");
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
}

/* Filed, investigated, and with the procuratorate for its decision. */
static void sent_on(struct world *w)
{
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1);
}

/* ---- art 373(2): after a non-prosecution ---- */

static void art_373_2__who_needs_a_penalty_is_named_to_the_competent_organ(void **state)
{
    struct world *w = *state;
    sent_on(w);
    assert_null(TRY(w, .from = PROC, .act = "opinion", .to1 = MARKET + 1));
    assert_true(has_breach(w, "step", "not_prosecuted")); /* not before the decision */
    LAWFUL(w, .from = PROC, .act = "not_prosecuted");
    assert_string_equal(WITH_PAPERS(w, PAPERS("non_prosecution_decision"), .from = PROC, .act = "opinion", .to1 = MARKET + 1), "instrument");
    assert_string_equal(refused_for(w), "opinion_letter");
    assert_string_equal(WITHOUT(w, MARKET, .from = PROC, .act = "opinion"), "recipient_missing");
    LAWFUL(w, .from = PROC, .act = "opinion", .to1 = MARKET + 1);
    assert_string_equal(row_state(w, -1, "reverse", PROC, 0), "opinion");
    LAWFUL(w, .from = MARKET, .act = "penalty_decided");
}

static void art_373_2__the_opinion_goes_with_the_decision_not_to_prosecute(void **state)
{
    struct world *w = *state;
    sent_on(w);
    LAWFUL(w, .from = PROC, .act = "not_prosecuted");
    assert_null(WITH_PAPERS(w, PAPERS("opinion_letter"), .from = PROC, .act = "opinion", .to1 = MARKET + 1));
    assert_true(has_breach(w, "paper", "non_prosecution_decision"));
    assert_null(WITH_PAPERS(w, PAPERS("opinion_letter", "non_prosecution_decision"), .from = PROC, .act = "opinion", .to1 = MARKET + 1));
    assert_int_equal(w->verdict.breach_count, 0);
}

static void art_373_2__the_organ_reports_what_came_of_it(void **state)
{
    struct world *w = *state;
    sent_on(w);
    LAWFUL(w, .from = PROC, .act = "not_prosecuted");
    struct xj_id id = LAWFUL(w, .from = PROC, .act = "opinion", .to1 = MARKET + 1);
    world_delivered(w, id, MARKET, "2026-03-10T09:00");
    assert_int_equal(open_questions(w, -1, "opinion_reply", MARKET), 1);
    IN_TIME_UNTIL(w, LIMIT("D28", "R22", MARKET, end_of("2026-05-11")), .from = MARKET, .act = "reply"); /* 05-10 is a Sunday */
    clock_is(w, "2026-04-01T09:00");
    LAWFUL(w, .from = MARKET, .act = "reply");
    assert_string_equal(row_state(w, -1, "reverse", PROC, 0), "replied");
}

/* ---- art 557: what the procuratorate takes up ---- */

static void art_557_1__a_bureau_that_disagrees_is_heard(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-02T18:00");
    assert_string_equal(TRY(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1, .no_papers = true), "instrument");
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
    assert_int_equal(open_questions(w, -1, "supervision", PROC), 1);
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "suggested");
}

static void art_557_3__a_case_kept_back_is_demanded(void **state)
{
    struct world *w = *state;
    struct want x;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = MARKET, .act = "admin_filed");
    assert_string_equal(TRY(w, .from = PROC, .act = "transfer_opinion", .to1 = MARKET + 1, .no_papers = true), "instrument");
    assert_string_equal(WITHOUT(w, MARKET, .from = PROC, .act = "transfer_opinion"), "recipient_missing");
    LAWFUL(w, .from = PROC, .act = "transfer_opinion", .to1 = MARKET + 1);
    assert_int_equal(open_questions(w, -1, "transfer_demand", MARKET), 1);
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, MARKET) && x.last.severity == XJ_ALARM_RED && !x.last.cleared);
    LAWFUL(w, .from = MARKET, .act = "transfer_report");
    LAWFUL(w, .from = MARKET, .act = "transfer_approved");
    LAWFUL(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_string_equal(row_state(w, -1, "transfer_supervision", PROC, 0), "complied");
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", &x), 1);
    assert_true(x.last.cleared);
}

static void art_557_3__what_was_transferred_is_not_kept_back(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = MARKET, .act = "admin_filed");
    LAWFUL(w, .from = PROC, .act = "transfer_opinion", .to1 = MARKET + 1);
    assert_int_equal(raised(w, "R1A", "2026-03-02T10:00", NULL), 0);
}

/* The rules set no time for it; for environment 环14 does: three days. */
static void art_557_3__the_demand_runs_where_a_rule_sets_a_time(void **state)
{
    static const enum who bureaus[] = {ENV, ENV, ENV, ENV, MARKET};
    struct world *w = *state;
    for (size_t i = 0; i < 5; i++) {
        w->case_id.b[0]++;
        clock_is(w, "2026-03-02T09:00");
        LAWFUL(w, .from = bureaus[i], .act = "admin_filed");
        struct xj_id id = DO(w, .from = PROC, .act = "transfer_opinion", .to1 = (int)bureaus[i] + 1);
        world_delivered(w, id, bureaus[i], three_days[i % THREE_DAYS_COUNT].from);
        assert_int_equal(raised(w, "R8", "2026-12-01T00:00", NULL), bureaus[i] == ENV);
        if (bureaus[i] == ENV)
            IN_TIME_UNTIL(w, LIMIT("D22", "R8", ENV, end_of(three_days[i].last_day)), .from = ENV, .act = "transfer", .to1 = POLICE + 1);
    }
}

/* ---- arts 558 to 560: reasons are asked for ---- */

static void art_558_1__a_right_decision_is_answered_in_writing(void **state)
{
    struct world *w = *state;
    suggested(w);
    assert_string_equal(TRY(w, .from = PROC, .act = "supervision_closed", .no_papers = true), "instrument");
    assert_string_equal(WITHOUT(w, MARKET, .from = PROC, .act = "supervision_closed"), "recipient_missing");
    LAWFUL(w, .from = PROC, .act = "supervision_closed");
    assert_int_equal(open_questions(w, -1, "supervision", PROC), 0);
}

static void art_559_1__reasons_for_not_filing_are_asked_of_the_police(void **state)
{
    struct world *w = *state;
    received(w);
    assert_null(TRY(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1));
    assert_true(has_breach(w, "step", "case_withdrawn")); /* nothing is decided yet: that is art 562 */
    w->case_id.b[0]++;
    suggested(w);
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    assert_int_equal(open_questions(w, -1, "explanation", POLICE), 1);
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "explanation_requested");
}

static void art_559_2__reasons_for_filing_are_asked_too(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    assert_int_equal(open_questions(w, -1, "explanation", POLICE), 1);
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn"); /* who withdraws owes no reasons for having filed */
    assert_int_equal(raised(w, "OVERDUE", "2026-12-01T00:00", NULL), 0);
}

static void art_560__asked_in_writing(void **state)
{
    struct world *w = *state;
    suggested(w);
    assert_string_equal(TRY(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1, .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "explanation_request");
    assert_string_equal(TRY(w, .from = MARKET, .act = "explanation_requested", .to1 = POLICE + 1), "role");
}

static void art_560__answered_within_seven_days(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        suggested(w);
        notified(w, "explanation_requested", seven_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D14", "OVERDUE", POLICE, end_of(seven_days[i].last_day)), .from = POLICE, .act = "explanation_given");
    }
}

static void art_560__in_writing_and_with_the_evidence(void **state)
{
    struct world *w = *state;
    suggested(w);
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    assert_string_equal(WITH_PAPERS(w, PAPERS("evidence_list"), .from = POLICE, .act = "explanation_given"), "instrument");
    assert_null(WITH_PAPERS(w, PAPERS("explanation"), .from = POLICE, .act = "explanation_given"));
    assert_true(has_breach(w, "paper", "evidence_list"));
    assert_null(WITH_PAPERS(w, PAPERS("explanation", "evidence_list"), .from = POLICE, .act = "explanation_given"));
    assert_int_equal(w->verdict.breach_count, 0);
}

/* ---- art 561: the reasons hold, or not ---- */

static void art_561_1__no_notice_before_reasons_were_asked_for(void **state)
{
    static const char *const notices[] = {"notice_to_file", "notice_to_withdraw"};
    struct world *w = *state;
    suggested(w);
    for (size_t i = 0; i < 2; i++) {
        assert_null(TRY(w, .from = PROC, .act = notices[i], .to1 = POLICE + 1));
        assert_true(has_breach(w, "step", "explanation_requested"));
    }
}

static void art_561_1__reasons_that_fail_end_in_a_notice_to_file(void **state)
{
    struct world *w = *state;
    struct want x;
    explained(w);
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    assert_int_equal(open_questions(w, -1, "filing", POLICE), 1);
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "notified");
    assert_int_equal(raised(w, "R20A", "2026-03-02T19:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_RED);
}

static void art_561_1__or_in_a_notice_to_withdraw(void **state)
{
    struct world *w = *state;
    struct want x;
    filing_explained(w);
    LAWFUL(w, .from = PROC, .act = "notice_to_withdraw", .to1 = POLICE + 1);
    assert_int_equal(open_questions(w, -1, "withdrawal", POLICE), 1);
    assert_int_equal(raised(w, "R20B", "2026-03-02T19:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_RED);
}

static void art_561_2__reasons_that_hold_are_told_to_the_bureau_within_ten_days(void **state)
{
    struct world *w = *state;
    static const struct span ten_days[] = {{"2026-03-03", "2026-03-13"}, {"2026-03-04", "2026-03-16"}}; /* to a Friday, a Saturday */
    for (size_t i = 0; i < 4; i++) {
        const struct span *held = &ten_days[i / 2];
        w->case_id.b[0]++;
        explained(w);
        assert_string_equal(WITHOUT(w, MARKET, .from = PROC, .act = "supervision_closed"), "recipient_missing");
        TOLD(w, i % 2 == 0, LIMIT("D15", "OVERDUE", PROC, end_of(held->last_day)), .from = PROC, .act = "supervision_closed",
             .occurred = held->from);
    }
}

static void art_561_2__with_the_grounds_and_reasons(void **state)
{
    struct world *w = *state;
    assert_true(wants_reasons(w, "supervision_closed"));
}

/* ---- art 562: no decision in time ---- */

static void art_562__a_bureau_left_without_a_decision_is_heard(void **state)
{
    struct world *w = *state;
    left_undecided(w);
    assert_int_equal(open_questions(w, -1, "supervision", PROC), 1);
}

static void art_562__not_overdue_yet_is_answered(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = MARKET, .act = "supervision_suggested", .to1 = PROC + 1);
    assert_string_equal(WITHOUT(w, MARKET, .from = PROC, .act = "supervision_closed"), "recipient_missing");
    LAWFUL(w, .from = PROC, .act = "supervision_closed");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1); /* and the police go on */
}

static void art_562__overdue_is_explained_within_seven_days(void **state)
{
    static const char *const answers[] = {"explanation_given", "filed", "not_filed"};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        left_undecided(w);
        notified(w, "overdue_asked", seven_days[i].from);
        assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "explanation_requested");
        for (size_t k = 0; k < 3; k++)
            IN_TIME_UNTIL(w, LIMIT("D18", "OVERDUE", POLICE, end_of(seven_days[i].last_day)), .from = POLICE, .act = answers[k]);
    }
}

static void art_562__nothing_is_overdue_where_nothing_came_in(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = PROC, .act = "clue_found");
    assert_null(TRY(w, .from = PROC, .act = "overdue_asked", .to1 = POLICE + 1));
    assert_true(has_breach(w, "step", "clue"));
}

static void art_562__explained_with_the_evidence(void **state)
{
    struct world *w = *state;
    left_undecided(w);
    LAWFUL(w, .from = PROC, .act = "overdue_asked", .to1 = POLICE + 1);
    assert_null(WITH_PAPERS(w, PAPERS("explanation"), .from = POLICE, .act = "explanation_given"));
    assert_true(has_breach(w, "paper", "evidence_list"));
}

static void art_562__silence_is_corrected(void **state)
{
    struct world *w = *state;
    left_undecided(w);
    assert_null(TRY(w, .from = PROC, .act = "correction_notice", .to1 = POLICE + 1));
    assert_true(has_breach(w, "step", "notice_to_file")); /* not before they were asked */
    LAWFUL(w, .from = PROC, .act = "overdue_asked", .to1 = POLICE + 1);
    clock_is(w, "2026-03-20T09:00");
    LAWFUL(w, .from = PROC, .act = "correction_notice", .to1 = POLICE + 1);
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "corrected");
}

static void art_562__what_is_fit_to_file_is_notified(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    struct want x;
    left_undecided(w);
    LAWFUL(w, .from = PROC, .act = "overdue_asked", .to1 = POLICE + 1);
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "filed_after_notice");
    assert_true(has_breach(w, "late", "D08")); /* it ends the review that ran over, and is late for it */
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "complied");
    assert_int_equal(raised_at(w, "R14", w->now_ms, &x), 1);
    assert_true(x.last.cleared);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(duty(w, -1, i == 0 ? "D16" : "D18", 0, &d), 1);
        assert_int_equal(d.status, XJ_DUTY_MET);
    }
}

/* ---- art 563: the notices ---- */

static void art_563__a_notice_is_written_and_gives_grounds(void **state)
{
    static const char *const notices[] = {"notice_to_file", "notice_to_withdraw"};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        i == 0 ? explained(w) : filing_explained(w);
        assert_true(wants_reasons(w, notices[i]));
        assert_string_equal(TRY(w, .from = PROC, .act = notices[i], .to1 = POLICE + 1, .no_papers = true), "instrument");
        assert_string_equal(refused_for(w), notices[i]);
        assert_string_equal(WITHOUT(w, POLICE, .from = PROC, .act = notices[i]), "recipient_missing");
    }
}

static void art_563__a_notice_goes_with_the_evidence(void **state)
{
    static const char *const notices[] = {"notice_to_file", "notice_to_withdraw"};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        i == 0 ? explained(w) : filing_explained(w);
        assert_null(TRY(w, .from = PROC, .act = notices[i], .to1 = POLICE + 1, .no_paper = "evidence_list"));
        assert_true(has_breach(w, "paper", "evidence_list"));
        LAWFUL(w, .from = PROC, .act = notices[i], .to1 = POLICE + 1);
    }
}

static void art_563__filed_within_fifteen_days(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        explained(w);
        notified(w, "notice_to_file", fifteen_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D16", "R20", POLICE, end_of(fifteen_days[i].last_day)), .from = POLICE, .act = "filed_after_notice");
    }
}

static void art_563__the_decision_is_sent_to_the_procuratorate(void **state)
{
    static const char *const notices[] = {"notice_to_file", "notice_to_withdraw"},
                            *const acts[] = {"filed_after_notice", "case_withdrawn"};
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        i == 0 ? explained(w) : filing_explained(w);
        LAWFUL(w, .from = PROC, .act = notices[i], .to1 = POLICE + 1);
        assert_string_equal(TRY(w, .from = POLICE, .act = acts[i], .no_papers = true), "instrument");
        assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = acts[i]), "recipient_missing");
        LAWFUL(w, .from = POLICE, .act = acts[i]);
        assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "complied");
    }
}

/* ---- art 564: whether it is done ---- */

static void art_564_1__the_procuratorate_sees_what_the_police_do(void **state)
{
    struct world *w = *state;
    struct want x;
    explained(w);
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    assert_string_equal(row_state(w, PROC, "supervision", PROC, 0), "notified");
    LAWFUL(w, .from = POLICE, .act = "filed_after_notice");
    assert_int_equal(raised(w, "R20A", "2026-03-02T19:00", &x), 1);
    assert_true(x.last.cleared);
    assert_string_equal(row_state(w, PROC, "supervision", PROC, 0), "complied");
    assert_string_equal(row_state(w, PROC, "investigation", POLICE, 0), "open");
}

static void art_564_2__a_notice_to_file_not_followed_is_corrected(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    explained(w);
    notified(w, "notice_to_file", "2026-03-03T09:00");
    clock_is(w, "2026-03-19T09:00");
    assert_string_equal(TRY(w, .from = PROC, .act = "correction_notice", .to1 = POLICE + 1, .no_papers = true), "instrument");
    LAWFUL(w, .from = PROC, .act = "correction_notice", .to1 = POLICE + 1);
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "corrected");
    assert_true(duty(w, -1, "D17", 0, &d) == 1 && d.status == XJ_DUTY_MET && d.start_ms == at("2026-03-03T09:00"));
    assert_int_equal(open_questions(w, -1, "filing", POLICE), 1); /* and they still have to file */
}

static void art_564_2__a_notice_to_withdraw_is_followed_or_objected_to_within_fifteen_days(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        int64_t last_ms = end_of(fifteen_days[i].last_day);
        w->case_id.b[0]++;
        filing_explained(w);
        notified(w, "notice_to_withdraw", fifteen_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D40", "OVERDUE", POLICE, last_ms), .from = POLICE, .act = "case_withdrawn");
        IN_TIME_UNTIL(w, LIMIT("D40", "OVERDUE", POLICE, last_ms), .from = POLICE, .act = "objection", .to1 = PROC + 1);
    }
}

static void art_564_2__a_notice_to_withdraw_not_followed_is_corrected(void **state)
{
    struct world *w = *state;
    filing_explained(w);
    notified(w, "notice_to_withdraw", "2026-03-03T09:00");
    clock_is(w, "2026-03-19T09:00");
    LAWFUL(w, .from = PROC, .act = "correction_notice", .to1 = POLICE + 1);
}

/* "May" be urged: three months are no limit that the police break. */
static void art_564_3__not_concluded_in_three_months_may_be_urged(void **state)
{
    struct world *w = *state;
    struct want x;
    explained(w);
    assert_null(TRY(w, .from = PROC, .act = "urge", .to1 = POLICE + 1));
    assert_true(has_breach(w, "step", "filed_after_notice")); /* only a case filed on notice */
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    clock_is(w, "2026-03-07T09:00");
    LAWFUL(w, .from = POLICE, .act = "filed_after_notice");
    assert_int_equal(due_of(w, "D19", POLICE), end_of("2026-06-08")); /* 06-07 is a Sunday */
    assert_int_equal(raised_at(w, "SUPERVISED_OPEN", end_of("2026-06-08"), NULL), 0);
    assert_int_equal(raised_at(w, "SUPERVISED_OPEN", end_of("2026-06-08") + 1, &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER);
    clock_is(w, "2026-06-09T09:00");
    assert_string_equal(TRY(w, .from = PROC, .act = "urge", .to1 = POLICE + 1, .no_papers = true), "instrument");
    LAWFUL(w, .from = PROC, .act = "urge", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1); /* late for nothing */
    assert_int_equal(raised(w, "SUPERVISED_OPEN", "2026-06-10T00:00", &x), 1);
    assert_true(x.last.cleared);
}

static void art_564_3__a_withdrawal_concludes_it_too(void **state)
{
    struct world *w = *state;
    explained(w);
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "filed_after_notice");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    assert_int_equal(raised(w, "SUPERVISED_OPEN", "2026-12-01T00:00", NULL), 0);
}

/* ---- art 565: the police object ---- */

static void art_565_1__an_objection_is_decided_within_seven_days(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        filing_explained(w);
        LAWFUL(w, .from = PROC, .act = "notice_to_withdraw", .to1 = POLICE + 1);
        assert_string_equal(TRY(w, .from = POLICE, .act = "objection", .to1 = PROC + 1, .no_papers = true), "instrument");
        struct xj_id id = LAWFUL(w, .from = POLICE, .act = "objection", .to1 = PROC + 1);
        world_delivered(w, id, PROC, seven_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D41", "OVERDUE", PROC, end_of(seven_days[i].last_day)), .from = PROC, .act = "objection_decided");
    }
}

static void art_565_1__the_police_are_told_of_the_decision(void **state)
{
    struct world *w = *state;
    filing_explained(w);
    LAWFUL(w, .from = PROC, .act = "notice_to_withdraw", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "objection", .to1 = PROC + 1);
    assert_string_equal(WITHOUT(w, POLICE, .from = PROC, .act = "objection_decided"), "recipient_missing");
    LAWFUL(w, .from = PROC, .act = "objection_decided");
    assert_int_equal(open_questions(w, -1, "objection", PROC), 0);
}

static void art_565_1__seven_days_are_for_notices_to_withdraw_only(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    sent_on(w);
    LAWFUL(w, .from = PROC, .act = "not_prosecuted");
    LAWFUL(w, .from = POLICE, .act = "objection", .to1 = PROC + 1); /* thirty days: art 379 */
    assert_int_equal(duty(w, -1, "D41", 0, &d), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(art_373_2__who_needs_a_penalty_is_named_to_the_competent_organ),
        T(art_373_2__the_opinion_goes_with_the_decision_not_to_prosecute),
        T(art_373_2__the_organ_reports_what_came_of_it),
        T(art_557_1__a_bureau_that_disagrees_is_heard),
        T(art_557_3__a_case_kept_back_is_demanded),
        T(art_557_3__what_was_transferred_is_not_kept_back),
        T(art_557_3__the_demand_runs_where_a_rule_sets_a_time),
        T(art_558_1__a_right_decision_is_answered_in_writing),
        T(art_559_1__reasons_for_not_filing_are_asked_of_the_police),
        T(art_559_2__reasons_for_filing_are_asked_too),
        T(art_560__asked_in_writing),
        T(art_560__answered_within_seven_days),
        T(art_560__in_writing_and_with_the_evidence),
        T(art_561_1__no_notice_before_reasons_were_asked_for),
        T(art_561_1__reasons_that_fail_end_in_a_notice_to_file),
        T(art_561_1__or_in_a_notice_to_withdraw),
        T(art_561_2__reasons_that_hold_are_told_to_the_bureau_within_ten_days),
        T(art_561_2__with_the_grounds_and_reasons),
        T(art_562__a_bureau_left_without_a_decision_is_heard),
        T(art_562__not_overdue_yet_is_answered),
        T(art_562__overdue_is_explained_within_seven_days),
        T(art_562__nothing_is_overdue_where_nothing_came_in),
        T(art_562__explained_with_the_evidence),
        T(art_562__silence_is_corrected),
        T(art_562__what_is_fit_to_file_is_notified),
        T(art_563__a_notice_is_written_and_gives_grounds),
        T(art_563__a_notice_goes_with_the_evidence),
        T(art_563__filed_within_fifteen_days),
        T(art_563__the_decision_is_sent_to_the_procuratorate),
        T(art_564_1__the_procuratorate_sees_what_the_police_do),
        T(art_564_2__a_notice_to_file_not_followed_is_corrected),
        T(art_564_2__a_notice_to_withdraw_is_followed_or_objected_to_within_fifteen_days),
        T(art_564_2__a_notice_to_withdraw_not_followed_is_corrected),
        T(art_564_3__not_concluded_in_three_months_may_be_urged),
        T(art_564_3__a_withdrawal_concludes_it_too),
        T(art_565_1__an_objection_is_decided_within_seven_days),
        T(art_565_1__the_police_are_told_of_the_decision),
        T(art_565_1__seven_days_are_for_notices_to_withdraw_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
