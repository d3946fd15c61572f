#include "schema/ledger/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "schema/ledger/account_private.h"
#include "schema/ledger/reconcile_private.h"

void xj_reconciled_free(struct xj_reconciled *r)
{
    free(r->items);
    r->items = NULL;
    r->count = 0;
}

void xj_rc_add(struct xj_reconciling *r, const struct xj_reconcile_finding *f)
{
    struct xj_reconciled *ret = r->ret;
    if ((ret->count & (ret->count - 1)) == 0) {
        struct xj_reconcile_finding *grown = realloc(ret->items, (ret->count == 0 ? 1 : 2 * ret->count) * sizeof *grown);
        if (grown == NULL) {
            r->err = XJ_ENOMEM;
            return;
        }
        ret->items = grown;
    }
    ret->items[ret->count++] = *f;
    ret->differing += f->kind == XJ_FINDING_DIFFERS;
    ret->open += f->kind == XJ_FINDING_OPEN;
}

static bool is_ledger(const struct xj_reconciling *r, unsigned side)
{
    return r->side[side]->kind == XJ_ACCOUNT_LEDGER;
}

static struct xj_reconcile_finding finding(enum xj_finding_kind kind, const char *code, enum xj_subject_kind about,
                                 const char *agency, uint64_t number)
{
    struct xj_reconcile_finding f = {.kind = kind, .code = code, .about = about, .number = number, .lacking = XJ_SIDE_NONE};
    const size_t n = strlen(agency);
    memcpy(f.agency, agency, n < sizeof f.agency ? n : sizeof f.agency - 1);
    return f;
}

/* ---- the register ---- */

void xj_rc_register(struct xj_reconciling *r)
{
    const struct xj_account *a = r->side[0], *b = r->side[1];
    const size_t both = a->register_count < b->register_count ? a->register_count : b->register_count;
    for (size_t i = 0; i < both; i++) {
        if (xj_hash_eq(&a->registered[i], &b->registered[i])) {
            r->ret->compared.registered++;
            continue;
        }
        struct xj_reconcile_finding f = finding(XJ_FINDING_DIFFERS, "register_forks", XJ_ABOUT_REGISTER, "", i + 1);
        f.signer = i == 0 ? "root" : "registrar";
        f.is_signed[0] = f.is_signed[1] = XJ_SIGNED_YES; /* both fold */
        xj_rc_add(r, &f);
        return; /* each later one names the one before */
    }
    if (a->register_count == b->register_count)
        return;
    const unsigned behind = a->register_count < b->register_count ? 0 : 1;
    const bool lost = r->side[behind]->kind == XJ_ACCOUNT_JOURNAL; /* entries reach agencies from the journal only */
    struct xj_reconcile_finding f = finding(lost ? XJ_FINDING_DIFFERS : XJ_FINDING_OPEN, lost ? "register_lost" : "register_under_way",
                                  XJ_ABOUT_REGISTER, "", both + 1);
    f.lacking = behind;
    f.signer = "registrar";
    f.is_signed[1 - behind] = XJ_SIGNED_YES;
    xj_rc_add(r, &f);
}

/* ---- messages ---- */

static struct xj_reconcile_finding message_finding(const struct xj_acc_message *m, enum xj_finding_kind kind, const char *code)
{
    struct xj_reconcile_finding f = finding(kind, code, XJ_ABOUT_MESSAGE, m->from, m->number);
    f.id = m->id;
    f.signer = m->from;
    return f;
}

/* The largest mailbox number up to which that side's owner said, anywhere in the two accounts, that it has stored. */
static uint64_t acknowledged(const struct xj_reconciling *r, unsigned side)
{
    uint64_t last = 0;
    for (unsigned s = 0; s < 2; s++)
        for (size_t i = 0; i < r->side[s]->stored_count; i++) {
            const struct xj_acc_stored *st = &r->side[s]->stored[i];
            if (st->own == (s == side) && st->last > last)
                last = st->last;
        }
    return last;
}

