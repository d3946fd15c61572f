/* From what a person or program wants (JSON, spec/10-api.md section 3) to a sealed, addressed act, with the recipients,
 * tracks and answers that the procedure and the state give. Any thread with its own view reader. */
#ifndef XJ_DRAFT_H
#define XJ_DRAFT_H

#include <jansson.h>

#include "agents/agent/view/view.h"

struct xj_draft_refusal {
    char code[64];
    char text_zh[512], text_en[512]; /* what, which rule, what to do */
};
/* Builds the outgoing act. XJ_OK with *ret; or XJ_EDENIED with refusal filled and *ret NULL (the request is wrong or the
 * exchange would refuse); or a world error. now_ms stamps ids. */
enum xj_err xj_draft_build(struct xj_view *v, const struct xj_env *env, const struct xj_agency_keys *keys,
                           struct xj_pairs *pairs, const json_t *request, struct xj_outgoing **ret,
                           struct xj_draft_refusal *refusal);

#endif
