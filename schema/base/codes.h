/* Check digits of the codes by which people and units are known. Any thread; pure.
 * Sources: GB 32100-2015 (统一社会信用代码), GB 11643-1999 (公民身份号码). Codes that fail are in real use: warn, do not refuse. */
#ifndef XJ_CODES_H
#define XJ_CODES_H

#include "schema/base/buf.h"

/* 18 characters of the code's alphabet, upper case, whose last is the check character of the others. */
bool xj_uscc_ok(struct xj_slice code);
/* 17 digits and a check character (digit or X), a birthday that exists among them. */
bool xj_id_number_ok(struct xj_slice number);
/* Has the form of one: 17 digits and a digit or X, whatever the check says. */
bool xj_id_number_form(struct xj_slice number);

#endif
