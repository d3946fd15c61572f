/* The procedure 行政执法监督 (schema/procedures/supervision.yaml) act by act and duty by duty, in the exchange and in the views of
 * those concerned. Expected dates are counted by hand in a calendar of plain weekends; sources are the citations of the file. Its
 * national rows have no days: the Shandong overlay gives some, an invented city's (tests/procedures/supervision_city.yaml) all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/base/civil.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/engineworld.h"

#define PROCEDURE "schema/procedures/supervision.yaml"
#define SHANDONG "schema/procedures/overlays/shandong.supervision.yaml"
#define CITY "tests/procedures/supervision_city.yaml"

/* One at a time. */
static struct world *new_world(const char *overlay)
{
    static struct world w;
    world_up_with(&w, PROCEDURE, overlay);
    return &w;
}

static int up(void **state)
{
    *state = new_world(NULL);
    return 0;
}

static int up_shandong(void **state)
{
    *state = new_world(SHANDONG);
    return 0;
}

static int up_city(void **state)
{
    *state = new_world(CITY);
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    return 0;
}

/* The row stands so at the exchange, in the owner's view and in another's. */
static void stands(struct world *w, const char *track, enum who owner, enum who other, const char *row)
{
    const int views[] = {-1, (int)owner, (int)other};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        const char *found = row_state(w, views[i], track, owner, 0);
        assert_non_null(found);
        assert_string_equal(found, row);
    }
}

static void asked(struct world *w, const char *question, enum who who, int count)
{
    assert_int_equal(open_questions(w, -1, question, who), count);
    assert_int_equal(open_questions(w, (int)who, question, who), count);
}

/* ---- the files ---- */

/* Alone and under each overlay: nothing but notes (07-procedure, 6). */
static void check__has_no_errors_and_no_warnings(void **state)
{
    (void)state;
    static const char *const overlays[] = {NULL, SHANDONG, CITY};
    for (size_t i = 0; i < sizeof overlays / sizeof overlays[0]; i++) {
        struct xj_buf yaml = read_text(PROCEDURE), over = {0};
        struct xj_findings f;
        if (overlays[i] != NULL)
            over = read_text(overlays[i]);
        xj_findings_init(&f);
        assert_int_equal(xj_procedure_check(xj_buf_slice(&yaml), xj_buf_slice(&over), &f, NULL), XJ_OK);
        assert_true(f.count > 0);
        for (size_t k = 0; k < f.count; k++)
            assert_int_equal(f.list[k].severity, XJ_SEVERITY_NOTE);
        xj_findings_free(&f);
        xj_buf_free(&yaml);
        xj_buf_free(&over);
    }
}

/* Nationally and under the overlay that is law: a row without a confirmed text is off, all others rest on a text read. */
static void check__what_is_not_confirmed_binds_nobody(void **state)
{
    struct world *w = *state;
    for (uint16_t i = 0; i < w->model->duty_count; i++) {
        const struct xj_m_duty *d = &w->model->duties[i];
        assert_int_equal(d->disabled, d->tag == XJ_TAG_U);
        assert_true(d->disabled || d->tag == XJ_TAG_C);
    }
}

/* ---- the courses ---- */

static void inspection__goes_from_its_opening_to_its_closure(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "inspection_opened");
    assert_string_equal(row_state(w, JUSTICE, "programme", JUSTICE, 0), "opened");
    assert_null(row_state(w, MARKET, "programme", JUSTICE, 0)); /* inside the bureau until it gives notice */
    DO(w, .from = JUSTICE, .act = "inspection_notified", .to1 = MARKET + 1);
    stands(w, "inspection", MARKET, JUSTICE, "notified");
    DO(w, .from = MARKET, .act = "receipt");
    stands(w, "inspection", MARKET, JUSTICE, "received");
    DO(w, .from = JUSTICE, .act = "materials_demanded", .to1 = MARKET + 1);
    asked(w, "materials", MARKET, 1);
    DO(w, .from = MARKET, .act = "materials_submitted");
    stands(w, "inspection", MARKET, JUSTICE, "handed_in");
    asked(w, "materials", MARKET, 0);
    DO(w, .from = JUSTICE, .act = "site_check", .to1 = MARKET + 1);
    stands(w, "inspection", MARKET, JUSTICE, "checked");
    DO(w, .from = JUSTICE, .act = "inspection_findings", .to1 = MARKET + 1);
    stands(w, "inspection", MARKET, JUSTICE, "found");
    asked(w, "correction", MARKET, 1);
    DO(w, .from = MARKET, .act = "correction_report");
    stands(w, "inspection", MARKET, JUSTICE, "reported");
    asked(w, "verification", JUSTICE, 1);
    DO(w, .from = JUSTICE, .act = "correction_insufficient");
    stands(w, "inspection", MARKET, JUSTICE, "insufficient");
    asked(w, "correction", MARKET, 1);
    DO(w, .from = MARKET, .act = "correction_report");
    DO(w, .from = JUSTICE, .act = "correction_verified");
    stands(w, "inspection", MARKET, JUSTICE, "closed");
    DO(w, .from = JUSTICE, .act = "inspection_closed", .to1 = MARKET + 1);
    assert_string_equal(row_state(w, JUSTICE, "programme", JUSTICE, 0), "ended");
    assert_null(row_state(w, MARKET, "opinion", MARKET, 0)); /* no other track moved along */
}

