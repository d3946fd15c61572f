/* What the commands that look at an agent share: one request, and the pieces of its answer as people read them. The program
 * only. Spec: spec/10-api.md, sections 2 and 4. */
#ifndef XJ_LOOK_H
#define XJ_LOOK_H

#include "agents/cli/cli.h"

/* One GET of the agent of cli; the answer is printed as it is with --json, else handed to show. Returns the exit code. */
int xj_look_get(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *));
/* The same; once it was shown to a person, then is called with the client that is still open, and its exit code counts. */
int xj_look_then(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *),
                 int (*then)(struct xj_cli *, struct xj_client *, const json_t *));
/* The string under key, "" when there is none; borrowed from o. */
const char *xj_look_str(const json_t *o, const char *key);
/* What people call it, else its id: the string under name_key, else that under id_key. Borrowed from o. */
const char *xj_look_name(const json_t *o, const char *name_key, const char *id_key);
/* Date and minute ("2026-11-24 13:48") of the instant under key, "" when there is none; returns out. */
const char *xj_look_minute(const json_t *o, const char *key, char out[20]);
/* How a duty stands, in a word. Static, or borrowed from the duty. */
const char *xj_look_status(const struct xj_cli *cli, const json_t *duty);
/* How loud an alert is, in a word. Static. */
const char *xj_look_severity(const struct xj_cli *cli, const json_t *alert);

#endif
