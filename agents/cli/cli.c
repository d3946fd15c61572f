#include "agents/cli/cli.h"
#include "agents/cli/plain.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct command {
    const char *name;
    int (*run)(struct xj_cli *cli, int argc, char **argv);
    const char *zh, *en;
};

static const struct command commands[] = {
    {"status", xj_cmd_status, "代理的状况：连接、收发、登记簿、台账", "the agent's figures: connection, mail, register, ledger"},
    {"submit", xj_cmd_submit, "提交一项行为（移送、回执、受理……）", "submit an act (transfer, receipt, acceptance …)"},
    {"penalty", xj_cmd_penalty, "行政处罚：import 把处罚决定台账（CSV、JSON）录入", "penalties: import a list of decisions (CSV, JSON)"},
    {"case", xj_cmd_case, "案件：list 列表，show 全过程", "cases: list them, show one from start to end"},
    {"paper", xj_cmd_paper, "打开一份材料，存成文件", "open a paper of an act into a file"},
    {"alerts", xj_cmd_alerts, "预警：哪件案子出了问题、为什么", "alerts: which case goes wrong, and why"},
    {"asks", xj_cmd_asks, "待转交：后来的授权要求转交的文书", "asks: what later grants ask this agency to share"},
    {"orders", xj_cmd_orders, "命令：封存、销毁及确认情况", "orders: records restricted or destroyed, and who has confirmed"},
    {"restricted", xj_cmd_restricted, "查阅封存的文书：两人、有理由、留痕", "read a restricted record: two persons, a reason, on record"},
    {"warnings", xj_cmd_warnings, "期限提醒：哪些期限快到了", "warnings: which limits are running out"},
    {"why", xj_cmd_why, "为什么：期限怎样推算、预警依据哪些文书", "why: how a date was reckoned, what an alert rests on"},
    {"due", xj_cmd_due, "期限：谁、何事、何日到期", "duties by date: who owes what until when"},
    {"stats", xj_cmd_stats, "统计：月调度、季统计、年通报，哪些案件，重算核对", "figures by month, quarter, year; the cases behind them; recompute"},
    {"export", xj_cmd_export, "导出一案的证据包，供任何人凭根公钥离线核验", "one case as an evidence bundle that anybody can verify offline"},
    {"verify", xj_cmd_verify, "核验台账文件、正在运行的代理的台账或者证据包", "verify a ledger file, a running agent's ledger, or evidence bundles"},
    {"override", xj_cmd_override, "交换平台连不上时仍要发文：记名负责", "let acts be queued although no exchange has confirmed the ledger"},
    {"backup", xj_cmd_backup, "备份正在运行的代理的账本", "copy the ledger of a running agent into a new file"},
    {"reconcile", xj_cmd_reconcile, "对账：两份账目（账本、流水、检查点）是否一致，谁能证明什么",
     "hold two accounts (ledgers, journal, checkpoints) against each other"},
    {"rebuild", xj_cmd_rebuild, "由台账重建视图并比较（先停代理）", "fold the view anew from the ledger (stopped agent)"},
    {"calendar", xj_cmd_calendar, "节假日与期限：due 算到期日，import 导入放假安排，convert 转换", "working days: due reckons a date, import takes the next notice, convert encodes"},
    {"standards", xj_cmd_standards, "追诉标准：这个数额够不够移送，依据哪一条", "filing standards: are these amounts over the line, and by which rule"},
    {"procedure", xj_cmd_procedure, "程序文件：check 检查，publish 发布", "procedures: check a file, publish it"},
    {"register", xj_cmd_register, "登记簿：机关、密钥、对口、程序、日历、追诉标准、授权", "the register: agencies, keys, counterparts, grants …"},
    {"keygen", xj_cmd_keygen, "生成密钥：agency、exchange、root、registrar", "make keys: agency, exchange, root, registrar"},
    {"enroll", xj_cmd_enroll, "建立交换中心或代理的数据目录", "make the data directory of an exchange or agent"},
    {"replay", xj_cmd_replay, "把公开案例在一座临时的城市里重演", "replay published case files in a throw-away city"},
    {"city", xj_cmd_city, "一个目录里的整座城市：make、start、stop、status", "a whole city in one directory: make, start, stop"},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

bool xj_cli_speaks_chinese(const char *locale)
{
    return locale == NULL || strncmp(locale, "zh", 2) == 0;
}

const char *xj_pick(const struct xj_cli *cli, const char *zh, const char *en)
{
    return cli->zh ? zh : en;
}

void xj_tell(const struct xj_cli *cli, const char *zh, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    (void)vfprintf(cli->err, cli->zh ? zh : en, args);
    va_end(args);
    (void)fputc('\n', cli->err);
}

void xj_print(const struct xj_cli *cli, const char *zh, const char *en, ...)
{
    va_list args;
    va_start(args, en);
    (void)vfprintf(cli->out, cli->zh ? zh : en, args);
    va_end(args);
}

int xj_exit_of(enum xj_err err)
{
    switch (err) {
    case XJ_OK: return XJ_EXIT_OK;
    case XJ_EMALFORMED:
    case XJ_ECONFIG:
    case XJ_EEXISTS:
    case XJ_ERANGE:
    case XJ_ELIMIT: return XJ_EXIT_USAGE;
    case XJ_EDENIED:
    case XJ_ESTATE: return XJ_EXIT_REFUSED;
    case XJ_ENET: return XJ_EXIT_UNREACHABLE;
    case XJ_ECORRUPT:
    case XJ_ESIGNATURE: return XJ_EXIT_BAD;
    case XJ_ENOTFOUND: return XJ_EXIT_NOT_FOUND;
    case XJ_ENOMEM:
    case XJ_EIO:
    case XJ_EFULL:
    default: return XJ_EXIT_WORLD;
    }
}

static const char *error_zh(enum xj_err err)
{
    switch (err) {
    case XJ_OK: return "成功";
    case XJ_ENOMEM: return "内存不足";
    case XJ_EIO: return "读写失败";
    case XJ_EFULL: return "磁盘已满";
    case XJ_ECORRUPT: return "内容损坏";
    case XJ_EMALFORMED: return "格式不对";
    case XJ_ELIMIT: return "超过上限";
    case XJ_ENOTFOUND: return "找不到";
    case XJ_EEXISTS: return "已经存在";
    case XJ_ESIGNATURE: return "签名核验不过";
    case XJ_ESTATE: return "当前状态下不可以";
    case XJ_ERANGE: return "超出范围";
    case XJ_ENET: return "网络不通";
    case XJ_ECONFIG: return "配置或用法不对";
    case XJ_EDENIED: return "不允许";
    default: return "未知错误";
    }
}

int xj_fail(const struct xj_cli *cli, enum xj_err err, struct xj_buf *text)
{
    const char *line = text != NULL && text->n > 0 ? xj_buf_cstr(text) : NULL;
    if (line != NULL)
        (void)fprintf(cli->err, "%s%s", line, line[strlen(line) - 1] == '\n' ? "" : "\n");
    else
        xj_tell(cli, "%s", "%s", cli->zh ? error_zh(err) : xj_err_name(err));
    return xj_exit_of(err);
}

int xj_usage(const struct xj_cli *cli, const char *usage)
{
    xj_tell(cli, "用法：xianjie %s", "usage: xianjie %s", usage);
    return XJ_EXIT_USAGE;
}

const char *xj_cli_data(const struct xj_cli *cli)
{
    if (cli->data == NULL)
        xj_tell(cli, "请用 --data 目录 或环境变量 XIANJIE_DATA 指明数据目录",
               "name the data directory with --data DIR or the environment variable XIANJIE_DATA");
    return cli->data;
}

struct xj_client *xj_cli_client(const struct xj_cli *cli, int *ret_exit)
{
    struct xj_client *client = NULL;
    *ret_exit = XJ_EXIT_USAGE;
    if (xj_cli_data(cli) == NULL)
        return NULL;
    enum xj_err err = xj_client_open(cli->data, &client);
    *ret_exit = XJ_EXIT_OK;
    if (err != XJ_OK)
        *ret_exit = xj_fail(cli, err, NULL);
    return client;
}

static int exit_of_status(long status)
{
    switch (status) {
    case 400: return XJ_EXIT_USAGE;
    case 404: return XJ_EXIT_NOT_FOUND;
    case 409: return XJ_EXIT_REFUSED;
    case 503: return XJ_EXIT_UNREACHABLE;
    default: return XJ_EXIT_WORLD;
    }
}

/* An error object of the agent: what, which rule, what to do. */
static void say_error(const struct xj_cli *cli, const json_t *error, long status)
{
    const char *rule = json_string_value(json_object_get(error, "rule"));
    const char *article = json_string_value(json_object_get(error, "article"));
    const char *remedy = json_string_value(json_object_get(error, cli->zh ? "remedy_zh" : "remedy_en"));
    xj_tell(cli, "%s（HTTP %ld）", "%s (HTTP %ld)", xj_client_error_text(error, cli->zh), status);
    if (rule != NULL && rule[0] != '\0')
        xj_tell(cli, "  依据：%s %s", "  rule: %s %s", rule, article != NULL ? article : "");
    if (remedy != NULL && remedy[0] != '\0')
        xj_tell(cli, "  办法：%s", "  what to do: %s", remedy);
}

int xj_cli_call(const struct xj_cli *cli, struct xj_client *client, const char *method, const char *path, const json_t *body,
                json_t **ret_json)
{
    long status;
    struct xj_buf text;
    xj_buf_init(&text, 64 * 1024);
    enum xj_err err = xj_client_call(client, method, path, body, &status, ret_json, &text);
    int rc = XJ_EXIT_OK;
    if (err == XJ_OK && !cli->json)
        err = xj_plain(*ret_json); /* for people; a program gets the words as they are */
    if (err != XJ_OK) {
        rc = xj_fail(cli, err, &text);
        json_decref(*ret_json);
        *ret_json = NULL;
    } else if (status != 200 || *ret_json == NULL) {
        rc = exit_of_status(status);
        say_error(cli, json_object_get(*ret_json, "error"), status);
        if (cli->json && *ret_json != NULL)
            xj_cli_print_json(cli, *ret_json);
        json_decref(*ret_json);
        *ret_json = NULL;
    }
    xj_buf_free(&text);
    return rc;
}

void xj_cli_print_json(const struct xj_cli *cli, const json_t *value)
{
    (void)json_dumpf(value, cli->out, JSON_INDENT(2) | JSON_ENCODE_ANY);
    (void)fputc('\n', cli->out);
}

static void help(const struct xj_cli *cli, FILE *to)
{
    (void)fputs(xj_pick(cli,
                        "衔接：行政执法与刑事司法双向衔接的案件往来\n\n用法：xianjie [--data 目录] [--json] [--lang zh|en] 命令 …\n\n命令：\n",
                        "Xianjie: cases between administrative enforcement and criminal justice\n\n"
                        "usage: xianjie [--data DIR] [--json] [--lang zh|en] COMMAND …\n\ncommands:\n"),
                to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(to, "  %-10s %s\n", commands[i].name, xj_pick(cli, commands[i].zh, commands[i].en));
    (void)fputs(xj_pick(cli,
                        "\n数据目录缺省为 $XIANJIE_DATA。退出码：0 完成，1 意外，2 用法或输入不对，3 被拒绝，4 连不上，5 核验不过，6 找不到。\n",
                        "\nThe data directory is $XIANJIE_DATA unless given. Exit codes: 0 done, 1 unforeseen, 2 wrong use or input,\n"
                        "3 refused, 4 not reachable, 5 verification failed, 6 not found.\n"),
                to);
}

static int set_language(struct xj_cli *cli, const char *name)
{
    if (strcmp(name, "zh") != 0 && strcmp(name, "en") != 0) {
        xj_tell(cli, "--lang 只能是 zh 或 en", "--lang is zh or en");
        return XJ_EXIT_USAGE;
    }
    cli->zh = strcmp(name, "zh") == 0;
    return XJ_EXIT_OK;
}

/* The global options before the command. XJ_EXIT_OK with optind at the command; else the code, and *ret_stop when help
 * was all that was asked for. */
static int read_globals(struct xj_cli *cli, int argc, char **argv, bool *ret_stop)
{
    static const struct option options[] = {{"data", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'},
                                            {"lang", required_argument, NULL, 'l'}, {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int c;
    *ret_stop = false;
    optind = 0; /* start afresh: glibc's way */
    opterr = 0;
    while ((c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
        if (c == 'd') {
            cli->data = optarg;
        } else if (c == 'j') {
            cli->json = true;
        } else if (c == 'h') {
            help(cli, cli->out);
            *ret_stop = true;
            return XJ_EXIT_OK;
        } else if (c != 'l' || set_language(cli, optarg) != XJ_EXIT_OK) {
            help(cli, cli->err);
            return XJ_EXIT_USAGE;
        }
    }
    return XJ_EXIT_OK;
}

int xj_cli_main(struct xj_cli *cli, int argc, char **argv)
{
    bool stop;
    int rc = read_globals(cli, argc, argv, &stop);
    if (rc != XJ_EXIT_OK || stop)
        return rc;
    if (optind >= argc) {
        help(cli, cli->err);
        return XJ_EXIT_USAGE;
    }
    const char *name = argv[optind];
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0) {
            int first = optind;
            optind = 0; /* the command reads its own options from its argv[0] on */
            return commands[i].run(cli, argc - first, argv + first);
        }
    if (strcmp(name, "help") == 0) {
        help(cli, cli->out);
        return XJ_EXIT_OK;
    }
    xj_tell(cli, "没有这个命令：%s", "no such command: %s", name);
    help(cli, cli->err);
    return XJ_EXIT_USAGE;
}
