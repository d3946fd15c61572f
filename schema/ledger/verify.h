/* The verifier of a ledger or journal. Tools, on a closed file or a snapshot. Spec: spec/05-ledger.md, section 5. */
#ifndef XJ_VERIFY_H
#define XJ_VERIFY_H

#include "schema/ledger/log.h"

enum xj_verdict_kind { XJ_CHECK_INVALID = 0, XJ_CHECK_OK, XJ_CHECK_BAD, XJ_CHECK_NOT_CHECKABLE };
struct xj_check_result {
    /* "bytes", "register", "signatures", "numbering", "proofs", "checkpoints", "objects", and "completeness", which is
     * never more than not checkable. One result each, in this order. */
    const char *check;
    enum xj_verdict_kind kind;
    uint64_t entry;      /* smallest entry at fault; 0: the file as a whole, or nothing is bad */
    uint64_t count;      /* how many things were checked */
    const char *text_zh; /* borrowed during the call */
    const char *text_en;
};
typedef void xj_check_visit(void *arg, const struct xj_check_result *r);

struct xj_verify_summary {
    uint64_t entries;
    struct xj_hash root;
    bool ok;
    char owner[64];
};
/* Verifies the file at path with the root key (32 bytes). Reports each check, goes on where it can. Returns a world error
 * (cannot open, cannot read), else XJ_OK with the summary; ret->ok is false when any check is bad. */
enum xj_err xj_verify_file(const char *path, const uint8_t root_key[32], xj_check_visit *visit, void *arg,
                           struct xj_verify_summary *ret);

#endif
