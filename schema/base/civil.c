#include "schema/base/civil.h"

#include <stdio.h>
#include <string.h>

#define BEIJING_MS INT64_C(28800000) /* UTC+8 */
#define ERA_DAYS 146097              /* 400 Gregorian years */
#define EPOCH_DAYS 719468            /* 0000-03-01 to 1970-01-01 */
#define YEAR_ONE_DAYS (-719162)      /* 0001-01-01 */
#define YEAR_9999_DAYS 2932896       /* 9999-12-31 */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
    return a % b < 0 ? a % b + b : a % b;
}

static bool leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Years are counted from March so that the leap day is the last of its year and month lengths follow one formula. */
int64_t xj_days_from_civil(struct xj_civil c)
{
    int64_t y = (int64_t)c.year - (c.month <= 2);
    int64_t month = c.month > 2 ? (int64_t)c.month - 3 : (int64_t)c.month + 9;
    int64_t year_of_era = floor_mod(y, 400);
    int64_t day_of_year = (153 * month + 2) / 5 + c.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return floor_div(y, 400) * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

struct xj_civil xj_civil_from_days(int64_t days)
{
    if (days < YEAR_ONE_DAYS || days > YEAR_9999_DAYS)
        return (struct xj_civil){0, 0, 0};
    int64_t z = days + EPOCH_DAYS;
    int64_t era = floor_div(z, ERA_DAYS), day_of_era = floor_mod(z, ERA_DAYS);
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct xj_civil c = {
        .year = (int)(year_of_era + era * 400 + (month >= 10)),
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
    };
    return c;
}

int xj_days_in_month(int year, int month)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && leap(year));
}

bool xj_civil_valid(struct xj_civil c)
{
    return c.year >= 1 && c.year <= 9999 && c.day >= 1 && c.day <= xj_days_in_month(c.year, c.month);
}

int xj_weekday(int64_t days)
{
    return (int)((floor_mod(days, 7) + 3) % 7) + 1; /* 1970-01-01 was a Thursday */
}

int64_t xj_day_start_ms(int64_t days)
{
    int64_t ms;
    if (__builtin_mul_overflow(days, XJ_DAY_MS, &ms) || __builtin_sub_overflow(ms, BEIJING_MS, &ms))
        return days < 0 ? INT64_MIN : INT64_MAX;
    return ms;
}

int64_t xj_day_end_ms(int64_t days)
{
    int64_t ms;
    if (__builtin_add_overflow(xj_day_start_ms(days), XJ_DAY_MS - 1, &ms))
        return INT64_MAX;
    return ms;
}

int64_t xj_day_of_ms(int64_t ms)
{
    /* Dividing first keeps the eight hours from overflowing near the ends. */
    return floor_div(ms, XJ_DAY_MS) + (floor_mod(ms, XJ_DAY_MS) + BEIJING_MS >= XJ_DAY_MS);
}

/* Decimal digits of v, most significant first, exactly n of them; no NUL. */
static void put_digits(char *out, int v, int n)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        out[i] = (char)('0' + v % 10);
}

void xj_date_format(int64_t days, char out[11])
{
    struct xj_civil c = xj_civil_from_days(days);
    memcpy(out, "\?\?\?\?-\?\?-\?\?", 11);
    if (c.month == 0)
        return;
    put_digits(out, c.year, 4);
    put_digits(out + 5, c.month, 2);
    put_digits(out + 8, c.day, 2);
}

void xj_instant_format(int64_t ms, char out[30])
{
    int64_t days = xj_day_of_ms(ms);
    memcpy(out, "\?\?\?\?-\?\?-\?\?T\?\?:\?\?:\?\?.\?\?\?+08:00", 30);
    if (xj_civil_from_days(days).month == 0)
        return;
    int of_day = (int)(ms - xj_day_start_ms(days));
    xj_date_format(days, out);
    out[10] = 'T';
    put_digits(out + 11, of_day / 3600000, 2);
    put_digits(out + 14, of_day / 60000 % 60, 2);
    put_digits(out + 17, of_day / 1000 % 60, 2);
    put_digits(out + 20, of_day % 1000, 3);
}

/* Reads exactly n digits and moves *s past them. Stops at the first other byte, so never past the NUL. */
static bool digits(const char **s, int n, int *ret)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        char c = (*s)[i];
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *s += n;
    *ret = v;
    return true;
}

static bool literal(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool take_date(const char **s, int64_t *ret_days)
{
    struct xj_civil c;
    if (!digits(s, 4, &c.year) || !literal(s, '-') || !digits(s, 2, &c.month) || !literal(s, '-') ||
        !digits(s, 2, &c.day) || !xj_civil_valid(c))
        return false;
    *ret_days = xj_days_from_civil(c);
    return true;
}

bool xj_date_parse(const char *s, int64_t *ret_days)
{
    int64_t days;
    if (!take_date(&s, &days) || *s != 0)
        return false;
    *ret_days = days;
    return true;
}

/* HH:MM[:SS[.mmm]] as milliseconds since midnight. */
static bool take_time(const char **s, int64_t *ret_ms)
{
    int hour, minute, second = 0, milli = 0;
    if (!digits(s, 2, &hour) || !literal(s, ':') || !digits(s, 2, &minute))
        return false;
    if (literal(s, ':')) {
        if (!digits(s, 2, &second) || (literal(s, '.') && !digits(s, 3, &milli)))
            return false;
    }
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_ms = ((hour * INT64_C(60) + minute) * 60 + second) * 1000 + milli;
    return true;
}

bool xj_instant_parse(const char *s, int64_t *ret_ms)
{
    int64_t days, of_day;
    if (!take_date(&s, &days))
        return false;
    int64_t ms = xj_day_start_ms(days);
    if (*s == 0) {
        *ret_ms = ms;
        return true;
    }
    if (!literal(&s, 'T') || !take_time(&s, &of_day))
        return false;
    if (strcmp(s, "Z") == 0)
        ms += BEIJING_MS;
    else if (strcmp(s, "+08:00") != 0)
        return false;
    *ret_ms = ms + of_day;
    return true;
}

/* YYYY, YYYY-MM or YYYY-MM-DD, as the first and last day covered. */
static bool take_period(const char **s, int64_t *ret_first, int64_t *ret_last)
{
    struct xj_civil first = {.month = 1, .day = 1}, last;
    if (!digits(s, 4, &first.year))
        return false;
    last = (struct xj_civil){first.year, 12, 31};
    if (literal(s, '-')) {
        if (!digits(s, 2, &first.month))
            return false;
        last.month = first.month;
        last.day = xj_days_in_month(first.year, first.month);
        if (literal(s, '-')) {
            if (!digits(s, 2, &first.day))
                return false;
            last.day = first.day;
        }
    }
    if (!xj_civil_valid(first)) /* the last is so, too */
        return false;
    *ret_first = xj_days_from_civil(first);
    *ret_last = xj_days_from_civil(last);
    return true;
}

bool xj_date_range_parse(const char *s, int64_t *ret_from_ms, int64_t *ret_to_ms)
{
    int64_t first, last, second;
    if (!take_period(&s, &first, &last))
        return false;
    if (literal(&s, '/')) {
        if (!take_period(&s, &second, &last) || last < first)
            return false;
    }
    if (*s != 0)
        return false;
    *ret_from_ms = xj_day_start_ms(first);
    *ret_to_ms = xj_day_end_ms(last);
    return true;
}
