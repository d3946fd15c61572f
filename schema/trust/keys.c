#include "schema/trust/keys.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "schema/base/file.h"
#include "schema/base/limits.h"
#include "schema/wire/pack.h"
#include "schema/wire/span.h"

#define KEY_BYTES 32u
#define FILE_MAX 4096u
#define PATH_BYTES 4096u
#define ENTRY_CONTEXT "xianjie/1 register"
#define ANCHOR_TAG "xianjie-anchor/1"

/* One line of a key file: what it is called and where its 32 bytes are. */
struct item {
    const char *name;
    uint8_t *value;
    bool optional;
    bool found;
};

/* ---- writing ---- */

/* The path of a file in dir. False when it is too long. */
static bool join(char out[PATH_BYTES], const char *dir, const char *name, const char *suffix)
{
    return (size_t)snprintf(out, PATH_BYTES, "%s/%s%s", dir, name, suffix) < PATH_BYTES;
}

static enum xj_err write_items(const char *dir, const char *name, const char *suffix, const struct item *items, size_t count,
                               mode_t mode)
{
    char path[PATH_BYTES], hex[2 * KEY_BYTES + 1];
    struct xj_buf text;
    if (!join(path, dir, name, suffix))
        return XJ_ELIMIT;
    xj_buf_init(&text, FILE_MAX);
    for (size_t i = 0; i < count; i++) {
        xj_hex(items[i].value, KEY_BYTES, hex);
        xj_buf_add_str(&text, items[i].name);
        xj_buf_add_str(&text, " = ");
        xj_buf_add_str(&text, hex);
        xj_buf_add_str(&text, "\n");
    }
    sodium_memzero(hex, sizeof hex);
    enum xj_err err = text.err != XJ_OK ? text.err : xj_file_write_atomic(path, xj_buf_slice(&text), mode);
    xj_buf_wipe(&text);
    return err;
}

/* Keys are never overwritten: a lost key opens nothing any more. path: where the file is or would be. */
static enum xj_err refuse_present_at(char path[PATH_BYTES], const char *dir, const char *name, const char *suffix)
{
    struct stat st;
    if (!join(path, dir, name, suffix))
        return XJ_ELIMIT;
    if (lstat(path, &st) == 0)
        return XJ_EEXISTS;
    return errno == ENOENT ? XJ_OK : XJ_EIO;
}

static enum xj_err refuse_present(const char *dir, const char *name, const char *suffix)
{
    char path[PATH_BYTES];
    return refuse_present_at(path, dir, name, suffix);
}

/* The public file is written last: while it is absent, nobody was given these keys. */
static enum xj_err prepare(const char *dir, const char *name, const char *suffix)
{
    (void)xj_env_system(); /* initialises libsodium */
    enum xj_err err = xj_file_mkdirs(dir, 0700);
    return err == XJ_OK ? refuse_present(dir, name, suffix) : err;
}

/* libzmq's CURVE keys are X25519 pairs. */
static void public_of(const uint8_t secret[KEY_BYTES], uint8_t ret[KEY_BYTES])
{
    struct xj_seal_key pair;
    xj_seal_key_from_secret(secret, &pair);
    memcpy(ret, pair.public_key, KEY_BYTES);
    sodium_memzero(&pair, sizeof pair);
}

static void sign_public_of(const uint8_t seed[KEY_BYTES], uint8_t ret[KEY_BYTES])
{
    struct xj_sign_key key;
    xj_sign_key_from_seed(seed, &key);
    memcpy(ret, key.public_key, KEY_BYTES);
    xj_sign_key_wipe(&key);
}

/* ---- reading ---- */

static enum xj_err fault(struct xj_buf *text, const char *path, unsigned line, const char *zh, const char *en)
{
    if (line > 0)
        xj_buf_addf(text, "%s:%u: %s / %s\n", path, line, zh, en);
    else
        xj_buf_addf(text, "%s: %s / %s\n", path, zh, en);
    return XJ_ECONFIG;
}

static struct xj_slice trim(struct xj_slice s)
{
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = xj_slice_of(s.p + 1, s.n - 1);
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r'))
        s.n--;
    return s;
}

/* Lower case only, as the files are written: xj_unhex takes either. */
static bool read_hex(struct xj_slice s, uint8_t out[KEY_BYTES])
{
    char hex[2 * KEY_BYTES + 1];
    if (s.n != 2 * KEY_BYTES)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'F')
            return false;
    memcpy(hex, s.p, s.n);
    hex[s.n] = 0;
    bool ok = xj_unhex(hex, out, KEY_BYTES);
    sodium_memzero(hex, sizeof hex);
    return ok;
}

