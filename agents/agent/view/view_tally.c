/* What each case adds to the statistics, and the sums over all cases, kept by difference: a report never looks at a case.
 * Spec: spec/14-statistics.md, sections 2 to 4 and 9. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

#define CHARGE_BYTES 120u
#define PARTIES_MAX 1024u
#define FIGURE_MAX UINT64_C(10000000000000) /* fen; keeps nine hundred thousand of them below INT64_MAX */

/* Texts lie inside, so that rows can be sorted, kept and compared as bytes; what is behind them is zero. */
struct xj_tally_row {
    char statistic[XJ_MAX_NAME_BYTES + 1]; /* "": an act on record, for `activity` */
    struct xj_id act;
    int64_t k; /* which of several of the statistic and the act */
    char procedure[XJ_MAX_NAME_BYTES + 1], agency[XJ_MAX_AGENCY_BYTES + 1], source[XJ_MAX_AGENCY_BYTES + 1], duty[XJ_MAX_NAME_BYTES + 1];
    char charge[CHARGE_BYTES + 1];
    uint8_t party[8];
    bool has_party;
    bool dated;
    int64_t month, at_ms, open, value, unread;
};

enum { BEFORE = 0, NOW = 1 };

struct tally_work {
    struct xj_view *v;
    struct xj_id case_id;
    char procedure[XJ_MAX_NAME_BYTES + 1];
    const struct xj_model *model;
    struct xj_facts_ctx facts; /* at the register number of `judged` */
    struct xj_id judged;
    uint64_t judged_at;
    uint8_t (*charges)[8]; /* in the order in which the case's bodies named them first */
    char (*charge_names)[CHARGE_BYTES + 1];
    size_t charge_count;
};

static struct xj_tally_row *add_row(struct xj_view *v, int which)
{
    if (v->tally[which].n == v->tally[which].cap) {
        size_t cap = v->tally[which].cap == 0 ? 64 : 2 * v->tally[which].cap;
        struct xj_tally_row *more = realloc(v->tally[which].at, cap * sizeof *more);
        if (more == NULL) {
            xj_view_fail(v, XJ_ENOMEM);
            return NULL;
        }
        v->tally[which].at = more;
        v->tally[which].cap = cap;
    }
    struct xj_tally_row *row = &v->tally[which].at[v->tally[which].n++];
    memset(row, 0, sizeof *row);
    return row;
}

static void set_text(char *out, size_t size, struct xj_slice s)
{
    size_t n = s.n < size ? s.n : size - 1;
    if (n > 0)
        memcpy(out, s.p, n);
}
#define SET(field, slice) set_text(field, sizeof(field), slice)

void xj_view_tally_free(struct xj_view *v)
{
    for (int i = 0; i < 2; i++) {
        free(v->tally[i].at);
        v->tally[i].at = NULL;
        v->tally[i].n = v->tally[i].cap = 0;
    }
}

/* ---- what the case added before ---- */

static void load_before(struct xj_view *v, struct xj_id case_id)
{
    sqlite3_stmt *st = xj_vq(v, "SELECT statistic, act, k, procedure, month, agency, source, charge, open, at_ms, duty, party, value, unread"
                                " FROM tally WHERE case_id = ?1 ORDER BY statistic, act, k", "b", xj_id_slice(&case_id));
    v->tally[BEFORE].n = 0;
    while (xj_vq_row(v, st)) {
        struct xj_tally_row *row = add_row(v, BEFORE);
        struct xj_slice party = xj_vq_slice(st, 11);
        if (row == NULL)
            return;
        SET(row->statistic, xj_vq_slice(st, 0));
        row->act = xj_vq_id(st, 1);
        row->k = sqlite3_column_int64(st, 2);
        SET(row->procedure, xj_vq_slice(st, 3));
        row->month = sqlite3_column_int64(st, 4);
        SET(row->agency, xj_vq_slice(st, 5));
        SET(row->source, xj_vq_slice(st, 6));
        SET(row->charge, xj_vq_slice(st, 7));
        row->open = sqlite3_column_int64(st, 8);
        row->dated = sqlite3_column_type(st, 9) != SQLITE_NULL;
        row->at_ms = sqlite3_column_int64(st, 9);
        SET(row->duty, xj_vq_slice(st, 10));
        row->has_party = party.n == sizeof row->party;
        if (row->has_party)
            memcpy(row->party, party.p, sizeof row->party);
        row->value = sqlite3_column_int64(st, 12);
        row->unread = sqlite3_column_int64(st, 13);
    }
}

