/* What was told of alerts and running limits: folded from the ledger, and what is still to be told. Spec: spec/12-detection.md,
 * section 5. */
#include <stdio.h>
#include <string.h>

#include "agents/agent/view/view_private.h"
#include "schema/ledger/told.h"

#define LATE_MS (60 * 60 * 1000) /* told more than an hour after its time: the agent was down, or the act came late */

/* ---- folding ---- */

static int64_t state_after(const struct xj_told *t)
{
    if (t->event == XJ_TOLD_CLEARED)
        return t->by.n > 0 ? XJ_TOLD_STATE_CLOSED : XJ_TOLD_STATE_OVER;
    return (int64_t)t->event;
}

static void raised(struct xj_view *v, const struct xj_told *t, int64_t entry, int64_t time_ms)
{
    xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO told(key, stage, case_id, name, answerable, trigger, severity, at_ms, coalesced, state,"
                          " raised_entry, raised_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10, ?11)",
                       "bibssbiiiii", xj_slice_of(t->key, sizeof t->key), (int64_t)t->stage, xj_id_slice(&t->case_id), t->name, t->answerable,
                       xj_id_slice(&t->trigger), (int64_t)t->severity, t->at_ms, (int64_t)t->coalesced, entry, time_ms));
}

void xj_view_told(struct xj_view *v, const struct xj_ledger_item *item)
{
    struct xj_told t;
    if (xj_told_decode(xj_buf_slice(&item->head), &t) != XJ_OK)
        return;
    if (t.event == XJ_TOLD_RAISED) {
        raised(v, &t, (int64_t)item->n, item->time_ms);
        return;
    }
    const char *sql = t.event == XJ_TOLD_DELIVERED
                          ? "UPDATE told SET state = ?3, delivered_entry = ?4, delivered_by = ?5 WHERE key = ?1 AND stage = ?2"
                      : t.event == XJ_TOLD_ACKNOWLEDGED
                          ? "UPDATE told SET state = ?3, acknowledged_entry = ?4, acknowledged_by = ?5, note = ?6 WHERE key = ?1 AND stage = ?2"
                          : "UPDATE told SET state = ?3, cleared_entry = ?4, cleared_by = ?5, reason = ?6 WHERE key = ?1 AND stage = ?2";
    bool noted = t.event != XJ_TOLD_DELIVERED;
    xj_vq_run(v, xj_vq(v, sql, noted ? "biiiss" : "biiis", xj_slice_of(t.key, sizeof t.key), (int64_t)t.stage, state_after(&t), (int64_t)item->n, t.by,
                       t.reason));
}

/* ---- what is to be told ---- */

struct watch {
    struct xj_view *v;
    int64_t now_ms;
    struct xj_slice mine; /* whose duties are this agency's now */
    xj_watch_visit *visit;
    void *arg;
    bool stopped;
};

static struct xj_id id_of(struct xj_slice s)
{
    struct xj_id id = {{0}};
    if (s.n >= sizeof id)
        memcpy(id.b, s.p, sizeof id);
    return id;
}

/* Columns 0 to 4: key, case, name, answerable, trigger. */
static struct xj_told told_of(sqlite3_stmt *st, enum xj_told_event event)
{
    struct xj_told t = {.event = event, .case_id = xj_vq_id(st, 1), .name = xj_vq_slice(st, 2), .answerable = xj_vq_slice(st, 3),
                        .trigger = id_of(xj_vq_slice(st, 4))};
    struct xj_slice key = xj_vq_slice(st, 0);
    if (key.n == sizeof t.key)
        memcpy(t.key, key.p, key.n);
    return t;
}

static void say(struct watch *w, sqlite3_stmt *st, const struct xj_told *t)
{
    if (w->visit(w->arg, t))
        return;
    w->stopped = true;
    xj_vq_end(st);
}

static void alerts(struct watch *w)
{
    sqlite3_stmt *st = xj_vq(w->v, "SELECT a.key, a.case_id, a.rule, a.answerable, substr(a.evidence, 1, 16), a.severity, a.fires_ms FROM alert a"
                                   " LEFT JOIN told t ON t.key = a.key AND t.stage = 0 WHERE a.cleared = 0 AND a.fires_ms <= ?1"
                                   " AND (t.key IS NULL OR t.state = ?2) AND (a.self = 0 OR instr(?3, ',' || a.answerable || ',') > 0)"
                                   " ORDER BY a.fires_ms, a.case_id, a.idx",
                             "iis", w->now_ms, (int64_t)XJ_TOLD_STATE_OVER, w->mine);
    while (!w->stopped && xj_vq_row(w->v, st)) {
        struct xj_told t = told_of(st, XJ_TOLD_RAISED);
        int64_t fires = sqlite3_column_int64(st, 6);
        t.severity = (uint32_t)sqlite3_column_int64(st, 5);
        t.at_ms = fires == INT64_MIN ? w->now_ms : fires;
        t.coalesced = t.at_ms < w->now_ms - LATE_MS;
        say(w, st, &t);
    }
}

