/* What an exchange takes of a ledger that is handed back to it: every kind of entry, wrong in one thing at a time, is an incident and is
 * left out; then the entries as they are, are taken. Spec: spec/04-exchange.md, section 13. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/rebuilt.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"
#include "tests/sim/world_private.h"
#include "tests/unit/exchange_items.h"
#include "tests/unit/memstore.h"

static uint64_t incidents(struct hand *h)
{
    struct xj_exchange_figures f;
    xj_exchange_figures(h->w->core, &f);
    return f.incidents;
}

static size_t entries_but_incidents(struct hand *h)
{
    struct xj_buf buf;
    struct xj_entry e;
    size_t n = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = 1; i <= xj_log_size(h->w->exchange.log); i++)
        n += xj_log_get(h->w->exchange.log, i, &buf, &e) == XJ_OK && e.kind != XJ_ENTRY_INCIDENT;
    xj_buf_free(&buf);
    return n;
}

/* ---- forgeries: the first thing wrong is the one meant ---- */

static void sign_by(struct item *i, const struct xj_sign_key *key, const char *context)
{
    const struct xj_hash d = xj_digest(context, xj_buf_slice(&i->statement));
    xj_buf_reset(&i->signature);
    xj_sign_one(key, &d, &i->signature);
}

static void flip_last(struct xj_buf *b)
{
    if (b->n > 0)
        b->p[b->n - 1] ^= 1;
}

typedef bool forgery(struct hand *h, struct item *i); /* false: it has nothing of the kind */

static bool statement_flipped(struct hand *h, struct item *i)
{
    (void)h;
    flip_last(&i->statement);
    return true;
}

static bool statement_cut(struct hand *h, struct item *i)
{
    (void)h;
    i->statement.n--;
    return true;
}

static bool signature_flipped(struct hand *h, struct item *i)
{
    (void)h;
    flip_last(&i->signature);
    return true;
}

static bool signature_of_no_form(struct hand *h, struct item *i)
{
    (void)h;
    xj_buf_reset(&i->signature);
    xj_put_array(&i->signature, 0);
    return true;
}

static bool kind_of_no_statement(struct hand *h, struct item *i)
{
    (void)h;
    i->kind = XJ_ENTRY_OWN;
    return true;
}

static bool another_kind(struct hand *h, struct item *i)
{
    (void)h;
    i->kind = i->kind == XJ_ENTRY_ADMITTED ? XJ_ENTRY_REFUSED : i->kind == XJ_ENTRY_DELIVERED ? XJ_ENTRY_UNRECOVERED : XJ_ENTRY_DELIVERED;
    return true;
}

static bool no_message(struct hand *h, struct item *i)
{
    (void)h;
    xj_buf_reset(&i->message);
    return i->kind == XJ_ENTRY_ADMITTED || i->kind == XJ_ENTRY_REFUSED;
}

/* Joins the message anew with one part flipped. */
static bool message_with(struct item *i, unsigned part)
{
    struct xj_message m;
    struct xj_buf parts[4], joined;
    if (xj_message_split(xj_buf_slice(&i->message), &m) != XJ_OK)
        return false;
    const struct xj_slice from[4] = {m.header, m.body, m.keys, m.signature};
    for (size_t k = 0; k < 4; k++)
        handed_copy(&parts[k], from[k]);
    const bool has = parts[part].n > 0;
    flip_last(&parts[part]);
    const struct xj_message other = {xj_buf_slice(&parts[0]), xj_buf_slice(&parts[1]), xj_buf_slice(&parts[2]), xj_buf_slice(&parts[3])};
    xj_buf_init(&joined, XJ_MAX_FRAME_BYTES);
    xj_message_join(&other, &joined);
    xj_buf_free(&i->message);
    i->message = joined;
    for (size_t k = 0; k < 4; k++)
        xj_buf_free(&parts[k]);
    return has;
}

static bool header_flipped(struct hand *h, struct item *i)
{
    (void)h;
    return message_with(i, 0);
}

static bool body_flipped(struct hand *h, struct item *i)
{
    (void)h;
    return message_with(i, 1);
}

