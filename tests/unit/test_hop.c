/* Hop frames: every type there and back, shapes refused, signatures as the bytes that came. Spec: spec/04-exchange.md, 2. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/hop.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define EPOCH 7u
#define NUMBER 9u

static const uint8_t sig_a[] = {0x92, 0x00, 0xc4, 0x02, 0x55, 0x66}, sig_b[] = {0x92, 0x00, 0xc4, 0x01, 0x77};

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

static struct xj_slice first_sig(void)
{
    return xj_slice_of(sig_a, sizeof sig_a);
}

static struct xj_slice second_sig(void)
{
    return xj_slice_of(sig_b, sizeof sig_b);
}

static struct xj_hash hash_of(uint8_t fill)
{
    struct xj_hash h;
    memset(h.b, fill, sizeof h.b);
    return h;
}

static struct xj_hello full_hello(void)
{
    struct xj_hello h = {.last_epoch = 1, .ledger_size = 2, .ledger_head = hash_of(3), .own_number = 4,
                         .has_own_digest = true, .own_digest = hash_of(5), .mailbox = 6, .feed = 7, .register_number = 8,
                         .credit = 9, .software = str("xianjie 1")};
    memset(h.store.b, 1, sizeof h.store.b);
    memset(h.nonce.b, 2, sizeof h.nonce.b);
    return h;
}

static struct xj_welcome full_welcome(void)
{
    struct xj_welcome w = {.epoch = EPOCH, .ledger_size = 2, .ledger_head = hash_of(3), .own_number = 4,
                           .mailbox_stored = 5, .mailbox_head = 6, .feed_head = 7, .register_head = 8, .time_ms = -9};
    memset(w.store.b, 1, sizeof w.store.b);
    return w;
}

/* The types in their order; INVALID behind the last. */
static enum xj_frame_type behind(enum xj_frame_type type)
{
    return type == XJ_F_PAST ? XJ_F_HANDBACK : type == XJ_F_HANDBACK ? XJ_F_HANDBACK_GET
         : type == XJ_F_HANDBACK_GET ? XJ_F_UNRECOVERED : type == XJ_F_UNRECOVERED ? XJ_F_CONFIRM
         : type == XJ_F_ORDER_GET ? XJ_F_INVALID : type + 1;
}

