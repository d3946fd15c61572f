#include "agents/agent/core/state.h"

/* 1 s, doubling to 60 s, each with 25 % jitter either way, so that the agencies behind one failed exchange do not all come
 * back in the same second (spec 04, 11). */
static int64_t jitter_ms(const struct xj_agent *a, int64_t interval_ms)
{
    uint32_t r = 0;
    a->o.env->random(a->o.env->ctx, &r, sizeof r);
    int64_t span = interval_ms / 2;
    return span == 0 ? interval_ms : interval_ms - interval_ms / 4 + (int64_t)r % (span + 1);
}

void xj_retry_sent(const struct xj_agent *a, struct xj_retry *r)
{
    if (r->interval_ms < a->o.retry_min_ms)
        r->interval_ms = a->o.retry_min_ms;
    r->armed = true;
    r->due_ms = xj_agent_now(a) + jitter_ms(a, r->interval_ms);
    r->interval_ms = r->interval_ms > a->o.retry_max_ms / 2 ? a->o.retry_max_ms : r->interval_ms * 2;
}

void xj_retry_progress(const struct xj_agent *a, struct xj_retry *r)
{
    r->armed = false;
    r->due_ms = 0;
    r->interval_ms = a->o.retry_min_ms;
}

/* A due time further off than any wait can be means that the clock was set back: then waiting on would be for ever. */
bool xj_retry_due(const struct xj_agent *a, const struct xj_retry *r)
{
    int64_t now = xj_agent_now(a);
    return r->armed && (now >= r->due_ms || r->due_ms - now > 2 * a->o.retry_max_ms);
}

bool xj_retry_may(const struct xj_agent *a, const struct xj_retry *r)
{
    return !r->armed || xj_retry_due(a, r);
}

bool xj_retry_pace(const struct xj_agent *a, int64_t *last_ms)
{
    int64_t now = xj_agent_now(a);
    if (*last_ms != 0 && now >= *last_ms && now - *last_ms < a->o.retry_min_ms)
        return false;
    *last_ms = now;
    return true;
}

void xj_retry_min(const struct xj_retry *r, int64_t *next_ms)
{
    if (r->armed && r->due_ms < *next_ms)
        *next_ms = r->due_ms;
}
