/* A disk that remembers: every write, change of size, sync and change of names in one directory, just as our own code and
 * SQLite's file layer ask for them (those system calls are answered here first), and the states in which a power cut at any of
 * these steps may leave it. One disk in a process, one thread. Tests only; linked into tests/crash/ alone.
 *
 * Of a file that is in such a state, everything is there that was synced. Of what was not, each sector of 512 bytes has one of
 * the contents that it had since, the file one of its sizes, each name is the old or the new one. What lies past the old end
 * and was not written is zeros or rubbish. So writes are lost, torn and reordered. */
#ifndef XJ_DISK_H
#define XJ_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/world.h"

#define DISK_NAME 96 /* bytes of a file's name with its end */

/* What a disk that lies confirms and does not do: to show that those who use it would notice. */
enum disk_lie { DISK_HONEST = 0, DISK_SYNCS_NOTHING, DISK_SYNCS_NO_WAL, DISK_SYNCS_NO_NAMES };

/* Makes base/live, which is watched from now on, and base/state. Nothing below base is really synced. base must not lie in
 * memory (the stores refuse that). Aborts when it cannot. */
void disk_watch(const char *base, enum disk_lie lie);
void disk_unwatch(void); /* forgets everything; the files stay */
/* While it is paused, changes of live files whose name begins so are not remembered: their machine is without power. NULL: go on. */
void disk_pause(const char *prefix);

/* Steps so far. A cut "at step p" comes after p steps. */
uint64_t disk_steps(void);
/* The file that step p (from 0) was about. */
const char *disk_step_name(uint64_t p);
/* Brings what is known to be on the disk to step p. Only forwards. */
void disk_walk(uint64_t p);
uint64_t disk_walked(void);
/* Makes the files whose name begins so, in dir, what a cut at the step walked to may leave; others of such a name go away. */
void disk_cut(const char *prefix, struct rng *r, const char *dir);
/* Walks to the last step and puts the files of dir whose name begins so in place of the live ones: a machine that starts again. */
void disk_put(const char *prefix, const char *dir);

#endif
