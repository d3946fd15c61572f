/* Changes that need keys, of what was delivered and stored. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/recovery.h"
#include "tests/unit/evidence_forge.h"

#define must(call) assert_int_equal((call), XJ_OK)

/* ---- delivered and stored ---- */

void forge_put_delivered(struct tamper *t, size_t entry, struct xj_delivered *d)
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
    forge_put_delivered(t, entry, &d);
    forge_replant(t);
}

/* The exchange states another time of the recipient than the recipient does. */
void tamper_recipient_time(struct tamper *t)
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    d.recipient_ms++;
    forge_put_delivered(t, entry, &d);
    forge_replant(t);
}

void forge_put_stored(struct tamper *t, size_t entry, const struct xj_stored *s, const struct xj_sign_key *key)
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

/* The statement of the police over the transfer said otherwise, and delivered so. */
static void other_stored(struct tamper *t, void (*change)(const struct tamper *t, struct xj_stored *s))
{
    const size_t told = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE), entry = tamper_stored(t, told);
    struct xj_delivered d;
    struct xj_stored s;
    must(xj_stored_decode(t->b.entries[entry].e.head, &s));
    must(xj_delivered_decode(t->b.entries[told].e.head, &d));
    change(t, &s);
    forge_put_stored(t, entry, &s, forge_key_of(t, CITY_POLICE));
    d.recipient_ms = s.time_ms;
    d.stored = xj_digest(XJ_CTX_STORED, t->b.entries[entry].e.head);
    forge_put_delivered(t, told, &d);
    forge_replant(t);
}

static void clock_behind(const struct tamper *t, struct xj_stored *s)
{
    (void)t;
    s->time_ms -= 3600 * 1000;
}

static void clock_ahead(const struct tamper *t, struct xj_stored *s)
{
    (void)t;
    s->time_ms += 3600 * 1000;
}

static void under_the_newest_entry(const struct tamper *t, struct xj_stored *s) { s->register_number = t->b.register_count; }
static void under_the_next_entry(const struct tamper *t, struct xj_stored *s) { s->register_number = t->b.register_count + 1; }

static void over_those_after(const struct tamper *t, struct xj_stored *s)
{
    (void)t;
    s->first = ++s->last;
}

static void over_those_before(const struct tamper *t, struct xj_stored *s)
{
    (void)t;
    assert_true(s->first > 1);
    s->first = s->last = s->first - 1;
}

void tamper_stored_unheld(struct tamper *t) { other_stored(t, under_the_next_entry); }
void tamper_stored_over_later(struct tamper *t) { other_stored(t, over_those_after); }
void tamper_stored_over_earlier(struct tamper *t) { other_stored(t, over_those_before); }

/* The police had no keys any more at the number under which they signed. */
void tamper_stored_without_keys(struct tamper *t)
{
    struct xj_buf nothing;
    xj_buf_init(&nothing, 1);
    forge_fact(t, "keys", CITY_POLICE, &nothing);
    other_stored(t, under_the_newest_entry);
}

void tamper_clock(struct tamper *t) { other_stored(t, clock_behind); }
void tamper_clock_fast(struct tamper *t) { other_stored(t, clock_ahead); }

/* Changes the delivered statement to the police about the transfer. */
static void other_delivered(struct tamper *t, void (*change)(const struct tamper *t, struct xj_delivered *d))
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    change(t, &d);
    forge_put_delivered(t, entry, &d);
    forge_replant(t);
}

static void told_early(const struct tamper *t, struct xj_delivered *d)
{
    (void)t;
    d->exchange_ms -= 3600 * 1000;
}

static void no_path(const struct tamper *t, struct xj_delivered *d)
{
    (void)t;
    for (size_t i = 0; i < d->item_count; i++)
        d->items[i].has_path = false;
}

void tamper_told_early(struct tamper *t) { other_delivered(t, told_early); }
void tamper_delivered_no_path(struct tamper *t) { other_delivered(t, no_path); }

static void told_under_the_next_entry(const struct tamper *t, struct xj_delivered *d) { d->register_number = t->b.register_count + 1; }

/* The owner's statement over its first mail. */
static size_t own_stored(const struct tamper *t, struct xj_stored *ret)
{
    for (size_t i = 0; i < t->b.entry_count; i++) {
        if (t->b.entries[i].e.kind != XJ_ENTRY_STORED)
            continue;
        must(xj_stored_decode(t->b.entries[i].e.head, ret));
        if (xj_slice_is(ret->agency, t->owner->agency.id) && ret->first == 1)
            return i;
    }
    fail_msg("no statement of the owner's");
    return 0;
}

/* It names a statement of the owner's own. */
static void own_statement(const struct tamper *t, struct xj_delivered *d)
{
    struct xj_stored s;
    d->stored = xj_digest(XJ_CTX_STORED, t->b.entries[own_stored(t, &s)].e.head);
    d->recipient_ms = s.time_ms;
}

