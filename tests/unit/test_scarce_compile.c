/* A procedure compiled, checked and compared while memory runs out, at every allocation: the outcome is whole or XJ_ENOMEM, and never a
 * finding less. Spec: spec/07-procedure.md, section 6; spec/00-conventions.md, section 5. */
#include "tests/unit/scarce.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "schema/procedure/yaml/against.h"
#include "tests/procedures/fixture.h"

#define BLOCK_LEAST 16385u /* blocks of an arena are a little larger than 16 KiB, and nothing else is */
#define BLOCK_MOST 16448u

struct texts {
    struct xj_buf procedure, overlay;
    struct xj_model *was, *now;
};

/* Does one thing, adds to *out what came of it; what was found is not counted when it returns an error. */
typedef enum xj_err work(const struct texts *t, struct xj_findings *f, struct xj_buf *out);

static enum xj_err compile(const struct texts *t, struct xj_findings *f, struct xj_buf *out)
{
    return xj_procedure_compile(xj_buf_slice(&t->procedure), xj_buf_slice(&t->overlay), out, f);
}

static enum xj_err check(const struct texts *t, struct xj_findings *f, struct xj_buf *out)
{
    return xj_procedure_check(xj_buf_slice(&t->procedure), xj_buf_slice(&t->overlay), f, out);
}

static enum xj_err differ(const struct texts *t, struct xj_findings *f, struct xj_buf *out)
{
    (void)out;
    return xj_procedure_differ(t->was, t->now, f);
}

static enum xj_err prove(const struct texts *t, struct xj_findings *f, struct xj_buf *out)
{
    (void)out;
    return xj_procedure_prove(t->was, t->now, f);
}

/* What came of it, findings included, as one text. */
static enum xj_err outcome(work *what, const struct texts *t, struct xj_buf *ret)
{
    struct xj_findings f;
    xj_findings_init(&f);
    xj_buf_init(ret, 1024 * 1024);
    const enum xj_err err = what(t, &f, ret);
    const bool struck = scarce_left == 0;
    scarce_left = 0;
    if (err == XJ_OK || !struck)
        xj_findings_print(&f, ret);
    xj_findings_free(&f);
    return err;
}

/* With one allocation of these sizes failing (most 0: of any), every step-th in turn: as without, or out of memory. */
static void whole_or_none(work *what, const struct texts *t, size_t step, size_t least, size_t most)
{
    struct xj_buf whole, scarce;
    const enum xj_err right = outcome(what, t, &whole);
    assert_true(right == XJ_OK || right == XJ_EMALFORMED);
    bool struck = SCARCE;
    for (size_t n = 1; struck; n += step) {
        scarce_sized(n, least, most);
        const enum xj_err err = outcome(what, t, &scarce);
        struck = scarce_over();
        if (err != right && err != XJ_ENOMEM)
            fail_msg("allocation %zu: %s", n, xj_err_name(err));
        if (err == XJ_OK && scarce.err == XJ_OK)
            assert_true(xj_slice_eq(xj_buf_slice(&whole), xj_buf_slice(&scarce)));
        xj_buf_free(&scarce);
    }
    xj_buf_free(&whole);
}

static void procedure__with_an_overlay_is_compiled_whole_or_not_at_all(void **state)
{
    struct texts t = {.procedure = read_text(SMALL_YAML), .overlay = read_text(OVERLAY_YAML)};
    (void)state;
    whole_or_none(compile, &t, 1, 0, 0);
    xj_buf_free(&t.procedure);
    xj_buf_free(&t.overlay);
}

static void check__prints_all_its_tables_or_fails(void **state)
{
    struct texts t = {.procedure = read_text(SMALL_YAML)};
    (void)state;
    whole_or_none(check, &t, 7, 0, 0);
    xj_buf_free(&t.procedure);
}

static void check__of_a_file_with_errors_tells_them_all_or_fails(void **state)
{
    struct xj_buf text = read_text(SMALL_YAML);
    struct texts t = {.procedure = replaced(&text, "roles: bureau, moves: [[matter, self, sent]]", "roles: zz, moves: [[zz, self, sent]]")};
    (void)state;
    whole_or_none(compile, &t, 7, 0, 0);
    xj_buf_free(&t.procedure);
    xj_buf_free(&text);
}

/* Every list that is read comes to lie at the end of a block once: a paper of growing terms shifts all that is kept. */
static void shifted(size_t by, struct xj_buf *text, struct xj_buf *ret)
{
    struct xj_buf papers;
    xj_buf_init(&papers, 64 * 1024);
    xj_buf_add_str(&papers, "  stamp: [回执, stamp]\n");
    for (unsigned i = 0; by > 0; i++) {
        const int n = by > 500 ? 500 : (int)by;
        xj_buf_addf(&papers, "  p%u: [文, %0*d]\n", i, n, 0);
        by -= (size_t)n;
    }
    assert_int_equal(papers.err, XJ_OK);
    *ret = replaced(text, "  stamp: [回执, stamp]\n", xj_buf_cstr(&papers));
    xj_buf_free(&papers);
}

static void procedure__is_compiled_whole_or_not_at_all_wherever_a_block_ends(void **state)
{
    struct xj_buf text = read_text(SMALL_YAML);
    (void)state;
    for (size_t by = 1; by < 16384; by += 48) {
        struct texts t = {.overlay = read_text(OVERLAY_YAML)};
        shifted(by, &text, &t.procedure);
        whole_or_none(compile, &t, 1, BLOCK_LEAST, BLOCK_MOST);
        xj_buf_free(&t.procedure);
        xj_buf_free(&t.overlay);
    }
    xj_buf_free(&text);
}

static void two_procedures__are_compared_whole_or_not_at_all(void **state)
{
    struct xj_buf old = read_text(RELAY_YAML), next = read_text(RELAY_NEXT_YAML);
    struct texts t = {.was = model_of_text(&old)};
    struct xj_buf named = in_place_of(&next, t.was);
    (void)state;
    t.now = model_of_text(&named);
    whole_or_none(differ, &t, 1, 0, 0);
    whole_or_none(prove, &t, 1, 0, 0);
    xj_model_free(t.was);
    xj_model_free(t.now);
    xj_buf_free(&old);
    xj_buf_free(&next);
    xj_buf_free(&named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(procedure__with_an_overlay_is_compiled_whole_or_not_at_all),
        cmocka_unit_test(check__prints_all_its_tables_or_fails),
        cmocka_unit_test(check__of_a_file_with_errors_tells_them_all_or_fails),
        cmocka_unit_test(procedure__is_compiled_whole_or_not_at_all_wherever_a_block_ends),
        cmocka_unit_test(two_procedures__are_compared_whole_or_not_at_all),
    };
    if (!scarce_begin())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
