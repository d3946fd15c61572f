/* A report as JSON: what it rests on, what is counted, the figures. Spec: spec/14-statistics.md, sections 5, 6 and 8. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/stats_private.h"

__extension__ typedef unsigned __int128 wide;

/* of per thousand of per, half up; per above 0, of not below it. */
static int64_t permille(int64_t of, int64_t per)
{
    wide twice = ((wide)(uint64_t)of * 2000 + (uint64_t)per) / ((wide)(uint64_t)per * 2);
    return twice > (wide)INT64_MAX ? INT64_MAX : (int64_t)twice;
}

static json_t *percent(int64_t thousandths)
{
    char text[48];
    snprintf(text, sizeof text, "%" PRId64 ".%" PRId64 "%%", thousandths / 10, thousandths % 10);
    return json_string(text);
}

/* ---- the basis ---- */

struct revisions {
    struct xj_view *v;
    json_t *list;
};

static bool revision_seen(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct revisions *r = arg;
    struct xj_doc doc;
    (void)id;
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return true;
    xj_radd(r->v, r->list, xj_rhex(xj_map_bin(&doc.root, "revision")));
    xj_doc_close(&doc);
    return r->v->err == XJ_OK;
}

static json_t *revisions_of(struct xj_stats *s)
{
    struct revisions r = {s->v, json_array()};
    char prefix[XJ_MAX_NAME_BYTES + 2];
    snprintf(prefix, sizeof prefix, "%s/", s->q->procedure);
    enum xj_err err = xj_reg_each(&s->v->store, "procedure", xj_slice_cstr(prefix), revision_seen, &r);
    if (err != XJ_OK)
        xj_view_fail(s->v, err);
    return r.list;
}

json_t *xj_stats_basis(struct xj_stats *s)
{
    struct xj_view *v = s->v;
    struct xj_reg_head head = {.number = 0};
    struct xj_hash calendar;
    json_t *made = json_object();
    const struct xj_calendar *cal = xj_view_calendar(v);
    enum xj_err err = xj_reg_head(&v->store, &head);
    if (err == XJ_OK && cal != NULL)
        err = xj_calendar_digest(cal, &calendar);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    xj_rset(v, made, "agency", json_string(v->agency));
    xj_rinstant(v, made, "as_of", true, s->basis.last_ms);
    xj_rset(v, made, "calendar", cal != NULL ? xj_rhex(xj_hash_slice(&calendar)) : json_null());
    xj_rset(v, made, "ledger_size", json_integer((json_int_t)s->basis.size));
    xj_rset(v, made, "procedure", json_string(s->q->procedure));
    xj_rset(v, made, "register", json_integer((json_int_t)head.number));
    xj_rset(v, made, "revision", xj_rhex(xj_hash_slice(&s->model->revision)));
    xj_rset(v, made, "revisions", revisions_of(s));
    xj_rset(v, made, "root", xj_rhex(xj_hash_slice(&s->basis.root)));
    return made;
}

/* ---- what is counted ---- */

static const char *kind_name(const struct xj_m_statistic *m)
{
    return m->kind == XJ_COUNT_RATE ? "rate" : m->kind == XJ_COUNT_SUM ? "sum" : "count";
}

static const char *unit_name(const struct xj_m_statistic *m)
{
    static const char *const of_acts[] = {"acts", "cases", "parties"};
    switch (m->kind) {
    case XJ_COUNT_SUM:
        return "fen";
    case XJ_COUNT_DUTIES:
        return "duties";
    case XJ_COUNT_RATE:
        return "permille";
    case XJ_COUNT_ACTS:
    case XJ_COUNT_INVALID:
    default:
        return of_acts[m->once];
    }
}

