/* One city's life, in which everything happens that the cores do: work, orders, lost ledgers and older copies, a lost journal while
 * some are away, working state made anew, another law in the middle of a case. What comes of it does not depend on faults. What fails
 * here is a cmocka failure. Tests only. */
#ifndef XJ_SIM_LIFE_H
#define XJ_SIM_LIFE_H

#include "tests/sim/cases.h"

struct life;
typedef void a_life(struct life *l);
a_life life_of_ledgers; /* the agencies lose theirs */
a_life life_of_journal; /* the exchange does */
a_life life_of_law;     /* the law and the agencies change */

/* Lives it under these faults (NULL: in calm), in a fresh city; free with life_free. All stores verify, and agree. */
struct life *life_live(a_life *life, uint64_t seed, const struct faults *f);
/* Asserts that the same acts were admitted and that everybody sees the same cases. */
void life_assert_same(struct life *calm, struct life *other);
unsigned long life_garbled(const struct life *l);
void life_free(struct life *l);

#endif
