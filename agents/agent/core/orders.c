/* Orders to destroy, at an agency: done to its ledger, confirmed to the exchange; and, at the organ that gave the order, who has
 * confirmed. Spec: spec/18-orders.md.
 *
 * kv: 'D' 'n' message, 'D' 'c' case: the latest order that names it · 'D' 'g' message: its content is gone here · 'D' 'p' order: to be
 * done, from that entry on · 'D' 'u' entry: a statement of ours that the exchange has not given back · 'D' 's' digest: the entry of a
 * statement held · 'D' 'w' order: this organ waits for statements · 'D' 'x' order: the exchange has said its last · 'D' 'h' order,
 * agency: 0 a holder, 1 it has confirmed. An order is its number, 8 bytes big-endian, and its id. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"
#include "schema/base/be.h"

#define ORDER_KEY (8u + XJ_ID_SIZE)
#define AT_ONCE 16u

struct order_key {
    uint8_t b[ORDER_KEY];
};

static struct order_key key_of(uint64_t number, const uint8_t id[XJ_ID_SIZE])
{
    struct order_key k;
    xj_be_put(number, k.b, 8);
    memcpy(k.b + 8, id, XJ_ID_SIZE);
    return k;
}

static struct xj_slice slice_of(const struct order_key *k)
{
    return xj_slice_of(k->b, sizeof k->b);
}

static enum xj_err del(struct xj_agent *a, const char *prefix, struct xj_slice tail)
{
    struct xj_buf key;
    xj_kv_key(&key, prefix, tail);
    enum xj_err err = key.err == XJ_OK ? a->store.del(a->store.ctx, xj_buf_slice(&key)) : key.err;
    xj_buf_free(&key);
    return err;
}

static enum xj_err put_order(struct xj_agent *a, const char *prefix, struct xj_slice tail, const struct order_key *order)
{
    struct xj_buf key;
    xj_kv_key(&key, prefix, tail);
    enum xj_err err = key.err == XJ_OK ? a->store.put(a->store.ctx, xj_buf_slice(&key), slice_of(order)) : key.err;
    xj_buf_free(&key);
    return err;
}

/* *ret_found false: none. */
static enum xj_err get_order(struct xj_agent *a, const char *prefix, struct xj_slice tail, bool *ret_found, struct order_key *ret)
{
    struct xj_buf key, value;
    xj_kv_key(&key, prefix, tail);
    xj_buf_init(&value, 64);
    enum xj_err err = key.err == XJ_OK ? a->store.get(a->store.ctx, xj_buf_slice(&key), &value) : key.err;
    *ret_found = err == XJ_OK && value.n == sizeof ret->b;
    if (*ret_found)
        memcpy(ret->b, value.p, sizeof ret->b);
    xj_buf_free(&key);
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* The first pairs of a prefix: what is behind it in each key. */
struct listing {
    size_t skip, tail, count;
    uint8_t tails[AT_ONCE][ORDER_KEY];
    uint64_t values[AT_ONCE];
};

static bool see_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct listing *l = arg;
    if (key.n < l->skip + l->tail)
        return true;
    memcpy(l->tails[l->count], key.p + l->skip, l->tail);
    l->values[l->count++] = value.n == 8 ? xj_be_get(value.p, 8) : 0;
    return l->count < AT_ONCE;
}

static enum xj_err list(struct xj_agent *a, const char *prefix, size_t tail, struct listing *ret)
{
    *ret = (struct listing){.skip = strlen(prefix), .tail = tail};
    return a->store.scan(a->store.ctx, xj_slice_cstr(prefix), xj_slice_cstr(prefix), false, see_pair, ret);
}

/* ---- an order begins ---- */

static enum xj_err begun(void *arg, const struct xj_order *o)
{
    struct xj_agent *a = arg;
    if (o->kind != XJ_ORDER_DESTROY)
        return XJ_OK;
    const struct order_key k = key_of(o->number, o->id);
    enum xj_err err = o->has_case ? put_order(a, "Dc", xj_id_slice(&o->case_id), &k) : XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < o->message_count; i++)
        err = put_order(a, "Dn", xj_id_slice(&o->messages[i]), &k);
    if (err == XJ_OK)
        err = xj_kv_put_number(a, "Dp", slice_of(&k), 1);
    if (err == XJ_OK && strcmp(o->organ, a->agency) == 0)
        err = xj_kv_put_number(a, "Dw", slice_of(&k), 1);
    a->orders_due = a->orders_open = true;
    return err;
}

