/* The header's rules, one violation each, and the message's four parts. Spec: spec/03-message.md, sections 1 and 2. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/message.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define FIELDS 24u
#define YEAR_1900_MS INT64_C(-2209017600000) /* 1900-01-01T00:00 in Beijing */
#define YEAR_9999_MS INT64_C(253402271999999) /* the last millisecond of 9999 there */

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

static struct xj_id id_of(uint8_t fill)
{
    struct xj_id id;
    memset(id.b, fill, sizeof id.b);
    return id;
}

static struct xj_hash hash_of(uint8_t fill)
{
    struct xj_hash h;
    memset(h.b, fill, sizeof h.b);
    return h;
}

/* A header with something in every field. */
static struct xj_header full_header(void)
{
    struct xj_header h = {.suite = 1, .id = id_of(1), .case_id = id_of(2), .procedure = str("referral"),
                          .revision = hash_of(3), .act = str("transfer"), .from = str("350000-a"), .actor = str("350000-z"),
                          .has_occurred = true, .occurred_from_ms = -5, .occurred_to_ms = 1700000000000,
                          .mode = XJ_MODE_LATE_ENTRY, .body_digest = hash_of(4), .body_commit = hash_of(5),
                          .keys_digest = hash_of(6), .number = 2, .has_previous = true, .previous = hash_of(7)};
    h.tracks[0] = (struct xj_header_track){str("clue"), str("350000-a")};
    h.tracks[1] = (struct xj_header_track){str("clue"), str("350000-b")};
    h.tracks[2] = (struct xj_header_track){str("crime"), str("350000-a")};
    h.track_count = 3;
    h.answers[0] = (struct xj_header_answer){id_of(1), str("b")};
    h.answers[1] = (struct xj_header_answer){id_of(2), str("a")};
    h.answer_count = 2;
    h.to[0] = (struct xj_header_to){str("350000-c"), XJ_TO_PRINCIPAL};
    h.to[1] = (struct xj_header_to){str("350000-b"), XJ_TO_NOTICE};
    h.to[2] = (struct xj_header_to){str("350000-d"), XJ_TO_COPY};
    h.to_count = 3;
    h.joint[0] = str("350000-e");
    h.joint[1] = str("350000-f");
    h.joint_count = 2;
    h.subjects[0] = (struct xj_subject){.party = {1}};
    h.subjects[1] = (struct xj_subject){.party = {2}, .charge = {1}, .has_charge = true};
    h.subjects[2] = (struct xj_subject){.party = {2}, .charge = {2}, .has_charge = true};
    h.subject_count = 3;
    h.papers[0] = (struct xj_header_paper){str("decision"), hash_of(9), 512};
    h.papers[1] = (struct xj_header_paper){str("other"), hash_of(8), 1572864};
    h.paper_count = 2;
    h.refs[0] = id_of(1);
    h.refs[1] = id_of(2);
    h.ref_count = 2;
    h.relates[0] = (struct xj_header_relate){str("amends"), id_of(9)};
    h.relates[1] = (struct xj_header_relate){str("voids"), id_of(1)};
    h.relate_count = 2;
    return h;
}

/* Writes values by letters: A<digits> array, s str, b bin (fill, bytes), u uint, i int, n nil, t true. */
static void put_values(struct xj_buf *out, const char *letters, va_list ap)
{
    while (*letters != 0) {
        char c = *letters++;
        if (c == 'A') {
            xj_put_array(out, (uint32_t)strtoul(letters, (char **)(void *)&letters, 10));
        } else if (c == 's') {
            xj_put_cstr(out, va_arg(ap, const char *));
        } else if (c == 'b') {
            uint8_t bytes[64];
            memset(bytes, va_arg(ap, int), sizeof bytes);
            xj_put_bin(out, bytes, (size_t)va_arg(ap, int));
        } else if (c == 'u') {
            xj_put_uint(out, va_arg(ap, uint64_t));
        } else if (c == 'i') {
            xj_put_int(out, va_arg(ap, int64_t));
        } else if (c == 'n') {
            xj_put_nil(out);
        } else {
            assert_int_equal(c, 't');
            xj_put_bool(out, true);
        }
    }
}

