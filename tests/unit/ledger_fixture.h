/* Builds ledgers and a journal as an exchange and three agencies would leave them: real keys, register, sealed messages,
 * statements, proofs, checkpoints; and, on demand, with one defect built in. For tests of schema/ledger/ and above. */
#ifndef LEDGER_FIXTURE_H
#define LEDGER_FIXTURE_H

#include "schema/ledger/log.h"
#include "schema/trust/register.h"
#include "schema/trust/seal.h"
#include "schema/wire/statement.h"

enum defect {
    DEFECT_NONE = 0,
    DEFECT_OWN_SIGNATURE,      /* message 2 is signed by another agency's key */
    DEFECT_ADMITTED_SIGNATURE, /* the answer to message 2 is signed by an agency */
    DEFECT_STORED_SIGNATURE,   /* B's stored is signed by C */
    DEFECT_REGISTER_AHEAD,     /* the answer to message 2 names register number 99 */
    DEFECT_NUMBER,             /* message 2 has number 3 */
    DEFECT_PREVIOUS,           /* message 2 names another previous */
    DEFECT_MAILBOX,            /* message 2 gets B's mailbox number 3 */
    DEFECT_ALONE,              /* message 2 is received without its admitted statement */
    DEFECT_STORED_ROOT, DEFECT_STORED_HEAD, DEFECT_STORED_SIZE, DEFECT_STORED_TWICE,
    DEFECT_PATH, DEFECT_PATH_ABSENT, DEFECT_STORED_ABSENT, DEFECT_FEED,
    DEFECT_ANSWER_TWICE, DEFECT_ANSWER_STRANGER, DEFECT_REFUSED_NUMBER, DEFECT_SEQ,
    DEFECT_CHECKPOINT_KEY, DEFECT_CHECKPOINT_ROOT,
    DEFECT_REGISTER_SIGNATURE, DEFECT_REGISTER_CHAIN,
    DEFECT_BODY_ABSENT, DEFECT_KEYS_ABSENT, DEFECT_PAPER_ABSENT, DEFECT_OBJECT_BYTES, DEFECT_OBJECT_UNNAMED,
    DEFECT_KIND, DEFECT_SHAPE,
    DEFECT_COUNT
};

enum { FIXTURE_A = 0, FIXTURE_B, FIXTURE_C, FIXTURE_JOURNAL, FIXTURE_FILES };

#define FIXTURE_MESSAGES 16
#define FIXTURE_FILLER 300 /* incident entries that make node rows appear in A's ledger and the journal */

struct fixture_blame {
    const char *check; /* "numbering" */
    uint64_t entry;    /* the first that is bad */
};
struct fixture_file {
    struct xj_db *db;
    struct xj_log *log;
    char path[160];
    struct fixture_blame blame[4]; /* what a verifier must say of this file; none: that it is good */
    size_t blames;
};
struct fixture_agency {
    char id[XJ_MAX_AGENCY_BYTES + 1];
    struct xj_sign_key sign;
    struct xj_seal_key seal, recovery;
    uint64_t number, mailbox, stored, feed;
    struct xj_hash last;
    size_t mail[FIXTURE_MESSAGES]; /* by mailbox number - 1: index of a message */
};
struct fixture_message {
    struct xj_hash digest;
    size_t from;
    bool party[FIXTURE_C + 1];
    uint64_t own_at[FIXTURE_FILES]; /* entry of the message in each file */
};
struct fixture {
    enum defect defect;
    uint64_t tick; /* clock and randomness both count it: the same files every time */
    struct xj_env env;
    struct xj_sign_key root, registrar, exchange;
    struct fixture_agency agency[FIXTURE_C + 1];
    struct fixture_message message[FIXTURE_MESSAGES];
    size_t messages;
    uint64_t registered;
    struct xj_hash register_digest;
    struct fixture_file file[FIXTURE_FILES];
};

/* Builds all four files in dir and closes them. Failures are cmocka failures. */
void fixture_build(struct fixture *f, const char *dir, enum defect defect);
/* A fresh directory on a disk, made under /var/tmp, and its removal with the files in it. */
void fixture_dir_make(char dir[64]);
void fixture_dir_remove(const char *dir);
/* A deterministic clock and randomness over a counter. */
struct xj_env fixture_env(uint64_t *tick);

#endif