static void inspection__finds_nothing(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "explanation_demanded", .to1 = POLICE + 1); /* the police enforce, too */
    asked(w, "explanation", POLICE, 1);
    DO(w, .from = POLICE, .act = "explanation_given");
    asked(w, "explanation", POLICE, 0);
    DO(w, .from = JUSTICE, .act = "inspection_clear", .to1 = POLICE + 1);
    stands(w, "inspection", POLICE, JUSTICE, "clear");
}

/* 监督条例 25, 41. */
static void inspection__is_refused(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "materials_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "materials_refused");
    stands(w, "inspection", MARKET, JUSTICE, "refused");
    DO(w, .from = JUSTICE, .act = "materials_demanded", .to1 = MARKET + 1); /* demanded again */
    DO(w, .from = MARKET, .act = "materials_submitted");
    stands(w, "inspection", MARKET, JUSTICE, "handed_in");
    DO(w, .from = JUSTICE, .act = "obstruction_recorded", .to1 = MARKET + 1);
    stands(w, "inspection", MARKET, JUSTICE, "refused");
    DO(w, .from = JUSTICE, .act = "talk", .to1 = MARKET + 1);
}

static void review__is_objected_to_in_vain_and_rectified(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    stands(w, "review", MARKET, JUSTICE, "demanded");
    DO(w, .from = MARKET, .act = "file_submitted");
    stands(w, "review", MARKET, JUSTICE, "handed_in");
    asked(w, "review", JUSTICE, 1);
    DO(w, .from = JUSTICE, .act = "review_defective");
    stands(w, "review", MARKET, JUSTICE, "defective");
    DO(w, .from = MARKET, .act = "objection");
    assert_int_equal(w->verdict.breach_count, 0);
    stands(w, "objection", MARKET, JUSTICE, "raised");
    DO(w, .from = JUSTICE, .act = "objection_dismissed");
    stands(w, "objection", MARKET, JUSTICE, "dismissed");
    DO(w, .from = MARKET, .act = "correction_report");
    stands(w, "review", MARKET, JUSTICE, "reported");
    DO(w, .from = JUSTICE, .act = "correction_verified");
    stands(w, "review", MARKET, JUSTICE, "closed");
}

/* What is withdrawn after an objection is voided: the question and the duty of the organ go, the review is open again. */
static void review__is_withdrawn_once_the_objection_is_upheld(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "file_submitted");
    struct xj_id findings = DO(w, .from = JUSTICE, .act = "review_defective");
    assert_int_equal(duty(w, MARKET, "S08", 0, &d), 1);
    DO(w, .from = MARKET, .act = "objection");
    DO(w, .from = JUSTICE, .act = "objection_upheld");
    stands(w, "objection", MARKET, JUSTICE, "upheld");
    asked(w, "correction", MARKET, 1); /* upholding alone ends nothing */
    DO(w, .from = JUSTICE, .act = "review_defective", .relation = "voids", .target = findings);
    asked(w, "correction", MARKET, 0);
    assert_int_equal(duty(w, MARKET, "S08", 0, &d), 0);
    DO(w, .from = JUSTICE, .act = "review_sound");
    stands(w, "review", MARKET, JUSTICE, "sound");
}

static void review__gets_no_file(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "file_refused");
    stands(w, "review", MARKET, JUSTICE, "refused");
}

