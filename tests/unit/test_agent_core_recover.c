/* The agent's core against a scripted exchange: a ledger that was lost, or an older copy, comes back. Spec: spec/04-exchange.md
 * section 12. */
#include "schema/ledger/recovery.h"
#include "schema/ledger/snapshot.h"
#include "schema/ledger/told.h"
#include "tests/unit/agent_core_fixture.h"

enum item { OWN_1, OWN_2, MAIL_1, MAIL_2, STORED, ITEMS };

/* What A did and received before its disk was lost, as the exchange has it. */
struct life {
    struct xj_buf message[ITEMS], statement[ITEMS], signature[ITEMS]; /* message: empty for STORED */
    struct xj_hash own[2];
    struct xj_welcome record;
    char copy[128]; /* a copy of the ledger, made after the first own act was admitted and the second was numbered */
};

static void keep(struct xj_buf *to, struct xj_slice from)
{
    xj_buf_init(to, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(to, from);
    assert_int_equal(to->err, XJ_OK);
}

static void submit_one(struct fx *f, struct life *l, enum item i)
{
    struct xj_header h;
    fx_submit(f, 0);
    assert_true(fx_submitted(f, 0, &l->message[i]));
    l->own[i] = fx_digest_of(xj_buf_slice(&l->message[i]), &h);
}

static void admit_one(struct fx *f, struct life *l, enum item i)
{
    struct xj_buf statement, signature;
    fx_admitted(f, &l->own[i], FX_B, 1 + (uint64_t)i, &f->exchange, &statement, &signature);
    keep(&l->statement[i], xj_buf_slice(&statement));
    keep(&l->signature[i], xj_buf_slice(&signature));
    fx_answer(f, 1, &statement, &signature);
}

static void receive(struct fx *f, struct life *l)
{
    struct fx_mail mail[2];
    struct xj_frame frame;
    struct xj_stored st;
    for (size_t i = 0; i < 2; i++) {
        fx_mail_make(f, &mail[i], i + 1, FX_SOUND);
        keep(&l->message[MAIL_1 + i], xj_buf_slice(&mail[i].message));
        keep(&l->statement[MAIL_1 + i], xj_buf_slice(&mail[i].statement));
        keep(&l->signature[MAIL_1 + i], xj_buf_slice(&mail[i].signature));
    }
    fx_deliver(f, mail, 1, 2);
    assert_true(fx_sent(f, XJ_F_STORED, 0, &frame));
    keep(&l->statement[STORED], frame.bytes);
    keep(&l->signature[STORED], frame.signature);
    assert_int_equal(xj_stored_decode(frame.bytes, &st), XJ_OK);
    l->record.ledger_size = st.ledger_size;
    l->record.ledger_head = st.ledger_head;
    xj_frame_close(&frame);
    for (size_t i = 0; i < 2; i++)
        fx_mail_free(&mail[i]);
}

static void live(struct fx *f, struct life *l)
{
    memset(l, 0, sizeof *l);
    snprintf(l->copy, sizeof l->copy, "%s.copy", f->path);
    fx_ready(f);
    submit_one(f, l, OWN_1);
    admit_one(f, l, OWN_1);
    submit_one(f, l, OWN_2);
    assert_int_equal(xj_db_snapshot(f->db, l->copy), XJ_OK);
    admit_one(f, l, OWN_2);
    struct xj_welcome record = fx_welcome_equal(f);
    l->record = record;
    receive(f, l);
    l->record.own_number = 2;
    l->record.has_own_digest = true;
    l->record.own_digest = l->own[1];
    l->record.mailbox_stored = l->record.mailbox_head = 2;
}

static void free_life(struct life *l)
{
    for (size_t i = 0; i < ITEMS; i++) {
        xj_buf_free(&l->message[i]);
        xj_buf_free(&l->statement[i]);
        xj_buf_free(&l->signature[i]);
    }
    unlink(l->copy);
}

/* A begins anew with nothing or with the copy, and hears what the exchange remembers. */
static void lose(struct fx *f, struct life *l, bool put_back)
{
    char path[128];
    fx_crash(f);
    unlink(f->path);
    snprintf(path, sizeof path, "%s-wal", f->path);
    unlink(path);
    if (put_back)
        assert_int_equal(rename(l->copy, f->path), 0);
    fx_open(f);
    l->record.epoch = ++f->epoch;
    fx_connect(f);
    fx_welcome(f, &l->record);
}

static void past(struct fx *f, const struct life *l, uint64_t from, uint64_t next, const enum item *items, size_t count)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, from, next, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        xj_frame_put_past(&frame, items[i] == STORED ? XJ_ENTRY_STORED : XJ_ENTRY_ADMITTED, xj_buf_slice(&l->message[items[i]]),
                          xj_buf_slice(&l->statement[items[i]]), xj_buf_slice(&l->signature[items[i]]));
    fx_frame(f, &frame);
}
static const enum item all[] = {OWN_1, OWN_2, MAIL_1, MAIL_2, STORED};

