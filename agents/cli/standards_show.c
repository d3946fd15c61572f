#include "agents/cli/standards_show.h"

#include <stdlib.h>
#include <string.h>

#include "agents/cli/table.h"
#include "schema/base/civil.h"
#include "schema/procedure/calendar.h"
#include "schema/procedure/standards_text.h"

#define TEXT_BYTES 16384u

static const char *state_name(struct xj_std_verdict v)
{
    switch (v.state) {
    case XJ_STD_COUNTS: return v.percent >= XJ_STD_REACHED_AT ? "reached" : v.percent >= XJ_STD_NEAR_AT ? "near" : "below";
    case XJ_STD_OPEN: return "open";
    case XJ_STD_OUT: return "out";
    default: return "aside";
    }
}

static const char *state_word(const struct xj_cli *cli, const struct xj_std_row *r, struct xj_std_verdict v)
{
    static const char *const words[][3] = {{"reached", "达到", "over "}, {"near", "接近", "near "},   {"below", "未到", "below"},
                                           {"open", "待定", "open "},    {"out", "不合", "out  "},    {"aside", "不计", "aside"}};
    if (v.state == XJ_STD_ASIDE && r->tag == XJ_TAG_U)
        return xj_pick(cli, "未核", "not confirmed");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], state_name(v)) == 0)
            return words[i][cli->zh ? 1 : 2];
    return "";
}

static void days_text(int64_t from, int64_t to, char out[32])
{
    xj_date_format(from, out);
    if (to != from) {
        (void)strcat(out, "/");
        if (to <= XJ_CALENDAR_DAY_MAX)
            xj_date_format(to, out + strlen(out));
    }
}

/* ---- for people ---- */

static void print_question(const struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, struct xj_buf *buf)
{
    char days[32];
    days_text(q->from_day, q->to_day, days);
    xj_buf_reset(buf);
    for (size_t i = 0; i < q->amount_count; i++) {
        const struct xj_std_measure *m = &st->measures[xj_standards_measure(st, q->amounts[i].name)];
        xj_buf_add_str(buf, xj_pick(cli, "；", "; "));
        xj_buf_add_slice(buf, cli->zh ? m->zh : m->en);
        xj_buf_add_str(buf, " ");
        xj_standards_amount_text(m, q->amounts[i].value, cli->zh, buf);
    }
    if (q->penalty_count + q->conviction_count > 0)
        xj_buf_addf(buf, cli->zh ? "；此前处罚%zu次、判刑%zu次" : "; %zu earlier penalties, %zu convictions", q->penalty_count, q->conviction_count);
    const char *unit = q->subject == XJ_STD_UNIT ? xj_pick(cli, "单位", "a unit") : xj_pick(cli, "个人", "a person");
    xj_print(cli, "行为日%s；%s%s\n", "conduct %s; %s%s\n", days, unit, xj_buf_cstr(buf) != NULL ? xj_buf_cstr(buf) : "");
}

static void print_outcome(const struct xj_cli *cli, const struct xj_std_charge *c)
{
    fprintf(cli->out, "%.*s", (int)c->charge.n, (const char *)c->charge.p);
    if (c->kind.n > 0)
        fprintf(cli->out, "（%.*s）", (int)c->kind.n, (const char *)c->kind.p);
    fprintf(cli->out, "%s%s", xj_pick(cli, "：", ": "), xj_std_outcome_text(c->outcome, cli->zh));
    if (c->percent != XJ_STD_NONE)
        fprintf(cli->out, cli->zh ? "（%d%%）" : " (%d %%)", c->percent);
    fputc('\n', cli->out);
    for (unsigned i = 0; i < XJ_STD_PROMPTS; i++)
        if (c->prompts & 1u << i)
            fprintf(cli->out, "  ! %s\n", xj_std_prompt_text(i, cli->zh));
}

static void print_row(const struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_row *r, struct xj_std_verdict v,
                      struct xj_buf *buf)
{
    char percent[16] = "";
    xj_buf_reset(buf);
    xj_standards_row_text(st, r, cli->zh, buf);
    if (v.percent != XJ_STD_NONE)
        (void)snprintf(percent, sizeof percent, "%d%%", v.percent);
    fprintf(cli->out, "    %s %5s  %s\n", state_word(cli, r, v), percent, xj_buf_cstr(buf) != NULL ? xj_buf_cstr(buf) : "");
    xj_buf_reset(buf);
    xj_standards_cite_text(st, r, cli->zh, buf);
    fprintf(cli->out, "                %s\n", xj_buf_cstr(buf) != NULL ? xj_buf_cstr(buf) : "");
}

