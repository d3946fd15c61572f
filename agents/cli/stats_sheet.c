#include "agents/cli/stats_sheet.h"

#include <string.h>

#include "agents/cli/look.h"

static enum xj_err each_of(const json_t *statistics, const json_t *line, const json_t *figures, xj_stats_visit *visit, void *arg)
{
    const json_t *one;
    size_t i;
    enum xj_err err = XJ_OK;
    json_array_foreach(statistics, i, one)
    {
        const struct xj_stats_row row = {line, one, json_object_get(figures, xj_look_str(one, "id"))};
        if (err == XJ_OK && row.figure != NULL)
            err = visit(arg, &row);
    }
    return err;
}

enum xj_err xj_stats_each(const json_t *report, xj_stats_visit *visit, void *arg)
{
    const json_t *statistics = json_object_get(report, "statistics"), *line;
    size_t i;
    enum xj_err err = each_of(statistics, NULL, json_object_get(report, "total"), visit, arg);
    json_array_foreach(json_object_get(report, "lines"), i, line)
        if (err == XJ_OK)
            err = each_of(statistics, line, json_object_get(line, "figures"), visit, arg);
    return err;
}

const json_t *xj_stats_number(const struct xj_stats_row *row)
{
    const char *kind = xj_look_str(row->statistic, "kind");
    return json_object_get(row->figure, strcmp(kind, "rate") == 0 ? "permille" : strcmp(kind, "sum") == 0 ? "sum" : "n");
}

/* Fen as yuan, thousandths as percent, exactly. */
static void shift(json_int_t number, int digits, const char *tail, char out[XJ_STATS_TEXT])
{
    const json_int_t unit = digits == 2 ? 100 : 10, size = number < 0 ? -number : number;
    snprintf(out, XJ_STATS_TEXT, "%s%lld.%0*lld%s", number < 0 ? "-" : "", (long long)(size / unit), digits, (long long)(size % unit), tail);
}

const char *xj_stats_text(const struct xj_stats_row *row, const json_t *number, char out[XJ_STATS_TEXT])
{
    const char *unit = xj_look_str(row->statistic, "unit");
    if (!json_is_integer(number))
        return "–";
    if (strcmp(unit, "fen") == 0)
        shift(json_integer_value(number), 2, "", out);
    else if (strcmp(unit, "permille") == 0)
        shift(json_integer_value(number), 1, "%", out);
    else
        snprintf(out, XJ_STATS_TEXT, "%lld", (long long)json_integer_value(number));
    return out;
}

const char *xj_stats_unit(const struct xj_cli *cli, const struct xj_stats_row *row)
{
    static const char *const words[][3] = {{"acts", "件次", "acts"}, {"cases", "案", "cases"},     {"parties", "人", "parties"},
                                           {"duties", "项", "duties"}, {"fen", "元", "yuan"}, {"permille", "", ""}};
    const char *unit = xj_look_str(row->statistic, "unit");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(unit, words[i][0]) == 0)
            return xj_pick(cli, words[i][1], words[i][2]);
    return "";
}

bool xj_stats_empty(const struct xj_stats_row *row)
{
    static const char *const keys[] = {"n", "per", "undated", "before"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (json_integer_value(json_object_get(row->figure, keys[i])) != 0)
            return false;
    return true;
}

/* ---- the basis ---- */

static void text_of(const json_t *o, const char *key, char *out, size_t size)
{
    const json_t *one = json_object_get(o, key);
    out[0] = '\0';
    if (json_is_integer(one))
        snprintf(out, size, "%lld", (long long)json_integer_value(one));
    else if (json_is_string(one))
        snprintf(out, size, "%s", json_string_value(one));
}

enum xj_err xj_stats_each_basis(const struct xj_cli *cli, const json_t *answer, xj_stats_pair *pair, void *arg)
{
    static const struct {
        const char *in, *key, *zh, *en;
    } pairs[] = {{"query", "period", "期间", "period"},          {"query", "by", "分组", "by"},
                 {"query", "area", "区划", "area"},              {"query", "agency", "机关", "agency"},
                 {"query", "sector", "领域", "sector"},          {"query", "charge", "罪名", "charge"},
                 {"query", "stage", "阶段", "stage"},            {"query", "statistic", "统计项", "statistic"},
                 {"basis", "agency", "出具机关", "reported by"}, {"basis", "as_of", "截至", "as of"},
                 {"basis", "ledger_size", "账本条数", "ledger entries"}, {"basis", "root", "账本根", "ledger root"},
                 {"basis", "register", "登记簿编号", "register number"}, {"basis", "procedure", "程序", "procedure"},
                 {"basis", "revision", "程序版本", "revision"},  {"basis", "calendar", "日历摘要", "calendar digest"}};
    const json_t *report = json_object_get(answer, "report");
    char text[256];
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && err == XJ_OK; i++) {
        text_of(json_object_get(report, pairs[i].in), pairs[i].key, text, sizeof text);
        if (text[0] != '\0')
            err = pair(arg, xj_pick(cli, pairs[i].zh, pairs[i].en), text);
    }
    text_of(answer, "digest", text, sizeof text);
    return err == XJ_OK ? pair(arg, xj_pick(cli, "报表摘要", "digest of the report"), text) : err;
}

/* ---- what is to be noticed ---- */

const char *xj_stats_state(const struct xj_cli *cli, const char *state)
{
    static const char *const words[][3] = {{"unconnected", "未接入", "not connected"}, {"never", "从未发出", "never sent"}, {"silent", "本期未发出", "silent"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(state, words[i][0]) == 0)
            return xj_pick(cli, words[i][1], words[i][2]);
    return state;
}

static long long whole(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

void xj_stats_flag(const struct xj_cli *cli, const json_t *flag, struct xj_buf *out)
{
    const char *name = xj_look_name(flag, "name", "agency");
    xj_buf_reset(out);
    xj_buf_addf(out, "%s %s：", xj_look_str(flag, "rule"), name);
    if (json_object_get(flag, "state") != NULL)
        xj_buf_addf(out, "%s", xj_stats_state(cli, xj_look_str(flag, "state")));
    else
        xj_buf_addf(out, cli->zh ? "%s %lld/%lld，其余单位 %lld/%lld；若各单位相同，偶然如此者 %lld 次中一次（比较 %lld 个单位）"
                                 : "%s %lld of %lld, the others %lld of %lld; were all alike, chance would give it once in %lld (%lld agencies compared)",
                    xj_look_str(flag, "statistic"), whole(flag, "of"), whole(flag, "per"), whole(flag, "rest_of"), whole(flag, "rest_per"),
                    whole(flag, "odds"), whole(flag, "tested"));
}
