/* The form of filing standards, on small ones made here: vector, refusals, canonical bytes, words; and what the look-up does with
 * conditions, kinds, versions and gaps. The real data: tests/law/test_standards.c. Spec: spec/13-standards.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agents/cli/standards_json.h"
#include "schema/base/civil.h"
#include "schema/procedure/standards_look.h"
#include "schema/procedure/standards_text.h"
#include "schema/wire/pack.h"

/* ---- making some ---- */

#define MEASURES "\"gain\":[\"违法所得\",\"gain\",\"fen\"],\"sold\":[\"销售\",\"sales\",\"fen\"],\"left\":[\"未售\",\"unsold\",\"fen\"],"   \
                 "\"both\":[\"合计\",\"both\",\"fen\",{\"sold\":3,\"left\":1},2]"
#define HEAD "{\"name\":\"t\",\"source\":\"s\",\"measures\":{" MEASURES "},\"instruments\":{\"X\":[\"某规定\",\"某〔1〕1号\",\"1970-01-02\",\"C\"]},"
#define ENTRY(charge, from, more, rows)                                                                                        \
    "{\"id\":\"1\",\"charge\":\"" charge "\",\"article\":\"1条\",\"from\":\"" from "\"" more ",\"rows\":[" rows "]}"
#define END ",\"cite\":[\"X 1\"],\"tag\":\"C\"}"
#define GAIN(value) "{\"measure\":\"gain\",\"value\":" value END
#define OF(entries) HEAD "\"aliases\":{},\"entries\":[" entries "]}"
#define ONE(rows) OF(ENTRY("甲罪", "2020-01-01", "", rows))

static struct xj_standards made(const char *json)
{
    struct xj_standards st;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    if (xj_standards_from_json(xj_slice_cstr(json), "t", &st, &text) != XJ_OK)
        fail_msg("%s\n%s", xj_buf_cstr(&text), json);
    xj_buf_free(&text);
    return st;
}

static void refused(const char *json, const char *want)
{
    struct xj_standards st;
    struct xj_buf text;
    xj_buf_init(&text, 4096);
    enum xj_err err = xj_standards_from_json(xj_slice_cstr(json), "t", &st, &text);
    if (err == XJ_OK || strstr(xj_buf_cstr(&text), want) == NULL)
        fail_msg("wanted \"%s\", got %s: %s\n%s", want, xj_err_name(err), xj_buf_cstr(&text), json);
    xj_buf_free(&text);
}

/* ---- the vector of the spec ---- */

#define VECTOR                                                                                                                  \
    "{\"name\":\"t\",\"source\":\"s\",\"measures\":{\"gain\":[\"违法所得\",\"gain\",\"fen\"]},\"aliases\":{\"甲\":\"乙罪\"},"   \
    "\"instruments\":{\"X\":[\"某规定\",\"某〔1〕1号\",\"1970-01-02\",\"C\"]},\"entries\":[{\"id\":\"1\",\"charge\":\"乙罪\","  \
    "\"article\":\"1条\",\"from\":\"1970-01-03\",\"rows\":[{\"measure\":\"gain\",\"value\":300,\"cite\":[\"X 1(一)\"],\"tag\":\"C\"}]}]}"
#define VECTOR_HEX                                                                                                              \
    "9701a174a1739196a46761696eace8bf9de6b395e68980e5be97a46761696ea366656e90019192a3e794b2a6e4b999e7bdaa9195a158a9e69f90e8"    \
    "a784e5ae9aaee69f90e3809431e3809531e58fb701a143919ca6e4b999e7bdaaa002c0a131a0a431e69da1c2a0a0a0919ca46761696ecd012ccd012c" \
    "90c0a000a0a0a09192a158a63128e4b88029a143"
#define VECTOR_DIGEST "a8468a97f639fbb942eecc9e3457a59bd1030a00bd6e9f2e3cf92369da21a355"

static void json__gives_the_bytes_and_digest_of_the_spec(void **state)
{
    (void)state;
    struct xj_standards st = made(VECTOR);
    char hex[1024];
    xj_hex(xj_standards_bytes(&st).p, xj_standards_bytes(&st).n, hex);
    assert_string_equal(hex, VECTOR_HEX);
    xj_hex(xj_standards_digest(&st)->b, XJ_HASH_SIZE, hex);
    assert_string_equal(hex, VECTOR_DIGEST);
    xj_standards_free(&st);
}

