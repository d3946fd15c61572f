#include "schema/procedure/clock.h"

#include <stdio.h>
#include <string.h>

#include "schema/base/civil.h"

#define HOUR_MS INT64_C(3600000)
#define FIRST_DAY INT64_C(-719162) /* 0001-01-01 */
#define LAST_DAY INT64_C(2932896)  /* 9999-12-31 */
#define DAYS_UNIT (XJ_CLOCK_LIMIT_MAX + 1u) /* of the days behind months */

/* How one count went; filled as far as it came, so that explain can tell where it stopped. */
struct count {
    int64_t start_day;
    int64_t last_day;     /* where the limit runs out, before rolling */
    int64_t due_day;      /* after rolling */
    int64_t due_ms;       /* HOURS: exact; else the end of due_day */
    int64_t paused;       /* days (HOURS: ms) that did not count */
    int64_t open_from_ms; /* beginning of the pause that stopped the count, on XJ_ESTATE */
};

uint32_t xj_clock_months_days(uint32_t months, uint32_t days)
{
    return months + DAYS_UNIT * days;
}

void xj_clock_split(uint32_t limit, uint32_t *ret_months, uint32_t *ret_days)
{
    *ret_months = limit % DAYS_UNIT;
    *ret_days = limit / DAYS_UNIT;
}

bool xj_clock_good_limit(enum xj_clock_kind kind, uint32_t limit)
{
    const uint32_t days = limit / DAYS_UNIT;
    if (kind == XJ_CLOCK_NONE)
        return limit == 0;
    return limit % DAYS_UNIT > 0 && days <= (kind == XJ_CLOCK_MONTHS ? XJ_CLOCK_DAYS_MAX : 0);
}

bool xj_clock_longer(enum xj_clock_kind kind, uint32_t a, uint32_t b)
{
    if (kind != XJ_CLOCK_MONTHS)
        return a > b;
    return a % DAYS_UNIT * 30 + a / DAYS_UNIT > b % DAYS_UNIT * 30 + b / DAYS_UNIT;
}

static enum xj_err check_arguments(enum xj_clock_kind kind, uint32_t limit, const struct xj_pause *pauses,
                                   size_t pause_count)
{
    if (kind == XJ_CLOCK_NONE)
        return XJ_ENOTFOUND;
    if (kind < XJ_CLOCK_HOURS || kind > XJ_CLOCK_MONTHS || limit == 0)
        return XJ_EMALFORMED;
    if (!xj_clock_good_limit(kind, limit) || pause_count > XJ_CLOCK_PAUSES_MAX)
        return XJ_ELIMIT;
    for (size_t i = 0; i < pause_count; i++)
        if (pauses[i].to_ms < pauses[i].from_ms)
            return XJ_EMALFORMED;
    return XJ_OK;
}

/* The pause that takes day out of the count: it began on or before day and ends on a later one. The day of the end counts
 * again. A pause without end goes before one that has an end, since the count cannot leave it. */
static const struct xj_pause *pause_of_day(const struct xj_pause *pauses, size_t pause_count, int64_t day)
{
    const struct xj_pause *found = NULL;
    for (size_t i = 0; i < pause_count; i++) {
        if (xj_day_of_ms(pauses[i].from_ms) > day)
            continue;
        if (pauses[i].to_ms == INT64_MAX)
            return &pauses[i];
        if (xj_day_of_ms(pauses[i].to_ms) > day)
            found = &pauses[i];
    }
    return found;
}

/* The same day number n months later; the last day of a month gives a last day, and so does a day that month lacks
 * (刑诉解释 202). */
static enum xj_err add_months(int64_t day, uint32_t n, int64_t *ret)
{
    struct xj_civil c = xj_civil_from_days(day);
    bool last = c.day == xj_days_in_month(c.year, c.month);
    int months = c.month - 1 + (int)n;
    c.year += months / 12;
    c.month = months % 12 + 1;
    if (c.year > 9999)
        return XJ_ERANGE;
    int length = xj_days_in_month(c.year, c.month);
    if (last || c.day > length)
        c.day = length;
    *ret = xj_days_from_civil(c);
    return XJ_OK;
}

/* Moves *day to the next one that is neither uncovered nor paused. */
static enum xj_err next_day(const struct xj_calendar *cal, const struct xj_pause *pauses, size_t pause_count, int64_t *day,
                            struct count *k)
{
    const struct xj_pause *p;
    for (;;) {
        ++*day;
        if (!xj_calendar_covers(cal, *day))
            return XJ_ERANGE;
        p = pause_of_day(pauses, pause_count, *day);
        if (p == NULL)
            return XJ_OK;
        if (p->to_ms == INT64_MAX) {
            k->open_from_ms = p->from_ms;
            return XJ_ESTATE;
        }
        k->paused++;
    }
}

