/* Mailboxes, receipts, feeds, and the papers of acts. Spec: spec/04-exchange.md, sections 5, 8 and 9; spec/01-encoding.md, 4. */
#include "tests/unit/exchange_hand.h"

#include <stdlib.h>
#include <string.h>

#include "broker/core/internal.h"

/* A report of the bureau to which the police are added as copy and the procuratorate for notice; its digest. */
static struct xj_hash send_report(struct hand *h, size_t body_bytes)
{
    struct xj_outgoing *out = hand_report(h);
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_COPY};
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_PROC), XJ_TO_NOTICE};
    if (body_bytes > 0) {
        xj_buf_reset(&out->body);
        assert_non_null(xj_buf_room(&out->body, body_bytes));
        out->header.body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&out->body));
    }
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    xj_outgoing_free(out);
    return h->submitted;
}

/* Bureau and police are there, and the bureau sends two reports. */
static void two_reports(struct hand *h, struct xj_hash digests[2])
{
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    for (int i = 0; i < 2; i++)
        digests[i] = send_report(h, 0);
}

/* What the last turn delivered to the agency, over all frames. */
struct delivered {
    size_t count, frames;
    uint64_t first, last, head;
    bool has_body, has_keys;
};

static struct delivered delivered_to(struct hand *h, const char *who)
{
    struct delivered d = {0};
    struct xj_frame f;
    struct xj_frame_item item;
    struct xj_message m;
    const char *conn = hand_of(h, who)->conn;
    while (hand_sent(h, conn, XJ_F_DELIVER, d.frames, &f)) {
        d.frames++;
        d.head = f.n;
        while (xj_frame_next(&f, &item)) {
            const struct xj_hash digest = xj_digest(XJ_CTX_ADMITTED, item.statement);
            assert_int_equal(xj_message_split(item.message, &m), XJ_OK);
            assert_int_equal(xj_verify(NULL, h->w->exchange_keys.sign.public_key, &digest, item.signature), XJ_OK);
            d.has_body |= m.body.n > 0;
            d.has_keys |= m.keys.n > 0;
            if (d.count++ == 0)
                d.first = item.number;
            d.last = item.number;
        }
        assert_false(f.items.bad);
        xj_frame_close(&f);
    }
    return d;
}

/* ---- mailboxes ---- */

static void mail__goes_to_each_as_its_role_gives(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    hand_hello(h, CITY_PROC);
    const uint64_t police = hand_of(h, CITY_POLICE)->mailbox, proc = hand_of(h, CITY_PROC)->mailbox;
    send_report(h, 0);
    struct delivered d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 1 && d.first == police + 1 && d.head == police + 1 && d.has_body && d.has_keys);
    d = delivered_to(h, CITY_PROC);
    assert_true(d.count == 1 && d.first == proc + 1 && !d.has_body && !d.has_keys);
    hand_restart(h); /* read back from the journal it is the same */
    hand_hello(h, CITY_PROC);
    d = delivered_to(h, CITY_PROC);
    assert_true(d.count == 1 && d.first == proc + 1 && !d.has_body && !d.has_keys);
    hand_hello(h, CITY_POLICE);
    d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 1 && d.first == police + 1 && d.has_body && d.has_keys);
}

static void mail__is_numbered_one_by_one(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    const uint64_t before = hand_of(h, CITY_POLICE)->mailbox;
    for (uint64_t i = 1; i <= 40; i++) {
        send_report(h, 0);
        const struct delivered d = delivered_to(h, CITY_POLICE);
        assert_true(d.count == 1 && d.first == before + i);
    }
}

static void mail__stays_within_the_credit_given(void **state)
{
    struct hand *h = *state;
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    struct xj_hash digests[5];
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    struct xj_hello hello = hand_hello_of(a);
    hello.credit = 2;
    hand_hello_as(h, CITY_POLICE, a->conn, &hello);
    for (size_t i = 0; i < 5; i++) {
        digests[i] = send_report(h, 0);
        assert_int_equal(delivered_to(h, CITY_POLICE).count, i < 2 ? 1 : 0);
    }
    struct xj_stored st = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, digests, 1);
    hand_stored(h, CITY_POLICE, &st, NULL, 2);
    struct delivered d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 1 && d.first == a->mailbox + 3);
    st = hand_stored_of(h, CITY_POLICE, a->mailbox + 2, digests + 1, 1);
    st.ledger_size++;
    hand_stored(h, CITY_POLICE, &st, NULL, 5000); /* as much as the protocol lets anybody have, and there are two more */
    d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 2 && d.last == a->mailbox + 5);
}

