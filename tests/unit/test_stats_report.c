/* Reports over real ledgers, the cases behind a figure, and what may be asked. Spec: spec/14-statistics.md. */
#include "tests/unit/stats_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/regfacts.h"
#include "tests/sim/world_private.h"

static const char *const everyone[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};

/* ---- reports ---- */

static void report__counts_in_the_month_of_beijing(void **state)
{
    struct city *c = *state;
    stats_penalty(c, "2026-08-31T23:59:59.999+08:00", 1);
    stats_penalty(c, "2026-09-01T00:00:00+08:00", 2);
    stats_penalty(c, "2026-08-31T16:00:00Z", 4);
    stats_penalty(c, "2026-06-15/2026-07-01", 8);
    stats_penalty(c, "2025", 16);
    stats_penalty(c, NULL, 32);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-08", "fines", "sum"), 1);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "fines", "sum"), 6);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026Q2", "fines", "sum"), 0);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026Q3", "fines", "sum"), 15);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2025-12", "fines", "sum"), 16);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026", "fines", "sum"), 15);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026", "fines", "undated_sum"), 32);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2024", "penalties", "undated"), 1);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026", "penalties", "n"), 4);
}

static void report__compares_with_the_same_months_a_year_before(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026Q3", "");
    stats_penalty(c, "2026-07-01", 100);
    stats_penalty(c, "2026-09-30", 100);
    stats_penalty(c, "2025-08-10", 300);
    stats_penalty(c, "2025-06-30", 999);
    q.compare = true;
    json_t *answer = stats_report(c, CITY_BUREAU, &q);
    assert_int_equal(stats_total(answer, "fines", "sum"), 200);
    assert_int_equal(stats_total(answer, "fines", "before"), 300);
    const json_t *fines = json_object_get(json_object_get(json_object_get(answer, "report"), "total"), "fines");
    assert_int_equal(json_integer_value(json_object_get(fines, "change")), -100);
    assert_int_equal(json_integer_value(json_object_get(fines, "change_permille")), -333);
    assert_int_equal(stats_total(answer, "penalties", "before"), 1);
    assert_int_equal(stats_total(answer, "penalties", "change_permille"), 1000);
    assert_int_equal(stats_total(answer, "filed", "change_permille"), -1); /* of nothing no share can be told */
    json_decref(answer);
}

static void report__a_rate_of_nothing_is_none(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026-09", "");
    json_t *answer = stats_report(c, CITY_POLICE, &q);
    const json_t *rate = json_object_get(json_object_get(json_object_get(answer, "report"), "total"), "refusal_rate");
    assert_true(json_is_null(json_object_get(rate, "permille")) && json_is_null(json_object_get(rate, "percent")));
    json_decref(answer);
    city_history(c);
    answer = stats_report(c, CITY_POLICE, &q);
    rate = json_object_get(json_object_get(json_object_get(answer, "report"), "total"), "refusal_rate");
    assert_int_equal(json_integer_value(json_object_get(rate, "permille")), 0);
    assert_string_equal(json_string_value(json_object_get(rate, "percent")), "0.0%");
    json_decref(answer);
}

/* D01, three days: due on 2026-09-24. as_of is the time of the ledger's last entry, whatever the clock says. */
static void report__an_open_duty_is_overdue_as_of_the_ledger(void **state)
{
    struct city *c = *state;
    city_do(c, CITY_BUREAU, city_request("transfer_report", NULL, "transfer_report"));
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_due", "n"), 1);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 0);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "timeliness", "per"), 0);
    c->w->now_ms += INT64_C(5) * 86400000;
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 0);
    stats_penalty(c, "2026-09-01", 1); /* the ledger moves on, the case does not; publishing this penalty, D33, is late already */
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 2);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "timeliness", "permille"), 0);
    c->w->now_ms += INT64_C(40) * 86400000;
    stats_penalty(c, "2026-09-02", 1); /* another month: counted without looking at duties */
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 3);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-10", "duties_overdue", "n"), 0);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-09", "duties_due", "n"), 3);
}

