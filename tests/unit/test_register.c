/* Register entries, facts and lookups over an in-memory store. Spec: spec/06-register.md. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "schema/trust/register.h"
#include "schema/wire/pack.h"
#include "tests/unit/memstore.h"

#define VALUES 16u
#define NOW UINT64_MAX

/* A register with its keys. changes are gathered, then applied as one entry. */
struct world {
    struct xj_memstore mem;
    struct xj_store store;
    struct xj_sign_key root, registrar, stranger;
    struct xj_buf value[VALUES];
    struct xj_reg_change change[VALUES];
    size_t count;
    const char *why;
};

static struct xj_slice str(const char *s)
{
    return xj_slice_cstr(s);
}

static struct xj_sign_key key_of(uint8_t fill)
{
    uint8_t seed[32];
    struct xj_sign_key key;
    memset(seed, fill, sizeof seed);
    xj_sign_key_from_seed(seed, &key);
    return key;
}

/* Begins a change with a map of so many pairs, which the caller writes next, keys shorter first. */
static struct xj_buf *add(struct world *w, const char *kind, const char *id, uint32_t pairs)
{
    assert_true(w->count < VALUES);
    struct xj_buf *b = &w->value[w->count];
    xj_buf_init(b, 65536);
    xj_put_map(b, pairs);
    w->change[w->count++] = (struct xj_reg_change){.kind = str(kind), .id = str(id)};
    return b;
}

static void withdraw(struct world *w, const char *kind, const char *id)
{
    xj_buf_init(&w->value[w->count], 1);
    w->change[w->count++] = (struct xj_reg_change){.kind = str(kind), .id = str(id)};
}

static void put_text(struct xj_buf *b, const char *key, const char *value)
{
    xj_put_cstr(b, key);
    xj_put_cstr(b, value);
}

static void put_key(struct xj_buf *b, const char *key, uint8_t fill)
{
    uint8_t bytes[32];
    memset(bytes, fill, sizeof bytes);
    xj_put_cstr(b, key);
    xj_put_bin(b, bytes, sizeof bytes);
}

/* A list of the words in text, which are parted by blanks. */
static void put_list(struct xj_buf *b, const char *key, const char *text)
{
    uint32_t count = 0;
    for (const char *p = text; *p != 0; p += strcspn(p, " "), p += strspn(p, " "))
        count++;
    xj_put_cstr(b, key);
    xj_put_array(b, count);
    for (const char *p = text; *p != 0; p += strcspn(p, " "), p += strspn(p, " "))
        xj_put_str(b, xj_slice_of(p, strcspn(p, " ")));
}

static void add_exchange(struct world *w, uint8_t sign)
{
    struct xj_buf *b = add(w, "exchange", "exchange", 5);
    put_text(b, "name", "交换节点");
    put_key(b, "sign", sign);
    put_text(b, "division", "350000");
    put_list(b, "endpoints", "tcp://127.0.0.1:1");
    put_key(b, "transport", 0xee);
}

static void add_registrar(struct world *w, const struct xj_sign_key *key)
{
    struct xj_buf *b = add(w, "registrar", "registrar", 2);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, key->public_key, 32);
    put_text(b, "agency", "350000-registrar");
}

static void add_agency(struct world *w, const char *id, const char *role, const char *division)
{
    struct xj_buf *b = add(w, "agency", id, 3);
    put_text(b, "name", "某局");
    put_text(b, "role", role);
    put_text(b, "division", division);
}

/* Keys that differ in every kind: fill, fill + 1, … */
static void add_keys(struct world *w, const char *id, uint8_t fill)
{
    struct xj_buf *b = add(w, "keys", id, 4);
    put_key(b, "seal", fill);
    put_key(b, "sign", (uint8_t)(fill + 1));
    put_key(b, "recovery", (uint8_t)(fill + 2));
    put_key(b, "transport", (uint8_t)(fill + 3));
}

static void add_status(struct world *w, const char *id, const char *state)
{
    put_text(add(w, "status", id, 1), "state", state);
}

static void add_grant(struct world *w, const char *id, const char *mode, const char *acts, const char *agencies,
                      const char *division)
{
    struct xj_buf *b = add(w, "grant", id, 5);
    put_list(b, "acts", acts);
    put_text(b, "mode", mode);
    put_list(b, "agencies", agencies);
    put_text(b, "division", division);
    put_text(b, "procedure", "referral");
}