static void put_frame(struct xj_buf *out, enum xj_frame_type type)
{
    struct xj_hello hello = full_hello();
    struct xj_welcome welcome = full_welcome();
    struct xj_hash digests[2] = {hash_of(1), hash_of(2)};
    struct xj_notice notice = {.code = str("need"), .number = 3, .digests = xj_slice_of(digests, sizeof digests),
                               .digest_count = 2, .text_zh = str("缺少文书"), .text_en = str("papers are missing")};
    struct xj_pulse pulse = {.time_ms = 1700000000000, .mailbox_head = 1, .feed_head = 2, .register_head = 3};
    struct xj_handback handback = {.from = 5, .next = 9, .ledger_size = 8};
    switch (type) {
    case XJ_F_HELLO: xj_frame_hello(out, NUMBER, &hello); break;
    case XJ_F_WELCOME: xj_frame_welcome(out, NUMBER, &welcome); break;
    case XJ_F_NOTICE: xj_frame_notice(out, EPOCH, NUMBER, &notice); break;
    case XJ_F_PULSE: xj_frame_pulse(out, EPOCH, NUMBER, &pulse); break;
    case XJ_F_HEARTBEAT: xj_frame_heartbeat(out, EPOCH, NUMBER); break;
    case XJ_F_FEED_GET:
    case XJ_F_PAST_GET:
    case XJ_F_REGISTER_GET: xj_frame_get(out, type, EPOCH, NUMBER, 11); break;
    case XJ_F_PAPER_GET: xj_frame_paper_get(out, EPOCH, NUMBER, &digests[0]); break;
    case XJ_F_PAPER_PUT:
    case XJ_F_PAPER: xj_frame_paper(out, type, EPOCH, NUMBER, &digests[0], str("sealed")); break;
    case XJ_F_STORED: xj_frame_stored(out, EPOCH, NUMBER, str("statement"), first_sig(), 12); break;
    case XJ_F_REGISTER_PUT: xj_frame_register_put(out, EPOCH, NUMBER, str("entry"), first_sig()); break;
    case XJ_F_REGISTERED: xj_frame_registered(out, EPOCH, NUMBER, 13); break;
    case XJ_F_HANDBACK: xj_frame_handback(out, EPOCH, NUMBER, &handback, 2); break;
    case XJ_F_HANDBACK_GET: xj_frame_handback_get(out, EPOCH, NUMBER, 11, xj_slice_of(digests, sizeof digests)); break;
    case XJ_F_UNRECOVERED: xj_frame_unrecovered(out, EPOCH, NUMBER, str("statement"), first_sig()); break;
    case XJ_F_SUBMIT: case XJ_F_ANSWER: case XJ_F_DELIVER: case XJ_F_FEED: case XJ_F_REGISTER_ENTRIES:
        xj_frame_list(out, type, EPOCH, NUMBER, 14, 2);
        break;
    case XJ_F_PAST: xj_frame_past(out, EPOCH, NUMBER, 14, 15, 2); break;
    case XJ_F_CONFIRM: xj_frame_confirm(out, EPOCH, NUMBER, str("statement"), first_sig()); break;
    case XJ_F_CONFIRMED: xj_frame_list(out, type, EPOCH, NUMBER, 0, 2); break;
    case XJ_F_ORDER_GET: xj_frame_order_get(out, EPOCH, NUMBER, digests[0].b); break;
    case XJ_F_INVALID: default: fail();
    }
    for (uint64_t i = 1; i <= 2; i++) {
        struct xj_slice sig = i == 1 ? first_sig() : second_sig();
        if (type == XJ_F_SUBMIT)
            xj_frame_put_submit(out, i == 1 ? str("one") : str("two"));
        if (type == XJ_F_ANSWER)
            xj_frame_put_answer(out, (unsigned)i, str("answer"), sig);
        if (type == XJ_F_DELIVER)
            xj_frame_put_deliver(out, i, str("message"), str("statement"), sig);
        if (type == XJ_F_FEED)
            xj_frame_put_feed(out, str("delivered"), sig, i == 1 ? str("stored") : str(""), second_sig());
        if (type == XJ_F_REGISTER_ENTRIES || type == XJ_F_CONFIRMED)
            xj_frame_put_entry(out, str("entry"), sig);
        if (type == XJ_F_PAST)
            xj_frame_put_past(out, i == 1 ? 3 : 5, i == 1 ? str("message") : str(""), str("statement"), sig);
        if (type == XJ_F_HANDBACK)
            xj_frame_put_handback(out, (unsigned)i + 2, str("statement"), sig, i == 1 ? str("message") : str(""));
    }
    if (type == XJ_F_HANDBACK)
        xj_frame_put_digests(out, xj_slice_of(digests, sizeof digests));
    assert_int_equal(out->err, XJ_OK);
}

/* Opens the frame and walks its items as a reader must: the first error found by either. */
static enum xj_err read_all(struct xj_slice bytes, size_t *ret_items)
{
    struct xj_frame f;
    struct xj_frame_item item;
    size_t items = 0;
    enum xj_err err = xj_frame_open(bytes, &f);
    if (err != XJ_OK)
        return err;
    while (xj_frame_next(&f, &item))
        items++;
    struct xj_hash digest;
    while (xj_frame_next_digest(&f, &digest))
        ;
    if (f.items.bad || f.digests.bad)
        err = XJ_EMALFORMED;
    xj_frame_close(&f);
    xj_frame_close(&f); /* twice is allowed */
    if (ret_items != NULL)
        *ret_items = items;
    return err;
}

static struct xj_frame open_good(struct xj_buf *out, enum xj_frame_type type)
{
    struct xj_frame f;
    xj_buf_init(out, XJ_MAX_FRAME_BYTES);
    put_frame(out, type);
    assert_int_equal(xj_frame_open(xj_buf_slice(out), &f), XJ_OK);
    assert_int_equal(f.type, type);
    assert_int_equal(f.number, NUMBER);
    assert_int_equal(f.epoch, type == XJ_F_HELLO ? 0 : EPOCH);
    return f;
}

