/* The agent's core against a scripted exchange: frames of another epoch have no effect, whatever their type; of the present one they
 * have theirs. Spec: spec/04-exchange.md, section 4. */
#include "tests/unit/agent_core_fixture.h"

/* Both times the same frame; the first is of the epoch before. */
#define IN_TURN(f) for (int now = 0; now < 2 && ((f)->epoch = (uint64_t)(1 + now), true); now++)

/* Ready in epoch 2. */
static void ready(struct fx *f)
{
    f->epoch = 2;
    fx_ready(f);
}

static void epoch__of_deliveries(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    ready(f);
    fx_mail_make(f, &m, 1, FX_SOUND);
    IN_TURN(f) {
        fx_deliver(f, &m, 1, 1);
        assert_int_equal(fx_figures(f).mailbox, now);
    }
    fx_mail_free(&m);
}

static void epoch__of_papers(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_buf frame;
    ready(f);
    fx_mail_make(f, &m, 1, FX_WITH_PAPER);
    fx_deliver(f, &m, 1, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    IN_TURN(f) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_paper(&frame, XJ_F_PAPER, f->epoch, ++f->frame, &m.paper_digest, xj_buf_slice(&m.paper));
        fx_frame(f, &frame);
        assert_int_equal(fx_figures(f).mailbox, now);
    }
    fx_mail_free(&m);
}

static void epoch__of_register_entries(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature;
    ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    IN_TURN(f) {
        fx_register_frame(f, &entry, &signature);
        assert_int_equal(fx_figures(f).register_number, 1 + now);
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void epoch__of_what_is_registered(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature, frame;
    ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    const struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = xj_buf_slice(&entry), .signature = xj_buf_slice(&signature)};
    fx_event(f, &ev);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 1);
    IN_TURN(f) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_registered(&frame, f->epoch, ++f->frame, 2);
        fx_frame(f, &frame);
        assert_true((fx_action(f, XJ_AA_REGISTERED, 0) != NULL) == (now == 1));
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void epoch__of_heartbeats(void **state)
{
    struct fx *f = *state;
    struct xj_buf frame;
    ready(f);
    const struct xj_pulse pulse = {.time_ms = f->clock.now_ms, .mailbox_head = 7, .feed_head = 8, .register_head = 9};
    IN_TURN(f) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_pulse(&frame, f->epoch, ++f->frame, &pulse);
        fx_frame(f, &frame);
        const struct xj_agent_figures figures = fx_figures(f);
        assert_int_equal(figures.mailbox_head, now ? 7 : 0);
        assert_int_equal(figures.feed_head, now ? 8 : 0);
        assert_int_equal(figures.register_head, now ? 9 : 1);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(epoch__of_deliveries), T(epoch__of_papers), T(epoch__of_register_entries), T(epoch__of_what_is_registered), T(epoch__of_heartbeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
