/* Tables of certificates (执法证) and entrustments (委托书) as changes of the register. Registrar's tools; one owner. Spec:
 * spec/06-register.md, section 9; spec/15-penalty-records.md, sections 1 and 2. */
#ifndef XJ_REGISTER_ROWS_H
#define XJ_REGISTER_ROWS_H

#include "agents/cli/changes.h"
#include "agents/cli/rows_in.h"

/* Every name by which an agency of the register is known: its id, its name, its aliases. */
struct xj_agency_names;
enum xj_err xj_agency_names_load(const struct xj_store *store, struct xj_agency_names **ret);
void xj_agency_names_free(struct xj_agency_names *n); /* NULL is fine */
/* The id, borrowed, or NULL; *ret_many: the name is that of several. */
const char *xj_agency_names_find(const struct xj_agency_names *n, struct xj_slice name, bool *ret_many);

/* Reads the whole table; kind is "certificate" or "entrustment". What is wrong goes into errors, and then the changes are of no
 * use. World errors only. */
enum xj_err xj_register_rows(const char *kind, struct xj_slice bytes, enum xj_csv_encoding encoding, const struct xj_agency_names *names,
                             struct xj_changes *changes, struct xj_notes *errors);

struct xj_register_tally {
    uint64_t written, withdrawn, unchanged;
};
/* Appends to ret those of the changes that change anything in the store's register. */
enum xj_err xj_register_changed(const struct xj_store *store, const struct xj_changes *changes, struct xj_changes *ret,
                                struct xj_register_tally *tally);

#endif
