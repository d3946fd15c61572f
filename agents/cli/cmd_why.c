/* `alerts` and `why`: what goes wrong, and the chain behind it. Spec: spec/10-api.md, section 4; spec/12-detection.md. */
#include <stdio.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"

static int show_alerts(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {
        {.key = "severity", .zh = "级别", .en = "SEVERITY"}, {.key = "rule", .zh = "规则", .en = "RULE"}, {.key = "mode", .zh = "类型", .en = "MODE"},
        {.key = "since", .zh = "自", .en = "SINCE"}, {.key = "who", .zh = "单位", .en = "WHO"}, {.key = "title", .zh = "案件", .en = "CASE"},
        {.key = "why", .zh = "为什么", .en = "WHY", .wrap = true}, {.key = "cite", .zh = "依据", .en = "SOURCE", .wrap = true}};
    struct xj_table *t = xj_table_new(cli, "alerts", columns, sizeof columns / sizeof columns[0]);
    const json_t *a;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "alerts"), i, a)
    {
        char since[20];
        const bool cleared = json_is_true(json_object_get(a, "cleared"));
        xj_look_minute(a, "since", since);
        since[strlen(since) < 10 ? strlen(since) : 10] = '\0';
        const char *cells[] = {cleared ? xj_pick(cli, "已消除", "cleared") : xj_look_severity(cli, a), xj_look_str(a, "rule"),
                               xj_look_str(a, cli->zh ? "mode" : "mode_en"), since,
                               xj_look_name(json_object_get(a, "answerable"), "name", "agency"), xj_look_str(a, "title"),
                               xj_look_str(a, cli->zh ? "why" : "why_en"), xj_look_str(a, "cite")};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, !cleared && strcmp(xj_look_str(a, "severity"), "red") == 0);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

int xj_cmd_alerts(struct xj_cli *cli, int argc, char **argv)
{
    const char *rule = NULL;
    bool all = false;
    int n;
    char path[128];
    const struct xj_option options[] = {{.name = "rule", .value = &rule}, {.name = "all", .flag = &all}};
    const int wrong = xj_options(cli, argc, argv, options, 2, "alerts [--rule RULE] [--all]", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n != 0 || (rule != NULL && strspn(rule, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(rule)) || (rule != NULL && strlen(rule) > 48))
        return xj_usage(cli, "alerts [--rule RULE] [--all]");
    snprintf(path, sizeof path, "/api/alerts?all=%d%s%s", all, rule != NULL ? "&rule=" : "", rule != NULL ? rule : "");
    return xj_look_get(cli, path, show_alerts);
}

/* ---- why ---- */

static void show_chain(const struct xj_cli *cli, const json_t *chain)
{
    const json_t *one;
    size_t i;
    json_array_foreach(chain, i, one)
    {
        char day[20];
        xj_look_minute(one, "occurred", day);
        xj_print(cli, "    账本第 %lld 条", "    entry %lld", (long long)json_integer_value(json_object_get(one, "entry")));
        fprintf(cli->out, "  %.10s  %s  %s\n      %s\n", *day ? day : "–", xj_look_str(one, cli->zh ? "zh" : "en"),
                xj_look_name(one, "from_name", "from"), xj_look_str(one, "id"));
    }
}

static void show_source(const struct xj_cli *cli, const json_t *o)
{
    fprintf(cli->out, "    %s%s%s\n", xj_pick(cli, "依据：", "source: "), xj_look_str(o, "cite"),
            strcmp(xj_look_str(o, "tag"), "U") == 0 ? xj_pick(cli, "（未经核实，不作为法律依据）", " (not confirmed, no law)") : "");
}

static void show_duty(struct xj_cli *cli, const json_t *d)
{
    const json_t *line;
    size_t i;
    fprintf(cli->out, "%s %s  %s  %s\n", xj_look_str(d, "id"), xj_look_str(d, cli->zh ? "zh" : "en"), xj_look_str(d, "obligor_name"), xj_look_status(cli, d));
    show_source(cli, d);
    json_array_foreach(json_object_get(d, "reckoning"), i, line)
        fprintf(cli->out, "    %s%s\n", i == 0 ? xj_pick(cli, "推算：", "reckoned: ") : xj_pick(cli, "最迟：", "at the latest: "), json_string_value(line));
    show_chain(cli, json_object_get(d, "chain"));
}

static void show_alert(struct xj_cli *cli, const json_t *a)
{
    fprintf(cli->out, "%s %s  %s  %s\n    %s\n", xj_look_str(a, "rule"), xj_look_str(a, cli->zh ? "mode" : "mode_en"),
            json_is_true(json_object_get(a, "cleared")) ? xj_pick(cli, "已消除", "cleared") : xj_look_severity(cli, a),
            xj_look_name(json_object_get(a, "answerable"), "name", "agency"), xj_look_str(a, cli->zh ? "why" : "why_en"));
    show_source(cli, a);
    if (json_is_true(json_object_get(a, "history")))
        fprintf(cli->out, "    %s\n", xj_pick(cli, "起因是补录：补录中没有的，不能证明没有发生", "entered late: what a history does not contain proves nothing"));
    show_chain(cli, json_object_get(a, "evidence"));
}

static int show_why(struct xj_cli *cli, const json_t *j)
{
    const json_t *one;
    size_t i;
    if (json_array_size(json_object_get(j, "duties")) + json_array_size(json_object_get(j, "alerts")) == 0) {
        xj_print(cli, "%s\n", "%s\n", xj_pick(cli, "该案没有这样的期限或者预警", "the case has no such duty or alert"));
        return XJ_EXIT_OK;
    }
    fprintf(cli->out, "%s  %s\n", xj_look_str(j, "title"), xj_look_str(j, "case"));
    json_array_foreach(json_object_get(j, "alerts"), i, one) show_alert(cli, one);
    json_array_foreach(json_object_get(j, "duties"), i, one) show_duty(cli, one);
    return XJ_EXIT_OK;
}

#define WHY "why CASE [DUTY|RULE]"

int xj_cmd_why(struct xj_cli *cli, int argc, char **argv)
{
    int n;
    struct xj_buf path;
    const int wrong = xj_options(cli, argc, argv, NULL, 0, WHY, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n < 1 || n > 2)
        return xj_usage(cli, WHY);
    xj_buf_init(&path, 8192);
    xj_buf_add_str(&path, "/api/cases/");
    xj_client_escape(&path, argv[1]);
    xj_buf_add_str(&path, "/why");
    if (n == 2) {
        xj_buf_add_str(&path, "?of=");
        xj_client_escape(&path, argv[2]);
    }
    const char *text = xj_buf_cstr(&path);
    const int rc = text != NULL ? xj_look_get(cli, text, show_why) : xj_usage(cli, WHY);
    xj_buf_free(&path);
    return rc;
}
