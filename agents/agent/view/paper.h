/* One paper of an act, from the act's record to its plaintext. The sealed bytes lie in the ledger, so whoever asks finds what
 * to fetch (find), fetches it, and has it opened (open). Any thread with its own view that has keys.
 * Spec: spec/03-message.md, sections 3 and 4; spec/10-api.md, section 2. */
#ifndef XJ_PAPER_H
#define XJ_PAPER_H

#include "agents/agent/view/view.h"

struct xj_paper {
    char kind[XJ_MAX_NAME_BYTES + 1];
    char name[256], media_type[128]; /* as the body says; empty when it does not, or is not readable here */
    struct xj_hash sealed, keys;     /* digests of the two objects to fetch */
    struct xj_hash commit;           /* of the plaintext, from the body */
    bool has_commit;
    char from[XJ_MAX_AGENCY_BYTES + 1]; /* whose seal it bears */
    const char *ordered;                /* "destroyed", "restricted": not to be opened; else NULL (static) */
};

/* Paper `sealed` of the act with that id: admitted, or an own one that waits or was refused. XJ_ENOTFOUND: no such act here, or
 * it names no such paper. */
enum xj_err xj_paper_find(struct xj_view *v, struct xj_id act, const struct xj_hash *sealed, struct xj_paper *ret);
/* The same of a restricted act, for whoever has entered the read (spec 18, 6.2). */
enum xj_err xj_paper_find_held(struct xj_view *v, struct xj_id act, const struct xj_hash *sealed, struct xj_paper *ret);
/* Appends the plaintext. XJ_OK with *ret_why NULL; or with a reason of spec 10, section 2 (`not_for_us`, `other_key`,
 * `sender_key`, `seal`, `form`, `no_keys`) and nothing appended; or a world error. */
enum xj_err xj_paper_open(struct xj_view *v, const struct xj_paper *p, struct xj_slice sealed, struct xj_slice keys,
                          struct xj_buf *out, const char **ret_why);

#endif
