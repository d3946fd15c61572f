#include "agents/cli/penalty_columns.h"

#include <stdio.h>
#include <string.h>

#include "agents/cli/cells.h"
#include "schema/base/civil.h"
#include "schema/wire/names.h"

#define NAME_BYTES 255u /* of a column */
#define ORDINAL_MAX 99
#define WHOLE_MAX INT64_C(1000000000000000)

enum kind { KIND_TEXT = 1, KIND_CODE, KIND_DATE, KIND_DAYS, KIND_MONEY, KIND_WHOLE, KIND_YES, KIND_LIST, KIND_OFFICERS };
struct column {
    enum kind kind;
    const char *code;     /* of 双公示; NULL: ours */
    const char *names[4]; /* as xj_cell_name leaves them; the first stands for the column when it has no code */
    const char *penalty, *body; /* where the value goes as it is */
};

static const struct column columns[XJ_PC_COUNT] = {
    [XJ_PC_NAME] = {KIND_TEXT, "CF_XDR_MC", {"行政相对人名称"}, NULL, NULL},
    [XJ_PC_CATEGORY] = {KIND_TEXT, "CF_XDR_LB", {"行政相对人类别"}, NULL, NULL},
    [XJ_PC_USCC] = {KIND_CODE, "CF_XDR_SHXYM", {"行政相对人代码_1(统一社会信用代码)", "统一社会信用代码"}, NULL, NULL},
    [XJ_PC_REG_NO] = {KIND_CODE, "CF_XDR_GSZC", {"行政相对人代码_2(工商注册号)", "工商注册号"}, NULL, NULL},
    [XJ_PC_ORG_CODE] = {KIND_CODE, "CF_XDR_ZZJG", {"行政相对人代码_3(组织机构代码)", "组织机构代码"}, NULL, NULL},
    [XJ_PC_TAX] = {KIND_CODE, "CF_XDR_SWDJ", {"行政相对人代码_4(税务登记号)", "税务登记号"}, NULL, NULL},
    [XJ_PC_INSTITUTION] = {KIND_CODE, "CF_XDR_SYDW", {"行政相对人代码_5(事业单位证书号)", "事业单位证书号"}, NULL, NULL},
    [XJ_PC_SOCIETY] = {KIND_CODE, "CF_XDR_SHZZ", {"行政相对人代码_6(社会组织登记证号)", "社会组织登记证号"}, NULL, NULL},
    [XJ_PC_DOCUMENT] = {KIND_TEXT, "CF_XDR_ZJLX", {"证件类型", "行政相对人证件类型"}, NULL, NULL},
    [XJ_PC_DOCUMENT_NUMBER] = {KIND_CODE, "CF_XDR_ZJHM", {"证件号码", "行政相对人证件号码"}, NULL, NULL},
    [XJ_PC_REPRESENTATIVE] = {KIND_TEXT, "CF_FRDB", {"法定代表人", "CF_FDDB"}, "representative", NULL},
    [XJ_PC_REPRESENTATIVE_DOCUMENT] = {KIND_TEXT, "CF_FR_ZJLX", {"法定代表人证件类型"}, "representative_document", NULL},
    [XJ_PC_REPRESENTATIVE_NUMBER] = {KIND_CODE, "CF_FR_SFZH", {"法定代表人证件号码", "法定代表人身份证号"}, "representative_number", NULL},
    [XJ_PC_NUMBER] = {KIND_TEXT, "CF_WSH", {"行政处罚决定书文号", "处罚决定书文号", "决定书文号"}, "number", NULL},
    [XJ_PC_VIOLATION] = {KIND_TEXT, "CF_WFXW", {"违法行为类型"}, "violation", NULL},
    [XJ_PC_FACTS] = {KIND_TEXT, "CF_SY", {"违法事实"}, NULL, "facts"},
    [XJ_PC_BASIS] = {KIND_TEXT, "CF_YJ", {"处罚依据"}, "basis", NULL},
    [XJ_PC_KINDS] = {KIND_LIST, "CF_CFLB", {"处罚类别", "处罚种类"}, NULL, NULL},
    [XJ_PC_CONTENT] = {KIND_TEXT, "CF_NR", {"处罚内容"}, "content", NULL},
    [XJ_PC_FINE] = {KIND_MONEY, "CF_NR_FK", {"罚款金额"}, NULL, "fine"},
    [XJ_PC_CONFISCATED] = {KIND_MONEY, "CF_NR_WFFF", {"没收违法所得、没收非法财物的金额"}, "confiscated", NULL},
    [XJ_PC_PERMIT] = {KIND_TEXT, "CF_NR_ZKDX", {"暂扣或吊销证照名称及编号"}, "permit", NULL},
    [XJ_PC_DATE] = {KIND_DATE, "CF_JDRQ", {"处罚决定日期"}, NULL, NULL},
    [XJ_PC_VALID_UNTIL] = {KIND_DATE, "CF_YXQ", {"处罚有效期"}, "valid_until", NULL},
    [XJ_PC_SHOWN_UNTIL] = {KIND_DATE, "CF_GSJZQ", {"公示截止期"}, "shown_until", NULL},
    [XJ_PC_AUTHORITY] = {KIND_TEXT, "CF_CFJG", {"处罚机关"}, "authority", NULL},
    [XJ_PC_AUTHORITY_CODE] = {KIND_CODE, "CF_CFJGDM", {"处罚机关统一社会信用代码"}, "authority_code", NULL},
    [XJ_PC_REPORTER] = {KIND_TEXT, "CF_SJLY", {"数据来源单位"}, "reporter", NULL},
    [XJ_PC_REPORTER_CODE] = {KIND_CODE, "CF_SJLYDM", {"数据来源单位统一社会信用代码"}, "reporter_code", NULL},
    [XJ_PC_NOTE] = {KIND_TEXT, "BZ", {"备注"}, NULL, "note"},
    [XJ_PC_CONDUCT] = {KIND_DAYS, NULL, {"行为日"}, "conduct", NULL},
    [XJ_PC_PLACE] = {KIND_TEXT, NULL, {"案件地点"}, "place", NULL},
    [XJ_PC_GOODS] = {KIND_TEXT, NULL, {"涉案物品"}, "goods", NULL},
    [XJ_PC_APPRAISAL] = {KIND_TEXT, NULL, {"鉴定文号"}, "appraisal", NULL},
    [XJ_PC_MINIMUM] = {KIND_MONEY, NULL, {"罚款下限"}, "minimum", NULL},
    [XJ_PC_GRADE] = {KIND_TEXT, NULL, {"裁量等次"}, "grade", NULL},
    [XJ_PC_GRADE_BASIS] = {KIND_TEXT, NULL, {"裁量基准"}, "grade_basis", NULL},
    [XJ_PC_LENIENT] = {KIND_TEXT, NULL, {"不罚轻罚"}, NULL, NULL},
    [XJ_PC_REDUCED] = {KIND_MONEY, NULL, {"减免金额"}, "reduced", NULL},
    [XJ_PC_DISCUSSED] = {KIND_YES, NULL, {"是否集体讨论"}, "discussed", NULL},
    [XJ_PC_SERIOUS] = {KIND_YES, NULL, {"情节是否严重"}, "serious", NULL},
    [XJ_PC_APPRAISED] = {KIND_YES, NULL, {"是否鉴定"}, "appraised", NULL},
    [XJ_PC_OFFICERS] = {KIND_OFFICERS, NULL, {"执法人员及证号"}, NULL, NULL},
    [XJ_PC_ENTRUSTMENTS] = {KIND_LIST, NULL, {"委托书文号"}, NULL, NULL},
    [XJ_PC_CHARGES] = {KIND_LIST, NULL, {"涉嫌罪名"}, NULL, NULL},
    [XJ_PC_TITLE] = {KIND_TEXT, NULL, {"案件名称"}, NULL, "title"},
    [XJ_PC_CASE] = {KIND_TEXT, NULL, {"平台案件编号"}, NULL, NULL},
    [XJ_PC_ORDINAL] = {KIND_WHOLE, NULL, {"同号序号"}, NULL, NULL},
};

