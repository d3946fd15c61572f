/* What the agencies of the small city hand back to an exchange whose journal was lost, seen once and then at hand (exchange_hand.h): given
 * back piece by piece, some of it or wrong in one thing. One thread. Tests only. Spec: spec/04-exchange.md, section 13. */
#ifndef XJ_TEST_EXCHANGE_ITEMS_H
#define XJ_TEST_EXCHANGE_ITEMS_H

#include "tests/unit/exchange_hand.h"

#define HANDED 256

struct item {
    int from; /* index of the agency */
    unsigned kind;
    struct xj_buf statement, signature, message;
};

extern struct item handed[HANDED]; /* in the order in which they came */
extern size_t handed_count;
extern const char *const handed_agencies[4];

/* A copy of the bytes in a buffer begun here. */
void handed_copy(struct xj_buf *to, struct xj_slice from);
/* The pieces are forgotten. */
void handed_free(struct item *i);
void handed_free_all(void);
/* Looks on while the agents hand back what they hold: struct world's tamper. */
bool handed_look(struct world *w, int from, struct xj_slice frame, struct xj_buf *ret);

/* The bureau's report under a revision that never was: an act that is refused. */
struct xj_outgoing *handed_unknown_revision(struct hand *h);
/* Such an act; then the journal is lost, the agents hand back all they have, and it is seen; then it is lost once more. */
void handed_lose_twice(struct hand *h);
/* An entry of the register proves that the journal was lost; then everybody is asked. */
void handed_begin(struct hand *h);

const struct item *handed_register_entry(uint64_t number);
/* False: it is no message that the bureau sent or got; none that it sent. */
bool handed_is_message(const struct item *i, struct xj_header *ret);
bool handed_is_own(const struct item *i, struct xj_header *ret);

/* An answer to what the exchange asked; next 1: it goes on nowhere, 1001: that was all. */
void handed_back(struct hand *h, const struct item *list, size_t count, uint64_t next);
void handed_put_paper(struct hand *h, const char *who, const struct xj_hash *digest, struct xj_slice bytes);
/* The bureau hands back all but its act of that number, and its papers; the others are waited for, until the exchange resumes. */
void handed_back_without(struct hand *h, uint64_t number);
/* Submits the bureau's report under that number of its own; the chain it stands in nobody knows. */
void handed_report_under(struct hand *h, uint64_t number);

#endif
