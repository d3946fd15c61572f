/* The agent's connection to the exchange: one DEALER in a thread of its own, CURVE both ways. The host starts and stops it;
 * frames and connection changes arrive as events in the host's queue. Spec: spec/04-exchange.md, section 1. */
#ifndef XJ_LINK_H
#define XJ_LINK_H

#include "agents/agent/core/core.h"
#include "schema/base/queue.h"

struct xj_link;

/* What the network thread puts into the queue; the taker frees it with xj_link_event_free. */
struct xj_link_event {
    enum xj_agent_event_kind kind; /* CONNECTED, DISCONNECTED, FRAME */
    struct xj_buf frame;           /* FRAME; empty stands for something that is no frame (several parts, no bytes) */
};

struct xj_link_options {
    struct {
        char endpoint[256];
        uint8_t transport[32]; /* the exchange's public key there */
    } exchange[XJ_MAX_ENDPOINTS];
    size_t exchange_count;
    uint8_t public_key[32], secret_key[32]; /* this agency's transport key */
    const struct xj_env *env;
    /* Takes the event over; false when the host is stopping (the network thread then frees it). May wait: that is how
     * a slow disk slows the exchange down. */
    bool (*deliver)(void *arg, struct xj_link_event *event);
    void *arg;
};

/* Starts the thread. XJ_ENOMEM, XJ_ENET (an endpoint libzmq does not understand, a setting that does not hold: *ret_text
 * says which). */
enum xj_err xj_link_start(const struct xj_link_options *o, struct xj_link **ret, struct xj_buf *ret_text);
/* Ends the thread, closes the socket, frees. NULL is fine. */
void xj_link_stop(struct xj_link *link);

/* Takes the frame. Never waits: with no connection or a full queue the frame is dropped and counted, and the core's
 * retries bring it again. */
void xj_link_send(struct xj_link *link, struct xj_buf *frame);
/* Drops the connection and dials again, the next endpoint if there are several. */
void xj_link_reconnect(struct xj_link *link);

struct xj_link_figures {
    bool connected;
    uint64_t in, out, dropped; /* frames */
};
void xj_link_figures(struct xj_link *link, struct xj_link_figures *ret);
void xj_link_event_free(struct xj_link_event *event);

#endif
