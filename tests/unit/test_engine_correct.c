/* Corrections, one thing wrong at a time: what an amendment must repeat, when an act can be void, what may be shared and by whom, who can
 * say that it cannot read. Spec: schema/spec/09-fold.md, section 10. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/procedures/fixture.h"
#include "tests/unit/engineworld.h"

static int up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    if (w == NULL)
        return -1;
    struct xj_buf text = read_text(RELAY_YAML);
    world_up_under(w, model_of_text(&text));
    xj_buf_free(&text);
    *state = w;
    return 0;
}

static int down(void **state)
{
    world_down(*state);
    free(*state);
    return 0;
}

static void assert_relates(struct world *w, const char *detail)
{
    assert_int_equal(world_judge(w), XJ_OK);
    if (w->verdict.refusal.code == NULL)
        fail_msg("admitted, not refused as %s", detail);
    assert_string_equal(w->verdict.refusal.code, "relates");
    assert_string_equal(w->verdict.refusal.detail, detail);
}

static void assert_admitted(struct world *w)
{
    assert_int_equal(world_judge(w), XJ_OK);
    if (w->verdict.refusal.code != NULL)
        fail_msg("refused %s %s", w->verdict.refusal.code, w->verdict.refusal.detail);
}

static struct xj_id transferred(struct world *w)
{
    return DO(w, .from = MARKET, .act = "transfer", .to1 = POLICE + 1, .subject1 = 1, .subject2 = 2);
}

/* An act with all that an amendment repeats: two answers of two transfers, tracks, subjects, recipients. */
static struct xj_id filed(struct world *w)
{
    (void)transferred(w);
    return DO(w, .from = POLICE, .act = "filed", .subject1 = 1, .subject2 = 2, .to1 = PROC + 1);
}

static void amending(struct world *w, struct xj_id id)
{
    assert_null(
        TRY(w, .from = POLICE, .act = "filed", .relation = "amends", .target = id, .occurred = "2026-03-01", .subject1 = 1, .subject2 = 2));
    assert_true(w->h.answer_count > 0 && w->h.track_count > 0 && w->h.subject_count == 2 && w->h.to_count > 1);
}

static void amendment__repeats_answers(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    w->h.answers[0].id.b[0] ^= 1;
    assert_relates(w, "amends");
    amending(w, id);
    w->h.answers[0].question = xj_slice_cstr("receipt");
    assert_relates(w, "amends");
    amending(w, id);
    w->h.answer_count--;
    assert_relates(w, "amends");
    amending(w, id);
    w->h.answers[w->h.answer_count] = w->h.answers[0];
    w->h.answer_count++;
    assert_relates(w, "amends");
}

static void amendment__repeats_subjects(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    w->h.subject_count = 1;
    assert_relates(w, "amends");
    amending(w, id);
    w->h.subjects[1].party[0] ^= 0x40;
    assert_relates(w, "amends");
    amending(w, id);
    w->h.subjects[w->h.subject_count] = w->h.subjects[1];
    w->h.subjects[w->h.subject_count++].party[0] ^= 0x40;
    assert_relates(w, "amends");
}

static void amendment__repeats_tracks(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    w->h.tracks[0].owner = name_of(COURT);
    assert_relates(w, "amends");
    amending(w, id);
    w->h.tracks[0].name = xj_slice_cstr("oversight");
    assert_relates(w, "amends");
    amending(w, id);
    w->h.track_count--;
    assert_relates(w, "amends");
}

static void amendment__repeats_recipients_and_what_they_are(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    w->h.to[w->h.to_count++] = (struct xj_header_to){name_of(COURT), XJ_TO_COPY};
    assert_relates(w, "amends");
    amending(w, id);
    w->h.to_count--;
    assert_relates(w, "amends");
    amending(w, id);
    for (size_t i = 0; i < w->h.to_count; i++)
        w->h.to[i].role = XJ_TO_PRINCIPAL; /* a copy was none */
    assert_relates(w, "amends");
    amending(w, id);
    w->h.from = name_of(POLICE2);
    assert_relates(w, "amends");
    amending(w, id);
    w->h.actor = name_of(PAPER); /* the act had none */
    assert_relates(w, "amends");
}

static void amendment__moves_nothing_and_dates_its_act(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    assert_admitted(w);
    assert_int_equal(w->verdict.after_count, 0);
    world_apply(w);
    assert_string_equal(row_state(w, -1, "filing", POLICE, 1), "open");
    struct xj_duty_view v;
    assert_int_equal(duty(w, -1, "A5", 0, &v), 1);
    assert_start(&v, "2026-03-01", false);
}

static void correction__names_one_act_by_one_relation(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    w->h.relates[w->h.relate_count++] = (struct xj_header_relate){xj_slice_cstr("voids"), id};
    assert_relates(w, "");
    amending(w, id);
    w->h.relates[w->h.relate_count++] = (struct xj_header_relate){xj_slice_cstr("same_matter"), id}; /* is no correction */
    assert_admitted(w);
    amending(w, id);
    w->h.relates[0].id.b[0] ^= 1;
    assert_relates(w, "amends");
    amending(w, id);
    w->h.act = xj_slice_cstr("not_filed");
    assert_relates(w, "amends");
}

static void correction__of_a_correction_is_only_shared(void **state)
{
    struct world *w = *state;
    const struct xj_id id = filed(w);
    amending(w, id);
    assert_admitted(w);
    world_apply(w);
    const struct xj_id amendment = w->h.id;
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .relation = "amends", .target = amendment, .subject1 = 1, .subject2 = 2),
                        "relates");
    assert_string_equal(TRY(w, .from = POLICE, .act = "filed", .relation = "voids", .target = amendment), "relates");
    assert_null(TRY(w, .from = POLICE, .act = "filed", .relation = "shares", .target = amendment, .to1 = COURT + 1));
}

