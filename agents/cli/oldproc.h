/* The revision that a procedure is held against, wherever it lies; and publishing what was proved against it. The command line
 * only; the thread of the command. Spec: spec/07-procedure.md, sections 3c and 6. */
#ifndef XJ_OLDPROC_H
#define XJ_OLDPROC_H

#include "agents/cli/changes.h"
#include "agents/cli/cli.h"
#include "schema/procedure/model.h"

/* The model of OLD: a YAML file (by its name, .yaml or .yml), a file of compiled bytes, or 16 or 64 hex digits of a revision in the
 * register of the data directory. What is wrong is said; returns the exit code, *ret (xj_model_free) NULL unless 0. */
int xj_oldproc_load(struct xj_cli *cli, const char *old, struct xj_model **ret);
/* Compiles path with overlay (NULL: none); where it replaces a revision, proves that against the register; adds it to the changes.
 * XJ_EXIT_OK, or the exit code of what was said; then nothing was added. */
int xj_oldproc_change(struct xj_cli *cli, struct xj_changes *changes, const char *path, const char *overlay, int64_t effective_from_ms);
/* The same proof for every procedure that the changes give as compiled bytes; text takes what is wrong. */
int xj_oldproc_prove(struct xj_cli *cli, const struct xj_changes *changes, struct xj_buf *text);

#endif
