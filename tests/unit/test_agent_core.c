/* The agent's core against a scripted exchange: HELLO, notices, frames nobody should send, working state. Spec:
 * spec/04-exchange.md sections 2 to 4. */
#include "tests/unit/agent_core_fixture.h"

/* ---- HELLO ---- */

static void agent_open__appends_the_anchors_entry_to_a_fresh_ledger(void **state)
{
    struct fx *f = *state;
    fx_tick(f, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REGISTER), 1);
    assert_int_equal(fx_figures(f).register_number, 1);
    fx_reopen(f);
    fx_tick(f, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REGISTER), 1);
}

static void hello__states_what_the_ledger_holds(void **state)
{
    struct fx *f = *state;
    struct xj_frame hello;
    fx_connect(f);
    struct xj_hash root = xj_log_root(f->log);
    struct xj_id store = xj_db_store_id(f->db);
    assert_true(fx_sent(f, XJ_F_HELLO, 0, &hello));
    assert_int_equal(hello.epoch, 0);
    assert_true(xj_id_eq(&hello.hello.store, &store));
    assert_int_equal(hello.hello.ledger_size, xj_log_size(f->log));
    assert_memory_equal(hello.hello.ledger_head.b, root.b, 32);
    assert_int_equal(hello.hello.last_epoch, 0);
    assert_int_equal(hello.hello.own_number, 0);
    assert_false(hello.hello.has_own_digest);
    assert_int_equal(hello.hello.register_number, 1);
    xj_frame_close(&hello);
}

static void hello__is_said_again_until_it_is_answered(void **state)
{
    struct fx *f = *state;
    fx_connect(f);
    fx_tick(f, 100);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 0);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 0); /* doubled */
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
}

static void welcome__stores_the_epoch_before_any_frame_carries_it(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    f->epoch = 7;
    fx_ready(f);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log)), XJ_ENTRY_EPOCH);
    assert_int_equal(fx_figures(f).epoch, 7);
    fx_submit(f, 0);
    struct xj_frame submit;
    assert_true(fx_sent(f, XJ_F_SUBMIT, 0, &submit));
    assert_int_equal(submit.epoch, 7);
    xj_frame_close(&submit);
    assert_true(fx_submitted(f, 0, &m));
    xj_buf_free(&m);
    fx_reopen(f);
    assert_int_equal(fx_figures(f).epoch, 7);
}

static void welcome__of_the_same_epoch_appends_nothing(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_ready(f);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_EPOCH), 1);
}

static void welcome__of_a_clock_more_than_five_minutes_away_is_told_once_a_connection(void **state)
{
    static const int64_t apart_ms[] = {300000, -300000, 300001, -300001};
    struct fx *f = *state;
    for (size_t i = 0; i < 4; i++) {
        struct xj_welcome w = fx_welcome_equal(f);
        w.time_ms += apart_ms[i];
        fx_connect(f);
        fx_welcome(f, &w);
        assert_int_equal(fx_figures(f).state, XJ_AGENT_READY); /* and goes on */
        assert_int_equal(fx_figures(f).incidents, i < 2 ? 0 : i - 1);
    }
}

static void welcome__that_remembers_more_means_shorter_and_no_submission(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 1000;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    assert_true(fx_figures(f).why_zh[0] != 0 && fx_figures(f).why_en[0] != 0);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    assert_int_equal(fx_figures(f).own_number, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
}

static void welcome__with_a_later_own_number_means_shorter(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 3;
    w.has_own_digest = true;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
}

static void welcome__with_a_later_mailbox_means_shorter(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    w.mailbox_stored = w.mailbox_head = 2;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
}

static void welcome__with_another_root_at_a_size_held_means_inconsistent(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 1;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    fx_tick(f, 120000);
    assert_int_equal(f->action_count, 0); /* stopped: not even HELLO */
}

static void welcome__with_the_right_root_at_a_size_held_goes_on(void **state)
{
    struct fx *f = *state;
    fx_tick(f, 0);
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 1;
    assert_int_equal(xj_log_root_at(f->log, 1, &w.ledger_head), XJ_OK);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
}

static void welcome__with_another_digest_of_an_own_number_means_inconsistent(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 1;
    w.has_own_digest = true;
    memset(w.own_digest.b, 1, 32);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
}

static void welcome__from_another_store_without_a_new_epoch_asks_for_one(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    f->exchange_store = fx_id(f);
    struct xj_welcome w = fx_welcome_equal(f);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_EPOCH), 1);
    fx_tick(f, 1300);
    struct xj_frame hello;
    assert_true(fx_sent(f, XJ_F_HELLO, 0, &hello));
    assert_int_equal(hello.hello.last_epoch, w.epoch + 1);
    xj_frame_close(&hello);
    w.epoch += 2;
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_EPOCH), 2);
}

