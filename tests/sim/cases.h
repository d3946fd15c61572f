/* A published case played through the simulated city. Tests only. */
#ifndef XJ_SIM_CASES_H
#define XJ_SIM_CASES_H

#include "tests/sim/world.h"

#define SIM_LOSSES 8 /* times at most that the exchange's disk is lost in a run */
#define SIM_CAST 24 /* agencies of one case, the registrar's included */

struct played {
    struct xj_buf account;  /* one line an act: event, act, status, breaches */
    struct xj_buf view[SIM_CAST]; /* what each agency sees of the case, masked */
    int agents;
    unsigned refused;
    int64_t longest_ms; /* to come to rest */
    unsigned long crashes, cuts, jumps, lost, doubled, ledgers_lost, losses;
    char failed[256]; /* empty: it went through and every ledger verifies */
};

/* Plays the case file in a fresh city under dir, watched or not (NULL). What a seed must not change is in account and view. */
void sim_play(const char *file, const char *dir, uint64_t seed, const struct faults *faults, const struct world_watch *watch,
              struct played *ret);
/* Why other is not the run that calm was, on stderr with both accounts; true when it is. */
bool sim_same(struct played *calm, struct played *other, const char *file, uint64_t seed);
/* A mix of faults by the seed: some runs know only one kind, some all. No power cuts. */
struct faults sim_storm(uint64_t seed);
/* Seeds that once failed (tests/sim/seeds), those of one test: what it is about and the seed. How many; at most max. */
struct sim_seed {
    char name[96];
    unsigned long long seed;
};
size_t sim_seeds(const char *test, struct sim_seed *ret, size_t max);
void sim_played_free(struct played *p);
/* Appends the case as the view shows it, without machine times and places. False: no memory or a broken view. */
bool sim_portrait(struct xj_view *v, struct xj_id case_id, struct xj_buf *out);

#endif
