/* `case list` and `case show`: the cases, and one of them from start to end. Spec: spec/10-api.md, section 4. */
#include <stdio.h>
#include <string.h>

#include "agents/cli/look.h"
#include "agents/cli/options.h"
#include "agents/cli/table.h"

#define INDENT "         "

/* ---- list ---- */

static enum xj_err add_case(struct xj_table *t, const json_t *c)
{
    char last[20], acts[24], open[24], overdue[24];
    const json_int_t late = json_integer_value(json_object_get(c, "overdue"));
    snprintf(acts, sizeof acts, "%lld", (long long)json_integer_value(json_object_get(c, "act_count")));
    snprintf(open, sizeof open, "%lld", (long long)json_integer_value(json_object_get(c, "open_duties")));
    snprintf(overdue, sizeof overdue, "%lld", (long long)late);
    const char *cells[] = {xj_look_str(c, "id"), xj_look_str(c, "title"), xj_look_str(c, "opener_name"), acts, open, overdue,
                           xj_look_minute(c, "last", last)};
    return xj_table_row(t, cells, late > 0);
}

static int show_cases(struct xj_cli *cli, const json_t *j)
{
    static const struct xj_column columns[] = {{.key = "id", .zh = "案件", .en = "CASE"},
                                               {.key = "title", .zh = "案名", .en = "TITLE"},
                                               {.key = "opener", .zh = "首发机关", .en = "OPENED BY"},
                                               {.key = "acts", .zh = "行为", .en = "ACTS", .right = true},
                                               {.key = "open", .zh = "未结期限", .en = "OPEN DUTIES", .right = true},
                                               {.key = "overdue", .zh = "逾期", .en = "OVERDUE", .right = true},
                                               {.key = "last", .zh = "最近", .en = "LAST"}};
    struct xj_table *t = xj_table_new(cli, "cases", columns, sizeof columns / sizeof columns[0]);
    const json_t *c;
    size_t i;
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    json_array_foreach(json_object_get(j, "cases"), i, c)
        if (err == XJ_OK)
            err = add_case(t, c);
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}

/* ---- one case: what its parts are called ---- */

/* The element of list whose key has that value, or NULL. */
static const json_t *find(const json_t *list, const char *key, const char *value)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(xj_look_str(one, key), value) == 0)
            return one;
    return NULL;
}

static const char *named(const struct xj_cli *cli, const json_t *o, const char *fallback)
{
    const char *name = xj_look_str(o, cli->zh ? "zh" : "en");
    return *name ? name : xj_look_str(o, fallback);
}

static void put_one(FILE *out, const json_t *list, const char *id)
{
    const json_t *one = find(list, "id", id);
    fputs(one != NULL ? xj_look_str(one, "name") : id, out);
}

/* A party, or a party with a charge, by name; the ids where this agency was told no names. */
static void put_subject(struct xj_cli *cli, const json_t *the_case, const json_t *subject)
{
    const char *charge = xj_look_str(subject, "charge");
    put_one(cli->out, json_object_get(the_case, "parties"), xj_look_str(subject, "party"));
    if (!*charge)
        return;
    fputs(xj_pick(cli, "（", " ("), cli->out);
    put_one(cli->out, json_object_get(the_case, "charges"), charge);
    fputs(xj_pick(cli, "）", ")"), cli->out);
}

static const char *comma(const struct xj_cli *cli, size_t i)
{
    return i == 0 ? "" : xj_pick(cli, "、", ", ");
}

/* ---- an act ---- */

/* The agencies of one role, after lead; nothing when there are none. */
static void put_to(struct xj_cli *cli, const json_t *to, const char *role, const char *lead)
{
    const json_t *one;
    size_t i, n = 0;
    json_array_foreach(to, i, one)
        if (strcmp(xj_look_str(one, "role"), role) == 0) {
            fprintf(cli->out, "%s%s", n == 0 ? lead : comma(cli, n), xj_look_name(one, "name", "agency"));
            n++;
        }
}