static uint64_t asked_from(struct fx *f)
{
    struct xj_frame frame;
    if (!fx_sent(f, XJ_F_PAST_GET, 0, &frame))
        return 0;
    const uint64_t from = frame.n;
    xj_frame_close(&frame);
    return from;
}

/* The recovered statement sent in the last turn, decoded from a copy that the caller frees. */
static bool stated(struct fx *f, struct xj_buf *copy, struct xj_recovered *ret)
{
    struct xj_frame frame;
    if (!fx_sent(f, XJ_F_STORED, 0, &frame))
        return false;
    const struct xj_hash d = xj_digest(XJ_CTX_RECOVERED, frame.bytes);
    assert_int_equal(xj_verify(NULL, f->a.sign.public_key, &d, frame.signature), XJ_OK);
    keep(copy, frame.bytes);
    assert_int_equal(xj_recovered_decode(xj_buf_slice(copy), ret), XJ_OK);
    xj_frame_close(&frame);
    return true;
}

static void recover__brings_everything_back_and_states_it(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct xj_buf copy;
    struct xj_recovered st;
    struct xj_hash root;
    live(f, &l);
    lose(f, &l, false);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERY), 1);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 1);
    assert_int_equal(asked_from(f), 1);
    past(f, &l, 1, 9, all, ITEMS);
    assert_int_equal(fx_figures(f).own_answered, 2);
    assert_int_equal(fx_figures(f).mailbox, 2);
    assert_true(stated(f, &copy, &st));
    assert_true(xj_slice_is(st.agency, FX_A));
    assert_int_equal(st.lost.size, l.record.ledger_size);
    assert_memory_equal(st.lost.head.b, l.record.ledger_head.b, 32);
    assert_int_equal(st.lost.own_number, 2);
    assert_int_equal(st.lost.mailbox, 2);
    assert_int_equal(st.ledger_size, xj_log_size(f->log) - 1);
    assert_int_equal(xj_log_root_at(f->log, st.ledger_size, &root), XJ_OK);
    assert_memory_equal(st.ledger_head.b, root.b, 32);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_STORED), 1);
    assert_int_equal(fx_entry_kind(f, xj_log_size(f->log)), XJ_ENTRY_RECOVERED);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    l.record.ledger_size = st.ledger_size;
    l.record.ledger_head = st.ledger_head;
    fx_tick(f, 1300);
    assert_int_equal(fx_sent_count(f, XJ_F_HELLO), 1);
    fx_welcome(f, &l.record);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_READY);
    fx_submit(f, 0);
    assert_int_equal(fx_figures(f).own_number, 3);
    xj_buf_free(&copy);
    free_life(&l);
}

static void recover__takes_no_act_and_no_delivery_before_it_is_done(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct fx_mail mail;
    live(f, &l);
    lose(f, &l, false);
    fx_submit(f, 0);
    assert_non_null(fx_action(f, XJ_AA_NOT_TAKEN, 0));
    fx_mail_make(f, &mail, 1, FX_SOUND);
    fx_deliver(f, &mail, 1, 1);
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(fx_sent_count(f, XJ_F_STORED), 0);
    fx_mail_free(&mail);
    free_life(&l);
}

static void recover__of_an_older_copy_asks_behind_what_it_holds_and_answers_what_was_open(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct xj_buf copy;
    struct xj_recovered st;
    live(f, &l);
    lose(f, &l, true);
    assert_int_equal(fx_figures(f).own_number, 2);
    assert_int_equal(fx_figures(f).own_answered, 1);
    assert_int_equal(asked_from(f), 1); /* no message was stored then: they may lie anywhere */
    past(f, &l, 1, 3, all, 2); /* the first is held */
    assert_int_equal(fx_figures(f).own_answered, 2);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 2);
    assert_int_equal(asked_from(f), 3);
    fx_reopen(f);
    l.record.epoch = ++f->epoch;
    fx_connect(f);
    fx_welcome(f, &l.record);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERY), 1); /* the same recovery goes on */
    past(f, &l, 1, 9, all, ITEMS);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 2);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 2);
    assert_true(stated(f, &copy, &st));
    xj_buf_free(&copy);
    free_life(&l);
}

