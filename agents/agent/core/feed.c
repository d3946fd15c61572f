#include <stdlib.h>
#include <string.h>

#include "agents/agent/core/state.h"

enum fate { TAKEN, BAD, LATER };

struct proof {
    struct xj_delivered d;
    struct xj_stored stored;
    bool has_stored;
};

static enum xj_err own_of(struct xj_agent *a, const struct xj_hash *digest, bool *ret_found, uint64_t *ret_number,
                          struct xj_own *ret)
{
    enum xj_err err = xj_own_by_digest(a, digest, ret_found, ret_number);
    return err == XJ_OK && *ret_found ? xj_own_load(a, *ret_number, ret) : err;
}

static size_t recipient_index(const struct xj_own *own, struct xj_slice agency)
{
    size_t i = 0;
    while (i < own->recipient_count && !xj_slice_is(agency, own->recipients[i].agency))
        i++;
    return i;
}

enum xj_err xj_feed_note(struct xj_agent *a, const struct xj_delivered *d)
{
    enum xj_err err = XJ_OK;
    for (size_t i = 0; err == XJ_OK && i < d->item_count; i++) {
        bool found = false, open = false;
        uint64_t number = 0;
        struct xj_own own;
        err = own_of(a, &d->items[i].message, &found, &number, &own);
        size_t at = err == XJ_OK && found ? recipient_index(&own, d->recipient) : 0;
        if (err != XJ_OK || !found || at == own.recipient_count || own.recipients[at].proved)
            continue;
        own.recipients[at].proved = true;
        for (size_t j = 0; j < own.recipient_count; j++)
            open = open || !own.recipients[j].proved;
        if (!open)
            a->proved_count++;
        err = xj_own_save(a, number, &own);
    }
    a->feed = d->number;
    a->dirty = true;
    return err;
}

/* The path from (mailbox number, digest) to the root of the recipient's own statement. */
static bool path_proves(const struct xj_delivered_item *item, const struct xj_stored *st)
{
    struct xj_hash root, leaf = xj_tree_mail_leaf(item->mailbox_number, &item->message);
    if (st->first == 0 || item->mailbox_number < st->first || item->mailbox_number > st->last ||
        item->index != item->mailbox_number - st->first)
        return false;
    return xj_tree_root_from_path(&leaf, item->index, st->last - st->first + 1, item->path, item->path_count, &root) &&
           xj_hash_eq(&root, &st->root);
}

/* One message that the statement speaks of. Only own ones must be proved, and only after their own answer. */
static enum xj_err item_check(struct xj_agent *a, const struct proof *p, const struct xj_delivered_item *item, enum fate *ret)
{
    bool found = false;
    uint64_t number = 0;
    struct xj_own own;
    enum xj_err err = own_of(a, &item->message, &found, &number, &own);
    *ret = BAD;
    if (err != XJ_OK)
        return err;
    if (item->has_path && (!p->has_stored || !path_proves(item, &p->stored)))
        return XJ_OK;
    if (found && own.status == XJ_OWN_OPEN) {
        *ret = LATER; /* its answer was lost on the way; asking again brings it */
        return XJ_OK;
    }
    if (found) {
        size_t at = recipient_index(&own, p->d.recipient);
        if (!item->has_path || at == own.recipient_count || (own.recipients[at].number != item->mailbox_number && !a->two_exchanges))
            return XJ_OK; /* two exchanges may have named two numbers; the path proves this one */
    }
    *ret = TAKEN;
    return XJ_OK;
}

static enum xj_err stored_check(struct xj_agent *a, const struct xj_frame_item *item, struct proof *p, enum fate *ret)
{
    *ret = BAD;
    p->has_stored = item->stored.n > 0;
    if (!p->has_stored) {
        *ret = TAKEN;
        return XJ_OK;
    }
    struct xj_hash digest = xj_digest(XJ_CTX_STORED, item->stored);
    enum xj_err err = XJ_OK;
    if (!xj_hash_eq(&digest, &p->d.stored) || !xj_legible(xj_stored_decode(item->stored, &p->stored), &err) ||
        !xj_slice_eq(p->stored.agency, p->d.recipient) || p->stored.register_number > p->d.register_number)
        return err;
    err = xj_agent_verify_agency(a, p->stored.agency, &digest, item->stored_signature, p->stored.register_number);
    if (err == XJ_OK)
        *ret = TAKEN;
    return err == XJ_ESIGNATURE ? XJ_OK : err;
}

