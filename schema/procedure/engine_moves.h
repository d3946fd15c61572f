/* What an act moves: the tracks its header must name, and the exchange's `after`. Only the engine's own files.
 * Spec: spec/09-fold.md, section 5. Writes nothing. */
#ifndef XJ_ENGINE_MOVES_H
#define XJ_ENGINE_MOVES_H

#include "schema/procedure/engine_look.h"

#define XJ_FOLD_OWNERS 64u

struct xj_fold_owner {
    uint16_t track;
    struct xj_slice owner;
};
struct xj_fold_moves {
    struct xj_fold_owner owners[XJ_FOLD_OWNERS]; /* as the signer sees it; unique */
    size_t owner_count;
    struct xj_after after[XJ_MAX_AFTER];
    size_t after_count;
};

/* Both of in; nothing for corrections, breaches of role and unknown acts. */
void xj_fold_moves(struct xj_fold *f, const struct xj_fold_in *in, struct xj_fold_moves *ret);
/* The chain of an act about to be recorded with those own tracks; ret holds XJ_FOLD_CHAIN entries. Returns how many. */
size_t xj_fold_chain_of(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_owner *own, size_t own_count,
                        struct xj_fold_chain *ret);

#endif
