/* The exchange's disk lost, or set back to an older copy, at any moment of a published case: nothing that was accepted is
 * missing, every act is admitted once, every view is as in calm, and every ledger and the journal verify (I30).
 * XJ_LOST_SEEDS widens it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/cases.h"
#include "tests/sim/world_private.h"

static uint64_t seeds(uint64_t usual)
{
    const char *n = getenv("XJ_LOST_SEEDS");
    return n ? strtoull(n, NULL, 10) : usual;
}

static void play(const char *file, uint64_t seed, const struct faults *f, struct played *ret)
{
    char dir[] = "/dev/shm/xianjie-lost-XXXXXX", path[512];
    snprintf(path, sizeof path, XJ_SOURCE_DIR "/tests/cases/published/%s.json", file);
    assert_non_null(mkdtemp(dir));
    sim_play(path, dir, seed, f, NULL, ret);
    if (getenv("XJ_KEEP")) printf("  seed %llu: %s\n", (unsigned long long)seed, dir);
    else world_remove_dir(dir);
}

static const char *text(struct xj_buf *b)
{
    const char *s = xj_buf_cstr(b);
    return s ? s : "";
}

static const char *first_difference(const char *a, const char *b)
{
    static char line[700];
    size_t at = 0, begin = 0;
    while (a[at] && a[at] == b[at]) {
        if (a[at] == '\n') begin = at + 1;
        at++;
    }
    snprintf(line, sizeof line, "calm: %.300s\nseed: %.300s", a + begin, b + begin);
    return line;
}

static bool same(struct played *calm, struct played *lost, const char *file, uint64_t seed)
{
    const char *why = lost->failed[0] ? lost->failed : NULL;
    if (!why && strcmp(text(&calm->account), text(&lost->account)) != 0) why = first_difference(text(&calm->account), text(&lost->account));
    for (int i = 0; !why && i < calm->agents; i++)
        if (strcmp(text(&calm->view[i]), text(&lost->view[i])) != 0) why = first_difference(text(&calm->view[i]), text(&lost->view[i]));
    if (why) fprintf(stderr, "%s seed %llu (%lu losses): %s\n", file, (unsigned long long)seed, lost->losses, why);
    return !why;
}

static void campaign(const char *file, uint64_t first, uint64_t count, const struct faults *f, unsigned long at_least)
{
    const struct faults none = {0};
    struct played calm;
    play(file, 1, &none, &calm);
    if (calm.failed[0]) fail_msg("%s in calm: %s", file, calm.failed);
    unsigned long losses = 0, bad = 0;
    for (uint64_t seed = first; seed < first + count; seed++) {
        if (getenv("XJ_SEED") && seed != strtoull(getenv("XJ_SEED"), NULL, 10)) continue;
        struct played lost;
        play(file, seed, f, &lost);
        bad += !same(&calm, &lost, file, seed);
        losses += lost.losses;
        sim_played_free(&lost);
    }
    printf("  %s: %llu seeds, the exchange's disk lost %lu times\n", file, (unsigned long long)count, losses);
    sim_played_free(&calm);
    assert_int_equal(bad, 0);
    assert_true(losses >= at_least);
}

static void lost_exchange__is_rebuilt_from_the_agents(void **state)
{
    (void)state;
    const struct faults f = {.lose_exchange = 60};
    campaign("17-jl007-tianjin-no-transfer", 1000, seeds(20), &f, 1);
}

static void exchange_set_back__is_rebuilt_from_the_agents(void **state)
{
    (void)state;
    const struct faults f = {.copy_exchange = 60, .set_back = 40};
    campaign("27-jl092-qingpu-refuse-judgment", 2000, seeds(20), &f, 1);
}

static void lost_exchange__amid_every_other_fault_ends_alike(void **state)
{
    (void)state;
    const struct faults f = {.drop = 30, .twice = 30, .delay = 30, .crash_before = 15, .crash_after = 15, .disconnect = 5,
                             .copy_exchange = 40, .lose_exchange = 10, .set_back = 20};
    campaign("05-fx-tongjiang-zhao-yao", 3000, seeds(20), &f, 1);
}

static void lost_exchange__while_agencies_are_away_hears_them_later(void **state)
{
    (void)state;
    const struct faults f = {.drop = 20, .twice = 20, .crash_before = 5, .crash_after = 5, .away = 700, .copy_exchange = 40, .lose_exchange = 20, .set_back = 20};
    campaign("40-ck1289-deqing-copper", 4000, seeds(20), &f, 1);
}

/* ---- one by one ---- */

