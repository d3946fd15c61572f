#include "schema/trust/register.h"

#include <stdlib.h>
#include <string.h>

#include "schema/trust/register_facts.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define CONTEXT "xianjie/1 register"
#define MAX_CHANGES 256u
#define KEY_BYTES 512u

void xj_reg_entry_encode(uint64_t number, int64_t time_ms, const struct xj_hash *previous,
                         const struct xj_reg_change *changes, size_t count, struct xj_buf *out)
{
    xj_put_array(out, 4);
    xj_put_uint(out, number);
    xj_put_int(out, time_ms);
    xj_put_bin(out, previous->b, XJ_HASH_SIZE);
    xj_put_array(out, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        xj_put_array(out, 3);
        xj_put_str(out, changes[i].kind);
        xj_put_str(out, changes[i].id);
        if (changes[i].value.n) xj_put_raw(out, changes[i].value);
        else xj_put_nil(out);
    }
}

static const struct xj_slice head_key = {(const uint8_t *)"R\1h", 3};

enum xj_err xj_reg_head(const struct xj_store *store, struct xj_reg_head *ret)
{
    memset(ret, 0, sizeof *ret);
    struct xj_buf b;
    xj_buf_init(&b, 128);
    enum xj_err err = store->get(store->ctx, head_key, &b);
    struct xj_doc doc = {0};
    if (!err) err = xj_doc_kept(&doc, xj_buf_slice(&b), 4);
    if (!err) {
        struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
        ret->number = xj_take_uint(&c, UINT64_MAX);
        xj_take_bin_to(&c, ret->digest.b, XJ_HASH_SIZE);
        if (xj_cur_end(&c)) err = XJ_ECORRUPT;
        xj_doc_close(&doc);
    }
    xj_buf_free(&b);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

static enum xj_err head_put(const struct xj_store *store, uint64_t number, struct xj_slice entry)
{
    const struct xj_hash digest = xj_digest(CONTEXT, entry);
    struct xj_buf b;
    xj_buf_init(&b, 128);
    xj_put_array(&b, 2);
    xj_put_uint(&b, number);
    xj_put_bin(&b, digest.b, XJ_HASH_SIZE);
    const enum xj_err err = b.err ? b.err : store->put(store->ctx, head_key, xj_buf_slice(&b));
    xj_buf_free(&b);
    return err;
}

/* ---- checking an entry ---- */

struct entry {
    struct xj_doc doc;
    uint64_t number;
    struct xj_hash previous;
    struct xj_cur changes;
    struct xj_slice raw; /* the list's elements as they came */
};

static enum xj_err entry_open(struct xj_slice bytes, struct entry *e, const char **why)
{
    *why = "06-register 1: an entry is [number, time, previous, changes]";
    if (bytes.n > XJ_MAX_REGISTER_ENTRY_BYTES) return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&e->doc, bytes, XJ_MAX_REGISTER_NODES);
    if (err) return err;
    struct xj_cur c = xj_cur_over(&e->doc.root, 4, 4);
    e->number = xj_take_uint(&c, UINT64_MAX);
    xj_take_int(&c, INT64_MIN, INT64_MAX);
    xj_take_bin_to(&c, e->previous.b, XJ_HASH_SIZE);
    e->changes = xj_take_array(&c, 1, MAX_CHANGES);
    uint32_t count;
    if (xj_span_element(bytes, 3, &e->raw) && xj_span_enter(&e->raw, &count) && !xj_cur_end(&c)) return XJ_OK;
    xj_doc_close(&e->doc);
    return XJ_EMALFORMED;
}

struct change {
    struct xj_slice kind, id, value; /* value: its own bytes; n = 0: withdrawn */
    const msgpack_object *object;
};

