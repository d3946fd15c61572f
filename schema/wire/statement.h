/* The signed statements: admitted, refused, stored, delivered, recovered. Any thread. Spec: spec/04-exchange.md, sections 7, 8, 12.
 * Decoded structures are views into the statement's bytes. */
#ifndef XJ_STATEMENT_H
#define XJ_STATEMENT_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"
#include "schema/base/limits.h"
#include "schema/base/tree.h"
#include "schema/wire/message.h"

#define XJ_CTX_MESSAGE "xianjie/1 message"
#define XJ_CTX_KEYS "xianjie/1 keys"
#define XJ_CTX_ADMITTED "xianjie/1 admitted"
#define XJ_CTX_REFUSED "xianjie/1 refused"
#define XJ_CTX_STORED "xianjie/1 stored"
#define XJ_CTX_DELIVERED "xianjie/1 delivered"
#define XJ_CTX_RECOVERED "xianjie/1 recovered"
#define XJ_CTX_UNRECOVERED "xianjie/1 unrecovered"
#define XJ_CTX_REGISTER "xianjie/1 register"

struct xj_st_after {
    struct xj_slice track, owner, state;
    bool has_subject;
    struct xj_subject subject;
};
struct xj_st_breach {
    struct xj_slice code, detail;
};
struct xj_st_recipient {
    struct xj_slice agency;
    uint64_t number; /* mailbox number */
};
struct xj_admitted {
    uint64_t seq;
    int64_t time_ms;
    struct xj_hash message;
    uint64_t register_number;
    struct xj_st_after after[XJ_MAX_AFTER];
    size_t after_count;
    struct xj_st_breach breaches[XJ_MAX_BREACHES];
    size_t breach_count;
    struct xj_st_recipient recipients[XJ_MAX_TO + XJ_MAX_JOINT];
    size_t recipient_count;
};
struct xj_refused {
    int64_t time_ms;
    struct xj_slice agency;
    struct xj_id id;
    struct xj_hash message;
    uint64_t number, register_number;
    struct xj_slice code, detail, rule, article, remedy_zh, remedy_en;
    uint64_t position; /* in the journal */
};
struct xj_stored {
    struct xj_slice agency;
    uint64_t first, last; /* mailbox numbers */
    struct xj_hash root;
    uint64_t ledger_size;
    struct xj_hash ledger_head;
    int64_t time_ms;
    uint64_t register_number;
};
struct xj_delivered_item {
    struct xj_hash message;
    uint64_t mailbox_number;
    bool has_path;
    uint64_t index;
    struct xj_hash path[XJ_TREE_MAX_PATH];
    size_t path_count;
};
struct xj_delivered {
    struct xj_slice owner;
    uint64_t number;
    struct xj_slice recipient;
    int64_t recipient_ms, exchange_ms;
    struct xj_hash stored; /* D("xianjie/1 stored", statement) */
    uint64_t register_number;
    size_t item_count;
    struct xj_delivered_item *items; /* encode: the caller's; decode: see below */
};
/* What a WELCOME said of a ledger that was lost. */
struct xj_lost {
    uint64_t size; /* the largest that the lost ledger ever stated */
    struct xj_hash head;
    uint64_t own_number, mailbox, feed; /* consumed; acknowledged; feed head */
};
struct xj_recovered {
    struct xj_slice agency;
    uint64_t epoch;
    struct xj_lost lost;
    uint64_t ledger_size; /* of the ledger as recovered, before this statement */
    struct xj_hash ledger_head;
    int64_t time_ms;
    uint64_t register_number;
};

enum xj_numbers { XJ_NUMBERS_INVALID = 0, XJ_NUMBERS_MAILBOX, XJ_NUMBERS_FEED, XJ_NUMBERS_OWN };
/* Numbers of an agency that nobody handed back when the exchange's journal was rebuilt (spec 04, 13). */
struct xj_unrecovered {
    struct xj_slice agency;
    enum xj_numbers which;
    uint64_t first, last;
    int64_t time_ms;
    uint64_t register_number;
};

void xj_admitted_encode(const struct xj_admitted *s, struct xj_buf *out);
enum xj_err xj_admitted_decode(struct xj_slice bytes, struct xj_admitted *ret);
void xj_refused_encode(const struct xj_refused *s, struct xj_buf *out);
enum xj_err xj_refused_decode(struct xj_slice bytes, struct xj_refused *ret);
void xj_stored_encode(const struct xj_stored *s, struct xj_buf *out);
enum xj_err xj_stored_decode(struct xj_slice bytes, struct xj_stored *ret);
void xj_delivered_encode(const struct xj_delivered *s, struct xj_buf *out);
void xj_unrecovered_encode(const struct xj_unrecovered *s, struct xj_buf *out);
enum xj_err xj_unrecovered_decode(struct xj_slice bytes, struct xj_unrecovered *ret);
/* Allocates ret->items (free with free()); at most XJ_MAX_CREDIT items. */
enum xj_err xj_delivered_decode(struct xj_slice bytes, struct xj_delivered *ret);
void xj_recovered_encode(const struct xj_recovered *s, struct xj_buf *out);
enum xj_err xj_recovered_decode(struct xj_slice bytes, struct xj_recovered *ret);
bool xj_lost_eq(const struct xj_lost *x, const struct xj_lost *y);

#endif
