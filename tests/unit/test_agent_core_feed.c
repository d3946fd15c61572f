/* The agent's core against a scripted exchange: the feed, and the proofs of delivery it brings. Spec: spec/04-exchange.md
 * section 9. */
#include "tests/unit/agent_core_fixture.h"

enum lie {
    TRUTH = 0, WRONG_PATH, NO_PATH, NO_STORED, STORED_KEY, STORED_OTHER, EXCHANGE_KEY, OTHER_OWNER, OTHER_NUMBER, WRONG_MAILBOX,
    WRONG_INDEX, OTHER_BOX, STORED_AHEAD, STORED_BY_OTHER, STORED_NO_FORM, NO_RECIPIENT, BELOW_FIRST
};

static void stored_of_b(struct fx *f, const struct xj_hash *leaves, size_t count, enum lie lie, struct xj_buf *statement,
                        struct xj_buf *signature)
{
    const uint64_t before = lie == OTHER_BOX ? 10 : lie == BELOW_FIRST ? 1 : 0;
    struct xj_stored st = {.agency = xj_slice_cstr(lie == STORED_BY_OTHER ? FX_A : FX_B), .first = 1 + before, .last = count + before,
                           .root = xj_tree_root(leaves, count),
                           .ledger_size = 5, .time_ms = f->clock.now_ms, .register_number = f->register_number};
    xj_buf_init(statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(signature, XJ_MAX_SIGNATURE_BYTES);
    if (lie == STORED_AHEAD)
        st.register_number++;
    if (lie == STORED_NO_FORM)
        xj_put_array(statement, 0);
    else
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
        leaves[i] = xj_tree_mail_leaf(i + (lie == OTHER_BOX ? 11 : 1), &messages[i]);
    stored_of_b(f, leaves, count, lie, &stored, &stored_sig);
    struct xj_delivered d = {.owner = xj_slice_cstr(lie == OTHER_OWNER ? FX_C : FX_A), .number = number,
                             .recipient = xj_slice_cstr(lie == NO_RECIPIENT ? FX_C : FX_B), .recipient_ms = 1,
                             .exchange_ms = f->clock.now_ms,
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
        if (lie == OTHER_BOX)
            items[i].mailbox_number += 10;
        if (lie == WRONG_INDEX)
            items[i].index = i + 1;
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

static void feed__of_another_epoch_has_no_effect(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    f->epoch++;
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).feed, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_DELIVERED), 0);
    f->epoch--;
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).feed, 1);
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

static void feed__refuses_what_is_proved_for_another_place_time_or_agency(void **state)
{
    static const enum lie lies[] = {WRONG_INDEX, OTHER_BOX, STORED_AHEAD, STORED_BY_OTHER, STORED_NO_FORM, NO_RECIPIENT, BELOW_FIRST};
    struct fx *f = *state;
    struct xj_hash d[2];
    two_admitted(f, d);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        feed(f, 1, d, 2, lies[i]);
        if (fx_figures(f).feed != 0 || fx_figures(f).incidents != i + 1)
            fail_msg("lie %zu", i);
    }
    feed(f, 1, d, 2, TRUTH);
    assert_int_equal(fx_figures(f).own_proved, 2);
}

static void feed__of_what_cannot_be_read_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf frame;
    fx_ready(f);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_FEED, f->epoch, ++f->frame, 1, 1);
    xj_frame_put_feed(&frame, xj_slice_cstr("\x90"), xj_slice_cstr("\x90"), xj_slice_of(NULL, 0), xj_slice_of(NULL, 0));
    fx_frame(f, &frame);
    assert_int_equal(fx_figures(f).feed, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
}

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

/* ---- working state ---- */

static void rebuild__from_entries_alone_keeps_mail_feed_and_proofs(void **state)
{
    struct fx *f = *state;
    struct xj_hash d[2];
    struct fx_mail m;
    two_admitted(f, d);
    fx_mail_make(f, &m, 1, FX_SOUND);
    fx_deliver(f, &m, 1, 1);
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
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
    fx_mail_free(&m);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(feed__proves_delivery_and_closes_the_outbox),
        T(feed__of_another_epoch_has_no_effect),
        T(feed__appends_one_stored_statement_once),
        T(feed__refuses_a_path_to_another_root),
        T(feed__refuses_an_own_message_without_a_path),
        T(feed__refuses_a_path_without_the_stored_statement),
        T(feed__refuses_a_stored_statement_not_signed_by_its_agency),
        T(feed__refuses_another_stored_statement_than_it_names),
        T(feed__refuses_a_statement_not_signed_by_the_exchange),
        T(feed__refuses_the_feed_of_somebody_else),
        T(feed__refuses_a_mailbox_number_outside_the_stored_range),
        T(feed__refuses_what_is_proved_for_another_place_time_or_agency),
        T(feed__of_what_cannot_be_read_is_an_incident),
        T(feed__takes_nothing_behind_a_gap),
        T(feed__waits_for_the_answer_of_its_own_message),
        T(feed__is_pulled_when_a_heartbeat_names_a_later_head),
        T(rebuild__from_entries_alone_keeps_mail_feed_and_proofs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
