/* At the end of the year the exchange's disk is gone, and its journal is rebuilt from what all agencies hold (04-exchange, 13). */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world_private.h"
#include "tests/year/year.h"

/* Digests of what was sent and said, in ascending order. */
struct said {
    struct xj_hash *at;
    size_t count, cap;
    bool full;
};

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct xj_hash));
}

static bool note(void *arg, const struct xj_entry *e)
{
    struct said *s = arg;
    if (e->kind != XJ_ENTRY_MESSAGE && e->kind != XJ_ENTRY_ADMITTED && e->kind != XJ_ENTRY_REFUSED && e->kind != XJ_ENTRY_STORED &&
        e->kind != XJ_ENTRY_DELIVERED && e->kind != XJ_ENTRY_REGISTER)
        return true;
    if (s->count == s->cap) {
        size_t cap = s->cap > 0 ? 2 * s->cap : 65536;
        struct xj_hash *more = realloc(s->at, cap * sizeof *more);
        s->full = more == NULL;
        if (more == NULL)
            return false;
        s->at = more;
        s->cap = cap;
    }
    s->at[s->count++] = xj_sha256(&e->head, 1);
    return true;
}

static struct said said(struct year *y)
{
    struct said s = {.at = NULL};
    if (xj_log_scan(y->w->exchange.log, 1, note, &s) != XJ_OK || s.full)
        year_fault(y, "the journal cannot be read");
    if (s.count > 0)
        qsort(s.at, s.count, sizeof *s.at, compare);
    return s;
}

/* How many of the one are not in the other. */
static size_t missing(const struct said *from, const struct said *in)
{
    size_t lacking = 0, k = 0;
    for (size_t i = 0; i < from->count; i++) {
        while (k < in->count && compare(&in->at[k], &from->at[i]) < 0)
            k++;
        lacking += k == in->count || compare(&in->at[k], &from->at[i]) != 0;
    }
    return lacking;
}

static bool awake(struct year *y)
{
    for (int i = 0; i < y->agency_count; i++)
        if (world_wake(y->w, &y->w->agent[i]) != XJ_OK)
            return false;
    return world_settle(y->w, 40000);
}

void year_lose_exchange(struct year *y)
{
    if (!awake(y)) {
        year_fault(y, "not everybody comes to rest: %s", y->w->failed != NULL ? y->w->failed : "cannot be opened");
        return;
    }
    struct said before = said(y);
    int64_t begin = year_now_ns(), began_ms = y->w->now_ms;
    world_lose_exchange(y->w, true);
    bool rests = world_run(y->w, 1000) && world_settle(y->w, 400000); /* which has to notice the loss first */
    double took = (double)(year_now_ns() - begin) / 1e9;
    struct said after = said(y);
    struct xj_exchange_figures x;
    xj_exchange_figures(y->w->core, &x);
    if (!rests || x.recovering)
        year_fault(y, "the exchange does not come back");
    const size_t lost = missing(&before, &after), made = missing(&after, &before);
    if (lost > 0 || made > 0)
        year_fault(y, "of %zu messages and statements %zu did not come back, and %zu are new", before.count, lost, made);
    printf("exchange lost: %zu messages and statements handed back by %d agencies and folded in %.1f s, %.1f s of virtual time\n", after.count,
           y->agency_count, took, (double)(y->w->now_ms - began_ms) / 1e3);
    free(before.at);
    free(after.at);
}
