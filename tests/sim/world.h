/* One city in one thread and virtual time: both cores, the real SQLite stores, a network that drops, doubles, delays and
 * reorders frames, and crashes on either side of every commit. Everything follows from the seed. Tests only. */
#ifndef XJ_WORLD_H
#define XJ_WORLD_H

#include <jansson.h>

#include "agents/agent/view/draft.h"
#include "agents/cli/regfacts.h"
#include "broker/core/core.h"

struct rng {
    uint64_t s;
};
uint64_t rng_next(struct rng *r);
bool rng_chance(struct rng *r, unsigned per_mille);

/* Who lets disk calls fail (tests/sim/io.h): one from may_fail on, or none; over says whether it did, and from there on none does. */
struct world_io {
    void (*may_fail)(void);
    bool (*has_failed)(void);
    bool (*over)(void);
    void (*show)(void); /* the call that failed, on stderr */
    bool spoils;        /* it does not fail but gives something else than was written: nothing of such a batch is kept */
    bool calm_openings; /* not while a store is opened, which would write anew what it misses */
    bool memory;        /* it is no call to the disk but an allocation, which some can do without */
};

/* Per mille of frames or commits. power, fold: with a watch only. */
struct faults {
    unsigned drop, twice, delay, crash_before, crash_after, disconnect;
    unsigned power; /* the machine loses power at one of the writes since its commit before */
    unsigned fold;  /* the write-ahead log is folded into the file after this commit, as the shells do when idle */
    unsigned lose, copy; /* after a commit: an agent's disk is lost, or an older copy put back; a copy is taken */
    unsigned jump, jump_exchange; /* before this batch the clock of the agency, of the exchange, is set hours forward or back */
    unsigned away; /* of the exchange's losses: one agency is switched off for a while */
    unsigned garble, garble_back; /* of an agent's frames, of the exchange's: garbled ones go before it; 2000: two each */
    unsigned io; /* of batches and openings: a disk call fails, and the process starts again; with failing only */
    const struct world_io *failing; /* borrowed */
    unsigned copy_exchange, lose_exchange, set_back; /* of the exchange's batches: its disk is copied aside, lost, or set back to that copy */
};

struct world_agency {
    const char *id, *name, *role, *sector;
    bool connected;
};

struct frame {
    struct frame *next;
    int64_t at_ms;
    uint64_t order;
    int node;      /* index of the receiver, -1: the exchange */
    uint64_t conn; /* of the agent's side */
    int from;
    uint8_t *p;
    size_t n;
};

struct node {
    char path[1024];
    struct xj_env env;      /* virtual clock, random numbers of this node */
    struct rng random;
    int64_t clock_ms;       /* how far its clock is from the world's */
    struct world *world;
    struct xj_db *db;
    struct xj_log *log;
    struct xj_agency_keys keys;
    struct xj_public_keys public_keys;
    struct xj_agent *core;
    struct xj_view *view;
    struct xj_pairs *pairs;
    struct world_agency agency;
    uint64_t conn;
    bool connected;
    int64_t next_tick_ms;
};

struct world {
    char dir[512];
    uint64_t seed;
    struct rng random;
    struct faults faults;
    int64_t now_ms;
    struct frame *frames;
    uint64_t frame_order;
    struct xj_exchange_keys exchange_keys;
    struct xj_sign_key root, registrar;
    struct xj_anchor anchor;
    struct node exchange; /* env, db, log of the exchange */
    struct xj_exchange *core;
    struct node *agent;
    int agents;
    bool sparing; /* see struct world_options */
    const struct world_watch *watch;
    int64_t longest_ms; /* the longest that the world needed to come to rest */
    unsigned long crashes, cuts, jumps, lost, doubled, views_ahead, ledgers_lost, losses;
    unsigned long io_errors, garbled;
    unsigned disk_fails;      /* so often it may yet be lost or set back */
    int64_t back_ms[1024];    /* when an absent agent comes back; 0: not by itself */
    int64_t recovery_wait_ms; /* of the exchange */
    int64_t hurried_ms;       /* not 0: an act is not waited for until all is at rest, but so long */
    /* NULL, or looks at each frame an agent sends; true: *ret (initialized by it) goes in its stead. */
    bool (*tamper)(struct world *w, int from, struct xj_slice frame, struct xj_buf *ret);
    bool absent[1024];        /* agents that are switched off: no turn, not waited for */
    const char *failed; /* why the world stopped, or NULL */
    bool two_stories;   /* the exchange may have said two things, going on from an older copy or deceived: accounts may differ */
    bool quiet;         /* a test expects an agent to stop: nothing is said of it */
};

