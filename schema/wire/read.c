#include "schema/wire/read.h"

#include <string.h>

#include "schema/wire/pack.h"

enum xj_err xj_doc_open(struct xj_doc *doc, struct xj_slice bytes, uint32_t max_nodes)
{
    doc->open = false;
    enum xj_err err = xj_wire_check(bytes, max_nodes);
    if (err != XJ_OK)
        return err;
    if (!msgpack_zone_init(&doc->zone, MSGPACK_ZONE_CHUNK_SIZE))
        return XJ_ENOMEM;
    size_t off = 0;
    /* Not the streaming unpacker: it copies, and reserves what a count claims. After the pre-check the bytes are sound and
     * nest less deep than msgpack-c's fixed stack of 32, so memory is all that can be missing. */
    if (msgpack_unpack((const char *)bytes.p, bytes.n, &off, &doc->zone, &doc->root) != MSGPACK_UNPACK_SUCCESS) {
        msgpack_zone_destroy(&doc->zone);
        return XJ_ENOMEM;
    }
    doc->open = true;
    return XJ_OK;
}

enum xj_err xj_kept(enum xj_err err)
{
    return err == XJ_OK || err == XJ_ENOMEM ? err : XJ_ECORRUPT;
}

bool xj_legible(enum xj_err got, enum xj_err *world)
{
    if (got == XJ_ENOMEM) *world = got;
    return got == XJ_OK;
}

enum xj_err xj_doc_kept(struct xj_doc *doc, struct xj_slice bytes, uint32_t max_nodes)
{
    return xj_kept(xj_doc_open(doc, bytes, max_nodes));
}

void xj_doc_close(struct xj_doc *doc)
{
    if (!doc->open)
        return;
    msgpack_zone_destroy(&doc->zone);
    *doc = (struct xj_doc){.open = false};
}

static void fail(struct xj_cur *c, uint32_t index)
{
    if (c->bad)
        return;
    c->bad = true;
    c->bad_index = index;
}

/* The next element when it has the type, not yet consumed; otherwise NULL and the cursor is bad. */
static const msgpack_object *expect(struct xj_cur *c, msgpack_object_type type)
{
    if (c->bad)
        return NULL;
    if (c->left == 0 || c->at->type != type) {
        fail(c, c->index);
        return NULL;
    }
    return c->at;
}

static void consume(struct xj_cur *c)
{
    c->at++;
    c->left--;
    c->index++;
}

struct xj_cur xj_cur_over(const msgpack_object *o, uint32_t min, uint32_t max)
{
    if (o == NULL || o->type != MSGPACK_OBJECT_ARRAY || o->via.array.size < min || o->via.array.size > max)
        return (struct xj_cur){.bad = true};
    return (struct xj_cur){.at = o->via.array.ptr, .left = o->via.array.size};
}

uint64_t xj_take_uint(struct xj_cur *c, uint64_t max)
{
    const msgpack_object *o = expect(c, MSGPACK_OBJECT_POSITIVE_INTEGER);
    if (o == NULL)
        return 0;
    if (o->via.u64 > max) {
        fail(c, c->index);
        return 0;
    }
    consume(c);
    return o->via.u64;
}

int64_t xj_take_int(struct xj_cur *c, int64_t min, int64_t max)
{
    if (c->bad)
        return 0;
    bool negative = c->left > 0 && c->at->type == MSGPACK_OBJECT_NEGATIVE_INTEGER;
    const msgpack_object *o =
        expect(c, negative ? MSGPACK_OBJECT_NEGATIVE_INTEGER : MSGPACK_OBJECT_POSITIVE_INTEGER);
    if (o == NULL)
        return 0;
    if (!negative && o->via.u64 > INT64_MAX) {
        fail(c, c->index);
        return 0;
    }
    int64_t v = negative ? o->via.i64 : (int64_t)o->via.u64;
    if (v < min || v > max) {
        fail(c, c->index);
        return 0;
    }
    consume(c);
    return v;
}

bool xj_take_bool(struct xj_cur *c)
{
    const msgpack_object *o = expect(c, MSGPACK_OBJECT_BOOLEAN);
    if (o == NULL)
        return false;
    consume(c);
    return o->via.boolean;
}

/* The bytes of a str or bin. msgpack-c leaves any pointer at all, NULL too, with an empty one; NULL here means absent. */
static struct xj_slice bytes_of(const msgpack_object *o)
{
    struct xj_slice s = o->type == MSGPACK_OBJECT_STR ? xj_slice_of(o->via.str.ptr, o->via.str.size)
                                                      : xj_slice_of(o->via.bin.ptr, o->via.bin.size);
    return s.n > 0 ? s : xj_slice_cstr("");
}

static struct xj_slice take_bytes(struct xj_cur *c, msgpack_object_type type, size_t min, size_t max)
{
    const msgpack_object *o = expect(c, type);
    if (o == NULL)
        return (struct xj_slice){NULL, 0};
    struct xj_slice s = bytes_of(o);
    if (s.n < min || s.n > max) {
        fail(c, c->index);
        return (struct xj_slice){NULL, 0};
    }
    consume(c);
    return s;
}

