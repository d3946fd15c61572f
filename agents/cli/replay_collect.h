/* What a replay hands back: each event's fate, and the case as its agencies hold it at the end, once, in order.
 * Spec: spec/11-replay.md, section 6. */
#ifndef XJ_REPLAY_COLLECT_H
#define XJ_REPLAY_COLLECT_H

#include "agents/cli/city.h"
#include "agents/cli/replay_plan.h"

/* Appends the fate of one event to acts. answer: of POST /api/acts; http: its status. XJ_EIO, with text, when the agent gave
 * no answer that says what became of it. */
enum xj_err xj_replay_note_answer(const struct xj_replay_plan *p, const struct xj_model *model, const struct xj_replay_intent *in,
                                  const char *from, long http, const json_t *answer, json_t *acts, struct xj_buf *text);
/* Asks each of the agencies (NULL: none) for the case and makes the result (spec 11, 7). XJ_ESTATE, with "missing" in *ret,
 * when an admitted act is not where it belongs, or twice, or out of order. */
enum xj_err xj_replay_collect(struct xj_city *city, const struct xj_replay_plan *p, const struct xj_model *model,
                              const char *const *ids, size_t count, const char *case_id, json_t *acts, json_t **ret,
                              struct xj_buf *text);

#endif
