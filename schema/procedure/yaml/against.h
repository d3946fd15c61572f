/* One procedure against another revision of it: whether cases can move to it, and what is different. The command line and tests
 * only; pure. Spec: spec/07-procedure.md, sections 3c and 6. */
#ifndef XJ_AGAINST_H
#define XJ_AGAINST_H

#include "schema/procedure/revision.h"
#include "schema/procedure/yaml/findings.h"

/* Proves the map of `now` against the procedure it says it replaces: adds an error for everything that it lacks, and notes for what
 * ends. Nothing when `now` replaces nothing, or moves no case. XJ_ENOMEM, XJ_ELIMIT. */
enum xj_err xj_procedure_prove(const struct xj_model *was, const struct xj_model *now, struct xj_findings *ret_findings);
/* Adds a note for every difference, names of `was` that have another name in `now` understood as its map says. */
enum xj_err xj_procedure_differ(const struct xj_model *was, const struct xj_model *now, struct xj_findings *ret_differences);

#endif
