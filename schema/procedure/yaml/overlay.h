/* The rules of a city over a national procedure: limits, and rows switched, each with a citation of its own.
 * The compiler only. Spec: spec/07-procedure.md, section 4. */
#ifndef XJ_OVERLAY_H
#define XJ_OVERLAY_H

#include "schema/procedure/yaml/draft.h"

/* Applies the overlay in y to the draft. What is wrong goes to y->f; every difference to the national text is a note there.
 * XJ_ENOMEM, XJ_ELIMIT. */
enum xj_err xj_overlay_apply(struct xj_ydoc *y, struct xj_draft *d);

#endif
