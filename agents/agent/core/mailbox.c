#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

/* A delivery on its way from the frame to the list: what spec 04, 8 has the agent check before it stores anything. */
struct delivery {
    struct xj_message message;
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_hash digest;
    bool covered; /* by an order to destroy that this ledger holds */
};
enum fate { TAKEN, BAD, NEEDS_REGISTER };

static void pending_free(struct xj_pending *p)
{
    xj_buf_free(&p->message);
    xj_buf_free(&p->statement);
    xj_buf_free(&p->signature);
    free(p);
}

uint64_t xj_mailbox_credit(const struct xj_agent *a)
{
    return a->pending_count >= a->o.credit ? 0 : a->o.credit - a->pending_count;
}

/* Its number was passed: what is reached stays. */
enum xj_err xj_mailbox_note_late(struct xj_agent *a, uint64_t number, const struct xj_hash *digest)
{
    a->dirty = true;
    return xj_kv_put_number(a, "Md", xj_hash_slice(digest), number);
}

enum xj_err xj_mailbox_note(struct xj_agent *a, uint64_t number, const struct xj_hash *digest)
{
    a->mailbox = number;
    a->dirty = true;
    return xj_kv_put_number(a, "Md", xj_hash_slice(digest), number);
}

/* How this agency is named in the header. */
static enum xj_to_role role_here(const struct xj_agent *a, const struct xj_header *h)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_is(h->to[i].agency, a->agency))
            return h->to[i].role;
    for (size_t i = 0; i < h->joint_count; i++)
        if (xj_slice_is(h->joint[i], a->agency))
            return XJ_TO_PRINCIPAL;
    return XJ_TO_INVALID;
}

static bool named_with(const struct xj_agent *a, const struct xj_admitted *st, uint64_t number)
{
    for (size_t i = 0; i < st->recipient_count; i++)
        if (xj_slice_is(st->recipients[i].agency, a->agency))
            return st->recipients[i].number == number;
    return false;
}

/* Body and keys are there exactly when the role gives them, and are those the header states; or gone, where an order has them destroyed. */
static bool content_fits(const struct xj_agent *a, const struct delivery *d)
{
    enum xj_to_role role = role_here(a, &d->header);
    if (role == XJ_TO_INVALID)
        return false;
    if (d->covered && d->message.body.n == 0 && d->message.keys.n == 0)
        return true;
    if (role == XJ_TO_NOTICE)
        return d->message.body.n == 0 && d->message.keys.n == 0;
    struct xj_hash body = xj_digest(XJ_SEAL_BODY, d->message.body);
    struct xj_hash keys = xj_digest(XJ_CTX_KEYS, d->message.keys);
    return xj_hash_eq(&body, &d->header.body_digest) && xj_hash_eq(&keys, &d->header.keys_digest);
}

static bool decode(const struct xj_frame_item *item, struct delivery *d, enum xj_err *world)
{
    unsigned field = 0;
    if (!xj_legible(xj_message_split(item->message, &d->message), world) ||
        !xj_legible(xj_header_decode(d->message.header, &d->header, &field), world) ||
        !xj_legible(xj_admitted_decode(item->statement, &d->admitted), world))
        return false;
    d->digest = xj_header_digest(d->message.header);
    return true;
}

static enum xj_err check(struct xj_agent *a, const struct xj_frame_item *item, struct delivery *d, enum fate *ret)
{
    bool again = false;
    uint64_t before = 0;
    enum xj_err err = XJ_OK;
    *ret = BAD;
    if (!decode(item, d, &err))
        return err;
    if (d->admitted.register_number > a->register_number) {
        *ret = NEEDS_REGISTER;
        return XJ_OK;
    }
    err = xj_orders_cover(a, &d->header, d->admitted.register_number, &d->covered);
    if (err != XJ_OK)
        return err;
    if (d->message.body.n == 0 && d->message.keys.n == 0 && !d->covered && role_here(a, &d->header) != XJ_TO_NOTICE &&
        a->register_head > a->register_number) {
        *ret = NEEDS_REGISTER; /* an order may be on its way here */
        return XJ_OK;
    }
    if (!xj_hash_eq(&d->digest, &d->admitted.message) || !named_with(a, &d->admitted, item->number) || !content_fits(a, d))
        return XJ_OK;
    err = xj_kv_get_number(a, "Md", xj_hash_slice(&d->digest), &again, &before);
    for (const struct xj_pending *p = a->pending_first; p != NULL; p = p->next)
        again = again || xj_hash_eq(&p->digest, &d->digest);
    if (err != XJ_OK || again)
        return err; /* one message under two mailbox numbers */
    err = xj_agent_verify_exchange(a, XJ_CTX_ADMITTED, item->statement, item->signature, d->admitted.register_number);
    if (err == XJ_OK)
        err = xj_agent_verify_agency(a, d->header.from, &d->digest, d->message.signature, d->admitted.register_number);
    if (err == XJ_OK)
        *ret = TAKEN;
    return err == XJ_ESIGNATURE ? XJ_OK : err;
}