/* ---- charges and parties of the case ---- */

/* One line of at most CHARGE_BYTES, whole characters: what reports are keyed by. Controls (C0, DEL, C1) become spaces. */
static void charge_key(struct xj_slice name, char out[CHARGE_BYTES + 1])
{
    size_t n = name.n;
    if (n > CHARGE_BYTES)
        for (n = CHARGE_BYTES; n > 0 && (name.p[n] & 0xc0) == 0x80; n--)
            continue;
    memset(out, 0, CHARGE_BYTES + 1);
    for (size_t i = 0, at = 0; i < n; i++) {
        bool c1 = name.p[i] == 0xc2 && i + 1 < n && name.p[i + 1] < 0xa0;
        out[at++] = name.p[i] < 0x20 || name.p[i] == 0x7f || c1 ? ' ' : (char)name.p[i];
        i += c1;
    }
}

static void load_charges(struct tally_work *w)
{
    struct xj_view *v = w->v;
    size_t cap = 0;
    sqlite3_stmt *st = xj_vq(v, "SELECT id, name FROM charge WHERE case_id = ?1 ORDER BY seq, place, id LIMIT 1024", "b", xj_id_slice(&w->case_id));
    while (xj_vq_row(v, st)) {
        struct xj_slice id = xj_vq_slice(st, 0);
        if (w->charge_count == cap) {
            cap = cap == 0 ? 8 : 2 * cap;
            void *ids = realloc(w->charges, cap * sizeof *w->charges), *names = NULL;
            if (ids != NULL) {
                w->charges = ids;
                names = realloc(w->charge_names, cap * sizeof *w->charge_names);
            }
            if (names == NULL) {
                xj_view_fail(v, XJ_ENOMEM);
                break;
            }
            w->charge_names = names;
        }
        if (id.n != 8)
            continue;
        memcpy(w->charges[w->charge_count], id.p, 8);
        charge_key(xj_vq_slice(st, 1), w->charge_names[w->charge_count++]);
    }
    xj_vq_end(st);
}

/* Spec 3.3: among the charges named, else among all, the one that the case named first. */
static const char *leading_charge(const struct tally_work *w, const struct xj_subject *subjects, size_t count)
{
    bool named = false;
    for (size_t i = 0; i < count; i++)
        named = named || subjects[i].has_charge;
    for (size_t c = 0; c < w->charge_count; c++) {
        bool among = !named;
        for (size_t i = 0; i < count && !among; i++)
            among = subjects[i].has_charge && memcmp(subjects[i].charge, w->charges[c], 8) == 0;
        if (among)
            return w->charge_names[c];
    }
    return "";
}

static size_t load_parties(struct tally_work *w, uint8_t (*ret)[8])
{
    size_t n = 0;
    sqlite3_stmt *st = xj_vq(w->v, "SELECT id FROM party WHERE case_id = ?1 AND kind <> 'victim' ORDER BY id LIMIT 1024", "b",
                             xj_id_slice(&w->case_id));
    while (xj_vq_row(w->v, st) && n < PARTIES_MAX) {
        struct xj_slice id = xj_vq_slice(st, 0);
        if (id.n == 8)
            memcpy(ret[n++], id.p, 8);
    }
    xj_vq_end(st);
    return n;
}

/* ---- what the engine asks ---- */

