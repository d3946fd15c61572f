#include "agents/agent/view/figures.h"

#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "schema/base/civil.h"

#define DAYS_REPEATED 730 /* two years */
#define DAYS_FRAGMENTED 90

/* Every other record that concerns one person with the record (?1 case, ?2 seq). */
#define KIN                                                                                                                   \
    " FROM concern m JOIN concern o ON o.key = m.key JOIN record r ON r.case_id = o.case_id AND r.seq = o.seq"                \
    " JOIN record me ON me.case_id = ?1 AND me.seq = ?2"                                                                      \
    " WHERE m.case_id = ?1 AND m.seq = ?2 AND NOT (r.case_id = ?1 AND r.seq = ?2)"
#define SAME_VIOLATION " AND r.penalty = 1 AND r.violation = me.violation AND me.violation <> ''"

/* ---- the act ---- */

enum xj_err xj_figures_init(struct xj_figures *f, struct xj_view *v, struct xj_id case_id)
{
    *f = (struct xj_figures){.v = v, .case_id = case_id};
    xj_buf_init(&f->header_bytes, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&f->body, XJ_MAX_BODY_BYTES);
    xj_buf_init(&f->statement, XJ_MAX_STATEMENT_BYTES);
    f->header = calloc(1, sizeof *f->header);
    return f->header != NULL ? XJ_OK : XJ_ENOMEM;
}

static void unload(struct xj_figures *f)
{
    if (f->body_open)
        xj_doc_close(&f->doc);
    f->body_open = f->loaded = f->found = f->is_record = f->day_known = f->body_asked = false;
    f->kept_count = f->breach_count = 0;
    xj_buf_reset(&f->header_bytes);
    xj_buf_reset(&f->statement);
    xj_buf_wipe(&f->body);
    xj_buf_init(&f->body, XJ_MAX_BODY_BYTES);
}

void xj_figures_free(struct xj_figures *f)
{
    if (f->v != NULL)
        unload(f);
    xj_buf_free(&f->header_bytes);
    xj_buf_free(&f->statement);
    xj_buf_wipe(&f->body);
    free(f->header);
    *f = (struct xj_figures){.v = NULL};
}

static bool read_act(struct xj_figures *f, sqlite3_stmt *st)
{
    struct xj_admitted *a = &f->v->scratch->admitted;
    struct xj_slice body = xj_vq_slice(st, 2);
    unsigned field;
    xj_buf_add_slice(&f->header_bytes, xj_vq_slice(st, 0));
    xj_buf_add_slice(&f->statement, xj_vq_slice(st, 1));
    if (body.p != NULL)
        xj_buf_add_slice(&f->body, body);
    if (f->header_bytes.err != XJ_OK || f->statement.err != XJ_OK || f->body.err != XJ_OK) {
        xj_view_fail(f->v, XJ_ENOMEM);
        return false;
    }
    if (xj_header_decode(xj_buf_slice(&f->header_bytes), f->header, &field) != XJ_OK || xj_admitted_decode(xj_buf_slice(&f->statement), a) != XJ_OK) {
        xj_view_fail(f->v, XJ_ECORRUPT);
        return false;
    }
    memcpy(f->breaches, a->breaches, a->breach_count * sizeof a->breaches[0]);
    f->breach_count = a->breach_count;
    f->seq = a->seq;
    f->register_number = a->register_number;
    f->day_known = f->header->has_occurred || f->header->mode == XJ_MODE_LIVE;
    f->day = xj_day_of_ms(f->header->has_occurred ? f->header->occurred_to_ms : a->time_ms);
    f->body_open = body.p != NULL && xj_body_sound(xj_buf_slice(&f->body)) && xj_doc_open(&f->doc, xj_buf_slice(&f->body), XJ_MAX_BODY_NODES) == XJ_OK;
    return true;
}

