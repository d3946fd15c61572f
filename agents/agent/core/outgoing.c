#include "agents/agent/core/outgoing.h"

#include <stdlib.h>

struct xj_outgoing *xj_outgoing_new(void)
{
    struct xj_outgoing *out = calloc(1, sizeof *out);
    if (out == NULL)
        return NULL;
    xj_buf_init(&out->arena, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&out->body, XJ_MAX_SEALED_BODY_BYTES);
    xj_buf_init(&out->keys, XJ_MAX_KEYS_BYTES);
    return out;
}

void xj_outgoing_free(struct xj_outgoing *out)
{
    if (out == NULL)
        return;
    for (size_t i = 0; i < out->paper_count; i++)
        xj_buf_free(&out->papers[i].sealed);
    free(out->papers);
    xj_buf_free(&out->arena);
    xj_buf_free(&out->body);
    xj_buf_free(&out->keys);
    free(out);
}
