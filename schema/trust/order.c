#include "schema/trust/order.h"

#include <string.h>

#include "schema/base/be.h"
#include "schema/trust/register_facts.h"
#include "schema/wire/read.h"

#define KEY_BYTES 512u
#define VALUE_BYTES 16384u /* above any order that the register takes */

static bool copy_text(char *to, size_t size, struct xj_slice s)
{
    if (s.n == 0 || s.n >= size)
        return false;
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
    return true;
}

static bool read_ids(const msgpack_object *map, struct xj_order *o)
{
    const msgpack_object *list = xj_map_get(map, "messages");
    struct xj_slice one = xj_map_bin(map, "case");
    o->has_case = one.n == sizeof o->case_id.b;
    if (o->has_case)
        memcpy(o->case_id.b, one.p, one.n);
    struct xj_cur c = xj_cur_over(list, 1, XJ_ORDER_MESSAGES);
    while (c.left > 0 && !c.bad)
        xj_take_bin_to(&c, o->messages[o->message_count++].b, XJ_ID_SIZE);
    return (list != NULL) != o->has_case && (list == NULL || xj_cur_end(&c) == XJ_OK);
}

static int64_t date_of(const msgpack_object *map)
{
    const msgpack_object *o = xj_map_get(map, "date");
    return o == NULL ? 0 : o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER ? o->via.i64 : (int64_t)o->via.u64;
}

enum xj_err xj_order_read(struct xj_slice id_hex, struct xj_slice value, uint64_t number, struct xj_order *ret)
{
    char hex[2 * XJ_ID_SIZE + 1] = "";
    struct xj_doc doc = {0};
    memset(ret, 0, sizeof *ret);
    if (id_hex.n != 2 * XJ_ID_SIZE)
        return XJ_EMALFORMED;
    enum xj_err err = xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES);
    if (err != XJ_OK)
        return err;
    memcpy(hex, id_hex.p, id_hex.n);
    struct xj_slice kind = xj_map_str(&doc.root, "kind");
    ret->kind = xj_slice_is(kind, "destroy") ? XJ_ORDER_DESTROY : xj_slice_is(kind, "restrict") ? XJ_ORDER_RESTRICT : XJ_ORDER_INVALID;
    ret->number = number;
    ret->date = date_of(&doc.root);
    bool good = xj_unhex(hex, ret->id, sizeof ret->id) && ret->kind != XJ_ORDER_INVALID && read_ids(&doc.root, ret) &&
                copy_text(ret->document, sizeof ret->document, xj_map_str(&doc.root, "number")) &&
                copy_text(ret->basis, sizeof ret->basis, xj_map_str(&doc.root, "basis")) &&
                copy_text(ret->organ, sizeof ret->organ, xj_map_str(&doc.root, "organ"));
    xj_doc_close(&doc);
    return good ? XJ_OK : XJ_EMALFORMED;
}

const struct xj_id *xj_order_shared(const struct xj_header *h)
{
    for (size_t i = 0; i < h->relate_count; i++)
        if (xj_slice_is(h->relates[i].relation, "shares"))
            return &h->relates[i].id;
    return NULL;
}

bool xj_order_names(const struct xj_order *o, const struct xj_header *h)
{
    const struct xj_id *shared = xj_order_shared(h);
    return (o->has_case && xj_id_eq(&h->case_id, &o->case_id)) || xj_id_among(o->messages, o->message_count, &h->id) ||
           (shared != NULL && xj_id_among(o->messages, o->message_count, shared));
}

/* ---- in the register ---- */

struct run {
    uint64_t at, number;
    struct xj_buf *value;
    bool withdrawn;
};

/* Versions come newest first: the newest up to `at`, and on as long as they say the same. */
static bool see_version(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct run *r = arg;
    const uint64_t number = xj_be_get(key.p + key.n - 8, 8);
    if (number > r->at)
        return true;
    if (r->number == 0) {
        xj_buf_add_slice(r->value, value);
        r->withdrawn = value.n == 1 && value.p[0] == 0xc0;
    } else if (!xj_slice_eq(value, xj_buf_slice(r->value))) {
        return false;
    }
    r->number = number;
    return !r->withdrawn;
}

