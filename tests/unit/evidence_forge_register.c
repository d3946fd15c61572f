/* Changes that need keys, of the register: keys, suspensions, reports, forks. */
#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"
#include "tests/unit/evidence_forge.h"

#define must(call) assert_int_equal((call), XJ_OK)

static void add_register(struct tamper *t, struct xj_slice head)
{
    struct xj_ev_signed *grown = realloc(t->b.reg, (t->b.register_count + 1) * sizeof *grown);
    assert_non_null(grown);
    t->b.reg = grown;
    grown[t->b.register_count++] = (struct xj_ev_signed){head, forge_sign(t, &t->e->city->w->registrar, XJ_CTX_REGISTER, head)};
}

void forge_fact(struct tamper *t, const char *kind, const char *id, struct xj_buf *value)
{
    struct xj_buf *head = tamper_new(t);
    struct xj_hash previous = xj_digest(XJ_CTX_REGISTER, t->b.reg[t->b.register_count - 1].head);
    const struct xj_reg_change change = {xj_slice_cstr(kind), xj_slice_cstr(id), xj_buf_slice(value)};
    must(value->err);
    xj_reg_entry_encode(t->b.register_count + 1, t->e->city->w->now_ms, &previous, &change, 1, head);
    must(head->err);
    add_register(t, xj_buf_slice(head));
    xj_buf_free(value);
}

static void report_key(struct tamper *t, const char *agency, const struct xj_sign_key *key, int64_t since_ms)
{
    char id[XJ_MAX_AGENCY_BYTES + 18], hex[17];
    struct xj_buf value;
    xj_hex(key->public_key, 8, hex);
    (void)snprintf(id, sizeof id, "%s/%s", agency, hex);
    xj_buf_init(&value, 256);
    xj_put_map(&value, 1);
    xj_put_cstr(&value, "since");
    xj_put_int(&value, since_ms);
    forge_fact(t, "compromised", id, &value);
}

static int64_t transferred_ms(struct tamper *t)
{
    struct xj_admitted *a = malloc(sizeof *a);
    assert_non_null(a);
    must(xj_admitted_decode(t->b.entries[tamper_answer(t, tamper_message(t, "transfer"))].e.head, a));
    const int64_t ms = a->time_ms;
    free(a);
    return ms;
}

/* The key of the bureau is reported: from its transfer on, from the millisecond behind it on, another key of it. */
void tamper_compromised(struct tamper *t)
{
    report_key(t, CITY_BUREAU, forge_key_of(t, CITY_BUREAU), transferred_ms(t));
}

void tamper_compromised_since(struct tamper *t)
{
    report_key(t, CITY_BUREAU, forge_key_of(t, CITY_BUREAU), TAMPER_FAR_MS);
}

void tamper_compromised_other(struct tamper *t)
{
    report_key(t, CITY_BUREAU, forge_key_of(t, CITY_POLICE), transferred_ms(t));
}

/* The key of the police, who stored the transfer. */
void tamper_compromised_reader(struct tamper *t)
{
    report_key(t, CITY_POLICE, forge_key_of(t, CITY_POLICE), transferred_ms(t));
}

/* The answer to the transfer again, judged under the register as it is now. */
static void judge_now(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_admitted *a = forge_take_answer(t);
    a->register_number = t->b.register_count;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

static void put_keys(struct tamper *t, const char *agency, const uint8_t sign[32])
{
    static const char *const names[] = {"seal", "sign", "recovery", "transport"}; /* ascending as encoded */
    uint8_t key[32] = {7};
    struct xj_buf value;
    xj_buf_init(&value, 512);
    xj_put_map(&value, 4);
    for (size_t i = 0; i < 4; i++) {
        key[1] = (uint8_t)i;
        xj_put_cstr(&value, names[i]);
        xj_put_bin(&value, sign != NULL && i == 1 ? sign : key, sizeof key);
    }
    forge_fact(t, "keys", agency, &value);
}

static void withdraw_keys_of(struct tamper *t, const char *agency)
{
    struct xj_buf nothing;
    xj_buf_init(&nothing, 1);
    forge_fact(t, "keys", agency, &nothing);
}

static void set_active(struct tamper *t)
{
    struct xj_buf value;
    xj_buf_init(&value, 256);
    xj_put_map(&value, 1);
    xj_put_cstr(&value, "state");
    xj_put_cstr(&value, "active");
    forge_fact(t, "status", CITY_BUREAU, &value);
}

void tamper_keys_withdrawn(struct tamper *t)
{
    withdraw_keys_of(t, CITY_BUREAU);
    judge_now(t);
}

/* Withdrawn, given anew, and the register went on, all while the act waited. */
void tamper_keys_replaced_slowly(struct tamper *t)
{
    withdraw_keys_of(t, CITY_BUREAU);
    tamper_keys_replaced(t);
    set_active(t);
    judge_now(t);
}

/* The bureau's keys were replaced while its act waited: judged under the new ones, signed with the old one. */
void tamper_keys_replaced(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    put_keys(t, CITY_BUREAU, NULL);
    struct xj_admitted *a = forge_take_answer(t);
    a->register_number = t->b.register_count;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

/* The bureau is suspended, and the exchange admits its transfer all the same. */
void tamper_suspended(struct tamper *t)
{
    const size_t entry = forge_answer_entry(t);
    struct xj_buf value;
    xj_buf_init(&value, 256);
    xj_put_map(&value, 2);
    xj_put_cstr(&value, "state");
    xj_put_cstr(&value, "suspended");
    xj_put_cstr(&value, "reason");
    xj_put_cstr(&value, "试验");
    forge_fact(t, "status", CITY_BUREAU, &value);
    struct xj_admitted *a = forge_take_answer(t);
    a->register_number = t->b.register_count;
    forge_put_answer(t, entry, a, forge_exchange_key(t));
    forge_replant(t);
}

/* Another last entry of the register, as well signed: [0x94, number, 0xcf and eight bytes of time, …]. */
void tamper_register_fork(struct tamper *t)
{
    struct xj_ev_signed *last = &t->b.reg[t->b.register_count - 1];
    struct xj_slice copy = tamper_copy(t, last->head);
    uint8_t *p = (uint8_t *)(uintptr_t)copy.p;
    assert_true(p[0] == 0x94 && p[1] < 0x80 && p[2] == 0xcf);
    p[10] ^= 1;
    *last = (struct xj_ev_signed){copy, forge_sign(t, &t->e->city->w->registrar, XJ_CTX_REGISTER, copy)};
}

/* The register went on, the owner's keys were withdrawn and others given; with the new one it signs its ledger as it is. */
void tamper_checkpoint_of_new_key(struct tamper *t)
{
    static const uint8_t seed[XJ_SIGN_SEED_SIZE] = {9};
    struct xj_sign_key key;
    xj_sign_key_from_seed(seed, &key);
    set_active(t);
    withdraw_keys_of(t, CITY_BUREAU);
    put_keys(t, CITY_BUREAU, key.public_key);
    forge_checkpoint(t, &key, t->e->city->w->now_ms);
}

/* The key of the police is reported only since long after; but the exchange does not say when it had their statement. */
void tamper_compromised_untold(struct tamper *t)
{
    tamper_own_delivered_gone(t);
    report_key(t, CITY_POLICE, forge_key_of(t, CITY_POLICE), TAMPER_FAR_MS);
}
