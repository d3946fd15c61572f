#include "schema/procedure/yaml/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void xj_findings_init(struct xj_findings *f)
{
    memset(f, 0, sizeof *f);
}

void xj_findings_free(struct xj_findings *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->list[i].zh);
        free(f->list[i].en);
    }
    free(f->list);
    memset(f, 0, sizeof *f);
}

static bool grow(struct xj_findings *f)
{
    if (f->count < f->cap)
        return true;
    size_t cap = f->cap == 0 ? 16 : f->cap * 2;
    struct xj_finding *list = realloc(f->list, cap * sizeof *list);
    if (list == NULL)
        return false;
    f->list = list;
    f->cap = cap;
    return true;
}

void xj_findings_add(struct xj_findings *f, enum xj_severity severity, uint32_t line, const char *code, const char *zh,
                     const char *en, ...)
{
    va_list args, again;
    char *text_zh = NULL, *text_en = NULL;
    if (severity == XJ_SEVERITY_ERROR)
        f->errors++;
    if (f->err != XJ_OK || f->count == XJ_FINDINGS_MAX)
        return;
    va_start(args, en);
    va_copy(again, args);
    bool ok = vasprintf(&text_zh, zh, args) >= 0;
    if (!ok)
        text_zh = NULL;
    ok = vasprintf(&text_en, en, again) >= 0 && ok;
    va_end(again);
    va_end(args);
    if (!ok || !grow(f)) {
        free(text_zh);
        if (ok)
            free(text_en);
        f->err = XJ_ENOMEM;
        return;
    }
    f->list[f->count++] = (struct xj_finding){
        .severity = severity, .in_overlay = f->in_overlay, .line = line, .code = code, .zh = text_zh, .en = text_en};
}

const struct xj_finding *xj_findings_get(const struct xj_findings *f, const char *code)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->list[i].code, code) == 0)
            return &f->list[i];
    }
    return NULL;
}

void xj_findings_print(const struct xj_findings *f, struct xj_buf *out)
{
    static const char *const words[] = {"", "错误 error", "注意 warning", "说明 note"};
    for (size_t i = 0; i < f->count; i++) {
        const struct xj_finding *one = &f->list[i];
        xj_buf_addf(out, "%s %s%u %s: %s / %s\n", words[one->severity], one->in_overlay ? "overlay:" : "",
                    (unsigned)one->line, one->code, one->zh, one->en);
    }
}
