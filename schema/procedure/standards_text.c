#include "schema/procedure/standards_text.h"

#include <inttypes.h>
#include <stdio.h>

#define WAN_FEN INT64_C(1000000)     /* 1万元 */
#define YI_FEN INT64_C(10000000000)  /* 1亿元 */
#define WAN_STEP INT64_C(10000)      /* what shows in two digits behind 万 */
#define YI_STEP INT64_C(100000000)

static const struct unit {
    const char *id, *zh, *en;
    unsigned digits;
} units[] = {
    {"fen", "元", "yuan", 2},        {"usd_cent", "美元", "US dollars", 2}, {"mu/100", "亩", "mu", 2},          {"m3/1000", "立方米", "m³", 3},
    {"percent", "%", "%", 0},        {"kg", "公斤", "kg", 0},               {"mg/100ml", "mg/100ml", "mg/100ml", 0}, {"hour", "小时", "hours", 0},
    {"month", "个月", "months", 0},  {"person", "人", "", 0},               {"time", "次", "", 0},              {"piece", "件", "", 0},
    {"sheet", "份", "", 0},          {"book", "册", "", 0},                 {"stick", "支", "", 0},             {"level", "层", "", 0},
    {"kind", "种", "", 0},           {"record", "条", "", 0},               {"plant", "株", "", 0},
};

unsigned xj_standards_unit(struct xj_slice unit, bool zh, struct xj_slice *ret_name)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (xj_slice_is(unit, units[i].id)) {
            *ret_name = xj_slice_cstr(zh ? units[i].zh : units[i].en);
            return units[i].digits;
        }
    *ret_name = unit;
    return 0;
}

/* ---- amounts ---- */

/* value / 10^digits without the zeros at the end; thousands: parted by commas. */
static void put_number(struct xj_buf *buf, int64_t value, unsigned digits, bool thousands)
{
    char text[32];
    int64_t scale = 1, rest;
    for (unsigned i = 0; i < digits; i++)
        scale *= 10;
    const int n = snprintf(text, sizeof text, "%" PRId64, value / scale);
    for (int i = 0; i < n; i++) {
        xj_buf_add(buf, &text[i], 1);
        if (thousands && (n - i) % 3 == 1 && i + 1 < n)
            xj_buf_add_str(buf, ",");
    }
    for (rest = value % scale; rest > 0 && rest % 10 == 0; rest /= 10)
        digits--;
    if (rest > 0)
        xj_buf_addf(buf, ".%0*" PRId64, (int)digits, rest);
}

static void put_yuan_zh(struct xj_buf *buf, int64_t fen)
{
    if (fen >= YI_FEN && fen % YI_STEP == 0) {
        put_number(buf, fen / YI_STEP, 2, false);
        xj_buf_add_str(buf, "亿元");
    } else if (fen >= WAN_FEN && fen % WAN_STEP == 0) {
        put_number(buf, fen / WAN_STEP, 2, false);
        xj_buf_add_str(buf, "万元");
    } else {
        put_number(buf, fen, 2, false);
        xj_buf_add_str(buf, "元");
    }
}

void xj_standards_amount_text(const struct xj_std_measure *m, int64_t value, bool zh, struct xj_buf *buf)
{
    struct xj_slice name;
    const unsigned digits = xj_standards_unit(m->unit, zh, &name);
    if (zh && xj_slice_is(m->unit, "fen")) {
        put_yuan_zh(buf, value);
        return;
    }
    put_number(buf, value, digits, !zh);
    if (!zh && name.n > 0)
        xj_buf_add_str(buf, " ");
    xj_buf_add_slice(buf, name);
}

/* ---- rows ---- */

static void put_limit(const struct xj_standards *st, uint16_t measure, int64_t value, int64_t max, bool less, bool zh, struct xj_buf *buf)
{
    const struct xj_std_measure *m = &st->measures[measure];
    xj_buf_add_slice(buf, zh ? m->zh : m->en);
    if (!zh)
        xj_buf_add_str(buf, less ? " < " : " ≥ ");
    else if (less)
        xj_buf_add_str(buf, "不满");
    xj_standards_amount_text(m, value, zh, buf);
    if (max > value) {
        xj_buf_add_str(buf, zh ? "至" : " to ");
        xj_standards_amount_text(m, max, zh, buf);
    }
    if (zh && !less)
        xj_buf_add_str(buf, "以上");
    if (max > value)
        xj_buf_add_str(buf, zh ? "（各省定）" : " (as the province sets it)");
}

