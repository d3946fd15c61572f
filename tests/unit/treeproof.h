/* Proofs of consistency straight from the text of RFC 6962, 2.1.2, over leaves in memory. */
#ifndef XJ_TEST_TREEPROOF_H
#define XJ_TEST_TREEPROOF_H

#include "schema/base/tree.h"

/* PROOF(old, leaves), 1 <= old <= count, into out[XJ_TREE_MAX_PATH + 1]; returns how many hashes. */
size_t consistency_proof(const struct xj_hash *leaves, size_t count, size_t old, struct xj_hash *out);

#endif
