/* Two copies of one ledger or journal: the first entry in which they differ, found through the tree nodes that both keep, and who
 * stands by which. Spec: spec/17-reconcile.md, section 4. */
#include <string.h>

#include "schema/ledger/account_private.h"
#include "schema/ledger/reconcile_private.h"

#define ENTRY_CEILING (4u * 1024 * 1024) /* bytes; above any entry */

struct copies {
    struct xj_reconciling *r;
    struct xj_buf scratch;
    enum xj_err err;
};

/* False when the file has no such node: then its children are looked at. */
static bool node(struct copies *c, unsigned side, unsigned level, uint64_t index, struct xj_hash *ret)
{
    struct xj_db *db = c->r->side[side]->inside->db;
    sqlite3_stmt *st = NULL;
    bool there = false;
    c->err = xj_sql_take(db, XJ_SQL_NODE_GET, &st);
    if (c->err != XJ_OK)
        return false;
    xj_sql_bind_number(st, 1, level);
    xj_sql_bind_number(st, 2, index);
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const struct xj_slice hash = xj_sql_bytes(st, 0);
        there = hash.n == XJ_HASH_SIZE;
        if (there)
            memcpy(ret->b, hash.p, XJ_HASH_SIZE);
    } else {
        c->err = xj_sql_error(db, rc);
    }
    xj_sql_give(db, XJ_SQL_NODE_GET, st);
    return there;
}

static bool nodes_alike(struct copies *c, unsigned level, uint64_t index)
{
    struct xj_hash a, b;
    c->r->ret->compared.nodes++;
    const bool have = node(c, 0, level, index, &a);
    return have && node(c, 1, level, index, &b) && xj_hash_eq(&a, &b);
}

/* The leaf as the row gives it; zero for a row that is not there or is none. */
static struct xj_hash leaf(struct copies *c, unsigned side, uint64_t n)
{
    struct xj_db *db = c->r->side[side]->inside->db;
    sqlite3_stmt *st = NULL;
    struct xj_hash ret;
    memset(&ret, 0, sizeof ret);
    c->err = xj_sql_take(db, XJ_SQL_ENTRY_GET, &st);
    if (c->err != XJ_OK)
        return ret;
    xj_sql_bind_number(st, 1, n);
    const int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const struct xj_entry e = {.n = n, .kind = (enum xj_entry_kind)sqlite3_column_int(st, 0), .time_ms = sqlite3_column_int64(st, 1),
                                   .head = xj_sql_bytes(st, 2), .sig = xj_sql_bytes(st, 3)};
        const enum xj_err err = xj_entry_leaf(&e, &c->scratch, &ret);
        c->err = err == XJ_ENOMEM ? err : XJ_OK;
    } else {
        c->err = xj_sql_error(db, rc);
    }
    xj_sql_give(db, XJ_SQL_ENTRY_GET, st);
    return ret;
}

/* The first entry from n to last whose leaves differ; last + 1: none. */
static uint64_t leaves_differ(struct copies *c, uint64_t n, uint64_t last)
{
    for (; n <= last && c->err == XJ_OK; n++) {
        struct xj_hash a = leaf(c, 0, n), b = c->err == XJ_OK ? leaf(c, 1, n) : a;
        c->r->ret->compared.leaves++;
        if (!xj_hash_eq(&a, &b))
            break;
    }
    return n;
}

/* Downwards: whole subtrees that agree are passed over. Reads at most 256 nodes of each kept level, and one block of leaves; the
 * nodes are not believed, only used: what they say is the same is looked at again where rows are asked for. */
static uint64_t first_difference(struct copies *c, uint64_t both, bool *ret_nodes_lie)
{
    uint64_t pos = 0;
    *ret_nodes_lie = false;
    for (unsigned level = 24; level >= 8; level -= 8)
        while (c->err == XJ_OK && ((pos >> level) + 1) << level <= both && nodes_alike(c, level, pos >> level))
            pos += UINT64_C(1) << level;
    const bool inside = (pos >> 8) + 1 <= both >> 8;
    const uint64_t last = inside ? pos + 256 : both, n = leaves_differ(c, pos + 1, last);
    *ret_nodes_lie = inside && n > last;
    return n;
}

static const char *entry_signer(enum xj_entry_kind kind, const char *owner)
{
    if (kind == XJ_ENTRY_ADMITTED || kind == XJ_ENTRY_REFUSED || kind == XJ_ENTRY_DELIVERED)
        return "exchange";
    return kind == XJ_ENTRY_OWN ? owner
        : kind == XJ_ENTRY_RECEIVED || kind == XJ_ENTRY_MESSAGE || kind == XJ_ENTRY_STORED ? "sender" : NULL;
}

