/* Sealing of bodies and papers, and wrapping of their keys. Any thread (a pair cache: one thread).
 * Spec: spec/02-trust.md, sections 4 and 5. */
#ifndef XJ_SEAL_H
#define XJ_SEAL_H

#include "schema/base/env.h"
#include "schema/base/hash.h"
#include "schema/wire/read.h"

#define XJ_SEAL_BODY "xianjie/1 body"
#define XJ_SEAL_PAPER "xianjie/1 paper"
#define XJ_KEY_ID_SIZE 8
#define XJ_SALT_SIZE 32

struct xj_seal_key {
    uint8_t public_key[32];
    uint8_t secret[32];
    uint8_t id[XJ_KEY_ID_SIZE];
};

void xj_seal_key_from_secret(const uint8_t secret[32], struct xj_seal_key *ret);
void xj_key_id(const uint8_t public_key[32], uint8_t out[XJ_KEY_ID_SIZE]);

/* Smallest size class that holds a plaintext of that many bytes; 0 when over limit. */
size_t xj_size_class(size_t plaintext_bytes);

/* Seals plaintext: appends the sealed bytes, returns the fresh object key and the commit. context is one of the two above.
 * Randomness from env. XJ_ELIMIT over the limit of the kind, XJ_ENOMEM. */
enum xj_err xj_seal(const struct xj_env *env, const char *context, struct xj_slice plaintext, struct xj_buf *sealed,
                    uint8_t ret_key[32], struct xj_hash *ret_commit);
/* Opens: appends the plaintext. Checks padding, length and, when commit is not NULL, the commit. XJ_ESIGNATURE. */
enum xj_err xj_unseal(const char *context, struct xj_slice sealed, const uint8_t key[32], const struct xj_hash *commit,
                      struct xj_buf *plaintext);

/* The same, and the salt that the commit was made with: who has both can show the plaintext without any key. */
enum xj_err xj_unseal_salted(const char *context, struct xj_slice sealed, const uint8_t key[32], const struct xj_hash *commit,
                             uint8_t ret_salt[XJ_SALT_SIZE], struct xj_buf *plaintext);
/* commit(salt, plaintext) of spec/02-trust.md, section 2. */
struct xj_hash xj_commit(const uint8_t salt[XJ_SALT_SIZE], struct xj_slice plaintext);

/* Shared secrets of pairs already met. */
struct xj_pairs;
struct xj_pairs *xj_pairs_new(void); /* NULL when memory is out */
void xj_pairs_free(struct xj_pairs *pairs);

/* wrap[48] of an object key from own to a reader; sender_is_own says which of the two public keys is the sender's
 * (wrapping: true; opening: false). XJ_ESIGNATURE when the reader's key is a low-order point. */
enum xj_err xj_wrap(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t reader_public[32],
                    const struct xj_hash *object, const uint8_t object_key[32], uint8_t ret_wrap[48]);
enum xj_err xj_unwrap(struct xj_pairs *pairs, const struct xj_seal_key *own, const uint8_t sender_public[32],
                      const struct xj_hash *object, const uint8_t wrap[48], uint8_t ret_object_key[32]);

/* ---- keys bytes ---- */
struct xj_wrap_entry {
    struct xj_hash object;
    struct xj_slice reader;
    uint8_t key_id[XJ_KEY_ID_SIZE];
    uint8_t wrap[48];
};
/* Sorts entries and appends the keys bytes. Duplicates are XJ_EMALFORMED. */
enum xj_err xj_keys_encode(const uint8_t sender_key_id[XJ_KEY_ID_SIZE], struct xj_wrap_entry *entries, size_t count,
                           struct xj_buf *out);
/* Checks shape and order; calls back for each wrap (views). All is checked
 * before the first call; visit may be NULL. Return false to stop. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM. */
typedef bool xj_wrap_visit(void *arg, const struct xj_wrap_entry *entry);
enum xj_err xj_keys_decode(struct xj_slice keys, uint8_t ret_sender_key_id[XJ_KEY_ID_SIZE], xj_wrap_visit *visit, void *arg);

#endif
