/* Judgement of a submission whose number is consumed: a signed admission or a signed refusal, nothing else.
 * Spec: spec/04-exchange.md, sections 5-7; spec/06-register.md, sections 3-6. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "broker/core/internal.h"
#include "schema/ledger/memory_store.h"
#include "schema/wire/texts.h"

static enum xj_err remember_id(struct xj_exchange *x, const struct submission *s, char kind, uint64_t answer)
{
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 2);
    xj_put_bin(&x->tmp, s->digest.b, XJ_HASH_SIZE);
    xj_put_uint(&x->tmp, answer);
    if (x->tmp.err) return x->tmp.err;
    const struct key k = kind == 'I' ? xj_key_bytes('I', s->id.b, sizeof s->id.b) : xj_key_bytes('X', s->digest.b, XJ_HASH_SIZE);
    return x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

static enum xj_err consume_number(struct xj_exchange *x, const struct submission *s)
{
    struct account *a = &s->peer->account;
    if (s->number != a->own_number + 1) { /* one unrecovered, which is used now */
        const struct key k = xj_key_numbered('U', xj_slice_cstr(s->peer->facts.id), s->number);
        return x->store.del(x->store.ctx, xj_key_slice(&k));
    }
    a->own_number = s->number;
    a->own_digest = s->digest;
    a->has_own_digest = true;
    s->peer->dirty = true;
    return XJ_OK;
}

static enum xj_err answer_begin(struct xj_exchange *x, const struct submission *s, enum xj_entry_kind kind,
                                struct pending **ret)
{
    enum xj_err err = xj_log_append(x->o.log, XJ_ENTRY_MESSAGE, x->now_ms, s->parts.header, s->parts.signature, NULL);
    if (err) return err;
    if ((err = xj_pending_add(x, kind, ret)) != XJ_OK) return err;
    (*ret)->peer = s->peer;
    (*ret)->conn_bytes = s->conn.n < XJ_CONN_MAX ? s->conn.n : XJ_CONN_MAX;
    memcpy((*ret)->conn, s->conn.p, (*ret)->conn_bytes);
    return XJ_OK;
}

enum xj_err xj_refuse(struct xj_exchange *x, const struct submission *s, const char *code, const char *detail,
                      const char *article)
{
    struct pending *p;
    enum xj_err err = answer_begin(x, s, XJ_ENTRY_REFUSED, &p);
    if (err) return err;
    const struct xj_text *t = xj_text_refusal(code);
    const struct xj_refused st = {
        .time_ms = x->now_ms, .agency = xj_slice_cstr(s->peer->facts.id), .id = s->id, .message = s->digest,
        .number = s->number, .register_number = x->reg.number, .code = xj_slice_cstr(code),
        .detail = xj_slice_cstr(detail), .rule = xj_slice_cstr(t->rule),
        .article = xj_slice_cstr(*article ? article : t->article), .remedy_zh = xj_slice_cstr(t->remedy_zh),
        .remedy_en = xj_slice_cstr(t->remedy_en), .position = p->n + x->rebuilding.offset};
    xj_refused_encode(&st, &p->statement);
    x->figures.refused++;
    const bool reused = strcmp(code, "id_reused") == 0;
    if (!reused || s->number == s->peer->account.own_number + 1) err = consume_number(x, s);
    if (err) return err;
    if (!reused && xj_id_is_nil(&s->id)) return XJ_OK;
    return remember_id(x, s, reused ? 'X' : 'I', p->n);
}

/* Everything about the sender that needs neither procedure nor state. NULL: nothing wrong. */
static const char *sender_fault(struct xj_exchange *x, const struct submission *s, enum xj_err *ret_err)
{
    const struct xj_header *h = &x->header;
    *ret_err = XJ_OK;
    if (!xj_slice_is(h->from, s->peer->facts.id)) return "forged";
    if (h->actor.n) {
        struct peer *actor;
        *ret_err = xj_peer_get(x, h->actor, &actor);
        if (!*ret_err && (!actor || actor->facts.connected)) return "forged";
    }
    const struct xj_hash body = xj_digest(XJ_SEAL_BODY, s->parts.body), keys = xj_digest(XJ_CTX_KEYS, s->parts.keys);
    if (!xj_hash_eq(&body, &h->body_digest) || !xj_hash_eq(&keys, &h->keys_digest)) return "digest";
    const struct account *a = &s->peer->account;
    const bool next = h->number == a->own_number + 1; /* else it is a number unrecovered, and its neighbours may be, too */
    if (next && h->has_previous && !xj_hash_eq(&h->previous, &a->own_digest)) return "previous"; /* it has one exactly when there is one */
    if (s->peer->facts.state != XJ_AGENCY_ACTIVE) return "suspended";
    return NULL;
}

