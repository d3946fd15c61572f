/* Hop frames between agent and exchange. Any thread. Spec: spec/04-exchange.md, section 2.
 * Decoded frames are views into the frame's bytes and hold an open document until xj_frame_close. */
#ifndef XJ_HOP_H
#define XJ_HOP_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"
#include "schema/base/limits.h"
#include "schema/wire/read.h"

enum xj_frame_type {
    XJ_F_INVALID = 0, XJ_F_HELLO = 1, XJ_F_WELCOME = 2, XJ_F_SUBMIT = 3, XJ_F_ANSWER = 4, XJ_F_PAPER_PUT = 5,
    XJ_F_NOTICE = 6, XJ_F_STORED = 7, XJ_F_DELIVER = 8, XJ_F_FEED_GET = 9, XJ_F_FEED = 10, XJ_F_REGISTER_GET = 11,
    XJ_F_REGISTER_ENTRIES = 12, XJ_F_PAPER_GET = 13, XJ_F_PAPER = 14, XJ_F_REGISTER_PUT = 15, XJ_F_REGISTERED = 16,
    XJ_F_HEARTBEAT = 17, XJ_F_PULSE = 18, XJ_F_PAST_GET = 19, XJ_F_PAST = 20, XJ_F_HANDBACK = 21, XJ_F_HANDBACK_GET = 22,
    XJ_F_UNRECOVERED = 24, XJ_F_CONFIRM = 31, XJ_F_CONFIRMED = 32, XJ_F_ORDER_GET = 33
};

struct xj_hello {
    struct xj_id store, nonce;
    uint64_t last_epoch, ledger_size;
    struct xj_hash ledger_head;
    uint64_t own_number;
    bool has_own_digest;
    struct xj_hash own_digest;
    uint64_t mailbox, feed, register_number, credit;
    struct xj_slice software;
};
struct xj_welcome {
    struct xj_id store;
    uint64_t epoch, ledger_size;
    struct xj_hash ledger_head;
    uint64_t own_number;
    bool has_own_digest;
    struct xj_hash own_digest;
    uint64_t mailbox_stored, mailbox_head, feed_head, register_head;
    int64_t time_ms;
};
struct xj_notice {
    struct xj_slice code;
    uint64_t number;
    struct xj_slice digests; /* n * 32 bytes when encoding; decoded through xj_frame_item */
    size_t digest_count;
    struct xj_slice text_zh, text_en;
};
struct xj_pulse {
    int64_t time_ms;
    uint64_t mailbox_head, feed_head, register_head;
};

/* What an agent hands back of its ledger, without the two lists behind it (spec 04, 13). */
struct xj_handback {
    struct xj_id exchange; /* store id of the exchange as the ledger names it; nil: none */
    uint64_t from, next, ledger_size;
};

/* A decoded frame. Which fields are set depends on type. Lists are read with the cursor `items`. */
struct xj_frame {
    enum xj_frame_type type;
    uint64_t epoch, number;
    struct xj_hello hello;
    struct xj_welcome welcome;
    struct xj_notice notice;
    struct xj_pulse pulse;
    struct xj_handback handback;
    uint64_t n;                 /* FEED_GET, REGISTER_GET, PAST_GET, PAST, HANDBACK_GET: from; STORED: credit; DELIVER, FEED, REGISTER: head; REGISTERED */
    uint64_t next;              /* PAST */
    struct xj_hash digest;      /* PAPER_PUT, PAPER_GET, PAPER */
    struct xj_id id;            /* ORDER_GET */
    struct xj_slice bytes;      /* PAPER: sealed (n = 0: nil); STORED, UNRECOVERED, CONFIRM: statement; REGISTER_PUT: entry */
    struct xj_slice signature;  /* STORED, REGISTER_PUT, UNRECOVERED, CONFIRM: the encoded array */
    struct xj_cur items;        /* SUBMIT, ANSWER, DELIVER, FEED, REGISTER, CONFIRMED, PAST, HANDBACK, NOTICE digests */
    struct xj_cur digests;      /* HANDBACK: papers not held; HANDBACK_GET: papers asked for */
    struct xj_slice list;       /* the items' own bytes, consumed beside the cursor: signatures are sent on as they came */
    struct xj_doc doc;
};

