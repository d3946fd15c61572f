/* Orders to destroy: done to the journal, confirmed by the holders, told to the organ. Spec: spec/18-orders.md, sections 2 to 4.
 *
 * Keys: 'Y' 'm' message: its content was destroyed · 'Y' 'd' digest: that object was · 'Y' 's' order, N, entry: a statement about it ·
 * 'Y' 'c' digest of a statement: its entry · 'Y' 'n' order, agency: how many it has made. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/ledger/destroy.h"

#define STATEMENTS_MAX 64u /* of one agency about one order: what comes late is few */

static struct key key_of(char what, const void *p, size_t n)
{
    uint8_t b[1 + XJ_HASH_SIZE] = {(uint8_t)what};
    memcpy(b + 1, p, n < XJ_HASH_SIZE ? n : XJ_HASH_SIZE);
    return xj_key_bytes('Y', b, 1 + n);
}

static struct key statement_key(const uint8_t order[XJ_ID_SIZE], uint64_t number, uint64_t entry)
{
    struct key k = key_of('s', order, XJ_ID_SIZE);
    xj_key_add(&k, number);
    xj_key_add(&k, entry);
    return k;
}

static enum xj_err put_number(struct xj_exchange *x, const struct key *k, uint64_t n)
{
    struct key value = {.n = 0};
    xj_key_add(&value, n);
    return x->store.put(x->store.ctx, xj_key_slice(k), xj_key_slice(&value));
}

/* *ret_found false: none. */
static enum xj_err get_number(struct xj_exchange *x, const struct key *k, bool *ret_found, uint64_t *ret)
{
    struct xj_buf value;
    xj_buf_init(&value, 64);
    const enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(k), &value);
    *ret_found = err == XJ_OK;
    *ret = err == XJ_OK ? xj_key_number_of(xj_buf_slice(&value)) : 0;
    xj_buf_free(&value);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_exchange_message_gone(struct xj_exchange *x, const struct xj_id *message, bool *ret)
{
    uint64_t n;
    const struct key k = key_of('m', message->b, sizeof message->b);
    return get_number(x, &k, ret, &n);
}

enum xj_err xj_exchange_object_gone(struct xj_exchange *x, const struct xj_hash *digest, bool *ret)
{
    uint64_t n;
    const struct key k = key_of('d', digest->b, sizeof digest->b);
    return get_number(x, &k, ret, &n);
}

/* ---- doing ---- */

static enum xj_err begun(void *arg, const struct xj_order *o)
{
    struct xj_exchange *x = arg;
    if (o->kind != XJ_ORDER_DESTROY) return XJ_OK;
    struct order_due *more = realloc(x->due, (x->due_count + 1) * sizeof *more);
    if (!more) return XJ_ENOMEM;
    x->due = more;
    memcpy(more[x->due_count].id, o->id, sizeof o->id);
    more[x->due_count++].number = o->number;
    return XJ_OK;
}

enum xj_err xj_exchange_orders_begun(struct xj_exchange *x, struct xj_slice entry)
{
    const enum xj_err err = xj_order_each_begun(&x->store, entry, begun, x);
    return !err || xj_err_is_world(err) ? err : XJ_ECORRUPT; /* the register has folded it */
}

/* Who holds what is destroyed, gathered over the rounds. */
struct doing {
    struct xj_exchange *x;
    char holders[XJ_DESTROYED_HOLDERS][XJ_MAX_AGENCY_BYTES + 1];
    size_t count;
};

