/* The register: entries, and the facts folded from them into the owner's store. The logic thread.
 * Spec: spec/06-register.md. Keys begin with 'R'. Lookups "at" a number see the register as it was then. */
#ifndef XJ_REGISTER_H
#define XJ_REGISTER_H

#include "schema/base/limits.h"
#include "schema/base/store.h"
#include "schema/trust/keys.h"

struct xj_reg_change {
    struct xj_slice kind, id;
    struct xj_slice value; /* one canonical map; n = 0: withdrawn */
};
/* Appends entry bytes. */
void xj_reg_entry_encode(uint64_t number, int64_t time_ms, const struct xj_hash *previous,
                         const struct xj_reg_change *changes, size_t count, struct xj_buf *out);

struct xj_reg_head {
    uint64_t number;
    struct xj_hash digest; /* of the last entry; zero when number is 0 */
};
enum xj_err xj_reg_head(const struct xj_store *store, struct xj_reg_head *ret);

/* Checks number, chain, signature (root for entry 1 and for changes of root facts, else the registrar key held) and every
 * fact's shape, then folds it. Nothing is written unless all is well. XJ_EMALFORMED, XJ_ESIGNATURE, XJ_ESTATE (number or
 * chain), XJ_EDENIED (a root fact signed by the registrar); *ret_why (static text, may be NULL) says which rule. */
enum xj_err xj_reg_apply(const struct xj_store *store, const uint8_t root_key[32], struct xj_slice entry,
                         struct xj_slice signature, const char **ret_why);

/* The value of a fact at a register number (UINT64_MAX: now) into value. XJ_ENOTFOUND when absent or withdrawn. */
enum xj_err xj_reg_get(const struct xj_store *store, const char *kind, struct xj_slice id, uint64_t at, struct xj_buf *value);
/* All facts of a kind present now whose id begins with prefix, by id. Slices are borrowed during the call. */
typedef bool xj_reg_visit(void *arg, struct xj_slice id, struct xj_slice value);
enum xj_err xj_reg_each(const struct xj_store *store, const char *kind, struct xj_slice prefix, xj_reg_visit *visit, void *arg);

/* Whether a fact of that kind whose id begins with prefix was ever there by a register number. */
enum xj_err xj_reg_ever(const struct xj_store *store, const char *kind, struct xj_slice prefix, uint64_t at, bool *ret);
/* The id of a certificate or entrustment, from its agency (its bureau) and its number: spec 06, section 7. */
void xj_reg_paired_id(const char *kind, struct xj_slice agency, struct xj_slice number, char ret[33]);

enum xj_agency_state { XJ_AGENCY_UNKNOWN = 0, XJ_AGENCY_ACTIVE, XJ_AGENCY_SUSPENDED, XJ_AGENCY_REVOKED };
/* Decoded facts of an agency at a number, cached by the caller when it must be fast. */
struct xj_agency {
    enum xj_agency_state state;
    bool connected; /* has keys */
    struct xj_public_keys keys;
    char id[XJ_MAX_AGENCY_BYTES + 1], name[256], role[XJ_MAX_NAME_BYTES + 1], sector[XJ_MAX_NAME_BYTES + 1];
    char division[7], superior[XJ_MAX_AGENCY_BYTES + 1];
    bool vertical;
};
/* XJ_ENOTFOUND: no such agency at that number (ret->state is UNKNOWN). */
enum xj_err xj_reg_agency(const struct xj_store *store, struct xj_slice id, uint64_t at, struct xj_agency *ret);
/* Since when (UTC ms) a signing key of the agency is reported compromised, as the register says now (spec 06, 10). XJ_ENOTFOUND. */
enum xj_err xj_reg_compromised(const struct xj_store *store, struct xj_slice agency, const uint8_t sign[32], int64_t *ret_since_ms);
/* The exchange's signing key at a number; the registrar's agency and key now. XJ_ENOTFOUND. */
enum xj_err xj_reg_exchange_sign(const struct xj_store *store, uint64_t at, uint8_t ret[32]);
enum xj_err xj_reg_exchange_transport(const struct xj_store *store, uint64_t at, uint8_t ret[32]);
enum xj_err xj_reg_registrar(const struct xj_store *store, char ret_agency[XJ_MAX_AGENCY_BYTES + 1], uint8_t ret_sign[32]);
/* The i-th counterpart for a role, sector list first, then "any" (spec 06, 4); XJ_ENOTFOUND past the last. */
enum xj_err xj_reg_counterpart(const struct xj_store *store, struct xj_slice agency, struct xj_slice role,
                               struct xj_slice sector, size_t i, char ret[XJ_MAX_AGENCY_BYTES + 1]);
