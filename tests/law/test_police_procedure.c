/* 公安机关办理刑事案件程序规定 (2020), articles 171, 174, 175, 178 and 180 to 189, sentence by sentence: the lawful course, the last
 * instant in time and the first one late, and what is refused, admitted with a breach, or told by an alert. Expected values are
 * written by hand from the text. Days are natural days that roll off a day off, hours exact (刑诉 105; spec/08-clocks.md).
 *
 * Sentences that leave no trace in messages, so that no test can hold the procedure to them:
 *  171     the register entry (受案登记表) and what is noted on a receipt that somebody will not take: inside the police;
 *  174(1)  prompt review, approval by the head of the section: inside the police. (2) technical measures: never on this platform;
 *  175(1)  approval at county level; urgent measures come before the formalities: the breach `step` on such a measure stands and is
 *          for people to judge. (2)-(3) what persons who report are told orally, and reports made twice: no agencies;
 *  178(1)  approval at county level, and whether there are facts of a crime: a judgement. (2) the notice to a complainant: a person;
 *  180-182 whether materials are complete, whether a matter is one for the police, what the reasons say: contents;
 *  183     that the police verify before they reply: inside the police;
 *  184     approval at county level; the family of a suspect is told: persons;
 *  185(2)  that both count and sign face to face: only the list that both sides send shows;
 *  186(1)  which of the six grounds holds: a judgement; 187(1) the section's report and approval: inside the police;
 *  187(2)  the paper of release; 189 that suspect and victim are told: persons;
 *  188     withdrawal for a great merit, with the ministry and the highest procuratorate: organs outside a city. */
#include "tests/unit/lawcase.h"

static void filed(struct world *w)
{
    received(w);
    LAWFUL(w, .from = POLICE, .act = "filed");
}

/* Refused, and the procuratorate asks for reasons; its paper reaches the police at that time. */
static struct xj_id reasons_asked(struct world *w, const char *request_received)
{
    refused(w, "2026-03-02T18:00");
    struct xj_id id = LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    world_delivered(w, id, POLICE, request_received);
    clock_is(w, request_received);
    return id;
}

/* ---- art 171: acceptance ---- */

/* Whoever takes a case in gives the receipt; the message of acceptance is one, for the bureau gets it. */
static void art_171__a_case_taken_in_is_acknowledged(void **state)
{
    static const char *const acts[] = {"receipt", "acceptance"};
    struct world *w = *state;
    struct xj_duty_view d;
    struct want x;
    for (size_t i = 0; i < 2; i++) {
        w->case_id.b[0]++;
        transferred(w);
        assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = acts[i]), "recipient_missing");
        assert_int_equal(raised(w, "R13", "2026-03-03T09:01", &x), 1);
        assert_true(is_agency(&x, POLICE));
        LAWFUL(w, .from = POLICE, .act = acts[i]);
        assert_int_equal(raised(w, "R13", "2026-03-03T09:01", NULL), 0);
        assert_int_equal(duty(w, -1, "D03", 0, &d), 1);
        assert_int_equal(d.status, XJ_DUTY_MET);
    }
}

/* ---- art 174: review before the filing ---- */

static void art_174_1__facts_may_be_verified_before_the_decision(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "decision_verification");
    LAWFUL(w, .from = POLICE, .act = "expert_opinion");
    LAWFUL(w, .from = POLICE, .act = "filed");
}

static void art_174_2__no_coercive_measures_before_the_filing(void **state)
{
    static const char *const measures[] = {"coercive_measure", "arrest_requested"};
    struct world *w = *state;
    received(w);
    for (size_t i = 0; i < 2; i++) {
        assert_null(TRY(w, .from = POLICE, .act = measures[i]));
        assert_true(has_breach(w, "step", "duty_crime_filed")); /* one of the ways to file, none of which is there */
    }
    DO(w, .from = POLICE, .act = "coercive_measure");
    assert_int_equal(raised(w, "EARLY_MEASURE", "2026-03-02T10:00", NULL), 1);
    LAWFUL(w, .from = POLICE, .act = "filed");
    for (size_t i = 0; i < 2; i++) {
        assert_null(TRY(w, .from = POLICE, .act = measures[i]));
        assert_int_equal(w->verdict.breach_count, 0);
    }
}

