/* Every decoder, given bytes with one value made wrong at a time: a value of another type is refused, and what is not refused encodes
 * to the bytes it was read from, so that nothing was passed over. Specs: schema/spec/01-encoding.md, section 3; 07-procedure.md,
 * section 5; 08-clocks.md, section 2; 13-standards.md; 03-message.md, section 1; 04-exchange.md, sections 7, 8, 12, 13; 18-orders.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "agents/cli/standards_json.h"
#include "schema/base/civil.h"
#include "schema/procedure/calendar.h"
#include "schema/procedure/standards.h"
#include "schema/procedure/yaml/encode.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/pack.h"
#include "schema/wire/statement.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/elements.h"

#define CEILING (1024u * 1024)

/* Reads the bytes and, when they are sound, adds to *again what was read. */
typedef enum xj_err there_and_back(struct xj_slice bytes, struct xj_buf *again);

struct trial {
    there_and_back *codec;
    size_t sound, refused;
};

static void try_changed(void *arg, struct xj_slice changed, bool other_type)
{
    struct trial *t = arg;
    struct xj_buf again;
    xj_buf_init(&again, CEILING);
    const enum xj_err err = t->codec(changed, &again);
    if (err == XJ_OK) {
        assert_false(other_type);
        assert_int_equal(again.err, XJ_OK);
        assert_true(xj_slice_eq(xj_buf_slice(&again), changed));
        t->sound++;
    } else {
        assert_true(err == XJ_EMALFORMED || err == XJ_ELIMIT);
        t->refused++;
    }
    xj_buf_free(&again);
}

static void assert_nothing_passed_over(there_and_back *codec, struct xj_buf *bytes)
{
    struct trial t = {.codec = codec};
    struct xj_buf again;
    xj_buf_init(&again, CEILING);
    assert_int_equal(bytes->err, XJ_OK);
    assert_int_equal(codec(xj_buf_slice(bytes), &again), XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&again), xj_buf_slice(bytes)));
    xj_buf_free(&again);
    const size_t shown = elements_each(xj_buf_slice(bytes), try_changed, &t);
    assert_int_equal(shown, t.sound + t.refused);
    assert_true(t.refused > 0 && t.sound > 0);
    xj_buf_free(bytes);
}

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

/* ---- the law as data ---- */

static enum xj_err model(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_model *m = NULL;
    const enum xj_err err = xj_model_decode(bytes, &m);
    assert_true((m != NULL) == (err == XJ_OK));
    if (m != NULL)
        xj_model_encode(m, again);
    xj_model_free(m);
    return err;
}

static void model__is_read_as_it_is_or_refused(void **state)
{
    (void)state;
    struct xj_buf text = read_text(SMALL_YAML), more = replaced(&text, "times: 2", "times: 2, figures: {fine: [1, 2], standard: 100}"),
                  bytes;
    struct xj_model *m = model_of_text(&more);
    xj_buf_init(&bytes, CEILING);
    xj_model_encode(m, &bytes);
    xj_model_free(m);
    xj_buf_free(&text);
    xj_buf_free(&more);
    assert_nothing_passed_over(model, &bytes);
}

static enum xj_err calendar(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_calendar cal;
    const enum xj_err err = xj_calendar_decode(bytes, &cal);
    if (err == XJ_OK) {
        xj_calendar_encode(&cal, again);
        xj_calendar_free(&cal);
    }
    return err;
}

static void calendar__is_read_as_it_is_or_refused(void **state)
{
    /* the vector of spec 08, section 2 */
    static const char hex[] = "9701a2636ecd4ef1cd4efa9592cd4ef1a9e58ab3e58aa8e88a8292cd4ef2a9e58ab3e58aa8e88a8292cd4ef3a9e58ab3e58a"
                              "a8e88a8292cd4ef4a9e99d92e5b9b4e88a8292cd4ef5a9e58ab3e58aa8e88a8291cd4efaa474657374";
    uint8_t raw[sizeof hex / 2];
    struct xj_buf bytes;
    (void)state;
    assert_true(xj_unhex(hex, raw, sizeof raw));
    xj_buf_init(&bytes, CEILING);
    xj_buf_add(&bytes, raw, sizeof raw);
    assert_nothing_passed_over(calendar, &bytes);
}

/* Standards keep the bytes they were read from, so what they hold is written anew here: whatever is read must be in it. */
static void put_text(struct xj_buf *out, struct xj_slice s)
{
    xj_put_str(out, s);
}

