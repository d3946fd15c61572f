/* A planned case played in a city of real processes, and what came of it. One thread. Spec: spec/11-replay.md, sections 5-7.
 * The law (xj_replay_law) is read without any city, so that files can be planned, and refused, before one is made. */
#ifndef XJ_REPLAY_RUN_H
#define XJ_REPLAY_RUN_H

#include "agents/cli/city.h"
#include "agents/cli/replay_plan.h"

/* The procedure and the replay table, as installed with the program. */
struct xj_replay_law {
    struct xj_model *model;
    struct xj_replay_table *table;
};
/* Compiles the procedure and reads the table. On error text has lines and *ret holds nothing. */
enum xj_err xj_replay_law_load(struct xj_replay_law *ret, struct xj_buf *text);
void xj_replay_law_free(struct xj_replay_law *law); /* safe on a zeroed struct and twice */

/* A city and the agencies that it had, or that earlier files brought into it. */
struct xj_replay_stage {
    struct xj_city *city;            /* borrowed */
    const struct xj_replay_law *law; /* borrowed */
    struct {
        char name[XJ_NAME_BYTES], id[XJ_MAX_AGENCY_BYTES + 1];
        enum xj_actor_kind role;
    } *known;
    size_t known_count, known_cap;
    unsigned next; /* number of the next new agency */
};

/* Free with xj_replay_stage_free. XJ_ENOMEM. */
enum xj_err xj_replay_stage_open(struct xj_city *city, const struct xj_replay_law *law, struct xj_replay_stage *ret);
void xj_replay_stage_free(struct xj_replay_stage *s); /* safe on a zeroed struct */

/* Plays one planned case: registers and starts its agencies, submits event after event and waits each time until every
 * recipient has stored the act and nothing is outstanding, collects, ends the agents it started but for the city's own.
 * *ret is the JSON of spec 11, section 7 but for "ledgers". A refused event does not end the replay. XJ_ESTATE: something
 * admitted is not where it belongs; *ret then says it in "missing". */
enum xj_err xj_replay_play(struct xj_replay_stage *s, const struct xj_replay_plan *plan, json_t **ret, struct xj_buf *text);

#endif
