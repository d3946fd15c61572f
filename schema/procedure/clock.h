/* Counting time as the law does: when a limit that started then runs out, and the arithmetic as one line to read.
 * Any thread; pure. Spec: spec/08-clocks.md, sections 4 to 9 (刑事诉讼法 105, 刑诉解释 202, 环境办法 38).
 * A day that the calendar does not cover, or an open pause, gives an error and never a date. */
#ifndef XJ_CLOCK_H
#define XJ_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buf.h"
#include "schema/base/err.h"
#include "schema/procedure/calendar.h"

#define XJ_CLOCK_LIMIT_MAX 9999u
#define XJ_CLOCK_DAYS_MAX 99u /* beside months */
#define XJ_CLOCK_PAUSES_MAX 256u

enum xj_clock_kind {
    XJ_CLOCK_INVALID = 0,
    XJ_CLOCK_NONE,     /* a duty without a limit ("at once", 及时) */
    XJ_CLOCK_HOURS,    /* 时: exact, never rolls */
    XJ_CLOCK_DAYS,     /* 日: natural days, the last one rolls */
    XJ_CLOCK_WORKDAYS, /* 工作日 */
    XJ_CLOCK_MONTHS    /* 月: the last day rolls; a limit of this kind may have days behind its months (xj_clock_split) */
};

/* A limit of months and days (一个月又十五日): months + 10000 * days, the one number that models, wire and functions carry. */
uint32_t xj_clock_months_days(uint32_t months, uint32_t days);
void xj_clock_split(uint32_t limit, uint32_t *ret_months, uint32_t *ret_days);
/* Is it a limit of this kind: 0 for NONE, else 1..9999, for MONTHS with 0..99 days behind? */
bool xj_clock_good_limit(enum xj_clock_kind kind, uint32_t limit);
/* Which of two limits of one kind is longer; a month counts as 30 days beside days. */
bool xj_clock_longer(enum xj_clock_kind kind, uint32_t a, uint32_t b);
/* As xj_clock_parse reads it, "1m15d", into out[16]. */
const char *xj_clock_format(enum xj_clock_kind kind, uint32_t limit, char out[16]);

/* Time that does not count (中止, 中断 of the count): from an instant on until just before another. */
struct xj_pause {
    int64_t from_ms, to_ms; /* UTC ms; to_ms = INT64_MAX while the pause runs; to_ms >= from_ms */
};

/* The instant up to which a duty that started at start_ms is in time: the last millisecond of the due day in Beijing, for
 * XJ_CLOCK_HOURS the exact instant. pauses may overlap and come in any order; NULL when pause_count is 0.
 * cal is not looked at for HOURS; for the others it may be NULL, which is a calendar that covers nothing.
 * XJ_ERANGE: a day of the limit, from the one after the start to the due day, is not covered, or the instant would lie
 * outside the years 1..9999. XJ_ESTATE: a pause without end stops the count, so nothing is due now. XJ_ENOTFOUND: kind is
 * NONE and has no due date. XJ_EMALFORMED: unknown kind, limit 0, a pause that ends before it begins. XJ_ELIMIT: limit or
 * pause_count over the caps. *ret_due_ms is untouched on error. */
enum xj_err xj_clock_due(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t start_ms,
                         const struct xj_pause *pauses, size_t pause_count, int64_t *ret_due_ms);
/* The same for a start known only to lie in from_ms..to_ms (both included; to_ms = INT64_MAX: not known how late). Done up
 * to *ret_earliest_ms is met whatever the start was; done after *ret_latest_ms is overdue whatever it was; between them it
 * cannot be told. *ret_latest_ms is INT64_MAX when no latest due date can be given: to_ms unknown, its limit not covered, or
 * paused without end. Errors are those of the earliest, and XJ_ERANGE when a pause takes a day (HOURS: an instant) between
 * the two possible starts, since then the order of start and pause is unknown; XJ_EMALFORMED when to_ms < from_ms. */
enum xj_err xj_clock_due_range(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t from_ms,
                               int64_t to_ms, const struct xj_pause *pauses, size_t pause_count, int64_t *ret_earliest_ms,
                               int64_t *ret_latest_ms);
/* Overdue is strictly after the due instant. */
bool xj_clock_overdue(int64_t due_ms, int64_t now_ms);

/* Appends one line without newline, e.g. "2026-02-12 + 3 natural days = 2026-02-15 (Sun, 春节) -> 2026-02-24", or why there
 * is no date. Same arguments and errors as xj_clock_due (the line is appended on error too), then out->err. */
enum xj_err xj_clock_explain(const struct xj_calendar *cal, enum xj_clock_kind kind, uint32_t limit, int64_t start_ms,
                             const struct xj_pause *pauses, size_t pause_count, struct xj_buf *out);

/* Reads "24h" hours, "3d" natural days, "3w" working days, "2m" months, "1m15d" months and days: 1..9999 (days 1..99) without leading zero; or "none" (limit 0).
 * False on anything else; the out-parameters are untouched then. */
bool xj_clock_parse(const char *s, enum xj_clock_kind *ret_kind, uint32_t *ret_limit);

#endif
