/* What the parts of the agent's core share: the working state and the helpers over it. Only the files of this folder.
 * Spec: spec/04-exchange.md, spec/05-ledger.md section 6.
 * Every function returns XJ_OK or a *world* error; what a peer did wrong becomes a counted incident and never an error. */
#ifndef XJ_AGENT_STATE_H
#define XJ_AGENT_STATE_H

#include "agents/agent/core/core.h"
#include "schema/ledger/destroy.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/told.h"
#include "schema/trust/register_cache.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define XJ_AGENT_WINDOW (XJ_MAX_BATCH * 2u)              /* submissions sent and not answered */
#define XJ_AGENT_FLIGHT_BYTES (8u * 1024 * 1024)         /* of them with their papers; one message may exceed it alone */
#define XJ_AGENT_PENDING_BYTES (32u * 1024 * 1024)       /* deliveries held until their papers are here */
#define XJ_AGENT_PARKED_FRAMES 64u
#define XJ_AGENT_PARKED_BYTES (16u * 1024 * 1024)
#define XJ_AGENT_PAPERS_ASKED 8u
#define XJ_AGENT_HEARTBEAT_MS 30000
#define XJ_AGENT_SILENCE_MS 90000                        /* connected, three heartbeats sent and nothing heard */
#define XJ_AGENT_CLOCK_MS 300000                         /* so far apart may the exchange's clock and ours be */
#define XJ_AGENT_INCIDENT_MS 60000                       /* one entry of a code in that time */
#define XJ_AGENT_DISK_RESERVE_BYTES (64u * 1024 * 1024)
#define XJ_AGENT_SOFTWARE "xianjie-agent 1"

/* One thing that is sent again until it shows progress (spec 04, 11). */
struct xj_retry {
    bool armed;
    int64_t due_ms, interval_ms;
};

enum xj_own_status { XJ_OWN_OPEN = 0, XJ_OWN_ADMITTED, XJ_OWN_REFUSED };
/* What the outbox knows of one submission; kv key 'O' 'n' u64be(number). */
struct xj_own {
    struct xj_id id;
    struct xj_hash digest;
    uint64_t entry;  /* its own entry */
    enum xj_own_status status;
    uint64_t answer; /* entry of the answer, 0 while open */
    struct {
        char agency[XJ_MAX_AGENCY_BYTES + 1];
        uint64_t number; /* mailbox number */
        bool proved;
    } recipients[XJ_MAX_TO + XJ_MAX_JOINT];
    size_t recipient_count;
};

struct xj_action_node {
    struct xj_agent_action action;
    struct xj_action_node *next;
};
/* A submission numbered in this batch and not yet signed. */
struct xj_unsigned {
    struct xj_buf header;
    struct xj_own own;
    uint64_t number;
    struct xj_unsigned *next;
};
/* A frame whose statements name a register number this ledger does not hold yet. */
struct xj_parked {
    struct xj_buf frame;
    uint64_t need;
    struct xj_parked *next;
};
/* A verified delivery that waits for papers, or for the ones before it; amid a recovery anything that comes back. */
struct xj_pending {
    enum xj_entry_kind kind; /* RECEIVED; amid a recovery also ADMITTED, REFUSED (an own act with its answer) and STORED */
    uint64_t number;         /* RECEIVED: in the mailbox */
    struct xj_hash digest;
    struct xj_buf message, statement, signature;
    struct xj_hash missing[XJ_MAX_PAPERS];
    size_t missing_count;
    bool late; /* the number was passed before */
    struct xj_pending *next;
};

/* The last recovery of this ledger (spec 04, 12); kv key 'P' 'r'. */
struct xj_recovering {
    bool known;          /* there was one */
    struct xj_lost lost; /* as its entry of kind recovery says */
    uint64_t entry;      /* of its recovered statement; 0: it is open */
    uint64_t from, next; /* journal position asked for, and what is asked for when all that came is entered; 0: none */
    struct xj_retry retry;
};

struct xj_agent {
    struct xj_agent_options o;
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_store store;
    struct xj_verify_cache cache;
    struct xj_reg_cache agencies;

