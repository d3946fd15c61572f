/* The pre-check and the reader under arbitrary bytes: what is accepted must unpack, be walked by the typed takes without
 * harm, and re-encode to the same bytes. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/01-encoding.md. */
#include "schema/base/utf8.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"
#include "tests/fuzz/fuzz.h"

#define NODES_MAX 4096u

/* Each kind of take on the same element: exactly one of them may agree. */
static void take_every_way(struct xj_cur c, const msgpack_object *o)
{
    struct xj_cur u = c, i = c, b = c, s = c, n = c, a = c, t = c;
    uint8_t out[4];
    (void)xj_take_uint(&u, UINT64_MAX);
    (void)xj_take_int(&i, INT64_MIN, -1);
    (void)xj_take_bin(&b, 0, SIZE_MAX);
    struct xj_slice text = xj_take_str(&s, 0, SIZE_MAX);
    must(xj_utf8_valid(text));
    (void)xj_take_bool(&t);
    (void)xj_take_array(&a, 0, UINT32_MAX);
    int agreed = !u.bad + !i.bad + !b.bad + !s.bad + !t.bad + !a.bad + xj_take_nil(&n);
    must(agreed == (o->type == MSGPACK_OBJECT_MAP ? 0 : 1));
    must(!u.bad || u.bad_index == c.index);
    xj_take_bin_to(&c, out, sizeof out);
}

static void walk(const msgpack_object *o)
{
    if (o->type == MSGPACK_OBJECT_ARRAY) {
        struct xj_cur c = xj_cur_over(o, 0, UINT32_MAX);
        while (c.left > 0) {
            take_every_way(c, c.at);
            walk(xj_take_any(&c));
        }
        must(xj_cur_end(&c) == XJ_OK);
        return;
    }
    if (o->type != MSGPACK_OBJECT_MAP)
        return;
    (void)xj_map_uint(o, "a", 0);
    (void)xj_map_str(o, "a");
    (void)xj_map_bin(o, "");
    for (uint32_t i = 0; i < o->via.map.size; i++) {
        walk(&o->via.map.ptr[i].key);
        walk(&o->via.map.ptr[i].val);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xj_doc doc;
    struct xj_slice bytes = xj_slice_of(data, size);
    enum xj_err checked = xj_wire_check(bytes, NODES_MAX);
    enum xj_err opened = xj_doc_open(&doc, bytes, NODES_MAX);
    must(opened == checked);
    if (opened != XJ_OK)
        return 0;
    walk(&doc.root);
    struct xj_buf again;
    xj_buf_init(&again, size);
    xj_put_object(&again, &doc.root);
    must(again.err == XJ_OK && xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_doc_close(&doc);
    return 0;
}
