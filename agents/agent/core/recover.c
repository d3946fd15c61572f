#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

/* A ledger that was lost comes back from the exchange (spec 04, 12): what was consumed, acknowledged and told, in the order of
 * the exchange's journal, through the same list of pending things as deliveries, because here, too, papers are there first. */

enum xj_err xj_recover_begin(struct xj_agent *a, const struct xj_welcome *w, struct xj_slice bytes)
{
    const struct xj_recovery r = {.exchange = w->store, .epoch = w->epoch,
                                  .lost = {.size = w->ledger_size, .head = w->ledger_head, .own_number = w->own_number,
                                           .mailbox = w->mailbox_stored, .feed = w->feed_head}};
    struct xj_buf head;
    enum xj_err err = xj_agent_incident(a, "ledger_lost", "the exchange remembers more than this ledger holds: it is fetched back; "
                                        "acts that never reached the exchange, and notes, are gone", bytes);
    xj_mailbox_clear(a);
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_recovery_encode(&r, &head);
    if (err == XJ_OK)
        err = head.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_RECOVERY, xj_agent_now(a), xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&head);
    a->recovering = (struct xj_recovering){.known = true, .lost = r.lost};
    a->dirty = true;
    return err == XJ_OK ? xj_recovering_save(a) : err;
}

void xj_recover_forget(struct xj_agent *a)
{
    a->recovering.from = a->recovering.next = 0;
    xj_retry_progress(a, &a->recovering.retry);
}

static enum xj_err inconsistent(struct xj_agent *a, const char *text, struct xj_slice detail)
{
    xj_agent_set_state(a, XJ_AGENT_INCONSISTENT, "取回的内容与本机账本不一致：已停止，证据已保存，请联系平台",
                       "what came back contradicts this ledger: stopped, evidence kept");
    return xj_agent_incident(a, "inconsistent", text, detail);
}

/* ---- how far it came ---- */

enum xj_err xj_recover_messages_back(struct xj_agent *a, bool *ret)
{
    uint64_t stored = 0, entry = 0;
    const struct xj_lost *lost = &a->recovering.lost;
    enum xj_err err = xj_stored_last(a, &stored, &entry);
    *ret = a->answered_prefix >= lost->own_number && a->mailbox >= lost->mailbox && stored >= lost->mailbox;
    return err;
}

/* The place in the exchange's journal that an answer, or the admission of a message received, names. */
static enum xj_err position_of(struct xj_agent *a, uint64_t entry, uint64_t *ret)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct xj_refused refused;
    struct xj_admitted *admitted = malloc(sizeof *admitted);
    if (admitted == NULL)
        return XJ_ENOMEM;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, entry, &buf, &e);
    if (err == XJ_OK && e.kind == XJ_ENTRY_REFUSED) {
        err = xj_refused_decode(e.head, &refused);
        *ret = refused.position;
    } else if (err == XJ_OK) {
        err = xj_admitted_decode(e.head, admitted);
        *ret = admitted->seq;
    }
    xj_buf_free(&buf);
    free(admitted);
    return err == XJ_OK || xj_err_is_world(err) ? err : XJ_ECORRUPT;
}

