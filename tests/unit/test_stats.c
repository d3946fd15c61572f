/* Statistics in the view: sums kept by difference against counting from nothing, and reports. Spec: spec/14-statistics.md. */
#include "tests/unit/view_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "agents/agent/view/stats.h"
#include "agents/cli/regfacts.h"
#include "schema/base/civil.h"
#include "tests/sim/world_private.h"

static const char *const everyone[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};

/* ---- looking into a view ---- */

static sqlite3 *look(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    return db;
}

static sqlite3 *look_at(struct city *c, const char *who)
{
    char path[1100];
    snprintf(path, sizeof path, "%s.view", world_agent(c->w, who)->path);
    return look(path);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* All rows of a query as one text, the caller's. */
static char *dump(sqlite3 *db, const char *sql)
{
    struct xj_buf out;
    sqlite3_stmt *st = NULL;
    xj_buf_init(&out, 64u * 1024 * 1024);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(st); i++)
            xj_buf_addf(&out, "%s|", sqlite3_column_text(st, i) != NULL ? (const char *)sqlite3_column_text(st, i) : "-");
        xj_buf_add_str(&out, "\n");
    }
    sqlite3_finalize(st);
    char *text = strdup(xj_buf_cstr(&out));
    xj_buf_free(&out);
    assert_non_null(text);
    return text;
}

#define STAT "SELECT procedure, month, statistic, agency, source, open, charge, n, value, unread FROM stat"
#define TALLIED                                                                                                                    \
    "SELECT procedure, month, statistic, agency, source, open, charge, count(*), sum(value), sum(unread) FROM tally WHERE statistic <> ''" \
    " GROUP BY procedure, month, statistic, agency, source, open, charge"
#define BY_AGENCY "SELECT procedure, month, statistic, agency, open, n, value, unread FROM stat_agency"
#define STAT_BY_AGENCY                                                                                                       \
    "SELECT procedure, month, statistic, agency, open, sum(n), sum(value), sum(unread) FROM stat GROUP BY procedure, month," \
    " statistic, agency, open"
#define ACTIVITY "SELECT agency, month, n FROM activity"
#define ACTED "SELECT agency, month, count(*) FROM tally WHERE statistic = '' GROUP BY agency, month"