/* Decodes the header with one field replaced by the values; returns the error and the field named. */
static enum xj_err decode_with(const struct xj_header *h, unsigned field, unsigned *ret_field, const char *letters, ...)
{
    struct xj_buf good, changed;
    struct xj_header *got = malloc(sizeof *got);
    va_list ap;
    assert_non_null(got);
    xj_buf_init(&good, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&changed, XJ_MAX_HEADER_BYTES);
    xj_header_encode(h, &good);
    xj_put_array(&changed, FIELDS);
    va_start(ap, letters);
    for (unsigned i = 0; i < FIELDS; i++) {
        struct xj_slice span;
        assert_true(xj_span_element(xj_buf_slice(&good), i, &span));
        if (i == field)
            put_values(&changed, letters, ap);
        else
            xj_put_raw(&changed, span);
    }
    va_end(ap);
    enum xj_err err = xj_header_decode(xj_buf_slice(&changed), got, ret_field);
    free(got);
    xj_buf_free(&good);
    xj_buf_free(&changed);
    return err;
}

/* An actor needs mode `late_entry`, so with one a bad mode is already a bad actor: field 15 is tried without. */
#define REFUSED(field, ...) \
    do { \
        unsigned named = 99; \
        struct xj_header h = full_header(); \
        if ((field) == 15) \
            h.actor.n = 0; \
        assert_int_equal(decode_with(&h, (field), &named, __VA_ARGS__), XJ_EMALFORMED); \
        assert_int_equal(named, (field)); \
    } while (0)
#define ACCEPTED(field, ...) \
    do { \
        unsigned named = 99; \
        struct xj_header h = full_header(); \
        assert_int_equal(decode_with(&h, (field), &named, __VA_ARGS__), XJ_OK); \
    } while (0)
#define U(n) ((uint64_t)(n))
#define I(n) ((int64_t)(n))

static void header__goes_there_and_back(void **state)
{
    (void)state;
    struct xj_header h = full_header(), *got = malloc(sizeof *got);
    struct xj_buf one, two;
    unsigned field;
    assert_non_null(got);
    xj_buf_init(&one, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&two, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&h, &one);
    assert_int_equal(one.err, XJ_OK);
    assert_int_equal(xj_header_decode(xj_buf_slice(&one), got, &field), XJ_OK);
    xj_header_encode(got, &two);
    assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
    assert_int_equal(got->track_count, 3);
    assert_int_equal(got->to[1].role, XJ_TO_NOTICE);
    assert_int_equal(got->occurred_from_ms, -5);
    assert_int_equal(got->subjects[2].charge[0], 2);
    assert_true(xj_slice_is(got->actor, "350000-z"));
    struct xj_hash d = xj_header_digest(xj_buf_slice(&one)), same = xj_digest("xianjie/1 message", xj_buf_slice(&one));
    assert_true(xj_hash_eq(&d, &same));
    xj_buf_free(&one);
    xj_buf_free(&two);
    free(got);
}

static void header__may_be_empty_where_the_rules_allow(void **state)
{
    (void)state;
    static const unsigned lists[] = {7, 8, 11, 12, 13, 16, 17, 18};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        ACCEPTED(lists[i], "A0");
    ACCEPTED(10, "n");
    ACCEPTED(14, "n");
}

static void header__of_another_arity_or_shape_names_no_field(void **state)
{
    (void)state;
    struct xj_header h = full_header(), *got = malloc(sizeof *got);
    struct xj_buf out;
    unsigned field;
    assert_non_null(got);
    xj_buf_init(&out, XJ_MAX_HEADER_BYTES + 2);
    xj_header_encode(&h, &out);
    for (size_t n = 0; n < out.n; n++) {
        assert_int_equal(xj_header_decode(xj_slice_of(out.p, n), got, &field), XJ_EMALFORMED);
        assert_int_equal(field, 255);
    }
    out.p[2] = 25; /* array 16 head: dc 00 18 */
    xj_put_nil(&out);
    assert_int_equal(xj_header_decode(xj_buf_slice(&out), got, &field), XJ_EMALFORMED);
    assert_int_equal(field, 255);
    static const uint8_t map[] = {0x80};
    assert_int_equal(xj_header_decode(xj_slice_of(map, 1), got, &field), XJ_EMALFORMED);
    assert_int_equal(field, 255);
    xj_buf_free(&out);
    free(got);
}

