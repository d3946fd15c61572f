#undef NDEBUG /* a wrong order of completion would be signed as the ledger's history: stop instead */
#include "schema/ledger/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "schema/ledger/sql.h"
#include "schema/wire/pack.h"

#define LEVELS 64u
#define ENTRY_CEILING (4u * 1024 * 1024) /* bytes; an entry is far smaller: the largest is a register entry of 1 MiB */

struct pending {
    struct xj_hash leaf;
    enum xj_entry_kind kind;
    int64_t time_ms;
    bool known;
};

struct xj_log {
    struct xj_db *db;
    uint64_t size;  /* numbers given out */
    uint64_t checked; /* number of the last checkpoint's entry; 0: none */
    uint64_t solid; /* leaves in the tree: all before the first reserved entry that is not complete */
    struct xj_hash peak[LEVELS]; /* peak[l] counts where bit l of solid is set: a complete subtree of 2^l leaves */
    struct pending *pending;     /* entries solid + 1 … size */
    size_t pending_cap;
    struct xj_buf scratch;
};

const char *xj_entry_kind_name(enum xj_entry_kind kind)
{
    static const char *const names[] = {"invalid", "own", "received", "admitted", "refused", "stored", "delivered",
                                        "register", "epoch", "incident", "checkpointed", "message", "told", "recovery",
                                        "rebuild", "unrecovered", "recovered", "destroyed", "opened"};
    size_t i = (size_t)kind;
    return names[i < sizeof names / sizeof names[0] ? i : 0];
}

enum xj_err xj_entry_leaf(const struct xj_entry *e, struct xj_buf *scratch, struct xj_hash *ret)
{
    return xj_entry_leaf_as(e, (int64_t)e->kind, scratch, ret);
}

enum xj_err xj_entry_leaf_as(const struct xj_entry *e, int64_t kind, struct xj_buf *scratch, struct xj_hash *ret)
{
    xj_buf_reset(scratch);
    xj_put_array(scratch, 5);
    xj_put_uint(scratch, e->n);
    xj_put_int(scratch, kind);
    xj_put_int(scratch, e->time_ms);
    xj_put_bins(scratch, e->head);
    xj_put_bins(scratch, e->sig);
    if (scratch->err != XJ_OK)
        return scratch->err;
    *ret = xj_tree_leaf(xj_buf_slice(scratch));
    return XJ_OK;
}

static bool is_kept(unsigned level)
{
    const uint64_t kept = UINT64_C(1) << 8 | UINT64_C(1) << 16 | UINT64_C(1) << 24;
    return (kept >> level & 1) != 0;
}

static enum xj_err put_node(struct xj_log *log, unsigned level, uint64_t index, const struct xj_hash *hash)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(log->db, XJ_SQL_NODE_ADD, &st);
    if (err == XJ_OK) {
        xj_sql_bind_number(st, 1, level);
        xj_sql_bind_number(st, 2, index);
        xj_sql_bind(st, 3, xj_hash_slice(hash));
        err = xj_sql_run(log->db, st);
    }
    xj_sql_give(log->db, XJ_SQL_NODE_ADD, st);
    return err;
}

/* Adds a complete subtree of 2^level leaves behind the tree, which must be a multiple of it; keep writes the node rows
 * that become complete. */
static enum xj_err grow(struct xj_log *log, unsigned level, const struct xj_hash *hash, bool keep)
{
    uint64_t solid = log->solid + (UINT64_C(1) << level);
    struct xj_hash carry = *hash;
    unsigned l = level;
    for (; (log->solid >> l & 1) != 0; l++) {
        carry = xj_tree_node(&log->peak[l], &carry);
        if (keep && is_kept(l + 1)) {
            enum xj_err err = put_node(log, l + 1, (solid >> (l + 1)) - 1, &carry);
            if (err != XJ_OK)
                return err;
        }
    }
    log->peak[l] = carry;
    log->solid = solid;
    return XJ_OK;
}

