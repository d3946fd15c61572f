/* Register entries, keys and lookups over an in-memory store. Spec: spec/06-register.md sections 1 to 3. */
#include "schema/trust/register_cache.h"
#include "tests/unit/register_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"

/* ---- entries ---- */

static void entry_1__must_be_signed_by_the_root(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_head head = reg_head_of(w);
    static const struct xj_hash zero;
    assert_int_equal(head.number, 0);
    assert_true(xj_hash_eq(&head.digest, &zero));
    reg_add_registrar(w, &w->registrar);
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ESIGNATURE);
    assert_int_equal(w->mem.n, 0);
    reg_add_agency(w, "350000-a", "bureau", "350000"); /* without root facts, too */
    assert_int_equal(reg_apply(w, &w->stranger), XJ_ESIGNATURE);
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->root);
    assert_int_equal(reg_head_of(w).number, 1);
    reg_add_agency(w, "350000-b", "bureau", "350000"); /* nobody is registrar */
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ESTATE);
}

static void later_entries__are_the_registrars(void **state)
{
    struct register_world *w = *state;
    const struct xj_sign_key *const others[] = {&w->stranger, &w->root};
    for (size_t i = 0; i < 2; i++) {
        size_t before = w->mem.n;
        reg_add_agency(w, "350000-a", "bureau", "350000");
        assert_int_equal(reg_apply(w, others[i]), XJ_ESIGNATURE);
        assert_int_equal(w->mem.n, before);
    }
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(reg_head_of(w).number, 2);
}

static void root_facts__are_denied_to_the_registrar(void **state)
{
    struct register_world *w = *state;
    reg_add_exchange(w, 0x20);
    assert_int_equal(reg_apply(w, &w->registrar), XJ_EDENIED);
    reg_withdraw(w, "registrar", "registrar");
    assert_int_equal(reg_apply(w, &w->registrar), XJ_EDENIED);
    reg_add_agency(w, "350000-a", "bureau", "350000"); /* hidden among others */
    reg_add_registrar(w, &w->stranger);
    assert_int_equal(reg_apply(w, &w->registrar), XJ_EDENIED);
    reg_add_exchange(w, 0x20);
    assert_int_equal(reg_apply(w, &w->stranger), XJ_ESIGNATURE);
    assert_int_equal(reg_head_of(w).number, 1);
}

static void root__replaces_the_registrar(void **state)
{
    struct register_world *w = *state;
    struct xj_sign_key next = reg_key_of(9);
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t sign[32];
    reg_add_registrar(w, &next);
    REG_APPLY(w, &w->root);
    reg_add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ESIGNATURE);
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &next);
    assert_int_equal(xj_reg_registrar(&w->store, agency, sign), XJ_OK);
    assert_string_equal(agency, "350000-registrar");
    assert_memory_equal(sign, next.public_key, 32);
}

static void number_and_chain__must_follow_the_last_entry(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_head head = reg_head_of(w);
    struct xj_hash wrong = head.digest;
    static const uint64_t numbers[] = {0, 1, 3, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        reg_add_agency(w, "350000-a", "bureau", "350000");
        assert_int_equal(reg_apply_as(w, &w->registrar, numbers[i], &head.digest), XJ_ESTATE);
    }
    wrong.b[31] ^= 1;
    reg_add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(reg_apply_as(w, &w->registrar, 2, &wrong), XJ_ESTATE);
    assert_non_null(strstr(w->why, "previous"));
    reg_add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(reg_apply_as(w, &w->registrar, 2, &head.digest), XJ_OK);
    assert_string_equal(w->why, "");
}

static enum xj_err apply_bytes(struct register_world *w, const struct xj_buf *entry)
{
    struct xj_buf signature;
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    struct xj_hash d = xj_digest("xianjie/1 register", xj_buf_slice(entry));
    xj_sign_one(&w->registrar, &d, &signature);
    enum xj_err err = xj_reg_apply(&w->store, w->root.public_key, xj_buf_slice(entry), xj_buf_slice(&signature), NULL);
    xj_buf_free(&signature);
    return err;
}

