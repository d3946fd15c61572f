#include "tests/unit/memstore.h"

#include <stdlib.h>
#include <string.h>

bool test_object_has(struct xj_db *db, const struct xj_hash *digest)
{
    bool here;
    if (xj_object_has(db, digest, &here) != XJ_OK)
        abort();
    return here;
}

static int compare(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
    int c = memcmp(a, b, an < bn ? an : bn);
    return c != 0 ? c : (an > bn) - (an < bn);
}

static size_t place(const struct xj_memstore *m, struct xj_slice key)
{
    size_t lo = 0, hi = m->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (compare(m->at[mid].key, m->at[mid].key_n, key.p, key.n) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static bool is_at(const struct xj_memstore *m, size_t i, struct xj_slice key)
{
    return i < m->n && compare(m->at[i].key, m->at[i].key_n, key.p, key.n) == 0;
}

static bool fails(struct xj_memstore *m)
{
    m->calls++;
    return m->fail_at > 0 && (m->fail_once ? m->calls == m->fail_at : m->calls >= m->fail_at);
}

static enum xj_err mem_get(void *ctx, struct xj_slice key, struct xj_buf *value)
{
    struct xj_memstore *m = ctx;
    xj_buf_reset(value);
    if (fails(m))
        return XJ_EIO;
    size_t i = place(m, key);
    if (!is_at(m, i, key))
        return XJ_ENOTFOUND;
    xj_buf_add(value, m->at[i].value, m->at[i].value_n);
    return value->err;
}

static uint8_t *copy(struct xj_slice s)
{
    uint8_t *p = malloc(s.n + 1);
    if (p == NULL)
        abort();
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return p;
}

static enum xj_err mem_put(void *ctx, struct xj_slice key, struct xj_slice value)
{
    struct xj_memstore *m = ctx;
    if (fails(m))
        return XJ_EIO;
    size_t i = place(m, key);
    if (is_at(m, i, key)) {
        free(m->at[i].value);
    } else {
        if (m->n == m->cap) {
            m->cap = m->cap == 0 ? 64 : m->cap * 2;
            m->at = realloc(m->at, m->cap * sizeof *m->at);
            if (m->at == NULL)
                abort();
        }
        memmove(m->at + i + 1, m->at + i, (m->n - i) * sizeof *m->at);
        m->n++;
        m->at[i].key = copy(key);
        m->at[i].key_n = key.n;
    }
    m->at[i].value = copy(value);
    m->at[i].value_n = value.n;
    return XJ_OK;
}

static enum xj_err mem_del(void *ctx, struct xj_slice key)
{
    struct xj_memstore *m = ctx;
    if (fails(m))
        return XJ_EIO;
    size_t i = place(m, key);
    if (!is_at(m, i, key))
        return XJ_OK;
    free(m->at[i].key);
    free(m->at[i].value);
    memmove(m->at + i, m->at + i + 1, (m->n - i - 1) * sizeof *m->at);
    m->n--;
    return XJ_OK;
}

static bool has_prefix(const struct xj_memstore_pair *p, struct xj_slice prefix)
{
    return p->key_n >= prefix.n && (prefix.n == 0 || memcmp(p->key, prefix.p, prefix.n) == 0);
}

static bool show(const struct xj_memstore_pair *p, xj_store_visit *visit, void *arg)
{
    return visit(arg, xj_slice_of(p->key, p->key_n), xj_slice_of(p->value, p->value_n));
}

static enum xj_err mem_scan(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit,
                            void *arg)
{
    struct xj_memstore *m = ctx;
    if (fails(m))
        return XJ_EIO;
    size_t first = place(m, prefix);
    if (!reverse) {
        size_t i = place(m, from);
        for (i = i < first ? first : i; i < m->n && has_prefix(&m->at[i], prefix); i++)
            if (!show(&m->at[i], visit, arg))
                break;
        return XJ_OK;
    }
    size_t end = first;
    while (end < m->n && has_prefix(&m->at[end], prefix))
        end++;
    while (end > first && show(&m->at[--end], visit, arg))
        ;
    return XJ_OK;
}

struct xj_store xj_memstore_of(struct xj_memstore *m)
{
    return (struct xj_store){.ctx = m, .get = mem_get, .put = mem_put, .del = mem_del, .scan = mem_scan};
}

void xj_memstore_free(struct xj_memstore *m)
{
    for (size_t i = 0; i < m->n; i++) {
        free(m->at[i].key);
        free(m->at[i].value);
    }
    free(m->at);
    *m = (struct xj_memstore){0};
}

bool xj_memstore_eq(const struct xj_memstore *a, const struct xj_memstore *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (compare(a->at[i].key, a->at[i].key_n, b->at[i].key, b->at[i].key_n) != 0 ||
            compare(a->at[i].value, a->at[i].value_n, b->at[i].value, b->at[i].value_n) != 0)
            return false;
    return a->n == b->n;
}