static void art_174_2__no_seizure_before_the_filing(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    DO(w, .from = POLICE, .act = "items_seized");
    assert_int_equal(raised(w, "EARLY_MEASURE", "2026-03-02T10:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER);
    w->case_id.b[0]++;
    filed(w);
    LAWFUL(w, .from = POLICE, .act = "items_seized");
    assert_int_equal(raised(w, "EARLY_MEASURE", "2026-03-02T10:00", NULL), 0);
    w->case_id.b[0]++; /* in a public security case of their own they seize as a bureau does */
    LAWFUL(w, .from = POLICE, .act = "items_seized");
    assert_int_equal(raised(w, "EARLY_MEASURE", "2026-03-02T10:00", NULL), 0);
}

/* ---- art 175: another organ's case ---- */

static void art_175_1__another_polices_case_goes_there_within_24_hours(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-06T15:00"); /* a Friday: hours run through the weekend */
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    LAWFUL(w, .from = POLICE, .act = "acceptance");
    DONE_IN_TIME_UNTIL(w, LIMIT("D06", "OVERDUE", POLICE, at("2026-03-07T15:00")), .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
}

static void art_175_1__with_the_notice_of_forwarding(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1, .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "forward_notice");
    assert_string_equal(TRY(w, .from = POLICE, .act = "forward", .to1 = COURT + 1), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "forwarded");
}

static void art_175_1__passed_on_again_and_again_is_told(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    LAWFUL(w, .from = POLICE2, .act = "forward", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R18", "2026-03-02T11:00", NULL), 0);
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE3 + 1);
    assert_int_equal(raised(w, "R18", "2026-03-02T11:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER);
}

/* ---- art 178: filed, not filed, filed after all ---- */

static void art_178_1__what_was_accepted_is_filed_or_refused(void **state)
{
    struct world *w = *state;
    filed(w);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "filed");
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 0), "open");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed"), "already");
    w->case_id.b[0]++;
    refused(w, "2026-03-02T18:00");
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "not_filed");
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_null(row_state(w, -1, "investigation", POLICE, 0));
    assert_string_equal(TRY(w, .from = POLICE, .act = "not_filed"), "already");
}

static void art_178_3__new_facts_after_a_refusal_are_filed(void **state)
{
    struct world *w = *state;
    received(w);
    assert_null(TRY(w, .from = POLICE, .act = "refiled"));
    assert_true(has_breach(w, "step", "case_withdrawn")); /* nothing was refused or withdrawn */
    w->case_id.b[0]++;
    refused(w, "2026-03-02T18:00");
    clock_is(w, "2026-06-01T09:00");
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "refiled"), "recipient_missing");
    assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = "refiled"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "refiled");
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "filed");
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 0), "open");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided"));
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
}

/* ---- art 180: three days, supplement, no police matter ---- */

static void art_180_1__reviewed_within_three_days_of_acceptance(void **state)
{
    static const struct {
        const char *accepted, *last_day;
    } cases[] = {{"2026-03-03T00:00", "2026-03-06"}, {"2026-03-05T23:59", "2026-03-09"}, {"2026-09-24T10:00", "2026-09-28"},
                 {"2026-09-29T10:00", "2026-10-08"}}; /* 中秋 and 国庆 */
    struct world *w = *state;
    law_holidays(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        clock_is(w, cases[i].accepted);
        DO(w, .from = ENV, .act = "transfer", .to1 = POLICE + 1);
        LAWFUL(w, .from = POLICE, .act = "acceptance");
        IN_TIME_UNTIL(w, LIMIT("D08", "R14", POLICE, end_of(cases[i].last_day)), .from = POLICE, .act = "filed");
        IN_TIME_UNTIL(w, LIMIT("D08", "R14", POLICE, end_of(cases[i].last_day)), .from = POLICE, .act = "not_filed");
    }
}

