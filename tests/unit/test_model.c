/* Compiled procedures: decoding, what is refused, look-ups. Spec: schema/spec/07-procedure.md, section 5. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/arena.h"
#include "schema/procedure/yaml/encode.h"
#include "schema/wire/pack.h"
#include "tests/procedures/fixture.h"

/* The bytes decode, and encode to themselves; or they are refused and nothing is left. True when they decoded. */
static bool sound_or_refused(struct xj_slice bytes)
{
    struct xj_model *m = (struct xj_model *)(void *)&bytes; /* to see that it is overwritten */
    enum xj_err err = xj_model_decode(bytes, &m);
    if (err != XJ_OK) {
        assert_true(err == XJ_EMALFORMED || err == XJ_ELIMIT);
        assert_null(m);
        return false;
    }
    struct xj_buf again;
    xj_buf_init(&again, XJ_MODEL_BYTES_MAX);
    xj_model_encode(m, &again);
    assert_int_equal(again.err, XJ_OK);
    assert_true(xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_model_free(m);
    return true;
}

static void model_decode__reads_what_the_compiler_wrote(void **state)
{
    (void)state;
    const char *files[] = {HANDOVER_YAML, SMALL_YAML, REFERRAL_YAML};
    for (size_t i = 0; i < 3; i++) {
        struct xj_buf bytes = compiled_file(files[i]);
        assert_true(sound_or_refused(xj_buf_slice(&bytes)));
        xj_buf_free(&bytes);
    }
}

static void model_decode__refuses_every_truncation(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(SMALL_YAML);
    for (size_t n = 0; n < bytes.n; n++) {
        /* A copy of exactly n bytes, so that a sanitizer sees a read past the end. */
        uint8_t *copy = malloc(n + (n == 0));
        assert_non_null(copy);
        memcpy(copy, bytes.p, n);
        assert_false(sound_or_refused(xj_slice_of(copy, n)));
        free(copy);
    }
    xj_buf_free(&bytes);
}

static void model_decode__bears_every_single_byte_corruption(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(SMALL_YAML);
    size_t refused = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        uint8_t before = bytes.p[i];
        for (unsigned v = 0; v < 256; v++) {
            bytes.p[i] = (uint8_t)v;
            refused += !sound_or_refused(xj_buf_slice(&bytes));
        }
        bytes.p[i] = before;
    }
    assert_true(refused > bytes.n * 64);
    xj_buf_free(&bytes);
}

static void model_decode__refuses_more_bytes_than_the_limit(void **state)
{
    (void)state;
    uint8_t *zero = calloc(1, XJ_MODEL_BYTES_MAX + 1);
    struct xj_model *m = NULL;
    assert_non_null(zero);
    assert_int_equal(xj_model_decode(xj_slice_of(zero, XJ_MODEL_BYTES_MAX + 1), &m), XJ_ELIMIT);
    assert_null(m);
    free(zero);
}

static void model_decode__refuses_another_version(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(HANDOVER_YAML);
    assert_int_equal(bytes.p[1], XJ_MODEL_VERSION);
    bytes.p[1] = XJ_MODEL_VERSION + 1;
    assert_false(sound_or_refused(xj_buf_slice(&bytes)));
    xj_buf_free(&bytes);
}

/* Where the encoding of the id begins. */
static uint8_t *find_bytes(struct xj_buf *buf, const char *id)
{
    size_t n = strlen(id);
    for (size_t i = 0; i + n <= buf->n; i++) {
        if (memcmp(buf->p + i, id, n) == 0)
            return buf->p + i;
    }
    fail_msg("%s is not there", id);
    return NULL;
}

static void model_decode__refuses_names_out_of_order(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(HANDOVER_YAML);
    memcpy(find_bytes(&bytes, "sender"), "zender", 6); /* behind taker */
    assert_false(sound_or_refused(xj_buf_slice(&bytes)));
    xj_buf_free(&bytes);
}

static void model_decode__refuses_a_name_with_other_letters(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(HANDOVER_YAML);
    memcpy(find_bytes(&bytes, "sender"), "sEnder", 6);
    assert_false(sound_or_refused(xj_buf_slice(&bytes)));
    xj_buf_free(&bytes);
}

static void model_decode__refuses_a_term_with_a_control_character(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(HANDOVER_YAML);
    memcpy(find_bytes(&bytes, "give the receipt"), "give\nthe", 8);
    assert_false(sound_or_refused(xj_buf_slice(&bytes)));
    xj_buf_free(&bytes);
}

/* Encodes a model with one thing changed by hand; the decoder must refuse it. */
static struct xj_model *decoded(const char *path)
{
    struct xj_buf bytes = compiled_file(path);
    struct xj_model *m = NULL;
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    xj_buf_free(&bytes);
    return m;
}

