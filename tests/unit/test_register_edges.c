/* Lookups of the register at their edges: names that are too long, visitors that stop, grants that cover nothing or everything, what
 * only the root may repair. Spec: spec/06-register.md; spec/18-orders.md, section 1. */
#include "tests/unit/register_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/trust/order.h"
#include "schema/trust/register_cache.h"
#include "schema/trust/succession.h"
#include "schema/wire/pack.h"

/* ---- entries ---- */

static void entry__over_the_limit_is_not_looked_at(void **state)
{
    struct register_world *w = *state;
    const char *why = NULL;
    const struct xj_slice entry = xj_slice_of("x", XJ_MAX_REGISTER_ENTRY_BYTES + 1);
    assert_int_equal(xj_reg_apply(&w->store, w->root.public_key, entry, str(""), &why), XJ_ELIMIT);
    assert_non_null(strstr(why, "06-register 1"));
}

/* Without a registrar nobody but the root changes anything. */
static void registrar__that_was_withdrawn_is_named_anew_by_the_root_alone(void **state)
{
    struct register_world *w = *state;
    reg_withdraw(w, "registrar", "registrar");
    REG_APPLY(w, &w->root);
    reg_add_exchange(w, 0x20);
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ESIGNATURE); /* it is nobody now */
    reg_add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ESTATE);
    reg_add_registrar(w, &w->registrar);
    REG_APPLY(w, &w->root);
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->registrar);
}

static void keep(struct register_world *w, const char *key, size_t n, const char *value, size_t value_n)
{
    assert_int_equal(w->store.put(w->store.ctx, xj_slice_of(key, n), xj_slice_of(value, value_n)), XJ_OK);
}

static void head__of_another_form_is_corrupt(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_head head;
    keep(w, "R\1h", 3, "\x92\1\2", 3);
    assert_int_equal(xj_reg_head(&w->store, &head), XJ_ECORRUPT);
}

/* ---- names ---- */

static bool no_fact(void *arg, struct xj_slice id, struct xj_slice value)
{
    (void)arg;
    (void)id;
    (void)value;
    return true;
}

static bool no_revision(void *arg, const struct xj_hash *revision, int64_t effective_ms)
{
    (void)arg;
    (void)revision;
    (void)effective_ms;
    return true;
}

static void names__longer_than_any_key_are_over_the_limit(void **state)
{
    struct register_world *w = *state;
    const struct xj_store *s = &w->store;
    static char text[700];
    memset(text, 'x', sizeof text);
    const struct xj_slice name = xj_slice_of(text, sizeof text), agency = str("350000-a");
    const struct xj_hash revision = {{0}};
    struct xj_hash found;
    struct xj_buf value;
    uint8_t key[32] = {0};
    char got[XJ_MAX_AGENCY_BYTES + 1];
    int64_t ms;
    bool is;
    xj_buf_init(&value, 1024);
    assert_int_equal(xj_reg_get(s, "agency", name, REG_NOW, &value), XJ_ELIMIT);
    assert_int_equal(xj_reg_each(s, "agency", name, no_fact, NULL), XJ_ELIMIT);
    assert_int_equal(xj_reg_ever(s, "agency", name, REG_NOW, &is), XJ_ELIMIT);
    assert_int_equal(xj_reg_seal_key(s, name, key, key), XJ_ELIMIT);
    assert_int_equal(xj_reg_counterpart(s, agency, name, str("any"), 0, got), XJ_ELIMIT);
    assert_int_equal(xj_reg_granted(s, name, agency, &is), XJ_ELIMIT);
    assert_int_equal(xj_reg_procedure(s, name, &revision, &value), XJ_ELIMIT);
    assert_int_equal(xj_reg_procedure_effective(s, name, &revision, &ms), XJ_ELIMIT);
    assert_int_equal(xj_reg_procedure_revisions(s, name, no_revision, NULL), XJ_ELIMIT);
    assert_int_equal(xj_reg_procedure_current(s, name, 0, &found), XJ_ELIMIT);
    assert_int_equal(xj_reg_compromised(s, name, key, &ms), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_compromised(s, str(""), key, &ms), XJ_ENOTFOUND);
    xj_buf_free(&value);
}

