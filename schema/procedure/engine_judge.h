/* The checks of an act that judging and planning share. Only the engine's own files.
 * Spec: spec/09-fold.md, sections 4 and 10. Nothing here writes. */
#ifndef XJ_ENGINE_JUDGE_H
#define XJ_ENGINE_JUDGE_H

#include "schema/procedure/engine_duty.h"
#include "schema/procedure/engine_moves.h"

/* Fills r; always false, so that checks can return it. */
bool xj_fold_refuse(struct xj_refusal *r, const char *code, struct xj_slice detail);
/* All of section 4; papers: with 4.9. False and r filled when the act cannot be. */
bool xj_fold_check(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_moves *moves, bool papers,
                   struct xj_refusal *r);
/* Spec 3.3 and 4.5: nothing named may be closed or answered in part, and something must be open. */
bool xj_fold_answer_is_free(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count);
/* Spec 3.4: a question is handed on whole; what is named, if anything, is all that is open in it and nothing else. */
bool xj_fold_handed_whole(const struct xj_fold_question *q, const struct xj_subject *named, size_t named_count);
/* Whether the act must reach an agency of that role (index) and does not (4.8c). */
bool xj_fold_copy_missing(struct xj_fold *f, const struct xj_fold_in *in, uint16_t role);
/* Whether the act reaches the agency: as a party itself, or through its present holder. */
bool xj_fold_is_party_of(struct xj_fold *f, const struct xj_fold_in *in, struct xj_slice agency);

/* ---- corrections, section 10 ---- */
struct xj_fold_correction {
    const char *relation;       /* "amends", "voids", "shares", "unreadable"; NULL: not exactly one */
    struct xj_fold_act *target; /* NULL: no such act, or one that cannot be corrected */
};
struct xj_fold_correction xj_fold_correction_of(struct xj_fold *f, const struct xj_header *h);
bool xj_fold_check_correction(struct xj_fold *f, const struct xj_fold_in *in, struct xj_refusal *r);
/* Carries an admitted correction out; seq is the correction's. */
void xj_fold_correct(struct xj_fold *f, const struct xj_fold_in *in, uint64_t seq);
/* When a receipt or acceptance counts as given (9.2). */
struct xj_fold_taken xj_fold_taken_of(const struct xj_fold_act *a);

#endif