/* The sums are those of the units, no more and no less. */
static void sums_hold(sqlite3 *db)
{
    assert_int_equal(number(db, "SELECT count(*) FROM (" STAT " EXCEPT " TALLIED ")"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (" TALLIED " EXCEPT " STAT ")"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (" BY_AGENCY " EXCEPT " STAT_BY_AGENCY ")"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (" STAT_BY_AGENCY " EXCEPT " BY_AGENCY ")"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (" ACTIVITY " EXCEPT " ACTED ")"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM (" ACTED " EXCEPT " ACTIVITY ")"), 0);
}

/* ---- counting the acts by other means: from headers and bodies, without the fold ---- */

struct told {
    struct xj_id id;
    char act[64], doer[64];
    bool voided, out, dated; /* out: a correction, or of a role it may not have */
    int64_t to_ms, fine;     /* fine -1: the bodies give none */
};
static size_t voided_seen, amended_seen; /* to see that the histories hold what they are to test */

static int64_t fine_of(struct xj_slice body, int64_t before)
{
    struct xj_doc doc;
    if (body.n == 0 || xj_doc_open(&doc, body, 65536) != XJ_OK)
        return before;
    uint64_t fine = xj_map_uint(&doc.root, "fine", UINT64_MAX);
    xj_doc_close(&doc);
    return fine == UINT64_MAX ? before : (int64_t)fine;
}

static struct told *find_told(struct told *list, size_t n, const struct xj_id *id)
{
    for (size_t i = 0; i < n; i++)
        if (xj_id_eq(&list[i].id, id))
            return &list[i];
    return NULL;
}

static void date_told(struct told *t, const struct xj_header *h, int64_t admitted_ms)
{
    t->dated = h->has_occurred || h->mode == XJ_MODE_LIVE;
    t->to_ms = h->has_occurred ? h->occurred_to_ms : admitted_ms;
}

static void correct_told(struct told *list, size_t n, const struct xj_header *h, int64_t admitted_ms, struct xj_slice body)
{
    for (size_t i = 0; i < h->relate_count; i++) {
        struct told *target = find_told(list, n, &h->relates[i].id);
        if (target == NULL)
            continue;
        if (xj_slice_is(h->relates[i].relation, "voids")) {
            target->voided = true;
            voided_seen++;
        }
        if (xj_slice_is(h->relates[i].relation, "amends")) {
            amended_seen++;
            bool live = target->dated && !h->has_occurred && h->mode == XJ_MODE_LIVE;
            int64_t was = target->to_ms;
            date_told(target, h, admitted_ms);
            if (live)
                target->to_ms = was; /* a live act that says no date keeps its own admission */
            target->fine = fine_of(body, target->fine);
        }
    }
}

static bool is_correction(const struct xj_header *h)
{
    for (size_t i = 0; i < h->relate_count; i++)
        if (xj_slice_is(h->relates[i].relation, "voids") || xj_slice_is(h->relates[i].relation, "amends"))
            return true;
    return false;
}

static size_t tell_acts(sqlite3 *db, struct told *list, size_t max)
{
    static struct xj_header h;
    static struct xj_admitted a;
    sqlite3_stmt *st = NULL;
    size_t n = 0;
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT header, statement, body FROM act ORDER BY case_id, seq", -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW) {
        unsigned field;
        struct xj_slice body = xj_slice_of(sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2));
        assert_true(n < max);
        assert_int_equal(xj_header_decode(xj_slice_of(sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)), &h, &field), XJ_OK);
        assert_int_equal(xj_admitted_decode(xj_slice_of(sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)), &a), XJ_OK);
        struct xj_slice doer = h.actor.n > 0 ? h.actor : h.from;
        struct told *t = &list[n++];
        *t = (struct told){.id = h.id, .out = is_correction(&h), .fine = fine_of(body, -1)};
        memcpy(t->act, h.act.p, h.act.n);
        memcpy(t->doer, doer.p, doer.n);
        for (size_t i = 0; i < a.breach_count; i++)
            t->out = t->out || xj_slice_is(a.breaches[i].code, "role");
        date_told(t, &h, a.time_ms);
        if (is_correction(&h))
            correct_told(list, n, &h, a.time_ms, body);
    }
    sqlite3_finalize(st);
    return n;
}

static int64_t month_of(const struct told *t)
{
    struct xj_civil c = xj_civil_from_days((t->to_ms + INT64_C(28800000)) / INT64_C(86400000));
    return t->dated ? c.year * 100 + c.month : 0;
}

/* n and value of a statistic for one agency and month, as the view has summed it. */
static void summed(sqlite3 *db, const char *statistic, const char *agency, int64_t month, int64_t *n, int64_t *value)
{
    char sql[512];
    snprintf(sql, sizeof sql, "SELECT coalesce(sum(n), 0) FROM stat WHERE statistic = '%s' AND agency = '%s' AND month = %lld", statistic, agency,
             (long long)month);
    *n = number(db, sql);
    snprintf(sql, sizeof sql, "SELECT coalesce(sum(value), 0) FROM stat WHERE statistic = '%s' AND agency = '%s' AND month = %lld", statistic,
             agency, (long long)month);
    *value = number(db, sql);
}

static bool named(const char *list, const char *act)
{
    char with[96];
    snprintf(with, sizeof with, " %s ", act);
    return strstr(list, with) != NULL;
}

static void counted_from_nothing(sqlite3 *db)
{
    static const struct {
        const char *statistic, *acts;
        bool sum;
    } some[] = {{"transfers", " transfer ", false}, {"penalties", " penalty_decided ", false}, {"fines", " penalty_decided ", true},
                {"filed", " filed filed_after_notice reconsideration_overturned refiled ", false}, {"not_filed", " not_filed ", false},
                {"acceptances", " acceptance ", false}, {"admin_filed", " admin_filed ", false}};
    enum { MOST = 2000 };
    struct told *list = calloc(MOST, sizeof *list);
    size_t n = tell_acts(db, list, MOST);
    for (size_t s = 0; s < sizeof some / sizeof some[0]; s++) {
        int64_t all = 0;
        for (size_t i = 0; i < n; i++) {
            int64_t want_n = 0, want_value = 0, got_n, got_value;
            if (!named(some[s].acts, list[i].act))
                continue;
            for (size_t k = 0; k < n; k++) {
                bool same = named(some[s].acts, list[k].act) && strcmp(list[k].doer, list[i].doer) == 0 && month_of(&list[k]) == month_of(&list[i]);
                if (!same || list[k].voided || list[k].out || (some[s].sum && list[k].fine < 0))
                    continue;
                want_n++;
                want_value += some[s].sum ? list[k].fine : 0;
            }
            summed(db, some[s].statistic, list[i].doer, month_of(&list[i]), &got_n, &got_value);
            assert_int_equal(got_n, want_n);
            assert_int_equal(got_value, want_value);
            all += !list[i].voided && !list[i].out && (!some[s].sum || list[i].fine >= 0);
        }
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT coalesce(sum(n), 0) FROM stat WHERE statistic = '%s'", some[s].statistic);
        assert_int_equal(number(db, sql), all);
    }
    free(list);
}

