/* `penalty import FILE`: a bureau's list of penalty decisions as acts. Spec: spec/15-penalty-records.md. */
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/options.h"
#include "agents/cli/overrides.h"
#include "agents/cli/penalty_compare.h"
#include "agents/cli/penalty_send.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"

#define USAGE                                                                                                                 \
    "penalty import FILE [--dry-run] [--papers DIR] [--encoding utf-8|gb18030] [--override CODE=REASON]… [--drafted-by NAME] " \
    "--approved-by NAME"
#define PROGRESS_ROWS 1000u
#define SEND_TIMEOUT_MS 90000 /* one act waits up to 30 s for its answer */

struct import {
    struct xj_cli *cli;
    const char *file, *papers_dir, *encoding_name, *drafted_by, *approved_by;
    struct xj_option_list overrides;
    bool dry;
    enum xj_csv_encoding encoding;
    struct xj_buf bytes; /* the file: read once, so that what is sent is what was checked */
    struct xj_penalty_import rows;
    struct xj_notes errors, warnings;
    struct xj_penalty_papers *papers;
    struct xj_client *client;
    json_t *agency, *names, *override;
    uint64_t row_count;
};

/* ---- who the agency is ---- */

static int find_names(struct import *im)
{
    json_t *answer = NULL, *one;
    size_t i;
    int rc = xj_cli_call(im->cli, im->client, "GET", "/api/status", NULL, &im->agency);
    if (rc == XJ_EXIT_OK)
        rc = xj_cli_call(im->cli, im->client, "GET", "/api/agencies", NULL, &answer);
    if (rc != XJ_EXIT_OK)
        return rc;
    const json_t *id = json_object_get(im->agency, "agency");
    json_array_foreach(json_object_get(answer, "agencies"), i, one)
        if (json_equal(json_object_get(one, "id"), id)) {
            im->names = json_deep_copy(json_object_get(one, "aliases"));
            (void)json_array_append(im->names, json_object_get(one, "name"));
        }
    json_decref(answer);
    im->rows.agency = json_string_value(id);
    im->rows.names = im->names;
    if (im->rows.agency == NULL || im->names == NULL) {
        xj_tell(im->cli, "登记簿里还没有本机关", "the register does not have this agency yet");
        return XJ_EXIT_NOT_FOUND;
    }
    return XJ_EXIT_OK;
}

/* ---- checking ---- */

/* A decision that the file names: to find those it names twice. */
struct known {
    struct xj_id id;
    uint64_t row;
};
struct known_list {
    struct known *list;
    size_t count, cap;
};

static bool know(struct known_list *k, const struct xj_id *id, uint64_t row)
{
    if (k->count == k->cap) {
        size_t cap = k->cap > 0 ? 2 * k->cap : 1024;
        struct known *list = realloc(k->list, cap * sizeof *list);
        if (list == NULL)
            return false;
        k->list = list;
        k->cap = cap;
    }
    k->list[k->count++] = (struct known){*id, row};
    return true;
}

