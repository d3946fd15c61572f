/* The register of the fixture: exchange, registrar, three agencies, and a new key for one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/wire/pack.h"
#include "tests/unit/ledger_fixture_private.h"

static void put_key(struct xj_buf *b, const char *name, const uint8_t key[32])
{
    xj_put_cstr(b, name);
    xj_put_bin(b, key, 32);
}

static void exchange_fact(const struct fixture *f, struct xj_buf *b)
{
    xj_put_map(b, 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, "交换中心");
    put_key(b, "sign", f->exchange.public_key);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "110000");
    xj_put_cstr(b, "endpoints");
    xj_put_array(b, 1);
    xj_put_cstr(b, "tcp://127.0.0.1:7300");
    put_key(b, "transport", f->exchange.public_key);
}

static void registrar_fact(const struct fixture *f, struct xj_buf *b)
{
    xj_put_map(b, 2);
    put_key(b, "sign", f->registrar.public_key);
    xj_put_cstr(b, "agency");
    xj_put_cstr(b, f->agency[FIXTURE_C].id);
}

static void agency_fact(size_t i, struct xj_buf *b)
{
    static const char *const roles[] = {"bureau", "police", "procuratorate"};
    static const char *const named[] = {"市场监管局", "公安局", "检察院"};
    xj_put_map(b, i == FIXTURE_A ? 6 : 5);
    xj_put_cstr(b, "name");
    xj_put_cstr(b, named[i]);
    xj_put_cstr(b, "role");
    xj_put_cstr(b, roles[i]);
    if (i == FIXTURE_A) {
        xj_put_cstr(b, "sector");
        xj_put_cstr(b, "market");
    }
    xj_put_cstr(b, "aliases");
    xj_put_array(b, 0);
    xj_put_cstr(b, "division");
    xj_put_cstr(b, "110000");
    xj_put_cstr(b, "vertical");
    xj_put_bool(b, false);
}

static void keys_fact(const struct fixture_agency *a, struct xj_buf *b)
{
    struct xj_hash transport = xj_digest("fixture transport", xj_slice_cstr(a->id));
    xj_put_map(b, 4);
    put_key(b, "seal", a->seal.public_key);
    put_key(b, "sign", a->sign.public_key);
    put_key(b, "recovery", a->recovery.public_key);
    put_key(b, "transport", transport.b);
}

static void put_register(struct fixture *f, const struct xj_reg_change *changes, size_t count, const struct xj_sign_key *by)
{
    struct xj_buf entry, sig;
    struct xj_hash previous = f->register_digest;
    if (f->defect == DEFECT_REGISTER_CHAIN && f->registered == 1)
        previous.b[0] ^= 1;
    xj_buf_init(&entry, CEILING);
    xj_reg_entry_encode(f->registered + 1, fixture_now(f), &previous, changes, count, &entry);
    must(entry.err);
    f->register_digest = xj_digest(XJ_CTX_REGISTER, xj_buf_slice(&entry));
    fixture_sign(f->defect == DEFECT_REGISTER_SIGNATURE && f->registered == 1 ? &f->exchange : by, &f->register_digest, &sig);
    for (size_t i = 0; i < FIXTURE_FILES; i++) {
        uint64_t n = fixture_append(f, i, XJ_ENTRY_REGISTER, xj_buf_slice(&entry), xj_buf_slice(&sig));
        if ((f->defect == DEFECT_REGISTER_SIGNATURE || f->defect == DEFECT_REGISTER_CHAIN) && f->registered == 1)
            fixture_blame_file(f, i, "register", n);
    }
    f->registered++;
    xj_buf_free(&entry);
    xj_buf_free(&sig);
}

static struct xj_reg_change change(const char *kind, const char *id, const struct xj_buf *value)
{
    return (struct xj_reg_change){xj_slice_cstr(kind), xj_slice_cstr(id), xj_buf_slice(value)};
}

void fixture_register_first(struct fixture *f)
{
    struct xj_buf exchange, registrar;
    xj_buf_init(&exchange, CEILING);
    xj_buf_init(&registrar, CEILING);
    exchange_fact(f, &exchange);
    registrar_fact(f, &registrar);
    struct xj_reg_change changes[] = {change("exchange", "exchange", &exchange),
                                      change("registrar", "registrar", &registrar)};
    put_register(f, changes, 2, &f->root);
    xj_buf_free(&exchange);
    xj_buf_free(&registrar);
}

void fixture_register_agencies(struct fixture *f)
{
    struct xj_buf facts[6];
    struct xj_reg_change changes[6];
    for (size_t i = 0; i < 3; i++) {
        xj_buf_init(&facts[2 * i], CEILING);
        xj_buf_init(&facts[2 * i + 1], CEILING);
        agency_fact(i, &facts[2 * i]);
        keys_fact(&f->agency[i], &facts[2 * i + 1]);
        changes[2 * i] = change("agency", f->agency[i].id, &facts[2 * i]);
        changes[2 * i + 1] = change("keys", f->agency[i].id, &facts[2 * i + 1]);
    }
    put_register(f, changes, 6, &f->registrar);
    for (size_t i = 0; i < 6; i++)
        xj_buf_free(&facts[i]);
}

void fixture_register_new_key(struct fixture *f, size_t agency)
{
    struct xj_buf keys;
    fixture_make_sign_key(f, &f->agency[agency].sign);
    xj_buf_init(&keys, CEILING);
    keys_fact(&f->agency[agency], &keys);
    struct xj_reg_change changes[] = {change("keys", f->agency[agency].id, &keys)};
    put_register(f, changes, 1, &f->registrar);
    xj_buf_free(&keys);
}
