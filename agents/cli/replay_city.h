/* The city a replay runs in: a scratch one or one that is there already, with the agencies of the files added to it.
 * The command only; one thread. Spec: spec/11-replay.md, section 5. */
#ifndef XJ_REPLAY_CITY_H
#define XJ_REPLAY_CITY_H

#include "agents/cli/replay_roster.h"

/* The procedure and the calendar a scratch city gets. */
struct xj_replay_law {
    struct xj_model *model;
    struct xj_replay_table *table;
    struct xj_buf compiled;
    struct xj_calendar calendar;
};
/* Reads referral.yaml, referral.replay.yaml and the calendar from where the program's shared files are. On error text has
 * a line and *ret holds nothing. */
enum xj_err xj_replay_law_load(struct xj_replay_law *ret, struct xj_buf *text);
void xj_replay_law_free(struct xj_replay_law *law); /* safe on a zeroed struct and twice */

struct xj_replay_city {
    struct xj_city *city;
    char *dir;
    bool scratch;   /* made by this replay: its processes are children and end with it */
    bool temporary; /* and its files go when it is closed */
    bool *started;  /* by roster index: started here, so stopped here */
    size_t started_count;
};

/* Makes a scratch city with the roster's default agencies, founds it under the law, then adds the roster's other agencies;
 * exchange, registrar and defaults run on return. keep: its directory (empty or absent); NULL: a temporary one. */
enum xj_err xj_replay_city_make(const struct xj_roster *roster, const struct xj_replay_law *law, const char *keep,
                                struct xj_replay_city *ret, struct xj_buf *text);
/* Opens the city at dir, whose exchange and registrar must run, fills the roster with it. */
enum xj_err xj_replay_city_open(const char *dir, struct xj_replay_city *ret, struct xj_roster *roster, struct xj_buf *text);
/* Adds the agencies of the roster that the city does not know, and the law when it has no such procedure; starts the
 * defaults that do not run. For a city opened. */
enum xj_err xj_replay_city_join(struct xj_replay_city *c, struct xj_roster *roster, const struct xj_replay_law *law,
                                struct xj_buf *text);
/* Starts the agents of these agencies (roster indices; SIZE_MAX: none) that do not run, all at once; ends those again. */
enum xj_err xj_replay_city_start(struct xj_replay_city *c, const struct xj_roster *roster, const size_t *list, size_t count,
                                 struct xj_buf *text);
enum xj_err xj_replay_city_stop(struct xj_replay_city *c, const struct xj_roster *roster, const size_t *list, size_t count,
                                struct xj_buf *text);
/* Ends every process started here. */
enum xj_err xj_replay_city_rest(struct xj_replay_city *c, const struct xj_roster *roster, struct xj_buf *text);
/* Closes; a temporary city's files are removed. Safe on a zeroed struct and twice. */
void xj_replay_city_close(struct xj_replay_city *c);

#endif
