#include <string.h>

#include "agents/agent/api/api_private.h"

void xj_api_send(struct _u_response *response, unsigned status, json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    json_decref(value);
    if (text == NULL) {
        ulfius_set_string_body_response(response, 503, "{\"error\":{\"code\":\"memory\"}}");
    } else {
        ulfius_set_string_body_response(response, status, text);
        free(text);
    }
    u_map_put(response->map_header, "Content-Type", "application/json; charset=utf-8");
    u_map_put(response->map_header, "Cache-Control", "no-store");
}

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

void xj_api_error(struct _u_response *response, const struct xj_api_error *e)
{
    json_t *made = json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s}}", "error", "code", e->code, "text_zh", or_empty(e->text_zh),
                             "text_en", or_empty(e->text_en), "rule", or_empty(e->rule), "article", or_empty(e->article),
                             "remedy_zh", or_empty(e->remedy_zh), "remedy_en", or_empty(e->remedy_en));
    xj_api_send(response, (unsigned)e->status, made);
}

void xj_api_world_error(struct _u_response *response, enum xj_err err)
{
    if (err == XJ_ENOTFOUND) {
        xj_api_error(response, &(struct xj_api_error){.status = 404, .code = "not_found", .text_zh = "没有找到", .text_en = "there is no such thing here",
                                                      .rule = "10-api 2", .remedy_zh = "请核对编号", .remedy_en = "check the id"});
        return;
    }
    xj_api_error(response, &(struct xj_api_error){.status = 503, .code = xj_err_name(err), .text_zh = "暂时无法处理",
                                                  .text_en = "not possible at this moment", .rule = "10-api 1",
                                                  .remedy_zh = "请稍后重试；持续出现时请检查磁盘、内存和运行日志",
                                                  .remedy_en = "try again later; if it stays, look at disk, memory and the log"});
}

void xj_api_bad_request(struct _u_response *response, const char *text_zh, const char *text_en)
{
    xj_api_error(response, &(struct xj_api_error){.status = 400, .code = "request", .text_zh = text_zh, .text_en = text_en,
                                                  .rule = "10-api 2", .remedy_zh = "请按接口说明更正请求",
                                                  .remedy_en = "correct the request as the description of the interface says"});
}

void xj_api_rendered(struct _u_response *response, enum xj_err err, json_t *made)
{
    if (err == XJ_OK)
        xj_api_send(response, 200, made);
    else
        xj_api_world_error(response, err);
}

json_t *xj_api_body(const struct _u_request *request, struct _u_response *response)
{
    json_error_t where;
    char zh[256], en[256];
    if (request->binary_body_length > XJ_API_BODY_BYTES) {
        xj_api_error(response, &(struct xj_api_error){.status = 400, .code = "oversize", .text_zh = "请求超过 4 MiB", .text_en = "the request is larger than 4 MiB",
                                                      .rule = "10-api 1", .remedy_zh = "请分次附送材料", .remedy_en = "attach fewer papers at once"});
        return NULL;
    }
    json_t *made = request->binary_body_length > 0
                       ? json_loadb(request->binary_body, request->binary_body_length, JSON_REJECT_DUPLICATES, &where)
                       : NULL;
    if (made != NULL && json_is_object(made))
        return made;
    if (made == NULL && request->binary_body_length > 0) {
        snprintf(zh, sizeof zh, "请求不是合法的 JSON（第 %d 行第 %d 列）", where.line, where.column);
        snprintf(en, sizeof en, "the request is no valid JSON (line %d, column %d)", where.line, where.column);
    } else {
        snprintf(zh, sizeof zh, "请求应为一个 JSON 对象");
        snprintf(en, sizeof en, "the request must be one JSON object");
    }
    json_decref(made);
    xj_api_bad_request(response, zh, en);
    return NULL;
}
