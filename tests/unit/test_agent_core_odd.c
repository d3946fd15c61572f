/* What an agent's core meets that nobody should send, hand over or say: each is refused, counted or passed over as the spec says, and
 * nothing else comes of it. Spec: spec/04-exchange.md, sections 3, 7, 8, 9 and 12. */
#include "schema/base/utf8.h"
#include "schema/ledger/told.h"
#include "tests/unit/agent_core_fixture.h"

/* ---- names ---- */

static void state__has_a_name_of_its_own(void **state)
{
    (void)state;
    static const char *const names[] = {"invalid", "offline", "ready", "recovering", "exchange_lost", "inconsistent", "superseded",
                                        "faulty"};
    for (int s = XJ_AGENT_INVALID; s <= XJ_AGENT_FAULTY; s++)
        assert_string_equal(xj_agent_state_name((enum xj_agent_state)s), names[s]);
}

/* ---- acts that the drafting side got wrong ---- */

static void body_absent(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    xj_buf_reset(&o->body);
    o->header.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&o->body));
}

static void grow(struct xj_buf *b, size_t n)
{
    static const uint8_t some[4096] = {1};
    xj_buf_free(b);
    xj_buf_init(b, n + sizeof some);
    while (b->n < n)
        xj_buf_add(b, some, sizeof some);
}

static void body_too_long(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    grow(&o->body, XJ_MAX_SEALED_BODY_BYTES + 1);
    o->header.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&o->body));
}

static void keys_too_long(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    grow(&o->keys, XJ_MAX_KEYS_BYTES + 1);
    o->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&o->keys));
}

static void other_keys(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    o->keys.p[o->keys.n - 1] ^= 1;
}

static void other_paper(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    o->papers[0].sealed.p[3] ^= 1;
}

static void paper_not_here(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    o->header.papers[0].sealed.b[0] ^= 1; /* of no act before */
}

static void of_somebody_else(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    o->header.from = xj_slice_cstr(FX_C);
}

static void to_itself(struct fx *f, struct xj_outgoing *o)
{
    (void)f;
    o->header.to[0].agency = xj_slice_cstr(FX_A);
}

static void submit__of_an_act_that_is_wrong_in_anything_takes_no_number(void **state)
{
    static void (*const wrong[])(struct fx *, struct xj_outgoing *) = {
        body_absent, body_too_long, keys_too_long, other_keys, other_paper, paper_not_here, of_somebody_else, to_itself};
    struct fx *f = *state;
    fx_ready(f);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct xj_outgoing *out = fx_outgoing(f, 1);
        const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
        wrong[i](f, out);
        fx_event(f, &ev);
        if (fx_action(f, XJ_AA_NOT_TAKEN, 0) == NULL || fx_figures(f).own_number != 0)
            fail_msg("wrong thing %zu", i);
    }
    const struct xj_agent_event nothing = {.kind = XJ_AE_SUBMIT};
    fx_event(f, &nothing);
    assert_int_equal(f->action_count, 0);
    fx_submit(f, 1);
    assert_int_equal(fx_figures(f).own_number, 1);
}

static void submit__of_an_act_answered_before_tells_the_answer_again(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    const struct xj_id id = fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1);
    struct xj_outgoing *out = fx_outgoing(f, 0);
    out->header.id = id;
    const struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    fx_event(f, &ev);
    assert_non_null(fx_action(f, XJ_AA_ANSWERED, 0));
    assert_true(fx_action(f, XJ_AA_ANSWERED, 0)->admitted);
    assert_int_equal(fx_figures(f).own_number, 1);
    xj_buf_free(&m);
}

/* Twice in one batch, before either has its number. */
static void submit__of_one_act_twice_in_a_batch_is_one_act(void **state)
{
    struct fx *f = *state;
    struct xj_outgoing *first = fx_outgoing(f, 0), *again = fx_outgoing(f, 0);
    fx_ready(f);
    again->header.id = first->header.id;
    const struct xj_agent_event a = {.kind = XJ_AE_SUBMIT, .outgoing = first}, b = {.kind = XJ_AE_SUBMIT, .outgoing = again};
    fx_begin(f);
    fx_step(f, &a);
    fx_step(f, &b);
    fx_end(f);
    assert_int_equal(fx_figures(f).own_number, 1);
    assert_int_equal(fx_submitted_count(f), 1);
}

/* ---- notices ---- */

