/* The directory with the decision documents of a list of penalties: which file is whose. Command line; one owner. Spec:
 * spec/15-penalty-records.md, section 3.4. */
#ifndef XJ_PENALTY_PAPERS_H
#define XJ_PENALTY_PAPERS_H

#include "agents/cli/penalty_row.h"

struct xj_penalty_papers;

/* Lists the directory (NULL: none, and no row has a document). Errors with a line in text; then *ret is NULL. */
enum xj_err xj_penalty_papers_open(const char *directory, struct xj_penalty_papers **ret, struct xj_buf *text);
void xj_penalty_papers_close(struct xj_penalty_papers *p); /* NULL is fine */
/* The document of a row is there, and may be read: true. False with a note when something is wrong with it; and without when the row has none. */
bool xj_penalty_papers_check(struct xj_penalty_papers *p, const struct xj_penalty_row *row, struct xj_notes *errors);
/* Makes the row live with its document, if it has one. */
enum xj_err xj_penalty_papers_add(struct xj_penalty_papers *p, struct xj_penalty_row *row);
/* Appends the name, without what follows the last point, that the document of a decision has. */
void xj_penalty_paper_name(const char *number, int ordinal, struct xj_buf *out);

#endif