static void put_row(struct xj_buf *out, const struct xj_standards *st, const struct xj_std_row *r)
{
    static const char *const subjects[] = {"", "person", "unit"}, *const asides[] = {"", "aggravated", "danger", "role", "exempt", "scope"},
                      *const tags[] = {"", "C", "C2", "U"};
    xj_put_array(out, 12);
    if (r->measure == XJ_NONE)
        xj_put_nil(out);
    else
        put_text(out, st->measures[r->measure].name);
    xj_put_int(out, r->value);
    xj_put_int(out, r->max);
    xj_put_array(out, r->limit_count);
    for (size_t i = 0; i < r->limit_count; i++) {
        xj_put_array(out, 3);
        put_text(out, st->measures[r->limits[i].measure].name);
        xj_put_cstr(out, r->limits[i].less ? "<" : ">=");
        xj_put_int(out, r->limits[i].value);
    }
    if (r->prior.given) {
        xj_put_array(out, 4);
        xj_put_uint(out, r->prior.times);
        xj_put_uint(out, r->prior.years);
        if (r->prior.convicted == XJ_STD_NO_YEARS)
            xj_put_nil(out);
        else
            xj_put_uint(out, r->prior.convicted);
        put_text(out, r->prior.what);
    } else {
        xj_put_nil(out);
    }
    xj_put_cstr(out, subjects[r->subject]);
    xj_put_uint(out, r->near);
    put_text(out, r->judge);
    xj_put_cstr(out, asides[r->aside]);
    put_text(out, r->note);
    xj_put_array(out, r->cite_count);
    for (size_t i = 0; i < r->cite_count; i++) {
        xj_put_array(out, 2);
        put_text(out, st->instruments[r->cites[i].instrument].key);
        put_text(out, r->cites[i].article);
    }
    xj_put_cstr(out, tags[r->tag]);
}

static void put_entry(struct xj_buf *out, const struct xj_standards *st, const struct xj_std_entry *e)
{
    xj_put_array(out, 12);
    put_text(out, e->charge);
    put_text(out, e->kind);
    xj_put_int(out, e->from_day);
    if (e->to_day == XJ_STD_OPEN_DAY)
        xj_put_nil(out);
    else
        xj_put_int(out, e->to_day);
    put_text(out, e->id);
    put_text(out, e->title);
    put_text(out, e->article);
    xj_put_bool(out, e->suspicion);
    put_text(out, e->admin);
    put_text(out, e->accumulate);
    put_text(out, e->note);
    xj_put_array(out, e->row_count);
    for (size_t i = 0; i < e->row_count; i++)
        put_row(out, st, &e->rows[i]);
}

static void put_tables(struct xj_buf *out, const struct xj_standards *st)
{
    static const char *const tags[] = {"", "C", "C2", "U"};
    xj_put_array(out, (uint32_t)st->measure_count);
    for (size_t i = 0; i < st->measure_count; i++) {
        const struct xj_std_measure *m = &st->measures[i];
        xj_put_array(out, 6);
        put_text(out, m->name);
        put_text(out, m->zh);
        put_text(out, m->en);
        put_text(out, m->unit);
        xj_put_array(out, m->part_count);
        for (size_t k = 0; k < m->part_count; k++) {
            xj_put_array(out, 2);
            put_text(out, st->measures[m->parts[k].measure].name);
            xj_put_uint(out, m->parts[k].factor);
        }
        xj_put_uint(out, m->divisor);
    }
    xj_put_array(out, (uint32_t)st->alias_count);
    for (size_t i = 0; i < st->alias_count; i++) {
        xj_put_array(out, 2);
        put_text(out, st->aliases[i].name);
        put_text(out, st->aliases[i].target);
    }
    xj_put_array(out, (uint32_t)st->instrument_count);
    for (size_t i = 0; i < st->instrument_count; i++) {
        xj_put_array(out, 5);
        put_text(out, st->instruments[i].key);
        put_text(out, st->instruments[i].title);
        put_text(out, st->instruments[i].number);
        if (st->instruments[i].day < 0)
            xj_put_nil(out);
        else
            xj_put_int(out, st->instruments[i].day);
        xj_put_cstr(out, tags[st->instruments[i].tag]);
    }
}

static enum xj_err standards(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_standards st;
    struct xj_std_fault fault = {.list = NULL};
    const enum xj_err err = xj_standards_decode(bytes, &st, &fault);
    if (err != XJ_OK) {
        assert_true(fault.list != NULL && fault.zh != NULL && fault.en != NULL && st.bytes == NULL);
        return err;
    }
    xj_put_array(again, 7);
    xj_put_uint(again, XJ_STANDARDS_VERSION);
    put_text(again, st.name);
    put_text(again, st.source);
    put_tables(again, &st);
    xj_put_array(again, (uint32_t)st.entry_count);
    for (size_t i = 0; i < st.entry_count; i++)
        put_entry(again, &st, &st.entries[i]);
    xj_standards_free(&st);
    return err;
}

