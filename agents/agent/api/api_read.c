#include <stdlib.h>
#include <string.h>

#include "agents/agent/api/api_private.h"
#include "agents/agent/view/render.h"
#include "schema/base/civil.h"

static int64_t now(const struct xj_api *api)
{
    const struct xj_env *env = xj_host_options(api->host)->env;
    return env->now_ms(env->ctx);
}

static struct xj_slice parameter(const struct _u_request *request, const char *name)
{
    const char *value = u_map_get(request->map_url, name);
    return value != NULL ? xj_slice_cstr(value) : (struct xj_slice){NULL, 0};
}

bool xj_api_number(const struct _u_request *request, struct _u_response *response, const char *name, int64_t dflt, int64_t max, int64_t *ret)
{
    struct xj_slice s = parameter(request, name);
    int64_t value = 0;
    *ret = dflt;
    if (s.n == 0)
        return true;
    for (size_t i = 0; i < s.n; i++) {
        bool digit = s.p[i] >= '0' && s.p[i] <= '9';
        if (digit && value <= (INT64_MAX - 9) / 10)
            value = value * 10 + (s.p[i] - '0');
        else
            digit = false;
        if (!digit || value > max) {
            xj_api_bad_request(response, "参数应为范围内的非负整数", "a parameter must be a whole number within its range");
            return false;
        }
    }
    *ret = value;
    return true;
}

/* What is no id names nothing. */
bool xj_api_path_id(const struct _u_request *request, struct _u_response *response, struct xj_id *ret)
{
    const char *text = u_map_get(request->map_url, "id");
    if (text != NULL && xj_id_parse(text, ret))
        return true;
    xj_api_world_error(response, XJ_ENOTFOUND);
    return false;
}

struct xj_view *xj_api_take_reader(struct xj_api *api, struct _u_response *response, struct xj_pool_reader *ret)
{
    enum xj_err err = xj_pool_take(&api->pool, ret);
    if (err == XJ_OK)
        return ret->view;
    xj_api_world_error(response, err == XJ_ENOTFOUND ? XJ_ESTATE : err);
    return NULL;
}

/* What a request asks of the view; each reader fills what its own render takes. */
struct ask {
    int64_t now_ms;
    struct xj_id id;
    struct xj_slice text, agency;
    int64_t within_days, all;
    struct xj_cases_query cases;
};

typedef enum xj_err ask_render(struct xj_view *v, const struct ask *a, json_t **ret);

static int answer(struct xj_api *api, struct _u_response *response, ask_render *render, struct ask *a)
{
    struct xj_pool_reader reader;
    json_t *made = NULL;
    struct xj_view *v = xj_api_take_reader(api, response, &reader);
    if (v == NULL)
        return U_CALLBACK_COMPLETE;
    a->now_ms = now(api);
    enum xj_err err = render(v, a, &made);
    xj_pool_give(&api->pool, reader);
    xj_api_rendered(response, err, made);
    return U_CALLBACK_COMPLETE;
}

static enum xj_err outbox(struct xj_view *v, const struct ask *a, json_t **ret)
{
    (void)a;
    return xj_render_outbox(v, ret);
}

int xj_api_get_outbox(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return answer(user_data, response, outbox, &(struct ask){.all = 0});
}

static enum xj_err agencies(struct xj_view *v, const struct ask *a, json_t **ret)
{
    (void)a;
    return xj_render_agencies(v, ret);
}

int xj_api_get_agencies(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return answer(user_data, response, agencies, &(struct ask){.all = 0});
}

static enum xj_err register_head(struct xj_view *v, const struct ask *a, json_t **ret)
{
    (void)a;
    return xj_render_register_head(v, ret);
}

int xj_api_get_register_head(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return answer(user_data, response, register_head, &(struct ask){.all = 0});
}

static enum xj_err incidents(struct xj_view *v, const struct ask *a, json_t **ret)
{
    (void)a;
    return xj_render_incidents(v, ret);
}

int xj_api_get_incidents(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    return answer(user_data, response, incidents, &(struct ask){.all = 0});
}

static enum xj_err cases(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_cases(v, &a->cases, a->now_ms, ret);
}

int xj_api_get_cases(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.cases = {.text = parameter(request, "q"), .track = parameter(request, "track"), .state = parameter(request, "state")}};
    int64_t open;
    if (!xj_api_number(request, response, "limit", 50, 500, &a.cases.limit) || !xj_api_number(request, response, "after", 0, INT64_MAX, &a.cases.after) ||
        !xj_api_number(request, response, "open", 0, 1, &open))
        return U_CALLBACK_COMPLETE;
    a.cases.open = open != 0;
    return answer(user_data, response, cases, &a);
}

