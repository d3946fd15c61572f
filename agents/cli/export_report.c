/* report.html: the case for people, in Chinese; no script, nothing from outside, every text escaped. It is no evidence. */
#include <inttypes.h>
#include <string.h>

#include "agents/cli/export_private.h"
#include "agents/cli/html.h"
#include "agents/cli/look.h"
#include "schema/base/civil.h"
#include "schema/evidence/words.h"

static const struct xj_cli chinese = {.zh = true};

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n<style>\n"
    "body{font-family:serif;max-width:70em;margin:2em auto;padding:0 1em;line-height:1.5}\n"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3em .5em;text-align:left;vertical-align:top}\n"
    "th{background:#eee}.note{border:2px solid #a00;padding:.5em 1em}.bad{color:#a00;font-weight:bold}.small{font-size:85%;color:#444}\n"
    "code{word-break:break-all}\n</style>\n";

/* ---- small pieces ---- */

static void cell(struct xj_buf *out, const char *text)
{
    xj_html_element(out, "td", text);
}

static void row(struct xj_buf *out, const char *name, const char *text)
{
    xj_buf_add_str(out, "<tr>");
    xj_html_element(out, "th", name);
    cell(out, text);
    xj_buf_add_str(out, "</tr>\n");
}

static void row_number(struct xj_buf *out, const char *name, uint64_t number, const char *unit)
{
    char text[64];
    snprintf(text, sizeof text, "%" PRIu64 "%s", number, unit);
    row(out, name, text);
}

/* Begins a table; the names of its columns are parted by bars. */
static void heads(struct xj_buf *out, const char *names)
{
    xj_buf_add_str(out, "<table><tr><th>");
    for (; *names != '\0'; names++)
        if (*names == '|')
            xj_buf_add_str(out, "</th><th>");
        else
            xj_buf_add(out, names, 1);
    xj_buf_add_str(out, "</th></tr>\n");
}

static void minute_cell(struct xj_buf *out, const json_t *o, const char *key)
{
    char text[20];
    cell(out, xj_look_minute(o, key, text));
}

/* ---- the case ---- */

static void names_row(struct xj_buf *out, const char *title, const json_t *list)
{
    const json_t *one;
    size_t i;
    if (json_array_size(list) == 0)
        return;
    xj_buf_add_str(out, "<tr>");
    xj_html_element(out, "th", title);
    xj_buf_add_str(out, "<td>");
    json_array_foreach(list, i, one)
    {
        xj_buf_add_str(out, i > 0 ? "、" : "");
        xj_html_text(out, xj_look_name(one, "name", "id"));
    }
    xj_buf_add_str(out, "</td></tr>\n");
}

static void overview(const struct xj_ex *x, const struct xj_ex_picture *p, struct xj_buf *out)
{
    char id[XJ_ID_TEXT], when[30], root[65];
    struct xj_agency a;
    xj_id_format(&x->o->case_id, id);
    xj_instant_format(x->now_ms, when);
    xj_hex(xj_db_root_key(x->db), 32, root);
    xj_buf_add_str(out, "<table>\n");
    row(out, "案件编号", id);
    names_row(out, "当事人", json_object_get(p->the_case, "parties"));
    names_row(out, "涉嫌罪名", json_object_get(p->the_case, "charges"));
    row(out, "程序", xj_look_str(p->the_case, "procedure"));
    row(out, "导出机关", xj_reg_agency(&x->store, x->b.owner, UINT64_MAX, &a) == XJ_OK ? a.name : x->owner);
    row(out, "机关代码", x->owner);
    row_number(out, "账本条目（本包所含）", x->b.entry_count, " 条");
    row_number(out, "检查点所及", x->size, " 条");
    row_number(out, "登记簿（本包所含）", x->b.register_count, " 条");
    row(out, "截至", when);
    row(out, "账本所记根公钥（核验时须用另行取得的根公钥）", root);
    xj_buf_add_str(out, "</table>\n");
}

/* ---- acts ---- */

static void recipients(struct xj_buf *out, const json_t *act)
{
    const json_t *one;
    size_t i;
    xj_html_text(out, xj_look_name(act, "from_name", "from"));
    if (json_array_size(json_object_get(act, "to")) > 0)
        xj_buf_add_str(out, " → ");
    json_array_foreach(json_object_get(act, "to"), i, one)
    {
        const char *role = xj_look_str(one, "role");
        xj_buf_add_str(out, i > 0 ? "、" : "");
        xj_html_text(out, xj_look_name(one, "name", "agency"));
        xj_buf_add_str(out, strcmp(role, "copy") == 0 ? "（抄送）" : strcmp(role, "notice") == 0 ? "（知悉）" : "");
    }
    json_array_foreach(json_object_get(act, "joint"), i, one)
    {
        xj_buf_add_str(out, i > 0 ? "、" : "；会同 ");
        xj_html_text(out, xj_look_name(one, "name", "agency"));
    }
}