/* Signs the gathered changes as an entry of that number and predecessor, applies it, and forgets the changes. */
static enum xj_err apply_as(struct world *w, const struct xj_sign_key *key, uint64_t number, const struct xj_hash *previous)
{
    struct xj_buf entry, signature;
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    for (size_t i = 0; i < w->count; i++) {
        assert_int_equal(w->value[i].err, XJ_OK);
        w->change[i].value = xj_buf_slice(&w->value[i]);
    }
    xj_reg_entry_encode(number, 1000, previous, w->change, w->count, &entry);
    assert_int_equal(entry.err, XJ_OK);
    struct xj_hash d = xj_digest("xianjie/1 register", xj_buf_slice(&entry));
    xj_sign_one(key, &d, &signature);
    enum xj_err err = xj_reg_apply(&w->store, w->root.public_key, xj_buf_slice(&entry), xj_buf_slice(&signature), &w->why);
    for (size_t i = 0; i < w->count; i++)
        xj_buf_free(&w->value[i]);
    w->count = 0;
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    return err;
}

static struct xj_reg_head head_of(struct world *w)
{
    struct xj_reg_head head;
    assert_int_equal(xj_reg_head(&w->store, &head), XJ_OK);
    return head;
}

static enum xj_err apply(struct world *w, const struct xj_sign_key *key)
{
    struct xj_reg_head head = head_of(w);
    return apply_as(w, key, head.number + 1, &head.digest);
}

#define APPLY(w, key) assert_int_equal(apply((w), (key)), XJ_OK)

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    w->store = xj_memstore_of(&w->mem);
    w->root = key_of(1);
    w->registrar = key_of(2);
    w->stranger = key_of(3);
    *state = w;
    return 0;
}

static int set_up_founded(void **state)
{
    if (set_up(state) != 0)
        return -1;
    struct world *w = *state;
    add_exchange(w, 0x10);
    add_registrar(w, &w->registrar);
    return apply(w, &w->root) == XJ_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < w->count; i++)
        xj_buf_free(&w->value[i]);
    xj_memstore_free(&w->mem);
    free(w);
    return 0;
}

/* ---- entries ---- */

static void entry_1__must_be_signed_by_the_root(void **state)
{
    struct world *w = *state;
    struct xj_reg_head head = head_of(w);
    static const struct xj_hash zero;
    assert_int_equal(head.number, 0);
    assert_true(xj_hash_eq(&head.digest, &zero));
    add_registrar(w, &w->registrar);
    assert_int_equal(apply(w, &w->registrar), XJ_ESIGNATURE);
    assert_int_equal(w->mem.n, 0);
    add_agency(w, "350000-a", "bureau", "350000"); /* without root facts, too */
    assert_int_equal(apply(w, &w->stranger), XJ_ESIGNATURE);
    add_agency(w, "350000-a", "bureau", "350000");
    APPLY(w, &w->root);
    assert_int_equal(head_of(w).number, 1);
    add_agency(w, "350000-b", "bureau", "350000"); /* nobody is registrar */
    assert_int_equal(apply(w, &w->registrar), XJ_ESTATE);
}

static void later_entries__are_the_registrars(void **state)
{
    struct world *w = *state;
    const struct xj_sign_key *const others[] = {&w->stranger, &w->root};
    for (size_t i = 0; i < 2; i++) {
        size_t before = w->mem.n;
        add_agency(w, "350000-a", "bureau", "350000");
        assert_int_equal(apply(w, others[i]), XJ_ESIGNATURE);
        assert_int_equal(w->mem.n, before);
    }
    add_agency(w, "350000-a", "bureau", "350000");
    APPLY(w, &w->registrar);
    assert_int_equal(head_of(w).number, 2);
}

static void root_facts__are_denied_to_the_registrar(void **state)
{
    struct world *w = *state;
    add_exchange(w, 0x20);
    assert_int_equal(apply(w, &w->registrar), XJ_EDENIED);
    withdraw(w, "registrar", "registrar");
    assert_int_equal(apply(w, &w->registrar), XJ_EDENIED);
    add_agency(w, "350000-a", "bureau", "350000"); /* hidden among others */
    add_registrar(w, &w->stranger);
    assert_int_equal(apply(w, &w->registrar), XJ_EDENIED);
    add_exchange(w, 0x20);
    assert_int_equal(apply(w, &w->stranger), XJ_ESIGNATURE);
    assert_int_equal(head_of(w).number, 1);
}

static void root__replaces_the_registrar(void **state)
{
    struct world *w = *state;
    struct xj_sign_key next = key_of(9);
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    uint8_t sign[32];
    add_registrar(w, &next);
    APPLY(w, &w->root);
    add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(apply(w, &w->registrar), XJ_ESIGNATURE);
    add_agency(w, "350000-a", "bureau", "350000");
    APPLY(w, &next);
    assert_int_equal(xj_reg_registrar(&w->store, agency, sign), XJ_OK);
    assert_string_equal(agency, "350000-registrar");
    assert_memory_equal(sign, next.public_key, 32);
}

