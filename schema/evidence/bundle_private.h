/* What reading and writing a bundle share. Only schema/evidence/bundle*.c. Spec: spec/16-evidence.md, sections 1 to 4. */
#ifndef XJ_BUNDLE_PRIVATE_H
#define XJ_BUNDLE_PRIVATE_H

#include "schema/evidence/bundle.h"

enum xj_ev_part { XJ_EV_PART_NONE = 0, XJ_EV_PART_REGISTER, XJ_EV_PART_ENTRIES, XJ_EV_PART_PROOFS, XJ_EV_PART_SEQUENCE,
                  XJ_EV_PART_REPORT, XJ_EV_PART_OBJECT, XJ_EV_PART_BODY, XJ_EV_PART_PAPER };
/* Which part a name means; NONE: no such form. The digest of the last three goes to ret_object (may be NULL). */
enum xj_ev_part xj_ev_part_of(struct xj_slice name, struct xj_hash *ret_object);

/* The parts behind the manifest's own digests: each decodes one, XJ_EMALFORMED when it has not its form. */
enum xj_err xj_ev_read_register(struct xj_slice bytes, struct xj_bundle *b, uint64_t count);
enum xj_err xj_ev_read_entries(struct xj_slice bytes, struct xj_bundle *b);
enum xj_err xj_ev_read_proofs(struct xj_slice bytes, struct xj_bundle *b);
enum xj_err xj_ev_read_sequence(struct xj_slice bytes, struct xj_bundle *b);

#endif