/* The last received entry below n; 0: none. */
static enum xj_err received_before(struct xj_agent *a, uint64_t n, struct xj_buf *buf, uint64_t *ret)
{
    struct xj_entry e = {.kind = XJ_ENTRY_INVALID};
    enum xj_err err = XJ_OK;
    for (*ret = n; err == XJ_OK && *ret > 0 && e.kind != XJ_ENTRY_RECEIVED;)
        if (--*ret > 0)
            err = xj_log_get(a->o.log, *ret, buf, &e);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* Every message in the journal up to the one before the last stored statement is here. */
static enum xj_err mail_position(struct xj_agent *a, uint64_t stored_entry, uint64_t *ret)
{
    struct xj_buf buf;
    uint64_t received = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = received_before(a, stored_entry, &buf, &received);
    xj_buf_free(&buf);
    *ret = 0;
    return err == XJ_OK && received > 0 ? position_of(a, received + 1, ret) : err;
}

/* Where to begin: behind what an older copy holds, or a recovery that was broken off. */
static enum xj_err begin_at(struct xj_agent *a, uint64_t *ret)
{
    const struct xj_lost *lost = &a->recovering.lost;
    uint64_t own_at = UINT64_MAX, mail_at = UINT64_MAX, stored = 0, entry = 0;
    struct xj_own own = {.answer = 0};
    enum xj_err err = xj_stored_last(a, &stored, &entry);
    if (err == XJ_OK && a->answered_prefix < lost->own_number) {
        own_at = 0;
        if (a->answered_prefix > 0)
            err = xj_own_load(a, a->answered_prefix, &own);
        if (err == XJ_OK && a->answered_prefix > 0)
            err = position_of(a, own.answer, &own_at);
    }
    if (err == XJ_OK && (a->mailbox < lost->mailbox || stored < lost->mailbox))
        err = mail_position(a, entry, &mail_at);
    *ret = (own_at < mail_at ? own_at : mail_at) + 1;
    return err;
}

/* ---- what comes back ---- */

/* One item, decoded. */
struct back {
    struct xj_message message;
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_hash digest;
    bool covered; /* an own act, by an order to destroy: content that the exchange has not any more */
};
enum fate { TAKEN, BAD, NEEDS_REGISTER };

static uint64_t number_here(const struct xj_agent *a, const struct xj_admitted *st)
{
    for (size_t i = 0; i < st->recipient_count; i++)
        if (xj_slice_is(st->recipients[i].agency, a->agency))
            return st->recipients[i].number;
    return 0;
}

static bool own_content_fits(const struct back *b)
{
    if (b->covered && b->message.body.n == 0 && b->message.keys.n == 0)
        return true;
    struct xj_hash body = xj_digest(XJ_SEAL_BODY, b->message.body), keys = xj_digest(XJ_CTX_KEYS, b->message.keys);
    return xj_hash_eq(&body, &b->header.body_digest) && xj_hash_eq(&keys, &b->header.keys_digest);
}

static enum xj_err fate_of(enum xj_err err, enum fate *ret)
{
    *ret = err == XJ_OK ? TAKEN : BAD;
    return xj_err_is_world(err) ? err : XJ_OK;
}

/* An own act with its answer. */
static enum xj_err check_own(struct xj_agent *a, const struct xj_frame_item *item, struct back *b, enum fate *ret)
{
    const bool refused = item->number == XJ_ENTRY_REFUSED;
    const struct xj_hash *about = refused ? &b->refused.message : &b->admitted.message;
    const uint64_t at = refused ? b->refused.register_number : b->admitted.register_number;
    *ret = BAD;
    if (at > a->register_number) {
        a->register_want = at > a->register_want ? at : a->register_want;
        *ret = NEEDS_REGISTER;
        return XJ_OK;
    }
    enum xj_err err = refused ? XJ_OK : xj_orders_cover(a, &b->header, at, &b->covered);
    if (err != XJ_OK)
        return err;
    if (!refused && !b->covered && b->message.body.n == 0 && b->message.keys.n == 0 && a->register_head > a->register_number) {
        a->register_want = a->register_head; /* an order may be on its way here */
        *ret = NEEDS_REGISTER;
        return XJ_OK;
    }
    if (!xj_hash_eq(about, &b->digest) || (!refused && !own_content_fits(b)) ||
        (refused && (!xj_slice_is(b->refused.agency, a->agency) || b->refused.number != b->header.number ||
                     !xj_id_eq(&b->refused.id, &b->header.id))))
        return XJ_OK;
    err = xj_agent_verify_exchange(a, refused ? XJ_CTX_REFUSED : XJ_CTX_ADMITTED, item->statement, item->signature, at);
    if (err == XJ_OK)
        err = xj_agent_verify_agency(a, b->header.from, &b->digest, b->message.signature, at);
    return fate_of(err, ret);
}

static enum xj_err hold_own(struct xj_agent *a, const struct xj_frame_item *item, struct back *b, enum fate *ret)
{
    const bool refused = item->number == XJ_ENTRY_REFUSED;
    const struct xj_pending what = {.kind = refused ? XJ_ENTRY_REFUSED : XJ_ENTRY_ADMITTED, .digest = b->digest};
    enum xj_err err = check_own(a, item, b, ret);
    return err == XJ_OK && *ret == TAKEN ? xj_pending_hold(a, &what, item, refused || b->covered ? NULL : &b->header, b->message.keys) : err;
}

/* Another message than the one held under that number, or that one under another: only what the exchange and the sender signed says so. */
static enum xj_err contradiction(struct xj_agent *a, const struct xj_frame_item *item, const struct back *b, enum fate *ret)
{
    const uint64_t at = b->admitted.register_number;
    *ret = BAD;
    if (at > a->register_number) {
        a->register_want = at > a->register_want ? at : a->register_want;
        *ret = NEEDS_REGISTER;
        return XJ_OK;
    }
    if (!xj_hash_eq(&b->admitted.message, &b->digest))
        return XJ_OK;
    enum xj_err err = xj_agent_verify_exchange(a, XJ_CTX_ADMITTED, item->statement, item->signature, at);
    if (err == XJ_OK)
        err = xj_agent_verify_agency(a, b->header.from, &b->digest, b->message.signature, at);
    err = fate_of(err, ret);
    return err == XJ_OK && *ret == TAKEN
               ? inconsistent(a, "another message came back under a mailbox number that is held", item->statement)
               : err;
}

/* A message of this mailbox. Those held already were checked when they came, those above the figure are delivered later. */
static enum xj_err hold_received(struct xj_agent *a, const struct xj_frame_item *item, const struct back *b, enum fate *ret)
{
    struct xj_frame_item mail = *item;
    uint64_t need = 0, before = 0;
    bool bad = false, held = false;
    mail.number = number_here(a, &b->admitted);
    *ret = TAKEN;
    if (mail.number > a->recovering.lost.mailbox)
        return XJ_OK;
    if (mail.number > 0 && mail.number <= a->mailbox) {
        enum xj_err err = xj_kv_get_number(a, "Md", xj_hash_slice(&b->digest), &held, &before);
        return err == XJ_OK && (!held || before != mail.number) ? contradiction(a, item, b, ret) : err;
    }
    enum xj_err err = xj_mailbox_hold(a, &mail, &need, &bad);
    *ret = bad ? BAD : need > 0 ? NEEDS_REGISTER : TAKEN;
    a->register_want = need > a->register_want ? need : a->register_want;
    return err;
}

static enum xj_err hold_stored(struct xj_agent *a, const struct xj_frame_item *item, struct back *b, enum fate *ret)
{
    const struct xj_pending what = {.kind = XJ_ENTRY_STORED, .number = b->stored.last};
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, item->statement);
    *ret = BAD;
    if (!xj_slice_is(b->stored.agency, a->agency) || b->stored.register_number > a->register_number)
        return XJ_OK;
    enum xj_err err = fate_of(xj_agent_verify_agency(a, b->stored.agency, &digest, item->signature, b->stored.register_number), ret);
    return err == XJ_OK && *ret == TAKEN ? xj_pending_hold(a, &what, item, NULL, xj_slice_of(NULL, 0)) : err;
}

