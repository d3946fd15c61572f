#include <string.h>

#include "agents/agent/core/state.h"
#include "schema/base/be.h"

#define KEY_CEILING 256u
#define VALUE_CEILING 8192u
#define VALUE_NODES 512u

void xj_kv_key(struct xj_buf *key, const char *prefix, struct xj_slice tail)
{
    xj_buf_init(key, KEY_CEILING);
    xj_buf_add_str(key, prefix);
    xj_buf_add_slice(key, tail);
}

void xj_kv_key_number(struct xj_buf *key, const char *prefix, uint64_t number)
{
    uint8_t be[8];
    xj_be_put(number, be, sizeof be);
    xj_kv_key(key, prefix, xj_slice_of(be, sizeof be));
}

static enum xj_err put(struct xj_agent *a, struct xj_buf *key, struct xj_buf *value)
{
    enum xj_err err = key->err != XJ_OK ? key->err : value->err;
    if (err == XJ_OK)
        err = a->store.put(a->store.ctx, xj_buf_slice(key), xj_buf_slice(value));
    xj_buf_free(key);
    xj_buf_free(value);
    return err;
}

/* XJ_ENOTFOUND leaves value empty; the caller frees value in any case. */
static enum xj_err get(struct xj_agent *a, struct xj_buf *key, struct xj_buf *value)
{
    xj_buf_init(value, VALUE_CEILING);
    enum xj_err err = key->err;
    if (err == XJ_OK)
        err = a->store.get(a->store.ctx, xj_buf_slice(key), value);
    xj_buf_free(key);
    return err;
}

enum xj_err xj_kv_put_number(struct xj_agent *a, const char *prefix, struct xj_slice tail, uint64_t number)
{
    struct xj_buf key, value;
    uint8_t be[8];
    xj_be_put(number, be, sizeof be);
    xj_kv_key(&key, prefix, tail);
    xj_buf_init(&value, VALUE_CEILING);
    xj_buf_add(&value, be, sizeof be);
    return put(a, &key, &value);
}

enum xj_err xj_kv_put_at(struct xj_agent *a, const char *prefix, uint64_t at, uint64_t value)
{
    uint8_t be[8];
    xj_be_put(at, be, sizeof be);
    return xj_kv_put_number(a, prefix, xj_slice_of(be, sizeof be), value);
}

enum xj_err xj_kv_get_number(struct xj_agent *a, const char *prefix, struct xj_slice tail, bool *ret_found, uint64_t *ret)
{
    struct xj_buf key, value;
    xj_kv_key(&key, prefix, tail);
    enum xj_err err = get(a, &key, &value);
    *ret = 0;
    *ret_found = err == XJ_OK;
    if (err == XJ_OK && value.n != 8)
        err = XJ_ECORRUPT;
    if (err == XJ_OK)
        *ret = xj_be_get(value.p, 8);
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_own_by_digest(struct xj_agent *a, const struct xj_hash *digest, bool *ret_found, uint64_t *ret_number)
{
    return xj_kv_get_number(a, "Od", xj_hash_slice(digest), ret_found, ret_number);
}

enum xj_err xj_own_save(struct xj_agent *a, uint64_t number, const struct xj_own *own)
{
    struct xj_buf key, value;
    xj_kv_key_number(&key, "On", number);
    xj_buf_init(&value, VALUE_CEILING);
    xj_put_array(&value, 6);
    xj_put_bins(&value, xj_id_slice(&own->id));
    xj_put_bins(&value, xj_hash_slice(&own->digest));
    xj_put_uint(&value, own->entry);
    xj_put_uint(&value, (uint64_t)own->status);
    xj_put_uint(&value, own->answer);
    xj_put_array(&value, (uint32_t)own->recipient_count);
    for (size_t i = 0; i < own->recipient_count; i++) {
        xj_put_array(&value, 3);
        xj_put_cstr(&value, own->recipients[i].agency);
        xj_put_uint(&value, own->recipients[i].number);
        xj_put_bool(&value, own->recipients[i].proved);
    }
    return put(a, &key, &value);
}

static enum xj_err own_decode(struct xj_slice bytes, struct xj_own *ret)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, VALUE_NODES);
    if (err != XJ_OK)
        return xj_kept(err);
    struct xj_cur c = xj_cur_over(&doc.root, 6, 6);
    xj_take_bin_to(&c, ret->id.b, sizeof ret->id.b);
    xj_take_bin_to(&c, ret->digest.b, sizeof ret->digest.b);
    ret->entry = xj_take_uint(&c, UINT64_MAX);
    ret->status = (enum xj_own_status)xj_take_uint(&c, XJ_OWN_REFUSED);
    ret->answer = xj_take_uint(&c, UINT64_MAX);
    struct xj_cur list = xj_take_array(&c, 0, XJ_MAX_TO + XJ_MAX_JOINT);
    bool bad = list.bad;
    while (!bad && list.left > 0) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_slice agency = xj_take_str(&one, 1, XJ_MAX_AGENCY_BYTES);
        if (agency.n > 0)
            memcpy(ret->recipients[ret->recipient_count].agency, agency.p, agency.n);
        ret->recipients[ret->recipient_count].number = xj_take_uint(&one, UINT64_MAX);
        ret->recipients[ret->recipient_count++].proved = xj_take_bool(&one);
        bad = xj_cur_end(&one) != XJ_OK || list.bad;
    }
    err = bad || xj_cur_end(&c) != XJ_OK ? XJ_ECORRUPT : XJ_OK;
    xj_doc_close(&doc);
    return err;
}

