/* The second and third checks: the register folded anew from its entries, and every signature under it. Spec 05, 5. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/verify_private.h"

static void fold(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    (void)place;
    (void)leaf;
    if (e->kind != XJ_ENTRY_REGISTER)
        return;
    xj_v_counted(v, XJ_V_REGISTER);
    if (v->register_broken) /* all that follows would be bad for the same reason */
        return;
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    enum xj_err err = xj_reg_apply(&store, v->root_key, e->head, e->sig, NULL);
    if (err == XJ_ENOMEM) {
        v->err = err;
    } else if (err != XJ_OK) {
        v->register_broken = true;
        xj_v_report(v, XJ_FAULT_REGISTER_ENTRY, e->n);
    } else {
        v->register_number++;
    }
}

void xj_v_register(struct xj_verify *v)
{
    const uint8_t *kept = xj_db_root_key(v->db);
    if (kept != NULL && memcmp(kept, v->root_key, 32) != 0)
        xj_v_report(v, XJ_FAULT_ROOT_KEY, 0);
    xj_v_rows(v, fold);
}

/* ---- signatures ---- */

/* False when there is nothing to verify with: reported, unless the break in the register is the reason. */
static bool in_register(struct xj_verify *v, uint64_t at, uint64_t entry)
{
    if (at != UINT64_MAX && at <= v->register_number)
        return true;
    if (v->register_broken)
        return false;
    if (at == UINT64_MAX)
        return true;
    xj_v_report(v, XJ_FAULT_REGISTER_AHEAD, entry);
    return false;
}

/* An own submission that waited while the owner's keys were replaced bears the signature of a key that was its before (spec 02, 9). */
static void by_owner(struct xj_verify *v, const struct xj_entry *e, uint64_t at, const struct xj_hash *digest)
{
    struct xj_agency facts;
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    enum xj_fault fault = XJ_FAULT_KEY;
    uint8_t tried[32] = {0};
    if (!in_register(v, at, e->n))
        return;
    for (uint64_t n = at == UINT64_MAX ? v->register_number : at; n > 0; n--) {
        enum xj_err err = xj_reg_agency(&store, xj_slice_cstr(v->owner), n, &facts);
        if (err == XJ_ENOMEM)
            v->err = err;
        if (err != XJ_OK || !facts.connected) {
            if (fault == XJ_FAULT_KEY)
                break; /* it had none when this was judged */
            continue;
        }
        if (fault != XJ_FAULT_KEY && memcmp(tried, facts.keys.sign, 32) == 0)
            continue;
        memcpy(tried, facts.keys.sign, 32);
        fault = xj_verify(&v->cache, tried, digest, e->sig) == XJ_OK ? XJ_FAULT_NONE : XJ_FAULT_SIGNATURE;
        if (fault == XJ_FAULT_NONE)
            break;
    }
    if (fault != XJ_FAULT_KEY)
        xj_v_counted(v, XJ_V_SIGNATURES);
    if (fault != XJ_FAULT_NONE)
        xj_v_report(v, fault, e->n);
}

static void check_signature(struct xj_verify *v, const struct xj_entry *e, const uint8_t *key, const struct xj_hash *digest)
{
    xj_v_counted(v, XJ_V_SIGNATURES);
    if (xj_verify(&v->cache, key, digest, e->sig) != XJ_OK)
        xj_v_report(v, XJ_FAULT_SIGNATURE, e->n);
}

static void by_agency(struct xj_verify *v, const struct xj_entry *e, struct xj_slice agency, uint64_t at,
                      const struct xj_hash *digest)
{
    struct xj_agency facts;
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    if (!in_register(v, at, e->n))
        return;
    enum xj_err err = xj_reg_agency(&store, agency, at, &facts);
    if (err == XJ_ENOMEM)
        v->err = err;
    else if (err != XJ_OK || !facts.connected)
        xj_v_report(v, XJ_FAULT_KEY, e->n);
    else
        check_signature(v, e, facts.keys.sign, digest);
}

static void by_exchange(struct xj_verify *v, const struct xj_entry *e, uint64_t at, const char *context)
{
    uint8_t key[32];
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    if (!in_register(v, at, e->n))
        return;
    struct xj_hash digest = xj_digest(context, e->head);
    enum xj_err err = xj_reg_exchange_sign(&store, at, key);
    if (err == XJ_ENOMEM)
        v->err = err;
    else if (err != XJ_OK)
        xj_v_report(v, XJ_FAULT_KEY, e->n);
    else
        check_signature(v, e, key, &digest);
}

