#include "schema/wire/hop.h"

#include <string.h>

#include "schema/wire/names.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define PROTOCOL 1u
#define SOFTWARE_BYTES 64u
#define TEXT_BYTES 2048u

/* The i-th field of a frame as the bytes that came (for arrays that are signatures). */
static struct xj_slice raw_field(struct xj_slice frame, uint32_t i)
{
    struct xj_slice s = {NULL, 0};
    xj_span_element(frame, i, &s);
    return s;
}

static void take_id(struct xj_cur *c, struct xj_id *ret)
{
    xj_take_bin_to(c, ret->b, XJ_ID_SIZE);
}

static void take_hash(struct xj_cur *c, struct xj_hash *ret)
{
    xj_take_bin_to(c, ret->b, XJ_HASH_SIZE);
}

static void take_maybe_hash(struct xj_cur *c, bool *ret_has, struct xj_hash *ret)
{
    *ret_has = !xj_take_nil(c);
    if (*ret_has) take_hash(c, ret);
}

static uint64_t take_u(struct xj_cur *c)
{
    return xj_take_uint(c, UINT64_MAX);
}

static void take_hello(struct xj_cur *c, struct xj_hello *h)
{
    take_id(c, &h->store);
    take_id(c, &h->nonce);
    h->last_epoch = take_u(c);
    h->ledger_size = take_u(c);
    take_hash(c, &h->ledger_head);
    h->own_number = take_u(c);
    take_maybe_hash(c, &h->has_own_digest, &h->own_digest);
    h->mailbox = take_u(c);
    h->feed = take_u(c);
    h->register_number = take_u(c);
    h->credit = take_u(c);
    h->software = xj_take_str(c, 0, SOFTWARE_BYTES);
}

static void take_welcome(struct xj_cur *c, struct xj_welcome *w)
{
    take_id(c, &w->store);
    w->epoch = take_u(c);
    w->ledger_size = take_u(c);
    take_hash(c, &w->ledger_head);
    w->own_number = take_u(c);
    take_maybe_hash(c, &w->has_own_digest, &w->own_digest);
    w->mailbox_stored = take_u(c);
    w->mailbox_head = take_u(c);
    w->feed_head = take_u(c);
    w->register_head = take_u(c);
    w->time_ms = xj_take_int(c, INT64_MIN, INT64_MAX);
}

static void take_notice(struct xj_cur *c, struct xj_frame *f)
{
    f->notice.code = xj_take_str(c, 1, XJ_MAX_NAME_BYTES);
    f->notice.number = take_u(c);
    f->items = xj_take_array(c, 0, XJ_MAX_PAPERS);
    f->notice.digest_count = f->items.left;
    f->notice.text_zh = xj_take_str(c, 0, TEXT_BYTES);
    f->notice.text_en = xj_take_str(c, 0, TEXT_BYTES);
}

static void take_pulse(struct xj_cur *c, struct xj_pulse *p)
{
    p->time_ms = xj_take_int(c, INT64_MIN, INT64_MAX);
    p->mailbox_head = take_u(c);
    p->feed_head = take_u(c);
    p->register_head = take_u(c);
}

static void take_paper(struct xj_cur *c, struct xj_frame *f)
{
    take_hash(c, &f->digest);
    if (f->type == XJ_F_PAPER && xj_take_nil(c)) return;
    f->bytes = xj_take_bin(c, 1, XJ_MAX_FRAME_BYTES);
}

/* A bin and the signature array behind it. */
static void take_signed(struct xj_cur *c, struct xj_slice frame, size_t max, struct xj_frame *f)
{
    f->bytes = xj_take_bin(c, 1, max);
    xj_take_any(c);
    f->signature = raw_field(frame, 5);
    if (!f->signature.n || f->signature.n > XJ_MAX_SIGNATURE_BYTES) xj_cur_spoil(c);
}

static void take_list(struct xj_cur *c, struct xj_slice frame, struct xj_frame *f)
{
    const bool past = f->type == XJ_F_PAST;
    const bool headed = f->type == XJ_F_DELIVER || f->type == XJ_F_FEED || f->type == XJ_F_REGISTER_ENTRIES || past;
    if (headed) f->n = take_u(c);
    if (past) f->next = take_u(c);
    f->list = raw_field(frame, past ? 6 : headed ? 5 : 4);
    const uint32_t min = f->type == XJ_F_SUBMIT || f->type == XJ_F_ANSWER ? 1 : 0;
    const uint32_t max = f->type == XJ_F_REGISTER_ENTRIES ? XJ_MAX_FRAME_NODES : XJ_MAX_BATCH;
    f->items = xj_take_array(c, min, max);
    uint32_t count;
    if (!xj_span_enter(&f->list, &count)) xj_cur_spoil(c);
}

