/* Sharing a message of a case with who was no reader of it. Spec: spec/03-message.md, section 3b. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/draft_private.h"
#include "schema/wire/pack.h"

/* ---- what the ledger holds of it ---- */

static void fetch(struct xj_draft *d, uint64_t entry, enum xj_entry_kind kind, enum xj_entry_kind or_kind, struct xj_ledger_item *ret)
{
    if (d->err != XJ_OK)
        return;
    d->err = d->v->ledger.item != NULL ? d->v->ledger.item(d->v->ledger.ctx, entry, ret) : XJ_ESTATE;
    if (d->err == XJ_OK && ret->kind != kind && ret->kind != or_kind)
        d->err = XJ_ECORRUPT;
}

static void fetch_deliveries(struct xj_draft *d, const struct xj_hash *digest)
{
    uint64_t entries[XJ_SHARE_DELIVERED_MAX];
    size_t n = 0;
    sqlite3_stmt *st = xj_vq(d->v, "SELECT DISTINCT entry FROM delivery WHERE digest = ?1 AND entry IS NOT NULL ORDER BY entry LIMIT 32",
                             "b", xj_hash_slice(digest));
    while (xj_vq_row(d->v, st) && n < XJ_SHARE_DELIVERED_MAX)
        entries[n++] = (uint64_t)sqlite3_column_int64(st, 0);
    for (size_t i = 0; i < n && d->err == XJ_OK; i++) {
        fetch(d, entries[i], XJ_ENTRY_DELIVERED, XJ_ENTRY_DELIVERED, &d->share.delivered[d->share.delivered_count]);
        d->share.delivered_count += d->err == XJ_OK;
    }
}

/* ---- its papers ---- */

static struct xj_slice recalled(struct xj_draft *d, struct xj_slice text)
{
    json_t *kept = json_stringn((const char *)text.p, text.n);
    if (json_array_append_new(d->recalled, kept) != 0)
        d->err = XJ_ENOMEM;
    return d->err == XJ_OK ? xj_draft_slice(kept) : (struct xj_slice){NULL, 0};
}

/* Row of the target's body: [sealed digest, commit, name, media type]; false when it speaks of another paper. */
static bool read_row(struct xj_draft *d, const msgpack_object *row, const struct xj_hash *sealed, struct xj_draft_paper *p)
{
    struct xj_cur c = xj_cur_over(row, 4, 4);
    struct xj_hash digest = {{0}};
    xj_take_bin_to(&c, digest.b, sizeof digest.b);
    xj_take_bin_to(&c, p->commit.b, sizeof p->commit.b);
    struct xj_slice name = xj_take_str(&c, 0, SIZE_MAX), media_type = xj_take_str(&c, 0, SIZE_MAX);
    if (xj_cur_end(&c) != XJ_OK || !xj_hash_eq(&digest, sealed))
        return false;
    p->name = recalled(d, name);
    p->media_type = recalled(d, media_type);
    return d->err == XJ_OK;
}

/* A paper goes along when this agency can open it and the body says what it is called. */
static void add_paper(struct xj_draft *d, const msgpack_object *list, const struct xj_header_paper *paper)
{
    struct xj_header *h = &d->out->header;
    struct xj_draft_paper *p = &d->papers[h->paper_count];
    bool named = false;
    if (xj_view_object_key(d->v, d->share.header->from, xj_buf_slice(&d->share.message.keys), &paper->sealed, p->key) != NULL)
        return;
    for (uint32_t i = 0; !named && list != NULL && list->type == MSGPACK_OBJECT_ARRAY && i < list->via.array.size; i++)
        named = read_row(d, &list->via.array.ptr[i], &paper->sealed, p);
    if (!named)
        return;
    p->kind = paper->kind;
    h->papers[h->paper_count++] = *paper;
}

