/* The agencies of several case files under ids of one city: equal full names are one agency, generic names are each file's
 * own, defaults are the city's. Pure but for looking at the city's description; one thread. Spec: spec/11-replay.md, 5. */
#ifndef XJ_REPLAY_ROSTER_H
#define XJ_REPLAY_ROSTER_H

#include "agents/cli/city.h"
#include "agents/cli/replay_plan.h"

#define XJ_ROSTER_NAME_BYTES 241u

struct xj_roster_entry {
    char id[XJ_MAX_AGENCY_BYTES + 1];
    char name[XJ_ROSTER_NAME_BYTES];
    enum xj_actor_kind role;
    char sector[XJ_MAX_NAME_BYTES + 1]; /* of a bureau, else "" */
    size_t file; /* whose own; SIZE_MAX: anybody's */
    bool known;  /* the city's description holds it already */
    bool standing;
};
struct xj_roster {
    struct xj_roster_entry *list;
    size_t count, cap;
    char division[7];
    unsigned next; /* number of the next new id */
};

/* division: six digits, copied. */
void xj_roster_init(struct xj_roster *r, const char *division);
void xj_roster_free(struct xj_roster *r); /* safe on a zeroed struct and twice */
/* The agencies of a city with agents; the first of each role that has one is the default. XJ_ENOMEM. */
enum xj_err xj_roster_add_city(struct xj_roster *r, const struct xj_city *city);
/* The default agency of each role that has none yet. XJ_ENOMEM. */
enum xj_err xj_roster_add_standing(struct xj_roster *r);
/* Gives every agency that the plan uses a place in the roster: ret[i] is the index of the cast's i-th, or SIZE_MAX when no
 * act names it. ret holds plan->cast.count. Defaults must be there. XJ_ENOMEM. */
enum xj_err xj_roster_assign(struct xj_roster *r, const struct xj_replay_plan *plan, size_t file, size_t *ret);

#endif
