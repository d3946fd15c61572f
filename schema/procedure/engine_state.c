#include "schema/procedure/engine_state.h"
#include "schema/base/be.h"

#include <string.h>

#define CALL_BYTES (64u * 1024 * 1024) /* more than any case within the limits of base/limits.h can need at once */
#define PREFIX_BYTES 17u               /* 'E' and the case */

void xj_fold_fail(struct xj_fold *f, enum xj_err err)
{
    if (f->err == XJ_OK)
        f->err = err;
}

void *xj_fold_array(struct xj_fold *f, size_t count, size_t size)
{
    void *p = f->err == XJ_OK ? xj_arena_array(f->arena, count, size) : NULL;
    if (p == NULL)
        xj_fold_fail(f, xj_arena_err(f->arena) == XJ_OK ? XJ_ENOMEM : xj_arena_err(f->arena));
    return p;
}

struct xj_slice xj_fold_keep(struct xj_fold *f, struct xj_slice s)
{
    uint8_t *p = xj_fold_array(f, s.n, 1);
    if (p == NULL || s.n == 0)
        return (struct xj_slice){NULL, 0};
    memcpy(p, s.p, s.n);
    return xj_slice_of(p, s.n);
}

/* ---- keys ---- */

static void key_bytes(struct xj_fold_key *k, const void *p, size_t n)
{
    /* The longest key is case, tag, track, owner and subject: 90 bytes. What does not fit is cut, never overrun: an
     * agency id longer than its limit cannot come out of a decoded header. */
    size_t room = sizeof k->b - k->n;
    size_t take = n < room ? n : room;
    if (take > 0)
        memcpy(k->b + k->n, p, take);
    k->n += take;
}

struct xj_fold_key xj_fold_key(const struct xj_fold *f, enum xj_fold_tag tag)
{
    struct xj_fold_key k = {.n = 0};
    uint8_t e = 'E', t = (uint8_t)tag;
    key_bytes(&k, &e, 1);
    key_bytes(&k, f->case_id.b, XJ_ID_SIZE);
    key_bytes(&k, &t, 1);
    return k;
}

void xj_fold_key_u16(struct xj_fold_key *k, uint16_t v)
{
    uint8_t b[2];
    xj_be_put(v, b, 2);
    key_bytes(k, b, 2);
}

void xj_fold_key_u64(struct xj_fold_key *k, uint64_t v)
{
    uint8_t b[8];
    xj_be_put(v, b, 8);
    key_bytes(k, b, 8);
}

void xj_fold_key_id(struct xj_fold_key *k, const struct xj_id *id)
{
    key_bytes(k, id->b, XJ_ID_SIZE);
}

void xj_fold_key_agency(struct xj_fold_key *k, struct xj_slice agency)
{
    key_bytes(k, agency.p, agency.n < XJ_MAX_AGENCY_BYTES ? agency.n : XJ_MAX_AGENCY_BYTES);
    key_bytes(k, "", 1);
}

struct xj_fold_key xj_fold_row_key(const struct xj_fold *f, uint16_t track, struct xj_slice owner,
                                   const struct xj_subject *subject_or_null)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_ROW);
    xj_fold_key_u16(&k, track);
    xj_fold_key_agency(&k, owner);
    if (subject_or_null != NULL) {
        uint8_t s[17];
        key_bytes(&k, s, xj_subject_key(subject_or_null, s));
    }
    return k;
}

struct xj_fold_key xj_fold_question_key(const struct xj_fold *f, uint64_t seq, uint16_t question,
                                        const struct xj_id *id)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_QUESTION);
    xj_fold_key_u64(&k, seq);
    xj_fold_key_u16(&k, question);
    xj_fold_key_id(&k, id);
    return k;
}

struct xj_fold_key xj_fold_duty_key(const struct xj_fold *f, uint16_t duty, uint64_t seq, struct xj_slice obligor)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_DUTY);
    xj_fold_key_u16(&k, duty);
    xj_fold_key_u64(&k, seq);
    xj_fold_key_agency(&k, obligor);
    return k;
}

struct xj_slice xj_fold_key_rest(const struct xj_fold_key *k)
{
    return xj_slice_of(k->b + PREFIX_BYTES, k->n - PREFIX_BYTES);
}

