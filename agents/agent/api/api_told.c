/* POST /api/told: what people do with what they were told; POST /api/override: who answers for the ledger. Spec: spec/10-api.md,
 * section 3. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/api/api_private.h"

#define KEYS_MAX 256u

struct telling {
    enum xj_told_event event;
    struct xj_slice by, reason;
    const json_t *keys;
    struct xj_buf head[KEYS_MAX];
    struct xj_slice slice[KEYS_MAX];
    uint64_t entry[KEYS_MAX];
    size_t count;
};

static bool read_text(const json_t *body, const char *key, size_t max, struct xj_slice *ret)
{
    const json_t *value = json_object_get(body, key);
    *ret = xj_slice_of(json_string_value(value), json_string_length(value));
    return value == NULL || json_is_null(value) || (json_is_string(value) && ret->n <= max);
}

static const char *read_request(struct telling *t, const json_t *body, const char **ret_en)
{
    const char *event = json_string_value(json_object_get(body, "event"));
    for (int e = XJ_TOLD_DELIVERED; event != NULL && e <= XJ_TOLD_CLEARED; e++)
        if (strcmp(event, xj_told_event_name((enum xj_told_event)e)) == 0)
            t->event = (enum xj_told_event)e;
    t->keys = json_object_get(body, "keys");
    if (t->event == XJ_TOLD_INVALID) {
        *ret_en = "event must be delivered, acknowledged or cleared";
        return "event 应为 delivered、acknowledged 或 cleared";
    }
    if (!read_text(body, "by", XJ_MAX_TITLE_BYTES, &t->by) || t->by.n == 0) {
        *ret_en = "by must name a person";
        return "by 应写明办理人";
    }
    if (!read_text(body, "reason", XJ_TOLD_TEXT_MAX, &t->reason) || (t->event == XJ_TOLD_CLEARED && t->reason.n == 0)) {
        *ret_en = "reason must be text, and say why when an alert is cleared";
        return "reason 应为文字；解除预警必须说明理由";
    }
    if (!json_is_array(t->keys) || json_array_size(t->keys) == 0 || json_array_size(t->keys) > KEYS_MAX) {
        *ret_en = "keys must list 1 to 256 of {key, stage}";
        return "keys 应为一至 256 个 {key, stage}";
    }
    return NULL;
}

/* The head for one of the keys; XJ_EMALFORMED, or XJ_ENOTFOUND when nothing was raised under it. */
static enum xj_err make_head(struct telling *t, struct xj_view *v, const json_t *one)
{
    uint8_t key[XJ_TOLD_KEY_SIZE];
    struct xj_told told;
    struct xj_buf text;
    const char *hex = json_string_value(json_object_get(one, "key"));
    const json_t *stage = json_object_get(one, "stage");
    json_int_t percent = json_integer_value(stage);
    if (hex == NULL || strlen(hex) != 2 * XJ_TOLD_KEY_SIZE || !xj_unhex(hex, key, sizeof key) || percent < 0 || percent > 100 ||
        (stage != NULL && !json_is_integer(stage)))
        return XJ_EMALFORMED;
    xj_buf_init(&text, 512);
    enum xj_err err = xj_view_told_get(v, key, (uint32_t)percent, &told, &text) ? XJ_OK : XJ_ENOTFOUND;
    struct xj_buf *head = &t->head[t->count++];
    xj_buf_init(head, XJ_MAX_STATEMENT_BYTES);
    if (err == XJ_OK) {
        told.event = t->event;
        told.by = t->by;
        told.reason = t->event == XJ_TOLD_DELIVERED ? xj_slice_of(NULL, 0) : t->reason;
        xj_told_encode(&told, head);
        err = head->err;
    }
    xj_buf_free(&text);
    return err;
}

static json_t *answer_json(const struct telling *t)
{
    json_t *list = json_array();
    for (size_t i = 0; i < t->count; i++)
        json_array_append_new(list, json_pack("{s:O, s:I, s:o}", "key", json_object_get(json_array_get(t->keys, i), "key"), "stage",
                                              json_integer_value(json_object_get(json_array_get(t->keys, i), "stage")), "entry",
                                              t->entry[i] > 0 ? json_integer((json_int_t)t->entry[i]) : json_null()));
    return json_pack("{s:o}", "told", list);
}

