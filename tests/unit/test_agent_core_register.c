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

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(register__is_pulled_appended_and_survives_a_restart),
        T(register__refuses_an_entry_not_signed_by_the_registrar),
        T(register__another_entry_under_a_held_number_is_an_incident),
        T(register_put__is_retried_until_the_exchange_has_it),
        T(register_put__denied_tells_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