enum xj_err xj_orders_begun(struct xj_agent *a, struct xj_slice entry)
{
    const bool due = a->orders_due;
    a->orders_due = false;
    enum xj_err err = xj_order_each_begun(&a->store, entry, begun, a);
    if (a->orders_due && a->pending_first != NULL) { /* what waits for papers that are gone comes again, without */
        xj_mailbox_clear(a);
        xj_recover_forget(a);
        xj_hello_again(a);
    }
    a->orders_due = a->orders_due || due;
    return err == XJ_OK || xj_err_is_world(err) ? err : XJ_OK; /* its form was the register's to check */
}

/* ---- what is covered ---- */

static enum xj_err later(struct xj_agent *a, const char *prefix, struct xj_slice tail, struct order_key *best, bool *ret_found)
{
    struct order_key k;
    bool found = false;
    enum xj_err err = get_order(a, prefix, tail, &found, &k);
    if (err == XJ_OK && found && (!*ret_found || xj_be_get(k.b, 8) > xj_be_get(best->b, 8)))
        *best = k;
    *ret_found = *ret_found || found;
    return err;
}

/* The latest order to destroy that names it, or what it shares; or by which what it shares is gone. */
static enum xj_err order_over(struct xj_agent *a, const struct xj_header *h, bool *ret_named, bool *ret_gone, struct order_key *ret)
{
    const struct xj_id *shared = xj_order_shared(h);
    *ret_named = *ret_gone = false;
    enum xj_err err = later(a, "Dn", xj_id_slice(&h->id), ret, ret_named);
    if (err == XJ_OK)
        err = later(a, "Dc", xj_id_slice(&h->case_id), ret, ret_named);
    if (err == XJ_OK && shared != NULL)
        err = later(a, "Dn", xj_id_slice(shared), ret, ret_named);
    if (err == XJ_OK && shared != NULL && !*ret_named)
        err = later(a, "Dg", xj_id_slice(shared), ret, ret_gone);
    return err;
}

static enum xj_err covered_by(struct xj_agent *a, const struct xj_header *h, uint64_t register_number, bool *ret, struct order_key *ret_order)
{
    bool named, gone;
    enum xj_err err = order_over(a, h, &named, &gone, ret_order);
    *ret = err == XJ_OK && (gone || (named && register_number < xj_be_get(ret_order->b, 8)));
    return err;
}

enum xj_err xj_orders_cover(struct xj_agent *a, const struct xj_header *h, uint64_t register_number, bool *ret)
{
    struct order_key k;
    return covered_by(a, h, register_number, ret, &k);
}

enum xj_err xj_orders_enter(struct xj_agent *a, const struct xj_header *h, struct xj_slice admitted, bool *ret)
{
    struct order_key k;
    struct xj_admitted *st = malloc(sizeof *st);
    if (st == NULL)
        return XJ_ENOMEM;
    enum xj_err err = xj_kept(xj_admitted_decode(admitted, st));
    if (err == XJ_OK)
        err = covered_by(a, h, st->register_number, ret, &k);
    free(st);
    if (err != XJ_OK || !*ret)
        return err;
    a->orders_due = true;
    return xj_kv_put_number(a, "Dp", slice_of(&k), 1);
}

enum xj_err xj_orders_answered(struct xj_agent *a, const struct xj_own *own)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct order_key k;
    unsigned field = 0;
    bool named = false, gone = false;
    struct xj_header *h = malloc(sizeof *h);
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = h == NULL ? XJ_ENOMEM : xj_log_get(a->o.log, own->entry, &buf, &e);
    if (err == XJ_OK)
        err = xj_kept(xj_header_decode(e.head, h, &field));
    if (err == XJ_OK)
        err = order_over(a, h, &named, &gone, &k);
    if (err == XJ_OK && (named || gone)) {
        err = xj_kv_put_number(a, "Dp", slice_of(&k), 1);
        a->orders_due = true;
    }
    xj_buf_free(&buf);
    free(h);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* ---- doing ---- */