static void letter_and_opinion__each_move_their_own_row(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "supervision_letter", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "receipt");
    stands(w, "letter", MARKET, JUSTICE, "received");
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = JUSTICE, .act = "reminder", .to1 = MARKET + 1);
    stands(w, "letter", MARKET, JUSTICE, "urged");
    stands(w, "opinion", MARKET, JUSTICE, "urged");
    assert_null(row_state(w, -1, "suggestion", MARKET, 0)); /* nothing there to urge */
    asked(w, "correction", MARKET, 2);
    DO(w, .from = MARKET, .act = "correction_report"); /* to the latest */
    stands(w, "opinion", MARKET, JUSTICE, "reported");
    stands(w, "letter", MARKET, JUSTICE, "urged");
    DO(w, .from = MARKET, .act = "correction_report");
    stands(w, "letter", MARKET, JUSTICE, "reported");
    asked(w, "verification", JUSTICE, 2);
    DO(w, .from = JUSTICE, .act = "correction_insufficient");
    stands(w, "letter", MARKET, JUSTICE, "insufficient");
    stands(w, "opinion", MARKET, JUSTICE, "reported");
    DO(w, .from = JUSTICE, .act = "correction_verified");
    stands(w, "opinion", MARKET, JUSTICE, "closed");
}

/* 监督条例 29: proposed to the government, which decides; 31: a circular; 42(2): the superior department is told. */
static void opinion__is_followed_by_decision_circular_and_superior(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = JUSTICE, .act = "decision_proposed");
    assert_string_equal(row_state(w, JUSTICE, "proposal", JUSTICE, 0), "proposed");
    assert_null(row_state(w, MARKET, "proposal", JUSTICE, 0));
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    assert_string_equal(row_state(w, -1, "proposal", JUSTICE, 0), "decided");
    DO(w, .from = MARKET, .act = "receipt");
    stands(w, "decision", MARKET, JUSTICE, "received");
    DO(w, .from = JUSTICE, .act = "circular", .to1 = MARKET + 1);
    stands(w, "circular", MARKET, JUSTICE, "issued");
    DO(w, .from = JUSTICE, .act = "superior_told", .to1 = PAPER + 1);
    stands(w, "superior", PAPER, JUSTICE, "told");
    DO(w, .from = PAPER, .act = "superior_ordered", .to1 = MARKET + 1);
    stands(w, "superior", PAPER, MARKET, "ordered");
    DO(w, .from = MARKET, .act = "decision_executed");
    stands(w, "decision", MARKET, JUSTICE, "reported");
    DO(w, .from = JUSTICE, .act = "correction_verified");
    stands(w, "decision", MARKET, JUSTICE, "closed");
}

static void decision__without_a_proposal_presumes_it(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    assert_int_equal(w->verdict.breach_count, 0); /* a weighty matter needs no opinion before (监督条例 29) */
    assert_null(row_state(w, -1, "proposal", JUSTICE, 0));
}

static void suggestion__is_answered(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "suggestion", .to1 = MARKET + 1);
    stands(w, "suggestion", MARKET, JUSTICE, "issued");
    DO(w, .from = MARKET, .act = "receipt");
    DO(w, .from = JUSTICE, .act = "reminder", .to1 = MARKET + 1);
    stands(w, "suggestion", MARKET, JUSTICE, "urged");
    DO(w, .from = MARKET, .act = "suggestion_reply");
    stands(w, "suggestion", MARKET, JUSTICE, "replied");
}

/* 山东省人大常委会 2019 决议, items 7 and 10: answered in writing; else its superior is told. The justice bureau is an organ like others. */
static void procuratorate__is_answered_in_writing(void **state)
{
    struct world *w = *state;
    DO(w, .from = PROC, .act = "procuratorial_opinion", .to1 = MARKET + 1);
    stands(w, "procuratorial", MARKET, PROC, "issued");
    DO(w, .from = MARKET, .act = "receipt");
    stands(w, "procuratorial", MARKET, PROC, "received");
    DO(w, .from = PROC, .act = "superior_told", .to1 = PAPER + 1);
    DO(w, .from = MARKET, .act = "procuratorial_reply");
    stands(w, "procuratorial", MARKET, PROC, "replied");
    DO(w, .from = PROC, .act = "procuratorial_opinion", .to1 = JUSTICE + 1);
    DO(w, .from = JUSTICE, .act = "procuratorial_reply");
    stands(w, "procuratorial", JUSTICE, PROC, "replied");
}

