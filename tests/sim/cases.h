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
    unsigned long crashes, lost, doubled, losses;
    char failed[256]; /* empty: it went through and every ledger verifies */
};

/* Plays the case file in a fresh city under dir. What a seed must not change is in account and view. */
void sim_play(const char *file, const char *dir, uint64_t seed, const struct faults *faults, struct played *ret);
void sim_played_free(struct played *p);
/* Appends the case as the view shows it, without machine times and places. False: no memory or a broken view. */
bool sim_portrait(struct xj_view *v, struct xj_id case_id, struct xj_buf *out);

#endif
