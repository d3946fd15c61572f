/* Reads the JSON form of a calendar, the one people keep (schema/calendars/cn.json), into the calendar that is signed.
 * The command line, city and tests; any thread. Spec: spec/08-clocks.md, section 2.
 * Form: {"name"?, "covered_from", "covered_to", "source", "off": [{"date", "to"?, "name"}], "work": ["date"]}, dates YYYY-MM-DD. */
#ifndef XJ_CALENDAR_JSON_H
#define XJ_CALENDAR_JSON_H

#include "schema/procedure/calendar.h"

#define XJ_CALENDAR_JSON_BYTES (4u * 1024 * 1024)

/* Reads JSON text into a finished calendar, free with xj_calendar_free. name is used when the text names none. On error
 * nothing needs freeing and text (may be NULL) gets one line, Chinese then English: XJ_EMALFORMED (no JSON, a missing or
 * unknown key, a bad date, what xj_calendar_finish refuses), XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_calendar_from_json(struct xj_slice json, const char *name, struct xj_calendar *ret, struct xj_buf *text);
/* Reads the file; the calendar's name, when the text has none, is the file's name up to its first dot. Also the errors of
 * xj_file_read. */
enum xj_err xj_calendar_load(const char *path, struct xj_calendar *ret, struct xj_buf *text);
/* The national calendar that came with the program: calendars/cn.json (share.h). XJ_ENOTFOUND when it is not there. */
enum xj_err xj_calendar_builtin(struct xj_calendar *ret, struct xj_buf *text);

#endif
