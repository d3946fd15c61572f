/* A ledger file to look into: the copy a running agent makes, or the file itself when no agent runs. The command line.
 * Spec: spec/10-api.md, section 2 (POST /api/snapshot); spec/05-ledger.md, section 1. */
#ifndef XJ_SNAPSHOT_H
#define XJ_SNAPSHOT_H

#include "agents/cli/cli.h"

struct xj_snapshot {
    char *path;      /* of the ledger to open read-only */
    char *directory; /* private, removed by drop; NULL: path is the agent's own file */
};

/* For the data directory of cli. Says what is wrong and returns the exit code, *ret empty; XJ_EXIT_OK with *ret. The agent
 * counts as stopped when nobody answers on its socket. */
int xj_snapshot_take(const struct xj_cli *cli, struct xj_snapshot *ret);
void xj_snapshot_drop(struct xj_snapshot *s); /* safe on a zeroed struct and twice */

#endif
