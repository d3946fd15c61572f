#include <stdlib.h>
#include <string.h>

#include "agents/agent/api/api_private.h"
#include "agents/agent/view/draft.h"
#include "agents/agent/view/render.h"
#include "schema/wire/texts.h"

/* ---- POST /api/acts ---- */

static void refused_draft(struct _u_response *response, const struct xj_draft_refusal *r)
{
    xj_api_error(response, &(struct xj_api_error){.status = r->malformed ? 400 : 409, .code = r->code, .text_zh = r->text_zh,
                                                  .text_en = r->text_en, .rule = r->rule, .article = r->article,
                                                  .remedy_zh = r->remedy_zh, .remedy_en = r->remedy_en});
}

static bool read_wait(const json_t *request, int64_t *ret)
{
    const json_t *value = json_object_get(request, "wait_ms");
    *ret = XJ_API_WAIT_MS;
    if (value == NULL || json_is_null(value))
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    *ret = json_integer_value(value) < XJ_API_WAIT_MAX_MS ? json_integer_value(value) : XJ_API_WAIT_MAX_MS;
    return true;
}

static json_t *id_json(const struct xj_id *id)
{
    char text[XJ_ID_TEXT];
    xj_id_format(id, text);
    return json_string(text);
}

/* What an act is known by once it has been handed over. */
struct sent {
    struct xj_id id, case_id;
    char act[XJ_MAX_NAME_BYTES + 1];
};

/* Who reads after having written finds what was written: the view takes what the ledger holds by now. */
static void let_view_catch_up(struct xj_api *api)
{
    struct xj_host_figures f;
    xj_host_figures(api->host, &f);
    (void)xj_host_wait_view(api->host, f.agent.ledger_size, XJ_API_GRACE_MS);
}

/* An act that the view does not hold, because nobody waited for it: what is known without it. */
static json_t *queued_json(const struct sent *sent, const struct xj_host_answer *a)
{
    return json_pack("{s:o, s:o, s:s, s:I, s:s, s:n, s:[], s:n, s:[]}", "id", id_json(&sent->id), "case", id_json(&sent->case_id), "act",
                     sent->act, "number", (json_int_t)a->number, "status", "queued", "seq", "breaches", "refusal", "after");
}

static void send_submission(struct xj_api *api, struct _u_response *response, const struct sent *sent, const struct xj_host_answer *a, json_t *parties)
{
    struct xj_pool_reader reader;
    json_t *made = NULL;
    enum xj_err err = XJ_ENOTFOUND;
    /* Answered just when the wait ended: an answer that says less than the next reading would is worth a moment more. */
    if (a->progress == XJ_HOST_ANSWERED)
        let_view_catch_up(api);
    if (a->progress >= XJ_HOST_ANSWERED) {
        err = xj_pool_take(&api->pool, &reader);
        if (err == XJ_OK) {
            err = xj_render_submission(reader.view, sent->id, &made);
            xj_pool_give(&api->pool, reader);
        }
    }
    if (err == XJ_ENOTFOUND) {
        made = queued_json(sent, a);
        err = XJ_OK;
    }
    if (err == XJ_OK && made != NULL)
        json_object_set(made, "parties", parties);
    xj_api_rendered(response, err, made);
}

static void not_taken(struct _u_response *response, const char *why_zh, const char *why_en)
{
    xj_api_error(response, &(struct xj_api_error){.status = 503, .code = "not_taken", .text_zh = why_zh, .text_en = why_en,
                                                  .rule = "04-exchange 4", .remedy_zh = "没有发出，排除原因后可以重试",
                                                  .remedy_en = "nothing was sent; try again when the cause is gone"});
}

/* While the agent may not submit, its register and its cases may lack what would make a draft right: what the draft says counts
 * only then. True when the request was answered. */
static bool not_now(struct xj_api *api, struct _u_response *response)
{
    struct xj_host_figures f;
    xj_host_figures(api->host, &f);
    if (!f.agent.may_submit)
        not_taken(response, f.agent.why_zh, f.agent.why_en);
    else if (f.view_applied < f.agent.recovered_entry)
        not_taken(response, "取回的账本正在整理", "the ledger that came back is being read");
    return !f.agent.may_submit || f.view_applied < f.agent.recovered_entry;
}