static void report__lines_add_up_to_the_total_by_any_dimension(void **state)
{
    static const char *const by[] = {"agency", "charge", "sector", "area", "area,agency,sector,charge"};
    struct city *c = *state;
    uint64_t seed = 77;
    char cases[8][37];
    size_t case_count = 0;
    for (int i = 0; i < 60; i++)
        (void)stats_do_something(c, &seed, cases, &case_count);
    for (size_t k = 0; k < sizeof by / sizeof by[0]; k++) {
        struct xj_stats_query q = stats_ask("2026", by[k]);
        json_t *answer = stats_report(c, CITY_PROC, &q), *report = json_object_get(answer, "report");
        const json_t *statistic, *line;
        size_t i, n;
        json_array_foreach(json_object_get(report, "statistics"), i, statistic)
        {
            const char *id = json_string_value(json_object_get(statistic, "id"));
            json_int_t sum = 0, undated = 0;
            if (strcmp(json_string_value(json_object_get(statistic, "kind")), "rate") == 0)
                continue;
            json_array_foreach(json_object_get(report, "lines"), n, line)
            {
                const json_t *f = json_object_get(json_object_get(line, "figures"), id);
                sum += json_integer_value(json_object_get(f, "n"));
                undated += json_integer_value(json_object_get(f, "undated"));
            }
            assert_int_equal(sum, stats_total(answer, id, "n"));
            assert_int_equal(undated, stats_total(answer, id, "undated"));
        }
        assert_true(json_array_size(json_object_get(report, "lines")) > 0);
        json_decref(answer);
    }
}

/* What the police do counts under the sector that the case comes from. */
static void report__by_sector_follows_the_source_of_the_case(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026", "");
    city_history(c);
    assert_true(xj_stats_query_set(&q, "sector", xj_slice_cstr("market")));
    json_t *answer = stats_report(c, CITY_POLICE, &q);
    assert_int_equal(stats_total(answer, "filed", "n"), 1);
    json_decref(answer);
    assert_true(xj_stats_query_set(&q, "sector", xj_slice_cstr("tobacco")));
    answer = stats_report(c, CITY_POLICE, &q);
    assert_int_equal(stats_total(answer, "filed", "n"), 0);
    json_decref(answer);
}

static void report__an_amended_fine_replaces_the_old_one(void **state)
{
    struct city *c = *state;
    char id[37], case_id[37], act[64];
    bool late;
    uint64_t seed = 40; /* stats_next() % 40 is not 0 for all; the first own act is asked for below */
    stats_penalty(c, "2026-08-01", 5000);
    while (!stats_own_act(c, CITY_BUREAU, &seed, id, case_id, act, &late))
        continue;
    json_t *r = city_request("penalty_decided", case_id, "");
    stats_set(r, "relates", json_pack("[{s:s, s:s}]", "relation", "amends", "id", id));
    stats_set(r, "mode", json_string("late_entry"));
    stats_set(r, "occurred", json_string("2026-07-15"));
    stats_set(json_object_get(r, "body"), "source", json_string("卷宗"));
    stats_set(json_object_get(r, "body"), "fine", json_integer(700));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-08", "fines", "n"), 0);
    assert_int_equal(stats_figure(c, CITY_BUREAU, "2026-07", "fines", "sum"), 700);
    sqlite3 *db = stats_look_at(c, CITY_BUREAU);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM stat WHERE statistic = 'fines'"), 1); /* nothing is left of the other */
    sqlite3_close(db);
}

/* Ids are chance, so six cases: 乙罪 leads where it is named first, unless the act itself names 甲罪. */
static void report__by_charge_takes_the_one_named_first(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026", "");
    for (int i = 0; i < 6; i++) {
        json_t *r = city_request("admin_filed", NULL, "");
        stats_set(json_object_get(r, "body"), "parties", json_pack("[{s:s, s:s}]", "kind", "person", "name", "张三"));
        stats_set(json_object_get(r, "body"), "charges", json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "乙\t罪", "code", "", "name", "甲罪", "code", ""));
        city_do(c, CITY_BUREAU, r);
        city_do(c, CITY_BUREAU, city_request("penalty_decided", c->case_id, "penalty_decision"));
        r = city_request("no_penalty", c->case_id, "no_penalty_decision");
        stats_set(r, "subjects", json_pack("[{s:s, s:s}]", "party", "张三", "charge", "甲罪"));
        city_do(c, CITY_BUREAU, r);
    }
    assert_true(xj_stats_query_set(&q, "charge", xj_slice_cstr("乙 罪"))); /* one line, whatever was written */
    json_t *answer = stats_report(c, CITY_BUREAU, &q);
    assert_int_equal(stats_total(answer, "admin_filed", "n"), 6);
    assert_int_equal(stats_total(answer, "penalties", "n"), 6);
    assert_int_equal(stats_total(answer, "no_penalties", "n"), 0);
    json_decref(answer);
    assert_true(xj_stats_query_set(&q, "charge", xj_slice_cstr("甲罪")));
    answer = stats_report(c, CITY_BUREAU, &q);
    assert_int_equal(stats_total(answer, "penalties", "n"), 0);
    assert_int_equal(stats_total(answer, "no_penalties", "n"), 6);
    json_decref(answer);
}

