/* The outside things that decide what the programs do, clock and randomness, in one struct that tests replace.
 * xj_env_system is for any thread. Spec: spec/00-conventions.md. */
#ifndef XJ_ENV_H
#define XJ_ENV_H

#include <stddef.h>
#include <stdint.h>

struct xj_env {
    void *ctx; /* handed to every call; owned by whoever made the struct */
    /* Milliseconds since 1970-01-01T00:00:00Z. May jump backwards when the clock is set: callers must bear it. */
    int64_t (*now_ms)(void *ctx);
    /* Fills n bytes at p with unpredictable bytes. Cannot fail. */
    void (*random)(void *ctx, void *p, size_t n);
};

/* The machine's real-time clock and libsodium's generator. Static storage, never NULL, not to be freed. Initialises
 * libsodium; asserts when the machine offers no randomness, because nothing may be signed or named without it. */
const struct xj_env *xj_env_system(void);

#endif
