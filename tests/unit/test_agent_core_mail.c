/* The agent's core against a scripted exchange: mailbox, papers, stored statements, feed, register stream. Spec:
 * spec/04-exchange.md sections 8 to 10, spec/06-register.md. */
#include "tests/unit/agent_core_fixture.h"

/* A message of B to A and everything that proves it. */
struct mail {
    struct xj_buf message, statement, signature, paper;
    struct xj_hash digest, paper_digest;
};

enum flaw {
    SOUND = 0, HEADER_ONLY, WITH_PAPER, WRONG_SENDER_KEY, WRONG_EXCHANGE_KEY, WRONG_BODY, WRONG_STATEMENT, WRONG_RECIPIENT,
    BODY_FOR_NOTICE
};

static void mail_free(struct mail *m)
{
    xj_buf_free(&m->message);
    xj_buf_free(&m->statement);
    xj_buf_free(&m->signature);
    xj_buf_free(&m->paper);
}

static void seal_paper(struct fx *f, struct mail *m, struct xj_header *h, struct xj_wrap_entry *wrap)
{
    fx_fill(&m->paper, FX_SEALED, (uint8_t)f->clock.random);
    m->paper_digest = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&m->paper));
    h->papers[h->paper_count++] = (struct xj_header_paper){xj_slice_cstr("other"), m->paper_digest, FX_CLASS};
    wrap->object = m->paper_digest;
    wrap->reader = xj_slice_cstr(FX_A);
}

static void join(struct fx *f, struct mail *m, const struct xj_header *h, enum flaw flaw, struct xj_buf *body,
                 const struct xj_buf *keys)
{
    struct xj_buf header, signature;
    struct xj_message parts;
    bool bare = flaw == HEADER_ONLY;
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_header_encode(h, &header);
    m->digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(flaw == WRONG_SENDER_KEY ? &f->stranger : &f->b.sign, &m->digest, &signature);
    if (flaw == WRONG_BODY)
        body->p[5] ^= 1;
    parts = (struct xj_message){xj_buf_slice(&header), bare ? xj_slice_of(NULL, 0) : xj_buf_slice(body),
                                bare ? xj_slice_of(NULL, 0) : xj_buf_slice(keys), xj_buf_slice(&signature)};
    xj_message_join(&parts, &m->message);
    assert_int_equal(m->message.err, XJ_OK);
    xj_buf_free(&header);
    xj_buf_free(&signature);
}

static void mail_make(struct fx *f, struct mail *m, uint64_t number, enum flaw flaw)
{
    struct xj_header h;
    struct xj_wrap_entry wraps[2];
    struct xj_buf body, keys;
    bool notice = flaw == HEADER_ONLY || flaw == BODY_FOR_NOTICE;
    memset(m, 0, sizeof *m);
    memset(wraps, 0, sizeof wraps);
    xj_buf_init(&m->message, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&m->paper, XJ_MAX_FRAME_BYTES);
    xj_buf_init(&body, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&keys, XJ_MAX_KEYS_BYTES);
    fx_header(f, &h, FX_B, FX_A, notice ? XJ_TO_NOTICE : XJ_TO_PRINCIPAL);
    fx_fill(&body, FX_SEALED, (uint8_t)f->clock.random);
    h.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&body));
    wraps[0].object = h.body_digest;
    wraps[0].reader = xj_slice_cstr(FX_A);
    if (flaw == WITH_PAPER)
        seal_paper(f, m, &h, &wraps[1]);
    assert_int_equal(xj_keys_encode(f->b.seal.id, wraps, flaw == WITH_PAPER ? 2 : 1, &keys), XJ_OK);
    h.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&keys));
    h.number = ++f->b_number;
    h.has_previous = h.number > 1;
    h.previous = f->b_previous;
    join(f, m, &h, flaw, &body, &keys);
    f->b_previous = m->digest;
    struct xj_hash other = {{9}};
    fx_admitted(f, flaw == WRONG_STATEMENT ? &other : &m->digest, flaw == WRONG_RECIPIENT ? FX_C : FX_A, number,
                flaw == WRONG_EXCHANGE_KEY ? &f->stranger : &f->exchange, &m->statement, &m->signature);
    xj_buf_free(&body);
    xj_buf_free(&keys);
}

