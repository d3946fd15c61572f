#include "schema/wire/destroyed.h"

#include <stdlib.h>
#include <string.h>

#include "schema/wire/names.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define DESTROYED_NODES 16384u
#define OPENED_NODES 16u

void xj_destroyed_encode(const struct xj_destroyed *d, struct xj_buf *out)
{
    xj_put_array(out, 9);
    xj_put_str(out, d->holder);
    xj_put_bin(out, d->order, sizeof d->order);
    xj_put_uint(out, d->order_number);
    xj_put_uint(out, d->register_number);
    xj_put_int(out, d->time_ms);
    xj_put_bool(out, d->last);
    xj_put_array(out, (uint32_t)d->message_count);
    for (size_t i = 0; i < d->message_count; i++)
        xj_put_bins(out, xj_id_slice(&d->messages[i]));
    xj_put_array(out, (uint32_t)d->digest_count);
    for (size_t i = 0; i < d->digest_count; i++)
        xj_put_bins(out, xj_hash_slice(&d->digests[i]));
    xj_put_array(out, (uint32_t)d->holder_count);
    for (size_t i = 0; i < d->holder_count; i++)
        xj_put_str(out, d->holders[i]);
}

void xj_destroyed_free(struct xj_destroyed *d)
{
    free(d->messages);
    free(d->digests);
    free(d->holders);
    d->messages = NULL;
    d->digests = NULL;
    d->holders = NULL;
}

static bool take_lists(struct xj_cur *c, struct xj_destroyed *d)
{
    struct xj_cur messages = xj_take_array(c, 0, XJ_DESTROYED_MESSAGES), digests = xj_take_array(c, 0, XJ_DESTROYED_DIGESTS),
                  holders = xj_take_array(c, 0, XJ_DESTROYED_HOLDERS);
    d->messages = calloc((size_t)messages.left + 1, sizeof *d->messages);
    d->digests = calloc((size_t)digests.left + 1, sizeof *d->digests);
    d->holders = calloc((size_t)holders.left + 1, sizeof *d->holders);
    if (d->messages == NULL || d->digests == NULL || d->holders == NULL)
        return false;
    while (messages.left > 0 && !messages.bad)
        xj_take_bin_to(&messages, d->messages[d->message_count++].b, XJ_ID_SIZE);
    while (digests.left > 0 && !digests.bad)
        xj_take_bin_to(&digests, d->digests[d->digest_count++].b, XJ_HASH_SIZE);
    while (holders.left > 0 && !holders.bad) {
        struct xj_slice agency = xj_take_str(&holders, 1, XJ_MAX_AGENCY_BYTES);
        if (!xj_agency_ok(agency))
            xj_cur_spoil(&holders);
        d->holders[d->holder_count++] = agency;
    }
    if (xj_cur_end(&messages) != XJ_OK || xj_cur_end(&digests) != XJ_OK || xj_cur_end(&holders) != XJ_OK)
        xj_cur_spoil(c);
    return true;
}

static bool sound(const struct xj_destroyed *d)
{
    bool exchange = xj_slice_is(d->holder, "exchange");
    return (exchange || (xj_agency_ok(d->holder) && d->holder_count == 0 && d->message_count > 0)) && d->order_number > 1 && d->register_number >= d->order_number;
}

enum xj_err xj_destroyed_decode(struct xj_slice bytes, struct xj_destroyed *ret)
{
    struct xj_doc doc = {0};
    memset(ret, 0, sizeof *ret);
    if (bytes.n > XJ_MAX_STATEMENT_BYTES)
        return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&doc, bytes, DESTROYED_NODES);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 9, 9);
    ret->holder = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    xj_take_bin_to(&c, ret->order, sizeof ret->order);
    ret->order_number = xj_take_uint(&c, UINT64_MAX);
    ret->register_number = xj_take_uint(&c, UINT64_MAX);
    ret->time_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    ret->last = xj_take_bool(&c);
    if (!take_lists(&c, ret))
        err = XJ_ENOMEM;
    else
        err = xj_cur_end(&c) == XJ_OK && sound(ret) ? XJ_OK : XJ_EMALFORMED;
    xj_doc_close(&doc);
    return err;
}

/* ---- a restricted record was read ---- */

void xj_opened_encode(const struct xj_opened *o, struct xj_buf *out)
{
    xj_put_array(out, 7);
    xj_put_bin(out, o->order, sizeof o->order);
    xj_put_uint(out, o->order_number);
    xj_put_bins(out, xj_id_slice(&o->message));
    if (o->has_paper)
        xj_put_bins(out, xj_hash_slice(&o->paper));
    else
        xj_put_nil(out);
    xj_put_str(out, o->by);
    xj_put_str(out, o->second);
    xj_put_str(out, o->reason);
}

enum xj_err xj_opened_decode(struct xj_slice bytes, struct xj_opened *ret)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, OPENED_NODES);
    if (err != XJ_OK)
        return err == XJ_ENOMEM ? err : XJ_EMALFORMED;
    struct xj_cur c = xj_cur_over(&doc.root, 7, 7);
    memset(ret, 0, sizeof *ret);
    xj_take_bin_to(&c, ret->order, sizeof ret->order);
    ret->order_number = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->message.b, sizeof ret->message.b);
    ret->has_paper = !xj_take_nil(&c);
    if (ret->has_paper)
        xj_take_bin_to(&c, ret->paper.b, sizeof ret->paper.b);
    ret->by = xj_take_str(&c, 1, XJ_MAX_TITLE_BYTES);
    ret->second = xj_take_str(&c, 1, XJ_MAX_TITLE_BYTES);
    ret->reason = xj_take_str(&c, 1, XJ_OPENED_REASON_BYTES);
    err = xj_cur_end(&c) == XJ_OK && !xj_slice_eq(ret->by, ret->second) ? XJ_OK : XJ_EMALFORMED;
    xj_doc_close(&doc);
    return err;
}