static bool decode(const struct xj_frame_item *item, struct back *b, enum xj_err *world)
{
    unsigned field = 0;
    if (item->number == XJ_ENTRY_STORED)
        return xj_legible(xj_stored_decode(item->statement, &b->stored), world);
    if (!xj_legible(xj_message_split(item->message, &b->message), world) ||
        !xj_legible(xj_header_decode(b->message.header, &b->header, &field), world))
        return false;
    b->digest = xj_header_digest(b->message.header);
    return xj_legible(item->number == XJ_ENTRY_REFUSED ? xj_refused_decode(item->statement, &b->refused)
                                                       : xj_admitted_decode(item->statement, &b->admitted), world);
}

static enum xj_err hold_item(struct xj_agent *a, const struct xj_frame_item *item, struct back *b, enum fate *ret)
{
    enum xj_err err = XJ_OK;
    *ret = BAD;
    b->covered = false;
    if (!decode(item, b, &err))
        return err;
    if (item->number == XJ_ENTRY_STORED)
        return hold_stored(a, item, b, ret);
    return xj_slice_is(b->header.from, a->agency) ? hold_own(a, item, b, ret) : hold_received(a, item, b, ret);
}

/* All of the frame was held: what is behind it is asked for when that is entered. */
static enum xj_err frame_done(struct xj_agent *a, const struct xj_frame *f)
{
    struct xj_recovering *r = &a->recovering;
    if (f->next > f->n) {
        r->next = f->next;
        xj_retry_progress(a, &r->retry);
        return XJ_OK;
    }
    r->from = 1; /* after the retry time that runs */
    return xj_agent_incident(a, "past", "the exchange holds less of this agency's past than it said", xj_slice_of(NULL, 0));
}

