/* Tables for people, aligned also with Chinese in them, and the same rows as JSON for programs. The program only.
 * Spec: spec/10-api.md, section 4. JSON keys are the fixed English names, whatever the language. */
#ifndef XJ_TABLE_H
#define XJ_TABLE_H

#include "agents/cli/cli.h"

struct xj_column {
    const char *key;     /* JSON key */
    const char *zh, *en; /* headings */
    bool right;          /* numbers */
    bool number;         /* a JSON number */
    bool wrap;           /* the last, long column */
};
struct xj_table;

/* An empty table. name is the JSON key of the list. NULL when memory is out. */
struct xj_table *xj_table_new(const struct xj_cli *cli, const char *name, const struct xj_column *columns, size_t count);
void xj_table_free(struct xj_table *t); /* NULL is fine */
/* Adds a row of count cells (copied; NULL: empty). red: shown in red on a terminal. XJ_ENOMEM. */
enum xj_err xj_table_row(struct xj_table *t, const char *const *cells, bool red);
/* Prints to the command line's out. XJ_ENOMEM, XJ_EIO. */
enum xj_err xj_table_print(struct xj_table *t);

#endif
