/* Reads the JSON form of filing standards, the one people keep (schema/standards/cn.json), into the standards that are signed.
 * The command line, city and tests; any thread. Spec: spec/13-standards.md, section 2. */
#ifndef XJ_STANDARDS_JSON_H
#define XJ_STANDARDS_JSON_H

#include "schema/procedure/standards.h"

#define XJ_STANDARDS_JSON_BYTES (4u * 1024 * 1024)

/* Reads JSON text into standards, free with xj_standards_free. name is used when the text names none. On error nothing needs
 * freeing and text (may be NULL) gets one line, Chinese then English, with the place ("entries[3].rows[1].value"):
 * XJ_EMALFORMED (no JSON, a missing or unknown key, what a reader of section 2 refuses), XJ_ELIMIT, XJ_ENOMEM. */
enum xj_err xj_standards_from_json(struct xj_slice json, const char *name, struct xj_standards *ret, struct xj_buf *text);
/* Reads the file; the name, when the text has none, is the file's name up to its first dot. Also the errors of xj_file_read. */
enum xj_err xj_standards_load(const char *path, struct xj_standards *ret, struct xj_buf *text);
/* The national standards that came with the program: standards/cn.json (share.h). XJ_ENOTFOUND when they are not there. */
enum xj_err xj_standards_builtin(struct xj_standards *ret, struct xj_buf *text);

#endif