static void art_180_1__the_police_it_was_forwarded_to_have_three_days_of_their_own(void **state)
{
    struct world *w = *state;
    received(w);
    clock_is(w, "2026-03-03T09:00");
    struct xj_id id = LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    world_delivered(w, id, POLICE2, "2026-03-03T12:00");
    IN_TIME_UNTIL(w, LIMIT("D08", "R14", POLICE2, end_of("2026-03-06")), .from = POLICE2, .act = "filed");
}

static void art_180_1__a_filing_is_notified_in_writing(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE2, .act = "filed"), "recipient_missing"); /* however far it went */
    assert_string_equal(TRY(w, .from = POLICE2, .act = "filed", .no_papers = true), "instrument");
    LAWFUL(w, .from = POLICE2, .act = "filed");
    assert_string_equal(row_state(w, MARKET, "transfer", MARKET, 0), "decided_file");
}

static void art_180_1__a_refusal_gives_reasons_notice_and_file_back(void **state)
{
    struct world *w = *state;
    received(w);
    assert_true(wants_reasons(w, "not_filed"));
    assert_string_equal(WITH_PAPERS(w, PAPERS("file_list"), .from = POLICE, .act = "not_filed"), "instrument");
    assert_null(WITH_PAPERS(w, PAPERS("not_filed_notice"), .from = POLICE, .act = "not_filed"));
    assert_true(has_breach(w, "paper", "file_list"));
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "not_filed"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "not_filed");
}

static void art_180_2__what_is_missing_is_named_within_24_hours(void **state)
{
    struct world *w = *state;
    received(w);
    assert_string_equal(TRY(w, .from = POLICE, .act = "supplement_requested", .no_papers = true), "instrument");
    assert_null(TRY(w, .from = POLICE, .act = "supplement_requested", .no_paper = "gap_list"));
    assert_true(has_breach(w, "paper", "gap_list"));
    DONE_IN_TIME_UNTIL(w, LIMIT("D04", "OVERDUE", POLICE, at("2026-03-03T10:00")), .from = POLICE, .act = "supplement_requested");
}

static void art_180_2__the_bureau_supplements_within_three_days(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < THREE_DAYS_COUNT; i++) {
        w->case_id.b[0]++;
        received(w);
        struct xj_id id = LAWFUL(w, .from = POLICE, .act = "supplement_requested");
        assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "supplement_due");
        world_delivered(w, id, MARKET, three_days[i].from);
        IN_TIME_UNTIL(w, LIMIT("D05", "OVERDUE", MARKET, end_of(three_days[i].last_day)), .from = MARKET, .act = "supplement");
    }
    clock_is(w, "2026-03-05T09:00");
    LAWFUL(w, .from = MARKET, .act = "supplement");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "supplemented");
}

/* Incomplete materials are no reason not to take the case: the three days of review go on whatever is still to come. */
static void art_180_2__missing_materials_hold_nothing_up(void **state)
{
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "supplement_requested");
    assert_int_equal(open_questions(w, -1, "acceptance", POLICE), 1); /* still to be taken in, still to be decided */
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
    assert_int_equal(due_of(w, "D08", POLICE), end_of("2026-03-05"));
    clock_is(w, "2026-03-04T09:00");
    LAWFUL(w, .from = MARKET, .act = "supplement");
    assert_int_equal(due_of(w, "D08", POLICE), end_of("2026-03-05"));
    IN_TIME_UNTIL(w, LIMIT("D08", "R14", POLICE, end_of("2026-03-05")), .from = POLICE, .act = "filed");
}

