/* `xianjie export`: the evidence bundle of a case, from a running agent's snapshot, a closed ledger or a file.
 * Spec: spec/16-evidence.md, section 8. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/export.h"
#include "agents/cli/options.h"
#include "agents/cli/snapshot.h"
#include "schema/base/file.h"
#include "schema/evidence/words.h"
#include "schema/trust/keys.h"

#define USAGE "export --case ID [--out FILE.zip] [--ledger FILE] [--register-head N] [--with-told] [--with-sequence]"

struct job {
    struct xj_cli *cli;
    struct xj_export_options o;
    const char *out, *ledger;
    struct xj_agency_keys keys;
    bool has_keys;
    char path[4096];    /* of the bundle */
    char scratch[4096]; /* private directory */
};

/* The keys of the data directory, where there is one: a bundle can be made without, but opens nothing then. */
static int load_keys(struct job *j)
{
    struct xj_buf text;
    if (j->cli->data == NULL)
        return XJ_EXIT_OK;
    xj_buf_init(&text, 4096);
    const enum xj_err err = xj_agency_keys_load(j->cli->data, &j->keys, &text);
    j->has_keys = err == XJ_OK;
    int rc = XJ_EXIT_OK;
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        rc = xj_fail(j->cli, err, &text);
    xj_buf_free(&text);
    return rc;
}

static int write_bundle(struct job *j, const char *owner, const struct xj_buf *file)
{
    char id[XJ_ID_TEXT];
    xj_id_format(&j->o.case_id, id);
    if (j->out != NULL)
        snprintf(j->path, sizeof j->path, "%s", j->out);
    else
        snprintf(j->path, sizeof j->path, "%s-%s.zip", owner, id);
    if (access(j->path, F_OK) == 0) {
        xj_tell(j->cli, "%s：文件已经存在，没有覆盖", "%s: the file exists and was not overwritten", j->path);
        return XJ_EXIT_USAGE;
    }
    const enum xj_err err = xj_file_write_atomic(j->path, xj_buf_slice(file), 0600); /* it holds plaintext */
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(j->cli, err, NULL);
}

static int tell(struct job *j, const struct xj_buf *file, const struct xj_export_summary *s)
{
    if (j->cli->json) {
        json_t *claims = json_object();
        for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++)
            json_object_set_new(claims, xj_ev_claim_words((enum xj_claim)c)->id, json_string(s->verdict[c]));
        json_t *made = json_pack("{s:s, s:I, s:I, s:I, s:I, s:o}", "file", j->path, "bytes", (json_int_t)file->n, "acts", (json_int_t)s->acts,
                                 "entries", (json_int_t)s->entries, "register", (json_int_t)s->register_count, "claims", claims);
        xj_cli_print_json(j->cli, made);
        json_decref(made);
    } else {
        xj_print(j->cli, "%s：%zu 字节，文书 %zu 份，账本条目 %zu 条，登记簿 %zu 条\n",
                 "%s: %zu bytes, %zu messages, %zu ledger entries, %zu register entries\n", j->path, file->n, s->acts, s->entries, s->register_count);
        xj_print(j->cli, "请凭根公钥核验：xianjie verify %s --root 根公钥\n", "verify it with the root key: xianjie verify %s --root KEY\n", j->path);
    }
    if (s->contradicted)
        xj_tell(j->cli, "包内有相矛盾之处，请核验", "the bundle contradicts itself somewhere: verify it");
    return s->contradicted ? XJ_EXIT_BAD : XJ_EXIT_OK;
}

static int export_from(struct job *j, const char *path)
{
    struct xj_db *db = NULL;
    struct xj_log *log = NULL;
    struct xj_export_summary summary;
    struct xj_buf file, text;
    const struct xj_db_options o = {.path = path, .format = "xianjie ledger 1", .read_only = true};
    xj_buf_init(&file, XJ_ZIP_FILE_MAX);
    xj_buf_init(&text, 64 * 1024);
    enum xj_err err = xj_db_open(&o, xj_env_system(), &db, &text);
    if (err == XJ_OK)
        err = xj_log_open(db, &log);
    if (err == XJ_OK && xj_db_root_key(db) == NULL)
        err = XJ_ECORRUPT;
    if (err == XJ_OK)
        err = xj_export(db, log, &j->o, &file, &summary, &text);
    int rc = err == XJ_OK ? write_bundle(j, xj_db_owner(db), &file) : xj_fail(j->cli, err, &text);
    if (rc == XJ_EXIT_OK)
        rc = tell(j, &file, &summary);
    xj_log_close(log);
    xj_db_close(db);
    xj_buf_wipe(&file);
    xj_buf_free(&text);
    return rc;
}

/* For the view, which holds plaintext: beside the data, where the agency's own lies, or else where the bundle goes. */
static int make_scratch(struct job *j)
{
    const char *slash = j->out != NULL ? strrchr(j->out, '/') : NULL;
    if (j->cli->data != NULL)
        snprintf(j->scratch, sizeof j->scratch, "%s/export-XXXXXX", j->cli->data);
    else
        snprintf(j->scratch, sizeof j->scratch, "%.*s./export-XXXXXX", slash != NULL ? (int)(slash - j->out + 1) : 0, slash != NULL ? j->out : "");
    if (mkdtemp(j->scratch) != NULL)
        return XJ_EXIT_OK;
    xj_tell(j->cli, "不能建立临时目录 %s", "cannot make the temporary directory %s", j->scratch);
    j->scratch[0] = '\0';
    return XJ_EXIT_WORLD;
}

static int run(struct job *j)
{
    struct xj_snapshot snapshot = {0};
    int rc = load_keys(j);
    j->o.keys = j->has_keys ? &j->keys : NULL;
    if (rc == XJ_EXIT_OK)
        rc = make_scratch(j);
    j->o.scratch = j->scratch;
    if (rc == XJ_EXIT_OK && j->ledger != NULL)
        rc = export_from(j, j->ledger);
    else if (rc == XJ_EXIT_OK && (rc = xj_snapshot_take(j->cli, &snapshot)) == XJ_EXIT_OK)
        rc = export_from(j, snapshot.path);
    xj_snapshot_drop(&snapshot);
    if (j->scratch[0] != '\0')
        (void)rmdir(j->scratch);
    xj_agency_keys_wipe(&j->keys);
    return rc;
}

int xj_cmd_export(struct xj_cli *cli, int argc, char **argv)
{
    struct job *j = calloc(1, sizeof *j);
    const char *case_id = NULL, *head = NULL;
    char *end = NULL;
    int n;
    if (j == NULL)
        return xj_fail(cli, XJ_ENOMEM, NULL);
    j->cli = cli;
    const struct xj_option options[] = {{.name = "case", .value = &case_id}, {.name = "out", .value = &j->out},
                                        {.name = "ledger", .value = &j->ledger}, {.name = "register-head", .value = &head},
                                        {.name = "with-told", .flag = &j->o.with_told}, {.name = "with-sequence", .flag = &j->o.with_sequence}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n);
    if (rc == XJ_EXIT_OK && head != NULL) {
        j->o.register_head = strtoull(head, &end, 10);
        if (*head < '0' || *head > '9' || *end != '\0' || j->o.register_head == 0)
            rc = xj_usage(cli, USAGE);
    }
    if (rc == XJ_EXIT_OK && (n != 0 || case_id == NULL || !xj_id_parse(case_id, &j->o.case_id)))
        rc = xj_usage(cli, USAGE);
    if (rc == XJ_EXIT_OK)
        rc = run(j);
    free(j);
    return rc;
}
