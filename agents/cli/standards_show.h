/* What the filing standards answer, for people and as JSON. The program only. Spec: spec/10-api.md, section 4. */
#ifndef XJ_STANDARDS_SHOW_H
#define XJ_STANDARDS_SHOW_H

#include "agents/cli/cli.h"
#include "schema/procedure/standards_look.h"

/* Print an answer to cli->out; return the exit code. */
int xj_standards_show(struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a);
int xj_standards_show_json(struct xj_cli *cli, const struct xj_standards *st, const struct xj_std_question *q, const struct xj_std_answer *a);
/* All measures with their terms and units. */
int xj_standards_show_measures(struct xj_cli *cli, const struct xj_standards *st);

#endif