static void take_handback(struct xj_cur *c, struct xj_slice frame, struct xj_frame *f)
{
    struct xj_handback *h = &f->handback;
    take_id(c, &h->exchange);
    h->from = take_u(c);
    h->next = take_u(c);
    h->ledger_size = take_u(c);
    if (h->next < h->from) xj_cur_spoil(c);
    f->list = raw_field(frame, 8);
    f->items = xj_take_array(c, 0, XJ_MAX_BATCH);
    f->digests = xj_take_array(c, 0, XJ_MAX_HANDBACK_PAPERS);
    uint32_t count;
    if (!xj_span_enter(&f->list, &count)) xj_cur_spoil(c);
}

static void take_fields(struct xj_cur *c, struct xj_slice frame, struct xj_frame *f)
{
    switch (f->type) {
    case XJ_F_HELLO: take_hello(c, &f->hello); break;
    case XJ_F_WELCOME: take_welcome(c, &f->welcome); break;
    case XJ_F_NOTICE: take_notice(c, f); break;
    case XJ_F_PULSE: take_pulse(c, &f->pulse); break;
    case XJ_F_SUBMIT: case XJ_F_ANSWER: case XJ_F_DELIVER: case XJ_F_FEED: case XJ_F_REGISTER_ENTRIES: case XJ_F_PAST: case XJ_F_CONFIRMED:
        take_list(c, frame, f);
        break;
    case XJ_F_PAPER_PUT: case XJ_F_PAPER: take_paper(c, f); break;
    case XJ_F_STORED:
        take_signed(c, frame, XJ_MAX_STATEMENT_BYTES, f);
        f->n = take_u(c);
        break;
    case XJ_F_REGISTER_PUT: take_signed(c, frame, XJ_MAX_REGISTER_ENTRY_BYTES, f); break;
    case XJ_F_UNRECOVERED: take_signed(c, frame, XJ_MAX_STATEMENT_BYTES, f); break;
    case XJ_F_HANDBACK: take_handback(c, frame, f); break;
    case XJ_F_HANDBACK_GET:
        f->n = take_u(c);
        f->digests = xj_take_array(c, 0, XJ_MAX_HANDBACK_PAPERS);
        break;
    case XJ_F_CONFIRM: take_signed(c, frame, XJ_MAX_STATEMENT_BYTES, f); break;
    case XJ_F_ORDER_GET: take_id(c, &f->id); break;
    case XJ_F_FEED_GET: case XJ_F_REGISTER_GET: case XJ_F_PAST_GET: case XJ_F_REGISTERED: f->n = take_u(c); break;
    case XJ_F_PAPER_GET: take_hash(c, &f->digest); break;
    case XJ_F_HEARTBEAT: break;
    default: xj_cur_spoil(c); break;
    }
}

enum xj_err xj_frame_open(struct xj_slice bytes, struct xj_frame *ret)
{
    memset(ret, 0, sizeof *ret);
    if (bytes.n > XJ_MAX_FRAME_BYTES) return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&ret->doc, bytes, XJ_MAX_FRAME_NODES);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&ret->doc.root, 4, 16);
    const uint64_t type = xj_take_uint(&c, XJ_F_ORDER_GET);
    if (xj_take_uint(&c, UINT64_MAX) != PROTOCOL) xj_cur_spoil(&c);
    ret->epoch = take_u(&c);
    ret->number = take_u(&c);
    if (!c.bad) {
        ret->type = (enum xj_frame_type)type;
        take_fields(&c, bytes, ret);
    }
    err = xj_cur_end(&c);
    if (!err && (ret->items.bad || ret->digests.bad)) err = XJ_EMALFORMED;
    if (err) xj_frame_close(ret);
    return err;
}

void xj_frame_close(struct xj_frame *f)
{
    xj_doc_close(&f->doc);
}

