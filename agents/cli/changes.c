#include "agents/cli/changes.h"

#include <stdlib.h>
#include <string.h>

#include "schema/base/file.h"
#include "schema/wire/pack.h"
#include "schema/wire/read.h"

#define CONTEXT_REGISTER "xianjie/1 register"
#define ENTRY_CHANGES_MAX 256u
#define ENTRY_ROOM_BYTES (XJ_MAX_REGISTER_ENTRY_BYTES - 4096u) /* less number, time, previous and the lengths */
#define CHANGE_COST_BYTES 16u                                  /* array and length bytes of one change */
#define LIST_MAX 100000u

void xj_changes_init(struct xj_changes *c)
{
    memset(c, 0, sizeof *c);
}

static void free_slice(struct xj_slice s)
{
    free((void *)(uintptr_t)s.p);
}

void xj_changes_free(struct xj_changes *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free_slice(c->list[i].kind);
        free_slice(c->list[i].id);
        free_slice(c->list[i].value);
    }
    free(c->list);
    memset(c, 0, sizeof *c);
}

static bool copy(struct xj_slice from, struct xj_slice *ret)
{
    uint8_t *p = malloc(from.n > 0 ? from.n : 1);
    if (p == NULL)
        return false;
    if (from.n > 0)
        memcpy(p, from.p, from.n);
    *ret = xj_slice_of(p, from.n);
    return true;
}

static bool make_room(struct xj_changes *c)
{
    if (c->count < c->cap)
        return true;
    if (c->count >= LIST_MAX) {
        c->err = XJ_ELIMIT;
        return false;
    }
    size_t cap = c->cap > 0 ? c->cap * 2 : 16;
    struct xj_reg_change *list = realloc(c->list, cap * sizeof *list);
    if (list == NULL) {
        c->err = XJ_ENOMEM;
        return false;
    }
    c->list = list;
    c->cap = cap;
    return true;
}

void xj_changes_raw(struct xj_changes *c, const char *kind, const char *id, struct xj_slice value)
{
    if (c->err != XJ_OK || !make_room(c))
        return;
    struct xj_reg_change *change = &c->list[c->count];
    memset(change, 0, sizeof *change);
    if (copy(xj_slice_cstr(kind), &change->kind) && copy(xj_slice_cstr(id), &change->id) && copy(value, &change->value)) {
        c->count++;
        return;
    }
    free_slice(change->kind);
    free_slice(change->id);
    c->err = XJ_ENOMEM;
}

/* ---- JSON to canonical values ---- */

struct packer {
    const char *base_dir;
    struct xj_buf *text;
    enum xj_err err;
};

static void pack_fail(struct packer *p, enum xj_err err, const char *zh, const char *en, const char *what)
{
    if (p->err != XJ_OK)
        return;
    p->err = err;
    if (p->text != NULL)
        xj_buf_addf(p->text, "登记内容：%s：%s / register fact: %s: %s\n", zh, what, en, what);
}

static void pack_hex(struct packer *p, const char *hex, struct xj_buf *out)
{
    size_t n = strlen(hex);
    uint8_t *bytes = malloc(n / 2 + 1);
    if (bytes == NULL)
        pack_fail(p, XJ_ENOMEM, "内存不足", "out of memory", "hex");
    else if (n % 2 != 0 || !xj_unhex(hex, bytes, n / 2))
        pack_fail(p, XJ_EMALFORMED, "不是十六进制", "no hex digits", n > 80 ? "hex" : hex);
    else
        xj_put_bin(out, bytes, n / 2);
    free(bytes);
}

static void pack_file(struct packer *p, const char *path, struct xj_buf *out)
{
    struct xj_buf full, file;
    xj_buf_init(&full, 8192);
    if (path[0] != '/' && p->base_dir != NULL)
        xj_buf_addf(&full, "%s/", p->base_dir);
    xj_buf_add_str(&full, path);
    const char *name = xj_buf_cstr(&full);
    enum xj_err err = name != NULL ? xj_file_read(name, XJ_MAX_REGISTER_ENTRY_BYTES, &file) : full.err;
    if (err != XJ_OK) {
        pack_fail(p, err, "读不了文件", "cannot read the file", path);
    } else {
        xj_put_bins(out, xj_buf_slice(&file));
        xj_buf_free(&file);
    }
    xj_buf_free(&full);
}

static int by_encoding(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t nx = strlen(x), ny = strlen(y);
    return nx != ny ? (nx < ny ? -1 : 1) : strcmp(x, y); /* a shorter str encodes to smaller bytes (01-encoding, 1.4) */
}

static void pack_value(struct packer *p, const json_t *v, unsigned depth, struct xj_buf *out);