/* The register number under which the act was judged; 0: no such act here. */
static uint64_t judged_at(struct tally_work *w, const struct xj_id *act)
{
    if (w->judged_at != 0 && xj_id_eq(&w->judged, act))
        return w->judged_at;
    struct xj_admitted *a = &w->v->scratch->admitted;
    sqlite3_stmt *st = xj_vq(w->v, "SELECT statement FROM act WHERE id = ?1 AND case_id = ?2", "bb", xj_id_slice(act), xj_id_slice(&w->case_id));
    w->judged = *act;
    w->judged_at = 0;
    if (xj_vq_row(w->v, st)) {
        if (xj_admitted_decode(xj_vq_slice(st, 0), a) == XJ_OK)
            w->judged_at = a->register_number;
        xj_vq_end(st);
    }
    return w->judged_at;
}

static struct xj_slice fact_role(void *ctx, const struct xj_id *act, struct xj_slice agency)
{
    struct tally_work *w = ctx;
    const uint64_t at = judged_at(w, act);
    if (at == 0)
        return (struct xj_slice){NULL, 0};
    struct xj_facts f = xj_facts_at(&w->facts, &w->v->store, &w->v->agencies, &w->v->succession, at);
    struct xj_slice role = f.role(f.ctx, agency);
    if (w->facts.err != XJ_OK)
        xj_view_fail(w->v, w->facts.err);
    return role;
}

