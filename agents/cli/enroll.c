#include "agents/cli/enroll.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "schema/base/file.h"
#include "schema/wire/names.h"
#include "schema/wire/read.h"

#define CONTEXT_REGISTER "xianjie/1 register"
#define COPY_BYTES (64u * 1024)
#define CONF_BYTES (64u * 1024)

#define VOLATILE "\n# 仅供试验：允许放在内存文件系统上且不落盘 / tests only: tmpfs allowed, not synced\nallow_tmpfs = yes\n"

static enum xj_err fault(struct xj_buf *text, enum xj_err err, const char *what, const char *zh, const char *en)
{
    if (text != NULL)
        xj_buf_addf(text, "%s：%s / %s: %s\n", what, zh, what, en);
    return err;
}

const char *xj_join(struct xj_buf *out, const char *dir, const char *name)
{
    xj_buf_reset(out);
    xj_buf_addf(out, "%s/%s", dir, name);
    return xj_buf_cstr(out);
}

/* XJ_EEXISTS when dir/name is there. */
static enum xj_err absent(const char *dir, const char *name, struct xj_buf *text)
{
    struct stat st;
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    enum xj_err err = XJ_OK;
    if (xj_join(&path, dir, name) == NULL)
        err = path.err;
    else if (lstat(xj_buf_cstr(&path), &st) == 0)
        err = fault(text, XJ_EEXISTS, xj_buf_cstr(&path), "已经存在，不覆盖", "exists already and is not overwritten");
    else if (errno != ENOENT && errno != ENOTDIR)
        err = fault(text, XJ_EIO, xj_buf_cstr(&path), "看不到", "cannot be looked at");
    xj_buf_free(&path);
    return err;
}

static enum xj_err write_in(const char *dir, const char *name, struct xj_slice bytes, mode_t mode, struct xj_buf *text)
{
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    enum xj_err err = xj_join(&path, dir, name) != NULL ? xj_file_write_atomic(xj_buf_cstr(&path), bytes, mode) : path.err;
    if (err != XJ_OK)
        (void)fault(text, err, name, "写不了", "cannot be written");
    xj_buf_free(&path);
    return err;
}

/* ---- exchange ---- */

enum xj_err xj_enroll_exchange_conf(const struct xj_enroll_exchange *e)
{
    struct xj_buf conf;
    xj_buf_init(&conf, CONF_BYTES);
    xj_buf_addf(&conf,
                "# 衔接交换中心配置 / configuration of a Xianjie exchange\n"
                "# 一行一个“名称 = 值”，“#”后是注释 / one name = value a line, comments begin with #\n"
                "\n"
                "# 数据目录、密钥目录、信任锚；相对路径从本文件所在目录算起\n"
                "# data directory, keys directory, anchor; relative paths start at this file's directory\n"
                "data = .\n"
                "keys = .\n"
                "anchor = anchor\n"
                "\n"
                "# 监听地址；端口为 * 时任选空闲端口，写入本目录的文件 endpoint\n"
                "# where it listens; port * takes a free one, which is written to the file endpoint in this directory\n"
                "listen = %s\n"
                "\n"
                "# 磁盘余量低于此数（MiB）时不再收新件 / below this much free disk (MiB) nothing new is taken\n"
                "# reserve_mib = 256\n",
                e->listen);
    if (e->volatile_ok)
        xj_buf_add_str(&conf, VOLATILE);
    enum xj_err err = conf.err != XJ_OK ? conf.err : write_in(e->dir, "broker.conf", xj_buf_slice(&conf), 0644, NULL);
    xj_buf_free(&conf);
    return err;
}

