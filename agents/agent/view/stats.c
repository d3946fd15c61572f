/* A report: gathered, put together, its digest taken. Spec: spec/14-statistics.md, sections 5 and 8. */
#include "agents/agent/view/stats.h"

#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/stats_private.h"

static json_t *text_or_null(const char *s)
{
    return s[0] != '\0' ? json_string(s) : json_null();
}

static json_t *query_json(struct xj_stats *s)
{
    static const struct {
        unsigned bit;
        const char *word;
    } dims[] = {{XJ_STATS_BY_AREA, "area"}, {XJ_STATS_BY_AGENCY, "agency"}, {XJ_STATS_BY_SECTOR, "sector"}, {XJ_STATS_BY_CHARGE, "charge"}};
    const struct xj_stats_query *q = s->q;
    json_t *made = json_object();
    char by[64] = "";
    for (size_t i = 0; i < sizeof dims / sizeof dims[0]; i++)
        if ((q->by & dims[i].bit) != 0)
            snprintf(by + strlen(by), sizeof by - strlen(by), "%s%s", by[0] != '\0' ? "," : "", dims[i].word);
    xj_rset(s->v, made, "period", json_string(q->period));
    xj_rset(s->v, made, "procedure", json_string(q->procedure));
    xj_rset(s->v, made, "by", text_or_null(by));
    xj_rset(s->v, made, "area", text_or_null(q->area));
    xj_rset(s->v, made, "agency", text_or_null(q->agency));
    xj_rset(s->v, made, "sector", text_or_null(q->sector));
    xj_rset(s->v, made, "charge", text_or_null(q->charge));
    xj_rset(s->v, made, "stage", text_or_null(q->stage));
    xj_rset(s->v, made, "statistic", text_or_null(q->statistic));
    xj_rset(s->v, made, "compare", q->compare ? json_string("1") : json_null());
    return made;
}

static json_t *line_json(struct xj_stats *s, const struct xj_stats_group *g)
{
    json_t *made = json_object();
    if ((s->q->by & XJ_STATS_BY_AREA) != 0)
        xj_rset(s->v, made, "area", json_string(g->area));
    if (g->agency != NULL) {
        xj_rset(s->v, made, "agency", json_string(g->agency->id));
        xj_rset(s->v, made, "name", text_or_null(g->agency->name));
    }
    if ((s->q->by & XJ_STATS_BY_SECTOR) != 0)
        xj_rset(s->v, made, "sector", text_or_null(g->sector));
    if ((s->q->by & XJ_STATS_BY_CHARGE) != 0)
        xj_rset(s->v, made, "charge", text_or_null(g->charge));
    xj_rset(s->v, made, "figures", xj_stats_figures(s, g->cells));
    return made;
}

static json_t *report_json(struct xj_stats *s)
{
    json_t *made = json_object(), *lines = json_array(), *flags = json_array();
    xj_stats_gather(s);
    for (size_t i = 0; i < s->group_count && !s->too_many && s->v->err == XJ_OK; i++)
        xj_radd(s->v, lines, line_json(s, s->groups[i]));
    xj_stats_outliers(s, flags);
    xj_rset(s->v, made, "basis", xj_stats_basis(s));
    xj_rset(s->v, made, "query", query_json(s));
    xj_rset(s->v, made, "statistics", xj_stats_describe(s));
    xj_rset(s->v, made, "total", xj_stats_figures(s, s->total.cells));
    xj_rset(s->v, made, "lines", lines);
    xj_rset(s->v, made, "coverage", xj_stats_coverage(s, flags));
    xj_rset(s->v, made, "flags", flags);
    return made;
}

enum xj_err xj_stats_digest(const json_t *report, struct xj_hash *ret)
{
    char *text = json_dumps(report, JSON_COMPACT | JSON_SORT_KEYS);
    if (text == NULL)
        return XJ_ENOMEM;
    struct xj_slice bytes = xj_slice_cstr(text);
    *ret = xj_sha256(&bytes, 1);
    free(text);
    return XJ_OK;
}

static json_t *with_digest(struct xj_view *v, json_t *report)
{
    struct xj_hash digest = {{0}};
    json_t *made = json_object();
    enum xj_err err = xj_stats_digest(report, &digest);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    xj_rset(v, made, "digest", xj_rhex(xj_hash_slice(&digest)));
    xj_rset(v, made, "report", report);
    return made;
}

enum xj_err xj_render_stats(struct xj_view *v, const struct xj_stats_query *q, json_t **ret)
{
    struct xj_stats s;
    json_t *made = NULL;
    xj_view_begin(v, false);
    const bool opened = xj_stats_open(&s, v, q);
    if (opened)
        made = with_digest(v, report_json(&s));
    const bool too_many = s.too_many;
    xj_stats_close(&s);
    enum xj_err err = xj_rend(v, opened ? made : json_null(), ret);
    if (err != XJ_OK || (opened && !too_many))
        return err;
    json_decref(*ret);
    *ret = NULL;
    return too_many ? XJ_ELIMIT : XJ_ENOTFOUND;
}
