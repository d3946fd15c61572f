#include "tests/sim/world.h"

/* splitmix64: every run of one seed is the same run. */
uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->s += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

bool rng_chance(struct rng *r, unsigned per_mille)
{
    return per_mille && rng_next(r) % 1000 < per_mille;
}