static void submit(struct xj_api *api, struct _u_response *response, struct xj_outgoing **out, int64_t wait_ms, json_t *parties)
{
    struct xj_host_answer answer;
    const struct xj_header *h = &(*out)->header;
    struct sent sent = {.id = h->id, .case_id = h->case_id};
    memcpy(sent.act, h->act.p, h->act.n);
    enum xj_err err = xj_host_submit(api->host, out, wait_ms, &answer);
    if (err != XJ_OK) {
        xj_api_world_error(response, err);
        return;
    }
    if (answer.progress == XJ_HOST_NOT_TAKEN) {
        not_taken(response, answer.why_zh, answer.why_en);
    } else {
        send_submission(api, response, &sent, &answer, parties);
    }
    xj_host_answer_free(&answer);
}

/* A request repeated: answered with what became of the first. XJ_ENOTFOUND: it is no repetition (or no id is given). */
static enum xj_err repeated(struct _u_response *response, struct xj_view *view, const json_t *request)
{
    struct xj_id id;
    json_t *made = NULL;
    const char *text = json_string_value(json_object_get(request, "id"));
    if (text == NULL || !xj_id_parse(text, &id))
        return XJ_ENOTFOUND;
    enum xj_err err = xj_render_submission(view, id, &made);
    if (err != XJ_OK)
        return err;
    const json_t *act = json_object_get(request, "act"), *case_id = json_object_get(request, "case");
    if (json_equal(act, json_object_get(made, "act")) &&
        (!json_is_string(case_id) || json_equal(case_id, json_object_get(made, "case")))) {
        json_object_set_new(made, "parties", json_object());
        xj_api_rendered(response, XJ_OK, made);
        return XJ_OK;
    }
    json_decref(made);
    const struct xj_text *t = xj_text_refusal("id_reused");
    xj_api_error(response, &(struct xj_api_error){.status = 409, .code = t->code, .text_zh = t->zh, .text_en = t->en, .rule = "10-api 3",
                                                  .article = t->article, .remedy_zh = t->remedy_zh, .remedy_en = t->remedy_en});
    return XJ_OK;
}

int xj_api_post_act(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    const struct xj_host_options *o = xj_host_options(api->host);
    struct xj_draft_refusal refusal;
    struct xj_pool_reader reader;
    struct xj_outgoing *out = NULL;
    json_t *parties = NULL;
    int64_t wait_ms;
    json_t *body = xj_api_body(request, response);
    if (body == NULL)
        return U_CALLBACK_COMPLETE;
    if (!read_wait(body, &wait_ms)) {
        xj_api_bad_request(response, "wait_ms 应为非负整数", "wait_ms must be a whole number from 0");
        goto out;
    }
    enum xj_err err = xj_pool_take(&api->pool, &reader);
    bool answered = false;
    if (err == XJ_OK) {
        err = repeated(response, reader.view, body);
        answered = err == XJ_OK;
        if (err == XJ_ENOTFOUND)
            err = xj_draft_build_named(reader.view, o->env, o->keys, reader.pairs, body, &out, &refusal, &parties);
        xj_pool_give(&api->pool, reader); /* before waiting: the wait may be long, the readers are few */
    }
    if (answered || ((err == XJ_OK || (err == XJ_EDENIED && !refusal.malformed)) && not_now(api, response)))
        goto out;
    if (err == XJ_EDENIED)
        refused_draft(response, &refusal);
    else if (err != XJ_OK)
        xj_api_world_error(response, err == XJ_ENOTFOUND ? XJ_ESTATE : err);
    else
        submit(api, response, &out, wait_ms, parties);
out:
    xj_outgoing_free(out);
    json_decref(parties);
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}

/* ---- POST /api/snapshot ---- */

