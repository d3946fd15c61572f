/* Rows of a table that people hand in, as CSV or as a JSON array of objects, one at a time. Command line; one owner. Spec:
 * spec/15-penalty-records.md, section 1. Memory: the file's bytes, which the caller holds, and one row.
 * Who reads says which columns there are; whatever is wrong goes into notes, and reading goes on as far as it can. */
#ifndef XJ_ROWS_IN_H
#define XJ_ROWS_IN_H

#include "agents/cli/csv_in.h"
#include "agents/cli/notes.h"

#define XJ_ROWS_COLUMNS XJ_CSV_FIELDS /* different columns of one file */
#define XJ_ROWS_FILE_BYTES (1024u * 1024 * 1024)
#define XJ_ROWS_SKIP (-1) /* the column does not count, or what is wrong with its name has been noted */

/* The number (0 to XJ_ROWS_COLUMNS - 1) of the column that a file calls name, or XJ_ROWS_SKIP. Asked once for each name. */
typedef int xj_rows_column(void *arg, struct xj_slice name, uint64_t row, struct xj_notes *notes);

struct xj_rows;

/* bytes and notes are borrowed until it is closed. XJ_ENOMEM, XJ_ECONFIG as xj_csv_open; a file that is no table gives one that
 * has no rows, with a note. */
enum xj_err xj_rows_open(struct xj_slice bytes, enum xj_csv_encoding encoding, xj_rows_column *column, void *arg,
                         struct xj_notes *notes, struct xj_rows **ret);
void xj_rows_close(struct xj_rows *r); /* NULL is fine */
/* The next row that says anything; false at the end, or when memory is out (xj_rows_err). *ret_sound: nothing is wrong with its
 * form. */
bool xj_rows_next(struct xj_rows *r, bool *ret_sound);
enum xj_err xj_rows_err(const struct xj_rows *r);
uint64_t xj_rows_number(const struct xj_rows *r);
/* What the row says in a column, trimmed; n = 0: nothing. The name that the file has for the column. Borrowed until the next. */
struct xj_slice xj_rows_value(const struct xj_rows *r, int column);
struct xj_slice xj_rows_name(const struct xj_rows *r, int column);

#endif