/* 监督条例 33, 监察法 37, 监察条例 171. */
static void clue__goes_to_the_commission_and_on(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "duty_clue", .to1 = SUPER + 1, .subject1 = 1);
    assert_string_equal(row_state(w, SUPER, "duty_crime", JUSTICE, 1), "clue_moved");
    assert_null(row_state(w, MARKET, "duty_crime", JUSTICE, 1));
    DO(w, .from = SUPER, .act = "duty_clue_forwarded", .to1 = SUPER2 + 1, .subject1 = 1);
    DO(w, .from = SUPER2, .act = "receipt");
    assert_string_equal(row_state(w, SUPER2, "duty_crime", SUPER, 1), "received");
    DO(w, .from = SUPER2, .act = "discipline", .to1 = JUSTICE + 1, .subject1 = 1);
    assert_string_equal(row_state(w, -1, "duty_crime", SUPER2, 1), "disciplined");
}

static void report__of_nothing_opens_a_case_and_is_made_again(void **state)
{
    struct world *w = *state;
    DO(w, .from = MARKET, .act = "zero_report");
    assert_int_equal(w->h.to_count, 1);
    assert_true(xj_slice_eq(w->h.to[0].agency, name_of(JUSTICE))); /* the register knows whose it is */
    stands(w, "reporting", MARKET, JUSTICE, "nothing");
    DO(w, .from = MARKET, .act = "monthly_report");
    stands(w, "reporting", MARKET, JUSTICE, "reported");
    DO(w, .from = MARKET, .act = "zero_report");
    stands(w, "reporting", MARKET, JUSTICE, "nothing");
}

/* ---- refusals and breaches ---- */

static void refused(struct world *w, const struct deed *d, const char *code)
{
    const char *got = world_try(w, d);
    assert_non_null(got);
    assert_string_equal(got, code);
}
#define REFUSED(w, code, ...) refused((w), &(struct deed){__VA_ARGS__}, code)

static void refusals__whoever_has_no_authority(void **state)
{
    struct world *w = *state;
    REFUSED(w, "role", .from = MARKET, .act = "oversight_opinion", .to1 = ENV + 1);
    REFUSED(w, "role", .from = COURT, .act = "procuratorial_opinion", .to1 = MARKET + 1); /* no role of this procedure */
    REFUSED(w, "may_not_act", .from = JUSTICE, .act = "review_sound");                    /* opens no case */
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    REFUSED(w, "role", .from = MARKET, .act = "objection_upheld");
    REFUSED(w, "may_not_act", .from = ENV, .act = "objection"); /* a stranger to the case */
}

static void refusals__what_was_not_asked_or_is_answered_already(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "talk", .to1 = MARKET + 1);
    REFUSED(w, "answer_missing", .from = MARKET, .act = "correction_report");
    struct xj_id opinion = DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "correction_report");
    REFUSED(w, "answer_missing", .from = MARKET, .act = "correction_report");
    REFUSED(w, "answer_taken", .from = MARKET, .act = "correction_report", .unfilled = true, .answer = opinion, .question = "correction");
    REFUSED(w, "answer_unknown", .from = MARKET, .act = "correction_report", .unfilled = true, .answer = opinion, .question = "receipt");
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = POLICE + 1); /* another organ in the same case */
    REFUSED(w, "answer_missing", .from = MARKET, .act = "correction_report");
}

static void refusals__what_is_incomplete(void **state)
{
    struct world *w = *state;
    static const char *const instruments[] = {"inspection_notified", "materials_demanded", "file_demanded", "supervision_letter",
                                              "oversight_opinion", "suggestion", "oversight_decision", "circular"};
    for (size_t i = 0; i < sizeof instruments / sizeof instruments[0]; i++)
        REFUSED(w, "instrument", .from = JUSTICE, .act = instruments[i], .to1 = MARKET + 1, .no_papers = true);
    DO(w, .from = JUSTICE, .act = "inspection_opened");
    REFUSED(w, "already", .from = JUSTICE, .act = "inspection_opened");
    REFUSED(w, "recipient_missing", .from = JUSTICE, .act = "superior_told"); /* the register's `superior` is not looked up */
    static const char *const named[] = {"inspection_notified", "explanation_demanded", "materials_demanded", "site_check", "obstruction_recorded",
                                        "inspection_clear", "inspection_findings", "inspection_closed", "file_demanded", "supervision_letter",
                                        "oversight_opinion", "oversight_decision", "talk", "reminder", "circular", "suggestion"};
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) /* whose it is nobody guesses */
        REFUSED(w, "recipient_missing", .from = JUSTICE, .act = named[i]);
    REFUSED(w, "recipient_missing", .from = PROC, .act = "procuratorial_opinion");
}

