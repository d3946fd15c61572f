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
/* A frame as a faulty or hostile peer makes it of an honest one; the caller frees it. */
void world_garble(struct rng *r, struct xj_slice frame, struct xj_buf *ret);
/* Whether it would say something for that agency, or the exchange, that counts. */
bool world_is_word_of(const struct world *w, const struct node *n, struct xj_slice frame);
bool world_is_word_of_exchange(struct xj_slice frame);
/* Hands it to the exchange over the agent's connection, in a batch of its own, and sees that nothing but incidents comes of it. */
void world_garbled_to_exchange(struct world *w, int from, struct xj_slice frame);

bool world_quiet(struct world *w);
/* That agent alone. */
bool world_agent_quiet(struct world *w, struct node *n);
void world_fail(struct world *w, const char *what);
#endif
