/* Register entries under arbitrary bytes, signed by the root or the registrar so that every shape is reached: what is refused
 * leaves the store as it was, what is folded can be read back, and no lookup fails on it.
 * Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/06-register.md. */
#include "schema/trust/register.h"
#include "schema/wire/pack.h"
#include "tests/fuzz/fuzz.h"

/* ---- a small store: the harness links the schema library and nothing else ---- */

struct pair {
    struct xj_buf key, value;
};
struct shelf {
    struct pair at[1024];
    size_t n;
};

static size_t place(const struct shelf *s, struct xj_slice key)
{
    size_t i = 0;
    while (i < s->n && xj_slice_cmp(xj_buf_slice(&s->at[i].key), key) < 0)
        i++;
    return i;
}

static bool is_at(const struct shelf *s, size_t i, struct xj_slice key)
{
    return i < s->n && xj_slice_eq(xj_buf_slice(&s->at[i].key), key);
}

static enum xj_err shelf_get(void *ctx, struct xj_slice key, struct xj_buf *value)
{
    struct shelf *s = ctx;
    size_t i = place(s, key);
    xj_buf_reset(value);
    if (!is_at(s, i, key))
        return XJ_ENOTFOUND;
    xj_buf_add_slice(value, xj_buf_slice(&s->at[i].value));
    return value->err;
}

static enum xj_err shelf_del(void *ctx, struct xj_slice key)
{
    struct shelf *s = ctx;
    size_t i = place(s, key);
    if (!is_at(s, i, key))
        return XJ_OK;
    xj_buf_free(&s->at[i].key);
    xj_buf_free(&s->at[i].value);
    memmove(&s->at[i], &s->at[i + 1], (s->n - i - 1) * sizeof *s->at);
    s->n--;
    return XJ_OK;
}

static enum xj_err shelf_put(void *ctx, struct xj_slice key, struct xj_slice value)
{
    struct shelf *s = ctx;
    must(key.n > 0 && key.p[0] == 'R');
    must(shelf_del(ctx, key) == XJ_OK);
    if (s->n == sizeof s->at / sizeof *s->at)
        return XJ_EFULL;
    size_t i = place(s, key);
    memmove(&s->at[i + 1], &s->at[i], (s->n - i) * sizeof *s->at);
    xj_buf_init(&s->at[i].key, key.n);
    xj_buf_init(&s->at[i].value, value.n);
    xj_buf_add_slice(&s->at[i].key, key);
    xj_buf_add_slice(&s->at[i].value, value);
    s->n++;
    return s->at[i].value.err;
}

static enum xj_err shelf_scan(void *ctx, struct xj_slice prefix, struct xj_slice from, bool reverse, xj_store_visit *visit,
                              void *arg)
{
    struct shelf *s = ctx;
    for (size_t k = 0; k < s->n; k++) {
        const struct pair *p = &s->at[reverse ? s->n - 1 - k : k];
        struct xj_slice key = xj_buf_slice(&p->key);
        if (key.n < prefix.n || (prefix.n > 0 && memcmp(key.p, prefix.p, prefix.n) != 0))
            continue;
        if (!reverse && xj_slice_cmp(key, from) < 0)
            continue;
        if (!visit(arg, key, xj_buf_slice(&p->value)))
            break;
    }
    return XJ_OK;
}

/* ---- entries ---- */

static struct xj_sign_key key_of(uint8_t fill)
{
    uint8_t seed[32];
    struct xj_sign_key key;
    memset(seed, fill, sizeof seed);
    xj_sign_key_from_seed(seed, &key);
    return key;
}

static void sign(const struct xj_sign_key *key, struct xj_slice entry, struct xj_buf *signature)
{
    struct xj_hash d = xj_digest("xianjie/1 register", entry);
    xj_sign_one(key, &d, signature);
}

/* Entry 1, which makes the registrar. */
static void found(struct xj_store *store, const struct xj_sign_key *root, const struct xj_sign_key *registrar)
{
    static const struct xj_hash zero;
    struct xj_buf value, entry, signature;
    xj_buf_init(&value, 1024);
    xj_buf_init(&entry, 4096);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_put_map(&value, 2);
    xj_put_cstr(&value, "sign");
    xj_put_bin(&value, registrar->public_key, 32);
    xj_put_cstr(&value, "agency");
    xj_put_cstr(&value, "350000-registrar");
    struct xj_reg_change change = {xj_slice_cstr("registrar"), xj_slice_cstr("registrar"), xj_buf_slice(&value)};
    xj_reg_entry_encode(1, 0, &zero, &change, 1, &entry);
    sign(root, xj_buf_slice(&entry), &signature);
    must(xj_reg_apply(store, root->public_key, xj_buf_slice(&entry), xj_buf_slice(&signature), NULL) == XJ_OK);
    xj_buf_free(&value);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
}

static bool see_fact(void *arg, struct xj_slice id, struct xj_slice value)
{
    const struct xj_store *store = arg;
    struct xj_agency a;
    char text[XJ_MAX_AGENCY_BYTES + 1];
    must(id.n > 0 && xj_wire_check(value, XJ_MAX_REGISTER_NODES) == XJ_OK);
    enum xj_err err = xj_reg_agency(store, id, UINT64_MAX, &a);
    must(err == XJ_OK || err == XJ_ENOTFOUND);
    if (err == XJ_OK && a.connected && a.state == XJ_AGENCY_ACTIVE)
        must(xj_reg_by_transport(store, a.keys.transport, text) != XJ_ECORRUPT);
    err = xj_reg_counterpart(store, id, xj_slice_cstr("police"), xj_slice_cstr("market"), 0, text);
    must(err == XJ_OK || err == XJ_ENOTFOUND);
    return true;
}