/* False at the end, and at one that is no change, which spoils the list. */
static bool change_next(struct xj_cur *list, struct xj_slice *raw, struct change *ret)
{
    if (!list->left) return false;
    struct xj_slice item = {NULL, 0};
    struct xj_cur c = xj_take_array(list, 3, 3);
    ret->kind = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    ret->id = xj_take_str(&c, 1, 128);
    ret->object = xj_take_nil(&c) ? NULL : xj_take_any(&c);
    (void)xj_span_next(raw, &item); /* nothing has no elements */
    if (!xj_span_element(item, 2, &ret->value) || xj_cur_end(&c)) {
        list->bad = true;
        return false;
    }
    if (!ret->object) ret->value = xj_slice_of(NULL, 0);
    return true;
}

/* Is the fact of c among the first n changes? They were read before. */
static bool is_among(const struct entry *e, uint32_t n, const struct change *c)
{
    struct xj_cur list = e->changes;
    struct xj_slice raw = e->raw;
    struct change d;
    for (uint32_t i = 0; i < n; i++) {
        (void)change_next(&list, &raw, &d);
        if (xj_slice_eq(c->kind, d.kind) && xj_slice_eq(c->id, d.id)) return true;
    }
    return false;
}

static enum xj_err changes_check(const struct entry *e, bool *ret_root, const char **why)
{
    struct xj_cur list = e->changes;
    struct xj_slice raw = e->raw;
    struct change c;
    *ret_root = e->number == 1;
    for (uint32_t n = 0; change_next(&list, &raw, &c); n++) {
        const char *fault = xj_fact_fault(c.kind, c.id, c.object);
        if (!fault && is_among(e, n, &c)) fault = "06-register 1: an entry changes a fact only once";
        if (fault) {
            *why = fault;
            return XJ_EMALFORMED;
        }
        *ret_root |= xj_fact_is_root(c.kind);
    }
    *why = "06-register 1: a change is [kind, id, value]";
    return list.bad ? XJ_EMALFORMED : XJ_OK;
}

static enum xj_err signer(const struct xj_store *store, const uint8_t root_key[32], bool root, uint8_t ret[32])
{
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    if (!root) return xj_reg_registrar(store, agency, ret);
    memcpy(ret, root_key, 32);
    return XJ_OK;
}

static enum xj_err entry_check(const struct xj_store *store, const uint8_t root_key[32], const struct entry *e,
                               struct xj_slice bytes, struct xj_slice signature, const char **why)
{
    struct xj_reg_head head;
    enum xj_err err = xj_reg_head(store, &head);
    if (err) return err;
    *why = "06-register 1: the number does not follow the last entry";
    if (e->number != head.number + 1) return XJ_ESTATE;
    *why = "06-register 1: previous is not the digest of the last entry";
    if (!xj_hash_eq(&e->previous, &head.digest)) return XJ_ESTATE;
    bool root;
    if ((err = changes_check(e, &root, why)) != XJ_OK) return err;
    uint8_t key[32];
    *why = "06-register 1: there is no registrar key";
    if ((err = signer(store, root_key, root, key)) != XJ_OK) return err == XJ_ENOTFOUND ? XJ_ESTATE : err;
    const struct xj_hash digest = xj_digest(CONTEXT, bytes);
    *why = "02-trust 3: the signature does not verify with the key that may sign this entry";
    if (xj_verify(NULL, key, &digest, signature) == XJ_OK) return XJ_OK;
    if (!root || e->number == 1) return XJ_ESIGNATURE;
    *why = "06-register 1: facts of exchange and registrar are signed by the root";
    if (signer(store, root_key, false, key) == XJ_OK && xj_verify(NULL, key, &digest, signature) == XJ_OK) return XJ_EDENIED;
    return XJ_ESIGNATURE;
}

/* ---- folding ---- */

#define TRANSPORT_PREFIX 3u
static const char transport_prefix[] = "R\1t";

static void transport_key(struct xj_buf *key, struct xj_slice transport)
{
    xj_buf_reset(key);
    xj_buf_add(key, transport_prefix, TRANSPORT_PREFIX);
    xj_buf_add_slice(key, transport);
}

