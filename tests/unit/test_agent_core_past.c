/* What comes back to an agency whose ledger was lost, and is not what it seems: unsound things are incidents and asked for again; what is
 * well signed and contradicts the ledger stops the agent. Spec: spec/04-exchange.md, section 12. */
#include "tests/unit/agent_core_fixture.h"

/* An own act as the exchange has it, with its answer. */
struct act {
    struct xj_buf message, statement, signature;
    struct xj_hash digest;
    struct xj_id id;
    uint64_t number;
};

static void act_make(struct fx *f, struct act *a, uint64_t number, const struct xj_hash *previous)
{
    struct xj_buf header, signature;
    struct xj_outgoing *out = fx_outgoing(f, 0);
    out->header.number = number;
    out->header.has_previous = number > 1;
    if (number > 1)
        out->header.previous = *previous;
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&a->message, XJ_MAX_MESSAGE_BYTES);
    xj_header_encode(&out->header, &header);
    a->digest = xj_header_digest(xj_buf_slice(&header));
    a->id = out->header.id;
    a->number = number;
    xj_sign_one(&f->a.sign, &a->digest, &signature);
    const struct xj_message m = {xj_buf_slice(&header), xj_buf_slice(&out->body), xj_buf_slice(&out->keys), xj_buf_slice(&signature)};
    xj_message_join(&m, &a->message);
    assert_int_equal(a->message.err, XJ_OK);
    fx_admitted(f, &a->digest, FX_B, number, &f->exchange, &a->statement, &a->signature);
    xj_buf_free(&header);
    xj_buf_free(&signature);
    xj_outgoing_free(out);
}

static void act_free(struct act *a)
{
    xj_buf_free(&a->message);
    xj_buf_free(&a->statement);
    xj_buf_free(&a->signature);
}

static void sign(const struct xj_sign_key *key, const char *context, const struct xj_buf *statement, struct xj_buf *signature)
{
    const struct xj_hash d = xj_digest(context, xj_buf_slice(statement));
    assert_int_equal(statement->err, XJ_OK);
    xj_buf_reset(signature);
    xj_sign_one(key, &d, signature);
}

/* The answer to the act is a refusal, with one thing changed after it. */
static struct xj_refused refusal_of(const struct fx *f, const struct act *a, const char *code)
{
    return (struct xj_refused){.time_ms = f->clock.now_ms, .agency = xj_slice_cstr(FX_A), .id = a->id, .message = a->digest,
                               .number = a->number,
                               .register_number = 1, .code = xj_slice_cstr(code), .detail = xj_slice_cstr(""), .rule = xj_slice_cstr("r"),
                               .article = xj_slice_cstr("r"), .remedy_zh = xj_slice_cstr("m"), .remedy_en = xj_slice_cstr("m"),
                               .position = 5};
}

static void refuse(struct fx *f, struct act *a, const struct xj_refused *st)
{
    xj_buf_reset(&a->statement);
    xj_refused_encode(st, &a->statement);
    sign(&f->exchange, XJ_CTX_REFUSED, &a->statement, &a->signature);
}

static void past(struct fx *f, enum xj_entry_kind kind, const struct xj_buf *message, const struct xj_buf *statement,
                 const struct xj_buf *signature, uint64_t from)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, from, from + 10, 1);
    xj_frame_put_past(&frame, kind, message != NULL ? xj_buf_slice(message) : xj_slice_of(NULL, 0), xj_buf_slice(statement),
                      xj_buf_slice(signature));
    fx_frame(f, &frame);
}

static void past_act(struct fx *f, enum xj_entry_kind kind, const struct act *a, uint64_t from)
{
    past(f, kind, &a->message, &a->statement, &a->signature, from);
}

/* The exchange remembers two acts and two messages; this ledger holds nothing. */
static void lost(struct fx *f)
{
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 40;
    w.own_number = 3;
    w.has_own_digest = true;
    memset(w.own_digest.b, 5, sizeof w.own_digest.b);
    w.mailbox_stored = w.mailbox_head = 2;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
}

static void past__of_a_refusal_that_is_not_of_the_act_is_not_entered(void **state)
{
    struct fx *f = *state;
    struct act a;
    lost(f);
    act_make(f, &a, 1, NULL);
    const struct xj_refused good = refusal_of(f, &a, "track");
    struct xj_refused bad[4] = {good, good, good, good};
    bad[0].agency = xj_slice_cstr(FX_B);
    bad[1].number = 2;
    bad[2].id.b[0] ^= 1;
    bad[3].message.b[0] ^= 1;
    const uint64_t before = fx_figures(f).incidents;
    for (size_t i = 0; i < 4; i++) {
        refuse(f, &a, &bad[i]);
        past_act(f, XJ_ENTRY_REFUSED, &a, 1);
        assert_int_equal(fx_figures(f).incidents, before + i + 1);
        assert_int_equal(fx_figures(f).own_number, 0);
    }
    refuse(f, &a, &good);
    past_act(f, XJ_ENTRY_REFUSED, &a, 1);
    assert_int_equal(fx_figures(f).own_number, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REFUSED), 1);
    act_free(&a);
}

