#include "schema/ledger/rebuilt.h"

#include <string.h>

#include "schema/base/limits.h"
#include "schema/wire/names.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define NODES 65536u
#define AGENCIES_MAX 16384u

static void put_agencies(struct xj_buf *out, struct xj_slice list)
{
    uint32_t count = 0;
    for (size_t i = 0; i < list.n; i++) count += list.p[i] == 0;
    xj_put_array(out, count);
    for (size_t at = 0; at < list.n; at += strlen((const char *)list.p + at) + 1) xj_put_cstr(out, (const char *)list.p + at);
}

void xj_rebuilt_encode(const struct xj_rebuilt *r, struct xj_buf *out)
{
    xj_put_array(out, r->stage == XJ_REBUILT_BEGUN ? 2 : r->stage == XJ_REBUILT_TAKEN ? 3 : 5);
    xj_put_uint(out, r->stage);
    switch (r->stage) {
    case XJ_REBUILT_BEGUN: xj_put_bin(out, r->store.b, XJ_ID_SIZE); break;
    case XJ_REBUILT_TAKEN:
        xj_put_str(out, r->agency);
        xj_put_uint(out, r->count);
        break;
    case XJ_REBUILT_RESUMED:
    case XJ_REBUILT_INVALID:
    default:
        xj_put_uint(out, r->offset);
        xj_put_array(out, (uint32_t)r->lost_count);
        for (size_t i = 0; i < r->lost_count; i++) xj_put_bin(out, r->lost[i].b, XJ_ID_SIZE);
        put_agencies(out, r->heard);
        put_agencies(out, r->missing);
        break;
    }
}

static void take_agencies(struct xj_cur *c)
{
    struct xj_cur list = xj_take_array(c, 0, AGENCIES_MAX);
    while (list.left && !list.bad)
        if (!xj_agency_ok(xj_take_str(&list, 1, XJ_MAX_AGENCY_BYTES))) xj_cur_spoil(&list);
    if (xj_cur_end(&list)) xj_cur_spoil(c);
}

static void take_resumed(struct xj_cur *c, struct xj_rebuilt *ret)
{
    ret->offset = xj_take_uint(c, INT64_MAX);
    struct xj_cur lost = xj_take_array(c, 0, XJ_REBUILT_LOST);
    while (lost.left && !lost.bad) xj_take_bin_to(&lost, ret->lost[ret->lost_count++].b, XJ_ID_SIZE);
    if (xj_cur_end(&lost)) xj_cur_spoil(c);
    take_agencies(c);
    take_agencies(c);
}

enum xj_err xj_rebuilt_decode(struct xj_slice head, struct xj_rebuilt *ret)
{
    memset(ret, 0, sizeof *ret);
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, head, NODES);
    if (err) return err == XJ_ENOMEM ? err : XJ_EMALFORMED;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 5);
    ret->stage = (enum xj_rebuilt_stage)xj_take_uint(&c, XJ_REBUILT_RESUMED);
    switch (ret->stage) {
    case XJ_REBUILT_BEGUN: xj_take_bin_to(&c, ret->store.b, XJ_ID_SIZE); break;
    case XJ_REBUILT_TAKEN:
        ret->agency = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
        ret->count = xj_take_uint(&c, INT64_MAX);
        if (!c.bad && (!xj_agency_ok(ret->agency) || !ret->count)) xj_cur_spoil(&c);
        break;
    case XJ_REBUILT_RESUMED: take_resumed(&c, ret); break;
    case XJ_REBUILT_INVALID:
    default: xj_cur_spoil(&c); break;
    }
    err = xj_cur_end(&c) ? XJ_EMALFORMED : XJ_OK;
    xj_doc_close(&doc);
    return err;
}