static void deliveries(struct xj_buf *out, const json_t *act)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(act, "delivery"), i, one)
    {
        char when[20];
        xj_buf_add_str(out, i > 0 ? "<br>" : "");
        xj_html_text(out, xj_look_name(one, "name", "agency"));
        xj_buf_addf(out, " %s%s", *xj_look_minute(one, "stored_at", when) ? when : "尚未入库", json_is_true(json_object_get(one, "proved")) ? "（有证明）" : "");
    }
}

/* A paper: a link to its plaintext where that is in the bundle. */
static void paper(const struct xj_ex *x, struct xj_buf *out, const json_t *one)
{
    struct xj_hash digest;
    struct xj_slice bytes;
    const char *hex = xj_look_str(one, "digest"), *name = xj_look_str(one, "name");
    const bool here = strlen(hex) == 64 && xj_unhex(hex, digest.b, XJ_HASH_SIZE) && xj_bundle_file(&x->b, "papers", &digest, &bytes);
    if (here)
        xj_buf_addf(out, "<a href=\"papers/%s.%s\">", hex, xj_bundle_ending(xj_slice_cstr(name)));
    xj_html_text(out, xj_look_name(one, "zh", "kind"));
    if (*name) {
        xj_buf_add_str(out, "：");
        xj_html_text(out, name);
    }
    xj_buf_add_str(out, here ? "</a>" : "（未打开）");
}

static void content(const struct xj_ex *x, struct xj_buf *out, const json_t *act)
{
    const json_t *body = json_object_get(act, "body"), *one;
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach((json_t *)body, key, value)
    {
        if (strcmp(key, "papers") == 0)
            continue;
        xj_buf_add_str(out, "<div>");
        xj_html_text(out, xj_html_label(key));
        xj_buf_add_str(out, "：");
        xj_html_value(out, key, value);
        xj_buf_add_str(out, "</div>");
    }
    if (!json_is_object(body))
        xj_html_element(out, "div", "正文未打开");
    json_array_foreach(json_object_get(act, "papers"), i, one)
    {
        xj_buf_add_str(out, "<div>");
        paper(x, out, one);
        xj_buf_add_str(out, "</div>");
    }
    if (*xj_look_str(act, "key_compromised_since")) {
        xj_buf_add_str(out, "<div class=\"bad\">不能证明：签名密钥已报失泄，自 ");
        xj_html_text(out, xj_look_str(act, "key_compromised_since"));
        xj_buf_add_str(out, "</div>");
    }
    json_array_foreach(json_object_get(act, "breaches"), i, one)
    {
        xj_buf_add_str(out, "<div class=\"bad\">");
        xj_html_text(out, xj_look_str(one, "text_zh"));
        xj_buf_add_str(out, "（");
        xj_html_text(out, xj_look_str(one, "article"));
        xj_html_text(out, *xj_look_str(one, "article") ? "，" : "");
        xj_html_text(out, xj_look_str(one, "detail"));
        xj_buf_add_str(out, "）</div>");
    }
}

static void occurred(struct xj_buf *out, const json_t *act)
{
    const json_t *o = json_object_get(act, "occurred");
    char from[20], to[20];
    if (!json_is_object(o))
        return;
    xj_look_minute(o, "from", from);
    xj_look_minute(o, "to", to);
    xj_buf_addf(out, "<br><span class=\"small\">所述发生：%.16s%s%.16s</span>", from, strcmp(from, to) == 0 ? "" : " 至 ", strcmp(from, to) == 0 ? "" : to);
}

static void act_row(const struct xj_ex *x, struct xj_buf *out, const json_t *act)
{
    char when[20];
    xj_buf_addf(out, "<tr><td>%lld</td><td>%s", (long long)json_integer_value(json_object_get(act, "entry")), xj_look_minute(act, "admitted", when));
    if (strcmp(xj_look_str(act, "mode"), "late_entry") == 0)
        xj_buf_add_str(out, "<br>补录");
    occurred(out, act);
    xj_buf_add_str(out, "</td><td>");
    xj_html_element(out, "b", xj_look_name(act, "zh", "act"));
    xj_buf_add_str(out, "<br>");
    recipients(out, act);
    xj_buf_add_str(out, "<br><span class=\"small\">");
    xj_html_text(out, xj_look_str(act, "id"));
    xj_buf_add_str(out, "</span></td><td>");
    content(x, out, act);
    xj_buf_add_str(out, "</td><td>");
    deliveries(out, act);
    xj_buf_add_str(out, "</td></tr>\n");
}

