#include "tests/unit/agent_core_fixture.h"

/* ---- acts of A ---- */

static void fill(struct xj_buf *b, size_t n, uint8_t with)
{
    uint8_t *p = xj_buf_room(b, n);
    assert_non_null(p);
    memset(p, with, n);
}

/* A header from one agency to another; slices point to static text. */
static void make_header(struct fx *f, struct xj_header *h, const char *from, const char *to, enum xj_to_role role)
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

struct xj_outgoing *fx_outgoing(struct fx *f, size_t paper_count)
{
    struct xj_outgoing *out = xj_outgoing_new();
    struct xj_wrap_entry wraps[8];
    assert_non_null(out);
    memset(wraps, 0, sizeof wraps);
    make_header(f, &out->header, FX_A, FX_B, XJ_TO_PRINCIPAL);
    fill(&out->body, FX_SEALED, (uint8_t)f->clock.random);
    out->header.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&out->body));
    out->papers = calloc(paper_count + 1, sizeof *out->papers);
    for (size_t i = 0; i < paper_count; i++) {
        struct xj_outgoing_paper *p = &out->papers[out->paper_count++];
        xj_buf_init(&p->sealed, XJ_MAX_SEALED_PAPER_BYTES);
        fill(&p->sealed, FX_SEALED, (uint8_t)(i + 1 + f->clock.random % 100));
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

struct xj_id fx_submit(struct fx *f, size_t paper_count)
{
    struct xj_outgoing *out = fx_outgoing(f, paper_count);
    struct xj_id id = out->header.id;
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    fx_event(f, &ev);
    return id;
}

struct xj_hash fx_digest_of(struct xj_slice message, struct xj_header *ret_header)
{
    struct xj_message m;
    unsigned field = 0;
    assert_int_equal(xj_message_split(message, &m), XJ_OK);
    assert_int_equal(xj_header_decode(m.header, ret_header, &field), XJ_OK);
    return xj_header_digest(m.header);
}

/* ---- what the exchange says ---- */

void fx_admitted(struct fx *f, const struct xj_hash *message, const char *recipient, uint64_t number,
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

void fx_refused(struct fx *f, struct xj_slice message, const char *code, uint64_t number, struct xj_buf *statement,
                struct xj_buf *signature)
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

void fx_answer(struct fx *f, unsigned kind, struct xj_buf *statement, struct xj_buf *signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_ANSWER, f->epoch, ++f->frame, 0, 1);
    xj_frame_put_answer(&frame, kind, xj_buf_slice(statement), xj_buf_slice(signature));
    xj_buf_free(statement);
    xj_buf_free(signature);
    fx_frame(f, &frame);
}

void fx_admit(struct fx *f, struct xj_slice message, uint64_t b_mailbox)
{
    struct xj_header h;
    struct xj_buf statement, signature;
    struct xj_hash digest = fx_digest_of(message, &h);
    fx_admitted(f, &digest, FX_B, b_mailbox, &f->exchange, &statement, &signature);
    fx_answer(f, 1, &statement, &signature);
}

void fx_notice(struct fx *f, const char *code, uint64_t number, const struct xj_hash *digests, size_t count)
{
    struct xj_buf frame;
    struct xj_notice n = {.code = xj_slice_cstr(code), .number = number, .digest_count = count,
                          .digests = xj_slice_of(digests, count * 32), .text_zh = xj_slice_cstr("中"),
                          .text_en = xj_slice_cstr("en")};
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_notice(&frame, f->epoch, ++f->frame, &n);
    fx_frame(f, &frame);
}

void fx_register_frame(struct fx *f, const struct xj_buf *entry, const struct xj_buf *signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_REGISTER_ENTRIES, f->epoch, ++f->frame, f->register_number, 1);
    xj_frame_put_entry(&frame, xj_buf_slice(entry), xj_buf_slice(signature));
    fx_frame(f, &frame);
}

/* ---- messages of B ---- */

void fx_mail_free(struct fx_mail *m)
{
    xj_buf_free(&m->message);
    xj_buf_free(&m->statement);
    xj_buf_free(&m->signature);
    xj_buf_free(&m->paper);
}

