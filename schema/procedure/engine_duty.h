/* Duties: which an act starts, stops, extends, pauses, hands on or makes presumed done, and what one reads as.
 * Only the engine's own files; the thread that owns the database. Spec: spec/09-fold.md, sections 7 to 9.
 * Records hold raw instants and are evaluated lazily, so that deliveries and acts may come in any order. */
#ifndef XJ_ENGINE_DUTY_H
#define XJ_ENGINE_DUTY_H

#include "schema/procedure/engine_look.h"

enum { XJ_FOLD_BY_RECEIPT = 1, XJ_FOLD_BY_ACCEPTANCE = 2 }; /* in keys XJ_FOLD_TAKEN */

/* A signed receipt or acceptance, or nothing known. */
struct xj_fold_taken {
    uint64_t seq;
    bool known;
    int64_t from_ms, to_ms;
};
struct xj_fold_key xj_fold_taken_key(const struct xj_fold *f, const struct xj_id *id, uint8_t kind, struct xj_slice agency);
bool xj_fold_taken(struct xj_fold *f, const struct xj_fold_key *k, struct xj_fold_taken *ret);
void xj_fold_put_taken(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_taken *t);
struct xj_fold_key xj_fold_delivered_key(const struct xj_fold *f, const struct xj_id *id, struct xj_slice agency);

/* ---- applying; a is the act's own record, already complete ---- */
void xj_fold_duties_start(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, struct xj_slice viewer);
/* Stops, extensions, pauses. */
void xj_fold_duties_act(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a);
/* Spec 7. Must run before the act itself is put on record. */
void xj_fold_duties_presume(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a);
/* Spec 8.7: what the act opening q started passes from those asked before to one of new principals. */
void xj_fold_duties_pass(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_question *q,
                         struct xj_fold_names asked_before);
/* Spec 8.8: duties of the agency started by that act end. */
void xj_fold_duties_unreadable(struct xj_fold *f, uint64_t seq, uint64_t started_by, struct xj_slice agency);
/* Takes what the act seq left out of a duty; a start noted while it ran takes its place (spec 8.4). */
void xj_fold_duty_undo(struct xj_fold *f, const struct xj_fold_key *k, uint64_t seq);
/* Moves a stop of seq to another range (amends). */
void xj_fold_duty_redate(struct xj_fold *f, const struct xj_fold_key *k, const struct xj_fold_act *a);
/* Duty ids that the act would stop late, at most max; returns how many. a is the act's record as it would be. */
size_t xj_fold_duties_late(struct xj_fold *f, const struct xj_fold_in *in, const struct xj_fold_act *a, const char **ret,
                           size_t max);

/* ---- reading ---- */
struct xj_slice xj_fold_obligor_now(const struct xj_fold_duty *d);
/* Every record as xj_engine_duties shows it. */
void xj_fold_duties_show(struct xj_fold *f, xj_duty_visit *visit, void *arg);
/* The arithmetic of its due date as spec/08-clocks.md, section 9 writes it, a line for each end of a start known as a range;
 * nothing where there is no limit or no start to count from. */
void xj_fold_reckon(struct xj_fold *f, const struct xj_fold_duty *d, size_t bit_index, struct xj_buf *out);
/* What one subject of a record reads as; false when the row is not shown. subjects are left out. */
bool xj_fold_evaluate(struct xj_fold *f, const struct xj_fold_duty *d, size_t bit, struct xj_duty_view *ret);

#endif
