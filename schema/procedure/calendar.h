/* A calendar: the days off and the make-up working days (调休上班) of a covered range, as signed into the register.
 * Any thread; a finished calendar is read-only and may be shared. Spec: spec/08-clocks.md, sections 2 and 3.
 * Outside its covered range a calendar knows nothing and says so (XJ_ERANGE); it never falls back on plain weekends. */
#ifndef XJ_CALENDAR_H
#define XJ_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/base/buf.h"
#include "schema/base/err.h"
#include "schema/base/hash.h"

#define XJ_CALENDAR_CONTEXT "xianjie/1 calendar"
#define XJ_CALENDAR_VERSION 1
#define XJ_CALENDAR_DAY_MAX INT64_C(2932896) /* 9999-12-31 */
#define XJ_CALENDAR_SPAN_MAX 73200           /* covered days, about 200 years */
#define XJ_CALENDAR_LIST_MAX 2048            /* days off; and make-up days */
#define XJ_CALENDAR_NAME_MAX 32              /* bytes of the calendar's name */
#define XJ_CALENDAR_TEXT_MAX 128             /* bytes of the name of a day off */
#define XJ_CALENDAR_SOURCE_MAX 4096          /* bytes */
#define XJ_CALENDAR_BYTES_MAX 393216         /* encoded; the caps above keep below it, and it fits a register entry */

struct xj_calendar_off {
    int64_t day;
    char *name; /* "春节"; owned by the calendar, UTF-8 */
};

struct xj_calendar {
    char *name;                /* "cn"; owned */
    char *source;              /* which notices were read and how; owned */
    int64_t from_day, to_day;  /* covered_from and covered_to, both included; days since 1970-01-01 */
    struct xj_calendar_off *off; /* ascending and unique once finished */
    size_t off_count, off_cap;
    int64_t *work; /* ascending and unique once finished */
    size_t work_count, work_cap;
    bool finished;
};

/* Starts an empty calendar over from_day..to_day. name is [a-z0-9-]{1,32}, source 1..4096 bytes of UTF-8 without control
 * characters; both are copied. XJ_EMALFORMED (name, source, or 0 <= from_day <= to_day <= XJ_CALENDAR_DAY_MAX broken),
 * XJ_ELIMIT (span, sizes), XJ_ENOMEM. On error nothing needs freeing. */
enum xj_err xj_calendar_init(struct xj_calendar *ret, struct xj_slice name, int64_t from_day, int64_t to_day,
                             struct xj_slice source);
/* Adds a day off under its name (1..128 bytes, copied), in any order; what contradicts is found by finish.
 * XJ_EMALFORMED (name empty, not UTF-8 or with control characters), XJ_ELIMIT (too many, too long), XJ_ENOMEM,
 * XJ_ESTATE (already finished); unchanged on error. */
enum xj_err xj_calendar_add_off(struct xj_calendar *cal, int64_t day, struct xj_slice name);
/* Adds a make-up working day, in any order. XJ_ELIMIT, XJ_ENOMEM, XJ_ESTATE (already finished); unchanged on error. */
enum xj_err xj_calendar_add_work(struct xj_calendar *cal, int64_t day);
/* Sorts, checks and closes the calendar. XJ_EMALFORMED when a day is listed twice, is both off and work, lies outside the
 * covered range, or is a make-up day from Monday to Friday; then one English sentence that names the first such day is
 * appended to text (may be NULL) and the calendar stays unfinished. XJ_ESTATE when it is finished already. */
enum xj_err xj_calendar_finish(struct xj_calendar *cal, struct xj_buf *text);
/* Frees everything and zeroes the struct; safe on a zeroed struct and twice. */
void xj_calendar_free(struct xj_calendar *cal);

/* Appends the canonical bytes of a finished calendar (spec section 2). Failures are sticky in buf->err. */
void xj_calendar_encode(const struct xj_calendar *cal, struct xj_buf *buf);
/* Reads canonical bytes, with every check of xj_calendar_finish and strictly ascending lists; so encoding what was decoded
 * gives the same bytes. Everything is copied; bytes may go. XJ_EMALFORMED, XJ_ELIMIT, XJ_ENOMEM; nothing to free then. */
enum xj_err xj_calendar_decode(struct xj_slice bytes, struct xj_calendar *ret);
/* xj_digest(XJ_CALENDAR_CONTEXT, canonical bytes) of a finished calendar. XJ_ENOMEM; *ret untouched then. */
enum xj_err xj_calendar_digest(const struct xj_calendar *cal, struct xj_hash *ret);

bool xj_calendar_covers(const struct xj_calendar *cal, int64_t day);
/* Whether day is a working day (工作日): a make-up day, or Monday to Friday and not a day off. XJ_ERANGE outside the
 * covered range; *ret untouched then. Needs a finished calendar (asserted). */
enum xj_err xj_calendar_is_workday(const struct xj_calendar *cal, int64_t day, bool *ret);
/* The name under which day is off, borrowed from cal, or NULL: an ordinary day, or one outside the covered range. */
const char *xj_calendar_off_name(const struct xj_calendar *cal, int64_t day);
/* Whether day is listed as a make-up working day; false outside the covered range. */
bool xj_calendar_is_makeup(const struct xj_calendar *cal, int64_t day);

#endif
