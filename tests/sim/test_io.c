/* Disk calls that fail, one after the other, wherever one is made: the batch in which it happens has no effect and nothing of it leaves, the
 * process starts again, and everything ends as it does in calm: the same acts are admitted once each, every view is the same, every ledger
 * verifies. Nothing is refused, no store is called damaged, and no agent stops, for a disk that failed (spec 04, 7; I21).
 * XJ_IO_SEEDS widens what is drawn. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "schema/trust/register.h"
#include "tests/sim/cases.h"
#include "tests/sim/io.h"
#include "tests/sim/world_private.h"

/* ---- one city's life, in which everything happens that the cores do ---- */

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true},
    {"370800-scjgj", "济宁市市场监督管理局", "bureau", "market", true},
    {"370800-sthjj", "济宁市生态环境局", "bureau", "environment", true},
    {"370800-gaj", "济宁市公安局", "police", NULL, true},
    {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true},
};
enum { JUSTICE, BUREAU, BUREAU2, POLICE, PROCURATORATE, ALL };
#define CASES 4

struct life {
    struct world w;
    char dir[64], cases[CASES][40];
    uint64_t acts;
    struct played played;
};

/* Late entries, so that no view depends on when a frame came. */
static json_t *request(const char *act, const char *papers)
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain", "content_base64", "5qC35L6L"));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:s, s:s, s:s, s:s}}", "act", act, "procedure", "referral", "mode", "late_entry", "occurred",
                     "2026-09-01", "papers", list, "body", "title", "样例", "source", "卷宗", "drafted_by", "甲", "approved_by", "乙");
}

/* Does it in that case; takes the request. */
static void does(struct life *l, int who, size_t of, json_t *r)
{
    char *const case_id = l->cases[of];
    json_object_set_new(r, "case", *case_id ? json_string(case_id) : json_null());
    json_t *a = world_act(&l->w, city[who].id, r, 100 + ++l->acts);
    if (!a) fail_msg("act %llu: %s", (unsigned long long)l->acts, l->w.failed);
    char *text = json_dumps(a, JSON_SORT_KEYS | JSON_COMPACT);
    xj_buf_addf(&l->played.account, "%s %s\n", city[who].id, text);
    if (strncmp(json_string_value(json_object_get(a, "status")), "admitted", 8) != 0) fail_msg("%s", text);
    snprintf(case_id, 40, "%s", json_string_value(json_object_get(a, "case")));
    free(text);
    json_decref(a);
    json_decref(r);
}

static void settle(struct life *l)
{
    if (!world_settle(&l->w, 200000)) fail_msg("%s", l->w.failed);
}

static void transfer(struct life *l, int who, size_t of)
{
    json_t *report = request("transfer_report", "transfer_report");
    json_object_set_new(report, "copies", json_pack("[s]", city[JUSTICE].id));
    does(l, who, of, report);
    does(l, who, of, request("transfer_approved", ""));
    does(l, who, of, request("transfer", "transfer_letter investigation_report item_list test_report"));
}

static void register_json(struct life *l, const char *kind, const char *id, json_t *value)
{
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_json(&c, kind, id, value, "/", NULL);
    assert_int_equal(world_publish(&l->w, &c), XJ_OK);
    xj_changes_free(&c);
    json_decref(value);
}

static void order(struct life *l, const char *id, size_t of)
{
    struct xj_id case_id;
    char hex[2 * XJ_ID_SIZE + 1];
    assert_true(xj_id_parse(l->cases[of], &case_id));
    xj_hex(case_id.b, sizeof case_id.b, hex);
    register_json(l, "order", id, json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "kind", "destroy", "number", "1号", "basis", "依法", "organ",
                                            city[PROCURATORATE].id, "date", 20000, "case", "hex", hex));
    settle(l);
}

static void rebuild_agent(struct life *l, int who)
{
    struct node *n = &l->w.agent[who];
    assert_int_equal(xj_db_begin(n->db), XJ_OK);
    assert_int_equal(xj_db_kv_clear(n->db), XJ_OK);
    assert_int_equal(xj_db_commit(n->db), XJ_OK);
    world_restart_agent(&l->w, n);
    settle(l);
}

/* Work, lost ledgers, an older copy of one, an order and what it destroyed. */
static void ledgers(struct life *l)
{
    transfer(l, BUREAU, 0);
    world_copy_agent(&l->w, &l->w.agent[POLICE]);
    does(l, POLICE, 0, request("receipt", "receipt"));
    does(l, POLICE, 0, request("acceptance", ""));
    for (int i = 0; i < ALL; i++) {
        world_lose_agent(&l->w, &l->w.agent[i], i == POLICE);
        settle(l);
    }
    transfer(l, BUREAU2, 1);
    order(l, "00112233445566778899aabbccddeeff", 0);
    world_lose_agent(&l->w, &l->w.agent[POLICE], false);
    settle(l);
    does(l, POLICE, 1, request("receipt", "receipt"));
    for (int i = 0; i < ALL; i++) rebuild_agent(l, i);
}

