/* What the view holds, as JSON: the same for API and command line. Any thread with its own reader; each call is one read
 * transaction. Spec: spec/10-api.md, section 2, which names every key.
 * now_ms decides only what is overdue. Returned values are the caller's (json_decref). A world error leaves *ret NULL. */
#ifndef XJ_RENDER_H
#define XJ_RENDER_H

#include <jansson.h>

#include "agents/agent/view/view.h"

struct xj_cases_query {
    struct xj_slice text;         /* in title, party names or the id; n = 0: all */
    struct xj_slice track, state; /* n = 0: any */
    bool open;                    /* only those with an open duty or question */
    int64_t limit;                /* 1..500 */
    int64_t after;                /* the `next` of the page before; 0: the first page */
};
enum xj_err xj_render_cases(struct xj_view *v, const struct xj_cases_query *q, int64_t now_ms, json_t **ret);
/* XJ_ENOTFOUND: no act of such a case is here. */
enum xj_err xj_render_case(struct xj_view *v, struct xj_id case_id, int64_t now_ms, json_t **ret);
/* An admitted act; or an own one that is queued or refused. XJ_ENOTFOUND. */
enum xj_err xj_render_act(struct xj_view *v, struct xj_id id, json_t **ret);
/* Own submissions not answered or not proved everywhere, and the last 100 refused. */
enum xj_err xj_render_outbox(struct xj_view *v, json_t **ret);
/* Duties by due date; within_days < 0: any date; all: also those met, late and undatable. At most 2000. */
enum xj_err xj_render_due(struct xj_view *v, int64_t within_days, bool all, int64_t now_ms, json_t **ret);
/* The alerts of all cases that have fired by now_ms, the loudest and oldest first; all: also those cleared; rule n = 0: of any
 * rule. At most 2000. */
enum xj_err xj_render_alerts(struct xj_view *v, bool all, struct xj_slice rule, int64_t now_ms, json_t **ret);
/* Limits of this agency that run, told at their last stage; all: every stage, those over or closed included. At most 2000. */
enum xj_err xj_render_warnings(struct xj_view *v, bool all, json_t **ret);
/* The records of penalties of an agency under a number of a decision. At most 100. */
enum xj_err xj_render_records(struct xj_view *v, struct xj_slice agency, struct xj_slice number, json_t **ret);
/* Why a duty or an alert of a case is as it is: `of` its id, n = 0 for all of the case. XJ_ENOTFOUND: no such case. */
enum xj_err xj_render_why(struct xj_view *v, struct xj_id case_id, struct xj_slice of, int64_t now_ms, json_t **ret);
/* Own acts that later full grants ask for and that nobody has shared yet (spec 06, 5). At most 2000. */
enum xj_err xj_render_asks(struct xj_view *v, json_t **ret);
/* Orders over records that the register has, with what became of them (spec 18). */
enum xj_err xj_render_orders(struct xj_view *v, json_t **ret);
/* The order that restricts an act here; false: none does. And the act as it is, for whoever has entered the read. XJ_ENOTFOUND. */
bool xj_view_restricted_by(struct xj_view *v, struct xj_id act, uint8_t ret_order[XJ_ID_SIZE], uint64_t *ret_number);
enum xj_err xj_render_opened(struct xj_view *v, struct xj_id id, json_t **ret);
enum xj_err xj_render_agencies(struct xj_view *v, json_t **ret);
/* The newest revision in force at now_ms. XJ_ENOTFOUND. */
enum xj_err xj_render_procedure(struct xj_view *v, struct xj_slice name, int64_t now_ms, json_t **ret);
enum xj_err xj_render_register_head(struct xj_view *v, json_t **ret);
/* {"incidents": […]}, newest first, at most 100. */
enum xj_err xj_render_incidents(struct xj_view *v, json_t **ret);
/* How this agency's submission stands: {"id","case","number","status","seq","breaches","refusal","after"} (spec 10,
 * section 3), without "parties". XJ_ENOTFOUND: the view does not hold it yet. */
enum xj_err xj_render_submission(struct xj_view *v, struct xj_id id, json_t **ret);
/* Chinese name of an agency; false (ret empty) when it is unknown. Inside or outside a read. */
bool xj_render_agency_name(struct xj_view *v, struct xj_slice agency, char ret[256]);

#endif
