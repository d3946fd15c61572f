#include "tests/unit/register_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "schema/wire/pack.h"

struct xj_sign_key reg_key_of(uint8_t fill)
{
    uint8_t seed[32];
    struct xj_sign_key key;
    memset(seed, fill, sizeof seed);
    xj_sign_key_from_seed(seed, &key);
    return key;
}

struct xj_buf *reg_add(struct register_world *w, const char *kind, const char *id, uint32_t pairs)
{
    assert_true(w->count < REG_VALUES);
    struct xj_buf *b = &w->value[w->count];
    xj_buf_init(b, 65536);
    xj_put_map(b, pairs);
    w->change[w->count++] = (struct xj_reg_change){.kind = str(kind), .id = str(id)};
    return b;
}

void reg_withdraw(struct register_world *w, const char *kind, const char *id)
{
    assert_true(w->count < REG_VALUES);
    xj_buf_init(&w->value[w->count], 1);
    w->change[w->count++] = (struct xj_reg_change){.kind = str(kind), .id = str(id)};
}

void reg_put_text(struct xj_buf *b, const char *key, const char *value)
{
    xj_put_cstr(b, key);
    xj_put_cstr(b, value);
}

void reg_put_key(struct xj_buf *b, const char *key, uint8_t fill)
{
    uint8_t bytes[32];
    memset(bytes, fill, sizeof bytes);
    xj_put_cstr(b, key);
    xj_put_bin(b, bytes, sizeof bytes);
}

void reg_put_list(struct xj_buf *b, const char *key, const char *text)
{
    uint32_t count = 0;
    for (const char *p = text; *p != 0; p += strcspn(p, " "), p += strspn(p, " "))
        count++;
    xj_put_cstr(b, key);
    xj_put_array(b, count);
    for (const char *p = text; *p != 0; p += strcspn(p, " "), p += strspn(p, " "))
        xj_put_str(b, xj_slice_of(p, strcspn(p, " ")));
}

void reg_add_exchange(struct register_world *w, uint8_t sign)
{
    struct xj_buf *b = reg_add(w, "exchange", "exchange", 5);
    reg_put_text(b, "name", "交换节点");
    reg_put_key(b, "sign", sign);
    reg_put_text(b, "division", "350000");
    reg_put_list(b, "endpoints", "tcp://127.0.0.1:1");
    reg_put_key(b, "transport", 0xee);
}

void reg_add_registrar(struct register_world *w, const struct xj_sign_key *key)
{
    struct xj_buf *b = reg_add(w, "registrar", "registrar", 2);
    xj_put_cstr(b, "sign");
    xj_put_bin(b, key->public_key, 32);
    reg_put_text(b, "agency", "350000-registrar");
}

void reg_add_agency(struct register_world *w, const char *id, const char *role, const char *division)
{
    struct xj_buf *b = reg_add(w, "agency", id, 3);
    reg_put_text(b, "name", "某局");
    reg_put_text(b, "role", role);
    reg_put_text(b, "division", division);
}

void reg_add_keys(struct register_world *w, const char *id, uint8_t fill)
{
    struct xj_buf *b = reg_add(w, "keys", id, 4);
    reg_put_key(b, "seal", fill);
    reg_put_key(b, "sign", (uint8_t)(fill + 1));
    reg_put_key(b, "recovery", (uint8_t)(fill + 2));
    reg_put_key(b, "transport", (uint8_t)(fill + 3));
}

void reg_add_status(struct register_world *w, const char *id, const char *state)
{
    reg_put_text(reg_add(w, "status", id, 1), "state", state);
}

void reg_add_grant(struct register_world *w, const char *id, const char *mode, const char *acts, const char *agencies,
                   const char *division)
{
    struct xj_buf *b = reg_add(w, "grant", id, 5);
    reg_put_list(b, "acts", acts);
    reg_put_text(b, "mode", mode);
    reg_put_list(b, "agencies", agencies);
    reg_put_text(b, "division", division);
    reg_put_text(b, "procedure", "referral");
}

enum xj_err reg_apply_as(struct register_world *w, const struct xj_sign_key *key, uint64_t number,
                         const struct xj_hash *previous)
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

struct xj_reg_head reg_head_of(struct register_world *w)
{
    struct xj_reg_head head;
    assert_int_equal(xj_reg_head(&w->store, &head), XJ_OK);
    return head;
}

enum xj_err reg_apply(struct register_world *w, const struct xj_sign_key *key)
{
    struct xj_reg_head head = reg_head_of(w);
    return reg_apply_as(w, key, head.number + 1, &head.digest);
}

int reg_setup(void **state)
{
    struct register_world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    w->store = xj_memstore_of(&w->mem);
    w->root = reg_key_of(1);
    w->registrar = reg_key_of(2);
    w->stranger = reg_key_of(3);
    *state = w;
    return 0;
}

int reg_setup_founded(void **state)
{
    if (reg_setup(state) != 0)
        return -1;
    struct register_world *w = *state;
    reg_add_exchange(w, 0x10);
    reg_add_registrar(w, &w->registrar);
    return reg_apply(w, &w->root) == XJ_OK ? 0 : -1;
}

int reg_teardown(void **state)
{
    struct register_world *w = *state;
    for (size_t i = 0; i < w->count; i++)
        xj_buf_free(&w->value[i]);
    xj_memstore_free(&w->mem);
    free(w);
    return 0;
}

bool reg_see_subscriber(void *arg, struct xj_slice agency, bool full)
{
    struct register_seen *s = arg;
    size_t n = strlen(s->text);
    assert_true(n + agency.n + 3 < sizeof s->text);
    memcpy(s->text + n, agency.p, agency.n);
    memcpy(s->text + n + agency.n, full ? "! " : "? ", 2);
    s->count++;
    return true;
}
