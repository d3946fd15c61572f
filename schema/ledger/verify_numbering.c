/* The fourth check, as far as ledgers and journals have it in common: mailbox and feed numbers, stored statements; and the
 * walk through a ledger. Spec 05, 5, item 4. */
#undef NDEBUG /* a key past its room would be somebody else's memory: stop instead, in every build */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/ledger/verify_private.h"

#define STORED_MAX 65536u /* messages in one stored statement; the credit of spec 04, 8 is far below */

struct mail_key {
    uint8_t bytes[XJ_MAX_AGENCY_BYTES + 1 + 8];
    size_t n;
};

/* agency, NUL, leaf: told apart from agency, NUL, number by the note's kind. */
struct leaf_key {
    uint8_t bytes[XJ_MAX_AGENCY_BYTES + 1 + XJ_HASH_SIZE];
    size_t n;
};

static struct leaf_key leaf_key(struct xj_slice agency, const struct xj_hash *leaf)
{
    struct leaf_key key = {.n = 0};
    assert(agency.n <= XJ_MAX_AGENCY_BYTES); /* an agency id, as every statement is read */
    memcpy(key.bytes, agency.p, agency.n);
    memcpy(key.bytes + agency.n + 1, leaf->b, XJ_HASH_SIZE);
    key.n = agency.n + 1 + XJ_HASH_SIZE;
    return key;
}

static struct mail_key mail_key(struct xj_slice agency, uint64_t number)
{
    struct mail_key key = {.n = 0};
    assert(agency.n <= XJ_MAX_AGENCY_BYTES);
    memcpy(key.bytes, agency.p, agency.n);
    key.n = agency.n + 1;
    for (int shift = 56; shift >= 0; shift -= 8)
        key.bytes[key.n++] = (uint8_t)(number >> shift);
    return key;
}

/* A late message: its number was passed, and it is none that came before. */
static bool is_late(struct xj_verify *v, uint64_t number, uint64_t reached, const struct leaf_key *leaf)
{
    return !v->journal && v->two_exchanges && number <= reached &&
           !xj_v_get(v, XJ_NOTE_MAIL_LEAF, xj_slice_of(leaf->bytes, leaf->n), NULL, 0);
}

bool xj_v_mail(struct xj_verify *v, struct xj_slice agency, uint64_t number, const struct xj_hash *message, bool recovered)
{
    struct xj_v_counts counts;
    struct xj_v_mail_note note;
    struct mail_key key = mail_key(agency, number);
    struct xj_hash leaf = xj_tree_mail_leaf(number, message);
    struct leaf_key by_leaf = leaf_key(agency, &leaf);
    xj_v_counts_get(v, agency, &counts);
    const bool late = is_late(v, number, counts.mailbox, &by_leaf), next = number == counts.mailbox + 1;
    if (!late && !(recovered && number <= counts.mailbox))
        counts.mailbox = number;
    xj_v_counts_put(v, agency, &counts);
    const bool before = recovered && xj_v_get(v, XJ_NOTE_MAIL, xj_slice_of(key.bytes, key.n), &note, sizeof note);
    if (!before)
        note = (struct xj_v_mail_note){.message = *message};
    note.doubtful = note.doubtful || !xj_hash_eq(&note.message, message);
    if (!late)
        (void)xj_v_put(v, XJ_NOTE_MAIL, xj_slice_of(key.bytes, key.n), &note, sizeof note);
    (void)xj_v_put(v, XJ_NOTE_MAIL_LEAF, xj_slice_of(by_leaf.bytes, by_leaf.n), "", 0);
    return next || late || recovered;
}

bool xj_v_is_recovered(struct xj_verify *v, size_t place)
{
    const uint64_t key = place;
    return xj_v_get(v, XJ_NOTE_RECOVERED, xj_slice_of(&key, sizeof key), NULL, 0);
}

/* ---- runs of numbers unrecovered ---- */

static struct mail_key run_key(struct xj_slice agency, enum xj_numbers which)
{
    struct mail_key key = mail_key(agency, which);
    return key;
}

struct run {
    uint64_t at;   /* in: a number; out: the last of the run that holds it */
    bool found;
};

