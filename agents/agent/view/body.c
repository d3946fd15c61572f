#include "agents/agent/view/body.h"

bool xj_body_sound(struct xj_slice plaintext)
{
    if (plaintext.n == 0 || plaintext.n > XJ_MAX_BODY_BYTES)
        return false;
    uint8_t first = plaintext.p[0];
    bool map = (first & 0xf0) == 0x80 || first == 0xde || first == 0xdf;
    return map && xj_wire_check(plaintext, XJ_MAX_BODY_NODES) == XJ_OK;
}

static bool carries(const struct xj_header *h, const char *kind)
{
    for (size_t i = 0; i < h->paper_count; i++)
        if (xj_slice_is(h->papers[i].kind, kind))
            return true;
    return false;
}

static bool has_breach(const struct xj_st_breach *breaches, size_t count, const char *code)
{
    for (size_t i = 0; i < count; i++)
        if (xj_slice_is(breaches[i].code, code))
            return true;
    return false;
}

size_t xj_body_breaches(const struct xj_m_act *act, const struct xj_header *h, const struct xj_st_breach *breaches,
                        size_t breach_count, struct xj_slice body, struct xj_st_breach ret[XJ_MAX_BODY_BREACHES])
{
    struct xj_doc doc;
    size_t n = 0;
    if (!xj_body_sound(body) || xj_doc_open(&doc, body, XJ_MAX_BODY_NODES) != XJ_OK)
        return 0;
    if (act != NULL && act->reasons && h->mode == XJ_MODE_LIVE && xj_map_str(&doc.root, "reasons").n == 0 && !carries(h, "reasons"))
        ret[n++] = (struct xj_st_breach){xj_slice_cstr("reasons"), h->act};
    if (has_breach(breaches, breach_count, "penalty_after_transfer") && xj_map_uint(&doc.root, "fine", 0) > 0)
        ret[n++] = (struct xj_st_breach){xj_slice_cstr("fine_after_transfer"), h->act};
    if (h->mode == XJ_MODE_LATE_ENTRY && xj_map_str(&doc.root, "source").n == 0)
        ret[n++] = (struct xj_st_breach){xj_slice_cstr("source"), h->act};
    xj_doc_close(&doc);
    return n;
}