static void print_remark(const struct xj_cli *cli, const char *zh, const char *en, struct xj_slice text)
{
    if (text.n > 0)
        fprintf(cli->out, "    %s%.*s\n", xj_pick(cli, zh, en), (int)text.n, (const char *)text.p);
}

static void print_entry(const struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q,
                        const struct xj_std_entry *e, struct xj_buf *buf)
{
    char days[32];
    days_text(e->from_day, e->to_day, days);
    xj_buf_reset(buf);
    xj_standards_charge_text(e, buf);
    fprintf(cli->out, "  %s  %.*s  %s  [%.*s]\n", xj_buf_cstr(buf) != NULL ? xj_buf_cstr(buf) : "", (int)e->article.n, (const char *)e->article.p,
            days, (int)e->id.n, (const char *)e->id.p);
    for (uint16_t i = 0; i < e->row_count; i++)
        print_row(cli, st, &e->rows[i], xj_standards_row(st, q, e, i), buf);
    print_remark(cli, "累计：", "adding up: ", e->accumulate);
    print_remark(cli, "行政法：", "administrative law: ", e->admin);
    print_remark(cli, "注：", "note: ", e->note);
}

static void name_measure(const struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, uint16_t measure,
                         bool seen[XJ_STD_MEASURES_MAX])
{
    const struct xj_std_measure *m = &st->measures[measure];
    if (seen[measure] || xj_standards_given(st, q, measure))
        return;
    seen[measure] = true;
    if (m->part_count > 0) {
        for (size_t i = 0; i < m->part_count; i++)
            name_measure(cli, st, q, m->parts[i].measure, seen);
        return;
    }
    const struct xj_slice name = cli->zh ? m->zh : m->en;
    fprintf(cli->out, "    %.*s  %.*s (%.*s)\n", (int)m->name.n, (const char *)m->name.p, (int)name.n, (const char *)name.p, (int)m->unit.n,
            (const char *)m->unit.p);
}

/* What else might be given with --amount. */
static void print_missing(const struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a)
{
    bool seen[XJ_STD_MEASURES_MAX] = {false};
    if ((a->prompts & XJ_STD_ASK_MISSING) == 0)
        return;
    xj_print(cli, "  还可给出的数额：\n", "  amounts that may be given as well:\n");
    for (size_t i = 0; i < a->finding_count; i++)
        for (uint16_t k = 0; k < a->findings[i].entry->row_count; k++) {
            const struct xj_std_row *r = &a->findings[i].entry->rows[k];
            if ((xj_standards_row(st, q, a->findings[i].entry, k).prompts & XJ_STD_ASK_MISSING) == 0)
                continue;
            if (r->measure != XJ_NONE)
                name_measure(cli, st, q, r->measure, seen);
            for (size_t l = 0; l < r->limit_count; l++)
                name_measure(cli, st, q, r->limits[l].measure, seen);
        }
}

int xj_standards_show(struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a)
{
    struct xj_buf buf;
    xj_buf_init(&buf, TEXT_BYTES);
    print_question(cli, st, q, &buf);
    for (size_t c = 0; c < a->charge_count; c++) {
        print_outcome(cli, &a->charges[c]);
        for (size_t i = 0; i < a->finding_count; i++)
            if (a->findings[i].charge == c)
                print_entry(cli, st, q, a->findings[i].entry, &buf);
    }
    print_missing(cli, st, q, a);
    xj_buf_free(&buf);
    return XJ_EXIT_OK;
}

/* ---- for programs ---- */

static json_t *text_json(struct xj_buf *buf)
{
    json_t *s = xj_buf_cstr(buf) != NULL ? json_stringn((const char *)buf->p, buf->n) : NULL;
    xj_buf_reset(buf);
    return s;
}

static json_t *slice_json(struct xj_slice s)
{
    return s.n > 0 ? json_stringn((const char *)s.p, s.n) : json_null();
}

static json_t *percent_json(int32_t percent)
{
    return percent == XJ_STD_NONE ? json_null() : json_integer(percent);
}

static json_t *prompts_json(uint32_t prompts)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < XJ_STD_PROMPTS; i++)
        if (prompts & 1u << i)
            (void)json_array_append_new(list, json_string(xj_std_prompt_name(i)));
    return list;
}