static void entry__refuses_other_shapes_even_when_signed(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_head head = reg_head_of(w);
    size_t before = w->mem.n;
    for (int what = 0; what < 8; what++) {
        struct xj_buf entry;
        xj_buf_init(&entry, 4096);
        xj_put_array(&entry, what == 0 ? 3 : 4);
        xj_put_uint(&entry, 2);
        xj_put_int(&entry, 1000);
        xj_put_bin(&entry, head.digest.b, what == 1 ? 31 : 32);
        if (what == 6)
            xj_put_cstr(&entry, "changes");
        else if (what != 0)
            xj_put_array(&entry, what == 2 ? 0 : 1);
        if (what == 3)
            xj_put_nil(&entry);
        if (what == 4 || what == 5) {
            xj_put_array(&entry, what == 4 ? 2 : 3);
            xj_put_cstr(&entry, "agency");
            xj_put_cstr(&entry, "350000-a");
            if (what == 5)
                xj_put_uint(&entry, 1);
        }
        if (what == 1 || what == 7) {
            xj_put_array(&entry, 3);
            xj_put_cstr(&entry, what == 1 ? "agency" : "");
            xj_put_cstr(&entry, "350000-a");
            xj_put_nil(&entry);
        }
        assert_int_equal(apply_bytes(w, &entry), XJ_EMALFORMED);
        xj_buf_free(&entry);
    }
    assert_int_equal(w->mem.n, before);
}

static void entry__holds_1_to_256_changes(void **state)
{
    struct register_world *w = *state;
    for (size_t count = 256; count <= 257; count++) {
        struct xj_reg_change *changes = calloc(count, sizeof *changes);
        char (*ids)[33] = calloc(count, sizeof *ids);
        struct xj_reg_head head = reg_head_of(w);
        struct xj_buf entry;
        assert_true(changes != NULL && ids != NULL);
        for (size_t i = 0; i < count; i++) {
            uint8_t id[16] = {(uint8_t)(i >> 8), (uint8_t)i};
            xj_hex(id, sizeof id, ids[i]);
            changes[i] = (struct xj_reg_change){str("certificate"), str(ids[i]), {NULL, 0}};
        }
        xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
        xj_reg_entry_encode(head.number + 1, 1000, &head.digest, changes, count, &entry);
        assert_int_equal(apply_bytes(w, &entry), count == 256 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&entry);
        free(ids);
        free(changes);
    }
}

static void entry__changes_a_fact_only_once(void **state)
{
    struct register_world *w = *state;
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_status(w, "350000-a", "active");
    reg_add_agency(w, "350000-a", "police", "350000");
    assert_int_equal(reg_apply(w, &w->registrar), XJ_EMALFORMED);
    assert_non_null(strstr(w->why, "only once"));
}

/* ---- agencies and their keys ---- */

static void agency__is_seen_as_it_was_at_a_number(void **state)
{
    struct register_world *w = *state;
    struct xj_agency a;
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->registrar); /* 2 */
    reg_add_keys(w, "350000-a", 0x20);
    REG_APPLY(w, &w->registrar); /* 3 */
    reg_add_keys(w, "350000-a", 0x30);
    reg_add_status(w, "350000-a", "suspended");
    REG_APPLY(w, &w->registrar); /* 4 */
    reg_withdraw(w, "agency", "350000-a");
    REG_APPLY(w, &w->registrar); /* 5 */
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), 1, &a), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), 2, &a), XJ_OK);
    assert_true(a.state == XJ_AGENCY_ACTIVE && !a.connected);
    assert_string_equal(a.role, "bureau");
    assert_string_equal(a.name, "某局");
    assert_string_equal(a.division, "350000");
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), 3, &a), XJ_OK);
    assert_true(a.connected && a.keys.seal[0] == 0x20 && a.keys.sign[0] == 0x21);
    assert_true(a.keys.recovery[31] == 0x22 && a.keys.transport[31] == 0x23);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), 4, &a), XJ_OK);
    assert_true(a.state == XJ_AGENCY_SUSPENDED && a.keys.sign[0] == 0x31);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), REG_NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
}

static void agency__is_not_confused_with_one_whose_id_begins_the_same(void **state)
{
    struct register_world *w = *state;
    struct xj_agency a;
    reg_add_agency(w, "350000-ab", "police", "350000");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), REG_NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-abc"), REG_NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-ab"), REG_NOW, &a), XJ_OK);
    assert_int_equal(
        xj_reg_agency(&w->store, str("350000-a-name-far-longer-than-any-agency-may-have-anywhere"), REG_NOW, &a), XJ_ENOTFOUND);
}