/* The stage `percent`, of duties whose next stage (0: there is none) has not come. `before`: stages below this one. */
static void stage(struct watch *w, uint32_t percent, uint32_t next, int64_t before)
{
    sqlite3_stmt *st = xj_vq(w->v, "SELECT d.key, d.case_id, d.duty, d.obligor, d.started_by, d.start_ms + (d.due_ms - d.start_ms) * ?3 / 100,"
                                   " (SELECT count(*) FROM told l WHERE l.key = d.key AND l.stage > 0 AND l.stage < ?3) FROM duty d"
                                   " WHERE d.status = ?1 AND instr(?2, ',' || d.obligor || ',') > 0 AND d.paused = 0 AND d.open_ended = 0 AND d.start_ms IS NOT NULL"
                                   " AND d.due_ms IS NOT NULL AND d.start_ms + (d.due_ms - d.start_ms) * ?3 / 100 <= ?5"
                                   " AND (?4 = 0 OR d.start_ms + (d.due_ms - d.start_ms) * ?4 / 100 > ?5)"
                                   " AND NOT EXISTS(SELECT 1 FROM told t WHERE t.key = d.key AND t.stage >= ?3 AND t.state <> ?6)"
                                   " ORDER BY d.due_ms, d.case_id, d.idx",
                             "isiiii", (int64_t)XJ_DUTY_OPEN, w->mine, (int64_t)percent, (int64_t)next, w->now_ms,
                             (int64_t)XJ_TOLD_STATE_OVER);
    while (!w->stopped && xj_vq_row(w->v, st)) {
        struct xj_told t = told_of(st, XJ_TOLD_RAISED);
        t.stage = percent;
        t.at_ms = sqlite3_column_int64(st, 5);
        t.coalesced = t.at_ms < w->now_ms - LATE_MS || sqlite3_column_int64(st, 6) < before;
        say(w, st, &t);
    }
}

/* Raised, and no longer so: done, or found no more. */
static void over(struct watch *w)
{
    sqlite3_stmt *st = xj_vq(w->v, "SELECT t.key, t.case_id, t.name, t.answerable, t.trigger, t.stage, t.severity, t.at_ms, t.coalesced,"
                                   " CASE WHEN t.stage = 0 THEN (SELECT max(a.cleared) FROM alert a WHERE a.key = t.key)"
                                   " ELSE (SELECT max(d.done) FROM duty d WHERE d.key = t.key) END FROM told t WHERE t.state <= ?2"
                                   " AND ((t.stage = 0 AND NOT EXISTS(SELECT 1 FROM alert a WHERE a.key = t.key AND a.cleared = 0 AND a.fires_ms <= ?1"
                                   " AND (a.self = 0 OR instr(?4, ',' || a.answerable || ',') > 0)))"
                                   " OR (t.stage > 0 AND NOT EXISTS(SELECT 1 FROM duty d WHERE d.key = t.key AND d.status = ?3"
                                   " AND instr(?4, ',' || d.obligor || ',') > 0))) ORDER BY t.raised_entry",
                             "iiis", w->now_ms, (int64_t)XJ_TOLD_ACKNOWLEDGED, (int64_t)XJ_DUTY_OPEN, w->mine);
    while (!w->stopped && xj_vq_row(w->v, st)) {
        struct xj_told t = told_of(st, XJ_TOLD_CLEARED);
        t.stage = (uint32_t)sqlite3_column_int64(st, 5);
        t.severity = (uint32_t)sqlite3_column_int64(st, 6);
        t.at_ms = sqlite3_column_int64(st, 7);
        t.coalesced = sqlite3_column_int64(st, 8) != 0;
        t.reason = xj_slice_cstr(sqlite3_column_int64(st, 9) == 1 ? "done" : "gone");
        say(w, st, &t);
    }
}

enum xj_err xj_view_watch(struct xj_view *v, int64_t now_ms, const uint32_t *percents, size_t count, xj_watch_visit *visit, void *arg)
{
    struct watch w = {.v = v, .now_ms = now_ms, .visit = visit, .arg = arg};
    xj_view_begin(v, false);
    w.mine = xj_view_mine(v, now_ms);
    over(&w);
    for (size_t i = count; i > 0 && !w.stopped; i--)
        stage(&w, percents[i - 1], i < count ? percents[i] : 0, (int64_t)(i - 1));
    if (!w.stopped)
        alerts(&w);
    return xj_view_end(v);
}

/* ---- one, as the ledger holds it ---- */

bool xj_view_told_get(struct xj_view *v, const uint8_t key[XJ_TOLD_KEY_SIZE], uint32_t stage, struct xj_told *ret, struct xj_buf *text)
{
    xj_view_begin(v, false);
    sqlite3_stmt *st = xj_vq(v, "SELECT t.key, t.case_id, t.name, t.answerable, t.trigger, t.severity, t.at_ms, t.coalesced FROM told t"
                                " WHERE t.key = ?1 AND t.stage = ?2", "bi", xj_slice_of(key, XJ_TOLD_KEY_SIZE), (int64_t)stage);
    bool found = xj_vq_row(v, st);
    if (found) {
        *ret = told_of(st, XJ_TOLD_INVALID);
        ret->stage = stage;
        ret->severity = (uint32_t)sqlite3_column_int64(st, 5);
        ret->at_ms = sqlite3_column_int64(st, 6);
        ret->coalesced = sqlite3_column_int64(st, 7) != 0;
        size_t name = ret->name.n, answerable = ret->answerable.n;
        xj_buf_add_slice(text, ret->name);
        xj_buf_add_slice(text, ret->answerable);
        if (text->err != XJ_OK)
            xj_view_fail(v, XJ_ENOMEM);
        ret->name = xj_slice_of(text->p, name);
        ret->answerable = xj_slice_of(text->p + name, answerable);
        xj_vq_end(st);
    }
    return xj_view_end(v) == XJ_OK && found;
}
