/* An agency whose ledger was lost gets back what the journal holds for it. Spec: spec/04-exchange.md, section 12. */
#include <string.h>

#include "broker/core/internal.h"

#define PAST_BYTES (XJ_MAX_FRAME_BYTES - XJ_MAX_MESSAGE_BYTES - 2u * XJ_MAX_STATEMENT_BYTES)
#define PAST_ENTRIES 1000u /* looked through for one question, so that nobody else waits long */

/* How an admitted message concerns the agency: not at all, as sender or reader of all of it, or of the header only. */
enum share { NOTHING, WHOLE, HEADER };

static enum share share_of(const struct xj_header *h, struct xj_slice agency)
{
    if (xj_slice_eq(h->from, agency)) return WHOLE;
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, agency)) return h->to[i].role == XJ_TO_NOTICE ? HEADER : WHOLE;
    for (size_t i = 0; i < h->joint_count; i++)
        if (xj_slice_eq(h->joint[i], agency)) return WHOLE;
    return NOTHING;
}

/* An agency without keys has no mailbox: what was addressed to it then is not put into it later. */
static bool was_posted(const struct xj_admitted *st, struct xj_slice agency)
{
    for (size_t i = 0; i < st->recipient_count; i++)
        if (xj_slice_eq(st->recipients[i].agency, agency)) return true;
    return false;
}

static enum xj_err past_admitted(struct xj_exchange *x, const struct xj_entry *e, struct xj_slice agency, struct xj_buf *items,
                                 uint32_t *count)
{
    struct xj_entry m;
    struct xj_admitted st;
    unsigned field;
    enum xj_err err = xj_kept(xj_admitted_decode(e->head, &st));
    if (err) return err;
    const bool posted = was_posted(&st, agency); /* before tmp, which st points into, is read over */
    err = xj_log_get(x->o.log, e->n - 1, &x->tmp, &m);
    if (err) return err;
    if ((err = xj_kept(xj_header_decode(m.head, &x->header, &field))) != XJ_OK) return err;
    const enum share share = share_of(&x->header, agency);
    if (share == NOTHING || !(posted || xj_slice_eq(x->header.from, agency))) return XJ_OK;
    ++*count;
    return xj_mail_past(x, e->n, share == HEADER, items);
}

/* The exchange keeps header and signature of what it refused, not its body. */
static enum xj_err past_refused(struct xj_exchange *x, const struct xj_entry *e, struct xj_slice agency, struct xj_buf *items,
                                uint32_t *count)
{
    struct xj_entry m;
    struct xj_refused st;
    enum xj_err err = xj_kept(xj_refused_decode(e->head, &st));
    if (err || !xj_slice_eq(st.agency, agency)) return err;
    err = xj_log_get(x->o.log, e->n - 1, &x->tmp2, &m);
    if (err) return err;
    struct xj_buf message;
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    const struct xj_message parts = {.header = m.head, .signature = m.sig};
    xj_message_join(&parts, &message);
    xj_frame_put_past(items, 4, xj_buf_slice(&message), e->head, e->sig);
    ++*count;
    const enum xj_err full = message.err ? message.err : items->err;
    xj_buf_free(&message);
    return full;
}

static enum xj_err past_entry(struct xj_exchange *x, uint64_t n, struct xj_slice agency, struct xj_buf *items, uint32_t *count)
{
    struct xj_entry e;
    struct xj_stored st;
    enum xj_err err = xj_log_get(x->o.log, n, &x->tmp, &e);
    if (!err && e.kind == XJ_ENTRY_ADMITTED) err = past_admitted(x, &e, agency, items, count);
    else if (!err && e.kind == XJ_ENTRY_REFUSED) err = past_refused(x, &e, agency, items, count);
    else if (!err && e.kind == XJ_ENTRY_STORED) {
        err = xj_kept(xj_stored_decode(e.head, &st));
        if (err || !xj_slice_eq(st.agency, agency)) return err;
        xj_frame_put_past(items, 5, xj_slice_of(NULL, 0), e.head, e.sig);
        ++*count;
        err = items->err;
    }
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_past_send(struct xj_exchange *x, struct peer *p)
{
    const uint64_t from = p->past_from, size = xj_log_size(x->o.log);
    struct xj_buf items;
    uint32_t count = 0;
    uint64_t n = from;
    enum xj_err err = XJ_OK;
    p->past_from = 0;
    xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
    for (; !err && n <= size && n - from < PAST_ENTRIES && count < XJ_MAX_BATCH && items.n < PAST_BYTES; n++)
        err = past_entry(x, n, xj_slice_cstr(p->facts.id), &items, &count);
    struct xj_buf *out = err ? NULL : xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (!err && !out) err = XJ_ENOMEM;
    if (!err) {
        xj_frame_past(out, p->account.epoch, ++p->frames, from, n, count);
        xj_buf_add_slice(out, xj_buf_slice(&items));
        err = out->err;
    }
    xj_buf_free(&items);
    return err;
}

static bool fits_record(const struct account *a, const struct xj_lost *lost)
{
    return lost->size == a->ledger_size && xj_hash_eq(&lost->head, &a->ledger_head) && lost->own_number == a->own_number &&
           lost->mailbox == a->mailbox_stored && lost->feed <= a->feed_head;
}

enum xj_err xj_recovered_take(struct xj_exchange *x, struct peer *p, struct xj_slice statement, struct xj_slice signature,
                              bool *ret_sound)
{
    struct xj_recovered s;
    struct account *a = &p->account;
    const struct xj_hash digest = xj_digest(XJ_CTX_RECOVERED, statement);
    *ret_sound = xj_hash_eq(&digest, &a->last_stored); /* said again: it is on record */
    enum xj_err err = XJ_OK;
    if (*ret_sound || !xj_legible(xj_recovered_decode(statement, &s), &err)) return err;
    *ret_sound = xj_slice_eq(s.agency, xj_slice_cstr(p->facts.id)) && fits_record(a, &s.lost) && s.epoch <= a->epoch &&
                 s.register_number <= x->reg.number && xj_verify(&p->verified, p->facts.keys.sign, &digest, signature) == XJ_OK;
    if (!*ret_sound) return XJ_OK;
    a->ledger_size = s.ledger_size;
    a->ledger_head = s.ledger_head;
    a->last_stored = digest;
    p->dirty = true;
    return xj_log_append(x->o.log, XJ_ENTRY_RECOVERED, x->now_ms, statement, signature, NULL);
}
