/* The agent's core against a scripted exchange: submitting, retries, crashes, answers. Spec: spec/04-exchange.md
 * sections 5 to 7 and 11. */
#include "tests/unit/agent_core_fixture.h"

#include <sys/statvfs.h>

#include "agents/agent/core/state.h"

/* The disk of this program: as much is free as a test says. */
static uint64_t free_bytes = UINT64_MAX / 2;

int statvfs(const char *path, struct statvfs *ret)
{
    (void)path;
    memset(ret, 0, sizeof *ret);
    ret->f_frsize = 1;
    ret->f_bavail = free_bytes;
    return 0;
}

/* ---- submitting ---- */

static void submit__before_the_first_comparison_gets_no_number(void **state)
{
    struct fx *f = *state;
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 0);
}

static void submit__offline_after_a_comparison_is_queued_and_goes_out_later(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    const struct xj_agent_event down = {.kind = XJ_AE_DISCONNECTED};
    fx_ready(f);
    fx_event(f, &down);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_QUEUED, 0));
    assert_int_equal(fx_submitted_count(f), 0);
    fx_ready(f);
    assert_true(fx_submitted(f, 0, &m));
    xj_buf_free(&m);
}

static void submit__chains_numbers_and_signs_the_batch_once(void **state)
{
    struct fx *f = *state;
    struct xj_hash previous;
    fx_ready(f);
    fx_begin(f);
    for (int i = 0; i < 3; i++) {
        const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = fx_outgoing(f, 0)};
        fx_step(f, &ev);
    }
    fx_end(f);
    for (size_t i = 0; i < 3; i++) {
        struct xj_header h;
        struct xj_buf m;
        struct xj_message parts;
        assert_true(fx_submitted(f, i, &m));
        struct xj_hash d = fx_digest_of(xj_buf_slice(&m), &h);
        assert_int_equal(h.number, i + 1);
        assert_int_equal(h.has_previous, i > 0);
        if (i > 0)
            assert_memory_equal(h.previous.b, previous.b, 32);
        assert_int_equal(xj_message_split(xj_buf_slice(&m), &parts), XJ_OK);
        assert_int_equal(xj_verify(NULL, f->a.sign.public_key, &d, parts.signature), XJ_OK);
        assert_int_equal(parts.signature.p[1], 1); /* form 1: one signature for the batch */
        previous = d;
        xj_buf_free(&m);
    }
    assert_int_equal(fx_sent_count(f, XJ_F_SUBMIT), 1);
}

static void submit__of_an_unsound_act_takes_no_number(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    struct xj_outgoing *out = fx_outgoing(f, 0);
    out->body.p[0] ^= 1;
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    fx_event(f, &ev);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    assert_int_equal(fx_figures(f).own_number, 0);
}

static void submit__of_a_known_id_returns_the_first_number(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    struct xj_id id = fx_submit(f, 0);
    struct xj_outgoing *out = fx_outgoing(f, 0);
    out->header.id = id;
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    fx_event(f, &ev);
    assert_int_equal(fx_action(f, XJ_AA_QUEUED, 0)->number, 1);
    assert_int_equal(fx_figures(f).own_number, 1);
}

static void submit__sends_papers_ahead_of_the_message(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 2);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_PUT), 2);
    struct xj_frame frame;
    bool submit_seen = false;
    for (size_t k = 0; k < f->action_count; k++) {
        if (f->actions[k].kind != XJ_AA_SEND)
            continue;
        memset(&frame, 0, sizeof frame);
        assert_int_equal(xj_frame_open(xj_buf_slice(&f->actions[k].bytes), &frame), XJ_OK);
        assert_false(submit_seen && frame.type == XJ_F_PAPER_PUT);
        submit_seen = submit_seen || frame.type == XJ_F_SUBMIT;
        xj_frame_close(&frame);
    }
    assert_true(submit_seen);
}

static void submit__keeps_a_bounded_number_in_flight(void **state)
{
    struct fx *f = *state;
    size_t sent = 0;
    fx_ready(f);
    for (int batch = 0; batch < 3; batch++) {
        fx_begin(f);
        for (int i = 0; i < 200; i++) {
            const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = fx_outgoing(f, 0)};
            fx_step(f, &ev);
        }
        assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
        assert_int_equal(xj_db_commit(f->db), XJ_OK);
        struct xj_agent_action action;
        while (xj_agent_take(f->agent, &action)) {
            struct xj_frame frame = {.type = XJ_F_INVALID};
            if (action.kind == XJ_AA_SEND) {
                assert_int_equal(xj_frame_open(xj_buf_slice(&action.bytes), &frame), XJ_OK);
                sent += frame.type == XJ_F_SUBMIT ? frame.items.left : 0;
                xj_frame_close(&frame);
            }
            xj_buf_free(&action.bytes);
        }
    }
    assert_int_equal(sent, XJ_MAX_BATCH * 2);
    assert_int_equal(fx_figures(f).own_number, 600);
}

