/* What orders of the registrar do to the view: bodies of restricted records are put aside, those that were destroyed are gone, and
 * with them whatever was made of them. Spec: spec/18-orders.md, sections 2.1 and 6.
 *
 * held: bodies put aside, by case and seq. ordered: which order it was, by act. confirmed: statements about orders to destroy. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/view_private.h"
#include "schema/wire/destroyed.h"

#define CHAIN_MAX 64u /* shares of shares */

/* ---- which orders stand ---- */

void xj_view_orders_forget(struct xj_view *v)
{
    free(v->restricts.at);
    memset(&v->restricts, 0, sizeof v->restricts);
}

static enum xj_err add_restrict(void *arg, const struct xj_order *o)
{
    struct xj_view *v = arg;
    if (o->kind != XJ_ORDER_RESTRICT)
        return XJ_OK;
    struct xj_order *more = realloc(v->restricts.at, (v->restricts.n + 1) * sizeof *more);
    if (more == NULL)
        return XJ_ENOMEM;
    v->restricts.at = more;
    more[v->restricts.n++] = *o;
    return XJ_OK;
}

static void load(struct xj_view *v)
{
    if (v->restricts.loaded)
        return;
    xj_view_orders_forget(v);
    enum xj_err err = xj_order_each(&v->store, add_restrict, v);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    v->restricts.loaded = err == XJ_OK;
}

const struct xj_order *xj_view_restricted(struct xj_view *v, const struct xj_header *h, uint64_t register_number)
{
    load(v);
    for (size_t i = 0; i < v->restricts.n; i++)
        if (register_number < v->restricts.at[i].number && xj_order_names(&v->restricts.at[i], h))
            return &v->restricts.at[i];
    return NULL;
}

/* ---- restricting and lifting ---- */

static void note_ordered(struct xj_view *v, const struct xj_id *act, const uint8_t order[XJ_ID_SIZE], uint64_t number)
{
    xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO ordered(act, order_id, number) VALUES(?1, ?2, ?3)", "bbi", xj_id_slice(act),
                       xj_slice_of(order, XJ_ID_SIZE), (int64_t)number));
}

void xj_view_hold(struct xj_view *v, const struct xj_header *h, uint64_t seq, struct xj_slice body, const struct xj_order *o)
{
    xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO held(case_id, seq, body) VALUES(?1, ?2, ?3)", "bib", xj_id_slice(&h->case_id),
                       (int64_t)seq, body));
    note_ordered(v, &h->id, o->id, o->number);
}

/* Acts of a case, gathered before any of them changes. */
struct picked {
    struct {
        struct xj_id act;
        int64_t seq;
    } *at;
    size_t n;
};

static void pick(struct xj_view *v, struct picked *p, struct xj_id act, int64_t seq)
{
    void *more = realloc(p->at, (p->n + 1) * sizeof *p->at);
    if (more == NULL) {
        xj_view_fail(v, XJ_ENOMEM);
        return;
    }
    p->at = more;
    p->at[p->n].act = act;
    p->at[p->n++].seq = seq;
}

/* From a row (seq, id, header, statement): whether an order that stands covers the act. */
static const struct xj_order *order_of_row(struct xj_view *v, sqlite3_stmt *st)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_admitted *a = &v->scratch->admitted;
    unsigned field;
    if (xj_header_decode(xj_vq_slice(st, 2), h, &field) != XJ_OK || xj_admitted_decode(xj_vq_slice(st, 3), a) != XJ_OK)
        return NULL;
    return xj_view_restricted(v, h, a->register_number);
}

