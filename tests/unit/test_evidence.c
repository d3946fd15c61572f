/* Evidence bundles: what the judge says of good and tampered ones, and that the container lets nothing else through.
 * Spec: spec/16-evidence.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/evidence/words.h"
#include "tests/unit/evidence_cases.h"
#include "tests/unit/evidence_city.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- the list of cases ---- */

struct tally {
    size_t cases, wrong, malformed, contradicted;
    bool seen[64]; /* codes that decided some item, by their place in the table */
};

static char letter(enum xj_ev_verdict v)
{
    return v == XJ_EV_PROVED ? 'p' : v == XJ_EV_NOT_PROVED ? 'n' : 'c';
}

/* "P5:path P6:unplaced": each of these claims is decided by that code. */
static bool codes_fit(const char *codes, const struct xj_ev_result *r)
{
    for (const char *p = codes; *p == 'P'; p += strspn(p, " ")) {
        const int claim = p[1] - '0';
        const size_t n = strcspn(p + 3, " ");
        const char *code = r->claims[claim].code;
        if (strlen(code) != n || memcmp(code, p + 3, n) != 0)
            return false;
        p += 3 + n;
    }
    return true;
}

static void note_code(struct tally *t, const char *code)
{
    for (size_t k = 0; xj_ev_code_at(k) != NULL; k++)
        t->seen[k] = t->seen[k] || strcmp(xj_ev_code_at(k)->code, code) == 0;
}

static void note_codes(struct tally *t, const struct xj_ev_result *r)
{
    for (size_t i = 0; i < r->count; i++)
        note_code(t, r->items[i].code);
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
        note_code(t, r->claims[c].code);
}

static bool judged_right(struct tally *t, const struct evidence_case *c, const struct xj_bundle *bundles)
{
    struct xj_ev_result r;
    char found[10] = "";
    must(xj_evidence_judge(bundles, c->count, c->root, &r));
    for (int i = 0; i < 9; i++)
        found[i] = letter(r.claims[i + 1].verdict);
    const bool right = strcmp(found, c->verdicts) == 0 && codes_fit(c->codes, &r) && r.contradicted == (strchr(found, 'c') != NULL);
    t->contradicted += r.contradicted;
    if (!right) {
        print_message("%s: expected %s %s, found %s", c->name, c->verdicts, c->codes, found);
        for (int i = XJ_CLAIM_ISSUED; i < XJ_CLAIM_END; i++)
            print_message(" P%d:%s", i, r.claims[i].code);
        print_message("\n");
    }
    note_codes(t, &r);
    xj_ev_result_free(&r);
    return right;
}

static void judge(void *arg, const struct evidence_case *c)
{
    struct tally *t = arg;
    struct xj_bundle bundles[EVIDENCE_FILES_MAX];
    const char *fault = NULL;
    bool right = true;
    t->cases++;
    for (size_t i = 0; i < c->count; i++) {
        const enum xj_err err = xj_bundle_decode(c->files[i], &bundles[i], &fault);
        if (c->malformed != NULL) {
            right = err == XJ_EMALFORMED && strcmp(fault, c->malformed) == 0;
            t->malformed++;
            if (!right)
                print_message("%s: expected %s, found %s\n", c->name, c->malformed, fault != NULL ? fault : "a bundle");
            xj_bundle_free(&bundles[i]);
            t->wrong += !right;
            return;
        }
        if (err != XJ_OK)
            print_message("%s: %s\n", c->name, fault);
        must(err);
    }
    t->wrong += !judged_right(t, c, bundles);
    for (size_t i = 0; i < c->count; i++)
        xj_bundle_free(&bundles[i]);
}

static void evidence_judge__says_of_every_tampered_bundle_what_was_done_to_it(void **state)
{
    struct tally t = {.cases = 0};
    size_t missing = 0;
    (void)state;
    evidence_cases_each(judge, &t);
    assert_int_equal(t.wrong, 0);
    assert_true(t.cases >= 100 && t.malformed >= 20 && t.contradicted >= 45);
    for (size_t k = 0; xj_ev_code_at(k) != NULL; k++) /* every code has a case that reaches it */
        if (!t.seen[k]) {
            print_message("not reached: %s\n", xj_ev_code_at(k)->code);
            missing++;
        }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evidence_judge__says_of_every_tampered_bundle_what_was_done_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