static enum xj_err tell(struct xj_api *api, struct telling *t)
{
    struct xj_pool_reader reader;
    struct xj_host_figures f;
    enum xj_err err = xj_pool_take(&api->pool, &reader);
    if (err != XJ_OK)
        return err == XJ_ENOTFOUND ? XJ_ESTATE : err;
    for (size_t i = 0; i < json_array_size(t->keys) && err == XJ_OK; i++)
        err = make_head(t, reader.view, json_array_get(t->keys, i));
    xj_pool_give(&api->pool, reader);
    for (size_t i = 0; i < t->count; i++)
        t->slice[i] = xj_buf_slice(&t->head[i]);
    if (err == XJ_OK)
        err = xj_host_told(api->host, t->slice, t->count, t->entry);
    if (err == XJ_OK) {
        xj_host_figures(api->host, &f);
        (void)xj_host_wait_view(api->host, f.agent.ledger_size, XJ_API_GRACE_MS);
    }
    return err;
}

int xj_api_post_told(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    const char *en = NULL, *zh;
    struct telling *t = calloc(1, sizeof *t);
    json_t *body = t != NULL ? xj_api_body(request, response) : NULL;
    if (t == NULL)
        xj_api_world_error(response, XJ_ENOMEM);
    if (body != NULL && (zh = read_request(t, body, &en)) != NULL) {
        xj_api_bad_request(response, zh, en);
    } else if (body != NULL) {
        enum xj_err err = tell(user_data, t);
        if (err == XJ_EMALFORMED)
            xj_api_bad_request(response, "key 应为 32 位十六进制，stage 应为 0 至 100", "key must be 32 hex digits, stage 0 to 100");
        else
            xj_api_rendered(response, err, err == XJ_OK ? answer_json(t) : NULL);
    }
    for (size_t i = 0; t != NULL && i < t->count; i++)
        xj_buf_free(&t->head[i]);
    free(t);
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}

/* ---- POST /api/override ---- */

/* Whether it was done: the figures say so after the next commit. */
static bool is_overridden(struct xj_api *api, uint64_t size)
{
    struct xj_host_figures f;
    for (int i = 0; i < XJ_API_GRACE_MS / 100; i++) {
        (void)xj_host_wait_view(api->host, size + 1, 100);
        xj_host_figures(api->host, &f);
        if (f.agent.overridden)
            return true;
    }
    return false;
}

static void override(struct xj_api *api, struct _u_response *response, struct xj_slice by, struct xj_slice reason)
{
    struct xj_host_figures f;
    struct xj_buf who;
    xj_host_figures(api->host, &f);
    if (f.agent.may_submit || f.agent.state != XJ_AGENT_OFFLINE) {
        xj_api_error(response, &(struct xj_api_error){.status = 409, .code = "override", .text_zh = f.agent.may_submit ? "本来就可以发文" : f.agent.why_zh,
                                                      .text_en = f.agent.may_submit ? "acts are taken as it is" : f.agent.why_en, .rule = "04-exchange 12",
                                                      .remedy_zh = "只有交换平台连不上时才能这样做", .remedy_en = "it is for the time when no exchange can be reached"});
        return;
    }
    xj_buf_init(&who, 4096);
    xj_buf_add_slice(&who, by);
    xj_buf_add_str(&who, ": ");
    xj_buf_add_slice(&who, reason);
    enum xj_err err = who.err != XJ_OK ? who.err : xj_host_override(api->host, xj_buf_slice(&who));
    xj_buf_free(&who);
    if (err == XJ_OK && is_overridden(api, f.agent.ledger_size))
        xj_api_send(response, 200, json_pack("{s:b}", "overridden", true));
    else
        xj_api_world_error(response, err == XJ_OK ? XJ_ESTATE : err);
}

int xj_api_post_override(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_slice by, reason;
    json_t *body = xj_api_body(request, response);
    if (body == NULL)
        return U_CALLBACK_COMPLETE;
    if (!read_text(body, "by", XJ_MAX_TITLE_BYTES, &by) || by.n == 0 || !read_text(body, "reason", XJ_TOLD_TEXT_MAX, &reason) || reason.n == 0)
        xj_api_bad_request(response, "by 应写明决定的人，reason 应写明理由", "by must name who decides, reason say why");
    else
        override(user_data, response, by, reason);
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}