static void decode__reads_the_bytes_of_the_spec(void **state)
{
    (void)state;
    uint8_t bytes[sizeof VECTOR_HEX / 2];
    struct xj_standards st;
    const size_t n = sizeof bytes;
    assert_true(xj_unhex(VECTOR_HEX, bytes, n));
    assert_int_equal(xj_standards_decode(xj_slice_of(bytes, n), &st, NULL), XJ_OK);
    memset(bytes, 0, n); /* they may go */
    assert_int_equal(st.entry_count, 1);
    const struct xj_std_entry *e = &st.entries[0];
    assert_true(xj_slice_is(e->charge, "乙罪") && xj_slice_is(e->article, "1条") && e->kind.n == 0 && e->note.n == 0);
    assert_int_equal(e->from_day, 2);
    assert_true(e->to_day == XJ_STD_OPEN_DAY && !e->suspicion);
    assert_int_equal(e->row_count, 1);
    const struct xj_std_row *r = &e->rows[0];
    assert_true(r->value == 300 && r->max == 300 && r->measure == 0 && r->tag == XJ_TAG_C && r->aside == XJ_STD_THRESHOLD && !r->prior.given);
    assert_true(r->cite_count == 1 && xj_slice_is(r->cites[0].article, "1(一)"));
    assert_int_equal(st.instruments[r->cites[0].instrument].day, 1);
    xj_standards_free(&st);
    xj_standards_free(&st);
}

/* Any one byte that differs is refused or gives standards that are exactly those bytes. */
static void decode__of_any_flipped_byte_is_refused_or_keeps_the_bytes(void **state)
{
    (void)state;
    uint8_t bytes[sizeof VECTOR_HEX / 2];
    struct xj_standards st;
    int refusals = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            assert_true(xj_unhex(VECTOR_HEX, bytes, sizeof bytes));
            bytes[i] ^= (uint8_t)(1u << bit);
            struct xj_std_fault fault = {.list = NULL};
            if (xj_standards_decode(xj_slice_of(bytes, sizeof bytes), &st, &fault) == XJ_OK) {
                assert_true(xj_slice_eq(xj_standards_bytes(&st), xj_slice_of(bytes, sizeof bytes)));
                xj_standards_free(&st);
            } else {
                assert_true(fault.list != NULL && fault.zh != NULL && fault.en != NULL && st.bytes == NULL);
                refusals++;
            }
        }
    assert_true(refusals > 500);
}

static void decode__refuses_every_truncation_and_a_trailing_byte(void **state)
{
    (void)state;
    uint8_t bytes[sizeof VECTOR_HEX / 2 + 1] = {0};
    struct xj_standards st;
    assert_true(xj_unhex(VECTOR_HEX, bytes, sizeof bytes - 1));
    for (size_t n = 0; n < sizeof bytes - 1; n++)
        assert_int_not_equal(xj_standards_decode(xj_slice_of(bytes, n), &st, NULL), XJ_OK);
    assert_int_equal(xj_standards_decode(xj_slice_of(bytes, sizeof bytes), &st, NULL), XJ_EMALFORMED);
}

/* ---- refusals with their place ---- */

static void json__sorts_what_people_keep_in_their_own_order(void **state)
{
    (void)state;
    struct xj_standards a = made(OF(ENTRY("乙罪", "2020-01-01", "", GAIN("1")) "," ENTRY("甲罪", "2020-01-01", "", GAIN("2"))));
    struct xj_standards b = made(OF(ENTRY("甲罪", "2020-01-01", "", GAIN("2")) "," ENTRY("乙罪", "2020-01-01", "", GAIN("1"))));
    assert_true(xj_slice_eq(xj_standards_bytes(&a), xj_standards_bytes(&b)));
    xj_standards_free(&a);
    xj_standards_free(&b);
}