static void welcome__below_an_answer_held_means_the_exchange_lost_its_disk(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1);
    xj_buf_free(&m);
    assert_int_equal(fx_figures(f).own_answered, 1);
    struct xj_welcome w = fx_welcome_equal(f);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_EXCHANGE_LOST);
}

/* Its registrar could give the number to another entry. */
static void welcome__below_a_register_number_held_means_the_exchange_lost_its_disk(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    struct xj_welcome w = fx_welcome_equal(f);
    assert_true(w.register_head > 0);
    w.register_head--;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_EXCHANGE_LOST);
}

/* ---- notices ---- */

static void notice__hello_and_epoch_bring_one_hello_in_a_retry_time(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "epoch", 0, NULL, 0);
    fx_notice(f, "hello", 0, NULL, 0);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 0); /* one was said a moment ago */
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
}

static void notice__superseded_stops_until_a_restart(void **state)
{
    struct fx *f = *state;
    const struct xj_agent_event up = {.kind = XJ_AE_CONNECTED};
    fx_ready(f);
    fx_notice(f, "superseded", 0, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_SUPERSEDED);
    fx_event(f, &up);
    assert_int_equal(f->action_count, 0);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    fx_reopen(f);
    fx_ready(f);
}

static void notice__expect_resends_from_that_number_once(void **state)
{
    struct fx *f = *state;
    struct xj_buf m[3], again;
    fx_ready(f);
    for (int i = 0; i < 3; i++) {
        fx_submit(f, 0);
        assert_true(fx_submitted(f, 0, &m[i]));
    }
    fx_notice(f, "expect", 2, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 2);
    assert_true(fx_submitted(f, 0, &again));
    assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(&m[1])));
    fx_notice(f, "expect", 2, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 0);
    xj_buf_free(&again);
    for (int i = 0; i < 3; i++)
        xj_buf_free(&m[i]);
}

static void notice__expect_of_a_number_never_given_is_an_incident(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "expect", 77, NULL, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
}

static void notice__need_sends_the_papers_and_the_message_again(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    struct xj_header h;
    struct xj_frame paper;
    fx_ready(f);
    fx_submit(f, 2);
    assert_true(fx_submitted(f, 0, &m));
    (void)fx_digest_of(xj_buf_slice(&m), &h);
    fx_notice(f, "need", 1, &h.papers[1].sealed, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_PUT), 1);
    assert_true(fx_sent(f, XJ_F_PAPER_PUT, 0, &paper));
    assert_memory_equal(paper.digest.b, h.papers[1].sealed.b, 32);
    xj_frame_close(&paper);
    assert_int_equal(fx_submitted_count(f), 1);
    fx_notice(f, "expect", 1, NULL, 0); /* what was in flight behind it */
    assert_int_equal(fx_submitted_count(f), 0);
    xj_buf_free(&m);
}

static void notice__need_never_fetches_what_the_act_does_not_name(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    (void)fx_digest_of(xj_buf_slice(&m), &h);
    fx_notice(f, "need", 1, &h.body_digest, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_PUT), 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&m);
}

static void notice__quota_waits_for_the_retry_time(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_notice(f, "quota", 1, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 0);
    fx_submit(f, 0);
    assert_int_equal(fx_submitted_count(f), 0);
    fx_tick(f, 1300);
    assert_int_equal(fx_submitted_count(f), 2);
}

static void notice__conflict_stops(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_notice(f, "conflict", 1, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    fx_tick(f, 120000);
    assert_int_equal(fx_submitted_count(f), 0);
}

static void notice__unread_stops_as_this_machines_fault(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_notice(f, "unread", 0, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_FAULTY);
}

static void notice__malformed_oversize_and_unknown_ones_are_counted(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "malformed", 0, NULL, 0);
    fx_notice(f, "oversize", 0, NULL, 0);
    fx_notice(f, "never_heard_of", 0, NULL, 0);
    assert_int_equal(fx_figures(f).incidents, 3);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
}

static void notice__denied_is_shown(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "denied", 0, NULL, 0);
    assert_non_null(fx_action(f, XJ_AA_NOTICE, 0));
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
}

/* ---- frames nobody should send, and none at all ---- */