static void notice__that_fits_nothing_is_counted_or_passed_over(void **state)
{
    static const struct {
        const char *code;
        uint64_t number;
        uint64_t incidents;
    } notices[] = {
        {"expect", 0, 1}, {"expect", 5, 1}, {"expect", 1, 0}, {"expect", 3, 0}, {"need", 1, 1}, {"need", 4, 1}, {"need", 0, 1},
        {"quota", 1, 0}, {"quota", 3, 0}, {"", 0, 1},
    };
    struct fx *f = *state;
    struct xj_buf m;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1); /* 1 is consumed; 2 and 3 are under way */
    xj_buf_free(&m);
    fx_submit(f, 0);
    fx_submit(f, 0);
    for (size_t i = 0; i < sizeof notices / sizeof notices[0]; i++) {
        const uint64_t before = fx_figures(f).incidents;
        fx_notice(f, notices[i].code, notices[i].number, NULL, 0);
        if (fx_figures(f).incidents != before + notices[i].incidents || fx_figures(f).state != XJ_AGENT_READY)
            fail_msg("notice %zu", i);
    }
    fx_tick(f, 70000);
    assert_true(fx_submitted_count(f) >= 2 || fx_sent_count(f, XJ_F_HELLO) > 0); /* it goes on */
}

/* Each frame in flight behind a gap brings the notice once: one going back serves them all. */
static void notice__of_a_gap_makes_it_send_again_once_in_a_retry_time(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_submit(f, 0);
    fx_notice(f, "expect", 1, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 2);
    fx_notice(f, "expect", 1, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 0);
    fx_notice(f, "expect", 2, NULL, 0); /* another gap is another matter */
    assert_int_equal(fx_submitted_count(f), 1);
    fx_tick(f, 5000);
    fx_notice(f, "expect", 2, NULL, 0);
    assert_int_equal(fx_submitted_count(f), 1);
}

/* Papers go only with an act that left already, to an exchange that has room. */
static void notice__of_papers_of_an_act_that_never_left_is_an_incident(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_submit(f, 0);
    fx_notice(f, "quota", 1, NULL, 0);
    fx_notice(f, "quota", 1, NULL, 0); /* it waits already */
    fx_submit(f, 1);
    assert_int_equal(fx_figures(f).own_number, 2);
    assert_int_equal(fx_submitted_count(f), 0);
    fx_notice(f, "need", 2, NULL, 0);
    assert_int_equal(fx_figures(f).incidents, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_PUT), 0);
}

/* Who stopped stays so until somebody looks, whatever the exchange does meanwhile. */
static void notice__that_the_exchange_is_rebuilt_starts_nobody_who_stopped(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "superseded", 0, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_SUPERSEDED);
    fx_notice(f, "recovering", 1, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_SUPERSEDED);
}

/* A number without the digest it stands for, or the other way about, is no account of this ledger. */
static void welcome__that_contradicts_itself_stops_the_agent(void **state)
{
    struct fx *f = *state;
    struct xj_welcome w = fx_welcome_equal(f);
    fx_connect(f);
    w.has_own_digest = true;
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
}

