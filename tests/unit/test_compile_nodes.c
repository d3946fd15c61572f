/* Every value of a procedure file in the place of which something else stands: it is refused with a finding that a person can act
 * on, or it compiles to bytes that are read back as they are. Spec: schema/spec/07-procedure.md, sections 2, 5 and 6. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "schema/procedure/yaml/encode.h"
#include "tests/procedures/fixture.h"
#include "tests/unit/yamlnodes.h"

static uint32_t lines_of(struct xj_slice text)
{
    uint32_t n = 1;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static void assert_read_back(struct xj_slice bytes)
{
    struct xj_model *m = NULL;
    struct xj_buf again;
    xj_buf_init(&again, XJ_MODEL_BYTES_MAX);
    assert_int_equal(xj_model_decode(bytes, &m), XJ_OK);
    xj_model_encode(m, &again);
    assert_true(xj_slice_eq(xj_buf_slice(&again), bytes));
    xj_buf_free(&again);
    xj_model_free(m);
}

static void assert_findings(const struct xj_findings *f, uint32_t lines)
{
    for (size_t i = 0; i < f->count; i++) {
        assert_true(f->list[i].zh[0] != '\0' && f->list[i].en[0] != '\0' && f->list[i].code[0] != '\0');
        assert_true(f->list[i].line <= lines);
    }
}

/* True when it compiled. Either way what comes out is whole. */
static bool compiles(struct xj_slice yaml, struct xj_slice overlay)
{
    struct xj_findings f;
    struct xj_buf bytes;
    xj_findings_init(&f);
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    const enum xj_err err = xj_procedure_compile(yaml, overlay, &bytes, &f);
    const uint32_t lines = lines_of(yaml) > lines_of(overlay) ? lines_of(yaml) : lines_of(overlay);
    assert_findings(&f, lines);
    if (err == XJ_OK) {
        assert_int_equal(f.errors, 0);
        assert_read_back(xj_buf_slice(&bytes));
    } else {
        assert_true(err == XJ_EMALFORMED || err == XJ_ELIMIT);
        assert_true(f.errors > 0);
        assert_int_equal(bytes.n, 0);
    }
    xj_findings_free(&f);
    xj_buf_free(&bytes);
    return err == XJ_OK;
}

/* One of two texts that belong together: the procedure, or the overlay over it. */
struct texts {
    struct xj_buf procedure, overlay;
    bool in_overlay;
    struct nodes nodes;
};

static void texts_up(struct texts *t, const char *procedure, const char *overlay, bool in_overlay)
{
    t->procedure = read_text(procedure);
    t->overlay = overlay != NULL ? read_text(overlay) : (struct xj_buf){0};
    t->in_overlay = in_overlay;
    assert_true(compiles(xj_buf_slice(&t->procedure), xj_buf_slice(&t->overlay)));
    nodes_of(xj_buf_slice(in_overlay ? &t->overlay : &t->procedure), &t->nodes);
}

static void texts_down(struct texts *t)
{
    xj_buf_free(&t->procedure);
    xj_buf_free(&t->overlay);
}

static bool compiles_with(struct texts *t, const struct node *node, const char *other)
{
    struct xj_buf changed = text_with(xj_buf_slice(t->in_overlay ? &t->overlay : &t->procedure), node, other);
    const bool good = t->in_overlay ? compiles(xj_buf_slice(&t->procedure), xj_buf_slice(&changed))
                                    : compiles(xj_buf_slice(&changed), xj_buf_slice(&t->overlay));
    xj_buf_free(&changed);
    return good;
}

static void refused(struct texts *t, const struct node *node, const char *other)
{
    if (compiles_with(t, node, other))
        fail_msg("at byte %zu: %s instead of %.*s is compiled", node->from, other, (int)(node->to - node->from),
                 (const char *)(t->in_overlay ? &t->overlay : &t->procedure)->p + node->from);
}

