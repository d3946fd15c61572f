#include "schema/procedure/yaml/compile.h"

#include <assert.h>

#include "schema/procedure/arena.h"
#include "schema/procedure/yaml/check.h"
#include "schema/procedure/yaml/encode.h"
#include "schema/procedure/yaml/overlay.h"
#include "schema/procedure/yaml/tables.h"

static enum xj_err read_procedure(struct xj_slice yaml, struct xj_draft *d, struct xj_findings *f)
{
    struct xj_ydoc y;
    f->in_overlay = false;
    enum xj_err err = xj_ydoc_load(&y, yaml, f);
    if (err != XJ_OK)
        return err;
    err = xj_draft_read(&y, d);
    xj_ydoc_free(&y);
    return err;
}

static enum xj_err read_overlay(struct xj_slice yaml, struct xj_draft *d, struct xj_findings *f)
{
    struct xj_ydoc y;
    if (yaml.n == 0)
        return XJ_OK;
    f->in_overlay = true;
    enum xj_err err = xj_ydoc_load(&y, yaml, f);
    if (err == XJ_OK) {
        err = xj_overlay_apply(&y, d);
        xj_ydoc_free(&y);
    }
    f->in_overlay = false;
    return err;
}

/* Reads, lays over and checks. On XJ_OK the draft is whole when no error was found; the caller frees it in any case. The
 * checks look at indices, so they run only on a draft in which every name was found. */
static enum xj_err prepare(struct xj_slice yaml, struct xj_slice overlay, struct xj_draft *d, struct xj_findings *f)
{
    size_t before = f->errors;
    enum xj_err err = read_procedure(yaml, d, f);
    if (err == XJ_OK && f->errors == before)
        err = read_overlay(overlay, d, f);
    if (err == XJ_OK && f->errors == before) {
        xj_check_acts(d, f);
        xj_check_duties(d, f);
        xj_check_rules(d, f);
        xj_check_statistics(d, f);
        err = xj_arena_err(d->m->arena);
    }
    return f->err != XJ_OK ? f->err : err; /* without memory the findings are not to be relied on */
}

/* Our own decoder reads what we wrote, or the two disagree about the spec: our bug. */
static enum xj_err verify(struct xj_slice compiled)
{
    struct xj_model *m = NULL;
    enum xj_err err = xj_model_decode(compiled, &m);
    assert(err == XJ_OK || err == XJ_ENOMEM || err == XJ_ELIMIT);
    xj_model_free(m);
    return err;
}

/* What was written, or the finding that it holds too much. */
static enum xj_err write(const struct xj_draft *d, struct xj_buf *out, struct xj_findings *f)
{
    xj_model_encode(d->m, out);
    enum xj_err err = out->err == XJ_OK ? verify(xj_buf_slice(out)) : out->err;
    if (err == XJ_ELIMIT)
        xj_findings_add(f, XJ_SEVERITY_ERROR, 0, "too_many", "编译后超过 %u 字节或者内容过多",
                        "compiled it is larger than %u bytes or holds too many values", XJ_MODEL_BYTES_MAX);
    return err;
}

enum xj_err xj_procedure_compile(struct xj_slice yaml, struct xj_slice overlay_yaml, struct xj_buf *ret_compiled,
                                 struct xj_findings *ret_findings)
{
    struct xj_draft d = {.m = NULL};
    struct xj_buf bytes;
    size_t before = ret_findings->errors;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    enum xj_err err = prepare(yaml, overlay_yaml, &d, ret_findings);
    if (err == XJ_OK && ret_findings->errors > before)
        err = XJ_EMALFORMED;
    if (err == XJ_OK)
        err = write(&d, &bytes, ret_findings);
    if (err != XJ_OK)
        goto out;
    xj_buf_add_slice(ret_compiled, xj_buf_slice(&bytes));
    err = ret_compiled->err;
out:
    xj_buf_free(&bytes);
    xj_draft_free(&d);
    return err;
}

enum xj_err xj_procedure_check(struct xj_slice yaml, struct xj_slice overlay_yaml, struct xj_findings *ret_findings,
                               struct xj_buf *tables)
{
    struct xj_draft d = {.m = NULL};
    size_t before = ret_findings->errors;
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MODEL_BYTES_MAX);
    enum xj_err err = prepare(yaml, overlay_yaml, &d, ret_findings);
    if (err == XJ_OK && ret_findings->errors == before)
        err = write(&d, &bytes, ret_findings);
    if ((err == XJ_EMALFORMED || err == XJ_ELIMIT) && ret_findings->errors > before)
        err = XJ_OK; /* what is wrong is among the findings */
    else if (err == XJ_OK && tables != NULL && ret_findings->errors == before) {
        xj_procedure_tables(d.m, tables);
        err = tables->err;
    }
    xj_buf_free(&bytes);
    xj_draft_free(&d);
    return err;
}
