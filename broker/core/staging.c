/* Papers ahead of their message. Spec: spec/04-exchange.md, section 5; spec/01-encoding.md, section 4. */
#include <string.h>

#include "broker/core/internal.h"

#define DAY_MS INT64_C(86400000)

static struct key staged_key(const struct peer *p, const struct xj_hash *digest)
{
    struct key k = xj_key_agency('S', xj_slice_cstr(p->facts.id));
    /* the first 8 bytes tell two papers of one owner apart; the value holds the whole digest */
    memcpy(k.b + k.n, digest->b, 8);
    k.n += 8;
    return k;
}

struct staged {
    struct xj_hash digest;
    uint64_t bytes;
    int64_t at_ms;
    bool named;
};

static enum xj_err staged_get(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, struct staged *ret)
{
    const struct key k = staged_key(p, digest);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err) return err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    xj_take_bin_to(&c, ret->digest.b, XJ_HASH_SIZE);
    ret->bytes = xj_take_uint(&c, UINT64_MAX);
    ret->at_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    ret->named = xj_take_bool(&c);
    err = xj_cur_end(&c) == XJ_OK ? XJ_OK : XJ_ECORRUPT;
    xj_doc_close(&doc);
    if (!err && !xj_hash_eq(&ret->digest, digest)) return XJ_ENOTFOUND;
    return err;
}

static enum xj_err staged_put(struct xj_exchange *x, const struct peer *p, const struct staged *s)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 4);
    xj_put_bin(&x->tmp, s->digest.b, XJ_HASH_SIZE);
    xj_put_uint(&x->tmp, s->bytes);
    xj_put_int(&x->tmp, s->at_ms);
    xj_put_bool(&x->tmp, s->named);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = staged_key(p, &s->digest);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

enum xj_err xj_paper_staged(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, bool *ret)
{
    struct staged s;
    const enum xj_err err = staged_get(x, p, digest, &s);
    *ret = err == XJ_OK;
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_paper_put(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest,
                         struct xj_slice bytes)
{
    const struct xj_hash actual = xj_digest(XJ_SEAL_PAPER, bytes);
    if (!xj_hash_eq(&actual, digest))
        return xj_out_notice(x, p, conn, "malformed", 0, xj_hash_slice(digest), "材料内容与其摘要不符，未接收。",
                             "The paper does not have the digest given; it was not taken.");
    if (bytes.n > XJ_MAX_SEALED_PAPER_BYTES)
        return xj_out_notice(x, p, conn, "oversize", 0, xj_hash_slice(digest), "单份材料超过 1 MiB，未接收。",
                             "A paper may be at most 1 MiB; it was not taken.");
    bool staged;
    enum xj_err err = xj_paper_staged(x, p, digest, &staged);
    if (err || staged) return err;
    if (x->low_disk || p->account.staged_bytes + bytes.n > XJ_STAGING_BYTES_PER_AGENCY)
        return xj_out_notice(x, p, conn, "quota", 0, xj_hash_slice(digest), "待用材料已达本机关上限，稍后自动重试。",
                             "This agency's staging quota is reached; sending is retried.");
    bool gone;
    if ((err = xj_exchange_object_gone(x, digest, &gone)) != XJ_OK) return err;
    if (!gone && (err = xj_object_put(x->o.db, digest, bytes)) != XJ_OK) return err; /* destroyed: it must not come back (spec 18, 4) */
    p->account.staged_bytes += bytes.n;
    p->dirty = true;
    const struct staged s = {.digest = *digest, .bytes = bytes.n, .at_ms = x->now_ms};
    return staged_put(x, p, &s);
}

enum xj_err xj_paper_handed(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, uint64_t place)
{
    struct staged s = {.digest = *digest, .at_ms = x->now_ms, .named = true};
    enum xj_err err = staged_get(x, p, digest, &s);
    if (err == XJ_ENOTFOUND) err = staged_put(x, p, &s);
    return err ? err : xj_paper_named(x, p, digest, place);
}

enum xj_err xj_paper_named(struct xj_exchange *x, struct peer *p, const struct xj_hash *digest, uint64_t place)
{
    struct staged s;
    enum xj_err err = staged_get(x, p, digest, &s);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    if (!s.named) {
        p->account.staged_bytes -= s.bytes < p->account.staged_bytes ? s.bytes : p->account.staged_bytes;
        p->dirty = true;
        s.named = true;
        if ((err = staged_put(x, p, &s)) != XJ_OK) return err;
    }
    xj_buf_reset(&x->tmp);
    xj_put_uint(&x->tmp, place);
    if (x->tmp.err) return x->tmp.err;
    struct key k = xj_key_bytes('Q', digest->b, XJ_HASH_SIZE);
    xj_key_add(&k, place);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

/* Acts that name a paper, a few at a time. */
struct reader_walk {
    uint64_t places[64];
    size_t count;
};

static bool collect_place(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)value;
    struct reader_walk *w = arg;
    w->places[w->count++] = xj_key_number_of(key);
    return w->count < sizeof w->places / sizeof w->places[0];
}

struct wrap_walk {
    struct xj_slice agency;
    const struct xj_hash *paper;
    bool found;
};

static bool is_for(void *arg, const struct xj_wrap_entry *entry)
{
    struct wrap_walk *w = arg;
    w->found = xj_slice_eq(entry->reader, w->agency) && xj_hash_eq(&entry->object, w->paper);
    return !w->found;
}

/* Whether this admitted message is the agency's own or its keys wrap the paper for it. Keys that cannot be read wrap nothing. */
static enum xj_err wraps_for(struct xj_exchange *x, uint64_t place, struct wrap_walk *w)
{
    struct xj_buf keys;
    struct xj_entry e;
    unsigned field;
    uint8_t sender[XJ_KEY_ID_SIZE];
    xj_buf_init(&keys, XJ_MAX_KEYS_BYTES);
    enum xj_err err = xj_log_get(x->o.log, place - 1, &x->tmp, &e);
    if (!err) err = e.kind == XJ_ENTRY_MESSAGE ? xj_kept(xj_header_decode(e.head, &x->header, &field)) : XJ_ECORRUPT;
    bool gone = false;
    if (!err) err = xj_exchange_message_gone(x, &x->header.id, &gone);
    gone = gone || err; /* a message that was destroyed wraps nothing any more */
    if (!gone && !(w->found = xj_slice_eq(x->header.from, w->agency))) err = xj_object_get(x->o.db, &x->header.keys_digest, &keys);
    if (!gone && !err && !w->found && xj_keys_decode(xj_buf_slice(&keys), sender, is_for, w) == XJ_ENOMEM) err = XJ_ENOMEM;
    xj_buf_free(&keys);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* Only parties to a message that names the paper and wraps it for them get it; everybody else hears that there is none. */
static enum xj_err may_read(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, bool *ret)
{
    struct reader_walk w;
    struct wrap_walk wraps = {.agency = xj_slice_cstr(p->facts.id), .paper = digest};
    const struct key k = xj_key_bytes('Q', digest->b, XJ_HASH_SIZE);
    struct key from = k;
    enum xj_err err = XJ_OK;
    do {
        w.count = 0;
        err = x->store.scan(x->store.ctx, xj_key_slice(&k), xj_key_slice(&from), false, collect_place, &w);
        for (size_t i = 0; !err && !wraps.found && i < w.count; i++) {
            bool party;
            err = xj_party_of(x, w.places[i], wraps.agency, &party);
            if (!err && party) err = wraps_for(x, w.places[i], &wraps);
            from = k;
            xj_key_add(&from, w.places[i] + 1);
        }
    } while (!err && !wraps.found && w.count == sizeof w.places / sizeof w.places[0]);
    *ret = wraps.found;
    return err;
}

enum xj_err xj_paper_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_hash *digest)
{
    bool ok;
    enum xj_err err = may_read(x, p, digest, &ok);
    if (err) return err;
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MAX_FRAME_BYTES);
    bool gone = false;
    if (ok) err = xj_exchange_object_gone(x, digest, &gone);
    if (!err && ok && !gone) err = xj_object_get(x->o.db, digest, &bytes);
    if (err == XJ_ENOTFOUND) err = x->rebuilding.number ? XJ_OK : XJ_ECORRUPT; /* nobody has handed it back yet */
    struct xj_buf *out = err ? NULL : xj_out_frame(x, p, conn);
    if (!err && !out) err = XJ_ENOMEM;
    if (!err) {
        xj_frame_paper(out, XJ_F_PAPER, p->account.epoch, ++p->frames, digest, xj_buf_slice(&bytes));
        err = out->err;
    }
    xj_buf_free(&bytes);
    return err;
}

