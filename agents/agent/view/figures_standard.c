/* How near a record comes to the filing standards: spec/13-standards.md, section 4, asked with what its body and its kin say. */
#include <string.h>

#include "agents/agent/view/figures.h"
#include "schema/procedure/standards_look.h"

#define AMOUNTS_MAX 64u
#define PRIORS_MAX 64u

struct question {
    struct xj_std_question q;
    struct xj_slice charges[XJ_STD_CHARGES_MAX];
    struct xj_std_amount amounts[AMOUNTS_MAX];
    int64_t penalties[PRIORS_MAX];
    struct xj_buf names; /* of charges that only the case knows */
};

static void charges_of_body(struct question *q, const msgpack_object *body)
{
    struct xj_cur list = xj_cur_over(xj_map_get(body, "charges"), 0, UINT32_MAX);
    while (list.left > 0 && !list.bad && q->q.charge_count < XJ_STD_CHARGES_MAX) {
        struct xj_cur c = xj_take_array(&list, 3, 3);
        (void)xj_take_bin(&c, 8, 8);
        struct xj_slice name = xj_take_str(&c, 1, SIZE_MAX);
        if (!c.bad)
            q->charges[q->q.charge_count++] = name;
    }
}

/* Where the act names none: those the case has. */
static void charges_of_case(struct xj_figures *f, struct question *q)
{
    size_t at[XJ_STD_CHARGES_MAX + 1] = {0};
    sqlite3_stmt *st = xj_vq(f->v, "SELECT DISTINCT name FROM charge WHERE case_id = ?1 ORDER BY name LIMIT ?2", "bi", xj_id_slice(&f->case_id),
                             (int64_t)XJ_STD_CHARGES_MAX);
    while (q->q.charge_count < XJ_STD_CHARGES_MAX && xj_vq_row(f->v, st)) {
        xj_buf_add_slice(&q->names, xj_vq_slice(st, 0));
        at[++q->q.charge_count] = q->names.n;
    }
    xj_vq_end(st);
    if (q->names.err != XJ_OK)
        xj_view_fail(f->v, XJ_ENOMEM);
    for (size_t i = 0; i < q->q.charge_count; i++)
        q->charges[i] = xj_slice_of(q->names.p + at[i], at[i + 1] - at[i]);
}

static void amounts(struct question *q, const msgpack_object *body)
{
    struct xj_cur list = xj_cur_over(xj_map_get(body, "amounts"), 0, UINT32_MAX);
    while (list.left > 0 && !list.bad && q->q.amount_count < AMOUNTS_MAX) {
        struct xj_cur c = xj_take_array(&list, 3, 3);
        struct xj_std_amount *a = &q->amounts[q->q.amount_count];
        a->name = xj_take_str(&c, 0, SIZE_MAX);
        a->value = xj_take_int(&c, INT64_MIN, INT64_MAX);
        a->unit = xj_take_str(&c, 0, SIZE_MAX);
        q->q.amount_count += !c.bad;
    }
}

/* All persons of the case but victims, or those the subjects name: a unit, a person, or not to be told. */
static enum xj_std_subject subject(struct xj_figures *f)
{
    int64_t units = 0, others = 0;
    sqlite3_stmt *st = xj_vq(f->v, "SELECT kind FROM party p WHERE p.case_id = ?1 AND p.kind <> 'victim' AND (NOT EXISTS(SELECT 1 FROM record_party n"
                                   " WHERE n.case_id = ?1 AND n.seq = ?2) OR EXISTS(SELECT 1 FROM record_party n WHERE n.case_id = ?1 AND n.seq = ?2"
                                   " AND n.party = p.id))", "bi", xj_id_slice(&f->case_id), (int64_t)f->seq);
    while (xj_vq_row(f->v, st)) {
        struct xj_slice kind = xj_vq_slice(st, 0);
        units += xj_slice_is(kind, "unit");
        others += !xj_slice_is(kind, "unit");
    }
    return (units > 0) == (others > 0) ? XJ_STD_ANYBODY : units > 0 ? XJ_STD_UNIT : XJ_STD_PERSON;
}

/* Days of earlier penalties for the same, as `repeats` counts them, whatever their age. */
static void penalties(struct xj_figures *f, struct question *q)
{
    sqlite3_stmt *st = xj_vq(f->v, "SELECT DISTINCT r.day, r.case_id, r.seq FROM concern m JOIN concern o ON o.key = m.key JOIN record r"
                                   " ON r.case_id = o.case_id AND r.seq = o.seq JOIN record me ON me.case_id = ?1 AND me.seq = ?2"
                                   " WHERE m.case_id = ?1 AND m.seq = ?2 AND NOT (r.case_id = ?1 AND r.seq = ?2) AND r.penalty = 1"
                                   " AND r.violation = me.violation AND me.violation <> '' AND coalesce(r.lenient, '') <> 'no_penalty'"
                                   " AND r.day < me.day ORDER BY r.day DESC LIMIT ?3",
                             "bii", xj_id_slice(&f->case_id), (int64_t)f->seq, (int64_t)PRIORS_MAX);
    while (q->q.penalty_count < PRIORS_MAX && xj_vq_row(f->v, st))
        q->penalties[q->q.penalty_count++] = sqlite3_column_int64(st, 0);
    xj_vq_end(st);
}

static bool conduct(struct xj_figures *f, int64_t *ret_from, int64_t *ret_to)
{
    sqlite3_stmt *st = xj_vq(f->v, "SELECT conduct_from, conduct_to FROM record WHERE case_id = ?1 AND seq = ?2 AND conduct_from IS NOT NULL", "bi",
                             xj_id_slice(&f->case_id), (int64_t)f->seq);
    if (!xj_vq_row(f->v, st))
        return false;
    *ret_from = sqlite3_column_int64(st, 0);
    *ret_to = sqlite3_column_int64(st, 1);
    xj_vq_end(st);
    return true;
}

bool xj_figure_look(struct xj_figures *f, struct xj_std_answer *ret)
{
    const struct xj_standards *standards = xj_view_standards(f->v);
    struct question q = {.q = {.history_known = false}};
    if (standards == NULL || !f->is_record || !f->body_open || !conduct(f, &q.q.from_day, &q.q.to_day))
        return false;
    xj_buf_init(&q.names, XJ_MAX_BODY_BYTES);
    charges_of_body(&q, &f->doc.root);
    if (q.q.charge_count == 0)
        charges_of_case(f, &q);
    amounts(&q, &f->doc.root);
    penalties(f, &q);
    q.q.charges = q.charges;
    q.q.amounts = q.amounts;
    q.q.penalties = q.penalties;
    q.q.subject = subject(f);
    if (q.q.charge_count > 0)
        xj_standards_look(standards, &q.q, ret);
    xj_buf_free(&q.names);
    return q.q.charge_count > 0 && f->v->err == XJ_OK;
}

/* Spec 12, 4.3: what is not decided is no percent from 80 on. */
bool xj_figure_standard(struct xj_figures *f, uint64_t *ret)
{
    struct xj_std_answer a;
    if (!xj_figure_look(f, &a) || a.percent == XJ_STD_NONE || (a.outcome == XJ_STD_UNKNOWN && a.percent >= XJ_STD_NEAR_AT))
        return false;
    *ret = (uint64_t)a.percent;
    return true;
}

bool xj_figure_prompt(struct xj_figures *f, uint64_t *ret)
{
    struct xj_std_answer a;
    if (!xj_figure_look(f, &a))
        return false;
    *ret = a.outcome == XJ_STD_UNKNOWN && a.prompts != 0;
    return true;
}
