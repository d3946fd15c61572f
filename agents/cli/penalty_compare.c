/* `penalty compare FILE`: which published decisions are not on the platform, as this agency sees it (体外循环). Spec:
 * spec/15-penalty-records.md, section 6. */
#include <inttypes.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/penalty_columns.h"
#include "agents/cli/penalty_compare.h"
#include "agents/cli/table.h"
#include "schema/base/file.h"

#define USAGE "penalty compare FILE [--encoding utf-8|gb18030]"

struct compare {
    struct xj_cli *cli;
    struct xj_client *client;
    struct xj_penalty_table table;
    struct xj_notes errors;
    json_t *agencies; /* of the register */
    json_t *missing, *unknown; /* rows, as shown */
    uint64_t rows, there;
};

/* The agency that a name or an alias means; NULL: none in the register. Borrowed. */
static const char *agency_named(const struct compare *c, struct xj_slice name)
{
    const json_t *one, *alias;
    size_t i, k;
    json_array_foreach(c->agencies, i, one)
    {
        const json_t *aliases = json_object_get(one, "aliases");
        if (xj_slice_is(name, xj_look_str(one, "name")) || xj_slice_is(name, xj_look_str(one, "id")))
            return xj_look_str(one, "id");
        json_array_foreach(aliases, k, alias)
            if (xj_slice_is(name, json_string_value(alias)))
                return xj_look_str(one, "id");
    }
    return NULL;
}

static void add_row(const struct xj_rows *rows, json_t *list, const char *agency)
{
    struct xj_slice authority = xj_rows_value(rows, XJ_PC_AUTHORITY), number = xj_rows_value(rows, XJ_PC_NUMBER),
                    date = xj_rows_value(rows, XJ_PC_DATE), party = xj_rows_value(rows, XJ_PC_NAME);
    json_array_append_new(list, json_pack("{s:I, s:s?, s:s%, s:s%, s:s%, s:s%}", "row", (json_int_t)xj_rows_number(rows), "agency", agency,
                                          "authority", authority.n > 0 ? (const char *)authority.p : "", authority.n, "number",
                                          (const char *)number.p, number.n, "date", date.n > 0 ? (const char *)date.p : "", date.n, "party",
                                          party.n > 0 ? (const char *)party.p : "", party.n));
}

/* Asks the agent whether that decision is there. */
static int ask(struct compare *c, const struct xj_rows *rows, const char *agency, struct xj_slice number)
{
    struct xj_buf path, text;
    json_t *answer = NULL;
    xj_buf_init(&path, 8192);
    xj_buf_init(&text, 1024);
    xj_buf_add_slice(&text, number);
    const char *plain = xj_buf_cstr(&text);
    xj_buf_addf(&path, "/api/records?agency=%s&number=", agency);
    xj_client_escape(&path, plain != NULL ? plain : "");
    const char *url = xj_buf_cstr(&path);
    int rc = plain == NULL || url == NULL ? XJ_EXIT_WORLD : xj_cli_call(c->cli, c->client, "GET", url, NULL, &answer);
    if (rc == XJ_EXIT_OK && json_array_size(json_object_get(answer, "records")) > 0)
        c->there++;
    else if (rc == XJ_EXIT_OK)
        add_row(rows, c->missing, agency);
    json_decref(answer);
    xj_buf_free(&path);
    xj_buf_free(&text);
    return rc;
}

static int one_row(struct compare *c, const struct xj_rows *rows)
{
    struct xj_slice number = xj_rows_value(rows, XJ_PC_NUMBER), authority = xj_rows_value(rows, XJ_PC_AUTHORITY);
    c->rows++;
    if (number.n == 0 || authority.n == 0) {
        xj_notes_add(&c->errors, xj_rows_number(rows), xj_slice_cstr(number.n == 0 ? "行政处罚决定书文号" : "处罚机关"), "没有填写", "is empty");
        return XJ_EXIT_OK;
    }
    const char *agency = agency_named(c, authority);
    if (agency != NULL)
        return ask(c, rows, agency, number);
    add_row(rows, c->unknown, NULL);
    return XJ_EXIT_OK;
}

static int read_rows(struct compare *c, struct xj_slice bytes, enum xj_csv_encoding encoding)
{
    struct xj_rows *rows = NULL;
    bool sound;
    int rc = XJ_EXIT_OK;
    enum xj_err err = xj_rows_open(bytes, encoding, xj_penalty_column, &c->table, &c->errors, &rows);
    while (err == XJ_OK && rc == XJ_EXIT_OK && xj_rows_next(rows, &sound))
        if (sound)
            rc = one_row(c, rows);
    if (err == XJ_OK && rc == XJ_EXIT_OK)
        err = xj_rows_err(rows);
    xj_rows_close(rows);
    return err != XJ_OK ? xj_fail(c->cli, err, NULL) : rc;
}

