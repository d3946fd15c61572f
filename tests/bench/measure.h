/* Monotonic instants and percentiles for the benchmark programs of this folder only. Spec: none; figures are printed, never
 * judged. Instants are CLOCK_MONOTONIC nanoseconds, which all processes of one machine share. */
#ifndef XJ_BENCH_MEASURE_H
#define XJ_BENCH_MEASURE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

static inline int64_t now_ns(void)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Durations in nanoseconds, in order of their coming. */
struct samples {
    int64_t *ns;
    size_t count, cap;
};

/* Out of memory ends the program: there is nothing left to measure with. */
static inline void samples_add(struct samples *s, int64_t ns)
{
    if (s->count == s->cap) {
        s->cap = s->cap == 0 ? 4096 : s->cap * 2;
        s->ns = realloc(s->ns, s->cap * sizeof *s->ns);
        if (s->ns == NULL) {
            fprintf(stderr, "内存不足 / out of memory\n");
            exit(1);
        }
    }
    s->ns[s->count++] = ns;
}

static inline int samples_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The smallest sample that percent of all do not exceed, in milliseconds; sorts. 0 when there is none. */
static inline double samples_ms(struct samples *s, unsigned percent)
{
    if (s->count == 0)
        return 0;
    qsort(s->ns, s->count, sizeof *s->ns, samples_compare);
    size_t at = (s->count * percent + 99) / 100;
    return (double)s->ns[at > 0 ? at - 1 : 0] / 1e6;
}

static inline void samples_free(struct samples *s)
{
    free(s->ns);
    *s = (struct samples){NULL, 0, 0};
}

#endif
