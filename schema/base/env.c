#undef NDEBUG /* ids and keys from a dead generator would repeat: stop instead, in every build */
#include "schema/base/env.h"

#include <assert.h>
#include <sodium.h>
#include <time.h>

static int64_t system_now_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    int rc = clock_gettime(CLOCK_REALTIME, &now);
    assert(rc == 0); /* fails only for a clock id the kernel lacks */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void system_random(void *ctx, void *p, size_t n)
{
    (void)ctx;
    randombytes_buf(p, n);
}

const struct xj_env *xj_env_system(void)
{
    static const struct xj_env env = {NULL, system_now_ms, system_random};
    int rc = sodium_init(); /* thread-safe, and harmless when repeated */
    assert(rc >= 0);
    return &env;
}