static bool keys_flipped(struct hand *h, struct item *i)
{
    (void)h;
    return message_with(i, 2);
}

static bool sender_signature_flipped(struct hand *h, struct item *i)
{
    (void)h;
    return message_with(i, 3);
}

/* An older exchange's word, well signed, of what does not concern whoever hands it back, or is not to be judged here. */
static bool register_number_ahead(struct hand *h, struct item *i)
{
    struct xj_admitted *a = calloc(1, sizeof *a);
    struct xj_refused r;
    struct xj_buf was;
    handed_copy(&was, xj_buf_slice(&i->statement));
    assert_non_null(a);
    xj_buf_reset(&i->statement);
    const bool admitted = i->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(xj_buf_slice(&was), a) == XJ_OK;
    const bool refused = i->kind == XJ_ENTRY_REFUSED && xj_refused_decode(xj_buf_slice(&was), &r) == XJ_OK;
    a->register_number = r.register_number = 1000;
    if (admitted)
        xj_admitted_encode(a, &i->statement);
    if (refused)
        xj_refused_encode(&r, &i->statement);
    sign_by(i, &h->w->exchange_keys.sign, admitted ? XJ_CTX_ADMITTED : XJ_CTX_REFUSED);
    free(a);
    xj_buf_free(&was);
    return admitted || refused;
}

static bool of_another_agency(struct hand *h, struct item *i)
{
    struct xj_refused r;
    struct xj_delivered d;
    struct xj_buf was;
    const struct xj_slice other = xj_slice_cstr(CITY_REGISTRAR);
    handed_copy(&was, xj_buf_slice(&i->statement));
    const bool refused = i->kind == XJ_ENTRY_REFUSED && xj_refused_decode(xj_buf_slice(&was), &r) == XJ_OK;
    const bool delivered = i->kind == XJ_ENTRY_DELIVERED && xj_delivered_decode(xj_buf_slice(&was), &d) == XJ_OK;
    xj_buf_reset(&i->statement);
    if (refused) {
        r.agency = other;
        xj_refused_encode(&r, &i->statement);
        sign_by(i, &h->w->exchange_keys.sign, XJ_CTX_REFUSED);
    } else if (delivered) {
        d.owner = other;
        xj_delivered_encode(&d, &i->statement);
        free(d.items);
        sign_by(i, &h->w->exchange_keys.sign, XJ_CTX_DELIVERED);
    } else { /* a message that its reader, but not this agency, is party to */
        i->from = i->kind == XJ_ENTRY_ADMITTED ? 0 : i->from;
        xj_buf_add_slice(&i->statement, xj_buf_slice(&was));
    }
    xj_buf_free(&was);
    return refused || delivered || i->kind == XJ_ENTRY_ADMITTED;
}

static bool of_nobody(struct hand *h, struct item *i)
{
    struct xj_stored s;
    struct xj_unrecovered u = {.agency = xj_slice_cstr(handed_agencies[(i->from + 1) % 4]), .which = XJ_NUMBERS_FEED, .first = 1, .last = 2,
                               .time_ms = 5, .register_number = 1};
    struct xj_buf was;
    handed_copy(&was, xj_buf_slice(&i->statement));
    const bool stored = i->kind == XJ_ENTRY_STORED && xj_stored_decode(xj_buf_slice(&was), &s) == XJ_OK;
    xj_buf_reset(&i->statement);
    if (stored) {
        s.agency = xj_slice_cstr("370800-nobody");
        xj_stored_encode(&s, &i->statement);
    } else { /* numbers of somebody else, which the exchange of before signed for */
        i->kind = XJ_ENTRY_UNRECOVERED;
        xj_unrecovered_encode(&u, &i->statement);
        sign_by(i, &h->w->exchange_keys.sign, XJ_CTX_UNRECOVERED);
    }
    xj_buf_free(&was);
    return true;
}