struct xj_slice xj_take_bin(struct xj_cur *c, size_t min, size_t max)
{
    return take_bytes(c, MSGPACK_OBJECT_BIN, min, max);
}

void xj_take_bin_to(struct xj_cur *c, void *out, size_t n)
{
    struct xj_slice s = xj_take_bin(c, n, n);
    if (n == 0)
        return;
    if (s.n == n)
        memcpy(out, s.p, n);
    else
        memset(out, 0, n);
}

struct xj_slice xj_take_str(struct xj_cur *c, size_t min, size_t max)
{
    return take_bytes(c, MSGPACK_OBJECT_STR, min, max);
}

bool xj_take_nil(struct xj_cur *c)
{
    if (c->bad || c->left == 0 || c->at->type != MSGPACK_OBJECT_NIL)
        return false;
    consume(c);
    return true;
}

const msgpack_object *xj_take_any(struct xj_cur *c)
{
    if (c->bad)
        return NULL;
    if (c->left == 0) {
        fail(c, c->index);
        return NULL;
    }
    const msgpack_object *o = c->at;
    consume(c);
    return o;
}

struct xj_cur xj_take_array(struct xj_cur *c, uint32_t min, uint32_t max)
{
    const msgpack_object *o = expect(c, MSGPACK_OBJECT_ARRAY);
    struct xj_cur sub = xj_cur_over(o, min, max);
    if (sub.bad)
        fail(c, c->index);
    else
        consume(c);
    return sub;
}

enum xj_err xj_cur_end(const struct xj_cur *c)
{
    return !c->bad && c->left == 0 ? XJ_OK : XJ_EMALFORMED;
}

void xj_cur_spoil(struct xj_cur *c)
{
    fail(c, c->index > 0 ? c->index - 1 : 0);
}

const msgpack_object *xj_map_get(const msgpack_object *o, const char *key)
{
    if (o == NULL || o->type != MSGPACK_OBJECT_MAP)
        return NULL;
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        const msgpack_object_kv *kv = &o->via.map.ptr[i];
        if (kv->key.type != MSGPACK_OBJECT_STR)
            continue;
        if (xj_slice_is(bytes_of(&kv->key), key))
            return &kv->val;
    }
    return NULL;
}

uint64_t xj_map_uint(const msgpack_object *o, const char *key, uint64_t dflt)
{
    const msgpack_object *v = xj_map_get(o, key);
    return v != NULL && v->type == MSGPACK_OBJECT_POSITIVE_INTEGER ? v->via.u64 : dflt;
}

struct xj_slice xj_map_str(const msgpack_object *o, const char *key)
{
    const msgpack_object *v = xj_map_get(o, key);
    if (v == NULL || v->type != MSGPACK_OBJECT_STR)
        return (struct xj_slice){NULL, 0};
    return bytes_of(v);
}

struct xj_slice xj_map_bin(const msgpack_object *o, const char *key)
{
    const msgpack_object *v = xj_map_get(o, key);
    if (v == NULL || v->type != MSGPACK_OBJECT_BIN)
        return (struct xj_slice){NULL, 0};
    return bytes_of(v);
}

static void put_object(struct xj_buf *buf, const msgpack_object *o, unsigned depth);

static void put_elements(struct xj_buf *buf, const msgpack_object *o, unsigned depth)
{
    if (depth == XJ_WIRE_DEPTH_MAX && buf->err == XJ_OK)
        buf->err = XJ_ELIMIT;
    if (o->type == MSGPACK_OBJECT_ARRAY) {
        xj_put_array(buf, o->via.array.size);
        for (uint32_t i = 0; i < o->via.array.size && buf->err == XJ_OK; i++)
            put_object(buf, &o->via.array.ptr[i], depth + 1);
        return;
    }
    xj_put_map(buf, o->via.map.size);
    for (uint32_t i = 0; i < o->via.map.size && buf->err == XJ_OK; i++) {
        put_object(buf, &o->via.map.ptr[i].key, depth + 1);
        put_object(buf, &o->via.map.ptr[i].val, depth + 1);
    }
}

static void put_object(struct xj_buf *buf, const msgpack_object *o, unsigned depth)
{
    switch (o->type) {
    case MSGPACK_OBJECT_NIL: xj_put_nil(buf); break;
    case MSGPACK_OBJECT_BOOLEAN: xj_put_bool(buf, o->via.boolean); break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER: xj_put_uint(buf, o->via.u64); break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER: xj_put_int(buf, o->via.i64); break;
    case MSGPACK_OBJECT_STR: xj_put_str(buf, bytes_of(o)); break;
    case MSGPACK_OBJECT_BIN: xj_put_bins(buf, bytes_of(o)); break;
    case MSGPACK_OBJECT_ARRAY:
    case MSGPACK_OBJECT_MAP: put_elements(buf, o, depth); break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
    case MSGPACK_OBJECT_EXT:
    default:
        if (buf->err == XJ_OK)
            buf->err = XJ_EMALFORMED;
    }
}

void xj_put_object(struct xj_buf *buf, const msgpack_object *o)
{
    put_object(buf, o, 0);
}