/* Counts n days after k->start_day, then rolls to a working day. */
static enum xj_err count_days(const struct xj_calendar *cal, bool working_only, int64_t n, const struct xj_pause *pauses,
                              size_t pause_count, struct count *k)
{
    int64_t day = k->start_day;
    bool work = false;
    while (n > 0) {
        enum xj_err err = next_day(cal, pauses, pause_count, &day, k);
        if (err == XJ_OK && (working_only || n == 1))
            err = xj_calendar_is_workday(cal, day, &work);
        if (err != XJ_OK)
            return err;
        if (work || !working_only)
            n--;
    }
    k->last_day = day;
    while (!work) {
        enum xj_err err = next_day(cal, pauses, pause_count, &day, k);
        if (err == XJ_OK)
            err = xj_calendar_is_workday(cal, day, &work);
        if (err != XJ_OK)
            return err;
    }
    k->due_day = day;
    k->due_ms = xj_day_end_ms(day);
    return XJ_OK;
}

static enum xj_err count_civil(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit,
                               const struct xj_pause *pauses, size_t pause_count, struct count *k)
{
    int64_t n = limit, end = 0;
    /* The start itself is not counted, so the day before the first covered one is the earliest that can be. */
    if (cal == NULL || k->start_day < cal->from_day - 1 || k->start_day >= cal->to_day)
        return XJ_ERANGE;
    if (kind == XJ_CLOCK_MONTHS) {
        if (add_months(k->start_day, limit % DAYS_UNIT, &end) != XJ_OK)
            return XJ_ERANGE;
        n = end - k->start_day + limit / DAYS_UNIT;
    }
    return count_days(cal, kind == XJ_CLOCK_WORKDAYS, n, pauses, pause_count, k);
}

/* The pause that holds the instant, of several the one reaching furthest; *ret_next = the first beginning after ms. */
static const struct xj_pause *pause_at(const struct xj_pause *pauses, size_t pause_count, int64_t ms, int64_t *ret_next)
{
    const struct xj_pause *found = NULL;
    *ret_next = INT64_MAX;
    for (size_t i = 0; i < pause_count; i++) {
        const struct xj_pause *p = &pauses[i];
        if (p->from_ms <= ms && ms < p->to_ms && (found == NULL || p->to_ms > found->to_ms))
            found = p;
        if (p->from_ms > ms && p->from_ms < *ret_next)
            *ret_next = p->from_ms;
    }
    return found;
}

static enum xj_err count_hours(uint32_t limit, int64_t start_ms, const struct xj_pause *pauses, size_t pause_count,
                               struct count *k)
{
    int64_t left = (int64_t)limit * HOUR_MS, at = start_ms, next;
    const int64_t max = xj_day_end_ms(LAST_DAY);
    for (;;) {
        const struct xj_pause *p = pause_at(pauses, pause_count, at, &next);
        if (p != NULL && p->to_ms == INT64_MAX) {
            k->open_from_ms = p->from_ms;
            return XJ_ESTATE;
        }
        if (at > max || (p != NULL && p->to_ms > max))
            return XJ_ERANGE;
        if (p != NULL) {
            k->paused += p->to_ms - at;
            at = p->to_ms;
            continue;
        }
        if (left > max - at)
            return XJ_ERANGE;
        if (at + left <= next)
            break;
        left -= next - at;
        at = next;
    }
    k->due_ms = at + left;
    k->due_day = k->last_day = xj_day_of_ms(k->due_ms);
    return XJ_OK;
}

static enum xj_err count(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t start_ms,
                         const struct xj_pause *pauses, size_t pause_count, struct count *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->start_day = xj_day_of_ms(start_ms);
    enum xj_err err = check_arguments(kind, limit, pauses, pause_count);
    if (err != XJ_OK)
        return err;
    if (ret->start_day < FIRST_DAY || ret->start_day > LAST_DAY)
        return XJ_ERANGE;
    if (kind == XJ_CLOCK_HOURS)
        return count_hours(limit, start_ms, pauses, pause_count, ret);
    return count_civil(cal, kind, limit, pauses, pause_count, ret);
}

enum xj_err xj_clock_due(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t start_ms,
                         const struct xj_pause *pauses, size_t pause_count, int64_t *ret_due_ms)
{
    struct count k;
    enum xj_err err = count(cal, kind, limit, start_ms, pauses, pause_count, &k);
    if (err == XJ_OK)
        *ret_due_ms = k.due_ms;
    return err;
}

