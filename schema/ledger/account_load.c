/* The pass over a file that finds what it has in common with another account. Spec: spec/17-reconcile.md, section 2. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/account_private.h"
#include "schema/trust/register.h"
#include "schema/wire/statement.h"

/* A list that grows; the count lies in the account. */
#define GROW(list, count) grow((void **)&(list), (count), sizeof *(list))

struct load {
    struct xj_account *a;
    struct xj_slice own, other;
    bool with_journal, copies; /* the other is a journal; both are of one owner: register only */
    struct xj_memory_store *by_digest; /* message digest: index into messages */
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_buf value, open_head; /* of the message entry directly before, in a journal */
    uint64_t open_n;
    uint64_t number;     /* a journal: the other's last consumed submission */
    enum xj_err err;
};

/* Room for one more behind count elements of size bytes: for twice as many whenever count is a power of two. False when memory is out. */
static bool grow(void **list, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0)
        return true;
    void *grown = realloc(*list, (count == 0 ? 1 : 2 * count) * size);
    if (grown == NULL)
        return false;
    *list = grown;
    return true;
}

/* ---- messages ---- */

static struct xj_acc_message *add_message(struct load *l, struct xj_slice from, uint64_t number, const struct xj_id *id,
                                          const struct xj_hash *digest, uint64_t n)
{
    struct xj_account *a = l->a;
    struct xj_store index = xj_memory_store_of(l->by_digest);
    size_t at = a->message_count;
    if (!GROW(a->messages, at)) {
        l->err = XJ_ENOMEM;
        return NULL;
    }
    struct xj_acc_message *m = &a->messages[at];
    memset(m, 0, sizeof *m);
    memcpy(m->from, from.p, from.n <= XJ_MAX_AGENCY_BYTES ? from.n : XJ_MAX_AGENCY_BYTES);
    m->number = number;
    m->id = *id;
    m->digest = *digest;
    m->judged_at = UINT64_MAX;
    m->n = n;
    a->message_count++;
    l->err = index.put(index.ctx, xj_hash_slice(digest), xj_slice_of(&at, sizeof at));
    return m;
}

static struct xj_acc_message *find_message(struct load *l, const struct xj_hash *digest)
{
    struct xj_store index = xj_memory_store_of(l->by_digest);
    size_t at;
    const enum xj_err err = index.get(index.ctx, xj_hash_slice(digest), &l->value);
    if (err != XJ_OK && err != XJ_ENOTFOUND)
        l->err = err;
    if (err != XJ_OK || l->value.n != sizeof at)
        return NULL;
    memcpy(&at, l->value.p, sizeof at);
    return &l->a->messages[at];
}

static void ledger_message(struct load *l, const struct xj_entry *e)
{
    unsigned field;
    if (!xj_acc_good(l->a, xj_header_decode(e->head, &l->header, &field)) || xj_slice_eq(l->header.from, l->own) != (e->kind == XJ_ENTRY_OWN))
        return;
    struct xj_hash digest = xj_header_digest(e->head);
    (void)add_message(l, l->header.from, l->header.number, &l->header.id, &digest, e->n); /* failure: l->err */
}

static void answer_with(struct xj_acc_message *m, const struct xj_entry *e, const char *context, uint64_t register_number)
{
    if (m->answer_kind != XJ_ENTRY_INVALID)
        return; /* the first counts; a second is the verifier's finding */
    m->answer_kind = e->kind;
    m->answer = xj_digest(context, e->head);
    m->answer_n = e->n;
    m->judged_at = register_number;
}

/* The mailbox numbers that an admitted statement gives to the two owners. */
static void place(struct load *l, struct xj_acc_message *m)
{
    for (size_t i = 0; i < l->admitted.recipient_count; i++) {
        const struct xj_st_recipient *r = &l->admitted.recipients[i];
        if (xj_slice_eq(r->agency, l->own))
            m->mail_own = r->number;
        if (xj_slice_eq(r->agency, l->other))
            m->mail_other = r->number;
    }
}

