#include <string.h>

#include "agents/agent/view/view_private.h"

static const char *static_code(struct xj_slice code)
{
    static const char *const codes[] = {"late", "paper", "step", "organ", "role", "penalty_after_transfer", "future", "subscriber"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (xj_slice_is(code, codes[i]))
            return codes[i];
    return NULL;
}

/* The exchange's names become the model's indices. A name the model lacks cannot move anything and is left out. */
static void convert_after(const struct xj_model *m, const struct xj_admitted *a, struct xj_admitted_act *act, struct xj_after *after)
{
    size_t n = 0;
    for (size_t i = 0; i < a->after_count; i++) {
        const struct xj_st_after *from = &a->after[i];
        uint16_t track = xj_model_track(m, from->track);
        uint16_t state = track == XJ_NONE ? XJ_NONE : xj_model_state(&m->tracks[track], from->state);
        if (state == XJ_NONE)
            continue;
        after[n++] = (struct xj_after){.track = track, .state = state, .owner = from->owner, .subject = from->subject,
                                       .has_subject = from->has_subject};
    }
    act->after = after;
    act->after_count = n;
}

static void convert_breaches(struct xj_view_scratch *s, const struct xj_admitted *a, struct xj_admitted_act *act)
{
    size_t n = 0;
    for (size_t i = 0; i < a->breach_count; i++) {
        const char *code = static_code(a->breaches[i].code);
        struct xj_slice detail = a->breaches[i].detail;
        if (code == NULL)
            continue;
        size_t bytes = detail.n < sizeof s->details[n] ? detail.n : sizeof s->details[n] - 1;
        if (bytes > 0)
            memcpy(s->details[n], detail.p, bytes);
        s->details[n][bytes] = '\0';
        s->breaches[n] = (struct xj_breach){code, s->details[n]};
        n++;
    }
    act->breaches = s->breaches;
    act->breach_count = n;
}

/* Deliveries that the feed told of before the act was here, or before its case was folded anew. */
static void tell_deliveries(struct xj_view *v, const struct xj_engine *e, const struct xj_header *h, const struct xj_hash *digest)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT recipient, at_ms FROM delivery WHERE digest = ?1 AND at_ms IS NOT NULL ORDER BY recipient",
                             "b", xj_hash_slice(digest));
    while (xj_vq_row(v, st)) {
        enum xj_err err = xj_engine_delivered(e, h->case_id, h->id, xj_vq_slice(st, 0), sqlite3_column_int64(st, 1));
        if (err != XJ_OK && err != XJ_ENOTFOUND && err != XJ_EEXISTS)
            xj_view_fail(v, err);
    }
}

/* The case moves to the revision of an act that the exchange admitted under it (spec 09, section 12). False: it does not. What
 * was folded under a revision that the register no longer has is beyond reading, and goes. */
static bool move_case(struct xj_view *v, const struct xj_header *h, const struct xj_hash *from, uint64_t at)
{
    struct xj_engine e;
    if (!xj_view_engine(v, h->procedure, &h->revision, at, &e))
        return false;
    enum xj_err err = xj_engine_carry(&e, &v->store, h->case_id);
    if (err == XJ_ENOTFOUND && v->err == XJ_OK && xj_view_model(v, h->procedure, from) == NULL)
        err = xj_engine_forget(&e, h->case_id);
    if (err == XJ_ENOTFOUND)
        return false;
    if (err != XJ_OK)
        xj_view_fail(v, err);
    xj_vq_run(v, xj_vq(v, "UPDATE case_index SET revision = ?2 WHERE case_id = ?1", "bb", xj_id_slice(&h->case_id),
                       xj_hash_slice(&h->revision)));
    return true;
}