static enum xj_err get_hash(struct xj_log *log, enum xj_sql which, uint64_t a, uint64_t b, struct xj_hash *ret)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(log->db, which, &st);
    if (err != XJ_OK)
        return err;
    xj_sql_bind_number(st, 1, a);
    if (which == XJ_SQL_NODE_GET)
        xj_sql_bind_number(st, 2, b);
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        struct xj_slice hash = xj_sql_bytes(st, 0);
        err = hash.n == XJ_HASH_SIZE ? XJ_OK : XJ_ECORRUPT;
        if (err == XJ_OK)
            memcpy(ret->b, hash.p, XJ_HASH_SIZE);
    } else {
        err = rc == SQLITE_DONE ? XJ_ECORRUPT : xj_sql_error(log->db, rc);
    }
    xj_sql_give(log->db, which, st);
    return err;
}

/* A single number; *ret is 0 when the table holds none, so ask for max(idx) only where absent and 0 may be confused. */
static enum xj_err get_number(struct xj_log *log, enum xj_sql which, uint64_t a, bool *ret_some, uint64_t *ret)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(log->db, which, &st);
    if (err != XJ_OK)
        return err;
    if (which == XJ_SQL_NODE_LAST)
        xj_sql_bind_number(st, 1, a);
    int rc = sqlite3_step(st);
    err = xj_sql_error(log->db, rc);
    *ret_some = rc == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_INTEGER;
    *ret = *ret_some ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    xj_sql_give(log->db, which, st);
    return err;
}

/* ---- opening ---- */

struct edge {
    struct xj_log *log;
    uint64_t next, first_loose; /* leaves before first_loose are under a node row already */
    struct xj_hash sum[9];      /* a small tree of its own over the last complete 256 leaves */
    unsigned summed;
    enum xj_err err;
};

static void add_to_sum(struct edge *edge, const struct xj_hash *leaf)
{
    struct xj_hash carry = *leaf;
    unsigned l = 0;
    for (; (edge->summed >> l & 1) != 0; l++)
        carry = xj_tree_node(&edge->sum[l], &carry);
    edge->sum[l] = carry;
    edge->summed++;
}

static bool visit_edge(void *arg, const struct xj_entry *entry)
{
    struct edge *edge = arg;
    struct xj_hash leaf, stored;
    edge->err = xj_entry_leaf(entry, &edge->log->scratch, &leaf);
    if (edge->err == XJ_OK)
        edge->err = get_hash(edge->log, XJ_SQL_ENTRY_LEAF, entry->n, 0, &stored);
    if (edge->err == XJ_OK && (entry->n != edge->next || !xj_hash_eq(&leaf, &stored)))
        edge->err = XJ_ECORRUPT;
    if (edge->err == XJ_OK && entry->n > edge->first_loose)
        edge->err = grow(edge->log, 0, &leaf, false);
    else
        add_to_sum(edge, &leaf);
    edge->next++;
    return edge->err == XJ_OK;
}

/* As many node rows as size gives, no more and no fewer at the end. */
static enum xj_err check_nodes(struct xj_log *log, uint64_t size)
{
    for (unsigned level = 8; level <= 24; level += 8) {
        bool some = false;
        uint64_t last = 0;
        enum xj_err err = get_number(log, XJ_SQL_NODE_LAST, level, &some, &last);
        if (err != XJ_OK)
            return err;
        uint64_t want = size >> level;
        if (want == 0 ? some : !some || last != want - 1)
            return XJ_ECORRUPT;
    }
    return XJ_OK;
}

/* The rows at the edge, and the 256 before them, against their leaves and the last node. */
static enum xj_err load_edge(struct xj_log *log, uint64_t size)
{
    uint64_t loose = size & ~UINT64_C(255);
    struct edge edge = {.log = log, .first_loose = loose};
    edge.next = (loose >= 256 ? loose - 256 : 0) + 1;
    enum xj_err err = xj_log_scan(log, edge.next, visit_edge, &edge);
    if (err == XJ_OK)
        err = edge.err;
    if (err != XJ_OK || loose == 0)
        return err;
    struct xj_hash node;
    err = get_hash(log, XJ_SQL_NODE_GET, 8, (loose >> 8) - 1, &node);
    return err == XJ_OK && (edge.summed != 256 || !xj_hash_eq(&node, &edge.sum[8])) ? XJ_ECORRUPT : err;
}

static enum xj_err load_checked(struct xj_log *log)
{
    bool some = false;
    uint64_t last = 0;
    enum xj_err err = get_number(log, XJ_SQL_CHECKPOINT_LAST, 0, &some, &last);
    log->checked = err == XJ_OK && some ? last + 1 : 0;
    return err == XJ_OK && log->checked > log->size ? XJ_ECORRUPT : err;
}