static void json__refuses_with_the_place(void **state)
{
    (void)state;
    refused("", "empty");
    refused("[1]", "no object");
    refused("{", "line 1");
    refused("{\"name\":\"t\"}", "source: is missing");
    refused("{\"name\":\"T\",\"source\":\"s\",\"measures\":{},\"aliases\":{},\"instruments\":{},\"entries\":[]}", "the form, name, source");
    refused("{\"source\":\"s\",\"extra\":1}", "extra: no such key");
    refused(OF(ENTRY("甲罪", "2020-01-01", "", GAIN("1")) ",7"), "entries[1]: is no object");
    refused(OF(ENTRY("甲罪", "2020-02-30", "", GAIN("1"))), "entries[0].from: is no date");
    refused(OF(ENTRY("甲罪", "2020-01-01", ",\"to\":\"2019-12-31\"", GAIN("1"))), "entries[0]: the last day is before the first");
    refused(OF(ENTRY("甲罪", "2020-01-01", ",\"suspicion\":1", GAIN("1"))), "entries[0].suspicion");
    refused(OF(ENTRY("甲罪", "2020-01-01", ",\"kin\":\"x\"", GAIN("1"))), "entries[0].kin: no such key");
    refused(OF(ENTRY("甲（乙）罪", "2020-01-01", "", GAIN("1"))), "brackets");
    refused(OF(ENTRY("甲罪", "2020-01-01", "", "")), "entries[0].rows");
    refused(ONE(GAIN("1") "," GAIN("0")), "entries[0].rows[1].value: is out of range");
    refused(ONE(GAIN("1.5")), "entries[0].rows[0].value: is no integer");
    refused(ONE(GAIN("1000000000000001")), "entries[0].rows[0].value: is out of range");
    refused(ONE("{\"measure\":\"none\",\"value\":1" END), "entries[0].rows[0]: no such measure");
    refused(ONE("{\"measure\":\"gain\",\"value\":5,\"max\":5" END), "entries[0].rows[0].max: is out of range");
    refused(ONE("{\"value\":5" END), "entries[0].rows[0].value: without measure");
    refused(ONE("{\"note\":\"x\"" END), "entries[0].rows[0]: neither an amount nor a condition");
    refused(ONE(GAIN("1") ",{\"near\":80,\"measure\":\"gain\",\"value\":1" END), "entries[0].rows[1]: near belongs");
    refused(ONE("{\"near\":80" END), "entries[0].rows[0]: near belongs");
    refused(ONE("{\"judge\":\"x\",\"subject\":\"people\"" END), "entries[0].rows[0]");
    refused(ONE("{\"judge\":\"x\",\"aside\":\"else\"" END), "entries[0].rows[0]");
    refused(ONE("{\"judge\":\"x\",\"prior\":{\"times\":0,\"years\":2,\"what\":\"w\"}" END), "prior.times: is out of range");
    refused(ONE("{\"judge\":\"x\",\"all_of\":[[\"gain\",\">\",1]]" END), "entries[0].rows[0]: all_of is wrong");
    refused(ONE("{\"judge\":\"a\\tb\"" END), "entries[0].rows[0]");
    refused(ONE("{\"judge\":\"x\",\"cite\":[\"Y 1\"],\"tag\":\"C\"}"), "entries[0].rows[0]: no such instrument");
    refused(ONE("{\"judge\":\"x\",\"cite\":[\"X1\"],\"tag\":\"C\"}"), "entries[0].rows[0].cite");
    refused(ONE("{\"judge\":\"x\",\"cite\":[],\"tag\":\"C\"}"), "entries[0].rows[0].cite");
    refused(ONE("{\"judge\":\"x\",\"cite\":[\"X 1\"],\"tag\":\"D\"}"), "entries[0].rows[0]");
}

static void json__refuses_overlaps_and_what_is_not_there(void **state)
{
    (void)state;
    refused(OF(ENTRY("甲罪", "2020-01-01", "", GAIN("1")) "," ENTRY("甲罪", "2021-01-01", "", GAIN("1"))), "entries[1]: overlaps");
    refused(OF(ENTRY("甲罪", "2020-01-01", ",\"to\":\"2021-01-01\"", GAIN("1")) "," ENTRY("甲罪", "2021-01-01", "", GAIN("1"))), "overlaps");
    struct xj_standards st =
        made(OF(ENTRY("甲罪", "2020-01-01", ",\"to\":\"2020-12-31\"", GAIN("1")) "," ENTRY("甲罪", "2021-01-01", "", GAIN("1"))
                "," ENTRY("甲罪", "2020-01-01", ",\"kind\":\"乙\"", GAIN("1"))));
    xj_standards_free(&st);
    refused(HEAD "\"aliases\":{\"丙\":\"丁罪\"},\"entries\":[" ENTRY("甲罪", "2020-01-01", "", GAIN("1")) "]}", "aliases.丙: no such charge");
    refused(HEAD "\"aliases\":{\"甲罪\":\"甲罪\"},\"entries\":[" ENTRY("甲罪", "2020-01-01", "", GAIN("1")) "]}", "an alias is a charge itself");
    refused("{\"source\":\"s\",\"measures\":{\"a\":[\"a\",\"a\",\"fen\",{\"b\":1},1]},\"aliases\":{},\"instruments\":{},\"entries\":[]}",
            "measures.a: no such measure");
    refused("{\"source\":\"s\",\"measures\":{\"a\":[\"a\",\"a\",\"fen\",{\"a\":1},1]},\"aliases\":{},\"instruments\":{},\"entries\":[]}",
            "measures.a: a part is derived itself");
    refused("{\"source\":\"s\",\"measures\":{\"a\":[\"a\",\"a\",\"fen\",{},1]},\"aliases\":{},\"instruments\":{},\"entries\":[]}", "measures.a");
    refused("{\"source\":\"s\",\"measures\":{\"A\":[\"a\",\"a\",\"fen\"]},\"aliases\":{},\"instruments\":{},\"entries\":[]}", "measures.A");
    refused("{\"source\":\"s\",\"measures\":{},\"aliases\":{},\"instruments\":{\"x-y\":[\"a\",\"\",null,\"C\"]},\"entries\":[]}", "instruments.x-y");
}

/* Bytes that a JSON loader would never write: the reader alone must find them. */
static void decode__refuses_what_is_out_of_order(void **state)
{
    (void)state;
    struct xj_standards st;
    struct xj_std_fault fault;
    struct xj_buf b;
    xj_buf_init(&b, 4096);
    xj_put_array(&b, 7);
    xj_put_uint(&b, 1);
    xj_put_cstr(&b, "t");
    xj_put_cstr(&b, "s");
    xj_put_array(&b, 2);
    for (int i = 0; i < 2; i++) {
        xj_put_array(&b, 6);
        xj_put_cstr(&b, i == 0 ? "b" : "a");
        for (int k = 0; k < 3; k++)
            xj_put_cstr(&b, "x");
        xj_put_array(&b, 0);
        xj_put_uint(&b, 1);
    }
    for (int i = 0; i < 3; i++)
        xj_put_array(&b, 0);
    assert_int_equal(xj_standards_decode(xj_buf_slice(&b), &st, &fault), XJ_EMALFORMED);
    assert_string_equal(fault.list, "measures");
    assert_int_equal(fault.at, 1);
    assert_string_equal(fault.en, "listed twice or out of order");
    xj_buf_free(&b);
}