static void header__over_its_bytes_or_values_is_a_limit(void **state)
{
    (void)state;
    struct xj_header *got = malloc(sizeof *got);
    uint8_t *big = calloc(1, XJ_MAX_HEADER_BYTES + 1);
    struct xj_buf out;
    unsigned field = 0;
    assert_true(got != NULL && big != NULL);
    assert_int_equal(xj_header_decode(xj_slice_of(big, XJ_MAX_HEADER_BYTES + 1), got, &field), XJ_ELIMIT);
    assert_int_equal(field, 255);
    xj_buf_init(&out, XJ_MAX_HEADER_BYTES);
    xj_put_array(&out, XJ_MAX_HEADER_NODES);
    for (size_t i = 0; i < XJ_MAX_HEADER_NODES; i++)
        xj_put_nil(&out);
    assert_int_equal(xj_header_decode(xj_buf_slice(&out), got, &field), XJ_ELIMIT);
    xj_buf_free(&out);
    free(big);
    free(got);
}

static void every_field__refuses_every_other_type(void **state)
{
    (void)state;
    static const char *const letters[] = {"t", "i", "A0", "s", "b", "u", "n"};
    /* For each field the letters that are its type, so that a wrong value, not a wrong type, would be at fault. */
    static const char *const own[FIELDS] = {"u", "u", "b", "b", "s", "b", "s", "A0", "A0", "s", "sn", "A0",
                                            "A0", "A0", "A0n", "s", "A0", "A0", "A0", "b", "b", "b", "u", "bn"};
    for (unsigned field = 0; field < FIELDS; field++)
        for (size_t k = 0; k < sizeof letters / sizeof *letters; k++) {
            if (strstr(own[field], letters[k]) != NULL)
                continue;
            if (letters[k][0] == 'i')
                REFUSED(field, "i", I(-1));
            else if (letters[k][0] == 's')
                REFUSED(field, "s", "x");
            else if (letters[k][0] == 'b')
                REFUSED(field, "b", 1, 16);
            else if (letters[k][0] == 'u')
                REFUSED(field, "u", U(1));
            else
                REFUSED(field, letters[k]);
        }
}

static void fields_0_to_6__refuse_each_violation(void **state)
{
    (void)state;
    REFUSED(0, "u", U(0));
    REFUSED(0, "u", U(2));
    REFUSED(1, "u", U(2));
    REFUSED(2, "b", 0, 16);
    REFUSED(2, "b", 1, 15);
    REFUSED(2, "b", 1, 17);
    REFUSED(3, "b", 0, 16);
    REFUSED(3, "b", 1, 17);
    REFUSED(5, "b", 1, 31);
    REFUSED(5, "b", 1, 33);
    static const char *const names[] = {"", "Referral", "re-ferral", "re ferral", "衔接",
                                        "a234567890123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        REFUSED(4, "s", names[i]);
        REFUSED(6, "s", names[i]);
    }
    ACCEPTED(6, "s", "a23456789012345678901234567890123456789012345678");
}

static void field_7_tracks__refuses_each_violation(void **state)
{
    (void)state;
    REFUSED(7, "A1A1s", "clue");
    REFUSED(7, "A1A3sss", "clue", "350000-a", "x");
    REFUSED(7, "A1A2ss", "Clue", "350000-a");
    REFUSED(7, "A1A2ss", "clue", "35000-a");
    REFUSED(7, "A1A2sb", "clue", 1, 8);
    REFUSED(7, "A2A2ssA2ss", "clue", "350000-a", "clue", "350000-a");
    REFUSED(7, "A2A2ssA2ss", "clue", "350000-b", "clue", "350000-a");
    REFUSED(7, "A2A2ssA2ss", "crime", "350000-a", "clue", "350000-b");
    ACCEPTED(7, "A2A2ssA2ss", "ab", "350000-a", "abc", "350000-a"); /* a prefix comes first */
    REFUSED(7, "A2A2ssA2ss", "abc", "350000-a", "ab", "350000-a");
}

