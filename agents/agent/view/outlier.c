#include "agents/agent/view/outlier.h"

#define TOP_WEIGHT (UINT64_C(1) << 62)
#define ODDS_MAX INT64_C(1000000000)

__extension__ typedef unsigned __int128 wide; /* products of a weight and two counts below 2^31 */

/* Of S marked among T, n are drawn: the weight of x marked ones among them, as shares of the likeliest. */
struct draw {
    int64_t marked, all, drawn;
};

static uint64_t step_up(const struct draw *d, int64_t x, uint64_t w)
{
    wide above = (wide)w * (uint64_t)(d->marked - x) * (uint64_t)(d->drawn - x);
    wide below = (wide)(uint64_t)(x + 1) * (uint64_t)(d->all - d->marked - d->drawn + x + 1);
    return (uint64_t)(above / below);
}

static uint64_t step_down(const struct draw *d, int64_t x, uint64_t w)
{
    wide above = (wide)w * (uint64_t)x * (uint64_t)(d->all - d->marked - d->drawn + x);
    wide below = (wide)(uint64_t)(d->marked - x + 1) * (uint64_t)(d->drawn - x + 1);
    return (uint64_t)(above / below);
}

bool xj_outlier(int64_t of, int64_t per, int64_t rest_of, int64_t rest_per, int64_t *ret_odds)
{
    *ret_odds = 0;
    if (of < 0 || rest_of < 0 || of > per || rest_of > rest_per || per < XJ_OUTLIER_LEAST || rest_per < XJ_OUTLIER_LEAST ||
        per > XJ_OUTLIER_MOST || rest_per > XJ_OUTLIER_MOST - per)
        return false;
    const struct draw d = {of + rest_of, per + rest_per, per};
    const int64_t least = d.drawn > d.all - d.marked ? d.drawn - (d.all - d.marked) : 0, most = d.marked < d.drawn ? d.marked : d.drawn;
    int64_t mode = (d.drawn + 1) * (d.marked + 1) / (d.all + 2);
    mode = mode < least ? least : mode > most ? most : mode;
    wide total = 0, tail = 0;
    uint64_t w = TOP_WEIGHT;
    for (int64_t x = mode; x <= most && w > 0; w = x < most ? step_up(&d, x, w) : 0, x++) {
        total += w;
        tail += x >= of ? w : 0;
    }
    w = mode > least ? step_down(&d, mode, TOP_WEIGHT) : 0;
    for (int64_t x = mode - 1; x >= least && w > 0; w = x > least ? step_down(&d, x, w) : 0, x--) {
        total += w;
        tail += x >= of ? w : 0;
    }
    const wide odds = tail == 0 ? (wide)ODDS_MAX : total / tail;
    *ret_odds = odds > (wide)ODDS_MAX ? ODDS_MAX : (int64_t)odds;
    return true;
}

bool xj_outlier_stands_out(int64_t odds, int64_t tested)
{
    return tested > 0 && odds >= XJ_OUTLIER_ODDS * tested;
}
