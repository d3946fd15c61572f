/* Working state from entries: what a journal that was handed back comes to. Spec: spec/04-exchange.md, section 13. */
#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

#define FORKS 1024u /* acts of one case under neighbouring places of two exchanges */

struct act {
    uint64_t seq, place;
    struct xj_hash message;
};

struct fold {
    struct xj_exchange *x;
    struct act *acts;
    size_t count, cap;
    struct xj_buf head;
    struct xj_admitted admitted;
    struct xj_after after[XJ_MAX_AFTER];
    struct xj_breach breaches[XJ_MAX_BREACHES];
    char codes[XJ_MAX_BREACHES][XJ_MAX_NAME_BYTES + 1], details[XJ_MAX_BREACHES][XJ_MAX_NAME_BYTES * 2 + 1];
};

static enum xj_err get(struct xj_exchange *x, const struct key *k, struct xj_buf *value)
{
    return x->store.get(x->store.ctx, xj_key_slice(k), value);
}

static enum xj_err put(struct xj_exchange *x, const struct key *k, struct xj_slice value)
{
    return x->store.put(x->store.ctx, xj_key_slice(k), value);
}

/* ---- every agency ---- */

struct names {
    char (*name)[XJ_MAX_AGENCY_BYTES + 1];
    size_t count, cap;
    bool full;
};

static bool collect_name(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct names *n = arg;
    (void)value;
    if (n->count == n->cap) {
        const size_t cap = n->cap ? 2 * n->cap : 64;
        char(*more)[XJ_MAX_AGENCY_BYTES + 1] = realloc(n->name, cap * sizeof *more);
        n->full = !more;
        if (!more) return false;
        n->name = more;
        n->cap = cap;
    }
    if (id.n > XJ_MAX_AGENCY_BYTES) return true;
    memcpy(n->name[n->count], id.p, id.n);
    n->name[n->count++][id.n] = 0;
    return true;
}

enum xj_err xj_each_peer(struct xj_exchange *x, peer_visit *visit, void *arg)
{
    struct names n = {0};
    enum xj_err err = xj_reg_each(&x->store, "keys", xj_slice_of(NULL, 0), collect_name, &n);
    if (!err && n.full) err = XJ_ENOMEM;
    for (size_t i = 0; !err && i < n.count; i++) {
        struct peer *p;
        err = xj_peer_get(x, xj_slice_cstr(n.name[i]), &p);
        if (!err && p && p->facts.connected) err = visit(x, p, arg);
    }
    free(n.name);
    return err;
}

/* ---- what an agency holds: beyond what it handed back, all that it acknowledged ---- */

#define CHUNK 256u
struct mails {
    struct peer *p;
    uint64_t number[CHUNK], from;
    struct xj_hash digest[CHUNK];
    size_t count;
    enum xj_err err;
};

static bool collect_mail(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct mails *m = arg;
    struct xj_doc doc = {0};
    const uint64_t number = xj_key_number_of(key);
    if (number > m->p->account.mailbox_stored) return false;
    if ((m->err = xj_doc_kept(&doc, value, 8)) != XJ_OK) return false;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    xj_take_any(&c);
    m->number[m->count] = number;
    xj_take_bin_to(&c, m->digest[m->count++].b, XJ_HASH_SIZE);
    xj_doc_close(&doc);
    return m->count < CHUNK;
}

static enum xj_err note_acknowledged(struct xj_exchange *x, struct peer *p, void *arg)
{
    struct mails *m = arg;
    const struct key all = xj_key_agency('M', peer_id(p));
    enum xj_err err = XJ_OK;
    m->p = p;
    m->from = 1;
    do {
        const struct key from = xj_key_numbered('M', peer_id(p), m->from);
        m->count = 0;
        m->err = XJ_OK;
        err = x->store.scan(x->store.ctx, xj_key_slice(&all), xj_key_slice(&from), false, collect_mail, m);
        if (!err) err = m->err;
        for (size_t i = 0; !err && i < m->count; i++) {
            const struct key h = xj_key_numbered('H', peer_id(p), m->number[i]), l = xj_key_held(peer_id(p), &m->digest[i]);
            struct key number = {.n = 0};
            xj_key_add(&number, m->number[i]);
            err = put(x, &h, xj_hash_slice(&m->digest[i]));
            if (!err) err = put(x, &l, xj_key_slice(&number));
            m->from = m->number[i] + 1;
        }
    } while (!err && m->count == CHUNK);
    return err;
}

