/* The agent's core: outbox, mailbox, feed, register and HELLO as step(event) -> actions, without sockets, clock or threads.
 * The logic thread, inside the transaction its shell has open on ledger.db. Spec: spec/04-exchange.md, spec/05-ledger.md.
 *
 * Use: begin -> step for each event that is ready -> flush (signs and appends this batch's statements) -> COMMIT -> take and
 * release the actions. On any error: roll back, exit, restart by re-reading. */
#ifndef XJ_AGENT_CORE_H
#define XJ_AGENT_CORE_H

#include "agents/agent/core/outgoing.h"
#include "schema/ledger/log.h"
#include "schema/trust/keys.h"
#include "schema/trust/register.h"
#include "schema/wire/hop.h"
#include "schema/wire/statement.h"

struct xj_agent;

struct xj_agent_options {
    struct xj_db *db;
    struct xj_log *log;
    const struct xj_env *env;
    const struct xj_agency_keys *keys; /* borrowed for the core's life */
    const char *agency;
    const struct xj_anchor *anchor;    /* entry 1 is appended to a fresh ledger */
    struct xj_id nonce;                /* of this boot */
    uint32_t credit;                   /* deliveries it takes at once; 0: 256 */
    int64_t retry_min_ms, retry_max_ms; /* 0: 1000, 60000 */
};

/* Where the agent stands with its exchange. */
enum xj_agent_state {
    XJ_AGENT_INVALID = 0,
    XJ_AGENT_OFFLINE,      /* no connection, or HELLO not answered yet */
    XJ_AGENT_READY,        /* may submit */
    XJ_AGENT_RECOVERING,   /* this ledger was lost, or is an older copy: it comes back from the exchange; submits nothing */
    XJ_AGENT_EXCHANGE_LOST,/* the exchange holds less than this ledger proves, or is being rebuilt: queues, submits nothing */
    XJ_AGENT_INCONSISTENT, /* two accounts of one ledger: stopped, evidence kept */
    XJ_AGENT_SUPERSEDED,   /* a newer machine speaks with this key: stopped until an operator decides */
    XJ_AGENT_FAULTY        /* the exchange could not read our submission: this machine is at fault; stopped */
};
const char *xj_agent_state_name(enum xj_agent_state s);

enum xj_agent_event_kind {
    XJ_AE_INVALID = 0,
    XJ_AE_CONNECTED,    /* a (new) connection exists: say HELLO */
    XJ_AE_DISCONNECTED,
    XJ_AE_FRAME,        /* bytes from the exchange */
    XJ_AE_SUBMIT,       /* an outgoing act; taken over */
    XJ_AE_REGISTER,     /* a register entry to hand to the exchange (registrar only): bytes = entry, signature */
    XJ_AE_TOLD,         /* bytes = head of an entry of kind told or opened; answered by one action TOLD */
    XJ_AE_OVERRIDE,     /* a person lets acts get numbers before any WELCOME: bytes = who and why */
    XJ_AE_POISON,       /* entry `number` ended its reader each time, and was put aside */
    XJ_AE_TICK          /* time has passed; at least once a second */
};
struct xj_agent_event {
    enum xj_agent_event_kind kind;
    struct xj_slice bytes, signature;
    struct xj_outgoing *outgoing;
    uint64_t number;
};

enum xj_agent_action_kind {
    XJ_AA_INVALID = 0,
    XJ_AA_SEND,       /* bytes to the exchange */
    XJ_AA_RECONNECT,  /* drop the connection and dial again after the shell's back-off */
    XJ_AA_QUEUED,     /* a submission is in the ledger: id, number */
    XJ_AA_ANSWERED,   /* admitted or refused: id, number, admitted, bytes = the statement */
    XJ_AA_REGISTERED, /* admitted: the register reached number with the entry handed over; else bytes = why not */
    XJ_AA_NOTICE,     /* something an operator must see: bytes = text */
    XJ_AA_FOLD,       /* what was deleted must leave the write-ahead log: fold it into the file, and cut it */
    XJ_AA_TOLD,       /* admitted: number = its entry; else it repeats or contradicts what was told before */
    XJ_AA_NOT_TAKEN   /* an outgoing act that got no number: id, bytes = why, Chinese, newline, English */
};
struct xj_agent_action {
    enum xj_agent_action_kind kind;
    struct xj_buf bytes; /* owned by the action */
    struct xj_id id;
    uint64_t number;
    bool admitted;
};

/* Reads its state from the ledger. XJ_ECORRUPT when kv and entries disagree. */
enum xj_err xj_agent_open(const struct xj_agent_options *o, struct xj_agent **ret);
void xj_agent_close(struct xj_agent *a);

/* One event. XJ_OK whatever the peer sent; any error is a world error and ends the process after a rollback. */
enum xj_err xj_agent_step(struct xj_agent *a, const struct xj_agent_event *ev);
/* Ends the batch: signs, appends, builds the frames. */
enum xj_err xj_agent_flush(struct xj_agent *a);
/* After COMMIT: hands out the actions one by one; false when none is left. The caller frees ret->bytes. */
bool xj_agent_take(struct xj_agent *a, struct xj_agent_action *ret);

struct xj_agent_figures {
    enum xj_agent_state state;
    char why_zh[256], why_en[256]; /* why it does not submit, or empty */
    bool keyed; /* the register has the keys at hand: what is signed now verifies */
    uint64_t epoch, own_number, own_answered, own_proved, mailbox, mailbox_head, feed, feed_head, register_number,
        register_head, ledger_size, incidents, disk_free_bytes;
    bool may_submit;          /* an act handed over now would get a number */
    bool overridden;          /* it does because a person said so */
    uint64_t recovered_entry; /* of the last recovery's end: a view that has not got there lacks cases; 0: there was none */
    int64_t last_heard_ms, next_tick_ms;
};
void xj_agent_figures(struct xj_agent *a, struct xj_agent_figures *ret);

/* ---- for the view: what the ledger holds, in order ---- */
/* One ledger entry with the objects its fold needs, copied; free with xj_ledger_item_free. */
struct xj_ledger_item {
    uint64_t n;
    enum xj_entry_kind kind;
    int64_t time_ms;
    struct xj_buf head, sig, body, keys; /* body and keys only for own and received acts */
};
/* Entries above `after`, at most max and about 16 MiB; *ret_count may be 0 at the end. Logic thread (or a closed ledger). */
enum xj_err xj_ledger_items(struct xj_db *db, struct xj_log *log, uint64_t after, size_t max, struct xj_ledger_item *ret,
                            size_t *ret_count);
void xj_ledger_item_free(struct xj_ledger_item *item);

#endif