static const struct world_agency city[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true},
    {"370800-scjgj", "济宁市市场监督管理局", "bureau", "market", true},
    {"370800-sthjj", "济宁市生态环境局", "bureau", "environment", true},
    {"370800-gaj", "济宁市公安局", "police", NULL, true},
    {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true},
};
enum { JUSTICE, BUREAU, BUREAU2, POLICE, PROCURATORATE, ALL };

struct stage {
    struct world w;
    char dir[64];
    uint64_t acts;
};

static struct stage *stage_new(int64_t wait_ms)
{
    struct stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    snprintf(s->dir, sizeof s->dir, "/dev/shm/xianjie-lost-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    assert_int_equal(world_open(&s->w, s->dir, 7, NULL, city, ALL), XJ_OK);
    s->w.recovery_wait_ms = wait_ms;
    return s;
}

static void stage_free(struct stage *s)
{
    assert_true(world_verify(&s->w));
    world_close(&s->w);
    world_remove_dir(s->dir);
    free(s);
}

/* Does the act, which must be admitted; case_id is its case, empty before the first. */
static void act(struct stage *s, int who, const char *name, const char *papers, char case_id[40])
{
    json_t *list = json_array();
    char copy[256], *save = NULL;
    snprintf(copy, sizeof copy, "%s", papers);
    for (char *k = strtok_r(copy, " ", &save); k; k = strtok_r(NULL, " ", &save))
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "kind", k, "name", k, "media_type", "text/plain", "content_base64", "5qC35L6L"));
    json_t *r = json_pack("{s:s, s:s, s:o, s:{s:s, s:s, s:s}}", "act", name, "procedure", "referral", "papers", list, "body", "title", "样例",
                          "drafted_by", "甲", "approved_by", "乙");
    json_object_set_new(r, "case", *case_id ? json_string(case_id) : json_null());
    json_t *a = world_act(&s->w, city[who].id, r, 100 + ++s->acts);
    if (!a) fail_msg("%s of %s: %s", name, city[who].id, s->w.failed);
    const char *status = json_string_value(json_object_get(a, "status"));
    if (strncmp(status, "admitted", 8) != 0) fail_msg("%s of %s: %s", name, city[who].id, json_dumps(a, 0));
    snprintf(case_id, 40, "%s", json_string_value(json_object_get(a, "case")));
    json_decref(a);
    json_decref(r);
}

static void transfer(struct stage *s, int who, char case_id[40])
{
    act(s, who, "transfer_report", "transfer_report", case_id);
    act(s, who, "transfer_approved", "", case_id);
    act(s, who, "transfer", "transfer_letter investigation_report item_list test_report", case_id);
}

static void settle(struct stage *s)
{
    if (!world_settle(&s->w, 60000)) fail_msg("%s", s->w.failed);
}

static struct xj_agent_figures figures(struct stage *s, int who)
{
    struct xj_agent_figures f;
    xj_agent_figures(s->w.agent[who].core, &f);
    return f;
}

static size_t entries_of(struct node *n, enum xj_entry_kind kind)
{
    struct xj_buf buf;
    struct xj_entry e;
    size_t found = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = 1; i <= xj_log_size(n->log); i++) found += xj_log_get(n->log, i, &buf, &e) == XJ_OK && e.kind == kind;
    xj_buf_free(&buf);
    return found;
}