/* Message m of side has is not in the other account. */
static void message_lacks(struct xj_reconciling *r, unsigned has, const struct xj_acc_message *m, uint64_t stored_by_other)
{
    const unsigned lacks = 1 - has;
    const bool own = strcmp(m->from, r->side[lacks]->owner) == 0, answered = m->answer_kind != XJ_ENTRY_INVALID;
    const bool journal = r->side[lacks]->kind == XJ_ACCOUNT_JOURNAL;
    struct xj_reconcile_finding f;
    if (!m->shared && !own && !journal)
        return; /* unanswered, or not for the other: nothing that both can know */
    if (journal) {
        f = message_finding(m, answered ? XJ_FINDING_DIFFERS : XJ_FINDING_OPEN, answered ? "answer_lost" : "submission_under_way");
        f.signer = answered ? "exchange" : m->from;
    } else if (own) {
        f = message_finding(m, XJ_FINDING_DIFFERS, "message_lost");
    } else {
        const bool passed = m->mail_other <= r->side[lacks]->mailbox || m->mail_other <= stored_by_other;
        f = message_finding(m, passed ? XJ_FINDING_DIFFERS : XJ_FINDING_OPEN, passed ? "message_missing" : "message_under_way");
        f.signer = "exchange"; /* who gave it to that mailbox */
    }
    f.lacking = lacks;
    f.entry[has] = f.signer == m->from ? m->n : m->answer_n;
    f.is_signed[has] = xj_account_signed(r->side[has], f.entry[has], m->judged_at, r->reg);
    xj_rc_add(r, &f);
}

static void sign_both(struct xj_reconciling *r, struct xj_reconcile_finding *f, uint64_t a, uint64_t a_at, uint64_t b, uint64_t b_at)
{
    f->entry[0] = a;
    f->entry[1] = b;
    f->is_signed[0] = xj_account_signed(r->side[0], a, a_at, r->reg);
    f->is_signed[1] = xj_account_signed(r->side[1], b, b_at, r->reg);
}

static void message_both(struct xj_reconciling *r, const struct xj_acc_message *a, const struct xj_acc_message *b)
{
    struct xj_reconcile_finding f;
    if (!a->shared && !b->shared)
        return; /* not answered yet at either */
    if (!xj_hash_eq(&a->digest, &b->digest)) {
        f = message_finding(a, XJ_FINDING_DIFFERS, "message_differs");
        sign_both(r, &f, a->n, a->judged_at, b->n, b->judged_at);
        xj_rc_add(r, &f);
        return;
    }
    r->ret->compared.messages++;
    const bool known = a->answer_kind != XJ_ENTRY_INVALID && b->answer_kind != XJ_ENTRY_INVALID;
    if (known && xj_hash_eq(&a->answer, &b->answer)) {
        r->ret->compared.answers++;
        return;
    }
    f = message_finding(a, known ? XJ_FINDING_DIFFERS : XJ_FINDING_OPEN, known ? "answer_differs" : "answer_under_way");
    f.signer = "exchange";
    if (!known)
        f.lacking = a->answer_kind == XJ_ENTRY_INVALID ? 0 : 1;
    sign_both(r, &f, a->answer_n, UINT64_MAX, b->answer_n, UINT64_MAX);
    xj_rc_add(r, &f);
}

static int by_sender(const struct xj_acc_message *x, const struct xj_acc_message *y)
{
    const int c = strcmp(x->from, y->from);
    return c != 0 ? c : (x->number > y->number) - (x->number < y->number);
}

void xj_rc_messages(struct xj_reconciling *r)
{
    const struct xj_account *a = r->side[0], *b = r->side[1];
    const uint64_t stored[2] = {acknowledged(r, 0), acknowledged(r, 1)};
    size_t i = 0, k = 0;
    while (r->err == XJ_OK && (i < a->message_count || k < b->message_count)) {
        const int c = i == a->message_count ? 1 : k == b->message_count ? -1 : by_sender(&a->messages[i], &b->messages[k]);
        if (c < 0)
            message_lacks(r, 0, &a->messages[i++], stored[1]);
        else if (c > 0)
            message_lacks(r, 1, &b->messages[k++], stored[0]);
        else
            message_both(r, &a->messages[i++], &b->messages[k++]);
    }
}

/* ---- statements of storage ---- */