/* The engine under which an act of a case is folded; the case moves if it must. */
static bool engine_for(struct xj_view *v, const struct xj_header *h, uint64_t at, struct xj_engine *ret)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    if (!xj_view_pin(v, h->case_id, procedure, &revision))
        return false;
    if (!xj_hash_eq(&revision, &h->revision) && xj_slice_is(h->procedure, procedure) && move_case(v, h, &revision, at))
        revision = h->revision;
    return xj_view_engine(v, xj_slice_cstr(procedure), &revision, at, ret);
}

/* False when the engine wants the case folded anew. */
static bool fold_one(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a, struct xj_slice body)
{
    struct xj_engine e;
    xj_view_note_body(v, h->case_id, a->seq, body);
    if (!engine_for(v, h, a->register_number, &e))
        return true; /* kept and shown, but nothing can be said about it without its procedure */
    struct xj_admitted_act act = {.header = h, .seq = a->seq, .admitted_ms = a->time_ms, .viewer = xj_slice_cstr(v->agency)};
    xj_view_note_record(v, e.model, h, a, body);
    xj_view_note_links(v, h, a);
    convert_after(e.model, a, &act, v->scratch->after);
    convert_breaches(v->scratch, a, &act);
    enum xj_err err = xj_engine_apply(&e, &act);
    if (err == XJ_ESTATE)
        return false;
    if (err != XJ_OK && err != XJ_EEXISTS)
        xj_view_fail(v, err);
    if (v->facts.err != XJ_OK)
        xj_view_fail(v, v->facts.err);
    tell_deliveries(v, &e, h, &a->message);
    return true;
}

static void open_case(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a)
{
    struct xj_slice opener = h->actor.n > 0 ? h->actor : h->from;
    xj_vq_run(v, xj_vq(v, "INSERT INTO case_index(case_id, procedure, revision, opener, title, opened_ms, last_ms, last_seq, acts,"
                          " open_duties, open_questions) VALUES(?1, ?2, ?3, ?4, NULL, ?5, ?5, ?6, 0, 0, 0)",
                       "bsbsii", xj_id_slice(&h->case_id), h->procedure, xj_hash_slice(&h->revision), opener, a->time_ms,
                       (int64_t)a->seq));
}

static void forget_case(struct xj_view *v, struct xj_id case_id)
{
    struct xj_engine e = {.store = v->store};
    enum xj_err err = xj_engine_forget(&e, case_id);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    xj_vq_run(v, xj_vq(v, "DELETE FROM case_index WHERE case_id = ?1", "b", xj_id_slice(&case_id)));
    xj_vq_run(v, xj_vq(v, "DELETE FROM party WHERE case_id = ?1", "b", xj_id_slice(&case_id)));
    xj_vq_run(v, xj_vq(v, "DELETE FROM charge WHERE case_id = ?1", "b", xj_id_slice(&case_id)));
    xj_view_forget_records(v, case_id);
    xj_view_forget_links(v, case_id);
}

/* An act that arrived after later ones: the case is folded anew in the order of its seq, never in that of arrival. */
void xj_view_refold(struct xj_view *v, struct xj_id case_id)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_admitted *a = &v->scratch->admitted;
    unsigned field;
    bool first = true;
    forget_case(v, case_id);
    sqlite3_stmt *st = xj_vq(v, "SELECT header, statement, body, seq FROM act WHERE case_id = ?1 ORDER BY seq", "b", xj_id_slice(&case_id));
    while (xj_vq_row(v, st)) {
        if (xj_header_decode(xj_vq_slice(st, 0), h, &field) != XJ_OK || xj_admitted_decode(xj_vq_slice(st, 1), a) != XJ_OK) {
            xj_view_fail(v, XJ_ECORRUPT); /* it decoded when it was put here */
            break;
        }
        a->seq = (uint64_t)sqlite3_column_int64(st, 3);
        if (first)
            open_case(v, h, a);
        first = false;
        if (!fold_one(v, h, a, xj_vq_slice(st, 2)))
            xj_view_fail(v, XJ_ECORRUPT); /* ascending by the query, so the engine's record is not ours */
    }
    xj_vq_end(st);
    xj_vq_run(v, xj_vq(v, "UPDATE case_index SET last_seq = (SELECT max(seq) FROM act WHERE act.case_id = ?1) WHERE case_id = ?1",
                       "b", xj_id_slice(&case_id)));
}