static void put_people(struct xj_cli *cli, const json_t *a)
{
    const json_t *to = json_object_get(a, "to"), *joint = json_object_get(a, "joint"), *one;
    size_t i;
    const char *from = xj_look_name(a, "from_name", "from"), *actor = xj_look_str(a, "actor");
    fprintf(cli->out, INDENT "%s", from);
    json_array_foreach(joint, i, one)
        fprintf(cli->out, "%s%s", xj_pick(cli, "、", ", "),
                json_is_string(one) ? json_string_value(one) : xj_look_name(one, "name", "agency"));
    if (*actor)
        fprintf(cli->out, "%s%s", xj_pick(cli, "，代录：", ", recording for "), actor);
    put_to(cli, to, "principal", " → ");
    put_to(cli, to, "copy", xj_pick(cli, "；抄送 ", "; copy to "));
    put_to(cli, to, "subscriber", xj_pick(cli, "；订阅 ", "; subscribed "));
    put_to(cli, to, "notice", xj_pick(cli, "；告知 ", "; notice to "));
    fputc('\n', cli->out);
}

static void put_subjects(struct xj_cli *cli, const json_t *the_case, const json_t *list)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        fputs(i == 0 ? INDENT : comma(cli, i), cli->out);
        put_subject(cli, the_case, one);
    }
    if (i > 0)
        fputc('\n', cli->out);
}

static void put_papers(struct xj_cli *cli, const json_t *list)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        const char *kind = named(cli, one, "kind"), *name = xj_look_str(one, "name");
        fprintf(cli->out, "%s%s", i == 0 ? xj_pick(cli, INDENT "附：", INDENT "with: ") : comma(cli, i), kind);
        if (*name)
            xj_print(cli, "（%s）", " (%s)", name);
    }
    if (i > 0)
        fputc('\n', cli->out);
}

static void put_answers(struct xj_cli *cli, const json_t *the_case, const json_t *list)
{
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one) {
        const char *id = xj_look_str(one, "question");
        const json_t *q = find(json_object_get(the_case, "questions"), "question", id);
        fprintf(cli->out, "%s%s", i == 0 ? xj_pick(cli, INDENT "答复：", INDENT "answers: ") : comma(cli, i),
                q != NULL && cli->zh ? xj_look_str(q, "zh") : id);
    }
    if (i > 0)
        fputc('\n', cli->out);
}

static void put_body(struct xj_cli *cli, const json_t *body)
{
    static const char *const keys[][3] = {{"facts", "事实", "facts"}, {"reasons", "理由", "reasons"}, {"note", "说明", "note"},
                                          {"source", "来源", "source"}, {"grade", "等次", "grade"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (*xj_look_str(body, keys[i][0]))
            fprintf(cli->out, INDENT "%s%s%s\n", xj_pick(cli, keys[i][1], keys[i][2]), xj_pick(cli, "：", ": "),
                    xj_look_str(body, keys[i][0]));
    const json_t *one;
    size_t n;
    json_array_foreach(json_object_get(body, "documents"), n, one)
        fprintf(cli->out, "%s%s", n == 0 ? xj_pick(cli, INDENT "文号：", INDENT "documents: ") : comma(cli, n), json_string_value(one));
    if (n > 0)
        fputc('\n', cli->out);
}

static void put_outcome(struct xj_cli *cli, const json_t *the_case, const json_t *a)
{
    const char *red = cli->colour ? "\033[31m" : "", *plain = cli->colour ? "\033[0m" : "";
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(a, "breaches"), i, one) {
        const char *detail = xj_look_str(one, "detail");
        fprintf(cli->out, INDENT "%s! %s%s%s%s\n", red, xj_look_str(one, cli->zh ? "text_zh" : "text_en"), *detail ? " " : "", detail,
                plain);
    }
    const char *since = xj_look_str(a, "key_compromised_since");
    if (*since)
        fprintf(cli->out, INDENT "%s! %s %.16s%s\n", red,
                xj_pick(cli, "不能证明：签名密钥已报失泄，自", "not proved: the key was reported compromised since"), since, plain);
    json_array_foreach(json_object_get(a, "after"), i, one) {
        const json_t *subject = json_object_get(one, "subject");
        fprintf(cli->out, INDENT "⇒ %s%s%s", xj_look_str(one, cli->zh ? "track_zh" : "track"), xj_pick(cli, "：", ": "),
                xj_look_str(one, cli->zh ? "state_zh" : "state"));
        if (json_is_object(subject)) {
            fputs("  ", cli->out);
            put_subject(cli, the_case, subject);
        }
        fputc('\n', cli->out);
    }
}

/* The day an act belongs to, and the minute where one is known: when it happened, for a live act when it was admitted. */
static void when(const json_t *a, char day[11], char minute[6])
{
    const json_t *occurred = json_object_get(a, "occurred");
    const char *s = json_is_object(occurred) ? xj_look_str(occurred, "from") : "";
    const bool live = strcmp(xj_look_str(a, "mode"), "live") == 0;
    day[0] = minute[0] = '\0';
    if (!*s && live)
        s = xj_look_str(a, "admitted");
    if (strlen(s) >= 16) {
        snprintf(day, 11, "%.10s", s);
        snprintf(minute, 6, "%.5s", live ? s + 11 : "");
    }
}

static bool relation_is(const json_t *a, const char *relation)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(a, "relates"), i, one)
        if (strcmp(xj_look_str(one, "relation"), relation) == 0)
            return true;
    return false;
}

