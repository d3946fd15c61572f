/* The register over a store that fails or is damaged: every lookup tells the failure, whichever call it strikes, and never anything
 * else than what stands. Spec: spec/06-register.md; the store's contract: schema/base/store.h. */
#include "tests/unit/register_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/trust/order.h"
#include "schema/trust/register_cache.h"
#include "schema/trust/succession.h"
#include "schema/wire/pack.h"

#define ORDER "00112233445566778899aabbccddeeff"
#define AT_MS 5000 /* after every succession */
#define LATEST 4u  /* register number of the world below */

/* ---- a register with a fact of every kind that a lookup reads ---- */

static struct xj_hash revision_of(uint8_t compiled)
{
    return xj_digest("xianjie/1 procedure", xj_slice_of(&compiled, 1));
}

/* The id goes into room for it, which lasts until the entry is applied. */
static void add_procedure(struct register_world *w, char id[64], uint8_t compiled, int64_t from_ms)
{
    const struct xj_hash revision = revision_of(compiled);
    memcpy(id, "referral/", 9);
    xj_hex(revision.b, 8, id + 9);
    struct xj_buf *b = reg_add(w, "procedure", id, 3);
    xj_put_cstr(b, "compiled");
    xj_put_bin(b, &compiled, 1);
    xj_put_cstr(b, "revision");
    xj_put_bin(b, revision.b, XJ_HASH_SIZE);
    xj_put_cstr(b, "effective_from");
    xj_put_int(b, from_ms);
}

static void succeeds(struct register_world *w, const char *agency, const char *next)
{
    struct xj_buf *b = reg_add(w, "succeeded_by", agency, 2);
    xj_put_cstr(b, "at");
    xj_put_int(b, -1);
    reg_put_text(b, "agency", next);
}

static void add_order(struct register_world *w, const char *kind)
{
    static const uint8_t case_id[16] = {7};
    struct xj_buf *b = reg_add(w, "order", ORDER, 6);
    xj_put_cstr(b, "case");
    xj_put_bin(b, case_id, sizeof case_id);
    xj_put_cstr(b, "date");
    xj_put_int(b, -3);
    reg_put_text(b, "kind", kind);
    reg_put_text(b, "basis", "依法");
    reg_put_text(b, "organ", "350000-a");
    reg_put_text(b, "number", "1号");
}

static int world_up(void **state)
{
    static char first[64], second[64];
    if (reg_setup_founded(state) != 0)
        return -1;
    struct register_world *w = *state;
    static const char *const agencies[] = {"350000-a", "350000-b", "350000-p", "350000-q"};
    for (size_t i = 0; i < 4; i++)
        reg_add_agency(w, agencies[i], i < 2 ? "bureau" : "procuratorate", "350000");
    reg_add_keys(w, "350000-a", 0x20);
    reg_add_keys(w, "350000-q", 0x40);
    reg_add_status(w, "350000-q", "active");
    reg_put_list(reg_add(w, "counterpart", "350000-a/police/market", 1), "agencies", "350000-p1 350000-p2");
    reg_put_list(reg_add(w, "counterpart", "350000-a/police/any", 1), "agencies", "350000-p3");
    REG_APPLY(w, &w->registrar); /* 2 */
    reg_add_grant(w, "350000-p/g", "full", "", "350000-a", "");
    succeeds(w, "350000-p", "350000-q");
    succeeds(w, "350000-a", "350000-b");
    add_procedure(w, first, 0x11, -500);
    add_procedure(w, second, 0x22, 1000);
    struct xj_buf *b = reg_add(w, "compromised", "350000-a/2121212121212121", 1);
    xj_put_cstr(b, "since");
    xj_put_int(b, -9);
    REG_APPLY(w, &w->registrar); /* 3 */
    add_order(w, "destroy");
    REG_APPLY(w, &w->registrar); /* 4 */
    w->mem.fail_once = true;
    return 0;
}

/* ---- every lookup: what it says when it says anything ---- */

typedef enum xj_err lookup(struct register_world *w);

static enum xj_err head(struct register_world *w)
{
    struct xj_reg_head h;
    enum xj_err err = xj_reg_head(&w->store, &h);
    assert_true(err != XJ_OK || h.number == LATEST);
    return err;
}