static void art_180_2__a_second_demand_is_told(void **state)
{
    struct world *w = *state;
    struct want x;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "supplement_requested");
    LAWFUL(w, .from = MARKET, .act = "supplement");
    assert_int_equal(raised(w, "R16", "2026-03-02T12:00", NULL), 0);
    LAWFUL(w, .from = POLICE, .act = "supplement_requested");
    assert_int_equal(raised(w, "R16", "2026-03-02T12:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && x.last.severity == XJ_ALARM_AMBER);
}

static void art_180_3__no_police_matter_is_told_in_writing_with_reasons(void **state)
{
    struct world *w = *state;
    received(w);
    assert_true(wants_reasons(w, "return"));
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "return"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    assert_string_equal(WITHOUT(w, MARKET, .from = POLICE2, .act = "return"), "recipient_missing"); /* also from further on */
    LAWFUL(w, .from = POLICE2, .act = "return");
    assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "returned");
    assert_int_equal(open_questions(w, -1, "decision", POLICE2), 0);
    assert_int_equal(raised(w, "R14", "2026-12-01T00:00", NULL), 0);
    LAWFUL(w, .from = MARKET, .act = "clue", .to1 = SUPER + 1); /* the bureau moves it to the organ it belongs to */
    LAWFUL(w, .from = MARKET, .act = "penalty_decided");
}

/* ---- art 181: reconsideration ---- */

static void art_181__asked_within_three_days_of_the_notice(void **state)
{
    struct world *w = *state;
    law_holidays(w);
    refused(w, "2026-04-30T09:00"); /* 05-03 is 劳动节 */
    DONE_IN_TIME_UNTIL(w, LIMIT("D11", "OVERDUE", MARKET, end_of("2026-05-06")), .from = MARKET, .act = "reconsideration_requested");
}

static void art_181__decided_within_three_days_of_the_application(void **state)
{
    static const char *const decisions[] = {"reconsideration_upheld", "reconsideration_overturned"};
    struct world *w = *state;
    law_holidays(w);
    refused(w, "2026-03-03T09:00");
    struct xj_id id = LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
    world_delivered(w, id, POLICE, "2026-04-01T09:00"); /* 04-04 to 04-06 is 清明 */
    for (size_t k = 0; k < 2; k++)
        IN_TIME_UNTIL(w, LIMIT("D12", "OVERDUE", POLICE, end_of("2026-04-07")), .from = POLICE, .act = decisions[k]);
}

static void art_181__by_the_police_that_refused_in_writing(void **state)
{
    static const char *const decisions[] = {"reconsideration_upheld", "reconsideration_overturned"};
    struct world *w = *state;
    received(w);
    LAWFUL(w, .from = POLICE, .act = "forward", .to1 = POLICE2 + 1);
    LAWFUL(w, .from = POLICE2, .act = "not_filed");
    LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
    for (size_t k = 0; k < 2; k++) {
        assert_string_equal(TRY(w, .from = POLICE, .act = decisions[k]), "answer_missing");
        assert_string_equal(TRY(w, .from = POLICE2, .act = decisions[k], .no_papers = true), "instrument");
        assert_string_equal(WITHOUT(w, MARKET, .from = POLICE2, .act = decisions[k]), "recipient_missing");
    }
}

/* ---- art 182: the procuratorate asks, and notifies to file ---- */

static void art_182_1__reasons_within_seven_days_of_the_request(void **state)
{
    static const struct {
        const char *received, *last_day;
    } cases[] = {{"2026-03-03T09:00", "2026-03-10"}, {"2026-03-07T09:00", "2026-03-16"}, {"2026-09-24T09:00", "2026-10-08"}};
    struct world *w = *state;
    law_holidays(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        reasons_asked(w, cases[i].received);
        IN_TIME_UNTIL(w, LIMIT("D14", "OVERDUE", POLICE, end_of(cases[i].last_day)), .from = POLICE, .act = "explanation_given");
    }
}

static void art_182_1__in_writing_and_to_the_procuratorate(void **state)
{
    struct world *w = *state;
    reasons_asked(w, "2026-03-03T09:00");
    assert_string_equal(TRY(w, .from = POLICE, .act = "explanation_given", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "explanation");
    assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = "explanation_given"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "explanation_given");
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "explained");
}