static void field_8_answers__refuses_each_violation(void **state)
{
    (void)state;
    REFUSED(8, "A1A2bs", 0, 16, "q");
    REFUSED(8, "A1A2bs", 1, 15, "q");
    REFUSED(8, "A1A2bs", 1, 16, "Q");
    REFUSED(8, "A1A1b", 1, 16);
    REFUSED(8, "A2A2bsA2bs", 1, 16, "q", 1, 16, "q");
    REFUSED(8, "A2A2bsA2bs", 2, 16, "a", 1, 16, "b");
    REFUSED(8, "A2A2bsA2bs", 1, 16, "b", 1, 16, "a");
}

static void fields_9_and_10__refuse_each_violation(void **state)
{
    (void)state;
    static const char *const agencies[] = {"", "350000-", "350000a", "35000-ab", "3500000-a", "350000-A", "350000-a_b",
                                           "350000-a2345678901234567890123456789012345678901x"};
    for (size_t i = 0; i < sizeof agencies / sizeof *agencies; i++) {
        REFUSED(9, "s", agencies[i]);
        REFUSED(10, "s", agencies[i]);
    }
    ACCEPTED(9, "s", "350000-a2345678901234567890123456789012345678901");
    REFUSED(10, "s", "350000-a"); /* is `from` */
    struct xj_header live = full_header();
    unsigned named = 99;
    live.mode = XJ_MODE_LIVE;
    assert_int_equal(decode_with(&live, 10, &named, "s", "350000-z"), XJ_EMALFORMED);
    assert_int_equal(named, 10);
    assert_int_equal(decode_with(&live, 10, &named, "n"), XJ_OK);
    struct xj_header late = full_header();
    assert_int_equal(decode_with(&late, 15, &named, "s", "sometime"), XJ_EMALFORMED);
    assert_int_equal(named, 10);
}

static void fields_11_and_12__refuse_each_violation(void **state)
{
    (void)state;
    REFUSED(11, "A1A2ss", "350000-b", "observer");
    REFUSED(11, "A1A2ss", "350000-B", "copy");
    REFUSED(11, "A1A1s", "350000-b");
    REFUSED(11, "A1A2ss", "350000-a", "principal"); /* is `from` */
    REFUSED(11, "A2A2ssA2ss", "350000-b", "principal", "350000-b", "copy");
    REFUSED(11, "A2A2ssA2ss", "350000-b", "copy", "350000-c", "principal");
    REFUSED(11, "A2A2ssA2ss", "350000-b", "notice", "350000-c", "principal");
    ACCEPTED(11, "A2A2ssA2ss", "350000-c", "principal", "350000-b", "principal");
    ACCEPTED(11, "A2A2ssA2ss", "350000-c", "notice", "350000-b", "copy");
    REFUSED(12, "A1s", "350000-E");
    REFUSED(12, "A1u", U(1));
    REFUSED(12, "A1s", "350000-a");         /* is `from` */
    REFUSED(12, "A1s", "350000-d");         /* is in `to` */
    REFUSED(12, "A2ss", "350000-e", "350000-e");
    REFUSED(12, "A2ss", "350000-f", "350000-e");
}

static void field_13_subjects__refuses_each_violation(void **state)
{
    (void)state;
    REFUSED(13, "A1A2bn", 1, 7);
    REFUSED(13, "A1A2bb", 1, 8, 1, 9);
    REFUSED(13, "A1A2bs", 1, 8, "x");
    REFUSED(13, "A1A1b", 1, 8);
    REFUSED(13, "A2A2bnA2bn", 2, 8, 1, 8);
    REFUSED(13, "A2A2bnA2bn", 1, 8, 1, 8);
    REFUSED(13, "A2A2bbA2bb", 1, 8, 2, 8, 1, 8, 1, 8);
    REFUSED(13, "A2A2bbA2bb", 1, 8, 1, 8, 1, 8, 1, 8);
    REFUSED(13, "A2A2bbA2bn", 1, 8, 1, 8, 1, 8);     /* nil comes before charges */
    REFUSED(13, "A2A2bnA2bb", 1, 8, 1, 8, 1, 8);     /* and excludes them */
    REFUSED(13, "A3A2bnA2bnA2bb", 1, 8, 2, 8, 2, 8, 5, 8);
    ACCEPTED(13, "A2A2bnA2bb", 1, 8, 2, 8, 1, 8);
    ACCEPTED(13, "A1A2bn", 0, 8); /* parties are any eight bytes */
}

