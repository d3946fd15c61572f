/* The first check: the rows are what the tree says, and the objects are what their digests say. Spec 05, 5, item 1. */
#undef NDEBUG /* a wrong tree would call a sound file bad: stop instead, in every build */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/rebuilt.h"
#include "schema/ledger/refused.h"
#include "schema/ledger/told.h"
#include "schema/ledger/verify_private.h"
#include "schema/trust/seal.h"
#include "schema/wire/names.h"

#define NOTE_NODES 4096u /* values in an epoch or incident entry: far fewer */

/* ---- tables and meta ---- */

static bool foreign_things(struct xj_verify *v)
{
    sqlite3_stmt *st = NULL;
    if (!xj_v_good(v, xj_sql_take(v->db, XJ_SQL_FOREIGN, &st)))
        return true;
    int rc = sqlite3_step(st);
    bool none = rc == SQLITE_ROW && sqlite3_column_int64(st, 0) == 0;
    xj_v_read(v, rc);
    xj_sql_give(v->db, XJ_SQL_FOREIGN, st);
    return !none;
}

/* A statement compiles only when its table has the columns it names: SQLITE_ERROR says that, anything else that nothing is known. */
static bool compiles(struct xj_verify *v, enum xj_sql which)
{
    sqlite3_stmt *st = NULL;
    const enum xj_err err = xj_sql_take(v->db, which, &st);
    xj_sql_give(v->db, which, st);
    if (err != XJ_OK && (sqlite3_errcode(v->db->handle) & 0xff) != SQLITE_ERROR)
        (void)xj_v_good(v, err);
    return err == XJ_OK;
}

bool xj_v_tables(struct xj_verify *v)
{
    static const enum xj_sql needed[] = {XJ_SQL_ENTRY_FROM, XJ_SQL_NODE_ALL, XJ_SQL_OBJECT_ALL, XJ_SQL_CHECKPOINT_ALL, XJ_SQL_KV_GET};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!compiles(v, needed[i])) {
            xj_v_report(v, XJ_FAULT_TABLES, 0);
            return false;
        }
    if (foreign_things(v))
        xj_v_report(v, XJ_FAULT_TABLES, 0);
    bool ledger = strcmp(v->db->format, "xianjie ledger 1") == 0;
    bool owner = v->journal ? strcmp(v->owner, "exchange") == 0 : xj_agency_ok(xj_slice_cstr(v->owner));
    if ((!ledger && !v->journal) || !owner || !v->db->has_store_id || !v->db->has_root_key)
        xj_v_report(v, XJ_FAULT_META, 0);
    return true;
}

/* ---- the tree ---- */

static bool push(struct xj_v_level *level, const struct xj_hash *hash)
{
    if (level->count == level->cap) {
        size_t cap = level->cap == 0 ? 256 : 2 * level->cap;
        struct xj_hash *grown = realloc(level->hash, cap * sizeof *grown);
        if (grown == NULL)
            return false;
        level->hash = grown;
        level->cap = cap;
    }
    level->hash[level->count++] = *hash;
    return true;
}

static void add_leaf(struct xj_verify *v, const struct xj_hash *leaf)
{
    struct xj_hash carry = *leaf;
    for (size_t l = 0;; l++) {
        assert(l < XJ_V_LEVELS);
        struct xj_v_level *level = &v->tree[l];
        if (!push(level, &carry)) {
            v->err = XJ_ENOMEM;
            return;
        }
        if (level->count % 2 == 1)
            return;
        carry = xj_tree_node(&level->hash[level->count - 2], &level->hash[level->count - 1]);
    }
}

bool xj_v_root_at(const struct xj_verify *v, uint64_t size, struct xj_hash *ret)
{
    bool some = false;
    *ret = xj_sha256(NULL, 0);
    if (size > v->whole)
        return false;
    for (size_t l = 0; l < XJ_V_LEVELS; l++) {
        if ((size >> l & 1) == 0)
            continue;
        const struct xj_hash *part = &v->tree[l].hash[(size >> l) - 1];
        *ret = some ? xj_tree_node(part, ret) : *part;
        some = true;
    }
    return true;
}

/* ---- rows ---- */

bool xj_v_checkpointed(struct xj_verify *v, struct xj_slice head, uint64_t *ret_size, struct xj_hash *ret_root)
{
    struct xj_doc doc;
    if (!xj_v_good(v, xj_doc_open(&doc, head, NOTE_NODES)))
        return false;
    struct xj_cur c = xj_cur_over(&doc.root, 2, 2);
    *ret_size = xj_take_uint(&c, INT64_MAX);
    xj_take_bin_to(&c, ret_root->b, XJ_HASH_SIZE);
    bool ok = xj_cur_end(&c) == XJ_OK;
    xj_doc_close(&doc);
    return ok;
}