    enum xj_agent_state state;
    char why_zh[256], why_en[256];
    bool keyed;             /* the register, as far as this ledger has it, gives the agency the keys at hand, or knows none of it */
    uint64_t keyed_at;      /* register number for which that was found */
    uint64_t size_at_start; /* entries up to here may bear signatures of keys that were replaced since */
    bool connected, compared; /* compared: a WELCOME of this boot found the ledger equal or ahead */
    bool overridden;          /* none was heard yet, and a person answers for the ledger */
    bool compared_before;     /* so before the last WELCOME: one of an exchange that is being rebuilt says nothing */
    bool hello_due, hello_sent;
    struct xj_retry hello;
    uint64_t frame_number;
    int64_t last_heard_ms;                       /* 0: nothing came from the exchange since the start */
    int64_t silent_since_ms, last_heartbeat_ms; /* of this connection */

    /* the other side, as the last epoch entry names it (kv 'P') */
    bool has_peer;
    struct xj_id peer;
    uint64_t epoch;
    bool two_exchanges; /* it has named two store ids: its journal was rebuilt, and mail may come late */

    /* an exchange that lost its journal */
    struct xj_welcome lost; /* what it said of itself; epoch 0: nothing */
    uint64_t epoch_said;    /* `last epoch` of the next HELLO, where it must be above the epoch held */
    bool asked_back;        /* since then it has asked for what is here */
    struct xj_retry proof;

    struct xj_recovering recovering;

    /* counters (kv 'C'), written at flush when dirty */
    bool dirty;
    uint64_t own_number, answered_prefix, answered_count, proved_count, consumed_proof, mailbox, feed, incidents;
    struct xj_hash own_digest;

    /* outbox */
    struct xj_unsigned *unsigned_first, **unsigned_last;
    size_t unsigned_count;
    uint64_t sent_to, ever_sent; /* last number sent on this connection; ever in this process, papers and all */
    uint32_t flight_size[XJ_AGENT_WINDOW];
    uint64_t flight_bytes;
    struct xj_retry outbox;
    bool outbox_paused;          /* quota: wait for the retry time */
    uint64_t expect_number, need_number;
    int64_t expect_ms, need_ms;

    /* mailbox */
    uint64_t mailbox_head;
    struct xj_pending *pending_first, **pending_last;
    size_t pending_count, pending_bytes;
    struct xj_hash *leaves; /* of this batch: mail leaves from batch_first on */
    size_t leaf_count, leaf_cap;
    uint64_t batch_first;
    bool batch_late; /* one message, late */
    struct xj_hash late_digest;
    struct xj_hash asked[XJ_AGENT_PAPERS_ASKED];
    size_t asked_count;
    struct xj_retry papers, redeliver;
    int64_t stored_resent_ms;
    int64_t disk_asked_ms; /* 0: not yet */
    uint64_t disk_free_bytes;
    uint64_t stored_again; /* resend stored statements from this mailbox number; 0: none */

    uint64_t feed_head;
    struct xj_retry feed_retry;

    uint64_t register_number, register_head, register_want;
    struct xj_retry register_retry;
    struct xj_buf put_entry, put_signature; /* a register entry being handed over; n = 0: none */
    struct xj_retry put_retry;

    bool orders_due, orders_open; /* something to destroy; something unconfirmed or not confirmed by all (orders.c) */
    struct xj_retry orders;

    struct xj_parked *parked_first, **parked_last;
    size_t parked_count, parked_bytes;

    struct {
        char code[32];
        int64_t last_ms;
        uint64_t suppressed;
    } incident[24];
    struct xj_action_node *actions_first, **actions_last;
};

/* ---- core.c ---- */
int64_t xj_agent_now(const struct xj_agent *a);
bool xj_agent_may_receive(const struct xj_agent *a); /* READY or RECOVERING */
bool xj_agent_is_stopped(enum xj_agent_state s);     /* until the process is started again */
void xj_agent_set_state(struct xj_agent *a, enum xj_agent_state s, const char *why_zh, const char *why_en);
/* Appends an action; takes bytes (NULL: none) and leaves it empty. XJ_ENOMEM. */
enum xj_err xj_agent_act(struct xj_agent *a, enum xj_agent_action_kind kind, struct xj_buf *bytes, const struct xj_id *id,
                         uint64_t number, bool admitted);