static void frame__garbage_is_counted_and_written_once_a_minute(void **state)
{
    struct fx *f = *state;
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_slice_cstr("\xc1garbage")};
    const struct xj_agent_event empty = {.kind = XJ_AE_FRAME};
    fx_ready(f);
    for (int i = 0; i < 5; i++)
        fx_event(f, &ev);
    fx_event(f, &empty);
    assert_int_equal(fx_figures(f).incidents, 6);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    f->clock.now_ms += 61000;
    fx_event(f, &ev);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 2);
}

static void frame__every_truncation_of_a_welcome_is_harmless(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    struct xj_buf frame;
    fx_connect(f);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_welcome(&frame, 1, &w);
    fx_begin(f);
    for (size_t n = 0; n < frame.n; n++) {
        const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_slice_of(frame.p, n)};
        fx_step(f, &ev);
    }
    fx_end(f);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
    assert_int_equal(fx_figures(f).incidents, frame.n);
    xj_buf_free(&frame);
}

static void frame__of_another_epoch_has_no_effect(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    f->epoch = 2;
    fx_admit(f, xj_buf_slice(&m), 1);
    assert_int_equal(fx_figures(f).own_answered, 0);
    xj_buf_free(&m);
}

static void silence__for_long_makes_the_agent_dial_again(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_tick(f, 31000);
    assert_int_equal(fx_sent_count(f, XJ_F_HEARTBEAT), 1);
    fx_tick(f, 61000);
    assert_non_null(fx_action(f, XJ_AA_RECONNECT, 0));
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
}

static void offline__the_agent_says_when_it_last_heard_of_the_exchange(void **state)
{
    struct fx *f = *state;
    fx_tick(f, 1000);
    fx_connect(f);
    assert_int_equal(fx_figures(f).last_heard_ms, 0); /* a connection says nothing yet */
    fx_ready(f);
    const int64_t heard = f->clock.now_ms;
    assert_int_equal(fx_figures(f).last_heard_ms, heard);
    fx_tick(f, 89000);
    assert_int_equal(fx_figures(f).last_heard_ms, heard);
    fx_tick(f, 2000); /* silent for too long: dials again */
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
    assert_int_equal(fx_figures(f).last_heard_ms, heard);
    fx_event(f, &(struct xj_agent_event){.kind = XJ_AE_DISCONNECTED});
    fx_tick(f, 600000);
    fx_connect(f);
    assert_int_equal(fx_figures(f).last_heard_ms, heard);
    fx_ready(f);
    assert_int_equal(fx_figures(f).last_heard_ms, f->clock.now_ms);
}

static void clock__set_back_by_a_year_does_not_stop_the_retries(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_tick(f, -INT64_C(31536000000));
    assert_int_equal(fx_submitted_count(f), 1);
}

/* ---- before any WELCOME ---- */

static void override(struct fx *f)
{
    const struct xj_agent_event ev = {.kind = XJ_AE_OVERRIDE, .bytes = xj_slice_cstr("王科长: 平台中断")};
    fx_event(f, &ev);
}

static void override__lets_acts_be_numbered_and_is_on_record(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    override(f);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 0); /* nothing to override */
    fx_reopen(f);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    override(f);
    override(f);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    assert_true(fx_figures(f).overridden && fx_figures(f).may_submit);
    fx_submit(f, 0);
    assert_int_equal(fx_figures(f).own_number, 1);
    fx_ready(f);
    assert_false(fx_figures(f).overridden);
    fx_tick(f, 0);
    assert_int_equal(fx_figures(f).own_number, 1);
}

static void override__of_an_older_copy_ends_where_its_number_was_used(void **state)
{
    struct fx *f = *state;
    override(f);
    fx_submit(f, 0);
    assert_int_equal(fx_figures(f).own_number, 1);
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 1;
    w.has_own_digest = true;
    memset(w.own_digest.b, 1, 32);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    override(f);
    assert_false(fx_figures(f).may_submit);
}

/* ---- working state ---- */

static void rebuild__from_entries_alone_gives_the_same_state(void **state)
{
    struct fx *f = *state;
    struct xj_buf m[2], statement, signature, again;
    fx_ready(f);
    for (int i = 0; i < 2; i++) {
        fx_submit(f, 0);
        assert_true(fx_submitted(f, 0, &m[i]));
    }
    fx_refused(f, xj_buf_slice(&m[0]), "track", 0, &statement, &signature);
    fx_answer(f, 2, &statement, &signature);
    struct xj_agent_figures before = fx_figures(f);
    fx_begin(f);
    assert_int_equal(xj_db_kv_clear(f->db), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    fx_reopen(f);
    struct xj_agent_figures after = fx_figures(f);
    assert_int_equal(after.own_number, before.own_number);
    assert_int_equal(after.own_answered, before.own_answered);
    assert_int_equal(after.own_proved, before.own_proved);
    assert_int_equal(after.epoch, before.epoch);
    assert_int_equal(after.register_number, before.register_number);
    struct xj_welcome w = fx_welcome_equal(f);
    struct xj_header h;
    w.own_number = 1;
    w.has_own_digest = true;
    w.own_digest = fx_digest_of(xj_buf_slice(&m[0]), &h);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_true(fx_submitted(f, 0, &again));
    assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(&m[1])));
    xj_buf_free(&again);
    xj_buf_free(&m[0]);
    xj_buf_free(&m[1]);
}