enum xj_err xj_log_reload(struct xj_log *log)
{
    bool some = false;
    uint64_t size = 0;
    log->size = log->solid = 0;
    log->db->reserved = 0;
    enum xj_err err = get_number(log, XJ_SQL_ENTRY_LAST, 0, &some, &size);
    if (err == XJ_OK)
        err = check_nodes(log, size);
    for (int level = 24; level >= 8 && err == XJ_OK; level -= 8) {
        uint64_t upto = size >> level;
        for (uint64_t i = log->solid >> level; err == XJ_OK && i < upto; i++) {
            struct xj_hash node;
            err = get_hash(log, XJ_SQL_NODE_GET, (uint64_t)level, i, &node);
            if (err == XJ_OK)
                err = grow(log, (unsigned)level, &node, false);
        }
    }
    if (err == XJ_OK)
        err = load_edge(log, size);
    if (err == XJ_OK && log->solid != size)
        err = XJ_ECORRUPT;
    log->size = log->solid;
    return err == XJ_OK ? load_checked(log) : err;
}

enum xj_err xj_log_open(struct xj_db *db, struct xj_log **ret)
{
    *ret = NULL;
    struct xj_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return XJ_ENOMEM;
    log->db = db;
    xj_buf_init(&log->scratch, ENTRY_CEILING);
    enum xj_err err = xj_log_reload(log);
    if (err != XJ_OK) {
        xj_log_close(log);
        return err;
    }
    *ret = log;
    return XJ_OK;
}

void xj_log_close(struct xj_log *log)
{
    if (log == NULL)
        return;
    free(log->pending);
    xj_buf_free(&log->scratch);
    free(log);
}

/* ---- appending ---- */

static enum xj_err put_entry(struct xj_log *log, const struct xj_entry *e, struct xj_hash *ret_leaf)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_entry_leaf(e, &log->scratch, ret_leaf);
    if (err == XJ_OK)
        err = xj_sql_take(log->db, XJ_SQL_ENTRY_ADD, &st);
    if (err == XJ_OK) {
        xj_sql_bind_number(st, 1, e->n);
        xj_sql_bind_number(st, 2, (uint64_t)e->kind);
        sqlite3_bind_int64(st, 3, e->time_ms);
        xj_sql_bind(st, 4, xj_hash_slice(ret_leaf));
        xj_sql_bind(st, 5, e->head);
        xj_sql_bind(st, 6, e->sig);
        err = xj_sql_run(log->db, st);
    }
    xj_sql_give(log->db, XJ_SQL_ENTRY_ADD, st);
    return err;
}

static struct pending *add_pending(struct xj_log *log)
{
    size_t count = (size_t)(log->size - log->solid);
    if (count == log->pending_cap) {
        size_t cap = count == 0 ? 64 : 2 * count;
        struct pending *grown = realloc(log->pending, cap * sizeof *grown);
        if (grown == NULL)
            return NULL;
        log->pending = grown;
        log->pending_cap = cap;
    }
    log->size++;
    log->pending[count] = (struct pending){.known = false};
    return &log->pending[count];
}

uint64_t xj_log_unchecked(const struct xj_log *log)
{
    return log->size - log->checked;
}

enum xj_err xj_log_append(struct xj_log *log, enum xj_entry_kind kind, int64_t time_ms, struct xj_slice head,
                          struct xj_slice sig, uint64_t *ret_n)
{
    struct xj_entry e = {.n = log->size + 1, .kind = kind, .time_ms = time_ms, .head = head, .sig = sig};
    struct xj_hash leaf;
    assert(kind != XJ_ENTRY_INVALID && kind <= XJ_ENTRY_LAST);
    enum xj_err err = put_entry(log, &e, &leaf);
    if (err != XJ_OK)
        return err;
    if (log->solid == log->size) {
        err = grow(log, 0, &leaf, true);
        if (err != XJ_OK)
            return err;
        log->size++;
    } else {
        struct pending *p = add_pending(log);
        if (p == NULL)
            return XJ_ENOMEM;
        *p = (struct pending){.leaf = leaf, .known = true};
    }
    if (kind == XJ_ENTRY_CHECKPOINTED)
        log->checked = e.n;
    if (ret_n != NULL)
        *ret_n = e.n;
    return XJ_OK;
}