static void seal_key(struct xj_buf *key, struct xj_slice agency, const uint8_t id[XJ_KEY_ID_SIZE])
{
    xj_buf_reset(key);
    xj_buf_add(key, "R\1s", 3);
    xj_buf_add_slice(key, agency);
    xj_buf_add(key, "", 1);
    xj_buf_add(key, id, XJ_KEY_ID_SIZE);
}

/* Another agency may have taken the key over meanwhile: then it names that one and stays. */
static enum xj_err forget_transport(const struct xj_store *store, struct xj_slice agency, const struct xj_buf *key,
                                    struct xj_buf *value)
{
    xj_buf_reset(value);
    const enum xj_err err = store->get(store->ctx, xj_buf_slice(key), value);
    if (err || !xj_slice_eq(xj_buf_slice(value), agency)) return err;
    return store->del(store->ctx, xj_buf_slice(key));
}

/* A transport key names one agency; an agency's old key names nobody. Sealing keys stay: old wraps must open. */
static enum xj_err index_keys(const struct xj_store *store, const struct change *c, struct xj_buf *key, struct xj_buf *old)
{
    enum xj_err err = xj_reg_get(store, "keys", c->id, UINT64_MAX, old);
    struct xj_doc doc = {0};
    if (!err && (err = xj_doc_kept(&doc, xj_buf_slice(old), XJ_MAX_REGISTER_NODES)) == XJ_OK) {
        transport_key(key, xj_map_bin(&doc.root, "transport"));
        xj_doc_close(&doc);
        err = forget_transport(store, c->id, key, old);
    }
    if (err && err != XJ_ENOTFOUND) return err;
    if (!c->object) return XJ_OK;
    transport_key(key, xj_map_bin(c->object, "transport"));
    if ((err = store->put(store->ctx, xj_buf_slice(key), c->id)) != XJ_OK) return err;
    const struct xj_slice seal = xj_map_bin(c->object, "seal");
    uint8_t id[XJ_KEY_ID_SIZE];
    xj_key_id(seal.p, id);
    seal_key(key, c->id, id);
    return store->put(store->ctx, xj_buf_slice(key), seal);
}

/* Effective date and revision of a procedure apart from its compiled bytes, which are large and asked for seldom. */
static enum xj_err index_revision(const struct xj_store *store, const struct change *c, struct xj_buf *key, struct xj_buf *value)
{
    xj_fact_revision_key(key, c->id);
    if (key->err) return key->err;
    if (!c->object) return store->del(store->ctx, xj_buf_slice(key));
    xj_fact_revision_put(value, c->object);
    return value->err ? value->err : store->put(store->ctx, xj_buf_slice(key), xj_buf_slice(value));
}

static enum xj_err change_put(const struct xj_store *store, uint64_t number, const struct change *c, struct xj_buf *key,
                              struct xj_buf *old)
{
    enum xj_err err = xj_slice_is(c->kind, "keys") ? index_keys(store, c, key, old) : XJ_OK;
    if (!err && xj_slice_is(c->kind, "procedure")) err = index_revision(store, c, key, old);
    if (err) return err;
    xj_fact_prefix(key, c->kind, c->id);
    xj_fact_number(key, number);
    if (key->err) return key->err;
    const struct xj_slice withdrawn = {(const uint8_t *)"\xc0", 1};
    return store->put(store->ctx, xj_buf_slice(key), c->object ? c->value : withdrawn);
}

static enum xj_err entry_fold(const struct xj_store *store, const struct entry *e, struct xj_slice bytes)
{
    struct xj_buf key, old;
    xj_buf_init(&key, KEY_BYTES);
    xj_buf_init(&old, XJ_MAX_REGISTER_ENTRY_BYTES);
    struct xj_cur list = e->changes;
    struct xj_slice raw = e->raw;
    struct change c;
    enum xj_err err = XJ_OK;
    while (!err && change_next(&list, &raw, &c)) err = change_put(store, e->number, &c, &key, &old);
    if (!err) err = head_put(store, e->number, bytes);
    xj_buf_free(&key);
    xj_buf_free(&old);
    return err;
}