enum xj_err xj_recover_frame(struct xj_agent *a, struct xj_frame *f)
{
    struct xj_recovering *r = &a->recovering;
    struct xj_frame_item item;
    enum fate fate = TAKEN;
    if (a->state != XJ_AGENT_RECOVERING || r->entry != 0 || f->n != r->from || r->next != 0 || a->pending_first != NULL)
        return XJ_OK; /* of an older question */
    struct back *b = calloc(1, sizeof *b);
    if (b == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && fate == TAKEN && a->state == XJ_AGENT_RECOVERING && xj_frame_next(f, &item))
        err = hold_item(a, &item, b, &fate);
    free(b);
    if (err == XJ_OK && (fate == BAD || f->items.bad))
        return xj_agent_incident(a, "past", "something that came back does not verify: not entered, asked for again", item.statement);
    return err == XJ_OK && fate == TAKEN && a->state == XJ_AGENT_RECOVERING ? frame_done(a, f) : err;
}

/* ---- entering it ---- */

static enum xj_err enter_answer(struct xj_agent *a, const struct xj_pending *p, uint64_t number, struct xj_own *own)
{
    uint64_t entry = 0;
    struct xj_admitted *st = NULL;
    enum xj_err err = xj_log_append(a->o.log, p->kind, xj_agent_now(a), xj_buf_slice(&p->statement), xj_buf_slice(&p->signature), &entry);
    if (err == XJ_OK && p->kind == XJ_ENTRY_ADMITTED) {
        st = malloc(sizeof *st);
        err = st == NULL ? XJ_ENOMEM : xj_admitted_decode(xj_buf_slice(&p->statement), st);
    }
    if (err == XJ_OK)
        err = xj_answer_note(a, number, own, st, entry);
    free(st);
    return err;
}

static enum xj_err enter_act(struct xj_agent *a, const struct xj_message *m, const struct xj_header *h, const struct xj_pending *p,
                             struct xj_own *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->id = h->id;
    ret->digest = p->digest;
    bool covered = false;
    enum xj_err err = p->kind == XJ_ENTRY_ADMITTED ? xj_orders_enter(a, h, xj_buf_slice(&p->statement), &covered) : XJ_OK;
    if (err == XJ_OK && m->body.n > 0 && !covered)
        err = xj_object_put(a->o.db, &h->body_digest, m->body);
    if (err == XJ_OK && m->keys.n > 0 && !covered)
        err = xj_object_put(a->o.db, &h->keys_digest, m->keys);
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_OWN, xj_agent_now(a), m->header, m->signature, &ret->entry);
    a->own_number = h->number;
    a->own_digest = p->digest;
    a->dirty = true;
    return err == XJ_OK ? xj_own_note(a, h->number, ret) : err;
}