/* ---- of another shape ---- */

static void each_of_another_shape(const char *procedure, const char *overlay, bool in_overlay)
{
    static struct texts t;
    texts_up(&t, procedure, overlay, in_overlay);
    for (size_t i = 0; i < t.nodes.n; i++) {
        const struct node *node = &t.nodes.at[i];
        if (node->key || node->scalar)
            refused(&t, node, "{zz_zz: zz_zz}");
        if (node->scalar)
            refused(&t, node, "[[[zz_zz]]]");
        if (!node->scalar && !node->sequence)
            refused(&t, node, "[zz_zz, zz_zz]");
        if (!node->scalar)
            refused(&t, node, "zz-zz");
        if (node->sequence)
            refused(&t, node, "{zz_zz: zz_zz}");
    }
    texts_down(&t);
}

static void check__refuses_every_value_of_another_shape(void **state)
{
    (void)state;
    each_of_another_shape(SMALL_YAML, NULL, false);
}

static void overlay__with_a_value_of_another_shape_is_refused(void **state)
{
    (void)state;
    each_of_another_shape(SMALL_YAML, OVERLAY_YAML, true);
}

/* ---- empty, or another word ---- */

static void each_of(const char *procedure, const char *overlay, bool in_overlay, const char *const *others, size_t every)
{
    static struct texts t;
    size_t good = 0, bad = 0, n = 0;
    texts_up(&t, procedure, overlay, in_overlay);
    for (size_t i = 0; i < t.nodes.n; i++)
        for (size_t k = 0; others[k] != NULL; k++) {
            if (n++ % every != 0)
                continue;
            const bool compiled = compiles_with(&t, &t.nodes.at[i], others[k]);
            good += compiled;
            bad += !compiled;
        }
    assert_true(good > 0 && bad > 0);
    texts_down(&t);
}

static const char *const empty[] = {"[]", "{}", "\"\"", "~", "\"a\\0b\"", "[~]", NULL};

static void compile__of_a_procedure_with_one_empty_value_is_whole_or_refused(void **state)
{
    (void)state;
    each_of(SMALL_YAML, NULL, false, empty, 3);
}

static void compile__of_an_overlay_with_one_empty_value_is_whole_or_refused(void **state)
{
    (void)state;
    each_of(SMALL_YAML, OVERLAY_YAML, true, empty, 1);
}

/* Words that mean something somewhere, most of them not where they come to stand. */
static const char *const words[] = {"any", "self", "asked", "to", "transferor", "nil", "bureau", "police", "court", "[police, court]",
                                    "plan", "transfer", "receipt", "filed", "halt", "[[filed]]", "matter", "filing", "sent", "open",
                                    "closed", "decision", "remark", "{remark: opt}", "letter", "[letter, list]", "none", "3d", "2m",
                                    "[3d, 9d]", "true", "false", "req", "opt", "occurred", "A1", "A3", "A6", "red", "U", "C", "due", "any",
                                    "case", "9", "0x9", "00", "12345", NULL};

static void compile__of_a_procedure_with_one_other_word_is_whole_or_refused(void **state)
{
    (void)state;
    each_of(SMALL_YAML, NULL, false, words, 23);
}

static void compile__of_an_overlay_with_one_other_word_is_whole_or_refused(void **state)
{
    (void)state;
    each_of(SMALL_YAML, OVERLAY_YAML, true, words, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check__refuses_every_value_of_another_shape),
        cmocka_unit_test(overlay__with_a_value_of_another_shape_is_refused),
        cmocka_unit_test(compile__of_a_procedure_with_one_empty_value_is_whole_or_refused),
        cmocka_unit_test(compile__of_an_overlay_with_one_empty_value_is_whole_or_refused),
        cmocka_unit_test(compile__of_a_procedure_with_one_other_word_is_whole_or_refused),
        cmocka_unit_test(compile__of_an_overlay_with_one_other_word_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