static bool longer_than_any(struct hand *h, struct item *i)
{
    struct xj_stored s;
    struct xj_buf was;
    handed_copy(&was, xj_buf_slice(&i->statement));
    const bool stored = i->kind == XJ_ENTRY_STORED && xj_stored_decode(xj_buf_slice(&was), &s) == XJ_OK;
    if (stored) {
        s.last = s.first + XJ_MAX_CREDIT;
        xj_buf_reset(&i->statement);
        xj_stored_encode(&s, &i->statement);
        for (size_t k = 0; k < 4; k++)
            if (xj_slice_is(s.agency, handed_agencies[k]))
                sign_by(i, &hand_of(h, handed_agencies[k])->node->keys.sign, XJ_CTX_STORED);
    }
    xj_buf_free(&was);
    return stored;
}

static bool stored_from_ahead(struct hand *h, struct item *i)
{
    struct xj_stored s;
    struct xj_buf was;
    handed_copy(&was, xj_buf_slice(&i->statement));
    const bool stored = i->kind == XJ_ENTRY_STORED && xj_stored_decode(xj_buf_slice(&was), &s) == XJ_OK;
    (void)h;
    if (stored) {
        s.register_number = 1000;
        xj_buf_reset(&i->statement);
        xj_stored_encode(&s, &i->statement);
    }
    xj_buf_free(&was);
    return stored;
}

static forgery *const forgeries[] = {
    statement_flipped, statement_cut, signature_flipped, signature_of_no_form, kind_of_no_statement, another_kind, no_message,
    header_flipped, body_flipped, keys_flipped, sender_signature_flipped, register_number_ahead, of_another_agency, of_nobody,
    longer_than_any, stored_from_ahead,
};

static void take_forged(struct hand *h, const struct item *honest)
{
    for (size_t k = 0; k < sizeof forgeries / sizeof forgeries[0]; k++) {
        struct item forged = {.from = honest->from, .kind = honest->kind};
        handed_copy(&forged.statement, xj_buf_slice(&honest->statement));
        handed_copy(&forged.signature, xj_buf_slice(&honest->signature));
        handed_copy(&forged.message, xj_buf_slice(&honest->message));
        const uint64_t before = incidents(h);
        const size_t entries = entries_but_incidents(h);
        if (forgeries[k](h, &forged)) {
            handed_back(h, &forged, 1, 1);
            if (incidents(h) != before + 1 || entries_but_incidents(h) != entries)
                fail_msg("forgery %zu of kind %u", k, honest->kind);
        }
        handed_free(&forged);
    }
}

/* ---- the journal is lost ---- */

static void handed_back__is_taken_only_if_all_of_it_verifies(void **state)
{
    struct hand *h = *state;
    unsigned tried = 0, taken = 0;
    handed_lose_twice(h);
    handed_begin(h);
    for (size_t i = 0; i < handed_count; i++)
        if (handed[i].kind != XJ_ENTRY_REGISTER) {
            take_forged(h, &handed[i]);
            tried |= 1u << handed[i].kind;
        }
    assert_int_equal(tried, 1u << XJ_ENTRY_ADMITTED | 1u << XJ_ENTRY_REFUSED | 1u << XJ_ENTRY_STORED | 1u << XJ_ENTRY_DELIVERED);
    for (size_t i = 0; i < handed_count; i++) {
        const size_t before = entries_but_incidents(h);
        const uint64_t bad = incidents(h);
        handed_back(h, &handed[i], 1, 1);
        assert_int_equal(incidents(h), bad);
        taken += entries_but_incidents(h) > before;
        const size_t once = entries_but_incidents(h);
        handed_back(h, &handed[i], 1, 1); /* again: it is held */
        assert_int_equal(entries_but_incidents(h), once);
    }
    assert_true(taken > 10);
    handed_free_all();
    assert_true(world_sound(h->w));
    assert_int_equal(world_exchange_open(h->w), XJ_OK);
}

/* What the exchange of before said of numbers of that agency: only one that was rebuilt ever says such a thing. */
static void stated_unrecovered(struct hand *h, struct item *ret)
{
    const struct xj_unrecovered u = {.agency = xj_slice_cstr(CITY_BUREAU), .which = XJ_NUMBERS_FEED, .first = 50, .last = 60, .time_ms = 5,
                                     .register_number = 1};
    *ret = (struct item){.from = 1, .kind = XJ_ENTRY_UNRECOVERED};
    xj_buf_init(&ret->statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&ret->signature, XJ_MAX_SIGNATURE_BYTES);
    xj_unrecovered_encode(&u, &ret->statement);
    sign_by(ret, &h->w->exchange_keys.sign, XJ_CTX_UNRECOVERED);
}

