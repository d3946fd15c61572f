#include "agents/agent/view/render_private.h"
#include "agents/agent/view/view_schema.h"

static json_t *outbox_row(struct xj_view *v, sqlite3_stmt *st)
{
    static const char *const states[] = {"queued", "admitted", "refused"};
    int64_t state = sqlite3_column_int64(st, 4);
    json_t *made = json_object();
    xj_rset(v, made, "number", json_integer(sqlite3_column_int64(st, 0)));
    xj_rset(v, made, "id", xj_rid(xj_vq_slice(st, 1)));
    xj_rset(v, made, "case", xj_rid(xj_vq_slice(st, 2)));
    xj_rset(v, made, "act", xj_rtext(xj_vq_slice(st, 3)));
    xj_rset(v, made, "status", json_string(states[state >= 0 && state <= XJ_OWN_REFUSED ? state : 0]));
    xj_rinstant(v, made, "queued", true, sqlite3_column_int64(st, 5));
    xj_rset(v, made, "seq", sqlite3_column_type(st, 6) == SQLITE_NULL ? json_null() : json_integer(sqlite3_column_int64(st, 6)));
    xj_rset(v, made, "not_proved", json_integer(sqlite3_column_int64(st, 7)));
    xj_rset(v, made, "refusal", state == XJ_OWN_REFUSED ? xj_rrefusal(v, xj_vq_slice(st, 8)) : json_null());
    return made;
}

static void outbox_part(struct xj_view *v, json_t *list, sqlite3_stmt *st)
{
    while (xj_vq_row(v, st))
        xj_radd(v, list, outbox_row(v, st));
}

#define OUTBOX_COLUMNS "number, id, case_id, act, state, queued_ms, seq, open_recipients, statement"

enum xj_err xj_render_outbox(struct xj_view *v, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = json_object(), *open = json_array(), *refused = json_array();
    outbox_part(v, open, xj_vq(v, "SELECT " OUTBOX_COLUMNS " FROM own WHERE state = 0 OR (state = 1 AND open_recipients > 0)"
                                  " ORDER BY number LIMIT 2000", ""));
    outbox_part(v, refused, xj_vq(v, "SELECT " OUTBOX_COLUMNS " FROM own WHERE state = 2 ORDER BY number DESC LIMIT 100", ""));
    xj_rset(v, made, "open", open);
    xj_rset(v, made, "refused", refused);
    return xj_rend(v, made, ret);
}

enum xj_err xj_render_incidents(struct xj_view *v, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT n, time_ms, code, text FROM incident ORDER BY n DESC LIMIT 100", "");
    while (xj_vq_row(v, st)) {
        json_t *one = json_object();
        xj_rset(v, one, "entry", json_integer(sqlite3_column_int64(st, 0)));
        xj_rinstant(v, one, "time", true, sqlite3_column_int64(st, 1));
        xj_rset(v, one, "code", xj_rtext(xj_vq_slice(st, 2)));
        xj_rset(v, one, "text", xj_rtext(xj_vq_slice(st, 3)));
        xj_radd(v, list, one);
    }
    xj_rset(v, made, "incidents", list);
    return xj_rend(v, made, ret);
}

enum xj_err xj_render_records(struct xj_view *v, struct xj_slice agency, struct xj_slice number, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id, id, seq, violation FROM record WHERE doer = ?1 AND number = ?2 AND penalty = 1"
                                " ORDER BY case_id, seq LIMIT 100", "ss", agency, number);
    while (xj_vq_row(v, st)) {
        json_t *one = json_object();
        xj_rset(v, one, "case", xj_rid(xj_vq_slice(st, 0)));
        xj_rset(v, one, "act", xj_rid(xj_vq_slice(st, 1)));
        xj_rset(v, one, "seq", json_integer(sqlite3_column_int64(st, 2)));
        xj_rset(v, one, "violation", xj_rtext(xj_vq_slice(st, 3)));
        xj_radd(v, list, one);
    }
    xj_rset(v, made, "records", list);
    return xj_rend(v, made, ret);
}
