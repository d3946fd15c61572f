/* Plain configuration files, checked against the caller's table of names. Any thread; the result is read-only.
 * Spec: spec/00-conventions.md.
 * A file is UTF-8, at most 64 KiB, one `name = value` a line. Blanks around both are dropped. A '#' at the start of a line
 * or after a blank begins a comment. Names are lower-case letters, digits, '.', '_', '-'. No quotes, no escapes, no
 * continuation lines. CRLF and a leading byte order mark are tolerated. */
#ifndef XJ_CONFIG_H
#define XJ_CONFIG_H

#include "schema/base/buf.h"

#define XJ_CONFIG_FILE_MAX (64u * 1024u) /* bytes */
#define XJ_CONFIG_VALUE_MAX 1024u        /* bytes of one value */
#define XJ_CONFIG_NAME_MAX 64u           /* bytes of one name */
#define XJ_CONFIG_ENTRIES_MAX 1024u      /* lines that set something */
#define XJ_CONFIG_ERRORS_MAX 20u         /* faults reported in one go */

enum xj_config_need {
    XJ_CONFIG_NEED_INVALID = 0,
    XJ_CONFIG_REQUIRED, /* exactly once */
    XJ_CONFIG_OPTIONAL, /* at most once */
    XJ_CONFIG_LIST      /* any number of times, order kept */
};

enum xj_config_kind {
    XJ_CONFIG_KIND_INVALID = 0,
    XJ_CONFIG_STRING, /* no control characters */
    XJ_CONFIG_UINT,   /* decimal digits, no sign, no leading zero */
    XJ_CONFIG_PATH,   /* absolute, or from the directory the file is in; read back absolute or from there */
    XJ_CONFIG_BOOL    /* yes, no, true, false */
};

/* One allowed name. min and max bound the value of a uint and the bytes of a string or path as written; max 0 stands for no
 * bound of its own (UINT64_MAX, XJ_CONFIG_VALUE_MAX). A bool ignores both. An empty value counts as 0 bytes and is allowed
 * for strings with min 0 only. */
struct xj_config_name {
    const char *name;
    enum xj_config_need need;
    enum xj_config_kind kind;
    uint64_t min, max;
};

struct xj_config;

/* Reads text against names[count], which must outlive the result. file stands in error texts and, when it holds a '/', its
 * directory is what relative paths start from. On success *ret is owned by the caller. On error *ret is NULL and *error,
 * which the caller has initialised, gets one line per fault: file:line, what is wrong and what to do, Chinese then English
 * (cut short, never an error of its own, at its ceiling). XJ_ECONFIG: faults found; XJ_ELIMIT: text over 64 KiB;
 * XJ_ENOMEM. */
enum xj_err xj_config_parse(struct xj_slice text, const char *file, const struct xj_config_name *names, size_t count,
                            struct xj_config **ret, struct xj_buf *error);
/* Reads the file at path, then as xj_config_parse; also the errors of xj_file_read, with a text too. */
enum xj_err xj_config_load(const char *path, const struct xj_config_name *names, size_t count, struct xj_config **ret,
                           struct xj_buf *error);
void xj_config_free(struct xj_config *config); /* NULL allowed */

/* How often the name was given. */
size_t xj_config_count(const struct xj_config *config, const char *name);
/* The i-th value given, borrowed from config, or NULL when there are not so many. */
const char *xj_config_at(const struct xj_config *config, const char *name, size_t i);
/* The value, borrowed from config, or dflt when the name was not given. */
const char *xj_config_str(const struct xj_config *config, const char *name, const char *dflt);
uint64_t xj_config_uint(const struct xj_config *config, const char *name, uint64_t dflt);
bool xj_config_bool(const struct xj_config *config, const char *name, bool dflt);

#endif
