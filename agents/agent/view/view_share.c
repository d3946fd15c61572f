/* Messages that others share: checked like deliveries, then held and folded at their own place. Spec: spec/03-message.md,
 * section 3b, and spec/09-fold.md, section 10.3. Whatever does not verify leaves the share an act without effect. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

#define DEPTH_MAX 8u /* shares of shares */

/* One shared message while it is looked at; slices point into the share's body. */
struct shared {
    struct xj_doc doc;
    struct xj_slice header_bytes, statement, sealed, key;
    const msgpack_object *signature, *statement_signature, *delivered;
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_hash digest;
    struct xj_buf body;
    const char *why; /* the body is not here */
};

static bool verified(const uint8_t key[32], const struct xj_hash *digest, const msgpack_object *signature)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MAX_SIGNATURE_BYTES);
    xj_put_object(&bytes, signature);
    bool good = bytes.err == XJ_OK && xj_verify(NULL, key, digest, xj_buf_slice(&bytes)) == XJ_OK;
    xj_buf_free(&bytes);
    return good;
}

static bool by_exchange(struct xj_view *v, const char *context, struct xj_slice statement, const msgpack_object *signature, uint64_t number)
{
    struct xj_reg_head head;
    uint8_t key[32];
    struct xj_hash digest = xj_digest(context, statement);
    enum xj_err err = xj_reg_head(&v->store, &head);
    if (err == XJ_OK)
        err = number <= head.number ? xj_reg_exchange_sign(&v->store, number, key) : XJ_ENOTFOUND;
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    return err == XJ_OK && signature != NULL && verified(key, &digest, signature);
}

static bool by_sender(struct xj_view *v, const struct shared *s)
{
    struct xj_agency a;
    enum xj_err err = xj_reg_agency(&v->store, s->header.from, s->admitted.register_number, &a);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    return err == XJ_OK && a.connected && s->signature != NULL && verified(a.keys.sign, &s->digest, s->signature);
}

static const struct xj_id *target_of(const struct xj_header *share)
{
    for (size_t i = 0; i < share->relate_count; i++)
        if (xj_slice_is(share->relates[i].relation, "shares"))
            return &share->relates[i].id;
    return NULL;
}

static bool read_shared(const msgpack_object *map, struct shared *s)
{
    unsigned field;
    s->header_bytes = xj_map_bin(map, "header");
    s->statement = xj_map_bin(map, "admitted");
    s->sealed = xj_map_bin(map, "body");
    s->key = xj_map_bin(map, "key");
    s->signature = xj_map_get(map, "signature");
    s->statement_signature = xj_map_get(map, "admitted_signature");
    s->delivered = xj_map_get(map, "delivered");
    if (xj_header_decode(s->header_bytes, &s->header, &field) != XJ_OK || xj_admitted_decode(s->statement, &s->admitted) != XJ_OK)
        return false;
    s->digest = xj_header_digest(s->header_bytes);
    return xj_hash_eq(&s->digest, &s->admitted.message);
}

/* NULL and s->body filled; or why there is none. False: the share lies about it. */
static bool open_body(struct xj_view *v, struct shared *s)
{
    s->why = "not_for_us";
    if (s->sealed.p == NULL && s->key.p == NULL)
        return true;
    struct xj_hash digest = xj_digest(XJ_SEAL_BODY, s->sealed);
    if (s->key.n != 32 || !xj_hash_eq(&digest, &s->header.body_digest))
        return false;
    enum xj_err err = xj_unseal(XJ_SEAL_BODY, s->sealed, s->key.p, &s->header.body_commit, &s->body);
    if (err == XJ_ENOMEM)
        xj_view_fail(v, err);
    if (err != XJ_OK)
        return false;
    s->why = xj_body_sound(xj_buf_slice(&s->body)) ? NULL : "form";
    return true;
}

static void take_delivered(struct xj_view *v, const struct shared *s)
{
    struct xj_cur list = xj_cur_over(s->delivered, 0, XJ_SHARE_DELIVERED_MAX);
    while (list.left > 0 && !list.bad && v->err == XJ_OK) {
        struct xj_cur one = xj_take_array(&list, 2, 2);
        struct xj_slice statement = xj_take_bin(&one, 1, XJ_MAX_STATEMENT_BYTES);
        const msgpack_object *signature = xj_take_any(&one);
        struct xj_delivered d;
        enum xj_err err = one.bad ? XJ_EMALFORMED : xj_delivered_decode(statement, &d);
        if (err == XJ_ENOMEM)
            xj_view_fail(v, err);
        if (err != XJ_OK)
            continue;
        if (by_exchange(v, XJ_CTX_DELIVERED, statement, signature, d.register_number))
            xj_view_delivered(v, &d, &s->digest, 0);
        free(d.items);
    }
}

static void take(struct xj_view *v, const struct xj_header *share, struct xj_slice body, const struct xj_view_from *from, unsigned depth);

static void take_one(struct xj_view *v, const struct xj_header *share, const msgpack_object *map, const struct xj_view_from *from,
                     struct shared *s, unsigned depth)
{
    const struct xj_id *target = target_of(share);
    struct xj_id via = share->id;
    if (target == NULL || !read_shared(map, s) || !xj_id_eq(&s->header.id, target) || !xj_id_eq(&s->header.case_id, &share->case_id) ||
        !by_exchange(v, XJ_CTX_ADMITTED, s->statement, s->statement_signature, s->admitted.register_number) || !by_sender(v, s) ||
        !open_body(v, s))
        return;
    struct xj_slice none = {NULL, 0}, plain = s->why == NULL ? xj_buf_slice(&s->body) : none;
    struct xj_view_from through = {.entry = from->entry, .answer = from->answer, .via = &via};
    xj_view_fold(v, &s->header, s->header_bytes, &s->admitted, s->statement, plain, s->why, &through);
    take_delivered(v, s);
    if (plain.p != NULL && target_of(&s->header) != NULL && depth < DEPTH_MAX)
        take(v, &s->header, plain, &through, depth + 1);
}

static void take(struct xj_view *v, const struct xj_header *share, struct xj_slice body, const struct xj_view_from *from, unsigned depth)
{
    struct shared *s = calloc(1, sizeof *s);
    if (s == NULL) {
        xj_view_fail(v, XJ_ENOMEM);
        return;
    }
    xj_buf_init(&s->body, XJ_MAX_BODY_BYTES);
    if (xj_doc_open(&s->doc, body, XJ_MAX_BODY_NODES) == XJ_OK) {
        const msgpack_object *map = xj_map_get(&s->doc.root, "shared");
        if (map != NULL && map->type == MSGPACK_OBJECT_MAP)
            take_one(v, share, map, from, s, depth);
        xj_doc_close(&s->doc);
    }
    xj_buf_wipe(&s->body);
    free(s);
}

void xj_view_take_share(struct xj_view *v, struct xj_slice share_header, struct xj_slice body, const struct xj_view_from *from)
{
    unsigned field;
    if (body.p == NULL || v->err != XJ_OK)
        return;
    struct xj_header *share = calloc(1, sizeof *share);
    if (share == NULL)
        xj_view_fail(v, XJ_ENOMEM);
    else if (xj_header_decode(share_header, share, &field) == XJ_OK && target_of(share) != NULL && !xj_slice_is(share->from, v->agency) &&
             xj_body_sound(body)) /* what this agency shares it has */
        take(v, share, body, from, 0);
    free(share);
}