/* Police that file instead owe no reasons any more, but the procuratorate gets the decision. */
static void art_182_1__filing_instead_sends_the_decision_to_the_procuratorate(void **state)
{
    static const char *const ways[] = {"filed_after_notice", "refiled", "reconsideration_overturned"};
    struct world *w = *state;
    struct xj_duty_view d;
    for (size_t i = 0; i < 3; i++) {
        w->case_id.b[0]++;
        refused(w, "2026-03-02T18:00");
        if (i == 2)
            LAWFUL(w, .from = MARKET, .act = "reconsideration_requested");
        LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
        assert_string_equal(TRY(w, .from = POLICE, .act = ways[i], .no_papers = true), "instrument");
        assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = ways[i]), "recipient_missing");
        LAWFUL(w, .from = POLICE, .act = ways[i]);
        assert_int_equal(duty(w, -1, "D14", 0, &d), 1);
        assert_int_equal(d.status, XJ_DUTY_MET);
        assert_string_equal(row_state(w, -1, "transfer", MARKET, 0), "decided_file");
        assert_int_equal(raised(w, "OVERDUE", "2026-12-01T00:00", NULL), 0);
    }
}

/* On notice they file within fifteen days. */
static void art_182_2__filed_within_fifteen_days_of_the_notice(void **state)
{
    static const struct {
        const char *received, *last_day;
    } cases[] = {{"2026-03-09T09:00", "2026-03-24"}, {"2026-03-06T09:00", "2026-03-23"}, {"2026-09-18T09:00", "2026-10-08"}};
    struct world *w = *state;
    law_holidays(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        w->case_id.b[0]++;
        reasons_asked(w, "2026-03-03T09:00");
        LAWFUL(w, .from = POLICE, .act = "explanation_given");
        struct xj_id id = LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
        world_delivered(w, id, POLICE, cases[i].received);
        IN_TIME_UNTIL(w, LIMIT("D16", "R20", POLICE, end_of(cases[i].last_day)), .from = POLICE, .act = "filed_after_notice");
    }
}

static void art_182_2__and_the_procuratorate_gets_the_decision(void **state)
{
    struct world *w = *state;
    refused(w, "2026-03-02T18:00");
    assert_null(TRY(w, .from = POLICE, .act = "filed_after_notice"));
    assert_true(has_breach(w, "step", "explanation_requested")); /* neither asked nor notified */
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    LAWFUL(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed_after_notice", .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "filing_decision");
    assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = "filed_after_notice"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "filed_after_notice");
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "complied");
}

/* ---- art 183: filed and should not have been ---- */

static void art_183__a_filing_objected_to_is_accounted_for(void **state)
{
    struct world *w = *state;
    struct want x;
    filed(w);
    LAWFUL(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    assert_int_equal(open_questions(w, -1, "explanation", POLICE), 1);
    LAWFUL(w, .from = POLICE, .act = "explanation_given");
    LAWFUL(w, .from = PROC, .act = "notice_to_withdraw", .to1 = POLICE + 1);
    assert_int_equal(raised(w, "R20B", "2026-03-02T11:00", &x), 1);
    assert_true(is_agency(&x, POLICE) && !x.last.cleared);
    assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = "case_withdrawn"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    assert_string_equal(row_state(w, -1, "supervision", PROC, 0), "complied");
    assert_int_equal(raised(w, "R20B", "2026-03-02T11:00", &x), 1);
    assert_true(x.last.cleared);
}

/* ---- arts 184, 185: moved after the filing ---- */

static void art_184__moved_after_filing_with_the_notice_of_forwarding(void **state)
{
    struct world *w = *state;
    received(w);
    assert_null(TRY(w, .from = POLICE, .act = "forwarded_after_filing", .to1 = POLICE2 + 1));
    assert_true(has_breach(w, "step", "filed")); /* before the filing it is art 175 */
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_string_equal(TRY(w, .from = POLICE, .act = "forwarded_after_filing", .to1 = POLICE2 + 1, .no_papers = true), "instrument");
    assert_string_equal(refused_for(w), "forward_notice");
    LAWFUL(w, .from = POLICE, .act = "forwarded_after_filing", .to1 = POLICE2 + 1);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 0), "forwarded");
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 0), "sent");
    assert_int_equal(open_questions(w, -1, "decision", POLICE2), 1);
}

