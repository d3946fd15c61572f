/* From what a person or program wants (JSON, spec/10-api.md section 3) to a sealed, addressed act, with the recipients,
 * tracks and answers that the procedure and the state give. Any thread with its own view reader. */
#ifndef XJ_DRAFT_H
#define XJ_DRAFT_H

#include <jansson.h>

#include "agents/agent/view/view.h"

/* Why there is no act. code is one of spec 04, section 6, or one of spec 10, section 3 ("request", "case_unknown",
 * "party_unknown", "paper_unknown", "source", "recipient_key"); article is the law, the act's own citation where the rule has none. */
struct xj_draft_refusal {
    char code[64];
    char detail[160]; /* field, agency, paper kind …; may be empty */
    char text_zh[512], text_en[512]; /* what is wrong */
    char rule[64], article[512];
    char remedy_zh[512], remedy_en[512]; /* what to do */
    bool malformed; /* the request itself is wrong (HTTP 400), rather than impossible now (409) */
};
/* Builds the outgoing act in one read of the view. XJ_OK with *ret; or XJ_EDENIED with refusal filled and *ret NULL (the
 * request is wrong or the exchange would refuse); or a world error. The clock and the randomness are env's. keys are the
 * agency's own; pairs may be shared by the calls of one thread. */
enum xj_err xj_draft_build(struct xj_view *v, const struct xj_env *env, const struct xj_agency_keys *keys,
                           struct xj_pairs *pairs, const json_t *request, struct xj_outgoing **ret,
                           struct xj_draft_refusal *refusal);
/* The same, and in *ret_parties (may be NULL) the ids that names and labels of the request got: {"张三": "<16 hex>"}; the
 * caller's (json_decref), NULL unless XJ_OK. */
enum xj_err xj_draft_build_named(struct xj_view *v, const struct xj_env *env, const struct xj_agency_keys *keys,
                                 struct xj_pairs *pairs, const json_t *request, struct xj_outgoing **ret,
                                 struct xj_draft_refusal *refusal, json_t **ret_parties);

#endif