static void first_item_again(const struct tamper *t, struct xj_delivered *d)
{
    (void)t;
    d->items = realloc(d->items, (d->item_count + 1) * sizeof *d->items);
    assert_non_null(d->items);
    d->items[d->item_count++] = d->items[0];
}

void tamper_delivered_unheld(struct tamper *t) { other_delivered(t, told_under_the_next_entry); }
void tamper_delivered_of_owner(struct tamper *t) { other_delivered(t, own_statement); }
void tamper_delivered_item_twice(struct tamper *t) { other_delivered(t, first_item_again); }

/* ---- the owner's own mail ---- */

/* Each confirmation that the exchange has the owner's statement is there three times, of three moments. */
void tamper_confirmed_again(struct tamper *t)
{
    static const int64_t off_ms[] = {1000, -1000};
    const size_t before = t->b.entry_count;
    for (size_t i = 0; i < before; i++) {
        struct xj_delivered d;
        for (size_t k = 0; k < 2 && t->b.entries[i].e.kind == XJ_ENTRY_DELIVERED; k++) {
            must(xj_delivered_decode(t->b.entries[i].e.head, &d));
            if (!xj_slice_is(d.recipient, t->owner->agency.id)) {
                free(d.items);
                continue;
            }
            d.number += 100 * (k + 1);
            d.exchange_ms += off_ms[k];
            struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_DELIVERED, .time_ms = d.exchange_ms, .head = xj_slice_of("", 0)};
            tamper_add_entry(t, &e);
            forge_put_delivered(t, t->b.entry_count - 1, &d);
        }
    }
    assert_true(t->b.entry_count > before);
    forge_replant(t);
}

static size_t last_confirmation(const struct tamper *t)
{
    for (size_t i = t->b.entry_count; i > 0; i--) {
        struct xj_delivered d;
        if (t->b.entries[i - 1].e.kind != XJ_ENTRY_DELIVERED)
            continue;
        must(xj_delivered_decode(t->b.entries[i - 1].e.head, &d));
        free(d.items);
        if (xj_slice_is(d.recipient, t->owner->agency.id))
            return i - 1;
    }
    fail_msg("no confirmation");
    return 0;
}

/* The newest statement was confirmed before the older ones were. */
void tamper_confirmed_early(struct tamper *t)
{
    const size_t entry = last_confirmation(t);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    d.exchange_ms = 1;
    forge_put_delivered(t, entry, &d);
    forge_replant(t);
}

/* The exchange says of each statement of the owner's that the police made it. */
void tamper_confirmed_of_others(struct tamper *t)
{
    const size_t count = t->b.entry_count;
    for (size_t i = count; i > 0; i--) {
        struct xj_delivered d;
        if (t->b.entries[i - 1].e.kind != XJ_ENTRY_DELIVERED)
            continue;
        must(xj_delivered_decode(t->b.entries[i - 1].e.head, &d));
        if (xj_slice_is(d.recipient, t->owner->agency.id)) {
            struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_DELIVERED, .time_ms = d.exchange_ms, .head = xj_slice_of("", 0)};
            tamper_remove_entry(t, i - 1);
            tamper_add_entry(t, &e);
            d.recipient = xj_slice_cstr(CITY_POLICE);
            forge_put_delivered(t, t->b.entry_count - 1, &d);
        } else {
            free(d.items);
        }
    }
    assert_int_equal(t->b.entry_count, count);
    forge_replant(t);
}

static size_t own_delivered(const struct tamper *t)
{
    return tamper_delivered(t, tamper_message(t, "transfer"), t->owner->agency.id);
}

void tamper_own_delivered_gone(struct tamper *t) { tamper_remove_entry(t, own_delivered(t)); }

void tamper_own_delivered_forged(struct tamper *t)
{
    struct xj_entry *e = &t->b.entries[own_delivered(t)].e;
    e->sig = forge_sign(t, forge_key_of(t, CITY_PROC), XJ_CTX_DELIVERED, e->head);
}

/* Its paths follow. */
static void put_own_stored(struct tamper *t, size_t entry, const struct xj_stored *s, const struct xj_hash *before)
{
    forge_put_stored(t, entry, s, &t->owner->keys.sign);
    for (size_t i = 0; i < t->b.mail_count; i++)
        if (xj_hash_eq(&t->b.mail[i].stored, before))
            t->b.mail[i].stored = xj_digest(XJ_CTX_STORED, t->b.entries[entry].e.head);
}

static void other_own_stored(struct tamper *t, void (*change)(const struct tamper *t, struct xj_stored *s))
{
    struct xj_stored s;
    const size_t entry = own_stored(t, &s);
    const struct xj_hash before = xj_digest(XJ_CTX_STORED, t->b.entries[entry].e.head);
    change(t, &s);
    put_own_stored(t, entry, &s, &before);
    forge_replant(t);
}

/* It says that the ledger was shorter than where the transfer lies. */
static void of_a_shorter_ledger(const struct tamper *t, struct xj_stored *s)
{
    s->ledger_size = t->b.entries[tamper_message(t, "transfer")].e.n - 1;
}

