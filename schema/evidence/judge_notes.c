/* What is found out once about the entries of a bundle: digests, soundness, places, answers. Spec 16, section 5. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"

/* ---- the checkpoint ---- */

/* Tries every signing key that the owner ever had. */
static void check_checkpoint(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    static const uint8_t none[32];
    char origin[XJ_MAX_AGENCY_BYTES + 16] = "xianjie/";
    struct xj_slice note = k->b->checkpoint;
    uint8_t last[32];
    bool some = false, named = false;
    memcpy(origin + strlen(origin), k->b->owner.p, k->b->owner.n);
    if (note.p == NULL)
        return;
    k->checkpoint_formed = xj_ev_good(j, xj_checkpoint_names(note, origin, none, &named));
    for (uint64_t at = 1; k->checkpoint_formed && at <= k->folded && !k->checkpoint_sound; at++) {
        struct xj_agency facts;
        enum xj_err err = xj_reg_agency(&k->store, k->b->owner, at, &facts);
        if (err == XJ_ENOMEM)
            j->err = err;
        if (err != XJ_OK || !facts.connected || (some && memcmp(last, facts.keys.sign, 32) == 0))
            continue;
        some = true;
        memcpy(last, facts.keys.sign, 32);
        if (xj_ev_good(j, xj_checkpoint_names(note, origin, last, &named)) && named)
            k->checkpoint_named = true;
        k->checkpoint_sound = xj_ev_good(j, xj_checkpoint_verify(note, origin, last, &k->size, &k->root, &k->checkpoint_ms));
    }
}

/* ---- entries ---- */

static bool is_placed(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_entry *e)
{
    struct xj_hash leaf, root;
    struct xj_buf scratch;
    if (!k->checkpoint_sound || !e->has_path || e->e.n > k->size)
        return false;
    xj_buf_init(&scratch, XJ_MAX_REGISTER_ENTRY_BYTES * 4u);
    enum xj_err err = xj_entry_leaf(&e->e, &scratch, &leaf);
    xj_buf_free(&scratch);
    if (err == XJ_ENOMEM)
        j->err = err;
    return err == XJ_OK && xj_tree_root_from_path(&leaf, e->e.n - 1, k->size, xj_bundle_hashes(k->b, e->path), e->path.count, &root) &&
           xj_hash_eq(&root, &k->root);
}

static struct xj_ev_signed signed_of(const struct xj_ev_entry *e)
{
    return (struct xj_ev_signed){e->e.head, e->e.sig};
}

static void note_delivered(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_entry *e, struct xj_ev_note *note)
{
    struct xj_delivered d;
    enum xj_err err = xj_delivered_decode(e->e.head, &d);
    if (err != XJ_OK) {
        j->err = err == XJ_ENOMEM ? err : j->err;
        return;
    }
    free(d.items);
    note->digest = d.stored;
    note->time_ms = d.exchange_ms;
    note->about_us = xj_slice_eq(d.owner, k->b->owner) && xj_slice_eq(d.recipient, k->b->owner);
    note->sound = xj_ev_sound(j, k, XJ_CTX_DELIVERED, xj_slice_of(NULL, 0), d.register_number, signed_of(e));
}

static void note_entry(struct xj_ev_judge *j, struct xj_ev_book *k, size_t i)
{
    const struct xj_ev_entry *e = &k->b->entries[i];
    struct xj_ev_note *note = &k->notes[i];
    struct xj_refused refused;
    struct xj_recovery recovery;
    const struct xj_slice exchange = {NULL, 0};
    note->placed = is_placed(j, k, e);
    if (e->e.kind == XJ_ENTRY_OWN || e->e.kind == XJ_ENTRY_RECEIVED) {
        note->digest = xj_header_digest(e->e.head);
    } else if (e->e.kind == XJ_ENTRY_ADMITTED && xj_ev_good(j, xj_admitted_decode(e->e.head, j->admitted))) {
        note->digest = j->admitted->message;
        note->time_ms = j->admitted->time_ms;
        note->sound = xj_ev_sound(j, k, XJ_CTX_ADMITTED, exchange, j->admitted->register_number, signed_of(e));
    } else if (e->e.kind == XJ_ENTRY_REFUSED && xj_ev_good(j, xj_refused_decode(e->e.head, &refused))) {
        note->digest = refused.message;
        note->time_ms = refused.time_ms;
        note->sound = xj_ev_sound(j, k, XJ_CTX_REFUSED, exchange, refused.register_number, signed_of(e));
    } else if (e->e.kind == XJ_ENTRY_STORED && xj_ev_good(j, xj_stored_decode(e->e.head, &note->stored))) {
        note->digest = xj_digest(XJ_CTX_STORED, e->e.head);
        note->time_ms = note->stored.time_ms;
        note->about_us = xj_slice_eq(note->stored.agency, k->b->owner);
        note->of_lost = note->about_us && k->recovered && note->stored.last <= k->lost_mailbox;
        note->sound = xj_ev_sound(j, k, XJ_CTX_STORED, note->stored.agency, note->stored.register_number, signed_of(e));
    } else if (e->e.kind == XJ_ENTRY_DELIVERED) {
        note_delivered(j, k, e, note);
    } else if (e->e.kind == XJ_ENTRY_RECOVERY && xj_ev_good(j, xj_recovery_decode(e->e.head, &recovery))) {
        k->recovered = true;
        k->lost_mailbox = recovery.lost.mailbox > k->lost_mailbox ? recovery.lost.mailbox : k->lost_mailbox;
    }
}

