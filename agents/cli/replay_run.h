/* A planned case played in a city of real processes, and what came of it. One thread. Spec: spec/11-replay.md, sections 5-7. */
#ifndef XJ_REPLAY_RUN_H
#define XJ_REPLAY_RUN_H

#include "agents/cli/city.h"
#include "agents/cli/replay_plan.h"

/* A city and the agencies that earlier files brought into it. */
struct xj_replay_stage {
    struct xj_city *city;
    struct xj_model *model;
    struct xj_replay_table *table;
    struct {
        char name[XJ_NAME_BYTES], id[XJ_MAX_AGENCY_BYTES + 1];
        enum xj_actor_kind role;
    } *known;
    size_t known_count, known_cap;
    unsigned next; /* number of the next new agency */
    bool lazy;     /* agencies of a file are stopped after it */
};

/* Compiles the main procedure and reads the replay table; city is borrowed. Free with xj_replay_stage_free. */
enum xj_err xj_replay_stage_open(struct xj_city *city, struct xj_replay_stage *ret, struct xj_buf *text);
void xj_replay_stage_free(struct xj_replay_stage *s); /* safe on a zeroed struct */

/* Plays one file: registers and starts its agencies, submits event after event and waits each time until every recipient
 * has stored the act and nothing is outstanding, collects, stops the agencies again when lazy. *ret is the JSON of spec 11,
 * section 6 ("ledgers" is added at the end by the caller), with two keys more: "title", "timeline" for people. A refused
 * event does not end the replay. XJ_ESTATE: something admitted is not where it belongs; *ret then says it in "missing". */
enum xj_err xj_replay_play(struct xj_replay_stage *s, const struct xj_replay_case *c, json_t **ret, struct xj_buf *text);

#endif