static void add_papers(struct xj_draft *d, struct xj_slice body)
{
    struct xj_doc doc;
    if (!xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
        return;
    const msgpack_object *list = xj_map_get(&doc.root, "papers");
    for (size_t i = 0; i < d->share.header->paper_count && d->err == XJ_OK; i++)
        add_paper(d, list, &d->share.header->papers[i]);
    xj_doc_close(&doc);
}

/* ---- all of it ---- */

static bool is_share(struct xj_draft *d)
{
    const struct xj_header *h = &d->out->header;
    for (size_t i = 0; i < h->relate_count; i++)
        if (xj_slice_is(h->relates[i].relation, "shares")) {
            d->share.target = h->relates[i].id;
            d->share.on = true;
        }
    return d->share.on;
}

/* A row (entry, answer, body) of the target. */
static void load(struct xj_draft *d, uint64_t entry, uint64_t answer, struct xj_slice body)
{
    struct xj_draft_share *s = &d->share;
    unsigned field;
    fetch(d, entry, XJ_ENTRY_OWN, XJ_ENTRY_RECEIVED, &s->message);
    fetch(d, answer, XJ_ENTRY_ADMITTED, XJ_ENTRY_ADMITTED, &s->answer);
    if (d->err == XJ_OK && (s->header = calloc(1, sizeof *s->header)) == NULL)
        d->err = XJ_ENOMEM;
    if (d->err == XJ_OK && xj_header_decode(xj_buf_slice(&s->message.head), s->header, &field) != XJ_OK)
        d->err = XJ_ECORRUPT;
    if (d->err != XJ_OK || body.p == NULL)
        return;
    s->open = xj_view_object_key(d->v, s->header->from, xj_buf_slice(&s->message.keys), &s->header->body_digest, s->key) == NULL;
    if (s->open)
        add_papers(d, body);
}

void xj_draft_share(struct xj_draft *d)
{
    struct xj_hash digest = {{0}};
    if (d->err != XJ_OK || !is_share(d))
        return;
    if (json_array_size(json_object_get(d->request, "papers")) > 0) {
        xj_draft_bad(d, "papers"); /* those of what is shared, and no others */
        return;
    }
    sqlite3_stmt *st = xj_vq(d->v, "SELECT entry, answer, body, digest FROM act WHERE id = ?1 AND case_id = ?2 AND via IS NULL"
                                   " AND coalesce(why_unreadable, '') NOT IN ('destroyed', 'restricted')", "bb",
                             xj_id_slice(&d->share.target), xj_id_slice(&d->out->header.case_id));
    if (!xj_vq_row(d->v, st)) {
        xj_draft_refuse(d, false, "relates", xj_slice_cstr("shares"), "本单位在本案中没有直接收到或者发出过这份文书",
                        "this agency neither sent nor received such a message in this case", "经他人转交得到的，请转交该转交件",
                        "what came by a share is handed on by sharing that");
        return;
    }
    struct xj_slice found = xj_vq_slice(st, 3);
    if (found.n == sizeof digest.b)
        memcpy(digest.b, found.p, found.n);
    load(d, (uint64_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1), xj_vq_slice(st, 2));
    xj_vq_end(st);
    fetch_deliveries(d, &digest);
}

/* Keys in the order of their encoding (01-encoding, 1.4): the shorter first. */
void xj_draft_put_shared(struct xj_draft *d, struct xj_buf *out)
{
    const struct xj_draft_share *s = &d->share;
    xj_put_map(out, 4u + (s->open ? 2u : 0u) + (s->delivered_count > 0 ? 1u : 0u));
    if (s->open) {
        xj_put_cstr(out, "key");
        xj_put_bin(out, s->key, sizeof s->key);
        xj_put_cstr(out, "body");
        xj_put_bins(out, xj_buf_slice(&s->message.body));
    }
    xj_put_cstr(out, "header");
    xj_put_bins(out, xj_buf_slice(&s->message.head));
    xj_put_cstr(out, "admitted");
    xj_put_bins(out, xj_buf_slice(&s->answer.head));
    if (s->delivered_count > 0) {
        xj_put_cstr(out, "delivered");
        xj_put_array(out, (uint32_t)s->delivered_count);
    }
    for (size_t i = 0; i < s->delivered_count; i++) {
        xj_put_array(out, 2);
        xj_put_bins(out, xj_buf_slice(&s->delivered[i].head));
        xj_put_raw(out, xj_buf_slice(&s->delivered[i].sig));
    }
    xj_put_cstr(out, "signature");
    xj_put_raw(out, xj_buf_slice(&s->message.sig));
    xj_put_cstr(out, "admitted_signature");
    xj_put_raw(out, xj_buf_slice(&s->answer.sig));
}

void xj_draft_share_free(struct xj_draft *d)
{
    xj_ledger_item_free(&d->share.message);
    xj_ledger_item_free(&d->share.answer);
    for (size_t i = 0; i < d->share.delivered_count; i++)
        xj_ledger_item_free(&d->share.delivered[i]);
    free(d->share.header);
    sodium_memzero(d->share.key, sizeof d->share.key);
}