/* Nothing is judged under a register that is not here: it is asked for first. */
static void past__from_ahead_of_the_register_waits_for_it(void **state)
{
    struct fx *f = *state;
    struct act a;
    struct xj_stored st = {.agency = xj_slice_cstr(FX_A), .first = 1, .last = 1, .ledger_size = 3, .register_number = 9};
    lost(f);
    act_make(f, &a, 1, NULL);
    struct xj_refused r = refusal_of(f, &a, "track");
    r.register_number = 9;
    refuse(f, &a, &r);
    const uint64_t before = fx_figures(f).incidents;
    past_act(f, XJ_ENTRY_REFUSED, &a, 1);
    assert_int_equal(fx_figures(f).incidents, before);
    assert_int_equal(fx_figures(f).own_number, 0);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_REGISTER_GET), 1);
    xj_buf_reset(&a.statement); /* its own word of numbers under a register that never was */
    xj_stored_encode(&st, &a.statement);
    sign(&f->a.sign, XJ_CTX_STORED, &a.statement, &a.signature);
    past(f, XJ_ENTRY_STORED, NULL, &a.statement, &a.signature, 1);
    assert_int_equal(fx_figures(f).incidents, before + 1);
    act_free(&a);
}

static void past__that_cannot_be_read_is_not_entered(void **state)
{
    static const enum xj_entry_kind kinds[] = {XJ_ENTRY_ADMITTED, XJ_ENTRY_REFUSED, XJ_ENTRY_STORED};
    struct fx *f = *state;
    struct act a;
    struct xj_stored st = {.agency = xj_slice_cstr(FX_B), .first = 1, .last = 1, .ledger_size = 3, .register_number = 1};
    lost(f);
    act_make(f, &a, 1, NULL);
    const uint64_t before = fx_figures(f).incidents;
    a.statement.n--;
    for (size_t i = 0; i < 3; i++)
        past(f, kinds[i], i < 2 ? &a.message : NULL, &a.statement, &a.signature, 1);
    a.message.n--;
    past_act(f, XJ_ENTRY_ADMITTED, &a, 1);
    xj_buf_reset(&a.statement);
    xj_stored_encode(&st, &a.statement);
    sign(&f->b.sign, XJ_CTX_STORED, &a.statement, &a.signature);
    past(f, XJ_ENTRY_STORED, NULL, &a.statement, &a.signature, 1); /* what somebody else stored */
    assert_int_equal(fx_figures(f).incidents, before + 5);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_STORED) + fx_kind_count(f, XJ_ENTRY_OWN), 0);
    act_free(&a);
}

/* A refusal of an id used again may stand beside the act of its number; nothing else may. */
static void past__beside_an_act_held_is_only_a_refusal_of_its_id(void **state)
{
    struct fx *f = *state;
    struct act first, other;
    lost(f);
    act_make(f, &first, 1, NULL);
    past_act(f, XJ_ENTRY_ADMITTED, &first, 1);
    assert_int_equal(fx_figures(f).own_answered, 1);
    past_act(f, XJ_ENTRY_ADMITTED, &first, 11); /* held, and answered */
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 1);
    act_make(f, &other, 1, NULL);
    struct xj_refused r = refusal_of(f, &other, "id_reused");
    refuse(f, &other, &r);
    past_act(f, XJ_ENTRY_REFUSED, &other, 21);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REFUSED), 0);
    r = refusal_of(f, &other, "track");
    refuse(f, &other, &r);
    past_act(f, XJ_ENTRY_REFUSED, &other, 31);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    act_free(&first);
    act_free(&other);
}

static void past__of_an_act_that_does_not_follow_the_one_before_is_inconsistent(void **state)
{
    struct fx *f = *state;
    struct act first, second;
    const struct xj_hash another = {{3}};
    lost(f);
    act_make(f, &first, 1, NULL);
    past_act(f, XJ_ENTRY_ADMITTED, &first, 1);
    act_make(f, &second, 2, &another);
    past_act(f, XJ_ENTRY_ADMITTED, &second, 11);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 1);
    act_free(&first);
    act_free(&second);
}

/* Refused acts come back, too, and the place to go on from is behind them. */
static void past__goes_on_behind_a_refusal(void **state)
{
    struct fx *f = *state;
    struct act a;
    struct xj_frame frame;
    lost(f);
    act_make(f, &a, 1, NULL);
    const struct xj_refused r = refusal_of(f, &a, "track");
    refuse(f, &a, &r);
    past_act(f, XJ_ENTRY_REFUSED, &a, 1);
    fx_reopen(f);
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 40;
    w.own_number = 3;
    w.has_own_digest = true;
    memset(w.own_digest.b, 5, sizeof w.own_digest.b);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_true(fx_sent(f, XJ_F_PAST_GET, 0, &frame));
    assert_int_equal(frame.n, r.position + 1);
    xj_frame_close(&frame);
    act_free(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(past__of_a_refusal_that_is_not_of_the_act_is_not_entered),
        T(past__from_ahead_of_the_register_waits_for_it),
        T(past__that_cannot_be_read_is_not_entered),
        T(past__beside_an_act_held_is_only_a_refusal_of_its_id),
        T(past__of_an_act_that_does_not_follow_the_one_before_is_inconsistent),
        T(past__goes_on_behind_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
