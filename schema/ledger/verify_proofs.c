/* The fifth check: paths of delivered statements lead to stored roots; the sixth: checkpoints. Spec 05, 5. */
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/verify_private.h"

/* ---- paths ---- */

static void item(struct xj_verify *v, uint64_t n, const struct xj_delivered *s, const struct xj_delivered_item *it,
                 const struct xj_v_stored *stored)
{
    char from[XJ_MAX_AGENCY_BYTES + 1] = "";
    struct xj_hash root;
    bool known = xj_v_get(v, XJ_NOTE_FROM, xj_hash_slice(&it->message), from, sizeof from);
    bool owners = known && xj_slice_is(s->owner, from);
    if (owners != it->has_path)
        xj_v_report(v, XJ_FAULT_PATH_ABSENT, n);
    if (!it->has_path || stored == NULL)
        return;
    xj_v_counted(v, XJ_V_PROOFS);
    struct xj_hash leaf = xj_tree_mail_leaf(it->mailbox_number, &it->message);
    bool place = stored->first <= it->mailbox_number && it->mailbox_number <= stored->last &&
                 it->index == it->mailbox_number - stored->first;
    if (!place ||
        !xj_tree_root_from_path(&leaf, it->index, stored->last - stored->first + 1, it->path, it->path_count, &root) ||
        !xj_hash_eq(&root, &stored->root))
        xj_v_report(v, XJ_FAULT_PATH, n);
}

static void delivered(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    struct xj_delivered s;
    struct xj_v_stored stored;
    (void)leaf;
    if (e->kind != XJ_ENTRY_DELIVERED || !xj_v_good(v, xj_delivered_decode(e->head, &s)))
        return;
    memset(&stored, 0, sizeof stored);
    bool needed = v->journal && !xj_v_is_recovered(v, place); /* a ledger, and who hands back, has it only where a path must lead to it */
    for (size_t i = 0; i < s.item_count; i++)
        needed = needed || s.items[i].has_path;
    bool found = xj_v_get(v, XJ_NOTE_STORED, xj_hash_slice(&s.stored), &stored, sizeof stored);
    if (needed && (!found || !xj_slice_is(s.recipient, stored.agency) || s.recipient_ms != stored.time_ms))
        xj_v_report(v, XJ_FAULT_STORED_ABSENT, e->n);
    for (size_t i = 0; i < s.item_count; i++)
        item(v, e->n, &s, &s.items[i], found ? &stored : NULL);
    free(s.items);
}

void xj_v_proofs(struct xj_verify *v)
{
    xj_v_rows(v, delivered);
}

/* ---- checkpoints ---- */

struct signer {
    struct xj_buf keys, origin; /* every signing key the owner ever had, 32 bytes each */
};

static bool add_origin_division(struct xj_verify *v, struct xj_buf *origin)
{
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    struct xj_doc doc;
    if (!xj_v_good(v, xj_reg_get(&store, "exchange", xj_slice_cstr("exchange"), UINT64_MAX, &v->value)) ||
        !xj_v_good(v, xj_doc_open(&doc, xj_buf_slice(&v->value), 4096)))
        return false;
    struct xj_slice division = xj_map_str(&doc.root, "division");
    xj_buf_add_str(origin, "-");
    xj_buf_add_slice(origin, division);
    xj_doc_close(&doc);
    return true;
}

static bool key_at(struct xj_verify *v, uint64_t at, uint8_t ret[32])
{
    struct xj_agency facts;
    struct xj_store store = xj_memory_store_of(v->register_pairs);
    if (v->journal)
        return xj_v_good(v, xj_reg_exchange_sign(&store, at, ret));
    if (!xj_v_good(v, xj_reg_agency(&store, xj_slice_cstr(v->owner), at, &facts)) || !facts.connected)
        return false;
    memcpy(ret, facts.keys.sign, 32);
    return true;
}

