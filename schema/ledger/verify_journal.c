/* The fourth check for a journal: message and statement next to each other, positions, and the numbers of every agency.
 * Spec 05, 5, last paragraph but two. */
#include <stdlib.h>
#include <string.h>

#include "schema/base/be.h"
#include "schema/ledger/rebuilt.h"
#include "schema/ledger/verify_private.h"

/* The header of the message directly before, copied: rows are views until the next. */
static bool open_header(struct xj_verify *v, struct xj_header *ret)
{
    unsigned field;
    return xj_v_good(v, xj_header_decode(xj_buf_slice(&v->open_head), ret, &field));
}

/* Marks a number that was unrecovered as used. False: it was not, or is used already. */
static bool use_run(struct xj_verify *v, struct xj_slice agency, uint64_t number)
{
    uint8_t key[XJ_MAX_AGENCY_BYTES + 9] = {0}, used = 1;
    memcpy(key, agency.p, agency.n);
    xj_be_put(number, key + agency.n + 1, 8);
    const struct xj_slice k = xj_slice_of(key, agency.n + 9);
    return xj_v_get(v, XJ_NOTE_OWN_RUN, k, &used, 1) && used == 0 && xj_v_put(v, XJ_NOTE_OWN_RUN, k, "\1", 1);
}

/* The next consumed submission of an agency. */
static void consume(struct xj_verify *v, uint64_t n, struct xj_slice agency, uint64_t number, const struct xj_header *h,
                    bool recovered)
{
    struct xj_v_counts counts;
    xj_v_counts_get(v, agency, &counts);
    const bool used = use_run(v, agency, number);
    if ((used || recovered) && number <= counts.number)
        return;
    if (recovered)
        ;
    else if (number != counts.number + 1)
        xj_v_report(v, XJ_FAULT_OWN_NUMBER, n);
    else if (h != NULL && h->has_previous && !xj_hash_eq(&h->previous, &counts.last))
        xj_v_report(v, XJ_FAULT_PREVIOUS, n);
    counts.number = number;
    counts.last = v->open;
    xj_v_counts_put(v, agency, &counts);
}

static void admitted(struct xj_verify *v, const struct xj_entry *e, size_t place, bool recovered)
{
    struct xj_admitted s;
    struct xj_header h;
    if (!xj_v_good(v, xj_admitted_decode(e->head, &s)))
        return;
    xj_v_counted(v, XJ_V_NUMBERING);
    if (!recovered && s.seq != e->n + v->offset)
        xj_v_report(v, XJ_FAULT_SEQ, e->n);
    for (size_t i = 0; i < s.recipient_count; i++)
        if (!xj_v_mail(v, s.recipients[i].agency, s.recipients[i].number, &s.message, recovered))
            xj_v_report(v, XJ_FAULT_MAILBOX, e->n);
    if (v->open_n == 0 || !xj_hash_eq(&v->open, &s.message)) {
        xj_v_report(v, XJ_FAULT_ALONE, e->n);
        return;
    }
    uint64_t key = place - 1;
    v->judged_at[place - 1] = s.register_number;
    if (!recovered)
        (void)xj_v_put(v, XJ_NOTE_ADMITTED, xj_slice_of(&key, sizeof key), "", 0);
    if (open_header(v, &h)) {
        char from[XJ_MAX_AGENCY_BYTES + 1] = "";
        memcpy(from, h.from.p, h.from.n);
        consume(v, e->n, h.from, h.number, &h, recovered);
        (void)xj_v_put(v, XJ_NOTE_FROM, xj_hash_slice(&s.message), from, h.from.n + 1);
    } else {
        xj_v_report(v, XJ_FAULT_SHAPE, v->open_n); /* what is admitted must be a header */
    }
    v->open_n = 0;
}