static void mail__of_eight_mebibytes_is_enough_under_way(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    for (int i = 0; i < 36; i++)
        send_report(h, 256u * 1024);
    hand_hello(h, CITY_POLICE);
    const struct delivered d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 32 && d.frames > 1);
}

static void mail__that_nobody_acknowledges_comes_again(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    send_report(h, 0);
    send_report(h, 0);
    hand_tick(h, 1999);
    assert_int_equal(delivered_to(h, CITY_POLICE).count, 0);
    hand_tick(h, 1);
    const struct delivered d = delivered_to(h, CITY_POLICE);
    assert_true(d.count == 2 && d.first == hand_of(h, CITY_POLICE)->mailbox + 1);
}

/* ---- receipts ---- */

static void stored__wrong_in_anything_is_told_and_has_no_effect(void **state)
{
    struct hand *h = *state;
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    struct xj_hash digests[2];
    struct xj_exchange_figures before, after;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    digests[0] = send_report(h, 0);
    digests[1] = send_report(h, 0);
    xj_exchange_figures(h->w->core, &before);
    for (int i = 0; i < 10; i++) {
        const struct xj_sign_key *key = NULL;
        struct xj_stored st = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, digests, 2);
        if (i == 0) st.agency = xj_slice_cstr(CITY_BUREAU);
        if (i == 1) st.first++;
        if (i == 2) st.last++;
        if (i == 3) st.first = st.last + 1;
        if (i == 4) st.ledger_size = a->ledger_size - 1;
        if (i == 5) st.root.b[0] ^= 1;
        if (i == 6) key = &hand_of(h, CITY_BUREAU)->node->keys.sign;
        if (i == 7) st.first = 1, st.last = 1 + XJ_MAX_CREDIT;
        if (i == 8) st.register_number++;   /* none so far */
        if (i == 9) st.register_number = 0; /* nobody had keys yet */
        hand_stored(h, CITY_POLICE, &st, key, 10);
        hand_notice(h, CITY_POLICE, "malformed");
    }
    struct xj_stored gap = hand_stored_of(h, CITY_POLICE, a->mailbox + 2, digests + 1, 1); /* sound, and not the next */
    hand_stored(h, CITY_POLICE, &gap, NULL, 10);
    hand_notice(h, CITY_POLICE, "malformed");
    xj_exchange_figures(h->w->core, &after);
    assert_int_equal(before.stored, after.stored);
    assert_int_equal(hand_incidents(h, "stored"), 1);
    struct xj_stored st = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, digests, 2);
    hand_stored(h, CITY_POLICE, &st, NULL, 10);
    assert_int_equal(hand_sent_count(h, a->conn, XJ_F_NOTICE), 0);
    xj_exchange_figures(h->w->core, &after);
    assert_int_equal(after.stored, before.stored + 2);
}

static void stored__said_again_has_no_effect_and_no_answer(void **state)
{
    struct hand *h = *state;
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    struct xj_hash digests[2];
    two_reports(h, digests);
    struct xj_stored one = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, digests, 1), two;
    hand_stored(h, CITY_POLICE, &one, NULL, 10);
    two = hand_stored_of(h, CITY_POLICE, a->mailbox + 2, digests + 1, 1);
    two.ledger_size = one.ledger_size + 1;
    hand_stored(h, CITY_POLICE, &two, NULL, 10);
    const uint64_t entries = xj_log_size(h->w->exchange.log);
    hand_stored(h, CITY_POLICE, &two, NULL, 10); /* the last one, and one before it */
    assert_int_equal(h->out_count, 0);
    hand_stored(h, CITY_POLICE, &one, NULL, 10);
    assert_int_equal(h->out_count, 0);
    one.root.b[0] ^= 1;
    hand_stored(h, CITY_POLICE, &one, NULL, 10); /* but not another one */
    hand_notice(h, CITY_POLICE, "malformed");
    assert_int_equal(xj_log_size(h->w->exchange.log), entries + 1);
}

static void stored__told_over_a_new_connection_spares_delivering_again(void **state)
{
    struct hand *h = *state;
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    struct xj_hash digests[2];
    two_reports(h, digests);
    struct xj_stored st = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, digests, 2);
    struct xj_hello hello = hand_hello_of(a);
    hello.mailbox += 2;
    hello.credit = 0;
    hand_hello_as(h, CITY_POLICE, a->conn, &hello);
    assert_int_equal(delivered_to(h, CITY_POLICE).count, 0);
    hand_stored(h, CITY_POLICE, &st, NULL, 10);
    assert_int_equal(delivered_to(h, CITY_POLICE).count, 0);
}