static bool find_signer(struct xj_verify *v, struct signer *s)
{
    xj_buf_init(&s->keys, 32 * 1024);
    xj_buf_init(&s->origin, 256);
    xj_buf_addf(&s->origin, "xianjie/%s", v->journal ? "exchange" : v->owner); /* whatever a journal names: that is told already */
    if (v->journal && !add_origin_division(v, &s->origin))
        return false;
    for (uint64_t at = 1; at <= v->register_number; at++) {
        uint8_t key[32];
        bool have = key_at(v, at, key);
        if (have && (s->keys.n == 0 || memcmp(s->keys.p + s->keys.n - 32, key, 32) != 0))
            xj_buf_add(&s->keys, key, 32);
    }
    return s->keys.n > 0;
}

static void note(struct xj_verify *v, struct signer *s, uint64_t size, struct xj_slice text)
{
    uint64_t stated = 0;
    int64_t time_ms;
    struct xj_hash root, mine;
    enum xj_err err = XJ_ESIGNATURE;
    const char *origin = xj_buf_cstr(&s->origin);
    if (s->origin.err == XJ_ENOMEM || s->keys.err == XJ_ENOMEM) {
        v->err = XJ_ENOMEM;
        return;
    }
    xj_v_counted(v, XJ_V_CHECKPOINTS);
    for (size_t i = 0; i < s->keys.n && err == XJ_ESIGNATURE; i += 32) /* another key made it: the next; want of memory stands */
        err = xj_checkpoint_verify(text, origin, s->keys.p + i, &stated, &root, &time_ms);
    if (!xj_v_good(v, err) || stated != size) {
        if (!v->register_broken)
            xj_v_report(v, XJ_FAULT_CHECKPOINT_NOTE, size);
        return;
    }
    if (size > v->last || (xj_v_root_at(v, size, &mine) && !xj_hash_eq(&mine, &root)))
        xj_v_report(v, XJ_FAULT_CHECKPOINT_ROOT, size);
}

static bool note_is_there(struct xj_verify *v, uint64_t size)
{
    return xj_v_get(v, XJ_NOTE_CHECKPOINT, xj_slice_of(&size, sizeof size), NULL, 0);
}

static void spoken_of(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice leaf)
{
    uint64_t size;
    struct xj_hash root, mine;
    (void)place;
    (void)leaf;
    if (e->kind != XJ_ENTRY_CHECKPOINTED || !xj_v_checkpointed(v, e->head, &size, &root))
        return;
    if (size >= e->n || (xj_v_root_at(v, size, &mine) && !xj_hash_eq(&mine, &root)))
        xj_v_report(v, XJ_FAULT_CHECKPOINT_ROOT, e->n);
    else if (!note_is_there(v, size))
        xj_v_report(v, XJ_FAULT_CHECKPOINT_GONE, e->n);
}

void xj_v_checkpoints(struct xj_verify *v)
{
    sqlite3_stmt *st = NULL;
    struct signer s;
    int rc = SQLITE_DONE;
    (void)find_signer(v, &s); /* without a key every checkpoint is unsound, and reported as such */
    if (v->err == XJ_OK)
        v->err = xj_sql_take(v->db, XJ_SQL_CHECKPOINT_ALL, &st);
    if (v->err != XJ_OK)
        goto out;
    while (v->err == XJ_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        uint64_t size = (uint64_t)sqlite3_column_int64(st, 0);
        const unsigned char *text_at = sqlite3_column_text(st, 1);
        struct xj_slice text = xj_slice_of(text_at, (size_t)sqlite3_column_bytes(st, 1));
        if (!xj_v_read(v, sqlite3_errcode(v->db->handle)))
            break;
        (void)xj_v_put(v, XJ_NOTE_CHECKPOINT, xj_slice_of(&size, sizeof size), "", 0);
        note(v, &s, size, text);
    }
    if (!xj_v_read(v, rc))
        xj_v_report(v, XJ_FAULT_READ, 0);
    xj_v_rows(v, spoken_of);
out:
    xj_sql_give(v->db, XJ_SQL_CHECKPOINT_ALL, st);
    xj_buf_free(&s.keys);
    xj_buf_free(&s.origin);
}
