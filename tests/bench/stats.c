/* What a report over many cases costs: `stats DIR CASES` makes a view with the tallies of so many cases (default 1,000,000) over five
 * years, 190 agencies and 60 charges, and prints one JSON object with times of reports beside the floor: stepping over the same rows of
 * the same SQLite table and doing nothing with them. Figures are printed, never judged. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "agents/agent/view/stats.h"
#include "agents/cli/regfacts.h"
#include "tests/bench/measure.h"
#include "tests/sim/world_private.h"

#define BUREAUS 150
#define POLICE 40
#define CHARGES 60
#define MONTHS 60 /* 2022-01 to 2026-12 */
#define TIMES 9

static const struct world_agency agencies[] = {
    {"370800-sfj", "济宁市司法局", "justice", NULL, true}, {"370800-jcy", "济宁市人民检察院", "procuratorate", NULL, true}};

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "stats: %s\n", what);
    exit(1);
}

static void sql(sqlite3 *db, const char *text)
{
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "stats: %s\n%s\n", sqlite3_errmsg(db), text);
        exit(1);
    }
}

static uint64_t next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static void agency_id(char out[49], bool police, uint64_t i)
{
    snprintf(out, 49, "370800-%c%04" PRIu64, police ? 'p' : 'b', i);
}

/* All agencies of the city into the register, so that names, areas and sectors are there to be looked up. */
static void register_agencies(struct world *w)
{
    static const char *const sectors[] = {"market", "environment", "tobacco", "agriculture", "safety"};
    struct xj_changes changes;
    struct xj_reg_head head;
    struct xj_buf entry, signature;
    const struct xj_store store = xj_db_store(w->agent[0].db);
    must(xj_reg_head(&store, &head) == XJ_OK, "register");
    xj_changes_init(&changes);
    for (uint64_t i = 0; i < BUREAUS + POLICE; i++) {
        char id[49], name[64], division[7];
        agency_id(id, i >= BUREAUS, i >= BUREAUS ? i - BUREAUS : i);
        snprintf(name, sizeof name, "%s第%" PRIu64 "号", i >= BUREAUS ? "公安局" : "行政机关", i);
        snprintf(division, sizeof division, "3708%02" PRIu64, i % 11);
        const struct xj_agency_spec spec = {.id = id, .name = name, .role = i >= BUREAUS ? "police" : "bureau", .division = division,
                                            .sector = i >= BUREAUS ? NULL : sectors[i % 5]};
        xj_changes_agency(&changes, &spec);
    }
    must(changes.err == XJ_OK, "register changes");
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head.number + 1, w->now_ms, &head.digest, changes.list, changes.count, &entry);
    const struct xj_hash digest = xj_digest("xianjie/1 register", xj_buf_slice(&entry));
    xj_sign_one(&w->registrar, &digest, &signature);
    struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
    world_agent_batch(w, 0, &ev, false);
    must(world_settle(w, 40000), "the register does not settle");
    xj_changes_free(&changes);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

/* ---- the tallies ---- */

struct fill {
    sqlite3_stmt *st;
    uint64_t seed, case_number;
    int64_t month, units;
    char bureau[49], police[49], charge[64];
};

static void unit(struct fill *f, const char *statistic, const char *agency, int64_t k, const char *duty, int64_t open, int64_t value)
{
    uint8_t id[16] = {0};
    for (int i = 0; i < 8; i++)
        id[i] = (uint8_t)(f->case_number >> (56 - 8 * i));
    sqlite3_bind_blob(f->st, 1, id, 16, SQLITE_TRANSIENT);
    sqlite3_bind_text(f->st, 2, statistic, -1, SQLITE_STATIC);
    sqlite3_bind_int64(f->st, 3, k);
    sqlite3_bind_int64(f->st, 4, f->month);
    sqlite3_bind_text(f->st, 5, agency, -1, SQLITE_STATIC);
    sqlite3_bind_text(f->st, 6, f->bureau, -1, SQLITE_STATIC);
    sqlite3_bind_text(f->st, 7, f->charge, -1, SQLITE_STATIC);
    sqlite3_bind_int64(f->st, 8, open);
    sqlite3_bind_text(f->st, 9, duty, -1, SQLITE_STATIC);
    sqlite3_bind_int64(f->st, 10, value);
    must(sqlite3_step(f->st) == SQLITE_DONE, "tally");
    sqlite3_reset(f->st);
    f->units++;
}

