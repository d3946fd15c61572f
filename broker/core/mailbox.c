/* Mailboxes: numbered deliveries within the agent's credit until it has stored them. Spec: spec/04-exchange.md, section 8. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

#define DELIVER_BYTES (XJ_MAX_FRAME_BYTES - XJ_MAX_MESSAGE_BYTES - 2u * XJ_MAX_STATEMENT_BYTES)
#define WAY_BYTES (8u * 1024 * 1024) /* under way to one agency; one delivery alone may exceed it */

enum xj_err xj_mail_set(struct xj_exchange *x, const struct peer *p, uint64_t number, const struct mail *m)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 3);
    xj_put_uint(&x->tmp, m->place);
    xj_put_bin(&x->tmp, m->digest.b, XJ_HASH_SIZE);
    xj_put_bool(&x->tmp, m->header_only);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = xj_key_numbered('M', peer_id(p), number);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

enum xj_err xj_mail_put(struct xj_exchange *x, struct peer *p, uint64_t place, const struct xj_hash *digest, bool header_only,
                        uint64_t *ret_number)
{
    const struct mail m = {place, *digest, header_only};
    *ret_number = ++p->account.mailbox_head;
    p->dirty = true;
    p->pulse = true;
    return xj_mail_set(x, p, *ret_number, &m);
}

enum xj_err xj_mail_find(struct xj_exchange *x, const struct peer *p, uint64_t number, struct mail *ret)
{
    const struct key k = xj_key_numbered('M', peer_id(p), number);
    enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    if (err) return err;
    struct xj_doc doc = {0};
    if ((err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8)) != XJ_OK) return err;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    ret->place = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, ret->digest.b, XJ_HASH_SIZE);
    ret->header_only = xj_take_bool(&c);
    err = xj_cur_end(&c) == XJ_OK ? XJ_OK : XJ_ECORRUPT;
    xj_doc_close(&doc);
    return err;
}

