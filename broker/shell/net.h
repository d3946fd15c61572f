/* The exchange's network thread: ROUTER and ZAP handler, no logic and no disk. Started and stopped by main.
 * Spec: spec/04-exchange.md, section 1. */
#ifndef XJ_BROKER_NET_H
#define XJ_BROKER_NET_H

#include <stdatomic.h>
#include <zmq.h>

#include "broker/shell/zap.h"
#include "schema/base/queue.h"

/* A frame that came in: the message keeps its memory until the logic thread closes it. */
struct xj_net_in {
    uint8_t conn[XJ_CONN_MAX];
    size_t conn_bytes;
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t key[32]; /* the transport key of the connection */
    zmq_msg_t frame;
    atomic_size_t *waiting; /* bytes handed over and not yet freed, this frame's among them; NULL: not counted */
    bool dropped; /* it was empty or of several parts: nothing of it is here */
};
void xj_net_in_free(struct xj_net_in *in);

/* A frame that goes out. */
struct xj_net_out {
    uint8_t conn[XJ_CONN_MAX];
    size_t conn_bytes;
    uint32_t reader; /* of the core's action */
    struct xj_buf bytes;
};

struct xj_net;
struct xj_net_options {
    const struct xj_exchange_keys *keys;
    const char *const *listen; /* endpoints, NULL-terminated; tcp://host:* takes a free port */
    struct xj_queue *in, *out;
};
/* Sets and reads back every option, binds, starts the thread. XJ_ENET, with a text. */
enum xj_err xj_net_start(const struct xj_net_options *o, struct xj_net **ret, struct xj_buf *ret_text);
/* Connects with a key nobody has registered and waits to be refused; anything else is XJ_ENET: the door is open. */
enum xj_err xj_net_self_test(struct xj_net *net, struct xj_buf *ret_text);
void xj_net_stop(struct xj_net *net);
struct xj_zap *xj_net_zap(struct xj_net *net);
/* The i-th endpoint as bound, or NULL. */
const char *xj_net_endpoint(const struct xj_net *net, size_t i);

#endif