static void exchange_sign__is_that_of_the_number(void **state)
{
    struct register_world *w = *state;
    uint8_t sign[32];
    reg_add_exchange(w, 0x44);
    REG_APPLY(w, &w->root);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 1, sign), XJ_OK);
    assert_int_equal(sign[0], 0x10);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 2, sign), XJ_OK);
    assert_int_equal(sign[0], 0x44);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 0, sign), XJ_ENOTFOUND);
}

static enum xj_err at_the_door(struct register_world *w, uint8_t fill, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    uint8_t key[32];
    memset(key, fill, sizeof key);
    ret[0] = 0;
    return xj_reg_by_transport(&w->store, key, ret);
}

static void transport_key__opens_the_door_while_it_is_the_agencys(void **state)
{
    struct register_world *w = *state;
    char id[XJ_MAX_AGENCY_BYTES + 1];
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_keys(w, "350000-a", 0x20);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_OK);
    assert_string_equal(id, "350000-a");
    assert_int_equal(at_the_door(w, 0x20, id), XJ_ENOTFOUND);
    reg_add_keys(w, "350000-a", 0x30);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_ENOTFOUND);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    reg_add_status(w, "350000-a", "suspended"); /* still receives */
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    reg_add_status(w, "350000-a", "revoked");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_ENOTFOUND);
    reg_add_status(w, "350000-a", "active");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    reg_withdraw(w, "keys", "350000-a");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_ENOTFOUND);
}

struct door {
    char text[128];
};

static bool door_seen(void *arg, const uint8_t key[32], struct xj_slice agency)
{
    struct door *d = arg;
    const size_t used = strlen(d->text);
    if (key[0] == 0x23 || key[0] == 0x53)
        snprintf(d->text + used, sizeof d->text - used, "%.*s ", (int)agency.n, (const char *)agency.p);
    return true;
}

static void transport_key__taken_over_stays_when_the_one_before_rotates(void **state)
{
    struct register_world *w = *state;
    char id[64];
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_agency(w, "350000-b", "bureau", "350000");
    reg_add_keys(w, "350000-a", 0x20);
    REG_APPLY(w, &w->registrar);
    reg_add_keys(w, "350000-b", 0x20);
    REG_APPLY(w, &w->registrar);
    reg_add_keys(w, "350000-a", 0x50);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_OK);
    assert_string_equal(id, "350000-b");
    struct door door = {{0}};
    assert_int_equal(xj_reg_transports(&w->store, door_seen, &door), XJ_OK);
    assert_string_equal(door.text, "350000-b 350000-a "); /* by key: 0x23 before 0x53, each once */
}

static void transport_key__of_a_large_fact_is_forgotten_on_rotation(void **state)
{
    struct register_world *w = *state;
    char id[64];
    reg_add_agency(w, "350000-a", "bureau", "350000");
    struct xj_buf *b = reg_add(w, "keys", "350000-a", 5);
    reg_put_key(b, "seal", 1);
    reg_put_key(b, "sign", 1);
    xj_put_cstr(b, "extra");
    xj_put_array(b, 80);
    for (int i = 0; i < 80; i++)
        xj_put_nil(b);
    reg_put_key(b, "recovery", 1);
    reg_put_key(b, "transport", 0x77);
    REG_APPLY(w, &w->registrar);
    reg_add_keys(w, "350000-a", 0x50);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x77, id), XJ_ENOTFOUND);
}

static void seal_key__of_long_ago_is_still_found(void **state)
{
    struct register_world *w = *state;
    uint8_t first[32], key_id[XJ_KEY_ID_SIZE], got[32];
    memset(first, 0x20, sizeof first);
    xj_key_id(first, key_id);
    reg_add_keys(w, "350000-a", 0x20);
    REG_APPLY(w, &w->registrar);
    reg_add_keys(w, "350000-a", 0x30);
    REG_APPLY(w, &w->registrar);
    reg_withdraw(w, "keys", "350000-a");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-a"), key_id, got), XJ_OK);
    assert_memory_equal(got, first, 32);
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-b"), key_id, got), XJ_ENOTFOUND);
    key_id[0] ^= 1;
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-a"), key_id, got), XJ_ENOTFOUND);
}

/* ---- all facts of a kind ---- */