static void names__are_charges_kinds_and_aliases(void **state)
{
    (void)state;
    struct xj_standards st = made(HEAD "\"aliases\":{\"丙\":\"甲罪（乙）\",\"丁\":\"甲罪\"},\"entries\":[" ENTRY("甲罪", "2020-01-01", ",\"kind\":\"乙\"",
                                                                                                               GAIN("1")) "]}");
    static const struct {
        const char *name, *kind;
        bool there;
    } cases[] = {{"甲罪", "", true},  {"甲罪（乙）", "乙", true}, {"甲罪(乙)", "乙", true}, {"丙", "乙", true}, {"丁", "", true},
                 {"甲", "", false},   {"甲罪（）", "", false},    {"甲罪（丙）", "", false}, {"（乙）", "", false}, {"）", "", false}, {"", "", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct xj_slice charge, kind;
        const bool there = xj_standards_charge(&st, xj_slice_cstr(cases[i].name), &charge, &kind);
        if (there != cases[i].there || (there && (!xj_slice_is(charge, "甲罪") || !xj_slice_is(kind, cases[i].kind))))
            fail_msg("%s", cases[i].name);
    }
    xj_standards_free(&st);
}

static void limits__hold_the_largest_and_refuse_more(void **state)
{
    (void)state;
    struct xj_buf json;
    struct xj_standards st;
    xj_buf_init(&json, XJ_STANDARDS_JSON_BYTES);
    for (unsigned rows = XJ_STD_ROWS_MAX; rows <= XJ_STD_ROWS_MAX + 1; rows++) {
        xj_buf_reset(&json);
        xj_buf_addf(&json, "%s\"aliases\":{},\"entries\":[{\"id\":\"1\",\"charge\":\"甲罪\",\"article\":\"1\",\"from\":\"2020-01-01\",\"rows\":[", HEAD);
        for (unsigned i = 0; i < rows; i++)
            xj_buf_addf(&json, "%s%s", i > 0 ? "," : "", GAIN("1000000000000000"));
        xj_buf_add_str(&json, "]}]}");
        const enum xj_err err = xj_standards_from_json(xj_buf_slice(&json), "t", &st, NULL);
        assert_int_equal(err, rows == XJ_STD_ROWS_MAX ? XJ_OK : XJ_EMALFORMED);
        xj_standards_free(&st);
    }
    uint8_t *big = calloc(1, XJ_STANDARDS_BYTES_MAX + 1);
    assert_non_null(big);
    assert_int_equal(xj_standards_decode(xj_slice_of(big, XJ_STANDARDS_BYTES_MAX + 1), &st, NULL), XJ_ELIMIT);
    free(big);
    xj_buf_free(&json);
}

/* ---- the look-up ---- */

#define UNIT xj_slice_cstr("fen")
static int64_t day(const char *date)
{
    int64_t d;
    assert_true(xj_date_parse(date, &d));
    return d;
}

/* A question on 甲罪 for conduct from one day to another, with up to two amounts. */
struct asked {
    struct xj_slice charge;
    struct xj_std_amount amounts[2];
    int64_t penalties[3];
    struct xj_std_question q;
};
static struct asked *ask(struct asked *a, const char *from, const char *to)
{
    memset(a, 0, sizeof *a);
    a->charge = xj_slice_cstr("甲罪");
    a->q = (struct xj_std_question){.charges = &a->charge, .charge_count = 1, .from_day = day(from), .to_day = day(to),
                                    .amounts = a->amounts, .penalties = a->penalties, .history_known = true};
    return a;
}
static void amount(struct asked *a, const char *name, int64_t value)
{
    a->amounts[a->q.amount_count++] = (struct xj_std_amount){xj_slice_cstr(name), value, UNIT};
}

static void wants_about(const char *file, int line, const struct xj_standards *st, const struct asked *a, enum xj_std_outcome outcome, int32_t percent,
                        uint32_t prompts)
{
    struct xj_std_answer r;
    xj_standards_look(st, &a->q, &r);
    if (r.outcome != outcome || r.percent != percent || r.prompts != prompts) {
        print_error("%s %d%% prompts %x\n", xj_std_outcome_name(r.outcome), r.percent, r.prompts);
        _fail(file, line);
    }
}
#define WANTS(st, a, outcome, percent, prompts) wants_about(__FILE__, __LINE__, st, a, outcome, percent, prompts)

static void look__rounds_percent_down_and_counts_the_figure_itself(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int32_t percent;
        enum xj_std_outcome outcome;
    } cases[] = {{0, 0, XJ_STD_BELOW},     {239, 79, XJ_STD_BELOW},   {240, 80, XJ_STD_NEAR},      {299, 99, XJ_STD_NEAR},
                 {300, 100, XJ_STD_REACHED}, {450, 150, XJ_STD_REACHED}, {INT64_MAX, INT32_MAX, XJ_STD_REACHED}};
    struct xj_standards st = made(ONE(GAIN("300")));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct asked a;
        amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", cases[i].value);
        WANTS(&st, &a, cases[i].outcome, cases[i].percent, 0);
    }
    xj_standards_free(&st);
}

