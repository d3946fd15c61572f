/* Whether a closed ledger verifies, and holds exactly the acts that it should, once and in order. One thread.
 * Spec: spec/11-replay.md, section 6; spec/05-ledger.md, section 5. */
#ifndef XJ_REPLAY_LEDGER_H
#define XJ_REPLAY_LEDGER_H

#include "schema/base/hash.h"
#include "schema/base/ids.h"

/* An admitted act as the exchange's answer named it, ascending by seq in a list. */
struct xj_replay_expected {
    struct xj_id id;
    uint64_t seq;
    bool own; /* of this ledger's agency; else received */
};
struct xj_replay_ledger {
    uint64_t entries;
    bool verified; /* every check of the verifier holds */
    bool complete; /* every act of the list is there once, with its seq, in order */
    char why[160]; /* the first thing that is wrong, "" when nothing is */
};
/* Reads the ledger file of owner. World errors; a ledger that is wrong is XJ_OK with verified or complete false. */
enum xj_err xj_replay_ledger_check(const char *path, const char *owner, const uint8_t root_key[32],
                                   const struct xj_replay_expected *acts, size_t count, struct xj_replay_ledger *ret,
                                   struct xj_buf *text);

#endif