static enum xj_err standing(const struct xj_store *store, const uint8_t id[XJ_ID_SIZE], uint64_t at, struct xj_order *ret)
{
    char hex[2 * XJ_ID_SIZE + 1];
    struct xj_buf key, value;
    xj_hex(id, XJ_ID_SIZE, hex);
    xj_buf_init(&key, KEY_BYTES);
    xj_buf_init(&value, VALUE_BYTES);
    xj_fact_prefix(&key, xj_slice_cstr("order"), xj_slice_cstr(hex));
    struct run r = {.at = at, .value = &value};
    enum xj_err err = key.err != XJ_OK ? key.err : store->scan(store->ctx, xj_buf_slice(&key), xj_slice_of(NULL, 0), true, see_version, &r);
    if (err == XJ_OK)
        err = value.err;
    if (err == XJ_OK && (r.number == 0 || r.withdrawn))
        err = XJ_ENOTFOUND;
    if (err == XJ_OK)
        err = xj_kept(xj_order_read(xj_slice_cstr(hex), xj_buf_slice(&value), r.number, ret));
    xj_buf_free(&key);
    xj_buf_free(&value);
    return err;
}

enum xj_err xj_order_now(const struct xj_store *store, const uint8_t id[XJ_ID_SIZE], struct xj_order *ret)
{
    return standing(store, id, UINT64_MAX, ret);
}

enum xj_err xj_order_at(const struct xj_store *store, const uint8_t id[XJ_ID_SIZE], uint64_t number, struct xj_order *ret)
{
    enum xj_err err = standing(store, id, number, ret);
    return err == XJ_OK && ret->number != number ? XJ_ENOTFOUND : err;
}

enum xj_err xj_order_each_begun(const struct xj_store *store, struct xj_slice entry, xj_order_visit *visit, void *arg)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, entry, XJ_MAX_REGISTER_NODES);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    uint64_t number = xj_take_uint(&c, UINT64_MAX);
    (void)xj_take_any(&c);
    (void)xj_take_any(&c);
    struct xj_cur changes = xj_take_array(&c, 0, UINT32_MAX);
    while (err == XJ_OK && changes.left > 0 && !changes.bad) {
        struct xj_cur one = xj_take_array(&changes, 3, 3);
        struct xj_slice kind = xj_take_str(&one, 0, SIZE_MAX), id = xj_take_str(&one, 0, SIZE_MAX);
        struct xj_order o;
        char hex[2 * XJ_ID_SIZE + 1] = "";
        uint8_t raw[XJ_ID_SIZE];
        if (one.bad || !xj_slice_is(kind, "order") || id.n != 2 * XJ_ID_SIZE)
            continue;
        memcpy(hex, id.p, id.n);
        err = xj_unhex(hex, raw, sizeof raw) ? xj_order_at(store, raw, number, &o) : XJ_ENOTFOUND;
        err = err == XJ_OK ? visit(arg, &o) : err == XJ_ENOTFOUND ? XJ_OK : err;
    }
    xj_doc_close(&doc);
    return err;
}

struct each {
    const struct xj_store *store;
    xj_order_visit *visit;
    void *arg;
    enum xj_err err;
};

static bool see_fact(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct each *e = arg;
    struct xj_order o;
    char hex[2 * XJ_ID_SIZE + 1] = "";
    uint8_t raw[XJ_ID_SIZE];
    (void)value;
    if (id.n != 2 * XJ_ID_SIZE)
        return true;
    memcpy(hex, id.p, id.n);
    e->err = xj_unhex(hex, raw, sizeof raw) ? xj_order_now(e->store, raw, &o) : XJ_ENOTFOUND;
    e->err = e->err == XJ_OK ? e->visit(e->arg, &o) : e->err == XJ_ENOTFOUND ? XJ_OK : e->err;
    return e->err == XJ_OK;
}

enum xj_err xj_order_each(const struct xj_store *store, xj_order_visit *visit, void *arg)
{
    struct each e = {.store = store, .visit = visit, .arg = arg};
    enum xj_err err = xj_reg_each(store, "order", xj_slice_of(NULL, 0), see_fact, &e);
    return err != XJ_OK ? err : e.err;
}