enum xj_err xj_own_load(struct xj_agent *a, uint64_t number, struct xj_own *ret)
{
    struct xj_buf key, value;
    memset(ret, 0, sizeof *ret);
    xj_kv_key_number(&key, "On", number);
    enum xj_err err = get(a, &key, &value);
    if (err == XJ_OK)
        err = own_decode(xj_buf_slice(&value), ret);
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* ---- counters ---- */

enum xj_err xj_counters_save(struct xj_agent *a)
{
    struct xj_buf key, value;
    xj_kv_key(&key, "Ca", xj_slice_of(NULL, 0));
    xj_buf_init(&value, VALUE_CEILING);
    xj_put_array(&value, 10);
    xj_put_uint(&value, xj_log_size(a->o.log));
    xj_put_uint(&value, a->own_number);
    xj_put_bins(&value, xj_hash_slice(&a->own_digest));
    xj_put_uint(&value, a->answered_prefix);
    xj_put_uint(&value, a->answered_count);
    xj_put_uint(&value, a->proved_count);
    xj_put_uint(&value, a->consumed_proof);
    xj_put_uint(&value, a->mailbox);
    xj_put_uint(&value, a->feed);
    xj_put_uint(&value, a->incidents);
    return put(a, &key, &value);
}

static bool only_checkpoints(void *arg, const struct xj_entry *entry)
{
    bool *ok = arg;
    *ok = *ok && entry->kind == XJ_ENTRY_CHECKPOINTED;
    return *ok;
}

/* Everything but a checkpoint is appended in the transaction that writes the counters: any other entry behind them means
 * that kv and entries are not of one moment. */
static enum xj_err counters_fit(struct xj_agent *a, uint64_t size)
{
    bool ok = size <= xj_log_size(a->o.log);
    enum xj_err err = XJ_OK;
    if (ok && size < xj_log_size(a->o.log))
        err = xj_log_scan(a->o.log, size + 1, only_checkpoints, &ok);
    return err != XJ_OK ? err : ok ? XJ_OK : XJ_ECORRUPT;
}

enum xj_err xj_counters_load(struct xj_agent *a, bool *ret_found)
{
    struct xj_buf key, value;
    struct xj_doc doc = {0};
    xj_kv_key(&key, "Ca", xj_slice_of(NULL, 0));
    enum xj_err err = get(a, &key, &value);
    *ret_found = err == XJ_OK;
    if (err != XJ_OK)
        goto out;
    err = xj_doc_open(&doc, xj_buf_slice(&value), VALUE_NODES);
    if (err != XJ_OK) {
        err = xj_kept(err);
        goto out;
    }
    struct xj_cur c = xj_cur_over(&doc.root, 10, 10);
    uint64_t size = xj_take_uint(&c, UINT64_MAX);
    a->own_number = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, a->own_digest.b, sizeof a->own_digest.b);
    a->answered_prefix = xj_take_uint(&c, a->own_number);
    a->answered_count = xj_take_uint(&c, a->own_number);
    a->proved_count = xj_take_uint(&c, a->own_number);
    a->consumed_proof = xj_take_uint(&c, a->own_number);
    a->mailbox = xj_take_uint(&c, UINT64_MAX);
    a->feed = xj_take_uint(&c, UINT64_MAX);
    a->incidents = xj_take_uint(&c, UINT64_MAX);
    err = xj_cur_end(&c) != XJ_OK ? XJ_ECORRUPT : counters_fit(a, size);
out:
    xj_doc_close(&doc);
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* ---- the exchange as it was last agreed upon ---- */

enum xj_err xj_peer_set(struct xj_agent *a, const struct xj_id *store, uint64_t epoch)
{
    enum xj_err err = XJ_OK;
    if (a->has_peer && !xj_id_eq(&a->peer, store)) {
        struct xj_buf key;
        xj_kv_key(&key, "Pe", xj_id_slice(&a->peer));
        err = key.err != XJ_OK ? key.err : a->store.del(a->store.ctx, xj_buf_slice(&key));
        xj_buf_free(&key);
        if (err == XJ_OK)
            err = xj_kv_put_number(a, "Pt", xj_slice_of(NULL, 0), 1);
        if (err == XJ_OK)
            err = xj_orders_another_exchange(a);
        a->two_exchanges = true;
    }
    a->has_peer = true;
    a->peer = *store;
    a->epoch = epoch;
    return err == XJ_OK ? xj_kv_put_number(a, "Pe", xj_id_slice(&a->peer), a->epoch) : err;
}

struct peer_found {
    struct xj_agent *a;
    bool bad;
};

static bool peer_visit(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct peer_found *f = arg;
    if (key.n != 2 + XJ_ID_SIZE || value.n != 8) {
        f->bad = true;
        return false;
    }
    memcpy(f->a->peer.b, key.p + 2, XJ_ID_SIZE);
    f->a->epoch = xj_be_get(value.p, 8);
    f->a->has_peer = true;
    return true;
}

enum xj_err xj_peer_load(struct xj_agent *a)
{
    struct peer_found f = {a, false};
    struct xj_slice prefix = xj_slice_cstr("Pe");
    uint64_t two = 0;
    enum xj_err err = a->store.scan(a->store.ctx, prefix, prefix, false, peer_visit, &f);
    if (err == XJ_OK)
        err = xj_kv_get_number(a, "Pt", xj_slice_of(NULL, 0), &a->two_exchanges, &two);
    return err != XJ_OK ? err : f.bad ? XJ_ECORRUPT : XJ_OK;
}

/* ---- the last recovery ---- */

enum xj_err xj_recovering_save(struct xj_agent *a)
{
    const struct xj_recovering *r = &a->recovering;
    struct xj_buf key, value;
    xj_kv_key(&key, "Pr", xj_slice_of(NULL, 0));
    xj_buf_init(&value, VALUE_CEILING);
    xj_put_array(&value, 6);
    xj_put_uint(&value, r->lost.size);
    xj_put_bins(&value, xj_hash_slice(&r->lost.head));
    xj_put_uint(&value, r->lost.own_number);
    xj_put_uint(&value, r->lost.mailbox);
    xj_put_uint(&value, r->lost.feed);
    xj_put_uint(&value, r->entry);
    return put(a, &key, &value);
}

static enum xj_err recovering_decode(struct xj_slice bytes, struct xj_recovering *r)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, bytes, VALUE_NODES);
    if (err != XJ_OK)
        return xj_kept(err);
    struct xj_cur c = xj_cur_over(&doc.root, 6, 6);
    r->lost.size = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, r->lost.head.b, XJ_HASH_SIZE);
    r->lost.own_number = xj_take_uint(&c, UINT64_MAX);
    r->lost.mailbox = xj_take_uint(&c, UINT64_MAX);
    r->lost.feed = xj_take_uint(&c, UINT64_MAX);
    r->entry = xj_take_uint(&c, UINT64_MAX);
    r->known = xj_cur_end(&c) == XJ_OK;
    xj_doc_close(&doc);
    return r->known ? XJ_OK : XJ_ECORRUPT;
}

