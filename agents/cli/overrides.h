/* `--override CODE=REASON` as the `override` of a request. The program only. Spec: spec/10-api.md, section 3. */
#ifndef XJ_OVERRIDES_H
#define XJ_OVERRIDES_H

#include "agents/cli/options.h"

/* {"code": "reason", …} of the options (the caller's), NULL for none. False: one of them has no code or no reason, or a code is
 * there twice; *ret is NULL then. */
bool xj_overrides(const struct xj_option_list *list, json_t **ret);

#endif