static void hello_and_welcome__go_there_and_back(void **state)
{
    (void)state;
    struct xj_buf out, again;
    struct xj_frame f = open_good(&out, XJ_F_HELLO);
    xj_buf_init(&again, 4096);
    xj_frame_hello(&again, f.number, &f.hello);
    assert_true(xj_slice_eq(xj_buf_slice(&out), xj_buf_slice(&again)));
    assert_true(f.hello.has_own_digest && xj_slice_is(f.hello.software, "xianjie 1"));
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_WELCOME);
    xj_buf_reset(&again);
    xj_frame_welcome(&again, f.number, &f.welcome);
    assert_true(xj_slice_eq(xj_buf_slice(&out), xj_buf_slice(&again)));
    assert_false(f.welcome.has_own_digest);
    assert_int_equal(f.welcome.time_ms, -9);
    xj_frame_close(&f);
    xj_buf_free(&out);
    xj_buf_free(&again);
}

static void notice__gives_its_digests_as_items(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame_item item;
    struct xj_frame f = open_good(&out, XJ_F_NOTICE);
    assert_true(xj_slice_is(f.notice.code, "need") && xj_slice_is(f.notice.text_zh, "缺少文书"));
    assert_true(xj_slice_is(f.notice.text_en, "papers are missing"));
    assert_int_equal(f.notice.number, 3);
    assert_int_equal(f.notice.digest_count, 2);
    for (uint8_t i = 1; i <= 2; i++) {
        struct xj_hash expected = hash_of(i);
        assert_true(xj_frame_next(&f, &item));
        assert_true(xj_hash_eq(&item.digest, &expected));
    }
    assert_false(xj_frame_next(&f, &item));
    assert_false(f.items.bad);
    xj_frame_close(&f);
    xj_buf_free(&out);
}

static void single_frames__give_back_their_fields(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_hash digest = hash_of(1);
    static const struct {
        enum xj_frame_type type;
        uint64_t n;
        const char *bytes;
        bool digest, signature;
    } cases[] = {
        {XJ_F_FEED_GET, 11, "", false, false},     {XJ_F_REGISTER_GET, 11, "", false, false},
        {XJ_F_REGISTERED, 13, "", false, false},   {XJ_F_PAPER_GET, 0, "", true, false},
        {XJ_F_PAPER_PUT, 0, "sealed", true, false}, {XJ_F_PAPER, 0, "sealed", true, false},
        {XJ_F_STORED, 12, "statement", false, true}, {XJ_F_REGISTER_PUT, 0, "entry", false, true},
        {XJ_F_HEARTBEAT, 0, "", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct xj_frame f = open_good(&out, cases[i].type);
        assert_int_equal(f.n, cases[i].n);
        assert_true(xj_slice_is(f.bytes, cases[i].bytes));
        assert_int_equal(xj_hash_eq(&f.digest, &digest), cases[i].digest);
        assert_int_equal(xj_slice_eq(f.signature, first_sig()), cases[i].signature);
        xj_frame_close(&f);
        xj_buf_free(&out);
    }
    struct xj_frame f = open_good(&out, XJ_F_PULSE);
    assert_int_equal(f.pulse.time_ms, 1700000000000);
    assert_int_equal(f.pulse.mailbox_head, 1);
    assert_int_equal(f.pulse.feed_head, 2);
    assert_int_equal(f.pulse.register_head, 3);
    xj_frame_close(&f);
    xj_buf_free(&out);
}

static void submit_and_answer__give_their_items(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame_item item;
    struct xj_frame f = open_good(&out, XJ_F_SUBMIT);
    assert_true(xj_frame_next(&f, &item) && xj_slice_is(item.message, "one"));
    assert_true(xj_frame_next(&f, &item) && xj_slice_is(item.message, "two"));
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_ANSWER);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(xj_frame_next(&f, &item));
        assert_int_equal(item.number, i);
        assert_true(xj_slice_is(item.statement, "answer"));
        assert_true(xj_slice_eq(item.signature, i == 1 ? first_sig() : second_sig()));
    }
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    xj_buf_free(&out);
}