/* One line: what is shared is shown where it belongs. */
static void show_share(struct xj_cli *cli, const json_t *a, const char *minute)
{
    fprintf(cli->out, "  %-5s  %s%s  %s", minute, xj_pick(cli, "转交：", "handed on: "), named(cli, a, "act"),
            xj_look_name(a, "from_name", "from"));
    put_to(cli, json_object_get(a, "to"), "principal", " → ");
    fputc('\n', cli->out);
}

static void put_order(struct xj_cli *cli, const json_t *order)
{
    const bool destroyed = strcmp(xj_look_str(order, "kind"), "destroy") == 0;
    if (destroyed)
        xj_print(cli, INDENT "依%s命令销毁\n", INDENT "destroyed by order %s\n", xj_look_str(order, "number"));
    else
        xj_print(cli, INDENT "依%s命令封存\n", INDENT "restricted by order %s\n", xj_look_str(order, "number"));
}

static void put_asked(struct xj_cli *cli, const json_t *asked)
{
    char minute[20];
    xj_print(cli, INDENT "授权前已密封，已于%s向%s请求转交\n", INDENT "sealed before your grant, asked on %s of %s\n", xj_look_minute(asked, "at", minute),
             xj_look_name(json_object_get(asked, "of"), "name", "agency"));
}

/* day_before: of the act printed before; a day is printed once. */
static void show_act(struct xj_cli *cli, const json_t *the_case, const json_t *a, char day_before[11])
{
    const char *bold = cli->colour ? "\033[1m" : "", *plain = cli->colour ? "\033[0m" : "", *why = xj_look_str(a, "unreadable");
    char day[11], minute[6];
    when(a, day, minute);
    if (strcmp(day, day_before) != 0 || day[0] == '\0')
        fprintf(cli->out, "%s\n", *day ? day : xj_pick(cli, "日期不详", "undated"));
    memcpy(day_before, day, sizeof day);
    if (relation_is(a, "shares")) {
        show_share(cli, a, minute);
        return;
    }
    fprintf(cli->out, "  %-5s  %s%s%s%s  %s\n", minute, bold, named(cli, a, "act"), plain,
            strcmp(xj_look_str(a, "mode"), "late_entry") == 0 ? xj_pick(cli, "  〔补录〕", "  [late entry]") : "", xj_look_str(a, "id"));
    if (json_is_object(json_object_get(a, "shared_by")))
        xj_print(cli, INDENT "由%s转交\n", INDENT "handed on by %s\n", xj_look_name(json_object_get(a, "shared_by"), "name", "agency"));
    put_people(cli, a);
    put_subjects(cli, the_case, json_object_get(a, "subjects"));
    put_answers(cli, the_case, json_object_get(a, "answers"));
    put_papers(cli, json_object_get(a, "papers"));
    if (json_is_object(json_object_get(a, "order")))
        put_order(cli, json_object_get(a, "order"));
    else if (json_is_object(json_object_get(a, "asked")))
        put_asked(cli, json_object_get(a, "asked"));
    else if (*why)
        xj_print(cli, INDENT "正文未能打开：%s\n", INDENT "the text cannot be opened: %s\n", why);
    put_body(cli, json_object_get(a, "body"));
    put_outcome(cli, the_case, a);
}

