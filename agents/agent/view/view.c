#include "agents/agent/view/view.h"

#include <stdio.h>
#include <stdlib.h>

#include "agents/agent/view/view_private.h"
#include "agents/agent/view/view_schema.h"
#include "schema/base/be.h"
#include "schema/wire/pack.h"

static uint64_t applied_to(struct xj_view *v)
{
    return (uint64_t)xj_vq_int(v, xj_vq(v, "SELECT i FROM meta WHERE name = 'applied_to'", ""), 0);
}

uint64_t xj_view_applied(struct xj_view *v)
{
    if (sqlite3_get_autocommit(v->db) != 0)
        v->err = XJ_OK; /* no work of ours is open whose failure this would hide */
    return applied_to(v);
}

/* ---- one entry each ---- */

static const char *open_item(struct xj_view *v, const struct xj_ledger_item *item, const struct xj_header *h, struct xj_slice *ret)
{
    struct xj_buf *plain = &v->scratch->body;
    xj_buf_wipe(plain);
    xj_buf_init(plain, XJ_MAX_BODY_BYTES);
    *ret = (struct xj_slice){NULL, 0};
    if (v->deaths >= XJ_TRAIL_DEATHS)
        return "poison";
    const char *why = xj_view_open_body(v, h, xj_buf_slice(&item->body), xj_buf_slice(&item->keys), plain);
    *ret = why == NULL ? xj_buf_slice(plain) : (struct xj_slice){NULL, 0};
    return why;
}

static struct xj_slice text_or_null(const char *s)
{
    return s != NULL ? xj_slice_cstr(s) : (struct xj_slice){NULL, 0};
}

static void own_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_slice head = xj_buf_slice(&item->head), body;
    unsigned field;
    if (xj_header_decode(head, h, &field) != XJ_OK)
        return;
    struct xj_hash digest = xj_header_digest(head);
    const char *why = open_item(v, item, h, &body);
    xj_vq_run(v, xj_vq(v, "INSERT INTO own(number, id, case_id, digest, act, state, queued_ms, entry, open_recipients, header,"
                          " body, why_unreadable) VALUES(?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, 0, ?8, ?9, ?10)"
                          " ON CONFLICT(number) DO NOTHING",
                       "ibbbsiibbs", (int64_t)h->number, xj_id_slice(&h->id), xj_id_slice(&h->case_id), xj_hash_slice(&digest),
                       h->act, item->time_ms, (int64_t)item->n, head, body, text_or_null(why)));
}

static void received_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_header *h = &v->scratch->header;
    struct xj_slice head = xj_buf_slice(&item->head), body;
    unsigned field;
    if (xj_header_decode(head, h, &field) != XJ_OK)
        return;
    struct xj_hash digest = xj_header_digest(head);
    const char *why = open_item(v, item, h, &body);
    xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO pending(digest, entry, header, body, why_unreadable) VALUES(?1, ?2, ?3, ?4, ?5)",
                       "bibbs", xj_hash_slice(&digest), (int64_t)item->n, head, body, text_or_null(why)));
}

struct waiting {
    struct xj_buf header, body;
    bool has_body;
    char why[32];
    uint64_t entry;
};

/* Copies what waits under a digest, because folding uses the same statements. */
static bool take_waiting(struct xj_view *v, sqlite3_stmt *st, struct waiting *w)
{
    if (!xj_vq_row(v, st))
        return false;
    struct xj_slice body = xj_vq_slice(st, 1), why = xj_vq_slice(st, 2);
    xj_buf_add_slice(&w->header, xj_vq_slice(st, 0));
    xj_buf_add_slice(&w->body, body);
    w->has_body = body.p != NULL;
    size_t n = why.n < sizeof w->why ? why.n : sizeof w->why - 1;
    for (size_t i = 0; i < n; i++)
        w->why[i] = (char)why.p[i];
    w->entry = (uint64_t)sqlite3_column_int64(st, 3);
    xj_vq_end(st);
    if (w->header.err != XJ_OK || w->body.err != XJ_OK)
        xj_view_fail(v, XJ_ENOMEM);
    return v->err == XJ_OK;
}