/* What only the bureau holds: sent while its readers were away. Then the bureau is away, and the exchange's disk gone. */
static void only_the_bureau_holds_it(struct stage *s, char case_id[40])
{
    act(s, BUREAU, "transfer_report", "transfer_report", case_id);
    act(s, BUREAU, "transfer_approved", "", case_id);
    s->w.absent[POLICE] = s->w.absent[PROCURATORATE] = true;
    s->w.hurried_ms = 3000;
    act(s, BUREAU, "transfer", "transfer_letter investigation_report item_list test_report", case_id);
    s->w.hurried_ms = 0;
    s->w.absent[POLICE] = s->w.absent[PROCURATORATE] = false;
    s->w.absent[BUREAU] = true;
    world_lose_exchange(&s->w, true);
}

static void agency_not_heard__is_waited_for(void **state)
{
    (void)state;
    char case_id[40] = "";
    struct stage *s = stage_new(60000);
    only_the_bureau_holds_it(s, case_id);
    assert_true(world_run(&s->w, 50000));
    struct xj_exchange_figures x;
    xj_exchange_figures(s->w.core, &x);
    assert_true(x.recovering);
    assert_int_equal(figures(s, POLICE).state, XJ_AGENT_EXCHANGE_LOST);
    s->w.absent[BUREAU] = false;
    settle(s);
    assert_int_equal(entries_of(&s->w.agent[POLICE], XJ_ENTRY_UNRECOVERED), 0);
    act(s, POLICE, "receipt", "receipt", case_id);
    stage_free(s);
}

/* Working state from entries alone gives the same figures. */
static void rebuild_agent(struct stage *s, int who)
{
    struct node *n = &s->w.agent[who];
    const struct xj_agent_figures before = figures(s, who);
    const struct xj_db_options o = {.path = n->path, .format = "xianjie ledger 1", .owner = n->agency.id, .root_key = s->w.anchor.root,
                                    .volatile_ok = true};
    world_agent_down(n);
    assert_int_equal(xj_db_open(&o, &n->env, &n->db, NULL), XJ_OK);
    assert_int_equal(xj_db_begin(n->db), XJ_OK);
    assert_int_equal(xj_db_kv_clear(n->db), XJ_OK);
    assert_int_equal(xj_db_commit(n->db), XJ_OK);
    xj_db_close(n->db);
    world_cut(&s->w, who);
    assert_int_equal(world_agent_open(&s->w, n), XJ_OK);
    const struct xj_agent_figures after = figures(s, who);
    assert_int_equal(after.mailbox, before.mailbox);
    assert_int_equal(after.feed, before.feed);
    assert_int_equal(after.own_proved, before.own_proved);
    assert_int_equal(after.epoch, before.epoch);
    settle(s);
}

static void agency_heard_late__brings_what_it_alone_held(void **state)
{
    (void)state;
    char case_id[40] = "", other[40] = "";
    struct stage *s = stage_new(10000);
    only_the_bureau_holds_it(s, case_id);
    settle(s); /* without the bureau */
    transfer(s, BUREAU2, other);
    assert_true(figures(s, POLICE).mailbox > 1u << 20); /* beyond the room that was kept */
    assert_int_equal(entries_of(&s->w.agent[POLICE], XJ_ENTRY_UNRECOVERED), 1);
    s->w.absent[BUREAU] = false;
    settle(s);
    assert_int_equal(figures(s, BUREAU).own_proved, 3);
    act(s, POLICE, "receipt", "receipt", case_id); /* the police have got it, late */
    act(s, POLICE, "receipt", "receipt", other);
    rebuild_agent(s, POLICE);
    rebuild_agent(s, BUREAU);
    world_lose_exchange(&s->w, true); /* all that came of it is handed back in its turn */
    settle(s);
    act(s, POLICE, "acceptance", "", case_id);
    *other = 0;
    transfer(s, BUREAU, other);
    stage_free(s);
}

