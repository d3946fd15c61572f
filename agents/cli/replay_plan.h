/* What a case file says, as acts to record: for each event who does which act, for whom, before whom. Pure: no process, no
 * clock, no randomness; any thread. Tests and the simulator use it as `replay` does. Spec: spec/11-replay.md, section 4. */
#ifndef XJ_REPLAY_PLAN_H
#define XJ_REPLAY_PLAN_H

#include "agents/cli/replay_cast.h"
#include "agents/cli/replay_table.h"
#include "schema/base/limits.h"

#define XJ_REPLAY_TO_MAX 8u

struct xj_replay_who_party {
    const char *label; /* borrowed from the case */
    const char *kind;
};

/* One event as an act. Agencies are indices into plan->cast.agencies, parties into plan->parties. */
struct xj_replay_intent {
    size_t event;
    uint16_t act;
    bool note; /* no agency's act: recorded by a neighbour, moves nothing */
    size_t doer;
    size_t joint[XJ_MAX_JOINT], principals[XJ_REPLAY_TO_MAX], copies[XJ_REPLAY_TO_MAX];
    size_t joint_count, principal_count, copy_count;
    size_t subjects[XJ_MAX_SUBJECTS];
    size_t subject_count;
};

struct xj_replay_plan {
    const struct xj_replay_case *source; /* borrowed */
    struct xj_cast cast;
    struct xj_replay_who_party *parties;
    size_t party_count;
    struct xj_replay_intent *intents; /* one for each event, in the file's order */
    size_t intent_count;
};

/* Plans a case. Case and table are borrowed; the case must outlive the plan. XJ_EMALFORMED: an event the vocabulary does
 * not have; XJ_ELIMIT: one names more than 64 parties; text then gets one line. XJ_ENOMEM. On error *ret is zeroed. */
enum xj_err xj_replay_plan_make(const struct xj_replay_case *c, const struct xj_replay_table *table, struct xj_replay_plan *ret,
                                struct xj_buf *text);
void xj_replay_plan_free(struct xj_replay_plan *p); /* safe on a zeroed struct and twice */

#endif