static void hide_case(struct xj_view *v, struct xj_id case_id)
{
    struct picked p = {.n = 0};
    sqlite3_stmt *st = xj_vq(v, "SELECT seq, id, header, statement FROM act WHERE case_id = ?1 AND body IS NOT NULL", "b", xj_id_slice(&case_id));
    while (xj_vq_row(v, st)) {
        const struct xj_order *o = order_of_row(v, st);
        if (o == NULL)
            continue;
        note_ordered(v, &v->scratch->header.id, o->id, o->number);
        pick(v, &p, xj_vq_id(st, 1), sqlite3_column_int64(st, 0));
    }
    for (size_t i = 0; i < p.n; i++) {
        xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO held(case_id, seq, body) SELECT case_id, seq, body FROM act WHERE case_id = ?1 AND seq = ?2",
                           "bi", xj_id_slice(&case_id), p.at[i].seq));
        xj_vq_run(v, xj_vq(v, "UPDATE act SET body = NULL, why_unreadable = 'restricted' WHERE case_id = ?1 AND seq = ?2", "bi",
                           xj_id_slice(&case_id), p.at[i].seq));
    }
    if (p.n > 0) {
        xj_view_refold(v, case_id);
        xj_view_touch(v, case_id);
    }
    free(p.at);
}

static void lift_case(struct xj_view *v, struct xj_id case_id)
{
    struct picked p = {.n = 0};
    sqlite3_stmt *st = xj_vq(v, "SELECT act.seq, act.id, header, statement FROM act JOIN held ON held.case_id = act.case_id AND held.seq = act.seq"
                                " WHERE act.case_id = ?1", "b", xj_id_slice(&case_id));
    while (xj_vq_row(v, st))
        if (order_of_row(v, st) == NULL)
            pick(v, &p, xj_vq_id(st, 1), sqlite3_column_int64(st, 0));
    for (size_t i = 0; i < p.n; i++) {
        xj_vq_run(v, xj_vq(v, "UPDATE act SET body = (SELECT body FROM held WHERE held.case_id = ?1 AND held.seq = ?2), why_unreadable = NULL"
                              " WHERE case_id = ?1 AND seq = ?2", "bi", xj_id_slice(&case_id), p.at[i].seq));
        xj_vq_run(v, xj_vq(v, "DELETE FROM held WHERE case_id = ?1 AND seq = ?2", "bi", xj_id_slice(&case_id), p.at[i].seq));
        xj_vq_run(v, xj_vq(v, "DELETE FROM ordered WHERE act = ?1", "b", xj_id_slice(&p.at[i].act)));
    }
    if (p.n > 0) {
        xj_view_refold(v, case_id);
        xj_view_touch(v, case_id);
    }
    free(p.at);
}

static void hide_under(struct xj_view *v, const struct xj_order *o)
{
    if (o->has_case)
        hide_case(v, o->case_id);
    for (size_t i = 0; i < o->message_count && v->err == XJ_OK; i++) {
        struct xj_id case_id = {{0}};
        sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM act WHERE id = ?1", "b", xj_id_slice(&o->messages[i]));
        bool found = xj_vq_row(v, st);
        if (found)
            case_id = xj_vq_id(st, 0);
        xj_vq_end(st);
        if (found)
            hide_case(v, case_id);
    }
}

void xj_view_orders_moved(struct xj_view *v)
{
    struct xj_id last = {{0}};
    v->restricts.loaded = false;
    load(v);
    for (bool more = true; more && v->err == XJ_OK;) {
        sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM held WHERE case_id > ?1 ORDER BY case_id LIMIT 1", "b", xj_id_slice(&last));
        more = xj_vq_row(v, st);
        if (more)
            last = xj_vq_id(st, 0);
        xj_vq_end(st);
        if (more)
            lift_case(v, last);
    }
    for (size_t i = 0; i < v->restricts.n && v->err == XJ_OK; i++) {
        const struct xj_order o = v->restricts.at[i]; /* hiding does not load them anew, but may look */
        hide_under(v, &o);
    }
}

/* ---- destroyed ---- */