/* ---- feeds ---- */

static void feed_get(struct hand *h, const char *who, uint64_t from, struct xj_frame *ret)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&frame, XJ_F_FEED_GET, a->epoch, ++a->frame, from);
    hand_frame(h, who, &frame);
    assert_true(hand_sent(h, a->conn, XJ_F_FEED, 0, ret));
}

static void feed__proves_to_the_sender_what_the_recipient_signed(void **state)
{
    struct hand *h = *state;
    struct xj_hash digests[3];
    struct xj_frame f;
    struct xj_frame_item item;
    struct xj_delivered d;
    struct xj_stored said;
    struct hand_agency *police = hand_of(h, CITY_POLICE);
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    feed_get(h, CITY_BUREAU, 1000000, &f); /* beyond the head there is nothing, but the head is told */
    const uint64_t head = f.n;
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    for (int i = 0; i < 3; i++)
        digests[i] = send_report(h, 0);
    struct xj_stored st = hand_stored_of(h, CITY_POLICE, police->mailbox + 1, digests, 3);
    hand_stored(h, CITY_POLICE, &st, NULL, 10);
    feed_get(h, CITY_BUREAU, head + 1, &f);
    assert_int_equal(f.n, head + 1);
    assert_true(xj_frame_next(&f, &item));
    assert_int_equal(xj_delivered_decode(item.statement, &d), XJ_OK);
    const struct xj_hash signed_by_exchange = xj_digest(XJ_CTX_DELIVERED, item.statement),
                         by_police = xj_digest(XJ_CTX_STORED, item.stored);
    assert_int_equal(xj_verify(NULL, h->w->exchange_keys.sign.public_key, &signed_by_exchange, item.signature), XJ_OK);
    assert_int_equal(xj_verify(NULL, police->node->keys.sign.public_key, &by_police, item.stored_signature), XJ_OK);
    assert_int_equal(xj_stored_decode(item.stored, &said), XJ_OK);
    assert_true(xj_hash_eq(&d.stored, &by_police) && d.item_count == 3 && d.number == head + 1);
    for (size_t i = 0; i < 3; i++) {
        struct xj_hash root, leaf = xj_tree_mail_leaf(d.items[i].mailbox_number, &d.items[i].message);
        assert_true(d.items[i].has_path && xj_hash_eq(&d.items[i].message, &digests[i]));
        assert_true(xj_tree_root_from_path(&leaf, d.items[i].index, 3, d.items[i].path, d.items[i].path_count, &root));
        assert_true(xj_hash_eq(&root, &said.root));
    }
    free(d.items);
    xj_frame_close(&f);
}

static void feed__tells_the_others_without_proof(void **state)
{
    struct hand *h = *state;
    struct xj_frame f;
    struct xj_frame_item item;
    struct xj_delivered d;
    struct hand_agency *police = hand_of(h, CITY_POLICE);
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    hand_hello(h, CITY_PROC);
    feed_get(h, CITY_PROC, 0, &f); /* 0: from the first */
    const uint64_t head = f.n;
    assert_true(f.items.left > 0);
    xj_frame_close(&f);
    const struct xj_hash digest = send_report(h, 0);
    struct xj_stored st = hand_stored_of(h, CITY_POLICE, police->mailbox + 1, &digest, 1);
    hand_stored(h, CITY_POLICE, &st, NULL, 10);
    assert_int_equal(hand_sent_count(h, hand_of(h, CITY_PROC)->conn, XJ_F_PULSE), 1); /* its head moved */
    feed_get(h, CITY_PROC, head + 1, &f);
    assert_true(xj_frame_next(&f, &item));
    assert_int_equal(xj_delivered_decode(item.statement, &d), XJ_OK);
    assert_true(d.item_count == 1 && !d.items[0].has_path && item.stored.n == 0 && xj_slice_is(d.owner, CITY_PROC));
    free(d.items);
    xj_frame_close(&f);
}

/* ---- papers ---- */

static void put_paper(struct hand *h, const char *who, const struct xj_hash *digest, struct xj_slice bytes)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame, digest, bytes);
    hand_frame(h, who, &frame);
}