enum xj_err xj_pending_hold(struct xj_agent *a, const struct xj_pending *what, const struct xj_frame_item *item,
                            const struct xj_header *header, struct xj_slice keys)
{
    struct xj_pending *p = calloc(1, sizeof *p);
    if (p == NULL)
        return XJ_ENOMEM;
    p->kind = what->kind;
    p->number = what->number;
    p->late = what->late;
    p->digest = what->digest;
    xj_buf_init(&p->message, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&p->statement, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&p->signature, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(&p->message, item->message);
    xj_buf_add_slice(&p->statement, item->statement);
    xj_buf_add_slice(&p->signature, item->signature);
    enum xj_err err = p->message.err != XJ_OK ? p->message.err : p->statement.err != XJ_OK ? p->statement.err : p->signature.err;
    if (err == XJ_OK && header != NULL)
        err = xj_papers_missing(a, header, keys, p);
    if (err != XJ_OK) {
        pending_free(p);
        return err;
    }
    *a->pending_last = p;
    a->pending_last = &p->next;
    a->pending_count++;
    a->pending_bytes += p->message.n + p->statement.n;
    return XJ_OK;
}

static enum xj_err hold(struct xj_agent *a, const struct xj_frame_item *item, const struct delivery *d, bool late)
{
    const struct xj_pending what = {.kind = XJ_ENTRY_RECEIVED, .number = item->number, .late = late, .digest = d->digest};
    return xj_pending_hold(a, &what, item, d->covered ? NULL : &d->header, d->message.keys);
}

enum xj_err xj_mailbox_hold(struct xj_agent *a, const struct xj_frame_item *item, uint64_t *ret_need, bool *ret_bad)
{
    enum fate fate = BAD;
    struct delivery *d = malloc(sizeof *d);
    if (d == NULL)
        return XJ_ENOMEM;
    enum xj_err err = check(a, item, d, &fate);
    *ret_bad = fate == BAD;
    *ret_need = err == XJ_OK && fate == NEEDS_REGISTER ? d->admitted.register_number : 0;
    if (err == XJ_OK && fate == TAKEN)
        err = hold(a, item, d, false);
    free(d);
    return err;
}

static enum xj_err bad_delivery(struct xj_agent *a, const struct xj_frame_item *item)
{
    enum xj_err err = xj_agent_incident(a, "delivery", "a delivery that does not verify: not stored, not acknowledged",
                                        item->statement);
    if (xj_retry_may(a, &a->redeliver)) {
        xj_retry_sent(a, &a->redeliver);
        xj_hello_again(a); /* HELLO makes the exchange deliver again from the last number acknowledged */
    }
    return err;
}

/* A delivery under a number passed, of a message that is not here (spec 04, 13). *ret_late false: it is here. */
static enum xj_err deliver_late(struct xj_agent *a, const struct xj_frame_item *item, struct delivery *d, bool parked,
                                uint64_t *ret_need, bool *ret_late)
{
    bool here = false;
    uint64_t number = 0;
    enum fate fate = BAD;
    enum xj_err err = XJ_OK;
    *ret_late = decode(item, d, &err);
    if (*ret_late)
        err = xj_kv_get_number(a, "Md", xj_hash_slice(&d->digest), &here, &number);
    for (const struct xj_pending *p = a->pending_first; p != NULL; p = p->next)
        here = here || xj_hash_eq(&p->digest, &d->digest);
    if (err != XJ_OK || !*ret_late || here) {
        *ret_late = false;
        return err != XJ_OK || parked || !here ? err : xj_stored_late_again(a, &d->digest);
    }
    if (a->pending_first != NULL || item->number > a->mailbox || xj_agent_disk_low(a))
        return XJ_OK; /* it comes again */
    err = check(a, item, d, &fate);
    if (err == XJ_OK && fate == NEEDS_REGISTER)
        *ret_need = d->admitted.register_number;
    if (err != XJ_OK || fate == NEEDS_REGISTER)
        return err;
    return fate == TAKEN ? hold(a, item, d, true) : bad_delivery(a, item);
}

/* *ret_go false: what follows in this frame cannot be taken now. */
static enum xj_err deliver_one(struct xj_agent *a, const struct xj_frame_item *item, struct delivery *d, bool parked,
                               uint64_t *ret_need, bool *ret_go)
{
    enum fate fate = BAD;
    uint64_t next = a->mailbox + a->pending_count + 1;
    if (a->pending_first != NULL && a->pending_first->late)
        return XJ_OK; /* it comes again once that one is stored */
    if (item->number < next && a->two_exchanges) {
        bool late = false;
        const enum xj_err err = deliver_late(a, item, d, parked, ret_need, &late);
        if (err != XJ_OK || late)
            return err;
    }
    if (item->number < next) {
        /* Delivered again although stored: the exchange may lack the acknowledgement. */
        if (!parked && item->number <= a->mailbox && (a->stored_again == 0 || item->number < a->stored_again))
            a->stored_again = item->number;
        return XJ_OK;
    }
    *ret_go = item->number == next && a->pending_count < a->o.credit && a->pending_bytes < XJ_AGENT_PENDING_BYTES &&
              !xj_agent_disk_low(a);
    if (!*ret_go)
        return XJ_OK; /* it comes again: the exchange keeps it until it is acknowledged */
    enum xj_err err = check(a, item, d, &fate);
    if (err == XJ_OK && fate == TAKEN) {
        xj_retry_progress(a, &a->redeliver);
        return hold(a, item, d, false);
    }
    *ret_go = false;
    if (err == XJ_OK && fate == NEEDS_REGISTER)
        *ret_need = d->admitted.register_number > a->register_number ? d->admitted.register_number : a->register_head;
    return err == XJ_OK && fate == BAD ? bad_delivery(a, item) : err;
}

enum xj_err xj_mailbox_frame(struct xj_agent *a, struct xj_frame *f, bool parked, uint64_t *ret_need)
{
    struct xj_frame_item item;
    bool go = true;
    struct delivery *d = malloc(sizeof *d);
    if (d == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    if (f->n > a->mailbox_head)
        a->mailbox_head = f->n;
    while (err == XJ_OK && go && xj_frame_next(f, &item))
        err = deliver_one(a, &item, d, parked, ret_need, &go);
    if (err == XJ_OK && f->items.bad)
        err = xj_agent_incident(a, "frame", "a delivery list that cannot be read", xj_slice_of(NULL, 0));
    free(d);
    return err;
}

enum xj_err xj_mailbox_leaf(struct xj_agent *a, uint64_t number, const struct xj_hash *digest)
{
    if (a->leaf_count == a->leaf_cap) {
        size_t cap = a->leaf_cap == 0 ? 64 : a->leaf_cap * 2;
        struct xj_hash *more = realloc(a->leaves, cap * sizeof *more);
        if (more == NULL)
            return XJ_ENOMEM;
        a->leaves = more;
        a->leaf_cap = cap;
    }
    if (a->leaf_count == 0)
        a->batch_first = number;
    a->leaves[a->leaf_count++] = xj_tree_mail_leaf(number, digest);
    return XJ_OK;
}

enum xj_err xj_mailbox_enter(struct xj_agent *a, const struct xj_pending *p)
{
    struct xj_message m;
    struct xj_header h;
    unsigned field = 0;
    enum xj_err err = xj_kept(xj_message_split(xj_buf_slice(&p->message), &m));
    if (err == XJ_OK)
        err = xj_kept(xj_header_decode(m.header, &h, &field));
    if (err != XJ_OK)
        return err; /* it was decoded from these bytes when it came */
    bool covered = false;
    err = xj_orders_enter(a, &h, xj_buf_slice(&p->statement), &covered);
    if (err == XJ_OK && m.body.n > 0 && !covered)
        err = xj_object_put(a->o.db, &h.body_digest, m.body);
    if (err == XJ_OK && m.keys.n > 0 && !covered)
        err = xj_object_put(a->o.db, &h.keys_digest, m.keys);
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_RECEIVED, xj_agent_now(a), m.header, m.signature, NULL);
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_ADMITTED, xj_agent_now(a), xj_buf_slice(&p->statement),
                            xj_buf_slice(&p->signature), NULL);
    a->batch_late = p->late;
    a->late_digest = p->digest;
    if (err != XJ_OK)
        return err;
    return p->late ? xj_mailbox_note_late(a, p->number, &p->digest) : xj_mailbox_note(a, p->number, &p->digest);
}

