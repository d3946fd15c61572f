#include "agents/agent/core/state.h"
#include "schema/base/be.h"

#define RESEND_MAX 64u /* stored statements sent again at once */

static enum xj_err send_stored(struct xj_agent *a, struct xj_slice statement, struct xj_slice signature)
{
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_stored(&frame, a->epoch, ++a->frame_number, statement, signature, xj_mailbox_credit(a));
    return xj_agent_send(a, &frame);
}

static void state_it(const struct xj_agent *a, struct xj_buf *statement)
{
    struct xj_stored st = {
        .agency = xj_slice_cstr(a->agency), .first = a->batch_first, .last = a->batch_first + a->leaf_count - 1,
        .root = xj_tree_root(a->leaves, a->leaf_count), .ledger_size = xj_log_size(a->o.log),
        .ledger_head = xj_log_root(a->o.log), .time_ms = xj_agent_now(a), .register_number = a->register_number,
    };
    xj_stored_encode(&st, statement);
}

/* One statement for all that this batch stored, naming the ledger as it is just before the statement itself. */
enum xj_err xj_stored_flush(struct xj_agent *a)
{
    struct xj_buf statement, signature;
    uint64_t entry = 0;
    if (a->leaf_count == 0)
        return XJ_OK;
    xj_buf_init(&statement, XJ_MAX_STATEMENT_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    state_it(a, &statement);
    struct xj_hash digest = xj_digest(XJ_CTX_STORED, xj_buf_slice(&statement));
    xj_sign_one(&a->o.keys->sign, &digest, &signature);
    enum xj_err err = statement.err != XJ_OK ? statement.err : signature.err;
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_STORED, xj_agent_now(a), xj_buf_slice(&statement), xj_buf_slice(&signature),
                            &entry);
    if (err == XJ_OK)
        err = a->batch_late ? xj_kv_put_number(a, "Ml", xj_hash_slice(&a->late_digest), entry)
                            : xj_kv_put_at(a, "Ms", a->batch_first + a->leaf_count - 1, entry);
    /* While older ones are to be said again they go first, this one behind them: the exchange takes them in their order. */
    if (err == XJ_OK && (a->stored_again == 0 || a->batch_late) && xj_agent_may_receive(a))
        err = send_stored(a, xj_buf_slice(&statement), xj_buf_slice(&signature));
    xj_buf_free(&statement);
    xj_buf_free(&signature);
    a->leaf_count = 0;
    a->batch_late = false;
    return err;
}

struct found {
    uint64_t entry[RESEND_MAX];
    size_t count;
    uint64_t last; /* mailbox number of the last one found */
    bool bad;
};

static bool found_one(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct found *f = arg;
    f->bad = value.n != 8 || key.n < 8;
    if (f->bad)
        return false;
    f->last = xj_be_get(key.p + key.n - 8, 8);
    f->entry[f->count++] = xj_be_get(value.p, 8);
    return f->count < RESEND_MAX;
}

static enum xj_err send_entry(struct xj_agent *a, uint64_t n)
{
    struct xj_buf buf;
    struct xj_entry entry;
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    enum xj_err err = xj_log_get(a->o.log, n, &buf, &entry);
    if (err == XJ_OK)
        err = send_stored(a, entry.head, entry.sig);
    xj_buf_free(&buf);
    return err == XJ_ENOTFOUND ? XJ_ECORRUPT : err;
}

enum xj_err xj_stored_late_again(struct xj_agent *a, const struct xj_hash *digest)
{
    bool found = false;
    uint64_t entry = 0;
    enum xj_err err = xj_kv_get_number(a, "Ml", xj_hash_slice(digest), &found, &entry);
    return err == XJ_OK && found ? send_entry(a, entry) : err;
}

/* Statements the exchange may not have, the same bytes, oldest first; once in a retry time however often it delivers again. */
enum xj_err xj_stored_pump(struct xj_agent *a)
{
    struct found f = {.count = 0};
    struct xj_buf from;
    if (a->stored_again == 0 || a->state != XJ_AGENT_READY)
        return XJ_OK;
    if (!xj_retry_pace(a, &a->stored_resent_ms))
        return XJ_OK;
    xj_kv_key_number(&from, "Ms", a->stored_again);
    enum xj_err err = from.err;
    if (err == XJ_OK)
        err = a->store.scan(a->store.ctx, xj_slice_cstr("Ms"), xj_buf_slice(&from), false, found_one, &f);
    xj_buf_free(&from);
    if (err == XJ_OK && f.bad)
        err = XJ_ECORRUPT;
    for (size_t i = 0; err == XJ_OK && i < f.count; i++)
        err = send_entry(a, f.entry[i]);
    a->stored_again = f.count == RESEND_MAX ? f.last + 1 : 0;
    return err;
}