static bool find_waiting(struct xj_view *v, const struct xj_admitted *a, struct xj_slice statement, struct waiting *w)
{
    struct xj_slice digest = xj_hash_slice(&a->message);
    xj_buf_init(&w->header, XJ_MAX_HEADER_BYTES);
    xj_buf_init(&w->body, XJ_MAX_BODY_BYTES);
    if (take_waiting(v, xj_vq(v, "SELECT header, body, why_unreadable, entry FROM own WHERE digest = ?1 AND state = 0", "b", digest), w)) {
        xj_vq_run(v, xj_vq(v, "UPDATE own SET state = 1, seq = ?2, statement = ?3, body = NULL, why_unreadable = NULL"
                              " WHERE digest = ?1", "bib", digest, (int64_t)a->seq, statement));
        return true;
    }
    if (!take_waiting(v, xj_vq(v, "SELECT header, body, why_unreadable, entry FROM pending WHERE digest = ?1", "b", digest), w))
        return false;
    xj_vq_run(v, xj_vq(v, "DELETE FROM pending WHERE digest = ?1", "b", digest));
    return true;
}

static void admitted_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_admitted *a = &v->scratch->admitted;
    struct xj_slice statement = xj_buf_slice(&item->head);
    struct waiting w = {.has_body = false};
    unsigned field;
    if (xj_admitted_decode(statement, a) != XJ_OK)
        return;
    if (find_waiting(v, a, statement, &w) && xj_header_decode(xj_buf_slice(&w.header), &v->scratch->header, &field) == XJ_OK) {
        static const uint8_t nothing = 0;
        struct xj_slice body = {NULL, 0};
        if (v->deaths >= XJ_TRAIL_DEATHS && w.has_body) {
            w.has_body = false;
            snprintf(w.why, sizeof w.why, "poison");
        }
        if (w.has_body)
            body = w.body.n > 0 ? xj_buf_slice(&w.body) : xj_slice_of(&nothing, 0);
        struct xj_view_from from = {.entry = w.entry, .answer = item->n};
        xj_view_fold(v, &v->scratch->header, xj_buf_slice(&w.header), a, statement, body, w.has_body ? NULL : w.why, &from);
        xj_view_take_share(v, xj_buf_slice(&w.header), body, &from);
    }
    xj_buf_free(&w.header);
    xj_buf_wipe(&w.body);
}

static void refused_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_refused r;
    struct xj_slice statement = xj_buf_slice(&item->head);
    if (xj_refused_decode(statement, &r) != XJ_OK)
        return;
    xj_vq_run(v, xj_vq(v, "UPDATE own SET state = 2, code = ?2, statement = ?3 WHERE digest = ?1 AND state = 0", "bsb",
                       xj_hash_slice(&r.message), r.code, statement));
}

static void delivered_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_delivered d;
    enum xj_err err = xj_delivered_decode(xj_buf_slice(&item->head), &d);
    if (err == XJ_ENOMEM)
        xj_view_fail(v, err);
    if (err != XJ_OK)
        return;
    xj_view_delivered(v, &d, NULL, item->n);
    free(d.items);
}

typedef bool change_test(const struct xj_view *v, struct xj_slice kind, struct xj_slice id);

/* What dates and figures are reckoned by, or what this agency is and so is told. */
static bool is_law(const struct xj_view *v, struct xj_slice kind, struct xj_slice id)
{
    return xj_slice_is(kind, "calendar") || xj_slice_is(kind, "standards") || (xj_slice_is(kind, "agency") && xj_slice_is(id, v->agency));
}

static bool is_order(const struct xj_view *v, struct xj_slice kind, struct xj_slice id)
{
    (void)v;
    (void)id;
    return xj_slice_is(kind, "order");
}

/* Whether a register entry has a change of that sort. */
static bool changes(const struct xj_view *v, struct xj_slice entry, change_test *test)
{
    struct xj_doc doc;
    bool found = false;
    if (xj_doc_open(&doc, entry, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return false;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    for (int i = 0; i < 3; i++)
        (void)xj_take_any(&c);
    struct xj_cur list = xj_take_array(&c, 0, UINT32_MAX);
    while (list.left > 0 && !list.bad) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_slice kind = xj_take_str(&one, 0, SIZE_MAX), id = xj_take_str(&one, 0, SIZE_MAX);
        found = found || test(v, kind, id);
    }
    xj_doc_close(&doc);
    return found;
}

/* Whether a rule stands against an agency already, and what comes with a history, depend on who succeeded whom. */
static void successions_moved(struct xj_view *v)
{
    struct xj_id last = {{0}}, next;
    bool more = true;
    while (more && v->err == XJ_OK) {
        sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM act WHERE via IS NOT NULL AND case_id > ?1 ORDER BY case_id LIMIT 1", "b",
                                 xj_id_slice(&last));
        more = xj_vq_row(v, st);
        if (!more)
            break;
        next = xj_vq_id(st, 0);
        xj_vq_end(st);
        xj_view_refold(v, next);
        last = next;
    }
    xj_view_touch_all(v);
}