static bool see_id(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct register_seen *s = arg;
    assert_true(value.n > 0);
    size_t n = strlen(s->text);
    assert_true(n + id.n + 2 < sizeof s->text);
    memcpy(s->text + n, id.p, id.n);
    s->text[n + id.n] = ' ';
    return ++s->count != s->stop_after;
}

static void each__shows_present_facts_by_id_within_the_prefix(void **state)
{
    struct register_world *w = *state;
    struct register_seen s = {.count = 0};
    static const char *const ids[] = {"350000-b", "350000-a", "350100-c", "350000-ab"};
    for (size_t i = 0; i < 4; i++)
        reg_add_agency(w, ids[i], "bureau", "350000");
    REG_APPLY(w, &w->registrar);
    reg_add_agency(w, "350000-a", "police", "350000"); /* a second version is not a second fact */
    reg_withdraw(w, "agency", "350000-b");
    reg_add_status(w, "350000-a", "active");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_each(&w->store, "agency", str(""), see_id, &s), XJ_OK);
    assert_string_equal(s.text, "350000-a 350000-ab 350100-c ");
    s = (struct register_seen){.count = 0};
    assert_int_equal(xj_reg_each(&w->store, "agency", str("3501"), see_id, &s), XJ_OK);
    assert_string_equal(s.text, "350100-c ");
    s = (struct register_seen){.stop_after = 1};
    assert_int_equal(xj_reg_each(&w->store, "agency", str(""), see_id, &s), XJ_OK);
    assert_int_equal(s.count, 1);
    s = (struct register_seen){.count = 0};
    assert_int_equal(xj_reg_each(&w->store, "grant", str(""), see_id, &s), XJ_OK);
    assert_int_equal(s.count, 0);
}

/* ---- the disk ---- */

static void apply__reports_every_failure_of_the_store(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_head head = reg_head_of(w);
    for (size_t fail_at = 1;; fail_at++) {
        assert_true(fail_at < 100);
        w->mem.calls = 0;
        w->mem.fail_at = fail_at;
        reg_add_agency(w, "350000-a", "bureau", "350000");
        reg_add_keys(w, "350000-a", 0x20);
        enum xj_err err = reg_apply_as(w, &w->registrar, 2, &head.digest);
        bool reached = w->mem.calls >= fail_at;
        w->mem.fail_at = 0;
        if (!reached) {
            assert_int_equal(err, XJ_OK);
            break;
        }
        assert_int_equal(err, XJ_EIO);
        assert_int_equal(reg_head_of(w).number, 1); /* the head is written last */
    }
}

static void lookups__report_every_failure_of_the_store(void **state)
{
    struct register_world *w = *state;
    struct xj_agency a;
    char id[XJ_MAX_AGENCY_BYTES + 1];
    struct register_seen s = {.count = 0};
    reg_add_agency(w, "350000-a", "bureau", "350000");
    reg_add_keys(w, "350000-a", 0x20);
    reg_add_grant(w, "350000-a/g", "full", "", "", "");
    REG_APPLY(w, &w->registrar);
    for (size_t fail_at = 1; fail_at <= 3; fail_at++) {
        w->mem.calls = 0;
        w->mem.fail_at = fail_at;
        assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), REG_NOW, &a), XJ_EIO);
        assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
        w->mem.calls = 0;
        assert_int_equal(at_the_door(w, 0x23, id), XJ_EIO);
        w->mem.calls = 0;
        assert_int_equal(xj_reg_subscribers(&w->store, str("referral"), str("transfer"), str("350000-a"), str("350000-a"),
                                            reg_see_subscriber, &s),
                         XJ_EIO);
    }
    assert_int_equal(s.count, 0);
    w->mem.fail_at = 0;
}