static enum xj_err answer_of(void *ctx, const struct xj_entry *message, const struct xj_header *h, struct xj_destroy_answer *ret)
{
    struct doing *d = ctx;
    struct xj_buf buf;
    struct xj_entry e;
    struct xj_admitted *st = malloc(sizeof *st);
    (void)h;
    if (!st) return XJ_ENOMEM;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(d->x->o.log, message->n + 1, &buf, &e);
    if (!err && e.kind == XJ_ENTRY_ADMITTED && (err = xj_kept(xj_admitted_decode(e.head, st))) == XJ_OK)
        *ret = (struct xj_destroy_answer){true, true, st->register_number}; /* of what was refused the journal holds no object */
    xj_buf_free(&buf);
    free(st);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err gone(void *ctx, const struct xj_id *message, bool *ret)
{
    const struct doing *d = ctx;
    return xj_exchange_message_gone(d->x, message, ret);
}

static enum xj_err hold(struct doing *d, struct xj_slice agency)
{
    struct peer *p;
    for (size_t i = 0; i < d->count; i++)
        if (xj_slice_is(agency, d->holders[i])) return XJ_OK;
    const enum xj_err err = xj_peer_get(d->x, agency, &p);
    if (!err && p && p->facts.connected && d->count < XJ_DESTROYED_HOLDERS)
        memcpy(d->holders[d->count++], p->facts.id, strlen(p->facts.id) + 1);
    return err;
}

static enum xj_err going(void *ctx, const struct xj_header *h)
{
    struct doing *d = ctx;
    enum xj_err err = hold(d, h->from);
    for (size_t i = 0; !err && i < h->to_count; i++) err = hold(d, h->to[i].agency);
    for (size_t i = 0; !err && i < h->joint_count; i++) err = hold(d, h->joint[i]);
    return err;
}

/* What was made of an object that is gone must not be delivered out of memory. */
static void forget_cached(struct xj_exchange *x)
{
    for (size_t i = 0; i < CACHE_SLOTS; i++) {
        struct cached *c = &x->cache[i];
        xj_buf_free(&c->message);
        xj_buf_free(&c->statement);
        xj_buf_free(&c->signature);
        c->place = 0;
    }
}

static enum xj_err index_gone(struct xj_exchange *x, const struct xj_destroyed *d)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; !err && i < d->message_count; i++) {
        const struct key k = key_of('m', d->messages[i].b, XJ_ID_SIZE);
        err = put_number(x, &k, d->order_number);
    }
    for (size_t i = 0; !err && i < d->digest_count; i++) {
        const struct key k = key_of('d', d->digests[i].b, XJ_HASH_SIZE);
        err = put_number(x, &k, d->order_number);
    }
    return err;
}

static enum xj_err keep_statement(struct xj_exchange *x, const struct xj_destroyed *d, struct xj_slice statement, struct xj_slice signature)
{
    uint64_t entry;
    const struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, statement);
    enum xj_err err = xj_log_append(x->o.log, XJ_ENTRY_DESTROYED, x->now_ms, statement, signature, &entry);
    const struct key by_order = statement_key(d->order, d->order_number, entry), by_digest = key_of('c', digest.b, XJ_HASH_SIZE);
    if (!err) err = put_number(x, &by_order, entry);
    return err ? err : put_number(x, &by_digest, entry);
}

static enum xj_err say(struct xj_exchange *x, struct xj_destroyed *d, const struct doing *doing)
{
    struct xj_buf statement, signature;
    if (d->last && doing->count) {
        if (!(d->holders = calloc(doing->count, sizeof *d->holders))) return XJ_ENOMEM;
        for (; d->holder_count < doing->count; d->holder_count++) d->holders[d->holder_count] = xj_slice_cstr(doing->holders[d->holder_count]);
    }
    d->holder = xj_slice_cstr("exchange");
    d->register_number = x->reg.number;
    d->time_ms = x->now_ms;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_destroyed_encode(d, &statement);
    enum xj_err err = statement.err;
    if (!err) {
        const struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, xj_buf_slice(&statement));
        xj_sign_one(&x->o.keys->sign, &digest, &signature);
        err = signature.err;
    }
    if (!err) err = keep_statement(x, d, xj_buf_slice(&statement), xj_buf_slice(&signature));
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    return err;
}

static bool see_one(void *arg, struct xj_slice key, struct xj_slice value)
{
    (void)key;
    (void)value;
    *(bool *)arg = true;
    return false;
}

/* Whether anything of it was not gone before. */
static enum xj_err has_news(struct xj_exchange *x, const struct xj_destroyed *d, bool *ret)
{
    enum xj_err err = XJ_OK;
    *ret = false;
    for (size_t i = 0; !err && !*ret && i < d->message_count; i++) {
        bool gone_before;
        err = xj_exchange_message_gone(x, &d->messages[i], &gone_before);
        *ret = !gone_before;
    }
    return err;
}

/* With a statement that is the last, even if there was nothing to do; but nothing is said again of an order that was carried out
 * before and finds nothing new (spec 18, 4.3). */
static enum xj_err carry_out(struct xj_exchange *x, const struct xj_order *order, struct doing *doing)
{
    const struct xj_destroy_hooks hooks = {.ctx = doing, .answer = answer_of, .gone = gone, .going = going};
    struct key said_key = key_of('s', order->id, XJ_ID_SIZE);
    uint64_t from = 1;
    bool more = true, said = false, news = false, more_news = false;
    xj_key_add(&said_key, order->number);
    enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&said_key), xj_key_slice(&said_key), false, see_one, &said);
    while (!err && more) {
        struct xj_destroyed d;
        err = xj_destroy_round(x->o.log, order, &hooks, &from, &more, &d);
        d.last = !more;
        if (!err) err = has_news(x, &d, &more_news);
        news = news || more_news;
        if (!err) err = index_gone(x, &d);
        if (!err && (more_news || (d.last && (news || !said)))) err = say(x, &d, doing);
        xj_destroyed_free(&d);
    }
    forget_cached(x);
    return err ? err : xj_out_fold(x);
}

