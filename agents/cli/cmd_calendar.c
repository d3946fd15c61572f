/* `calendar`: due dates, the form that is signed, the next holiday notice. Spec: spec/08-clocks.md; spec/10-api.md, section 4. */
#include <stdio.h>
#include <string.h>

#include "agents/cli/calendar_json.h"
#include "agents/cli/calendar_merge.h"
#include "agents/cli/cli.h"
#include "agents/cli/options.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"
#include "schema/base/limits.h"
#include "schema/procedure/clock.h"

#define CALENDAR_USAGE                                                                                                        \
    "calendar due START LIMIT [--calendar FILE]   (LIMIT: 3d 3w 2m 24h) | calendar convert FILE.json OUT"                     \
    " | calendar import NOTICE.json OUT.json [--calendar FILE]"

/* The installed calendar, or the one of a file. Says what is wrong and returns the exit code; XJ_EXIT_OK with *ret. */
static int load_calendar(struct xj_cli *cli, const char *file, struct xj_calendar *ret)
{
    struct xj_buf text;
    xj_buf_init(&text, 65536);
    const enum xj_err err = file != NULL ? xj_calendar_load(file, ret, &text) : xj_calendar_builtin(ret, &text);
    const int rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_buf_free(&text);
    return rc;
}

static int print_due(struct xj_cli *cli, enum xj_clock_kind kind, int64_t due_ms, const char *explained)
{
    char out[32];
    if (kind == XJ_CLOCK_HOURS)
        xj_instant_format(due_ms, out);
    else
        xj_date_format(xj_day_of_ms(due_ms), out);
    if (!cli->json) {
        fprintf(cli->out, "%s\n", out);
        return XJ_EXIT_OK;
    }
    json_t *j = json_pack("{s:s, s:I, s:s}", "due", out, "due_ms", (json_int_t)due_ms, "explain", explained);
    if (j == NULL)
        return xj_fail(cli, XJ_ENOMEM, NULL);
    xj_cli_print_json(cli, j);
    json_decref(j);
    return XJ_EXIT_OK;
}

static int calendar_due(struct xj_cli *cli, const char *start, const char *limit_text, const char *file)
{
    enum xj_clock_kind kind;
    uint32_t limit;
    int64_t start_ms, due_ms;
    struct xj_calendar cal;
    if (!xj_instant_parse(start, &start_ms) || !xj_clock_parse(limit_text, &kind, &limit) || kind == XJ_CLOCK_NONE)
        return xj_usage(cli, CALENDAR_USAGE);
    int rc = load_calendar(cli, file, &cal);
    if (rc != XJ_EXIT_OK)
        return rc;
    struct xj_buf line;
    xj_buf_init(&line, 65536);
    (void)xj_clock_explain(&cal, kind, limit, start_ms, NULL, 0, &line);
    const enum xj_err err = xj_clock_due(&cal, kind, limit, start_ms, NULL, 0, &due_ms);
    const char *explained = xj_buf_cstr(&line) != NULL ? xj_buf_cstr(&line) : "";
    if (err == XJ_OK)
        rc = print_due(cli, kind, due_ms, explained);
    else if (err == XJ_ERANGE)
        xj_tell(cli, "期限超出日历覆盖的范围，不作推算；请先导入相应年份的放假安排（%s）",
                "the limit runs past the calendar; import that year's notice first (%s)", explained);
    if (err != XJ_OK)
        rc = err == XJ_ERANGE ? XJ_EXIT_USAGE : xj_fail(cli, err, NULL);
    xj_buf_free(&line);
    xj_calendar_free(&cal);
    return rc;
}

