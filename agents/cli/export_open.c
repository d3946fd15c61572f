/* The sealed objects of the case's messages, and what the keys at hand open of them, with the salts that prove it. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agents/cli/export_private.h"
#include "schema/trust/order.h"
#include "schema/wire/read.h"

#define BODY_NODES_MAX 16384u

struct opening {
    struct xj_ex *x;
    struct xj_pairs *pairs;
    struct xj_buf keys, sealed, plain;
    bool has_keys;
    bool restricted; /* the message in hand: an order has it stay sealed (spec 18, 6) */
    /* of the wrap searched for */
    const struct xj_hash *object;
    uint8_t wrap[48];
    const struct xj_seal_key *own; /* that opens it; NULL: not found */
};

/* True with the bytes in buf; false when the ledger has no such object. */
static bool fetch(struct xj_ex *x, const struct xj_hash *digest, struct xj_buf *buf)
{
    enum xj_err err = xj_object_get(x->db, digest, buf);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_ex_fail(x, err);
    return err == XJ_OK;
}

static bool see_wrap(void *arg, const struct xj_wrap_entry *w)
{
    struct opening *o = arg;
    if (!xj_hash_eq(&w->object, o->object) || !xj_slice_eq(w->reader, o->x->b.owner))
        return true;
    o->own = xj_agency_seal_key(o->x->o->keys, w->key_id);
    if (o->own == NULL)
        return true;
    memcpy(o->wrap, w->wrap, sizeof o->wrap);
    return false;
}

/* Appends the plaintext of what lies in o->sealed. False when these keys do not open it. */
static bool unseal(struct opening *o, const char *context, struct xj_slice from, const struct xj_hash *object,
                   const struct xj_hash *commit, uint8_t ret_salt[XJ_SALT_SIZE])
{
    struct xj_ex *x = o->x;
    uint8_t sender_id[XJ_KEY_ID_SIZE], sender[32], key[32];
    o->object = object;
    o->own = NULL;
    xj_buf_reset(&o->plain);
    if (o->restricted || !x->signs || !o->has_keys || xj_keys_decode(xj_buf_slice(&o->keys), sender_id, see_wrap, o) != XJ_OK ||
        o->own == NULL || xj_reg_seal_key(&x->store, from, sender_id, sender) != XJ_OK)
        return false;
    enum xj_err err = xj_unwrap(o->pairs, o->own, sender, object, o->wrap, key);
    if (err == XJ_OK)
        err = xj_unseal_salted(context, xj_buf_slice(&o->sealed), key, commit, ret_salt, &o->plain);
    if (err == XJ_ENOMEM)
        xj_ex_fail(x, err);
    sodium_memzero(key, sizeof key);
    return err == XJ_OK;
}

static void add_salt(struct xj_ex *x, const struct xj_hash *object, const uint8_t salt[XJ_SALT_SIZE])
{
    for (size_t i = 0; i < x->b.salt_count; i++)
        if (xj_hash_eq(&x->b.salts[i].object, object))
            return;
    struct xj_ev_salt *grown = realloc(x->b.salts, (x->b.salt_count + 1) * sizeof *grown);
    if (grown == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return;
    }
    x->b.salts = grown;
    struct xj_ev_salt *to = &x->b.salts[x->b.salt_count++];
    to->object = *object;
    memcpy(to->salt, salt, XJ_SALT_SIZE);
}

/* Commit and file name of a paper, from the body's row; false when there is none. */
static bool paper_row(const msgpack_object *list, size_t i, const struct xj_hash *sealed, struct xj_hash *ret_commit, struct xj_slice *ret_name)
{
    struct xj_hash found = {{0}};
    if (list == NULL || list->type != MSGPACK_OBJECT_ARRAY || i >= list->via.array.size)
        return false;
    struct xj_cur c = xj_cur_over(&list->via.array.ptr[i], 4, 4);
    xj_take_bin_to(&c, found.b, XJ_HASH_SIZE);
    xj_take_bin_to(&c, ret_commit->b, XJ_HASH_SIZE);
    *ret_name = xj_take_str(&c, 0, SIZE_MAX);
    (void)xj_take_str(&c, 0, SIZE_MAX);
    return xj_cur_end(&c) == XJ_OK && xj_hash_eq(&found, sealed);
}