/* ---- names ---- */

/* Cuts the unit off a name; false when it has none. */
static bool cut_unit(struct xj_slice *name, bool *ret_wan)
{
    static const char *const units[] = {"(元)", "(万元)"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(units[i]);
        if (name->n > n && memcmp(name->p + name->n - n, units[i], n) == 0) {
            name->n -= n;
            *ret_wan = i == 1;
            return true;
        }
    }
    return false;
}

static bool is_code(const struct column *c, struct xj_slice name)
{
    return c->code != NULL && xj_slice_is(name, c->code);
}

static int column_of(struct xj_slice name)
{
    for (int i = 0; i < XJ_PC_COUNT; i++) {
        if (is_code(&columns[i], name))
            return i;
        for (size_t k = 0; k < 4 && columns[i].names[k] != NULL; k++)
            if (xj_slice_is(name, columns[i].names[k]))
                return i;
    }
    return XJ_ROWS_SKIP;
}

/* The part of s before the first colon, cut off it with the colon. */
static struct xj_slice cut_part(struct xj_slice *s)
{
    const uint8_t *colon = s->n > 0 ? memchr(s->p, ':', s->n) : NULL;
    struct xj_slice part = xj_slice_of(s->p, colon != NULL ? (size_t)(colon - s->p) : s->n);
    size_t cut = part.n + (colon != NULL);
    *s = xj_slice_of(s->p + cut, s->n - cut);
    return part;
}

