#include <string.h>

#include "agents/agent/core/core.h"

#define HEAD_CEILING (2u * XJ_MAX_REGISTER_ENTRY_BYTES)

#define BYTES_AT_ONCE (16u * 1024 * 1024) /* about: what is handed on together stays small whatever the entries hold */

struct collect {
    struct xj_ledger_item *items;
    size_t max, count, bytes;
    enum xj_err err;
};

static bool collect_entry(void *arg, const struct xj_entry *entry)
{
    struct collect *c = arg;
    if (c->count >= c->max || c->bytes >= BYTES_AT_ONCE)
        return false;
    struct xj_ledger_item *item = &c->items[c->count];
    memset(item, 0, sizeof *item);
    item->n = entry->n;
    item->kind = entry->kind;
    item->time_ms = entry->time_ms;
    xj_buf_init(&item->head, HEAD_CEILING);
    xj_buf_init(&item->sig, XJ_MAX_SIGNATURE_BYTES);
    xj_buf_init(&item->body, XJ_MAX_MESSAGE_BYTES);
    xj_buf_init(&item->keys, XJ_MAX_KEYS_BYTES);
    xj_buf_add_slice(&item->head, entry->head);
    xj_buf_add_slice(&item->sig, entry->sig);
    c->count++;
    c->bytes += entry->head.n;
    c->err = item->head.err != XJ_OK ? item->head.err : item->sig.err;
    return c->err == XJ_OK;
}

/* A message received as a `notice` has neither body nor keys; then both stay empty. */
static enum xj_err add_objects(struct xj_db *db, struct xj_ledger_item *item)
{
    struct xj_header h;
    unsigned field = 0;
    if (item->kind != XJ_ENTRY_OWN && item->kind != XJ_ENTRY_RECEIVED)
        return XJ_OK;
    enum xj_err err = xj_header_decode(xj_buf_slice(&item->head), &h, &field);
    if (err != XJ_OK)
        return xj_kept(err);
    err = xj_object_get(db, &h.body_digest, &item->body);
    if (err == XJ_OK)
        err = xj_object_get(db, &h.keys_digest, &item->keys);
    return err == XJ_ENOTFOUND ? XJ_OK : err;
}

enum xj_err xj_ledger_items(struct xj_db *db, struct xj_log *log, uint64_t after, size_t max, struct xj_ledger_item *ret,
                            size_t *ret_count)
{
    struct collect c = {.items = ret, .max = max};
    size_t whole = 0;
    *ret_count = 0;
    enum xj_err err = max == 0 ? XJ_OK : xj_log_scan(log, after + 1, collect_entry, &c);
    if (err == XJ_OK)
        err = c.err;
    for (size_t bytes = 0; err == XJ_OK && whole < c.count && bytes < BYTES_AT_ONCE; whole++) {
        err = add_objects(db, &ret[whole]);
        bytes += ret[whole].body.n + ret[whole].keys.n;
    }
    for (size_t i = err == XJ_OK ? whole : 0; i < c.count; i++)
        xj_ledger_item_free(&ret[i]);
    *ret_count = err == XJ_OK ? whole : 0;
    return err;
}

void xj_ledger_item_free(struct xj_ledger_item *item)
{
    xj_buf_free(&item->head);
    xj_buf_free(&item->sig);
    xj_buf_free(&item->body);
    xj_buf_free(&item->keys);
}