static enum xj_err reset_account(struct xj_exchange *x, struct peer *p, void *arg)
{
    struct account *a = &p->account;
    (void)x;
    (void)arg;
    a->ledger_size = a->own_number = a->mailbox_head = a->mailbox_stored = a->feed_head = 0;
    a->ledger_head = xj_sha256(NULL, 0);
    a->has_own_digest = false;
    memset(&a->last_stored, 0, sizeof a->last_stored);
    p->late_idle = false;
    p->dirty = true;
    return XJ_OK;
}

static enum xj_err empty(struct xj_exchange *x)
{
    static const char kinds[] = "IXDMJFQKEBVTNOU";
    struct mails *m = malloc(sizeof *m);
    if (!m) return XJ_ENOMEM;
    enum xj_err err = xj_each_peer(x, note_acknowledged, m);
    free(m);
    if (!err) err = xj_each_peer(x, reset_account, NULL);
    for (size_t i = 0; !err && kinds[i]; i++) err = xj_db_kv_clear_kind(x->o.db, kinds[i]);
    for (size_t i = 0; i < CACHE_SLOTS; i++) x->cache[i].place = 0;
    x->max_seq = 0;
    return err;
}

/* ---- first walk: everything but acts, which wait for their order ---- */

static enum xj_err consumed(struct xj_exchange *x, struct xj_slice agency, uint64_t number, const struct xj_hash *digest)
{
    struct peer *p;
    enum xj_err err = xj_peer_get(x, agency, &p);
    if (err || !p) return err;
    struct account *a = &p->account;
    if (number > a->own_number) {
        a->own_number = number;
        a->own_digest = *digest;
        a->has_own_digest = true;
        p->dirty = true;
    }
    const struct key o = xj_key_numbered('O', agency, number), u = xj_key_numbered('U', agency, number);
    err = put(x, &o, xj_slice_cstr("-"));
    return err ? err : x->store.del(x->store.ctx, xj_key_slice(&u));
}

static enum xj_err remember(struct xj_exchange *x, const struct key *k, const struct xj_hash *digest, uint64_t n)
{
    enum xj_err err = get(x, k, &x->tmp);
    if (err != XJ_ENOTFOUND) return err; /* one message under two statements: the first counts */
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 2);
    xj_put_bin(&x->tmp, digest->b, XJ_HASH_SIZE);
    xj_put_uint(&x->tmp, n);
    return x->tmp.err ? x->tmp.err : put(x, k, xj_buf_slice(&x->tmp));
}

static enum xj_err refused(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_refused s;
    enum xj_err err = xj_kept(xj_refused_decode(e->head, &s));
    if (err) return err;
    const bool reused = xj_slice_is(s.code, "id_reused");
    if (s.position > x->max_seq) x->max_seq = s.position;
    struct key k = reused ? xj_key_bytes('X', s.message.b, XJ_HASH_SIZE) : xj_key_bytes('I', s.id.b, sizeof s.id.b);
    err = reused || !xj_id_is_nil(&s.id) ? remember(x, &k, &s.message, e->n) : XJ_OK;
    return err || reused ? err : consumed(x, s.agency, s.number, &s.message);
}

static enum xj_err stored(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_stored s;
    struct peer *p = NULL;
    enum xj_err err = xj_kept(xj_stored_decode(e->head, &s));
    if (!err) err = xj_peer_get(x, s.agency, &p);
    if (err || !p) return err;
    struct account *a = &p->account;
    if (s.last > a->mailbox_stored) a->mailbox_stored = s.last;
    if (a->mailbox_stored > a->mailbox_head) a->mailbox_head = a->mailbox_stored;
    if (s.ledger_size >= a->ledger_size) {
        a->ledger_size = s.ledger_size;
        a->ledger_head = s.ledger_head;
        a->last_stored = xj_digest(XJ_CTX_STORED, e->head);
    }
    p->dirty = true;
    return XJ_OK;
}

