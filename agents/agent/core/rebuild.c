#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

/* Working state from entries alone (spec 05, 6): what a ledger whose kv was emptied goes through once. The order of the
 * entries is the order in which they were made, so each finds what it speaks of already there. */
struct rebuild {
    struct xj_agent *a;
    enum xj_err err;
    struct xj_hash received; /* digest of the received entry just before */
    bool has_received;
    struct xj_own own;
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_refused refused;
    struct xj_delivered delivered;
    struct xj_stored stored;
    struct xj_unrecovered unrecovered;
    struct xj_hash late, late_leaf; /* the late message before */
    bool has_late;
};

static enum xj_err fold_own(struct rebuild *r, const struct xj_entry *e)
{
    unsigned field = 0;
    const enum xj_err err = xj_kept(xj_header_decode(e->head, &r->header, &field));
    if (err != XJ_OK || r->header.number != r->a->own_number + 1)
        return err != XJ_OK ? err : XJ_ECORRUPT;
    memset(&r->own, 0, sizeof r->own);
    r->own.id = r->header.id;
    r->own.digest = xj_header_digest(e->head);
    r->own.entry = e->n;
    r->a->own_number++;
    r->a->own_digest = r->own.digest;
    return xj_own_note(r->a, r->a->own_number, &r->own);
}

static enum xj_err fold_own_answer(struct rebuild *r, const struct xj_entry *e, const struct xj_hash *message, bool admitted)
{
    bool found = false;
    uint64_t number = 0;
    enum xj_err err = xj_own_by_digest(r->a, message, &found, &number);
    if (err == XJ_OK && !found)
        err = XJ_ECORRUPT;
    if (err == XJ_OK)
        err = xj_own_load(r->a, number, &r->own);
    if (err != XJ_OK || r->own.status != XJ_OWN_OPEN)
        return err == XJ_OK ? XJ_ECORRUPT : err;
    return xj_answer_note(r->a, number, &r->own, admitted ? &r->admitted : NULL, e->n);
}

static enum xj_err fold_late(struct rebuild *r, uint64_t number)
{
    if (!r->a->two_exchanges || number == 0 || number > r->a->mailbox)
        return XJ_ECORRUPT;
    r->has_late = true;
    r->late = r->received;
    r->late_leaf = xj_tree_mail_leaf(number, &r->received);
    return xj_mailbox_note_late(r->a, number, &r->received);
}

static enum xj_err fold_admitted(struct rebuild *r, const struct xj_entry *e)
{
    const enum xj_err err = xj_kept(xj_admitted_decode(e->head, &r->admitted));
    if (err != XJ_OK)
        return err;
    if (!r->has_received || !xj_hash_eq(&r->received, &r->admitted.message))
        return fold_own_answer(r, e, &r->admitted.message, true);
    for (size_t i = 0; i < r->admitted.recipient_count; i++)
        if (xj_slice_is(r->admitted.recipients[i].agency, r->a->agency))
            return r->admitted.recipients[i].number == r->a->mailbox + 1
                       ? xj_mailbox_note(r->a, r->a->mailbox + 1, &r->received)
                       : fold_late(r, r->admitted.recipients[i].number);
    return XJ_ECORRUPT;
}

static enum xj_err fold_stored(struct rebuild *r, const struct xj_entry *e)
{
    enum xj_err err = xj_kept(xj_stored_decode(e->head, &r->stored));
    if (err != XJ_OK)
        return err;
    if (!xj_slice_is(r->stored.agency, r->a->agency)) {
        struct xj_hash digest = xj_digest(XJ_CTX_STORED, e->head);
        return xj_kv_put_number(r->a, "Fs", xj_hash_slice(&digest), e->n);
    }
    if (r->has_late && xj_hash_eq(&r->late_leaf, &r->stored.root))
        return xj_kv_put_number(r->a, "Ml", xj_hash_slice(&r->late), e->n);
    return xj_kv_put_at(r->a, "Ms", r->stored.last, e->n);
}

static enum xj_err fold_delivered(struct rebuild *r, const struct xj_entry *e)
{
    enum xj_err err = xj_delivered_decode(e->head, &r->delivered);
    if (err != XJ_OK)
        return xj_kept(err);
    err = r->delivered.number == r->a->feed + 1 ? xj_feed_note(r->a, &r->delivered) : XJ_ECORRUPT;
    free(r->delivered.items);
    return err;
}

static enum xj_err fold_epoch(struct rebuild *r, const struct xj_entry *e)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, e->head, 16);
    if (err != XJ_OK)
        return xj_kept(err);
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    struct xj_id store = {{0}};
    xj_take_bin_to(&c, store.b, sizeof store.b);
    uint64_t epoch = xj_take_uint(&c, UINT64_MAX);
    const bool sound = !c.bad;
    xj_doc_close(&doc);
    return sound ? xj_peer_set(r->a, &store, epoch) : XJ_ECORRUPT;
}

