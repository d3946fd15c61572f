#include "schema/procedure/calendar.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/civil.h"
#include "schema/base/utf8.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define FIELDS 7
#define FIRST_CAP 64
/* Root and its fields, two lists with up to three values a day off and one a make-up day. */
#define MAX_NODES (1 + FIELDS + 4 * XJ_CALENDAR_LIST_MAX)

static bool good_name(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'))
            return false;
    }
    return s.n > 0;
}

/* These texts are printed on terminals inside one line, so C0, DEL and C1 controls are out. */
static bool good_text(struct xj_slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f)
            return false;
        if (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0)
            return false;
    }
    return s.n > 0 && xj_utf8_valid(s);
}

enum xj_err xj_calendar_init(struct xj_calendar *ret, struct xj_slice name, int64_t from_day, int64_t to_day,
                             struct xj_slice source)
{
    memset(ret, 0, sizeof *ret);
    if (name.n > XJ_CALENDAR_NAME_MAX || source.n > XJ_CALENDAR_SOURCE_MAX)
        return XJ_ELIMIT;
    if (!good_name(name) || !good_text(source) || from_day < 0 || to_day < from_day || to_day > XJ_CALENDAR_DAY_MAX)
        return XJ_EMALFORMED;
    if (to_day - from_day >= XJ_CALENDAR_SPAN_MAX)
        return XJ_ELIMIT;
    ret->name = xj_slice_dup(name);
    ret->source = xj_slice_dup(source);
    ret->from_day = from_day;
    ret->to_day = to_day;
    if (ret->name == NULL || ret->source == NULL) {
        xj_calendar_free(ret);
        return XJ_ENOMEM;
    }
    return XJ_OK;
}

/* Makes room for one more element of size bytes. */
static enum xj_err grow(void **list, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return XJ_OK;
    if (count >= XJ_CALENDAR_LIST_MAX)
        return XJ_ELIMIT;
    size_t want = *cap == 0 ? FIRST_CAP : *cap * 2;
    void *p = realloc(*list, want * size);
    if (p == NULL)
        return XJ_ENOMEM;
    *list = p;
    *cap = want;
    return XJ_OK;
}

enum xj_err xj_calendar_add_off(struct xj_calendar *cal, int64_t day, struct xj_slice name)
{
    if (cal->finished)
        return XJ_ESTATE;
    if (name.n > XJ_CALENDAR_TEXT_MAX)
        return XJ_ELIMIT;
    if (!good_text(name))
        return XJ_EMALFORMED;
    void *list = cal->off;
    enum xj_err err = grow(&list, cal->off_count, &cal->off_cap, sizeof *cal->off);
    if (err != XJ_OK)
        return err;
    cal->off = list;
    char *copy = xj_slice_dup(name);
    if (copy == NULL)
        return XJ_ENOMEM;
    cal->off[cal->off_count++] = (struct xj_calendar_off){.day = day, .name = copy};
    return XJ_OK;
}

enum xj_err xj_calendar_add_work(struct xj_calendar *cal, int64_t day)
{
    if (cal->finished)
        return XJ_ESTATE;
    void *list = cal->work;
    enum xj_err err = grow(&list, cal->work_count, &cal->work_cap, sizeof *cal->work);
    if (err != XJ_OK)
        return err;
    cal->work = list;
    cal->work[cal->work_count++] = day;
    return XJ_OK;
}