static void fields_14_and_15__refuse_each_violation(void **state)
{
    (void)state;
    REFUSED(14, "A1i", I(1));
    REFUSED(14, "A3iii", I(1), I(2), I(3));
    REFUSED(14, "A2ii", I(2), I(1));
    REFUSED(14, "A2ii", YEAR_1900_MS - 1, I(0));
    REFUSED(14, "A2ii", I(0), YEAR_9999_MS + 1);
    REFUSED(14, "A2si", "x", I(0));
    REFUSED(14, "A2uu", U(0), UINT64_MAX);
    ACCEPTED(14, "A2ii", YEAR_1900_MS, YEAR_9999_MS);
    ACCEPTED(14, "A2ii", I(7), I(7));
    REFUSED(15, "s", "late");
    REFUSED(15, "s", "");
    struct xj_header plain = full_header();
    unsigned named = 99;
    plain.actor = str("");
    assert_int_equal(decode_with(&plain, 15, &named, "s", "live"), XJ_OK);
}

static void field_16_papers__refuses_each_violation(void **state)
{
    (void)state;
    static const uint64_t classes[] = {0, 1, 256, 384, 511, 513, 640, 1280, 1048577, 2097152, UINT64_MAX};
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        REFUSED(16, "A1A3sbu", "other", 1, 32, classes[i]);
    static const uint64_t sound[] = {512, 768, 1024, 1536, 262144, 393216, 1048576, 1572864};
    for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
        ACCEPTED(16, "A1A3sbu", "other", 1, 32, sound[i]);
    REFUSED(16, "A1A3sbu", "Other", 1, 32, U(512));
    REFUSED(16, "A1A3sbu", "other", 1, 31, U(512));
    REFUSED(16, "A1A2sb", "other", 1, 32);
    REFUSED(16, "A3A3sbuA3sbuA3sbu", "other", 1, 32, U(512), "other", 2, 32, U(512), "decision", 1, 32, U(768));
}

static void fields_17_and_18__refuse_each_violation(void **state)
{
    (void)state;
    REFUSED(17, "A1b", 0, 16);
    REFUSED(17, "A1b", 1, 15);
    REFUSED(17, "A2bb", 1, 16, 1, 16);
    REFUSED(17, "A2bb", 2, 16, 1, 16);
    REFUSED(18, "A1A2sb", "likes", 1, 16);
    REFUSED(18, "A1A2sb", "amends", 0, 16);
    REFUSED(18, "A1A2sb", "amends", 1, 17);
    REFUSED(18, "A2A2sbA2sb", "amends", 1, 16, "amends", 1, 16);
    REFUSED(18, "A2A2sbA2sb", "voids", 1, 16, "amends", 2, 16);
    REFUSED(18, "A2A2sbA2sb", "amends", 2, 16, "amends", 1, 16);
    static const char *const relations[] = {"amends", "voids", "reissues", "shares", "unreadable",
                                            "merged_into", "split_from", "continues", "same_matter"};
    for (size_t i = 0; i < sizeof relations / sizeof *relations; i++)
        ACCEPTED(18, "A1A2sb", relations[i], 1, 16);
}

static void fields_19_to_23__refuse_each_violation(void **state)
{
    (void)state;
    for (unsigned field = 19; field <= 21; field++) {
        REFUSED(field, "b", 1, 31);
        REFUSED(field, "b", 1, 33);
    }
    REFUSED(22, "u", U(0));
    REFUSED(23, "b", 1, 31);
    REFUSED(23, "n"); /* number is 2 */
    struct xj_header first = full_header();
    unsigned named = 99;
    first.number = 1;
    first.has_previous = false;
    assert_int_equal(decode_with(&first, 23, &named, "n"), XJ_OK);
    assert_int_equal(decode_with(&first, 23, &named, "b", 1, 32), XJ_EMALFORMED);
    assert_int_equal(named, 23);
}

