/* Dates and times of day in Beijing time (UTC+8, no daylight saving; the law's days are days there). Any thread.
 * Spec: spec/08-clocks.md, section 1. Days are counted from 1970-01-01 = 0; milliseconds are UTC since then. */
#ifndef XJ_CIVIL_H
#define XJ_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

#define XJ_DAY_MS INT64_C(86400000)

struct xj_civil {
    int year, month, day; /* 1..12, 1..31 */
};

/* c must be valid. */
int64_t xj_days_from_civil(struct xj_civil c);
/* All zero, which is not valid, for days outside the years 1..9999. */
struct xj_civil xj_civil_from_days(int64_t days);
bool xj_civil_valid(struct xj_civil c); /* proleptic Gregorian, years 1..9999 */
int xj_weekday(int64_t days);           /* 1 = Monday .. 7 = Sunday */
int xj_days_in_month(int year, int month); /* 0 when month is not 1..12 */
/* First and last millisecond of a Beijing day; saturate where int64_t ends. */
int64_t xj_day_start_ms(int64_t days);
int64_t xj_day_end_ms(int64_t days);
/* The Beijing day that holds the instant. */
int64_t xj_day_of_ms(int64_t ms);
/* "2026-02-12" into out[11]; question marks for digits outside the years 1..9999. */
void xj_date_format(int64_t days, char out[11]);
/* "2026-02-12T08:30:00.000+08:00" into out[30]; question marks as above. */
void xj_instant_format(int64_t ms, char out[30]);
/* The readers leave their results untouched when they return false. Reads exactly YYYY-MM-DD. */
bool xj_date_parse(const char *s, int64_t *ret_days);
/* Reads "YYYY-MM-DDTHH:MM[:SS[.mmm]](Z|+08:00)" or a date (its first millisecond). */
bool xj_instant_parse(const char *s, int64_t *ret_ms);
/* Reads what a source may give as a date: YYYY, YYYY-MM, YYYY-MM-DD, or two of these joined by '/', into the first and
 * last millisecond covered. False on anything else, also when the second ends before the first begins. */
bool xj_date_range_parse(const char *s, int64_t *ret_from_ms, int64_t *ret_to_ms);

#endif
