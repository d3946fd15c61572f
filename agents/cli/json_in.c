#include "agents/cli/json_in.h"

#include <string.h>

json_t *xj_json_in(struct xj_slice bytes, const char *name, struct xj_buf *text)
{
    json_error_t at;
    if (bytes.n >= 3 && memcmp(bytes.p, "\xEF\xBB\xBF", 3) == 0)
        bytes = xj_slice_of(bytes.p + 3, bytes.n - 3);
    json_t *made = json_loadb((const char *)bytes.p, bytes.n, JSON_REJECT_DUPLICATES, &at);
    if (made == NULL && text != NULL)
        xj_buf_addf(text, "%s：第 %d 行第 %d 列不是 JSON / %s: no JSON at line %d, column %d\n", name, at.line, at.column, name, at.line,
                    at.column);
    return made;
}