static void deliver_frame(struct fx *f, struct xj_buf *frame, const struct mail *mails, uint64_t first, size_t count)
{
    xj_buf_init(frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(frame, XJ_F_DELIVER, f->epoch, ++f->frame, first + count - 1, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        xj_frame_put_deliver(frame, first + i, xj_buf_slice(&mails[i].message), xj_buf_slice(&mails[i].statement),
                             xj_buf_slice(&mails[i].signature));
}

static void deliver(struct fx *f, const struct mail *mails, uint64_t first, size_t count)
{
    struct xj_buf frame;
    deliver_frame(f, &frame, mails, first, count);
    fx_frame(f, &frame);
}

/* The stored statement of the last turn, decoded from a copy that the caller frees. */
static void stored_sent(struct fx *f, size_t i, struct xj_buf *copy, struct xj_stored *ret)
{
    struct xj_frame frame;
    assert_true(fx_sent(f, XJ_F_STORED, i, &frame));
    struct xj_hash d = xj_digest(XJ_CTX_STORED, frame.bytes);
    assert_int_equal(xj_verify(NULL, f->a.sign.public_key, &d, frame.signature), XJ_OK);
    xj_buf_init(copy, XJ_MAX_STATEMENT_BYTES);
    xj_buf_add_slice(copy, frame.bytes);
    assert_int_equal(xj_stored_decode(xj_buf_slice(copy), ret), XJ_OK);
    xj_frame_close(&frame);
}

/* ---- mailbox ---- */

static void deliver__is_stored_and_acknowledged_with_root_and_head(void **state)
{
    struct fx *f = *state;
    struct mail m[3];
    struct xj_hash leaves[3], root;
    struct xj_buf copy;
    struct xj_stored st;
    fx_ready(f);
    for (size_t i = 0; i < 3; i++) {
        mail_make(f, &m[i], i + 1, SOUND);
        leaves[i] = xj_tree_mail_leaf(i + 1, &m[i].digest);
    }
    deliver(f, m, 1, 3);
    assert_int_equal(fx_figures(f).mailbox, 3);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 3);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_ADMITTED), 3);
    stored_sent(f, 0, &copy, &st);
    assert_int_equal(st.first, 1);
    assert_int_equal(st.last, 3);
    assert_true(xj_slice_is(st.agency, FX_A));
    root = xj_tree_root(leaves, 3);
    assert_memory_equal(st.root.b, root.b, 32);
    assert_int_equal(st.ledger_size, xj_log_size(f->log) - 1);
    assert_int_equal(xj_log_root_at(f->log, st.ledger_size, &root), XJ_OK);
    assert_memory_equal(st.ledger_head.b, root.b, 32);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log)), XJ_ENTRY_STORED);
    xj_buf_free(&copy);
    for (size_t i = 0; i < 3; i++)
        mail_free(&m[i]);
}

static void deliver__a_header_alone_to_a_notice_recipient_is_stored(void **state)
{
    struct fx *f = *state;
    struct mail m;
    fx_ready(f);
    mail_make(f, &m, 1, HEADER_ONLY);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    mail_free(&m);
}

static void refuses(void **state, enum flaw flaw)
{
    struct fx *f = *state;
    struct mail bad, good;
    fx_ready(f);
    mail_make(f, &bad, 1, flaw);
    deliver(f, &bad, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 0);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    fx_tick(f, 3000);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1); /* asks again */
    mail_make(f, &good, 1, SOUND);
    struct xj_welcome w = fx_welcome_equal(f);
    fx_welcome(f, &w);
    deliver(f, &good, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    mail_free(&bad);
    mail_free(&good);
}