static void agency__is_vertical_when_its_fact_says_so(void **state)
{
    struct register_world *w = *state;
    struct xj_agency a;
    for (int vertical = 1; vertical >= 0; vertical--) {
        struct xj_buf *b = reg_add(w, "agency", "350000-a", 4);
        reg_put_text(b, "name", "某局");
        reg_put_text(b, "role", "bureau");
        reg_put_text(b, "division", "350000");
        xj_put_cstr(b, "vertical");
        xj_put_bool(b, vertical);
        REG_APPLY(w, &w->registrar);
        assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), REG_NOW, &a), XJ_OK);
        assert_int_equal(a.vertical, vertical);
    }
}

/* ---- doors ---- */

struct door {
    size_t seen, stop_after;
};

static bool see_door(void *arg, const uint8_t key[32], struct xj_slice agency)
{
    struct door *d = arg;
    (void)key;
    assert_true(agency.n > 0);
    return ++d->seen != d->stop_after;
}

static void transports__are_all_shown_but_those_of_revoked_agencies(void **state)
{
    enum { COUNT = 70 };
    struct register_world *w = *state;
    static char ids[COUNT][24]; /* the fixture borrows them */
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(ids[i], sizeof ids[i], "350000-n%02zu", i);
        reg_add_agency(w, ids[i], "bureau", "350000");
        reg_add_keys(w, ids[i], (uint8_t)(3 * i));
        if (i % 7 == 6)
            REG_APPLY(w, &w->registrar);
    }
    struct door all = {0, 0}, some = {0, 3};
    assert_int_equal(xj_reg_transports(&w->store, see_door, &all), XJ_OK);
    assert_int_equal(all.seen, COUNT);
    assert_int_equal(xj_reg_transports(&w->store, see_door, &some), XJ_OK);
    assert_int_equal(some.seen, 3);
    reg_add_status(w, ids[5], "revoked");
    REG_APPLY(w, &w->registrar);
    all.seen = 0;
    assert_int_equal(xj_reg_transports(&w->store, see_door, &all), XJ_OK);
    assert_int_equal(all.seen, COUNT - 1);
}

/* ---- what was ever there ---- */

static void ever__asks_by_a_number_and_passes_withdrawals(void **state)
{
    struct register_world *w = *state;
    static const struct {
        uint64_t at;
        const char *prefix;
        bool was;
    } cases[] = {{2, "350000-a", false}, {3, "350000-a", true}, {4, "350000-a", true}, {REG_NOW, "350000-a", true}, {REG_NOW, "3500", true},
                 {REG_NOW, "350000-b", false}, {REG_NOW, "36", false}};
    reg_withdraw(w, "status", "350000-a");
    reg_withdraw(w, "status", "350000-b");
    REG_APPLY(w, &w->registrar); /* 2 */
    reg_add_status(w, "350000-a", "active");
    REG_APPLY(w, &w->registrar); /* 3 */
    reg_withdraw(w, "status", "350000-a");
    REG_APPLY(w, &w->registrar); /* 4 */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool was = !cases[i].was;
        assert_int_equal(xj_reg_ever(&w->store, "status", str(cases[i].prefix), cases[i].at, &was), XJ_OK);
        assert_int_equal(was, cases[i].was);
    }
}

/* ---- grants ---- */

static void any_procedure(struct register_world *w, const char *id, const char *division)
{
    struct xj_buf *b = reg_add(w, "grant", id, 5);
    reg_put_list(b, "acts", "");
    reg_put_text(b, "mode", "full");
    reg_put_list(b, "agencies", "");
    reg_put_text(b, "division", division);
    reg_put_text(b, "procedure", "");
}

static bool first_only(void *arg, struct xj_slice agency, bool full)
{
    (void)reg_see_subscriber(arg, agency, full);
    return false;
}