static json_t *row_json(const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_entry *e, uint16_t i)
{
    const struct xj_std_row *r = &e->rows[i];
    const struct xj_std_verdict v = xj_standards_row(st, q, e, i);
    struct xj_buf buf;
    xj_buf_init(&buf, TEXT_BYTES);
    json_t *o = json_pack("{s:s, s:o, s:o, s:s}", "state", state_name(v), "percent", percent_json(v.percent), "prompts", prompts_json(v.prompts),
                          "tag", xj_standards_tag(r->tag));
    if (r->measure != XJ_NONE) {
        (void)json_object_set_new(o, "measure", slice_json(st->measures[r->measure].name));
        (void)json_object_set_new(o, "unit", slice_json(st->measures[r->measure].unit));
        (void)json_object_set_new(o, "value", json_integer(r->value));
        (void)json_object_set_new(o, "max", json_integer(r->max));
    }
    xj_standards_row_text(st, r, true, &buf);
    (void)json_object_set_new(o, "text_zh", text_json(&buf));
    xj_standards_row_text(st, r, false, &buf);
    (void)json_object_set_new(o, "text_en", text_json(&buf));
    xj_standards_cite_text(st, r, true, &buf);
    (void)json_object_set_new(o, "source", text_json(&buf));
    xj_buf_free(&buf);
    return o;
}

static json_t *finding_json(const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_finding *d)
{
    char days[32];
    json_t *rows = json_array();
    days_text(d->entry->from_day, d->entry->to_day, days);
    for (uint16_t i = 0; i < d->entry->row_count; i++)
        (void)json_array_append_new(rows, row_json(st, q, d->entry, i));
    return json_pack("{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "id", slice_json(d->entry->id), "charge",
                     slice_json(d->entry->title.n > 0 ? d->entry->title : d->entry->charge), "kind", slice_json(d->entry->kind), "article",
                     slice_json(d->entry->article), "days", days, "outcome", xj_std_outcome_name(d->outcome), "percent", percent_json(d->percent),
                     "prompts", prompts_json(d->prompts), "rows", rows, "accumulate", slice_json(d->entry->accumulate), "admin",
                     slice_json(d->entry->admin), "note", slice_json(d->entry->note));
}

static json_t *charge_json(const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a, size_t c)
{
    const struct xj_std_charge *x = &a->charges[c];
    json_t *entries = json_array();
    for (size_t i = 0; i < a->finding_count; i++)
        if (a->findings[i].charge == c)
            (void)json_array_append_new(entries, finding_json(st, q, &a->findings[i]));
    return json_pack("{s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "charge", slice_json(x->charge), "kind", slice_json(x->kind), "outcome",
                     xj_std_outcome_name(x->outcome), "percent", percent_json(x->percent), "prompts", prompts_json(x->prompts), "decided_by",
                     x->entry != NULL ? slice_json(x->entry->id) : json_null(), "entries", entries);
}

int xj_standards_show_json(struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a)
{
    char days[32], hex[2 * XJ_HASH_SIZE + 1];
    json_t *charges = json_array();
    days_text(q->from_day, q->to_day, days);
    xj_hex(xj_standards_digest(st)->b, XJ_HASH_SIZE, hex);
    for (size_t c = 0; c < a->charge_count; c++)
        (void)json_array_append_new(charges, charge_json(st, q, a, c));
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "standards", hex, "conduct", days, "outcome", xj_std_outcome_name(a->outcome), "percent",
                          percent_json(a->percent), "prompts", prompts_json(a->prompts), "charges", charges);
    if (o == NULL)
        return xj_fail(cli, XJ_ENOMEM, NULL);
    xj_cli_print_json(cli, o);
    json_decref(o);
    return XJ_EXIT_OK;
}

/* ---- the measures ---- */

int xj_standards_show_measures(struct xj_cli *cli, const struct xj_standards *st)
{
    static const struct xj_column columns[] = {
        {.key = "name", .zh = "名称", .en = "NAME"}, {.key = "unit", .zh = "单位", .en = "UNIT"}, {.key = "zh", .zh = "中文", .en = "CHINESE"},
        {.key = "en", .zh = "英文", .en = "ENGLISH"}};
    struct xj_table *t = xj_table_new(cli, "measures", columns, sizeof columns / sizeof columns[0]);
    enum xj_err err = t != NULL ? XJ_OK : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < st->measure_count; i++) {
        const struct xj_std_measure *m = &st->measures[i];
        char *cells[] = {xj_slice_dup(m->name), xj_slice_dup(m->unit), xj_slice_dup(m->zh), xj_slice_dup(m->en)};
        err = xj_table_row(t, (const char *const *)cells, false);
        for (size_t k = 0; k < sizeof cells / sizeof cells[0]; k++)
            free(cells[k]);
    }
    if (err == XJ_OK)
        err = xj_table_print(t);
    xj_table_free(t);
    return err == XJ_OK ? XJ_EXIT_OK : XJ_EXIT_WORLD;
}