/* The i-th part of an item as the bytes that came; spoils the list when it is longer than it may be. */
static struct xj_slice raw_part(struct xj_frame *f, struct xj_slice item, uint32_t i)
{
    struct xj_slice s = {NULL, 0};
    if (!xj_span_element(item, i, &s) || s.n > XJ_MAX_SIGNATURE_BYTES) f->items.bad = true;
    return s;
}

static void item_answer(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 3, 3);
    ret->number = xj_take_uint(&c, 2);
    if (!ret->number) xj_cur_spoil(&c);
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_STATEMENT_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 2);
    if (xj_cur_end(&c)) f->items.bad = true;
}

static void item_deliver(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 4, 4);
    ret->number = take_u(&c);
    ret->message = xj_take_bin(&c, 1, XJ_MAX_FRAME_BYTES);
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_STATEMENT_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 3);
    if (xj_cur_end(&c)) f->items.bad = true;
}

static void item_feed(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 4, 4);
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_STATEMENT_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 1);
    const bool none = xj_take_nil(&c);
    if (!none) ret->stored = xj_take_bin(&c, 1, XJ_MAX_STATEMENT_BYTES);
    if (none != xj_take_nil(&c)) xj_cur_spoil(&c); /* the statement and its signature come together */
    if (!none) {
        xj_take_any(&c);
        ret->stored_signature = raw_part(f, raw, 3);
    }
    if (xj_cur_end(&c)) f->items.bad = true;
}

static void item_entry(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 2, 2);
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 1);
    if (xj_cur_end(&c)) f->items.bad = true;
}

static void item_past(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 4, 4);
    ret->number = xj_take_uint(&c, 5);
    if (ret->number < 3) xj_cur_spoil(&c);
    if (!xj_take_nil(&c)) ret->message = xj_take_bin(&c, 1, XJ_MAX_FRAME_BYTES);
    if ((ret->message.n == 0) != (ret->number == 5)) xj_cur_spoil(&c); /* a stored statement comes without a message, an answer with it */
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_STATEMENT_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 3);
    if (xj_cur_end(&c)) f->items.bad = true;
}