static void pack_object(struct packer *p, const json_t *v, unsigned depth, struct xj_buf *out)
{
    const char *key;
    json_t *each;
    size_t n = json_object_size(v), i = 0;
    const char **keys = calloc(n > 0 ? n : 1, sizeof *keys);
    if (keys == NULL) {
        pack_fail(p, XJ_ENOMEM, "内存不足", "out of memory", "object");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)v, key, each)
        keys[i++] = key;
    qsort(keys, n, sizeof *keys, by_encoding);
    xj_put_map(out, (uint32_t)n);
    for (i = 0; i < n; i++) {
        xj_put_cstr(out, keys[i]);
        pack_value(p, json_object_get(v, keys[i]), depth + 1, out);
    }
    free(keys);
}

static void pack_array(struct packer *p, const json_t *v, unsigned depth, struct xj_buf *out)
{
    size_t i;
    const json_t *each;
    xj_put_array(out, (uint32_t)json_array_size(v));
    json_array_foreach(v, i, each)
        pack_value(p, each, depth + 1, out);
}

static const char *only(const json_t *v, const char *key)
{
    return json_object_size(v) == 1 ? json_string_value(json_object_get(v, key)) : NULL;
}

static void pack_value(struct packer *p, const json_t *v, unsigned depth, struct xj_buf *out)
{
    if (depth > XJ_WIRE_DEPTH_MAX) {
        pack_fail(p, XJ_ELIMIT, "嵌套过深", "nested too deeply", "value");
        return;
    }
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        if (depth > 0 && only(v, "hex") != NULL)
            pack_hex(p, only(v, "hex"), out);
        else if (depth > 0 && only(v, "file") != NULL)
            pack_file(p, only(v, "file"), out);
        else
            pack_object(p, v, depth, out);
        return;
    case JSON_ARRAY: pack_array(p, v, depth, out); return;
    case JSON_STRING: xj_put_str(out, xj_slice_of(json_string_value(v), json_string_length(v))); return;
    case JSON_INTEGER: xj_put_int(out, (int64_t)json_integer_value(v)); return;
    case JSON_TRUE:
    case JSON_FALSE: xj_put_bool(out, json_is_true(v)); return;
    case JSON_NULL: xj_put_nil(out); return;
    case JSON_REAL:
    default: pack_fail(p, XJ_EMALFORMED, "只许整数", "integers only", "number"); return;
    }
}

void xj_changes_json(struct xj_changes *c, const char *kind, const char *id, const json_t *value, const char *base_dir,
                     struct xj_buf *text)
{
    if (c->err != XJ_OK)
        return;
    struct packer p = {base_dir, text, XJ_OK};
    struct xj_buf out;
    xj_buf_init(&out, XJ_MAX_REGISTER_ENTRY_BYTES);
    if (json_is_object(value))
        pack_value(&p, value, 0, &out);
    else if (!json_is_null(value))
        pack_fail(&p, XJ_EMALFORMED, "值须是对象或 null", "the value must be an object or null", id);
    if (p.err == XJ_OK && out.err != XJ_OK)
        pack_fail(&p, out.err, "过长", "too long", id);
    if (p.err == XJ_OK)
        xj_changes_raw(c, kind, id, xj_buf_slice(&out));
    else
        c->err = p.err;
    xj_buf_free(&out);
}

enum xj_err xj_changes_read(struct xj_changes *c, const json_t *batch, const char *base_dir, struct xj_buf *text)
{
    size_t i;
    const json_t *each;
    bool list = json_is_array(batch);
    if (!list && text != NULL)
        xj_buf_add_str(text, "批量文件须是 JSON 数组 / a batch is a JSON list\n");
    if (!list)
        return XJ_EMALFORMED;
    json_array_foreach(batch, i, each) {
        const char *kind = json_string_value(json_object_get(each, "kind"));
        const char *id = json_string_value(json_object_get(each, "id"));
        const json_t *value = json_object_get(each, "value");
        if (kind == NULL || id == NULL || value == NULL || json_object_size(each) != 3) {
            if (text != NULL)
                xj_buf_addf(text, "第 %zu 项须恰有 kind、id、value / item %zu must have exactly kind, id, value\n", i + 1,
                            i + 1);
            return XJ_EMALFORMED;
        }
        xj_changes_json(c, kind, id, value, base_dir, text);
        if (c->err != XJ_OK)
            return c->err;
    }
    return c->err;
}

/* ---- posting ---- */

static bool is_among(const struct xj_reg_change *list, size_t n, const struct xj_reg_change *c)
{
    for (size_t i = 0; i < n; i++)
        if (xj_slice_eq(list[i].kind, c->kind) && xj_slice_eq(list[i].id, c->id))
            return true;
    return false;
}