/* ---- histories by chance ---- */

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

struct doing {
    const char *who, *act, *papers;
};
static const struct doing doings[] = {
    {CITY_BUREAU, "transfer_report", "transfer_report"},
    {CITY_BUREAU, "transfer_approved", ""},
    {CITY_BUREAU, "transfer", "transfer_letter investigation_report item_list test_report"},
    {CITY_BUREAU, "transfer", "transfer_letter"},
    {CITY_BUREAU, "admin_filed", ""},
    {CITY_BUREAU, "penalty_decided", "penalty_decision"},
    {CITY_BUREAU, "penalty_decided", "penalty_decision"},
    {CITY_BUREAU, "no_penalty", "no_penalty_decision"},
    {CITY_BUREAU, "reconsideration_requested", "reconsideration_request"},
    {CITY_POLICE, "receipt", "receipt"},
    {CITY_POLICE, "acceptance", ""},
    {CITY_POLICE, "filed", "filing_decision"},
    {CITY_POLICE, "not_filed", "not_filed_notice file_list"},
    {CITY_POLICE, "supplement_requested", "supplement_notice gap_list"},
    {CITY_POLICE, "case_withdrawn", "withdrawal_decision"},
    {CITY_POLICE, "sent_for_prosecution", "prosecution_opinion"},
    {CITY_PROC, "explanation_requested", "explanation_request"},
    {CITY_PROC, "notice_to_file", "notice_to_file"},
    {CITY_PROC, "not_prosecuted", "non_prosecution_decision"},
};

static void set(json_t *object, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(object, key, value), 0);
}

static void by_chance(json_t *r, uint64_t *seed)
{
    static const char *const days[] = {"2026-06", "2026-07-31", "2026-08-01", "2025", "2026-06-30/2026-07-02", "2026-09-20T23:59:59.999+08:00"};
    static const char *const people[] = {"张三", "李四", "王五"}, *const charges[] = {"甲罪", "乙罪"};
    json_t *body = json_object_get(r, "body");
    const char *person = people[next(seed) % 3], *charge = charges[next(seed) % 2];
    if (next(seed) % 2 == 0) {
        set(r, "mode", json_string("late_entry"));
        set(body, "source", json_string("卷宗"));
        if (next(seed) % 3 != 0)
            set(r, "occurred", json_string(days[next(seed) % 6]));
    }
    if (next(seed) % 2 == 0) {
        set(body, "parties", json_pack("[{s:s, s:s}]", "kind", next(seed) % 4 == 0 ? "victim" : "person", "name", person));
        if (next(seed) % 2 == 0) {
            set(body, "charges", json_pack("[{s:s, s:s}]", "name", charge, "code", ""));
            set(r, "subjects", json_pack("[{s:s, s:s}]", "party", person, "charge", charge));
        } else {
            set(r, "subjects", json_pack("[{s:s}]", "party", person));
        }
    }
    if (next(seed) % 3 != 0)
        set(body, "fine", json_integer((json_int_t)(next(seed) % 1000000)));
}