static bool load(struct xj_figures *f, const struct xj_id *act)
{
    if (f->loaded && xj_id_eq(&f->act, act))
        return f->found;
    unload(f);
    f->loaded = true;
    f->act = *act;
    sqlite3_stmt *st = xj_vq(f->v, "SELECT header, statement, body FROM act WHERE id = ?1 AND case_id = ?2", "bb", xj_id_slice(act),
                             xj_id_slice(&f->case_id));
    if (!xj_vq_row(f->v, st))
        return false;
    f->found = read_act(f, st);
    xj_vq_end(st);
    if (!f->found)
        return false;
    struct xj_slice doer = f->header->actor.n > 0 ? f->header->actor : f->header->from;
    memcpy(f->doer, doer.p, doer.n < sizeof f->doer ? doer.n : 0);
    f->doer[doer.n < sizeof f->doer ? doer.n : 0] = '\0';
    f->is_record = xj_vq_int(f->v, xj_vq(f->v, "SELECT penalty FROM record WHERE case_id = ?1 AND seq = ?2", "bi", xj_id_slice(&f->case_id),
                                         (int64_t)f->seq), 0) == 1;
    return true;
}

bool xj_figures_hold(const struct xj_figures *f, const struct xj_id *act)
{
    return f->loaded && xj_id_eq(&f->act, act);
}

bool xj_figures_breach(struct xj_figures *f, const struct xj_id *act, const char *code, const char *detail)
{
    if (!load(f, act))
        return false;
    if (!f->body_asked && f->body.n > 0) {
        const struct xj_model *model = xj_view_model(f->v, f->header->procedure, &f->header->revision);
        uint16_t m = model != NULL ? xj_model_act(model, f->header->act) : XJ_NONE;
        f->breach_count += xj_body_breaches(m != XJ_NONE ? &model->acts[m] : NULL, f->header, f->breaches, f->breach_count,
                                            xj_buf_slice(&f->body), f->breaches + f->breach_count);
    }
    f->body_asked = true;
    for (size_t i = 0; i < f->breach_count; i++)
        if (xj_slice_is(f->breaches[i].code, code) && (detail == NULL || xj_slice_is(f->breaches[i].detail, detail)))
            return true;
    return false;
}

/* ---- figures of records ---- */

static bool worth(struct xj_figures *f, const char *word, uint64_t *ret);

/* A count over the statement's rows; false when it has none or NULL. */
static bool number_of(struct xj_figures *f, sqlite3_stmt *st, uint64_t *ret)
{
    int64_t n = xj_vq_int(f->v, st, -1);
    *ret = n >= 0 ? (uint64_t)n : 0;
    return n >= 0 && f->v->err == XJ_OK;
}

static bool repeats(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT CASE WHEN (SELECT day IS NULL OR coalesce(violation, '') = '' FROM record WHERE case_id = ?1 AND seq = ?2)"
                                    " THEN -1 ELSE (SELECT count(*) FROM (SELECT DISTINCT r.case_id, r.seq" KIN SAME_VIOLATION
                                    " AND coalesce(r.lenient, '') <> 'no_penalty' AND r.day < me.day AND r.day >= me.day - ?3)) END",
                              "bii", xj_id_slice(&f->case_id), (int64_t)f->seq, (int64_t)DAYS_REPEATED), ret);
}

static bool fragments(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT CASE WHEN (SELECT day IS NULL OR coalesce(violation, '') = '' FROM record WHERE case_id = ?1 AND seq = ?2)"
                                    " THEN -1 ELSE (SELECT count(DISTINCT r.case_id)" KIN SAME_VIOLATION
                                    " AND r.case_id <> ?1 AND abs(r.day - me.day) <= ?3 AND ((r.appraisal = me.appraisal AND me.appraisal <> '')"
                                    " OR (r.place = me.place AND me.place <> '' AND r.goods = me.goods AND me.goods <> ''))) END",
                              "bii", xj_id_slice(&f->case_id), (int64_t)f->seq, (int64_t)DAYS_FRAGMENTED), ret);
}

static bool rivals(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT CASE WHEN (SELECT conduct_from IS NULL OR coalesce(violation, '') = '' FROM record WHERE case_id = ?1"
                                    " AND seq = ?2) THEN -1 ELSE (SELECT count(DISTINCT r.doer)" KIN SAME_VIOLATION
                                    " AND r.doer <> me.doer AND r.conduct_from = me.conduct_from AND r.conduct_to = me.conduct_to) END",
                              "bi", xj_id_slice(&f->case_id), (int64_t)f->seq), ret);
}

