#include "schema/ledger/account.h"

#include <stdlib.h>
#include <string.h>

#include "schema/base/file.h"
#include "schema/ledger/account_private.h"
#include "schema/ledger/rebuilt.h"
#include "schema/trust/register.h"
#include "schema/wire/destroyed.h"
#include "schema/wire/statement.h"

#define NOTE_BYTES_MAX 4096u
#define ORIGIN_START "xianjie/"
#define ENTRY_CEILING (4u * 1024 * 1024) /* bytes; above any entry */

const char *xj_signed_name(enum xj_signed s)
{
    static const char *const names[] = {"none", "signed", "unsigned", "unknown"};
    return names[s <= XJ_SIGNED_UNKNOWN ? s : XJ_SIGNED_NONE];
}

bool xj_acc_good(struct xj_account *a, enum xj_err err)
{
    if (xj_sql_says_nothing(err) && a->inside->err == XJ_OK)
        a->inside->err = err;
    return err == XJ_OK;
}

/* ---- opening ---- */

/* The owner out of a note's first line; the exchange's is "exchange", as in a journal. */
static bool note_owner(struct xj_slice text, char ret[64])
{
    const uint8_t *end = memchr(text.p, '\n', text.n);
    const size_t start = strlen(ORIGIN_START);
    if (end == NULL || (size_t)(end - text.p) <= start || memcmp(text.p, ORIGIN_START, start) != 0)
        return false;
    struct xj_slice owner = xj_slice_of(text.p + start, (size_t)(end - text.p) - start);
    if (owner.n >= 64)
        return false;
    if (owner.n == 15 && memcmp(owner.p, "exchange-", 9) == 0)
        owner.n = 8;
    memcpy(ret, owner.p, owner.n);
    ret[owner.n] = '\0';
    return true;
}

static enum xj_err open_note(struct xj_account *a, const char *path)
{
    enum xj_err err = xj_file_read(path, NOTE_BYTES_MAX, &a->inside->note);
    if (err != XJ_OK)
        return err;
    struct xj_slice text = xj_buf_slice(&a->inside->note);
    const uint8_t *end = memchr(text.p, '\n', text.n);
    char *origin = end != NULL ? xj_slice_dup(xj_slice_of(text.p, (size_t)(end - text.p))) : NULL;
    if (end != NULL && origin == NULL)
        return XJ_ENOMEM;
    err = origin != NULL && note_owner(text, a->owner) ? xj_checkpoint_read(text, origin, &a->size, &a->note_root, &a->note_ms)
                                                   : XJ_EMALFORMED;
    free(origin);
    a->kind = XJ_ACCOUNT_NOTE;
    return err;
}

/* A file that cannot be read so, or is longer than a note, is left to SQLite to judge. */
static enum xj_err begins_like_a_note(const char *path, bool *ret)
{
    struct xj_buf start;
    const enum xj_err err = xj_file_read(path, NOTE_BYTES_MAX, &start);
    *ret = err == XJ_OK && start.n > strlen(ORIGIN_START) && memcmp(start.p, ORIGIN_START, strlen(ORIGIN_START)) == 0;
    xj_buf_free(&start);
    return err == XJ_ENOMEM ? err : XJ_OK;
}

static enum xj_err last_number(struct xj_account *a)
{
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(a->inside->db, XJ_SQL_ENTRY_LAST, &st);
    if (err == XJ_OK) {
        const int rc = sqlite3_step(st);
        err = xj_sql_error(a->inside->db, rc);
        const sqlite3_int64 last = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
        a->size = last > 0 ? (uint64_t)last : 0;
    }
    xj_sql_give(a->inside->db, XJ_SQL_ENTRY_LAST, st);
    return err;
}

