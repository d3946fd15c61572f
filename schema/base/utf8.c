#include "schema/base/utf8.h"

/* Bytes in the well-formed sequence that begins at p with n bytes available, or 0. */
static size_t sequence(const uint8_t *p, size_t n)
{
    uint8_t lead = p[0], low = 0x80, high = 0xbf;
    if (lead < 0x80)
        return 1;
    if (lead < 0xc2 || lead > 0xf4)
        return 0;
    size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (len > n)
        return 0;
    /* Only the second byte is narrowed: overlong after e0 and f0, surrogates after ed, beyond U+10FFFF after f4. */
    if (lead == 0xe0)
        low = 0xa0;
    else if (lead == 0xed)
        high = 0x9f;
    else if (lead == 0xf0)
        low = 0x90;
    else if (lead == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return len;
}

bool xj_utf8_valid(struct xj_slice s)
{
    for (size_t i = 0; i < s.n;) {
        size_t len = sequence(s.p + i, s.n - i);
        if (len == 0)
            return false;
        i += len;
    }
    return true;
}
