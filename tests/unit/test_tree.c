/* RFC 6962 trees: published roots and paths, and every path of every small tree. Spec: spec/02-trust.md, section 3. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/treeproof.h"

#define SMALL 70u

/* The leaf inputs of the Certificate Transparency reference tests, and the roots of the trees over the first n of them. */
static const struct {
    const char *hex;
    size_t n;
} inputs[8] = {{"", 0},         {"00", 1},       {"10", 1},               {"2021", 2},
               {"3031", 2},     {"40414243", 4}, {"5051525354555657", 8}, {"606162636465666768696a6b6c6d6e6f", 16}};
static const char *const roots[9] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void is_hash(const struct xj_hash *h, const char *hex)
{
    char got[2 * XJ_HASH_SIZE + 1];
    xj_hex(h->b, XJ_HASH_SIZE, got);
    assert_string_equal(got, hex);
}

static void published_leaves(struct xj_hash leaves[8])
{
    for (size_t i = 0; i < 8; i++) {
        uint8_t bytes[16];
        assert_true(xj_unhex(inputs[i].hex, bytes, inputs[i].n));
        leaves[i] = xj_tree_leaf(xj_slice_of(bytes, inputs[i].n));
    }
}

static void numbered_leaves(struct xj_hash *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        leaves[i] = xj_tree_leaf(xj_slice_of(bytes, sizeof bytes));
    }
}

static void tree_root__gives_the_published_roots(void **state)
{
    (void)state;
    struct xj_hash leaves[8];
    published_leaves(leaves);
    for (size_t n = 0; n <= 8; n++) {
        struct xj_hash root = xj_tree_root(leaves, n);
        is_hash(&root, roots[n]);
    }
}

static void tree_path__gives_the_published_paths(void **state)
{
    (void)state;
    static const struct {
        size_t index, count, length;
        const char *path[3];
    } cases[] = {
        {0, 1, 0, {NULL}},
        {0, 8, 3, {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}},
        {5, 8, 3, {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                   "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                   "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}},
        {2, 3, 1, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}},
        {1, 5, 3, {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                   "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                   "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}},
    };
    struct xj_hash leaves[8], path[XJ_TREE_MAX_PATH];
    published_leaves(leaves);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(xj_tree_path(leaves, cases[i].count, cases[i].index, path), cases[i].length);
        for (size_t k = 0; k < cases[i].length; k++)
            is_hash(&path[k], cases[i].path[k]);
    }
}

static void every_path__leads_to_the_root(void **state)
{
    (void)state;
    struct xj_hash leaves[SMALL], path[XJ_TREE_MAX_PATH], got;
    numbered_leaves(leaves, SMALL);
    for (size_t count = 1; count <= SMALL; count++) {
        struct xj_hash root = xj_tree_root(leaves, count);
        for (size_t i = 0; i < count; i++) {
            size_t n = xj_tree_path(leaves, count, i, path);
            assert_int_equal(n, xj_tree_path_length(i, count));
            assert_true(xj_tree_root_from_path(&leaves[i], i, count, path, n, &got));
            assert_true(xj_hash_eq(&got, &root));
        }
    }
}

static void filled_tree__has_the_same_root_and_paths(void **state)
{
    (void)state;
    struct xj_hash nodes[2 * SMALL + 64], leaves[SMALL], one[XJ_TREE_MAX_PATH], two[XJ_TREE_MAX_PATH];
    numbered_leaves(leaves, SMALL);
    for (size_t count = 1; count <= SMALL; count++) {
        size_t total = xj_tree_node_count(count);
        assert_true(total < 2 * count + 64);
        memcpy(nodes, leaves, count * sizeof *leaves);
        xj_tree_fill(nodes, count);
        struct xj_hash root = xj_tree_root(leaves, count);
        assert_true(xj_hash_eq(&nodes[total - 1], &root));
        for (size_t i = 0; i < count; i++) {
            size_t n = xj_tree_path(leaves, count, i, one);
            assert_int_equal(xj_tree_filled_path(nodes, count, i, two), n);
            assert_memory_equal(one, two, n * sizeof *one);
        }
    }
}

static void a_path_of_another_length__is_refused(void **state)
{
    (void)state;
    struct xj_hash leaves[SMALL], path[XJ_TREE_MAX_PATH] = {{{0}}}, got;
    numbered_leaves(leaves, SMALL);
    for (size_t i = 0; i < SMALL; i++) {
        size_t n = xj_tree_path(leaves, SMALL, i, path);
        assert_false(xj_tree_root_from_path(&leaves[i], i, SMALL, path, n + 1, &got));
        assert_false(xj_tree_root_from_path(&leaves[i], i, SMALL, path, n - 1, &got));
    }
    assert_false(xj_tree_root_from_path(&leaves[0], SMALL, SMALL, path, 0, &got));
    assert_false(xj_tree_root_from_path(&leaves[0], 0, 0, path, 0, &got));
}

