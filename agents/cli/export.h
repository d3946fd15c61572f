/* Writes the evidence bundle of one case from an open ledger. One thread; reads the ledger, changes nothing in it.
 * Spec: spec/16-evidence.md, section 8. */
#ifndef XJ_EXPORT_H
#define XJ_EXPORT_H

#include "schema/evidence/judge.h"
#include "schema/trust/keys.h"

struct xj_export_options {
    struct xj_id case_id;
    uint64_t register_head;            /* 0: as far as needed; past the ledger's: XJ_ERANGE */
    bool with_told, with_sequence;
    const struct xj_agency_keys *keys; /* of the ledger's owner; NULL: nothing is opened or signed */
    const char *scratch;               /* a private directory, for a view that is gone at the end */
};
struct xj_export_summary {
    size_t entries, acts, register_count;
    bool contradicted;
    const char *verdict[XJ_CLAIM_END]; /* "proved" … */
};

/* Appends the bundle to ret_file. XJ_ENOTFOUND: no act of the case is in the ledger; XJ_ELIMIT: more than a bundle can hold;
 * XJ_ECORRUPT: the ledger's entries are no ledger's; world errors. text gets what a person should know. */
enum xj_err xj_export(struct xj_db *db, struct xj_log *log, const struct xj_export_options *o, struct xj_buf *ret_file,
                      struct xj_export_summary *ret, struct xj_buf *text);

#endif