static void look__counts_no_amount_of_another_unit_name_or_sign(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE(GAIN("300")));
    struct asked a;
    struct xj_std_answer r;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 300);
    a.amounts[0].unit = xj_slice_cstr("yuan");
    xj_standards_look(&st, &a.q, &r);
    assert_true(r.amount_ignored == 1 && r.outcome == XJ_STD_UNKNOWN && r.prompts == XJ_STD_ASK_MISSING);
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gains", 300);
    amount(&a, "gain", -1);
    xj_standards_look(&st, &a.q, &r);
    assert_true(r.amount_ignored == 2 && r.percent == XJ_STD_NONE);
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 10); /* of two the greater */
    amount(&a, "gain", 5);
    WANTS(&st, &a, XJ_STD_BELOW, 3, 0);
    xj_standards_free(&st);
}

static void look__computes_what_is_derived_and_knows_when_it_is_partial(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE("{\"measure\":\"both\",\"value\":100" END));
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "sold", 33);
    WANTS(&st, &a, XJ_STD_UNKNOWN, 49, XJ_STD_ASK_MISSING); /* 99 / 2 at least */
    amount(&a, "left", 5);
    WANTS(&st, &a, XJ_STD_BELOW, 52, 0); /* 104 / 2 */
    amount(ask(&a, "2020-01-01", "2020-01-01"), "sold", 70);
    WANTS(&st, &a, XJ_STD_REACHED, 105, 0); /* whatever is unsold */
    amount(&a, "both", 20);
    WANTS(&st, &a, XJ_STD_BELOW, 20, 0); /* given itself */
    xj_standards_free(&st);
}

static void look__needs_every_condition(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE("{\"measure\":\"gain\",\"value\":100,\"all_of\":[[\"sold\",\"<\",50]],\"subject\":\"unit\"" END));
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 100);
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_MISSING | XJ_STD_ASK_SUBJECT);
    a.q.subject = XJ_STD_UNIT;
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_MISSING);
    amount(&a, "sold", 49);
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0);
    a.amounts[1].value = 50;
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0);
    a.amounts[1].value = 49;
    a.q.subject = XJ_STD_PERSON;
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0);
    xj_standards_free(&st);
}

static void look__leaves_to_a_person_what_only_a_person_can_judge(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE("{\"measure\":\"gain\",\"value\":100,\"judge\":\"某情形\"" END));
    struct asked a;
    ask(&a, "2020-01-01", "2020-01-01");
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_MISSING);
    amount(&a, "gain", 79);
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0); /* whatever is judged, it is short of it */
    a.amounts[0].value = 80;
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_CONDITION);
    a.amounts[0].value = 1000;
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_CONDITION);
    xj_standards_free(&st);
    st = made(ONE(GAIN("100") ",{\"judge\":\"某行为\"" END));
    a.amounts[0].value = 1;
    WANTS(&st, &a, XJ_STD_UNKNOWN, 1, XJ_STD_ASK_CONDUCT); /* never below */
    xj_standards_free(&st);
}

/* Penalties on 2018-02-28 and 2018-03-01, two needed within two years. */
static void look__counts_penalties_to_the_day(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
        enum xj_std_outcome outcome;
        uint32_t prompts;
    } cases[] = {{"2020-02-28", "2020-02-28", XJ_STD_REACHED, 0},
                 {"2020-02-29", "2020-02-29", XJ_STD_BELOW, 0}, /* one day too late for the first */
                 {"2020-02-28", "2020-02-29", XJ_STD_UNKNOWN, XJ_STD_ASK_PRIORS},
                 {"2018-03-02", "2018-03-02", XJ_STD_REACHED, 0},
                 {"2018-03-01", "2018-03-01", XJ_STD_BELOW, 0}, /* the second is not before the conduct */
                 {"2018-03-01", "2018-03-02", XJ_STD_UNKNOWN, XJ_STD_ASK_PRIORS},
                 {"2018-02-28", "2018-02-28", XJ_STD_BELOW, 0}};
    struct xj_standards st = made(OF(ENTRY("甲罪", "2010-01-01", "", "{\"measure\":\"gain\",\"value\":100,\"prior\":{\"times\":2,\"years\":2,\"what\":\"w\"}" END)));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct asked a;
        amount(ask(&a, cases[i].from, cases[i].to), "gain", 100);
        a.penalties[0] = day("2018-02-28");
        a.penalties[1] = day("2018-03-01");
        a.q.penalty_count = 2;
        WANTS(&st, &a, cases[i].outcome, cases[i].outcome == XJ_STD_REACHED ? 100 : XJ_STD_NONE, cases[i].prompts);
    }
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 100);
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0); /* none, and no others */
    a.q.history_known = false;
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_PRIORS);
    a.amounts[0].value = 79;
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0);
    xj_standards_free(&st);
}

