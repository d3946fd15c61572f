/* The form of every field and id of every kind of fact: what the table of the page says, taken and refused one by one.
 * Spec: spec/06-register.md, section 2; spec/18-orders.md, 1.1. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "schema/trust/register_facts.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define FIELD_FAULT "06-register 2: a field is missing or of another type"
#define ID_FAULT "06-register 2: the id does not have the form of its kind"
#define WORDS 8u

/* ---- values, written as words ---- */

/* t:TEXT a text, T9 a text of nine x, b9 nine zero bytes, i-9 an int, u 2^63, nil, true, [v;v] a list, L9 a list of nine ids. */
static void put(struct xj_buf *b, const char *word)
{
    static const uint8_t zero[64];
    char text[2048];
    const size_t n = (size_t)strtoul(word + 1, NULL, 10);
    if (word[0] == 't' && word[1] == ':') {
        xj_put_cstr(b, word + 2);
    } else if (word[0] == 'T') {
        assert_true(n < sizeof text);
        memset(text, 'x', n);
        xj_put_str(b, xj_slice_of(text, n));
    } else if (word[0] == 'b') {
        assert_true(n <= sizeof zero);
        xj_put_bin(b, zero, n);
    } else if (word[0] == 'i') {
        xj_put_int(b, strtoll(word + 1, NULL, 10));
    } else if (word[0] == 'u') {
        xj_put_uint(b, UINT64_C(1) << 63);
    } else if (word[0] == 'L') {
        xj_put_array(b, (uint32_t)n);
        for (size_t i = 0; i < n; i++)
            xj_put_bin(b, zero, 16);
    } else if (strcmp(word, "true") == 0) {
        xj_put_bool(b, true);
    } else {
        assert_string_equal(word, "nil");
        xj_put_nil(b);
    }
}

static void put_value(struct xj_buf *b, const char *word)
{
    char list[256], *items[WORDS], *rest;
    uint32_t count = 0;
    if (word[0] != '[') {
        put(b, word);
        return;
    }
    assert_true(strlen(word) < sizeof list);
    memcpy(list, word, strlen(word) + 1);
    for (char *at = strtok_r(list, "[];", &rest); at != NULL; at = strtok_r(NULL, "[];", &rest))
        items[count++] = at;
    xj_put_array(b, count);
    for (uint32_t i = 0; i < count; i++)
        put(b, items[i]);
}

/* ---- the page's table ---- */

struct form {
    const char *good[WORDS], *bad[WORDS];
};
static const struct form text = {{"t:", "T300"}, {"i1", "b1", "nil", "[]"}},
                         title = {{"t:某", "T1", "T255"}, {"t:", "T256", "b9", "i1"}},
                         agency = {{"t:350000-a"}, {"t:", "t:x", "t:35000-a", "t:350000-A", "b8", "i1"}},
                         name = {{"t:market", "t:a_1"}, {"t:", "t:Market", "T49", "i1", "b4"}},
                         division = {{"t:350000"}, {"t:35000", "t:3500000", "t:35000x", "i350000"}},
                         prefix = {{"t:", "t:35", "t:350000"}, {"t:3500000", "t:3/", "t:3:", "t:x", "i35", "nil"}},
                         bytes = {{"b0", "b1", "b64"}, {"t:x", "nil"}},
                         key = {{"b32"}, {"b31", "b33", "t:x"}},
                         yes = {{"true"}, {"i1", "t:true", "nil"}},
                         number = {{"i0", "i-5", "i9223372036854775807"}, {"u", "t:5", "nil", "b8"}},
                         texts = {{"[]", "[t:a;t:b]"}, {"[t:a;i1]", "[b1]", "t:a", "nil"}},
                         agencies = {{"[]", "[t:350000-a;t:350000-b]"}, {"[t:350000-a;t:x]", "[i1]", "t:350000-a"}},
                         standing = {{"t:active", "t:suspended", "t:revoked"}, {"t:asleep", "t:", "i1"}},
                         mode = {{"t:full", "t:header"}, {"t:half", "t:", "i1"}},
                         role = {{"t:bureau", "t:police", "t:procuratorate", "t:court", "t:supervisory", "t:justice"}, {"t:bank", "i1"}},
                         card = {{"t:card", "t:electronic"}, {"t:paper", "t:", "i1"}},
                         basis = {{"T1", "T1024"}, {"t:", "T1025", "i1"}},
                         order = {{"t:destroy", "t:restrict"}, {"t:hide", "t:", "i1"}},
                         id = {{"b16"}, {"b15", "b17", "t:x"}},
                         ids = {{"L1", "L256"}, {"L0", "L257", "[b16;b15]", "[b16;i1]", "b16"}};

