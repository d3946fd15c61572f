/* Who is in whose place, for reading: asked of the newest register at the reader's instant, so that nothing in the tables depends
 * on a clock. Spec: spec/06-register.md, section 8, and spec/09-fold.md, section 9. */
#include <string.h>

#include "agents/agent/view/view_private.h"

#define MINE_BYTES (64u * 1024)

void xj_view_holder(struct xj_view *v, struct xj_slice agency, int64_t now_ms, char ret[XJ_MAX_AGENCY_BYTES + 1])
{
    (void)xj_view_calendar(v); /* reads the successions, too */
    enum xj_err err = xj_succession_holder(&v->succession, &v->store, agency, UINT64_MAX, now_ms, ret);
    if (err != XJ_OK)
        xj_view_fail(v, err);
}

static bool add_mine(void *arg, struct xj_slice agency)
{
    struct xj_buf *mine = arg;
    xj_buf_add_slice(mine, agency);
    xj_buf_add_str(mine, ",");
    return mine->err == XJ_OK;
}

struct xj_slice xj_view_mine(struct xj_view *v, int64_t now_ms)
{
    struct xj_slice agency = xj_slice_cstr(v->agency);
    char holder[XJ_MAX_AGENCY_BYTES + 1];
    xj_view_holder(v, agency, now_ms, holder);
    if (v->mine.ceiling == 0)
        xj_buf_init(&v->mine, MINE_BYTES);
    xj_buf_reset(&v->mine);
    xj_buf_add_str(&v->mine, ",");
    if (xj_slice_is(agency, holder))
        add_mine(&v->mine, agency);
    enum xj_err err = xj_succession_held(&v->succession, &v->store, agency, UINT64_MAX, now_ms, add_mine, &v->mine);
    if (err != XJ_OK || v->mine.err != XJ_OK)
        xj_view_fail(v, err != XJ_OK ? err : v->mine.err);
    return xj_buf_slice(&v->mine);
}
