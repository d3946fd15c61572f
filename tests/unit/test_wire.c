/* Writing and pre-check of MessagePack. Spec: spec/01-encoding.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define NODES 100000u

#define CHECK(literal) xj_wire_check(xj_slice_of(literal, sizeof(literal) - 1), NODES)

/* Deterministic numbers for the random values (xorshift64). */
static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct xj_buf packed(void)
{
    struct xj_buf buf;
    xj_buf_init(&buf, 1 << 20);
    return buf;
}

/* What the pre-check accepts must unpack and be written again as the same bytes. */
static void accepts(struct xj_slice bytes)
{
    struct xj_doc doc;
    struct xj_buf again = packed();
    assert_int_equal(xj_wire_check(bytes, NODES), XJ_OK);
    assert_int_equal(xj_doc_open(&doc, bytes, NODES), XJ_OK);
    xj_put_object(&again, &doc.root);
    assert_int_equal(again.err, XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_doc_close(&doc);
    xj_doc_close(&doc);
}

/* ---- writing ---- */

static void put_writes_and_accepts(struct xj_buf *buf, const void *want, size_t n)
{
    assert_int_equal(buf->err, XJ_OK);
    assert_int_equal(buf->n, n);
    assert_memory_equal(buf->p, want, n);
    accepts(xj_buf_slice(buf));
    xj_buf_reset(buf);
}

#define WRITES(call, literal) \
    do { \
        call; \
        put_writes_and_accepts(&buf, literal, sizeof(literal) - 1); \
    } while (0)

static void pack__takes_the_shortest_form_of_every_number(void **state)
{
    (void)state;
    struct xj_buf buf = packed();
    WRITES(xj_put_uint(&buf, 0), "\x00");
    WRITES(xj_put_uint(&buf, 127), "\x7f");
    WRITES(xj_put_uint(&buf, 128), "\xcc\x80");
    WRITES(xj_put_uint(&buf, 255), "\xcc\xff");
    WRITES(xj_put_uint(&buf, 256), "\xcd\x01\x00");
    WRITES(xj_put_uint(&buf, 65535), "\xcd\xff\xff");
    WRITES(xj_put_uint(&buf, 65536), "\xce\x00\x01\x00\x00");
    WRITES(xj_put_uint(&buf, UINT32_MAX), "\xce\xff\xff\xff\xff");
    WRITES(xj_put_uint(&buf, UINT64_C(1) << 32), "\xcf\x00\x00\x00\x01\x00\x00\x00\x00");
    WRITES(xj_put_uint(&buf, UINT64_MAX), "\xcf\xff\xff\xff\xff\xff\xff\xff\xff");
    WRITES(xj_put_int(&buf, 127), "\x7f");
    WRITES(xj_put_int(&buf, 200), "\xcc\xc8");
    WRITES(xj_put_int(&buf, INT64_MAX), "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff");
    WRITES(xj_put_int(&buf, -1), "\xff");
    WRITES(xj_put_int(&buf, -32), "\xe0");
    WRITES(xj_put_int(&buf, -33), "\xd0\xdf");
    WRITES(xj_put_int(&buf, -128), "\xd0\x80");
    WRITES(xj_put_int(&buf, -129), "\xd1\xff\x7f");
    WRITES(xj_put_int(&buf, -32768), "\xd1\x80\x00");
    WRITES(xj_put_int(&buf, -32769), "\xd2\xff\xff\x7f\xff");
    WRITES(xj_put_int(&buf, INT32_MIN), "\xd2\x80\x00\x00\x00");
    WRITES(xj_put_int(&buf, (int64_t)INT32_MIN - 1), "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff");
    WRITES(xj_put_int(&buf, INT64_MIN), "\xd3\x80\x00\x00\x00\x00\x00\x00\x00");
    xj_buf_free(&buf);
}

static void pack__writes_the_other_scalars(void **state)
{
    (void)state;
    struct xj_buf buf = packed();
    WRITES(xj_put_nil(&buf), "\xc0");
    WRITES(xj_put_bool(&buf, false), "\xc2");
    WRITES(xj_put_bool(&buf, true), "\xc3");
    WRITES(xj_put_cstr(&buf, NULL), "\xc0");
    WRITES(xj_put_cstr(&buf, ""), "\xa0");
    WRITES(xj_put_cstr(&buf, "案"), "\xa3\xe6\xa1\x88");
    WRITES(xj_put_bin(&buf, NULL, 0), "\xc4\x00");
    WRITES(xj_put_bins(&buf, xj_slice_cstr("\xff")), "\xc4\x01\xff");
    WRITES(xj_put_raw(&buf, xj_slice_cstr("\xc3")), "\xc3");
    WRITES(xj_put_array(&buf, 0), "\x90");
    WRITES(xj_put_map(&buf, 0), "\x80");
    xj_buf_free(&buf);
}

static void pack__takes_the_shortest_head_for_every_length(void **state)
{
    (void)state;
    static const struct {
        uint32_t n;
        const char *str, *bin, *array, *map;
    } heads[] = {
        {15, "af", "c40f", "9f", "8f"},
        {16, "b0", "c410", "dc0010", "de0010"},
        {31, "bf", "c41f", "dc001f", "de001f"},
        {32, "d920", "c420", "dc0020", "de0020"},
        {255, "d9ff", "c4ff", "dc00ff", "de00ff"},
        {256, "da0100", "c50100", "dc0100", "de0100"},
        {65535, "daffff", "c5ffff", "dcffff", "deffff"},
        {65536, "db00010000", "c600010000", "dd00010000", "df00010000"},
    };
    char *body = malloc(65536);
    assert_non_null(body);
    memset(body, 0x61, 65536);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        for (int kind = 0; kind < 4; kind++) {
            struct xj_buf buf = packed();
            const char *want = kind == 0 ? heads[i].str : kind == 1 ? heads[i].bin : kind == 2 ? heads[i].array : heads[i].map;
            size_t head = strlen(want) / 2;
            if (kind == 0)
                xj_put_str(&buf, xj_slice_of(body, heads[i].n));
            else if (kind == 1)
                xj_put_bin(&buf, body, heads[i].n);
            else if (kind == 2)
                xj_put_array(&buf, heads[i].n);
            else
                xj_put_map(&buf, heads[i].n);
            for (size_t k = 0; k < head; k++) {
                char hex[3];
                assert_int_equal(snprintf(hex, sizeof hex, "%02x", buf.p[k]), 2);
                assert_memory_equal(hex, want + 2 * k, 2);
            }
            for (uint32_t k = 0; kind >= 2 && k < heads[i].n; k++) {
                xj_put_uint(&buf, k);
                if (kind == 3)
                    xj_put_nil(&buf);
            }
            assert_int_equal(xj_wire_check(xj_buf_slice(&buf), UINT32_MAX), XJ_OK);
            xj_buf_free(&buf);
        }
    free(body);
}

static void pack__fails_once_and_sticks_at_the_ceiling(void **state)
{
    (void)state;
    struct xj_buf buf;
    xj_buf_init(&buf, 4);
    xj_put_cstr(&buf, "abc");
    assert_int_equal(buf.err, XJ_OK);
    xj_put_uint(&buf, 1);
    assert_int_equal(buf.err, XJ_ELIMIT);
    xj_put_array(&buf, 1);
    xj_put_nil(&buf);
    assert_int_equal(buf.n, 4);
    xj_buf_reset(&buf);
    xj_put_cstr(&buf, "abcde");
    assert_int_equal(buf.err, XJ_ELIMIT);
    assert_int_equal(buf.n, 0);
    xj_buf_reset(&buf);
    xj_put_bin(&buf, "", (size_t)UINT32_MAX + 1);
    assert_int_equal(buf.err, XJ_ELIMIT);
    xj_buf_free(&buf);
}

/* ---- the pre-check ---- */

static void check__refuses_forms_that_are_not_shortest(void **state)
{
    (void)state;
    static const struct {
        const char *p;
        size_t n;
    } bad[] = {
        {"\xcc\x7f", 2}, {"\xcc\x00", 2}, {"\xcd\x00\xff", 3}, {"\xce\x00\x00\xff\xff", 5},
        {"\xcf\x00\x00\x00\x00\xff\xff\xff\xff", 9}, {"\xd0\xe0", 2}, {"\xd0\xff", 2}, {"\xd0\x00", 2}, {"\xd0\x7f", 2},
        {"\xd1\xff\x80", 3}, {"\xd1\xff\xff", 3}, {"\xd1\x00\x80", 3}, {"\xd1\x7f\xff", 3},
        {"\xd2\xff\xff\x80\x00", 5}, {"\xd2\x00\x01\x00\x00", 5}, {"\xd2\x7f\xff\xff\xff", 5},
        {"\xd3\xff\xff\xff\xff\x80\x00\x00\x00", 9}, {"\xd3\x00\x00\x00\x01\x00\x00\x00\x00", 9},
        {"\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", 9}, {"\xd9\x01" "a", 3}, {"\xd9\x00", 2}, {"\xda\x00\x01" "a", 4},
        {"\xdb\x00\x00\x00\x01" "a", 6}, {"\xc5\x00\x01" "a", 4}, {"\xc6\x00\x00\x00\x01" "a", 6}, {"\xdc\x00\x01\xc0", 4},
        {"\xdd\x00\x00\x00\x01\xc0", 6}, {"\xde\x00\x01\x01\xc0", 5}, {"\xdf\x00\x00\x00\x01\x01\xc0", 7},
        {"\xdc\x00\x00", 3}, {"\xde\x00\x00", 3},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (xj_wire_check(xj_slice_of(bad[i].p, bad[i].n), NODES) != XJ_EMALFORMED)
            fail_msg("form %zu", i);
}

/* One length below the least of each wider head, with the whole body there: only the head is wrong. */
static void check__refuses_a_wider_head_over_a_full_body(void **state)
{
    (void)state;
    static const struct {
        uint8_t head, width;
        size_t n;
    } bad[] = {{0xd9, 1, 31}, {0xda, 2, 255}, {0xdb, 4, 65535}, {0xc5, 2, 255}, {0xc6, 4, 65535},
               {0xdc, 2, 15}, {0xdd, 4, 65535}, {0xde, 2, 15}, {0xdf, 4, 65535}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct xj_buf buf = packed();
        xj_buf_add(&buf, &bad[i].head, 1);
        for (unsigned k = 0; k < bad[i].width; k++)
            xj_buf_add(&buf, &(uint8_t){(uint8_t)(bad[i].n >> (8u * (bad[i].width - 1u - k)))}, 1);
        for (size_t k = 0; k < bad[i].n; k++) {
            xj_put_uint(&buf, bad[i].head < 0xdc ? 0x20 : k);
            if (bad[i].head >= 0xde)
                xj_put_nil(&buf);
        }
        assert_int_equal(xj_wire_check(xj_buf_slice(&buf), UINT32_MAX), XJ_EMALFORMED);
        xj_buf_free(&buf);
    }
}

static void check__refuses_floats_ext_and_the_reserved_byte(void **state)
{
    (void)state;
    static const uint8_t heads[] = {0xc1, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};
    for (size_t i = 0; i < sizeof heads; i++)
        for (size_t n = 1; n < 24; n++) {
            uint8_t bytes[24] = {heads[i], 1, 1};
            assert_int_equal(xj_wire_check(xj_slice_of(bytes, n), NODES), XJ_EMALFORMED);
        }
}

static void check__refuses_nothing_too_little_and_too_much(void **state)
{
    (void)state;
    assert_int_equal(xj_wire_check((struct xj_slice){NULL, 0}, NODES), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc0\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x91"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x91\xc0\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x92\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x81\x01"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xa2" "a"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc4\x02" "a"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc4"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xce\x01\x01\x01"), XJ_EMALFORMED);
}

static void check__refuses_counts_over_the_bytes_left(void **state)
{
    (void)state;
    assert_int_equal(CHECK("\xdd\x10\x00\x00\x00"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xdd\xff\xff\xff\xff\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xdf\xff\xff\xff\xff\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xdf\x80\x00\x00\x00\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xdb\xff\xff\xff\xff" "a"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc6\xff\xff\xff\xff" "a"), XJ_EMALFORMED);
    /* A map count takes two bytes an entry. */
    assert_int_equal(CHECK("\x82\x01\xc0\x02"), XJ_EMALFORMED);
}

static void check__bounds_depth_at_sixteen(void **state)
{
    (void)state;
    uint8_t bytes[64];
    memset(bytes, 0x91, sizeof bytes);
    bytes[16] = 0xc0;
    accepts(xj_slice_of(bytes, 17));
    bytes[15] = 0x90;
    accepts(xj_slice_of(bytes, 16));
    bytes[15] = 0x91;
    bytes[16] = 0x90;
    assert_int_equal(xj_wire_check(xj_slice_of(bytes, 17), NODES), XJ_ELIMIT);
    bytes[16] = 0x80;
    assert_int_equal(xj_wire_check(xj_slice_of(bytes, 17), NODES), XJ_ELIMIT);
    memset(bytes, 0x91, sizeof bytes);
    assert_int_equal(xj_wire_check(xj_slice_of(bytes, sizeof bytes), NODES), XJ_ELIMIT);
    /* Maps nested in their keys count the same. */
    memset(bytes, 0x81, 16);
    memset(bytes + 16, 0xc0, 17);
    accepts(xj_slice_of(bytes, 33));
}

static void check__depth_comes_down_again(void **state)
{
    (void)state;
    struct xj_buf buf = packed();
    xj_put_array(&buf, 100);
    for (int i = 0; i < 100; i++)
        xj_put_raw(&buf, xj_slice_cstr("\x91\x91\x91\x90"));
    accepts(xj_buf_slice(&buf));
    xj_buf_free(&buf);
}

static void check__counts_every_node(void **state)
{
    (void)state;
    struct xj_slice flat = xj_slice_cstr("\x93\x01\x02\x03"), map = xj_slice_cstr("\x81\x01\x90");
    assert_int_equal(xj_wire_check(flat, 4), XJ_OK);
    assert_int_equal(xj_wire_check(flat, 3), XJ_ELIMIT);
    assert_int_equal(xj_wire_check(map, 3), XJ_OK);
    assert_int_equal(xj_wire_check(map, 2), XJ_ELIMIT);
    assert_int_equal(xj_wire_check(flat, 0), XJ_ELIMIT);
    assert_int_equal(xj_wire_check(flat, UINT32_MAX), XJ_OK);
}

static void check__refuses_bad_utf8_in_str_but_not_in_bin(void **state)
{
    (void)state;
    assert_int_equal(CHECK("\xa3\xed\xa0\x80"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xa2\xc0\x80"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xa1\xff"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x92\xa2\xe6\xa1\xa1" "a"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc4\x02\xc0\x80"), XJ_OK);
    assert_int_equal(CHECK("\xa4\xf0\x9f\x98\x80"), XJ_OK);
}

static void check__refuses_nul_in_str_but_not_in_bin(void **state)
{
    (void)state;
    assert_int_equal(CHECK("\xa1\0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xa3" "a\0b"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x81\xa2" "a\0\x01"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\xc4\x01\0"), XJ_OK);
    assert_int_equal(CHECK("\xa0"), XJ_OK);
}

static void check__wants_map_keys_strictly_ascending(void **state)
{
    (void)state;
    assert_int_equal(CHECK("\x82\xa1" "a\x01\xa1" "b\x02"), XJ_OK);
    assert_int_equal(CHECK("\x82\xa1" "b\x01\xa1" "a\x02"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x82\xa1" "a\x01\xa1" "a\x02"), XJ_EMALFORMED);
    /* By encoded bytes: the head of a longer string is greater, whatever the letters. */
    assert_int_equal(CHECK("\x82\xa1" "z\x01\xa2" "aa\x02"), XJ_OK);
    assert_int_equal(CHECK("\x82\xa2" "aa\x01\xa1" "z\x02"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x82\x01\xc0\xff\xc0"), XJ_OK);
    assert_int_equal(CHECK("\x82\xff\xc0\x01\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x83\x01\x09\x02\x08\x02\x07"), XJ_EMALFORMED);
    /* Containers as keys, and a map in a value between two keys. */
    assert_int_equal(CHECK("\x82\x91\x01\xc0\x91\x02\xc0"), XJ_OK);
    assert_int_equal(CHECK("\x82\x91\x01\xc0\x91\x01\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x82\x01\x82\x08\xc0\x09\xc0\x02\xc0"), XJ_OK);
    assert_int_equal(CHECK("\x82\x02\x82\x00\xc0\x01\xc0\x01\xc0"), XJ_EMALFORMED);
    assert_int_equal(CHECK("\x92\x81\x05\xc0\x81\x01\xc0"), XJ_OK);
}

static void put_random(struct xj_buf *buf, uint64_t *seed, unsigned depth)
{
    static const char *const texts[] = {"", "a", "案件", "线索移送", "0123456789012345678901234567890123456789"};
    uint32_t n = (uint32_t)(next(seed) % 5);
    uint64_t number = next(seed) >> (next(seed) % 64);
    switch (next(seed) % (depth < 6 ? 8 : 6)) {
    case 0: xj_put_uint(buf, number); break;
    case 1: xj_put_int(buf, -(int64_t)(number >> 1) - 1); break;
    case 2: xj_put_cstr(buf, texts[n]); break;
    case 3: xj_put_bin(buf, texts[n], strlen(texts[n])); break;
    case 4: xj_put_bool(buf, n % 2 == 0); break;
    case 5: xj_put_nil(buf); break;
    case 6:
        xj_put_array(buf, n * 5);
        for (uint32_t i = 0; i < n * 5; i++)
            put_random(buf, seed, depth + 1);
        break;
    default:
        xj_put_map(buf, n);
        for (uint32_t i = 0; i < n; i++) {
            xj_put_str(buf, xj_slice_of("abcdefgh", i + 1));
            put_random(buf, seed, depth + 1);
        }
    }
}

static void check__accepts_what_pack_writes_and_reads_it_back(void **state)
{
    (void)state;
    uint64_t seed = 88172645463325252u;
    struct xj_buf buf = packed();
    size_t longest = 0;
    for (int i = 0; i < 3000; i++) {
        xj_buf_reset(&buf);
        put_random(&buf, &seed, 0);
        accepts(xj_buf_slice(&buf));
        longest = buf.n > longest ? buf.n : longest;
    }
    assert_true(longest > 500);
    xj_buf_free(&buf);
}

static void put_sample(struct xj_buf *buf)
{
    xj_put_array(buf, 6);
    xj_put_uint(buf, 70000);
    xj_put_int(buf, -200);
    xj_put_cstr(buf, "案件");
    xj_put_bin(buf, "\x00\xff", 2);
    xj_put_map(buf, 2);
    xj_put_cstr(buf, "a");
    xj_put_bool(buf, true);
    xj_put_cstr(buf, "bb");
    xj_put_nil(buf);
    xj_put_array(buf, 1);
    xj_put_array(buf, 0);
}

static void check__refuses_every_truncation_and_extension(void **state)
{
    (void)state;
    struct xj_buf buf = packed();
    put_sample(&buf);
    accepts(xj_buf_slice(&buf));
    for (size_t n = 0; n < buf.n; n++) {
        uint8_t *exact = malloc(n + (n == 0)); /* so that the sanitizer sees one byte too far */
        memcpy(exact, buf.p, n);
        assert_int_equal(xj_wire_check(xj_slice_of(exact, n), NODES), XJ_EMALFORMED);
        free(exact);
    }
    for (unsigned b = 0; b < 256; b++) {
        xj_buf_add(&buf, &(uint8_t){(uint8_t)b}, 1);
        assert_int_equal(xj_wire_check(xj_buf_slice(&buf), NODES), XJ_EMALFORMED);
        buf.n--;
    }
    xj_buf_free(&buf);
}

/* Every byte to every value, and pairs of bytes at random: refused, or canonical still. */
static void check__accepts_no_mutation_with_a_second_encoding(void **state)
{
    (void)state;
    struct xj_buf buf = packed();
    unsigned accepted = 0, refused = 0;
    uint64_t seed = 2463534242u;
    put_sample(&buf);
    for (size_t at = 0; at < buf.n; at++)
        for (unsigned v = 0; v < 256; v++) {
            uint8_t kept = buf.p[at];
            size_t other = (size_t)next(&seed) % buf.n;
            uint8_t other_kept = buf.p[other];
            if (v % 2 == 1)
                buf.p[other] = (uint8_t)next(&seed);
            buf.p[at] = (uint8_t)v;
            if (xj_wire_check(xj_buf_slice(&buf), NODES) == XJ_OK) {
                accepts(xj_buf_slice(&buf));
                accepted++;
            } else {
                refused++;
            }
            buf.p[other] = other_kept;
            buf.p[at] = kept;
        }
    assert_true(accepted > 100 && refused > 1000);
    xj_buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pack__takes_the_shortest_form_of_every_number),
        cmocka_unit_test(pack__writes_the_other_scalars),
        cmocka_unit_test(pack__takes_the_shortest_head_for_every_length),
        cmocka_unit_test(pack__fails_once_and_sticks_at_the_ceiling),
        cmocka_unit_test(check__refuses_forms_that_are_not_shortest),
        cmocka_unit_test(check__refuses_a_wider_head_over_a_full_body),
        cmocka_unit_test(check__refuses_floats_ext_and_the_reserved_byte),
        cmocka_unit_test(check__refuses_nothing_too_little_and_too_much),
        cmocka_unit_test(check__refuses_counts_over_the_bytes_left),
        cmocka_unit_test(check__bounds_depth_at_sixteen),
        cmocka_unit_test(check__depth_comes_down_again),
        cmocka_unit_test(check__counts_every_node),
        cmocka_unit_test(check__refuses_bad_utf8_in_str_but_not_in_bin),
        cmocka_unit_test(check__refuses_nul_in_str_but_not_in_bin),
        cmocka_unit_test(check__wants_map_keys_strictly_ascending),
        cmocka_unit_test(check__accepts_what_pack_writes_and_reads_it_back),
        cmocka_unit_test(check__refuses_every_truncation_and_extension),
        cmocka_unit_test(check__accepts_no_mutation_with_a_second_encoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
