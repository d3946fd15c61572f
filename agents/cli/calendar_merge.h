/* A holiday notice laid over the calendar in force, and a calendar in the JSON that people keep. Any thread.
 * Spec: spec/08-clocks.md, section 2a. */
#ifndef XJ_CALENDAR_MERGE_H
#define XJ_CALENDAR_MERGE_H

#include "schema/procedure/calendar.h"

/* The days that notice covers as notice has them, all others as base has them; base's name; both sources, parted by "; ".
 * Both are finished and stay as they are; free *ret with xj_calendar_free. XJ_EMALFORMED: the two ranges leave a gap, or what
 * xj_calendar_finish refuses, with a line in text, Chinese then English. XJ_ELIMIT, XJ_ENOMEM. On error nothing is to be freed. */
enum xj_err xj_calendar_merge(const struct xj_calendar *base, const struct xj_calendar *notice, struct xj_calendar *ret, struct xj_buf *text);
/* Writes the JSON form of calendar_json.h. XJ_ENOMEM and the errors of xj_file_write_atomic. */
enum xj_err xj_calendar_write_json(const struct xj_calendar *cal, const char *path);

#endif
