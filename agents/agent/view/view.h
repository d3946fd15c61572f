/* view.db: everything folded from the ledger for people and programs: cases, acts with opened bodies, questions, duties,
 * outbox. Deletable; a rebuild gives the same bytes. One writer; many readers. Spec: spec/09-fold.md, spec/10-api.md.
 * Ordering: a case folds by seq, never by arrival; an act that arrives late refolds its case. */
#ifndef XJ_VIEW_H
#define XJ_VIEW_H

#include "agents/agent/core/core.h"
#include "schema/base/trail.h"
#include "schema/ledger/told.h"
#include "schema/procedure/engine.h"

struct xj_view;

/* Entry n of the ledger behind the view, for drafting what shares it; to be freed by whoever asked. NULL: none is at hand. */
struct xj_view_ledger {
    void *ctx;
    enum xj_err (*item)(void *ctx, uint64_t n, struct xj_ledger_item *ret);
};
struct xj_view_options {
    const char *path;
    const char *agency;
    const uint8_t *root_key;
    const struct xj_agency_keys *keys; /* to open bodies; NULL: a reader that opens nothing new */
    bool reader;                       /* query_only, its own connection, never checkpoints */
    struct xj_trail *trail;            /* of the entries in hand, for the writer; NULL: none is kept */
    bool volatile_ok;                  /* tests */
    struct xj_view_ledger ledger;
};
enum xj_err xj_view_open(const struct xj_view_options *o, struct xj_view **ret, struct xj_buf *ret_text);
void xj_view_close(struct xj_view *v);

/* Ledger entry up to which it is folded. */
uint64_t xj_view_applied(struct xj_view *v);
/* Folds items, which continue applied_to, in one transaction that records applied_to, or, where one of them is under suspicion
 * (o->trail), in one each. Total over anything a verified ledger can hold. An entry at which three processes have died is folded
 * without opening its body, and one at which three more have died not at all. */
enum xj_err xj_view_apply(struct xj_view *v, const struct xj_ledger_item *items, size_t count);
/* The last entry that xj_view_apply put aside so since this was last asked; 0: none. */
uint64_t xj_view_put_aside(struct xj_view *v);
/* Deletes all and starts from nothing. */
enum xj_err xj_view_clear(struct xj_view *v);
/* What is to be told at now_ms and is not yet, as the view stands: what is over, stages of running limits (percents ascending,
 * each 1..100), alerts. Slices are borrowed during the call; stop with false. Spec: spec/12-detection.md, section 5. */
typedef bool xj_watch_visit(void *arg, const struct xj_told *t);
enum xj_err xj_view_watch(struct xj_view *v, int64_t now_ms, const uint32_t *percents, size_t count, xj_watch_visit *visit, void *arg);
/* What was raised under key and stage, event left open; its slices point into text. False: nothing was (or the view failed). */
bool xj_view_told_get(struct xj_view *v, const uint8_t key[XJ_TOLD_KEY_SIZE], uint32_t stage, struct xj_told *ret, struct xj_buf *text);
/* *ret: the file is sound, rows and indices agree, and opening it found the tables as they are made. Reads all of it. */
enum xj_err xj_view_whole(struct xj_view *v, bool *ret);
/* SHA-256 over all logical content (tables in key order), times of the machine masked when mask_times: for comparing a
 * rebuild, and for the simulator. */
enum xj_err xj_view_digest(struct xj_view *v, bool mask_times, struct xj_hash *ret);

#endif