/* A list of count times one element, as the field says. */
static enum xj_err decode_with_many(unsigned field, uint32_t count, unsigned *ret_field)
{
    struct xj_header h = full_header(), *got = malloc(sizeof *got);
    struct xj_buf good, out;
    assert_non_null(got);
    h.to_count = h.joint_count = 0;
    xj_buf_init(&good, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&out, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&h, &good);
    xj_put_array(&out, FIELDS);
    for (unsigned i = 0; i < FIELDS; i++) {
        struct xj_slice span;
        assert_true(xj_span_element(xj_buf_slice(&good), i, &span));
        if (i != field) {
            xj_put_raw(&out, span);
            continue;
        }
        xj_put_array(&out, count);
        for (uint8_t k = 1; k <= count; k++) {
            struct xj_id id = {{k}};
            struct xj_hash digest = {{k}};
            char name[] = {'3', '5', '0', '0', '0', '0', '-', (char)('a' + k / 26), (char)('a' + k % 26), 0};
            switch (field) {
            case 7: xj_put_array(&out, 2); xj_put_cstr(&out, "t"); xj_put_cstr(&out, name); break;
            case 8: xj_put_array(&out, 2); xj_put_bin(&out, id.b, 16); xj_put_cstr(&out, "q"); break;
            case 11: xj_put_array(&out, 2); xj_put_cstr(&out, name); xj_put_cstr(&out, "copy"); break;
            case 12: xj_put_cstr(&out, name); break;
            case 13: xj_put_array(&out, 2); xj_put_bin(&out, id.b, 8); xj_put_nil(&out); break;
            case 16:
                xj_put_array(&out, 3);
                xj_put_cstr(&out, "other");
                xj_put_bin(&out, digest.b, 32);
                xj_put_uint(&out, 512);
                break;
            case 17: xj_put_bin(&out, id.b, 16); break;
            default: xj_put_array(&out, 2); xj_put_cstr(&out, "amends"); xj_put_bin(&out, id.b, 16); break;
            }
        }
    }
    enum xj_err err = xj_header_decode(xj_buf_slice(&out), got, ret_field);
    xj_buf_free(&good);
    xj_buf_free(&out);
    free(got);
    return err;
}

static void every_list__holds_its_limit_and_not_one_more(void **state)
{
    (void)state;
    static const struct {
        unsigned field;
        uint32_t max;
    } lists[] = {{7, XJ_MAX_TRACKS}, {8, XJ_MAX_ANSWERS}, {11, XJ_MAX_TO},  {12, XJ_MAX_JOINT},
                 {13, XJ_MAX_SUBJECTS}, {16, XJ_MAX_PAPERS}, {17, XJ_MAX_REFS}, {18, XJ_MAX_RELATES}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        unsigned named = 99;
        assert_int_equal(decode_with_many(lists[i].field, lists[i].max, &named), XJ_OK);
        assert_int_equal(decode_with_many(lists[i].field, lists[i].max + 1, &named), XJ_ELIMIT);
        assert_int_equal(named, lists[i].field);
    }
}

static void the_first_bad_field__is_the_one_named(void **state)
{
    (void)state;
    struct xj_header h = full_header();
    unsigned named = 99;
    h.suite = 2;
    h.number = 0;
    assert_int_equal(decode_with(&h, 6, &named, "s", "BAD"), XJ_EMALFORMED);
    assert_int_equal(named, 1);
}

static void header_peek__finds_id_and_number_of_a_refused_header(void **state)
{
    (void)state;
    struct xj_header h = full_header();
    struct xj_buf out;
    struct xj_id id;
    uint64_t number;
    h.number = 77;
    h.act = str("NOT A NAME");
    xj_buf_init(&out, XJ_MAX_HEADER_BYTES);
    xj_header_encode(&h, &out);
    xj_header_peek(xj_buf_slice(&out), &id, &number);
    assert_true(xj_id_eq(&id, &h.id));
    assert_int_equal(number, 77);
    xj_header_peek(xj_slice_of(out.p, out.n - 1), &id, &number);
    assert_true(xj_id_is_nil(&id));
    assert_int_equal(number, 0);
    static const uint8_t few[] = {0x93, 0xc0, 0xc0, 0x05};
    xj_header_peek(xj_slice_of(few, sizeof few), &id, &number);
    assert_true(xj_id_is_nil(&id));
    assert_int_equal(number, 0);
    xj_buf_free(&out);
}

