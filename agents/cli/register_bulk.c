/* `register certificates FILE` and `register entrustments FILE`. Spec: spec/06-register.md, section 9. */
#include "agents/cli/register_bulk.h"

#include <inttypes.h>
#include <string.h>

#include "agents/cli/options.h"
#include "agents/cli/register_rows.h"
#include "agents/cli/registrar.h"
#include "agents/cli/snapshot.h"
#include "schema/base/file.h"
#include "schema/ledger/db.h"

struct bulk {
    struct xj_cli *cli;
    const char *kind, *file, *key_file;
    enum xj_csv_encoding encoding;
    struct xj_buf bytes, text;
    struct xj_notes errors;
    struct xj_changes all, changed;
    struct xj_register_tally tally;
    uint64_t number; /* of the register */
};

static enum xj_err compare(struct bulk *b, const struct xj_store *store)
{
    struct xj_agency_names *names = NULL;
    struct xj_reg_head head;
    enum xj_err err = xj_reg_head(store, &head);
    if (err == XJ_OK)
        err = xj_agency_names_load(store, &names);
    if (err == XJ_OK)
        err = xj_register_rows(b->kind, xj_buf_slice(&b->bytes), b->encoding, names, &b->all, &b->errors);
    if (err == XJ_OK && b->errors.total == 0)
        err = xj_register_changed(store, &b->all, &b->changed, &b->tally);
    b->number = head.number;
    xj_agency_names_free(names);
    return err;
}

/* The register as the registrar's own agent holds it. */
static int look(struct bulk *b)
{
    struct xj_snapshot snapshot;
    struct xj_db *db = NULL;
    int rc = xj_snapshot_take(b->cli, &snapshot);
    if (rc != XJ_EXIT_OK)
        return rc;
    const struct xj_db_options o = {.path = snapshot.path, .format = "xianjie ledger 1", .read_only = true, .volatile_ok = true};
    enum xj_err err = xj_db_open(&o, b->cli->env, &db, &b->text);
    if (err == XJ_OK) {
        const struct xj_store store = xj_db_store(db);
        err = compare(b, &store);
    }
    xj_db_close(db);
    xj_snapshot_drop(&snapshot);
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(b->cli, err, &b->text);
}

static int tell_errors(struct bulk *b)
{
    if (b->cli->json) {
        json_t *made = json_pack("{s:I, s:o}", "error_count", (json_int_t)b->errors.total, "errors", xj_notes_json(&b->errors));
        xj_cli_print_json(b->cli, made);
        json_decref(made);
    }
    xj_notes_tell(b->cli, &b->errors, "错误", "error");
    xj_tell(b->cli, "%" PRIu64 " 处错误，没有登记任何一项", "%" PRIu64 " errors; nothing was registered", b->errors.total);
    return XJ_EXIT_USAGE;
}

static void tell_end(const struct bulk *b)
{
    if (b->cli->json) {
        json_t *made = json_pack("{s:I, s:I, s:I, s:I}", "number", (json_int_t)b->number, "written", (json_int_t)b->tally.written, "withdrawn",
                                 (json_int_t)b->tally.withdrawn, "unchanged", (json_int_t)b->tally.unchanged);
        xj_cli_print_json(b->cli, made);
        json_decref(made);
        return;
    }
    xj_print(b->cli, "登记 %" PRIu64 " 项，撤销 %" PRIu64 " 项，未变 %" PRIu64 " 项；登记簿现为第 %" PRIu64 " 号\n",
             "%" PRIu64 " written, %" PRIu64 " withdrawn, %" PRIu64 " unchanged; the register stands at %" PRIu64 "\n", b->tally.written, b->tally.withdrawn,
             b->tally.unchanged, b->number);
}

static int run(struct bulk *b)
{
    enum xj_err err = xj_file_read(b->file, XJ_ROWS_FILE_BYTES, &b->bytes);
    if (err != XJ_OK) {
        xj_buf_addf(&b->text, "读不了文件：%s / cannot read the file: %s\n", b->file, b->file);
        return xj_fail(b->cli, err, &b->text);
    }
    int rc = look(b);
    if (rc == XJ_EXIT_OK && b->errors.total > 0)
        rc = tell_errors(b);
    else if (rc == XJ_EXIT_OK && b->changed.count > 0)
        rc = xj_registrar_send(b->cli, &b->changed, b->key_file, &b->text, &b->number);
    if (rc == XJ_EXIT_OK)
        tell_end(b);
    return rc;
}

static int bulk(struct xj_cli *cli, int argc, char **argv, const char *kind, const char *usage)
{
    struct bulk b = {.cli = cli, .kind = kind};
    const char *encoding = NULL;
    int n;
    const struct xj_option options[] = {{.name = "encoding", .value = &encoding}, {.name = "key", .value = &b.key_file}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], usage, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || !xj_csv_encoding_named(encoding, &b.encoding))
        return xj_usage(cli, usage);
    b.file = argv[1];
    xj_changes_init(&b.all);
    xj_changes_init(&b.changed);
    xj_buf_init(&b.text, 256 * 1024);
    rc = run(&b);
    xj_changes_free(&b.all);
    xj_changes_free(&b.changed);
    xj_notes_free(&b.errors);
    xj_buf_free(&b.bytes);
    xj_buf_free(&b.text);
    return rc;
}

int xj_register_certificates(struct xj_cli *cli, int argc, char **argv)
{
    return bulk(cli, argc, argv, "certificate", "register certificates FILE.csv|FILE.json [--encoding utf-8|gb18030] [--key FILE]");
}

int xj_register_entrustments(struct xj_cli *cli, int argc, char **argv)
{
    return bulk(cli, argc, argv, "entrustment", "register entrustments FILE.csv|FILE.json [--encoding utf-8|gb18030] [--key FILE]");
}
