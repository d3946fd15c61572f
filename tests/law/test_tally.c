/* What a case adds to the statistics of the main procedure, unit by unit: spec/14-statistics.md, sections 2 to 4. Expected
 * values are written by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/engineworld.h"

/* What the fold does not keep. */
static struct {
    struct xj_id act[8];
    int64_t value[8];
    bool unread[8];
    size_t n;
    uint8_t parties[4][8];
    size_t party_count;
    enum who role_of; /* + 1: this agency was a court when the act was admitted */
} facts;

static struct xj_slice fact_role(void *ctx, const struct xj_id *act, struct xj_slice agency)
{
    struct xj_engine e = engine_at(ctx, -1);
    (void)act;
    if (facts.role_of != 0 && xj_slice_eq(agency, name_of((enum who)(facts.role_of - 1))))
        return xj_slice_cstr("court");
    return e.facts.role(e.facts.ctx, agency);
}

static bool fact_figure(void *ctx, const struct xj_id *act, uint16_t name, enum xj_figure figure, int64_t *ret, bool *ret_unread)
{
    (void)ctx;
    (void)name;
    for (size_t i = 0; figure == XJ_FIGURE_FINE && i < facts.n; i++)
        if (xj_id_eq(&facts.act[i], act)) {
            *ret = facts.value[i];
            *ret_unread = facts.unread[i];
            return true;
        }
    return false;
}

static void note_fine(struct xj_id act, int64_t value, bool unread)
{
    facts.act[facts.n] = act;
    facts.value[facts.n] = value;
    facts.unread[facts.n++] = unread;
}

struct want {
    const struct world *w;
    const char *statistic; /* NULL: acts on record */
    int count;
    struct xj_tally_view unit[16];
    char agency[16][64], source[64];
};

static bool see(void *arg, const struct xj_tally_view *t)
{
    struct want *x = arg;
    const char *name = t->statistic != XJ_NONE ? x->w->model->statistics[t->statistic].name.id : NULL;
    if ((name == NULL) != (x->statistic == NULL) || (name != NULL && strcmp(name, x->statistic) != 0))
        return true;
    assert_true(x->count < 16);
    memcpy(x->agency[x->count], t->agency.p, t->agency.n);
    x->agency[x->count][t->agency.n] = '\0';
    memcpy(x->source, t->source.p, t->source.n);
    x->source[t->source.n] = '\0';
    x->unit[x->count++] = *t;
    return true;
}

/* Units of the statistic as the exchange sees the case. */
static int units(struct world *w, const char *statistic, struct want *ret)
{
    static struct want x;
    struct xj_engine e = engine_at(w, -1);
    const struct xj_tally_facts f = {w, fact_role, fact_figure, (const uint8_t(*)[8])facts.parties, facts.party_count};
    memset(&x, 0, sizeof x);
    x.w = w;
    x.statistic = statistic;
    assert_true(statistic == NULL || xj_model_statistic(w->model, xj_slice_cstr(statistic)) != XJ_NONE);
    assert_int_equal(xj_engine_tally(&e, w->case_id, &f, see, &x), XJ_OK);
    if (ret != NULL)
        *ret = x;
    return x.count;
}

static bool is(const struct want *x, int i, enum who who)
{
    return xj_slice_eq(xj_slice_cstr(x->agency[i]), name_of(who));
}

static int up(void **state)
{
    static struct world w;
    memset(&facts, 0, sizeof facts);
    world_up(&w);
    *state = &w;
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    return 0;
}

/* ---- acts ---- */

static void tally__counts_an_act_to_its_doer_and_received_ones_to_the_principal(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(units(w, "transfers", &x), 1);
    assert_true(is(&x, 0, MARKET) && x.unit[0].dated && x.unit[0].at_ms == w->now_ms && !x.unit[0].has_party);
    assert_int_equal(units(w, "transfers_received", &x), 1);
    assert_true(is(&x, 0, POLICE) && xj_slice_eq(xj_slice_cstr(x.source), name_of(MARKET)));
    assert_int_equal(units(w, "filed", NULL), 0);
    assert_int_equal(units(w, NULL, &x), 1);
    assert_true(is(&x, 0, MARKET));
}