static void number_and_chain__must_follow_the_last_entry(void **state)
{
    struct world *w = *state;
    struct xj_reg_head head = head_of(w);
    struct xj_hash wrong = head.digest;
    static const uint64_t numbers[] = {0, 1, 3, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        add_agency(w, "350000-a", "bureau", "350000");
        assert_int_equal(apply_as(w, &w->registrar, numbers[i], &head.digest), XJ_ESTATE);
    }
    wrong.b[31] ^= 1;
    add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(apply_as(w, &w->registrar, 2, &wrong), XJ_ESTATE);
    assert_non_null(strstr(w->why, "previous"));
    add_agency(w, "350000-a", "bureau", "350000");
    assert_int_equal(apply_as(w, &w->registrar, 2, &head.digest), XJ_OK);
    assert_string_equal(w->why, "");
}

static enum xj_err apply_bytes(struct world *w, const struct xj_buf *entry)
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
    struct world *w = *state;
    struct xj_reg_head head = head_of(w);
    size_t before = w->mem.n;
    for (int what = 0; what < 6; what++) {
        struct xj_buf entry;
        xj_buf_init(&entry, 4096);
        xj_put_array(&entry, what == 0 ? 3 : 4);
        xj_put_uint(&entry, 2);
        xj_put_int(&entry, 1000);
        xj_put_bin(&entry, head.digest.b, what == 1 ? 31 : 32);
        if (what != 0)
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
        if (what == 1) {
            xj_put_array(&entry, 3);
            xj_put_cstr(&entry, "agency");
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
    struct world *w = *state;
    for (size_t count = 256; count <= 257; count++) {
        struct xj_reg_change *changes = calloc(count, sizeof *changes);
        char (*ids)[33] = calloc(count, sizeof *ids);
        struct xj_reg_head head = head_of(w);
        struct xj_buf entry;
        assert_true(changes != NULL && ids != NULL);
        for (size_t i = 0; i < count; i++) {
            uint8_t id[16] = {(uint8_t)(i >> 8), (uint8_t)i};
            xj_hex(id, sizeof id, ids[i]);
            changes[i] = (struct xj_reg_change){str("certificate"), str(ids[i]), xj_slice_of("\x80", 1)};
        }
        xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
        xj_reg_entry_encode(head.number + 1, 1000, &head.digest, changes, count, &entry);
        assert_int_equal(apply_bytes(w, &entry), count == 256 ? XJ_OK : XJ_EMALFORMED);
        xj_buf_free(&entry);
        free(ids);
        free(changes);
    }
}

/* ---- shapes of facts ---- */

/* The change gathered last is refused as malformed by rule, nothing is written. */
static void refused(struct world *w)
{
    size_t before = w->mem.n;
    assert_int_equal(apply(w, &w->registrar), XJ_EMALFORMED);
    assert_int_equal(w->mem.n, before);
    assert_non_null(strstr(w->why, "06-register 2"));
}

static void facts__of_unknown_kinds_are_refused(void **state)
{
    struct world *w = *state;
    static const char *const kinds[] = {"root", "agencies", "Agency", "a"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        (void)add(w, kinds[i], "350000-a", 0);
        refused(w);
        withdraw(w, kinds[i], "350000-a");
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
                 {"succeeded_by", "x"}};
    struct world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        withdraw(w, cases[i].kind, cases[i].id);
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
        {"grant", "350000-a/g", {"acts", "mode", "agencies", "division", "procedure"}},
        {"succeeded_by", "350000-a", {"at", "agency"}},
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t k = 0; k < 6 && cases[i].fields[k] != NULL; k++) {
            (void)add(w, cases[i].kind, cases[i].id, 0);
            refused(w);
            struct xj_buf *b = add(w, cases[i].kind, cases[i].id, 1);
            xj_put_cstr(b, cases[i].fields[k]);
            xj_put_nil(b);
            refused(w);
        }
}

