/* P5, nothing missing: the numbers of all submissions and of the whole mailbox. Spec 16, section 6. */
#include <stdlib.h>
#include <string.h>

#include "schema/evidence/judge_private.h"

/* What was found, each code once. */
struct walk {
    struct xj_ev_judge *j;
    struct xj_ev_book *k;
    struct xj_hash *own, *mail; /* digests by number - 1 */
    uint64_t last;              /* up to which the owner's stored statements go */
    bool bad_own, bad_answer, bad_stored, bad_signature, bad_case, unknown, past;
};

static void note_sound(struct walk *w, enum xj_ev_sound sound)
{
    w->bad_signature |= sound == XJ_EV_UNSOUND;
    w->unknown |= sound == XJ_EV_UNKNOWN;
}

/* A header of this case must be one of the bundle's messages. */
static void note_case(struct walk *w, const struct xj_header *h, const struct xj_hash *digest)
{
    if (xj_id_eq(&h->case_id, &w->k->b->case_id) && xj_ev_message_of(w->k, digest) == NULL)
        w->bad_case = true;
}

static bool read_header(struct walk *w, struct xj_slice bytes)
{
    unsigned field;
    enum xj_err err = xj_header_decode(bytes, w->j->header, &field);
    if (err != XJ_OK)
        w->j->err = XJ_ENOMEM; /* it was decoded when the bundle was */
    return err == XJ_OK;
}

static void later_of(int64_t *until, int64_t t)
{
    *until = *until > t ? *until : t;
}

/* ---- submissions ---- */

static void own_answer(struct walk *w, const struct xj_ev_own *o, const struct xj_hash *digest)
{
    const struct xj_slice exchange = {NULL, 0};
    struct xj_refused r;
    if (o->kind == XJ_ENTRY_INVALID)
        return;
    if (o->kind == XJ_ENTRY_REFUSED) {
        if (!xj_ev_good(w->j, xj_refused_decode(o->answer.head, &r)))
            return;
        w->bad_answer |= !xj_hash_eq(&r.message, digest);
        note_sound(w, xj_ev_sound(w->j, w->k, XJ_CTX_REFUSED, exchange, r.register_number, o->answer));
        later_of(&w->k->own_until_ms, r.time_ms);
        return;
    }
    const struct xj_admitted *a = w->j->admitted;
    if (!xj_ev_good(w->j, xj_admitted_decode(o->answer.head, w->j->admitted)))
        return;
    w->bad_answer |= !xj_hash_eq(&a->message, digest);
    note_sound(w, xj_ev_sound(w->j, w->k, XJ_CTX_ADMITTED, exchange, a->register_number, o->answer));
    later_of(&w->k->own_until_ms, a->time_ms);
}

static void submissions(struct walk *w)
{
    const struct xj_bundle *b = w->k->b;
    for (size_t i = 0; i < b->sequence_own_count && w->j->err == XJ_OK; i++) {
        const struct xj_ev_own *o = &b->sequence_own[i];
        const struct xj_header *h = w->j->header;
        if (!read_header(w, o->header))
            return;
        w->own[i] = xj_header_digest(o->header);
        bool chained = i == 0 || xj_hash_eq(&h->previous, &w->own[i - 1]); /* zeros where there is none */
        w->bad_own |= !xj_slice_eq(h->from, b->owner) || h->number != i + 1 || !chained;
        note_case(w, h, &w->own[i]);
        own_answer(w, o, &w->own[i]);
    }
}

/* ---- mailbox ---- */

static void mailbox(struct walk *w)
{
    const struct xj_bundle *b = w->k->b;
    const struct xj_slice exchange = {NULL, 0};
    for (size_t i = 0; i < b->sequence_mail_count && w->j->err == XJ_OK; i++) {
        const struct xj_ev_received *r = &b->sequence_mail[i];
        const struct xj_admitted *a = w->j->admitted;
        uint64_t number = 0;
        if (!read_header(w, r->header) || !xj_ev_good(w->j, xj_admitted_decode(r->admitted.head, w->j->admitted)))
            return;
        w->mail[i] = xj_header_digest(r->header);
        for (size_t n = 0; n < a->recipient_count; n++)
            if (xj_slice_eq(a->recipients[n].agency, b->owner))
                number = a->recipients[n].number;
        w->bad_answer |= !xj_hash_eq(&a->message, &w->mail[i]) || number != i + 1;
        note_sound(w, xj_ev_sound(w->j, w->k, XJ_CTX_ADMITTED, exchange, a->register_number, r->admitted));
        note_case(w, w->j->header, &w->mail[i]);
        if (i < w->last)
            later_of(&w->k->mail_until_ms, a->time_ms);
    }
}

