#include "schema/wire/span.h"
#include "schema/base/be.h"

/* What one head says: bytes of the head itself, bytes of payload behind it, values that belong to it. */
struct head {
    size_t head_bytes;
    uint64_t payload_bytes, values;
};

/* Heads from 0xc0 to 0xdf: width of the number behind, and what that number counts. */
static const struct {
    uint8_t width, counts; /* 0 nothing, 1 payload bytes, 2 values, 3 pairs */
} forms[32] = {
    [0x04] = {1, 1}, [0x05] = {2, 1}, [0x06] = {4, 1}, [0x0c] = {1, 0}, [0x0d] = {2, 0}, [0x0e] = {4, 0},
    [0x0f] = {8, 0}, [0x10] = {1, 0}, [0x11] = {2, 0}, [0x12] = {4, 0}, [0x13] = {8, 0}, [0x19] = {1, 1},
    [0x1a] = {2, 1}, [0x1b] = {4, 1}, [0x1c] = {2, 2}, [0x1d] = {4, 2}, [0x1e] = {2, 3}, [0x1f] = {4, 3},
};

static bool read_head(struct xj_slice s, struct head *ret)
{
    if (s.n == 0)
        return false;
    uint8_t b = s.p[0];
    *ret = (struct head){.head_bytes = 1};
    if (b < 0x80 || b >= 0xe0)
        return true;
    if (b < 0xc0) {
        if (b >= 0xa0)
            ret->payload_bytes = b & 0x1f;
        else
            ret->values = b < 0x90 ? 2u * (b & 0x0fu) : b & 0x0fu;
        return s.n - 1 >= ret->payload_bytes;
    }
    size_t width = forms[b - 0xc0].width;
    if (s.n - 1 < width)
        return false;
    ret->head_bytes += width;
    uint64_t v = xj_be_get(s.p + 1, width);
    if (forms[b - 0xc0].counts == 1)
        ret->payload_bytes = v;
    else if (forms[b - 0xc0].counts != 0)
        ret->values = forms[b - 0xc0].counts == 2 ? v : 2 * v;
    return s.n - ret->head_bytes >= ret->payload_bytes;
}

bool xj_span_next(struct xj_slice *rest, struct xj_slice *ret)
{
    struct xj_slice s = *rest;
    uint64_t due = 1;
    while (due > 0) {
        struct head h;
        if (!read_head(s, &h))
            return false;
        size_t n = h.head_bytes + (size_t)h.payload_bytes;
        s.p += n;
        s.n -= n;
        due = due - 1 + h.values; /* each value takes a byte at least, so due cannot wrap before the bytes end */
    }
    *ret = xj_slice_of(rest->p, rest->n - s.n);
    *rest = s;
    return true;
}

bool xj_span_enter(struct xj_slice *rest, uint32_t *ret_count)
{
    struct head h;
    if (!read_head(*rest, &h))
        return false;
    uint8_t b = rest->p[0];
    if (!(b >= 0x90 && b <= 0x9f) && b != 0xdc && b != 0xdd)
        return false;
    *ret_count = (uint32_t)h.values;
    *rest = xj_slice_of(rest->p + h.head_bytes, rest->n - h.head_bytes);
    return true;
}

bool xj_span_element(struct xj_slice array, uint32_t i, struct xj_slice *ret)
{
    uint32_t count;
    if (!xj_span_enter(&array, &count) || i >= count)
        return false;
    for (uint32_t k = 0; k <= i; k++)
        if (!xj_span_next(&array, ret))
            return false;
    return true;
}

bool xj_span_uint(struct xj_slice span, uint64_t *ret)
{
    struct head h;
    if (!read_head(span, &h))
        return false;
    if (span.p[0] < 0x80) {
        *ret = span.p[0];
        return true;
    }
    if (span.p[0] < 0xcc || span.p[0] > 0xcf)
        return false;
    *ret = xj_be_get(span.p + 1, h.head_bytes - 1);
    return true;
}

bool xj_span_bin(struct xj_slice span, struct xj_slice *ret)
{
    struct head h;
    if (!read_head(span, &h) || span.p[0] < 0xc4 || span.p[0] > 0xc6)
        return false;
    *ret = xj_slice_of(span.p + h.head_bytes, (size_t)h.payload_bytes);
    return true;
}

bool xj_span_is_nil(struct xj_slice span)
{
    return span.n == 1 && span.p[0] == 0xc0;
}