static void agency__refuses_bad_values(void **state)
{
    struct world *w = *state;
    add_agency(w, "350000-a", "bank", "350000");
    refused(w);
    add_agency(w, "350000-a", "bureau", "35000");
    refused(w);
    add_agency(w, "350000-a", "bureau", "35000x");
    refused(w);
    struct xj_buf *b = add(w, "agency", "350000-a", 4);
    put_text(b, "name", "某局");
    put_text(b, "role", "bureau");
    put_text(b, "division", "350000");
    put_text(b, "vertical", "yes");
    refused(w);
    static const char *const roles[] = {"bureau", "police", "procuratorate", "court", "supervisory", "justice"};
    static const char *const ids[] = {"350000-a", "350000-b", "350000-c", "350000-d", "350000-e", "350000-f"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        add_agency(w, ids[i], roles[i], "350000");
    APPLY(w, &w->registrar);
}

/* An agency with one more field than it needs, of that text: shorter keys come first. */
static void add_agency_with(struct world *w, const char *key, const char *text)
{
    struct xj_buf *b = add(w, "agency", "350000-a", 4);
    put_text(b, "name", "某局");
    put_text(b, "role", "bureau");
    if (strlen(key) < strlen("division"))
        put_text(b, key, text);
    put_text(b, "division", "350000");
    if (strlen(key) >= strlen("division"))
        put_text(b, key, text);
}

static void agency__needs_a_name_that_fits_and_a_sector_and_superior_of_their_forms(void **state)
{
    struct world *w = *state;
    char name[257] = "";
    for (size_t n = 0; n <= 256; n += 256) {
        memset(name, 'x', n);
        struct xj_buf *b = add(w, "agency", "350000-a", 3);
        put_text(b, "name", name);
        put_text(b, "role", "bureau");
        put_text(b, "division", "350000");
        refused(w);
    }
    add_agency_with(w, "sector", "Market");
    refused(w);
    add_agency_with(w, "superior", "county");
    refused(w);
    add_agency_with(w, "superior", "350000-b");
    APPLY(w, &w->registrar);
}

static void entry__changes_a_fact_only_once(void **state)
{
    struct world *w = *state;
    add_agency(w, "350000-a", "bureau", "350000");
    add_status(w, "350000-a", "active");
    add_agency(w, "350000-a", "police", "350000");
    assert_int_equal(apply(w, &w->registrar), XJ_EMALFORMED);
    assert_non_null(strstr(w->why, "only once"));
}

static void calendar_and_procedure__refuse_a_digest_that_is_not_theirs(void **state)
{
    struct world *w = *state;
    struct xj_buf *b = add(w, "calendar", "cn", 2);
    xj_put_cstr(b, "bytes");
    xj_put_bin(b, "c", 1);
    put_key(b, "digest", 1);
    refused(w);
    struct xj_hash revision = xj_digest("xianjie/1 procedure", xj_slice_cstr("p"));
    char hex[17], id[64];
    for (int right = 0; right < 3; right++) { /* another revision, another id, and both right */
        snprintf(hex, sizeof hex, "%02x%02x%02x%02x%02x%02x%02x%02x", revision.b[0], revision.b[1], revision.b[2], revision.b[3],
                 revision.b[4], revision.b[5], revision.b[6], revision.b[7]);
        snprintf(id, sizeof id, "referral/%s", right == 1 ? "0000000000000000" : hex);
        b = add(w, "procedure", id, 3);
        xj_put_cstr(b, "compiled");
        xj_put_bin(b, "p", 1);
        xj_put_cstr(b, "revision");
        xj_put_bin(b, right ? revision.b : (const uint8_t *)"0123456789abcdef0123456789abcdef", 32);
        xj_put_cstr(b, "effective_from");
        xj_put_int(b, 0);
        if (right < 2) refused(w);
    }
    APPLY(w, &w->registrar);
}

static void keys_status_and_grant__refuse_bad_values(void **state)
{
    struct world *w = *state;
    struct xj_buf *b = add(w, "keys", "350000-a", 4);
    put_key(b, "seal", 1);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, "0123456789012345678901234567890", 31);
    put_key(b, "recovery", 1);
    put_key(b, "transport", 1);
    refused(w);
    add_status(w, "350000-a", "asleep");
    refused(w);
    add_grant(w, "350000-a/g", "half", "", "", "35");
    refused(w);
    add_grant(w, "350000-a/g", "full", "", "nobody", "35");
    refused(w);
    add_grant(w, "350000-a/g", "full", "", "", "35x");
    refused(w);
    add_grant(w, "350000-a/g", "full", "", "", "3500000");
    refused(w);
    add_grant(w, "350000-a/g", "full", "", "", "");
    APPLY(w, &w->registrar);
}

static void one_bad_change__spoils_the_whole_entry(void **state)
{
    struct world *w = *state;
    add_agency(w, "350000-a", "bureau", "350000");
    add_keys(w, "350000-a", 1);
    add_status(w, "350000-a", "asleep");
    refused(w);
    struct xj_agency a;
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
}