static enum xj_err one_case(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_case(v, a->id, a->now_ms, ret);
}

int xj_api_get_case(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.all = 0};
    return xj_api_path_id(request, response, &a.id) ? answer(user_data, response, one_case, &a) : U_CALLBACK_COMPLETE;
}

static enum xj_err why(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_why(v, a->id, a->text, a->now_ms, ret);
}

int xj_api_get_why(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.text = parameter(request, "of")};
    return xj_api_path_id(request, response, &a.id) ? answer(user_data, response, why, &a) : U_CALLBACK_COMPLETE;
}

static enum xj_err one_act(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_act(v, a->id, ret);
}

int xj_api_get_act(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.all = 0};
    return xj_api_path_id(request, response, &a.id) ? answer(user_data, response, one_act, &a) : U_CALLBACK_COMPLETE;
}

static enum xj_err alerts(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_alerts(v, a->all != 0, a->text, a->now_ms, ret);
}

int xj_api_get_alerts(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.text = parameter(request, "rule")};
    return xj_api_number(request, response, "all", 0, 1, &a.all) ? answer(user_data, response, alerts, &a) : U_CALLBACK_COMPLETE;
}

static enum xj_err warnings(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_warnings(v, a->all != 0, ret);
}

int xj_api_get_warnings(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.all = 0};
    return xj_api_number(request, response, "all", 0, 1, &a.all) ? answer(user_data, response, warnings, &a) : U_CALLBACK_COMPLETE;
}

static enum xj_err records(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_records(v, a->agency, a->text, ret);
}

int xj_api_get_records(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.agency = parameter(request, "agency"), .text = parameter(request, "number")};
    if (a.agency.n == 0 || a.text.n == 0) {
        xj_api_bad_request(response, "应写明 agency 和 number", "agency and number are wanted");
        return U_CALLBACK_COMPLETE;
    }
    return answer(user_data, response, records, &a);
}

static enum xj_err due(struct xj_view *v, const struct ask *a, json_t **ret)
{
    return xj_render_due(v, a->within_days, a->all != 0, a->now_ms, ret);
}

int xj_api_get_due(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct ask a = {.all = 0};
    if (!xj_api_number(request, response, "within_days", -1, 36500, &a.within_days) || !xj_api_number(request, response, "all", 0, 1, &a.all))
        return U_CALLBACK_COMPLETE;
    return answer(user_data, response, due, &a);
}

static enum xj_err procedure(struct xj_view *v, const struct ask *a, json_t **ret)
{
    bool a_name = a->text.n > 0 && a->text.n <= XJ_MAX_NAME_BYTES;
    return a_name ? xj_render_procedure(v, a->text, a->now_ms, ret) : XJ_ENOTFOUND;
}

int xj_api_get_procedure(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    return answer(user_data, response, procedure, &(struct ask){.text = parameter(request, "name")});
}

/* ---- the agent's own figures ---- */

static void set(json_t *object, const char *key, uint64_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

static void set_instant(json_t *object, const char *key, const char *key_ms, int64_t ms)
{
    char text[30];
    xj_instant_format(ms, text);
    json_object_set_new(object, key, ms > 0 ? json_string(text) : json_null());
    json_object_set_new(object, key_ms, ms > 0 ? json_integer(ms) : json_null());
}

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, text[0] != '\0' ? json_string(text) : json_null());
}

static json_t *status_json(const struct xj_host_options *o, const struct xj_host_figures *f, const char *name)
{
    json_t *made = json_object();
    json_object_set_new(made, "agency", json_string(o->agency));
    set_text(made, "name", name);
    json_object_set_new(made, "state", json_string(xj_agent_state_name(f->agent.state)));
    set_text(made, "why_zh", f->agent.why_zh);
    set_text(made, "why_en", f->agent.why_en);
    json_object_set_new(made, "exchange_reachable", json_boolean(f->connected));
    set(made, "epoch", f->agent.epoch);
    set(made, "own_number", f->agent.own_number);
    set(made, "own_answered", f->agent.own_answered);
    set(made, "own_proved", f->agent.own_proved);
    set(made, "mailbox", f->agent.mailbox);
    set(made, "mailbox_head", f->agent.mailbox_head);
    set(made, "feed", f->agent.feed);
    set(made, "feed_head", f->agent.feed_head);
    set(made, "register", f->agent.register_number);
    set(made, "register_head", f->agent.register_head);
    set(made, "ledger_size", f->agent.ledger_size);
    set(made, "view_applied", f->view_applied);
    set(made, "incidents", f->agent.incidents);
    set(made, "disk_free_bytes", f->agent.disk_free_bytes);
    set_instant(made, "last_heard", "last_heard_ms", f->agent.last_heard_ms);
    set_instant(made, "started", "started_ms", f->started_ms);
    json_object_set_new(made, "version", json_string(XJ_API_VERSION));
    return made;
}

