/* What the files of the exchange's core share: its state, the record of a peer, the statements waiting for their signature.
 * The logic thread. Spec: spec/04-exchange.md, spec/05-ledger.md section 6.
 *
 * Keys in the store: P peer record by agency · I answer by message id · D parties by seq · M mailbox · F feed · G register
 * entry · S papers by owner · Q first message by paper · K case · E fold · R register facts · O orders (orders.c). */
#ifndef XJ_BROKER_INTERNAL_H
#define XJ_BROKER_INTERNAL_H

#include "broker/core/core.h"
#include "schema/procedure/engine.h"
#include "schema/trust/order.h"
#include "schema/trust/succession.h"
#include "schema/wire/hop.h"
#include "schema/wire/pack.h"
#include "schema/wire/statement.h"

/* Durable record of an agency's account with the exchange. */
struct account {
    struct xj_id store;
    uint64_t epoch, ledger_size;
    struct xj_hash ledger_head;
    uint64_t own_number;
    bool has_own_digest;
    struct xj_hash own_digest;
    uint64_t mailbox_head, mailbox_stored, feed_head, staged_bytes;
    struct xj_hash last_stored; /* digest of the last stored or recovered statement accepted */
};

/* What an agency did wrong, by code: when it was last entered in the journal, and how often since. */
#define INCIDENT_CODES 9u
struct incident_memory {
    int64_t at_ms; /* 0: never */
    uint64_t since;
};

/* An agency as the exchange has it in memory: facts of the register, account, and the connection if there is one. */
struct peer {
    struct peer *next; /* hash chain */
    uint32_t index;    /* in the order in which they were first met */
    struct xj_agency facts;
    uint64_t facts_at; /* register number they were read at */
    struct account account;
    bool dirty;        /* account differs from the store */
    uint8_t conn[XJ_CONN_MAX], stale_conn[XJ_CONN_MAX];
    size_t conn_bytes, stale_conn_bytes;
    bool live;         /* conn has said HELLO */
    uint8_t conn_key[32]; /* the transport key that opened the door for it */
    struct xj_id nonce;
    uint64_t sent, credit, frames;
    size_t way_bytes;  /* of the deliveries between the last one acknowledged and `sent` */
    uint32_t way[XJ_MAX_CREDIT]; /* bytes of each, by mailbox number */
    int64_t sent_ms;   /* of the last delivery frame */
    bool pulse;        /* heads moved: tell it at flush */
    uint64_t feed_from; /* it asked for its feed from here; 0: it did not */
    uint64_t past_from; /* and for what the journal holds for it */
    bool behind;        /* its HELLO was below the record: it recovers, and gets nothing new until it has said HELLO again */
    struct xj_verify_cache verified;
    struct incident_memory incidents[INCIDENT_CODES];
};

/* A statement of this batch, waiting for the one signature. */
struct pending {
    uint64_t n; /* its reserved entry */
    enum xj_entry_kind kind;
    struct peer *peer; /* whom it answers (admitted, refused) */
    uint8_t conn[XJ_CONN_MAX];
    size_t conn_bytes;
    struct xj_buf statement, signature;
    struct xj_buf message; /* admitted: the message as sent */
};

/* Messages admitted lately, as a delivery needs them; a ring by seq. */
#define CACHE_SLOTS 1024
struct cached {
    uint64_t seq;
    struct xj_buf message, statement, signature;
};

struct model_slot {
    struct xj_model *model;
    char name[XJ_MAX_NAME_BYTES + 1];
    uint64_t used;
};

#define PEER_BUCKETS 1024
struct xj_exchange {
    struct xj_exchange_options o;
    struct xj_store store;
    struct peer *peers[PEER_BUCKETS];
    struct xj_reg_head reg;
    struct model_slot models[16];
    uint64_t model_clock;
    struct xj_calendar calendar;
    bool has_calendar;
    struct xj_succession succession;
    uint64_t facts_at; /* register number that calendar and successions were read at */
    struct pending *pending;
    size_t pending_count, pending_cap;
    struct order_due { /* orders to destroy that began in this batch; done when its statements are signed */
        uint8_t id[XJ_ID_SIZE];
        uint64_t number;
    } *due;
    size_t due_count;
    struct xj_exchange_action *actions;
    size_t action_count, action_cap, action_next;
    struct cached cache[CACHE_SLOTS];
    struct xj_exchange_figures figures;
    struct xj_verdict verdict;
    struct xj_header header;
    struct xj_buf tmp, tmp2;
    enum xj_err facts_err; /* the first of the engine's questions that failed since xj_engine_for: it has no error to give back */
    char name[XJ_MAX_AGENCY_BYTES + 1], holder[XJ_MAX_AGENCY_BYTES + 1]; /* of a counterpart, of a holder, for the engine */
    char missing[XJ_MAX_AGENCY_BYTES + 1]; /* the subscriber a breach names */
    int64_t now_ms, swept_ms;
    struct incident_memory incidents[INCIDENT_CODES]; /* of agencies the register does not know */
    bool low_disk;
};

