/* A file as a paper of a request: read, bounded, in base64. Command line; any thread. Spec: spec/10-api.md, section 3. */
#ifndef XJ_PAPER_FILE_H
#define XJ_PAPER_FILE_H

#include <jansson.h>

#include "schema/base/buf.h"

/* The paper {"kind","name","media_type","content_base64"} of the file at path (kind need not end in NUL), named as the file is;
 * the media type comes from what follows the name's last point. The caller's. Errors of xj_file_read (XJ_ELIMIT: over 1 MiB),
 * XJ_ENOMEM; then *ret is NULL. */
enum xj_err xj_paper_file(const char *path, struct xj_slice kind, json_t **ret);

#endif
