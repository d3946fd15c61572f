/* What an act comes to under the filing standards (立案追诉标准): how near its amounts are to the line, which row of which entry
 * says so, and what only a person can judge. Pure: no clock, no memory kept. Any thread.
 * Spec: spec/13-standards.md, sections 3 and 4; the numbers in comments are those of section 4.
 * Use: fill a question (all slices and lists borrowed), xj_standards_look; the answer points into the standards. */
#ifndef XJ_STANDARDS_LOOK_H
#define XJ_STANDARDS_LOOK_H

#include "schema/procedure/standards.h"

#define XJ_STD_CHARGES_MAX 16u  /* charges of one question; more are not looked at */
#define XJ_STD_FINDINGS_MAX 64u /* entries shown in one answer; all are reckoned with */
#define XJ_STD_NONE (-1)        /* percent: no row counts */
#define XJ_STD_REACHED_AT 100
#define XJ_STD_NEAR_AT 80 /* 追诉标准(二) 81 */

struct xj_std_amount {
    struct xj_slice name; /* of a measure: "illegal_gain" */
    int64_t value;        /* in unit */
    struct xj_slice unit; /* another than the measure's: the amount is not counted */
};

struct xj_std_question {
    const struct xj_slice *charges; /* names as they stand in the act: "非法经营罪（烟草专卖品）", an alias … */
    size_t charge_count;
    int64_t from_day, to_day; /* days of the conduct (行为日), from <= to; when they are not known, whatever day the asker stands for */
    enum xj_std_subject subject; /* XJ_STD_ANYBODY: not known */
    const struct xj_std_amount *amounts;
    size_t amount_count;
    const int64_t *penalties; /* days on which earlier penalties of the party for the same kind of conduct took effect */
    size_t penalty_count;
    const int64_t *convictions; /* days of its convictions for it */
    size_t conviction_count;
    bool history_known; /* the two lists are all there are; else further ones are possible */
};

/* Of a row, an entry, a charge, an act. In the order of 8. */
enum xj_std_outcome { XJ_STD_INVALID = 0, XJ_STD_BELOW, XJ_STD_UNKNOWN, XJ_STD_NEAR, XJ_STD_REACHED };

/* What a person must look at; a set. */
enum xj_std_prompt {
    XJ_STD_ASK_CONDUCT = 1,
    XJ_STD_ASK_CONDITION = 2,
    XJ_STD_ASK_RANGE = 4,
    XJ_STD_ASK_PRIORS = 8,
    XJ_STD_ASK_SUBJECT = 16,
    XJ_STD_ASK_MISSING = 32,
    XJ_STD_ASK_EXEMPT = 64,
    XJ_STD_ASK_SUSPICION = 128,
    XJ_STD_ASK_VERSIONS = 256,
    XJ_STD_ASK_KINDS = 512,
    XJ_STD_ASK_GAP = 1024
};
#define XJ_STD_PROMPTS 11u

/* 4. What became of a row: OPEN alone, or COUNTS with open prompts beside it. */
enum xj_std_state { XJ_STD_STATE_INVALID = 0, XJ_STD_ASIDE, XJ_STD_OUT, XJ_STD_OPEN, XJ_STD_COUNTS };
struct xj_std_verdict {
    enum xj_std_state state;
    int32_t percent;  /* of max, when the amount is given and no condition failed, or 100 without amount; else XJ_STD_NONE */
    uint32_t prompts; /* why it is open */
};

/* 5. One entry in force on days of the conduct. */
struct xj_std_finding {
    const struct xj_std_entry *entry;
    const struct xj_std_row *row; /* the one that counts most; NULL: none counts */
    const struct xj_std_row *ask; /* the one a person should judge or complete first; NULL: none */
    enum xj_std_outcome outcome;
    int32_t percent;
    uint32_t prompts;
    uint16_t charge; /* index into the question's charges */
};

/* 6, 7. What is concluded on one charge. */
struct xj_std_charge {
    struct xj_slice charge, kind; /* as the standards have them; charge.n == 0: no such charge */
    enum xj_std_outcome outcome;
    int32_t percent;
    uint32_t prompts;
    const struct xj_std_entry *entry; /* the one with the percent concluded; NULL: none in force */
    const struct xj_std_row *row;     /* its row; NULL with percent XJ_STD_NONE */
};

/* 8. */
struct xj_std_answer {
    struct xj_std_charge charges[XJ_STD_CHARGES_MAX];
    size_t charge_count;
    size_t best; /* index of the charge that decides the act; 0 when there are none */
    enum xj_std_outcome outcome;
    int32_t percent;
    uint32_t prompts; /* of all charges */
    struct xj_std_finding findings[XJ_STD_FINDINGS_MAX];
    size_t finding_count, finding_omitted;
    size_t amount_ignored; /* of an unknown name, in another unit, below 0 */
};

/* Always answers. charge_count 0, or names not in the standards: XJ_STD_UNKNOWN. */
void xj_standards_look(const struct xj_standards *st, const struct xj_std_question *q, struct xj_std_answer *ret);
/* What became of a single row of an entry under a question, for whoever shows all of them. */
struct xj_std_verdict xj_standards_row(const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_entry *e,
                                       uint16_t row);
/* Whether a measure was given by the question, or can be computed from what was. */
bool xj_standards_given(const struct xj_standards *st, const struct xj_std_question *q, uint16_t measure);
/* The name of a prompt ("conduct") and what it says to people; i < XJ_STD_PROMPTS is the bit. Static. */
const char *xj_std_prompt_name(unsigned i);
const char *xj_std_prompt_text(unsigned i, bool zh);
/* "reached", 达到追诉标准 …; static. */
const char *xj_std_outcome_name(enum xj_std_outcome outcome);
const char *xj_std_outcome_text(enum xj_std_outcome outcome, bool zh);

#endif
