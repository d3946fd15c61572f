/* The owner's notes and what orders leave in a ledger: each value of a well-formed head made another, one at a time.
 * Spec: spec/05-ledger.md, section 2; spec/12-detection.md, 5; spec/04-exchange.md, 12 and 13; spec/18-orders.md, 1 and 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "schema/ledger/rebuilt.h"
#include "schema/ledger/recovery.h"
#include "schema/ledger/told.h"
#include "schema/trust/order.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/pack.h"
#include "tests/unit/mutate.h"

#define NODES 4096u
#define BYTES(text) {(const uint8_t *)(text), sizeof text - 1}

typedef enum xj_err decoder(struct xj_slice head);

static enum xj_err told_decode(struct xj_slice head)
{
    struct xj_told t;
    return xj_told_decode(head, &t);
}

static enum xj_err recovery_decode(struct xj_slice head)
{
    struct xj_recovery r;
    return xj_recovery_decode(head, &r);
}

static enum xj_err rebuilt_decode(struct xj_slice head)
{
    struct xj_rebuilt r;
    return xj_rebuilt_decode(head, &r);
}

static enum xj_err destroyed_decode(struct xj_slice head)
{
    struct xj_destroyed d;
    const enum xj_err err = xj_destroyed_decode(head, &d);
    xj_destroyed_free(&d);
    return err;
}

static enum xj_err opened_decode(struct xj_slice head)
{
    struct xj_opened o;
    return xj_opened_decode(head, &o);
}

/* ---- well-formed heads ---- */

static void put_told(struct xj_buf *out, enum xj_told_event event)
{
    const struct xj_told t = {.event = event, .case_id = {{1}}, .name = xj_slice_cstr("R_04"), .answerable = xj_slice_cstr("350000-a"),
                              .trigger = {{2}}, .severity = 3, .at_ms = 5,
                              .by = xj_slice_cstr(event == XJ_TOLD_RAISED ? "" : "王"),
                              .reason = xj_slice_cstr(event == XJ_TOLD_CLEARED ? "误报" : "")};
    xj_told_encode(&t, out);
}

static void raised(struct xj_buf *out) { put_told(out, XJ_TOLD_RAISED); }
static void delivered(struct xj_buf *out) { put_told(out, XJ_TOLD_DELIVERED); }
static void cleared(struct xj_buf *out) { put_told(out, XJ_TOLD_CLEARED); }

static void recovery(struct xj_buf *out)
{
    const struct xj_recovery r = {.epoch = 2, .lost = {.size = 9, .own_number = 1, .mailbox = 3, .feed = 4}};
    xj_recovery_encode(&r, out);
}

static void put_rebuilt(struct xj_buf *out, enum xj_rebuilt_stage stage)
{
    static const char agencies[] = "350000-a\0" "350000-b"; /* each with its NUL */
    const struct xj_rebuilt r = {.stage = stage, .agency = xj_slice_cstr("350000-a"), .count = 4, .offset = 100, .lost_count = 2,
                                 .heard = xj_slice_of(agencies, sizeof agencies), .missing = xj_slice_of(agencies, 9)};
    xj_rebuilt_encode(&r, out);
}

static void begun(struct xj_buf *out) { put_rebuilt(out, XJ_REBUILT_BEGUN); }
static void taken(struct xj_buf *out) { put_rebuilt(out, XJ_REBUILT_TAKEN); }
static void resumed(struct xj_buf *out) { put_rebuilt(out, XJ_REBUILT_RESUMED); }

static void put_destroyed(struct xj_buf *out, const char *holder)
{
    struct xj_id messages[2] = {{{1}}, {{2}}};
    struct xj_hash digests[2] = {{{1}}, {{2}}};
    struct xj_slice holders[1] = {xj_slice_cstr("350000-a")};
    const bool exchange = strcmp(holder, "exchange") == 0;
    const struct xj_destroyed d = {.holder = xj_slice_cstr(holder), .order_number = 3, .register_number = 4, .last = true,
                                   .messages = messages, .message_count = 2, .digests = digests, .digest_count = 2,
                                   .holders = holders, .holder_count = exchange};
    xj_destroyed_encode(&d, out);
}

static void destroyed(struct xj_buf *out) { put_destroyed(out, "350000-a"); }
static void destroyed_by_exchange(struct xj_buf *out) { put_destroyed(out, "exchange"); }

static void opened(struct xj_buf *out)
{
    const struct xj_opened o = {.order_number = 9, .has_paper = true, .by = xj_slice_cstr("甲"), .second = xj_slice_cstr("乙"),
                                .reason = xj_slice_cstr("办案")};
    xj_opened_encode(&o, out);
}

static const struct {
    const char *name;
    void (*put)(struct xj_buf *out);
    decoder *decode;
} heads[] = {{"raised", raised, told_decode},       {"delivered", delivered, told_decode}, {"cleared", cleared, told_decode},
             {"recovery", recovery, recovery_decode}, {"begun", begun, rebuilt_decode},    {"taken", taken, rebuilt_decode},
             {"resumed", resumed, rebuilt_decode},  {"destroyed", destroyed, destroyed_decode},
             {"destroyed by the exchange", destroyed_by_exchange, destroyed_decode}, {"opened", opened, opened_decode}};

