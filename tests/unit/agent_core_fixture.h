/* A scripted exchange for the tests of the agent's core: real keys, hand-made frames, virtual time. One test at a time.
 * Agencies: A is the one under test, B and C are others. Spec: spec/04-exchange.md. */
#ifndef AGENT_CORE_FIXTURE_H
#define AGENT_CORE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/core/core.h"
#include "schema/trust/seal.h"
#include "schema/wire/pack.h"

#define FX_A "370800-a"
#define FX_B "370800-b"
#define FX_C "370800-c"
#define FX_ACTIONS 256
#define FX_CLASS 512  /* the smallest size class */
#define FX_SEALED 528 /* with its authenticator */

struct fx_clock {
    int64_t now_ms;
    uint64_t random;
};

struct fx {
    char dir[64], path[96];
    struct fx_clock clock;
    struct xj_env env;
    struct xj_sign_key root, registrar, exchange, stranger;
    struct xj_agency_keys a, b, c;
    struct xj_anchor anchor;
    struct xj_hash register_head;
    uint64_t register_number;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_agent *agent;
    struct xj_agent_action actions[FX_ACTIONS]; /* of the last turn */
    size_t action_count;
    uint64_t seq, epoch, frame;
    struct xj_id exchange_store;
    struct xj_hash b_previous; /* of B's last message */
    uint64_t b_number;
};

static inline int64_t fx_now(void *ctx)
{
    return ((struct fx_clock *)ctx)->now_ms;
}

static inline void fx_random(void *ctx, void *p, size_t n)
{
    struct fx_clock *c = ctx;
    for (uint8_t *b = p; n > 0; n--) {
        c->random = c->random * 6364136223846793005u + 1442695040888963407u;
        *b++ = (uint8_t)(c->random >> 33);
    }
}

static inline void fx_sign_key(struct fx *f, struct xj_sign_key *key)
{
    uint8_t seed[32];
    fx_random(&f->clock, seed, sizeof seed);
    xj_sign_key_from_seed(seed, key);
}

static inline void fx_agency_keys(struct fx *f, struct xj_agency_keys *k)
{
    uint8_t secret[32];
    fx_sign_key(f, &k->sign);
    fx_random(&f->clock, secret, sizeof secret);
    xj_seal_key_from_secret(secret, &k->seal);
    fx_random(&f->clock, secret, sizeof secret);
    struct xj_seal_key transport; /* CURVE keys are X25519 pairs too */
    xj_seal_key_from_secret(secret, &transport);
    memcpy(k->transport_public, transport.public_key, 32);
    memcpy(k->transport_secret, secret, 32);
}

static inline struct xj_id fx_id(struct fx *f)
{
    struct xj_id id;
    fx_random(&f->clock, id.b, sizeof id.b);
    return id;
}

/* ---- the register ---- */

static inline struct xj_slice fx_agency_fact(struct xj_buf *b)
{
    struct xj_slice s;
    size_t at = b->n;
    xj_put_map(b, 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, "某单位");
    xj_put_cstr(b, "role");
    xj_put_cstr(b, "police");
    xj_put_cstr(b, "aliases");
    xj_put_array(b, 0);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "370800");
    xj_put_cstr(b, "vertical");
    xj_put_bool(b, false);
    s = xj_slice_of(b->p + at, b->n - at);
    return s;
}

static inline struct xj_slice fx_keys_fact(struct xj_buf *b, const struct xj_agency_keys *k)
{
    size_t at = b->n;
    xj_put_map(b, 4);
    xj_put_cstr(b, "seal");
    xj_put_bin(b, k->seal.public_key, 32);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, k->sign.public_key, 32);
    xj_put_cstr(b, "recovery");
    xj_put_bin(b, k->seal.public_key, 32);
    xj_put_cstr(b, "transport");
    xj_put_bin(b, k->transport_public, 32);
    return xj_slice_of(b->p + at, b->n - at);
}

static inline struct xj_slice fx_exchange_fact(struct fx *f, struct xj_buf *b)
{
    size_t at = b->n;
    xj_put_map(b, 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, "交换平台");
    xj_put_cstr(b, "sign");
    xj_put_bin(b, f->exchange.public_key, 32);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "370800");
    xj_put_cstr(b, "endpoints");
    xj_put_array(b, 0);
    xj_put_cstr(b, "transport");
    xj_put_bin(b, f->exchange.public_key, 32);
    return xj_slice_of(b->p + at, b->n - at);
}

