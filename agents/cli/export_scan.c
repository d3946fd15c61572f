/* Two walks through the ledger: what it holds of the case, and which statements speak of that. */
#include <stdlib.h>
#include <string.h>

#include "agents/cli/export_private.h"
#include "schema/ledger/told.h"
#include "schema/wire/destroyed.h"

/* ---- the first walk ---- */

struct first {
    struct xj_ex *x;
    bool received;          /* the entry before was a received message */
    struct xj_hash pending; /* its digest */
    bool pending_ours;      /* of the case */
    struct xj_slice header; /* kept, with the sequence */
};

static void own_message(struct xj_ex *x, const struct xj_entry *e, const struct xj_hash *digest)
{
    struct xj_ev_own one = {.header = {NULL, 0}};
    xj_ex_push(x, &x->own, digest);
    if (!x->o->with_sequence)
        return;
    one.header = xj_ex_keep(x, e->head);
    xj_ex_push(x, &x->sequence_own, &one);
}

static void message(struct first *f, const struct xj_entry *e)
{
    struct xj_ex *x = f->x;
    unsigned field;
    if (xj_header_decode(e->head, x->header, &field) != XJ_OK) {
        xj_ex_fail(x, XJ_ECORRUPT);
        return;
    }
    struct xj_ex_message m = {.n = e->n, .id = x->header->id, .digest = xj_header_digest(e->head), .own = e->kind == XJ_ENTRY_OWN};
    const bool ours = xj_id_eq(&x->header->case_id, &x->o->case_id);
    if (ours)
        xj_ex_push(x, &x->messages, &m);
    if (m.own) {
        own_message(x, e, &m.digest);
        return;
    }
    f->received = true;
    f->pending = m.digest;
    f->pending_ours = ours;
    if (x->o->with_sequence)
        f->header = xj_ex_keep(x, e->head);
}

/* The admitted statement behind a received message gives it its mailbox number. */
static void received(struct first *f, const struct xj_entry *e)
{
    struct xj_ex *x = f->x;
    uint64_t number = 0;
    if (xj_admitted_decode(e->head, x->admitted) != XJ_OK) {
        xj_ex_fail(x, XJ_ECORRUPT);
        return;
    }
    for (size_t i = 0; i < x->admitted->recipient_count; i++)
        if (xj_slice_is(x->admitted->recipients[i].agency, x->owner))
            number = x->admitted->recipients[i].number;
    if (!xj_hash_eq(&x->admitted->message, &f->pending) || number != xj_ex_count(&x->mail) + 1)
        return; /* a ledger that verifies has none such; what is missing then shows in the claims */
    xj_ex_push(x, &x->mail, &f->pending);
    if (f->pending_ours)
        ((struct xj_ex_message *)xj_ex_at(&x->messages, xj_ex_count(&x->messages) - 1))->mailbox = number;
    if (x->o->with_sequence) {
        struct xj_ev_received one = {f->header, {xj_ex_keep(x, e->head), xj_ex_keep(x, e->sig)}};
        xj_ex_push(x, &x->sequence_mail, &one);
    }
}

static void stored(struct xj_ex *x, const struct xj_entry *e)
{
    struct xj_stored s;
    if (xj_stored_decode(e->head, &s) != XJ_OK) {
        xj_ex_fail(x, XJ_ECORRUPT);
        return;
    }
    struct xj_ex_stored one = {.n = e->n, .first = s.first, .last = s.last, .size = s.ledger_size,
                               .digest = xj_digest(XJ_CTX_STORED, e->head), .own = xj_slice_is(s.agency, x->owner)};
    one.of_lost = one.own && one.last <= x->lost_mailbox;
    xj_ex_push(x, &x->stored, &one);
    if (one.own && x->o->with_sequence) {
        struct xj_ev_signed kept = {xj_ex_keep(x, e->head), xj_ex_keep(x, e->sig)};
        xj_ex_push(x, &x->sequence_stored, &kept);
    }
}

static void told(struct xj_ex *x, const struct xj_entry *e)
{
    struct xj_told t;
    if (x->o->with_told && xj_told_decode(e->head, &t) == XJ_OK && xj_id_eq(&t.case_id, &x->o->case_id))
        xj_ex_push(x, &x->chosen, &e->n);
}

