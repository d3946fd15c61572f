/* What a check of a procedure found: errors, warnings and notes with line, code and text in both languages.
 * The command line and tests; any thread, one owner at a time. Spec: spec/07-procedure.md, section 6. */
#ifndef XJ_FINDINGS_H
#define XJ_FINDINGS_H

#include "schema/base/buf.h"

#define XJ_FINDINGS_MAX 500u

enum xj_severity {
    XJ_SEVERITY_INVALID = 0,
    XJ_SEVERITY_ERROR,   /* the procedure is not compiled */
    XJ_SEVERITY_WARNING, /* compiled, but somebody should look */
    XJ_SEVERITY_NOTE     /* a difference of an overlay, a figure */
};

struct xj_finding {
    enum xj_severity severity;
    bool in_overlay;  /* the line is one of the overlay */
    uint32_t line;    /* from 1; 0: the file as a whole */
    const char *code; /* static: a code of the spec */
    char *zh, *en;    /* owned by the list; one line each */
};

struct xj_findings {
    struct xj_finding *list; /* in the order found */
    size_t count, cap;
    size_t errors; /* how many of them are errors; past XJ_FINDINGS_MAX they are counted and not kept */
    enum xj_err err; /* XJ_OK or XJ_ENOMEM; sticky */
    bool in_overlay; /* what is added from now on lies in the overlay */
};

void xj_findings_init(struct xj_findings *f);
void xj_findings_free(struct xj_findings *f); /* safe on a zeroed struct and twice */
/* Adds one. zh and en are formats that take the same arguments in the same order. code is kept by pointer. */
void xj_findings_add(struct xj_findings *f, enum xj_severity severity, uint32_t line, const char *code, const char *zh,
                     const char *en, ...) __attribute__((format(printf, 5, 7), format(printf, 6, 7)));
/* The first finding with the code, or NULL. */
const struct xj_finding *xj_findings_get(const struct xj_findings *f, const char *code);
/* "错误 12 unknown_name: zh / en" and a newline for each. Failures are sticky in out->err. */
void xj_findings_print(const struct xj_findings *f, struct xj_buf *out);

#endif
