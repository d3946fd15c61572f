/* Compiles a procedure file of YAML for publishing. The command line, city and replay; any thread.
 * Spec: spec/07-procedure.md, sections 2 to 6. */
#ifndef XJ_PROCFILE_H
#define XJ_PROCFILE_H

#include "agents/cli/changes.h"
#include "schema/procedure/yaml/findings.h"

#define XJ_PROCFILE_YAML_BYTES (4u * 1024 * 1024)
#define XJ_PROCFILE_COMPILED_BYTES (900u * 1024) /* what fits a register entry */

/* Reads path and overlay (NULL: none) and compiles: the compiled form is appended to ret_compiled, its name goes to
 * ret_name. findings is initialised and freed by the caller; it holds warnings on success too. XJ_EMALFORMED, XJ_ELIMIT:
 * findings say why; file errors with one line in text (may be NULL). */
enum xj_err xj_procfile_compile(const char *path, const char *overlay, struct xj_buf *ret_compiled,
                                char ret_name[XJ_MAX_NAME_BYTES + 1], struct xj_findings *findings, struct xj_buf *text);
/* Compiles and adds the procedure to the changes; errors, findings included, go to text as lines. */
enum xj_err xj_procfile_change(struct xj_changes *c, const char *path, const char *overlay, int64_t effective_from_ms,
                               struct xj_buf *text);

#endif