static enum xj_err open_file(struct xj_account *a, const char *path, struct xj_buf *text)
{
    const struct xj_db_options o = {.path = path, .read_only = true};
    enum xj_err err = xj_db_open(&o, xj_env_system(), &a->inside->db, text);
    if (err != XJ_OK)
        return err;
    const char *format = a->inside->db->format;
    a->kind = strcmp(format, "xianjie journal 1") == 0  ? XJ_ACCOUNT_JOURNAL
              : strcmp(format, "xianjie ledger 1") == 0 ? XJ_ACCOUNT_LEDGER
                                                        : XJ_ACCOUNT_INVALID;
    if (a->kind == XJ_ACCOUNT_INVALID)
        return XJ_ECONFIG;
    memcpy(a->owner, xj_db_owner(a->inside->db), strlen(xj_db_owner(a->inside->db)) + 1);
    a->store_id = xj_db_store_id(a->inside->db);
    err = xj_log_open(a->inside->db, &a->log);
    if (err == XJ_OK)
        a->size = xj_log_size(a->log);
    return err == XJ_ECORRUPT ? last_number(a) : err;
}

enum xj_err xj_account_open(const char *path, const uint8_t root_key[32], struct xj_account **ret, struct xj_buf *text)
{
    *ret = NULL;
    struct xj_account *a = calloc(1, sizeof *a);
    struct xj_account_inside *inside = calloc(1, sizeof *inside);
    if (a == NULL || inside == NULL) {
        free(a);
        free(inside);
        return XJ_ENOMEM;
    }
    a->inside = inside;
    inside->root_key = root_key;
    inside->facts = xj_memory_store_new();
    xj_buf_init(&inside->note, NOTE_BYTES_MAX);
    bool note = false;
    enum xj_err err = inside->facts == NULL ? XJ_ENOMEM : begins_like_a_note(path, &note);
    if (err == XJ_OK)
        err = note ? open_note(a, path) : open_file(a, path, text);
    if (err != XJ_OK) {
        xj_account_close(a);
        return err;
    }
    *ret = a;
    return XJ_OK;
}

void xj_account_close(struct xj_account *a)
{
    if (a == NULL)
        return;
    xj_log_close(a->log);
    xj_db_close(a->inside->db);
    xj_memory_store_free(a->inside->facts);
    xj_buf_free(&a->inside->note);
    free(a->inside);
    free(a->messages);
    free(a->stored);
    free(a->delivered);
    free(a->claims);
    free(a->registered);
    free(a);
}

/* ---- rows ---- */

enum xj_err xj_acc_rows(struct xj_account *a, xj_acc_row *visit, void *arg)
{
    struct xj_db *db = a->inside->db;
    sqlite3_stmt *st = NULL;
    int rc = SQLITE_DONE;
    bool go = true;
    enum xj_err err = xj_sql_take(db, XJ_SQL_ENTRY_FROM, &st);
    if (err != XJ_OK)
        return err;
    xj_sql_bind_number(st, 1, 1);
    while (go && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const int64_t kind = a->inside->row_kind = sqlite3_column_int64(st, 1);
        const struct xj_entry e = {.n = (uint64_t)sqlite3_column_int64(st, 0), .time_ms = sqlite3_column_int64(st, 2),
                                   .kind = kind > 0 && kind <= XJ_ENTRY_LAST ? (enum xj_entry_kind)kind : XJ_ENTRY_INVALID,
                                   .head = xj_sql_bytes(st, 3), .sig = xj_sql_bytes(st, 4)};
        go = visit(arg, &e);
    }
    err = xj_sql_error(db, rc);
    xj_sql_give(db, XJ_SQL_ENTRY_FROM, st);
    return err;
}

struct roots {
    const struct xj_account *a;
    const uint64_t *sizes;
    size_t count, done;
    struct xj_hash *ret;
    struct xj_tree_edge edge;
    struct xj_buf scratch;
    enum xj_err err;
};

static void take_roots(struct roots *r)
{
    while (r->done < r->count && r->sizes[r->done] == r->edge.count)
        r->ret[r->done++] = xj_tree_edge_root(&r->edge);
}

