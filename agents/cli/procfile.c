#include "agents/cli/procfile.h"

#include <string.h>

#include "agents/cli/regfacts.h"
#include "schema/base/file.h"
#include "schema/procedure/model.h"
#include "schema/procedure/yaml/compile.h"

static enum xj_err read_yaml(const char *path, struct xj_buf *ret, struct xj_buf *text)
{
    enum xj_err err = xj_file_read(path, XJ_PROCFILE_YAML_BYTES, ret);
    if (err != XJ_OK && text != NULL)
        xj_buf_addf(text, "读不了程序文件：%s / cannot read the procedure: %s (%s)\n", path, path, xj_err_name(err));
    return err;
}

static enum xj_err name_of(struct xj_slice compiled, char ret_name[XJ_MAX_NAME_BYTES + 1])
{
    struct xj_model *model;
    enum xj_err err = xj_model_decode(compiled, &model);
    if (err != XJ_OK)
        return err;
    (void)snprintf(ret_name, XJ_MAX_NAME_BYTES + 1, "%s", model->name.id);
    xj_model_free(model);
    return XJ_OK;
}

enum xj_err xj_procfile_compile(const char *path, const char *overlay, struct xj_buf *ret_compiled,
                                char ret_name[XJ_MAX_NAME_BYTES + 1], struct xj_findings *findings, struct xj_buf *text)
{
    struct xj_buf yaml = {0}, over = {0};
    size_t start = ret_compiled->n;
    enum xj_err err = read_yaml(path, &yaml, text);
    if (err == XJ_OK && overlay != NULL)
        err = read_yaml(overlay, &over, text);
    if (err == XJ_OK)
        err = xj_procedure_compile(xj_buf_slice(&yaml), xj_buf_slice(&over), ret_compiled, findings);
    if (err == XJ_OK)
        err = name_of(xj_slice_of(ret_compiled->p + start, ret_compiled->n - start), ret_name);
    xj_buf_free(&yaml);
    xj_buf_free(&over);
    return err;
}

enum xj_err xj_procfile_change(struct xj_changes *c, const char *path, const char *overlay, int64_t effective_from_ms,
                               struct xj_buf *text)
{
    struct xj_buf compiled;
    struct xj_findings findings;
    char name[XJ_MAX_NAME_BYTES + 1];
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    xj_findings_init(&findings);
    enum xj_err err = xj_procfile_compile(path, overlay, &compiled, name, &findings, text);
    if (err == XJ_OK)
        xj_changes_procedure(c, name, xj_buf_slice(&compiled), effective_from_ms);
    else if (text != NULL)
        xj_findings_print(&findings, text);
    xj_findings_free(&findings);
    xj_buf_free(&compiled);
    return err == XJ_OK ? c->err : err;
}
