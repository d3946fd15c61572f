/* JSON that people or agents hand to the command line. Any thread. */
#ifndef XJ_CLI_JSON_IN_H
#define XJ_CLI_JSON_IN_H

#include <jansson.h>

#include "schema/base/buf.h"

/* One JSON value (owned by the caller; a byte order mark before it is skipped; no key twice in an object), or NULL: text (may
 * be NULL) then says where `name` stops being JSON. The place only: a library's own words may cut a character in two. */
json_t *xj_json_in(struct xj_slice bytes, const char *name, struct xj_buf *text);

#endif
