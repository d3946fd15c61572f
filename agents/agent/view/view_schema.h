/* The tables of view.db and the order in which its digest reads them. Only agents/agent/view/.
 * Spec: spec/10-api.md, section 5. All of it is derived from the ledger. */
#ifndef XJ_VIEW_SCHEMA_H
#define XJ_VIEW_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#define XJ_VIEW_FORMAT 8 /* user_version; another number: thrown away and folded anew */

enum { XJ_OWN_QUEUED = 0, XJ_OWN_ADMITTED = 1, XJ_OWN_REFUSED = 2 };

/* One table: how it is made, with its indices; for the digest a query in key order, and the columns of it that hold times of
 * this machine. */
struct xj_view_table {
    const char *name, *create, *query;
    unsigned machine_times; /* bit i: column i */
};
/* The i-th table, `meta` first; NULL past the last. */
const struct xj_view_table *xj_view_table_at(size_t i);

#endif
