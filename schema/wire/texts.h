/* What every refusal and breach code says to people, in Chinese and English, with the rule it comes from and the remedy.
 * Any thread; static storage. Spec: spec/04-exchange.md, section 6, and spec/09-fold.md (breaches).
 * The exchange puts these texts into signed statements; agents, API and command line show the same ones. */
#ifndef XJ_TEXTS_H
#define XJ_TEXTS_H

#include "schema/base/buf.h"

struct xj_text {
    const char *code;      /* "answer_taken" */
    const char *zh, *en;   /* what is wrong */
    const char *rule;      /* page and section of our own spec: "04-exchange 6" */
    const char *article;   /* the law behind it, or "" where it is the act's own citation */
    const char *remedy_zh, *remedy_en; /* what to do */
};

/* The text of a refusal code or a breach code. Never NULL: for a code that is not in the table an entry whose code is ""
 * and whose texts say that the code is unknown. */
const struct xj_text *xj_text_refusal(const char *code);
const struct xj_text *xj_text_breach(const char *code);
/* The same for a code that is no C string. */
const struct xj_text *xj_text_refusal_of(struct xj_slice code);
const struct xj_text *xj_text_breach_of(struct xj_slice code);

/* The i-th entry, for lists and tests; NULL past the last. */
const struct xj_text *xj_text_refusal_at(size_t i);
const struct xj_text *xj_text_breach_at(size_t i);

#endif