static void standards__are_read_as_they_are_or_refused(void **state)
{
    static const char json[] =
        "{\"name\":\"t\",\"source\":\"s\",\"measures\":{\"both\":[\"合计\",\"both\",\"fen\",{\"left\":1,\"sold\":3}"
        ",2],\"gain\":[\"违法所得\",\"gain\",\"fen\"],"
        "\"left\":[\"未售\",\"unsold\",\"fen\"],\"sold\":[\"销售\",\"sales\",\"fen\"]},\"aliases\":{\"甲\":\"乙罪\",\"丙\":\"甲罪（丁）\"},"
        "\"instruments\":{\"X\":[\"某规定\",\"某〔1〕1号\",\"1970-01-02\",\"C\"],\"Y\":[\"某法\",\"\",null,\"U\"]},\"entries\":["
        "{\"id\":\"1\",\"charge\":\"乙罪\",\"article\":\"1条\",\"from\":\"1970-01-03\",\"to\":\"1980-01-01\",\"rows\":["
        "{\"measure\":\"gain\",\"value\":300,\"max\":400,\"cite\":[\"X 1(一)\",\"Y 2\"],\"tag\":\"C\"},"
        "{\"near\":80,\"judge\":\"x\",\"aside\":\"role\",\"note\":\"n\",\"cite\":[\"X 1\"],\"tag\":\"C2\"},"
        "{\"prior\":{\"times\":2,\"years\":2,\"convicted\":3,\"what\":\"w\"},\"subject\":\"unit\",\"cite\":[\"X 1\"],\"tag\":\"U\"},"
        "{\"all_of\":[[\"gain\",\">=\",1],[\"both\",\"<\",5]],\"subject\":\"person\",\"cite\":[\"X 1\"],\"tag\":\"C\"}]},"
        "{\"id\":\"2\",\"charge\":\"乙罪\",\"article\":\"1条\",\"from\":\"1980-01-02\",\"suspicion\":true,"
        "\"rows\":[{\"measure\":\"gain\",\"value\":5,\"cite\":[\"X 1\"],\"tag\":\"C\"}]},"
        "{\"id\":\"3\",\"charge\":\"甲罪\",\"kind\":\"丁\",\"article\":\"2条\",\"from\":\"1970-01-03\",\"rows\":[{\"judge\":\"x\","
        "\"cite\":[\"X 1\"],\"tag\":\"C\"}]}]}";
    struct xj_standards st;
    struct xj_buf bytes, text;
    (void)state;
    xj_buf_init(&text, 4096);
    xj_buf_init(&bytes, CEILING);
    if (xj_standards_from_json(str(json), "t", &st, &text) != XJ_OK)
        fail_msg("%s", xj_buf_cstr(&text));
    xj_buf_add_slice(&bytes, xj_standards_bytes(&st));
    xj_standards_free(&st);
    xj_buf_free(&text);
    assert_nothing_passed_over(standards, &bytes);
}

/* ---- what is signed ---- */

static struct xj_hash hash_of(uint8_t fill)
{
    struct xj_hash h;
    memset(h.b, fill, sizeof h.b);
    return h;
}

static struct xj_id id_of(uint8_t fill)
{
    struct xj_id id;
    memset(id.b, fill, sizeof id.b);
    return id;
}

static struct xj_buf empty(void)
{
    struct xj_buf b;
    xj_buf_init(&b, CEILING);
    return b;
}

static enum xj_err header(struct xj_slice bytes, struct xj_buf *again)
{
    static struct xj_header h;
    unsigned field = 0;
    const enum xj_err err = xj_header_decode(bytes, &h, &field);
    if (err == XJ_OK)
        xj_header_encode(&h, again);
    return err;
}