static enum xj_err check_exchange(const struct xj_enroll_exchange *e, struct xj_buf *text)
{
    if (!xj_division_ok(xj_slice_cstr(e->division)))
        return fault(text, XJ_ECONFIG, e->division, "区划代码须是六位数字", "a division is six digits");
    if (!xj_agency_ok(xj_slice_cstr(e->registrar.id)) || strncmp(e->registrar.id, e->division, 6) != 0)
        return fault(text, XJ_ECONFIG, e->registrar.id, "机关代号须以交换中心的区划代码开头，如 370800-sfj",
                     "an agency id begins with the exchange's division, such as 370800-sfj");
    if (e->endpoint_count > XJ_MAX_ENDPOINTS)
        return fault(text, XJ_ECONFIG, e->endpoints[XJ_MAX_ENDPOINTS], "地址过多", "too many endpoints");
    for (size_t i = 0; i < e->endpoint_count; i++)
        if (strlen(e->endpoints[i]) == 0 || strlen(e->endpoints[i]) > 255)
            return fault(text, XJ_ECONFIG, e->endpoints[i], "地址过长或为空", "the endpoint is empty or too long");
    enum xj_err err = absent(e->dir, "anchor", text);
    return err != XJ_OK ? err : absent(e->dir, "broker.conf", text);
}

/* The exchange's own keys: new ones, or those that are there. */
static enum xj_err own_keys(const struct xj_env *env, const char *dir, struct xj_public_keys *ret, struct xj_buf *text)
{
    enum xj_err err = xj_keygen_exchange(env, dir, ret);
    if (err != XJ_EEXISTS)
        return err == XJ_OK ? err : fault(text, err, dir, "不能生成密钥", "cannot make keys");
    struct xj_exchange_keys keys;
    err = xj_exchange_keys_load(dir, &keys, text);
    if (err == XJ_OK) {
        memcpy(ret->sign, keys.sign.public_key, sizeof ret->sign);
        memcpy(ret->transport, keys.transport_public, sizeof ret->transport);
    }
    xj_exchange_keys_wipe(&keys);
    return err;
}

static enum xj_err first_entry(const struct xj_env *env, const struct xj_enroll_exchange *e,
                               const struct xj_public_keys *keys, struct xj_buf *entry)
{
    const struct xj_hash none = {{0}};
    struct xj_changes c;
    xj_changes_init(&c);
    xj_changes_exchange(&c, e->division, e->name, e->endpoints, e->endpoint_count, keys);
    xj_changes_registrar(&c, e->registrar.id, e->registrar_sign);
    xj_changes_agency(&c, &e->registrar);
    xj_changes_keys(&c, e->registrar.id, &e->registrar_keys);
    if (c.err == XJ_OK)
        xj_reg_entry_encode(1, env->now_ms(env->ctx), &none, c.list, c.count, entry);
    enum xj_err err = c.err != XJ_OK ? c.err : entry->err;
    xj_changes_free(&c);
    return err;
}

static enum xj_err write_anchor(const struct xj_enroll_exchange *e, const struct xj_public_keys *keys,
                                const struct xj_sign_key *root, struct xj_anchor *anchor, struct xj_buf *text)
{
    struct xj_buf bytes;
    xj_buf_init(&bytes, XJ_ANCHOR_BYTES);
    struct xj_hash d = xj_digest(CONTEXT_REGISTER, xj_buf_slice(&anchor->entry));
    xj_sign_one(root, &d, &anchor->signature);
    memcpy(anchor->root, root->public_key, sizeof anchor->root);
    anchor->exchange_count = e->endpoint_count;
    for (size_t i = 0; i < e->endpoint_count; i++) {
        memcpy(anchor->exchange[i].endpoint, e->endpoints[i], strlen(e->endpoints[i]) + 1);
        memcpy(anchor->exchange[i].transport, keys->transport, sizeof keys->transport);
    }
    enum xj_err err = anchor->signature.err != XJ_OK ? anchor->signature.err : xj_anchor_encode(anchor, &bytes);
    if (err == XJ_OK)
        err = write_in(e->dir, "anchor", xj_buf_slice(&bytes), 0644, text);
    xj_buf_free(&bytes);
    return err;
}