/* A new calendar moves due dates that were computed under the old one (spec 08, section 2), new standards what was found. */
static void register_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    const size_t successions = v->succession.count;
    enum xj_err err = xj_reg_apply(&v->store, v->root_key, xj_buf_slice(&item->head), xj_buf_slice(&item->sig), NULL);
    if (err == XJ_EIO || err == XJ_ENOMEM || err == XJ_EFULL)
        xj_view_fail(v, err);
    if (err == XJ_OK)
        xj_view_note_joined(v, xj_buf_slice(&item->head));
    if (err == XJ_OK)
        xj_view_note_grants(v, xj_buf_slice(&item->head));
    (void)xj_view_calendar(v); /* reads the successions, too */
    if (v->succession.count != successions)
        successions_moved(v);
    else if (err == XJ_OK && changes(v, xj_buf_slice(&item->head), is_law))
        xj_view_touch_all(v);
    if (err == XJ_OK && changes(v, xj_buf_slice(&item->head), is_order))
        xj_view_orders_moved(v);
}

static void incident_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_doc doc;
    if (xj_doc_open(&doc, xj_buf_slice(&item->head), 16) != XJ_OK)
        return;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 3);
    struct xj_slice code = xj_take_str(&c, 0, SIZE_MAX), text = xj_take_str(&c, 0, SIZE_MAX);
    if (!c.bad)
        xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO incident(n, time_ms, code, text) VALUES(?1, ?2, ?3, ?4)", "iiss",
                           (int64_t)item->n, item->time_ms, code, text));
    xj_doc_close(&doc);
}

static void apply_item(struct xj_view *v, const struct xj_ledger_item *item)
{
    switch (item->kind) {
    case XJ_ENTRY_OWN:
        own_item(v, item);
        break;
    case XJ_ENTRY_RECEIVED:
        received_item(v, item);
        break;
    case XJ_ENTRY_ADMITTED:
        admitted_item(v, item);
        break;
    case XJ_ENTRY_REFUSED:
        refused_item(v, item);
        break;
    case XJ_ENTRY_DELIVERED:
        delivered_item(v, item);
        break;
    case XJ_ENTRY_REGISTER:
        register_item(v, item);
        break;
    case XJ_ENTRY_INCIDENT:
        incident_item(v, item);
        break;
    case XJ_ENTRY_TOLD:
        xj_view_told(v, item);
        break;
    case XJ_ENTRY_DESTROYED:
        xj_view_destroyed(v, item);
        break;
    default: /* stored, epoch, checkpointed, opened, of a recovery: the owner's book-keeping, nothing to show */
        break;
    }
}

/* ---- entries that end their reader ---- */

struct entry_name {
    uint8_t b[9];
};

static struct entry_name name_of(uint64_t n)
{
    struct entry_name name = {{'E'}};
    xj_be_put(n, name.b + 1, 8);
    return name;
}

static void begin_entry(struct xj_view *v, uint64_t n)
{
    const struct entry_name name = name_of(n);
    const struct xj_slice what = xj_slice_of(name.b, sizeof name.b);
    v->deaths = xj_trail_deaths(v->trail, what);
    if (v->deaths >= XJ_TRAIL_DEATHS)
        v->put_aside = n;
    xj_trail_at(v->trail, what);
}

static bool is_suspect(const struct xj_view *v, const struct xj_ledger_item *items, size_t count)
{
    bool any = false;
    for (size_t i = 0; i < count && !any; i++) {
        const struct entry_name name = name_of(items[i].n);
        any = xj_trail_deaths(v->trail, xj_slice_of(name.b, sizeof name.b)) > 0;
    }
    return any;
}

uint64_t xj_view_put_aside(struct xj_view *v)
{
    const uint64_t n = v->put_aside;
    v->put_aside = 0;
    return n;
}