/* ---- retries and crashes ---- */

static void retry__sends_the_same_bytes(void **state)
{
    struct fx *f = *state;
    struct xj_buf first, again;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &first));
    fx_tick(f, 100);
    assert_int_equal(fx_submitted_count(f), 0);
    fx_tick(f, 1300);
    assert_true(fx_submitted(f, 0, &again));
    assert_true(xj_slice_eq(xj_buf_slice(&first), xj_buf_slice(&again)));
    xj_buf_free(&first);
    xj_buf_free(&again);
}

static void crash__after_the_commit_and_before_the_send_sends_the_same_bytes(void **state)
{
    struct fx *f = *state;
    struct xj_buf first, again;
    fx_ready(f);
    fx_submit(f, 1);
    assert_true(fx_submitted(f, 0, &first));
    fx_reopen(f);
    fx_ready(f);
    assert_true(fx_submitted(f, 0, &again));
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_PUT), 1);
    assert_true(xj_slice_eq(xj_buf_slice(&first), xj_buf_slice(&again)));
    xj_buf_free(&first);
    xj_buf_free(&again);
}

static void crash__before_the_commit_leaves_no_trace(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    uint64_t size = xj_log_size(f->log);
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = fx_outgoing(f, 0)};
    fx_begin(f);
    fx_step(f, &ev);
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    fx_reopen(f);
    assert_int_equal(xj_log_size(f->log), size);
    assert_int_equal(fx_figures(f).own_number, 0);
}

static void crash__with_an_answer_uncommitted_asks_again_and_takes_it(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, statement, signature, frame;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    struct xj_hash digest = fx_digest_of(xj_buf_slice(&m), &h);
    fx_admitted(f, &digest, FX_B, 1, &f->exchange, &statement, &signature);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_ANSWER, f->epoch, ++f->frame, 0, 1);
    xj_frame_put_answer(&frame, 1, xj_buf_slice(&statement), xj_buf_slice(&signature));
    const struct xj_agent_event ev = {.kind = XJ_AE_FRAME, .bytes = xj_buf_slice(&frame)};
    fx_begin(f);
    fx_step(f, &ev);
    assert_int_equal(xj_agent_flush(f->agent), XJ_OK);
    fx_reopen(f);
    assert_int_equal(fx_figures(f).own_answered, 0);
    fx_ready(f);
    assert_int_equal(fx_submitted_count(f), 1);
    fx_event(f, &ev);
    assert_int_equal(fx_figures(f).own_answered, 1);
    xj_buf_free(&frame);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    xj_buf_free(&m);
}

/* ---- answers ---- */

static void submit__takes_nothing_new_below_the_reserve(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    fx_submit(f, 0); /* what is taken is sent, whatever comes */
    assert_true(fx_submitted(f, 0, &m));
    free_bytes = XJ_AGENT_DISK_RESERVE_BYTES - 1;
    f->clock.now_ms += 1000; /* looked at once a second */
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    assert_int_equal(fx_figures(f).own_number, 1);
    free_bytes = XJ_AGENT_DISK_RESERVE_BYTES;
    f->clock.now_ms += 1000;
    fx_submit(f, 0);
    assert_int_equal(fx_figures(f).own_number, 2);
    xj_buf_free(&m);
}

static void answer__admitted_is_appended_and_told(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    struct xj_id id = fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1);
    const struct xj_agent_action *told = fx_action(f, XJ_AA_ANSWERED, 0);
    assert_non_null(told);
    assert_true(told->admitted && xj_id_eq(&told->id, &id) && told->bytes.n > 0);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log)), XJ_ENTRY_ADMITTED);
    fx_tick(f, 300000);
    assert_int_equal(fx_submitted_count(f), 0); /* nothing left to retry */
    xj_buf_free(&m);
}

static void answer__the_same_twice_is_appended_once(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, statement, signature, copy_st, copy_sig;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    struct xj_hash digest = fx_digest_of(xj_buf_slice(&m), &h);
    fx_admitted(f, &digest, FX_B, 1, &f->exchange, &statement, &signature);
    xj_buf_init(&copy_st, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&copy_sig, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_add_slice(&copy_st, xj_buf_slice(&statement));
    xj_buf_add_slice(&copy_sig, xj_buf_slice(&signature));
    fx_answer(f, 1, &statement, &signature);
    fx_answer(f, 1, &copy_st, &copy_sig);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_ADMITTED), 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 0);
    xj_buf_free(&m);
}

static void answer__another_one_to_the_same_act_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1);
    fx_admit(f, xj_buf_slice(&m), 2);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_ADMITTED), 1);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&m);
}