struct field {
    const char *key;
    const struct form *form;
    bool optional;
};
struct fact {
    const char *kind, *id;
    bool crossed; /* its fields must agree, too: what is well-formed may be refused for that */
    struct field fields[WORDS + 2];
};
#define HEX32 "00112233445566778899aabbccddeeff"
static const struct fact facts[] = {
    {"exchange", "exchange", false, {{"division", &division, 0}, {"endpoints", &texts, 0}, {"name", &title, 0}, {"sign", &key, 0},
                                     {"transport", &key, 0}}},
    {"registrar", "registrar", false, {{"agency", &agency, 0}, {"sign", &key, 0}}},
    {"agency", "350000-a", false, {{"aliases", &texts, 1}, {"division", &division, 0}, {"name", &title, 0}, {"role", &role, 0},
                                   {"sector", &name, 1}, {"superior", &agency, 1}, {"vertical", &yes, 1}}},
    {"keys", "350000-a", false, {{"recovery", &key, 0}, {"seal", &key, 0}, {"sign", &key, 0}, {"transport", &key, 0}}},
    {"status", "350000-a", false, {{"reason", &text, 1}, {"state", &standing, 0}}},
    {"compromised", "350000-a/0123456789abcdef", false, {{"reason", &text, 1}, {"since", &number, 0}}},
    {"counterpart", "350000-a/police/any", false, {{"agencies", &agencies, 0}}},
    {"procedure", "referral/0123456789abcdef", true, {{"compiled", &bytes, 0}, {"effective_from", &number, 0}, {"revision", &key, 0}}},
    {"calendar", "cn", true, {{"bytes", &bytes, 0}, {"digest", &key, 0}}},
    {"standards", "cn", true, {{"bytes", &bytes, 0}, {"digest", &key, 0}}},
    {"grant", "350000-a/g", false, {{"acts", &texts, 0}, {"agencies", &agencies, 0}, {"division", &prefix, 0}, {"mode", &mode, 0},
                                    {"procedure", &text, 0}}},
    {"certificate", HEX32, true, {{"agency", &agency, 0}, {"form", &card, 1}, {"from", &number, 0}, {"issuer", &text, 1},
                                  {"name", &title, 0}, {"number", &title, 0}, {"scope", &text, 1}, {"to", &number, 0}}},
    {"entrustment", HEX32, true, {{"area", &text, 1}, {"basis", &text, 1}, {"bureau", &agency, 0}, {"from", &number, 0},
                                  {"items", &texts, 0}, {"number", &title, 0}, {"powers", &texts, 0}, {"to", &number, 0},
                                  {"township", &agency, 0}}},
    {"order", HEX32, true, {{"basis", &basis, 0}, {"case", &id, 1}, {"date", &number, 0}, {"kind", &order, 0}, {"messages", &ids, 1},
                            {"number", &title, 0}, {"organ", &agency, 0}}},
    {"succeeded_by", "350000-a", false, {{"agency", &agency, 0}, {"at", &number, 0}}},
};

static size_t fields_of(const struct fact *f)
{
    size_t n = 0;
    while (n < WORDS + 2 && f->fields[n].key != NULL)
        n++;
    return n;
}