static void deliver__refuses_a_message_not_signed_by_its_sender(void **state) { refuses(state, WRONG_SENDER_KEY); }
static void deliver__refuses_a_statement_not_signed_by_the_exchange(void **state) { refuses(state, WRONG_EXCHANGE_KEY); }
static void deliver__refuses_a_body_with_another_digest(void **state) { refuses(state, WRONG_BODY); }
static void deliver__refuses_a_statement_of_another_message(void **state) { refuses(state, WRONG_STATEMENT); }
static void deliver__refuses_what_was_not_admitted_for_this_agency(void **state) { refuses(state, WRONG_RECIPIENT); }
static void deliver__refuses_a_body_that_a_notice_recipient_must_not_have(void **state) { refuses(state, BODY_FOR_NOTICE); }

static void deliver__refuses_another_mailbox_number_than_the_statement_names(void **state)
{
    struct fx *f = *state;
    struct mail m;
    fx_ready(f);
    mail_make(f, &m, 2, SOUND);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    mail_free(&m);
}

static void deliver__takes_nothing_behind_a_gap(void **state)
{
    struct fx *f = *state;
    struct mail m;
    fx_ready(f);
    mail_make(f, &m, 2, SOUND);
    deliver(f, &m, 2, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).mailbox_head, 2);
    mail_free(&m);
}

static void deliver__one_message_under_two_numbers_is_refused(void **state)
{
    struct fx *f = *state;
    struct mail m, twice;
    fx_ready(f);
    mail_make(f, &m, 1, SOUND);
    deliver(f, &m, 1, 1);
    twice = m;
    fx_admitted(f, &m.digest, FX_A, 2, &f->exchange, &twice.statement, &twice.signature);
    deliver(f, &twice, 2, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&twice.statement);
    xj_buf_free(&twice.signature);
    mail_free(&m);
}

static void deliver__again_is_acknowledged_again_with_the_same_bytes(void **state)
{
    struct fx *f = *state;
    struct mail m;
    struct xj_buf first, again;
    struct xj_stored st;
    fx_ready(f);
    mail_make(f, &m, 1, SOUND);
    deliver(f, &m, 1, 1);
    stored_sent(f, 0, &first, &st);
    uint64_t size = xj_log_size(f->log);
    deliver(f, &m, 1, 1);
    stored_sent(f, 0, &again, &st);
    assert_true(xj_slice_eq(xj_buf_slice(&first), xj_buf_slice(&again)));
    assert_int_equal(xj_log_size(f->log), size);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 0); /* once in a retry time */
    xj_buf_free(&first);
    xj_buf_free(&again);
    mail_free(&m);
}

static void deliver__crash_before_the_commit_stores_it_at_the_next_delivery(void **state)
{
    struct fx *f = *state;
    struct mail m;
    struct xj_buf frame;
    fx_ready(f);
    mail_make(f, &m, 1, SOUND);
    deliver_frame(f, &frame, &m, 1, 1);
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_buf_slice(&frame)};
    fx_begin(f);
    fx_step(f, &ev);
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    fx_reopen(f);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_STORED), 0);
    fx_ready(f);
    fx_event(f, &ev);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    xj_buf_free(&frame);
    mail_free(&m);
}

static void welcome__that_lacks_acknowledgements_gets_all_of_them_oldest_first(void **state)
{
    struct fx *f = *state;
    struct mail m[2];
    struct xj_buf sent[2], again;
    struct xj_stored st;
    fx_ready(f);
    for (size_t i = 0; i < 2; i++) {
        mail_make(f, &m[i], i + 1, SOUND);
        deliver(f, &m[i], i + 1, 1);
        stored_sent(f, 0, &sent[i], &st);
    }
    fx_reopen(f);
    struct xj_welcome w = fx_welcome_equal(f);
    w.mailbox_stored = 0;
    fx_connect(f);
    fx_welcome(f, &w);
    for (size_t i = 0; i < 2; i++) {
        stored_sent(f, i, &again, &st);
        assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(&sent[i])));
        xj_buf_free(&again);
        xj_buf_free(&sent[i]);
        mail_free(&m[i]);
    }
}