static void ledger_admitted(struct load *l, const struct xj_entry *e)
{
    struct xj_acc_message *m = xj_acc_good(l->a, xj_admitted_decode(e->head, &l->admitted)) ? find_message(l, &l->admitted.message) : NULL;
    if (m == NULL || m->answer_kind != XJ_ENTRY_INVALID)
        return;
    answer_with(m, e, XJ_CTX_ADMITTED, l->admitted.register_number);
    place(l, m);
    m->shared = l->with_journal || xj_slice_is(l->other, m->from) || m->mail_other != 0;
    if (m->mail_own > l->a->mailbox)
        l->a->mailbox = m->mail_own;
}

static void ledger_refused(struct load *l, const struct xj_entry *e)
{
    struct xj_refused s;
    struct xj_acc_message *m = xj_acc_good(l->a, xj_refused_decode(e->head, &s)) ? find_message(l, &s.message) : NULL;
    if (m == NULL)
        return;
    answer_with(m, e, XJ_CTX_REFUSED, s.register_number);
    m->shared = l->with_journal;
}

/* ---- a journal's messages: each directly before its answer ---- */

static bool keep_open(struct load *l, const struct xj_entry *e)
{
    xj_buf_reset(&l->open_head);
    xj_buf_add_slice(&l->open_head, e->head);
    l->open_n = l->open_head.err == XJ_OK ? e->n : 0;
    return l->open_head.err != XJ_ENOMEM;
}

static void journal_admitted(struct load *l, const struct xj_entry *e)
{
    unsigned field;
    if (l->open_n + 1 != e->n || !xj_acc_good(l->a, xj_admitted_decode(e->head, &l->admitted)) ||
        !xj_acc_good(l->a, xj_header_decode(xj_buf_slice(&l->open_head), &l->header, &field)))
        return;
    struct xj_acc_message about = {.shared = true};
    struct xj_hash digest = xj_header_digest(xj_buf_slice(&l->open_head));
    const bool sent = xj_slice_eq(l->header.from, l->other);
    place(l, &about);
    if (!xj_hash_eq(&digest, &l->admitted.message) || (!sent && about.mail_other == 0))
        return;
    if (sent)
        l->number = l->header.number;
    struct xj_acc_message *m = add_message(l, l->header.from, l->header.number, &l->header.id, &digest, l->open_n);
    if (m == NULL)
        return;
    m->shared = true;
    m->mail_other = about.mail_other;
    answer_with(m, e, XJ_CTX_ADMITTED, l->admitted.register_number);
}

/* An id used again consumes its number only if that is the next one (spec 04, 5.2): then the agency has no entry for it. */
static void journal_refused(struct load *l, const struct xj_entry *e)
{
    struct xj_refused s;
    if (l->open_n + 1 != e->n || !xj_acc_good(l->a, xj_refused_decode(e->head, &s)) || !xj_slice_eq(s.agency, l->other) ||
        (xj_slice_is(s.code, "id_reused") && s.number != l->number + 1))
        return;
    l->number = s.number;
    struct xj_acc_message *m = add_message(l, s.agency, s.number, &s.id, &s.message, l->open_n);
    if (m == NULL)
        return;
    m->shared = true;
    answer_with(m, e, XJ_CTX_REFUSED, s.register_number);
}

/* ---- statements of storage ---- */

static void stored(struct load *l, const struct xj_entry *e)
{
    struct xj_stored s;
    struct xj_account *a = l->a;
    if (!xj_acc_good(l->a, xj_stored_decode(e->head, &s)))
        return;
    const bool own = xj_slice_eq(s.agency, l->own);
    if (!own && !xj_slice_eq(s.agency, l->other))
        return;
    if (!GROW(a->stored, a->stored_count)) {
        l->err = XJ_ENOMEM;
        return;
    }
    struct xj_acc_stored *r = &a->stored[a->stored_count++];
    *r = (struct xj_acc_stored){.own = own, .first = s.first, .last = s.last, .ledger_size = s.ledger_size, .n = e->n,
                                .register_number = s.register_number, .ledger_head = s.ledger_head};
    r->digest = xj_digest(XJ_CTX_STORED, e->head);
    r->shared = !own || l->with_journal; /* else by what it covers: share_stored */
}

