/* The agent's core against a scripted exchange: the register's stream, down and up. Spec: spec/04-exchange.md section 10,
 * spec/06-register.md. */
#include "tests/unit/agent_core_fixture.h"

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

static void hand_over(struct fx *f, struct xj_slice entry, struct xj_slice signature)
{
    const struct xj_agent_event ev = {.kind = XJ_AE_REGISTER, .bytes = entry, .signature = signature};
    fx_event(f, &ev);
}

static void register_put__of_what_is_no_entry_is_told_at_once(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature, large;
    fx_ready(f);
    fx_entry(f, &f->registrar, &entry, &signature);
    xj_buf_init(&large, 2u * XJ_MAX_REGISTER_ENTRY_BYTES);
    for (size_t i = 0; i <= XJ_MAX_SIGNATURE_BYTES; i++)
        xj_buf_add_str(&large, "x");
    const struct {
        struct xj_slice entry, signature;
    } bad[] = {{xj_slice_cstr("\xc1"), xj_buf_slice(&signature)},
               {xj_slice_cstr("\x91\xc0"), xj_buf_slice(&signature)},
               {xj_buf_slice(&entry), xj_slice_of(NULL, 0)},
               {xj_buf_slice(&entry), xj_buf_slice(&large)}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        hand_over(f, bad[i].entry, bad[i].signature);
        const struct xj_agent_action *done = fx_action(f, XJ_AA_REGISTERED, 0);
        assert_true(done != NULL && !done->admitted && done->bytes.n > 0);
        assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 0);
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_buf_free(&large);
}

static void register_put__of_the_entry_under_way_changes_nothing_and_a_head_below_it_ends_nothing(void **state)
{
    struct fx *f = *state;
    struct xj_buf entry, signature, frame;
    put_entry(f, &entry, &signature);
    hand_over(f, xj_buf_slice(&entry), xj_buf_slice(&signature));
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 0); /* it was sent a moment ago */
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_registered(&frame, f->epoch, ++f->frame, 1);
    fx_frame(f, &frame);
    assert_null(fx_action(f, XJ_AA_REGISTERED, 0));
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 1);
    entry.p[entry.n - 1] ^= 1;
    hand_over(f, xj_buf_slice(&entry), xj_buf_slice(&signature)); /* another in its place goes at once */
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_PUT), 1);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static void register__beyond_the_next_or_without_form_is_not_taken(void **state)
{
    struct fx *f = *state;
    struct xj_buf skipped, signature, entry, frame;
    fx_ready(f);
    fx_entry(f, &f->registrar, &skipped, &signature);
    xj_buf_free(&signature);
    fx_entry(f, &f->registrar, &entry, &signature); /* the one behind it */
    fx_register_frame(f, &entry, &signature);
    assert_int_equal(fx_figures(f).register_number, 1);
    assert_int_equal(fx_figures(f).incidents, 0); /* what is between is asked for */
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_REGISTER_ENTRIES, f->epoch, ++f->frame, 3, 1);
    xj_frame_put_entry(&frame, xj_slice_cstr("\x91\xc0"), xj_buf_slice(&signature));
    fx_frame(f, &frame);
    assert_int_equal(fx_figures(f).incidents, 1);
    xj_buf_free(&skipped);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(register__is_pulled_appended_and_survives_a_restart),
        T(register__refuses_an_entry_not_signed_by_the_registrar),
        T(register__another_entry_under_a_held_number_is_an_incident),
        T(register_put__is_retried_until_the_exchange_has_it),
        T(register_put__of_what_is_no_entry_is_told_at_once),
        T(register_put__of_the_entry_under_way_changes_nothing_and_a_head_below_it_ends_nothing),
        T(register__beyond_the_next_or_without_form_is_not_taken),
        T(register_put__denied_tells_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