static void headed_lists__give_their_head_and_items(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame_item item;
    struct xj_frame f = open_good(&out, XJ_F_DELIVER);
    assert_int_equal(f.n, 14);
    for (uint64_t i = 1; i <= 2; i++) {
        assert_true(xj_frame_next(&f, &item));
        assert_int_equal(item.number, i);
        assert_true(xj_slice_is(item.message, "message") && xj_slice_is(item.statement, "statement"));
        assert_true(xj_slice_eq(item.signature, i == 1 ? first_sig() : second_sig()));
    }
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_FEED);
    assert_int_equal(f.n, 14);
    assert_true(xj_frame_next(&f, &item));
    assert_true(xj_slice_is(item.stored, "stored") && xj_slice_eq(item.stored_signature, second_sig()));
    assert_true(xj_slice_eq(item.signature, first_sig()));
    assert_true(xj_frame_next(&f, &item));
    assert_true(item.stored.n == 0 && item.stored_signature.n == 0 && xj_slice_eq(item.signature, second_sig()));
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_REGISTER_ENTRIES);
    assert_int_equal(f.n, 14);
    assert_true(xj_frame_next(&f, &item) && xj_slice_is(item.statement, "entry"));
    assert_true(xj_slice_eq(item.signature, first_sig()));
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_PAST);
    assert_true(f.n == 14 && f.next == 15);
    assert_true(xj_frame_next(&f, &item) && item.number == 3 && xj_slice_is(item.message, "message"));
    assert_true(xj_frame_next(&f, &item) && item.number == 5 && item.message.n == 0 && xj_slice_is(item.statement, "statement"));
    assert_true(xj_slice_eq(item.signature, second_sig()));
    assert_false(xj_frame_next(&f, &item));
    xj_frame_close(&f);
    xj_buf_free(&out);
}

static void paper__that_is_not_there_is_nil_in_one_direction_only(void **state)
{
    (void)state;
    struct xj_hash digest = hash_of(1);
    for (enum xj_frame_type type = XJ_F_PAPER_PUT; type <= XJ_F_PAPER; type += XJ_F_PAPER - XJ_F_PAPER_PUT) {
        struct xj_buf out;
        struct xj_frame f;
        xj_buf_init(&out, 256);
        xj_frame_paper(&out, type, EPOCH, NUMBER, &digest, str(""));
        enum xj_err err = xj_frame_open(xj_buf_slice(&out), &f);
        assert_int_equal(err, type == XJ_F_PAPER ? XJ_OK : XJ_EMALFORMED);
        if (err == XJ_OK) {
            assert_int_equal(f.bytes.n, 0);
            xj_frame_close(&f);
        }
        xj_buf_free(&out);
    }
}

/* Copies the frame with field i replaced by the value, or one nil more (i = arity), or the last field left out (value.n = 0). */
static void change(struct xj_slice frame, uint32_t i, struct xj_slice value, struct xj_buf *out)
{
    struct xj_slice rest = frame, span;
    uint32_t count;
    static const uint8_t nil[] = {0xc0};
    assert_true(xj_span_enter(&rest, &count));
    uint32_t arity = value.n == 0 ? count - 1 : i == count ? count + 1 : count;
    xj_put_array(out, arity);
    for (uint32_t k = 0; k < arity; k++) {
        if (k < count)
            assert_true(xj_span_next(&rest, &span));
        else
            span = xj_slice_of(nil, 1);
        xj_put_raw(out, k == i && value.n > 0 ? value : span);
    }
}

static void handback__carries_entries_and_what_is_absent(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame_item item;
    struct xj_hash digest;
    struct xj_frame f = open_good(&out, XJ_F_HANDBACK);
    assert_int_equal(f.handback.from, 5);
    assert_int_equal(f.handback.next, 9);
    assert_int_equal(f.handback.ledger_size, 8);
    assert_true(xj_frame_next(&f, &item));
    assert_int_equal(item.number, 3);
    assert_true(xj_slice_is(item.message, "message"));
    assert_true(xj_slice_eq(item.signature, first_sig()));
    assert_true(xj_frame_next(&f, &item));
    assert_int_equal(item.message.n, 0);
    assert_false(xj_frame_next(&f, &item));
    assert_true(xj_frame_next_digest(&f, &digest));
    assert_true(xj_frame_next_digest(&f, &digest));
    const struct xj_hash second = hash_of(2);
    assert_true(xj_hash_eq(&digest, &second));
    assert_false(xj_frame_next_digest(&f, &digest));
    xj_frame_close(&f);
    xj_buf_free(&out);
    f = open_good(&out, XJ_F_UNRECOVERED);
    assert_true(xj_slice_is(f.bytes, "statement"));
    xj_frame_close(&f);
    xj_buf_free(&out);
}

