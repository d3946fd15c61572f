/* Which agencies take part, and what is to be noticed: silence, and shares that stand out. Spec: spec/14-statistics.md,
 * sections 6 and 7. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/outlier.h"
#include "agents/agent/view/stats_private.h"
#include "schema/base/civil.h"

/* ---- what the reporting agency may see ---- */

static bool lists(const msgpack_object *list, const char *id)
{
    struct xj_cur c = xj_cur_over(list, 0, UINT32_MAX);
    bool empty = c.left == 0;
    while (c.left > 0 && !c.bad)
        if (xj_slice_is(xj_take_str(&c, 0, SIZE_MAX), id))
            return true;
    return empty;
}

static bool grant_seen(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct xj_stats *s = arg;
    struct xj_doc doc;
    (void)id;
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return true;
    const struct xj_slice procedure = xj_map_str(&doc.root, "procedure"), division = xj_map_str(&doc.root, "division");
    struct xj_cur acts = xj_cur_over(xj_map_get(&doc.root, "acts"), 0, UINT32_MAX);
    const bool all = acts.left == 0 && (procedure.n == 0 || xj_slice_is(procedure, s->q->procedure));
    for (size_t i = 0; all && i < s->agency_count; i++) {
        struct xj_stats_agency *a = s->agencies[i];
        const bool there = division.n == 0 || (division.n <= 6 && memcmp(a->area, division.p, division.n) == 0);
        a->seen = a->seen || (there && lists(xj_map_get(&doc.root, "agencies"), a->id));
    }
    xj_doc_close(&doc);
    return true;
}

static void note_seen(struct xj_stats *s)
{
    char prefix[XJ_MAX_AGENCY_BYTES + 2];
    snprintf(prefix, sizeof prefix, "%s/", s->v->agency);
    enum xj_err err = xj_reg_each(&s->v->store, "grant", xj_slice_cstr(prefix), grant_seen, s);
    if (err != XJ_OK)
        xj_view_fail(s->v, err);
}

/* ---- coverage ---- */

enum { REGISTERED, CONNECTED, ACTIVE, SILENT, NEVER, UNCONNECTED, RECORDED, COUNTS };

struct cover {
    struct xj_stats *s;
    int64_t by_role[32][COUNTS];
    json_t *silent, *flags;
    int64_t from_ms; /* when the period begins */
};

static const char *state_of(const struct xj_stats_agency *a, bool ever)
{
    return !a->connected ? "unconnected" : ever ? "silent" : "never";
}

static bool joined_at(struct xj_view *v, const char *agency, int64_t *ret_ms)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT at_ms FROM joined WHERE agency = ?1", "s", xj_slice_cstr(agency));
    bool there = xj_vq_row(v, st);
    *ret_ms = there ? sqlite3_column_int64(st, 0) : 0;
    if (there)
        xj_vq_end(st);
    return there;
}

static void tell_silent(struct cover *c, const struct xj_stats_agency *a, bool ever)
{
    struct xj_view *v = c->s->v;
    int64_t joined_ms;
    const bool joined = joined_at(v, a->id, &joined_ms);
    json_t *one = xj_ragency(v, xj_slice_cstr(a->id), a->role);
    xj_rset(v, one, "area", json_string(a->area));
    xj_rset(v, one, "state", json_string(state_of(a, ever)));
    xj_rset(v, one, "seen", json_boolean(a->seen));
    xj_rinstant(v, one, "joined", joined, joined_ms);
    xj_radd(v, c->silent, one);
    if (!a->seen || strcmp(a->id, v->agency) == 0 || c->from_ms > c->s->basis.last_ms || (a->connected && (!joined || joined_ms > c->from_ms)))
        return;
    one = xj_ragency(v, xj_slice_cstr(a->id), NULL);
    xj_rset(v, one, "rule", json_string("R28"));
    xj_rset(v, one, "state", json_string(state_of(a, ever)));
    xj_radd(v, c->flags, one);
}

static void look_at(struct cover *c, const struct xj_stats_agency *a)
{
    struct xj_stats *s = c->s;
    struct xj_slice id = xj_slice_cstr(a->id);
    uint16_t r = 0;
    while (r < s->model->role_count && strcmp(s->model->roles[r].id, a->role) != 0)
        r++;
    if (r == s->model->role_count || !a->listed || !a->active || !a->chosen)
        return;
    const bool acted = xj_vq_int(s->v, xj_vq(s->v, "SELECT 1 FROM activity WHERE agency = ?1 AND month BETWEEN ?2 AND ?3 LIMIT 1", "sii", id,
                                             s->q->from, s->q->to), 0) != 0;
    const bool ever = acted || xj_vq_int(s->v, xj_vq(s->v, "SELECT 1 FROM activity WHERE agency = ?1 LIMIT 1", "s", id), 0) != 0;
    int64_t *n = c->by_role[r];
    n[REGISTERED]++;
    n[a->connected ? CONNECTED : UNCONNECTED]++;
    n[ACTIVE] += a->connected && acted;
    n[SILENT] += a->connected && !acted;
    n[NEVER] += a->connected && !ever;
    n[RECORDED] += !a->connected && acted;
    if (!acted)
        tell_silent(c, a, ever);
}

