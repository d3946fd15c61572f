/* Whole numbers as bytes, the most significant first: keys of a store that hold them sort as the numbers do. Pure; any thread. */
#ifndef XJ_BE_H
#define XJ_BE_H

#include <stddef.h>
#include <stdint.h>

/* Of n bytes, at most 8. */
static inline uint64_t xj_be_get(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

/* Into n bytes, at most 8; what does not fit is cut off at the top. */
static inline void xj_be_put(uint64_t v, uint8_t *p, size_t n)
{
    while (n-- > 0) {
        p[n] = (uint8_t)(v & 0xff);
        v >>= 8;
    }
}

#endif