/* Whether some pause takes time that would count from one possible start and not from another. */
static bool pause_between(enum xj_clock_kind kind, int64_t from_ms, int64_t to_ms, const struct xj_pause *pauses,
                          size_t pause_count)
{
    for (size_t i = 0; i < pause_count; i++) {
        int64_t begin = pauses[i].from_ms, end = pauses[i].to_ms;
        if (kind == XJ_CLOCK_HOURS) {
            if (begin < end && begin < to_ms && end > from_ms)
                return true;
            continue;
        }
        /* Days pause_day..resume_day-1 do not count; the starts differ in the days from_day+1..to_day. */
        int64_t first = xj_day_of_ms(begin), last = end == INT64_MAX ? INT64_MAX : xj_day_of_ms(end) - 1;
        if (first <= last && first <= xj_day_of_ms(to_ms) && last > xj_day_of_ms(from_ms) &&
            xj_day_of_ms(to_ms) > xj_day_of_ms(from_ms))
            return true;
    }
    return false;
}

enum xj_err xj_clock_due_range(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t from_ms,
                               int64_t to_ms, const struct xj_pause *pauses, size_t pause_count, int64_t *ret_earliest_ms,
                               int64_t *ret_latest_ms)
{
    int64_t earliest, latest = INT64_MAX;
    enum xj_err err = check_arguments(kind, limit, pauses, pause_count);
    if (err != XJ_OK)
        return err;
    if (to_ms < from_ms)
        return XJ_EMALFORMED;
    if (pause_between(kind, from_ms, to_ms, pauses, pause_count))
        return XJ_ERANGE;
    err = xj_clock_due(cal, kind, limit, from_ms, pauses, pause_count, &earliest);
    if (err != XJ_OK)
        return err;
    if (to_ms != INT64_MAX && xj_clock_due(cal, kind, limit, to_ms, pauses, pause_count, &latest) != XJ_OK)
        latest = INT64_MAX;
    *ret_earliest_ms = earliest;
    *ret_latest_ms = latest;
    return XJ_OK;
}

bool xj_clock_overdue(int64_t due_ms, int64_t now_ms)
{
    return now_ms > due_ms;
}

static const char *unit_name(enum xj_clock_kind kind)
{
    switch (kind) {
    case XJ_CLOCK_HOURS:
        return "hour";
    case XJ_CLOCK_DAYS:
        return "natural day";
    case XJ_CLOCK_WORKDAYS:
        return "working day";
    case XJ_CLOCK_MONTHS:
        return "month";
    case XJ_CLOCK_NONE:
    case XJ_CLOCK_INVALID:
        break;
    }
    return "?";
}

static void put_count(struct xj_buf *out, uint32_t n, enum xj_clock_kind kind)
{
    xj_buf_addf(out, " + %u %s%s", n, unit_name(kind), n == 1 ? "" : "s");
}

static void put_limit(struct xj_buf *out, enum xj_clock_kind kind, uint32_t limit)
{
    put_count(out, kind == XJ_CLOCK_MONTHS ? limit % DAYS_UNIT : limit, kind);
    if (kind == XJ_CLOCK_MONTHS && limit >= DAYS_UNIT)
        put_count(out, limit / DAYS_UNIT, XJ_CLOCK_DAYS);
}

static void put_date(struct xj_buf *out, int64_t day)
{
    char date[11];
    xj_date_format(day, date);
    xj_buf_add_str(out, date);
}

static void put_instant(struct xj_buf *out, int64_t ms)
{
    char instant[30];
    xj_instant_format(ms, instant);
    xj_buf_add_str(out, instant);
}

static void put_paused(struct xj_buf *out, enum xj_clock_kind kind, int64_t paused)
{
    if (paused == 0)
        return;
    if (kind != XJ_CLOCK_HOURS)
        xj_buf_addf(out, ", %lld paused day%s", (long long)paused, paused == 1 ? "" : "s");
    else
        xj_buf_addf(out, ", %lld:%02lld:%02lld.%03lld paused", (long long)(paused / HOUR_MS),
                    (long long)(paused / 60000 % 60), (long long)(paused / 1000 % 60), (long long)(paused % 1000));
}

