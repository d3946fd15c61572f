/* From a procedure in YAML to its compiled form, and the check of it. The command line and tests only: daemons read compiled
 * procedures and never link this directory. Pure. Spec: spec/07-procedure.md, sections 2 to 6. */
#ifndef XJ_COMPILE_H
#define XJ_COMPILE_H

#include "schema/procedure/yaml/findings.h"

/* Reads and checks a procedure, with the rules of a city over it (overlay_yaml.n = 0: none), and appends its compiled form to
 * ret_compiled. Findings are added to *ret_findings (initialised by the caller, freed by the caller), warnings and notes on
 * success too. XJ_EMALFORMED, XJ_ELIMIT: there are errors among the findings and nothing was appended. XJ_ENOMEM. */
enum xj_err xj_procedure_compile(struct xj_slice yaml, struct xj_slice overlay_yaml, struct xj_buf *ret_compiled,
                                 struct xj_findings *ret_findings);

/* The same without the bytes: XJ_OK also when there are errors among the findings. With tables (may be NULL) the tables
 * `needs` (which questions an act answers and who may have asked them) and `expects` are appended as text, when the procedure
 * can be read at all. XJ_ENOMEM; XJ_ELIMIT when tables is full. */
enum xj_err xj_procedure_check(struct xj_slice yaml, struct xj_slice overlay_yaml, struct xj_findings *ret_findings,
                               struct xj_buf *tables);

#endif