static void recovery(struct xj_ex *x, const struct xj_entry *e)
{
    struct xj_recovery r;
    if (xj_recovery_decode(e->head, &r) != XJ_OK)
        return; /* a ledger that verifies has none such */
    if (r.lost.mailbox > x->lost_mailbox)
        x->lost_mailbox = r.lost.mailbox;
    xj_ex_push(x, &x->chosen, &e->n);
}

static bool see_first(void *arg, const struct xj_entry *e)
{
    struct first *f = arg;
    struct xj_ex *x = f->x;
    const bool answers = f->received && e->kind == XJ_ENTRY_ADMITTED;
    f->received = false;
    x->last_ms = e->time_ms;
    if (answers)
        received(f, e);
    if (e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED)
        message(f, e);
    if (e->kind == XJ_ENTRY_STORED)
        stored(x, e);
    if (e->kind == XJ_ENTRY_REGISTER)
        xj_ex_push(x, &x->registers, &e->n);
    if (e->kind == XJ_ENTRY_TOLD)
        told(x, e);
    if (e->kind == XJ_ENTRY_RECOVERY)
        recovery(x, e);
    return x->err == XJ_OK;
}

/* ---- between the two ---- */

static int compare_key(const void *a, const void *b)
{
    const struct xj_ex_key *x = a, *y = b;
    int order = memcmp(x->digest.b, y->digest.b, XJ_HASH_SIZE);
    return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

/* Keys over a list whose elements have their digest at that offset. */
static struct xj_ex_key *keys_over(struct xj_ex *x, const struct xj_ex_list *list, size_t offset)
{
    const size_t count = xj_ex_count(list);
    struct xj_ex_key *keys = calloc(count + 1, sizeof *keys);
    if (keys == NULL) {
        xj_ex_fail(x, XJ_ENOMEM);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(keys[i].digest.b, (const uint8_t *)xj_ex_at(list, i) + offset, XJ_HASH_SIZE);
        keys[i].index = i;
    }
    if (count > 1)
        qsort(keys, count, sizeof *keys, compare_key);
    return keys;
}

/* ---- the second walk ---- */

struct second {
    struct xj_ex *x;
    struct xj_ex_key *stored; /* over x->stored */
};

static void answer(struct second *s, const struct xj_entry *e)
{
    struct xj_ex *x = s->x;
    struct xj_refused r;
    struct xj_hash digest;
    if (e->kind == XJ_ENTRY_ADMITTED) {
        if (xj_admitted_decode(e->head, x->admitted) != XJ_OK)
            return;
        digest = x->admitted->message;
    } else {
        if (xj_refused_decode(e->head, &r) != XJ_OK)
            return;
        digest = r.message;
    }
    if (xj_ex_find(x->by_digest, xj_ex_count(&x->messages), &digest) != NULL)
        xj_ex_push(x, &x->chosen, &e->n);
    const struct xj_ex_key *own = x->own_keys != NULL ? xj_ex_find(x->own_keys, xj_ex_count(&x->own), &digest) : NULL;
    if (own == NULL)
        return;
    struct xj_ev_own *o = xj_ex_at(&x->sequence_own, own->index);
    o->kind = e->kind;
    o->answer = (struct xj_ev_signed){xj_ex_keep(x, e->head), xj_ex_keep(x, e->sig)};
}

static void delivered(struct second *s, const struct xj_entry *e)
{
    struct xj_ex *x = s->x;
    struct xj_delivered d;
    bool ours = false, path = false;
    enum xj_err err = xj_delivered_decode(e->head, &d);
    if (err != XJ_OK) {
        xj_ex_fail(x, err == XJ_ENOMEM ? err : XJ_ECORRUPT);
        return;
    }
    for (size_t i = 0; i < d.item_count; i++)
        if (xj_ex_find(x->by_digest, xj_ex_count(&x->messages), &d.items[i].message) != NULL) {
            ours = true;
            path = path || d.items[i].has_path;
        }
    const struct xj_ex_key *key = xj_ex_find(s->stored, xj_ex_count(&x->stored), &d.stored);
    struct xj_ex_stored *of = key != NULL ? xj_ex_at(&x->stored, key->index) : NULL;
    if (ours)
        xj_ex_push(x, &x->chosen, &e->n);
    if (path && of != NULL)
        xj_ex_push(x, &x->chosen, &of->n);
    if (of != NULL && of->own && xj_slice_is(d.recipient, x->owner) && !of->confirmed) {
        of->confirmed = true;
        of->confirmed_by = e->n;
    }
    free(d.items);
}

static bool is_of_case(const struct xj_ex *x, const struct xj_id *id)
{
    for (size_t i = 0; i < xj_ex_count(&x->messages); i++)
        if (xj_id_eq(&((const struct xj_ex_message *)xj_ex_at(&x->messages, i))->id, id))
            return true;
    return false;
}

/* What this ledger says of an order that took something of the case. */
static void destroyed(struct xj_ex *x, const struct xj_entry *e)
{
    struct xj_destroyed d;
    bool ours = false;
    enum xj_err err = xj_destroyed_decode(e->head, &d);
    if (err != XJ_OK)
        xj_ex_fail(x, err == XJ_ENOMEM ? err : XJ_ECORRUPT);
    for (size_t i = 0; err == XJ_OK && xj_slice_is(d.holder, x->owner) && i < d.message_count && !ours; i++)
        ours = is_of_case(x, &d.messages[i]);
    if (ours)
        xj_ex_push(x, &x->chosen, &e->n);
    xj_destroyed_free(&d);
}

static bool see_second(void *arg, const struct xj_entry *e)
{
    struct second *s = arg;
    if (e->kind == XJ_ENTRY_ADMITTED || e->kind == XJ_ENTRY_REFUSED)
        answer(s, e);
    if (e->kind == XJ_ENTRY_DELIVERED)
        delivered(s, e);
    if (e->kind == XJ_ENTRY_DESTROYED)
        destroyed(s->x, e);
    return s->x->err == XJ_OK;
}

/* ---- what is chosen besides ---- */

/* The owner's own statements over the case's mail, and the newest one that the exchange is known to have: it commits the
 * owner to its ledger as far as any can. */
static void choose_stored(struct xj_ex *x)
{
    const struct xj_ex_stored *newest = NULL;
    for (size_t i = 0; i < xj_ex_count(&x->stored); i++) {
        const struct xj_ex_stored *s = xj_ex_at(&x->stored, i);
        bool covers = false;
        if (!s->own)
            continue;
        for (size_t k = 0; k < xj_ex_count(&x->messages) && !covers; k++) {
            const struct xj_ex_message *m = xj_ex_at(&x->messages, k);
            covers = m->mailbox > 0 && m->mailbox >= s->first && m->mailbox <= s->last;
        }
        if (covers)
            xj_ex_push(x, &x->chosen, &s->n);
        if (s->confirmed)
            newest = s;
    }
    if (newest == NULL)
        return;
    xj_ex_push(x, &x->chosen, &newest->n);
    xj_ex_push(x, &x->chosen, &newest->confirmed_by);
}

static int compare_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void sort_chosen(struct xj_ex *x)
{
    uint64_t *list = xj_ex_at(&x->chosen, 0);
    const size_t count = xj_ex_count(&x->chosen);
    size_t kept = 0;
    if (count > 1)
        qsort(list, count, sizeof *list, compare_number);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || list[i] != list[i - 1])
            list[kept++] = list[i];
    x->chosen.bytes.n = kept * sizeof *list;
    if (kept > XJ_EV_ENTRIES_MAX)
        xj_ex_fail(x, XJ_ELIMIT);
}

void xj_ex_scan(struct xj_ex *x)
{
    struct first f = {.x = x};
    struct second s = {.x = x};
    xj_ex_fail(x, xj_log_scan(x->log, 1, see_first, &f));
    if (x->err == XJ_OK && xj_ex_count(&x->messages) == 0)
        xj_ex_fail(x, XJ_ENOTFOUND);
    if (x->err != XJ_OK)
        return;
    x->by_digest = keys_over(x, &x->messages, offsetof(struct xj_ex_message, digest));
    s.stored = keys_over(x, &x->stored, offsetof(struct xj_ex_stored, digest));
    if (x->o->with_sequence)
        x->own_keys = keys_over(x, &x->own, 0);
    for (size_t i = 0; i < xj_ex_count(&x->messages); i++)
        xj_ex_push(x, &x->chosen, &((const struct xj_ex_message *)xj_ex_at(&x->messages, i))->n);
    if (x->err == XJ_OK)
        xj_ex_fail(x, xj_log_scan(x->log, 1, see_second, &s));
    if (x->err == XJ_OK)
        choose_stored(x);
    if (x->err == XJ_OK)
        sort_chosen(x);
    free(s.stored);
}
