/* Whether what a party sees of a case is what the exchange has of it. */
#ifndef XJ_TEST_AGREEMENT_H
#define XJ_TEST_AGREEMENT_H

#include "tests/unit/engineworld.h"

/* Asserts that each question and row that view shows of w's case is one that the exchange holds: questions alike; rows alike or,
 * where the exchange has moved on by an act that this party may not see, newer there. Returns how many were compared. */
size_t assert_agrees(struct world *w, struct xj_engine *view);

#endif
