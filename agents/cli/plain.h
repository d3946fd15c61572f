/* What the agent answers, made fit for a terminal: a peer chose the words in it. Any thread. Spec: spec/10-api.md, section 4. */
#ifndef XJ_PLAIN_H
#define XJ_PLAIN_H

#include <jansson.h>

#include "schema/base/err.h"

/* Puts U+FFFD in the place of each character by which a text would steer the terminal instead of being shown on it: control
 * characters (C0 but for newline and tab, DEL, C1) and the marks that turn the direction of others round; in every string and
 * every key below value, which is changed. XJ_ENOMEM: some may be left, and value must not be shown. */
enum xj_err xj_plain(json_t *value);

#endif