enum xj_err xj_mail_get(struct xj_exchange *x, const struct peer *p, uint64_t number, struct mail *ret)
{
    const enum xj_err err = xj_mail_find(x, p, number, ret);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* Takes the bytes of an admission that is about to be delivered, so that most deliveries read nothing back. */
void xj_mail_cache(struct xj_exchange *x, struct pending *p)
{
    struct cached *c = &x->cache[p->n % CACHE_SLOTS];
    xj_buf_free(&c->message);
    xj_buf_free(&c->statement);
    xj_buf_free(&c->signature);
    c->place = p->n;
    c->message = p->message;
    c->statement = p->statement;
    c->signature = p->signature;
    memset(&p->message, 0, sizeof p->message);
    memset(&p->statement, 0, sizeof p->statement);
    memset(&p->signature, 0, sizeof p->signature);
}

static enum xj_err object_into(struct xj_exchange *x, const struct xj_hash *digest, struct xj_buf *ret)
{
    const enum xj_err err = xj_object_get(x->o.db, digest, ret);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* Puts together what the journal holds of an admission: entries place - 1 and place, body and keys. */
static enum xj_err cache_fill(struct xj_exchange *x, uint64_t place, struct cached *c)
{
    struct xj_buf entry, body, keys;
    xj_buf_init(&entry, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&body, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&keys, XJ_MAX_FRAME_BYTES);
    struct xj_entry e;
    enum xj_err err = xj_log_get(x->o.log, place - 1, &entry, &e);
    if (err) goto out;
    unsigned field;
    struct xj_header *h = &x->header;
    bool gone = false;
    err = e.kind == XJ_ENTRY_MESSAGE ? xj_kept(xj_header_decode(e.head, h, &field)) : XJ_ECORRUPT;
    if (!err) err = xj_exchange_message_gone(x, &h->id, &gone); /* destroyed by order: its header only (spec 18, 2.2) */
    if (!err && !gone) err = object_into(x, &h->body_digest, &body);
    if (!err && !gone) err = object_into(x, &h->keys_digest, &keys);
    if (err) goto out;
    const struct xj_message m = {.header = e.head, .body = xj_buf_slice(&body), .keys = xj_buf_slice(&keys),
                                 .signature = e.sig};
    xj_buf_init(&c->message, XJ_MAX_FRAME_BYTES);
    xj_message_join(&m, &c->message);
    if ((err = xj_log_get(x->o.log, place, &entry, &e)) != XJ_OK) goto out;
    xj_buf_init(&c->statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&c->signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_slice(&c->statement, e.head);
    xj_buf_add_slice(&c->signature, e.sig);
    err = c->message.err ? c->message.err : c->statement.err ? c->statement.err : c->signature.err;
out:
    xj_buf_free(&entry);
    xj_buf_free(&body);
    xj_buf_free(&keys);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

static enum xj_err cache_get(struct xj_exchange *x, uint64_t place, struct cached **ret)
{
    struct cached *c = &x->cache[place % CACHE_SLOTS];
    *ret = c;
    if (c->place == place) return XJ_OK;
    xj_buf_free(&c->message);
    xj_buf_free(&c->statement);
    xj_buf_free(&c->signature);
    c->place = 0;
    const enum xj_err err = cache_fill(x, place, c);
    if (!err) c->place = place;
    return err;
}

/* The message as its reader gets it; a view into the cache, or into tmp. */
static struct xj_slice message_for(const struct cached *c, bool header_only, struct xj_buf *tmp)
{
    struct xj_slice message = xj_buf_slice(&c->message);
    struct xj_message parts;
    if (!header_only || xj_message_split(message, &parts) != XJ_OK) return message;
    parts.body = parts.keys = xj_slice_of(NULL, 0);
    xj_buf_reset(tmp);
    xj_message_join(&parts, tmp);
    return xj_buf_slice(tmp);
}

static void put_delivery(struct xj_buf *out, uint64_t number, const struct mail *m, const struct cached *c, struct xj_buf *tmp)
{
    xj_frame_put_deliver(out, number, message_for(c, m->header_only, tmp), xj_buf_slice(&c->statement), xj_buf_slice(&c->signature));
}

enum xj_err xj_mail_past(struct xj_exchange *x, uint64_t place, bool header_only, struct xj_buf *items)
{
    struct cached *c;
    const enum xj_err err = cache_get(x, place, &c);
    if (err) return err;
    xj_frame_put_past(items, 3, message_for(c, header_only, &x->tmp2), xj_buf_slice(&c->statement), xj_buf_slice(&c->signature));
    return items->err;
}

/* ---- what is under way ---- */

static void way_begins(struct peer *p, uint64_t number, size_t bytes)
{
    p->sent = number;
    p->way[number % XJ_MAX_CREDIT] = (uint32_t)bytes;
    p->way_bytes += bytes;
}

static void way_ends(struct peer *p, uint64_t first, uint64_t last)
{
    for (uint64_t n = first; n <= last && n <= p->sent; n++) p->way_bytes -= p->way[n % XJ_MAX_CREDIT];
}

void xj_mail_rewind(struct peer *p)
{
    p->sent = p->passed = p->account.mailbox_stored;
    p->way_bytes = 0;
}

/* One frame of as many deliveries as fit, from p->sent + 1. */
static enum xj_err deliver_frame(struct xj_exchange *x, struct peer *p, uint64_t last, uint32_t *ret_count)
{
    struct xj_buf items;
    xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
    uint32_t count = 0;
    enum xj_err err = XJ_OK;
    uint64_t number = p->sent;
    while (number < last && count < XJ_MAX_BATCH && items.n < DELIVER_BYTES && p->way_bytes < WAY_BYTES) {
        struct mail m;
        struct cached *c;
        const size_t before = items.n;
        err = xj_mail_find(x, p, ++number, &m);
        if (err == XJ_ENOTFOUND && x->rebuilding.number) break; /* a run unrecovered: told once all before it is acknowledged */
        if (err == XJ_ENOTFOUND) err = XJ_ECORRUPT;
        if (err || (err = cache_get(x, m.place, &c)) != XJ_OK) goto out;
        put_delivery(&items, number, &m, c, &x->tmp2);
        way_begins(p, number, items.n - before);
        count++;
    }
    err = XJ_OK;
    *ret_count = count;
    struct xj_buf *out = count ? xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes)) : NULL;
    if (!count) goto out;
    if (!out) {
        err = XJ_ENOMEM;
        goto out;
    }
    xj_frame_list(out, XJ_F_DELIVER, p->account.epoch, ++p->frames, p->account.mailbox_head, count);
    xj_buf_add_slice(out, xj_buf_slice(&items));
    err = items.err ? items.err : out->err;
    p->sent_ms = x->now_ms;
out:
    xj_buf_free(&items);
    return err;
}

/* Tells the agency of runs that begin where it stands, once there is something behind or in them. */
static enum xj_err pass_runs(struct xj_exchange *x, struct peer *p)
{
    enum xj_err err = XJ_OK;
    if (!x->rebuilding.number || p->sent != p->passed) return XJ_OK;
    while (!err && (p->account.mailbox_head > p->sent || !p->late_idle)) {
        uint64_t last, n;
        err = xj_run_at(x, peer_id(p), XJ_NUMBERS_MAILBOX, p->sent + 1, &last, &n);
        if (err || !n) break;
        p->sent = p->passed = last;
        p->sent_ms = x->now_ms;
        p->run_tries++;
        if (last > p->stands) err = xj_run_send(x, p, n);
    }
    return err;
}

enum xj_err xj_mail_deliver(struct xj_exchange *x, struct peer *p)
{
    if (p->behind) return XJ_OK;
    enum xj_err err = xj_late_any(x, p);
    if (!err) err = pass_runs(x, p);
    uint64_t last = p->passed + p->credit;
    if (last > p->account.mailbox_head) last = p->account.mailbox_head;
    uint32_t count = 1;
    while (!err && count && p->sent < last && p->way_bytes < WAY_BYTES) err = deliver_frame(x, p, last, &count);
    return err ? err : xj_late_deliver(x, p);
}

enum xj_err xj_mail_one(struct xj_exchange *x, struct peer *p, uint64_t number, const struct mail *m)
{
    struct xj_buf items;
    struct cached *c;
    enum xj_err err = cache_get(x, m->place, &c);
    if (err) return err;
    xj_buf_init(&items, XJ_MAX_FRAME_BYTES);
    put_delivery(&items, number, m, c, &x->tmp2);
    struct xj_buf *out = xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (out) {
        xj_frame_list(out, XJ_F_DELIVER, p->account.epoch, ++p->frames, p->account.mailbox_head, 1);
        xj_buf_add_slice(out, xj_buf_slice(&items));
    }
    err = !out ? XJ_ENOMEM : items.err ? items.err : out->err;
    xj_buf_free(&items);
    return err;
}

static enum xj_err stored_bad(struct xj_exchange *x, struct peer *p, struct xj_slice conn, const char *text)
{
    enum xj_err err = xj_out_incident(x, p, peer_id(p), "stored", text, xj_slice_of(NULL, 0));
    if (err) return err;
    return xj_out_notice(x, p, conn, "malformed", 0, xj_slice_of(NULL, 0), "存储确认与交换中心的记录不符，未予登记。",
                         "The stored statement does not agree with the exchange's record; it was not taken.");
}

/* The whole tree over mailbox numbers first .. last as this exchange posted them, its root the last; to be freed. */
static enum xj_err mail_tree(struct xj_exchange *x, const struct peer *p, uint64_t first, uint64_t last,
                             struct xj_hash **ret)
{
    const size_t count = (size_t)(last - first + 1);
    struct xj_hash *tree = malloc(xj_tree_node_count(count) * sizeof *tree);
    if (!tree) return XJ_ENOMEM;
    for (uint64_t n = first; n <= last; n++) {
        struct mail m;
        const enum xj_err err = xj_mail_get(x, p, n, &m);
        if (err) {
            free(tree);
            return err;
        }
        tree[n - first] = xj_tree_mail_leaf(n, &m.digest);
    }
    xj_tree_fill(tree, count);
    *ret = tree;
    return XJ_OK;
}

/* Whether a statement beginning there continues what is acknowledged, directly or across runs unrecovered. */
static enum xj_err continues(struct xj_exchange *x, const struct peer *p, uint64_t first, bool *ret)
{
    uint64_t at = p->account.mailbox_stored, n = 1;
    enum xj_err err = XJ_OK;
    while (!err && n && at + 1 < first) {
        uint64_t last;
        err = xj_run_at(x, peer_id(p), XJ_NUMBERS_MAILBOX, at + 1, &last, &n);
        if (!err && n) at = last;
    }
    *ret = at + 1 == first;
    return err;
}

static enum xj_err late_take(struct xj_exchange *x, struct peer *p, const struct xj_stored *s, struct xj_frame *f, struct late *l)
{
    uint64_t entry;
    if (l->stored) return XJ_OK; /* said again */
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, f->bytes);
    if (s->ledger_size < p->account.ledger_size || xj_verify(&p->verified, p->facts.keys.sign, &digest, f->signature) != XJ_OK)
        return stored_bad(x, p, xj_slice_of(p->conn, p->conn_bytes), "a statement for a late message that does not verify");
    enum xj_err err = xj_log_append(x->o.log, XJ_ENTRY_STORED, x->now_ms, f->bytes, f->signature, &entry);
    if (!err) err = xj_taken_note(x, XJ_ENTRY_STORED, f->bytes, entry);
    if (err) return err;
    p->account.ledger_size = s->ledger_size;
    p->account.ledger_head = s->ledger_head;
    p->account.last_stored = digest;
    p->dirty = true;
    p->late_ms = 0;
    x->figures.stored++;
    l->stored = true;
    err = xj_late_put(x, p, l);
    if (!err) err = xj_delivered_fold(x, l->mail.place, peer_id(p), x->now_ms);
    return err ? err : xj_feed_stored(x, p, s, entry, f->bytes, &s->root, &l->mail);
}

static enum xj_err stored_take(struct xj_exchange *x, struct peer *p, const struct xj_stored *s, struct xj_frame *f,
                               const struct xj_hash *digest, const struct xj_hash *tree)
{
    uint64_t entry;
    enum xj_err err = xj_log_append(x->o.log, XJ_ENTRY_STORED, x->now_ms, f->bytes, f->signature, &entry);
    if (!err && x->rebuilding.number) err = xj_taken_note(x, XJ_ENTRY_STORED, f->bytes, entry);
    if (err) return err;
    struct account *a = &p->account;
    way_ends(p, s->first, s->last);
    a->mailbox_stored = s->last;
    if (p->passed < s->last) p->passed = s->last;
    p->run_tries = 0;
    if (p->sent < s->last) p->sent = s->last; /* stored in an earlier connection, told only now */
    a->ledger_size = s->ledger_size;
    a->ledger_head = s->ledger_head;
    a->last_stored = *digest;
    p->dirty = true;
    x->figures.stored += s->last - s->first + 1;
    for (uint64_t n = s->first; !err && n <= s->last; n++) {
        struct mail m;
        if ((err = xj_mail_get(x, p, n, &m)) == XJ_OK) err = xj_delivered_fold(x, m.place, peer_id(p), x->now_ms);
    }
    return err ? err : xj_feed_stored(x, p, s, entry, f->bytes, tree, NULL);
}

/* The key of the register number that the statement names: one that waited while the agency's keys were replaced keeps its signature. */
static enum xj_err stored_key(struct xj_exchange *x, struct peer *p, const struct xj_stored *s, bool *ret_found, uint8_t ret[32])
{
    struct xj_agency facts;
    *ret_found = s->register_number <= x->reg.number;
    memcpy(ret, p->facts.keys.sign, 32);
    if (!*ret_found || s->register_number == x->reg.number) return XJ_OK;
    const enum xj_err err = xj_reg_agency(&x->store, peer_id(p), s->register_number, &facts);
    *ret_found = !err && facts.connected;
    if (*ret_found) memcpy(ret, facts.keys.sign, 32);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_mail_stored(struct xj_exchange *x, struct peer *p, struct xj_slice conn, struct xj_frame *f)
{
    struct xj_stored s;
    struct account *a = &p->account;
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, f->bytes);
    p->credit = f->n > XJ_MAX_CREDIT ? XJ_MAX_CREDIT : f->n;
    if (xj_hash_eq(&digest, &a->last_stored)) return XJ_OK; /* said again after a lost connection */
    bool recovered = false;
    enum xj_err err = xj_recovered_take(x, p, f->bytes, f->signature, &recovered);
    if (err || recovered) return err;
    if (!xj_legible(xj_stored_decode(f->bytes, &s), &err) || !xj_slice_eq(s.agency, peer_id(p)))
        return err ? err : stored_bad(x, p, conn, "not a stored statement of this agency");
    struct late late;
    err = xj_late_find(x, p, &s, &late);
    if (err != XJ_ENOTFOUND) return err ? err : late_take(x, p, &s, f, &late);
    bool next;
    if ((err = continues(x, p, s.first, &next)) != XJ_OK) return err;
    const bool again = s.last <= a->mailbox_stored; /* said before: its acknowledgement was overtaken by a delivery sent twice */
    if (s.last < s.first || s.last - s.first >= XJ_MAX_CREDIT ||
        (!again && (!next || s.last > a->mailbox_head || s.ledger_size < a->ledger_size)))
        return stored_bad(x, p, conn, "numbers do not continue the record");
    uint8_t key[32];
    bool has_key;
    err = stored_key(x, p, &s, &has_key, key);
    if (err) return err;
    if (!has_key || xj_verify(&p->verified, key, &digest, f->signature) != XJ_OK)
        return stored_bad(x, p, conn, "signature does not verify");
    struct xj_hash *tree;
    if ((err = mail_tree(x, p, s.first, s.last, &tree)) != XJ_OK) return err;
    const struct xj_hash root = tree[xj_tree_node_count((size_t)(s.last - s.first + 1)) - 1];
    if (!xj_hash_eq(&root, &s.root)) err = stored_bad(x, p, conn, "root does not cover what was delivered");
    else if (!again) err = stored_take(x, p, &s, f, &digest, tree);
    free(tree);
    return err;
}
