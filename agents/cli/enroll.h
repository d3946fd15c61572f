/* Makes the data directory of an exchange or an agent: keys, anchor, configuration. The command line and city; any thread.
 * Spec: spec/02-trust.md, sections 7 and 8; spec/06-register.md, section 1 (entry 1).
 * An existing enrolment is never overwritten: its ledger would belong to somebody else. */
#ifndef XJ_ENROLL_H
#define XJ_ENROLL_H

#include "agents/cli/regfacts.h"
#include "schema/base/env.h"

#define XJ_ANCHOR_BYTES (2u * 1024 * 1024)

struct xj_enroll_exchange {
    const char *dir;      /* made 0700 */
    const char *root_key; /* file of the root's secret; needed for this signature only */
    const char *division, *name;
    struct xj_agency_spec registrar;        /* the registrar's agency */
    struct xj_public_keys registrar_keys;   /* of that agency */
    uint8_t registrar_sign[32];             /* the registrar key, public */
    const char *const *endpoints;           /* where agents find the exchange; at most XJ_MAX_ENDPOINTS */
    size_t endpoint_count;
    const char *listen;                     /* "tcp://0.0.0.0:4110"; "tcp://127.0.0.1:*" takes a free port */
    bool volatile_ok;                       /* tests: journal on tmpfs, unsynced */
};
/* Makes secret.keys and public.keys (those already there are used), anchor and broker.conf. XJ_ECONFIG: something wrong in
 * the description; XJ_EEXISTS: the directory holds an anchor or broker.conf; loaders' and file errors. text gets one line,
 * Chinese then English. What was made before an error stays and does no harm. */
enum xj_err xj_enroll_exchange(const struct xj_env *env, const struct xj_enroll_exchange *e, struct xj_buf *text);

struct xj_enroll_agency {
    const char *dir;           /* made 0700 */
    const char *anchor;        /* file; must verify */
    const char *keys_dir;      /* holds secret.keys, public.keys (keygen agency) */
    const char *agency;
    const char *endpoint;      /* instead of the anchor's; NULL: the anchor's */
    const char *registrar_key; /* file copied as registrar.keys, for the registrar's agency; NULL: none */
    bool volatile_ok;          /* tests: the ledger may lie on tmpfs and is not synced */
};
/* Copies keys (0600) and anchor, writes agent.conf. XJ_ESIGNATURE: the anchor does not verify; XJ_ECONFIG: the agency's id
 * is wrong or of another division; XJ_EEXISTS: the directory holds an enrolment; file errors. text as above. */
enum xj_err xj_enroll_agency(const struct xj_enroll_agency *e, struct xj_buf *text);
/* Rewrites agent.conf alone, with another endpoint: e as for xj_enroll_agency. */
enum xj_err xj_enroll_agency_conf(const struct xj_enroll_agency *e);
/* Rewrites broker.conf alone. */
enum xj_err xj_enroll_exchange_conf(const struct xj_enroll_exchange *e);

/* Reads and verifies an anchor file. Errors with text as above; free with xj_anchor_free. */
enum xj_err xj_anchor_load(const char *path, struct xj_anchor *ret, struct xj_buf *text);
/* The division of the exchange in the anchor's entry 1 into ret[7]; "" when it names none. */
void xj_anchor_division(const struct xj_anchor *a, char ret[7]);
/* dir/name into out (emptied first); NULL when memory is out or it is too long. */
const char *xj_join(struct xj_buf *out, const char *dir, const char *name);

#endif
