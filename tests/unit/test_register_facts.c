/* The facts of a register: their shapes, counterparts, grants and who subscribes by them, revisions of procedures. Spec:
 * spec/06-register.md sections 2 and 4 to 6. */
#include "tests/unit/register_fixture.h"

#include <stdio.h>
#include <string.h>

#include "schema/wire/pack.h"

/* ---- shapes ---- */

/* The change gathered last is refused as malformed by rule, nothing is written. */
static void refused(struct register_world *w)
{
    size_t before = w->mem.n;
    assert_int_equal(reg_apply(w, &w->registrar), XJ_EMALFORMED);
    assert_int_equal(w->mem.n, before);
    assert_non_null(strstr(w->why, "06-register 2"));
}

static void facts__of_unknown_kinds_are_refused(void **state)
{
    struct register_world *w = *state;
    static const char *const kinds[] = {"root", "agencies", "Agency", "a"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)reg_add(w, kinds[i], "350000-a", 0);
        refused(w);
        reg_withdraw(w, kinds[i], "350000-a");
        refused(w);
    }
}

static void facts__need_an_id_of_their_kinds_form(void **state)
{
    static const struct {
        const char *kind, *id;
    } cases[] = {{"agency", "35000-a"},
                 {"agency", "350000-A"},
                 {"keys", "nobody"},
                 {"status", "350000-"},
                 {"exchange", "other"},
                 {"registrar", "exchange"},
                 {"calendar", "cn/1"},
                 {"standards", "cn/1"},
                 {"counterpart", "350000-a"},
                 {"counterpart", "350000-a/police"},
                 {"counterpart", "350000-a/police/any/more"},
                 {"counterpart", "a/police/any"},
                 {"procedure", "referral"},
                 {"procedure", "referral/0123"},
                 {"procedure", "referral/0123456789ABCDEF"},
                 {"grant", "350000-a"},
                 {"grant", "350000-a/"},
                 {"grant", "350000-a/a/b"},
                 {"certificate", "00112233445566778899aabbccddeef"},
                 {"entrustment", "00112233445566778899aabbccddeefg"},
                 {"compromised", "350000-a"},
                 {"compromised", "350000-a/0123456789abcde"},
                 {"compromised", "350000-a/0123456789ABCDEF"},
                 {"compromised", "350000-a/0123456789abcdef/0"},
                 {"compromised", "a/0123456789abcdef"},
                 {"succeeded_by", "x"}};
    struct register_world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        reg_withdraw(w, cases[i].kind, cases[i].id);
        refused(w);
    }
}

/* Every required field, left out and then of another type. */
static void facts__need_their_fields(void **state)
{
    static const struct {
        const char *kind, *id, *fields[6];
    } cases[] = {
        {"agency", "350000-a", {"name", "role", "division"}},
        {"keys", "350000-a", {"seal", "sign", "recovery", "transport"}},
        {"status", "350000-a", {"state"}},
        {"counterpart", "350000-a/police/any", {"agencies"}},
        {"procedure", "referral/0000000000000000", {"compiled", "revision", "effective_from"}},
        {"calendar", "cn", {"bytes", "digest"}},
        {"standards", "cn", {"bytes", "digest"}},
        {"grant", "350000-a/g", {"acts", "mode", "agencies", "division", "procedure"}},
        {"compromised", "350000-a/0123456789abcdef", {"since"}},
        {"succeeded_by", "350000-a", {"at", "agency"}},
        {"certificate", "00112233445566778899aabbccddeeff", {"agency", "number", "name", "from", "to"}},
        {"entrustment", "00112233445566778899aabbccddeeff", {"bureau", "township", "number", "items", "powers", "from"}},
    };
    struct register_world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < 6 && cases[i].fields[k] != NULL; k++) {
            (void)reg_add(w, cases[i].kind, cases[i].id, 0);
            refused(w);
            struct xj_buf *b = reg_add(w, cases[i].kind, cases[i].id, 1);
            xj_put_cstr(b, cases[i].fields[k]);
            xj_put_nil(b);
            refused(w);
        }
}