static inline struct xj_slice fx_registrar_fact(struct fx *f, struct xj_buf *b)
{
    size_t at = b->n;
    xj_put_map(b, 2);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, f->registrar.public_key, 32);
    xj_put_cstr(b, "agency");
    xj_put_cstr(b, FX_A);
    return xj_slice_of(b->p + at, b->n - at);
}

/* Makes the next register entry; C gets its keys only in the second one. */
static inline void fx_entry(struct fx *f, const struct xj_sign_key *key, struct xj_buf *entry, struct xj_buf *signature)
{
    struct xj_buf facts;
    struct xj_reg_change changes[8];
    size_t n = 0;
    xj_buf_init(&facts, 65536);
    assert_non_null(xj_buf_room(&facts, 32768)); /* so that the slices taken below stay where they are */
    xj_buf_reset(&facts);
    if (f->register_number == 0) {
        const char *ids[] = {FX_A, FX_B, FX_C};
        for (size_t i = 0; i < 3; i++)
            changes[n++] = (struct xj_reg_change){xj_slice_cstr("agency"), xj_slice_cstr(ids[i]), fx_agency_fact(&facts)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("exchange"), xj_slice_cstr("exchange"), fx_exchange_fact(f, &facts)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_A), fx_keys_fact(&facts, &f->a)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_B), fx_keys_fact(&facts, &f->b)};
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("registrar"), xj_slice_cstr("registrar"),
                                              fx_registrar_fact(f, &facts)};
    } else {
        changes[n++] = (struct xj_reg_change){xj_slice_cstr("keys"), xj_slice_cstr(FX_C), fx_keys_fact(&facts, &f->c)};
    }
    xj_buf_init(entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(++f->register_number, 1000, &f->register_head, changes, n, entry);
    assert_int_equal(entry->err, XJ_OK);
    f->register_head = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(entry));
    xj_sign_one(key, &f->register_head, signature);
    xj_buf_free(&facts);
}

/* ---- the agent's life ---- */

static inline void fx_drop_actions(struct fx *f)
{
    for (size_t i = 0; i < f->action_count; i++)
        xj_buf_free(&f->actions[i].bytes);
    f->action_count = 0;
}

static inline void fx_open(struct fx *f)
{
    const struct xj_db_options o = {.path = f->path, .format = "xianjie ledger 1", .owner = FX_A,
                                    .root_key = f->anchor.root, .create = true, .volatile_ok = true};
    assert_int_equal(xj_db_open(&o, &f->env, &f->db, NULL), XJ_OK);
    assert_int_equal(xj_log_open(f->db, &f->log), XJ_OK);
    const struct xj_agent_options ao = {.db = f->db, .log = f->log, .env = &f->env, .keys = &f->a, .agency = FX_A,
                                        .anchor = &f->anchor};
    assert_int_equal(xj_agent_open(&ao, &f->agent), XJ_OK);
}

/* What a process that is killed leaves: the last commit. */
static inline void fx_crash(struct fx *f)
{
    fx_drop_actions(f);
    xj_agent_close(f->agent);
    xj_db_rollback(f->db);
    xj_log_close(f->log);
    xj_db_close(f->db);
    f->agent = NULL;
}

static inline void fx_reopen(struct fx *f)
{
    fx_crash(f);
    fx_open(f);
}

static inline int fx_setup(void **state)
{
    struct fx *f = calloc(1, sizeof *f);
    snprintf(f->dir, sizeof f->dir, "/tmp/xj-agent-XXXXXX");
    if (f == NULL || mkdtemp(f->dir) == NULL)
        return -1;
    snprintf(f->path, sizeof f->path, "%s/ledger.db", f->dir);
    f->clock = (struct fx_clock){1764000000000, 7};
    f->env = (struct xj_env){&f->clock, fx_now, fx_random};
    (void)xj_env_system();
    fx_sign_key(f, &f->root);
    fx_sign_key(f, &f->registrar);
    fx_sign_key(f, &f->exchange);
    fx_sign_key(f, &f->stranger);
    fx_agency_keys(f, &f->a);
    fx_agency_keys(f, &f->b);
    fx_agency_keys(f, &f->c);
    memcpy(f->anchor.root, f->root.public_key, 32);
    fx_entry(f, &f->root, &f->anchor.entry, &f->anchor.signature);
    f->exchange_store = fx_id(f);
    f->epoch = 1;
    fx_open(f);
    *state = f;
    return 0;
}

