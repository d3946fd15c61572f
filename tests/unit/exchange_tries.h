/* One frame given to the exchange again and again, each time with another of its calls failing, until one try comes through whole
 * (tests/unit/exchange_hand.h). A try that fails leaves nothing: it is rolled back, and the exchange opened again. One thread. Tests only.
 * Spec: spec/04-exchange.md, section 5. */
#ifndef XJ_TEST_EXCHANGE_TRIES_H
#define XJ_TEST_EXCHANGE_TRIES_H

#include "tests/unit/exchange_hand.h"

/* What fails: the n-th call from now on, n from 1; whether it did, and none does any more; what must be told of it. */
struct trouble {
    void (*at)(size_t n);
    bool (*over)(void);
    enum xj_err err;
};

/* Makes the frame for the connection as it is now; n = 0: the clock ticks instead. */
typedef void make_frame(struct hand *h, struct xj_buf *frame, const void *arg);

/* h->out is what left in the end. */
void tries_until_done(struct hand *h, const struct trouble *t, const char *who, make_frame *make, const void *arg);
/* The same of a SUBMIT of the bureau's with that message, whose digest is kept. */
void tries_submit(struct hand *h, const struct trouble *t, struct xj_slice message);

#endif