static enum xj_err read_line(struct xj_slice line, const char *path, unsigned number, struct item *items, size_t count,
                             struct xj_buf *text)
{
    line = trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return XJ_OK;
    const uint8_t *equals = memchr(line.p, '=', line.n);
    if (equals == NULL)
        return fault(text, path, number, "应为“名称 = 值”", "expected name = value");
    size_t at = (size_t)(equals - line.p);
    struct xj_slice name = trim(xj_slice_of(line.p, at)), value = trim(xj_slice_of(equals + 1, line.n - at - 1));
    for (size_t i = 0; i < count; i++) {
        if (!xj_slice_is(name, items[i].name))
            continue;
        if (items[i].found)
            return fault(text, path, number, "同一名称出现两次", "the name is given twice");
        if (!read_hex(value, items[i].value))
            return fault(text, path, number, "值应为64位小写十六进制", "the value must be 64 lower-case hex digits");
        items[i].found = true;
        return XJ_OK;
    }
    return fault(text, path, number, "此文件不应有该名称", "this name does not belong in this file");
}

static enum xj_err parse(struct xj_slice rest, const char *path, struct item *items, size_t count, struct xj_buf *text)
{
    for (unsigned number = 1; rest.n > 0; number++) {
        const uint8_t *end = memchr(rest.p, '\n', rest.n);
        size_t n = end == NULL ? rest.n : (size_t)(end - rest.p);
        enum xj_err err = read_line(xj_slice_of(rest.p, n), path, number, items, count, text);
        if (err != XJ_OK)
            return err;
        n += end != NULL;
        rest = xj_slice_of(rest.p + n, rest.n - n);
    }
    for (size_t i = 0; i < count; i++)
        if (!items[i].found && !items[i].optional) {
            xj_buf_addf(text, "%s: 缺少 %s / %s is missing\n", path, items[i].name, items[i].name);
            return XJ_ECONFIG;
        }
    return XJ_OK;
}

