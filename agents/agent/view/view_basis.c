/* Which ledger the view is folded from: how much of it, its root at that size, the time of the last entry; and when agencies
 * joined. Spec: spec/14-statistics.md, sections 6 and 8. */
#include <string.h>

#include "agents/agent/view/view_private.h"
#include "schema/base/civil.h"
#include "schema/ledger/log.h"

int64_t xj_view_month(int64_t ms)
{
    struct xj_civil c = xj_civil_from_days(xj_day_of_ms(ms));
    return xj_civil_valid(c) ? c.year * 100 + c.month : 0;
}

void xj_view_basis_load(struct xj_view *v, uint64_t applied, struct xj_tree_edge *ret)
{
    *ret = (struct xj_tree_edge){.count = applied};
    size_t want = 0, n = 0;
    for (unsigned l = 0; l < 64; l++)
        want += (applied >> l & 1) != 0;
    sqlite3_stmt *st = xj_vq(v, "SELECT b FROM basis WHERE name = 'edge'", "");
    struct xj_slice peaks = {NULL, 0};
    bool there = xj_vq_row(v, st);
    if (there)
        peaks = xj_vq_slice(st, 0);
    if (peaks.n != want * XJ_HASH_SIZE)
        xj_view_fail(v, XJ_ECORRUPT);
    for (unsigned l = 0; l < 64 && v->err == XJ_OK; l++)
        if ((applied >> l & 1) != 0)
            memcpy(ret->peak[l].b, peaks.p + XJ_HASH_SIZE * n++, XJ_HASH_SIZE);
    if (there)
        xj_vq_end(st);
}

void xj_view_basis_entry(struct xj_view *v, struct xj_tree_edge *edge, const struct xj_ledger_item *item)
{
    const struct xj_entry e = {.n = item->n, .kind = item->kind, .time_ms = item->time_ms, .head = xj_buf_slice(&item->head),
                               .sig = xj_buf_slice(&item->sig)};
    struct xj_buf scratch;
    struct xj_hash leaf;
    xj_buf_init(&scratch, 4u * 1024 * 1024);
    enum xj_err err = xj_entry_leaf(&e, &scratch, &leaf);
    if (err == XJ_OK)
        xj_tree_edge_add(edge, &leaf);
    else
        xj_view_fail(v, err);
    xj_buf_free(&scratch);
}

void xj_view_basis_keep(struct xj_view *v, const struct xj_tree_edge *edge, int64_t last_ms)
{
    uint8_t peaks[64 * XJ_HASH_SIZE];
    size_t n = 0;
    for (unsigned l = 0; l < 64; l++)
        if ((edge->count >> l & 1) != 0) {
            memcpy(peaks + n, edge->peak[l].b, XJ_HASH_SIZE);
            n += XJ_HASH_SIZE;
        }
    xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO basis(name, b) VALUES('edge', ?1)", "b", xj_slice_of(peaks, n)));
    xj_vq_run(v, xj_vq(v, "INSERT OR REPLACE INTO basis(name, i) VALUES('last_ms', ?1)", "i", last_ms));
}

void xj_view_basis_get(struct xj_view *v, struct xj_view_basis *ret)
{
    struct xj_tree_edge edge;
    ret->size = (uint64_t)xj_vq_int(v, xj_vq(v, "SELECT i FROM meta WHERE name = 'applied_to'", ""), 0);
    ret->last_ms = xj_vq_int(v, xj_vq(v, "SELECT i FROM basis WHERE name = 'last_ms'", ""), 0);
    xj_view_basis_load(v, ret->size, &edge);
    ret->root = xj_tree_edge_root(&edge);
}

/* [number, time, previous, [[kind, id, value or nil] …]], which xj_reg_apply has checked. */
void xj_view_note_joined(struct xj_view *v, struct xj_slice entry)
{
    struct xj_doc doc;
    if (xj_doc_open(&doc, entry, XJ_MAX_REGISTER_NODES) != XJ_OK)
        return;
    struct xj_cur c = xj_cur_over(&doc.root, 4, 4);
    xj_take_uint(&c, UINT64_MAX);
    const int64_t at_ms = xj_take_int(&c, INT64_MIN, INT64_MAX);
    xj_take_bin(&c, 0, SIZE_MAX);
    struct xj_cur list = xj_take_array(&c, 0, UINT32_MAX);
    while (list.left > 0 && !list.bad) {
        struct xj_cur one = xj_take_array(&list, 3, 3);
        struct xj_slice kind = xj_take_str(&one, 0, SIZE_MAX), id = xj_take_str(&one, 0, SIZE_MAX);
        if (!one.bad && xj_slice_is(kind, "keys") && !xj_take_nil(&one))
            xj_vq_run(v, xj_vq(v, "INSERT INTO joined(agency, at_ms) VALUES(?1, ?2) ON CONFLICT(agency) DO NOTHING", "si", id, at_ms));
    }
    xj_doc_close(&doc);
}