static void papers(struct opening *o, const struct xj_header *h, struct xj_slice body)
{
    struct xj_ex *x = o->x;
    struct xj_doc doc;
    const bool read = body.p != NULL && xj_doc_open(&doc, body, BODY_NODES_MAX) == XJ_OK;
    const msgpack_object *list = read ? xj_map_get(&doc.root, "papers") : NULL;
    for (size_t i = 0; i < h->paper_count && x->err == XJ_OK; i++) {
        const struct xj_hash *sealed = &h->papers[i].sealed;
        uint8_t salt[XJ_SALT_SIZE];
        struct xj_hash commit;
        struct xj_slice name;
        if (!fetch(x, sealed, &o->sealed))
            continue;
        xj_ex_add_file(x, "objects", sealed, "", xj_buf_slice(&o->sealed));
        if (!paper_row(list, i, sealed, &commit, &name) || !unseal(o, XJ_SEAL_PAPER, h->from, sealed, &commit, salt))
            continue;
        xj_ex_add_file(x, "papers", sealed, xj_bundle_ending(name), xj_buf_slice(&o->plain));
        add_salt(x, sealed, salt);
    }
    if (read)
        xj_doc_close(&doc);
}

/* ---- orders to restrict ---- */

struct restriction {
    const struct xj_header *h;
    uint64_t register_number; /* under which it was admitted */
    bool found;
};

static enum xj_err see_order(void *arg, const struct xj_order *o)
{
    struct restriction *r = arg;
    r->found = r->found || (o->kind == XJ_ORDER_RESTRICT && r->register_number < o->number && xj_order_names(o, r->h));
    return XJ_OK;
}

static bool is_restricted(struct xj_ex *x, const struct xj_header *h, const struct xj_hash *digest)
{
    struct restriction r = {.h = h, .register_number = UINT64_MAX};
    for (size_t i = 0; i < x->b.entry_count; i++) {
        const struct xj_entry *e = &x->b.entries[i].e;
        if (e->kind == XJ_ENTRY_ADMITTED && xj_admitted_decode(e->head, x->admitted) == XJ_OK && xj_hash_eq(&x->admitted->message, digest))
            r.register_number = x->admitted->register_number;
    }
    enum xj_err err = xj_order_each(&x->store, see_order, &r);
    if (err != XJ_OK)
        xj_ex_fail(x, err);
    return r.found;
}

static bool any_order(void *arg, struct xj_slice id, struct xj_slice value)
{
    (void)id;
    (void)value;
    *(bool *)arg = true;
    return false;
}

static void message(struct opening *o, const struct xj_header *h)
{
    struct xj_ex *x = o->x;
    uint8_t salt[XJ_SALT_SIZE];
    struct xj_slice body = {NULL, 0};
    o->has_keys = fetch(x, &h->keys_digest, &o->keys);
    if (o->has_keys)
        xj_ex_add_file(x, "objects", &h->keys_digest, "", xj_buf_slice(&o->keys));
    if (fetch(x, &h->body_digest, &o->sealed)) {
        xj_ex_add_file(x, "objects", &h->body_digest, "", xj_buf_slice(&o->sealed));
        if (unseal(o, XJ_SEAL_BODY, h->from, &h->body_digest, &h->body_commit, salt)) {
            xj_ex_add_file(x, "bodies", &h->body_digest, "", xj_buf_slice(&o->plain));
            add_salt(x, &h->body_digest, salt);
            body = xj_ex_keep(x, xj_buf_slice(&o->plain));
        }
    }
    if (x->err == XJ_OK)
        papers(o, h, body);
}

void xj_ex_open(struct xj_ex *x)
{
    struct opening o = {.x = x, .pairs = xj_pairs_new()};
    unsigned field;
    bool orders = false;
    xj_ex_fail(x, xj_reg_each(&x->store, "order", xj_slice_of(NULL, 0), any_order, &orders));
    xj_buf_init(&o.keys, XJ_MAX_KEYS_BYTES);
    xj_buf_init(&o.sealed, XJ_MAX_SEALED_PAPER_BYTES);
    xj_buf_init(&o.plain, XJ_MAX_PAPER_BYTES);
    if (o.pairs == NULL)
        xj_ex_fail(x, XJ_ENOMEM);
    for (size_t i = 0; i < x->b.entry_count && x->err == XJ_OK; i++) {
        const struct xj_entry *e = &x->b.entries[i].e;
        const struct xj_hash digest = xj_header_digest(e->head);
        if ((e->kind != XJ_ENTRY_OWN && e->kind != XJ_ENTRY_RECEIVED) || xj_header_decode(e->head, x->header, &field) != XJ_OK)
            continue;
        o.restricted = orders && is_restricted(x, x->header, &digest);
        message(&o, x->header);
    }
    xj_pairs_free(o.pairs);
    xj_buf_free(&o.keys);
    xj_buf_free(&o.sealed);
    xj_buf_wipe(&o.plain);
}
