/* What every harness shares: the fuzzer's entry points, a check that is always on, and sound input to start from. */
#ifndef XJ_FUZZ_H
#define XJ_FUZZ_H

#include <stdlib.h>
#include <string.h>

#include "schema/base/buf.h"
#include "tests/sim/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static inline void must(bool ok)
{
    if (!ok)
        abort();
}

static const char *fuzz_scratch;

static inline void fuzz_remove_scratch(void)
{
    world_remove_dir(fuzz_scratch);
}

/* The directory (borrowed for good) goes with all in it when the fuzzer ends without a finding. */
static inline void fuzz_remove_at_exit(const char *dir)
{
    fuzz_scratch = dir;
    must(atexit(fuzz_remove_scratch) == 0);
}

/* The specimen (freed) in place of the data, when it was made and fits. Returns the size. */
static inline size_t fuzz_take(struct xj_buf *specimen, uint8_t *data, size_t size, size_t max_size)
{
    if (specimen->err == XJ_OK && specimen->n <= max_size) {
        memcpy(data, specimen->p, specimen->n);
        size = specimen->n;
    }
    xj_buf_free(specimen);
    return size;
}

/* Chance alone seldom finds a whole form, so one mutation in 16 starts from a specimen; one in four of these stays whole. */
static inline bool fuzz_wants_specimen(unsigned seed)
{
    return seed % 16 == 0;
}

static inline size_t fuzz_mutate(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    return seed % 64 == 0 ? size : LLVMFuzzerMutate(data, size, max_size);
}

#endif
