#include "schema/wire/names.h"

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_plain(uint8_t c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

bool xj_name_ok(struct xj_slice s)
{
    if (s.n == 0 || s.n > XJ_MAX_NAME_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_plain(s.p[i]) && s.p[i] != '_')
            return false;
    return true;
}

bool xj_division_ok(struct xj_slice s)
{
    if (s.n != 6)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return true;
}

bool xj_agency_ok(struct xj_slice s)
{
    if (s.n < 8 || s.n > XJ_MAX_AGENCY_BYTES || !xj_division_ok(xj_slice_of(s.p, 6)) || s.p[6] != '-')
        return false;
    for (size_t i = 7; i < s.n; i++)
        if (!is_plain(s.p[i]) && s.p[i] != '-')
            return false;
    return true;
}

bool xj_size_class_ok(uint64_t bytes)
{
    if (bytes < 512 || bytes > XJ_MAX_CLASS_BYTES)
        return false;
    while (bytes % 2 == 0)
        bytes /= 2;
    return bytes == 1 || bytes == 3; /* 256·2^k or 384·2^k; 384 itself is below 512 */
}
