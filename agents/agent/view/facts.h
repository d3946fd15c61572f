/* What the engine asks the register (struct xj_facts), answered from a register fold. One context serves one thread.
 * Only for whoever plans or folds on the agent's side. Spec: spec/06-register.md, sections 2, 4 and 5. */
#ifndef XJ_VIEW_FACTS_H
#define XJ_VIEW_FACTS_H

#include "schema/procedure/engine.h"
#include "schema/trust/register_cache.h"
#include "schema/trust/succession.h"

struct xj_facts_ctx {
    const struct xj_store *store;
    struct xj_reg_cache *cache;
    const struct xj_succession *succession;
    uint64_t at;       /* register number the questions are about; UINT64_MAX: now */
    enum xj_err err;   /* first world error, sticky: the engine's questions cannot fail, so whoever asked looks here */
    char counterpart[XJ_MAX_AGENCY_BYTES + 1], holder[XJ_MAX_AGENCY_BYTES + 1];
};

/* Facts as the register stood at a number. ctx, cache and succession are the caller's and must outlive them. */
struct xj_facts xj_facts_at(struct xj_facts_ctx *ctx, const struct xj_store *store, struct xj_reg_cache *cache,
                            const struct xj_succession *succession, uint64_t at);

#endif
