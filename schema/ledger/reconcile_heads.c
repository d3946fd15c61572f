/* Claims of what a ledger looked like, held against the ledger itself: sizes and heads in stored statements, in the exchange's notes
 * of HELLO, and in checkpoint notes. Spec: spec/17-reconcile.md, section 3, items 5 and 6. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/reconcile_private.h"

struct claim {
    uint64_t size, n; /* n: entry of the account that holds it; 0: a note */
    struct xj_hash head;
    bool is_signed;
    bool of_lost; /* about the ledger that its owner lost: not to be compared with what came back */
};

static int by_size(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    return x->size != y->size ? (x->size < y->size ? -1 : 1) : (x->n > y->n) - (x->n < y->n);
}

/* What other claims of the ledger (or journal) of that owner: signed claims, or the exchange's own notes. */
static size_t collect(const struct xj_account *other, const struct xj_account *a, bool is_signed, struct claim *out)
{
    size_t count = 0;
    if (other->kind == XJ_ACCOUNT_NOTE && is_signed && strcmp(other->owner, a->owner) == 0)
        out[count++] = (struct claim){.size = other->size, .head = other->note_root, .is_signed = true,
                                      .of_lost = a->was_lost && other->size <= a->lost_size};
    for (size_t i = 0; is_signed && i < other->stored_count; i++)
        if (!other->stored[i].own)
            out[count++] = (struct claim){other->stored[i].ledger_size, other->stored[i].n, other->stored[i].ledger_head, true,
                                          a->was_lost && other->stored[i].last <= a->lost_mailbox};
    for (size_t i = 0; !is_signed && i < other->claim_count; i++)
        out[count++] = (struct claim){other->claims[i].size, other->claims[i].n, other->claims[i].head, false,
                                      !xj_id_eq(&other->claims[i].store_id, &a->store_id)};
    qsort(out, count, sizeof *out, by_size);
    return count;
}

static void report(struct xj_reconciling *r, unsigned side, const struct claim *c, const char *code, bool cut)
{
    struct xj_account *other = r->side[1 - side];
    uint64_t size;
    struct xj_reconcile_finding f = {.kind = XJ_FINDING_DIFFERS, .code = code, .about = XJ_ABOUT_HEAD, .number = c->size, .lacking = cut ? side : XJ_SIDE_NONE};
    memcpy(f.agency, r->side[side]->owner, sizeof f.agency - 1);
    f.signer = c->is_signed ? r->side[side]->owner : NULL;
    f.entry[1 - side] = c->n;
    if (c->n != 0)
        f.is_signed[1 - side] = c->is_signed ? xj_account_signed(other, c->n, UINT64_MAX, r->reg) : XJ_SIGNED_NONE;
    else
        f.is_signed[1 - side] = xj_account_note_signed(other, 0, r->reg, &size);
    if (!cut)
        f.is_signed[side] = xj_account_note_signed(r->side[side], c->size, r->reg, &size);
    xj_rc_add(r, &f);
}

/* Leaves those that speak of a lost ledger out, and says so once. */
static size_t without_lost(struct xj_reconciling *r, unsigned side, struct claim *claims, size_t count)
{
    struct xj_reconcile_finding f = {.kind = XJ_FINDING_NOT_CHECKABLE, .code = "ledger_recovered", .about = XJ_ABOUT_HEAD,
                                     .number = r->side[side]->lost_size, .lacking = side};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!claims[i].of_lost)
            claims[kept++] = claims[i];
    memcpy(f.agency, r->side[side]->owner, sizeof f.agency - 1);
    if (kept < count)
        xj_rc_add(r, &f);
    return kept;
}