bool xj_v_epoch(struct xj_verify *v, struct xj_slice head, struct xj_id *ret)
{
    struct xj_doc doc;
    if (!xj_v_good(v, xj_doc_open(&doc, head, NOTE_NODES)))
        return false;
    bool agency_ok = true;
    const uint32_t count = v->journal ? 5 : 4;
    struct xj_cur c = xj_cur_over(&doc.root, count, count);
    if (v->journal)
        agency_ok = xj_agency_ok(xj_take_str(&c, 1, XJ_MAX_AGENCY_BYTES));
    xj_take_bin_to(&c, ret->b, XJ_ID_SIZE);
    (void)xj_take_uint(&c, UINT64_MAX);
    (void)xj_take_uint(&c, UINT64_MAX);
    (void)xj_take_bin(&c, XJ_HASH_SIZE, XJ_HASH_SIZE);
    bool ok = xj_cur_end(&c) == XJ_OK && agency_ok;
    xj_doc_close(&doc);
    return ok;
}

static bool incident_shape(struct xj_verify *v, struct xj_slice head)
{
    struct xj_doc doc;
    if (!xj_v_good(v, xj_doc_open(&doc, head, NOTE_NODES)))
        return false;
    struct xj_cur c = xj_cur_over(&doc.root, 3, 3);
    (void)xj_take_str(&c, 1, XJ_MAX_NAME_BYTES);
    (void)xj_take_str(&c, 0, XJ_MAX_STATEMENT_BYTES);
    (void)xj_take_bin(&c, 0, XJ_MAX_FRAME_BYTES);
    bool ok = xj_cur_end(&c) == XJ_OK;
    xj_doc_close(&doc);
    return ok;
}

static bool delivered_shape(struct xj_verify *v, struct xj_slice head)
{
    struct xj_delivered s;
    if (!xj_v_good(v, xj_delivered_decode(head, &s)))
        return false;
    free(s.items);
    return true;
}

static bool destroyed_shape(struct xj_verify *v, struct xj_slice head)
{
    struct xj_destroyed d;
    const bool good = xj_v_good(v, xj_destroyed_decode(head, &d));
    xj_destroyed_free(&d);
    return good;
}

/* Entries that bear no signature. */
static bool is_own_note(enum xj_entry_kind kind)
{
    return kind == XJ_ENTRY_EPOCH || kind == XJ_ENTRY_INCIDENT || kind == XJ_ENTRY_CHECKPOINTED || kind == XJ_ENTRY_TOLD ||
           kind == XJ_ENTRY_RECOVERY || kind == XJ_ENTRY_REBUILD || kind == XJ_ENTRY_OPENED;
}

bool xj_v_shape(struct xj_verify *v, const struct xj_entry *e)
{
    struct xj_rebuilt rebuilt;
    struct xj_unrecovered unrecovered;
    struct xj_told told;
    struct xj_recovery recovery;
    struct xj_recovered recovered;
    struct xj_opened opened;
    struct xj_id exchange;
    if (is_own_note(e->kind) ? e->sig.n != 0 : !xj_signature_sound(e->sig))
        return false;
    uint64_t size;
    struct xj_hash root;
    struct xj_header header;
    struct xj_admitted admitted;
    struct xj_refused refused;
    struct xj_stored stored;
    unsigned field;
    switch (e->kind) {
    case XJ_ENTRY_OWN:
    case XJ_ENTRY_RECEIVED:
        return xj_v_good(v, xj_header_decode(e->head, &header, &field));
    case XJ_ENTRY_ADMITTED:
        return xj_v_good(v, xj_admitted_decode(e->head, &admitted));
    case XJ_ENTRY_REFUSED:
        return xj_v_good(v, xj_refused_decode(e->head, &refused));
    case XJ_ENTRY_STORED:
        return xj_v_good(v, xj_stored_decode(e->head, &stored));
    case XJ_ENTRY_DELIVERED:
        return delivered_shape(v, e->head);
    case XJ_ENTRY_EPOCH:
        return xj_v_epoch(v, e->head, &exchange);
    case XJ_ENTRY_INCIDENT:
        return incident_shape(v, e->head);
    case XJ_ENTRY_CHECKPOINTED:
        return xj_v_checkpointed(v, e->head, &size, &root);
    case XJ_ENTRY_TOLD:
        return xj_v_good(v, xj_told_decode(e->head, &told));
    case XJ_ENTRY_RECOVERY:
        return xj_v_good(v, xj_recovery_decode(e->head, &recovery));
    case XJ_ENTRY_RECOVERED:
        return xj_v_good(v, xj_recovered_decode(e->head, &recovered));
    case XJ_ENTRY_REBUILD:
        return xj_v_good(v, xj_rebuilt_decode(e->head, &rebuilt));
    case XJ_ENTRY_UNRECOVERED:
        return xj_v_good(v, xj_unrecovered_decode(e->head, &unrecovered));
    case XJ_ENTRY_DESTROYED:
        return destroyed_shape(v, e->head);
    case XJ_ENTRY_OPENED:
        return xj_v_good(v, xj_opened_decode(e->head, &opened));
    case XJ_ENTRY_REGISTER: /* its shape is the register's check */
    case XJ_ENTRY_MESSAGE:  /* what was refused may have any shape; admitted ones are looked at with their statement */
        return true;
    case XJ_ENTRY_INVALID:
    default:
        return false;
    }
}