uint64_t xj_fold_read_u64(const uint8_t *p)
{
    return xj_be_get(p, 8);
}

uint16_t xj_fold_read_u16(const uint8_t *p)
{
    return (uint16_t)xj_be_get(p, 2);
}

/* ---- bytes ---- */

bool xj_fold_get(struct xj_fold *f, const struct xj_fold_key *k, struct xj_slice *ret)
{
    if (f->err != XJ_OK)
        return false;
    xj_buf_reset(&f->value);
    enum xj_err err = f->e->store.get(f->e->store.ctx, xj_slice_of(k->b, k->n), &f->value);
    if (err == XJ_ENOTFOUND)
        return false;
    if (err != XJ_OK) {
        xj_fold_fail(f, err);
        return false;
    }
    *ret = xj_fold_keep(f, xj_buf_slice(&f->value));
    return f->err == XJ_OK;
}

void xj_fold_put(struct xj_fold *f, const struct xj_fold_key *k, struct xj_slice value)
{
    if (f->err == XJ_OK)
        xj_fold_fail(f, f->e->store.put(f->e->store.ctx, xj_slice_of(k->b, k->n), value));
}

void xj_fold_del(struct xj_fold *f, const struct xj_fold_key *k)
{
    if (f->err == XJ_OK)
        xj_fold_fail(f, f->e->store.del(f->e->store.ctx, xj_slice_of(k->b, k->n)));
}

void xj_fold_touch(struct xj_fold *f, const struct xj_fold_key *k)
{
    uint8_t n = (uint8_t)(k->n - PREFIX_BYTES);
    xj_buf_add(&f->touched, &n, 1);
    xj_buf_add(&f->touched, k->b + PREFIX_BYTES, n);
    xj_fold_fail(f, f->touched.err);
}

struct collect {
    struct xj_buf buf;
    size_t n, max;
};

static bool collect_pair(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct collect *c = arg;
    uint32_t sizes[2] = {(uint32_t)key.n, (uint32_t)value.n};
    xj_buf_add(&c->buf, sizes, sizeof sizes);
    xj_buf_add_slice(&c->buf, key);
    xj_buf_add_slice(&c->buf, value);
    if (c->buf.err == XJ_OK)
        c->n++;
    return c->buf.err == XJ_OK && (c->max == 0 || c->n < c->max);
}

/* Copied out first: records are read while others are loaded and written, which a visitor may not do. */
struct xj_fold_pairs xj_fold_scan(struct xj_fold *f, const struct xj_fold_key *prefix, bool reverse, size_t max)
{
    struct xj_fold_pairs out = {NULL, 0};
    if (f->err != XJ_OK)
        return out;
    struct collect c = {.max = max};
    xj_buf_init(&c.buf, CALL_BYTES);
    struct xj_slice p = xj_slice_of(prefix->b, prefix->n);
    xj_fold_fail(f, f->e->store.scan(f->e->store.ctx, p, p, reverse, collect_pair, &c));
    xj_fold_fail(f, c.buf.err);
    struct xj_slice all = c.n > 0 ? xj_fold_keep(f, xj_buf_slice(&c.buf)) : (struct xj_slice){NULL, 0};
    out.at = c.n > 0 ? xj_fold_array(f, c.n, sizeof *out.at) : NULL;
    xj_buf_free(&c.buf);
    if (out.at == NULL || f->err != XJ_OK)
        return (struct xj_fold_pairs){NULL, 0};
    const uint8_t *at = all.p;
    for (; out.n < c.n; out.n++) {
        uint32_t sizes[2];
        memcpy(sizes, at, sizeof sizes);
        at += sizeof sizes;
        if (sizes[0] < PREFIX_BYTES) {
            xj_fold_fail(f, XJ_ECORRUPT);
            return (struct xj_fold_pairs){NULL, 0};
        }
        out.at[out.n].key = xj_slice_of(at + PREFIX_BYTES, sizes[0] - PREFIX_BYTES);
        out.at[out.n].value = xj_slice_of(at + sizes[0], sizes[1]);
        at += (size_t)sizes[0] + sizes[1];
    }
    return out;
}