static void subscribers__of_any_procedure_and_of_agencies_that_are_there(void **state)
{
    struct register_world *w = *state;
    struct register_seen seen = {.count = 0};
    static const char *const holders[] = {"350000-p", "350000-q"};
    reg_add_agency(w, "350000-a", "bureau", "350200");
    for (uint8_t i = 0; i < 2; i++) {
        reg_add_agency(w, holders[i], "procuratorate", "350000");
        reg_add_keys(w, holders[i], (uint8_t)(0x40 + 8 * i));
    }
    any_procedure(w, "350000-p/g", "3502");
    any_procedure(w, "350000-q/g", "");
    any_procedure(w, "350000-z/g", ""); /* nobody */
    any_procedure(w, "350000-q/h", "3503");
    REG_APPLY(w, &w->registrar);
    keep(w, "Rgrant\0" "350000-p\0" "\0\0\0\0\0\0\0\2", 24, "\xc0", 1); /* an id without its name, withdrawn */
    assert_int_equal(xj_reg_subscribers(&w->store, str("x"), str("y"), str("350000-a"), str("350000-a"), reg_see_subscriber, &seen), XJ_OK);
    assert_string_equal(seen.text, "350000-p! 350000-q! ");
    seen = (struct register_seen){.count = 0};
    assert_int_equal(xj_reg_subscribers(&w->store, str("x"), str("y"), str("350000-a"), str("350000-a"), first_only, &seen), XJ_OK);
    assert_string_equal(seen.text, "350000-p! ");
    seen = (struct register_seen){.count = 0}; /* agencies that the register does not know lie nowhere but in the whole */
    assert_int_equal(xj_reg_subscribers(&w->store, str("x"), str("y"), str("350000-u"), str("350000-v"), reg_see_subscriber, &seen), XJ_OK);
    assert_string_equal(seen.text, "350000-q! ");
}

/* In a store, not in an entry: what no entry may say is no grant, and never one of everything. */
static void subscribers__by_a_grant_of_another_form_are_nobody(void **state)
{
    struct register_world *w = *state;
    static const struct {
        const char *acts, *agencies; /* as they are written; NULL: not there */
        bool reaches;
    } cases[] = {{"\x90", "\x90", true}, {"\x91\xa1y", "\x90", true}, {"\x91\xa1z", "\x90", false}, {"\x91\1", "\x90", false},
                 {"\xa1y", "\x90", false}, {NULL, "\x90", false}, {"\x90", NULL, false}, {"\x90", "\xc3", false}};
    reg_add_agency(w, "350000-a", "bureau", "350200");
    reg_add_agency(w, "350000-p", "procuratorate", "350000");
    reg_add_keys(w, "350000-p", 0x40);
    REG_APPLY(w, &w->registrar);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct register_seen seen = {.count = 0};
        struct xj_buf b;
        xj_buf_init(&b, 256);
        xj_put_map(&b, 3u + (cases[i].acts != NULL) + (cases[i].agencies != NULL));
        if (cases[i].acts != NULL) {
            xj_put_cstr(&b, "acts");
            xj_buf_add_str(&b, cases[i].acts);
        }
        reg_put_text(&b, "mode", "full");
        if (cases[i].agencies != NULL) {
            xj_put_cstr(&b, "agencies");
            xj_buf_add_str(&b, cases[i].agencies);
        }
        reg_put_text(&b, "division", "");
        reg_put_text(&b, "procedure", "");
        keep(w, "Rgrant\0" "350000-p/g\0" "\0\0\0\0\0\0\0\2", 26, (const char *)b.p, b.n);
        keep(w, "Rgrant\0" "350000-p\0" "\0\0\0\0\0\0\0\2", 24, (const char *)b.p, b.n); /* no id of a grant */
        assert_int_equal(xj_reg_subscribers(&w->store, str("x"), str("y"), str("350000-a"), str("350000-a"), reg_see_subscriber, &seen), XJ_OK);
        assert_string_equal(seen.text, cases[i].reaches ? "350000-p! " : "");
        xj_buf_free(&b);
    }
}

static void facts__under_a_key_without_a_number_are_corrupt(void **state)
{
    struct register_world *w = *state;
    struct register_seen seen = {.count = 0};
    keep(w, "Rgrant\0" "35\0", 10, "\x80", 1);
    assert_int_equal(xj_reg_subscribers(&w->store, str("x"), str("y"), str("350000-a"), str("350000-a"), reg_see_subscriber, &seen), XJ_ECORRUPT);
}

static void agency__with_a_value_of_another_form_stays_within_its_room(void **state)
{
    struct register_world *w = *state;
    struct xj_agency a;
    struct xj_buf b;
    char name[400];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = 0;
    xj_buf_init(&b, 1024);
    xj_put_map(&b, 4);
    reg_put_text(&b, "name", name);
    reg_put_text(&b, "role", "bureau");
    reg_put_text(&b, "division", "350200");
    reg_put_text(&b, "vertical", "yes");
    keep(w, "Ragency\0" "350000-c\0" "\0\0\0\0\0\0\0\2", 25, (const char *)b.p, b.n);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-c"), REG_NOW, &a), XJ_OK);
    assert_int_equal(strlen(a.name), sizeof a.name - 1);
    assert_string_equal(a.role, "bureau");
    assert_false(a.vertical);
    xj_buf_free(&b);
}