static void bent(const char *name, decoder *decode, const msgpack_object *root, enum mutation how)
{
    size_t total = 1, passed;
    struct xj_buf out;
    xj_buf_init(&out, 65536);
    for (size_t target = 0; target < total; target++) {
        xj_buf_reset(&out);
        (void)mutate(root, how, SIZE_MAX, &out, &total);
        xj_buf_reset(&out);
        if (mutate(root, how, target, &out, &passed) && decode(xj_buf_slice(&out)) != XJ_EMALFORMED)
            fail_msg("%s, change %d of value %zu is taken", name, (int)how, target);
    }
    xj_buf_free(&out);
}

static void heads__with_one_value_made_another_are_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        struct xj_buf good;
        struct xj_doc doc;
        xj_buf_init(&good, 65536);
        heads[i].put(&good);
        assert_int_equal(good.err, XJ_OK);
        assert_int_equal(heads[i].decode(xj_buf_slice(&good)), XJ_OK);
        assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&good), NODES), XJ_OK);
        for (int how = MUTATE_TO_MAP; how <= MUTATE_CUT; how++)
            bent(heads[i].name, heads[i].decode, &doc.root, (enum mutation)how);
        xj_doc_close(&doc);
        for (size_t n = 0; n < good.n; n++)
            assert_int_equal(heads[i].decode(xj_slice_of(good.p, n)), XJ_EMALFORMED);
        xj_buf_free(&good);
    }
}

/* ---- single values ---- */

static const struct {
    void (*put)(struct xj_buf *out);
    decoder *decode;
    int path[3];
    struct xj_slice bytes;
    enum xj_err err;
} singles[] = {
    {raised, told_decode, {0, -1}, BYTES("\0"), XJ_EMALFORMED}, /* no event */
    {raised, told_decode, {0, -1}, BYTES("\5"), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa2" "A9"), XJ_OK},
    {raised, told_decode, {3, -1}, BYTES("\xa1" "@"), XJ_EMALFORMED}, /* below A */
    {raised, told_decode, {3, -1}, BYTES("\xa1" "a"), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa2" "A@"), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa2" "A["), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa2" "A/"), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa2" "A:"), XJ_EMALFORMED},
    {raised, told_decode, {3, -1}, BYTES("\xa0"), XJ_EMALFORMED},
    {raised, told_decode, {4, -1}, BYTES("\1"), XJ_EMALFORMED}, /* a stage has no severity */
    {raised, told_decode, {4, -1}, BYTES("\x65"), XJ_EMALFORMED}, /* 101 percent */
    {raised, told_decode, {5, -1}, BYTES("\xa1x"), XJ_EMALFORMED},
    {raised, told_decode, {7, -1}, BYTES("\1"), XJ_EMALFORMED},
    {raised, told_decode, {7, -1}, BYTES("\2"), XJ_OK},
    {raised, told_decode, {7, -1}, BYTES("\4"), XJ_OK},
    {raised, told_decode, {7, -1}, BYTES("\5"), XJ_EMALFORMED},
    {raised, told_decode, {10, -1}, BYTES("\xa1x"), XJ_EMALFORMED}, /* raised by a person */
    {raised, told_decode, {11, -1}, BYTES("\xa1x"), XJ_EMALFORMED}, /* and for a reason */
    {delivered, told_decode, {10, -1}, BYTES("\xa0"), XJ_EMALFORMED},
    {cleared, told_decode, {11, -1}, BYTES("\xa0"), XJ_EMALFORMED},
    {begun, rebuilt_decode, {0, -1}, BYTES("\0"), XJ_EMALFORMED},
    {taken, rebuilt_decode, {1, -1}, BYTES("\xa1x"), XJ_EMALFORMED},
    {taken, rebuilt_decode, {2, -1}, BYTES("\0"), XJ_EMALFORMED}, /* nothing was taken */
    {resumed, rebuilt_decode, {3, 0, -1}, BYTES("\xa1x"), XJ_EMALFORMED},
    {resumed, rebuilt_decode, {3, -1}, BYTES("\x90"), XJ_OK},
    {destroyed, destroyed_decode, {0, -1}, BYTES("\xa6nobody"), XJ_EMALFORMED},
    {destroyed, destroyed_decode, {2, -1}, BYTES("\1"), XJ_EMALFORMED}, /* entry 1 is the root's */
    {destroyed, destroyed_decode, {3, -1}, BYTES("\2"), XJ_EMALFORMED}, /* before it began */
    {destroyed, destroyed_decode, {6, -1}, BYTES("\x90"), XJ_EMALFORMED},
    {destroyed, destroyed_decode, {8, -1}, BYTES("\x91\xa8" "350000-a"), XJ_EMALFORMED}, /* an agency names no holders */
    {destroyed_by_exchange, destroyed_decode, {6, -1}, BYTES("\x90"), XJ_OK},
    {destroyed_by_exchange, destroyed_decode, {8, 0, -1}, BYTES("\xa1x"), XJ_EMALFORMED},
    {opened, opened_decode, {3, -1}, BYTES("\xc0"), XJ_OK}, /* the act, no paper of it */
    {opened, opened_decode, {5, -1}, BYTES("\xa3甲"), XJ_EMALFORMED}, /* the same person twice */
};

