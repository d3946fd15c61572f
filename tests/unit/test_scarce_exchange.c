/* The exchange without memory: a batch in which any one allocation fails either has its whole effect or none, and the exchange opened
 * again goes on from there. Nothing is refused, and nothing sent, for want of memory. Spec: spec/04-exchange.md, section 7. */
#include "tests/unit/scarce.h"

#include <string.h>

#include "tests/sim/world_private.h"
#include "tests/unit/exchange_items.h"
#include "tests/unit/exchange_tries.h"

static void at(size_t n)
{
    scarce_at(n);
}

static bool over(void)
{
    return scarce_over();
}

static const struct trouble scarce = {at, over, XJ_ENOMEM};

static void until_done(struct hand *h, const char *who, make_frame *make, const void *arg)
{
    tries_until_done(h, &scarce, who, make, arg);
}

/* ---- the frames ---- */

static void put_hello(struct hand *h, struct xj_buf *frame, const void *arg)
{
    const struct xj_hello hello = hand_hello_of(hand_of(h, arg));
    xj_frame_hello(frame, 1, &hello);
}

static void put_paper(struct hand *h, struct xj_buf *frame, const void *arg)
{
    const struct xj_outgoing_paper *p = arg;
    xj_frame_paper(frame, XJ_F_PAPER_PUT, hand_of(h, CITY_BUREAU)->epoch, 1, &p->digest, xj_buf_slice(&p->sealed));
}

static void put_paper_get(struct hand *h, struct xj_buf *frame, const void *arg)
{
    const struct xj_outgoing_paper *p = arg;
    xj_frame_paper_get(frame, hand_of(h, CITY_POLICE)->epoch, 1, &p->digest);
}

static void put_feed_get(struct hand *h, struct xj_buf *frame, const void *arg)
{
    (void)arg;
    xj_frame_get(frame, XJ_F_FEED_GET, hand_of(h, CITY_BUREAU)->epoch, 1, 1);
}

static void put_register_get(struct hand *h, struct xj_buf *frame, const void *arg)
{
    (void)arg;
    xj_frame_get(frame, XJ_F_REGISTER_GET, hand_of(h, CITY_POLICE)->epoch, 1, 1);
}

static void put_nothing(struct hand *h, struct xj_buf *frame, const void *arg)
{
    (void)frame;
    (void)arg;
    h->w->now_ms += 8 * INT64_C(86400000); /* papers that nobody named go */
}

static void put_stored(struct hand *h, struct xj_buf *frame, const void *arg)
{
    struct hand_agency *a = hand_of(h, CITY_POLICE);
    struct xj_buf statement, signature;
    const struct xj_stored st = hand_stored_of(h, CITY_POLICE, a->mailbox + 1, arg, 1);
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_stored_encode(&st, &statement);
    const struct xj_hash digest = xj_digest(XJ_CTX_STORED, xj_buf_slice(&statement));
    xj_sign_one(&a->node->keys.sign, &digest, &signature);
    xj_frame_stored(frame, a->epoch, 1, xj_buf_slice(&statement), xj_buf_slice(&signature), 10);
    xj_buf_free(&statement);
    xj_buf_free(&signature);
}

static void put_register(struct hand *h, struct xj_buf *frame, const void *arg)
{
    struct xj_changes c;
    struct xj_reg_head head;
    struct xj_buf entry, signature;
    struct xj_store store = xj_db_store(h->w->exchange.db);
    json_t *value = json_pack("{s:s}", "state", "suspended");
    xj_changes_init(&c);
    xj_changes_json(&c, "status", arg, value, "/", NULL);
    json_decref(value);
    assert_int_equal(xj_reg_head(&store, &head), XJ_OK);
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head.number + 1, 1000, &head.digest, c.list, c.count, &entry);
    const struct xj_hash digest = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(&entry));
    xj_sign_one(&h->w->registrar, &digest, &signature);
    xj_frame_register_put(frame, hand_of(h, CITY_REGISTRAR)->epoch, 1, xj_buf_slice(&entry), xj_buf_slice(&signature));
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    xj_changes_free(&c);
}

/* ---- */

/* The bureau's report, copied to the police with its paper wrapped for them. */
static struct xj_outgoing *report(struct hand *h)
{
    struct xj_outgoing *out = hand_report(h);
    struct xj_wrap_entry e = {.object = out->papers[0].digest, .reader = xj_slice_cstr(CITY_POLICE)};
    const uint8_t sender[XJ_KEY_ID_SIZE] = {1};
    out->header.to[out->header.to_count++] = (struct xj_header_to){xj_slice_cstr(CITY_POLICE), XJ_TO_COPY};
    xj_buf_reset(&out->keys);
    assert_int_equal(xj_keys_encode(sender, &e, 1, &out->keys), XJ_OK);
    out->header.keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&out->keys));
    return out;
}

