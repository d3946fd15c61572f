/* Which act of the procedure an event of a case file is, and whom it goes to. Read once; then pure, any thread.
 * Spec: spec/11-replay.md, section 4. */
#ifndef XJ_REPLAY_TABLE_H
#define XJ_REPLAY_TABLE_H

#include "agents/cli/replay_read.h"
#include "schema/procedure/model.h"

enum xj_replay_who { XJ_WHO_INVALID = 0, XJ_WHO_ANSWERING, XJ_WHO_ASKER, XJ_WHO_SAME, XJ_WHO_ROLE };
struct xj_replay_wish {
    enum xj_replay_who who;
    enum xj_actor_kind role; /* with XJ_WHO_ROLE */
};

struct xj_replay_mapped {
    uint16_t act;              /* XJ_NONE: a note */
    enum xj_actor_kind recorder; /* XJ_ACTOR_INVALID: the actor itself (a note: by its neighbour) */
};

struct xj_replay_table;

/* Reads the YAML against the model (borrowed for the table's life). Names of acts, roles and events are checked.
 * XJ_EMALFORMED, XJ_ELIMIT with findings as text; XJ_ENOMEM. On error *ret is NULL. */
enum xj_err xj_replay_table_read(struct xj_slice yaml, const struct xj_model *model, struct xj_replay_table **ret,
                                 struct xj_buf *text);
void xj_replay_table_free(struct xj_replay_table *t); /* NULL is fine */

/* What an event is when an actor of that kind does it. later_own: the actor's own events that follow in the file.
 * False: no such event. */
bool xj_replay_table_map(const struct xj_replay_table *t, const char *event, enum xj_actor_kind kind,
                         const char *const *later_own, size_t later_count, struct xj_replay_mapped *ret);
/* Wishes for the recipients of an act, best first; *ret_count 0: the roles that its questions ask. */
const struct xj_replay_wish *xj_replay_table_wishes(const struct xj_replay_table *t, uint16_t act, size_t *ret_count);
const struct xj_model *xj_replay_table_model(const struct xj_replay_table *t);

#endif