struct sweep_walk {
    int64_t before_ms;
    struct xj_hash digests[64];
    struct key keys[64];
    uint64_t bytes[64];
    size_t count;
    enum xj_err err;
};

static bool collect_old(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct sweep_walk *w = arg;
    struct xj_doc doc = {0};
    if (key.n > sizeof w->keys[0].b) return true;
    if ((w->err = xj_doc_kept(&doc, value, 8)) != XJ_OK) return false;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    struct staged s;
    xj_take_bin_to(&c, s.digest.b, XJ_HASH_SIZE);
    s.bytes = xj_take_uint(&c, UINT64_MAX);
    s.at_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    s.named = xj_take_bool(&c);
    if (xj_cur_end(&c) == XJ_OK && !s.named && s.at_ms < w->before_ms) {
        w->digests[w->count] = s.digest;
        w->bytes[w->count] = s.bytes;
        memcpy(w->keys[w->count].b, key.p, key.n);
        w->keys[w->count++].n = key.n;
    }
    xj_doc_close(&doc);
    return w->count < 64;
}

/* Papers nobody named within the staging time. A few at a time, once an hour. */
enum xj_err xj_papers_sweep(struct xj_exchange *x)
{
    if (x->now_ms - x->swept_ms < 3600 * 1000 && x->swept_ms) return XJ_OK;
    x->swept_ms = x->now_ms;
    struct sweep_walk w = {.before_ms = x->now_ms - XJ_STAGING_DAYS * DAY_MS};
    const struct key all = {.b = {'S'}, .n = 1};
    enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&all), xj_key_slice(&all), false, collect_old, &w);
    if (!err) err = w.err;
    for (size_t i = 0; !err && i < w.count; i++) {
        const struct key *k = &w.keys[i];
        size_t n = 0;
        while (n + 1 < k->n && k->b[1 + n]) n++;
        struct peer *owner;
        if ((err = xj_peer_get(x, xj_slice_of(k->b + 1, n), &owner)) != XJ_OK) break;
        if (owner) {
            owner->account.staged_bytes -= w.bytes[i] < owner->account.staged_bytes ? w.bytes[i] : owner->account.staged_bytes;
            owner->dirty = true;
        }
        err = x->store.del(x->store.ctx, xj_key_slice(k));
        if (!err) err = xj_object_drop_staged(x->o.db, &w.digests[i]);
    }
    return err;
}
