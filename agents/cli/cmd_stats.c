/* `stats`: monthly, quarterly and yearly figures, the cases behind one, and the same report once more from a ledger.
 * Spec: spec/10-api.md, section 4; spec/14-statistics.md. */
#include <stdlib.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/stats_sheet.h"
#include "agents/cli/table.h"

#define USAGE                                                                                                                        \
    "stats PERIOD [--by area,agency,sector,charge] [--area CODE] [--agency ID] [--sector S] [--charge C] [--stage T] [--statistic S]" \
    " [--procedure P] [--compare] [--csv FILE|-] [--xlsx FILE]\n"                                                                     \
    "       xianjie stats PERIOD --cases --statistic S [--undated] [--agency ID] …\n"                                                \
    "       xianjie stats --recompute REPORT.json [LEDGER]"

struct asked {
    const char *by, *area, *agency, *sector, *charge, *stage, *statistic, *procedure, *csv, *xlsx, *recompute;
    bool compare, cases, undated;
};

/* ---- the terminal ---- */

struct shown {
    struct xj_cli *cli;
    struct xj_table *table;
    const char *by;
    bool compare, total_only;
};

static enum xj_err show_row(void *arg, const struct xj_stats_row *row)
{
    struct shown *t = arg;
    char value[XJ_STATS_TEXT], before[XJ_STATS_TEXT], change[XJ_STATS_TEXT], undated[24];
    const char *cells[10];
    size_t n = 0;
    if (!t->total_only && xj_stats_empty(row))
        return XJ_OK; /* of many agencies each did little; all is in the files */
    const json_t *line = row->line;
    if (strstr(t->by, "area") != NULL)
        cells[n++] = line != NULL ? xj_look_str(line, "area") : "";
    if (strstr(t->by, "agency") != NULL)
        cells[n++] = line != NULL ? xj_look_name(line, "name", "agency") : xj_pick(t->cli, "合计", "total");
    if (strstr(t->by, "sector") != NULL)
        cells[n++] = line != NULL ? xj_look_str(line, "sector") : "";
    if (strstr(t->by, "charge") != NULL)
        cells[n++] = line != NULL ? xj_look_str(line, "charge") : "";
    snprintf(undated, sizeof undated, "%lld", (long long)json_integer_value(json_object_get(row->figure, "undated")));
    cells[n++] = xj_look_str(row->statistic, t->cli->zh ? "zh" : "en");
    cells[n++] = xj_stats_text(row, xj_stats_number(row), value);
    cells[n++] = xj_stats_unit(t->cli, row);
    if (t->compare) {
        cells[n++] = xj_stats_text(row, json_object_get(row->figure, "before"), before);
        cells[n++] = xj_stats_text(row, json_object_get(row->figure, "change"), change);
    }
    cells[n++] = json_object_get(row->figure, "undated") != NULL ? undated : "";
    return xj_table_row(t->table, cells, false);
}

static enum xj_err show_figures(struct xj_cli *cli, const json_t *report)
{
    static const struct xj_column all[] = {
        {.key = "area", .zh = "区划", .en = "AREA"}, {.key = "agency", .zh = "机关", .en = "AGENCY"}, {.key = "sector", .zh = "领域", .en = "SECTOR"},
        {.key = "charge", .zh = "罪名", .en = "CHARGE"}, {.key = "statistic", .zh = "统计项", .en = "STATISTIC"},
        {.key = "value", .zh = "本期", .en = "PERIOD", .right = true}, {.key = "unit", .zh = "单位", .en = "UNIT"},
        {.key = "before", .zh = "上年同期", .en = "YEAR BEFORE", .right = true}, {.key = "change", .zh = "增减", .en = "CHANGE", .right = true},
        {.key = "undated", .zh = "未注明日期", .en = "UNDATED", .right = true}};
    const json_t *query = json_object_get(report, "query");
    struct shown t = {.cli = cli, .by = xj_look_str(query, "by"), .compare = json_is_string(json_object_get(query, "compare"))};
    struct xj_column columns[10];
    size_t n = 0;
    t.total_only = t.by[0] == '\0';
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const bool dimension = i < 4, left = dimension && strstr(t.by, all[i].key) == NULL, year = i == 7 || i == 8;
        if (!left && (!year || t.compare))
            columns[n++] = all[i];
    }
    t.table = xj_table_new(cli, "figures", columns, n);
    enum xj_err err = t.table != NULL ? xj_stats_each(report, show_row, &t) : XJ_ENOMEM;
    if (err == XJ_OK)
        err = xj_table_print(t.table);
    xj_table_free(t.table);
    return err;
}

static enum xj_err show_pair(void *arg, const char *title, const char *text)
{
    const struct xj_cli *cli = arg;
    fprintf(cli->out, "  %s%s%s\n", title, xj_pick(cli, "：", ": "), text);
    return XJ_OK;
}