/* What follows the entries, the index and the commit, belongs to the last of them: with one entry it is that one's. */
static enum xj_err apply_batch(struct xj_view *v, const struct xj_ledger_item *items, size_t count)
{
    xj_view_begin(v, true);
    uint64_t applied = applied_to(v);
    struct xj_tree_edge edge;
    xj_view_basis_load(v, applied, &edge);
    v->touched_count = 0;
    for (size_t i = 0; i < count && v->err == XJ_OK; i++) {
        if (items[i].n != applied + 1) {
            xj_view_fail(v, XJ_ESTATE);
            break;
        }
        begin_entry(v, items[i].n);
        xj_view_basis_entry(v, &edge, &items[i]);
        if (v->deaths < 2 * XJ_TRAIL_DEATHS)
            apply_item(v, &items[i]);
        applied++;
    }
    xj_view_refresh(v);
    xj_view_basis_keep(v, &edge, items[count - 1].time_ms);
    xj_vq_run(v, xj_vq(v, "UPDATE meta SET i = ?1 WHERE name = 'applied_to'", "i", (int64_t)applied));
    enum xj_err err = xj_view_end(v);
    if (err == XJ_OK && v->cut) /* a reader in the way: with the next batch */
        v->cut = sqlite3_wal_checkpoint_v2(v->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK;
    if (err == XJ_OK)
        xj_trail_past(v->trail);
    else
        xj_view_models_free(v); /* what was cached may come from the register that was rolled back */
    return err;
}

enum xj_err xj_view_apply(struct xj_view *v, const struct xj_ledger_item *items, size_t count)
{
    const size_t step = is_suspect(v, items, count) ? 1 : count;
    enum xj_err err = XJ_OK;
    for (size_t i = 0; i < count && err == XJ_OK; i += step)
        err = apply_batch(v, items + i, step);
    return err;
}

enum xj_err xj_view_clear(struct xj_view *v)
{
    xj_view_begin(v, true);
    for (size_t i = 1; xj_view_table_at(i) != NULL && v->err == XJ_OK; i++) { /* all but meta, which says whose view it is */
        char sql[64];
        snprintf(sql, sizeof sql, "DELETE FROM %s", xj_view_table_at(i)->name);
        if (sqlite3_exec(v->db, sql, NULL, NULL, NULL) != SQLITE_OK)
            xj_view_fail(v, XJ_EIO);
    }
    xj_vq_run(v, xj_vq(v, "UPDATE meta SET i = 0 WHERE name = 'applied_to'", ""));
    xj_view_models_free(v);
    return xj_view_end(v);
}

/* ---- digest ---- */

static void put_column(struct xj_buf *row, sqlite3_stmt *st, int column, bool masked)
{
    int type = sqlite3_column_type(st, column);
    if (masked || type == SQLITE_NULL)
        xj_put_nil(row);
    else if (type == SQLITE_INTEGER)
        xj_put_int(row, sqlite3_column_int64(st, column));
    else if (type == SQLITE_TEXT)
        xj_put_str(row, xj_vq_slice(st, column));
    else
        xj_put_bins(row, xj_vq_slice(st, column));
}

static void digest_table(struct xj_view *v, const struct xj_view_table *t, bool mask_times, struct xj_buf *row, struct xj_hash *chain)
{
    sqlite3_stmt *st = xj_vq(v, t->query, "");
    while (xj_vq_row(v, st)) {
        int columns = sqlite3_column_count(st);
        xj_buf_reset(row);
        xj_put_cstr(row, t->name);
        for (int i = 0; i < columns; i++)
            put_column(row, st, i, mask_times && ((t->machine_times >> i) & 1u) != 0);
        if (row->err != XJ_OK)
            xj_view_fail(v, row->err);
        struct xj_slice parts[2] = {xj_hash_slice(chain), xj_buf_slice(row)};
        *chain = xj_sha256(parts, 2);
    }
}

enum xj_err xj_view_digest(struct xj_view *v, bool mask_times, struct xj_hash *ret)
{
    struct xj_buf row;
    struct xj_hash chain = {{0}};
    xj_buf_init(&row, SIZE_MAX / 2);
    xj_view_begin(v, false);
    const struct xj_view_table *t;
    for (size_t i = 0; (t = xj_view_table_at(i)) != NULL; i++)
        digest_table(v, t, mask_times, &row, &chain);
    xj_buf_wipe(&row);
    *ret = chain;
    return xj_view_end(v);
}
