/* What the claims, their verdicts and codes say to people, in Chinese and English. Any thread; static storage.
 * Spec: spec/16-evidence.md, sections 4 and 6. */
#ifndef XJ_WORDS_H
#define XJ_WORDS_H

#include "schema/evidence/judge.h"

struct xj_ev_words {
    const char *code;
    const char *zh, *en;
};
struct xj_ev_claim_words {
    const char *id; /* "P1" */
    const char *zh, *en;
    const char *cannot_zh, *cannot_en; /* what it cannot show, whatever the verdict */
};

const struct xj_ev_claim_words *xj_ev_claim_words(enum xj_claim claim); /* P1 … P9 */
/* "proved" …; zh or en. */
const char *xj_ev_verdict_word(enum xj_ev_verdict verdict, bool zh);
/* The text of a code of section 6, or of a fault of section 4. Never NULL: unknown codes give an entry with empty texts. */
const struct xj_ev_words *xj_ev_code_words(const char *code);
const struct xj_ev_words *xj_ev_fault_words(const char *fault);
/* The i-th code, for tests; NULL past the last. */
const struct xj_ev_words *xj_ev_code_at(size_t i);

#endif