static void breaches__steps_and_papers(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "site_check", .to1 = MARKET + 1, .no_papers = true);
    assert_true(has_breach(w, "paper", "inspection_record"));
    DO(w, .from = JUSTICE, .act = "reminder", .to1 = MARKET + 1);
    assert_true(has_breach(w, "step", "correction_insufficient")); /* the first of the group, by name */
    DO(w, .from = MARKET, .act = "objection");
    assert_true(has_breach(w, "step", "circular"));
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    DO(w, .from = JUSTICE, .act = "reminder", .to1 = MARKET + 1);
    assert_int_equal(w->verdict.breach_count, 0);
}

/* ---- duties ---- */

static int64_t end_of(const char *text)
{
    int64_t d = 0;
    assert_true(xj_date_parse(text, &d));
    return xj_day_start_ms(d + 1) - 1;
}

/* One record, open and due at the end of that day (NULL: without a date), at the exchange and in both views. */
static void due(struct world *w, const char *name, enum who obligor, enum who other, const char *last)
{
    const int views[] = {-1, (int)obligor, (int)other};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        struct xj_duty_view d;
        assert_int_equal(duty(w, views[i], name, 0, &d), 1);
        assert_int_equal(d.status, XJ_DUTY_OPEN);
        assert_true(xj_slice_eq(d.obligor, name_of(obligor)));
        assert_int_equal(d.due_known, last != NULL);
        if (last != NULL)
            assert_int_equal(d.due_ms, end_of(last));
    }
}

static void ended(struct world *w, const char *name, enum who obligor, enum who other, enum xj_duty_status status)
{
    const int views[] = {-1, (int)obligor, (int)other};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        struct xj_duty_view d;
        assert_int_equal(duty(w, views[i], name, 0, &d), 1);
        assert_int_equal(d.status, status);
    }
}

struct step {
    const char *act;
    enum who from;
    int to1; /* who + 1 */
};