/* How many bytes PAPER_GET brings; 0: there is none for that agency. */
static size_t got_paper(struct hand *h, const char *who, const struct xj_hash *digest)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf frame;
    struct xj_frame f;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper_get(&frame, a->epoch, ++a->frame, digest);
    hand_frame(h, who, &frame);
    assert_true(hand_sent(h, a->conn, XJ_F_PAPER, 0, &f));
    assert_true(xj_hash_eq(&f.digest, digest));
    const size_t n = f.bytes.n;
    xj_frame_close(&f);
    return n;
}

static uint64_t staged_bytes(struct hand *h, const char *who)
{
    struct peer *p;
    assert_int_equal(xj_peer_get(h->w->core, xj_slice_cstr(who), &p), XJ_OK);
    return p->account.staged_bytes;
}

static void paper__has_its_digest_and_its_size(void **state)
{
    struct hand *h = *state;
    static uint8_t large[XJ_MAX_SEALED_PAPER_BYTES + 1];
    const struct xj_hash digest = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("one")),
                         big = xj_digest(XJ_SEAL_PAPER, xj_slice_of(large, sizeof large));
    hand_hello(h, CITY_BUREAU);
    put_paper(h, CITY_BUREAU, &digest, xj_slice_cstr("another"));
    hand_notice(h, CITY_BUREAU, "malformed");
    put_paper(h, CITY_BUREAU, &big, xj_slice_of(large, sizeof large));
    hand_notice(h, CITY_BUREAU, "oversize");
    assert_int_equal(staged_bytes(h, CITY_BUREAU), 0);
    put_paper(h, CITY_BUREAU, &digest, xj_slice_cstr("one"));
    put_paper(h, CITY_BUREAU, &digest, xj_slice_cstr("one")); /* twice is once */
    assert_int_equal(h->out_count, 0);
    assert_int_equal(staged_bytes(h, CITY_BUREAU), 3);
}

static void paper__over_the_quota_waits(void **state)
{
    struct hand *h = *state;
    struct peer *p;
    const struct xj_hash digest = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("four"));
    hand_hello(h, CITY_BUREAU);
    assert_int_equal(xj_peer_get(h->w->core, xj_slice_cstr(CITY_BUREAU), &p), XJ_OK);
    p->account.staged_bytes = XJ_STAGING_BYTES_PER_AGENCY - 3;
    put_paper(h, CITY_BUREAU, &digest, xj_slice_cstr("four"));
    hand_notice(h, CITY_BUREAU, "quota");
    p->account.staged_bytes = XJ_STAGING_BYTES_PER_AGENCY - 4;
    put_paper(h, CITY_BUREAU, &digest, xj_slice_cstr("four"));
    assert_int_equal(h->out_count, 0);
}

static void paper__goes_to_its_sender_and_to_whom_it_is_wrapped_for(void **state)
{
    struct hand *h = *state;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    hand_hello(h, CITY_PROC);
    hand_hello(h, CITY_REGISTRAR);
    struct xj_outgoing *out = hand_report(h);
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_COPY};
    struct xj_wrap_entry e[2] = {0};
    uint8_t sender[XJ_KEY_ID_SIZE] = {1};
    e[0].object = out->papers[0].digest;
    e[0].reader = xj_slice_cstr(CITY_PROC); /* wrapped for somebody who is no party */
    e[1].object = out->header.body_digest;  /* and of the police only the body */
    e[1].reader = xj_slice_cstr(CITY_POLICE);
    xj_buf_reset(&out->keys);
    assert_int_equal(xj_keys_encode(sender, e, 2, &out->keys), XJ_OK);
    out->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&out->keys));
    hand_send(h, CITY_BUREAU, out);
    hand_admitted(h, CITY_BUREAU, "");
    const struct xj_hash paper = out->papers[0].digest;
    assert_int_equal(got_paper(h, CITY_BUREAU, &paper), out->papers[0].sealed.n);
    assert_int_equal(got_paper(h, CITY_POLICE, &paper), 0);
    assert_int_equal(got_paper(h, CITY_PROC, &paper), 0);
    /* named once more, and wrapped for the police this time */
    struct xj_outgoing *again = hand_report(h);
    again->header.to[again->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_COPY};
    again->header.papers[0] = out->header.papers[0];
    e[0].object = paper; /* the entries were sorted */
    e[0].reader = xj_slice_cstr(CITY_POLICE);
    xj_buf_reset(&again->keys);
    assert_int_equal(xj_keys_encode(sender, e, 1, &again->keys), XJ_OK);
    again->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&again->keys));
    hand_send(h, CITY_BUREAU, again);
    hand_admitted(h, CITY_BUREAU, "");
    assert_int_equal(got_paper(h, CITY_POLICE, &paper), out->papers[0].sealed.n);
    assert_int_equal(got_paper(h, CITY_PROC, &paper), 0);
    put_paper(h, CITY_PROC, &paper, xj_buf_slice(&out->papers[0].sealed)); /* staging it oneself opens nothing */
    assert_int_equal(got_paper(h, CITY_PROC, &paper), 0);
    const struct xj_hash none = xj_digest(XJ_SEAL_PAPER, xj_slice_cstr("never was"));
    assert_int_equal(got_paper(h, CITY_BUREAU, &none), 0);
    xj_outgoing_free(out);
    xj_outgoing_free(again);
}