static int show(const struct compare *c)
{
    static const struct xj_column columns[] = {
        {.key = "row", .zh = "行", .en = "ROW"}, {.key = "authority", .zh = "处罚机关", .en = "AGENCY"}, {.key = "number", .zh = "文号", .en = "NUMBER"},
        {.key = "date", .zh = "决定日期", .en = "DATE"}, {.key = "party", .zh = "当事人", .en = "PARTY", .wrap = true},
        {.key = "state", .zh = "情况", .en = "WHAT"}};
    const json_t *lists[] = {c->missing, c->unknown}, *one;
    const char *states[] = {xj_pick(c->cli, "平台上没有", "not on the platform"), xj_pick(c->cli, "机关不在登记簿", "agency not in the register")};
    struct xj_table *t = xj_table_new(c->cli, "missing", columns, sizeof columns / sizeof columns[0]);
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    size_t i;
    for (size_t k = 0; k < 2; k++)
        json_array_foreach(lists[k], i, one)
        {
            char row[24];
            snprintf(row, sizeof row, "%lld", (long long)json_integer_value(json_object_get(one, "row")));
            const char *cells[] = {row, xj_look_str(one, "authority"), xj_look_str(one, "number"), xj_look_str(one, "date"), xj_look_str(one, "party"),
                                   states[k]};
            if (err == XJ_OK)
                err = xj_table_row(t, cells, k == 0);
        }
    if (err == XJ_OK && json_array_size(c->missing) + json_array_size(c->unknown) > 0)
        err = xj_table_print(t);
    xj_table_free(t);
    xj_print(c->cli, "共 %" PRIu64 " 行：平台上有 %" PRIu64 "，没有 %zu，机关不在登记簿 %zu（以本机关能看到的为限）\n",
             "%" PRIu64 " rows: %" PRIu64 " are on the platform, %zu are not, %zu of agencies not in the register (as far as this agency sees)\n", c->rows,
             c->there, json_array_size(c->missing), json_array_size(c->unknown));
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

static int tell(struct compare *c)
{
    int rc = XJ_EXIT_OK;
    if (c->cli->json) {
        json_t *made = json_pack("{s:I, s:I, s:O, s:O, s:o}", "rows", (json_int_t)c->rows, "there", (json_int_t)c->there, "missing", c->missing,
                                 "unknown_agency", c->unknown, "errors", xj_notes_json(&c->errors));
        xj_cli_print_json(c->cli, made);
        json_decref(made);
    } else {
        xj_notes_tell(c->cli, &c->errors, "错误", "error");
        rc = show(c);
    }
    if (rc != XJ_EXIT_OK)
        return rc;
    if (c->errors.total > 0)
        return XJ_EXIT_USAGE;
    return json_array_size(c->missing) + json_array_size(c->unknown) > 0 ? XJ_EXIT_BAD : XJ_EXIT_OK;
}

static int run(struct compare *c, const char *file, enum xj_csv_encoding encoding)
{
    int rc;
    json_t *answer = NULL;
    struct xj_buf bytes = {.p = NULL};
    c->client = xj_cli_client(c->cli, &rc);
    if (c->client != NULL)
        rc = xj_cli_call(c->cli, c->client, "GET", "/api/agencies", NULL, &answer);
    if (rc != XJ_EXIT_OK)
        return rc;
    c->agencies = json_object_get(answer, "agencies");
    enum xj_err err = xj_file_read(file, XJ_ROWS_FILE_BYTES, &bytes);
    if (err != XJ_OK) {
        xj_tell(c->cli, "读不了文件：%s", "cannot read the file: %s", file);
        rc = XJ_EXIT_USAGE;
    } else {
        rc = read_rows(c, xj_buf_slice(&bytes), encoding);
    }
    if (rc == XJ_EXIT_OK)
        rc = tell(c);
    xj_buf_free(&bytes);
    json_decref(answer);
    return rc;
}

int xj_penalty_compare(struct xj_cli *cli, int argc, char **argv)
{
    struct compare c = {.cli = cli};
    const char *name = NULL;
    enum xj_csv_encoding encoding;
    int n;
    const struct xj_option options[] = {{.name = "encoding", .value = &name}};
    int rc = xj_options(cli, argc, argv, options, 1, USAGE, &n);
    if (rc != XJ_EXIT_OK)
        return rc;
    if (n != 1 || !xj_csv_encoding_named(name, &encoding))
        return xj_usage(cli, USAGE);
    c.missing = json_array();
    c.unknown = json_array();
    rc = run(&c, argv[1], encoding);
    xj_client_close(c.client);
    xj_notes_free(&c.errors);
    json_decref(c.missing);
    json_decref(c.unknown);
    return rc;
}
