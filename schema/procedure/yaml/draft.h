/* A procedure as read from YAML, before it is checked: the model itself and, beside it, the lines it was read from.
 * The compiler only. Spec: spec/07-procedure.md, section 3. */
#ifndef XJ_DRAFT_H
#define XJ_DRAFT_H

#include "schema/procedure/model.h"
#include "schema/procedure/yaml/ydoc.h"

struct xj_draft {
    struct xj_model *m; /* lists sorted as the compiled form wants them; lies in its own arena; revision not set */
    uint32_t *question_line, *track_line, *act_line, *duty_line, *rule_line, *statistic_line; /* in m's arena, by index */
    uint32_t replaces_line; /* 0: no such section */
    uint32_t **state_line;                                       /* by track, then state */
    bool *reported_only; /* by question: a question that the law lets nobody close by an act */
};

/* Reads a procedure. What is wrong goes to y->f and the draft is filled as far as it can be; check f->errors. XJ_ENOMEM,
 * XJ_ELIMIT (lists over XJ_MODEL_LIST_MAX). On error *ret holds nothing to free. */
enum xj_err xj_draft_read(struct xj_ydoc *y, struct xj_draft *ret);
void xj_draft_free(struct xj_draft *d); /* safe on a zeroed struct and twice */

#endif