static bool add_row(void *arg, const struct xj_entry *e)
{
    struct roots *r = arg;
    struct xj_hash leaf;
    r->err = e->n != r->edge.count + 1 ? XJ_ECORRUPT : xj_entry_leaf_as(e, r->a->inside->row_kind, &r->scratch, &leaf);
    if (r->err != XJ_OK)
        return false;
    xj_tree_edge_add(&r->edge, &leaf);
    take_roots(r);
    return r->done < r->count;
}

enum xj_err xj_account_roots(struct xj_account *a, const uint64_t *sizes, size_t count, struct xj_hash *ret)
{
    struct roots *r = calloc(1, sizeof *r);
    if (r == NULL)
        return XJ_ENOMEM;
    r->a = a;
    r->sizes = sizes;
    r->count = count;
    r->ret = ret;
    xj_buf_init(&r->scratch, ENTRY_CEILING);
    take_roots(r);
    enum xj_err err = r->done < count ? xj_acc_rows(a, add_row, r) : XJ_OK;
    if (err == XJ_OK)
        err = r->err != XJ_OK ? r->err : r->done < count ? XJ_ECORRUPT : XJ_OK;
    xj_buf_free(&r->scratch);
    free(r);
    return err;
}

/* ---- signatures ---- */

static enum xj_signed by_key(struct xj_account *a, enum xj_err found, const uint8_t *key, const char *context, const struct xj_entry *e)
{
    struct xj_hash digest = xj_digest(context, e->head);
    if (!xj_acc_good(a, found))
        return XJ_SIGNED_NO; /* the register reaches there and has no key of that signer */
    return xj_verify(&a->inside->cache, key, &digest, e->sig) == XJ_OK ? XJ_SIGNED_YES : XJ_SIGNED_NO;
}

static enum xj_signed by_agency(struct xj_account *a, struct xj_slice agency, uint64_t at, const struct xj_account *reg,
                                const char *context, const struct xj_entry *e)
{
    struct xj_store store = xj_memory_store_of(reg->inside->facts);
    struct xj_agency facts;
    if (at != UINT64_MAX && at > reg->register_count)
        return XJ_SIGNED_UNKNOWN;
    enum xj_signed s = XJ_SIGNED_NO;
    const bool earlier = at == UINT64_MAX || e->kind == XJ_ENTRY_OWN; /* spec 02, 9; unanswered, or the answer is not at hand */
    for (uint64_t n = at == UINT64_MAX ? reg->register_count : at; n > 0; n--) {
        enum xj_err err = xj_reg_agency(&store, agency, n, &facts);
        s = by_key(a, err == XJ_OK && !facts.connected ? XJ_ENOTFOUND : err, facts.keys.sign, context, e);
        if (!earlier || s == XJ_SIGNED_YES)
            break;
    }
    return s;
}

static enum xj_signed by_exchange(struct xj_account *a, uint64_t at, const struct xj_account *reg,
                                  const char *context, const struct xj_entry *e)
{
    struct xj_store store = xj_memory_store_of(reg->inside->facts);
    uint8_t key[32];
    if (at > reg->register_count)
        return XJ_SIGNED_UNKNOWN;
    return by_key(a, xj_reg_exchange_sign(&store, at, key), key, context, e);
}

static enum xj_signed message_signed(struct xj_account *a, const struct xj_entry *e, uint64_t judged_at, const struct xj_account *reg)
{
    struct xj_header *h = malloc(sizeof *h);
    unsigned field;
    enum xj_signed s = XJ_SIGNED_UNKNOWN;
    if (xj_acc_good(a, h == NULL ? XJ_ENOMEM : XJ_OK))
        s = xj_acc_good(a, xj_header_decode(e->head, h, &field)) ? by_agency(a, h->from, judged_at, reg, XJ_CTX_MESSAGE, e) : XJ_SIGNED_NO;
    free(h);
    return s;
}

