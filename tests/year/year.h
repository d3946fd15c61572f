/* The synthetic year: a plan (make_plan.py, JSON lines) carried out by the real cores on real ledgers in virtual time, and what
 * must hold of it afterwards. One thread. Tests and benchmarks only. Spec: none; README.md beside this file. */
#ifndef XJ_YEAR_H
#define XJ_YEAR_H

#include <stdio.h>

#include "tests/sim/world.h"

#define YEAR_REGISTRAR "370800-sfj" /* the justice bureau, which sees all cases */
#define YEAR_PROCURATORATE "370800-jcy"
#define YEAR_AWAKE 64 /* agencies open at once, beside those two */
#define YEAR_DAY_MS INT64_C(86400000)

/* An alert that must be found: from `from_ms` on, by these viewers and nobody else. */
struct year_planted {
    int case_number;
    const char *kind, *rule, *severity, *answerable;
    int64_t from_ms, fires_ms, cleared_ms; /* INT64_MAX: never; fires_ms: the limit it names, if not from_ms */
    const json_t *viewers;
};

/* One act of the plan. */
struct year_act {
    int64_t at_ms;
    int case_number;
    char by[64];
    json_t *request; /* the caller's */
};

struct year {
    FILE *plan;
    char *line; /* the one read last */
    size_t line_bytes;
    json_t *kept; /* every line of the plan that is no act, by kind: arrays */
    json_t *head, *totals;
    int64_t begin_ms, end_ms;
    uint64_t seed;
    struct world_agency *agencies;
    const char **superiors;
    int agency_count;
    json_t *agency_index; /* id -> number */
    struct world *w;
    struct xj_id *cases; /* by the plan's number; nil: not begun */
    int case_count;
    json_t *case_numbers; /* uuid -> the plan's number */
    struct year_planted *planted;
    size_t planted_count;
    int64_t *days; /* on which somebody must or must no longer be shown something: ends of days, ascending */
    size_t day_count, day_next;
    int *awake; /* numbers of agencies, the one used last behind */
    int awake_count;
    uint64_t acts;
    int64_t drafting_ns, moving_ns, following_ns, waking_ns;
    json_t *told; /* what was printed of alerts, so that it is printed once */
    unsigned faults; /* everything that does not hold was printed and counted */
};

/* Prints a line and counts it. */
void year_fault(struct year *y, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- year_plan.c ---- */
/* Reads all but the acts; the file stays open at the first act. False: printed. */
bool year_plan_open(struct year *y, const char *path);
/* The next act in the order of time; false at the end. */
bool year_plan_next(struct year *y, struct year_act *ret);
void year_plan_close(struct year *y);
/* Lines of one kind, an empty array when there are none; borrowed. */
const json_t *year_lines(const struct year *y, const char *kind);
/* Number of an agency of the plan, -1: none. */
int year_agency(const struct year *y, const char *id);

/* ---- year_city.c ---- */
/* The city with its register in dir; only the two that see all are open. */
bool year_city_open(struct year *y, const char *dir);
void year_city_close(struct year *y);
/* Opens an agency if it sleeps; NULL: printed. */
struct node *year_wake(struct year *y, int agency);
/* Closes those used longest ago, until no more than YEAR_AWAKE are open. */
void year_rest(struct year *y);

/* ---- year_drive.c ---- */
/* Carries out the whole plan; looks at the alerts on the days that matter. */
bool year_drive(struct year *y);

/* ---- year_alerts.c ---- */
void year_days(struct year *y);
/* Compares what the agency's view shows at an instant with what is planted, both ways. exact: the limits named, too. */
void year_compare_alerts(struct year *y, struct node *n, int64_t now_ms, bool exact);

/* ---- year_counts.c ---- */
/* Acts by month, agency and kind as the views of the two that see all hold them, and as the journal does, against the plan's own
 * count. */
void year_compare_counts(struct year *y);
/* The twelve monthly reports by agency, against the figures that the plan counted for itself. */
void year_compare_reports(struct year *y, struct node *n);
/* Reports of every month, quarter and the whole year, by several dimensions, from another view of the same ledger: the same bytes. */
void year_same_reports(struct year *y, const struct node *n, struct xj_view *again);

/* ---- year_checks.c ---- */
struct year_figures {
    uint64_t entries, acts, view_bytes;
    int64_t rebuild_ns;
};
/* Folds the agency's ledger anew and compares digests of the views, and of the reports if asked. */
void year_rebuild(struct year *y, struct node *n, bool reports, struct year_figures *ret);
/* Asks why of every case that has a duty or an alert; each chain must lead to entries of the ledger that hold those acts. */
void year_ask_why(struct year *y, struct node *n, uint64_t *ret_duties, uint64_t *ret_alerts);

/* ---- year_lost.c ---- */
/* The exchange's disk is lost; what its journal held must come back from the agencies, and nothing else. Everybody is awake then. */
void year_lose_exchange(struct year *y);

/* Processor time of this process: what others do on the machine is not in it. */
int64_t year_now_ns(void);

#endif