static void unknown_keys__of_a_value_are_kept(void **state)
{
    struct world *w = *state;
    struct xj_buf value;
    struct xj_doc doc;
    struct xj_buf *b = add(w, "status", "350000-a", 2);
    put_text(b, "more", "kept");
    put_text(b, "state", "active");
    APPLY(w, &w->registrar);
    xj_buf_init(&value, 4096);
    assert_int_equal(xj_reg_get(&w->store, "status", str("350000-a"), NOW, &value), XJ_OK);
    assert_int_equal(xj_doc_open(&doc, xj_buf_slice(&value), 16), XJ_OK);
    assert_true(xj_slice_is(xj_map_str(&doc.root, "more"), "kept"));
    xj_doc_close(&doc);
    xj_buf_free(&value);
}

/* ---- lookups ---- */

static void agency__is_seen_as_it_was_at_a_number(void **state)
{
    struct world *w = *state;
    struct xj_agency a;
    add_agency(w, "350000-a", "bureau", "350000");
    APPLY(w, &w->registrar); /* 2 */
    add_keys(w, "350000-a", 0x20);
    APPLY(w, &w->registrar); /* 3 */
    add_keys(w, "350000-a", 0x30);
    add_status(w, "350000-a", "suspended");
    APPLY(w, &w->registrar); /* 4 */
    withdraw(w, "agency", "350000-a");
    APPLY(w, &w->registrar); /* 5 */
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
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
}

static void agency__is_not_confused_with_one_whose_id_begins_the_same(void **state)
{
    struct world *w = *state;
    struct xj_agency a;
    add_agency(w, "350000-ab", "police", "350000");
    APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-abc"), NOW, &a), XJ_ENOTFOUND);
    assert_int_equal(xj_reg_agency(&w->store, str("350000-ab"), NOW, &a), XJ_OK);
    assert_int_equal(
        xj_reg_agency(&w->store, str("350000-a-name-far-longer-than-any-agency-may-have-anywhere"), NOW, &a), XJ_ENOTFOUND);
}

static void exchange_sign__is_that_of_the_number(void **state)
{
    struct world *w = *state;
    uint8_t sign[32];
    add_exchange(w, 0x44);
    APPLY(w, &w->root);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 1, sign), XJ_OK);
    assert_int_equal(sign[0], 0x10);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 2, sign), XJ_OK);
    assert_int_equal(sign[0], 0x44);
    assert_int_equal(xj_reg_exchange_sign(&w->store, 0, sign), XJ_ENOTFOUND);
}

static enum xj_err at_the_door(struct world *w, uint8_t fill, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    uint8_t key[32];
    memset(key, fill, sizeof key);
    ret[0] = 0;
    return xj_reg_by_transport(&w->store, key, ret);
}

static void transport_key__opens_the_door_while_it_is_the_agencys(void **state)
{
    struct world *w = *state;
    char id[XJ_MAX_AGENCY_BYTES + 1];
    add_agency(w, "350000-a", "bureau", "350000");
    add_keys(w, "350000-a", 0x20);
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_OK);
    assert_string_equal(id, "350000-a");
    assert_int_equal(at_the_door(w, 0x20, id), XJ_ENOTFOUND);
    add_keys(w, "350000-a", 0x30);
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_ENOTFOUND);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    add_status(w, "350000-a", "suspended"); /* still receives */
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    add_status(w, "350000-a", "revoked");
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_ENOTFOUND);
    add_status(w, "350000-a", "active");
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_OK);
    withdraw(w, "keys", "350000-a");
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x33, id), XJ_ENOTFOUND);
}

static void seal_key__of_long_ago_is_still_found(void **state)
{
    struct world *w = *state;
    uint8_t first[32], key_id[XJ_KEY_ID_SIZE], got[32];
    memset(first, 0x20, sizeof first);
    xj_key_id(first, key_id);
    add_keys(w, "350000-a", 0x20);
    APPLY(w, &w->registrar);
    add_keys(w, "350000-a", 0x30);
    APPLY(w, &w->registrar);
    withdraw(w, "keys", "350000-a");
    APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-a"), key_id, got), XJ_OK);
    assert_memory_equal(got, first, 32);
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-b"), key_id, got), XJ_ENOTFOUND);
    key_id[0] ^= 1;
    assert_int_equal(xj_reg_seal_key(&w->store, str("350000-a"), key_id, got), XJ_ENOTFOUND);
}

