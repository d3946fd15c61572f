/* Numbers of mailboxes, feeds and submissions that nobody handed back. Spec: spec/04-exchange.md, section 13. */
#include <string.h>

#include "broker/core/internal.h"

#define OWN_MAX 65536u /* submission numbers of one run */

enum xj_err xj_run_put(struct xj_exchange *x, const struct xj_unrecovered *s, uint64_t n)
{
    struct key k = xj_key_numbered('N', s->agency, s->which);
    xj_key_add(&k, s->first);
    xj_buf_reset(&x->tmp);
    xj_put_array(&x->tmp, 2);
    xj_put_uint(&x->tmp, s->last);
    xj_put_uint(&x->tmp, n);
    enum xj_err err = x->tmp.err;
    if (!err) err = x->store.put(x->store.ctx, xj_key_slice(&k), xj_buf_slice(&x->tmp));
    for (uint64_t own = s->first; !err && s->which == XJ_NUMBERS_OWN && own <= s->last && own - s->first < OWN_MAX; own++) {
        const struct key u = xj_key_numbered('U', s->agency, own);
        err = x->store.put(x->store.ctx, xj_key_slice(&u), xj_slice_cstr("-"));
    }
    return err;
}

struct run_walk {
    uint64_t number, last, n;
    enum xj_err err;
};

static bool holds(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct run_walk *w = arg;
    struct xj_doc doc = {0};
    const uint64_t first = xj_key_number_of(key);
    if (first > w->number || (w->err = xj_doc_kept(&doc, value, 8)) != XJ_OK) return false;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    const uint64_t last = xj_take_uint(&c, UINT64_MAX), n = xj_take_uint(&c, UINT64_MAX);
    if (!xj_cur_end(&c) && w->number <= last) {
        w->last = last;
        w->n = n;
    }
    xj_doc_close(&doc);
    return w->n == 0;
}

enum xj_err xj_run_at(struct xj_exchange *x, struct xj_slice agency, enum xj_numbers which, uint64_t number, uint64_t *ret_last,
                      uint64_t *ret_n)
{
    struct run_walk w = {.number = number};
    *ret_n = 0;
    *ret_last = 0;
    if (!x->rebuilding.number) return XJ_OK;
    const struct key k = xj_key_numbered('N', agency, which);
    const enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&k), xj_key_slice(&k), false, holds, &w);
    *ret_last = w.last;
    *ret_n = w.n;
    return err ? err : w.err;
}

static bool begins_above(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct run_walk *w = arg;
    (void)value;
    const uint64_t first = xj_key_number_of(key);
    if (first > w->number) w->n = first;
    return w->n == 0;
}

enum xj_err xj_run_behind(struct xj_exchange *x, struct xj_slice agency, enum xj_numbers which, uint64_t number, uint64_t *ret)
{
    struct run_walk w = {.number = number};
    const struct key k = xj_key_numbered('N', agency, which);
    const enum xj_err err = x->store.scan(x->store.ctx, xj_key_slice(&k), xj_key_slice(&k), false, begins_above, &w);
    *ret = w.n;
    return err;
}

enum xj_err xj_run_send(struct xj_exchange *x, struct peer *p, uint64_t n)
{
    struct xj_entry e;
    enum xj_err err = xj_log_get(x->o.log, n, &x->tmp, &e);
    if (err) return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    struct xj_buf *out = xj_out_frame(x, p, xj_slice_of(p->conn, p->conn_bytes));
    if (!out) return XJ_ENOMEM;
    xj_frame_unrecovered(out, p->account.epoch, ++p->frames, e.head, e.sig);
    return out->err;
}

enum xj_err xj_run_own(struct xj_exchange *x, const struct peer *p, uint64_t number, bool *ret)
{
    const struct key k = xj_key_numbered('U', xj_slice_cstr(p->facts.id), number);
    *ret = false;
    if (!x->rebuilding.number) return XJ_OK;
    const enum xj_err err = x->store.get(x->store.ctx, xj_key_slice(&k), &x->tmp);
    *ret = err == XJ_OK;
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}