/* What the agents hold is at hand, and the exchange, which was never rebuilt, holds all of it. */
static void held_by_all(struct hand *h)
{
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = handed_unknown_revision(h)};
    world_agent_batch(h->w, 1, &ev, false);
    assert_true(world_settle(h->w, 40000));
    world_copy_exchange(h->w);
    handed_count = 0;
    world_lose_exchange(h->w, true);
    h->w->tamper = handed_look;
    assert_true(world_settle(h->w, 40000));
    h->w->tamper = NULL;
    world_lose_exchange(h->w, false); /* the copy holds all of it */
    for (size_t i = 0; i < 4; i++)
        hand_hello(h, handed_agencies[i]);
}

/* A journal that was never rebuilt finds what it holds by what that speaks of. */
static void handed_back__unasked_begins_nothing_unless_it_is_news(void **state)
{
    struct hand *h = *state;
    struct xj_exchange_figures f;
    struct item news;
    held_by_all(h);
    for (size_t i = 0; i < handed_count; i++) {
        const uint64_t before = incidents(h);
        handed_back(h, &handed[i], 1, 1);
        xj_exchange_figures(h->w->core, &f);
        if (f.recovering || incidents(h) != before)
            fail_msg("item %zu of kind %u", i, handed[i].kind);
        handed_free(&handed[i]);
    }
    stated_unrecovered(h, &news);
    handed_back(h, &news, 1, 1);
    handed_free(&news);
    xj_exchange_figures(h->w->core, &f);
    assert_true(f.recovering);
}

static const struct item *item_of(unsigned kind)
{
    for (size_t i = 0; i < handed_count; i++)
        if (handed[i].from == 1 && handed[i].kind == kind)
            return &handed[i];
    fail_msg("no item of kind %u", kind);
    return NULL;
}

/* Of a refusal for an id used before the journal has nothing to be found by: it proves nothing. */
static void reused(struct hand *h, struct item *ret)
{
    struct xj_refused st;
    const struct item *i = item_of(XJ_ENTRY_REFUSED);
    assert_int_equal(xj_refused_decode(xj_buf_slice(&i->statement), &st), XJ_OK);
    *ret = *i;
    st.code = xj_slice_cstr("id_reused");
    xj_buf_init(&ret->statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&ret->signature, XJ_MAX_SIGNATURE_BYTES);
    xj_refused_encode(&st, &ret->statement);
    sign_by(ret, &h->w->exchange_keys.sign, XJ_CTX_REFUSED);
}

/* Another statement of the exchange's about a message held is one that this journal does not hold. */
static void handed_back__another_statement_about_what_is_held_is_news(void **state)
{
    static struct xj_admitted st;
    struct hand *h = *state;
    struct xj_exchange_figures f;
    struct item other;
    held_by_all(h);
    reused(h, &other);
    handed_back(h, &other, 1, 1);
    xj_buf_free(&other.statement);
    xj_buf_free(&other.signature);
    xj_exchange_figures(h->w->core, &f);
    assert_false(f.recovering);
    other = *item_of(XJ_ENTRY_ADMITTED);
    assert_int_equal(xj_admitted_decode(xj_buf_slice(&other.statement), &st), XJ_OK);
    st.time_ms++;
    xj_buf_init(&other.statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&other.signature, XJ_MAX_SIGNATURE_BYTES);
    xj_admitted_encode(&st, &other.statement);
    sign_by(&other, &h->w->exchange_keys.sign, XJ_CTX_ADMITTED);
    handed_back(h, &other, 1, 1);
    xj_buf_free(&other.statement);
    xj_buf_free(&other.signature);
    xj_exchange_figures(h->w->core, &f);
    assert_true(f.recovering);
    handed_free_all();
}

