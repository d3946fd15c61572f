#include "schema/wire/statement.h"

#include <stdlib.h>
#include <string.h>

#include "schema/wire/names.h"
#include "schema/wire/pack.h"

#define STATEMENT_NODES 65536u
#define TEXT_BYTES 4096u

static void put_hash(struct xj_buf *out, const struct xj_hash *h)
{
    xj_put_bin(out, h->b, XJ_HASH_SIZE);
}

static struct xj_slice take_agency(struct xj_cur *c)
{
    const struct xj_slice s = xj_take_str(c, 1, XJ_MAX_AGENCY_BYTES);
    if (!c->bad && !xj_agency_ok(s)) xj_cur_spoil(c);
    return s;
}

static int64_t take_time(struct xj_cur *c)
{
    return xj_take_int(c, INT64_MIN, INT64_MAX);
}

/* ---- admitted ---- */

static void put_after(struct xj_buf *out, const struct xj_st_after *a)
{
    xj_put_array(out, 5);
    xj_put_str(out, a->track);
    xj_put_str(out, a->owner);
    if (a->has_subject) xj_put_bin(out, a->subject.party, sizeof a->subject.party);
    else xj_put_nil(out);
    if (a->has_subject && a->subject.has_charge) xj_put_bin(out, a->subject.charge, sizeof a->subject.charge);
    else xj_put_nil(out);
    xj_put_str(out, a->state);
}

void xj_admitted_encode(const struct xj_admitted *s, struct xj_buf *out)
{
    xj_put_array(out, 7);
    xj_put_uint(out, s->seq);
    xj_put_int(out, s->time_ms);
    put_hash(out, &s->message);
    xj_put_uint(out, s->register_number);
    xj_put_array(out, (uint32_t)s->after_count);
    for (size_t i = 0; i < s->after_count; i++) put_after(out, &s->after[i]);
    xj_put_array(out, (uint32_t)s->breach_count);
    for (size_t i = 0; i < s->breach_count; i++) {
        xj_put_array(out, 2);
        xj_put_str(out, s->breaches[i].code);
        xj_put_str(out, s->breaches[i].detail);
    }
    xj_put_array(out, (uint32_t)s->recipient_count);
    for (size_t i = 0; i < s->recipient_count; i++) {
        xj_put_array(out, 2);
        xj_put_str(out, s->recipients[i].agency);
        xj_put_uint(out, s->recipients[i].number);
    }
}

static void take_after(struct xj_cur *list, struct xj_st_after *ret)
{
    struct xj_cur c = xj_take_array(list, 5, 5);
    ret->track = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    ret->owner = take_agency(&c);
    ret->subject = (struct xj_subject){.has_charge = false};
    ret->has_subject = !xj_take_nil(&c);
    if (ret->has_subject) xj_take_bin_to(&c, ret->subject.party, sizeof ret->subject.party);
    ret->subject.has_charge = !xj_take_nil(&c);
    if (ret->subject.has_charge) xj_take_bin_to(&c, ret->subject.charge, sizeof ret->subject.charge);
    if (ret->subject.has_charge && !ret->has_subject) xj_cur_spoil(&c);
    ret->state = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    if (xj_cur_end(&c)) xj_cur_spoil(list);
}

static void take_lists(struct xj_cur *c, struct xj_admitted *ret)
{
    struct xj_cur after = xj_take_array(c, 0, XJ_MAX_AFTER);
    while (after.left && !after.bad) take_after(&after, &ret->after[ret->after_count++]);
    struct xj_cur breaches = xj_take_array(c, 0, XJ_MAX_BREACHES);
    while (breaches.left && !breaches.bad) {
        struct xj_cur b = xj_take_array(&breaches, 2, 2);
        struct xj_st_breach *to = &ret->breaches[ret->breach_count++];
        to->code = xj_take_str(&b, 1, XJ_MAX_NAME_BYTES);
        to->detail = xj_take_str(&b, 0, XJ_MAX_NAME_BYTES * 2);
        if (xj_cur_end(&b)) xj_cur_spoil(&breaches);
    }
    struct xj_cur recipients = xj_take_array(c, 0, XJ_MAX_TO + XJ_MAX_JOINT);
    while (recipients.left && !recipients.bad) {
        struct xj_cur r = xj_take_array(&recipients, 2, 2);
        struct xj_st_recipient *to = &ret->recipients[ret->recipient_count++];
        to->agency = take_agency(&r);
        to->number = xj_take_uint(&r, UINT64_MAX);
        if (xj_cur_end(&r) || !to->number) xj_cur_spoil(&recipients);
    }
    if (xj_cur_end(&after) || xj_cur_end(&breaches) || xj_cur_end(&recipients)) xj_cur_spoil(c);
}

