#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

/* An answer of either kind, decoded. The structures are large: they live on the heap for the time of one frame. */
struct answer {
    bool refused;
    struct xj_admitted admitted;
    struct xj_refused refusal;
    struct xj_hash message;
    uint64_t register_number;
};

static enum xj_err answer_decode(const struct xj_frame_item *item, struct answer *ret)
{
    ret->refused = item->number == 2;
    enum xj_err err = ret->refused ? xj_refused_decode(item->statement, &ret->refusal)
                                   : xj_admitted_decode(item->statement, &ret->admitted);
    ret->message = ret->refused ? ret->refusal.message : ret->admitted.message;
    ret->register_number = ret->refused ? ret->refusal.register_number : ret->admitted.register_number;
    return err;
}

static bool own_done(const struct xj_own *own)
{
    if (own->status == XJ_OWN_REFUSED)
        return true;
    for (size_t i = 0; i < own->recipient_count; i++)
        if (!own->recipients[i].proved)
            return false;
    return own->status == XJ_OWN_ADMITTED;
}

/* A refused act in the middle blocks nothing: the prefix runs over whatever is answered, either way. */
static enum xj_err advance_prefix(struct xj_agent *a)
{
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && a->answered_prefix < a->own_number) {
        struct xj_own own;
        for (const struct xj_unsigned *u = a->unsigned_first; u != NULL; u = u->next)
            if (u->number == a->answered_prefix + 1)
                return XJ_OK; /* of this very batch: not sent, so not answered */
        err = xj_own_load(a, a->answered_prefix + 1, &own);
        if (err != XJ_OK || own.status == XJ_OWN_OPEN)
            break;
        a->answered_prefix++;
    }
    if (a->sent_to < a->answered_prefix)
        a->sent_to = a->answered_prefix;
    return err;
}

enum xj_err xj_answer_note(struct xj_agent *a, uint64_t number, struct xj_own *own, const struct xj_admitted *st,
                           uint64_t entry)
{
    own->status = st == NULL ? XJ_OWN_REFUSED : XJ_OWN_ADMITTED;
    own->answer = entry;
    own->recipient_count = 0;
    for (size_t i = 0; st != NULL && i < st->recipient_count; i++) {
        if (st->recipients[i].agency.n > XJ_MAX_AGENCY_BYTES)
            continue;
        memset(&own->recipients[own->recipient_count], 0, sizeof own->recipients[0]);
        memcpy(own->recipients[own->recipient_count].agency, st->recipients[i].agency.p, st->recipients[i].agency.n);
        own->recipients[own->recipient_count++].number = st->recipients[i].number;
    }
    a->answered_count++;
    if (own_done(own))
        a->proved_count++;
    if (number > a->consumed_proof)
        a->consumed_proof = number;
    a->dirty = true;
    enum xj_err err = xj_own_save(a, number, own);
    xj_outbox_landed(a, number);
    return err == XJ_OK ? advance_prefix(a) : err;
}

/* The same statement again is what a retry brings. Another one for the same act is two words of one exchange. */
static enum xj_err answered_before(struct xj_agent *a, const struct xj_own *own, const struct xj_frame_item *item)
{
    struct xj_buf buf;
    struct xj_entry entry;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, own->answer, &buf, &entry);
    bool same = err == XJ_OK && xj_slice_eq(entry.head, item->statement);
    xj_buf_free(&buf);
    if (err != XJ_OK)
        return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
    return same ? XJ_OK : xj_agent_incident(a, "answer_changed", "another answer to an act answered before", item->statement);
}

static enum xj_err tell(struct xj_agent *a, uint64_t number, const struct xj_own *own, struct xj_slice statement)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_MAX_STATEMENT_BYTES);
    xj_buf_add_slice(&bytes, statement);
    enum xj_err err = bytes.err;
    if (err == XJ_OK)
        err = xj_agent_act(a, XJ_AA_ANSWERED, &bytes, &own->id, number, own->status == XJ_OWN_ADMITTED);
    xj_buf_free(&bytes);
    return err;
}

