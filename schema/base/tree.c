#undef NDEBUG /* a wrong index is our own bug and would be signed: stop instead, in every build */
#include "schema/base/tree.h"
#include "schema/base/be.h"

#include <assert.h>
#include <string.h>

struct xj_hash xj_tree_leaf(struct xj_slice data)
{
    static const uint8_t prefix = 0;
    struct xj_slice parts[2] = {xj_slice_of(&prefix, 1), data};
    return xj_sha256(parts, 2);
}

struct xj_hash xj_tree_node(const struct xj_hash *l, const struct xj_hash *r)
{
    uint8_t bytes[1 + 2 * XJ_HASH_SIZE];
    bytes[0] = 1;
    memcpy(bytes + 1, l->b, XJ_HASH_SIZE);
    memcpy(bytes + 1 + XJ_HASH_SIZE, r->b, XJ_HASH_SIZE);
    struct xj_slice part = xj_slice_of(bytes, sizeof bytes);
    return xj_sha256(&part, 1);
}

struct xj_hash xj_tree_root(const struct xj_hash *leaves, size_t count)
{
    struct xj_hash stack[64]; /* roots of the complete subtrees to the left, the largest first */
    size_t top = 0;
    if (count == 0)
        return xj_sha256(NULL, 0);
    for (size_t i = 0; i < count; i++) {
        struct xj_hash h = leaves[i];
        for (size_t n = i; n % 2 == 1; n /= 2)
            h = xj_tree_node(&stack[--top], &h);
        stack[top++] = h;
    }
    struct xj_hash root = stack[--top];
    while (top > 0)
        root = xj_tree_node(&stack[--top], &root);
    return root;
}

/* RFC 6962 section 2.1: the largest power of two below count. */
static size_t split(size_t count)
{
    size_t k = 1;
    while (k < count - k)
        k *= 2;
    return k;
}

size_t xj_tree_path(const struct xj_hash *leaves, size_t count, size_t index, struct xj_hash path[XJ_TREE_MAX_PATH])
{
    assert(index < count);
    size_t length = xj_tree_path_length(index, count), at = length;
    /* From the root down, so the path fills from its end. */
    while (count > 1) {
        size_t k = split(count);
        assert(at > 0);
        if (index < k) {
            path[--at] = xj_tree_root(leaves + k, count - k);
            count = k;
        } else {
            path[--at] = xj_tree_root(leaves, k);
            leaves += k;
            count -= k;
            index -= k;
        }
    }
    return length;
}

size_t xj_tree_path_length(uint64_t index, uint64_t count)
{
    assert(index < count);
    size_t length = 0;
    /* A node has a sibling at its level unless it is the last and even: then it moves up as it is. */
    for (uint64_t last = count - 1; last > 0; index /= 2, last /= 2)
        length += index % 2 == 1 || index < last;
    return length;
}

bool xj_tree_root_from_path(const struct xj_hash *leaf, uint64_t index, uint64_t count, const struct xj_hash *path,
                            size_t path_count, struct xj_hash *ret_root)
{
    if (index >= count || path_count != xj_tree_path_length(index, count))
        return false;
    struct xj_hash h = *leaf;
    size_t used = 0;
    for (uint64_t last = count - 1; last > 0; index /= 2, last /= 2) {
        if (index % 2 == 1)
            h = xj_tree_node(&path[used++], &h);
        else if (index < last)
            h = xj_tree_node(&h, &path[used++]);
    }
    *ret_root = h;
    return true;
}

bool xj_tree_consistent(uint64_t old_size, const struct xj_hash *old_root, uint64_t size, const struct xj_hash *root,
                        const struct xj_hash *proof, size_t proof_count)
{
    if (old_size == 0 || old_size > size)
        return false;
    if (old_size == size)
        return proof_count == 0 && xj_hash_eq(old_root, root);
    uint64_t index = old_size - 1, last = size - 1;
    size_t used = 0;
    while (index % 2 == 1) { /* the complete subtree that the old tree ends with: both roots grow from it */
        index /= 2;
        last /= 2;
    }
    if (index > 0 && proof_count == 0)
        return false;
    struct xj_hash seed = index == 0 ? *old_root : proof[used++], was = seed, is = seed;
    for (; last > 0; index /= 2, last /= 2) {
        bool left = index % 2 == 1, right = !left && index < last;
        if ((left || right) && used == proof_count)
            return false;
        if (left) {
            was = xj_tree_node(&proof[used], &was);
            is = xj_tree_node(&proof[used], &is);
        } else if (right) {
            is = xj_tree_node(&is, &proof[used]);
        }
        used += left || right;
    }
    return used == proof_count && xj_hash_eq(&was, old_root) && xj_hash_eq(&is, root);
}

size_t xj_tree_node_count(size_t count)
{
    size_t total = count;
    while (count > 1) {
        count = count / 2 + count % 2;
        total += count;
    }
    return total;
}

void xj_tree_fill(struct xj_hash *nodes, size_t count)
{
    while (count > 1) {
        struct xj_hash *up = nodes + count;
        for (size_t i = 0; i + 1 < count; i += 2)
            up[i / 2] = xj_tree_node(&nodes[i], &nodes[i + 1]);
        if (count % 2 == 1)
            up[count / 2] = nodes[count - 1];
        nodes = up;
        count = count / 2 + count % 2;
    }
}

size_t xj_tree_filled_path(const struct xj_hash *nodes, size_t count, size_t index, struct xj_hash path[XJ_TREE_MAX_PATH])
{
    assert(index < count);
    size_t length = 0;
    while (count > 1) {
        if ((index ^ 1) < count)
            path[length++] = nodes[index ^ 1];
        nodes += count;
        count = count / 2 + count % 2;
        index /= 2;
    }
    return length;
}

void xj_tree_edge_add(struct xj_tree_edge *edge, const struct xj_hash *leaf)
{
    struct xj_hash carry = *leaf;
    unsigned l = 0;
    for (; (edge->count >> l & 1) != 0; l++)
        carry = xj_tree_node(&edge->peak[l], &carry);
    edge->peak[l] = carry;
    edge->count++;
}

struct xj_hash xj_tree_edge_root(const struct xj_tree_edge *edge)
{
    struct xj_hash root = {{0}};
    bool some = false;
    for (unsigned l = 0; l < 64; l++) {
        if ((edge->count >> l & 1) == 0)
            continue;
        root = some ? xj_tree_node(&edge->peak[l], &root) : edge->peak[l];
        some = true;
    }
    return some ? root : xj_sha256(NULL, 0);
}

struct xj_hash xj_tree_mail_leaf(uint64_t number, const struct xj_hash *digest)
{
    uint8_t bytes[8 + XJ_HASH_SIZE];
    xj_be_put(number, bytes, 8);
    memcpy(bytes + 8, digest->b, XJ_HASH_SIZE);
    return xj_tree_leaf(xj_slice_of(bytes, sizeof bytes));
}
