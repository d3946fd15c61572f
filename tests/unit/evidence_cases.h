/* Good and tampered evidence bundles with what a verifier must say of each: one list for the tests of both verifiers. Tests only. */
#ifndef EVIDENCE_CASES_H
#define EVIDENCE_CASES_H

#include "schema/evidence/judge.h"

#define EVIDENCE_FILES_MAX 3

struct evidence_case {
    const char *name;
    struct xj_slice files[EVIDENCE_FILES_MAX];
    size_t count;
    const char *malformed; /* code of spec 16, section 4, of the first file; NULL: it is a bundle */
    const char *verdicts;  /* nine letters, P1 to P9: p proved, n not proved, c contradicted */
    const char *codes;     /* "P5:path P6:unplaced": what decides these claims */
    uint8_t root[32];
};
typedef void evidence_case_visit(void *arg, const struct evidence_case *c);

/* Makes a city and its bundles, and shows every case. Failures are cmocka failures. */
void evidence_cases_each(evidence_case_visit *visit, void *arg);

#endif