/* ---- the four parts ---- */

static const uint8_t signature[] = {0x92, 0x00, 0xc4, 0x01, 0x55};

static void message__goes_there_and_back(void **state)
{
    (void)state;
    for (int with_body = 0; with_body < 2; with_body++) {
        struct xj_message m = {.header = str("head"), .signature = xj_slice_of(signature, sizeof signature)}, got;
        struct xj_buf one, two;
        if (with_body) {
            m.body = str("body");
            m.keys = str("keys");
        }
        xj_buf_init(&one, XJ_MAX_MESSAGE_BYTES);
        xj_buf_init(&two, XJ_MAX_MESSAGE_BYTES);
        xj_message_join(&m, &one);
        assert_int_equal(xj_message_split(xj_buf_slice(&one), &got), XJ_OK);
        assert_true(xj_slice_eq(got.header, m.header) && xj_slice_eq(got.body, m.body) && xj_slice_eq(got.keys, m.keys));
        assert_true(xj_slice_eq(got.signature, m.signature));
        xj_message_join(&got, &two);
        assert_true(xj_slice_eq(xj_buf_slice(&one), xj_buf_slice(&two)));
        for (size_t n = 0; n < one.n; n++)
            assert_int_equal(xj_message_split(xj_slice_of(one.p, n), &got), XJ_EMALFORMED);
        xj_buf_free(&one);
        xj_buf_free(&two);
    }
}

static enum xj_err split_values(const char *letters, ...)
{
    struct xj_buf out;
    struct xj_message got;
    va_list ap;
    xj_buf_init(&out, 4096);
    va_start(ap, letters);
    put_values(&out, letters, ap);
    va_end(ap);
    enum xj_err err = xj_message_split(xj_buf_slice(&out), &got);
    assert_true(err == XJ_OK || got.signature.n == 0);
    xj_buf_free(&out);
    return err;
}