/* The first that the register does not know; empty: it knows them all, and x->recipients holds them. */
static enum xj_err unknown_recipient(struct xj_exchange *x, struct xj_slice *ret)
{
    const struct xj_header *h = &x->header;
    *ret = xj_slice_of(NULL, 0);
    for (size_t i = 0; i < h->to_count + h->joint_count; i++) {
        const struct xj_slice agency = i < h->to_count ? h->to[i].agency : h->joint[i - h->to_count];
        enum xj_err err = xj_peer_get(x, agency, &x->recipients[i]);
        if (err) return err;
        if (!x->recipients[i]) {
            *ret = agency;
            return XJ_OK;
        }
    }
    return XJ_OK;
}

/* "a b": the recipient a is succeeded, and b holds what was its. Empty: nobody is. */
static enum xj_err succeeded_recipient(struct xj_exchange *x, char ret[2 * XJ_MAX_AGENCY_BYTES + 2])
{
    const struct xj_header *h = &x->header;
    *ret = 0;
    enum xj_err err = xj_facts_fresh(x);
    for (size_t i = 0; !err && x->succession.count && i < h->to_count + h->joint_count; i++) {
        const struct xj_slice agency = i < h->to_count ? h->to[i].agency : h->joint[i - h->to_count];
        err = xj_succession_holder(&x->succession, &x->store, agency, UINT64_MAX, x->now_ms, x->holder);
        if (!err && !xj_slice_is(agency, x->holder)) {
            snprintf(ret, 2 * XJ_MAX_AGENCY_BYTES + 2, "%.*s %s", (int)agency.n, (const char *)agency.p, x->holder);
            return XJ_OK;
        }
    }
    return err;
}

/* How the revision of a message stands to its case. */
enum standing { REVISION_WRONG, REVISION_FIRST, REVISION_PINNED, REVISION_NEW };

/* What is judged under: the header's revision; and for a case that would move to it, its state carried over to a store apart,
 * so that a refusal leaves nothing behind. */
struct bench {
    enum standing standing;
    struct xj_engine e;
    struct xj_memory_store *apart;    /* NULL: judged as it stands */
    char detail[2 * XJ_HASH_SIZE + 1]; /* of a refusal: the revision the case stands under */
};

static enum xj_err stands(struct xj_exchange *x, struct bench *b)
{
    const struct xj_header *h = &x->header;
    struct pin pin;
    enum xj_err err = xj_pin_get(x, h->case_id, &pin);
    if (err && err != XJ_ENOTFOUND) return err;
    if (!err) {
        const bool same = xj_hash_eq(&pin.revision, &h->revision);
        b->standing = !xj_slice_eq(pin.procedure, h->procedure) ? REVISION_WRONG : same ? REVISION_PINNED : REVISION_NEW;
        xj_hex(pin.revision.b, XJ_HASH_SIZE, b->detail);
        return XJ_OK;
    }
    int64_t effective_ms;
    err = xj_reg_procedure_effective(&x->store, h->procedure, &h->revision, &effective_ms);
    if (err && err != XJ_ENOTFOUND) return err;
    const bool in_force = !err && (h->mode == XJ_MODE_LATE_ENTRY || effective_ms <= x->now_ms);
    b->standing = in_force ? REVISION_FIRST : REVISION_WRONG;
    return XJ_OK;
}

static enum xj_err carry_apart(struct xj_exchange *x, struct bench *b)
{
    bool may;
    enum xj_err err = xj_engine_may_move(&b->e, x->header.case_id, x->now_ms, &may);
    if (!err) err = x->facts_err;
    if (err || !may) {
        b->standing = REVISION_WRONG;
        return err;
    }
    if (!(b->apart = xj_memory_store_new())) return XJ_ENOMEM;
    b->e.store = xj_memory_store_of(b->apart);
    return xj_engine_carry(&b->e, &x->store, x->header.case_id);
}

/* Spec 06, section 6. */
static enum xj_err take_the_bench(struct xj_exchange *x, struct bench *b)
{
    enum xj_err err = stands(x, b);
    if (err || b->standing == REVISION_WRONG) return err;
    err = xj_engine_for(x, x->header.procedure, &x->header.revision, &b->e);
    if (err == XJ_ENOTFOUND) {
        b->standing = REVISION_WRONG;
        return XJ_OK;
    }
    return !err && b->standing == REVISION_NEW ? carry_apart(x, b) : err;
}

static bool subscriber_missing(void *arg, struct xj_slice agency, bool full)
{
    (void)full;
    struct xj_exchange *x = arg;
    const struct xj_header *h = &x->header;
    if (xj_slice_eq(agency, h->from)) return true;
    for (size_t i = 0; i < h->to_count; i++)
        if (xj_slice_eq(h->to[i].agency, agency)) return true;
    for (size_t i = 0; i < h->joint_count; i++)
        if (xj_slice_eq(h->joint[i], agency)) return true;
    snprintf(x->missing, sizeof x->missing, "%.*s", (int)agency.n, (const char *)agency.p);
    return false;
}

