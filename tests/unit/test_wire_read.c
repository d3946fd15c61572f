/* Typed reading of MessagePack: documents, cursors, maps, objects. Spec: spec/01-encoding.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define NODES 100000u
#define CEILING (1u << 20)

static void doc_open__refuses_what_the_check_refuses(void **state)
{
    (void)state;
    struct xj_doc doc = {.open = false};
    xj_doc_close(&doc);
    assert_int_equal(xj_doc_open(&doc, xj_slice_cstr("\xcc\x01"), NODES), XJ_EMALFORMED);
    xj_doc_close(&doc);
    assert_int_equal(xj_doc_open(&doc, xj_slice_cstr("\x91\x01"), 1), XJ_ELIMIT);
    assert_false(doc.open);
}

/* ---- a cursor ---- */

/* The elements of the array every cursor test reads; one of each kind. */
enum { AT_UINT, AT_INT, AT_BOOL, AT_BIN, AT_STR, AT_NIL, AT_ARRAY, AT_MAP, KINDS };

static void open_kinds(struct xj_doc *doc, struct xj_buf *buf)
{
    xj_buf_init(buf, CEILING);
    xj_put_array(buf, KINDS);
    xj_put_uint(buf, 7);
    xj_put_int(buf, -7);
    xj_put_bool(buf, true);
    xj_put_bin(buf, "\x01\x02\x03", 3);
    xj_put_cstr(buf, "abc");
    xj_put_nil(buf);
    xj_put_array(buf, 2);
    xj_put_uint(buf, 1);
    xj_put_uint(buf, 2);
    xj_put_map(buf, 0);
    assert_int_equal(xj_doc_open(doc, xj_buf_slice(buf), NODES), XJ_OK);
}

/* Takes the next element as the kind; a nil counts as taken when it was one. */
static void take(struct xj_cur *c, int kind)
{
    uint8_t out[3] = {9, 9, 9};
    struct xj_slice text;
    switch (kind) {
    case AT_UINT: assert_true(xj_take_uint(c, 100) == 7 || c->bad); break;
    case AT_INT: assert_true(xj_take_int(c, -100, -1) == -7 || c->bad); break;
    case AT_BOOL: assert_true(xj_take_bool(c) || c->bad); break;
    case AT_BIN:
        xj_take_bin_to(c, out, 3);
        assert_memory_equal(out, c->bad ? "\0\0\0" : "\1\2\3", 3);
        break;
    case AT_STR:
        text = xj_take_str(c, 1, 10);
        assert_int_equal(text.n, c->bad ? 0 : 3);
        break;
    case AT_ARRAY: {
        struct xj_cur sub = xj_take_array(c, 2, 2);
        assert_int_equal(sub.bad, c->bad);
        break;
    }
    default: assert_non_null(xj_take_any(c));
    }
}

static void cur__takes_every_kind_in_order(void **state)
{
    (void)state;
    struct xj_doc doc;
    struct xj_buf buf;
    open_kinds(&doc, &buf);
    struct xj_cur c = xj_cur_over(&doc.root, KINDS, KINDS);
    for (int kind = 0; kind < KINDS; kind++) {
        assert_int_equal(xj_cur_end(&c), XJ_EMALFORMED);
        assert_int_equal(c.index, kind);
        take(&c, kind);
        assert_false(c.bad);
    }
    assert_int_equal(xj_cur_end(&c), XJ_OK);
    xj_doc_close(&doc);
    xj_buf_free(&buf);
}