static bool was_admitted(const json_t *act)
{
    return strncmp(xj_look_str(act, "status"), "admitted", 8) == 0;
}

static void acts(const struct xj_ex *x, const struct xj_ex_picture *p, struct xj_buf *out)
{
    const json_t *one;
    size_t i;
    xj_html_element(out, "h2", "经过");
    heads(out, "账本条目|平台收文时间|文书|内容|入库");
    json_array_foreach(p->acts, i, one)
        if (was_admitted(one))
            act_row(x, out, one);
    xj_buf_add_str(out, "</table>\n");
}

/* Own messages that were refused, or have no answer yet. */
static void others(const struct xj_ex_picture *p, struct xj_buf *out)
{
    const json_t *one;
    size_t i, count = 0;
    json_array_foreach(p->acts, i, one)
    {
        const json_t *refusal = json_object_get(one, "refusal");
        if (was_admitted(one))
            continue;
        if (count++ == 0) {
            xj_html_element(out, "h2", "被退回或者尚未答复的文书");
            heads(out, "账本条目|文书|退回理由");
        }
        xj_buf_addf(out, "<tr><td>%lld</td>", (long long)json_integer_value(json_object_get(one, "entry")));
        cell(out, xj_look_name(one, "zh", "act"));
        cell(out, json_is_object(refusal) ? xj_look_str(refusal, "text_zh") : "尚未答复");
        xj_buf_add_str(out, "</tr>\n");
    }
    if (count > 0)
        xj_buf_add_str(out, "</table>\n");
}

static void rows(const struct xj_ex_picture *p, struct xj_buf *out)
{
    const json_t *one;
    size_t i;
    if (json_array_size(json_object_get(p->the_case, "rows")) == 0)
        return;
    xj_html_element(out, "h2", "现状");
    heads(out, "事项|状态|机关|对象");
    json_array_foreach(json_object_get(p->the_case, "rows"), i, one)
    {
        xj_buf_add_str(out, "<tr>");
        cell(out, xj_look_name(one, "zh", "track"));
        cell(out, xj_look_name(one, "state_zh", "state"));
        cell(out, xj_look_name(one, "owner_name", "owner"));
        cell(out, xj_look_str(json_object_get(one, "subject"), "party"));
        xj_buf_add_str(out, "</tr>\n");
    }
    xj_buf_add_str(out, "</table>\n");
}

/* ---- limits and alerts ---- */

static void duty(struct xj_buf *out, const json_t *d)
{
    const json_t *line;
    size_t i;
    const bool bad = json_is_true(json_object_get(d, "overdue")) || strcmp(xj_look_str(d, "status"), "late") == 0;
    xj_buf_add_str(out, "<tr>");
    cell(out, xj_look_str(d, "id"));
    xj_buf_add_str(out, "<td>");
    xj_html_text(out, xj_look_name(d, "zh", "id"));
    xj_buf_add_str(out, "<br><span class=\"small\">");
    xj_html_text(out, xj_look_str(d, "cite"));
    xj_html_text(out, strcmp(xj_look_str(d, "tag"), "U") == 0 ? "（未经核实，不作为法律依据）" : "");
    xj_buf_add_str(out, "</span></td>");
    cell(out, xj_look_name(d, "obligor_name", "obligor"));
    minute_cell(out, d, "start");
    minute_cell(out, d, "due");
    xj_buf_add_str(out, bad ? "<td class=\"bad\">" : "<td>");
    xj_html_text(out, xj_look_status(&chinese, d));
    xj_html_text(out, json_is_true(json_object_get(d, "provisional")) ? "（暂定）" : "");
    xj_buf_add_str(out, "</td><td class=\"small\">");
    json_array_foreach(json_object_get(d, "reckoning"), i, line)
    {
        xj_buf_add_str(out, i > 0 ? "<br>" : "");
        xj_html_text(out, json_string_value(line));
    }
    xj_buf_add_str(out, "</td></tr>\n");
}

static void limits(const struct xj_ex_picture *p, struct xj_buf *out)
{
    const json_t *one, *list = json_object_get(p->why, "duties");
    size_t i;
    if (json_array_size(list) == 0)
        return;
    xj_html_element(out, "h2", "期限");
    heads(out, "期限|事项与依据|承办|起算|届满|状态|推算");
    json_array_foreach(list, i, one) duty(out, one);
    xj_buf_add_str(out, "</table>\n");
}