static void recover__of_a_copy_that_has_grown_by_notes_is_no_contradiction(void **state)
{
    struct fx *f = *state;
    struct life l;
    live(f, &l);
    l.record.ledger_size = 3; /* the copy is longer, and has another root there */
    lose(f, &l, true);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    free_life(&l);
}

static void recover__states_again_while_the_record_is_of_the_lost_ledger(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct xj_buf first, again;
    struct xj_recovered st;
    live(f, &l);
    lose(f, &l, false);
    past(f, &l, 1, 9, all, ITEMS);
    assert_true(stated(f, &first, &st));
    fx_reopen(f);
    l.record.epoch = ++f->epoch;
    fx_connect(f);
    fx_welcome(f, &l.record);
    assert_true(stated(f, &again, &st));
    assert_true(xj_slice_eq(xj_buf_slice(&first), xj_buf_slice(&again)));
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERED), 1);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    xj_buf_free(&first);
    xj_buf_free(&again);
    free_life(&l);
}

static void recover__begins_anew_when_somebody_else_went_on_meanwhile(void **state)
{
    struct fx *f = *state;
    struct life l;
    live(f, &l);
    lose(f, &l, false);
    past(f, &l, 1, 3, all, 2);
    l.record.own_number = 3;
    memset(l.record.own_digest.b, 5, 32);
    fx_connect(f);
    fx_welcome(f, &l.record);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERY), 2);
    past(f, &l, 1, 9, all, ITEMS);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERED), 0); /* the third act is not back */
    free_life(&l);
}

static void recover__does_not_enter_what_does_not_verify_and_asks_again(void **state)
{
    struct fx *f = *state;
    struct life l;
    live(f, &l);
    for (size_t i = 0; i < ITEMS; i++) {
        lose(f, &l, false);
        struct xj_buf *s = &l.signature[i];
        s->p[s->n - 1] ^= 1;
        past(f, &l, 1, 9, all, ITEMS);
        s->p[s->n - 1] ^= 1;
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERED), 0);
        assert_int_equal(fx_figures(f).own_number, i < 2 ? i : 2);
        assert_int_equal(fx_figures(f).mailbox, i < MAIL_1 ? 0 : i < STORED ? i - MAIL_1 : 2);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_INCIDENT), 2); /* ledger_lost, and what did not verify */
        fx_tick(f, 1300);
        assert_int_equal(asked_from(f), 1);
        past(f, &l, 1, 9, all, ITEMS);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERED), 1);
    }
    free_life(&l);
}

static void recover__goes_through_the_journal_again_when_something_was_missing(void **state)
{
    static const enum item some[] = {OWN_2, MAIL_2, STORED};
    struct fx *f = *state;
    struct life l;
    live(f, &l);
    lose(f, &l, false);
    past(f, &l, 1, 9, some, 3);
    assert_int_equal(fx_figures(f).own_number, 0); /* nothing is entered before what it follows */
    assert_int_equal(fx_figures(f).mailbox, 0);
    assert_int_equal(asked_from(f), 9);
    past(f, &l, 9, 9, NULL, 0); /* the journal ends here */
    fx_tick(f, 1300);
    assert_int_equal(asked_from(f), 1);
    past(f, &l, 1, 9, all, ITEMS);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERED), 1);
    free_life(&l);
}

/* The older copy, which holds a second act, hears of another one under that number: admitted, or refused with that code. */
static void hear_of_another_second_act(struct fx *f, struct life *l, const char *refusal)
{
    live(f, l);
    fx_crash(f);
    unlink(f->path);
    assert_int_equal(rename(l->copy, f->path), 0);
    fx_open(f);
    l->record.epoch = ++f->epoch;
    l->record.own_number = 3; /* so that the digest of the second is not compared at once */
    fx_connect(f);
    fx_welcome(f, &l->record);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    struct xj_outgoing *out = fx_outgoing(f, 0);
    struct xj_buf header, message, signature, statement, statement_signature, frame;
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&message, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    out->header.number = 2;
    out->header.has_previous = true;
    out->header.previous = l->own[0];
    xj_header_encode(&out->header, &header);
    const struct xj_hash digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(&f->a.sign, &digest, &signature);
    struct xj_message parts = {xj_buf_slice(&header), xj_buf_slice(&out->body), xj_buf_slice(&out->keys), xj_buf_slice(&signature)};
    if (refusal != NULL)
        parts.body = parts.keys = xj_slice_of(NULL, 0);
    xj_message_join(&parts, &message);
    if (refusal != NULL)
        fx_refused(f, xj_buf_slice(&message), refusal, 0, &statement, &statement_signature);
    else
        fx_admitted(f, &digest, FX_B, 2, &f->exchange, &statement, &statement_signature);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, 1, 9, 1);
    xj_frame_put_past(&frame, refusal != NULL ? XJ_ENTRY_REFUSED : XJ_ENTRY_ADMITTED, xj_buf_slice(&message), xj_buf_slice(&statement),
                      xj_buf_slice(&statement_signature));
    fx_frame(f, &frame);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_OWN), 2);
    xj_outgoing_free(out);
    xj_buf_free(&header);
    xj_buf_free(&message);
    xj_buf_free(&signature);
    xj_buf_free(&statement);
    xj_buf_free(&statement_signature);
}

