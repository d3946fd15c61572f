/* Small ledgers and journals written entry by entry as a table says, each step right by itself unless it is told otherwise: what was
 * done wrong is one word in the table. For the common list of tests/unit/ledger_cases.h. Tests only; one thread. */
#ifndef LEDGER_HAND_H
#define LEDGER_HAND_H

#include "tests/unit/ledger_cases.h"

enum hand_op {
    HAND_END = 0, HAND_OWN, HAND_RECEIVED, HAND_MESSAGE, HAND_ADMITTED, HAND_REFUSED, HAND_STORED, HAND_DELIVERED, HAND_EPOCH,
    HAND_RECOVERY, HAND_RECOVERED, HAND_REBUILD, HAND_UNRECOVERED, HAND_ORDER, HAND_KEYS, HAND_DESTROYED, HAND_CHECKPOINTED,
    HAND_CHECKPOINT, HAND_RAW
};
enum { HAND_A = 1, HAND_B, HAND_C }; /* agencies; 0 is the one that the step has by itself */

/* What is wrong with a step, or other than usual. */
enum hand_flaw {
    HAND_PREVIOUS = 1 << 0,   /* a message that names another one before it */
    HAND_NO_BODY = 1 << 1, HAND_NO_KEYS = 1 << 2, HAND_NO_PAPER = 1 << 3, /* objects of a message that are not put */
    HAND_PAPER = 1 << 4,      /* a message with a paper */
    HAND_NOTICE = 1 << 5,     /* a message whose recipient gets the header only */
    HAND_OTHER = 1 << 6,      /* a statement about another digest than there is; a contact of an agency that is none */
    HAND_ID = 1 << 7,         /* a refusal that names another id; an order over another message */
    HAND_ROOT = 1 << 8, HAND_HEAD = 1 << 9, /* another root or ledger head than the file gives */
    HAND_NO_PATH = 1 << 10, HAND_PATH = 1 << 11, HAND_INDEX = 1 << 12, HAND_TIME = 1 << 13, /* of delivered statements */
    HAND_KEY = 1 << 14,       /* signed by C, or by A where C had to */
    HAND_JUNK = 1 << 15,      /* a message of a journal that is no header */
    HAND_BAD_KEYS = 1 << 16,  /* keys whose bytes are no keys */
    HAND_SWAPPED = 1 << 17,   /* the digest of the body is that of the keys */
    HAND_AGAIN = 1 << 18,     /* the message spoken of once more, without its objects */
    HAND_SHARES = 1 << 19,    /* a message that shares the one spoken of */
    HAND_WRONG_BYTES = 1 << 20, /* the body's bytes are not those of its digest */
    HAND_AT_NOTHING = 1 << 21, /* register number 0 */
    HAND_WITHDRAWN = 1 << 22, /* keys that go, instead of new ones */
    HAND_GAP = 1 << 23        /* the row is taken out of the file in the end */
};

struct hand_step {
    enum hand_op op;
    int who, to;        /* who speaks; whom a message or delivered statement is for */
    uint64_t number;    /* of a message, feed statement, store id; the stage of a rebuild */
    uint64_t of;        /* the message spoken of, counted from 1 in this file; 0: the last */
    uint64_t k;         /* mailbox number; or a count */
    uint64_t first, last;
    uint64_t seq;       /* position stated; 0: the right one */
    uint64_t size;      /* ledger size stated; 0: the right one */
    uint64_t offset;    /* of positions: from a resumed entry on */
    uint64_t at;        /* register number named; 0: the present one */
    const char *code;   /* of a refusal; the kind of an order */
    unsigned flaws;
    const char *blame, *blame_too; /* the first entry of these checks that a verifier must name is this one */
};
#define HAND_STEPS 20
struct hand_case {
    const char *name;
    bool journal;
    const char *blame_file; /* a check that is bad for the file as a whole */
    const char *owner;      /* whom the file names in the end; NULL: its owner */
    struct hand_step steps[HAND_STEPS];
};

/* Makes the file of a case from the keys and the register of a good fixture, whose files are closed. The entries before its steps are
 * the fixture's register entries. */
void hand_make(const struct fixture *f, const char *path, const struct hand_case *h, struct ledger_case *c);
/* All cases of the list, shown as ledger_cases_each does. */
void ledger_hand_each(const struct fixture *f, const char *dir, ledger_case_visit *visit, void *arg);
extern const struct hand_case hand_ledgers[], hand_journals[]; /* each ends with a name that is NULL; journal is theirs by the list */

#endif
