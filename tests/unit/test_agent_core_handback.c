/* The agent's core against an exchange whose journal was lost: proof, handing back, runs unrecovered, late mail.
 * Spec: spec/04-exchange.md section 13. */
#include "schema/ledger/rebuilt.h"
#include "tests/unit/agent_core_fixture.h"

/* An agent that sent one act, which was admitted, and received one. */
static void with_history(struct fx *f)
{
    struct xj_buf m;
    struct fx_mail mail;
    fx_ready(f);
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 1);
    xj_buf_free(&m);
    fx_mail_make(f, &mail, 1, FX_SOUND);
    fx_deliver(f, &mail, 1, 1);
    fx_mail_free(&mail);
    assert_int_equal(fx_figures(f).mailbox, 1);
}

/* Connects to one that knows nothing. */
static void lose(struct fx *f)
{
    struct xj_welcome w = fx_welcome_equal(f);
    f->exchange_store = fx_id(f);
    w.store = f->exchange_store;
    w.epoch = ++f->epoch;
    w.ledger_size = w.own_number = w.mailbox_stored = w.mailbox_head = w.feed_head = 0;
    w.ledger_head = xj_sha256(NULL, 0);
    w.has_own_digest = false;
    fx_connect(f);
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_EXCHANGE_LOST);
}

static void ask(struct fx *f, uint64_t from, const struct xj_hash *paper)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_handback_get(&frame, f->epoch, ++f->frame, from, paper ? xj_hash_slice(paper) : xj_slice_of(NULL, 0));
    fx_frame(f, &frame);
}

static void lost__is_proved_by_what_it_signed_until_it_asks(void **state)
{
    struct fx *f = *state;
    struct xj_frame frame;
    struct xj_frame_item item;
    with_history(f);
    lose(f);
    assert_true(fx_sent(f, XJ_F_HANDBACK, 0, &frame));
    assert_int_equal(frame.handback.from, 0);
    assert_int_equal(frame.items.left, 2); /* its answer, and the message received */
    while (xj_frame_next(&frame, &item)) {
        const struct xj_hash d = xj_digest(XJ_CTX_ADMITTED, item.statement);
        assert_int_equal(item.number, XJ_ENTRY_ADMITTED);
        assert_int_equal(xj_verify(NULL, f->exchange.public_key, &d, item.signature), XJ_OK);
        assert_true(item.message.n > 0);
    }
    xj_frame_close(&frame);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HANDBACK), 1);
    ask(f, 1, NULL);
    fx_tick(f, 5000);
    assert_int_equal(fx_sent_count(f, XJ_F_HANDBACK), 0);
}

static void asked__it_hands_back_what_statements_its_ledger_holds(void **state)
{
    struct fx *f = *state;
    struct xj_frame frame;
    struct xj_frame_item item;
    struct xj_hash absent = {{7}}, got;
    size_t kinds[XJ_ENTRY_UNRECOVERED + 1] = {0};
    with_history(f);
    lose(f);
    ask(f, 1, &absent);
    assert_true(fx_sent(f, XJ_F_HANDBACK, 0, &frame));
    assert_int_equal(frame.epoch, f->epoch);
    assert_int_equal(frame.handback.from, 1);
    assert_int_equal(frame.handback.ledger_size, xj_log_size(f->log));
    assert_int_equal(frame.handback.next, xj_log_size(f->log) + 1);
    while (xj_frame_next(&frame, &item)) kinds[item.number]++;
    assert_int_equal(kinds[XJ_ENTRY_REGISTER], 1);
    assert_int_equal(kinds[XJ_ENTRY_ADMITTED], 2);
    assert_int_equal(kinds[XJ_ENTRY_STORED], 1);
    assert_int_equal(kinds[XJ_ENTRY_OWN] + kinds[XJ_ENTRY_RECEIVED] + kinds[XJ_ENTRY_EPOCH] + kinds[XJ_ENTRY_INCIDENT], 0);
    assert_true(xj_frame_next_digest(&frame, &got));
    assert_true(xj_hash_eq(&got, &absent));
    xj_frame_close(&frame);
    ask(f, xj_log_size(f->log), NULL);
    assert_true(fx_sent(f, XJ_F_HANDBACK, 0, &frame));
    assert_int_equal(frame.handback.from, xj_log_size(f->log));
    xj_frame_close(&frame);
}

