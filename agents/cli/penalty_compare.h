/* `penalty compare`. The program only. Spec: spec/15-penalty-records.md, section 6. */
#ifndef XJ_PENALTY_COMPARE_H
#define XJ_PENALTY_COMPARE_H

#include "agents/cli/cli.h"

/* argv[0] is "compare"; returns the exit code. */
int xj_penalty_compare(struct xj_cli *cli, int argc, char **argv);

#endif
