/* What a process was at when a defect ended it: a small file that outlives the process (not the power), so that what kills its
 * reader each time is known by the third death, and can be put aside instead of killing a fourth. Shells and the view; each trail
 * belongs to one thread. Spec: spec/00-conventions.md, section 8.
 * A death counts when the thread was at something and died of it: by a signal that a defect sends (not SIGKILL, not the end that
 * an operator asks for), or by xj_trail_died. */
#ifndef XJ_TRAIL_H
#define XJ_TRAIL_H

#include "schema/base/buf.h"

#define XJ_TRAIL_WHAT 40u /* bytes of a name, at most */
#define XJ_TRAIL_DEATHS 3u

struct xj_trail;

/* Reads what the last process left at path, or begins; from then on signals of defects are noted before they end the process.
 * At most 4 trails a process. XJ_ENOMEM, XJ_EIO. */
enum xj_err xj_trail_open(const char *path, struct xj_trail **ret);
/* NULL is fine. What is under way is forgotten. */
void xj_trail_close(struct xj_trail *t);

/* The thread begins with what has this name (cut off at XJ_TRAIL_WHAT bytes), and has come past it. Costs no system call but the
 * first time. NULL is fine: nothing is noted. */
void xj_trail_at(struct xj_trail *t, struct xj_slice what);
void xj_trail_past(struct xj_trail *t);
/* How many processes have died at it, one after the other, without one coming past it. 0 for NULL. */
unsigned xj_trail_deaths(const struct xj_trail *t, struct xj_slice what);
/* The process is about to end itself because of what the calling thread is at. */
void xj_trail_died(struct xj_trail *t);

#endif