static void recover__of_an_act_that_differs_from_the_one_held_is_inconsistent(void **state)
{
    struct fx *f = *state;
    struct life l;
    hear_of_another_second_act(f, &l, NULL);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    fx_tick(f, 120000);
    assert_int_equal(f->action_count, 0); /* stopped: the evidence is kept */
    free_life(&l);
}

static void recover__of_an_act_refused_that_differs_from_the_one_held_is_inconsistent(void **state)
{
    struct fx *f = *state;
    struct life l;
    hear_of_another_second_act(f, &l, "track");
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    free_life(&l);
}

/* Refused for an id used before, it need not have had the number it names. */
static void recover__of_an_act_refused_for_its_id_stands_beside_the_one_held(void **state)
{
    struct fx *f = *state;
    struct life l;
    hear_of_another_second_act(f, &l, "id_reused");
    assert_int_equal(fx_figures(f).state, XJ_AGENT_RECOVERING);
    assert_int_equal(fx_kind_count(f, XJ_ENTRY_REFUSED), 0);
    free_life(&l);
}

static void recover__of_other_messages_than_were_signed_for_is_inconsistent(void **state)
{
    static const enum item others[] = {OWN_1, OWN_2};
    struct fx *f = *state;
    struct life l;
    struct fx_mail mail[2];
    struct xj_buf frame;
    live(f, &l);
    lose(f, &l, false);
    past(f, &l, 1, 3, others, 2);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, 3, 9, 3);
    for (size_t i = 0; i < 2; i++) {
        fx_mail_make(f, &mail[i], i + 1, FX_SOUND);
        xj_frame_put_past(&frame, XJ_ENTRY_ADMITTED, xj_buf_slice(&mail[i].message), xj_buf_slice(&mail[i].statement), xj_buf_slice(&mail[i].signature));
        fx_mail_free(&mail[i]);
    }
    xj_frame_put_past(&frame, XJ_ENTRY_STORED, xj_slice_of(NULL, 0), xj_buf_slice(&l.statement[STORED]), xj_buf_slice(&l.signature[STORED]));
    fx_frame(f, &frame);
    assert_int_equal(fx_figures(f).state, XJ_AGENT_INCONSISTENT);
    free_life(&l);
}

static void past_with(struct fx *f, uint64_t from, const struct fx_mail *m)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, from, from + 2, 1);
    xj_frame_put_past(&frame, XJ_ENTRY_ADMITTED, xj_buf_slice(&m->message), xj_buf_slice(&m->statement), xj_buf_slice(&m->signature));
    fx_frame(f, &frame);
}

/* What nobody has signed contradicts nothing, and must not stop an agent for good. */
static void recover__of_another_message_under_a_number_held_is_inconsistent_only_if_it_verifies(void **state)
{
    static const enum fx_flaw flaws[] = {FX_WRONG_SENDER_KEY, FX_WRONG_EXCHANGE_KEY, FX_WRONG_STATEMENT, FX_SOUND};
    static const enum item but_stored[] = {OWN_1, OWN_2, MAIL_1, MAIL_2};
    struct fx *f = *state;
    struct life l;
    struct fx_mail mail;
    live(f, &l);
    lose(f, &l, false);
    past(f, &l, 1, 9, but_stored, 4);
    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
        fx_mail_make(f, &mail, 1, flaws[i]);
        past_with(f, 9, &mail);
        assert_int_equal(fx_figures(f).state, flaws[i] == FX_SOUND ? XJ_AGENT_INCONSISTENT : XJ_AGENT_RECOVERING);
        assert_int_equal(fx_figures(f).incidents, 2 + i); /* ledger_lost, and one each */
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECEIVED), 2);
        fx_mail_free(&mail);
    }
    free_life(&l);
}