enum xj_err xj_answer_again(struct xj_agent *a, uint64_t number)
{
    struct xj_own own;
    struct xj_buf buf;
    struct xj_entry entry;
    enum xj_err err = xj_own_load(a, number, &own);
    if (err != XJ_OK || own.status == XJ_OWN_OPEN)
        return err;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    err = xj_log_get(a->o.log, own.answer, &buf, &entry);
    if (err == XJ_OK)
        err = tell(a, number, &own, entry.head);
    xj_buf_free(&buf);
    return err;
}

/* An id the exchange knows with another digest: nothing of ours can have that id, unless this ledger has a twin. */
static enum xj_err id_reused(struct xj_agent *a, const struct xj_frame_item *item)
{
    xj_agent_set_state(a, XJ_AGENT_INCONSISTENT, "交换平台已有同编号的另一行为：本机账本可能被复制或丢失过，已停止，请联系平台",
                       "the exchange knows another act with this id: this ledger was lost or copied; stopped");
    return xj_agent_incident(a, "id_reused", "the exchange refused an id as used by another act", item->statement);
}

static bool fits(const struct xj_agent *a, const struct answer *ans, const struct xj_own *own, uint64_t number)
{
    return !ans->refused || (xj_slice_is(ans->refusal.agency, a->agency) && xj_id_eq(&ans->refusal.id, &own->id) &&
                             ans->refusal.number == number);
}

static enum xj_err record(struct xj_agent *a, const struct answer *ans, const struct xj_frame_item *item, uint64_t number,
                          struct xj_own *own)
{
    uint64_t entry = 0;
    enum xj_err err = xj_log_append(a->o.log, ans->refused ? XJ_ENTRY_REFUSED : XJ_ENTRY_ADMITTED, xj_agent_now(a),
                                    item->statement, item->signature, &entry);
    if (err == XJ_OK)
        err = xj_answer_note(a, number, own, ans->refused ? NULL : &ans->admitted, entry);
    if (err == XJ_OK)
        err = tell(a, number, own, item->statement);
    if (err == XJ_OK)
        err = xj_orders_answered(a, own);
    xj_retry_progress(a, &a->outbox);
    xj_retry_progress(a, &a->feed_retry); /* a delivered statement may have been waiting for this */
    if (err == XJ_OK && ans->refused && xj_slice_is(ans->refusal.code, "id_reused"))
        err = id_reused(a, item);
    return err;
}

static enum xj_err answer_one(struct xj_agent *a, const struct xj_frame_item *item, struct answer *ans, uint64_t *ret_need)
{
    bool found = false;
    uint64_t number = 0;
    struct xj_own own;
    enum xj_err err = answer_decode(item, ans);
    if (err != XJ_OK)
        return err == XJ_ENOMEM ? err : xj_agent_incident(a, "answer", "an answer that cannot be read", item->statement);
    err = xj_own_by_digest(a, &ans->message, &found, &number);
    if (err == XJ_OK && !found)
        return xj_agent_incident(a, "answer", "an answer to an act this ledger does not hold", item->statement);
    if (err == XJ_OK)
        err = xj_own_load(a, number, &own);
    if (err != XJ_OK)
        return err;
    if (own.status != XJ_OWN_OPEN)
        return answered_before(a, &own, item);
    if (ans->register_number > a->register_number) {
        *ret_need = ans->register_number > *ret_need ? ans->register_number : *ret_need;
        return XJ_OK;
    }
    err = xj_agent_verify_exchange(a, ans->refused ? XJ_CTX_REFUSED : XJ_CTX_ADMITTED, item->statement, item->signature,
                                   ans->register_number);
    if (err == XJ_ESIGNATURE || (err == XJ_OK && !fits(a, ans, &own, number)))
        return xj_agent_incident(a, "answer", err == XJ_OK ? "a refusal that names another id, number or agency"
                                                           : "an answer whose signature does not verify",
                                 item->statement);
    return err == XJ_OK ? record(a, ans, item, number, &own) : err;
}

enum xj_err xj_answer_frame(struct xj_agent *a, struct xj_frame *f, uint64_t *ret_need)
{
    struct xj_frame_item item;
    struct answer *ans = calloc(1, sizeof *ans);
    if (ans == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && xj_frame_next(f, &item))
        err = answer_one(a, &item, ans, ret_need);
    if (err == XJ_OK && f->items.bad)
        err = xj_agent_incident(a, "frame", "an answer list that cannot be read", xj_slice_of(NULL, 0));
    free(ans);
    return err;
}