/* An earlier own act to amend or void, with its case. */
static bool own_act(struct city *c, const char *who, uint64_t *seed, char id[37], char case_id[37], char act[64], bool *late)
{
    sqlite3 *db = look_at(c, who);
    char sql[256];
    sqlite3_stmt *st = NULL;
    snprintf(sql, sizeof sql, "SELECT id, case_id, act, header FROM own WHERE state = 1 ORDER BY number LIMIT 1 OFFSET %llu",
             (unsigned long long)(next(seed) % 40));
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    bool found = sqlite3_step(st) == SQLITE_ROW;
    if (found) {
        static struct xj_header h;
        struct xj_id i, k;
        unsigned field;
        memcpy(i.b, sqlite3_column_blob(st, 0), 16);
        memcpy(k.b, sqlite3_column_blob(st, 1), 16);
        xj_id_format(&i, id);
        xj_id_format(&k, case_id);
        snprintf(act, 64, "%s", (const char *)sqlite3_column_text(st, 2));
        assert_int_equal(xj_header_decode(xj_slice_of(sqlite3_column_blob(st, 3), (size_t)sqlite3_column_bytes(st, 3)), &h, &field), XJ_OK);
        *late = h.mode == XJ_MODE_LATE_ENTRY;
    }
    sqlite3_finalize(st);
    sqlite3_close(db);
    return found;
}

static json_t *correction(struct city *c, const char *who, uint64_t *seed)
{
    char id[37], case_id[37], act[64];
    bool late;
    if (!own_act(c, who, seed, id, case_id, act, &late))
        return NULL;
    const bool amends = next(seed) % 2 == 0;
    json_t *r = city_request(act, case_id, "");
    set(r, "relates", json_pack("[{s:s, s:s}]", "relation", amends ? "amends" : "voids", "id", id));
    if (late) {
        set(r, "mode", json_string("late_entry"));
        set(json_object_get(r, "body"), "source", json_string("卷宗"));
    }
    if (amends && next(seed) % 2 == 0)
        set(r, "occurred", json_string("2026-05-05"));
    if (amends)
        set(json_object_get(r, "body"), "fine", json_integer((json_int_t)(next(seed) % 1000)));
    return r;
}

/* Does something; what the law refuses is refused. Returns whether it was admitted. */
static bool do_something(struct city *c, uint64_t *seed, char cases[8][37], size_t *case_count)
{
    const struct doing *d = &doings[next(seed) % (sizeof doings / sizeof doings[0])];
    bool fresh = *case_count == 0 || next(seed) % 9 == 0;
    json_t *r = next(seed) % 6 == 0 ? correction(c, d->who, seed) : NULL;
    if (r == NULL) {
        r = city_request(d->act, fresh ? NULL : cases[next(seed) % *case_count], d->papers);
        by_chance(r, seed);
    }
    json_t *answer = world_act(c->w, d->who, r, 5000 + ++c->drafts);
    if (answer == NULL)
        fail_msg("the city failed: %s", c->w->failed);
    bool admitted = strncmp(json_string_value(json_object_get(answer, "status")), "admitted", 8) == 0;
    const char *case_id = json_string_value(json_object_get(answer, "case"));
    if (admitted && fresh && case_id != NULL) {
        size_t at = *case_count < 8 ? (*case_count)++ : (size_t)(next(seed) % 8);
        snprintf(cases[at], 37, "%s", case_id);
    }
    json_decref(answer);
    json_decref(r);
    c->w->now_ms += (int64_t)(next(seed) % 40) * 3600000;
    return admitted;
}

/* Moves the last received act with its answer to where `to` says, and numbers anew: other arrival, the same acts. */
static void move_pair(struct xj_ledger_item *items, size_t count, size_t from)
{
    struct xj_ledger_item pair[2] = {items[from], items[from + 1]};
    memmove(items + from, items + from + 2, (count - from - 2) * sizeof *items);
    items[count - 2] = pair[0];
    items[count - 1] = pair[1];
    for (size_t i = 0; i < count; i++)
        items[i].n = i + 1;
}

static void apply_in_steps(struct xj_view *v, const struct xj_ledger_item *items, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i += step)
        assert_int_equal(xj_view_apply(v, items + i, count - i < step ? count - i : step), XJ_OK);
}

static struct xj_hash digest_of(struct xj_view *v)
{
    struct xj_hash h;
    assert_int_equal(xj_view_digest(v, false, &h), XJ_OK);
    return h;
}

static void folds_alike(struct city *c, const char *who)
{
    size_t count;
    struct xj_ledger_item *items = city_items(c, who, &count);
    struct xj_hash live = digest_of(world_agent(c->w, who)->view);
    static const size_t steps[] = {1, 7, 256};
    char path[160];
    for (size_t i = 0; i < 3; i++) {
        struct xj_view *v = city_view(c, who, "again");
        apply_in_steps(v, items, count, steps[i]);
        struct xj_hash again = digest_of(v);
        assert_memory_equal(again.b, live.b, 32);
        xj_view_close(v);
        city_view_path(c, "again", path);
        assert_int_equal(remove(path), 0);
    }
    city_items_free(items, count);
}