/* ---- void ---- */

static void voiding(struct world *w, enum who who, const char *act, struct xj_id id, const char *code)
{
    const char *got = TRY(w, .from = who, .act = act, .relation = "voids", .target = id);
    if ((got == NULL) != (code == NULL) || (code != NULL && strcmp(got, code) != 0))
        fail_msg("voiding %s: %s, not %s", act, got != NULL ? got : "admitted", code != NULL ? code : "admitted");
}

static void act__cannot_be_void_once_somebody_has_answered_even_in_part(void **state)
{
    struct world *w = *state;
    struct xj_id id = transferred(w);
    voiding(w, MARKET, "transfer", id, NULL);
    DO(w, .from = POLICE, .act = "filed", .subject1 = 11); /* a charge of one party */
    voiding(w, MARKET, "transfer", id, "relates");
    world_forget(w);
    id = transferred(w);
    DO(w, .from = POLICE, .act = "assign", .to1 = POLICE2 + 1); /* handed on */
    voiding(w, MARKET, "transfer", id, "relates");
    world_forget(w);
    id = transferred(w);
    const struct xj_id receipt = DO(w, .from = POLICE, .act = "receipt");
    voiding(w, MARKET, "transfer", id, "relates");
    voiding(w, POLICE, "receipt", receipt, NULL);
    world_apply(w);
    voiding(w, MARKET, "transfer", id, NULL); /* nobody has answered any more */
}

static void act__is_void_once_and_by_who_signed_it(void **state)
{
    struct world *w = *state;
    const struct xj_id id = transferred(w);
    assert_null(TRY(w, .from = MARKET, .act = "transfer", .relation = "voids", .target = id));
    w->h.tracks[w->h.track_count++] = (struct xj_header_track){xj_slice_cstr("matter"), name_of(MARKET)};
    assert_relates(w, "voids");
    voiding(w, ENV, "transfer", id, "relates");
    voiding(w, POLICE, "transfer", id, "relates");
    voiding(w, MARKET, "transfer", id, NULL);
    world_apply(w);
    voiding(w, MARKET, "transfer", id, "relates");
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "amends", .target = id, .subject1 = 1, .subject2 = 2),
                        "relates");
}

static void act__that_is_void_gives_back_what_it_did(void **state)
{
    struct world *w = *state;
    struct xj_duty_view v;
    const struct xj_id id = filed(w);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 0);
    assert_string_equal(row_state(w, -1, "matter", MARKET, 1), "settled");
    assert_int_equal(duty(w, -1, "A5", 0, &v), 1);
    voiding(w, POLICE, "filed", id, NULL);
    world_apply(w);
    assert_int_equal(open_questions(w, -1, "decision", POLICE), 1);
    assert_string_equal(row_state(w, -1, "matter", MARKET, 1), "sent");
    assert_null(row_state(w, -1, "filing", POLICE, 1));
    assert_int_equal(duty(w, -1, "A5", 0, &v), 0);
    assert_int_equal(duty(w, -1, "A3", 0, &v), 1);
    assert_int_equal(v.status, XJ_DUTY_OPEN);
}

/* ---- shared, unreadable ---- */

static void history__is_shared_by_who_saw_it_and_as_it_was(void **state)
{
    struct world *w = *state;
    const struct xj_id id = transferred(w);
    assert_string_equal(TRY(w, .from = POLICE2, .act = "transfer", .relation = "shares", .target = id, .to1 = COURT + 1), "relates");
    assert_null(TRY(w, .from = PROC, .act = "transfer", .relation = "shares", .target = id, .to1 = COURT + 1));
    w->h.answers[w->h.answer_count++] = (struct xj_header_answer){id, xj_slice_cstr("decision")};
    assert_relates(w, "shares");
    w->h.answer_count = 0;
    w->h.tracks[w->h.track_count++] = (struct xj_header_track){xj_slice_cstr("matter"), name_of(MARKET)};
    assert_relates(w, "shares");
}

static void message__is_called_unreadable_by_a_recipient_of_it_only(void **state)
{
    struct world *w = *state;
    struct xj_duty_view v;
    const struct xj_id id = transferred(w);
    assert_string_equal(TRY(w, .from = MARKET, .act = "transfer", .relation = "unreadable", .target = id), "relates");
    assert_string_equal(TRY(w, .from = POLICE2, .act = "transfer", .relation = "unreadable", .target = id), "relates");
    assert_int_equal(duty(w, -1, "A2", 0, &v), 1);
    assert_null(TRY(w, .from = POLICE, .act = "transfer", .relation = "unreadable", .target = id));
    w->h.answers[w->h.answer_count++] = (struct xj_header_answer){id, xj_slice_cstr("decision")};
    assert_relates(w, "unreadable");
    w->h.answer_count = 0;
    assert_admitted(w);
    world_apply(w);
    assert_int_equal(duty(w, -1, "A2", 0, &v), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(amendment__repeats_answers),
        T(amendment__repeats_subjects),
        T(amendment__repeats_tracks),
        T(amendment__repeats_recipients_and_what_they_are),
        T(amendment__moves_nothing_and_dates_its_act),
        T(correction__names_one_act_by_one_relation),
        T(correction__of_a_correction_is_only_shared),
        T(act__cannot_be_void_once_somebody_has_answered_even_in_part),
        T(act__is_void_once_and_by_who_signed_it),
        T(act__that_is_void_gives_back_what_it_did),
        T(history__is_shared_by_who_saw_it_and_as_it_was),
        T(message__is_called_unreadable_by_a_recipient_of_it_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