/* Sharing a message, or saying that it cannot be read, is no act on record that anybody could subscribe to. */
static bool is_errand(const struct xj_header *h)
{
    for (size_t i = 0; i < h->relate_count; i++)
        if (xj_slice_is(h->relates[i].relation, "shares") || xj_slice_is(h->relates[i].relation, "unreadable")) return true;
    return false;
}

/* A missing subscriber is a breach, not a refusal: the act did happen. */
static enum xj_err subscriber_breach(struct xj_exchange *x, const struct xj_engine *e, bool first)
{
    struct xj_verdict *v = &x->verdict;
    const uint16_t act = xj_model_act(e->model, x->header.act);
    assert(act != XJ_NONE); /* it was judged */
    x->missing[0] = 0;
    if (e->model->acts[act].vis != XJ_VIS_OPEN || e->model->acts[act].internal || is_errand(&x->header)) return XJ_OK;
    struct pin pin = {.opener = x->header.from};
    enum xj_err err = first ? XJ_OK : xj_pin_get(x, x->header.case_id, &pin); /* views into tmp2, which nothing below uses */
    if (!err)
        err = xj_succession_subscribers(&x->succession, &x->store, x->header.procedure, x->header.act, x->header.from, pin.opener,
                                        x->now_ms, subscriber_missing, x);
    if (!err && x->missing[0] && v->breach_count < XJ_MAX_BREACHES)
        v->breaches[v->breach_count++] = (struct xj_breach){.code = "subscriber", .detail = x->missing};
    return xj_must_hold(err);
}

static void statement_after(const struct xj_exchange *x, const struct xj_engine *e, struct xj_admitted *st)
{
    const struct xj_verdict *v = &x->verdict;
    for (size_t i = 0; i < v->after_count; i++) {
        const struct xj_after *a = &v->after[i];
        const struct xj_m_track *t = &e->model->tracks[a->track];
        st->after[i] = (struct xj_st_after){.track = xj_slice_cstr(t->name.id), .owner = a->owner,
                                            .state = xj_slice_cstr(t->states[a->state].id),
                                            .has_subject = a->has_subject, .subject = a->subject};
    }
    st->after_count = v->after_count;
    for (size_t i = 0; i < v->breach_count; i++)
        st->breaches[i] = (struct xj_st_breach){xj_slice_cstr(v->breaches[i].code), xj_slice_cstr(v->breaches[i].detail)};
    st->breach_count = v->breach_count;
}

/* Puts the message into the mailbox of each recipient that has keys; the statement lists the numbers. */
static enum xj_err post(struct xj_exchange *x, const struct submission *s, uint64_t place, struct xj_admitted *st)
{
    const struct xj_header *h = &x->header;
    for (size_t i = 0; i < h->to_count + h->joint_count; i++) {
        const bool joint = i >= h->to_count;
        struct peer *p = x->recipients[i];
        if (!p->facts.connected) continue;
        struct xj_st_recipient *r = &st->recipients[st->recipient_count++];
        r->agency = xj_slice_cstr(p->facts.id);
        enum xj_err err = xj_mail_put(x, p, place, &s->digest, !joint && h->to[i].role == XJ_TO_NOTICE, &r->number);
        if (err) return err;
    }
    return XJ_OK;
}

/* The case moves with the act that is admitted. */
static enum xj_err move_case(struct xj_exchange *x, const struct bench *b)
{
    struct pin pin;
    enum xj_err err = xj_pin_get(x, x->header.case_id, &pin);
    if (!err) err = xj_engine_carry(&b->e, &x->store, x->header.case_id);
    if (!err) err = xj_pin_put(x, &x->header, pin.opener);
    return xj_must_hold(err);
}

static enum xj_err keep(struct xj_exchange *x, const struct submission *s, uint64_t place, bool first)
{
    const struct xj_header *h = &x->header;
    enum xj_err err = remember_id(x, s, 'I', place);
    if (!err) err = xj_object_put(x->o.db, &h->body_digest, s->parts.body);
    if (!err) err = xj_object_put(x->o.db, &h->keys_digest, s->parts.keys);
    if (!err) err = xj_parties_put(x, place, h, h->case_id);
    if (!err && first) err = xj_pin_put(x, h, h->from);
    for (size_t i = 0; !err && i < h->paper_count; i++) err = xj_paper_named(x, s->peer, &h->papers[i].sealed, place);
    return err;
}