static void recover__tells_nothing_before_it_is_done(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct xj_buf head;
    const struct xj_told t = {.event = XJ_TOLD_RAISED, .key = {1}, .name = xj_slice_cstr("LATE"), .answerable = xj_slice_cstr(FX_B),
                              .case_id = fx_id(f), .trigger = fx_id(f), .severity = 4, .at_ms = 1};
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_told_encode(&t, &head);
    const struct xj_agent_event ev = {.kind = XJ_AE_TOLD, .bytes = xj_buf_slice(&head)};
    live(f, &l);
    lose(f, &l, false);
    for (int done = 0; done < 2; done++) {
        fx_event(f, &ev);
        assert_non_null(fx_action(f, XJ_AA_TOLD, 0));
        assert_int_equal(fx_action(f, XJ_AA_TOLD, 0)->admitted, done);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_TOLD), done);
        past(f, &l, 1, 9, all, ITEMS);
    }
    xj_buf_free(&head);
    free_life(&l);
}

static void recover__waits_for_papers_before_it_enters_what_names_them(void **state)
{
    struct fx *f = *state;
    struct fx_mail mail;
    struct xj_frame get;
    struct xj_buf frame;
    fx_ready(f);
    fx_mail_make(f, &mail, 1, FX_WITH_PAPER);
    struct xj_welcome w = fx_welcome_equal(f);
    w.mailbox_stored = w.mailbox_head = 1;
    w.ledger_size = 90;
    w.epoch = ++f->epoch;
    fx_connect(f);
    fx_welcome(f, &w);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_past(&frame, f->epoch, ++f->frame, 1, 9, 1);
    xj_frame_put_past(&frame, XJ_ENTRY_ADMITTED, xj_buf_slice(&mail.message), xj_buf_slice(&mail.statement), xj_buf_slice(&mail.signature));
    fx_frame(f, &frame);
    assert_true(fx_sent(f, XJ_F_PAPER_GET, 0, &get));
    xj_frame_close(&get);
    assert_int_equal(fx_figures(f).mailbox, 0);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER, f->epoch, ++f->frame, &mail.paper_digest, xj_buf_slice(&mail.paper));
    fx_frame(f, &frame);
    assert_int_equal(fx_figures(f).mailbox, 1);
    assert_int_equal(asked_from(f), 9);
    fx_mail_free(&mail);
}

static void rebuild__from_entries_alone_knows_the_recovery(void **state)
{
    struct fx *f = *state;
    struct life l;
    struct xj_buf copy;
    struct xj_recovered st;
    live(f, &l);
    for (int done = 0; done < 2; done++) {
        lose(f, &l, false);
        past(f, &l, 1, done ? 9 : 3, all, done ? ITEMS : 2);
        fx_begin(f);
        assert_int_equal(xj_db_kv_clear(f->db), XJ_OK);
        assert_int_equal(xj_db_commit(f->db), XJ_OK);
        fx_reopen(f);
        l.record.epoch = ++f->epoch;
        fx_connect(f);
        fx_welcome(f, &l.record);
        assert_int_equal(fx_kind_count(f, XJ_ENTRY_RECOVERY), 1);
        assert_int_equal(fx_figures(f).own_answered, 2);
        assert_int_equal(stated(f, &copy, &st), done);
        if (done)
            xj_buf_free(&copy);
    }
    free_life(&l);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)
    const struct CMUnitTest tests[] = {
        T(recover__brings_everything_back_and_states_it),
        T(recover__takes_no_act_and_no_delivery_before_it_is_done),
        T(recover__of_an_older_copy_asks_behind_what_it_holds_and_answers_what_was_open),
        T(recover__of_a_copy_that_has_grown_by_notes_is_no_contradiction),
        T(recover__states_again_while_the_record_is_of_the_lost_ledger),
        T(recover__begins_anew_when_somebody_else_went_on_meanwhile),
        T(recover__does_not_enter_what_does_not_verify_and_asks_again),
        T(recover__goes_through_the_journal_again_when_something_was_missing),
        T(recover__of_an_act_that_differs_from_the_one_held_is_inconsistent),
        T(recover__of_an_act_refused_that_differs_from_the_one_held_is_inconsistent),
        T(recover__of_an_act_refused_for_its_id_stands_beside_the_one_held),
        T(recover__of_another_message_under_a_number_held_is_inconsistent_only_if_it_verifies),
        T(recover__of_other_messages_than_were_signed_for_is_inconsistent),
        T(recover__tells_nothing_before_it_is_done),
        T(recover__waits_for_papers_before_it_enters_what_names_them),
        T(rebuild__from_entries_alone_knows_the_recovery),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
