/* Where the law data that came with the program lies. The command line; any thread. Spec: spec/10-api.md, section 4. */
#ifndef XJ_SHARE_H
#define XJ_SHARE_H

#include "schema/base/buf.h"

/* Appends the path of the file of that name ("calendars/cn.json") under XIANJIE_SHARE, or, without it, under
 * ../share/xianjie or ../../schema from the program's own directory: as installed, or the tree it was built in. Never under
 * the working directory: law is not taken from wherever one happens to stand. XJ_ENOTFOUND, XJ_ENOMEM; out is then as before. */
enum xj_err xj_share_path(const char *name, struct xj_buf *out);

#endif