json_t *xj_stats_describe(struct xj_stats *s)
{
    const struct xj_model *m = s->model;
    json_t *made = json_array();
    for (uint16_t i = 0; i < s->shown; i++) {
        const struct xj_m_statistic *x = &m->statistics[s->order[i]];
        json_t *one = json_object();
        xj_rset(s->v, one, "id", json_string(x->name.id));
        xj_rset(s->v, one, "zh", json_string(x->name.zh));
        xj_rset(s->v, one, "en", json_string(x->name.en));
        xj_rset(s->v, one, "kind", json_string(kind_name(x)));
        xj_rset(s->v, one, "unit", json_string(unit_name(x)));
        xj_rset(s->v, one, "stage", x->stage != XJ_NONE ? json_string(m->tracks[x->stage].name.id) : json_null());
        xj_rset(s->v, one, "stage_zh", x->stage != XJ_NONE ? json_string(m->tracks[x->stage].name.zh) : json_null());
        xj_rset(s->v, one, "of", x->of != XJ_NONE ? json_string(m->statistics[x->of].name.id) : json_null());
        xj_rset(s->v, one, "per", x->per != XJ_NONE ? json_string(m->statistics[x->per].name.id) : json_null());
        xj_radd(s->v, made, one);
    }
    return made;
}

/* ---- figures ---- */

static const struct xj_stats_cell *cell(const struct xj_stats_cell *cells, uint16_t statistic, int span)
{
    return &cells[(size_t)statistic * XJ_STATS_SPANS + (size_t)span];
}

/* Against the same months a year before. */
static void add_change(struct xj_stats *s, json_t *made, int64_t now, int64_t before)
{
    const int64_t change = now - before;
    json_t *share = json_null();
    if (before > 0)
        share = json_integer(change < 0 ? -permille(-change, before) : permille(change, before));
    xj_rset(s->v, made, "before", json_integer(before));
    xj_rset(s->v, made, "change", json_integer(change));
    xj_rset(s->v, made, "change_permille", share);
}

static json_t *rate_of(const struct xj_stats_cell *of, const struct xj_stats_cell *per)
{
    return per->n > 0 ? json_integer(permille(of->n, per->n)) : json_null();
}

static json_t *rate_json(struct xj_stats *s, const struct xj_m_statistic *m, const struct xj_stats_cell *cells)
{
    const struct xj_stats_cell *of = cell(cells, m->of, XJ_STATS_PERIOD), *per = cell(cells, m->per, XJ_STATS_PERIOD);
    json_t *made = json_object();
    xj_rset(s->v, made, "of", json_integer(of->n));
    xj_rset(s->v, made, "per", json_integer(per->n));
    xj_rset(s->v, made, "permille", rate_of(of, per));
    xj_rset(s->v, made, "percent", per->n > 0 ? percent(permille(of->n, per->n)) : json_null());
    if (s->q->compare) {
        const struct xj_stats_cell *of_before = cell(cells, m->of, XJ_STATS_BEFORE), *per_before = cell(cells, m->per, XJ_STATS_BEFORE);
        const bool both = per->n > 0 && per_before->n > 0;
        xj_rset(s->v, made, "before", rate_of(of_before, per_before));
        xj_rset(s->v, made, "change", both ? json_integer(permille(of->n, per->n) - permille(of_before->n, per_before->n)) : json_null());
    }
    return made;
}

static json_t *figure_json(struct xj_stats *s, uint16_t i, const struct xj_stats_cell *cells)
{
    const struct xj_m_statistic *m = &s->model->statistics[i];
    const struct xj_stats_cell *now = cell(cells, i, XJ_STATS_PERIOD), *before = cell(cells, i, XJ_STATS_BEFORE),
                               *undated = cell(cells, i, XJ_STATS_UNDATED);
    if (m->kind == XJ_COUNT_RATE)
        return rate_json(s, m, cells);
    const bool sum = m->kind == XJ_COUNT_SUM;
    json_t *made = json_object();
    xj_rset(s->v, made, "n", json_integer(now->n));
    xj_rset(s->v, made, "undated", json_integer(undated->n));
    if (sum) {
        xj_rset(s->v, made, "sum", json_integer(now->value));
        xj_rset(s->v, made, "undated_sum", json_integer(undated->value));
        xj_rset(s->v, made, "unread", json_integer(now->unread));
    }
    if (s->q->compare)
        add_change(s, made, sum ? now->value : now->n, sum ? before->value : before->n);
    return made;
}

json_t *xj_stats_figures(struct xj_stats *s, const struct xj_stats_cell *cells)
{
    json_t *made = json_object();
    for (uint16_t i = 0; i < s->shown; i++)
        xj_rset(s->v, made, s->model->statistics[s->order[i]].name.id, figure_json(s, s->order[i], cells));
    return made;
}
