/* `why`: the chain behind a date or an alert. Spec: spec/10-api.md, section 4; spec/12-detection.md. */
#include <stdio.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"

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

/* The row of the filing standards behind a figure. */
static void show_line(const struct xj_cli *cli, const json_t *figures)
{
    const json_t *one;
    size_t i;
    json_array_foreach(figures, i, one)
        if (*xj_look_str(one, "line"))
            fprintf(cli->out, "    %s%s\n", xj_pick(cli, "标准：", "standard: "), xj_look_str(one, cli->zh ? "line" : "line_en"));
}

/* One line for each thing that became of it, with its ledger entry. */
static void show_told(const struct xj_cli *cli, const json_t *told)
{
    static const char *const events[][3] = {{"raised", "告知", "raised"}, {"delivered", "查阅", "delivered"}, {"acknowledged", "签收", "acknowledged"},
                                            {"cleared", "解除", "cleared"}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        const json_t *e = json_object_get(told, events[i][0]);
        if (!json_is_object(e))
            continue;
        xj_print(cli, "    账本第 %lld 条", "    entry %lld", (long long)json_integer_value(json_object_get(e, "entry")));
        fprintf(cli->out, "  %s  %s  %s\n", xj_pick(cli, events[i][1], events[i][2]), xj_look_str(e, "by"), xj_look_str(e, "reason"));
    }
}

static void show_alert(struct xj_cli *cli, const json_t *a)
{
    fprintf(cli->out, "%s %s  %s  %s\n    %s\n", xj_look_str(a, "rule"), xj_look_str(a, cli->zh ? "mode" : "mode_en"),
            json_is_true(json_object_get(a, "cleared")) ? xj_pick(cli, "已消除", "cleared") : xj_look_severity(cli, a),
            xj_look_name(json_object_get(a, "answerable"), "name", "agency"), xj_look_str(a, cli->zh ? "why" : "why_en"));
    show_source(cli, a);
    show_line(cli, json_object_get(a, "figures"));
    show_told(cli, json_object_get(a, "told"));
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