static void item_handback(struct xj_frame *f, struct xj_slice raw, struct xj_frame_item *ret)
{
    struct xj_cur c = xj_take_array(&f->items, 4, 4);
    ret->number = xj_take_uint(&c, 255);
    ret->statement = xj_take_bin(&c, 1, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_take_any(&c);
    ret->signature = raw_part(f, raw, 2);
    if (!xj_take_nil(&c)) ret->message = xj_take_bin(&c, 1, XJ_MAX_FRAME_BYTES);
    if (xj_cur_end(&c)) f->items.bad = true;
}

bool xj_frame_next_digest(struct xj_frame *f, struct xj_hash *ret)
{
    if (f->digests.bad || !f->digests.left) return false;
    take_hash(&f->digests, ret);
    return !f->digests.bad;
}

bool xj_frame_next(struct xj_frame *f, struct xj_frame_item *ret)
{
    memset(ret, 0, sizeof *ret);
    if (f->items.bad || !f->items.left) return false;
    struct xj_slice raw = {NULL, 0};
    if (f->type != XJ_F_NOTICE && !xj_span_next(&f->list, &raw)) f->items.bad = true;
    switch (f->type) {
    case XJ_F_SUBMIT: ret->message = xj_take_bin(&f->items, 1, XJ_MAX_FRAME_BYTES); break;
    case XJ_F_ANSWER: item_answer(f, raw, ret); break;
    case XJ_F_DELIVER: item_deliver(f, raw, ret); break;
    case XJ_F_FEED: item_feed(f, raw, ret); break;
    case XJ_F_REGISTER_ENTRIES: case XJ_F_CONFIRMED: item_entry(f, raw, ret); break;
    case XJ_F_PAST: item_past(f, raw, ret); break;
    case XJ_F_HANDBACK: item_handback(f, raw, ret); break;
    case XJ_F_NOTICE: take_hash(&f->items, &ret->digest); break;
    default: return false;
    }
    return !f->items.bad;
}

/* ---- writing ---- */

static void begin(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number, uint32_t fields)
{
    xj_put_array(out, 4 + fields);
    xj_put_uint(out, type);
    xj_put_uint(out, PROTOCOL);
    xj_put_uint(out, epoch);
    xj_put_uint(out, number);
}

static void put_hash(struct xj_buf *out, const struct xj_hash *h)
{
    xj_put_bin(out, h->b, XJ_HASH_SIZE);
}

static void put_maybe_hash(struct xj_buf *out, bool has, const struct xj_hash *h)
{
    if (has) put_hash(out, h);
    else xj_put_nil(out);
}

void xj_frame_hello(struct xj_buf *out, uint64_t number, const struct xj_hello *h)
{
    begin(out, XJ_F_HELLO, 0, number, 12);
    xj_put_bin(out, h->store.b, XJ_ID_SIZE);
    xj_put_bin(out, h->nonce.b, XJ_ID_SIZE);
    xj_put_uint(out, h->last_epoch);
    xj_put_uint(out, h->ledger_size);
    put_hash(out, &h->ledger_head);
    xj_put_uint(out, h->own_number);
    put_maybe_hash(out, h->has_own_digest, &h->own_digest);
    xj_put_uint(out, h->mailbox);
    xj_put_uint(out, h->feed);
    xj_put_uint(out, h->register_number);
    xj_put_uint(out, h->credit);
    xj_put_str(out, h->software);
}

void xj_frame_welcome(struct xj_buf *out, uint64_t number, const struct xj_welcome *w)
{
    begin(out, XJ_F_WELCOME, w->epoch, number, 11);
    xj_put_bin(out, w->store.b, XJ_ID_SIZE);
    xj_put_uint(out, w->epoch);
    xj_put_uint(out, w->ledger_size);
    put_hash(out, &w->ledger_head);
    xj_put_uint(out, w->own_number);
    put_maybe_hash(out, w->has_own_digest, &w->own_digest);
    xj_put_uint(out, w->mailbox_stored);
    xj_put_uint(out, w->mailbox_head);
    xj_put_uint(out, w->feed_head);
    xj_put_uint(out, w->register_head);
    xj_put_int(out, w->time_ms);
}

void xj_frame_notice(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_notice *n)
{
    begin(out, XJ_F_NOTICE, epoch, number, 5);
    xj_put_str(out, n->code);
    xj_put_uint(out, n->number);
    xj_put_array(out, (uint32_t)n->digest_count);
    for (size_t i = 0; i < n->digest_count; i++) xj_put_bin(out, n->digests.p + i * XJ_HASH_SIZE, XJ_HASH_SIZE);
    xj_put_str(out, n->text_zh);
    xj_put_str(out, n->text_en);
}

void xj_frame_pulse(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_pulse *p)
{
    begin(out, XJ_F_PULSE, epoch, number, 4);
    xj_put_int(out, p->time_ms);
    xj_put_uint(out, p->mailbox_head);
    xj_put_uint(out, p->feed_head);
    xj_put_uint(out, p->register_head);
}

void xj_frame_heartbeat(struct xj_buf *out, uint64_t epoch, uint64_t number)
{
    begin(out, XJ_F_HEARTBEAT, epoch, number, 0);
}

void xj_frame_get(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number, uint64_t from)
{
    begin(out, type, epoch, number, 1);
    xj_put_uint(out, from);
}

void xj_frame_paper_get(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_hash *digest)
{
    begin(out, XJ_F_PAPER_GET, epoch, number, 1);
    put_hash(out, digest);
}

void xj_frame_paper(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number,
                    const struct xj_hash *digest, struct xj_slice bytes)
{
    begin(out, type, epoch, number, 2);
    put_hash(out, digest);
    if (bytes.n) xj_put_bins(out, bytes);
    else xj_put_nil(out);
}

void xj_frame_stored(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement,
                     struct xj_slice signature, uint64_t credit)
{
    begin(out, XJ_F_STORED, epoch, number, 3);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
    xj_put_uint(out, credit);
}

void xj_frame_register_put(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice entry,
                           struct xj_slice signature)
{
    begin(out, XJ_F_REGISTER_PUT, epoch, number, 2);
    xj_put_bins(out, entry);
    xj_put_raw(out, signature);
}

void xj_frame_confirm(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement, struct xj_slice signature)
{
    begin(out, XJ_F_CONFIRM, epoch, number, 2);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
}

void xj_frame_order_get(struct xj_buf *out, uint64_t epoch, uint64_t number, const uint8_t order[XJ_ID_SIZE])
{
    begin(out, XJ_F_ORDER_GET, epoch, number, 1);
    xj_put_bin(out, order, XJ_ID_SIZE);
}

void xj_frame_registered(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t head)
{
    begin(out, XJ_F_REGISTERED, epoch, number, 1);
    xj_put_uint(out, head);
}

void xj_frame_list(struct xj_buf *out, enum xj_frame_type type, uint64_t epoch, uint64_t number, uint64_t head,
                   uint32_t count)
{
    const bool headed = type == XJ_F_DELIVER || type == XJ_F_FEED || type == XJ_F_REGISTER_ENTRIES;
    begin(out, type, epoch, number, headed ? 2 : 1);
    if (headed) xj_put_uint(out, head);
    xj_put_array(out, count);
}

void xj_frame_put_submit(struct xj_buf *out, struct xj_slice message)
{
    xj_put_bins(out, message);
}

void xj_frame_put_answer(struct xj_buf *out, unsigned kind, struct xj_slice statement, struct xj_slice signature)
{
    xj_put_array(out, 3);
    xj_put_uint(out, kind);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
}

void xj_frame_put_deliver(struct xj_buf *out, uint64_t mailbox_number, struct xj_slice message, struct xj_slice statement,
                          struct xj_slice signature)
{
    xj_put_array(out, 4);
    xj_put_uint(out, mailbox_number);
    xj_put_bins(out, message);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
}

void xj_frame_put_feed(struct xj_buf *out, struct xj_slice statement, struct xj_slice signature, struct xj_slice stored,
                       struct xj_slice stored_signature)
{
    xj_put_array(out, 4);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
    if (stored.n) xj_put_bins(out, stored);
    else xj_put_nil(out);
    if (stored.n) xj_put_raw(out, stored_signature);
    else xj_put_nil(out);
}

void xj_frame_handback(struct xj_buf *out, uint64_t epoch, uint64_t number, const struct xj_handback *h, uint32_t count)
{
    begin(out, XJ_F_HANDBACK, epoch, number, 6);
    xj_put_bin(out, h->exchange.b, XJ_ID_SIZE);
    xj_put_uint(out, h->from);
    xj_put_uint(out, h->next);
    xj_put_uint(out, h->ledger_size);
    xj_put_array(out, count);
}

void xj_frame_put_handback(struct xj_buf *out, unsigned kind, struct xj_slice statement, struct xj_slice signature,
                           struct xj_slice message)
{
    xj_put_array(out, 4);
    xj_put_uint(out, kind);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
    if (message.n) xj_put_bins(out, message);
    else xj_put_nil(out);
}

void xj_frame_put_digests(struct xj_buf *out, struct xj_slice digests)
{
    xj_put_array(out, (uint32_t)(digests.n / XJ_HASH_SIZE));
    for (size_t at = 0; at < digests.n; at += XJ_HASH_SIZE) xj_put_bin(out, digests.p + at, XJ_HASH_SIZE);
}

void xj_frame_handback_get(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t from, struct xj_slice digests)
{
    begin(out, XJ_F_HANDBACK_GET, epoch, number, 2);
    xj_put_uint(out, from);
    xj_frame_put_digests(out, digests);
}

void xj_frame_unrecovered(struct xj_buf *out, uint64_t epoch, uint64_t number, struct xj_slice statement,
                          struct xj_slice signature)
{
    begin(out, XJ_F_UNRECOVERED, epoch, number, 2);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
}

void xj_frame_put_entry(struct xj_buf *out, struct xj_slice entry, struct xj_slice signature)
{
    xj_put_array(out, 2);
    xj_put_bins(out, entry);
    xj_put_raw(out, signature);
}

void xj_frame_past(struct xj_buf *out, uint64_t epoch, uint64_t number, uint64_t from, uint64_t next, uint32_t count)
{
    begin(out, XJ_F_PAST, epoch, number, 3);
    xj_put_uint(out, from);
    xj_put_uint(out, next);
    xj_put_array(out, count);
}

void xj_frame_put_past(struct xj_buf *out, unsigned kind, struct xj_slice message, struct xj_slice statement,
                       struct xj_slice signature)
{
    xj_put_array(out, 4);
    xj_put_uint(out, kind);
    if (message.n) xj_put_bins(out, message);
    else xj_put_nil(out);
    xj_put_bins(out, statement);
    xj_put_raw(out, signature);
}
