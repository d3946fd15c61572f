/* Statistics in the view: sums kept by difference against counting from nothing, through histories by chance. Spec: spec/14-statistics.md. */
#include "tests/unit/stats_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"

static const char *const everyone[] = {CITY_BUREAU, CITY_POLICE, CITY_PROC};

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
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" STAT " EXCEPT " TALLIED ")"), 0);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" TALLIED " EXCEPT " STAT ")"), 0);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" BY_AGENCY " EXCEPT " STAT_BY_AGENCY ")"), 0);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" STAT_BY_AGENCY " EXCEPT " BY_AGENCY ")"), 0);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" ACTIVITY " EXCEPT " ACTED ")"), 0);
    assert_int_equal(stats_number(db, "SELECT count(*) FROM (" ACTED " EXCEPT " ACTIVITY ")"), 0);
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
    *n = stats_number(db, sql);
    snprintf(sql, sizeof sql, "SELECT coalesce(sum(value), 0) FROM stat WHERE statistic = '%s' AND agency = '%s' AND month = %lld", statistic,
             agency, (long long)month);
    *value = stats_number(db, sql);
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
        assert_int_equal(stats_number(db, sql), all);
    }
    free(list);
}

/* ---- histories by chance ---- */

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
        stats_apply(v, items, count, steps[i]);
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
    sqlite3 *db = stats_look_at(c, who);
    char *want = stats_dump(db, STAT " ORDER BY 1, 2, 3, 4, 5, 6, 7"), *got;
    sqlite3_close(db);
    do
        from = (size_t)(stats_next(seed) % (count - 2));
    while (items[from].kind != XJ_ENTRY_RECEIVED);
    move_pair(items, count, from);
    struct xj_view *v = city_view(c, who, "late");
    stats_apply(v, items, count, 5);
    city_view_path(c, "late", path);
    db = stats_look(path);
    got = stats_dump(db, STAT " ORDER BY 1, 2, 3, 4, 5, 6, 7");
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
            admitted += stats_do_something(c, &seed, cases, &case_count);
        for (size_t i = 0; i < 3; i++) {
            sqlite3 *db = stats_look_at(c, everyone[i]);
            sums_hold(db);
            counted_from_nothing(db);
            sqlite3_close(db);
        }
        late_arrival_changes_no_sum(c, CITY_POLICE, &seed);
    }
    assert_true(admitted > 90 && voided_seen > 5 && amended_seen > 5);
    sqlite3 *db = stats_look_at(c, CITY_BUREAU); /* the histories were worth counting */
    assert_true(stats_number(db, "SELECT count(DISTINCT statistic) FROM stat") > 15);
    assert_true(stats_number(db, "SELECT count(*) FROM stat WHERE open <> 0") > 0);
    assert_true(stats_number(db, "SELECT count(*) FROM stat WHERE month = 0") > 0);
    assert_true(stats_number(db, "SELECT count(DISTINCT charge) FROM stat") == 3);
    sqlite3_close(db);
    for (size_t i = 0; i < 3; i++)
        folds_alike(c, everyone[i]);
}

#define IN_CITY(test) cmocka_unit_test_setup_teardown(test, city_up, city_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_CITY(stat__is_the_sum_of_its_units_through_any_history),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
