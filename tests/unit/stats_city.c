#include "tests/unit/stats_city.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sqlite3 *stats_look(const char *path)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    return db;
}

sqlite3 *stats_look_at(struct city *c, const char *who)
{
    char path[1100];
    snprintf(path, sizeof path, "%s.view", world_agent(c->w, who)->path);
    return stats_look(path);
}

int64_t stats_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* All rows of a query as one text, the caller's. */
char *stats_dump(sqlite3 *db, const char *sql)
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

uint64_t stats_next(uint64_t *s)
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

void stats_set(json_t *object, const char *key, json_t *value)
{
    assert_int_equal(json_object_set_new(object, key, value), 0);
}

static void by_chance(json_t *r, uint64_t *seed)
{
    static const char *const days[] = {"2026-06", "2026-07-31", "2026-08-01", "2025", "2026-06-30/2026-07-02", "2026-09-20T23:59:59.999+08:00"};
    static const char *const people[] = {"张三", "李四", "王五"}, *const charges[] = {"甲罪", "乙罪"};
    json_t *body = json_object_get(r, "body");
    const char *person = people[stats_next(seed) % 3], *charge = charges[stats_next(seed) % 2];
    if (stats_next(seed) % 2 == 0) {
        stats_set(r, "mode", json_string("late_entry"));
        stats_set(body, "source", json_string("卷宗"));
        if (stats_next(seed) % 3 != 0)
            stats_set(r, "occurred", json_string(days[stats_next(seed) % 6]));
    }
    if (stats_next(seed) % 2 == 0) {
        stats_set(body, "parties", json_pack("[{s:s, s:s}]", "kind", stats_next(seed) % 4 == 0 ? "victim" : "person", "name", person));
        if (stats_next(seed) % 2 == 0) {
            stats_set(body, "charges", json_pack("[{s:s, s:s}]", "name", charge, "code", ""));
            stats_set(r, "subjects", json_pack("[{s:s, s:s}]", "party", person, "charge", charge));
        } else {
            stats_set(r, "subjects", json_pack("[{s:s}]", "party", person));
        }
    }
    if (stats_next(seed) % 3 != 0)
        stats_set(body, "fine", json_integer((json_int_t)(stats_next(seed) % 1000000)));
}

/* An earlier own act to amend or void, with its case. */
bool stats_own_act(struct city *c, const char *who, uint64_t *seed, char id[37], char case_id[37], char act[64], bool *late)
{
    sqlite3 *db = stats_look_at(c, who);
    char sql[256];
    sqlite3_stmt *st = NULL;
    snprintf(sql, sizeof sql, "SELECT id, case_id, act, header FROM own WHERE state = 1 ORDER BY number LIMIT 1 OFFSET %llu",
             (unsigned long long)(stats_next(seed) % 40));
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
    if (!stats_own_act(c, who, seed, id, case_id, act, &late))
        return NULL;
    const bool amends = stats_next(seed) % 2 == 0;
    json_t *r = city_request(act, case_id, "");
    stats_set(r, "relates", json_pack("[{s:s, s:s}]", "relation", amends ? "amends" : "voids", "id", id));
    if (late) {
        stats_set(r, "mode", json_string("late_entry"));
        stats_set(json_object_get(r, "body"), "source", json_string("卷宗"));
    }
    if (amends && stats_next(seed) % 2 == 0)
        stats_set(r, "occurred", json_string("2026-05-05"));
    if (amends)
        stats_set(json_object_get(r, "body"), "fine", json_integer((json_int_t)(stats_next(seed) % 1000)));
    return r;
}

/* Does something; what the law refuses is refused. Returns whether it was admitted. */
bool stats_do_something(struct city *c, uint64_t *seed, char cases[8][37], size_t *case_count)
{
    const struct doing *d = &doings[stats_next(seed) % (sizeof doings / sizeof doings[0])];
    bool fresh = *case_count == 0 || stats_next(seed) % 9 == 0;
    json_t *r = stats_next(seed) % 6 == 0 ? correction(c, d->who, seed) : NULL;
    if (r == NULL) {
        r = city_request(d->act, fresh ? NULL : cases[stats_next(seed) % *case_count], d->papers);
        by_chance(r, seed);
    }
    json_t *answer = world_act(c->w, d->who, r, 5000 + ++c->drafts);
    if (answer == NULL)
        fail_msg("the city failed: %s", c->w->failed);
    bool admitted = strncmp(json_string_value(json_object_get(answer, "status")), "admitted", 8) == 0;
    const char *case_id = json_string_value(json_object_get(answer, "case"));
    if (admitted && fresh && case_id != NULL) {
        size_t at = *case_count < 8 ? (*case_count)++ : (size_t)(stats_next(seed) % 8);
        snprintf(cases[at], 37, "%s", case_id);
    }
    json_decref(answer);
    json_decref(r);
    c->w->now_ms += (int64_t)(stats_next(seed) % 40) * 3600000;
    return admitted;
}

void stats_apply(struct xj_view *v, const struct xj_ledger_item *items, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i += step)
        assert_int_equal(xj_view_apply(v, items + i, count - i < step ? count - i : step), XJ_OK);
}

struct xj_stats_query stats_ask(const char *period, const char *by)
{
    struct xj_stats_query q;
    xj_stats_query_init(&q);
    assert_true(xj_stats_query_set(&q, "period", xj_slice_cstr(period)) && xj_stats_query_set(&q, "by", xj_slice_cstr(by)));
    return q;
}

json_t *stats_report(struct city *c, const char *who, const struct xj_stats_query *q)
{
    json_t *made = NULL;
    assert_int_equal(xj_render_stats(world_agent(c->w, who)->view, q, &made), XJ_OK);
    return made;
}

json_int_t stats_total(const json_t *answer, const char *statistic, const char *key)
{
    const json_t *number = json_object_get(json_object_get(json_object_get(json_object_get(answer, "report"), "total"), statistic), key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

/* The figure of the total in a period. */
json_int_t stats_figure(struct city *c, const char *who, const char *period, const char *statistic, const char *key)
{
    struct xj_stats_query q = stats_ask(period, "");
    json_t *answer = stats_report(c, who, &q);
    json_int_t n = stats_total(answer, statistic, key);
    json_decref(answer);
    return n;
}

void stats_penalty(struct city *c, const char *occurred, json_int_t fine)
{
    json_t *r = city_request("penalty_decided", NULL, "penalty_decision");
    stats_set(r, "mode", json_string("late_entry"));
    stats_set(json_object_get(r, "body"), "source", json_string("卷宗"));
    if (fine >= 0)
        stats_set(json_object_get(r, "body"), "fine", json_integer(fine));
    if (occurred != NULL)
        stats_set(r, "occurred", json_string(occurred));
    city_do(c, CITY_BUREAU, r);
}