static enum xj_err check(struct xj_agent *a, const struct xj_frame_item *item, struct proof *p, enum fate *ret)
{
    *ret = BAD;
    if (!xj_slice_is(p->d.owner, a->agency))
        return XJ_OK;
    enum xj_err err = xj_agent_verify_exchange(a, XJ_CTX_DELIVERED, item->statement, item->signature, p->d.register_number);
    if (err != XJ_OK)
        return err == XJ_ESIGNATURE ? XJ_OK : err;
    err = stored_check(a, item, p, ret);
    for (size_t i = 0; err == XJ_OK && *ret == TAKEN && i < p->d.item_count; i++)
        err = item_check(a, p, &p->d.items[i], ret);
    return err;
}

/* The recipient's statement first, and only once however many delivered statements rest on it. */
static enum xj_err append(struct xj_agent *a, const struct xj_frame_item *item, const struct proof *p)
{
    bool known = false;
    uint64_t entry = 0;
    enum xj_err err = XJ_OK;
    if (p->has_stored)
        err = xj_kv_get_number(a, "Fs", xj_hash_slice(&p->d.stored), &known, &entry);
    if (err == XJ_OK && p->has_stored && !known) {
        err = xj_log_append(a->o.log, XJ_ENTRY_STORED, xj_agent_now(a), item->stored, item->stored_signature, &entry);
        if (err == XJ_OK)
            err = xj_kv_put_number(a, "Fs", xj_hash_slice(&p->d.stored), entry);
    }
    if (err == XJ_OK)
        err = xj_log_append(a->o.log, XJ_ENTRY_DELIVERED, xj_agent_now(a), item->statement, item->signature, NULL);
    return err == XJ_OK ? xj_feed_note(a, &p->d) : err;
}

static enum xj_err feed_one(struct xj_agent *a, const struct xj_frame_item *item, struct proof *p, uint64_t *ret_need,
                            bool *ret_go)
{
    enum fate fate = BAD;
    enum xj_err err = XJ_OK;
    if (p->d.number <= a->feed)
        return XJ_OK; /* asked twice */
    *ret_go = false;
    if (p->d.number > a->feed + 1)
        return XJ_OK; /* what is between comes when it is asked for */
    if (p->d.register_number > a->register_number) {
        *ret_need = p->d.register_number;
        return XJ_OK;
    }
    err = check(a, item, p, &fate);
    if (err == XJ_OK && fate == BAD)
        return xj_agent_incident(a, "feed", "a delivered statement that does not verify: not stored", item->statement);
    if (err != XJ_OK || fate == LATER)
        return err;
    *ret_go = true;
    xj_retry_progress(a, &a->feed_retry);
    return append(a, item, p);
}

enum xj_err xj_feed_frame(struct xj_agent *a, struct xj_frame *f, uint64_t *ret_need)
{
    struct xj_frame_item item;
    bool go = true;
    struct proof *p = calloc(1, sizeof *p);
    if (p == NULL)
        return XJ_ENOMEM;
    enum xj_err err = XJ_OK;
    if (f->n > a->feed_head)
        a->feed_head = f->n;
    while (err == XJ_OK && go && xj_frame_next(f, &item)) {
        err = xj_delivered_decode(item.statement, &p->d);
        if (err == XJ_OK) {
            err = feed_one(a, &item, p, ret_need, &go);
            free(p->d.items);
        } else if (!xj_err_is_world(err)) {
            go = false;
            err = xj_agent_incident(a, "feed", "a delivered statement that cannot be read", item.statement);
        }
    }
    if (err == XJ_OK && f->items.bad)
        err = xj_agent_incident(a, "frame", "a feed list that cannot be read", xj_slice_of(NULL, 0));
    free(p);
    return err;
}

enum xj_err xj_feed_pump(struct xj_agent *a)
{
    bool turn = true;
    enum xj_err err = a->state == XJ_AGENT_RECOVERING ? xj_recover_messages_back(a, &turn) : XJ_OK;
    if (err != XJ_OK)
        return err;
    if (!turn || !xj_agent_may_receive(a) || a->feed >= a->feed_head) {
        xj_retry_progress(a, &a->feed_retry);
        return XJ_OK;
    }
    if (!xj_retry_may(a, &a->feed_retry))
        return XJ_OK;
    struct xj_buf frame;
    xj_buf_init(&frame, XJ_MAX_FRAME_BYTES);
    xj_frame_get(&frame, XJ_F_FEED_GET, a->epoch, ++a->frame_number, a->feed + 1);
    xj_retry_sent(a, &a->feed_retry);
    return xj_agent_send(a, &frame);
}