static void deliver__waits_for_the_register_number_it_names(void **state)
{
    struct fx *f = *state;
    struct mail m;
    struct xj_buf entry, signature;
    fx_ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    mail_make(f, &m, 1, SOUND);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_GET), 1);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    assert_int_equal(fx_figures(f).incidents, 0);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    mail_free(&m);
}

/* ---- papers ---- */

static void paper_frame(struct fx *f, const struct xj_hash *digest, struct xj_slice bytes)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER, f->epoch, ++f->frame, digest, bytes);
    fx_frame(f, &frame);
}

static void papers__hold_the_batch_until_they_are_here(void **state)
{
    struct fx *f = *state;
    struct mail m[2];
    struct xj_frame get;
    fx_ready(f);
    mail_make(f, &m[0], 1, WITH_PAPER);
    mail_make(f, &m[1], 2, SOUND);
    deliver(f, m, 1, 2);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_true(fx_sent(f, XJ_F_PAPER_GET, 0, &get));
    assert_memory_equal(get.digest.b, m[0].paper_digest.b, 32);
    xj_frame_close(&get);
    paper_frame(f, &m[0].paper_digest, xj_buf_slice(&m[0].paper));
    assert_int_equal(fx_figures(f).mailbox, 2);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    assert_true(xj_object_has(f->db, &m[0].paper_digest));
    mail_free(&m[0]);
    mail_free(&m[1]);
}

static void papers__are_asked_for_again(void **state)
{
    struct fx *f = *state;
    struct mail m;
    fx_ready(f);
    mail_make(f, &m, 1, WITH_PAPER);
    deliver(f, &m, 1, 1);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    paper_frame(f, &m.paper_digest, xj_slice_of(NULL, 0));
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    fx_tick(f, 3000);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    mail_free(&m);
}

static void papers__with_other_bytes_or_unasked_are_not_kept(void **state)
{
    struct fx *f = *state;
    struct mail m;
    struct xj_hash nobody = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("unasked"));
    fx_ready(f);
    mail_make(f, &m, 1, WITH_PAPER);
    deliver(f, &m, 1, 1);
    paper_frame(f, &m.paper_digest, xj_slice_cstr("something else"));
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    paper_frame(f, &nobody, xj_slice_cstr("unasked"));
    assert_false(xj_object_has(f->db, &nobody));
    assert_false(xj_object_has(f->db, &m.paper_digest));
    mail_free(&m);
}

static void papers__crash_while_waiting_starts_the_delivery_over(void **state)
{
    struct fx *f = *state;
    struct mail m;
    fx_ready(f);
    mail_make(f, &m, 1, WITH_PAPER);
    deliver(f, &m, 1, 1);
    fx_reopen(f);
    fx_ready(f);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    paper_frame(f, &m.paper_digest, xj_buf_slice(&m.paper));
    assert_int_equal(fx_figures(f).mailbox, 1);
    mail_free(&m);
}

/* ---- feed ---- */

enum lie {
    TRUTH = 0, WRONG_PATH, NO_PATH, NO_STORED, STORED_KEY, STORED_OTHER, EXCHANGE_KEY, OTHER_OWNER, OTHER_NUMBER, WRONG_MAILBOX
};