static void refused(struct xj_verify *v, const struct xj_entry *e, size_t place, bool recovered)
{
    struct xj_refused s;
    struct xj_header h;
    if (!xj_v_good(v, xj_refused_decode(e->head, &s)))
        return;
    xj_v_counted(v, XJ_V_NUMBERING);
    if (!recovered && s.position != e->n + v->offset)
        xj_v_report(v, XJ_FAULT_SEQ, e->n);
    if (v->open_n == 0 || !xj_hash_eq(&v->open, &s.message)) {
        xj_v_report(v, XJ_FAULT_ALONE, e->n);
        return;
    }
    char signer[XJ_MAX_AGENCY_BYTES + 1] = "";
    uint64_t key = place - 1;
    memcpy(signer, s.agency.p, s.agency.n < XJ_MAX_AGENCY_BYTES ? s.agency.n : XJ_MAX_AGENCY_BYTES);
    v->judged_at[place - 1] = s.register_number;
    (void)xj_v_put(v, XJ_NOTE_SIGNER, xj_slice_of(&key, sizeof key), signer, sizeof signer);
    bool header = open_header(v, &h);
    if (header && (h.number != s.number || !xj_id_eq(&h.id, &s.id)))
        xj_v_report(v, XJ_FAULT_REFUSED, e->n);
    struct xj_v_counts counts;
    xj_v_counts_get(v, s.agency, &counts);
    if (!xj_slice_is(s.code, "id_reused") || s.number == counts.number + 1) /* spec 04, 5.2: that one consumes only the next */
        consume(v, e->n, s.agency, s.number, NULL, recovered);
    v->open_n = 0;
}

/* Reads entries of kind rebuild, and says whether this one was handed back. */
static bool handed_back(struct xj_verify *v, const struct xj_entry *e, size_t place)
{
    struct xj_rebuilt r;
    const bool may = (e->kind >= XJ_ENTRY_ADMITTED && e->kind <= XJ_ENTRY_DELIVERED) || e->kind == XJ_ENTRY_MESSAGE ||
                     e->kind == XJ_ENTRY_UNRECOVERED;
    const uint64_t key = place;
    if (v->recovered_left > 0 && !may) {
        xj_v_report(v, XJ_FAULT_REBUILD, e->n);
        v->recovered_left = 0;
    }
    if (e->kind == XJ_ENTRY_REBUILD && xj_v_good(v, xj_rebuilt_decode(e->head, &r))) {
        if (r.stage == XJ_REBUILT_TAKEN)
            v->recovered_left = r.count;
        if (r.stage == XJ_REBUILT_RESUMED)
            v->offset = r.offset;
    }
    if (v->recovered_left == 0 || !may)
        return false;
    v->recovered_left--;
    return xj_v_put(v, XJ_NOTE_RECOVERED, xj_slice_of(&key, sizeof key), "", 0);
}

static void row(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    (void)leaf;
    const bool recovered = handed_back(v, e, place);
    if (e->kind == XJ_ENTRY_ADMITTED)
        admitted(v, e, place, recovered);
    if (e->kind == XJ_ENTRY_REFUSED)
        refused(v, e, place, recovered);
    if (v->open_n != 0)
        xj_v_report(v, XJ_FAULT_ALONE, v->open_n);
    v->open_n = 0;
    if (e->kind == XJ_ENTRY_STORED)
        xj_v_stored(v, e, recovered);
    if (e->kind == XJ_ENTRY_DELIVERED)
        xj_v_delivered(v, e, recovered);
    if (e->kind == XJ_ENTRY_RECOVERED)
        xj_v_recovered(v, e);
    if (e->kind == XJ_ENTRY_UNRECOVERED)
        xj_v_unrecovered(v, e);
    if (e->kind == XJ_ENTRY_MESSAGE) {
        v->open_n = e->n;
        v->open = xj_header_digest(e->head);
        v->judged_at[place] = UINT64_MAX;
        xj_buf_reset(&v->open_head);
        xj_buf_add_slice(&v->open_head, e->head);
        if (v->open_head.err == XJ_ENOMEM)
            v->err = XJ_ENOMEM;
    }
}

void xj_v_numbering_journal(struct xj_verify *v)
{
    v->open_n = 0;
    xj_v_rows(v, row);
    if (v->open_n != 0)
        xj_v_report(v, XJ_FAULT_ALONE, v->open_n);
    if (v->recovered_left > 0)
        xj_v_report(v, XJ_FAULT_REBUILD, v->last);
}
