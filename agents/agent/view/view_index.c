#include <string.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

#define TOUCHED_MAX (sizeof(((struct xj_view *)NULL)->touched) / sizeof(struct xj_id))

struct index_work {
    struct xj_view *v;
    struct xj_slice case_id;
    const struct xj_model *model;
    int64_t idx, open_duties, open_questions;
};

/* ---- what bodies say about a case ---- */

static void note_party(struct xj_view *v, struct xj_id case_id, struct xj_cur *list)
{
    struct xj_cur c = xj_take_array(list, 3, 3);
    uint8_t id[8];
    xj_take_bin_to(&c, id, sizeof id);
    struct xj_slice kind = xj_take_str(&c, 0, SIZE_MAX), name = xj_take_str(&c, 0, SIZE_MAX);
    if (!c.bad)
        xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO party(case_id, id, kind, name) VALUES(?1, ?2, ?3, ?4)", "bbss",
                           xj_id_slice(&case_id), xj_slice_of(id, sizeof id), kind, name));
}

/* The name is the last that was given, the place that of the first mention: it tells which charge leads (spec 14, 3). */
static void note_charge(struct xj_view *v, struct xj_id case_id, uint64_t seq, struct xj_cur *list)
{
    const int64_t place = list->index;
    struct xj_cur c = xj_take_array(list, 3, 3);
    uint8_t id[8];
    xj_take_bin_to(&c, id, sizeof id);
    struct xj_slice name = xj_take_str(&c, 0, SIZE_MAX), code = xj_take_str(&c, 0, SIZE_MAX);
    if (!c.bad)
        xj_vq_run(v, xj_vq(v, "INSERT INTO charge(case_id, id, name, code, seq, place) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
                              " ON CONFLICT(case_id, id) DO UPDATE SET name = excluded.name, code = excluded.code", "bbssii",
                           xj_id_slice(&case_id), xj_slice_of(id, sizeof id), name, code, (int64_t)seq, place));
}

static void note_identity(struct xj_view *v, struct xj_id case_id, struct xj_cur *list)
{
    struct xj_cur c = xj_take_array(list, 3, 3);
    uint8_t id[8];
    xj_take_bin_to(&c, id, sizeof id);
    struct xj_slice kind = xj_take_str(&c, 1, SIZE_MAX), number = xj_take_str(&c, 1, SIZE_MAX);
    if (!c.bad)
        xj_vq_run(v, xj_vq(v, "INSERT OR IGNORE INTO identity(case_id, party, kind, number) VALUES(?1, ?2, ?3, ?4)", "bbss",
                           xj_id_slice(&case_id), xj_slice_of(id, sizeof id), kind, number));
}

void xj_view_note_body(struct xj_view *v, struct xj_id case_id, uint64_t seq, struct xj_slice body)
{
    struct xj_doc doc;
    if (!xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
        return;
    struct xj_slice title = xj_map_str(&doc.root, "title");
    if (title.n > 0)
        xj_vq_run(v, xj_vq(v, "UPDATE case_index SET title = ?2 WHERE case_id = ?1", "bs", xj_id_slice(&case_id), title));
    struct xj_cur parties = xj_cur_over(xj_map_get(&doc.root, "parties"), 0, UINT32_MAX);
    while (parties.left > 0 && !parties.bad)
        note_party(v, case_id, &parties);
    struct xj_cur charges = xj_cur_over(xj_map_get(&doc.root, "charges"), 0, UINT32_MAX);
    while (charges.left > 0 && !charges.bad)
        note_charge(v, case_id, seq, &charges);
    struct xj_cur identities = xj_cur_over(xj_map_get(&doc.root, "identities"), 0, UINT32_MAX);
    while (identities.left > 0 && !identities.bad)
        note_identity(v, case_id, &identities);
    xj_doc_close(&doc);
}

/* ---- rows and duties ---- */

static bool row_seen(void *arg, const struct xj_row_view *row)
{
    struct index_work *w = arg;
    struct xj_slice none = {NULL, 0};
    const struct xj_m_track *t = &w->model->tracks[row->track];
    xj_vq_run(w->v, xj_vq(w->v, "INSERT INTO case_row(case_id, idx, track, owner, party, charge, state, seq)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          "bissbbsi", w->case_id, w->idx++, xj_slice_cstr(t->name.id), row->owner,
                          row->has_subject ? xj_slice_of(row->subject.party, 8) : none,
                          row->has_subject && row->subject.has_charge ? xj_slice_of(row->subject.charge, 8) : none,
                          xj_slice_cstr(t->states[row->state].id), (int64_t)row->seq));
    return w->v->err == XJ_OK;
}

struct xj_slice xj_view_pack_subjects(const struct xj_subject *list, size_t count, uint8_t out[XJ_MAX_SUBJECTS * 17])
{
    size_t n = 0;
    for (size_t i = 0; i < count && i < XJ_MAX_SUBJECTS; i++, n += 17) {
        memset(out + n, 0, 17);
        xj_subject_key(&list[i], out + n);
    }
    return xj_slice_of(out, n);
}

static bool duty_seen(void *arg, const struct xj_duty_view *d)
{
    struct index_work *w = arg;
    struct xj_slice none = {NULL, 0};
    uint8_t subjects[XJ_MAX_SUBJECTS * 17], key[XJ_TOLD_KEY_SIZE];
    struct xj_slice name = xj_slice_cstr(d->duty != XJ_NONE ? w->model->duties[d->duty].name.id : d->row->name.id);
    struct xj_id case_id;
    memcpy(case_id.b, w->case_id.p, sizeof case_id.b);
    xj_told_key(case_id, name, none, d->started_by, d->obligor, key);
    xj_vq_run(w->v, xj_vq(w->v, "INSERT INTO duty(case_id, idx, duty, obligor, started_by, seq, subjects, open_ended, provisional,"
                                " status, why, done, done_by, paused, extended, start_ms, due_ms, done_from_ms, done_to_ms, key, revision, row)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
                          "bissbibiiisibiiIIIIbbs", w->case_id, w->idx, name, d->obligor,
                          xj_id_slice(&d->started_by), (int64_t)d->seq, xj_view_pack_subjects(d->subjects, d->subject_count, subjects), (int64_t)d->start_open_ended,
                          (int64_t)d->provisional, (int64_t)d->status,
                          d->undatable_why != NULL ? xj_slice_cstr(d->undatable_why) : none, (int64_t)d->done,
                          d->done && !xj_id_is_nil(&d->done_by) ? xj_id_slice(&d->done_by) : none, (int64_t)d->paused,
                          (int64_t)d->extended, d->start_known ? &d->start_ms : NULL, d->due_known ? &d->due_ms : NULL,
                          d->done_dated ? &d->done_from_ms : NULL, d->done_dated ? &d->done_to_ms : NULL, xj_slice_of(key, sizeof key),
                          d->revision != NULL ? xj_hash_slice(d->revision) : none,
                          d->revision != NULL ? xj_slice_cstr(d->row->name.id) : none));
    w->idx++;
    w->open_duties += d->status == XJ_DUTY_OPEN;
    return w->v->err == XJ_OK;
}

static bool question_seen(void *arg, const struct xj_question_view *q)
{
    struct index_work *w = arg;
    w->open_questions += q->open;
    return true;
}

static bool engine_of(struct xj_view *v, struct xj_id case_id, struct xj_engine *ret)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash revision;
    return xj_view_pin(v, case_id, procedure, &revision) &&
           xj_view_engine(v, xj_slice_cstr(procedure), &revision, UINT64_MAX, ret);
}