static void stored_of_b(struct fx *f, const struct xj_hash *leaves, size_t count, enum lie lie, struct xj_buf *statement,
                        struct xj_buf *signature)
{
    struct xj_stored st = {.agency = xj_slice_cstr(FX_B), .first = 1, .last = count, .root = xj_tree_root(leaves, count),
                           .ledger_size = 5, .time_ms = f->clock.now_ms, .register_number = f->register_number};
    xj_buf_init(statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    xj_stored_encode(&st, statement);
    struct xj_hash d = xj_digest(XJ_CTX_STORED, xj_buf_slice(statement));
    xj_sign_one(lie == STORED_KEY ? &f->stranger : &f->b.sign, &d, signature);
}

/* One delivered statement over messages that B stored under mailbox numbers 1 to count. */
static void feed(struct fx *f, uint64_t number, const struct xj_hash *messages, size_t count, enum lie lie)
{
    struct xj_hash leaves[8];
    struct xj_delivered_item *items = calloc(count, sizeof *items);
    struct xj_buf stored, stored_sig, statement, signature, frame;
    assert_non_null(items);
    for (size_t i = 0; i < count; i++)
        leaves[i] = xj_tree_mail_leaf(i + 1, &messages[i]);
    stored_of_b(f, leaves, count, lie, &stored, &stored_sig);
    struct xj_delivered d = {.owner = xj_slice_cstr(lie == OTHER_OWNER ? FX_C : FX_A), .number = number,
                             .recipient = xj_slice_cstr(FX_B), .recipient_ms = 1, .exchange_ms = f->clock.now_ms,
                             .register_number = f->register_number, .item_count = count, .items = items};
    d.stored = xj_digest(XJ_CTX_STORED, xj_buf_slice(&stored));
    if (lie == STORED_OTHER)
        d.stored.b[0] ^= 1;
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct xj_delivered_item){.message = messages[i], .mailbox_number = i + 1, .has_path = lie != NO_PATH,
                                              .index = lie == NO_PATH ? 0 : i};
        items[i].path_count = lie == NO_PATH ? 0 : xj_tree_path(leaves, count, i, items[i].path);
        if (lie == WRONG_PATH && items[i].path_count > 0)
            items[i].path[0].b[3] ^= 1;
        if (lie == WRONG_MAILBOX)
            items[i].mailbox_number += count;
    }
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_delivered_encode(&d, &statement);
    struct xj_hash digest = xj_digest(XJ_CTX_DELIVERED, xj_buf_slice(&statement));
    xj_sign_one(lie == EXCHANGE_KEY ? &f->stranger : &f->exchange, &digest, &signature);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_FEED, f->epoch, ++f->frame, number, 1);
    bool none = lie == NO_STORED;
    xj_frame_put_feed(&frame, xj_buf_slice(&statement), xj_buf_slice(&signature),
                      none ? xj_slice_of(NULL, 0) : xj_buf_slice(&stored),
                      none ? xj_slice_of(NULL, 0) : xj_buf_slice(&stored_sig));
    fx_frame(f, &frame);
    xj_buf_free(&stored);
    xj_buf_free(&stored_sig);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    free(items);
}

/* Two own acts, admitted under B's mailbox numbers 1 and 2. */
static void two_admitted(struct fx *f, struct xj_hash digests[2])
{
    struct xj_buf m;
    struct xj_header h;
    fx_ready(f);
    for (uint64_t i = 0; i < 2; i++) {
        fx_submit(f, 0);
        assert_true(fx_submitted(f, 0, &m));
        digests[i] = fx_digest_of(xj_buf_slice(&m), &h);
        fx_admit(f, xj_buf_slice(&m), i + 1);
        xj_buf_free(&m);
    }
}

static void feed__proves_delivery_and_closes_the_outbox(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    assert_int_equal(fx_figures(f).own_proved, 0);
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).own_proved, 2);
    assert_int_equal(fx_figures(f).feed, 1);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log) - 1), XJ_ENTRY_STORED);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log)), XJ_ENTRY_DELIVERED);
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_DELIVERED), 1);
}

static void feed__appends_one_stored_statement_once(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    feed(f, 1, d, 2, TRUTH);
    feed(f, 2, d, 2, TRUTH);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_STORED), 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_DELIVERED), 2);
    assert_int_equal(fx_figures(f).own_proved, 2);
}

static void feed_refuses(void **state, enum lie lie)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    feed(f, 1, d, 2, lie);
    assert_int_equal(fx_figures(f).own_proved, 0);
    assert_int_equal(fx_figures(f).feed, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_DELIVERED), 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_STORED), 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_FEED_GET), 1); /* asks again */
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).own_proved, 2);
}

