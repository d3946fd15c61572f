/* What the makers of a report share: one report under way. Only agents/agent/view/stats*.c. Spec: spec/14-statistics.md.
 * Whatever fails marks the view; the renderer that began the read asks once at the end. */
#ifndef XJ_STATS_PRIVATE_H
#define XJ_STATS_PRIVATE_H

#include "agents/agent/view/render_private.h"
#include "agents/agent/view/stats.h"

struct xj_stats_agency {
    char id[XJ_MAX_AGENCY_BYTES + 1], name[256], role[XJ_MAX_NAME_BYTES + 1], sector[XJ_MAX_NAME_BYTES + 1], area[7];
    bool listed;    /* the register has it */
    bool active, connected;
    bool chosen;    /* the query's area and agency let it pass */
    bool seen;      /* a grant of the reporting agency shows all its open acts */
    int64_t *n;     /* by statistic: what counts to it in the period, for outliers */
};

enum { XJ_STATS_PERIOD = 0, XJ_STATS_BEFORE, XJ_STATS_UNDATED, XJ_STATS_SPANS };

struct xj_stats_cell {
    int64_t n, value, unread;
};

/* One line of the report; the dimensions that it is not by are empty. */
struct xj_stats_group {
    const struct xj_stats_agency *agency; /* NULL: not by agency */
    char area[7], sector[XJ_MAX_NAME_BYTES + 1], charge[XJ_STATS_CHARGE_BYTES + 1];
    struct xj_stats_cell *cells; /* statistic * XJ_STATS_SPANS + span */
};

/* Texts to what they stand for; open addressing. Keys are borrowed. */
struct xj_stats_map {
    struct {
        const char *key;
        void *value;
    } *slot;
    size_t cap, n;
};

struct xj_stats {
    struct xj_view *v;
    const struct xj_stats_query *q;
    const struct xj_model *model; /* of the revision in force at as_of */
    struct xj_view_basis basis;
    int64_t as_of_month;
    uint16_t *order; /* of the statistics shown; */
    uint16_t shown;
    struct xj_stats_agency **agencies; /* in the order of being met, those of the register first by id */
    size_t agency_count, agency_cap;
    struct xj_stats_map by_id, by_key;
    struct xj_stats_group total, **groups;
    char **keys; /* of the groups */
    size_t group_count, group_cap;
    bool too_many;
};

/* stats_gather.c. open: the basis and the procedure; false when there is none (the view then has failed or not). */
bool xj_stats_open(struct xj_stats *s, struct xj_view *v, const struct xj_stats_query *q);
void xj_stats_close(struct xj_stats *s);
/* All figures, and the groups sorted. */
void xj_stats_gather(struct xj_stats *s);
struct xj_stats_agency *xj_stats_agency(struct xj_stats *s, struct xj_slice id);
/* The sector that something counts under: that of the agency, else that of the agency the case comes from. */
const char *xj_stats_sector(const struct xj_stats_agency *agency, const struct xj_stats_agency *source);
/* The months before by a year; [from, to] of the query for XJ_STATS_PERIOD, 0 and 0 for the undated. */
void xj_stats_span(const struct xj_stats_query *q, int span, int64_t *ret_from, int64_t *ret_to);

/* stats_figures.c */
json_t *xj_stats_basis(struct xj_stats *s);
json_t *xj_stats_describe(struct xj_stats *s);
json_t *xj_stats_figures(struct xj_stats *s, const struct xj_stats_cell *cells);

/* stats_cover.c: which agencies take part, and what is to be noticed. */
json_t *xj_stats_coverage(struct xj_stats *s, json_t *flags);
void xj_stats_outliers(struct xj_stats *s, json_t *flags);

#endif