static enum xj_err run_due(struct xj_exchange *x)
{
    enum xj_err err = XJ_OK;
    struct doing *doing = x->due_count ? calloc(1, sizeof *doing) : NULL;
    struct xj_order *order = x->due_count ? malloc(sizeof *order) : NULL;
    if (x->due_count && (!doing || !order)) err = XJ_ENOMEM;
    for (size_t i = 0; !err && i < x->due_count; i++) {
        *doing = (struct doing){.x = x};
        err = xj_order_at(&x->store, x->due[i].id, x->due[i].number, order);
        err = err == XJ_ENOTFOUND ? XJ_OK : err ? err : carry_out(x, order, doing);
    }
    x->due_count = 0;
    free(doing);
    free(order);
    return err;
}

enum xj_err xj_exchange_orders_run(struct xj_exchange *x)
{
    if (!x->rebuilding.under_way) return run_due(x);
    x->due_count = 0; /* once, when all is back */
    return XJ_OK;
}

enum xj_err xj_exchange_orders_again(struct xj_exchange *x)
{
    x->due_count = 0;
    const enum xj_err err = xj_stream_orders(x);
    return err ? err : run_due(x);
}

/* ---- what holders say ---- */

static enum xj_err send_entries(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const uint64_t *entries, size_t count)
{
    size_t i = 0;
    do {
        struct xj_buf items, entry;
        struct xj_entry e;
        uint32_t n = 0;
        enum xj_err err = XJ_OK;
        xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
        xj_buf_init(&entry, XJ_MAX_FRAME_BYTES);
        for (; !err && i < count && n < XJ_MAX_BATCH && items.n < XJ_MAX_FRAME_BYTES / 2; i++, n++) {
            if ((err = xj_log_get(x->o.log, entries[i], &entry, &e)) == XJ_OK) xj_frame_put_entry(&items, e.head, e.sig);
        }
        struct xj_buf *out = err ? NULL : xj_out_frame(x, p, conn);
        if (!err && !out) err = XJ_ENOMEM;
        if (!err) {
            xj_frame_list(out, XJ_F_CONFIRMED, p->account.epoch, ++p->frames, 0, n);
            xj_buf_add_slice(out, xj_buf_slice(&items));
            err = items.err ? items.err : out->err;
        }
        xj_buf_free(&items);
        xj_buf_free(&entry);
        if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    } while (i < count);
    return XJ_OK;
}

/* Whose order it is hears of it at once, when there is a connection; it asks for the rest. */
static enum xj_err tell_organ(struct xj_exchange *x, const char *organ, uint64_t entry)
{
    struct peer *p;
    bool hears;
    enum xj_err err = xj_peer_get(x, xj_slice_cstr(organ), &p);
    if (err || !p) return err;
    err = xj_peer_hears(x, p, &hears);
    return err || !hears ? err : send_entries(x, p, xj_slice_of(p->conn, p->conn_bytes), &entry, 1);
}

static enum xj_err unfit(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const char *text)
{
    const enum xj_err err = xj_out_incident(x, p, xj_slice_cstr(p->facts.id), "malformed", text, xj_slice_of(NULL, 0));
    return err ? err : xj_out_notice(x, p, conn, "malformed", 0, xj_slice_of(NULL, 0), "销毁确认与交换中心的登记不符，未予登记。",
                                     "The statement about an order does not agree with the exchange's record; it was not taken.");
}

static struct key count_key(const struct xj_destroyed *d)
{
    uint8_t b[2 * XJ_ID_SIZE];
    const struct xj_hash agency = xj_digest(XJ_CTX_DESTROYED, d->holder);
    memcpy(b, d->order, XJ_ID_SIZE);
    memcpy(b + XJ_ID_SIZE, agency.b, XJ_ID_SIZE);
    return key_of('n', b, sizeof b);
}