static enum xj_err answer_entry(struct xj_agent *a, uint64_t n, struct xj_destroy_answer *ret)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct xj_admitted *st = malloc(sizeof *st);
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = st == NULL ? XJ_ENOMEM : xj_log_get(a->o.log, n, &buf, &e);
    if (err == XJ_OK && e.kind == XJ_ENTRY_REFUSED)
        *ret = (struct xj_destroy_answer){.answered = true};
    else if (err == XJ_OK && e.kind == XJ_ENTRY_ADMITTED && (err = xj_kept(xj_admitted_decode(e.head, st))) == XJ_OK)
        *ret = (struct xj_destroy_answer){true, true, st->register_number};
    xj_buf_free(&buf);
    free(st);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err answer_of(void *ctx, const struct xj_entry *message, const struct xj_header *h, struct xj_destroy_answer *ret)
{
    struct xj_agent *a = ctx;
    struct xj_own own;
    if (message->kind == XJ_ENTRY_RECEIVED)
        return answer_entry(a, message->n + 1, ret);
    enum xj_err err = xj_own_load(a, h->number, &own);
    return err != XJ_OK || own.status == XJ_OWN_OPEN ? err : answer_entry(a, own.answer, ret);
}

static enum xj_err gone(void *ctx, const struct xj_id *message, bool *ret)
{
    struct order_key k;
    return get_order(ctx, "Dg", xj_id_slice(message), ret, &k);
}

static enum xj_err say(struct xj_agent *a, struct xj_destroyed *d)
{
    struct xj_buf statement, signature;
    uint64_t entry = 0;
    d->holder = xj_slice_cstr(a->agency);
    d->register_number = a->register_number;
    d->time_ms = xj_agent_now(a);
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_destroyed_encode(d, &statement);
    struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, xj_buf_slice(&statement));
    xj_sign_one(&a->o.keys->sign, &digest, &signature);
    enum xj_err err = statement.err != XJ_OK ? statement.err : signature.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_DESTROYED, d->time_ms, xj_buf_slice(&statement), xj_buf_slice(&signature), &entry);
    if (err == XJ_OK)
        err = xj_orders_note(a, xj_buf_slice(&statement), entry);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    a->dirty = true;
    return err;
}

static enum xj_err carry_out(struct xj_agent *a, const struct xj_order *order)
{
    const struct xj_destroy_hooks hooks = {.ctx = a, .answer = answer_of, .gone = gone};
    uint64_t from = 1;
    bool more = true, any = false;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && more) {
        struct xj_destroyed d;
        err = xj_destroy_round(a->o.log, order, &hooks, &from, &more, &d);
        d.last = !more;
        if (err == XJ_OK && d.message_count > 0)
            err = say(a, &d);
        any = any || d.message_count > 0;
        xj_destroyed_free(&d);
    }
    return err == XJ_OK && any ? xj_agent_act(a, XJ_AA_FOLD, NULL, NULL, 0, false) : err;
}

enum xj_err xj_orders_flush(struct xj_agent *a)
{
    struct listing l;
    if (a->recovering.known && a->recovering.entry == 0)
        return XJ_OK; /* once, when all is back */
    enum xj_err err = a->orders_due ? list(a, "Dp", ORDER_KEY, &l) : XJ_OK;
    struct xj_order *order = a->orders_due && err == XJ_OK && l.count > 0 ? malloc(sizeof *order) : NULL;
    if (order == NULL) {
        a->orders_due = a->orders_due && (err != XJ_OK || l.count > 0);
        return err != XJ_OK || !a->orders_due ? err : XJ_ENOMEM;
    }
    for (size_t i = 0; err == XJ_OK && i < l.count; i++) {
        err = xj_order_at(&a->store, l.tails[i] + 8, xj_be_get(l.tails[i], 8), order);
        err = err == XJ_ENOTFOUND ? XJ_OK : err == XJ_OK ? carry_out(a, order) : err;
        if (err == XJ_OK)
            err = del(a, "Dp", xj_slice_of(l.tails[i], ORDER_KEY));
    }
    free(order);
    return err;
}

/* ---- statements ---- */

static enum xj_err put_holder(struct xj_agent *a, const struct order_key *k, struct xj_slice agency, bool confirmed)
{
    uint8_t tail[ORDER_KEY + XJ_MAX_AGENCY_BYTES];
    uint64_t now = 0;
    bool found = false;
    memcpy(tail, k->b, ORDER_KEY);
    memcpy(tail + ORDER_KEY, agency.p, agency.n <= XJ_MAX_AGENCY_BYTES ? agency.n : 0);
    struct xj_slice key = xj_slice_of(tail, ORDER_KEY + agency.n);
    enum xj_err err = xj_kv_get_number(a, "Dh", key, &found, &now);
    return err == XJ_OK && (!found || (confirmed && now == 0)) ? xj_kv_put_number(a, "Dh", key, confirmed) : err;
}

