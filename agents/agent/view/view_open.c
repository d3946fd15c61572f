#include <string.h>

#include <sodium.h>

#include "agents/agent/view/body.h"
#include "agents/agent/view/view_private.h"

struct wrap_search {
    const struct xj_hash *object;
    struct xj_slice reader;
    const struct xj_agency_keys *keys;
    const struct xj_seal_key *own; /* the key that opens it; NULL: none found */
    uint8_t wrap[48];
    bool named; /* a wrap for the agency, be it for a key that it does not hold */
};

static bool wrap_seen(void *arg, const struct xj_wrap_entry *entry)
{
    struct wrap_search *w = arg;
    if (!xj_hash_eq(&entry->object, w->object) || !xj_slice_eq(entry->reader, w->reader))
        return true;
    w->named = true;
    w->own = xj_agency_seal_key(w->keys, entry->key_id);
    if (w->own == NULL)
        return true;
    memcpy(w->wrap, entry->wrap, sizeof w->wrap);
    return false;
}

const char *xj_view_object_key(struct xj_view *v, struct xj_slice from, struct xj_slice keys, const struct xj_hash *object,
                               uint8_t ret_key[32])
{
    struct wrap_search w = {.object = object, .reader = xj_slice_cstr(v->agency), .keys = &v->keys};
    uint8_t sender_id[XJ_KEY_ID_SIZE], sender_public[32];
    if (xj_keys_decode(keys, sender_id, wrap_seen, &w) != XJ_OK)
        return "form";
    if (w.own == NULL)
        return w.named ? "other_key" : "not_for_us";
    enum xj_err err = xj_reg_seal_key(&v->store, from, sender_id, sender_public);
    if (err == XJ_ENOTFOUND)
        return "sender_key";
    if (err != XJ_OK) {
        xj_view_fail(v, err);
        return "sender_key";
    }
    err = xj_unwrap(v->pairs, w.own, sender_public, object, w.wrap, ret_key);
    if (err == XJ_ENOMEM)
        xj_view_fail(v, err);
    return err == XJ_OK ? NULL : "seal";
}

const char *xj_view_open_body(struct xj_view *v, const struct xj_header *h, struct xj_slice body, struct xj_slice keys,
                              struct xj_buf *out)
{
    uint8_t key[32];
    if (body.n == 0)
        return "header_only";
    if (!v->has_keys)
        return "no_keys";
    const char *why = xj_view_object_key(v, h->from, keys, &h->body_digest, key);
    if (why == NULL) {
        enum xj_err err = xj_unseal(XJ_SEAL_BODY, body, key, &h->body_commit, out);
        if (err == XJ_ENOMEM)
            xj_view_fail(v, err);
        if (err != XJ_OK)
            why = "seal";
        else if (!xj_body_sound(xj_buf_slice(out)))
            why = "form";
    }
    sodium_memzero(key, sizeof key);
    return why;
}
