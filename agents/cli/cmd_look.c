/* `status` and `due`. Spec: spec/10-api.md, section 4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"

int xj_look_then(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *),
                 int (*then)(struct xj_cli *, struct xj_client *, const json_t *))
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
    if (rc == XJ_EXIT_OK && !cli->json && then != NULL)
        rc = then(cli, client, answer);
    json_decref(answer);
    xj_client_close(client);
    return rc;
}

int xj_look_get(struct xj_cli *cli, const char *path, int (*show)(struct xj_cli *, const json_t *))
{
    return xj_look_then(cli, path, show, NULL);
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

const char *xj_look_name(const json_t *o, const char *name_key, const char *id_key)
{
    const char *name = xj_look_str(o, name_key);
    return *name ? name : xj_look_str(o, id_key);
}

const char *xj_look_severity(const struct xj_cli *cli, const json_t *alert)
{
    const char *severity = xj_look_str(alert, "severity");
    return strcmp(severity, "red") == 0     ? xj_pick(cli, "红色", "red")
           : strcmp(severity, "amber") == 0 ? xj_pick(cli, "黄色", "amber")
                                            : xj_pick(cli, "提示", "notice");
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

static json_int_t whole(const json_t *j, const char *key)
{
    return json_integer_value(json_object_get(j, key));
}

static const char *state_word(const struct xj_cli *cli, const char *state)
{
    static const char *const words[][2] = {{"ready", "正常"}, {"offline", "没有连上交换中心"}, {"recovering", "本机账本丢失或为旧备份：正从交换中心取回"},
                                           {"exchange_lost", "交换中心正在恢复：排队，暂不发送"}, {"inconsistent", "两边账本不一致：已停止"},
                                           {"superseded", "另一台机器在用本单位的密钥：已停止"}, {"faulty", "交换中心读不懂本机的文书：已停止"}};
    for (size_t i = 0; cli->zh && i < sizeof words / sizeof words[0]; i++)
        if (strcmp(state, words[i][0]) == 0)
            return words[i][1];
    return state;
}

static int show_status(struct xj_cli *cli, const json_t *j)
{
    const char *why = xj_look_str(j, cli->zh ? "why_zh" : "why_en");
    xj_print(cli, "机关：%s（%s）\n", "agency: %s (%s)\n", xj_look_str(j, "name"), xj_look_str(j, "agency"));
    xj_print(cli, "状态：%s\n", "state: %s\n", state_word(cli, xj_look_str(j, "state")));
    if (*why)
        xj_print(cli, "原因：%s\n", "why: %s\n", why);
    if (!json_is_true(json_object_get(j, "exchange_reachable"))) {
        const char *heard = xj_look_str(j, "last_heard");
        xj_print(cli, "交换中心：连不上，最近一次收到它的消息：%s；%lld 件发文在排队\n", "exchange: not reachable, last heard: %s; %lld own acts are queued\n",
                 *heard ? heard : cli->zh ? "本次启动以来没有" : "not since the start", (long long)(whole(j, "own_number") - whole(j, "own_answered")));
    }
    xj_print(cli, "发文：已入账 %lld，已答复 %lld，已证明送达 %lld\n", "own acts: %lld in the ledger, %lld answered, %lld proved stored\n",
             (long long)whole(j, "own_number"), (long long)whole(j, "own_answered"), (long long)whole(j, "own_proved"));
    xj_print(cli, "收文：%lld / %lld\n", "mailbox: %lld of %lld\n", (long long)whole(j, "mailbox"), (long long)whole(j, "mailbox_head"));
    xj_print(cli, "送达回报：%lld / %lld\n", "feed: %lld of %lld\n", (long long)whole(j, "feed"), (long long)whole(j, "feed_head"));
    xj_print(cli, "登记簿：%lld / %lld\n", "register: %lld of %lld\n", (long long)whole(j, "register"), (long long)whole(j, "register_head"));
    xj_print(cli, "账本：%lld 条，视图已折叠 %lld\n", "ledger: %lld entries, %lld of them in the view\n", (long long)whole(j, "ledger_size"),
             (long long)whole(j, "view_applied"));
    xj_print(cli, "磁盘余量：%lld MiB\n", "free disk: %lld MiB\n", (long long)(whole(j, "disk_free_bytes") / (1024 * 1024)));
    xj_print(cli, "异常：%lld\n", "incidents: %lld\n", (long long)whole(j, "incidents"));
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
