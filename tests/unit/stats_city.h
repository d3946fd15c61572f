/* A city whose statistics are looked into: its view files, histories by chance, reports and their figures. One thread. Tests only. */
#ifndef XJ_TEST_STATS_CITY_H
#define XJ_TEST_STATS_CITY_H

#include "tests/unit/view_city.h"

#include <sqlite3.h>

#include "agents/agent/view/stats.h"

/* The file of a view beside its writer; the agency's live one. Closed by the caller. */
sqlite3 *stats_look(const char *path);
sqlite3 *stats_look_at(struct city *c, const char *who);
/* The first column of the first row. */
int64_t stats_number(sqlite3 *db, const char *sql);
/* All rows as one text; the caller's. */
char *stats_dump(sqlite3 *db, const char *sql);
/* Folds items in batches of step. */
void stats_apply(struct xj_view *v, const struct xj_ledger_item *items, size_t count, size_t step);

/* The next number of a seeded row; seed must not be 0. */
uint64_t stats_next(uint64_t *s);
void stats_set(json_t *object, const char *key, json_t *value);
/* Some act by somebody in one of the cases (or a new one, which joins them), now and then an amendment or a voiding; what the law
 * refuses is refused. Whether it was admitted. Time goes on. */
bool stats_do_something(struct city *c, uint64_t *seed, char cases[8][37], size_t *case_count);
/* An act of the agency, by chance: its id, case, name, and whether it was entered late. */
bool stats_own_act(struct city *c, const char *who, uint64_t *seed, char id[37], char case_id[37], char act[64], bool *late);
/* A penalty of the bureau entered late in a case of its own; occurred NULL: undated, fine below 0: none. */
void stats_penalty(struct city *c, const char *occurred, json_int_t fine);

struct xj_stats_query stats_ask(const char *period, const char *by);
/* {"digest", "report"}; the caller's. */
json_t *stats_report(struct city *c, const char *who, const struct xj_stats_query *q);
/* An integer of a figure of the total; -1: there is none. */
json_int_t stats_total(const json_t *answer, const char *statistic, const char *key);
json_int_t stats_figure(struct city *c, const char *who, const char *period, const char *statistic, const char *key);

#endif
