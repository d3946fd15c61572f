/* Who is spoken to and what of: HELLO, epochs, connections that were replaced, keys that were taken away, frames that are none; the
 * register stream. Spec: spec/04-exchange.md, sections 1 to 4 and 10. */
#include "tests/unit/exchange_hand.h"

#include <stdio.h>
#include <string.h>

#include "schema/wire/pack.h"

/* ---- epochs ---- */

enum { TYPES = 8 };
static const enum xj_frame_type from_agents[TYPES] = {XJ_F_SUBMIT, XJ_F_PAPER_PUT, XJ_F_STORED, XJ_F_FEED_GET,
                                                      XJ_F_REGISTER_GET, XJ_F_PAPER_GET, XJ_F_REGISTER_PUT, XJ_F_HEARTBEAT};

/* A frame of that type that the exchange would act upon, or answer. */
static void any_frame(struct hand *h, const char *who, enum xj_frame_type type, uint64_t epoch, struct xj_buf *out)
{
    struct hand_agency *a = hand_of(h, who);
    const struct xj_hash digest = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("paper"));
    struct xj_buf signature;
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&a->node->keys.sign, &digest, &signature);
    xj_buf_init(out, XJ_MAX_FRAME_BYTES);
    a->frame++;
    switch (type) {
    case XJ_F_SUBMIT:
        xj_frame_list(out, type, epoch, a->frame, 0, 1);
        xj_frame_put_submit(out, xj_slice_cstr("no message"));
        break;
    case XJ_F_PAPER_PUT: xj_frame_paper(out, type, epoch, a->frame, &digest, xj_slice_cstr("another")); break;
    case XJ_F_STORED: xj_frame_stored(out, epoch, a->frame, xj_slice_cstr("none"), xj_buf_slice(&signature), 1); break;
    case XJ_F_PAPER_GET: xj_frame_paper_get(out, epoch, a->frame, &digest); break;
    case XJ_F_REGISTER_PUT: xj_frame_register_put(out, epoch, a->frame, xj_slice_cstr("none"), xj_buf_slice(&signature)); break;
    case XJ_F_HEARTBEAT: xj_frame_heartbeat(out, epoch, a->frame); break;
    default: xj_frame_get(out, type, epoch, a->frame, 1); break;
    }
    xj_buf_free(&signature);
}

static void epoch__of_before_is_answered_by_that_and_nothing_else(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_POLICE);
    const struct hand_agency *a = hand_of(h, CITY_POLICE);
    for (size_t i = 0; i < TYPES; i++) {
        const uint64_t entries = xj_log_size(h->w->exchange.log);
        any_frame(h, CITY_POLICE, from_agents[i], a->epoch + 1, &frame);
        hand_frame(h, CITY_POLICE, &frame);
        assert_int_equal(hand_notice(h, CITY_POLICE, "epoch"), a->epoch);
        assert_int_equal(h->out_count, 1);
        assert_int_equal(xj_log_size(h->w->exchange.log), entries);
        any_frame(h, CITY_POLICE, from_agents[i], a->epoch, &frame); /* of this one it is read */
        hand_frame(h, CITY_POLICE, &frame);
        if (hand_sent_count(h, a->conn, XJ_F_NOTICE) > 0) {
            struct xj_frame f;
            assert_true(hand_sent(h, a->conn, XJ_F_NOTICE, 0, &f));
            assert_false(xj_slice_is(f.notice.code, "epoch"));
            xj_frame_close(&f);
        } else {
            assert_int_equal(h->out_count, 1);
        }
    }
}

static uint64_t epoch_after(struct hand *h, const struct xj_hello *hello)
{
    struct xj_frame f;
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    hand_hello_as(h, CITY_POLICE, a->conn, hello);
    assert_true(hand_sent(h, a->conn, XJ_F_WELCOME, 0, &f));
    const uint64_t epoch = f.welcome.epoch;
    const struct xj_id store = xj_db_store_id(h->w->exchange.db);
    assert_true(xj_id_eq(&f.welcome.store, &store));
    xj_frame_close(&f);
    return epoch;
}

static void epoch__goes_on_with_every_ledger_that_is_less_than_it_was(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    const struct xj_hello equal = hand_hello_of(a);
    uint64_t epoch = a->epoch;
    assert_true(a->number > 0 && a->mailbox > 0 && a->ledger_size > 0);
    struct xj_hello more = equal;
    more.ledger_size += 5;
    assert_int_equal(epoch_after(h, &more), epoch);
    for (int i = 0; i < 4; i++) {
        struct xj_hello less = equal;
        if (i == 0) less.ledger_size--;
        if (i == 1) less.own_number--;
        if (i == 2) less.mailbox--;
        if (i == 3) less.store.b[0] ^= 1;
        assert_int_equal(epoch_after(h, &less), ++epoch);
    }
    hand_restart(h); /* and it is kept */
    struct xj_hello last = equal;
    last.store.b[0] ^= 1;
    assert_int_equal(epoch_after(h, &last), epoch);
}

