#include "schema/ledger/memory_store.h"

#include <stdlib.h>
#include <string.h>

/* A treap: a search tree by key that is a heap by a drawn priority, so its depth does not depend on the order of keys. */
struct pair {
    struct pair *left, *right;
    uint64_t priority;
    size_t key_n, value_n;
    uint8_t *value; /* apart from the key, because it changes length */
    uint8_t key[];
};

struct xj_memory_store {
    struct pair *root;
    uint64_t draw;
};

static struct xj_slice key_of(const struct pair *p)
{
    return xj_slice_of(p->key, p->key_n);
}

static struct xj_slice value_of(const struct pair *p)
{
    return xj_slice_of(p->value, p->value_n);
}

struct xj_memory_store *xj_memory_store_new(void)
{
    struct xj_memory_store *m = calloc(1, sizeof *m);
    if (m != NULL)
        m->draw = UINT64_C(0x9e3779b97f4a7c15); /* any odd seed: whoever chooses keys does not choose by it */
    return m;
}

static void free_pair(struct pair *p)
{
    free(p->value);
    free(p);
}

void xj_memory_store_free(struct xj_memory_store *m)
{
    if (m == NULL)
        return;
    while (m->root != NULL) { /* turned to the right until there is no left: no recursion, however deep */
        struct pair *top = m->root, *left = top->left;
        if (left != NULL) {
            top->left = left->right;
            left->right = top;
            m->root = left;
        } else {
            m->root = top->right;
            free_pair(top);
        }
    }
    free(m);
}

static uint64_t draw(struct xj_memory_store *m)
{
    m->draw ^= m->draw << 13; /* xorshift64 */
    m->draw ^= m->draw >> 7;
    m->draw ^= m->draw << 17;
    return m->draw;
}

static struct pair *find(const struct xj_memory_store *m, struct xj_slice key)
{
    struct pair *p = m->root;
    while (p != NULL) {
        int cmp = xj_slice_cmp(key, key_of(p));
        if (cmp == 0)
            break;
        p = cmp < 0 ? p->left : p->right;
    }
    return p;
}

/* Parts a tree into keys below and keys above key, which is not in it. */
static void part(struct pair *tree, struct xj_slice key, struct pair **below, struct pair **above)
{
    while (tree != NULL) {
        if (xj_slice_cmp(key, key_of(tree)) < 0) {
            *above = tree;
            above = &tree->left;
            tree = tree->left;
        } else {
            *below = tree;
            below = &tree->right;
            tree = tree->right;
        }
    }
    *below = *above = NULL;
}

static struct pair *join(struct pair *below, struct pair *above)
{
    struct pair *root = NULL, **at = &root;
    while (below != NULL && above != NULL) {
        if (below->priority > above->priority) {
            *at = below;
            at = &below->right;
            below = below->right;
        } else {
            *at = above;
            at = &above->left;
            above = above->left;
        }
    }
    *at = below != NULL ? below : above;
    return root;
}

static void insert(struct xj_memory_store *m, struct pair *new)
{
    struct pair **at = &m->root;
    while (*at != NULL && (*at)->priority >= new->priority)
        at = xj_slice_cmp(key_of(new), key_of(*at)) < 0 ? &(*at)->left : &(*at)->right;
    part(*at, key_of(new), &new->left, &new->right);
    *at = new;
}

static bool set_value(struct pair *p, struct xj_slice value)
{
    uint8_t *copy = malloc(value.n > 0 ? value.n : 1);
    if (copy == NULL)
        return false;
    if (value.n > 0)
        memcpy(copy, value.p, value.n);
    free(p->value);
    p->value = copy;
    p->value_n = value.n;
    return true;
}

static enum xj_err memory_get(void *ctx, struct xj_slice key, struct xj_buf *value)
{
    const struct pair *p = find(ctx, key);
    xj_buf_reset(value);
    if (p == NULL)
        return XJ_ENOTFOUND;
    xj_buf_add_slice(value, value_of(p));
    return value->err;
}

static enum xj_err memory_put(void *ctx, struct xj_slice key, struct xj_slice value)
{
    struct xj_memory_store *m = ctx;
    struct pair *p = find(m, key);
    if (p != NULL)
        return set_value(p, value) ? XJ_OK : XJ_ENOMEM;
    p = calloc(1, sizeof *p + key.n);
    if (p == NULL)
        return XJ_ENOMEM;
    if (key.n > 0)
        memcpy(p->key, key.p, key.n);
    p->key_n = key.n;
    p->priority = draw(m);
    if (!set_value(p, value)) {
        free_pair(p);
        return XJ_ENOMEM;
    }
    insert(m, p);
    return XJ_OK;
}

static enum xj_err memory_del(void *ctx, struct xj_slice key)
{
    struct xj_memory_store *m = ctx;
    struct pair **at = &m->root;
    while (*at != NULL) {
        int cmp = xj_slice_cmp(key, key_of(*at));
        if (cmp == 0)
            break;
        at = cmp < 0 ? &(*at)->left : &(*at)->right;
    }
    struct pair *gone = *at;
    if (gone != NULL) {
        *at = join(gone->left, gone->right);
        free_pair(gone);
    }
    return XJ_OK;
}

/* The first pair whose key is not below key (inclusive) or is above it. */
static struct pair *above(const struct xj_memory_store *m, struct xj_slice key, bool inclusive)
{
    struct pair *best = NULL;
    for (struct pair *p = m->root; p != NULL;) {
        int cmp = xj_slice_cmp(key_of(p), key);
        bool fits = inclusive ? cmp >= 0 : cmp > 0;
        if (fits)
            best = p;
        p = fits ? p->left : p->right;
    }
    return best;
}

static bool begins(struct xj_slice key, struct xj_slice prefix)
{
    return key.n >= prefix.n && (prefix.n == 0 || memcmp(key.p, prefix.p, prefix.n) == 0);
}

/* The last pair whose key is below key, or, where key is NULL, the last that is below or begins with prefix. */
static struct pair *below(const struct xj_memory_store *m, const struct xj_slice *key, struct xj_slice prefix)
{
    struct pair *best = NULL;
    for (struct pair *p = m->root; p != NULL;) {
        struct xj_slice at = key_of(p);
        bool fits = key != NULL ? xj_slice_cmp(at, *key) < 0 : begins(at, prefix) || xj_slice_cmp(at, prefix) < 0;
        if (fits)
            best = p;
        p = fits ? p->right : p->left;
    }
    return best;
}

static enum xj_err memory_scan(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit,
                               void *arg)
{
    const struct xj_memory_store *m = ctx;
    struct xj_slice start = xj_slice_cmp(from, prefix) > 0 ? from : prefix;
    struct pair *p = reverse ? below(m, NULL, prefix) : above(m, start, true);
    while (p != NULL && begins(key_of(p), prefix)) {
        if (!visit(arg, key_of(p), value_of(p)))
            break;
        struct xj_slice here = key_of(p);
        p = reverse ? below(m, &here, prefix) : above(m, here, false);
    }
    return XJ_OK;
}

struct xj_store xj_memory_store_of(struct xj_memory_store *m)
{
    return (struct xj_store){.ctx = m, .get = memory_get, .put = memory_put, .del = memory_del, .scan = memory_scan};
}
