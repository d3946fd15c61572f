/* What the agent does for an exchange whose journal was lost: proves it, hands back what the ledger holds, and crosses runs of
 * numbers that nobody handed back. Spec: spec/04-exchange.md, section 13. */
#include <string.h>

#include "agents/agent/core/state.h"

#define ITEMS_BYTES (XJ_MAX_FRAME_BYTES - 64u * 1024)
#define LOOKED_MAX 65536u /* entries looked at for one answer */

struct answer {
    struct xj_agent *a;
    struct xj_buf items, absent;
    uint32_t count;
};

static bool is_handed(enum xj_entry_kind kind)
{
    return (kind >= XJ_ENTRY_ADMITTED && kind <= XJ_ENTRY_REGISTER) || kind == XJ_ENTRY_UNRECOVERED;
}

/* Appends the message with its body and keys, or with neither: a notice has none, and an order may have destroyed them. */
static enum xj_err join(struct xj_agent *a, const struct xj_header *h, struct xj_message *m, struct xj_buf *out)
{
    struct xj_buf body, keys;
    xj_buf_init(&body, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&keys, XJ_MAX_MESSAGE_BYTES);
    enum xj_err err = xj_object_get(a->o.db, &h->body_digest, &body);
    if (err == XJ_OK)
        err = xj_object_get(a->o.db, &h->keys_digest, &keys);
    if (err == XJ_OK || err == XJ_ENOTFOUND) {
        m->body = err == XJ_OK ? xj_buf_slice(&body) : xj_slice_of(NULL, 0);
        m->keys = err == XJ_OK ? xj_buf_slice(&keys) : xj_slice_of(NULL, 0);
        xj_message_join(m, out);
        err = out->err;
    }
    xj_buf_free(&body);
    xj_buf_free(&keys);
    return err;
}

/* What an admitted or refused statement speaks of. */
struct about {
    struct xj_hash message;
    uint64_t register_number;
};

static bool about_of(const struct xj_entry *e, struct about *ret)
{
    const bool admitted = e->kind == XJ_ENTRY_ADMITTED;
    struct xj_slice message, digest, number;
    if (!xj_span_element(e->head, admitted ? 2 : 3, &message) || !xj_span_bin(message, &digest) || digest.n != XJ_HASH_SIZE ||
        !xj_span_element(e->head, admitted ? 3 : 5, &number) || !xj_span_uint(number, &ret->register_number))
        return false;
    memcpy(ret->message.b, digest.p, XJ_HASH_SIZE);
    return true;
}

/* An own message, with the signature that the exchange had: the ledger's, or, of one that waited while the keys were replaced, the
 * one that was made anew for it. */
