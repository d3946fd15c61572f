/* The tables `needs` and `expects` of a procedure as text. The compiler only. Spec: spec/07-procedure.md, section 6. */
#ifndef XJ_TABLES_H
#define XJ_TABLES_H

#include "schema/procedure/model.h"

/* Appends both. Failures are sticky in out->err. */
void xj_procedure_tables(const struct xj_model *m, struct xj_buf *out);

#endif
