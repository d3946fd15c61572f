/* Whether one share stands out above others, in whole numbers only, so that every machine and language says the same. Any
 * thread. Spec: spec/14-statistics.md, section 7. */
#ifndef XJ_OUTLIER_H
#define XJ_OUTLIER_H

#include <stdbool.h>
#include <stdint.h>

#define XJ_OUTLIER_LEAST 10   /* of `per`, of the one and of the rest */
#define XJ_OUTLIER_ODDS 100   /* one chance in so many, over all that are tested together */
#define XJ_OUTLIER_MOST INT64_C(2000000000)

/* How often, one time in *ret_odds (at most 1,000,000,000), chance alone would give the one `of` out of its `per` or more when
 * all share rest_of + of out of rest_per + per evenly. False when there is too little to say anything, or too much (over
 * XJ_OUTLIER_MOST together). */
bool xj_outlier(int64_t of, int64_t per, int64_t rest_of, int64_t rest_per, int64_t *ret_odds);
/* Whether these odds are enough when `tested` agencies were looked at. */
bool xj_outlier_stands_out(int64_t odds, int64_t tested);

#endif