enum xj_err xj_enroll_exchange(const struct xj_env *env, const struct xj_enroll_exchange *e, struct xj_buf *text)
{
    struct xj_sign_key root;
    struct xj_public_keys keys;
    struct xj_anchor anchor;
    memset(&anchor, 0, sizeof anchor);
    memset(&root, 0, sizeof root);
    xj_buf_init(&anchor.entry, XJ_MAX_REGISTER_ENTRY_BYTES);
    xj_buf_init(&anchor.signature, XJ_MAX_SIGNATURE_BYTES);
    enum xj_err err = check_exchange(e, text);
    if (err == XJ_OK)
        err = xj_single_key_load(e->root_key, &root, text);
    if (err == XJ_OK)
        err = own_keys(env, e->dir, &keys, text);
    if (err == XJ_OK)
        err = first_entry(env, e, &keys, &anchor.entry);
    if (err == XJ_OK)
        err = write_anchor(e, &keys, &root, &anchor, text);
    if (err == XJ_OK)
        err = xj_enroll_exchange_conf(e);
    xj_sign_key_wipe(&root);
    xj_anchor_free(&anchor);
    return err;
}

/* ---- agency ---- */

enum xj_err xj_enroll_agency_conf(const struct xj_enroll_agency *e)
{
    struct xj_buf conf;
    xj_buf_init(&conf, CONF_BYTES);
    xj_buf_addf(&conf,
                "# 衔接代理配置 / configuration of a Xianjie agent\n"
                "# 一行一个“名称 = 值”，“#”后是注释 / one name = value a line, comments begin with #\n"
                "\n"
                "# 本机关代号 / this agency's id\n"
                "agency = %s\n"
                "\n"
                "# 数据目录、密钥目录、信任锚；相对路径从本文件所在目录算起\n"
                "# data directory, keys directory, anchor; relative paths start at this file's directory\n"
                "data = .\n"
                "keys = .\n"
                "anchor = anchor\n"
                "\n"
                "# 一次最多接收的在途件数 / deliveries under way at once\n"
                "# credit = 256\n"
                "\n"
                "# 交换中心地址；缺省用信任锚里的 / where the exchange is; the anchor's endpoints unless given\n",
                e->agency);
    xj_buf_addf(&conf, e->endpoint != NULL ? "endpoint = %s\n" : "%s\n",
                e->endpoint != NULL ? e->endpoint : "# endpoint = tcp://exchange.example:5670");
    if (e->volatile_ok)
        xj_buf_add_str(&conf, VOLATILE);
    enum xj_err err = conf.err != XJ_OK ? conf.err : write_in(e->dir, "agent.conf", xj_buf_slice(&conf), 0644, NULL);
    xj_buf_free(&conf);
    return err;
}

enum xj_err xj_anchor_load(const char *path, struct xj_anchor *ret, struct xj_buf *text)
{
    struct xj_buf bytes;
    memset(ret, 0, sizeof *ret);
    (void)xj_env_system(); /* initialises libsodium */
    enum xj_err err = xj_file_read(path, XJ_ANCHOR_BYTES, &bytes);
    if (err != XJ_OK)
        return fault(text, err, path, "读不了信任锚", "cannot read the anchor");
    err = xj_anchor_decode(xj_buf_slice(&bytes), ret);
    xj_buf_free(&bytes);
    if (err == XJ_ESIGNATURE)
        return fault(text, err, path, "信任锚的签名核验不过，不要使用它", "the anchor's signature does not verify: do not use it");
    return err == XJ_OK ? err : fault(text, err, path, "不是信任锚", "is no anchor");
}