static enum xj_err unrecovered(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_unrecovered s;
    struct peer *p = NULL;
    enum xj_err err = xj_kept(xj_unrecovered_decode(e->head, &s));
    if (!err) err = xj_run_put(x, &s, e->n);
    if (!err) err = xj_peer_get(x, s.agency, &p);
    if (err || !p) return err;
    if (s.which == XJ_NUMBERS_MAILBOX && s.last > p->account.mailbox_head) p->account.mailbox_head = s.last;
    if (s.which == XJ_NUMBERS_FEED && s.last > p->account.feed_head) p->account.feed_head = s.last;
    p->dirty = true;
    return XJ_OK;
}

static enum xj_err remember_act(struct fold *f, const struct xj_entry *e)
{
    const enum xj_err err = xj_kept(xj_admitted_decode(e->head, &f->admitted));
    if (err) return err;
    if (f->count == f->cap) {
        const size_t cap = f->cap ? 2 * f->cap : 256;
        struct act *more = realloc(f->acts, cap * sizeof *more);
        if (!more) return XJ_ENOMEM;
        f->acts = more;
        f->cap = cap;
    }
    f->acts[f->count++] = (struct act){.seq = f->admitted.seq, .place = e->n, .message = f->admitted.message};
    if (f->admitted.seq > f->x->max_seq) f->x->max_seq = f->admitted.seq;
    return XJ_OK;
}

static enum xj_err first_walk(struct fold *f)
{
    struct xj_exchange *x = f->x;
    struct xj_entry e;
    enum xj_err err = XJ_OK;
    for (uint64_t n = 1; !err && n <= xj_log_size(x->o.log); n++) {
        if ((err = xj_log_get(x->o.log, n, &f->head, &e)) != XJ_OK) break;
        if (xj_taken_context(e.kind)) err = xj_taken_note(x, e.kind, e.head, n);
        if (err) break;
        if (e.kind == XJ_ENTRY_ADMITTED) err = remember_act(f, &e);
        if (e.kind == XJ_ENTRY_REFUSED) err = refused(x, &e);
        if (e.kind == XJ_ENTRY_STORED) err = stored(x, &e);
        if (e.kind == XJ_ENTRY_UNRECOVERED) err = unrecovered(x, &e);
    }
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

/* ---- acts, by (seq, digest) ---- */

static int by_seq(const void *a, const void *b)
{
    const struct act *p = a, *q = b;
    if (p->seq != q->seq) return p->seq < q->seq ? -1 : 1;
    const int order = memcmp(p->message.b, q->message.b, XJ_HASH_SIZE);
    return order ? order : p->place < q->place ? -1 : p->place > q->place;
}

/* All that a reader who is to have it whole needs is here, or was destroyed by order and nobody is to have it. */
static enum xj_err is_whole(struct xj_exchange *x, const struct xj_header *h, bool *ret)
{
    enum xj_err err = xj_exchange_message_gone(x, &h->id, ret);
    if (err || *ret) return err;
    err = xj_object_has(x->o.db, &h->body_digest, ret);
    if (!err && *ret) err = xj_object_has(x->o.db, &h->keys_digest, ret);
    for (size_t i = 0; !err && *ret && i < h->paper_count; i++) err = xj_object_has(x->o.db, &h->papers[i].sealed, ret);
    return err;
}

static bool is_notice(const struct xj_header *h, struct xj_slice agency)
{
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, agency)) return h->to[i].role == XJ_TO_NOTICE;
    return false;
}

