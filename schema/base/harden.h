/* What a daemon gives up once its configuration is read: core files, other processes of its user looking in, memory without end,
 * another user's rights, and system calls that it never makes and an intruder would. Programs only, before they read a key and
 * before the first thread. Spec: spec/00-conventions.md, section 7. */
#ifndef XJ_HARDEN_H
#define XJ_HARDEN_H

#include <stdint.h>

#include "schema/base/buf.h"

struct xj_harden {
    const char *user;      /* becomes this user when started as root; NULL or "": stays who it is */
    uint64_t memory_bytes; /* RLIMIT_DATA; 0: no cap. Beyond it an allocation fails, and the process ends and is started again */
    uint64_t files;        /* open files wanted; less where the hard limit is lower. 0: as it is */
};

/* Secrets are about to be read: umask 077, no core file, no ptrace by others of this user, no new privileges. Then files, memory,
 * user and the filter. XJ_ECONFIG: no such user, or not started as root and another user; XJ_EDENIED: the system refused.
 * *ret_text, which the caller has initialised, says why in Chinese and English; a lower limit on files or root as the user is only
 * worth a warning, which is left in it, too, with XJ_OK. A second call can only give up more.
 * Built with a sanitizer it sets neither cap nor filter: these look into their own process and reserve terabytes. */
enum xj_err xj_harden(const struct xj_harden *h, struct xj_buf *ret_text);

#endif
