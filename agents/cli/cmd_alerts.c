/* `alerts` and `warnings`: what goes wrong, which limits run out, and what people did with it. Spec: spec/10-api.md, section 4;
 * spec/12-detection.md, section 5. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"

#define PREFIX_MIN 6u

/* What is told under a key, as `alerts` and `warnings` show it: {"key", "stage", "state", …}, or NULL. */
static const json_t *told_of(const json_t *one)
{
    const json_t *told = json_object_get(one, "told");
    return json_is_object(told) ? told : json_object_get(one, "raised") != NULL ? one : NULL;
}

static const char *state_of(const struct xj_cli *cli, const json_t *told)
{
    static const char *const words[][3] = {{"raised", "新", "new"}, {"delivered", "已读", "seen"}, {"acknowledged", "已签收", "acknowledged"},
                                           {"over", "已消除", "over"}, {"closed", "已解除", "closed"}};
    const char *state = told != NULL ? xj_look_str(told, "state") : "";
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(state, words[i][0]) == 0)
            return xj_pick(cli, words[i][1], words[i][2]);
    return "";
}

static json_t *key_of(const json_t *told)
{
    return json_pack("{s:O, s:O}", "key", json_object_get(told, "key"), "stage", json_object_get(told, "stage"));
}

static int post(struct xj_cli *cli, struct xj_client *client, const char *event, const char *by, const char *reason, json_t *keys, json_t **ret)
{
    json_t *body = json_pack("{s:s, s:s, s:s?, s:O}", "event", event, "by", by, "reason", reason, "keys", keys);
    const int rc = xj_cli_call(cli, client, "POST", "/api/told", body, ret);
    json_decref(body);
    return rc;
}

static const char *login_name(void)
{
    const struct passwd *user = getpwuid(getuid());
    return user != NULL ? user->pw_name : "?";
}

/* Whoever lists them has been shown them: that goes on record once for each. */
static int note_delivered(struct xj_cli *cli, struct xj_client *client, const json_t *shown)
{
    const json_t *alerts = json_object_get(shown, "alerts"), *list = alerts != NULL ? alerts : json_object_get(shown, "warnings");
    json_t *keys = json_array(), *answer = NULL;
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const json_t *told = told_of(one);
        if (told != NULL && strcmp(xj_look_str(told, "state"), "raised") == 0 && json_array_size(keys) < 256)
            json_array_append_new(keys, key_of(told));
    }
    const int rc = json_array_size(keys) > 0 ? post(cli, client, "delivered", login_name(), NULL, keys, &answer) : XJ_EXIT_OK;
    json_decref(keys);
    json_decref(answer);
    return rc;
}

static void short_key(const json_t *one, char out[9])
{
    snprintf(out, 9, "%.8s", xj_look_str(one, "key"));
}

static int show_alerts(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {
        {.key = "severity", .zh = "级别", .en = "SEVERITY"}, {.key = "rule", .zh = "规则", .en = "RULE"}, {.key = "mode", .zh = "类型", .en = "MODE"},
        {.key = "since", .zh = "自", .en = "SINCE"}, {.key = "who", .zh = "单位", .en = "WHO"}, {.key = "title", .zh = "案件", .en = "CASE"},
        {.key = "why", .zh = "为什么", .en = "WHY", .wrap = true}, {.key = "cite", .zh = "依据", .en = "SOURCE", .wrap = true},
        {.key = "key", .zh = "编号", .en = "KEY"}, {.key = "state", .zh = "办理", .en = "STATE"}};
    struct xj_table *t = xj_table_new(cli, "alerts", columns, sizeof columns / sizeof columns[0]);
    const json_t *a;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "alerts"), i, a)
    {
        char since[20], key[9];
        const bool cleared = json_is_true(json_object_get(a, "cleared"));
        xj_look_minute(a, "since", since);
        since[strlen(since) < 10 ? strlen(since) : 10] = '\0';
        short_key(a, key);
        const char *cells[] = {cleared ? xj_pick(cli, "已消除", "cleared") : xj_look_severity(cli, a), xj_look_str(a, "rule"),
                               xj_look_str(a, cli->zh ? "mode" : "mode_en"), since,
                               xj_look_name(json_object_get(a, "answerable"), "name", "agency"), xj_look_str(a, "title"),
                               xj_look_str(a, cli->zh ? "why" : "why_en"), xj_look_str(a, "cite"), key, state_of(cli, told_of(a))};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, !cleared && strcmp(xj_look_str(a, "severity"), "red") == 0);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

static int show_warnings(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {
        {.key = "stage", .zh = "期限已用", .en = "USED"}, {.key = "due", .zh = "到期", .en = "DUE"}, {.key = "duty", .zh = "期限", .en = "DUTY"},
        {.key = "what", .zh = "事项", .en = "WHAT"}, {.key = "title", .zh = "案件", .en = "CASE"},
        {.key = "cite", .zh = "依据", .en = "SOURCE", .wrap = true}, {.key = "key", .zh = "编号", .en = "KEY"}, {.key = "state", .zh = "办理", .en = "STATE"}};
    struct xj_table *t = xj_table_new(cli, "warnings", columns, sizeof columns / sizeof columns[0]);
    const json_t *w;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "warnings"), i, w)
    {
        char stage[32], due[20], key[9];
        const json_int_t percent = json_integer_value(json_object_get(w, "stage"));
        snprintf(stage, sizeof stage, "%lld%%%s", (long long)percent, json_is_true(json_object_get(w, "coalesced")) ? xj_pick(cli, "（补告）", " (late)") : "");
        short_key(w, key);
        const char *cells[] = {stage, xj_look_minute(w, "due", due), xj_look_str(w, "duty"), xj_look_str(w, cli->zh ? "zh" : "en"), xj_look_str(w, "title"),
                               xj_look_str(w, "cite"), key, state_of(cli, w)};
        if (err == XJ_OK)
            err = xj_table_row(t, cells, percent == 100);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

/* ---- ack and close ---- */

/* Adds what begins with prefix among the list's elements to keys; all stages of a limit go together. */
static void match(const json_t *list, const char *prefix, json_t *keys, char first[33], bool *ret_ambiguous)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const json_t *told = told_of(one);
        const char *key = told != NULL ? xj_look_str(told, "key") : "";
        if (*key == '\0' || strncmp(key, prefix, strlen(prefix)) != 0)
            continue;
        if (first[0] != '\0' && strcmp(first, key) != 0)
            *ret_ambiguous = true;
        snprintf(first, 33, "%s", key);
        json_array_append_new(keys, key_of(told));
    }
}