static enum xj_err agency(struct register_world *w)
{
    struct xj_agency a;
    enum xj_err err = xj_reg_agency(&w->store, str("350000-q"), REG_NOW, &a);
    assert_true(err == XJ_OK ? a.state == XJ_AGENCY_ACTIVE && a.connected && a.keys.seal[0] == 0x40 : a.state == XJ_AGENCY_UNKNOWN);
    return err;
}

static enum xj_err cached(struct register_world *w)
{
    struct xj_reg_cache *c = calloc(1, sizeof *c);
    const struct xj_agency *a = NULL;
    uint8_t sign[32];
    assert_non_null(c);
    c->head = LATEST;
    enum xj_err err = xj_reg_cache_agency(c, &w->store, str("350000-a"), REG_NOW, &a);
    assert_true(err == XJ_OK ? strcmp(a->id, "350000-a") == 0 : a == NULL);
    if (err == XJ_OK)
        err = xj_reg_cache_exchange(c, &w->store, REG_NOW, sign);
    assert_true(err != XJ_OK || sign[0] == 0x10);
    free(c);
    return err;
}

static enum xj_err single_keys(struct register_world *w)
{
    uint8_t key[32];
    char id[XJ_MAX_AGENCY_BYTES + 1];
    enum xj_err err = xj_reg_exchange_transport(&w->store, REG_NOW, key);
    assert_true(err != XJ_OK || key[0] == 0xee);
    if (err == XJ_OK)
        err = xj_reg_registrar(&w->store, id, key);
    assert_true(err != XJ_OK || (strcmp(id, "350000-registrar") == 0 && memcmp(key, w->registrar.public_key, 32) == 0));
    return err;
}

static enum xj_err seal_key(struct register_world *w)
{
    uint8_t key[32], key_id[XJ_KEY_ID_SIZE], got[32];
    memset(key, 0x20, sizeof key);
    xj_key_id(key, key_id);
    enum xj_err err = xj_reg_seal_key(&w->store, str("350000-a"), key_id, got);
    assert_true(err != XJ_OK || memcmp(key, got, 32) == 0);
    return err;
}

static enum xj_err compromised(struct register_world *w)
{
    uint8_t key[32];
    int64_t since;
    memset(key, 0x21, sizeof key);
    enum xj_err err = xj_reg_compromised(&w->store, str("350000-a"), key, &since);
    assert_true(err != XJ_OK || since == -9);
    return err;
}

static enum xj_err by_transport(struct register_world *w)
{
    uint8_t key[32];
    char id[XJ_MAX_AGENCY_BYTES + 1];
    memset(key, 0x43, sizeof key);
    enum xj_err err = xj_reg_by_transport(&w->store, key, id);
    assert_true(err != XJ_OK || strcmp(id, "350000-q") == 0);
    return err;
}

static bool count_transport(void *arg, const uint8_t key[32], struct xj_slice id)
{
    assert_true((key[0] == 0x23 && xj_slice_is(id, "350000-a")) || (key[0] == 0x43 && xj_slice_is(id, "350000-q")));
    ++*(size_t *)arg;
    return true;
}

static enum xj_err transports(struct register_world *w)
{
    size_t count = 0;
    enum xj_err err = xj_reg_transports(&w->store, count_transport, &count);
    assert_true(count <= 2);
    return err;
}

static enum xj_err counterparts(struct register_world *w)
{
    static const char *const expected[] = {"350000-p1", "350000-p2", "350000-p3"};
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < 3; i++) {
        char got[XJ_MAX_AGENCY_BYTES + 1];
        err = xj_reg_counterpart(&w->store, str("350000-a"), str("police"), str("market"), i, got);
        assert_true(err != XJ_OK || strcmp(got, expected[i]) == 0);
    }
    return err;
}

static enum xj_err ever(struct register_world *w)
{
    bool was;
    enum xj_err err = xj_reg_ever(&w->store, "grant", str("350000-p/"), REG_NOW, &was);
    assert_int_equal(was, err == XJ_OK);
    return err;
}

static enum xj_err granted(struct register_world *w)
{
    bool may;
    enum xj_err err = xj_reg_granted(&w->store, str("350000-p"), str("350000-a"), &may);
    assert_int_equal(may, err == XJ_OK);
    return err;
}

static bool no_subscriber(void *arg, struct xj_slice id, bool full)
{
    (void)arg;
    (void)id;
    (void)full;
    fail_msg("the holder of the grant has no keys");
    return true;
}

static enum xj_err subscribers(struct register_world *w)
{
    return xj_reg_subscribers(&w->store, str("referral"), str("transfer"), str("350000-a"), str("350000-a"), no_subscriber, NULL);
}