/* What comes before, what starts the duty, what stops it, and the last day by the example city's rules from 2026-03-02, a Monday. */
static const struct row {
    const char *name, *last;
    enum who obligor, other;
    struct step before[3], start, stop;
} rows[] = {
    {"S01", "2026-03-09", MARKET, JUSTICE, {{0}}, {"materials_demanded", JUSTICE, MARKET + 1}, {"materials_submitted", MARKET, 0}},
    {"S01", "2026-03-09", MARKET, JUSTICE, {{0}}, {"materials_demanded", JUSTICE, MARKET + 1}, {"materials_refused", MARKET, 0}},
    {"S02", "2026-03-09", MARKET, JUSTICE, {{0}}, {"file_demanded", JUSTICE, MARKET + 1}, {"file_submitted", MARKET, 0}},
    {"S02", "2026-03-09", MARKET, JUSTICE, {{0}}, {"file_demanded", JUSTICE, MARKET + 1}, {"file_refused", MARKET, 0}},
    {"S03", "2026-03-05", POLICE, JUSTICE, {{0}}, {"explanation_demanded", JUSTICE, POLICE + 1}, {"explanation_given", POLICE, 0}},
    {"S04", "2026-03-23", MARKET, JUSTICE, {{0}}, {"inspection_findings", JUSTICE, MARKET + 1}, {"correction_report", MARKET, 0}},
    {"S05", "2026-03-17", MARKET, JUSTICE, {{0}}, {"supervision_letter", JUSTICE, MARKET + 1}, {"correction_report", MARKET, 0}},
    {"S06", "2026-04-01", MARKET, JUSTICE, {{0}}, {"oversight_opinion", JUSTICE, MARKET + 1}, {"correction_report", MARKET, 0}},
    {"S07", "2026-04-01", MARKET, JUSTICE, {{0}}, {"oversight_decision", JUSTICE, MARKET + 1}, {"decision_executed", MARKET, 0}},
    {"S08", "2026-03-12", MARKET, JUSTICE, {{"file_demanded", JUSTICE, MARKET + 1}, {"file_submitted", MARKET, 0}},
     {"review_defective", JUSTICE, 0}, {"correction_report", MARKET, 0}},
    {"S09", "2026-03-09", MARKET, JUSTICE, {{"oversight_opinion", JUSTICE, MARKET + 1}, {"correction_report", MARKET, 0}},
     {"correction_insufficient", JUSTICE, 0}, {"correction_report", MARKET, 0}},
    {"S10", "2026-03-16", JUSTICE, MARKET, {{"oversight_opinion", JUSTICE, MARKET + 1}}, {"objection", MARKET, 0},
     {"objection_dismissed", JUSTICE, 0}},
    {"S10", "2026-03-16", JUSTICE, MARKET, {{"oversight_opinion", JUSTICE, MARKET + 1}}, {"objection", MARKET, 0},
     {"objection_upheld", JUSTICE, 0}},
    {"S11", "2026-04-02", JUSTICE, MARKET, {{"file_demanded", JUSTICE, MARKET + 1}}, {"file_submitted", MARKET, 0},
     {"review_sound", JUSTICE, 0}},
    {"S11", "2026-04-02", JUSTICE, MARKET, {{"file_demanded", JUSTICE, MARKET + 1}}, {"file_submitted", MARKET, 0},
     {"review_defective", JUSTICE, 0}},
    {"S12", "2026-03-16", JUSTICE, MARKET, {{"oversight_opinion", JUSTICE, MARKET + 1}}, {"correction_report", MARKET, 0},
     {"correction_verified", JUSTICE, 0}},
    {"S12", "2026-03-16", JUSTICE, MARKET, {{"oversight_decision", JUSTICE, MARKET + 1}}, {"decision_executed", MARKET, 0},
     {"correction_insufficient", JUSTICE, 0}},
    {"S13", "2026-04-02", MARKET, JUSTICE, {{0}}, {"suggestion", JUSTICE, MARKET + 1}, {"suggestion_reply", MARKET, 0}},
    {"S14", "2026-04-02", MARKET, PROC, {{0}}, {"procuratorial_opinion", PROC, MARKET + 1}, {"procuratorial_reply", MARKET, 0}},
    {"S14", "2026-04-02", JUSTICE, PROC, {{0}}, {"procuratorial_opinion", PROC, JUSTICE + 1}, {"procuratorial_reply", JUSTICE, 0}},
    {"S16", "2026-04-06", MARKET, JUSTICE, {{0}}, {"zero_report", MARKET, 0}, {"zero_report", MARKET, 0}},
    {"S16", "2026-04-06", MARKET, JUSTICE, {{0}}, {"monthly_report", MARKET, 0}, {"zero_report", MARKET, 0}},
};
#define ROWS (sizeof rows / sizeof rows[0])

static void take(struct world *w, const struct step *s)
{
    DO(w, .from = s->from, .act = s->act, .to1 = s->to1);
}

static void begin(struct world *w, const struct row *r)
{
    for (size_t i = 0; i < 3 && r->before[i].act != NULL; i++)
        take(w, &r->before[i]);
    take(w, &r->start);
}

/* S16 starts again with what stops it: the record stopped is the first of two. */
static void ended_first(struct world *w, const struct row *r, enum xj_duty_status status)
{
    struct xj_duty_view d;
    if (strcmp(r->name, "S16") != 0) {
        ended(w, r->name, r->obligor, r->other, status);
        return;
    }
    assert_int_equal(duty(w, (int)r->obligor, r->name, 0, &d), 2);
    assert_int_equal(d.status, status);
    assert_int_equal(duty(w, (int)r->obligor, r->name, 1, &d), 2);
    assert_int_equal(d.status, XJ_DUTY_OPEN);
}

static void duties__in_time_on_the_last_day_and_late_after_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (int late = 0; late < 2; late++) {
            struct world *w = new_world(CITY);
            begin(w, &rows[i]);
            due(w, rows[i].name, rows[i].obligor, rows[i].other, rows[i].last);
            w->now_ms = end_of(rows[i].last) + late;
            take(w, &rows[i].stop);
            assert_int_equal(has_breach(w, "late", rows[i].name), late);
            ended_first(w, &rows[i], late ? XJ_DUTY_LATE : XJ_DUTY_MET);
            world_down(w);
        }
}

