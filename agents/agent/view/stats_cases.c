/* The cases behind one figure. Spec: spec/14-statistics.md, section 9. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/stats_private.h"

#define AFTER_BYTES 192u

/* Where a page ended: month/agency/case/act/k. */
struct place {
    int64_t month, k;
    char agency[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_id case_id, act;
};

static bool parse_place(struct xj_slice after, struct place *ret)
{
    char text[AFTER_BYTES], case_hex[33], act_hex[33], end;
    *ret = (struct place){.month = -1};
    if (after.n == 0)
        return true;
    if (after.n >= sizeof text)
        return false;
    memcpy(text, after.p, after.n);
    text[after.n] = '\0';
    return sscanf(text, "%6" SCNd64 "/%48[a-z0-9-]/%32[0-9a-f]/%32[0-9a-f]/%12" SCNd64 "%c", &ret->month, ret->agency, case_hex, act_hex, &ret->k,
                  &end) == 5 &&
           strlen(case_hex) == 32 && strlen(act_hex) == 32 && xj_unhex(case_hex, ret->case_id.b, 16) && xj_unhex(act_hex, ret->act.b, 16);
}

static json_t *place_json(sqlite3_stmt *st)
{
    char text[AFTER_BYTES], case_hex[33] = "", act_hex[33] = "";
    struct xj_id case_id = xj_vq_id(st, 2), act = xj_vq_id(st, 3);
    struct xj_slice agency = xj_vq_slice(st, 1);
    xj_hex(case_id.b, sizeof case_id.b, case_hex);
    xj_hex(act.b, sizeof act.b, act_hex);
    snprintf(text, sizeof text, "%" PRId64 "/%.*s/%s/%s/%" PRId64, (int64_t)sqlite3_column_int64(st, 0), (int)agency.n, (const char *)agency.p,
             case_hex, act_hex, (int64_t)sqlite3_column_int64(st, 4));
    return json_string(text);
}

static json_t *party_json(struct xj_view *v, struct xj_slice case_id, struct xj_slice party)
{
    if (party.p == NULL)
        return json_null();
    json_t *made = json_object(), *name = json_null();
    sqlite3_stmt *st = xj_vq(v, "SELECT name FROM party WHERE case_id = ?1 AND id = ?2", "bb", case_id, party);
    if (xj_vq_row(v, st)) {
        name = xj_rtext(xj_vq_slice(st, 0));
        xj_vq_end(st);
    }
    xj_rset(v, made, "id", xj_rhex(party));
    xj_rset(v, made, "name", name);
    return made;
}

static json_t *month_json(int64_t month)
{
    char text[48];
    snprintf(text, sizeof text, "%04" PRId64 "-%02" PRId64, month / 100, month % 100);
    return month != 0 ? json_string(text) : json_null();
}

static json_t *duty_json(struct xj_view *v, const struct xj_model *m, struct xj_slice duty)
{
    uint16_t i = m != NULL ? xj_model_duty(m, duty) : XJ_NONE;
    if (duty.n == 0)
        return json_null();
    json_t *made = json_object();
    xj_rset(v, made, "id", xj_rtext(duty));
    xj_rset(v, made, "zh", i != XJ_NONE ? json_string(m->duties[i].name.zh) : json_null());
    xj_rset(v, made, "en", i != XJ_NONE ? json_string(m->duties[i].name.en) : json_null());
    return made;
}

static json_t *unit_json(struct xj_stats *s, sqlite3_stmt *st, const struct xj_m_statistic *statistic)
{
    struct xj_view *v = s->v;
    struct xj_slice case_id = xj_vq_slice(st, 2), charge = xj_vq_slice(st, 6);
    const struct xj_model *m = xj_rmodel(v, xj_vq_id(st, 2));
    json_t *made = json_object();
    xj_rset(v, made, "case", xj_rid(case_id));
    xj_rset(v, made, "title", xj_rtitle(v, case_id));
    xj_rset(v, made, "month", month_json(sqlite3_column_int64(st, 0)));
    xj_rinstant(v, made, "at", sqlite3_column_type(st, 11) != SQLITE_NULL, sqlite3_column_int64(st, 11));
    xj_rset(v, made, "agency", xj_ragency(v, xj_vq_slice(st, 1), NULL));
    xj_rset(v, made, "source", xj_ragency(v, xj_vq_slice(st, 5), NULL));
    xj_rset(v, made, "charge", charge.n > 0 ? xj_rtext(charge) : json_null());
    xj_rset(v, made, "party", party_json(v, case_id, xj_vq_slice(st, 8)));
    xj_rset(v, made, "duty", duty_json(v, m, xj_vq_slice(st, 7)));
    if (statistic->kind == XJ_COUNT_SUM) {
        xj_rset(v, made, "value", json_integer(sqlite3_column_int64(st, 9)));
        xj_rset(v, made, "unread", json_boolean(sqlite3_column_int64(st, 10) != 0));
    }
    xj_rset(v, made, "act", xj_revidence(v, m, case_id, xj_vq_slice(st, 3)));
    return made;
}

/* Area and sector are facts of the register, not of the row. */
static bool passes(struct xj_stats *s, sqlite3_stmt *st)
{
    const struct xj_stats_agency *agency = xj_stats_agency(s, xj_vq_slice(st, 1)), *source = xj_stats_agency(s, xj_vq_slice(st, 5));
    if (agency == NULL || !agency->chosen)
        return false;
    return s->q->sector[0] == '\0' || strcmp(xj_stats_sector(agency, source), s->q->sector) == 0;
}

static struct xj_slice wanted(const char *text)
{
    return text[0] != '\0' ? xj_slice_cstr(text) : (struct xj_slice){NULL, 0};
}

static sqlite3_stmt *units(struct xj_stats *s, const struct xj_stats_cases_query *c, const struct place *after)
{
    int64_t from, to;
    xj_stats_span(s->q, c->undated ? XJ_STATS_UNDATED : XJ_STATS_PERIOD, &from, &to);
    return xj_vq(s->v, "SELECT month, agency, case_id, act, k, source, charge, duty, party, value, unread, at_ms FROM tally"
                       " WHERE statistic = ?1 AND month BETWEEN ?2 AND ?3 AND procedure = ?4 AND (?5 IS NULL OR agency = ?5)"
                       " AND (?6 IS NULL OR charge = ?6) AND (open = 0 OR (open = 1 AND at_ms < ?7) OR (open = 2 AND at_ms >= ?7))"
                       " AND (month, agency, case_id, act, k) > (?8, ?9, ?10, ?11, ?12) ORDER BY month, agency, case_id, act, k",
                 "siisssiisbbi", xj_slice_cstr(s->q->statistic), from, to, xj_slice_cstr(s->q->procedure), wanted(s->q->agency), wanted(s->q->charge),
                 s->basis.last_ms, after->month, xj_slice_cstr(after->agency), xj_id_slice(&after->case_id), xj_id_slice(&after->act), after->k);
}

static json_t *page(struct xj_stats *s, const struct xj_stats_cases_query *c, const struct place *after)
{
    const struct xj_m_statistic *statistic = &s->model->statistics[s->order[0]];
    json_t *made = json_object(), *list = json_array(), *next = json_null(), *last = json_null();
    sqlite3_stmt *st = units(s, c, after);
    int64_t n = 0;
    while (xj_vq_row(s->v, st)) {
        if (!passes(s, st))
            continue;
        if (n == c->limit) {
            next = json_incref(last);
            break;
        }
        xj_radd(s->v, list, unit_json(s, st, statistic));
        json_decref(last);
        last = place_json(st);
        n++;
    }
    xj_vq_end(st);
    json_decref(last);
    xj_rset(s->v, made, "basis", xj_stats_basis(s));
    xj_rset(s->v, made, "statistics", xj_stats_describe(s));
    xj_rset(s->v, made, "cases", list);
    xj_rset(s->v, made, "next", next);
    return made;
}

enum xj_err xj_render_stats_cases(struct xj_view *v, const struct xj_stats_cases_query *c, json_t **ret)
{
    struct xj_stats s;
    struct place after;
    json_t *made = NULL;
    *ret = NULL;
    if (!parse_place(c->after, &after))
        return XJ_EMALFORMED;
    xj_view_begin(v, false);
    bool opened = xj_stats_open(&s, v, &c->q);
    opened = opened && c->q.statistic[0] != '\0' && s.shown == 1 && s.model->statistics[s.order[0]].kind != XJ_COUNT_RATE;
    if (opened)
        made = page(&s, c, &after);
    xj_stats_close(&s);
    enum xj_err err = xj_rend(v, opened ? made : json_null(), ret);
    if (err != XJ_OK || opened)
        return err;
    json_decref(*ret);
    *ret = NULL;
    return XJ_ENOTFOUND;
}