/* In the order of the table's key, so that filling is no measure of luck. */
static void fill_case(struct fill *f)
{
    const bool refused = next(&f->seed) % 8 == 0, fined = next(&f->seed) % 3 == 0, open = f->month == 202609 && next(&f->seed) % 4 == 0;
    unit(f, "acceptances", f->police, 0, "", 0, 0);
    unit(f, "duties_due", f->bureau, 0, "D02", 0, 0);
    unit(f, "duties_due", f->police, 1, "D08", 0, 0);
    unit(f, open ? "duties_judged" : "duties_met", f->police, 0, "D08", open ? 1 : 0, 0);
    if (!refused)
        unit(f, "filed", f->police, 0, "", 0, 0);
    if (fined)
        unit(f, "fines", f->bureau, 0, "", 0, (int64_t)(next(&f->seed) % 10000000));
    if (refused)
        unit(f, "not_filed", f->police, 0, "", 0, 0);
    if (fined)
        unit(f, "penalties", f->bureau, 0, "", 0, 0);
    unit(f, "transfers", f->bureau, 0, "", 0, 0);
}

static int64_t fill_view(sqlite3 *db, uint64_t cases)
{
    struct fill f = {.seed = 88172645463325252};
    sql(db, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; DROP INDEX tally_figure; DROP INDEX tally_open; BEGIN");
    must(sqlite3_prepare_v2(db, "INSERT INTO tally(case_id, statistic, act, k, procedure, month, at_ms, agency, source, charge, open, duty, value, unread)"
                                " VALUES(?1, ?2, ?1, ?3, 'referral', ?4, 1790000000000, ?5, ?6, ?7, ?8, ?9, ?10, 0)", -1, &f.st, NULL) == SQLITE_OK, "prepare");
    for (f.case_number = 1; f.case_number <= cases; f.case_number++) {
        uint64_t m = next(&f.seed) % MONTHS, a = next(&f.seed) % (CHARGES * CHARGES);
        f.month = 202201 + (int64_t)(m / 12) * 100 + (int64_t)(m % 12);
        agency_id(f.bureau, false, next(&f.seed) % BUREAUS);
        agency_id(f.police, true, next(&f.seed) % POLICE);
        uint64_t rank = 0; /* a few charges make up most cases */
        while ((rank + 1) * (rank + 1) <= a)
            rank++;
        snprintf(f.charge, sizeof f.charge, "罪名第%" PRIu64 "号", CHARGES - rank);
        fill_case(&f);
    }
    sqlite3_finalize(f.st);
    sql(db, "COMMIT; CREATE INDEX tally_figure ON tally(statistic, month, agency); CREATE INDEX tally_open ON tally(month) WHERE open <> 0;"
            "INSERT INTO stat SELECT procedure, month, statistic, agency, source, open, charge, count(*), sum(value), sum(unread) FROM tally"
            " GROUP BY procedure, month, statistic, agency, source, open, charge;"
            "INSERT INTO stat_agency SELECT procedure, month, statistic, agency, open, sum(n), sum(value), sum(unread) FROM stat"
            " GROUP BY procedure, month, statistic, agency, open;"
            "INSERT INTO activity SELECT agency, month, count(*) FROM tally GROUP BY agency, month; PRAGMA journal_mode=WAL");
    return f.units;
}

/* ---- measuring ---- */

struct span {
    const char *period, *by;
    bool compare;
};

static double report_ms(struct xj_view *v, const struct span *s, size_t *ret_lines)
{
    struct samples samples = {NULL, 0, 0};
    struct xj_stats_query q;
    xj_stats_query_init(&q);
    must(xj_stats_query_set(&q, "period", xj_slice_cstr(s->period)) && xj_stats_query_set(&q, "by", xj_slice_cstr(s->by)), "query");
    q.compare = s->compare;
    for (int i = 0; i < TIMES; i++) {
        json_t *made = NULL;
        int64_t before = now_ns();
        must(xj_render_stats(v, &q, &made) == XJ_OK, "a report failed");
        samples_add(&samples, now_ns() - before);
        *ret_lines = json_array_size(json_object_get(json_object_get(made, "report"), "lines"));
        json_decref(made);
    }
    double ms = samples_ms(&samples, 50);
    samples_free(&samples);
    return ms;
}

static int64_t step_over(sqlite3_stmt *st, int64_t from, int64_t to)
{
    int64_t rows = 0;
    sqlite3_bind_int64(st, 1, from);
    sqlite3_bind_int64(st, 2, to);
    while (sqlite3_step(st) == SQLITE_ROW)
        rows++;
    sqlite3_reset(st);
    return rows;
}

/* The rows that the report reads, their columns taken and nothing done with them. */
static double floor_ms(sqlite3 *db, const struct span *s, int64_t *ret_rows)
{
    static const char *const tables[] = {"SELECT statistic, agency, open, month, n, value, unread FROM stat_agency WHERE procedure = 'referral'"
                                         " AND month BETWEEN ?1 AND ?2",
                                         "SELECT statistic, agency, source, charge, open, month, n, value, unread FROM stat"
                                         " WHERE procedure = 'referral' AND month BETWEEN ?1 AND ?2"};
    struct samples samples = {NULL, 0, 0};
    struct xj_stats_query q;
    sqlite3_stmt *st = NULL;
    xj_stats_query_init(&q);
    (void)xj_stats_query_set(&q, "period", xj_slice_cstr(s->period));
    const bool whole = strstr(s->by, "charge") != NULL || strstr(s->by, "sector") != NULL;
    must(sqlite3_prepare_v2(db, tables[whole], -1, &st, NULL) == SQLITE_OK, "floor");
    for (int i = 0; i < TIMES; i++) {
        int64_t before = now_ns();
        *ret_rows = step_over(st, q.from, q.to) + step_over(st, 0, 0) + (s->compare ? step_over(st, q.from - 100, q.to - 100) : 0);
        samples_add(&samples, now_ns() - before);
    }
    sqlite3_finalize(st);
    double ms = samples_ms(&samples, 50);
    samples_free(&samples);
    return ms;
}

static void measure(struct xj_view *v, sqlite3 *db)
{
    static const struct span spans[] = {{"2026-10", "", false},       {"2026-10", "agency", false},  {"2026-10", "agency", true},
                                        {"2026-09", "agency", true},  {"2026-10", "charge", false}, {"2026-10", "charge", true},
                                        {"2026-10", "area,sector", false}, {"2026-10", "area,sector", true}, {"2026-10", "agency,charge", false},
                                        {"2026Q3", "agency", true}, {"2025", "agency", true}};
    printf("\"reports\": [");
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        int64_t rows = 0;
        size_t lines = 0;
        double report = report_ms(v, &spans[i], &lines), floor = floor_ms(db, &spans[i], &rows);
        printf("%s{\"period\": \"%s\", \"by\": \"%s\", \"compare\": %s, \"ms\": %.2f, \"lines\": %zu, \"rows\": %" PRId64 ", \"floor_ms\": %.2f}",
               i > 0 ? ", " : "", spans[i].period, spans[i].by, spans[i].compare ? "true" : "false", report, lines, rows, floor);
    }
    printf("]");
}