/* Whoever transferred first is where the case comes from, not who opened it. */
static void tally__takes_the_source_of_the_case_from_its_transfer(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = POLICE, .act = "report", .to1 = POLICE2 + 1);
    assert_int_equal(units(w, NULL, &x), 1);
    assert_true(xj_slice_eq(xj_slice_cstr(x.source), name_of(POLICE)));
    DO(w, .from = ENV, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2026-02-01");
    assert_int_equal(units(w, NULL, &x), 2);
    assert_true(xj_slice_eq(xj_slice_cstr(x.source), name_of(ENV)));
}

static void tally__dates_an_act_by_the_end_of_what_is_known(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true);
    DO(w, .from = MARKET, .act = "penalty_decided", .occurred = "2026-02-28");
    assert_int_equal(units(w, "penalties", &x), 3);
    assert_true(x.unit[0].dated && x.unit[0].at_ms == at("2026-01-01T00:00") - 1); /* the last instant of 2025 in Beijing */
    assert_false(x.unit[1].dated);
    assert_true(x.unit[2].dated && x.unit[2].at_ms == at("2026-03-01T00:00") - 1);
}

static void tally__leaves_out_what_is_voided_and_follows_amendments(void **state)
{
    struct world *w = *state;
    struct want x;
    struct xj_id first = DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-06-01");
    struct xj_id second = DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-07-01");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .relation = "voids", .target = first);
    assert_int_equal(units(w, "penalties", &x), 1);
    assert_true(xj_id_eq(&x.unit[0].act, &second));
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-09-30", .relation = "amends", .target = second);
    assert_int_equal(units(w, "penalties", &x), 1);
    assert_true(x.unit[0].at_ms == at("2025-10-01T00:00") - 1);
    assert_int_equal(units(w, NULL, NULL), 1);
}

static void tally__counts_only_doers_of_the_role_they_had(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    DO(w, .from = POLICE, .act = "not_filed");
    DO(w, .from = PROC, .act = "explanation_requested", .to1 = POLICE + 1);
    DO(w, .from = PROC, .act = "notice_to_file", .to1 = POLICE + 1);
    assert_int_equal(units(w, "supervisions", &x), 1); /* once a case */
    assert_true(is(&x, 0, PROC));
    facts.role_of = PROC + 1;
    assert_int_equal(units(w, "supervisions", NULL), 0);
}

/* ---- once ---- */

static void tally__counts_a_case_at_its_earliest_act_whatever_came_first_on_record(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2025-05-01");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2025-03-01");
    assert_int_equal(units(w, "transfers", NULL), 3);
    assert_int_equal(units(w, "transferred_cases", &x), 1);
    assert_true(x.unit[0].dated && x.unit[0].at_ms == at("2025-03-02T00:00") - 1);
}

static void tally__counts_each_party_once(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = PROC, .act = "prosecuted", .to1 = COURT + 1, .subject1 = 11, .subject2 = 12);
    assert_int_equal(units(w, "prosecuted_parties", &x), 1); /* one person, two charges */
    assert_true(x.unit[0].has_party && x.unit[0].party[0] == 1);
    w->now_ms += 86400000;
    DO(w, .from = PROC, .act = "prosecuted", .to1 = COURT + 1, .subject1 = 13, .subject2 = 21);
    assert_int_equal(units(w, "prosecuted", NULL), 2);
    assert_int_equal(units(w, "prosecuted_parties", &x), 2);
    assert_true(x.unit[1].party[0] == 2 && x.unit[1].at_ms == w->now_ms);
}

static void tally__counts_all_parties_of_an_act_that_names_none(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2025-05-01");
    assert_int_equal(units(w, "transferred_parties", &x), 1); /* somebody there must have been */
    assert_false(x.unit[0].has_party);
    memset(facts.parties[0], 5, 8);
    memset(facts.parties[1], 6, 8);
    memset(facts.parties[2], 7, 8);
    facts.party_count = 3;
    assert_int_equal(units(w, "transferred_parties", &x), 3);
    assert_true(x.unit[0].has_party && x.unit[2].party[0] == 7);
}

/* ---- sums ---- */

static void tally__sums_what_bodies_give_and_tells_what_it_cannot_read(void **state)
{
    struct world *w = *state;
    struct want x;
    struct xj_id first = DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-06-01");
    DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-07-01");
    struct xj_id third = DO(w, .from = MARKET, .act = "penalty_decided", .late = true, .occurred = "2025-08-01");
    note_fine(first, 500000, false);
    note_fine(third, 0, true);
    assert_int_equal(units(w, "fines", &x), 2); /* the second imposes none */
    assert_true(x.unit[0].value == 500000 && !x.unit[0].unread && x.unit[1].value == 0 && x.unit[1].unread);
    assert_int_equal(units(w, "confiscations", NULL), 0);
    assert_int_equal(units(w, "penalties", NULL), 3);
}

