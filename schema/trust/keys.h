/* Key files and the anchor on disk. Program start and tools. Spec: spec/02-trust.md, sections 6-8. */
#ifndef XJ_KEYS_H
#define XJ_KEYS_H

#include "schema/base/env.h"
#include "schema/trust/seal.h"
#include "schema/trust/sign.h"

#define XJ_MAX_RETIRED 16 /* sealing keys that an agency has had before */

/* Secrets of an agency's machine. */
struct xj_agency_keys {
    struct xj_sign_key sign;
    struct xj_seal_key seal;
    struct xj_seal_key retired[XJ_MAX_RETIRED]; /* newest first: they open what was sealed before, and seal nothing */
    size_t retired_count;
    uint8_t transport_public[32], transport_secret[32];
};
struct xj_exchange_keys {
    struct xj_sign_key sign;
    uint8_t transport_public[32], transport_secret[32];
};
struct xj_public_keys {
    uint8_t sign[32], seal[32], recovery[32], transport[32];
};

/* Makes new keys in dir (created 0700): recovery.keys, secret.keys, public.keys, in this order; what a power cut ended is
 * completed from what is there. Refuses to overwrite (XJ_EEXISTS). After an error some of the files may be there. */
enum xj_err xj_keygen_agency(const struct xj_env *env, const char *dir, struct xj_public_keys *ret);
/* The same for an agency that has keys, in old: retired.keys is written too, with the sealing key in use there and those it retired
 * before (the oldest falls out past XJ_MAX_RETIRED). What is wrong with the keys in old: text. */
enum xj_err xj_keygen_renewal(const struct xj_env *env, const char *dir, const char *old, struct xj_public_keys *ret, struct xj_buf *text);
/* The sealing key of that id: the one in use, or a retired one; NULL when it is neither. */
const struct xj_seal_key *xj_agency_seal_key(const struct xj_agency_keys *keys, const uint8_t key_id[XJ_KEY_ID_SIZE]);
/* As for an agency: secret.keys and public.keys of an exchange (recovery and seal stay zero). */
enum xj_err xj_keygen_exchange(const struct xj_env *env, const char *dir, struct xj_public_keys *ret);
/* The same, root or registrar: `<name>.keys` (sign_seed) and `<name>.pub` (sign) in dir. */
enum xj_err xj_keygen_single(const struct xj_env *env, const char *dir, const char *name, uint8_t ret_public[32]);

/* Loaders (an agency's: secret.keys, and retired.keys if it is there): refuse files readable by others (XJ_ECONFIG), missing or wrong values; *ret_text (a buffer) says why. */
enum xj_err xj_agency_keys_load(const char *dir, struct xj_agency_keys *ret, struct xj_buf *ret_text);
enum xj_err xj_exchange_keys_load(const char *dir, struct xj_exchange_keys *ret, struct xj_buf *ret_text);
enum xj_err xj_single_key_load(const char *path, struct xj_sign_key *ret, struct xj_buf *ret_text);
enum xj_err xj_public_keys_load(const char *path, struct xj_public_keys *ret, struct xj_buf *ret_text);
enum xj_err xj_single_public_load(const char *path, uint8_t ret[32], struct xj_buf *ret_text);
enum xj_err xj_recovery_key_load(const char *path, struct xj_seal_key *ret, struct xj_buf *ret_text);
void xj_agency_keys_wipe(struct xj_agency_keys *keys);
void xj_exchange_keys_wipe(struct xj_exchange_keys *keys);

#define XJ_MAX_ENDPOINTS 8
struct xj_anchor {
    uint8_t root[32];
    struct xj_buf entry, signature; /* register entry 1 and its signature array */
    struct {
        char endpoint[256];
        uint8_t transport[32];
    } exchange[XJ_MAX_ENDPOINTS];
    size_t exchange_count;
};
/* Encode; decode verifies the signature of entry 1 with the root key (XJ_ESIGNATURE). */
enum xj_err xj_anchor_encode(const struct xj_anchor *a, struct xj_buf *out);
enum xj_err xj_anchor_decode(struct xj_slice bytes, struct xj_anchor *ret);
void xj_anchor_free(struct xj_anchor *a);

#endif