static int cmp_day(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int cmp_off(const void *a, const void *b)
{
    return cmp_day(&((const struct xj_calendar_off *)a)->day, &((const struct xj_calendar_off *)b)->day);
}

static const struct xj_calendar_off *find_off(const struct xj_calendar *cal, int64_t day)
{
    struct xj_calendar_off key = {.day = day};
    return cal->off_count == 0 ? NULL : bsearch(&key, cal->off, cal->off_count, sizeof *cal->off, cmp_off);
}

static bool find_work(const struct xj_calendar *cal, int64_t day)
{
    return cal->work_count > 0 && bsearch(&day, cal->work, cal->work_count, sizeof *cal->work, cmp_day) != NULL;
}

static enum xj_err fault(struct xj_buf *text, int64_t day, const char *what)
{
    char date[11];
    if (text == NULL)
        return XJ_EMALFORMED;
    if (day < 0 || day > XJ_CALENDAR_DAY_MAX) {
        xj_buf_addf(text, "day %lld %s", (long long)day, what);
    } else {
        xj_date_format(day, date);
        xj_buf_addf(text, "%s %s", date, what);
    }
    return XJ_EMALFORMED;
}

/* Both lists are sorted here. */
static enum xj_err check_days(const struct xj_calendar *cal, struct xj_buf *text)
{
    for (size_t i = 0; i < cal->off_count; i++) {
        int64_t day = cal->off[i].day;
        if (!xj_calendar_covers(cal, day))
            return fault(text, day, "is off outside the covered range");
        if (i > 0 && cal->off[i - 1].day == day)
            return fault(text, day, "is listed as off twice");
        if (find_work(cal, day))
            return fault(text, day, "is listed both as off and as a make-up working day");
    }
    for (size_t i = 0; i < cal->work_count; i++) {
        int64_t day = cal->work[i];
        if (!xj_calendar_covers(cal, day))
            return fault(text, day, "is a make-up working day outside the covered range");
        if (i > 0 && cal->work[i - 1] == day)
            return fault(text, day, "is listed as a make-up working day twice");
        if (xj_weekday(day) <= 5)
            return fault(text, day, "is listed as a make-up working day but is no Saturday or Sunday");
    }
    return XJ_OK;
}

enum xj_err xj_calendar_finish(struct xj_calendar *cal, struct xj_buf *text)
{
    if (cal->finished)
        return XJ_ESTATE;
    if (cal->off_count > 0)
        qsort(cal->off, cal->off_count, sizeof *cal->off, cmp_off);
    if (cal->work_count > 0)
        qsort(cal->work, cal->work_count, sizeof *cal->work, cmp_day);
    enum xj_err err = check_days(cal, text);
    if (err != XJ_OK)
        return err;
    cal->finished = true;
    return XJ_OK;
}

void xj_calendar_free(struct xj_calendar *cal)
{
    for (size_t i = 0; i < cal->off_count; i++)
        free(cal->off[i].name);
    free(cal->off);
    free(cal->work);
    free(cal->name);
    free(cal->source);
    memset(cal, 0, sizeof *cal);
}

void xj_calendar_encode(const struct xj_calendar *cal, struct xj_buf *buf)
{
    assert(cal->finished);
    xj_put_array(buf, FIELDS);
    xj_put_uint(buf, XJ_CALENDAR_VERSION);
    xj_put_cstr(buf, cal->name);
    xj_put_uint(buf, (uint64_t)cal->from_day);
    xj_put_uint(buf, (uint64_t)cal->to_day);
    xj_put_array(buf, (uint32_t)cal->off_count);
    for (size_t i = 0; i < cal->off_count; i++) {
        xj_put_array(buf, 2);
        xj_put_uint(buf, (uint64_t)cal->off[i].day);
        xj_put_cstr(buf, cal->off[i].name);
    }
    xj_put_array(buf, (uint32_t)cal->work_count);
    for (size_t i = 0; i < cal->work_count; i++)
        xj_put_uint(buf, (uint64_t)cal->work[i]);
    xj_put_cstr(buf, cal->source);
}

static int64_t take_day(struct xj_cur *c)
{
    return (int64_t)xj_take_uint(c, (uint64_t)XJ_CALENDAR_DAY_MAX);
}

/* A wrong order is refused here, because finish would sort it away and the digest would then name other bytes. */
static enum xj_err read_lists(struct xj_cur off, struct xj_cur work, struct xj_calendar *cal)
{
    enum xj_err err = XJ_OK;
    int64_t before = -1;
    while (err == XJ_OK && off.left > 0) {
        struct xj_cur pair = xj_take_array(&off, 2, 2);
        int64_t day = take_day(&pair);
        struct xj_slice name = xj_take_str(&pair, 1, XJ_CALENDAR_TEXT_MAX);
        if (xj_cur_end(&pair) != XJ_OK || day <= before)
            return XJ_EMALFORMED;
        err = xj_calendar_add_off(cal, day, name);
        before = day;
    }
    before = -1;
    while (err == XJ_OK && work.left > 0) {
        int64_t day = take_day(&work);
        if (work.bad || day <= before)
            return XJ_EMALFORMED;
        err = xj_calendar_add_work(cal, day);
        before = day;
    }
    return err;
}

enum xj_err xj_calendar_decode(struct xj_slice bytes, struct xj_calendar *ret)
{
    struct xj_doc doc = {0};
    memset(ret, 0, sizeof *ret);
    if (bytes.n > XJ_CALENDAR_BYTES_MAX)
        return XJ_ELIMIT;
    enum xj_err err = xj_doc_open(&doc, bytes, MAX_NODES);
    if (err != XJ_OK)
        return err;
    struct xj_cur c = xj_cur_over(&doc.root, FIELDS, FIELDS);
    uint64_t version = xj_take_uint(&c, XJ_CALENDAR_VERSION);
    struct xj_slice name = xj_take_str(&c, 1, XJ_CALENDAR_NAME_MAX);
    int64_t from_day = take_day(&c);
    int64_t to_day = take_day(&c);
    struct xj_cur off = xj_take_array(&c, 0, XJ_CALENDAR_LIST_MAX);
    struct xj_cur work = xj_take_array(&c, 0, XJ_CALENDAR_LIST_MAX);
    struct xj_slice source = xj_take_str(&c, 1, XJ_CALENDAR_SOURCE_MAX);
    err = xj_cur_end(&c);
    if (err == XJ_OK && version != XJ_CALENDAR_VERSION)
        err = XJ_EMALFORMED;
    if (err != XJ_OK)
        goto out;
    err = xj_calendar_init(ret, name, from_day, to_day, source);
    if (err == XJ_OK)
        err = read_lists(off, work, ret);
    if (err == XJ_OK)
        err = xj_calendar_finish(ret, NULL);
    if (err != XJ_OK)
        xj_calendar_free(ret);
out:
    xj_doc_close(&doc);
    return err;
}

enum xj_err xj_calendar_digest(const struct xj_calendar *cal, struct xj_hash *ret)
{
    struct xj_buf buf;
    xj_buf_init(&buf, XJ_CALENDAR_BYTES_MAX);
    xj_calendar_encode(cal, &buf);
    enum xj_err err = buf.err;
    if (err == XJ_OK)
        *ret = xj_digest(XJ_CALENDAR_CONTEXT, xj_buf_slice(&buf));
    xj_buf_free(&buf);
    return err;
}

bool xj_calendar_covers(const struct xj_calendar *cal, int64_t day)
{
    return day >= cal->from_day && day <= cal->to_day;
}

enum xj_err xj_calendar_is_workday(const struct xj_calendar *cal, int64_t day, bool *ret)
{
    assert(cal->finished);
    if (!xj_calendar_covers(cal, day))
        return XJ_ERANGE;
    *ret = xj_weekday(day) <= 5 ? find_off(cal, day) == NULL : find_work(cal, day);
    return XJ_OK;
}

const char *xj_calendar_off_name(const struct xj_calendar *cal, int64_t day)
{
    assert(cal->finished);
    const struct xj_calendar_off *off = find_off(cal, day);
    return off == NULL ? NULL : off->name;
}

bool xj_calendar_is_makeup(const struct xj_calendar *cal, int64_t day)
{
    assert(cal->finished);
    return find_work(cal, day);
}
