/* The main procedure 行刑衔接 as compiled: its limits, marks and papers against the law, and the replay table that names its
 * acts. Sources: the citations in schema/procedures/referral.yaml. Spec: schema/spec/07-procedure.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/ydoc.h"
#include "tests/procedures/fixture.h"

static struct xj_model *compiled_with(const char *path, struct xj_slice overlay, struct xj_findings *f)
{
    struct xj_buf text = read_text(path), bytes;
    struct xj_model *m = NULL;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_procedure_compile(xj_buf_slice(&text), overlay, &bytes, f), XJ_OK);
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    xj_buf_free(&bytes);
    xj_buf_free(&text);
    return m;
}

static const struct xj_m_duty *duty_of(const struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_duty(m, xj_slice_cstr(id));
    assert_int_not_equal(i, XJ_NONE);
    return &m->duties[i];
}

static const struct xj_m_act *act_of(const struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_act(m, xj_slice_cstr(id));
    if (i == XJ_NONE)
        fail_msg("no act %s", id);
    return &m->acts[i];
}

static struct xj_model *referral(void)
{
    struct xj_findings f;
    xj_findings_init(&f);
    struct xj_model *m = compiled_with(REFERRAL_YAML, nothing(), &f);
    for (size_t i = 0; i < f.count; i++)
        assert_int_equal(f.list[i].severity, XJ_SEVERITY_NOTE);
    xj_findings_free(&f);
    return m;
}

static void referral__has_no_errors_and_no_warnings(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    assert_int_equal(m->track_count, 18);
    assert_int_equal(m->duty_count, 41);
    assert_true(m->act_count >= 110);
    xj_model_free(m);
}

struct row {
    const char *id, *obligor;
    enum xj_clock_kind kind;
    uint32_t limit;
    enum xj_tag tag;
};

/* The master deadline register as the law gives it. */
static const struct row rows[] = {
    {"D01", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D02", "bureau", XJ_CLOCK_HOURS, 24, XJ_TAG_C},
    {"D03", "police", XJ_CLOCK_NONE, 0, XJ_TAG_C},        {"D04", "police", XJ_CLOCK_HOURS, 24, XJ_TAG_C},
    {"D05", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D06", "police", XJ_CLOCK_HOURS, 24, XJ_TAG_C},
    {"D07", "police", XJ_CLOCK_HOURS, 24, XJ_TAG_C},      {"D08", "police", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D09", "police", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D10", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D11", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D12", "police", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D13", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D14", "police", XJ_CLOCK_DAYS, 7, XJ_TAG_C},
    {"D15", "procuratorate", XJ_CLOCK_DAYS, 10, XJ_TAG_C}, {"D16", "police", XJ_CLOCK_DAYS, 15, XJ_TAG_C},
    {"D17", "procuratorate", XJ_CLOCK_NONE, 0, XJ_TAG_C}, {"D18", "police", XJ_CLOCK_DAYS, 7, XJ_TAG_C},
    {"D19", "police", XJ_CLOCK_MONTHS, 3, XJ_TAG_C},      {"D20", "police", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D21", "police", XJ_CLOCK_DAYS, 3, XJ_TAG_C},        {"D22", "bureau", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D23", "bureau", XJ_CLOCK_DAYS, 10, XJ_TAG_C2},      {"D24", "procuratorate", XJ_CLOCK_DAYS, 3, XJ_TAG_C},
    {"D25", "procuratorate", XJ_CLOCK_WORKDAYS, 3, XJ_TAG_C2}, {"D26", "procuratorate", XJ_CLOCK_WORKDAYS, 10, XJ_TAG_C},
    {"D27", "procuratorate", XJ_CLOCK_DAYS, 3, XJ_TAG_U}, {"D28", "bureau", XJ_CLOCK_MONTHS, 2, XJ_TAG_C2},
    {"D29", "bureau", XJ_CLOCK_WORKDAYS, 15, XJ_TAG_C},   {"D30", "any", XJ_CLOCK_DAYS, 7, XJ_TAG_C},
    {"D31", "any", XJ_CLOCK_DAYS, 7, XJ_TAG_C},           {"D32", "bureau police", XJ_CLOCK_DAYS, 90, XJ_TAG_C},
    {"D33", "bureau police", XJ_CLOCK_WORKDAYS, 7, XJ_TAG_C}, {"D34", "procuratorate", XJ_CLOCK_DAYS, 7, XJ_TAG_C},
    {"D35", "procuratorate", XJ_CLOCK_MONTHS, 1, XJ_TAG_C}, {"D36", "police procuratorate supervisory", XJ_CLOCK_MONTHS, 1, XJ_TAG_C},
    {"D37", "court", XJ_CLOCK_MONTHS, 2, XJ_TAG_C},       {"D38", "court", XJ_CLOCK_NONE, 0, XJ_TAG_U},
    {"D39", "supervisory", XJ_CLOCK_WORKDAYS, 5, XJ_TAG_C}, {"D40", "police", XJ_CLOCK_DAYS, 15, XJ_TAG_C},
    {"D41", "procuratorate", XJ_CLOCK_DAYS, 7, XJ_TAG_C},
};

/* "any", or role names parted by blanks. */
static xj_roles roles_of(const struct xj_model *m, const char *names)
{
    xj_roles roles = 0;
    if (strcmp(names, "any") == 0)
        return XJ_ROLES_ANY;
    for (const char *p = names; *p != '\0';) {
        size_t n = strcspn(p, " ");
        roles |= xj_model_role(m, xj_slice_of(p, n));
        p += n + (p[n] == ' ');
    }
    return roles;
}

static void referral__has_the_limits_of_the_law(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct xj_m_duty *d = duty_of(m, rows[i].id);
        assert_int_equal(d->obligor, roles_of(m, rows[i].obligor));
        assert_int_equal(d->kind, rows[i].kind);
        assert_int_equal(d->limit, rows[i].limit);
        assert_int_equal(d->tag, rows[i].tag);
        assert_int_equal(d->disabled, rows[i].tag == XJ_TAG_U);
    }
    xj_model_free(m);
}

static uint32_t extension(const struct xj_model *m, const char *duty, const char *act)
{
    const struct xj_m_duty *d = duty_of(m, duty);
    for (uint16_t i = 0; i < d->extend_count; i++) {
        if (strcmp(m->acts[d->extends[i].act].name.id, act) == 0)
            return d->extends[i].limit;
    }
    return 0;
}

static const struct xj_m_sector *sector(const struct xj_model *m, const char *duty, const char *name)
{
    const struct xj_m_duty *d = duty_of(m, duty);
    for (uint16_t i = 0; i < d->sector_count; i++) {
        if (strcmp(d->sectors[i].sector, name) == 0)
            return &d->sectors[i];
    }
    fail_msg("%s has no sector %s", duty, name);
    return NULL;
}

static void referral__extends_the_filing_review_to_7_and_30_days(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    assert_int_equal(extension(m, "D08", "decision_verification"), 7);
    assert_int_equal(extension(m, "D08", "decision_extended"), 30);
    const struct xj_m_duty *d08 = duty_of(m, "D08");
    for (uint16_t i = 0; i < d08->start_count; i++) {
        bool clue = strcmp(m->acts[d08->starts[i].act].name.id, "clue") == 0;
        assert_int_equal(d08->starts[i].instant, XJ_INSTANT_ACCEPTED);
        assert_int_equal(d08->starts[i].on_receipt, clue);
    }
    xj_model_free(m);
}

static void referral__has_the_limits_of_the_sectors(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    assert_true(sector(m, "D29", "market")->limit == 15 && sector(m, "D29", "market")->extended_limit == 30);
    assert_true(sector(m, "D29", "agriculture")->limit == 7 && sector(m, "D29", "agriculture")->extended_limit == 14);
    assert_true(sector(m, "D29", "land")->kind == XJ_CLOCK_WORKDAYS && sector(m, "D29", "land")->limit == 10);
    assert_true(sector(m, "D29", "tobacco")->kind == XJ_CLOCK_DAYS && sector(m, "D29", "tobacco")->extended_limit == 0);
    assert_int_equal(sector(m, "D29", "default")->kind, XJ_CLOCK_NONE);
    assert_int_equal(sector(m, "D11", "environment")->kind, XJ_CLOCK_WORKDAYS);
    assert_int_equal(sector(m, "D12", "environment")->kind, XJ_CLOCK_WORKDAYS);
    assert_int_equal(sector(m, "D22", "default")->kind, XJ_CLOCK_NONE);
    assert_true(sector(m, "D32", "land")->limit == 60 && sector(m, "D32", "land")->extended_limit == 0);
    assert_true(sector(m, "D32", "market")->limit == 90 && sector(m, "D32", "market")->extended_limit == 120);
    assert_int_equal(sector(m, "D31", "default")->kind, XJ_CLOCK_NONE);
    xj_model_free(m);
}

static void referral__refuses_a_transfer_without_letter_or_copy(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    const struct xj_m_act *transfer = act_of(m, "transfer");
    assert_true((transfer->copies & xj_model_role(m, xj_slice_cstr("procuratorate"))) != 0);
    unsigned instruments = 0;
    for (uint16_t i = 0; i < transfer->paper_count; i++) {
        if (transfer->papers[i].instrument)
            assert_string_equal(m->papers[transfer->papers[i].kind].id, "transfer_letter");
        instruments += transfer->papers[i].instrument;
    }
    assert_int_equal(instruments, 1);
    assert_int_equal(transfer->paper_count, 4); /* 310/6: letter, report, list, test */
    xj_model_free(m);
}

static void referral__has_one_transferring_one_receiving_and_one_accepting_act(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    for (uint16_t i = 0; i < m->act_count; i++) {
        const struct xj_m_act *a = &m->acts[i];
        assert_int_equal(a->transfers, strcmp(a->name.id, "transfer") == 0);
        assert_int_equal(a->receives, strcmp(a->name.id, "receipt") == 0);
        assert_int_equal(a->accepts, strcmp(a->name.id, "acceptance") == 0);
    }
    xj_model_free(m);
}

static bool lifts(const struct xj_model *m, const struct xj_m_act *act, const char *track, const char *state)
{
    for (uint16_t i = 0; i < act->lifted_count; i++) {
        const struct xj_m_track *t = &m->tracks[act->lifted[i].track];
        if (strcmp(t->name.id, track) == 0 && strcmp(t->states[act->lifted[i].state].id, state) == 0)
            return true;
    }
    return false;
}

static void referral__lifts_the_bar_on_a_fine_only_where_no_crime_is_left(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    const struct xj_m_act *fine = act_of(m, "penalty_decided");
    assert_true(fine->barred_count > 0);
    assert_true(lifts(m, fine, "investigation", "withdrawn") && lifts(m, fine, "prosecution", "not_prosecuted"));
    assert_true(lifts(m, fine, "judgment", "acquitted") && lifts(m, fine, "judgment", "exempted"));
    assert_false(lifts(m, fine, "judgment", "judged")); /* 处罚法35: no fine after a criminal fine */
    xj_model_free(m);
}

/* ---- the replay table ---- */

/* b bureau, p police, j procuratorate, c court, s supervisory commission */
static const struct {
    char letter;
    const char *kind, *role;
} actors[] = {{'b', "bureau", "bureau"},
              {'p', "police", "police"},
              {'j', "procuratorate", "procuratorate"},
              {'c', "court", "court"},
              {'s', "supervisory_commission", "supervisory"}};

/* The events of the published case files' vocabulary, and who does them there or by law. */
static const struct {
    const char *event, *by;
} events[] = {
    {"inspection", "bp"},
    {"admin_case_opened", "b"},
    {"suspected_crime_found", "bpjcs"},
    {"correction_notice", "bj"},
    {"penalty_notice", "b"},
    {"penalty_hearing", "b"},
    {"penalty_decided", "bp"},
    {"penalty_reduced", "b"},
    {"penalty_revoked", "b"},
    {"penalty_paid", "b"},
    {"enforcement_applied", "b"},
    {"admin_expert_opinion", "bpj"},
    {"bureau_reply", "b"},
    {"jurisdiction_requested", "bpjc"},
    {"jurisdiction_forwarded", "bpjc"},
    {"jurisdiction_designated", "bpjc"},
    {"transfer", "bpjcs"},
    {"clue_transferred", "bpjcs"},
    {"suggestion_to_transfer", "j"},
    {"receipt", "pbjcs"},
    {"acceptance", "p"},
    {"supplement_requested", "p"},
    {"assigned", "bpj"},
    {"admin_detention_transfer", "b"},
    {"admin_detention", "p"},
    {"items_seized", "bpj"},
    {"items_handed_over", "b"},
    {"items_not_handed_over", "b"},
    {"items_returned", "bp"},
    {"items_disposed", "bpc"},
    {"consultation", "bpjcs"},
    {"joint_meeting", "bpjcs"},
    {"mechanism_agreed", "bpjcs"},
    {"filed", "pjs"},
    {"not_filed", "p"},
    {"reconsideration_requested", "b"},
    {"reconsideration_decided", "p"},
    {"filed_after_notice", "p"},
    {"refiled", "p"},
    {"case_withdrawn", "pjs"},
    {"coercive_measure", "pjcs"},
    {"arrested", "pjc"},
    {"bail", "pjc"},
    {"arrest_requested", "pj"},
    {"transferred_for_prosecution", "pjs"},
    {"reverse_transfer", "pjc"},
    {"early_intervention", "j"},
    {"supervision_applied", "bjc"},
    {"supervision_suggested", "bcj"},
    {"explanation_requested", "j"},
    {"explanation_given", "p"},
    {"notice_to_file", "j"},
    {"notice_to_withdraw", "j"},
    {"supervision_opinion", "j"},
    {"arrest_approved", "j"},
    {"arrest_refused", "j"},
    {"returned_for_supplement", "j"},
    {"own_investigation", "j"},
    {"additional_suspect_pursued", "jp"},
    {"hearing_held", "j"},
    {"non_prosecution", "j"},
    {"opinion_issued", "j"},
    {"procuratorial_suggestion", "j"},
    {"public_interest_suit", "jb"},
    {"prosecuted", "j"},
    {"protest", "j"},
    {"transferred_between_procuratorates", "j"},
    {"duty_crime_filed", "js"},
    {"duty_crime_transferred", "bpjcs"},
    {"judged", "c"},
    {"appeal_decided", "c"},
    {"retrial_decided", "c"},
    {"disciplinary_action", "sb"},
    {"settlement", "bpjc"},
    {"victim_or_witness_report", "bpjcs"},
    {"other", "bpjcs"}};

/* What an entry "act", "act@role" or "note" says for an actor of that role ("": no agency) must be possible. */
static void assert_doable(const struct xj_model *m, const char *event, const char *actor_role, struct xj_slice entry)
{
    const uint8_t *at = entry.n == 0 ? NULL : memchr(entry.p, '@', entry.n);
    struct xj_slice name = at == NULL ? entry : xj_slice_of(entry.p, (size_t)(at - entry.p));
    struct xj_slice role = at == NULL ? xj_slice_cstr(actor_role) : xj_slice_of(at + 1, entry.n - name.n - 1);
    bool note = xj_slice_is(entry, "note");
    const struct xj_m_act *act = NULL;
    uint16_t i = xj_model_act(m, note ? xj_slice_cstr("disposal_note") : name);
    if (i != XJ_NONE)
        act = &m->acts[i];
    if (act == NULL)
        fail_msg("%s: no act %.*s", event, (int)name.n, (const char *)name.p);
    if (note && role.n == 0)
        return;
    if ((act->roles & xj_model_role(m, role)) == 0)
        fail_msg("%s: %s may not be done by %.*s", event, act->name.id, (int)role.n, (const char *)role.p);
}

static struct xj_slice entry_for(struct xj_ydoc *y, yaml_node_t *entry, const char *kind)
{
    struct xj_slice own = xj_ynode_text(xj_ydoc_get(y, entry, kind));
    return own.n > 0 ? own : xj_ynode_text(xj_ydoc_get(y, entry, "any"));
}

static void replay__maps_every_event_to_an_act_its_actors_may_do(void **state)
{
    (void)state;
    struct xj_model *m = referral();
    struct xj_buf text = read_text(REPLAY_YAML);
    struct xj_findings f;
    struct xj_ydoc y;
    xj_findings_init(&f);
    assert_int_equal(xj_ydoc_load(&y, xj_buf_slice(&text), &f), XJ_OK);
    yaml_node_t *table = xj_ydoc_get(&y, xj_ydoc_root(&y), "events");
    assert_int_equal(xj_ydoc_count(table), sizeof events / sizeof *events);
    for (size_t e = 0; e < sizeof events / sizeof *events; e++) {
        yaml_node_t *entry = xj_ydoc_get(&y, table, events[e].event);
        if (entry == NULL)
            fail_msg("no entry for %s", events[e].event);
        for (size_t k = 0; k < sizeof actors / sizeof *actors; k++) {
            struct xj_slice value = entry_for(&y, entry, actors[k].kind);
            assert_true(value.n > 0); /* every pair says something */
            if (strchr(events[e].by, actors[k].letter) != NULL)
                assert_doable(m, events[e].event, actors[k].role, value);
        }
        struct xj_slice other = xj_ynode_text(xj_ydoc_get(&y, entry, "other"));
        assert_doable(m, events[e].event, "", other.n > 0 ? other : xj_slice_cstr("note"));
    }
    xj_ydoc_free(&y);
    xj_findings_free(&f);
    xj_buf_free(&text);
    xj_model_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(referral__has_no_errors_and_no_warnings),
        cmocka_unit_test(referral__has_the_limits_of_the_law),
        cmocka_unit_test(referral__extends_the_filing_review_to_7_and_30_days),
        cmocka_unit_test(referral__has_the_limits_of_the_sectors),
        cmocka_unit_test(referral__refuses_a_transfer_without_letter_or_copy),
        cmocka_unit_test(referral__has_one_transferring_one_receiving_and_one_accepting_act),
        cmocka_unit_test(referral__lifts_the_bar_on_a_fine_only_where_no_crime_is_left),
        cmocka_unit_test(replay__maps_every_event_to_an_act_its_actors_may_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
