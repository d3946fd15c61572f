/* What the files of the simulated world share. */
#ifndef XJ_WORLD_PRIVATE_H
#define XJ_WORLD_PRIVATE_H

#include "tests/sim/world.h"

#define EXCHANGE (-1)

void world_send(struct world *w, int from, int node, uint64_t conn, struct xj_slice bytes);
/* The next frame that has arrived at the node, or NULL; the caller frees it. */
struct frame *world_due(struct world *w, int node);
void world_frame_free(struct frame *f);
void world_cut(struct world *w, int node);

enum xj_err world_exchange_open(struct world *w);
enum xj_err world_agent_open(struct world *w, struct node *n);
void world_exchange_down(struct world *w);
void world_agent_down(struct node *n);

/* One batch at the exchange or at an agent: what has arrived, or a tick. */
void world_exchange_batch(struct world *w, bool tick);
void world_agent_batch(struct world *w, int index, struct xj_agent_event *extra, bool tick);
bool world_quiet(struct world *w);
/* That agent alone. */
bool world_agent_quiet(struct world *w, struct node *n);
void world_fail(struct world *w, const char *what);
#endif
