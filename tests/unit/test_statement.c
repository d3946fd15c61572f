/* The four signed statements, there and back, and what their decoders refuse. Spec: spec/04-exchange.md, sections 7 and 8. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"
#include "schema/wire/span.h"
#include "schema/wire/statement.h"

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

static struct xj_hash hash_of(uint8_t fill)
{
    struct xj_hash h;
    memset(h.b, fill, sizeof h.b);
    return h;
}

/* Appends the array with its i-th element replaced by the value. */
static void replace(struct xj_slice array, uint32_t i, struct xj_slice value, struct xj_buf *out)
{
    struct xj_slice rest = array, span;
    uint32_t count;
    assert_true(xj_span_enter(&rest, &count) && i < count);
    xj_put_array(out, count);
    for (uint32_t k = 0; k < count; k++) {
        assert_true(xj_span_next(&rest, &span));
        xj_put_raw(out, k == i ? value : span);
    }
}

typedef enum xj_err decode_fn(struct xj_slice bytes);

static enum xj_err decode_admitted(struct xj_slice bytes)
{
    struct xj_admitted *s = malloc(sizeof *s);
    assert_non_null(s);
    enum xj_err err = xj_admitted_decode(bytes, s);
    free(s);
    return err;
}

static enum xj_err decode_refused(struct xj_slice bytes)
{
    struct xj_refused s;
    return xj_refused_decode(bytes, &s);
}

static enum xj_err decode_stored(struct xj_slice bytes)
{
    struct xj_stored s;
    return xj_stored_decode(bytes, &s);
}

static enum xj_err decode_delivered(struct xj_slice bytes)
{
    struct xj_delivered s;
    enum xj_err err = xj_delivered_decode(bytes, &s);
    assert_true(err == XJ_OK || s.items == NULL);
    free(s.items);
    return err;
}

/* Every cut, an element more, an element less, and every element of a type no statement has there. */
static void refuses_other_shapes(decode_fn *decode, struct xj_slice good, uint32_t arity)
{
    static const uint8_t yes[] = {0xc3};
    struct xj_buf out;
    assert_int_equal(decode(good), XJ_OK);
    for (size_t n = 0; n < good.n; n++)
        assert_int_equal(decode(xj_slice_of(good.p, n)), XJ_EMALFORMED);
    for (uint32_t i = 0; i < arity; i++) {
        xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
        replace(good, i, xj_slice_of(yes, 1), &out);
        assert_int_equal(decode(xj_buf_slice(&out)), XJ_EMALFORMED);
        xj_buf_free(&out);
    }
    assert_int_equal(good.p[0], 0x90 | arity);
    for (int change = -1; change <= 1; change += 2) {
        xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
        struct xj_slice rest = good, span;
        uint32_t count;
        assert_true(xj_span_enter(&rest, &count));
        xj_put_array(&out, (uint32_t)((int)arity + change));
        for (uint32_t i = 0; i + (change < 0) < arity; i++) {
            assert_true(xj_span_next(&rest, &span));
            xj_put_raw(&out, span);
        }
        if (change > 0)
            xj_put_nil(&out);
        assert_int_equal(decode(xj_buf_slice(&out)), XJ_EMALFORMED);
        xj_buf_free(&out);
    }
    uint8_t *big = calloc(1, XJ_MAX_STATEMENT_BYTES + 1);
    assert_non_null(big);
    assert_int_equal(decode(xj_slice_of(big, XJ_MAX_STATEMENT_BYTES + 1)), XJ_ELIMIT);
    free(big);
}

/* ---- admitted ---- */