/* ---- connections ---- */

static void hello__comes_first(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_BUREAU);
    hand_restart(h);
    any_frame(h, CITY_BUREAU, XJ_F_HEARTBEAT, hand_of(h, CITY_BUREAU)->epoch, &frame);
    hand_frame(h, CITY_BUREAU, &frame);
    hand_notice(h, CITY_BUREAU, "hello");
}

static void twin__is_told_and_stays_out(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    hand_hello(h, CITY_BUREAU);
    struct xj_hello twin = hand_hello_of(a);
    twin.nonce.b[15] = 7;
    hand_hello_as(h, CITY_BUREAU, "twin", &twin);
    hand_notice(h, CITY_BUREAU, "superseded");
    assert_int_equal(hand_sent_count(h, "twin", XJ_F_WELCOME), 1);
    any_frame(h, CITY_BUREAU, XJ_F_HEARTBEAT, a->epoch, &frame);
    hand_frame(h, CITY_BUREAU, &frame);
    hand_notice(h, CITY_BUREAU, "superseded");
    struct xj_hello back = hand_hello_of(a); /* not even by saying HELLO again */
    hand_hello_as(h, CITY_BUREAU, a->conn, &back);
    hand_notice(h, CITY_BUREAU, "superseded");
    hand_hello_as(h, CITY_BUREAU, "twin again", &twin); /* the same machine, reconnected */
    assert_int_equal(hand_sent_count(h, "twin", XJ_F_NOTICE), 0);
    assert_int_equal(hand_sent_count(h, "twin again", XJ_F_WELCOME), 1);
}

/* ---- the register, by hand ---- */

struct fact {
    const char *kind, *id;
    json_t *value; /* taken */
};

/* Sends an entry of the registrar with one fact, its number that far from the next, signed by key (NULL: the registrar's). */
static void put_fact(struct hand *h, const char *who, struct fact fact, int off, const struct xj_sign_key *key, struct xj_buf *ret_entry)
{
    struct xj_changes c;
    struct xj_reg_head head;
    struct xj_buf entry, signature, frame;
    struct xj_store store = xj_db_store(h->w->exchange.db);
    struct hand_agency *a = hand_of(h, who);
    xj_changes_init(&c);
    xj_changes_json(&c, fact.kind, fact.id, fact.value, "/", NULL);
    json_decref(fact.value);
    assert_int_equal(c.err, XJ_OK);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_reg_entry_encode(head.number + (uint64_t)(1 + off), h->w->now_ms, &head.digest, c.list, c.count, &entry);
    const struct xj_hash digest = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(&entry));
    xj_sign_one(key != NULL ? key : &h->w->registrar, &digest, &signature);
    xj_frame_register_put(&frame, a->epoch, ++a->frame, xj_buf_slice(&entry), xj_buf_slice(&signature));
    if (ret_entry != NULL)
        xj_buf_add_slice(ret_entry, xj_buf_slice(&entry));
    hand_frame(h, who, &frame);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_changes_free(&c);
}

static struct fact status(const char *id, const char *word)
{
    return (struct fact){"status", id, json_pack("{s:s}", "state", word)};
}

static bool door_changed(const struct hand *h)
{
    for (size_t i = 0; i < h->out_count; i++)
        if (h->out[i].kind == XJ_XA_ZAP_CHANGED)
            return true;
    return false;
}

static uint64_t registered(struct hand *h)
{
    struct xj_frame f;
    assert_true(hand_sent(h, hand_of(h, CITY_REGISTRAR)->conn, XJ_F_REGISTERED, 0, &f));
    const uint64_t n = f.n;
    xj_frame_close(&f);
    return n;
}