/* The message of the n-th statement handed back, checked against the keys that A had when it was answered. */
static void handed_own(struct fx *f, size_t n, const uint8_t sign[32], bool whole)
{
    struct xj_frame frame;
    struct xj_frame_item item;
    struct xj_message parts;
    struct xj_header header;
    ask(f, 1, NULL);
    assert_true(fx_sent(f, XJ_F_HANDBACK, 0, &frame));
    do assert_true(xj_frame_next(&frame, &item));
    while (item.number != XJ_ENTRY_ADMITTED || n-- > 0);
    assert_int_equal(xj_message_split(item.message, &parts), XJ_OK);
    const struct xj_hash digest = fx_digest_of(item.message, &header);
    assert_int_equal(xj_verify(NULL, sign, &digest, parts.signature), XJ_OK);
    assert_int_equal(parts.body.n > 0, whole);
    assert_int_equal(parts.keys.n > 0, whole);
    xj_frame_close(&frame);
}

/* A's first own act, as its ledger holds it; the digests only. */
static struct xj_hash first_own(struct fx *f, struct xj_hash *ret_body, struct xj_hash *ret_keys)
{
    struct xj_entry e;
    struct xj_header h;
    struct xj_buf buf;
    unsigned field;
    uint64_t n = 1;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    while (fx_entry_kind(f, n) != XJ_ENTRY_OWN) n++;
    assert_int_equal(xj_log_get(f->log, n, &buf, &e), XJ_OK);
    assert_int_equal(xj_header_decode(e.head, &h, &field), XJ_OK);
    const struct xj_hash digest = xj_header_digest(e.head);
    *ret_body = h.body_digest;
    *ret_keys = h.keys_digest;
    xj_buf_free(&buf);
    return digest;
}

/* Keys replaced between two acts of which the second still waited: each goes back with the signature that the exchange had. */
static void asked__own_acts_go_back_with_the_signature_they_were_admitted_under(void **state)
{
    struct fx *f = *state;
    struct xj_buf m, entry, signature;
    uint8_t old[32];
    with_history(f);
    fx_submit(f, 0); /* not answered */
    memcpy(old, f->a.sign.public_key, sizeof old);
    for (int i = 0; i < 2; i++) {
        uint8_t seed[32] = {77};
        if (i == 1)
            xj_sign_key_from_seed(seed, &f->a.sign);
        fx_entry(f, &f->registrar, &entry, &signature);
        fx_register_frame(f, &entry, &signature);
        xj_buf_free(&entry);
        xj_buf_free(&signature);
    }
    fx_reopen(f); /* with the new keys */
    struct xj_hash body, keys;
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 1;
    w.has_own_digest = true;
    w.own_digest = first_own(f, &body, &keys);
    fx_connect(f);
    fx_welcome(f, &w);
    assert_true(fx_submitted(f, 0, &m));
    fx_admit(f, xj_buf_slice(&m), 2);
    xj_buf_free(&m);
    lose(f);
    handed_own(f, 0, old, true);
    handed_own(f, 2, f->a.sign.public_key, true);
}

static void asked__an_own_act_whose_content_was_destroyed_goes_back_without(void **state)
{
    struct fx *f = *state;
    struct xj_hash body, keys;
    with_history(f);
    first_own(f, &body, &keys);
    assert_int_equal(xj_db_begin(f->db), XJ_OK);
    assert_int_equal(xj_object_destroy(f->db, &body), XJ_OK);
    assert_int_equal(xj_object_destroy(f->db, &keys), XJ_OK);
    assert_int_equal(xj_db_commit(f->db), XJ_OK);
    lose(f);
    handed_own(f, 0, f->a.sign.public_key, false);
}

static void lost__what_was_confirmed_since_the_start_goes_on_queueing(void **state)
{
    struct fx *f = *state;
    with_history(f);
    lose(f);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_QUEUED, 0));
    assert_int_equal(fx_sent_count(f, XJ_F_SUBMIT), 0);
}

static void lost__before_any_comparison_numbers_nothing(void **state)
{
    struct fx *f = *state;
    with_history(f);
    fx_reopen(f);
    lose(f);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
}

static void recovering__is_waited_for_until_hello_is_due(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    struct xj_welcome again = fx_welcome_equal(f);
    fx_connect(f);
    fx_welcome(f, &again); /* confirmed before, and still */
    fx_notice(f, "recovering", 1, NULL, 0);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_EXCHANGE_LOST);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_QUEUED, 0));
    assert_int_equal(fx_sent_count(f, XJ_F_SUBMIT), 0);
    assert_int_equal(fx_sent_count(f, XJ_F_HANDBACK), 0); /* nothing lacks there */
    fx_notice(f, "hello", 0, NULL, 0);
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
    struct xj_welcome w = fx_welcome_equal(f);
    w.own_number = 0;
    w.has_own_digest = false;
    fx_welcome(f, &w);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
    assert_int_equal(fx_submitted_count(f), 1);
}

