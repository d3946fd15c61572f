/* A report as a workbook (XLSX), the same bytes for the same report. Spec: spec/14-statistics.md, section 10. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xlsxwriter.h>

#include "agents/cli/look.h"
#include "agents/cli/stats_sheet.h"

enum { PLAIN = 0, YUAN, PERCENT, FORMATS };

struct book {
    const struct xj_cli *cli;
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *head, *number[FORMATS];
    lxw_row_t row;
    bool failed;
};

static void note(struct book *b, lxw_error error)
{
    b->failed = b->failed || error != LXW_NO_ERROR;
}

/* Texts are always strings: what looks like a formula stays what it says. */
static void put_text(struct book *b, lxw_col_t col, const char *s)
{
    note(b, worksheet_write_string(b->sheet, b->row, col, s, NULL));
}

static int format_of(const char *unit)
{
    return strcmp(unit, "fen") == 0 ? YUAN : strcmp(unit, "permille") == 0 ? PERCENT : PLAIN;
}

/* Cells hold binary fractions, so yuan and percent are shown by a format; the exact number is in the JSON. */
static void put_number(struct book *b, lxw_col_t col, const json_t *number, int format)
{
    static const double units[] = {[PLAIN] = 1, [YUAN] = 100, [PERCENT] = 1000};
    if (json_is_integer(number))
        note(b, worksheet_write_number(b->sheet, b->row, col, (double)json_integer_value(number) / units[format], b->number[format]));
}

static bool begin_sheet(struct book *b, const char *zh, const char *en, const char *const heads[][2], size_t count, const double *widths)
{
    b->sheet = workbook_add_worksheet(b->book, xj_pick(b->cli, zh, en));
    b->row = 0;
    if (b->sheet == NULL) {
        b->failed = true;
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        note(b, worksheet_write_string(b->sheet, 0, (lxw_col_t)i, xj_pick(b->cli, heads[i][0], heads[i][1]), b->head));
        note(b, worksheet_set_column(b->sheet, (lxw_col_t)i, (lxw_col_t)i, widths[i], NULL));
    }
    worksheet_freeze_panes(b->sheet, 1, 0);
    b->row = 1;
    return true;
}

/* ---- the sheets ---- */

static enum xj_err put_figure(void *arg, const struct xj_stats_row *row)
{
    struct book *b = arg;
    const int format = format_of(xj_look_str(row->statistic, "unit"));
    put_text(b, 0, row->line != NULL ? xj_look_str(row->line, "area") : "");
    put_text(b, 1, row->line == NULL ? xj_pick(b->cli, "合计", "total") : xj_look_name(row->line, "name", "agency"));
    put_text(b, 2, row->line != NULL ? xj_look_str(row->line, "sector") : "");
    put_text(b, 3, row->line != NULL ? xj_look_str(row->line, "charge") : "");
    put_text(b, 4, xj_look_str(row->statistic, b->cli->zh ? "zh" : "en"));
    put_text(b, 5, xj_stats_unit(b->cli, row));
    put_number(b, 6, xj_stats_number(row), format);
    put_number(b, 7, json_object_get(row->figure, "before"), format);
    put_number(b, 8, json_object_get(row->figure, "change"), format);
    put_number(b, 9, json_object_get(row->figure, "change_permille"), PERCENT);
    put_number(b, 10, json_object_get(row->figure, "undated"), PLAIN);
    put_number(b, 11, json_object_get(row->figure, "unread"), PLAIN);
    b->row++;
    return b->failed ? XJ_ENOMEM : XJ_OK;
}

static void put_figures(struct book *b, const json_t *report)
{
    static const char *const heads[][2] = {{"区划", "area"}, {"机关", "agency"}, {"领域", "sector"}, {"罪名", "charge"}, {"统计项", "statistic"},
                                           {"单位", "unit"}, {"本期", "period"}, {"上年同期", "year before"}, {"增减", "change"},
                                           {"增减率", "change, %"}, {"未注明日期", "undated"}, {"不能开启", "cannot be opened"}};
    static const double widths[] = {10, 32, 14, 28, 22, 8, 16, 16, 14, 10, 12, 12};
    if (begin_sheet(b, "统计", "figures", heads, sizeof heads / sizeof heads[0], widths) && xj_stats_each(report, put_figure, b) != XJ_OK)
        b->failed = true;
    if (!b->failed && b->row > 1)
        note(b, worksheet_autofilter(b->sheet, 0, 0, b->row - 1, 11));
}

