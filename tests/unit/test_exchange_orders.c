/* What holders say of an order to destroy, who may ask for it, and that nothing comes back: the exchange stepped by hand, each statement
 * wrong in one thing. Spec: spec/18-orders.md, sections 3 and 4. */
#include <string.h>

#include "schema/wire/destroyed.h"
#include "tests/sim/world_private.h"
#include "tests/unit/exchange_hand.h"
#include "tests/unit/memstore.h"

#define DESTROY "00112233445566778899aabbccddeeff"
#define RESTRICT "ffeeddccbbaa99887766554433221100"

static json_t *order(const char *kind, const char *organ, struct xj_id case_id)
{
    char hex[2 * XJ_ID_SIZE + 1];
    xj_hex(case_id.b, sizeof case_id.b, hex);
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:{s:s}}", "kind", kind, "number", "1号", "basis", "依法", "organ", organ, "date", 20000,
                     "case", "hex", hex);
}

static uint64_t register_now(struct hand *h)
{
    struct xj_reg_head head;
    struct xj_store store = xj_db_store(h->w->exchange.db);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    return head.number;
}

/* The case of the city's history is destroyed, and restricted as well; everybody has said so. *ret_number: where the first begins. */
static uint64_t ordered(struct hand *h)
{
    city_register(h->city, "order", RESTRICT, order("restrict", CITY_PROC, city_case(h->city)));
    city_register(h->city, "order", DESTROY, order("destroy", CITY_PROC, city_case(h->city)));
    assert_true(world_settle(h->w, 40000));
    const uint64_t number = register_now(h);
    static const char *const all[] = {CITY_REGISTRAR, CITY_BUREAU, CITY_POLICE, CITY_PROC};
    for (size_t i = 0; i < 4; i++)
        hand_hello(h, all[i]);
    return number;
}

static struct xj_destroyed said_by(struct hand *h, const char *who, uint64_t number)
{
    struct xj_destroyed d = {.holder = xj_slice_cstr(who), .order_number = number, .register_number = register_now(h),
                             .time_ms = h->w->now_ms,
                             .last = true};
    assert_true(xj_unhex(DESTROY, d.order, sizeof d.order));
    return d;
}

static size_t entries(struct hand *h)
{
    struct xj_buf buf;
    struct xj_entry e;
    size_t n = 0;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t i = 1; i <= xj_log_size(h->w->exchange.log); i++)
        n += xj_log_get(h->w->exchange.log, i, &buf, &e) == XJ_OK && e.kind == XJ_ENTRY_DESTROYED;
    xj_buf_free(&buf);
    return n;
}

static void confirm(struct hand *h, const char *who, const struct xj_destroyed *d, const struct xj_sign_key *key)
{
    struct hand_agency *a = hand_of(h, who);
    struct xj_buf statement, signature, frame;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_destroyed_encode(d, &statement);
    assert_int_equal(statement.err, XJ_OK);
    const struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, xj_buf_slice(&statement));
    xj_sign_one(key != NULL ? key : &a->node->keys.sign, &digest, &signature);
    xj_frame_confirm(&frame, a->epoch, ++a->frame, xj_buf_slice(&statement), xj_buf_slice(&signature));
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    hand_frame(h, who, &frame);
}

static bool see_message(void *arg, const struct xj_entry *e)
{
    struct xj_header h;
    unsigned field;
    if (e->kind == XJ_ENTRY_MESSAGE && xj_header_decode(e->head, &h, &field) == XJ_OK)
        *(struct xj_id *)arg = h.id;
    return true;
}

static void confirm__takes_only_what_fits_the_register_and_the_journal(void **state)
{
    struct hand *h = *state;
    struct xj_id gone, message = {{7}};
    struct xj_hash digest = {{7}};
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, see_message, &gone), XJ_OK);
    const uint64_t number = ordered(h);
    struct xj_destroyed good = said_by(h, CITY_POLICE, number);
    good.messages = &gone;
    good.message_count = 1;
    struct xj_destroyed bad[7];
    for (size_t i = 0; i < 7; i++)
        bad[i] = good;
    bad[0].holder = xj_slice_cstr(CITY_BUREAU);
    bad[1].register_number = number + 1;
    bad[2].order[0] ^= 1;       /* no such order */
    bad[3].order_number--;      /* none of that id begins there */
    assert_true(xj_unhex(RESTRICT, bad[4].order, sizeof bad[4].order));
    bad[4].order_number = number - 1; /* it restricts */
    bad[5].messages = &message; /* it covered no such message */
    bad[5].digests = &digest;
    bad[5].digest_count = 1;
    const size_t before = entries(h);
    for (size_t i = 0; i < 7; i++) {
        confirm(h, CITY_POLICE, &bad[i], i == 6 ? &h->w->root : NULL); /* the last by somebody else's key */
        hand_notice(h, CITY_POLICE, "malformed");
        if (entries(h) != before)
            fail_msg("statement %zu", i);
    }
    for (int i = 0; i < 2; i++) { /* the second time it is on record */
        confirm(h, CITY_POLICE, &good, NULL);
        assert_int_equal(hand_sent_count(h, hand_of(h, CITY_POLICE)->conn, XJ_F_CONFIRMED), 1);
        assert_int_equal(hand_sent_count(h, hand_of(h, CITY_PROC)->conn, XJ_F_CONFIRMED), i == 0 ? 1 : 0); /* the organ hears of news */
        assert_int_equal(entries(h), before + 1);
    }
}

static void confirm__of_what_is_no_statement_is_told(void **state)
{
    struct hand *h = *state;
    struct xj_buf frame;
    (void)ordered(h);
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    const size_t before = entries(h);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_confirm(&frame, a->epoch, ++a->frame, xj_slice_cstr("\x90"), xj_slice_cstr("\x90"));
    hand_frame(h, CITY_POLICE, &frame);
    hand_notice(h, CITY_POLICE, "malformed");
    assert_int_equal(entries(h), before);
}