static void art_184__the_bureau_is_told_within_three_days_of_the_move(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2 * THREE_DAYS_COUNT; i++) {
        const struct span *moved = &three_days[i / 2];
        w->case_id.b[0]++;
        filed(w);
        assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "forwarded_after_filing", .to1 = POLICE2 + 1),
                            "recipient_missing");
        TOLD(w, i % 2 == 0, LIMIT_AMBER("D20", "R32", POLICE, end_of(moved->last_day)), .from = POLICE,
             .act = "forwarded_after_filing", .to1 = POLICE2 + 1, .occurred = date_of(moved->from));
    }
}

static void art_185__papers_evidence_and_goods_go_along(void **state)
{
    struct world *w = *state;
    LAWFUL(w, .from = MARKET, .act = "items_seized");
    filed(w);
    LAWFUL(w, .from = MARKET, .act = "items_handed_over");
    LAWFUL(w, .from = POLICE, .act = "items_confirmed");
    LAWFUL(w, .from = POLICE, .act = "forwarded_after_filing", .to1 = POLICE2 + 1);
    assert_string_equal(TRY(w, .from = POLICE, .act = "items_handed_over", .to1 = POLICE2 + 1, .no_papers = true), "instrument");
    LAWFUL(w, .from = POLICE, .act = "items_handed_over", .to1 = POLICE2 + 1);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "items_confirmed", .no_papers = true), "instrument"); /* both sign the list */
    LAWFUL(w, .from = POLICE2, .act = "items_confirmed");
    assert_string_equal(row_state(w, -1, "exhibits", POLICE, 0), "confirmed");
}

/* ---- arts 186 to 189: withdrawal ---- */

static void art_186_1__only_a_filed_case_is_withdrawn(void **state)
{
    struct world *w = *state;
    received(w);
    assert_null(TRY(w, .from = POLICE, .act = "case_withdrawn"));
    assert_true(has_breach(w, "step", "duty_crime_filed"));
    LAWFUL(w, .from = POLICE, .act = "filed");
    assert_true(wants_reasons(w, "case_withdrawn"));
    assert_string_equal(TRY(w, .from = POLICE, .act = "case_withdrawn", .no_papers = true), "instrument");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 0), "withdrawn");
}

static void art_186_2__against_one_suspect_it_ends_and_goes_on_against_the_others(void **state)
{
    struct world *w = *state;
    clock_is(w, "2026-03-02T09:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
    LAWFUL(w, .from = POLICE, .act = "filed");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn", .subject1 = 1);
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 1), "withdrawn");
    assert_string_equal(row_state(w, -1, "investigation", POLICE, 2), "open");
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 1));
    assert_int_equal(w->verdict.breach_count, 0);
    assert_null(TRY(w, .from = MARKET, .act = "penalty_decided", .subject1 = 2)); /* still with the police */
    assert_true(has_breach(w, "penalty_after_transfer", "penalty_decided"));
}

static void art_187_2__the_procuratorate_that_approved_the_arrest_is_told(void **state)
{
    struct world *w = *state;
    filed(w);
    LAWFUL(w, .from = POLICE, .act = "arrest_requested", .to1 = PROC + 1);
    LAWFUL(w, .from = PROC, .act = "arrest_approved");
    assert_string_equal(WITHOUT(w, PROC, .from = POLICE, .act = "case_withdrawn"), "recipient_missing");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    LAWFUL(w, .from = POLICE, .act = "released");
    assert_string_equal(row_state(w, -1, "coercive", POLICE, 0), "released");
}

static void art_187_2__what_calls_for_administrative_handling_is_dealt_with_or_passed_on(void **state)
{
    struct world *w = *state;
    filed(w);
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    assert_null(TRY(w, .from = POLICE, .act = "penalty_decided"));
    assert_int_equal(w->verdict.breach_count, 0);
    LAWFUL(w, .from = POLICE, .act = "reverse_transfer", .to1 = MARKET + 1);
    assert_int_equal(open_questions(w, -1, "admin_filing", MARKET), 1);
}