static void show_cover(struct xj_cli *cli, const json_t *report)
{
    const json_t *cover = json_object_get(report, "coverage"), *one;
    size_t i;
    xj_print(cli, "\n覆盖（本机关账本所见）：\n", "\ncoverage (as this agency's ledger shows it):\n");
    json_array_foreach(json_object_get(cover, "roles"), i, one)
        xj_print(cli, "  %s：登记 %lld，接入 %lld，本期有发出 %lld，本期未发出 %lld，从未发出 %lld，未接入 %lld\n",
                 "  %s: registered %lld, connected %lld, active %lld, silent %lld, never sent %lld, not connected %lld\n",
                 xj_look_str(one, cli->zh ? "zh" : "en"), (long long)json_integer_value(json_object_get(one, "registered")),
                 (long long)json_integer_value(json_object_get(one, "connected")), (long long)json_integer_value(json_object_get(one, "active")),
                 (long long)json_integer_value(json_object_get(one, "silent")), (long long)json_integer_value(json_object_get(one, "never")),
                 (long long)json_integer_value(json_object_get(one, "unconnected")));
}

static void show_flags(struct xj_cli *cli, const json_t *report)
{
    const json_t *flags = json_object_get(report, "flags"), *one;
    struct xj_buf text;
    size_t i;
    if (json_array_size(flags) == 0)
        return;
    xj_buf_init(&text, 4096);
    xj_print(cli, "\n提示：\n", "\nto be noticed:\n");
    json_array_foreach(flags, i, one)
    {
        xj_stats_flag(cli, one, &text);
        fprintf(cli->out, "  %s\n", xj_buf_cstr(&text) != NULL ? xj_buf_cstr(&text) : "");
    }
    xj_buf_free(&text);
}