/* Decodes and checks shape, arity and limits of everything but the inside of bin fields. On error nothing needs closing,
 * and ret->type names the type when it was recognised. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_frame_open(struct xj_slice bytes, struct xj_frame *ret);
void xj_frame_close(struct xj_frame *f);

/* One item of a list frame, taken from f->items. Views. */
struct xj_frame_item {
    uint64_t number;                  /* ANSWER: kind (1, 2); DELIVER: mailbox number; PAST: kind (3, 4, 5); HANDBACK: kind of entry */
    struct xj_slice message;          /* SUBMIT, DELIVER; PAST, HANDBACK: n = 0 when nil */
    struct xj_slice statement, signature;
    struct xj_slice stored, stored_signature; /* FEED; n = 0 when nil */
    struct xj_hash digest;            /* NOTICE */
};
/* False when no item is left or it is malformed (then f->items.bad). */
bool xj_frame_next(struct xj_frame *f, struct xj_frame_item *ret);
/* The next of f->digests. */
bool xj_frame_next_digest(struct xj_frame *f, struct xj_hash *ret);

/* Writers. Signatures are encoded arrays (raw). List frames: begin, then items, with the count known before. */
void xj_frame_hello(struct xj_buf *out, uint64_t number, const struct xj_hello *h);
void xj_frame_welcome(struct xj_buf *out, uint64_t number, const struct xj_welcome *w);
void xj_frame_notice(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_notice *n);
void xj_frame_pulse(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_pulse *p);
void xj_frame_heartbeat(struct xj_buf *out, uint64_t epoch, uint64_t number);
void xj_frame_get(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number, uint64_t from);
void xj_frame_paper_get(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_hash *digest);
/* type PAPER_PUT or PAPER; bytes n = 0 writes nil (PAPER only). */
void xj_frame_paper(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number,
                    const struct xj_hash *digest, struct xj_slice bytes);
void xj_frame_stored(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement,
                     struct xj_slice signature, uint64_t credit);
void xj_frame_register_put(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice entry,
                           struct xj_slice signature);
void xj_frame_confirm(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement, struct xj_slice signature);
void xj_frame_order_get(struct xj_buf *out, uint64_t epoch, uint64_t number, const uint8_t order[XJ_ID_SIZE]);
void xj_frame_registered(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t head);
/* SUBMIT, ANSWER, CONFIRMED: head is not written; DELIVER, FEED, REGISTER_ENTRIES: it is. */
void xj_frame_list(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number, uint64_t head,
                   uint32_t count);
void xj_frame_put_submit(struct xj_buf *out, struct xj_slice message);
void xj_frame_put_answer(struct xj_buf *out, unsigned kind, struct xj_slice statement, struct xj_slice signature);
void xj_frame_put_deliver(struct xj_buf *out, uint64_t mailbox_number, struct xj_slice message, struct xj_slice statement,
                          struct xj_slice signature);
void xj_frame_put_feed(struct xj_buf *out, struct xj_slice statement, struct xj_slice signature, struct xj_slice stored,
                       struct xj_slice stored_signature);
/* HANDBACK: head, xj_frame_put_handback for each item, xj_frame_put_digests. */
void xj_frame_handback(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_handback *h, uint32_t count);
void xj_frame_put_handback(struct xj_buf *out, unsigned kind, struct xj_slice statement, struct xj_slice signature,
                           struct xj_slice message);
void xj_frame_put_digests(struct xj_buf *out, struct xj_slice digests); /* n * 32 bytes */
void xj_frame_handback_get(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t from, struct xj_slice digests);
void xj_frame_unrecovered(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement,
                          struct xj_slice signature);
/* REGISTER_ENTRIES, CONFIRMED */
void xj_frame_put_entry(struct xj_buf *out, struct xj_slice entry, struct xj_slice signature);
void xj_frame_past(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t from, uint64_t next, uint32_t count);
/* message n = 0: nil. */
void xj_frame_put_past(struct xj_buf *out, unsigned kind, struct xj_slice message, struct xj_slice statement,
                       struct xj_slice signature);

#endif