static bool find_run(void *arg, struct xj_slice key, struct xj_slice value)
{
    struct run *run = arg;
    const uint64_t first = xj_be_get(key.p + key.n - 8, 8);
    uint64_t last = 0;
    memcpy(&last, value.p, value.n < sizeof last ? value.n : sizeof last);
    run->found = first <= run->at && run->at <= last;
    if (run->found)
        run->at = last;
    return !run->found;
}

bool xj_v_continues(struct xj_verify *v, struct xj_slice agency, enum xj_numbers which, uint64_t at, uint64_t next)
{
    struct xj_store notes = xj_memory_store_of(v->notes);
    struct mail_key key = run_key(agency, which);
    uint8_t prefix[1 + sizeof key.bytes] = {XJ_NOTE_RUN};
    memcpy(prefix + 1, key.bytes, key.n);
    const struct xj_slice p = xj_slice_of(prefix, 1 + key.n);
    while (at + 1 < next && v->err == XJ_OK) {
        struct run run = {.at = at + 1};
        v->err = notes.scan(notes.ctx, p, p, false, find_run, &run);
        if (!run.found)
            return false;
        at = run.at;
    }
    return at + 1 == next;
}

static void own_run(struct xj_verify *v, const struct xj_unrecovered *s)
{
    for (uint64_t number = s->first; number <= s->last && number - s->first < STORED_MAX; number++) {
        struct mail_key key = mail_key(s->agency, number);
        (void)xj_v_put(v, XJ_NOTE_OWN_RUN, xj_slice_of(key.bytes, key.n), "\0", 1);
    }
}

static void unrecovered_run(struct xj_verify *v, const struct xj_unrecovered *s, uint64_t n)
{
    struct xj_v_counts counts;
    struct mail_key key = run_key(s->agency, s->which);
    uint8_t long_key[sizeof key.bytes + 8];
    xj_v_counted(v, XJ_V_NUMBERING);
    xj_v_counts_get(v, s->agency, &counts);
    uint64_t *reached = s->which == XJ_NUMBERS_MAILBOX ? &counts.mailbox : s->which == XJ_NUMBERS_FEED ? &counts.feed : &counts.number;
    const bool next = s->first <= *reached + 1 && *reached < s->last;
    if (!v->journal && (!xj_slice_is(s->agency, v->owner) || s->which == XJ_NUMBERS_OWN || !next))
        xj_v_report(v, XJ_FAULT_UNRECOVERED, n);
    memcpy(long_key, key.bytes, key.n);
    xj_be_put(s->first, long_key + key.n, 8);
    (void)xj_v_put(v, XJ_NOTE_RUN, xj_slice_of(long_key, key.n + 8), &s->last, sizeof s->last);
    if (s->which == XJ_NUMBERS_OWN) {
        own_run(v, s);
        return;
    }
    if (*reached < s->last)
        *reached = s->last;
    xj_v_counts_put(v, s->agency, &counts);
}

void xj_v_unrecovered(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_unrecovered s;
    if (xj_v_good(v, xj_unrecovered_decode(e->head, &s)))
        unrecovered_run(v, &s, e->n);
}

/* Root over the mailbox numbers of a stored statement. False when one is not in the file. */
static bool mail_root(struct xj_verify *v, const struct xj_stored *s, struct xj_hash *ret, bool *ret_doubtful)
{
    uint64_t count = s->last - s->first + 1;
    bool found = true;
    *ret_doubtful = false;
    struct xj_hash *leaves = calloc((size_t)count, sizeof *leaves);
    if (leaves == NULL) {
        v->err = XJ_ENOMEM;
        return false;
    }
    for (uint64_t i = 0; i < count && found; i++) {
        struct xj_v_mail_note note;
        struct mail_key key = mail_key(s->agency, s->first + i);
        found = xj_v_get(v, XJ_NOTE_MAIL, xj_slice_of(key.bytes, key.n), &note, sizeof note);
        if (found)
            leaves[i] = xj_tree_mail_leaf(s->first + i, &note.message);
        *ret_doubtful = *ret_doubtful || (found && note.doubtful);
    }
    if (found)
        *ret = xj_tree_root(leaves, (size_t)count);
    free(leaves);
    return found;
}