struct missing {
    bool any;
};

static bool see_holder(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct missing *m = arg;
    (void)key;
    m->any = value.n == 8 && xj_be_get(value.p, 8) == 0;
    return !m->any;
}

/* The organ asks no more once the exchange and every holder have said their last. */
static enum xj_err settle(struct xj_agent *a, const struct order_key *k)
{
    struct xj_buf key;
    struct missing m = {false};
    bool said = false;
    uint64_t n;
    enum xj_err err = xj_kv_get_number(a, "Dx", slice_of(k), &said, &n);
    xj_kv_key(&key, "Dh", slice_of(k));
    if (err == XJ_OK)
        err = key.err != XJ_OK ? key.err : a->store.scan(a->store.ctx, xj_buf_slice(&key), xj_buf_slice(&key), false, see_holder, &m);
    xj_buf_free(&key);
    return err == XJ_OK && said && !m.any ? del(a, "Dw", slice_of(k)) : err;
}

static enum xj_err note_last(struct xj_agent *a, const struct xj_destroyed *d, const struct order_key *k)
{
    enum xj_err err = XJ_OK;
    if (xj_slice_is(d->holder, "exchange"))
        err = xj_kv_put_number(a, "Dx", slice_of(k), 1);
    else
        err = put_holder(a, k, d->holder, true);
    for (size_t i = 0; err == XJ_OK && i < d->holder_count; i++)
        err = put_holder(a, k, d->holders[i], false);
    return err == XJ_OK ? settle(a, k) : err;
}

enum xj_err xj_orders_note(struct xj_agent *a, struct xj_slice statement, uint64_t entry)
{
    struct xj_destroyed d;
    struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, statement);
    enum xj_err err = xj_destroyed_decode(statement, &d);
    if (err != XJ_OK) {
        xj_destroyed_free(&d);
        return xj_kept(err);
    }
    const struct order_key k = key_of(d.order_number, d.order);
    bool ours = xj_slice_is(d.holder, a->agency);
    err = xj_kv_put_number(a, "Ds", xj_hash_slice(&digest), entry);
    for (size_t i = 0; err == XJ_OK && ours && i < d.message_count; i++)
        err = put_order(a, "Dg", xj_id_slice(&d.messages[i]), &k);
    if (err == XJ_OK && ours)
        err = xj_kv_put_at(a, "Du", entry, entry);
    if (err == XJ_OK && d.last)
        err = note_last(a, &d, &k);
    a->orders_open = true;
    xj_destroyed_free(&d);
    return err;
}

/* ---- with the exchange ---- */

struct entries {
    uint64_t *n;
    size_t count, cap;
    bool full;
};

static bool see_entry(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct entries *e = arg;
    (void)key;
    if (e->count == e->cap) {
        size_t cap = e->cap > 0 ? 2 * e->cap : 16;
        uint64_t *more = realloc(e->n, cap * sizeof *more);
        e->full = more == NULL;
        if (more == NULL)
            return false;
        e->n = more;
        e->cap = cap;
    }
    if (value.n == 8)
        e->n[e->count++] = xj_be_get(value.p, 8);
    return true;
}

/* The statement of that entry, if it is ours, has to be given back once more. */
static enum xj_err open_again(struct xj_agent *a, uint64_t entry)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct xj_destroyed d = {.messages = NULL};
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, entry, &buf, &e);
    if (err == XJ_OK)
        err = xj_kept(xj_destroyed_decode(e.head, &d));
    if (err == XJ_OK && xj_slice_is(d.holder, a->agency))
        err = xj_kv_put_at(a, "Du", entry, entry);
    xj_destroyed_free(&d);
    xj_buf_free(&buf);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_orders_another_exchange(struct xj_agent *a)
{
    struct entries held = {.n = NULL};
    enum xj_err err = a->store.scan(a->store.ctx, xj_slice_cstr("Ds"), xj_slice_cstr("Ds"), false, see_entry, &held);
    if (err == XJ_OK && held.full)
        err = XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < held.count; i++)
        err = open_again(a, held.n[i]);
    a->orders_open = a->orders_open || held.count > 0;
    free(held.n);
    return err;
}

