/* The exchange's core: admission, mailboxes, feeds, register stream as step(event) -> actions, without sockets, clock or
 * threads. The logic thread, inside the transaction its shell has open on journal.db. Spec: spec/04-exchange.md.
 *
 * Use: begin -> step for each event that is ready -> flush (signs this batch's statements, appends them, builds frames) ->
 * COMMIT -> take and release the actions. On any error: roll back, exit, restart by re-reading. */
#ifndef XJ_BROKER_CORE_H
#define XJ_BROKER_CORE_H

#include "schema/base/trail.h"
#include "schema/ledger/log.h"
#include "schema/trust/keys.h"
#include "schema/trust/register.h"

#define XJ_CONN_MAX 64 /* bytes of a connection's name (ZeroMQ routing id) */

struct xj_exchange;

struct xj_exchange_options {
    struct xj_db *db;
    struct xj_log *log;
    const struct xj_env *env;
    const struct xj_exchange_keys *keys; /* borrowed for the core's life */
    const struct xj_anchor *anchor;      /* entry 1 is appended to a fresh journal */
    int64_t retry_ms;                    /* re-send deliveries that saw no acknowledgement for so long; 0: 5000 */
    struct xj_trail *trail;              /* of the messages in hand; NULL: none is kept */
    int64_t recovery_wait_ms;            /* so long agencies not heard are waited for when the journal is rebuilt; 0: not at all */
    uint64_t reserve_bytes;              /* below this much free disk nothing new is accepted; 0: no check */
};

enum xj_exchange_event_kind {
    XJ_XE_INVALID = 0,
    XJ_XE_FRAME, /* bytes from the connection of an authenticated agency */
    XJ_XE_TICK,  /* time has passed; at least once a second */
    XJ_XE_DROPPED /* a message from that connection was no single part, or empty: it was dropped */
};
struct xj_exchange_event {
    enum xj_exchange_event_kind kind;
    struct xj_slice conn;   /* name of the connection, at most XJ_CONN_MAX bytes */
    struct xj_slice agency; /* User-Id that ZAP gave this connection */
    struct xj_slice key;    /* the transport key that opened the door for it, 32 bytes */
    struct xj_slice bytes;
};

enum xj_exchange_action_kind {
    XJ_XA_INVALID = 0,
    XJ_XA_SEND,       /* bytes to conn */
    XJ_XA_FOLD,       /* what was deleted must leave the write-ahead log: fold it into the file, and cut it */
    XJ_XA_ZAP_CHANGED /* the table of transport keys is another: read it again */
};
struct xj_exchange_action {
    enum xj_exchange_action_kind kind;
    uint8_t conn[XJ_CONN_MAX];
    size_t conn_bytes;
    uint32_t reader;     /* the agency's number while the process lives, from 0: what is not read is counted by agency */
    struct xj_buf bytes; /* owned by the action */
};

/* Reads its state from the journal. XJ_ECORRUPT when kv and entries disagree, XJ_ECONFIG when keys and register do. */
enum xj_err xj_exchange_open(const struct xj_exchange_options *o, struct xj_exchange **ret);
void xj_exchange_close(struct xj_exchange *x);

/* One event. XJ_OK whatever the peer sent; any error is a world error and ends the process after a rollback. */
enum xj_err xj_exchange_step(struct xj_exchange *x, const struct xj_exchange_event *ev);
/* Ends the batch: signs, appends, builds the frames. */
enum xj_err xj_exchange_flush(struct xj_exchange *x);
/* After COMMIT: hands out the actions one by one; false when none is left. The caller frees ret->bytes. */
bool xj_exchange_take(struct xj_exchange *x, struct xj_exchange_action *ret);

/* Transport keys that may connect, with their agencies: for the ZAP table. */
enum xj_err xj_exchange_transports(struct xj_exchange *x, xj_transport_visit *visit, void *arg);

struct xj_exchange_figures {
    uint64_t admitted, refused, breaches, stored, incidents, register_head, journal_size, peers, live;
    bool recovering;
};
void xj_exchange_figures(const struct xj_exchange *x, struct xj_exchange_figures *ret);

#endif
