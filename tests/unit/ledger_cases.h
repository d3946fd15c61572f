/* Good and tampered files with what a verifier must say of each: one list for the tests of both verifiers. */
#ifndef LEDGER_CASES_H
#define LEDGER_CASES_H

#include "tests/unit/ledger_fixture.h"

struct ledger_case {
    char name[64]; /* also the file's name, with ".db" */
    uint8_t root[32];
    struct fixture_blame blame[4]; /* exactly these checks are bad, at these entries; none: the file is good */
    size_t blames;
    bool unknown; /* nobody worked out what is bad: only that both verifiers say the same counts */
};
typedef void ledger_case_visit(void *arg, const struct ledger_case *c, const char *path);

/* Makes every case as a file in dir, one after the other, and shows it; the visitor may keep or remove it. */
void ledger_cases_each(const char *dir, ledger_case_visit *visit, void *arg);
/* Those of them that were lost and came back, from the closed files of a good fixture; ledger_cases_each calls it. */
void ledger_recovered_each(const struct fixture *f, const char *dir, ledger_case_visit *visit, void *arg);
/* The same for count files each with a bit flipped in a row, or a row removed, drawn at random from a seed. */
void ledger_cases_random(const char *dir, uint64_t seed, size_t count, ledger_case_visit *visit, void *arg);
/* Copies a closed file; writes one. Neither waits for the disk. */
void ledger_copy(const char *from, const char *to);
void ledger_write(const char *path, struct xj_slice bytes);

#endif