/* What the agency did with what it was told: its own record, there with --with-told only. */
static void told(struct xj_buf *out, const json_t *told_json)
{
    static const char *const events[][2] = {{"raised", "告知"}, {"delivered", "查阅"}, {"acknowledged", "签收"}, {"cleared", "解除"}};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        const json_t *e = json_object_get(told_json, events[i][0]);
        if (!json_is_object(e))
            continue;
        xj_buf_addf(out, "<br>%s：", events[i][1]);
        xj_html_text(out, *xj_look_str(e, "by") ? xj_look_str(e, "by") : "程序");
        xj_buf_add_str(out, " ");
        xj_html_text(out, xj_look_str(e, "reason"));
    }
}

static void alerts(const struct xj_ex_picture *p, struct xj_buf *out)
{
    const json_t *one, *list = json_object_get(p->why, "alerts");
    size_t i;
    if (json_array_size(list) == 0)
        return;
    xj_html_element(out, "h2", "预警");
    xj_html_element(out, "p", "只依据本包所含内容计算；依据他案的预警不在其中。");
    heads(out, "预警|情形|责任机关|状态|缘由与依据");
    json_array_foreach(list, i, one)
    {
        xj_buf_add_str(out, "<tr>");
        cell(out, xj_look_str(one, "rule"));
        cell(out, xj_look_str(one, "mode"));
        cell(out, xj_look_name(json_object_get(one, "answerable"), "name", "agency"));
        cell(out, json_is_true(json_object_get(one, "cleared")) ? "已消除" : xj_look_severity(&chinese, one));
        xj_buf_add_str(out, "<td>");
        xj_html_text(out, xj_look_str(one, "why"));
        xj_buf_add_str(out, "<br><span class=\"small\">");
        xj_html_text(out, xj_look_str(one, "cite"));
        xj_html_text(out, strcmp(xj_look_str(one, "tag"), "U") == 0 ? "（未经核实，不作为法律依据）" : "");
        told(out, json_object_get(one, "told"));
        xj_buf_add_str(out, "</span></td></tr>\n");
    }
    xj_buf_add_str(out, "</table>\n");
}

/* ---- claims ---- */

static void claims_table(const struct xj_ev_result *claims, struct xj_buf *out)
{
    xj_html_element(out, "h2", "证明事项");
    xj_html_element(out, "p", "以下是导出机关的程序对本包的判断，不是证据；请自行核验。");
    heads(out, "|事项|判断|缘由|不能说明");
    for (int c = XJ_CLAIM_ISSUED; c < XJ_CLAIM_END; c++) {
        const struct xj_ev_claim_words *w = xj_ev_claim_words((enum xj_claim)c);
        const bool bad = claims->claims[c].verdict == XJ_EV_CONTRADICTED;
        xj_buf_add_str(out, "<tr>");
        cell(out, w->id);
        cell(out, w->zh);
        xj_buf_add_str(out, bad ? "<td class=\"bad\">" : "<td>");
        xj_html_text(out, xj_ev_verdict_word(claims->claims[c].verdict, true));
        xj_buf_add_str(out, "</td>");
        cell(out, xj_ev_code_words(claims->claims[c].code)->zh);
        cell(out, w->cannot_zh);
        xj_buf_add_str(out, "</tr>\n");
    }
    xj_buf_add_str(out, "</table>\n");
}

void xj_ex_report(const struct xj_ex *x, const struct xj_ex_picture *p, const struct xj_ev_result *claims, struct xj_buf *out)
{
    const char *title = xj_look_str(p->the_case, "title");
    xj_buf_add_str(out, head);
    xj_buf_add_str(out, "<title>");
    xj_html_text(out, *title ? title : "案件");
    xj_buf_add_str(out, "（证据包）</title></head>\n<body>\n<h1>");
    xj_html_text(out, *title ? title : "案件");
    xj_buf_add_str(out, "</h1>\n<p class=\"note\">本报告由导出机关的程序生成，供阅读之用，<b>本身不是证据</b>，也无人核验它所写的内容。"
                        "证据是同一压缩包中的其他部分，任何人都可以凭另行取得的根公钥离线核验："
                        "<code>xianjie verify 证据包.zip --root 根公钥</code></p>\n");
    overview(x, p, out);
    acts(x, p, out);
    others(p, out);
    rows(p, out);
    limits(p, out);
    alerts(p, out);
    claims_table(claims, out);
    xj_buf_add_str(out, "</body></html>\n");
}