static void granted__covers_no_opener_that_the_register_does_not_know(void **state)
{
    struct register_world *w = *state;
    static const struct {
        const char *agency, *opener;
        bool may;
    } cases[] = {{"350000-p", "350000-a", true}, {"350000-p", "350000-u", false}, {"350000-q", "350000-a", false},
                 {"350000-r", "350000-a", false}};
    reg_add_agency(w, "350000-a", "bureau", "350200");
    any_procedure(w, "350000-p/g", "");
    any_procedure(w, "350000-q/g", "3503");
    REG_APPLY(w, &w->registrar);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool may = !cases[i].may;
        assert_int_equal(xj_reg_granted(&w->store, str(cases[i].agency), str(cases[i].opener), &may), XJ_OK);
        assert_int_equal(may, cases[i].may);
    }
}

/* ---- the memory of lookups ---- */

static void cache__of_a_register_that_holds_nothing_remembers_nothing(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_cache *c = calloc(1, sizeof *c);
    const struct xj_agency *a;
    uint8_t sign[32];
    assert_non_null(c);
    for (int i = 0; i < 2; i++) { /* asked anew each time */
        assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), REG_NOW, &a), XJ_ENOTFOUND);
        assert_int_equal(xj_reg_cache_exchange(c, &w->store, 0, sign), XJ_ENOTFOUND);
        assert_int_equal(xj_reg_cache_exchange(c, &w->store, REG_NOW, sign), XJ_OK);
    }
    free(c);
}

/* ---- succession ---- */

static void succeeds(struct register_world *w, const char *agency, const char *next)
{
    struct xj_buf *b = reg_add(w, "succeeded_by", agency, 2);
    xj_put_cstr(b, "at");
    xj_put_int(b, 1000);
    reg_put_text(b, "agency", next);
}

static bool stop_at_once(void *arg, struct xj_slice agency)
{
    ++*(size_t *)arg;
    return agency.n == 0;
}

static void succession__is_read_once_for_a_head_and_shown_until_it_is_stopped(void **state)
{
    struct register_world *w = *state;
    struct xj_succession s = {0};
    size_t seen = 0;
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    static const char *const ids[] = {"350000-a", "350000-b", "350000-c"};
    for (size_t i = 0; i < 3; i++)
        reg_add_agency(w, ids[i], "bureau", "350000");
    succeeds(w, "350000-a", "350000-c");
    succeeds(w, "350000-b", "350000-c");
    succeeds(w, "350000-x", "350000-y"); /* a circle of agencies that are not there */
    succeeds(w, "350000-y", "350000-x");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_succession_read(&s, &w->store, 2), XJ_OK);
    const struct xj_succession_fact *list = s.list;
    assert_int_equal(xj_succession_read(&s, &w->store, 2), XJ_OK);
    assert_ptr_equal(s.list, list);
    assert_int_equal(xj_succession_read(&s, &w->store, 0), XJ_OK); /* at no head: anew each time */
    assert_int_equal(xj_succession_read(&s, &w->store, 0), XJ_OK);
    assert_int_equal(s.count, 4);
    assert_int_equal(xj_succession_held(&s, &w->store, str("350000-c"), REG_NOW, 5000, stop_at_once, &seen), XJ_OK);
    assert_int_equal(seen, 1);
    assert_false(xj_succession_heir(&s, str("350000-c"), str("350000-x"))); /* round and round */
    assert_int_equal(xj_succession_holder(&s, &w->store, str(""), REG_NOW, 5000, holder), XJ_OK);
    assert_string_equal(holder, "");
    xj_succession_free(&s);
}

