/* Changes that need keys, of what was delivered and stored. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/recovery.h"
#include "tests/unit/evidence_forge.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- delivered and stored ---- */

static void put_delivered(struct tamper *t, size_t entry, struct xj_delivered *d)
{
    struct xj_buf *head = tamper_new(t);
    xj_delivered_encode(d, head);
    must(head->err);
    t->b.entries[entry].e.head = xj_buf_slice(head);
    t->b.entries[entry].e.sig = forge_sign(t, forge_exchange_key(t), XJ_CTX_DELIVERED, xj_buf_slice(head));
    free(d->items);
}

void tamper_delivered_path(struct tamper *t)
{
    const size_t message = tamper_message(t, "transfer"), entry = tamper_delivered(t, message, CITY_POLICE);
    struct xj_hash digest = xj_header_digest(t->b.entries[message].e.head);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    for (size_t i = 0; i < d.item_count; i++)
        if (xj_hash_eq(&d.items[i].message, &digest))
            d.items[i].index++;
    put_delivered(t, entry, &d);
    forge_replant(t);
}

/* The exchange states another time of the recipient than the recipient does. */
void tamper_recipient_time(struct tamper *t)
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    d.recipient_ms++;
    put_delivered(t, entry, &d);
    forge_replant(t);
}

static void put_stored(struct tamper *t, size_t entry, const struct xj_stored *s, const struct xj_sign_key *key)
{
    struct xj_buf *head = tamper_new(t);
    xj_stored_encode(s, head);
    must(head->err);
    t->b.entries[entry].e.head = xj_buf_slice(head);
    t->b.entries[entry].e.sig = forge_sign(t, key, XJ_CTX_STORED, xj_buf_slice(head));
}

void tamper_stored_forged(struct tamper *t)
{
    const size_t entry = tamper_stored(t, tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE));
    t->b.entries[entry].e.sig = forge_sign(t, forge_key_of(t, CITY_PROC), XJ_CTX_STORED, t->b.entries[entry].e.head);
}

/* Police whose clock is off. */
static void clock_off(struct tamper *t, int64_t by_ms)
{
    const size_t told = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE), entry = tamper_stored(t, told);
    struct xj_delivered d;
    struct xj_stored s;
    must(xj_stored_decode(t->b.entries[entry].e.head, &s));
    must(xj_delivered_decode(t->b.entries[told].e.head, &d));
    s.time_ms += by_ms;
    put_stored(t, entry, &s, forge_key_of(t, CITY_POLICE));
    d.recipient_ms = s.time_ms;
    d.stored = xj_digest(XJ_CTX_STORED, t->b.entries[entry].e.head);
    put_delivered(t, told, &d);
    forge_replant(t);
}

void tamper_clock(struct tamper *t) { clock_off(t, -3600 * 1000); }
void tamper_clock_fast(struct tamper *t) { clock_off(t, 3600 * 1000); }

/* Changes the delivered statement to the police about the transfer. */
static void other_delivered(struct tamper *t, void (*change)(struct xj_delivered *d))
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    change(&d);
    put_delivered(t, entry, &d);
    forge_replant(t);
}

static void told_early(struct xj_delivered *d)
{
    d->exchange_ms -= 3600 * 1000;
}

static void no_path(struct xj_delivered *d)
{
    for (size_t i = 0; i < d->item_count; i++)
        d->items[i].has_path = false;
}

void tamper_told_early(struct tamper *t) { other_delivered(t, told_early); }
void tamper_delivered_no_path(struct tamper *t) { other_delivered(t, no_path); }

void tamper_delivered_twice(struct tamper *t)
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    d.number += 100;
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_DELIVERED, .time_ms = d.exchange_ms, .head = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    put_delivered(t, t->b.entry_count - 1, &d);
    forge_replant(t);
}

