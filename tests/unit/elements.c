#include "tests/unit/elements.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "schema/wire/read.h"

#define CEILING (4u * 1024 * 1024)

struct walk {
    const msgpack_object *root;
    elements_visit *visit;
    void *arg;
    size_t shown;
};

static void show(struct walk *w, bool other_type)
{
    struct xj_buf out;
    xj_buf_init(&out, CEILING);
    xj_put_object(&out, w->root);
    assert_int_equal(out.err, XJ_OK);
    uint8_t *exact = malloc(out.n); /* as long as the bytes are, so that a read past them shows */
    assert_non_null(exact);
    memcpy(exact, out.p, out.n);
    w->visit(w->arg, xj_slice_of(exact, out.n), other_type);
    free(exact);
    xj_buf_free(&out);
    w->shown++;
}

static bool is_number(msgpack_object_type type)
{
    return type == MSGPACK_OBJECT_POSITIVE_INTEGER || type == MSGPACK_OBJECT_NEGATIVE_INTEGER;
}

static void try_one(struct walk *w, msgpack_object *at, msgpack_object other)
{
    const msgpack_object was = *at;
    const bool same = was.type == other.type || (is_number(was.type) && is_number(other.type)) || other.type == MSGPACK_OBJECT_NIL ||
                      was.type == MSGPACK_OBJECT_NIL;
    *at = other;
    show(w, !same);
    *at = was;
}

static void try_numbers(struct walk *w, msgpack_object *at)
{
    static const uint64_t numbers[] = {0, 1, 2, 3, 4, 5, 6, 9, 33, 1025, 10000, 70000, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.u64 = numbers[i]});
    if (at->type == MSGPACK_OBJECT_POSITIVE_INTEGER && at->via.u64 > 0)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.u64 = at->via.u64 - 1});
    if (at->type == MSGPACK_OBJECT_POSITIVE_INTEGER && at->via.u64 < UINT64_MAX)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.u64 = at->via.u64 + 1});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_NEGATIVE_INTEGER, .via.i64 = -1});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_NEGATIVE_INTEGER, .via.i64 = INT64_MIN});
}

static void try_strings(struct walk *w, msgpack_object *at)
{
    static char longer[5000];
    static const struct {
        const char *p;
        uint32_t n;
    } strings[] = {{"", 0},      {"a", 1},         {"zz_zz", 5},     {"ZZ", 2},           {"1a", 2}, {"a-b", 3}, {"a\nb", 3}, {"a\0b", 3},
                   {"a\x7f", 2}, {"a\xc2\x85", 3}, {"a\xc2\xa0", 3}, {"\xe4\xb8\xad", 3}, {"}", 1},  {"{", 1},   {"@", 1},    {"[", 1}};
    memset(longer, 'a', sizeof longer);
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_STR, .via.str = {strings[i].n, strings[i].p}});
    for (uint32_t n = 16; n <= sizeof longer; n = n * 3 + 1)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_STR, .via.str = {n, longer}});
}

static void try_bins(struct walk *w, msgpack_object *at)
{
    static const char bytes[64];
    static const uint32_t sizes[] = {0, 15, 16, 31, 32, 33, 64};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_BIN, .via.bin = {sizes[i], bytes}});
}

static void try_types(struct walk *w, msgpack_object *at)
{
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_NIL});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_BOOLEAN, .via.boolean = true});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_BOOLEAN, .via.boolean = false});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_POSITIVE_INTEGER, .via.u64 = 1});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_STR, .via.str = {1, "a"}});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_BIN, .via.bin = {3, "abc"}});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_ARRAY, .via.array = {0, NULL}});
    try_one(w, at, (msgpack_object){.type = MSGPACK_OBJECT_MAP, .via.map = {0, NULL}});
}

/* One less, the last twice, neighbours in each other's place, one like its neighbour. */
static void try_lists(struct walk *w, msgpack_object *at)
{
    msgpack_object room[256];
    const msgpack_object_array was = at->via.array;
    if (was.size == 0)
        return;
    at->via.array.size--;
    show(w, false);
    at->via.array = was;
    if (was.size < sizeof room / sizeof room[0]) {
        memcpy(room, was.ptr, was.size * sizeof *room);
        room[was.size] = was.ptr[was.size - 1];
        at->via.array = (msgpack_object_array){was.size + 1, room};
        show(w, false);
        at->via.array = was;
    }
    for (uint32_t i = 1; i < was.size; i++) {
        const msgpack_object a = was.ptr[i - 1], b = was.ptr[i];
        was.ptr[i - 1] = b;
        show(w, false);
        was.ptr[i] = a;
        show(w, false);
        was.ptr[i - 1] = a;
        show(w, false);
        was.ptr[i] = b;
    }
}

static void walk(struct walk *w, msgpack_object *at)
{
    try_types(w, at);
    if (is_number(at->type))
        try_numbers(w, at);
    if (at->type == MSGPACK_OBJECT_STR)
        try_strings(w, at);
    if (at->type == MSGPACK_OBJECT_BIN)
        try_bins(w, at);
    if (at->type != MSGPACK_OBJECT_ARRAY)
        return;
    try_lists(w, at);
    for (uint32_t i = 0; i < at->via.array.size; i++)
        walk(w, &at->via.array.ptr[i]);
}

size_t elements_each(struct xj_slice bytes, elements_visit *visit, void *arg)
{
    struct xj_doc doc;
    assert_int_equal(xj_doc_open(&doc, bytes, UINT32_MAX), XJ_OK);
    struct walk w = {.root = &doc.root, .visit = visit, .arg = arg};
    walk(&w, &doc.root);
    xj_doc_close(&doc);
    return w.shown;
}
