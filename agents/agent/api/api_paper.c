/* GET /api/acts/ID/papers/DIGEST: one paper, opened. Spec: spec/10-api.md, section 2. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "agents/agent/api/api_private.h"
#include "agents/agent/view/paper.h"

/* Why a paper that is named cannot be read here; rule and words of the codes of spec 10, section 2. */
static void unreadable(struct _u_response *response, const char *code)
{
    static const struct {
        const char *code, *zh, *en, *remedy_zh, *remedy_en;
    } words[] = {
        {"not_for_us", "本单位不是该材料的接收人", "this agency is no reader of this paper", "需要时请移送单位补送", "ask the sender to share it"},
        {"other_key", "该材料只能用本单位的另一把密钥打开", "it opens only with another key of this agency", "请换回原密钥，或者用封存的恢复密钥",
         "put the key of that time back, or use the recovery key that was locked away"},
        {"destroyed", "该材料已依命令销毁", "this paper was destroyed by order", "无", "none"},
        {"restricted", "该材料已封存", "this paper is restricted", "由两人查阅并写明理由：xianjie restricted", "two persons read it, and say why: xianjie restricted"},
        {"sender_key", "登记簿中没有发送单位当时的密钥", "the register has no such key of the sender", "请等待登记簿同步后重试", "wait for the register and try again"},
    };
    struct xj_api_error e = {.status = 409, .code = code, .text_zh = "该材料打不开", .text_en = "this paper does not open", .rule = "10-api 2",
                             .remedy_zh = "请联系发送单位重新发送", .remedy_en = "ask the sender to send it again"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(code, words[i].code) == 0) {
            e.text_zh = words[i].zh;
            e.text_en = words[i].en;
            e.remedy_zh = words[i].remedy_zh;
            e.remedy_en = words[i].remedy_en;
        }
    xj_api_error(response, &e);
}

static json_t *paper_json(const struct xj_paper *p, struct xj_slice plain)
{
    char digest[2 * XJ_HASH_SIZE + 1];
    const size_t size = sodium_base64_encoded_len(plain.n, sodium_base64_VARIANT_ORIGINAL);
    char *b64 = malloc(size);
    if (b64 == NULL)
        return NULL;
    sodium_bin2base64(b64, size, plain.p, plain.n, sodium_base64_VARIANT_ORIGINAL);
    xj_hex(p->sealed.b, sizeof p->sealed.b, digest);
    json_t *made = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "kind", p->kind, "digest", digest, "name", p->name, "media_type",
                             p->media_type, "bytes", (json_int_t)plain.n, "content_base64", b64);
    free(b64);
    return made;
}

void xj_api_open_paper(struct xj_api *api, struct _u_response *response, struct xj_view *v, const struct xj_paper *p)
{
    struct xj_hash digests[2] = {p->sealed, p->keys};
    struct xj_buf objects[2], plain;
    const char *why = p->ordered;
    xj_buf_init(&objects[0], XJ_MAX_SEALED_PAPER_BYTES);
    xj_buf_init(&objects[1], XJ_MAX_KEYS_BYTES);
    xj_buf_init(&plain, XJ_MAX_PAPER_BYTES);
    enum xj_err err = why == NULL ? xj_host_objects(api->host, digests, 2, objects) : XJ_OK;
    if (err == XJ_ENOTFOUND) /* a notice brings no keys, and no paper whose wraps were for others is fetched */
        why = "not_for_us";
    else if (err == XJ_OK && why == NULL)
        err = xj_paper_open(v, p, xj_buf_slice(&objects[0]), xj_buf_slice(&objects[1]), &plain, &why);
    if (why != NULL)
        unreadable(response, why);
    else
        xj_api_rendered(response, err, err == XJ_OK ? paper_json(p, xj_buf_slice(&plain)) : NULL);
    xj_buf_free(&objects[0]);
    xj_buf_free(&objects[1]);
    xj_buf_wipe(&plain);
}

int xj_api_get_paper(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_pool_reader reader;
    struct xj_id id;
    struct xj_hash digest;
    struct xj_paper paper;
    const char *text = u_map_get(request->map_url, "digest");
    if (!xj_api_path_id(request, response, &id))
        return U_CALLBACK_COMPLETE;
    if (text == NULL || strlen(text) != 2 * XJ_HASH_SIZE || !xj_unhex(text, digest.b, sizeof digest.b)) {
        xj_api_world_error(response, XJ_ENOTFOUND);
        return U_CALLBACK_COMPLETE;
    }
    struct xj_view *v = xj_api_take_reader(api, response, &reader);
    if (v == NULL)
        return U_CALLBACK_COMPLETE;
    enum xj_err err = xj_paper_find(v, id, &digest, &paper);
    if (err == XJ_OK)
        xj_api_open_paper(api, response, v, &paper);
    else
        xj_api_world_error(response, err);
    xj_pool_give(&api->pool, reader);
    return U_CALLBACK_COMPLETE;
}