static int find_keys(struct xj_cli *cli, struct xj_client *client, const char *prefix, json_t *keys)
{
    static const char *const lists[][2] = {{"/api/alerts?all=1", "alerts"}, {"/api/warnings", "warnings"}};
    char first[33] = "";
    bool ambiguous = false;
    if (strlen(prefix) < PREFIX_MIN || strspn(prefix, "0123456789abcdef") != strlen(prefix)) {
        xj_tell(cli, "编号至少写前 %u 位（小写十六进制）", "give at least the first %u characters of the key (lower-case hex)", PREFIX_MIN);
        return XJ_EXIT_USAGE;
    }
    for (size_t i = 0; i < 2; i++) {
        json_t *answer = NULL;
        const int rc = xj_cli_call(cli, client, "GET", lists[i][0], NULL, &answer);
        if (rc != XJ_EXIT_OK)
            return rc;
        match(json_object_get(answer, lists[i][1]), prefix, keys, first, &ambiguous);
        json_decref(answer);
    }
    if (ambiguous)
        xj_tell(cli, "有几条预警的编号以 %s 开头，请写全", "several keys begin with %s; give more of it", prefix);
    else if (json_array_size(keys) == 0)
        xj_tell(cli, "没有编号以 %s 开头的已告知预警", "nothing that was told has a key beginning with %s", prefix);
    return ambiguous ? XJ_EXIT_USAGE : json_array_size(keys) == 0 ? XJ_EXIT_NOT_FOUND : XJ_EXIT_OK;
}

static int deal(struct xj_cli *cli, const char *event, const char *prefix, const char *by, const char *reason)
{
    int rc;
    json_t *answer = NULL, *keys = json_array();
    struct xj_client *client = xj_cli_client(cli, &rc);
    if (client != NULL)
        rc = find_keys(cli, client, prefix, keys);
    if (client != NULL && rc == XJ_EXIT_OK)
        rc = post(cli, client, event, by != NULL ? by : login_name(), reason, keys, &answer);
    if (rc == XJ_EXIT_OK && cli->json) {
        xj_cli_print_json(cli, answer);
    } else if (rc == XJ_EXIT_OK) {
        const json_t *entry = json_object_get(json_array_get(json_object_get(answer, "told"), 0), "entry");
        if (json_is_integer(entry))
            xj_print(cli, "已记入账本第 %lld 条\n", "on record as entry %lld of the ledger\n", (long long)json_integer_value(entry));
        else
            xj_print(cli, "此前已经办过，没有重复记录\n", "that was done before; nothing was recorded again\n");
    }
    json_decref(answer);
    json_decref(keys);
    xj_client_close(client);
    return rc;
}

#define ALERTS "alerts [--rule RULE] [--all] | alerts ack KEY [--by NAME] [--note TEXT] | alerts close KEY --reason TEXT [--by NAME]"

int xj_cmd_alerts(struct xj_cli *cli, int argc, char **argv)
{
    const char *rule = NULL, *by = NULL, *note = NULL, *reason = NULL;
    bool all = false;
    int n;
    char path[128];
    const struct xj_option options[] = {{.name = "rule", .value = &rule}, {.name = "all", .flag = &all}, {.name = "by", .value = &by},
                                        {.name = "note", .value = &note}, {.name = "reason", .value = &reason}};
    const int wrong = xj_options(cli, argc, argv, options, 5, ALERTS, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n == 2 && strcmp(argv[1], "ack") == 0 && reason == NULL)
        return deal(cli, "acknowledged", argv[2], by, note);
    if (n == 2 && strcmp(argv[1], "close") == 0 && reason != NULL)
        return deal(cli, "cleared", argv[2], by, reason);
    if (n != 0 || by != NULL || note != NULL || reason != NULL)
        return xj_usage(cli, ALERTS);
    if (rule != NULL && (strspn(rule, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != strlen(rule) || strlen(rule) > 48))
        return xj_usage(cli, ALERTS);
    snprintf(path, sizeof path, "/api/alerts?all=%d%s%s", all, rule != NULL ? "&rule=" : "", rule != NULL ? rule : "");
    return xj_look_then(cli, path, show_alerts, note_delivered);
}

int xj_cmd_warnings(struct xj_cli *cli, int argc, char **argv)
{
    bool all = false;
    int n;
    const struct xj_option options[] = {{.name = "all", .flag = &all}};
    const int wrong = xj_options(cli, argc, argv, options, 1, "warnings [--all]", &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    return n == 0 ? xj_look_then(cli, all ? "/api/warnings?all=1" : "/api/warnings", show_warnings, note_delivered) : xj_usage(cli, "warnings [--all]");
}
