#include "agents/cli/calendar_merge.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/base/file.h"

static enum xj_err add_days(struct xj_calendar *to, const struct xj_calendar *from, const struct xj_calendar *but)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < from->off_count; i++)
        if (but == NULL || !xj_calendar_covers(but, from->off[i].day))
            err = xj_calendar_add_off(to, from->off[i].day, xj_slice_cstr(from->off[i].name));
    for (size_t i = 0; err == XJ_OK && i < from->work_count; i++)
        if (but == NULL || !xj_calendar_covers(but, from->work[i]))
            err = xj_calendar_add_work(to, from->work[i]);
    return err;
}

static enum xj_err join_sources(const struct xj_calendar *base, const struct xj_calendar *notice, struct xj_buf *out)
{
    xj_buf_add_str(out, base->source);
    if (strstr(base->source, notice->source) == NULL) { /* the same notice again adds nothing */
        xj_buf_add_str(out, "; ");
        xj_buf_add_str(out, notice->source);
    }
    return out->err;
}

enum xj_err xj_calendar_merge(const struct xj_calendar *base, const struct xj_calendar *notice, struct xj_calendar *ret, struct xj_buf *text)
{
    struct xj_buf source, why;
    int64_t from = base->from_day < notice->from_day ? base->from_day : notice->from_day;
    int64_t to = base->to_day > notice->to_day ? base->to_day : notice->to_day;
    if (notice->from_day > base->to_day + 1 || notice->to_day + 1 < base->from_day) {
        xj_buf_add_str(text, "日历：放假安排与现有日历之间有空缺，请先导入中间的年份 / calendar: there is a gap between the notice and the calendar;"
                             " import the years between first\n");
        return XJ_EMALFORMED;
    }
    xj_buf_init(&source, XJ_CALENDAR_SOURCE_MAX + 1);
    enum xj_err err = join_sources(base, notice, &source);
    if (err == XJ_OK)
        err = xj_calendar_init(ret, xj_slice_cstr(base->name), from, to, xj_buf_slice(&source));
    xj_buf_free(&source);
    if (err != XJ_OK)
        return err;
    err = add_days(ret, base, notice);
    if (err == XJ_OK)
        err = add_days(ret, notice, NULL);
    xj_buf_init(&why, 4096);
    if (err == XJ_OK)
        err = xj_calendar_finish(ret, &why);
    if (err == XJ_EMALFORMED)
        xj_buf_addf(text, "日历：日期有矛盾：%s / calendar: contradiction: %s\n", xj_buf_cstr(&why), xj_buf_cstr(&why));
    xj_buf_free(&why);
    if (err != XJ_OK)
        xj_calendar_free(ret);
    return err;
}

enum xj_err xj_calendar_write_json(const struct xj_calendar *cal, const char *path)
{
    char date[11], to[11];
    json_t *off = json_array(), *work = json_array();
    for (size_t i = 0; i < cal->off_count; i++) {
        xj_date_format(cal->off[i].day, date);
        (void)json_array_append_new(off, json_pack("{s:s, s:s}", "date", date, "name", cal->off[i].name));
    }
    for (size_t i = 0; i < cal->work_count; i++) {
        xj_date_format(cal->work[i], date);
        (void)json_array_append_new(work, json_string(date));
    }
    const bool whole = json_array_size(off) == cal->off_count && json_array_size(work) == cal->work_count;
    xj_date_format(cal->from_day, date);
    xj_date_format(cal->to_day, to);
    json_t *root = json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "name", cal->name, "covered_from", date, "covered_to", to, "source",
                             cal->source, "off", off, "work", work);
    char *out = root != NULL && whole ? json_dumps(root, JSON_INDENT(1)) : NULL;
    json_decref(root);
    enum xj_err err = out != NULL ? xj_file_write_atomic(path, xj_slice_cstr(out), 0644) : XJ_ENOMEM;
    free(out);
    return err;
}