static void heads__take_no_value_that_their_form_excludes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++) {
        struct xj_buf good, out;
        struct xj_doc doc;
        xj_buf_init(&good, 65536);
        xj_buf_init(&out, 65536);
        singles[i].put(&good);
        assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&good), NODES), XJ_OK);
        mutate_at(&doc.root, singles[i].path, singles[i].bytes, &out);
        const enum xj_err err = singles[i].decode(xj_buf_slice(&out));
        if (err != singles[i].err)
            fail_msg("value %zu of the list: %s", i, xj_err_name(err));
        xj_doc_close(&doc);
        xj_buf_free(&good);
        xj_buf_free(&out);
    }
}

static void event_names__are_words(void **state)
{
    static const char *const names[] = {"invalid", "raised", "delivered", "acknowledged", "cleared", "invalid"};
    (void)state;
    for (int i = 0; i < 6; i++)
        assert_string_equal(xj_told_event_name((enum xj_told_event)i), names[i]);
}

/* ---- an order, as the register has it ---- */

#define ID "00112233445566778899aabbccddeeff"

struct order {
    const char *id, *kind, *number, *basis, *organ;
    size_t case_bytes, messages, message_bytes; /* 0: none */
    bool undated;
    enum xj_err err;
};

static void put_order(struct xj_buf *out, const struct order *o)
{
    static const uint8_t zero[32];
    const char *const keys[] = {"kind", "basis", "organ", "number"};
    const char *const values[] = {o->kind, o->basis, o->organ, o->number};
    xj_put_map(out, 4u + !o->undated + (o->case_bytes > 0) + (o->messages > 0));
    if (o->case_bytes > 0) {
        xj_put_cstr(out, "case");
        xj_put_bin(out, zero, o->case_bytes);
    }
    if (!o->undated) {
        xj_put_cstr(out, "date");
        xj_put_int(out, -7);
    }
    for (size_t i = 0; i < 4; i++) {
        xj_put_cstr(out, keys[i]);
        xj_put_cstr(out, values[i]);
    }
    if (o->messages > 0) {
        xj_put_cstr(out, "messages");
        xj_put_array(out, (uint32_t)o->messages);
        for (size_t i = 0; i < o->messages; i++)
            xj_put_bin(out, zero, o->message_bytes);
    }
}

static void order_read__takes_what_the_register_takes(void **state)
{
    char long_basis[XJ_ORDER_BASIS_BYTES + 2];
    memset(long_basis, 'x', sizeof long_basis - 1);
    long_basis[sizeof long_basis - 1] = '\0';
    const struct order orders[] = {
        {ID, "destroy", "1号", "依法", "350000-a", 16, 0, 0, false, XJ_OK},
        {ID, "restrict", "1号", "依法", "350000-a", 0, 256, 16, true, XJ_OK},
        {ID, "hide", "1号", "依法", "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "", "依法", "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "", "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", long_basis, "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "", 16, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "350000-a", 0, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "350000-a", 16, 1, 16, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "350000-a", 15, 0, 0, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "350000-a", 0, 257, 16, false, XJ_EMALFORMED},
        {ID, "destroy", "1号", "依法", "350000-a", 0, 2, 15, false, XJ_EMALFORMED},
        {"0011", "destroy", "1号", "依法", "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
        {"z0112233445566778899aabbccddeeff", "destroy", "1号", "依法", "350000-a", 16, 0, 0, false, XJ_EMALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        struct xj_buf value;
        struct xj_order o;
        xj_buf_init(&value, 65536);
        put_order(&value, &orders[i]);
        assert_int_equal(value.err, XJ_OK);
        const enum xj_err err = xj_order_read(xj_slice_cstr(orders[i].id), xj_buf_slice(&value), 5, &o);
        if (err != orders[i].err)
            fail_msg("order %zu: %s", i, xj_err_name(err));
        assert_true(err != XJ_OK || (o.number == 5 && o.message_count == orders[i].messages && o.date == (orders[i].undated ? 0 : -7)));
        assert_int_equal(xj_order_read(xj_slice_cstr(orders[i].id), xj_slice_of(value.p, value.n - 1), 5, &o), XJ_EMALFORMED);
        xj_buf_free(&value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads__with_one_value_made_another_are_malformed),
        cmocka_unit_test(heads__take_no_value_that_their_form_excludes),
        cmocka_unit_test(event_names__are_words),
        cmocka_unit_test(order_read__takes_what_the_register_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
