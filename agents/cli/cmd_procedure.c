/* `procedure`: checks a file, holds it against another revision, publishes it. Spec: spec/10-api.md, section 4. */
#include <stdio.h>
#include <string.h>

#include "agents/cli/oldproc.h"
#include "agents/cli/options.h"
#include "agents/cli/procfile.h"
#include "agents/cli/registrar.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/procedure/yaml/against.h"
#include "schema/procedure/yaml/compile.h"

#define USAGE                                                                                                                 \
    "procedure check FILE [--overlay FILE] [--against FILE.yaml|FILE|HEX] | "                                                  \
    "procedure publish FILE [--overlay FILE] [--effective-from DATE] [--key FILE]"
#define LIST_BYTES (4u * 1024 * 1024)

/* What is known of the procedure at hand once it compiles. */
struct checked {
    struct xj_buf yaml, overlay, tables;
    struct xj_findings findings;
    struct xj_model *now, *was; /* now NULL: it does not compile; was NULL: held against nothing */
    struct xj_findings proof, differences;
};

static enum xj_err read_yaml(struct xj_cli *cli, const char *path, struct xj_buf *ret)
{
    const enum xj_err err = xj_file_read(path, XJ_PROCFILE_YAML_BYTES, ret);
    if (err != XJ_OK)
        xj_tell(cli, "%s：读不出（%s）", "%s: cannot be read (%s)", path, xj_err_name(err));
    return err;
}

static void checked_free(struct checked *c)
{
    xj_model_free(c->now);
    xj_model_free(c->was);
    xj_findings_free(&c->findings);
    xj_findings_free(&c->proof);
    xj_findings_free(&c->differences);
    xj_buf_free(&c->yaml);
    xj_buf_free(&c->overlay);
    xj_buf_free(&c->tables);
}

static enum xj_err check_alone(struct checked *c)
{
    struct xj_findings again;
    struct xj_buf compiled;
    enum xj_err err = xj_procedure_check(xj_buf_slice(&c->yaml), xj_buf_slice(&c->overlay), &c->findings, &c->tables);
    if (err != XJ_OK || c->findings.errors > 0)
        return err;
    xj_findings_init(&again);
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    err = xj_procedure_compile(xj_buf_slice(&c->yaml), xj_buf_slice(&c->overlay), &compiled, &again);
    if (err == XJ_OK)
        err = xj_model_decode(xj_buf_slice(&compiled), &c->now);
    xj_findings_free(&again);
    xj_buf_free(&compiled);
    return err;
}

static int check_against(struct xj_cli *cli, struct checked *c, const char *old)
{
    int rc = xj_oldproc_load(cli, old, &c->was);
    if (rc != XJ_EXIT_OK)
        return rc;
    enum xj_err err = xj_procedure_prove(c->was, c->now, &c->proof);
    if (err == XJ_OK)
        err = xj_procedure_differ(c->was, c->now, &c->differences);
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
}

/* ---- telling ---- */

static const char *moving(const struct xj_model *m)
{
    static const char *const words[] = {"", "none", "open", "all"};
    return m->replaces != NULL ? words[m->replaces->cases] : "none";
}

static json_t *findings_json(const struct xj_findings *f)
{
    static const char *const words[] = {"", "error", "warning", "note"};
    json_t *list = json_array();
    for (size_t i = 0; i < f->count; i++)
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "severity", words[f->list[i].severity], "code", f->list[i].code,
                                                    "zh", f->list[i].zh, "en", f->list[i].en));
    return list;
}

static void tell_json(struct xj_cli *cli, const struct checked *c, const char *lines, bool ok)
{
    char now[2 * XJ_HASH_SIZE + 1] = "", was[2 * XJ_HASH_SIZE + 1] = "";
    size_t errors = c->findings.errors + c->proof.errors;
    json_t *j = json_pack("{s:b, s:I, s:s}", "ok", ok, "errors", (json_int_t)errors, "findings", lines);
    if (c->now != NULL) {
        xj_hex(c->now->revision.b, XJ_HASH_SIZE, now);
        (void)json_object_set_new(j, "revision", json_string(now));
    }
    if (c->was != NULL) {
        xj_hex(c->was->revision.b, XJ_HASH_SIZE, was);
        (void)json_object_set_new(j, "against", json_pack("{s:s, s:s, s:o, s:o}", "revision", was, "cases", moving(c->now), "findings",
                                                          findings_json(&c->proof), "differences", findings_json(&c->differences)));
    }
    xj_cli_print_json(cli, j);
    json_decref(j);
}

