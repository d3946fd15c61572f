/* What tests of the law ask of the small city (engineworld.h, alertworld.h): the last instant of a limit and the first one past
 * it, and what is refused. One thread, one city at a time; asserts with cmocka. Not part of the programs. */
#ifndef XJ_TEST_LAWCASE_H
#define XJ_TEST_LAWCASE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/alertworld.h"

/* cmocka setup and teardown; *state is the struct world, with no breaches noted and parties of no kind. */
int law_up(void **state);
int law_down(void **state);
/* Replaces the plain weekends by the days off of schema/calendars/cn.json. */
void law_holidays(struct world *w);

/* The last millisecond of a day in Beijing, "2026-03-05". */
int64_t end_of(const char *date);

/* ---- the lawful course ---- */

/* Beijing time, "2026-03-02T09:00". */
void clock_is(struct world *w, const char *when);
/* Does it, and asserts that it is admitted without any breach. */
struct xj_id lawful(struct world *w, const struct deed *d);
#define LAWFUL(w, ...) lawful((w), &(struct deed){__VA_ARGS__})
/* On Monday 2026-03-02 at nine the market bureau reports, approves and sends to the police of its level; the act of transfer. */
struct xj_id transferred(struct world *w);
/* And the police give the receipt at ten. */
struct xj_id received(struct world *w);
/* And they refuse to file at five in the afternoon; the notice reaches the bureau at that time, at which the clock is left. */
struct xj_id refused(struct world *w, const char *notice_received);

/* ---- limits ---- */

struct limit {
    const char *duty, *rule; /* rule: the alert that tells of it */
    enum who obligor;
    int64_t last_ms; /* the last instant in time */
    enum xj_alarm severity; /* of the alert */
};
#define LIMIT(duty, rule, obligor, last_ms) (&(struct limit){(duty), (rule), (obligor), (last_ms), XJ_ALARM_RED})
#define LIMIT_AMBER(duty, rule, obligor, last_ms) (&(struct limit){(duty), (rule), (obligor), (last_ms), XJ_ALARM_AMBER})
/* Three natural days from an instant: within a week, with the third day on a Saturday and on a Sunday, over a weekend. */
struct span {
    const char *from, *last_day;
};
#define THREE_DAYS_COUNT 4
extern const struct span three_days[THREE_DAYS_COUNT];
/* The date of an instant, for `occurred`; good until the next call. */
const char *date_of(const char *when);
/* The obligor's one open duty ends at last_ms: the alert is there from the instant after it, and the deed, which is only tried,
 * carries the breach `late` from that instant on and not before. Leaves the clock at that instant. */
void in_time_until(struct world *w, const struct limit *l, const struct deed *d);
#define IN_TIME_UNTIL(w, l, ...) in_time_until((w), (l), &(struct deed){__VA_ARGS__})
/* The same for a row that is judged only once it is done: nothing is owed before; the deed is in time at last_ms; done at the
 * instant after it, it is late and the alert stands. */
void done_in_time_until(struct world *w, const struct limit *l, const struct deed *d);
#define DONE_IN_TIME_UNTIL(w, l, ...) done_in_time_until((w), (l), &(struct deed){__VA_ARGS__})
/* For a telling that is the sending of the act itself: does it at last_ms, or at the instant after it, where it is late and told. */
void told(struct world *w, const struct limit *l, bool in_time, const struct deed *d);
#define TOLD(w, in_time, l, ...) told((w), (l), (in_time), &(struct deed){__VA_ARGS__})
/* The last instant in which the obligor's duty of that name, open or not, can be done. */
int64_t due_of(struct world *w, const char *duty_name, enum who obligor);

/* ---- the forbidden case ---- */

/* Plans and judges the deed with exactly these papers (kinds; NULL ends); the code of the refusal or NULL. */
const char *try_with_papers(struct world *w, const struct deed *d, const char *const *kinds);
#define PAPERS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define WITH_PAPERS(w, kinds, ...) try_with_papers((w), &(struct deed){__VA_ARGS__}, (kinds))
/* Plans the deed, takes that agency off its recipients, and judges it. */
const char *try_without(struct world *w, enum who recipient, const struct deed *d);
#define WITHOUT(w, recipient, ...) try_without((w), (recipient), &(struct deed){__VA_ARGS__})
/* What the refusal was about. */
const char *refused_for(const struct world *w);
/* Whether the procedure wants reasons of the act: who opens the body then adds the breach `reasons`, when there are none. */
bool wants_reasons(const struct world *w, const char *act);

#endif