static enum xj_entry_kind kind_of(struct copies *c, unsigned side, uint64_t n)
{
    sqlite3_stmt *st = NULL;
    struct xj_db *db = c->r->side[side]->inside->db;
    enum xj_entry_kind kind = XJ_ENTRY_INVALID;
    if (xj_acc_good(c->r->side[side], xj_sql_take(db, XJ_SQL_ENTRY_GET, &st))) {
        xj_sql_bind_number(st, 1, n);
        const int rc = sqlite3_step(st);
        (void)xj_acc_good(c->r->side[side], xj_sql_error(db, rc));
        if (rc == SQLITE_ROW && sqlite3_column_int64(st, 0) > 0 && sqlite3_column_int64(st, 0) <= XJ_ENTRY_LAST)
            kind = (enum xj_entry_kind)sqlite3_column_int64(st, 0);
    }
    xj_sql_give(db, XJ_SQL_ENTRY_GET, st);
    return kind;
}

static struct xj_reconcile_finding finding(const struct copies *c, enum xj_finding_kind kind, const char *code, uint64_t n)
{
    struct xj_reconcile_finding f = {.kind = kind, .code = code, .about = XJ_ABOUT_ENTRY, .number = n, .lacking = XJ_SIDE_NONE, .entry = {n, n}};
    memcpy(f.agency, c->r->side[0]->owner, sizeof f.agency - 1);
    return f;
}

/* The entry itself, and whether the owner has signed a tree that holds the one or the other. */
static void report_fork(struct copies *c, uint64_t n)
{
    struct xj_reconciling *r = c->r;
    const enum xj_entry_kind a = kind_of(c, 0, n), b = kind_of(c, 1, n);
    uint64_t size;
    struct xj_reconcile_finding f = finding(c, XJ_FINDING_DIFFERS, "entry_differs", n);
    f.signer = a == b ? entry_signer(a, r->side[0]->owner) : NULL;
    for (unsigned side = 0; side < 2 && f.signer != NULL; side++)
        f.is_signed[side] = xj_account_signed(r->side[side], n, UINT64_MAX, r->reg);
    xj_rc_add(r, &f);
    f = finding(c, XJ_FINDING_DIFFERS, "forked", n);
    f.about = XJ_ABOUT_HEAD;
    f.signer = r->side[0]->owner;
    f.entry[0] = f.entry[1] = 0;
    for (unsigned side = 0; side < 2; side++)
        f.is_signed[side] = xj_account_note_signed(r->side[side], n, r->reg, &size);
    xj_rc_add(r, &f);
}

static void report_shorter(struct copies *c, uint64_t both)
{
    struct xj_reconciling *r = c->r;
    const unsigned shorter = r->side[0]->size < r->side[1]->size ? 0 : 1;
    uint64_t size;
    struct xj_reconcile_finding f = finding(c, XJ_FINDING_OPEN, "shorter", both);
    f.lacking = shorter;
    f.signer = r->side[0]->owner;
    f.entry[shorter] = 0;
    f.is_signed[1 - shorter] = xj_account_note_signed(r->side[1 - shorter], both + 1, r->reg, &size);
    xj_rc_add(r, &f);
}

static void report_nodes(struct copies *c, uint64_t both)
{
    struct xj_reconcile_finding f = finding(c, XJ_FINDING_DIFFERS, "nodes_differ", both);
    f.entry[0] = f.entry[1] = 0;
    xj_rc_add(c->r, &f);
}

void xj_rc_copies(struct xj_reconciling *r, bool whole)
{
    struct copies c = {.r = r};
    const uint64_t a = r->side[0]->size, b = r->side[1]->size, both = a < b ? a : b;
    bool nodes_lie = false;
    xj_buf_init(&c.scratch, ENTRY_CEILING);
    uint64_t n = first_difference(&c, both, &nodes_lie);
    if (c.err == XJ_OK && (nodes_lie || (whole && n > both))) { /* nodes agree: do the rows? */
        const uint64_t looked = r->ret->compared.leaves;
        n = leaves_differ(&c, 1, both);
        r->ret->compared.leaves = looked;
    }
    r->ret->compared.entries = n - 1;
    if (c.err == XJ_OK && (n <= both || a != b))
        c.err = xj_rc_load(r);
    if (c.err == XJ_OK) {
        if (nodes_lie && n > both)
            report_nodes(&c, both);
        if (n <= both)
            report_fork(&c, n);
        else if (a != b)
            report_shorter(&c, both);
    } else {
        r->err = c.err;
    }
    xj_buf_free(&c.scratch);
}