static void every_type__refuses_cuts_and_another_arity(void **state)
{
    (void)state;
    static const uint8_t nil[] = {0xc0};
    for (enum xj_frame_type type = XJ_F_HELLO; type != XJ_F_INVALID; type = behind(type)) {
        struct xj_buf out, other;
        struct xj_frame f = open_good(&out, type);
        xj_frame_close(&f);
        struct xj_slice whole = xj_buf_slice(&out);
        for (size_t n = 0; n < whole.n; n++)
            assert_int_equal(read_all(xj_slice_of(whole.p, n), NULL), XJ_EMALFORMED);
        uint32_t arity = whole.p[0] == 0xdc ? whole.p[2] : whole.p[0] & 0x0fu;
        xj_buf_init(&other, 4096);
        change(whole, arity, xj_slice_of(nil, 1), &other);
        assert_int_equal(read_all(xj_buf_slice(&other), NULL), XJ_EMALFORMED);
        xj_buf_reset(&other);
        change(whole, 0, xj_slice_of(NULL, 0), &other);
        assert_int_equal(read_all(xj_buf_slice(&other), NULL), XJ_EMALFORMED);
        xj_buf_free(&other);
        xj_buf_free(&out);
    }
}

static void every_field__refuses_another_type(void **state)
{
    (void)state;
    static const uint8_t yes[] = {0xc3};
    for (enum xj_frame_type type = XJ_F_HELLO; type != XJ_F_INVALID; type = behind(type)) {
        struct xj_buf out, other;
        struct xj_frame f = open_good(&out, type);
        xj_frame_close(&f);
        uint32_t arity = out.p[0] == 0xdc ? out.p[2] : out.p[0] & 0x0fu;
        bool signed_frame = type == XJ_F_STORED || type == XJ_F_REGISTER_PUT || type == XJ_F_UNRECOVERED || type == XJ_F_CONFIRM;
        for (uint32_t i = 0; i < arity; i++) {
            if (signed_frame && i == 5)
                continue; /* what stands in the place of a signature is for xj_verify to see */
            xj_buf_init(&other, 4096);
            change(xj_buf_slice(&out), i, xj_slice_of(yes, 1), &other);
            assert_int_equal(read_all(xj_buf_slice(&other), NULL), XJ_EMALFORMED);
            xj_buf_free(&other);
        }
        xj_buf_free(&out);
    }
}

static void frame__refuses_unknown_types_and_protocols(void **state)
{
    (void)state;
    struct xj_buf out;
    for (unsigned type = 0; type < 128; type++)
        for (unsigned protocol = 0; protocol < 3; protocol++) {
            xj_buf_init(&out, 64);
            xj_put_array(&out, 4);
            xj_put_uint(&out, type);
            xj_put_uint(&out, protocol);
            xj_put_uint(&out, EPOCH);
            xj_put_uint(&out, NUMBER);
            bool good = type == XJ_F_HEARTBEAT && protocol == 1;
            assert_int_equal(read_all(xj_buf_slice(&out), NULL), good ? XJ_OK : XJ_EMALFORMED);
            xj_buf_free(&out);
        }
}

static void frame__names_the_type_it_recognised_in_a_bad_frame(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame f;
    xj_buf_init(&out, 64);
    xj_put_array(&out, 5);
    xj_put_uint(&out, XJ_F_FEED_GET);
    xj_put_uint(&out, 1);
    xj_put_uint(&out, EPOCH);
    xj_put_uint(&out, NUMBER);
    xj_put_nil(&out);
    assert_int_equal(xj_frame_open(xj_buf_slice(&out), &f), XJ_EMALFORMED);
    assert_int_equal(f.type, XJ_F_FEED_GET);
    assert_false(f.doc.open);
    xj_buf_free(&out);
}

static void frame__over_its_bytes_or_values_is_a_limit(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_frame f;
    uint8_t *big = calloc(1, XJ_MAX_FRAME_BYTES + 1);
    assert_non_null(big);
    assert_int_equal(xj_frame_open(xj_slice_of(big, XJ_MAX_FRAME_BYTES + 1), &f), XJ_ELIMIT);
    free(big);
    xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
    xj_put_array(&out, XJ_MAX_FRAME_NODES);
    for (size_t i = 0; i < XJ_MAX_FRAME_NODES; i++)
        xj_put_nil(&out);
    assert_int_equal(xj_frame_open(xj_buf_slice(&out), &f), XJ_ELIMIT);
    xj_buf_free(&out);
}