/* Without keys bodies stay sealed: acts are counted, their figures are not guessed. */
static void report__says_how_many_bodies_it_cannot_read(void **state)
{
    struct city *c = *state;
    size_t count;
    char path[160];
    struct xj_view *v = NULL;
    json_t *answer = NULL;
    struct xj_stats_query q = stats_ask("2026", "");
    stats_penalty(c, "2026-08-01", 5000);
    stats_penalty(c, "2026-08-02", 6000);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    city_view_path(c, "sealed", path);
    const struct xj_view_options o = {.path = path, .agency = CITY_BUREAU, .root_key = c->w->anchor.root, .volatile_ok = true};
    assert_int_equal(xj_view_open(&o, &v, NULL), XJ_OK);
    stats_apply(v, items, count, 64);
    assert_int_equal(xj_render_stats(v, &q, &answer), XJ_OK);
    assert_int_equal(stats_total(answer, "penalties", "n"), 2);
    assert_int_equal(stats_total(answer, "fines", "n"), 2);
    assert_int_equal(stats_total(answer, "fines", "sum"), 0);
    assert_int_equal(stats_total(answer, "fines", "unread"), 2);
    json_decref(answer);
    xj_view_close(v);
    city_items_free(items, count);
}

static void report__carries_the_root_of_the_ledger(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026", "agency");
    city_history(c);
    for (size_t i = 0; i < 3; i++) {
        struct node *n = world_agent(c->w, everyone[i]);
        struct xj_hash root = xj_log_root(n->log);
        char hex[65];
        xj_hex(root.b, 32, hex);
        json_t *one = stats_report(c, everyone[i], &q), *two = stats_report(c, everyone[i], &q);
        const json_t *basis = json_object_get(json_object_get(one, "report"), "basis");
        assert_string_equal(json_string_value(json_object_get(basis, "root")), hex);
        assert_int_equal(json_integer_value(json_object_get(basis, "ledger_size")), xj_log_size(n->log));
        assert_true(json_equal(one, two));
        json_decref(one);
        json_decref(two);
    }
}

static void report__coverage_tells_who_acted(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026-09", "");
    city_history(c);
    json_t *answer = stats_report(c, CITY_BUREAU, &q);
    const json_t *cover = json_object_get(json_object_get(answer, "report"), "coverage"), *one;
    size_t i;
    json_array_foreach(json_object_get(cover, "roles"), i, one)
    {
        const char *role = json_string_value(json_object_get(one, "role"));
        const bool acts = strcmp(role, "bureau") == 0 || strcmp(role, "police") == 0;
        assert_int_equal(json_integer_value(json_object_get(one, "registered")), 1);
        assert_int_equal(json_integer_value(json_object_get(one, "active")), acts);
        assert_int_equal(json_integer_value(json_object_get(one, "never")), !acts);
    }
    assert_int_equal(i, 4);
    assert_int_equal(json_array_size(json_object_get(cover, "silent")), 2);
    assert_int_equal(json_array_size(json_object_get(json_object_get(answer, "report"), "flags")), 0); /* no grant: silence means nothing */
    json_decref(answer);
    q = stats_ask("2026-08", "");
    answer = stats_report(c, CITY_BUREAU, &q);
    cover = json_object_get(json_object_get(answer, "report"), "coverage");
    assert_int_equal(json_array_size(json_object_get(cover, "silent")), 4);
    json_decref(answer);
}