static void recovering__a_first_welcome_confirms_nothing(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    fx_notice(f, "recovering", 1, NULL, 0);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
}

/* ---- runs ---- */

static void state_run(struct fx *f, const struct xj_unrecovered *s, const struct xj_sign_key *key)
{
    struct xj_buf statement, signature, frame;
    xj_buf_init(&statement, 1024);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_unrecovered_encode(s, &statement);
    const struct xj_hash d = xj_digest(XJ_CTX_UNRECOVERED, xj_buf_slice(&statement));
    xj_sign_one(key, &d, &signature);
    xj_frame_unrecovered(&frame, f->epoch, ++f->frame, xj_buf_slice(&statement), xj_buf_slice(&signature));
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    fx_frame(f, &frame);
}

static void unrecovered(struct fx *f, const char *agency, enum xj_numbers which, uint64_t first, uint64_t last,
                        const struct xj_sign_key *key)
{
    const struct xj_unrecovered s = {.agency = xj_slice_cstr(agency), .which = which, .first = first, .last = last, .time_ms = 5,
                                     .register_number = 1};
    state_run(f, &s, key);
}

static void run__is_crossed_and_the_next_number_follows_it(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_frame frame;
    struct xj_stored st;
    fx_ready(f);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 1, 100, &f->exchange);
    assert_int_equal(fx_figures(f).mailbox, 100);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_UNRECOVERED), 1);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 1, 100, &f->exchange);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_UNRECOVERED), 1);
    fx_mail_make(f, &m, 101, FX_SOUND);
    fx_deliver(f, &m, 101, 1);
    assert_true(fx_sent(f, XJ_F_STORED, 0, &frame));
    assert_int_equal(xj_stored_decode(frame.bytes, &st), XJ_OK);
    assert_int_equal(st.first, 101);
    assert_int_equal(st.last, 101);
    xj_frame_close(&frame);
    fx_mail_free(&m);
    unrecovered(f, FX_A, XJ_NUMBERS_FEED, 1, 3, &f->exchange);
    assert_int_equal(fx_figures(f).feed, 3);
}

static void run__that_is_not_signed_not_its_own_or_not_the_next_is_not_taken(void **state)
{
    struct fx *f = *state;
    fx_ready(f);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 1, 100, &f->stranger);
    unrecovered(f, FX_B, XJ_NUMBERS_MAILBOX, 1, 100, &f->exchange);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 2, 100, &f->exchange);
    unrecovered(f, FX_A, XJ_NUMBERS_OWN, 1, 100, &f->exchange);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_UNRECOVERED), 0);
    assert_int_equal(fx_figures(f).incidents, 2);
}

static void run__that_is_no_statement_is_an_incident(void **state)
{
    struct fx *f = *state;
    struct xj_buf frame;
    fx_ready(f);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_unrecovered(&frame, f->epoch, ++f->frame, xj_slice_cstr("\x90"), xj_slice_cstr("\x90"));
    fx_frame(f, &frame);
    assert_int_equal(fx_figures(f).incidents, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_UNRECOVERED), 0);
}

