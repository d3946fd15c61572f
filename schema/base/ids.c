#include "schema/base/ids.h"

#include <string.h>
#include <uuid/uuid.h>

#include "schema/base/hash.h"

#define MS_MAX ((INT64_C(1) << 48) - 1)

static const size_t group_bytes[] = {4, 2, 2, 2, 6};
#define GROUPS (sizeof group_bytes / sizeof *group_bytes)

enum xj_err xj_id_from(int64_t now_ms, const uint8_t random[XJ_ID_SIZE], struct xj_id *ret)
{
    *ret = (struct xj_id){{0}};
    if (now_ms < 0 || now_ms > MS_MAX)
        return XJ_ERANGE;
    for (unsigned i = 0; i < 6; i++)
        ret->b[i] = (uint8_t)((uint64_t)now_ms >> (40 - 8 * i));
    memcpy(ret->b + 6, random + 6, XJ_ID_SIZE - 6);
    ret->b[6] = (uint8_t)(0x70 | (ret->b[6] & 0x0f));
    ret->b[8] = (uint8_t)(0x80 | (ret->b[8] & 0x3f));
    return XJ_OK;
}

enum xj_err xj_id_new(int64_t now_ms, struct xj_id *ret)
{
    uuid_t random; /* its fixed bits sit exactly where version and variant go */
    uuid_generate_random(random);
    return xj_id_from(now_ms, random, ret);
}

struct xj_id xj_id_name5(const struct xj_id *ns, struct xj_slice name)
{
    struct xj_id id;
    uuid_generate_sha1(id.b, ns->b, name.n > 0 ? (const char *)name.p : "", name.n);
    return id;
}

bool xj_id_eq(const struct xj_id *a, const struct xj_id *b)
{
    return memcmp(a->b, b->b, XJ_ID_SIZE) == 0;
}

int xj_id_cmp(const struct xj_id *a, const struct xj_id *b)
{
    return xj_slice_cmp(xj_id_slice(a), xj_id_slice(b));
}

bool xj_id_among(const struct xj_id *ids, size_t count, const struct xj_id *id)
{
    for (size_t i = 0; i < count; i++)
        if (xj_id_eq(&ids[i], id))
            return true;
    return false;
}

bool xj_id_is_nil(const struct xj_id *id)
{
    static const struct xj_id nil = {{0}};
    return xj_id_eq(id, &nil);
}

struct xj_slice xj_id_slice(const struct xj_id *id)
{
    return xj_slice_of(id->b, XJ_ID_SIZE);
}

void xj_id_format(const struct xj_id *id, char out[XJ_ID_TEXT])
{
    const uint8_t *from = id->b;
    for (size_t g = 0; g < GROUPS; g++) {
        xj_hex(from, group_bytes[g], out);
        from += group_bytes[g];
        out += 2 * group_bytes[g];
        if (g + 1 < GROUPS)
            *out++ = '-';
    }
}

bool xj_id_parse(const char *s, struct xj_id *ret)
{
    struct xj_id id;
    uint8_t *to = id.b;
    *ret = (struct xj_id){{0}};
    if (strnlen(s, XJ_ID_TEXT) != XJ_ID_TEXT - 1)
        return false;
    for (size_t g = 0; g < GROUPS; g++) {
        char digits[13];
        size_t len = 2 * group_bytes[g];
        memcpy(digits, s, len);
        digits[len] = 0;
        if (!xj_unhex(digits, to, group_bytes[g]) || (g + 1 < GROUPS && s[len] != '-'))
            return false;
        to += group_bytes[g];
        s += len + 1;
    }
    *ret = id;
    return true;
}