static void message_split__refuses_other_shapes(void **state)
{
    (void)state;
    assert_int_equal(split_values("A4bbbA2ub", 1, 4, 1, 4, 1, 4, U(0), 1, 64), XJ_OK);
    assert_int_equal(split_values("A4bnnA2ub", 1, 4, U(0), 1, 64), XJ_OK);
    assert_int_equal(split_values("A4bnbA2ub", 1, 4, 1, 4, U(0), 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("A4bbnA2ub", 1, 4, 1, 4, U(0), 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("A4bbbA2ub", 1, 4, 1, 0, 1, 4, U(0), 1, 64), XJ_EMALFORMED); /* would read as nil later */
    assert_int_equal(split_values("A4bbbA2ub", 1, 4, 1, 4, 1, 0, U(0), 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("A4sbbA2ub", "head", 1, 4, 1, 4, U(0), 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("A4bbbb", 1, 4, 1, 4, 1, 4, 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("A4bbbn", 1, 4, 1, 4, 1, 4), XJ_EMALFORMED);
    assert_int_equal(split_values("A3bbb", 1, 4, 1, 4, 1, 4), XJ_EMALFORMED);
    assert_int_equal(split_values("A5bbbA2ubn", 1, 4, 1, 4, 1, 4, U(0), 1, 64), XJ_EMALFORMED);
    assert_int_equal(split_values("b", 1, 4), XJ_EMALFORMED);
}

static void message_split__still_shows_the_parts_when_one_is_over_its_limit(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{XJ_MAX_HEADER_BYTES + 1, 4, 4},
                                      {4, XJ_MAX_SEALED_BODY_BYTES + 1, 4},
                                      {4, 4, XJ_MAX_KEYS_BYTES + 1}};
    uint8_t *big = calloc(1, XJ_MAX_SEALED_BODY_BYTES + 1);
    assert_non_null(big);
    for (size_t i = 0; i < 4; i++) {
        bool over = i < 3;
        struct xj_message m = {.signature = xj_slice_of(signature, sizeof signature)}, got;
        m.header = xj_slice_of(big, over ? sizes[i][0] : XJ_MAX_HEADER_BYTES);
        m.body = xj_slice_of(big, over ? sizes[i][1] : XJ_MAX_SEALED_BODY_BYTES);
        m.keys = xj_slice_of(big, over ? sizes[i][2] : XJ_MAX_KEYS_BYTES);
        struct xj_buf out;
        xj_buf_init(&out, XJ_MAX_MESSAGE_BYTES);
        xj_message_join(&m, &out);
        assert_int_equal(out.err, XJ_OK);
        assert_int_equal(xj_message_split(xj_buf_slice(&out), &got), over ? XJ_ELIMIT : XJ_OK);
        assert_int_equal(got.header.n, m.header.n);
        assert_int_equal(got.body.n, m.body.n);
        assert_int_equal(got.keys.n, m.keys.n);
        xj_buf_free(&out);
    }
    free(big);
}

static void subject_keys__order_nil_before_charges(void **state)
{
    (void)state;
    struct xj_subject whole = {.party = {1}}, first = {.party = {1}, .has_charge = true}, next = {.party = {2}};
    uint8_t key[17];
    assert_int_equal(xj_subject_key(&whole, key), 9);
    assert_int_equal(key[8], 0);
    assert_int_equal(xj_subject_key(&first, key), 17);
    assert_int_equal(key[8], 1);
    assert_true(xj_subject_cmp(&whole, &first) < 0 && xj_subject_cmp(&first, &next) < 0);
    assert_true(xj_subject_cmp(&next, &whole) > 0 && xj_subject_cmp(&first, &first) == 0);
    whole.charge[0] = 9; /* of no meaning without has_charge */
    struct xj_subject again = {.party = {1}};
    assert_int_equal(xj_subject_cmp(&whole, &again), 0);
}

static void names__are_those_of_the_spec(void **state)
{
    (void)state;
    assert_string_equal(xj_to_role_name(XJ_TO_PRINCIPAL), "principal");
    assert_string_equal(xj_to_role_name(XJ_TO_COPY), "copy");
    assert_string_equal(xj_to_role_name(XJ_TO_NOTICE), "notice");
    assert_null(xj_to_role_name(XJ_TO_INVALID));
    assert_string_equal(xj_mode_name(XJ_MODE_LIVE), "live");
    assert_string_equal(xj_mode_name(XJ_MODE_LATE_ENTRY), "late_entry");
    assert_null(xj_mode_name(XJ_MODE_INVALID));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header__goes_there_and_back),
        cmocka_unit_test(header__may_be_empty_where_the_rules_allow),
        cmocka_unit_test(header__of_another_arity_or_shape_names_no_field),
        cmocka_unit_test(header__over_its_bytes_or_values_is_a_limit),
        cmocka_unit_test(every_field__refuses_every_other_type),
        cmocka_unit_test(fields_0_to_6__refuse_each_violation),
        cmocka_unit_test(field_7_tracks__refuses_each_violation),
        cmocka_unit_test(field_8_answers__refuses_each_violation),
        cmocka_unit_test(fields_9_and_10__refuse_each_violation),
        cmocka_unit_test(fields_11_and_12__refuse_each_violation),
        cmocka_unit_test(field_13_subjects__refuses_each_violation),
        cmocka_unit_test(fields_14_and_15__refuse_each_violation),
        cmocka_unit_test(field_16_papers__refuses_each_violation),
        cmocka_unit_test(fields_17_and_18__refuse_each_violation),
        cmocka_unit_test(fields_19_to_23__refuse_each_violation),
        cmocka_unit_test(every_list__holds_its_limit_and_not_one_more),
        cmocka_unit_test(the_first_bad_field__is_the_one_named),
        cmocka_unit_test(header_peek__finds_id_and_number_of_a_refused_header),
        cmocka_unit_test(message__goes_there_and_back),
        cmocka_unit_test(message_split__refuses_other_shapes),
        cmocka_unit_test(message_split__still_shows_the_parts_when_one_is_over_its_limit),
        cmocka_unit_test(subject_keys__order_nil_before_charges),
        cmocka_unit_test(names__are_those_of_the_spec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