bool xj_ev_of_lost(const struct xj_ev_book *k, const struct xj_ev_note *stored)
{
    const size_t held = xj_ev_stored_of(k, &stored->digest);
    if (held != XJ_EV_NO_ENTRY)
        return k->notes[held].of_lost;
    return k->recovered && stored->stored.last <= k->lost_mailbox;
}

/* ---- messages ---- */

static void note_message(struct xj_ev_judge *j, struct xj_ev_book *k, size_t i)
{
    struct xj_ev_message *m = &k->messages[k->message_count++];
    m->at = i;
    m->own = k->b->entries[i].e.kind == XJ_ENTRY_OWN;
    m->answer = XJ_EV_NO_ENTRY;
    m->digest = k->notes[i].digest;
    const struct xj_header *h = xj_ev_header(j, k, m);
    m->revision = h->revision;
    m->previous = h->previous;
    m->id = h->id;
    m->case_id = h->case_id;
    m->from = h->from;
    m->actor = h->actor;
    m->act = h->act;
    m->procedure = h->procedure;
    m->mode = h->mode;
    m->number = h->number;
}

static void note_messages(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->b->entry_count; i++) {
        enum xj_entry_kind kind = k->b->entries[i].e.kind;
        if (kind == XJ_ENTRY_OWN || kind == XJ_ENTRY_RECEIVED)
            note_message(j, k, i);
    }
    for (size_t i = 0; i < k->message_count; i++)
        k->by_digest[i] = (struct xj_ev_key){k->messages[i].digest, i};
    if (k->message_count > 1)
        qsort(k->by_digest, k->message_count, sizeof *k->by_digest, xj_ev_compare_key);
}

/* What the answer says of its message. */
static void read_answer(struct xj_ev_judge *j, struct xj_ev_book *k, struct xj_ev_message *m)
{
    const struct xj_entry *e = &k->b->entries[m->answer].e;
    struct xj_refused refused;
    if (e->kind == XJ_ENTRY_REFUSED) {
        if (xj_ev_good(j, xj_refused_decode(e->head, &refused)))
            m->register_number = refused.register_number;
        return;
    }
    if (!xj_ev_good(j, xj_admitted_decode(e->head, j->admitted)))
        return;
    const struct xj_admitted *a = j->admitted;
    m->register_number = a->register_number;
    m->admitted = k->notes[m->answer].sound == XJ_EV_SOUND;
    if (!m->admitted)
        return;
    m->seq = a->seq;
    for (size_t i = 0; i < a->recipient_count; i++)
        if (xj_slice_eq(a->recipients[i].agency, k->b->owner))
            m->mailbox = a->recipients[i].number;
    const size_t count = m->own ? a->recipient_count : 1;
    if (count > 0 && (m->pairs = calloc(count, sizeof *m->pairs)) == NULL) {
        j->err = XJ_ENOMEM;
        return;
    }
    for (size_t i = 0; m->own && i < count; i++)
        m->pairs[i] = (struct xj_ev_pair){.agency = a->recipients[i].agency, .number = a->recipients[i].number};
    if (!m->own)
        m->pairs[0] = (struct xj_ev_pair){.agency = k->b->owner, .number = m->mailbox};
    m->pair_count = count;
}

/* Every message entry of that digest (there should be one) has the first statement that names it for its answer. */
static void note_answers(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    for (size_t i = 0; i < k->b->entry_count && j->err == XJ_OK; i++) {
        enum xj_entry_kind kind = k->b->entries[i].e.kind;
        if (kind != XJ_ENTRY_ADMITTED && kind != XJ_ENTRY_REFUSED)
            continue;
        for (size_t at = xj_ev_run_of(k, &k->notes[i].digest); at < k->message_count; at++) {
            if (!xj_hash_eq(&k->by_digest[at].digest, &k->notes[i].digest))
                break;
            struct xj_ev_message *m = &k->messages[k->by_digest[at].index];
            m->answers++;
            if (m->answer == XJ_EV_NO_ENTRY && (m->own || kind == XJ_ENTRY_ADMITTED))
                m->answer = i;
        }
    }
    for (size_t at = 0; at < k->message_count && j->err == XJ_OK; at++)
        if (k->messages[at].answer != XJ_EV_NO_ENTRY)
            read_answer(j, k, &k->messages[at]);
}