static void next_register_entry(struct fx *f)
{
    struct xj_buf entry, signature;
    fx_entry(f, &f->registrar, &entry, &signature);
    fx_register_frame(f, &entry, &signature);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

/* What names a register number that is not here yet waits for it, but no more of it than the bound, whatever a peer invents: the rest
 * comes again. */
static void frames__that_wait_for_the_register_are_no_more_than_the_bound(void **state)
{
    enum { BOUND = 64 };
    struct fx *f = *state;
    fx_ready(f);
    const uint64_t here = fx_figures(f).register_number;
    for (uint64_t i = 1; i <= BOUND + 5; i++) { /* the last of those that fit waits for one entry more */
        const struct xj_unrecovered s = {.agency = xj_slice_cstr(FX_A), .which = XJ_NUMBERS_FEED, .first = i, .last = i, .time_ms = 5,
                                         .register_number = here + 1 + (i == BOUND)};
        state_run(f, &s, &f->exchange);
        assert_int_equal(fx_figures(f).feed, 0);
    }
    next_register_entry(f);
    assert_int_equal(fx_figures(f).register_number, here + 1);
    assert_int_equal(fx_figures(f).feed, BOUND - 1);
    next_register_entry(f);
    assert_int_equal(fx_figures(f).feed, BOUND);
    assert_int_equal(fx_figures(f).incidents, 0);
}

/* What waits for its paper has its number before the run, and goes into the ledger before it. */
static void run__waits_for_the_mail_before_it(void **state)
{
    struct fx *f = *state;
    struct fx_mail m;
    struct xj_buf paper;
    fx_ready(f);
    fx_mail_make(f, &m, 1, FX_WITH_PAPER);
    fx_deliver(f, &m, 1, 1);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 2, 100, &f->exchange);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_UNRECOVERED), 0);
    xj_buf_init(&paper, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&paper, XJ_F_PAPER, f->epoch, ++f->frame, &m.paper_digest, xj_buf_slice(&m.paper));
    fx_frame(f, &paper);
    assert_int_equal(fx_figures(f).mailbox, 1);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 2, 100, &f->exchange);
    assert_int_equal(fx_figures(f).mailbox, 100);
    fx_mail_free(&m);
}

/* ---- late mail ---- */

static void late_mail(struct fx *f, bool rebuilt)
{
    struct fx_mail m;
    struct xj_frame frame;
    struct xj_stored st;
    fx_ready(f);
    if (rebuilt) {
        struct xj_welcome w = fx_welcome_equal(f);
        w.store = f->exchange_store = fx_id(f);
        w.epoch = ++f->epoch;
        fx_connect(f);
        fx_welcome(f, &w);
    }
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 1, 100, &f->exchange);
    fx_mail_make(f, &m, 7, FX_SOUND);
    fx_deliver(f, &m, 7, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), rebuilt ? 1 : 0);
    assert_int_equal(fx_figures(f).mailbox, 100);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), rebuilt ? 1 : 0);
    if (rebuilt) {
        const struct xj_hash leaf = xj_tree_mail_leaf(7, &m.digest);
        assert_true(fx_sent(f, XJ_F_STORED, 0, &frame));
        assert_int_equal(xj_stored_decode(frame.bytes, &st), XJ_OK);
        assert_int_equal(st.first, 7);
        assert_int_equal(st.last, 7);
        assert_true(xj_hash_eq(&st.root, &leaf));
        xj_frame_close(&frame);
        fx_deliver(f, &m, 7, 1); /* again: the same statement, and nothing twice */
        assert_int_equal(fx_sent_count(f, XJ_F_STORED), 1);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 1);
    }
    fx_mail_free(&m);
}

static void late__is_taken_from_an_exchange_that_was_rebuilt(void **state)
{
    late_mail(*state, true);
}

static void late__is_not_taken_from_one_that_never_was(void **state)
{
    late_mail(*state, false);
}

/* A journal that was rebuilt, and numbers up to 100 that nobody handed back. */
static void behind_a_run(struct fx *f)
{
    fx_ready(f);
    struct xj_welcome w = fx_welcome_equal(f);
    w.store = f->exchange_store = fx_id(f);
    w.epoch = ++f->epoch;
    fx_connect(f);
    fx_welcome(f, &w);
    unrecovered(f, FX_A, XJ_NUMBERS_MAILBOX, 1, 100, &f->exchange);
}

static void late__that_does_not_verify_is_an_incident_and_not_taken(void **state)
{
    static const enum fx_flaw flaws[] = {FX_WRONG_SENDER_KEY, FX_WRONG_EXCHANGE_KEY, FX_WRONG_BODY, FX_WRONG_STATEMENT, FX_WRONG_RECIPIENT};
    struct fx *f = *state;
    behind_a_run(f);
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
        struct fx_mail m;
        const uint64_t before = fx_figures(f).incidents;
        fx_mail_make(f, &m, 7, flaws[i]);
        fx_deliver(f, &m, 7, 1);
        assert_int_equal(fx_figures(f).incidents, before + 1);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 0);
        fx_mail_free(&m);
    }
}

