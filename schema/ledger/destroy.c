#include "schema/ledger/destroy.h"

#include <stdlib.h>
#include <string.h>

#define CANDIDATES 4096u /* looked at in one round */

static bool is_message(const struct xj_entry *e)
{
    return e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED || e->kind == XJ_ENTRY_MESSAGE;
}

/* ---- what may be covered ---- */

struct find {
    const struct xj_order *order;
    struct xj_header *h;
    uint64_t *at; /* entries */
    size_t count;
    uint64_t next; /* where a further round begins; 0: nothing behind */
    enum xj_err err;
};

/* Whether the entry is a message that can be read. Without memory nothing is known of it: the round ends with that, for a message
 * passed by would keep its content, or lose what another one names, too. */
static bool read_header(const struct xj_entry *e, struct xj_header *h, enum xj_err *err)
{
    unsigned field;
    const enum xj_err read = is_message(e) ? xj_header_decode(e->head, h, &field) : XJ_EMALFORMED;
    if (read == XJ_ENOMEM)
        *err = read;
    return read == XJ_OK;
}

static bool see_entry(void *arg, const struct xj_entry *e)
{
    struct find *f = arg;
    if (!read_header(e, f->h, &f->err) || (!xj_order_names(f->order, f->h) && xj_order_shared(f->h) == NULL))
        return f->err == XJ_OK;
    if (f->count == CANDIDATES) {
        f->next = e->n;
        return false;
    }
    f->at[f->count++] = e->n;
    return true;
}

struct round {
    struct xj_log *log;
    const struct xj_order *order;
    const struct xj_destroy_hooks *hooks;
    struct xj_destroyed *out;
    struct xj_header *h;
    struct xj_buf buf;
    bool *keep; /* by digest */
    enum xj_err err;
};

/* Destroyed in this round, or before. */
static bool is_gone(struct round *r, const struct xj_id *id)
{
    bool gone = xj_id_among(r->out->messages, r->out->message_count, id);
    if (!gone && r->err == XJ_OK)
        r->err = r->hooks->gone(r->hooks->ctx, id, &gone);
    return gone;
}

static bool is_covered(struct round *r, const struct xj_entry *e)
{
    struct xj_destroy_answer a = {.answered = false};
    const struct xj_id *shared = xj_order_shared(r->h);
    r->err = r->hooks->answer(r->hooks->ctx, e, r->h, &a);
    if (r->err != XJ_OK || !a.answered)
        return false;
    if (xj_order_names(r->order, r->h) && a.admitted && a.register_number < r->order->number)
        return true;
    return shared != NULL && is_gone(r, shared);
}

static void add(struct round *r)
{
    struct xj_destroyed *d = r->out;
    d->messages[d->message_count++] = r->h->id;
    d->digests[d->digest_count++] = r->h->body_digest;
    d->digests[d->digest_count++] = r->h->keys_digest;
    for (size_t i = 0; i < r->h->paper_count; i++)
        d->digests[d->digest_count++] = r->h->papers[i].sealed;
    if (r->hooks->going != NULL)
        r->err = r->hooks->going(r->hooks->ctx, r->h);
}

static bool is_full(const struct xj_destroyed *d)
{
    return d->message_count == XJ_DESTROYED_MESSAGES || d->digest_count + 2 + XJ_MAX_PAPERS > XJ_DESTROYED_DIGESTS;
}

static void gather(struct round *r, const struct find *f, uint64_t *ret_next)
{
    struct xj_entry e;
    for (size_t i = 0; i < f->count && r->err == XJ_OK; i++) {
        if (is_full(r->out)) {
            *ret_next = f->at[i];
            return;
        }
        r->err = xj_log_get(r->log, f->at[i], &r->buf, &e);
        if (r->err == XJ_ENOTFOUND) r->err = XJ_ECORRUPT; /* it was found a moment ago */
        if (r->err == XJ_OK && read_header(&e, r->h, &r->err) && is_covered(r, &e))
            add(r);
    }
    *ret_next = f->next;
}