static void submit__holds_1_to_256_messages(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 1, XJ_MAX_BATCH, XJ_MAX_BATCH + 1};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct xj_buf out;
        size_t items = 0;
        bool good = counts[i] >= 1 && counts[i] <= XJ_MAX_BATCH;
        xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
        xj_frame_list(&out, XJ_F_SUBMIT, EPOCH, NUMBER, 0, counts[i]);
        for (uint32_t k = 0; k < counts[i]; k++)
            xj_frame_put_submit(&out, str("m"));
        assert_int_equal(read_all(xj_buf_slice(&out), &items), good ? XJ_OK : XJ_EMALFORMED);
        assert_int_equal(items, good ? counts[i] : 0);
        xj_buf_free(&out);
    }
}

static void deliver__may_be_empty_and_holds_256(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, XJ_MAX_BATCH, XJ_MAX_BATCH + 1};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct xj_buf out;
        xj_buf_init(&out, XJ_MAX_FRAME_BYTES);
        xj_frame_list(&out, XJ_F_DELIVER, EPOCH, NUMBER, 1, counts[i]);
        for (uint32_t k = 0; k < counts[i]; k++)
            xj_frame_put_deliver(&out, k + 1, str("m"), str("s"), first_sig());
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), counts[i] > XJ_MAX_BATCH ? XJ_EMALFORMED : XJ_OK);
        xj_buf_free(&out);
    }
}

/* A list frame whose second item is one true instead. */
static void a_bad_item__spoils_the_list_and_is_seen(void **state)
{
    (void)state;
    static const enum xj_frame_type types[] = {XJ_F_SUBMIT, XJ_F_ANSWER, XJ_F_DELIVER, XJ_F_FEED, XJ_F_REGISTER_ENTRIES};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct xj_buf out;
        xj_buf_init(&out, 4096);
        xj_frame_list(&out, types[i], EPOCH, NUMBER, 14, 2);
        switch (types[i]) {
        case XJ_F_SUBMIT: xj_frame_put_submit(&out, str("m")); break;
        case XJ_F_ANSWER: xj_frame_put_answer(&out, 1, str("s"), first_sig()); break;
        case XJ_F_DELIVER: xj_frame_put_deliver(&out, 1, str("m"), str("s"), first_sig()); break;
        case XJ_F_FEED: xj_frame_put_feed(&out, str("s"), first_sig(), str(""), str("")); break;
        default: xj_frame_put_entry(&out, str("e"), first_sig()); break;
        }
        xj_put_bool(&out, true);
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), XJ_EMALFORMED);
        xj_buf_free(&out);
    }
}

static void answer__refuses_other_kinds(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct xj_buf out;
        xj_buf_init(&out, 256);
        xj_frame_list(&out, XJ_F_ANSWER, EPOCH, NUMBER, 0, 1);
        xj_frame_put_answer(&out, kind, str("s"), first_sig());
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), kind == 1 || kind == 2 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&out);
    }
}

static void past__has_a_message_with_answers_and_none_with_stored_statements(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 8; kind++)
        for (int message = 0; message < 2; message++) {
            struct xj_buf out;
            xj_buf_init(&out, 256);
            xj_frame_past(&out, EPOCH, NUMBER, 1, 2, 1);
            xj_frame_put_past(&out, kind, message ? str("m") : str(""), str("s"), first_sig());
            const bool good = message ? kind == 3 || kind == 4 : kind == 5;
            assert_int_equal(read_all(xj_buf_slice(&out), NULL), good ? XJ_OK : XJ_EMALFORMED);
            xj_buf_free(&out);
        }
}