/* The national text gives no days: the duty is there, open, and never late. */
static void duties__have_no_date_where_the_law_sets_none(void **state)
{
    (void)state;
    static const char *const off[] = {"S07", "S08", "S09", "S11", "S12", "S13", "S16"};
    for (size_t i = 0; i < ROWS; i++) {
        struct world *w = new_world(NULL);
        struct xj_duty_view d;
        bool disabled = false;
        begin(w, &rows[i]);
        for (size_t k = 0; k < sizeof off / sizeof off[0]; k++)
            disabled = disabled || strcmp(off[k], rows[i].name) == 0;
        if (disabled)
            assert_int_equal(duty(w, -1, rows[i].name, 0, &d), 0);
        else
            due(w, rows[i].name, rows[i].obligor, rows[i].other, NULL);
        w->now_ms = at("2026-12-30T09:00");
        take(w, &rows[i].stop);
        assert_int_equal(w->verdict.breach_count, 0);
        if (!disabled)
            ended(w, rows[i].name, rows[i].obligor, rows[i].other, XJ_DUTY_MET);
        world_down(w);
    }
}

static void duties__are_all_tried_here(void **state)
{
    struct world *w = *state;
    for (uint16_t i = 0; i < w->model->duty_count; i++) {
        const char *name = w->model->duties[i].name.id;
        bool found = strcmp(name, "S15") == 0; /* below */
        for (size_t k = 0; k < ROWS; k++)
            found = found || strcmp(rows[k].name, name) == 0;
        if (!found)
            fail_msg("duty %s is not tried", name);
    }
}

/* 监察条例 171: five working days, once it is done. */
static void s15__clue_sent_on_in_five_working_days(void **state)
{
    (void)state;
    struct xj_duty_view d;
    for (int late = 0; late < 2; late++) {
        struct world *w = new_world(NULL);
        DO(w, .from = JUSTICE, .act = "duty_clue", .to1 = SUPER + 1);
        assert_int_equal(duty(w, -1, "S15", 0, &d), 0); /* nothing says that it must be sent on */
        w->now_ms = end_of("2026-03-09") + late;
        DO(w, .from = SUPER, .act = "duty_clue_forwarded", .to1 = SUPER2 + 1);
        assert_int_equal(has_breach(w, "late", "S15"), late);
        assert_int_equal(duty(w, -1, "S15", 0, &d), 1);
        assert_int_equal(d.status, late ? XJ_DUTY_LATE : XJ_DUTY_MET);
        world_down(w);
    }
}

/* 山东监督条例 28, 29(2): thirty days from the receipt. */
static void shandong__thirty_days_from_the_receipt(void **state)
{
    struct world *w = *state;
    struct xj_id opinion = DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1);
    due(w, "S06", MARKET, JUSTICE, "2026-04-01"); /* provisionally from the admission */
    world_delivered(w, opinion, MARKET, "2026-03-04T10:00");
    struct xj_duty_view d;
    assert_int_equal(duty(w, MARKET, "S06", 0, &d), 1);
    assert_true(d.due_ms == end_of("2026-04-03") && !d.provisional);
    w->now_ms = at("2026-03-03T10:00");
    DO(w, .from = MARKET, .act = "receipt"); /* signed before it was delivered here */
    assert_int_equal(duty(w, MARKET, "S06", 0, &d), 1);
    assert_int_equal(d.due_ms, end_of("2026-04-02"));
    DO(w, .from = JUSTICE, .act = "oversight_decision", .to1 = MARKET + 1);
    due(w, "S07", MARKET, JUSTICE, "2026-04-02");
    assert_int_equal(w->model->duties[xj_model_duty(w->model, xj_slice_cstr("S07"))].tag, XJ_TAG_C);
    DO(w, .from = JUSTICE, .act = "supervision_letter", .to1 = MARKET + 1);
    due(w, "S05", MARKET, JUSTICE, NULL); /* of the 督办函 Shandong says nothing */
}

