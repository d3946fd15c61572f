/* Values as people write them into the cells of a table: days, money, yes and no, lists, codes. Any thread; pure.
 * Spec: spec/15-penalty-records.md, section 2. Text is UTF-8; results that are slices point into the argument. */
#ifndef XJ_CELLS_H
#define XJ_CELLS_H

#include "schema/base/buf.h"

/* Without white space at both ends, the ideographic and the unbreakable space included. */
struct xj_slice xj_cell_trim(struct xj_slice s);
/* Says nothing: it is empty, or one of the marks that stand for that (/ - -- — —— 无). s is trimmed, as everywhere below. */
bool xj_cell_empty(struct xj_slice s);

/* A day; a time of day behind it does not count. *ret counts days since 1970-01-01. False: no date, or none from 1900 to 9999. */
bool xj_cell_date(struct xj_slice s, int64_t *ret_days);
/* Days, months, years and ranges of them, appended to out as 11-replay, section 2 writes them. False: none, out is as it was. */
bool xj_cell_days(struct xj_slice s, struct xj_buf *out);

#define XJ_CELL_FEN_MAX INT64_C(1000000000000000)
enum xj_cell_money {
    XJ_CELL_MONEY_OK = 0,
    XJ_CELL_MONEY_FORM,  /* no sum of money */
    XJ_CELL_MONEY_FINE,  /* finer than a fen: more than two decimals of yuan, six of 万元 */
    XJ_CELL_MONEY_LARGE  /* above XJ_CELL_FEN_MAX */
};
/* Money in yuan (万元 with wan) to fen, exactly. */
enum xj_cell_money xj_cell_fen(struct xj_slice s, bool wan, int64_t *ret_fen);
/* Digits, at most max. */
bool xj_cell_whole(struct xj_slice s, int64_t max, int64_t *ret);
bool xj_cell_yes(struct xj_slice s, bool *ret);

/* The next element of a list, trimmed and never empty, cut off *list; n = 0: there is none. */
struct xj_slice xj_cell_next(struct xj_slice *list);
/* An officer and the certificate's number out of one element; false when one of them is missing. */
bool xj_cell_officer(struct xj_slice s, struct xj_slice *ret_name, struct xj_slice *ret_number);
/* Appends a code in upper case and half width, without spaces in it. */
void xj_cell_code(struct xj_slice s, struct xj_buf *out);
/* Appends the name of a column as it is compared: parentheses and colons of half width, without white space. */
void xj_cell_name(struct xj_slice s, struct xj_buf *out);

#endif
