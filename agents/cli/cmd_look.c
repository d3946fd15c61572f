/* `status` and `due`. Spec: spec/10-api.md, section 4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"

int xj_look_get(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *))
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

const char *xj_look_str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

const char *xj_look_minute(const json_t *o, const char *key, char out[20])
{
    const char *s = xj_look_str(o, key);
    out[0] = '\0';
    if (strlen(s) >= 16)
        snprintf(out, 20, "%.10s %.5s", s, s + 11);
    return out;
}

const char *xj_look_status(const struct xj_cli *cli, const json_t *duty)
{
    static const char *const words[][3] = {{"open", "未到期", "open"}, {"met", "已履行", "met"}, {"late", "逾期履行", "met late"},
                                           {"undatable", "无法推算", "no date can be told"}};
    const char *status = xj_look_str(duty, "status");
    if (json_is_true(json_object_get(duty, "overdue")))
        return xj_pick(cli, "逾期", "overdue");
    if (json_is_true(json_object_get(duty, "paused")))
        return xj_pick(cli, "中止", "paused");
    if (strcmp(status, "open") == 0 && json_is_true(json_object_get(duty, "start_open_ended")))
        return xj_pick(cli, "起算日不详", "start uncertain"); /* the date shown is the earliest it can be */
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(status, words[i][0]) == 0)
            return xj_pick(cli, words[i][1], words[i][2]);
    return status;
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
    return n == 0 ? xj_look_get(cli, "/api/status", show_status) : xj_usage(cli, "status");
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
        snprintf(status, sizeof status, "%s%s", xj_look_status(cli, d),
                 json_is_true(json_object_get(d, "provisional")) ? xj_pick(cli, "（暂定）", " (provisional)") : "");
        const char *cells[] = {xj_look_minute(d, "due", due), xj_look_str(d, "id"), xj_look_str(d, cli->zh ? "zh" : "en"), xj_look_str(d, "obligor_name"), status,
                               xj_look_str(d, "title"), xj_look_str(d, "cite")};
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
    return xj_look_get(cli, path, show_due);
}