/* ---- the case ---- */

static void show_head(struct xj_cli *cli, const json_t *j)
{
    static const struct { const char *key, *zh, *en; } lists[] = {{"parties", "当事人：", "parties: "}, {"charges", "罪名：", "charges: "}};
    const char *bold = cli->colour ? "\033[1m" : "", *plain = cli->colour ? "\033[0m" : "";
    const json_t *one;
    size_t i;
    fprintf(cli->out, "%s%s%s\n%s\n", bold, *xj_look_str(j, "title") ? xj_look_str(j, "title") : xj_pick(cli, "（未知案名）", "(no title)"),
            plain, xj_look_str(j, "id"));
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_object_get(j, lists[k].key), i, one)
            fprintf(cli->out, "%s%s", i == 0 ? xj_pick(cli, lists[k].zh, lists[k].en) : comma(cli, i), xj_look_str(one, "name"));
        if (i > 0)
            fputc('\n', cli->out);
    }
}

static void show_rows(struct xj_cli *cli, const json_t *j)
{
    const json_t *one;
    size_t i;
    if (json_array_size(json_object_get(j, "rows")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "现状", "Where it stands"));
    json_array_foreach(json_object_get(j, "rows"), i, one) {
        const json_t *subject = json_object_get(one, "subject");
        fprintf(cli->out, "  %s%s%s  %s", xj_look_str(one, cli->zh ? "zh" : "track"), xj_pick(cli, "：", ": "),
                xj_look_str(one, cli->zh ? "state_zh" : "state"), xj_look_name(one, "owner_name", "owner"));
        if (json_is_object(subject)) {
            fputs(xj_pick(cli, "，", ", "), cli->out);
            put_subject(cli, j, subject);
        }
        fputc('\n', cli->out);
    }
}

static void show_questions(struct xj_cli *cli, const json_t *j)
{
    const json_t *one, *who;
    size_t i, k, n = 0;
    json_array_foreach(json_object_get(j, "questions"), i, one) {
        if (!json_is_true(json_object_get(one, "open")))
            continue;
        if (n++ == 0)
            fprintf(cli->out, "\n%s\n", xj_pick(cli, "待答复", "Not answered yet"));
        fprintf(cli->out, "  %s", xj_look_str(one, cli->zh ? "zh" : "question"));
        json_array_foreach(json_object_get(one, "asked"), k, who)
            fprintf(cli->out, "%s%s", k == 0 ? "  " : comma(cli, k), xj_look_name(who, "name", "agency"));
        fputc('\n', cli->out);
    }
}

static void show_duties(struct xj_cli *cli, const json_t *j)
{
    const json_t *one;
    size_t i;
    if (json_array_size(json_object_get(j, "duties")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "期限", "Duties"));
    json_array_foreach(json_object_get(j, "duties"), i, one) {
        char start[20], due[20];
        const bool bad = json_is_true(json_object_get(one, "overdue")) || strcmp(xj_look_str(one, "status"), "late") == 0;
        xj_look_minute(one, "start", start);
        xj_look_minute(one, "due", due);
        fprintf(cli->out, "  %s%s%s  %s  %s", bad && cli->colour ? "\033[31m" : "", xj_look_status(cli, one),
                bad && cli->colour ? "\033[0m" : "", xj_look_str(one, "id"), named(cli, one, "id"));
        fprintf(cli->out, "  %s  %s → %s%s  %s\n", xj_look_name(one, "obligor_name", "obligor"), *start ? start : "?",
                *due ? due : xj_pick(cli, "无确定日期", "no date"),
                json_is_true(json_object_get(one, "provisional")) ? xj_pick(cli, "（暂定）", " (provisional)") : "",
                xj_look_str(one, "cite"));
    }
}