static struct xj_admitted *full_admitted(void)
{
    struct xj_admitted *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->seq = 5000000000;
    s->time_ms = 1700000000000;
    s->message = hash_of(1);
    s->register_number = 3;
    s->after[0] = (struct xj_st_after){str("clue"), str("350000-a"), str("open"), false, {.party = {0}}};
    s->after[1] = (struct xj_st_after){str("clue"), str("350000-a"), str("open"), true, {.party = {1}}};
    s->after[2] = (struct xj_st_after){str("crime"), str("350000-b"), str("accepted"), true,
                                       {.party = {1}, .charge = {2}, .has_charge = true}};
    s->after_count = 3;
    s->breaches[0] = (struct xj_st_breach){str("late"), str("D08")};
    s->breaches[1] = (struct xj_st_breach){str("subscriber"), str("")};
    s->breach_count = 2;
    s->recipients[0] = (struct xj_st_recipient){str("350000-b"), 1};
    s->recipients[1] = (struct xj_st_recipient){str("350000-c"), UINT64_MAX};
    s->recipient_count = 2;
    return s;
}

static void admitted__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_admitted *s = full_admitted(), *got = malloc(sizeof *got);
    struct xj_buf one, two;
    assert_non_null(got);
    memset(got, 0xff, sizeof *got);
    xj_buf_init(&one, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&two, XJ_MAX_STATEMENT_BYTES);
    xj_admitted_encode(s, &one);
    assert_int_equal(xj_admitted_decode(xj_buf_slice(&one), got), XJ_OK);
    xj_admitted_encode(got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    assert_int_equal(got->seq, 5000000000);
    assert_false(got->after[0].has_subject);
    assert_false(got->after[1].subject.has_charge);
    assert_int_equal(got->after[2].subject.charge[0], 2);
    assert_true(xj_slice_is(got->breaches[0].detail, "D08"));
    assert_true(got->recipients[1].number == UINT64_MAX);
    refuses_other_shapes(decode_admitted, xj_buf_slice(&one), 7);
    xj_buf_free(&one);
    xj_buf_free(&two);
    free(s);
    free(got);
}

static enum xj_err admitted_with(const struct xj_admitted *s)
{
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_admitted_encode(s, &out);
    enum xj_err err = out.err != XJ_OK ? out.err : decode_admitted(xj_buf_slice(&out));
    xj_buf_free(&out);
    return err;
}

static void admitted__holds_every_list_at_its_limit(void **state)
{
    (void)state;
    struct xj_admitted *s = full_admitted();
    for (size_t i = 0; i < XJ_MAX_AFTER; i++)
        s->after[i] = s->after[2];
    for (size_t i = 0; i < XJ_MAX_BREACHES; i++)
        s->breaches[i] = s->breaches[0];
    for (size_t i = 0; i < XJ_MAX_TO + XJ_MAX_JOINT; i++)
        s->recipients[i] = s->recipients[0];
    s->after_count = XJ_MAX_AFTER;
    s->breach_count = XJ_MAX_BREACHES;
    s->recipient_count = XJ_MAX_TO + XJ_MAX_JOINT;
    assert_int_equal(admitted_with(s), XJ_OK);
    free(s);
}