static void counterparts__are_the_sectors_then_any(void **state)
{
    struct world *w = *state;
    char got[XJ_MAX_AGENCY_BYTES + 1];
    put_list(add(w, "counterpart", "350000-a/police/market", 1), "agencies", "350000-p1 350000-p2");
    put_list(add(w, "counterpart", "350000-a/police/any", 1), "agencies", "350000-p3");
    APPLY(w, &w->registrar);
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

struct seen {
    char text[512];
    size_t stop_after, count;
};

static bool see_id(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct seen *s = arg;
    assert_true(value.n > 0);
    size_t n = strlen(s->text);
    assert_true(n + id.n + 2 < sizeof s->text);
    memcpy(s->text + n, id.p, id.n);
    s->text[n + id.n] = ' ';
    return ++s->count != s->stop_after;
}

static void each__shows_present_facts_by_id_within_the_prefix(void **state)
{
    struct world *w = *state;
    struct seen s = {.count = 0};
    static const char *const ids[] = {"350000-b", "350000-a", "350100-c", "350000-ab"};
    for (size_t i = 0; i < 4; i++)
        add_agency(w, ids[i], "bureau", "350000");
    APPLY(w, &w->registrar);
    add_agency(w, "350000-a", "police", "350000"); /* a second version is not a second fact */
    withdraw(w, "agency", "350000-b");
    add_status(w, "350000-a", "active");
    APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_each(&w->store, "agency", str(""), see_id, &s), XJ_OK);
    assert_string_equal(s.text, "350000-a 350000-ab 350100-c ");
    s = (struct seen){.count = 0};
    assert_int_equal(xj_reg_each(&w->store, "agency", str("3501"), see_id, &s), XJ_OK);
    assert_string_equal(s.text, "350100-c ");
    s = (struct seen){.stop_after = 1};
    assert_int_equal(xj_reg_each(&w->store, "agency", str(""), see_id, &s), XJ_OK);
    assert_int_equal(s.count, 1);
    s = (struct seen){.count = 0};
    assert_int_equal(xj_reg_each(&w->store, "grant", str(""), see_id, &s), XJ_OK);
    assert_int_equal(s.count, 0);
}

static bool see_subscriber(void *arg, struct xj_slice agency, bool full)
{
    struct seen *s = arg;
    size_t n = strlen(s->text);
    assert_true(n + agency.n + 3 < sizeof s->text);
    memcpy(s->text + n, agency.p, agency.n);
    memcpy(s->text + n + agency.n, full ? "! " : "? ", 2);
    s->count++;
    return true;
}

static void subscribers_are(struct world *w, const char *procedure, const char *act, const char *sender, const char *opener,
                            const char *expected)
{
    struct seen s = {.count = 0};
    assert_int_equal(xj_reg_subscribers(&w->store, str(procedure), str(act), str(sender), str(opener), see_subscriber, &s),
                     XJ_OK);
    assert_string_equal(s.text, expected);
}

/* Divisions and ids agree here: 3500… lies in 35, 3601… does not. */
static void subscribers__are_those_whose_grant_covers_the_act(void **state)
{
    struct world *w = *state;
    static const char *const holders[] = {"350000-all", "350000-few", "350000-head", "350000-one"};
    add_agency(w, "350000-a", "bureau", "350000");
    add_agency(w, "360100-x", "bureau", "360100");
    for (uint8_t i = 0; i < 4; i++) {
        add_agency(w, holders[i], "procuratorate", "350000");
        add_keys(w, holders[i], (uint8_t)(0x40 + 4 * i));
    }
    APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "");
    add_grant(w, "350000-all/g", "full", "", "", "35");
    add_grant(w, "350000-few/g", "full", "transfer receipt", "", "");
    add_grant(w, "350000-head/g", "header", "", "", "35");
    add_grant(w, "350000-one/g", "full", "", "360100-x", "");
    APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "350000-all! 350000-few! 350000-head? ");
    subscribers_are(w, "referral", "acceptance", "350000-a", "350000-a", "350000-all! 350000-head? ");
    subscribers_are(w, "referral", "acceptance", "360100-x", "360100-x", "350000-one! ");
    subscribers_are(w, "referral", "acceptance", "360100-x", "350000-a", "350000-all! 350000-head? 350000-one! ");
    subscribers_are(w, "other", "transfer", "350000-a", "350000-a", "");
    withdraw(w, "grant", "350000-all/g");
    add_status(w, "350000-head", "suspended");
    withdraw(w, "keys", "350000-few");
    APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "");
}

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

