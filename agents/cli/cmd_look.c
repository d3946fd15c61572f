/* `status`, `case list|show`, `due`: what the agent holds, for people. Spec: spec/10-api.md, section 4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/options.h"
#include "agents/cli/table.h"

/* One GET; the answer is printed as it is with --json, else handed to show. */
static int get(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *))
{
    int rc;
    json_t *answer = NULL;
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client == NULL)
        return rc;
    rc = xj_cli_call(cli, client, "GET", path, NULL, &answer);
    if (rc == XJ_EXIT_OK && cli->json)
        xj_cli_print_json(cli, answer);
    else if (rc == XJ_EXIT_OK)
        rc = show(cli, answer);
    json_decref(answer);
    xj_client_close(client);
    return rc;
}

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

/* Date and minute of an instant; "" for none. */
static const char *minute(const json_t *o, const char *key, char out[20])
{
    const char *s = str(o, key);
    out[0] = '\0';
    if (strlen(s) >= 16)
        snprintf(out, 20, "%.10s %.5s", s, s + 11);
    return out;
}

static int show_status(struct xj_cli *cli, const json_t *j)
{
    static const struct { const char *key, *zh, *en; } rows[] = {
        {"agency", "机关代码", "agency"}, {"name", "名称", "name"}, {"state", "状态", "state"}, {"why", "原因", "why"},
        {"epoch", "期次", "epoch"}, {"exchange_reachable", "交换中心可达", "exchange reachable"},
        {"own_number", "已登记发文", "own acts"}, {"own_answered", "已答复", "answered"}, {"own_proved", "已证明送达", "proved stored"},
        {"mailbox", "收文", "mailbox"}, {"mailbox_head", "收文应有", "mailbox head"}, {"feed", "送达回报", "feed"},
        {"feed_head", "送达回报应有", "feed head"}, {"register", "登记簿", "register"}, {"ledger_size", "账本条目", "ledger entries"},
        {"view_applied", "视图已折叠", "view applied"}, {"incidents", "异常", "incidents"}, {"version", "版本", "version"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const json_t *v = json_object_get(j, rows[i].key);
        if (v == NULL || json_is_null(v) || (json_is_string(v) && !*json_string_value(v)))
            continue;
        char *text = json_is_string(v) ? strdup(json_string_value(v)) : json_dumps(v, JSON_ENCODE_ANY);
        fprintf(cli->out, "%s: %s\n", xj_pick(cli, rows[i].zh, rows[i].en), text != NULL ? text : "?");
        free(text);
    }
    return XJ_EXIT_OK;
}

int xj_cmd_status(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    const int wrong = xj_options(cli, argc, argv, NULL, 0, "status", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    return n == 0 ? get(cli, "/api/status", show_status) : xj_usage(cli, "status");
}

static int show_due(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {
        {.key = "due", .zh = "到期", .en = "DUE"}, {.key = "id", .zh = "期限", .en = "DUTY"}, {.key = "what", .zh = "事项", .en = "WHAT"},
        {.key = "who", .zh = "承办", .en = "WHO"}, {.key = "status", .zh = "状态", .en = "STATUS"}, {.key = "title", .zh = "案件", .en = "CASE"},
        {.key = "cite", .zh = "依据", .en = "SOURCE", .wrap = true}};
    struct xj_table *t = xj_table_new(cli, "duties", columns, sizeof columns / sizeof columns[0]);
    const json_t *d;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "duties"), i, d)
    {
        char due[20], status[64];
        const bool overdue = json_is_true(json_object_get(d, "overdue"));
        snprintf(status, sizeof status, "%s%s", overdue ? xj_pick(cli, "逾期", "overdue") : str(d, "status"),
                 json_is_true(json_object_get(d, "provisional")) ? xj_pick(cli, "（暂定）", " (provisional)") : "");
        const char *cells[] = {minute(d, "due", due), str(d, "id"), str(d, cli->zh ? "zh" : "en"), str(d, "obligor_name"), status,
                               str(d, "title"), str(d, "cite")};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, overdue);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

int xj_cmd_due(struct xj_cli *cli, int argc, char **argv)
{
    const char *within = NULL;
    bool all = false;
    int n;
    char path[128], *end = NULL;
    const struct xj_option options[] = {{.name = "within", .value = &within}, {.name = "all", .flag = &all}};
    const int wrong = xj_options(cli, argc, argv, options, 2, "due [--within DAYS] [--all]", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    const long days = within != NULL ? strtol(within, &end, 10) : -1;
    if (n != 0 || (within != NULL && (*within == '\0' || *end != '\0' || days < 0 || days > 36500)))
        return xj_usage(cli, "due [--within DAYS] [--all]");
    snprintf(path, sizeof path, "/api/due?all=%d", all);
    if (within != NULL)
        snprintf(path + strlen(path), sizeof path - strlen(path), "&within_days=%ld", days);
    return get(cli, path, show_due);
}

static int show_cases(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {
        {.key = "id", .zh = "案件", .en = "CASE"}, {.key = "title", .zh = "案名", .en = "TITLE"}, {.key = "opener", .zh = "立案来源", .en = "OPENED BY"},
        {.key = "acts", .zh = "文书", .en = "ACTS", .right = true}, {.key = "open", .zh = "未结期限", .en = "OPEN DUTIES", .right = true},
        {.key = "overdue", .zh = "逾期", .en = "OVERDUE", .right = true}, {.key = "last", .zh = "最近", .en = "LAST"}};
    struct xj_table *t = xj_table_new(cli, "cases", columns, sizeof columns / sizeof columns[0]);
    const json_t *c;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "cases"), i, c)
    {
        char last[20], acts[24], open[24], overdue[24];
        const json_int_t late = json_integer_value(json_object_get(c, "overdue"));
        const json_t *count = json_object_get(c, "act_count");
        snprintf(acts, sizeof acts, "%lld", (long long)json_integer_value(count != NULL ? count : json_object_get(c, "acts")));
        snprintf(open, sizeof open, "%lld", (long long)json_integer_value(json_object_get(c, "open_duties")));
        snprintf(overdue, sizeof overdue, "%lld", (long long)late);
        const char *cells[] = {str(c, "id"), str(c, "title"), str(c, "opener_name"), acts, open, overdue, minute(c, "last", last)};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, late > 0);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

/* ---- one case as a timeline ---- */

static void put_names(struct xj_cli *cli, const json_t *list)
{
    const json_t *to;
    size_t i;
    json_array_foreach(list, i, to)
    {
        const char *role = str(to, "role");
        fprintf(cli->out, "%s%s%s", i > 0 ? "、" : "", *str(to, "name") ? str(to, "name") : str(to, "agency"),
                strcmp(role, "copy") == 0 ? xj_pick(cli, "（抄送）", " (copy)") : strcmp(role, "notice") == 0 ? xj_pick(cli, "（告知）", " (notice)") : "");
    }
}

static void show_act(struct xj_cli *cli, const json_t *a)
{
    const char *red = cli->colour ? "\033[31m" : "", *plain = cli->colour ? "\033[0m" : "";
    const json_t *occurred = json_object_get(a, "occurred"), *body = json_object_get(a, "body"), *b;
    char when[32] = "";
    if (json_is_object(occurred))
        snprintf(when, sizeof when, "%.10s", str(occurred, "from"));
    else if (strcmp(str(a, "mode"), "live") == 0)
        minute(a, "admitted", when);
    fprintf(cli->out, "  %-16s  %s  %s", *when ? when : xj_pick(cli, "日期不详", "undated"), *str(a, cli->zh ? "zh" : "en") ? str(a, cli->zh ? "zh" : "en") : str(a, "act"),
            *str(a, "from_name") ? str(a, "from_name") : str(a, "from"));
    if (json_array_size(json_object_get(a, "to")) > 0) {
        fputs(" → ", cli->out);
        put_names(cli, json_object_get(a, "to"));
    }
    if (strcmp(str(a, "mode"), "late_entry") == 0)
        fputs(xj_pick(cli, "  [补录]", "  [late entry]"), cli->out);
    fputc('\n', cli->out);
    size_t i;
    json_array_foreach(json_object_get(a, "breaches"), i, b)
        fprintf(cli->out, "  %-16s  %s! %s (%s)%s\n", "", red, str(b, cli->zh ? "text_zh" : "text_en"), str(b, "detail"), plain);
    if (*str(body, "note"))
        fprintf(cli->out, "  %-16s  %s\n", "", str(body, "note"));
}

static int show_case(struct xj_cli *cli, const json_t *j)
{
    const json_t *x;
    size_t i;
    fprintf(cli->out, "%s  %s\n", str(j, "title"), str(j, "id"));
    fprintf(cli->out, "\n%s\n", xj_pick(cli, "经过", "What happened"));
    json_array_foreach(json_object_get(j, "acts"), i, x) show_act(cli, x);
    fprintf(cli->out, "\n%s\n", xj_pick(cli, "现状", "Where it stands"));
    json_array_foreach(json_object_get(j, "rows"), i, x)
    {
        const json_t *s = json_object_get(x, "subject");
        const char *who = json_is_object(s) ? (*str(s, "name") ? str(s, "name") : str(s, "party")) : xj_pick(cli, "全案", "the case");
        fprintf(cli->out, "  %s：%s（%s，%s）\n", cli->zh ? str(x, "zh") : str(x, "track"), cli->zh ? str(x, "state_zh") : str(x, "state"),
                *str(x, "owner_name") ? str(x, "owner_name") : str(x, "owner"), who);
    }
    fprintf(cli->out, "\n%s\n", xj_pick(cli, "期限", "Duties"));
    json_array_foreach(json_object_get(j, "duties"), i, x)
    {
        char start[20], due[20];
        fprintf(cli->out, "  %s %s（%s）  %s → %s  %s  %s\n", str(x, "id"), str(x, cli->zh ? "zh" : "en"), str(x, "obligor_name"),
                minute(x, "start", start), minute(x, "due", due),
                json_is_true(json_object_get(x, "overdue")) ? xj_pick(cli, "逾期", "overdue") : str(x, "status"), str(x, "cite"));
    }
    return XJ_EXIT_OK;
}

#define CASE_USAGE "case list [--query TEXT] [--track T] [--state S] | case show ID"

int xj_cmd_case(struct xj_cli *cli, int argc, char **argv)
{
    const char *query = NULL, *track = NULL, *state = NULL;
    int n;
    const struct xj_option options[] = {{.name = "query", .value = &query}, {.name = "track", .value = &track}, {.name = "state", .value = &state}};
    const int wrong = xj_options(cli, argc, argv, options, 3, CASE_USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    int rc;
    if (n == 2 && strcmp(argv[1], "show") == 0) {
        xj_buf_add_str(&path, "/api/cases/");
        xj_client_escape(&path, argv[2]);
        rc = xj_buf_cstr(&path) != NULL ? get(cli, xj_buf_cstr(&path), show_case) : XJ_EXIT_USAGE;
    } else if (n == 1 && strcmp(argv[1], "list") == 0) {
        const char *const names[] = {"q", "track", "state"}, *const values[] = {query, track, state};
        xj_buf_add_str(&path, "/api/cases?limit=500");
        for (size_t i = 0; i < 3; i++)
            if (values[i] != NULL) {
                xj_buf_addf(&path, "&%s=", names[i]);
                xj_client_escape(&path, values[i]);
            }
        rc = xj_buf_cstr(&path) != NULL ? get(cli, xj_buf_cstr(&path), show_cases) : XJ_EXIT_USAGE;
    } else {
        rc = xj_usage(cli, CASE_USAGE);
    }
    xj_buf_free(&path);
    return rc;
}