static void exchange_lost_twice__before_the_late_one_is_heard(void **state)
{
    (void)state;
    char case_id[40] = "", other[40] = "";
    struct stage *s = stage_new(5000);
    only_the_bureau_holds_it(s, case_id);
    settle(s);
    transfer(s, BUREAU2, other);
    world_lose_exchange(&s->w, true);
    settle(s);
    s->w.absent[BUREAU] = false;
    settle(s);
    act(s, POLICE, "receipt", "receipt", case_id);
    stage_free(s);
}

static size_t incidents_of(struct node *n, const char *code)
{
    struct xj_buf buf;
    struct xj_entry e;
    size_t found = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = 1; i <= xj_log_size(n->log); i++)
        if (xj_log_get(n->log, i, &buf, &e) == XJ_OK && e.kind == XJ_ENTRY_INCIDENT)
            found += e.head.n > 2 + strlen(code) && memcmp(e.head.p + 2, code, strlen(code)) == 0; /* [code, …], a short text */
    xj_buf_free(&buf);
    return found;
}

/* The old copy admits acts of its own before anybody who knows better is there: places and mailbox numbers are given twice. */
static void exchange_set_back__that_went_on_by_itself_loses_neither_story(void **state)
{
    (void)state;
    char case_id[40] = "", other[40] = "";
    struct stage *s = stage_new(3600000);
    world_copy_exchange(&s->w);
    settle(s);
    transfer(s, BUREAU, case_id);
    const uint64_t mailbox = figures(s, POLICE).mailbox;
    s->w.absent[BUREAU] = s->w.absent[POLICE] = s->w.absent[PROCURATORATE] = true;
    world_lose_exchange(&s->w, false);
    s->w.hurried_ms = 3000;
    transfer(s, BUREAU2, other);
    s->w.hurried_ms = 0;
    s->w.absent[BUREAU] = s->w.absent[POLICE] = s->w.absent[PROCURATORATE] = false;
    settle(s);
    assert_true(incidents_of(&s->w.exchange, "fork") > 0);
    assert_int_equal(figures(s, POLICE).mailbox, mailbox); /* what came under a number used before came late */
    assert_int_equal(entries_of(&s->w.agent[POLICE], XJ_ENTRY_RECEIVED), 2 * mailbox);
    act(s, POLICE, "receipt", "receipt", case_id);
    act(s, POLICE, "receipt", "receipt", other);
    rebuild_agent(s, POLICE);
    stage_free(s);
}

/* ---- what was signed with keys of before, and what an order destroyed ---- */

static void publish(struct stage *s, struct xj_changes *c)
{
    assert_int_equal(c->err, XJ_OK);
    assert_int_equal(world_publish(&s->w, c), XJ_OK);
    settle(s);
    xj_changes_free(c);
}

/* While the machine is off; *ret are the keys that are to be put there. */
static void register_keys(struct stage *s, int who, struct xj_agency_keys *ret)
{
    struct xj_changes c;
    struct node *n = &s->w.agent[who];
    const uint8_t seed[32] = {77};
    s->w.absent[who] = true;
    n->conn++;
    world_cut(&s->w, who);
    *ret = n->keys;
    xj_sign_key_from_seed(seed, &ret->sign);
    memcpy(n->public_keys.sign, ret->sign.public_key, 32);
    xj_changes_init(&c);
    xj_changes_keys(&c, city[who].id, &n->public_keys);
    publish(s, &c);
    s->w.absent[who] = n->connected = false;
}

/* As an operator does it: the register first. */
static void replace_keys(struct stage *s, int who)
{
    struct xj_agency_keys keys;
    register_keys(s, who, &keys);
    s->w.agent[who].keys = keys;
    world_restart_agent(&s->w, &s->w.agent[who]);
    settle(s);
}