static void look__counts_a_leap_day_to_the_last_of_february_and_convictions_by_themselves(void **state)
{
    (void)state;
    struct xj_standards st = made(OF(ENTRY("甲罪", "2010-01-01", "", "{\"prior\":{\"times\":2,\"years\":1,\"convicted\":0,\"what\":\"w\"}" END)));
    struct asked a;
    int64_t conviction = day("2012-05-01");
    ask(&a, "2021-02-28", "2021-02-28");
    a.penalties[0] = a.penalties[1] = day("2020-02-29");
    a.q.penalty_count = 2;
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0);
    a.q.from_day = a.q.to_day = day("2021-03-01");
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0);
    a.q.convictions = &conviction;
    a.q.conviction_count = 1;
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0); /* one, at any time */
    conviction = day("2021-03-01");
    WANTS(&st, &a, XJ_STD_BELOW, XJ_STD_NONE, 0);
    xj_standards_free(&st);
}

static void look__takes_near_from_the_rows_before(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE(GAIN("100") ",{\"measure\":\"sold\",\"value\":1000,\"judge\":\"x\"" END
                                                  ",{\"near\":80,\"prior\":{\"times\":1,\"years\":0,\"what\":\"w\"}" END));
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 79);
    amount(&a, "sold", 0);
    a.penalties[0] = day("2001-01-01");
    a.q.penalty_count = 1;
    WANTS(&st, &a, XJ_STD_BELOW, 79, 0);
    a.amounts[0].value = 80;
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0);
    a.q.penalty_count = 0;
    WANTS(&st, &a, XJ_STD_NEAR, 80, 0);
    a.amounts[0].value = 10;
    a.amounts[1].value = 800; /* near only if the condition is judged to hold */
    a.q.penalty_count = 1;
    WANTS(&st, &a, XJ_STD_UNKNOWN, 10, XJ_STD_ASK_CONDITION);
    xj_standards_free(&st);
}

static void look__never_counts_u_rows_nor_rows_aside(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE(GAIN("1000") ",{\"measure\":\"gain\",\"value\":1,\"cite\":[\"X 1\"],\"tag\":\"U\"}"));
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 100);
    WANTS(&st, &a, XJ_STD_UNKNOWN, 10, 0); /* nor is it below, with one that is not confirmed */
    xj_standards_free(&st);
    st = made(ONE(GAIN("1000") ",{\"measure\":\"gain\",\"value\":1,\"aside\":\"aggravated\"" END ",{\"judge\":\"x\",\"aside\":\"danger\"" END));
    WANTS(&st, &a, XJ_STD_BELOW, 10, 0);
    xj_standards_free(&st);
    st = made(ONE(GAIN("10") ",{\"all_of\":[[\"gain\",\"<\",200]],\"aside\":\"exempt\"" END));
    WANTS(&st, &a, XJ_STD_REACHED, 1000, XJ_STD_ASK_EXEMPT);
    a.amounts[0].value = 200;
    WANTS(&st, &a, XJ_STD_REACHED, 2000, 0);
    xj_standards_free(&st);
}

static void look__reaches_a_range_only_at_its_top(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int32_t percent;
        enum xj_std_outcome outcome;
        uint32_t prompts;
    } cases[] = {{79, 26, XJ_STD_BELOW, 0}, {80, 26, XJ_STD_UNKNOWN, XJ_STD_ASK_RANGE}, {100, 33, XJ_STD_UNKNOWN, XJ_STD_ASK_RANGE},
                 {240, 80, XJ_STD_NEAR, XJ_STD_ASK_RANGE}, {299, 99, XJ_STD_NEAR, XJ_STD_ASK_RANGE}, {300, 100, XJ_STD_REACHED, 0}};
    struct xj_standards st = made(ONE("{\"measure\":\"gain\",\"value\":100,\"max\":300" END));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct asked a;
        amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", cases[i].value);
        WANTS(&st, &a, cases[i].outcome, cases[i].percent, cases[i].prompts);
    }
    xj_standards_free(&st);
}