static enum xj_signed admitted_signed(struct xj_account *a, const struct xj_entry *e, const struct xj_account *reg)
{
    struct xj_admitted *s = malloc(sizeof *s);
    enum xj_signed is = XJ_SIGNED_UNKNOWN;
    if (xj_acc_good(a, s == NULL ? XJ_ENOMEM : XJ_OK))
        is = xj_acc_good(a, xj_admitted_decode(e->head, s)) ? by_exchange(a, s->register_number, reg, XJ_CTX_ADMITTED, e) : XJ_SIGNED_NO;
    free(s);
    return is;
}

static enum xj_signed destroyed_signed(struct xj_account *a, const struct xj_entry *e, const struct xj_account *reg)
{
    struct xj_destroyed s;
    enum xj_signed is = XJ_SIGNED_NO;
    if (xj_acc_good(a, xj_destroyed_decode(e->head, &s)))
        is = xj_slice_is(s.holder, "exchange") ? by_exchange(a, s.register_number, reg, XJ_CTX_DESTROYED, e)
                                               : by_agency(a, s.holder, s.register_number, reg, XJ_CTX_DESTROYED, e);
    xj_destroyed_free(&s);
    return is;
}

static enum xj_signed entry_signed(struct xj_account *a, const struct xj_entry *e, uint64_t judged_at, const struct xj_account *reg)
{
    struct xj_refused refused;
    struct xj_stored stored;
    struct xj_delivered delivered;
    struct xj_recovered recovered;
    struct xj_unrecovered unrecovered;
    switch (e->kind) {
    case XJ_ENTRY_OWN:
    case XJ_ENTRY_RECEIVED:
    case XJ_ENTRY_MESSAGE:
        return message_signed(a, e, judged_at, reg);
    case XJ_ENTRY_ADMITTED:
        return admitted_signed(a, e, reg);
    case XJ_ENTRY_REFUSED:
        return !xj_acc_good(a, xj_refused_decode(e->head, &refused)) ? XJ_SIGNED_NO
                                                                     : by_exchange(a, refused.register_number, reg, XJ_CTX_REFUSED, e);
    case XJ_ENTRY_STORED:
        return !xj_acc_good(a, xj_stored_decode(e->head, &stored))
                   ? XJ_SIGNED_NO
                   : by_agency(a, stored.agency, stored.register_number, reg, XJ_CTX_STORED, e);
    case XJ_ENTRY_DELIVERED:
        if (!xj_acc_good(a, xj_delivered_decode(e->head, &delivered)))
            return XJ_SIGNED_NO;
        free(delivered.items);
        return by_exchange(a, delivered.register_number, reg, XJ_CTX_DELIVERED, e);
    case XJ_ENTRY_RECOVERED:
        return !xj_acc_good(a, xj_recovered_decode(e->head, &recovered))
                   ? XJ_SIGNED_NO
                   : by_agency(a, recovered.agency, recovered.register_number, reg, XJ_CTX_RECOVERED, e);
    case XJ_ENTRY_UNRECOVERED:
        return !xj_acc_good(a, xj_unrecovered_decode(e->head, &unrecovered))
                   ? XJ_SIGNED_NO
                   : by_exchange(a, unrecovered.register_number, reg, XJ_CTX_UNRECOVERED, e);
    case XJ_ENTRY_DESTROYED:
        return destroyed_signed(a, e, reg);
    default:
        return XJ_SIGNED_NONE; /* register entries that fold are signed; the owner's notes are not */
    }
}

