/* The agent's core against a scripted exchange: mailbox, papers, stored statements. Spec: spec/04-exchange.md section 8. */
#include "tests/unit/agent_core_fixture.h"
#include "tests/unit/memstore.h"

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
    struct fx_mail m[3];
    struct xj_hash leaves[3], root;
    struct xj_buf copy;
    struct xj_stored st;
    fx_ready(f);
    for (size_t i = 0; i < 3; i++) {
        fx_mail_make(f, &m[i], i + 1, FX_SOUND);
        leaves[i] = xj_tree_mail_leaf(i + 1, &m[i].digest);
    }
    fx_deliver(f, m, 1, 3);
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
        fx_mail_free(&m[i]);
}

static void deliver__a_header_alone_to_a_notice_recipient_is_stored(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_HEADER_ONLY);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    fx_mail_free(&m);
}

static void refuses(void **state, enum fx_flaw flaw)
{
    struct fx *f = *state;
    struct fx_mail bad, good;
    fx_ready(f);
    fx_mail_make(f, &bad, 1, flaw);
    fx_deliver(f, &bad, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 0);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    fx_tick(f, 3000);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1); /* asks again */
    fx_mail_make(f, &good, 1, FX_SOUND);
    struct xj_welcome w = fx_welcome_equal(f);
    fx_welcome(f, &w);
    fx_deliver(f, &good, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    fx_mail_free(&bad);
    fx_mail_free(&good);
}

static void deliver__refuses_a_message_not_signed_by_its_sender(void **state) { refuses(state, FX_WRONG_SENDER_KEY); }
static void deliver__refuses_a_statement_not_signed_by_the_exchange(void **state) { refuses(state, FX_WRONG_EXCHANGE_KEY); }
static void deliver__refuses_a_body_with_another_digest(void **state) { refuses(state, FX_WRONG_BODY); }
static void deliver__refuses_a_statement_of_another_message(void **state) { refuses(state, FX_WRONG_STATEMENT); }
static void deliver__refuses_what_was_not_admitted_for_this_agency(void **state) { refuses(state, FX_WRONG_RECIPIENT); }
static void deliver__refuses_a_body_that_a_notice_recipient_must_not_have(void **state) { refuses(state, FX_BODY_FOR_NOTICE); }

static void deliver__refuses_another_mailbox_number_than_the_statement_names(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    fx_ready(f);
    fx_mail_make(f, &m, 2, FX_SOUND);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    fx_mail_free(&m);
}

static void deliver__takes_nothing_behind_a_gap(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    fx_ready(f);
    fx_mail_make(f, &m, 2, FX_SOUND);
    fx_deliver(f, &m, 2, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).mailbox_head, 2);
    fx_mail_free(&m);
}

static void deliver__one_message_under_two_numbers_is_refused(void **state)
{
    struct fx *f = *state;
    struct fx_mail m, twice;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_SOUND);
    fx_deliver(f, &m, 1, 1);
    twice = m;
    fx_admitted(f, &m.digest, FX_A, 2, &f->exchange, &twice.statement, &twice.signature);
    fx_deliver(f, &twice, 2, 1);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&twice.statement);
    xj_buf_free(&twice.signature);
    fx_mail_free(&m);
}

static void deliver__again_is_acknowledged_again_with_the_same_bytes(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_buf first, again;
    struct xj_stored st;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_SOUND);
    fx_deliver(f, &m, 1, 1);
    stored_sent(f, 0, &first, &st);
    uint64_t size = xj_log_size(f->log);
    fx_deliver(f, &m, 1, 1);
    stored_sent(f, 0, &again, &st);
    assert_true(xj_slice_eq(xj_buf_slice(&first), xj_buf_slice(&again)));
    assert_int_equal(xj_log_size(f->log), size);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 0); /* once in a retry time */
    xj_buf_free(&first);
    xj_buf_free(&again);
    fx_mail_free(&m);
}

static void deliver__crash_before_the_commit_stores_it_at_the_next_delivery(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_buf frame;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_SOUND);
    fx_deliver_frame(f, &frame, &m, 1, 1);
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
    fx_mail_free(&m);
}

static void welcome__that_lacks_acknowledgements_gets_all_of_them_oldest_first(void **state)
{
    struct fx *f = *state;
    struct fx_mail m[2];
    struct xj_buf sent[2], again;
    struct xj_stored st;
    fx_ready(f);
    for (size_t i = 0; i < 2; i++) {
        fx_mail_make(f, &m[i], i + 1, FX_SOUND);
        fx_deliver(f, &m[i], i + 1, 1);
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
        fx_mail_free(&m[i]);
    }
}

static void deliver__waits_for_the_register_number_it_names(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_buf entry, signature;
    fx_ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    fx_mail_make(f, &m, 1, FX_SOUND);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_GET), 1);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    assert_int_equal(fx_figures(f).incidents, 0);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    fx_mail_free(&m);
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
    struct fx_mail m[2];
    struct xj_frame get;
    fx_ready(f);
    fx_mail_make(f, &m[0], 1, FX_WITH_PAPER);
    fx_mail_make(f, &m[1], 2, FX_SOUND);
    fx_deliver(f, m, 1, 2);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_true(fx_sent(f, XJ_F_PAPER_GET, 0, &get));
    assert_memory_equal(get.digest.b, m[0].paper_digest.b, 32);
    xj_frame_close(&get);
    paper_frame(f, &m[0].paper_digest, xj_buf_slice(&m[0].paper));
    assert_int_equal(fx_figures(f).mailbox, 2);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    assert_true(test_object_has(f->db, &m[0].paper_digest));
    fx_mail_free(&m[0]);
    fx_mail_free(&m[1]);
}

static void papers__are_asked_for_again(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_WITH_PAPER);
    fx_deliver(f, &m, 1, 1);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    paper_frame(f, &m.paper_digest, xj_slice_of(NULL, 0));
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    fx_tick(f, 3000);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    fx_mail_free(&m);
}

static void papers__with_other_bytes_or_unasked_are_not_kept(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_hash nobody = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("unasked"));
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_WITH_PAPER);
    fx_deliver(f, &m, 1, 1);
    paper_frame(f, &m.paper_digest, xj_slice_cstr("something else"));
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    paper_frame(f, &nobody, xj_slice_cstr("unasked"));
    assert_false(test_object_has(f->db, &nobody));
    assert_false(test_object_has(f->db, &m.paper_digest));
    fx_mail_free(&m);
}

static void papers__crash_while_waiting_starts_the_delivery_over(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_WITH_PAPER);
    fx_deliver(f, &m, 1, 1);
    fx_reopen(f);
    fx_ready(f);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    paper_frame(f, &m.paper_digest, xj_buf_slice(&m.paper));
    assert_int_equal(fx_figures(f).mailbox, 1);
    fx_mail_free(&m);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