/* A list of count copies of the good statement's first element, in the place of the i-th field. */
static enum xj_err admitted_with_many(uint32_t field, uint32_t count)
{
    struct xj_admitted *s = full_admitted();
    struct xj_buf good, list, out;
    struct xj_slice span, first;
    xj_buf_init(&good, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&list, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_admitted_encode(s, &good);
    assert_true(xj_span_element(xj_buf_slice(&good), field, &span) && xj_span_element(span, 0, &first));
    xj_put_array(&list, count);
    for (uint32_t i = 0; i < count; i++)
        xj_put_raw(&list, first);
    replace(xj_buf_slice(&good), field, xj_buf_slice(&list), &out);
    enum xj_err err = decode_admitted(xj_buf_slice(&out));
    xj_buf_free(&good);
    xj_buf_free(&list);
    xj_buf_free(&out);
    free(s);
    return err;
}

static void admitted__refuses_one_item_too_many(void **state)
{
    (void)state;
    assert_int_equal(admitted_with_many(4, XJ_MAX_AFTER), XJ_OK);
    assert_int_equal(admitted_with_many(4, XJ_MAX_AFTER + 1), XJ_EMALFORMED);
    assert_int_equal(admitted_with_many(5, XJ_MAX_BREACHES), XJ_OK);
    assert_int_equal(admitted_with_many(5, XJ_MAX_BREACHES + 1), XJ_EMALFORMED);
    assert_int_equal(admitted_with_many(6, XJ_MAX_TO + XJ_MAX_JOINT), XJ_OK);
    assert_int_equal(admitted_with_many(6, XJ_MAX_TO + XJ_MAX_JOINT + 1), XJ_EMALFORMED);
}

static void admitted__refuses_each_bad_item(void **state)
{
    (void)state;
    struct xj_admitted *s = full_admitted();
    s->recipients[1].number = 0;
    assert_int_equal(admitted_with(s), XJ_EMALFORMED);
    s->recipients[1].number = 1;
    s->recipients[1].agency = str("nobody");
    assert_int_equal(admitted_with(s), XJ_EMALFORMED);
    s->recipients[1].agency = str("350000-c");
    s->after[0].owner = str("350000");
    assert_int_equal(admitted_with(s), XJ_EMALFORMED);
    s->after[0].owner = str("350000-a");
    s->after[1].state = str("");
    assert_int_equal(admitted_with(s), XJ_EMALFORMED);
    s->after[1].state = str("open");
    s->breaches[0].code = str("");
    assert_int_equal(admitted_with(s), XJ_EMALFORMED);
    s->breaches[0].code = str("late");
    assert_int_equal(admitted_with(s), XJ_OK);
    free(s);
}

static void admitted__refuses_a_charge_of_nobody(void **state)
{
    (void)state;
    struct xj_admitted *s = full_admitted();
    struct xj_buf good, list, out;
    static const uint8_t charge[8] = {1};
    xj_buf_init(&good, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&list, 256);
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_admitted_encode(s, &good);
    xj_put_array(&list, 1);
    xj_put_array(&list, 5);
    xj_put_cstr(&list, "clue");
    xj_put_cstr(&list, "350000-a");
    xj_put_nil(&list);
    xj_put_bin(&list, charge, sizeof charge);
    xj_put_cstr(&list, "open");
    replace(xj_buf_slice(&good), 4, xj_buf_slice(&list), &out);
    assert_int_equal(decode_admitted(xj_buf_slice(&out)), XJ_EMALFORMED);
    xj_buf_free(&good);
    xj_buf_free(&list);
    xj_buf_free(&out);
    free(s);
}

/* ---- refused ---- */

static void refused__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_refused s = {.time_ms = -1, .agency = str("350000-a"), .message = hash_of(2), .number = 9, .register_number = 4,
                           .code = str("track"), .detail = str("clue 350000-a"), .rule = str("09-fold"),
                           .article = str("310号 6"), .remedy_zh = str("请重新填写"), .remedy_en = str("fill in again"),
                           .position = 12}, got;
    struct xj_buf one, two;
    xj_buf_init(&one, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&two, XJ_MAX_STATEMENT_BYTES);
    xj_refused_encode(&s, &one);
    assert_int_equal(xj_refused_decode(xj_buf_slice(&one), &got), XJ_OK);
    xj_refused_encode(&got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    assert_true(xj_slice_is(got.remedy_zh, "请重新填写") && xj_slice_is(got.remedy_en, "fill in again"));
    assert_true(xj_id_is_nil(&got.id)); /* a header too damaged to show its id */
    refuses_other_shapes(decode_refused, xj_buf_slice(&one), 13);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

/* ---- stored ---- */

static struct xj_stored full_stored(void)
{
    return (struct xj_stored){.agency = str("350000-b"), .first = 3, .last = 5, .root = hash_of(3), .ledger_size = 100,
                              .ledger_head = hash_of(4), .time_ms = 1700000000000, .register_number = 2};
}

static enum xj_err stored_with(uint64_t first, uint64_t last)
{
    struct xj_stored s = full_stored();
    struct xj_buf out;
    s.first = first;
    s.last = last;
    xj_buf_init(&out, 1024);
    xj_stored_encode(&s, &out);
    enum xj_err err = decode_stored(xj_buf_slice(&out));
    xj_buf_free(&out);
    return err;
}

static void stored__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_stored s = full_stored(), got;
    struct xj_buf one, two;
    xj_buf_init(&one, 1024);
    xj_buf_init(&two, 1024);
    xj_stored_encode(&s, &one);
    assert_int_equal(xj_stored_decode(xj_buf_slice(&one), &got), XJ_OK);
    xj_stored_encode(&got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    refuses_other_shapes(decode_stored, xj_buf_slice(&one), 8);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

static void stored__refuses_an_empty_or_backward_range(void **state)
{
    (void)state;
    assert_int_equal(stored_with(5, 5), XJ_OK);
    assert_int_equal(stored_with(1, UINT64_MAX), XJ_OK);
    assert_int_equal(stored_with(0, 5), XJ_EMALFORMED);
    assert_int_equal(stored_with(0, 0), XJ_EMALFORMED);
    assert_int_equal(stored_with(6, 5), XJ_EMALFORMED);
}

/* ---- recovered ---- */

static enum xj_err decode_recovered(struct xj_slice bytes)
{
    struct xj_recovered s;
    return xj_recovered_decode(bytes, &s);
}

static void recovered__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_recovered s = {.agency = str("350000-b"), .epoch = 2, .lost = {100, hash_of(3), 4, 5, 6}, .ledger_size = 90,
                             .ledger_head = hash_of(4), .time_ms = 1700000000000, .register_number = 2}, got;
    struct xj_buf one, two;
    xj_buf_init(&one, 1024);
    xj_buf_init(&two, 1024);
    xj_recovered_encode(&s, &one);
    assert_int_equal(xj_recovered_decode(xj_buf_slice(&one), &got), XJ_OK);
    assert_true(xj_lost_eq(&s.lost, &got.lost));
    xj_recovered_encode(&got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    refuses_other_shapes(decode_recovered, xj_buf_slice(&one), 11);
    xj_buf_free(&one);
    xj_buf_free(&two);
}

/* ---- delivered ---- */

static struct xj_delivered full_delivered(struct xj_delivered_item *items, size_t count)
{
    return (struct xj_delivered){.owner = str("350000-a"), .number = 1, .recipient = str("350000-b"), .recipient_ms = 1,
                                 .exchange_ms = 2, .stored = hash_of(9), .register_number = 1, .item_count = count,
                                 .items = items};
}

static void delivered__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_delivered_item *items = calloc(3, sizeof *items);
    assert_non_null(items);
    for (size_t i = 0; i < 3; i++)
        items[i] = (struct xj_delivered_item){.message = hash_of((uint8_t)i), .mailbox_number = i + 1};
    items[1].has_path = true; /* a path of none: a batch of one */
    items[2].has_path = true;
    items[2].index = 7;
    items[2].path_count = XJ_TREE_MAX_PATH;
    for (uint8_t i = 0; i < XJ_TREE_MAX_PATH; i++)
        items[2].path[i] = hash_of(i);
    struct xj_delivered s = full_delivered(items, 3), got;
    struct xj_buf one, two;
    xj_buf_init(&one, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&two, XJ_MAX_STATEMENT_BYTES);
    xj_delivered_encode(&s, &one);
    assert_int_equal(xj_delivered_decode(xj_buf_slice(&one), &got), XJ_OK);
    xj_delivered_encode(&got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    assert_false(got.items[0].has_path);
    assert_true(got.items[1].has_path && got.items[1].path_count == 0);
    assert_int_equal(got.items[2].index, 7);
    free(got.items);
    refuses_other_shapes(decode_delivered, xj_buf_slice(&one), 8);
    xj_buf_free(&one);
    xj_buf_free(&two);
    free(items);
}

/* What one stored statement can cover: as many deliveries as may be under way, each with its proof. */
static void delivered__of_a_full_credit_fits_a_statement(void **state)
{
    (void)state;
    struct xj_delivered_item *items = calloc(XJ_MAX_CREDIT, sizeof *items);
    struct xj_buf out;
    assert_non_null(items);
    for (size_t i = 0; i < XJ_MAX_CREDIT; i++) {
        items[i] = (struct xj_delivered_item){.mailbox_number = UINT64_MAX, .has_path = true, .index = i};
        items[i].path_count = xj_tree_path_length(i, XJ_MAX_CREDIT);
    }
    struct xj_delivered s = full_delivered(items, XJ_MAX_CREDIT);
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_delivered_encode(&s, &out);
    assert_int_equal(out.err, XJ_OK);
    assert_int_equal(decode_delivered(xj_buf_slice(&out)), XJ_OK);
    xj_buf_free(&out);
    free(items);
}

/* The statement with this list of items. */
static enum xj_err delivered_with(const struct xj_buf *list)
{
    struct xj_delivered s = full_delivered(NULL, 0);
    struct xj_buf good, out;
    xj_buf_init(&good, 1024);
    xj_buf_init(&out, XJ_MAX_STATEMENT_BYTES);
    xj_delivered_encode(&s, &good);
    replace(xj_buf_slice(&good), 7, xj_buf_slice(list), &out);
    enum xj_err err = out.err != XJ_OK ? out.err : decode_delivered(xj_buf_slice(&out));
    xj_buf_free(&good);
    xj_buf_free(&out);
    return err;
}

static void delivered__refuses_half_a_proof_and_a_path_too_long(void **state)
{
    (void)state;
    struct xj_hash h = hash_of(1);
    for (int what = 0; what < 5; what++) {
        struct xj_buf list;
        xj_buf_init(&list, XJ_MAX_STATEMENT_BYTES);
        xj_put_array(&list, 1);
        xj_put_array(&list, 4);
        xj_put_bin(&list, h.b, 32);
        xj_put_uint(&list, 1);
        if (what == 0)
            xj_put_nil(&list);
        else
            xj_put_uint(&list, 0);
        uint32_t nodes = what == 2 ? XJ_TREE_MAX_PATH + 1 : what == 3 ? 1 : 0;
        if (what == 1)
            xj_put_nil(&list);
        else
            xj_put_array(&list, nodes);
        for (uint32_t i = 0; i < nodes; i++)
            xj_put_bin(&list, h.b, what == 3 ? 31 : 32);
        assert_int_equal(delivered_with(&list), what == 4 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&list);
    }
}

static void delivered__refuses_more_items_than_credit_allows(void **state)
{
    (void)state;
    struct xj_hash h = hash_of(1);
    for (uint32_t count = XJ_MAX_CREDIT; count <= XJ_MAX_CREDIT + 1; count++) {
        struct xj_buf list;
        xj_buf_init(&list, XJ_MAX_STATEMENT_BYTES);
        xj_put_array(&list, count);
        for (uint32_t i = 0; i < count; i++) {
            xj_put_array(&list, 4);
            xj_put_bin(&list, h.b, 32);
            xj_put_uint(&list, 1);
            xj_put_nil(&list);
            xj_put_nil(&list);
        }
        assert_int_equal(delivered_with(&list), count > XJ_MAX_CREDIT ? XJ_EMALFORMED : XJ_OK);
        xj_buf_free(&list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(admitted__goes_there_and_back),
        cmocka_unit_test(admitted__holds_every_list_at_its_limit),
        cmocka_unit_test(admitted__refuses_one_item_too_many),
        cmocka_unit_test(admitted__refuses_each_bad_item),
        cmocka_unit_test(admitted__refuses_a_charge_of_nobody),
        cmocka_unit_test(refused__goes_there_and_back),
        cmocka_unit_test(stored__goes_there_and_back),
        cmocka_unit_test(recovered__goes_there_and_back),
        cmocka_unit_test(stored__refuses_an_empty_or_backward_range),
        cmocka_unit_test(delivered__goes_there_and_back),
        cmocka_unit_test(delivered__of_a_full_credit_fits_a_statement),
        cmocka_unit_test(delivered__refuses_half_a_proof_and_a_path_too_long),
        cmocka_unit_test(delivered__refuses_more_items_than_credit_allows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
