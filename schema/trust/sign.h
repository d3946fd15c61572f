/* Signatures of suite 1: single and batch. Any thread. Spec: spec/02-trust.md, section 3. */
#ifndef XJ_SIGN_H
#define XJ_SIGN_H

#include "schema/base/hash.h"

#define XJ_SIGN_SEED_SIZE 32
#define XJ_SIGN_PUBLIC_SIZE 32
#define XJ_SIGN_SECRET_SIZE 64 /* libsodium's form: seed and public key */

struct xj_sign_key {
    uint8_t public_key[XJ_SIGN_PUBLIC_SIZE];
    uint8_t secret[XJ_SIGN_SECRET_SIZE]; /* wipe with xj_sign_key_wipe */
};

void xj_sign_key_from_seed(const uint8_t seed[XJ_SIGN_SEED_SIZE], struct xj_sign_key *ret);
void xj_sign_key_wipe(struct xj_sign_key *key);

/* Appends the signature array of form 0 over d to out. */
void xj_sign_one(const struct xj_sign_key *key, const struct xj_hash *d, struct xj_buf *out);
/* Signs count digests with one signature (form 0 when count is 1, else form 1); appends the i-th signature array to
 * outs[i]. count <= 65536. XJ_ENOMEM. */
enum xj_err xj_sign_batch(const struct xj_sign_key *key, const struct xj_hash *digests, size_t count, struct xj_buf *outs);

/* Remembers the last batch roots that verified, so a batch costs one curve operation per reader; one thread. */
struct xj_verify_cache {
    struct {
        uint8_t public_key[XJ_SIGN_PUBLIC_SIZE];
        struct xj_hash root;
        uint8_t sig[64];
        bool used;
    } slot[8];
    unsigned next;
};

/* Verifies a signature array (its encoded bytes) over d. cache may be NULL. XJ_ESIGNATURE when it does not verify,
 * XJ_EMALFORMED when it is no signature. */
enum xj_err xj_verify(struct xj_verify_cache *cache, const uint8_t public_key[XJ_SIGN_PUBLIC_SIZE], const struct xj_hash *d,
                      struct xj_slice signature);
/* True when the bytes are a well-formed signature array. */
bool xj_signature_sound(struct xj_slice signature);

#endif
