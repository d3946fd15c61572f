#include "agents/agent/view/paper.h"

#include <sodium.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

static void copy(char *to, size_t size, struct xj_slice s)
{
    size_t n = s.n < size ? s.n : 0; /* a name too long to be one is none */
    if (n > 0)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

/* Row i of the body's list of papers: [sealed digest, commit, name, media type]. */
static void read_row(const msgpack_object *row, struct xj_paper *p)
{
    struct xj_cur c = xj_cur_over(row, 4, 4);
    struct xj_hash sealed = {{0}}, commit = {{0}};
    xj_take_bin_to(&c, sealed.b, sizeof sealed.b);
    xj_take_bin_to(&c, commit.b, sizeof commit.b);
    struct xj_slice name = xj_take_str(&c, 0, SIZE_MAX), media_type = xj_take_str(&c, 0, SIZE_MAX);
    if (xj_cur_end(&c) != XJ_OK || !xj_hash_eq(&sealed, &p->sealed))
        return;
    p->commit = commit;
    p->has_commit = true;
    copy(p->name, sizeof p->name, name);
    copy(p->media_type, sizeof p->media_type, media_type);
}

static void read_body(struct xj_slice body, struct xj_paper *p)
{
    struct xj_doc doc;
    if (!xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
        return;
    const msgpack_object *list = xj_map_get(&doc.root, "papers");
    for (uint32_t i = 0; list != NULL && list->type == MSGPACK_OBJECT_ARRAY && i < list->via.array.size; i++)
        read_row(&list->via.array.ptr[i], p);
    xj_doc_close(&doc);
}

/* Of an act that came by a share the wraps for this agency are that act's, and so on to one that came by itself. */
static void through_share(struct xj_view *v, struct xj_slice via, struct xj_paper *p)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_id next;
    unsigned field;
    for (unsigned steps = 0; via.n == sizeof next.b && steps < 64; steps++) {
        memcpy(next.b, via.p, sizeof next.b);
        sqlite3_stmt *st = xj_vq(v, "SELECT header, via FROM act WHERE id = ?1", "b", xj_id_slice(&next));
        if (!xj_vq_row(v, st))
            return;
        if (xj_header_decode(xj_vq_slice(st, 0), h, &field) == XJ_OK) {
            p->keys = h->keys_digest;
            copy(p->from, sizeof p->from, h->from);
        }
        via = xj_vq_slice(st, 1);
        bool more = via.n == sizeof next.b;
        if (more)
            memcpy(next.b, via.p, sizeof next.b);
        xj_vq_end(st);
        via = xj_slice_of(next.b, more ? sizeof next.b : 0);
    }
}

/* From a row (header, body, via); false when its header names no such paper. */
static bool read_act(struct xj_view *v, sqlite3_stmt *st, const struct xj_hash *sealed, struct xj_paper *ret)
{
    struct xj_header *h = &v->scratch->header;
    unsigned field;
    if (xj_header_decode(xj_vq_slice(st, 0), h, &field) != XJ_OK)
        return false;
    for (size_t i = 0; i < h->paper_count; i++) {
        if (!xj_hash_eq(&h->papers[i].sealed, sealed))
            continue;
        *ret = (struct xj_paper){.sealed = *sealed, .keys = h->keys_digest};
        copy(ret->kind, sizeof ret->kind, h->papers[i].kind);
        copy(ret->from, sizeof ret->from, h->from);
        read_body(xj_vq_slice(st, 1), ret);
        through_share(v, xj_vq_slice(st, 2), ret);
        return true;
    }
    return false;
}

static const char *ordered_of(struct xj_slice why)
{
    return xj_slice_is(why, "destroyed") ? "destroyed" : xj_slice_is(why, "restricted") ? "restricted" : NULL;
}

/* In rows (header, body, via, why) of each place in turn, until one has it. */
static enum xj_err find(struct xj_view *v, const char *const *places, size_t count, struct xj_id act, const struct xj_hash *sealed,
                        struct xj_paper *ret)
{
    bool found = false;
    xj_view_begin(v, false);
    for (size_t i = 0; !found && i < count; i++) {
        sqlite3_stmt *st = xj_vq(v, places[i], "b", xj_id_slice(&act));
        while (!found && xj_vq_row(v, st)) {
            const char *ordered = ordered_of(xj_vq_slice(st, 3)); /* before the row is read: that ends at another */
            found = read_act(v, st, sealed, ret);
            ret->ordered = ordered;
        }
        xj_vq_end(st);
    }
    enum xj_err err = xj_view_end(v);
    return err != XJ_OK ? err : found ? XJ_OK : XJ_ENOTFOUND;
}

enum xj_err xj_paper_find(struct xj_view *v, struct xj_id act, const struct xj_hash *sealed, struct xj_paper *ret)
{
    static const char *const places[] = {"SELECT header, body, via, why_unreadable FROM act WHERE id = ?1",
                                         "SELECT header, body, NULL, why_unreadable FROM own WHERE id = ?1 ORDER BY number DESC"};
    return find(v, places, 2, act, sealed, ret);
}

enum xj_err xj_paper_find_held(struct xj_view *v, struct xj_id act, const struct xj_hash *sealed, struct xj_paper *ret)
{
    static const char *const places[] = {"SELECT header, held.body, via, NULL FROM act JOIN held ON held.case_id = act.case_id"
                                         " AND held.seq = act.seq WHERE act.id = ?1"};
    return find(v, places, 1, act, sealed, ret);
}

enum xj_err xj_paper_open(struct xj_view *v, const struct xj_paper *p, struct xj_slice sealed, struct xj_slice keys,
                          struct xj_buf *out, const char **ret_why)
{
    uint8_t key[32];
    *ret_why = "no_keys";
    if (!v->has_keys)
        return XJ_OK;
    xj_view_begin(v, false);
    *ret_why = xj_view_object_key(v, xj_slice_cstr(p->from), keys, &p->sealed, key);
    enum xj_err err = xj_view_end(v);
    if (err == XJ_OK && *ret_why == NULL) {
        err = xj_unseal(XJ_SEAL_PAPER, sealed, key, p->has_commit ? &p->commit : NULL, out);
        if (err != XJ_OK && err != XJ_ENOMEM) {
            *ret_why = "seal";
            err = XJ_OK;
        }
    }
    sodium_memzero(key, sizeof key);
    return err;
}