static void a_path__proves_no_other_place_and_no_other_leaf(void **state)
{
    (void)state;
    struct xj_hash leaves[8], path[XJ_TREE_MAX_PATH], got;
    numbered_leaves(leaves, 8);
    struct xj_hash root = xj_tree_root(leaves, 8);
    size_t n = xj_tree_path(leaves, 8, 3, path);
    for (uint64_t i = 0; i < 8; i++) {
        assert_true(xj_tree_root_from_path(&leaves[3], i, 8, path, n, &got));
        assert_int_equal(xj_hash_eq(&got, &root), i == 3);
        assert_true(xj_tree_root_from_path(&leaves[i], 3, 8, path, n, &got));
        assert_int_equal(xj_hash_eq(&got, &root), i == 3);
    }
}

static void every_proof_of_consistency__holds_for_its_own_two_trees_only(void **state)
{
    (void)state;
    struct xj_hash leaves[SMALL], proof[XJ_TREE_MAX_PATH + 1];
    numbered_leaves(leaves, SMALL);
    for (size_t count = 1; count <= SMALL; count++) {
        struct xj_hash root = xj_tree_root(leaves, count);
        for (size_t old = 1; old <= count; old++) {
            struct xj_hash was = xj_tree_root(leaves, old), other = was;
            size_t n = consistency_proof(leaves, count, old, proof);
            other.b[3] ^= 1;
            assert_true(xj_tree_consistent(old, &was, count, &root, proof, n));
            assert_false(xj_tree_consistent(old, &other, count, &root, proof, n));
            assert_false(xj_tree_consistent(old, &was, count, &other, proof, n));
            assert_false(xj_tree_consistent(old, &was, count, &root, proof, n + 1));
            assert_false(n > 0 && xj_tree_consistent(old, &was, count, &root, proof, n - 1));
            assert_false(n > 0 && xj_tree_consistent(old, &was, count, &root, proof, 0));
            for (size_t i = 0; i < n; i++) {
                proof[i].b[31] ^= 1;
                assert_false(xj_tree_consistent(old, &was, count, &root, proof, n));
                proof[i].b[31] ^= 1;
            }
        }
        assert_false(xj_tree_consistent(0, &root, count, &root, proof, 0));
        assert_false(xj_tree_consistent(count + 1, &root, count, &root, proof, 0));
    }
}

static void edge__of_no_leaf_has_the_root_of_the_empty_tree(void **state)
{
    (void)state;
    const struct xj_tree_edge edge = {.count = 0};
    const struct xj_hash root = xj_tree_edge_root(&edge), none = xj_sha256(NULL, 0);
    assert_true(xj_hash_eq(&root, &none));
}

static void path_length__holds_at_the_end_of_the_numbers(void **state)
{
    (void)state;
    assert_int_equal(xj_tree_path_length(0, 1), 0);
    assert_int_equal(xj_tree_path_length(0, UINT64_MAX), 64);
    assert_int_equal(xj_tree_path_length(0, UINT64_C(1) << 63), 63);
    assert_int_equal(xj_tree_path_length(UINT64_C(1) << 63, (UINT64_C(1) << 63) + 1), 1);
}

/* The digest was computed by Python's hashlib from the rule of spec 04, section 8. */
static void mail_leaf__binds_number_and_digest(void **state)
{
    (void)state;
    struct xj_hash digest;
    memset(digest.b, 0xab, sizeof digest.b);
    struct xj_hash leaf = xj_tree_mail_leaf(7, &digest), other = xj_tree_mail_leaf(8, &digest);
    is_hash(&leaf, "0be8e508ed54abde23b43bd1ccbc6050fe4049f577357e9e8c11a12d116d1fb6");
    assert_false(xj_hash_eq(&leaf, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree_root__gives_the_published_roots),
        cmocka_unit_test(tree_path__gives_the_published_paths),
        cmocka_unit_test(every_path__leads_to_the_root),
        cmocka_unit_test(filled_tree__has_the_same_root_and_paths),
        cmocka_unit_test(a_path_of_another_length__is_refused),
        cmocka_unit_test(a_path__proves_no_other_place_and_no_other_leaf),
        cmocka_unit_test(every_proof_of_consistency__holds_for_its_own_two_trees_only),
        cmocka_unit_test(edge__of_no_leaf_has_the_root_of_the_empty_tree),
        cmocka_unit_test(path_length__holds_at_the_end_of_the_numbers),
        cmocka_unit_test(mail_leaf__binds_number_and_digest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