static void look__takes_the_lower_of_two_versions_and_says_so(void **state)
{
    (void)state;
    struct xj_standards st = made(OF(ENTRY("甲罪", "2020-01-01", ",\"to\":\"2020-12-31\"", GAIN("100")) "," ENTRY("甲罪", "2021-01-01", "", GAIN("200"))));
    struct asked a;
    amount(ask(&a, "2020-12-31", "2020-12-31"), "gain", 180);
    WANTS(&st, &a, XJ_STD_REACHED, 180, 0);
    a.q.to_day = day("2021-01-01");
    WANTS(&st, &a, XJ_STD_NEAR, 90, XJ_STD_ASK_VERSIONS);
    a.q.from_day = day("2021-01-01");
    WANTS(&st, &a, XJ_STD_NEAR, 90, 0);
    a.q.from_day = day("2020-06-01");
    a.amounts[0].value = 150;
    WANTS(&st, &a, XJ_STD_BELOW, 75, XJ_STD_ASK_VERSIONS);
    xj_standards_free(&st);
}

static void look__concludes_nothing_over_a_gap(void **state)
{
    (void)state;
    struct xj_standards st = made(OF(ENTRY("甲罪", "2020-01-01", ",\"to\":\"2020-12-31\"", GAIN("100")) "," ENTRY("甲罪", "2021-01-02", "", GAIN("100"))));
    struct asked a;
    amount(ask(&a, "2020-12-31", "2021-01-02"), "gain", 180);
    WANTS(&st, &a, XJ_STD_UNKNOWN, 180, XJ_STD_ASK_VERSIONS | XJ_STD_ASK_GAP);
    a.q.to_day = day("2021-01-01");
    WANTS(&st, &a, XJ_STD_UNKNOWN, 180, XJ_STD_ASK_GAP);
    a.q.from_day = day("2021-01-01");
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, XJ_STD_ASK_GAP);
    a.q.from_day = day("2019-12-31");
    a.q.to_day = day("2020-01-01");
    WANTS(&st, &a, XJ_STD_UNKNOWN, 180, XJ_STD_ASK_GAP);
    a.q.from_day = day("2020-01-01");
    WANTS(&st, &a, XJ_STD_REACHED, 180, 0);
    a.charge = xj_slice_cstr("乙罪");
    WANTS(&st, &a, XJ_STD_UNKNOWN, XJ_STD_NONE, 0); /* not known at all */
    xj_standards_free(&st);
}

static void look__concludes_of_a_charge_what_holds_for_each_kind(void **state)
{
    (void)state;
    struct xj_standards st = made(OF(ENTRY("甲罪", "2020-01-01", ",\"kind\":\"乙\"", GAIN("100")) "," ENTRY("甲罪", "2020-01-01", ",\"kind\":\"丙\"", GAIN("200"))));
    struct asked a;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 100);
    WANTS(&st, &a, XJ_STD_UNKNOWN, 50, XJ_STD_ASK_KINDS);
    a.amounts[0].value = 200;
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0);
    a.amounts[0].value = 170;
    WANTS(&st, &a, XJ_STD_NEAR, 85, XJ_STD_ASK_KINDS);
    a.amounts[0].value = 10;
    WANTS(&st, &a, XJ_STD_BELOW, 5, 0);
    a.amounts[0].value = 100;
    a.charge = xj_slice_cstr("甲罪（乙）");
    WANTS(&st, &a, XJ_STD_REACHED, 100, 0);
    xj_standards_free(&st);
}

static void look__takes_the_best_of_several_charges(void **state)
{
    (void)state;
    struct xj_standards st = made(OF(ENTRY("甲罪", "2020-01-01", "", GAIN("100")) "," ENTRY("乙罪", "2020-01-01", "", GAIN("50"))));
    struct xj_slice charges[] = {xj_slice_cstr("甲罪"), xj_slice_cstr("乙罪"), xj_slice_cstr("丙罪")};
    struct asked a;
    struct xj_std_answer r;
    amount(ask(&a, "2020-01-01", "2020-01-01"), "gain", 60);
    a.q.charges = charges;
    a.q.charge_count = 3;
    xj_standards_look(&st, &a.q, &r);
    assert_true(r.outcome == XJ_STD_REACHED && r.percent == 120 && r.best == 1 && r.charge_count == 3 && r.finding_count == 2);
    assert_true(r.charges[0].outcome == XJ_STD_BELOW && r.charges[2].charge.n == 0 && r.charges[2].outcome == XJ_STD_UNKNOWN);
    assert_true(r.charges[1].row == &r.charges[1].entry->rows[0] && xj_slice_is(r.charges[1].entry->charge, "乙罪"));
    a.q.charge_count = 0;
    xj_standards_look(&st, &a.q, &r);
    assert_true(r.outcome == XJ_STD_UNKNOWN && r.percent == XJ_STD_NONE && r.charge_count == 0);
    xj_standards_free(&st);
}

/* ---- words ---- */

static void wants_words(const struct xj_standards *st, const struct xj_std_row *r, bool zh, const char *want)
{
    struct xj_buf buf;
    xj_buf_init(&buf, 4096);
    xj_standards_row_text(st, r, zh, &buf);
    assert_string_equal(xj_buf_cstr(&buf), want);
    xj_buf_free(&buf);
}