static void put_years(struct xj_buf *buf, unsigned years, bool zh)
{
    if (years > 0)
        xj_buf_addf(buf, zh ? "%u年内" : " within %u years", years);
    else
        xj_buf_add_str(buf, zh ? "曾" : " before");
}

static void put_prior(const struct xj_std_prior *p, bool zh, struct xj_buf *buf)
{
    if (zh) {
        put_years(buf, p->years, zh);
        xj_buf_addf(buf, "因%.*s受%u次以上行政处罚", (int)p->what.n, (const char *)p->what.p, p->times);
    } else {
        xj_buf_addf(buf, "penalised %u or more times", p->times);
        put_years(buf, p->years, zh);
        xj_buf_addf(buf, " for %.*s", (int)p->what.n, (const char *)p->what.p);
    }
    if (p->convicted == XJ_STD_NO_YEARS)
        return;
    xj_buf_add_str(buf, zh ? "，或者" : ", or convicted");
    put_years(buf, p->convicted, zh);
    xj_buf_add_str(buf, zh ? "受刑事处罚" : "");
}

static void put_aside(enum xj_std_aside aside, bool zh, struct xj_buf *buf)
{
    static const char *const names[][2] = {{"", ""}, {"〔加重档〕", "[aggravated] "}, {"〔危险认定〕", "[danger] "}, {"〔主体认定〕", "[role] "},
                                           {"〔可不立案〕", "[exempt] "}, {"〔归入本罪〕", "[scope] "}};
    xj_buf_add_str(buf, names[aside][zh ? 0 : 1]);
}

static void part(struct xj_buf *buf, size_t start, bool zh)
{
    if (buf->n > start)
        xj_buf_add_str(buf, zh ? "；" : "; ");
}

void xj_standards_row_text(const struct xj_standards *st, const struct xj_std_row *r, bool zh, struct xj_buf *buf)
{
    put_aside(r->aside, zh, buf);
    if (r->subject != XJ_STD_ANYBODY)
        xj_buf_add_str(buf, r->subject == XJ_STD_UNIT ? (zh ? "单位：" : "units: ") : (zh ? "个人：" : "persons: "));
    const size_t start = buf->n;
    if (r->measure != XJ_NONE)
        put_limit(st, r->measure, r->value, r->max, false, zh, buf);
    for (size_t i = 0; i < r->limit_count; i++) {
        if (buf->n > start)
            xj_buf_add_str(buf, zh ? "，且" : " and ");
        put_limit(st, r->limits[i].measure, r->limits[i].value, r->limits[i].value, r->limits[i].less, zh, buf);
    }
    if (r->near > 0)
        xj_buf_addf(buf, zh ? "已到上列数额之一的%u%%" : "%u %% of an amount above", r->near);
    if (r->prior.given) {
        part(buf, start, zh);
        put_prior(&r->prior, zh, buf);
    }
    if (r->judge.n > 0) {
        part(buf, start, zh);
        if (!zh)
            xj_buf_add_str(buf, "to be judged: ");
        xj_buf_add_slice(buf, r->judge);
    }
    if (r->note.n > 0)
        xj_buf_addf(buf, zh ? "（%.*s）" : " (%.*s)", (int)r->note.n, (const char *)r->note.p);
}

void xj_standards_cite_text(const struct xj_standards *st, const struct xj_std_row *r, bool zh, struct xj_buf *buf)
{
    for (size_t i = 0; i < r->cite_count; i++) {
        const struct xj_std_instrument *x = &st->instruments[r->cites[i].instrument];
        xj_buf_add_str(buf, i > 0 ? "；" : "");
        xj_buf_add_slice(buf, x->title);
        if (x->number.n > 0)
            xj_buf_addf(buf, "（%.*s%s）", (int)x->number.n, (const char *)x->number.p,
                        x->tag == XJ_TAG_U ? (zh ? "，文号未核" : ", number not confirmed") : "");
        xj_buf_add_slice(buf, r->cites[i].article);
    }
    xj_buf_addf(buf, "〔%s〕", xj_standards_tag(r->tag));
}

void xj_standards_charge_text(const struct xj_std_entry *e, struct xj_buf *buf)
{
    xj_buf_add_slice(buf, e->title.n > 0 ? e->title : e->charge);
    if (e->kind.n > 0)
        xj_buf_addf(buf, "（%.*s）", (int)e->kind.n, (const char *)e->kind.p);
}

const char *xj_standards_tag(enum xj_tag tag)
{
    return tag == XJ_TAG_C ? "C" : tag == XJ_TAG_C2 ? "C2" : "U";
}