static bool is_revision(void *arg, const struct xj_hash *revision, int64_t effective_ms)
{
    const struct xj_hash first = revision_of(0x11), second = revision_of(0x22);
    (void)arg;
    assert_true(xj_hash_eq(revision, effective_ms == -500 ? &first : &second));
    return true;
}

static enum xj_err procedures(struct register_world *w)
{
    struct xj_hash revision = revision_of(0x11), now;
    struct xj_buf compiled;
    int64_t from_ms = 0;
    xj_buf_init(&compiled, 1024);
    enum xj_err err = xj_reg_procedure(&w->store, str("referral"), &revision, &compiled);
    assert_true(err != XJ_OK || (compiled.n == 1 && compiled.p[0] == 0x11));
    xj_buf_free(&compiled);
    if (err == XJ_OK)
        err = xj_reg_procedure_effective(&w->store, str("referral"), &revision, &from_ms);
    assert_true(err != XJ_OK || from_ms == -500);
    if (err == XJ_OK)
        err = xj_reg_procedure_current(&w->store, str("referral"), 999, &now);
    assert_true(err != XJ_OK || xj_hash_eq(&now, &revision));
    return err == XJ_OK ? xj_reg_procedure_revisions(&w->store, str("referral"), is_revision, NULL) : err;
}

static enum xj_err see_order(void *arg, const struct xj_order *o)
{
    assert_true(o->number == LATEST && o->kind == XJ_ORDER_DESTROY && o->has_case && o->case_id.b[0] == 7 && o->date == -3);
    ++*(size_t *)arg;
    return XJ_OK;
}

static enum xj_err orders(struct register_world *w)
{
    size_t count = 0;
    struct xj_order o;
    uint8_t id[XJ_ID_SIZE];
    assert_true(xj_unhex(ORDER, id, sizeof id));
    enum xj_err err = xj_order_each(&w->store, see_order, &count);
    assert_int_equal(count, err == XJ_OK);
    return err == XJ_OK ? xj_order_at(&w->store, id, LATEST, &o) : err;
}

static enum xj_err succession(struct register_world *w)
{
    struct xj_succession s = {0};
    struct register_seen seen = {.count = 0};
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    bool may = false;
    enum xj_err err = xj_succession_read(&s, &w->store, LATEST);
    if (err == XJ_OK)
        err = xj_succession_holder(&s, &w->store, str("350000-a"), REG_NOW, AT_MS, holder);
    assert_true(err != XJ_OK || strcmp(holder, "350000-b") == 0);
    if (err == XJ_OK)
        err = xj_succession_granted(&s, &w->store, str("350000-q"), str("350000-a"), AT_MS, &may);
    assert_true(err != XJ_OK || may);
    if (err == XJ_OK)
        err = xj_succession_subscribers(&s, &w->store, str("referral"), str("transfer"), str("350000-b"), str("350000-a"), AT_MS,
                                        reg_see_subscriber, &seen);
    assert_true(err != XJ_OK || strncmp(seen.text, "350000-q! ", 10) == 0);
    xj_succession_free(&s);
    return err;
}

static const struct {
    const char *name;
    lookup *ask;
} lookups[] = {
    {"head", head}, {"agency", agency}, {"cached", cached}, {"single keys", single_keys}, {"seal key", seal_key},
    {"compromised", compromised}, {"by transport", by_transport}, {"transports", transports}, {"counterparts", counterparts},
    {"ever", ever}, {"granted", granted}, {"subscribers", subscribers}, {"procedures", procedures}, {"orders", orders},
    {"succession", succession},
};
#define LOOKUPS (sizeof lookups / sizeof lookups[0])

static void lookups__tell_every_failure_of_the_store_wherever_it_strikes(void **state)
{
    struct register_world *w = *state;
    for (size_t i = 0; i < LOOKUPS; i++) {
        bool reached = true;
        for (size_t n = 1; reached; n++) {
            w->mem.calls = 0;
            w->mem.fail_at = n;
            const enum xj_err err = lookups[i].ask(w);
            reached = w->mem.calls >= n;
            w->mem.fail_at = 0;
            if (err != (reached ? XJ_EIO : XJ_OK))
                fail_msg("%s, call %zu: %s", lookups[i].name, n, xj_err_name(err));
        }
    }
}