static void order__is_told_to_its_organ_and_the_registrar_alone(void **state)
{
    static const struct {
        const char *who, *id;
        bool told;
    } asks[] = {{CITY_PROC, DESTROY, true},   {CITY_REGISTRAR, DESTROY, true},  {CITY_POLICE, DESTROY, false},
                {CITY_BUREAU, DESTROY, false},
                {CITY_PROC, RESTRICT, true}, {CITY_REGISTRAR, RESTRICT, true}, {CITY_POLICE, RESTRICT, false}};
    struct hand *h = *state;
    (void)ordered(h);
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        uint8_t id[XJ_ID_SIZE];
        struct xj_buf frame;
        struct xj_frame f;
        struct hand_agency *a = hand_of(h, asks[i].who);
        assert_true(xj_unhex(asks[i].id, id, sizeof id));
        xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
        xj_frame_order_get(&frame, a->epoch, ++a->frame, id);
        hand_frame(h, asks[i].who, &frame);
        if (!asks[i].told) {
            hand_notice(h, asks[i].who, "denied");
            assert_int_equal(hand_sent_count(h, a->conn, XJ_F_CONFIRMED), 0);
            continue;
        }
        assert_true(hand_sent(h, a->conn, XJ_F_CONFIRMED, 0, &f));
        assert_int_equal(f.items.left, strcmp(asks[i].id, DESTROY) == 0 ? entries(h) : 0);
        xj_frame_close(&f);
    }
}

/* ---- nothing comes back ---- */

static bool see_paper(void *arg, const struct xj_entry *e)
{
    struct xj_hash *ret = arg;
    struct xj_header h;
    unsigned field;
    if (e->kind != XJ_ENTRY_MESSAGE || xj_header_decode(e->head, &h, &field) != XJ_OK || h.paper_count == 0)
        return true;
    *ret = h.papers[0].sealed;
    return false;
}

/* The paper of the first act: its sender's agent still has its bytes in this test's hand. */
static void destroyed__paper_is_neither_kept_nor_given(void **state)
{
    struct hand *h = *state;
    struct xj_hash digest = {{0}};
    struct xj_buf bytes, frame;
    struct xj_frame f;
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, see_paper, &digest), XJ_OK);
    xj_buf_init(&bytes, XJ_MAX_SEALED_PAPER_BYTES);
    assert_int_equal(xj_object_get(hand_of(h, CITY_BUREAU)->node->db, &digest, &bytes), XJ_OK);
    (void)ordered(h);
    struct hand_agency *a = hand_of(h, CITY_BUREAU);
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper(&frame, XJ_F_PAPER_PUT, a->epoch, ++a->frame, &digest, xj_buf_slice(&bytes));
    hand_frame(h, CITY_BUREAU, &frame);
    assert_false(test_object_has(h->w->exchange.db, &digest));
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_paper_get(&frame, a->epoch, ++a->frame, &digest);
    hand_frame(h, CITY_BUREAU, &frame);
    assert_true(hand_sent(h, a->conn, XJ_F_PAPER, 0, &f));
    assert_int_equal(f.bytes.n, 0);
    xj_frame_close(&f);
    xj_buf_free(&bytes);
}

/* An act of another case may not share what is gone either; as it stands it is no share of its own case's. */
static void destroyed__message_is_not_shared(void **state)
{
    struct hand *h = *state;
    struct xj_id gone;
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, see_message, &gone), XJ_OK);
    (void)ordered(h);
    struct xj_outgoing *out = hand_report(h);
    out->header.relates[out->header.relate_count++] = (struct xj_header_relate){xj_slice_cstr("shares"), gone};
    hand_send(h, CITY_BUREAU, out);
    hand_refused(h, CITY_BUREAU, "relates", "shares");
    xj_outgoing_free(out);
}

static bool see_first(void *arg, const struct xj_entry *e)
{
    return e->kind != XJ_ENTRY_MESSAGE || !see_message(arg, e);
}

/* Nor is it in its own case, by who drafted that before. */
static void destroyed__message_is_not_shared_in_its_case(void **state)
{
    struct hand *h = *state;
    struct xj_id gone;
    char id[XJ_ID_TEXT];
    assert_int_equal(xj_log_scan(h->w->exchange.log, 1, see_first, &gone), XJ_OK);
    xj_id_format(&gone, id);
    json_t *r = city_request("transfer_report", h->city->case_id, "");
    json_object_set_new(r, "relates", json_pack("[{s:s, s:s}]", "relation", "shares", "id", id));
    json_object_set_new(r, "principals", json_pack("[s]", CITY_PROC));
    city_do(h->city, CITY_BUREAU, json_deep_copy(r)); /* as long as it is there it may be shared */
    json_object_set_new(r, "principals", json_pack("[s]", CITY_REGISTRAR));
    struct xj_outgoing *out = hand_draft(h, CITY_BUREAU, r);
    (void)ordered(h);
    hand_number(h, CITY_BUREAU, out);
    hand_send(h, CITY_BUREAU, out);
    hand_refused(h, CITY_BUREAU, "relates", "shares");
    xj_outgoing_free(out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(confirm__takes_only_what_fits_the_register_and_the_journal),
        TEST(confirm__of_what_is_no_statement_is_told),
        TEST(order__is_told_to_its_organ_and_the_registrar_alone),
        TEST(destroyed__paper_is_neither_kept_nor_given),
        TEST(destroyed__message_is_not_shared),
        TEST(destroyed__message_is_not_shared_in_its_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