static void late_arrival_changes_no_sum(struct city *c, const char *who, uint64_t *seed)
{
    size_t count, from;
    char path[160];
    struct xj_ledger_item *items = city_items(c, who, &count);
    sqlite3 *db = look_at(c, who);
    char *want = dump(db, STAT " ORDER BY 1, 2, 3, 4, 5, 6, 7"), *got;
    sqlite3_close(db);
    do
        from = (size_t)(next(seed) % (count - 2));
    while (items[from].kind != XJ_ENTRY_RECEIVED);
    move_pair(items, count, from);
    struct xj_view *v = city_view(c, who, "late");
    apply_in_steps(v, items, count, 5);
    city_view_path(c, "late", path);
    db = look(path);
    got = dump(db, STAT " ORDER BY 1, 2, 3, 4, 5, 6, 7");
    assert_string_equal(got, want);
    sums_hold(db);
    sqlite3_close(db);
    xj_view_close(v);
    assert_int_equal(remove(path), 0);
    free(got);
    free(want);
    city_items_free(items, count);
}

static void stat__is_the_sum_of_its_units_through_any_history(void **state)
{
    struct city *c = *state;
    const char *asked = getenv("XJ_SEEDS");
    const long seeds = asked != NULL ? strtol(asked, NULL, 10) : 3;
    size_t admitted = 0;
    uint64_t seed = 20261124;
    for (long run = 0; run < (seeds > 0 ? seeds : 1); run++) {
        char cases[8][37];
        size_t case_count = 0;
        for (int i = 0; i < 110; i++)
            admitted += do_something(c, &seed, cases, &case_count);
        for (size_t i = 0; i < 3; i++) {
            sqlite3 *db = look_at(c, everyone[i]);
            sums_hold(db);
            counted_from_nothing(db);
            sqlite3_close(db);
        }
        late_arrival_changes_no_sum(c, CITY_POLICE, &seed);
    }
    assert_true(admitted > 90 && voided_seen > 5 && amended_seen > 5);
    sqlite3 *db = look_at(c, CITY_BUREAU); /* the histories were worth counting */
    assert_true(number(db, "SELECT count(DISTINCT statistic) FROM stat") > 15);
    assert_true(number(db, "SELECT count(*) FROM stat WHERE open <> 0") > 0);
    assert_true(number(db, "SELECT count(*) FROM stat WHERE month = 0") > 0);
    assert_true(number(db, "SELECT count(DISTINCT charge) FROM stat") == 3);
    sqlite3_close(db);
    for (size_t i = 0; i < 3; i++)
        folds_alike(c, everyone[i]);
}

/* ---- reports ---- */

static struct xj_stats_query ask(const char *period, const char *by)
{
    struct xj_stats_query q;
    xj_stats_query_init(&q);
    assert_true(xj_stats_query_set(&q, "period", xj_slice_cstr(period)) && xj_stats_query_set(&q, "by", xj_slice_cstr(by)));
    return q;
}

static json_t *report_of(struct city *c, const char *who, const struct xj_stats_query *q)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_stats(world_agent(c->w, who)->view, q, &made), XJ_OK);
    return made;
}

