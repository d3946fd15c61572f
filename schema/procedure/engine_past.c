/* What a case still has from the revisions it stood under before: the rows its duties are reckoned by. Spec: spec/09-fold.md,
 * section 12. A case that never moved asks nothing of this. */
#include "schema/procedure/engine_state.h"

bool xj_fold_ended(const struct xj_fold_duty *d)
{
    return d->duty >= XJ_FOLD_ENDED;
}

const struct xj_images *xj_fold_past(struct xj_fold *f, uint8_t past)
{
    struct xj_way way;
    if (past == 0 || past > f->past_count || f->err != XJ_OK)
        return NULL;
    struct xj_fold_past *p = &f->pasts[past - 1];
    if (!p->looked && xj_revision_way(&f->e->revisions, f->m, &p->revision, &way)) {
        enum xj_err err = xj_way_images(f->arena, &way, &p->images);
        p->here = err == XJ_OK;
        if (err != XJ_OK && err != XJ_ENOTFOUND)
            xj_fold_fail(f, err);
    }
    p->looked = true;
    return p->here ? &p->images : NULL;
}

uint8_t xj_fold_past_of(const struct xj_fold *f, uint64_t seq)
{
    for (size_t i = 0; i < f->past_count; i++)
        if (seq <= f->pasts[i].last_seq)
            return (uint8_t)(i + 1);
    return 0;
}

struct xj_fold_own xj_fold_own(struct xj_fold *f, const struct xj_fold_duty *d)
{
    const struct xj_images *im = d->past > 0 ? xj_fold_past(f, d->past) : NULL;
    if (im != NULL && d->own < im->from->duty_count) {
        const struct xj_m_duty *row = &im->from->duties[d->own];
        return (struct xj_fold_own){row, d->own_sector < row->sector_count ? d->own_sector : (uint16_t)XJ_NONE, im->from, im->acts};
    }
    if (xj_fold_ended(d))
        return (struct xj_fold_own){NULL, XJ_NONE, NULL, NULL};
    return (struct xj_fold_own){&f->m->duties[d->duty], d->sector, f->m, NULL};
}