/* The exchange's disk, lost and set back, while some are away. */
static void journal(struct life *l)
{
    struct world *const w = &l->w;
    w->recovery_wait_ms = 20000;
    transfer(l, BUREAU, 0);
    world_lose_exchange(w, true);
    settle(l);
    does(l, POLICE, 0, request("receipt", "receipt"));
    does(l, BUREAU, 1, request("transfer_report", "transfer_report"));
    does(l, BUREAU, 1, request("transfer_approved", ""));
    w->absent[POLICE] = w->absent[PROCURATORATE] = true;
    w->hurried_ms = 60000;
    does(l, BUREAU, 1, request("transfer", "transfer_letter investigation_report item_list test_report"));
    w->hurried_ms = 0;
    w->absent[POLICE] = w->absent[PROCURATORATE] = false;
    w->absent[BUREAU] = true;
    world_lose_exchange(w, true);
    settle(l);
    transfer(l, BUREAU2, 2);
    w->absent[BUREAU] = false;
    settle(l);
    does(l, POLICE, 1, request("receipt", "receipt"));
    order(l, "00112233445566778899aabbccddeeff", 2);
    world_lose_exchange(w, true);
    settle(l);
    does(l, POLICE, 0, request("acceptance", ""));
    for (int i = 0; i < ALL; i++) rebuild_agent(l, i);
}

typedef void a_life(struct life *l);

static struct life *lived(a_life *life, const struct world_io *failing)
{
    struct life *l = calloc(1, sizeof *l);
    assert_non_null(l);
    snprintf(l->dir, sizeof l->dir, "/dev/shm/xianjie-io-XXXXXX");
    assert_non_null(mkdtemp(l->dir));
    xj_buf_init(&l->played.account, 1024 * 1024);
    const struct faults f = {.io = failing ? 1000 : 0, .failing = failing};
    assert_int_equal(world_open(&l->w, l->dir, 7, &f, city, ALL), XJ_OK);
    life(l);
    for (int i = 0; i < ALL; i++) {
        xj_buf_init(&l->played.view[i], 4 * 1024 * 1024);
        for (size_t k = 0; k < CASES; k++) {
            struct xj_id id;
            if (xj_id_parse(l->cases[k], &id)) assert_true(sim_portrait(l->w.agent[i].view, id, &l->played.view[i]));
        }
    }
    l->played.agents = ALL;
    assert_true(world_verify(&l->w));
    world_close(&l->w);
    world_remove_dir(l->dir);
    return l;
}

static void same_life(a_life *life)
{
    struct life *calm = lived(life, NULL);
    const unsigned long before = io.failed;
    struct life *stormy = lived(life, io_begin(IO_EACH_WAY, 1));
    printf("  %lu disk calls failed\n", io.failed - before);
    assert_true(sim_same(&calm->played, &stormy->played, "a life", 1));
    sim_played_free(&calm->played);
    sim_played_free(&stormy->played);
    free(calm);
    free(stormy);
}

static void way_to_the_disk__of_agents_that_fails_once_changes_nothing(void **state)
{
    (void)state;
    same_life(ledgers);
}

static void way_to_the_disk__of_an_exchange_that_fails_once_changes_nothing(void **state)
{
    (void)state;
    same_life(journal);
}

/* ---- published cases, amid other faults ---- */

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_IO_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-io-XXXXXX", path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", file);
    assert_non_null(mkdtemp(dir));
    sim_play(path, dir, seed, f, NULL, ret);
    if (!getenv("XJ_KEEP")) world_remove_dir(dir);
}

static void campaign(const char *file, uint64_t first, uint64_t count, const struct faults *f)
{
    const struct faults none = {0};
    struct played calm;
    play(file, 1, &none, &calm);
    if (calm.failed[0]) fail_msg("%s in calm: %s", file, calm.failed);
    const unsigned long before = io.failed;
    unsigned bad = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        struct faults faults = *f;
        struct played stormy;
        faults.failing = io_begin(IO_ANY, seed);
        play(file, seed, &faults, &stormy);
        bad += !sim_same(&calm, &stormy, file, seed);
        sim_played_free(&stormy);
    }
    printf("  %s: %llu seeds, %lu disk calls failed\n", file, (unsigned long long)count, io.failed - before);
    sim_played_free(&calm);
    assert_int_equal(bad, 0);
    assert_true(io.failed > before);
}

static void any_disk_call__that_fails_amid_other_faults_changes_nothing(void **state)
{
    (void)state;
    const struct faults storm = {.io = 100, .drop = 30, .twice = 30, .delay = 30, .crash_before = 15, .crash_after = 15, .disconnect = 5};
    const struct faults lost_ledgers = {.io = 100, .lose = 10, .copy = 30, .drop = 10, .crash_after = 10};
    const struct faults lost_journal = {.io = 100, .copy_exchange = 40, .lose_exchange = 30, .set_back = 20, .away = 300, .twice = 20};
    campaign("05-fx-tongjiang-zhao-yao", 1, seeds(4), &storm);
    campaign("27-jl092-qingpu-refuse-judgment", 100, seeds(4), &lost_ledgers);
    campaign("40-ck1289-deqing-copper", 200, seeds(4), &lost_journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(way_to_the_disk__of_agents_that_fails_once_changes_nothing),
        cmocka_unit_test(way_to_the_disk__of_an_exchange_that_fails_once_changes_nothing),
        cmocka_unit_test(any_disk_call__that_fails_amid_other_faults_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