static void note_stored(struct xj_verify *v, const struct xj_entry *e, const struct xj_stored *s)
{
    struct xj_v_stored note;
    struct xj_hash digest = xj_digest(XJ_CTX_STORED, e->head);
    memset(&note, 0, sizeof note);
    note.first = s->first;
    note.last = s->last;
    note.root = s->root;
    note.time_ms = s->time_ms;
    memcpy(note.agency, s->agency.p, s->agency.n < XJ_MAX_AGENCY_BYTES ? s->agency.n : XJ_MAX_AGENCY_BYTES);
    (void)xj_v_put(v, XJ_NOTE_STORED, xj_hash_slice(&digest), &note, sizeof note);
}

/* For one message that came late: the root of one leaf is the leaf. */
static bool stored_late(struct xj_verify *v, const struct xj_stored *s, uint64_t reached)
{
    const struct leaf_key key = leaf_key(s->agency, &s->root);
    return s->first == s->last && s->last <= reached && xj_v_get(v, XJ_NOTE_MAIL_LEAF, xj_slice_of(key.bytes, key.n), NULL, 0);
}

static void stored_range(struct xj_verify *v, const struct xj_entry *e, const struct xj_stored *s, struct xj_v_counts *counts)
{
    struct xj_hash root;
    bool doubtful = false;
    bool range = s->last <= counts->mailbox && s->last - s->first < STORED_MAX &&
                 xj_v_continues(v, s->agency, XJ_NUMBERS_MAILBOX, counts->stored, s->first);
    if (!range || !mail_root(v, s, &root, &doubtful))
        xj_v_report(v, XJ_FAULT_STORED_RANGE, e->n);
    else if (!doubtful && !xj_hash_eq(&root, &s->root))
        xj_v_report(v, XJ_FAULT_STORED_ROOT, e->n);
    counts->stored = s->last;
}

static void stored_statement(struct xj_verify *v, const struct xj_entry *e, const struct xj_stored *s, bool recovered)
{
    struct xj_v_counts counts;
    struct xj_hash head;
    bool own = xj_slice_is(s->agency, v->owner);
    note_stored(v, e, s);
    if (!v->journal && !own)
        return; /* another agency's mailbox is not in this file */
    xj_v_counted(v, XJ_V_NUMBERING);
    xj_v_counts_get(v, s->agency, &counts);
    if (recovered) {
        counts.stored = s->last > counts.stored ? s->last : counts.stored;
        if (s->ledger_size > counts.ledger_size) {
            counts.ledger_size = s->ledger_size;
            counts.ledger_head = s->ledger_head;
        }
        xj_v_counts_put(v, s->agency, &counts);
        return;
    }
    if (!(v->journal || v->two_exchanges) || !stored_late(v, s, counts.stored))
        stored_range(v, e, s, &counts);
    if (!v->recovering || s->last > v->lost.mailbox) { /* else it speaks of the ledger that was lost */
        bool size = s->ledger_size >= counts.ledger_size && (!own || s->ledger_size < e->n);
        bool known = own && xj_v_root_at(v, s->ledger_size, &head);
        if (!size || (known && !xj_hash_eq(&head, &s->ledger_head)))
            xj_v_report(v, XJ_FAULT_STORED_HEAD, e->n);
        counts.ledger_size = s->ledger_size;
        counts.ledger_head = s->ledger_head;
    }
    xj_v_counts_put(v, s->agency, &counts);
}

void xj_v_stored(struct xj_verify *v, const struct xj_entry *e, bool recovered)
{
    struct xj_stored s;
    if (xj_v_good(v, xj_stored_decode(e->head, &s)))
        stored_statement(v, e, &s, recovered);
}

/* Of a journal: what was lost is what the record says. */
static bool lost_is_record(const struct xj_v_counts *counts, const struct xj_lost *lost)
{
    const struct xj_hash none = xj_sha256(NULL, 0);
    return lost->size == counts->ledger_size &&
           xj_hash_eq(&lost->head, counts->ledger_size == 0 ? &none : &counts->ledger_head) &&
           lost->own_number == counts->number && lost->mailbox == counts->stored && lost->feed <= counts->feed;
}