/* The example city's rule suspends the correction while an objection is undecided: five days of ten. */
static void pause__while_an_objection_is_undecided(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = JUSTICE, .act = "file_demanded", .to1 = MARKET + 1);
    DO(w, .from = MARKET, .act = "file_submitted");
    DO(w, .from = JUSTICE, .act = "review_defective");
    due(w, "S08", MARKET, JUSTICE, "2026-03-12");
    w->now_ms = at("2026-03-05T09:00");
    DO(w, .from = MARKET, .act = "objection");
    assert_int_equal(duty(w, MARKET, "S08", 0, &d), 1);
    assert_true(d.paused && !d.due_known);
    w->now_ms = at("2026-03-10T09:00");
    DO(w, .from = JUSTICE, .act = "objection_dismissed");
    due(w, "S08", MARKET, JUSTICE, "2026-03-17");
    w->now_ms = end_of("2026-03-17");
    DO(w, .from = MARKET, .act = "correction_report");
    ended(w, "S08", MARKET, JUSTICE, XJ_DUTY_MET);
}

/* 监督条例 is in force since 2026-02-01; the resolution of Shandong since 2019-09-27. */
static void duties__start_nothing_before_their_source(void **state)
{
    struct world *w = *state;
    struct xj_duty_view d;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1, .late = true, .occurred = "2025-11-03");
    DO(w, .from = MARKET, .act = "receipt", .late = true, .occurred = "2025-11-04");
    assert_int_equal(duty(w, MARKET, "S06", 0, &d), 0);
    DO(w, .from = PROC, .act = "procuratorial_opinion", .to1 = MARKET + 1, .late = true, .occurred = "2025-11-03");
    DO(w, .from = MARKET, .act = "receipt", .late = true, .occurred = "2025-11-04");
    assert_int_equal(duty(w, MARKET, "S14", 0, &d), 1);
}

/* A whole history on paper goes in: late entries need no papers and no question before. */
static void history__is_entered_late(void **state)
{
    struct world *w = *state;
    DO(w, .from = JUSTICE, .act = "oversight_opinion", .to1 = MARKET + 1, .late = true, .occurred = "2026-02-10", .no_papers = true);
    DO(w, .from = MARKET, .act = "receipt", .late = true, .occurred = "2026-02-11", .no_papers = true);
    due(w, "S06", MARKET, JUSTICE, "2026-03-13");
    DO(w, .from = MARKET, .act = "correction_report", .late = true, .occurred = "2026-03-16", .no_papers = true);
    assert_true(has_breach(w, "late", "S06"));
    ended(w, "S06", MARKET, JUSTICE, XJ_DUTY_LATE);
    DO(w, .from = JUSTICE, .act = "correction_verified", .late = true, .occurred = "2026-03-20", .no_papers = true);
    stands(w, "opinion", MARKET, JUSTICE, "closed");
}

#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
#define T_CITY(f) cmocka_unit_test_setup_teardown(f, up_city, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__has_no_errors_and_no_warnings),
        T(check__what_is_not_confirmed_binds_nobody),
        cmocka_unit_test_setup_teardown(check__what_is_not_confirmed_binds_nobody, up_shandong, down),
        T(inspection__goes_from_its_opening_to_its_closure),
        T(inspection__finds_nothing),
        T(inspection__is_refused),
        T(review__is_objected_to_in_vain_and_rectified),
        T_CITY(review__is_withdrawn_once_the_objection_is_upheld),
        T(review__gets_no_file),
        T(letter_and_opinion__each_move_their_own_row),
        T(opinion__is_followed_by_decision_circular_and_superior),
        T(decision__without_a_proposal_presumes_it),
        T(suggestion__is_answered),
        T(procuratorate__is_answered_in_writing),
        T(clue__goes_to_the_commission_and_on),
        T(report__of_nothing_opens_a_case_and_is_made_again),
        T(refusals__whoever_has_no_authority),
        T(refusals__what_was_not_asked_or_is_answered_already),
        T(refusals__what_is_incomplete),
        T(breaches__steps_and_papers),
        cmocka_unit_test(duties__in_time_on_the_last_day_and_late_after_it),
        cmocka_unit_test(duties__have_no_date_where_the_law_sets_none),
        T(duties__are_all_tried_here),
        cmocka_unit_test(s15__clue_sent_on_in_five_working_days),
        cmocka_unit_test_setup_teardown(shandong__thirty_days_from_the_receipt, up_shandong, down),
        T_CITY(pause__while_an_objection_is_undecided),
        T_CITY(duties__start_nothing_before_their_source),
        cmocka_unit_test_setup_teardown(history__is_entered_late, up_shandong, down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
