/* The columns of a list of penalty decisions: how they are called, and what their cells say as text of one form. Command line;
 * one owner of a table. Spec: spec/15-penalty-records.md, sections 2 and 3. */
#ifndef XJ_PENALTY_COLUMNS_H
#define XJ_PENALTY_COLUMNS_H

#include "agents/cli/rows_in.h"

enum xj_pc {
    XJ_PC_NAME, XJ_PC_CATEGORY, XJ_PC_USCC, XJ_PC_REG_NO, XJ_PC_ORG_CODE, XJ_PC_TAX, XJ_PC_INSTITUTION, XJ_PC_SOCIETY, XJ_PC_DOCUMENT,
    XJ_PC_DOCUMENT_NUMBER, XJ_PC_REPRESENTATIVE, XJ_PC_REPRESENTATIVE_DOCUMENT, XJ_PC_REPRESENTATIVE_NUMBER, XJ_PC_NUMBER, XJ_PC_VIOLATION,
    XJ_PC_FACTS, XJ_PC_BASIS, XJ_PC_KINDS, XJ_PC_CONTENT, XJ_PC_FINE, XJ_PC_CONFISCATED, XJ_PC_PERMIT, XJ_PC_DATE, XJ_PC_VALID_UNTIL,
    XJ_PC_SHOWN_UNTIL, XJ_PC_AUTHORITY, XJ_PC_AUTHORITY_CODE, XJ_PC_REPORTER, XJ_PC_REPORTER_CODE, XJ_PC_NOTE, XJ_PC_CONDUCT, XJ_PC_PLACE,
    XJ_PC_GOODS, XJ_PC_APPRAISAL, XJ_PC_MINIMUM, XJ_PC_GRADE, XJ_PC_GRADE_BASIS, XJ_PC_LENIENT, XJ_PC_REDUCED, XJ_PC_DISCUSSED,
    XJ_PC_SERIOUS, XJ_PC_APPRAISED, XJ_PC_OFFICERS, XJ_PC_ENTRUSTMENTS, XJ_PC_CHARGES, XJ_PC_TITLE, XJ_PC_CASE, XJ_PC_ORDINAL,
    XJ_PC_COUNT /* from here on: 金额:… and 数量:… in the order in which a file names them */
};
#define XJ_PC_AMOUNTS (XJ_ROWS_COLUMNS - XJ_PC_COUNT)

struct xj_pc_amount {
    char measure[49], unit[17];
    bool money; /* its cells are money; unit is "fen" */
};
/* Which columns a file has. All zero to begin with. */
struct xj_penalty_table {
    bool wan[XJ_ROWS_COLUMNS]; /* money in 万元 */
    struct xj_pc_amount amounts[XJ_PC_AMOUNTS];
    size_t amount_count;
};

/* An xj_rows_column; arg is the table. */
int xj_penalty_column(void *arg, struct xj_slice name, uint64_t row, struct xj_notes *notes);
/* What a column is called in the digest of a row (spec 15, 4.2), appended to out. */
void xj_penalty_column_key(const struct xj_penalty_table *t, int column, struct xj_buf *out);
/* Where the value goes as it is: the key of `penalty` or, with *ret_body, of the body; NULL: nowhere so. */
const char *xj_penalty_column_target(int column, bool *ret_body);
/* Appends a cell's value as text of the one form (spec 15, 2). False: it has none, and what is wrong has been noted. */
bool xj_penalty_text(const struct xj_penalty_table *t, int column, struct xj_slice value, const struct xj_rows *rows,
                     struct xj_notes *notes, struct xj_buf *out);

#endif
