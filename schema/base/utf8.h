/* Strict UTF-8: no surrogates, no overlong forms, nothing above U+10FFFF. Any thread.
 * Spec: spec/01-encoding.md (strings); The Unicode Standard, table 3-7 "Well-Formed UTF-8 Byte Sequences". */
#ifndef XJ_UTF8_H
#define XJ_UTF8_H

#include "schema/base/buf.h"

/* True when all bytes are well-formed UTF-8. NUL and control characters are characters here. */
bool xj_utf8_valid(struct xj_slice s);

#endif