static bool same_number(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT CASE WHEN coalesce(me.number, '') = '' THEN -1 ELSE (SELECT count(*) FROM record r WHERE r.doer = me.doer"
                                    " AND r.number = me.number AND NOT (r.case_id = ?1 AND r.seq = ?2)) END FROM record me"
                                    " WHERE me.case_id = ?1 AND me.seq = ?2",
                              "bi", xj_id_slice(&f->case_id), (int64_t)f->seq), ret);
}

static bool elsewhere(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT count(*) FROM (SELECT DISTINCT r.case_id, r.seq" KIN " AND r.transfers = 1 AND r.case_id <> ?1)", "bi",
                              xj_id_slice(&f->case_id), (int64_t)f->seq), ret);
}

static bool below_minimum(struct xj_figures *f, uint64_t *ret)
{
    return number_of(f, xj_vq(f->v, "SELECT CASE WHEN minimum IS NULL THEN -1 ELSE fine < minimum END FROM record WHERE case_id = ?1 AND seq = ?2",
                              "bi", xj_id_slice(&f->case_id), (int64_t)f->seq), ret);
}

static bool mark(struct xj_figures *f, const char *which, uint64_t *ret)
{
    sqlite3_stmt *st = xj_vq(f->v, "SELECT CASE ?3 WHEN 'discussed' THEN discussed WHEN 'serious' THEN serious WHEN 'appraised' THEN appraised"
                                   " ELSE discussed OR appraised END FROM record WHERE case_id = ?1 AND seq = ?2",
                             "bis", xj_id_slice(&f->case_id), (int64_t)f->seq, xj_slice_cstr(which));
    return number_of(f, st, ret);
}

/* The six signs; each counts when it is known and holds. */
static bool flags(struct xj_figures *f, uint64_t *ret)
{
    uint64_t n = 0, value;
    n += mark(f, "discussed", &value) && value == 1;
    n += mark(f, "serious", &value) && value == 1;
    n += mark(f, "appraised", &value) && value == 1;
    n += worth(f, "standard", &value) && value >= 80;
    n += worth(f, "repeats", &value) && value >= 1;
    n += worth(f, "below_minimum", &value) && value == 1;
    *ret = n;
    return true;
}

static bool discussed(struct xj_figures *f, uint64_t *ret)
{
    return mark(f, "either", ret);
}

static bool compute(struct xj_figures *f, const char *word, uint64_t *ret)
{
    static const struct {
        const char *word;
        bool (*of)(struct xj_figures *f, uint64_t *ret);
    } records[] = {{"standard", xj_figure_standard}, {"prompt", xj_figure_prompt}, {"repeats", repeats}, {"fragments", fragments}, {"rivals", rivals}, {"same_number", same_number}, {"elsewhere", elsewhere},
                   {"below_minimum", below_minimum}, {"flags", flags}, {"discussed", discussed}};
    *ret = 0;
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++)
        if (strcmp(records[i].word, word) == 0)
            return f->is_record && records[i].of(f, ret);
    return xj_figure_of_body(f, word, ret);
}

/* As computed, or as kept from the last time. */
static bool worth(struct xj_figures *f, const char *word, uint64_t *ret)
{
    for (size_t i = 0; i < f->kept_count; i++)
        if (strcmp(f->kept[i].word, word) == 0) {
            *ret = f->kept[i].value;
            return f->kept[i].known;
        }
    bool known = compute(f, word, ret);
    if (f->kept_count < XJ_FIGURES_KEPT) {
        f->kept[f->kept_count].word = word;
        f->kept[f->kept_count].value = *ret;
        f->kept[f->kept_count++].known = known;
    }
    return known;
}

bool xj_figure(struct xj_figures *f, const struct xj_id *act, const char *word, uint64_t *ret)
{
    *ret = 0;
    return load(f, act) && worth(f, word, ret);
}
