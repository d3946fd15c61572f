/* The filing standards in words, for screens and for `why`: a row, its source, an amount. Any thread.
 * Spec: spec/13-standards.md, section 2. The words are for people and are never parsed, stored or hashed. What the data says in Chinese
 * only (what a person must judge) stays Chinese. Each appends to buf, whose error is sticky. */
#ifndef XJ_STANDARDS_TEXT_H
#define XJ_STANDARDS_TEXT_H

#include "schema/procedure/standards.h"

/* "3万元", "30,000 yuan", "4.75亩": value in the measure's unit. */
void xj_standards_amount_text(const struct xj_std_measure *m, int64_t value, bool zh, struct xj_buf *buf);
/* "违法所得3万元以上；2年内因…受2次以上行政处罚". */
void xj_standards_row_text(const struct xj_standards *st, const struct xj_std_row *r, bool zh, struct xj_buf *buf);
/* "立案追诉标准规定（一）（公通字〔2008〕36号）16(一)〔C〕"; a number that is not confirmed is marked. */
void xj_standards_cite_text(const struct xj_standards *st, const struct xj_std_row *r, bool zh, struct xj_buf *buf);
/* "非法经营罪（烟草专卖品）". */
void xj_standards_charge_text(const struct xj_std_entry *e, struct xj_buf *buf);
/* "C", "C2" or "U". */
const char *xj_standards_tag(enum xj_tag tag);

/* How many of the measure's units people's own unit has, as a power of ten, and that unit: fen 2, "元", "yuan". Units the
 * program does not know: 0 and the unit itself. */
unsigned xj_standards_unit(struct xj_slice unit, bool zh, struct xj_slice *ret_name);

#endif