/* An action SEND of the frame, which it takes; the frame's own error is returned. */
enum xj_err xj_agent_send(struct xj_agent *a, struct xj_buf *frame);
/* Counts, and writes an entry of kind incident unless one of that code was written within the minute. */
enum xj_err xj_agent_incident(struct xj_agent *a, const char *code, const char *text, struct xj_slice detail);
enum xj_err xj_agent_notice(struct xj_agent *a, const char *text);
bool xj_agent_disk_low(struct xj_agent *a);
/* One frame, fresh or parked. */
enum xj_err xj_agent_frame(struct xj_agent *a, struct xj_slice bytes, bool parked);

/* ---- retry.c ---- */
void xj_retry_sent(const struct xj_agent *a, struct xj_retry *r); /* something was sent: waits, longer each time */
void xj_retry_progress(const struct xj_agent *a, struct xj_retry *r); /* back to the shortest time, not waiting */
bool xj_retry_may(const struct xj_agent *a, const struct xj_retry *r); /* not waiting, or waited long enough */
bool xj_retry_due(const struct xj_agent *a, const struct xj_retry *r); /* waiting, and waited long enough */
/* True when at least the shortest retry time has passed since *last_ms (0: never), which is then set. */
bool xj_retry_pace(const struct xj_agent *a, int64_t *last_ms);
void xj_retry_min(const struct xj_retry *r, int64_t *next_ms);

/* ---- kv.c ---- */
void xj_kv_key(struct xj_buf *key, const char *prefix, struct xj_slice tail);
void xj_kv_key_number(struct xj_buf *key, const char *prefix, uint64_t number);
enum xj_err xj_kv_put_number(struct xj_agent *a, const char *prefix, struct xj_slice tail, uint64_t value);
enum xj_err xj_kv_put_at(struct xj_agent *a, const char *prefix, uint64_t at, uint64_t value); /* the same under a number */
/* *ret_found false: absent. XJ_ECORRUPT when the value is no number. */
enum xj_err xj_kv_get_number(struct xj_agent *a, const char *prefix, struct xj_slice tail, bool *ret_found, uint64_t *ret);
enum xj_err xj_own_load(struct xj_agent *a, uint64_t number, struct xj_own *ret); /* XJ_ECORRUPT when absent */
enum xj_err xj_own_save(struct xj_agent *a, uint64_t number, const struct xj_own *own);
enum xj_err xj_own_by_digest(struct xj_agent *a, const struct xj_hash *digest, bool *ret_found, uint64_t *ret_number);
enum xj_err xj_counters_load(struct xj_agent *a, bool *ret_found);
enum xj_err xj_counters_save(struct xj_agent *a);
enum xj_err xj_peer_load(struct xj_agent *a);
enum xj_err xj_recovering_load(struct xj_agent *a);
enum xj_err xj_recovering_save(struct xj_agent *a);
/* Mailbox number up to which own stored statements go, and the entry of the last one; 0: there is none. */
enum xj_err xj_stored_last(struct xj_agent *a, uint64_t *ret_number, uint64_t *ret_entry);
/* The exchange as a WELCOME names it. */
enum xj_err xj_peer_set(struct xj_agent *a, const struct xj_id *store, uint64_t epoch);

/* ---- rebuild.c ---- */
/* Empties nothing; folds every entry of the log into kv and counters: for a store whose kv is empty. */
enum xj_err xj_agent_rebuild(struct xj_agent *a);

/* ---- trust.c ---- */
/* Verify at a register number held: XJ_OK, XJ_ESIGNATURE, or a world error. */
enum xj_err xj_agent_verify_exchange(struct xj_agent *a, const char *context, struct xj_slice statement,
                                     struct xj_slice signature, uint64_t at);
enum xj_err xj_agent_verify_agency(struct xj_agent *a, struct xj_slice agency, const struct xj_hash *digest,
                                   struct xj_slice signature, uint64_t at);

/* Finds out whether a->keyed holds at the present register number. While it does not, nothing is signed: no submission, no stored
 * statement (spec 02, 9). */
enum xj_err xj_agent_look_at_keys(struct xj_agent *a);

/* ---- hello.c ---- */
enum xj_err xj_hello_welcome(struct xj_agent *a, const struct xj_frame *f, struct xj_slice bytes);
enum xj_err xj_hello_pump(struct xj_agent *a);
void xj_hello_again(struct xj_agent *a); /* at the next retry time, at once when none was sent lately */