static bool read_figure(struct xj_slice body, enum xj_figure figure, int64_t *ret)
{
    static const char *const of_penalty[] = {[XJ_FIGURE_CONFISCATED] = "confiscated", [XJ_FIGURE_MINIMUM] = "minimum", [XJ_FIGURE_REDUCED] = "reduced"};
    struct xj_doc doc;
    if (!xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
        return false;
    uint64_t value = figure == XJ_FIGURE_FINE ? xj_map_uint(&doc.root, "fine", UINT64_MAX)
                                              : xj_map_uint(xj_map_get(&doc.root, "penalty"), of_penalty[figure], UINT64_MAX);
    xj_doc_close(&doc);
    *ret = value <= FIGURE_MAX ? (int64_t)value : 0;
    return value <= FIGURE_MAX;
}

/* Whether the row is the act itself or amends it. */
static bool speaks_of(struct xj_view *v, struct xj_slice header, const struct xj_id *act)
{
    struct xj_header *h = &v->scratch->header;
    unsigned field;
    if (xj_header_decode(header, h, &field) != XJ_OK) {
        xj_view_fail(v, XJ_ECORRUPT); /* it decoded when it was put here */
        return false;
    }
    for (size_t i = 0; i < h->relate_count; i++)
        if (xj_slice_is(h->relates[i].relation, "amends"))
            return xj_id_eq(&h->relates[i].id, act);
    return xj_id_eq(&h->id, act);
}

/* The latest that says something counts; an amendment that cannot be opened may say anything. */
static bool fact_figure(void *ctx, const struct xj_id *act, uint16_t name, enum xj_figure figure, int64_t *ret, bool *ret_unread)
{
    struct tally_work *w = ctx;
    bool found = false;
    sqlite3_stmt *st = xj_vq(w->v, "SELECT header, body FROM act WHERE case_id = ?1 AND act = ?2 ORDER BY seq DESC", "bs", xj_id_slice(&w->case_id),
                             xj_slice_cstr(w->model->acts[name].name.id));
    *ret = 0;
    *ret_unread = false;
    while (!found && !*ret_unread && xj_vq_row(w->v, st)) {
        struct xj_slice body = xj_vq_slice(st, 1);
        if (!speaks_of(w->v, xj_vq_slice(st, 0), act))
            continue;
        *ret_unread = body.p == NULL;
        found = !*ret_unread && read_figure(body, figure, ret);
    }
    xj_vq_end(st);
    return found || *ret_unread;
}

/* ---- what it adds now ---- */

static bool unit_seen(void *arg, const struct xj_tally_view *t)
{
    struct tally_work *w = arg;
    struct xj_tally_row *row = add_row(w->v, NOW);
    if (row == NULL)
        return false;
    row->act = t->act;
    SET(row->agency, t->agency);
    row->dated = t->dated;
    row->at_ms = t->dated ? t->at_ms : 0;
    row->month = t->dated ? xj_view_month(t->at_ms) : 0;
    if (t->statistic == XJ_NONE)
        return w->v->err == XJ_OK;
    SET(row->statistic, xj_slice_cstr(w->model->statistics[t->statistic].name.id));
    SET(row->procedure, xj_slice_cstr(w->procedure));
    SET(row->source, t->source);
    SET(row->charge, xj_slice_cstr(leading_charge(w, t->subjects, t->subject_count)));
    if (t->row != NULL)
        SET(row->duty, xj_slice_cstr(t->duty != XJ_NONE ? w->model->duties[t->duty].name.id : t->row->name.id));
    row->has_party = t->has_party;
    memcpy(row->party, t->party, sizeof row->party);
    row->open = t->open;
    row->value = t->value;
    row->unread = t->unread;
    return w->v->err == XJ_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct xj_tally_row *x = a, *y = b;
    int cmp = strcmp(x->statistic, y->statistic);
    if (cmp == 0)
        cmp = memcmp(x->act.b, y->act.b, sizeof x->act.b);
    return cmp != 0 ? cmp : (x->k > y->k) - (x->k < y->k);
}

/* k: first the order in which the engine gave them, which a sort must not lose; then counted within statistic and act. */
static void number_rows(struct xj_tally_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        rows[i].k = (int64_t)i;
    if (n > 0)
        qsort(rows, n, sizeof *rows, by_key);
    for (size_t i = 0; i < n; i++) {
        bool same = i > 0 && strcmp(rows[i].statistic, rows[i - 1].statistic) == 0 && xj_id_eq(&rows[i].act, &rows[i - 1].act);
        rows[i].k = same ? rows[i - 1].k + 1 : 0;
    }
}

static void count_now(struct xj_view *v, struct xj_id case_id)
{
    struct tally_work w = {.v = v, .case_id = case_id};
    struct xj_hash revision;
    struct xj_engine e;
    v->tally[NOW].n = 0;
    if (!xj_view_pin(v, case_id, w.procedure, &revision) || !xj_view_engine(v, xj_slice_cstr(w.procedure), &revision, UINT64_MAX, &e))
        return;
    uint8_t parties[PARTIES_MAX][8];
    w.model = e.model;
    load_charges(&w);
    const struct xj_tally_facts facts = {.ctx = &w, .role = fact_role, .figure = fact_figure, .parties = (const uint8_t(*)[8])parties,
                                         .party_count = load_parties(&w, parties)};
    enum xj_err err = xj_engine_tally(&e, case_id, &facts, unit_seen, &w);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    if (v->facts.err != XJ_OK)
        xj_view_fail(v, v->facts.err);
    free(w.charges);
    free(w.charge_names);
    number_rows(v->tally[NOW].at, v->tally[NOW].n);
}

/* ---- the difference ---- */

static void add_activity(struct xj_view *v, const struct xj_tally_row *r, int64_t sign)
{
    xj_vq_run(v, xj_vq(v, "INSERT INTO activity(agency, month, n) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET n = n + excluded.n", "sii",
                       xj_slice_cstr(r->agency), r->month, sign));
    if (sign < 0)
        xj_vq_run(v, xj_vq(v, "DELETE FROM activity WHERE agency = ?1 AND month = ?2 AND n = 0", "si", xj_slice_cstr(r->agency), r->month));
}

static void add_to_agency(struct xj_view *v, const struct xj_tally_row *r, int64_t sign)
{
    struct xj_slice procedure = xj_slice_cstr(r->procedure), statistic = xj_slice_cstr(r->statistic), agency = xj_slice_cstr(r->agency);
    xj_vq_run(v, xj_vq(v, "INSERT INTO stat_agency(procedure, month, statistic, agency, open, n, value, unread)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO UPDATE SET n = n + excluded.n,"
                          " value = value + excluded.value, unread = unread + excluded.unread",
                       "sissiiii", procedure, r->month, statistic, agency, r->open, sign, sign * r->value, sign * r->unread));
    if (sign < 0)
        xj_vq_run(v, xj_vq(v, "DELETE FROM stat_agency WHERE procedure = ?1 AND month = ?2 AND statistic = ?3 AND agency = ?4 AND open = ?5"
                              " AND n = 0", "sissi", procedure, r->month, statistic, agency, r->open));
}

static void add_to_stat(struct xj_view *v, const struct xj_tally_row *r, int64_t sign)
{
    struct xj_slice procedure = xj_slice_cstr(r->procedure), statistic = xj_slice_cstr(r->statistic), agency = xj_slice_cstr(r->agency),
                    source = xj_slice_cstr(r->source), charge = xj_slice_cstr(r->charge);
    if (r->statistic[0] == '\0') {
        add_activity(v, r, sign);
        return;
    }
    add_to_agency(v, r, sign);
    xj_vq_run(v, xj_vq(v, "INSERT INTO stat(procedure, month, statistic, agency, source, open, charge, n, value, unread)"
                          " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO UPDATE SET n = n + excluded.n,"
                          " value = value + excluded.value, unread = unread + excluded.unread",
                       "sisssisiii", procedure, r->month, statistic, agency, source, r->open, charge, sign, sign * r->value, sign * r->unread));
    if (sign < 0)
        xj_vq_run(v, xj_vq(v, "DELETE FROM stat WHERE procedure = ?1 AND month = ?2 AND statistic = ?3 AND agency = ?4 AND source = ?5"
                              " AND open = ?6 AND charge = ?7 AND n = 0",
                           "sisssis", procedure, r->month, statistic, agency, source, r->open, charge));
}

static void take_row(struct xj_view *v, struct xj_slice case_id, const struct xj_tally_row *r)
{
    xj_vq_run(v, xj_vq(v, "DELETE FROM tally WHERE case_id = ?1 AND statistic = ?2 AND act = ?3 AND k = ?4", "bsbi", case_id,
                       xj_slice_cstr(r->statistic), xj_id_slice(&r->act), r->k));
    add_to_stat(v, r, -1);
}

static void give_row(struct xj_view *v, struct xj_slice case_id, const struct xj_tally_row *r)
{
    struct xj_slice none = {NULL, 0};
    xj_vq_run(v, xj_vq(v, "INSERT INTO tally(case_id, statistic, act, k, procedure, month, agency, source, charge, open, at_ms, duty, party, value,"
                          " unread) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
                       "bsbisisssiIsbii", case_id, xj_slice_cstr(r->statistic), xj_id_slice(&r->act), r->k, xj_slice_cstr(r->procedure), r->month,
                       xj_slice_cstr(r->agency), xj_slice_cstr(r->source), xj_slice_cstr(r->charge), r->open, r->dated ? &r->at_ms : NULL,
                       xj_slice_cstr(r->duty),
                       r->has_party ? xj_slice_of(r->party, sizeof r->party) : none, r->value, r->unread));
    add_to_stat(v, r, 1);
}

static bool same_row(const struct xj_tally_row *a, const struct xj_tally_row *b)
{
    return strcmp(a->procedure, b->procedure) == 0 && strcmp(a->agency, b->agency) == 0 && strcmp(a->source, b->source) == 0 &&
           strcmp(a->duty, b->duty) == 0 && strcmp(a->charge, b->charge) == 0 && a->has_party == b->has_party &&
           memcmp(a->party, b->party, sizeof a->party) == 0 && a->month == b->month && a->open == b->open && a->dated == b->dated && a->at_ms == b->at_ms &&
           a->value == b->value && a->unread == b->unread;
}

void xj_view_tally(struct xj_view *v, struct xj_id case_id)
{
    struct xj_slice id = xj_id_slice(&case_id);
    size_t i = 0, k = 0;
    load_before(v, case_id);
    count_now(v, case_id);
    const struct xj_tally_row *before = v->tally[BEFORE].at, *now = v->tally[NOW].at;
    while (v->err == XJ_OK && (i < v->tally[BEFORE].n || k < v->tally[NOW].n)) {
        int cmp = i == v->tally[BEFORE].n ? 1 : k == v->tally[NOW].n ? -1 : by_key(&before[i], &now[k]);
        if (cmp == 0 && same_row(&before[i], &now[k])) {
            i++, k++;
            continue;
        }
        if (cmp <= 0)
            take_row(v, id, &before[i++]);
        if (cmp >= 0)
            give_row(v, id, &now[k++]);
    }
}
