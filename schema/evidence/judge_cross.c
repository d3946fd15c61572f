/* Several bundles of one case: items about one message become one; what one owner has, another must have, too. Spec 16, section 7. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"

/* ---- merging ---- */

struct place {
    struct xj_ev_item item;
    size_t at;
};

static bool merges(const struct xj_ev_item *it)
{
    return it->about_message && (it->claim <= XJ_CLAIM_TIMES || it->claim == XJ_CLAIM_AGREE);
}

/* By what they are about, then in the order in which they came. */
static int compare_place(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->item.claim != y->item.claim)
        return x->item.claim < y->item.claim ? -1 : 1;
    int order = memcmp(x->item.message.b, y->item.message.b, XJ_HASH_SIZE);
    if (order == 0)
        order = xj_slice_cmp(x->item.agency, y->item.agency);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static bool same_subject(const struct place *x, const struct place *y)
{
    return x->item.claim == y->item.claim && xj_hash_eq(&x->item.message, &y->item.message) && xj_slice_eq(x->item.agency, y->item.agency);
}

/* A contradiction wins, then a proof. */
static bool wins(enum xj_ev_verdict a, enum xj_ev_verdict b)
{
    static const int rank[] = {[XJ_EV_INVALID] = 0, [XJ_EV_NOT_PROVED] = 1, [XJ_EV_PROVED] = 2, [XJ_EV_CONTRADICTED] = 3};
    return rank[a] > rank[b];
}

void xj_ev_merge(struct xj_ev_judge *j)
{
    struct xj_ev_item *items = (struct xj_ev_item *)(void *)j->items.p;
    const size_t count = j->items.n / sizeof *items;
    struct place *places = calloc(count + 1, sizeof *places);
    size_t listed = 0, kept = 0;
    if (places == NULL) {
        j->err = XJ_ENOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++)
        if (merges(&items[i]))
            places[listed++] = (struct place){items[i], i};
    qsort(places, listed, sizeof *places, compare_place);
    for (size_t first = 0, next; first < listed; first = next) {
        size_t best = first;
        for (next = first + 1; next < listed && same_subject(&places[first], &places[next]); next++) {
            if (wins(places[next].item.verdict, places[best].item.verdict))
                best = next;
            items[places[next].at].claim = XJ_CLAIM_INVALID; /* it has become one with the first */
        }
        items[places[first].at] = places[best].item;
    }
    for (size_t i = 0; i < count; i++)
        if (items[i].claim != XJ_CLAIM_INVALID)
            items[kept++] = items[i];
    j->items.n = kept * sizeof *items;
    free(places);
}

/* ---- due ---- */

/* The mailbox number that an admitted message gives an agency; 0: none. */
static uint64_t number_for(struct xj_ev_judge *j, const struct xj_ev_book *k, const struct xj_ev_message *m, struct xj_slice agency)
{
    if (!m->admitted || !xj_ev_good(j, xj_admitted_decode(k->b->entries[m->answer].e.head, j->admitted)))
        return 0;
    for (size_t i = 0; i < j->admitted->recipient_count; i++)
        if (xj_slice_eq(j->admitted->recipients[i].agency, agency))
            return j->admitted->recipients[i].number;
    return 0;
}

/* The highest mailbox number that y's ledger is known to hold within its checkpoint, by y itself or by statements in x. */
static uint64_t reach_of(const struct xj_ev_book *y, const struct xj_ev_book *x)
{
    uint64_t reach = 0;
    for (size_t i = 0; i < y->message_count; i++)
        if (!y->messages[i].own && y->messages[i].admitted && y->messages[i].mailbox > reach)
            reach = y->messages[i].mailbox;
    const struct xj_ev_book *const places[] = {x, y};
    for (size_t p = 0; p < 2 && y->checkpoint_sound; p++)
        for (size_t i = 0; i < places[p]->b->entry_count; i++) {
            const struct xj_ev_note *note = &places[p]->notes[i];
            if (places[p]->b->entries[i].e.kind == XJ_ENTRY_STORED && note->sound == XJ_EV_SOUND &&
                xj_slice_eq(note->stored.agency, y->b->owner) && note->stored.ledger_size <= y->size && note->stored.last > reach &&
                !xj_ev_of_lost(y, note))
                reach = note->stored.last;
        }
    return reach;
}

static uint64_t last_own(const struct xj_ev_book *k)
{
    uint64_t last = 0;
    for (size_t i = 0; i < k->message_count; i++)
        if (k->messages[i].own && k->messages[i].number > last)
            last = k->messages[i].number;
    return last;
}

/* ---- P7 ---- */

