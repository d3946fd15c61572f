/* P5, place in the sequence (but for the numbers of all the ledger, judge_sequence.c); P6, not rewritten since. Spec 16, section 6. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"
#include "schema/ledger/told.h"

/* ---- P5: each message ---- */

/* Ids of the messages, sorted, to find the ones used twice. */
static int compare_id(const void *a, const void *b)
{
    return xj_id_cmp(a, b);
}

static struct xj_id *sorted_ids(struct xj_ev_judge *j, const struct xj_ev_book *k)
{
    struct xj_id *ids = calloc(k->message_count + 1, sizeof *ids);
    if (ids == NULL) {
        j->err = XJ_ENOMEM;
        return NULL;
    }
    for (size_t i = 0; i < k->message_count; i++)
        ids[i] = k->messages[i].id;
    if (k->message_count > 1)
        qsort(ids, k->message_count, sizeof *ids, compare_id);
    return ids;
}

static bool is_twice(const struct xj_ev_book *k, const struct xj_id *ids, const struct xj_ev_message *m)
{
    size_t low = 0, high = k->message_count; /* where those of that id end */
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (xj_id_cmp(&ids[middle], &m->id) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    const bool id = low > 1 && xj_id_eq(&ids[low - 2], &m->id);
    return id || m->answers > 1; /* the same digest is the same header, so the same id */
}

static bool has_path(const struct xj_ev_book *k, size_t entry)
{
    return k->b->entries[entry].has_path;
}

/* An entry with a path that does not lead to the sound checkpoint. */
static bool astray(const struct xj_ev_book *k, size_t entry)
{
    return k->checkpoint_sound && has_path(k, entry) && !k->notes[entry].placed;
}

static bool apart(const struct xj_ev_book *k, const struct xj_ev_message *m)
{
    if (m->answer == XJ_EV_NO_ENTRY)
        return false;
    const uint64_t n = k->b->entries[m->at].e.n, answer = k->b->entries[m->answer].e.n;
    return m->own ? answer < n : answer != n + 1;
}

/* Judged before the one before it, by seq and by time: an exchange that was rebuilt delivers late, or judges again. */
static bool is_late(const struct xj_ev_book *k, const struct xj_ev_message *before, const struct xj_ev_message *m)
{
    return before != NULL && m->admitted && before->admitted && m->seq < before->seq &&
           k->notes[m->answer].time_ms < k->notes[before->answer].time_ms;
}

/* Against the message of its kind before it in the bundle (NULL: the first). */
static bool out_of_order(const struct xj_ev_book *k, const struct xj_ev_message *before, const struct xj_ev_message *m)
{
    if (!m->own && m->admitted && m->mailbox == 0)
        return true;
    if (before == NULL)
        return false;
    if (m->own && (m->number <= before->number || (m->number == before->number + 1 && !xj_hash_eq(&m->previous, &before->digest))))
        return true;
    if (!m->admitted || !before->admitted || is_late(k, before, m))
        return false;
    return (!m->own && m->mailbox <= before->mailbox) || m->seq <= before->seq;
}

static struct xj_ev_finding placed(const struct xj_ev_book *k, const struct xj_id *ids, const struct xj_ev_message *before,
                                   const struct xj_ev_message *m)
{
    const bool answered = m->answer != XJ_EV_NO_ENTRY;
    if (!xj_id_eq(&m->case_id, &k->b->case_id))
        return xj_ev_contra("other_case");
    if (is_twice(k, ids, m))
        return xj_ev_contra("twice");
    if (astray(k, m->at) || (answered && astray(k, m->answer)))
        return xj_ev_contra("path");
    if (apart(k, m))
        return xj_ev_contra("apart");
    if (out_of_order(k, before, m))
        return xj_ev_contra("order");
    if (is_late(k, before, m))
        return xj_ev_open("late");
    if (!k->checkpoint_sound)
        return xj_ev_open("checkpoint");
    if (!has_path(k, m->at) || (answered && !has_path(k, m->answer)))
        return xj_ev_open("path_absent");
    if (!answered || k->notes[m->answer].sound != XJ_EV_SOUND)
        return xj_ev_open("unanswered");
    return XJ_EV_HOLDS;
}

/* ---- P5: the other entries ---- */

static struct xj_ev_finding other_entries(struct xj_ev_judge *j, const struct xj_ev_book *k)
{
    struct xj_told told;
    bool orphan = false, stranger = false, path = false, absent = false;
    for (size_t i = 0; i < k->b->entry_count; i++) {
        const struct xj_entry *e = &k->b->entries[i].e;
        if (e->kind == XJ_ENTRY_ADMITTED || e->kind == XJ_ENTRY_REFUSED)
            orphan |= xj_ev_message_of(k, &k->notes[i].digest) == NULL;
        if (e->kind == XJ_ENTRY_TOLD)
            stranger |= xj_ev_good(j, xj_told_decode(e->head, &told)) && !xj_id_eq(&told.case_id, &k->b->case_id);
        if (e->kind == XJ_ENTRY_STORED || e->kind == XJ_ENTRY_DELIVERED || e->kind == XJ_ENTRY_TOLD || e->kind == XJ_ENTRY_RECOVERY ||
            e->kind == XJ_ENTRY_DESTROYED) {
            path |= astray(k, i);
            absent |= !has_path(k, i);
        }
    }
    if (orphan)
        return xj_ev_contra("orphan");
    if (stranger)
        return xj_ev_contra("other_case");
    if (path)
        return xj_ev_contra("path");
    if (!k->checkpoint_sound)
        return xj_ev_open("checkpoint");
    return absent ? xj_ev_open("path_absent") : XJ_EV_HOLDS;
}

void xj_ev_place(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct xj_id *ids = sorted_ids(j, k);
    const struct xj_ev_message *own = NULL, *received = NULL;
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++) {
        const struct xj_ev_message *m = &k->messages[i];
        xj_ev_add(j, xj_ev_about(k, XJ_CLAIM_PLACE, m), placed(k, ids, m->own ? own : received, m));
        if (m->own)
            own = m;
        else
            received = m;
    }
    free(ids);
    xj_ev_add(j, xj_ev_whole(k, XJ_CLAIM_PLACE, "entries"), other_entries(j, k));
}