static void succession__of_values_that_no_fact_has_is_corrupt_or_from_the_beginning(void **state)
{
    struct register_world *w = *state;
    struct xj_succession s = {0};
    static const char key[] = "Rsucceeded_by\0" "350000-a\0" "\0\0\0\0\0\0\0\2";
    keep(w, key, 31, "\x80", 1); /* since no instant */
    assert_int_equal(xj_succession_read(&s, &w->store, 2), XJ_ECORRUPT);
    assert_int_equal(s.count, 0);
    keep(w, key, 31, "\x81\xa2" "at\xc0", 5);
    assert_int_equal(xj_succession_read(&s, &w->store, 2), XJ_ECORRUPT);
    keep(w, key, 31, "\x81\xa2" "at\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 13);
    assert_int_equal(xj_succession_read(&s, &w->store, 2), XJ_OK);
    assert_true(s.list[0].at_ms == INT64_MAX && s.list[0].number == 2);
    xj_succession_free(&s);
}

/* ---- orders among the changes of an entry ---- */

static enum xj_err count_order(void *arg, const struct xj_order *o)
{
    assert_int_equal(o->kind, XJ_ORDER_RESTRICT);
    ++*(size_t *)arg;
    return XJ_OK;
}

static enum xj_err refuse_order(void *arg, const struct xj_order *o)
{
    (void)arg;
    (void)o;
    return XJ_EFULL;
}

#define ORDER "00112233445566778899aabbccddeeff"

static void put_change(struct xj_buf *b, const char *kind, const char *id)
{
    xj_put_array(b, 3);
    xj_put_cstr(b, kind);
    xj_put_cstr(b, id);
    xj_put_nil(b);
}

/* What only looks like an order begins none; what the visitor meets is told. */
static void each_begun__shows_the_orders_that_begin_with_an_entry(void **state)
{
    static const uint8_t case_id[16] = {7};
    struct register_world *w = *state;
    struct xj_buf entry;
    size_t seen = 0;
    struct xj_buf *b = reg_add(w, "order", ORDER, 6);
    xj_put_cstr(b, "case");
    xj_put_bin(b, case_id, sizeof case_id);
    xj_put_cstr(b, "date");
    xj_put_int(b, 1);
    reg_put_text(b, "kind", "restrict");
    reg_put_text(b, "basis", "依法");
    reg_put_text(b, "organ", "350000-a");
    reg_put_text(b, "number", "1号");
    REG_APPLY(w, &w->registrar); /* 2 */
    xj_buf_init(&entry, 4096);
    xj_put_array(&entry, 4);
    xj_put_uint(&entry, 2);
    xj_put_nil(&entry);
    xj_put_nil(&entry);
    xj_put_array(&entry, 5);
    put_change(&entry, "agency", "350000-a");
    put_change(&entry, "order", "0011");
    put_change(&entry, "order", "z0112233445566778899aabbccddeeff");
    put_change(&entry, "order", "ff112233445566778899aabbccddeeff"); /* withdrawn before it began */
    put_change(&entry, "order", ORDER);
    assert_int_equal(xj_order_each_begun(&w->store, xj_buf_slice(&entry), count_order, &seen), XJ_OK);
    assert_int_equal(seen, 1);
    assert_int_equal(xj_order_each_begun(&w->store, xj_buf_slice(&entry), refuse_order, NULL), XJ_EFULL);
    assert_int_equal(xj_order_each(&w->store, refuse_order, NULL), XJ_EFULL);
    assert_int_equal(xj_order_each_begun(&w->store, xj_slice_of(entry.p, entry.n - 1), count_order, &seen), XJ_EMALFORMED);
    assert_int_equal(xj_order_each_begun(&w->store, str("\x90"), count_order, &seen), XJ_OK); /* no changes */
    assert_int_equal(xj_order_each_begun(&w->store, str("\x94\2\xc0\xc0\x91\xc0"), count_order, &seen), XJ_OK); /* a change that is none */
    assert_int_equal(seen, 1);
    xj_buf_free(&entry);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, reg_setup_founded, reg_teardown)
    const struct CMUnitTest tests[] = {
        T(entry__over_the_limit_is_not_looked_at),
        T(registrar__that_was_withdrawn_is_named_anew_by_the_root_alone),
        T(head__of_another_form_is_corrupt),
        T(names__longer_than_any_key_are_over_the_limit),
        T(agency__is_vertical_when_its_fact_says_so),
        T(transports__are_all_shown_but_those_of_revoked_agencies),
        T(ever__asks_by_a_number_and_passes_withdrawals),
        T(subscribers__of_any_procedure_and_of_agencies_that_are_there),
        T(subscribers__by_a_grant_of_another_form_are_nobody),
        T(facts__under_a_key_without_a_number_are_corrupt),
        T(agency__with_a_value_of_another_form_stays_within_its_room),
        T(granted__covers_no_opener_that_the_register_does_not_know),
        T(cache__of_a_register_that_holds_nothing_remembers_nothing),
        T(succession__is_read_once_for_a_head_and_shown_until_it_is_stopped),
        T(succession__of_values_that_no_fact_has_is_corrupt_or_from_the_beginning),
        T(each_begun__shows_the_orders_that_begin_with_an_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