/* Agency whose transport key this is, for ZAP: id into ret, or XJ_ENOTFOUND (unknown or revoked; a suspended agency still receives). */
enum xj_err xj_reg_by_transport(const struct xj_store *store, const uint8_t key[32], char ret[XJ_MAX_AGENCY_BYTES + 1]);
/* All transport keys that open the door, each with its agency. Slices are borrowed during the call. */
typedef bool xj_transport_visit(void *arg, const uint8_t key[32], struct xj_slice agency);
enum xj_err xj_reg_transports(const struct xj_store *store, xj_transport_visit *visit, void *arg);
/* The agency's sealing public key with that key id at any register number (old wraps must open). XJ_ENOTFOUND. */
enum xj_err xj_reg_seal_key(const struct xj_store *store, struct xj_slice agency, const uint8_t key_id[XJ_KEY_ID_SIZE],
                            uint8_t ret[32]);

/* Full and header subscribers of acts by `sender` in a case opened by `opener` (spec 06, 5). */
typedef bool xj_subscriber_visit(void *arg, struct xj_slice agency, bool full);
enum xj_err xj_reg_subscribers(const struct xj_store *store, struct xj_slice procedure, struct xj_slice act,
                               struct xj_slice sender, struct xj_slice opener, xj_subscriber_visit *visit, void *arg);
/* The same, each grant's agency replaced by who has its grants now: through puts that agency into ret. */
typedef enum xj_err xj_reg_through(void *ctx, struct xj_slice agency, char ret[XJ_MAX_AGENCY_BYTES + 1]);
enum xj_err xj_reg_subscribers_through(const struct xj_store *store, struct xj_slice procedure, struct xj_slice act,
                                       struct xj_slice sender, struct xj_slice opener, xj_reg_through *through, void *ctx,
                                       xj_subscriber_visit *visit, void *arg);

/* Does a grant let the agency act in cases opened by opener (spec 06, 5)? False for an opener the register does not know. */
enum xj_err xj_reg_granted(const struct xj_store *store, struct xj_slice agency, struct xj_slice opener, bool *ret);

/* A compiled procedure by revision, withdrawn or not (copied into ret); since when a revision is in force, and the newest with
 * effective_from <= now, of those not withdrawn (spec 06, 6). XJ_ENOTFOUND. */
enum xj_err xj_reg_procedure(const struct xj_store *store, struct xj_slice name, const struct xj_hash *revision,
                             struct xj_buf *ret_compiled);
enum xj_err xj_reg_procedure_effective(const struct xj_store *store, struct xj_slice name, const struct xj_hash *revision,
                                       int64_t *ret_ms);
enum xj_err xj_reg_procedure_current(const struct xj_store *store, struct xj_slice name, int64_t now_ms,
                                     struct xj_hash *ret_revision);
/* Every revision of a procedure that the register has now, in no order that means anything. False from visit stops. */
typedef bool xj_revision_visit(void *arg, const struct xj_hash *revision, int64_t effective_ms);
enum xj_err xj_reg_procedure_revisions(const struct xj_store *store, struct xj_slice name, xj_revision_visit *visit, void *arg);

#endif
