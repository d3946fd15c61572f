#include <stdlib.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/render_private.h"

static json_t *any(struct xj_view *v, const msgpack_object *o, unsigned depth);

static json_t *list(struct xj_view *v, const msgpack_object *o, unsigned depth)
{
    json_t *made = json_array();
    for (uint32_t i = 0; i < o->via.array.size; i++)
        xj_radd(v, made, any(v, &o->via.array.ptr[i], depth + 1));
    return made;
}

static json_t *map(struct xj_view *v, const msgpack_object *o, unsigned depth)
{
    json_t *made = json_object();
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        const msgpack_object *key = &o->via.map.ptr[i].key;
        if (key->type != MSGPACK_OBJECT_STR)
            continue; /* a body has str keys; another key cannot be a JSON name */
        char *name = xj_slice_dup(xj_slice_of(key->via.str.ptr, key->via.str.size));
        if (name != NULL)
            xj_rset(v, made, name, any(v, &o->via.map.ptr[i].val, depth + 1));
        free(name);
    }
    return made;
}

/* bin as hex, so that ids and digests read as they do everywhere else in the API. */
static json_t *any(struct xj_view *v, const msgpack_object *o, unsigned depth)
{
    if (depth > XJ_WIRE_DEPTH_MAX)
        return json_null();
    switch (o->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        return json_boolean(o->via.boolean);
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return o->via.u64 <= INT64_MAX ? json_integer((json_int_t)o->via.u64) : json_sprintf("%llu", (unsigned long long)o->via.u64);
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return json_integer(o->via.i64);
    case MSGPACK_OBJECT_STR:
        return json_stringn(o->via.str.ptr, o->via.str.size);
    case MSGPACK_OBJECT_BIN:
        return xj_rhex(xj_slice_of(o->via.bin.ptr, o->via.bin.size));
    case MSGPACK_OBJECT_ARRAY:
        return list(v, o, depth);
    case MSGPACK_OBJECT_MAP:
        return map(v, o, depth);
    default:
        return json_null();
    }
}

/* The lists of spec 03, section 3, whose elements are tuples: shown with the names of their parts. */
struct tuple {
    const char *key;
    const char *parts[4];
    uint32_t count;
};
static const struct tuple tuples[] = {
    {"amounts", {"name", "value", "unit"}, 3},
    {"charges", {"id", "name", "code"}, 3},
    {"identities", {"party", "kind", "number"}, 3},
    {"items", {"name", "quantity", "unit"}, 3},
    {"officers", {"name", "certificate"}, 2},
    {"overrides", {"code", "reason"}, 2},
    {"papers", {"digest", "commit", "name", "media_type"}, 4},
    {"parties", {"id", "kind", "name"}, 3},
};

static bool is_list_of(const msgpack_object *o, uint32_t parts)
{
    if (o->type != MSGPACK_OBJECT_ARRAY)
        return false;
    for (uint32_t i = 0; i < o->via.array.size; i++)
        if (o->via.array.ptr[i].type != MSGPACK_OBJECT_ARRAY || o->via.array.ptr[i].via.array.size != parts)
            return false;
    return true;
}

static json_t *named(struct xj_view *v, const msgpack_object *o, const struct tuple *t)
{
    json_t *made = json_array();
    for (uint32_t i = 0; i < o->via.array.size; i++) {
        json_t *element = json_object();
        for (uint32_t k = 0; k < t->count; k++)
            xj_rset(v, element, t->parts[k], any(v, &o->via.array.ptr[i].via.array.ptr[k], 2));
        xj_radd(v, made, element);
    }
    return made;
}

json_t *xj_rbody(struct xj_view *v, struct xj_slice body)
{
    struct xj_doc doc;
    if (body.p == NULL || !xj_body_sound(body))
        return json_null();
    enum xj_err err = xj_doc_open(&doc, body, XJ_MAX_BODY_NODES);
    if (err != XJ_OK) {
        xj_view_fail(v, err);
        return NULL;
    }
    json_t *made = map(v, &doc.root, 0);
    json_object_del(made, "shared"); /* a message of its own, shown as an act */
    for (size_t i = 0; i < sizeof tuples / sizeof tuples[0]; i++) {
        const msgpack_object *o = xj_map_get(&doc.root, tuples[i].key);
        if (o != NULL && is_list_of(o, tuples[i].count))
            xj_rset(v, made, tuples[i].key, named(v, o, &tuples[i]));
    }
    xj_doc_close(&doc);
    return made;
}