/* What came by that share goes, and what came by what came. */
static void drop_shared(struct xj_view *v, struct xj_id share)
{
    struct xj_id queue[CHAIN_MAX] = {share};
    size_t n = 1;
    for (size_t i = 0; i < n && v->err == XJ_OK; i++) {
        sqlite3_stmt *st = xj_vq(v, "SELECT id FROM act WHERE via = ?1", "b", xj_id_slice(&queue[i]));
        while (xj_vq_row(v, st))
            if (n < CHAIN_MAX)
                queue[n++] = xj_vq_id(st, 0);
        xj_vq_run(v, xj_vq(v, "DELETE FROM held WHERE EXISTS (SELECT 1 FROM act WHERE via = ?1 AND act.case_id = held.case_id AND act.seq = held.seq)",
                           "b", xj_id_slice(&queue[i])));
        xj_vq_run(v, xj_vq(v, "DELETE FROM delivery WHERE digest IN (SELECT digest FROM act WHERE via = ?1)", "b", xj_id_slice(&queue[i])));
        xj_vq_run(v, xj_vq(v, "DELETE FROM ordered WHERE act IN (SELECT id FROM act WHERE via = ?1)", "b", xj_id_slice(&queue[i])));
        xj_vq_run(v, xj_vq(v, "DELETE FROM act WHERE via = ?1", "b", xj_id_slice(&queue[i])));
    }
}

static void destroy_one(struct xj_view *v, const struct xj_destroyed *d, struct xj_id id)
{
    struct xj_id case_id = {{0}};
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM act WHERE id = ?1 OR via = ?1", "b", xj_id_slice(&id));
    bool found = xj_vq_row(v, st);
    if (found)
        case_id = xj_vq_id(st, 0);
    xj_vq_end(st);
    note_ordered(v, &id, d->order, d->order_number);
    xj_vq_run(v, xj_vq(v, "UPDATE own SET body = NULL, why_unreadable = 'destroyed' WHERE id = ?1 AND state <> 1", "b", xj_id_slice(&id)));
    if (!found)
        return;
    xj_vq_run(v, xj_vq(v, "DELETE FROM held WHERE EXISTS (SELECT 1 FROM act WHERE id = ?1 AND act.case_id = held.case_id AND act.seq = held.seq)",
                       "b", xj_id_slice(&id)));
    xj_vq_run(v, xj_vq(v, "UPDATE act SET body = NULL, why_unreadable = 'destroyed' WHERE id = ?1 AND via IS NULL", "b", xj_id_slice(&id)));
    drop_shared(v, id);
    xj_view_refold(v, case_id);
    xj_view_touch(v, case_id);
}

static void note_statement(struct xj_view *v, const struct xj_destroyed *d, const struct xj_ledger_item *item)
{
    struct xj_buf holders;
    xj_buf_init(&holders, XJ_MAX_STATEMENT_BYTES);
    for (size_t i = 0; i < d->holder_count; i++) {
        xj_buf_add_slice(&holders, d->holders[i]);
        xj_buf_add_str(&holders, ",");
    }
    if (holders.err != XJ_OK)
        xj_view_fail(v, holders.err);
    xj_vq_run(v, xj_vq(v, "INSERT INTO confirmed(entry, order_id, number, holder, at_ms, last, messages, objects, holders)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT(entry) DO NOTHING",
                       "ibisiiiis", (int64_t)item->n, xj_slice_of(d->order, XJ_ID_SIZE), (int64_t)d->order_number, d->holder, d->time_ms,
                       (int64_t)d->last, (int64_t)d->message_count, (int64_t)d->digest_count,
                       holders.n > 0 ? xj_buf_slice(&holders) : xj_slice_cstr("")));
    xj_buf_free(&holders);
}

void xj_view_destroyed(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_destroyed d;
    enum xj_err err = xj_destroyed_decode(xj_buf_slice(&item->head), &d);
    if (err == XJ_ENOMEM)
        xj_view_fail(v, err);
    if (err == XJ_OK)
        note_statement(v, &d, item);
    v->cut = v->cut || (err == XJ_OK && xj_slice_is(d.holder, v->agency));
    for (size_t i = 0; err == XJ_OK && xj_slice_is(d.holder, v->agency) && i < d.message_count && v->err == XJ_OK; i++)
        destroy_one(v, &d, d.messages[i]);
    xj_destroyed_free(&d);
}