/* A refusal of a reused id consumed its number only if that was the next one. */
static bool may_be_beside(const struct xj_pending *p)
{
    struct xj_refused st;
    return p->kind == XJ_ENTRY_REFUSED && xj_refused_decode(xj_buf_slice(&p->statement), &st) == XJ_OK && xj_slice_is(st.code, "id_reused");
}

static enum xj_err enter_own(struct xj_agent *a, const struct xj_pending *p)
{
    struct xj_message m;
    struct xj_header h;
    struct xj_own own;
    unsigned field = 0;
    enum xj_err err = xj_kept(xj_message_split(xj_buf_slice(&p->message), &m));
    if (err == XJ_OK)
        err = xj_kept(xj_header_decode(m.header, &h, &field));
    if (err != XJ_OK)
        return err; /* it was decoded from these bytes when it came */
    if (h.number > a->own_number + 1)
        return XJ_OK; /* what is between comes when the journal is gone through again */
    if (h.number == a->own_number + 1) {
        if (h.number > 1 && !xj_hash_eq(&h.previous, &a->own_digest))
            return inconsistent(a, "an act came back that does not follow the one held before it", m.header);
        err = enter_act(a, &m, &h, p, &own);
    } else {
        err = xj_own_load(a, h.number, &own);
        if (err == XJ_OK && !xj_hash_eq(&own.digest, &p->digest))
            return may_be_beside(p) ? XJ_OK : inconsistent(a, "another act came back under a number that is held", m.header);
        if (err == XJ_OK && own.status != XJ_OWN_OPEN)
            return XJ_OK;
    }
    return err == XJ_OK ? enter_answer(a, p, h.number, &own) : err;
}

/* Root over the last `count` messages received. */
static enum xj_err mail_root(struct xj_agent *a, uint64_t first, uint64_t count, struct xj_hash *ret)
{
    struct xj_buf buf;
    struct xj_entry e;
    uint64_t n = xj_log_size(a->o.log) + 1;
    enum xj_err err = XJ_OK;
    struct xj_hash *leaves = calloc((size_t)count, sizeof *leaves);
    if (leaves == NULL)
        return XJ_ENOMEM;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t number = a->mailbox; err == XJ_OK && number >= first; number--) {
        err = received_before(a, n, &buf, &n);
        if (err == XJ_OK)
            err = n == 0 ? XJ_ECORRUPT : xj_log_get(a->o.log, n, &buf, &e);
        if (err == XJ_OK && number - first < count) {
            const struct xj_hash digest = xj_header_digest(e.head);
            leaves[number - first] = xj_tree_mail_leaf(number, &digest);
        }
    }
    if (err == XJ_OK)
        *ret = xj_tree_root(leaves, (size_t)count);
    xj_buf_free(&buf);
    free(leaves);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

static enum xj_err enter_stored(struct xj_agent *a, const struct xj_pending *p)
{
    struct xj_stored st;
    struct xj_hash root;
    uint64_t stored = 0, entry = 0;
    enum xj_err err = xj_kept(xj_stored_decode(xj_buf_slice(&p->statement), &st));
    if (err == XJ_OK)
        err = xj_stored_last(a, &stored, &entry);
    if (err != XJ_OK || st.first != stored + 1 || st.last > a->mailbox || st.last - st.first >= XJ_MAX_CREDIT)
        return err; /* held, or before its turn */
    err = mail_root(a, st.first, st.last - st.first + 1, &root);
    if (err == XJ_OK && !xj_hash_eq(&root, &st.root))
        return inconsistent(a, "other messages came back than this agency once signed for", xj_buf_slice(&p->statement));
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_STORED, xj_agent_now(a), xj_buf_slice(&p->statement), xj_buf_slice(&p->signature), &entry);
    if (err == XJ_OK)
        err = xj_kv_put_at(a, "Ms", st.last, entry);
    a->dirty = true;
    return err;
}

