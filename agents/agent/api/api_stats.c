/* Reports of figures. Spec: spec/10-api.md, section 2; spec/14-statistics.md. */
#include <string.h>

#include "agents/agent/api/api_private.h"
#include "agents/agent/view/stats.h"

/* False after having answered 400. */
static bool read_query(const struct _u_request *request, struct _u_response *response, struct xj_stats_query *q)
{
    xj_stats_query_init(q);
    for (size_t i = 0; xj_stats_query_keys[i] != NULL; i++) {
        const char *value = u_map_get(request->map_url, xj_stats_query_keys[i]);
        if (value != NULL && !xj_stats_query_set(q, xj_stats_query_keys[i], xj_slice_cstr(value))) {
            char zh[128], en[128];
            snprintf(zh, sizeof zh, "参数 %s 的值不对", xj_stats_query_keys[i]);
            snprintf(en, sizeof en, "the parameter %s has no such value", xj_stats_query_keys[i]);
            xj_api_bad_request(response, zh, en);
            return false;
        }
    }
    if (q->period[0] != '\0')
        return true;
    xj_api_bad_request(response, "须写明 period：2026、2026Q4 或 2026-11", "a period is wanted: 2026, 2026Q4 or 2026-11");
    return false;
}

int xj_api_get_stats(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_stats_query q;
    struct xj_pool_reader reader;
    json_t *made = NULL;
    if (!read_query(request, response, &q))
        return U_CALLBACK_COMPLETE;
    struct xj_view *v = xj_api_take_reader(api, response, &reader);
    if (v == NULL)
        return U_CALLBACK_COMPLETE;
    enum xj_err err = xj_render_stats(v, &q, &made);
    xj_pool_give(&api->pool, reader);
    if (err == XJ_ELIMIT)
        xj_api_bad_request(response, "报表超过一万行：请减少维度或者缩小范围", "the report has more than 10,000 lines: ask for fewer dimensions or a part");
    else
        xj_api_rendered(response, err, made);
    return U_CALLBACK_COMPLETE;
}

int xj_api_get_stats_cases(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_stats_cases_query c = {.undated = false};
    struct xj_pool_reader reader;
    const char *after = u_map_get(request->map_url, "after");
    int64_t undated;
    json_t *made = NULL;
    if (!read_query(request, response, &c.q) || !xj_api_number(request, response, "limit", 100, 500, &c.limit) ||
        !xj_api_number(request, response, "undated", 0, 1, &undated))
        return U_CALLBACK_COMPLETE;
    c.undated = undated != 0;
    c.after = xj_slice_cstr(after != NULL ? after : "");
    struct xj_view *v = c.limit > 0 ? xj_api_take_reader(api, response, &reader) : NULL;
    if (c.limit == 0)
        xj_api_bad_request(response, "limit 应为 1 到 500", "limit is 1 to 500");
    if (v == NULL)
        return U_CALLBACK_COMPLETE;
    enum xj_err err = xj_render_stats_cases(v, &c, &made);
    xj_pool_give(&api->pool, reader);
    if (err == XJ_EMALFORMED)
        xj_api_bad_request(response, "after 应为上一页的 next", "after is the next of the page before");
    else
        xj_api_rendered(response, err, made);
    return U_CALLBACK_COMPLETE;
}
