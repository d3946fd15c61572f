#include <string.h>

#include "agents/agent/view/render_private.h"

#define COLUMNS                                                                                                               \
    "t.key, t.stage, t.case_id, t.name, t.answerable, t.trigger, t.severity, t.at_ms, t.coalesced, t.state, t.raised_entry,"  \
    " t.raised_ms, t.delivered_entry, t.delivered_by, t.acknowledged_entry, t.acknowledged_by, t.note, t.cleared_entry,"      \
    " t.cleared_by, t.reason"

static json_t *event(struct xj_view *v, sqlite3_stmt *st, int entry, int by, int text)
{
    if (sqlite3_column_type(st, entry) == SQLITE_NULL)
        return json_null();
    json_t *made = json_object();
    struct xj_slice who = xj_vq_slice(st, by);
    xj_rset(v, made, "entry", json_integer(sqlite3_column_int64(st, entry)));
    xj_rset(v, made, "by", who.n > 0 ? xj_rtext(who) : json_null());
    if (text > 0)
        xj_rset(v, made, "reason", xj_rtext(xj_vq_slice(st, text)));
    return made;
}

static json_t *told_json(struct xj_view *v, sqlite3_stmt *st)
{
    static const char *const states[] = {"", "raised", "delivered", "acknowledged", "over", "closed"};
    int64_t state = sqlite3_column_int64(st, 9);
    json_t *made = json_object();
    xj_rset(v, made, "key", xj_rhex(xj_vq_slice(st, 0)));
    xj_rset(v, made, "stage", json_integer(sqlite3_column_int64(st, 1)));
    xj_rset(v, made, "state", json_string(states[state >= 1 && state <= XJ_TOLD_STATE_CLOSED ? state : 0]));
    xj_rset(v, made, "coalesced", json_boolean(sqlite3_column_int64(st, 8) != 0));
    xj_rinstant(v, made, "at", true, sqlite3_column_int64(st, 7));
    json_t *raised = json_object();
    xj_rset(v, raised, "entry", json_integer(sqlite3_column_int64(st, 10)));
    xj_rinstant(v, raised, "time", true, sqlite3_column_int64(st, 11));
    xj_rset(v, made, "raised", raised);
    xj_rset(v, made, "delivered", event(v, st, 12, 13, 0));
    xj_rset(v, made, "acknowledged", event(v, st, 14, 15, 16));
    xj_rset(v, made, "cleared", event(v, st, 17, 18, 19));
    return made;
}

json_t *xj_rtold(struct xj_view *v, struct xj_slice key, int64_t stage)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT " COLUMNS " FROM told t WHERE t.key = ?1 AND t.stage = ?2", "bi", key, stage);
    if (!xj_vq_row(v, st))
        return json_null();
    json_t *made = told_json(v, st);
    xj_vq_end(st);
    return made;
}

static json_t *warning(struct xj_view *v, sqlite3_stmt *st)
{
    struct xj_slice case_id = xj_vq_slice(st, 2);
    json_t *made = told_json(v, st);
    const struct xj_model *model = xj_rmodel(v, xj_vq_id(st, 2));
    const struct xj_m_duty *duty = xj_rduty_row(v, model, xj_vq_slice(st, 3), xj_vq_slice(st, 21), xj_vq_slice(st, 22));
    xj_rset(v, made, "case", xj_rid(case_id));
    xj_rset(v, made, "title", xj_rtitle(v, case_id));
    xj_rset(v, made, "duty", xj_rtext(xj_vq_slice(st, 3)));
    xj_rset(v, made, "zh", duty != NULL ? json_string(duty->name.zh) : json_null());
    xj_rset(v, made, "en", duty != NULL ? json_string(duty->name.en) : json_null());
    xj_rset(v, made, "cite", duty != NULL ? json_string(duty->cite) : json_null());
    xj_rinstant(v, made, "due", sqlite3_column_type(st, 20) != SQLITE_NULL, sqlite3_column_int64(st, 20));
    return made;
}

enum xj_err xj_render_warnings(struct xj_view *v, bool all, json_t **ret)
{
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT " COLUMNS ", (SELECT d.due_ms FROM duty d WHERE d.key = t.key LIMIT 1),"
                                " (SELECT d.revision FROM duty d WHERE d.key = t.key LIMIT 1), (SELECT d.row FROM duty d WHERE d.key = t.key LIMIT 1) FROM told t WHERE t.stage > 0"
                                " AND (?1 = 1 OR (t.state <= 3 AND NOT EXISTS(SELECT 1 FROM told h WHERE h.key = t.key AND h.stage > t.stage)))"
                                " ORDER BY 21 IS NULL, 21, t.raised_entry LIMIT 2000", "i", (int64_t)all);
    while (xj_vq_row(v, st))
        xj_radd(v, list, warning(v, st));
    xj_rset(v, made, "warnings", list);
    return xj_rend(v, made, ret);
}