/* ---- deliveries and the owner's own stored statements ---- */

static int compare_delivery(const void *a, const void *b)
{
    const struct xj_ev_delivery *x = a, *y = b;
    int order = memcmp(x->message.b, y->message.b, XJ_HASH_SIZE);
    if (order != 0)
        return order;
    return x->entry != y->entry ? (x->entry > y->entry) - (x->entry < y->entry) : (x->item > y->item) - (x->item < y->item);
}

static void note_items(struct xj_ev_judge *j, struct xj_ev_book *k, size_t i, struct xj_buf *list)
{
    struct xj_delivered d;
    enum xj_err err = xj_delivered_decode(k->b->entries[i].e.head, &d);
    if (err == XJ_OK && xj_slice_eq(d.owner, k->b->owner)) {
        for (size_t n = 0; n < d.item_count; n++) {
            struct xj_ev_delivery one = {.message = d.items[n].message, .recipient = d.recipient, .entry = i,
                                         .number = d.items[n].mailbox_number, .item = (uint32_t)n, .has_path = d.items[n].has_path};
            if (xj_ev_message_of(k, &one.message) != NULL)
                xj_buf_add(list, &one, sizeof one);
        }
    }
    if (err == XJ_OK)
        free(d.items);
    if (err == XJ_ENOMEM || list->err != XJ_OK)
        j->err = XJ_ENOMEM;
}

static void note_deliveries(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct xj_buf list;
    xj_buf_init(&list, SIZE_MAX / 4);
    for (size_t i = 0; i < k->b->entry_count && j->err == XJ_OK; i++)
        if (k->b->entries[i].e.kind == XJ_ENTRY_DELIVERED)
            note_items(j, k, i, &list);
    k->deliveries = (struct xj_ev_delivery *)(void *)list.p;
    k->delivery_count = list.n / sizeof *k->deliveries;
    if (k->delivery_count > 1)
        qsort(k->deliveries, k->delivery_count, sizeof *k->deliveries, compare_delivery);
}

static void note_stored(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    k->stored_keys = calloc(k->b->entry_count + 1, sizeof *k->stored_keys);
    if (k->stored_keys == NULL)
        j->err = XJ_ENOMEM;
    for (size_t i = 0; k->stored_keys != NULL && i < k->b->entry_count; i++)
        if (k->b->entries[i].e.kind == XJ_ENTRY_STORED)
            k->stored_keys[k->stored_count++] = (struct xj_ev_key){k->notes[i].digest, i};
    if (k->stored_count > 1)
        qsort(k->stored_keys, k->stored_count, sizeof *k->stored_keys, xj_ev_compare_key);
}

struct range {
    uint64_t first;
    size_t entry;
};

static int compare_range(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return (x->entry > y->entry) - (x->entry < y->entry);
}

static void note_own_stored(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct range *ranges = calloc(k->b->entry_count + 1, sizeof *ranges);
    size_t count = 0;
    for (size_t i = 0; ranges != NULL && i < k->b->entry_count; i++)
        if (k->b->entries[i].e.kind == XJ_ENTRY_STORED && k->notes[i].about_us)
            ranges[count++] = (struct range){k->notes[i].stored.first, i};
    k->own_stored = calloc(count + 1, sizeof *k->own_stored);
    k->reach = calloc(count + 1, sizeof *k->reach);
    if (ranges == NULL || k->own_stored == NULL || k->reach == NULL) {
        j->err = XJ_ENOMEM;
        count = 0;
    }
    if (count > 1)
        qsort(ranges, count, sizeof *ranges, compare_range);
    for (size_t i = 0; i < count; i++) {
        const uint64_t last = k->notes[ranges[i].entry].stored.last, before = i > 0 ? k->reach[i - 1] : 0;
        k->own_stored[i] = ranges[i].entry;
        k->reach[i] = last > before ? last : before;
    }
    k->own_stored_count = count;
    free(ranges);
}

void xj_ev_notes(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    const size_t count = k->b->entry_count;
    check_checkpoint(j, k);
    k->notes = calloc(count + 1, sizeof *k->notes);
    k->messages = calloc(count + 1, sizeof *k->messages);
    k->by_digest = calloc(count + 1, sizeof *k->by_digest);
    if (k->notes == NULL || k->messages == NULL || k->by_digest == NULL) {
        j->err = XJ_ENOMEM;
        return;
    }
    for (size_t i = 0; i < count && j->err == XJ_OK; i++)
        note_entry(j, k, i);
    note_messages(j, k);
    note_answers(j, k);
    note_deliveries(j, k);
    note_stored(j, k);
    note_own_stored(j, k);
}