/* How many changes from `from` on fit one entry, which says no fact twice; 0 when not even the first does. */
static size_t fit(const struct xj_changes *c, size_t from)
{
    size_t bytes = 0, n = 0;
    while (from + n < c->count && n < ENTRY_CHANGES_MAX) {
        const struct xj_reg_change *change = &c->list[from + n];
        bytes += change->kind.n + change->id.n + change->value.n + CHANGE_COST_BYTES;
        if (bytes > ENTRY_ROOM_BYTES || is_among(&c->list[from], n, change))
            break;
        n++;
    }
    return n;
}

/* A call whose refusal becomes XJ_EDENIED and whose "not now" becomes XJ_ENET, with the text. */
static enum xj_err call(struct xj_client *client, const char *method, const char *path, const json_t *body, json_t **ret,
                        struct xj_buf *text)
{
    long status;
    enum xj_err err = xj_client_call(client, method, path, body, &status, ret, text);
    if (err != XJ_OK || (status == 200 && *ret != NULL))
        return err;
    const json_t *error = json_object_get(*ret, "error");
    if (text != NULL)
        xj_buf_addf(text, "%s / %s (HTTP %ld)\n", xj_client_error_text(error, true), xj_client_error_text(error, false),
                    status);
    json_decref(*ret);
    *ret = NULL;
    return status == 503 ? XJ_ENET : XJ_EDENIED;
}

static enum xj_err fetch_head(struct xj_client *client, struct xj_reg_head *ret, struct xj_buf *text)
{
    json_t *answer;
    enum xj_err err = call(client, "GET", "/api/register/head", NULL, &answer, text);
    if (err != XJ_OK)
        return err;
    const char *digest = json_string_value(json_object_get(answer, "digest"));
    json_int_t number = json_integer_value(json_object_get(answer, "number"));
    ret->number = (uint64_t)number;
    if (number < 1 || digest == NULL || !xj_unhex(digest, ret->digest.b, sizeof ret->digest.b)) {
        err = XJ_EMALFORMED;
        if (text != NULL)
            xj_buf_add_str(text, "代理还没有登记簿 / the agent has no register yet\n");
    }
    json_decref(answer);
    return err;
}

static char *hex_of(struct xj_slice bytes)
{
    char *hex = malloc(2 * bytes.n + 1);
    if (hex != NULL)
        xj_hex(bytes.p, bytes.n, hex);
    return hex;
}

static enum xj_err post_entry(struct xj_client *client, struct xj_slice entry, struct xj_slice signature, struct xj_buf *text)
{
    json_t *answer = NULL, *body = NULL;
    char *entry_hex = hex_of(entry), *signature_hex = hex_of(signature);
    enum xj_err err = XJ_ENOMEM;
    if (entry_hex != NULL && signature_hex != NULL)
        body = json_pack("{s:s, s:s}", "entry_hex", entry_hex, "signature_hex", signature_hex);
    if (body != NULL)
        err = call(client, "POST", "/api/register", body, &answer, text);
    json_decref(answer);
    json_decref(body);
    free(entry_hex);
    free(signature_hex);
    return err;
}

static enum xj_err post_some(const struct xj_reg_change *list, size_t n, struct xj_client *client,
                             const struct xj_sign_key *key, int64_t now_ms, struct xj_reg_head *head, struct xj_buf *text)
{
    struct xj_buf entry, signature;
    xj_buf_init(&entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&signature, XJ_MAX_SIGNATURE_BYTES);
    xj_reg_entry_encode(head->number + 1, now_ms, &head->digest, list, n, &entry);
    struct xj_hash d = xj_digest(CONTEXT_REGISTER, xj_buf_slice(&entry));
    xj_sign_one(key, &d, &signature);
    enum xj_err err = entry.err != XJ_OK ? entry.err : signature.err;
    if (err == XJ_OK)
        err = post_entry(client, xj_buf_slice(&entry), xj_buf_slice(&signature), text);
    if (err == XJ_OK) {
        head->number++;
        head->digest = d;
    }
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    return err;
}

enum xj_err xj_changes_post(const struct xj_changes *c, struct xj_client *client, const struct xj_sign_key *key,
                            int64_t now_ms, uint64_t *ret_number, struct xj_buf *text)
{
    *ret_number = 0;
    if (c->err != XJ_OK || c->count == 0)
        return c->err != XJ_OK ? c->err : XJ_EMALFORMED;
    struct xj_reg_head head;
    enum xj_err err = fetch_head(client, &head, text);
    for (size_t at = 0; err == XJ_OK && at < c->count;) {
        size_t n = fit(c, at);
        if (n == 0) {
            if (text != NULL)
                xj_buf_add_str(text, "一项登记内容过大 / one register fact is too large\n");
            return XJ_ELIMIT;
        }
        err = post_some(&c->list[at], n, client, key, now_ms, &head, text);
        at += n;
    }
    *ret_number = head.number;
    return err;
}