/* The owner's own words about its mailbox, one after the other. Digests must be there. */
static void stored(struct walk *w)
{
    const struct xj_bundle *b = w->k->b;
    uint64_t next = 1;
    for (size_t i = 0; i < b->sequence_stored_count && w->j->err == XJ_OK; i++) {
        const struct xj_ev_signed *st = &b->sequence_stored[i];
        struct xj_stored s;
        if (!xj_ev_good(w->j, xj_stored_decode(st->head, &s)))
            return;
        note_sound(w, xj_ev_sound(w->j, w->k, XJ_CTX_STORED, s.agency, s.register_number, *st));
        if (!xj_slice_eq(s.agency, b->owner) || s.first != next || s.last > b->sequence_mail_count) {
            w->bad_stored = true;
            return;
        }
        const size_t count = (size_t)(s.last - s.first + 1);
        struct xj_hash *leaves = calloc(count, sizeof *leaves);
        if (leaves == NULL) {
            w->j->err = XJ_ENOMEM;
            return;
        }
        for (size_t n = 0; n < count; n++)
            leaves[n] = xj_tree_mail_leaf(s.first + n, &w->mail[s.first + n - 1]);
        struct xj_hash root = xj_tree_root(leaves, count);
        w->bad_stored |= !xj_hash_eq(&root, &s.root);
        free(leaves);
        next = s.last + 1;
    }
}

/* Where the stored statements end, before anything of theirs is checked. */
static uint64_t last_stored(struct walk *w, const struct xj_bundle *b)
{
    struct xj_stored s;
    if (b->sequence_stored_count == 0 || !xj_ev_good(w->j, xj_stored_decode(b->sequence_stored[b->sequence_stored_count - 1].head, &s)))
        return 0;
    return s.last;
}

/* ---- the bundle's messages in it ---- */

static void messages(struct walk *w)
{
    const struct xj_bundle *b = w->k->b;
    for (size_t i = 0; i < w->k->message_count; i++) {
        const struct xj_ev_message *m = &w->k->messages[i];
        if (m->own) {
            const bool within = m->number <= b->sequence_own_count;
            w->bad_case |= within && !xj_hash_eq(&w->own[m->number - 1], &m->digest);
            w->past |= !within;
        } else if (m->admitted && m->mailbox > 0) {
            const bool within = m->mailbox <= b->sequence_mail_count;
            w->bad_case |= within && !xj_hash_eq(&w->mail[m->mailbox - 1], &m->digest);
            w->past |= m->mailbox > w->last;
        } else {
            w->past = true;
        }
    }
}

static struct xj_ev_finding found(const struct walk *w)
{
    if (w->bad_own)
        return xj_ev_contra("sequence_own");
    if (w->bad_answer)
        return xj_ev_contra("sequence_answer");
    if (w->bad_stored)
        return xj_ev_contra("sequence_stored");
    if (w->bad_signature)
        return xj_ev_contra("sequence_signature");
    if (w->bad_case)
        return xj_ev_contra("sequence_case");
    if (w->unknown)
        return xj_ev_open("register_short");
    return w->past ? xj_ev_open("sequence_short") : XJ_EV_HOLDS;
}

void xj_ev_sequence(struct xj_ev_judge *j, struct xj_ev_book *k)
{
    struct xj_ev_item item = xj_ev_whole(k, XJ_CLAIM_PLACE, "sequence");
    struct walk w = {.j = j, .k = k};
    k->sequence = xj_ev_open("sequence_absent");
    k->own_until_ms = k->mail_until_ms = INT64_MIN;
    if (k->b->has_sequence) {
        w.own = calloc(k->b->sequence_own_count + 1, sizeof *w.own);
        w.mail = calloc(k->b->sequence_mail_count + 1, sizeof *w.mail);
        w.last = last_stored(&w, k->b);
        if (w.own == NULL || w.mail == NULL) {
            j->err = XJ_ENOMEM;
        } else {
            submissions(&w);
            mailbox(&w);
            stored(&w);
            messages(&w);
        }
        k->sequence = found(&w);
        item.has_from = item.has_to = true;
        item.from = (int64_t)k->b->sequence_own_count;
        item.to = (int64_t)(w.last > INT64_MAX ? INT64_MAX : w.last);
        free(w.own);
        free(w.mail);
    }
    xj_ev_add(j, item, k->sequence);
}