/* Puts other bytes under the i-th key, and gives back those that were there. */
static struct xj_memstore_pair exchange_value(struct register_world *w, size_t i, struct xj_memstore_pair in)
{
    const struct xj_memstore_pair out = w->mem.at[i];
    w->mem.at[i].value = in.value;
    w->mem.at[i].value_n = in.value_n;
    return out;
}

/* No lookup is led astray by one value that cannot be read: it says so, or finds nothing, or has no need of it. */
static void lookups__say_nothing_else_over_a_damaged_value(void **state)
{
    static uint8_t rubbish[] = {0xc1, 0xc1};
    struct register_world *w = *state;
    size_t corrupt = 0;
    for (size_t pair = 0; pair < w->mem.n; pair++)
        for (size_t n = 0; n <= sizeof rubbish; n++) {
            const struct xj_memstore_pair was = exchange_value(w, pair, (struct xj_memstore_pair){.value = rubbish, .value_n = n});
            for (size_t i = 0; i < LOOKUPS; i++) {
                const enum xj_err err = lookups[i].ask(w);
                if (err != XJ_OK && err != XJ_ECORRUPT && err != XJ_ENOTFOUND)
                    fail_msg("%s, pair %zu: %s", lookups[i].name, pair, xj_err_name(err));
                corrupt += err == XJ_ECORRUPT;
            }
            (void)exchange_value(w, pair, was);
        }
    assert_true(corrupt > w->mem.n);
}

/* ---- keys of another form than they are written in ---- */

static void keep(struct register_world *w, const char *key, size_t n, const char *value)
{
    assert_int_equal(w->store.put(w->store.ctx, xj_slice_of(key, n), xj_slice_cstr(value)), XJ_OK);
}

static void transports__are_corrupt_when_a_key_or_an_agency_has_not_its_length(void **state)
{
    struct register_world *w = *state;
    char key[36] = "R\1t", too_long[XJ_MAX_AGENCY_BYTES + 2];
    memset(key + 3, 0x77, 32);
    keep(w, key, 34, "350000-a");
    assert_int_equal(transports(w), XJ_ECORRUPT);
    assert_int_equal(w->store.del(w->store.ctx, xj_slice_of(key, 34)), XJ_OK);
    assert_int_equal(transports(w), XJ_OK);
    memset(too_long, 'x', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = 0;
    keep(w, key, 35, too_long);
    assert_int_equal(transports(w), XJ_ECORRUPT);
}

/* An id of another length than an order's is no order's. */
static void orders__are_those_under_ids_of_orders(void **state)
{
    struct register_world *w = *state;
    keep(w, "Rorder\0" "0011\0" "\0\0\0\0\0\0\0\4", 20, "\x80");
    assert_int_equal(orders(w), XJ_OK);
}

static void succession__is_corrupt_when_a_key_has_no_number(void **state)
{
    struct register_world *w = *state;
    keep(w, "Rsucceeded_by\0" "35", 16, "\x80");
    assert_int_equal(succession(w), XJ_ECORRUPT);
}

/* An entry that replaces keys reads those before: damage there is not the entry's fault. */
static void apply__over_damaged_keys_does_not_call_the_entry_malformed(void **state)
{
    struct register_world *w = *state;
    struct xj_memstore_pair damaged = {.value = (uint8_t *)"\xc1", .value_n = 1}, was = {0};
    size_t at = 0;
    for (size_t i = 0; i < w->mem.n; i++)
        if (w->mem.at[i].key_n > 14 && memcmp(w->mem.at[i].key, "Rkeys\0" "350000-a", 14) == 0)
            at = i;
    assert_int_not_equal(at, 0);
    was = exchange_value(w, at, damaged);
    reg_add_keys(w, "350000-a", 0x60);
    assert_int_equal(reg_apply(w, &w->registrar), XJ_ECORRUPT);
    (void)exchange_value(w, at, was);
    assert_int_equal(reg_head_of(w).number, LATEST);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_up, reg_teardown)
    const struct CMUnitTest tests[] = {
        T(lookups__tell_every_failure_of_the_store_wherever_it_strikes),
        T(lookups__say_nothing_else_over_a_damaged_value),
        T(transports__are_corrupt_when_a_key_or_an_agency_has_not_its_length),
        T(orders__are_those_under_ids_of_orders),
        T(succession__is_corrupt_when_a_key_has_no_number),
        T(apply__over_damaged_keys_does_not_call_the_entry_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