static inline int fx_teardown(void **state)
{
    struct fx *f = *state;
    char path[112];
    fx_crash(f);
    const char *ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", f->path, ends[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->dir);
    xj_anchor_free(&f->anchor);
    free(f);
    return 0;
}

/* ---- turns ---- */

static inline void fx_begin(struct fx *f)
{
    fx_drop_actions(f);
    assert_int_equal(xj_db_begin(f->db), XJ_OK);
}

static inline void fx_step(struct fx *f, const struct xj_agent_event *ev)
{
    assert_int_equal(xj_agent_step(f->agent, ev), XJ_OK);
}

static inline void fx_end(struct fx *f)
{
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    while (f->action_count < FX_ACTIONS && xj_agent_take(f->agent, &f->actions[f->action_count]))
        f->action_count++;
}

static inline void fx_event(struct fx *f, const struct xj_agent_event *ev)
{
    fx_begin(f);
    fx_step(f, ev);
    fx_end(f);
}

static inline void fx_tick(struct fx *f, int64_t ms)
{
    const struct xj_agent_event ev = {.kind = XJ_AE_TICK};
    f->clock.now_ms += ms;
    fx_event(f, &ev);
}

/* Takes the frame. */
static inline void fx_frame(struct fx *f, struct xj_buf *frame)
{
    assert_int_equal(frame->err, XJ_OK);
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_buf_slice(frame)};
    fx_event(f, &ev);
    xj_buf_free(frame);
}

static inline struct xj_agent_figures fx_figures(struct fx *f)
{
    struct xj_agent_figures fig;
    xj_agent_figures(f->agent, &fig);
    return fig;
}

/* The i-th frame of a type sent in the last turn, opened into ret; false when there are not so many. */
static inline bool fx_sent(struct fx *f, enum xj_frame_type type, size_t i, struct xj_frame *ret)
{
    for (size_t k = 0; k < f->action_count; k++) {
        if (f->actions[k].kind != XJ_AA_SEND)
            continue;
        memset(ret, 0, sizeof *ret);
        assert_int_equal(xj_frame_open(xj_buf_slice(&f->actions[k].bytes), ret), XJ_OK);
        if (ret->type == type && i-- == 0)
            return true;
        xj_frame_close(ret);
    }
    return false;
}

static inline size_t fx_sent_count(struct fx *f, enum xj_frame_type type)
{
    struct xj_frame frame;
    size_t n = 0;
    while (fx_sent(f, type, n, &frame)) {
        xj_frame_close(&frame);
        n++;
    }
    return n;
}

static inline const struct xj_agent_action *fx_action(struct fx *f, enum xj_agent_action_kind kind, size_t i)
{
    for (size_t k = 0; k < f->action_count; k++)
        if (f->actions[k].kind == kind && i-- == 0)
            return &f->actions[k];
    return NULL;
}

/* The i-th message over all SUBMIT frames of the last turn, copied into ret. */
static inline bool fx_submitted(struct fx *f, size_t i, struct xj_buf *ret)
{
    struct xj_frame frame;
    struct xj_frame_item item;
    for (size_t k = 0; fx_sent(f, XJ_F_SUBMIT, k, &frame); k++) {
        while (xj_frame_next(&frame, &item))
            if (i-- == 0) {
                xj_buf_init(ret, XJ_MAX_FRAME_BYTES);
                xj_buf_add_slice(ret, item.message);
                xj_frame_close(&frame);
                return true;
            }
        xj_frame_close(&frame);
    }
    return false;
}

static inline size_t fx_submitted_count(struct fx *f)
{
    struct xj_buf m;
    size_t n = 0;
    while (fx_submitted(f, n, &m)) {
        xj_buf_free(&m);
        n++;
    }
    return n;
}

