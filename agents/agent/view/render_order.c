/* Orders over records, and who has confirmed them; a restricted record, opened for two persons. Spec: spec/18-orders.md, spec/10-api.md. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/render_private.h"
#include "schema/base/civil.h"

/* What an order says, for whoever reads of it. */
static json_t *order_json(struct xj_view *v, const struct xj_order *o)
{
    char hex[2 * XJ_ID_SIZE + 1], date[11] = "";
    json_t *made = json_object(), *messages = json_array();
    xj_hex(o->id, sizeof o->id, hex);
    xj_date_format(o->date, date);
    xj_rset(v, made, "id", json_string(hex));
    xj_rset(v, made, "register", json_integer((json_int_t)o->number));
    xj_rset(v, made, "kind", json_string(o->kind == XJ_ORDER_DESTROY ? "destroy" : "restrict"));
    xj_rset(v, made, "number", json_string(o->document));
    xj_rset(v, made, "basis", json_string(o->basis));
    xj_rset(v, made, "organ", xj_ragency(v, xj_slice_cstr(o->organ), NULL));
    xj_rset(v, made, "date", json_string(date));
    xj_rset(v, made, "case", o->has_case ? xj_rid(xj_id_slice(&o->case_id)) : json_null());
    for (size_t i = 0; i < o->message_count; i++)
        xj_radd(v, messages, xj_rid(xj_id_slice(&o->messages[i])));
    xj_rset(v, made, "messages", messages);
    return made;
}

json_t *xj_rorder(struct xj_view *v, const struct xj_id *act)
{
    json_t *made = json_null();
    sqlite3_stmt *st = xj_vq(v, "SELECT order_id, number FROM ordered WHERE act = ?1", "b", xj_id_slice(act));
    if (!xj_vq_row(v, st))
        return made;
    struct xj_id id = xj_vq_id(st, 0);
    struct xj_order *o = malloc(sizeof *o);
    enum xj_err err = o == NULL ? XJ_ENOMEM : xj_order_at(&v->store, id.b, (uint64_t)sqlite3_column_int64(st, 1), o);
    xj_vq_end(st);
    if (err == XJ_OK)
        made = order_json(v, o);
    else if (err != XJ_ENOTFOUND)
        xj_view_fail(v, err);
    free(o);
    return made;
}

/* ---- who has confirmed ---- */

static bool is_listed(const json_t *list, const char *agency)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(json_string_value(json_object_get(one, "agency")), agency) == 0)
            return true;
    return false;
}

/* The holders that the exchange names, those that have said their last with when. */
static json_t *holders(struct xj_view *v, const struct xj_order *o, bool *ret_exchange)
{
    json_t *made = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT holder, at_ms, entry, holders FROM confirmed WHERE order_id = ?1 AND number = ?2 AND last = 1"
                                " ORDER BY entry", "bi", xj_slice_of(o->id, sizeof o->id), (int64_t)o->number);
    json_t *named = json_array();
    while (xj_vq_row(v, st)) {
        struct xj_slice holder = xj_vq_slice(st, 0), list = xj_vq_slice(st, 3);
        *ret_exchange = *ret_exchange || xj_slice_is(holder, "exchange");
        for (size_t from = 0, i = 0; i < list.n; i++)
            if (list.p[i] == ',') {
                xj_radd(v, named, json_stringn((const char *)list.p + from, i - from));
                from = i + 1;
            }
        json_t *one = xj_slice_is(holder, "exchange") ? json_pack("{s:s, s:n}", "agency", "exchange", "name") : xj_ragency(v, holder, NULL);
        xj_rinstant(v, one, "confirmed", true, sqlite3_column_int64(st, 1));
        xj_rset(v, one, "entry", json_integer(sqlite3_column_int64(st, 2)));
        xj_radd(v, made, one);
    }
    const json_t *name;
    size_t i;
    json_array_foreach(named, i, name) {
        if (is_listed(made, json_string_value(name)))
            continue;
        json_t *one = xj_ragency(v, xj_slice_cstr(json_string_value(name)), NULL);
        xj_rinstant(v, one, "confirmed", false, 0);
        xj_rset(v, one, "entry", json_null());
        xj_radd(v, made, one);
    }
    json_decref(named);
    return made;
}

struct orders {
    struct xj_view *v;
    json_t *list;
};

static enum xj_err see_order(void *arg, const struct xj_order *o)
{
    struct orders *p = arg;
    struct xj_view *v = p->v;
    bool exchange = false;
    json_t *made = order_json(v, o), *list = holders(v, o, &exchange);
    const json_t *one;
    size_t i, open = 0;
    json_array_foreach(list, i, one)
        open += json_is_null(json_object_get(one, "entry"));
    int64_t acts = xj_vq_int(v, xj_vq(v, "SELECT count(*) FROM ordered WHERE order_id = ?1 AND number = ?2", "bi",
                                      xj_slice_of(o->id, sizeof o->id), (int64_t)o->number), 0);
    xj_rset(v, made, "acts", json_integer(acts));
    xj_rset(v, made, "ours", json_boolean(xj_slice_is(xj_slice_cstr(o->organ), v->agency)));
    xj_rset(v, made, "holders", list);
    xj_rset(v, made, "complete", o->kind == XJ_ORDER_DESTROY && exchange ? json_boolean(open == 0) : json_null());
    xj_radd(v, p->list, made);
    return v->err;
}

enum xj_err xj_render_orders(struct xj_view *v, json_t **ret)
{
    struct orders p = {v, json_array()};
    xj_view_begin(v, false);
    enum xj_err err = xj_order_each(&v->store, see_order, &p);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    json_t *made = json_object();
    xj_rset(v, made, "orders", p.list);
    return xj_rend(v, made, ret);
}

/* ---- a restricted record ---- */

bool xj_view_restricted_by(struct xj_view *v, struct xj_id act, uint8_t ret_order[XJ_ID_SIZE], uint64_t *ret_number)
{
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT order_id, number FROM ordered JOIN act ON act.id = ordered.act WHERE ordered.act = ?1"
                                " AND why_unreadable = 'restricted'", "b", xj_id_slice(&act));
    bool found = xj_vq_row(v, st);
    if (found) {
        struct xj_id id = xj_vq_id(st, 0);
        memcpy(ret_order, id.b, sizeof id.b);
        *ret_number = (uint64_t)sqlite3_column_int64(st, 1);
        xj_vq_end(st);
    }
    return xj_view_end(v) == XJ_OK && found;
}

enum xj_err xj_render_opened(struct xj_view *v, struct xj_id id, json_t **ret)
{
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT header, statement, held.body, NULL, via, act.case_id FROM act JOIN held ON held.case_id = act.case_id"
                                " AND held.seq = act.seq WHERE act.id = ?1", "b", xj_id_slice(&id));
    json_t *made = xj_vq_row(v, st) ? xj_ract_row(v, xj_rmodel(v, xj_vq_id(st, 5)), st, 0) : NULL;
    xj_vq_end(st);
    bool absent = made == NULL && v->err == XJ_OK;
    enum xj_err err = xj_rend(v, absent ? json_null() : made, ret);
    if (err == XJ_OK && absent)
        *ret = NULL;
    return err == XJ_OK && absent ? XJ_ENOTFOUND : err;
}