static json_int_t total(const json_t *answer, const char *statistic, const char *key)
{
    const json_t *number = json_object_get(json_object_get(json_object_get(json_object_get(answer, "report"), "total"), statistic), key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

/* The figure of the total in a period. */
static json_int_t figure(struct city *c, const char *who, const char *period, const char *statistic, const char *key)
{
    struct xj_stats_query q = ask(period, "");
    json_t *answer = report_of(c, who, &q);
    json_int_t n = total(answer, statistic, key);
    json_decref(answer);
    return n;
}

static void penalty(struct city *c, const char *occurred, json_int_t fine)
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision");
    set(r, "mode", json_string("late_entry"));
    set(json_object_get(r, "body"), "source", json_string("卷宗"));
    if (fine >= 0)
        set(json_object_get(r, "body"), "fine", json_integer(fine));
    if (occurred != NULL)
        set(r, "occurred", json_string(occurred));
    city_do(c, CITY_BUREAU, r);
}

static void report__counts_in_the_month_of_beijing(void **state)
{
    struct city *c = *state;
    penalty(c, "2026-08-31T23:59:59.999+08:00", 1);
    penalty(c, "2026-09-01T00:00:00+08:00", 2);
    penalty(c, "2026-08-31T16:00:00Z", 4);
    penalty(c, "2026-06-15/2026-07-01", 8);
    penalty(c, "2025", 16);
    penalty(c, NULL, 32);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-08", "fines", "sum"), 1);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "fines", "sum"), 6);
    assert_int_equal(figure(c, CITY_BUREAU, "2026Q2", "fines", "sum"), 0);
    assert_int_equal(figure(c, CITY_BUREAU, "2026Q3", "fines", "sum"), 15);
    assert_int_equal(figure(c, CITY_BUREAU, "2025-12", "fines", "sum"), 16);
    assert_int_equal(figure(c, CITY_BUREAU, "2026", "fines", "sum"), 15);
    assert_int_equal(figure(c, CITY_BUREAU, "2026", "fines", "undated_sum"), 32);
    assert_int_equal(figure(c, CITY_BUREAU, "2024", "penalties", "undated"), 1);
    assert_int_equal(figure(c, CITY_BUREAU, "2026", "penalties", "n"), 4);
}

static void report__compares_with_the_same_months_a_year_before(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026Q3", "");
    penalty(c, "2026-07-01", 100);
    penalty(c, "2026-09-30", 100);
    penalty(c, "2025-08-10", 300);
    penalty(c, "2025-06-30", 999);
    q.compare = true;
    json_t *answer = report_of(c, CITY_BUREAU, &q);
    assert_int_equal(total(answer, "fines", "sum"), 200);
    assert_int_equal(total(answer, "fines", "before"), 300);
    const json_t *fines = json_object_get(json_object_get(json_object_get(answer, "report"), "total"), "fines");
    assert_int_equal(json_integer_value(json_object_get(fines, "change")), -100);
    assert_int_equal(json_integer_value(json_object_get(fines, "change_permille")), -333);
    assert_int_equal(total(answer, "penalties", "before"), 1);
    assert_int_equal(total(answer, "penalties", "change_permille"), 1000);
    assert_int_equal(total(answer, "filed", "change_permille"), -1); /* of nothing no share can be told */
    json_decref(answer);
}

static void report__a_rate_of_nothing_is_none(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026-09", "");
    json_t *answer = report_of(c, CITY_POLICE, &q);
    const json_t *rate = json_object_get(json_object_get(json_object_get(answer, "report"), "total"), "refusal_rate");
    assert_true(json_is_null(json_object_get(rate, "permille")) && json_is_null(json_object_get(rate, "percent")));
    json_decref(answer);
    city_history(c);
    answer = report_of(c, CITY_POLICE, &q);
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
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_due", "n"), 1);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 0);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "timeliness", "per"), 0);
    c->w->now_ms += INT64_C(5) * 86400000;
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 0);
    penalty(c, "2026-09-01", 1); /* the ledger moves on, the case does not; publishing this penalty, D33, is late already */
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 2);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "timeliness", "permille"), 0);
    c->w->now_ms += INT64_C(40) * 86400000;
    penalty(c, "2026-09-02", 1); /* another month: counted without looking at duties */
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_overdue", "n"), 3);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-10", "duties_overdue", "n"), 0);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-09", "duties_due", "n"), 3);
}

static void report__lines_add_up_to_the_total_by_any_dimension(void **state)
{
    static const char *const by[] = {"agency", "charge", "sector", "area", "area,agency,sector,charge"};
    struct city *c = *state;
    uint64_t seed = 77;
    char cases[8][37];
    size_t case_count = 0;
    for (int i = 0; i < 60; i++)
        (void)do_something(c, &seed, cases, &case_count);
    for (size_t k = 0; k < sizeof by / sizeof by[0]; k++) {
        struct xj_stats_query q = ask("2026", by[k]);
        json_t *answer = report_of(c, CITY_PROC, &q), *report = json_object_get(answer, "report");
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
            assert_int_equal(sum, total(answer, id, "n"));
            assert_int_equal(undated, total(answer, id, "undated"));
        }
        assert_true(json_array_size(json_object_get(report, "lines")) > 0);
        json_decref(answer);
    }
}