/* *ret: the number under which the agency holds the message; 0: it does not. */
static enum xj_err held_at(struct xj_exchange *x, const struct peer *p, const struct xj_hash *digest, uint64_t *ret)
{
    const struct key k = xj_key_held(peer_id(p), digest);
    const enum xj_err err = get(x, &k, &x->tmp);
    *ret = err ? 0 : xj_key_number_of(xj_buf_slice(&x->tmp));
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* Whether another message has the number, or the reader has passed it without one. */
static enum xj_err is_taken(struct xj_exchange *x, struct peer *p, uint64_t number, const struct xj_hash *digest, bool *ret)
{
    uint64_t last, run;
    const struct key h = xj_key_numbered('H', peer_id(p), number), m = xj_key_numbered('M', peer_id(p), number);
    *ret = true;
    enum xj_err err = get(x, &h, &x->tmp);
    if (!err) *ret = !xj_slice_eq(xj_buf_slice(&x->tmp), xj_hash_slice(digest));
    if (err != XJ_ENOTFOUND) return err;
    if ((err = xj_run_at(x, peer_id(p), XJ_NUMBERS_MAILBOX, number, &last, &run)) != XJ_OK || run) return err;
    err = get(x, &m, &x->tmp);
    *ret = err != XJ_ENOTFOUND;
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err post(struct xj_exchange *x, const struct xj_header *h, const struct act *a, const struct xj_st_recipient *r)
{
    struct peer *p;
    uint64_t at;
    bool taken, whole;
    enum xj_err err = xj_peer_get(x, r->agency, &p);
    if (err || !p) return err;
    struct account *acc = &p->account;
    if (r->number > acc->mailbox_head) acc->mailbox_head = r->number;
    p->dirty = true;
    struct late l = {.mail = {a->place, a->message, is_notice(h, r->agency)}, .number = r->number};
    if ((err = held_at(x, p, &a->message, &at)) != XJ_OK) return err;
    l.stored = at == r->number;
    if (at && !l.stored) return XJ_OK; /* it has it under another number */
    if ((err = is_whole(x, h, &whole)) != XJ_OK) return err;
    if (!at && !l.mail.header_only && !whole) return XJ_OK; /* until the one who holds the rest is heard */
    if ((err = is_taken(x, p, r->number, &a->message, &taken)) != XJ_OK) return err;
    if (taken) return xj_late_put(x, p, &l);
    return xj_mail_set(x, p, r->number, &l.mail);
}

static void convert(struct fold *f, const struct xj_model *m, struct xj_admitted_act *act)
{
    const struct xj_admitted *s = &f->admitted;
    for (size_t i = 0; i < s->after_count; i++) {
        const struct xj_st_after *from = &s->after[i];
        const uint16_t track = xj_model_track(m, from->track);
        const uint16_t state = track == XJ_NONE ? XJ_NONE : xj_model_state(&m->tracks[track], from->state);
        if (state == XJ_NONE) continue;
        f->after[act->after_count++] = (struct xj_after){.track = track, .state = state, .owner = from->owner, .subject = from->subject,
                                                         .has_subject = from->has_subject};
    }
    for (size_t i = 0; i < s->breach_count; i++) { /* the decoder has bounded them */
        const struct xj_slice code = s->breaches[i].code, detail = s->breaches[i].detail;
        memcpy(f->codes[i], code.p, code.n);
        f->codes[i][code.n] = 0;
        if (detail.n) memcpy(f->details[i], detail.p, detail.n);
        f->details[i][detail.n] = 0;
        f->breaches[i] = (struct xj_breach){.code = f->codes[i], .detail = f->details[i]};
    }
    act->after = f->after;
    act->breaches = f->breaches;
    act->breach_count = s->breach_count;
}

/* The engine under which the act is folded; the case is opened, or moves, where the act says so. */
static enum xj_err engine_for(struct xj_exchange *x, const struct xj_header *h, struct xj_engine *ret)
{
    struct pin pin;
    enum xj_err err = xj_pin_get(x, h->case_id, &pin);
    const bool first = err == XJ_ENOTFOUND;
    if (err && !first) return err;
    char opener[XJ_MAX_AGENCY_BYTES + 1] = "";
    if (first) pin.opener = h->from;
    memcpy(opener, pin.opener.p, pin.opener.n);
    const bool same = !first && xj_hash_eq(&pin.revision, &h->revision);
    if ((err = xj_engine_for(x, h->procedure, &h->revision, ret)) != XJ_OK || same) return err;
    if (!first && (err = xj_engine_carry(ret, &x->store, h->case_id)) != XJ_OK) return err;
    return xj_pin_put(x, h, xj_slice_cstr(opener));
}

/* Folds under seq, or, where that is taken in the case, under the next that is free. */
static enum xj_err apply(struct fold *f, const struct xj_header *h)
{
    struct xj_exchange *x = f->x;
    struct xj_engine e;
    x->facts_as_of = f->admitted.register_number;
    enum xj_err err = engine_for(x, h, &e);
    if (!err) {
        struct xj_admitted_act act = {.header = h, .seq = f->admitted.seq, .admitted_ms = f->admitted.time_ms};
        convert(f, e.model, &act);
        for (unsigned tries = 0; tries < FORKS && ((err = xj_engine_apply(&e, &act)) == XJ_EEXISTS || err == XJ_ESTATE); tries++) act.seq++;
        if (!err) err = x->facts_err;
    }
    x->facts_as_of = 0;
    return err == XJ_ENOTFOUND ? XJ_OK : err; /* a procedure of a version of before: the case has no state */
}

static enum xj_err fork(struct xj_exchange *x, const struct xj_header *h)
{
    struct peer *p;
    const enum xj_err err = xj_peer_get(x, h->from, &p);
    return err ? err : xj_out_incident(x, p, h->from, "fork", "the exchange that was lost and this one each said something of its own",
                                       xj_slice_of(h->id.b, sizeof h->id.b));
}

static enum xj_err keep(struct xj_exchange *x, const struct xj_header *h, const struct act *a)
{
    struct peer *from;
    struct key place = {.n = 0}, k = xj_key_bytes('I', h->id.b, sizeof h->id.b);
    const struct key v = xj_key_bytes('V', a->message.b, XJ_HASH_SIZE);
    xj_key_add(&place, a->place);
    enum xj_err err = put(x, &v, xj_key_slice(&place));
    if (!err) err = remember(x, &k, &a->message, a->place);
    if (!err) err = consumed(x, h->from, h->number, &a->message);
    if (!err) err = xj_parties_put(x, a->place, h, h->case_id);
    if (!err) err = xj_peer_get(x, h->from, &from);
    for (size_t i = 0; !err && from && i < h->paper_count; i++) err = xj_paper_handed(x, from, &h->papers[i].sealed, a->place);
    return err;
}

static enum xj_err admit(struct fold *f, const struct act *a, const struct act *before)
{
    struct xj_exchange *x = f->x;
    struct xj_header *h = &x->header;
    struct xj_buf message;
    struct xj_entry e;
    unsigned field;
    xj_buf_init(&message, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(x->o.log, a->place - 1, &message, &e);
    if (!err) err = e.kind == XJ_ENTRY_MESSAGE ? xj_kept(xj_header_decode(e.head, h, &field)) : XJ_ECORRUPT;
    if (!err) err = xj_log_get(x->o.log, a->place, &f->head, &e);
    if (!err) err = xj_kept(xj_admitted_decode(e.head, &f->admitted));
    const struct key v = xj_key_bytes('V', a->message.b, XJ_HASH_SIZE);
    bool again = false;
    if (!err) {
        const enum xj_err known = get(x, &v, &x->tmp);
        again = known == XJ_OK;
        err = known == XJ_ENOTFOUND ? XJ_OK : known;
    }
    if (!err && (again || (before && before->seq == a->seq))) err = fork(x, h);
    if (!err) err = again ? xj_parties_put(x, a->place, h, h->case_id) : keep(x, h, a);
    for (size_t i = 0; !err && i < f->admitted.recipient_count; i++) err = post(x, h, a, &f->admitted.recipients[i]);
    if (!err && !again) err = apply(f, h);
    xj_buf_free(&message);
    return xj_must_hold(err);
}

/* ---- second walk: deliveries ---- */

static enum xj_err feed(struct xj_exchange *x, const struct xj_delivered *d, uint64_t n)
{
    struct peer *owner;
    uint64_t stored_n = 0;
    bool proof = false;
    enum xj_err err = xj_peer_get(x, d->owner, &owner);
    if (err || !owner) return err;
    for (size_t i = 0; i < d->item_count; i++) proof |= d->items[i].has_path;
    if (proof && (err = xj_taken_known(x, &d->stored, &stored_n)) != XJ_OK) return err;
    if (d->number > owner->account.feed_head) owner->account.feed_head = d->number;
    owner->dirty = true;
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 2);
    xj_put_uint(&x->tmp, n);
    xj_put_uint(&x->tmp, stored_n);
    const struct key k = xj_key_numbered('F', d->owner, d->number);
    return x->tmp.err ? x->tmp.err : put(x, &k, xj_buf_slice(&x->tmp)); /* what its owner handed back comes later, and stands */
}

static enum xj_err delivery(struct xj_exchange *x, const struct xj_hash *message, struct xj_slice recipient, int64_t at_ms)
{
    const struct key v = xj_key_bytes('V', message->b, XJ_HASH_SIZE);
    const enum xj_err err = get(x, &v, &x->tmp);
    if (err) return err == XJ_ENOTFOUND ? XJ_OK : err;
    return xj_delivered_fold(x, xj_key_number_of(xj_buf_slice(&x->tmp)), recipient, at_ms);
}

static enum xj_err stored_again(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_stored s;
    struct peer *p = NULL;
    enum xj_err err = xj_kept(xj_stored_decode(e->head, &s));
    if (!err) err = xj_peer_get(x, s.agency, &p);
    struct late late;
    if (err || !p) return err;
    if ((err = xj_late_find(x, p, &s, &late)) == XJ_OK) return delivery(x, &late.mail.digest, peer_id(p), e->time_ms);
    for (uint64_t n = s.first; (!err || err == XJ_ENOTFOUND) && n <= s.last && n - s.first < XJ_MAX_CREDIT; n++) {
        struct mail m;
        err = xj_mail_find(x, p, n, &m);
        if (!err) err = xj_delivered_fold(x, m.place, peer_id(p), e->time_ms);
    }
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err delivered(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_delivered d;
    enum xj_err err = xj_delivered_decode(e->head, &d);
    if (err) return xj_kept(err);
    err = feed(x, &d, e->n);
    for (size_t i = 0; !err && i < d.item_count; i++) err = delivery(x, &d.items[i].message, d.recipient, d.exchange_ms);
    free(d.items);
    return err;
}

/* What the feeds have told, once it stands under which number. */
static enum xj_err told(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_delivered d;
    enum xj_err err = xj_delivered_decode(e->head, &d);
    if (err) return xj_kept(err);
    const struct key f = xj_key_numbered('F', d.owner, d.number);
    struct key t = xj_key_agency('T', d.owner);
    memcpy(t.b + t.n, d.stored.b, 16);
    t.n += 16;
    err = get(x, &f, &x->tmp);
    struct xj_doc doc = {0};
    if (!err) err = xj_doc_kept(&doc, xj_buf_slice(&x->tmp), 8);
    if (!err) {
        struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
        const bool stands = xj_take_uint(&c, UINT64_MAX) == e->n;
        xj_doc_close(&doc);
        if (stands) err = put(x, &t, xj_slice_cstr("-"));
    }
    free(d.items);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

/* A refusal of an id used before took its number if that was the next one (spec 04, 5): then no other message has it. */
static enum xj_err reused(struct xj_exchange *x, const struct xj_entry *e)
{
    struct xj_refused s;
    struct peer *p = NULL;
    enum xj_err err = xj_kept(xj_refused_decode(e->head, &s));
    if (!err) err = xj_peer_get(x, s.agency, &p);
    if (err || !p || !xj_slice_is(s.code, "id_reused") || s.number > p->account.own_number + 1) return err;
    const struct key o = xj_key_numbered('O', s.agency, s.number);
    err = get(x, &o, &x->tmp);
    return err == XJ_ENOTFOUND ? consumed(x, s.agency, s.number, &s.message) : err;
}

typedef enum xj_err entry_visit(struct xj_exchange *x, const struct xj_entry *e);

static enum xj_err walk(struct fold *f, enum xj_entry_kind kind, entry_visit *visit)
{
    struct xj_entry e;
    enum xj_err err = XJ_OK;
    for (uint64_t n = 1; !err && n <= xj_log_size(f->x->o.log); n++) {
        err = xj_log_get(f->x->o.log, n, &f->head, &e);
        if (!err && e.kind == kind) err = visit(f->x, &e);
    }
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_rebuild(struct xj_exchange *x)
{
    struct fold *f = calloc(1, sizeof *f);
    if (!f) return XJ_ENOMEM;
    f->x = x;
    xj_buf_init(&f->head, XJ_MAX_FRAME_BYTES);
    enum xj_err err = empty(x);
    if (!err) err = first_walk(f);
    if (f->count) qsort(f->acts, f->count, sizeof *f->acts, by_seq);
    for (size_t i = 0; !err && i < f->count; i++) err = admit(f, &f->acts[i], i ? &f->acts[i - 1] : NULL);
    if (!err) err = walk(f, XJ_ENTRY_REFUSED, reused); /* in the order of each agency's ledger, who alone hands them back */
    if (!err) err = walk(f, XJ_ENTRY_DELIVERED, delivered);
    if (!err) err = walk(f, XJ_ENTRY_STORED, stored_again);
    if (!err) err = walk(f, XJ_ENTRY_DELIVERED, told);
    xj_buf_free(&f->head);
    free(f->acts);
    free(f);
    return err;
}
