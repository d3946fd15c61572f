/* What an evidence bundle proves: the claims P1 to P9, from its bytes and the root key alone. Any thread; pure.
 * Spec: spec/16-evidence.md, sections 5 to 7. */
#ifndef XJ_JUDGE_H
#define XJ_JUDGE_H

#include "schema/evidence/bundle.h"

enum xj_claim {
    XJ_CLAIM_INVALID = 0, XJ_CLAIM_ISSUED, XJ_CLAIM_UNCHANGED, XJ_CLAIM_STORED, XJ_CLAIM_TIMES, XJ_CLAIM_PLACE,
    XJ_CLAIM_REWRITTEN, XJ_CLAIM_AGREE, XJ_CLAIM_SILENCE, XJ_CLAIM_SOFTWARE, XJ_CLAIM_END
};
enum xj_ev_verdict { XJ_EV_INVALID = 0, XJ_EV_PROVED, XJ_EV_NOT_PROVED, XJ_EV_CONTRADICTED };

struct xj_ev_item {
    enum xj_claim claim;
    enum xj_ev_verdict verdict;
    const char *code;     /* of section 6, static; "" when proved */
    size_t bundle;        /* index of the one that decided */
    struct xj_slice what; /* of the whole: "register" …; P8: the duty; else n = 0 */
    bool about_message;
    struct xj_hash message; /* its digest */
    struct xj_id id;
    struct xj_slice agency; /* n = 0: none */
    bool has_from, has_to;
    int64_t from, to;     /* instants in ms; for the sequence: numbers */
};

struct xj_ev_result {
    struct xj_ev_item *items;
    size_t count;
    struct {
        enum xj_ev_verdict verdict;
        const char *code;
    } claims[XJ_CLAIM_END];
    bool contradicted; /* some claim is */
};

/* Judges bundles about one case (the caller has seen to that; XJ_ESTATE otherwise) together. Slices of the result are views
 * into the bundles. XJ_ENOMEM. On error *ret is zeroed. */
enum xj_err xj_evidence_judge(const struct xj_bundle *bundles, size_t count, const uint8_t root_key[32], struct xj_ev_result *ret);
void xj_ev_result_free(struct xj_ev_result *r);

/* Folds a bundle's register into the store as far as it is sound; *ret is the last number that is. XJ_ENOMEM. */
enum xj_err xj_evidence_register(const struct xj_bundle *b, const uint8_t root_key[32], const struct xj_store *store, uint64_t *ret);

#endif