static enum xj_err record(struct xj_exchange *x, const struct submission *s, struct bench *b)
{
    const struct xj_engine *e = &b->e;
    const bool first = b->standing == REVISION_FIRST;
    b->e.store = x->store;
    enum xj_err err = subscriber_breach(x, e, first);
    if (!err && b->standing == REVISION_NEW) err = move_case(x, b);
    if (err) return err;
    struct pending *p;
    if ((err = answer_begin(x, s, XJ_ENTRY_ADMITTED, &p)) != XJ_OK) return err;
    const uint64_t place = p->n;
    struct xj_admitted st = {.seq = p->n + x->rebuilding.offset, .time_ms = x->now_ms, .message = s->digest, .register_number = x->reg.number};
    statement_after(x, e, &st);
    if ((err = consume_number(x, s)) != XJ_OK) return err;
    if ((err = post(x, s, p->n, &st)) != XJ_OK) return err;
    xj_admitted_encode(&st, &p->statement);
    xj_buf_add_slice(&p->message, s->bytes);
    if ((err = p->statement.err ? p->statement.err : p->message.err) != XJ_OK) return err;
    const struct xj_admitted_act act = {.header = &x->header, .seq = st.seq, .admitted_ms = x->now_ms,
                                        .after = x->verdict.after, .after_count = x->verdict.after_count,
                                        .breaches = x->verdict.breaches, .breach_count = x->verdict.breach_count};
    if ((err = xj_must_hold(xj_engine_apply(e, &act))) != XJ_OK) return err;
    if (x->facts_err) return x->facts_err;
    x->figures.admitted++;
    if (st.breach_count) x->figures.breaches++;
    return keep(x, s, place, first);
}

static const char *act_cite(const struct xj_engine *e, struct xj_slice act)
{
    const uint16_t i = xj_model_act(e->model, act);
    return i == XJ_NONE ? "" : e->model->acts[i].cite;
}

static enum xj_err refuse_undecoded(struct xj_exchange *x, const struct submission *s)
{
    unsigned field = 255;
    char detail[32];
    if (s->bytes.n > XJ_MAX_MESSAGE_BYTES) return xj_refuse(x, s, "oversize", "message", "");
    const enum xj_err err = xj_header_decode(s->parts.header, &x->header, &field);
    if (err == XJ_ENOMEM) return err;
    snprintf(detail, sizeof detail, field == 255 ? "header" : "field %u", field);
    return xj_refuse(x, s, err == XJ_ELIMIT ? "oversize" : "malformed", detail, "");
}

static enum xj_err judge(struct xj_exchange *x, const struct submission *s, struct bench *b)
{
    bool gone = false;
    const struct xj_id *shared = xj_order_shared(&x->header);
    enum xj_err err = xj_engine_judge(&b->e, &x->header, x->now_ms, &x->verdict);
    if (!err) err = x->facts_err;
    if (!err && shared) err = xj_exchange_message_gone(x, shared, &gone);
    if (err) return err;
    if (gone && !x->verdict.refusal.code) return xj_refuse(x, s, "relates", "shares", "18-orders 4"); /* what was destroyed comes back by nobody */
    if (x->verdict.refusal.code)
        return xj_refuse(x, s, x->verdict.refusal.code, x->verdict.refusal.detail, act_cite(&b->e, x->header.act));
    return record(x, s, b);
}

enum xj_err xj_admit(struct xj_exchange *x, const struct submission *s)
{
    if (!s->decoded) return refuse_undecoded(x, s);
    enum xj_err err;
    if (s->parts.body.n > XJ_MAX_SEALED_BODY_BYTES) return xj_refuse(x, s, "oversize", "body", "");
    if (s->parts.keys.n > XJ_MAX_KEYS_BYTES) return xj_refuse(x, s, "oversize", "keys", "");
    const char *fault = sender_fault(x, s, &err);
    if (err) return err;
    if (fault) return xj_refuse(x, s, fault, "", "");
    struct xj_slice unknown;
    if ((err = unknown_recipient(x, &unknown)) != XJ_OK) return err;
    if (unknown.n) {
        char detail[XJ_MAX_AGENCY_BYTES + 1] = {0};
        memcpy(detail, unknown.p, unknown.n < sizeof detail ? unknown.n : sizeof detail - 1);
        return xj_refuse(x, s, "recipient_unknown", detail, "");
    }
    char succeeded[2 * XJ_MAX_AGENCY_BYTES + 2];
    if ((err = succeeded_recipient(x, succeeded)) != XJ_OK) return err;
    if (*succeeded) return xj_refuse(x, s, "recipient_succeeded", succeeded, "");
    struct bench b = {.standing = REVISION_WRONG};
    err = take_the_bench(x, &b);
    if (!err && b.standing == REVISION_WRONG)
        err = xj_refuse(x, s, "revision_unknown", b.detail, "");
    else if (!err)
        err = judge(x, s, &b);
    xj_memory_store_free(b.apart);
    return err;
}