enum xj_err xj_log_reserve(struct xj_log *log, enum xj_entry_kind kind, int64_t time_ms, uint64_t *ret_n)
{
    assert(kind != XJ_ENTRY_INVALID && kind <= XJ_ENTRY_LAST);
    struct pending *p = add_pending(log);
    if (p == NULL)
        return XJ_ENOMEM;
    *p = (struct pending){.kind = kind, .time_ms = time_ms};
    log->db->reserved++;
    *ret_n = log->size;
    return XJ_OK;
}

/* Moves the leaves that no longer wait for an earlier one into the tree. */
static enum xj_err settle(struct xj_log *log)
{
    uint64_t first = log->solid;
    size_t count = (size_t)(log->size - first), done = 0;
    enum xj_err err = XJ_OK;
    while (err == XJ_OK && done < count && log->pending[done].known) {
        err = grow(log, 0, &log->pending[done].leaf, true);
        done++;
    }
    if (done < count)
        memmove(log->pending, log->pending + done, (count - done) * sizeof *log->pending);
    return err;
}

enum xj_err xj_log_complete(struct xj_log *log, uint64_t n, struct xj_slice head, struct xj_slice sig)
{
    assert(n == log->solid + 1 && n <= log->size); /* ascending: the first that waits */
    struct pending *p = &log->pending[0];
    struct xj_entry e = {.n = n, .kind = p->kind, .time_ms = p->time_ms, .head = head, .sig = sig};
    enum xj_err err = put_entry(log, &e, &p->leaf);
    if (err != XJ_OK)
        return err;
    p->known = true;
    log->db->reserved--;
    return settle(log);
}

/* ---- reading ---- */

uint64_t xj_log_size(const struct xj_log *log)
{
    return log->size;
}

struct xj_hash xj_log_root(const struct xj_log *log)
{
    struct xj_hash root = xj_sha256(NULL, 0);
    bool some = false;
    assert(log->solid == log->size);
    for (unsigned l = 0; l < LEVELS; l++) {
        if ((log->solid >> l & 1) == 0)
            continue;
        root = some ? xj_tree_node(&log->peak[l], &root) : log->peak[l];
        some = true;
    }
    return root;
}

/* The largest power of two below count, which is at least 2. */
static uint64_t split(uint64_t count)
{
    return UINT64_C(1) << (63 - __builtin_clzll(count - 1));
}

/* The tree hash over count leaves from number first (counted from 0), where first is a multiple of the tree's shape. */
static enum xj_err range_hash(struct xj_log *log, uint64_t first, uint64_t count, struct xj_hash *ret)
{
    if (count == 1)
        return get_hash(log, XJ_SQL_ENTRY_LEAF, first + 1, 0, ret);
    unsigned level = (unsigned)(63 - __builtin_clzll(count));
    if ((count & (count - 1)) == 0 && is_kept(level))
        return get_hash(log, XJ_SQL_NODE_GET, level, first >> level, ret);
    uint64_t k = split(count);
    struct xj_hash left, right;
    enum xj_err err = range_hash(log, first, k, &left);
    if (err == XJ_OK)
        err = range_hash(log, first + k, count - k, &right);
    if (err == XJ_OK)
        *ret = xj_tree_node(&left, &right);
    return err;
}

static enum xj_err reach(const struct xj_log *log, uint64_t size)
{
    if (size > log->size)
        return XJ_ERANGE;
    return size > log->solid ? XJ_ESTATE : XJ_OK;
}

enum xj_err xj_log_root_at(struct xj_log *log, uint64_t size, struct xj_hash *ret)
{
    enum xj_err err = reach(log, size);
    if (err != XJ_OK)
        return err;
    if (size == log->size) {
        *ret = xj_log_root(log);
        return XJ_OK;
    }
    if (size == 0) {
        *ret = xj_sha256(NULL, 0);
        return XJ_OK;
    }
    return range_hash(log, 0, size, ret);
}

/* Paths and proofs are found from the root downwards and told from the leaf upwards. */
static void turn(struct xj_hash *path, size_t depth)
{
    for (size_t i = 0; i < depth / 2; i++) {
        struct xj_hash swap = path[i];
        path[i] = path[depth - 1 - i];
        path[depth - 1 - i] = swap;
    }
}