/* What is said of submissions before the ledgers were compared is of another connection's. */
static void notice__about_submissions_before_the_comparison_has_no_effect(void **state)
{
    static const char *const codes[] = {"expect", "need", "quota"};
    struct fx *f = *state;
    fx_connect(f);
    for (size_t i = 0; i < 3; i++)
        fx_notice(f, codes[i], 1, NULL, 0);
    assert_int_equal(fx_figures(f).incidents, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
}

/* Cut where a character begins: the longest text that a notice may bring goes on record as text. */
static void notice__however_long_is_text(void **state)
{
    struct fx *f = *state;
    struct xj_buf text, frame;
    static const char *const codes[] = {"denied", "malformed", "unread"};
    xj_buf_init(&text, 8192);
    for (int i = 0; i < 2048 / 3; i++)
        xj_buf_add_str(&text, "案");
    for (size_t i = 0; i < 3; i++) {
        fx_reopen(f);
        fx_ready(f);
        const struct xj_notice n = {.code = xj_slice_cstr(codes[i]), .text_zh = xj_buf_slice(&text), .text_en = xj_buf_slice(&text)};
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_notice(&frame, f->epoch, ++f->frame, &n);
        fx_frame(f, &frame);
        const struct xj_agent_action *shown = fx_action(f, XJ_AA_NOTICE, 0);
        assert_non_null(shown);
        assert_true(shown->bytes.n < 2048 && xj_utf8_valid(xj_buf_slice(&shown->bytes)));
        assert_true(shown->bytes.n < 6 || memcmp(shown->bytes.p, "frame:", 6) != 0); /* it was read */
    }
    xj_buf_free(&text);
}

/* ---- answers: signed by the exchange, about something else ---- */

static void refusal(struct fx *f, const struct xj_refused *st)
{
    struct xj_buf statement, signature;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_refused_encode(st, &statement);
    const struct xj_hash d = xj_digest(XJ_CTX_REFUSED, xj_buf_slice(&statement));
    xj_sign_one(&f->exchange, &d, &signature);
    fx_answer(f, 2, &statement, &signature);
}

static void answer__that_names_another_agency_id_or_number_is_not_taken(void **state)
{
    struct fx *f = *state;
    struct xj_buf m;
    struct xj_header h;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    struct xj_refused good = {.time_ms = f->clock.now_ms, .agency = xj_slice_cstr(FX_A), .register_number = f->register_number,
                              .code = xj_slice_cstr("track"), .detail = xj_slice_cstr(""), .rule = xj_slice_cstr("r"),
                              .article = xj_slice_cstr("r"),
                              .remedy_zh = xj_slice_cstr("m"), .remedy_en = xj_slice_cstr("m"), .position = 9, .number = 1};
    good.message = fx_digest_of(xj_buf_slice(&m), &h);
    good.id = h.id;
    struct xj_refused bad[3] = {good, good, good};
    bad[0].agency = xj_slice_cstr(FX_B);
    bad[1].id.b[0] ^= 1;
    bad[2].number = 2;
    for (size_t i = 0; i < 3; i++) {
        refusal(f, &bad[i]);
        assert_int_equal(fx_figures(f).own_answered, 0);
        assert_int_equal(fx_figures(f).incidents, i + 1);
    }
    refusal(f, &good);
    assert_int_equal(fx_figures(f).own_answered, 1);
    xj_buf_free(&m);
}

static void answer__that_is_none_is_an_incident(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    for (unsigned kind = 1; kind <= 2; kind++) {
        struct xj_buf statement, signature;
        xj_buf_init(&statement, 64);
        xj_buf_init(&signature, 64);
        xj_put_array(&statement, 0);
        xj_put_array(&signature, 0);
        fx_answer(f, kind, &statement, &signature);
        assert_int_equal(fx_figures(f).incidents, kind);
    }
}

/* ---- a person's word ---- */

static void override__counts_only_while_nobody_was_heard(void **state)
{
    struct fx *f = *state;
    struct xj_buf who;
    const struct xj_agent_event none = {.kind = XJ_AE_INVALID};
    xj_buf_init(&who, 1024);
    for (int i = 0; i < 200; i++)
        xj_buf_add_str(&who, "王 ");
    const struct xj_agent_event ev = {.kind = XJ_AE_OVERRIDE, .bytes = xj_buf_slice(&who)};
    struct xj_welcome w = fx_welcome_equal(f);
    w.ledger_size = 40; /* it is the lost one that was so long */
    w.mailbox_stored = w.mailbox_head = 1;
    fx_connect(f);
    fx_welcome(f, &w);
    fx_event(f, &ev);
    assert_false(fx_figures(f).overridden); /* it comes back */
    fx_reopen(f);
    fx_event(f, &ev);
    assert_false(fx_figures(f).overridden); /* still */
    fx_event(f, &none);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_OFFLINE);
    xj_buf_free(&who);
}

/* ---- what was told ---- */