static bool see_subscriber(void *arg, struct xj_slice agency, bool full)
{
    (void)full;
    ++*(size_t *)arg;
    return agency.n > 0;
}

static void look_around(const struct xj_store *store)
{
    static const char *const kinds[] = {"agency", "keys", "status", "counterpart", "procedure", "calendar", "standards", "grant",
                                        "certificate", "entrustment", "succeeded_by", "compromised", "exchange", "registrar"};
    struct xj_slice a = xj_slice_cstr("350000-a");
    struct xj_hash revision;
    uint8_t key[32];
    size_t subscribers = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        must(xj_reg_each(store, kinds[i], xj_slice_of(NULL, 0), see_fact, (void *)(uintptr_t)store) == XJ_OK);
    must(xj_reg_subscribers(store, xj_slice_cstr("referral"), xj_slice_cstr("transfer"), a, a, see_subscriber,
                            &subscribers) == XJ_OK);
    enum xj_err err = xj_reg_procedure_current(store, xj_slice_cstr("referral"), 1, &revision);
    must(err == XJ_OK || err == XJ_ENOTFOUND);
    err = xj_reg_exchange_sign(store, UINT64_MAX, key);
    must(err == XJ_OK || err == XJ_ENOTFOUND);
}

/* The first byte chooses the signer, the rest is the list of changes of entry 2. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct shelf *shelf = calloc(1, sizeof *shelf);
    struct xj_store store = {shelf, shelf_get, shelf_put, shelf_del, shelf_scan};
    struct xj_sign_key root = key_of(1), registrar = key_of(2);
    struct xj_buf entry, signature;
    struct xj_reg_head head;
    must(shelf != NULL);
    found(&store, &root, &registrar);
    must(xj_reg_head(&store, &head) == XJ_OK && head.number == 1);
    xj_buf_init(&entry, size + 128);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_put_array(&entry, 4);
    xj_put_uint(&entry, 2);
    xj_put_int(&entry, 0);
    xj_put_bin(&entry, head.digest.b, XJ_HASH_SIZE);
    xj_put_raw(&entry, xj_slice_of(data + 1, size - 1));
    sign(data[0] % 2 == 0 ? &registrar : &root, xj_buf_slice(&entry), &signature);
    size_t before = shelf->n;
    enum xj_err err = xj_reg_apply(&store, root.public_key, xj_buf_slice(&entry), xj_buf_slice(&signature), NULL);
    must(xj_reg_head(&store, &head) == XJ_OK && head.number == (err == XJ_OK ? 2 : 1));
    must(err == XJ_OK || err == XJ_EFULL || shelf->n == before);
    look_around(&store);
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    for (size_t i = 0; i < shelf->n; i++) {
        xj_buf_free(&shelf->at[i].key);
        xj_buf_free(&shelf->at[i].value);
    }
    free(shelf);
    return 0;
}

/* ---- something sound to start from ---- */

static void put_words(struct xj_buf *b, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        xj_put_cstr(b, words[i]);
}

static void put_key_map(struct xj_buf *b)
{
    static const char *const names[] = {"seal", "sign", "recovery", "transport"};
    xj_put_map(b, 4);
    for (uint8_t i = 0; i < 4; i++) {
        uint8_t key[32] = {i, 9};
        xj_put_cstr(b, names[i]);
        xj_put_bin(b, key, sizeof key);
    }
}

static void put_grant_map(struct xj_buf *b)
{
    xj_put_map(b, 5);
    xj_put_cstr(b, "acts");
    xj_put_array(b, 0);
    put_words(b, (const char *const[]){"mode", "full", "agencies"}, 3);
    xj_put_array(b, 1);
    put_words(b, (const char *const[]){"350000-a", "division", "35", "procedure", "referral"}, 5);
}

static void put_specimen(struct xj_buf *b)
{
    xj_put_array(b, 6);
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"agency", "350000-a"}, 2);
    xj_put_map(b, 3);
    put_words(b, (const char *const[]){"name", "n", "role", "police", "division", "350000"}, 6);
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"keys", "350000-a"}, 2);
    put_key_map(b);
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"grant", "350000-a/g"}, 2);
    put_grant_map(b);
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"status", "350000-a"}, 2);
    xj_put_map(b, 1);
    put_words(b, (const char *const[]){"state", "active"}, 2);
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"counterpart", "350000-a/police/any"}, 2);
    xj_put_map(b, 1);
    xj_put_cstr(b, "agencies");
    xj_put_array(b, 1);
    xj_put_cstr(b, "350000-a");
    xj_put_array(b, 3);
    put_words(b, (const char *const[]){"succeeded_by", "350000-a"}, 2);
    xj_put_nil(b);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        uint8_t signer = (uint8_t)(seed / 16 % 2);
        xj_buf_init(&out, 65536);
        xj_buf_add(&out, &signer, 1);
        put_specimen(&out);
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