enum xj_err xj_recovering_load(struct xj_agent *a)
{
    struct xj_buf key, value;
    xj_kv_key(&key, "Pr", xj_slice_of(NULL, 0));
    enum xj_err err = get(a, &key, &value);
    if (err == XJ_OK)
        err = recovering_decode(xj_buf_slice(&value), &a->recovering);
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* ---- own stored statements: kv 'M' 's' u64be(last) ---- */

struct stored_found {
    uint64_t number, entry;
    bool bad;
};

static bool stored_visit(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct stored_found *f = arg;
    f->bad = key.n != 10 || value.n != 8;
    if (!f->bad) {
        f->number = xj_be_get(key.p + 2, 8);
        f->entry = xj_be_get(value.p, 8);
    }
    return false;
}

enum xj_err xj_stored_last(struct xj_agent *a, uint64_t *ret_number, uint64_t *ret_entry)
{
    struct stored_found f = {.number = 0};
    const struct xj_slice prefix = xj_slice_cstr("Ms");
    enum xj_err err = a->store.scan(a->store.ctx, prefix, prefix, true, stored_visit, &f);
    *ret_number = f.number;
    *ret_entry = f.entry;
    return err != XJ_OK ? err : f.bad ? XJ_ECORRUPT : XJ_OK;
}