static void tell_text(struct xj_cli *cli, struct checked *c, const char *lines)
{
    struct xj_buf list;
    char hex[2 * XJ_HASH_SIZE + 1];
    fputs(lines, cli->out);
    fputs(c->tables.n > 0 ? xj_buf_cstr(&c->tables) : "", cli->out);
    if (c->now == NULL)
        return;
    xj_hex(c->now->revision.b, XJ_HASH_SIZE, hex);
    fprintf(cli->out, "# revision\n%s\n", hex);
    if (c->was == NULL)
        return;
    xj_hex(c->was->revision.b, XJ_HASH_SIZE, hex);
    fprintf(cli->out, "# against %s, cases: %s\n", hex, moving(c->now));
    xj_buf_init(&list, LIST_BYTES);
    xj_findings_print(&c->proof, &list);
    xj_findings_print(&c->differences, &list);
    fputs(list.n > 0 ? xj_buf_cstr(&list) : "", cli->out);
    xj_buf_free(&list);
}

static int tell(struct xj_cli *cli, struct checked *c, enum xj_err err)
{
    struct xj_buf list;
    xj_buf_init(&list, LIST_BYTES);
    xj_findings_print(&c->findings, &list);
    const char *lines = list.n > 0 ? xj_buf_cstr(&list) : "";
    const bool ok = err == XJ_OK && c->findings.errors == 0 && c->proof.errors == 0;
    if (cli->json)
        tell_json(cli, c, lines != NULL ? lines : "", ok);
    else
        tell_text(cli, c, lines != NULL ? lines : "");
    xj_buf_free(&list);
    return err == XJ_ENOMEM ? XJ_EXIT_WORLD : ok ? XJ_EXIT_OK : XJ_EXIT_USAGE;
}

/* ---- the commands ---- */

static int procedure_check(struct xj_cli *cli, const char *path, const char *overlay, const char *against)
{
    struct checked c = {.now = NULL};
    int rc = XJ_EXIT_USAGE;
    xj_findings_init(&c.findings);
    xj_findings_init(&c.proof);
    xj_findings_init(&c.differences);
    xj_buf_init(&c.tables, LIST_BYTES);
    if (read_yaml(cli, path, &c.yaml) != XJ_OK || (overlay != NULL && read_yaml(cli, overlay, &c.overlay) != XJ_OK))
        goto out;
    enum xj_err err = check_alone(&c);
    rc = c.now != NULL && against != NULL ? check_against(cli, &c, against) : XJ_EXIT_OK;
    if (rc == XJ_EXIT_OK)
        rc = tell(cli, &c, err);
out:
    checked_free(&c);
    return rc;
}

static int procedure_publish(struct xj_cli *cli, const char *path, const char *overlay, const char *from, const char *key)
{
    struct xj_changes changes;
    struct xj_buf text;
    int64_t day = 0, from_ms = cli->env->now_ms(cli->env->ctx);
    if (from != NULL && !xj_date_parse(from, &day))
        return xj_usage(cli, USAGE);
    if (from != NULL)
        from_ms = xj_day_start_ms(day);
    xj_changes_init(&changes);
    xj_buf_init(&text, 256 * 1024);
    int rc = xj_oldproc_change(cli, &changes, path, overlay, from_ms);
    if (rc == XJ_EXIT_OK)
        rc = xj_registrar_post(cli, &changes, key, &text);
    xj_changes_free(&changes);
    xj_buf_free(&text);
    return rc;
}

int xj_cmd_procedure(struct xj_cli *cli, int argc, char **argv)
{
    const char *overlay = NULL, *from = NULL, *effective = NULL, *key = NULL, *against = NULL;
    int n;
    const struct xj_option options[] = {{.name = "overlay", .value = &overlay}, {.name = "from", .value = &from},
                                        {.name = "effective-from", .value = &effective}, {.name = "key", .value = &key},
                                        {.name = "against", .value = &against}};
    const int wrong = xj_options(cli, argc, argv, options, 5, USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n == 2 && strcmp(argv[1], "check") == 0 && from == NULL && effective == NULL && key == NULL)
        return procedure_check(cli, argv[2], overlay, against);
    if (n == 2 && strcmp(argv[1], "publish") == 0 && against == NULL && (from == NULL || effective == NULL))
        return procedure_publish(cli, argv[2], overlay, effective != NULL ? effective : from, key);
    return xj_usage(cli, USAGE);
}