static void message(struct xj_verify *v, const struct xj_entry *e, size_t place)
{
    struct xj_header h;
    unsigned field;
    char signer[XJ_MAX_AGENCY_BYTES + 1] = "";
    struct xj_hash digest = xj_header_digest(e->head);
    uint64_t key = place;
    uint64_t at = v->judged_at[place];
    if (at != UINT64_MAX && at > v->register_number)
        return; /* the statement that names it is reported */
    if (xj_v_get(v, XJ_NOTE_SIGNER, xj_slice_of(&key, sizeof key), signer, sizeof signer)) {
        /* Refused: whose connection it was counts; the header may name anybody, or be no header at all. */
        by_agency(v, e, xj_slice_cstr(signer), at, &digest);
        return;
    }
    if (!xj_v_good(v, xj_header_decode(e->head, &h, &field)))
        return; /* reported as to its shape */
    bool own = xj_slice_is(h.from, v->owner);
    if ((e->kind == XJ_ENTRY_OWN && !own) || (e->kind == XJ_ENTRY_RECEIVED && own))
        xj_v_report(v, XJ_FAULT_FROM, e->n);
    else if (e->kind == XJ_ENTRY_OWN)
        by_owner(v, e, at, &digest);
    else
        by_agency(v, e, h.from, at, &digest);
}

static void delivered(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_delivered s;
    if (!xj_v_good(v, xj_delivered_decode(e->head, &s)))
        return;
    by_exchange(v, e, s.register_number, XJ_CTX_DELIVERED);
    free(s.items);
}

static void destroyed(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_destroyed d;
    struct xj_hash digest = xj_digest(XJ_CTX_DESTROYED, e->head);
    const bool read = xj_v_good(v, xj_destroyed_decode(e->head, &d));
    if (read && xj_slice_is(d.holder, "exchange"))
        by_exchange(v, e, d.register_number, XJ_CTX_DESTROYED);
    else if (read)
        by_agency(v, e, d.holder, d.register_number, &digest);
    xj_destroyed_free(&d);
}

static void row(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    struct xj_admitted admitted;
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_recovered recovered;
    struct xj_unrecovered unrecovered;
    struct xj_hash digest;
    (void)leaf;
    switch (e->kind) {
    case XJ_ENTRY_OWN:
    case XJ_ENTRY_RECEIVED:
    case XJ_ENTRY_MESSAGE:
        message(v, e, place);
        break;
    case XJ_ENTRY_ADMITTED:
        if (xj_v_good(v, xj_admitted_decode(e->head, &admitted)))
            by_exchange(v, e, admitted.register_number, XJ_CTX_ADMITTED);
        break;
    case XJ_ENTRY_REFUSED:
        if (xj_v_good(v, xj_refused_decode(e->head, &refused)))
            by_exchange(v, e, refused.register_number, XJ_CTX_REFUSED);
        break;
    case XJ_ENTRY_STORED:
        digest = xj_digest(XJ_CTX_STORED, e->head);
        if (xj_v_good(v, xj_stored_decode(e->head, &stored)))
            by_agency(v, e, stored.agency, stored.register_number, &digest);
        break;
    case XJ_ENTRY_DELIVERED:
        delivered(v, e);
        break;
    case XJ_ENTRY_RECOVERED:
        digest = xj_digest(XJ_CTX_RECOVERED, e->head);
        if (xj_v_good(v, xj_recovered_decode(e->head, &recovered)))
            by_agency(v, e, recovered.agency, recovered.register_number, &digest);
        break;
    case XJ_ENTRY_DESTROYED:
        destroyed(v, e);
        break;
    case XJ_ENTRY_UNRECOVERED:
        if (xj_v_good(v, xj_unrecovered_decode(e->head, &unrecovered)))
            by_exchange(v, e, unrecovered.register_number, XJ_CTX_UNRECOVERED);
        break;
    case XJ_ENTRY_INVALID:
    case XJ_ENTRY_REGISTER: /* by the fold above */
    case XJ_ENTRY_EPOCH:    /* the owner's notes bear no signature */
    case XJ_ENTRY_INCIDENT:
    case XJ_ENTRY_CHECKPOINTED:
    case XJ_ENTRY_TOLD:
    case XJ_ENTRY_RECOVERY:
    case XJ_ENTRY_OPENED:
    case XJ_ENTRY_REBUILD:
    default:
        break;
    }
}

void xj_v_signatures(struct xj_verify *v)
{
    xj_v_rows(v, row);
}