static void put_cover(struct book *b, const json_t *report)
{
    static const char *const heads[][2] = {{"角色", "role"}, {"已登记", "registered"}, {"已接入", "connected"}, {"本期有发出", "active"},
                                           {"本期未发出", "silent"}, {"从未发出", "never sent"}, {"未接入", "not connected"}, {"代录", "recorded from paper"}};
    static const char *const keys[] = {"registered", "connected", "active", "silent", "never", "unconnected", "recorded"};
    static const double widths[] = {32, 14, 14, 14, 14, 14, 14, 14};
    const json_t *cover = json_object_get(report, "coverage"), *one;
    size_t i;
    if (!begin_sheet(b, "覆盖", "coverage", heads, sizeof heads / sizeof heads[0], widths))
        return;
    json_array_foreach(json_object_get(cover, "roles"), i, one)
    {
        put_text(b, 0, xj_look_str(one, b->cli->zh ? "zh" : "en"));
        for (lxw_col_t k = 0; k < 7; k++)
            put_number(b, k + 1, json_object_get(one, keys[k]), PLAIN);
        b->row++;
    }
    b->row++;
    json_array_foreach(json_object_get(cover, "silent"), i, one)
    {
        put_text(b, 0, xj_look_name(one, "name", "agency"));
        put_text(b, 1, xj_stats_state(b->cli, xj_look_str(one, "state")));
        put_text(b, 2, xj_look_str(one, "agency"));
        b->row++;
    }
}

static void put_flags(struct book *b, const json_t *report)
{
    static const char *const heads[][2] = {{"规则", "rule"}, {"机关", "agency"}, {"提示", "what"}};
    static const double widths[] = {8, 32, 100};
    const json_t *one;
    struct xj_buf text;
    size_t i;
    if (!begin_sheet(b, "提示", "flags", heads, sizeof heads / sizeof heads[0], widths))
        return;
    xj_buf_init(&text, 4096);
    json_array_foreach(json_object_get(report, "flags"), i, one)
    {
        xj_stats_flag(b->cli, one, &text);
        put_text(b, 0, xj_look_str(one, "rule"));
        put_text(b, 1, xj_look_name(one, "name", "agency"));
        put_text(b, 2, xj_buf_cstr(&text) != NULL ? xj_buf_cstr(&text) : "");
        b->row++;
    }
    xj_buf_free(&text);
}

static enum xj_err put_pair(void *arg, const char *title, const char *text)
{
    struct book *b = arg;
    put_text(b, 0, title);
    put_text(b, 1, text);
    b->row++;
    return b->failed ? XJ_ENOMEM : XJ_OK;
}

static void put_basis(struct book *b, const json_t *answer)
{
    static const char *const heads[][2] = {{"依据", "basis"}, {"内容", "value"}};
    static const double widths[] = {20, 80};
    if (begin_sheet(b, "依据", "basis", heads, sizeof heads / sizeof heads[0], widths) && xj_stats_each_basis(b->cli, answer, put_pair, b) != XJ_OK)
        b->failed = true;
}

/* ---- the file ---- */

static void set_formats(struct book *b)
{
    static const char *const formats[] = {[PLAIN] = "#,##0", [YUAN] = "#,##0.00", [PERCENT] = "0.0%"};
    b->head = workbook_add_format(b->book);
    b->failed = b->failed || b->head == NULL;
    for (int i = 0; i < FORMATS; i++) {
        b->number[i] = workbook_add_format(b->book);
        b->failed = b->failed || b->number[i] == NULL;
    }
    if (b->failed)
        return;
    format_set_bold(b->head);
    for (int i = 0; i < FORMATS; i++)
        format_set_num_format(b->number[i], formats[i]);
}

/* The document's date is that of the figures, not of the day of writing. */
static void set_properties(struct book *b, const json_t *report)
{
    char title[64] = "";
    snprintf(title, sizeof title, "%s %s", xj_pick(b->cli, "衔接统计", "statistics"), xj_look_str(json_object_get(report, "query"), "period"));
    lxw_doc_properties p = {.title = title,
                            .created = (time_t)(json_integer_value(json_object_get(json_object_get(report, "basis"), "as_of_ms")) / 1000)};
    note(b, workbook_set_properties(b->book, &p));
}

static bool make(struct book *b, const json_t *answer, const char *path)
{
    const json_t *report = json_object_get(answer, "report");
    b->book = workbook_new(path);
    if (b->book == NULL)
        return false;
    set_formats(b);
    set_properties(b, report);
    put_figures(b, report);
    put_cover(b, report);
    put_flags(b, report);
    put_basis(b, answer);
    note(b, workbook_close(b->book)); /* writes the file and frees the book, also when it fails */
    return !b->failed;
}

int xj_stats_write_xlsx(struct xj_cli *cli, const json_t *answer, const char *path)
{
    struct book b = {.cli = cli};
    char *beside = NULL;
    int fd, rc = XJ_EXIT_WORLD;
    if (access(path, F_OK) == 0) {
        xj_tell(cli, "%s：文件已经存在，没有覆盖", "%s: the file exists and was not overwritten", path);
        return XJ_EXIT_USAGE;
    }
    if (asprintf(&beside, "%s.XXXXXX", path) < 0)
        return xj_fail(cli, XJ_ENOMEM, NULL);
    fd = mkstemp(beside); /* 0600, whoever wrote the directory's rules */
    if (fd >= 0 && make(&b, answer, beside) && fsync(fd) == 0 && rename(beside, path) == 0)
        rc = XJ_EXIT_OK;
    else
        xj_tell(cli, "%s：写不出", "%s: cannot be written", path);
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && rc != XJ_EXIT_OK)
        (void)unlink(beside);
    free(beside);
    return rc;
}
