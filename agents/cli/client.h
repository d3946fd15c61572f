/* Talks to an agent's API on its unix socket: one request, one JSON answer. Command line, city, replay; any thread, one
 * client at a time in each. Spec: spec/10-api.md, sections 1 to 3.
 * A request that the agent answers with an error is no failure here: the status and the error object are handed on. */
#ifndef XJ_CLIENT_H
#define XJ_CLIENT_H

#include <jansson.h>

#include "schema/base/buf.h"

struct xj_client;

#define XJ_CLIENT_CONNECT_MS 3000
#define XJ_CLIENT_TIMEOUT_MS 30000
#define XJ_CLIENT_ANSWER_BYTES (64u * 1024 * 1024) /* of one answer; longer is refused */

/* A client of the socket <data_dir>/agent.sock; nothing is connected yet. XJ_ENOMEM; XJ_ELIMIT: the path is too long for a
 * unix socket (107 bytes). On error *ret is NULL. */
enum xj_err xj_client_open(const char *data_dir, struct xj_client **ret);
void xj_client_close(struct xj_client *c); /* NULL is fine */
/* The time one request may take in all; XJ_CLIENT_TIMEOUT_MS at first. */
void xj_client_timeout(struct xj_client *c, long timeout_ms);
/* The socket's path, borrowed from the client. */
const char *xj_client_path(const struct xj_client *c);

/* Sends method ("GET" or "POST") and path ("/api/status"; already URL-encoded) with body as JSON (borrowed; NULL: none).
 * *ret_json is the answer, owned by the caller, NULL when it was empty. XJ_OK whatever the HTTP status is; XJ_ENET: nobody
 * answers there, or not in time; XJ_EMALFORMED: what came back is no JSON; XJ_ELIMIT: too long; XJ_ENOMEM. On error
 * *ret_json is NULL and *ret_status 0, and text (may be NULL) gets one line, Chinese then English. */
enum xj_err xj_client_call(struct xj_client *c, const char *method, const char *path, const json_t *body,
                           long *ret_status, json_t **ret_json, struct xj_buf *text);
/* The same for an answer that is text and no JSON (GET /api/metrics): appended to out. */
enum xj_err xj_client_text(struct xj_client *c, const char *path, long *ret_status, struct xj_buf *out, struct xj_buf *text);

/* Appends s to out as one path or query component (percent-encoded UTF-8). */
void xj_client_escape(struct xj_buf *out, const char *s);
/* "text_zh" or "text_en" of an error or refusal object, its code when there is no text, or "?"; borrowed from error. */
const char *xj_client_error_text(const json_t *error, bool zh);

#endif