static void add_procedure(struct world *w, const char *id, uint8_t compiled, int64_t from_ms)
{
    struct xj_hash revision = revision_of(compiled);
    struct xj_buf *b = add(w, "procedure", id, 3);
    xj_put_cstr(b, "compiled");
    xj_put_bin(b, &compiled, 1);
    xj_put_cstr(b, "revision");
    xj_put_bin(b, revision.b, XJ_HASH_SIZE);
    xj_put_cstr(b, "effective_from");
    xj_put_int(b, from_ms);
}

static void procedure__is_found_by_its_whole_revision(void **state)
{
    struct world *w = *state;
    struct xj_hash revision = revision_of(0x11);
    struct xj_buf compiled;
    int64_t from_ms;
    char id[64];
    name_procedure(id, "referral", 0x11);
    add_procedure(w, id, 0x11, -500);
    APPLY(w, &w->registrar);
    xj_buf_init(&compiled, 1024);
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled, &from_ms), XJ_OK);
    assert_true(compiled.n == 1 && compiled.p[0] == 0x11);
    assert_int_equal(from_ms, -500);
    assert_int_equal(xj_reg_procedure(&w->store, str("other"), &revision, &compiled, NULL), XJ_ENOTFOUND);
    revision.b[31] ^= 1; /* the same first eight bytes */
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled, &from_ms), XJ_ENOTFOUND);
    revision.b[0] ^= 1;
    assert_int_equal(xj_reg_procedure(&w->store, str("referral"), &revision, &compiled, NULL), XJ_ENOTFOUND);
    xj_buf_free(&compiled);
}

static void current_is(struct world *w, int64_t now_ms, uint8_t compiled)
{
    struct xj_hash got, expected = revision_of(compiled);
    assert_int_equal(xj_reg_procedure_current(&w->store, str("referral"), now_ms, &got), XJ_OK);
    assert_true(xj_hash_eq(&got, &expected));
}

static void procedure_current__is_the_newest_in_force(void **state)
{
    struct world *w = *state;
    struct xj_hash revision;
    char late[64], early[64], other[64];
    name_procedure(late, "referral", 0x11);
    name_procedure(early, "referral", 0x22);
    name_procedure(other, "referral2", 0x33);
    add_procedure(w, late, 0x11, 3000);
    add_procedure(w, early, 0x22, 1000);
    add_procedure(w, other, 0x33, 2000);
    APPLY(w, &w->registrar);
    assert_int_equal(xj_reg_procedure_current(&w->store, str("referral"), 999, &revision), XJ_ENOTFOUND);
    current_is(w, 1000, 0x22);
    current_is(w, 2999, 0x22);
    current_is(w, 3000, 0x11);
    withdraw(w, "procedure", late);
    APPLY(w, &w->registrar);
    current_is(w, 3000, 0x22);
}

/* ---- the disk ---- */

static void apply__reports_every_failure_of_the_store(void **state)
{
    struct world *w = *state;
    struct xj_reg_head head = head_of(w);
    for (size_t fail_at = 1;; fail_at++) {
        assert_true(fail_at < 100);
        w->mem.calls = 0;
        w->mem.fail_at = fail_at;
        add_agency(w, "350000-a", "bureau", "350000");
        add_keys(w, "350000-a", 0x20);
        enum xj_err err = apply_as(w, &w->registrar, 2, &head.digest);
        bool reached = w->mem.calls >= fail_at;
        w->mem.fail_at = 0;
        if (!reached) {
            assert_int_equal(err, XJ_OK);
            break;
        }
        assert_int_equal(err, XJ_EIO);
        assert_int_equal(head_of(w).number, 1); /* the head is written last */
    }
}

static void lookups__report_every_failure_of_the_store(void **state)
{
    struct world *w = *state;
    struct xj_agency a;
    char id[XJ_MAX_AGENCY_BYTES + 1];
    struct seen s = {.count = 0};
    add_agency(w, "350000-a", "bureau", "350000");
    add_keys(w, "350000-a", 0x20);
    add_grant(w, "350000-a/g", "full", "", "", "");
    APPLY(w, &w->registrar);
    for (size_t fail_at = 1; fail_at <= 3; fail_at++) {
        w->mem.calls = 0;
        w->mem.fail_at = fail_at;
        assert_int_equal(xj_reg_agency(&w->store, str("350000-a"), NOW, &a), XJ_EIO);
        assert_int_equal(a.state, XJ_AGENCY_UNKNOWN);
        w->mem.calls = 0;
        assert_int_equal(at_the_door(w, 0x23, id), XJ_EIO);
        w->mem.calls = 0;
        assert_int_equal(xj_reg_subscribers(&w->store, str("referral"), str("transfer"), str("350000-a"), str("350000-a"),
                                            see_subscriber, &s),
                         XJ_EIO);
    }
    assert_int_equal(s.count, 0);
    w->mem.fail_at = 0;
}