/* ---- peers.c ---- */
/* The peer of an agency, made when first met; NULL with XJ_OK when the register does not know it. */
enum xj_err xj_peer_get(struct xj_exchange *x, struct xj_slice agency, struct peer **ret);
enum xj_err xj_peers_save(struct xj_exchange *x);
void xj_peers_free(struct xj_exchange *x);
enum xj_err xj_peer_hello(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice key, const struct xj_hello *h);
bool xj_peer_is_current(const struct peer *p, struct xj_slice conn);
/* Whether the register as it stands lets a connection in that came with this key. */
bool xj_peer_may_enter(const struct peer *p, struct xj_slice key);
/* Whether there is a connection to send to: one that has said HELLO and that the register still lets in. */
enum xj_err xj_peer_hears(struct xj_exchange *x, struct peer *p, bool *ret);

/* ---- out.c: actions and incidents ---- */
/* A frame buffer to a connection of that agency; NULL when memory is out. */
struct xj_buf *xj_out_frame(struct xj_exchange *x, const struct peer *p, struct xj_slice conn);
enum xj_err xj_out_notice(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const char *code, uint64_t number,
                          struct xj_slice digests, const char *zh, const char *en);
enum xj_err xj_out_zap_changed(struct xj_exchange *x);
enum xj_err xj_out_fold(struct xj_exchange *x);
/* Counts, and writes an entry unless one of this agency and code was written within the minute. peer NULL: `agency` is none
 * that the register knows. */
enum xj_err xj_out_incident(struct xj_exchange *x, struct peer *p, struct xj_slice agency, const char *code, const char *text,
                            struct xj_slice detail);

/* ---- submit.c, admit.c, facts.c ---- */
enum xj_err xj_submit_frame(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f);
/* Judges a decoded header and records the outcome under the number consumed. code/detail: a refusal found before. */
struct submission {
    struct peer *peer;
    struct xj_slice conn;
    struct xj_slice bytes; /* the whole message */
    struct xj_message parts;
    struct xj_hash digest;
    bool decoded; /* x->header holds it */
    struct xj_id id;
    uint64_t number;
};
enum xj_err xj_admit(struct xj_exchange *x, const struct submission *s);
enum xj_err xj_refuse(struct xj_exchange *x, const struct submission *s, const char *code, const char *detail,
                      const char *article);
/* Engine with the model of that revision; XJ_ENOTFOUND when the register has none. What it concluded holds only if
 * x->facts_err is XJ_OK afterwards. */
enum xj_err xj_facts_fresh(struct xj_exchange *x); /* calendar and successions as of the register now */
enum xj_err xj_engine_for(struct xj_exchange *x, struct xj_slice procedure, const struct xj_hash *revision,
                          struct xj_engine *ret);
/* What a case is pinned to; XJ_ENOTFOUND when it has no act yet. Views into x->tmp2. */
struct pin {
    struct xj_slice procedure, opener;
    struct xj_hash revision;
};
enum xj_err xj_pin_get(struct xj_exchange *x, struct xj_id case_id, struct pin *ret);
/* Pins the case of a message to its revision; opener: the signer of the case's first act. */
enum xj_err xj_pin_put(struct xj_exchange *x, const struct xj_header *h, struct xj_slice opener);
/* Engine of the case's pinned revision; XJ_ENOTFOUND when its bytes are of a version unknown here. */
enum xj_err xj_engine_of_case(struct xj_exchange *x, struct xj_id case_id, struct xj_engine *ret);
void xj_models_free(struct xj_exchange *x);

/* ---- sign.c ---- */
/* Reserves an entry for a statement that is signed at flush; *ret is valid until the next call. */
enum xj_err xj_pending_add(struct xj_exchange *x, enum xj_entry_kind kind, struct pending **ret);
enum xj_err xj_pending_sign(struct xj_exchange *x);
void xj_pending_clear(struct xj_exchange *x);