static enum xj_err send_statement(struct xj_agent *a, uint64_t entry)
{
    struct xj_buf buf, frame;
    struct xj_entry e;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, entry, &buf, &e);
    if (err == XJ_OK) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_confirm(&frame, a->epoch, ++a->frame_number, e.head, e.sig);
        err = xj_agent_send(a, &frame);
    }
    xj_buf_free(&buf);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

static enum xj_err ask(struct xj_agent *a, const uint8_t id[XJ_ID_SIZE])
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_order_get(&frame, a->epoch, ++a->frame_number, id);
    return xj_agent_send(a, &frame);
}

enum xj_err xj_orders_pump(struct xj_agent *a)
{
    struct listing ours, watched;
    if (!a->orders_open || !xj_agent_may_receive(a) || !xj_retry_may(a, &a->orders))
        return XJ_OK;
    enum xj_err err = list(a, "Du", 8, &ours);
    if (err == XJ_OK)
        err = list(a, "Dw", ORDER_KEY, &watched);
    if (err != XJ_OK)
        return err;
    for (size_t i = 0; err == XJ_OK && i < ours.count; i++)
        err = send_statement(a, ours.values[i]);
    for (size_t i = 0; err == XJ_OK && i < watched.count; i++)
        err = ask(a, watched.tails[i] + 8);
    a->orders_open = ours.count > 0 || watched.count > 0;
    if (a->orders_open)
        xj_retry_sent(a, &a->orders);
    else
        xj_retry_progress(a, &a->orders);
    return err;
}

/* Our own statement came back: the exchange has it. */
static enum xj_err given_back(struct xj_agent *a, uint64_t entry)
{
    struct xj_buf number;
    xj_kv_key_number(&number, "", entry);
    enum xj_err err = number.err == XJ_OK ? del(a, "Du", xj_buf_slice(&number)) : number.err;
    xj_buf_free(&number);
    xj_retry_progress(a, &a->orders);
    return err;
}

static enum xj_err take(struct xj_agent *a, const struct xj_frame_item *item, const struct xj_destroyed *d, const struct xj_hash *digest)
{
    const struct order_key k = key_of(d->order_number, d->order);
    bool waiting = false;
    uint64_t n = 0;
    enum xj_err err = xj_kv_get_number(a, "Dw", slice_of(&k), &waiting, &n);
    if (err != XJ_OK || !waiting || d->register_number > a->register_number)
        return err; /* not asked for; or it comes again when the register is here */
    err = xj_slice_is(d->holder, "exchange") ? xj_agent_verify_exchange(a, XJ_CTX_DESTROYED, item->statement, item->signature, d->register_number)
                                             : xj_agent_verify_agency(a, d->holder, digest, item->signature, d->register_number);
    if (err == XJ_ESIGNATURE)
        return xj_agent_incident(a, "destroyed", "a statement about an order that does not verify", item->statement);
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_DESTROYED, xj_agent_now(a), item->statement, item->signature, &n);
    a->dirty = true;
    return err == XJ_OK ? xj_orders_note(a, item->statement, n) : err;
}

static enum xj_err one(struct xj_agent *a, const struct xj_frame_item *item)
{
    struct xj_destroyed d;
    struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, item->statement);
    bool held = false;
    uint64_t entry = 0;
    enum xj_err err = xj_destroyed_decode(item->statement, &d);
    if (err != XJ_OK) {
        xj_destroyed_free(&d);
        return err == XJ_ENOMEM ? err : xj_agent_incident(a, "frame", "a statement about an order that cannot be read", item->statement);
    }
    err = xj_kv_get_number(a, "Ds", xj_hash_slice(&digest), &held, &entry);
    if (err == XJ_OK && held && xj_slice_is(d.holder, a->agency))
        err = given_back(a, entry);
    else if (err == XJ_OK && !held && !xj_slice_is(d.holder, a->agency))
        err = take(a, item, &d, &digest);
    xj_destroyed_free(&d);
    return err;
}

enum xj_err xj_orders_frame(struct xj_agent *a, struct xj_frame *f)
{
    struct xj_frame_item item;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && xj_frame_next(f, &item))
        err = one(a, &item);
    if (err == XJ_OK && f->items.bad)
        err = xj_agent_incident(a, "frame", "a list of statements that cannot be read", xj_slice_of(NULL, 0));
    return err;
}
