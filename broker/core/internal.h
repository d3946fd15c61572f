/* What the files of the exchange's core share: its state, the record of a peer, the statements waiting for their signature.
 * The logic thread. Spec: spec/04-exchange.md, spec/05-ledger.md section 6.
 *
 * Keys in the store: P peer record by agency · I answer by message id · X answer by digest (id used again) · D parties by place · M
 * mailbox · F feed · G register entry · S papers by owner · Q messages by paper · K case · E fold · R register facts; of a journal
 * rebuilt also C how it stands, B entry by statement, V place by message, T what a feed has told, H and L what agencies hold, W papers
 * asked for, J late mail, N numbers unrecovered, O and U own numbers; Y orders (orders.c). The *place* of a message is the entry of its answer. */
#ifndef XJ_BROKER_INTERNAL_H
#define XJ_BROKER_INTERNAL_H

#include "broker/core/core.h"
#include "schema/procedure/engine.h"
#include "schema/trust/order.h"
#include "schema/trust/succession.h"
#include "schema/wire/hop.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"
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
    uint64_t heard;  /* number of the rebuilding in which it was heard to its end */
    uint64_t cursor; /* of its ledger, what was handed back in this one */
};

/* The rebuilding of a journal that was lost (spec 04, 13). */
struct rebuilding {
    uint64_t number; /* 0: there never was one; the present or last one */
    bool under_way;  /* nothing is consumed */
    struct xj_id store;
    uint64_t offset;
    int64_t begun_ms;
    struct xj_id lost[16]; /* store ids that agencies knew */
    size_t lost_count;
};

/* What an agency did wrong, by code: when it was last entered in the journal, and how often since. */
#define INCIDENT_CODES 12u
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
    bool greet;        /* it has to say HELLO anew, and does not know */
    bool late_idle;    /* no late mail waits for it */
    uint64_t passed;   /* mailbox numbers acknowledged, and runs unrecovered that it was told of behind them */
    uint64_t stands;   /* its mailbox number as its HELLO said */
    unsigned run_tries; /* times the run it stands before was told, with nothing behind that it could acknowledge */
    bool ended;        /* in this process it handed back its ledger's last entry */
    int64_t greet_ms, asked_ms, late_ms; /* last time it was told, asked to hand back, sent late mail */
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

static inline struct xj_slice peer_id(const struct peer *p)
{
    return xj_slice_cstr(p->facts.id);
}

/* Of a question about what the state must hold: that it does not is damage, and no answer to anybody. */
static inline enum xj_err xj_must_hold(enum xj_err err)
{
    return err == XJ_ENOTFOUND || err == XJ_ESTATE || err == XJ_EEXISTS ? XJ_ECORRUPT : err;
}

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