/* Remembers whether the row at that place has its form. */
static void note_form(struct xj_verify *v, size_t place, bool formless)
{
    if (place >= v->formless_cap) {
        size_t cap = v->formless_cap == 0 ? 1024 : 2 * v->formless_cap;
        uint8_t *grown = realloc(v->formless, cap);
        if (grown == NULL) {
            v->err = XJ_ENOMEM;
            return;
        }
        v->formless = grown;
        v->formless_cap = cap;
    }
    v->formless[place] = formless;
}

static bool belongs(const struct xj_verify *v, enum xj_entry_kind kind)
{
    if (kind == XJ_ENTRY_UNRECOVERED || kind == XJ_ENTRY_RECOVERED || kind == XJ_ENTRY_DESTROYED) return true;
    if (v->journal) return (kind >= XJ_ENTRY_ADMITTED && kind <= XJ_ENTRY_MESSAGE) || kind == XJ_ENTRY_REBUILD;
    return (kind >= XJ_ENTRY_OWN && kind <= XJ_ENTRY_RECOVERY && kind != XJ_ENTRY_MESSAGE) || kind == XJ_ENTRY_OPENED;
}

static void row(struct xj_verify *v, const struct xj_entry *e, size_t place, struct xj_slice stored_leaf)
{
    struct xj_hash leaf;
    if (e->n != v->last + 1)
        xj_v_report(v, XJ_FAULT_GAP, v->last + 1);
    bool whole = v->whole == v->last && e->n == v->last + 1;
    v->last = e->n;
    v->rows++;
    const bool ours = belongs(v, e->kind), formed = xj_v_shape(v, e) && ours;
    if (!formed)
        xj_v_report(v, ours ? XJ_FAULT_SHAPE : XJ_FAULT_KIND, e->n);
    note_form(v, place, !formed);
    if (!xj_v_good(v, xj_entry_leaf_as(e, v->row_kind, &v->scratch, &leaf))) {
        xj_v_report(v, XJ_FAULT_SHAPE, e->n); /* longer than any entry may be */
        return;
    }
    if (!xj_slice_eq(stored_leaf, xj_hash_slice(&leaf)))
        xj_v_report(v, XJ_FAULT_LEAF, e->n);
    xj_v_counted(v, XJ_V_BYTES);
    if (!whole)
        return;
    add_leaf(v, &leaf);
    v->whole = e->n;
}

/* ---- nodes ---- */

static void node(struct xj_verify *v, uint64_t level, uint64_t index, struct xj_slice hash, uint64_t next[3])
{
    bool known = level == 8 || level == 16 || level == 24;
    if (!known || index > UINT64_C(1) << 38) {
        xj_v_report(v, XJ_FAULT_NODE, 0);
        return;
    }
    uint64_t covered = (index + 1) << level, *expected = &next[level / 8 - 1];
    if (index > *expected && (*expected + 1) << level <= v->whole)
        xj_v_report(v, XJ_FAULT_NODE, (*expected + 1) << level);
    *expected = index + 1;
    if (covered > v->last)
        xj_v_report(v, XJ_FAULT_NODE, covered);
    else if (covered <= v->whole && !xj_slice_eq(hash, xj_hash_slice(&v->tree[level].hash[index])))
        xj_v_report(v, XJ_FAULT_NODE, covered);
}