enum xj_err xj_admitted_decode(struct xj_slice bytes, struct xj_admitted *ret)
{
    ret->after_count = ret->breach_count = ret->recipient_count = 0;
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, STATEMENT_NODES);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 7, 7);
    ret->seq = xj_take_uint(&c, UINT64_MAX);
    ret->time_ms = take_time(&c);
    xj_take_bin_to(&c, ret->message.b, XJ_HASH_SIZE);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    take_lists(&c, ret);
    err = xj_cur_end(&c);
    xj_doc_close(&doc); /* strings and bins are views into bytes, not into the document */
    return err;
}

/* ---- refused ---- */

void xj_refused_encode(const struct xj_refused *s, struct xj_buf *out)
{
    xj_put_array(out, 13);
    xj_put_int(out, s->time_ms);
    xj_put_str(out, s->agency);
    xj_put_bin(out, s->id.b, XJ_ID_SIZE);
    put_hash(out, &s->message);
    xj_put_uint(out, s->number);
    xj_put_uint(out, s->register_number);
    const struct xj_slice texts[] = {s->code, s->detail, s->rule, s->article, s->remedy_zh, s->remedy_en};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) xj_put_str(out, texts[i]);
    xj_put_uint(out, s->position);
}

enum xj_err xj_refused_decode(struct xj_slice bytes, struct xj_refused *ret)
{
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, 32);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 13, 13);
    ret->time_ms = take_time(&c);
    ret->agency = take_agency(&c);
    xj_take_bin_to(&c, ret->id.b, XJ_ID_SIZE);
    xj_take_bin_to(&c, ret->message.b, XJ_HASH_SIZE);
    ret->number = xj_take_uint(&c, UINT64_MAX);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    ret->code = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    ret->detail = xj_take_str(&c, 0, TEXT_BYTES);
    ret->rule = xj_take_str(&c, 0, TEXT_BYTES);
    ret->article = xj_take_str(&c, 0, TEXT_BYTES);
    ret->remedy_zh = xj_take_str(&c, 0, TEXT_BYTES);
    ret->remedy_en = xj_take_str(&c, 0, TEXT_BYTES);
    ret->position = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c);
    xj_doc_close(&doc);
    return err;
}

/* ---- stored ---- */

void xj_stored_encode(const struct xj_stored *s, struct xj_buf *out)
{
    xj_put_array(out, 8);
    xj_put_str(out, s->agency);
    xj_put_uint(out, s->first);
    xj_put_uint(out, s->last);
    put_hash(out, &s->root);
    xj_put_uint(out, s->ledger_size);
    put_hash(out, &s->ledger_head);
    xj_put_int(out, s->time_ms);
    xj_put_uint(out, s->register_number);
}

enum xj_err xj_stored_decode(struct xj_slice bytes, struct xj_stored *ret)
{
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, 16);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 8, 8);
    ret->agency = take_agency(&c);
    ret->first = xj_take_uint(&c, UINT64_MAX);
    ret->last = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->root.b, XJ_HASH_SIZE);
    ret->ledger_size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->ledger_head.b, XJ_HASH_SIZE);
    ret->time_ms = take_time(&c);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c);
    if (!err && (!ret->first || ret->last < ret->first)) err = XJ_EMALFORMED;
    xj_doc_close(&doc);
    return err;
}

/* ---- delivered ---- */

static void put_item(struct xj_buf *out, const struct xj_delivered_item *item)
{
    xj_put_array(out, 4);
    put_hash(out, &item->message);
    xj_put_uint(out, item->mailbox_number);
    if (!item->has_path) {
        xj_put_nil(out);
        xj_put_nil(out);
        return;
    }
    xj_put_uint(out, item->index);
    xj_put_array(out, (uint32_t)item->path_count);
    for (size_t i = 0; i < item->path_count; i++) put_hash(out, &item->path[i]);
}

void xj_delivered_encode(const struct xj_delivered *s, struct xj_buf *out)
{
    xj_put_array(out, 8);
    xj_put_str(out, s->owner);
    xj_put_uint(out, s->number);
    xj_put_str(out, s->recipient);
    xj_put_int(out, s->recipient_ms);
    xj_put_int(out, s->exchange_ms);
    put_hash(out, &s->stored);
    xj_put_uint(out, s->register_number);
    xj_put_array(out, (uint32_t)s->item_count);
    for (size_t i = 0; i < s->item_count; i++) put_item(out, &s->items[i]);
}