/* A grant over the whole division, as the registrar signs it. */
static void grant(struct city *c, const char *agency)
{
    struct world *w = c->w;
    struct xj_reg_head head;
    struct xj_changes changes;
    struct xj_buf entry, signature;
    const struct xj_grant_spec spec = {.agency = agency, .name = "all", .procedure = "referral", .division = "3708", .mode = "header"};
    const struct xj_store store = xj_db_store(world_agent(w, CITY_REGISTRAR)->db);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    xj_changes_init(&changes);
    xj_changes_grant(&changes, &spec);
    assert_int_equal(changes.err, XJ_OK);
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head.number + 1, w->now_ms, &head.digest, changes.list, changes.count, &entry);
    const struct xj_hash digest = xj_digest("xianjie/1 register", xj_buf_slice(&entry));
    xj_sign_one(&w->registrar, &digest, &signature);
    struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
    world_agent_batch(w, 0, &ev, false);
    assert_true(world_settle(w, 40000));
    xj_changes_free(&changes);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static size_t flags_of(struct city *c, const char *who, const char *period, const char *state)
{
    struct xj_stats_query q = stats_ask(period, "");
    json_t *answer = stats_report(c, who, &q);
    const json_t *one;
    size_t i, n = 0;
    json_array_foreach(json_object_get(json_object_get(answer, "report"), "flags"), i, one)
    {
        assert_string_equal(json_string_value(json_object_get(one, "rule")), "R28");
        n += strcmp(json_string_value(json_object_get(one, "state")), state) == 0;
    }
    json_decref(answer);
    return n;
}

/* R28: only who is shown everything may say that somebody is silent, and only of those who were there from the beginning. */
static void report__flags_silence_where_it_would_have_been_seen(void **state)
{
    struct city *c = *state;
    city_history(c);
    grant(c, CITY_PROC);
    assert_int_equal(flags_of(c, CITY_PROC, "2026-09", "never"), 0); /* they joined in the middle of it */
    c->w->now_ms += INT64_C(20) * 86400000;
    stats_penalty(c, "2026-10-02", 1);
    assert_int_equal(flags_of(c, CITY_PROC, "2026-10", "silent"), 1); /* the police */
    assert_int_equal(flags_of(c, CITY_PROC, "2026-10", "never"), 1);  /* the registrar; not the procuratorate itself */
    assert_int_equal(flags_of(c, CITY_PROC, "2026-11", "never") + flags_of(c, CITY_PROC, "2026-11", "silent"), 0); /* not yet */
    assert_int_equal(flags_of(c, CITY_BUREAU, "2026-10", "silent"), 0);
}

static void report__what_is_not_there_is_not_found(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = stats_ask("2026", "");
    json_t *made = NULL;
    assert_true(xj_stats_query_set(&q, "statistic", xj_slice_cstr("nothing")));
    assert_int_equal(xj_render_stats(world_agent(c->w, CITY_PROC)->view, &q, &made), XJ_ENOTFOUND);
    assert_null(made);
    q = stats_ask("2026", "");
    assert_true(xj_stats_query_set(&q, "procedure", xj_slice_cstr("other")));
    assert_int_equal(xj_render_stats(world_agent(c->w, CITY_PROC)->view, &q, &made), XJ_ENOTFOUND);
    q = stats_ask("2026", "");
    assert_true(xj_stats_query_set(&q, "stage", xj_slice_cstr("filing")));
    made = stats_report(c, CITY_PROC, &q);
    assert_true(json_array_size(json_object_get(json_object_get(made, "report"), "statistics")) > 3);
    assert_int_equal(stats_total(made, "transfers", "n"), -1);
    json_decref(made);
}

/* ---- the cases behind a figure ---- */

static json_t *page_of(struct city *c, const char *who, const char *period, const char *statistic, int64_t limit, const char *after, bool undated)
{
    struct xj_stats_cases_query q = {.q = stats_ask(period, ""), .limit = limit, .after = xj_slice_cstr(after), .undated = undated};
    json_t *made = NULL;
    assert_true(xj_stats_query_set(&q.q, "statistic", xj_slice_cstr(statistic)));
    assert_int_equal(xj_render_stats_cases(world_agent(c->w, who)->view, &q, &made), XJ_OK);
    return made;
}

static void cases__are_as_many_as_the_figure_says_in_pages_of_any_size(void **state)
{
    static const char *const statistics[] = {"penalties", "transfers", "duties_due", "duties_overdue", "transferred_parties", "fines"};
    struct city *c = *state;
    uint64_t seed = 4711;
    char cases[8][37];
    size_t case_count = 0;
    for (int i = 0; i < 60; i++)
        (void)stats_do_something(c, &seed, cases, &case_count);
    for (size_t s = 0; s < sizeof statistics / sizeof statistics[0]; s++) {
        json_t *all = page_of(c, CITY_BUREAU, "2026", statistics[s], 500, "", false), *seen = json_array();
        assert_int_equal(json_array_size(json_object_get(all, "cases")), stats_figure(c, CITY_BUREAU, "2026", statistics[s], "n"));
        assert_true(json_is_null(json_object_get(all, "next")));
        char after[256] = "";
        do {
            json_t *page = page_of(c, CITY_BUREAU, "2026", statistics[s], 2, after, false);
            json_array_extend(seen, json_object_get(page, "cases"));
            snprintf(after, sizeof after, "%s", json_is_string(json_object_get(page, "next")) ? json_string_value(json_object_get(page, "next")) : "");
            json_decref(page);
        } while (after[0] != '\0');
        assert_true(json_equal(seen, json_object_get(all, "cases")));
        json_decref(seen);
        json_decref(all);
        all = page_of(c, CITY_BUREAU, "2026", statistics[s], 500, "", true);
        assert_int_equal(json_array_size(json_object_get(all, "cases")), stats_figure(c, CITY_BUREAU, "2026", statistics[s], "undated"));
        json_decref(all);
    }
}

