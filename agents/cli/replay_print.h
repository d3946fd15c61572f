/* A replayed case for people: timeline, tracks, duties; and the summary of a whole run. Spec: spec/11-replay.md, section 6. */
#ifndef XJ_REPLAY_PRINT_H
#define XJ_REPLAY_PRINT_H

#include "agents/cli/cli.h"

void xj_replay_print(const struct xj_cli *cli, const json_t *result);
void xj_replay_summary(const struct xj_cli *cli, const json_t *results, bool broken);

#endif
