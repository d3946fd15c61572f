#include "agents/cli/client.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "agents/cli/json_in.h"

struct xj_client {
    CURL *curl;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    long timeout_ms;
};

enum xj_err xj_client_open(const char *data_dir, struct xj_client **ret)
{
    *ret = NULL;
    struct xj_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return XJ_ENOMEM;
    int n = snprintf(c->path, sizeof c->path, "%s/agent.sock", data_dir);
    if (n < 0 || (size_t)n >= sizeof c->path) {
        free(c);
        return XJ_ELIMIT;
    }
    c->timeout_ms = XJ_CLIENT_TIMEOUT_MS;
    c->curl = curl_easy_init();
    if (c->curl == NULL) {
        free(c);
        return XJ_ENOMEM;
    }
    *ret = c;
    return XJ_OK;
}

void xj_client_close(struct xj_client *c)
{
    if (c == NULL)
        return;
    curl_easy_cleanup(c->curl);
    free(c);
}

void xj_client_timeout(struct xj_client *c, long timeout_ms)
{
    c->timeout_ms = timeout_ms;
}

const char *xj_client_path(const struct xj_client *c)
{
    return c->path;
}

static size_t receive(char *p, size_t size, size_t count, void *arg)
{
    struct xj_buf *buf = arg;
    xj_buf_add(buf, p, size * count);
    return buf->err == XJ_OK ? size * count : 0;
}

static void explain(struct xj_buf *text, const char *zh, const char *en, const char *path, const char *why)
{
    if (text != NULL)
        xj_buf_addf(text, "%s：%s（%s） / %s: %s (%s)\n", zh, path, why, en, path, why);
}

static enum xj_err set_up(struct xj_client *c, const char *method, const char *path, const char *body,
                          struct curl_slist *headers, struct xj_buf *answer)
{
    struct xj_buf url;
    xj_buf_init(&url, 64 * 1024);
    xj_buf_addf(&url, "http://agent%s", path);
    CURL *h = c->curl;
    curl_easy_reset(h); /* keeps the connection */
    bool ok = xj_buf_cstr(&url) != NULL && curl_easy_setopt(h, CURLOPT_URL, xj_buf_cstr(&url)) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, c->path) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK && /* a proxy of the environment is no way to a socket */
              curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)XJ_CLIENT_CONNECT_MS) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, c->timeout_ms) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, receive) == CURLE_OK &&
              curl_easy_setopt(h, CURLOPT_WRITEDATA, (void *)answer) == CURLE_OK;
    if (ok && strcmp(method, "POST") == 0)
        ok = curl_easy_setopt(h, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body)) == CURLE_OK &&
             curl_easy_setopt(h, CURLOPT_POSTFIELDS, body) == CURLE_OK;
    xj_buf_free(&url);
    return ok ? XJ_OK : XJ_ENOMEM;
}

static enum xj_err perform(struct xj_client *c, const char *method, const char *path, const char *body, long *ret_status,
                           struct xj_buf *answer, struct xj_buf *text)
{
    *ret_status = 0;
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    struct curl_slist *both = headers != NULL ? curl_slist_append(headers, "Expect:") : NULL;
    enum xj_err err = both != NULL ? set_up(c, method, path, body, both, answer) : XJ_ENOMEM;
    if (err != XJ_OK)
        goto out;
    CURLcode code = curl_easy_perform(c->curl);
    if (answer->err != XJ_OK) {
        err = answer->err;
        explain(text, "应答过长", "the answer is too long", path, xj_err_name(err));
    } else if (code == CURLE_OPERATION_TIMEDOUT) {
        err = XJ_ENET;
        explain(text, "代理没有及时应答", "the agent did not answer in time", c->path, path);
    } else if (code != CURLE_OK) {
        err = XJ_ENET;
        explain(text, "连不上代理，它在运行吗", "agent not reachable; is it running?", c->path, curl_easy_strerror(code));
    } else if (curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, ret_status) != CURLE_OK) {
        err = XJ_ENOMEM;
    }
out:
    curl_slist_free_all(headers);
    return err;
}

enum xj_err xj_client_call(struct xj_client *c, const char *method, const char *path, const json_t *body,
                           long *ret_status, json_t **ret_json, struct xj_buf *text)
{
    *ret_json = NULL;
    *ret_status = 0;
    struct xj_buf answer;
    xj_buf_init(&answer, XJ_CLIENT_ANSWER_BYTES);
    char *out = body != NULL ? json_dumps(body, JSON_COMPACT) : strdup("");
    enum xj_err err = out != NULL ? perform(c, method, path, out, ret_status, &answer, text) : XJ_ENOMEM;
    free(out);
    if (err == XJ_OK && answer.n > 0) {
        *ret_json = xj_json_in(xj_buf_slice(&answer), path, text);
        if (*ret_json == NULL) {
            err = XJ_EMALFORMED;
            *ret_status = 0;
        }
    }
    xj_buf_free(&answer);
    return err;
}

enum xj_err xj_client_text(struct xj_client *c, const char *path, long *ret_status, struct xj_buf *out, struct xj_buf *text)
{
    return perform(c, "GET", path, "", ret_status, out, text);
}

void xj_client_escape(struct xj_buf *out, const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++) {
        bool plain = *p < 0x80 && (isalnum(*p) || strchr("-._~", *p) != NULL);
        if (plain)
            xj_buf_add(out, p, 1);
        else
            xj_buf_addf(out, "%%%02X", *p);
    }
}

const char *xj_client_error_text(const json_t *error, bool zh)
{
    const json_t *v = json_object_get(error, zh ? "text_zh" : "text_en");
    if (!json_is_string(v) || json_string_length(v) == 0)
        v = json_object_get(error, "code");
    return json_is_string(v) ? json_string_value(v) : "?";
}