static void seal_paper(struct fx *f, struct fx_mail *m, struct xj_header *h, struct xj_wrap_entry *wrap)
{
    fill(&m->paper, FX_SEALED, (uint8_t)f->clock.random);
    m->paper_digest = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&m->paper));
    h->papers[h->paper_count++] = (struct xj_header_paper){xj_slice_cstr("other"), m->paper_digest, FX_CLASS};
    wrap->object = m->paper_digest;
    wrap->reader = xj_slice_cstr(FX_A);
}

static void join(struct fx *f, struct fx_mail *m, const struct xj_header *h, enum fx_flaw flaw, struct xj_buf *body,
                 const struct xj_buf *keys)
{
    struct xj_buf header, signature;
    struct xj_message parts;
    bool bare = flaw == FX_HEADER_ONLY;
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_header_encode(h, &header);
    m->digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(flaw == FX_WRONG_SENDER_KEY ? &f->stranger : &f->b.sign, &m->digest, &signature);
    if (flaw == FX_WRONG_BODY)
        body->p[5] ^= 1;
    parts = (struct xj_message){xj_buf_slice(&header), bare ? xj_slice_of(NULL, 0) : xj_buf_slice(body),
                                bare ? xj_slice_of(NULL, 0) : xj_buf_slice(keys), xj_buf_slice(&signature)};
    xj_message_join(&parts, &m->message);
    assert_int_equal(m->message.err, XJ_OK);
    xj_buf_free(&header);
    xj_buf_free(&signature);
}

void fx_mail_make(struct fx *f, struct fx_mail *m, uint64_t number, enum fx_flaw flaw)
{
    struct xj_header h;
    struct xj_wrap_entry wraps[2];
    struct xj_buf body, keys;
    bool notice = flaw == FX_HEADER_ONLY || flaw == FX_BODY_FOR_NOTICE;
    memset(m, 0, sizeof *m);
    memset(wraps, 0, sizeof wraps);
    xj_buf_init(&m->message, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&m->paper, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&body, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&keys, XJ_MAX_KEYS_BYTES);
    make_header(f, &h, FX_B, FX_A, notice ? XJ_TO_NOTICE : XJ_TO_PRINCIPAL);
    fill(&body, FX_SEALED, (uint8_t)f->clock.random);
    h.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&body));
    wraps[0].object = h.body_digest;
    wraps[0].reader = xj_slice_cstr(FX_A);
    if (flaw == FX_WITH_PAPER)
        seal_paper(f, m, &h, &wraps[1]);
    assert_int_equal(xj_keys_encode(f->b.seal.id, wraps, flaw == FX_WITH_PAPER ? 2 : 1, &keys), XJ_OK);
    h.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&keys));
    h.number = ++f->b_number;
    h.has_previous = h.number > 1;
    h.previous = f->b_previous;
    join(f, m, &h, flaw, &body, &keys);
    f->b_previous = m->digest;
    struct xj_hash other = {{9}};
    fx_admitted(f, flaw == FX_WRONG_STATEMENT ? &other : &m->digest, flaw == FX_WRONG_RECIPIENT ? FX_C : FX_A, number,
                flaw == FX_WRONG_EXCHANGE_KEY ? &f->stranger : &f->exchange, &m->statement, &m->signature);
    xj_buf_free(&body);
    xj_buf_free(&keys);
}

void fx_deliver_frame(struct fx *f, struct xj_buf *frame, const struct fx_mail *mails, uint64_t first, size_t count)
{
    xj_buf_init(frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(frame, XJ_F_DELIVER, f->epoch, ++f->frame, first + count - 1, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        xj_frame_put_deliver(frame, first + i, xj_buf_slice(&mails[i].message), xj_buf_slice(&mails[i].statement),
                             xj_buf_slice(&mails[i].signature));
}

void fx_deliver(struct fx *f, const struct fx_mail *mails, uint64_t first, size_t count)
{
    struct xj_buf frame;
    fx_deliver_frame(f, &frame, mails, first, count);
    fx_frame(f, &frame);
}
