#include "agents/cli/replay_print.h"

#include <string.h>

#include "agents/cli/look.h"

static const char *str(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s != NULL ? s : "";
}

static const char *name_of(const json_t *result, const char *agency)
{
    const char *s = json_string_value(json_object_get(json_object_get(result, "agencies"), agency));
    return s != NULL ? s : agency;
}

static const char *status_word(const struct xj_cli *cli, const char *status)
{
    static const char *const words[][3] = {{"admitted", "已登记", "admitted"}, {"admitted_with_breach", "已登记，有违规", "admitted with breach"},
                                           {"refused", "被拒绝", "refused"}, {"note", "记事", "note"}, {"met", "按期", "met"}, {"late", "逾期", "late"},
                                           {"open", "未结", "open"}, {"undatable", "无从起算", "undatable"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(status, words[i][0]) == 0)
            return xj_pick(cli, words[i][1], words[i][2]);
    return status;
}

static void print_act(const struct xj_cli *cli, const json_t *result, const json_t *a)
{
    const char *red = cli->colour ? "\033[31m" : "", *plain = cli->colour ? "\033[0m" : "";
    fprintf(cli->out, "  %3lld  %-10s  %s  %s", (long long)json_integer_value(json_object_get(a, "event")),
            *str(a, "date") ? str(a, "date") : "–", str(a, cli->zh ? "zh" : "act"), name_of(result, str(a, "from")));
    const json_t *to;
    size_t i;
    json_array_foreach(json_object_get(a, "to"), i, to) fprintf(cli->out, "%s%s", i ? "、" : " → ", name_of(result, json_string_value(to)));
    fprintf(cli->out, "  [%s]\n", status_word(cli, str(a, "status")));
    json_array_foreach(json_object_get(a, "breaches"), i, to) fprintf(cli->out, "       %s! %s%s\n", red, json_string_value(to), plain);
    if (*str(a, "code"))
        fprintf(cli->out, "       %s%s: %s（%s）%s\n", red, str(a, "code"), str(a, cli->zh ? "why_zh" : "why_en"), str(a, "rule"), plain);
}

static void print_states(const struct xj_cli *cli, const json_t *result, const json_t *rows, const char *who)
{
    const char *key;
    json_t *state;
    json_object_foreach((json_t *)(uintptr_t)rows, key, state)
    {
        const char *at = strchr(key, '@');
        fprintf(cli->out, "  %s  %.*s（%s）: %s\n", who, (int)(at != NULL ? at - key : (long)strlen(key)), key,
                at != NULL ? name_of(result, at + 1) : "", json_string_value(state));
    }
}

void xj_replay_print(const struct xj_cli *cli, const json_t *result)
{
    const json_t *one;
    size_t i;
    const char *key;
    json_t *rows;
    fprintf(cli->out, "\n%s  %s\n", str(result, "case"), str(result, "title"));
    json_array_foreach(json_object_get(result, "acts"), i, one) print_act(cli, result, one);
    fprintf(cli->out, " %s\n", xj_pick(cli, "最后状态", "where it ends"));
    print_states(cli, result, json_object_get(result, "tracks"), xj_pick(cli, "全案", "case"));
    json_object_foreach(json_object_get(result, "subjects"), key, rows) print_states(cli, result, rows, key);
    if (json_array_size(json_object_get(result, "duties")) > 0)
        fprintf(cli->out, " %s\n", xj_pick(cli, "期限", "duties"));
    json_array_foreach(json_object_get(result, "duties"), i, one)
    {
        const char *done = str(one, "done"), *due = str(one, "due");
        fprintf(cli->out, "  %s %s（%s）  %s → %s  %s %s  %s%s\n", str(one, "id"), str(one, "zh"), name_of(result, str(one, "obligor")),
                *str(one, "start") ? str(one, "start") : "–", *due ? due : "–", xj_pick(cli, "完成", "done"), *done ? done : "–",
                status_word(cli, str(one, "status")), strcmp(str(one, "tag"), "U") == 0 ? " [U]" : "");
    }
    if (json_array_size(json_object_get(result, "alerts")) > 0)
        fprintf(cli->out, " %s\n", xj_pick(cli, "预警", "alerts"));
    json_array_foreach(json_object_get(result, "alerts"), i, one)
        fprintf(cli->out, "  %s  %s %s（%s）%s  %s%s\n", xj_look_severity(cli, one), str(one, "id"), str(one, "mode"),
                name_of(result, str(one, "answerable")), *str(one, "subject") ? str(one, "subject") : "", str(one, "why"),
                json_is_true(json_object_get(one, "cleared")) ? xj_pick(cli, "  [已消除]", "  [cleared]") : "");
    json_array_foreach(json_object_get(result, "missing"), i, one) fprintf(cli->out, "  !! %s\n", json_string_value(one));
}

void xj_replay_summary(const struct xj_cli *cli, const json_t *results, bool broken)
{
    size_t i, k, acts = 0, refused = 0, breaches = 0, ledgers = 0, verified = 0, met = 0, late = 0, open = 0, undatable = 0;
    const json_t *r, *one;
    const char *agency;
    json_t *ledger;
    json_array_foreach(results, i, r)
    {
        json_array_foreach(json_object_get(r, "acts"), k, one)
        {
            acts++;
            refused += strcmp(str(one, "status"), "refused") == 0;
            breaches += json_array_size(json_object_get(one, "breaches"));
        }
        json_array_foreach(json_object_get(r, "duties"), k, one)
        {
            met += strcmp(str(one, "status"), "met") == 0;
            late += strcmp(str(one, "status"), "late") == 0;
            open += strcmp(str(one, "status"), "open") == 0;
            undatable += strcmp(str(one, "status"), "undatable") == 0;
        }
        json_object_foreach(json_object_get(r, "ledgers"), agency, ledger)
        {
            ledgers++;
            verified += json_is_true(json_object_get(ledger, "verified"));
        }
    }
    fprintf(cli->out, "\n%s: %zu  %s: %zu  %s: %zu  %s: %zu\n", xj_pick(cli, "案件", "cases"), json_array_size(results),
            xj_pick(cli, "文书", "acts"), acts, xj_pick(cli, "被拒绝", "refused"), refused, xj_pick(cli, "记录违规", "breaches"), breaches);
    fprintf(cli->out, "%s: %s %zu, %s %zu, %s %zu, %s %zu\n", xj_pick(cli, "期限", "duties"), status_word(cli, "met"), met,
            status_word(cli, "late"), late, status_word(cli, "open"), open, status_word(cli, "undatable"), undatable);
    fprintf(cli->out, "%s: %zu / %zu\n%s\n", xj_pick(cli, "账本核验通过", "ledgers that verify"), verified, ledgers,
            xj_pick(cli, "所有文书均按现行程序版本判断，而不是按当时的规定。", "All acts are judged under the current revision of the procedure, not that of their day."));
    if (broken)
        fprintf(cli->out, "%s\n", xj_pick(cli, "有文书未到应到之处，或有账本核验不过。", "An act is not where it belongs, or a ledger does not verify."));
}
