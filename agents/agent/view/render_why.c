#include <string.h>

#include "agents/agent/view/render_private.h"

struct why {
    struct xj_view *v;
    const struct xj_engine *e; /* NULL: the procedure is not here */
    struct xj_id case_id;
    struct xj_slice of; /* a duty's or a rule's id; n = 0: all */
};

static json_t *lines_of(struct xj_view *v, const char *text)
{
    json_t *made = json_array();
    for (const char *p = text; p != NULL && *p != '\0';) {
        size_t n = strcspn(p, "\n");
        xj_radd(v, made, json_stringn(p, n));
        p += n + (p[n] == '\n');
    }
    return made;
}

/* The arithmetic behind a duty's date; empty where there is none. */
static json_t *reckoning(const struct why *w, struct xj_slice duty, uint64_t seq, struct xj_slice subjects)
{
    struct xj_subject first = {.has_charge = false};
    struct xj_buf out;
    xj_buf_init(&out, 8192);
    if (subjects.n >= 17) {
        memcpy(first.party, subjects.p, 8);
        memcpy(first.charge, subjects.p + 9, 8);
        first.has_charge = subjects.p[8] == 1;
    }
    enum xj_err err = w->e != NULL ? xj_engine_reckon(w->e, w->case_id, duty, seq, subjects.n >= 17 ? &first : NULL, &out) : XJ_OK;
    if (err != XJ_OK)
        xj_view_fail(w->v, err == XJ_ENOTFOUND ? XJ_ECORRUPT : err);
    json_t *made = lines_of(w->v, out.n > 0 ? xj_buf_cstr(&out) : NULL);
    xj_buf_free(&out);
    return made;
}

static json_t *one_duty(const struct why *w, sqlite3_stmt *st, int64_t now_ms)
{
    const struct xj_model *m = w->e != NULL ? w->e->model : NULL;
    struct xj_slice case_id = xj_id_slice(&w->case_id), started = xj_vq_slice(st, 3), done = xj_vq_slice(st, 12);
    json_t *made = xj_rduty(w->v, m, st, now_ms), *chain = json_array();
    xj_radd(w->v, chain, xj_revidence(w->v, m, case_id, started));
    if (done.p != NULL && (done.n != started.n || memcmp(done.p, started.p, done.n) != 0))
        xj_radd(w->v, chain, xj_revidence(w->v, m, case_id, done));
    xj_rset(w->v, made, "reckoning", reckoning(w, xj_vq_slice(st, 1), (uint64_t)sqlite3_column_int64(st, XJ_DUTY_COLUMN_COUNT), xj_vq_slice(st, 4)));
    xj_rset(w->v, made, "chain", chain);
    return made;
}

/* The duties asked for: by their own id, or those behind an alert of the rule asked for. */
static json_t *duties(const struct why *w, int64_t now_ms)
{
    json_t *made = json_array();
    struct xj_slice none = {NULL, 0};
    sqlite3_stmt *st = xj_vq(w->v, "SELECT " XJ_DUTY_COLUMNS ", d.seq FROM duty d WHERE d.case_id = ?1 AND (?2 IS NULL OR d.duty = ?2"
                                   " OR d.duty IN (SELECT a.duty FROM alert a WHERE a.case_id = ?1 AND a.rule = ?2)) ORDER BY d.idx",
                             "bs", xj_id_slice(&w->case_id), w->of.n > 0 ? w->of : none);
    while (xj_vq_row(w->v, st))
        xj_radd(w->v, made, one_duty(w, st, now_ms));
    return made;
}

enum xj_err xj_render_why(struct xj_view *v, struct xj_id case_id, struct xj_slice of, int64_t now_ms, json_t **ret)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    struct xj_engine e;
    struct why w = {.v = v, .case_id = case_id, .of = of};
    xj_view_begin(v, false);
    bool here = xj_view_pin(v, case_id, procedure, &revision);
    if (here && xj_view_engine(v, xj_slice_cstr(procedure), &revision, UINT64_MAX, &e))
        w.e = &e;
    json_t *made = json_object();
    xj_rset(v, made, "case", xj_rid(xj_id_slice(&case_id)));
    if (here) {
        xj_rset(v, made, "title", xj_rtitle(v, xj_id_slice(&case_id)));
        xj_rset(v, made, "duties", duties(&w, now_ms));
        xj_rset(v, made, "alerts", xj_ralerts(v, w.e != NULL ? w.e->model : NULL, xj_id_slice(&case_id), of, now_ms));
    }
    enum xj_err err = xj_rend(v, made, ret);
    if (err == XJ_OK && !here) {
        json_decref(*ret);
        *ret = NULL;
        return XJ_ENOTFOUND;
    }
    return err;
}