static void show_alerts(struct xj_cli *cli, const json_t *j)
{
    const json_t *one, *step;
    size_t i, k;
    if (json_array_size(json_object_get(j, "alerts")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "预警", "Alerts"));
    json_array_foreach(json_object_get(j, "alerts"), i, one)
    {
        const bool cleared = json_is_true(json_object_get(one, "cleared"));
        const bool red = !cleared && strcmp(xj_look_str(one, "severity"), "red") == 0;
        fprintf(cli->out, "  %s%s%s  %s  %s  %s\n      %s（%s%s）\n", red && cli->colour ? "\033[31m" : "",
                cleared ? xj_pick(cli, "已消除", "cleared") : xj_look_severity(cli, one), red && cli->colour ? "\033[0m" : "",
                xj_look_str(one, "rule"), xj_look_str(one, cli->zh ? "mode" : "mode_en"),
                xj_look_name(json_object_get(one, "answerable"), "name", "agency"), xj_look_str(one, cli->zh ? "why" : "why_en"),
                xj_look_str(one, "cite"), strcmp(xj_look_str(one, "tag"), "U") == 0 ? xj_pick(cli, "，未经核实", ", not confirmed") : "");
        if (!cleared)
            json_array_foreach(json_object_get(one, "escalate"), k, step)
                fprintf(cli->out, "%s%s", k == 0 ? xj_pick(cli, "      可以：", "      next: ") : " → ", xj_look_str(step, cli->zh ? "zh" : "en"));
        if (!cleared && json_array_size(json_object_get(one, "escalate")) > 0)
            fputc('\n', cli->out);
    }
}

/* 张三：移送涉嫌犯罪案件、立案 销售伪劣产品罪 → 提起公诉 销售假药罪 */
static void show_charges(struct xj_cli *cli, const json_t *j)
{
    const json_t *party, *stage, *one;
    size_t i, k, n;
    if (json_array_size(json_object_get(j, "charges_by_party")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "各阶段罪名", "Charges by stage"));
    json_array_foreach(json_object_get(j, "charges_by_party"), i, party) {
        fprintf(cli->out, "  %s", xj_look_str(party, "name"));
        json_array_foreach(json_object_get(party, "stages"), k, stage) {
            fputs(k == 0 ? xj_pick(cli, "：", ": ") : " → ", cli->out);
            json_array_foreach(json_object_get(stage, "acts"), n, one)
                fprintf(cli->out, "%s%s", n == 0 ? "" : comma(cli, n), named(cli, one, "act"));
            fputc(' ', cli->out);
            json_array_foreach(json_object_get(stage, "charges"), n, one)
                fprintf(cli->out, "%s%s", n == 0 ? "" : comma(cli, n), xj_look_name(one, "name", "id"));
        }
        fputc('\n', cli->out);
    }
}

static void show_links(struct xj_cli *cli, const json_t *j)
{
    const json_t *one;
    size_t i;
    if (json_array_size(json_object_get(j, "links")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "关联案件", "Linked cases"));
    json_array_foreach(json_object_get(j, "links"), i, one) {
        const bool out = strcmp(xj_look_str(one, "direction"), "out") == 0;
        const char *word = xj_look_str(one, cli->zh ? "zh" : "en"), *title = xj_look_str(one, "title");
        fprintf(cli->out, "  %s%s  %s  %s  %s%s\n", out ? xj_pick(cli, "本案", "this case ") : xj_pick(cli, "该案", "that case "), word, xj_look_str(one, "case"),
                title, xj_look_name(one, "by_name", "by"),
                json_is_true(json_object_get(one, "confirmed")) ? xj_pick(cli, "（已印证）", " (confirmed)") : "");
    }
}

