/* What the API's parts share. Only agents/agent/api/. Spec: spec/10-api.md.
 * Handlers are Ulfius callbacks; user_data is the struct xj_api. They run on the connection's own thread. */
#ifndef XJ_API_PRIVATE_H
#define XJ_API_PRIVATE_H

#include <ulfius.h>

#include "agents/agent/api/api.h"
#include "agents/agent/api/pool.h"

#define XJ_API_VERSION "1" /* of this interface, and of the protocol (spec 00, section 6) */
#define XJ_API_WAIT_MAX_MS 60000
#define XJ_API_WAIT_MS 10000 /* when the request names none */
#define XJ_API_GRACE_MS 2000 /* for the view to take an answer that is there */

struct xj_api {
    struct xj_agent_host *host;
    struct xj_pool pool;
    struct _u_instance ulfius;
    bool initialised, running;
    int listen_fd;
    char path[108];
};

/* ---- answers (api_answer.c) ---- */
struct xj_api_error {
    int status; /* 400, 404, 409, 503 */
    const char *code, *text_zh, *text_en, *rule, *article, *remedy_zh, *remedy_en;
};
/* Sends value with the status; takes it. NULL becomes an error of ours (503). */
void xj_api_send(struct _u_response *response, unsigned status, json_t *value);
void xj_api_error(struct _u_response *response, const struct xj_api_error *e);
/* 404 for XJ_ENOTFOUND, 503 for the rest. */
void xj_api_world_error(struct _u_response *response, enum xj_err err);
void xj_api_bad_request(struct _u_response *response, const char *text_zh, const char *text_en);
/* Sends what a renderer gave: made on XJ_OK, else the error. */
void xj_api_rendered(struct _u_response *response, enum xj_err err, json_t *made);
/* The request's body as one JSON object; NULL after having answered 400. */
json_t *xj_api_body(const struct _u_request *request, struct _u_response *response);

/* ---- requests (api_read.c) ---- */
/* The id in the path; false after having answered 404. */
bool xj_api_path_id(const struct _u_request *request, struct _u_response *response, struct xj_id *ret);
/* A decimal parameter within bounds; absent gives dflt. False after having answered 400. */
bool xj_api_number(const struct _u_request *request, struct _u_response *response, const char *name, int64_t dflt, int64_t max, int64_t *ret);
/* A reader, to be given back to the pool; or NULL after having answered. */
struct xj_view *xj_api_take_reader(struct xj_api *api, struct _u_response *response, struct xj_pool_reader *ret);

/* Sends a paper, opened, or why it cannot be (api_paper.c). */
struct xj_paper;
void xj_api_open_paper(struct xj_api *api, struct _u_response *response, struct xj_view *v, const struct xj_paper *p);

/* ---- handlers ---- */
typedef int xj_api_handler(const struct _u_request *request, struct _u_response *response, void *user_data);
xj_api_handler xj_api_get_status, xj_api_get_cases, xj_api_get_case, xj_api_get_act, xj_api_get_paper, xj_api_get_outbox, xj_api_get_due, xj_api_get_alerts, xj_api_get_warnings, xj_api_get_records, xj_api_get_why, xj_api_get_stats,
    xj_api_get_stats_cases,
    xj_api_get_agencies, xj_api_get_procedure, xj_api_get_ledger, xj_api_get_register_head, xj_api_get_incidents,
    xj_api_get_metrics, xj_api_post_snapshot, xj_api_get_orders, xj_api_get_asks, xj_api_post_restricted, xj_api_post_told, xj_api_post_override, xj_api_post_act, xj_api_post_register, xj_api_no_such;

#endif