/* Keys of a map ascend by their encoding: the shorter first. */
static int by_key(const void *a, const void *b)
{
    const char *x = ((const struct field *)a)->key, *y = ((const struct field *)b)->key;
    const size_t n = strlen(x), m = strlen(y);
    return n != m ? (n > m) - (n < m) : strcmp(x, y);
}

static const char *fault_of(const char *kind, const char *name_of_fact, const struct xj_buf *value)
{
    struct xj_doc doc;
    assert_int_equal(value->err, XJ_OK);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(value), 4096), XJ_OK);
    const char *fault = xj_fact_fault(xj_slice_cstr(kind), xj_slice_cstr(name_of_fact), &doc.root);
    xj_doc_close(&doc);
    return fault;
}

/* What is said of the fact with that field as the word says (NULL: without it), and every other needed one well-formed. */
static const char *said(const struct fact *f, const char *key_changed, const char *word)
{
    struct field fields[WORDS + 2];
    struct xj_buf b;
    const size_t n = fields_of(f);
    uint32_t count = 0;
    memcpy(fields, f->fields, sizeof fields);
    qsort(fields, n, sizeof fields[0], by_key);
    xj_buf_init(&b, 65536);
    for (size_t i = 0; i < n; i++)
        count += strcmp(fields[i].key, key_changed) == 0 ? word != NULL : !fields[i].optional;
    xj_put_map(&b, count);
    for (size_t i = 0; i < n; i++) {
        const bool changed = strcmp(fields[i].key, key_changed) == 0;
        if (changed ? word == NULL : fields[i].optional)
            continue;
        xj_put_cstr(&b, fields[i].key);
        put_value(&b, changed ? word : fields[i].form->good[0]);
    }
    const char *fault = fault_of(f->kind, f->id, &b);
    xj_buf_free(&b);
    return fault;
}

static void expect(const struct fact *f, const char *key_changed, const char *word, bool good)
{
    const char *fault = said(f, key_changed, word);
    const bool well = fault == NULL || (f->crossed && strcmp(fault, FIELD_FAULT) != 0);
    if (well != good || (!good && strcmp(fault, FIELD_FAULT) != 0))
        fail_msg("%s.%s = %s: %s", f->kind, key_changed, word != NULL ? word : "(left out)", fault != NULL ? fault : "taken");
}

static void facts__take_every_well_formed_value_of_a_field_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        for (size_t k = 0; k < fields_of(&facts[i]); k++) {
            const struct field *field = &facts[i].fields[k];
            for (size_t g = 0; g < WORDS && field->form->good[g] != NULL; g++)
                expect(&facts[i], field->key, field->form->good[g], true);
            for (size_t g = 0; g < WORDS && field->form->bad[g] != NULL; g++)
                expect(&facts[i], field->key, field->form->bad[g], false);
            expect(&facts[i], field->key, NULL, field->optional);
        }
}

static void a_value__is_a_map(void **state)
{
    static const char *const others[] = {"nil", "t:x", "i1", "[]", "b1"};
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct xj_buf b;
        xj_buf_init(&b, 64);
        put_value(&b, others[i]);
        assert_string_equal(fault_of("status", "350000-a", &b), "06-register 2: a value is a map");
        xj_buf_free(&b);
    }
}

/* ---- ids ---- */

