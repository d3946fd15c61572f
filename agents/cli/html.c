#include "agents/cli/html.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *key, *zh;
} labels[] = {
    {"amounts", "金额"}, {"approved_by", "审批人"}, {"charges", "涉嫌罪名"}, {"criminal_fine", "罚金"}, {"offset", "折抵"},
    {"documents", "文号"}, {"drafted_by", "承办人"}, {"facts", "事实"}, {"note", "备注"}, {"reasons", "理由"}, {"fine", "罚款"},
    {"grade", "等次"}, {"identities", "身份"}, {"items", "物品清单"}, {"officers", "执法人员"}, {"parties", "当事人"},
    {"penalty", "处罚记录"}, {"penalty_kinds", "处罚种类"}, {"replay_event", "案卷事件"}, {"source", "纸面来源"}, {"title", "案名"},
    {"name", "名称"}, {"value", "数值"}, {"unit", "单位"}, {"quantity", "数量"}, {"kind", "种类"}, {"number", "号码"}, {"code", "代码"},
    {"id", "编号"}, {"party", "当事人"}, {"certificate", "执法证"}, {"violation", "违法行为"}, {"basis", "法律依据"}, {"content", "处罚内容"},
    {"conduct", "行为日"}, {"place", "地点"}, {"goods", "物品"}, {"appraisal", "鉴定"}, {"confiscated", "没收"}, {"minimum", "法定最低罚款"},
    {"grade_basis", "裁量基准"}, {"lenient", "从宽"}, {"reduced", "减轻数额"}, {"discussed", "集体讨论"}, {"appraised", "已鉴定"},
    {"serious", "情节严重"}, {"permit", "许可"}, {"valid_until", "有效期至"}, {"shown_until", "公示至"},
};

const char *xj_html_label(const char *key)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].key, key) == 0)
            return labels[i].zh;
    return key;
}

void xj_html_text(struct xj_buf *out, const char *s)
{
    for (; s != NULL && *s != '\0'; s++) {
        const unsigned char c = (unsigned char)*s;
        if (c == '&')
            xj_buf_add_str(out, "&amp;");
        else if (c == '<')
            xj_buf_add_str(out, "&lt;");
        else if (c == '>')
            xj_buf_add_str(out, "&gt;");
        else if (c == '"')
            xj_buf_add_str(out, "&quot;");
        else if (c == '\'')
            xj_buf_add_str(out, "&#39;");
        else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
            xj_buf_add_str(out, "\xef\xbf\xbd");
        else
            xj_buf_add(out, s, 1);
    }
}

void xj_html_element(struct xj_buf *out, const char *tag, const char *text)
{
    xj_buf_addf(out, "<%s>", tag);
    xj_html_text(out, text);
    xj_buf_addf(out, "</%s>", tag);
}

static bool is_money(const char *key)
{
    static const char *const names[] = {"fine", "criminal_fine", "offset", "confiscated", "minimum", "reduced"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(key, names[i]) == 0)
            return true;
    return false;
}

static void number(struct xj_buf *out, const char *key, int64_t n)
{
    if (is_money(key) && n >= 0)
        xj_buf_addf(out, "%" PRId64 ".%02" PRId64 " 元", n / 100, n % 100);
    else
        xj_buf_addf(out, "%" PRId64, n);
}

/* An element of a list: the parts that say something, one behind the other. */
static void members(struct xj_buf *out, const json_t *object)
{
    const char *key;
    json_t *value;
    bool first = true;
    json_object_foreach((json_t *)object, key, value)
    {
        if (json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0))
            continue;
        xj_buf_add_str(out, first ? "" : "，");
        xj_html_text(out, xj_html_label(key));
        xj_buf_add_str(out, "：");
        xj_html_value(out, key, value);
        first = false;
    }
}

void xj_html_value(struct xj_buf *out, const char *key, const json_t *value)
{
    const json_t *one;
    size_t i;
    if (json_is_string(value)) {
        xj_html_text(out, json_string_value(value));
    } else if (json_is_integer(value)) {
        number(out, key, json_integer_value(value));
    } else if (json_is_boolean(value)) {
        xj_buf_add_str(out, json_is_true(value) ? "是" : "否");
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, one)
        {
            xj_buf_add_str(out, i > 0 ? "；" : "");
            xj_html_value(out, key, one);
        }
    } else if (json_is_object(value)) {
        members(out, value);
    }
}