enum xj_err xj_reg_apply(const struct xj_store *store, const uint8_t root_key[32], struct xj_slice entry,
                         struct xj_slice signature, const char **ret_why)
{
    const char *why = "";
    struct entry e = {0};
    enum xj_err err = entry_open(entry, &e, &why);
    if (!err) {
        err = entry_check(store, root_key, &e, entry, signature, &why);
        if (!err) err = entry_fold(store, &e, entry);
        xj_doc_close(&e.doc);
    }
    if (ret_why) *ret_why = err ? why : "";
    return err;
}

enum xj_err xj_reg_by_transport(const struct xj_store *store, const uint8_t key[32], char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    struct xj_buf k, value;
    xj_buf_init(&k, KEY_BYTES);
    xj_buf_init(&value, XJ_MAX_AGENCY_BYTES);
    transport_key(&k, xj_slice_of(key, 32));
    enum xj_err err = store->get(store->ctx, xj_buf_slice(&k), &value);
    struct xj_agency a;
    if (!err) err = xj_reg_agency(store, xj_buf_slice(&value), UINT64_MAX, &a);
    if (!err && a.state == XJ_AGENCY_REVOKED) err = XJ_ENOTFOUND;
    if (!err) memcpy(ret, a.id, sizeof a.id);
    xj_buf_free(&k);
    xj_buf_free(&value);
    return err;
}

/* Keys gathered before any is shown, because telling who may enter reads the store. */
struct transport_walk {
    struct {
        uint8_t key[32];
        char agency[XJ_MAX_AGENCY_BYTES + 1];
    } *list;
    size_t count, cap;
    enum xj_err err;
};

static bool gather_transport(void *arg, struct xj_slice key, struct xj_slice agency)
{
    struct transport_walk *w = arg;
    if (key.n != TRANSPORT_PREFIX + 32 || agency.n > XJ_MAX_AGENCY_BYTES) {
        w->err = XJ_ECORRUPT;
        return false;
    }
    if (w->count == w->cap) {
        const size_t cap = w->cap ? w->cap * 2 : 64;
        void *more = realloc(w->list, cap * sizeof *w->list);
        if (!more) {
            w->err = XJ_ENOMEM;
            return false;
        }
        w->list = more;
        w->cap = cap;
    }
    memset(&w->list[w->count], 0, sizeof w->list[0]);
    memcpy(w->list[w->count].key, key.p + TRANSPORT_PREFIX, 32);
    memcpy(w->list[w->count++].agency, agency.p, agency.n);
    return true;
}

enum xj_err xj_reg_transports(const struct xj_store *store, xj_transport_visit *visit, void *arg)
{
    struct transport_walk w = {0};
    const struct xj_slice prefix = xj_slice_of(transport_prefix, TRANSPORT_PREFIX);
    enum xj_err err = store->scan(store->ctx, prefix, prefix, false, gather_transport, &w);
    if (!err) err = w.err;
    bool on = true;
    for (size_t i = 0; !err && on && i < w.count; i++) {
        struct xj_agency a;
        err = xj_reg_agency(store, xj_slice_cstr(w.list[i].agency), UINT64_MAX, &a);
        if (!err && a.state != XJ_AGENCY_REVOKED) on = visit(arg, w.list[i].key, xj_slice_cstr(a.id));
        if (err == XJ_ENOTFOUND) err = XJ_OK; /* keys of an agency that was withdrawn */
    }
    free(w.list);
    return err;
}

enum xj_err xj_reg_seal_key(const struct xj_store *store, struct xj_slice agency, const uint8_t key_id[XJ_KEY_ID_SIZE],
                            uint8_t ret[32])
{
    struct xj_buf k, value;
    xj_buf_init(&k, KEY_BYTES);
    xj_buf_init(&value, 32);
    seal_key(&k, agency, key_id);
    enum xj_err err = k.err ? k.err : store->get(store->ctx, xj_buf_slice(&k), &value);
    if (!err && value.n != 32) err = XJ_ECORRUPT;
    if (!err) memcpy(ret, value.p, 32);
    xj_buf_free(&k);
    xj_buf_free(&value);
    return err;
}