/* A received message with a paper that its reader hands back, and the paper. */
static const struct item *item_with_paper(struct hand *h, int from, struct xj_hash *ret_digest, struct xj_buf *ret_bytes)
{
    struct xj_message m;
    struct xj_header header;
    unsigned field;
    for (size_t i = 0; i < handed_count; i++)
        if (handed[i].from == from && handed[i].kind == XJ_ENTRY_ADMITTED &&
            xj_message_split(xj_buf_slice(&handed[i].message), &m) == XJ_OK &&
            xj_header_decode(m.header, &header, &field) == XJ_OK && header.paper_count > 0 && m.keys.n > 0) {
            *ret_digest = header.papers[0].sealed;
            xj_buf_init(ret_bytes, XJ_MAX_SEALED_PAPER_BYTES);
            assert_int_equal(xj_object_get(hand_of(h, handed_agencies[from])->node->db, ret_digest, ret_bytes), XJ_OK);
            return &handed[i];
        }
    fail_msg("no paper");
    return NULL;
}

/* Only what was asked for, with the digest asked for. */
static void paper__handed_back_is_kept_if_it_was_asked_for(void **state)
{
    struct hand *h = *state;
    struct xj_hash digest;
    struct xj_buf bytes;
    handed_lose_twice(h);
    handed_begin(h);
    const struct item *i = item_with_paper(h, 1, &digest, &bytes);
    handed_put_paper(h, CITY_BUREAU, &digest, xj_buf_slice(&bytes));
    assert_false(test_object_has(h->w->exchange.db, &digest));
    handed_back(h, i, 1, 1); /* now it is wanted */
    const uint64_t before = incidents(h);
    bytes.p[0] ^= 1;
    handed_put_paper(h, CITY_BUREAU, &digest, xj_buf_slice(&bytes));
    assert_int_equal(incidents(h), before + 1);
    assert_false(test_object_has(h->w->exchange.db, &digest));
    bytes.p[0] ^= 1;
    handed_put_paper(h, CITY_BUREAU, &digest, xj_buf_slice(&bytes));
    assert_true(test_object_has(h->w->exchange.db, &digest));
    assert_int_equal(incidents(h), before + 1);
    handed_free_all();
    xj_buf_free(&bytes);
}

/* Of the rest that agencies say meanwhile only what changes nothing is answered. */
static void recovering__answers_heartbeats_and_the_register_and_consumes_nothing(void **state)
{
    static const struct {
        enum xj_frame_type type, answer;
    } frames[] = {{XJ_F_HEARTBEAT, XJ_F_PULSE}, {XJ_F_REGISTER_GET, XJ_F_REGISTER_ENTRIES}, {XJ_F_FEED_GET, XJ_F_NOTICE},
                  {XJ_F_PAST_GET, XJ_F_NOTICE}};
    struct hand *h = *state;
    handed_lose_twice(h);
    handed_begin(h);
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct xj_buf frame;
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        if (frames[i].type == XJ_F_HEARTBEAT)
            xj_frame_heartbeat(&frame, a->epoch, ++a->frame);
        else
            xj_frame_get(&frame, frames[i].type, a->epoch, ++a->frame, 1);
        hand_frame(h, CITY_BUREAU, &frame);
        assert_int_equal(hand_sent_count(h, a->conn, frames[i].answer), 1);
        if (frames[i].answer == XJ_F_NOTICE)
            hand_notice(h, CITY_BUREAU, "recovering");
    }
    handed_free_all();
}

/* It would be asked from entry 0 on, to which there is no answer, and never be heard to its end. */
static void handed_back__that_goes_backwards_moves_nothing(void **state)
{
    struct hand *h = *state;
    struct xj_frame f;
    handed_lose_twice(h);
    handed_begin(h);
    struct item i = *handed_register_entry(2);
    i.from = 2;
    handed_back(h, &i, 1, 0);
    hand_tick(h, 6000);
    assert_true(hand_sent(h, hand_of(h, CITY_POLICE)->conn, XJ_F_HANDBACK_GET, 0, &f));
    assert_int_equal(f.n, 1);
    xj_frame_close(&f);
    handed_free_all();
}