static void note_recipients(struct xj_view *v, const struct xj_admitted *a)
{
    struct xj_slice digest = xj_hash_slice(&a->message);
    for (size_t i = 0; i < a->recipient_count; i++)
        xj_vq_run(v, xj_vq(v, "INSERT INTO delivery(digest, recipient, mailbox_number, proved) VALUES(?1, ?2, ?3, 0)"
                              " ON CONFLICT(digest, recipient) DO UPDATE SET mailbox_number = excluded.mailbox_number",
                           "bsi", digest, a->recipients[i].agency, (int64_t)a->recipients[i].number));
    xj_vq_run(v, xj_vq(v, "UPDATE own SET open_recipients = (SELECT count(*) FROM delivery WHERE delivery.digest = own.digest"
                          " AND proved = 0) WHERE digest = ?1", "b", digest));
}

/* False when the act is here already; then a body that was sealed until now may still be new. */
static bool insert_act(struct xj_view *v, const struct xj_header *h, struct xj_slice header_bytes, const struct xj_admitted *a,
                       struct xj_slice statement, struct xj_slice body, const char *why, const struct xj_view_from *from, bool *ret_opened)
{
    struct xj_slice no = {NULL, 0};
    xj_vq_run(v, xj_vq(v, "INSERT INTO act(case_id, seq, id, digest, act, admitted_ms, entry, header, statement, body,"
                          " why_unreadable, answer, via) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
                          " ON CONFLICT(case_id, seq) DO NOTHING",
                       "bibbsiibbbsib", xj_id_slice(&h->case_id), (int64_t)a->seq, xj_id_slice(&h->id), xj_hash_slice(&a->message),
                       h->act, a->time_ms, (int64_t)from->entry, header_bytes, statement, body, why != NULL ? xj_slice_cstr(why) : no,
                       (int64_t)from->answer, from->via != NULL ? xj_id_slice(from->via) : no));
    if (v->err != XJ_OK || sqlite3_changes(v->db) == 1)
        return true;
    xj_vq_run(v, xj_vq(v, "UPDATE act SET body = ?3, why_unreadable = NULL WHERE case_id = ?1 AND seq = ?2 AND body IS NULL"
                          " AND ?3 IS NOT NULL", "bib", xj_id_slice(&h->case_id), (int64_t)a->seq, body));
    *ret_opened = v->err == XJ_OK && sqlite3_changes(v->db) == 1;
    return false;
}

/* Two exchanges, one of them set back, may have given one place to two acts: the second that comes counts as the next (04, 13). */
static uint64_t free_seq(struct xj_view *v, const struct xj_header *h, const struct xj_admitted *a)
{
    uint64_t seq = a->seq;
    while (v->err == XJ_OK &&
           xj_vq_int(v, xj_vq(v, "SELECT 1 FROM act WHERE case_id = ?1 AND seq = ?2 AND digest <> ?3", "bib", xj_id_slice(&h->case_id),
                              (int64_t)seq, xj_hash_slice(&a->message)), 0) == 1)
        seq++;
    return seq;
}