int xj_api_get_status(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    const struct xj_host_options *o = xj_host_options(api->host);
    struct xj_host_figures f;
    struct xj_pool_reader reader;
    char name[256] = "";
    (void)request;
    xj_host_figures(api->host, &f);
    /* The name comes from the view; a status must be had without it, too. */
    if (xj_pool_take(&api->pool, &reader) == XJ_OK) {
        xj_render_agency_name(reader.view, xj_slice_cstr(o->agency), name);
        xj_pool_give(&api->pool, reader);
    }
    xj_api_send(response, 200, status_json(o, &f, name));
    return U_CALLBACK_COMPLETE;
}

int xj_api_get_ledger(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_host_figures f;
    char root[2 * XJ_HASH_SIZE + 1];
    (void)request;
    xj_host_figures(api->host, &f);
    xj_hex(f.ledger_root.b, XJ_HASH_SIZE, root);
    json_t *made = json_object(), *checkpoint = f.checkpoint_size > 0 ? json_object() : json_null();
    set(made, "size", f.agent.ledger_size);
    json_object_set_new(made, "root", json_string(root));
    if (f.checkpoint_size > 0) {
        set(checkpoint, "size", f.checkpoint_size);
        set_instant(checkpoint, "time", "time_ms", f.checkpoint_ms);
    }
    json_object_set_new(made, "last_checkpoint", checkpoint);
    xj_api_send(response, 200, made);
    return U_CALLBACK_COMPLETE;
}

static void metric(struct xj_buf *out, const char *name, const char *type, const char *help, uint64_t value)
{
    xj_buf_addf(out, "# HELP xianjie_%s %s\n# TYPE xianjie_%s %s\nxianjie_%s %llu\n", name, help, name, type, name,
                (unsigned long long)value);
}

static void metrics(struct xj_buf *out, const struct xj_host_figures *f)
{
    const struct xj_agent_figures *a = &f->agent;
    metric(out, "ready", "gauge", "1 when the agent may submit.", a->state == XJ_AGENT_READY);
    metric(out, "exchange_reachable", "gauge", "1 when the exchange is connected.", f->connected);
    metric(out, "ledger_entries", "gauge", "Entries of the ledger.", a->ledger_size);
    metric(out, "view_entries", "gauge", "Entries of the ledger that the view has folded.", f->view_applied);
    metric(out, "submitted_total", "counter", "Own submissions.", a->own_number);
    metric(out, "answered_total", "counter", "Own submissions answered by the exchange.", a->own_answered);
    metric(out, "proved_total", "counter", "Own submissions stored by every recipient, with proof.", a->own_proved);
    metric(out, "mailbox_stored_total", "counter", "Messages received and stored.", a->mailbox);
    metric(out, "mailbox_head", "gauge", "Messages the exchange holds for this agency.", a->mailbox_head);
    metric(out, "feed_stored_total", "counter", "Delivery proofs stored.", a->feed);
    metric(out, "feed_head", "gauge", "Delivery proofs the exchange holds.", a->feed_head);
    metric(out, "register_number", "gauge", "Register entries stored.", a->register_number);
    metric(out, "register_head", "gauge", "Register entries there are.", a->register_head);
    metric(out, "incidents_total", "counter", "Incidents on record.", a->incidents);
    metric(out, "epoch", "gauge", "Epoch agreed with the exchange.", a->epoch);
    metric(out, "frames_in_total", "counter", "Frames from the exchange since the start.", f->frames_in);
    metric(out, "frames_out_total", "counter", "Frames to the exchange since the start.", f->frames_out);
    metric(out, "frames_dropped_total", "counter", "Frames dropped since the start.", f->frames_dropped);
    metric(out, "disk_free_bytes", "gauge", "Free bytes on the disk of the ledger.", f->agent.disk_free_bytes);
}

int xj_api_get_metrics(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_host_figures f;
    struct xj_buf out;
    (void)request;
    xj_host_figures(api->host, &f);
    xj_buf_init(&out, 64 * 1024);
    metrics(&out, &f);
    const char *text = xj_buf_cstr(&out);
    if (text != NULL) {
        ulfius_set_string_body_response(response, 200, text);
        u_map_put(response->map_header, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    } else {
        xj_api_world_error(response, XJ_ENOMEM);
    }
    xj_buf_free(&out);
    return U_CALLBACK_COMPLETE;
}

int xj_api_no_such(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    (void)request;
    (void)user_data;
    xj_api_world_error(response, XJ_ENOTFOUND);
    return U_CALLBACK_COMPLETE;
}