static struct xj_reconcile_finding stored_finding(const char *agency, const struct xj_acc_stored *s, enum xj_finding_kind kind, const char *code)
{
    struct xj_reconcile_finding f = finding(kind, code, XJ_ABOUT_STORED, agency, s->first);
    f.signer = agency;
    return f;
}

/* Whether an account holds a statement of its owner or of the other with that digest; NULL: none. */
static const struct xj_acc_stored *stored_of(const struct xj_account *a, bool own, uint64_t first)
{
    size_t low = 0, high = a->stored_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct xj_acc_stored *s = &a->stored[middle];
        if (s->own && !own ? true : s->own != own ? false : s->first < first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->stored_count && a->stored[low].own == own && a->stored[low].first == first ? &a->stored[low] : NULL;
}

/* The statements of that side's owner: what the other holds of them, and what it ought to. */
static void stored_by(struct xj_reconciling *r, unsigned side)
{
    struct xj_account *own = r->side[side], *other = r->side[1 - side];
    for (size_t i = 0; i < other->stored_count && r->err == XJ_OK; i++) { /* held elsewhere: the owner must have each */
        const struct xj_acc_stored *s = &other->stored[i], *mine = s->own ? NULL : stored_of(own, true, s->first);
        if (s->own)
            continue;
        if (mine != NULL && xj_hash_eq(&mine->digest, &s->digest)) {
            r->ret->compared.stored++;
            continue;
        }
        struct xj_reconcile_finding f = stored_finding(own->owner, s, XJ_FINDING_DIFFERS, mine == NULL ? "stored_lost" : "stored_differs");
        const uint64_t at[2] = {mine != NULL ? mine->n : 0, s->n};
        sign_both(r, &f, at[side], UINT64_MAX, at[1 - side], UINT64_MAX);
        f.lacking = mine == NULL ? side : XJ_SIDE_NONE;
        xj_rc_add(r, &f);
    }
    for (size_t i = 0; i < own->stored_count && r->err == XJ_OK; i++) {
        const struct xj_acc_stored *s = &own->stored[i];
        if (!s->own || !s->shared || stored_of(other, false, s->first) != NULL)
            continue;
        struct xj_reconcile_finding f = stored_finding(own->owner, s, XJ_FINDING_OPEN, "stored_under_way");
        f.lacking = 1 - side;
        f.entry[side] = s->n;
        f.is_signed[side] = xj_account_signed(own, s->n, UINT64_MAX, r->reg);
        xj_rc_add(r, &f);
    }
}

void xj_rc_stored(struct xj_reconciling *r)
{
    for (unsigned side = 0; side < 2; side++)
        if (is_ledger(r, side))
            stored_by(r, side);
}

/* ---- delivered statements ---- */

static int by_hash(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct xj_hash));
}

/* What the exchange told one side that the other had stored: the other must have said so in its ledger. */
static void told_of(struct xj_reconciling *r, unsigned side)
{
    const struct xj_account *told = r->side[side], *other = r->side[1 - side];
    struct xj_hash *said = calloc(other->stored_count + 1, sizeof *said);
    size_t count = 0;
    if (said == NULL) {
        r->err = XJ_ENOMEM;
        return;
    }
    for (size_t i = 0; i < other->stored_count; i++)
        if (other->stored[i].own)
            said[count++] = other->stored[i].digest;
    qsort(said, count, sizeof *said, by_hash);
    for (size_t i = 0; i < told->delivered_count && r->err == XJ_OK; i++) {
        const struct xj_acc_delivered *d = &told->delivered[i];
        if (bsearch(&d->stored, said, count, sizeof *said, by_hash) != NULL) {
            r->ret->compared.delivered++;
            continue;
        }
        struct xj_reconcile_finding f = finding(XJ_FINDING_DIFFERS, "stored_denied", XJ_ABOUT_FEED, told->owner, d->number);
        f.signer = "exchange";
        f.lacking = 1 - side;
        f.entry[side] = d->n;
        f.is_signed[side] = xj_account_signed(r->side[side], d->n, UINT64_MAX, r->reg);
        xj_rc_add(r, &f);
    }
    free(said);
}

