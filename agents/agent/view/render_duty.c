#include <string.h>

#include "agents/agent/view/render_private.h"
#include "schema/base/civil.h"
#include "schema/procedure/clock.h"

static const char *status_name(int64_t status)
{
    switch (status) {
    case XJ_DUTY_OPEN:
        return "open";
    case XJ_DUTY_MET:
        return "met";
    case XJ_DUTY_LATE:
        return "late";
    default:
        return "undatable";
    }
}

json_t *xj_rsubjects(struct xj_view *v, struct xj_slice packed)
{
    json_t *made = json_array();
    for (size_t at = 0; at + 17 <= packed.n; at += 17) {
        struct xj_subject s = {.has_charge = packed.p[at + 8] == 1};
        memcpy(s.party, packed.p + at, 8);
        memcpy(s.charge, packed.p + at + 9, 8);
        xj_radd(v, made, xj_rsubject(&s));
    }
    return made;
}

const char *xj_rtag(enum xj_tag tag)
{
    return tag == XJ_TAG_C ? "C" : tag == XJ_TAG_C2 ? "C2" : "U";
}

const struct xj_m_duty *xj_rduty_row(struct xj_view *v, const struct xj_model *model, struct xj_slice duty, struct xj_slice revision,
                                     struct xj_slice row)
{
    struct xj_hash hash;
    if (model != NULL && revision.n == sizeof hash.b) {
        memcpy(hash.b, revision.p, sizeof hash.b);
        model = xj_view_model(v, xj_slice_cstr(model->name.id), &hash);
        duty = row;
    }
    uint16_t i = model != NULL ? xj_model_duty(model, duty) : XJ_NONE;
    return i != XJ_NONE ? &model->duties[i] : NULL;
}

/* Why a row ended: the newest revision that speaks of it says so. */
static json_t *ended(struct xj_view *v, const struct xj_model *model, struct xj_slice row)
{
    for (unsigned i = 0; model != NULL && model->replaces != NULL && i <= XJ_REVISION_STEPS; i++) {
        const struct xj_m_replaces *r = model->replaces;
        for (uint16_t k = 0; k < r->duty_count; k++)
            if (r->duties[k].zh != NULL && xj_slice_is(row, r->duties[k].was))
                return json_pack("{s:s, s:s}", "zh", r->duties[k].zh, "en", r->duties[k].en);
        model = xj_view_model(v, xj_slice_cstr(model->name.id), &r->revision);
    }
    return json_null();
}

/* What the law says of the duty. */
static void add_law(struct xj_view *v, json_t *made, const struct xj_m_duty *d)
{
    xj_rset(v, made, "zh", d != NULL ? json_string(d->name.zh) : json_null());
    xj_rset(v, made, "en", d != NULL ? json_string(d->name.en) : json_null());
    xj_rset(v, made, "cite", d != NULL ? json_string(d->cite) : json_null());
    xj_rset(v, made, "tag", d != NULL ? json_string(xj_rtag(d->tag)) : json_null());
    xj_rset(v, made, "may", json_boolean(d != NULL && d->may));
}

static void add_done(struct xj_view *v, json_t *made, sqlite3_stmt *st)
{
    bool dated = sqlite3_column_type(st, 13) != SQLITE_NULL;
    xj_rset(v, made, "done", json_boolean(sqlite3_column_int64(st, 11) != 0));
    xj_rset(v, made, "done_by", xj_rid(xj_vq_slice(st, 12)));
    xj_rinstant(v, made, "done_from", dated, sqlite3_column_int64(st, 13));
    xj_rinstant(v, made, "done_to", dated, sqlite3_column_int64(st, 14));
}

