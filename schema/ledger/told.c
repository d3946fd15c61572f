#include "schema/ledger/told.h"

#include <string.h>

#include "schema/base/limits.h"
#include "schema/wire/names.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define TOLD_NODES 64u
#define SEVERITY_MIN 2u
#define SEVERITY_MAX 4u

const char *xj_told_event_name(enum xj_told_event event)
{
    static const char *const names[] = {"invalid", "raised", "delivered", "acknowledged", "cleared"};
    size_t i = (size_t)event;
    return i < sizeof names / sizeof names[0] ? names[i] : names[0];
}

void xj_told_key(struct xj_id case_id, struct xj_slice name, struct xj_slice duty, struct xj_id trigger, struct xj_slice answerable,
                 uint8_t ret[XJ_TOLD_KEY_SIZE])
{
    struct xj_buf b;
    xj_buf_init(&b, 1024);
    xj_put_array(&b, 5);
    xj_put_bins(&b, xj_id_slice(&case_id));
    xj_put_str(&b, name);
    xj_put_str(&b, duty.n > 0 ? duty : xj_slice_cstr(""));
    xj_put_bins(&b, xj_id_slice(&trigger));
    xj_put_str(&b, answerable);
    struct xj_hash h = xj_digest("xianjie/1 alert", xj_buf_slice(&b));
    memcpy(ret, h.b, XJ_TOLD_KEY_SIZE);
    xj_buf_free(&b);
}

void xj_told_encode(const struct xj_told *t, struct xj_buf *out)
{
    xj_put_array(out, 12);
    xj_put_uint(out, (uint64_t)t->event);
    xj_put_bin(out, t->key, sizeof t->key);
    xj_put_bins(out, xj_id_slice(&t->case_id));
    xj_put_str(out, t->name);
    xj_put_uint(out, t->stage);
    xj_put_str(out, t->answerable);
    xj_put_bins(out, xj_id_slice(&t->trigger));
    xj_put_uint(out, t->severity);
    xj_put_int(out, t->at_ms);
    xj_put_bool(out, t->coalesced);
    xj_put_str(out, t->by.p != NULL ? t->by : xj_slice_cstr(""));
    xj_put_str(out, t->reason.p != NULL ? t->reason : xj_slice_cstr(""));
}

static bool upper_name(struct xj_slice s)
{
    bool good = s.p[0] >= 'A' && s.p[0] <= 'Z'; /* there is one: a name has no fewer */
    for (size_t i = 1; good && i < s.n; i++)
        good = (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_';
    return good;
}

static bool sound(const struct xj_told *t)
{
    bool severity = t->stage > 0 ? t->severity == 0 : t->severity >= SEVERITY_MIN; /* none above SEVERITY_MAX is read */
    if (t->event == XJ_TOLD_INVALID || !upper_name(t->name) || !xj_agency_ok(t->answerable) || !severity)
        return false;
    switch (t->event) {
    case XJ_TOLD_RAISED:
        return t->by.n == 0 && t->reason.n == 0;
    case XJ_TOLD_DELIVERED:
    case XJ_TOLD_ACKNOWLEDGED:
        return t->by.n > 0;
    default:
        return t->reason.n > 0;
    }
}

enum xj_err xj_told_decode(struct xj_slice head, struct xj_told *ret)
{
    struct xj_doc doc = {0};
    enum xj_err err = xj_doc_open(&doc, head, TOLD_NODES);
    if (err != XJ_OK)
        return err == XJ_ENOMEM ? err : XJ_EMALFORMED;
    struct xj_cur c = xj_cur_over(&doc.root, 12, 12);
    *ret = (struct xj_told){.event = (enum xj_told_event)xj_take_uint(&c, XJ_TOLD_CLEARED)};
    xj_take_bin_to(&c, ret->key, sizeof ret->key);
    xj_take_bin_to(&c, ret->case_id.b, sizeof ret->case_id.b);
    ret->name = xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    ret->stage = (uint32_t)xj_take_uint(&c, 100);
    ret->answerable = xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES);
    xj_take_bin_to(&c, ret->trigger.b, sizeof ret->trigger.b);
    ret->severity = (uint32_t)xj_take_uint(&c, SEVERITY_MAX);
    ret->at_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    ret->coalesced = xj_take_bool(&c);
    ret->by = xj_take_str(&c, 0, XJ_MAX_TITLE_BYTES);
    ret->reason = xj_take_str(&c, 0, XJ_TOLD_TEXT_MAX);
    err = xj_cur_end(&c) == XJ_OK && sound(ret) ? XJ_OK : XJ_EMALFORMED;
    xj_doc_close(&doc);
    return err;
}