static void agency__refuses_bad_values(void **state)
{
    struct register_world *w = *state;
    reg_add_agency(w, "350000-a", "bank", "350000");
    refused(w);
    reg_add_agency(w, "350000-a", "bureau", "35000");
    refused(w);
    reg_add_agency(w, "350000-a", "bureau", "35000x");
    refused(w);
    struct xj_buf *b = reg_add(w, "agency", "350000-a", 4);
    reg_put_text(b, "name", "某局");
    reg_put_text(b, "role", "bureau");
    reg_put_text(b, "division", "350000");
    reg_put_text(b, "vertical", "yes");
    refused(w);
    static const char *const roles[] = {"bureau", "police", "procuratorate", "court", "supervisory", "justice"};
    static const char *const ids[] = {"350000-a", "350000-b", "350000-c", "350000-d", "350000-e", "350000-f"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        reg_add_agency(w, ids[i], roles[i], "350000");
    REG_APPLY(w, &w->registrar);
}

/* An agency with one more field than it needs, of that text: shorter keys come first. */
static void add_agency_with(struct register_world *w, const char *key, const char *text)
{
    struct xj_buf *b = reg_add(w, "agency", "350000-a", 4);
    reg_put_text(b, "name", "某局");
    reg_put_text(b, "role", "bureau");
    if (strlen(key) < strlen("division"))
        reg_put_text(b, key, text);
    reg_put_text(b, "division", "350000");
    if (strlen(key) >= strlen("division"))
        reg_put_text(b, key, text);
}

static void agency__needs_a_name_that_fits_and_a_sector_and_superior_of_their_forms(void **state)
{
    struct register_world *w = *state;
    char name[257] = "";
    for (size_t n = 0; n <= 256; n += 256) {
        memset(name, 'x', n);
        struct xj_buf *b = reg_add(w, "agency", "350000-a", 3);
        reg_put_text(b, "name", name);
        reg_put_text(b, "role", "bureau");
        reg_put_text(b, "division", "350000");
        refused(w);
    }
    add_agency_with(w, "sector", "Market");
    refused(w);
    add_agency_with(w, "superior", "county");
    refused(w);
    add_agency_with(w, "superior", "350000-b");
    REG_APPLY(w, &w->registrar);
}

/* Those of a calendar, whose context differs, are refused as well. */
static void standards__refuse_a_digest_that_is_not_theirs(void **state)
{
    struct register_world *w = *state;
    for (int right = 0; right < 2; right++) {
        const struct xj_hash digest = xj_digest(right ? "xianjie/1 standards" : "xianjie/1 calendar", xj_slice_cstr("s"));
        struct xj_buf *b = reg_add(w, "standards", "cn", 2);
        xj_put_cstr(b, "bytes");
        xj_put_bin(b, "s", 1);
        xj_put_cstr(b, "digest");
        xj_put_bin(b, digest.b, 32);
        if (!right)
            refused(w);
    }
    REG_APPLY(w, &w->registrar);
}

static void calendar_and_procedure__refuse_a_digest_that_is_not_theirs(void **state)
{
    struct register_world *w = *state;
    struct xj_buf *b = reg_add(w, "calendar", "cn", 2);
    xj_put_cstr(b, "bytes");
    xj_put_bin(b, "c", 1);
    reg_put_key(b, "digest", 1);
    refused(w);
    struct xj_hash revision = xj_digest("xianjie/1 procedure", xj_slice_cstr("p"));
    char hex[17], id[64];
    for (int right = 0; right < 3; right++) { /* another revision, another id, and both right */
        snprintf(hex, sizeof hex, "%02x%02x%02x%02x%02x%02x%02x%02x", revision.b[0], revision.b[1], revision.b[2], revision.b[3],
                 revision.b[4], revision.b[5], revision.b[6], revision.b[7]);
        snprintf(id, sizeof id, "referral/%s", right == 1 ? "0000000000000000" : hex);
        b = reg_add(w, "procedure", id, 3);
        xj_put_cstr(b, "compiled");
        xj_put_bin(b, "p", 1);
        xj_put_cstr(b, "revision");
        xj_put_bin(b, right ? revision.b : (const uint8_t *)"0123456789abcdef0123456789abcdef", 32);
        xj_put_cstr(b, "effective_from");
        xj_put_int(b, 0);
        if (right < 2)
            refused(w);
    }
    REG_APPLY(w, &w->registrar);
}

static void keys_status_and_grant__refuse_bad_values(void **state)
{
    struct register_world *w = *state;
    struct xj_buf *b = reg_add(w, "keys", "350000-a", 4);
    reg_put_key(b, "seal", 1);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, "0123456789012345678901234567890", 31);
    reg_put_key(b, "recovery", 1);
    reg_put_key(b, "transport", 1);
    refused(w);
    reg_add_status(w, "350000-a", "asleep");
    refused(w);
    reg_add_grant(w, "350000-a/g", "half", "", "", "35");
    refused(w);
    reg_add_grant(w, "350000-a/g", "full", "", "nobody", "35");
    refused(w);
    reg_add_grant(w, "350000-a/g", "full", "", "", "35x");
    refused(w);
    reg_add_grant(w, "350000-a/g", "full", "", "", "3500000");
    refused(w);
    reg_add_grant(w, "350000-a/g", "full", "", "", "");
    REG_APPLY(w, &w->registrar);
}

