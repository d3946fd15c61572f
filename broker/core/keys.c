#include <string.h>

#include "broker/core/internal.h"
#include "schema/base/be.h"

struct key xj_key_agency(char kind, struct xj_slice agency)
{
    struct key k = {.b = {(uint8_t)kind}, .n = 1};
    size_t n = agency.n < XJ_MAX_AGENCY_BYTES ? agency.n : XJ_MAX_AGENCY_BYTES;
    if (n) memcpy(k.b + 1, agency.p, n);
    k.n += n;
    k.b[k.n++] = 0; /* so that no agency's keys are the prefix of another's */
    return k;
}

void xj_key_add(struct key *k, uint64_t number)
{
    xj_be_put(number, k->b + k->n, 8);
    k->n += 8;
}

uint64_t xj_key_number_of(struct xj_slice key)
{
    return key.n < 8 ? xj_be_get(key.p, key.n) : xj_be_get(key.p + key.n - 8, 8);
}

struct key xj_key_numbered(char kind, struct xj_slice agency, uint64_t number)
{
    struct key k = xj_key_agency(kind, agency);
    xj_key_add(&k, number);
    return k;
}

struct key xj_key_held(struct xj_slice agency, const struct xj_hash *digest)
{
    return xj_key_numbered('L', agency, xj_be_get(digest->b, 8));
}

struct key xj_key_bytes(char kind, const void *p, size_t n)
{
    struct key k = {.b = {(uint8_t)kind}, .n = 1};
    if (n > sizeof k.b - 1) n = sizeof k.b - 1;
    memcpy(k.b + 1, p, n);
    k.n += n;
    return k;
}

struct key xj_key_number(char kind, uint64_t number)
{
    struct key k = {.b = {(uint8_t)kind}, .n = 1};
    xj_key_add(&k, number);
    return k;
}

struct xj_slice xj_key_slice(const struct key *k)
{
    return xj_slice_of(k->b, k->n);
}