/* ---- what somebody else still names ---- */

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct xj_hash));
}

static void sort_digests(struct xj_destroyed *d)
{
    size_t n = 0;
    qsort(d->digests, d->digest_count, sizeof d->digests[0], by_bytes);
    for (size_t i = 0; i < d->digest_count; i++)
        if (n == 0 || !xj_hash_eq(&d->digests[n - 1], &d->digests[i]))
            d->digests[n++] = d->digests[i];
    d->digest_count = n;
}

static void mark(struct round *r, const struct xj_hash *digest, const struct xj_id *by)
{
    const struct xj_destroyed *d = r->out;
    const struct xj_hash *found = bsearch(digest, d->digests, d->digest_count, sizeof d->digests[0], by_bytes);
    if (found != NULL && !r->keep[found - d->digests] && !is_gone(r, by) && r->err == XJ_OK)
        r->keep[found - d->digests] = true;
}

static bool see_others(void *arg, const struct xj_entry *e)
{
    struct round *r = arg;
    if (!read_header(e, r->h, &r->err))
        return r->err == XJ_OK;
    mark(r, &r->h->body_digest, &r->h->id);
    mark(r, &r->h->keys_digest, &r->h->id);
    for (size_t i = 0; i < r->h->paper_count; i++)
        mark(r, &r->h->papers[i].sealed, &r->h->id);
    return r->err == XJ_OK;
}

static void destroy(struct round *r)
{
    struct xj_destroyed *d = r->out;
    size_t n = 0;
    for (size_t i = 0; i < d->digest_count; i++)
        if (!r->keep[i])
            d->digests[n++] = d->digests[i];
    d->digest_count = n;
    for (size_t i = 0; i < n && r->err == XJ_OK; i++)
        r->err = xj_object_destroy(xj_log_db(r->log), &d->digests[i]);
}

static enum xj_err run(struct round *r, struct find *f, uint64_t *from, bool *ret_more)
{
    uint64_t next = 0;
    r->err = xj_log_scan(r->log, *from, see_entry, f);
    if (r->err == XJ_OK)
        r->err = f->err;
    if (r->err == XJ_OK)
        gather(r, f, &next);
    *ret_more = next != 0;
    *from = next != 0 ? next : xj_log_size(r->log) + 1;
    if (r->err != XJ_OK || r->out->message_count == 0)
        return r->err;
    sort_digests(r->out);
    enum xj_err err = xj_log_scan(r->log, 1, see_others, r);
    if (r->err == XJ_OK)
        r->err = err;
    if (r->err == XJ_OK)
        destroy(r);
    return r->err;
}

enum xj_err xj_destroy_round(struct xj_log *log, const struct xj_order *order, const struct xj_destroy_hooks *hooks, uint64_t *from,
                             bool *ret_more, struct xj_destroyed *ret)
{
    struct round r = {.log = log, .order = order, .hooks = hooks, .out = ret};
    struct find f = {.order = order};
    memset(ret, 0, sizeof *ret);
    memcpy(ret->order, order->id, sizeof ret->order);
    ret->order_number = order->number;
    xj_buf_init(&r.buf, 4u * 1024 * 1024);
    ret->messages = calloc(XJ_DESTROYED_MESSAGES, sizeof *ret->messages);
    ret->digests = calloc(XJ_DESTROYED_DIGESTS, sizeof *ret->digests);
    r.keep = calloc(XJ_DESTROYED_DIGESTS, sizeof *r.keep);
    r.h = f.h = malloc(sizeof *r.h);
    f.at = calloc(CANDIDATES, sizeof *f.at);
    enum xj_err err = XJ_ENOMEM;
    if (ret->messages != NULL && ret->digests != NULL && r.keep != NULL && r.h != NULL && f.at != NULL)
        err = run(&r, &f, from, ret_more);
    free(f.at);
    free(r.h);
    free(r.keep);
    xj_buf_free(&r.buf);
    return err;
}