static void one_bad_change__spoils_the_whole_entry(void **state)
{
    struct register_world *w = *state;
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_keys(w, "350000-a", 1);
    reg_add_status(w, "350000-a", "asleep");
    refused(w);
    struct xj_agency a;
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), REG_NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
}

static void unknown_keys__of_a_value_are_kept(void **state)
{
    struct register_world *w = *state;
    struct xj_buf value;
    struct xj_doc doc;
    struct xj_buf *b = reg_add(w, "status", "350000-a", 2);
    reg_put_text(b, "more", "kept");
    reg_put_text(b, "state", "active");
    REG_APPLY(w, &w->registrar);
    xj_buf_init(&value, 4096);
    assert_int_equal(xj_reg_get(&w->store, "status", str("350000-a"), REG_NOW, &value), XJ_OK);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&value), 16), XJ_OK);
    assert_true(xj_slice_is(xj_map_str(&doc.root, "more"), "kept"));
    xj_doc_close(&doc);
    xj_buf_free(&value);
}

/* ---- counterparts, grants and subscribers ---- */

static void counterparts__are_the_sectors_then_any(void **state)
{
    struct register_world *w = *state;
    char got[XJ_MAX_AGENCY_BYTES + 1];
    reg_put_list(reg_add(w, "counterpart", "350000-a/police/market", 1), "agencies", "350000-p1 350000-p2");
    reg_put_list(reg_add(w, "counterpart", "350000-a/police/any", 1), "agencies", "350000-p3");
    REG_APPLY(w, &w->registrar);
    static const char *const market[] = {"350000-p1", "350000-p2", "350000-p3"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(xj_reg_counterpart(&w->store, str("350000-a"), str("police"), str("market"), i, got), XJ_OK);
        assert_string_equal(got, market[i]);
    }
    assert_int_equal(xj_reg_counterpart(&w->store, str("350000-a"), str("police"), str("market"), 3, got), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_counterpart(&w->store, str("350000-a"), str("police"), str("tobacco"), 0, got), XJ_OK);
    assert_string_equal(got, "350000-p3");
    assert_int_equal(xj_reg_counterpart(&w->store, str("350000-a"), str("police"), str("any"), 1, got), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_counterpart(&w->store, str("350000-a"), str("court"), str("market"), 0, got), XJ_ENOTFOUND);
}

static void subscribers_are(struct register_world *w, const char *procedure, const char *act, const char *sender,
                            const char *opener, const char *expected)
{
    struct register_seen s = {.count = 0};
    assert_int_equal(xj_reg_subscribers(&w->store, str(procedure), str(act), str(sender), str(opener), reg_see_subscriber,
                                        &s),
                     XJ_OK);
    assert_string_equal(s.text, expected);
}