/* ---- outbox.c, answer.c ---- */
enum xj_err xj_outbox_submit(struct xj_agent *a, struct xj_outgoing *out); /* takes out */
bool xj_outbox_may_number(const struct xj_agent *a);
enum xj_err xj_outbox_sign(struct xj_agent *a);
enum xj_err xj_outbox_pump(struct xj_agent *a);
void xj_outbox_restart(struct xj_agent *a); /* a new connection: everything unanswered goes out again */
void xj_outbox_rewind(struct xj_agent *a, uint64_t number); /* sends again from number on */
void xj_outbox_landed(struct xj_agent *a, uint64_t number); /* answered: leaves the window */
enum xj_err xj_outbox_send_paper(struct xj_agent *a, const struct xj_hash *digest, size_t *bytes);
enum xj_err xj_outbox_header(struct xj_agent *a, uint64_t number, struct xj_buf *buf, struct xj_header *ret,
                             struct xj_slice *ret_header, struct xj_slice *ret_signature);
/* *m's signature, made with the present key if the ledger's was not and is older than this process; it then lies in out. */
enum xj_err xj_outbox_signed_now(struct xj_agent *a, uint64_t number, struct xj_message *m, struct xj_buf *out);
/* Appends the message as it was signed; h's slices are gone when it returns, its values are not. */
enum xj_err xj_outbox_message(struct xj_agent *a, uint64_t number, struct xj_header *h, struct xj_buf *out);
void xj_outbox_clear(struct xj_agent *a);
enum xj_err xj_answer_frame(struct xj_agent *a, struct xj_frame *f, uint64_t *ret_need);
enum xj_err xj_answer_again(struct xj_agent *a, uint64_t number); /* ANSWERED once more, when it is answered */
/* Working state of an answer, for answer.c and rebuild.c; st NULL: refused. */
enum xj_err xj_answer_note(struct xj_agent *a, uint64_t number, struct xj_own *own, const struct xj_admitted *st,
                           uint64_t entry);
enum xj_err xj_own_note(struct xj_agent *a, uint64_t number, const struct xj_own *own);

/* ---- notice.c ---- */
enum xj_err xj_notice_frame(struct xj_agent *a, struct xj_frame *f);

/* ---- mailbox.c, stored.c, papers.c ---- */
enum xj_err xj_mailbox_frame(struct xj_agent *a, struct xj_frame *f, bool parked, uint64_t *ret_need);
enum xj_err xj_mailbox_advance(struct xj_agent *a); /* appends what is complete, in order */
/* Checks a message put into this mailbox and holds it. *ret_need: the register number it waits for; *ret_bad: it is unsound. */
enum xj_err xj_mailbox_hold(struct xj_agent *a, const struct xj_frame_item *item, uint64_t *ret_need, bool *ret_bad);
/* Holds what was checked; header NULL: it names no papers. */
enum xj_err xj_pending_hold(struct xj_agent *a, const struct xj_pending *what, const struct xj_frame_item *item,
                            const struct xj_header *header, struct xj_slice keys);
/* Appends a delivery with its objects. */
enum xj_err xj_mailbox_enter(struct xj_agent *a, const struct xj_pending *p);
void xj_mailbox_clear(struct xj_agent *a);
enum xj_err xj_mailbox_note(struct xj_agent *a, uint64_t number, const struct xj_hash *digest);
enum xj_err xj_mailbox_leaf(struct xj_agent *a, uint64_t number, const struct xj_hash *digest);
uint64_t xj_mailbox_credit(const struct xj_agent *a);
enum xj_err xj_mailbox_note_late(struct xj_agent *a, uint64_t number, const struct xj_hash *digest);
/* A late message delivered again: its stored statement once more. */
enum xj_err xj_stored_late_again(struct xj_agent *a, const struct xj_hash *digest);
enum xj_err xj_stored_flush(struct xj_agent *a);
enum xj_err xj_stored_pump(struct xj_agent *a);
enum xj_err xj_papers_missing(struct xj_agent *a, const struct xj_header *h, struct xj_slice keys, struct xj_pending *p);
enum xj_err xj_papers_frame(struct xj_agent *a, const struct xj_frame *f);
enum xj_err xj_papers_pump(struct xj_agent *a);