static void delivered(struct load *l, const struct xj_entry *e)
{
    struct xj_delivered s;
    struct xj_account *a = l->a;
    if (!xj_acc_good(l->a, xj_delivered_decode(e->head, &s)))
        return;
    free(s.items);
    const bool numbered = a->kind == XJ_ACCOUNT_JOURNAL || l->with_journal;
    const struct xj_slice owner = a->kind == XJ_ACCOUNT_JOURNAL ? l->other : l->own;
    if (!xj_slice_eq(s.owner, owner) || (!numbered && !xj_slice_eq(s.recipient, l->other)))
        return;
    if (!GROW(a->delivered, a->delivered_count)) {
        l->err = XJ_ENOMEM;
        return;
    }
    a->delivered[a->delivered_count++] = (struct xj_acc_delivered){.number = s.number, .register_number = s.register_number, .n = e->n,
                                                                    .digest = xj_digest(XJ_CTX_DELIVERED, e->head), .stored = s.stored};
}

/* What the other said of its ledger in a HELLO that began an epoch: [agency, store id, epoch, size, head]. */
static void epoch(struct load *l, const struct xj_entry *e)
{
    struct xj_doc doc;
    struct xj_acc_claim claim = {.n = e->n};
    struct xj_account *a = l->a;
    if (a->kind != XJ_ACCOUNT_JOURNAL || !xj_acc_good(l->a, xj_doc_open(&doc, e->head, 16)))
        return;
    struct xj_cur c = xj_cur_over(&doc.root, 5, 5);
    const struct xj_slice agency = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    xj_take_bin_to(&c, claim.store_id.b, XJ_ID_SIZE);
    (void)xj_take_uint(&c, UINT64_MAX);
    claim.size = xj_take_uint(&c, INT64_MAX);
    xj_take_bin_to(&c, claim.head.b, XJ_HASH_SIZE);
    const bool about_other = xj_cur_end(&c) == XJ_OK && xj_slice_eq(agency, l->other);
    xj_doc_close(&doc);
    if (about_other && !GROW(a->claims, a->claim_count))
        l->err = XJ_ENOMEM;
    else if (about_other)
        a->claims[a->claim_count++] = claim;
}

/* A ledger's own, and in a journal the other's, after which what the exchange noted of the lost ledger counts for nothing. */
static void recovered(struct load *l, const struct xj_entry *e)
{
    struct xj_recovered s;
    struct xj_account *a = l->a;
    const bool journal = a->kind == XJ_ACCOUNT_JOURNAL;
    if (!xj_acc_good(l->a, xj_recovered_decode(e->head, &s)) || !xj_slice_eq(s.agency, journal ? l->other : l->own))
        return;
    if (journal)
        a->claim_count = 0;
    a->was_lost = !journal;
    a->lost_mailbox = s.lost.mailbox;
    a->lost_size = s.lost.size;
}

static void registered(struct load *l, const struct xj_entry *e)
{
    struct xj_account *a = l->a;
    struct xj_store facts = xj_memory_store_of(a->inside->facts);
    if (a->inside->register_broken)
        return;
    if (!GROW(a->registered, a->register_count)) {
        l->err = XJ_ENOMEM;
        return;
    }
    const enum xj_err err = xj_reg_apply(&facts, a->inside->root_key, e->head, e->sig, NULL);
    if (err == XJ_ENOMEM)
        l->err = err;
    else if (err != XJ_OK)
        a->inside->register_broken = true;
    else
        a->registered[a->register_count++] = xj_digest(XJ_CTX_REGISTER, e->head);
}

/* ---- the pass ---- */

static bool row(void *arg, const struct xj_entry *e)
{
    struct load *l = arg;
    const bool journal = l->a->kind == XJ_ACCOUNT_JOURNAL;
    if (e->kind == XJ_ENTRY_REGISTER)
        registered(l, e);
    else if (l->copies)
        return l->err == XJ_OK;
    else if (e->kind == XJ_ENTRY_OWN || e->kind == XJ_ENTRY_RECEIVED)
        ledger_message(l, e);
    else if (e->kind == XJ_ENTRY_ADMITTED)
        (journal ? journal_admitted : ledger_admitted)(l, e);
    else if (e->kind == XJ_ENTRY_REFUSED)
        (journal ? journal_refused : ledger_refused)(l, e);
    else if (e->kind == XJ_ENTRY_STORED)
        stored(l, e);
    else if (e->kind == XJ_ENTRY_DELIVERED)
        delivered(l, e);
    else if (e->kind == XJ_ENTRY_EPOCH)
        epoch(l, e);
    else if (e->kind == XJ_ENTRY_RECOVERED)
        recovered(l, e);
    else if (e->kind == XJ_ENTRY_MESSAGE && !keep_open(l, e))
        l->err = XJ_ENOMEM;
    return l->err == XJ_OK;
}