static void cur__each_wrong_kind_spoils_at_its_index_and_sticks(void **state)
{
    (void)state;
    struct xj_doc doc;
    struct xj_buf buf;
    open_kinds(&doc, &buf);
    for (int at = 0; at < KINDS; at++)
        for (int kind = 0; kind <= AT_ARRAY; kind++) {
            if (kind == at || kind == AT_NIL)
                continue;
            struct xj_cur c = xj_cur_over(&doc.root, 1, KINDS);
            for (int i = 0; i < at; i++)
                assert_non_null(xj_take_any(&c));
            take(&c, kind);
            if (!c.bad || c.bad_index != (uint32_t)at)
                fail_msg("element %d taken as kind %d", at, kind);
            for (int later = 0; later <= AT_ARRAY; later++)
                if (later != AT_NIL)
                    take(&c, later);
            assert_false(xj_take_nil(&c));
            assert_null(xj_take_any(&c));
            xj_cur_spoil(&c);
            assert_int_equal(c.bad_index, at);
            assert_int_equal(c.index, at);
            assert_int_equal(xj_cur_end(&c), XJ_EMALFORMED);
        }
    xj_doc_close(&doc);
    xj_buf_free(&buf);
}

static void cur__taking_past_the_end_spoils(void **state)
{
    (void)state;
    struct xj_doc doc;
    assert_int_equal(xj_doc_open(&doc, xj_slice_cstr("\x91\x07"), NODES), XJ_OK);
    for (int kind = 0; kind <= AT_MAP; kind++) {
        struct xj_cur c = xj_cur_over(&doc.root, 1, 1);
        assert_int_equal(xj_take_uint(&c, 7), 7);
        if (kind == AT_NIL || kind == AT_MAP) {
            assert_false(xj_take_nil(&c));
            assert_int_equal(xj_cur_end(&c), XJ_OK);
            assert_null(xj_take_any(&c));
        } else {
            take(&c, kind);
        }
        assert_true(c.bad);
        assert_int_equal(c.bad_index, 1);
    }
    xj_doc_close(&doc);
}

static void cur_over__refuses_other_things_and_other_lengths(void **state)
{
    (void)state;
    struct xj_doc doc;
    struct xj_buf buf;
    open_kinds(&doc, &buf);
    struct xj_cur bad[] = {
        xj_cur_over(NULL, 0, 10), xj_cur_over(&doc.root, KINDS + 1, 100), xj_cur_over(&doc.root, 0, KINDS - 1),
        xj_cur_over(&doc.root.via.array.ptr[AT_STR], 0, 10), xj_cur_over(&doc.root.via.array.ptr[AT_MAP], 0, 10),
        xj_cur_over(&doc.root.via.array.ptr[AT_NIL], 0, 10),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_true(bad[i].bad);
        assert_int_equal(xj_cur_end(&bad[i]), XJ_EMALFORMED);
        assert_int_equal(xj_take_uint(&bad[i], 1), 0);
        assert_null(xj_take_any(&bad[i]));
        xj_cur_spoil(&bad[i]);
        assert_int_equal(bad[i].bad_index, 0);
    }
    xj_doc_close(&doc);
    xj_buf_free(&buf);
}

/* One array of one element; takes it and tells whether that went well. */
#define ONE(put, took) \
    do { \
        struct xj_buf buf; \
        struct xj_doc doc; \
        xj_buf_init(&buf, CEILING); \
        xj_put_array(&buf, 1); \
        put; \
        assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&buf), NODES), XJ_OK); \
        struct xj_cur c = xj_cur_over(&doc.root, 1, 1); \
        took; \
        xj_doc_close(&doc); \
        xj_buf_free(&buf); \
    } while (0)

static void take_uint__keeps_to_its_range(void **state)
{
    (void)state;
    ONE(xj_put_uint(&buf, 10), assert_true(xj_take_uint(&c, 10) == 10 && !c.bad));
    ONE(xj_put_uint(&buf, 11), assert_true(xj_take_uint(&c, 10) == 0 && c.bad));
    ONE(xj_put_uint(&buf, UINT64_MAX), assert_true(xj_take_uint(&c, UINT64_MAX) == UINT64_MAX && !c.bad));
    ONE(xj_put_int(&buf, -1), assert_true(xj_take_uint(&c, UINT64_MAX) == 0 && c.bad));
}