static void register__takes_the_registrar_s_next_entry_and_tells_everybody(void **state)
{
    struct hand *h = *state;
    struct xj_buf entry, frame;
    struct xj_frame f;
    struct xj_frame_item item;
    hand_hello(h, CITY_REGISTRAR);
    hand_hello(h, CITY_POLICE);
    struct hand_agency *police = hand_of(h, CITY_POLICE), *registrar = hand_of(h, CITY_REGISTRAR);
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    put_fact(h, CITY_REGISTRAR, status(CITY_PROC, "suspended"), 0, NULL, &entry);
    const uint64_t number = registered(h);
    assert_true(door_changed(h));
    assert_true(hand_sent(h, police->conn, XJ_F_PULSE, 0, &f));
    assert_int_equal(f.pulse.register_head, number);
    xj_frame_close(&f);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&frame, XJ_F_REGISTER_GET, police->epoch, ++police->frame, number);
    hand_frame(h, CITY_POLICE, &frame);
    assert_true(hand_sent(h, police->conn, XJ_F_REGISTER_ENTRIES, 0, &f));
    assert_int_equal(f.n, number);
    assert_true(xj_frame_next(&f, &item) && xj_slice_eq(item.statement, xj_buf_slice(&entry)));
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    /* the same bytes again are registered already; nothing changes */
    struct xj_buf signature;
    const struct xj_hash digest = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(&entry));
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_sign_one(&h->w->registrar, &digest, &signature);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_register_put(&frame, registrar->epoch, ++registrar->frame, xj_buf_slice(&entry), xj_buf_slice(&signature));
    hand_frame(h, CITY_REGISTRAR, &frame);
    assert_int_equal(registered(h), number);
    assert_false(door_changed(h));
    xj_buf_free(&signature);
    xj_buf_free(&entry);
}

static void register__takes_nothing_else(void **state)
{
    struct hand *h = *state;
    struct xj_reg_head before, after;
    struct xj_store store = xj_db_store(h->w->exchange.db);
    hand_hello(h, CITY_REGISTRAR);
    hand_hello(h, CITY_POLICE);
    assert_int_equal(xj_reg_head(&store, &before), XJ_OK);
    put_fact(h, CITY_POLICE, status(CITY_PROC, "suspended"), 0, NULL, NULL);
    assert_int_equal(hand_notice(h, CITY_POLICE, "denied"), before.number);
    put_fact(h, CITY_REGISTRAR, status(CITY_PROC, "suspended"), 1, NULL, NULL);
    hand_notice(h, CITY_REGISTRAR, "denied");
    put_fact(h, CITY_REGISTRAR, status(CITY_PROC, "suspended"), -1, NULL, NULL);
    hand_notice(h, CITY_REGISTRAR, "denied");
    put_fact(h, CITY_REGISTRAR, status(CITY_PROC, "suspended"), 0, &hand_of(h, CITY_REGISTRAR)->node->keys.sign, NULL);
    hand_notice(h, CITY_REGISTRAR, "denied");
    assert_int_equal(xj_reg_head(&store, &after), XJ_OK);
    assert_int_equal(before.number, after.number);
    assert_false(door_changed(h));
}

static void register__is_told_from_any_number(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    struct xj_frame f;
    struct xj_frame_item item;
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    const uint64_t froms[] = {0, 1, 1000};
    for (size_t i = 0; i < 3; i++) {
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_get(&frame, XJ_F_REGISTER_GET, a->epoch, ++a->frame, froms[i]);
        hand_frame(h, CITY_POLICE, &frame);
        assert_true(hand_sent(h, a->conn, XJ_F_REGISTER_ENTRIES, 0, &f));
        const bool first = xj_frame_next(&f, &item) && xj_slice_eq(item.statement, xj_buf_slice(&h->w->anchor.entry));
        assert_true(first == (froms[i] < 2));
        xj_frame_close(&f);
    }
}

/* ---- who may enter ---- */

static void revoked__is_denied_at_once(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_REGISTRAR);
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    put_fact(h, CITY_REGISTRAR, status(CITY_POLICE, "revoked"), 0, NULL, NULL);
    assert_int_equal(hand_sent_count(h, a->conn, XJ_F_PULSE), 0); /* nothing is sent to it any more */
    any_frame(h, CITY_POLICE, XJ_F_HEARTBEAT, a->epoch, &frame);
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "denied");
    assert_int_equal(h->out_count, 1);
    struct xj_hello again = hand_hello_of(a);
    hand_hello_as(h, CITY_POLICE, "anew", &again);
    hand_notice_to(h, "anew", "denied");
    assert_int_equal(hand_incidents(h, "unknown"), 1);
}

static void key__that_is_not_the_agency_s_any_more_opens_nothing(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    any_frame(h, CITY_POLICE, XJ_F_HEARTBEAT, a->epoch, &frame);
    hand_frame_from(h, CITY_POLICE, a->conn, hand_of(h, CITY_BUREAU)->node->public_keys.transport, &frame);
    hand_notice(h, CITY_POLICE, "denied");
    assert_int_equal(h->out_count, 1);
}

