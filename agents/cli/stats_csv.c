/* A report as CSV (RFC 4180, UTF-8 with a byte order mark, so that spreadsheets read Chinese). Spec: spec/14-statistics.md,
 * section 10. */
#include <string.h>
#include <unistd.h>

#include "agents/cli/look.h"
#include "agents/cli/stats_sheet.h"
#include "schema/base/file.h"

#define CSV_BYTES (256u * 1024 * 1024)

struct csv {
    const struct xj_cli *cli;
    struct xj_buf out;
    bool first; /* of its line */
};

/* A cell that a spreadsheet would take for a formula is made text by an apostrophe. */
static void put_text(struct csv *c, const char *s)
{
    const bool formula = *s != '\0' && strchr("=+-@\t\r", *s) != NULL, quoted = formula || strpbrk(s, ",\"\r\n") != NULL;
    if (!c->first)
        xj_buf_add_str(&c->out, ",");
    c->first = false;
    xj_buf_add_str(&c->out, quoted ? "\"" : "");
    xj_buf_add_str(&c->out, formula ? "'" : "");
    for (; *s != '\0'; s++)
        xj_buf_addf(&c->out, *s == '"' ? "\"\"" : "%c", *s);
    xj_buf_add_str(&c->out, quoted ? "\"" : "");
}

static void put_number(struct csv *c, const json_t *number)
{
    xj_buf_add_str(&c->out, c->first ? "" : ",");
    c->first = false;
    if (json_is_integer(number))
        xj_buf_addf(&c->out, "%lld", (long long)json_integer_value(number));
}

static void end_line(struct csv *c)
{
    xj_buf_add_str(&c->out, "\r\n");
    c->first = true;
}

static enum xj_err put_row(void *arg, const struct xj_stats_row *row)
{
    static const char *const numbers[] = {"of", "per", "unread", "undated", "before", "change", "change_permille"};
    struct csv *c = arg;
    put_text(c, row->line != NULL ? xj_look_str(row->line, "area") : "");
    put_text(c, row->line != NULL ? xj_look_str(row->line, "agency") : "");
    put_text(c, row->line == NULL ? xj_pick(c->cli, "合计", "total") : xj_look_str(row->line, "name"));
    put_text(c, row->line != NULL ? xj_look_str(row->line, "sector") : "");
    put_text(c, row->line != NULL ? xj_look_str(row->line, "charge") : "");
    put_text(c, xj_look_str(row->statistic, "id"));
    put_text(c, xj_look_str(row->statistic, c->cli->zh ? "zh" : "en"));
    put_text(c, xj_look_str(row->statistic, "unit"));
    put_number(c, xj_stats_number(row));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_number(c, json_object_get(row->figure, numbers[i]));
    end_line(c);
    return c->out.err;
}

static enum xj_err put_pair(void *arg, const char *title, const char *text)
{
    struct csv *c = arg;
    put_text(c, "#");
    put_text(c, title);
    put_text(c, text);
    end_line(c);
    return c->out.err;
}

static void put_silent(struct csv *c, const json_t *report)
{
    const json_t *one;
    size_t i;
    json_array_foreach(json_object_get(json_object_get(report, "coverage"), "silent"), i, one)
    {
        put_text(c, "#");
        put_text(c, xj_stats_state(c->cli, xj_look_str(one, "state")));
        put_text(c, xj_look_str(one, "agency"));
        put_text(c, xj_look_str(one, "name"));
        end_line(c);
    }
}

static void put_flags(struct csv *c, const json_t *report)
{
    const json_t *one;
    struct xj_buf text;
    size_t i;
    xj_buf_init(&text, 4096);
    json_array_foreach(json_object_get(report, "flags"), i, one)
    {
        xj_stats_flag(c->cli, one, &text);
        put_text(c, "#");
        put_text(c, xj_look_str(one, "rule"));
        put_text(c, xj_look_str(one, "agency"));
        put_text(c, xj_buf_cstr(&text) != NULL ? xj_buf_cstr(&text) : "");
        end_line(c);
    }
    xj_buf_free(&text);
}

/* Figures, then lines that begin with # : who is silent, what is to be noticed, what it rests on. */
static enum xj_err make(struct csv *c, const json_t *answer)
{
    static const char *const heads[] = {"area", "agency", "name", "sector", "charge", "statistic", "title", "unit", "value", "of", "per", "unread",
                                        "undated", "before", "change", "change_permille"};
    const json_t *report = json_object_get(answer, "report");
    xj_buf_add_str(&c->out, "\xEF\xBB\xBF");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        put_text(c, heads[i]);
    end_line(c);
    enum xj_err err = xj_stats_each(report, put_row, c);
    put_silent(c, report);
    put_flags(c, report);
    return err == XJ_OK ? xj_stats_each_basis(c->cli, answer, put_pair, c) : err;
}

int xj_stats_write_csv(struct xj_cli *cli, const json_t *answer, const char *path)
{
    struct csv c = {.cli = cli, .first = true};
    int rc = XJ_EXIT_OK;
    xj_buf_init(&c.out, CSV_BYTES);
    enum xj_err err = make(&c, answer);
    if (err == XJ_OK && strcmp(path, "-") == 0) {
        rc = fwrite(c.out.p, 1, c.out.n, cli->out) == c.out.n ? XJ_EXIT_OK : XJ_EXIT_WORLD;
    } else if (err == XJ_OK && access(path, F_OK) == 0) {
        xj_tell(cli, "%s：文件已经存在，没有覆盖", "%s: the file exists and was not overwritten", path);
        rc = XJ_EXIT_USAGE;
    } else {
        err = err == XJ_OK ? xj_file_write_atomic(path, xj_buf_slice(&c.out), 0600) : err;
        rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
    }
    xj_buf_free(&c.out);
    return rc;
}