/* Of a ledger: it ends the recovery that is open, all figures are reached, and size and head are its own. */
static bool ends_recovery(struct xj_verify *v, uint64_t n, const struct xj_v_counts *counts, const struct xj_recovered *s)
{
    struct xj_hash head;
    return v->recovering && xj_slice_is(s->agency, v->owner) && xj_lost_eq(&s->lost, &v->lost) &&
           counts->number >= s->lost.own_number && counts->stored >= s->lost.mailbox && counts->feed >= s->lost.feed &&
           s->ledger_size < n && (!xj_v_root_at(v, s->ledger_size, &head) || xj_hash_eq(&head, &s->ledger_head));
}

void xj_v_recovered(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_recovered s;
    struct xj_v_counts counts;
    if (!xj_v_good(v, xj_recovered_decode(e->head, &s)))
        return;
    xj_v_counted(v, XJ_V_NUMBERING);
    xj_v_counts_get(v, s.agency, &counts);
    if (!(v->journal ? lost_is_record(&counts, &s.lost) : ends_recovery(v, e->n, &counts, &s)))
        xj_v_report(v, XJ_FAULT_RECOVERED, e->n);
    v->recovering = false;
    counts.ledger_size = s.ledger_size;
    counts.ledger_head = s.ledger_head;
    xj_v_counts_put(v, s.agency, &counts);
}

void xj_v_delivered(struct xj_verify *v, const struct xj_entry *e, bool recovered)
{
    struct xj_delivered s;
    struct xj_v_counts counts;
    if (!xj_v_good(v, xj_delivered_decode(e->head, &s)))
        return;
    xj_v_counted(v, XJ_V_NUMBERING);
    xj_v_counts_get(v, s.owner, &counts);
    if ((!recovered && s.number != counts.feed + 1) || (!v->journal && !xj_slice_is(s.owner, v->owner)))
        xj_v_report(v, XJ_FAULT_FEED, e->n);
    if (!recovered || s.number > counts.feed)
        counts.feed = s.number;
    xj_v_counts_put(v, s.owner, &counts);
    free(s.items);
}

/* ---- the walk through a ledger ---- */

static void own(struct xj_verify *v, const struct xj_entry *e, size_t place)
{
    struct xj_header h;
    struct xj_v_counts counts;
    unsigned field;
    v->judged_at[place] = UINT64_MAX;
    if (!xj_v_good(v, xj_header_decode(e->head, &h, &field)))
        return;
    struct xj_slice owner = xj_slice_cstr(v->owner);
    struct xj_hash digest = xj_header_digest(e->head);
    struct xj_v_own note;
    memset(&note, 0, sizeof note);
    note.place = place;
    note.number = h.number;
    note.id = h.id;
    note.back = v->recovering;
    xj_v_counted(v, XJ_V_NUMBERING);
    xj_v_counts_get(v, owner, &counts);
    if (h.number != counts.number + 1)
        xj_v_report(v, XJ_FAULT_OWN_NUMBER, e->n);
    else if (h.has_previous && !xj_hash_eq(&h.previous, &counts.last)) /* nil exactly for 1: the header's own rule */
        xj_v_report(v, XJ_FAULT_PREVIOUS, e->n);
    counts.number = h.number;
    counts.last = digest;
    xj_v_counts_put(v, owner, &counts);
    (void)xj_v_put(v, XJ_NOTE_ANSWERED, xj_hash_slice(&digest), &note, sizeof note);
    (void)xj_v_put(v, XJ_NOTE_FROM, xj_hash_slice(&digest), v->owner, strlen(v->owner) + 1);
}