static void nodes(struct xj_verify *v)
{
    sqlite3_stmt *st = NULL;
    uint64_t next[3] = {0, 0, 0};
    int rc = SQLITE_DONE;
    if (v->err == XJ_OK)
        v->err = xj_sql_take(v->db, XJ_SQL_NODE_ALL, &st);
    if (v->err != XJ_OK)
        return;
    while (v->err == XJ_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct xj_slice hash = xj_sql_bytes(st, 2);
        if (xj_v_read(v, sqlite3_errcode(v->db->handle)))
            node(v, (uint64_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1), hash, next);
    }
    if (!xj_v_read(v, rc))
        xj_v_report(v, XJ_FAULT_READ, 0);
    xj_sql_give(v->db, XJ_SQL_NODE_ALL, st);
    for (size_t i = 0; i < 3; i++)
        if (next[i] < v->whole >> (8 * (i + 1)))
            xj_v_report(v, XJ_FAULT_NODE, (next[i] + 1) << (8 * (i + 1)));
}

/* ---- objects ---- */

static enum xj_use use_of(struct xj_slice digest, struct xj_slice bytes)
{
    static const struct {
        const char *context;
        enum xj_use use;
    } uses[] = {{XJ_SEAL_BODY, XJ_USE_BODY}, {XJ_CTX_KEYS, XJ_USE_KEYS}, {XJ_SEAL_PAPER, XJ_USE_PAPER}};
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        struct xj_hash hash = xj_digest(uses[i].context, bytes);
        if (xj_slice_eq(digest, xj_hash_slice(&hash)))
            return uses[i].use;
    }
    return XJ_USE_NONE;
}

static void objects(struct xj_verify *v)
{
    sqlite3_stmt *st = NULL;
    int rc = SQLITE_DONE;
    if (v->err == XJ_OK)
        v->err = xj_sql_take(v->db, XJ_SQL_OBJECT_ALL, &st);
    if (v->err != XJ_OK)
        return;
    while (v->err == XJ_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct xj_slice digest = xj_sql_bytes(st, 0), bytes = xj_sql_bytes(st, 1);
        if (!xj_v_read(v, sqlite3_errcode(v->db->handle)))
            break;
        uint8_t use = (uint8_t)use_of(digest, bytes);
        v->bad_objects += use == XJ_USE_NONE; /* the entries that name them are found by the check of objects */
        (void)xj_v_put(v, XJ_NOTE_OBJECT, digest.n <= 64 ? digest : xj_slice_of(digest.p, 64), &use, 1);
    }
    if (!xj_v_read(v, rc))
        xj_v_report(v, XJ_FAULT_READ, 0);
    xj_sql_give(v->db, XJ_SQL_OBJECT_ALL, st);
}

/* SQLite's numbers go below 1, the spec's do not. */
static void count_rows(struct xj_verify *v)
{
    sqlite3_stmt *st = NULL;
    if (v->err == XJ_OK)
        v->err = xj_sql_take(v->db, XJ_SQL_ENTRY_ROWS, &st);
    if (v->err != XJ_OK)
        return;
    int rc = sqlite3_step(st);
    const bool told = v->checks[XJ_V_BYTES].fault == XJ_FAULT_READ, read = xj_v_read(v, rc);
    if (!told && (!read || (uint64_t)sqlite3_column_int64(st, 0) > v->rows))
        xj_v_report(v, read ? XJ_FAULT_GAP : XJ_FAULT_READ, 0);
    xj_sql_give(v->db, XJ_SQL_ENTRY_ROWS, st);
}

/* What SQLite finds: that all is well, or something (told), or that not even this can be read. */
static bool pages_hold(struct xj_verify *v, bool *ret_told)
{
    sqlite3_stmt *st = NULL;
    v->err = xj_sql_take(v->db, XJ_SQL_PAGES, &st);
    if (v->err != XJ_OK)
        return false;
    *ret_told = xj_v_read(v, sqlite3_step(st));
    const bool hold = *ret_told && xj_slice_is(xj_sql_bytes(st, 0), "ok");
    xj_sql_give(v->db, XJ_SQL_PAGES, st);
    return hold;
}

/* Among what SQLite tells are pages that it could not get: from a disk that refuses, or, once, for want of memory. */
void xj_v_pages(struct xj_verify *v)
{
    bool told = false;
    if (v->checks[XJ_V_BYTES].fault != XJ_FAULT_NONE || v->err != XJ_OK || pages_hold(v, &told) || v->err != XJ_OK)
        return;
    if (told && xj_disk_refused(v->db->handle))
        v->err = XJ_EIO;
    else if (told && pages_hold(v, &told))
        v->err = XJ_ENOMEM;
    else
        xj_v_report(v, XJ_FAULT_PAGES, 0);
}

void xj_v_bytes(struct xj_verify *v)
{
    xj_v_rows(v, row);
    count_rows(v);
    nodes(v);
    objects(v);
    v->judged_at = calloc((size_t)v->rows + 1, sizeof *v->judged_at);
    if (v->judged_at == NULL)
        v->err = XJ_ENOMEM;
}