/* ---- recover.c ---- */
/* This WELCOME shows that the ledger was lost: says so in it, once. */
enum xj_err xj_recover_begin(struct xj_agent *a, const struct xj_welcome *w, struct xj_slice bytes);
enum xj_err xj_recover_restate(struct xj_agent *a); /* sends the recovered statement again, if there is one, and HELLO */
void xj_recover_forget(struct xj_agent *a);         /* a new connection: what was asked for is asked for again */
enum xj_err xj_recover_frame(struct xj_agent *a, struct xj_frame *f);
enum xj_err xj_recover_enter(struct xj_agent *a, const struct xj_pending *p);
enum xj_err xj_recover_pump(struct xj_agent *a);
/* Acts and messages are back: the feed is next. */
enum xj_err xj_recover_messages_back(struct xj_agent *a, bool *ret);
/* ---- handback.c ---- */
enum xj_err xj_handback_get(struct xj_agent *a, struct xj_frame *f);
enum xj_err xj_handback_pump(struct xj_agent *a); /* proof, until the exchange asks */
enum xj_err xj_handback_unrecovered(struct xj_agent *a, const struct xj_frame *f, uint64_t *ret_need);
void xj_handback_cross(struct xj_agent *a, const struct xj_unrecovered *s); /* numbers go on behind the run */

/* ---- feed.c ---- */
enum xj_err xj_feed_frame(struct xj_agent *a, struct xj_frame *f, uint64_t *ret_need);
enum xj_err xj_feed_pump(struct xj_agent *a);
/* Working state of a delivered statement, for feed.c and rebuild.c. */
enum xj_err xj_feed_note(struct xj_agent *a, const struct xj_delivered *d);

/* ---- regfollow.c ---- */
enum xj_err xj_regfollow_anchor(struct xj_agent *a); /* entry 1 of a fresh ledger */
enum xj_err xj_regfollow_frame(struct xj_agent *a, struct xj_frame *f);
enum xj_err xj_regfollow_pump(struct xj_agent *a);
enum xj_err xj_regfollow_put(struct xj_agent *a, struct xj_slice entry, struct xj_slice signature);
enum xj_err xj_regfollow_registered(struct xj_agent *a, uint64_t head);
enum xj_err xj_regfollow_denied(struct xj_agent *a, struct xj_slice text);
void xj_regfollow_heads(struct xj_agent *a, uint64_t head);

/* ---- told.c ---- */
/* Appends an entry of kind told unless it says again what was said; an action TOLD either way. */
enum xj_err xj_told_append(struct xj_agent *a, struct xj_slice head);
/* Working state of one, for told.c and rebuild.c. */
enum xj_err xj_told_note(struct xj_agent *a, const struct xj_told *t);

/* ---- orders.c: spec 18 ---- */
/* Takes note of the orders to destroy that a register entry just folded begins. */
enum xj_err xj_orders_begun(struct xj_agent *a, struct xj_slice entry);
/* Whether an order to destroy covers a message admitted under that register number. */
enum xj_err xj_orders_cover(struct xj_agent *a, const struct xj_header *h, uint64_t register_number, bool *ret);
/* The same of one that is entered now with this admitted statement, when its content must not be; the order is then due once more. */
enum xj_err xj_orders_enter(struct xj_agent *a, const struct xj_header *h, struct xj_slice admitted, bool *ret);
/* An own message was answered: what was not covered while it waited may be now. */
enum xj_err xj_orders_answered(struct xj_agent *a, const struct xj_own *own);
enum xj_err xj_orders_flush(struct xj_agent *a); /* does what is due, and says so; not amid a recovery */
enum xj_err xj_orders_pump(struct xj_agent *a);
enum xj_err xj_orders_frame(struct xj_agent *a, struct xj_frame *f);
/* The exchange's journal is another than before: it hears every statement of ours about an order once more. */
enum xj_err xj_orders_another_exchange(struct xj_agent *a);
/* Working state of an entry of kind destroyed, for orders.c and rebuild.c. */
enum xj_err xj_orders_note(struct xj_agent *a, struct xj_slice statement, uint64_t entry);

/* ---- parked.c ---- */
enum xj_err xj_parked_add(struct xj_agent *a, struct xj_slice frame, uint64_t need);
enum xj_err xj_parked_release(struct xj_agent *a); /* those whose register number is held now */
void xj_parked_clear(struct xj_agent *a);

#endif
