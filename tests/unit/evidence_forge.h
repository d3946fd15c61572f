/* What the forgers with keys share. Only tests/unit/evidence_forge*.c. */
#ifndef EVIDENCE_FORGE_H
#define EVIDENCE_FORGE_H

#include "schema/wire/statement.h"
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
/* The checkpoint of the bundle, over the same tree, signed with that key as of that time. */
void forge_checkpoint(struct tamper *t, const struct xj_sign_key *key, int64_t time_ms);
/* A header for an entry, signed by the agency it is from (frees it). */
void forge_put_message(struct tamper *t, size_t entry, struct xj_header *h);
/* The message of that act as its sender signed it otherwise, and the exchange admitted it so; the answer as the exchange said it
 * otherwise. */
void forge_message(struct tamper *t, const char *act, void (*change)(struct tamper *t, struct xj_header *h));
void forge_answer(struct tamper *t, const char *act, void (*change)(struct tamper *t, struct xj_admitted *a));
/* One more message like that, admitted under the numbers given (0: as it has them). */
void forge_add_message(struct tamper *t, const char *act, uint64_t number, uint64_t mailbox);
/* One more transfer of the owner's, refused; the refusal names that agency, and may name another id or number. */
void forge_add_refused(struct tamper *t, const char *agency, bool other_id, uint64_t number_off);
/* A sound refusal of that message in the place of its admission, of the same time and register number. */
void forge_put_refusal(struct tamper *t, size_t entry, size_t message);
/* One more register entry, with one fact (frees it; empty: withdrawn). */
void forge_fact(struct tamper *t, const char *kind, const char *id, struct xj_buf *value);
/* Statements for entries, signed by the exchange or with that key; of the delivered one the items are freed. */
void forge_put_delivered(struct tamper *t, size_t entry, struct xj_delivered *d);
void forge_put_stored(struct tamper *t, size_t entry, const struct xj_stored *s, const struct xj_sign_key *key);
/* The owner says that it lost its ledger, with so many messages acknowledged. */
void forge_loss(struct tamper *t, uint64_t mailbox);

#endif
