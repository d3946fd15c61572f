/* Checkpoints: the log's size and root as a signed note (C2SP signed-note, tlog-checkpoint). Declared in log.h. */
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#include "schema/ledger/log.h"
#include "schema/ledger/sql.h"
#include "schema/wire/pack.h"

#define NOTE_CEILING 4096u /* bytes */
#define VARIANT sodium_base64_VARIANT_ORIGINAL
#define DASH "\xe2\x80\x94 " /* em dash and a space: how a signature line begins */
#define SIGNED_BYTES (4 + crypto_sign_BYTES)

static void put_base64(struct xj_buf *out, const void *p, size_t n)
{
    char text[sodium_base64_ENCODED_LEN(SIGNED_BYTES, VARIANT)];
    xj_buf_add_str(out, sodium_bin2base64(text, sizeof text, p, n, VARIANT));
}

static void put_text(struct xj_buf *out, const char *origin, uint64_t size, const struct xj_hash *root, int64_t time_ms)
{
    xj_buf_addf(out, "%s\n%" PRIu64 "\n", origin, size);
    put_base64(out, root->b, sizeof root->b);
    xj_buf_addf(out, "\ntime %" PRId64 "\n", time_ms);
}

static void key_hash(const char *name, const uint8_t public_key[32], uint8_t out[4])
{
    const uint8_t middle[2] = {0x0a, 0x01};
    struct xj_slice parts[3] = {xj_slice_cstr(name), xj_slice_of(middle, 2), xj_slice_of(public_key, 32)};
    struct xj_hash hash = xj_sha256(parts, 3);
    memcpy(out, hash.b, 4);
}

static enum xj_err keep(struct xj_log *log, uint64_t size, struct xj_slice note)
{
    struct xj_db *db = xj_log_db(log);
    sqlite3_stmt *st = NULL;
    enum xj_err err = xj_sql_take(db, XJ_SQL_CHECKPOINT_ADD, &st);
    if (err == XJ_OK) {
        xj_sql_bind_number(st, 1, size);
        sqlite3_bind_text64(st, 2, (const char *)note.p, note.n, SQLITE_STATIC, SQLITE_UTF8);
        err = xj_sql_run(db, st);
    }
    xj_sql_give(db, XJ_SQL_CHECKPOINT_ADD, st);
    return err;
}

static enum xj_err append_entry(struct xj_log *log, uint64_t size, const struct xj_hash *root, int64_t time_ms)
{
    struct xj_buf head;
    xj_buf_init(&head, 64);
    xj_put_array(&head, 2);
    xj_put_uint(&head, size);
    xj_put_bin(&head, root->b, sizeof root->b);
    enum xj_err err = head.err;
    if (head.err == XJ_OK)
        err = xj_log_append(log, XJ_ENTRY_CHECKPOINTED, time_ms, xj_buf_slice(&head), xj_slice_of(NULL, 0), NULL);
    xj_buf_free(&head);
    return err;
}

enum xj_err xj_checkpoint_sign(const char *origin, const struct xj_sign_key *key, uint64_t size, const struct xj_hash *root,
                               int64_t time_ms, struct xj_buf *note)
{
    uint8_t signed_bytes[SIGNED_BYTES];
    struct xj_buf text;
    xj_buf_init(&text, NOTE_CEILING);
    put_text(&text, origin, size, root, time_ms);
    if (text.err == XJ_OK) {
        key_hash(origin, key->public_key, signed_bytes);
        crypto_sign_detached(signed_bytes + 4, NULL, text.p, text.n, key->secret); /* cannot fail */
        xj_buf_addf(&text, "\n" DASH "%s ", origin);
        put_base64(&text, signed_bytes, sizeof signed_bytes);
        xj_buf_add_str(&text, "\n");
    }
    enum xj_err err = text.err;
    if (err == XJ_OK) {
        xj_buf_add_slice(note, xj_buf_slice(&text));
        err = note->err;
    }
    xj_buf_free(&text);
    return err;
}

enum xj_err xj_log_checkpoint(struct xj_log *log, const char *origin, const struct xj_sign_key *key, int64_t time_ms,
                              struct xj_buf *note)
{
    struct xj_buf text;
    uint64_t size = xj_log_size(log);
    struct xj_hash root = xj_log_root(log);
    xj_buf_init(&text, NOTE_CEILING);
    enum xj_err err = xj_checkpoint_sign(origin, key, size, &root, time_ms, &text);
    if (err == XJ_OK)
        err = keep(log, size, xj_buf_slice(&text));
    if (err == XJ_OK)
        err = append_entry(log, size, &root, time_ms);
    if (err == XJ_OK) {
        xj_buf_add_slice(note, xj_buf_slice(&text));
        err = note->err;
    }
    xj_buf_free(&text);
    return err;
}

enum xj_err xj_log_checkpoint_newest(struct xj_log *log, uint64_t *ret_size, struct xj_buf *note)
{
    struct xj_db *db = xj_log_db(log);
    sqlite3_stmt *st = NULL;
    xj_buf_reset(note);
    enum xj_err err = xj_sql_take(db, XJ_SQL_CHECKPOINT_NEWEST, &st);
    if (err != XJ_OK)
        return err;
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *ret_size = (uint64_t)sqlite3_column_int64(st, 0);
        const unsigned char *text = sqlite3_column_text(st, 1); /* before its length */
        xj_buf_add(note, text, (size_t)sqlite3_column_bytes(st, 1));
        err = xj_sql_error(db, sqlite3_errcode(db->handle)); /* a column that could not be had reads as empty */
        err = err == XJ_OK ? note->err : err;
    } else {
        err = rc == SQLITE_DONE ? XJ_ENOTFOUND : xj_sql_error(db, rc);
    }
    xj_sql_give(db, XJ_SQL_CHECKPOINT_NEWEST, st);
    return err;
}