static void feed__refuses_a_path_to_another_root(void **state) { feed_refuses(state, WRONG_PATH); }
static void feed__refuses_an_own_message_without_a_path(void **state) { feed_refuses(state, NO_PATH); }
static void feed__refuses_a_path_without_the_stored_statement(void **state) { feed_refuses(state, NO_STORED); }
static void feed__refuses_a_stored_statement_not_signed_by_its_agency(void **state) { feed_refuses(state, STORED_KEY); }
static void feed__refuses_another_stored_statement_than_it_names(void **state) { feed_refuses(state, STORED_OTHER); }
static void feed__refuses_a_statement_not_signed_by_the_exchange(void **state) { feed_refuses(state, EXCHANGE_KEY); }
static void feed__refuses_the_feed_of_somebody_else(void **state) { feed_refuses(state, OTHER_OWNER); }
static void feed__refuses_a_mailbox_number_outside_the_stored_range(void **state) { feed_refuses(state, WRONG_MAILBOX); }

static void feed__takes_nothing_behind_a_gap(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    feed(f, 2, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).feed, 0);
    struct xj_frame get;
    assert_true(fx_sent(f, XJ_F_FEED_GET, 0, &get));
    assert_int_equal(get.n, 1);
    xj_frame_close(&get);
}

static void feed__waits_for_the_answer_of_its_own_message(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    struct xj_hash d = fx_digest_of(xj_buf_slice(&m), &h);
    feed(f, 1, &d, 1, TRUTH);
    assert_int_equal(fx_figures(f).feed, 0);
    assert_int_equal(fx_figures(f).incidents, 0);
    fx_admit(f, xj_buf_slice(&m), 1);
    assert_int_equal(fx_sent_count(f, XJ_F_FEED_GET), 1);
    feed(f, 1, &d, 1, TRUTH);
    assert_int_equal(fx_figures(f).own_proved, 1);
    xj_buf_free(&m);
}

static void feed__is_pulled_when_a_heartbeat_names_a_later_head(void **state)
{
    struct fx *f = *state;
    struct xj_buf frame;
    const struct xj_pulse p = {.time_ms = 1, .mailbox_head = 0, .feed_head = 4, .register_head = 1};
    fx_ready(f);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_pulse(&frame, f->epoch, ++f->frame, &p);
    fx_frame(f, &frame);
    assert_int_equal(fx_sent_count(f, XJ_F_FEED_GET), 1);
    fx_tick(f, 100);
    assert_int_equal(fx_sent_count(f, XJ_F_FEED_GET), 0);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_FEED_GET), 1);
}

/* ---- register stream ---- */

static void register__is_pulled_appended_and_survives_a_restart(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature;
    fx_tick(f, 0);
    fx_entry(f, &f->registrar, &entry, &signature);
    struct xj_welcome w = fx_welcome_equal(f);
    w.register_head = 2;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_GET), 1);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REGISTER), 2);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REGISTER), 2);
    assert_int_equal(fx_figures(f).incidents, 0);
    fx_reopen(f);
    assert_int_equal(fx_figures(f).register_number, 2);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void register__refuses_an_entry_not_signed_by_the_registrar(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature;
    fx_ready(f);
    fx_entry(f, &f->stranger, &entry, &signature);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_figures(f).register_number, 1);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void register__another_entry_under_a_held_number_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature, fork;
    struct xj_hash previous = f->register_head;
    const struct xj_reg_change change = {xj_slice_cstr("status"), xj_slice_cstr(FX_B), {NULL, 0}};
    fx_ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    fx_register_frame(f, &entry, &signature);
    xj_buf_init(&fork, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_reg_entry_encode(2, 1001, &previous, &change, 1, &fork);
    fx_register_frame(f, &fork, &signature);
    assert_int_equal(fx_figures(f).incidents, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REGISTER), 2);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_buf_free(&fork);
}

static void put_entry(struct fx *f, struct xj_buf *entry, struct xj_buf *signature)
{
    fx_ready(f);
    fx_entry(f, &f->registrar, entry, signature);
    const struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(entry),
                                      .signature = xj_buf_slice(signature)};
    fx_event(f, &ev);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 1);
}