static void feed__refuses_a_stored_statement_without_its_signature(void **state)
{
    (void)state;
    for (int what = 0; what < 2; what++) {
        struct xj_buf out;
        xj_buf_init(&out, 256);
        xj_frame_list(&out, XJ_F_FEED, EPOCH, NUMBER, 1, 1);
        xj_put_array(&out, 4);
        xj_put_bins(&out, str("s"));
        xj_put_raw(&out, first_sig());
        if (what == 0) {
            xj_put_bins(&out, str("stored"));
            xj_put_nil(&out);
        } else {
            xj_put_nil(&out);
            xj_put_raw(&out, second_sig());
        }
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), XJ_EMALFORMED);
        xj_buf_free(&out);
    }
}

static void signatures__over_2_kib_are_refused(void **state)
{
    (void)state;
    for (size_t extra = 0; extra < 2; extra++) {
        struct xj_buf sig, out;
        uint8_t zero[XJ_MAX_SIGNATURE_BYTES] = {0};
        xj_buf_init(&sig, 2 * XJ_MAX_SIGNATURE_BYTES);
        xj_put_array(&sig, 2);
        xj_put_uint(&sig, 0);
        xj_put_bin(&sig, zero, XJ_MAX_SIGNATURE_BYTES - 5 + extra);
        assert_int_equal(sig.n, XJ_MAX_SIGNATURE_BYTES + extra);
        xj_buf_init(&out, 8192);
        xj_frame_stored(&out, EPOCH, NUMBER, str("s"), xj_buf_slice(&sig), 1);
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), extra == 0 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_reset(&out);
        xj_frame_list(&out, XJ_F_ANSWER, EPOCH, NUMBER, 0, 1);
        xj_frame_put_answer(&out, 1, str("s"), xj_buf_slice(&sig));
        assert_int_equal(read_all(xj_buf_slice(&out), NULL), extra == 0 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&sig);
        xj_buf_free(&out);
    }
}

static void span_element__finds_every_element_and_no_more(void **state)
{
    (void)state;
    struct xj_buf out;
    struct xj_slice span;
    uint64_t v;
    xj_buf_init(&out, 4096);
    xj_put_array(&out, 20);
    for (uint64_t i = 0; i < 20; i++) {
        if (i % 2 == 0) {
            xj_put_uint(&out, i << (3 * i));
        } else { /* nested, so that skipping must count */
            xj_put_map(&out, 1);
            xj_put_cstr(&out, "k");
            xj_put_array(&out, 2);
            xj_put_int(&out, -70000);
            xj_put_bin(&out, "0123456789", i % 10);
        }
    }
    for (uint32_t i = 0; i < 20; i += 2) {
        assert_true(xj_span_element(xj_buf_slice(&out), i, &span));
        assert_true(xj_span_uint(span, &v) && v == (uint64_t)i << (3 * i));
    }
    assert_false(xj_span_element(xj_buf_slice(&out), 20, &span));
    assert_false(xj_span_element(xj_slice_of(out.p, out.n - 1), 19, &span));
    assert_false(xj_span_element(xj_slice_of(out.p + 3, out.n - 3), 0, &span));
    xj_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hello_and_welcome__go_there_and_back),
        cmocka_unit_test(notice__gives_its_digests_as_items),
        cmocka_unit_test(single_frames__give_back_their_fields),
        cmocka_unit_test(submit_and_answer__give_their_items),
        cmocka_unit_test(headed_lists__give_their_head_and_items),
        cmocka_unit_test(paper__that_is_not_there_is_nil_in_one_direction_only),
        cmocka_unit_test(handback__carries_entries_and_what_is_absent),
        cmocka_unit_test(every_type__refuses_cuts_and_another_arity),
        cmocka_unit_test(every_field__refuses_another_type),
        cmocka_unit_test(frame__refuses_unknown_types_and_protocols),
        cmocka_unit_test(frame__names_the_type_it_recognised_in_a_bad_frame),
        cmocka_unit_test(frame__over_its_bytes_or_values_is_a_limit),
        cmocka_unit_test(submit__holds_1_to_256_messages),
        cmocka_unit_test(deliver__may_be_empty_and_holds_256),
        cmocka_unit_test(a_bad_item__spoils_the_list_and_is_seen),
        cmocka_unit_test(answer__refuses_other_kinds),
        cmocka_unit_test(past__has_a_message_with_answers_and_none_with_stored_statements),
        cmocka_unit_test(feed__refuses_a_stored_statement_without_its_signature),
        cmocka_unit_test(signatures__over_2_kib_are_refused),
        cmocka_unit_test(span_element__finds_every_element_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