static int by_id_and_row(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    int order = xj_id_cmp(&x->id, &y->id);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static void note_twice(struct import *im, struct known_list *k)
{
    if (k->count > 0)
        qsort(k->list, k->count, sizeof *k->list, by_id_and_row);
    for (size_t i = 1; i < k->count; i++)
        if (xj_id_eq(&k->list[i - 1].id, &k->list[i].id))
            xj_notes_add(&im->errors, k->list[i].row, xj_slice_cstr("行政处罚决定书文号"),
                         "与第 %" PRIu64 " 行文号相同；确为两份决定的，请在「同号序号」栏写明 2、3……",
                         "the number of row %" PRIu64 "; if they are two decisions indeed, say 2, 3 … in the column 同号序号", k->list[i - 1].row);
}

static enum xj_err check_row(struct import *im, const struct xj_rows *rows, struct known_list *k)
{
    struct xj_penalty_row row;
    enum xj_err err = xj_penalty_row(&im->rows, rows, &im->errors, &im->warnings, &row);
    if (err != XJ_OK && err != XJ_EMALFORMED)
        return err;
    if (row.number[0] == '\0')
        return XJ_OK;
    struct xj_id id = xj_penalty_id(im->rows.agency, row.number, row.ordinal, 1);
    (void)xj_penalty_papers_check(im->papers, &row, &im->errors);
    bool made = know(k, &id, row.row);
    xj_penalty_row_free(&row);
    return made ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err check(struct import *im)
{
    struct xj_rows *rows = NULL;
    struct known_list k = {NULL, 0, 0};
    bool sound;
    enum xj_err err = xj_rows_open(xj_buf_slice(&im->bytes), im->encoding, xj_penalty_column, &im->rows.table, &im->errors, &rows);
    while (err == XJ_OK && xj_rows_next(rows, &sound)) {
        im->row_count++;
        if (sound)
            err = check_row(im, rows, &k);
    }
    if (err == XJ_OK)
        err = xj_rows_err(rows);
    note_twice(im, &k);
    if (im->row_count == 0 && im->errors.total == 0)
        xj_notes_add(&im->errors, 0, xj_slice_cstr(""), "文件里没有一行内容", "the file has no row");
    free(k.list);
    xj_rows_close(rows);
    return err != XJ_OK ? err : im->errors.err != XJ_OK ? im->errors.err : im->warnings.err;
}

/* ---- sending ---- */

static int send_rows(struct import *im, struct xj_penalty_sender *s)
{
    struct xj_rows *rows = NULL;
    struct xj_notes none = {.list = NULL}; /* all has been told */
    struct xj_penalty_row row;
    bool sound;
    uint64_t done = 0;
    int rc = XJ_EXIT_OK;
    im->rows.table = (struct xj_penalty_table){.amount_count = 0};
    enum xj_err err = xj_rows_open(xj_buf_slice(&im->bytes), im->encoding, xj_penalty_column, &im->rows.table, &none, &rows);
    while (err == XJ_OK && rc == XJ_EXIT_OK && xj_rows_next(rows, &sound)) {
        err = xj_penalty_row(&im->rows, rows, &none, &none, &row);
        if (err != XJ_OK)
            break;
        rc = xj_penalty_send(s, &row);
        if (++done % PROGRESS_ROWS == 0)
            xj_tell(im->cli, "已处理 %" PRIu64 " / %" PRIu64 " 行", "%" PRIu64 " of %" PRIu64 " rows", done, im->row_count);
    }
    if (err == XJ_OK && rc == XJ_EXIT_OK)
        err = xj_rows_err(rows);
    if (err == XJ_OK && rc == XJ_EXIT_OK)
        rc = xj_penalty_send_end(s);
    xj_rows_close(rows);
    xj_notes_free(&none);
    return err != XJ_OK ? xj_fail(im->cli, err, NULL) : rc;
}

static void tell_end(struct import *im, const struct xj_penalty_sender *s, bool whole)
{
    struct xj_cli *cli = im->cli;
    if (cli->json) {
        json_t *made = json_pack("{s:I, s:b, s:b, s:I, s:I, s:I, s:I, s:o, s:o}", "rows", (json_int_t)im->row_count, "dry_run", im->dry, "complete", whole,
                                 "sent", (json_int_t)s->sent, "not_answered", (json_int_t)s->unanswered, "there", (json_int_t)s->there,
                                 "refused", (json_int_t)s->refused, "refusals", xj_notes_json(&s->refusals), "warnings", xj_notes_json(&im->warnings));
        xj_cli_print_json(cli, made);
        json_decref(made);
        return;
    }
    xj_notes_tell(cli, &s->refusals, "拒绝", "refused");
    if (im->dry)
        xj_print(cli, "试运行，没有发送：%" PRIu64 " 行将发送，%" PRIu64 " 行已在册，%" PRIu64 " 行会被拒绝\n",
                 "dry run, nothing was sent: %" PRIu64 " would be sent, %" PRIu64 " are there already, %" PRIu64 " would be refused\n", s->sent, s->there, s->refused);
    else
        xj_print(cli, "发送 %" PRIu64 " 行（其中 %" PRIu64 " 行交换中心还没有答复），已在册 %" PRIu64 " 行，被拒绝 %" PRIu64 " 行\n",
                 "%" PRIu64 " sent (%" PRIu64 " of them not answered yet), %" PRIu64 " there already, %" PRIu64 " refused\n", s->sent, s->unanswered,
                 s->there, s->refused);
    if (!whole)
        xj_tell(cli, "没有做完；同一命令再做一次，从停下的地方继续，不会重复", "not finished; the same command again goes on where it stopped, and sends nothing twice");
}

static int send_all(struct import *im)
{
    struct xj_penalty_sender s = {.cli = im->cli, .client = im->client, .agency = im->rows.agency, .dry = im->dry, .papers = im->papers};
    xj_client_timeout(im->client, SEND_TIMEOUT_MS);
    int rc = send_rows(im, &s);
    if (rc != XJ_EXIT_OK)
        s.unanswered = s.pending_count;
    tell_end(im, &s, rc == XJ_EXIT_OK);
    if (rc == XJ_EXIT_OK && s.refused > 0)
        rc = XJ_EXIT_REFUSED;
    xj_penalty_sender_free(&s);
    return rc;
}

/* ---- the command ---- */

static int tell_errors(struct import *im)
{
    if (im->cli->json) {
        json_t *made = json_pack("{s:I, s:I, s:o, s:o}", "rows", (json_int_t)im->row_count, "error_count", (json_int_t)im->errors.total, "errors",
                                 xj_notes_json(&im->errors), "warnings", xj_notes_json(&im->warnings));
        xj_cli_print_json(im->cli, made);
        json_decref(made);
    }
    xj_notes_tell(im->cli, &im->errors, "错误", "error");
    xj_tell(im->cli, "%" PRIu64 " 处错误，没有发送任何一行", "%" PRIu64 " errors; nothing was sent", im->errors.total);
    return XJ_EXIT_USAGE;
}

static int read_all(struct import *im)
{
    struct xj_buf text;
    xj_buf_init(&text, 8192);
    enum xj_err err = xj_file_read(im->file, XJ_ROWS_FILE_BYTES, &im->bytes);
    if (err != XJ_OK)
        xj_buf_addf(&text, "读不了文件：%s / cannot read the file: %s\n", im->file, im->file);
    if (err == XJ_OK)
        err = xj_penalty_papers_open(im->papers_dir, &im->papers, &text);
    if (err == XJ_OK)
        err = check(im);
    int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(im->cli, err, &text);
    xj_buf_free(&text);
    return rc;
}

static int run(struct import *im)
{
    int rc;
    const struct passwd *user = im->drafted_by == NULL ? getpwuid(getuid()) : NULL;
    im->rows.drafted_by = user != NULL ? user->pw_name : im->drafted_by;
    im->rows.approved_by = im->approved_by;
    im->rows.override = im->override;
    im->rows.today = xj_day_of_ms(im->cli->env->now_ms(im->cli->env->ctx));
    if (im->rows.drafted_by == NULL)
        return xj_usage(im->cli, USAGE);
    im->client = xj_cli_client(im->cli, &rc);
    if (im->client != NULL)
        rc = find_names(im);
    if (rc == XJ_EXIT_OK)
        rc = read_all(im);
    if (rc == XJ_EXIT_OK && !im->cli->json)
        xj_notes_tell(im->cli, &im->warnings, "提醒", "warning");
    if (rc == XJ_EXIT_OK)
        rc = im->errors.total > 0 ? tell_errors(im) : send_all(im);
    return rc;
}

static int cmd_import(struct xj_cli *cli, int argc, char **argv)
{
    struct import im = {.cli = cli};
    int n;
    const struct xj_option options[] = {{.name = "dry-run", .flag = &im.dry}, {.name = "papers", .value = &im.papers_dir},
                                        {.name = "encoding", .value = &im.encoding_name}, {.name = "override", .list = &im.overrides},
                                        {.name = "drafted-by", .value = &im.drafted_by}, {.name = "approved-by", .value = &im.approved_by}};
    int rc = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || im.approved_by == NULL || im.approved_by[0] == '\0' || !xj_csv_encoding_named(im.encoding_name, &im.encoding) ||
        !xj_overrides(&im.overrides, &im.override))
        return xj_usage(cli, USAGE);
    im.file = argv[1];
    rc = run(&im);
    xj_notes_free(&im.errors);
    xj_notes_free(&im.warnings);
    xj_penalty_papers_close(im.papers);
    xj_client_close(im.client);
    xj_buf_free(&im.bytes);
    json_decref(im.agency);
    json_decref(im.names);
    json_decref(im.override);
    return rc;
}

int xj_cmd_penalty(struct xj_cli *cli, int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "import") == 0)
        return cmd_import(cli, argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "compare") == 0)
        return xj_penalty_compare(cli, argc - 1, argv + 1);
    return xj_usage(cli, "penalty import|compare FILE …");
}
