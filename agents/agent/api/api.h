/* The agent's HTTP API on a unix socket: what a person can do at the console or the command line, a program can do here.
 * Started and stopped by the agent's main; runs its own threads. Spec: spec/10-api.md.
 * Only the agent's own uid and root get in; every request has a size limit and connections are capped. */
#ifndef XJ_API_H
#define XJ_API_H

#include "agents/agent/shell/host.h"

struct xj_api;

#define XJ_API_BODY_BYTES (4u * 1024 * 1024) /* of one request */
#define XJ_API_CONNECTIONS 64u               /* at once; one thread each */
#define XJ_API_IDLE_S 60u                    /* a silent connection is closed */

/* Binds socket_path (an abandoned socket there is removed, anything else is left alone), mode 0600, and serves until
 * xj_api_stop. host is borrowed until then and must bear calls from many threads. XJ_EEXISTS: something that is no socket
 * is in the way, or another process answers there; XJ_ELIMIT: the path is too long for a socket; XJ_EIO, XJ_ENOMEM. On
 * error *ret is NULL and nothing is left behind. */
enum xj_err xj_api_start(struct xj_agent_host *host, const char *socket_path, struct xj_api **ret);
/* Takes no new requests, waits for those under way, removes the socket. NULL is fine. */
void xj_api_stop(struct xj_api *api);

#endif