static void header__is_read_as_it_is_or_refused(void **state)
{
    struct xj_header h = {.suite = 1, .id = id_of(1), .case_id = id_of(2), .procedure = str("referral"), .revision = hash_of(3),
                          .act = str("transfer"), .from = str("350000-a"), .actor = str("350000-z"), .has_occurred = true,
                          .occurred_from_ms = -5, .occurred_to_ms = 1700000000000, .mode = XJ_MODE_LATE_ENTRY, .body_digest = hash_of(4),
                          .body_commit = hash_of(5), .keys_digest = hash_of(6), .number = 2, .has_previous = true, .previous = hash_of(7)};
    struct xj_buf bytes = empty();
    (void)state;
    h.tracks[h.track_count++] = (struct xj_header_track){str("clue"), str("350000-a")};
    h.tracks[h.track_count++] = (struct xj_header_track){str("crime"), str("350000-a")};
    h.answers[h.answer_count++] = (struct xj_header_answer){id_of(1), str("b")};
    h.to[h.to_count++] = (struct xj_header_to){str("350000-c"), XJ_TO_PRINCIPAL};
    h.to[h.to_count++] = (struct xj_header_to){str("350000-b"), XJ_TO_NOTICE};
    h.joint[h.joint_count++] = str("350000-e");
    h.subjects[h.subject_count++] = (struct xj_subject){.party = {1}};
    h.subjects[h.subject_count++] = (struct xj_subject){.party = {2}, .charge = {1}, .has_charge = true};
    h.papers[h.paper_count++] = (struct xj_header_paper){str("decision"), hash_of(9), 512};
    h.refs[h.ref_count++] = id_of(1);
    h.relates[h.relate_count++] = (struct xj_header_relate){str("amends"), id_of(9)};
    xj_header_encode(&h, &bytes);
    assert_nothing_passed_over(header, &bytes);
}

static enum xj_err admitted(struct xj_slice bytes, struct xj_buf *again)
{
    static struct xj_admitted s;
    const enum xj_err err = xj_admitted_decode(bytes, &s);
    if (err == XJ_OK)
        xj_admitted_encode(&s, again);
    return err;
}

static void admitted__is_read_as_it_is_or_refused(void **state)
{
    static struct xj_admitted s = {
        .seq = 5, .time_ms = 1700000000000, .register_number = 3, .after_count = 3, .breach_count = 2, .recipient_count = 2};
    struct xj_buf bytes = empty();
    (void)state;
    s.after[0] = (struct xj_st_after){str("clue"), str("350000-a"), str("open"), false, {.party = {0}}};
    s.after[1] = (struct xj_st_after){str("clue"), str("350000-a"), str("open"), true, {.party = {1}}};
    s.after[2] =
        (struct xj_st_after){str("crime"), str("350000-b"), str("accepted"), true, {.party = {1}, .charge = {2}, .has_charge = true}};
    s.breaches[0] = (struct xj_st_breach){str("late"), str("D08")};
    s.breaches[1] = (struct xj_st_breach){str("subscriber"), str("")};
    s.recipients[0] = (struct xj_st_recipient){str("350000-b"), 1};
    s.recipients[1] = (struct xj_st_recipient){str("350000-c"), UINT64_MAX};
    xj_admitted_encode(&s, &bytes);
    assert_nothing_passed_over(admitted, &bytes);
}

#define STATEMENT(NAME, TYPE, DECODE, ENCODE, ...)                                  \
    static enum xj_err NAME(struct xj_slice bytes, struct xj_buf *again)            \
    {                                                                               \
        struct TYPE s;                                                              \
        const enum xj_err err = DECODE(bytes, &s);                                  \
        if (err == XJ_OK)                                                           \
            ENCODE(&s, again);                                                      \
        return err;                                                                 \
    }                                                                               \
    static void NAME##__is_read_as_it_is_or_refused(void **state)                   \
    {                                                                               \
        const struct TYPE s = {__VA_ARGS__};                                        \
        struct xj_buf bytes = empty();                                              \
        (void)state;                                                                \
        ENCODE(&s, &bytes);                                                         \
        assert_nothing_passed_over(NAME, &bytes);                                   \
    }
STATEMENT(refused, xj_refused, xj_refused_decode, xj_refused_encode, .time_ms = 1, .agency = str("350000-a"), .id = id_of(1),
          .message = hash_of(2), .number = 3, .register_number = 4, .code = str("role"), .detail = str("police"),
          .rule = str("04-exchange 6"), .article = str("第3条"), .remedy_zh = str("改"), .remedy_en = str("mend"), .position = 7)
STATEMENT(stored, xj_stored, xj_stored_decode, xj_stored_encode, .agency = str("350000-b"), .first = 3, .last = 5, .root = hash_of(3),
          .ledger_size = 100, .ledger_head = hash_of(4), .time_ms = 1700000000000, .register_number = 2)