void xj_anchor_division(const struct xj_anchor *a, char ret[7])
{
    struct xj_doc doc;
    ret[0] = '\0';
    if (xj_doc_open(&doc, xj_buf_slice(&a->entry), XJ_MAX_REGISTER_NODES) != XJ_OK)
        return;
    struct xj_cur entry = xj_cur_over(&doc.root, 4, 4);
    (void)xj_take_any(&entry);
    (void)xj_take_any(&entry);
    (void)xj_take_any(&entry);
    struct xj_cur changes = xj_take_array(&entry, 1, 256);
    while (!changes.bad && changes.left > 0) {
        struct xj_cur c = xj_take_array(&changes, 3, 3);
        struct xj_slice kind = xj_take_str(&c, 1, 64);
        (void)xj_take_any(&c);
        struct xj_slice division = xj_map_str(xj_take_any(&c), "division");
        if (!c.bad && xj_slice_is(kind, "exchange") && xj_division_ok(division)) {
            memcpy(ret, division.p, 6);
            ret[6] = '\0';
        }
    }
    xj_doc_close(&doc);
}

static enum xj_err check_agency(const struct xj_enroll_agency *e, struct xj_buf *text)
{
    struct xj_anchor anchor;
    char division[7];
    if (!xj_agency_ok(xj_slice_cstr(e->agency)))
        return fault(text, XJ_ECONFIG, e->agency, "不是机关代号，应如 370800-gaj", "is no agency id, such as 370800-gaj");
    enum xj_err err = absent(e->dir, "agent.conf", text);
    if (err == XJ_OK)
        err = absent(e->dir, "ledger.db", text);
    if (err == XJ_OK)
        err = xj_anchor_load(e->anchor, &anchor, text);
    if (err != XJ_OK)
        return err;
    xj_anchor_division(&anchor, division);
    xj_anchor_free(&anchor);
    if (strncmp(e->agency, division, 6) != 0)
        err = fault(text, XJ_ECONFIG, e->agency, "不属于这个信任锚的交换中心", "does not belong to this anchor's exchange");
    return err;
}

static enum xj_err copy_in(const char *from, const char *dir, const char *name, size_t ceiling, mode_t mode, struct xj_buf *text)
{
    struct xj_buf bytes;
    enum xj_err err = xj_file_read(from, ceiling, &bytes);
    if (err != XJ_OK)
        return fault(text, err, from, "读不了", "cannot be read");
    err = write_in(dir, name, xj_buf_slice(&bytes), mode, text);
    xj_buf_wipe(&bytes);
    return err;
}

static enum xj_err copy_keys(const struct xj_enroll_agency *e, struct xj_buf *text)
{
    struct xj_agency_keys keys;
    struct xj_buf path;
    xj_buf_init(&path, 8192);
    enum xj_err err = xj_agency_keys_load(e->keys_dir, &keys, text);
    xj_agency_keys_wipe(&keys);
    if (err == XJ_OK)
        err = xj_join(&path, e->keys_dir, "secret.keys") != NULL
                  ? copy_in(xj_buf_cstr(&path), e->dir, "secret.keys", COPY_BYTES, 0600, text)
                  : path.err;
    if (err == XJ_OK)
        err = xj_join(&path, e->keys_dir, "public.keys") != NULL
                  ? copy_in(xj_buf_cstr(&path), e->dir, "public.keys", COPY_BYTES, 0644, text)
                  : path.err;
    xj_buf_free(&path);
    return err;
}

enum xj_err xj_enroll_agency(const struct xj_enroll_agency *e, struct xj_buf *text)
{
    enum xj_err err = check_agency(e, text);
    if (err == XJ_OK) {
        err = xj_file_mkdirs(e->dir, 0700);
        if (err != XJ_OK)
            return fault(text, err, e->dir, "不能建立目录", "cannot make the directory");
    }
    if (err == XJ_OK)
        err = copy_keys(e, text);
    if (err == XJ_OK)
        err = copy_in(e->anchor, e->dir, "anchor", XJ_ANCHOR_BYTES, 0644, text);
    if (err == XJ_OK && e->registrar_key != NULL)
        err = copy_in(e->registrar_key, e->dir, "registrar.keys", COPY_BYTES, 0600, text);
    if (err == XJ_OK)
        err = xj_enroll_agency_conf(e);
    return err;
}
