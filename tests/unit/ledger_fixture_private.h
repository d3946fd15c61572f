/* What the parts of the ledger fixture share. Only tests/unit/ledger_fixture*.c. */
#ifndef LEDGER_FIXTURE_PRIVATE_H
#define LEDGER_FIXTURE_PRIVATE_H

#include "tests/unit/ledger_fixture.h"

#define CEILING (512u * 1024)
#define must(call) assert_int_equal((call), XJ_OK)

/* Notes what a verifier must find; of one check only the first entry is named. */
void fixture_blame_file(struct fixture *f, size_t file, const char *check, uint64_t entry);
uint64_t fixture_append(struct fixture *f, size_t file, enum xj_entry_kind kind, struct xj_slice head, struct xj_slice sig);
void fixture_sign(const struct xj_sign_key *key, const struct xj_hash *d, struct xj_buf *sig);
int64_t fixture_now(struct fixture *f);
void fixture_make_sign_key(struct fixture *f, struct xj_sign_key *ret);

struct fixture_envelope {
    struct xj_header h;
    struct xj_buf header, body, keys, paper, sig;
    struct xj_hash digest;
};
/* The next message of an agency, sealed and signed. Addressees by the caller's plan: role per agency, XJ_TO_INVALID for none; joint
 * is an agency or -1. The agency's number and last digest go on. */
void fixture_compose(struct fixture *f, struct fixture_envelope *m, size_t from, const enum xj_to_role to[3], int joint, bool paper);
void fixture_envelope_free(struct fixture_envelope *m);

/* Entries of the register, put into every file. */
void fixture_register_first(struct fixture *f);
void fixture_register_agencies(struct fixture *f);
void fixture_register_new_key(struct fixture *f, size_t agency);

#endif