/* Its version is none, under another id; what can be read of it is. */
static void header_of_no_form(struct hand *h, struct xj_outgoing *out, struct xj_buf *message)
{
    struct xj_message m;
    struct xj_buf sound, header, signature;
    out->header.id.b[15] ^= 1;
    hand_seal(h, CITY_BUREAU, out, NULL, &sound);
    assert_int_equal(xj_message_split(xj_buf_slice(&sound), &m), XJ_OK);
    xj_buf_init(&header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(message, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(&header, m.header);
    header.p[3] = 9; /* behind array 16 */
    const struct xj_hash digest = xj_header_digest(xj_buf_slice(&header));
    xj_sign_one(&hand_of(h, CITY_BUREAU)->node->keys.sign, &digest, &signature);
    const struct xj_message other = {xj_buf_slice(&header), m.body, m.keys, xj_buf_slice(&signature)};
    xj_message_join(&other, message);
    assert_int_equal(message->err, XJ_OK);
    xj_buf_free(&sound);
    xj_buf_free(&header);
    xj_buf_free(&signature);
}

static void exchange__without_memory_does_all_or_nothing(void **state)
{
    struct hand *h = *state;
    struct xj_buf message;
    hand_hello(h, CITY_BUREAU);
    struct xj_outgoing *out = report(h), *refused = report(h);
    until_done(h, CITY_POLICE, put_hello, CITY_POLICE);
    until_done(h, CITY_BUREAU, put_paper, &out->papers[0]);
    hand_seal(h, CITY_BUREAU, out, NULL, &message);
    tries_submit(h, &scarce, xj_buf_slice(&message));
    hand_admitted(h, CITY_BUREAU, "");
    xj_buf_free(&message);
    const struct xj_hash digest = h->submitted;
    until_done(h, CITY_POLICE, put_paper_get, &out->papers[0]);
    until_done(h, CITY_POLICE, put_stored, &digest);
    until_done(h, CITY_BUREAU, put_feed_get, NULL);
    assert_int_equal(hand_sent_count(h, hand_of(h, CITY_BUREAU)->conn, XJ_F_FEED), 1);
    until_done(h, CITY_BUREAU, put_paper, &refused->papers[0]);
    refused->header.revision.b[0] ^= 1;
    hand_number(h, CITY_BUREAU, refused);
    hand_seal(h, CITY_BUREAU, refused, NULL, &message);
    tries_submit(h, &scarce, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "revision_unknown", "");
    tries_submit(h, &scarce, xj_buf_slice(&message)); /* known */
    xj_buf_free(&message);
    hand_number(h, CITY_BUREAU, refused);
    header_of_no_form(h, refused, &message);
    tries_submit(h, &scarce, xj_buf_slice(&message));
    hand_refused(h, CITY_BUREAU, "malformed", "field 0");
    xj_buf_free(&message);
    until_done(h, CITY_POLICE, put_register_get, NULL);
    until_done(h, CITY_REGISTRAR, put_register, CITY_PROC);
    until_done(h, CITY_BUREAU, put_nothing, NULL);
    xj_outgoing_free(out);
    xj_outgoing_free(refused);
    assert_true(world_sound(h->w)); /* the agents know nothing of what the hand said in their name */
    assert_int_equal(world_exchange_open(h->w), XJ_OK);
}

static void put_handback(struct hand *h, struct xj_buf *frame, const void *arg)
{
    const struct item *i = arg;
    const struct xj_handback head = {.from = 1, .next = 1, .ledger_size = 1000};
    xj_frame_handback(frame, hand_of(h, handed_agencies[i->from])->epoch, 1, &head, 1);
    xj_frame_put_handback(frame, i->kind, xj_buf_slice(&i->statement), xj_buf_slice(&i->signature), xj_buf_slice(&i->message));
    xj_frame_put_digests(frame, xj_slice_of(NULL, 0));
}

static void put_waiting(struct hand *h, struct xj_buf *frame, const void *arg)
{
    (void)frame;
    (void)arg;
    h->w->now_ms += INT64_C(3600000);
}

/* A lost journal: each piece that comes back, and the resumption. */
static void exchange__without_memory_is_rebuilt_all_the_same(void **state)
{
    struct hand *h = *state;
    struct xj_exchange_figures f;
    handed_lose_twice(h);
    handed_begin(h);
    for (unsigned kinds = 0, i = 0; i < handed_count; i++) { /* the first of each kind under want, the others as they are */
        if ((kinds & 1u << handed[i].kind) != 0)
            handed_back(h, &handed[i], 1, 1);
        else
            until_done(h, handed_agencies[handed[i].from], put_handback, &handed[i]);
        kinds |= 1u << handed[i].kind;
    }
    until_done(h, CITY_REGISTRAR, put_waiting, NULL);
    xj_exchange_figures(h->w->core, &f);
    assert_false(f.recovering);
    handed_free_all();
    assert_true(world_sound(h->w));
    assert_int_equal(world_exchange_open(h->w), XJ_OK);
}

static void exchange__without_memory_does_not_open_or_opens_whole(void **state)
{
    struct hand *h = *state;
    bool struck = true;
    hand_hello(h, CITY_BUREAU);
    for (size_t n = 1; struck; n = scarce_next(n)) {
        struct xj_exchange *x;
        const struct xj_exchange_options o = {.db = h->w->exchange.db, .log = h->w->exchange.log, .env = &h->w->exchange.env,
                                              .keys = &h->w->exchange_keys, .anchor = &h->w->anchor};
        scarce_at(n);
        const enum xj_err err = xj_exchange_open(&o, &x);
        struck = scarce_over();
        if (err != XJ_OK && err != XJ_ENOMEM)
            fail_msg("allocation %zu: %s", n, xj_err_name(err));
        assert_true((err == XJ_OK) == (x != NULL));
        xj_exchange_close(x);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, hand_up, hand_down)
    const struct CMUnitTest tests[] = {
        TEST(exchange__without_memory_does_all_or_nothing),
        TEST(exchange__without_memory_is_rebuilt_all_the_same),
        TEST(exchange__without_memory_does_not_open_or_opens_whole),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