static enum xj_err fold_register(struct rebuild *r, const struct xj_entry *e)
{
    enum xj_err err = xj_reg_apply(&r->a->store, r->a->o.anchor->root, e->head, e->sig, NULL);
    if (err == XJ_OK)
        err = xj_orders_begun(r->a, e->head);
    return err == XJ_OK || xj_err_is_world(err) ? err : XJ_ECORRUPT;
}

static enum xj_err fold_recovery(struct rebuild *r, const struct xj_entry *e)
{
    struct xj_recovery recovery;
    struct xj_recovering *known = &r->a->recovering;
    if (e->kind == XJ_ENTRY_RECOVERED) {
        known->entry = e->n;
        return known->known ? xj_recovering_save(r->a) : XJ_ECORRUPT;
    }
    enum xj_err err = xj_recovery_decode(e->head, &recovery);
    if (err != XJ_OK)
        return xj_kept(err);
    *known = (struct xj_recovering){.known = true, .lost = recovery.lost};
    return xj_recovering_save(r->a);
}

static enum xj_err fold_told(struct rebuild *r, const struct xj_entry *e)
{
    struct xj_told t;
    const enum xj_err err = xj_kept(xj_told_decode(e->head, &t));
    return err != XJ_OK ? err : xj_told_note(r->a, &t);
}

static enum xj_err fold_unrecovered(struct rebuild *r, const struct xj_entry *e)
{
    struct xj_unrecovered *s = &r->unrecovered;
    const enum xj_err err = xj_kept(xj_unrecovered_decode(e->head, s));
    if (err != XJ_OK || s->which == XJ_NUMBERS_OWN)
        return err != XJ_OK ? err : XJ_ECORRUPT;
    xj_handback_cross(r->a, s);
    return XJ_OK;
}

static enum xj_err fold(struct rebuild *r, const struct xj_entry *e)
{
    enum xj_err err;
    switch (e->kind) {
    case XJ_ENTRY_OWN:
        return fold_own(r, e);
    case XJ_ENTRY_RECEIVED:
        r->received = xj_header_digest(e->head);
        return XJ_OK;
    case XJ_ENTRY_ADMITTED:
        return fold_admitted(r, e);
    case XJ_ENTRY_REFUSED:
        err = xj_kept(xj_refused_decode(e->head, &r->refused));
        return err != XJ_OK ? err : fold_own_answer(r, e, &r->refused.message, false);
    case XJ_ENTRY_STORED:
        return fold_stored(r, e);
    case XJ_ENTRY_DELIVERED:
        return fold_delivered(r, e);
    case XJ_ENTRY_REGISTER:
        return fold_register(r, e);
    case XJ_ENTRY_EPOCH:
        return fold_epoch(r, e);
    case XJ_ENTRY_INCIDENT:
        r->a->incidents++;
        return XJ_OK;
    case XJ_ENTRY_TOLD:
        return fold_told(r, e);
    case XJ_ENTRY_RECOVERY:
    case XJ_ENTRY_RECOVERED:
        return fold_recovery(r, e);
    case XJ_ENTRY_UNRECOVERED:
        return fold_unrecovered(r, e);
    case XJ_ENTRY_DESTROYED:
        return xj_orders_note(r->a, e->head, e->n);
    default:
        return e->kind == XJ_ENTRY_OPENED || e->kind == XJ_ENTRY_CHECKPOINTED ? XJ_OK : XJ_ECORRUPT;
    }
}

/* Entries are read one by one, not in a scan: a fold writes to the store that a scan may not see changed. */
enum xj_err xj_agent_rebuild(struct xj_agent *a)
{
    struct xj_buf buf;
    struct xj_entry e;
    struct rebuild *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->a = a;
    enum xj_err err = xj_db_begin(a->o.db);
    xj_buf_init(&buf, XJ_MAX_FRAME_BYTES);
    for (uint64_t n = 1; err == XJ_OK && n <= xj_log_size(a->o.log); n++) {
        err = xj_log_get(a->o.log, n, &buf, &e);
        if (err == XJ_OK)
            err = fold(r, &e);
        r->has_received = err == XJ_OK && e.kind == XJ_ENTRY_RECEIVED;
    }
    xj_buf_free(&buf);
    free(r);
    if (err == XJ_OK)
        err = xj_counters_save(a);
    if (err == XJ_OK)
        return xj_db_commit(a->o.db);
    xj_db_rollback(a->o.db);
    return err;
}