/* Messages admitted lately, as a delivery needs them; a ring by place. */
#define CACHE_SLOTS 1024
struct cached {
    uint64_t place;
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
    struct rebuilding rebuilding;
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
    struct peer *recipients[XJ_MAX_TO + XJ_MAX_JOINT]; /* of the header judged: `to`, then `joint` */
    struct xj_buf tmp, tmp2;
    enum xj_err facts_err; /* the first of the engine's questions that failed since xj_engine_for: it has no error to give back */
    char name[XJ_MAX_AGENCY_BYTES + 1], holder[XJ_MAX_AGENCY_BYTES + 1]; /* of a counterpart, of a holder, for the engine */
    char missing[XJ_MAX_AGENCY_BYTES + 1]; /* the subscriber a breach names */
    int64_t now_ms, swept_ms;
    struct incident_memory incidents[INCIDENT_CODES]; /* of agencies the register does not know */
    bool low_disk;
    uint64_t facts_as_of; /* register number that roles and sectors are asked at; 0: now */
    struct xj_agency as_of;
    uint64_t max_seq; /* of the journal, as the last rebuild found it */
    bool resume_due;  /* at the end of this batch: everybody was heard, or waited for long enough */
    struct peer *settle_due; /* or this one was, late */
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
void xj_mail_cache(struct xj_exchange *x, struct pending *p);
/* Appends an admission, by its place in the journal, as an item of a PAST frame. */
enum xj_err xj_mail_past(struct xj_exchange *x, uint64_t place, bool header_only, struct xj_buf *items);
struct mail {
    uint64_t place;
    struct xj_hash digest;
    bool header_only;
};
enum xj_err xj_mail_put(struct xj_exchange *x, struct peer *p, uint64_t place, const struct xj_hash *digest, bool header_only,
                        uint64_t *ret_number);
enum xj_err xj_mail_deliver(struct xj_exchange *x, struct peer *p);
enum xj_err xj_mail_one(struct xj_exchange *x, struct peer *p, uint64_t number, const struct mail *m); /* a frame with that alone */
void xj_mail_rewind(struct peer *p); /* again from the last number acknowledged */
enum xj_err xj_mail_stored(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f);
void xj_mail_cache(struct xj_exchange *x, struct pending *p);
enum xj_err xj_mail_get(struct xj_exchange *x, const struct peer *p, uint64_t number, struct mail *ret);
/* The same, but XJ_ENOTFOUND where nothing was put, which only a journal rebuilt can know. */
enum xj_err xj_mail_find(struct xj_exchange *x, const struct peer *p, uint64_t number, struct mail *ret);
enum xj_err xj_mail_set(struct xj_exchange *x, const struct peer *p, uint64_t number, const struct mail *m);

/* ---- feed.c ---- */
/* Parties of an admitted message: from first, then its recipients with keys. */
enum xj_err xj_parties_put(struct xj_exchange *x, uint64_t place, const struct xj_header *h, struct xj_id case_id);
/* late: the message of a statement for one that came late; else NULL. */
enum xj_err xj_feed_stored(struct xj_exchange *x, struct peer *recipient, const struct xj_stored *s, uint64_t stored_entry,
                           struct xj_slice statement, const struct xj_hash *tree, const struct mail *late);
enum xj_err xj_feed_send(struct xj_exchange *x, struct peer *p);
enum xj_err xj_delivered_fold(struct xj_exchange *x, uint64_t place, struct xj_slice recipient, int64_t at_ms);
/* True when the agency is from, to or joint of that message. */
enum xj_err xj_party_of(struct xj_exchange *x, uint64_t place, struct xj_slice agency, bool *ret);

/* ---- past.c ---- */
/* Answers the PAST_GET that waited for this batch's end. */
enum xj_err xj_past_send(struct xj_exchange *x, struct peer *p);
/* A recovered statement; *ret_sound false: it does not fit the record, nothing was done. */
enum xj_err xj_recovered_take(struct xj_exchange *x, struct peer *p, struct xj_slice statement, struct xj_slice signature,
                              bool *ret_sound);

/* ---- stream.c ---- */
enum xj_err xj_stream_open(struct xj_exchange *x);
/* An entry that xj_reg_apply has taken. */
enum xj_err xj_stream_append(struct xj_exchange *x, struct xj_slice entry, struct xj_slice signature);
/* Takes note of the orders to destroy that any entry of the register began. */
enum xj_err xj_stream_orders(struct xj_exchange *x);
enum xj_err xj_stream_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, uint64_t from);
enum xj_err xj_stream_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_slice entry,
                          struct xj_slice signature);

/* ---- staging.c ---- */
enum xj_err xj_paper_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest,
                         struct xj_slice bytes);
enum xj_err xj_paper_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest);
/* Is it staged by this agency, or part of an admitted message of it? */
enum xj_err xj_paper_staged(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, bool *ret);
enum xj_err xj_paper_named(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, uint64_t place);
enum xj_err xj_papers_sweep(struct xj_exchange *x);
/* As xj_paper_named, of a message that was handed back: nobody staged its papers here. */
enum xj_err xj_paper_handed(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, uint64_t place);

/* ---- orders.c (spec 18) ---- */
/* Takes note of the orders to destroy that a register entry just folded begins. */
enum xj_err xj_exchange_orders_begun(struct xj_exchange *x, struct xj_slice entry);
/* Does those that are due. After the batch's statements are signed, before anything is delivered. */
enum xj_err xj_exchange_orders_run(struct xj_exchange *x);
/* Carries out every order of the register once more, over what a lost journal got back (spec 18, 4.3). */
enum xj_err xj_exchange_orders_again(struct xj_exchange *x);
/* Whether the content of that message, the object of that digest, was destroyed here. */
enum xj_err xj_exchange_message_gone(struct xj_exchange *x, const struct xj_id *message, bool *ret);
enum xj_err xj_exchange_object_gone(struct xj_exchange *x, const struct xj_hash *digest, bool *ret);
enum xj_err xj_exchange_orders_confirm(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_frame *f);
enum xj_err xj_exchange_orders_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_id *order);

/* ---- keys of the store ---- */
/* kind, then the agency's bytes, 0x00 and the number (8 bytes, big-endian) when has_number. */
struct key {
    uint8_t b[1 + XJ_MAX_AGENCY_BYTES + 1 + 16];
    size_t n;
};
struct key xj_key_agency(char kind, struct xj_slice agency);
struct key xj_key_numbered(char kind, struct xj_slice agency, uint64_t number);
/* Under which number the agency holds the message: by its digest's first 8 bytes. */
struct key xj_key_held(struct xj_slice agency, const struct xj_hash *digest);
struct key xj_key_bytes(char kind, const void *p, size_t n);
struct key xj_key_number(char kind, uint64_t number);
struct xj_slice xj_key_slice(const struct key *k);
void xj_key_add(struct key *k, uint64_t number);
uint64_t xj_key_number_of(struct xj_slice key); /* its last 8 bytes */