static void answer__with_a_wrong_signature_is_an_incident_and_leaves_the_act_open(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, statement, signature;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    struct xj_hash digest = fx_digest_of(xj_buf_slice(&m), &h);
    fx_admitted(f, &digest, FX_B, 1, &f->stranger, &statement, &signature);
    fx_answer(f, 1, &statement, &signature);
    assert_int_equal(fx_figures(f).own_answered, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_ADMITTED), 0);
    xj_buf_free(&m);
}

static void answer__to_an_act_of_somebody_else_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf statement, signature;
    struct xj_hash digest = {{1}};
    fx_ready(f);
    fx_admitted(f, &digest, FX_B, 1, &f->exchange, &statement, &signature);
    fx_answer(f, 1, &statement, &signature);
    assert_int_equal(fx_figures(f).incidents, 1);
}

static void answer__a_refusal_with_another_number_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, statement, signature;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_refused(f, xj_buf_slice(&m), "track", 9, &statement, &signature);
    fx_answer(f, 2, &statement, &signature);
    assert_int_equal(fx_figures(f).own_answered, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&m);
}

static void answer__a_refusal_in_the_middle_blocks_nothing(void **state)
{
    struct fx *f = *state;
    struct xj_buf m[3], statement, signature;
    fx_ready(f);
    for (int i = 0; i < 3; i++) {
        fx_submit(f, 0);
        assert_true(fx_submitted(f, 0, &m[i]));
    }
    fx_admit(f, xj_buf_slice(&m[0]), 1);
    fx_refused(f, xj_buf_slice(&m[1]), "malformed", 0, &statement, &signature);
    fx_answer(f, 2, &statement, &signature);
    const struct xj_agent_action *told = fx_action(f, XJ_AA_ANSWERED, 0);
    assert_true(told != NULL && !told->admitted);
    fx_admit(f, xj_buf_slice(&m[2]), 2);
    assert_int_equal(fx_figures(f).own_answered, 3);
    fx_submit(f, 0);
    assert_int_equal(fx_submitted_count(f), 1);
    for (int i = 0; i < 3; i++)
        xj_buf_free(&m[i]);
}

static void answer__a_lost_one_in_the_middle_is_fetched_by_the_retry_alone(void **state)
{
    struct fx *f = *state;
    struct xj_buf m[3], again;
    fx_ready(f);
    for (int i = 0; i < 3; i++) {
        fx_submit(f, 0);
        assert_true(fx_submitted(f, 0, &m[i]));
    }
    fx_admit(f, xj_buf_slice(&m[0]), 1);
    fx_admit(f, xj_buf_slice(&m[2]), 3);
    fx_tick(f, 1300);
    assert_int_equal(fx_submitted_count(f), 1);
    assert_true(fx_submitted(f, 0, &again));
    assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(&m[1])));
    xj_buf_free(&again);
    for (int i = 0; i < 3; i++)
        xj_buf_free(&m[i]);
}

static void answer__naming_a_later_register_waits_for_it(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, entry, signature;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_entry(f, &f->registrar, &entry, &signature);
    fx_admit(f, xj_buf_slice(&m), 1);
    assert_int_equal(fx_figures(f).own_answered, 0);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_GET), 1);
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_figures(f).own_answered, 1);
    assert_int_equal(fx_figures(f).register_number, 2);
    assert_int_equal(fx_figures(f).incidents, 0);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_buf_free(&m);
}

static void answer__id_reused_stops_the_agent(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, statement, signature;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_refused(f, xj_buf_slice(&m), "id_reused", 0, &statement, &signature);
    fx_answer(f, 2, &statement, &signature);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    xj_buf_free(&m);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(submit__before_the_first_comparison_gets_no_number),
        T(submit__offline_after_a_comparison_is_queued_and_goes_out_later),
        T(submit__chains_numbers_and_signs_the_batch_once),
        T(submit__of_an_unsound_act_takes_no_number),
        T(submit__of_a_known_id_returns_the_first_number),
        T(submit__sends_papers_ahead_of_the_message),
        T(submit__keeps_a_bounded_number_in_flight),
        T(retry__sends_the_same_bytes),
        T(crash__after_the_commit_and_before_the_send_sends_the_same_bytes),
        T(crash__before_the_commit_leaves_no_trace),
        T(crash__with_an_answer_uncommitted_asks_again_and_takes_it),
        T(submit__takes_nothing_new_below_the_reserve),
        T(answer__admitted_is_appended_and_told),
        T(answer__the_same_twice_is_appended_once),
        T(answer__another_one_to_the_same_act_is_an_incident),
        T(answer__with_a_wrong_signature_is_an_incident_and_leaves_the_act_open),
        T(answer__to_an_act_of_somebody_else_is_an_incident),
        T(answer__a_refusal_with_another_number_is_an_incident),
        T(answer__a_refusal_in_the_middle_blocks_nothing),
        T(answer__a_lost_one_in_the_middle_is_fetched_by_the_retry_alone),
        T(answer__naming_a_later_register_waits_for_it),
        T(answer__id_reused_stops_the_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