/* Such a number may have been used, or not: it may be used once more, and behind it all goes on as it was. */
static void number__that_nobody_handed_back_is_taken_once(void **state)
{
    struct hand *h = *state;
    static struct xj_header header;
    uint64_t approved = 0;
    handed_lose_twice(h);
    handed_begin(h);
    for (size_t i = 0; i < handed_count; i++)
        if (handed_is_own(&handed[i], &header) && xj_slice_is(header.act, "transfer_approved"))
            approved = header.number;
    assert_true(approved > 1);
    handed_back_without(h, approved);
    hand_hello(h, CITY_BUREAU);
    assert_true(hand_of(h, CITY_BUREAU)->number > approved);
    handed_report_under(h, approved + 1); /* that one is known */
    hand_notice(h, CITY_BUREAU, "conflict");
    handed_report_under(h, approved);
    assert_int_equal(hand_sent_count(h, hand_of(h, CITY_BUREAU)->conn, XJ_F_ANSWER), 1);
    const uint64_t next = hand_of(h, CITY_BUREAU)->number;
    hand_admitted(h, CITY_BUREAU, "");
    hand_of(h, CITY_BUREAU)->number = next;
    handed_report_under(h, approved);
    hand_notice(h, CITY_BUREAU, "conflict");
    handed_free_all();
}

static bool see_id(void *arg, const struct xj_entry *e)
{
    struct xj_header header;
    unsigned field;
    if (e->kind == XJ_ENTRY_OWN && xj_header_decode(e->head, &header, &field) == XJ_OK)
        *(struct xj_id *)arg = header.id;
    return true;
}

/* The refusal of an id used before takes the number that was next, for good: who goes on behind it is understood. */
static void number__of_an_id_used_before_stays_taken_in_a_rebuilt_journal(void **state)
{
    struct hand *h = *state;
    struct xj_agent_figures before, after;
    struct node *bureau = world_agent(h->w, CITY_BUREAU);
    json_t *r = city_request("report", NULL, "");
    json_object_set_new(json_object_get(r, "body"), "title", json_string("报案"));
    json_object_set_new(r, "principals", json_pack("[s]", CITY_POLICE));
    city_do(h->city, CITY_PROC, r);
    struct xj_outgoing *out = handed_unknown_revision(h);
    out->header.revision.b[0] ^= 1; /* a sound one; its id is that of an act that the bureau never saw */
    assert_int_equal(xj_log_scan(world_agent(h->w, CITY_PROC)->log, 1, see_id, &out->header.id), XJ_OK);
    xj_agent_figures(bureau->core, &before);
    struct xj_agent_event ev = {.kind = XJ_AE_SUBMIT, .outgoing = out};
    h->w->quiet = true;
    world_agent_batch(h->w, 1, &ev, false);
    assert_false(world_settle(h->w, 40000)); /* it stops, until somebody looks and starts it again */
    assert_int_equal(hand_incidents(h, "id_reused"), 1);
    h->w->failed = NULL;
    world_restart_agent(h->w, bureau);
    assert_true(world_settle(h->w, 40000));
    world_lose_exchange(h->w, true);
    assert_true(world_settle(h->w, 40000));
    json_t *next = city_request("transfer_report", NULL, "transfer_report");
    json_object_set_new(json_object_get(next, "body"), "title", json_string("另案"));
    city_do(h->city, CITY_BUREAU, next);
    xj_agent_figures(bureau->core, &after);
    assert_int_equal(after.own_number, before.own_number + 2);
    assert_true(world_verify(h->w));
    assert_int_equal(world_exchange_open(h->w), XJ_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(handed_back__is_taken_only_if_all_of_it_verifies, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(handed_back__unasked_begins_nothing_unless_it_is_news, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(handed_back__another_statement_about_what_is_held_is_news, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(paper__handed_back_is_kept_if_it_was_asked_for, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(recovering__answers_heartbeats_and_the_register_and_consumes_nothing, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(handed_back__that_goes_backwards_moves_nothing, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(number__of_an_id_used_before_stays_taken_in_a_rebuilt_journal, hand_up, hand_down),
        cmocka_unit_test_setup_teardown(number__that_nobody_handed_back_is_taken_once, hand_up, hand_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