/* Marks an own message answered. False (and reported) when there is none, or it is answered. */
static bool answer(struct xj_verify *v, uint64_t n, const struct xj_hash *message, uint64_t register_number,
                   bool is_refusal, struct xj_v_own *ret)
{
    xj_v_counted(v, XJ_V_NUMBERING);
    if (!xj_v_get(v, XJ_NOTE_ANSWERED, xj_hash_slice(message), ret, sizeof *ret)) {
        xj_v_report(v, XJ_FAULT_ANSWER, n);
        return false;
    }
    if (ret->answered) {
        xj_v_report(v, XJ_FAULT_ANSWER_TWICE, n);
        return false;
    }
    ret->answered = true;
    ret->refused = is_refusal;
    v->judged_at[ret->place] = register_number;
    return xj_v_put(v, XJ_NOTE_ANSWERED, xj_hash_slice(message), ret, sizeof *ret);
}

static void mailbox(struct xj_verify *v, uint64_t n, const struct xj_admitted *s)
{
    uint64_t number = 0;
    struct xj_slice owner = xj_slice_cstr(v->owner);
    for (size_t i = 0; i < s->recipient_count; i++)
        if (xj_slice_eq(s->recipients[i].agency, owner))
            number = s->recipients[i].number;
    xj_v_counted(v, XJ_V_NUMBERING);
    if (number == 0 || !xj_v_mail(v, owner, number, &s->message, false))
        xj_v_report(v, XJ_FAULT_MAILBOX, n);
}

static void admitted(struct xj_verify *v, const struct xj_entry *e, size_t place)
{
    struct xj_admitted s;
    struct xj_v_own note;
    if (!xj_v_good(v, xj_admitted_decode(e->head, &s)))
        return;
    if (v->open_n != 0 && xj_hash_eq(&v->open, &s.message)) {
        v->judged_at[place - 1] = s.register_number;
        v->open_n = 0;
        mailbox(v, e->n, &s);
    } else {
        (void)answer(v, e->n, &s.message, s.register_number, false, &note);
    }
}

static void refused(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_refused s;
    struct xj_v_own note;
    if (!xj_v_good(v, xj_refused_decode(e->head, &s)))
        return;
    if (answer(v, e->n, &s.message, s.register_number, true, &note) &&
        (!xj_slice_is(s.agency, v->owner) || s.number != note.number || !xj_id_eq(&s.id, &note.id)))
        xj_v_report(v, XJ_FAULT_REFUSED, e->n);
}

static void epoch(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_id exchange;
    if (!xj_v_epoch(v, e->head, &exchange))
        return;
    if (v->has_exchange && !xj_id_eq(&v->exchange, &exchange))
        v->two_exchanges = true;
    v->exchange = exchange;
    v->has_exchange = true;
}

static void row(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    struct xj_recovery recovery;
    (void)leaf;
    if (e->kind == XJ_ENTRY_OWN)
        own(v, e, place);
    if (e->kind == XJ_ENTRY_ADMITTED)
        admitted(v, e, place);
    if (e->kind == XJ_ENTRY_REFUSED)
        refused(v, e);
    if (v->open_n != 0) /* the entry before was a received one, and this is not its statement */
        xj_v_report(v, XJ_FAULT_ALONE, v->open_n);
    v->open_n = 0;
    if (e->kind == XJ_ENTRY_STORED)
        xj_v_stored(v, e, false);
    if (e->kind == XJ_ENTRY_DELIVERED)
        xj_v_delivered(v, e, false);
    if (e->kind == XJ_ENTRY_RECOVERED)
        xj_v_recovered(v, e);
    if (e->kind == XJ_ENTRY_RECOVERY && xj_v_good(v, xj_recovery_decode(e->head, &recovery))) {
        v->recovering = true;
        v->lost = recovery.lost;
    }
    if (e->kind == XJ_ENTRY_UNRECOVERED)
        xj_v_unrecovered(v, e);
    if (e->kind == XJ_ENTRY_EPOCH)
        epoch(v, e);
    if (e->kind == XJ_ENTRY_RECEIVED) {
        v->open_n = e->n;
        v->open = xj_header_digest(e->head);
        v->judged_at[place] = UINT64_MAX;
    }
}

void xj_v_numbering_ledger(struct xj_verify *v)
{
    v->open_n = 0;
    xj_v_rows(v, row);
    if (v->open_n != 0)
        xj_v_report(v, XJ_FAULT_ALONE, v->open_n);
}