static void stranger__gets_no_answer(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_POLICE);
    any_frame(h, CITY_POLICE, XJ_F_HEARTBEAT, 1, &frame);
    hand_frame_from(h, "370800-nobody", "nobody", hand_of(h, CITY_POLICE)->node->public_keys.transport, &frame);
    assert_int_equal(h->out_count, 0);
    assert_int_equal(hand_incidents(h, "unknown"), 1);
    h->w->now_ms -= 3600000; /* the clock was set back: what happened is entered all the same */
    char longer[XJ_MAX_AGENCY_BYTES + 2];
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = 0;
    static const char none[] = "";
    const char *const names[] = {none, longer};
    for (size_t i = 0; i < 2; i++) {
        any_frame(h, CITY_POLICE, XJ_F_HEARTBEAT, 1, &frame);
        hand_frame_from(h, names[i], "nobody", hand_of(h, CITY_POLICE)->node->public_keys.transport, &frame);
        assert_int_equal(h->out_count, 0);
    }
    assert_int_equal(hand_incidents(h, "unknown"), 2); /* the third came within the minute */
}

/* ---- frames ---- */

static void frame__that_is_none_is_told(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    xj_buf_init(&frame, 64);
    xj_buf_add_str(&frame, "no frame");
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "malformed");
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_list(&frame, XJ_F_SUBMIT, a->epoch, ++a->frame, 0, 1);
    xj_put_uint(&frame, 3); /* a list whose element is no message */
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "malformed");
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_put_array(&frame, XJ_MAX_FRAME_NODES);
    for (unsigned i = 0; i < XJ_MAX_FRAME_NODES; i++)
        xj_put_nil(&frame);
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "oversize");
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_registered(&frame, a->epoch, ++a->frame, 1); /* only an exchange says so */
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "denied");
}

static void frame__of_several_parts_is_an_incident_and_many_are_one_entry(void **state)
{
    struct hand *h = *state;
    struct xj_exchange_event ev = {.kind = XJ_XE_DROPPED, .conn = xj_slice_cstr("c"), .agency = xj_slice_cstr(CITY_POLICE)};
    hand_hello(h, CITY_POLICE);
    for (int i = 0; i < 3; i++) {
        if (i == 2)
            h->w->now_ms += 60000; /* the next entry says how many came meanwhile */
        assert_int_equal(xj_db_begin(h->w->exchange.db), XJ_OK);
        assert_int_equal(xj_exchange_step(h->w->core, &ev), XJ_OK);
        assert_int_equal(xj_exchange_flush(h->w->core), XJ_OK);
        assert_int_equal(xj_db_commit(h->w->exchange.db), XJ_OK);
        assert_int_equal(hand_incidents(h, "malformed"), i < 2 ? 1 : 2);
    }
    struct xj_exchange_figures figures;
    xj_exchange_figures(h->w->core, &figures);
    assert_int_equal(figures.incidents, 3);
}

static void heartbeat__is_answered_with_time_and_heads(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    struct xj_frame f;
    hand_hello(h, CITY_POLICE);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    any_frame(h, CITY_POLICE, XJ_F_HEARTBEAT, a->epoch, &frame);
    hand_frame(h, CITY_POLICE, &frame);
    assert_true(hand_sent(h, a->conn, XJ_F_PULSE, 0, &f));
    assert_int_equal(f.pulse.time_ms, h->w->now_ms);
    assert_int_equal(f.pulse.mailbox_head, a->mailbox);
    assert_true(f.pulse.feed_head > 0 && f.pulse.register_head > 1);
    xj_frame_close(&f);
}

/* ---- the exchange's own key ---- */

static void exchange__with_another_key_than_the_register_names_does_not_start(void **state)
{
    struct hand *h = *state;
    struct xj_exchange_keys other = h->w->exchange_keys;
    struct xj_exchange *x;
    hand_hello(h, CITY_POLICE);
    const struct xj_exchange_options o = {.db = h->w->exchange.db, .log = h->w->exchange.log, .env = &h->w->exchange.env, .keys = &other,
                                          .anchor = &h->w->anchor};
    for (int i = 0; i < 2; i++) {
        other = h->w->exchange_keys;
        if (i == 0)
            other.sign = h->w->registrar;
        else
            other.transport_public[0] ^= 1;
        assert_int_equal(xj_exchange_open(&o, &x), XJ_ECONFIG);
        assert_null(x);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(epoch__of_before_is_answered_by_that_and_nothing_else),
        TEST(epoch__goes_on_with_every_ledger_that_is_less_than_it_was),
        TEST(hello__comes_first),
        TEST(twin__is_told_and_stays_out),
        TEST(register__takes_the_registrar_s_next_entry_and_tells_everybody),
        TEST(register__takes_nothing_else),
        TEST(register__is_told_from_any_number),
        TEST(revoked__is_denied_at_once),
        TEST(key__that_is_not_the_agency_s_any_more_opens_nothing),
        TEST(stranger__gets_no_answer),
        TEST(frame__that_is_none_is_told),
        TEST(frame__of_several_parts_is_an_incident_and_many_are_one_entry),
        TEST(heartbeat__is_answered_with_time_and_heads),
        TEST(exchange__with_another_key_than_the_register_names_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