/* Each is entered once, and only where it follows; a person's word that it is over is the last (spec 12, 5). */
static void told__is_entered_where_it_follows(void **state)
{
    static const struct {
        enum xj_told_event event;
        const char *by;
        bool entered;
    } steps[] = {
        {XJ_TOLD_DELIVERED, "甲", false}, {XJ_TOLD_ACKNOWLEDGED, "甲", false}, {XJ_TOLD_CLEARED, "", false}, {XJ_TOLD_RAISED, "", true},
        {XJ_TOLD_RAISED, "", false},    {XJ_TOLD_DELIVERED, "甲", true},       {XJ_TOLD_DELIVERED, "甲", false},
        {XJ_TOLD_ACKNOWLEDGED, "甲", true},
        {XJ_TOLD_RAISED, "", false},    {XJ_TOLD_ACKNOWLEDGED, "甲", false}, {XJ_TOLD_CLEARED, "", true}, {XJ_TOLD_RAISED, "", true},
        {XJ_TOLD_ACKNOWLEDGED, "甲", true}, {XJ_TOLD_CLEARED, "甲", true},   {XJ_TOLD_RAISED, "", false},
    };
    struct fx *f = *state;
    size_t entries = 0;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct xj_buf head;
        struct xj_told t = {.event = steps[i].event, .case_id = {{1}}, .trigger = {{2}}, .name = xj_slice_cstr("R7"),
                            .answerable = xj_slice_cstr(FX_A),
                            .severity = 4, .at_ms = f->clock.now_ms, .by = xj_slice_cstr(steps[i].by),
                            .reason = xj_slice_cstr(steps[i].event == XJ_TOLD_CLEARED ? "已处理" : "")};
        xj_told_key(t.case_id, t.name, xj_slice_cstr(""), t.trigger, t.answerable, t.key);
        xj_buf_init(&head, 4096);
        xj_told_encode(&t, &head);
        const struct xj_agent_event ev = {.kind = XJ_AE_TOLD, .bytes = xj_buf_slice(&head)};
        fx_event(f, &ev);
        const struct xj_agent_action *done = fx_action(f, XJ_AA_TOLD, 0);
        entries += steps[i].entered;
        if (done == NULL || done->admitted != steps[i].entered || fx_kind_count(f, XJ_ENTRY_TOLD) != entries)
            fail_msg("step %zu", i);
        xj_buf_free(&head);
    }
    const struct xj_agent_event none = {.kind = XJ_AE_TOLD, .bytes = xj_slice_cstr("\x90")};
    fx_event(f, &none);
    assert_false(fx_action(f, XJ_AA_TOLD, 0)->admitted);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OPENED), 0);
}

/* ---- how it is set up ---- */

static void options__are_held_to(void **state)
{
    static const struct {
        uint32_t credit, said;
        int64_t min_ms, max_ms, after_ms; /* of a HELLO that nobody answers: when it is surely said again */
    } cases[] = {{0, 256, 0, 0, 1300}, {3, 3, 40, 100, 60}, {XJ_MAX_CREDIT + 1, XJ_MAX_CREDIT, 4000, 8000, 5100}};
    struct fx *f = *state;
    xj_agent_close(f->agent);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xj_frame frame;
        const struct xj_agent_options o = {.db = f->db, .log = f->log, .env = &f->env, .keys = &f->a, .agency = FX_A, .anchor = &f->anchor,
                                           .credit = cases[i].credit, .retry_min_ms = cases[i].min_ms, .retry_max_ms = cases[i].max_ms};
        assert_int_equal(xj_agent_open(&o, &f->agent), XJ_OK);
        fx_connect(f);
        assert_true(fx_sent(f, XJ_F_HELLO, 0, &frame));
        assert_int_equal(frame.hello.credit, cases[i].said);
        xj_frame_close(&frame);
        fx_tick(f, cases[i].min_ms / 2);
        assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 0);
        fx_tick(f, cases[i].after_ms);
        assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
        if (i + 1 < sizeof cases / sizeof cases[0])
            xj_agent_close(f->agent);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state__has_a_name_of_its_own),
        T(submit__of_an_act_that_is_wrong_in_anything_takes_no_number),
        T(submit__of_an_act_answered_before_tells_the_answer_again),
        T(submit__of_one_act_twice_in_a_batch_is_one_act),
        T(notice__that_fits_nothing_is_counted_or_passed_over),
        T(notice__of_a_gap_makes_it_send_again_once_in_a_retry_time),
        T(notice__of_papers_of_an_act_that_never_left_is_an_incident),
        T(notice__that_the_exchange_is_rebuilt_starts_nobody_who_stopped),
        T(welcome__that_contradicts_itself_stops_the_agent),
        T(notice__about_submissions_before_the_comparison_has_no_effect),
        T(notice__however_long_is_text),
        T(answer__that_names_another_agency_id_or_number_is_not_taken),
        T(answer__that_is_none_is_an_incident),
        T(told__is_entered_where_it_follows),
        T(options__are_held_to),
        T(override__counts_only_while_nobody_was_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
