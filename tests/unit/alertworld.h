/* What the rules of a procedure find in the case of a small city (engineworld.h). One thread. Not part of the programs. */
#ifndef XJ_TEST_ALERTWORLD_H
#define XJ_TEST_ALERTWORLD_H

#include "tests/unit/engineworld.h"

/* What the fold does not keep and a rule may ask: notes breaches of acts (at most 8), says of which kind some party is (NULL:
 * none), what a figure is worth for every act (the last said counts; others are unknown), forgets all. Texts are borrowed. */
void note_breach(struct xj_id act, const char *code, const char *detail);
void party_is(const char *kind);
void figure_is(const char *word, uint64_t value);
void alerts_reset(void);

struct want {
    const struct world *w;
    const char *rule;
    int count;
    int64_t now_ms;
    struct xj_alert_view last;
    char who[65]; /* answerable; last.answerable is gone */
};

/* How often the rule stands at that moment, as the exchange (view -1) or an agency sees the case; the last one in *ret (may be
 * NULL). */
int raised_in(struct world *w, int view, const char *rule, const char *now, struct want *ret);
int raised(struct world *w, const char *rule, const char *now, struct want *ret); /* at the exchange */
int raised_at(struct world *w, const char *rule, int64_t now_ms, struct want *ret);
bool is_agency(const struct want *x, enum who who);

#endif