static struct xj_outgoing *filed(struct stage *s, int who)
{
    json_t *refused, *r = json_pack("{s:s, s:s, s:n, s:[], s:{s:s, s:s, s:s}}", "act", "admin_filed", "procedure", "referral", "case",
                                    "papers", "body", "title", "样例", "drafted_by", "甲", "approved_by", "乙");
    struct xj_outgoing *out = world_draft(&s->w, city[who].id, r, 99, &refused);
    assert_non_null(out);
    json_decref(r);
    return out;
}

/* Spec 02, 9.2: it numbers nothing and acknowledges nothing, and says why. */
static void agency__with_keys_that_were_replaced_signs_nothing(void **state)
{
    (void)state;
    char case_id[40] = "";
    struct xj_agency_keys keys;
    struct stage *s = stage_new(3600000);
    transfer(s, BUREAU, case_id);
    register_keys(s, BUREAU, &keys);
    assert_true(world_run(&s->w, 20000));
    assert_true(!figures(s, BUREAU).keyed && figures(s, BUREAU).state == XJ_AGENT_OFFLINE && figures(s, BUREAU).why_en[0]);
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = filed(s, BUREAU)};
    world_agent_batch(&s->w, BUREAU, &ev, false);
    s->w.hurried_ms = 20000;
    act(s, POLICE, "receipt", "receipt", case_id);
    s->w.hurried_ms = 0;
    assert_true(figures(s, BUREAU).own_number == 3 && figures(s, BUREAU).mailbox == 0);
    s->w.agent[BUREAU].keys = keys;
    world_restart_agent(&s->w, &s->w.agent[BUREAU]);
    settle(s);
    assert_true(figures(s, BUREAU).keyed && figures(s, BUREAU).state == XJ_AGENT_READY);
    assert_int_equal(figures(s, BUREAU).mailbox, 1);
    stage_free(s);
}

static void lose_it_and_hear_all(struct stage *s)
{
    world_lose_exchange(&s->w, true);
    settle(s);
    assert_int_equal(incidents_of(&s->w.exchange, "handback"), 0);
    assert_int_equal(entries_of(&s->w.exchange, XJ_ENTRY_UNRECOVERED), 0);
}

static void handed_back__is_what_was_signed_with_keys_of_before(void **state)
{
    (void)state;
    char case_id[40] = "";
    struct stage *s = stage_new(3600000);
    transfer(s, BUREAU, case_id);
    replace_keys(s, BUREAU);
    lose_it_and_hear_all(s);
    act(s, POLICE, "receipt", "receipt", case_id);
    stage_free(s);
}

static void handed_back__is_what_waited_while_the_keys_were_replaced(void **state)
{
    (void)state;
    char case_id[40] = "";
    struct stage *s = stage_new(3600000);
    transfer(s, BUREAU, case_id);
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = filed(s, BUREAU)};
    s->w.faults.drop = 1000;
    world_agent_batch(&s->w, BUREAU, &ev, false);
    s->w.faults.drop = 0;
    assert_int_equal(figures(s, BUREAU).own_number, 4); /* in the ledger, signed, and on its way nowhere */
    replace_keys(s, BUREAU);
    assert_int_equal(figures(s, BUREAU).own_answered, 4);
    lose_it_and_hear_all(s);
    stage_free(s);
}

static void handed_back__is_what_an_order_destroyed_without_its_content(void **state)
{
    (void)state;
    char case_id[40] = "", other[40] = "", hex[2 * XJ_ID_SIZE + 1];
    struct xj_id id;
    struct xj_changes c;
    struct stage *s = stage_new(3600000);
    transfer(s, BUREAU, case_id);
    assert_true(xj_id_parse(case_id, &id));
    xj_hex(id.b, sizeof id.b, hex);
    json_t *order = json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "kind", "destroy", "number", "1号", "basis", "依法", "organ",
                              city[JUSTICE].id, "date", 20000, "case", "hex", hex);
    xj_changes_init(&c);
    xj_changes_json(&c, "order", "00112233445566778899aabbccddeeff", order, "/", NULL);
    publish(s, &c);
    lose_it_and_hear_all(s);
    transfer(s, BUREAU, other);
    json_decref(order);
    stage_free(s);
}