void tamper_stored_early(struct tamper *t) { other_own_stored(t, of_a_shorter_ledger); }
void tamper_own_stored_unheld(struct tamper *t) { other_own_stored(t, under_the_next_entry); }

/* What the owner acknowledged, and lost, it acknowledges again in a ledger that does not hold it yet. */
void tamper_stored_again_after_loss(struct tamper *t)
{
    struct xj_stored s;
    const size_t at = own_stored(t, &s);
    const struct xj_hash before = xj_digest(XJ_CTX_STORED, t->b.entries[at].e.head);
    tamper_remove_entry(t, at);
    forge_loss(t, 1000);
    s.ledger_size = 0;
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_STORED, .time_ms = s.time_ms};
    tamper_add_entry(t, &e);
    put_own_stored(t, t->b.entry_count - 1, &s, &before);
    forge_replant(t);
}

void tamper_delivered_twice(struct tamper *t)
{
    const size_t entry = tamper_delivered(t, tamper_message(t, "transfer"), CITY_POLICE);
    struct xj_delivered d;
    must(xj_delivered_decode(t->b.entries[entry].e.head, &d));
    d.number += 100;
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_DELIVERED, .time_ms = d.exchange_ms, .head = xj_slice_of("", 0)};
    tamper_add_entry(t, &e);
    forge_put_delivered(t, t->b.entry_count - 1, &d);
    forge_replant(t);
}

static void add_stored(struct tamper *t, struct xj_stored s)
{
    s.agency = xj_slice_cstr(t->owner->agency.id);
    s.time_ms = t->e->city->w->now_ms;
    s.register_number = t->b.register_count;
    struct xj_entry e = {.n = forge_next_n(t), .kind = XJ_ENTRY_STORED, .time_ms = s.time_ms};
    tamper_add_entry(t, &e);
    forge_put_stored(t, t->b.entry_count - 1, &s, &t->owner->keys.sign);
}

/* One more stored statement of the owner, over mail that no other covers, speaking of a tree of that size. */
static void add_commitment(struct tamper *t, uint64_t size)
{
    add_stored(t, (struct xj_stored){.first = 1000, .last = 1000, .ledger_size = size});
    forge_replant(t);
}

void tamper_stored_ahead(struct tamper *t) { add_commitment(t, forge_next_n(t) + 1); }
void tamper_stored_from_nothing(struct tamper *t) { add_commitment(t, 0); }

void forge_loss(struct tamper *t, uint64_t mailbox)
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

void tamper_loss_claimed(struct tamper *t) { forge_loss(t, 0); }

void tamper_stored_of_lost(struct tamper *t)
{
    forge_loss(t, 1000);
    add_commitment(t, forge_next_n(t) + 1);
}

/* It reaches further than the loss does, so it speaks of the ledger that is here. */
void tamper_stored_after_loss(struct tamper *t)
{
    forge_loss(t, 999);
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
    forge_put_stored(t, t->b.entry_count - 1, &s, &t->owner->keys.sign);
    forge_replant(t);
    free(a);
}

/* It acknowledges all there is twice more, but for the last. */
void tamper_stored_overlapping(struct tamper *t)
{
    for (uint64_t last = 1000; last >= 999; last--)
        add_stored(t, (struct xj_stored){.first = 1, .last = last, .ledger_size = xj_log_size(t->owner->log),
                                         .ledger_head = xj_log_root(t->owner->log)});
    forge_replant(t);
}

/* The entry behind the checkpoint speaks of the very tree of the checkpoint, or of another of its size. */
static void at_the_checkpoint(struct tamper *t, uint8_t off)
{
    struct xj_stored s = {.first = 1000, .last = 1000, .ledger_size = xj_log_size(t->owner->log), .ledger_head = xj_log_root(t->owner->log)};
    s.ledger_head.b[0] ^= off;
    add_stored(t, s);
}

void tamper_stored_at_the_checkpoint(struct tamper *t) { at_the_checkpoint(t, 0); }
void tamper_stored_beside_the_checkpoint(struct tamper *t) { at_the_checkpoint(t, 1); }

/* The owner lost its ledger, and with it the transfer and all that it had acknowledged up to a number. */
static void all_lost(struct tamper *t, uint64_t mailbox)
{
    struct xj_stored s;
    tamper_act_gone(t);
    for (size_t i = t->b.entry_count; i > 0; i--) {
        if (t->b.entries[i - 1].e.kind != XJ_ENTRY_STORED)
            continue;
        must(xj_stored_decode(t->b.entries[i - 1].e.head, &s));
        if (xj_slice_is(s.agency, t->owner->agency.id))
            tamper_remove_entry(t, i - 1);
    }
    forge_loss(t, mailbox);
}

void tamper_all_lost(struct tamper *t) { all_lost(t, 1000); }
void tamper_nothing_lost(struct tamper *t) { all_lost(t, 0); }
