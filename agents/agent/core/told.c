/* What became of alerts and limits, into the ledger: each once. Spec: spec/12-detection.md, section 5. */
#include "agents/agent/core/state.h"

/* Working state of an alert, or of one stage of a limit; kv key 'A' ‖ key ‖ stage. Zero: never told. */
enum told_state { NEVER = 0, RAISED, DELIVERED, ACKNOWLEDGED, CLEARED_BY_AGENT, CLEARED_BY_PERSON };

static void tail_of(const struct xj_told *t, uint8_t out[XJ_TOLD_KEY_SIZE + 1])
{
    for (size_t i = 0; i < XJ_TOLD_KEY_SIZE; i++)
        out[i] = t->key[i];
    out[XJ_TOLD_KEY_SIZE] = (uint8_t)t->stage;
}

static enum told_state after(const struct xj_told *t)
{
    if (t->event == XJ_TOLD_CLEARED)
        return t->by.n > 0 ? CLEARED_BY_PERSON : CLEARED_BY_AGENT;
    return t->event == XJ_TOLD_RAISED ? RAISED : t->event == XJ_TOLD_DELIVERED ? DELIVERED : ACKNOWLEDGED;
}

/* Raised again only when the agent itself had cleared it; nothing is told of what was not raised, or was cleared. */
static bool follows(enum told_state now, const struct xj_told *t)
{
    if (t->event == XJ_TOLD_RAISED)
        return now == NEVER || now == CLEARED_BY_AGENT;
    if (t->event == XJ_TOLD_DELIVERED)
        return now == RAISED;
    if (t->event == XJ_TOLD_ACKNOWLEDGED)
        return now == RAISED || now == DELIVERED;
    return now == RAISED || now == DELIVERED || now == ACKNOWLEDGED;
}

enum xj_err xj_told_note(struct xj_agent *a, const struct xj_told *t)
{
    uint8_t tail[XJ_TOLD_KEY_SIZE + 1];
    tail_of(t, tail);
    return xj_kv_put_number(a, "A", xj_slice_of(tail, sizeof tail), (uint64_t)after(t));
}

/* That a restricted record is read (spec 18, 6.2): goes on record as often as it happens. */
static enum xj_err opened(struct xj_agent *a, struct xj_slice head)
{
    struct xj_opened o;
    uint64_t entry = 0;
    enum xj_err err = xj_opened_decode(head, &o);
    bool good = err == XJ_OK;
    if (good) {
        err = xj_log_append(a->o.log, XJ_ENTRY_OPENED, xj_agent_now(a), head, xj_slice_of(NULL, 0), &entry);
        a->dirty = true;
    }
    return err == XJ_OK || err == XJ_EMALFORMED ? xj_agent_act(a, XJ_AA_TOLD, NULL, NULL, entry, good) : err;
}

enum xj_err xj_told_append(struct xj_agent *a, struct xj_slice head)
{
    struct xj_told t;
    uint8_t tail[XJ_TOLD_KEY_SIZE + 1];
    uint64_t now = NEVER, entry = 0;
    bool found;
    enum xj_err err = xj_told_decode(head, &t);
    if (err != XJ_OK)
        return err == XJ_ENOMEM ? err : opened(a, head);
    if (a->recovering.known && a->recovering.entry == 0) /* the cases lack what ended things: half of it would be false alarms */
        return xj_agent_act(a, XJ_AA_TOLD, NULL, NULL, 0, false);
    tail_of(&t, tail);
    err = xj_kv_get_number(a, "A", xj_slice_of(tail, sizeof tail), &found, &now);
    bool good = err == XJ_OK && follows((enum told_state)now, &t);
    if (good) {
        err = xj_log_append(a->o.log, XJ_ENTRY_TOLD, xj_agent_now(a), head, xj_slice_of(NULL, 0), &entry);
        if (err == XJ_OK)
            err = xj_told_note(a, &t);
        a->dirty = true;
    }
    return err == XJ_OK ? xj_agent_act(a, XJ_AA_TOLD, NULL, NULL, entry, good) : err;
}