static void take_int__keeps_to_its_range(void **state)
{
    (void)state;
    ONE(xj_put_int(&buf, 5), assert_true(xj_take_int(&c, -5, 5) == 5 && !c.bad));
    ONE(xj_put_int(&buf, 6), assert_true(xj_take_int(&c, -5, 5) == 0 && c.bad));
    ONE(xj_put_int(&buf, -5), assert_true(xj_take_int(&c, -5, 5) == -5 && !c.bad));
    ONE(xj_put_int(&buf, -6), assert_true(xj_take_int(&c, -5, 5) == 0 && c.bad));
    ONE(xj_put_int(&buf, INT64_MIN), assert_true(xj_take_int(&c, INT64_MIN, INT64_MAX) == INT64_MIN && !c.bad));
    ONE(xj_put_int(&buf, INT64_MAX), assert_true(xj_take_int(&c, INT64_MIN, INT64_MAX) == INT64_MAX && !c.bad));
    ONE(xj_put_uint(&buf, UINT64_C(1) << 63), assert_true(xj_take_int(&c, INT64_MIN, INT64_MAX) == 0 && c.bad));
    ONE(xj_put_uint(&buf, UINT64_MAX), assert_true(xj_take_int(&c, INT64_MIN, INT64_MAX) == 0 && c.bad));
}

static void take_bytes__keeps_to_its_lengths(void **state)
{
    (void)state;
    uint8_t out[4];
    ONE(xj_put_bin(&buf, "abc", 3), assert_true(xj_take_bin(&c, 3, 3).n == 3 && !c.bad));
    ONE(xj_put_bin(&buf, "abc", 3), assert_true(xj_take_bin(&c, 4, 9).p == NULL && c.bad));
    ONE(xj_put_bin(&buf, "abc", 3), assert_true(xj_take_bin(&c, 0, 2).p == NULL && c.bad));
    ONE(xj_put_cstr(&buf, "abc"), assert_true(xj_slice_is(xj_take_str(&c, 0, 3), "abc") && !c.bad));
    ONE(xj_put_cstr(&buf, "abc"), assert_true(xj_take_str(&c, 0, 2).p == NULL && c.bad));
    ONE(xj_put_cstr(&buf, ""), assert_true(xj_take_str(&c, 1, 2).p == NULL && c.bad));
    ONE(xj_put_cstr(&buf, ""), assert_true(xj_take_str(&c, 0, 2).p != NULL && !c.bad));
    memset(out, 9, sizeof out);
    ONE(xj_put_bin(&buf, "abc", 3), xj_take_bin_to(&c, out, 4); assert_true(c.bad));
    assert_memory_equal(out, "\0\0\0\0", 4);
    memset(out, 9, sizeof out);
    ONE(xj_put_bin(&buf, "abc", 3), xj_take_bin_to(&c, out, 2); assert_true(c.bad));
    assert_memory_equal(out, "\0\0\x09\x09", 4);
    ONE(xj_put_bin(&buf, "", 0), xj_take_bin_to(&c, NULL, 0); assert_false(c.bad));
}

static void take_nil__lets_the_next_take_have_what_is_not_nil(void **state)
{
    (void)state;
    ONE(xj_put_nil(&buf), assert_true(xj_take_nil(&c) && xj_cur_end(&c) == XJ_OK));
    ONE(xj_put_bool(&buf, false), assert_true(!xj_take_nil(&c) && !c.bad && !xj_take_bool(&c) && xj_cur_end(&c) == XJ_OK));
}

static void take_array__spoils_the_outer_cursor_when_bad(void **state)
{
    (void)state;
    struct xj_doc doc;
    assert_int_equal(xj_doc_open(&doc, xj_slice_cstr("\x92\x01\x92\x05\x06"), NODES), XJ_OK);
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    assert_int_equal(xj_take_uint(&c, 1), 1);
    struct xj_cur again = c, sub = xj_take_array(&c, 3, 3);
    assert_true(sub.bad && c.bad);
    assert_int_equal(c.bad_index, 1);
    sub = xj_take_array(&again, 1, 2);
    assert_false(sub.bad || again.bad);
    assert_int_equal(xj_take_uint(&sub, 9), 5);
    assert_int_equal(xj_take_uint(&sub, 5), 0);
    assert_int_equal(sub.bad_index, 1);
    assert_int_equal(xj_cur_end(&again), XJ_OK);
    xj_cur_spoil(&again);
    assert_int_equal(again.bad_index, 1);
    assert_int_equal(xj_cur_end(&again), XJ_EMALFORMED);
    xj_doc_close(&doc);
}