/* ---- reading ---- */

/* Cuts the next line off rest, without its newline. False when there is none. */
static bool line(struct xj_slice *rest, struct xj_slice *ret)
{
    const uint8_t *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
    if (end == NULL)
        return false;
    *ret = xj_slice_of(rest->p, (size_t)(end - rest->p));
    *rest = xj_slice_of(end + 1, rest->n - ret->n - 1);
    return true;
}

/* Decimal, 1 to 18 digits; a leading zero is found when the text is written again. */
static bool decimal(struct xj_slice s, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        *ret = *ret * 10 + (uint64_t)(s.p[i] - '0');
    }
    return s.n >= 1 && s.n <= 18;
}

/* Exactly n bytes in the one spelling that base64 has for them. libsodium's decoder alone takes some bytes above 127 for
 * letters, so what it read is written again and compared. */
static bool base64(struct xj_slice s, void *out, size_t n)
{
    char again[sodium_base64_ENCODED_LEN(SIGNED_BYTES, VARIANT)];
    size_t got = 0;
    const char *end = NULL;
    if (s.n == 0 || sodium_base642bin(out, n, (const char *)s.p, s.n, NULL, &got, &end, VARIANT) != 0 || got != n)
        return false;
    return xj_slice_is(s, sodium_bin2base64(again, sizeof again, out, n, VARIANT));
}

static bool skip(struct xj_slice *s, struct xj_slice prefix)
{
    if (s->n < prefix.n || memcmp(s->p, prefix.p, prefix.n) != 0)
        return false;
    *s = xj_slice_of(s->p + prefix.n, s->n - prefix.n);
    return true;
}

struct note {
    uint64_t size;
    int64_t time_ms;
    struct xj_hash root;
    struct xj_slice text; /* what is signed */
    uint8_t signed_bytes[SIGNED_BYTES];
};

static bool parse(struct xj_slice bytes, const char *origin, struct note *ret)
{
    struct xj_slice rest = bytes, first, size, root, time, empty, signature;
    uint64_t time_ms = 0;
    if (!line(&rest, &first) || !line(&rest, &size) || !line(&rest, &root) || !line(&rest, &time))
        return false;
    ret->text = xj_slice_of(bytes.p, bytes.n - rest.n);
    if (!line(&rest, &empty) || !line(&rest, &signature) || rest.n != 0 || empty.n != 0)
        return false;
    if (!skip(&time, xj_slice_cstr("time ")) || !decimal(time, &time_ms) || !decimal(size, &ret->size))
        return false;
    ret->time_ms = (int64_t)time_ms;
    if (!skip(&signature, xj_slice_cstr(DASH)) || !skip(&signature, xj_slice_cstr(origin)) ||
        !skip(&signature, xj_slice_cstr(" ")))
        return false;
    return base64(root, ret->root.b, sizeof ret->root.b) && base64(signature, ret->signed_bytes, SIGNED_BYTES);
}

/* Reads a note, and writes it again: there is one way to write a checkpoint. */
static enum xj_err read_note(struct xj_slice note, const char *origin, struct note *ret)
{
    struct xj_buf again;
    if (note.n > NOTE_CEILING || !parse(note, origin, ret))
        return XJ_EMALFORMED;
    xj_buf_init(&again, NOTE_CEILING);
    put_text(&again, origin, ret->size, &ret->root, ret->time_ms);
    enum xj_err err = again.err;
    if (err == XJ_OK && !xj_slice_eq(xj_buf_slice(&again), ret->text))
        err = XJ_EMALFORMED;
    xj_buf_free(&again);
    return err;
}

enum xj_err xj_checkpoint_read(struct xj_slice note, const char *origin, uint64_t *ret_size, struct xj_hash *ret_root, int64_t *ret_time_ms)
{
    struct note n;
    enum xj_err err = read_note(note, origin, &n);
    if (err != XJ_OK)
        return err;
    *ret_size = n.size;
    *ret_root = n.root;
    *ret_time_ms = n.time_ms;
    return XJ_OK;
}

enum xj_err xj_checkpoint_names(struct xj_slice note, const char *origin, const uint8_t public_key[32], bool *ret)
{
    struct note n;
    uint8_t hash[4];
    enum xj_err err = read_note(note, origin, &n);
    if (err != XJ_OK)
        return err;
    key_hash(origin, public_key, hash);
    *ret = memcmp(hash, n.signed_bytes, 4) == 0;
    return XJ_OK;
}

enum xj_err xj_checkpoint_verify(struct xj_slice note, const char *origin, const uint8_t public_key[32], uint64_t *ret_size,
                                 struct xj_hash *ret_root, int64_t *ret_time_ms)
{
    struct note n;
    uint8_t hash[4];
    enum xj_err err = read_note(note, origin, &n);
    if (err != XJ_OK)
        return err;
    key_hash(origin, public_key, hash);
    if (memcmp(hash, n.signed_bytes, 4) != 0 ||
        crypto_sign_verify_detached(n.signed_bytes + 4, n.text.p, n.text.n, public_key) != 0)
        return XJ_ESIGNATURE;
    *ret_size = n.size;
    *ret_root = n.root;
    *ret_time_ms = n.time_ms;
    return XJ_OK;
}
