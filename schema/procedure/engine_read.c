/* Reading a folded case: rows, questions, duties. Spec: spec/09-fold.md, sections 2, 3 and 9. */
#include <string.h>

#include "schema/procedure/engine_duty.h"

enum xj_err xj_engine_party(const struct xj_engine *e, struct xj_id case_id, struct xj_slice agency, bool *ret)
{
    struct xj_fold f;
    *ret = false;
    if (xj_fold_open(&f, e, case_id) == XJ_OK) {
        f.at_ms = INT64_MAX;
        *ret = xj_fold_is_party(&f, agency);
    }
    return xj_fold_close(&f);
}

enum xj_err xj_engine_rows(const struct xj_engine *e, struct xj_id case_id, xj_row_visit *visit, void *arg)
{
    struct xj_fold f;
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    struct xj_fold_key k = xj_fold_key(&f, XJ_FOLD_ROW);
    struct xj_fold_pairs pairs = xj_fold_scan(&f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_row *row = xj_fold_row_of(&f, pairs.at[i]);
        if (row == NULL)
            break;
        struct xj_row_view v = {.track = row->track, .state = xj_fold_state_of(row), .owner = row->owner,
                                .subject = row->subject, .has_subject = row->has_subject,
                                .seq = row->moves[row->move_count - 1].seq};
        if (!visit(arg, &v))
            break;
    }
out:
    return xj_fold_close(&f);
}

static bool show_question(struct xj_fold *f, const struct xj_fold_question *q, xj_question_visit *visit, void *arg)
{
    struct xj_subject open[XJ_MAX_SUBJECTS];
    struct xj_fold_names asked = xj_fold_asked_now(q);
    uint64_t bits = xj_fold_still_open(q);
    struct xj_question_view v = {.id = q->id, .seq = q->seq, .question = q->question, .act = q->act, .opener = q->opener,
                                 .asked = asked.at, .asked_count = asked.n, .subjects = open, .open = bits != 0};
    for (size_t i = 0; i < q->subject_count && i < XJ_MAX_SUBJECTS; i++)
        if (bits >> i & 1)
            open[v.subject_count++] = q->subjects[i];
    return visit(arg, &v) && f->err == XJ_OK;
}

enum xj_err xj_engine_questions(const struct xj_engine *e, struct xj_id case_id, xj_question_visit *visit, void *arg)
{
    struct xj_fold f;
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    struct xj_fold_key k = xj_fold_key(&f, XJ_FOLD_QUESTION);
    struct xj_fold_pairs pairs = xj_fold_scan(&f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_question *q = xj_fold_question_of(&f, pairs.at[i]);
        if (q == NULL || !show_question(&f, q, visit, arg))
            break;
    }
out:
    return xj_fold_close(&f);
}

/* Whether two subjects of one record read alike; the rest of a view is the record's. */
static bool alike(const struct xj_duty_view *a, const struct xj_duty_view *b)
{
    return a->due_known == b->due_known && a->due_ms == b->due_ms && a->done == b->done && a->done_dated == b->done_dated &&
           a->done_from_ms == b->done_from_ms && a->done_to_ms == b->done_to_ms && xj_id_eq(&a->done_by, &b->done_by) &&
           a->paused == b->paused && a->extended == b->extended && a->status == b->status &&
           a->undatable_why == b->undatable_why;
}

static bool show_duty(struct xj_fold *f, const struct xj_fold_duty *d, xj_duty_visit *visit, void *arg)
{
    size_t n = d->subject_count == 0 ? 1 : d->subject_count;
    struct xj_duty_view *views = xj_fold_array(f, n, sizeof *views);
    bool *left = xj_fold_array(f, n, sizeof *left);
    struct xj_subject *subjects = xj_fold_array(f, n, sizeof *subjects);
    if (views == NULL || left == NULL || subjects == NULL)
        return false;
    for (size_t i = 0; i < n; i++)
        left[i] = xj_fold_evaluate(f, d, i, &views[i]);
    for (size_t i = 0; i < n && f->err == XJ_OK; i++) {
        if (!left[i])
            continue;
        struct xj_duty_view v = views[i];
        v.subjects = subjects;
        for (size_t j = i; j < n; j++)
            if (left[j] && alike(&v, &views[j])) {
                left[j] = false;
                if (d->subject_count > 0)
                    subjects[v.subject_count++] = d->subjects[j];
            }
        if (!visit(arg, &v))
            return false;
    }
    return f->err == XJ_OK;
}

void xj_fold_duties_show(struct xj_fold *f, xj_duty_visit *visit, void *arg)
{
    struct xj_fold_key k = xj_fold_key(f, XJ_FOLD_DUTY);
    struct xj_fold_pairs pairs = xj_fold_scan(f, &k, false, 0);
    for (size_t i = 0; i < pairs.n; i++) {
        const struct xj_fold_duty *d = xj_fold_duty_of(f, pairs.at[i]);
        if (d == NULL || !show_duty(f, d, visit, arg))
            break;
    }
}

enum xj_err xj_engine_duties(const struct xj_engine *e, struct xj_id case_id, xj_duty_visit *visit, void *arg)
{
    struct xj_fold f;
    if (xj_fold_open(&f, e, case_id) == XJ_OK)
        xj_fold_duties_show(&f, visit, arg);
    return xj_fold_close(&f);
}

static size_t bit_of(const struct xj_fold_duty *d, const struct xj_subject *subject)
{
    for (size_t i = 0; subject != NULL && i < d->subject_count; i++)
        if (xj_fold_same(&d->subjects[i], subject))
            return i;
    return 0;
}

static bool is_named(struct xj_fold *f, const struct xj_fold_duty *d, struct xj_slice name)
{
    const struct xj_m_duty *row = xj_fold_ended(d) ? xj_fold_own(f, d).row : &f->m->duties[d->duty];
    return row != NULL && xj_slice_is(name, row->name.id);
}

enum xj_err xj_engine_reckon(const struct xj_engine *e, struct xj_id case_id, struct xj_slice duty, uint64_t seq,
                             const struct xj_subject *subject, struct xj_buf *out)
{
    struct xj_fold f;
    bool found = false;
    if (xj_fold_open(&f, e, case_id) != XJ_OK)
        goto out;
    struct xj_fold_key k = xj_fold_key(&f, XJ_FOLD_DUTY);
    struct xj_fold_pairs pairs = xj_fold_scan(&f, &k, false, 0);
    for (size_t i = 0; !found && i < pairs.n; i++) {
        const struct xj_fold_duty *d = xj_fold_duty_of(&f, pairs.at[i]);
        found = d != NULL && d->seq == seq && is_named(&f, d, duty);
        if (found)
            xj_fold_reckon(&f, d, bit_of(d, subject), out);
    }
out:;
    enum xj_err err = xj_fold_close(&f);
    return err != XJ_OK ? err : found ? out->err : XJ_ENOTFOUND;
}