static enum xj_err own_message(struct xj_agent *a, const struct about *about, struct xj_buf *out)
{
    struct xj_buf entry, signature;
    struct xj_header h;
    struct xj_message m;
    bool found = false;
    uint64_t number = 0;
    enum xj_err err = xj_own_by_digest(a, &about->message, &found, &number);
    if (err != XJ_OK || !found)
        return err != XJ_OK ? err : XJ_ECORRUPT;
    xj_buf_init(&entry, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    err = xj_outbox_header(a, number, &entry, &h, &m.header, &m.signature);
    if (err == XJ_OK)
        err = xj_agent_verify_agency(a, xj_slice_cstr(a->agency), &about->message, m.signature, about->register_number);
    if (err == XJ_ESIGNATURE)
        err = xj_outbox_signed_now(a, number, &m, &signature);
    if (err == XJ_OK)
        err = join(a, &h, &m, out);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    return err;
}

/* Appends the message that the statement speaks of: the received one directly before it, else an own one. */
static enum xj_err message_for(struct xj_agent *a, const struct xj_entry *e, struct xj_buf *out)
{
    struct xj_buf before;
    struct xj_entry r;
    struct xj_header h;
    struct about about;
    unsigned field = 0;
    if (e->kind != XJ_ENTRY_ADMITTED && e->kind != XJ_ENTRY_REFUSED)
        return XJ_OK;
    if (!about_of(e, &about))
        return XJ_ECORRUPT; /* it was decoded when it came */
    xj_buf_init(&before, XJ_MAX_FRAME_BYTES);
    enum xj_err err = e->n > 1 ? xj_log_get(a->o.log, e->n - 1, &before, &r) : XJ_ENOTFOUND;
    struct xj_hash got = {{0}};
    if (err == XJ_OK && r.kind == XJ_ENTRY_RECEIVED)
        got = xj_header_digest(r.head);
    if (err == XJ_OK && r.kind == XJ_ENTRY_RECEIVED && xj_hash_eq(&got, &about.message)) {
        struct xj_message m = {.header = r.head, .signature = r.sig};
        err = xj_kept(xj_header_decode(r.head, &h, &field));
        if (err == XJ_OK)
            err = join(a, &h, &m, out);
    } else if (err == XJ_OK || err == XJ_ENOTFOUND) {
        err = own_message(a, &about, out);
    }
    xj_buf_free(&before);
    return err;
}

/* XJ_ELIMIT: the frame is full; nothing was added. */
static enum xj_err add(struct answer *r, const struct xj_entry *e)
{
    struct xj_buf message;
    xj_buf_init(&message, XJ_MAX_MESSAGE_BYTES + 4096u);
    enum xj_err err = message_for(r->a, e, &message);
    const bool full = r->count == XJ_MAX_BATCH || r->items.n + e->head.n + e->sig.n + message.n + 64 > ITEMS_BYTES;
    if (err == XJ_OK && full && r->count > 0)
        err = XJ_ELIMIT;
    if (err == XJ_OK) {
        xj_frame_put_handback(&r->items, e->kind, e->head, e->sig, xj_buf_slice(&message));
        r->count++;
        err = r->items.err;
    }
    xj_buf_free(&message);
    return err;
}

static enum xj_err add_entry(struct answer *r, uint64_t n)
{
    struct xj_buf buf;
    struct xj_entry e;
    xj_buf_init(&buf, 2u * XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(r->a->o.log, n, &buf, &e);
    if (err == XJ_OK && is_handed(e.kind))
        err = add(r, &e);
    xj_buf_free(&buf);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

static enum xj_err send_answer(struct answer *r, uint64_t epoch, uint64_t from, uint64_t next)
{
    struct xj_agent *a = r->a;
    const struct xj_handback h = {.exchange = a->peer, .from = from, .next = next, .ledger_size = xj_log_size(a->o.log)};
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_handback(&frame, epoch, ++a->frame_number, &h, r->count);
    xj_buf_add_slice(&frame, xj_buf_slice(&r->items));
    xj_frame_put_digests(&frame, xj_buf_slice(&r->absent));
    return xj_agent_send(a, &frame);
}

static void answer_init(struct answer *r, struct xj_agent *a)
{
    memset(r, 0, sizeof *r);
    r->a = a;
    xj_buf_init(&r->items, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&r->absent, XJ_MAX_HANDBACK_PAPERS * XJ_HASH_SIZE);
}

static void answer_free(struct answer *r)
{
    xj_buf_free(&r->items);
    xj_buf_free(&r->absent);
}

/* ---- asked ---- */

static enum xj_err papers(struct answer *r, struct xj_frame *f)
{
    struct xj_agent *a = r->a;
    struct xj_hash digest;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && xj_frame_next_digest(f, &digest)) {
        struct xj_buf sealed, frame;
        xj_buf_init(&sealed, XJ_MAX_FRAME_BYTES);
        err = xj_object_get(a->o.db, &digest, &sealed);
        if (err == XJ_OK) {
            xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
            xj_frame_paper(&frame, XJ_F_PAPER_PUT, f->epoch, ++a->frame_number, &digest, xj_buf_slice(&sealed));
            err = xj_agent_send(a, &frame);
        } else if (err == XJ_ENOTFOUND) {
            xj_buf_add_slice(&r->absent, xj_hash_slice(&digest));
            err = r->absent.err;
        }
        xj_buf_free(&sealed);
    }
    return err;
}

/* Under the epoch that the exchange asked with: what it is told is signed, and the same whenever it is told. */
enum xj_err xj_handback_get(struct xj_agent *a, struct xj_frame *f)
{
    struct answer r;
    uint64_t n = f->n;
    const uint64_t size = xj_log_size(a->o.log);
    answer_init(&r, a);
    a->asked_back = true;
    enum xj_err err = papers(&r, f);
    while (err == XJ_OK && f->n > 0 && n <= size && n - f->n < LOOKED_MAX) {
        err = add_entry(&r, n);
        if (err == XJ_OK)
            n++;
    }
    if (err == XJ_ELIMIT)
        err = XJ_OK;
    if (err == XJ_OK)
        err = send_answer(&r, f->epoch, f->n, n);
    answer_free(&r);
    return err;
}

/* ---- proof, unasked ---- */

struct newest {
    const struct xj_welcome *w;
    uint64_t registers[XJ_MAX_BATCH], delivered, received, run;
    size_t register_count;
    bool before_received;
};

static bool look(void *arg, const struct xj_entry *e)
{
    struct newest *s = arg;
    struct xj_slice field;
    uint64_t number = 0;
    if (e->kind == XJ_ENTRY_REGISTER && s->register_count < XJ_MAX_BATCH && xj_span_element(e->head, 0, &field) &&
        xj_span_uint(field, &number) && number > s->w->register_head)
        s->registers[s->register_count++] = e->n;
    if (e->kind == XJ_ENTRY_DELIVERED)
        s->delivered = e->n;
    if (e->kind == XJ_ENTRY_UNRECOVERED)
        s->run = e->n;
    if (e->kind == XJ_ENTRY_ADMITTED && s->before_received)
        s->received = e->n;
    s->before_received = e->kind == XJ_ENTRY_RECEIVED;
    return true;
}

static enum xj_err proof(struct answer *r, const struct xj_welcome *w)
{
    struct xj_agent *a = r->a;
    struct newest s = {.w = w};
    enum xj_err err = xj_log_scan(a->o.log, 1, look, &s);
    for (size_t i = 0; err == XJ_OK && i < s.register_count; i++)
        err = add_entry(r, s.registers[i]);
    if (err == XJ_ELIMIT)
        err = XJ_OK;
    if (err != XJ_OK || s.register_count > 0)
        return err;
    if (w->own_number < a->consumed_proof) {
        struct xj_own own;
        err = xj_own_load(a, a->consumed_proof, &own);
        if (err == XJ_OK)
            err = add_entry(r, own.answer);
    }
    if (err == XJ_OK && w->mailbox_head < a->mailbox && s.received > 0)
        err = add_entry(r, s.received);
    if (err == XJ_OK && (w->mailbox_head < a->mailbox || w->feed_head < a->feed) && s.run > 0)
        err = add_entry(r, s.run);
    if (err == XJ_OK && w->feed_head < a->feed && s.delivered > 0)
        err = add_entry(r, s.delivered);
    return err == XJ_ELIMIT ? XJ_OK : err;
}

enum xj_err xj_handback_pump(struct xj_agent *a)
{
    struct answer r;
    if (a->state != XJ_AGENT_EXCHANGE_LOST || !a->connected || a->lost.epoch == 0 || a->asked_back || !xj_retry_may(a, &a->proof))
        return XJ_OK;
    answer_init(&r, a);
    enum xj_err err = proof(&r, &a->lost);
    if (err == XJ_OK && r.count > 0)
        err = send_answer(&r, a->lost.epoch, 0, 0);
    answer_free(&r);
    xj_retry_sent(a, &a->proof);
    return err;
}

/* ---- numbers that nobody handed back ---- */

/* A run of the feed at any time; of the mailbox when nothing before it is on its way into the ledger. */
static bool continues(const struct xj_agent *a, const struct xj_unrecovered *s)
{
    const uint64_t at = s->which == XJ_NUMBERS_MAILBOX ? a->mailbox : a->feed;
    const bool idle = s->which == XJ_NUMBERS_FEED || (s->which == XJ_NUMBERS_MAILBOX && a->pending_count == 0 && a->leaf_count == 0);
    return idle && s->first <= at + 1 && at < s->last;
}

void xj_handback_cross(struct xj_agent *a, const struct xj_unrecovered *s)
{
    uint64_t *at = s->which == XJ_NUMBERS_MAILBOX ? &a->mailbox : &a->feed;
    *at = s->last;
    a->dirty = true;
}

enum xj_err xj_handback_unrecovered(struct xj_agent *a, const struct xj_frame *f, uint64_t *ret_need)
{
    struct xj_unrecovered s;
    enum xj_err err = XJ_OK;
    if (!xj_legible(xj_unrecovered_decode(f->bytes, &s), &err) || !xj_slice_is(s.agency, a->agency))
        return err != XJ_OK ? err : xj_agent_incident(a, "unrecovered", "a run of numbers that is no statement about this agency", f->bytes);
    if (s.register_number > a->register_number) {
        *ret_need = s.register_number;
        return XJ_OK;
    }
    if (!continues(a, &s))
        return XJ_OK; /* known, or not its turn: it comes again */
    err = xj_agent_verify_exchange(a, XJ_CTX_UNRECOVERED, f->bytes, f->signature, s.register_number);
    if (err == XJ_ESIGNATURE)
        return xj_agent_incident(a, "unrecovered", "a run of numbers whose signature does not verify", f->bytes);
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_UNRECOVERED, xj_agent_now(a), f->bytes, f->signature, NULL);
    if (err == XJ_OK)
        xj_handback_cross(a, &s);
    xj_retry_progress(a, &a->feed_retry);
    return err;
}