static void register_put__is_retried_until_the_exchange_has_it(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature, frame;
    put_entry(f, &entry, &signature);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 1);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_registered(&frame, f->epoch, ++f->frame, 2);
    fx_frame(f, &frame);
    const struct xj_agent_action *done = fx_action(f, XJ_AA_REGISTERED, 0);
    assert_true(done != NULL && done->admitted && done->number == 2);
    fx_tick(f, 5000);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 0);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void register_put__denied_tells_the_reason(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature;
    put_entry(f, &entry, &signature);
    fx_notice(f, "denied", 0, NULL, 0);
    const struct xj_agent_action *done = fx_action(f, XJ_AA_REGISTERED, 0);
    assert_true(done != NULL && !done->admitted && done->bytes.n > 0);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

/* ---- working state ---- */

static void rebuild__from_entries_alone_keeps_mail_feed_and_proofs(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    struct mail m;
    two_admitted(f, d);
    mail_make(f, &m, 1, SOUND);
    deliver(f, &m, 1, 1);
    feed(f, 1, d, 2, TRUTH);
    struct xj_agent_figures before = fx_figures(f);
    fx_begin(f);
    assert_int_equal(xj_db_kv_clear(f->db), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    fx_reopen(f);
    struct xj_agent_figures after = fx_figures(f);
    assert_int_equal(after.mailbox, before.mailbox);
    assert_int_equal(after.feed, before.feed);
    assert_int_equal(after.own_proved, before.own_proved);
    assert_int_equal(after.ledger_size, before.ledger_size);
    fx_connect(f);
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 2;
    w.has_own_digest = true;
    w.own_digest = d[1];
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
    deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    mail_free(&m);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(deliver__is_stored_and_acknowledged_with_root_and_head),
        T(deliver__a_header_alone_to_a_notice_recipient_is_stored),
        T(deliver__refuses_a_message_not_signed_by_its_sender),
        T(deliver__refuses_a_statement_not_signed_by_the_exchange),
        T(deliver__refuses_a_body_with_another_digest),
        T(deliver__refuses_a_statement_of_another_message),
        T(deliver__refuses_what_was_not_admitted_for_this_agency),
        T(deliver__refuses_a_body_that_a_notice_recipient_must_not_have),
        T(deliver__refuses_another_mailbox_number_than_the_statement_names),
        T(deliver__takes_nothing_behind_a_gap),
        T(deliver__one_message_under_two_numbers_is_refused),
        T(deliver__again_is_acknowledged_again_with_the_same_bytes),
        T(deliver__crash_before_the_commit_stores_it_at_the_next_delivery),
        T(welcome__that_lacks_acknowledgements_gets_all_of_them_oldest_first),
        T(deliver__waits_for_the_register_number_it_names),
        T(papers__hold_the_batch_until_they_are_here),
        T(papers__are_asked_for_again),
        T(papers__with_other_bytes_or_unasked_are_not_kept),
        T(papers__crash_while_waiting_starts_the_delivery_over),
        T(feed__proves_delivery_and_closes_the_outbox),
        T(feed__appends_one_stored_statement_once),
        T(feed__refuses_a_path_to_another_root),
        T(feed__refuses_an_own_message_without_a_path),
        T(feed__refuses_a_path_without_the_stored_statement),
        T(feed__refuses_a_stored_statement_not_signed_by_its_agency),
        T(feed__refuses_another_stored_statement_than_it_names),
        T(feed__refuses_a_statement_not_signed_by_the_exchange),
        T(feed__refuses_the_feed_of_somebody_else),
        T(feed__refuses_a_mailbox_number_outside_the_stored_range),
        T(feed__takes_nothing_behind_a_gap),
        T(feed__waits_for_the_answer_of_its_own_message),
        T(feed__is_pulled_when_a_heartbeat_names_a_later_head),
        T(register__is_pulled_appended_and_survives_a_restart),
        T(register__refuses_an_entry_not_signed_by_the_registrar),
        T(register__another_entry_under_a_held_number_is_an_incident),
        T(register_put__is_retried_until_the_exchange_has_it),
        T(register_put__denied_tells_the_reason),
        T(rebuild__from_entries_alone_keeps_mail_feed_and_proofs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