/* ---- connecting ---- */

static inline struct xj_welcome fx_welcome_equal(struct fx *f)
{
    struct xj_agent_figures g = fx_figures(f);
    struct xj_welcome w = {.store = f->exchange_store, .epoch = f->epoch, .ledger_size = 0, .own_number = 0,
                           .mailbox_stored = g.mailbox, .mailbox_head = g.mailbox, .feed_head = g.feed,
                           .register_head = g.register_number, .time_ms = f->clock.now_ms};
    w.ledger_head = xj_sha256(NULL, 0);
    return w;
}

static inline void fx_connect(struct fx *f)
{
    const struct xj_agent_event up = {.kind = XJ_AE_CONNECTED};
    fx_event(f, &up);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
}

static inline void fx_welcome(struct fx *f, const struct xj_welcome *w)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_welcome(&frame, ++f->frame, w);
    fx_frame(f, &frame);
}

static inline void fx_ready(struct fx *f)
{
    struct xj_welcome w = fx_welcome_equal(f);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
}

/* ---- messages ---- */

static inline void fx_fill(struct xj_buf *b, size_t n, uint8_t with)
{
    uint8_t *p = xj_buf_room(b, n);
    assert_non_null(p);
    memset(p, with, n);
}

/* A header from one agency to another; slices point to static text. */
static inline void fx_header(struct fx *f, struct xj_header *h, const char *from, const char *to, enum xj_to_role role)
{
    memset(h, 0, sizeof *h);
    h->suite = 1;
    h->id = fx_id(f);
    h->case_id = fx_id(f);
    h->procedure = xj_slice_cstr("referral");
    h->act = xj_slice_cstr("transfer");
    h->from = xj_slice_cstr(from);
    h->to_count = 1;
    h->to[0] = (struct xj_header_to){xj_slice_cstr(to), role};
    h->mode = XJ_MODE_LIVE;
}

/* An act of A for B, with paper_count papers wrapped for B. */
static inline struct xj_outgoing *fx_outgoing(struct fx *f, size_t paper_count)
{
    struct xj_outgoing *out = xj_outgoing_new();
    struct xj_wrap_entry wraps[8];
    assert_non_null(out);
    memset(wraps, 0, sizeof wraps);
    fx_header(f, &out->header, FX_A, FX_B, XJ_TO_PRINCIPAL);
    fx_fill(&out->body, FX_SEALED, (uint8_t)f->clock.random);
    out->header.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&out->body));
    out->papers = calloc(paper_count + 1, sizeof *out->papers);
    for (size_t i = 0; i < paper_count; i++) {
        struct xj_outgoing_paper *p = &out->papers[out->paper_count++];
        xj_buf_init(&p->sealed, XJ_MAX_SEALED_PAPER_BYTES);
        fx_fill(&p->sealed, FX_SEALED, (uint8_t)(i + 1 + f->clock.random % 100));
        p->digest = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&p->sealed));
        out->header.papers[out->header.paper_count++] = (struct xj_header_paper){xj_slice_cstr("other"), p->digest, FX_CLASS};
        wraps[i + 1].object = p->digest;
    }
    wraps[0].object = out->header.body_digest;
    for (size_t i = 0; i <= paper_count; i++)
        wraps[i].reader = xj_slice_cstr(FX_B);
    assert_int_equal(xj_keys_encode(f->a.seal.id, wraps, paper_count + 1, &out->keys), XJ_OK);
    out->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&out->keys));
    return out;
}

static inline struct xj_id fx_submit(struct fx *f, size_t paper_count)
{
    struct xj_outgoing *out = fx_outgoing(f, paper_count);
    struct xj_id id = out->header.id;
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    fx_event(f, &ev);
    return id;
}

static inline struct xj_hash fx_digest_of(struct xj_slice message, struct xj_header *ret_header)
{
    struct xj_message m;
    unsigned field = 0;
    assert_int_equal(xj_message_split(message, &m), XJ_OK);
    assert_int_equal(xj_header_decode(m.header, ret_header, &field), XJ_OK);
    return xj_header_digest(m.header);
}