static void show_candidates(struct xj_cli *cli, const json_t *j)
{
    const json_t *one, *part;
    size_t i, k;
    if (json_array_size(json_object_get(j, "candidates")) > 0)
        fprintf(cli->out, "\n%s\n", xj_pick(cli, "可能为同一事项", "Perhaps the same matter"));
    json_array_foreach(json_object_get(j, "candidates"), i, one) {
        fprintf(cli->out, "  %s  %s  %s\n" INDENT, xj_look_str(one, "case"), xj_look_str(one, "title"), xj_look_name(one, "opener_name", "opener"));
        json_array_foreach(json_object_get(one, "persons"), k, part)
            fprintf(cli->out, "%s%s（%s %s）", comma(cli, k), xj_look_str(part, "name"), xj_look_str(part, "kind"), xj_look_str(part, "number"));
        json_array_foreach(json_object_get(one, "charges"), k, part)
            fprintf(cli->out, "%s%s", comma(cli, 1), json_string_value(part));
        json_array_foreach(json_object_get(one, "violations"), k, part)
            fprintf(cli->out, "%s%s", comma(cli, 1), json_string_value(part));
        fputc('\n', cli->out);
    }
}

static int show_case(struct xj_cli *cli, const json_t *j)
{
    const json_t *a;
    size_t i;
    char day[11] = "-";
    show_head(cli, j);
    fprintf(cli->out, "\n%s\n", xj_pick(cli, "经过", "What happened"));
    json_array_foreach(json_object_get(j, "acts"), i, a) show_act(cli, j, a, day);
    show_charges(cli, j);
    show_rows(cli, j);
    show_links(cli, j);
    show_candidates(cli, j);
    show_questions(cli, j);
    show_duties(cli, j);
    show_alerts(cli, j);
    return XJ_EXIT_OK;
}

#define USAGE "case list [--query TEXT] [--track T] [--state S] [--open] | case show ID | case share ID|--all-open --to AGENCY --approved-by NAME"

static int list(struct xj_cli *cli, const char *const values[3], bool open)
{
    static const char *const names[] = {"q", "track", "state"};
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    xj_buf_addf(&path, "/api/cases?limit=500&open=%d", open);
    for (size_t i = 0; i < 3; i++)
        if (values[i] != NULL) {
            xj_buf_addf(&path, "&%s=", names[i]);
            xj_client_escape(&path, values[i]);
        }
    const int rc = xj_buf_cstr(&path) != NULL ? xj_look_get(cli, xj_buf_cstr(&path), show_cases) : xj_fail(cli, path.err, NULL);
    xj_buf_free(&path);
    return rc;
}

static int show(struct xj_cli *cli, const char *id)
{
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    xj_buf_add_str(&path, "/api/cases/");
    xj_client_escape(&path, id);
    const int rc = xj_buf_cstr(&path) != NULL ? xj_look_get(cli, xj_buf_cstr(&path), show_case) : xj_fail(cli, path.err, NULL);
    xj_buf_free(&path);
    return rc;
}

int xj_cmd_case(struct xj_cli *cli, int argc, char **argv)
{
    const char *values[3] = {NULL, NULL, NULL};
    bool open = false;
    int n;
    if (argc >= 2 && strcmp(argv[1], "share") == 0)
        return xj_cmd_case_share(cli, argc - 1, argv + 1);
    const struct xj_option options[] = {
        {.name = "query", .value = &values[0]}, {.name = "track", .value = &values[1]}, {.name = "state", .value = &values[2]},
        {.name = "open", .flag = &open}};
    const int wrong = xj_options(cli, argc, argv, options, 4, USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n == 2 && strcmp(argv[1], "show") == 0)
        return show(cli, argv[2]);
    if (n == 1 && strcmp(argv[1], "list") == 0)
        return list(cli, values, open);
    return xj_usage(cli, USAGE);
}
