/* The procedure decoder under arbitrary bytes: what it accepts must be whole, every index good for a look-up, and encode to
 * the same bytes. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/07-procedure.md, section 5. */
#include <stdlib.h>
#include <string.h>

#include "schema/procedure/model.h"
#include "schema/procedure/yaml/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void walk_moves(const struct xj_model *m, const struct xj_m_move *moves, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        must(moves[i].track < m->track_count);
        const struct xj_m_track *t = &m->tracks[moves[i].track];
        must(moves[i].state < t->state_count);
        for (uint16_t k = 0; k < moves[i].from_count; k++)
            must(moves[i].from[k] == XJ_NONE || moves[i].from[k] < t->state_count);
    }
}

static void walk_act(const struct xj_model *m, const struct xj_m_act *act)
{
    must(xj_model_act(m, xj_slice_cstr(act->name.id)) == (uint16_t)(act - m->acts));
    must(act->cite[0] != '\0' && act->name.zh[0] != '\0');
    walk_moves(m, act->moves, act->move_count);
    for (uint16_t i = 0; i < act->opens_count; i++)
        must(act->opens[i].question < m->question_count);
    for (uint16_t i = 0; i < act->answer_count; i++) {
        must(act->answers[i].question < m->question_count);
        walk_moves(m, act->answers[i].moves, act->answers[i].move_count);
    }
    for (uint16_t i = 0; i < act->expect_count; i++)
        must(act->expects[i].act_count > 0 && act->expects[i].acts[0] < m->act_count);
    for (uint16_t i = 0; i < act->paper_count; i++)
        must(act->papers[i].kind < m->paper_count);
    for (uint16_t i = 0; i < act->barred_count; i++)
        must(act->barred[i].state < m->tracks[act->barred[i].track].state_count);
}

static void walk_duty(const struct xj_model *m, const struct xj_m_duty *d)
{
    must(xj_model_duty(m, xj_slice_cstr(d->name.id)) == (uint16_t)(d - m->duties));
    for (uint16_t i = 0; i < d->start_count; i++)
        must(d->starts[i].act < m->act_count);
    for (uint16_t i = 0; i < d->stop_count; i++)
        must(d->stops[i] < m->act_count);
    must(d->if_track == XJ_NONE || d->if_state < m->tracks[d->if_track].state_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xj_model *m = NULL;
    if (xj_model_decode(xj_slice_of(data, size), &m) != XJ_OK) {
        must(m == NULL);
        return 0;
    }
    for (uint16_t i = 0; i < m->act_count; i++)
        walk_act(m, &m->acts[i]);
    for (uint16_t i = 0; i < m->duty_count; i++)
        walk_duty(m, &m->duties[i]);
    struct xj_buf again;
    xj_buf_init(&again, XJ_MODEL_BYTES_MAX);
    xj_model_encode(m, &again);
    must(xj_slice_eq(xj_buf_slice(&again), xj_slice_of(data, size)));
    xj_buf_free(&again);
    xj_model_free(m);
    return 0;
}
