/* Messages for readers who have passed the number that the statement gives them: held by an agency that was heard late, or
 * named with a number that another message had. Spec: spec/04-exchange.md, section 13. */
#include <string.h>

#include "broker/core/internal.h"

enum xj_err xj_late_put(struct xj_exchange *x, const struct peer *p, const struct late *l)
{
    struct key k = xj_key_numbered('J', xj_slice_cstr(p->facts.id), l->number);
    xj_key_add(&k, l->mail.place);
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 4);
    xj_put_uint(&x->tmp, l->mail.place);
    xj_put_bin(&x->tmp, l->mail.digest.b, XJ_HASH_SIZE);
    xj_put_bool(&x->tmp, l->mail.header_only);
    xj_put_bool(&x->tmp, l->stored);
    return x->tmp.err ? x->tmp.err : x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
}

struct late_walk {
    const struct xj_hash *root; /* NULL: the first that is not stored */
    uint64_t most;
    struct late found;
    bool has;
    enum xj_err err;
};

static bool look(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct late_walk *w = arg;
    struct xj_doc doc = {0};
    struct late l = {.number = xj_key_number_of(xj_slice_of(key.p, key.n - 8))};
    if ((w->err = xj_doc_kept(&doc, value, 8)) != XJ_OK) return false;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    l.mail.place = xj_take_uint(&c, UINT64_MAX);
    xj_take_bin_to(&c, l.mail.digest.b, XJ_HASH_SIZE);
    l.mail.header_only = xj_take_bool(&c);
    l.stored = xj_take_bool(&c);
    const struct xj_hash leaf = xj_tree_mail_leaf(l.number, &l.mail.digest);
    w->has = !xj_cur_end(&c) && (w->root ? xj_hash_eq(&leaf, w->root) : !l.stored && l.number <= w->most);
    if (w->has) w->found = l;
    xj_doc_close(&doc);
    return !w->has;
}

static enum xj_err walk(struct xj_exchange *x, const struct key *all, struct late_walk *w)
{
    const enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(all), xj_key_slice(all), false, look, w);
    return err ? err : w->err;
}

enum xj_err xj_late_find(struct xj_exchange *x, const struct peer *p, const struct xj_stored *s, struct late *ret)
{
    if (!x->rebuilding.number || s->first != s->last) return XJ_ENOTFOUND;
    struct late_walk w = {.root = &s->root};
    const struct key k = xj_key_numbered('J', xj_slice_cstr(p->facts.id), s->last);
    enum xj_err err = walk(x, &k, &w);
    *ret = w.found;
    return err ? err : w.has ? XJ_OK : XJ_ENOTFOUND;
}

enum xj_err xj_late_deliver(struct xj_exchange *x, struct peer *p)
{
    if (p->late_idle || (p->late_ms && x->now_ms - p->late_ms < x->o.retry_ms)) return XJ_OK;
    struct late_walk w = {.most = p->passed};
    const struct key k = xj_key_agency('J', xj_slice_cstr(p->facts.id));
    enum xj_err err = walk(x, &k, &w);
    if (err || !w.has) return err;
    p->late_ms = x->now_ms;
    return xj_mail_one(x, p, w.found.number, &w.found.mail);
}

enum xj_err xj_late_any(struct xj_exchange *x, struct peer *p)
{
    struct late_walk w = {.most = UINT64_MAX};
    if (p->late_idle || !x->rebuilding.number) {
        p->late_idle = true;
        return XJ_OK;
    }
    const struct key k = xj_key_agency('J', xj_slice_cstr(p->facts.id));
    const enum xj_err err = walk(x, &k, &w);
    p->late_idle = !w.has;
    return err;
}