void xj_view_fold(struct xj_view *v, const struct xj_header *h, struct xj_slice header_bytes, struct xj_admitted *a,
                  struct xj_slice statement, struct xj_slice body, const char *why, const struct xj_view_from *from)
{
    struct xj_id case_id = h->case_id;
    bool opened = false;
    a->seq = free_seq(v, h, a);
    const struct xj_order *order = body.p != NULL ? xj_view_restricted(v, h, a->register_number) : NULL;
    if (order != NULL) {
        xj_view_hold(v, h, a->seq, body, order);
        body = (struct xj_slice){NULL, 0};
        why = "restricted";
    }
    bool fresh = insert_act(v, h, header_bytes, a, statement, body, why, from, &opened);
    note_recipients(v, a);
    if (!fresh && !opened)
        return;
    xj_view_touch(v, case_id);
    int64_t last = xj_vq_int(v, xj_vq(v, "SELECT last_seq FROM case_index WHERE case_id = ?1", "b", xj_id_slice(&case_id)), -1);
    if (last >= (int64_t)a->seq) {
        xj_view_refold(v, case_id);
        return;
    }
    if (last < 0)
        open_case(v, h, a);
    if (!fold_one(v, h, a, body))
        xj_view_refold(v, case_id);
    else /* so that the next act of this batch sees where the case stands; the rest of the row waits for the refresh */
        xj_vq_run(v, xj_vq(v, "UPDATE case_index SET last_seq = ?2 WHERE case_id = ?1", "bi", xj_id_slice(&case_id), (int64_t)a->seq));
}

static void tell_engine(struct xj_view *v, const struct xj_delivered *d, struct xj_id case_id, struct xj_id id)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    struct xj_engine e;
    if (!xj_view_pin(v, case_id, procedure, &revision) ||
        !xj_view_engine(v, xj_slice_cstr(procedure), &revision, d->register_number, &e))
        return;
    enum xj_err err = xj_engine_delivered(&e, case_id, id, d->recipient, d->exchange_ms);
    if (err != XJ_OK && err != XJ_ENOTFOUND && err != XJ_EEXISTS)
        xj_view_fail(v, err);
    xj_view_touch(v, case_id);
}

static void delivered_message(struct xj_view *v, const struct xj_delivered *d, const struct xj_delivered_item *item, uint64_t entry)
{
    struct xj_slice digest = xj_hash_slice(&item->message);
    xj_vq_run(v, xj_vq(v, "INSERT INTO delivery(digest, recipient, mailbox_number, at_ms, recipient_ms, proved, entry)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, 0)) ON CONFLICT(digest, recipient) DO UPDATE SET"
                          " mailbox_number = coalesce(delivery.mailbox_number, excluded.mailbox_number),"
                          " recipient_ms = CASE WHEN delivery.at_ms IS NULL OR excluded.at_ms < delivery.at_ms"
                          " THEN excluded.recipient_ms ELSE delivery.recipient_ms END,"
                          " entry = CASE WHEN delivery.at_ms IS NULL OR excluded.at_ms < delivery.at_ms"
                          " THEN excluded.entry ELSE delivery.entry END,"
                          " at_ms = min(coalesce(delivery.at_ms, excluded.at_ms), excluded.at_ms),"
                          " proved = max(delivery.proved, excluded.proved)",
                       "bsiiiii", digest, d->recipient, (int64_t)item->mailbox_number, d->exchange_ms, d->recipient_ms,
                       (int64_t)(item->has_path && entry > 0), (int64_t)entry));
    xj_vq_run(v, xj_vq(v, "UPDATE own SET open_recipients = (SELECT count(*) FROM delivery WHERE delivery.digest = own.digest"
                          " AND proved = 0) WHERE digest = ?1 AND state = 1", "b", digest));
    sqlite3_stmt *st = xj_vq(v, "SELECT case_id, id FROM act WHERE digest = ?1", "b", digest);
    while (xj_vq_row(v, st))
        tell_engine(v, d, xj_vq_id(st, 0), xj_vq_id(st, 1));
}

void xj_view_delivered(struct xj_view *v, const struct xj_delivered *d, const struct xj_hash *only, uint64_t entry)
{
    for (size_t i = 0; i < d->item_count && v->err == XJ_OK; i++)
        if (only == NULL || xj_hash_eq(&d->items[i].message, only))
            delivered_message(v, d, &d->items[i], entry);
}