static void copy(char *to, size_t size, struct xj_slice from)
{
    snprintf(to, size, "%.*s", (int)from.n, (const char *)from.p);
}

/* 金额:measure or 数量:measure:unit. XJ_ROWS_SKIP: neither, or not well-formed. */
static int amount_of(struct xj_penalty_table *t, struct xj_slice name, bool wan)
{
    struct xj_pc_amount a = {.unit = "fen"};
    struct xj_slice kind = cut_part(&name), measure = cut_part(&name);
    a.money = xj_slice_is(kind, "金额");
    bool good = (a.money || xj_slice_is(kind, "数量")) && xj_name_ok(measure) && (a.money ? name.n == 0 : name.n >= 1 && name.n < sizeof a.unit);
    if (!good)
        return XJ_ROWS_SKIP;
    copy(a.measure, sizeof a.measure, measure);
    if (!a.money)
        copy(a.unit, sizeof a.unit, name);
    for (size_t i = 0; i < t->amount_count; i++)
        if (strcmp(t->amounts[i].measure, a.measure) == 0 && strcmp(t->amounts[i].unit, a.unit) == 0)
            return XJ_PC_COUNT + (int)i;
    if (t->amount_count == XJ_PC_AMOUNTS)
        return XJ_ROWS_SKIP;
    t->wan[XJ_PC_COUNT + t->amount_count] = wan;
    t->amounts[t->amount_count] = a;
    return XJ_PC_COUNT + (int)t->amount_count++;
}

/* Money whose unit nobody could know is worse than no money. */
static bool unit_known(const struct column *c, struct xj_slice name, bool said, bool *wan)
{
    if (!said)
        *wan = c->code != NULL;
    return said || c->code == NULL || is_code(c, name);
}

int xj_penalty_column(void *arg, struct xj_slice name, uint64_t row, struct xj_notes *notes)
{
    struct xj_penalty_table *t = arg;
    struct xj_buf plain;
    bool wan = false;
    if (name.n >= 2 && memcmp(name.p, "x_", 2) == 0)
        return XJ_ROWS_SKIP;
    xj_buf_init(&plain, NAME_BYTES);
    xj_cell_name(name, &plain);
    struct xj_slice key = xj_buf_slice(&plain), whole = key;
    bool said = cut_unit(&key, &wan);
    int column = plain.err == XJ_OK ? column_of(whole) : XJ_ROWS_SKIP;
    if (column == XJ_ROWS_SKIP && plain.err == XJ_OK && said) {
        column = column_of(key);
        if (column != XJ_ROWS_SKIP && columns[column].kind != KIND_MONEY)
            column = XJ_ROWS_SKIP;
    }
    if (column == XJ_ROWS_SKIP && plain.err == XJ_OK) {
        column = amount_of(t, key, wan);
    } else if (column != XJ_ROWS_SKIP && columns[column].kind == KIND_MONEY && !unit_known(&columns[column], key, said, &wan)) {
        xj_notes_add(notes, row, name, "没有写明单位：请写成「%s（元）」或者「%s（万元）」", "its unit is not said: write %s（元） or %s（万元）",
                     columns[column].names[0], columns[column].names[0]);
        xj_buf_free(&plain);
        return XJ_ROWS_SKIP;
    }
    if (column == XJ_ROWS_SKIP)
        xj_notes_add(notes, row, name, "不认识这一栏；不用的栏请以 x_ 开头", "no such column; begin the name of one that does not count with x_");
    else
        t->wan[column] = wan;
    xj_buf_free(&plain);
    return column;
}

void xj_penalty_column_key(const struct xj_penalty_table *t, int column, struct xj_buf *out)
{
    if (column < XJ_PC_COUNT) {
        xj_buf_add_str(out, columns[column].code != NULL ? columns[column].code : columns[column].names[0]);
        return;
    }
    const struct xj_pc_amount *a = &t->amounts[column - XJ_PC_COUNT];
    xj_buf_addf(out, a->money ? "金额:%s" : "数量:%s:%s", a->measure, a->unit);
}

const char *xj_penalty_column_target(int column, bool *ret_body)
{
    if (column >= XJ_PC_COUNT)
        return NULL;
    *ret_body = columns[column].body != NULL;
    return *ret_body ? columns[column].body : columns[column].penalty;
}

/* ---- values ---- */

struct texts {
    const char *zh, *en; /* what is wrong; NULL: nothing */
};

