/* Who watches a simulated city whose disks may lose power: remembers what left each node and what each commit held, cuts the
 * power where the world says so, and starts nodes from states of their disks. Tests only. */
#ifndef XJ_CRASH_WATCH_H
#define XJ_CRASH_WATCH_H

#include "tests/crash/disk.h"
#include "tests/sim/cases.h"

struct promise {
    uint64_t step; /* of the disk, when it left */
    struct xj_hash digest; /* SHA-256 of the head of an entry */
};
struct commit {
    uint64_t step;
    struct xj_hash content;
};

/* What is known of one node. */
struct past {
    struct promise *promises;
    size_t promise_count, promise_cap;
    struct commit *commits;
    size_t commit_count, commit_cap;
};

struct crash {
    struct world_watch watch; /* to be handed to sim_play */
    struct rng random;
    char base[64], live[80], state[80];
    unsigned wanted; /* states to start from when the case has been played */
    unsigned states, bad, torn; /* started from; broken; states whose last commit was not (wholly) there */
    uint64_t seed;
    bool over;  /* what leaves from here on is of a trial, and not promised */
    bool quiet; /* say nothing about what is broken: it is expected */
    struct past past[SIM_CAST + 1]; /* the exchange first */
};

/* Makes the disk in a fresh directory and the watch. False: no directory on a real disk. */
bool crash_begin(struct crash *c, uint64_t seed, enum disk_lie lie);
void crash_end(struct crash *c);

/* Entries and working state of an open store in one digest. */
struct xj_hash crash_content(struct node *n);
/* NULL: all that ever left the node is in its store. Else what is wrong. */
const char *crash_promises_kept(struct crash *c, struct world *w, struct node *n);

#endif