/* What comes back in a recovery is covered by the statements that come back with it. */
static enum xj_err store(struct xj_agent *a, const struct xj_pending *p)
{
    if (a->state == XJ_AGENT_RECOVERING)
        return xj_recover_enter(a, p);
    enum xj_err err = xj_mailbox_enter(a, p);
    return err == XJ_OK ? xj_mailbox_leaf(a, p->number, &p->digest) : err;
}

static void pending_drop(struct xj_agent *a)
{
    struct xj_pending *p = a->pending_first;
    a->pending_first = p->next;
    if (a->pending_first == NULL)
        a->pending_last = &a->pending_first;
    a->pending_count--;
    a->pending_bytes -= p->message.n + p->statement.n;
    pending_free(p);
}

enum xj_err xj_mailbox_advance(struct xj_agent *a)
{
    enum xj_err err = XJ_OK;
    /* what is stored is signed for */
    while (err == XJ_OK && a->keyed && a->pending_first != NULL && !xj_agent_is_stopped(a->state)) {
        struct xj_pending *p = a->pending_first;
        bool here = true;
        while (err == XJ_OK && here && p->missing_count > 0) {
            err = xj_object_has(a->o.db, &p->missing[p->missing_count - 1], &here);
            p->missing_count -= here;
        }
        if (err == XJ_OK && p->missing_count > 0)
            break;
        if (err == XJ_OK)
            err = store(a, p);
        if (err == XJ_OK)
            pending_drop(a);
    }
    return err;
}

void xj_mailbox_clear(struct xj_agent *a)
{
    while (a->pending_first != NULL)
        pending_drop(a);
    a->asked_count = 0;
    xj_retry_progress(a, &a->papers);
}