/* ---- the head ---- */

#define PAST_BYTES (XJ_HASH_SIZE + 8u)

static void load_pasts(struct xj_fold *f, const uint8_t *p, size_t count)
{
    f->pasts = xj_fold_array(f, count, sizeof *f->pasts);
    for (size_t i = 0; f->pasts != NULL && i < count; i++, p += PAST_BYTES) {
        memcpy(f->pasts[i].revision.b, p, XJ_HASH_SIZE);
        f->pasts[i].last_seq = xj_fold_read_u64(p + XJ_HASH_SIZE);
        f->past_count++;
    }
}

static bool load_head(struct xj_fold *f)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_HEAD);
    struct xj_slice v;
    if (!xj_fold_get(f, &k, &v))
        return true;
    /* revision 32, last seq 8, opener with its length, first bureau with its length; then, for each earlier revision, 32 and
     * its last seq 8 */
    size_t at = XJ_HASH_SIZE + 8;
    size_t end = v.n < at + 2 || v.n < at + 1 + v.p[at] + 1u ? SIZE_MAX : at + 2 + v.p[at] + v.p[at + 1 + v.p[at]];
    if (end > v.n || (v.n - end) % PAST_BYTES != 0 || (v.n - end) / PAST_BYTES > XJ_FOLD_PASTS) {
        xj_fold_fail(f, XJ_ECORRUPT);
        return true;
    }
    if (v.n > end)
        load_pasts(f, v.p + end, (v.n - end) / PAST_BYTES);
    f->has_head = true;
    f->last_seq = xj_fold_read_u64(v.p + XJ_HASH_SIZE);
    f->opener = xj_slice_of(v.p + at + 1, v.p[at]);
    at += 1 + f->opener.n;
    f->first_bureau = xj_slice_of(v.p + at + 1, v.p[at]);
    return memcmp(v.p, f->m->revision.b, XJ_HASH_SIZE) == 0;
}

void xj_fold_put_head(struct xj_fold *f)
{
    uint8_t v[XJ_HASH_SIZE + 8 + 2 * (1 + XJ_MAX_AGENCY_BYTES) + XJ_FOLD_PASTS * PAST_BYTES];
    memcpy(v, f->m->revision.b, XJ_HASH_SIZE);
    xj_be_put(f->last_seq, v + XJ_HASH_SIZE, 8);
    size_t at = XJ_HASH_SIZE + 8;
    const struct xj_slice names[2] = {f->opener, f->first_bureau};
    for (int i = 0; i < 2; i++) {
        size_t n = names[i].n < XJ_MAX_AGENCY_BYTES ? names[i].n : XJ_MAX_AGENCY_BYTES;
        v[at++] = (uint8_t)n;
        if (n > 0)
            memcpy(v + at, names[i].p, n);
        at += n;
    }
    for (size_t i = 0; i < f->past_count && i < XJ_FOLD_PASTS; i++) {
        struct xj_fold_key past = {.n = 0};
        key_bytes(&past, f->pasts[i].revision.b, XJ_HASH_SIZE);
        xj_fold_key_u64(&past, f->pasts[i].last_seq);
        memcpy(v + at, past.b, past.n);
        at += past.n;
    }
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_HEAD);
    xj_fold_put(f, &k, xj_slice_of(v, at));
}

enum xj_err xj_fold_open(struct xj_fold *f, const struct xj_engine *e, struct xj_id case_id)
{
    *f = (struct xj_fold){.e = e, .m = e->model, .case_id = case_id};
    xj_buf_init(&f->value, CALL_BYTES);
    xj_buf_init(&f->touched, CALL_BYTES);
    f->arena = xj_arena_new(CALL_BYTES);
    if (f->arena == NULL)
        xj_fold_fail(f, XJ_ENOMEM);
    else if (!load_head(f))
        xj_fold_fail(f, XJ_ESTATE);
    return f->err;
}

enum xj_err xj_fold_close(struct xj_fold *f)
{
    xj_buf_free(&f->value);
    xj_buf_free(&f->touched);
    xj_arena_free(f->arena);
    f->arena = NULL;
    return f->err;
}