static void assert_refused(struct xj_model *m)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    xj_model_encode(m, &bytes);
    assert_int_equal(bytes.err, XJ_OK);
    assert_false(sound_or_refused(xj_buf_slice(&bytes)));
    xj_buf_free(&bytes);
}

static struct xj_m_duty *duty_of(struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_duty(m, xj_slice_cstr(id));
    assert_int_not_equal(i, XJ_NONE);
    return &m->duties[i];
}

static struct xj_m_act *act_of(struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_act(m, xj_slice_cstr(id));
    assert_int_not_equal(i, XJ_NONE);
    return &m->acts[i];
}

static void model_decode__refuses_a_role_that_does_not_exist(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    act_of(m, "transfer")->roles |= 1u << m->role_count;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_state_of_another_track(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    struct xj_m_move *mv = &act_of(m, "closed")->moves[0];
    mv->state = 3; /* matter has four states, filing three */
    assert_int_equal(m->tracks[mv->track].state_count, 3);
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_visibility_after_no_act(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    act_of(m, "plan")->vis_after = XJ_NONE;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_limit_without_clock(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A2")->limit = 3;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_clock_without_limit(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A1")->limit = 0;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_an_extension_that_is_not_longer(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A3")->extends[0].limit = 3;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_duty_that_nothing_stops(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A1")->stop_count = 0;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_pause_without_end(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A3")->pause_to_count = 0;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_track_condition_without_state(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    duty_of(m, "A4")->if_state = XJ_NONE;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__refuses_a_question_put_to_nobody(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    act_of(m, "transfer")->opens[0].asked = 0;
    assert_refused(m);
    xj_model_free(m);
}

static void model_decode__gives_every_field_back(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    const struct xj_m_act *plan = act_of(m, "plan"), *transfer = act_of(m, "transfer"), *fined = act_of(m, "fined");
    assert_true(plan->internal && plan->opens_case && plan->opens[0].asked_self && !plan->again);
    assert_int_equal(plan->vis, XJ_VIS_AFTER);
    assert_string_equal(m->acts[plan->vis_after].name.id, "transfer");
    assert_int_equal(plan->moves[0].from[0], XJ_NONE);
    assert_true(transfer->transfers && transfer->again);
    assert_int_equal(transfer->copies, xj_model_role(m, xj_slice_cstr("court")));
    assert_true(act_of(m, "receipt")->receives && act_of(m, "taken")->accepts && act_of(m, "closed")->reasons);
    assert_true(act_of(m, "filed")->copy_transferor && act_of(m, "filed")->party_required && act_of(m, "closed")->joins);
    assert_true(fined->barred_count == 2 && fined->lifted_count == 1);
    assert_int_equal(act_of(m, "taken")->tag, XJ_TAG_C2);
    const struct xj_m_paper *p = transfer->papers;
    assert_int_equal(transfer->paper_count, 2);
    assert_true(p[0].instrument && p[0].or_kind == XJ_NONE && !p[1].instrument);
    assert_string_equal(m->papers[p[1].or_kind].id, "no_list");
    assert_string_equal(act_of(m, "filed")->name.zh, "立案");
    xj_model_free(m);
}

static void model_decode__gives_every_field_of_a_duty_back(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    const struct xj_m_duty *a3 = duty_of(m, "A3"), *a4 = duty_of(m, "A4"), *a6 = duty_of(m, "A6");
    assert_int_equal(a3->kind, XJ_CLOCK_DAYS);
    assert_true(a3->starts[0].on_receipt && a3->starts[0].instant == XJ_INSTANT_ACCEPTED);
    assert_int_equal(a3->extends[0].limit, 30);
    assert_int_equal(a3->sector_count, 3);
    assert_string_equal(a3->sectors[1].sector, "market");
    assert_true(a3->sectors[1].kind == XJ_CLOCK_WORKDAYS && a3->sectors[1].limit == 5 && a3->sectors[1].extended_limit == 10);
    assert_int_equal(a3->sectors[0].kind, XJ_CLOCK_NONE);
    assert_true(a3->since_ms == INT64_C(994608000000)); /* 2001-07-08T16:00Z */
    assert_string_equal(m->acts[a3->pause_from[0]].name.id, "halt");
    assert_true(a4->link_case && a4->may && !a4->disabled && a4->since_ms == INT64_MIN);
    assert_string_equal(m->tracks[a4->if_track].states[a4->if_state].id, "settled");
    assert_string_equal(m->papers[a4->or_paper].id, "list");
    assert_string_equal(m->acts[a4->unless_act].name.id, "closed");
    assert_true(a6->inside && a6->arises_done && a6->disabled && a6->tag == XJ_TAG_U);
    assert_true(duty_of(m, "A5")->stop_self);
    xj_model_free(m);
}

static struct xj_m_statistic *statistic_of(struct xj_model *m, const char *id)
{
    uint16_t i = xj_model_statistic(m, xj_slice_cstr(id));
    assert_int_not_equal(i, XJ_NONE);
    return &m->statistics[i];
}

static void model_decode__gives_every_field_of_a_statistic_back(void **state)
{
    (void)state;
    struct xj_model *m = decoded(SMALL_YAML);
    const struct xj_m_statistic *sent = statistic_of(m, "sent"), *fines = statistic_of(m, "fines"), *in_time = statistic_of(m, "in_time"),
                                *rate = statistic_of(m, "rate");
    assert_true(sent->kind == XJ_COUNT_ACTS && sent->place == 10 && sent->by == xj_model_role(m, xj_slice_cstr("bureau")));
    assert_string_equal(m->tracks[sent->stage].name.id, "matter");
    assert_string_equal(m->acts[sent->acts[0]].name.id, "transfer");
    assert_true(statistic_of(m, "persons")->once == XJ_ONCE_PARTY && statistic_of(m, "taken_in")->principal && !sent->principal);
    assert_true(fines->kind == XJ_COUNT_SUM && fines->figure == XJ_FIGURE_FINE && fines->stage == XJ_NONE && fines->place == 0);
    assert_true(in_time->kind == XJ_COUNT_DUTIES && in_time->duty_count == 2 && in_time->outcomes == XJ_OUTCOME_MET);
    assert_true(statistic_of(m, "owed")->outcomes == XJ_OUTCOME_ALL && statistic_of(m, "owed")->duty_count == 0);
    assert_int_equal(statistic_of(m, "judged")->outcomes, XJ_OUTCOME_MET | XJ_OUTCOME_LATE | XJ_OUTCOME_OVERDUE);
    assert_true(rate->kind == XJ_COUNT_RATE && &m->statistics[rate->of] == in_time && rate->place == 9999);
    assert_string_equal(rate->outlier, "B3");
    xj_model_free(m);
}

/* One field of a statistic that its kind does not have, or lacks. */
#define UNSOUND(NAME, ID, CHANGE)                              \
    static void model_decode__refuses_##NAME(void **state)     \
    {                                                          \
        (void)state;                                           \
        struct xj_model *m = decoded(SMALL_YAML);              \
        struct xj_m_statistic *s = statistic_of(m, ID);        \
        CHANGE;                                                \
        assert_refused(m);                                     \
        xj_model_free(m);                                      \
    }
UNSOUND(a_count_with_outcomes, "sent", s->outcomes = XJ_OUTCOME_MET)
UNSOUND(a_count_of_nothing, "sent", s->act_count = 0)
UNSOUND(a_count_of_nobody, "sent", s->by = 0)
UNSOUND(a_sum_without_figure, "fines", s->figure = XJ_FIGURE_NONE)
UNSOUND(a_sum_once_a_case, "fines", s->once = XJ_ONCE_CASE)
UNSOUND(duties_of_principals, "owed", s->principal = true)
UNSOUND(a_rate_of_a_rate, "rate", s->per = xj_model_statistic(m, xj_slice_cstr("rate")))
UNSOUND(a_rate_by_role, "rate", s->by = 1)
UNSOUND(an_outlier_of_a_count, "sent", s->outlier = "B3")

static void model_lookups__find_each_name_and_no_other(void **state)
{
    (void)state;
    struct xj_model *m = decoded(REFERRAL_YAML);
    for (uint16_t i = 0; i < m->act_count; i++)
        assert_int_equal(xj_model_act(m, xj_slice_cstr(m->acts[i].name.id)), i);
    for (uint16_t i = 0; i < m->question_count; i++)
        assert_int_equal(xj_model_question(m, xj_slice_cstr(m->questions[i].name.id)), i);
    for (uint16_t i = 0; i < m->paper_count; i++)
        assert_int_equal(xj_model_paper(m, xj_slice_cstr(m->papers[i].id)), i);
    for (uint16_t t = 0; t < m->track_count; t++) {
        assert_int_equal(xj_model_track(m, xj_slice_cstr(m->tracks[t].name.id)), t);
        for (uint16_t i = 0; i < m->tracks[t].state_count; i++)
            assert_int_equal(xj_model_state(&m->tracks[t], xj_slice_cstr(m->tracks[t].states[i].id)), i);
    }
    for (uint16_t i = 0; i < m->role_count; i++)
        assert_int_equal(xj_model_role(m, xj_slice_cstr(m->roles[i].id)), 1u << i);
    for (uint16_t i = 0; i < m->statistic_count; i++)
        assert_int_equal(xj_model_statistic(m, xj_slice_cstr(m->statistics[i].name.id)), i);
    assert_int_equal(xj_model_act(m, xj_slice_cstr("transfe")), XJ_NONE);
    assert_int_equal(xj_model_act(m, xj_slice_cstr("transferr")), XJ_NONE);
    assert_int_equal(xj_model_duty(m, xj_slice_cstr("D99")), XJ_NONE);
    assert_int_equal(xj_model_role(m, nothing()), 0);
    xj_model_free(m);
}

static void model_revision__is_the_digest_of_the_bytes(void **state)
{
    (void)state;
    struct xj_buf bytes = compiled_file(HANDOVER_YAML);
    struct xj_model *m = NULL;
    assert_int_equal(xj_model_decode(xj_buf_slice(&bytes), &m), XJ_OK);
    struct xj_slice parts[] = {xj_slice_cstr("xianjie/1 procedure"), xj_slice_of("", 1), xj_buf_slice(&bytes)};
    struct xj_hash want = xj_sha256(parts, 3);
    assert_true(xj_hash_eq(&want, &m->revision));
    xj_model_free(m);
    xj_buf_free(&bytes);
}

static void arena__keeps_to_its_ceiling_and_stays_failed(void **state)
{
    (void)state;
    struct xj_arena *arena = xj_arena_new(100000);
    assert_non_null(arena);
    uint64_t *small = xj_arena_array(arena, 3, sizeof *small), *large = xj_arena_array(arena, 5000, sizeof *large);
    assert_non_null(small);
    assert_non_null(large);
    assert_true(small[2] == 0 && large[4999] == 0);
    assert_non_null(xj_arena_array(arena, 0, 8));
    assert_null(xj_arena_array(arena, 60000, 1));
    assert_int_equal(xj_arena_err(arena), XJ_ELIMIT);
    assert_null(xj_arena_text(arena, xj_slice_cstr("a")));
    xj_arena_free(arena);
}

static void arena__refuses_a_product_that_overflows(void **state)
{
    (void)state;
    struct xj_arena *arena = xj_arena_new(SIZE_MAX);
    assert_non_null(arena);
    assert_null(xj_arena_array(arena, SIZE_MAX / 2, 4));
    assert_int_equal(xj_arena_err(arena), XJ_ELIMIT);
    xj_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_decode__reads_what_the_compiler_wrote),
        cmocka_unit_test(model_decode__refuses_every_truncation),
        cmocka_unit_test(model_decode__bears_every_single_byte_corruption),
        cmocka_unit_test(model_decode__refuses_more_bytes_than_the_limit),
        cmocka_unit_test(model_decode__refuses_another_version),
        cmocka_unit_test(model_decode__refuses_names_out_of_order),
        cmocka_unit_test(model_decode__refuses_a_name_with_other_letters),
        cmocka_unit_test(model_decode__refuses_a_term_with_a_control_character),
        cmocka_unit_test(model_decode__refuses_a_role_that_does_not_exist),
        cmocka_unit_test(model_decode__refuses_a_state_of_another_track),
        cmocka_unit_test(model_decode__refuses_visibility_after_no_act),
        cmocka_unit_test(model_decode__refuses_a_limit_without_clock),
        cmocka_unit_test(model_decode__refuses_a_clock_without_limit),
        cmocka_unit_test(model_decode__refuses_an_extension_that_is_not_longer),
        cmocka_unit_test(model_decode__refuses_a_duty_that_nothing_stops),
        cmocka_unit_test(model_decode__refuses_a_pause_without_end),
        cmocka_unit_test(model_decode__refuses_a_track_condition_without_state),
        cmocka_unit_test(model_decode__refuses_a_question_put_to_nobody),
        cmocka_unit_test(model_decode__gives_every_field_back),
        cmocka_unit_test(model_decode__gives_every_field_of_a_duty_back),
        cmocka_unit_test(model_decode__gives_every_field_of_a_statistic_back),
        cmocka_unit_test(model_decode__refuses_a_count_with_outcomes),
        cmocka_unit_test(model_decode__refuses_a_count_of_nothing),
        cmocka_unit_test(model_decode__refuses_a_count_of_nobody),
        cmocka_unit_test(model_decode__refuses_a_sum_without_figure),
        cmocka_unit_test(model_decode__refuses_a_sum_once_a_case),
        cmocka_unit_test(model_decode__refuses_duties_of_principals),
        cmocka_unit_test(model_decode__refuses_a_rate_of_a_rate),
        cmocka_unit_test(model_decode__refuses_a_rate_by_role),
        cmocka_unit_test(model_decode__refuses_an_outlier_of_a_count),
        cmocka_unit_test(model_lookups__find_each_name_and_no_other),
        cmocka_unit_test(model_revision__is_the_digest_of_the_bytes),
        cmocka_unit_test(arena__keeps_to_its_ceiling_and_stays_failed),
        cmocka_unit_test(arena__refuses_a_product_that_overflows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
