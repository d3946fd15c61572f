/* One planned event as a request to its agency's agent (spec/10-api.md, section 3). Pure; any thread. `replay` and the
 * simulator send the same requests. Spec: spec/11-replay.md, section 5. */
#ifndef XJ_REPLAY_REQUEST_H
#define XJ_REPLAY_REQUEST_H

#include "agents/cli/replay_plan.h"

/* The plan's i-th intent under the model it was planned with. ids: agency id by index into plan->cast.agencies; parties: 16
 * hex digits by index into plan->parties;
 * case_id NULL opens the case. The caller frees the value; NULL when memory is out. */
json_t *xj_replay_request(const struct xj_replay_plan *plan, const struct xj_model *model, size_t i,
                          const char *const *ids, char (*parties)[17], const char *case_id, int64_t wait_ms);

#endif
