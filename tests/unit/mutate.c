#include "tests/unit/mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/wire/pack.h"

#define WHOLE 8u /* elements of a list that is looked into everywhere */

struct walk {
    enum mutation how;
    size_t at, target;
    bool changed;
};

static bool applies(const msgpack_object *o, enum mutation how)
{
    return how == MUTATE_TO_MAP || (how == MUTATE_ONE_MORE && o->type == MSGPACK_OBJECT_ARRAY) ||
           (how == MUTATE_CUT && o->type == MSGPACK_OBJECT_BIN && o->via.bin.size > 0);
}

static void put(struct walk *w, struct xj_buf *out, const msgpack_object *o)
{
    const bool change = w->at++ == w->target && applies(o, w->how);
    w->changed = w->changed || change;
    if (change && w->how == MUTATE_TO_MAP) {
        xj_put_map(out, 0);
    } else if (change && w->how == MUTATE_CUT) {
        xj_put_bin(out, o->via.bin.ptr, o->via.bin.size - 1);
    } else if (o->type != MSGPACK_OBJECT_ARRAY) {
        xj_put_object(out, o);
    } else {
        const uint32_t n = o->via.array.size;
        xj_put_array(out, n + change);
        for (uint32_t i = 0; i < n; i++) {
            if (n <= WHOLE || i < 2 || i + 1 == n)
                put(w, out, &o->via.array.ptr[i]);
            else
                xj_put_object(out, &o->via.array.ptr[i]);
        }
        if (change)
            xj_put_nil(out);
    }
}

bool mutate(const msgpack_object *o, enum mutation how, size_t target, struct xj_buf *out, size_t *ret_total)
{
    struct walk w = {.how = how, .target = target};
    put(&w, out, o);
    assert_int_equal(out->err, XJ_OK);
    *ret_total = w.at;
    return w.changed;
}

void mutate_at(const msgpack_object *o, const int *path, struct xj_slice bytes, struct xj_buf *out)
{
    if (*path < 0) {
        xj_put_raw(out, bytes);
        assert_int_equal(out->err, XJ_OK);
        return;
    }
    assert_true(o->type == MSGPACK_OBJECT_ARRAY && (uint32_t)*path < o->via.array.size);
    xj_put_array(out, o->via.array.size);
    for (uint32_t i = 0; i < o->via.array.size; i++) {
        if (i == (uint32_t)*path)
            mutate_at(&o->via.array.ptr[i], path + 1, bytes, out);
        else
            xj_put_object(out, &o->via.array.ptr[i]);
    }
}