/* Divisions and ids agree here: 3500… lies in 35, 3601… does not. */
static void subscribers__are_those_whose_grant_covers_the_act(void **state)
{
    struct register_world *w = *state;
    static const char *const holders[] = {"350000-all", "350000-few", "350000-head", "350000-one"};
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_agency(w, "360100-x", "bureau", "360100");
    for (uint8_t i = 0; i < 4; i++) {
        reg_add_agency(w, holders[i], "procuratorate", "350000");
        reg_add_keys(w, holders[i], (uint8_t)(0x40 + 4 * i));
    }
    REG_APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "");
    reg_add_grant(w, "350000-all/g", "full", "", "", "35");
    reg_add_grant(w, "350000-few/g", "full", "transfer receipt", "", "");
    reg_add_grant(w, "350000-head/g", "header", "", "", "35");
    reg_add_grant(w, "350000-one/g", "full", "", "360100-x", "");
    REG_APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "350000-all! 350000-few! 350000-head? ");
    subscribers_are(w, "referral", "acceptance", "350000-a", "350000-a", "350000-all! 350000-head? ");
    subscribers_are(w, "referral", "acceptance", "360100-x", "360100-x", "350000-one! ");
    subscribers_are(w, "referral", "acceptance", "360100-x", "350000-a", "350000-all! 350000-head? 350000-one! ");
    subscribers_are(w, "other", "transfer", "350000-a", "350000-a", "");
    reg_withdraw(w, "grant", "350000-all/g");
    reg_add_status(w, "350000-head", "suspended");
    reg_withdraw(w, "keys", "350000-few");
    REG_APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "");
}

static void subscribers__a_district_is_the_agencys_own_fact_not_the_code_in_its_id(void **state)
{
    struct register_world *w = *state;
    reg_add_agency(w, "350000-a", "bureau", "350200");
    reg_add_agency(w, "350000-s", "procuratorate", "350000");
    reg_add_keys(w, "350000-s", 0x20);
    REG_APPLY(w, &w->registrar);
    reg_add_grant(w, "350000-s/g", "full", "", "", "3502");
    REG_APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "350000-s! ");
}

/* ---- procedures ---- */

static struct xj_hash revision_of(uint8_t compiled)
{
    return xj_digest("xianjie/1 procedure", xj_slice_of(&compiled, 1));
}

/* A procedure whose compiled form is that one byte. id has room for the fact's id. */
static void name_procedure(char id[64], const char *name, uint8_t compiled)
{
    struct xj_hash revision = revision_of(compiled);
    size_t n = strlen(name);
    memcpy(id, name, n);
    id[n] = '/';
    xj_hex(revision.b, 8, id + n + 1);
}

static void add_procedure(struct register_world *w, const char *id, uint8_t compiled, int64_t from_ms)
{
    struct xj_hash revision = revision_of(compiled);
    struct xj_buf *b = reg_add(w, "procedure", id, 3);
    xj_put_cstr(b, "compiled");
    xj_put_bin(b, &compiled, 1);
    xj_put_cstr(b, "revision");
    xj_put_bin(b, revision.b, XJ_HASH_SIZE);
    xj_put_cstr(b, "effective_from");
    xj_put_int(b, from_ms);
}

static void procedure__is_found_by_its_whole_revision(void **state)
{
    struct register_world *w = *state;
    struct xj_hash revision = revision_of(0x11);
    struct xj_buf compiled;
    int64_t from_ms;
    char id[64];
    name_procedure(id, "referral", 0x11);
    add_procedure(w, id, 0x11, -500);
    REG_APPLY(w, &w->registrar);
    xj_buf_init(&compiled, 1024);
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled), XJ_OK);
    assert_true(compiled.n == 1 && compiled.p[0] == 0x11);
    assert_int_equal(xj_reg_procedure_effective(&w->store, str("referral"), &revision, &from_ms), XJ_OK);
    assert_int_equal(from_ms, -500);
    assert_int_equal(xj_reg_procedure(&w->store, str("other"), &revision, &compiled), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_procedure_effective(&w->store, str("other"), &revision, &from_ms), XJ_ENOTFOUND);
    revision.b[31] ^= 1; /* the same first eight bytes */
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_procedure_effective(&w->store, str("referral"), &revision, &from_ms), XJ_ENOTFOUND);
    revision.b[0] ^= 1;
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled), XJ_ENOTFOUND);
    revision = revision_of(0x11);
    reg_withdraw(w, "procedure", id);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled), XJ_OK); /* for the cases under it */
    assert_true(compiled.n == 1 && compiled.p[0] == 0x11);
    assert_int_equal(xj_reg_procedure_effective(&w->store, str("referral"), &revision, &from_ms), XJ_ENOTFOUND);
    xj_buf_free(&compiled);
}

