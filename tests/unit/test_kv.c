/* Working state as pairs, in a file and in memory: what a scan shows, and that both behave alike. Spec: spec/05-ledger.md, section 6. */
#include <string.h>

#include "schema/ledger/memory_store.h"
#include "tests/unit/db_place.h"
#include "tests/unit/memstore.h"

struct listing {
    char text[512];
    size_t limit;
    const struct xj_store *nested; /* scanned again inside the scan */
};

static bool list(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct listing *l = arg;
    for (size_t i = 0; i < key.n; i++)
        (void)snprintf(l->text + strlen(l->text), 8, key.p[i] > 32 && key.p[i] < 127 ? "%c" : "<%02x>", key.p[i]);
    strncat(l->text, value.n > 0 ? " " : "_ ", 4);
    if (l->nested != NULL) {
        struct listing inner = {.limit = 1};
        must(l->nested->scan(l->nested->ctx, key, key, false, list, &inner));
        assert_true(strlen(inner.text) > 0);
    }
    return --l->limit > 0;
}

static void assert_scan(const struct xj_store *s, const char *prefix, const char *from, bool reverse, size_t limit,
                        const char *want)
{
    struct listing l = {.limit = limit};
    must(s->scan(s->ctx, xj_slice_cstr(prefix), xj_slice_cstr(from), reverse, list, &l));
    assert_string_equal(l.text, want);
}

static void check_scans(const struct xj_store *s)
{
    static const char *const keys[] = {"b", "ab", "a", "abc", "ac", "\xff", "\xff\xff", "\xff\xff" "a", "b\x01"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        must(s->put(s->ctx, xj_slice_cstr(keys[i]), xj_slice_cstr("v")));
    must(s->put(s->ctx, xj_slice_cstr("empty"), xj_slice_of(NULL, 0)));
    assert_scan(s, "", "", false, 99, "a ab abc ac b b<01> empty_ <ff> <ff><ff> <ff><ff>a ");
    assert_scan(s, "", "", true, 99, "<ff><ff>a <ff><ff> <ff> empty_ b<01> b ac abc ab a ");
    assert_scan(s, "a", "", false, 99, "a ab abc ac ");
    assert_scan(s, "a", "ab", false, 99, "ab abc ac ");
    assert_scan(s, "a", "abb", false, 99, "abc ac ");
    assert_scan(s, "a", "b", false, 99, "");
    assert_scan(s, "a", "ignored", true, 2, "ac abc ");
    assert_scan(s, "ab", "", true, 99, "abc ab ");
    assert_scan(s, "\xff", "", true, 99, "<ff><ff>a <ff><ff> <ff> ");
    assert_scan(s, "\xff\xff", "", false, 1, "<ff><ff> ");
    assert_scan(s, "nothing", "", false, 99, "");
    assert_scan(s, "nothing", "", true, 99, "");
    struct listing l = {.limit = 99, .nested = s};
    must(s->scan(s->ctx, xj_slice_cstr("a"), xj_slice_cstr(""), false, list, &l));
    assert_string_equal(l.text, "a ab abc ac ");
}

static void kv_scan__goes_both_ways_within_a_prefix(void **state)
{
    struct xj_db *db = opened(*state);
    struct xj_store s = xj_db_store(db);
    must(xj_db_begin(db));
    check_scans(&s);
    must(xj_db_kv_clear(db));
    assert_scan(&s, "", "", false, 99, "");
    must(xj_db_commit(db));
    xj_db_close(db);
}

static void memory_store_scan__goes_both_ways_within_a_prefix(void **state)
{
    struct xj_memory_store *m = xj_memory_store_new();
    struct xj_store s = xj_memory_store_of(m);
    (void)state;
    check_scans(&s);
    xj_memory_store_free(m);
}

struct sum {
    struct xj_hash hash;
    size_t count;
};

static bool add(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct sum *s = arg;
    uint64_t lengths[2] = {key.n, value.n};
    struct xj_slice parts[4] = {xj_hash_slice(&s->hash), xj_slice_of(lengths, sizeof lengths), key, value};
    s->hash = xj_sha256(parts, 4);
    s->count++;
    return true;
}

static void assert_same(const struct xj_store *a, const struct xj_store *b, struct xj_slice prefix, struct xj_slice from,
                        bool reverse)
{
    struct sum x = {.count = 0}, y = {.count = 0};
    must(a->scan(a->ctx, prefix, from, reverse, add, &x));
    must(b->scan(b->ctx, prefix, from, reverse, add, &y));
    assert_int_equal(x.count, y.count);
    assert_true(xj_hash_eq(&x.hash, &y.hash));
}

static void kv__and_the_memory_store_behave_alike_under_random_use(void **state)
{
    struct place *p = *state;
    struct xj_db *db = opened(p);
    struct xj_memory_store *m = xj_memory_store_new();
    struct xj_store a = xj_db_store(db), b = xj_memory_store_of(m);
    struct xj_buf x, y;
    xj_buf_init(&x, 64);
    xj_buf_init(&y, 64);
    must(xj_db_begin(db));
    for (size_t i = 0; i < 6000; i++) {
        uint8_t r[24];
        p->env.random(p->env.ctx, r, sizeof r);
        for (size_t k = 0; k < 4; k++)
            r[8 + k] = (uint8_t)(r[8 + k] % 5 == 0 ? 0xff : r[8 + k] % 3); /* few letters, so that keys meet again */
        struct xj_slice key = xj_slice_of(r + 8, r[0] % 5), value = xj_slice_of(r + 12, r[1] % 12);
        if (r[2] % 3 == 0) {
            must(a.del(a.ctx, key));
            must(b.del(b.ctx, key));
        } else {
            must(a.put(a.ctx, key, value));
            must(b.put(b.ctx, key, value));
        }
        struct xj_slice other = xj_slice_of(r + 9, r[3] % 4);
        enum xj_err e = a.get(a.ctx, other, &x);
        assert_int_equal(e, b.get(b.ctx, other, &y));
        assert_true(xj_slice_eq(xj_buf_slice(&x), xj_buf_slice(&y)));
        if (i % 10 == 0)
            assert_same(&a, &b, xj_slice_of(r + 8, r[4] % 3), xj_slice_of(r + 9, r[5] % 4), r[6] % 2 == 0);
    }
    assert_same(&a, &b, xj_slice_of(NULL, 0), xj_slice_of(NULL, 0), false);
    must(xj_db_commit(db));
    xj_buf_free(&x);
    xj_buf_free(&y);
    xj_memory_store_free(m);
    xj_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_place(kv_scan__goes_both_ways_within_a_prefix),
        cmocka_unit_test(memory_store_scan__goes_both_ways_within_a_prefix),
        with_place(kv__and_the_memory_store_behave_alike_under_random_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
