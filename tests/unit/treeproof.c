#include "tests/unit/treeproof.h"

/* SUBPROOF of RFC 6962, section 2.1.2. */
static size_t subproof(const struct xj_hash *leaves, size_t count, size_t old, bool whole, struct xj_hash *out)
{
    if (old == count) {
        if (!whole)
            out[0] = xj_tree_root(leaves, count);
        return whole ? 0 : 1;
    }
    size_t k = 1;
    while (2 * k < count)
        k *= 2;
    size_t n = old <= k ? subproof(leaves, k, old, whole, out) : subproof(leaves + k, count - k, old - k, false, out);
    out[n] = old <= k ? xj_tree_root(leaves + k, count - k) : xj_tree_root(leaves, k);
    return n + 1;
}

size_t consistency_proof(const struct xj_hash *leaves, size_t count, size_t old, struct xj_hash *out)
{
    return subproof(leaves, count, old, true, out);
}