static void cases__refuse_a_rate_and_a_page_that_is_none(void **state)
{
    struct city *c = *state;
    struct xj_stats_cases_query q = {.q = stats_ask("2026", ""), .limit = 10, .after = xj_slice_cstr("")};
    json_t *made = NULL;
    struct xj_view *v = world_agent(c->w, CITY_BUREAU)->view;
    assert_int_equal(xj_render_stats_cases(v, &q, &made), XJ_ENOTFOUND);
    assert_true(xj_stats_query_set(&q.q, "statistic", xj_slice_cstr("refusal_rate")));
    assert_int_equal(xj_render_stats_cases(v, &q, &made), XJ_ENOTFOUND);
    assert_true(xj_stats_query_set(&q.q, "statistic", xj_slice_cstr("filed")));
    q.after = xj_slice_cstr("202611/370800-gaj/00/11/0");
    assert_int_equal(xj_render_stats_cases(v, &q, &made), XJ_EMALFORMED);
    assert_null(made);
}

/* ---- what may be asked ---- */

static void query__takes_what_the_spec_says_and_nothing_else(void **state)
{
    static const struct {
        const char *key, *value;
        bool good;
    } known[] = {{"period", "2026", true},      {"period", "2026-12", true},   {"period", "2026Q4", true},  {"period", "2026-13", false},
                 {"period", "2026Q5", false},   {"period", "2026Q0", false},   {"period", "", false},       {"period", "2026-1", false},
                 {"period", "26", false},       {"period", "1899", false},     {"period", "2026-11-01", false},
                 {"by", "agency,charge", true}, {"by", "statistic", true},     {"by", "month", false},      {"by", "agency,,area", false},
                 {"area", "3708", true},        {"area", "", true},            {"area", "37080000", false}, {"area", "37a", false},
                 {"agency", "370800-gaj", true}, {"agency", "gaj", false},     {"sector", "market", true},  {"sector", "Market", false},
                 {"charge", "销售伪劣产品罪", true}, {"charge", "a\nb", false}, {"charge", "\xff", false},   {"compare", "1", true},
                 {"compare", "2", false},       {"compare", "yes", false},     {"month", "2026", false},    {"stage", "filing", true}};
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct xj_stats_query q, before;
        xj_stats_query_init(&q);
        before = q;
        assert_int_equal(xj_stats_query_set(&q, known[i].key, xj_slice_cstr(known[i].value)), known[i].good);
        if (!known[i].good)
            assert_memory_equal(&q, &before, sizeof q);
    }
    struct xj_stats_query q = stats_ask("2026Q1", "");
    assert_true(q.from == 202601 && q.to == 202603);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(report__counts_in_the_month_of_beijing),
        IN_CITY(report__compares_with_the_same_months_a_year_before),
        IN_CITY(report__a_rate_of_nothing_is_none),
        IN_CITY(report__an_open_duty_is_overdue_as_of_the_ledger),
        IN_CITY(report__lines_add_up_to_the_total_by_any_dimension),
        IN_CITY(report__by_sector_follows_the_source_of_the_case),
        IN_CITY(report__an_amended_fine_replaces_the_old_one),
        IN_CITY(report__by_charge_takes_the_one_named_first),
        IN_CITY(report__says_how_many_bodies_it_cannot_read),
        IN_CITY(report__carries_the_root_of_the_ledger),
        IN_CITY(report__coverage_tells_who_acted),
        IN_CITY(report__flags_silence_where_it_would_have_been_seen),
        IN_CITY(report__what_is_not_there_is_not_found),
        IN_CITY(cases__are_as_many_as_the_figure_says_in_pages_of_any_size),
        IN_CITY(cases__refuse_a_rate_and_a_page_that_is_none),
        cmocka_unit_test(query__takes_what_the_spec_says_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