/* ---- duties ---- */

/* D01: three days to decide on a report of 2026-03-02. */
static void tally__an_open_duty_waits_for_its_date(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer_report");
    assert_int_equal(units(w, "duties_due", &x), 1);
    assert_true(is(&x, 0, MARKET) && x.unit[0].open == XJ_TALLY_SETTLED && x.unit[0].at_ms == at("2026-03-06T00:00") - 1);
    assert_int_equal(units(w, "duties_overdue", &x), 1);
    assert_true(x.unit[0].open == XJ_TALLY_ONCE_OVERDUE && x.unit[0].at_ms == at("2026-03-06T00:00") - 1);
    assert_int_equal(units(w, "duties_judged", &x), 1);
    assert_int_equal(x.unit[0].open, XJ_TALLY_ONCE_OVERDUE);
    assert_int_equal(units(w, "duties_met", NULL) + units(w, "duties_late", NULL) + units(w, "duties_undatable", NULL), 0);
}

static void tally__a_duty_done_is_met_or_late(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer_report");
    w->now_ms = at("2026-03-05T10:00");
    DO(w, .from = MARKET, .act = "transfer_approved");
    w->now_ms = at("2026-03-09T10:00");
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1);
    assert_int_equal(units(w, "duties_met", &x), 1);
    assert_string_equal(w->model->duties[x.unit[0].duty].name.id, "D01");
    assert_int_equal(units(w, "duties_late", &x), 1);
    assert_string_equal(w->model->duties[x.unit[0].duty].name.id, "D02");
    assert_true(x.unit[0].at_ms == at("2026-03-06T10:00")); /* 24 hours: an instant, not the end of a day */
    assert_int_equal(units(w, "duties_judged", &x), 3); /* and the police's D08, once it is overdue; D03 has no limit */
    assert_int_equal(units(w, "duties_due", NULL), 3);
}

/* History whose start is open-ended: met for sure counts by the earliest date, what cannot be told has none. */
static void tally__history_counts_as_far_as_it_is_sure(void **state)
{
    struct world *w = *state;
    struct want x;
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2025-06-02");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2025-06-04");
    assert_int_equal(units(w, "duties_met", &x), 1);
    assert_string_equal(w->model->duties[x.unit[0].duty].name.id, "D08");
    assert_true(x.unit[0].dated && x.unit[0].at_ms == at("2025-06-06T00:00") - 1);
    world_down(w);
    world_up(w);
    DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .late = true, .occurred = "2025-06-02");
    DO(w, .from = POLICE, .act = "filed", .late = true, .occurred = "2025-07-04");
    assert_int_equal(units(w, "duties_met", NULL), 0);
    assert_int_equal(units(w, "duties_undatable", &x), 1);
    assert_false(x.unit[0].dated);
    assert_int_equal(units(w, "duties_overdue", NULL), 0); /* D10 is open; when its three days began nobody can tell */
    assert_int_equal(units(w, "duties_due", &x), 2);
    assert_false(x.unit[0].dated || x.unit[1].dated);
}

/* D35 may be overrun without breach: it is in no statistic of `any`. */
static void tally__what_may_be_overrun_is_left_out(void **state)
{
    struct world *w = *state;
    struct want x;
    struct xj_duty_view d;
    DO(w, .from = POLICE, .act = "sent_for_prosecution", .to1 = PROC + 1);
    assert_int_equal(duty(w, -1, "D35", 0, &d), 1);
    assert_int_equal(units(w, "duties_due", &x), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tally__counts_an_act_to_its_doer_and_received_ones_to_the_principal),
        T(tally__takes_the_source_of_the_case_from_its_transfer),
        T(tally__dates_an_act_by_the_end_of_what_is_known),
        T(tally__leaves_out_what_is_voided_and_follows_amendments),
        T(tally__counts_only_doers_of_the_role_they_had),
        T(tally__counts_a_case_at_its_earliest_act_whatever_came_first_on_record),
        T(tally__counts_each_party_once),
        T(tally__counts_all_parties_of_an_act_that_names_none),
        T(tally__sums_what_bodies_give_and_tells_what_it_cannot_read),
        T(tally__an_open_duty_waits_for_its_date),
        T(tally__a_duty_done_is_met_or_late),
        T(tally__history_counts_as_far_as_it_is_sure),
        T(tally__what_may_be_overrun_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