/* The owner's statement over the transfer says that its ledger was shorter than where the transfer lies. */
void tamper_stored_early(struct tamper *t)
{
    const size_t message = tamper_message(t, "transfer");
    for (size_t i = 0; i < t->b.entry_count; i++) {
        struct xj_stored s;
        if (t->b.entries[i].e.kind != XJ_ENTRY_STORED)
            continue;
        must(xj_stored_decode(t->b.entries[i].e.head, &s));
        if (!xj_slice_is(s.agency, t->owner->agency.id) || s.first != 1)
            continue;
        const struct xj_hash before = xj_digest(XJ_CTX_STORED, t->b.entries[i].e.head);
        s.ledger_size = t->b.entries[message].e.n - 1;
        put_stored(t, i, &s, &t->owner->keys.sign);
        for (size_t k = 0; k < t->b.mail_count; k++)
            if (xj_hash_eq(&t->b.mail[k].stored, &before))
                t->b.mail[k].stored = xj_digest(XJ_CTX_STORED, t->b.entries[i].e.head);
        break;
    }
    forge_replant(t);
}

/* One more stored statement of the owner, over mail that no other covers, speaking of a tree of that size. */
static void add_commitment(struct tamper *t, uint64_t size)
{
    const struct xj_stored s = {.agency = xj_slice_cstr(t->owner->agency.id), .first = 1000, .last = 1000, .ledger_size = size,
                                .time_ms = t->e->city->w->now_ms, .register_number = t->b.register_count};
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_STORED, .time_ms = s.time_ms};
    tamper_add_entry(t, &e);
    put_stored(t, t->b.entry_count - 1, &s, &t->owner->keys.sign);
    forge_replant(t);
}

void tamper_stored_ahead(struct tamper *t) { add_commitment(t, forge_next_n(t) + 1); }
void tamper_stored_from_nothing(struct tamper *t) { add_commitment(t, 0); }

/* The owner says that it lost its ledger, with so many messages acknowledged. */
static void claim_loss(struct tamper *t, uint64_t mailbox)
{
    const struct xj_recovery r = {.epoch = 2, .lost = {.size = 9, .own_number = 1, .mailbox = mailbox}};
    struct xj_buf *head = tamper_new(t);
    xj_recovery_encode(&r, head);
    must(head->err);
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_RECOVERY, .time_ms = t->e->city->w->now_ms, .head = xj_buf_slice(head),
                         .sig = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    forge_replant(t);
}

void tamper_loss_claimed(struct tamper *t) { claim_loss(t, 0); }

void tamper_stored_of_lost(struct tamper *t)
{
    claim_loss(t, 1000);
    add_commitment(t, forge_next_n(t) + 1);
}

/* It reaches further than the loss does, so it speaks of the ledger that is here. */
void tamper_stored_after_loss(struct tamper *t)
{
    claim_loss(t, 999);
    add_commitment(t, forge_next_n(t) + 1);
}

/* The owner acknowledges one number a second time. */
void tamper_stored_twice(struct tamper *t)
{
    const size_t message = tamper_message(t, "transfer");
    struct xj_hash digest = xj_header_digest(t->b.entries[message].e.head), leaf;
    struct xj_admitted *a = forge_take_answer(t);
    uint64_t number = 0;
    for (size_t i = 0; i < a->recipient_count; i++)
        if (xj_slice_is(a->recipients[i].agency, t->owner->agency.id))
            number = a->recipients[i].number;
    leaf = xj_tree_mail_leaf(number, &digest);
    const struct xj_stored s = {.agency = xj_slice_cstr(t->owner->agency.id), .first = number, .last = number, .root = leaf,
                                .ledger_size = xj_log_size(t->owner->log), .ledger_head = xj_log_root(t->owner->log),
                                .time_ms = t->e->city->w->now_ms, .register_number = a->register_number};
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_STORED, .time_ms = s.time_ms};
    tamper_add_entry(t, &e);
    put_stored(t, t->b.entry_count - 1, &s, &t->owner->keys.sign);
    forge_replant(t);
    free(a);
}