static void art_187_3__seized_goods_are_returned(void **state)
{
    struct world *w = *state;
    filed(w);
    LAWFUL(w, .from = POLICE, .act = "items_seized");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn");
    LAWFUL(w, .from = POLICE, .act = "items_returned");
    assert_string_equal(row_state(w, -1, "exhibits", POLICE, 0), "returned");
}

static void art_189_1__the_transferor_is_told_within_three_days_of_the_withdrawal(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < 2 * THREE_DAYS_COUNT; i++) {
        const struct span *withdrawn = &three_days[i / 2];
        w->case_id.b[0]++;
        filed(w);
        assert_string_equal(WITHOUT(w, MARKET, .from = POLICE, .act = "case_withdrawn"), "recipient_missing");
        TOLD(w, i % 2 == 0, LIMIT_AMBER("D21", "R32", POLICE, end_of(withdrawn->last_day)), .from = POLICE, .act = "case_withdrawn",
             .occurred = date_of(withdrawn->from));
        assert_string_equal(row_state(w, MARKET, "investigation", POLICE, 0), "withdrawn");
    }
}

static void art_189_1__without_a_transfer_nobody_is_owed_it(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    clock_is(w, "2026-03-02T09:00");
    LAWFUL(w, .from = POLICE, .act = "filed");
    clock_is(w, "2026-04-01T09:00");
    LAWFUL(w, .from = POLICE, .act = "case_withdrawn", .occurred = "2026-03-03");
    assert_int_equal(duty(w, -1, "D21", 0, &d), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, law_up, law_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(art_171__a_case_taken_in_is_acknowledged),
        T(art_174_1__facts_may_be_verified_before_the_decision),
        T(art_174_2__no_coercive_measures_before_the_filing),
        T(art_174_2__no_seizure_before_the_filing),
        T(art_175_1__another_polices_case_goes_there_within_24_hours),
        T(art_175_1__with_the_notice_of_forwarding),
        T(art_175_1__passed_on_again_and_again_is_told),
        T(art_178_1__what_was_accepted_is_filed_or_refused),
        T(art_178_3__new_facts_after_a_refusal_are_filed),
        T(art_180_1__reviewed_within_three_days_of_acceptance),
        T(art_180_1__the_police_it_was_forwarded_to_have_three_days_of_their_own),
        T(art_180_1__a_filing_is_notified_in_writing),
        T(art_180_1__a_refusal_gives_reasons_notice_and_file_back),
        T(art_180_2__what_is_missing_is_named_within_24_hours),
        T(art_180_2__the_bureau_supplements_within_three_days),
        T(art_180_2__missing_materials_hold_nothing_up),
        T(art_180_2__a_second_demand_is_told),
        T(art_180_3__no_police_matter_is_told_in_writing_with_reasons),
        T(art_181__asked_within_three_days_of_the_notice),
        T(art_181__decided_within_three_days_of_the_application),
        T(art_181__by_the_police_that_refused_in_writing),
        T(art_182_1__reasons_within_seven_days_of_the_request),
        T(art_182_1__in_writing_and_to_the_procuratorate),
        T(art_182_1__filing_instead_sends_the_decision_to_the_procuratorate),
        T(art_182_2__filed_within_fifteen_days_of_the_notice),
        T(art_182_2__and_the_procuratorate_gets_the_decision),
        T(art_183__a_filing_objected_to_is_accounted_for),
        T(art_184__moved_after_filing_with_the_notice_of_forwarding),
        T(art_184__the_bureau_is_told_within_three_days_of_the_move),
        T(art_185__papers_evidence_and_goods_go_along),
        T(art_186_1__only_a_filed_case_is_withdrawn),
        T(art_186_2__against_one_suspect_it_ends_and_goes_on_against_the_others),
        T(art_187_2__the_procuratorate_that_approved_the_arrest_is_told),
        T(art_187_2__what_calls_for_administrative_handling_is_dealt_with_or_passed_on),
        T(art_187_3__seized_goods_are_returned),
        T(art_189_1__the_transferor_is_told_within_three_days_of_the_withdrawal),
        T(art_189_1__without_a_transfer_nobody_is_owed_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
