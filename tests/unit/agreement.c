#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/agreement.h"

struct compare {
    struct world *w;
    struct xj_question_view q;
    struct xj_row_view row;
    bool found;
    size_t checked;
};

static bool same_question(void *arg, const struct xj_question_view *q)
{
    struct compare *c = arg;
    if (!xj_id_eq(&q->id, &c->q.id) || q->question != c->q.question)
        return true;
    c->found = true;
    if (q->open != c->q.open || q->subject_count != c->q.subject_count || q->asked_count != c->q.asked_count)
        fprintf(stderr, "question %s of act %s (seq %d): exchange open %d subjects %zu asked %zu, view %d %zu %zu\n",
                c->w->model->questions[q->question].name.id, c->w->model->acts[q->act].name.id, (int)q->seq, q->open,
                q->subject_count, q->asked_count, c->q.open, c->q.subject_count, c->q.asked_count);
    assert_int_equal(q->open, c->q.open);
    assert_int_equal(q->subject_count, c->q.subject_count);
    assert_int_equal(q->asked_count, c->q.asked_count);
    return false;
}

static bool view_question(void *arg, const struct xj_question_view *q)
{
    struct compare *c = arg;
    if (q->act == XJ_NONE) /* known only because it was handed on */
        return true;
    c->q = *q;
    c->found = false;
    struct xj_engine e = engine_at(c->w, -1);
    assert_int_equal(xj_engine_questions(&e, c->w->case_id, same_question, c), XJ_OK);
    assert_true(c->found);
    c->checked++;
    return true;
}

static bool same_row(void *arg, const struct xj_row_view *row)
{
    struct compare *c = arg;
    if (row->track != c->row.track || !xj_slice_eq(row->owner, c->row.owner) || row->has_subject != c->row.has_subject ||
        (row->has_subject && xj_subject_cmp(&row->subject, &c->row.subject) != 0))
        return true;
    c->found = true;
    assert_true(row->seq >= c->row.seq);
    if (row->seq == c->row.seq)
        assert_int_equal(row->state, c->row.state);
    return false;
}

static bool view_row(void *arg, const struct xj_row_view *row)
{
    struct compare *c = arg;
    c->row = *row;
    c->found = false;
    struct xj_engine e = engine_at(c->w, -1);
    assert_int_equal(xj_engine_rows(&e, c->w->case_id, same_row, c), XJ_OK);
    assert_true(c->found);
    c->checked++;
    return true;
}

size_t assert_agrees(struct world *w, struct xj_engine *view)
{
    struct compare c = {.w = w};
    assert_int_equal(xj_engine_questions(view, w->case_id, view_question, &c), XJ_OK);
    assert_int_equal(xj_engine_rows(view, w->case_id, view_row, &c), XJ_OK);
    return c.checked;
}