static void current_is(struct register_world *w, int64_t now_ms, uint8_t compiled)
{
    struct xj_hash got, expected = revision_of(compiled);
    assert_int_equal(xj_reg_procedure_current(&w->store, str("referral"), now_ms, &got), XJ_OK);
    assert_true(xj_hash_eq(&got, &expected));
}

static void procedure_current__is_the_newest_in_force(void **state)
{
    struct register_world *w = *state;
    struct xj_hash revision;
    char late[64], early[64], other[64];
    name_procedure(late, "referral", 0x11);
    name_procedure(early, "referral", 0x22);
    name_procedure(other, "referral2", 0x33);
    add_procedure(w, late, 0x11, 3000);
    add_procedure(w, early, 0x22, 1000);
    add_procedure(w, other, 0x33, 2000);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_procedure_current(&w->store, str("referral"), 999, &revision), XJ_ENOTFOUND);
    current_is(w, 1000, 0x22);
    current_is(w, 2999, 0x22);
    current_is(w, 3000, 0x11);
    reg_withdraw(w, "procedure", late);
    REG_APPLY(w, &w->registrar);
    current_is(w, 3000, 0x22);
}

static bool count_revisions(void *arg, const struct xj_hash *revision, int64_t effective_ms)
{
    size_t *left = arg;
    (void)revision;
    (void)effective_ms;
    assert_true(*left > 0);
    return --*left > 0;
}

/* Revisions come in the order of their digests, whatever their days are. */
static void procedure_revisions__come_until_stopped_and_the_newest_is_so_in_any_order(void **state)
{
    struct register_world *w = *state;
    struct xj_hash got, newest;
    char ids[2][3][64];
    for (size_t up = 0; up < 2; up++)
        for (uint8_t i = 0; i < 3; i++) {
            name_procedure(ids[up][i], up ? "later" : "earlier", i);
            add_procedure(w, ids[up][i], i, up ? 1000 * (i + 1) : 1000 * (3 - i));
        }
    REG_APPLY(w, &w->registrar);
    for (size_t up = 0; up < 2; up++) {
        assert_int_equal(xj_reg_procedure_current(&w->store, str(up ? "later" : "earlier"), 5000, &got), XJ_OK);
        newest = revision_of(up ? 2 : 0);
        assert_true(xj_hash_eq(&got, &newest));
    }
    for (size_t stop = 1; stop <= 3; stop++) {
        size_t left = stop;
        assert_int_equal(xj_reg_procedure_revisions(&w->store, str("later"), count_revisions, &left), XJ_OK);
        assert_int_equal(left, 0);
    }
}

#define FOUNDED(test) cmocka_unit_test_setup_teardown(test, reg_setup_founded, reg_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOUNDED(facts__of_unknown_kinds_are_refused),
        FOUNDED(facts__need_an_id_of_their_kinds_form),
        FOUNDED(facts__need_their_fields),
        FOUNDED(agency__refuses_bad_values),
        FOUNDED(agency__needs_a_name_that_fits_and_a_sector_and_superior_of_their_forms),
        FOUNDED(calendar_and_procedure__refuse_a_digest_that_is_not_theirs),
        FOUNDED(standards__refuse_a_digest_that_is_not_theirs),
        FOUNDED(keys_status_and_grant__refuse_bad_values),
        FOUNDED(one_bad_change__spoils_the_whole_entry),
        FOUNDED(unknown_keys__of_a_value_are_kept),
        FOUNDED(counterparts__are_the_sectors_then_any),
        FOUNDED(subscribers__are_those_whose_grant_covers_the_act),
        FOUNDED(subscribers__a_district_is_the_agencys_own_fact_not_the_code_in_its_id),
        FOUNDED(procedure__is_found_by_its_whole_revision),
        FOUNDED(procedure_current__is_the_newest_in_force),
        FOUNDED(procedure_revisions__come_until_stopped_and_the_newest_is_so_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