enum xj_err xj_recover_enter(struct xj_agent *a, const struct xj_pending *p)
{
    if (p->kind == XJ_ENTRY_STORED)
        return enter_stored(a, p);
    if (p->kind != XJ_ENTRY_RECEIVED)
        return enter_own(a, p);
    return p->number == a->mailbox + 1 ? xj_mailbox_enter(a, p) : XJ_OK;
}

/* ---- asking, and the end of it ---- */

static enum xj_err ask(struct xj_agent *a)
{
    struct xj_recovering *r = &a->recovering;
    struct xj_buf frame;
    enum xj_err err = XJ_OK;
    if (r->next != 0) {
        r->from = r->next;
        r->next = 0;
    }
    if (!xj_retry_may(a, &r->retry))
        return XJ_OK;
    if (r->from == 0)
        err = begin_at(a, &r->from);
    if (err != XJ_OK)
        return err;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&frame, XJ_F_PAST_GET, a->epoch, ++a->frame_number, r->from);
    xj_retry_sent(a, &r->retry);
    return xj_agent_send(a, &frame);
}

static enum xj_err send_statement(struct xj_agent *a, struct xj_slice statement, struct xj_slice signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_stored(&frame, a->epoch, ++a->frame_number, statement, signature, xj_mailbox_credit(a));
    xj_hello_again(a); /* the WELCOME tells whether it was taken */
    return xj_agent_send(a, &frame);
}

enum xj_err xj_recover_restate(struct xj_agent *a)
{
    struct xj_buf buf;
    struct xj_entry e;
    if (a->recovering.entry == 0)
        return XJ_OK;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, a->recovering.entry, &buf, &e);
    if (err == XJ_OK)
        err = send_statement(a, e.head, e.sig);
    xj_buf_free(&buf);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

static enum xj_err state_it(struct xj_agent *a)
{
    const struct xj_recovered st = {.agency = xj_slice_cstr(a->agency), .epoch = a->epoch, .lost = a->recovering.lost,
                                    .ledger_size = xj_log_size(a->o.log), .ledger_head = xj_log_root(a->o.log),
                                    .time_ms = xj_agent_now(a), .register_number = a->register_number};
    struct xj_buf statement, signature;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_recovered_encode(&st, &statement);
    const struct xj_hash digest = xj_digest(XJ_CTX_RECOVERED, xj_buf_slice(&statement));
    xj_sign_one(&a->o.keys->sign, &digest, &signature);
    enum xj_err err = statement.err != XJ_OK ? statement.err : signature.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_RECOVERED, xj_agent_now(a), xj_buf_slice(&statement), xj_buf_slice(&signature),
                            &a->recovering.entry);
    a->dirty = true;
    if (err == XJ_OK)
        err = xj_recovering_save(a);
    if (err == XJ_OK)
        err = send_statement(a, xj_buf_slice(&statement), xj_buf_slice(&signature));
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    return err;
}

enum xj_err xj_recover_pump(struct xj_agent *a)
{
    bool back = false;
    if (a->state != XJ_AGENT_RECOVERING || a->recovering.entry != 0 || a->pending_first != NULL ||
        a->register_number < a->register_head || xj_agent_disk_low(a))
        return XJ_OK;
    enum xj_err err = xj_recover_messages_back(a, &back);
    if (err == XJ_OK && !back)
        return ask(a);
    xj_retry_progress(a, &a->recovering.retry);
    return err == XJ_OK && a->feed >= a->recovering.lost.feed ? state_it(a) : err;
}
