#include <stdlib.h>

#include "agents/agent/core/state.h"

static void parked_free(struct xj_parked *p)
{
    xj_buf_free(&p->frame);
    free(p);
}

/* Over the bound a frame is let go: the retries on both sides bring it again, and memory stays bounded whatever register
 * number a peer invents. */
enum xj_err xj_parked_add(struct xj_agent *a, struct xj_slice frame, uint64_t need)
{
    if (need > a->register_want)
        a->register_want = need;
    if (a->parked_count >= XJ_AGENT_PARKED_FRAMES || a->parked_bytes + frame.n > XJ_AGENT_PARKED_BYTES)
        return XJ_OK;
    struct xj_parked *p = calloc(1, sizeof *p);
    if (p == NULL)
        return XJ_ENOMEM;
    xj_buf_init(&p->frame, XJ_MAX_FRAME_BYTES);
    xj_buf_add_slice(&p->frame, frame);
    if (p->frame.err != XJ_OK) {
        enum xj_err err = p->frame.err;
        parked_free(p);
        return err;
    }
    p->need = need;
    *a->parked_last = p;
    a->parked_last = &p->next;
    a->parked_count++;
    a->parked_bytes += frame.n;
    return XJ_OK;
}

/* The list is taken off first, because a frame that still needs a later number parks itself again. */
enum xj_err xj_parked_release(struct xj_agent *a)
{
    struct xj_parked *p = a->parked_first;
    enum xj_err err = XJ_OK;
    a->parked_first = NULL;
    a->parked_last = &a->parked_first;
    a->parked_count = 0;
    a->parked_bytes = 0;
    while (p != NULL) {
        struct xj_parked *next = p->next;
        if (err == XJ_OK)
            err = p->need <= a->register_number ? xj_agent_frame(a, xj_buf_slice(&p->frame), true)
                                                : xj_parked_add(a, xj_buf_slice(&p->frame), p->need);
        parked_free(p);
        p = next;
    }
    return err;
}

void xj_parked_clear(struct xj_agent *a)
{
    while (a->parked_first != NULL) {
        struct xj_parked *p = a->parked_first;
        a->parked_first = p->next;
        parked_free(p);
    }
    a->parked_last = &a->parked_first;
    a->parked_count = 0;
    a->parked_bytes = 0;
}
