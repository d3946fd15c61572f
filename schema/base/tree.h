/* RFC 6962 hashing over a list of leaves in memory: batch signatures and stored roots. Any thread.
 * Spec: spec/02-trust.md 3, spec/04-exchange.md 8. The ledger's own tree, which is on disk, is schema/ledger/log.h. */
#ifndef XJ_TREE_H
#define XJ_TREE_H

#include "schema/base/hash.h"

#define XJ_TREE_MAX_PATH 64

struct xj_hash xj_tree_leaf(struct xj_slice data);                     /* H(0x00 || data) */
struct xj_hash xj_tree_node(const struct xj_hash *l, const struct xj_hash *r); /* H(0x01 || l || r) */
/* Root over count leaf hashes; H("") for none. */
struct xj_hash xj_tree_root(const struct xj_hash *leaves, size_t count);
/* Audit path of leaf index, from the leaf upwards; returns its length (<= XJ_TREE_MAX_PATH). index < count. */
size_t xj_tree_path(const struct xj_hash *leaves, size_t count, size_t index, struct xj_hash path[XJ_TREE_MAX_PATH]);
/* Recomputes the root from a leaf hash and its path. False when the path has not the length that index and count give. */
bool xj_tree_root_from_path(const struct xj_hash *leaf, uint64_t index, uint64_t count, const struct xj_hash *path,
                            size_t path_count, struct xj_hash *ret_root);
/* Whether the tree of size leaves with that root begins with the old_size leaves that gave old_root: RFC 6962, 2.1.2. False, too,
 * when the proof has another length than the sizes give. old_size 1 … size; equal sizes: equal roots and no proof. */
bool xj_tree_consistent(uint64_t old_size, const struct xj_hash *old_root, uint64_t size, const struct xj_hash *root,
                        const struct xj_hash *proof, size_t proof_count);
/* The length of the audit path of leaf index among count leaves. index < count. */
size_t xj_tree_path_length(uint64_t index, uint64_t count);

/* Whole trees in the caller's memory, for taking many paths: nodes holds the count leaf hashes, then each level above in
 * turn (an odd last node moves up as it is), the root last. count >= 1. */
size_t xj_tree_node_count(size_t count);                  /* hashes that nodes must have room for; < 2 * count + 64 */
void xj_tree_fill(struct xj_hash *nodes, size_t count);   /* from nodes[0 .. count - 1]; the root is the last */
size_t xj_tree_filled_path(const struct xj_hash *nodes, size_t count, size_t index, struct xj_hash path[XJ_TREE_MAX_PATH]);

/* The edge of a tree that grows leaf by leaf: peak[l] counts where bit l of count is set, a complete subtree of 2^l leaves.
 * All zero is the empty tree. */
struct xj_tree_edge {
    uint64_t count;
    struct xj_hash peak[64];
};
void xj_tree_edge_add(struct xj_tree_edge *edge, const struct xj_hash *leaf);
struct xj_hash xj_tree_edge_root(const struct xj_tree_edge *edge);

/* The leaf of a stored statement: H(0x00 || u64be(mailbox number) || message digest). */
struct xj_hash xj_tree_mail_leaf(uint64_t number, const struct xj_hash *digest);

#endif