/* ---- P6: commitments ---- */

static const struct xj_ev_consistency *proof_from(const struct xj_bundle *b, uint64_t size)
{
    for (size_t i = 0; i < b->consistency_count; i++)
        if (b->consistency[i].size == size)
            return &b->consistency[i];
    return NULL;
}

/* Whether the checkpoint continues the commitment; *ret_bad when it shows that it does not. */
static bool continues(const struct xj_ev_book *k, const struct xj_ev_commitment *c, bool *ret_bad)
{
    const struct xj_hash empty = xj_sha256(NULL, 0);
    bool same = false, known = true;
    if (!k->checkpoint_sound)
        return false;
    if (c->size == 0) {
        same = xj_hash_eq(&c->head, &empty);
    } else if (c->size == k->size) {
        same = xj_hash_eq(&c->head, &k->root);
    } else {
        const struct xj_ev_consistency *p = c->size < k->size ? proof_from(k->b, c->size) : NULL;
        known = p != NULL;
        same = known && xj_tree_consistent(c->size, &c->head, k->size, &k->root, xj_bundle_hashes(k->b, p->proof), p->proof.count);
    }
    *ret_bad = *ret_bad || (known && !same);
    return same;
}

/* The earliest sound word of the exchange, in the entries of that bundle, that it has the agency's stored statement. */
static bool confirmation(struct xj_ev_judge *j, const struct xj_ev_book *in, struct xj_slice agency, const struct xj_hash *stored, int64_t *ret_ms)
{
    struct xj_delivered d;
    bool some = false;
    for (size_t i = 0; i < in->b->entry_count; i++) {
        const struct xj_ev_note *note = &in->notes[i];
        if (in->b->entries[i].e.kind != XJ_ENTRY_DELIVERED || note->sound != XJ_EV_SOUND || !xj_hash_eq(&note->digest, stored) ||
            !xj_ev_good(j, xj_delivered_decode(in->b->entries[i].e.head, &d)))
            continue;
        free(d.items);
        if (!xj_slice_eq(d.recipient, agency))
            continue;
        if (!some || note->time_ms < *ret_ms)
            *ret_ms = note->time_ms;
        some = true;
    }
    return some;
}