static void take_item(struct xj_cur *list, struct xj_delivered_item *ret)
{
    struct xj_cur c = xj_take_array(list, 4, 4);
    xj_take_bin_to(&c, ret->message.b, XJ_HASH_SIZE);
    ret->mailbox_number = xj_take_uint(&c, UINT64_MAX);
    ret->has_path = !xj_take_nil(&c);
    if (!ret->has_path) {
        if (!xj_take_nil(&c)) xj_cur_spoil(&c);
    } else {
        ret->index = xj_take_uint(&c, UINT64_MAX);
        struct xj_cur path = xj_take_array(&c, 0, XJ_TREE_MAX_PATH);
        while (path.left && !path.bad) xj_take_bin_to(&path, ret->path[ret->path_count++].b, XJ_HASH_SIZE);
        if (xj_cur_end(&path)) xj_cur_spoil(&c);
    }
    if (xj_cur_end(&c)) xj_cur_spoil(list);
}

enum xj_err xj_delivered_decode(struct xj_slice bytes, struct xj_delivered *ret)
{
    memset(ret, 0, sizeof *ret);
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, STATEMENT_NODES);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 8, 8);
    ret->owner = take_agency(&c);
    ret->number = xj_take_uint(&c, UINT64_MAX);
    ret->recipient = take_agency(&c);
    ret->recipient_ms = take_time(&c);
    ret->exchange_ms = take_time(&c);
    xj_take_bin_to(&c, ret->stored.b, XJ_HASH_SIZE);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    struct xj_cur items = xj_take_array(&c, 0, XJ_MAX_CREDIT);
    if (!items.bad && items.left && !(ret->items = calloc(items.left, sizeof *ret->items))) {
        xj_doc_close(&doc);
        return XJ_ENOMEM;
    }
    while (items.left && !items.bad) take_item(&items, &ret->items[ret->item_count++]);
    err = xj_cur_end(&items);
    if (!err) err = xj_cur_end(&c);
    xj_doc_close(&doc);
    if (err) {
        free(ret->items);
        ret->items = NULL;
    }
    return err;
}

/* ---- recovered ---- */

bool xj_lost_eq(const struct xj_lost *x, const struct xj_lost *y)
{
    return x->size == y->size && xj_hash_eq(&x->head, &y->head) && x->own_number == y->own_number && x->mailbox == y->mailbox &&
           x->feed == y->feed;
}

void xj_recovered_encode(const struct xj_recovered *s, struct xj_buf *out)
{
    xj_put_array(out, 11);
    xj_put_str(out, s->agency);
    xj_put_uint(out, s->epoch);
    xj_put_uint(out, s->lost.size);
    put_hash(out, &s->lost.head);
    xj_put_uint(out, s->ledger_size);
    put_hash(out, &s->ledger_head);
    xj_put_uint(out, s->lost.own_number);
    xj_put_uint(out, s->lost.mailbox);
    xj_put_uint(out, s->lost.feed);
    xj_put_int(out, s->time_ms);
    xj_put_uint(out, s->register_number);
}

enum xj_err xj_recovered_decode(struct xj_slice bytes, struct xj_recovered *ret)
{
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, 16);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 11, 11);
    ret->agency = take_agency(&c);
    ret->epoch = xj_take_uint(&c, UINT64_MAX);
    ret->lost.size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->lost.head.b, XJ_HASH_SIZE);
    ret->ledger_size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->ledger_head.b, XJ_HASH_SIZE);
    ret->lost.own_number = xj_take_uint(&c, UINT64_MAX);
    ret->lost.mailbox = xj_take_uint(&c, UINT64_MAX);
    ret->lost.feed = xj_take_uint(&c, UINT64_MAX);
    ret->time_ms = take_time(&c);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c);
    xj_doc_close(&doc);
    return err;
}

/* ---- unrecovered ---- */

void xj_unrecovered_encode(const struct xj_unrecovered *s, struct xj_buf *out)
{
    xj_put_array(out, 6);
    xj_put_str(out, s->agency);
    xj_put_uint(out, s->which);
    xj_put_uint(out, s->first);
    xj_put_uint(out, s->last);
    xj_put_int(out, s->time_ms);
    xj_put_uint(out, s->register_number);
}

enum xj_err xj_unrecovered_decode(struct xj_slice bytes, struct xj_unrecovered *ret)
{
    if (bytes.n > XJ_MAX_STATEMENT_BYTES) return XJ_ELIMIT;
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, 16);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 6, 6);
    ret->agency = take_agency(&c);
    ret->which = (enum xj_numbers)xj_take_uint(&c, XJ_NUMBERS_OWN);
    ret->first = xj_take_uint(&c, INT64_MAX);
    ret->last = xj_take_uint(&c, INT64_MAX);
    ret->time_ms = take_time(&c);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c);
    if (!err && (!ret->which || !ret->first || ret->last < ret->first)) err = XJ_EMALFORMED;
    xj_doc_close(&doc);
    return err;
}