static void fold_index(struct xj_view *v, struct index_work *w, struct xj_id case_id)
{
    struct xj_engine e;
    if (!engine_of(v, case_id, &e))
        return;
    w->model = e.model;
    enum xj_err err = xj_engine_rows(&e, case_id, row_seen, w);
    if (err == XJ_OK) {
        w->idx = 0;
        err = xj_engine_duties(&e, case_id, duty_seen, w);
    }
    if (err == XJ_OK)
        err = xj_engine_questions(&e, case_id, question_seen, w);
    if (err != XJ_OK)
        xj_view_fail(v, err);
    if (v->facts.err != XJ_OK)
        xj_view_fail(v, v->facts.err);
}

static void refresh_case(struct xj_view *v, struct xj_id case_id)
{
    struct index_work w = {.v = v, .case_id = xj_id_slice(&case_id)};
    xj_view_stale_with_neighbours(v, case_id); /* those it had */
    xj_vq_run(v, xj_vq(v, "DELETE FROM case_row WHERE case_id = ?1", "b", w.case_id));
    xj_vq_run(v, xj_vq(v, "DELETE FROM duty WHERE case_id = ?1", "b", w.case_id));
    fold_index(v, &w, case_id);
    xj_view_write_concern(v, case_id);
    xj_view_stale_with_neighbours(v, case_id); /* and those it has */
    xj_view_tally(v, case_id);
    xj_vq_run(v, xj_vq(v, "UPDATE case_index SET open_duties = ?2, open_questions = ?3,"
                          " acts = (SELECT count(*) FROM act WHERE act.case_id = ?1),"
                          " last_seq = (SELECT max(seq) FROM act WHERE act.case_id = ?1),"
                          " last_ms = (SELECT admitted_ms FROM act WHERE act.case_id = ?1 ORDER BY seq DESC LIMIT 1)"
                          " WHERE case_id = ?1", "bii", w.case_id, w.open_duties, w.open_questions));
}

static void refresh_alerts(struct xj_view *v, struct xj_id case_id)
{
    struct xj_engine e;
    xj_vq_run(v, xj_vq(v, "DELETE FROM alert WHERE case_id = ?1", "b", xj_id_slice(&case_id)));
    if (engine_of(v, case_id, &e))
        xj_view_find_alerts(v, &e, case_id);
    if (v->facts.err != XJ_OK)
        xj_view_fail(v, v->facts.err);
}

/* What a rule finds in one case may rest on others of the same person, so alerts come last, and theirs are found anew, too. */
void xj_view_refresh(struct xj_view *v)
{
    struct xj_id next;
    for (size_t i = 0; i < v->touched_count && v->err == XJ_OK; i++)
        refresh_case(v, v->touched[i]);
    v->touched_count = 0;
    while (xj_view_take_stale(v, &next))
        refresh_alerts(v, next);
}

void xj_view_touch(struct xj_view *v, struct xj_id case_id)
{
    if (xj_id_among(v->touched, v->touched_count, &case_id))
        return;
    if (v->touched_count == TOUCHED_MAX)
        xj_view_refresh(v);
    v->touched[v->touched_count++] = case_id;
}

/* In steps, so that no list of all cases is held: a refresh may not run while its own query is open. */
void xj_view_touch_all(struct xj_view *v)
{
    struct xj_id last = {{0}};
    bool more = true;
    while (more && v->err == XJ_OK) {
        struct xj_id found[32];
        size_t n = 0;
        sqlite3_stmt *st = xj_vq(v, "SELECT case_id FROM case_index WHERE case_id > ?1 ORDER BY case_id LIMIT 32", "b", xj_id_slice(&last));
        while (xj_vq_row(v, st) && n < sizeof found / sizeof found[0])
            found[n++] = xj_vq_id(st, 0);
        for (size_t i = 0; i < n; i++)
            xj_view_touch(v, found[i]);
        more = n > 0;
        if (more)
            last = found[n - 1];
    }
}