static struct texts put_date(struct xj_slice value, struct xj_buf *out)
{
    int64_t days;
    char text[11];
    if (!xj_cell_date(value, &days))
        return (struct texts){"不是日期，应如 2026-03-02", "no date, such as 2026-03-02"};
    xj_date_format(days, text);
    xj_buf_add_str(out, text);
    return (struct texts){NULL, NULL};
}

static struct texts put_money(struct xj_slice value, bool wan, struct xj_buf *out)
{
    int64_t fen;
    enum xj_cell_money wrong = xj_cell_fen(value, wan, &fen);
    if (wrong == XJ_CELL_MONEY_FINE)
        return wan ? (struct texts){"精确到分以下：万元最多六位小数", "finer than a fen: 万元 has at most six decimals"}
                   : (struct texts){"精确到分以下：元最多两位小数", "finer than a fen: yuan has at most two decimals"};
    if (wrong == XJ_CELL_MONEY_LARGE)
        return (struct texts){"金额过大", "too much money"};
    if (wrong != XJ_CELL_MONEY_OK)
        return (struct texts){"不是金额：只写数字，如 1234.5", "no sum of money: digits only, such as 1234.5"};
    xj_buf_addf(out, "%lld", (long long)fen);
    return (struct texts){NULL, NULL};
}

static struct texts put_whole(struct xj_slice value, bool ordinal, struct xj_buf *out)
{
    int64_t n = 0;
    bool good = xj_cell_whole(value, ordinal ? ORDINAL_MAX : WHOLE_MAX, &n) && (!ordinal || n >= 1);
    if (!good)
        return ordinal ? (struct texts){"应为 1 至 99 的整数", "must be a whole number from 1 to 99"}
                       : (struct texts){"应为整数", "must be a whole number"};
    xj_buf_addf(out, "%lld", (long long)n);
    return (struct texts){NULL, NULL};
}

static struct texts put_yes(struct xj_slice value, struct xj_buf *out)
{
    bool yes;
    if (!xj_cell_yes(value, &yes))
        return (struct texts){"应为「是」或者「否」", "must be 是 or 否 (yes or no)"};
    xj_buf_add_str(out, yes ? "1" : "0");
    return (struct texts){NULL, NULL};
}

static void put_list(struct xj_slice value, struct xj_buf *out)
{
    for (struct xj_slice one = xj_cell_next(&value); one.n > 0; one = xj_cell_next(&value)) {
        xj_buf_add_slice(out, one);
        xj_buf_add_str(out, "\n");
    }
}

static struct texts put_officers(struct xj_slice value, struct xj_buf *out)
{
    struct xj_slice name, number;
    for (struct xj_slice one = xj_cell_next(&value); one.n > 0; one = xj_cell_next(&value)) {
        if (!xj_cell_officer(one, &name, &number))
            return (struct texts){"应写成「姓名（证号）、姓名（证号）」", "must be name (certificate number), name (certificate number)"};
        xj_buf_add_slice(out, name);
        xj_buf_add_str(out, ":");
        xj_buf_add_slice(out, number);
        xj_buf_add_str(out, "\n");
    }
    return (struct texts){NULL, NULL};
}

bool xj_penalty_text(const struct xj_penalty_table *t, int column, struct xj_slice value, const struct xj_rows *rows,
                     struct xj_notes *notes, struct xj_buf *out)
{
    struct texts wrong = {NULL, NULL};
    const bool amount = column >= XJ_PC_COUNT;
    const enum kind kind = !amount ? columns[column].kind : t->amounts[column - XJ_PC_COUNT].money ? KIND_MONEY : KIND_WHOLE;
    switch (kind) {
    case KIND_CODE: xj_cell_code(value, out); break;
    case KIND_DATE: wrong = put_date(value, out); break;
    case KIND_DAYS:
        if (!xj_cell_days(value, out))
            wrong = (struct texts){"不是日期或者期间，应如 2026-03-02 或 2026-03-02至2026-03-05", "no days, such as 2026-03-02 or 2026-03-02至2026-03-05"};
        break;
    case KIND_MONEY: wrong = put_money(value, t->wan[column], out); break;
    case KIND_WHOLE: wrong = put_whole(value, !amount, out); break;
    case KIND_YES: wrong = put_yes(value, out); break;
    case KIND_LIST: put_list(value, out); break;
    case KIND_OFFICERS: wrong = put_officers(value, out); break;
    case KIND_TEXT:
    default: xj_buf_add_slice(out, value); break;
    }
    if (wrong.zh != NULL)
        xj_notes_add(notes, xj_rows_number(rows), xj_rows_name(rows, column), "%s%.0s", "%.0s%s", wrong.zh, wrong.en);
    return wrong.zh == NULL;
}
