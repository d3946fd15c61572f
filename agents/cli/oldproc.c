#include "agents/cli/oldproc.h"

#include <string.h>

#include "agents/cli/procfile.h"
#include "agents/cli/regfacts.h"
#include "agents/cli/snapshot.h"
#include "schema/base/file.h"
#include "schema/ledger/db.h"
#include "schema/procedure/yaml/against.h"
#include "schema/trust/register.h"
#include "schema/wire/read.h"

#define TEXT_BYTES (1024u * 1024)

/* ---- in the register ---- */

struct search {
    const char *hex; /* 16 or 64 digits */
    struct xj_buf *ret;
};

static bool see_procedure(void *arg, struct xj_slice id, struct xj_slice value)
{
    struct search *s = arg;
    struct xj_doc doc;
    char hex[2 * XJ_HASH_SIZE + 1];
    (void)id;
    if (xj_doc_open(&doc, value, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return true;
    struct xj_slice revision = xj_map_bin(&doc.root, "revision");
    bool found = false;
    if (revision.n == XJ_HASH_SIZE) {
        xj_hex(revision.p, revision.n, hex);
        found = strncmp(hex, s->hex, strlen(s->hex)) == 0;
    }
    if (found)
        xj_buf_add_slice(s->ret, xj_map_bin(&doc.root, "compiled"));
    xj_doc_close(&doc);
    return !found;
}

/* Appends the compiled bytes; none when there is no such revision. */
static int find_in_register(struct xj_cli *cli, const char *hex, struct xj_buf *ret)
{
    struct xj_snapshot snapshot;
    struct xj_buf text;
    struct xj_db *db = NULL;
    int rc = xj_snapshot_take(cli, &snapshot);
    if (rc != XJ_EXIT_OK)
        return rc;
    xj_buf_init(&text, TEXT_BYTES);
    const struct xj_db_options o = {.path = snapshot.path, .format = "xianjie ledger 1", .read_only = true, .volatile_ok = true};
    enum xj_err err = xj_db_open(&o, cli->env, &db, &text);
    if (err == XJ_OK) {
        struct xj_store store = xj_db_store(db);
        struct search s = {.hex = hex, .ret = ret};
        err = xj_reg_each(&store, "procedure", xj_slice_cstr(""), see_procedure, &s);
    }
    if (err == XJ_OK)
        err = ret->err;
    rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_db_close(db);
    xj_snapshot_drop(&snapshot);
    xj_buf_free(&text);
    return rc;
}

/* ---- in a file ---- */

static bool is_hex(const char *s)
{
    size_t n = strlen(s);
    return (n == 16 || n == 64) && strspn(s, "0123456789abcdef") == n;
}

static bool ends_in(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcmp(s + n - t, tail) == 0;
}

static enum xj_err read_compiled(const char *path, struct xj_buf *ret, struct xj_buf *text)
{
    struct xj_buf file;
    enum xj_err err = xj_file_read(path, XJ_MODEL_BYTES_MAX, &file);
    if (err != XJ_OK)
        xj_buf_addf(text, "%s：读不出 / %s: cannot be read (%s)\n", path, path, xj_err_name(err));
    else
        xj_buf_add_slice(ret, xj_buf_slice(&file));
    xj_buf_free(&file);
    return err;
}

static enum xj_err read_file(const char *path, struct xj_buf *ret, struct xj_buf *text)
{
    if (!ends_in(path, ".yaml") && !ends_in(path, ".yml"))
        return read_compiled(path, ret, text);
    struct xj_findings findings;
    char name[XJ_MAX_NAME_BYTES + 1];
    xj_findings_init(&findings);
    enum xj_err err = xj_procfile_compile(path, NULL, ret, name, &findings, text);
    if (err != XJ_OK)
        xj_findings_print(&findings, text);
    xj_findings_free(&findings);
    return err;
}

static int decode(struct xj_cli *cli, const char *old, struct xj_slice compiled, struct xj_model **ret)
{
    enum xj_err err = xj_model_decode(compiled, ret);
    if (err == XJ_OK)
        return XJ_EXIT_OK;
    xj_tell(cli, "%s：不是本格式的编译程序（%s）", "%s: no procedure compiled in this format (%s)", old, xj_err_name(err));
    return xj_exit_of(err);
}

int xj_oldproc_load(struct xj_cli *cli, const char *old, struct xj_model **ret)
{
    struct xj_buf compiled, text;
    int rc = XJ_EXIT_OK;
    *ret = NULL;
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    xj_buf_init(&text, TEXT_BYTES);
    if (is_hex(old)) {
        rc = find_in_register(cli, old, &compiled);
        if (rc == XJ_EXIT_OK && compiled.n == 0) {
            xj_tell(cli, "登记簿没有版本 %s", "the register has no revision %s", old);
            rc = XJ_EXIT_NOT_FOUND;
        }
    } else {
        enum xj_err err = read_file(old, &compiled, &text);
        if (err != XJ_OK)
            rc = xj_fail(cli, err, &text);
    }
    if (rc == XJ_EXIT_OK)
        rc = decode(cli, old, xj_buf_slice(&compiled), ret);
    xj_buf_free(&compiled);
    xj_buf_free(&text);
    return rc;
}

/* ---- publishing ---- */

/* Findings of the proof against the register go to f. */
static int prove(struct xj_cli *cli, const struct xj_model *now, struct xj_findings *f)
{
    struct xj_buf compiled;
    struct xj_model *was = NULL;
    char hex[2 * XJ_HASH_SIZE + 1];
    xj_hex(now->replaces->revision.b, XJ_HASH_SIZE, hex);
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    int rc = find_in_register(cli, hex, &compiled);
    if (rc == XJ_EXIT_OK && (compiled.n == 0 || xj_model_decode(xj_buf_slice(&compiled), &was) != XJ_OK)) {
        xj_findings_add(f, XJ_SEVERITY_ERROR, 0, "replaces_unknown", "登记簿没有所代替的版本 %s", "the register holds no revision %s, which it replaces", hex);
    } else if (rc == XJ_EXIT_OK) {
        enum xj_err err = xj_procedure_prove(was, now, f);
        rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
    }
    xj_model_free(was);
    xj_buf_free(&compiled);
    return rc;
}

static int prove_if_it_replaces(struct xj_cli *cli, struct xj_slice compiled, struct xj_buf *text)
{
    struct xj_findings f;
    struct xj_model *now = NULL;
    enum xj_err err = xj_model_decode(compiled, &now);
    if (err != XJ_OK)
        return xj_fail(cli, err, NULL);
    xj_findings_init(&f);
    int rc = now->replaces != NULL ? prove(cli, now, &f) : XJ_EXIT_OK;
    if (rc == XJ_EXIT_OK && f.errors > 0) {
        xj_findings_print(&f, text);
        rc = xj_fail(cli, XJ_EMALFORMED, text);
    }
    xj_findings_free(&f);
    xj_model_free(now);
    return rc;
}

int xj_oldproc_prove(struct xj_cli *cli, const struct xj_changes *changes, struct xj_buf *text)
{
    int rc = XJ_EXIT_OK;
    for (size_t i = 0; rc == XJ_EXIT_OK && i < changes->count; i++) {
        struct xj_doc doc;
        const struct xj_reg_change *c = &changes->list[i];
        if (!xj_slice_is(c->kind, "procedure") || xj_doc_open(&doc, c->value, XJ_MAX_REGISTER_NODES) != XJ_OK)
            continue; /* its form is the register's to refuse */
        struct xj_slice compiled = xj_map_bin(&doc.root, "compiled");
        rc = compiled.n > 0 ? prove_if_it_replaces(cli, compiled, text) : XJ_EXIT_OK;
        xj_doc_close(&doc);
    }
    return rc;
}

int xj_oldproc_change(struct xj_cli *cli, struct xj_changes *changes, const char *path, const char *overlay, int64_t effective_from_ms)
{
    struct xj_buf compiled, text;
    struct xj_findings findings;
    char name[XJ_MAX_NAME_BYTES + 1];
    int rc = XJ_EXIT_OK;
    xj_buf_init(&compiled, XJ_PROCFILE_COMPILED_BYTES);
    xj_buf_init(&text, TEXT_BYTES);
    xj_findings_init(&findings);
    enum xj_err err = xj_procfile_compile(path, overlay, &compiled, name, &findings, &text);
    if (err != XJ_OK) {
        xj_findings_print(&findings, &text);
        rc = xj_fail(cli, err, &text);
    } else {
        rc = prove_if_it_replaces(cli, xj_buf_slice(&compiled), &text);
    }
    if (rc == XJ_EXIT_OK)
        xj_changes_procedure(changes, name, xj_buf_slice(&compiled), effective_from_ms);
    xj_findings_free(&findings);
    xj_buf_free(&compiled);
    xj_buf_free(&text);
    return rc;
}