/* Stored statements of the owner, sound in the bundle they lie in. */
static void collect(struct xj_ev_judge *j, struct xj_ev_book *k, const struct xj_ev_book *in, struct xj_buf *list, bool *ret_bad)
{
    for (size_t i = 0; i < in->b->entry_count; i++) {
        const struct xj_ev_note *note = &in->notes[i];
        if (in->b->entries[i].e.kind != XJ_ENTRY_STORED || note->sound != XJ_EV_SOUND || !xj_slice_eq(note->stored.agency, k->b->owner) ||
            xj_ev_of_lost(k, note))
            continue;
        struct xj_ev_commitment c = {.size = note->stored.ledger_size, .head = note->stored.ledger_head};
        if (in == k && k->checkpoint_sound && c.size >= in->b->entries[i].e.n)
            *ret_bad = true; /* it speaks of a tree that holds itself */
        c.has_time = confirmation(j, in, k->b->owner, &note->digest, &c.time_ms);
        c.confirmed = c.has_time || !xj_slice_eq(in->b->owner, k->b->owner);
        c.consistent = continues(k, &c, ret_bad);
        xj_buf_add(list, &c, sizeof c);
    }
    if (list->err != XJ_OK)
        j->err = XJ_ENOMEM;
}

/* Of one whose checkpoint is sound. */
static bool sibling_differs(const struct xj_ev_judge *j, const struct xj_ev_book *k)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct xj_ev_book *other = &j->books[i];
        if (other != k && other->checkpoint_sound && xj_slice_eq(other->b->owner, k->b->owner) && other->size == k->size &&
            !xj_hash_eq(&other->root, &k->root))
            return true;
    }
    return false;
}

static struct xj_ev_finding checkpoint(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct xj_buf list;
    bool bad = false;
    xj_buf_init(&list, SIZE_MAX / 4);
    for (size_t i = 0; i < j->count; i++)
        collect(j, k, &j->books[i], &list, &bad);
    k->commitments = (struct xj_ev_commitment *)(void *)list.p;
    k->commitment_count = list.n / sizeof *k->commitments;
    if (k->b->checkpoint.p == NULL)
        return xj_ev_open("checkpoint_absent");
    if (k->checkpoint_formed && !k->checkpoint_named)
        return xj_ev_open("checkpoint_key");
    if (!k->checkpoint_sound)
        return xj_ev_contra("checkpoint_signature");
    if (bad || sibling_differs(j, k))
        return xj_ev_contra("rewritten");
    return k->recovered ? xj_ev_open("recovered") : XJ_EV_HOLDS;
}

static struct xj_ev_finding covered(const struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_ev_item *item)
{
    uint64_t n = k->b->entries[m->at].e.n;
    bool is = false;
    if (!k->notes[m->at].placed || (m->answer != XJ_EV_NO_ENTRY && !k->notes[m->answer].placed))
        return xj_ev_open("unplaced");
    if (m->answer != XJ_EV_NO_ENTRY && k->b->entries[m->answer].e.n > n)
        n = k->b->entries[m->answer].e.n;
    for (size_t i = 0; i < k->commitment_count; i++) {
        const struct xj_ev_commitment *c = &k->commitments[i];
        if (c->size < n || !c->confirmed || !c->consistent)
            continue;
        is = true;
        if (c->has_time && (!item->has_to || c->time_ms < item->to)) {
            item->has_to = true;
            item->to = c->time_ms;
        }
    }
    return is ? XJ_EV_HOLDS : xj_ev_open("uncovered");
}

void xj_ev_rewritten(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    xj_ev_add(j, xj_ev_whole(k, XJ_CLAIM_REWRITTEN, "checkpoint"), checkpoint(j, k));
    for (size_t i = 0; i < k->message_count && j->err == XJ_OK; i++) {
        struct xj_ev_item item = xj_ev_about(k, XJ_CLAIM_REWRITTEN, &k->messages[i]);
        struct xj_ev_finding finding = covered(k, &k->messages[i], &item);
        xj_ev_add(j, item, finding);
    }
}