static int show(struct xj_cli *cli, const json_t *answer)
{
    const json_t *report = json_object_get(answer, "report");
    enum xj_err err = show_figures(cli, report);
    if (err != XJ_OK)
        return XJ_EXIT_WORLD;
    show_cover(cli, report);
    show_flags(cli, report);
    xj_print(cli, "\n依据：\n", "\nbasis:\n");
    return xj_stats_each_basis(cli, answer, show_pair, cli) == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

static int show_cases(struct xj_cli *cli, const json_t *answer)
{
    static const struct xj_column columns[] = {
        {.key = "month", .zh = "月份", .en = "MONTH"}, {.key = "agency", .zh = "机关", .en = "AGENCY"}, {.key = "act", .zh = "行为", .en = "ACT"},
        {.key = "occurred", .zh = "日期", .en = "DATE"}, {.key = "duty", .zh = "期限", .en = "DUTY"}, {.key = "party", .zh = "当事人", .en = "PARTY"},
        {.key = "value", .zh = "金额（元）", .en = "YUAN", .right = true}, {.key = "entry", .zh = "账本条目", .en = "ENTRY", .right = true},
        {.key = "case", .zh = "案件", .en = "CASE"}, {.key = "title", .zh = "案名", .en = "TITLE", .wrap = true}};
    struct xj_table *t = xj_table_new(cli, "cases", columns, sizeof columns / sizeof columns[0]);
    const json_t *one;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(answer, "cases"), i, one)
    {
        const json_t *act = json_object_get(one, "act"), *value = json_object_get(one, "value");
        char day[20], entry[24], yuan[48] = "";
        xj_look_minute(one, "at", day);
        day[strlen(day) < 10 ? strlen(day) : 10] = '\0';
        snprintf(entry, sizeof entry, "%lld", (long long)json_integer_value(json_object_get(act, "entry")));
        if (json_is_integer(value))
            snprintf(yuan, sizeof yuan, "%lld.%02lld", (long long)(json_integer_value(value) / 100), (long long)(json_integer_value(value) % 100));
        const char *cells[] = {xj_look_str(one, "month"), xj_look_name(json_object_get(one, "agency"), "name", "agency"),
                               xj_look_str(act, cli->zh ? "zh" : "en"), day, xj_look_str(json_object_get(one, "duty"), "id"),
                               xj_look_str(json_object_get(one, "party"), "name"), yuan, entry, xj_look_str(one, "case"), xj_look_str(one, "title")};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, false);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

/* ---- asking ---- */

static void add_parameter(struct xj_buf *path, const char *key, const char *value)
{
    if (value == NULL)
        return;
    xj_buf_addf(path, "&%s=", key);
    xj_client_escape(path, value);
}

static const char *path_of(const struct asked *a, const char *period, struct xj_buf *path)
{
    xj_buf_add_str(path, a->cases ? "/api/stats/cases?period=" : "/api/stats?period=");
    xj_client_escape(path, period);
    add_parameter(path, "by", a->by);
    add_parameter(path, "area", a->area);
    add_parameter(path, "agency", a->agency);
    add_parameter(path, "sector", a->sector);
    add_parameter(path, "charge", a->charge);
    add_parameter(path, "stage", a->stage);
    add_parameter(path, "statistic", a->statistic);
    add_parameter(path, "procedure", a->procedure);
    if (a->compare)
        xj_buf_add_str(path, "&compare=1");
    if (a->undated)
        xj_buf_add_str(path, "&undated=1");
    return xj_buf_cstr(path);
}

/* All pages as one list. */
static int get_cases(struct xj_cli *cli, struct xj_client *client, const char *path, json_t **ret)
{
    json_t *next = NULL;
    int rc = XJ_EXIT_OK;
    *ret = NULL;
    do {
        struct xj_buf with;
        json_t *page = NULL;
        xj_buf_init(&with, 8192);
        xj_buf_addf(&with, "%s&limit=500", path);
        add_parameter(&with, "after", json_string_value(next));
        json_decref(next);
        next = NULL;
        const char *full = xj_buf_cstr(&with);
        rc = full != NULL ? xj_cli_call(cli, client, "GET", full, NULL, &page) : xj_fail(cli, XJ_ENOMEM, NULL);
        xj_buf_free(&with);
        if (rc != XJ_EXIT_OK)
            break;
        next = json_incref(json_object_get(page, "next"));
        if (*ret == NULL)
            *ret = json_incref(page);
        else if (json_array_extend(json_object_get(*ret, "cases"), json_object_get(page, "cases")) != 0)
            rc = xj_fail(cli, XJ_ENOMEM, NULL);
        json_decref(page);
    } while (rc == XJ_EXIT_OK && json_is_string(next));
    json_decref(next);
    return rc;
}

static int put_out(struct xj_cli *cli, const struct asked *a, const json_t *answer)
{
    int rc = XJ_EXIT_OK;
    if (a->csv != NULL)
        rc = xj_stats_write_csv(cli, answer, a->csv);
    if (a->xlsx != NULL && rc == XJ_EXIT_OK)
        rc = xj_stats_write_xlsx(cli, answer, a->xlsx);
    if (a->csv != NULL || a->xlsx != NULL) {
        if (rc == XJ_EXIT_OK)
            xj_tell(cli, "报表摘要 %s", "digest of the report: %s", xj_look_str(answer, "digest"));
        return rc;
    }
    if (cli->json) {
        xj_cli_print_json(cli, answer);
        return XJ_EXIT_OK;
    }
    return a->cases ? show_cases(cli, answer) : show(cli, answer);
}

static int ask(struct xj_cli *cli, const struct asked *a, const char *period)
{
    struct xj_buf path;
    json_t *answer = NULL;
    int rc;
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client == NULL)
        return rc;
    xj_buf_init(&path, 4096);
    const char *full = path_of(a, period, &path);
    if (full == NULL)
        rc = xj_fail(cli, XJ_ENOMEM, NULL);
    else
        rc = a->cases ? get_cases(cli, client, full, &answer) : xj_cli_call(cli, client, "GET", full, NULL, &answer);
    if (rc == XJ_EXIT_OK)
        rc = put_out(cli, a, answer);
    json_decref(answer);
    xj_buf_free(&path);
    xj_client_close(client);
    return rc;
}

int xj_cmd_stats(struct xj_cli *cli, int argc, char **argv)
{
    struct asked a = {.by = NULL};
    int n;
    const struct xj_option options[] = {{.name = "by", .value = &a.by}, {.name = "area", .value = &a.area}, {.name = "agency", .value = &a.agency},
                                        {.name = "sector", .value = &a.sector}, {.name = "charge", .value = &a.charge}, {.name = "stage", .value = &a.stage},
                                        {.name = "statistic", .value = &a.statistic}, {.name = "procedure", .value = &a.procedure},
                                        {.name = "csv", .value = &a.csv}, {.name = "xlsx", .value = &a.xlsx}, {.name = "recompute", .value = &a.recompute},
                                        {.name = "compare", .flag = &a.compare}, {.name = "cases", .flag = &a.cases}, {.name = "undated", .flag = &a.undated}};
    const int wrong = xj_options(cli, argc, argv, options, sizeof options / sizeof options[0], USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (a.recompute != NULL)
        return n <= 1 ? xj_stats_recompute(cli, a.recompute, n == 1 ? argv[1] : NULL) : xj_usage(cli, USAGE);
    if (n != 1 || (a.cases && (a.statistic == NULL || a.csv != NULL || a.xlsx != NULL)) || (a.undated && !a.cases))
        return xj_usage(cli, USAGE);
    return ask(cli, &a, argv[1]);
}