/* " = 2026-02-15 (Sun, 春节) -> 2026-02-24" */
static void put_days(struct xj_buf *out, const struct xj_calendar *cal, const struct count *k)
{
    static const char names[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const char *off = xj_calendar_off_name(cal, k->last_day);
    xj_buf_add_str(out, " = ");
    put_date(out, k->last_day);
    xj_buf_addf(out, " (%s", names[xj_weekday(k->last_day) - 1]);
    if (off != NULL)
        xj_buf_addf(out, ", %s", off);
    else if (xj_calendar_is_makeup(cal, k->last_day))
        xj_buf_add_str(out, ", make-up working day");
    xj_buf_add_str(out, ")");
    if (k->due_day != k->last_day) {
        xj_buf_add_str(out, " -> ");
        put_date(out, k->due_day);
    }
}

static void put_no_date(struct xj_buf *out, const struct xj_calendar *cal, enum xj_clock_kind kind, const struct count *k,
                        enum xj_err err)
{
    if (err == XJ_ESTATE) {
        xj_buf_add_str(out, ": not due while paused since ");
        put_instant(out, k->open_from_ms);
    } else if (err == XJ_ERANGE && kind == XJ_CLOCK_HOURS) {
        xj_buf_add_str(out, ": outside the years 1 to 9999");
    } else if (err == XJ_ERANGE && cal == NULL) {
        xj_buf_add_str(out, ": no calendar");
    } else if (err == XJ_ERANGE) {
        xj_buf_addf(out, ": outside calendar %s, which covers ", cal->name);
        put_date(out, cal->from_day);
        xj_buf_add_str(out, " to ");
        put_date(out, cal->to_day);
    } else {
        xj_buf_addf(out, ": %s", xj_err_name(err));
    }
}

enum xj_err xj_clock_explain(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t start_ms,
                             const struct xj_pause *pauses, size_t pause_count, struct xj_buf *out)
{
    struct count k;
    enum xj_err err = count(cal, kind, limit, start_ms, pauses, pause_count, &k);
    if (kind == XJ_CLOCK_HOURS)
        put_instant(out, start_ms);
    else
        put_date(out, k.start_day);
    if (err == XJ_ENOTFOUND) {
        xj_buf_add_str(out, ": no time limit");
        return out->err != XJ_OK ? out->err : err;
    }
    put_limit(out, kind, limit);
    if (err != XJ_OK) {
        put_no_date(out, cal, kind, &k, err);
    } else if (kind == XJ_CLOCK_HOURS) {
        put_paused(out, kind, k.paused);
        xj_buf_add_str(out, " = ");
        put_instant(out, k.due_ms);
    } else {
        put_paused(out, kind, k.paused);
        put_days(out, cal, &k);
    }
    return err != XJ_OK ? err : out->err;
}

/* A number of 1..max without leading zero; moves *s behind it. 0: none. */
static uint32_t take_number(const char **s, uint32_t max)
{
    uint32_t n = 0;
    if (**s < '1' || **s > '9')
        return 0;
    for (; **s >= '0' && **s <= '9'; ++*s) {
        n = n * 10 + (uint32_t)(**s - '0');
        if (n > max)
            return 0;
    }
    return n;
}

static const struct unit {
    char letter;
    enum xj_clock_kind kind;
} units[] = {{'h', XJ_CLOCK_HOURS}, {'d', XJ_CLOCK_DAYS}, {'w', XJ_CLOCK_WORKDAYS}, {'m', XJ_CLOCK_MONTHS}};

bool xj_clock_parse(const char *s, enum xj_clock_kind *ret_kind, uint32_t *ret_limit)
{
    if (strcmp(s, "none") == 0) {
        *ret_kind = XJ_CLOCK_NONE;
        *ret_limit = 0;
        return true;
    }
    const uint32_t n = take_number(&s, XJ_CLOCK_LIMIT_MAX);
    for (size_t i = 0; n > 0 && i < sizeof units / sizeof *units; i++) {
        if (s[0] != units[i].letter)
            continue;
        const char *rest = s + 1;
        const uint32_t days = units[i].kind == XJ_CLOCK_MONTHS ? take_number(&rest, XJ_CLOCK_DAYS_MAX) : 0;
        if (strcmp(rest, days > 0 ? "d" : "") != 0)
            return false;
        *ret_kind = units[i].kind;
        *ret_limit = xj_clock_months_days(n, days);
        return true;
    }
    return false;
}

const char *xj_clock_format(enum xj_clock_kind kind, uint32_t limit, char out[16])
{
    snprintf(out, 16, "none");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].kind == kind && limit >= DAYS_UNIT)
            snprintf(out, 16, "%um%ud", (unsigned)(limit % DAYS_UNIT), (unsigned)(limit / DAYS_UNIT % 100));
        else if (units[i].kind == kind)
            snprintf(out, 16, "%u%c", (unsigned)(limit % DAYS_UNIT), units[i].letter);
    return out;
}