/* ---- recover.c: handing back ---- */
enum xj_err xj_recover_open(struct xj_exchange *x); /* reads how the journal stands */
enum xj_err xj_recover_save(struct xj_exchange *x);
struct xj_id xj_exchange_store(const struct xj_exchange *x); /* the id that it goes by */
/* Whether nothing of this agency is consumed: the journal is being rebuilt, or was, and it has not been heard to its end. */
bool xj_recovering(const struct xj_exchange *x, const struct peer *p);
enum xj_err xj_recover_notice(struct xj_exchange *x, struct peer *p, struct xj_slice conn);
/* After WELCOME: says that it is recovering, and asks. */
enum xj_err xj_recover_hello(struct xj_exchange *x, struct peer *p);
enum xj_err xj_recover_handback(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f);
enum xj_err xj_recover_paper(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, struct xj_slice bytes);
enum xj_err xj_recover_tick(struct xj_exchange *x);
/* Everybody has to say HELLO again. */
enum xj_err xj_recover_greet_all(struct xj_exchange *x);
enum xj_err xj_recover_ask(struct xj_exchange *x, struct peer *p);

/* ---- taken.c: what is handed back, checked and appended ---- */
/* Checks the items of a frame and, unless only_prove, appends what the journal does not hold; *ret_new says whether there was any. */
enum xj_err xj_taken_frame(struct xj_exchange *x, struct peer *p, struct xj_frame *f, bool only_prove, bool *ret_new);
/* Entry of a statement by its digest under its context; *ret_n 0: the journal does not hold it. Kept while there was a rebuilding. */
enum xj_err xj_taken_known(struct xj_exchange *x, const struct xj_hash *statement, uint64_t *ret_n);
enum xj_err xj_taken_note(struct xj_exchange *x, enum xj_entry_kind kind, struct xj_slice statement, uint64_t n);
const char *xj_taken_context(enum xj_entry_kind kind); /* NULL: no statement */

/* ---- rebuild.c, resume.c: working state from entries ---- */
/* Empties and folds anew all that entries give; accounts keep store, epoch and what was handed back. */
enum xj_err xj_rebuild(struct xj_exchange *x);
/* Numbers unrecovered, and feed entries anew, of one agency that was heard late; NULL: of all, and the exchange resumes. */
enum xj_err xj_resume(struct xj_exchange *x, struct peer *late);
enum xj_err xj_resume_if_due(struct xj_exchange *x);
/* All agencies that ever had keys, by name. */
typedef enum xj_err peer_visit(struct xj_exchange *x, struct peer *p, void *arg);
enum xj_err xj_each_peer(struct xj_exchange *x, peer_visit *visit, void *arg);

/* ---- runs.c: numbers unrecovered ---- */
enum xj_err xj_run_put(struct xj_exchange *x, const struct xj_unrecovered *s, uint64_t n);
/* The run that holds the number: its last, and its entry. *ret_n 0: none does. */
enum xj_err xj_run_at(struct xj_exchange *x, struct xj_slice agency, enum xj_numbers which, uint64_t number, uint64_t *ret_last,
                      uint64_t *ret_n);
/* Where the first run that begins above the number begins; 0: none does. */
enum xj_err xj_run_behind(struct xj_exchange *x, struct xj_slice agency, enum xj_numbers which, uint64_t number, uint64_t *ret);
enum xj_err xj_run_send(struct xj_exchange *x, struct peer *p, uint64_t n);
/* Whether an own number below the next one may still be consumed; used marks it so. */
enum xj_err xj_run_own(struct xj_exchange *x, const struct peer *p, uint64_t number, bool *ret);

/* ---- late.c: messages for readers who have passed their number ---- */
struct late {
    struct mail mail;
    uint64_t number;
    bool stored;
};
enum xj_err xj_late_put(struct xj_exchange *x, const struct peer *p, const struct late *l);
/* Sets p->late_idle when there is none that is not stored. */
enum xj_err xj_late_any(struct xj_exchange *x, struct peer *p);
/* Sends the next one that is not stored, if the agency has passed its number. */
enum xj_err xj_late_deliver(struct xj_exchange *x, struct peer *p);
/* The late message whose leaf is the root of a stored statement for one number; XJ_ENOTFOUND. */
enum xj_err xj_late_find(struct xj_exchange *x, const struct peer *p, const struct xj_stored *s, struct late *ret);

#endif