/* The smallest claim that the tree does not bear out, and the largest past its end. */
static bool hold(struct xj_reconciling *r, unsigned side, struct claim *claims, size_t count)
{
    struct xj_account *a = r->side[side];
    size_t within = 0;
    count = without_lost(r, side, claims, count);
    while (within < count && claims[within].size <= a->size)
        within++;
    uint64_t *sizes = calloc(within + 1, sizeof *sizes);
    struct xj_hash *roots = calloc(within + 1, sizeof *roots);
    bool found = false;
    enum xj_err err = sizes != NULL && roots != NULL ? XJ_OK : XJ_ENOMEM;
    for (size_t i = 0; err == XJ_OK && i < within; i++)
        sizes[i] = claims[i].size;
    if (err == XJ_OK)
        err = xj_account_roots(a, sizes, within, roots);
    for (size_t i = 0; err == XJ_OK && !found && i < within; i++) {
        found = !xj_hash_eq(&roots[i], &claims[i].head);
        r->ret->compared.heads += !found;
        if (found)
            report(r, side, &claims[i], "ledger_rewritten", false);
    }
    if (err == XJ_OK && within < count) {
        report(r, side, &claims[count - 1], "ledger_cut", true);
        found = true;
    }
    free(sizes);
    free(roots);
    if (err == XJ_ECORRUPT) { /* a number is missing: there is no tree to hold claims against */
        const struct xj_reconcile_finding f = {.kind = XJ_FINDING_NOT_CHECKABLE, .code = "tree", .lacking = side};
        xj_rc_add(r, &f);
    } else if (err != XJ_OK) {
        r->err = err;
    }
    return found;
}

/* Claims of the note's owner in an account that is not that owner's own: only those of the very size can be compared. */
static void note_and_stranger(struct xj_reconciling *r, unsigned side)
{
    const struct xj_account *note = r->side[side];
    struct xj_account *other = r->side[1 - side];
    struct claim *claims = calloc(other->stored_count + 2, sizeof *claims);
    uint64_t size;
    if (claims == NULL) {
        r->err = XJ_ENOMEM;
        return;
    }
    const size_t count = collect(other, note, true, claims);
    bool common = false;
    for (size_t i = 0; i < count; i++) {
        if (claims[i].size != note->size)
            continue;
        common = true;
        if (xj_hash_eq(&claims[i].head, &note->note_root)) {
            r->ret->compared.heads++;
            continue;
        }
        struct xj_reconcile_finding f = {.kind = XJ_FINDING_DIFFERS, .code = "head_differs", .about = XJ_ABOUT_HEAD, .number = note->size,
                               .signer = note->owner, .lacking = XJ_SIDE_NONE};
        memcpy(f.agency, note->owner, sizeof f.agency - 1);
        f.entry[1 - side] = claims[i].n;
        f.is_signed[side] = xj_account_note_signed(r->side[side], 0, r->reg, &size);
        f.is_signed[1 - side] = claims[i].n != 0 ? xj_account_signed(other, claims[i].n, UINT64_MAX, r->reg)
                                                 : xj_account_note_signed(other, 0, r->reg, &size);
        xj_rc_add(r, &f);
        break;
    }
    free(claims);
    if (!common) {
        const struct xj_reconcile_finding f = {.kind = XJ_FINDING_NOT_CHECKABLE, .code = "no_common_head", .lacking = XJ_SIDE_NONE};
        xj_rc_add(r, &f);
    }
}

static void claims_about(struct xj_reconciling *r, unsigned side)
{
    const struct xj_account *a = r->side[side], *other = r->side[1 - side];
    struct claim *claims = calloc(other->stored_count + other->claim_count + 2, sizeof *claims);
    if (claims == NULL) {
        r->err = XJ_ENOMEM;
        return;
    }
    if (!hold(r, side, claims, collect(other, a, true, claims)) && r->err == XJ_OK)
        (void)hold(r, side, claims, collect(other, a, false, claims));
    free(claims);
}

void xj_rc_heads(struct xj_reconciling *r)
{
    const bool owners = strcmp(r->side[0]->owner, r->side[1]->owner) == 0;
    for (unsigned side = 0; side < 2 && r->err == XJ_OK; side++) {
        const bool note = r->side[side]->kind == XJ_ACCOUNT_NOTE, other_note = r->side[1 - side]->kind == XJ_ACCOUNT_NOTE;
        if (note && (other_note || !owners)) {
            note_and_stranger(r, side);
            if (other_note)
                return;
        } else if (!note && (r->side[side]->kind == XJ_ACCOUNT_LEDGER || owners) && (!other_note || owners)) {
            claims_about(r, side);
        }
    }
}
