#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "agents/agent/view/draft_private.h"
#include "schema/wire/statement.h"

/* ---- papers ---- */

static size_t decoded_room(struct xj_slice text)
{
    return text.n / 4 * 3 + 3;
}

static bool decode_base64(struct xj_slice text, struct xj_buf *out)
{
    size_t n = 0;
    uint8_t *room = xj_buf_room(out, decoded_room(text));
    if (room == NULL)
        return false;
    if (sodium_base642bin(room, decoded_room(text), (const char *)text.p, text.n, "\r\n", &n, NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    out->n = n;
    return true;
}

static bool kind_known(const struct xj_draft *d, struct xj_slice kind)
{
    return xj_slice_is(kind, "other") || xj_model_paper(d->engine.model, kind) != XJ_NONE;
}

static void seal_paper(struct xj_draft *d, size_t i, struct xj_slice content)
{
    struct xj_buf plain;
    struct xj_outgoing_paper *to = &d->out->papers[i];
    struct xj_header_paper *in_header = &d->out->header.papers[i];
    xj_buf_init(&plain, decoded_room(content));
    if (!decode_base64(content, &plain)) {
        if (plain.err == XJ_ENOMEM)
            d->err = XJ_ENOMEM;
        else
            xj_draft_bad(d, "papers.content_base64");
    } else if (plain.n > XJ_MAX_PAPER_BYTES) {
        xj_draft_refuse_code(d, "oversize", d->papers[i].name);
    } else {
        xj_buf_init(&to->sealed, XJ_MAX_SEALED_PAPER_BYTES);
        enum xj_err err = xj_seal(d->env, XJ_SEAL_PAPER, xj_buf_slice(&plain), &to->sealed, d->papers[i].key, &d->papers[i].commit);
        if (err == XJ_ELIMIT)
            xj_draft_refuse_code(d, "oversize", d->papers[i].name);
        else if (err != XJ_OK)
            d->err = err;
    }
    if (d->err == XJ_OK) {
        to->digest = xj_digest(XJ_SEAL_PAPER, xj_buf_slice(&to->sealed));
        *in_header = (struct xj_header_paper){.kind = d->papers[i].kind, .sealed = to->digest,
                                              .size_class_bytes = xj_size_class(plain.n)};
    }
    xj_buf_wipe(&plain);
}

static void one_paper(struct xj_draft *d, size_t i, const json_t *one)
{
    struct xj_draft_paper *p = &d->papers[i];
    struct xj_slice content = xj_draft_str(d, one, "content_base64", "papers.content_base64");
    p->kind = xj_draft_str(d, one, "kind", "papers.kind");
    p->name = xj_draft_str(d, one, "name", "papers.name");
    p->media_type = xj_draft_str(d, one, "media_type", "papers.media_type");
    if (p->name.p == NULL)
        p->name = p->kind;
    if (p->media_type.p == NULL)
        p->media_type = xj_slice_cstr("application/octet-stream");
    if (d->err == XJ_OK && (p->kind.n == 0 || content.p == NULL))
        xj_draft_bad(d, "papers");
    if (d->err == XJ_OK && !kind_known(d, p->kind))
        xj_draft_refuse(d, false, "paper_unknown", p->kind, "程序没有这种材料", "the procedure has no such kind of paper",
                        "请从程序所列的材料种类中选择，或者用 other", "choose a kind that the procedure names, or \"other\"");
    if (d->err == XJ_OK)
        seal_paper(d, i, content);
}

void xj_draft_papers(struct xj_draft *d)
{
    const json_t *value = json_object_get(d->request, "papers");
    size_t n = json_array_size(value);
    if (d->err != XJ_OK || value == NULL || json_is_null(value))
        return;
    if (!json_is_array(value) || n > XJ_MAX_PAPERS) {
        xj_draft_bad(d, "papers");
        return;
    }
    if (n == 0)
        return;
    d->out->papers = calloc(n, sizeof *d->out->papers);
    if (d->out->papers == NULL) {
        d->err = XJ_ENOMEM;
        return;
    }
    d->out->paper_count = n;
    for (size_t i = 0; i < n && d->err == XJ_OK; i++)
        one_paper(d, i, json_array_get(value, i));
    d->out->header.paper_count = n;
}

/* ---- wraps ---- */

struct wraps {
    struct xj_wrap_entry *list;
    size_t count;
    char readers[XJ_MAX_TO + XJ_MAX_JOINT + 1][XJ_MAX_AGENCY_BYTES + 1]; /* the entries' reader slices point here */
    size_t reader_count;
};

/* 抄送 is the letter and the list, not the whole file: the act's own document, lists of items, and notices. */
static bool goes_to_copies(const struct xj_draft *d, struct xj_slice kind)
{
    static const char notice[] = "notice";
    for (uint16_t i = 0; i < d->act->paper_count; i++) {
        const struct xj_m_paper *p = &d->act->papers[i];
        bool same = xj_slice_is(kind, d->engine.model->papers[p->kind].id) ||
                    (p->or_kind != XJ_NONE && xj_slice_is(kind, d->engine.model->papers[p->or_kind].id));
        if (p->instrument && same)
            return true;
    }
    size_t n = sizeof notice - 1;
    return xj_slice_is(kind, "item_list") || (kind.n >= n && memcmp(kind.p + kind.n - n, notice, n) == 0);
}

static void wrap_one(struct xj_draft *d, struct wraps *w, struct xj_slice reader, const uint8_t public_key[32],
                     const struct xj_hash *object, const uint8_t key[32])
{
    if (d->err != XJ_OK)
        return;
    if (w->count == XJ_MAX_WRAPS) {
        xj_draft_refuse_code(d, "oversize", xj_slice_cstr("keys"));
        return;
    }
    struct xj_wrap_entry *e = &w->list[w->count++];
    e->object = *object;
    e->reader = reader;
    xj_key_id(public_key, e->key_id);
    enum xj_err err = xj_wrap(d->pairs, &d->keys->seal, public_key, object, key, e->wrap);
    if (err == XJ_ESIGNATURE)
        xj_draft_refuse(d, false, "recipient_key", reader, "收件单位登记的密钥不可用", "the recipient's registered key is unusable",
                        "请登记机关更正该单位的密钥", "have the registrar correct that agency's key");
    else if (err != XJ_OK)
        d->err = err;
}

static void wrap_object(struct xj_draft *d, struct wraps *w, struct xj_slice reader, const struct xj_agency *a,
                        const uint8_t seal_public[32], const struct xj_hash *object, const uint8_t key[32])
{
    wrap_one(d, w, reader, seal_public, object, key);
    if (memcmp(seal_public, a->keys.recovery, 32) != 0) /* one key twice would be a wrap twice */
        wrap_one(d, w, reader, a->keys.recovery, object, key);
}

static void wrap_for(struct xj_draft *d, struct wraps *w, struct xj_slice id, bool all_papers, const uint8_t body_key[32])
{
    const struct xj_agency *a;
    const struct xj_header *h = &d->out->header;
    bool self = xj_slice_is(id, d->v->agency);
    enum xj_err err = xj_reg_cache_agency(&d->v->agencies, &d->v->store, id, UINT64_MAX, &a);
    if (err != XJ_OK) {
        if (err == XJ_ENOTFOUND)
            xj_draft_refuse_code(d, self ? "suspended" : "recipient_unknown", id);
        else if (d->err == XJ_OK)
            d->err = err;
        return;
    }
    if (!a->connected)
        return; /* it has no keys; its copy is printed */
    char *reader = w->readers[w->reader_count++];
    memcpy(reader, id.p, id.n);
    reader[id.n] = '\0';
    const uint8_t *seal_public = self ? d->keys->seal.public_key : a->keys.seal;
    wrap_object(d, w, xj_slice_cstr(reader), a, seal_public, &h->body_digest, body_key);
    for (size_t i = 0; i < h->paper_count; i++)
        if (all_papers || goes_to_copies(d, h->papers[i].kind))
            wrap_object(d, w, xj_slice_cstr(reader), a, seal_public, &h->papers[i].sealed, d->papers[i].key);
}

static void wrap_all(struct xj_draft *d, const uint8_t body_key[32])
{
    const struct xj_header *h = &d->out->header;
    struct wraps *w = calloc(1, sizeof *w);
    if (w == NULL || (w->list = calloc(XJ_MAX_WRAPS, sizeof *w->list)) == NULL) {
        free(w);
        d->err = XJ_ENOMEM;
        return;
    }
    wrap_for(d, w, h->from, true, body_key);
    for (size_t i = 0; i < h->to_count; i++)
        if (h->to[i].role != XJ_TO_NOTICE)
            wrap_for(d, w, h->to[i].agency, h->to[i].role == XJ_TO_PRINCIPAL, body_key);
    for (size_t i = 0; i < h->joint_count; i++)
        wrap_for(d, w, h->joint[i], true, body_key);
    if (d->err == XJ_OK) {
        enum xj_err err = xj_keys_encode(d->keys->seal.id, w->list, w->count, &d->out->keys);
        err = err == XJ_OK ? d->out->keys.err : err;
        if (err == XJ_ELIMIT)
            xj_draft_refuse_code(d, "oversize", xj_slice_cstr("keys"));
        else if (err != XJ_OK)
            d->err = err;
    }
    free(w->list);
    free(w);
}

void xj_draft_seal(struct xj_draft *d)
{
    uint8_t key[32];
    struct xj_header *h = &d->out->header;
    if (d->err != XJ_OK)
        return;
    enum xj_err err = xj_seal(d->env, XJ_SEAL_BODY, xj_buf_slice(&d->plain), &d->out->body, key, &h->body_commit);
    if (err == XJ_ELIMIT)
        xj_draft_refuse_code(d, "oversize", xj_slice_cstr("body"));
    else if (err != XJ_OK)
        d->err = err;
    if (d->err == XJ_OK) {
        h->body_digest = xj_digest(XJ_SEAL_BODY, xj_buf_slice(&d->out->body));
        wrap_all(d, key);
        h->keys_digest = xj_digest(XJ_CTX_KEYS, xj_buf_slice(&d->out->keys));
    }
    sodium_memzero(key, sizeof key);
}
