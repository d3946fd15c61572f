/* Who holds what an agency had: chains, circles, gaps, and grants. Spec: spec/06-register.md, section 8. */
#include <stdio.h>
#include <string.h>

#include "schema/trust/succession.h"
#include "schema/wire/pack.h"
#include "tests/unit/register_fixture.h"

static void succeeds(struct register_world *w, const char *agency, const char *next, int64_t at_ms)
{
    struct xj_buf *b = reg_add(w, "succeeded_by", agency, 2);
    xj_put_cstr(b, "at");
    xj_put_int(b, at_ms);
    reg_put_text(b, "agency", next);
}

static void agencies(struct register_world *w)
{
    static const char *const all[] = {"350000-a", "350000-b", "350000-c", "350000-d"};
    for (size_t i = 0; i < 4; i++)
        reg_add_agency(w, all[i], "bureau", "350000");
    REG_APPLY(w, &w->registrar);
}

static void holder_is(struct register_world *w, const char *agency, uint64_t number, int64_t at_ms, const char *expected)
{
    struct xj_succession s = {0};
    char got[XJ_MAX_AGENCY_BYTES + 1];
    assert_int_equal(xj_succession_read(&s, &w->store, reg_head_of(w).number), XJ_OK);
    assert_int_equal(xj_succession_holder(&s, &w->store, str(agency), number, at_ms, got), XJ_OK);
    assert_string_equal(got, expected);
    xj_succession_free(&s);
}

static void holder__is_the_end_of_the_chain_at_an_instant(void **state)
{
    struct register_world *w = *state;
    agencies(w);
    holder_is(w, "350000-a", REG_NOW, INT64_MAX, "350000-a");
    succeeds(w, "350000-b", "350000-c", 2000);
    succeeds(w, "350000-a", "350000-b", 1000);
    REG_APPLY(w, &w->registrar);
    holder_is(w, "350000-a", REG_NOW, 999, "350000-a");
    holder_is(w, "350000-a", REG_NOW, 1000, "350000-b");
    holder_is(w, "350000-a", REG_NOW, 1999, "350000-b");
    holder_is(w, "350000-a", REG_NOW, 2000, "350000-c");
    holder_is(w, "350000-b", REG_NOW, 2000, "350000-c");
    holder_is(w, "350000-c", REG_NOW, INT64_MAX, "350000-c");
    holder_is(w, "350000-d", REG_NOW, INT64_MAX, "350000-d");
}

static void holder__is_that_of_the_register_number(void **state)
{
    struct register_world *w = *state;
    agencies(w);
    const uint64_t before = reg_head_of(w).number;
    succeeds(w, "350000-a", "350000-b", 1000);
    REG_APPLY(w, &w->registrar);
    succeeds(w, "350000-a", "350000-c", 1000);
    REG_APPLY(w, &w->registrar);
    reg_withdraw(w, "succeeded_by", "350000-a");
    REG_APPLY(w, &w->registrar);
    holder_is(w, "350000-a", before, 5000, "350000-a");
    holder_is(w, "350000-a", before + 1, 5000, "350000-b");
    holder_is(w, "350000-a", before + 2, 5000, "350000-c");
    holder_is(w, "350000-a", REG_NOW, 5000, "350000-a");
}

static void holder__stops_before_an_agency_that_is_not_there(void **state)
{
    struct register_world *w = *state;
    agencies(w);
    succeeds(w, "350000-a", "350000-b", 1000);
    succeeds(w, "350000-b", "350000-z", 1000);
    REG_APPLY(w, &w->registrar);
    holder_is(w, "350000-a", REG_NOW, 5000, "350000-b");
    holder_is(w, "350000-b", REG_NOW, 5000, "350000-b");
}

/* Merged, and later restored: the last step decides, for every agency of the circle and all that lead into it. */
static void holder__of_a_circle_is_where_its_latest_step_leads(void **state)
{
    struct register_world *w = *state;
    agencies(w);
    succeeds(w, "350000-a", "350000-b", 1000);
    succeeds(w, "350000-b", "350000-a", 2000);
    succeeds(w, "350000-c", "350000-a", 500);
    succeeds(w, "350000-d", "350000-d", 500);
    REG_APPLY(w, &w->registrar);
    holder_is(w, "350000-a", REG_NOW, 1500, "350000-b");
    holder_is(w, "350000-a", REG_NOW, 2000, "350000-a");
    holder_is(w, "350000-b", REG_NOW, 2000, "350000-a");
    holder_is(w, "350000-c", REG_NOW, 2000, "350000-a");
    holder_is(w, "350000-d", REG_NOW, 2000, "350000-d");
    succeeds(w, "350000-b", "350000-a", 1000); /* on one day: the smaller id */
    REG_APPLY(w, &w->registrar);
    holder_is(w, "350000-a", REG_NOW, 2000, "350000-a");
    holder_is(w, "350000-b", REG_NOW, 2000, "350000-a");
}

