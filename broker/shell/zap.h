/* Who may connect: the table of transport keys and the ZAP handler that reads it (RFC 27). The network thread answers; the
 * logic thread swaps tables. Fail-closed: no table, no entry. Spec: spec/04-exchange.md, section 1. */
#ifndef XJ_ZAP_H
#define XJ_ZAP_H

#include "broker/core/core.h"

#define XJ_ZAP_DOMAIN "xianjie"
#define XJ_ZAP_KEY "Xianjie-Key" /* metadata of every message beside User-Id: the client's transport key in hex */

struct xj_zap;

/* Binds the handler in the context; must exist before the ROUTER binds. XJ_ENET, XJ_ENOMEM. */
enum xj_err xj_zap_new(void *zmq_context, struct xj_zap **ret);
void xj_zap_free(struct xj_zap *zap);
/* The socket to poll for input (network thread). */
void *xj_zap_socket(const struct xj_zap *zap);
/* Answers one waiting request, if there is one. */
void xj_zap_answer(struct xj_zap *zap);
/* Reads the keys anew and swaps the table. Logic thread, outside its transaction or in it. */
enum xj_err xj_zap_load(struct xj_zap *zap, struct xj_exchange *x);

#endif