static void subscribers__a_district_is_the_agencys_own_fact_not_the_code_in_its_id(void **state)
{
    struct world *w = *state;
    add_agency(w, "350000-a", "bureau", "350200");
    add_agency(w, "350000-s", "procuratorate", "350000");
    add_keys(w, "350000-s", 0x20);
    APPLY(w, &w->registrar);
    add_grant(w, "350000-s/g", "full", "", "", "3502");
    APPLY(w, &w->registrar);
    subscribers_are(w, "referral", "transfer", "350000-a", "350000-a", "350000-s! ");
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
    struct world *w = *state;
    char id[64];
    add_agency(w, "350000-a", "bureau", "350000");
    add_agency(w, "350000-b", "bureau", "350000");
    add_keys(w, "350000-a", 0x20);
    APPLY(w, &w->registrar);
    add_keys(w, "350000-b", 0x20);
    APPLY(w, &w->registrar);
    add_keys(w, "350000-a", 0x50);
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x23, id), XJ_OK);
    assert_string_equal(id, "350000-b");
    struct door door = {{0}};
    assert_int_equal(xj_reg_transports(&w->store, door_seen, &door), XJ_OK);
    assert_string_equal(door.text, "350000-b 350000-a "); /* by key: 0x23 before 0x53, each once */
}

static void transport_key__of_a_large_fact_is_forgotten_on_rotation(void **state)
{
    struct world *w = *state;
    char id[64];
    add_agency(w, "350000-a", "bureau", "350000");
    struct xj_buf *b = add(w, "keys", "350000-a", 5);
    put_key(b, "seal", 1);
    put_key(b, "sign", 1);
    xj_put_cstr(b, "extra");
    xj_put_array(b, 80);
    for (int i = 0; i < 80; i++)
        xj_put_nil(b);
    put_key(b, "recovery", 1);
    put_key(b, "transport", 0x77);
    APPLY(w, &w->registrar);
    add_keys(w, "350000-a", 0x50);
    APPLY(w, &w->registrar);
    assert_int_equal(at_the_door(w, 0x77, id), XJ_ENOTFOUND);
}

#define FOUNDED(test) cmocka_unit_test_setup_teardown(test, set_up_founded, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(entry_1__must_be_signed_by_the_root, set_up, tear_down),
        FOUNDED(subscribers__a_district_is_the_agencys_own_fact_not_the_code_in_its_id),
        FOUNDED(transport_key__taken_over_stays_when_the_one_before_rotates),
        FOUNDED(transport_key__of_a_large_fact_is_forgotten_on_rotation),
        FOUNDED(later_entries__are_the_registrars),
        FOUNDED(root_facts__are_denied_to_the_registrar),
        FOUNDED(root__replaces_the_registrar),
        FOUNDED(number_and_chain__must_follow_the_last_entry),
        FOUNDED(entry__refuses_other_shapes_even_when_signed),
        FOUNDED(entry__holds_1_to_256_changes),
        FOUNDED(facts__of_unknown_kinds_are_refused),
        FOUNDED(facts__need_an_id_of_their_kinds_form),
        FOUNDED(facts__need_their_fields),
        FOUNDED(agency__refuses_bad_values),
        FOUNDED(agency__needs_a_name_that_fits_and_a_sector_and_superior_of_their_forms),
        FOUNDED(entry__changes_a_fact_only_once),
        FOUNDED(calendar_and_procedure__refuse_a_digest_that_is_not_theirs),
        FOUNDED(keys_status_and_grant__refuse_bad_values),
        FOUNDED(one_bad_change__spoils_the_whole_entry),
        FOUNDED(unknown_keys__of_a_value_are_kept),
        FOUNDED(agency__is_seen_as_it_was_at_a_number),
        FOUNDED(agency__is_not_confused_with_one_whose_id_begins_the_same),
        FOUNDED(exchange_sign__is_that_of_the_number),
        FOUNDED(transport_key__opens_the_door_while_it_is_the_agencys),
        FOUNDED(seal_key__of_long_ago_is_still_found),
        FOUNDED(counterparts__are_the_sectors_then_any),
        FOUNDED(each__shows_present_facts_by_id_within_the_prefix),
        FOUNDED(subscribers__are_those_whose_grant_covers_the_act),
        FOUNDED(procedure__is_found_by_its_whole_revision),
        FOUNDED(procedure_current__is_the_newest_in_force),
        FOUNDED(apply__reports_every_failure_of_the_store),
        FOUNDED(lookups__report_every_failure_of_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