static void holder__goes_at_most_sixteen_steps(void **state)
{
    struct register_world *w = *state;
    static char ids[21][24]; /* the fixture borrows them */
    for (int i = 0; i <= 20; i++)
        snprintf(ids[i], sizeof ids[i], "350000-n%02d", i);
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 20; i += 10) {
            for (int k = i; k < i + 10; k++) {
                if (round == 0)
                    reg_add_agency(w, ids[k], "bureau", "350000");
                else
                    succeeds(w, ids[k], ids[k + 1], 1000);
            }
            REG_APPLY(w, &w->registrar);
        }
    holder_is(w, "350000-n00", REG_NOW, 5000, "350000-n16");
    holder_is(w, "350000-n05", REG_NOW, 5000, "350000-n19"); /* n20 is not there */
}

static bool see_agency(void *arg, struct xj_slice agency)
{
    return reg_see_subscriber(arg, agency, true);
}

static void held__are_all_that_fall_to_it(void **state)
{
    struct register_world *w = *state;
    struct xj_succession s = {0};
    struct register_seen seen = {.count = 0};
    agencies(w);
    succeeds(w, "350000-a", "350000-b", 1000);
    succeeds(w, "350000-b", "350000-c", 2000);
    succeeds(w, "350000-d", "350000-c", 3000);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_succession_read(&s, &w->store, reg_head_of(w).number), XJ_OK);
    assert_int_equal(xj_succession_held(&s, &w->store, str("350000-c"), REG_NOW, 2000, see_agency, &seen), XJ_OK);
    assert_string_equal(seen.text, "350000-a! 350000-b! ");
    succeeds(w, "350000-a", "350000-b", 1500); /* said again: it falls to it once */
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_succession_read(&s, &w->store, reg_head_of(w).number), XJ_OK);
    seen = (struct register_seen){.count = 0};
    assert_int_equal(xj_succession_held(&s, &w->store, str("350000-c"), REG_NOW, 2000, see_agency, &seen), XJ_OK);
    assert_string_equal(seen.text, "350000-a! 350000-b! ");
    assert_true(xj_succession_heir(&s, str("350000-c"), str("350000-a")));
    assert_true(xj_succession_heir(&s, str("350000-c"), str("350000-d"))); /* ahead of its day */
    assert_false(xj_succession_heir(&s, str("350000-a"), str("350000-b")));
    assert_false(xj_succession_heir(&s, str("350000-c"), str("350000-c")));
    xj_succession_free(&s);
}

static void subscribers_are(struct register_world *w, const struct xj_succession *s, const char *sender, const char *opener, int64_t at_ms,
                            const char *expected)
{
    struct register_seen seen = {.count = 0};
    assert_int_equal(xj_succession_subscribers(s, &w->store, str("referral"), str("transfer"), str(sender), str(opener), at_ms,
                                               reg_see_subscriber, &seen),
                     XJ_OK);
    assert_string_equal(seen.text, expected);
}

static void granted_is(struct register_world *w, const struct xj_succession *s, const char *agency, const char *opener, int64_t at_ms, bool expected)
{
    bool granted = !expected;
    assert_int_equal(xj_succession_granted(s, &w->store, str(agency), str(opener), at_ms, &granted), XJ_OK);
    assert_int_equal(granted, expected);
}

/* What is granted to an agency, or over one, goes on for who comes after it, whose keys it is given through. */
static void grants__go_to_the_holder_and_cover_it(void **state)
{
    struct register_world *w = *state;
    struct xj_succession s = {0};
    agencies(w);
    reg_add_agency(w, "350000-p", "procuratorate", "350000");
    reg_add_agency(w, "350000-q", "procuratorate", "350000");
    reg_add_keys(w, "350000-q", 0x40);
    reg_add_grant(w, "350000-p/g", "full", "", "350000-a", "");
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_succession_read(&s, &w->store, reg_head_of(w).number), XJ_OK);
    subscribers_are(w, &s, "350000-a", "350000-a", 5000, ""); /* p has no keys */
    succeeds(w, "350000-p", "350000-q", 1000);
    succeeds(w, "350000-a", "350000-b", 2000);
    REG_APPLY(w, &w->registrar);
    assert_int_equal(xj_succession_read(&s, &w->store, reg_head_of(w).number), XJ_OK);
    subscribers_are(w, &s, "350000-a", "350000-a", 999, "");
    subscribers_are(w, &s, "350000-a", "350000-a", 1000, "350000-q! ");
    subscribers_are(w, &s, "350000-b", "350000-b", 1000, "");
    subscribers_are(w, &s, "350000-b", "350000-b", 2000, "350000-q! ");
    granted_is(w, &s, "350000-q", "350000-a", 999, false);
    granted_is(w, &s, "350000-q", "350000-a", 1000, true);
    granted_is(w, &s, "350000-q", "350000-c", 1000, false);
    xj_succession_free(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, reg_setup_founded, reg_teardown)
    const struct CMUnitTest tests[] = {
        T(holder__is_the_end_of_the_chain_at_an_instant),
        T(holder__is_that_of_the_register_number),
        T(holder__stops_before_an_agency_that_is_not_there),
        T(holder__of_a_circle_is_where_its_latest_step_leads),
        T(holder__goes_at_most_sixteen_steps),
        T(held__are_all_that_fall_to_it),
        T(grants__go_to_the_holder_and_cover_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