enum xj_err xj_log_path(struct xj_log *log, uint64_t n, uint64_t size, struct xj_hash path[XJ_TREE_MAX_PATH], size_t *ret_count)
{
    enum xj_err err = reach(log, size);
    if (err == XJ_OK && (n == 0 || n > size))
        err = XJ_ERANGE;
    uint64_t first = 0, count = size, index = n - 1;
    size_t depth = 0;
    while (err == XJ_OK && count > 1) {
        uint64_t k = split(count);
        bool left = index < first + k;
        err = left ? range_hash(log, first + k, count - k, &path[depth]) : range_hash(log, first, k, &path[depth]);
        first = left ? first : first + k;
        count = left ? k : count - k;
        depth++;
    }
    turn(path, depth);
    *ret_count = depth;
    return err;
}

enum xj_err xj_log_consistency(struct xj_log *log, uint64_t old_size, uint64_t size, struct xj_hash proof[XJ_TREE_MAX_PATH + 1],
                               size_t *ret_count)
{
    enum xj_err err = reach(log, size);
    if (err == XJ_OK && (old_size == 0 || old_size > size))
        err = XJ_ERANGE;
    uint64_t first = 0, count = size, old = old_size;
    size_t depth = 0;
    bool whole = true; /* the old tree's root is known to whoever verifies */
    while (err == XJ_OK && old < count) {
        uint64_t k = split(count);
        bool left = old <= k;
        err = left ? range_hash(log, first + k, count - k, &proof[depth]) : range_hash(log, first, k, &proof[depth]);
        whole = whole && left;
        first = left ? first : first + k;
        old = left ? old : old - k;
        count = left ? k : count - k;
        depth++;
    }
    if (err == XJ_OK && !whole)
        err = range_hash(log, first, count, &proof[depth++]);
    turn(proof, depth);
    *ret_count = depth;
    return err;
}

enum xj_err xj_log_get(struct xj_log *log, uint64_t n, struct xj_buf *buf, struct xj_entry *ret)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = n == 0 || n > INT64_MAX ? XJ_ENOTFOUND : xj_sql_take(log->db, XJ_SQL_ENTRY_GET, &st);
    if (err != XJ_OK)
        return err;
    xj_buf_reset(buf);
    xj_sql_bind_number(st, 1, n);
    int rc = sqlite3_step(st);
    if (rc != SQLITE_ROW) {
        err = rc == SQLITE_DONE ? XJ_ENOTFOUND : xj_sql_error(log->db, rc);
        goto out;
    }
    struct xj_slice head = xj_sql_bytes(st, 2);
    xj_buf_add_slice(buf, head);
    size_t head_n = head.n;
    xj_buf_add_slice(buf, xj_sql_bytes(st, 3));
    err = buf->err;
    if (err != XJ_OK)
        goto out;
    *ret = (struct xj_entry){.n = n, .kind = (enum xj_entry_kind)sqlite3_column_int(st, 0),
                             .time_ms = sqlite3_column_int64(st, 1)};
    ret->head = xj_slice_of(buf->p, head_n);
    ret->sig = head_n < buf->n ? xj_slice_of(buf->p + head_n, buf->n - head_n) : xj_slice_of(NULL, 0);
out:
    xj_sql_give(log->db, XJ_SQL_ENTRY_GET, st);
    return err;
}

enum xj_err xj_log_scan(struct xj_log *log, uint64_t from, xj_entry_visit *visit, void *arg)
{
    sqlite3_stmt *st = NULL;
    int rc = SQLITE_ROW;
    enum xj_err err = xj_sql_take(log->db, XJ_SQL_ENTRY_FROM, &st);
    if (err != XJ_OK)
        return err;
    xj_sql_bind_number(st, 1, from > INT64_MAX ? INT64_MAX : from);
    while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct xj_entry e = {.n = (uint64_t)sqlite3_column_int64(st, 0), .kind = (enum xj_entry_kind)sqlite3_column_int(st, 1),
                             .time_ms = sqlite3_column_int64(st, 2), .head = xj_sql_bytes(st, 3), .sig = xj_sql_bytes(st, 4)};
        if (!visit(arg, &e))
            break;
    }
    err = xj_sql_error(log->db, rc);
    xj_sql_give(log->db, XJ_SQL_ENTRY_FROM, st);
    return err;
}

struct xj_db *xj_log_db(struct xj_log *log)
{
    return log->db;
}
