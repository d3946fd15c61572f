/* Reports of figures over months, and the cases behind a figure. Any thread with its own reader of the view; each call is one
 * read transaction. Spec: spec/14-statistics.md. No clock is read: the same view gives the same bytes. */
#ifndef XJ_STATS_H
#define XJ_STATS_H

#include <jansson.h>

#include "agents/agent/view/view.h"

#define XJ_STATS_GROUPS_MAX 10000u
#define XJ_STATS_CHARGE_BYTES 120u

enum { XJ_STATS_BY_AREA = 1, XJ_STATS_BY_AGENCY = 2, XJ_STATS_BY_SECTOR = 4, XJ_STATS_BY_CHARGE = 8 };

/* What is asked; texts are empty where nothing is. */
struct xj_stats_query {
    char period[8];
    int64_t from, to; /* months, as 202611 */
    char procedure[XJ_MAX_NAME_BYTES + 1];
    unsigned by;
    char area[7]; /* a division code or how it begins */
    char agency[XJ_MAX_AGENCY_BYTES + 1], sector[XJ_MAX_NAME_BYTES + 1], charge[XJ_STATS_CHARGE_BYTES + 1];
    char stage[XJ_MAX_NAME_BYTES + 1], statistic[XJ_MAX_NAME_BYTES + 1];
    bool compare;
};
/* Asks for nothing yet: procedure `referral`, no period. */
void xj_stats_query_init(struct xj_stats_query *q);
/* Sets one key (period, procedure, by, area, agency, sector, charge, stage, statistic, compare) from text; an empty text asks
 * for nothing. False: no such key, or no value for it; q is unchanged. */
bool xj_stats_query_set(struct xj_stats_query *q, const char *key, struct xj_slice value);
/* The keys, NULL at the end. */
extern const char *const xj_stats_query_keys[];

/* The report as {"digest", "report"}. XJ_ENOTFOUND: no such procedure in force, no such statistic or stage in it; XJ_ELIMIT: more
 * than XJ_STATS_GROUPS_MAX lines. */
enum xj_err xj_render_stats(struct xj_view *v, const struct xj_stats_query *q, json_t **ret);
/* The digest of a report: SHA-256 of its canonical bytes (section 8). XJ_ENOMEM. */
enum xj_err xj_stats_digest(const json_t *report, struct xj_hash *ret);

struct xj_stats_cases_query {
    struct xj_stats_query q; /* statistic must be one that counts or sums; `by` and `compare` mean nothing */
    bool undated;            /* those without a date, whatever the period */
    int64_t limit;           /* 1..500 */
    struct xj_slice after;   /* the `next` of the page before; n = 0: the first page */
};
/* {"basis", "statistic", "cases", "next"}. XJ_ENOTFOUND as above; XJ_EMALFORMED: `after` is none. */
enum xj_err xj_render_stats_cases(struct xj_view *v, const struct xj_stats_cases_query *q, json_t **ret);

#endif