/* Somebody who watches the disks, and cuts the power: the stores then have the settings of the daemons. */
struct world_watch {
    void *arg;
    void (*committed)(void *arg, struct world *w, struct node *n); /* after COMMIT, before anything leaves */
    void (*leaves)(void *arg, struct world *w, struct node *n, struct xj_slice frame);
    void (*power_off)(void *arg, struct world *w, struct node *n); /* before the stores close: no more is written */
    void (*power_on)(void *arg, struct world *w, struct node *n);  /* the files are now what the cut left */
    void (*played)(void *arg, struct world *w); /* of a played case: it is at its end, everything is open */
    bool hasty; /* a defect for the watcher to find: frames leave before COMMIT */
};

struct world_options {
    const char *dir;
    uint64_t seed;
    const struct faults *faults; /* NULL: none */
    const struct world_agency *agencies; /* the first is the registrar; borrowed */
    const char *const *superiors;        /* of each, an agency's id or NULL; NULL: none has one */
    int count;
    int64_t start_ms; /* 0: 2026-09-21 */
    /* For many agencies and no faults: only the registrar is open, the others are opened and closed by the caller, and nobody
     * who has nothing to do gets a tick; views are folded when asked for. */
    bool sparing;
    /* Facts beside agencies, keys, calendar and procedure; NULL: everybody is everybody's counterpart. */
    void (*facts)(void *arg, struct xj_changes *c);
    void *arg;
    const struct world_watch *watch; /* NULL: nobody, and the stores do not sync; borrowed */
};
/* Makes keys, register (agencies, counterparts, calendar, referral procedure) and all nodes in dir. Two worlds of one content
 * seed have the same keys and, for the same drafts, the same ids. */
enum xj_err world_make(struct world *w, const struct world_options *o);
/* The same with all open and everybody everybody's counterpart. */
enum xj_err world_open(struct world *w, const char *dir, uint64_t seed, const struct faults *faults,
                       const struct world_agency *agencies, int count);
void world_close(struct world *w);
/* Of a sparing world: opens an agent's ledger and view, or closes both; its mail waits at the exchange. */
enum xj_err world_wake(struct world *w, struct node *n);
void world_sleep(struct node *n);
/* Folds what the agent's view has not folded yet; false: it cannot. */
bool world_follow(struct world *w, struct node *n);

/* Runs until nothing is outstanding anywhere, or budget steps are used up (then false). */
bool world_settle(struct world *w, unsigned budget);
/* Runs so long, at rest or not; false: the world failed. */
bool world_run(struct world *w, int64_t ms);
/* Drafts on the agency's own view and submits; waits until it is answered and everything settled. draft_seed makes the ids
 * and keys of this draft the same in every world. Returns the API's answer in small: {"status", "id", "case", "code"}; NULL
 * when the world failed. */
json_t *world_act(struct world *w, const char *agency, const json_t *request, uint64_t draft_seed);
/* The draft alone, to be handed to the agent's core. NULL: refused (the answer in small), or the world failed. */
struct xj_outgoing *world_draft(struct world *w, const char *agency, const json_t *request, uint64_t draft_seed, json_t **ret_refused);
/* Signs one register entry of these changes and hands it to the exchange through the registrar's agent; settles. */
enum xj_err world_publish(struct world *w, const struct xj_changes *c);
struct node *world_agent(struct world *w, const char *id);
/* Hands the agent's core the head of an entry of kind told; the entry's number, or 0 when it was not taken. */
uint64_t world_tell(struct world *w, struct node *n, struct xj_slice head);
/* Takes a copy of the agent's ledger, in place of the one before. */
void world_copy_agent(struct world *w, struct node *n);
/* The agent's disk is lost: it begins anew with the copy, if there is one and it is wanted, or with nothing. */
void world_lose_agent(struct world *w, struct node *n, bool put_back);
/* Takes the agent down as a crash would and opens it again from its files. */
void world_restart_agent(struct world *w, struct node *n);
/* The exchange's disk: copied aside, replaced by that copy, or gone (whole false); each with a restart. */
void world_copy_exchange(struct world *w);
void world_lose_exchange(struct world *w, bool whole);

/* Closes all stores and verifies each. */
bool world_sound(struct world *w);
/* The same, and holds them against each other. */
bool world_verify(struct world *w);
/* Whether nothing differs between the closed stores: each agency's and the journal, and the next agency's. */
bool world_agrees(const struct world *w);

/* The referral procedure, compiled; borrowed, and kept as long as the process. */
enum xj_err world_referral(struct xj_slice *ret);

/* Removes a scratch directory with all in it. */
void world_remove_dir(const char *dir);

#endif
