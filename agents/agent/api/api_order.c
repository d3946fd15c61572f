/* GET /api/orders, /api/asks; POST /api/restricted: one restricted record, read by two persons. Spec: spec/10-api.md, spec/18-orders.md, section 6. */
#include <stdlib.h>
#include <string.h>

#include "agents/agent/api/api_private.h"
#include "agents/agent/view/paper.h"
#include "agents/agent/view/render.h"
#include "schema/wire/destroyed.h"

static int rendered(struct xj_api *api, struct _u_response *response, enum xj_err (*render)(struct xj_view *v, json_t **ret))
{
    struct xj_pool_reader reader;
    json_t *made = NULL;
    struct xj_view *v = xj_api_take_reader(api, response, &reader);
    if (v == NULL)
        return U_CALLBACK_COMPLETE;
    enum xj_err err = render(v, &made);
    xj_pool_give(&api->pool, reader);
    xj_api_rendered(response, err, made);
    return U_CALLBACK_COMPLETE;
}

int xj_api_get_orders(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return rendered(user_data, response, xj_render_orders);
}

int xj_api_get_asks(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return rendered(user_data, response, xj_render_asks);
}

static struct xj_slice text_of(const json_t *body, const char *key)
{
    const json_t *value = json_object_get(body, key);
    return xj_slice_of(json_string_value(value), json_string_length(value));
}

/* NULL, or what is wrong with the request. */
static const char *read_request(const json_t *body, struct xj_opened *o, const char **ret_en)
{
    const char *act = json_string_value(json_object_get(body, "act")), *paper = json_string_value(json_object_get(body, "paper"));
    o->by = text_of(body, "by");
    o->second = text_of(body, "second");
    o->reason = text_of(body, "reason");
    if (act == NULL || !xj_id_parse(act, &o->message)) {
        *ret_en = "act must be an id";
        return "act 应为文书编号";
    }
    if (o->by.n == 0 || o->by.n > XJ_MAX_TITLE_BYTES || o->second.n == 0 || o->second.n > XJ_MAX_TITLE_BYTES || xj_slice_eq(o->by, o->second)) {
        *ret_en = "by and second must name two persons";
        return "by 和 second 应写明两名不同的人员";
    }
    if (o->reason.n == 0 || o->reason.n > XJ_OPENED_REASON_BYTES) {
        *ret_en = "reason must say why";
        return "reason 应写明理由";
    }
    o->has_paper = paper != NULL;
    if (paper != NULL && (strlen(paper) != 2 * XJ_HASH_SIZE || !xj_unhex(paper, o->paper.b, sizeof o->paper.b))) {
        *ret_en = "paper must be a digest";
        return "paper 应为材料摘要";
    }
    return NULL;
}

static void not_restricted(struct _u_response *response)
{
    xj_api_error(response, &(struct xj_api_error){.status = 404, .code = "not_restricted", .text_zh = "该文书没有被封存", .rule = "18-orders 6",
                                                  .text_en = "this act is not restricted", .remedy_zh = "请直接查阅", .remedy_en = "read it as usual"});
}

/* The read goes on record before anything is shown. */
static enum xj_err enter(struct xj_api *api, const struct xj_opened *o, uint64_t *ret_entry)
{
    struct xj_buf head;
    xj_buf_init(&head, XJ_MAX_STATEMENT_BYTES);
    xj_opened_encode(o, &head);
    struct xj_slice heads[1] = {xj_buf_slice(&head)};
    enum xj_err err = head.err != XJ_OK ? head.err : xj_host_told(api->host, heads, 1, ret_entry);
    xj_buf_free(&head);
    return err == XJ_OK && *ret_entry == 0 ? XJ_EMALFORMED : err;
}

static void show(struct xj_api *api, struct _u_response *response, struct xj_view *v, const struct xj_opened *o, uint64_t entry)
{
    struct xj_paper paper;
    json_t *made = NULL;
    enum xj_err err = o->has_paper ? xj_paper_find_held(v, o->message, &o->paper, &paper) : xj_render_opened(v, o->message, &made);
    if (err == XJ_OK && o->has_paper) {
        xj_api_open_paper(api, response, v, &paper);
        return;
    }
    if (err == XJ_OK)
        json_object_set_new(made, "entry", json_integer((json_int_t)entry));
    xj_api_rendered(response, err, made);
}

int xj_api_post_restricted(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_pool_reader reader;
    struct xj_opened o = {.has_paper = false};
    struct xj_paper paper;
    const char *en = NULL, *zh;
    uint64_t entry = 0;
    json_t *body = xj_api_body(request, response);
    if (body == NULL)
        return U_CALLBACK_COMPLETE;
    if ((zh = read_request(body, &o, &en)) != NULL) {
        xj_api_bad_request(response, zh, en);
        json_decref(body);
        return U_CALLBACK_COMPLETE;
    }
    struct xj_view *v = xj_api_take_reader(api, response, &reader);
    if (v != NULL) {
        bool named = !o.has_paper || xj_paper_find_held(v, o.message, &o.paper, &paper) == XJ_OK;
        if (!named || !xj_view_restricted_by(v, o.message, o.order, &o.order_number)) {
            not_restricted(response);
        } else {
            enum xj_err err = enter(api, &o, &entry);
            if (err == XJ_OK)
                show(api, response, v, &o, entry);
            else
                xj_api_world_error(response, err);
        }
        xj_pool_give(&api->pool, reader);
    }
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}