/* An admitted statement for a message, naming one recipient. */
static inline void fx_admitted(struct fx *f, const struct xj_hash *message, const char *recipient, uint64_t number,
                               const struct xj_sign_key *key, struct xj_buf *statement, struct xj_buf *signature)
{
    struct xj_admitted *st = calloc(1, sizeof *st);
    assert_non_null(st);
    st->seq = ++f->seq;
    st->time_ms = f->clock.now_ms;
    st->message = *message;
    st->register_number = f->register_number;
    st->recipient_count = 1;
    st->recipients[0] = (struct xj_st_recipient){xj_slice_cstr(recipient), number};
    xj_buf_init(statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    xj_admitted_encode(st, statement);
    struct xj_hash d = xj_digest(XJ_CTX_ADMITTED, xj_buf_slice(statement));
    xj_sign_one(key, &d, signature);
    free(st);
}

/* A refused statement for a submitted message; number 0: the message's own. */
static inline void fx_refused(struct fx *f, struct xj_slice message, const char *code, uint64_t number,
                              struct xj_buf *statement, struct xj_buf *signature)
{
    struct xj_header h;
    struct xj_refused st = {.time_ms = f->clock.now_ms, .agency = xj_slice_cstr(FX_A), .register_number = f->register_number};
    st.message = fx_digest_of(message, &h);
    st.id = h.id;
    st.number = number == 0 ? h.number : number;
    st.code = xj_slice_cstr(code);
    st.detail = xj_slice_cstr("");
    st.rule = st.article = xj_slice_cstr("r");
    st.remedy_zh = st.remedy_en = xj_slice_cstr("m");
    st.position = ++f->seq;
    xj_buf_init(statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    xj_refused_encode(&st, statement);
    struct xj_hash d = xj_digest(XJ_CTX_REFUSED, xj_buf_slice(statement));
    xj_sign_one(&f->exchange, &d, signature);
}

/* Takes statement and signature. */
static inline void fx_answer(struct fx *f, unsigned kind, struct xj_buf *statement, struct xj_buf *signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_ANSWER, f->epoch, ++f->frame, 0, 1);
    xj_frame_put_answer(&frame, kind, xj_buf_slice(statement), xj_buf_slice(signature));
    xj_buf_free(statement);
    xj_buf_free(signature);
    fx_frame(f, &frame);
}

static inline void fx_admit(struct fx *f, struct xj_slice message, uint64_t b_mailbox)
{
    struct xj_header h;
    struct xj_buf statement, signature;
    struct xj_hash digest = fx_digest_of(message, &h);
    fx_admitted(f, &digest, FX_B, b_mailbox, &f->exchange, &statement, &signature);
    fx_answer(f, 1, &statement, &signature);
}

static inline void fx_notice(struct fx *f, const char *code, uint64_t number, const struct xj_hash *digests, size_t count)
{
    struct xj_buf frame;
    struct xj_notice n = {.code = xj_slice_cstr(code), .number = number, .digest_count = count,
                          .digests = xj_slice_of(digests, count * 32), .text_zh = xj_slice_cstr("中"),
                          .text_en = xj_slice_cstr("en")};
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_notice(&frame, f->epoch, ++f->frame, &n);
    fx_frame(f, &frame);
}

static inline void fx_register_frame(struct fx *f, const struct xj_buf *entry, const struct xj_buf *signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_REGISTER_ENTRIES, f->epoch, ++f->frame, f->register_number, 1);
    xj_frame_put_entry(&frame, xj_buf_slice(entry), xj_buf_slice(signature));
    fx_frame(f, &frame);
}

static inline enum xj_entry_kind fx_entry_kind(struct fx *f, uint64_t n)
{
    struct xj_buf buf;
    struct xj_entry e = {.kind = XJ_ENTRY_INVALID};
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    (void)xj_log_get(f->log, n, &buf, &e);
    xj_buf_free(&buf);
    return e.kind;
}

static inline size_t fx_kind_count(struct fx *f, enum xj_entry_kind kind)
{
    size_t count = 0;
    for (uint64_t n = 1; n <= xj_log_size(f->log); n++)
        count += fx_entry_kind(f, n) == kind;
    return count;
}

#endif
