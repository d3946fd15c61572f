/* The exchange's core stepped by hand, on the small city (view_city.h) after its history: every frame of an agency is made here and
 * may be wrong in one thing. From the first hand_hello on nobody else speaks to the exchange:
 * what the register is to hold is laid before (city_register). What fails here is a cmocka failure.
 * One thread. Tests only. Spec: spec/04-exchange.md. */
#ifndef XJ_TEST_EXCHANGE_HAND_H
#define XJ_TEST_EXCHANGE_HAND_H

#include "agents/agent/core/outgoing.h"
#include "schema/wire/hop.h"
#include "schema/wire/statement.h"
#include "tests/unit/view_city.h"

#define HAND_FRAMES 128

/* What an agency's side knows of itself. */
struct hand_agency {
    const char *id;
    struct node *node;
    char conn[32];
    struct xj_id store, nonce;
    uint64_t epoch, frame, number; /* number: of the last submission consumed */
    struct xj_hash previous;       /* its digest */
    uint64_t mailbox, ledger_size; /* as acknowledged to the exchange */
    struct xj_hash ledger_head;
};

struct hand {
    struct city *city;
    struct world *w;
    struct hand_agency agency[4];
    struct xj_exchange_action out[HAND_FRAMES]; /* of the last turn, in the order in which they left */
    size_t out_count;
    uint64_t connections;
    struct xj_hash submitted; /* digest of the message sent last */
    char code[64], detail[160]; /* of the refusal or notice read last */
};

/* cmocka setup and teardown; *state is the struct hand, its city after city_history. */
int hand_up(void **state);
int hand_down(void **state);
struct hand_agency *hand_of(struct hand *h, const char *who);

/* ---- turns: begin, steps, flush, commit ---- */

/* One frame of the agency's connection; the frame is taken. A turn drops what the one before sent. */
void hand_frame(struct hand *h, const char *who, struct xj_buf *frame);
/* The same over any connection, with any key that opened it. */
void hand_frame_from(struct hand *h, const char *who, const char *conn, const uint8_t key[32], struct xj_buf *frame);
void hand_tick(struct hand *h, int64_t ms);
/* What a killed exchange leaves, opened again; connections are gone. */
void hand_restart(struct hand *h);
/* Says HELLO over a new connection, with figures equal to the exchange's, and takes the WELCOME. */
void hand_hello(struct hand *h, const char *who);
/* A HELLO with these figures; nothing is read of what comes. */
void hand_hello_as(struct hand *h, const char *who, const char *conn, const struct xj_hello *hello);
struct xj_hello hand_hello_of(const struct hand_agency *a);

/* ---- what came ---- */

/* The i-th frame of a type that was sent to a connection in the last turn; false when there are not so many. Close it. */
bool hand_sent(struct hand *h, const char *conn, enum xj_frame_type type, size_t i, struct xj_frame *ret);
size_t hand_sent_count(struct hand *h, const char *conn, enum xj_frame_type type);
/* Asserts one NOTICE of that code to the agency's connection; its number. */
uint64_t hand_notice(struct hand *h, const char *who, const char *code);
uint64_t hand_notice_to(struct hand *h, const char *conn, const char *code);
/* Asserts one signed refusal of that code and detail (NULL: any), for the message submitted last; the agency's number goes on
 * when it names the next one. */
void hand_refused(struct hand *h, const char *who, const char *code, const char *detail);
/* Asserts one signed admission of the message submitted last; breach: "" for none, else its first one's code. */
void hand_admitted(struct hand *h, const char *who, const char *breach);
/* Statement and signature of the only answer, copied. */
void hand_answer_bytes(struct hand *h, const char *who, struct xj_buf *ret);

/* ---- acts ---- */

/* An act as the agency's own drafting makes it, numbered next; free with xj_outgoing_free. */
struct xj_outgoing *hand_draft(struct hand *h, const char *who, json_t *request);
/* Numbers it next, once more. */
void hand_number(struct hand *h, const char *who, struct xj_outgoing *out);
/* Header encoded and signed as it stands, joined with body and keys. key NULL: the agency's. */
void hand_seal(struct hand *h, const char *who, const struct xj_outgoing *out, const struct xj_sign_key *key, struct xj_buf *message);
/* Sends the papers, each in a turn of its own. */
void hand_papers(struct hand *h, const char *who, const struct xj_outgoing *out);
/* One SUBMIT of that message, whose digest is kept; the message is not taken. */
void hand_submit(struct hand *h, const char *who, struct xj_slice message);
/* hand_papers, hand_seal, hand_submit. */
void hand_send(struct hand *h, const char *who, const struct xj_outgoing *out);
/* A new case of the bureau: transfer_report with its paper. */
struct xj_outgoing *hand_report(struct hand *h);

/* ---- receipts ---- */

/* A stored statement of the agency over mailbox numbers first to last with those digests, signed by key (NULL: its own). */
void hand_stored(struct hand *h, const char *who, const struct xj_stored *st, const struct xj_sign_key *key, uint64_t credit);
/* Stores all that the last turn delivered to it, as an agent does. */
struct xj_stored hand_stored_of(struct hand *h, const char *who, uint64_t first, const struct xj_hash *digests, size_t count);

/* How many incidents of that code the journal holds. */
size_t hand_incidents(struct hand *h, const char *code);

#endif