static void cache__remembers_what_the_register_said_at_a_number_and_asks_anew_for_another(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_cache *c = calloc(1, sizeof *c);
    const struct xj_agency *a, *again;
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->registrar);
    uint64_t first = c->head = reg_head_of(w).number;
    assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), UINT64_MAX, &a), XJ_OK);
    assert_string_equal(a->role, "bureau");
    assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), first, &again), XJ_OK);
    assert_ptr_equal(a, again);
    reg_add_agency(w, "350000-a", "police", "350000");
    REG_APPLY(w, &w->registrar);
    c->head = reg_head_of(w).number;
    assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), UINT64_MAX, &a), XJ_OK);
    assert_string_equal(a->role, "police");
    assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), first, &a), XJ_OK);
    assert_string_equal(a->role, "bureau");
    assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-b"), UINT64_MAX, &a), XJ_ENOTFOUND);
    assert_null(a);
    for (size_t i = 0; i < 2 * XJ_REG_CACHE_SLOTS; i++) { /* more numbers than it has room for */
        reg_add_status(w, "350000-a", i % 2 ? "active" : "suspended");
        REG_APPLY(w, &w->registrar);
        c->head = reg_head_of(w).number;
        assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), c->head, &a), XJ_OK);
        assert_int_equal(a->state, i % 2 ? XJ_AGENCY_ACTIVE : XJ_AGENCY_SUSPENDED);
    }
    free(c);
}

/* More ids than it has room for: two of them want one place, and get it in turn. */
static void cache__never_gives_one_agency_for_another(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_cache *c = calloc(1, sizeof *c);
    const struct xj_agency *a;
    assert_non_null(c);
    reg_add_agency(w, "350000-a", "bureau", "350000");
    REG_APPLY(w, &w->registrar);
    c->head = reg_head_of(w).number;
    for (size_t i = 0; i < 8 * XJ_REG_CACHE_SLOTS; i++) {
        char other[32];
        (void)snprintf(other, sizeof other, "350000-n%zu", i);
        assert_int_equal(xj_reg_cache_agency(c, &w->store, str("350000-a"), REG_NOW, &a), XJ_OK);
        assert_string_equal(a->id, "350000-a");
        assert_int_equal(xj_reg_cache_agency(c, &w->store, str(other), REG_NOW, &a), XJ_ENOTFOUND);
        assert_null(a);
    }
    free(c);
}

static void cache__of_the_exchanges_key_follows_its_change(void **state)
{
    struct register_world *w = *state;
    struct xj_reg_cache *c = calloc(1, sizeof *c);
    uint8_t one[32], two[32], want[32];
    c->head = reg_head_of(w).number;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(xj_reg_cache_exchange(c, &w->store, UINT64_MAX, one), XJ_OK);
        assert_int_equal(xj_reg_exchange_sign(&w->store, UINT64_MAX, want), XJ_OK);
        assert_memory_equal(one, want, 32);
    }
    reg_add_exchange(w, 0x77);
    REG_APPLY(w, &w->root);
    c->head = reg_head_of(w).number;
    assert_int_equal(xj_reg_cache_exchange(c, &w->store, c->head, two), XJ_OK);
    assert_memory_not_equal(one, two, 32);
    assert_int_equal(xj_reg_cache_exchange(c, &w->store, c->head - 1, two), XJ_OK);
    assert_memory_equal(one, two, 32);
    free(c);
}

#define FOUNDED(test) cmocka_unit_test_setup_teardown(test, reg_setup_founded, reg_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entry_1__must_be_signed_by_the_root, reg_setup, reg_teardown),
        FOUNDED(later_entries__are_the_registrars),
        FOUNDED(root_facts__are_denied_to_the_registrar),
        FOUNDED(root__replaces_the_registrar),
        FOUNDED(number_and_chain__must_follow_the_last_entry),
        FOUNDED(entry__refuses_other_shapes_even_when_signed),
        FOUNDED(entry__holds_1_to_256_changes),
        FOUNDED(entry__changes_a_fact_only_once),
        FOUNDED(agency__is_seen_as_it_was_at_a_number),
        FOUNDED(agency__is_not_confused_with_one_whose_id_begins_the_same),
        FOUNDED(exchange_sign__is_that_of_the_number),
        FOUNDED(transport_key__opens_the_door_while_it_is_the_agencys),
        FOUNDED(transport_key__taken_over_stays_when_the_one_before_rotates),
        FOUNDED(transport_key__of_a_large_fact_is_forgotten_on_rotation),
        FOUNDED(seal_key__of_long_ago_is_still_found),
        FOUNDED(each__shows_present_facts_by_id_within_the_prefix),
        FOUNDED(apply__reports_every_failure_of_the_store),
        FOUNDED(lookups__report_every_failure_of_the_store),
        FOUNDED(cache__remembers_what_the_register_said_at_a_number_and_asks_anew_for_another),
        FOUNDED(cache__never_gives_one_agency_for_another),
        FOUNDED(cache__of_the_exchanges_key_follows_its_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