STATEMENT(recovered, xj_recovered, xj_recovered_decode, xj_recovered_encode, .agency = str("350000-b"), .epoch = 2,
          .lost = {.size = 9, .own_number = 1, .mailbox = 2, .feed = 3}, .ledger_size = 5, .time_ms = 1, .register_number = 2)
STATEMENT(unrecovered, xj_unrecovered, xj_unrecovered_decode, xj_unrecovered_encode, .agency = str("350000-b"), .which = XJ_NUMBERS_FEED,
          .first = 3, .last = 5, .time_ms = 1, .register_number = 2)
STATEMENT(opened, xj_opened, xj_opened_decode, xj_opened_encode, .order = {1}, .order_number = 7, .message = id_of(2), .has_paper = true,
          .paper = hash_of(3), .by = str("王某"), .second = str("李某"), .reason = str("申请"))

static enum xj_err delivered(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_delivered s;
    const enum xj_err err = xj_delivered_decode(bytes, &s);
    if (err == XJ_OK)
        xj_delivered_encode(&s, again);
    free(s.items);
    return err;
}

static void delivered__is_read_as_it_is_or_refused(void **state)
{
    static struct xj_delivered_item items[3];
    struct xj_delivered s = {.owner = str("350000-a"), .number = 1, .recipient = str("350000-b"), .recipient_ms = 1, .exchange_ms = 2,
                             .stored = hash_of(9), .register_number = 1, .item_count = 3, .items = items};
    struct xj_buf bytes = empty();
    (void)state;
    for (size_t i = 0; i < 3; i++)
        items[i] = (struct xj_delivered_item){
            .message = hash_of((uint8_t)i), .mailbox_number = i + 1, .has_path = i > 0, .path_count = 2 * i * (i - 1)};
    items[2].index = 7;
    xj_delivered_encode(&s, &bytes);
    assert_nothing_passed_over(delivered, &bytes);
}

static enum xj_err destroyed(struct xj_slice bytes, struct xj_buf *again)
{
    struct xj_destroyed d;
    const enum xj_err err = xj_destroyed_decode(bytes, &d);
    if (err == XJ_OK)
        xj_destroyed_encode(&d, again);
    xj_destroyed_free(&d);
    return err;
}

static void destroyed__is_read_as_it_is_or_refused(void **state)
{
    static const char *const holders[] = {"exchange", "350000-a"};
    struct xj_id messages[] = {id_of(1), id_of(2)};
    struct xj_hash digests[] = {hash_of(1), hash_of(2)};
    struct xj_slice others[] = {str("350000-a"), str("350000-b")};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct xj_destroyed d = {.holder = str(holders[i]), .order = {1}, .order_number = 5, .register_number = 6, .time_ms = 7,
                                 .last = true, .messages = messages, .message_count = 2, .digests = digests, .digest_count = 2,
                                 .holders = others, .holder_count = i == 0 ? 2 : 0};
        struct xj_buf bytes = empty();
        xj_destroyed_encode(&d, &bytes);
        assert_nothing_passed_over(destroyed, &bytes);
    }
}

static void destroyed__of_more_than_a_statement_holds_is_over_the_limit(void **state)
{
    struct xj_destroyed d;
    uint8_t *big = calloc(1, XJ_MAX_STATEMENT_BYTES + 1);
    (void)state;
    assert_non_null(big);
    assert_int_equal(xj_destroyed_decode(xj_slice_of(big, XJ_MAX_STATEMENT_BYTES + 1), &d), XJ_ELIMIT);
    assert_int_equal(xj_destroyed_decode(xj_slice_of(big, 0), &d), XJ_EMALFORMED);
    xj_destroyed_free(&d);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model__is_read_as_it_is_or_refused),
        cmocka_unit_test(calendar__is_read_as_it_is_or_refused),
        cmocka_unit_test(standards__are_read_as_they_are_or_refused),
        cmocka_unit_test(header__is_read_as_it_is_or_refused),
        cmocka_unit_test(admitted__is_read_as_it_is_or_refused),
        cmocka_unit_test(refused__is_read_as_it_is_or_refused),
        cmocka_unit_test(stored__is_read_as_it_is_or_refused),
        cmocka_unit_test(recovered__is_read_as_it_is_or_refused),
        cmocka_unit_test(unrecovered__is_read_as_it_is_or_refused),
        cmocka_unit_test(opened__is_read_as_it_is_or_refused),
        cmocka_unit_test(delivered__is_read_as_it_is_or_refused),
        cmocka_unit_test(destroyed__is_read_as_it_is_or_refused),
        cmocka_unit_test(destroyed__of_more_than_a_statement_holds_is_over_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
