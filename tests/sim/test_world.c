/* A short history through both cores, in calm and under every fault: the ground of the campaigns. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/world_private.h"

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true},
    {"370800-scjgj", "济宁市市场监督管理局", "bureau", "market", true},
    {"370800-gaj", "济宁市公安局", "police", NULL, true},
    {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true},
};

static json_t *request(const char *act, const char *case_id, const char *papers)
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain",
                                              "content_base64", "5qC35L6L"));
    json_t *r = json_pack("{s:s, s:s, s:o, s:{s:s, s:s, s:s}}", "act", act, "procedure", "referral", "papers", list, "body",
                          "title", "样例", "drafted_by", "甲", "approved_by", "乙");
    json_object_set_new(r, "case", case_id ? json_string(case_id) : json_null());
    return r;
}

static void temp_dir(char *dir, size_t n)
{
    snprintf(dir, n, "/dev/shm/xianjie-sim-%ld-XXXXXX", (long)getpid());
    assert_non_null(mkdtemp(dir));
}

static void history(const struct faults *f, uint64_t seed)
{
    static const struct { const char *who, *act, *papers; } steps[] = {
        {"370800-scjgj", "transfer_report", "transfer_report"},
        {"370800-scjgj", "transfer_approved", ""},
        {"370800-scjgj", "transfer", "transfer_letter investigation_report item_list test_report"},
        {"370800-gaj", "receipt", "receipt"},
        {"370800-gaj", "acceptance", ""},
        {"370800-gaj", "filed", "filing_decision"},
    };
    char dir[64], case_id[40] = "";
    temp_dir(dir, sizeof dir);
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(world_open(w, dir, seed, f, city, 4), XJ_OK);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        json_t *r = request(steps[i].act, *case_id ? case_id : NULL, steps[i].papers);
        json_t *a = world_act(w, steps[i].who, r, seed * 100 + i + 1);
        if (!a) fail_msg("seed %llu, %s: %s", (unsigned long long)seed, steps[i].act, w->failed);
        const char *status = json_string_value(json_object_get(a, "status"));
        if (strcmp(status, "admitted") != 0) {
            char *text = json_dumps(a, 0);
            fail_msg("%s: %s", steps[i].act, text);
        }
        snprintf(case_id, sizeof case_id, "%s", json_string_value(json_object_get(a, "case")));
        json_decref(a);
        json_decref(r);
    }
    assert_true(world_verify(w));
    world_close(w);
    free(w);
    world_remove_dir(dir);
}

static void history__in_calm_is_admitted_and_every_ledger_verifies(void **state)
{
    (void)state;
    const struct faults none = {0};
    history(&none, 1);
}

static void history__under_loss_and_doubling_ends_alike(void **state)
{
    (void)state;
    const struct faults f = {.drop = 100, .twice = 100, .delay = 100};
    for (uint64_t seed = 2; seed < 6; seed++) history(&f, seed);
}

static void history__with_crashes_at_commits_ends_alike(void **state)
{
    (void)state;
    const struct faults f = {.drop = 30, .twice = 30, .delay = 30, .crash_before = 40, .crash_after = 40, .disconnect = 10};
    for (uint64_t seed = 6; seed < 12; seed++) history(&f, seed);
}

/* Whether the clock of one of them then stands six hours back or on must not matter: what is lost is sent again in seconds. */
static void lost_when_a_clock_is_set(int64_t exchange_ms, int64_t agency_ms)
{
    char dir[64];
    json_t *refused, *r = request("transfer_report", NULL, "transfer_report");
    const struct faults none = {0};
    temp_dir(dir, sizeof dir);
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    json_object_set_new(r, "copies", json_pack("[s]", "370800-gaj"));
    assert_int_equal(world_open(w, dir, 1, &none, city, 4), XJ_OK);
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = world_draft(w, "370800-scjgj", r, 1, &refused)};
    assert_non_null(ev.outgoing);
    world_agent_batch(w, 1, &ev, false);
    w->now_ms += 2;
    w->faults.drop = 1000;
    world_exchange_batch(w, true); /* its answer and its deliveries are lost */
    w->faults.drop = 0;
    assert_true(w->lost >= 2);
    w->exchange.clock_ms = exchange_ms;
    for (int i = 0; i < 4; i++) w->agent[i].clock_ms = agency_ms;
    assert_true(world_settle(w, 40000));
    assert_true(w->longest_ms < 60000);
    assert_true(world_verify(w));
    world_close(w);
    free(w);
    json_decref(r);
    world_remove_dir(dir);
}

static void what_is_lost_when_a_clock_is_set__is_sent_again_within_a_minute(void **state)
{
    (void)state;
    const int64_t six_hours = 6 * 3600 * 1000;
    lost_when_a_clock_is_set(0, 0);
    lost_when_a_clock_is_set(six_hours, 0);
    lost_when_a_clock_is_set(0, six_hours);
    lost_when_a_clock_is_set(0, -six_hours);
    lost_when_a_clock_is_set(-six_hours, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(history__in_calm_is_admitted_and_every_ledger_verifies),
        cmocka_unit_test(history__under_loss_and_doubling_ends_alike),
        cmocka_unit_test(history__with_crashes_at_commits_ends_alike),
        cmocka_unit_test(what_is_lost_when_a_clock_is_set__is_sent_again_within_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
