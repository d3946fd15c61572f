/* Parts of the list of evidence_cases.h. Only tests/unit/evidence_cases*.c. */
#ifndef EVIDENCE_CASES_PRIVATE_H
#define EVIDENCE_CASES_PRIVATE_H

#include "tests/unit/evidence_forge.h"

/* Bundles of two agencies, both changed. */
void evidence_cases_pairs(struct evidence_city *e, evidence_case_visit *visit, void *arg);
/* What an order took (spec 18): the city has nothing of its third case any more. */
void evidence_cases_orders(struct evidence_city *e, evidence_case_visit *visit, void *arg);

#endif