/* One at a time: what waits for a paper keeps the next out, be it late or in its turn, until it comes again. */
static void late__waits_for_its_paper_and_everything_else_for_it(void **state)
{
    struct fx *f = *state;
    struct fx_mail late, other, next;
    struct xj_buf frame;
    behind_a_run(f);
    fx_mail_make(f, &late, 7, FX_WITH_PAPER);
    fx_mail_make(f, &other, 8, FX_SOUND);
    fx_mail_make(f, &next, 101, FX_SOUND);
    fx_deliver(f, &late, 7, 1);
    assert_int_equal(fx_sent_count(f, XJ_F_PAPER_GET), 1);
    fx_deliver(f, &late, 7, 1); /* again, while it waits */
    fx_deliver(f, &other, 8, 1);
    fx_deliver(f, &next, 101, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 0);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER, f->epoch, ++f->frame, &late.paper_digest, xj_buf_slice(&late.paper));
    fx_frame(f, &frame);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 1);
    fx_deliver(f, &next, 101, 1);
    fx_deliver(f, &other, 8, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 3);
    assert_int_equal(fx_figures(f).mailbox, 101);
    assert_int_equal(fx_figures(f).incidents, 0);
    fx_mail_free(&late);
    fx_mail_free(&other);
    fx_mail_free(&next);
}

static void late__waits_while_mail_in_its_turn_waits_for_a_paper(void **state)
{
    struct fx *f = *state;
    struct fx_mail late, next;
    behind_a_run(f);
    fx_mail_make(f, &next, 101, FX_WITH_PAPER);
    fx_mail_make(f, &late, 7, FX_SOUND);
    fx_deliver(f, &next, 101, 1);
    fx_deliver(f, &late, 7, 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 0);
    fx_deliver(f, &next, 101, 1); /* under way already */
    assert_int_equal(fx_figures(f).incidents, 0);
    fx_mail_free(&late);
    fx_mail_free(&next);
}

/* ---- entries of kind rebuild ---- */

static void rebuilt__there_and_back(void **state)
{
    (void)state;
    static const char agencies[] = "370800-a\0" "370800-b";
    const struct xj_rebuilt all[] = {
        {.stage = XJ_REBUILT_BEGUN, .store = {{1}}},
        {.stage = XJ_REBUILT_TAKEN, .agency = xj_slice_cstr("370800-a"), .count = 3},
        {.stage = XJ_REBUILT_RESUMED, .offset = 9, .lost = {{{1}}, {{2}}}, .lost_count = 2, .heard = xj_slice_of(agencies, sizeof agencies)},
    };
    for (size_t i = 0; i < 3; i++) {
        struct xj_buf head;
        struct xj_rebuilt back;
        xj_buf_init(&head, 4096);
        xj_rebuilt_encode(&all[i], &head);
        assert_int_equal(xj_rebuilt_decode(xj_buf_slice(&head), &back), XJ_OK);
        assert_int_equal(back.stage, all[i].stage);
        assert_int_equal(back.count, all[i].count);
        assert_int_equal(back.offset, all[i].offset);
        assert_int_equal(back.lost_count, all[i].lost_count);
        for (size_t n = 0; n < head.n; n++)
            assert_int_equal(xj_rebuilt_decode(xj_slice_of(head.p, n), &back), XJ_EMALFORMED);
        head.p[1] = 4; /* no such stage */
        assert_int_equal(xj_rebuilt_decode(xj_buf_slice(&head), &back), XJ_EMALFORMED);
        xj_buf_free(&head);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(lost__is_proved_by_what_it_signed_until_it_asks),
        T(asked__it_hands_back_what_statements_its_ledger_holds),
        T(asked__own_acts_go_back_with_the_signature_they_were_admitted_under),
        T(asked__an_own_act_whose_content_was_destroyed_goes_back_without),
        T(lost__what_was_confirmed_since_the_start_goes_on_queueing),
        T(lost__before_any_comparison_numbers_nothing),
        T(recovering__is_waited_for_until_hello_is_due),
        T(recovering__a_first_welcome_confirms_nothing),
        T(run__is_crossed_and_the_next_number_follows_it),
        T(run__that_is_not_signed_not_its_own_or_not_the_next_is_not_taken),
        T(run__that_is_no_statement_is_an_incident),
        T(run__waits_for_the_mail_before_it),
        T(frames__that_wait_for_the_register_are_no_more_than_the_bound),
        T(late__is_taken_from_an_exchange_that_was_rebuilt),
        T(late__is_not_taken_from_one_that_never_was),
        T(late__that_does_not_verify_is_an_incident_and_not_taken),
        T(late__waits_for_its_paper_and_everything_else_for_it),
        T(late__waits_while_mail_in_its_turn_waits_for_a_paper),
        cmocka_unit_test(rebuilt__there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