static void open__refuses_a_ledger_with_entries_that_kv_does_not_know(void **state)
{
    struct fx *f = *state;
    struct xj_agent *second = NULL;
    fx_ready(f);
    fx_begin(f);
    assert_int_equal(xj_log_append(f->log, XJ_ENTRY_INCIDENT, 1, xj_slice_cstr("\x90"), xj_slice_of(NULL, 0), NULL), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    const struct xj_agent_options ao = {.db = f->db, .log = f->log, .env = &f->env, .keys = &f->a, .agency = FX_A,
                                        .anchor = &f->anchor};
    assert_int_equal(xj_agent_open(&ao, &second), XJ_ECORRUPT);
    assert_null(second);
}

static void items__hand_the_view_every_entry_with_its_objects(void **state)
{
    struct fx *f = *state;
    struct xj_ledger_item items[8];
    size_t count = 0;
    fx_ready(f);
    fx_submit(f, 0);
    assert_int_equal(xj_ledger_items(f->db, f->log, 0, 8, items, &count), XJ_OK);
    assert_int_equal(count, xj_log_size(f->log));
    assert_int_equal(items[count - 1].kind, XJ_ENTRY_OWN);
    assert_int_equal(items[count - 1].body.n, FX_SEALED);
    assert_true(items[count - 1].keys.n > 0 && items[count - 1].sig.n > 0);
    for (size_t i = 0; i < count; i++)
        xj_ledger_item_free(&items[i]);
    assert_int_equal(xj_ledger_items(f->db, f->log, count, 8, items, &count), XJ_OK);
    assert_int_equal(count, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(agent_open__appends_the_anchors_entry_to_a_fresh_ledger),
        T(hello__states_what_the_ledger_holds),
        T(hello__is_said_again_until_it_is_answered),
        T(welcome__stores_the_epoch_before_any_frame_carries_it),
        T(welcome__of_the_same_epoch_appends_nothing),
        T(welcome__of_a_clock_more_than_five_minutes_away_is_told_once_a_connection),
        T(welcome__that_remembers_more_means_shorter_and_no_submission),
        T(welcome__with_a_later_own_number_means_shorter),
        T(welcome__with_a_later_mailbox_means_shorter),
        T(welcome__with_another_root_at_a_size_held_means_inconsistent),
        T(welcome__with_the_right_root_at_a_size_held_goes_on),
        T(welcome__with_another_digest_of_an_own_number_means_inconsistent),
        T(welcome__from_another_store_without_a_new_epoch_asks_for_one),
        T(welcome__below_an_answer_held_means_the_exchange_lost_its_disk),
        T(welcome__below_a_register_number_held_means_the_exchange_lost_its_disk),
        T(notice__hello_and_epoch_bring_one_hello_in_a_retry_time),
        T(notice__superseded_stops_until_a_restart),
        T(notice__expect_resends_from_that_number_once),
        T(notice__expect_of_a_number_never_given_is_an_incident),
        T(notice__need_sends_the_papers_and_the_message_again),
        T(notice__need_never_fetches_what_the_act_does_not_name),
        T(notice__quota_waits_for_the_retry_time),
        T(notice__conflict_stops),
        T(notice__unread_stops_as_this_machines_fault),
        T(notice__malformed_oversize_and_unknown_ones_are_counted),
        T(notice__denied_is_shown),
        T(frame__garbage_is_counted_and_written_once_a_minute),
        T(frame__every_truncation_of_a_welcome_is_harmless),
        T(frame__of_another_epoch_has_no_effect),
        T(silence__for_long_makes_the_agent_dial_again),
        T(offline__the_agent_says_when_it_last_heard_of_the_exchange),
        T(clock__set_back_by_a_year_does_not_stop_the_retries),
        T(override__lets_acts_be_numbered_and_is_on_record),
        T(override__of_an_older_copy_ends_where_its_number_was_used),
        T(rebuild__from_entries_alone_gives_the_same_state),
        T(open__refuses_a_ledger_with_entries_that_kv_does_not_know),
        T(items__hand_the_view_every_entry_with_its_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
