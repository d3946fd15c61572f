/* What the forgers with keys share. Only tests/unit/evidence_forge*.c. */
#ifndef EVIDENCE_FORGE_H
#define EVIDENCE_FORGE_H

#include "tests/unit/evidence_tamper.h"

struct xj_slice forge_sign(struct tamper *t, const struct xj_sign_key *key, const char *context, struct xj_slice head);
const struct xj_sign_key *forge_key_of(const struct tamper *t, const char *agency);
const struct xj_sign_key *forge_exchange_key(const struct tamper *t);
/* Paths, proofs and checkpoint as the owner would make them over the ledger that it now has. */
void forge_replant(struct tamper *t);
/* The number of an entry behind all there are. */
uint64_t forge_next_n(const struct tamper *t);
/* The answer to the transfer, decoded; its entry; written back into an entry, signed with that key (frees it). */
struct xj_admitted *forge_take_answer(const struct tamper *t);
size_t forge_answer_entry(const struct tamper *t);
void forge_put_answer(struct tamper *t, size_t entry, struct xj_admitted *a, const struct xj_sign_key *key);

#endif