/* ---- maps and objects ---- */

static void map__reads_by_key_and_type(void **state)
{
    (void)state;
    struct xj_buf buf;
    struct xj_doc doc;
    xj_buf_init(&buf, CEILING);
    xj_put_map(&buf, 5);
    xj_put_uint(&buf, 3); /* a key that is no str */
    xj_put_nil(&buf);
    xj_put_cstr(&buf, "b");
    xj_put_bin(&buf, "\x01", 1);
    xj_put_cstr(&buf, "n");
    xj_put_uint(&buf, 42);
    xj_put_cstr(&buf, "s");
    xj_put_cstr(&buf, "");
    xj_put_cstr(&buf, "neg");
    xj_put_int(&buf, -1);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&buf), NODES), XJ_OK);
    assert_int_equal(xj_map_uint(&doc.root, "n", 9), 42);
    assert_int_equal(xj_map_uint(&doc.root, "neg", 9), 9);
    assert_int_equal(xj_map_uint(&doc.root, "s", 9), 9);
    assert_int_equal(xj_map_uint(&doc.root, "", 9), 9);
    assert_int_equal(xj_map_bin(&doc.root, "b").n, 1);
    assert_null(xj_map_bin(&doc.root, "s").p);
    assert_non_null(xj_map_str(&doc.root, "s").p);
    assert_null(xj_map_str(&doc.root, "b").p);
    assert_null(xj_map_get(&doc.root, "ne"));
    assert_null(xj_map_get(NULL, "n"));
    assert_null(xj_map_get(xj_map_get(&doc.root, "n"), "n"));
    xj_doc_close(&doc);
    xj_buf_free(&buf);
}

static void put_object__refuses_what_no_document_holds(void **state)
{
    (void)state;
    struct xj_buf buf;
    msgpack_object chain[18];
    msgpack_object real = {.type = MSGPACK_OBJECT_FLOAT64, .via.f64 = 1};
    xj_buf_init(&buf, CEILING);
    xj_put_object(&buf, &real);
    assert_int_equal(buf.err, XJ_EMALFORMED);
    xj_buf_reset(&buf);
    chain[17] = (msgpack_object){.type = MSGPACK_OBJECT_NIL};
    for (int i = 16; i >= 0; i--) {
        chain[i] = (msgpack_object){.type = MSGPACK_OBJECT_ARRAY};
        chain[i].via.array.size = 1;
        chain[i].via.array.ptr = &chain[i + 1];
    }
    xj_put_object(&buf, &chain[1]);
    assert_int_equal(buf.err, XJ_OK);
    xj_buf_reset(&buf);
    xj_put_object(&buf, &chain[0]);
    assert_int_equal(buf.err, XJ_ELIMIT);
    xj_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doc_open__refuses_what_the_check_refuses),
        cmocka_unit_test(cur__takes_every_kind_in_order),
        cmocka_unit_test(cur__each_wrong_kind_spoils_at_its_index_and_sticks),
        cmocka_unit_test(cur__taking_past_the_end_spoils),
        cmocka_unit_test(cur_over__refuses_other_things_and_other_lengths),
        cmocka_unit_test(take_uint__keeps_to_its_range),
        cmocka_unit_test(take_int__keeps_to_its_range),
        cmocka_unit_test(take_bytes__keeps_to_its_lengths),
        cmocka_unit_test(take_nil__lets_the_next_take_have_what_is_not_nil),
        cmocka_unit_test(take_array__spoils_the_outer_cursor_when_bad),
        cmocka_unit_test(map__reads_by_key_and_type),
        cmocka_unit_test(put_object__refuses_what_no_document_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