/* ---- a hand-back that is not what the ledger holds ---- */

static unsigned forged;

/* The bureau changes the last byte of every statement it hands back. */
static bool forge(struct world *w, int from, struct xj_slice frame, struct xj_buf *ret)
{
    struct xj_frame f;
    struct xj_frame_item item;
    (void)w;
    if (from != BUREAU || xj_frame_open(frame, &f) != XJ_OK) return false;
    const bool it_is = f.type == XJ_F_HANDBACK;
    if (it_is) {
        xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
        xj_frame_handback(ret, f.epoch, f.number, &f.handback, f.items.left);
        while (xj_frame_next(&f, &item)) {
            struct xj_buf copy;
            xj_buf_init(&copy, XJ_MAX_FRAME_BYTES);
            xj_buf_add_slice(&copy, item.statement);
            if (item.number != XJ_ENTRY_REGISTER) {
                copy.p[copy.n - 1] ^= 1;
                forged++;
            }
            xj_frame_put_handback(ret, (unsigned)item.number, xj_buf_slice(&copy), item.signature, item.message);
            xj_buf_free(&copy);
        }
        xj_frame_put_digests(ret, xj_slice_of(NULL, 0));
    }
    xj_frame_close(&f);
    return it_is;
}

static void forged_handback__is_an_incident_and_nothing_of_it_is_taken(void **state)
{
    (void)state;
    char case_id[40] = "";
    struct stage *s = stage_new(3600000);
    transfer(s, BUREAU, case_id);
    s->w.tamper = forge;
    forged = 0;
    world_lose_exchange(&s->w, true);
    assert_true(world_run(&s->w, 60000));
    assert_true(forged > 0);
    struct xj_exchange_figures x;
    xj_exchange_figures(s->w.core, &x);
    assert_true(x.incidents >= forged);
    assert_false(x.recovering); /* it was heard, though in vain; the police's copy of the transfer counts */
    s->w.tamper = NULL;
    s->w.two_stories = true;
    assert_int_equal(figures(s, POLICE).state, XJ_AGENT_READY);
    assert_int_equal(figures(s, BUREAU).state, XJ_AGENT_READY);
    assert_int_equal(entries_of(&s->w.exchange, XJ_ENTRY_UNRECOVERED), 1); /* its first two acts are in nobody else's hand */
    stage_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lost_exchange__is_rebuilt_from_the_agents),
        cmocka_unit_test(exchange_set_back__is_rebuilt_from_the_agents),
        cmocka_unit_test(lost_exchange__amid_every_other_fault_ends_alike),
        cmocka_unit_test(lost_exchange__while_agencies_are_away_hears_them_later),
        cmocka_unit_test(agency_not_heard__is_waited_for),
        cmocka_unit_test(agency_heard_late__brings_what_it_alone_held),
        cmocka_unit_test(exchange_lost_twice__before_the_late_one_is_heard),
        cmocka_unit_test(exchange_set_back__that_went_on_by_itself_loses_neither_story),
        cmocka_unit_test(agency__with_keys_that_were_replaced_signs_nothing),
        cmocka_unit_test(handed_back__is_what_was_signed_with_keys_of_before),
        cmocka_unit_test(handed_back__is_what_waited_while_the_keys_were_replaced),
        cmocka_unit_test(handed_back__is_what_an_order_destroyed_without_its_content),
        cmocka_unit_test(forged_handback__is_an_incident_and_nothing_of_it_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
