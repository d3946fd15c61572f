/* Which revision an act is drafted under. Spec: spec/06-register.md, section 6. */
#include <string.h>

#include "agents/agent/view/draft_private.h"
#include "schema/ledger/memory_store.h"

#define REVISIONS_MAX 64u

struct revisions {
    struct {
        struct xj_hash revision;
        int64_t from_ms;
    } at[REVISIONS_MAX];
    size_t n;
};

static bool gather(void *arg, const struct xj_hash *revision, int64_t effective_ms)
{
    struct revisions *r = arg;
    if (r->n < REVISIONS_MAX) {
        r->at[r->n].revision = *revision;
        r->at[r->n++].from_ms = effective_ms;
    }
    return true;
}

static int64_t since(const struct revisions *r, const struct xj_hash *revision)
{
    for (size_t i = 0; i < r->n; i++)
        if (xj_hash_eq(&r->at[i].revision, revision))
            return r->at[i].from_ms;
    return INT64_MIN;
}

/* What the exchange said last of this case, when it refused an act for its revision later than anything this agency has seen
 * of it: the case may have moved with an act that went to others. */
static bool told_of(struct xj_draft *d, struct xj_hash *ret_revision, int64_t *ret_ms)
{
    struct xj_refused r;
    bool found = false;
    char hex[2 * XJ_HASH_SIZE + 1] = "";
    struct xj_slice id = xj_id_slice(&d->out->header.case_id);
    int64_t last = xj_vq_int(d->v, xj_vq(d->v, "SELECT last_seq FROM case_index WHERE case_id = ?1", "b", id), 0);
    sqlite3_stmt *st = xj_vq(d->v, "SELECT statement FROM own WHERE state = 2 AND code = 'revision_unknown' AND case_id = ?1"
                                   " ORDER BY number DESC LIMIT 1", "b", id);
    if (!xj_vq_row(d->v, st))
        return false;
    if (xj_refused_decode(xj_vq_slice(st, 0), &r) == XJ_OK && r.position > (uint64_t)last && r.detail.n == sizeof hex - 1) {
        memcpy(hex, r.detail.p, r.detail.n);
        found = xj_unhex(hex, ret_revision->b, XJ_HASH_SIZE);
        *ret_ms = r.time_ms;
    }
    xj_vq_end(st);
    return found;
}

/* Whether the case, as this agency sees it, may move there now. */
static bool may_move(struct xj_draft *d, const struct xj_hash *revision)
{
    struct xj_engine e;
    bool may = false;
    if (!xj_view_engine(d->v, xj_slice_cstr(d->procedure), revision, UINT64_MAX, &e))
        return false;
    enum xj_err err = xj_engine_may_move(&e, d->out->header.case_id, d->now_ms, &may);
    if (err != XJ_OK)
        d->err = err;
    return may;
}

/* Whether the case can be carried there at all. */
static bool reaches(struct xj_draft *d, const struct xj_hash *revision)
{
    struct xj_engine e;
    struct xj_way way;
    return xj_hash_eq(revision, &d->revision) ||
           (xj_view_engine(d->v, xj_slice_cstr(d->procedure), revision, UINT64_MAX, &e) &&
            xj_revision_way(&e.revisions, e.model, &d->revision, &way));
}

void xj_draft_newest(struct xj_draft *d)
{
    struct revisions all = {.n = 0};
    struct xj_hash told;
    int64_t told_ms = INT64_MIN;
    if (d->err != XJ_OK)
        return;
    d->err = xj_reg_procedure_revisions(&d->v->store, xj_slice_cstr(d->procedure), gather, &all);
    if (d->err != XJ_OK || all.n < 2) /* ordinarily there is one */
        return;
    struct xj_hash best = d->revision;
    bool knows = told_of(d, &told, &told_ms);
    if (!d->case_known) { /* known from paper only: whoever has acts of it stands under some revision, and the exchange says which */
        d->revision = knows && since(&all, &told) != INT64_MIN ? told : d->revision;
        return;
    }
    if (knows && reaches(d, &told))
        best = told;
    int64_t best_ms = since(&all, &best);
    for (size_t i = 0; i < all.n && d->err == XJ_OK; i++) {
        int64_t from_ms = all.at[i].from_ms;
        if (from_ms <= d->now_ms && from_ms > best_ms && from_ms > told_ms && may_move(d, &all.at[i].revision)) {
            best = all.at[i].revision;
            best_ms = from_ms;
        }
    }
    d->revision = best;
}

void xj_draft_stand(struct xj_draft *d)
{
    char procedure[XJ_MAX_NAME_BYTES + 1];
    struct xj_hash pinned;
    if (!d->case_known || !xj_view_pin(d->v, d->out->header.case_id, procedure, &pinned) || xj_hash_eq(&pinned, &d->revision))
        return;
    d->apart = xj_memory_store_new();
    if (d->apart == NULL) {
        d->err = XJ_ENOMEM;
        return;
    }
    d->engine.store = xj_memory_store_of(d->apart);
    enum xj_err err = xj_engine_carry(&d->engine, &d->v->store, d->out->header.case_id);
    if (err == XJ_ENOTFOUND)
        xj_draft_refuse_code(d, "revision_unknown", xj_slice_cstr(d->procedure));
    else if (err != XJ_OK)
        d->err = err;
}