/* What the police do counts under the sector that the case comes from. */
static void report__by_sector_follows_the_source_of_the_case(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026", "");
    city_history(c);
    assert_true(xj_stats_query_set(&q, "sector", xj_slice_cstr("market")));
    json_t *answer = report_of(c, CITY_POLICE, &q);
    assert_int_equal(total(answer, "filed", "n"), 1);
    json_decref(answer);
    assert_true(xj_stats_query_set(&q, "sector", xj_slice_cstr("tobacco")));
    answer = report_of(c, CITY_POLICE, &q);
    assert_int_equal(total(answer, "filed", "n"), 0);
    json_decref(answer);
}

static void report__an_amended_fine_replaces_the_old_one(void **state)
{
    struct city *c = *state;
    char id[37], case_id[37], act[64];
    bool late;
    uint64_t seed = 40; /* next() % 40 is not 0 for all; the first own act is asked for below */
    penalty(c, "2026-08-01", 5000);
    while (!own_act(c, CITY_BUREAU, &seed, id, case_id, act, &late))
        continue;
    json_t *r = city_request("penalty_decided", case_id, "");
    set(r, "relates", json_pack("[{s:s, s:s}]", "relation", "amends", "id", id));
    set(r, "mode", json_string("late_entry"));
    set(r, "occurred", json_string("2026-07-15"));
    set(json_object_get(r, "body"), "source", json_string("卷宗"));
    set(json_object_get(r, "body"), "fine", json_integer(700));
    city_do(c, CITY_BUREAU, r);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-08", "fines", "n"), 0);
    assert_int_equal(figure(c, CITY_BUREAU, "2026-07", "fines", "sum"), 700);
    sqlite3 *db = look_at(c, CITY_BUREAU);
    assert_int_equal(number(db, "SELECT count(*) FROM stat WHERE statistic = 'fines'"), 1); /* nothing is left of the other */
    sqlite3_close(db);
}

/* Ids are chance, so six cases: 乙罪 leads where it is named first, unless the act itself names 甲罪. */
static void report__by_charge_takes_the_one_named_first(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026", "");
    for (int i = 0; i < 6; i++) {
        json_t *r = city_request("admin_filed", NULL, "");
        set(json_object_get(r, "body"), "parties", json_pack("[{s:s, s:s}]", "kind", "person", "name", "张三"));
        set(json_object_get(r, "body"), "charges", json_pack("[{s:s, s:s}, {s:s, s:s}]", "name", "乙\t罪", "code", "", "name", "甲罪", "code", ""));
        city_do(c, CITY_BUREAU, r);
        city_do(c, CITY_BUREAU, city_request("penalty_decided", c->case_id, "penalty_decision"));
        r = city_request("no_penalty", c->case_id, "no_penalty_decision");
        set(r, "subjects", json_pack("[{s:s, s:s}]", "party", "张三", "charge", "甲罪"));
        city_do(c, CITY_BUREAU, r);
    }
    assert_true(xj_stats_query_set(&q, "charge", xj_slice_cstr("乙 罪"))); /* one line, whatever was written */
    json_t *answer = report_of(c, CITY_BUREAU, &q);
    assert_int_equal(total(answer, "admin_filed", "n"), 6);
    assert_int_equal(total(answer, "penalties", "n"), 6);
    assert_int_equal(total(answer, "no_penalties", "n"), 0);
    json_decref(answer);
    assert_true(xj_stats_query_set(&q, "charge", xj_slice_cstr("甲罪")));
    answer = report_of(c, CITY_BUREAU, &q);
    assert_int_equal(total(answer, "penalties", "n"), 0);
    assert_int_equal(total(answer, "no_penalties", "n"), 6);
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
    struct xj_stats_query q = ask("2026", "");
    penalty(c, "2026-08-01", 5000);
    penalty(c, "2026-08-02", 6000);
    struct xj_ledger_item *items = city_items(c, CITY_BUREAU, &count);
    city_view_path(c, "sealed", path);
    const struct xj_view_options o = {.path = path, .agency = CITY_BUREAU, .root_key = c->w->anchor.root, .volatile_ok = true};
    assert_int_equal(xj_view_open(&o, &v, NULL), XJ_OK);
    apply_in_steps(v, items, count, 64);
    assert_int_equal(xj_render_stats(v, &q, &answer), XJ_OK);
    assert_int_equal(total(answer, "penalties", "n"), 2);
    assert_int_equal(total(answer, "fines", "n"), 2);
    assert_int_equal(total(answer, "fines", "sum"), 0);
    assert_int_equal(total(answer, "fines", "unread"), 2);
    json_decref(answer);
    xj_view_close(v);
    city_items_free(items, count);
}

