/* The world's network: frames with a time to arrive, lost, doubled or late as the seed says. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world_private.h"

void world_send(struct world *w, int from, int node, uint64_t conn, struct xj_slice bytes)
{
    if (rng_chance(&w->random, w->faults.drop)) {
        w->lost++;
        return;
    }
    const int copies = rng_chance(&w->random, w->faults.twice) ? 2 : 1;
    w->doubled += (unsigned long)copies - 1;
    for (int i = 0; i < copies; i++) {
        struct frame *f = calloc(1, sizeof *f);
        uint8_t *p = malloc(bytes.n ? bytes.n : 1);
        if (!f || !p) abort();
        memcpy(p, bytes.p, bytes.n);
        /* an ordinary hop takes 1 ms; a late one up to 3 s, overtaken by what was sent after it */
        const int64_t late = rng_chance(&w->random, w->faults.delay) ? (int64_t)(rng_next(&w->random) % 3000) : 0;
        *f = (struct frame){.at_ms = w->now_ms + 1 + late, .order = w->frame_order++, .node = node, .conn = conn,
                            .from = from, .p = p, .n = bytes.n};
        struct frame **at = &w->frames;
        while (*at && ((*at)->at_ms < f->at_ms || ((*at)->at_ms == f->at_ms && (*at)->order < f->order))) at = &(*at)->next;
        f->next = *at;
        *at = f;
    }
}

struct frame *world_due(struct world *w, int node)
{
    for (struct frame **at = &w->frames; *at && (*at)->at_ms <= w->now_ms; at = &(*at)->next)
        if ((*at)->node == node) {
            struct frame *f = *at;
            *at = f->next;
            return f;
        }
    return NULL;
}

void world_frame_free(struct frame *f)
{
    free(f->p);
    free(f);
}

/* What was under way on a connection that is gone does not arrive. */
void world_cut(struct world *w, int node)
{
    for (struct frame **at = &w->frames; *at;) {
        struct frame *f = *at;
        if (f->node != node && f->from != node) {
            at = &f->next;
            continue;
        }
        *at = f->next;
        world_frame_free(f);
    }
}
