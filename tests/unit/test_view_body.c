/* Opened bodies: their form, and the breaches that only a body shows. And the texts of all refusals and breaches. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "schema/wire/pack.h"
#include "schema/wire/texts.h"

struct reading {
    struct xj_header *h;
    struct xj_m_act act;
    struct xj_buf body;
    struct xj_st_breach stated[1], found[XJ_MAX_BODY_BREACHES];
    size_t stated_count;
};

static int up(void **state)
{
    struct reading *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->h = calloc(1, sizeof *r->h);
    assert_non_null(r->h);
    r->h->act = xj_slice_cstr("not_filed");
    r->h->mode = XJ_MODE_LIVE;
    xj_buf_init(&r->body, XJ_MAX_BODY_BYTES);
    *state = r;
    return 0;
}

static int down(void **state)
{
    struct reading *r = *state;
    xj_buf_free(&r->body);
    free(r->h);
    free(r);
    return 0;
}

static size_t read_it(struct reading *r)
{
    return xj_body_breaches(&r->act, r->h, r->stated, r->stated_count, xj_buf_slice(&r->body), r->found);
}

static void body_with(struct reading *r, const char *key, const char *text)
{
    xj_buf_reset(&r->body);
    xj_put_map(&r->body, key != NULL ? 1 : 0);
    if (key != NULL) {
        xj_put_cstr(&r->body, key);
        xj_put_cstr(&r->body, text);
    }
}

static void body_breaches__reasons_may_stand_in_the_body_or_on_paper(void **state)
{
    struct reading *r = *state;
    body_with(r, NULL, NULL);
    assert_int_equal(read_it(r), 0); /* the law asks for none */
    r->act.reasons = true;
    assert_int_equal(read_it(r), 1);
    assert_true(xj_slice_is(r->found[0].code, "reasons"));
    assert_true(xj_slice_is(r->found[0].detail, "not_filed"));
    body_with(r, "reasons", "");
    assert_int_equal(read_it(r), 1);
    body_with(r, "reasons", "没有犯罪事实");
    assert_int_equal(read_it(r), 0);
    body_with(r, NULL, NULL);
    r->h->paper_count = 1;
    r->h->papers[0].kind = xj_slice_cstr("reasons");
    assert_int_equal(read_it(r), 0);
}

static void body_breaches__a_fine_counts_only_where_the_exchange_saw_a_penalty_after_the_transfer(void **state)
{
    struct reading *r = *state;
    xj_put_map(&r->body, 1);
    xj_put_cstr(&r->body, "fine");
    xj_put_uint(&r->body, 5000000);
    assert_int_equal(read_it(r), 0);
    r->stated[0] = (struct xj_st_breach){xj_slice_cstr("late"), xj_slice_cstr("D08")};
    r->stated_count = 1;
    assert_int_equal(read_it(r), 0);
    r->stated[0].code = xj_slice_cstr("penalty_after_transfer");
    assert_int_equal(read_it(r), 1);
    assert_true(xj_slice_is(r->found[0].code, "fine_after_transfer"));
    xj_buf_reset(&r->body);
    xj_put_map(&r->body, 1);
    xj_put_cstr(&r->body, "fine");
    xj_put_uint(&r->body, 0); /* a warning, a licence withdrawn: allowed */
    assert_int_equal(read_it(r), 0);
}

static void body_breaches__a_late_entry_names_its_paper_source(void **state)
{
    struct reading *r = *state;
    body_with(r, NULL, NULL);
    r->h->mode = XJ_MODE_LATE_ENTRY;
    assert_int_equal(read_it(r), 1);
    assert_true(xj_slice_is(r->found[0].code, "source"));
    body_with(r, "source", "济公（刑）立字〔2015〕1号");
    assert_int_equal(read_it(r), 0);
}

static void body_breaches__a_body_of_another_form_shows_none(void **state)
{
    struct reading *r = *state;
    r->act.reasons = true;
    xj_put_array(&r->body, 0);
    assert_false(xj_body_sound(xj_buf_slice(&r->body)));
    assert_int_equal(read_it(r), 0);
    xj_buf_reset(&r->body);
    assert_false(xj_body_sound(xj_buf_slice(&r->body)));
    xj_put_map(&r->body, 1); /* cut short */
    assert_false(xj_body_sound(xj_buf_slice(&r->body)));
    assert_int_equal(read_it(r), 0);
}

static void texts__every_code_is_there_once_in_both_languages_with_rule_and_remedy(void **state)
{
    (void)state;
    static const char *const refusals[] = {"malformed", "oversize", "forged", "digest", "previous", "suspended", "recipient_unknown", "recipient_succeeded", "succeeded",
        "revision_unknown", "act_unknown", "role", "late_only", "may_not_act", "answer_unknown", "answer_not_visible",
        "answer_not_asked", "answer_taken", "answer_missing", "already", "track", "recipient_missing", "instrument", "relates", "id_reused"};
    static const char *const breaches[] = {"late", "paper", "step", "organ", "role", "penalty_after_transfer", "future", "subscriber", "reasons",
        "fine_after_transfer", "source"};
    const struct xj_text *t;
    size_t n = 0;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        assert_string_equal(xj_text_refusal(refusals[i])->code, refusals[i]);
    for (size_t i = 0; i < sizeof breaches / sizeof breaches[0]; i++)
        assert_string_equal(xj_text_breach(breaches[i])->code, breaches[i]);
    for (; (t = xj_text_refusal_at(n)) != NULL; n++) {
        assert_ptr_equal(xj_text_refusal(t->code), t); /* the first of its code is itself: none is there twice */
        assert_true(t->zh[0] && t->en[0] && t->rule[0] && t->remedy_zh[0] && t->remedy_en[0]);
    }
    assert_int_equal(n, sizeof refusals / sizeof refusals[0]);
    for (n = 0; (t = xj_text_breach_at(n)) != NULL; n++) {
        assert_ptr_equal(xj_text_breach(t->code), t);
        assert_true(t->zh[0] && t->en[0] && t->rule[0] && t->remedy_zh[0] && t->remedy_en[0]);
    }
    assert_int_equal(n, sizeof breaches / sizeof breaches[0]);
    assert_string_equal(xj_text_breach("nothing")->code, "");
}

#define READING(test) cmocka_unit_test_setup_teardown(test, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READING(body_breaches__reasons_may_stand_in_the_body_or_on_paper),
        READING(body_breaches__a_fine_counts_only_where_the_exchange_saw_a_penalty_after_the_transfer),
        READING(body_breaches__a_late_entry_names_its_paper_source),
        READING(body_breaches__a_body_of_another_form_shows_none),
        cmocka_unit_test(texts__every_code_is_there_once_in_both_languages_with_rule_and_remedy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
