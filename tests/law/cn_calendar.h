/* What both clock tests share: the real calendar, read from schema/calendars/cn.json, and short ways to name a time.
 * For tests in this folder and tests/unit/cn_holidays.c; include after cmocka.h. XJ_SOURCE_DIR is the project root, "." unless given.
 * Spec: spec/08-clocks.md, section 2. */
#ifndef XJ_TEST_CN_CALENDAR_H
#define XJ_TEST_CN_CALENDAR_H

#include <string.h>

#include <jansson.h>

#include "schema/base/civil.h"
#include "schema/procedure/calendar.h"
#include "schema/procedure/clock.h"

#ifndef XJ_SOURCE_DIR
#define XJ_SOURCE_DIR "."
#endif
#define CN_JSON XJ_SOURCE_DIR "/schema/calendars/cn.json"

#define HOURS XJ_CLOCK_HOURS
#define DAYS XJ_CLOCK_DAYS
#define WORKDAYS XJ_CLOCK_WORKDAYS
#define MONTHS XJ_CLOCK_MONTHS

static inline int64_t day_of(const char *date)
{
    int64_t day;
    if (!xj_date_parse(date, &day))
        fail_msg("bad date %s", date);
    return day;
}

/* A date stands for its noon, so that a wrong day boundary would show. */
static inline int64_t at(const char *when)
{
    int64_t ms;
    if (strchr(when, 'T') == NULL)
        return xj_day_start_ms(day_of(when)) + XJ_DAY_MS / 2;
    if (!xj_instant_parse(when, &ms))
        fail_msg("bad instant %s", when);
    return ms;
}

static inline const char *text_of(const json_t *obj, const char *key)
{
    const char *s = json_string_value(json_object_get(obj, key));
    assert_non_null(s);
    return s;
}

static inline int load(void **state)
{
    static struct xj_calendar cal;
    json_error_t error;
    size_t i;
    json_t *each, *root = json_load_file(CN_JSON, 0, &error);
    if (root == NULL) {
        print_error("cn.json: %s\n", error.text);
        return -1;
    }
    assert_int_equal(xj_calendar_init(&cal, xj_slice_cstr("cn"), day_of(text_of(root, "covered_from")),
                                      day_of(text_of(root, "covered_to")), xj_slice_cstr(text_of(root, "source"))),
                     XJ_OK);
    json_array_foreach(json_object_get(root, "off"), i, each)
        assert_int_equal(
            xj_calendar_add_off(&cal, day_of(text_of(each, "date")), xj_slice_cstr(text_of(each, "name"))), XJ_OK);
    json_array_foreach(json_object_get(root, "work"), i, each)
        assert_int_equal(xj_calendar_add_work(&cal, day_of(json_string_value(each))), XJ_OK);
    json_decref(root);
    struct xj_buf text;
    xj_buf_init(&text, 1024);
    enum xj_err err = xj_calendar_finish(&cal, &text);
    if (err != XJ_OK)
        print_error("cn.json: %s\n", xj_buf_cstr(&text));
    xj_buf_free(&text);
    *state = &cal;
    return err == XJ_OK ? 0 : -1;
}

static inline int unload(void **state)
{
    xj_calendar_free(*state);
    return 0;
}

#endif