static void report__carries_the_root_of_the_ledger(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026", "agency");
    city_history(c);
    for (size_t i = 0; i < 3; i++) {
        struct node *n = world_agent(c->w, everyone[i]);
        struct xj_hash root = xj_log_root(n->log);
        char hex[65];
        xj_hex(root.b, 32, hex);
        json_t *one = report_of(c, everyone[i], &q), *two = report_of(c, everyone[i], &q);
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
    struct xj_stats_query q = ask("2026-09", "");
    city_history(c);
    json_t *answer = report_of(c, CITY_BUREAU, &q);
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
    q = ask("2026-08", "");
    answer = report_of(c, CITY_BUREAU, &q);
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
    struct xj_stats_query q = ask(period, "");
    json_t *answer = report_of(c, who, &q);
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
    penalty(c, "2026-10-02", 1);
    assert_int_equal(flags_of(c, CITY_PROC, "2026-10", "silent"), 1); /* the police */
    assert_int_equal(flags_of(c, CITY_PROC, "2026-10", "never"), 1);  /* the registrar; not the procuratorate itself */
    assert_int_equal(flags_of(c, CITY_PROC, "2026-11", "never") + flags_of(c, CITY_PROC, "2026-11", "silent"), 0); /* not yet */
    assert_int_equal(flags_of(c, CITY_BUREAU, "2026-10", "silent"), 0);
}

static void report__what_is_not_there_is_not_found(void **state)
{
    struct city *c = *state;
    struct xj_stats_query q = ask("2026", "");
    json_t *made = NULL;
    assert_true(xj_stats_query_set(&q, "statistic", xj_slice_cstr("nothing")));
    assert_int_equal(xj_render_stats(world_agent(c->w, CITY_PROC)->view, &q, &made), XJ_ENOTFOUND);
    assert_null(made);
    q = ask("2026", "");
    assert_true(xj_stats_query_set(&q, "procedure", xj_slice_cstr("other")));
    assert_int_equal(xj_render_stats(world_agent(c->w, CITY_PROC)->view, &q, &made), XJ_ENOTFOUND);
    q = ask("2026", "");
    assert_true(xj_stats_query_set(&q, "stage", xj_slice_cstr("filing")));
    made = report_of(c, CITY_PROC, &q);
    assert_true(json_array_size(json_object_get(json_object_get(made, "report"), "statistics")) > 3);
    assert_int_equal(total(made, "transfers", "n"), -1);
    json_decref(made);
}

/* ---- the cases behind a figure ---- */

static json_t *page_of(struct city *c, const char *who, const char *period, const char *statistic, int64_t limit, const char *after, bool undated)
{
    struct xj_stats_cases_query q = {.q = ask(period, ""), .limit = limit, .after = xj_slice_cstr(after), .undated = undated};
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
        (void)do_something(c, &seed, cases, &case_count);
    for (size_t s = 0; s < sizeof statistics / sizeof statistics[0]; s++) {
        json_t *all = page_of(c, CITY_BUREAU, "2026", statistics[s], 500, "", false), *seen = json_array();
        assert_int_equal(json_array_size(json_object_get(all, "cases")), figure(c, CITY_BUREAU, "2026", statistics[s], "n"));
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
        assert_int_equal(json_array_size(json_object_get(all, "cases")), figure(c, CITY_BUREAU, "2026", statistics[s], "undated"));
        json_decref(all);
    }
}

static void cases__refuse_a_rate_and_a_page_that_is_none(void **state)
{
    struct city *c = *state;
    struct xj_stats_cases_query q = {.q = ask("2026", ""), .limit = 10, .after = xj_slice_cstr("")};
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
    struct xj_stats_query q = ask("2026Q1", "");
    assert_true(q.from == 202601 && q.to == 202603);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(stat__is_the_sum_of_its_units_through_any_history),
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