static void feed_lacks(struct xj_reconciling *r, unsigned has, const char *owner, const struct xj_acc_delivered *d)
{
    const bool lost = r->side[1 - has]->kind == XJ_ACCOUNT_JOURNAL;
    struct xj_reconcile_finding f = finding(lost ? XJ_FINDING_DIFFERS : XJ_FINDING_OPEN, lost ? "feed_lost" : "feed_under_way",
                                  XJ_ABOUT_FEED, owner, d->number);
    f.signer = "exchange";
    f.lacking = 1 - has;
    f.entry[has] = d->n;
    f.is_signed[has] = xj_account_signed(r->side[has], d->n, UINT64_MAX, r->reg);
    xj_rc_add(r, &f);
}

/* The feed of the agency, as it has it and as the journal has it. */
static void feed(struct xj_reconciling *r, const char *owner)
{
    const struct xj_account *a = r->side[0], *b = r->side[1];
    size_t i = 0, k = 0;
    while (r->err == XJ_OK && (i < a->delivered_count || k < b->delivered_count)) {
        const struct xj_acc_delivered *x = i < a->delivered_count ? &a->delivered[i] : NULL,
            *y = k < b->delivered_count ? &b->delivered[k] : NULL;
        if (y == NULL || (x != NULL && x->number < y->number)) {
            feed_lacks(r, 0, owner, x);
            i++;
        } else if (x == NULL || y->number < x->number) {
            feed_lacks(r, 1, owner, y);
            k++;
        } else {
            i++;
            k++;
            if (xj_hash_eq(&x->digest, &y->digest)) {
                r->ret->compared.delivered++;
                continue;
            }
            struct xj_reconcile_finding f = finding(XJ_FINDING_DIFFERS, "feed_differs", XJ_ABOUT_FEED, owner, x->number);
            f.signer = "exchange";
            sign_both(r, &f, x->n, UINT64_MAX, y->n, UINT64_MAX);
            xj_rc_add(r, &f);
        }
    }
}

void xj_rc_delivered(struct xj_reconciling *r)
{
    if (is_ledger(r, 0) && is_ledger(r, 1)) {
        told_of(r, 0);
        told_of(r, 1);
    } else {
        feed(r, r->side[is_ledger(r, 0) ? 0 : 1]->owner);
    }
}

/* ---- the whole ---- */

static void not_checkable(struct xj_reconciling *r, const char *code)
{
    const struct xj_reconcile_finding f = finding(XJ_FINDING_NOT_CHECKABLE, code, XJ_ABOUT_NOTHING, "", 0);
    xj_rc_add(r, &f);
}

enum xj_err xj_rc_load(struct xj_reconciling *r)
{
    struct xj_account *a = r->side[0], *b = r->side[1];
    enum xj_err err = xj_account_load(a, b);
    if (err == XJ_OK)
        err = xj_account_load(b, a);
    r->reg = a->register_count >= b->register_count ? a : b;
    return err;
}

static void strangers(struct xj_reconciling *r, bool notes)
{
    r->err = xj_rc_load(r);
    if (r->err == XJ_OK && !notes) {
        xj_rc_register(r);
        xj_rc_messages(r);
        xj_rc_stored(r);
        xj_rc_delivered(r);
    }
    if (r->err == XJ_OK)
        xj_rc_heads(r);
    if (is_ledger(r, 0) && is_ledger(r, 1))
        not_checkable(r, "others");
    not_checkable(r, "silence");
}

enum xj_err xj_reconcile(struct xj_account *a, struct xj_account *b, bool whole, struct xj_reconciled *ret)
{
    struct xj_reconciling r = {.side = {a, b}, .reg = a, .ret = ret};
    memset(ret, 0, sizeof *ret);
    const bool notes = a->kind == XJ_ACCOUNT_NOTE || b->kind == XJ_ACCOUNT_NOTE;
    if (notes || strcmp(a->owner, b->owner) != 0) {
        strangers(&r, notes);
    } else {
        xj_rc_copies(&r, whole);
        if (!whole)
            not_checkable(&r, "rows");
    }
    return r.err != XJ_OK ? r.err : a->inside->err != XJ_OK ? a->inside->err : b->inside->err;
}