static void ids__have_the_form_of_their_kind(void **state)
{
    static const struct {
        const char *kind, *good, *bad[WORDS];
    } cases[] = {
        {"exchange", "exchange", {"exchanges", ""}},
        {"registrar", "registrar", {"exchange"}},
        {"agency", "350000-a", {"", "a", "350000", "350000-a/b"}},
        {"calendar", "cn", {"", "cn/1", "CN"}},
        {"procedure", "referral/0123456789abcdef",
         {"Referral/0123456789abcdef", "/0123456789abcdef", "referral/0123456789abcde", "referral/0123456789abcdef0",
          "referral/0123456789abcde/", "referral/0123456789abcde:", "referral/0123456789abcde`", "referral/0123456789abcdeg"}},
        {"grant", "350000-a/g", {"x/g", "/g", "350000-a/G", "350000-a", "350000-a/g/h"}},
        {"compromised", "350000-a/0123456789abcdef", {"x/0123456789abcdef", "350000-a/", "350000-a/0123456789abcdeg"}},
        {"counterpart", "350000-a/police/any",
         {"x/police/any", "350000-a/Police/any", "350000-a//any", "350000-a/police/Any", "350000-a/police/"}},
        {"certificate", HEX32, {"00112233445566778899aabbccddee", HEX32 "0", "00112233445566778899aabbccddeefF"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(xj_fact_fault(xj_slice_cstr(cases[i].kind), xj_slice_cstr(cases[i].good), NULL));
        for (size_t k = 0; k < WORDS && cases[i].bad[k] != NULL; k++)
            if (xj_fact_fault(xj_slice_cstr(cases[i].kind), xj_slice_cstr(cases[i].bad[k]), NULL) == NULL)
                fail_msg("%s: the id %s is taken", cases[i].kind, cases[i].bad[k]);
    }
    char long_id[256] = "350000-a/police/";
    memset(long_id + strlen(long_id), 'x', 129 - strlen(long_id));
    assert_string_equal(xj_fact_fault(xj_slice_cstr("counterpart"), xj_slice_of(long_id, 129), NULL), ID_FAULT);
    assert_string_equal(xj_fact_fault(xj_slice_cstr("agency"), xj_slice_of(NULL, 0), NULL), ID_FAULT);
}

static void exchange_and_registrar__alone_are_the_roots(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const bool root = strcmp(facts[i].kind, "exchange") == 0 || strcmp(facts[i].kind, "registrar") == 0;
        assert_int_equal(xj_fact_is_root(xj_slice_cstr(facts[i].kind)), root);
    }
    assert_false(xj_fact_is_root(xj_slice_cstr("root")));
    assert_string_equal(xj_fact_fault(xj_slice_cstr("root"), xj_slice_cstr("root"), NULL), "06-register 2: unknown kind of fact");
}

/* ---- fields that must agree ---- */

static void an_order__names_a_case_or_messages_not_both_nor_neither(void **state)
{
    const struct fact *f = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (strcmp(facts[i].kind, "order") == 0)
            f = &facts[i];
    assert_non_null(f);
    assert_null(said(f, "case", "b16"));
    assert_null(said(f, "messages", "L2"));
    assert_string_equal(said(f, "date", "i0"), "18-orders 1: an order names either a case or messages");
    struct fact both = *f;
    both.fields[1].optional = false;
    assert_string_equal(said(&both, "messages", "L2"), "18-orders 1: an order names either a case or messages");
}

static void certificates_and_entrustments__have_the_id_of_agency_and_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        struct fact f = facts[i];
        char made[33];
        if (strcmp(f.kind, "certificate") != 0 && strcmp(f.kind, "entrustment") != 0)
            continue;
        assert_string_equal(said(&f, "from", "i0"), "06-register 7: the id is not that of agency and number");
        xj_reg_paired_id(f.kind, xj_slice_cstr("350000-a"), xj_slice_cstr("某"), made);
        f.id = made;
        assert_null(said(&f, "from", "i0"));
        assert_string_equal(said(&f, "number", "t:另"), "06-register 7: the id is not that of agency and number");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts__take_every_well_formed_value_of_a_field_and_no_other),
        cmocka_unit_test(a_value__is_a_map),
        cmocka_unit_test(ids__have_the_form_of_their_kind),
        cmocka_unit_test(exchange_and_registrar__alone_are_the_roots),
        cmocka_unit_test(an_order__names_a_case_or_messages_not_both_nor_neither),
        cmocka_unit_test(certificates_and_entrustments__have_the_id_of_agency_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
