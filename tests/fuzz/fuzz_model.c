/* The procedure decoder under arbitrary bytes: what it accepts must be whole, every index good for a look-up, and encode to
 * the same bytes. Build: clang -fsanitize=fuzzer,address,undefined. Spec: spec/07-procedure.md, section 5. */
#include "schema/base/file.h"
#include "schema/procedure/model.h"
#include "schema/procedure/yaml/compile.h"
#include "schema/procedure/yaml/encode.h"
#include "tests/fuzz/fuzz.h"

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

/* ---- something sound to start from ---- */

static struct xj_buf specimens[2];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const paths[] = {XJ_SOURCE_DIR "/tests/procedures/small.yaml", XJ_SOURCE_DIR "/tests/procedures/handover.yaml"};
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < 2; i++) {
        struct xj_findings findings;
        struct xj_buf yaml;
        xj_findings_init(&findings);
        xj_buf_init(&specimens[i], XJ_MODEL_BYTES_MAX);
        must(xj_file_read(paths[i], 1u << 20, &yaml) == XJ_OK);
        must(xj_procedure_compile(xj_buf_slice(&yaml), xj_slice_of(NULL, 0), &specimens[i], &findings) == XJ_OK);
        xj_findings_free(&findings);
        xj_buf_free(&yaml);
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (fuzz_wants_specimen(seed)) {
        struct xj_buf out;
        xj_buf_init(&out, XJ_MODEL_BYTES_MAX);
        xj_buf_add_slice(&out, xj_buf_slice(&specimens[seed / 16 % 2]));
        size = fuzz_take(&out, data, size, max_size);
    }
    return fuzz_mutate(data, size, max_size, seed);
}
