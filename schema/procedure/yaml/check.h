/* What a procedure must hold beyond its shape, so that no case can get stuck in it. The compiler only; pure.
 * Spec: spec/07-procedure.md, section 6, where every code is listed. */
#ifndef XJ_CHECK_H
#define XJ_CHECK_H

#include "schema/procedure/yaml/draft.h"

/* Acts, questions, tracks: unreachable_state, answer_unasked, req_unasked, question_unanswered, question_role, owner_role,
 * move_never, too_many, barred_for_good, no_principal, internal_sends, no_opening, term_twice, vis_hidden, unconfirmed_acts. */
void xj_check_acts(const struct xj_draft *d, struct xj_findings *f);
/* Duties: clock_never_stops, stop_hidden, start_internal, never_starts, extend_role, inside_wrong, stop_never,
 * unconfirmed_enabled. */
void xj_check_duties(const struct xj_draft *d, struct xj_findings *f);
/* Rules: rule_never, unconfirmed_red. */
void xj_check_rules(const struct xj_draft *d, struct xj_findings *f);
/* Statistics: statistic_never, term_twice. */
void xj_check_statistics(const struct xj_draft *d, struct xj_findings *f);

/* ---- shared ---- */
/* All roles of the procedure as a set. */
xj_roles xj_check_everyone(const struct xj_model *m);
/* XJ_ROLES_ANY written out. */
xj_roles xj_check_roles(const struct xj_model *m, xj_roles roles);
/* The answer an act gives to a question, or NULL. */
const struct xj_m_answer *xj_check_answer(const struct xj_m_act *act, uint16_t question);
const struct xj_m_opens *xj_check_opens(const struct xj_m_act *act, uint16_t question);
/* Roles that receive an act as principal or mandatory copy, or sent it (the sender's whole role, for want of better). */
xj_roles xj_check_viewers(const struct xj_model *m, const struct xj_m_act *act);
/* The roles that may be the transferor: those of the acts marked transfers. */
xj_roles xj_check_transferors(const struct xj_model *m);

#endif