json_t *xj_rduty(struct xj_view *v, const struct xj_model *model, sqlite3_stmt *st, int64_t now_ms)
{
    json_t *made = json_object();
    bool ours;
    json_t *holder = xj_rholder(v, xj_vq_slice(st, 2), now_ms, &ours);
    bool open_ended = sqlite3_column_int64(st, 6) != 0, due_known = sqlite3_column_type(st, 8) != SQLITE_NULL;
    int64_t due_ms = sqlite3_column_int64(st, 8), status = sqlite3_column_int64(st, 9);
    bool overdue = status == XJ_DUTY_OPEN && due_known && !open_ended && xj_clock_overdue(due_ms, now_ms);
    xj_rset(v, made, "case", xj_rid(xj_vq_slice(st, 0)));
    xj_rset(v, made, "id", xj_rtext(xj_vq_slice(st, 1)));
    add_law(v, made, xj_rduty_row(v, model, xj_vq_slice(st, 1), xj_vq_slice(st, 17), xj_vq_slice(st, 18)));
    xj_rset(v, made, "obligor", json_incref(json_object_get(holder, "agency")));
    xj_rset(v, made, "obligor_name", json_incref(json_object_get(holder, "name")));
    xj_rset(v, made, "obligor_on_record", json_incref(json_object_get(holder, "on_record")));
    xj_rset(v, made, "ours", json_boolean(ours));
    json_decref(holder);
    xj_rset(v, made, "started_by", xj_rid(xj_vq_slice(st, 3)));
    xj_rset(v, made, "subjects", xj_rsubjects(v, xj_vq_slice(st, 4)));
    xj_rinstant(v, made, "start", sqlite3_column_type(st, 5) != SQLITE_NULL, sqlite3_column_int64(st, 5));
    xj_rset(v, made, "start_open_ended", json_boolean(open_ended));
    xj_rset(v, made, "provisional", json_boolean(sqlite3_column_int64(st, 7) != 0));
    xj_rinstant(v, made, "due", due_known, due_ms);
    xj_rset(v, made, "status", json_string(status_name(status)));
    xj_rset(v, made, "why", xj_rtext(xj_vq_slice(st, 10)));
    xj_rset(v, made, "overdue", json_boolean(overdue));
    add_done(v, made, st);
    xj_rset(v, made, "paused", json_boolean(sqlite3_column_int64(st, 15) != 0));
    xj_rset(v, made, "extended", json_boolean(sqlite3_column_int64(st, 16) != 0));
    xj_rset(v, made, "revision", xj_rhex(xj_vq_slice(st, 17)));
    xj_rset(v, made, "ended", xj_slice_is(xj_vq_slice(st, 10), "ended") ? ended(v, model, xj_vq_slice(st, 18)) : json_null());
    return made;
}

json_t *xj_rtitle(struct xj_view *v, struct xj_slice case_id)
{
    json_t *made = json_null();
    sqlite3_stmt *st = xj_vq(v, "SELECT coalesce(title, (SELECT group_concat(name, '、') FROM party WHERE party.case_id = ?1))"
                                " FROM case_index WHERE case_id = ?1", "b", case_id);
    if (xj_vq_row(v, st)) {
        made = xj_rtext(xj_vq_slice(st, 0));
        xj_vq_end(st);
    }
    return made;
}

enum xj_err xj_render_due(struct xj_view *v, int64_t within_days, bool all, int64_t now_ms, json_t **ret)
{
    int64_t until = INT64_MAX;
    if (within_days >= 0 && within_days < 100000)
        until = xj_day_end_ms(xj_day_of_ms(now_ms) + within_days); /* limits end with a day, so the question is about days */
    xj_view_begin(v, false);
    json_t *made = json_object(), *list = json_array();
    sqlite3_stmt *st = xj_vq(v, "SELECT " XJ_DUTY_COLUMNS " FROM duty d WHERE (?1 = 1 OR d.status = 1)"
                                " AND coalesce(d.due_ms <= ?2, ?2 = 9223372036854775807)"
                                " ORDER BY d.due_ms IS NULL, d.due_ms, d.case_id, d.idx LIMIT 2000", "ii", (int64_t)all, until);
    while (xj_vq_row(v, st)) {
        json_t *one = xj_rduty(v, xj_rmodel(v, xj_vq_id(st, 0)), st, now_ms);
        xj_rset(v, one, "title", xj_rtitle(v, xj_vq_slice(st, 0)));
        xj_radd(v, list, one);
    }
    xj_rset(v, made, "duties", list);
    return xj_rend(v, made, ret);
}