enum xj_signed xj_account_signed(struct xj_account *a, uint64_t n, uint64_t judged_at, const struct xj_account *reg)
{
    struct xj_db *db = a->inside->db;
    sqlite3_stmt *st = NULL;
    enum xj_signed s = XJ_SIGNED_NONE;
    if (db == NULL || n == 0 || n > INT64_MAX || !xj_acc_good(a, xj_sql_take(db, XJ_SQL_ENTRY_GET, &st)))
        return XJ_SIGNED_NONE;
    xj_sql_bind_number(st, 1, n);
    const int rc = sqlite3_step(st);
    (void)xj_acc_good(a, xj_sql_error(db, rc));
    if (rc == SQLITE_ROW) {
        const int kind = sqlite3_column_int(st, 0);
        const struct xj_entry e = {.n = n, .time_ms = sqlite3_column_int64(st, 1), .head = xj_sql_bytes(st, 2), .sig = xj_sql_bytes(st, 3),
                                   .kind = kind > 0 && kind <= XJ_ENTRY_LAST ? (enum xj_entry_kind)kind : XJ_ENTRY_INVALID};
        s = entry_signed(a, &e, judged_at, reg);
    }
    xj_sql_give(db, XJ_SQL_ENTRY_GET, st);
    return s;
}

/* ---- notes ---- */

static bool key_at(struct xj_account *a, const struct xj_store *store, uint64_t at, uint8_t ret[32])
{
    struct xj_agency facts;
    if (strcmp(a->owner, "exchange") == 0)
        return xj_acc_good(a, xj_reg_exchange_sign(store, at, ret));
    if (!xj_acc_good(a, xj_reg_agency(store, xj_slice_cstr(a->owner), at, &facts)) || !facts.connected)
        return false;
    memcpy(ret, facts.keys.sign, 32);
    return true;
}

static enum xj_signed text_signed(struct xj_account *a, struct xj_slice text, const struct xj_account *reg,
                                  uint64_t *size, struct xj_hash *root)
{
    struct xj_store store = xj_memory_store_of(reg->inside->facts);
    int64_t time_ms;
    uint8_t key[32], last[32] = {0};
    const uint8_t *end = memchr(text.p, '\n', text.n);
    char *origin = end != NULL ? xj_slice_dup(xj_slice_of(text.p, (size_t)(end - text.p))) : NULL;
    enum xj_err err = XJ_ESIGNATURE;
    (void)xj_acc_good(a, end != NULL && origin == NULL ? XJ_ENOMEM : XJ_OK);
    for (uint64_t at = 1; origin != NULL && at <= reg->register_count && err != XJ_OK; at++) {
        if (!key_at(a, &store, at, key) || memcmp(key, last, 32) == 0)
            continue;
        memcpy(last, key, 32);
        err = xj_checkpoint_verify(text, origin, key, size, root, &time_ms);
        (void)xj_acc_good(a, err);
    }
    free(origin);
    return err == XJ_OK ? XJ_SIGNED_YES : reg->register_count == 0 ? XJ_SIGNED_UNKNOWN : XJ_SIGNED_NO;
}

enum xj_signed xj_account_note_signed(struct xj_account *a, uint64_t from, const struct xj_account *reg, uint64_t *ret_size)
{
    struct xj_buf text;
    struct xj_hash root, mine;
    uint64_t kept = 0;
    *ret_size = 0;
    if (a->kind == XJ_ACCOUNT_NOTE) {
        *ret_size = a->size;
        return text_signed(a, xj_buf_slice(&a->inside->note), reg, &kept, &root);
    }
    xj_buf_init(&text, NOTE_BYTES_MAX);
    enum xj_signed s = XJ_SIGNED_NONE;
    if (a->log != NULL && xj_acc_good(a, xj_log_checkpoint_newest(a->log, &kept, &text)) && kept >= from) {
        *ret_size = kept;
        s = text_signed(a, xj_buf_slice(&text), reg, &kept, &root);
        if (s == XJ_SIGNED_YES && (kept != *ret_size || !xj_acc_good(a, xj_log_root_at(a->log, kept, &mine)) || !xj_hash_eq(&mine, &root)))
            s = XJ_SIGNED_NO;
    }
    xj_buf_free(&text);
    return s;
}