static void snapshot_error(struct _u_response *response, enum xj_err err)
{
    struct xj_api_error e = {.status = 409, .code = xj_err_name(err), .rule = "10-api 2"};
    if (err == XJ_EEXISTS) {
        e.text_zh = "该文件已经存在";
        e.text_en = "the file exists already";
        e.remedy_zh = "请换一个文件名";
        e.remedy_en = "name another file";
    } else if (err == XJ_ENOTFOUND || err == XJ_EDENIED) {
        e.text_zh = "目录不存在或者不允许写入";
        e.text_en = "the directory does not exist or may not be written";
        e.remedy_zh = "请换一个目录";
        e.remedy_en = "name another directory";
    } else {
        xj_api_world_error(response, err);
        return;
    }
    xj_api_error(response, &e);
}

int xj_api_post_snapshot(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    json_t *body = xj_api_body(request, response);
    if (body == NULL)
        return U_CALLBACK_COMPLETE;
    const char *path = json_string_value(json_object_get(body, "path"));
    if (path == NULL || path[0] != '/') {
        xj_api_bad_request(response, "path 应为绝对路径", "path must be absolute");
    } else {
        enum xj_err err = xj_host_snapshot(api->host, path);
        if (err == XJ_OK)
            xj_api_send(response, 200, json_pack("{s:s}", "path", path));
        else
            snapshot_error(response, err);
    }
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}

/* ---- POST /api/register ---- */

/* Hex under key, at most max bytes, appended to out. */
static bool hex_field(const json_t *body, const char *key, size_t max, struct xj_buf *out)
{
    const json_t *value = json_object_get(body, key);
    size_t n = json_string_length(value);
    xj_buf_init(out, max);
    if (n == 0 || n % 2 != 0 || n / 2 > max)
        return false;
    uint8_t *room = xj_buf_room(out, n / 2);
    return room != NULL && xj_unhex(json_string_value(value), room, n / 2);
}

/* The exchange has the entry; it comes back to this agent with the stream, each step a longer ledger. */
static void let_register_arrive(struct xj_api *api, uint64_t number)
{
    struct xj_host_figures f;
    for (int i = 0; i < XJ_API_GRACE_MS / 100; i++) {
        xj_host_figures(api->host, &f);
        if (f.agent.register_number >= number)
            break;
        (void)xj_host_wait_view(api->host, f.agent.ledger_size + 1, 100);
    }
    let_view_catch_up(api);
}

static void hand_over(struct xj_api *api, struct _u_response *response, const struct xj_buf *entry, const struct xj_buf *signature)
{
    struct xj_buf why;
    uint64_t number = 0;
    xj_buf_init(&why, 4096);
    enum xj_err err = xj_host_register(api->host, xj_buf_slice(entry), xj_buf_slice(signature), XJ_API_WAIT_MS, &number, &why);
    if (err == XJ_OK)
        let_register_arrive(api, number);
    if (err == XJ_OK)
        xj_api_send(response, 200, json_pack("{s:I}", "number", (json_int_t)number));
    else if (err == XJ_EDENIED)
        xj_api_error(response, &(struct xj_api_error){.status = 409, .code = "denied", .text_zh = xj_buf_cstr(&why), .text_en = xj_buf_cstr(&why),
                                                      .rule = "06-register 1", .remedy_zh = "请按当前登记序号重新制作并签署",
                                                      .remedy_en = "make and sign the entry anew for the register's present head"});
    else
        xj_api_world_error(response, err);
    xj_buf_free(&why);
}

int xj_api_post_register(const struct _u_request *request, struct _u_response *response, void *user_data)
{
    struct xj_api *api = user_data;
    struct xj_buf entry, signature;
    json_t *body = xj_api_body(request, response);
    if (body == NULL)
        return U_CALLBACK_COMPLETE;
    bool good = hex_field(body, "entry_hex", XJ_MAX_REGISTER_ENTRY_BYTES, &entry);
    good = hex_field(body, "signature_hex", XJ_MAX_SIGNATURE_BYTES, &signature) && good;
    if (good)
        hand_over(api, response, &entry, &signature);
    else
        xj_api_bad_request(response, "entry_hex 和 signature_hex 应为十六进制", "entry_hex and signature_hex must be hex");
    xj_buf_free(&entry);
    xj_buf_free(&signature);
    json_decref(body);
    return U_CALLBACK_COMPLETE;
}
