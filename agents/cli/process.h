/* A daemon of a city as a process: started, watched, ended. City only; one thread.
 * Spec: none; an aid for demonstrations, replays and tests. A process is held by a descriptor (pidfd), so that a number
 * used again by the system is never mistaken for it. */
#ifndef XJ_PROCESS_H
#define XJ_PROCESS_H

#include <sys/types.h>

#include "schema/base/buf.h"

struct xj_process {
    pid_t pid; /* 0: none */
    int fd;    /* pidfd, -1: none */
    bool child; /* ours to reap */
};

void xj_process_init(struct xj_process *p);
/* Gives the descriptor back; the process goes on. */
void xj_process_forget(struct xj_process *p);
/* Starts program with argv (NULL-ended, argv[0] included); its output is appended to the file log. bound: it ends (SIGTERM)
 * with this thread. XJ_ENOTFOUND or XJ_EDENIED: the program cannot be executed; XJ_EIO, XJ_ENOMEM. text gets one line. */
enum xj_err xj_process_start(struct xj_process *p, const char *program, char *const *argv, const char *log, bool bound,
                             struct xj_buf *text);
/* Takes hold of a process started earlier: the number in the file, if a process of that number has mark among its
 * arguments. XJ_ENOTFOUND otherwise. */
enum xj_err xj_process_find(struct xj_process *p, const char *pid_file, const char *mark);
/* Writes the number to the file. */
enum xj_err xj_process_note(const struct xj_process *p, const char *pid_file);
/* Whether it still runs, after waiting at most wait_ms for its end. A child that ended is reaped and forgotten. */
bool xj_process_runs(struct xj_process *p, int wait_ms);
/* SIGTERM (SIGKILL when kill_now), then SIGKILL after 10 s; waits for the end. XJ_OK also when nothing runs; XJ_EIO. */
enum xj_err xj_process_end(struct xj_process *p, bool kill_now);
/* SIGTERM alone, without waiting. */
void xj_process_ask(struct xj_process *p);

#endif
