/* From one revision of a procedure to another: the images of its names, and the way from the revision a case stands under to a
 * later one. Any thread; pure but for the callbacks. Spec: spec/07-procedure.md, section 3c; spec/06-register.md, section 6. */
#ifndef XJ_REVISION_H
#define XJ_REVISION_H

#include "schema/procedure/arena.h"
#include "schema/procedure/model.h"

#define XJ_REVISION_STEPS 8u /* the longest way from one revision to another */

/* Where other revisions come from. */
struct xj_revisions {
    void *ctx;
    /* The model of a revision of the procedure of that name, or NULL; borrowed until XJ_REVISION_STEPS + 2 others were asked
     * for. model NULL: there are no others. */
    const struct xj_model *(*model)(void *ctx, const char *procedure, const struct xj_hash *revision);
    /* Since when it is in force; false when the register has no such revision. */
    bool (*effective)(void *ctx, const char *procedure, const struct xj_hash *revision, int64_t *ret_ms);
};

/* What the indices of one model are in another, by old index; XJ_NONE: nothing. The lists lie in the caller's arena. */
struct xj_images {
    const struct xj_model *from, *to;
    uint16_t *tracks, **states, *questions, *papers, *acts, *duties;
};

/* One step: by the map of `to` where it replaces `from`, else by equal names. XJ_ENOMEM or XJ_ELIMIT of the arena. */
enum xj_err xj_images_make(struct xj_arena *arena, const struct xj_model *from, const struct xj_model *to, struct xj_images *ret);
/* Whether one step is such that cases can move (spec 07, 3c.5). */
bool xj_images_total(const struct xj_images *one);
/* Whether an act, question, duty of a procedure may go without image (spec 07, 3c.3): nothing that runs or stands comes from it. */
bool xj_act_droppable(const struct xj_model *m, uint16_t act);
bool xj_question_droppable(const struct xj_model *m, uint16_t question);
bool xj_duty_droppable(const struct xj_model *m, uint16_t duty);
/* a, then b, which begins where a ends. */
enum xj_err xj_images_then(struct xj_arena *arena, const struct xj_images *a, const struct xj_images *b, struct xj_images *ret);
/* The entry that the map of `to` has for an old name, or NULL. */
const struct xj_m_rename *xj_rename_of(const struct xj_m_rename *list, uint16_t count, const char *was);

/* The models from an older revision to `to`, both included, each replacing the one before it. */
struct xj_way {
    const struct xj_model *at[XJ_REVISION_STEPS + 1];
    size_t n;
};
/* False when `to` does not come from that revision, a model between them is not there, or the way is too long. */
bool xj_revision_way(const struct xj_revisions *r, const struct xj_model *to, const struct xj_hash *from, struct xj_way *ret);
/* The images of the whole way. XJ_ENOTFOUND: a step of it is not total. */
enum xj_err xj_way_images(struct xj_arena *arena, const struct xj_way *way, struct xj_images *ret);

#endif