static enum xj_err load(const char *path, bool secret, struct item *items, size_t count, struct xj_buf *text)
{
    struct stat st;
    struct xj_buf bytes = {0};
    (void)xj_env_system();
    if (secret && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        return fault(text, path, 0, "密钥文件可被他人访问，请执行 chmod 600", "others can open this key file; run chmod 600");
    enum xj_err err = xj_file_read(path, FILE_MAX, &bytes);
    if (err != XJ_OK) {
        xj_buf_addf(text, "%s: 无法读取密钥文件 / cannot read the key file: %s\n", path, xj_err_name(err));
        return err;
    }
    err = parse(xj_buf_slice(&bytes), path, items, count, text);
    xj_buf_wipe(&bytes);
    return err;
}

static void name_retired(char names[XJ_MAX_RETIRED][24])
{
    for (unsigned i = 0; i < XJ_MAX_RETIRED; i++)
        (void)snprintf(names[i], 24, "seal_secret_%u", i + 1);
}

/* ---- making ---- */

/* Secrets that a keygen which was cut off has left, or new ones, written. XJ_EEXISTS: what is there is something else. */
static enum xj_err keep_or_make(const struct xj_env *env, const char *dir, const char *name, const char *suffix, struct item *items,
                                size_t count)
{
    char path[PATH_BYTES];
    struct xj_buf why;
    enum xj_err err = refuse_present_at(path, dir, name, suffix);
    if (err == XJ_OK) {
        for (size_t i = 0; i < count; i++)
            env->random(env->ctx, items[i].value, KEY_BYTES);
        return write_items(dir, name, suffix, items, count, 0600);
    }
    if (err != XJ_EEXISTS)
        return err;
    xj_buf_init(&why, FILE_MAX);
    err = load(path, true, items, count, &why);
    xj_buf_free(&why);
    return err == XJ_ECONFIG || err == XJ_ELIMIT ? XJ_EEXISTS : err;
}

/* recovery.keys comes first, and is carried away later: secrets without it are in use. */
static enum xj_err agency_secrets(const struct xj_env *env, const char *dir, struct item secrets[3], struct item *recovery)
{
    const bool made = refuse_present(dir, "secret.keys", "") == XJ_EEXISTS;
    if (made && refuse_present(dir, "recovery.keys", "") != XJ_EEXISTS)
        return XJ_EEXISTS;
    enum xj_err err = keep_or_make(env, dir, "recovery.keys", "", recovery, 1);
    return err == XJ_OK ? keep_or_make(env, dir, "secret.keys", "", secrets, 3) : err;
}

enum xj_err xj_keygen_agency(const struct xj_env *env, const char *dir, struct xj_public_keys *ret)
{
    *ret = (struct xj_public_keys){{0}, {0}, {0}, {0}};
    uint8_t secret[4][KEY_BYTES]; /* sign, seal, transport, recovery */
    struct item secrets[] = {{.name = "sign_seed", .value = secret[0]},
                             {.name = "seal_secret", .value = secret[1]},
                             {.name = "transport_secret", .value = secret[2]}};
    struct item recovery = {.name = "recovery_secret", .value = secret[3]};
    struct item public[] = {{.name = "sign", .value = ret->sign},
                            {.name = "seal", .value = ret->seal},
                            {.name = "recovery", .value = ret->recovery},
                            {.name = "transport", .value = ret->transport}};
    enum xj_err err = prepare(dir, "public.keys", "");
    if (err == XJ_OK)
        err = agency_secrets(env, dir, secrets, &recovery);
    if (err == XJ_OK) {
        sign_public_of(secret[0], ret->sign);
        public_of(secret[1], ret->seal);
        public_of(secret[2], ret->transport);
        public_of(secret[3], ret->recovery);
        err = write_items(dir, "public.keys", "", public, 4, 0644);
    }
    sodium_memzero(secret, sizeof secret);
    return err;
}

/* retired.keys comes first, so that one that was cut off is completed by the same again. */
enum xj_err xj_keygen_renewal(const struct xj_env *env, const char *dir, const char *old, struct xj_public_keys *ret, struct xj_buf *text)
{
    struct xj_agency_keys keys;
    struct item items[XJ_MAX_RETIRED];
    char names[XJ_MAX_RETIRED][24];
    size_t count = 0;
    name_retired(names);
    *ret = (struct xj_public_keys){{0}, {0}, {0}, {0}};
    enum xj_err err = xj_agency_keys_load(old, &keys, text);
    if (err != XJ_OK)
        return err;
    err = prepare(dir, "public.keys", "");
    items[count++] = (struct item){.name = names[0], .value = keys.seal.secret};
    for (size_t i = 0; i < keys.retired_count && count < XJ_MAX_RETIRED; i++, count++)
        items[count] = (struct item){.name = names[count], .value = keys.retired[i].secret};
    if (err == XJ_OK && refuse_present(dir, "retired.keys", "") != XJ_EEXISTS)
        err = write_items(dir, "retired.keys", "", items, count, 0600);
    xj_agency_keys_wipe(&keys);
    return err == XJ_OK ? xj_keygen_agency(env, dir, ret) : err;
}

enum xj_err xj_keygen_exchange(const struct xj_env *env, const char *dir, struct xj_public_keys *ret)
{
    *ret = (struct xj_public_keys){{0}, {0}, {0}, {0}};
    uint8_t secret[2][KEY_BYTES]; /* sign, transport */
    struct item secrets[] = {{.name = "sign_seed", .value = secret[0]}, {.name = "transport_secret", .value = secret[1]}};
    struct item public[] = {{.name = "sign", .value = ret->sign}, {.name = "transport", .value = ret->transport}};
    enum xj_err err = prepare(dir, "public.keys", "");
    if (err == XJ_OK)
        err = keep_or_make(env, dir, "secret.keys", "", secrets, 2);
    if (err == XJ_OK) {
        sign_public_of(secret[0], ret->sign);
        public_of(secret[1], ret->transport);
        err = write_items(dir, "public.keys", "", public, 2, 0644);
    }
    sodium_memzero(secret, sizeof secret);
    return err;
}

enum xj_err xj_keygen_single(const struct xj_env *env, const char *dir, const char *name, uint8_t ret_public[32])
{
    uint8_t seed[KEY_BYTES];
    struct item secret = {.name = "sign_seed", .value = seed}, public = {.name = "sign", .value = ret_public};
    enum xj_err err = prepare(dir, name, ".pub");
    if (err == XJ_OK)
        err = keep_or_make(env, dir, name, ".keys", &secret, 1);
    if (err == XJ_OK) {
        sign_public_of(seed, ret_public);
        err = write_items(dir, name, ".pub", &public, 1, 0644);
    }
    sodium_memzero(seed, sizeof seed);
    return err;
}

/* ---- loading ---- */

const struct xj_seal_key *xj_agency_seal_key(const struct xj_agency_keys *keys, const uint8_t key_id[XJ_KEY_ID_SIZE])
{
    if (memcmp(keys->seal.id, key_id, XJ_KEY_ID_SIZE) == 0)
        return &keys->seal;
    for (size_t i = 0; i < keys->retired_count; i++)
        if (memcmp(keys->retired[i].id, key_id, XJ_KEY_ID_SIZE) == 0)
            return &keys->retired[i];
    return NULL;
}

static enum xj_err load_retired(const char *dir, struct xj_agency_keys *ret, struct xj_buf *text)
{
    char path[PATH_BYTES], names[XJ_MAX_RETIRED][24];
    uint8_t secrets[XJ_MAX_RETIRED][KEY_BYTES];
    struct item items[XJ_MAX_RETIRED];
    struct stat st;
    name_retired(names);
    if (!join(path, dir, "retired.keys", ""))
        return fault(text, dir, 0, "路径过长", "the path is too long");
    if (lstat(path, &st) != 0 && errno == ENOENT)
        return XJ_OK;
    for (size_t i = 0; i < XJ_MAX_RETIRED; i++)
        items[i] = (struct item){.name = names[i], .value = secrets[i], .optional = i > 0};
    enum xj_err err = load(path, true, items, XJ_MAX_RETIRED, text);
    for (size_t i = 0; err == XJ_OK && i < XJ_MAX_RETIRED; i++)
        if (items[i].found)
            xj_seal_key_from_secret(secrets[i], &ret->retired[ret->retired_count++]);
    sodium_memzero(secrets, sizeof secrets);
    return err;
}

enum xj_err xj_agency_keys_load(const char *dir, struct xj_agency_keys *ret, struct xj_buf *ret_text)
{
    char path[PATH_BYTES];
    uint8_t seed[KEY_BYTES], seal[KEY_BYTES];
    sodium_memzero(ret, sizeof *ret);
    if (!join(path, dir, "secret.keys", ""))
        return fault(ret_text, dir, 0, "路径过长", "the path is too long");
    struct item items[] = {{.name = "sign_seed", .value = seed},
                           {.name = "seal_secret", .value = seal},
                           {.name = "transport_secret", .value = ret->transport_secret}};
    enum xj_err err = load(path, true, items, 3, ret_text);
    if (err == XJ_OK) {
        xj_sign_key_from_seed(seed, &ret->sign);
        xj_seal_key_from_secret(seal, &ret->seal);
        public_of(ret->transport_secret, ret->transport_public);
        err = load_retired(dir, ret, ret_text);
    }
    if (err != XJ_OK)
        sodium_memzero(ret, sizeof *ret);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(seal, sizeof seal);
    return err;
}

enum xj_err xj_exchange_keys_load(const char *dir, struct xj_exchange_keys *ret, struct xj_buf *ret_text)
{
    char path[PATH_BYTES];
    uint8_t seed[KEY_BYTES];
    sodium_memzero(ret, sizeof *ret);
    if (!join(path, dir, "secret.keys", ""))
        return fault(ret_text, dir, 0, "路径过长", "the path is too long");
    struct item items[] = {{.name = "sign_seed", .value = seed},
                           {.name = "transport_secret", .value = ret->transport_secret}};
    enum xj_err err = load(path, true, items, 2, ret_text);
    if (err == XJ_OK) {
        xj_sign_key_from_seed(seed, &ret->sign);
        public_of(ret->transport_secret, ret->transport_public);
    } else {
        sodium_memzero(ret, sizeof *ret);
    }
    sodium_memzero(seed, sizeof seed);
    return err;
}

enum xj_err xj_single_key_load(const char *path, struct xj_sign_key *ret, struct xj_buf *ret_text)
{
    uint8_t seed[KEY_BYTES];
    struct item item = {.name = "sign_seed", .value = seed};
    sodium_memzero(ret, sizeof *ret);
    enum xj_err err = load(path, true, &item, 1, ret_text);
    if (err == XJ_OK)
        xj_sign_key_from_seed(seed, ret);
    sodium_memzero(seed, sizeof seed);
    return err;
}

enum xj_err xj_recovery_key_load(const char *path, struct xj_seal_key *ret, struct xj_buf *ret_text)
{
    uint8_t secret[KEY_BYTES];
    struct item item = {.name = "recovery_secret", .value = secret};
    sodium_memzero(ret, sizeof *ret);
    enum xj_err err = load(path, true, &item, 1, ret_text);
    if (err == XJ_OK)
        xj_seal_key_from_secret(secret, ret);
    sodium_memzero(secret, sizeof secret);
    return err;
}

enum xj_err xj_public_keys_load(const char *path, struct xj_public_keys *ret, struct xj_buf *ret_text)
{
    *ret = (struct xj_public_keys){{0}, {0}, {0}, {0}};
    struct item items[] = {{.name = "sign", .value = ret->sign},
                           {.name = "transport", .value = ret->transport},
                           {.name = "seal", .value = ret->seal, .optional = true},
                           {.name = "recovery", .value = ret->recovery, .optional = true}};
    enum xj_err err = load(path, false, items, 4, ret_text);
    if (err == XJ_OK && items[2].found != items[3].found) /* an agency has both, an exchange neither */
        err = fault(ret_text, path, 0, "seal 与 recovery 须同时存在", "seal and recovery belong together");
    return err;
}

enum xj_err xj_single_public_load(const char *path, uint8_t ret[32], struct xj_buf *ret_text)
{
    struct item item = {.name = "sign", .value = ret};
    return load(path, false, &item, 1, ret_text);
}

void xj_agency_keys_wipe(struct xj_agency_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}

void xj_exchange_keys_wipe(struct xj_exchange_keys *keys)
{
    sodium_memzero(keys, sizeof *keys);
}

/* ---- anchor ---- */

enum xj_err xj_anchor_encode(const struct xj_anchor *a, struct xj_buf *out)
{
    xj_put_array(out, 5);
    xj_put_cstr(out, ANCHOR_TAG);
    xj_put_bin(out, a->root, sizeof a->root);
    xj_put_bins(out, xj_buf_slice(&a->entry));
    xj_put_raw(out, xj_buf_slice(&a->signature));
    xj_put_array(out, (uint32_t)a->exchange_count);
    for (size_t i = 0; i < a->exchange_count; i++) {
        xj_put_array(out, 2);
        xj_put_cstr(out, a->exchange[i].endpoint);
        xj_put_bin(out, a->exchange[i].transport, KEY_BYTES);
    }
    return out->err;
}

static void take_endpoint(struct xj_cur *list, struct xj_anchor *ret)
{
    struct xj_cur c = xj_take_array(list, 2, 2);
    size_t i = ret->exchange_count++;
    struct xj_slice s = xj_take_str(&c, 1, sizeof ret->exchange[i].endpoint - 1);
    xj_take_bin_to(&c, ret->exchange[i].transport, KEY_BYTES);
    if (xj_cur_end(&c) != XJ_OK)
        xj_cur_spoil(list);
    else
        memcpy(ret->exchange[i].endpoint, s.p, s.n); /* no text of a document holds a NUL */
}

static enum xj_err take_anchor(const msgpack_object *root, struct xj_slice bytes, struct xj_anchor *ret)
{
    struct xj_slice signature;
    struct xj_cur c = xj_cur_over(root, 5, 5);
    struct xj_slice tag = xj_take_str(&c, 1, 64);
    xj_take_bin_to(&c, ret->root, sizeof ret->root);
    struct xj_slice entry = xj_take_bin(&c, 1, XJ_MAX_REGISTER_ENTRY_BYTES);
    (void)xj_take_array(&c, 2, 5);
    struct xj_cur list = xj_take_array(&c, 0, XJ_MAX_ENDPOINTS);
    if (!xj_span_element(bytes, 3, &signature) || xj_cur_end(&c) != XJ_OK || !xj_slice_is(tag, ANCHOR_TAG))
        return XJ_EMALFORMED;
    while (!list.bad && list.left > 0)
        take_endpoint(&list, ret);
    if (xj_cur_end(&list) != XJ_OK)
        return XJ_EMALFORMED;
    struct xj_hash d = xj_digest(ENTRY_CONTEXT, entry);
    enum xj_err err = xj_verify(NULL, ret->root, &d, signature);
    if (err != XJ_OK)
        return err;
    xj_buf_add_slice(&ret->entry, entry);
    xj_buf_add_slice(&ret->signature, signature);
    return ret->entry.err != XJ_OK ? ret->entry.err : ret->signature.err;
}

enum xj_err xj_anchor_decode(struct xj_slice bytes, struct xj_anchor *ret)
{
    struct xj_doc doc;
    memset(ret, 0, sizeof *ret);
    xj_buf_init(&ret->entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&ret->signature, XJ_MAX_SIGNATURE_BYTES);
    enum xj_err err = xj_doc_open(&doc, bytes, 256);
    if (err != XJ_OK)
        return err;
    err = take_anchor(&doc.root, bytes, ret);
    xj_doc_close(&doc);
    if (err != XJ_OK)
        xj_anchor_free(ret);
    return err;
}

void xj_anchor_free(struct xj_anchor *a)
{
    xj_buf_free(&a->entry);
    xj_buf_free(&a->signature);
    memset(a, 0, sizeof *a);
}