/* The form that is signed and put into the register, for whoever wants to compare digests. */
static int calendar_convert(struct xj_cli *cli, const char *file, const char *to)
{
    struct xj_calendar cal;
    struct xj_buf bytes;
    struct xj_hash digest;
    char hex[65];
    const int rc = load_calendar(cli, file, &cal);
    if (rc != XJ_EXIT_OK)
        return rc;
    xj_buf_init(&bytes, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_calendar_encode(&cal, &bytes);
    enum xj_err err = bytes.err != XJ_OK ? bytes.err : xj_calendar_digest(&cal, &digest);
    if (err == XJ_OK)
        err = xj_file_write_atomic(to, xj_buf_slice(&bytes), 0644);
    if (err == XJ_OK) {
        xj_hex(digest.b, sizeof digest.b, hex);
        if (cli->json)
            fprintf(cli->out, "{\"bytes\": %zu, \"digest\": \"%s\"}\n", bytes.n, hex);
        else
            fprintf(cli->out, "%s\n", hex);
    }
    xj_buf_free(&bytes);
    xj_calendar_free(&cal);
    return err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, NULL);
}

/* ---- import ---- */

static const char *day_word(const struct xj_cli *cli, const struct xj_calendar *cal, int64_t day)
{
    bool works = false;
    if (xj_calendar_is_workday(cal, day, &works) != XJ_OK)
        return xj_pick(cli, "未覆盖", "not covered");
    return works ? xj_pick(cli, "工作日", "working day") : xj_pick(cli, "休息日", "day off");
}

/* What the notice says otherwise of days that were covered already: whoever signs should see it. */
static void tell_changes(struct xj_cli *cli, const struct xj_calendar *before, const struct xj_calendar *after)
{
    for (int64_t day = before->from_day; day <= before->to_day; day++) {
        bool was = false, is = false;
        char date[11];
        if (xj_calendar_is_workday(before, day, &was) != XJ_OK || xj_calendar_is_workday(after, day, &is) != XJ_OK || was == is)
            continue;
        xj_date_format(day, date);
        fprintf(cli->err, "%s: %s → %s\n", date, day_word(cli, before, day), day_word(cli, after, day));
    }
}

static int calendar_import(struct xj_cli *cli, const char *notice_file, const char *to, const char *base_file)
{
    struct xj_calendar base, notice, merged;
    struct xj_buf text;
    char from_date[11], to_date[11];
    int rc = load_calendar(cli, base_file, &base);
    if (rc != XJ_EXIT_OK)
        return rc;
    rc = load_calendar(cli, notice_file, &notice);
    if (rc != XJ_EXIT_OK) {
        xj_calendar_free(&base);
        return rc;
    }
    xj_buf_init(&text, 65536);
    enum xj_err err = xj_calendar_merge(&base, &notice, &merged, &text);
    if (err == XJ_OK) {
        err = xj_calendar_write_json(&merged, to);
        tell_changes(cli, &base, &merged);
        xj_date_format(merged.from_day, from_date);
        xj_date_format(merged.to_day, to_date);
        if (err == XJ_OK)
            xj_print(cli, "%s：覆盖 %s 至 %s；登记：xianjie register calendar %s\n", "%s: covers %s to %s; to sign it: xianjie register calendar %s\n", to,
                     from_date, to_date, to);
        xj_calendar_free(&merged);
    }
    rc = err == XJ_OK ? XJ_EXIT_OK : xj_fail(cli, err, &text);
    xj_buf_free(&text);
    xj_calendar_free(&base);
    xj_calendar_free(&notice);
    return rc;
}

int xj_cmd_calendar(struct xj_cli *cli, int argc, char **argv)
{
    const char *file = NULL;
    int n;
    const struct xj_option options[] = {{.name = "calendar", .value = &file}};
    const int wrong = xj_options(cli, argc, argv, options, 1, CALENDAR_USAGE, &n);
    if (wrong != XJ_EXIT_OK)
        return wrong;
    if (n == 3 && strcmp(argv[1], "due") == 0)
        return calendar_due(cli, argv[2], argv[3], file);
    if (n == 3 && file == NULL && strcmp(argv[1], "convert") == 0)
        return calendar_convert(cli, argv[2], argv[3]);
    if (n == 3 && strcmp(argv[1], "import") == 0)
        return calendar_import(cli, argv[2], argv[3], file);
    return xj_usage(cli, CALENDAR_USAGE);
}