static int by_agency(const void *a, const void *b)
{
    const struct xj_stats_agency *x = *(struct xj_stats_agency *const *)a, *y = *(struct xj_stats_agency *const *)b;
    return strcmp(x->id, y->id);
}

json_t *xj_stats_coverage(struct xj_stats *s, json_t *flags)
{
    static const char *const names[] = {"registered", "connected", "active", "silent", "never", "unconnected", "recorded"};
    struct cover c = {.s = s, .silent = json_array(), .flags = flags};
    json_t *made = json_object(), *roles = json_array();
    const struct xj_civil first = {(int)(s->q->from / 100), (int)(s->q->from % 100), 1};
    c.from_ms = xj_day_start_ms(xj_days_from_civil(first));
    note_seen(s);
    if (s->agency_count > 0)
        qsort(s->agencies, s->agency_count, sizeof(struct xj_stats_agency *), by_agency);
    for (size_t i = 0; i < s->agency_count && s->v->err == XJ_OK; i++)
        look_at(&c, s->agencies[i]);
    for (uint16_t r = 0; r < s->model->role_count; r++) {
        json_t *one = json_object();
        if (c.by_role[r][REGISTERED] == 0) {
            json_decref(one);
            continue;
        }
        xj_rset(s->v, one, "role", json_string(s->model->roles[r].id));
        xj_rset(s->v, one, "zh", json_string(s->model->roles[r].zh));
        xj_rset(s->v, one, "en", json_string(s->model->roles[r].en));
        for (int i = 0; i < COUNTS; i++)
            xj_rset(s->v, one, names[i], json_integer(c.by_role[r][i]));
        xj_radd(s->v, roles, one);
    }
    xj_rset(s->v, made, "roles", roles);
    xj_rset(s->v, made, "silent", c.silent);
    return made;
}

/* ---- shares that stand out ---- */

struct share {
    int64_t of, per, all_of, all_per, odds;
};

static bool share_of(const struct xj_stats_agency *a, const struct xj_m_statistic *m, struct share *ret)
{
    ret->of = a->n[m->of];
    ret->per = a->n[m->per];
    return xj_outlier(ret->of, ret->per, ret->all_of - ret->of, ret->all_per - ret->per, &ret->odds);
}

static void tell_outlier(struct xj_stats *s, const struct xj_m_statistic *m, const struct xj_stats_agency *a, const struct share *x, int64_t tested,
                         json_t *flags)
{
    json_t *one = xj_ragency(s->v, xj_slice_cstr(a->id), NULL);
    xj_rset(s->v, one, "rule", json_string(m->outlier));
    xj_rset(s->v, one, "statistic", json_string(m->name.id));
    xj_rset(s->v, one, "of", json_integer(x->of));
    xj_rset(s->v, one, "per", json_integer(x->per));
    xj_rset(s->v, one, "rest_of", json_integer(x->all_of - x->of));
    xj_rset(s->v, one, "rest_per", json_integer(x->all_per - x->per));
    xj_rset(s->v, one, "tested", json_integer(tested));
    xj_rset(s->v, one, "odds", json_integer(x->odds));
    xj_radd(s->v, flags, one);
}

static void look_for(struct xj_stats *s, const struct xj_m_statistic *m, json_t *flags)
{
    struct share x = {.all_of = s->total.cells[(size_t)m->of * XJ_STATS_SPANS].n, .all_per = s->total.cells[(size_t)m->per * XJ_STATS_SPANS].n};
    int64_t tested = 0;
    for (size_t i = 0; i < s->agency_count; i++)
        tested += share_of(s->agencies[i], m, &x);
    for (size_t i = 0; i < s->agency_count; i++)
        if (share_of(s->agencies[i], m, &x) && xj_outlier_stands_out(x.odds, tested))
            tell_outlier(s, m, s->agencies[i], &x, tested, flags);
}

void xj_stats_outliers(struct xj_stats *s, json_t *flags)
{
    for (uint16_t i = 0; i < s->shown; i++)
        if (s->model->statistics[s->order[i]].outlier != NULL)
            look_for(s, &s->model->statistics[s->order[i]], flags);
}
