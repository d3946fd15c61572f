/* The real calendar for a test city. Apart from lawcase.c because tests/law/cn_calendar.h has an at() of its own. Tests only. */
#ifndef XJ_TEST_CN_HOLIDAYS_H
#define XJ_TEST_CN_HOLIDAYS_H

#include "schema/procedure/calendar.h"

/* Loads schema/calendars/cn.json into *ret, which the caller frees; asserts. */
void cn_holidays(struct xj_calendar *ret);

#endif