static int by_sender(const void *a, const void *b)
{
    const struct xj_acc_message *x = a, *y = b;
    const int c = strcmp(x->from, y->from);
    return c != 0 ? c : x->number != y->number ? (x->number < y->number ? -1 : 1) : (x->n > y->n) - (x->n < y->n);
}

static int compare(uint64_t x, uint64_t y)
{
    return (x > y) - (x < y);
}

/* Own ones come first. */
static int by_first(const void *a, const void *b)
{
    const struct xj_acc_stored *x = a, *y = b;
    return 4 * compare(y->own, x->own) + 2 * compare(x->first, y->first) + compare(x->n, y->n);
}

static int by_number(const void *a, const void *b)
{
    const struct xj_acc_delivered *x = a, *y = b;
    return 2 * compare(x->number, y->number) + compare(x->n, y->n);
}

/* What came from third agencies and is not the other's, too, is not between the two. */
static void drop_strangers(struct xj_account *a)
{
    size_t kept = 0;
    for (size_t i = 0; i < a->message_count; i++)
        if (a->messages[i].shared || strcmp(a->messages[i].from, a->owner) == 0)
            a->messages[kept++] = a->messages[i];
    a->message_count = kept;
}

static int by_uint(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return compare(x, y);
}

/* Between two agencies a statement is known to both when it covers a message that the other sent: that sender is told of it. */
static enum xj_err share_stored(struct xj_account *a, const char *other)
{
    uint64_t *mail = calloc(a->message_count + 1, sizeof *mail);
    size_t count = 0, at = 0;
    if (mail == NULL)
        return XJ_ENOMEM;
    for (size_t i = 0; i < a->message_count; i++)
        if (a->messages[i].mail_own != 0 && strcmp(a->messages[i].from, other) == 0)
            mail[count++] = a->messages[i].mail_own;
    qsort(mail, count, sizeof *mail, by_uint);
    for (size_t i = 0; i < a->stored_count; i++) { /* own ones come first, ascending */
        struct xj_acc_stored *s = &a->stored[i];
        while (at < count && mail[at] < s->first)
            at++;
        s->shared = s->shared || (at < count && mail[at] <= s->last); /* the others' are, all of them */
    }
    free(mail);
    return XJ_OK;
}

static void sort(void *list, size_t count, size_t size, int (*order)(const void *, const void *))
{
    if (count > 1)
        qsort(list, count, size, order);
}

enum xj_err xj_account_load(struct xj_account *a, const struct xj_account *other)
{
    if (a->kind == XJ_ACCOUNT_NOTE)
        return XJ_OK;
    struct load *l = calloc(1, sizeof *l);
    if (l == NULL)
        return XJ_ENOMEM;
    l->a = a;
    l->own = xj_slice_cstr(a->owner);
    l->other = xj_slice_cstr(other->owner);
    l->copies = strcmp(a->owner, other->owner) == 0;
    l->with_journal = strcmp(other->owner, "exchange") == 0;
    l->by_digest = xj_memory_store_new();
    xj_buf_init(&l->value, 64);
    xj_buf_init(&l->open_head, XJ_MAX_FRAME_BYTES);
    enum xj_err err = l->by_digest == NULL ? XJ_ENOMEM : xj_acc_rows(a, row, l);
    if (err == XJ_OK)
        err = l->err != XJ_OK ? l->err : a->inside->err;
    if (a->kind == XJ_ACCOUNT_LEDGER)
        drop_strangers(a);
    sort(a->messages, a->message_count, sizeof *a->messages, by_sender);
    sort(a->stored, a->stored_count, sizeof *a->stored, by_first);
    sort(a->delivered, a->delivered_count, sizeof *a->delivered, by_number);
    if (err == XJ_OK && a->kind == XJ_ACCOUNT_LEDGER && !l->with_journal)
        err = share_stored(a, other->owner);
    xj_memory_store_free(l->by_digest);
    xj_buf_free(&l->value);
    xj_buf_free(&l->open_head);
    free(l);
    return err;
}