static void text__says_a_row_in_two_languages(void **state)
{
    (void)state;
    struct xj_standards st = made(ONE("{\"measure\":\"gain\",\"value\":5000000,\"all_of\":[[\"sold\",\"<\",123]],\"subject\":\"unit\",\"judge\":\"某情形\"" END
                                      ",{\"measure\":\"gain\",\"value\":1000000,\"max\":10050000000" END
                                      ",{\"near\":80,\"prior\":{\"times\":2,\"years\":3,\"convicted\":0,\"what\":\"某行为\"},\"aside\":\"role\"" END));
    const struct xj_std_row *r = st.entries[0].rows;
    wants_words(&st, &r[0], true, "单位：违法所得5万元以上，且销售不满1.23元；某情形");
    wants_words(&st, &r[0], false, "units: gain ≥ 50,000 yuan and sales < 1.23 yuan; to be judged: 某情形");
    wants_words(&st, &r[1], true, "违法所得1万元至10050万元以上（各省定）");
    wants_words(&st, &r[1], false, "gain ≥ 10,000 yuan to 100,500,000 yuan (as the province sets it)");
    wants_words(&st, &r[2], true, "〔主体认定〕已到上列数额之一的80%；3年内因某行为受2次以上行政处罚，或者曾受刑事处罚");
    wants_words(&st, &r[2], false, "[role] 80 % of an amount above; penalised 2 or more times within 3 years for 某行为, or convicted before");
    struct xj_buf buf;
    xj_buf_init(&buf, 4096);
    xj_standards_cite_text(&st, &r[0], true, &buf);
    assert_string_equal(xj_buf_cstr(&buf), "某规定（某〔1〕1号）1〔C〕");
    xj_buf_free(&buf);
    xj_standards_free(&st);
}

static void amounts__are_shown_in_the_units_of_people(void **state)
{
    (void)state;
    static const struct {
        const char *unit, *zh, *en;
        int64_t value;
    } cases[] = {{"fen", "0元", "0 yuan", 0},          {"fen", "0.05元", "0.05 yuan", 5},        {"fen", "9999.9元", "9,999.9 yuan", 999990},
                 {"fen", "1.23万元", "12,300 yuan", 1230000}, {"fen", "12345元", "12,345 yuan", 1234500}, {"fen", "1.5亿元", "150,000,000 yuan", 15000000000},
                 {"usd_cent", "200000美元", "200,000 US dollars", 20000000}, {"mu/100", "4.75亩", "4.75 mu", 475}, {"m3/1000", "0.05立方米", "0.05 m³", 50},
                 {"percent", "30%", "30 %", 30},        {"person", "3人", "3", 3},                {"parsec", "7parsec", "7 parsec", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int zh = 0; zh < 2; zh++) {
            struct xj_std_measure m = {.unit = xj_slice_cstr(cases[i].unit)};
            struct xj_buf buf;
            xj_buf_init(&buf, 256);
            xj_standards_amount_text(&m, cases[i].value, zh == 1, &buf);
            assert_string_equal(xj_buf_cstr(&buf), zh == 1 ? cases[i].zh : cases[i].en);
            xj_buf_free(&buf);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json__gives_the_bytes_and_digest_of_the_spec),
        cmocka_unit_test(decode__reads_the_bytes_of_the_spec),
        cmocka_unit_test(decode__of_any_flipped_byte_is_refused_or_keeps_the_bytes),
        cmocka_unit_test(decode__refuses_every_truncation_and_a_trailing_byte),
        cmocka_unit_test(json__sorts_what_people_keep_in_their_own_order),
        cmocka_unit_test(json__refuses_with_the_place),
        cmocka_unit_test(json__refuses_overlaps_and_what_is_not_there),
        cmocka_unit_test(decode__refuses_what_is_out_of_order),
        cmocka_unit_test(names__are_charges_kinds_and_aliases),
        cmocka_unit_test(limits__hold_the_largest_and_refuse_more),
        cmocka_unit_test(look__rounds_percent_down_and_counts_the_figure_itself),
        cmocka_unit_test(look__counts_no_amount_of_another_unit_name_or_sign),
        cmocka_unit_test(look__computes_what_is_derived_and_knows_when_it_is_partial),
        cmocka_unit_test(look__needs_every_condition),
        cmocka_unit_test(look__leaves_to_a_person_what_only_a_person_can_judge),
        cmocka_unit_test(look__counts_penalties_to_the_day),
        cmocka_unit_test(look__counts_a_leap_day_to_the_last_of_february_and_convictions_by_themselves),
        cmocka_unit_test(look__takes_near_from_the_rows_before),
        cmocka_unit_test(look__never_counts_u_rows_nor_rows_aside),
        cmocka_unit_test(look__reaches_a_range_only_at_its_top),
        cmocka_unit_test(look__takes_the_lower_of_two_versions_and_says_so),
        cmocka_unit_test(look__concludes_nothing_over_a_gap),
        cmocka_unit_test(look__concludes_of_a_charge_what_holds_for_each_kind),
        cmocka_unit_test(look__takes_the_best_of_several_charges),
        cmocka_unit_test(text__says_a_row_in_two_languages),
        cmocka_unit_test(amounts__are_shown_in_the_units_of_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