static double cases_ms(struct xj_view *v)
{
    struct samples samples = {NULL, 0, 0};
    struct xj_stats_cases_query q = {.limit = 100, .after = xj_slice_cstr("")};
    xj_stats_query_init(&q.q);
    (void)xj_stats_query_set(&q.q, "period", xj_slice_cstr("2026-10"));
    (void)xj_stats_query_set(&q.q, "statistic", xj_slice_cstr("filed"));
    for (int i = 0; i < TIMES; i++) {
        json_t *made = NULL;
        int64_t before = now_ns();
        must(xj_render_stats_cases(v, &q, &made) == XJ_OK, "cases failed");
        samples_add(&samples, now_ns() - before);
        json_decref(made);
    }
    double ms = samples_ms(&samples, 50);
    samples_free(&samples);
    return ms;
}

int main(int argc, char **argv)
{
    static const struct faults none = {0};
    static struct world w;
    sqlite3 *db = NULL;
    char path[1200];
    const uint64_t cases = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
    must(argc >= 2 && cases > 0, "usage: stats DIR [CASES]");
    must(world_open(&w, argv[1], 7, &none, agencies, 2) == XJ_OK, "the city cannot be made");
    register_agencies(&w);
    snprintf(path, sizeof path, "%s.view", w.agent[1].path);
    xj_view_close(w.agent[1].view); /* so that filling needs no journal */
    must(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK, "view");
    const int64_t began = now_ns(), units = fill_view(db, cases);
    const double filled = (double)(now_ns() - began) / 1e9;
    const struct xj_view_options o = {.path = path, .agency = agencies[1].id, .root_key = w.anchor.root, .keys = &w.agent[1].keys};
    must(xj_view_open(&o, &w.agent[1].view, NULL) == XJ_OK, "the view does not open again");
    printf("{\"cases\": %" PRIu64 ", \"units\": %" PRId64 ", \"fill_s\": %.1f, ", cases, units, filled);
    measure(w.agent[1].view, db);
    printf(", \"cases_page_ms\": %.2f}\n", cases_ms(w.agent[1].view));
    sqlite3_close(db);
    world_close(&w);
    return 0;
}