/* Naming a paper is no work: the act that wraps it for the reader may be the eightieth that names it. */
static void paper__is_found_however_many_acts_name_it(void **state)
{
    struct hand *h = *state;
    const uint8_t sender[XJ_KEY_ID_SIZE] = {1};
    struct xj_hash paper = {{0}};
    size_t sealed = 0;
    hand_hello(h, CITY_BUREAU);
    hand_hello(h, CITY_POLICE);
    for (int i = 0; i < 80; i++) {
        struct xj_outgoing *out = hand_report(h);
        if (i == 0) {
            paper = out->header.papers[0].sealed;
            sealed = out->papers[0].sealed.n;
        }
        struct xj_wrap_entry e = {.object = i < 79 ? out->header.body_digest : paper, .reader = xj_slice_cstr(CITY_POLICE)};
        out->header.papers[0].sealed = paper;
        out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_COPY};
        xj_buf_reset(&out->keys);
        assert_int_equal(xj_keys_encode(sender, &e, 1, &out->keys), XJ_OK);
        out->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&out->keys));
        hand_send(h, CITY_BUREAU, out);
        hand_admitted(h, CITY_BUREAU, "");
        xj_outgoing_free(out);
        if (i == 78)
            assert_int_equal(got_paper(h, CITY_POLICE, &paper), 0);
    }
    assert_int_equal(got_paper(h, CITY_POLICE, &paper), sealed);
}

static void paper__that_no_act_names_goes_after_seven_days(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *named = hand_report(h), *forgotten = hand_report(h);
    hand_papers(h, CITY_BUREAU, forgotten);
    hand_send(h, CITY_BUREAU, named);
    hand_admitted(h, CITY_BUREAU, "");
    assert_int_equal(staged_bytes(h, CITY_BUREAU), forgotten->papers[0].sealed.n);
    hand_tick(h, XJ_STAGING_DAYS * INT64_C(86400000) - 1000);
    assert_int_equal(staged_bytes(h, CITY_BUREAU), forgotten->papers[0].sealed.n);
    hand_tick(h, 3600 * 1000); /* looked at once an hour */
    assert_int_equal(staged_bytes(h, CITY_BUREAU), 0);
    hand_number(h, CITY_BUREAU, forgotten);
    hand_seal(h, CITY_BUREAU, forgotten, NULL, &message);
    hand_submit(h, CITY_BUREAU, xj_buf_slice(&message));
    hand_notice(h, CITY_BUREAU, "need");
    assert_int_equal(got_paper(h, CITY_BUREAU, &named->papers[0].digest), named->papers[0].sealed.n);
    xj_buf_free(&message);
    xj_outgoing_free(named);
    xj_outgoing_free(forgotten);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(mail__goes_to_each_as_its_role_gives),
        TEST(mail__is_numbered_one_by_one),
        TEST(mail__stays_within_the_credit_given),
        TEST(mail__of_eight_mebibytes_is_enough_under_way),
        TEST(mail__that_nobody_acknowledges_comes_again),
        TEST(stored__wrong_in_anything_is_told_and_has_no_effect),
        TEST(stored__said_again_has_no_effect_and_no_answer),
        TEST(stored__told_over_a_new_connection_spares_delivering_again),
        TEST(feed__proves_to_the_sender_what_the_recipient_signed),
        TEST(feed__tells_the_others_without_proof),
        TEST(paper__has_its_digest_and_its_size),
        TEST(paper__over_the_quota_waits),
        TEST(paper__goes_to_its_sender_and_to_whom_it_is_wrapped_for),
        TEST(paper__is_found_however_many_acts_name_it),
        TEST(paper__that_no_act_names_goes_after_seven_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