static bool answers_differ(const struct xj_ev_book *x, const struct xj_ev_message *a, const struct xj_ev_book *y, const struct xj_ev_message *b)
{
    return a->answer != XJ_EV_NO_ENTRY && b->answer != XJ_EV_NO_ENTRY &&
           !xj_slice_eq(x->b->entries[a->answer].e.head, y->b->entries[b->answer].e.head);
}

static const struct xj_ev_message *by_id(const struct xj_ev_book *k, const struct xj_id *id)
{
    for (size_t i = 0; i < k->message_count; i++)
        if (xj_id_eq(&k->messages[i].id, id))
            return &k->messages[i];
    return NULL;
}

static void missing(struct xj_ev_judge *j, const struct xj_ev_book *x, const struct xj_ev_message *m, const struct xj_ev_book *y)
{
    struct xj_ev_item place = xj_ev_about(x, XJ_CLAIM_PLACE, m), agree = xj_ev_about(x, XJ_CLAIM_AGREE, m);
    place.bundle = agree.bundle = y->index;
    place.agency = agree.agency = y->b->owner;
    xj_ev_add(j, place, xj_ev_contra("missing"));
    xj_ev_add(j, agree, xj_ev_contra("missing"));
}

/* The sender's ledger holds a message before it is admitted. */
static bool was_sent_by(const struct xj_ev_book *x, const struct xj_ev_message *m, const struct xj_ev_book *y, uint64_t sent)
{
    if (!xj_slice_eq(m->from, y->b->owner))
        return false;
    /* a checkpoint's time is of 18 digits at most and not below 0 */
    return m->number <= sent ||
           (m->admitted && y->checkpoint_sound && y->checkpoint_ms - XJ_EV_TOLERANCE_MS > x->notes[m->answer].time_ms);
}

/* What x has, and y should. */
static void due(struct xj_ev_judge *j, const struct xj_ev_book *x, const struct xj_ev_book *y)
{
    const uint64_t reach = reach_of(y, x), sent = last_own(y);
    for (size_t i = 0; i < x->message_count && j->err == XJ_OK; i++) {
        const struct xj_ev_message *m = &x->messages[i];
        if (xj_ev_message_of(y, &m->digest) != NULL)
            continue;
        const uint64_t number = number_for(j, x, m, y->b->owner);
        if (was_sent_by(x, m, y, sent) || (number > 0 && number <= reach))
            missing(j, x, m, y);
    }
}

/* Messages that both have. Returns whether there is one. */
static bool shared(struct xj_ev_judge *j, const struct xj_ev_book *x, const struct xj_ev_book *y)
{
    bool some = false;
    for (size_t i = 0; i < x->message_count && j->err == XJ_OK; i++) {
        const struct xj_ev_message *a = &x->messages[i], *b = by_id(y, &a->id);
        if (b == NULL)
            continue;
        some = true;
        const bool differ = !xj_hash_eq(&a->digest, &b->digest) || answers_differ(x, a, y, b);
        xj_ev_add(j, xj_ev_about(x, XJ_CLAIM_AGREE, a), differ ? xj_ev_contra("differs") : XJ_EV_HOLDS);
    }
    return some;
}

static bool registers_fork(const struct xj_bundle *x, const struct xj_bundle *y)
{
    for (size_t i = 0; i < x->register_count && i < y->register_count; i++)
        if (!xj_slice_eq(x->reg[i].head, y->reg[i].head))
            return true;
    return false;
}

void xj_ev_agree(struct xj_ev_judge *j)
{
    bool others = false, fork = false, stranger = false;
    bool *compared = calloc(j->count, sizeof *compared); /* has a message in common with a bundle of another owner */
    if (compared == NULL) {
        j->err = XJ_ENOMEM;
        return;
    }
    for (size_t x = 0; x < j->count; x++)
        for (size_t y = x + 1; y < j->count && j->err == XJ_OK; y++) {
            struct xj_ev_book *one = &j->books[x], *two = &j->books[y];
            fork |= registers_fork(one->b, two->b);
            if (xj_slice_eq(one->b->owner, two->b->owner))
                continue;
            others = true;
            if (shared(j, one, two))
                compared[x] = compared[y] = true;
            due(j, one, two);
            due(j, two, one);
        }
    for (size_t x = 0; x < j->count; x++)
        stranger |= !compared[x];
    free(compared);
    struct xj_ev_item item = xj_ev_whole(&j->books[0], XJ_CLAIM_AGREE, "accounts");
    if (fork)
        xj_ev_add(j, item, xj_ev_contra("register_forks"));
    else if (!others)
        xj_ev_add(j, item, xj_ev_open("one_account"));
    else
        xj_ev_add(j, item, stranger ? xj_ev_open("nothing_shared") : XJ_EV_HOLDS);
}
