/* Writing a self-contained HTML page: every text goes through html_text, which leaves no way out of it. One thread; pure.
 * Spec: spec/16-evidence.md, section 3 (report.html). */
#ifndef XJ_HTML_H
#define XJ_HTML_H

#include <jansson.h>

#include "schema/base/buf.h"

/* Appends a text with & < > " ' written as references; control characters become U+FFFD. NULL is nothing. */
void xj_html_text(struct xj_buf *out, const char *s);
/* <tag>text</tag>; tag is one of ours. */
void xj_html_element(struct xj_buf *out, const char *tag, const char *text);
/* A JSON value as people read it: lists as lists, objects as "key: value" (Chinese where a label is known). */
void xj_html_value(struct xj_buf *out, const char *key, const json_t *value);
/* What a key of a body is called; the key itself when it has no name here. */
const char *xj_html_label(const char *key);

#endif