/* NULL, or what is wrong with it. */
static const char *fault_of(struct xj_exchange *x, struct peer *p, const struct xj_destroyed *d, const struct xj_hash *digest,
                            struct xj_slice signature, struct xj_order *order, enum xj_err *ret_err)
{
    struct xj_agency facts;
    bool known = true;
    if (!xj_slice_is(d->holder, p->facts.id) || d->register_number > x->reg.number) return "a statement of somebody else, or from ahead";
    enum xj_err err = xj_order_at(&x->store, d->order, d->order_number, order);
    if (!err) err = xj_reg_agency(&x->store, d->holder, d->register_number, &facts);
    for (size_t i = 0; !err && known && i < d->message_count; i++) err = xj_exchange_message_gone(x, &d->messages[i], &known);
    *ret_err = err == XJ_ENOTFOUND ? XJ_OK : err;
    if (err) return "no such order, or no key at that number";
    if (order->kind != XJ_ORDER_DESTROY || !known) return "it speaks of what was not ordered";
    return facts.connected && xj_verify(&p->verified, facts.keys.sign, digest, signature) == XJ_OK ? NULL : "signature does not verify";
}

static enum xj_err take(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_destroyed *d, const struct xj_frame *f)
{
    const struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, f->bytes);
    const struct key by_digest = key_of('c', digest.b, XJ_HASH_SIZE), count = count_key(d);
    uint64_t entry = 0, made = 0;
    bool before, found;
    enum xj_err err = get_number(x, &by_digest, &before, &entry);
    if (!err) err = get_number(x, &count, &found, &made);
    if (err) return err;
    struct xj_order *order = before ? NULL : malloc(sizeof *order);
    if (!before && !order) return XJ_ENOMEM;
    if (!before) {
        const char *fault = made >= STATEMENTS_MAX ? "too many statements about one order" : fault_of(x, p, d, &digest, f->signature, order, &err);
        if (err || fault) {
            free(order);
            return err ? err : unfit(x, p, conn, fault);
        }
        err = keep_statement(x, d, f->bytes, f->signature);
        if (!err) err = put_number(x, &count, made + 1);
        if (!err) err = get_number(x, &by_digest, &found, &entry);
        if (!err && !xj_slice_is(d->holder, order->organ)) err = tell_organ(x, order->organ, entry);
    }
    free(order);
    return err ? err : send_entries(x, p, conn, &entry, 1);
}

enum xj_err xj_exchange_orders_confirm(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_frame *f)
{
    struct xj_destroyed d;
    enum xj_err err = xj_destroyed_decode(f->bytes, &d);
    if (err != XJ_ENOMEM) err = err ? unfit(x, p, conn, "not a statement about an order") : take(x, p, conn, &d, f);
    xj_destroyed_free(&d);
    return err;
}

/* ---- what the organ asks ---- */

struct listing {
    uint64_t *entries, number;
    size_t count, cap;
    enum xj_err err;
};

static bool see_statement(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct listing *l = arg;
    if (l->count == l->cap) {
        const size_t cap = l->cap ? l->cap * 2 : 64;
        uint64_t *more = realloc(l->entries, cap * sizeof *more);
        if (!more) {
            l->err = XJ_ENOMEM;
            return false;
        }
        l->entries = more;
        l->cap = cap;
    }
    l->number = xj_key_number_of(xj_slice_of(key.p, key.n - 8)); /* the entry is behind it */
    l->entries[l->count++] = xj_key_number_of(value);
    return true;
}

/* The organ of the order as it began last, and the registrar's agency. */
static enum xj_err may_ask(struct xj_exchange *x, const struct peer *p, const struct xj_id *id, uint64_t number, bool *ret)
{
    char registrar[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t key[32];
    struct xj_order *order = malloc(sizeof *order);
    if (!order) return XJ_ENOMEM;
    enum xj_err err = number ? xj_order_at(&x->store, id->b, number, order) : xj_order_now(&x->store, id->b, order);
    *ret = err == XJ_OK && strcmp(order->organ, p->facts.id) == 0;
    free(order);
    if (err && err != XJ_ENOTFOUND) return err;
    if ((err = xj_reg_registrar(&x->store, registrar, key)) != XJ_OK) return err == XJ_ENOTFOUND ? XJ_OK : err;
    *ret = *ret || strcmp(registrar, p->facts.id) == 0;
    return XJ_OK;
}

enum xj_err xj_exchange_orders_get(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const struct xj_id *order)
{
    struct listing l = {.err = XJ_OK};
    bool ok = false;
    const struct key k = key_of('s', order->b, sizeof order->b);
    enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&k), xj_key_slice(&k), false, see_statement, &l);
    if (!err) err = l.err;
    if (!err) err = may_ask(x, p, order, l.number, &ok);
    if (!err)
        err = ok ? send_entries(x, p, conn, l.entries, l.count)
                 : xj_out_notice(x, p, conn, "denied", 0, xj_slice_of(NULL, 0), "只有作出命令的机关和登记机关可以查询。",
                                 "Only the organ that ordered it, and the registrar, may ask.");
    free(l.entries);
    return err;
}