/* ---- mailbox.c ---- */
enum xj_err xj_mail_put(struct xj_exchange *x, struct peer *p, uint64_t seq, const struct xj_hash *digest, bool header_only,
                        uint64_t *ret_number);
enum xj_err xj_mail_deliver(struct xj_exchange *x, struct peer *p);
void xj_mail_rewind(struct peer *p); /* again from the last number acknowledged */
enum xj_err xj_mail_stored(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f);
void xj_mail_cache(struct xj_exchange *x, struct pending *p);
/* Appends an admission as an item of a PAST frame. */
enum xj_err xj_mail_past(struct xj_exchange *x, uint64_t seq, bool header_only, struct xj_buf *items);
struct mail {
    uint64_t seq;
    struct xj_hash digest;
    bool header_only;
};
enum xj_err xj_mail_get(struct xj_exchange *x, const struct peer *p, uint64_t number, struct mail *ret);

/* ---- feed.c ---- */
/* Parties of an admitted message: from first, then its recipients with keys. */
enum xj_err xj_parties_put(struct xj_exchange *x, uint64_t seq, const struct xj_header *h, struct xj_id case_id);
enum xj_err xj_feed_stored(struct xj_exchange *x, struct peer *recipient, const struct xj_stored *s, uint64_t stored_entry,
                           struct xj_slice statement, const struct xj_hash *tree);
enum xj_err xj_feed_send(struct xj_exchange *x, struct peer *p);
enum xj_err xj_delivered_fold(struct xj_exchange *x, uint64_t seq, struct xj_slice recipient);
/* True when the agency is from, to or joint of that message. */
enum xj_err xj_party_of(struct xj_exchange *x, uint64_t seq, struct xj_slice agency, bool *ret);

/* ---- recovery.c ---- */
/* Answers the PAST_GET that waited for this batch's end. */
enum xj_err xj_past_send(struct xj_exchange *x, struct peer *p);
/* A recovered statement; *ret_sound false: it does not fit the record, nothing was done. */
enum xj_err xj_recovered_take(struct xj_exchange *x, struct peer *p, struct xj_slice statement, struct xj_slice signature,
                              bool *ret_sound);

/* ---- stream.c ---- */
enum xj_err xj_stream_open(struct xj_exchange *x);
enum xj_err xj_stream_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, uint64_t from);
enum xj_err xj_stream_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice entry,
                          struct xj_slice signature);

/* ---- staging.c ---- */
enum xj_err xj_paper_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest,
                         struct xj_slice bytes);
enum xj_err xj_paper_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest);
/* Is it staged by this agency, or part of an admitted message of it? */
enum xj_err xj_paper_staged(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, bool *ret);
enum xj_err xj_paper_named(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, uint64_t seq);
enum xj_err xj_papers_sweep(struct xj_exchange *x);

/* ---- orders.c (spec 18) ---- */
/* Takes note of the orders to destroy that a register entry just folded begins. */
enum xj_err xj_exchange_orders_begun(struct xj_exchange *x, struct xj_slice entry);
/* Does those that are due. After the batch's statements are signed, before anything is delivered. */
enum xj_err xj_exchange_orders_run(struct xj_exchange *x);
/* Whether the content of that message, the object of that digest, was destroyed here. */
enum xj_err xj_exchange_message_gone(struct xj_exchange *x, const struct xj_id *message, bool *ret);
enum xj_err xj_exchange_object_gone(struct xj_exchange *x, const struct xj_hash *digest, bool *ret);
enum xj_err xj_exchange_orders_confirm(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_frame *f);
enum xj_err xj_exchange_orders_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_id *order);

/* ---- keys of the store ---- */
/* kind, then the agency's bytes, 0x00 and the number (8 bytes, big-endian) when has_number. */
struct key {
    uint8_t b[1 + XJ_MAX_AGENCY_BYTES + 1 + 8];
    size_t n;
};
struct key xj_key_agency(char kind, struct xj_slice agency);
struct key xj_key_numbered(char kind, struct xj_slice agency, uint64_t number);
struct key xj_key_bytes(char kind, const void *p, size_t n);
struct key xj_key_number(char kind, uint64_t number);
struct xj_slice xj_key_slice(const struct key *k);

#endif
