#include "agents/cli/calendar_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agents/cli/json_in.h"
#include "agents/cli/share.h"
#include "schema/base/civil.h"
#include "schema/base/file.h"

#define RANGE_DAYS 62 /* more than any holiday; a wrong year is found */

static void explain(struct xj_buf *text, const char *zh, const char *en, const char *what)
{
    if (text != NULL)
        xj_buf_addf(text, "日历：%s：%s / calendar: %s: %s\n", zh, what, en, what);
}

static struct xj_slice text_of(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key);
    return json_is_string(v) ? xj_slice_of(json_string_value(v), json_string_length(v)) : xj_slice_of(NULL, 0);
}

static bool day_of(const json_t *v, int64_t *ret)
{
    return json_is_string(v) && xj_date_parse(json_string_value(v), ret);
}

/* A day, or from one day to another as a notice says it (1月1日至3日): {"date", "name"} or {"date", "to", "name"}. */
static bool range_of(const json_t *o, int64_t *ret_first, int64_t *ret_last)
{
    const json_t *to = json_object_get(o, "to");
    if (!json_is_object(o) || json_object_size(o) != (to != NULL ? 3u : 2u) || !day_of(json_object_get(o, "date"), ret_first))
        return false;
    *ret_last = *ret_first;
    return to == NULL || (day_of(to, ret_last) && *ret_last > *ret_first && *ret_last - *ret_first < RANGE_DAYS);
}

static enum xj_err add_off(struct xj_calendar *cal, const json_t *list, struct xj_buf *text)
{
    size_t i;
    const json_t *each;
    json_array_foreach(list, i, each) {
        int64_t day, last;
        if (!range_of(each, &day, &last)) {
            char at[32];
            (void)snprintf(at, sizeof at, "off[%zu]", i);
            explain(text, "不是 {date, to?, name}", "is no {date, to?, name}", at);
            return XJ_EMALFORMED;
        }
        enum xj_err err = XJ_OK;
        for (; err == XJ_OK && day <= last; day++)
            err = xj_calendar_add_off(cal, day, text_of(each, "name"));
        if (err != XJ_OK) {
            explain(text, "名称或数量不对", "wrong name or too many", json_string_value(json_object_get(each, "date")));
            return err;
        }
    }
    return XJ_OK;
}

static enum xj_err add_work(struct xj_calendar *cal, const json_t *list, struct xj_buf *text)
{
    size_t i;
    const json_t *each;
    json_array_foreach(list, i, each) {
        int64_t day;
        if (!day_of(each, &day)) {
            char at[32];
            (void)snprintf(at, sizeof at, "work[%zu]", i);
            explain(text, "不是日期", "is no date", at);
            return XJ_EMALFORMED;
        }
        enum xj_err err = xj_calendar_add_work(cal, day);
        if (err != XJ_OK) {
            explain(text, "太多", "too many", "work");
            return err;
        }
    }
    return XJ_OK;
}

static bool known_keys(const json_t *root, struct xj_buf *text)
{
    static const char *const keys[] = {"name", "covered_from", "covered_to", "source", "off", "work"};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)root, key, value) {
        bool known = false;
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
            known = known || strcmp(key, keys[i]) == 0;
        if (!known) {
            explain(text, "没有这个键", "no such key", key);
            return false;
        }
    }
    return true;
}

static enum xj_err fill(const json_t *root, const char *name, struct xj_calendar *cal, struct xj_buf *text)
{
    int64_t from, to;
    const json_t *off = json_object_get(root, "off"), *work = json_object_get(root, "work");
    if (!known_keys(root, text))
        return XJ_EMALFORMED;
    if (!day_of(json_object_get(root, "covered_from"), &from) || !day_of(json_object_get(root, "covered_to"), &to) ||
        !json_is_array(off) || !json_is_array(work)) {
        explain(text, "缺少或写错", "missing or wrong", "covered_from, covered_to, off, work");
        return XJ_EMALFORMED;
    }
    struct xj_slice own = text_of(root, "name");
    enum xj_err err = xj_calendar_init(cal, own.n > 0 ? own : xj_slice_cstr(name), from, to, text_of(root, "source"));
    if (err != XJ_OK) {
        explain(text, "名称、来源或范围不对", "wrong name, source or range", xj_err_name(err));
        return err;
    }
    err = add_off(cal, off, text);
    if (err == XJ_OK)
        err = add_work(cal, work, text);
    if (err == XJ_OK) {
        struct xj_buf why;
        xj_buf_init(&why, 4096);
        err = xj_calendar_finish(cal, &why);
        if (err != XJ_OK)
            explain(text, "日期有矛盾", "contradiction", xj_buf_cstr(&why) != NULL ? xj_buf_cstr(&why) : "?");
        xj_buf_free(&why);
    }
    if (err != XJ_OK)
        xj_calendar_free(cal);
    return err;
}

enum xj_err xj_calendar_from_json(struct xj_slice json, const char *name, struct xj_calendar *ret, struct xj_buf *text)
{
    if (json.n == 0 || json.n > XJ_CALENDAR_JSON_BYTES) {
        explain(text, "空或过长", "empty or too long", name);
        return json.n == 0 ? XJ_EMALFORMED : XJ_ELIMIT;
    }
    json_t *root = xj_json_in(json, name, text);
    if (root == NULL)
        return XJ_EMALFORMED;
    enum xj_err err = XJ_EMALFORMED;
    if (json_is_object(root))
        err = fill(root, name, ret, text);
    else
        explain(text, "不是对象", "is no object", name);
    json_decref(root);
    return err;
}

enum xj_err xj_calendar_load(const char *path, struct xj_calendar *ret, struct xj_buf *text)
{
    struct xj_buf file;
    enum xj_err err = xj_file_read(path, XJ_CALENDAR_JSON_BYTES, &file);
    if (err != XJ_OK) {
        explain(text, "读不了文件", "cannot read the file", path);
        return err;
    }
    const char *base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    char *name = strndup(base, strcspn(base, "."));
    err = name != NULL ? xj_calendar_from_json(xj_buf_slice(&file), name, ret, text) : XJ_ENOMEM;
    free(name);
    xj_buf_free(&file);
    return err;
}

enum xj_err xj_calendar_builtin(struct xj_calendar *ret, struct xj_buf *text)
{
    struct xj_buf path;
    xj_buf_init(&path, 4096);
    enum xj_err err = xj_share_path("calendars/cn.json", &path);
    if (err == XJ_OK)
        err = xj_calendar_load(xj_buf_cstr(&path), ret, text);
    else
        explain(text, "找不到，请设 XIANJIE_SHARE 或用 --calendar", "not found; set XIANJIE_SHARE or use --calendar",
                "calendars/cn.json");
    xj_buf_free(&path);
    return err;
}
